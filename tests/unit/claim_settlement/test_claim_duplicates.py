"""How claims that came before are known again."""

from __future__ import annotations

from dataclasses import replace

from claim_acts import enrolment, implant, parked, refusals, visit

from carechain.claims.words import Parked, Refusal
from tests.helpers.claims import LABORATORY_TEST, VISIT, Claim, Line, numbered
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PROVIDER
from tests.helpers.supply import by, operator_of, today

REMEMBERED = 4
"""Claims of a member in a period."""


def test_a_claim_is_known_again_whatever_else_it_says(cover, member):
    cover.submit(visit(member))
    sent = cover.submit(visit(member, charge=99), visit(member, liability=1), visit(member, prior_told=1))
    assert refusals(sent) == [(n, Refusal.DUPLICATE) for n in range(3)]


def test_a_parked_claim_is_known_again_too(cover, member):
    cover.submit(implant(member))
    assert refusals(cover.submit(implant(member))) == [(0, Refusal.DUPLICATE)]


def test_a_claim_is_known_by_its_first_day_and_first_category(cover, member):
    lines = (Line(VISIT, 12_500), Line(LABORATORY_TEST, 6_000, days_ago=8))
    cover.submit(Claim(member, numbered(*lines)))
    sent = cover.submit(Claim(member, (Line(LABORATORY_TEST, 1, days_ago=10),)), visit(member, days_ago=8))
    assert refusals(sent) == [(0, Refusal.DUPLICATE)]
    assert cover.entry(1).settled


def test_the_same_number_on_another_day_is_another_claim(cover, member):
    cover.submit(visit(member), visit(member, days_ago=11))
    assert [cover.entry(n).settled for n in (0, 1)] == [True, True]


def test_the_same_number_of_another_provider_is_another_claim(cover, member):
    cover.submit(visit(member))
    cover.submit(visit(member), provider=SECOND_PROVIDER)
    assert cover.entry(0, SECOND_PROVIDER).settled


def test_the_same_number_for_another_member_is_another_claim(cover, member, parent):
    cover.submit(visit(member), visit(parent))
    assert [cover.entry(n).settled for n in (0, 1)] == [True, True]


def test_the_last_claims_of_a_member_are_remembered(cover, member):
    claims = [visit(member, f"{n}", days_ago=10 + n) for n in range(REMEMBERED)]
    cover.submit(*claims)
    assert refusals(cover.submit(*claims)) == [(n, Refusal.DUPLICATE) for n in range(REMEMBERED)]


def test_whichever_provider_made_them_they_are_remembered(cover, member):
    cover.submit(visit(member))
    others = [visit(member, f"{n}", days_ago=11 + n) for n in range(REMEMBERED)]
    cover.submit(*others[:-1], provider=SECOND_PROVIDER)
    assert refusals(cover.submit(visit(member))) == [(0, Refusal.DUPLICATE)]


def test_a_refused_claim_is_not_remembered(cover, member):
    cover.submit(visit(member, version=2))
    cover.submit(visit(member))
    assert cover.entry(0).settled


def test_each_period_remembers_for_itself(cover, member):
    """A claim names its period, and is denied in another; it is no duplicate there."""
    cover.claims.amendCoverage(PAYER, member, 0, today(), False, by(PAYER))
    cover.claims.enrolMembers(PAYER, [enrolment(member, period=1, first_day=today() + 1)], by(PAYER))
    cover.submit(visit(member), replace(visit(member), coverage=1))
    assert [cover.entry(n).settled for n in (0, 1)] == [True, True]
    assert cover.entry(1).paid == 0


def test_a_voided_claim_is_remembered_no_longer(cover, member):
    cover.submit(visit(member))
    cover.void()
    sent = cover.submit(visit(member))
    assert refusals(sent) == []
    assert cover.entry(1).settled


def test_of_several_that_are_alike_the_voided_one_alone_is_forgotten(cover, member):
    cover.submit(*(visit(member, f"{n}", days_ago=10 + n) for n in range(3)))
    cover.void(1)
    sent = cover.submit(*(visit(member, f"{n}", days_ago=10 + n) for n in range(3)))
    assert refusals(sent) == [(0, Refusal.DUPLICATE), (2, Refusal.DUPLICATE)]


def test_a_replacement_is_looked_for_like_any_other_claim(cover, member):
    """What it replaces has nothing to do with what it says."""
    cover.submit(visit(member, "paid"), visit(member, "taken back", days_ago=11))
    cover.void(1)
    sent = cover.submit(visit(member, "paid", replaces=2))
    assert refusals(sent) == [(0, Refusal.DUPLICATE)]
    assert cover.balance(operator_of(HOSPITAL)) == 15_000


def test_a_replacement_that_resembles_another_claim_is_parked(cover, member):
    cover.submit(visit(member, "paid"), visit(member, "taken back", days_ago=11))
    cover.void(1)
    cover.submit(visit(member, "another number", replaces=2))
    assert parked(cover, 2) == (Parked.NEAR_DUPLICATE,)


def test_a_replacement_of_the_same_day_and_number_is_settled(cover, member):
    cover.submit(visit(member))
    cover.void()
    cover.submit(visit(member, charge=13_000, replaces=1))
    assert cover.entry(1).settled
    assert cover.entry(1).reasons == ()
