"""FHIR JSON read strictly: what Python's reader would mend in silence is refused, with its place.

No message repeats a value of the document.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

import simplejson

from carechain.errors import CarechainError

MAX_DEPTH = 40
"""Deepest nesting of objects and arrays in one resource."""

MAX_NUMBER = 100
"""Longest number, in characters. A decimal of FHIR has about 18 digits, and readers of JSON stop at some length."""

_WILD_EXPONENT = re.compile(r"[eE][+-]?0*[1-9][0-9]{3,}", re.ASCII)
"""One with which a number of few characters has more digits than a computer."""

_ELEMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)


def parse(content: bytes, source: str, wanted: str, number: Callable[[str], Any] | None = None) -> Any:
    """The JSON value of the file `source`, which should hold `wanted` ("a FHIR R4 Consent").

    `number` makes a value of a number's text; without it numbers become int and float. A byte order mark is
    tolerated. Raises CarechainError when the bytes are not UTF-8 or not JSON, or when JSON that FHIR forbids
    is in them: an element twice in one object, NaN, Infinity, a number of more than 100 characters, with an
    exponent of more than three digits, or beyond the range of a double.
    """
    if not content.strip():
        raise CarechainError(source, "is empty", f"give {wanted} in JSON")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content[:4]:
        raise CarechainError(source, "is not in UTF-8 (it looks like UTF-16 or UTF-32)", "save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CarechainError(f"{source}: byte {error.start}", "is not UTF-8", "save the file as UTF-8") from None
    if text.lstrip().startswith("<"):
        raise CarechainError(source, "is XML", f"give {wanted} as FHIR JSON")
    try:
        return simplejson.loads(
            text,
            object_pairs_hook=_unrepeated,
            parse_constant=_no_constant,
            parse_float=_number(number or float),
            parse_int=_number(number or int),
        )
    except simplejson.JSONDecodeError as error:
        truncated = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        raise CarechainError(
            f"{source}: line {error.lineno}, column {error.colno}",
            "ends in the middle of the document" if truncated else f"is not JSON ({_reason(error.msg)})",
            "send the whole file again" if truncated else "correct the file",
        ) from None
    except _ForbiddenJsonError as error:
        raise CarechainError(source, str(error), "correct the file") from None
    except RecursionError:
        raise CarechainError(source, f"nests deeper than {MAX_DEPTH} levels", "flatten the document") from None


def shown(name: str) -> str:
    """An element's name when it looks like one; anything else might be data."""
    return name if _ELEMENT_NAME.fullmatch(name) else "(unnamed)"


class _ForbiddenJsonError(Exception):
    """JSON that Python reads and FHIR forbids."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            break
        seen.add(name)
    named = f"the element {name}" if _ELEMENT_NAME.fullmatch(name) else "an element"
    raise _ForbiddenJsonError(f"has {named} twice in one object")


def _no_constant(name: str) -> NoReturn:
    raise _ForbiddenJsonError(f"holds {name}, which is not a JSON number")


def _number(made: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if len(text) > MAX_NUMBER or _WILD_EXPONENT.search(text) or math.isinf(float(text)):
            raise _ForbiddenJsonError("holds a number that is too long, too large or too fine")
        return made(text)

    return read


def _reason(message: str) -> str:
    """The reader's words, without the place of the character that it would quote."""
    return message.replace(" %r", "").removesuffix(" at").lower()
