"""One element of a FHIR resource with the place it stands at, read strictly: another form than R4's is refused.

Values are what `parse` makes of JSON: whole numbers are int, other numbers Decimal. No message repeats one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

import simplejson

from carechain.errors import CarechainError
from carechain.fhir import dates, json_reading

MAX_TEXT = 1_000
"""Longest code, identifier or name that is taken, in characters."""

_MAX_DIGITS = 30
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def parse(content: bytes, source: str, wanted: str) -> Any:
    """The JSON of the file `source` with exact numbers. Raises CarechainError as `json_reading.parse` does."""
    return json_reading.parse(content, source, wanted, _exact)


def written(resource: Mapping[str, Any]) -> bytes:
    """A resource as JSON, its numbers with the digits they have."""
    return simplejson.dumps(resource, use_decimal=True, ensure_ascii=False, separators=(",", ":")).encode()


def _exact(text: str) -> int | Decimal:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else Decimal(text)


@dataclass(frozen=True)
class Element:
    """A JSON object, and its place for messages ("claim.json: Claim/c1.item[0]")."""

    place: str
    node: Mapping[str, Any]

    def refuse(self, name: str, problem: str, mend: str) -> NoReturn:
        """Raises CarechainError about this element, or about the one of `name` in it."""
        raise CarechainError(f"{self.place}.{name}" if name else self.place, problem, mend)

    def has(self, name: str) -> bool:
        return name in self.node

    def child(self, name: str) -> Element | None:
        """The object of `name`; None without one."""
        found = self.node.get(name)
        if name not in self.node:
            return None
        if not isinstance(found, dict) or not found:
            self._malformed(name)
        return Element(f"{self.place}.{name}", found)

    def needed(self, name: str) -> Element:
        """The object of `name`, which has to be there."""
        found = self.child(name)
        if found is None:
            self.refuse(name, "is missing", "add it")
        return found

    def children(self, name: str) -> list[Element]:
        """The objects of the repeating element `name`."""
        found = self._list(name)
        for index, item in enumerate(found):
            if not isinstance(item, dict) or not item:
                self._malformed(f"{name}[{index}]")
        return [Element(f"{self.place}.{name}[{index}]", item) for index, item in enumerate(found)]

    def text(self, name: str) -> str | None:
        """The text of `name`, without blanks around it; None without one."""
        if name not in self.node:
            return None
        return self._text(name, self.node[name])

    def texts(self, name: str) -> list[str]:
        return [self._text(f"{name}[{index}]", item) for index, item in enumerate(self._list(name))]

    def flag(self, name: str) -> bool | None:
        found = self.node.get(name)
        if name in self.node and not isinstance(found, bool):
            self._malformed(name)
        return found

    def ordinal(self, name: str) -> int | None:
        """The positive whole number of `name`; None without one."""
        return self._ordinal(name, self.node[name]) if name in self.node else None

    def ordinals(self, name: str) -> list[int]:
        return [self._ordinal(f"{name}[{index}]", item) for index, item in enumerate(self._list(name))]

    def number(self, name: str) -> Fraction | None:
        """The decimal of `name`, exactly; None without one."""
        found = self.node.get(name)
        if name not in self.node:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            self._malformed(name)
        value = Decimal(found)
        _, digits, exponent = value.as_tuple()
        if not value.is_finite() or len(digits) > _MAX_DIGITS or abs(int(exponent)) > _MAX_DIGITS:
            self.refuse(name, "is a number that nobody counts with", "correct it")
        return Fraction(value)

    def day(self, name: str) -> date | None:
        """The day of the date or dateTime `name`, as it is written where it was; None without one."""
        if name not in self.node:
            return None
        found = self._text(name, self.node[name])
        try:
            dates.read(found)
            return date.fromisoformat(found[:10])
        except ValueError:
            self.refuse(name, "is not a day of the calendar", "write YYYY-MM-DD")

    def period(self, name: str) -> tuple[date, date] | None:
        """The first and last day of the Period `name`; None without one."""
        found = self.child(name)
        if found is None:
            return None
        first, last = found.day("start"), found.day("end")
        if first is None or last is None:
            found.refuse("", "has no beginning or no end", "give both")
        if last < first:
            found.refuse("", "ends before it begins", "correct it")
        return first, last

    def _list(self, name: str) -> list[Any]:
        found = self.node.get(name, [])
        if not isinstance(found, list) or (name in self.node and not found):
            self._malformed(name)
        return found

    def _text(self, name: str, found: Any) -> str:
        if not isinstance(found, str) or not found.strip():
            self._malformed(name)
        if len(found) > MAX_TEXT or _CONTROL.search(found):
            self.refuse(name, "is too long, or has characters that cannot be seen", "correct it")
        return found.strip()

    def _ordinal(self, name: str, found: Any) -> int:
        if isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 2**31:
            self.refuse(name, "is not a whole number from 1 on", "count from 1")
        return found

    def _malformed(self, name: str) -> NoReturn:
        self.refuse(name, "does not have the form FHIR R4 gives it", "correct its type or its value")
