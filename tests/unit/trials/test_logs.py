"""Every act of a trial stands in its log, every batch in that of whoever recorded it: rebuilt here entry by entry."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from trial_acts import OWN, REASON, hexed, registration_hash, told

from carechain.merkle_log import MerkleTree
from carechain.trials.words import Act, ActEntry, DataEntry
from tests.helpers import rfc9162
from tests.helpers.suite import (
    AUDITOR,
    ETHICS_BOARD,
    LABORATORY,
    REGULATOR,
    SAFETY_BOARD,
    SECOND_SITE,
    SITE,
    SPONSOR,
    now,
)
from tests.helpers.supply import by, today
from tests.helpers.trials import (
    ACTS,
    ADDED,
    ARMS,
    CHANGED,
    ETHICS,
    KEY,
    NUMBER,
    REGULATORY,
    REPORTED,
    TRIAL,
    Amended,
    Design,
    Study,
    act_entry,
    allocation_tree,
    commitment,
    data_entry,
    outcome_tree,
    pseudonym,
)

DECISION, DOCUMENT = commitment("decision"), commitment("document")


@dataclass
class Books:
    """The logs of a trial, as they must be after each step."""

    study: Study
    entries: dict[int, list[bytes]] = field(default_factory=lambda: {OWN: [], SITE: [], LABORATORY: []})
    acts: set[str] = field(default_factory=set)

    @property
    def trials(self):
        return self.study.trials

    def root(self, organisation=OWN):
        return rfc9162.root(self.entries[organisation])

    def check(self):
        """That the registry's logs are these."""
        for organisation, entries in self.entries.items():
            assert self.trials.logOf(TRIAL, organisation) == (len(entries), hexed([self.root(organisation)])[0])

    def act(self, sent: Any, act: str, by: int, number=0, subject=b"", detail=b"", *, event=True):
        """An act was told, and is the next entry of the trial's own log."""
        key = sent.sender.address
        entry = act_entry(act, TRIAL, sent.timestamp, by, key, number, subject, detail)
        padded = subject.rjust(32, b"\0"), detail.rjust(32, b"\0")
        assert entry == ActEntry(Act(ACTS.index(act)), TRIAL, sent.timestamp, by, key, number, *padded).content()
        self.entries[OWN].append(entry)
        self.acts.add(act)
        if event:
            told(self.study, sent, act, by, number, *padded)
        self.check()

    def acts_of(self, sent: Any, *acts: tuple[Any, ...]):
        """Several acts that one transaction told of."""
        key = sent.sender.address
        for act, *fields in acts:
            self.entries[OWN].append(act_entry(act, TRIAL, sent.timestamp, fields[0], key, *fields[1:]))
            self.acts.add(act)
        for back, (act, *fields) in enumerate(reversed(acts), 1):
            told(self.study, sent, act, *fields, back=back)
        self.check()

    def anchor(self, n: int, organisation: int, correction=None):
        batch = self.study.batch(n)
        if correction is None:
            sent = self.trials.anchorData(TRIAL, organisation, *batch, by(organisation))
        else:
            sent = self.trials.anchorCorrection(TRIAL, organisation, *correction, *batch, by(organisation))
        author = sent.sender.address
        entry = data_entry(TRIAL, organisation, author, sent.timestamp, batch, correction)
        since, until, count, root = batch
        twin = DataEntry(TRIAL, organisation, author, sent.timestamp, since, until, count, root, *(correction or ()))
        assert entry == twin.content()
        self.entries[organisation].append(entry)
        self.check()

    def sign(self, organisation: int, index: int, act: str, signer: int):
        tree = MerkleTree(self.entries[organisation])
        proof = tree.inclusion_proof(index)
        meaning = ACTS.index(act)
        leaf = tree.leaf(index)
        sent = self.trials.sign(TRIAL, organisation, index, leaf, proof, meaning, DOCUMENT, by(signer))
        self.act(sent, act, signer, organisation << 32 | index, leaf, DOCUMENT)


@pytest.fixture
def books(study):
    return Books(study)


def number(value):
    return value.to_bytes(32, "big")


