"""Packs of a lot, one by one, and what can be said of them without knowing who is who: for supply_model.py."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any

from carechain.gs1.keys import with_check_digit
from carechain.supply.words import Condition, Investigation, Quality, UnitFact

RECALLS = 6
"""Recalls of a lot that are told apart."""


class RefusedError(Exception):
    """The contract must refuse the call with the error of this name."""


def refuse(condition: Any, name: str) -> None:
    if condition:
        raise RefusedError(name)


@dataclass
class Unit:
    """A pack. What stands in the first block, it has in common with the interval in which it is."""

    holder: int
    owner: int
    counterparty: int = 0
    consignee: int = 0
    investigation: Investigation = Investigation.NONE
    condition: Condition = Condition.FIT
    returning: bool = False
    titled: bool = False
    unverified: bool = False
    acknowledged: int = 0
    fate: UnitFact = UnitFact.NONE

    number: int = 0
    is_first: bool = False  # an interval begins with it
    containers: tuple[tuple[int, int], ...] = ()  # around it, outermost last: whose, and which SSCC
    fact: UnitFact = UnitFact.NONE  # what has become of it by itself
    dispensed_on: int = 0

    def is_like(self, other: Unit) -> bool:
        own = set(Unit.__dataclass_fields__) - {"number", "is_first", "containers", "fact", "dispensed_on"}
        alike = all(getattr(self, name) == getattr(other, name) for name in own)
        return alike and len(self.containers) == len(other.containers)


@dataclass
class Lot:
    units: list[Unit]
    expiry: int
    quality: Quality = Quality.PENDING
    channel: int = 0
    recall_class: int = 0
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    recalls: int = 0
    acknowledged: set[int] = field(default_factory=set)
    returned: set[int] = field(default_factory=set)

    def copy(self) -> Lot:
        copied = copy(self)
        copied.units = [copy(unit) for unit in self.units]
        copied.ranges, copied.acknowledged = list(self.ranges), set(self.acknowledged)
        copied.returned = set(self.returned)
        return copied

    def class_of(self, unit: int) -> int:
        """The most dangerous recall of a unit, 0 if it is not recalled."""
        classes = [recalled for start, end, recalled in self.ranges if start <= unit < end]
        return min(classes + [self.recall_class] * (self.recall_class > 0), default=0)

    def count_recall(self) -> None:
        """Those from the sixth on are counted as one."""
        if self.recalls < RECALLS:
            self.recalls += 1
            self.acknowledged, self.returned = set(), set()


def write(units: list[Unit], **values: Any) -> None:
    for unit in units:
        for name, value in values.items():
            setattr(unit, name, value)


def send(units: list[Unit], counterparty: int, consignee: int, returning: bool, titled: bool) -> None:
    """What goes forward leaves earlier recalls behind."""
    write(units, counterparty=counterparty, consignee=consignee, returning=returning, titled=titled)
    if not returning:
        write(units, acknowledged=0)


def place(units: list[Unit], number: int) -> Unit:
    for unit in units:
        if unit.number == number:
            return unit
    raise RefusedError("UnitOutOfPlace")


def still(it: Unit) -> None:
    refuse(it.counterparty, "IntervalInTransit")


def loose(it: Unit) -> None:
    refuse(it.containers, "IntervalIsPacked")


def clear(it: Unit) -> None:
    refuse(it.fate, "IntervalIsRetired")
    refuse(it.investigation or it.condition or it.unverified, "IntervalHeldUp")


def untouched(units: list[Unit]) -> None:
    refuse(any(unit.fact for unit in units), "UnitIsRetired")


def returnable(units: list[Unit]) -> None:
    refuse(units[0].fate, "IntervalIsRetired")
    untouched(units)


def is_sscc(number: int) -> bool:
    digits = f"{number:018d}"
    return number != 0 and len(digits) == 18 and with_check_digit(digits[:-1]) == digits
