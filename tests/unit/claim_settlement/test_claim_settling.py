"""Claims that are settled by rule: what they pay, to whom, in one transaction, and what they leave of the benefits."""

from __future__ import annotations

from claim_acts import (
    ACCOUNT,
    FAMILY,
    VISIT_PAID,
    days_later,
    enrolment,
    implant,
    met,
    paid,
    payments,
    reserve,
    visit,
)

from carechain.claims.words import Reason
from tests.helpers.claims import (
    EXPERIMENT,
    FUNDS,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    PLAN,
    RULES,
    SURGERY,
    VISIT,
    Claim,
    Line,
    events,
    numbered,
    plan_terms,
    rule,
)
from tests.helpers.suite import CLINIC, HOSPITAL, PAYER, SECOND_PROVIDER
from tests.helpers.supply import by, operator_of, today


def physiotherapy(member, control_number, units=100, charge=10_000, days_ago=10):
    return Claim(member, (Line(PHYSIOTHERAPY, charge, units, days_ago),), control_number)


def laboratory_test(member, control_number, charge, days_ago=10):
    return Claim(member, (Line(LABORATORY_TEST, charge, days_ago=days_ago),), control_number)


# ---------------------------------------------------------------------- in one transaction


def test_a_claim_is_taken_judged_and_paid_in_one_transaction(cover, member):
    sent = cover.submit(visit(member))
    (taken,) = events(sent, "ClaimTaken")
    assert (taken["account"], taken["member"], taken["number"]) == (ACCOUNT, member, 0)
    assert cover.outcome() == {"paid": 7_500, "contractual": 2_500, "copay": 2_500}
    (payment,) = events(sent, "ProviderPaid")
    assert payment["account"] == ACCOUNT
    assert payments(sent) == paid(VISIT_PAID)
    assert cover.balance(operator_of(HOSPITAL)) == VISIT_PAID
    assert cover.balance(cover.claims) == FUNDS - VISIT_PAID
    assert reserve(cover) == (FUNDS - VISIT_PAID, 0)


def test_the_claims_of_a_batch_are_paid_in_one_transfer(cover, member, parent, child):
    sent = cover.submit(*(visit(each) for each in (member, parent, child)))
    assert payments(sent) == paid(3 * VISIT_PAID)
    assert len(events(sent, "Transfer")) == 1
    assert cover.balance(operator_of(HOSPITAL)) == 3 * VISIT_PAID


def test_a_batch_that_pays_nothing_moves_nothing(cover, member):
    sent = cover.submit(visit(member, charge=2_500), Claim(member, (Line(EXPERIMENT),), "not covered"))
    assert [cover.entry(n).settled for n in (0, 1)] == [True, True]
    assert events(sent, "ProviderPaid") == events(sent, "Transfer") == []
    assert cover.outcome(number=1) == {"other": 10_000, "reason": Reason.NOT_COVERED}


def test_settled_and_parked_claims_of_a_batch_go_their_ways(cover, member, parent):
    sent = cover.submit(visit(member), implant(parent), visit(parent, days_ago=11))
    assert [cover.entry(n).settled for n in range(3)] == [True, False, True]
    assert payments(sent) == paid(2 * VISIT_PAID)
    assert reserve(cover) == (FUNDS - 2 * VISIT_PAID, 150_000)


def test_payment_goes_to_the_payee_that_the_provider_names(cover, member, stranger):
    cover.claims.setPayee(PAYER, HOSPITAL, stranger, by(HOSPITAL))
    cover.submit(visit(member))
    assert (cover.balance(stranger), cover.balance(operator_of(HOSPITAL))) == (VISIT_PAID, 0)


def test_each_line_is_told_by_itself(cover, member):
    cover.submit(Claim(member, numbered(Line(VISIT, 12_500), Line(LABORATORY_TEST, 6_000), Line(EXPERIMENT, 99))))
    assert cover.outcome(0) == {"deductible": 6_000}
    assert cover.outcome(1) == {"paid": 7_500, "contractual": 2_500, "copay": 2_500}
    assert cover.outcome(2) == {"other": 99, "reason": Reason.NOT_COVERED}


# ---------------------------------------------------------------------- deductible and out-of-pocket maximum


def test_the_deductible_is_reached_over_several_claims(cover, member):
    """500.00: in three claims of which the last reaches it."""
    cover.submit(laboratory_test(member, "one", 20_000, 10), laboratory_test(member, "two", 20_000, 11))
    assert met(cover, member)[0] == 40_000
    sent = cover.submit(laboratory_test(member, "three", 20_000, 12))
    assert cover.outcome(number=2) == {"paid": 10_000, "deductible": 10_000}
    assert payments(sent) == paid(10_000)
    cover.submit(laboratory_test(member, "four", 20_000, 13))
    assert cover.outcome(number=3) == {"paid": 20_000}
    assert met(cover, member)[:2] == (50_000, 50_000)


