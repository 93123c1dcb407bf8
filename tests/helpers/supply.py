"""Lots of an invented medicine, the trade in them, and what tests see of it.

Days are counted from 1970-01-01 (UTC), temperatures are hundredths of a degree Celsius.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import brownie

from carechain.gs1.keys import with_check_digit
from carechain.roles import role_mask
from carechain.supply.words import UNIT_BITS, Custody, Quality, ShipmentKind, interval_of, lot_of
from tests.helpers import rfc9162
from tests.helpers.suite import FOUNDERS, MANUFACTURER, REGULATOR, now

DAY = 86_400
SALE, TRANSFER, RETURN = ShipmentKind
GTIN = 300_000_000_018
LOW, HIGH = 200, 800
UNITS = 100
LOT_NUMBER = "0x" + "1c" * 32
CERTIFICATE = "0x" + "ce" * 32
EVIDENCE = "0x" + "e5" * 32
SERIALS = tuple(f"serial {unit}".encode() for unit in range(UNITS))
"""What is printed on each pack of a lot, as the bytes under its leaf."""
SERIAL_ROOT = "0x" + rfc9162.root(SERIALS).hex()

UNKNOWN, _GOOD, SUSPENDED, _WITHDRAWN, _EXPIRED, ROLE_MISSING = range(6)
"""Of IParticipants.Standing."""


def today() -> int:
    return now() // DAY


def sscc(number: int) -> int:
    """The SSCC of a container: its number, and the check digit."""
    return int(with_check_digit(f"{number:017}"))


def operator_of(organisation: int) -> Any:
    """The key of one of the founders."""
    return brownie.accounts[FOUNDERS[organisation - 1][2]]


def roles_of(organisation: int) -> int:
    """The bitmap of the roles of one of the founders."""
    return role_mask(FOUNDERS[organisation - 1][1])


def by(organisation: int) -> dict[str, Any]:
    """Sent by a founder's key."""
    return {"from": operator_of(organisation)}


def event_of(sent: Any, name: str) -> dict[str, Any]:
    """The fields of the one event of this name that a transaction has."""
    assert sent.events.count(name) == 1
    return dict(sent.events[name])


@dataclass(frozen=True)
class Trade:
    """DrugSupplyChain, as those see it who trade by it."""

    supply: Any

    def authorise(self, holder: int = MANUFACTURER, gtin: int = GTIN) -> Any:
        return self.supply.authoriseProduct(gtin, holder, LOW, HIGH, by(REGULATOR))

    def register(
        self,
        number: int = 1,
        units: int = UNITS,
        *,
        released: bool = True,
        holder: int = MANUFACTURER,
        gtin: int = GTIN,
        days: int = 365,
    ) -> int:
        """A new lot, produced yesterday, to be used for so many days. Its identifier."""
        dates = today() - 1, today() + days
        self.supply.registerLot(gtin, number, LOT_NUMBER, *dates, units, 0, SERIAL_ROOT, by(holder))
        lot = lot_of(holder, number)
        if released:
            self.release(lot)
        return lot

    def release(self, lot: int) -> Any:
        inspector = brownie.accounts[26]
        return self.supply.inspectLot(lot, Quality.RELEASED, CERTIFICATE, {"from": inspector})

    def custody(self, interval: int) -> Custody:
        """An interval as it stands."""
        return Custody.of_view(self.supply.intervalOf(interval))

    def intervals(self, lot: int) -> list[Custody]:
        """All intervals of a lot, in their order."""
        return [Custody.of_view(view) for view in self.supply.intervalsOf(lot, 0, 1000)]

    def ship(self, interval: int, to: int, kind: ShipmentKind = SALE) -> Any:
        """By whoever holds it."""
        return self.supply.ship(interval, to, kind, by(self.custody(interval).holder))

    def receive(self, interval: int) -> Any:
        """By whomever it was shipped to."""
        custody = self.custody(interval)
        return self.supply.receiveShipment(interval, custody.end, by(custody.counterparty))

    def hand_over(self, interval: int, *organisations: int, kind: ShipmentKind = SALE) -> int:
        """Shipped and received, from one organisation to the next. The interval."""
        for to in organisations:
            self.ship(interval, to, kind)
            self.receive(interval)
        return interval

    def part(self, lot: int, first: int, end: int, to: int) -> int:
        """A part of what the manufacturer has left of a lot, sold. The interval."""
        (whole,) = (each for each in self.intervals(lot) if first in each.units)
        source = interval_of(lot, whole.first)
        self.supply.splitAndShip(source, first, end, to, SALE, by(whole.holder))
        self.receive(interval_of(lot, first))
        return interval_of(lot, first)

    def told(self, sent: Any, name: str) -> dict[str, Any]:
        """The fields of the one event of this name, its interval as Custody: which must be what stands there now."""
        fields = event_of(sent, name)
        fields["interval"] = Custody.of_event(fields["interval"])
        assert self.custody(fields["lot"] << UNIT_BITS | fields["interval"].first) == fields["interval"]
        return fields


def readings_entry(sensor: int, at: int, since: int, until: int, count: int, gap: int, root: bytes) -> bytes:
    """The 60 bytes of a batch of readings in a sensor's log, as IColdChain describes them."""
    return _big_endian((0, 1), (sensor, 4), (at, 5), (since, 5), (until, 5), (count, 4), (gap, 4)) + root


def exposure_entry(sensor: int, at: int, by: int, consignment: int, exposure: tuple[Any, ...]) -> bytes:
    """The 69 bytes of an attested exposure; `exposure` in the order of the struct."""
    entries, mean, lowest, highest, within, report = exposure
    head = _big_endian((1, 1), (sensor, 4), (at, 5), (by, 4), (consignment, 8), (entries, 8))
    return head + _big_endian((mean, 2), (lowest, 2), (highest, 2), (within, 1)) + bytes.fromhex(report[2:])


def _big_endian(*numbers: tuple[int, int]) -> bytes:
    return b"".join(int(number).to_bytes(width, "big", signed=number < 0) for number, width in numbers)
