"""The dates of registry records: ISO 8601, and the months in words of ClinicalTrials.gov's classic form.

A date is taken as it is written, in the time zone in which it is written.
"""

from __future__ import annotations

import re

from carechain.registries.record import PartialDate

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII
)
_WORDS = re.compile(r"([A-Za-z]{3,9})\.? (?:(\d{1,2}),? )?(\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d)/(\d\d)/(\d{4})", re.ASCII)
_MONTHS = ("january february march april may june july august september october november december").split()
FIRST_YEAR, LAST_YEAR = 1900, 2199


def read(text: str, *, day_first: bool = False) -> PartialDate:
    """The date in `text`: 2018, 2018-05, 2018-05-16, with a time after it; May 2018, May 16, 2018.

    `day_first` also takes 16/05/2018, as CTIS writes it. Raises ValueError, whose text completes "The date …", for
    anything else, for a date that no calendar has, and for years outside 1900 to 2199.
    """
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _WORDS.fullmatch(" ".join(text.split())):
        named, day, year = match.groups()
        numbers = [number for number, name in enumerate(_MONTHS, 1) if named.lower() in (name, name[:3])]
        if not numbers:
            raise ValueError("names no month")
        month = str(numbers[0])
    elif day_first and (match := _DAY_FIRST.fullmatch(text)):
        day, month, year = match.groups()
    else:
        raise ValueError("is not a date in a form of this registry")
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise ValueError(f"is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    try:
        return PartialDate(int(year), int(month) if month else None, int(day) if day else None)
    except ValueError:
        raise ValueError("is not a date of the calendar") from None
