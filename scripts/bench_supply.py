"""The benchmark's part about medicines: one lot of a million units, from its serial numbers to its recall.

It is packed in cases on pallets, goes from the manufacturer by a carrier and a wholesaler to a pharmacy, which
dispenses all of it, and is recalled. Each step is timed, and its gas is that of its transactions. They are sent without
being tried beforehand, in as few as the limit of EIP-7825 allows.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from web3.contract.contract import ContractFunction

from carechain.chain import Chain
from carechain.errors import CarechainError
from carechain.gs1 import keys
from carechain.organisations import read_organisations
from carechain.roles import role_mask
from carechain.supply import words
from carechain.supply.ledger import SupplyLedger
from carechain.supply.passport import LotDetails
from carechain.supply.random_serials import random_serials
from carechain.supply.serial_tree import SerialTree, write_serial_tree
from carechain.supply.words import FACTS, Quality, ShipmentKind, Verdict
from scripts import deploy
from scripts.suite import is_local

GTIN = "09506000100012"
SECTION = "supply"
GAS = 16_777_216
"""What a transaction may use (EIP-7825)."""
CASE = 100
"""Units in a case."""
WORDS = 400
"""Words of 48 units that are dispensed in one transaction."""
CASES = 150
"""Cases that are cut out and opened in one transaction."""
PROOFS = 300


@dataclass(frozen=True)
class Step:
    """What a step took: seconds, gas, transactions."""

    name: str
    seconds: float
    gas: int = 0
    transactions: int = 0
    said: str = ""


@dataclass
class Trade:
    """The parties of examples/organisations.yaml on a local chain, and what they have sent in the present step."""

    chain: Chain
    ledger: SupplyLedger
    keys: dict[str, str]
    numbers: dict[str, int]
    gas: int = 0
    transactions: int = 0
    steps: list[Step] = field(default_factory=list)

    @classmethod
    def founded(cls, chain: Chain) -> Trade:
        if not is_local(chain):
            raise CarechainError("The benchmark", "is for a local chain alone", "run: make bench")
        founders = read_organisations(str(deploy.LOCAL_FOUNDERS), chain)
        deploy.deploy(chain, chain.web3.eth.accounts[0], deploy.local_governance(chain), founders)
        found = {}
        numbers = {}
        for role in ("manufacturer", "wholesaler", "pharmacy", "carrier", "inspector", "regulator"):
            mask = role_mask([role])
            number = next(n for n, founder in enumerate(founders, 1) if founder.roles & mask)
            numbers[role], found[role] = number, to_checksum_address(founders[number - 1].operator)
        return cls(chain, SupplyLedger(chain), found, numbers)

    def send(self, role: str, calls: Sequence[ContractFunction]) -> None:
        """One transaction. Raises CarechainError if it fails: a benchmark of what is refused would be none."""
        call = self.ledger.together(calls)
        data: Any = {
            "from": self.keys[role],
            "to": call.address,
            "data": call._encode_transaction_data(),
            "gas": GAS,
        }
        receipt = self.chain.web3.eth.wait_for_transaction_receipt(
            self.chain.web3.eth.send_transaction(data), poll_latency=0.005
        )
        if receipt["status"] != 1:
            raise CarechainError("The benchmark", f"had {calls[0].fn_name} refused", "run: make test")
        self.gas += receipt["gasUsed"]
        self.transactions += 1

    def took(self, name: str, began: float, said: str = "") -> Step:
        """Ends a step that began at that time."""
        step = Step(name, time.perf_counter() - began, self.gas, self.transactions, said)
        self.gas = self.transactions = 0
        self.steps.append(step)
        return step


def million(chain: Chain, units: int) -> Iterator[Step]:
    """The steps of a lot of so many units, which is a multiple of a case."""
    trade = Trade.founded(chain)
    functions = trade.ledger.functions
    pallet = CASE * max(1, min(250, units // CASE // 4))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        serials = list(random_serials(units, 20))
        yield trade.took("generate", began, f"{units:,} random serial numbers of 20 characters")

        today = datetime.fromtimestamp(chain.now(), UTC).date()
        details = LotDetails(GTIN, "BENCH-1", today + timedelta(700), today - timedelta(3))
        began = time.perf_counter()
        tree = write_serial_tree(Path(folder, "lot.serials"), details, serials)
        size = Path(folder, "lot.serials").stat().st_size
        yield trade.took("commit", began, f"the serial tree, a file of {size:,} bytes")
        yield from _proofs(tree, serials, trade)

        manufacturer = trade.numbers["manufacturer"]
        trade.send("regulator", [functions.authoriseProduct(int(GTIN), manufacturer, 200, 800)])
        lot = words.lot_of(manufacturer, 1)
        began = time.perf_counter()
        epoch = datetime(1970, 1, 1, tzinfo=UTC).date()
        days = ((details.production - epoch).days, (details.expiry - epoch).days)
        trade.gas = trade.transactions = 0
        trade.send(
            "manufacturer",
            [functions.registerLot(int(GTIN), 1, tree.lot_commitment, *days, units, 0, tree.root)],
        )
        yield trade.took("register", began, f"a lot of {units:,} units")
        began = time.perf_counter()
        trade.send("inspector", [functions.inspectLot(lot, Quality.RELEASED, b"\1" * 32)])
        yield trade.took("release", began)
        yield from _travel(trade, lot, units, pallet)
        yield from _verified(trade, lot, tree)
        began = time.perf_counter()
        trade.send("manufacturer", [functions.announceRecall(lot, words.notice_of(1, 2))])
        yield trade.took("recall", began, f"all {units:,} units")
        tree.close()


def _proofs(tree: SerialTree, serials: Sequence[str], trade: Trade) -> Iterator[Step]:
    stride = max(1, len(serials) // PROOFS)
    by_unit, by_serial = [], []
    for unit in range(0, len(serials), stride):
        began = time.perf_counter()
        passport = tree.passport(unit)
        by_unit.append(time.perf_counter() - began)
        began = time.perf_counter()
        tree.passport(tree.find(serials[unit]))
        by_serial.append(time.perf_counter() - began)
        if passport.serial != serials[unit] or not passport.verify(tree.root):
            raise CarechainError("The benchmark", "found a passport that proves nothing", "run: make test")
    trade.took("proof", time.perf_counter())
    yield Step(
        "proof_by_unit", statistics.median(by_unit), said=f"one passport; the slowest {max(by_unit) * 1e3:.2f} ms"
    )
    yield Step("proof_by_serial", statistics.median(by_serial), said=f"the slowest {max(by_serial) * 1e3:.2f} ms")


def _travel(trade: Trade, lot: int, units: int, pallet: int) -> Iterator[Step]:
    functions = trade.ledger.functions
    numbers = trade.numbers
    pallets = [(first, min(first + pallet, units)) for first in range(0, units, pallet)]
    names = [words.interval_of(lot, first) for first, _ in pallets]

    began = time.perf_counter()
    for n, (first, end) in enumerate(pallets):
        calls = [functions.cut(names[n], first, end)] if end != units else []
        ends = list(range(first + CASE, end + 1, CASE))
        calls.append(functions.pack(names[n], [_sscc(1 + at // CASE) for at in ends], ends))
        calls.append(functions.pack(names[n], [_sscc(10_000_000 + n)], [end]))
        trade.send("manufacturer", calls)
    yield trade.took("pack", began, f"{units // CASE:,} cases of {CASE} on {len(pallets)} pallets")

    legs = (
        ("consign", "manufacturer", lambda i, _: functions.consign(i, numbers["carrier"], numbers["wholesaler"], 0)),
        ("carry", "carrier", lambda i, end: functions.receiveShipment(i, end)),
        ("deliver", "carrier", lambda i, _: functions.deliver(i, numbers["wholesaler"])),
        ("wholesale", "wholesaler", lambda i, end: functions.receiveShipment(i, end)),
        ("sell", "wholesaler", lambda i, _: functions.ship(i, numbers["pharmacy"], ShipmentKind.SALE)),
        ("stock", "pharmacy", lambda i, end: functions.receiveShipment(i, end)),
    )
    for name, role, call in legs:
        began = time.perf_counter()
        for interval, (_, end) in zip(names, pallets, strict=True):
            trade.send(role, [call(interval, end)])
        yield trade.took(name, began, f"{len(pallets)} pallets, one by one")

    maker = numbers["manufacturer"]
    began = time.perf_counter()
    for n, (first, end) in enumerate(pallets):
        trade.send("pharmacy", [functions.openContainer(names[n], maker, _sscc(10_000_000 + n))])
        # From behind, so that what is left is always the interval of the pallet's name.
        cases = list(range(end - CASE, first - 1, -CASE))
        for at in range(0, len(cases), CASES):
            calls = []
            for start in cases[at : at + CASES]:
                sscc = _sscc(1 + (start + CASE) // CASE)
                if start != first:
                    calls.append(functions.cutContainer(names[n], maker, sscc))
                calls.append(functions.openContainer(words.interval_of(lot, start), maker, sscc))
            trade.send("pharmacy", calls)
    yield trade.took("open", began, f"{len(pallets)} pallets and {units // CASE:,} cases")

    began = time.perf_counter()
    cases = range(0, units, CASE)
    together = max(1, WORDS * FACTS // CASE // 2)
    for at in range(0, len(cases), together):
        part = cases[at : at + together]
        trade.send(
            "pharmacy",
            [
                functions.dispenseUnits(
                    words.interval_of(lot, start), words.words_of_units(range(start, min(start + CASE, units)))
                )
                for start in part
            ],
        )
    yield trade.took("dispense", began, f"all {units:,} units")


def _verified(trade: Trade, lot: int, tree: SerialTree) -> Iterator[Step]:
    taken = []
    for unit in range(0, tree.units, max(1, tree.units // 50)):
        passport = tree.passport(unit)
        began = time.perf_counter()
        interval = words.interval_of(lot, unit // CASE * CASE)
        call = trade.ledger.functions.verifyPack(interval, unit, passport.leaf(), list(passport.proof))
        verdict, *_ = trade.chain.ask(call, "verifying a pack")
        taken.append(time.perf_counter() - began)
        if verdict != Verdict.BLOCKED:  # it was dispensed
            raise CarechainError("The benchmark", "has a pack that can be dispensed twice", "run: make test")
    yield Step("verify", statistics.median(taken), said="one pack, asked of the node")


def _sscc(number: int) -> int:
    """Of a company prefix that GS1 keeps for examples."""
    return int(keys.with_check_digit(f"09506000{number:09}"))
