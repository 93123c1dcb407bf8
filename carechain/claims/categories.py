"""Which category of service a code falls into, by spans of codes that a plan names.

A span is one code ("G0463"), codes from one to another ("99202-99215"), or all that begin alike ("G04*"). In a span of
two codes letters stand at the same places and are the same, and the digits are counted: "0001T-0999T" has 0500T and not
0500F. Codes alone stand here, none of their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from carechain.claims.benefits import UNCLASSIFIED
from carechain.claims.document import Code
from carechain.errors import CarechainError

REVENUE = "revenue"
_REVENUE_DIGITS = 4
_SPAN = re.compile(r"([A-Z0-9.]+)(?:-([A-Z0-9.]+)|(\*))?", re.ASCII)
_DIGIT = re.compile("[0-9]")
_NOT_DIGIT = re.compile("[^0-9]")
_MEND = 'write a code, two codes as "99202-99215", or how codes begin as "G04*"'


@dataclass(frozen=True)
class Span:
    """Codes of one system. `mask` is a code with 0 in place of its digits, or of the first characters of codes;
    `low` and `high` are the numbers that the digits make, both inclusive."""

    mask: str
    low: int
    high: int
    begins: bool = False
    """The codes begin so, and may go on."""

    @classmethod
    def parse(cls, text: str, place: str) -> Span:
        """Raises CarechainError for a text that is no span."""
        found = _SPAN.fullmatch(text.strip().upper())
        if not found:
            raise CarechainError(place, "is no span of codes", _MEND)
        first, last, begins = found.groups()
        last = last or first
        if _mask(first) != _mask(last):
            raise CarechainError(
                place, "is from one kind of code to another", "let both have the same length and letters"
            )
        if _number(first) > _number(last):
            raise CarechainError(place, "ends before it begins", "write the smaller code first")
        return cls(_mask(first), _number(first), _number(last), bool(begins))

    def takes(self, code: str) -> bool:
        if self.begins:
            code = code[: len(self.mask)]
        return _mask(code) == self.mask and self.low <= _number(code) <= self.high

    def meets(self, other: Span) -> bool:
        """Whether some code is in both."""
        if len(other.mask) < len(self.mask):
            return other.meets(self)
        if not self.begins:
            # A beginning of the same length has the code itself too.
            return self.mask == other.mask and self.low <= other.high and other.low <= self.high
        # Of the other's codes, those first characters matter that this one names.
        length = len(self.mask)
        cut: int = 10 ** len(_DIGIT.findall(other.mask[length:]))
        if other.mask[:length] != self.mask:
            return False
        return other.low // cut <= self.high and self.low <= other.high // cut


class Categories:
    """The spans of a plan, by code system."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[Span, int]]] = {}

    def add(self, system: str, span: Span, category: int, place: str) -> None:
        """Raises CarechainError when some code of the span is in another one of the system already."""
        of_system = self._spans.setdefault(system, [])
        for known, other in of_system:
            if known.meets(span):
                raise CarechainError(
                    place, f"has codes that category {other} has too", "let each code be of one category, and once"
                )
        of_system.append((span, category))

    def of(self, codes: Iterable[Code | None]) -> int:
        """The category of the first of the codes that is in one: a line's procedure, then its revenue code.

        UNCLASSIFIED if none is; a line without codes is so too.
        """
        for code in codes:
            if code is None:
                continue
            value = plain(code.system, code.value)
            for span, category in self._spans.get(code.system, ()):
                if span.takes(value):
                    return category
        return UNCLASSIFIED


def plain(system: str, value: str) -> str:
    """A code as spans compare it. Revenue codes have four digits, of which the first is often left out."""
    value = value.strip().upper()
    return value.rjust(_REVENUE_DIGITS, "0") if system == REVENUE and value.isdecimal() else value


def _mask(code: str) -> str:
    return _DIGIT.sub("0", code)


def _number(code: str) -> int:
    return int(_NOT_DIGIT.sub("", code) or "0")
