"""Claims that are not settled by rule: each reason alone, and what is then held of the reserve."""

from __future__ import annotations

from dataclasses import replace

import pytest
from claim_acts import (
    ACCOUNT,
    EVIDENCE,
    VISIT_PAID,
    another_plan,
    days_later,
    implant,
    parked,
    payments,
    reserve,
    visit,
)

from carechain.claims.words import Parked
from tests.helpers.claims import (
    DRUG,
    FUNDS,
    IMPLANT,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    RULES,
    SURGERY,
    UNLISTED,
    VISIT,
    Claim,
    Line,
    commitment,
    events,
    numbered,
    plan_terms,
    rule,
)
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PROVIDER
from tests.helpers.supply import by, today


def test_a_parked_claim_is_told_and_pays_nothing(cover, member):
    sent = cover.submit(implant(member))
    assert parked(cover) == (Parked.REVIEWED_CATEGORY,)
    (taken,) = events(sent, "ClaimTaken")
    assert (taken["account"], taken["member"], taken["number"]) == (ACCOUNT, member, 0)
    assert payments(sent) == []
    assert events(sent, "ClaimRefused") == []


def test_a_parked_claim_holds_its_charge_of_the_reserve(cover, member):
    cover.submit(implant(member))
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0)["encumbered"] == 150_000
    assert reserve(cover) == (FUNDS, 150_000)


def test_a_parked_claim_counts_for_nothing_but_velocity(cover, member):
    cover.submit(implant(member))
    assert cover.claims.coverageOf(PAYER, member, 0)["outOfPocket"] == 0
    cover.submit(Claim(member, (Line(PHYSIOTHERAPY, 10_000, 100), Line(UNLISTED, number=2)), "two"))
    assert cover.claims.usedOf(PAYER, member, 0, PHYSIOTHERAPY) == (0, 0, 0, 0)


# ---------------------------------------------------------------------- near duplicates


def test_another_claim_of_the_same_day_and_category_is_parked(cover, member):
    cover.submit(visit(member, "one"), visit(member, "two"))
    assert cover.entry(0).settled
    assert parked(cover, 1) == (Parked.NEAR_DUPLICATE,)


def test_it_is_parked_in_a_later_call_too(cover, member):
    cover.submit(visit(member, "one"))
    cover.submit(visit(member, "two"))
    assert parked(cover, 1) == (Parked.NEAR_DUPLICATE,)


@pytest.mark.parametrize(
    "other",
    [{"days_ago": 11}, {"category": LABORATORY_TEST}],
    ids=["another day", "another category"],
)
def test_a_claim_of_another_day_or_category_is_no_near_duplicate(cover, member, other):
    line = Line(VISIT, 12_500)
    cover.submit(Claim(member, (line,), "one"), Claim(member, (replace(line, **other),), "two"))
    assert [cover.entry(n).settled for n in (0, 1)] == [True, True]


def test_a_claim_of_another_provider_or_member_is_no_near_duplicate(cover, member, parent):
    cover.submit(visit(member, "one"), visit(parent, "two"))
    cover.submit(visit(member, "two"), provider=SECOND_PROVIDER)
    assert all(cover.entry(n).settled for n in (0, 1))
    assert cover.entry(0, SECOND_PROVIDER).settled


def test_a_claim_that_was_parked_is_remembered_as_any_other(cover, member):
    cover.submit(implant(member, "one"), implant(member, "two"))
    assert parked(cover, 1) == (Parked.NEAR_DUPLICATE, Parked.REVIEWED_CATEGORY)


# ---------------------------------------------------------------------- the plan's limits


def test_a_claim_that_would_pay_more_than_the_ceiling_is_parked(cover, spare_key):
    """Of the visit 75.00 would be paid."""
    another_plan(cover, spare_key, plan_terms(ceiling=VISIT_PAID), RULES_OF_VISITS)
    cover.submit(visit(spare_key, "at it"))
    assert cover.entry(0).paid == VISIT_PAID
    two = (Line(VISIT, 12_500, units=200, days_ago=11),)
    cover.submit(Claim(spare_key, two, "above it"))
    assert parked(cover, 1) == (Parked.ABOVE_CEILING,)


def test_with_a_ceiling_of_nothing_whatever_pays_is_parked(cover, spare_key):
    another_plan(cover, spare_key, plan_terms(ceiling=0), RULES_OF_VISITS)
    cover.submit(visit(spare_key, "pays"), visit(spare_key, "pays nothing", charge=2_500, days_ago=11))
    assert parked(cover, 0) == (Parked.ABOVE_CEILING,)
    assert cover.entry(1).settled


