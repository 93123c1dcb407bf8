"""A sponsor completes its trial and posts the results: everybody sees what is missing, changed, or late."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from trial_acts import BLOCK, NOT_A_TRIAL, ZERO, AllocationList, mine_at, send_slowly, suspend, told

from carechain.merkle_log import MerkleTree
from tests.helpers.refusals import refused
from tests.helpers.suite import REGULATOR, SITE, SPONSOR, pass_time
from tests.helpers.supply import DAY, SUSPENDED, UNKNOWN, by, today
from tests.helpers.trials import (
    ADDED,
    CHANGED,
    ENDED,
    KEY,
    LOCKED,
    MISSING,
    OUTCOMES,
    RANDOMISED,
    REPORTED,
    TRIAL,
    UNBLINDED,
    Amended,
    Design,
    Study,
    commitment,
    outcome_tree,
)

EPOCH = date(1970, 1, 1)
RESULT = commitment("result")
ELSE = commitment("an outcome that is told otherwise")


def day_of(text):
    return (date.fromisoformat(text) - EPOCH).days


def a_year_later(day):
    """Twelve calendar months; of what ends a February, the last day of the next."""
    on = EPOCH + timedelta(day)
    return (on.replace(year=on.year + 1, day=min(on.day, monthrange(on.year + 1, on.month)[1])) - EPOCH).days


@pytest.fixture
def complete(registered, trials):
    def complete(on, trial=TRIAL, organisation=SPONSOR):
        return trials.recordCompletion(trial, on, by(organisation))

    return complete


@pytest.fixture
def locked(registered, trials):
    """A trial without an allocation list, the dataset locked."""
    trials.lockDataset(TRIAL, commitment("dataset"), by(SPONSOR))
    return registered


@pytest.fixture
def another(registered, trials, consents):
    """Another trial of the sponsor's."""

    def another(number, **design):
        registered.register(Design(**design), number)
        return Study(trials, consents, SPONSOR << 32 | number)

    return another


@pytest.fixture
def old(another):
    """A trial that was registered long after its first enrolment, so that it can be completed on any day since."""
    return another(8, started_on=1)


def results(study):
    return dict(study.trials.resultsOf(study.trial))


def counts(study):
    """Reported, changed, missing, added."""
    view = results(study)
    return tuple(view[name] for name in ("reported", "changed", "missing", "added"))


# ---------------------------------------------------------------------- completed


def test_a_sponsor_tells_the_completion_once(registered, trials, complete):
    told(registered, complete(today()), "PrimaryCompleted", SPONSOR, today())
    assert trials.trialOf(TRIAL)["completedOn"] == today()
    for on in (today(), today() - 1):
        with refused("CompletionInvalid", TRIAL, on):
            complete(on)


def test_a_trial_is_completed_between_its_first_enrolment_and_today(registered, complete, patient):
    registered.approve()
    registered.open_site()
    registered.enrol(1, patient, on=today() - 3)
    for on in (0, today() + 1, 65_535, today() - 4):
        with refused("CompletionInvalid", TRIAL, on):
            complete(on)
    complete(today() - 3)


def test_a_trial_without_enrolments_is_not_completed_before_its_registration(registered, trials, complete):
    registered_on = trials.trialOf(TRIAL)["registeredOn"]
    pass_time(2 * DAY)
    for on in (0, 1, registered_on - 1, today() + 1):
        with refused("CompletionInvalid", TRIAL, on):
            complete(on)
    complete(registered_on)
    assert trials.trialOf(TRIAL)["completedOn"] == registered_on


def test_a_trial_is_not_completed_before_its_first_enrolment_though_it_was_registered(registered, complete, patient):
    registered.approve()
    registered.open_site()
    pass_time(2 * DAY)
    registered.enrol(1, patient)
    for on in (today() - 1, today() - 2):
        with refused("CompletionInvalid", TRIAL, on):
            complete(on)
    complete(today())


def test_a_trial_is_not_completed_before_the_start_that_it_was_registered_with(another, complete):
    late = another(8, started_on=today() - 5)
    with refused("CompletionInvalid", late.trial, today() - 6):
        complete(today() - 6, late.trial)
    complete(today() - 5, late.trial)


@pytest.mark.parametrize("completed", [False, True])
def test_no_completion_is_told_once_the_dataset_is_locked(registered, trials, complete, completed):
    """Or a sponsor could move the day that its results are due."""
    if completed:
        complete(today())
    trials.lockDataset(TRIAL, commitment("dataset"), by(SPONSOR))
    before = results(registered)
    for on in (0, today(), today() + 1):
        with refused("TrialStateInvalid", TRIAL, LOCKED | ENDED * completed):
            complete(on)
    assert results(registered) == before
    assert registered.flags() == LOCKED | ENDED * completed
    registered.post(0)


