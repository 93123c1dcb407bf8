"""What denies a claim as a whole, to the day."""

import pytest

from carechain.claims.adjudication import denial_of_all
from carechain.claims.benefits import Terms
from carechain.claims.judgement import Coverage
from carechain.claims.words import Reason

FIRST, LAST = 20_000, 20_364
OWN = Coverage(FIRST, LAST)
TERMS = Terms(first_day=1, currency=840, ceiling=0, timely_filing=90)


def denial(day, coverage=OWN, terms=TERMS, late=0, told=False):
    return denial_of_all(coverage, terms, day, day + late, told)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (FIRST - 1, Reason.BEFORE_COVERAGE),
        (FIRST, Reason.NONE),
        (LAST, Reason.NONE),
        (LAST + 1, Reason.AFTER_COVERAGE),
    ],
)
def test_services_are_covered_from_the_first_day_to_the_last(day, reason):
    assert denial(day) == reason


@pytest.mark.parametrize(("late", "reason"), [(90, Reason.NONE), (91, Reason.TOO_LATE)])
def test_a_claim_is_in_time_on_the_last_day_of_filing(late, reason):
    assert denial(FIRST, late=late) == reason


def test_a_person_waives_lateness_and_nothing_else():
    assert denial_of_all(OWN, TERMS, FIRST, FIRST + 91, False, reviewed=True) == Reason.NONE
    assert denial_of_all(OWN, TERMS, LAST + 1, LAST + 500, False, reviewed=True) == Reason.AFTER_COVERAGE


def test_without_a_limit_no_claim_is_late():
    assert denial(FIRST, terms=Terms(first_day=1, currency=840, ceiling=0), late=40_000) == Reason.NONE


def test_a_claim_that_tells_nothing_of_the_first_payer_is_denied():
    secondary = Coverage(FIRST, LAST, secondary=True)
    assert denial(FIRST, secondary) == Reason.OTHER_PAYER_FIRST
    assert denial(FIRST, secondary, told=True) == Reason.NONE


def test_days_come_before_other_payers_and_those_before_lateness():
    secondary = Coverage(FIRST, LAST, secondary=True)
    assert denial(LAST + 1, secondary, late=500) == Reason.AFTER_COVERAGE
    assert denial(FIRST, secondary, late=500) == Reason.OTHER_PAYER_FIRST
