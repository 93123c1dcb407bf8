"""A sponsor appoints the safety board; whoever is watched does not change who watches."""

import pytest
from trial_acts import NOT_A_TRIAL, REASON, accredit_as, suspend, told

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
from tests.helpers.trials import ETHICS, PAUSED, REGULATORY, TRIAL


@pytest.fixture
def appoint(registered, trials):
    def appoint(board=SAFETY_BOARD, organisation=SPONSOR):
        return trials.appointSafetyBoard(TRIAL, board, by(organisation))

    return appoint


def test_a_sponsor_appoints_the_first_safety_board(registered, trials, appoint):
    told(registered, appoint(), "SafetyBoardAppointed", SPONSOR, SAFETY_BOARD)
    assert trials.trialOf(TRIAL)["safetyBoard"] == SAFETY_BOARD


def test_a_regulator_appoints_any_later_one_and_a_sponsor_none(suite, registered, trials, appoint):
    appoint()
    accredit_as(suite, HOSPITAL, roles_of(SAFETY_BOARD))
    for board in (HOSPITAL, SAFETY_BOARD):
        with refused("TrialNotYours", TRIAL, SPONSOR):
            appoint(board)
    told(registered, appoint(HOSPITAL, REGULATOR), "SafetyBoardAppointed", REGULATOR, HOSPITAL)
    with refused("OperatorNotInStanding", by(SAFETY_BOARD)["from"], HOSPITAL, UNKNOWN):
        trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    trials.pause(TRIAL, REASON, by(HOSPITAL))
    assert registered.flags() == PAUSED
    with refused("TrialNotYours", TRIAL, SPONSOR):
        appoint()


def test_a_later_board_ends_the_pause_of_an_earlier_one(suite, registered, trials, appoint):
    appoint()
    accredit_as(suite, HOSPITAL, roles_of(SAFETY_BOARD))
    trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    appoint(HOSPITAL, REGULATOR)
    with refused("OperatorNotInStanding", by(SAFETY_BOARD)["from"], HOSPITAL, UNKNOWN):
        trials.resume(TRIAL, REASON, by(SAFETY_BOARD))
    trials.resume(TRIAL, REASON, by(HOSPITAL))
    assert registered.flags() == 0


@pytest.mark.parametrize("part", ["is a site", "was a site", "records data", "recorded data", "is the safety board"])
def test_a_regulator_that_takes_part_appoints_none(suite, registered, trials, appoint, part):
    organisation = SAFETY_BOARD if part == "is the safety board" else SITE
    registered.approve()
    appoint()
    accredit_as(suite, HOSPITAL, roles_of(SAFETY_BOARD))
    if "site" in part:
        registered.open_site(SITE)
    if "data" in part:
        registered.open_stream(SITE)
    if part == "was a site":
        trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    if part == "recorded data":
        trials.lockStream(TRIAL, SITE, by(SPONSOR))
    accredit_as(suite, organisation, roles_of(organisation) | roles_of(REGULATOR))
    with refused("TrialNotIndependent", TRIAL, organisation):
        appoint(HOSPITAL, organisation)
    # In another trial it takes no part. Whoever has approved the trial may appoint.
    registered.register(number=8)
    trials.appointSafetyBoard(SPONSOR << 32 | 8, HOSPITAL, by(organisation))
    appoint(HOSPITAL, REGULATOR)


def test_nobody_else_appoints(suite, trials, stranger, appoint, sponsor):
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.appointSafetyBoard(NOT_A_TRIAL, SAFETY_BOARD, {"from": sponsor})
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        trials.appointSafetyBoard(TRIAL, SAFETY_BOARD, {"from": stranger})
    for organisation in (SAFETY_BOARD, SITE):
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            appoint(organisation=organisation)
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
        appoint()


def test_a_safety_board_is_one_in_standing(suite, appoint):
    for board in (0, 1_000):
        with refused("OrganisationNotInStanding", board, UNKNOWN):
            appoint(board)
    with refused("OrganisationNotInStanding", SITE, ROLE_MISSING):
        appoint(SITE)
    suspend(suite, SAFETY_BOARD)
    with refused("OrganisationNotInStanding", SAFETY_BOARD, SUSPENDED):
        appoint()


