"""An organisation keeps its keys: proposed, accepted, replaced, removed."""

import pytest

from carechain.roles import role_mask
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY

UNKNOWN, GOOD = 0, 1
NOBODY = "0x" + "00" * 20


@pytest.fixture
def added(participants, hospital, spare_key):
    """The hospital has a second key."""
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    return participants.acceptOperator(HOSPITAL, {"from": spare_key})


def test_a_proposed_key_speaks_for_nobody_until_it_accepts(participants, hospital, spare_key):
    proposed = participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    assert participants.standingOfOperator(spare_key, 0) == (UNKNOWN, 0)
    assert dict(proposed.events["OperatorProposed"]) == {
        "organisation": HOSPITAL,
        "operator": spare_key,
        "replaces": NOBODY,
        "proposedBy": hospital,
    }


def test_accepted_it_speaks_beside_the_first(participants, hospital, spare_key, added):
    assert participants.standingOfOperator(spare_key, 0) == (GOOD, HOSPITAL)
    assert participants.standingOfOperator(hospital, 0) == (GOOD, HOSPITAL)
    assert participants.organisation(HOSPITAL)[4] == 2
    assert dict(added.events["OperatorAdded"]) == {"organisation": HOSPITAL, "operator": spare_key}


def test_a_key_is_rotated_in_two_steps(participants, hospital, spare_key):
    participants.proposeOperator(spare_key, hospital, {"from": hospital})
    rotated = participants.acceptOperator(HOSPITAL, {"from": spare_key})
    assert participants.standingOfOperator(hospital, 0) == (UNKNOWN, 0)
    assert participants.standingOfOperator(spare_key, 0) == (GOOD, HOSPITAL)
    assert participants.organisation(HOSPITAL)[4] == 1
    assert dict(rotated.events["OperatorRemoved"]) == {"organisation": HOSPITAL, "operator": hospital}


def test_nobody_accepts_what_was_not_proposed(participants, stranger):
    with refused("OperatorNotProposed", stranger, HOSPITAL):
        participants.acceptOperator(HOSPITAL, {"from": stranger})


def test_a_proposal_is_for_one_organisation(participants, hospital, spare_key):
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    with refused("OperatorNotProposed", spare_key, CLINIC):
        participants.acceptOperator(CLINIC, {"from": spare_key})


def test_a_proposal_is_accepted_once(participants, hospital, spare_key, added):
    participants.removeOperator(spare_key, {"from": hospital})
    with refused("OperatorNotProposed", spare_key, HOSPITAL):
        participants.acceptOperator(HOSPITAL, {"from": spare_key})


def test_what_a_removed_key_proposed_is_void(participants, hospital, spare_key, stranger, added):
    participants.proposeOperator(stranger, NOBODY, {"from": spare_key})
    participants.removeOperator(spare_key, {"from": hospital})
    with refused("OperatorNotProposed", stranger, HOSPITAL):
        participants.acceptOperator(HOSPITAL, {"from": stranger})


def test_what_a_removed_key_proposed_stays_void_when_it_is_added_again(
    participants, hospital, spare_key, stranger, added
):
    participants.proposeOperator(stranger, NOBODY, {"from": spare_key})
    participants.removeOperator(spare_key, {"from": hospital})
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    participants.acceptOperator(HOSPITAL, {"from": spare_key})
    with refused("OperatorNotProposed", stranger, HOSPITAL):
        participants.acceptOperator(HOSPITAL, {"from": stranger})


def test_a_proposal_can_be_taken_back(participants, hospital, spare_key, stranger, added):
    participants.proposeOperator(stranger, NOBODY, {"from": hospital})
    cancelled = participants.cancelProposal(stranger, {"from": spare_key})
    assert dict(cancelled.events["OperatorProposalCancelled"]) == {
        "organisation": HOSPITAL,
        "operator": stranger,
        "cancelledBy": spare_key,
    }
    with refused("OperatorNotProposed", stranger, HOSPITAL):
        participants.acceptOperator(HOSPITAL, {"from": stranger})


def test_what_was_not_proposed_cannot_be_taken_back(participants, hospital, clinic, spare_key):
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    with refused("OperatorNotProposed", spare_key, CLINIC):
        participants.cancelProposal(spare_key, {"from": clinic})


