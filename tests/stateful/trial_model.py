"""What the trial registry must hold, as plainly as Python can say it: every entry of every log, every participant.

Calls raise RefusedError with the name of the error with which the contract must refuse them. Each asks first, in the
order of the contract, and then changes something.
"""

from __future__ import annotations

from typing import Any

import brownie

from carechain.purpose_of_use import covers, mask_of
from tests.helpers import rfc9162
from tests.helpers.trials import (
    ACTS,
    ADDED,
    CHANGED,
    ENDED,
    LOCKED,
    RANDOMISED,
    REPORTED,
    UNBLINDED,
    Design,
    allocation_tree,
    data_entry,
)
from tests.stateful.consent_model import Given
from tests.stateful.supply_units import RefusedError, refuse
from tests.stateful.trial_oversight_model import OversightModel
from tests.stateful.trial_state import (
    AUDITOR,
    DECIDERS,
    NOTHING,
    REGULATOR,
    SITE,
    SPONSOR,
    Caller,
    Person,
    Stream,
    Trial,
    scope_of,
)


class TrialModel(OversightModel):
    """All calls. What is read of the state stands in Trial."""

    def attempt(self, by: Caller, name: str, *arguments: Any) -> str | None:
        """The error with which a call must be refused, or None. Every call asks first, and then changes something."""
        try:
            getattr(self, name)(by, *arguments)
        except RefusedError as refused:
            return str(refused)
        return None

    # ------------------------------------------------------------------ a sponsor registers, sites enrol

    def register(self, by: Caller, sponsor: int, number: int, design: Design) -> None:
        self._standing(by, sponsor, SPONSOR)
        trial = sponsor << 32 | number
        refuse(trial in self.trials, "TrialKnown")
        is_design = self._is_design(design) and covers(mask_of("HRESCH"), design.purpose)
        is_dated = design.started_on <= min(self.today, design.planned_completion)
        refuse(not is_design or not any(design.data_set) or not is_dated, "TrialDesignInvalid")
        self.trials[trial] = Trial(design, self.today)
        types = ["bytes32"] * 6 + "uint16 uint16 uint24 uint8 uint16 uint16".split()
        hashed = brownie.web3.keccak(brownie.web3.codec.encode(types, design.arguments()))
        counted = design.outcomes << 16 | design.primaries
        self._record(by, trial, "Registered", sponsor, counted, design.outcomes_root, bytes(hashed))

    def enrol_participant(self, by: Caller, trial: int, site: int, person: bytes, patient: str, on: int) -> None:
        self._standing(by, site, SITE)
        known = self._load(trial)
        place = known.sites.get(site)
        refuse(place is None or not place.is_open, "SiteNotOpen")
        refuse(not known.enrols, "TrialStateInvalid")
        refuse(known.enrolled(site) >= place.allotment, "EnrolmentCapReached")
        refuse(not 0 < on <= self.today, "EnrolmentDayInvalid")
        refuse(not any(person), "ParticipantZero")
        refuse(person in known.persons, "ParticipantKnown")
        refuse(not self.consents_to(trial, known.version, patient, site), "ConsentMissing")
        known.persons[person] = Person(patient, site, on, known.version)

    def renew_consent(self, by: Caller, trial: int, person: bytes) -> None:
        known, one = self._person(trial, person)
        self._standing(by, one.site, SITE)
        refuse(one.withdrawn, "ParticipantHasWithdrawn")
        refuse(not self.consents_to(trial, known.version, one.patient, one.site), "ConsentMissing")
        one.version = known.version

    def randomise(self, by: Caller, trial: int, person: bytes, place: int) -> None:
        known, one = self._person(trial, person)
        own = by.organisation == one.site
        self._standing(by, one.site if own else trial >> 32, SITE if own else SPONSOR)
        refuse(not known.enrols, "TrialStateInvalid")
        refuse(one.withdrawn, "ParticipantHasWithdrawn")
        refuse(not self.consents_to(trial, known.version, one.patient, one.site), "ConsentMissing")
        taken = any(other.place == place for other in known.persons.values())
        refuse(place >= known.arms[0] or one.place is not None or taken, "PlaceInvalid")
        one.place = place

    def withdraw(self, by: Caller, trial: int, person: bytes) -> None:
        _, one = self._person(trial, person)
        refuse(one.withdrawn, "ParticipantHasWithdrawn")
        may_tell = by.organisation == one.site or self.consents.may_narrow(by.address, one.patient)
        refuse(not may_tell and not self._is_revoked(trial, one), "ConsentNotRevoked")
        one.withdrawn = True

    def unblind(self, by: Caller, trial: int, person: bytes, reason: bytes) -> None:
        known, one = self._person(trial, person)
        refuse(by.organisation not in {one.site, known.board} - {0}, "TrialNotYours")
        refuse(reason == NOTHING, "CommitmentZero")
        refuse(one.place is None or one.unblinded, "UnblindingInvalid")
        one.unblinded = True
        self._record(by, trial, "ParticipantUnblinded", by.organisation, one.place, person, reason)

    # ------------------------------------------------------------------ data

    def anchor_data(self, by: Caller, trial: int, organisation: int, *batch: Any) -> None:
        stream = self._batch(by, trial, organisation, batch)
        stream.entries.append(data_entry(trial, organisation, by.address, self.now, batch))

    def anchor_correction(
        self, by: Caller, trial: int, organisation: int, corrected: int, reason: bytes, *batch: Any
    ) -> None:
        stream = self._batch(by, trial, organisation, batch)
        refuse(corrected >= len(stream.entries), "EntryUnknown")
        refuse(reason == NOTHING, "CommitmentZero")
        entry = data_entry(trial, organisation, by.address, self.now, batch, (corrected, reason))
        stream.entries.append(entry)

    def open_stream(self, by: Caller, trial: int, organisation: int) -> None:
        known = self._as_sponsor(by, trial)
        refuse(known.flags & LOCKED, "TrialStateInvalid")
        refuse(organisation in known.streams, "StreamKnown")
        refuse(known.watches(organisation), "TrialNotIndependent")
        decides = self.is_good(organisation, DECIDERS) and organisation not in known.sites
        refuse(decides, "TrialNotIndependent")
        refuse(not self.is_good(organisation), "OrganisationNotInStanding")
        known.streams[organisation] = Stream()
        self._record(by, trial, "StreamOpened", trial >> 32, organisation)

    def lock_stream(self, by: Caller, trial: int, organisation: int) -> None:
        stream = self._load(trial).streams.get(organisation)
        refuse(stream is None or stream.locked, "StreamNotOpen")
        own = self._sponsor_or(by, trial, organisation)
        stream.locked = True
        size = len(stream.entries).to_bytes(32, "big")
        self._record(by, trial, "StreamLocked", own, organisation, rfc9162.root(stream.entries), size)

    # ------------------------------------------------------------------ allocation, safety, signatures

    def commit_allocations(self, by: Caller, trial: int, places: int, root: bytes) -> None:
        known = self._as_sponsor(by, trial)
        refuse(not places or root == NOTHING or known.arms[0] or known.started_on, "AllocationsInvalid")
        known.arms = places, root
        self._record(by, trial, "AllocationsCommitted", trial >> 32, places, root)

    def reveal_allocations(
        self, by: Caller, trial: int, key: bytes, block: int, arms: bytes, proof: list[bytes]
    ) -> None:
        """Of lists of one block."""
        known = self._as_sponsor(by, trial)
        refuse(not known.flags & LOCKED, "TrialStateInvalid")
        refuse(not known.arms[0] or block > 0 or known.flags & UNBLINDED, "RevealInvalid")
        same = (len(arms), allocation_tree(arms, key).root()) == known.arms
        refuse(not same or proof, "RevealMismatch")
        known.said |= UNBLINDED
        self._record(by, trial, "AllocationsRevealed", trial >> 32, block, known.arms[1], key)

    def report_adverse_event(
        self, by: Caller, trial: int, organisation: int, seriousness: int, aware_at: int, description: bytes
    ) -> None:
        known = self._load(trial)
        self._standing(by, organisation)
        refuse(not known.takes_part(organisation, trial >> 32), "TrialNotYours")
        refuse(not 0 < aware_at <= self.now, "AwarenessInvalid")
        refuse(description == NOTHING, "CommitmentZero")
        known.events.append((organisation, aware_at, self.now, 0, seriousness))
        subject = (seriousness << 72 | organisation << 40 | aware_at).to_bytes(32, "big")
        self._record(by, trial, "EventReported", organisation, len(known.events), subject, description)

    def file_adverse_event(self, by: Caller, trial: int, number: int, report: bytes) -> None:
        known = self._as_sponsor(by, trial)
        refuse(not 0 < number <= len(known.events) or known.events[number - 1][3], "AdverseEventInvalid")
        refuse(report == NOTHING, "CommitmentZero")
        *told, _, seriousness = known.events[number - 1]
        known.events[number - 1] = (*told, self.now, seriousness)
        self._record(by, trial, "EventFiled", trial >> 32, number, b"", report)

    def sign(
        self,
        by: Caller,
        trial: int,
        organisation: int,
        index: int,
        leaf: bytes,
        proof: list[bytes],
        meaning: int,
        signatory: bytes,
    ) -> None:
        known = self._load(trial)
        self._operator(by)
        concerned = known.watches(by.organisation) or known.takes_part(by.organisation, trial >> 32)
        if by.organisation != organisation and not concerned:
            self._operator(by, AUDITOR | REGULATOR)
        refuse(ACTS[meaning] not in ("Authored", "Reviewed", "SignedOff"), "SignatureMeaningInvalid")
        refuse(signatory == NOTHING, "CommitmentZero")
        log = known.log(organisation)
        there = index < len(log) and rfc9162.leaf(log[index]) == leaf
        refuse(not there or list(proof) != rfc9162.inclusion_proof(index, log), "EntryUnknown")
        self._record(by, trial, ACTS[meaning], by.organisation, organisation << 32 | index, leaf, signatory)

    # ------------------------------------------------------------------ lock and results

    def record_completion(self, by: Caller, trial: int, on: int) -> None:
        known = self._as_sponsor(by, trial)
        refuse(known.flags & LOCKED, "TrialStateInvalid")
        earliest = known.started_on or known.registered_on
        refuse(not earliest <= on <= self.today or known.completed_on, "CompletionInvalid")
        known.completed_on = on
        known.said |= ENDED
        self._record(by, trial, "PrimaryCompleted", trial >> 32, on)

    def lock_dataset(self, by: Caller, trial: int, dataset: bytes) -> None:
        known = self._as_sponsor(by, trial)
        refuse(known.flags & LOCKED, "TrialStateInvalid")
        refuse(known.waiting is not None, "AmendmentWaiting")
        refuse(not all(stream.locked for stream in known.streams.values()), "StreamsOpen")
        refuse(dataset == NOTHING, "CommitmentZero")
        known.said |= LOCKED
        self._record(by, trial, "DatasetLocked", trial >> 32, len(known.in_force), b"", dataset)

    def post_result(self, by: Caller, trial: int, outcome: int, told: bytes, proof: list[bytes], result: bytes) -> None:
        known = self._as_sponsor(by, trial)
        blinded = known.flags & (RANDOMISED | UNBLINDED) == RANDOMISED
        refuse(blinded or not known.flags & LOCKED, "TrialStateInvalid")
        refuse(told == NOTHING or result == NOTHING, "CommitmentZero")
        listed = self.outcomes[known.terms.outcomes_root]
        if outcome >= len(listed):
            status = ADDED
        else:
            same = told == rfc9162.leaf(listed[outcome]) and list(proof) == rfc9162.inclusion_proof(outcome, listed)
            status = REPORTED if same else CHANGED
        known.results.append((outcome, status))
        self._record(by, trial, "ResultPosted", trial >> 32, outcome << 8 | status, told, result)

    # ------------------------------------------------------------------ internals

    def _is_revoked(self, trial: int, one: Person) -> bool:
        """Whether the consent that was signed last was taken back, and the present form is not consented to instead.

        Not whether it has run out, nor whether the key that gave it was lost.
        """
        if one.patient in self.consents.retired:
            return False
        last = self.consents._last(one.patient, one.site, scope_of(trial, one.version))
        if isinstance(last, Given) and last.stamp > self.consents.revoked_all_at(one.patient):
            return False
        version = self.trials[trial].version
        return one.version == version or not self.consents_to(trial, version, one.patient, one.site)

    def _batch(self, by: Caller, trial: int, organisation: int, batch: tuple[Any, ...]) -> Stream:
        stream = self.trials[trial].streams.get(organisation) if trial in self.trials else None
        refuse(stream is None or stream.locked, "StreamNotOpen")
        assert stream is not None
        self._standing(by, organisation)
        since, until, count, root = batch
        refuse(until < since or until > self.now or count == 0 or root == NOTHING, "DataInvalid")
        return stream
