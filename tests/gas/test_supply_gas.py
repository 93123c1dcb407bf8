"""What the supply chain costs. Calls, times and keys are fixed, so the figures never vary.

A lot that was never split is one storage slot, so what is done with it costs a slot less than with an interval that was
cut out of one; both are measured.
"""

from __future__ import annotations

from hashlib import sha256

import brownie
import pytest

from carechain.merkle_log import MerkleTree
from carechain.supply import words
from carechain.supply.words import Quality, ShipmentKind, Verdict
from tests.gas.gas_report import Measurement
from tests.helpers.suite import MANUFACTURER, PHARMACY, WHOLESALER

GENESIS = 3_141_592_653
"""Unix seconds from which everything here happens: dates stand in what is written."""
DAY = 86_400
TODAY = GENESIS // DAY
GTIN = 9506000134352
UNITS = 100_000
"""So that a proof has 17 hashes."""
MANY = 64


@pytest.fixture(scope="module")
def tree():
    return MerkleTree(b"unit %d" % unit for unit in range(UNITS))


@pytest.fixture
def register(supply, manufacturer, tree):
    def register(number):
        commitment = sha256(b"lot %d" % number).digest()
        return supply.registerLot(
            GTIN, number, commitment, TODAY - 3, TODAY + 700, UNITS, 0, tree.root(), {"from": manufacturer}
        )

    return register


@pytest.fixture(autouse=True)
def _product(suite, _isolate, supply, regulator):
    brownie.chain.mine(timestamp=GENESIS)
    supply.authoriseProduct(GTIN, MANUFACTURER, 200, 800, {"from": regulator})


@pytest.fixture
def lot(supply, register, inspector):
    """A released lot, all of it with its manufacturer."""
    register(1)
    lot = words.lot_of(MANUFACTURER, 1)
    supply.inspectLot(lot, Quality.RELEASED, sha256(b"certificate").digest(), {"from": inspector})
    return lot


@pytest.fixture
def middle(supply, lot, manufacturer, wholesaler):
    """An interval from the middle of the lot, with the wholesaler."""
    supply.splitAndShip(
        words.interval_of(lot, 0), 40_000, 50_000, WHOLESALER, ShipmentKind.SALE, {"from": manufacturer}
    )
    middle = words.interval_of(lot, 40_000)
    supply.receiveShipment(middle, 50_000, {"from": wholesaler})
    return middle


@pytest.fixture
def shelf(supply, middle, wholesaler, pharmacy):
    """The same at a pharmacy, which has dispensed of it."""
    supply.ship(middle, PHARMACY, ShipmentKind.SALE, {"from": wholesaler})
    supply.receiveShipment(middle, 50_000, {"from": pharmacy})
    supply.dispenseUnit(middle, 45_000, {"from": pharmacy})
    return middle


def _measured(transaction, items=1):
    return Measurement(transaction.gas_used, len(bytes.fromhex(transaction.input[2:])), items)


def test_a_lot_is_registered(gas_report, register):
    gas_report.record("supply.register_lot", _measured(register(1)))


def test_a_whole_lot_is_shipped_and_received(gas_report, supply, lot, manufacturer, wholesaler):
    whole = words.interval_of(lot, 0)
    gas_report.record(
        "supply.ship", _measured(supply.ship(whole, WHOLESALER, ShipmentKind.SALE, {"from": manufacturer}))
    )
    gas_report.record("supply.receive", _measured(supply.receiveShipment(whole, UNITS, {"from": wholesaler})))


def test_an_interval_of_a_split_lot_is_shipped(gas_report, supply, middle, wholesaler):
    shipped = supply.ship(middle, PHARMACY, ShipmentKind.SALE, {"from": wholesaler})
    gas_report.record("supply.ship_interval", _measured(shipped))


def test_a_part_is_split_from_the_middle_and_shipped(gas_report, supply, lot, manufacturer):
    shipped = supply.splitAndShip(
        words.interval_of(lot, 0), 40_000, 50_000, WHOLESALER, ShipmentKind.SALE, {"from": manufacturer}
    )
    gas_report.record("supply.split_and_ship", _measured(shipped))


def test_a_unit_is_dispensed(gas_report, supply, shelf, pharmacy):
    gas_report.record("supply.dispense", _measured(supply.dispenseUnit(shelf, 45_001, {"from": pharmacy})))


def test_a_hundred_units_are_dispensed(gas_report, supply, shelf, pharmacy):
    dispensed = supply.dispenseUnits(shelf, words.words_of_units(range(46_000, 46_100)), {"from": pharmacy})
    gas_report.record("supply.dispense_batch100", _measured(dispensed, 100))


def test_a_lot_is_recalled(gas_report, supply, lot, manufacturer):
    recalled = supply.announceRecall(lot, words.notice_of(1, 2), {"from": manufacturer})
    gas_report.record("supply.recall", _measured(recalled))


def _verified(supply, interval, unit, tree, stranger):
    """The execution gas of the view."""
    data = supply.verifyPack.encode_input(interval, unit, tree.leaf(unit), list(tree.inclusion_proof(unit)))
    call = {"from": stranger.address, "to": supply.address, "data": data, "gas": hex(1_000_000), "gasPrice": "0x0"}
    trace = brownie.web3.provider.make_request(
        "debug_traceCall", [call, "latest", {"disableStorage": True, "disableMemory": True}]
    )["result"]
    assert int(trace["returnValue"].removeprefix("0x")[:64], 16) == Verdict.SUPPLY
    steps = trace["structLogs"]
    return Measurement(steps[0]["gas"] - steps[-1]["gas"] + steps[-1]["gasCost"], len(bytes.fromhex(data[2:])))


def test_a_pack_is_verified(gas_report, supply, lot, tree, stranger):
    gas_report.record("supply.verify_unit", _verified(supply, words.interval_of(lot, 0), 45_002, tree, stranger))


def test_a_pack_is_verified_on_a_shelf_from_which_others_were_dispensed(gas_report, supply, shelf, tree, stranger):
    gas_report.record("supply.verify_unit_on_shelf", _verified(supply, shelf, 45_002, tree, stranger))


def test_readings_are_anchored(gas_report, cold_chain, sensor_operator):
    """A log that has grown already: the first of its appends pay for the slots that it keeps."""
    certificate = sha256(b"calibration").digest()
    sensor = cold_chain.registerSensor(3_600, TODAY + 365, certificate, {"from": sensor_operator}).return_value
    brownie.chain.mine(timestamp=GENESIS + 100_000)

    def anchored(n):
        since = GENESIS + 100 + n * 600
        root = sha256(b"readings %d" % n).digest()
        return cold_chain.anchorReadings(sensor, since, since + 540, 10, root, {"from": sensor_operator})

    for n in range(MANY):
        anchored(n)
    measured = [_measured(anchored(n)) for n in range(MANY, 2 * MANY)]
    gas = sum(each.gas for each in measured)
    gas_report.record("supply.anchor_readings", Measurement(gas, sum(each.calldata_bytes for each in measured), MANY))
