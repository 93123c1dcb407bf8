"""What of an allowed amount the patient bears, in its order, and what is paid at most.

Amounts are cents, units hundredths: 10_000 is 100.00, 100 one unit.
"""

import pytest

from carechain.claims.benefits import Most, Rule
from carechain.claims.judgement import History, Met, Outcome, Used
from carechain.claims.words import Reason
from tests.helpers.judged_twice import FREE, line

# ---------------------------------------------------------------------- the patient's share


def test_the_deductible_comes_before_anything_is_paid(judge):
    assert judge.one(line(), Rule(), deductible=3_000) == Outcome(paid=7_000, deductible=3_000, units=100)


def test_what_was_met_of_the_deductible_is_not_asked_again(judge):
    assert judge.one(line(), Rule(), History(Met(2_500)), deductible=3_000).deductible == 500


def test_the_deductible_is_carried_from_line_to_line_and_category_to_category(judge):
    found = judge([line(1_000), line(1_000), line(1_000, category=2)], {1: Rule(), 2: Rule()}, deductible=2_500)
    assert [each.deductible for each in found] == [1_000, 1_000, 500]


def test_a_category_without_deductible_leaves_it_as_it_was(judge):
    found = judge([line(), line(category=2)], {1: FREE, 2: Rule()}, deductible=2_500)
    assert [each.deductible for each in found] == [0, 2_500]


def test_a_familys_deductible_ends_a_members(judge):
    history = History(Met(0), Met(9_000))
    assert judge.one(line(), Rule(), history, deductible=5_000, family_deductible=10_000).deductible == 1_000


def test_a_members_deductible_ends_before_the_familys(judge):
    history = History(Met(4_000), Met(4_000))
    assert judge.one(line(), Rule(), history, deductible=5_000, family_deductible=10_000).deductible == 1_000


def test_without_a_familys_deductible_that_of_each_member_holds_alone(judge):
    assert judge.one(line(), Rule(), History(Met(0), Met(1 << 40)), deductible=5_000).deductible == 5_000


def test_a_member_alone_has_no_familys_deductible(judge):
    assert judge.one(line(), Rule(), deductible=5_000, family_deductible=1).deductible == 5_000


def test_a_copay_is_taken_once_in_a_claim_for_a_category(judge):
    found = judge([line(1_500), line(5_000), line(5_000)], Rule(deducted=False, copay=2_000))
    assert [each.copay for each in found] == [1_500, 500, 0]


def test_each_category_has_its_own_copay(judge):
    rules = {1: Rule(deducted=False, copay=2_000), 2: Rule(deducted=False, copay=3_000)}
    assert [each.copay for each in judge([line(), line(category=2)], rules)] == [2_000, 3_000]


def test_coinsurance_is_of_what_deductible_and_copay_leave(judge):
    found = judge.one(line(), Rule(copay=1_000, coinsurance=2_000), deductible=3_000)
    assert found == Outcome(paid=4_800, deductible=3_000, copay=1_000, coinsurance=1_200, units=100)


def test_a_deductible_first_leaves_less_for_the_copay(judge):
    found = judge.one(line(3_500), Rule(copay=1_000), deductible=3_000)
    assert (found.deductible, found.copay) == (3_000, 500)


def test_a_copay_first_leaves_less_for_the_deductible(judge):
    found = judge.one(line(3_500), Rule(copay=1_000), deductible=3_000, copay_first=True)
    assert (found.deductible, found.copay) == (2_500, 1_000)


def test_out_of_the_network_copay_and_coinsurance_are_others(judge):
    rule = Rule(covered_out=True, deducted=False, copay=100, coinsurance=1_000, copay_out=2_000, coinsurance_out=5_000)
    found = judge.one(line(), rule, in_network=False)
    assert (found.copay, found.coinsurance) == (2_000, 4_000)


# ---------------------------------------------------------------------- the out-of-pocket maximum


def test_beyond_the_out_of_pocket_maximum_the_payer_bears_it(judge):
    found = judge.one(line(), Rule(coinsurance=5_000), deductible=2_000, out_of_pocket=3_000)
    assert found == Outcome(paid=7_000, deductible=2_000, coinsurance=1_000, units=100)