def test_a_later_claim_of_a_batch_finds_what_the_earlier_ones_have_met(cover, member):
    cover.submit(*(laboratory_test(member, f"{n}", 30_000, 10 + n) for n in range(3)))
    assert [cover.outcome(number=n).get("deductible", 0) for n in range(3)] == [30_000, 20_000, 0]


def test_the_out_of_pocket_maximum_is_reached_over_several_claims(cover, spare_key):
    """2,000.00: by a deductible of 500.00, then a fifth of each claim."""
    cover.publish(rules={SURGERY: rule()}, plan=2)
    cover.enrol(spare_key, plan=2)
    for n in range(4):
        cover.submit(Claim(spare_key, (Line(SURGERY, 300_000, days_ago=10 + n),), f"{n}"))
    assert cover.outcome(number=0) == {"paid": 200_000, "deductible": 50_000, "coinsurance": 50_000}
    assert cover.outcome(number=1) == {"paid": 240_000, "coinsurance": 60_000}
    assert cover.outcome(number=2) == {"paid": 260_000, "coinsurance": 40_000}
    assert cover.outcome(number=3) == {"paid": 300_000}
    assert met(cover, spare_key)[:2] == (50_000, 200_000)


def test_copays_count_towards_the_maximum_and_not_towards_the_deductible(cover, member):
    cover.submit(visit(member))
    assert met(cover, member) == (0, 2_500, 0, 0)


def test_a_family_meets_its_deductible_together(cover, parent, child, spare_key):
    """1,000.00 for all, 500.00 for each: of three, the third pays none any more."""
    cover.enrol(spare_key, family=FAMILY)
    cover.submit(*(laboratory_test(each, "one", 60_000) for each in (parent, child, spare_key)))
    assert [cover.outcome(number=n).get("deductible", 0) for n in range(3)] == [50_000, 50_000, 0]
    assert met(cover, spare_key) == (0, 0, 100_000, 100_000)
    assert met(cover, parent) == (50_000, 50_000, 100_000, 100_000)


def test_a_family_reaches_its_maximum_together(cover, parent, child, spare_key):
    """4,000.00 for all, 2,000.00 for each."""
    rules = {SURGERY: rule(deducted=0, coinsurance=5_000)}
    cover.publish(rules=rules, plan=2)
    cover.consent(spare_key)
    members = (spare_key, parent, child)
    days = {"first_day": today() + 1, "last_day": today() + 90}
    for period, each in zip((0, 1, 1), members, strict=True):
        if period:
            cover.claims.amendCoverage(PAYER, each, 0, today(), False, by(PAYER))
        cover.claims.enrolMembers(PAYER, [enrolment(each, period=period, plan=2, family=8, **days)], by(PAYER))
    days_later(10)
    for period, each in zip((0, 1, 1), members, strict=True):
        cover.submit(Claim(each, (Line(SURGERY, 390_000, days_ago=3),), "one", coverage=period))
    shares = [cover.outcome(number=n).get("coinsurance", 0) for n in range(3)]
    assert shares == [195_000, 195_000, 10_000]
    assert met(cover, child, 1) == (0, 10_000, 0, 400_000)


def test_members_of_no_family_have_nothing_in_common(cover, member, parent):
    cover.submit(laboratory_test(member, "one", 60_000))
    assert met(cover, parent) == (0, 0, 0, 0)
    assert met(cover, member) == (50_000, 50_000, 0, 0)


def test_each_period_begins_with_nothing_met(cover, member):
    cover.submit(laboratory_test(member, "one", 60_000))
    period = enrolment(member, period=1, first_day=today() + 61, last_day=today() + 400)
    cover.claims.enrolMembers(PAYER, [period], by(PAYER))
    days_later(70)
    cover.submit(Claim(member, (Line(LABORATORY_TEST, 60_000, days_ago=1),), "two", coverage=1))
    assert cover.outcome(number=1) == {"paid": 10_000, "deductible": 50_000}
    assert met(cover, member) == met(cover, member, 1) == (50_000, 50_000, 0, 0)


# ---------------------------------------------------------------------- maxima over several claims


