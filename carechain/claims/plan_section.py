"""A part of a plan's file, field by field: each is asked for by what it has to be; one that is not known is refused."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from carechain.claims.benefits import AMOUNT_STEP, WHOLE
from carechain.claims.currencies import minor_units, written
from carechain.claims.words import UNITS
from carechain.errors import CarechainError

MEND = "see examples/plans"
_RATE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%", re.ASCII)
_EPOCH = date(1970, 1, 1).toordinal()


class Section:
    """A mapping of the file, and its place there."""

    def __init__(self, place: str, content: Any, fields: Collection[str], separator: str = ".") -> None:
        """Raises CarechainError when it is no mapping, or has other fields than these."""
        if not isinstance(content, dict) or not content:
            raise CarechainError(place, "is not a list of fields with values", MEND)
        if not set(content) <= set(fields):
            raise CarechainError(place, f"has fields other than {', '.join(sorted(fields))}", MEND)
        self.place, self._content, self._separator = place, content, separator

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def at(self, name: str) -> str:
        """The place of a field."""
        return f"{self.place}{self._separator}{name}"

    def refuse(self, name: str, problem: str, mend: str = MEND) -> CarechainError:
        return CarechainError(self.at(name), problem, mend)

    def value(self, name: str) -> Any:
        """As it stands there. Raises CarechainError when it is missing."""
        if self._content.get(name) is None:
            raise self.refuse(name, "is missing", MEND)
        return self._content[name]

    def section(self, name: str, fields: Collection[str]) -> Section | None:
        return Section(self.at(name), self.value(name), fields) if name in self else None

    def text(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(name, "is not a text", "write a name in words")
        return value.strip()

    def day(self, name: str) -> int:
        """Days since 1970-01-01."""
        value = self.value(name)
        if type(value) is not date:
            raise self.refuse(name, "is not a day", "write it as 2026-01-01")
        day = value.toordinal() - _EPOCH
        if not 0 < day < (1 << 16) - 1:
            raise self.refuse(name, "is before 1970 or after 2149", "correct it")
        return day

    def flag(self, name: str, otherwise: bool) -> bool:
        if name not in self:
            return otherwise
        value = self.value(name)
        if type(value) is not bool:
            raise self.refuse(name, "is neither true nor false", "write true or false")
        return value

    def number(self, name: str, most: int, least: int = 1) -> int:
        """A whole number."""
        value = self.value(name)
        if type(value) is not int or not least <= value <= most:
            raise self.refuse(name, f"is not a whole number from {least} to {most:,}", "correct it")
        return value

    def optional_number(self, name: str, most: int) -> int | None:
        """None where it is left out: 0 would say that there is no limit."""
        return self.number(name, most) if name in self else None

    def amount(self, name: str, currency: str, most: int) -> int:
        """An amount in minor units."""
        amount = minor_units(self.value(name), currency, self.at(name))
        if amount > most:
            raise self.refuse(name, f"is more than {written(most, currency)}", "lower it")
        return amount

    def optional_amount(self, name: str, currency: str, most: int) -> int | None:
        """None where it is left out."""
        if name not in self:
            return None
        amount = self.amount(name, currency, most)
        if amount == 0:
            raise self.refuse(name, "is 0, which stands for no limit", "leave it out")
        return amount

    def coarse_amount(self, name: str, currency: str, most: int) -> int | None:
        """As `optional_amount`, in steps of AMOUNT_STEP, of which there are `most`."""
        amount = self.optional_amount(name, currency, most * AMOUNT_STEP)
        if amount is not None and amount % AMOUNT_STEP:
            raise self.refuse(name, f"is no multiple of {written(AMOUNT_STEP, currency)}", "round it")
        return amount

    def units(self, name: str, most: int) -> int | None:
        """Whole units, as hundredths; None where they are left out."""
        units = self.optional_number(name, most)
        return None if units is None else units * UNITS

    def rate(self, name: str, otherwise: int) -> int:
        """A percentage, in basis points."""
        if name not in self:
            return otherwise
        value = self.value(name)
        found = _RATE.fullmatch(value) if isinstance(value, str) else None
        rate = int(Decimal(found[1]) * 100) if found else WHOLE + 1
        if rate > WHOLE:
            raise self.refuse(
                name, "is not a percentage", 'write it with its sign and at most 2 decimals, such as "20%"'
            )
        return rate
