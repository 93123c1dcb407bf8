"""An allocation list is committed to, the dataset is locked, and the list is revealed."""

import pytest
from trial_acts import BLOCK, NOT_A_TRIAL, ZERO, AllocationList, send_slowly, suspend, told

from tests.helpers.refusals import refused
from tests.helpers.suite import REGULATOR, SECOND_SITE, SITE, SPONSOR
from tests.helpers.supply import SUSPENDED, UNKNOWN, by, today
from tests.helpers.trials import (
    APPROVED,
    ARMS,
    KEY,
    LATE,
    LOCKED,
    RANDOMISED,
    TRIAL,
    UNBLINDED,
    Design,
    allocation_salt,
    allocation_tree,
    commitment,
)

PLACES = len(ARMS)
DATASET = commitment("dataset")
LARGEST_GAS = 16_777_216
"""That a transaction may use (EIP-7825)."""


@pytest.fixture
def commit(registered, trials):
    def commit(places=PLACES, root=None, trial=TRIAL, organisation=SPONSOR):
        root = allocation_tree().root() if root is None else root
        return trials.commitAllocations(trial, places, root, by(organisation))

    return commit


@pytest.fixture
def lock(registered, trials):
    def lock(dataset=DATASET, trial=TRIAL, organisation=SPONSOR):
        return trials.lockDataset(trial, dataset, by(organisation))

    return lock


@pytest.fixture
def reveal(registered, trials):
    def reveal(number=0, arms=ARMS, proof=(), key=KEY, trial=TRIAL, organisation=SPONSOR):
        return trials.revealAllocations(trial, key, number, arms, proof, by(organisation))

    return reveal


@pytest.fixture
def reveal_block(registered, trials):
    """As `reveal`, for what takes a while."""
    return lambda *block: send_slowly(trials.revealAllocations, TRIAL, KEY, *block, by(SPONSOR))


@pytest.fixture
def mismatch(registered, trials):
    """That a block would not be revealed, because it is not what was committed to."""

    def mismatch(number, arms, proof):
        with refused("RevealMismatch", TRIAL, number):
            trials.revealAllocations.call(TRIAL, KEY, number, arms, proof, by(SPONSOR))

    return mismatch


# ---------------------------------------------------------------------- committed to


@pytest.mark.parametrize("places", [1, len(ARMS), 2**24 - 1])
def test_a_sponsor_commits_to_its_list(registered, trials, commit, places):
    root = commitment("list")
    told(registered, commit(places, root), "AllocationsCommitted", SPONSOR, places, root)
    assert trials.trialOf(TRIAL)["places"] == places
    assert registered.flags() == RANDOMISED
    for again in (places, 1):
        with refused("AllocationsInvalid", TRIAL, again, 0):
            commit(again)


def test_a_list_has_places_and_a_root(commit):
    with refused("AllocationsInvalid", TRIAL, 0, 0):
        commit(0)
    with refused("AllocationsInvalid", TRIAL, 8, 0):
        commit(8, ZERO)


def test_a_list_is_committed_to_before_the_first_enrolment(registered, commit, patient):
    registered.approve()
    registered.open_site(SECOND_SITE)
    registered.enrol(1, patient, SECOND_SITE, on=today() - 3)
    with refused("AllocationsInvalid", TRIAL, 8, today() - 3):
        commit()
    registered.register(Design(started_on=today()), number=8)
    with refused("AllocationsInvalid", SPONSOR << 32 | 8, 8, today()):
        commit(trial=SPONSOR << 32 | 8)
    assert registered.flags() == APPROVED | LATE


def test_every_allocation_is_proven_before_and_after_it_is_revealed(registered, trials, commit, lock, reveal):
    tree = allocation_tree()

    def included(place, **wrong):
        fields = {"arm": ARMS[place], "salt": allocation_salt(place), "proof": tree.inclusion_proof(place)} | wrong
        return trials.allocationIncludes(TRIAL, place, fields["arm"], fields["salt"], fields["proof"])

    assert not included(0)
    commit()
    for _ in range(2):
        for place, arm in enumerate(ARMS):
            assert included(place)
            assert not included(place, arm=arm ^ 3)
            assert not included(place, salt=allocation_salt(place + 1))
            assert not included(place, proof=tree.inclusion_proof(place ^ 1))
        last = len(ARMS)
        assert not trials.allocationIncludes(TRIAL, last, 1, allocation_salt(last), tree.inclusion_proof(0))
        if registered.flags() & LOCKED == 0:
            lock()
            reveal()


# ---------------------------------------------------------------------- locked


def test_a_sponsor_locks_the_dataset_once_all_streams_are(registered, trials, lock):
    registered.approve()
    for organisation in (SITE, SECOND_SITE):
        registered.open_stream(organisation)
    registered.amend()
    for count, organisation in ((2, SITE), (1, SECOND_SITE)):
        with refused("StreamsOpen", TRIAL, count):
            lock()
        trials.lockStream(TRIAL, organisation, by(organisation))
    with refused("CommitmentZero"):
        lock(ZERO)
    told(registered, lock(), "DatasetLocked", SPONSOR, 1, 0, DATASET)
    assert registered.flags() == APPROVED | LOCKED
    with refused("TrialStateInvalid", TRIAL, APPROVED | LOCKED):
        lock()


