"""People sign entries of a trial's logs, by keys that are theirs."""

import pytest
from brownie.exceptions import VirtualMachineError
from trial_acts import NOT_A_TRIAL, OWN, REASON, ZERO, hexed, size_of, suspend, told

from carechain.merkle_log import MerkleTree
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
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by
from tests.helpers.trials import ACTS, ETHICS, TRIAL, commitment, data_entry

MEANINGS = "Authored Reviewed SignedOff".split()
SIGNATORY = commitment("name of whoever signs")
ENTRIES = 3


@pytest.fixture
def tree(started, trials, site):
    """The site's log, of three entries."""
    entries = []
    for n in range(ENTRIES):
        batch = started.batch(n)
        sent = trials.anchorData(TRIAL, SITE, *batch, by(SITE))
        entries.append(data_entry(TRIAL, SITE, site.address, sent.timestamp, batch))
    return MerkleTree(entries)


@pytest.fixture
def sign(started, trials, tree):
    def sign(
        signer=SITE,
        index=1,
        meaning="SignedOff",
        signatory=SIGNATORY,
        leaf=None,
        proof=None,
        log=SITE,
        key=None,
        trial=TRIAL,
    ):
        leaf = tree.leaf(index) if leaf is None else leaf
        proof = tree.inclusion_proof(index) if proof is None else proof
        act = ACTS.index(meaning) if isinstance(meaning, str) else meaning
        sender = {"from": key} if key else by(signer)
        return trials.sign(trial, log, index, leaf, proof, act, signatory, sender)

    return sign


@pytest.mark.parametrize("meaning", MEANINGS)
def test_a_signature_says_what_it_means(started, sign, tree, meaning):
    for index in range(ENTRIES):
        sent = sign(index=index, meaning=meaning)
        assert list(sent.events.keys()) == ["TrialAct"]
        told(started, sent, meaning, SITE, SITE << 32 | index, tree.leaf(index), SIGNATORY)


def test_an_entry_is_signed_by_many(started, sign, tree):
    before = size_of(started)
    for meaning in MEANINGS:
        sign(meaning=meaning)
        sign(SPONSOR, meaning=meaning)
    assert size_of(started) == before + 6
    assert size_of(started, SITE) == ENTRIES


def test_what_stands_in_the_trials_own_log_is_signed(trials, started):
    """Of another trial, whose one entry is all of its tree; its signature is the second."""
    started.register(number=8)
    trial = SPONSOR << 32 | 8
    leaf = bytes(trials.logOf(trial, OWN)[1])
    sent = trials.sign(trial, OWN, 0, leaf, [], ACTS.index("Authored"), SIGNATORY, by(SPONSOR))
    fields = sent.events["TrialAct"]
    assert (fields["index"], fields["number"], fields["subject"]) == (1, 0, hexed([leaf])[0])
    with refused("EntryUnknown", trial, OWN, 0):
        trials.sign(trial, OWN, 0, leaf, [], ACTS.index("Authored"), SIGNATORY, by(SPONSOR))


PART_IN_IT = (SPONSOR, SITE, SECOND_SITE, LABORATORY)
WATCHING = (ETHICS_BOARD, REGULATOR, SAFETY_BOARD, SECOND_REGULATOR, AUDITOR)


@pytest.mark.parametrize("signer", [*PART_IN_IT, *WATCHING])
def test_those_who_take_part_and_those_who_watch_sign(started, sign, tree, signer):
    started.open_stream(LABORATORY)
    told(started, sign(signer), "SignedOff", signer, SITE << 32 | 1, tree.leaf(1), SIGNATORY)


def test_others_do_not_sign(suite, sign, stranger, site):
    for organisation in (HOSPITAL, LABORATORY):
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            sign(organisation)
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        sign(key=stranger)
    suspend(suite, SITE)
    with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
        sign()


def test_a_board_that_took_its_approval_back_signs_no_longer(trials, sign, ethics_board):
    trials.withdrawApproval(TRIAL, 0, ETHICS, REASON, by(ETHICS_BOARD))
    with refused("OperatorNotInStanding", ethics_board, ETHICS_BOARD, ROLE_MISSING):
        sign(ETHICS_BOARD)


def test_an_organisation_without_a_log_has_nothing_to_sign_in_it(sign):
    with refused("EntryUnknown", TRIAL, HOSPITAL, 1):
        sign(HOSPITAL, log=HOSPITAL)


def test_whoever_left_signs_what_is_there(trials, started, sign):
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    started.lock()
    sign()
    sign(SECOND_SITE)


def test_an_act_is_no_signature(sign):
    for act in range(ACTS.index("Authored")):
        with refused("SignatureMeaningInvalid", act):
            sign(meaning=act)


def test_what_is_no_act_is_no_signature(sign):
    with pytest.raises(VirtualMachineError) as caught:
        sign(meaning=len(ACTS))
    assert not caught.value.revert_msg


def test_a_signature_is_somebodys(sign):
    with refused("CommitmentZero"):
        sign(signatory=ZERO)


def test_a_signature_is_bound_to_the_entry(trials, started, sign, tree):
    for wrong in (
        {"leaf": tree.leaf(0)},
        {"leaf": ZERO},
        {"proof": ()},
        {"proof": tree.inclusion_proof(0)},
        {"proof": (*tree.inclusion_proof(1), ZERO)},
        {"log": OWN},
        {"log": SECOND_SITE},
    ):
        with refused("EntryUnknown", TRIAL, wrong.get("log", SITE), 1):
            sign(**wrong)
    for index in (0, 2, ENTRIES, 2**32 - 1):
        with refused("EntryUnknown", TRIAL, SITE, index):
            sign(index=index, leaf=tree.leaf(1), proof=tree.inclusion_proof(1))
    with refused("TrialUnknown", NOT_A_TRIAL):
        sign(trial=NOT_A_TRIAL)
    # A proof is at the log's present size.
    started.anchor(7)
    with refused("EntryUnknown", TRIAL, SITE, 1):
        sign()
