"""Regulators hold a trial, a safety board pauses it, some end it: enrolment and randomisation stop, nothing else."""

import pytest
from trial_acts import EXPELLED, EXPIRED, NOT_A_TRIAL, OUT_OF_STANDING, REASON, ZERO, accredit_as, suspend, told

from tests.helpers.refusals import refused
from tests.helpers.suite import (
    AUDITOR,
    ETHICS_BOARD,
    HOSPITAL,
    LABORATORY,
    REGULATOR,
    SAFETY_BOARD,
    SECOND_REGULATOR,
    SECOND_SITE,
    SITE,
    SPONSOR,
)
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, roles_of, today
from tests.helpers.trials import APPROVED, ENDED, HELD, PAUSED, RANDOMISED, REGULATORY, TRIAL, commitment, pseudonym

OPEN = APPROVED | RANDOMISED
STANDING = dict(zip(OUT_OF_STANDING, (SUSPENDED, EXPELLED, EXPIRED, ROLE_MISSING), strict=True))
CALLS = (
    lambda trials, trial, sender: trials.placeHold(trial, REASON, sender),
    lambda trials, trial, sender: trials.liftHold(trial, REGULATOR, REASON, sender),
)
"""What regulators do about a hold."""
CALLS_OF_ITS_OWN = (
    lambda trials, regulator: trials.placeHold(TRIAL, REASON, by(regulator)),
    lambda trials, regulator: trials.liftHold(TRIAL, regulator, REASON, by(regulator)),
)
"""What a regulator does about its own hold, one after the other."""


@pytest.fixture
def enrolled(started, patient):
    """Person 1, who is not randomised yet; the patient has consented."""
    started.enrol(1, patient)
    return pseudonym(1)


@pytest.fixture
def stands_still(started, trials, patient, enrolled):
    """That under these flags nobody is enrolled or randomised, and everything else goes on."""

    def stands_still(flags):
        assert started.flags() == flags
        with refused("TrialStateInvalid", TRIAL, flags):
            started.enrol_alone(2, patient)
        for organisation in (SITE, SPONSOR):
            with refused("TrialStateInvalid", TRIAL, flags):
                trials.randomise(TRIAL, enrolled, 0, by(organisation))
        started.anchor()
        trials.renewConsent(TRIAL, enrolled, by(SITE))
        trials.reportAdverseEvent(TRIAL, SITE, 0, 1, commitment("event"), by(SITE))

    return stands_still


@pytest.fixture
def goes_on(started, trials, patient, enrolled):
    """That participants are enrolled and randomised."""

    def goes_on(person=2):
        started.enrol_alone(person, patient)
        trials.randomise(TRIAL, pseudonym(person), person, by(SITE))

    return goes_on


# ---------------------------------------------------------------------- held


def test_a_hold_stops_enrolment_until_it_is_lifted(started, trials, stands_still, goes_on):
    goes_on(2)
    told(started, trials.placeHold(TRIAL, REASON, by(REGULATOR)), "HoldPlaced", REGULATOR, REGULATOR, 0, REASON)
    assert trials.isHeldBy(TRIAL, REGULATOR)
    assert not trials.isHeldBy(TRIAL, SECOND_REGULATOR)
    assert trials.trialOf(TRIAL)["holds"] == 1
    stands_still(OPEN | HELD)
    sent = trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    told(started, sent, "HoldLifted", REGULATOR, REGULATOR, 0, REASON)
    assert not trials.isHeldBy(TRIAL, REGULATOR)
    assert (trials.trialOf(TRIAL)["holds"], started.flags()) == (0, OPEN)
    goes_on(3)


@pytest.mark.parametrize("first", [REGULATOR, SECOND_REGULATOR])
def test_a_trial_that_two_hold_is_held_until_both_have_lifted(trials, stands_still, goes_on, first):
    second = REGULATOR + SECOND_REGULATOR - first
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    trials.placeHold(TRIAL, REASON, by(SECOND_REGULATOR))
    assert trials.trialOf(TRIAL)["holds"] == 2
    trials.liftHold(TRIAL, first, REASON, by(first))
    assert not trials.isHeldBy(TRIAL, first)
    assert trials.isHeldBy(TRIAL, second)
    stands_still(OPEN | HELD)
    trials.liftHold(TRIAL, second, REASON, by(second))
    goes_on()


