"""Ethics boards and regulators approve a trial and its sites, and take it back."""

import pytest
from trial_acts import NOT_A_TRIAL, OUT_OF_STANDING, REASON, ZERO, accredit_as, suspend, told

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
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, roles_of
from tests.helpers.trials import APPROVED, ETHICS, LATE, REGULATORY, TRIAL

DECISION = b"\xde" * 32
BOTH = {ETHICS: ETHICS_BOARD, REGULATORY: REGULATOR}


@pytest.fixture
def approve(registered, trials):
    def approve(authority, site=0, organisation=None, decision=DECISION, trial=TRIAL):
        return trials.approve(trial, site, authority, decision, by(organisation or BOTH[authority]))

    return approve


@pytest.fixture
def take_back(registered, trials):
    def take_back(authority, site=0, organisation=None, reason=REASON):
        return trials.withdrawApproval(TRIAL, site, authority, reason, by(organisation or BOTH[authority]))

    return take_back


def approvals(trials, site):
    view = trials.siteOf(TRIAL, site)
    return view["ethicsBoard"], view["regulator"]


@pytest.mark.parametrize("order", [(ETHICS, REGULATORY), (REGULATORY, ETHICS)])
def test_a_trial_is_approved_once_both_have(registered, trials, approve, order):
    first, second = order
    told(registered, approve(first), "Approved", BOTH[first], first, 0, DECISION)
    assert registered.flags() == 0
    assert approvals(trials, 0) == ((ETHICS_BOARD, 0) if first == ETHICS else (0, REGULATOR))
    told(registered, approve(second), "Approved", BOTH[second], second, 0, DECISION)
    assert registered.flags() == APPROVED
    assert approvals(trials, 0) == (ETHICS_BOARD, REGULATOR)


def test_each_site_is_approved_by_itself(registered, trials, approve):
    for authority, organisation in BOTH.items():
        told(registered, approve(authority, SITE), "Approved", organisation, SITE << 8 | authority, 0, DECISION)
    assert approvals(trials, SITE) == (ETHICS_BOARD, REGULATOR)
    assert approvals(trials, 0) == approvals(trials, SECOND_SITE) == (0, 0)
    assert not trials.siteOf(TRIAL, SITE)["open"]
    assert registered.flags() == 0


@pytest.mark.parametrize("site", [0, SITE])
def test_what_is_approved_is_not_approved_again(registered, approve, site):
    registered.approve(site)
    for authority, organisation in BOTH.items():
        with refused("ApprovalKnown", TRIAL, site, authority, organisation):
            approve(authority, site)
    with refused("ApprovalKnown", TRIAL, site, REGULATORY, REGULATOR):
        approve(REGULATORY, site, SECOND_REGULATOR)


def test_each_approves_as_what_it_is(suite, approve, trials, stranger):
    for authority in BOTH:
        for organisation in {SPONSOR, SITE, SAFETY_BOARD, *BOTH.values()} - {BOTH[authority]}:
            with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
                approve(authority, 0, organisation)
        with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
            trials.approve(TRIAL, 0, authority, DECISION, {"from": stranger})
    for authority in BOTH:
        suspend(suite, BOTH[authority])
        with refused("OperatorNotInStanding", by(BOTH[authority])["from"], BOTH[authority], SUSPENDED):
            approve(authority)


def test_nobody_approves_its_own_trial_or_site(suite, trials, approve, take_back):
    both = roles_of(ETHICS_BOARD) | roles_of(REGULATOR)
    accredit_as(suite, SPONSOR, roles_of(SPONSOR) | both)
    accredit_as(suite, SITE, roles_of(SITE) | both)
    for authority in BOTH:
        for site in (0, SITE, SPONSOR):
            with refused("TrialNotIndependent", TRIAL, SPONSOR):
                approve(authority, site, SPONSOR)
        with refused("TrialNotIndependent", TRIAL, SITE):
            approve(authority, SITE, SITE)
        approve(authority, SECOND_SITE, SITE)
        assert approvals(trials, SECOND_SITE)[authority] == SITE
        take_back(authority, SECOND_SITE, SITE)


