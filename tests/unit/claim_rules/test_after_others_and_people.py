"""Claims after other payers, and claims that a person decided about.

Amounts are cents, units hundredths: 10_000 is 100.00, 100 one unit.
"""

from carechain.claims.benefits import Most, Rule
from carechain.claims.judgement import Outcome, Review
from carechain.claims.words import Reason
from tests.helpers.judged_twice import FREE, line

# ---------------------------------------------------------------------- after other payers


def test_after_other_payers_no_more_is_paid_than_they_left(judge):
    found = judge.one(line(left=2_000), FREE, after_others=True)
    assert found == Outcome(paid=2_000, prior=8_000, units=100)


def test_after_other_payers_the_patient_owes_what_is_still_open(judge):
    found = judge.one(line(left=9_000), Rule(coinsurance=2_000), after_others=True, deductible=1_000)
    assert found == Outcome(paid=7_200, deductible=1_000, coinsurance=800, prior=1_000, units=100)


def test_what_no_payer_and_no_patient_owes_is_the_providers(judge):
    found = judge.one(line(left=9_000), Rule(deducted=False, allowed=5_000), after_others=True)
    assert found == Outcome(paid=5_000, contractual=4_000, prior=1_000, units=100)


def test_where_others_left_nothing_nothing_is_owed_and_units_are_used(judge):
    found = judge.one(line(left=0), Rule(copay=500), after_others=True, deductible=1_000)
    assert found == Outcome(prior=10_000, units=100)


def test_what_others_paid_of_the_deductible_is_not_met_of_it(judge):
    found = judge([line(left=500), line(left=10_000)], Rule(coinsurance=10_000), after_others=True, deductible=2_000)
    assert [each.deductible for each in found] == [500, 1_500]


def test_what_is_not_covered_comes_last_after_other_payers(judge):
    rule = Rule(deducted=False, units_line=100)
    found = judge.one(line(9_000, units=300, left=4_000), rule, after_others=True)
    assert found == Outcome(paid=3_000, other=1_000, prior=5_000, units=100, reason=Reason.TOO_MANY_UNITS)


def test_a_denied_line_tells_nothing_of_others(judge):
    assert judge.one(line(left=100), Rule(covered=False), after_others=True).prior == 0


def test_a_claim_that_tells_of_no_others_is_paid_whatever_its_lines_say(judge):
    assert judge.one(line(left=100), FREE).paid == 10_000


# ---------------------------------------------------------------------- what a person decides


def test_a_person_waives_authorisation_bundling_and_the_units_of_a_line(judge):
    rules = {1: Rule(deducted=False, authorised=True, bundled_into=2, units_line=100), 2: FREE}
    found = judge([line(units=300), line(category=2)], rules, review=Review())
    assert found[0] == Outcome(paid=10_000, units=300)


def test_a_person_does_not_waive_limits_of_visit_period_and_life(judge):
    for rule in (Rule(visit=Most(units=100)), Rule(period=Most(units=100)), Rule(lifetime=Most(units=100))):
        assert judge.one(line(9_000, units=300), rule, review=Review()).units == 100


def test_a_person_does_not_cover_what_the_plan_does_not(judge):
    assert judge.one(line(), Rule(covered=False), review=Review()).reason == Reason.NOT_COVERED


def test_a_persons_denial_comes_before_what_the_plan_says_of_a_line_and_after_what_denies_the_whole(judge):
    review = Review(denied={1: Reason.NOT_NECESSARY})
    found = judge([line(), line()], FREE, review=review)
    assert [each.reason for each in found] == [Reason.NONE, Reason.NOT_NECESSARY]
    found = judge([line(), line()], Rule(covered=False), review=review)
    assert [each.reason for each in found] == [Reason.NOT_COVERED, Reason.NOT_NECESSARY]
    found = judge([line(), line()], FREE, denial=Reason.BEFORE_COVERAGE, review=review)
    assert [each.reason for each in found] == [Reason.BEFORE_COVERAGE, Reason.BEFORE_COVERAGE]


def test_a_persons_cap_lowers_what_is_allowed(judge):
    found = judge([line(), line()], Rule(deducted=False, coinsurance=1_000), review=Review(caps={0: 6_000}))
    assert found[0] == Outcome(paid=5_400, contractual=4_000, coinsurance=600, units=100)
    assert found[1].contractual == 0


def test_a_persons_cap_never_raises_what_is_allowed(judge):
    assert judge.one(line(), Rule(deducted=False, allowed=500), review=Review(caps={0: 9_000})).paid == 500


def test_a_cap_of_nothing_allows_nothing(judge):
    assert judge.one(line(), FREE, review=Review(caps={0: 0})) == Outcome(contractual=10_000, units=100)