def test_a_regulator_holds_once_and_lifts_its_own(trials):
    for regulator in (REGULATOR, SECOND_REGULATOR, SPONSOR, 0, 2**32 - 1):
        with refused("HoldInvalid", TRIAL, regulator, False):
            trials.liftHold(TRIAL, regulator, REASON, by(REGULATOR))
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    with refused("HoldInvalid", TRIAL, REGULATOR, True):
        trials.placeHold(TRIAL, REASON, by(REGULATOR))
    with refused("HoldInvalid", TRIAL, SECOND_REGULATOR, False):
        trials.liftHold(TRIAL, SECOND_REGULATOR, REASON, by(SECOND_REGULATOR))
    with refused("HoldInvalid", TRIAL, REGULATOR, True):
        trials.liftHold(TRIAL, REGULATOR, REASON, by(SECOND_REGULATOR))
    with refused("CommitmentZero"):
        trials.liftHold(TRIAL, REGULATOR, ZERO, by(REGULATOR))
    with refused("CommitmentZero"):
        trials.placeHold(TRIAL, ZERO, by(SECOND_REGULATOR))
    trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    with refused("HoldInvalid", TRIAL, REGULATOR, False):
        trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))


@pytest.mark.parametrize("how", OUT_OF_STANDING)
def test_the_hold_of_a_regulator_out_of_standing_is_lifted_by_another(suite, started, trials, regulator, how):
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    with refused("HoldInvalid", TRIAL, REGULATOR, True):
        trials.liftHold(TRIAL, REGULATOR, REASON, by(SECOND_REGULATOR))
    OUT_OF_STANDING[how](suite, REGULATOR)
    with refused("OperatorNotInStanding", regulator, REGULATOR, STANDING[how]):
        trials.liftHold(TRIAL, REGULATOR, REASON, {"from": regulator})
    with refused("CommitmentZero"):
        trials.liftHold(TRIAL, REGULATOR, ZERO, by(SECOND_REGULATOR))
    sent = trials.liftHold(TRIAL, REGULATOR, REASON, by(SECOND_REGULATOR))
    told(started, sent, "HoldLifted", SECOND_REGULATOR, REGULATOR, 0, REASON)
    assert not trials.isHeldBy(TRIAL, REGULATOR)
    assert (trials.trialOf(TRIAL)["holds"], started.flags()) == (0, OPEN)


def test_who_lifts_the_hold_of_another_keeps_its_own(suite, trials, stands_still, goes_on):
    for organisation in (REGULATOR, SECOND_REGULATOR):
        trials.placeHold(TRIAL, REASON, by(organisation))
    suspend(suite, REGULATOR)
    stands_still(OPEN | HELD)
    trials.liftHold(TRIAL, REGULATOR, REASON, by(SECOND_REGULATOR))
    assert (trials.isHeldBy(TRIAL, REGULATOR), trials.isHeldBy(TRIAL, SECOND_REGULATOR)) == (False, True)
    stands_still(OPEN | HELD)
    trials.liftHold(TRIAL, SECOND_REGULATOR, REASON, by(SECOND_REGULATOR))
    goes_on()


def test_a_regulator_in_standing_again_lifts_its_hold_itself(suite, trials):
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    suspend(suite, REGULATOR)
    suite.as_registrar(suite.participants.reinstate, REGULATOR, bytes(32))
    with refused("HoldInvalid", TRIAL, REGULATOR, True):
        trials.liftHold(TRIAL, REGULATOR, REASON, by(SECOND_REGULATOR))
    trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))


def test_nobody_but_a_regulator_lifts_the_hold_of_one_out_of_standing(suite, trials, stranger):
    accredit_as(suite, SPONSOR, roles_of(SPONSOR) | roles_of(REGULATOR))
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    suspend(suite, REGULATOR)
    for organisation in (SITE, ETHICS_BOARD, SAFETY_BOARD, HOSPITAL):
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            trials.liftHold(TRIAL, REGULATOR, REASON, by(organisation))
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        trials.liftHold(TRIAL, REGULATOR, REASON, {"from": stranger})
    with refused("TrialNotIndependent", TRIAL, SPONSOR):
        trials.liftHold(TRIAL, REGULATOR, REASON, by(SPONSOR))
    assert trials.isHeldBy(TRIAL, REGULATOR)


