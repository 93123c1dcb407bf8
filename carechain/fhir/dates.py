"""FHIR R4 dateTime values as spans of time, rounded so that they are right in every time zone.

A FHIR dateTime may be a year, a month, a day or an instant (R4 datatypes, dateTime), and only an instant
carries a time zone. "2016-03-01" therefore begins anywhere from UTC+14 to UTC-12. `Span` keeps the earliest
and the latest reading of both ends; a consent takes the tight ones, an exception to it the wide ones.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from carechain.consent_terms import DAY_UNBOUNDED, FIRST_DAY
from carechain.errors import CarechainError

_DAY = 86_400
_EASTMOST = 14 * 3_600
_WESTMOST = -12 * 3_600
_EPOCH = date(1970, 1, 1).toordinal()
_DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)


@dataclass(frozen=True)
class Span:
    """The readings of one dateTime, in Unix seconds: the first second in it and the first second after it.

    `first_day` and `last_day` are calendar days when the value names days, and None when it is an instant.
    """

    begins_earliest: int
    begins_latest: int
    ends_earliest: int
    ends_latest: int
    first_day: date | None
    last_day: date | None


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of this name. Raises CarechainError when it is not known here."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CarechainError(
            "The time zone", "is not a known IANA zone", "use a name such as Europe/Amsterdam"
        ) from None


def read(value: object, zone: ZoneInfo | None = None) -> Span:
    """Reads a FHIR dateTime; `zone` says where days without a time zone begin.

    Raises ValueError, whose text completes "The value …", when `value` is not a FHIR dateTime.
    """
    match = _DATE_TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("is not a FHIR dateTime (YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone)")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        last = first if day else _last_day(first, month is not None)
        if hour is None:
            return _days(first, last, zone)
        return _instant(first, int(hour), int(minute), int(second), fraction or "", offset)
    except (ValueError, OverflowError):
        raise ValueError("is not a date of the calendar") from None


def data_days(start: Span | None, end: Span | None, zone: ZoneInfo | None, *, inward: bool) -> tuple[int, int]:
    """First and last day of a data period, in days since 1900-01-01; nothing when the first is later.

    Calendar days are taken as they are. Where an instant cuts a day, `inward` leaves that day out, and
    otherwise it is taken in; days begin and end in `zone`, or so that the answer holds in every zone.
    """
    first, last = 0, DAY_UNBOUNDED
    if start is not None:
        first = _number(start.first_day or _day_near(start.begins_latest, zone, after=True, inward=inward))
        if inward and first > DAY_UNBOUNDED:
            return 1, 0
    if end is not None:
        last = _number(end.last_day or _day_near(end.ends_earliest, zone, after=False, inward=inward))
        if inward:
            # Day 65535 would mean every later day too, and day 0 every earlier one.
            last = min(last, DAY_UNBOUNDED - 1)
            if last < 0:
                return 1, 0
        last = max(last, 0)
    return min(max(first, 0), DAY_UNBOUNDED), min(last, DAY_UNBOUNDED)


def _number(day: date) -> int:
    return (day - FIRST_DAY).days


def _last_day(first: date, month_given: bool) -> date:
    month = first.month if month_given else 12
    return date(first.year, month, calendar.monthrange(first.year, month)[1])


def _instant(day: date, hour: int, minute: int, second: int, fraction: str, offset: str) -> Span:
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError
    shift = 0
    if offset != "Z":
        hours, minutes = int(offset[1:3]), int(offset[4:6])
        if hours > 14 or minutes > 59:
            raise ValueError
        shift = (hours * 3_600 + minutes * 60) * (-1 if offset[0] == "-" else 1)
    whole = (day.toordinal() - _EPOCH) * _DAY + hour * 3_600 + minute * 60 + second - shift
    begins = math.ceil(whole + Fraction("0" + fraction if fraction else "0"))
    # The end of a period includes its own second (R4 datatypes, Period.end).
    return Span(begins, begins, whole + 1, whole + 1, None, None)


def _days(first: date, last: date, zone: ZoneInfo | None) -> Span:
    begins = _midnights(first.toordinal(), zone)
    ends = _midnights(last.toordinal() + 1, zone)
    return Span(min(begins), max(begins), min(ends), max(ends), first, last)


def _midnights(ordinal: int, zone: ZoneInfo | None) -> tuple[int, int]:
    """Unix seconds at which the day of this ordinal may begin."""
    utc = (ordinal - _EPOCH) * _DAY
    if zone is None or not 2 < ordinal < date.max.toordinal() - 2:
        return utc - _EASTMOST, utc - _WESTMOST
    # Where clocks change at midnight, a day begins twice or not at all: take both readings.
    midnight = datetime.combine(date.fromordinal(ordinal), datetime.min.time(), tzinfo=zone)
    offsets = [midnight.replace(fold=fold).utcoffset() or timedelta(0) for fold in (0, 1)]
    first, second = (utc - math.floor(offset.total_seconds()) for offset in offsets)
    return first, second


def _day_near(moment: int, zone: ZoneInfo | None, *, after: bool, inward: bool) -> date:
    """The first (`after`) or last day that lies wholly (`inward`) or partly on the right side of a second."""
    near = moment // _DAY + _EPOCH
    days = [ordinal for ordinal in range(near - 3, near + 4) if 0 < ordinal <= date.max.toordinal()]
    if after and inward:
        fitting = [day for day in days if min(_midnights(day, zone)) >= moment]
    elif after:
        fitting = [day for day in days if max(_midnights(day + 1, zone)) > moment]
    elif inward:
        fitting = [day for day in days if max(_midnights(day + 1, zone)) <= moment]
    else:
        fitting = [day for day in days if min(_midnights(day, zone)) < moment]
    if not fitting:
        return date.max if after else date.min
    return date.fromordinal(min(fitting) if after else max(fitting))
