"""A sponsor proposes what is to hold from a day on, an ethics board approves it, and it comes into force."""

from dataclasses import replace

import pytest
from trial_acts import NOT_A_TRIAL, REASON, ZERO, accredit_as, hexed, next_at, not_logged, size_of, suspend, told

from tests.helpers.refusals import refused
from tests.helpers.suite import ETHICS_BOARD, HOSPITAL, LABORATORY, REGULATOR, SAFETY_BOARD, SITE, SPONSOR
from tests.helpers.supply import DAY, ROLE_MISSING, SUSPENDED, UNKNOWN, by, roles_of, today
from tests.helpers.trials import ETHICS, REGULATORY, TRIAL, Amended, commitment

DECISION = commitment("decision")
ALLOTTED = 80
"""To both sites of a trial that has started, of which the cap is 100."""


@pytest.fixture
def amended():
    """What is in order, and holds from today."""
    return Amended(effective_on=today())


@pytest.fixture
def propose(started, trials):
    def propose(amended, trial=TRIAL, organisation=SPONSOR):
        return trials.proposeAmendment(trial, amended.arguments(), by(organisation))

    return propose


@pytest.fixture
def approve(started, trials):
    def approve(amended, trial=TRIAL, organisation=ETHICS_BOARD, decision=DECISION):
        return trials.approveAmendment(trial, amended.arguments(), decision, by(organisation))

    return approve


@pytest.fixture
def put_in_force(started, trials, stranger):
    def put_in_force(amended, trial=TRIAL):
        return trials.putAmendmentInForce(trial, amended.arguments(), {"from": stranger})

    return put_in_force


@pytest.fixture
def drop(started, trials):
    def drop(amended, organisation=SPONSOR, reason=REASON):
        return trials.dropAmendment(TRIAL, amended.hash(), reason, by(organisation))

    return drop


def design_in_force(trials):
    view = trials.trialOf(TRIAL)
    names = "outcomesRoot outcomes primaries enrolmentCap plannedCompletion".split()
    return tuple(view[name] for name in names)


def design_of(amended):
    fields = amended.outcomes_root, amended.outcomes, amended.primaries, amended.enrolment_cap
    return hexed((*fields, amended.planned_completion))


def told_in_force(study, sent, amended, version):
    told(study, sent, "AmendmentInForce", 0, version, amended.outcomes_root, amended.hash())


# ---------------------------------------------------------------------- proposed


def test_a_sponsor_proposes_an_amendment(started, trials, propose, amended, sponsor):
    before = design_in_force(trials)
    event = not_logged(propose(amended), "AmendmentProposed")
    assert (event["trial"], event["by"], event["key"]) == (TRIAL, SPONSOR, sponsor)
    assert event["index"] == size_of(started) - 1
    assert event["amendment"] == hexed(amended.arguments())
    assert trials.trialOf(TRIAL)["proposed"] == "0x" + amended.hash().hex()
    assert design_in_force(trials) == before
    with refused("AmendmentWaiting", TRIAL, amended.hash()):
        propose(replace(amended, outcomes=9))


@pytest.mark.parametrize("field", ["protocol", "analysis_plan", "consent_form", "outcomes_root"])
def test_an_amendment_commits_to_what_is_to_hold(propose, amended, field):
    with refused("TrialDesignInvalid", TRIAL):
        propose(replace(amended, **{field: ZERO}))


@pytest.mark.parametrize(
    "changes",
    [
        {"outcomes": 0, "primaries": 0},
        {"primaries": 0},
        {"outcomes": 5, "primaries": 6},
        {"enrolment_cap": 0},
        {"planned_completion": 0},
    ],
)
def test_a_design_that_cannot_be_is_not_proposed(propose, amended, changes):
    with refused("TrialDesignInvalid", TRIAL):
        propose(replace(amended, **changes))


def test_an_amendment_has_a_reason(propose, amended):
    with refused("CommitmentZero"):
        propose(replace(amended, reason=ZERO))


def test_an_amendment_is_not_backdated(propose, amended):
    for days in (1, today()):
        with refused("AmendmentBackdated", TRIAL, today() - days, today()):
            propose(replace(amended, effective_on=today() - days))
    propose(replace(amended, effective_on=65_535))


def test_an_amendment_allows_at_least_those_that_sites_are_allotted(propose, amended):
    with refused("AllotmentInvalid", TRIAL, 0, ALLOTTED):
        propose(replace(amended, enrolment_cap=ALLOTTED - 1))
    propose(replace(amended, enrolment_cap=ALLOTTED))