def test_a_safety_board_is_neither_sponsor_nor_site(suite, registered, appoint):
    for organisation in (SPONSOR, SITE, SECOND_SITE):
        accredit_as(suite, organisation, roles_of(organisation) | roles_of(SAFETY_BOARD))
    registered.open_site(SITE)
    for organisation in (SPONSOR, SITE):
        with refused("TrialNotIndependent", TRIAL, organisation):
            appoint(organisation)
        with refused("TrialNotIndependent", TRIAL, organisation):
            appoint(organisation, REGULATOR)
    appoint(SECOND_SITE)


@pytest.mark.parametrize("part", ["approved it", "records its data", "recorded its data", "was a site of it"])
def test_a_safety_board_takes_no_other_part(suite, registered, trials, appoint, part):
    organisation = {"approved it": REGULATOR}.get(part, SITE)
    registered.approve()
    if part == "was a site of it":
        registered.open_site(SITE)
        trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    elif part != "approved it":
        registered.open_stream(SITE)
    if part == "recorded its data":
        trials.lockStream(TRIAL, SITE, by(SPONSOR))
    # A safety board has a stream only if it had one before it was a safety board.
    accredit_as(suite, organisation, roles_of(organisation) | roles_of(SAFETY_BOARD))
    for by_whom in (SPONSOR, SECOND_REGULATOR):
        with refused("TrialNotIndependent", TRIAL, organisation):
            appoint(organisation, by_whom)
    # In another trial it takes no part.
    registered.register(number=8)
    trials.appointSafetyBoard(SPONSOR << 32 | 8, organisation, by(SPONSOR))


@pytest.mark.parametrize(("organisation", "authority"), [(ETHICS_BOARD, ETHICS), (REGULATOR, REGULATORY)])
def test_whoever_took_its_approval_back_may_be_the_safety_board(
    suite, registered, trials, appoint, organisation, authority
):
    accredit_as(suite, organisation, roles_of(organisation) | roles_of(SAFETY_BOARD))
    registered.approve()
    with refused("TrialNotIndependent", TRIAL, organisation):
        appoint(organisation)
    trials.withdrawApproval(TRIAL, 0, authority, REASON, by(organisation))
    appoint(organisation)


def test_whoever_has_approved_a_site_alone_may_be_the_safety_board(suite, registered, trials, appoint):
    accredit_as(suite, ETHICS_BOARD, roles_of(ETHICS_BOARD) | roles_of(SAFETY_BOARD))
    registered.approve(SITE)
    appoint(ETHICS_BOARD)
    assert trials.trialOf(TRIAL)["safetyBoard"] == ETHICS_BOARD


def test_a_safety_board_is_appointed_once(registered, trials, appoint):
    appoint()
    with refused("TrialNotIndependent", TRIAL, SAFETY_BOARD):
        appoint(SAFETY_BOARD, REGULATOR)


def test_a_safety_board_that_was_replaced_may_take_part(suite, registered, trials, appoint):
    for organisation in (SITE, HOSPITAL):
        accredit_as(suite, organisation, roles_of(organisation) | roles_of(SAFETY_BOARD))
    registered.approve()
    registered.approve(SITE)
    appoint(SITE)
    for call, arguments in ((trials.openSite, (SITE, 40)), (trials.openStream, (SITE,))):
        with refused("TrialNotIndependent", TRIAL, SITE):
            call(TRIAL, *arguments, by(SPONSOR))
    appoint(HOSPITAL, REGULATOR)
    trials.openSite(TRIAL, SITE, 40, by(SPONSOR))
    trials.openStream(TRIAL, SITE, by(SPONSOR))
    with refused("TrialNotIndependent", TRIAL, SITE):
        appoint(SITE, REGULATOR)


def test_a_regulator_replaces_a_safety_board_that_is_suspended(suite, registered, trials, appoint, safety_board):
    appoint()
    accredit_as(suite, HOSPITAL, roles_of(SAFETY_BOARD))
    suspend(suite, SAFETY_BOARD)
    with refused("OperatorNotInStanding", safety_board, SAFETY_BOARD, SUSPENDED):
        trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    with refused("TrialNotYours", TRIAL, SPONSOR):
        appoint(HOSPITAL)
    appoint(HOSPITAL, REGULATOR)
    trials.pause(TRIAL, REASON, by(HOSPITAL))
