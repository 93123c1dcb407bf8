"""DrugSupplyChain from Python: lots, intervals and events as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web3.contract.contract import ContractFunction

from carechain.chain import Chain, Event, Sender, Sent
from carechain.errors import CarechainError
from carechain.supply import words
from carechain.supply.passport import Passport
from carechain.supply.words import Custody, Quality, Reason, UnitFact, Verdict

CONTRACT = "DrugSupplyChain"
DAY = 86_400
_PAGE = 200
"""Intervals asked for at a time."""


@dataclass(frozen=True)
class RegisteredLot:
    """What was said of a lot when it was registered. Days are counted from 1970-01-01."""

    lot: int
    gtin: str
    commitment: bytes
    production: int
    expiry: int
    units: int
    serial_root: bytes
    at: int

    @property
    def manufacturer(self) -> int:
        return words.manufacturer_of(self.lot)


@dataclass(frozen=True)
class LotState:
    """A lot as it stands. `recall_ranges` are (first, end, class) of units that are recalled by themselves."""

    low: int
    high: int
    units: int
    expiry: int
    quality: Quality
    channel: int
    recall_class: int
    recall: int
    recall_ranges: tuple[tuple[int, int, int], ...]
    serial_root: bytes

    def recall_class_of(self, unit: int) -> int:
        """1 to 3 if the unit is recalled, else 0."""
        classes = [known for first, end, known in self.recall_ranges if first <= unit < end]
        return min([c for c in (self.recall_class, *classes) if c], default=0)

    @property
    def is_recalled(self) -> bool:
        return bool(self.recall_class or self.recall_ranges)


@dataclass(frozen=True)
class Answer:
    """What the chain says of a pack. `expiry` is a day from 1970-01-01, 0 where the pack is not shown to be genuine."""

    verdict: Verdict
    reason: Reason
    holder: int
    expiry: int


class SupplyLedger:
    """The contract, asked and written to. Every method raises as Chain's do."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._contract = chain.contract(CONTRACT)
        self.functions = self._contract.functions

    # ------------------------------------------------------------------ who

    def organisation_of(self, sender: Sender) -> int:
        """The organisation for which a key speaks. Raises CarechainError if there is none."""
        address = sender if isinstance(sender, str) else sender.address
        participants = self.chain.contract("Participants").functions
        _, number = self._ask(participants.standingOfOperator(address, 0), "asking for an operator's organisation")
        if number == 0:
            raise CarechainError("The sender", "speaks for no accredited organisation", "use an operator's key")
        return int(number)

    # ------------------------------------------------------------------ lots

    def holder_of_product(self, gtin: str) -> int:
        """Who may register lots of a product; 0 if nobody is authorised."""
        holder, _, _ = self._ask(self.functions.productOf(int(gtin)), "reading a product")
        return int(holder)

    def registered(self, filters: Mapping[str, Any] | None = None) -> list[RegisteredLot]:
        """Lots in the order in which they were registered; `filters` by lot or gtin."""
        found = self.events(("LotRegistered",), filters or {})
        return [
            RegisteredLot(
                event.values["lot"],
                f"{event.values['gtin']:014}",
                bytes(event.values["lotNumber"]),
                event.values["production"],
                event.values["expiry"],
                event.values["units"],
                bytes(event.values["serialRoot"]),
                event.timestamp,
            )
            for event in found
        ]

    def lot_of_root(self, gtin: str, serial_root: bytes) -> RegisteredLot | None:
        """The lot of a product that commits to this tree of serial numbers."""
        lots = self.registered({"gtin": int(gtin)})
        return next((lot for lot in lots if lot.serial_root == serial_root), None)

    def lot_of_passport(self, passport: Passport) -> RegisteredLot | None:
        """The lot that a passport is of, if it proves itself by that lot's root; None if it proves nothing."""
        for lot in self.registered({"gtin": int(passport.gtin)}):
            if lot.commitment == passport.lot_commitment() and passport.verify(lot.serial_root):
                return lot
        return None

    def next_number(self, manufacturer: int) -> int:
        """A number under which the manufacturer has no lot yet."""
        own = [lot.lot for lot in self.registered() if lot.manufacturer == manufacturer]
        return max((lot & 0xFFFFFFFF for lot in own), default=0) + 1

    def state(self, lot: int) -> LotState:
        low, high, units, expiry, quality, channel, recalled, recall, ranges, root = self._ask(
            self.functions.lotOf(lot), "reading a lot"
        )
        pieces = tuple((int(a), int(b), int(c)) for a, b, c in ranges)
        return LotState(low, high, units, expiry, Quality(quality), channel, recalled, recall, pieces, bytes(root))

    def intervals(self, lot: int, block: int | None = None) -> list[Custody]:
        """All intervals of a lot, from its first unit to its last, as of one block: the latest if it is not given."""
        block = self.chain.latest_block() if block is None else block
        found: list[Custody] = []
        while True:
            call = self.functions.intervalsOf(lot, found[-1].end if found else 0, _PAGE)
            page = [Custody.of_view(each) for each in self._ask(call, "reading intervals", block)]
            found += page
            if len(page) < _PAGE:
                return found

    def interval_with(self, lot: int, unit: int, block: int | None = None) -> Custody:
        """The interval that has a unit. Raises CarechainError for a unit that is not of the lot."""
        for custody in self.intervals(lot, block):
            if custody.first <= unit < custody.end:
                return custody
        raise CarechainError(f"Unit {unit}", "is not of the lot", "check the number")

    def fact(self, lot: int, custody: Custody, unit: int) -> UnitFact:
        """What has finally become of a unit of this interval."""
        call = self.functions.factOf(words.interval_of(lot, custody.first), unit)
        return UnitFact(self._ask(call, "reading what became of a unit"))

    def container(self, packer: int, sscc: str) -> tuple[int, int, int, int] | None:
        """Lot, first unit, end and tier of a closed container; None if there is none."""
        lot, first, end, tier, closed = self._ask(self.functions.containerOf(packer, int(sscc)), "reading a container")
        return (lot, first, end, tier) if closed else None

    def packers_of(self, sscc: str) -> list[int]:
        """Who has packed a container of this SSCC, the last first."""
        events = self.events(("ContainerPacked",), {"sscc": int(sscc)})
        return list(dict.fromkeys(event.values["packer"] for event in reversed(events)))

    def verify(self, passport: Passport, lot: int) -> Answer:
        """What the chain says of the pack, wherever it is."""
        block = self.chain.latest_block()
        custody = self.interval_with(lot, passport.unit, block)
        interval = words.interval_of(lot, custody.first)
        call = self.functions.verifyPack(interval, passport.unit, passport.leaf(), list(passport.proof))
        verdict, reason, holder, expiry = self._ask(call, "verifying a pack", block)
        return Answer(Verdict(verdict), Reason(reason), holder, expiry)

    def recall_progress(self, lot: int) -> tuple[int, int]:
        """Units of the last recall that were acknowledged, and that came back."""
        acknowledged, returned = self._ask(self.functions.recallProgress(lot), "reading a recall")
        return acknowledged, returned

    # ------------------------------------------------------------------ writing

    def send(self, calls: Sequence[ContractFunction], sender: Sender, what: str) -> Sent:
        """Sends calls as one transaction: all of them or none."""
        return self.chain.send(self.together(calls), sender, what)

    def attempt(self, calls: Sequence[ContractFunction], sender: Sender, what: str) -> None:
        """Tries them, and sends nothing."""
        self.chain.attempt(self.together(calls), sender, what)

    def events(self, names: tuple[str, ...], filters: Mapping[str, Any]) -> list[Event]:
        """Events of the contract since its deployment, in the order they happened."""
        return self.chain.events(CONTRACT, names, filters)

    def together(self, calls: Sequence[ContractFunction]) -> ContractFunction:
        """One call that makes all of them, or none."""
        if len(calls) == 1:
            return calls[0]
        return self.functions.multicall([call._encode_transaction_data() for call in calls])

    def _ask(self, call: ContractFunction, what: str, block: int | None = None) -> Any:
        return self.chain.ask(call, what, block)