def test_the_sponsor_alone_proposes(suite, propose, amended, sponsor):
    with refused("TrialUnknown", NOT_A_TRIAL):
        propose(amended, NOT_A_TRIAL)
    for organisation in (SITE, ETHICS_BOARD, REGULATOR):
        with refused("OperatorNotInStanding", by(organisation)["from"], SPONSOR, UNKNOWN):
            propose(amended, organisation=organisation)
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
        propose(amended)


# ---------------------------------------------------------------------- approved


def test_what_is_approved_on_its_day_is_in_force_at_once(started, trials, propose, approve, amended):
    propose(amended)
    sent = approve(amended)
    told(started, sent, "AmendmentApproved", ETHICS_BOARD, today(), amended.outcomes_root, DECISION, back=2)
    told_in_force(started, sent, amended, 1)
    assert design_in_force(trials) == design_of(amended)
    view = trials.trialOf(TRIAL)
    assert (view["version"], view["proposed"], view["consentVersion"]) == (1, "0x" + ZERO.hex(), 1)
    with refused("AmendmentNotProposed", TRIAL, amended.hash()):
        approve(amended)


def test_versions_are_counted(started, trials, amended):
    for version in range(1, 4):
        started.amend(replace(amended, outcomes=9 + version))
        assert trials.trialOf(TRIAL)["version"] == version
        assert trials.trialOf(TRIAL)["outcomes"] == 9 + version


def test_what_is_approved_before_its_day_waits_for_it(started, trials, propose, approve, put_in_force, amended):
    amended = replace(amended, effective_on=today() + 1)
    before = design_in_force(trials)
    propose(amended)
    sent = approve(amended)
    told(started, sent, "AmendmentApproved", ETHICS_BOARD, amended.effective_on, amended.outcomes_root, DECISION)
    assert design_in_force(trials) == before
    with refused("ApprovalKnown", TRIAL, 0, ETHICS, ETHICS_BOARD):
        approve(amended)
    next_at(amended.effective_on * DAY - 1)
    with refused("AmendmentNotDue", TRIAL, True, amended.effective_on):
        put_in_force(amended)
    next_at(amended.effective_on * DAY)
    told_in_force(started, put_in_force(amended), amended, 1)
    assert design_in_force(trials) == design_of(amended)
    with refused("AmendmentNotProposed", TRIAL, amended.hash()):
        put_in_force(amended)


def test_what_is_approved_after_its_day_holds_from_then_on(started, trials, propose, approve, put_in_force, amended):
    propose(amended)
    next_at((amended.effective_on + 3) * DAY)
    with refused("AmendmentNotDue", TRIAL, False, amended.effective_on):
        put_in_force(amended)
    approve(amended)
    assert design_in_force(trials) == design_of(amended)


def test_what_is_approved_is_what_was_proposed(propose, approve, put_in_force, amended):
    propose(amended)
    for field, value in vars(amended).items():
        changed = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else b"\x01" * 32
        other = replace(amended, **{field: changed})
        for call in (approve, put_in_force):
            with refused("AmendmentNotProposed", TRIAL, other.hash()):
                call(other)


def test_the_board_of_the_trial_approves(suite, propose, approve, amended, ethics_board):
    propose(amended)
    accredit_as(suite, HOSPITAL, roles_of(ETHICS_BOARD))
    for organisation in (HOSPITAL, SPONSOR, REGULATOR):
        with refused("OperatorNotInStanding", by(organisation)["from"], ETHICS_BOARD, UNKNOWN):
            approve(amended, organisation=organisation)
    with refused("TrialUnknown", NOT_A_TRIAL):
        approve(amended, NOT_A_TRIAL)
    with refused("CommitmentZero"):
        approve(amended, decision=ZERO)
    suspend(suite, ETHICS_BOARD)
    with refused("OperatorNotInStanding", ethics_board, ETHICS_BOARD, SUSPENDED):
        approve(amended)


def test_any_board_but_the_sponsor_approves_while_the_trial_has_none(
    suite, started, trials, propose, approve, amended, stranger
):
    for organisation in (HOSPITAL, SPONSOR):
        accredit_as(suite, organisation, roles_of(organisation) | roles_of(ETHICS_BOARD))
    amended = replace(amended, effective_on=today())
    propose(amended)
    trials.withdrawApproval(TRIAL, 0, ETHICS, REASON, by(ETHICS_BOARD))
    with refused("TrialNotIndependent", TRIAL, SPONSOR):
        approve(amended, organisation=SPONSOR)
    with refused("OperatorNotInStanding", by(REGULATOR)["from"], REGULATOR, ROLE_MISSING):
        approve(amended, organisation=REGULATOR)
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        trials.approveAmendment(TRIAL, amended.arguments(), DECISION, {"from": stranger})
    sent = approve(amended, organisation=HOSPITAL)
    told(started, sent, "AmendmentApproved", HOSPITAL, today(), amended.outcomes_root, DECISION, back=2)
    assert design_in_force(trials) == design_of(amended)