def test_a_category_that_the_plan_has_reviewed_is_parked_with_what_else_is_in_the_claim(cover, member):
    cover.submit(Claim(member, numbered(Line(VISIT, 12_500), Line(IMPLANT, 150_000))))
    assert parked(cover) == (Parked.REVIEWED_CATEGORY,)
    assert reserve(cover)[1] == 160_000  # what the plan allows: of the visit 100.00


def test_a_category_that_the_plan_does_not_know_is_parked(cover, member):
    cover.submit(Claim(member, (Line(UNLISTED),)))
    assert parked(cover) == (Parked.CATEGORY_UNKNOWN,)


def test_a_procedure_that_the_fee_schedule_does_not_list_is_parked(cover, spare_key):
    root = commitment("a schedule")
    cover.publish(plan_terms(), {DRUG: rule(scheduled=1)}, schedule=(root, 1), plan=2)
    cover.enrol(spare_key, plan=2)
    cover.submit(Claim(spare_key, (Line(DRUG),)))
    assert parked(cover) == (Parked.FEE_UNLISTED,)


# ---------------------------------------------------------------------- velocity


def test_more_claims_of_a_member_in_a_week_than_the_plan_takes_are_parked(cover, spare_key):
    another_plan(cover, spare_key, plan_terms(member_velocity=2), RULES_OF_VISITS)
    cover.submit(*(visit(spare_key, f"{n}", days_ago=10 + n) for n in range(3)))
    assert [cover.entry(n).settled for n in range(3)] == [True, True, False]
    assert parked(cover, 2) == (Parked.MEMBER_VELOCITY,)


def test_in_the_next_week_a_members_claims_count_anew(cover, spare_key):
    another_plan(cover, spare_key, plan_terms(member_velocity=1), RULES_OF_VISITS)
    cover.submit(visit(spare_key, "one"), visit(spare_key, "two", days_ago=11))
    assert parked(cover, 1) == (Parked.MEMBER_VELOCITY,)
    days_later(7)
    cover.submit(visit(spare_key, "three", days_ago=5))
    assert cover.entry(2).settled


def test_more_claims_of_a_provider_in_a_day_than_the_plan_takes_are_parked(cover, spare_key, member):
    another_plan(cover, spare_key, plan_terms(provider_velocity=2), RULES_OF_VISITS)
    cover.submit(visit(spare_key, "one"), visit(member, "of any plan"), visit(spare_key, "three", days_ago=11))
    assert parked(cover, 2) == (Parked.PROVIDER_VELOCITY,)
    cover.submit(visit(spare_key, "of another provider", days_ago=12), provider=SECOND_PROVIDER)
    assert cover.entry(0, SECOND_PROVIDER).settled
    days_later(1)
    cover.submit(visit(spare_key, "of the next day", days_ago=13))
    assert cover.entry(3).settled


# ---------------------------------------------------------------------- people, and other payers


def test_a_barred_providers_claims_are_parked_until_it_is_barred_no_longer(cover, member):
    cover.claims.barProvider(PAYER, HOSPITAL, True, EVIDENCE, by(PAYER))
    cover.submit(visit(member, "one"))
    assert parked(cover) == (Parked.PROVIDER_BARRED,)
    cover.submit(visit(member, "of another provider", days_ago=11), provider=SECOND_PROVIDER)
    assert cover.entry(0, SECOND_PROVIDER).settled
    cover.claims.barProvider(PAYER, HOSPITAL, False, EVIDENCE, by(PAYER))
    cover.submit(visit(member, "two", days_ago=12))
    assert cover.entry(1).settled


def test_a_claim_for_which_somebody_else_may_be_liable_is_parked(cover, member):
    cover.submit(visit(member, liability=1))
    assert parked(cover) == (Parked.LIABILITY,)


def test_a_claim_that_tells_of_other_payers_where_none_is_known_is_parked(cover, member):
    cover.submit(Claim(member, (Line(VISIT, 12_500, prior_patient=5_000),), prior_told=1))
    assert parked(cover) == (Parked.OTHER_COVERAGE,)
    assert cover.entry(0).after_others


# ---------------------------------------------------------------------- days


def test_a_claim_that_goes_on_after_the_period_is_parked(cover, spare_key):
    cover.enrol(spare_key, last_day=today() - 10)
    within, beyond = Line(VISIT, 12_500, days_ago=10), Line(VISIT, 12_500, days_ago=9, number=2)
    cover.submit(Claim(spare_key, (within,), "within"), Claim(spare_key, (within, beyond), "beyond"))
    assert cover.entry(0).settled
    assert parked(cover, 1) == (Parked.NEAR_DUPLICATE, Parked.CROSSES_PERIODS)


