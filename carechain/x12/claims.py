"""Reads X12 837 claims of 005010, professional and institutional: with the meaning that they have, or not at all.

What is wrong with one claim refuses that claim alone; what is wrong with a transaction set refuses its claims; a broken
interchange refuses its file. Where components are divided by another character than ISA16 names, which happens when
files are converted, a claim is refused and not read by what it probably means: the same character may stand in a value,
and what would be taken from it is money. docs/CLAIM_FORMATS.md says what becomes of each element.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise

from carechain.claims.document import ClaimDocument, ClaimFile, Frequency, Identifier
from carechain.errors import CarechainError
from carechain.x12.claim_lines import Frame, lines
from carechain.x12.diagnoses import diagnoses
from carechain.x12.envelope import TransactionSet, check_kind, read_sets
from carechain.x12.hierarchy import Level, levels
from carechain.x12.order import CLAIM, HEADER, Loop, loops
from carechain.x12.parties import parties
from carechain.x12.prior import prior
from carechain.x12.segments import Segment
from carechain.x12.values import amount, day, days, undivided

VERSIONS = {
    "005010X222": "professional",
    "005010X222A1": "professional",
    "005010X222A2": "professional",
    "005010X223": "institutional",
    "005010X223A1": "institutional",
    "005010X223A2": "institutional",
    "005010X223A3": "institutional",
}
"""Kinds of claims by the version of their group (GS08)."""

_DENTAL = "005010X224"
_PARENTS = {"20": "", "22": "20", "23": "22"}
_FREQUENCIES = {"1": Frequency.ORIGINAL, "7": Frequency.REPLACEMENT, "8": Frequency.VOID}
_PURPOSES = ("00", "18")
_NOT_CLAIMED = {"RP": "reports encounters and claims no payment", "31": "claims from another payer"}
_NOTED = {
    "AMT": {"F5": "what the patient paid (AMT*F5)", "F3": "the patient's estimated part (AMT*F3)"},
    "HCP": {"": "repricing (HCP)"},
    "PWK": {"": "attachments (PWK)"},
    "CN1": {"": "contracts (CN1)"},
    "NTE": {"": "notes in words (NTE)"},
    "LIN": {"": "drugs beside a procedure (LIN, CTP)"},
}


@dataclass(frozen=True)
class _Head:
    """What the claims of a transaction set share."""

    kind: str
    created: date | None
    today: date


def parse_claims(content: bytes, source: str, today: date | None = None) -> ClaimFile:
    """Reads the claims of the X12 file `source`, of which `today` is the last day that services may have (in UTC).

    Raises CarechainError when the file as a whole cannot be read: it is not X12, truncated, or not balanced. What is
    wrong with one claim is among the refusals, with its segment; neither repeats a value of the file.
    """
    today = today or datetime.now(UTC).date()
    sets = read_sets(content, source)
    claims: list[ClaimDocument] = []
    refusals: list[CarechainError] = []
    notes: Counter[str] = Counter()
    seen: set[tuple[Identifier, Identifier, str, Frequency]] = set()
    for each in sets:
        try:
            head, found = _open(each, today)
        except CarechainError as error:
            refusals.extend(_with_set(each, error))
            continue
        for level, segments in found:
            try:
                document, left_out = _read(level, segments, head)
                name = (document.provider, document.payer, document.control_number, document.frequency)
                if name in seen:
                    segments[0].refuse(1, "was there before in the file", "send each claim once")
                seen.add(name)
            except CarechainError as error:
                refusals.append(error)
            else:
                claims.append(document)
                notes.update(left_out)
    told = [f"left out: {what} ({count:,} claim{'s' * (count > 1)})" for what, count in notes.items()]
    if any(each.test for each in sets):
        told.append("the file says that it is a test (ISA15)")
    return ClaimFile(source, tuple(claims), tuple(refusals), tuple(sorted(told)))


def _with_set(each: TransactionSet, error: CarechainError) -> list[CarechainError]:
    """One refusal for each claim of a transaction set that cannot be taken; the error itself where it has none."""
    found = [segment for segment in each.body if segment.name == "CLM"]
    problem = f"is in a transaction set that is refused: {error.place} {error.problem}"
    return [CarechainError(segment.place, problem, error.mend) for segment in found] or [error]


def _open(each: TransactionSet, today: date) -> tuple[_Head, list[tuple[Level, tuple[Segment, ...]]]]:
    """The claims of a set, each with the level it stands on. Raises CarechainError for the set as a whole."""
    if each.version.startswith(_DENTAL):
        raise CarechainError(each.place, "is of dental claims (837D)", "send professional or institutional ones")
    check_kind(each, "837", tuple(VERSIONS))
    if each.problem:
        raise each.problem
    before, found = levels(each.body, _PARENTS)
    if not before or before[0].name != "BHT":
        raise CarechainError(each.place, "is not followed by BHT", "send the segments in their order")
    begin = loops(before, HEADER)[0].head
    if begin.text(2) not in _PURPOSES:
        begin.refuse(2, "is neither 00 nor 18", "send claims as original or reissued")
    if begin.text(6) in _NOT_CLAIMED:
        begin.refuse(6, _NOT_CLAIMED[begin.text(6)], "send claims of a provider that are to be paid (CH)")
    created = day(begin, 4, today) if begin.text(4) else None
    claims = [(level, segments) for level in found for segments in _claims(level)]
    if not claims:
        raise CarechainError(each.place, "begins a transaction set without a claim", "send claims (CLM)")
    return _Head(VERSIONS[each.version], created, today), claims


def _claims(level: Level) -> list[tuple[Segment, ...]]:
    starts = [at for at, segment in enumerate(level.segments) if segment.name == "CLM"]
    return [level.segments[at:end] for at, end in pairwise([*starts, len(level.segments)])]


def _read(level: Level, segments: tuple[Segment, ...], head: _Head) -> tuple[ClaimDocument, set[str]]:
    """A claim, and what of it was left out, in words. Raises CarechainError when it cannot be taken."""
    who = parties(level, head.today)
    found = loops(segments, CLAIM)
    whole, clm = found[0], segments[0]
    control_number = clm.needed(1)
    total = amount(clm, 2, who.currency)
    place, frequency = _setting(clm)
    if clm.text(8) == "N":
        clm.refuse(8, "does not assign the benefits to the provider, who alone is paid", "claim for the provider")
    said = diagnoses(clm, whole.all("HI"))
    statement = whole.one("DTP", "434")
    institutional = head.kind == "institutional"
    frame = Frame(
        head.kind,
        who.currency,
        len(said.codes),
        None if institutional else place,
        days(statement, head.today) if statement and institutional else None,
        head.today,
    )
    taken = lines(clm, found, frame)
    if sum(line.charge for line in taken) != total:
        clm.refuse(2, "is not the sum of the lines' charges", "make them agree")
    paid, taken = prior(total, found, taken, who.currency)
    document = ClaimDocument(
        place=clm.place,
        kind=head.kind,
        use="claim",
        control_number=control_number,
        frequency=frequency,
        original=_original(clm, whole, frequency),
        provider=who.provider,
        payer=who.payer,
        member=who.member,
        relationship=who.relationship,
        birth_date=who.birth_date,
        order=who.order,
        currency=who.currency,
        total=total,
        diagnoses=said.codes,
        lines=taken,
        prior=paid,
        authorisation=_authorisation(found, whole),
        related_cause=who.related_cause or said.accident or any(clm.components(11)[:3]),
        created=head.created,
        patient_name=who.patient_name,
    )
    return document, set(said.left_out) | _left_out(found)


def _setting(clm: Segment) -> tuple[str, Frequency]:
    """Place of service, or first two digits of the type of bill, and the frequency (CLM05)."""
    clm.needed(5)
    if len(clm.components(5)) == 1:
        undivided(clm, 5)
    frequency = _FREQUENCIES.get(clm.needed(5, 3))
    if frequency is None:
        clm.refuse(5, "is not 1, 7 or 8", "send an original, a replacement or a void", 3)
    return clm.needed(5, 1), frequency


def _original(clm: Segment, whole: Loop, frequency: Frequency) -> str | None:
    """The payer's number of the claim that is replaced or voided."""
    number = _number(whole, "F8")
    if frequency is Frequency.ORIGINAL:
        return None
    if number is None:
        clm.refuse(5, "replaces or voids a claim that is not named (REF*F8)", "send the payer's number of it", 3)
    return number


def _number(whole: Loop, qualifier: str) -> str | None:
    reference = whole.one("REF", qualifier)
    return reference.needed(2) if reference else None


def _authorisation(found: list[Loop], whole: Loop) -> str | None:
    """Of the claim, or of a line of it: a claim here has one for all of its lines (REF*G1)."""
    numbers = {_number(loop, "G1"): loop for loop in found if loop is whole or loop.name == "line"}
    numbers.pop(None, None)
    if len(numbers) > 1:
        whole.head.refuse(0, "has several prior authorisations (REF*G1)", "send what each is for in a claim of its own")
    return next(iter(numbers), None)


def _left_out(found: list[Loop]) -> set[str]:
    noted: set[str] = set()
    for segment in (segment for loop in found for segment in loop.segments):
        qualifiers = _NOTED.get(segment.name, {})
        what = qualifiers.get("") or qualifiers.get(segment.text(1))
        if what:
            noted.add(what)
    return noted