def test_the_sponsor_alone_commits_locks_and_reveals(suite, commit, lock, reveal, sponsor):
    for organisation in (SITE, REGULATOR):
        for call in (commit, lock, reveal):
            with refused("OperatorNotInStanding", by(organisation)["from"], SPONSOR, UNKNOWN):
                call(organisation=organisation)
    for call in (commit, lock, reveal):
        with refused("TrialUnknown", NOT_A_TRIAL):
            call(trial=NOT_A_TRIAL)
    suspend(suite, SPONSOR)
    for call in (commit, lock, reveal):
        with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
            call()


# ---------------------------------------------------------------------- revealed


def test_what_was_committed_to_is_revealed_after_the_lock(registered, commit, lock, reveal):
    commit()
    with refused("TrialStateInvalid", TRIAL, RANDOMISED):
        reveal()
    lock()
    told(registered, reveal(), "AllocationsRevealed", SPONSOR, 0, allocation_tree().root(), KEY)
    assert registered.flags() == RANDOMISED | LOCKED | UNBLINDED
    with refused("RevealInvalid", TRIAL, 0):
        reveal()


def test_what_was_not_committed_to_is_not_revealed(commit, lock, reveal):
    commit()
    lock()
    for wrong in (
        {"arms": ARMS[:-1] + bytes([ARMS[-1] ^ 3])},
        {"arms": bytes([ARMS[0] ^ 3]) + ARMS[1:]},
        {"arms": ARMS[::-1]},
        {"arms": ARMS[:-1]},
        {"arms": ARMS + b"\x01"},
        {"arms": b""},
        {"key": commitment("another key")},
        {"key": ZERO},
        {"proof": (ZERO,)},
        {"proof": (allocation_tree().root(),)},
    ):
        with refused("RevealMismatch", TRIAL, 0):
            reveal(**wrong)
    for number in (1, 2, 65_535):
        with refused("RevealInvalid", TRIAL, number):
            reveal(number)
    reveal()


def test_a_trial_without_a_list_reveals_nothing(lock, reveal):
    lock()
    with refused("RevealInvalid", TRIAL, 0):
        reveal()


@pytest.mark.parametrize("places", [1, 2, BLOCK - 1, BLOCK])
def test_a_list_of_one_block_is_revealed_at_once(registered, commit, lock, reveal, reveal_block, mismatch, places):
    whole = AllocationList(places)
    commit(places, whole.tree.root())
    lock()
    _, arms, proof = whole.block(0)
    assert proof == ()
    mismatch(0, arms[:-1], proof)
    sent = reveal_block(0, arms, proof)
    told(registered, sent, "AllocationsRevealed", SPONSOR, 0, whole.tree.root(), KEY)
    assert sent.gas_used < LARGEST_GAS
    with refused("RevealInvalid", TRIAL, 1):
        reveal(1, arms, proof)


@pytest.mark.parametrize("places", [BLOCK + 1, 2 * BLOCK + 5])
@pytest.mark.parametrize("backwards", [False, True])
def test_blocks_are_revealed_in_any_order(registered, trials, commit, lock, reveal, reveal_block, places, backwards):
    whole = AllocationList(places)
    commit(places, whole.tree.root())
    lock()
    order = range(len(whole.roots))
    for number in reversed(order) if backwards else order:
        sent = reveal_block(*whole.block(number))
        told(registered, sent, "AllocationsRevealed", SPONSOR, number, whole.roots[number], KEY)
        assert registered.flags() == RANDOMISED | LOCKED | UNBLINDED
        with refused("RevealInvalid", TRIAL, number):
            reveal(*whole.block(number))
    with refused("RevealInvalid", TRIAL, len(order)):
        reveal(len(order), b"\x01", ())
    for place in (0, BLOCK - 1, BLOCK, places - 1):
        proof = whole.tree.inclusion_proof(place)
        assert trials.allocationIncludes(TRIAL, place, whole.arms[place], allocation_salt(place), proof)


def test_a_block_is_revealed_as_what_it_is(commit, lock, reveal, mismatch):
    whole = AllocationList(BLOCK + 1)
    commit(BLOCK + 1, whole.tree.root())
    lock()
    first, last = whole.block(0), whole.block(1)
    for number, arms, proof in (
        (1, last[1], ()),
        (1, last[1], first[2]),
        (1, last[1] * 2, last[2]),
        (1, first[1], last[2]),
        (1, bytes([last[1][0] ^ 3]), last[2]),
        (0, last[1], last[2]),
        (0, first[1] + last[1], ()),
        (0, first[1][:-1], first[2]),
    ):
        mismatch(number, arms, proof)
    reveal(*last)