@pytest.mark.parametrize("part", ["a site", "a site that is closed", "a stream", "a stream that is locked"])
@pytest.mark.parametrize("authority", BOTH)
def test_whoever_takes_part_approves_nothing_of_the_trial(suite, registered, trials, approve, part, authority):
    if "site" in part:
        registered.open_site(SITE)
    else:
        registered.open_stream(SITE)
    if part == "a site that is closed":
        trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    if part == "a stream that is locked":
        trials.lockStream(TRIAL, SITE, by(SPONSOR))
    # Whoever may approve has a stream only if it had one before it might.
    accredit_as(suite, SITE, roles_of(SITE) | roles_of(BOTH[authority]))
    for site in (0, SITE, SECOND_SITE):
        with refused("TrialNotIndependent", TRIAL, SITE):
            approve(authority, site, SITE)
    # In another trial it takes no part.
    registered.register(number=8)
    approve(authority, 0, SITE, trial=SPONSOR << 32 | 8)


def test_whoever_has_become_a_site_takes_back_what_it_approved(suite, registered, trials, approve, take_back):
    accredit_as(suite, SITE, roles_of(SITE) | roles_of(ETHICS_BOARD))
    approve(ETHICS, SECOND_SITE, SITE)
    registered.open_site(SITE)
    take_back(ETHICS, SECOND_SITE, SITE)
    assert approvals(trials, SECOND_SITE) == (0, 0)
    with refused("TrialNotIndependent", TRIAL, SITE):
        approve(ETHICS, SECOND_SITE, SITE)


@pytest.mark.parametrize("authority", BOTH)
def test_the_safety_board_approves_nothing(suite, registered, trials, approve, take_back, authority):
    accredit_as(suite, SAFETY_BOARD, roles_of(SAFETY_BOARD) | roles_of(BOTH[authority]))
    accredit_as(suite, HOSPITAL, roles_of(SAFETY_BOARD))
    approve(authority, SITE, SAFETY_BOARD)
    trials.appointSafetyBoard(TRIAL, SAFETY_BOARD, by(SPONSOR))
    take_back(authority, SITE, SAFETY_BOARD)
    for site in (0, SITE, SECOND_SITE):
        with refused("TrialNotIndependent", TRIAL, SAFETY_BOARD):
            approve(authority, site, SAFETY_BOARD)
    # It is not the safety board of another trial, and not of this one once it was replaced.
    registered.register(number=8)
    approve(authority, 0, SAFETY_BOARD, trial=SPONSOR << 32 | 8)
    trials.appointSafetyBoard(TRIAL, HOSPITAL, by(REGULATOR))
    approve(authority, 0, SAFETY_BOARD)
    assert approvals(trials, 0)[authority] == SAFETY_BOARD


@pytest.mark.parametrize("site", [0, SITE])
@pytest.mark.parametrize("first", BOTH)
def test_nobody_approves_the_same_as_both(suite, registered, trials, approve, take_back, first, site):
    accredit_as(suite, HOSPITAL, roles_of(ETHICS_BOARD) | roles_of(REGULATOR))
    second = 1 - first
    approve(first, site, HOSPITAL)

    def refused_as_both():
        with refused("TrialNotIndependent", TRIAL, HOSPITAL):
            approve(second, site, HOSPITAL)

    refused_as_both()
    assert registered.flags() == 0
    with refused("ApprovalKnown", TRIAL, site, first, HOSPITAL):
        approve(first, site, HOSPITAL)
    # What is another thing may be approved as the other.
    approve(second, SECOND_SITE, HOSPITAL)
    approve(second, site)
    refused_as_both()
    # Nor does it replace the other; but it may change which of both it is.
    suspend(suite, BOTH[second])
    refused_as_both()
    take_back(first, site, HOSPITAL)
    approve(second, site, HOSPITAL)
    with refused("TrialNotIndependent", TRIAL, HOSPITAL):
        approve(first, site, HOSPITAL)
    approve(first, site)
    assert approvals(trials, site)[second] == HOSPITAL
    assert registered.flags() == (0 if site else APPROVED)


# ---------------------------------------------------------------------- in place of another


