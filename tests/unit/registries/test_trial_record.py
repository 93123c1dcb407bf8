"""Dates that are known to the year, month or day: what is certain about them (ISO 8601, reduced precision)."""

import calendar
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.registries.record import Outcome, OutcomeKind, PartialDate, Registry, TrialRecord


@st.composite
def partial_dates(draw):
    day = draw(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
    parts = draw(st.integers(1, 3))
    return PartialDate(*(day.year, day.month, day.day)[:parts])


@pytest.mark.parametrize(
    ("day", "earliest", "latest", "text"),
    [
        (PartialDate(2020), date(2020, 1, 1), date(2020, 12, 31), "2020"),
        (PartialDate(2020, 2), date(2020, 2, 1), date(2020, 2, 29), "2020-02"),
        (PartialDate(2019, 2), date(2019, 2, 1), date(2019, 2, 28), "2019-02"),
        (PartialDate(2019, 12), date(2019, 12, 1), date(2019, 12, 31), "2019-12"),
        (PartialDate(2018, 5, 16), date(2018, 5, 16), date(2018, 5, 16), "2018-05-16"),
    ],
)
def test_a_date_is_any_of_the_days_that_it_can_be(day, earliest, latest, text):
    assert (day.earliest(), day.latest(), str(day)) == (earliest, latest, text)


@pytest.mark.parametrize("parts", [(2019, 2, 30), (2019, 13), (2019, 0), (2019, 5, 0), (0,), (2019, None, 5)])
def test_a_date_that_no_calendar_has_cannot_be_made(parts):
    with pytest.raises(ValueError, match=r".+"):
        PartialDate(*parts)


@pytest.mark.parametrize(
    ("first", "second", "is_before"),
    [
        (PartialDate(2018, 4), PartialDate(2018, 5, 1), True),
        (PartialDate(2017), PartialDate(2018, 1, 1), True),
        (PartialDate(2018, 5, 16), PartialDate(2018, 5, 16), False),
        (PartialDate(2018, 5), PartialDate(2018, 5, 1), False),
        (PartialDate(2018, 5, 31), PartialDate(2018, 5), False),
        (PartialDate(2018, 5), PartialDate(2018, 5, 16), None),
        (PartialDate(2018, 5, 16), PartialDate(2018, 5), None),
        (PartialDate(2018), PartialDate(2018), None),
    ],
)
def test_what_depends_on_an_unknown_day_is_not_told(first, second, is_before):
    assert first.is_before(second) is is_before


@given(partial_dates(), partial_dates())
def test_an_answer_holds_for_all_days_that_the_dates_can_be(first, second):
    answers = {
        ours < theirs for ours in (first.earliest(), first.latest()) for theirs in (second.earliest(), second.latest())
    }
    assert first.is_before(second) == (answers.pop() if len(answers) == 1 else None)


@given(partial_dates())
def test_a_month_has_its_own_days(day):
    assert day.earliest() <= day.latest()
    assert str(day.earliest()).startswith(str(day))
    assert str(day.latest()).startswith(str(day))
    if day.month and not day.day:
        assert day.latest().day == calendar.monthrange(day.year, day.month)[1]


def test_outcomes_of_a_kind_are_in_the_order_of_the_record():
    first, second, other = (
        Outcome(kind, measure)
        for kind, measure in ((OutcomeKind.PRIMARY, "B"), (OutcomeKind.PRIMARY, "A"), (OutcomeKind.OTHER, "C"))
    )
    record = TrialRecord(Registry.ISRCTN, "ISRCTN12345678", outcomes=(first, second, other))
    assert record.outcomes_of(OutcomeKind.PRIMARY) == (first, second)
    assert record.outcomes_of(OutcomeKind.SECONDARY) == ()
