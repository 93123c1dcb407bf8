"""Dates as the registries write them."""

import pytest

from carechain.registries.dates import read
from carechain.registries.record import PartialDate


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018", PartialDate(2018)),
        ("2018-05", PartialDate(2018, 5)),
        ("2018-05-16", PartialDate(2018, 5, 16)),
        ("2018-05-16 08:55:14", PartialDate(2018, 5, 16)),
        ("2019-01-18T00:00:00+01:00", PartialDate(2019, 1, 18)),
        ("2026-05-26T15:09:37.968497Z", PartialDate(2026, 5, 26)),
        ("2022-08-03T15:41:19.271", PartialDate(2022, 8, 3)),
        ("May 16, 2018", PartialDate(2018, 5, 16)),
        ("May 2018", PartialDate(2018, 5)),
        ("september 1 2018", PartialDate(2018, 9, 1)),
        ("Sep. 1, 2018", PartialDate(2018, 9, 1)),
    ],
)
def test_a_date_is_as_exact_as_it_is_written(text, day):
    assert read(text) == day


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2019-02-30", "is not a date of the calendar"),
        ("2019-13", "is not a date of the calendar"),
        ("February 30, 2019", "is not a date of the calendar"),
        ("13/45/2019", "is not a date in a form of this registry"),
        ("16/05/2018", "is not a date in a form of this registry"),
        ("2018-5-16", "is not a date in a form of this registry"),
        ("20180516", "is not a date in a form of this registry"),
        ("soon", "is not a date in a form of this registry"),
        ("Mayday 2018", "names no month"),
        ("0018-05-16", "is not in the years 1900 to 2199"),
        ("2200-01-01", "is not in the years 1900 to 2199"),
    ],
)
def test_what_is_no_date_is_refused(text, problem):
    with pytest.raises(ValueError, match=f"^{problem}$"):
        read(text)


def test_days_come_first_only_where_the_registry_writes_them_so():
    assert read("18/02/2025", day_first=True) == PartialDate(2025, 2, 18)
    with pytest.raises(ValueError, match="calendar"):
        read("13/45/2019", day_first=True)
