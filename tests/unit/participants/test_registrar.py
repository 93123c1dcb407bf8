"""What the registrar and the supervisor decide: with what delay, and what follows from it."""

import pytest

from carechain.governance import DAY
from carechain.roles import role_mask
from tests.helpers.refusals import NOW, refused
from tests.helpers.suite import FOUNDERS, HOSPITAL, LICENCE_EXPIRY, now, pass_time

UNKNOWN, GOOD, SUSPENDED, WITHDRAWN, LICENCE_EXPIRED, ROLE_MISSING = range(6)
ACCREDITED_STATE, SUSPENDED_STATE, WITHDRAWN_STATE = range(3)
PROVIDER = role_mask(["provider"])
LICENCE = b"LICENCE-77".ljust(32, b"\0")
EVIDENCE = bytes(range(32))
NOBODY = "0x" + "00" * 20
NEXT = len(FOUNDERS) + 1


@pytest.fixture
def pharmacy(suite, participants, spare_key):
    """A pharmacy accredited after the hand-over; spare_key operates it. The transaction."""
    arguments = ("Corner Pharmacy", role_mask(["pharmacy"]), LICENCE_EXPIRY, LICENCE, spare_key)
    return suite.as_registrar(participants.accredit, *arguments)


def test_the_registrar_accredits(participants, spare_key, pharmacy):
    assert pharmacy.return_value == NEXT
    assert participants.organisationCount() == NEXT
    roles, expiry, accredited_at, state, operators, licence = participants.organisation(NEXT)
    assert (roles, expiry, accredited_at) == (role_mask(["pharmacy"]), LICENCE_EXPIRY, pharmacy.timestamp)
    assert (state, operators, licence) == (ACCREDITED_STATE, 1, "0x" + LICENCE.hex())
    assert participants.standingOfOperator(spare_key, role_mask(["pharmacy"])) == (GOOD, NEXT)


def test_an_accreditation_is_told(pharmacy, spare_key):
    assert dict(pharmacy.events["OrganisationAccredited"]) == {
        "organisation": NEXT,
        "roles": role_mask(["pharmacy"]),
        "licenceExpiry": LICENCE_EXPIRY,
        "licence": "0x" + LICENCE.hex(),
        "name": "Corner Pharmacy",
    }
    assert dict(pharmacy.events["OperatorAdded"]) == {"organisation": NEXT, "operator": spare_key}


def test_unscheduled_the_registrar_decides_nothing(manager, participants, registrar, spare_key):
    arguments = ("x", PROVIDER, LICENCE_EXPIRY, LICENCE, spare_key)
    operation = manager.hashOperation(registrar, participants, participants.accredit.encode_input(*arguments))
    with refused("AccessManagerNotScheduled", operation):
        participants.accredit(*arguments, {"from": registrar})


def test_before_its_delay_is_over_the_registrar_decides_nothing(manager, participants, registrar):
    data = participants.withdraw.encode_input(HOSPITAL, EVIDENCE)
    manager.schedule(participants, data, now() + DAY + 100, {"from": registrar})
    pass_time(DAY)
    with refused("AccessManagerNotReady", manager.hashOperation(registrar, participants, data)):
        participants.withdraw(HOSPITAL, EVIDENCE, {"from": registrar})


def test_no_schedule_is_shorter_than_the_delay(manager, participants, registrar):
    data = participants.withdraw.encode_input(HOSPITAL, EVIDENCE)
    selector = bytes.fromhex(participants.withdraw.signature[2:])
    with refused("AccessManagerUnauthorizedCall", registrar, participants, selector):
        manager.schedule(participants, data, now() + DAY - 100, {"from": registrar})


def test_the_guardian_cancels_what_the_registrar_has_scheduled(suite, manager, participants, registrar, guardian):
    suite.schedule(participants.withdraw, HOSPITAL, EVIDENCE)
    data = participants.withdraw.encode_input(HOSPITAL, EVIDENCE)
    manager.cancel(registrar, participants, data, {"from": guardian})
    with refused("AccessManagerNotScheduled", manager.hashOperation(registrar, participants, data)):
        participants.withdraw(HOSPITAL, EVIDENCE, {"from": registrar})
    assert participants.standingOf(HOSPITAL, 0) == GOOD


def test_a_scheduled_decision_is_made_once(suite, manager, participants, registrar):
    suite.as_registrar(participants.amend, HOSPITAL, PROVIDER, LICENCE_EXPIRY, LICENCE)
    data = participants.amend.encode_input(HOSPITAL, PROVIDER, LICENCE_EXPIRY, LICENCE)
    with refused("AccessManagerNotScheduled", manager.hashOperation(registrar, participants, data)):
        participants.amend(HOSPITAL, PROVIDER, LICENCE_EXPIRY, LICENCE, {"from": registrar})


