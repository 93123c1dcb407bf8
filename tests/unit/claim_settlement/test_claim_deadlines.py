"""enforceDeadline: every stage that waits is ended by a stranger, once its time is over and not before."""

from __future__ import annotations

import pytest
from claim_acts import (
    ACCOUNT,
    APPEAL_DAYS,
    APPEAL_REVIEW_DAYS,
    EXTERNAL_DAYS,
    IMPLANT_PAID,
    REVIEW_DAYS,
    VISIT_PAID,
    days_later,
    decided,
    implant,
    in_external_review,
    met,
    paid,
    payments,
    request_refund,
    reserve,
    stage_of,
    visit,
)

from carechain.claims.words import Reason, Stage
from tests.helpers.claims import FUNDS, LABORATORY_TEST, Claim, Line, events
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, PAYER
from tests.helpers.supply import DAY, event_of, operator_of


def _in_review(cover, member):
    cover.submit(implant(member))


def _in_appeal(cover, member):
    decided(cover, member)
    cover.appeal()


def _appeal_decided(cover, member):
    _in_appeal(cover, member)
    cover.uphold()


def _refund_requested(cover, member):
    cover.submit(visit(member))
    days_later(APPEAL_DAYS)
    request_refund(cover)


def _refund_contested(cover, member):
    _refund_requested(cover, member)
    cover.appeal()


WAITING = {
    "in review": (_in_review, Stage.IN_REVIEW, REVIEW_DAYS, Stage.IN_EXTERNAL_REVIEW),
    "decided": (decided, Stage.DECIDED, APPEAL_DAYS, Stage.FINAL),
    "in appeal": (_in_appeal, Stage.IN_APPEAL, APPEAL_REVIEW_DAYS, Stage.IN_EXTERNAL_REVIEW),
    "appeal decided": (_appeal_decided, Stage.APPEAL_DECIDED, APPEAL_DAYS, Stage.FINAL),
    "in external review": (in_external_review, Stage.IN_EXTERNAL_REVIEW, EXTERNAL_DAYS, Stage.FINAL),
    "refund requested": (_refund_requested, Stage.REFUND_REQUESTED, APPEAL_DAYS, Stage.VOIDED),
    "refund contested": (_refund_contested, Stage.IN_EXTERNAL_REVIEW, EXTERNAL_DAYS, Stage.FINAL),
}
"""How a claim comes to wait; for what, how many days, and where it is when they are over."""


@pytest.mark.parametrize("name", WAITING)
def test_anybody_ends_a_stage_once_its_time_is_over(cover, member, stranger, name):
    prepare, stage, days, then = WAITING[name]
    prepare(cover, member)
    assert stage_of(cover) == stage
    deadline = cover.claims.caseOf(PAYER, HOSPITAL, 0)["deadline"]
    days_later(days - 1)
    with refused("ClaimStageInvalid", ACCOUNT, 0, stage, deadline):
        cover.enforce(sender=stranger)
    days_later(1)
    sent = cover.enforce(sender=stranger)
    told = event_of(sent, "DeadlineEnforced")
    assert told == {"account": ACCOUNT, "number": 0, "stage": stage, "by": stranger}
    assert stage_of(cover) == then


@pytest.mark.parametrize("name", WAITING)
def test_a_stage_that_has_ended_is_not_ended_again(cover, member, stranger, name):
    prepare, _, days, then = WAITING[name]
    prepare(cover, member)
    days_later(days)
    cover.enforce(sender=stranger)
    case = cover.claims.caseOf(PAYER, HOSPITAL, 0)
    with refused("ClaimStageInvalid", ACCOUNT, 0, then, case["deadline"]):
        cover.enforce(sender=stranger)


@pytest.mark.parametrize("name", WAITING)
def test_what_waits_comes_to_an_end_by_strangers_alone_and_holds_nothing_then(cover, member, stranger, name):
    WAITING[name][0](cover, member)
    for _ in range(3):
        if stage_of(cover) in (Stage.FINAL, Stage.VOIDED):
            break
        days_later(90)
        cover.enforce(sender=stranger)
    assert stage_of(cover) in (Stage.FINAL, Stage.VOIDED)
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0)["encumbered"] == 0
    assert reserve(cover)[1] == 0


def test_a_claim_that_waits_for_nothing_has_no_deadline(cover, member, stranger):
    cover.submit(visit(member))
    days_later(400)
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        cover.enforce(sender=stranger)


