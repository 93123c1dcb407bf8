"""What a hospital runs in front of its records: asks the chain whether a requester may, releases or refuses, and logs.

No look without a log: a release is entered in the journal and anchored in the patient's own disclosure log before
anything leaves. A refusal is entered in the journal too, and anchored with others in the custodian's own stream, where
an observer can't tell whether it was about a patient of the custodian's at all.

A refusal is the same answer whatever its reason. What is asked of the chain follows from the request and the chain
alone, never from what is in the vault, and a refusal goes out at a multiple of `pace` seconds: so its time tells no
more than its text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import rfc8785

from carechain import purpose_of_use
from carechain.access_request import LIFETIME, REFUSED, AccessRequest, Answer, ReleasedRecord, SignedRequest
from carechain.chain import Chain, Sent
from carechain.consent_terms import ConsentTerms
from carechain.consents import PERMITTED, Consents, Recorded
from carechain.data_categories import ALL_CLASSES
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, BatchData, EntryKind, LogKind
from carechain.merkle_log import MerkleTree, leaf_hash
from carechain.vault import encryption
from carechain.vault.catalogue import Decision, Outcome, RecordMovedError, StoredRecord
from carechain.vault.commitment import decision_entry, new_salt
from carechain.vault.vault import Vault, covers, root_of

PACE = 0.25
"""Seconds at whose multiples refusals go out."""
CARD = 0
"""In place of an organisation, where an address is that of a patient's emergency card."""
_ATTEMPTS = 2
"""How often records are looked for that were moved while they were read."""


@dataclass(frozen=True)
class _Use:
    """A request whose signature and age are in order."""

    request: AccessRequest
    signed: str
    operator: str
    organisation: int
    block: int
    at: int


@dataclass(frozen=True)
class _Permission:
    """The consents under which the requester may have records, at each block that counts: one of every block must cover
    a record. And the categories that an emergency access opens."""

    consents: tuple[tuple[ConsentTerms, ...], ...]
    emergency: int

    def and_also(self, other: _Permission) -> _Permission:
        return _Permission(self.consents + other.consents, self.emergency & other.emergency)

    def covers(self, record: StoredRecord) -> bool:
        """Whether a consent of every block covers it."""
        days = record.day_from, record.day_to
        return all(any(covers(terms, record.categories, days) for terms in block) for block in self.consents)


