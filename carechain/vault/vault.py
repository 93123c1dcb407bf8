"""The vault of one custodian: patients' records encrypted, spread over storage nodes, anchored, handed on by key.

Each version of a record has a data key of its own. It is wrapped for the patient, who alone can hand it on; for the
custodian, which opens it only while emergency access is open on the chain; and for every organisation that the patient
shares with, as far as the consents on the chain cover the record.

The order of things makes a crash harmless. A pack is noted before its first byte is written; records, keys and the
batch they belong to are entered together; and a batch that is not anchored yet is anchored when work goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PublicKey

from carechain.chain import Sender, Sent
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import ALL_CLASSES
from carechain.errors import CarechainError
from carechain.health_record import HealthRecord
from carechain.log_entries import OWN_STREAM, Batch, BatchData, EntryKind, LogEntry, LogKind
from carechain.merkle_log import MerkleTree, leaf_hash
from carechain.patient_link import PatientLink
from carechain.record_log import RecordLog
from carechain.vault import encryption
from carechain.vault.catalogue import (
    PATIENT,
    Catalogue,
    NewRecord,
    Patient,
    StoredRecord,
)
from carechain.vault.commitment import FIRST, envelope_entry, new_salt, record_entry
from carechain.vault.packs import Pack, Placement, ShardStore

MAX_RECORDS = 10_000
"""Records of one pack and batch."""
MAX_BYTES = 64 << 20
"""Content of one pack, in bytes; one record that is larger has a pack of its own."""

Progress = Callable[[Sequence[HealthRecord], str], Iterable[HealthRecord]]
"""Shows a person how far it is: (what is worked on, what is done with it)."""


@dataclass(frozen=True)
class Custodian:
    """The organisation whose vault it is: its number, the key that opens its envelopes, and who sends for it."""

    organisation: int
    key: LocalAccount
    sender: Sender

    @property
    def public_key(self) -> bytes:
        return encryption.public_key_of(bytes(self.key.key))


@dataclass
class Stored:
    """What an ingest did."""

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    outdated: int = 0
    bytes: int = 0
    failed_nodes: set[str] = field(default_factory=set)


@dataclass
class Renewed:
    """What a withdrawal did: how many records were encrypted anew, how many could not be read for it, and the nodes
    that did not take their shards or still have the old ones."""

    count: int = 0
    unreadable: int = 0
    failed_nodes: set[str] = field(default_factory=set)


def address_of(record_key: bytes) -> str:
    """The address of a compressed public key: the subject of the patient's stream."""
    encryption.check_public_key(record_key)
    return PublicKey.from_compressed_bytes(record_key).to_checksum_address()


def covers(terms: ConsentTerms, categories: int, days: tuple[int, int]) -> bool:
    """Whether consent terms cover a record, for whichever of their purposes and whenever they are in force."""
    return (
        categories & ALL_CLASSES != 0
        and categories & ~terms.categories == 0
        and terms.data_from <= days[0]
        and days[1] <= terms.data_to
    )


