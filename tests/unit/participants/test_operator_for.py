"""Who speaks for an organisation that the caller names already: by its principal key, or by any other of its keys.

Whatever happens to keys, the three questions that name the organisation are answered as those that do not.
"""

import pytest

from carechain.roles import role_mask
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY, LICENCE_EXPIRY, PHARMACY, now, pass_time

UNKNOWN, GOOD, SUSPENDED, WITHDRAWN, LICENCE_EXPIRED, ROLE_MISSING = range(6)
PROVIDER = role_mask(["provider"])
LABORATORY_ROLE = role_mask(["laboratory"])
ALL_ROLES = (0, PROVIDER, LABORATORY_ROLE, PROVIDER | LABORATORY_ROLE, 1 << 31)
NOBODY = "0x" + "00" * 20
NONE = 99


@pytest.fixture
def agree(participants, hospital, laboratory, clinic, spare_key, stranger, new_key):
    """Asks about every key and organisation: the answers agree with `requireOperator` and `standingOfOperator`.

    The keys that speak for the hospital, in standing or not, are given, and must be these.
    """
    keys = (hospital, laboratory, clinic, spare_key, stranger, new_key, NOBODY)

    def agree(*speakers):
        for key in keys:
            organisation = participants.standingOfOperator(key, 0)[1]
            assert (organisation == HOSPITAL) is (key in speakers)
            for asked in (0, HOSPITAL, LABORATORY, CLINIC, NONE):
                assert participants.hasOperator(asked, key) is (organisation == asked != 0)
                for roles in ALL_ROLES:
                    standing = participants.standingOfOperator(key, roles)[0] if organisation == asked != 0 else UNKNOWN
                    if standing == GOOD:
                        held = participants.organisation(asked)[0]
                        assert participants.requireOperatorFor(asked, key, roles) == held
                        assert participants.requireHandover(asked, key, PHARMACY) == (held, role_mask(["pharmacy"]))
                        continue
                    with refused("OperatorNotInStanding", key, asked, standing):
                        participants.requireOperatorFor(asked, key, roles)
                    if roles == 0:
                        with refused("OperatorNotInStanding", key, asked, standing):
                            participants.requireHandover(asked, key, PHARMACY)

    return agree


@pytest.fixture
def add(participants, hospital):
    """Gives the hospital another key."""

    def add(key, replaces=NOBODY, by=hospital):
        participants.proposeOperator(key, replaces, {"from": by})
        participants.acceptOperator(HOSPITAL, {"from": key})

    return add


def test_the_first_key_speaks_and_nobody_elses_does(agree, hospital):
    agree(hospital)


def test_a_proposed_key_does_not_speak(agree, participants, hospital, spare_key):
    participants.proposeOperator(spare_key, hospital, {"from": hospital})
    agree(hospital)


def test_a_second_key_speaks_as_the_first_does(agree, add, hospital, spare_key):
    add(spare_key)
    agree(hospital, spare_key)


def test_a_key_that_replaces_the_first_speaks_in_its_place(agree, add, hospital, spare_key):
    add(spare_key, replaces=hospital)
    agree(spare_key)


def test_a_key_that_replaces_the_second_leaves_the_first_its_place(agree, add, hospital, spare_key, new_key):
    add(spare_key)
    add(new_key, replaces=spare_key)
    agree(hospital, new_key)


def test_when_the_first_key_is_removed_the_others_go_on_speaking(agree, add, participants, hospital, spare_key):
    add(spare_key)
    participants.removeOperator(hospital, {"from": spare_key})
    agree(spare_key)


def test_a_key_that_is_added_after_the_first_was_removed_speaks(agree, add, participants, hospital, spare_key, new_key):
    add(spare_key)
    participants.removeOperator(hospital, {"from": spare_key})
    add(new_key, by=spare_key)
    agree(spare_key, new_key)
    participants.removeOperator(new_key, {"from": spare_key})
    agree(spare_key)


def test_the_first_key_may_come_back_and_speaks_again(agree, add, participants, hospital, spare_key):
    add(spare_key)
    participants.removeOperator(hospital, {"from": spare_key})
    add(hospital, by=spare_key)
    agree(hospital, spare_key)
    participants.removeOperator(spare_key, {"from": hospital})
    agree(hospital)


def test_a_reset_voids_the_first_key_and_all_others(agree, add, suite, participants, hospital, spare_key, new_key):
    add(spare_key)
    suite.as_registrar(participants.resetOperators, HOSPITAL, new_key)
    agree(new_key)


def test_a_reset_may_keep_the_first_key(agree, add, suite, participants, hospital, spare_key):
    add(spare_key)
    suite.as_registrar(participants.resetOperators, HOSPITAL, hospital)
    agree(hospital)


def test_a_key_that_was_voided_speaks_for_another_organisation_alone(
    agree, suite, participants, hospital, clinic, new_key
):
    suite.as_registrar(participants.resetOperators, HOSPITAL, new_key)
    participants.proposeOperator(hospital, NOBODY, {"from": clinic})
    participants.acceptOperator(CLINIC, {"from": hospital})
    agree(new_key)
    assert participants.hasOperator(CLINIC, hospital)