def test_the_sponsor_alone_completes_and_reports(suite, locked, trials, complete, sponsor):
    arguments = 0, outcome_tree().leaf(0), [], RESULT
    for organisation in (SITE, REGULATOR):
        with refused("OperatorNotInStanding", by(organisation)["from"], SPONSOR, UNKNOWN):
            complete(today(), organisation=organisation)
        with refused("OperatorNotInStanding", by(organisation)["from"], SPONSOR, UNKNOWN):
            trials.postResult(TRIAL, *arguments, by(organisation))
    with refused("TrialUnknown", NOT_A_TRIAL):
        complete(today(), NOT_A_TRIAL)
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.postResult(NOT_A_TRIAL, *arguments, by(SPONSOR))
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
        complete(today())


# ---------------------------------------------------------------------- due


DUE = {
    "2024-02-29": "2025-02-28",
    "2024-02-28": "2025-02-28",
    "2023-02-28": "2024-02-28",
    "2024-03-01": "2025-03-01",
    "2023-12-31": "2024-12-31",
    "2024-01-31": "2025-01-31",
    "1970-01-02": "1971-01-02",
    "2000-02-29": "2001-02-28",
}


@pytest.mark.parametrize("completed", DUE)
def test_results_are_due_a_year_after_completion(old, complete, completed):
    complete(day_of(completed), old.trial)
    assert results(old)["dueOn"] == day_of(DUE[completed]) == a_year_later(day_of(completed))


def test_until_it_is_completed_the_planned_day_counts(another):
    days = [*map(day_of, ("2028-02-29", "2027-02-28", "2096-02-29", "2099-02-28", "2149-06-05")), 65_535, 1]
    for number, planned in enumerate(days, 10):
        study = another(number, planned_completion=planned)
        assert results(study)["dueOn"] == a_year_later(planned)
        assert results(study)["overdue"] == (planned == 1)


def test_completion_takes_the_place_of_the_planned_day(registered, complete):
    assert results(registered)["dueOn"] == a_year_later(30_000)
    complete(today())
    assert results(registered)["dueOn"] == a_year_later(today())


def test_an_amendment_moves_the_planned_day(registered):
    registered.approve()
    registered.amend(Amended(planned_completion=31_000))
    assert results(registered)["dueOn"] == a_year_later(31_000)


def test_results_are_overdue_once_the_day_is_over(old, complete):
    complete(today() - 360, old.trial)
    due_on = results(old)["dueOn"]
    assert due_on == a_year_later(today() - 360)
    for at, overdue in ((due_on * DAY, False), ((due_on + 1) * DAY - 1, False), ((due_on + 1) * DAY, True)):
        mine_at(at)
        assert results(old)["overdue"] == overdue


def test_results_that_are_all_posted_are_not_overdue(old, trials, complete):
    complete(1, old.trial)
    trials.lockDataset(old.trial, commitment("dataset"), by(SPONSOR))
    assert results(old)["overdue"]
    for outcome in range(len(OUTCOMES)):
        assert results(old)["overdue"]
        old.post(outcome, ELSE if outcome % 2 else None)
    assert not results(old)["overdue"]
    assert counts(old) == (3, 2, 0, 0)


# ---------------------------------------------------------------------- posted


def test_before_anything_is_posted_everything_is_missing(registered, trials):
    assert results(registered) == {
        "registered": len(OUTCOMES),
        "reported": 0,
        "changed": 0,
        "missing": len(OUTCOMES),
        "added": 0,
        "dueOn": a_year_later(30_000),
        "overdue": False,
    }
    assert {trials.outcomeStatusOf(TRIAL, outcome) for outcome in (*range(6), 65_535)} == {MISSING}


def test_an_outcome_is_reported_as_it_is_registered(locked, trials):
    tree = outcome_tree()
    for outcome in range(len(OUTCOMES)):
        leaf, proof = tree.leaf(outcome), tree.inclusion_proof(outcome)
        assert trials.postResult.call(TRIAL, outcome, leaf, proof, RESULT, by(SPONSOR)) == REPORTED
        told(locked, locked.post(outcome), "ResultPosted", SPONSOR, outcome << 8 | REPORTED, leaf, RESULT)
        assert trials.outcomeStatusOf(TRIAL, outcome) == REPORTED
        assert counts(locked) == (outcome + 1, 0, len(OUTCOMES) - outcome - 1, 0)


def test_an_outcome_that_is_told_otherwise_is_changed(locked, trials):
    tree = outcome_tree()
    right = tree.leaf(1), tree.inclusion_proof(1)
    for number, (told_as, proof) in enumerate(
        ((ELSE, right[1]), (right[0], ()), (tree.leaf(0), tree.inclusion_proof(0)), (right[0], (*right[1], ZERO))), 8
    ):
        assert trials.postResult.call(TRIAL, 1, told_as, proof, RESULT, by(SPONSOR)) == CHANGED, number
        sent = trials.postResult(TRIAL, 1, told_as, proof, RESULT, by(SPONSOR))
        told(locked, sent, "ResultPosted", SPONSOR, 1 << 8 | CHANGED, told_as, RESULT)
    assert trials.outcomeStatusOf(TRIAL, 1) == CHANGED
    assert counts(locked) == (0, 1, len(OUTCOMES) - 1, 0)


