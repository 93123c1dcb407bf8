"""appeal and upholdDecision: by whom, when, and how a claim gets to the end of it."""

from __future__ import annotations

import pytest
from claim_acts import (
    ACCOUNT,
    APPEAL_DAYS,
    APPEAL_REVIEW_DAYS,
    EXTERNAL_DAYS,
    GROUNDS,
    IMPLANT_PAID,
    days_later,
    decided,
    implant,
    in_external_review,
    met,
    paid,
    payments,
    reserve,
    stage_of,
    visit,
)

from carechain.claims.words import Reason, ReviewerKind, Stage
from tests.helpers.claims import FUNDS, SURGERY, VISIT, Claim, Line
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CLINIC,
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    REVIEWER,
    SECOND_REVIEWER,
    now,
)
from tests.helpers.supply import DAY, by, event_of, operator_of


def deadline_of(cover, number=0):
    return cover.claims.caseOf(PAYER, HOSPITAL, number)["deadline"]


def unauthorised(member):
    """Denied, for want of an authorisation."""
    return Claim(member, (Line(SURGERY, 100_000),))


# ---------------------------------------------------------------------- by whom


def test_the_provider_appeals(cover, member):
    cover.submit(unauthorised(member))
    sent = cover.appeal()
    assert event_of(sent, "ClaimAppealed") == {
        "account": ACCOUNT,
        "number": 0,
        "by": operator_of(HOSPITAL),
        "stage": Stage.IN_APPEAL,
        "grounds": "0x" + GROUNDS.hex(),
    }
    case = cover.claims.caseOf(PAYER, HOSPITAL, 0)
    assert (case["stage"], case["deadline"]) == (Stage.IN_APPEAL, sent.timestamp + APPEAL_REVIEW_DAYS * DAY)
    assert case["payBy"] == cover.entry(0).taken_at + 30 * DAY


def test_the_member_appeals(cover, member):
    cover.submit(unauthorised(member))
    sent = cover.appeal(sender=member)
    assert event_of(sent, "ClaimAppealed")["by"] == member


def test_who_represents_the_member_appeals(cover, consents, member, representative):
    cover.submit(unauthorised(member))
    with refused("ClaimNotYours", ACCOUNT, 0):
        cover.appeal(sender=representative)
    consents.appointRepresentative(representative, 0, now() + DAY, {"from": member})
    assert event_of(cover.appeal(sender=representative), "ClaimAppealed")["by"] == representative


def test_nobody_else_appeals(cover, member, parent, stranger):
    cover.submit(unauthorised(member))
    for sender in (stranger, parent, operator_of(PAYER), operator_of(CLINIC), operator_of(REVIEWER)):
        with refused("ClaimNotYours", ACCOUNT, 0):
            cover.appeal(sender=sender)


# ---------------------------------------------------------------------- when


def test_what_was_settled_by_rule_is_appealed_against_in_time(cover, member):
    cover.submit(unauthorised(member))
    days_later(APPEAL_DAYS - 1)
    cover.appeal()


def test_what_was_settled_by_rule_is_not_appealed_against_too_late(cover, member):
    cover.submit(unauthorised(member))
    days_later(APPEAL_DAYS)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        cover.appeal()


def test_what_was_decided_is_not_appealed_against_too_late(cover, member):
    decided(cover, member)
    deadline = deadline_of(cover)
    days_later(APPEAL_DAYS)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.DECIDED, deadline):
        cover.appeal()
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.DECIDED, deadline):
        cover.appeal(sender=member)


def test_external_review_is_not_asked_for_too_late(cover, member):
    decided(cover, member)
    cover.appeal()
    cover.uphold()
    deadline = deadline_of(cover)
    days_later(APPEAL_DAYS)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.APPEAL_DECIDED, deadline):
        cover.appeal()


def test_a_claim_that_waits_for_a_decision_is_not_appealed_against(cover, member):
    cover.submit(implant(member))
    for stage in (Stage.IN_REVIEW, Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW):
        assert stage_of(cover) == stage
        with refused("ClaimStageInvalid", ACCOUNT, 0, stage, deadline_of(cover)):
            cover.appeal()
        if stage == Stage.IN_REVIEW:
            cover.decide()
            cover.appeal()
        elif stage == Stage.IN_APPEAL:
            cover.uphold()
            cover.appeal()
    cover.uphold(0, EXTERNAL_REVIEWER)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.FINAL, 0):
        cover.appeal()


def test_a_voided_claim_is_not_appealed_against(cover, member):
    cover.submit(unauthorised(member))
    cover.void()
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.VOIDED, 0):
        cover.appeal()


# ---------------------------------------------------------------------- what comes of it


def test_an_appeal_holds_what_it_may_win(cover, member):
    cover.submit(unauthorised(member))
    cover.appeal()
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0)["encumbered"] == 100_000
    assert reserve(cover) == (FUNDS, 100_000)
    cover.uphold()
    assert reserve(cover) == (FUNDS, 0)
    cover.appeal()
    assert reserve(cover) == (FUNDS, 100_000)
    cover.uphold(0, EXTERNAL_REVIEWER)
    assert reserve(cover) == (FUNDS, 0)


def test_an_appeal_that_the_reserve_does_not_cover_holds_nothing(cover, member, parent):
    cover.submit(unauthorised(member), implant(parent, "takes nearly all", charge=FUNDS - 1))
    cover.appeal()
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0)["encumbered"] == 0