def test_units_in_a_period_are_used_up_over_several_claims(cover, member):
    """Ten, at most four in a claim; and 15 ever."""
    for n in range(3):
        cover.submit(physiotherapy(member, f"{n}", 400, 40_000, 10 + n))
    assert [cover.outcome(number=n).get("other", 0) for n in range(3)] == [0, 0, 20_000]
    assert cover.outcome(number=2)["reason"] == Reason.BENEFIT_MAXIMUM
    cover.submit(physiotherapy(member, "another", days_ago=20))
    assert cover.outcome(number=3) == {"other": 10_000, "reason": Reason.BENEFIT_MAXIMUM}
    units, amount, for_life, amount_for_life = cover.claims.usedOf(PAYER, member, 0, PHYSIOTHERAPY)
    assert (units, for_life) == (1_000, 1_000)
    assert amount == amount_for_life == sum(cover.entry(n).paid for n in range(4))


def test_units_ever_are_used_up_over_several_periods(cover, member):
    for n in range(3):
        cover.submit(physiotherapy(member, f"{n}", 400, 40_000, 10 + n))
    period = enrolment(member, period=1, first_day=today() + 61, last_day=today() + 400)
    cover.claims.enrolMembers(PAYER, [period], by(PAYER))
    days_later(70)
    for n in range(2):
        lines = (Line(PHYSIOTHERAPY, 40_000, 400, 1 + n),)
        cover.submit(Claim(member, lines, f"later {n}", coverage=1))
    assert cover.outcome(number=4)["reason"] == Reason.LIFETIME_MAXIMUM
    assert cover.outcome(number=4)["other"] == 30_000
    assert cover.claims.usedOf(PAYER, member, 1, PHYSIOTHERAPY)[0] == 500
    assert cover.claims.usedOf(PAYER, member, 1, PHYSIOTHERAPY)[2] == 1_500


def test_an_amount_in_a_period_is_used_up_over_several_claims(cover, member):
    """5,000.00, whatever is charged."""
    cover.submit(*(physiotherapy(member, f"{n}", 100, 400_000, 10 + n) for n in range(3)))
    amounts = [cover.outcome(number=n).get("paid", 0) for n in range(3)]
    assert amounts == [500_000 - 220_000, 220_000, 0]
    assert cover.outcome(number=1)["reason"] == Reason.BENEFIT_MAXIMUM
    assert cover.claims.usedOf(PAYER, member, 0, PHYSIOTHERAPY)[1] == 500_000


def test_what_no_rule_limits_is_not_counted(cover, member):
    cover.submit(visit(member))
    assert cover.claims.usedOf(PAYER, member, 0, VISIT) == (0, 0, 0, 0)


# ---------------------------------------------------------------------- version, network, other payers, authorisation


def test_a_claim_is_judged_by_the_version_of_the_day_of_service(cover, member):
    """From the second version on, visits have no copay."""
    cover.publish(plan_terms(first_day=today() + 2), {VISIT: rule(coinsurance=0, deducted=0)}, version=2)
    days_later(5)
    cover.submit(visit(member, "before", days_ago=4), visit(member, "after", days_ago=3, version=2))
    assert cover.outcome(number=0) == {"paid": 7_500, "contractual": 2_500, "copay": 2_500}
    assert cover.outcome(number=1) == {"paid": 12_500}
    assert cover.claims.planOf(PAYER, PLAN, 1)[0] >> 16 & 0xFFFF == today() - 3


def test_a_provider_is_in_the_network_on_the_days_that_the_payer_set(cover, member):
    cover.claims.setNetwork(PAYER, CLINIC, today() - 20, today() - 10, by(PAYER))
    cover.claims.setPayee(PAYER, CLINIC, operator_of(CLINIC), by(CLINIC))
    for n, days_ago in enumerate((21, 20, 10, 9)):
        cover.submit(visit(member, f"{n}", days_ago=days_ago), provider=CLINIC)
    assert [cover.entry(n, CLINIC).in_network for n in range(4)] == [False, True, True, False]
    assert [cover.outcome(number=n, provider=CLINIC)["copay"] for n in range(4)] == [4_000, 2_500, 2_500, 4_000]


def test_a_provider_that_was_never_in_the_network_is_paid_as_one_out_of_it(cover, member):
    cover.claims.setPayee(PAYER, CLINIC, operator_of(CLINIC), by(CLINIC))
    sent = cover.submit(visit(member), provider=CLINIC)
    assert payments(sent) == paid(3_600)
    told = {"paid": 3_600, "contractual": 2_500, "copay": 4_000, "coinsurance": 2_400}
    assert cover.outcome(provider=CLINIC) == told
    assert not cover.entry(0, CLINIC).in_network


