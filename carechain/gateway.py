"""What a hospital runs in front of its records: asks the chain whether a requester may, releases or refuses, and logs.

No look without a log: a release is entered in the journal and anchored in the patient's own disclosure log before
anything leaves. A refusal is entered in the journal too, and anchored with others in the custodian's own stream, where
an observer can't tell whether it was about a patient of the custodian's at all.

A refusal is the same answer whatever its reason, after the same questions to the chain, and goes out at a multiple of
`pace` seconds, so that its time tells no more than its text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import rfc8785

from carechain import purpose_of_use
from carechain.access_request import LIFETIME, REFUSED, AccessRequest, Answer, ReleasedRecord, SignedRequest
from carechain.chain import Chain, Sent
from carechain.consent_scope import Scope
from carechain.consents import PERMITTED, Consents
from carechain.data_categories import ALL_CLASSES
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, BatchData, EntryKind, LogKind
from carechain.merkle_log import MerkleTree, leaf_hash
from carechain.vault import encryption
from carechain.vault.catalogue import Decision, Outcome, StoredRecord
from carechain.vault.commitment import decision_entry, new_salt
from carechain.vault.vault import Vault, root_of

PACE = 0.25
"""Seconds at whose multiples refusals go out."""
CARD = 0
"""In place of an organisation, where an address is that of a patient's emergency card."""

Group = tuple[int, list[StoredRecord]]


@dataclass(frozen=True)
class _Use:
    """A request whose signature and age are in order."""

    request: AccessRequest
    operator: str
    organisation: int
    block: int
    at: int


@dataclass(frozen=True)
class _Permission:
    """`known` is whose records were asked for, as far as that is known here."""

    known: int | None
    outcome: Outcome
    records: list[StoredRecord]


class Gateway:
    """The gateway of one custodian's vault."""

    def __init__(self, chain: Chain, vault: Vault, pace: float = PACE) -> None:
        self._chain = chain
        self._vault = vault
        self._consents = Consents(chain)
        self._participants = chain.contract("Participants")
        self._registry = chain.contract("ConsentRegistry")
        self._emergencies = chain.contract("EmergencyAccess")
        self._pace = pace
        self.sent: list[Sent] = []

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
        if use.block != latest and permission.records:
            # A consent may have been withdrawn since, and a withdrawal is never too late to be heeded.
            still = self._permission(replace(use, block=latest))
            kept = {record.id for record in still.records} if still.outcome is permission.outcome else set()
            permission = replace(permission, records=[r for r in permission.records if r.id in kept])
        if not permission.records:
            self._note(use, permission.known, Outcome.DENIED, "", [], OWN_STREAM)
            return REFUSED
        assert permission.known is not None  # whose records they are
        basis = "consent" if permission.outcome is Outcome.GRANTED else "emergency"
        released = self._release(use, permission.records, permission.outcome)
        subject = self._vault.catalogue.patient_by_id(permission.known).subject
        self._note(use, permission.known, permission.outcome, basis, permission.records, subject)
        self.anchor(denials=False)
        return Answer(basis, use.block, released)

    def _permission(self, use: _Use) -> _Permission:
        """What the chain permits at the block of a use. Without a patient the same questions are asked, about nothing:
        a refusal shall not be quicker for it."""
        catalogue = self._vault.catalogue
        patient = catalogue.linked(use.request.patient, use.organisation) if use.organisation else None
        card = catalogue.linked(use.request.patient, CARD)
        consented = self._by_consent(use, self._wanted(use, patient))
        urgent = self._by_emergency(use, self._wanted(use, card))
        if consented:
            return _Permission(patient, Outcome.GRANTED, consented)
        if urgent:
            return _Permission(card, Outcome.EMERGENCY, urgent)
        return _Permission(card if patient is None else patient, Outcome.DENIED, [])

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
        return _Use(request, operator, organisation, block, self._chain.time_of(block))

    def _wanted(self, use: _Use, patient: int | None) -> list[StoredRecord]:
        """The current versions of what was asked for, as far as they are anchored: others could not be proven."""
        if patient is None:
            return []
        current = self._vault.catalogue.current(patient, anchored=True).values()
        return [record for record in current if record.categories & ~use.request.categories == 0]

    def _by_consent(self, use: _Use, wanted: Sequence[StoredRecord]) -> list[StoredRecord]:
        """Of the records that are wanted, those the patient handed the key of and a recorded consent covers."""
        organisation = use.organisation
        shared = [record for record in wanted if self._vault.catalogue.envelope(record.id, organisation) is not None]
        permitted: dict[int, StoredRecord] = {}
        purpose = purpose_of_use.index_of(use.request.purpose)
        for consent in self._consents.recorded(use.request.patient, organisation, use.block):
            if consent.scope.custodian not in (None, self._vault.custodian.organisation) or not consent.scope.known:
                continue
            terms = consent.terms
            inside = [r for r in shared if terms.data_from <= r.day_from and r.day_to <= terms.data_to]
            for categories, group in _groups(inside, use.request.categories):
                # One question for records alike: the terms are a box, so they cover all days between two they cover.
                first = min((record.day_from for record in group), default=0)
                last = max((record.day_to for record in group), default=0)
                if self._decide(use, consent.scope, purpose, categories, first, last):
                    permitted.update((record.id, record) for record in group)
        return list(permitted.values())

    def _decide(self, use: _Use, scope: Scope, purpose: int, categories: int, first: int, last: int) -> bool:
        call = self._registry.functions.decide(
            use.operator, use.request.patient, scope.to_bytes(), purpose, categories, first, last
        )
        status, _ = self._chain.ask(call, "asking for an access decision", use.block)
        return int(status) == PERMITTED

    def _by_emergency(self, use: _Use, wanted: Sequence[StoredRecord]) -> list[StoredRecord]:
        """Of the records that are wanted, those that an emergency access open for the requester covers."""
        permitted = []
        for categories, group in _groups(wanted, use.request.categories):
            call = self._emergencies.functions.decide(use.operator, use.request.patient, categories)
            if self._chain.ask(call, "asking for emergency access", use.block)[0]:
                permitted += group
        return permitted

    def _release(self, use: _Use, records: Sequence[StoredRecord], outcome: Outcome) -> tuple[ReleasedRecord, ...]:
        trees: dict[int, MerkleTree] = {}
        catalogue = self._vault.catalogue
        released = []
        for record, sealed in zip(records, self._vault.sealed(records), strict=True):
            batch = catalogue.batch(record.batch)
            assert batch.entry is not None  # only what is anchored is wanted
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
            assert wrapped is not None  # else it would not be permitted
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
            "categories": hex(use.request.categories),
            "custodian": use.request.custodian,
            "operator": use.operator,
            "organisation": use.organisation,
            "outcome": outcome.name.lower(),
            "patient": use.request.patient,
            "purpose": use.request.purpose,
            "records": [record.leaf.hex() for record in records],
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
            sent = self._vault.resume_log(LogKind.DISCLOSURES, "disclosures that were not anchored")
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
        self.sent += sent
        return sent


def _groups(records: Sequence[StoredRecord], wanted: int) -> list[Group]:
    """The records by their categories; where there are none, an empty group, so that the question is asked anyway."""
    groups: dict[int, list[StoredRecord]] = {}
    for record in records:
        if record.categories & ALL_CLASSES:
            groups.setdefault(record.categories, []).append(record)
    return list(groups.items()) or [(wanted, [])]
