"""Rounding, dust and the extremes of every field.

Amounts are cents, units hundredths: 10_000 is 100.00, 100 one unit.
"""

import pytest

from carechain.claims.adjudication import adjudicate
from carechain.claims.benefits import Benefits, Most, Rule, Terms
from carechain.claims.judgement import Outcome
from carechain.claims.words import Reason
from carechain.errors import CarechainError
from tests.helpers.judged_twice import USD, line

MOST = (1 << 34) - 1
MOST_UNITS = (1 << 24) - 1


def test_coinsurance_is_rounded_down(judge):
    assert judge.one(line(99), Rule(deducted=False, coinsurance=3_333)).coinsurance == 32
    assert judge.one(line(1), Rule(deducted=False, coinsurance=9_999)) == Outcome(paid=1, units=100)


def test_what_is_allowed_is_rounded_down(judge):
    assert judge.one(line(1_000, units=33), Rule(deducted=False, allowed=10)).paid == 3
    rule = Rule(covered_out=True, deducted=False, allowed=99, out_rate=3_333)
    assert judge.one(line(1_000), rule, in_network=False).paid == 32


def test_what_is_allowed_is_rounded_before_the_rate_out_of_the_network(judge):
    rule = Rule(covered_out=True, deducted=False, allowed=199, out_rate=5_000)
    assert judge.one(line(1_000, units=50), rule, in_network=False).paid == 49  # of 99, not of 99.5


def test_the_reference_rounds_the_part_for_units_not_covered_down():
    rule = Rule(deducted=False, visit=Most(units=100))
    (found,) = adjudicate(Benefits(Terms(1, USD, 0), {1: rule}), [line(100, units=300)]).outcomes
    assert found == Outcome(paid=34, other=66, units=100, reason=Reason.BENEFIT_MAXIMUM)


def test_the_contract_rounds_the_part_for_units_not_covered_down(judge):
    judge(line(100, units=300), Rule(deducted=False, visit=Most(units=100)))


def test_a_cent_is_paid_or_owed_and_never_lost(judge):
    for charge in (0, 1, 2):
        found = judge.one(line(charge), Rule(coinsurance=5_000), deductible=1)
        assert found.total == charge


def test_a_line_of_no_charge_is_judged_to_nothing(judge):
    assert judge.one(line(0), Rule(copay=500), deductible=500) == Outcome(units=100)


def test_a_denied_line_of_no_charge_tells_its_reason(judge):
    assert judge.one(line(0), Rule(covered=False)) == Outcome(reason=Reason.NOT_COVERED)


def test_the_most_of_every_field_is_judged_without_overflow(judge):
    rule = Rule(scheduled=True, covered_out=True, coinsurance_out=10_000, copay_out=MOST_UNITS)
    most = 0xFFFFFFFF
    found = judge.one(
        line(MOST, units=MOST_UNITS, price=MOST, left=MOST),
        rule,
        in_network=False,
        after_others=True,
        deductible=most,
        family_deductible=most,
        out_of_pocket=most,
        family_out_of_pocket=most,
    )
    assert found == Outcome(paid=MOST - most, deductible=most, units=MOST_UNITS)


def test_the_least_of_a_unit_has_a_part_of_the_price(judge):
    assert judge.one(line(MOST, units=1, price=MOST), Rule(deducted=False, scheduled=True)).paid == MOST // 100


def test_999_lines_of_most_charge_are_judged(judge):
    found = judge([line(MOST)] * 999, Rule(coinsurance=10_000), out_of_pocket=0xFFFFFFFF)
    assert sum(each.share for each in found) == 0xFFFFFFFF
    assert sum(each.total for each in found) == 999 * MOST


def test_lines_out_of_order_are_refused():
    with pytest.raises(CarechainError, match="not in order"):
        adjudicate(Benefits(Terms(1, USD, 0), {}), [line(category=2), line(category=1)])