def test_regulators_alone_hold_and_not_their_own_trial(suite, started, trials, stranger, regulator):
    for call in CALLS:
        with refused("TrialUnknown", NOT_A_TRIAL):
            call(trials, NOT_A_TRIAL, {"from": regulator})
        with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
            call(trials, TRIAL, {"from": stranger})
        for organisation in (SPONSOR, SITE, ETHICS_BOARD, SAFETY_BOARD):
            with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
                call(trials, TRIAL, by(organisation))
    accredit_as(suite, SPONSOR, roles_of(SPONSOR) | roles_of(REGULATOR))
    for call in CALLS:
        with refused("TrialNotIndependent", TRIAL, SPONSOR):
            call(trials, TRIAL, by(SPONSOR))
    suspend(suite, REGULATOR)
    for call in CALLS:
        with refused("OperatorNotInStanding", regulator, REGULATOR, SUSPENDED):
            call(trials, TRIAL, {"from": regulator})


def test_no_sponsor_holds_its_own_trial(suite, started, trials):
    """As its sponsor, whatever else it is. Any other part keeps no regulator from it."""
    started.open_stream(SPONSOR)
    accredit_as(suite, SPONSOR, roles_of(SPONSOR) | roles_of(SITE) | roles_of(REGULATOR))
    started.open_site(SPONSOR, 20)
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    suspend(suite, REGULATOR)
    for call in CALLS:
        with refused("TrialNotIndependent", TRIAL, SPONSOR):
            call(trials, TRIAL, by(SPONSOR))
    # The trials of others it may hold.
    accredit_as(suite, SECOND_REGULATOR, roles_of(SPONSOR) | roles_of(REGULATOR))
    trials.placeHold(TRIAL, REASON, by(SECOND_REGULATOR))


PARTS = "a site", "a site that is closed", "a stream", "a stream that is locked", "the safety board"
"""What a regulator may be in a trial nevertheless."""


@pytest.fixture
def taking_part(suite, started, trials):
    """A regulator that has this part in the trial. It had its stream before it was a regulator."""

    def taking_part(part):
        organisation = {"the safety board": SAFETY_BOARD}.get(part, SITE if "site" in part else LABORATORY)
        if organisation == LABORATORY:
            started.open_stream(LABORATORY)
        if part == "a site that is closed":
            trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
        if part == "a stream that is locked":
            trials.lockStream(TRIAL, LABORATORY, by(SPONSOR))
        accredit_as(suite, organisation, roles_of(organisation) | roles_of(REGULATOR))
        return organisation

    return taking_part


@pytest.mark.parametrize("part", PARTS)
def test_any_other_part_keeps_no_regulator_from_holding(started, trials, stands_still, taking_part, part):
    closed = part == "a site that is closed"
    organisation = taking_part(part)
    sent = trials.placeHold(TRIAL, REASON, by(organisation))
    told(started, sent, "HoldPlaced", organisation, organisation, 0, REASON)
    assert trials.isHeldBy(TRIAL, organisation)
    assert started.flags() == OPEN | HELD
    if not closed:
        stands_still(OPEN | HELD)
    with refused("HoldInvalid", TRIAL, organisation, True):
        trials.liftHold(TRIAL, organisation, REASON, by(REGULATOR))
    sent = trials.liftHold(TRIAL, organisation, REASON, by(organisation))
    told(started, sent, "HoldLifted", organisation, organisation, 0, REASON)
    assert (trials.trialOf(TRIAL)["holds"], started.flags()) == (0, OPEN)


@pytest.mark.parametrize("part", PARTS)
def test_any_other_part_keeps_no_regulator_from_lifting_in_place_of_another(suite, started, trials, taking_part, part):
    organisation = taking_part(part)
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    with refused("HoldInvalid", TRIAL, REGULATOR, True):
        trials.liftHold(TRIAL, REGULATOR, REASON, by(organisation))
    suspend(suite, REGULATOR)
    sent = trials.liftHold(TRIAL, REGULATOR, REASON, by(organisation))
    told(started, sent, "HoldLifted", organisation, REGULATOR, 0, REASON)
    assert started.flags() == OPEN


