"""requestRefund, and what follows: a payer asks for what it paid, the provider contests it or not."""

from __future__ import annotations

import pytest
from claim_acts import (
    ACCOUNT,
    APPEAL_DAYS,
    EXTERNAL_DAYS,
    GROUNDS,
    IMPLANT_PAID,
    VISIT_PAID,
    days_later,
    decided,
    implant,
    met,
    paid,
    payments,
    request_refund,
    reserve,
    stage_of,
    suspend,
    visit,
)

from carechain.claims.words import Reason, ReviewerKind, Stage
from tests.helpers.claims import EXPERIMENT, FUNDS, Claim, Line
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CLINIC,
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    REVIEWER,
    SECOND_PAYER,
    SECOND_REVIEWER,
)
from tests.helpers.supply import DAY, SUSPENDED, UNKNOWN, by, event_of, operator_of

LIMIT_DAYS = 730


@pytest.fixture
def settled(cover, member):
    """A visit that was paid, and can be appealed against no longer."""
    cover.submit(visit(member))
    days_later(APPEAL_DAYS)
    return cover


@pytest.fixture
def contested(settled):
    """What was paid is asked for, and the provider contests it."""
    request_refund(settled, reason=Reason.NOT_FURNISHED)
    settled.appeal()
    return settled


def reject(cover, reviewer=EXTERNAL_REVIEWER):
    return cover.claims.rejectRefund(cover.evidence(), reviewer, by(reviewer))


# ---------------------------------------------------------------------- asked for


def test_a_payer_asks_for_what_it_paid(settled):
    sent = request_refund(settled, reason=Reason.NOT_FURNISHED)
    assert event_of(sent, "RefundRequested") == {
        "account": ACCOUNT,
        "number": 0,
        "reason": Reason.NOT_FURNISHED,
        "grounds": "0x" + GROUNDS.hex(),
    }
    case = settled.claims.caseOf(PAYER, HOSPITAL, 0)
    assert (case["stage"], case["refund"]) == (Stage.REFUND_REQUESTED, True)
    assert case["deadline"] == sent.timestamp + APPEAL_DAYS * DAY
    assert settled.claims.accountOf(PAYER, HOSPITAL)["owed"] == 0
    assert reserve(settled) == (FUNDS - VISIT_PAID, 0)


def test_only_the_payer_asks(suite, settled, stranger):
    evidence = settled.evidence()
    for sender in (stranger, operator_of(SECOND_PAYER), operator_of(HOSPITAL)):
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            settled.claims.requestRefund(evidence, Reason.NOT_FURNISHED, GROUNDS, {"from": sender})
    suspend(suite, PAYER)
    with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
        request_refund(settled)


def test_while_a_claim_can_be_appealed_against_nothing_is_asked_back(cover, member):
    cover.submit(visit(member), implant(member, "implant", days_ago=11))
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        request_refund(cover)
    cover.decide(1)
    deadline = cover.claims.caseOf(PAYER, HOSPITAL, 1)["deadline"]
    days_later(APPEAL_DAYS - 1)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        request_refund(cover)
    with refused("ClaimStageInvalid", ACCOUNT, 1, Stage.DECIDED, deadline):
        request_refund(cover, 1)


def test_what_was_decided_is_asked_back_once_it_is_final(cover, member, stranger):
    decided(cover, member)
    days_later(APPEAL_DAYS)
    cover.enforce(sender=stranger)
    request_refund(cover)
    days_later(APPEAL_DAYS)
    sent = cover.enforce(sender=stranger)
    assert event_of(sent, "ClaimVoided")["owed"] == IMPLANT_PAID
    assert met(cover, member)[:2] == (0, 0)


def test_a_refund_is_asked_for_within_two_years(cover, member):
    cover.submit(visit(member), visit(member, "another", days_ago=11))
    assert cover.claims.REFUND_LIMIT() == LIMIT_DAYS * DAY
    days_later(LIMIT_DAYS - 1)
    request_refund(cover)
    days_later(1)
    with refused("RefundInvalid", ACCOUNT, 1):
        request_refund(cover, 1)


def test_a_refund_is_asked_for_with_a_reason(settled):
    with refused("RefundInvalid", ACCOUNT, 0):
        request_refund(settled, reason=Reason.NONE)


def test_of_what_paid_nothing_nothing_is_asked_back(cover, member):
    cover.submit(Claim(member, (Line(EXPERIMENT),)))
    days_later(APPEAL_DAYS)
    with refused("RefundInvalid", ACCOUNT, 0):
        request_refund(cover)


def test_a_refund_is_asked_for_once(contested):
    deadline = contested.claims.caseOf(PAYER, HOSPITAL, 0)["deadline"]
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.IN_EXTERNAL_REVIEW, deadline):
        request_refund(contested)
    reject(contested)
    with refused("RefundInvalid", ACCOUNT, 0):
        request_refund(contested)