class Vault:
    """The catalogue, the shards and the log together. Whoever changes a vault does so within `working`."""

    def __init__(self, catalogue: Catalogue, shards: ShardStore, log: RecordLog, custodian: Custodian) -> None:
        self.catalogue = catalogue
        self.shards = shards
        self.log = log
        self.custodian = custodian

    # ------------------------------------------------------------------ patients

    def enrol(self, reference: str, record_key: bytes) -> Patient:
        """Enters a patient by the custodian's own reference and the patient's public key for records here."""
        return self.catalogue.enrol(reference, record_key, address_of(record_key))

    def link(self, patient: Patient, link: PatientLink) -> None:
        """Takes the patient's word for an address. Raises CarechainError unless it is about this patient, this vault
        and this chain, and signed."""
        here = (self.log.chain.book.chain_id, self.custodian.organisation, patient.subject)
        if (link.chain_id, link.custodian, link.subject) != here:
            raise CarechainError(
                "The link between the patient's addresses", "is for another vault", "have the patient sign it anew"
            )
        link.check()
        self.catalogue.link(patient.id, link.address, link.organisation, b"".join(link.signatures))

    def patient(self, reference: str) -> Patient:
        """Raises CarechainError when none of the patient's records are here."""
        found = self.catalogue.patient(reference)
        if found is None:
            raise CarechainError(
                "The patient", "has no records in this vault", "ingest them: brownie run records ingest <file>"
            )
        return found

    @contextmanager
    def working(self) -> Iterator[None]:
        """Holds the one right to write, having removed what a crash has left on the nodes.

        Raises CarechainError while another program has it, and when the chain lacks what the vault has anchored.
        """
        with self.catalogue.writing():
            self._require_same_chain()
            for pack in self.catalogue.packs("writing"):
                self._leave(pack)
            self.blank_pending(set())
            yield

    # ------------------------------------------------------------------ storing

    def store(
        self,
        patient: Patient,
        records: Sequence[HealthRecord],
        shared: Mapping[int, Sequence[ConsentTerms]],
        subject: str = OWN_STREAM,
        progress: Progress = lambda records, what: records,
    ) -> Stored:
        """Encrypts, spreads and enters what is new or changed; `anchor` is still to be called.

        `shared` are the consents in force under which organisations get the keys, `subject` the stream in which new
        records are anchored. A record that is as an earlier version was is left out: what came first must not replace
        what came later. Raises CarechainError when too few nodes take the shards: then nothing of the pack at hand is
        stored.
        """
        present = self.catalogue.current(patient.id)
        earlier_versions: dict[str, list[StoredRecord]] = {}
        for version in self.catalogue.records(patient.id):
            earlier_versions.setdefault(version.identity, []).append(version)
        public_keys = {organisation: self.public_key(organisation) for organisation in shared}
        stored = Stored()
        changed: list[HealthRecord] = []
        for record in records:
            same = [
                version
                for version in earlier_versions.get(record.identity, ())
                if leaf_hash(record_entry(version.salt, record, version.replaces)) == version.leaf
            ]
            if not same:
                changed.append(record)
            elif any(version.current for version in same):
                stored.unchanged += 1
            else:
                stored.outdated += 1
        for part in _parts(changed, lambda record: len(record.content)):
            sealed: list[bytes] = []
            made: list[NewRecord] = []
            for record in progress(part, "encrypting"):
                earlier = present.get(record.identity)
                keys = {PATIENT: patient.record_key, self.custodian.organisation: self.custodian.public_key}
                days = (record.day_from, record.day_to)
                for organisation, terms in shared.items():
                    if any(covers(each, record.categories, days) for each in terms):
                        keys[organisation] = public_keys[organisation]
                item, new = self._seal(patient, record, earlier, keys)
                sealed.append(item)
                made.append(new)
            pack, placements = self._write(sealed, stored.failed_nodes)
            batches = list(self._batches(made, present, subject))
            self.catalogue.add_records(pack, list(zip(made, placements, strict=True)), batches)
            stored.bytes += sum(map(len, sealed))
            corrected = sum(new.target is not None for new in made)
            stored.corrected += corrected
            stored.new += len(made) - corrected
        return stored

    def _seal(
        self, patient: Patient, record: HealthRecord, earlier: StoredRecord | None, public_keys: dict[int, bytes]
    ) -> tuple[bytes, NewRecord]:
        salt = new_salt()
        replaces = FIRST if earlier is None else earlier.leaf
        leaf = leaf_hash(record_entry(salt, record, replaces))
        key = encryption.new_key()
        target = None if earlier is None else self._entry(earlier)
        new = NewRecord(
            patient.id,
            record.identity,
            1 if earlier is None else earlier.version + 1,
            record.categories,
            record.day_from,
            record.day_to,
            salt,
            replaces,
            leaf,
            {holder: encryption.wrap(public_key, key, leaf) for holder, public_key in public_keys.items()},
            target,
        )
        return encryption.seal(key, record.content, leaf), new

    def _entry(self, record: StoredRecord) -> int:
        entry = self.catalogue.batch(record.batch).entry
        if entry is None:
            raise CarechainError("A record", "is not anchored yet", "anchor it first: brownie run records repair")
        return entry

    def _batches(
        self, made: Sequence[NewRecord], present: dict[str, StoredRecord], subject: str
    ) -> Iterator[tuple[BatchData, list[int]]]:
        """One batch of what is new, and one for each entry that is corrected, in the stream where that stands."""
        groups: dict[tuple[str, int | None], list[int]] = {}
        for position, new in enumerate(made):
            earlier = present.get(new.identity)
            stream = subject if earlier is None else self.catalogue.batch(earlier.batch).data.subject
            groups.setdefault((stream, new.target), []).append(position)
        for (stream, target), members in groups.items():
            leaves = tuple(made[member].leaf for member in members)
            kind = EntryKind.RECORDS if target is None else EntryKind.CORRECTION
            yield BatchData(kind, stream, (len(leaves),), root_of(leaves), leaves, target), members

    def _write(self, sealed: Sequence[bytes], failed: set[str]) -> tuple[Pack, tuple[Placement, ...]]:
        plan = self.shards.plan(sealed)
        self.catalogue.begin_pack(plan.pack)
        try:
            failed |= set(self.shards.write(plan))
        except CarechainError:
            self._leave(plan.pack)
            raise
        return plan.pack, plan.placements

    # ------------------------------------------------------------------ handing on by key

    def share(self, patient: Patient, organisation: int, terms: Sequence[ConsentTerms], patient_key: bytes) -> int:
        """Wraps the data keys of the records that the consents cover for an organisation, now and from now on.

        `patient_key` is the patient's private key for records here. Gives the number of records; `anchor` commits to
        the envelopes.
        """
        public_key = self.public_key(organisation)
        made: list[tuple[int, int, bytes]] = []
        for record in self.catalogue.records(patient.id):
            days = (record.day_from, record.day_to)
            if not any(covers(each, record.categories, days) for each in terms):
                continue
            if self.catalogue.envelope(record.id, organisation) is None:
                key = self.data_key(record, PATIENT, patient_key)
                made.append((record.id, organisation, encryption.wrap(public_key, key, record.leaf)))
        with self.catalogue.transaction():
            self.catalogue.share(patient.id, organisation)
            self.catalogue.add_envelopes(made)
        return len(made)

    def unshare(self, patient: Patient, organisation: int, patient_key: bytes) -> Renewed:
        """Takes an organisation's keys away at once, and encrypts anew what it had keys to: a key that it kept opens
        nothing that is stored from now on. What could not be encrypted anew is when this is called again.

        The custodian itself keeps the envelopes that serve emergencies alone. The patient's link to the organisation
        stays, so that the patient still hears of it when the organisation asks.
        """
        if organisation != self.custodian.organisation:
            self.catalogue.withdraw_envelopes(patient.id, organisation)
        renewed = Renewed()
        for part in _parts(self.catalogue.to_renew(patient.id), lambda record: record.placement.length):
            self._renew(patient, part, patient_key, renewed)
        self.blank_pending(renewed.failed_nodes)
        return renewed

    def _renew(self, patient: Patient, part: Sequence[StoredRecord], patient_key: bytes, renewed: Renewed) -> None:
        sealed: list[bytes] = []
        moved: list[tuple[StoredRecord, dict[int, bytes]]] = []
        for record in part:
            try:
                (content,) = self.contents([record], PATIENT, patient_key)
            except CarechainError:  # lost: that one record is must not keep the others from being withdrawn
                renewed.unreadable += 1
                continue
            key = encryption.new_key()
            sealed.append(encryption.seal(key, content, record.leaf))
            keys = {each: self._holder_key(patient, each) for each in self.catalogue.holders(record.id)}
            wrapped = {each: encryption.wrap(public, key, record.leaf) for each, public in keys.items()}
            moved.append((record, wrapped))
        if moved:
            pack, placements = self._write(sealed, renewed.failed_nodes)
            places = zip(moved, placements, strict=True)
            self.catalogue.move_records(pack, [(record, place, wrapped) for (record, wrapped), place in places])
            renewed.count += len(moved)

    def public_key(self, organisation: int) -> bytes:
        """The key to which an organisation's envelopes are wrapped. Raises CarechainError when it published none."""
        if organisation == self.custodian.organisation:
            return self.custodian.public_key
        key = self.log.encryption_key(organisation)
        if key is None:
            raise CarechainError(
                f"Organisation {organisation}",
                "has published no key to which records can be encrypted",
                f"have it run: brownie run gateway publish_key {organisation}",
            )
        return key

    def _holder_key(self, patient: Patient, holder: int) -> bytes:
        return patient.record_key if holder == PATIENT else self.public_key(holder)

    # ------------------------------------------------------------------ reading

    def sealed(self, records: Sequence[StoredRecord]) -> list[bytes]:
        """The encrypted records, from whichever nodes have them."""
        found: dict[int, bytes] = {}
        for pack_id in dict.fromkeys(record.placement.pack_id for record in records):
            members = [record for record in records if record.placement.pack_id == pack_id]
            read = self.shards.read_many(self.catalogue.pack(pack_id), [record.placement for record in members])
            found.update((record.id, item) for record, item in zip(members, read.items, strict=True))
        return [found[record.id] for record in records]

    def contents(self, records: Sequence[StoredRecord], holder: int, private_key: bytes) -> list[bytes]:
        """What records hold. Raises CarechainError when the holder has no envelope, the key is not the one it was made
        for, or too few shards are left."""
        return [
            encryption.unseal(self.data_key(record, holder, private_key), sealed, record.leaf)
            for record, sealed in zip(records, self.sealed(records), strict=True)
        ]

    def data_key(self, record: StoredRecord, holder: int, private_key: bytes) -> bytes:
        """The key of one record, from the holder's envelope. Raises CarechainError as `contents` does."""
        wrapped = self.catalogue.envelope(record.id, holder)
        if wrapped is None:
            raise CarechainError("A record", "has no key wrapped for this holder", "have the patient share it")
        return encryption.unwrap(private_key, wrapped, record.leaf)

    # ------------------------------------------------------------------ erasing and repairing

    def erase(self, patient: Patient, records: Sequence[StoredRecord], decisions: bool = False) -> set[str]:
        """Destroys the salts and keys of records, and their ciphertext on every node that can be reached.

        Where no record of the patient is left, all that says who the patient was goes too, but for the details in the
        disclosure journal, which the law may demand; with `decisions`, which is for this case alone, these go as well.
        The entries that say how many records were erased are left to `anchor`. Gives the nodes on which ciphertext is
        left for the next time. Raises CarechainError, and erases nothing, for `decisions` while records are left.
        """
        if decisions and len(records) < len(self.catalogue.records(patient.id)):
            raise CarechainError(
                "The disclosure journal", "is kept while records are left", "erase them all, or leave decisions=yes out"
            )
        entries: dict[tuple[str, int], int] = {}
        for record in records:
            batch = self.catalogue.batch(record.batch)
            if batch.entry is not None:  # what was never anchored is nowhere to be missed
                stream = batch.data.subject, batch.entry
                entries[stream] = entries.get(stream, 0) + 1
        with self.catalogue.transaction():
            self.catalogue.erase(records)
            for (subject, target), count in sorted(entries.items()):
                self.catalogue.add_batch(BatchData(EntryKind.ERASURE, subject, (count,), bytes(32), target=target))
            if decisions:
                self.catalogue.erase_decisions(patient.subject, patient.id)
            if not self.catalogue.records(patient.id):
                self.catalogue.forget_patient(patient.id)
        failed: set[str] = set()
        self.blank_pending(failed)
        self.catalogue.compact()
        return failed

    def blank_pending(self, failed: set[str]) -> None:
        """Removes ciphertext that nobody is to have any more, where the nodes can be reached."""
        for pack in self.catalogue.packs_with_blanks():
            if self.catalogue.records_in(pack.id):
                unreached = self.shards.blank(pack, self.catalogue.blanks(pack.id))
                if not unreached:
                    self.catalogue.end_blanks(pack.id)
            else:
                unreached = self._leave(pack)
            failed |= set(unreached)

    def _leave(self, pack: Pack) -> tuple[str, ...]:
        """Deletes a pack that no record is in; while a node can't be reached, it stays noted."""
        unreached = self.shards.delete(pack)
        if not unreached:
            self.catalogue.end_pack(pack)
        return unreached

    def _require_same_chain(self) -> None:
        last = self.catalogue.last_anchored()
        if last is None:
            return
        data = last.data
        known = self.log.entries(data.kind.log, self.custodian.organisation, data.subject)
        if not any(entry.index == last.entry and entry.root == data.root for entry in known):
            raise CarechainError(
                str(self.catalogue.folder),
                "is the vault of a chain that is gone: this one lacks its entries",
                "move the folder away, and the storage nodes' with it",
            )

    # ------------------------------------------------------------------ anchoring

    def anchor(self, log: LogKind, what: str) -> list[Sent]:
        """Puts the batches of a log that are not on the chain yet there, in as few transactions as may be."""
        if log is LogKind.RECORDS:
            self._commit_envelopes()
        return self._anchor(self.catalogue.unanchored(log), what)

    def anchor_erasures(self, what: str) -> list[Sent]:
        """Erasures by themselves: what they tell must not wait for what a suspended custodian may not add."""
        waiting = self.catalogue.unanchored(LogKind.RECORDS)
        return self._anchor([batch for batch in waiting if batch.data.kind is EntryKind.ERASURE], what)

    def _anchor(self, batches: Sequence[Batch], what: str) -> list[Sent]:
        if not batches:
            return []
        sent, places = self.log.anchor(batches, self.custodian.sender, what)
        with self.catalogue.transaction():
            for batch, (entry, at) in places.items():
                self.catalogue.anchored(batch, entry, at)
        return sent

    def resume_log(self, log: LogKind) -> list[Sent]:
        """Anchors what an earlier program didn't, having looked on the chain whether it did and couldn't note it.

        Raises NodeUnreachable while transactions of the custodian's account are under way: they may be just those.
        """
        waiting = self.catalogue.unanchored(log)
        if waiting:
            self.log.chain.require_settled(self.custodian.sender)
        logs: dict[str, list[LogEntry]] = {}
        for batch in waiting:
            data = batch.data
            if data.subject not in logs:
                entries = self.log.entries(log, self.custodian.organisation, data.subject)
                taken = self.catalogue.entries(data.subject, log)
                logs[data.subject] = [entry for entry in entries if entry.index not in taken]
            found = next((entry for entry in logs[data.subject] if entry.is_of(data)), None)
            if found is not None:
                logs[data.subject].remove(found)
                self.catalogue.anchored(batch.id, found.index, found.at)
        return self.anchor(log, "what an earlier run had not anchored")

    def _commit_envelopes(self) -> None:
        """One batch for the envelopes that organisations got since the last one."""
        envelopes = self.catalogue.uncommitted_envelopes(self.custodian.organisation)
        if envelopes:
            committed = [(envelope, new_salt()) for envelope in envelopes]
            leaves = tuple(leaf_hash(envelope_entry(salt, envelope)) for envelope, salt in committed)
            data = BatchData(EntryKind.KEY_ENVELOPES, OWN_STREAM, (len(leaves),), root_of(leaves), leaves)
            self.catalogue.commit_envelopes(data, committed)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The RFC 9162 root of a batch, from its leaf hashes."""
    return MerkleTree.of_leaves(leaves).root()


Item = TypeVar("Item")


def _parts(items: Sequence[Item], size_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Lists that each fit a pack."""
    part: list[Item] = []
    size = 0
    for item in items:
        if part and (len(part) == MAX_RECORDS or size + size_of(item) > MAX_BYTES):
            yield part
            part, size = [], 0
        part.append(item)
        size += size_of(item)
    if part:
        yield part