def test_a_second_payer_pays_no_more_than_the_first_left(cover, covered_twice):
    line = Line(VISIT, 12_500, prior_patient=5_000)
    sent = cover.submit(Claim(covered_twice, (line,), prior_told=1))
    assert payments(sent) == paid(5_000)
    assert cover.outcome() == {"paid": 5_000, "prior": 7_500}
    assert cover.entry(0).after_others


def test_a_second_payer_pays_no_more_than_its_own_plan_does(cover, covered_twice):
    cover.submit(Claim(covered_twice, (Line(VISIT, 12_500, prior_patient=9_000),), prior_told=1))
    assert cover.outcome() == {"paid": 7_500, "prior": 3_500, "copay": 1_500}
    assert met(cover, covered_twice)[1] == 1_500


def test_a_second_payer_pays_nothing_before_the_first_has(cover, covered_twice):
    cover.submit(visit(covered_twice))
    assert cover.outcome() == {"other": 12_500, "reason": Reason.OTHER_PAYER_FIRST}


def test_an_authorisation_is_used_up(cover, member):
    cover.authorise(member, SURGERY, units=150)
    surgery = (Line(SURGERY, 100_000),)
    cover.submit(Claim(member, surgery, "one", authorisation=1))
    assert cover.outcome() == {"paid": 40_000, "deductible": 50_000, "coinsurance": 10_000}
    assert cover.claims.authorisationOf(PAYER, 1) >> 232 == 50
    cover.submit(Claim(member, (Line(SURGERY, 100_000, days_ago=11),), "two", authorisation=1))
    assert cover.outcome(number=1)["other"] == 50_000
    assert cover.outcome(number=1)["reason"] == Reason.NOT_AUTHORISED
    assert cover.claims.authorisationOf(PAYER, 1) >> 232 == 0
    cover.submit(Claim(member, (Line(SURGERY, 100_000, days_ago=12),), "three", authorisation=1))
    assert cover.outcome(number=2) == {"other": 100_000, "reason": Reason.NOT_AUTHORISED}


def test_an_authorisation_is_for_its_member_provider_category_and_days_alone(cover, member, parent):
    last = today() - 100
    cover.authorise(parent, SURGERY, 1)
    cover.authorise(member, VISIT, 2)
    cover.authorise(member, SURGERY, 3, provider=SECOND_PROVIDER)
    cover.authorise(member, SURGERY, 4, first_day=last, last_day=last)
    for number in range(6):
        lines = (Line(SURGERY, 100_000, days_ago=10 + number),)
        cover.submit(Claim(member, lines, f"{number}", authorisation=number))
        assert cover.outcome(number=number) == {"other": 100_000, "reason": Reason.NOT_AUTHORISED}
    assert [cover.claims.authorisationOf(PAYER, number) >> 232 for number in range(1, 5)] == [100] * 4


# ---------------------------------------------------------------------- denied by rule


def test_a_claim_is_denied_outside_of_the_period_of_coverage(cover, spare_key):
    cover.enrol(spare_key, first_day=today() - 20, last_day=today() - 10)
    cover.submit(visit(spare_key, "before", days_ago=21), visit(spare_key, "after", days_ago=9))
    assert cover.outcome(number=0) == {"other": 12_500, "reason": Reason.BEFORE_COVERAGE}
    assert cover.outcome(number=1) == {"other": 12_500, "reason": Reason.AFTER_COVERAGE}


def test_a_claim_is_denied_when_it_comes_too_late(cover, spare_key):
    cover.publish(plan_terms(timely_filing=30), {VISIT: RULES[VISIT]}, plan=2)
    cover.enrol(spare_key, plan=2)
    cover.submit(visit(spare_key, "in time", days_ago=30), visit(spare_key, "too late", days_ago=31))
    assert cover.entry(0).paid == VISIT_PAID
    assert cover.outcome(number=1) == {"other": 12_500, "reason": Reason.TOO_LATE}


def test_every_cent_of_a_claim_is_told(cover, member):
    cover.authorise(member, SURGERY, units=50)
    lines = (Line(LABORATORY_TEST, 33_333, 700), Line(SURGERY, 77_777), Line(VISIT, 11_111), Line(EXPERIMENT, 1))
    cover.submit(Claim(member, numbered(*lines), authorisation=1))
    for n, line in enumerate(sorted(lines, key=lambda line: line.category)):
        told = cover.outcome(n)
        told.pop("reason", None)
        assert sum(told.values()) == line.charge


def test_claims_of_two_providers_meet_one_deductible(cover, member):
    cover.submit(laboratory_test(member, "one", 30_000))
    cover.submit(laboratory_test(member, "one", 30_000), provider=SECOND_PROVIDER)
    assert cover.outcome(number=0, provider=SECOND_PROVIDER) == {"paid": 10_000, "deductible": 20_000}
