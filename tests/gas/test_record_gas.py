"""What logs cost: the bare one, and those of records. Calls and times are fixed, so the figures never vary."""

from __future__ import annotations

from hashlib import sha256

import brownie
import pytest

from carechain.data_categories import class_bit
from tests.gas.gas_report import Measurement
from tests.helpers.suite import compiled

GENESIS = 3_141_592_653
"""Unix seconds from which everything here happens: an entry holds the time of its block."""
MANY = 64
"""Appends from an empty log, after which it has held a peak of every height up to 6."""
CONDITION = class_bit("Condition")


@pytest.fixture(autouse=True)
def _fixed_time(fn_isolation):
    brownie.chain.mine(timestamp=GENESIS)


@pytest.fixture
def probe(deployer, _fixed_time):
    return compiled("MerkleLogProbe").deploy({"from": deployer})


def _root(index):
    return sha256(b"batch %d" % index).digest()


def _mean(transactions):
    """What one of them costs on average."""
    transactions = list(transactions)
    calldata = sum(len(bytes.fromhex(transaction.input[2:])) for transaction in transactions)
    return Measurement(sum(transaction.gas_used for transaction in transactions), calldata, len(transactions))


def test_appends_to_a_bare_log(gas_report, probe, stranger):
    gas_report.record("log.append", _mean(probe.append(_root(n), {"from": stranger}) for n in range(MANY)))


def test_a_hundred_appends_together(gas_report, probe, stranger):
    probe.append(_root(0), {"from": stranger})
    together = probe.appendMany([_root(n) for n in range(1, 101)], {"from": stranger})
    calldata = len(bytes.fromhex(together.input[2:]))
    gas_report.record("log.append_many100", Measurement(together.gas_used, calldata, 100))


def test_anchored_records(gas_report, records, patient, hospital):
    gas_report.record(
        "records.anchor",
        _mean(records.anchorRecords(patient, CONDITION, 1, _root(n), {"from": hospital}) for n in range(MANY)),
    )


def test_logged_disclosures(gas_report, records, patient, hospital):
    gas_report.record(
        "records.log_disclosure",
        _mean(records.logDisclosures(patient, 1, 0, 0, _root(n), {"from": hospital}) for n in range(MANY)),
    )