def test_a_reviewers_silence_brings_a_claim_before_the_external_reviewer_with_what_it_holds(cover, member, stranger):
    cover.submit(implant(member))
    days_later(REVIEW_DAYS)
    sent = cover.enforce(sender=stranger)
    case = cover.claims.caseOf(PAYER, HOSPITAL, 0)
    assert case["deadline"] == sent.timestamp + EXTERNAL_DAYS * DAY
    assert case["encumbered"] == reserve(cover)[1] == 150_000
    assert payments(sent) == []


def test_the_external_reviewers_silence_approves_with_interest(cover, member, stranger):
    cover.submit(implant(member))
    days_later(REVIEW_DAYS)
    cover.enforce(sender=stranger)
    days_later(EXTERNAL_DAYS)
    sent = cover.enforce(sender=stranger)
    interest = IMPLANT_PAID * 1_000 * EXTERNAL_DAYS // 3_650_000
    assert payments(sent) == paid(IMPLANT_PAID + interest, interest=interest)
    told = event_of(sent, "ClaimDecided")
    assert (told["reviewer"], told["stage"]) == (0, Stage.FINAL)
    assert (told["paid"], told["interest"]) == (IMPLANT_PAID, interest)
    assert met(cover, member)[:2] == (50_000, 70_000)


def test_silence_after_an_appeal_pays_the_difference(cover, member, stranger):
    cover.submit(implant(member))
    cover.decide(reasons=(Reason.NOT_NECESSARY,))
    cover.appeal()
    for days in (APPEAL_REVIEW_DAYS, EXTERNAL_DAYS):
        days_later(days)
        sent = cover.enforce(sender=stranger)
    assert payments(sent)[0]["amount"] - payments(sent)[0]["interest"] == IMPLANT_PAID


def test_silence_approves_what_the_reserve_does_not_cover_once_it_does(cover, member, stranger):
    cover.submit(implant(member, charge=FUNDS * 2))
    for days in (REVIEW_DAYS, EXTERNAL_DAYS):
        days_later(days)
        if days == REVIEW_DAYS:
            cover.enforce(sender=stranger)
    due = 2 * FUNDS - 200_000
    with refused("ReserveTooSmall", PAYER, due, FUNDS):
        cover.enforce(sender=stranger)
    assert stage_of(cover) == Stage.IN_EXTERNAL_REVIEW
    cover.fund(due - FUNDS)
    sent = cover.enforce(sender=stranger)
    assert payments(sent) == paid(due)
    assert reserve(cover) == (0, 0)


def test_silence_lowers_nothing_that_was_paid(cover, member, stranger):
    """What met the deductible is taken back: judged anew the claim would pay less."""
    cover.submit(Claim(member, (Line(LABORATORY_TEST, 50_000),), "meets it"), implant(member, days_ago=11))
    cover.decide(1)
    assert cover.outcome(number=1) == {"paid": 120_000, "coinsurance": 30_000}
    cover.void(0)
    cover.appeal(1)
    for days in (APPEAL_REVIEW_DAYS, EXTERNAL_DAYS):
        days_later(days)
        sent = cover.enforce(1, sender=stranger)
    assert stage_of(cover, 1) == Stage.FINAL
    assert event_of(sent, "ClaimUpheld") == {
        "account": ACCOUNT,
        "number": 1,
        "reviewer": 0,
        "stage": Stage.IN_EXTERNAL_REVIEW,
    }
    assert payments(sent) == events(sent, "ClaimDecided") == []
    assert met(cover, member)[:2] == (0, 30_000)
    assert reserve(cover) == (FUNDS - 120_000, 0)


def test_silence_on_a_refund_that_is_not_contested_voids_the_claim(cover, member, stranger):
    _refund_requested(cover, member)
    days_later(APPEAL_DAYS)
    sent = cover.enforce(sender=stranger)
    assert event_of(sent, "ClaimVoided") == {
        "account": ACCOUNT,
        "number": 0,
        "reason": Reason.NOT_SUPPORTED,
        "owed": VISIT_PAID,
    }
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == VISIT_PAID


def test_the_external_reviewers_silence_on_a_refund_rejects_it(cover, member, stranger):
    _refund_contested(cover, member)
    days_later(EXTERNAL_DAYS)
    sent = cover.enforce(sender=stranger)
    assert event_of(sent, "RefundRejected") == {"account": ACCOUNT, "number": 0, "reviewer": 0}
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == 0
    assert cover.balance(operator_of(HOSPITAL)) == VISIT_PAID
