"""A sponsor opens the sites that are approved, says how many participants each may have, and closes them."""

import pytest
from brownie.exceptions import VirtualMachineError
from trial_acts import NOT_A_TRIAL, REASON, ZERO, accredit_as, suspend, told

from tests.helpers.refusals import refused
from tests.helpers.suite import (
    ETHICS_BOARD,
    HOSPITAL,
    REGULATOR,
    SAFETY_BOARD,
    SECOND_REGULATOR,
    SECOND_SITE,
    SITE,
    SPONSOR,
)
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, roles_of, today
from tests.helpers.trials import ETHICS, REGULATORY, TRIAL, commitment

CAP = 100


@pytest.fixture(scope="module")
def approved(registered, trials):
    """A trial that is approved, with both sites, of which none is open."""
    for site in (0, SITE, SECOND_SITE):
        registered.approve(site)
    return registered


@pytest.fixture
def open_site(approved, trials):
    def open_site(site=SITE, allotment=40, trial=TRIAL):
        return trials.openSite(trial, site, allotment, by(SPONSOR))

    return open_site


@pytest.fixture
def allot(approved, trials):
    def allot(allotment, site=SITE):
        return trials.changeAllotment(TRIAL, site, allotment, by(SPONSOR))

    return allot


def site_view(trials, site=SITE):
    view = trials.siteOf(TRIAL, site)
    return view["open"], view["enrolled"], view["allotment"]


# ---------------------------------------------------------------------- opened


def test_a_sponsor_opens_the_sites_that_are_approved(approved, trials, open_site):
    for number, (site, allotment) in enumerate(((SECOND_SITE, 0), (SITE, 40))):
        told(approved, open_site(site, allotment), "SiteOpened", SPONSOR, site, allotment)
        assert trials.siteAt(TRIAL, number) == site
        assert site_view(trials, site) == (True, 0, allotment)
        assert trials.trialOf(TRIAL)["sites"] == number + 1
        assert trials.trialOf(TRIAL)["allotted"] == allotment
    with pytest.raises(VirtualMachineError, match="Index out of range"):
        trials.siteAt(TRIAL, 2)
    with refused("SiteIsOpen", TRIAL, SITE):
        open_site(SITE, 40)


@pytest.mark.parametrize(("authority", "by_both"), [(0, False), (1, False), (0, True)])
def test_a_site_without_both_approvals_is_not_opened(approved, trials, open_site, authority, by_both):
    organisations = (ETHICS_BOARD, trials.siteOf(TRIAL, SITE)["regulator"])
    for each in {authority, 1} if by_both else {authority}:
        trials.withdrawApproval(TRIAL, SITE, each, REASON, by(organisations[each]))
    with refused("SiteNotOpen", TRIAL, SITE):
        open_site()


def test_the_trial_itself_is_no_site(open_site, allot, trials):
    with refused("SiteNotOpen", TRIAL, 0):
        open_site(0)
    with refused("SiteNotOpen", TRIAL, 0):
        allot(1, 0)
    with refused("SiteNotOpen", TRIAL, 0):
        trials.closeSite(TRIAL, 0, REASON, by(SPONSOR))


def test_a_site_is_an_investigator_site_in_standing(suite, approved, open_site):
    approved.approve(SAFETY_BOARD)
    with refused("OrganisationNotInStanding", SAFETY_BOARD, ROLE_MISSING):
        open_site(SAFETY_BOARD)
    approved.approve(1_000)
    with refused("OrganisationNotInStanding", 1_000, UNKNOWN):
        open_site(1_000)
    suspend(suite, SITE)
    with refused("OrganisationNotInStanding", SITE, SUSPENDED):
        open_site()


def test_the_safety_board_is_no_site(suite, trials, open_site):
    accredit_as(suite, SITE, roles_of(SITE) | roles_of(SAFETY_BOARD))
    trials.appointSafetyBoard(TRIAL, SITE, by(SPONSOR))
    with refused("TrialNotIndependent", TRIAL, SITE):
        open_site()
    open_site(SECOND_SITE)


@pytest.mark.parametrize(("authority", "organisation"), [(ETHICS, ETHICS_BOARD), (REGULATORY, REGULATOR)])
def test_whoever_has_approved_the_trial_is_no_site(suite, approved, trials, open_site, authority, organisation):
    accredit_as(suite, organisation, roles_of(organisation) | roles_of(SITE))
    accredit_as(suite, HOSPITAL, roles_of(ETHICS_BOARD))
    approved.approve(organisation, HOSPITAL, SECOND_REGULATOR)
    with refused("TrialNotIndependent", TRIAL, organisation):
        open_site(organisation)
    trials.withdrawApproval(TRIAL, 0, authority, REASON, by(organisation))
    open_site(organisation)
    with refused("TrialNotIndependent", TRIAL, organisation):
        trials.approve(TRIAL, 0, authority, commitment("decision"), by(organisation))


def test_whoever_has_approved_other_sites_alone_may_be_a_site(suite, approved, trials, open_site):
    accredit_as(suite, SITE, roles_of(SITE) | roles_of(ETHICS_BOARD))
    trials.withdrawApproval(TRIAL, SECOND_SITE, ETHICS, REASON, by(ETHICS_BOARD))
    trials.approve(TRIAL, SECOND_SITE, ETHICS, commitment("decision"), by(SITE))
    open_site(SITE)
    open_site(SECOND_SITE)


