"""The facts of 48 units in one word, the twin of contracts/types/UnitFacts.sol: slow and plain, each unit by itself.

Days are counted from 1970-01-01 (UTC); a word takes none after 65,535.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from carechain.supply.words import FACTS, UnitFact

CODE_BITS = 5
UNDO_DAYS = 10
LONG_AGO = UNDO_DAYS + 2
"""The code of a unit that was dispensed longer ago than anybody can take it back."""
FIRST_OTHER = LONG_AGO + 1
"""The code of UnitFact.EXPORTED; the facts after it follow."""


@dataclass(frozen=True)
class Unit:
    """A unit on a day. `age` is the days since it was dispensed, at most one more than the days for an undo."""

    fact: UnitFact = UnitFact.NONE
    age: int = 0

    @classmethod
    def of_code(cls, code: int) -> Unit:
        if code == 0:
            return cls()
        if code <= LONG_AGO:
            return cls(UnitFact.DISPENSED, code - 1)
        return cls(UnitFact(code - FIRST_OTHER + UnitFact.EXPORTED))

    @property
    def code(self) -> int:
        if self.fact is UnitFact.NONE:
            return 0
        if self.fact is UnitFact.DISPENSED:
            return self.age + 1
        return self.fact - UnitFact.EXPORTED + FIRST_OTHER

    def older(self, days: int) -> Unit:
        if self.fact is not UnitFact.DISPENSED:
            return self
        return replace(self, age=min(self.age + days, UNDO_DAYS + 1))

    @property
    def is_undoable(self) -> bool:
        return self.fact is UnitFact.DISPENSED and self.age <= UNDO_DAYS


@dataclass(frozen=True)
class UnitFacts:
    """48 units as they stood on a day."""

    units: tuple[Unit, ...]
    day: int

    @classmethod
    def of_word(cls, word: int) -> UnitFacts:
        """Raises ValueError for a code that no unit has."""
        codes = [word >> place * CODE_BITS & (1 << CODE_BITS) - 1 for place in range(FACTS)]
        return cls(tuple(map(Unit.of_code, codes)), word >> FACTS * CODE_BITS)

    def to_word(self) -> int:
        codes = sum(unit.code << place * CODE_BITS for place, unit in enumerate(self.units))
        return codes | self.day << FACTS * CODE_BITS

    def aged_to(self, day: int) -> UnitFacts:
        """The same facts as they stand on a later day."""
        return UnitFacts(tuple(unit.older(day - self.day) for unit in self.units), day)

    def with_unit(self, place: int, unit: Unit) -> UnitFacts:
        return replace(self, units=(*self.units[:place], unit, *self.units[place + 1 :]))
