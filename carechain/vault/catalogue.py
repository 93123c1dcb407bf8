"""What a custodian keeps about the records it stores: salts, wrapped keys, places of shards, decisions. An SQLite file.

The file holds no content of records, but it says whose they are and of what kind, so it is private health data: mode
0600, beside the custodian's other private files. What is removed from it is overwritten (`secure_delete`), and a
record is erased by removing its salt and its keys here.

Every change that belongs together is one transaction. A crash leaves what was begun marked as begun: a pack that is
being written, a batch that is not anchored yet. `Vault.resume` ends both.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError
from carechain.log_entries import Batch, BatchData, EntryKind, LogKind
from carechain.private_file import make_private_folder
from carechain.vault.packs import Pack, Placement

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE patients (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,         -- the custodian's own, such as Patient/f001
    record_key BLOB NOT NULL,               -- 33 bytes: the patient's public key for records at this custodian
    subject TEXT NOT NULL UNIQUE            -- its address, under which the patient's stream stands on the chain
) STRICT;
CREATE TABLE links (                        -- under which addresses others know the patient
    address TEXT NOT NULL,
    organisation INTEGER NOT NULL,          -- to which the address belongs; 0 for the emergency card
    patient INTEGER NOT NULL REFERENCES patients,
    evidence BLOB NOT NULL,                 -- the two signatures under the patient's statement
    PRIMARY KEY (address, organisation)
) STRICT, WITHOUT ROWID;
CREATE TABLE shares (                       -- who gets the keys of records to come, as far as consents cover them
    patient INTEGER NOT NULL REFERENCES patients,
    organisation INTEGER NOT NULL,
    PRIMARY KEY (patient, organisation)
) STRICT, WITHOUT ROWID;
CREATE TABLE packs (
    id TEXT PRIMARY KEY,
    needed INTEGER NOT NULL,
    nodes TEXT NOT NULL,                    -- JSON list of names, one a row
    width INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('writing', 'stored'))
) STRICT, WITHOUT ROWID;
CREATE TABLE blanks (                       -- columns of packs that are to be overwritten: ciphertext nobody is to have
    pack TEXT NOT NULL REFERENCES packs ON DELETE CASCADE,
    "offset" INTEGER NOT NULL,
    width INTEGER NOT NULL
) STRICT;
CREATE TABLE batches (                      -- what is, or is to be, one entry of a log
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    subject TEXT NOT NULL,                  -- the stream's, zero for the custodian's own
    target INTEGER,                         -- the entry that is corrected or erased from
    categories INTEGER NOT NULL,            -- classes named on the chain
    counts TEXT NOT NULL,                   -- JSON list: records, or decisions by outcome
    root BLOB NOT NULL,
    leaves BLOB NOT NULL,                   -- the 32-byte leaf hashes under the root; empty for an erasure
    entry INTEGER,                          -- index in the log once anchored
    at INTEGER                              -- Unix seconds of its block
) STRICT;
CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    patient INTEGER REFERENCES patients,    -- this and what follows is NULL once erased, but for the leaf's place
    identity TEXT,
    version INTEGER,
    categories INTEGER,
    day_from INTEGER,
    day_to INTEGER,
    salt BLOB,
    replaces BLOB,                          -- leaf of the version before, 32 zero bytes for the first
    leaf BLOB NOT NULL,
    batch INTEGER NOT NULL REFERENCES batches,
    position INTEGER NOT NULL,              -- of the leaf in the batch
    pack TEXT REFERENCES packs,
    "offset" INTEGER,
    width INTEGER,
    length INTEGER,
    hashes BLOB,
    current INTEGER NOT NULL,               -- whether no later version is there
    renew INTEGER NOT NULL DEFAULT 0        -- whether it is to be encrypted anew, after a withdrawal
) STRICT;
CREATE INDEX records_of_patient ON records (patient, identity);
CREATE INDEX records_of_pack ON records (pack);
CREATE INDEX records_of_batch ON records (batch);
CREATE TABLE envelopes (                    -- a record's data key, wrapped for one holder
    record INTEGER NOT NULL REFERENCES records,
    holder INTEGER NOT NULL,                -- an organisation; 0 for the patient
    wrapped BLOB NOT NULL,
    salt BLOB,                              -- this and the place: where it is committed to; NULL for the patient's and
    batch INTEGER REFERENCES batches,       -- the custodian's own, which every record has
    position INTEGER,
    PRIMARY KEY (record, holder)
) STRICT, WITHOUT ROWID;
CREATE TABLE decisions (                    -- the disclosure journal
    id INTEGER PRIMARY KEY,
    patient INTEGER,                        -- whose records were asked for, where that is known
    outcome INTEGER NOT NULL,
    subject TEXT NOT NULL,                  -- of the stream it goes to
    salt BLOB,                              -- this and the details are NULL once erased
    details BLOB,
    leaf BLOB NOT NULL,
    batch INTEGER REFERENCES batches,       -- NULL until it is anchored
    position INTEGER
) STRICT;
CREATE TABLE nonces (nonce BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""

PATIENT = 0
"""The holder of the envelopes that only the patient can open."""

_LEAF_BYTES = 32


class Outcome(IntEnum):
    """Of an access decision."""

    GRANTED = 0
    EMERGENCY = 1
    DENIED = 2


@dataclass(frozen=True)
class Patient:
    """A patient of the custodian; `subject` is the address of `record_key`."""

    id: int
    reference: str
    record_key: bytes
    subject: str


@dataclass(frozen=True)
class RecordVersion:
    """One version of a record. `categories` are bits of data_categories, the days count from 1900-01-01, `replaces` is
    the leaf of the version before."""

    patient: int
    identity: str
    version: int
    categories: int
    day_from: int
    day_to: int
    salt: bytes
    replaces: bytes
    leaf: bytes


@dataclass(frozen=True)
class StoredRecord(RecordVersion):
    """As it is kept: `position` is that of its leaf in the batch, `current` says that no later version is there."""

    id: int
    batch: int
    position: int
    placement: Placement
    current: bool


@dataclass(frozen=True)
class NewRecord(RecordVersion):
    """About to be stored: its `envelopes` by holder, and the entry that it corrects, if any."""

    envelopes: dict[int, bytes]
    target: int | None


@dataclass(frozen=True)
class Envelope:
    """A data key wrapped for an organisation; `leaf` is the record's."""

    record: int
    holder: int
    wrapped: bytes
    leaf: bytes