def test_of_what_is_beyond_the_maximum_coinsurance_falls_first_then_copay_then_deductible(judge):
    rule = Rule(copay=1_000, coinsurance=5_000)
    shares = {
        most: judge.one(line(), rule, deductible=3_000, out_of_pocket=most) for most in (7_000, 6_000, 3_500, 2_000)
    }
    assert [(each.deductible, each.copay, each.coinsurance) for each in shares.values()] == [
        (3_000, 1_000, 3_000),
        (3_000, 1_000, 2_000),
        (3_000, 500, 0),
        (2_000, 0, 0),
    ]


def test_the_order_in_which_shares_fall_is_the_same_where_the_copay_is_first(judge):
    found = judge.one(line(), Rule(copay=1_000), deductible=3_000, out_of_pocket=3_500, copay_first=True)
    assert (found.deductible, found.copay) == (3_000, 500)


def test_the_out_of_pocket_maximum_is_carried_from_line_to_line(judge):
    found = judge(
        [line(), line(), line(category=2)], {1: Rule(coinsurance=5_000), 2: Rule(copay=500)}, out_of_pocket=7_000
    )
    assert [each.share for each in found] == [5_000, 2_000, 0]


def test_what_was_met_of_the_out_of_pocket_maximum_counts(judge):
    history = History(Met(0, 6_500))
    assert judge.one(line(), Rule(coinsurance=5_000), history, out_of_pocket=7_000).share == 500


def test_a_familys_out_of_pocket_maximum_ends_a_members(judge):
    history = History(Met(0, 0), Met(0, 9_900))
    found = judge.one(line(), Rule(coinsurance=5_000), history, out_of_pocket=7_000, family_out_of_pocket=10_000)
    assert found.share == 100


def test_a_familys_out_of_pocket_maximum_holds_without_one_of_members(judge):
    history = History(Met(0, 0), Met(0, 9_900))
    assert judge.one(line(), Rule(coinsurance=5_000), history, family_out_of_pocket=10_000).share == 100


def test_without_an_out_of_pocket_maximum_nothing_is_taken_over(judge):
    assert judge.one(line(), Rule(coinsurance=10_000), History(Met(0, 1 << 35))).share == 10_000


def test_once_the_maximum_is_met_services_are_paid_in_full(judge):
    found = judge.one(
        line(), Rule(copay=100, coinsurance=500), History(Met(0, 7_000)), deductible=900, out_of_pocket=7_000
    )
    assert found == Outcome(paid=10_000, units=100)


# ---------------------------------------------------------------------- what is paid at most


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(deducted=False, visit=Most(amount=4_000)), Reason.BENEFIT_MAXIMUM),
        (Rule(deducted=False, period=Most(amount=4_000)), Reason.BENEFIT_MAXIMUM),
        (Rule(deducted=False, lifetime=Most(amount=4_000)), Reason.LIFETIME_MAXIMUM),
    ],
    ids=("visit", "period", "lifetime"),
)
def test_no_more_is_paid_than_the_maximum(judge, rule, reason):
    assert judge.one(line(), rule) == Outcome(paid=4_000, other=6_000, units=100, reason=reason)


def test_a_maximum_is_of_what_is_paid_and_not_of_what_is_allowed(judge):
    found = judge.one(line(), Rule(deducted=False, coinsurance=5_000, visit=Most(amount=5_000)))
    assert found == Outcome(paid=5_000, coinsurance=5_000, units=100)


def test_a_maximum_is_shared_by_the_lines_of_a_category(judge):
    rule = Rule(deducted=False, visit=Most(amount=15_000))
    assert [each.paid for each in judge([line(), line(), line()], rule)] == [10_000, 5_000, 0]


def test_amounts_paid_before_count_for_period_and_life(judge):
    history = History(used={1: Used(amount_period=1_000, amount_lifetime=3_000)})
    rule = Rule(deducted=False, period=Most(amount=4_000), lifetime=Most(amount=4_000))
    assert judge.one(line(), rule, history) == Outcome(
        paid=1_000, other=9_000, units=100, reason=Reason.BENEFIT_MAXIMUM
    )


def test_what_is_beyond_a_maximum_is_beyond_the_out_of_pocket_maximum_too(judge):
    found = judge.one(line(), Rule(coinsurance=5_000, visit=Most(amount=100)), out_of_pocket=1_000)
    assert found == Outcome(paid=100, coinsurance=1_000, other=8_900, units=100, reason=Reason.BENEFIT_MAXIMUM)
