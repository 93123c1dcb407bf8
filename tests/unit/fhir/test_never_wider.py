"""No document is ever applied more widely than it says.

Random documents are judged point by point by `permitted`, which walks the JSON as FHIR describes it and
shares nothing with the translator but the tables of codes. Whatever the grants cover must be permitted, in
every time zone that the document's dates may mean; and unless a note says "Narrower:", whatever is permitted
must be covered.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carechain import data_categories, purpose_of_use
from carechain.consent_terms import Use
from tests.unit.fhir.consent_documents import (
    ARCHIVE,
    CLINIC,
    DIRECTORY,
    NOW,
    REGISTRY,
    actions,
    classes,
    consent,
    custodian,
    labels,
    purposes,
    recipient,
    translated,
)  # fmt: skip

NAMES = ("clinic", "registry")
PURPOSES = ("TREAT", "CLINTRL", "COC", "ETREAT", "ERTREAT", "HRESCH", "CLINTRCH", "CLINTRCHPC")
CLASSES = ("Observation", "Condition", "Claim")
LABELS = ("SUD", "ETHUD", "PSY", "HIV", "SPI")
SUBSUMES = {"SPI": {"PSY", "SUD", "ETHUD"}, "SUD": {"ETHUD"}}
INSTANTS = (
    "2024-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z",
    "2026-03-01T12:30:00+05:30",
    "2028-01-01T00:00:00-08:00",
)
DAYS = ("2025", "2026-01", "2026-03-01", "2028-01-01")
DATA_DAYS = ("1990", "2010-05", "2015-07-09", "2020-01-01")
ZONES = (-12, 0, 14)


@dataclass(frozen=True)
class Point:
    recipient: str
    custodian: str
    purpose: str
    data: str
    labels: frozenset
    at: int
    day: date


# The document as FHIR describes it, asked about one point in one time zone.


def first_moment(text, zone):
    if "T" in text:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    return (
        datetime.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10])
        .replace(tzinfo=zone)
        .timestamp()
    )


def next_moment(text, zone):
    """The first moment after a value: an end of a period includes its own second, day, month or year."""
    if "T" in text:
        return first_moment(text, zone) + 1
    if len(text) == 4:
        return first_moment(str(int(text) + 1), zone)
    if len(text) == 7:
        year, month = int(text[:4]), int(text[5:])
        return first_moment(f"{year + month // 12}-{month % 12 + 1:02}", zone)
    return (datetime.fromisoformat(text).replace(tzinfo=zone) + timedelta(days=1)).timestamp()


def in_period(period, moment, zone):
    return (
        ("start" not in period or first_moment(period["start"], zone) <= moment)
        and ("end" not in period or moment < next_moment(period["end"], zone))
    )  # fmt: skip


def codes(rule, name):
    return {item["code"] for item in rule[name]}


def named(rule, role):
    return {
        item["reference"]["reference"].split("/")[1]
        for item in rule.get("actor", [])
        if item["role"]["coding"][0]["code"] == role
    }


def lineage(code):
    index = purpose_of_use.CODES.index(code)
    while index is not None:
        yield purpose_of_use.CODES[index]
        index = purpose_of_use.PARENTS[index]


def with_subsumed(listed):
    return listed.union(*[SUBSUMES.get(code, set()) for code in listed])


def matches(rule, point, zone, kind):
    if named(rule, "PRCP") and point.recipient not in named(rule, "PRCP"):
        return False
    if named(rule, "CST") and point.custodian not in named(rule, "CST"):
        return False
    if "purpose" in rule:
        # Break-glass access is no matter of consent, so denying it says nothing about other purposes.
        listed = codes(rule, "purpose") - {"BTG"}
        below = any(point.purpose in lineage(code) for code in listed)
        if not (listed & set(lineage(point.purpose)) or (kind == "deny" and below)):
            return False
    if "class" in rule and point.data not in codes(rule, "class"):
        return False
    if "securityLabel" in rule:
        listed = codes(rule, "securityLabel")
        sensitive = with_subsumed(listed - {"N", "R"})
        if kind == "permit" and not point.labels <= sensitive:
            return False
        if kind == "deny" and not ("N" in listed or ("R" in listed and point.labels) or point.labels & sensitive):
            return False
    if "period" in rule and not in_period(rule["period"], point.at, zone):
        return False
    # The clinical date of data is a calendar date, so no zone moves it.
    noon = datetime.combine(point.day, datetime.min.time(), tzinfo=UTC).timestamp() + 43_200
    return "dataPeriod" not in rule or in_period(rule["dataPeriod"], noon, UTC)


def holds(rule, point, zone, kind):
    """Whether a rule applies at a point: it matches, and none of its exceptions does."""
    other = "permit" if kind == "deny" else "deny"
    return matches(rule, point, zone, kind) and not any(
        holds(child, point, zone, other) for child in rule.get("provision", []) if child["type"] == other
    )


def permitted(document, point, zone):
    root = document["provision"]
    if root.get("type") == "permit":
        return holds(root, point, zone, "permit")
    nested = root["provision"]
    if root.get("type") == "deny":
        return matches(root, point, zone, "deny") and any(holds(child, point, zone, "permit") for child in nested)
    return (
        matches(root, point, zone, "permit")
        and any(holds(child, point, zone, "permit") for child in nested if child["type"] == "permit")
        and not any(holds(child, point, zone, "deny") for child in nested if child["type"] == "deny")
    )


# Random documents


def some(values, least=1):
    return st.lists(st.sampled_from(values), min_size=least, max_size=3, unique=True)


def maybe(strategy):
    return st.none() | strategy


@st.composite
def periods(draw, values):
    start, end = sorted((draw(st.sampled_from(values)), draw(st.sampled_from(values))))
    return draw(st.sampled_from([{"start": start}, {"end": end}, {"start": start, "end": end}]))


def dimensions(draw, label_sets, *partial_actions):
    rule = {
        "class": draw(maybe(some(CLASSES).map(lambda chosen: classes(*chosen)))),
        "securityLabel": draw(maybe(label_sets.map(lambda chosen: labels(*chosen)))),
        "period": draw(maybe(periods(INSTANTS) | periods(DAYS))),
        "dataPeriod": draw(maybe(periods(DATA_DAYS))),
        "action": draw(st.sampled_from([None, actions("access", "use"), *partial_actions])),
    }
    return {name: value for name, value in rule.items() if value is not None}


@st.composite
def permit_rules(draw, depth, whole=True):
    rule = {"type": "permit", **dimensions(draw, some(LABELS, least=0).map(lambda chosen: ["N", *chosen]))}
    if whole or draw(st.booleans()):
        rule["actor"] = [recipient(name) for name in draw(some(NAMES))]
        if whole and draw(st.booleans()):
            rule["actor"].append(custodian("archive"))
    if whole or draw(st.booleans()):
        rule["purpose"] = purposes(*draw(some(PURPOSES)))
    if depth and (exceptions := draw(st.lists(deny_rules(depth - 1), max_size=2))):
        rule["provision"] = exceptions
    return rule


@st.composite
def deny_rules(draw, depth):
    rule = {"type": "deny", **dimensions(draw, some((*LABELS, "R", "N")), actions("access"))}
    if draw(st.booleans()):
        rule["actor"] = [recipient(name) for name in draw(some(NAMES))]
    if draw(st.booleans()):
        rule["purpose"] = purposes(*draw(some((*PURPOSES, "BTG"))))
    if depth and (exceptions := draw(st.lists(permit_rules(depth - 1, whole=False), max_size=1))):
        rule["provision"] = exceptions
    return rule


@st.composite
def documents(draw):
    kind = draw(st.sampled_from(["permit", "permit", "frame", "deny"]))
    if kind == "permit":
        return consent(draw(permit_rules(3)))
    nested = draw(st.lists(permit_rules(1), min_size=1, max_size=2))
    if kind == "deny":
        return consent({"type": "deny", "provision": nested})
    root = dimensions(draw, some(LABELS, least=0).map(lambda chosen: ["N", *chosen]))
    return consent({**root, "provision": nested + draw(st.lists(deny_rules(1), max_size=2))}, "OPTIN")


WHERE = [(name, holder) for name in NAMES for holder in ("archive", "elsewhere")]
CARRIED = [frozenset(), *[frozenset([code]) for code in LABELS], frozenset(["PSY", "HIV"])]
MOMENTS = [NOW, NOW + 200 * 86_400, NOW + 400 * 86_400, NOW + 1_000 * 86_400, NOW + 2_000 * 86_400]
EDGES = [
    int(first_moment(text, UTC)) + shift
    for text in (*INSTANTS[1:], *DAYS[1:])
    for shift in (-50_400, -1, 0, 1, 43_200, 86_400, 86_399)
]
TIMES = MOMENTS + [moment for moment in EDGES if moment > NOW]
DATES = [
    date(1989, 12, 31),
    date(1990, 6, 1),
    date(2010, 5, 31),
    date(2010, 6, 1),
    date(2015, 7, 9),
    date(2021, 1, 1),
]


def some_points(seed, count=300):
    """Points anywhere, from a seed so that a failing example stays readable."""
    chance = Random(seed)
    return [
        Point(
            *chance.choice(WHERE),
            chance.choice(PURPOSES),
            chance.choice(CLASSES),
            chance.choice(CARRIED),
            chance.choice(TIMES),
            chance.choice(DATES),
        )
        for _ in range(count)
    ]


# A point for every way to be at the middle of things, so that no document goes without a hit.
COMMON = [
    Point(*where, purpose, data, carried, NOW + 300 * 86_400, date(2015, 7, 9))
    for where, purpose, data, carried in itertools.product(WHERE, PURPOSES, CLASSES, CARRIED)
]

ORGANISATIONS = {"clinic": CLINIC, "registry": REGISTRY}


def covered(grants, point):
    use = Use(
        purpose_of_use.index_of(point.purpose),
        data_categories.class_bit(point.data) | data_categories.labels_of(*point.labels),
        point.at,
        (point.day - date(1900, 1, 1)).days,
    )
    return any(
        grant.grantee == ORGANISATIONS[point.recipient]
        and (grant.scope.custodian is None or (grant.scope.custodian == ARCHIVE) == (point.custodian == "archive"))
        and grant.terms.covers(use)
        for grant in grants
    )


def has_dates(value):
    """Whether a consent period anywhere in the document is given in days, which time zones move."""
    if isinstance(value, list):
        return any(has_dates(item) for item in value)
    if not isinstance(value, dict):
        return False
    return any("T" not in text for text in value.get("period", {}).values()) or any(map(has_dates, value.values()))


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.integers(0, 2**32))
def test_grants_cover_nothing_that_the_document_does_not_permit(document, seed):
    translation = translated(document)
    for point in some_points(seed) + COMMON:
        if covered(translation.grants, point):
            for hours in ZONES:
                zone = timezone(timedelta(hours=hours))
                assert permitted(document, point, zone), (point, hours)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.integers(0, 2**32))
def test_without_a_note_grants_cover_all_that_the_document_permits(document, seed):
    translation = translated(document)
    narrower = any(note.startswith("Narrower:") for note in translation.notes)
    if translation.refusals or narrower or has_dates(document):
        return
    for point in some_points(seed) + COMMON:
        assert covered(translation.grants, point) == permitted(document, point, UTC), point


def test_the_random_documents_use_the_directory_that_the_tests_use():
    assert {DIRECTORY.organisations[f"Organization/{name}"] for name in NAMES} == set(ORGANISATIONS.values())