def start(books):
    study, trials = books.study, books.trials
    design = Design()
    outcomes = design.outcomes << 16 | design.primaries
    sent = study.register(design)
    books.act(sent, "Registered", SPONSOR, outcomes, design.outcomes_root, registration_hash(design), event=False)
    for site in (0, SITE, SECOND_SITE):
        for authority, organisation in ((ETHICS, ETHICS_BOARD), (REGULATORY, REGULATOR)):
            sent = trials.approve(TRIAL, site, authority, DECISION, by(organisation))
            books.act(sent, "Approved", organisation, site << 8 | authority, b"", DECISION)
    root = allocation_tree().root()
    books.act(study.commit_allocations(), "AllocationsCommitted", SPONSOR, len(ARMS), root)
    sent = trials.appointSafetyBoard(TRIAL, SAFETY_BOARD, by(SPONSOR))
    books.act(sent, "SafetyBoardAppointed", SPONSOR, SAFETY_BOARD)
    for site in (SITE, SECOND_SITE):
        sent = trials.openSite(TRIAL, site, 40, by(SPONSOR))
        books.act(sent, "SiteOpened", SPONSOR, site, number(40))
    sent = trials.changeAllotment(TRIAL, SITE, 41, by(SPONSOR))
    books.act(sent, "AllotmentChanged", SPONSOR, SITE, number(41))
    for organisation in (SITE, LABORATORY):
        books.act(study.open_stream(organisation), "StreamOpened", SPONSOR, organisation)


def amend(books):
    study, trials = books.study, books.trials
    amended = Amended(effective_on=today(), reconsent=True)
    outcomes = amended.outcomes << 16 | amended.primaries
    for each, dropped in ((replace(amended, outcomes=9), True), (amended, False)):
        sent = trials.proposeAmendment(TRIAL, each.arguments(), by(SPONSOR))
        told_outcomes = each.outcomes << 16 | each.primaries
        books.act(sent, "AmendmentProposed", SPONSOR, told_outcomes, each.outcomes_root, each.hash(), event=False)
        if dropped:
            sent = trials.dropAmendment(TRIAL, each.hash(), REASON, by(ETHICS_BOARD))
            books.act(sent, "AmendmentDropped", ETHICS_BOARD, 0, each.hash(), REASON)
    assert outcomes == told_outcomes
    sent = trials.approveAmendment(TRIAL, amended.arguments(), DECISION, by(ETHICS_BOARD))
    books.acts_of(
        sent,
        ("AmendmentApproved", ETHICS_BOARD, today(), amended.outcomes_root, DECISION),
        ("AmendmentInForce", 0, 1, amended.outcomes_root, amended.hash()),
    )
    assert study.flags()
    return amended


def interrupt(books):
    trials = books.trials
    sent = trials.placeHold(TRIAL, REASON, by(REGULATOR))
    books.act(sent, "HoldPlaced", REGULATOR, REGULATOR, b"", REASON)
    for call, act in ((trials.pause, "Paused"), (trials.resume, "Resumed")):
        books.act(call(TRIAL, REASON, by(SAFETY_BOARD)), act, SAFETY_BOARD, 0, b"", REASON)
    sent = trials.liftHold(TRIAL, REGULATOR, REASON, by(REGULATOR))
    books.act(sent, "HoldLifted", REGULATOR, REGULATOR, b"", REASON)


def conduct(books, patient):
    study, trials = books.study, books.trials
    for person in (1, 2):
        study.enrol(person, patient)
        trials.randomise(TRIAL, pseudonym(person), person, by(SITE))
    trials.renewConsent(TRIAL, pseudonym(1), by(SITE))
    books.check()
    for n, (organisation, correction) in enumerate(
        ((SITE, None), (LABORATORY, None), (SITE, None), (SITE, (0, REASON)), (LABORATORY, (0, REASON)), (SITE, None))
    ):
        books.anchor(n, organisation, correction)
    aware_at = now() - 5
    sent = trials.reportAdverseEvent(TRIAL, SITE, 1, aware_at, DOCUMENT, by(SITE))
    books.act(sent, "EventReported", SITE, 1, number(1 << 72 | SITE << 40 | aware_at), DOCUMENT)
    sent = trials.fileAdverseEvent(TRIAL, 1, DOCUMENT, by(SPONSOR))
    books.act(sent, "EventFiled", SPONSOR, 1, b"", DOCUMENT)
    sent = trials.unblind(TRIAL, pseudonym(2), REASON, by(SITE))
    books.act(sent, "ParticipantUnblinded", SITE, 2, pseudonym(2), REASON)
    trials.withdraw(TRIAL, pseudonym(2), {"from": patient})
    books.check()


