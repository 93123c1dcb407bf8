"""What the cold chain workflows share: who acts, where readings are kept, and the words of the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from brownie import network
from web3 import Web3

from carechain.chain import Chain, Sender
from carechain.errors import CarechainError
from carechain.supply import words
from carechain.supply.kept_readings import KeptReadings
from carechain.supply.ledger import SupplyLedger
from carechain.supply.sensor_log import Consignment, SensorLog
from carechain.supply.words import Custody
from scripts.organisations import operator_of
from scripts.suite import EPHEMERAL_NETWORK, ROOT, is_local, scratch, sender

OPTIONS = ("as", "account", "readings")

_INTERVAL = re.compile(r"([0-9]{1,10})\.([0-9]{1,10}):([0-9]{1,8})")


@dataclass
class Session:
    """What the functions share."""

    chain: Chain
    named: dict[str, str]

    @cached_property
    def log(self) -> SensorLog:
        return SensorLog(self.chain)

    @cached_property
    def ledger(self) -> SupplyLedger:
        return SupplyLedger(self.chain)

    @cached_property
    def sender(self) -> Sender:
        return operator_of(self.chain, self.named.get("as"), self.named.get("account"))

    @cached_property
    def organisation(self) -> int:
        """The organisation for which the sender speaks."""
        found = self.ledger.organisation_of(self.sender)
        if self.named.get("as", str(found)) != str(found):
            raise CarechainError(f"The option as={self.named['as']}", f"is not organisation {found}", "leave it out")
        return found

    @cached_property
    def kept(self) -> KeptReadings:
        private = scratch() if network.show_active() == EPHEMERAL_NETWORK else ROOT / "private"
        folder = Path(self.named.get("readings", private / "readings"))
        return KeptReadings(folder / str(self.chain.book.chain_id) / self.log.address)

    def anybody(self) -> Sender:
        """Who sends what is for anybody: who is named or, on a local chain, the node's first account."""
        if "as" not in self.named and "account" not in self.named and is_local(self.chain):
            return sender(self.chain)
        return self.sender

    def intervals(self, consignment: Consignment) -> list[Custody]:
        """The intervals that have units of a consignment now."""
        known = self.ledger.intervals(consignment.lot)
        return [each for each in known if consignment.has_units_of(each.first, each.end)]


def interval_of(text: str) -> tuple[int, int]:
    """A lot and a unit of it."""
    found = _INTERVAL.fullmatch(text)
    manufacturer, number, first = map(int, found.groups()) if found else (0, 0, 0)
    if not 0 < manufacturer < 1 << 32 or number >= 1 << 32 or first >= words.UNITS_MAX:
        mend = "write <manufacturer's organisation>.<number of the lot>:<first unit>, such as 8.1:0"
        raise CarechainError(f"The interval {text}", "is not one", mend)
    return words.lot_of(manufacturer, number), first


def lot_name(lot: int) -> str:
    return f"{words.manufacturer_of(lot)}.{lot & 0xFFFFFFFF}"


def units_name(lot: int, custody: Custody) -> str:
    return f"units {custody.first} to {custody.end - 1} of lot {lot_name(lot)}"


def digest_of(file: str) -> bytes:
    return bytes(Web3.keccak(Path(file).read_bytes()))
