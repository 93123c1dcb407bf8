"""voidClaim, and claims that take the place of others: what was counted is taken off, the difference is paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from claim_acts import (
    ACCOUNT,
    IMPLANT_PAID,
    REVIEW_DAYS,
    VISIT_PAID,
    counted,
    days_later,
    decided,
    implant,
    in_external_review,
    paid,
    payments,
    refusals,
    reserve,
    stage_of,
    suspend,
    visit,
)

from carechain.claims.words import Parked, Reason, Refusal, Stage
from tests.helpers.claims import (
    FUNDS,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    SURGERY,
    UNLISTED,
    VISIT,
    Claim,
    Line,
    numbered,
)
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, EXTERNAL_REVIEWER, HOSPITAL, PAYER, REVIEWER, SECOND_REVIEWER
from tests.helpers.supply import by, event_of, operator_of

CATEGORIES = (SURGERY, LABORATORY_TEST, PHYSIOTHERAPY, VISIT)


@pytest.fixture
def everything(cover, parent, child):
    """What claims count and use up, of a family; and a claim that adds to all of it."""
    cover.authorise(parent, SURGERY, units=300)
    lines = (
        Line(SURGERY, 70_001),
        Line(LABORATORY_TEST, 3_333, days_ago=11),
        Line(PHYSIOTHERAPY, 10_007, 250),
        Line(VISIT, 12_500),
    )
    claim = Claim(parent, numbered(*lines), "everything", authorisation=1)

    def everything():
        return counted(cover, parent, child, categories=CATEGORIES, authorisations=(1,))

    return everything, claim


# ---------------------------------------------------------------------- a claim is taken back


def test_a_claim_is_taken_back_and_what_was_paid_is_owed(cover, member):
    cover.submit(visit(member))
    sent = cover.void()
    told = {"account": ACCOUNT, "number": 0, "reason": Reason.NONE, "owed": VISIT_PAID}
    assert event_of(sent, "ClaimVoided") == told
    case = cover.claims.caseOf(PAYER, HOSPITAL, 0)
    assert (case["stage"], case["deadline"], case["replaced"]) == (Stage.VOIDED, 0, False)
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == VISIT_PAID
    assert reserve(cover) == (FUNDS - VISIT_PAID, 0)


def test_all_that_was_counted_is_taken_off_to_the_cent(cover, everything, parent, child):
    count, claim = everything
    cover.submit(Claim(child, (Line(LABORATORY_TEST, 1_111), Line(PHYSIOTHERAPY, 999, 50, number=2)), "before"))
    before = count()
    cover.submit(claim)
    assert cover.entry(1).settled
    after = count()
    assert all(one != other for one, other in zip(before, after, strict=True))
    cover.void(1)
    assert count() == before


def test_all_is_taken_off_in_whatever_order_claims_are_taken_back(cover, everything, child):
    count, claim = everything
    before = count()
    cover.submit(claim, claim.earlier(1), Claim(child, (Line(LABORATORY_TEST, 90_000),), "another"))
    assert all(cover.entry(n).settled for n in range(3))
    for number in (1, 0, 2):
        cover.void(number)
    assert count() == before
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == sum(cover.entry(n).paid for n in range(3))


def test_all_is_taken_off_what_was_decided_last(cover, everything, parent):
    """By rule, on appeal, and by an external reviewer."""
    count, _ = everything
    before = count()
    lines = numbered(Line(SURGERY, 70_001), Line(PHYSIOTHERAPY, 90_000, 300))
    cover.submit(Claim(parent, lines))
    cover.appeal()
    cover.decide(caps=(60_000, 50_000))
    cover.appeal()
    sent = cover.decide(reviewer=EXTERNAL_REVIEWER, caps=(70_000, 60_000))
    assert event_of(sent, "ClaimDecided")["paid"] > 0
    cover.void()
    assert count() == before
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == cover.balance(operator_of(HOSPITAL))


def test_a_parked_claim_that_is_taken_back_holds_nothing_and_owes_nothing(cover, everything, member):
    count, _ = everything
    before = count()
    cover.submit(implant(member))
    sent = cover.void()
    assert event_of(sent, "ClaimVoided")["owed"] == 0
    assert reserve(cover) == (FUNDS, 0)
    assert count() == before


@pytest.mark.parametrize("steps", range(6))
def test_a_claim_is_taken_back_at_any_stage(cover, member, stranger, steps):
    cover.submit(implant(member))
    acts = [
        cover.decide,
        cover.appeal,
        lambda: cover.uphold(0, SECOND_REVIEWER),
        cover.appeal,
        lambda: cover.uphold(0, EXTERNAL_REVIEWER),
    ]
    for act in acts[:steps]:
        act()
    stages = (
        Stage.IN_REVIEW,
        Stage.DECIDED,
        Stage.IN_APPEAL,
        Stage.APPEAL_DECIDED,
        Stage.IN_EXTERNAL_REVIEW,
        Stage.FINAL,
    )
    assert stage_of(cover) == stages[steps]
    sent = cover.void()
    assert event_of(sent, "ClaimVoided")["owed"] == (IMPLANT_PAID if steps else 0)
    assert stage_of(cover) == Stage.VOIDED
    assert reserve(cover) == (FUNDS - (IMPLANT_PAID if steps else 0), 0)
    assert cover.claims.coverageOf(PAYER, member, 0)["outOfPocket"] == 0


def test_interest_is_not_owed(cover, member):
    cover.submit(implant(member))
    days_later(REVIEW_DAYS + 10)
    cover.decide()
    assert event_of(cover.void(), "ClaimVoided")["owed"] == IMPLANT_PAID


def test_a_claim_is_taken_back_once(cover, member):
    cover.submit(visit(member))
    cover.void()
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.VOIDED, 0):
        cover.void()
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == VISIT_PAID


def test_only_its_provider_takes_a_claim_back(cover, member, stranger):
    cover.submit(visit(member))
    for sender in (stranger, member, operator_of(PAYER), operator_of(CLINIC), operator_of(REVIEWER)):
        with refused("ClaimNotYours", ACCOUNT, 0):
            cover.claims.voidClaim(cover.evidence(), {"from": sender})


def test_a_suspended_provider_takes_claims_back(suite, cover, member):
    cover.submit(visit(member))
    suspend(suite, HOSPITAL)
    cover.void()
    assert stage_of(cover) == Stage.VOIDED


def test_a_claim_is_taken_back_by_its_proof_alone(cover, member):
    cover.submit(visit(member), visit(member, "another", days_ago=11))
    payer, provider, _, *proven = cover.evidence()
    with refused("ClaimUnproven", ACCOUNT, 1):
        cover.claims.voidClaim((payer, provider, 1, *proven), by(HOSPITAL))


# ---------------------------------------------------------------------- another takes its place


def replacing(cover, claim, number=0):
    """Void and replacement, in one transaction."""
    calls = [
        cover.claims.voidClaim.encode_input(cover.evidence(number)),
        cover.claims.submitClaims.encode_input(
            PAYER, HOSPITAL, cover.claims.accountOf(PAYER, HOSPITAL)["claims"], [claim.words()]
        ),
    ]
    return cover.seen(cover.claims.multicall(calls, by(HOSPITAL)))


def test_void_and_replacement_in_one_transaction_pay_the_difference(cover, member):
    cover.submit(visit(member))
    dearer = Claim(member, (Line(VISIT, 25_000, 200),), replaces=1)
    sent = replacing(cover, dearer)
    assert payments(sent) == paid(17_500 - VISIT_PAID, withheld=VISIT_PAID)
    assert cover.entry(1).settled
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0)["replaced"]
    assert cover.balance(operator_of(HOSPITAL)) == 17_500
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == 0


def test_a_cheaper_replacement_leaves_the_difference_owed(cover, member):
    cover.submit(visit(member))
    sent = replacing(cover, visit(member, charge=5_000, replaces=1))
    assert payments(sent) == paid(0, withheld=2_500)
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == 5_000


def test_a_replacement_is_judged_as_if_what_it_replaces_had_never_been(cover, everything):
    count, claim = everything
    cover.submit(claim)
    outcomes, after = cover.entry(0).outcomes, count()
    sent = replacing(cover, replace(claim, replaces=1))
    assert cover.entry(1).outcomes == outcomes
    assert count() == after
    assert payments(sent) == paid(0, withheld=cover.entry(0).paid)


def test_a_claim_is_replaced_once(cover, member):
    cover.submit(visit(member))
    replacing(cover, visit(member, replaces=1))
    sent = cover.submit(visit(member, "once more", days_ago=11, replaces=1))
    assert refusals(sent) == [(0, Refusal.REPLACEMENT_INVALID)]


def test_two_of_a_call_do_not_replace_the_same(cover, member):
    cover.submit(visit(member))
    cover.void()
    sent = cover.submit(visit(member, replaces=1), visit(member, "another", days_ago=11, replaces=1))
    assert refusals(sent) == [(1, Refusal.REPLACEMENT_INVALID)]


def test_a_replacement_is_replaced_in_its_turn(cover, member):
    cover.submit(visit(member))
    replacing(cover, visit(member, replaces=1))
    replacing(cover, visit(member, replaces=2), 1)
    assert [stage_of(cover, n) for n in range(3)] == [Stage.VOIDED, Stage.VOIDED, Stage.NONE]
    assert cover.balance(operator_of(HOSPITAL)) == VISIT_PAID


def test_a_replacement_that_is_parked_takes_the_place_too(cover, member):
    cover.submit(visit(member))
    cover.void()
    cover.submit(Claim(member, (Line(UNLISTED),), replaces=1))
    assert cover.entry(1).reasons == (Parked.CATEGORY_UNKNOWN,)
    sent = cover.submit(visit(member, "another", days_ago=11, replaces=1))
    assert refusals(sent) == [(0, Refusal.REPLACEMENT_INVALID)]


def test_a_replacement_that_is_refused_takes_no_place(cover, member):
    cover.submit(visit(member))
    cover.void()
    cover.submit(visit(member, version=2, replaces=1), visit(member, replaces=1))
    assert not cover.claims.caseOf(PAYER, HOSPITAL, 0)["reasons"]
    assert cover.entry(1).settled


def test_a_decided_claim_is_replaced(cover, member):
    decided(cover, member)
    cover.void()
    cover.submit(visit(member, "in its place", replaces=1))
    assert cover.entry(1).settled


def test_a_claim_in_external_review_that_is_taken_back_holds_nothing(cover, member):
    in_external_review(cover, member)
    cover.void()
    assert reserve(cover) == (FUNDS - IMPLANT_PAID, 0)
