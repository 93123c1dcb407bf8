"""settleOnceFunded: a claim that waited for funds alone is settled by rule, by anybody, once they are there."""

from __future__ import annotations

import pytest
from claim_acts import (
    ACCOUNT,
    REVIEW_DAYS,
    VISIT_PAID,
    days_later,
    implant,
    met,
    paid,
    payments,
    reserve,
    stage_of,
    visit,
)

from carechain.claims.words import Parked, Reason, Stage
from tests.helpers.claims import FUNDS, LABORATORY_TEST, SURGERY, Claim, Line, rule
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, PAYER
from tests.helpers.supply import event_of, operator_of


@pytest.fixture
def short(cover, parent):
    """Of the reserve, 74.99 are free: one cent too little for a visit."""
    cover.submit(implant(parent, "takes nearly all", charge=FUNDS - VISIT_PAID + 1))
    return cover


def settle(cover, sender, number=1):
    return cover.seen(cover.claims.settleOnceFunded(cover.evidence(number), {"from": sender}))


def test_anybody_settles_what_waited_for_funds_once_they_are_there(short, member, stranger):
    short.submit(visit(member))
    with refused("ReserveTooSmall", PAYER, VISIT_PAID, VISIT_PAID - 1):
        settle(short, stranger)
    short.fund(1)
    sent = settle(short, stranger)
    told = event_of(sent, "ClaimDecided")
    assert (told["account"], told["number"], told["reviewer"]) == (ACCOUNT, 1, 0)
    assert (told["stage"], told["paid"], told["interest"]) == (Stage.DECIDED, VISIT_PAID, 0)
    assert short.outcome(number=1) == {"paid": 7_500, "contractual": 2_500, "copay": 2_500}
    assert payments(sent) == paid(VISIT_PAID)
    assert short.balance(operator_of(HOSPITAL)) == VISIT_PAID
    assert met(short, member)[1] == 2_500
    assert reserve(short)[0] == FUNDS + 1 - VISIT_PAID


def test_it_is_settled_once(short, member, stranger):
    short.submit(visit(member))
    short.fund(1)
    settle(short, stranger)
    deadline = short.claims.caseOf(PAYER, HOSPITAL, 1)["deadline"]
    with refused("ClaimStageInvalid", ACCOUNT, 1, Stage.DECIDED, deadline):
        settle(short, stranger)


def test_what_waits_for_more_than_funds_is_not_settled(short, member, stranger):
    short.submit(visit(member, liability=1))
    reasons = 1 << Parked.RESERVE_SHORT | 1 << Parked.LIABILITY
    short.fund(FUNDS)
    with refused("NotOnlyShort", ACCOUNT, 1, reasons):
        settle(short, stranger)
    with refused("NotOnlyShort", ACCOUNT, 0, 1 << Parked.REVIEWED_CATEGORY | 1 << Parked.ABOVE_CEILING):
        settle(short, stranger, 0)


def test_what_would_now_pay_more_than_the_ceiling_is_for_a_reviewer(cover, spare_key, parent, stranger):
    """The deductible was met in between."""
    cover.publish(rules={SURGERY: rule(coinsurance=0), LABORATORY_TEST: rule()}, plan=2)
    cover.enrol(spare_key, plan=2)
    cover.submit(implant(parent, "takes all", charge=FUNDS))
    cover.submit(Claim(spare_key, (Line(SURGERY, 520_000),)))
    assert cover.entry(1).reasons == (Parked.RESERVE_SHORT,)
    cover.submit(Claim(spare_key, (Line(LABORATORY_TEST, 50_000),), "meets the deductible"))
    assert cover.entry(2).settled
    cover.fund(FUNDS)
    with refused("NotOnlyShort", ACCOUNT, 1, 1 << Parked.ABOVE_CEILING):
        settle(cover, stranger)
    assert payments(cover.decide(1)) == paid(520_000)


def test_it_is_judged_by_rule_with_no_waiver(cover, member, parent, stranger):
    """An authorisation that was used up in between is none any more."""
    cover.authorise(member, SURGERY)
    cover.submit(implant(parent, "takes all", charge=FUNDS - 10_000))
    cover.submit(Claim(member, (Line(SURGERY, 100_000),), "waits", authorisation=1))
    assert cover.entry(1).reasons == (Parked.RESERVE_SHORT,)
    cover.submit(Claim(member, (Line(SURGERY, 50_000, days_ago=11),), "is settled", authorisation=1))
    assert cover.entry(2).settled
    cover.fund(FUNDS)
    settle(cover, stranger)
    assert cover.outcome(number=1) == {"other": 100_000, "reason": Reason.NOT_AUTHORISED}


def test_interest_is_paid_if_it_is_late(short, member, stranger):
    short.submit(visit(member))
    short.fund(10_000)
    days_later(REVIEW_DAYS + 73)
    sent = settle(short, stranger)
    assert payments(sent) == paid(VISIT_PAID + 150, interest=150)


def test_it_can_be_appealed_against_like_any_decision(short, member, stranger):
    short.submit(visit(member))
    short.fund(FUNDS)
    settle(short, stranger)
    short.appeal(1)
    assert stage_of(short, 1) == Stage.IN_APPEAL


def test_a_reviewer_may_decide_instead(short, member):
    short.submit(visit(member))
    short.fund(1)
    assert payments(short.decide(1)) == paid(VISIT_PAID)


def test_a_claim_that_was_settled_is_not_settled_again(cover, member, stranger):
    cover.submit(visit(member))
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        settle(cover, stranger, 0)


def test_a_claim_that_was_taken_back_is_not_settled(short, member, stranger):
    short.submit(visit(member))
    short.void(1)
    short.fund(FUNDS)
    with refused("ClaimStageInvalid", ACCOUNT, 1, Stage.VOIDED, 0):
        settle(short, stranger)


def test_a_claim_that_is_not_proven_is_not_settled(short, member, stranger):
    short.submit(visit(member))
    payer, provider, _, *rest = short.evidence(1)
    with refused("ClaimUnproven", ACCOUNT, 0):
        short.claims.settleOnceFunded((payer, provider, 0, *rest), {"from": stranger})