def test_a_voided_claim_is_not_asked_back(settled):
    settled.void()
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.VOIDED, 0):
        request_refund(settled)


# ---------------------------------------------------------------------- contested


def test_the_provider_contests(settled):
    request_refund(settled)
    sent = settled.appeal()
    assert event_of(sent, "ClaimAppealed")["stage"] == Stage.IN_EXTERNAL_REVIEW
    case = settled.claims.caseOf(PAYER, HOSPITAL, 0)
    assert case["deadline"] == sent.timestamp + EXTERNAL_DAYS * DAY
    assert (case["refund"], case["encumbered"]) == (True, 0)
    assert reserve(settled) == (FUNDS - VISIT_PAID, 0)


def test_nobody_but_provider_and_member_contests(settled, member, stranger):
    request_refund(settled)
    for sender in (stranger, operator_of(CLINIC), operator_of(PAYER)):
        with refused("ClaimNotYours", ACCOUNT, 0):
            settled.appeal(sender=sender)
    settled.appeal(sender=member)
    assert stage_of(settled) == Stage.IN_EXTERNAL_REVIEW


def test_a_refund_is_not_contested_too_late(settled):
    request_refund(settled)
    deadline = settled.claims.caseOf(PAYER, HOSPITAL, 0)["deadline"]
    days_later(APPEAL_DAYS)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.REFUND_REQUESTED, deadline):
        settled.appeal()


def test_no_reviewer_decides_before_it_is_contested(settled):
    request_refund(settled)
    deadline = settled.claims.caseOf(PAYER, HOSPITAL, 0)["deadline"]
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.REFUND_REQUESTED, deadline):
        settled.uphold(0, EXTERNAL_REVIEWER)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.REFUND_REQUESTED, deadline):
        reject(settled)


# ---------------------------------------------------------------------- decided


def test_a_refund_that_is_found_owed_voids_the_claim(contested, member):
    sent = contested.uphold(0, EXTERNAL_REVIEWER)
    assert event_of(sent, "ClaimUpheld")["stage"] == Stage.IN_EXTERNAL_REVIEW
    assert event_of(sent, "ClaimVoided") == {
        "account": ACCOUNT,
        "number": 0,
        "reason": Reason.NOT_FURNISHED,
        "owed": VISIT_PAID,
    }
    assert stage_of(contested) == Stage.VOIDED
    assert contested.claims.accountOf(PAYER, HOSPITAL)["owed"] == VISIT_PAID
    assert met(contested, member) == (0, 0, 0, 0)
    sent = contested.submit(visit(member, "another", days_ago=11))
    assert payments(sent) == paid(0, withheld=VISIT_PAID)


def test_a_refund_that_is_found_not_owed_changes_nothing(contested, member):
    sent = reject(contested)
    assert event_of(sent, "RefundRejected") == {"account": ACCOUNT, "number": 0, "reviewer": EXTERNAL_REVIEWER}
    case = contested.claims.caseOf(PAYER, HOSPITAL, 0)
    assert (case["stage"], case["deadline"], case["refund"]) == (Stage.FINAL, 0, False)
    assert contested.claims.accountOf(PAYER, HOSPITAL)["owed"] == 0
    assert met(contested, member)[1] == 2_500


@pytest.mark.parametrize("reviewer", [REVIEWER, SECOND_REVIEWER, PAYER])
def test_only_an_external_reviewer_decides(contested, reviewer):
    with refused("ReviewerNotEligible", PAYER, reviewer, Stage.IN_EXTERNAL_REVIEW):
        contested.uphold(0, reviewer)
    with refused("ReviewerNotEligible", PAYER, reviewer, Stage.IN_EXTERNAL_REVIEW):
        reject(contested, reviewer)


def test_whoever_decided_about_the_claim_does_not_decide_about_its_refund(cover, member, stranger):
    decided(cover, member)
    days_later(APPEAL_DAYS)
    cover.enforce(sender=stranger)
    request_refund(cover)
    cover.appeal()
    cover.claims.nameReviewer(PAYER, REVIEWER, ReviewerKind.EXTERNAL, by(PAYER))
    with refused("ReviewerNotEligible", PAYER, REVIEWER, Stage.IN_EXTERNAL_REVIEW):
        cover.uphold(0, REVIEWER)
    with refused("ReviewerNotEligible", PAYER, REVIEWER, Stage.IN_EXTERNAL_REVIEW):
        reject(cover, REVIEWER)


def test_about_a_refund_lines_are_not_decided(contested):
    with refused("DecisionInvalid", ACCOUNT, 0):
        contested.decide(reviewer=EXTERNAL_REVIEWER)


def test_a_provider_gives_back_what_is_asked_for(settled):
    request_refund(settled)
    sent = settled.void()
    assert event_of(sent, "ClaimVoided")["reason"] == Reason.NONE
    assert stage_of(settled) == Stage.VOIDED
    assert not settled.claims.caseOf(PAYER, HOSPITAL, 0)["refund"]