class Gateway:
    """The gateway of one custodian's vault."""

    def __init__(
        self, chain: Chain, vault: Vault, pace: float = PACE, told: Callable[[Sent], None] = lambda sent: None
    ) -> None:
        """`told` hears of every transaction that succeeded."""
        self._chain = chain
        self._vault = vault
        self._consents = Consents(chain)
        self._participants = chain.contract("Participants")
        self._registry = chain.contract("ConsentRegistry")
        self._emergencies = chain.contract("EmergencyAccess")
        self._pace = pace
        self._told = told

    def answer(self, signed: SignedRequest, block: int | None = None) -> Answer:
        """Releases what the chain permits at a block (the latest, if None), and still permits now, or refuses.

        Raises CarechainError only for what is no fault of the request and tells nothing about a patient: the chain
        cannot be reached, or, to a requester who may, the storage has too few shards left.
        """
        began = time.monotonic()
        answer = self._answer(signed, block)
        if not answer.released and self._pace:
            time.sleep(self._pace - (time.monotonic() - began) % self._pace)
        return answer

    def _answer(self, signed: SignedRequest, block: int | None) -> Answer:
        latest = self._chain.latest_block()
        use = self._use(signed, latest if block is None else block)
        if use is None:
            return REFUSED
        permission = self._permission(use)
        if use.block != latest:
            # A consent may have been withdrawn since, and a withdrawal is never too late to be heeded.
            permission = permission.and_also(self._permission(replace(use, block=latest)))
        for _ in range(_ATTEMPTS):
            try:
                return self._release(use, permission)
            except RecordMovedError:  # erased or encrypted anew while it was read: what is there now?
                continue
        return self._refuse(use)

    def _permission(self, use: _Use) -> _Permission:
        """What the chain permits at the block of a use, for whoever the patient is."""
        purpose = purpose_of_use.index_of(use.request.purpose)
        consents: list[ConsentTerms] = []
        if use.organisation:
            recorded = self._consents.reaching(use.request.patient, use.organisation, use.request.custodian, use.block)
            for consent in recorded:
                if self._decide(use, consent, purpose):
                    consents.append(consent.terms)
        return _Permission((tuple(consents),), self._open_categories(use))

    def _decide(self, use: _Use, consent: Recorded, purpose: int) -> bool:
        """Whether the registry permits a use that the terms' categories and period cover: who asks, for what, and when.
        Which records are covered is arithmetic on the terms, and asked of nobody."""
        terms = consent.terms
        lowest = terms.classes & -terms.classes
        call = self._registry.functions.decide(
            use.operator,
            use.request.patient,
            consent.scope.to_bytes(),
            purpose,
            lowest,
            terms.data_from,
            terms.data_to,
        )
        status, _ = self._chain.ask(call, "asking for an access decision", use.block)
        return int(status) == PERMITTED

    def _open_categories(self, use: _Use) -> int:
        """What an emergency access that is open for the requester covers; 0 without one."""
        opened = self._chain.events(
            "EmergencyAccess",
            ("EmergencyOpened",),
            {"patient": use.request.patient, "provider": use.organisation},
            use.block,
        )
        # A provider has one access open to a patient at a time, the latest.
        categories = int(opened[-1].values["categories"]) if opened else ALL_CLASSES
        call = self._emergencies.functions.decide(use.operator, use.request.patient, categories)
        permitted, _ = self._chain.ask(call, "asking for emergency access", use.block)
        return categories if permitted and opened else 0

    def _release(self, use: _Use, permission: _Permission) -> Answer:
        """Raises RecordMovedError when a record is not where it was a moment ago; then nothing is released."""
        catalogue = self._vault.catalogue
        patient = catalogue.linked(use.request.patient, use.organisation) if use.organisation else None
        records = [] if patient is None else self._shared(use, patient, permission)
        basis, outcome = "consent", Outcome.GRANTED
        if not records:
            patient = catalogue.linked(use.request.patient, CARD)
            records = [] if patient is None else self._urgent(use, patient, permission.emergency)
            basis, outcome = "emergency", Outcome.EMERGENCY
        if patient is None or not records:
            return self._refuse(use)
        released = self._released(use, records, outcome)
        self._note(use, patient, outcome, basis, records, catalogue.patient_by_id(patient).subject)
        self.anchor(denials=False)
        return Answer(basis, use.block, released)

    def _refuse(self, use: _Use) -> Answer:
        catalogue = self._vault.catalogue
        known = catalogue.linked(use.request.patient, use.organisation) if use.organisation else None
        if known is None:
            known = catalogue.linked(use.request.patient, CARD)
        self._note(use, known, Outcome.DENIED, "", [], OWN_STREAM)
        return REFUSED

    def _use(self, signed: SignedRequest, block: int) -> _Use | None:
        """None for a request that is not for this gateway, too old, used before, or not signed."""
        request = signed.request
        now = self._chain.now()
        fresh = request.issued_at <= now < request.issued_at + LIFETIME
        here = (self._chain.book.chain_id, self._vault.log.address, self._vault.custodian.organisation)
        if not fresh or (request.chain_id, request.registry, request.custodian) != here:
            return None
        try:
            operator = signed.operator()
        except CarechainError:
            return None
        nonce = bytes.fromhex(operator[2:] + request.nonce)
        if not self._vault.catalogue.use_nonce(nonce, request.issued_at + LIFETIME, now):
            return None
        call = self._participants.functions.standingOfOperator(operator, 0)
        _, organisation = self._chain.ask(call, "asking for a standing", block)
        return _Use(request, signed.to_json(), operator, organisation, block, self._chain.time_of(block))

    def _wanted(self, use: _Use, patient: int) -> list[StoredRecord]:
        """The latest versions that are anchored, of what was asked for: what is not anchored could not be proven."""
        held = self._vault.catalogue.anchored_records(patient)
        return [r for r in held if r.categories & ALL_CLASSES and r.categories & ~use.request.categories == 0]

    def _shared(self, use: _Use, patient: int, permission: _Permission) -> list[StoredRecord]:
        """Of the records that are wanted, those the patient handed the key of and a permitted consent covers."""
        return [
            record
            for record in self._wanted(use, patient)
            if permission.covers(record) and self._vault.catalogue.envelope(record.id, use.organisation) is not None
        ]

    def _urgent(self, use: _Use, patient: int, categories: int) -> list[StoredRecord]:
        """Of the records that are wanted, those that the open emergency access covers."""
        return [record for record in self._wanted(use, patient) if record.categories & ~categories == 0]

    def _released(self, use: _Use, records: Sequence[StoredRecord], outcome: Outcome) -> tuple[ReleasedRecord, ...]:
        trees: dict[int, MerkleTree] = {}
        released = []
        for record, sealed in zip(records, self._vault.sealed(records), strict=True):
            batch = self._vault.catalogue.batch(record.batch)
            if batch.entry is None:
                raise RecordMovedError
            tree = trees.setdefault(batch.id, MerkleTree.of_leaves(batch.data.leaves))
            released.append(
                ReleasedRecord(
                    sealed,
                    self._envelope(use, record, outcome),
                    record.salt,
                    record.leaf,
                    record.replaces,
                    record.categories,
                    record.day_from,
                    record.day_to,
                    batch.data.subject,
                    batch.entry,
                    record.position,
                    tree.size,
                    tree.inclusion_proof(record.position),
                )
            )
        return tuple(released)

    def _envelope(self, use: _Use, record: StoredRecord, outcome: Outcome) -> bytes:
        """The patient's envelope; in an emergency one made from the custodian's, which is used for nothing else."""
        if outcome is Outcome.GRANTED:
            wrapped = self._vault.catalogue.envelope(record.id, use.organisation)
            if wrapped is None:
                raise RecordMovedError
            return wrapped
        custodian = self._vault.custodian
        key = self._vault.data_key(record, custodian.organisation, bytes(custodian.key.key))
        return encryption.wrap(self._vault.public_key(use.organisation), key, record.leaf)

    # ------------------------------------------------------------------ the journal

    def _note(
        self,
        use: _Use,
        patient: int | None,
        outcome: Outcome,
        basis: str,
        records: Sequence[StoredRecord],
        subject: str,
    ) -> None:
        details: dict[str, Any] = {
            "at": use.at,
            "basis": basis,
            "block": use.block,
            "operator": use.operator,
            "organisation": use.organisation,
            "outcome": outcome.name.lower(),
            "records": [record.leaf.hex() for record in records],
            # As it was signed, so that nobody can be said to have asked who didn't, or for something else.
            "request": use.signed,
        }
        text = rfc8785.dumps(details)
        salt = new_salt()
        leaf = leaf_hash(decision_entry(salt, text))
        self._vault.catalogue.add_decision(patient, outcome, subject, salt, text, leaf)

    def anchor(self, denials: bool = True) -> list[Sent]:
        """Anchors what the journal has that is not anchored yet: an entry for each stream. Without `denials`, only
        what was released."""
        catalogue = self._vault.catalogue
        with catalogue.journaling():
            sent = self._vault.resume_log(LogKind.DISCLOSURES)
            streams: dict[str, list[Decision]] = {}
            for decision in catalogue.unbatched_decisions():
                if denials or decision.outcome is not Outcome.DENIED:
                    streams.setdefault(decision.subject, []).append(decision)
            with catalogue.transaction():
                for subject, decisions in streams.items():
                    counts = tuple(sum(d.outcome is outcome for d in decisions) for outcome in Outcome)
                    leaves = tuple(decision.leaf for decision in decisions)
                    batch = catalogue.add_batch(
                        BatchData(EntryKind.DISCLOSURES, subject, counts, root_of(leaves), leaves)
                    )
                    catalogue.batch_decisions(batch, decisions)
            sent += self._vault.anchor(LogKind.DISCLOSURES, "log disclosures")
        for transaction in sent:
            self._told(transaction)
        return sent