def test_no_board_that_takes_part_approves_while_the_trial_has_none(suite, started, trials, propose, approve):
    started.open_stream(LABORATORY)
    others = SITE, LABORATORY, SAFETY_BOARD, REGULATOR
    for organisation in others:
        accredit_as(suite, organisation, roles_of(organisation) | roles_of(ETHICS_BOARD))
    amended = Amended(effective_on=today())
    propose(amended)
    trials.withdrawApproval(TRIAL, 0, ETHICS, REASON, by(ETHICS_BOARD))
    for organisation in others:
        with refused("TrialNotIndependent", TRIAL, organisation):
            approve(amended, organisation=organisation)
    approve(amended)
    assert design_in_force(trials) == design_of(amended)


def test_a_board_in_place_of_one_out_of_standing_approves_and_drops(
    suite, started, trials, propose, approve, drop, put_in_force, ethics_board
):
    accredit_as(suite, HOSPITAL, roles_of(ETHICS_BOARD))
    suspend(suite, ETHICS_BOARD)
    amended = Amended(effective_on=today())
    propose(amended)
    with refused("OperatorNotInStanding", by(HOSPITAL)["from"], ETHICS_BOARD, UNKNOWN):
        approve(amended, organisation=HOSPITAL)
    trials.approve(TRIAL, 0, ETHICS, DECISION, by(HOSPITAL))
    with refused("OperatorNotInStanding", ethics_board, HOSPITAL, UNKNOWN):
        approve(amended)
    sent = drop(amended, HOSPITAL)
    told(started, sent, "AmendmentDropped", HOSPITAL, 0, amended.hash(), REASON)
    propose(amended)
    approve(amended, organisation=HOSPITAL)
    assert design_in_force(trials) == design_of(amended)


def test_a_board_that_takes_its_approval_of_the_trial_back_takes_that_of_the_amendment(
    started, trials, propose, approve, put_in_force, amended
):
    amended = replace(amended, effective_on=today() + 1)
    before = design_in_force(trials)
    propose(amended)
    approve(amended)
    trials.withdrawApproval(TRIAL, 0, ETHICS, REASON, by(ETHICS_BOARD))
    for at in (amended.effective_on * DAY - 1, amended.effective_on * DAY):
        next_at(at)
        with refused("AmendmentNotDue", TRIAL, False, amended.effective_on):
            put_in_force(amended)
    # Nor does it come back with the approval of the trial.
    trials.approve(TRIAL, 0, ETHICS, DECISION, by(ETHICS_BOARD))
    with refused("AmendmentNotDue", TRIAL, False, amended.effective_on):
        put_in_force(amended)
    assert design_in_force(trials) == before
    approve(amended)
    assert design_in_force(trials) == design_of(amended)


@pytest.mark.parametrize(
    ("site", "authority", "organisation"),
    [(0, REGULATORY, REGULATOR), (SITE, ETHICS, ETHICS_BOARD), (SITE, REGULATORY, REGULATOR)],
)
def test_any_other_approval_taken_back_leaves_that_of_the_amendment(
    started, trials, propose, approve, put_in_force, amended, site, authority, organisation
):
    amended = replace(amended, effective_on=today() + 1)
    propose(amended)
    approve(amended)
    trials.withdrawApproval(TRIAL, site, authority, REASON, by(organisation))
    next_at(amended.effective_on * DAY)
    told_in_force(started, put_in_force(amended), amended, 1)
    assert design_in_force(trials) == design_of(amended)


# ---------------------------------------------------------------------- in force


def test_sites_that_were_given_more_meanwhile_must_give_it_back(
    started, trials, propose, approve, put_in_force, amended
):
    amended = replace(amended, enrolment_cap=ALLOTTED)
    propose(amended)
    trials.changeAllotment(TRIAL, SITE, 41, by(SPONSOR))
    told(started, approve(amended), "AmendmentApproved", ETHICS_BOARD, today(), amended.outcomes_root, DECISION)
    with refused("AllotmentInvalid", TRIAL, 0, ALLOTTED + 1):
        put_in_force(amended)
    trials.changeAllotment(TRIAL, SITE, 40, by(SPONSOR))
    told_in_force(started, put_in_force(amended), amended, 1)
    with refused("AllotmentInvalid", TRIAL, SITE, 41):
        trials.changeAllotment(TRIAL, SITE, 41, by(SPONSOR))