def finish(books):
    study, trials = books.study, books.trials
    sent = trials.withdrawApproval(TRIAL, SECOND_SITE, ETHICS, REASON, by(ETHICS_BOARD))
    books.act(sent, "ApprovalWithdrawn", ETHICS_BOARD, SECOND_SITE << 8 | ETHICS, b"", REASON)
    sent = trials.closeSite(TRIAL, SITE, REASON, by(SITE))
    books.act(sent, "SiteClosed", SITE, SITE, b"", REASON)
    books.act(trials.end(TRIAL, REASON, by(SPONSOR)), "Ended", SPONSOR, 0, b"", REASON)
    books.act(trials.recordCompletion(TRIAL, today(), by(SPONSOR)), "PrimaryCompleted", SPONSOR, today())
    for organisation in (SITE, LABORATORY):
        sent = trials.lockStream(TRIAL, organisation, by(organisation))
        size = number(len(books.entries[organisation]))
        books.act(sent, "StreamLocked", organisation, organisation, books.root(organisation), size)
    books.act(trials.lockDataset(TRIAL, DOCUMENT, by(SPONSOR)), "DatasetLocked", SPONSOR, 1, b"", DOCUMENT)
    books.act(study.reveal(), "AllocationsRevealed", SPONSOR, 0, allocation_tree().root(), KEY)


def report(books):
    outcomes = [f"outcome {n}".encode() for n in range(6)]
    tree = outcome_tree(outcomes)
    for outcome, status in ((0, REPORTED), (1, CHANGED), (9, ADDED)):
        leaf = tree.leaf(outcome) if status == REPORTED else DOCUMENT
        proof = tree.inclusion_proof(outcome) if status == REPORTED else ()
        sent = books.trials.postResult(TRIAL, outcome, leaf, proof, DECISION, by(SPONSOR))
        books.act(sent, "ResultPosted", SPONSOR, outcome << 8 | status, leaf, DECISION)
    for log, index, act, signer in (
        (SITE, 3, "Authored", SITE),
        (LABORATORY, 0, "Reviewed", SPONSOR),
        (OWN, 0, "SignedOff", AUDITOR),
        (OWN, len(books.entries[OWN]), "Reviewed", ETHICS_BOARD),
    ):
        books.sign(log, index, act, signer)


@pytest.fixture
def whole(books, patient):
    """A whole trial, of which every act was done."""
    start(books)
    amend(books)
    interrupt(books)
    conduct(books, patient)
    finish(books)
    report(books)
    return books


def test_the_logs_of_a_whole_trial_are_rebuilt_from_what_it_told(whole, trials):
    assert whole.acts == set(ACTS)
    assert (whole.study.trial, NUMBER) == (TRIAL, TRIAL & 0xFFFFFFFF)
    for organisation, entries in whole.entries.items():
        tree = MerkleTree(entries)
        assert len(entries) == len(set(entries)) >= 2
        for index, entry in enumerate(entries):
            proof = tree.inclusion_proof(index)
            assert trials.logIncludes(TRIAL, organisation, entry, index, proof)
            changed = entry[:-1] + bytes([entry[-1] ^ 1])
            assert not trials.logIncludes(TRIAL, organisation, changed, index, proof)
            assert not trials.logIncludes(TRIAL, organisation, entry, index + 1, proof)
            assert not trials.logIncludes(TRIAL, organisation, entry, index, (*proof, bytes(32)))
        for size in range(tree.size + 1):
            root, proof = tree.root(size), tree.consistency_proof(size)
            assert trials.logContinues(TRIAL, organisation, size, root, proof)
            assert not trials.logContinues(TRIAL, organisation, size, REASON, proof)
        assert not trials.logContinues(TRIAL, organisation, tree.size + 1, tree.root(), ())