@pytest.mark.parametrize("roles", [0, 1 << 21, PROVIDER | 1 << 31])
def test_roles_that_are_none_or_mean_nothing_are_refused(suite, participants, spare_key, roles):
    with refused("RolesInvalid", roles):
        suite.as_registrar(participants.accredit, "x", roles, LICENCE_EXPIRY, LICENCE, spare_key)
    with refused("RolesInvalid", roles):
        suite.as_registrar(participants.amend, HOSPITAL, roles, LICENCE_EXPIRY, LICENCE)


def test_every_role_at_once_is_taken(suite, participants):
    suite.as_registrar(participants.amend, HOSPITAL, (1 << 21) - 1, LICENCE_EXPIRY, LICENCE)
    for bit in range(21):
        assert participants.standingOf(HOSPITAL, 1 << bit) == GOOD


def test_a_licence_that_has_expired_already_is_refused(suite, participants, spare_key):
    expired = now()
    with refused("LicenceExpiryPast", expired, NOW):
        suite.as_registrar(participants.accredit, "x", PROVIDER, expired, LICENCE, spare_key)
    with refused("LicenceExpiryPast", expired, NOW):
        suite.as_registrar(participants.amend, HOSPITAL, PROVIDER, expired, LICENCE)


def test_nobody_operates_nothing(suite, participants):
    with refused("OperatorZero"):
        suite.as_registrar(participants.accredit, "x", PROVIDER, LICENCE_EXPIRY, LICENCE, NOBODY)
    with refused("OperatorZero"):
        suite.as_registrar(participants.resetOperators, HOSPITAL, NOBODY)


def test_a_key_speaks_for_one_organisation(suite, participants, hospital):
    with refused("OperatorTaken", hospital, HOSPITAL):
        suite.as_registrar(participants.accredit, "x", PROVIDER, LICENCE_EXPIRY, LICENCE, hospital)


def test_an_amendment_sets_roles_and_licence_and_leaves_the_rest(suite, participants, hospital):
    before = participants.organisation(HOSPITAL)
    amended = suite.as_registrar(participants.amend, HOSPITAL, role_mask(["payer"]), LICENCE_EXPIRY - 1, LICENCE)
    after = participants.organisation(HOSPITAL)
    assert after == (role_mask(["payer"]), LICENCE_EXPIRY - 1, before[2], before[3], before[4], "0x" + LICENCE.hex())
    assert participants.standingOfOperator(hospital, PROVIDER) == (ROLE_MISSING, HOSPITAL)
    assert dict(amended.events["OrganisationAmended"]) == {
        "organisation": HOSPITAL,
        "roles": role_mask(["payer"]),
        "licenceExpiry": LICENCE_EXPIRY - 1,
        "licence": "0x" + LICENCE.hex(),
    }


def test_an_amendment_does_not_end_a_suspension(suite, participants, supervisor):
    participants.suspend(HOSPITAL, 0, EVIDENCE, {"from": supervisor})
    suite.as_registrar(participants.amend, HOSPITAL, PROVIDER, LICENCE_EXPIRY, LICENCE)
    assert participants.standingOf(HOSPITAL, PROVIDER) == SUSPENDED


@pytest.mark.parametrize("reason", range(5))
def test_the_supervisor_suspends_at_once_with_a_reason(participants, supervisor, hospital, reason):
    suspended = participants.suspend(HOSPITAL, reason, EVIDENCE, {"from": supervisor})
    assert participants.standingOf(HOSPITAL, PROVIDER) == SUSPENDED
    assert participants.standingOfOperator(hospital, PROVIDER) == (SUSPENDED, HOSPITAL)
    assert participants.organisation(HOSPITAL)[3] == SUSPENDED_STATE
    assert dict(suspended.events["OrganisationSuspended"]) == {
        "organisation": HOSPITAL,
        "reason": reason,
        "evidence": "0x" + EVIDENCE.hex(),
    }


def test_what_is_suspended_is_not_suspended_again(participants, supervisor):
    participants.suspend(HOSPITAL, 0, EVIDENCE, {"from": supervisor})
    with refused("OrganisationStateInvalid", HOSPITAL, SUSPENDED_STATE):
        participants.suspend(HOSPITAL, 0, EVIDENCE, {"from": supervisor})


def test_the_registrar_reinstates(suite, participants, supervisor):
    participants.suspend(HOSPITAL, 0, EVIDENCE, {"from": supervisor})
    reinstated = suite.as_registrar(participants.reinstate, HOSPITAL, EVIDENCE)
    assert participants.standingOf(HOSPITAL, PROVIDER) == GOOD
    assert dict(reinstated.events["OrganisationReinstated"]) == {
        "organisation": HOSPITAL,
        "evidence": "0x" + EVIDENCE.hex(),
    }


