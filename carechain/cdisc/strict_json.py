"""JSON read strictly, for what is read once: a name twice in one object, NaN, and what readers round are refused.

No message repeats a value of the document.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

import rfc8785

from carechain.cdisc.values import MOST_INTEGER, loses_all
from carechain.errors import CarechainError

_MEND = "send the whole file again, or correct it"


def parse_object(content: bytes, place: str, most: int, whole: bool = True) -> dict[str, Any]:
    """The JSON object that UTF-8 bytes hold. Unless they are the `whole` of a file, no message names a line of it.

    Raises CarechainError when they are more than `most`, are not UTF-8, not JSON or no object, and when they hold what
    I-JSON forbids (RFC 7493): a name twice, a lone surrogate, NaN, Infinity, a number beyond the range of a double, or
    so small that it is zero there, an integer beyond 2^53 - 1.
    """
    if len(content) > most:
        raise CarechainError(place, f"is larger than {most:,} bytes", "check that it is what it should be")
    try:
        found = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unrepeated,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except UnicodeDecodeError:
        raise CarechainError(place, "is not UTF-8", "save it as UTF-8") from None
    except json.JSONDecodeError as error:
        where = f" (line {error.lineno}, column {error.colno})" if whole else ""
        raise CarechainError(place, f"is not JSON, or is cut off{where}", _MEND) from None
    except _ForbiddenJsonError as error:
        raise CarechainError(place, str(error), _MEND) from None
    except RecursionError:
        raise CarechainError(place, "nests too deep", _MEND) from None
    if not isinstance(found, dict):
        raise CarechainError(place, "is no JSON object", _MEND)
    return found


def canonical(value: Any, place: str) -> bytes:
    """A JSON value by RFC 8785. Raises CarechainError for what has no such form: an integer beyond 2^53 - 1, NaN, a
    lone surrogate."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError):
        raise CarechainError(place, "holds a number or text that RFC 8785 has no form for", _MEND) from None


class _ForbiddenJsonError(Exception):
    """JSON that Python reads and I-JSON forbids."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _ForbiddenJsonError("has a name twice in one object")
    for name, value in pairs:
        for text in (name, value):
            if isinstance(text, str) and not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
                raise _ForbiddenJsonError("holds half of a surrogate pair, which is no character")
    return result


def _no_constant(_: str) -> NoReturn:
    raise _ForbiddenJsonError("holds NaN or Infinity, which are not JSON")


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MOST_INTEGER:
        raise _ForbiddenJsonError("holds an integer beyond 2^53 - 1, which readers of JSON round")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _ForbiddenJsonError("holds a number that is too large")
    if loses_all(text):
        raise _ForbiddenJsonError("holds a number that is too small")
    return number