def test_a_replaced_key_may_become_the_first_of_another_organisation(
    agree, add, suite, participants, hospital, spare_key
):
    add(spare_key, replaces=hospital)
    suite.as_registrar(participants.resetOperators, LABORATORY, hospital)
    agree(spare_key)
    assert participants.requireOperatorFor(LABORATORY, hospital, 0) == LABORATORY_ROLE


def test_suspended_it_speaks_and_may_not_act(agree, add, participants, supervisor, hospital, spare_key):
    add(spare_key)
    participants.suspend(HOSPITAL, 0, bytes(32), {"from": supervisor})
    agree(hospital, spare_key)


def test_reinstated_it_acts_again(agree, suite, participants, supervisor, hospital):
    participants.suspend(HOSPITAL, 0, bytes(32), {"from": supervisor})
    suite.as_registrar(participants.reinstate, HOSPITAL, bytes(32))
    agree(hospital)
    assert participants.requireOperatorFor(HOSPITAL, hospital, PROVIDER) & PROVIDER


def test_withdrawn_it_speaks_and_may_not_act(agree, suite, participants, hospital):
    suite.as_registrar(participants.withdraw, HOSPITAL, bytes(32))
    agree(hospital)


def test_an_amendment_changes_the_roles_and_not_who_speaks(agree, add, suite, participants, hospital, spare_key):
    add(spare_key)
    suite.as_registrar(participants.amend, HOSPITAL, LABORATORY_ROLE, LICENCE_EXPIRY, bytes(32))
    agree(hospital, spare_key)
    assert participants.requireOperatorFor(HOSPITAL, hospital, LABORATORY_ROLE) == LABORATORY_ROLE


def test_a_licence_counts_until_the_second_before_it_expires(participants, hospital):
    pass_time(LICENCE_EXPIRY - 1 - now())
    assert participants.requireOperatorFor(HOSPITAL, hospital, PROVIDER) & PROVIDER
    assert participants.requireHandover(HOSPITAL, hospital, PHARMACY)
    pass_time(1)
    with refused("OperatorNotInStanding", hospital, HOSPITAL, LICENCE_EXPIRED):
        participants.requireOperatorFor(HOSPITAL, hospital, PROVIDER)
    with refused("OperatorNotInStanding", hospital, HOSPITAL, LICENCE_EXPIRED):
        participants.requireHandover(HOSPITAL, hospital, PHARMACY)
    assert participants.hasOperator(HOSPITAL, hospital)


def test_nothing_is_handed_over_to_who_is_suspended(participants, supervisor, hospital):
    participants.suspend(PHARMACY, 0, bytes(32), {"from": supervisor})
    with refused("OrganisationNotInStanding", PHARMACY, SUSPENDED):
        participants.requireHandover(HOSPITAL, hospital, PHARMACY)


def test_nothing_is_handed_over_to_who_is_withdrawn(suite, participants, hospital):
    suite.as_registrar(participants.withdraw, PHARMACY, bytes(32))
    with refused("OrganisationNotInStanding", PHARMACY, WITHDRAWN):
        participants.requireHandover(HOSPITAL, hospital, PHARMACY)


def test_nothing_is_handed_over_to_who_has_no_licence_any_longer(suite, participants, hospital):
    expiry = now() + 10 * 86_400
    suite.as_registrar(participants.amend, PHARMACY, role_mask(["pharmacy"]), expiry, bytes(32))
    pass_time(expiry - 1 - now())
    assert participants.requireHandover(HOSPITAL, hospital, PHARMACY)
    pass_time(1)
    with refused("OrganisationNotInStanding", PHARMACY, LICENCE_EXPIRED):
        participants.requireHandover(HOSPITAL, hospital, PHARMACY)


@pytest.mark.parametrize("nobody", [0, NONE, 2**32 - 1])
def test_nothing_is_handed_over_to_nobody(participants, hospital, nobody):
    with refused("OrganisationNotInStanding", nobody, UNKNOWN):
        participants.requireHandover(HOSPITAL, hospital, nobody)


def test_who_hands_over_is_asked_before_who_takes(participants, supervisor, hospital, clinic):
    participants.suspend(PHARMACY, 0, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", clinic, HOSPITAL, UNKNOWN):
        participants.requireHandover(HOSPITAL, clinic, PHARMACY)


def test_nobody_acts_for_an_organisation_that_is_none(participants, stranger, hospital):
    for key in (stranger, hospital, NOBODY):
        for organisation in (0, NONE):
            with refused("OperatorNotInStanding", key, organisation, UNKNOWN):
                participants.requireOperatorFor(organisation, key, 0)
            with refused("OperatorNotInStanding", key, organisation, UNKNOWN):
                participants.requireHandover(organisation, key, PHARMACY)
