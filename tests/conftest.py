"""The suite, deployed by the product's own script, and everybody who acts in the tests, by role."""

from __future__ import annotations

import gc

import pytest

from carechain.supply.words import interval_of
from tests.helpers.eip712 import Domain
from tests.helpers.suite import FOUNDERS, Suite
from tests.helpers.supply import Trade


@pytest.fixture(scope="module")
def suite(module_isolation, tmp_path_factory):
    """Everything deployed, configured, founded and handed over."""
    suite = Suite.deployed(tmp_path_factory.mktemp("suite"))
    # Brownie collects garbage after each test, and most of that time is for objects that live as long as the run.
    gc.freeze()
    return suite


@pytest.fixture(autouse=True)
def _isolate(request):
    """Whoever uses the suite finds it as it was deployed."""
    if "suite" in request.fixturenames:
        request.getfixturevalue("suite")
        request.getfixturevalue("fn_isolation")


@pytest.fixture(scope="module")
def manager(suite):
    return suite.manager


@pytest.fixture(scope="module")
def participants(suite):
    return suite.participants


@pytest.fixture(scope="module")
def consents(suite):
    return suite.consents


@pytest.fixture(scope="module")
def emergencies(suite):
    return suite.emergencies


@pytest.fixture(scope="module")
def records(suite):
    return suite.records


@pytest.fixture(scope="module")
def supply(suite):
    return suite.supply


@pytest.fixture(scope="module")
def cold_chain(suite):
    return suite.cold_chain


@pytest.fixture(scope="module")
def trials(suite):
    return suite.trials


@pytest.fixture(scope="module")
def claims(suite):
    return suite.claims


@pytest.fixture(scope="module")
def trade(supply):
    """The trade in a product that is authorised, and stored at 2 to 8 degrees."""
    trade = Trade(supply)
    trade.authorise()
    return trade


@pytest.fixture(scope="module")
def lot(trade):
    """A lot of a hundred units, released, in its manufacturer's hands."""
    return trade.register()


@pytest.fixture(scope="module")
def whole(lot):
    """All of the lot, as one interval."""
    return interval_of(lot, 0)


@pytest.fixture(scope="module")
def domain(consents):
    """The EIP-712 domain, as the registry states it."""
    return Domain.of(consents)


def _account(index: int):
    @pytest.fixture(scope="session")
    def account(accounts):
        return accounts[index]

    return account


# Governance, as scripts.deploy.local_governance has it.
deployer = _account(0)
admin = _account(1)
registrar = _account(2)
supervisor = _account(3)
guardian = _account(4)

# Operator keys of the founders.
hospital, laboratory, clinic, auditor, relayer, *_supply = (_account(key) for _, _, key in FOUNDERS)
manufacturer, repackager, wholesaler, pharmacy, carrier, processor, inspector, regulator, *_supply = _supply
sensor_operator, second_wholesaler, second_pharmacy, second_carrier, *_trials = _supply
sponsor, site, second_site, ethics_board, safety_board, second_regulator, *_claims = _trials
payer, second_payer, reviewer, second_reviewer, external_reviewer, second_provider = _claims

# Patients and those around them.
patient = _account(10)
other_patient = _account(11)
representative = _account(12)
recovery_guardian = _account(13)
second_recovery_guardian = _account(14)
third_recovery_guardian = _account(15)
new_key = _account(16)
second_new_key = _account(17)
stranger = _account(18)
spare_key = _account(19)
