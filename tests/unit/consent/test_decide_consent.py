"""The access decision: does the key speak for an organisation in standing, and does that have a consent?"""

import pytest

from tests.helpers.consents import ANY, STATUSES, USE
from tests.helpers.suite import CLINIC, HOSPITAL, LICENCE_EXPIRY, now, pass_time


@pytest.fixture
def decide(consents, patient):
    def decide(operator):
        status, grantee = consents.decide(operator, patient, ANY, *USE.arguments())
        return STATUSES[status], grantee

    return decide


def test_the_grantees_key_may(decide, hospital, granted):
    assert decide(hospital) == ("Permitted", HOSPITAL)


def test_another_organisations_key_may_not(decide, clinic, granted):
    assert decide(clinic) == ("NotGranted", CLINIC)


def test_a_key_that_speaks_for_none_may_not(decide, stranger, patient, granted):
    assert decide(stranger) == ("GranteeNotInStanding", 0)
    assert decide(patient) == ("GranteeNotInStanding", 0)


def test_a_revoked_consent_is_seen_at_once(decide, consents, patient, hospital, granted):
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert decide(hospital) == ("Revoked", HOSPITAL)


def test_a_suspended_grantee_may_not(decide, participants, supervisor, hospital, granted):
    participants.suspend(HOSPITAL, 1, bytes(32), {"from": supervisor})
    assert decide(hospital) == ("GranteeNotInStanding", 0)


def test_a_reinstated_one_may_again(decide, suite, participants, supervisor, hospital, granted):
    participants.suspend(HOSPITAL, 1, bytes(32), {"from": supervisor})
    suite.as_registrar(participants.reinstate, HOSPITAL, bytes(32))
    assert decide(hospital) == ("Permitted", HOSPITAL)


def test_a_withdrawn_one_may_not(decide, suite, participants, hospital, granted):
    suite.as_registrar(participants.withdraw, HOSPITAL, bytes(32))
    assert decide(hospital) == ("GranteeNotInStanding", 0)


def test_one_whose_licence_has_expired_may_not(decide, hospital, granted):
    pass_time(LICENCE_EXPIRY - now())
    assert decide(hospital) == ("GranteeNotInStanding", 0)


def test_a_removed_key_may_not(decide, participants, hospital, spare_key, granted):
    participants.proposeOperator(spare_key, hospital, {"from": hospital})
    participants.acceptOperator(HOSPITAL, {"from": spare_key})
    assert decide(hospital) == ("GranteeNotInStanding", 0)
    assert decide(spare_key) == ("Permitted", HOSPITAL)


def test_a_pause_leaves_recorded_consents_as_they_are(decide, hospital, granted, paused):
    assert decide(hospital) == ("Permitted", HOSPITAL)