@pytest.mark.parametrize("how", OUT_OF_STANDING)
@pytest.mark.parametrize("site", [0, SITE])
@pytest.mark.parametrize("authority", BOTH)
def test_another_approves_in_place_of_one_out_of_standing(suite, registered, trials, approve, authority, site, how):
    other = HOSPITAL
    accredit_as(suite, other, roles_of(BOTH[authority]))
    registered.approve(site)
    before = approvals(trials, site)
    with refused("ApprovalKnown", TRIAL, site, authority, BOTH[authority]):
        approve(authority, site, other)
    OUT_OF_STANDING[how](suite, BOTH[authority])
    assert approvals(trials, site) == before
    told(registered, approve(authority, site, other), "Approved", other, site << 8 | authority, 0, DECISION)
    assert approvals(trials, site)[authority] == other
    assert approvals(trials, site)[1 - authority] == BOTH[1 - authority]
    assert registered.flags() == (0 if site else APPROVED)
    with refused("ApprovalKnown", TRIAL, site, authority, other):
        approve(authority, site, other)


@pytest.mark.parametrize("authority", BOTH)
def test_an_open_site_stays_open_when_its_approver_is_replaced(suite, registered, trials, approve, patient, authority):
    accredit_as(suite, HOSPITAL, roles_of(BOTH[authority]))
    registered.approve()
    registered.open_site(SITE)
    suspend(suite, BOTH[authority])
    registered.enrol(1, patient)
    for site in (0, SITE):
        approve(authority, site, HOSPITAL)
    registered.enrol_alone(2, patient)
    view = trials.siteOf(TRIAL, SITE)
    assert (view["open"], view["enrolled"], view["allotment"]) == (True, 2, 40)


def test_whoever_was_replaced_takes_back_nothing_and_is_no_part_of_it(suite, registered, trials, approve, take_back):
    registered.approve()
    suspend(suite, REGULATOR)
    approve(REGULATORY, organisation=SECOND_REGULATOR)
    suite.as_registrar(suite.participants.reinstate, REGULATOR, bytes(32))
    with refused("OperatorNotInStanding", by(REGULATOR)["from"], SECOND_REGULATOR, UNKNOWN):
        take_back(REGULATORY)
    with refused("ApprovalKnown", TRIAL, 0, REGULATORY, SECOND_REGULATOR):
        approve(REGULATORY)
    take_back(REGULATORY, organisation=SECOND_REGULATOR)
    approve(REGULATORY)
    assert approvals(trials, 0) == (ETHICS_BOARD, REGULATOR)


def test_an_approver_in_standing_again_is_not_replaced(suite, registered, approve):
    registered.approve()
    suspend(suite, REGULATOR)
    suite.as_registrar(suite.participants.reinstate, REGULATOR, bytes(32))
    with refused("ApprovalKnown", TRIAL, 0, REGULATORY, REGULATOR):
        approve(REGULATORY, organisation=SECOND_REGULATOR)


def test_whoever_replaces_takes_no_part_either(suite, registered, approve):
    registered.approve()
    registered.open_stream(SITE)
    accredit_as(suite, SITE, roles_of(SITE) | roles_of(REGULATOR))
    suspend(suite, REGULATOR)
    with refused("TrialNotIndependent", TRIAL, SITE):
        approve(REGULATORY, organisation=SITE)
    with refused("CommitmentZero"):
        approve(REGULATORY, organisation=SECOND_REGULATOR, decision=ZERO)
    approve(REGULATORY, organisation=SECOND_REGULATOR)


def test_a_decision_has_a_document_and_a_trial(approve, take_back):
    with refused("CommitmentZero"):
        approve(ETHICS, decision=ZERO)
    with refused("TrialUnknown", NOT_A_TRIAL):
        approve(ETHICS, trial=NOT_A_TRIAL)
    approve(ETHICS)
    with refused("CommitmentZero"):
        take_back(ETHICS, reason=ZERO)


# ---------------------------------------------------------------------- taken back