@pytest.mark.parametrize("regulator", [REGULATOR, SECOND_REGULATOR])
def test_no_sponsor_bars_a_regulator_by_a_stream(started, trials, regulator):
    """Neither from placing a hold, whether it has approved the trial or not, nor from lifting it."""
    for call in CALLS_OF_ITS_OWN:
        with refused("TrialNotIndependent", TRIAL, regulator):
            started.open_stream(regulator)
        call(trials, regulator)
    assert started.flags() == OPEN


@pytest.mark.parametrize("becomes", ["a site", "a site with a stream", "the safety board", "an approver"])
def test_a_hold_stays_its_regulators_whatever_it_becomes(suite, started, trials, becomes):
    its = SECOND_REGULATOR
    accredit_as(suite, its, roles_of(REGULATOR) | roles_of(SITE) | roles_of(SAFETY_BOARD))
    trials.placeHold(TRIAL, REASON, by(its))
    if becomes == "the safety board":
        trials.appointSafetyBoard(TRIAL, its, by(REGULATOR))
    elif becomes == "an approver":
        trials.withdrawApproval(TRIAL, 0, REGULATORY, REASON, by(REGULATOR))
        trials.approve(TRIAL, 0, REGULATORY, commitment("decision"), by(its))
    else:
        started.open_site(its, 20)
    if becomes == "a site with a stream":
        started.open_stream(its)
    assert trials.isHeldBy(TRIAL, its)
    with refused("HoldInvalid", TRIAL, its, True):
        trials.placeHold(TRIAL, REASON, by(its))
    with refused("HoldInvalid", TRIAL, its, True):
        trials.liftHold(TRIAL, its, REASON, by(REGULATOR))
    told(started, trials.liftHold(TRIAL, its, REASON, by(its)), "HoldLifted", its, its, 0, REASON)
    assert started.flags() == OPEN


def test_a_regulator_that_takes_no_part_holds_whatever_else_it_is(suite, trials):
    accredit_as(suite, HOSPITAL, roles_of(HOSPITAL) | roles_of(SITE) | roles_of(REGULATOR))
    trials.placeHold(TRIAL, REASON, by(HOSPITAL))
    trials.liftHold(TRIAL, HOSPITAL, REASON, by(HOSPITAL))


# ---------------------------------------------------------------------- paused


def test_a_pause_stops_enrolment_until_the_board_resumes(started, trials, stands_still, goes_on):
    told(started, trials.pause(TRIAL, REASON, by(SAFETY_BOARD)), "Paused", SAFETY_BOARD, 0, 0, REASON)
    stands_still(OPEN | PAUSED)
    with refused("TrialStateInvalid", TRIAL, OPEN | PAUSED):
        trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    with refused("CommitmentZero"):
        trials.resume(TRIAL, ZERO, by(SAFETY_BOARD))
    told(started, trials.resume(TRIAL, REASON, by(SAFETY_BOARD)), "Resumed", SAFETY_BOARD, 0, 0, REASON)
    goes_on()
    with refused("TrialStateInvalid", TRIAL, OPEN):
        trials.resume(TRIAL, REASON, by(SAFETY_BOARD))
    with refused("CommitmentZero"):
        trials.pause(TRIAL, ZERO, by(SAFETY_BOARD))


def test_what_is_paused_and_held_waits_for_both(trials, stands_still, goes_on):
    trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    stands_still(OPEN | PAUSED | HELD)
    trials.resume(TRIAL, REASON, by(SAFETY_BOARD))
    stands_still(OPEN | HELD)
    trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    goes_on()


def test_the_safety_board_alone_pauses(suite, started, trials, safety_board):
    for call in (trials.pause, trials.resume):
        with refused("TrialUnknown", NOT_A_TRIAL):
            call(NOT_A_TRIAL, REASON, {"from": safety_board})
        for organisation in (SPONSOR, REGULATOR, SITE, ETHICS_BOARD):
            with refused("OperatorNotInStanding", by(organisation)["from"], SAFETY_BOARD, UNKNOWN):
                call(TRIAL, REASON, by(organisation))
    suspend(suite, SAFETY_BOARD)
    with refused("OperatorNotInStanding", safety_board, SAFETY_BOARD, SUSPENDED):
        trials.pause(TRIAL, REASON, {"from": safety_board})