@dataclass(frozen=True)
class CommittedEnvelope:
    """An envelope with the salt of its leaf and the leaf's place."""

    envelope: Envelope
    salt: bytes
    batch: int
    position: int


@dataclass(frozen=True)
class Decision:
    """An entry of the disclosure journal; salt and details are None once erased."""

    id: int
    outcome: Outcome
    subject: str
    salt: bytes | None
    details: bytes | None
    leaf: bytes
    batch: int | None
    position: int | None


class RecordMovedError(CarechainError):
    """What was to be read was erased, withdrawn or encrypted anew meanwhile."""

    def __init__(self) -> None:
        super().__init__("A record", "is not where it was a moment ago", "ask again")


class _Connection(sqlite3.Connection):
    """Says in words when the file cannot be used: the disk is full, or another program holds it for too long."""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        return _guarded(super().execute, *arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        return _guarded(super().executemany, *arguments)


def _guarded(action: Callable[..., sqlite3.Cursor], *arguments: Any) -> sqlite3.Cursor:
    try:
        return action(*arguments)
    except sqlite3.OperationalError:
        raise CarechainError(
            "The catalogue",
            "cannot be read or written",
            "see that its disk has room, and that no other program holds it",
        ) from None


class Catalogue:
    """The custodian's file. Values of 64 bits are held as SQLite holds them, with a sign."""

    def __init__(self, folder: Path) -> None:
        """Opens `folder`/catalogue.db, or makes it. Raises CarechainError when it is no catalogue of this version."""
        self.folder = folder
        path = folder / "catalogue.db"
        make_private_folder(folder)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False, factory=_Connection)
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute("PRAGMA secure_delete = ON")
            # The rollback journal stays in its place, where `compact` can overwrite what it has of erased rows.
            self._db.execute("PRAGMA journal_mode = PERSIST")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT")
        except sqlite3.DatabaseError:
            raise CarechainError(str(path), "is no catalogue of records", "restore it from a copy") from None
        if version not in (0, _SCHEMA_VERSION):
            raise CarechainError(str(path), f"is a catalogue of version {version}", "use the release that made it")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Holds the one right to write. Raises CarechainError while another process or thread has it."""
        with self._locked("writer.lock", fcntl.LOCK_NB):
            yield

    @contextmanager
    def journaling(self) -> Iterator[None]:
        """Holds the one right to anchor the journal, and waits for it: an answer must not fail for another's."""
        with self._locked("journal.lock", 0):
            yield

    @contextmanager
    def _locked(self, name: str, flags: int) -> Iterator[None]:
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | flags)
        except BlockingIOError:
            os.close(descriptor)
            raise CarechainError(
                "The vault", "is being written to by another program", "wait until that has ended"
            ) from None
        try:
            yield
        finally:
            os.close(descriptor)  # and the lock with it

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # not where the disk is full: then SQLite has done so itself
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # ------------------------------------------------------------------ patients

    def enrol(self, reference: str, record_key: bytes, subject: str) -> Patient:
        """The patient, entered at first use. Raises CarechainError when the reference and the key don't belong
        together: one was used for, or with, another."""
        found = self.patient(reference)
        if found is None and self._one("SELECT id FROM patients WHERE subject = ?", subject) is None:
            self._db.execute(
                "INSERT INTO patients (reference, record_key, subject) VALUES (?, ?, ?)",
                (reference, record_key, subject),
            )
            found = self.patient(reference)
        if found is None or found.record_key != record_key:
            raise CarechainError(
                "The patient's key", "is not the one this patient was enrolled with", "name the wallet of this patient"
            )
        return found

    def patient(self, reference: str) -> Patient | None:
        row = self._one("SELECT * FROM patients WHERE reference = ?", reference)
        return None if row is None else Patient(**row)

    def patient_by_id(self, patient: int) -> Patient:
        """Raises RecordMovedError when all of the patient's records were erased meanwhile."""
        row = self._one("SELECT * FROM patients WHERE id = ?", patient)
        if row is None:
            raise RecordMovedError
        return Patient(**row)

    def forget_patient(self, patient: int) -> None:
        """Removes whose the erased records were; there must be none left that are not erased."""
        for table in ("links", "shares"):
            self._db.execute(f"DELETE FROM {table} WHERE patient = ?", (patient,))
        self._db.execute("UPDATE decisions SET patient = NULL WHERE patient = ?", (patient,))
        self._db.execute("DELETE FROM patients WHERE id = ?", (patient,))

    def link(self, patient: int, address: str, organisation: int, evidence: bytes) -> None:
        """Others know the patient under this address; 0 stands for the emergency card. Raises CarechainError when it
        is linked to somebody else."""
        self._db.execute("INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?)", (address, organisation, patient, evidence))
        if self.linked(address, organisation) != patient:
            raise CarechainError(
                "The patient's address", "belongs to another patient here", "check the wallet that was named"
            )

    def address(self, patient: int, organisation: int) -> str | None:
        """The address under which an organisation knows the patient, where that is known here."""
        row = self._one("SELECT address FROM links WHERE patient = ? AND organisation = ?", patient, organisation)
        return None if row is None else str(row["address"])

    def linked(self, address: str, organisation: int) -> int | None:
        """The patient whom an organisation knows under an address; organisation 0 stands for emergency cards."""
        row = self._one("SELECT patient FROM links WHERE address = ? AND organisation = ?", address, organisation)
        return None if row is None else int(row["patient"])

    def share(self, patient: int, organisation: int) -> None:
        self._db.execute("INSERT OR IGNORE INTO shares VALUES (?, ?)", (patient, organisation))

    def sharers(self, patient: int) -> list[int]:
        """The organisations that get the keys of the patient's records to come."""
        rows = self._db.execute("SELECT organisation FROM shares WHERE patient = ? ORDER BY 1", (patient,))
        return [row["organisation"] for row in rows]

    # ------------------------------------------------------------------ packs

    def begin_pack(self, pack: Pack) -> None:
        """Before the first byte is written anywhere."""
        self._db.execute(
            "INSERT INTO packs VALUES (?, ?, ?, ?, 'writing')",
            (pack.id, pack.needed, json.dumps(pack.nodes), pack.width),
        )

    def packs(self, state: str) -> list[Pack]:
        return [_pack(row) for row in self._db.execute("SELECT * FROM packs WHERE state = ? ORDER BY id", (state,))]

    def pack(self, pack_id: str) -> Pack:
        """Raises RecordMovedError when nothing is in it any more: its records were erased, or encrypted anew."""
        row = self._one("SELECT * FROM packs WHERE id = ?", pack_id)
        if row is None:
            raise RecordMovedError
        return _pack(row)

    def end_pack(self, pack: Pack) -> None:
        """Once nothing of it is left on any node."""
        self._db.execute("DELETE FROM packs WHERE id = ?", (pack.id,))

    def packs_with_blanks(self) -> list[Pack]:
        """Packs of which something is still to be overwritten."""
        rows = self._db.execute("SELECT * FROM packs WHERE id IN (SELECT pack FROM blanks) ORDER BY id")
        return [_pack(row) for row in rows]

    def blanks(self, pack_id: str) -> list[Placement]:
        """What of a pack is to be overwritten."""
        rows = self._db.execute('SELECT "offset", width FROM blanks WHERE pack = ? ORDER BY 1', (pack_id,))
        return [Placement(pack_id, row["offset"], row["width"], 0, ()) for row in rows]

    def end_blanks(self, pack_id: str) -> None:
        """Once all of it is overwritten on every node."""
        self._db.execute("DELETE FROM blanks WHERE pack = ?", (pack_id,))

    def _blank(self, record: StoredRecord) -> None:
        place = record.placement
        self._db.execute("INSERT INTO blanks VALUES (?, ?, ?)", (place.pack_id, place.offset, place.width))

    # ------------------------------------------------------------------ records and batches

    def add_records(
        self, pack: Pack, items: Sequence[tuple[NewRecord, Placement]], batches: Iterable[tuple[BatchData, list[int]]]
    ) -> None:
        """Enters what a pack holds, as far as its batches; each batch names its items by their place in the list."""
        with self.transaction():
            for data, members in batches:
                batch = self.add_batch(data)
                for position, member in enumerate(members):
                    self._add_record(items[member][0], items[member][1], batch, position)
            self._db.execute("UPDATE packs SET state = 'stored' WHERE id = ?", (pack.id,))

    def _add_record(self, record: NewRecord, placement: Placement, batch: int, position: int) -> None:
        self._db.execute(
            "UPDATE records SET current = 0 WHERE patient = ? AND identity = ?", (record.patient, record.identity)
        )
        added = self._db.execute(
            "INSERT INTO records VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0)",
            (
                record.patient,
                record.identity,
                record.version,
                _signed(record.categories),
                record.day_from,
                record.day_to,
                record.salt,
                record.replaces,
                record.leaf,
                batch,
                position,
                *_place(placement),
            ),
        )
        assert added.lastrowid is not None  # a row was inserted
        self.add_envelopes((added.lastrowid, holder, wrapped) for holder, wrapped in record.envelopes.items())

    def add_envelopes(self, envelopes: Iterable[tuple[int, int, bytes]]) -> None:
        """(record, holder, wrapped key) each; an earlier one of the same holder is replaced."""
        self._db.executemany("INSERT OR REPLACE INTO envelopes VALUES (?, ?, ?, NULL, NULL, NULL)", envelopes)

    def uncommitted_envelopes(self, custodian: int) -> list[Envelope]:
        """Those for other organisations that no batch commits to yet."""
        rows = self._db.execute(
            "SELECT record, holder, wrapped, leaf FROM envelopes JOIN records ON records.id = record"
            " WHERE envelopes.batch IS NULL AND holder NOT IN (?, ?) ORDER BY record, holder",
            (PATIENT, custodian),
        )
        return [Envelope(row["record"], row["holder"], row["wrapped"], row["leaf"]) for row in rows]

    def commit_envelopes(self, data: BatchData, committed: Sequence[tuple[Envelope, bytes]]) -> None:
        """Enters the batch of envelopes and their salts, each at its position."""
        with self.transaction():
            batch = self.add_batch(data)
            self._db.executemany(
                "UPDATE envelopes SET salt = ?, batch = ?, position = ? WHERE record = ? AND holder = ?",
                [
                    (salt, batch, position, envelope.record, envelope.holder)
                    for position, (envelope, salt) in enumerate(committed)
                ],
            )

    def committed_envelopes(self, patient: int) -> list[CommittedEnvelope]:
        """The envelopes of a patient's records that organisations hold, with where they are committed to."""
        rows = self._db.execute(
            "SELECT envelopes.record, holder, wrapped, leaf, envelopes.salt, envelopes.batch, envelopes.position"
            " FROM envelopes JOIN records ON records.id = record"
            " WHERE patient = ? AND envelopes.batch IS NOT NULL ORDER BY envelopes.batch, envelopes.position",
            (patient,),
        )
        return [
            CommittedEnvelope(
                Envelope(row["record"], row["holder"], row["wrapped"], row["leaf"]),
                row["salt"],
                row["batch"],
                row["position"],
            )
            for row in rows
        ]

    def add_batch(self, data: BatchData) -> int:
        """Enters what is to be anchored; gives its number."""
        added = self._db.execute(
            "INSERT INTO batches VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                data.kind,
                data.subject,
                data.target,
                _signed(data.categories),
                json.dumps(data.counts),
                data.root,
                b"".join(data.leaves),
            ),
        )
        assert added.lastrowid is not None  # a row was inserted
        return added.lastrowid

    def anchored(self, batch: int, entry: int, at: int) -> None:
        self._db.execute("UPDATE batches SET entry = ?, at = ? WHERE id = ?", (entry, at, batch))

    def unanchored(self, log: LogKind) -> list[Batch]:
        """Batches of a log that are not on the chain yet, in the order they were made."""
        rows = self._db.execute("SELECT * FROM batches WHERE entry IS NULL ORDER BY id")
        return [batch for batch in map(_batch, rows) if batch.data.kind.log is log]

    def entries(self, subject: str, log: LogKind) -> set[int]:
        """The indexes of the log's entries that batches have."""
        rows = self._db.execute("SELECT kind, entry FROM batches WHERE subject = ? AND entry IS NOT NULL", (subject,))
        return {row["entry"] for row in rows if EntryKind(row["kind"]).log is log}

    def batch(self, batch: int) -> Batch:
        row = self._one("SELECT * FROM batches WHERE id = ?", batch)
        assert row is not None  # foreign keys hold it
        return _batch(row)

    def current(self, patient: int) -> dict[str, StoredRecord]:
        """The latest version of each of the patient's records, by identity."""
        rows = self._db.execute("SELECT * FROM records WHERE patient = ? AND current = 1 ORDER BY id", (patient,))
        return {row["identity"]: _record(row) for row in rows}

    def anchored_records(self, patient: int) -> list[StoredRecord]:
        """The latest version that is anchored of each of the patient's records."""
        rows = self._db.execute(
            "SELECT * FROM records WHERE id IN (SELECT max(records.id) FROM records JOIN batches ON batches.id = batch"
            " WHERE patient = ? AND entry IS NOT NULL GROUP BY identity) ORDER BY id",
            (patient,),
        )
        return [_record(row) for row in rows]

    def to_renew(self, patient: int) -> list[StoredRecord]:
        """The records that are still to be encrypted anew."""
        rows = self._db.execute("SELECT * FROM records WHERE patient = ? AND renew = 1 ORDER BY id", (patient,))
        return [_record(row) for row in rows]

    def withdraw_envelopes(self, patient: int, organisation: int) -> None:
        """Ends a share at once: the envelopes go, and the records are to be encrypted anew."""
        with self.transaction():
            self._db.execute("DELETE FROM shares WHERE patient = ? AND organisation = ?", (patient, organisation))
            self._db.execute(
                "UPDATE records SET renew = 1 WHERE patient = ?"
                " AND id IN (SELECT record FROM envelopes WHERE holder = ?)",
                (patient, organisation),
            )
            self._db.execute(
                "DELETE FROM envelopes WHERE holder = ? AND record IN (SELECT id FROM records WHERE patient = ?)",
                (organisation, patient),
            )

    def records(self, patient: int) -> list[StoredRecord]:
        """Every version of the patient's records, oldest first."""
        return [
            _record(row) for row in self._db.execute("SELECT * FROM records WHERE patient = ? ORDER BY id", (patient,))
        ]

    def records_in(self, pack_id: str) -> list[StoredRecord]:
        """What a pack still holds."""
        return [
            _record(row) for row in self._db.execute("SELECT * FROM records WHERE pack = ? ORDER BY id", (pack_id,))
        ]

    def envelope(self, record: int, holder: int) -> bytes | None:
        row = self._one("SELECT wrapped FROM envelopes WHERE record = ? AND holder = ?", record, holder)
        return None if row is None else bytes(row["wrapped"])

    def holders(self, record: int) -> list[int]:
        rows = self._db.execute("SELECT holder FROM envelopes WHERE record = ? ORDER BY 1", (record,))
        return [row["holder"] for row in rows]

    def move_records(self, pack: Pack, moved: Sequence[tuple[StoredRecord, Placement, dict[int, bytes]]]) -> None:
        """Records that were encrypted anew: another place, and other envelopes in place of all there were."""
        with self.transaction():
            for record, placement, envelopes in moved:
                self._blank(record)
                self._db.execute(
                    'UPDATE records SET pack = ?, "offset" = ?, width = ?, length = ?, hashes = ?, renew = 0'
                    " WHERE id = ?",
                    (*_place(placement), record.id),
                )
                self._db.execute("DELETE FROM envelopes WHERE record = ?", (record.id,))
                self.add_envelopes((record.id, holder, wrapped) for holder, wrapped in envelopes.items())
            self._db.execute("UPDATE packs SET state = 'stored' WHERE id = ?", (pack.id,))

    def erase(self, records: Sequence[StoredRecord]) -> None:
        """Removes all that opens the records or says whose they were. Only leaves and their places stay."""
        for record in records:
            self._blank(record)
            self._db.execute("DELETE FROM envelopes WHERE record = ?", (record.id,))
            self._db.execute(
                "UPDATE records SET patient = NULL, identity = NULL, version = NULL, categories = NULL,"
                " day_from = NULL, day_to = NULL, salt = NULL, replaces = NULL, pack = NULL,"
                ' "offset" = NULL, width = NULL, length = NULL, hashes = NULL, current = 0 WHERE id = ?',
                (record.id,),
            )

    def compact(self) -> None:
        """Rewrites the file and overwrites its rollback journal, so that nothing removed stays in either."""
        self._db.execute("VACUUM")
        self._db.execute("BEGIN EXCLUSIVE")  # nobody else has a use for the journal meanwhile
        try:
            journal = self.folder / "catalogue.db-journal"
            if journal.exists():
                with journal.open("r+b") as file:
                    file.write(bytes(journal.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
        finally:
            self._db.execute("ROLLBACK")

    # ------------------------------------------------------------------ the disclosure journal

    def add_decision(
        self, patient: int | None, outcome: Outcome, subject: str, salt: bytes, details: bytes, leaf: bytes
    ) -> None:
        """On the disk when this returns: nothing is released before."""
        self._db.execute(
            "INSERT INTO decisions VALUES (NULL, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (patient, outcome, subject, salt, details, leaf),
        )

    def unbatched_decisions(self) -> list[Decision]:
        return [_decision(row) for row in self._db.execute("SELECT * FROM decisions WHERE batch IS NULL ORDER BY id")]

    def batch_decisions(self, batch: int, decisions: Sequence[Decision]) -> None:
        self._db.executemany(
            "UPDATE decisions SET batch = ?, position = ? WHERE id = ?",
            [(batch, position, decision.id) for position, decision in enumerate(decisions)],
        )

    def releases(self, batch: int) -> list[Decision]:
        """The decisions of one batch, by position."""
        rows = self._db.execute("SELECT * FROM decisions WHERE batch = ? ORDER BY position", (batch,))
        return [_decision(row) for row in rows]

    def refusals(self, patient: int) -> list[Decision]:
        """The refusals of what was asked about a patient, that are in a batch."""
        rows = self._db.execute(
            "SELECT * FROM decisions WHERE patient = ? AND outcome = ? AND batch IS NOT NULL ORDER BY id",
            (patient, Outcome.DENIED),
        )
        return [_decision(row) for row in rows]

    def erase_decisions(self, subject: str, patient: int) -> None:
        """Destroys salts and details of the decisions in a patient's stream, and of refusals about the patient."""
        self._db.execute(
            "UPDATE decisions SET salt = NULL, details = NULL WHERE subject = ? OR patient = ?", (subject, patient)
        )

    def batches_of(self, subject: str, kind: EntryKind) -> list[Batch]:
        """The batches of a stream and kind, oldest first."""
        rows = self._db.execute("SELECT * FROM batches WHERE subject = ? AND kind = ? ORDER BY id", (subject, kind))
        return [_batch(row) for row in rows]

    def last_anchored(self) -> Batch | None:
        """The batch that was noted as anchored last."""
        row = self._one("SELECT * FROM batches WHERE entry IS NOT NULL ORDER BY id DESC LIMIT 1")
        return None if row is None else _batch(row)

    def use_nonce(self, nonce: bytes, until: int, now: int) -> bool:
        """Whether it is the nonce's first use; those whose requests have lapsed are forgotten."""
        self._db.execute("DELETE FROM nonces WHERE until < ?", (now,))
        added = self._db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, until))
        return added.rowcount == 1

    def _one(self, query: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


def _unsigned(value: int) -> int:
    return value % (1 << 64)


def _place(placement: Placement) -> tuple[Any, ...]:
    return placement.pack_id, placement.offset, placement.width, placement.length, b"".join(placement.hashes)


def _split(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[start : start + _LEAF_BYTES] for start in range(0, len(joined), _LEAF_BYTES))


def _pack(row: sqlite3.Row) -> Pack:
    return Pack(row["id"], row["needed"], tuple(json.loads(row["nodes"])), row["width"])


def _record(row: sqlite3.Row) -> StoredRecord:
    placement = Placement(row["pack"], row["offset"], row["width"], row["length"], _split(row["hashes"]))
    return StoredRecord(
        row["patient"],
        row["identity"],
        row["version"],
        _unsigned(row["categories"]),
        row["day_from"],
        row["day_to"],
        row["salt"],
        row["replaces"],
        row["leaf"],
        row["id"],
        row["batch"],
        row["position"],
        placement,
        bool(row["current"]),
    )


def _batch(row: sqlite3.Row) -> Batch:
    data = BatchData(
        EntryKind(row["kind"]),
        row["subject"],
        tuple(json.loads(row["counts"])),
        row["root"],
        _split(row["leaves"]),
        row["target"],
        _unsigned(row["categories"]),
    )
    return Batch(row["id"], data, row["entry"], row["at"])


def _decision(row: sqlite3.Row) -> Decision:
    return Decision(
        row["id"],
        Outcome(row["outcome"]),
        row["subject"],
        row["salt"],
        row["details"],
        row["leaf"],
        row["batch"],
        row["position"],
    )
