"""Dates hold in every time zone: a consent takes the tight reading, an exception the wide one."""

from datetime import UTC, date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain import consent_terms
from carechain.errors import CarechainError
from carechain.fhir import dates
from tests.unit.fhir.consent_documents import at


def test_a_day_begins_between_utc_plus_14_and_utc_minus_12():
    span = dates.read("2025-03-10")
    assert (span.begins_earliest, span.begins_latest) == (
        at("2025-03-09T10:00:00"),
        at("2025-03-10T12:00:00"),
    )
    assert (span.ends_earliest, span.ends_latest) == (at("2025-03-10T10:00:00"), at("2025-03-11T12:00:00"))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("9999-12-31", date(9999, 12, 31), date(9999, 12, 31)),
        ("0001-01-01", date(1, 1, 1), date(1, 1, 1)),
    ],
)
def test_a_partial_date_spans_all_of_its_days(text, first, last):
    span = dates.read(text)
    assert (span.first_day, span.last_day) == (first, last)


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2025-03-10T12:00:00Z", "2025-03-10T12:00:00", "2025-03-10T12:00:01"),
        ("2025-03-10T12:00:00+02:00", "2025-03-10T10:00:00", "2025-03-10T10:00:01"),
        ("2025-03-10T12:00:00-03:30", "2025-03-10T15:30:00", "2025-03-10T15:30:01"),
        ("2025-03-10T12:00:00.250Z", "2025-03-10T12:00:01", "2025-03-10T12:00:01"),
    ],
)
def test_an_instant_is_one_second_and_its_end_includes_it(text, begins, ends):
    span = dates.read(text)
    assert span.begins_earliest == span.begins_latest == at(begins)
    assert span.ends_earliest == span.ends_latest == at(ends)


def test_with_a_zone_a_day_begins_at_its_midnight():
    span = dates.read("2025-07-01", dates.zone_named("Europe/Amsterdam"))
    assert span.begins_earliest == span.begins_latest == at("2025-06-30T22:00:00")
    assert span.ends_earliest == span.ends_latest == at("2025-07-01T22:00:00")


def test_where_clocks_change_at_midnight_both_readings_count():
    # In Havana the clocks went from 01:00 back to 00:00 on 6 November 2022.
    span = dates.read("2022-11-06", dates.zone_named("America/Havana"))
    assert span.begins_latest - span.begins_earliest == 3_600


def test_an_unknown_zone_is_refused():
    for name in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(CarechainError, match="zone"):
            dates.zone_named(name)


@pytest.mark.parametrize(
    "value",
    [
        "", "20250310", "2025-3-1", "2025-13-01", "2025-02-29",
        "0000-01-01", "2025-03-10T12:00:00", "2025-03-10T24:00:00Z",
        "2025-03-10T12:00Z", "2025-03-10 12:00:00Z", "2025-03-10T12:00:00+99:00",
        " 2025", "2025\n", "\uff12\uff10\uff12\uff15", 2025, None,
    ],
)  # fmt: skip
def test_what_is_no_fhir_date_time_is_refused(value):
    with pytest.raises(ValueError, match="is not a"):
        dates.read(value)


def days(start, end, inward, zone=None):
    named = dates.zone_named(zone) if zone else None
    ends = (None if value is None else dates.read(value, named) for value in (start, end))
    return dates.data_days(*ends, named, inward=inward)


def number(text):
    return consent_terms.day_number(date.fromisoformat(text))


def test_calendar_days_are_taken_as_they_are():
    for inward in (True, False):
        assert days("2024-02", "2024", inward) == (number("2024-02-01"), number("2024-12-31"))


def test_a_day_that_an_instant_cuts_is_left_out_of_a_consent_and_taken_into_an_exception():
    zone = "Europe/Amsterdam"
    start, end = "2024-05-10T09:00:00+02:00", "2024-05-20T09:00:00+02:00"
    assert days(start, end, True, zone) == (number("2024-05-11"), number("2024-05-19"))
    assert days(start, end, False, zone) == (number("2024-05-10"), number("2024-05-20"))


def test_an_instant_at_the_edge_of_a_day_cuts_nothing():
    zone = "Europe/Amsterdam"
    start, end = "2024-05-10T00:00:00+02:00", "2024-05-20T23:59:59+02:00"
    for inward in (True, False):
        assert days(start, end, inward, zone) == (number("2024-05-10"), number("2024-05-20"))


@given(st.integers(at("1950-01-01"), at("2070-01-01")), st.integers(0, 10**9), st.integers(-12, 14))
def test_without_a_zone_the_inner_days_lie_within_the_instants_in_every_zone(start, length, offset):
    from datetime import datetime, timedelta, timezone

    def text(seconds):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

    end = min(start + length, at("2079-01-01"))
    zone = timezone(timedelta(hours=offset))
    midnight = datetime(1900, 1, 1, tzinfo=zone)
    inner, outer = days(text(start), text(end), True), days(text(start), text(end), False)
    if inner[0] <= inner[1]:
        assert (midnight + timedelta(days=inner[0])).timestamp() >= start
        assert (midnight + timedelta(days=inner[1] + 1)).timestamp() <= end + 1
    assert (midnight + timedelta(days=outer[0])).timestamp() <= start
    assert (midnight + timedelta(days=outer[1] + 1)).timestamp() > end


def test_an_open_end_is_unbounded():
    assert days(None, "2024-01-01", True) == (0, number("2024-01-01"))
    assert days("2024-01-01", None, True) == (number("2024-01-01"), 65_535)


def test_beyond_the_days_the_registry_tells_apart_a_consent_is_cut_and_an_exception_is_not():
    assert days("2024-01-01", "2100-01-01", True)[1] == 65_534
    assert days("2024-01-01", "2100-01-01", False)[1] == 65_535
    first, last = days("2090-01-01", "2100-01-01", True)
    assert first > last
    first, last = days(None, "1890-01-01", True)
    assert first > last