def test_what_is_not_suspended_cannot_be_reinstated(suite, participants):
    with refused("OrganisationStateInvalid", HOSPITAL, ACCREDITED_STATE):
        suite.as_registrar(participants.reinstate, HOSPITAL, EVIDENCE)


def test_a_withdrawal_is_for_good(suite, participants, supervisor, hospital, spare_key):
    withdrawn = suite.as_registrar(participants.withdraw, HOSPITAL, EVIDENCE)
    assert participants.standingOf(HOSPITAL, PROVIDER) == WITHDRAWN
    assert participants.standingOfOperator(hospital, 0) == (WITHDRAWN, HOSPITAL)
    assert dict(withdrawn.events["OrganisationWithdrawn"]) == {
        "organisation": HOSPITAL,
        "evidence": "0x" + EVIDENCE.hex(),
    }
    for call, *arguments in (
        (participants.withdraw, HOSPITAL, EVIDENCE),
        (participants.reinstate, HOSPITAL, EVIDENCE),
        (participants.amend, HOSPITAL, PROVIDER, LICENCE_EXPIRY, LICENCE),
        (participants.resetOperators, HOSPITAL, spare_key),
    ):
        with refused("OrganisationStateInvalid", HOSPITAL, WITHDRAWN_STATE):
            suite.as_registrar(call, *arguments)
    with refused("OrganisationStateInvalid", HOSPITAL, WITHDRAWN_STATE):
        participants.suspend(HOSPITAL, 0, EVIDENCE, {"from": supervisor})
    with refused("OrganisationStateInvalid", HOSPITAL, WITHDRAWN_STATE):
        participants.proposeOperator(spare_key, NOBODY, {"from": hospital})


def test_a_suspended_organisation_can_be_withdrawn(suite, participants, supervisor):
    participants.suspend(HOSPITAL, 0, EVIDENCE, {"from": supervisor})
    suite.as_registrar(participants.withdraw, HOSPITAL, EVIDENCE)
    assert participants.standingOf(HOSPITAL, 0) == WITHDRAWN


@pytest.mark.parametrize("organisation", [0, NEXT, 2**32 - 1])
def test_an_organisation_that_never_was_is_unknown(suite, participants, supervisor, spare_key, organisation):
    for call, *arguments in (
        (participants.withdraw, organisation, EVIDENCE),
        (participants.reinstate, organisation, EVIDENCE),
        (participants.amend, organisation, PROVIDER, LICENCE_EXPIRY, LICENCE),
        (participants.resetOperators, organisation, spare_key),
    ):
        with refused("OrganisationUnknown", organisation):
            suite.as_registrar(call, *arguments)
    with refused("OrganisationUnknown", organisation):
        participants.suspend(organisation, 0, EVIDENCE, {"from": supervisor})
    with refused("OrganisationUnknown", organisation):
        participants.organisation(organisation)
    with refused("OrganisationUnknown", organisation):
        participants.acceptOperator(organisation, {"from": spare_key})
    assert participants.standingOf(organisation, 0) == UNKNOWN


def test_a_reset_voids_every_key_and_proposal(suite, participants, hospital, spare_key, stranger):
    participants.proposeOperator(stranger, NOBODY, {"from": hospital})
    reset = suite.as_registrar(participants.resetOperators, HOSPITAL, spare_key)
    assert participants.standingOfOperator(hospital, 0) == (UNKNOWN, 0)
    assert participants.standingOfOperator(spare_key, 0) == (GOOD, HOSPITAL)
    assert participants.organisation(HOSPITAL)[4] == 1
    assert dict(reset.events["OperatorsReset"]) == {"organisation": HOSPITAL, "operator": spare_key, "generation": 1}
    with refused("OperatorNotProposed", stranger, HOSPITAL):
        participants.acceptOperator(HOSPITAL, {"from": stranger})


def test_a_reset_may_name_a_key_that_it_voids(suite, participants, hospital):
    suite.as_registrar(participants.resetOperators, HOSPITAL, hospital)
    assert participants.standingOfOperator(hospital, 0) == (GOOD, HOSPITAL)


def test_a_voided_key_is_free_for_another_organisation(suite, participants, hospital, spare_key):
    suite.as_registrar(participants.resetOperators, HOSPITAL, spare_key)
    suite.as_registrar(participants.accredit, "x", PROVIDER, LICENCE_EXPIRY, LICENCE, hospital)
    assert participants.standingOfOperator(hospital, 0) == (GOOD, NEXT)
