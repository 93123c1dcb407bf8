"""A patient is told everything about a claim, in plain words, in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from string import Formatter

import pytest

from carechain.claims.benefits import Terms
from carechain.claims.entry import Entry
from carechain.claims.explain import Known, Speech, explain, explain_refused
from carechain.claims.explain_words import CHINESE, ENGLISH, LANGUAGES
from carechain.claims.judgement import Outcome
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming
from carechain.claims.state import Act, Case, Claim, Clocks, Moment, Period, Refused, Taken, Told
from carechain.claims.words import CARC, CLAIM_TERMS, SERVICE_LINE, Parked, Reason, Refusal, Stage
from carechain.errors import CarechainError

NAME = ClaimName(19, 1, 3)
TAKEN, DECIDED, DEADLINE, NOW = 1_767_225_600, 1_768_000_000, 1_770_000_000, 1_768_500_000
"""Unix seconds: the first is the beginning of 2026."""
DAY = 86_400
MOST_WORDS, MEAN_WORDS = 28, 14
SENTENCE = re.compile(r"(?<=[.:!?])\s+")
CODE = re.compile(r"\b(?:CO|PR|OA|PI)[- ]?[0-9]+\b|\b[A-Z]{2,}_[A-Z_]+\b|0x[0-9a-f]+|[{}]")
WAITS = (Stage.IN_REVIEW, Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW, Stage.REFUND_REQUESTED)
APPROVED = Outcome(paid=5_000, contractual=2_500, deductible=1_000, copay=500, coinsurance=1_000, units=100)


def entry(*outcomes, reasons=(), in_network=True, replaces=0, currency=840):
    lines = [
        SERVICE_LINE.pack(charge=outcome.total or 10_000, units=100, day=20_440, number=at, category=98)
        for at, outcome in enumerate(outcomes or [Outcome()], 1)
    ]
    return Entry(
        payer=19,
        provider=1,
        taken_at=TAKEN,
        settled=bool(outcomes),
        in_network=in_network,
        after_others=False,
        reasons=reasons,
        terms=CLAIM_TERMS.pack(member=7, version=1, currency=currency, replaces=replaces),
        control_number=bytes(32),
        record=bytes(32),
        diagnoses=bytes(32),
        lines=tuple(lines),
        procedures=(bytes(32),) * len(lines),
        outcomes=tuple(outcome.word() for outcome in outcomes),
    )


def known(*outcomes, stage=Stage.NONE, now=NOW, told=(), **says):
    refund = says.pop("refund", stage is Stage.REFUND_REQUESTED)
    case = {name: says.pop(name, False) for name in ("confirmed", "disputed", "replaced")}
    taken = Taken(Moment(1, 0, TAKEN, "0x01"), NAME, entry(*outcomes, **says), b"")
    deadline = DEADLINE if stage in (*WAITS, Stage.DECIDED, Stage.APPEAL_DECIDED) else 0
    return Known(
        claim=Claim(taken, tuple(told)),
        case=Case(stage, taken.entry.reasons, deadline, 0, 0, 0, 0, refund, outcomes=bytes(32), **case),
        clocks=Clocks(30, 60, 30, 45, 1_000),
        terms=Terms(20_000, 840, 500_000, deductible=50_000, out_of_pocket=200_000, family_deductible=100_000),
        period=Period(0, 1, 20_400, 20_764, 7, False, 12_345, 23_456, 34_567, 45_678),
        now=now,
        payer="Meadow Health",
        provider="River Hospital",
        services={98: "visits to a practice"},
    )


def told(act, at=DECIDED, **says):
    return Told(Moment(2, 0, at, "0x02"), NAME, act, **says)


def text(parts):
    return "\n".join(sentence for part in parts for sentence in (part.heading, *part.sentences))


def say(language, key, **said):
    return LANGUAGES[language][key].format(**said)


def blanks(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.fixture(params=sorted(LANGUAGES))
def language(request):
    return request.param


# ---------------------------------------------------------------------- the words


def test_every_language_says_everything():
    for texts in LANGUAGES.values():
        assert list(texts) == list(ENGLISH)
        assert all(text.strip() for text in texts.values())


def test_every_language_fills_in_the_same():
    assert {key: blanks(text) for key, text in CHINESE.items()} == {key: blanks(text) for key, text in ENGLISH.items()}


@pytest.mark.parametrize("kind", [Reason, Parked, Stage, Refusal])
def test_no_member_of_an_enumeration_is_without_words(kind, language):
    prefix = kind.__name__.lower()
    missing = [each.name for each in kind if f"{prefix}.{each.name}" not in LANGUAGES[language]]
    assert missing == []


def test_chinese_is_chinese():
    for key, written in CHINESE.items():
        assert re.search("[\u4e00-\u9fff]", written), key
        assert not re.search("[\u4e00-\u9fff}][,:;]", written), key


def test_english_is_easy_to_read():
    lengths = []
    for key, written in ENGLISH.items():
        for sentence in SENTENCE.split(re.sub(r"brownie run [^.]*", "this.", written)):
            count = len(re.findall(r"[\w{}'-]+", sentence))
            assert count <= MOST_WORDS, (key, sentence)
            lengths.append(count)
    assert sum(lengths) / len(lengths) <= MEAN_WORDS


def test_a_language_that_is_not_spoken_is_refused():
    with pytest.raises(CarechainError, match="not spoken"):
        explain(known(APPROVED), "xx")


# ---------------------------------------------------------------------- amounts and days


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [
        ("USD", 123_456_789, "1,234,567.89 USD"),
        ("USD", 5, "0.05 USD"),
        ("JPY", 12_000, "12,000 JPY"),
        ("KWD", 1_234, "1.234 KWD"),
    ],
)
def test_amounts_have_their_currency_and_its_decimals(currency, amount, written):
    assert Speech.of("en", currency).money(amount) == written


def test_days_are_written_as_people_do():
    assert Speech.of("en").day(TAKEN) == "2026-01-01"
    assert Speech.of("zh").day(TAKEN) == "2026\u5e741\u67081\u65e5"


# ---------------------------------------------------------------------- what is owed


def test_each_part_of_a_line_is_told_with_what_it_is(language):
    found = text(explain(known(APPROVED), language))
    for key, amount in (
        ("line.deductible", "10.00 USD"),
        ("line.copay", "5.00 USD"),
        ("line.coinsurance", "10.00 USD"),
        ("line.contractual.in", "25.00 USD"),
        ("short.discount", "25.00 USD"),
    ):
        assert say(language, key, amount=amount) in found
    assert say(language, "short.paid", paid="50.00 USD") in found
    assert say(language, "short.owe", owe="25.00 USD") in found
    assert "visits to a practice" in found


def test_out_of_the_network_the_provider_may_ask_for_more(language):
    found = text(explain(known(APPROVED, in_network=False), language))
    assert say(language, "short.may", may="25.00 USD") in found
    assert say(language, "short.owe", owe="25.00 USD") in found
    assert say(language, "short.discount", amount="25.00 USD") not in found


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason])
def test_every_reason_is_told_with_who_bears_it(reason, language):
    found = text(explain(known(Outcome(other=4_000, reason=reason)), language))
    assert say(language, f"reason.{reason.name}") in found
    assert say(language, "short.unpaid") in found
    if CARC[reason][0] == "PR":
        assert say(language, "line.other.patient", amount="40.00 USD") in found
        assert say(language, "short.owe", owe="40.00 USD") in found
    else:
        assert say(language, "short.owe_nothing") in found
        key = "short.not_yet" if reason is Reason.OTHER_PAYER_FIRST else "short.provider"
        assert say(language, key, amount="40.00 USD") in found


def test_units_that_are_not_covered_are_told(language):
    line = Outcome(paid=1_000, other=1_000, units=50, reason=Reason.TOO_MANY_UNITS)
    assert say(language, "line.units", asked="1", covered="0.5") in text(explain(known(line), language))


def test_other_insurance_is_told(language):
    found = text(explain(known(Outcome(paid=1_000, prior=9_000, units=100)), language))
    assert say(language, "short.others", prior="90.00 USD") in found
    assert say(language, "line.prior", amount="90.00 USD") in found


def test_everything_that_is_told_of_a_line_makes_its_charge():
    outcome = replace(APPROVED, prior=300, other=700, reason=Reason.BENEFIT_MAXIMUM)
    (part,) = (part for part in explain(known(outcome)) if part.heading == ENGLISH["lines"])
    amounts = [int(found.replace(".", "")) for found in re.findall(r"([0-9]+\.[0-9]{2}) USD", part.sentences[0])]
    charge, *parts = amounts
    assert charge == outcome.total == sum(parts)


# ---------------------------------------------------------------------- where it stands, and what can be done


@pytest.mark.parametrize("reason", Parked)
def test_every_reason_to_wait_is_told(reason, language):
    found = text(explain(known(stage=Stage.IN_REVIEW, reasons=(reason,)), language))
    assert say(language, f"parked.{reason.name}") in found
    assert say(language, "short.open") in found
    assert say(language, "appeal.wait") in found


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_told_in_full(stage, language):
    acts = [told(Act.VOIDED)] if stage is Stage.VOIDED else []
    outcomes = () if stage is Stage.IN_REVIEW else (APPROVED,)
    found = text(explain(known(*outcomes, stage=stage, told=acts), language))
    day, deadline = Speech.of(language).day(TAKEN), Speech.of(language).day(DEADLINE)
    assert say(language, f"stage.{stage.name}", day=day, deadline=deadline) in found
    assert not CODE.search(found), CODE.search(found)
    if stage in WAITS:
        assert deadline in found


def test_a_refund_before_the_outside_reviewer_is_told_as_one(language):
    found = text(explain(known(APPROVED, stage=Stage.IN_EXTERNAL_REVIEW, refund=True), language))
    deadline = Speech.of(language).day(DEADLINE)
    assert say(language, "stage.IN_EXTERNAL_REVIEW.refund", deadline=deadline) in found
    assert say(language, "short.may_change") not in found


def test_a_deadline_that_is_over_is_told(language):
    assert say(language, "stage.deadline_over") in text(
        explain(known(stage=Stage.IN_REVIEW, reasons=(Parked.LIABILITY,), now=DEADLINE + 1), language)
    )


@pytest.mark.parametrize(
    ("stage", "until", "kind"),
    [
        (Stage.NONE, TAKEN + 60 * DAY, "first"),
        (Stage.DECIDED, DEADLINE, "first"),
        (Stage.APPEAL_DECIDED, DEADLINE, "external"),
    ],
)
def test_an_appeal_is_told_until_its_last_second(stage, until, kind, language):
    day = Speech.of(language).day(until)
    assert say(language, f"appeal.{kind}", until=day) in text(
        explain(known(APPROVED, stage=stage, now=until), language)
    )
    found = text(explain(known(APPROVED, stage=stage, now=until + 1), language))
    assert say(language, "appeal.over", until=day) in found
    assert say(language, f"appeal.{kind}", until=day) not in found


def test_what_the_member_said_is_told(language):
    assert say(language, "stage.undone") in text(explain(known(APPROVED, disputed=True), language))
    assert say(language, "stage.confirmed") in text(explain(known(APPROVED, confirmed=True), language))


def test_of_a_claim_that_was_taken_back_nothing_is_owed(language):
    acts = [told(Act.VOIDED)]
    found = text(explain(known(APPROVED, stage=Stage.VOIDED, told=acts), language))
    assert say(language, "short.voided", day=Speech.of(language).day(DECIDED)) in found
    assert say(language, "short.voided.again") in found
    assert say(language, "short.owe", owe="25.00 USD") not in found
    again = text(explain(known(APPROVED, stage=Stage.VOIDED, told=acts, replaced=True), language))
    assert say(language, "short.voided.again") not in again


def test_a_replacement_names_what_it_replaces(language):
    assert say(language, "head.replaces", claim="19-1-2") in text(explain(known(APPROVED, replaces=3), language))


def test_an_upheld_decision_is_of_the_day_on_which_it_was_upheld():
    acts = [told(Act.UPHELD, at=DECIDED + 9 * DAY)]
    found = text(explain(known(APPROVED, stage=Stage.APPEAL_DECIDED, told=acts)))
    assert say("en", "stage.APPEAL_DECIDED", day=Speech.of("en").day(DECIDED + 9 * DAY)) in found


def test_deductible_and_maximum_are_told_so_far(language):
    found = text(explain(known(APPROVED), language))
    for key, met, whole, rest in (
        ("deductible", "123.45", "500.00", "376.55"),
        ("family_deductible", "345.67", "1,000.00", "654.33"),
        ("maximum", "234.56", "2,000.00", "1,765.44"),
    ):
        said = {name: f"{amount} USD" for name, amount in (("met", met), ("whole", whole), ("left", rest))}
        assert say(language, f"period.{key}", **said) in found


def test_a_plan_without_limits_says_so(language):
    plain = replace(known(APPROVED), terms=Terms(20_000, 840, 500_000))
    found = text(explain(plain, language))
    assert say(language, "period.no_deductible") in found
    assert say(language, "period.no_maximum") in found


@pytest.mark.parametrize("refusal", [refusal for refusal in Refusal if refusal])
def test_every_refusal_is_told(refusal, language):
    refused = Refused(Moment(1, 0, TAKEN, "0x01"), 19, 1, 0, bytes(32), refusal)
    found = text(explain_refused(refused, Naming({19: "Meadow Health"}), language))
    assert say(language, f"refusal.{refusal.name}") in found
    assert "Meadow Health" in found
