"""What a patient is told at every turn that a claim takes on the chain, in whole texts that are easy to read."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from datetime import date, timedelta

import pytest

from carechain.claims.explain import Known, explain
from carechain.claims.explain_words import CHINESE, ENGLISH
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming
from carechain.claims.words import Parked, Reason
from tests.helpers.claims import (
    EXPERIMENT,
    IMPLANT,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    SURGERY,
    UNLISTED,
    VISIT,
    Claim,
    Cover,
    Line,
    commitment,
    numbered,
    plan_terms,
    rule,
)
from tests.helpers.suite import (
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    SECOND_PAYER,
    SECOND_PROVIDER,
    SECOND_REVIEWER,
    now,
    pass_time,
)
from tests.helpers.supply import by, today

DAY = 86_400
NAME = ClaimName(PAYER, HOSPITAL, 0)
NAMES = Naming({PAYER: "Meadow Health", HOSPITAL: "River Hospital", SECOND_PROVIDER: "Hill Clinic"})
MOST_WORDS, MEAN_WORDS = 35, 18
COMMAND = re.compile(r"brownie run claims \w+ [^.。]*")
SENTENCE = re.compile(r"(?<=[.:!?])\s+")
LATIN = re.compile("[A-Za-z]+")
SPELLED = {"Meadow", "Health", "River", "Hospital", "Hill", "Clinic", "USD"}
"""Names and codes that no language translates."""
CHINESE_DAY = re.compile("[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日")


@pytest.fixture(scope="module")
def opened(suite, claims, consents, patient, second_new_key):
    opened = Cover(claims, consents).open()
    opened.enrol(patient)
    opened.enrol(second_new_key, secondary=True)
    return opened


@pytest.fixture
def cover(opened):
    fresh = copy(opened)
    fresh.accounts = {}
    return fresh


@pytest.fixture
def told(suite):
    """The whole English text of a claim, in one line. Both languages are held to what patients can read."""

    def told(number=0, name=NAME):
        name = name._replace(number=number)
        # Tests before were taken back: their blocks had these numbers, at other times.
        suite.chain._timestamps.clear()
        known = Known.of(ClaimLedger(suite.chain), NAMES, name)
        english = [text for part in explain(known, "en") for text in (part.heading, *part.sentences)]
        chinese = [text for part in explain(known, "zh") for text in (part.heading, *part.sentences)]
        require_easy(english)
        require_chinese(chinese)
        assert len(english) == len(chinese)
        return " ".join(english)

    return told


def require_easy(texts):
    sentences = [each for text in texts for each in SENTENCE.split(COMMAND.sub("this", text))]
    lengths = [len(sentence.split()) for sentence in sentences]
    assert max(lengths) <= MOST_WORDS, max(sentences, key=lambda each: len(each.split()))
    assert sum(lengths) / len(lengths) <= MEAN_WORDS


def require_chinese(texts):
    for text in texts:
        assert set(LATIN.findall(COMMAND.sub("", text))) <= SPELLED, text
        assert not re.search("[0-9]{4}-[0-9]{2}-[0-9]{2}", text), text
    assert any(CHINESE_DAY.search(text) for text in texts)


def says(key, **filled):
    return ENGLISH[key].format(**filled)


def day(days=0):
    """So many days from now, as it is written."""
    return (date(1970, 1, 1) + timedelta(days=now() // DAY + days)).isoformat()


def dollars(cents):
    return f"{cents / 100:,.2f} USD"


def visit(member, **besides):
    return Claim(member, (Line(VISIT, 12_500),), **besides)


def implant(member):
    return Claim(member, (Line(IMPLANT, 150_000),))


# ---------------------------------------------------------------------- words


def test_chinese_has_no_english_words():
    for key, text in CHINESE.items():
        without = re.sub("{[a-z]+}", "", COMMAND.sub("", text))
        assert LATIN.findall(without) == [], key


# ---------------------------------------------------------------------- who pays what


def test_a_claim_settled_by_rule(cover, told, patient):
    cover.submit(visit(patient))
    found = told()
    for key, filled in (
        ("head", {"provider": "River Hospital", "payer": "Meadow Health", "day": day()}),
        ("head.charge", {"charge": dollars(12_500)}),
        ("short.paid", {"paid": dollars(7_500)}),
        ("short.owe", {"owe": dollars(2_500)}),
        ("line.copay", {"amount": dollars(2_500)}),
        ("line.contractual.in", {"amount": dollars(2_500)}),
        ("stage.NONE", {"day": day()}),
        ("appeal.first", {"until": day(60)}),
        ("appeal.dispute", {"claim": NAME}),
    ):
        assert says(key, **filled) in found
    assert f"brownie run claims appeal {NAME}" in found


def test_deductible_and_coinsurance_are_told_and_counted(cover, told, patient):
    cover.submit(Claim(patient, (Line(PHYSIOTHERAPY, 60_000),)))
    found = told()
    assert says("line.deductible", amount=dollars(50_000)) in found
    assert says("line.coinsurance", amount=dollars(2_000)) in found
    left = says("period.deductible", met=dollars(50_000), whole=dollars(50_000), left=dollars(0))
    most = says("period.maximum", met=dollars(52_000), whole=dollars(200_000), left=dollars(148_000))
    assert left in found
    assert most in found


def test_out_of_the_network_the_rest_may_be_asked_for(cover, told, patient):
    cover.claims.setPayee(PAYER, SECOND_PROVIDER, by(SECOND_PROVIDER)["from"], by(SECOND_PROVIDER))
    cover.submit(visit(patient), provider=SECOND_PROVIDER)
    found = told(name=NAME._replace(provider=SECOND_PROVIDER))
    assert says("line.copay", amount=dollars(4_000)) in found
    assert says("line.contractual.out", amount=dollars(2_500)) in found
    assert says("short.may", may=dollars(2_500)) in found
    assert "Hill Clinic" in found


def test_what_another_insurance_paid_is_told(cover, told, second_new_key):
    lines = (Line(VISIT, 12_500, prior_patient=3_000),)
    cover.submit(Claim(second_new_key, lines, prior_told=1))
    found = told()
    assert says("line.prior", amount=dollars(9_500)) in found
    assert says("short.others", prior=dollars(9_500)) in found


# ---------------------------------------------------------------------- why something is not paid


def bundled(cover, patient):
    cover.authorise(patient, SURGERY)
    return Claim(patient, numbered(Line(SURGERY, 100_000), Line(LABORATORY_TEST, 5_000)), authorisation=1)


def ended(cover, patient):
    pass_time(65 * DAY)
    return Claim(patient, (Line(VISIT, 5_000, days_ago=2),))


DENIED = {
    Reason.NOT_COVERED: lambda cover, patient: Claim(patient, (Line(EXPERIMENT, 5_000),)),
    Reason.NOT_AUTHORISED: lambda cover, patient: Claim(patient, (Line(SURGERY, 5_000),)),
    Reason.BUNDLED: bundled,
    Reason.TOO_MANY_UNITS: lambda cover, patient: Claim(patient, (Line(LABORATORY_TEST, 5_000, units=500),)),
    Reason.BENEFIT_MAXIMUM: lambda cover, patient: Claim(patient, (Line(PHYSIOTHERAPY, 900_000),)),
    Reason.BEFORE_COVERAGE: lambda cover, patient: Claim(patient, (Line(VISIT, 5_000, days_ago=310),)),
    Reason.AFTER_COVERAGE: ended,
}
"""Claims that the plan denies for a reason, in whole or in part."""


@pytest.mark.parametrize("reason", DENIED, ids=lambda reason: reason.name)
def test_what_the_plan_denies_is_told_with_its_reason(cover, told, patient, reason):
    cover.submit(DENIED[reason](cover, patient))
    found = told()
    assert reason in {cover.outcome(at).get("reason") for at in range(len(cover.entry().lines))}
    assert says(f"reason.{reason.name}") in found


def test_a_claim_that_comes_too_late_is_nobodys_to_pay(cover, told, new_key):
    cover.enrol(new_key, first_day=today() - 400, last_day=today() - 40)
    cover.submit(Claim(new_key, (Line(VISIT, 5_000, days_ago=390),)))
    found = told()
    assert says("reason.TOO_LATE") in found
    assert says("line.other.provider", amount=dollars(5_000)) in found
    assert says("short.owe_nothing") in found


def test_what_is_covered_in_the_network_alone_is_the_patients_outside_it(cover, told, new_key):
    cover.publish(plan_terms(), {VISIT: rule(covered_out=0)}, plan=2)
    cover.enrol(new_key, plan=2)
    cover.claims.setPayee(PAYER, SECOND_PROVIDER, by(SECOND_PROVIDER)["from"], by(SECOND_PROVIDER))
    cover.submit(Claim(new_key, (Line(VISIT, 5_000),)), provider=SECOND_PROVIDER)
    found = told(name=NAME._replace(provider=SECOND_PROVIDER))
    assert says("reason.OUT_OF_NETWORK") in found
    assert says("line.other.patient", amount=dollars(5_000)) in found


def test_what_is_used_up_for_life_is_told(cover, told, new_key):
    cover.publish(plan_terms(), {VISIT: rule(units_lifetime=1)}, plan=2)
    cover.enrol(new_key, plan=2)
    cover.submit(Claim(new_key, (Line(VISIT, 5_000, units=200),)))
    found = told()
    assert says("reason.LIFETIME_MAXIMUM") in found
    assert says("line.units", asked="2", covered="1") in found


def test_another_insurance_that_has_to_pay_first_is_waited_for(cover, told, second_new_key):
    cover.submit(visit(second_new_key))
    found = told()
    assert says("reason.OTHER_PAYER_FIRST") in found
    assert says("line.other.open", amount=dollars(12_500)) in found
    assert says("short.not_yet", amount=dollars(12_500)) in found


def test_who_bears_what_the_plan_does_not_cover(cover, told, patient):
    cover.submit(Claim(patient, (Line(EXPERIMENT, 5_000),)))
    assert says("line.other.patient", amount=dollars(5_000)) in told()
    cover.submit(Claim(patient, (Line(SURGERY, 5_000),), "surgery"))
    assert says("line.other.provider", amount=dollars(5_000)) in told(1)


@pytest.mark.parametrize("reason", [Reason.NOT_NECESSARY, Reason.DUPLICATE, Reason.NOT_SUPPORTED, Reason.NOT_FURNISHED])
def test_what_a_reviewer_denies_is_told_with_its_reason(cover, told, patient, reason):
    cover.submit(implant(patient))
    cover.decide(reasons=(reason,))
    found = told()
    assert says(f"reason.{reason.name}") in found
    assert says("short.owe_nothing") in found
    assert says("short.provider", amount=dollars(150_000)) in found


# ---------------------------------------------------------------------- a claim waits


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (Parked.REVIEWED_CATEGORY, {"lines": (Line(IMPLANT, 150_000),)}),
        (Parked.ABOVE_CEILING, {"lines": (Line(PHYSIOTHERAPY, 2_000_000), Line(IMPLANT, 900_000, number=2))}),
        (Parked.CATEGORY_UNKNOWN, {"lines": (Line(UNLISTED, 5_000),)}),
        (Parked.LIABILITY, {"liability": 1}),
    ],
    ids=lambda each: each.name if isinstance(each, Parked) else "",
)
def test_why_a_claim_waits_is_told_and_until_when(cover, told, patient, reason, changes):
    claim = replace(visit(patient), **changes)
    cover.submit(replace(claim, lines=tuple(sorted(claim.lines, key=lambda line: line.category))))
    assert reason in cover.entry().reasons
    found = told()
    assert says(f"parked.{reason.name}") in found
    assert says("short.open") in found
    assert says("stage.IN_REVIEW", deadline=day(30)) in found
    assert says("appeal.wait") in found


def test_a_claim_that_waited_for_money_was_decided_by_rule(claims, consents, told, spare_key):
    poor = Cover(claims, consents, SECOND_PAYER).open(funds=0)
    poor.enrol(spare_key)
    poor.submit(visit(spare_key))
    name = ClaimName(SECOND_PAYER, HOSPITAL, 0)
    assert says("parked.RESERVE_SHORT") in told(name=name)
    poor.fund(100_000)
    poor.seen(claims.settleOnceFunded(poor.evidence(), by(HOSPITAL)))
    assert says("stage.DECIDED.rule", day=day()) in told(name=name)


# ---------------------------------------------------------------------- people decide, and are objected to


def test_a_claim_through_all_stages(cover, told, patient):
    cover.submit(implant(patient))
    cover.decide(reasons=(Reason.NOT_NECESSARY,))
    found = told()
    assert says("stage.DECIDED", day=day()) in found
    assert says("appeal.first", until=day(60)) in found
    cover.appeal()
    found = told()
    assert says("stage.IN_APPEAL", deadline=day(30)) in found
    assert says("short.may_change") in found
    cover.uphold(reviewer=SECOND_REVIEWER)
    found = told()
    assert says("stage.APPEAL_DECIDED", day=day()) in found
    assert says("appeal.external", until=day(60)) in found
    cover.appeal()
    assert says("stage.IN_EXTERNAL_REVIEW", deadline=day(45)) in told()
    cover.decide(reviewer=EXTERNAL_REVIEWER)
    found = told()
    assert says("stage.FINAL") in found
    assert says("appeal.none") in found
    assert says("short.paid", paid=dollars(80_000)) in found


def test_an_appeal_that_is_too_late_is_not_offered(cover, told, patient):
    cover.submit(implant(patient))
    cover.decide(reasons=(Reason.NOT_NECESSARY,))
    until = day(60)
    pass_time(61 * DAY)
    found = told()
    assert says("appeal.over", until=until) in found
    assert says("stage.deadline_over") not in found


def test_a_reviewers_silence_is_told(cover, told, patient):
    cover.submit(implant(patient))
    pass_time(31 * DAY)
    assert says("stage.deadline_over") in told()


# ---------------------------------------------------------------------- payments and claims are taken back


def asked_back(cover, patient, reason):
    cover.submit(visit(patient))
    pass_time(61 * DAY)
    cover.claims.requestRefund(cover.evidence(), reason, commitment("grounds"), by(PAYER))


@pytest.mark.parametrize(
    ("reason", "whose"),
    [
        (Reason.AFTER_COVERAGE, "patient"),
        (Reason.NOT_FURNISHED, "provider"),
        (Reason.OTHER_PAYER_FIRST, "open"),
    ],
)
def test_a_refund_is_told_with_its_reason_and_what_it_means(cover, told, patient, reason, whose):
    asked_back(cover, patient, reason)
    found = told()
    assert says("stage.REFUND_REQUESTED", deadline=day(60)) in found
    assert says(f"reason.{reason.name}") in found
    assert says(f"stage.refund.{whose}") in found
    assert says("stage.refund.counted") in found  # the copay
    assert says("appeal.refund", until=day(60)) in found
    assert says("appeal.underway") not in found
    pass_time(61 * DAY)
    cover.enforce()
    found = told()
    assert says("short.refunded", day=day()) in found
    assert says(f"reason.{reason.name}") in found
    assert says(f"short.refunded.{whose}") in found
    assert says("stage.refund." + whose) not in found
    assert says("short.voided.again") not in found


def test_a_refund_that_is_rejected_changes_nothing(cover, told, patient):
    asked_back(cover, patient, Reason.NOT_SUPPORTED)
    cover.appeal()
    assert says("stage.IN_EXTERNAL_REVIEW.refund", deadline=day(45)) in told()
    cover.claims.rejectRefund(cover.evidence(), EXTERNAL_REVIEWER, by(EXTERNAL_REVIEWER))
    found = told()
    assert says("stage.refund_rejected") in found
    assert says("short.owe", owe=dollars(2_500)) in found
    assert says("reason.NOT_SUPPORTED") not in found


def test_a_claim_that_was_taken_back_and_replaced(cover, told, patient):
    cover.submit(visit(patient))
    cover.void()
    found = told()
    assert says("short.voided", day=day()) in found
    assert says("short.voided.again") in found
    cover.submit(visit(patient, control_number="corrected", replaces=1))
    assert says("short.voided.replaced") in told()
    assert says("head.replaces", claim=NAME) in told(1)


# ---------------------------------------------------------------------- the member's word


def test_what_the_member_said_stands(cover, claims, told, patient):
    cover.submit(visit(patient))
    claims.confirmService(cover.evidence(), {"from": patient})
    assert says("stage.confirmed") in told()
    claims.disputeService(cover.evidence(), bytes(32), {"from": patient})
    found = told()
    assert says("stage.undone") in found
    assert says("stage.confirmed") not in found
