"""What a value of a dataset may look like, by the logical data type of its column.

The types are those of CDISC Dataset-JSON 1.1, "Supported Column Data Type Combinations"; the forms of dates are those
of ISO 8601 with the parts that SDTM lets one leave out (SDTM Implementation Guide 3.4, section 4.4).
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache
from typing import Any

MOST_INTEGER = 2**53 - 1
"""Largest integer, either way, that every reader of JSON gives back as it was (RFC 7493, section 2.2)."""

INTEGER, DECIMAL, BOOLEAN, STRING = "integer", "decimal", "boolean", "string"
NUMBERS = ("float", "double")
TEXTS = (STRING, DECIMAL, "datetime", "date", "time", "URI")
DATA_TYPES = (INTEGER, BOOLEAN, *NUMBERS, *TEXTS)

_UNKNOWN = "-"
_DATE = re.compile(r"(\d{4}|-)(?:-(0[1-9]|1[0-2]|-)(?:-(0[1-9]|[12]\d|3[01]|-))?)?", re.ASCII)
_TIME = re.compile(
    r"(?:[01]\d|2[0-3]|-)(?::(?:[0-5]\d|-)(?::(?:[0-5]\d|60)(?:\.\d+)?)?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?", re.ASCII
)
_COMMON_DAY = r"[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
_COMMON = {
    "date": re.compile(_COMMON_DAY, re.ASCII),
    "datetime": re.compile(rf"{_COMMON_DAY}(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?)?", re.ASCII),
}
"""What most dates look like: it is looked at first, because it is quick."""
_DECIMAL = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?", re.ASCII)
_NO_URI = re.compile(r"[\x00-\x20<>\"\\^`{|}\x7f]")


def loses_all(number: str) -> bool:
    """Whether a number of JSON that is not zero is so small that a double of it is."""
    return float(number) == 0 and re.search("[1-9]", re.split("[eE]", number)[0]) is not None


def text_problem(data_type: str, text: str) -> str | None:
    """What is wrong with a text of this type, as the end of a sentence; None when it fits. "" is a missing value."""
    if not text or data_type == STRING or (data_type in _COMMON and _COMMON[data_type].fullmatch(text)):
        return None
    return _form_problem(data_type, text)


@lru_cache(maxsize=1 << 14)
def _form_problem(data_type: str, text: str) -> str | None:
    match data_type:
        case "date":
            fits = all(_is_date(part) for part in _interval(text))
        case "datetime":
            fits = all(_is_datetime(part) for part in _interval(text))
        case "time":
            fits = _TIME.fullmatch(text) is not None
        case "decimal":
            return None if _DECIMAL.fullmatch(text) and re.search(r"\d", text) else "is not a decimal number"
        case _:
            return "is not a URI" if _NO_URI.search(text) else None
    return None if fits else f"is not an ISO 8601 {data_type}, nor a part of one"


def value_problem(data_type: str, length: int | None, value: Any) -> str | None:
    """What is wrong with a value of a row, as the end of a sentence; None when it fits its column.

    `value` is what a reader of JSON gives: None, or one of str, int, float and bool. `length` counts the characters
    of texts. A number without a fraction is an integer, however it is written (RFC 8785, section 3.2.2.3).
    """
    if value is None:
        return None
    if data_type == BOOLEAN:
        return None if isinstance(value, bool) else "is neither true nor false"
    if data_type in TEXTS:
        if not isinstance(value, str):
            return "is not a string"
        if length is not None and len(value) > length:
            return f"is longer than the {length} characters of its column"
        return text_problem(data_type, value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is not an integer" if data_type == INTEGER else "is not a number"
    if isinstance(value, int) and abs(value) > MOST_INTEGER:
        return "is an integer beyond 2^53 - 1, which readers of JSON round"
    if data_type == INTEGER and value != int(value):
        return "is not an integer"
    return None


def _interval(text: str) -> list[str]:
    """Its two ends, where it is one (ISO 8601, 5.5.4.2); of more parts none is a date."""
    parts = text.split("/")
    return parts if len(parts) <= 2 else [""]


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None or set(text) == {_UNKNOWN}:
        return False
    year, month, day = found.groups()
    if year in (_UNKNOWN, "0000") or month in (None, _UNKNOWN) or day in (None, _UNKNOWN):
        return year != "0000"
    return int(day) <= monthrange(int(year), int(month))[1]


def _is_datetime(text: str) -> bool:
    day, separator, time = text.partition("T")
    if not separator:
        return _is_date(day)
    known = _is_date(day) or day == _UNKNOWN * 5
    return known and _TIME.fullmatch(time) is not None