@pytest.mark.parametrize("outcome", [len(OUTCOMES), 256, 65_535])
def test_an_outcome_that_was_never_registered_is_added(locked, trials, outcome):
    for added in (1, 2):
        sent = locked.post(outcome, ELSE)
        told(locked, sent, "ResultPosted", SPONSOR, outcome << 8 | ADDED, ELSE, RESULT)
        assert counts(locked) == (0, 0, len(OUTCOMES), added)
    assert trials.outcomeStatusOf(TRIAL, outcome) == MISSING


@pytest.mark.parametrize("order", [(None, ELSE), (ELSE, None), (None, None, ELSE, ELSE, None)])
def test_an_outcome_stays_changed_once_it_was(locked, trials, order):
    for told_as in order:
        locked.post(0, told_as)
    assert trials.outcomeStatusOf(TRIAL, 0) == CHANGED
    assert counts(locked) == (1, 1, len(OUTCOMES) - 1, 0)


def test_a_later_result_stands_beside_the_earlier(locked, trials):
    locked.post(0)
    locked.post(0)
    assert trials.outcomeStatusOf(TRIAL, 0) == REPORTED
    assert counts(locked) == (1, 0, len(OUTCOMES) - 1, 0)


def test_many_outcomes_are_told_apart(another, trials):
    outcomes = [f"outcome {number}".encode() for number in range(600)]
    tree = MerkleTree(outcomes)
    study = another(8, outcomes=600, outcomes_root=tree.root())
    trials.lockDataset(study.trial, commitment("dataset"), by(SPONSOR))
    statuses = {0: REPORTED, 255: CHANGED, 256: REPORTED, 511: REPORTED, 512: CHANGED, 599: REPORTED}
    for outcome, status in statuses.items():
        leaf = tree.leaf(outcome) if status == REPORTED else ELSE
        trials.postResult(study.trial, outcome, leaf, tree.inclusion_proof(outcome), RESULT, by(SPONSOR))
    for outcome in {*statuses, *(each + 1 for each in statuses), 254, 257, 510, 598}:
        assert trials.outcomeStatusOf(study.trial, outcome) == statuses.get(outcome, MISSING), outcome
    assert counts(study) == (4, 2, 594, 0)


def test_outcomes_are_those_that_are_in_force(registered, trials):
    registered.approve()
    amended = (*OUTCOMES, b"outcome 5")
    registered.amend()
    trials.lockDataset(TRIAL, commitment("dataset"), by(SPONSOR))
    registered.post(0)
    assert counts(registered) == (0, 1, 5, 0)
    tree = MerkleTree(amended)
    for outcome in range(1, 6):
        trials.postResult(TRIAL, outcome, tree.leaf(outcome), tree.inclusion_proof(outcome), RESULT, by(SPONSOR))
    assert counts(registered) == (5, 1, 0, 0)


# ---------------------------------------------------------------------- not before


def test_nothing_is_posted_before_the_dataset_is_locked(registered):
    with refused("TrialStateInvalid", TRIAL, 0):
        registered.post(0)


def test_nothing_is_posted_before_the_first_allocations_are_revealed(registered, trials):
    registered.commit_allocations()
    with refused("TrialStateInvalid", TRIAL, RANDOMISED):
        registered.post(0)
    trials.lockDataset(TRIAL, commitment("dataset"), by(SPONSOR))
    for outcome in (0, 5):
        with refused("TrialStateInvalid", TRIAL, RANDOMISED | LOCKED):
            registered.post(outcome, ELSE)
    registered.reveal()
    registered.post(0)


@pytest.mark.parametrize("first", [0, 1])
def test_nothing_is_posted_before_all_blocks_are_revealed(registered, trials, first):
    whole = AllocationList(BLOCK + 1)
    trials.commitAllocations(TRIAL, BLOCK + 1, whole.tree.root(), by(SPONSOR))
    trials.lockDataset(TRIAL, commitment("dataset"), by(SPONSOR))
    flags = RANDOMISED | LOCKED
    for number in (first, 1 - first):
        for outcome in (0, len(OUTCOMES)):
            with refused("TrialStateInvalid", TRIAL, flags):
                registered.post(outcome, ELSE)
        send_slowly(trials.revealAllocations, TRIAL, KEY, *whole.block(number), by(SPONSOR))
        flags |= UNBLINDED
    registered.post(0)
    assert counts(registered) == (1, 0, len(OUTCOMES) - 1, 0)


def test_a_result_says_something_about_something(locked, trials):
    with refused("CommitmentZero"):
        locked.post(0, ZERO)
    with refused("CommitmentZero"):
        trials.postResult(TRIAL, 0, ELSE, [], ZERO, by(SPONSOR))