@pytest.mark.parametrize("authority", BOTH)
def test_an_approval_of_a_trial_taken_back_ends_enrolment(registered, trials, approve, take_back, patient, authority):
    registered.approve()
    registered.open_site()
    registered.consent(patient)
    organisation = BOTH[authority]
    told(registered, take_back(authority), "ApprovalWithdrawn", organisation, authority, 0, REASON)
    assert registered.flags() == 0
    assert approvals(trials, 0)[authority] == 0
    assert approvals(trials, 0)[1 - authority] == BOTH[1 - authority]
    assert trials.siteOf(TRIAL, SITE)["open"]
    with refused("TrialStateInvalid", TRIAL, 0):
        registered.enrol_alone(1, patient)
    approve(authority)
    assert registered.flags() == APPROVED
    registered.enrol_alone(1, patient)


@pytest.mark.parametrize("authority", BOTH)
def test_an_approval_of_a_site_taken_back_closes_it(registered, trials, approve, take_back, patient, authority):
    registered.approve()
    registered.open_site(SITE, 40)
    registered.open_site(SECOND_SITE, 60)
    registered.enrol(1, patient)
    sent = take_back(authority, SITE)
    told(registered, sent, "ApprovalWithdrawn", BOTH[authority], SITE << 8 | authority, 0, REASON)
    view = trials.siteOf(TRIAL, SITE)
    assert (view["open"], view["enrolled"], view["allotment"]) == (False, 1, 1)
    assert approvals(trials, SITE)[authority] == 0
    assert trials.trialOf(TRIAL)["allotted"] == 61
    assert registered.flags() == APPROVED
    with refused("SiteNotOpen", TRIAL, SITE):
        registered.enrol_alone(2, patient)
    with refused("SiteNotOpen", TRIAL, SITE):
        trials.openSite(TRIAL, SITE, 40, by(SPONSOR))
    approve(authority, SITE)
    with refused("SiteNotOpen", TRIAL, SITE):
        registered.enrol_alone(2, patient)
    trials.openSite(TRIAL, SITE, 40, by(SPONSOR))
    registered.enrol_alone(2, patient)
    assert trials.trialOf(TRIAL)["allotted"] == 100
    assert trials.trialOf(TRIAL)["sites"] == 2


def test_a_site_that_was_not_open_loses_its_approval(registered, trials, take_back):
    registered.approve(SITE)
    take_back(ETHICS, SITE)
    take_back(REGULATORY, SITE)
    assert approvals(trials, SITE) == (0, 0)
    assert trials.trialOf(TRIAL)["allotted"] == 0


def test_only_what_was_approved_is_taken_back(take_back):
    for site in (0, SITE):
        for authority in BOTH:
            with refused("ApprovalUnknown", TRIAL, site, authority):
                take_back(authority, site)


def test_an_approval_is_taken_back_by_whoever_gave_it(suite, registered, trials, take_back, sponsor, second_regulator):
    registered.approve()
    for key in (second_regulator, sponsor):
        with refused("OperatorNotInStanding", key, REGULATOR, UNKNOWN):
            trials.withdrawApproval(TRIAL, 0, REGULATORY, REASON, {"from": key})
        with refused("OperatorNotInStanding", key, ETHICS_BOARD, UNKNOWN):
            trials.withdrawApproval(TRIAL, 0, ETHICS, REASON, {"from": key})
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.withdrawApproval(NOT_A_TRIAL, 0, ETHICS, REASON, by(ETHICS_BOARD))
    accredit_as(suite, REGULATOR, roles_of(SPONSOR))
    with refused("OperatorNotInStanding", by(REGULATOR)["from"], REGULATOR, ROLE_MISSING):
        take_back(REGULATORY)


def test_another_regulator_approves_in_place_of_the_first(registered, trials, approve, take_back):
    registered.approve()
    take_back(REGULATORY)
    approve(REGULATORY, organisation=SECOND_REGULATOR)
    assert approvals(trials, 0) == (ETHICS_BOARD, SECOND_REGULATOR)
    assert registered.flags() == APPROVED
    assert registered.flags() & LATE == 0
    take_back(REGULATORY, organisation=SECOND_REGULATOR)
    assert registered.flags() == 0
