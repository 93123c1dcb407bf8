"""What many tests of the registry start from."""

import pytest

from tests.helpers.consents import ANY, DOCUMENT, TERMS
from tests.helpers.recovery import recover
from tests.helpers.suite import HOSPITAL, now


@pytest.fixture
def granted(consents, patient):
    """The patient has granted the hospital the usual terms. When."""
    return consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient}).timestamp


@pytest.fixture
def appointed(consents, patient, representative):
    """A carer acts for the patient for a year. Until when."""
    until = now() + 365 * 86_400
    consents.appointRepresentative(representative, 2, until, {"from": patient})
    return until


@pytest.fixture
def paused(consents, guardian):
    """The guardian has paused relaying."""
    consents.pauseRelaying({"from": guardian})


@pytest.fixture
def retired(consents, patient, recovery_guardian, new_key):
    """The patient's key was replaced by a recovery. The new key."""
    recover(consents, patient, [recovery_guardian], new_key)
    return new_key
