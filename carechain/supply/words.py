"""The packed words of DrugSupplyChain and ColdChain: twins of contracts/types/Custody.sol, and of what events carry.

Days are counted from 1970-01-01 (UTC), temperatures are hundredths of a degree Celsius.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

UNIT_BITS = 24
UNITS_MAX = (1 << UNIT_BITS) - 1
"""Units that a lot may have at most."""
FACTS = 48
"""Units in a word of facts."""
CAME_BACK = 7
"""In the place of an acknowledged recall: recalled units that have come back, and are counted."""


class Quality(IntEnum):
    PENDING = 0
    RELEASED = 1
    REJECTED = 2
    BARRED = 3


class Investigation(IntEnum):
    NONE = 0
    SUSPECT = 1
    QUARANTINED = 2
    ILLEGITIMATE = 3


class Condition(IntEnum):
    FIT = 0
    HELD = 1
    REJECTED = 2


class UnitFact(IntEnum):
    NONE = 0
    DISPENSED = 1
    EXPORTED = 2
    SAMPLED = 3
    DESTROYED = 4
    REPACKAGED = 5
    STOLEN = 6


class ShipmentKind(IntEnum):
    SALE = 0
    TRANSFER = 1
    RETURN = 2


class RefusalReason(IntEnum):
    OTHER = 0
    DAMAGED = 1
    WRONG_PRODUCT = 2
    NOT_ORDERED = 3
    MISSING = 4
    TAMPERED = 5


class Verdict(IntEnum):
    UNVERIFIED = 0
    BLOCKED = 1
    IN_TRANSIT = 2
    SUPPLY = 3


class Reason(IntEnum):
    IN_ORDER = 0
    LOT_UNKNOWN = 1
    INTERVAL_UNKNOWN = 2
    PROOF_INVALID = 3
    ILLEGITIMATE = 4
    STOLEN = 5
    RECALLED_CLASS_1 = 6
    DISPENSED = 7
    EXPORTED = 8
    SAMPLED = 9
    DESTROYED = 10
    REPACKAGED = 11
    RECALLED_CLASS_2 = 12
    RECALLED_CLASS_3 = 13
    NOT_RELEASED = 14
    REJECTED = 15
    UNFIT = 16
    EXPIRED = 17
    SUSPECT = 18
    QUARANTINED = 19
    ON_HOLD = 20
    UNVERIFIED = 21


def lot_of(manufacturer: int, number: int) -> int:
    """A lot's identifier."""
    return manufacturer << 32 | number


def manufacturer_of(lot: int) -> int:
    """The organisation that registered a lot."""
    return lot >> 32


def interval_of(lot: int, first: int) -> int:
    """The name of the interval of a lot that starts at this unit."""
    return lot << UNIT_BITS | first


@dataclass(frozen=True)
class Custody:
    """An interval of a lot's units, and who has it. `first` to `end` - 1 are its units; organisations are numbers."""

    first: int
    end: int
    holder: int
    owner: int
    counterparty: int = 0
    consignee: int = 0
    investigation: Investigation = Investigation.NONE
    condition: Condition = Condition.FIT
    returning: bool = False
    titled: bool = False
    unverified: bool = False
    opened: bool = False
    tier: int = 0
    acknowledged: int = 0
    fact: UnitFact = UnitFact.NONE

    @property
    def units(self) -> range:
        return range(self.first, self.end)

    @property
    def is_clear(self) -> bool:
        """Whether nothing about the interval itself keeps it from moving forward."""
        return not (self.investigation or self.condition or self.unverified or self.fact)

    @classmethod
    def of_event(cls, word: int) -> Custody:
        """From the word of an event."""

        def field(shift: int, width: int) -> int:
            return word >> shift & (1 << width) - 1

        return cls(
            first=field(168, 24),
            end=field(0, 24),
            holder=field(24, 32),
            owner=field(56, 32),
            counterparty=field(88, 32),
            consignee=field(120, 32),
            investigation=Investigation(field(152, 2)),
            condition=Condition(field(154, 2)),
            returning=bool(field(156, 1)),
            titled=bool(field(157, 1)),
            unverified=bool(field(158, 1)),
            opened=bool(field(159, 1)),
            tier=field(160, 2),
            acknowledged=field(162, 3),
            fact=UnitFact(field(165, 3)),
        )

    def to_event(self) -> int:
        """The word that an event carries."""
        fields = (
            (self.end, 0),
            (self.holder, 24),
            (self.owner, 56),
            (self.counterparty, 88),
            (self.consignee, 120),
            (self.investigation, 152),
            (self.condition, 154),
            (self.returning, 156),
            (self.titled, 157),
            (self.unverified, 158),
            (self.opened, 159),
            (self.tier, 160),
            (self.acknowledged, 162),
            (self.fact, 165),
            (self.first, 168),
        )
        return sum(int(value) << shift for value, shift in fields)

    @classmethod
    def of_view(cls, view: Iterable[int]) -> Custody:
        """From the answer of `intervalOf`, in its order."""
        first, end, holder, owner, counterparty, consignee, investigation, condition, *flags, tier, known, fact = view
        returning, titled, unverified, opened = map(bool, flags)
        return cls(
            first,
            end,
            holder,
            owner,
            counterparty,
            consignee,
            Investigation(investigation),
            Condition(condition),
            returning,
            titled,
            unverified,
            opened,
            tier,
            known,
            UnitFact(fact),
        )


def words_of_units(units: Iterable[int]) -> list[int]:
    """Units as `dispenseUnits` takes and UnitsDispensed has them: 48 bits, and above them which 48 units they are."""
    words: dict[int, int] = {}
    for unit in units:
        words[unit // FACTS] = words.get(unit // FACTS, 0) | 1 << unit % FACTS
    return [word << FACTS | bitmap for word, bitmap in sorted(words.items())]


def units_of_word(word: int) -> list[int]:
    """The units of one such word, ascending."""
    start = (word >> FACTS) * FACTS
    return [start + place for place in range(FACTS) if word >> place & 1]


def notice_of(recall_class: int, reason: int, by: int = 0) -> int:
    """A recall's class (1 to 3) and reason, as `announceRecall` takes them; in events also by whom."""
    return recall_class | reason << 8 | by << 16


def recall_of(notice: int) -> tuple[int, int, int]:
    """Class, reason and by whom, of a notice."""
    return notice & 0xFF, notice >> 8 & 0xFF, notice >> 16


@dataclass(frozen=True)
class ReadingsBatch:
    """What ReadingsAnchored says beside sensor and root: seconds, and the entry's index."""

    index: int
    since: int
    until: int
    count: int
    gap: int

    @classmethod
    def of_event(cls, word: int) -> ReadingsBatch:
        return cls(
            word >> 144,
            word >> 104 & (1 << 40) - 1,
            word >> 64 & (1 << 40) - 1,
            word >> 32 & 0xFFFFFFFF,
            word & 0xFFFFFFFF,
        )