def test_a_stranger_takes_nothing_back(participants, hospital, spare_key, stranger):
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    with refused("OperatorUnknown", stranger):
        participants.cancelProposal(spare_key, {"from": stranger})


def test_a_key_that_speaks_already_cannot_accept(participants, hospital, clinic):
    participants.proposeOperator(clinic, NOBODY, {"from": hospital})
    with refused("OperatorTaken", clinic, CLINIC):
        participants.acceptOperator(HOSPITAL, {"from": clinic})


def test_a_key_to_be_replaced_that_is_gone_already_does_not_matter(participants, hospital, spare_key, stranger, added):
    participants.proposeOperator(stranger, spare_key, {"from": hospital})
    participants.removeOperator(spare_key, {"from": hospital})
    participants.acceptOperator(HOSPITAL, {"from": stranger})
    assert participants.standingOfOperator(stranger, 0) == (GOOD, HOSPITAL)
    assert participants.organisation(HOSPITAL)[4] == 2


def test_a_stranger_proposes_nobody(participants, stranger, spare_key):
    with refused("OperatorUnknown", stranger):
        participants.proposeOperator(spare_key, NOBODY, {"from": stranger})


def test_nobody_is_not_proposed(participants, hospital):
    with refused("OperatorZero"):
        participants.proposeOperator(NOBODY, NOBODY, {"from": hospital})


def test_another_organisations_key_is_not_replaced(participants, hospital, clinic, spare_key):
    with refused("OperatorUnknown", clinic):
        participants.proposeOperator(spare_key, clinic, {"from": hospital})


def test_a_key_removes_another_of_its_organisation(participants, hospital, spare_key, added):
    removed = participants.removeOperator(spare_key, {"from": hospital})
    assert participants.standingOfOperator(spare_key, 0) == (UNKNOWN, 0)
    assert participants.organisation(HOSPITAL)[4] == 1
    assert dict(removed.events["OperatorRemoved"]) == {"organisation": HOSPITAL, "operator": spare_key}


def test_a_key_removes_itself(participants, hospital, spare_key, added):
    participants.removeOperator(hospital, {"from": hospital})
    assert participants.standingOfOperator(hospital, 0) == (UNKNOWN, 0)
    assert participants.standingOfOperator(spare_key, 0) == (GOOD, HOSPITAL)


def test_the_last_key_is_not_removed(participants, hospital):
    with refused("OperatorIsLast", hospital, HOSPITAL):
        participants.removeOperator(hospital, {"from": hospital})


def test_nobody_removes_another_organisations_key(participants, hospital, clinic, stranger):
    with refused("OperatorUnknown", clinic):
        participants.removeOperator(clinic, {"from": hospital})
    with refused("OperatorUnknown", stranger):
        participants.removeOperator(hospital, {"from": stranger})


def test_a_suspended_organisation_still_rotates_its_keys(participants, supervisor, hospital, spare_key):
    participants.suspend(HOSPITAL, 2, bytes(32), {"from": supervisor})
    participants.proposeOperator(spare_key, hospital, {"from": hospital})
    participants.acceptOperator(HOSPITAL, {"from": spare_key})
    assert participants.standingOfOperator(hospital, 0) == (UNKNOWN, 0)


def test_a_withdrawn_organisation_gets_no_key(suite, participants, hospital, spare_key):
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    suite.as_registrar(participants.withdraw, HOSPITAL, bytes(32))
    with refused("OrganisationStateInvalid", HOSPITAL, 2):
        participants.acceptOperator(HOSPITAL, {"from": spare_key})


def test_one_of_the_roles_asked_for_suffices(participants, laboratory):
    assert participants.requireOperator(laboratory, role_mask(["provider", "laboratory"])) == LABORATORY


def test_asked_for_no_role_standing_alone_counts(participants, laboratory):
    assert participants.requireOperator(laboratory, 0) == LABORATORY


def test_a_missing_role_is_named(participants, laboratory):
    with refused("OperatorNotInStanding", laboratory, LABORATORY, 5):
        participants.requireOperator(laboratory, role_mask(["provider"]))


def test_a_key_that_speaks_for_none_is_named(participants, stranger):
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        participants.requireOperator(stranger, 0)
