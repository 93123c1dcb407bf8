"""Every answer to "may it act?", for an organisation and for its key, and which of several reasons is told."""

import pytest

from carechain.roles import role_mask
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, LICENCE_EXPIRY, now, pass_time

UNKNOWN, GOOD, SUSPENDED, WITHDRAWN, LICENCE_EXPIRED, ROLE_MISSING = range(6)
PROVIDER = role_mask(["provider"])
PHARMACY = role_mask(["pharmacy"])


@pytest.fixture
def standing(participants, hospital):
    """The hospital's standing, which must be the same by its number and by its key."""

    def standing(roles=PROVIDER):
        answer = participants.standingOf(HOSPITAL, roles)
        assert participants.standingOfOperator(hospital, roles) == (answer, HOSPITAL)
        return answer

    return standing


def test_good(standing, participants, hospital):
    assert standing() == GOOD
    assert participants.requireOperator(hospital, PROVIDER) == HOSPITAL


def test_role_missing(standing):
    assert standing(PHARMACY) == ROLE_MISSING


def test_a_licence_counts_until_the_second_before_it_expires(standing):
    pass_time(LICENCE_EXPIRY - 1 - now())
    assert standing() == GOOD
    pass_time(1)
    assert standing() == LICENCE_EXPIRED


def test_suspended_is_told_before_an_expired_licence(standing, participants, supervisor):
    participants.suspend(HOSPITAL, 0, bytes(32), {"from": supervisor})
    pass_time(LICENCE_EXPIRY - now())
    assert standing() == SUSPENDED


def test_an_expired_licence_is_told_before_a_missing_role(standing):
    pass_time(LICENCE_EXPIRY - now())
    assert standing(PHARMACY) == LICENCE_EXPIRED


def test_withdrawn(standing, suite, participants):
    suite.as_registrar(participants.withdraw, HOSPITAL, bytes(32))
    assert standing() == WITHDRAWN


def test_unknown(participants, stranger):
    assert participants.standingOf(0, 0) == UNKNOWN
    assert participants.standingOf(99, 0) == UNKNOWN
    assert participants.standingOfOperator(stranger, 0) == (UNKNOWN, 0)
    assert participants.standingOfOperator("0x" + "00" * 20, 0) == (UNKNOWN, 0)


def test_a_role_that_means_nothing_is_held_by_nobody(standing):
    assert standing(1 << 31) == ROLE_MISSING


@pytest.mark.parametrize("reason", [SUSPENDED])
def test_a_refused_operator_is_told_why(participants, supervisor, hospital, reason):
    participants.suspend(HOSPITAL, 0, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", hospital, HOSPITAL, reason):
        participants.requireOperator(hospital, PROVIDER)
