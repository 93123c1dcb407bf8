"""What claims cost. Calls, times and keys are fixed, so the figures never vary."""

from __future__ import annotations

import brownie
import pytest

from tests.gas.gas_report import Measurement
from tests.helpers.claims import LABORATORY_TEST, VISIT, Claim, Cover, Line, numbered

GENESIS = 3_141_592_653
"""Unix seconds from which everything here happens: dates stand in what is written."""
LINES = numbered(Line(LABORATORY_TEST, 6_000), Line(VISIT, 12_500))
"""What most claims of a practice are: a visit and a test."""


@pytest.fixture
def cover(suite, _isolate, claims, consents):
    brownie.chain.mine(timestamp=GENESIS)
    return Cover(claims, consents).open()


def _measured(transaction, items=1):
    return Measurement(transaction.gas_used, len(bytes.fromhex(transaction.input[2:])), items)


def test_a_claim_is_settled(gas_report, cover, patient):
    """Two lines in two categories. The account and the member have had claims before: the mean of sixteen, since how much an
    append to the log writes depends on its place."""
    cover.enrol(patient)

    def settled(n):
        return cover.submit(Claim(patient, LINES).earlier(n))

    for n in range(16):
        settled(n)
    measured = [_measured(settled(n)) for n in range(16, 32)]
    gas = sum(each.gas for each in measured)
    gas_report.record("claims.settle", Measurement(gas, sum(each.calldata_bytes for each in measured), len(measured)))