def test_a_claim_that_goes_on_into_the_next_version_of_the_plan_is_parked(cover, member):
    cover.publish(plan_terms(first_day=today() + 2), version=2)
    days_later(3)
    before, after = Line(VISIT, 12_500, days_ago=2), Line(VISIT, 12_500, days_ago=1, number=2)
    cover.submit(Claim(member, (before, after)))
    assert parked(cover) == (Parked.CROSSES_PERIODS,)


def test_of_a_claim_that_is_denied_as_a_whole_nobody_looks_at_the_lines(cover, spare_key):
    """Coverage ended before it: no category, and no later day, is a question any more."""
    cover.enrol(spare_key, last_day=today() - 20)
    cover.submit(Claim(spare_key, (Line(IMPLANT), Line(UNLISTED, days_ago=5, number=2))))
    assert cover.entry(0).settled
    assert cover.entry(0).paid == 0


# ---------------------------------------------------------------------- a reserve that is short


def test_a_claim_that_the_reserve_does_not_cover_is_parked_and_holds_nothing(cover, member):
    cover.submit(implant(member, "takes nearly all", charge=FUNDS - VISIT_PAID + 1))
    sent = cover.submit(visit(member))
    assert parked(cover, 1) == (Parked.RESERVE_SHORT,)
    assert payments(sent) == []
    assert cover.claims.caseOf(PAYER, HOSPITAL, 1)["encumbered"] == 0
    assert reserve(cover) == (FUNDS, FUNDS - VISIT_PAID + 1)


def test_a_claim_for_which_the_reserve_just_suffices_is_paid(cover, member):
    cover.submit(implant(member, "takes nearly all", charge=FUNDS - VISIT_PAID))
    cover.submit(visit(member))
    assert cover.entry(1).settled
    assert reserve(cover) == (FUNDS - VISIT_PAID, FUNDS - VISIT_PAID)


def test_of_a_batch_the_reserve_pays_what_it_covers_in_their_order(cover, member, parent):
    """The second is dearer than what the first leaves; the third is not."""
    cover.submit(implant(member, "takes nearly all", charge=FUNDS - 2 * VISIT_PAID))
    two = Claim(parent, (Line(VISIT, 25_000, units=200),), "dear")
    sent = cover.submit(visit(member), two, visit(parent, "cheap", days_ago=11))
    assert [cover.entry(n).settled for n in (1, 2, 3)] == [True, False, True]
    assert parked(cover, 2) == (Parked.RESERVE_SHORT,)
    assert payments(sent)[0]["amount"] == 2 * VISIT_PAID
    assert reserve(cover) == (FUNDS - 2 * VISIT_PAID, FUNDS - 2 * VISIT_PAID)


def test_what_a_parked_claim_of_a_batch_holds_is_not_there_for_the_next(cover, member, parent):
    sent = cover.submit(implant(member, "takes nearly all", charge=FUNDS - VISIT_PAID + 1), visit(parent))
    assert parked(cover, 1) == (Parked.RESERVE_SHORT,)
    assert payments(sent) == []
    assert reserve(cover) == (FUNDS, FUNDS - VISIT_PAID + 1)


def test_a_charge_beyond_the_reserve_is_not_held(cover, member):
    cover.submit(implant(member, charge=FUNDS + 1))
    assert Parked.REVIEWED_CATEGORY in parked(cover)
    assert reserve(cover) == (FUNDS, 0)


def test_several_reasons_are_told_together(cover, member):
    cover.claims.barProvider(PAYER, HOSPITAL, True, EVIDENCE, by(PAYER))
    lines = numbered(Line(IMPLANT, 10_000, prior_patient=5_000), Line(UNLISTED, 10_000))
    cover.submit(Claim(member, lines, prior_told=1, liability=1))
    assert parked(cover) == (
        Parked.REVIEWED_CATEGORY,
        Parked.PROVIDER_BARRED,
        Parked.OTHER_COVERAGE,
        Parked.CATEGORY_UNKNOWN,
        Parked.LIABILITY,
    )


def test_a_claim_is_parked_only_for_what_the_plan_says(cover, member):
    """A service that needs an authorisation and has none is denied, not parked."""
    cover.submit(Claim(member, (Line(SURGERY, 100_000),)))
    assert cover.entry(0).settled


RULES_OF_VISITS = {VISIT: RULES[VISIT]}