def test_a_successful_appeal_pays_the_difference(cover, member):
    cover.submit(implant(member))
    cover.decide(caps=(100_000,))
    cover.appeal()
    sent = cover.decide(reviewer=SECOND_REVIEWER)
    assert payments(sent) == paid(IMPLANT_PAID - 40_000)
    assert event_of(sent, "ClaimDecided")["paid"] == IMPLANT_PAID - 40_000
    assert event_of(sent, "ClaimDecided")["stage"] == Stage.APPEAL_DECIDED
    assert cover.balance(operator_of(HOSPITAL)) == IMPLANT_PAID
    assert met(cover, member)[:2] == (50_000, 70_000)
    assert reserve(cover) == (FUNDS - IMPLANT_PAID, 0)


def test_a_late_difference_bears_interest_from_the_time_to_review(cover, member):
    cover.submit(unauthorised(member))
    days_later(APPEAL_DAYS - 1)
    cover.appeal()
    days_later(11)
    sent = cover.decide()
    late = APPEAL_DAYS - 1 + 11 - 30
    due = 40_000 * 1_000 * late // 3_650_000
    assert payments(sent) == paid(40_000 + due, interest=due)


def test_an_appeal_never_costs_what_was_paid_before(cover, member):
    decided(cover, member)
    cover.appeal()
    with refused("DecisionLowers", ACCOUNT, 0, IMPLANT_PAID, 0):
        cover.decide(reviewer=SECOND_REVIEWER, reasons=(Reason.NOT_NECESSARY,))
    with refused("DecisionLowers", ACCOUNT, 0, IMPLANT_PAID, IMPLANT_PAID - 8):
        cover.decide(reviewer=SECOND_REVIEWER, caps=(149_990,))
    assert cover.outcome()["paid"] == IMPLANT_PAID
    assert met(cover, member)[:2] == (50_000, 70_000)


def test_a_decision_that_is_upheld_stays_as_it_was(cover, member):
    decided(cover, member)
    cover.appeal()
    before = cover.claims.caseOf(PAYER, HOSPITAL, 0)["outcomes"]
    sent = cover.uphold()
    assert event_of(sent, "ClaimUpheld") == {
        "account": ACCOUNT,
        "number": 0,
        "reviewer": SECOND_REVIEWER,
        "stage": Stage.IN_APPEAL,
    }
    case = cover.claims.caseOf(PAYER, HOSPITAL, 0)
    assert (case["stage"], case["deadline"]) == (Stage.APPEAL_DECIDED, sent.timestamp + APPEAL_DAYS * DAY)
    assert (case["outcomes"], case["secondReviewer"]) == (before, SECOND_REVIEWER)
    assert payments(sent) == []
    assert reserve(cover) == (FUNDS - IMPLANT_PAID, 0)


def test_after_the_appeal_an_external_reviewer_is_asked(cover, member):
    decided(cover, member)
    cover.appeal()
    cover.uphold()
    sent = cover.appeal(sender=member)
    assert event_of(sent, "ClaimAppealed")["stage"] == Stage.IN_EXTERNAL_REVIEW
    assert deadline_of(cover) == sent.timestamp + EXTERNAL_DAYS * DAY


def test_what_the_external_reviewer_decides_is_final(cover, member):
    cover.submit(implant(member))
    cover.decide(reasons=(Reason.NOT_NECESSARY,))
    cover.appeal()
    cover.uphold()
    cover.appeal()
    sent = cover.decide(reviewer=EXTERNAL_REVIEWER)
    assert payments(sent) == paid(IMPLANT_PAID)
    assert (stage_of(cover), deadline_of(cover)) == (Stage.FINAL, 0)


def test_a_parked_claim_is_not_upheld(cover, member):
    cover.submit(implant(member))
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.IN_REVIEW, deadline_of(cover)):
        cover.uphold(0, REVIEWER)


def test_a_claim_about_which_nobody_has_decided_is_not_upheld_in_external_review(cover, member, stranger):
    cover.submit(implant(member))
    days_later(30)
    cover.enforce(sender=stranger)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.IN_EXTERNAL_REVIEW, deadline_of(cover)):
        cover.uphold(0, EXTERNAL_REVIEWER)


@pytest.mark.parametrize("reviewer", [REVIEWER, EXTERNAL_REVIEWER, PAYER])
def test_only_another_reviewer_upholds(cover, member, reviewer):
    decided(cover, member)
    cover.appeal()
    with refused("ReviewerNotEligible", PAYER, reviewer, Stage.IN_APPEAL):
        cover.uphold(0, reviewer)


def test_the_internal_reviewers_do_not_uphold_in_external_review(cover, member):
    cover.claims.nameReviewer(PAYER, PAYER, ReviewerKind.INTERNAL, by(PAYER))
    in_external_review(cover, member)
    with refused("ReviewerNotEligible", PAYER, PAYER, Stage.IN_EXTERNAL_REVIEW):
        cover.uphold(0, PAYER)


def test_a_refund_is_not_rejected_where_none_was_asked_for(cover, member):
    in_external_review(cover, member)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.IN_EXTERNAL_REVIEW, deadline_of(cover)):
        cover.claims.rejectRefund(cover.evidence(), EXTERNAL_REVIEWER, by(EXTERNAL_REVIEWER))


def test_a_paid_claim_is_appealed_against_too(cover, member):
    """As the patient's share may be wrong."""
    cover.submit(Claim(member, (Line(VISIT, 12_500),)), visit(member, "another", days_ago=11))
    cover.appeal(sender=member)
    assert stage_of(cover) == Stage.IN_APPEAL
    assert stage_of(cover, 1) == Stage.NONE
