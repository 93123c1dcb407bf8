"""The proof of one record of a trial: a JSON file that anyone checks offline, against one hash from the chain.

It leads from the record to its leaf in the batch, from there to the root that an entry of the trial's log has, from the
entry to its leaf in the log, and from there to the log's root, which whoever checks must have from the chain or from
somebody trusted. The dataset's description comes with it, so that the fields have names. Salts are those of this record
and of the description: they tell nothing of the other records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain.cdisc.metadata import column_names
from carechain.cdisc.strict_json import canonical, parse_object
from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.trials.batch_file import BatchFile
from carechain.trials.proof_json import Fields, hex_of, text_of, write_json
from carechain.trials.words import DataEntry

FORMAT, VERSION = "carechain record proof", 1
MOST_BYTES = 20_000_000
"""Bytes of a proof's file that are read: the description may be large."""

_MOST_HASHES = 64
_MEND_RECORD = "check that it is this record, and as it was committed to"
_MEND_PROOF = "ask for the proof again"


@dataclass(frozen=True)
class LogPlace:
    """An entry where it stands: in a stream of the log of a contract, at `index` of `size`, with the path up to the
    log's root."""

    chain_id: int
    contract: str
    trial: int
    stream: int
    entry: bytes
    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class RecordProof:
    """What proves a record: where the entry of its batch stands, and what leads from the record to that.

    `number` is the record's in its dataset, from 1; `leaves` are the records and the description, which is leaf 0.
    """

    log: LogPlace
    number: int
    leaves: int
    salt: bytes
    path: tuple[bytes, ...]
    description: Mapping[str, Any]
    description_salt: bytes
    description_path: tuple[bytes, ...]

    @classmethod
    def of(cls, batch: BatchFile, number: int, log: LogPlace) -> RecordProof:
        """The proof of a record, from 1, of which the batch is anchored at that place of the log.

        Raises CarechainError when the batch has no such record, its file is damaged, or the entry is another batch's.
        """
        if number < 1:
            raise CarechainError(str(batch.path), f"has records 1 to {batch.records:,}", "give one of them")
        entry = DataEntry.unpack(log.entry)
        if (entry.root, entry.count) != (batch.root, batch.records):
            raise CarechainError(str(batch.path), "is not the batch of this entry", "take the file of that batch")
        return cls(
            log,
            number,
            batch.leaves,
            batch.salt(number),
            batch.proof(number),
            batch.description,
            batch.salt(0),
            batch.proof(0),
        )

    def write(self, path: Path) -> None:
        """Writes the file, mode 0600: it is about one record of a person. Raises CarechainError when it cannot."""
        write_json(path, self.facts())

    def facts(self) -> dict[str, Any]:
        """What the file holds. Numbers that may be beyond 2^53 - 1 are texts of their digits."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "chain_id": str(self.log.chain_id),
            "contract": self.log.contract,
            "trial": str(self.log.trial),
            "stream": str(self.log.stream),
            "entry": {
                "content": hex_of(self.log.entry),
                "index": str(self.log.index),
                "log_size": str(self.log.size),
                "path": [hex_of(each) for each in self.log.path],
            },
            "record": {
                "number": self.number,
                "leaves": self.leaves,
                "salt": hex_of(self.salt),
                "path": [hex_of(each) for each in self.path],
            },
            "description": {
                "content": dict(self.description),
                "salt": hex_of(self.description_salt),
                "path": [hex_of(each) for each in self.description_path],
            },
        }

    @classmethod
    def parse(cls, content: bytes, name: str) -> RecordProof:
        """Reads the bytes of the file `name`. Raises CarechainError, with the field, when it is not such a file."""
        fields = Fields(parse_object(content, name, MOST_BYTES), name)
        fields.check_format(FORMAT, VERSION)
        entry, record, description = (fields.inner(each) for each in ("entry", "record", "description"))
        found = cls(
            LogPlace(
                chain_id=fields.number("chain_id", 256),
                contract=fields.address("contract"),
                trial=fields.number("trial", 64),
                stream=fields.number("stream", 256),
                entry=entry.content("content", 124),
                index=entry.number("index", 64),
                size=entry.number("log_size", 64),
                path=entry.hashes("path", _MOST_HASHES),
            ),
            number=record.small("number", 2**32 - 1),
            leaves=record.small("leaves", 2**32),
            salt=record.hash("salt"),
            path=record.hashes("path", _MOST_HASHES),
            description=description.object("content"),
            description_salt=description.hash("salt"),
            description_path=description.hashes("path", _MOST_HASHES),
        )
        for each in (entry, record, description, fields):
            each.check_all_read()
        return found

    @classmethod
    def read(cls, path: Path) -> RecordProof:
        """Reads a file. Raises CarechainError when it cannot be read, or as `parse` does."""
        return cls.parse(text_of(path, MOST_BYTES), path.name)


@dataclass(frozen=True)
class VerifiedRecord:
    """A record that was in the trial's log: which it is, of which dataset, and the entry that says who and when.

    `fields` are its values by the names of their columns, or the record of ODM as it is. They do not show when this is
    printed.
    """

    number: int
    entry: DataEntry
    description: Mapping[str, Any]
    fields: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"VerifiedRecord(number={self.number}, entry={self.entry})"


def verify_record(record: Sequence[Any] | Mapping[str, Any], proof: RecordProof, trusted_root: bytes) -> VerifiedRecord:
    """Checks a record by its proof, offline, under the root of the log (32 bytes) that one trusts.

    A row is the list of its values, or an object of them by the names of the columns; a record of ODM is an object. The
    root is that of the proof's stream at the proof's size of the log; that it is, only the chain tells. Raises
    CarechainError that says which link is broken: the entry's place in the log, what the entry says, the description,
    or the record.
    """
    log = proof.log
    if not verify_inclusion(leaf_hash(log.entry), log.index, log.size, log.path, trusted_root):
        raise CarechainError(
            "The entry of the log", "is not under the trusted root", "check the root, and that it is of the log's size"
        )
    entry = DataEntry.unpack(log.entry)
    if (entry.trial, entry.organisation) != (log.trial, log.stream):
        raise CarechainError("The entry of the log", "is of another trial or stream than the proof says", _MEND_PROOF)
    if entry.count + 1 != proof.leaves:
        raise CarechainError("The entry of the log", "counts other records than the proof says", _MEND_PROOF)
    if not 1 <= proof.number <= entry.count:
        raise CarechainError("The number of the record", "is none of the batch", _MEND_PROOF)
    described = leaf_hash(proof.description_salt + canonical(proof.description, "The description"))
    if not verify_inclusion(described, 0, proof.leaves, proof.description_path, entry.root):
        raise CarechainError("The description", "is not the one that the entry of the log commits to", _MEND_PROOF)
    names = column_names(proof.description)
    values = _values(record, names)
    leaf = leaf_hash(proof.salt + canonical(values, "The record"))
    if not verify_inclusion(leaf, proof.number, proof.leaves, proof.path, entry.root):
        raise CarechainError("The record", "is not the one that the entry of the log commits to", _MEND_RECORD)
    fields = dict(zip(names, values, strict=True)) if names else values
    return VerifiedRecord(proof.number, entry, proof.description, fields)


def record_form(record: Sequence[Any] | Mapping[str, Any], names: tuple[str, ...] | None) -> bytes:
    """The canonical form (RFC 8785) of a record, given as for `verify_record`. `names` are those of the columns, None
    of ODM. Raises CarechainError when it has another shape."""
    return canonical(_values(record, names), "The record")


def _values(record: Sequence[Any] | Mapping[str, Any], names: tuple[str, ...] | None) -> Any:
    """The record in the form in which it was committed to."""
    if names is None:
        if not isinstance(record, Mapping):
            raise CarechainError("The record", "is no object, as those of ODM are", _MEND_RECORD)
        return dict(record)
    if isinstance(record, Mapping):
        if record.keys() != set(names):
            raise CarechainError("The record", "does not have the columns of the description", _MEND_RECORD)
        return [record[name] for name in names]
    if isinstance(record, str | bytes) or not isinstance(record, Sequence) or len(record) != len(names):
        raise CarechainError("The record", "does not have as many values as there are columns", _MEND_RECORD)
    return list(record)
