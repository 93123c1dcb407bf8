"""What trials cost. Calls, times and keys are fixed, so the figures never vary."""

from __future__ import annotations

import brownie
import pytest

from tests.gas.gas_report import Measurement
from tests.helpers.suite import SITE
from tests.helpers.trials import Design, Study, commitment

GENESIS = 3_141_592_653
"""Unix seconds from which everything here happens: dates stand in what is written."""
TODAY = GENESIS // 86_400
MANY = 64


@pytest.fixture
def study(suite, _isolate, trials, consents):
    brownie.chain.mine(timestamp=GENESIS)
    return Study(trials, consents)


def _measured(transaction, items=1):
    return Measurement(transaction.gas_used, len(bytes.fromhex(transaction.input[2:])), items)


def test_a_trial_is_registered(gas_report, study):
    gas_report.record("trial.register", _measured(study.register(Design(planned_completion=TODAY + 900))))


def test_a_participant_is_enrolled(gas_report, study, patient, other_patient):
    """The second: the first also pays for the day of the first enrolment, in a word that is written anyway."""
    study.start()
    study.enrol(1, patient, on=TODAY)
    gas_report.record("trial.enrol", _measured(study.enrol(2, other_patient, on=TODAY)))


def test_data_is_anchored(gas_report, study):
    """A log that has grown already: the first of its appends pay for the slots that it keeps."""
    study.start()
    brownie.chain.mine(timestamp=GENESIS + 100_000)

    def anchored(n):
        since = GENESIS + 100 + n * 600
        return study.trials.anchorData(
            study.trial, SITE, since, since + 540, 1_000, commitment(f"batch {n}"), {"from": brownie.accounts[33]}
        )

    for n in range(MANY):
        anchored(n)
    measured = [_measured(anchored(n)) for n in range(MANY, 2 * MANY)]
    gas = sum(each.gas for each in measured)
    gas_report.record("trial.anchor", Measurement(gas, sum(each.calldata_bytes for each in measured), MANY))
