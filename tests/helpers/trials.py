"""An invented trial, those who run it and those who watch over it, and what tests see of it.

Days are counted from 1970-01-01 (UTC); commitments are named by what they stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import brownie

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.merkle_log import MerkleTree
from carechain.purpose_of_use import index_of, mask_of
from tests.helpers.suite import (
    ETHICS_BOARD,
    REGULATOR,
    SAFETY_BOARD,
    SECOND_SITE,
    SITE,
    SPONSOR,
    now,
)
from tests.helpers.supply import by, today

ETHICS, REGULATORY = range(2)
"""Of ITrialTypes.Authority."""
MISSING, REPORTED, CHANGED, ADDED = range(4)
"""Of ITrialTypes.OutcomeStatus."""
UNKNOWN, ACTIVE, WITHDRAWN, CONSENT_OUTDATED, CONSENT_LAPSED = range(5)
"""Of ITrialTypes.Participation."""
ACTS = (
    "Registered AmendmentProposed AmendmentApproved AmendmentDropped AmendmentInForce Approved"
    " ApprovalWithdrawn SiteOpened AllotmentChanged SiteClosed HoldPlaced HoldLifted SafetyBoardAppointed"
    " Paused Resumed Ended AllocationsCommitted ParticipantUnblinded StreamOpened StreamLocked"
    " PrimaryCompleted DatasetLocked AllocationsRevealed ResultPosted EventReported EventFiled Authored"
    " Reviewed SignedOff"
).split()
"""ITrialTypes.Act in its order."""
APPROVED, HELD, PAUSED, ENDED, LOCKED, UNBLINDED, LATE, RANDOMISED = (1 << bit for bit in range(8))
"""Flags of TrialTerms."""

NUMBER = 7
TRIAL = SPONSOR << 32 | NUMBER
CLINTRCH = index_of("CLINTRCH")
OUTCOMES = tuple(f"outcome {number}".encode() for number in range(5))
"""Two primary, three secondary: the bytes under each leaf."""
PRIMARIES = 2
KEY = sha256(b"key of the allocation list").digest()
ARMS = bytes([1, 2, 2, 1, 1, 2, 1, 2])
EVER = (1 << 32) - 1


def commitment(of: str) -> bytes:
    """What stands on chain for something that is kept off it."""
    return sha256(of.encode()).digest()


def pseudonym(person: int) -> bytes:
    """Of an invented person, the same at every site."""
    return commitment(f"person {person}")


def outcome_tree(outcomes: Sequence[bytes] = OUTCOMES) -> MerkleTree:
    return MerkleTree(outcomes)


def allocation_salt(place: int, key: bytes = KEY) -> bytes:
    return sha256(key + place.to_bytes(8, "big")).digest()


def allocation_tree(arms: bytes = ARMS, key: bytes = KEY) -> MerkleTree:
    """The list as ITrialResults describes it."""
    return MerkleTree(
        allocation_salt(place, key) + place.to_bytes(4, "big") + bytes([arm]) for place, arm in enumerate(arms)
    )


@dataclass(frozen=True)
class Design:
    """What a sponsor registers. Fields and order are those of ITrialTypes.Registration."""

    data_set: bytes = commitment("data set")
    identifiers: bytes = commitment("identifiers")
    protocol: bytes = commitment("protocol 1")
    analysis_plan: bytes = commitment("analysis plan 1")
    consent_form: bytes = commitment("consent form 1")
    outcomes_root: bytes = MerkleTree(OUTCOMES).root()
    outcomes: int = len(OUTCOMES)
    primaries: int = PRIMARIES
    enrolment_cap: int = 100
    purpose: int = CLINTRCH
    started_on: int = 0
    planned_completion: int = 30_000

    def arguments(self) -> tuple[Any, ...]:
        return tuple(vars(self).values())


@dataclass(frozen=True)
class Amended:
    """What a sponsor proposes. Fields and order are those of ITrialTypes.Amendment."""

    protocol: bytes = commitment("protocol 2")
    analysis_plan: bytes = commitment("analysis plan 2")
    consent_form: bytes = commitment("consent form 2")
    outcomes_root: bytes = MerkleTree((*OUTCOMES, b"outcome 5")).root()
    outcomes: int = len(OUTCOMES) + 1
    primaries: int = PRIMARIES
    enrolment_cap: int = 120
    planned_completion: int = 30_100
    effective_on: int = 0
    data_seen: bool = False
    reconsent: bool = False
    reason: bytes = commitment("reason of the amendment")

    def arguments(self) -> tuple[Any, ...]:
        return tuple(vars(self).values())

    def hash(self) -> bytes:
        """keccak256 of it, ABI-encoded."""
        types = "bytes32 bytes32 bytes32 bytes32 uint16 uint16 uint24 uint16 uint16 bool bool bytes32".split()
        return bytes(brownie.web3.keccak(brownie.web3.codec.encode(types, self.arguments())))


@dataclass(frozen=True)
class Study:
    """TrialRegistry, as those see it who run the trial."""

    trials: Any
    consents: Any
    trial: int = TRIAL

    def register(self, design: Design | None = None, number: int = NUMBER) -> Any:
        return self.trials.register(SPONSOR, number, (design or Design()).arguments(), by(SPONSOR))

    def approve(self, site: int = 0, ethics: int = ETHICS_BOARD, regulator: int = REGULATOR) -> None:
        """By both, as a site, or the trial itself."""
        self.trials.approve(self.trial, site, ETHICS, commitment("decision"), by(ethics))
        self.trials.approve(self.trial, site, REGULATORY, commitment("decision"), by(regulator))

    def open_site(self, site: int = SITE, allotment: int = 40) -> Any:
        self.approve(site)
        return self.trials.openSite(self.trial, site, allotment, by(SPONSOR))

    def open_stream(self, organisation: int = SITE) -> Any:
        return self.trials.openStream(self.trial, organisation, by(SPONSOR))

    def commit_allocations(self, arms: bytes = ARMS) -> Any:
        return self.trials.commitAllocations(self.trial, len(arms), allocation_tree(arms).root(), by(SPONSOR))

    def start(self) -> None:
        """Registered, approved, with a committed allocation list, two open sites, and a stream of each."""
        self.register()
        self.approve()
        self.commit_allocations()
        self.trials.appointSafetyBoard(self.trial, SAFETY_BOARD, by(SPONSOR))
        for site in (SITE, SECOND_SITE):
            self.open_site(site)
            self.open_stream(site)

    def consent(self, patient: Any, site: int = SITE, version: int = 1, **changes: Any) -> Any:
        """The patient consents to take part at a site, under a version of the consent form."""
        terms = ConsentTerms(purposes=mask_of("CLINTRCH"), categories=class_bit("ResearchSubject"))
        terms = replace(terms, **changes)
        scope = Scope.of_trial(self.trial, version).to_bytes()
        return self.consents.grant(site, scope, terms.pack(), commitment("signed form"), {"from": patient})

    def enrol(self, person: int, patient: Any, site: int = SITE, on: int | None = None) -> Any:
        """By the site, today, with consent."""
        self.consent(patient, site, self.trials.trialOf(self.trial)["consentVersion"])
        return self.enrol_alone(person, patient, site, on)

    def enrol_alone(self, person: int, patient: Any, site: int = SITE, on: int | None = None) -> Any:
        day = today() if on is None else on
        return self.trials.enrolParticipant(self.trial, site, pseudonym(person), patient, day, by(site))

    def anchor(self, n: int = 0, organisation: int = SITE, count: int = 10) -> Any:
        return self.trials.anchorData(self.trial, organisation, *self.batch(n, count), by(organisation))

    def batch(self, n: int = 0, count: int = 10) -> tuple[Any, ...]:
        """A period, a number of records, and a root."""
        return now() - 3_600, now() - 60, count, commitment(f"batch {n}")

    def amend(self, amended: Amended | None = None) -> Amended:
        """Proposed by the sponsor, approved by the ethics board, in force today."""
        amended = amended or Amended()
        if amended.effective_on == 0:
            amended = replace(amended, effective_on=today())
        self.trials.proposeAmendment(self.trial, amended.arguments(), by(SPONSOR))
        self.trials.approveAmendment(self.trial, amended.arguments(), commitment("decision"), by(ETHICS_BOARD))
        return amended

    def lock(self) -> Any:
        """All streams, and the dataset."""
        for organisation in (SITE, SECOND_SITE):
            self.trials.lockStream(self.trial, organisation, by(SPONSOR))
        return self.trials.lockDataset(self.trial, commitment("dataset"), by(SPONSOR))

    def reveal(self, arms: bytes = ARMS, key: bytes = KEY) -> Any:
        """All of a list that is one block."""
        return self.trials.revealAllocations(self.trial, key, 0, arms, [], by(SPONSOR))

    def post(self, outcome: int, told: bytes | None = None) -> Any:
        """The result of an outcome, told as it is registered unless told otherwise."""
        tree = outcome_tree()
        proof = list(tree.inclusion_proof(outcome)) if outcome < tree.size else []
        leaf = told if told is not None else tree.leaf(outcome)
        return self.trials.postResult(self.trial, outcome, leaf, proof, commitment("result"), by(SPONSOR))

    def flags(self) -> int:
        return int(self.trials.trialOf(self.trial)["flags"])


def act_entry(
    act: str, trial: int, at: int, by: int, key: str, number: int = 0, subject: bytes = b"", detail: bytes = b""
) -> bytes:
    """The 110 bytes of an act in a trial's log, as ITrialTypes describes them."""
    head = bytes([ACTS.index(act)]) + trial.to_bytes(8, "big") + at.to_bytes(5, "big") + by.to_bytes(4, "big")
    return (
        head + bytes.fromhex(key[2:]) + number.to_bytes(8, "big") + subject.rjust(32, b"\0") + detail.rjust(32, b"\0")
    )


def data_entry(
    trial: int,
    organisation: int,
    author: str,
    at: int,
    batch: tuple[Any, ...],
    correction: tuple[int, bytes] | None = None,
) -> bytes:
    """The 84 bytes of a batch in an organisation's log, or the 124 of a correction, as ITrialTypes describes them."""
    since, until, count, root = batch
    head = bytes([correction is not None]) + trial.to_bytes(8, "big") + organisation.to_bytes(4, "big")
    head += bytes.fromhex(author[2:]) + at.to_bytes(5, "big") + since.to_bytes(5, "big") + until.to_bytes(5, "big")
    middle = b"" if correction is None else correction[0].to_bytes(8, "big") + correction[1]
    return head + count.to_bytes(4, "big") + middle + root
