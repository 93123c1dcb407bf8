"""A trial has so many sites that what concerns all of them still fits into a transaction, and no more."""

import brownie
import pytest
from trial_acts import REASON, send_slowly, store

from tests.helpers.refusals import refused
from tests.helpers.suite import ETHICS_BOARD, REGULATOR, SECOND_SITE, SITE, SPONSOR
from tests.helpers.supply import by, today
from tests.helpers.trials import ETHICS, TRIAL, Amended

MOST = 2_000
LARGEST_GAS = 16_777_216
"""That a transaction may use (EIP-7825)."""
OPENED, SITES = 69, 70
"""Slots of the opened sites, and of what is known of each, within a Trial (contracts/trials/TrialState.sol)."""
FIRST = 100
"""The number of the first of the sites that stand in storage alone."""
EACH = 8
"""Numbers of sites in a slot."""


def keccak(*words):
    return int.from_bytes(brownie.web3.keccak(b"".join(word.to_bytes(32, "big") for word in words)), "big")


START = keccak(TRIAL, 0)
"""Where the Trial stands: trials are the first mapping."""


@pytest.fixture(scope="module")
def approved(registered):
    """A trial that is approved, with both sites, of which none is open."""
    for site in (0, SITE, SECOND_SITE):
        registered.approve(site)
    return registered


def open_site(study, site):
    return study.trials.openSite(TRIAL, site, 10, by(SPONSOR))


def test_a_trial_has_no_more_than_so_many_sites(approved, trials):
    store(trials, START + OPENED, MOST - 1)
    open_site(approved, SITE)
    assert trials.trialOf(TRIAL)["sites"] == MOST
    assert trials.siteAt(TRIAL, MOST - 1) == SITE
    with refused("SitesTooMany", TRIAL, MOST):
        open_site(approved, SECOND_SITE)
    # One that was open before is opened again nevertheless.
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    open_site(approved, SITE)


@pytest.fixture
def most(approved, trials):
    """The trial with the most sites, all of them open; all but one stand in storage alone."""
    open_site(approved, SITE)
    word = brownie.web3.eth.get_storage_at(trials.address, keccak(SITE, START + SITES))
    for slot in range(MOST // EACH):
        numbers = (FIRST + slot * EACH + place for place in range(EACH))
        if slot == 0:
            numbers = (SITE, *list(numbers)[1:])
        packed = sum(number << 32 * place for place, number in enumerate(numbers))
        store(trials, keccak(START + OPENED) + slot, packed)
    for number in range(FIRST + 1, FIRST + MOST):
        store(trials, keccak(number, START + SITES), int.from_bytes(word, "big"))
    store(trials, START + OPENED, MOST)
    assert trials.siteAt(TRIAL, MOST - 1) == FIRST + MOST - 1
    assert trials.siteOf(TRIAL, FIRST + MOST - 1)["open"]
    return approved


@pytest.fixture
def at_once(most, trials, patient):
    """That this is done in one transaction, after which nobody is enrolled."""

    def at_once(call, *arguments):
        sent = send_slowly(call, TRIAL, *arguments)
        assert sent.status == 1
        assert sent.gas_used < LARGEST_GAS
        most.consent(patient)
        with refused("TrialStateInvalid", TRIAL, most.flags()):
            most.enrol_alone(1, patient)
        assert trials.trialOf(TRIAL)["sites"] == MOST

    return at_once


def test_a_trial_of_the_most_sites_is_held_in_one_transaction(most, trials, patient, at_once):
    at_once(trials.placeHold, REASON, by(REGULATOR))
    sent = send_slowly(trials.liftHold, TRIAL, REGULATOR, REASON, by(REGULATOR))
    assert sent.status == 1
    assert sent.gas_used < LARGEST_GAS
    most.enrol_alone(1, patient)


def test_a_trial_of_the_most_sites_is_completed_in_one_transaction(trials, at_once):
    at_once(trials.recordCompletion, today(), by(SPONSOR))


def test_a_trial_of_the_most_sites_loses_its_approval_in_one_transaction(trials, at_once):
    at_once(trials.withdrawApproval, 0, ETHICS, REASON, by(ETHICS_BOARD))


def test_a_trial_of_the_most_sites_is_amended_in_one_transaction(most, trials, patient):
    amended = Amended(effective_on=today(), reconsent=True)
    trials.proposeAmendment(TRIAL, amended.arguments(), by(SPONSOR))
    sent = send_slowly(trials.approveAmendment, TRIAL, amended.arguments(), REASON, by(ETHICS_BOARD))
    assert sent.status == 1
    assert sent.gas_used < LARGEST_GAS
    most.consent(patient)
    with refused("ConsentMissing", TRIAL, patient, 2, 0):
        most.enrol_alone(1, patient)
    most.enrol(1, patient)
