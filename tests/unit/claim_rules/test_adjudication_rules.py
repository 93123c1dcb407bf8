"""What a plan covers and allows: each rule by itself, by contract and reference alike.

Amounts are cents, units hundredths: 10_000 is 100.00, 100 one unit.
"""

import pytest

from carechain.claims.adjudication import adjudicate
from carechain.claims.benefits import Benefits, Most, Rule, Terms
from carechain.claims.judgement import History, Outcome, Used
from carechain.claims.words import Parked, Reason
from tests.helpers.judged_twice import DAY, FREE, USD, line

# ---------------------------------------------------------------------- what denies a line


def test_a_service_of_a_covered_category_is_paid(judge):
    assert judge.one(line(), FREE) == Outcome(paid=10_000, units=100)


def test_a_category_that_is_not_covered_is_denied(judge):
    assert judge.one(line(), Rule(covered=False)) == Outcome(other=10_000, reason=Reason.NOT_COVERED)


def test_a_category_of_which_the_plan_says_nothing_is_denied_and_parked(judge):
    assert judge.one(line(category=9), {1: FREE}) == Outcome(other=10_000, reason=Reason.NOT_COVERED)
    verdict = adjudicate(Benefits(Terms(1, USD, 0), {1: FREE}), [line(category=9)])
    assert verdict.parked == {Parked.CATEGORY_UNKNOWN}


def test_out_of_the_network_a_category_that_is_covered_within_alone_is_denied(judge):
    assert judge.one(line(), FREE, in_network=False) == Outcome(other=10_000, reason=Reason.OUT_OF_NETWORK)


def test_out_of_the_network_a_category_that_is_covered_nowhere_is_not_covered(judge):
    found = judge.one(line(), Rule(covered=False), in_network=False)
    assert found.reason == Reason.NOT_COVERED


def test_a_category_may_be_covered_out_of_the_network_alone(judge):
    rule = Rule(covered=False, covered_out=True, deducted=False)
    assert judge.one(line(), rule, in_network=False).paid == 10_000
    assert judge.one(line(), rule).reason == Reason.NOT_COVERED


def test_without_an_authorisation_that_is_needed_a_line_is_denied(judge):
    found = judge.one(line(), Rule(authorised=True))
    assert found == Outcome(other=10_000, reason=Reason.NOT_AUTHORISED)


def test_a_service_is_not_paid_beside_that_which_includes_it(judge):
    rules = {1: Rule(deducted=False, bundled_into=2), 2: FREE}
    first, second = judge([line(500), line(category=2)], rules)
    assert first == Outcome(other=500, reason=Reason.BUNDLED)
    assert second.paid == 10_000


def test_a_service_of_another_day_than_that_which_includes_it_is_paid(judge):
    rules = {1: Rule(deducted=False, bundled_into=2), 2: FREE}
    assert judge([line(500), line(category=2, day=DAY + 1)], rules)[0].paid == 500


def test_a_service_without_that_which_includes_it_is_paid(judge):
    assert judge.one(line(500), Rule(deducted=False, bundled_into=2)).paid == 500


def test_a_service_is_bundled_into_one_that_is_itself_denied(judge):
    rules = {1: Rule(deducted=False, bundled_into=2), 2: Rule(covered=False)}
    assert [found.reason for found in judge([line(500), line(category=2)], rules)] == [
        Reason.BUNDLED,
        Reason.NOT_COVERED,
    ]


def test_what_denies_the_whole_claim_denies_every_line(judge):
    found = judge([line(1), line(2, category=9)], FREE, denial=Reason.TOO_LATE)
    assert found == [Outcome(other=1, reason=Reason.TOO_LATE), Outcome(other=2, reason=Reason.TOO_LATE)]


def test_the_whole_claims_reason_comes_before_that_of_a_category(judge):
    assert judge.one(line(), Rule(covered=False), denial=Reason.AFTER_COVERAGE).reason == Reason.AFTER_COVERAGE


def test_not_covered_comes_before_not_authorised_and_that_before_bundled(judge):
    rules = {1: Rule(covered=False, authorised=True, bundled_into=2), 2: FREE}
    assert judge([line(), line(category=2)], rules)[0].reason == Reason.NOT_COVERED
    rules = {1: Rule(authorised=True, bundled_into=2), 2: FREE}
    assert judge([line(), line(category=2)], rules)[0].reason == Reason.NOT_AUTHORISED


def test_a_denied_line_uses_nothing(judge):
    rules = {1: Rule(covered=False, copay=500), 2: Rule(copay=500, coinsurance=1_000)}
    first, second = judge([line(), line(category=2)], rules, deductible=3_000)
    assert first.share == 0
    assert (second.deductible, second.copay, second.coinsurance) == (3_000, 500, 650)


# ---------------------------------------------------------------------- units


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(deducted=False, units_line=100), Reason.TOO_MANY_UNITS),
        (Rule(deducted=False, visit=Most(units=100)), Reason.BENEFIT_MAXIMUM),
        (Rule(deducted=False, period=Most(units=100)), Reason.BENEFIT_MAXIMUM),
        (Rule(deducted=False, lifetime=Most(units=100)), Reason.LIFETIME_MAXIMUM),
    ],
    ids=("line", "visit", "period", "lifetime"),
)
def test_units_beyond_a_limit_are_not_paid_and_their_part_of_the_charge_is_told(judge, rule, reason):
    assert judge.one(line(9_000, units=300), rule) == Outcome(paid=3_000, other=6_000, units=100, reason=reason)