def test_a_trial_without_a_safety_board_is_not_paused(started, trials, safety_board):
    started.register(number=8)
    other = SPONSOR << 32 | 8
    for call in (trials.pause, trials.resume):
        with refused("TrialNotYours", other, 0):
            call(other, REASON, {"from": safety_board})


# ---------------------------------------------------------------------- ended


@pytest.mark.parametrize("organisation", [SPONSOR, SAFETY_BOARD, REGULATOR, SECOND_REGULATOR])
def test_a_sponsor_a_safety_board_and_any_regulator_end_a_trial(started, trials, stands_still, organisation):
    with refused("CommitmentZero"):
        trials.end(TRIAL, ZERO, by(organisation))
    told(started, trials.end(TRIAL, REASON, by(organisation)), "Ended", organisation, 0, 0, REASON)
    stands_still(OPEN | ENDED)
    with refused("TrialStateInvalid", TRIAL, OPEN | ENDED):
        trials.end(TRIAL, REASON, by(organisation))


def test_an_ended_trial_enrols_never_again(trials, stands_still):
    trials.end(TRIAL, REASON, by(SAFETY_BOARD))
    trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    trials.resume(TRIAL, REASON, by(SAFETY_BOARD))
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    trials.openSite(TRIAL, SITE, 40, by(SPONSOR))
    stands_still(OPEN | ENDED)


def test_nobody_else_ends_a_trial(suite, started, trials, stranger, regulator):
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.end(NOT_A_TRIAL, REASON, {"from": regulator})
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        trials.end(TRIAL, REASON, {"from": stranger})
    for organisation in (SITE, ETHICS_BOARD, AUDITOR, HOSPITAL):
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            trials.end(TRIAL, REASON, by(organisation))
    # Another sponsor, and a safety board that is not this trial's.
    accredit_as(suite, SECOND_SITE, roles_of(SPONSOR))
    accredit_as(suite, HOSPITAL, roles_of(SAFETY_BOARD))
    for organisation in (SECOND_SITE, HOSPITAL):
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            trials.end(TRIAL, REASON, by(organisation))
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", by(SPONSOR)["from"], SPONSOR, SUSPENDED):
        trials.end(TRIAL, REASON, by(SPONSOR))


# ---------------------------------------------------------------------- completed


def test_completion_ends_enrolment(started, trials, stands_still, goes_on):
    goes_on(3)
    with refused("CompletionInvalid", TRIAL, today() + 1):
        trials.recordCompletion(TRIAL, today() + 1, by(SPONSOR))
    goes_on(4)
    sent = trials.recordCompletion(TRIAL, today(), by(SPONSOR))
    told(started, sent, "PrimaryCompleted", SPONSOR, today())
    assert list(sent.events.keys()) == ["TrialAct"]
    assert sent.events.count("TrialAct") == 1
    stands_still(OPEN | ENDED)
    for organisation in (SPONSOR, SAFETY_BOARD, REGULATOR):
        with refused("TrialStateInvalid", TRIAL, OPEN | ENDED):
            trials.end(TRIAL, REASON, by(organisation))
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    trials.openSite(TRIAL, SITE, 40, by(SPONSOR))
    stands_still(OPEN | ENDED)
    started.lock()
    started.reveal()
    started.post(0)


def test_a_trial_that_has_ended_is_completed(started, trials, stands_still):
    trials.end(TRIAL, REASON, by(SAFETY_BOARD))
    trials.recordCompletion(TRIAL, today(), by(SPONSOR))
    assert trials.trialOf(TRIAL)["completedOn"] == today()
    stands_still(OPEN | ENDED)


def test_no_hold_or_pause_keeps_a_trial_from_being_completed(trials, stands_still):
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    trials.recordCompletion(TRIAL, today(), by(SPONSOR))
    trials.resume(TRIAL, REASON, by(SAFETY_BOARD))
    trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    stands_still(OPEN | ENDED)