def test_the_sponsor_alone_opens_and_allots(suite, trials, open_site, site, sponsor, stranger):
    for key in (site, stranger):
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            trials.openSite(TRIAL, SITE, 40, {"from": key})
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            trials.changeAllotment(TRIAL, SITE, 40, {"from": key})
    for call in (trials.openSite, trials.changeAllotment):
        with refused("TrialUnknown", NOT_A_TRIAL):
            call(NOT_A_TRIAL, SITE, 40, {"from": sponsor})
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
        open_site()


# ---------------------------------------------------------------------- allotted


def test_sites_together_are_allotted_the_cap_and_no_more(approved, trials, open_site):
    open_site(SITE, 60)
    with refused("AllotmentInvalid", TRIAL, SECOND_SITE, 41):
        open_site(SECOND_SITE, 41)
    with refused("AllotmentInvalid", TRIAL, SECOND_SITE, 2**24 - 1):
        open_site(SECOND_SITE, 2**24 - 1)
    open_site(SECOND_SITE, 40)
    assert trials.trialOf(TRIAL)["allotted"] == CAP


def test_an_allotment_changes_within_the_cap(approved, trials, open_site, allot):
    open_site(SITE, 40)
    open_site(SECOND_SITE, 40)
    with refused("AllotmentInvalid", TRIAL, SITE, 61):
        allot(61)
    for allotment in (60, 60, 0, 1):
        told(approved, allot(allotment), "AllotmentChanged", SPONSOR, SITE, allotment)
        assert site_view(trials) == (True, 0, allotment)
        assert trials.trialOf(TRIAL)["allotted"] == 40 + allotment
    with refused("AllotmentInvalid", TRIAL, SECOND_SITE, 100):
        allot(100, SECOND_SITE)
    allot(99, SECOND_SITE)


def test_no_site_is_allotted_less_than_it_has(approved, trials, open_site, allot, patient, other_patient):
    open_site(SITE, 40)
    approved.enrol(1, patient)
    approved.enrol(2, other_patient)
    with refused("AllotmentInvalid", TRIAL, SITE, 1):
        allot(1)
    allot(2)
    approved.consent(patient)
    with refused("EnrolmentCapReached", TRIAL, SITE, 2):
        approved.enrol_alone(3, patient)
    allot(3)
    approved.enrol_alone(3, patient)
    assert site_view(trials) == (True, 3, 3)


def test_only_an_open_site_is_allotted_more(trials, open_site, allot):
    with refused("SiteNotOpen", TRIAL, SITE):
        allot(10)
    open_site()
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    with refused("SiteNotOpen", TRIAL, SITE):
        allot(10)


# ---------------------------------------------------------------------- closed


@pytest.mark.parametrize("organisation", [SPONSOR, SITE])
def test_a_sponsor_and_a_site_close_it(approved, trials, open_site, patient, organisation):
    open_site(SITE, 60)
    approved.enrol(1, patient)
    sent = trials.closeSite(TRIAL, SITE, REASON, by(organisation))
    told(approved, sent, "SiteClosed", organisation, SITE, 0, REASON)
    assert site_view(trials) == (False, 1, 1)
    assert trials.trialOf(TRIAL)["allotted"] == 1
    with refused("SiteNotOpen", TRIAL, SITE):
        approved.enrol_alone(2, patient)
    with refused("SiteNotOpen", TRIAL, SITE):
        trials.closeSite(TRIAL, SITE, REASON, by(organisation))


def test_what_a_closed_site_has_not_used_is_free_again(approved, trials, open_site, patient):
    open_site(SITE, 60)
    approved.enrol(1, patient)
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    with refused("AllotmentInvalid", TRIAL, SECOND_SITE, CAP):
        open_site(SECOND_SITE, CAP)
    open_site(SECOND_SITE, CAP - 1)
    # Open again, it has whom it had.
    with refused("AllotmentInvalid", TRIAL, SITE, 0):
        open_site(SITE, 0)
    with refused("AllotmentInvalid", TRIAL, SITE, 2):
        open_site(SITE, 2)
    open_site(SITE, 1)
    assert site_view(trials) == (True, 1, 1)
    with refused("EnrolmentCapReached", TRIAL, SITE, 1):
        approved.enrol_alone(2, patient)
    view = trials.trialOf(TRIAL)
    assert (view["sites"], view["allotted"], view["enrolled"], view["startedOn"]) == (2, CAP, 1, today())


def test_nobody_else_closes_a_site(suite, trials, open_site, second_site, ethics_board, site):
    open_site()
    for key in (second_site, ethics_board):
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            trials.closeSite(TRIAL, SITE, REASON, {"from": key})
    with refused("CommitmentZero"):
        trials.closeSite(TRIAL, SITE, ZERO, by(SPONSOR))
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.closeSite(NOT_A_TRIAL, SITE, REASON, by(SITE))
    suspend(suite, SITE)
    with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
        trials.closeSite(TRIAL, SITE, REASON, by(SITE))


# ---------------------------------------------------------------------- open before its trial is approved


def test_a_site_opened_before_its_trial_is_approved_enrols_from_then_on(approved, trials, open_site, patient):
    trials.withdrawApproval(TRIAL, 0, 0, REASON, by(ETHICS_BOARD))
    open_site()
    approved.consent(patient)
    with refused("TrialStateInvalid", TRIAL, 0):
        approved.enrol_alone(1, patient)
    trials.approve(TRIAL, 0, 0, commitment("decision"), by(ETHICS_BOARD))
    approved.enrol_alone(1, patient)