def test_units_beyond_what_is_authorised_are_not_paid(judge):
    found = judge.one(line(9_000, units=300), Rule(deducted=False, authorised=True), History(authorised={1: 200}))
    assert found == Outcome(paid=6_000, other=3_000, units=200, reason=Reason.NOT_AUTHORISED)


def test_an_authorisation_is_used_up_line_by_line(judge):
    history = History(authorised={1: 300})
    rule = Rule(deducted=False, authorised=True)
    found = judge([line(units=200), line(units=200), line(units=200)], rule, history)
    assert [each.units for each in found] == [200, 100, 0]
    assert found[2].reason == Reason.NOT_AUTHORISED


def test_units_of_the_period_count_those_used_before(judge):
    history = History(used={1: Used(units_period=350)})
    assert judge.one(line(units=100), Rule(deducted=False, period=Most(units=400)), history).units == 50


def test_units_for_life_count_those_used_before(judge):
    history = History(used={1: Used(units_lifetime=400)})
    found = judge.one(line(units=100), Rule(deducted=False, lifetime=Most(units=400)), history)
    assert found == Outcome(other=10_000, reason=Reason.LIFETIME_MAXIMUM)


def test_what_was_used_beyond_a_limit_leaves_nothing(judge):
    history = History(used={1: Used(units_period=900, amount_period=1 << 100)})
    rule = Rule(deducted=False, period=Most(units=400, amount=100))
    assert judge.one(line(), rule, history) == Outcome(other=10_000, reason=Reason.BENEFIT_MAXIMUM)


def test_units_of_a_visit_are_shared_by_its_lines_and_those_of_a_line_are_not(judge):
    rule = Rule(deducted=False, units_line=200, visit=Most(units=300))
    found = judge([line(units=200), line(units=200)], rule)
    assert [(each.units, each.reason) for each in found] == [(200, Reason.NONE), (100, Reason.BENEFIT_MAXIMUM)]


def test_the_first_limit_that_cuts_gives_the_reason_for_all(judge):
    rule = Rule(deducted=False, units_line=300, visit=Most(units=200), lifetime=Most(units=100, amount=100))
    assert judge.one(line(units=400), rule) == Outcome(paid=100, other=9_900, units=100, reason=Reason.TOO_MANY_UNITS)


def test_parts_of_a_unit_count(judge):
    found = judge.one(line(1_000, units=250), Rule(deducted=False, units_line=200))
    assert found == Outcome(paid=800, other=200, units=200, reason=Reason.TOO_MANY_UNITS)


def test_a_line_of_no_charge_uses_up_units_and_has_no_reason(judge):
    found = judge([line(0, units=300), line(units=100)], Rule(deducted=False, visit=Most(units=200)))
    assert found[0] == Outcome(units=200)
    assert found[1] == Outcome(other=10_000, reason=Reason.BENEFIT_MAXIMUM)


# ---------------------------------------------------------------------- what is allowed


def test_what_is_charged_above_what_is_allowed_is_not_owed_by_anybody(judge):
    assert judge.one(line(), Rule(deducted=False, allowed=7_000)) == Outcome(paid=7_000, contractual=3_000, units=100)


def test_no_more_is_allowed_than_is_charged(judge):
    assert judge.one(line(5_000), Rule(deducted=False, allowed=7_000)).paid == 5_000


def test_what_is_allowed_is_for_each_unit(judge):
    assert judge.one(line(units=250), Rule(deducted=False, allowed=2_000)).paid == 5_000


def test_what_is_allowed_is_for_the_covered_units_alone(judge):
    found = judge.one(line(9_000, units=300), Rule(deducted=False, allowed=2_000, units_line=100))
    assert found == Outcome(paid=2_000, contractual=1_000, other=6_000, units=100, reason=Reason.TOO_MANY_UNITS)


def test_a_fee_schedule_says_what_is_allowed_and_the_rule_does_not(judge):
    assert judge.one(line(price=4_000), Rule(deducted=False, scheduled=True, allowed=1)).paid == 4_000


def test_without_a_fee_schedule_a_price_in_the_line_says_nothing(judge):
    assert judge.one(line(price=4_000), FREE).paid == 10_000


def test_what_no_fee_schedule_lists_is_parked(judge):
    rule = Rule(deducted=False, scheduled=True)
    assert judge.one(line(), rule).paid == 10_000
    assert adjudicate(Benefits(Terms(1, USD, 0), {1: rule}), [line()]).parked == {Parked.FEE_UNLISTED}


def test_out_of_the_network_a_part_of_what_is_allowed_is(judge):
    rule = Rule(covered_out=True, deducted=False, allowed=8_000, out_rate=5_000)
    assert judge.one(line(), rule, in_network=False) == Outcome(paid=4_000, contractual=6_000, units=100)
    assert judge.one(line(), rule).paid == 8_000


def test_a_reviewed_category_is_parked():
    rule = Rule(deducted=False, reviewed=True)
    assert adjudicate(Benefits(Terms(1, USD, 0), {1: rule}), [line()]).parked == {Parked.REVIEWED_CATEGORY}
