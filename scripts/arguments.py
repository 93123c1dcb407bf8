"""Words of the command line as values: numbers and days, or a clear refusal."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

from carechain.errors import CarechainError

EPOCH = date(1970, 1, 1)
"""From which days are counted."""
_LAST_DAY = (1 << 16) - 1
_NUMBER = re.compile("[0-9]{1,20}")


def number_of(text: str, name: str, bits: int) -> int:
    """A number from 1 that fits so many bits. Raises CarechainError for anything else."""
    if _NUMBER.fullmatch(text) is None or not 0 < int(text) < 1 << bits:
        raise CarechainError(f"The {name} {text}", "is not one", f"use a number from 1 to 2**{bits} - 1")
    return int(text)


def index_of(text: str, name: str, count: int) -> int:
    """A place among so many, counted from 0. Raises CarechainError for anything else."""
    if _NUMBER.fullmatch(text) is None or int(text) >= count:
        mend = f"give 0 to {count - 1}" if count else "there is none"
        raise CarechainError(f"The {name} {text}", "is not on record", mend)
    return int(text)


def decimal_of(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CarechainError(f"The option {name}={text}", "is not a number", "write it as 0.5")
    return value


def day_of(text: str) -> int:
    """A day counted from 1970-01-01."""
    try:
        day = (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise CarechainError(f"The day {text}", "is not a date", "write it as 2030-12-31") from None
    if not 0 <= day <= _LAST_DAY:
        raise CarechainError(f"The day {text}", "is out of range", "use 1970-01-01 to 2149-06-06")
    return day


def day_text(number: int) -> str:
    """A day counted from 1970-01-01, in ISO 8601."""
    return (EPOCH + timedelta(days=number)).isoformat()