def test_a_greater_cap_is_room_for_sites(started, trials, amended):
    with refused("AllotmentInvalid", TRIAL, SITE, 61):
        trials.changeAllotment(TRIAL, SITE, 61, by(SPONSOR))
    started.amend(replace(amended, enrolment_cap=101))
    trials.changeAllotment(TRIAL, SITE, 61, by(SPONSOR))
    with refused("AllotmentInvalid", TRIAL, SITE, 62):
        trials.changeAllotment(TRIAL, SITE, 62, by(SPONSOR))


@pytest.mark.parametrize("reconsent", [False, True])
def test_a_new_consent_form_is_to_be_signed_where_the_amendment_says_so(started, trials, amended, patient, reconsent):
    started.amend(replace(amended, reconsent=reconsent))
    assert trials.trialOf(TRIAL)["consentVersion"] == 1 + reconsent
    started.consent(patient, version=1)
    if reconsent:
        with refused("ConsentMissing", TRIAL, patient, 2, 0):
            started.enrol_alone(1, patient)
    started.enrol(1, patient)


def test_an_amendment_neither_starts_nor_stops_a_trial(started, trials, amended):
    flags = started.flags()
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    held = started.flags()
    started.amend(replace(amended, reconsent=True))
    assert started.flags() == held != flags
    trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    assert started.flags() == flags


# ---------------------------------------------------------------------- dropped


@pytest.mark.parametrize("organisation", [SPONSOR, ETHICS_BOARD])
@pytest.mark.parametrize("is_approved", [False, True])
def test_a_sponsor_and_the_board_drop_what_waits(
    started, trials, propose, approve, put_in_force, drop, amended, organisation, is_approved
):
    amended = replace(amended, effective_on=today() + 1)
    propose(amended)
    if is_approved:
        approve(amended)
    sent = drop(amended, organisation)
    told(started, sent, "AmendmentDropped", organisation, 0, amended.hash(), REASON)
    assert trials.trialOf(TRIAL)["proposed"] == "0x" + ZERO.hex()
    for call in (drop, approve, put_in_force):
        with refused("AmendmentNotProposed", TRIAL, amended.hash()):
            call(amended)
    # Proposed again, it waits for its approval again.
    propose(amended)
    next_at(amended.effective_on * DAY)
    with refused("AmendmentNotDue", TRIAL, False, amended.effective_on):
        put_in_force(amended)


def test_nobody_else_drops_and_nothing_else_is_dropped(trials, propose, drop, amended, regulator, site):
    with refused("AmendmentNotProposed", TRIAL, ZERO):
        trials.dropAmendment(TRIAL, ZERO, REASON, by(SPONSOR))
    propose(amended)
    for amendment in (ZERO, replace(amended, outcomes=9).hash()):
        with refused("AmendmentNotProposed", TRIAL, amendment):
            trials.dropAmendment(TRIAL, amendment, REASON, by(SPONSOR))
    for key in (regulator, site):
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            trials.dropAmendment(TRIAL, amended.hash(), REASON, {"from": key})
    with refused("CommitmentZero"):
        drop(amended, reason=ZERO)
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.dropAmendment(NOT_A_TRIAL, amended.hash(), REASON, by(SPONSOR))


def test_a_board_that_lost_its_accreditation_drops_nothing(suite, propose, drop, amended, ethics_board):
    propose(amended)
    suspend(suite, ETHICS_BOARD)
    with refused("OperatorNotInStanding", ethics_board, ETHICS_BOARD, SUSPENDED):
        drop(amended, ETHICS_BOARD)


# ---------------------------------------------------------------------- once the dataset is locked


def test_nothing_is_amended_once_the_dataset_is_locked(started, propose, approve, put_in_force, amended):
    started.lock()
    with refused("TrialStateInvalid", TRIAL, started.flags()):
        propose(amended)
    for call in (approve, put_in_force):
        with refused("AmendmentNotProposed", TRIAL, amended.hash()):
            call(amended)


def test_the_dataset_is_not_locked_while_an_amendment_waits(started, trials, propose, drop, amended):
    propose(amended)
    with refused("AmendmentWaiting", TRIAL, amended.hash()):
        trials.lockDataset(TRIAL, commitment("dataset"), by(SPONSOR))
    drop(amended)
    started.lock()
