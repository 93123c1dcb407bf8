"""Entries of the logs of records and disclosures, as plain values: what is to be one, and what one is made of.

A stream belongs to an organisation and a subject: a patient's address, or zero for the organisation's own stream, in
which batches of many patients mix. Each stream has two logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

OWN_STREAM = "0x" + 40 * "0"
"""The subject of an organisation's own stream."""


class LogKind(IntEnum):
    """IRecordRegistry.LogKind."""

    RECORDS = 0
    DISCLOSURES = 1


class EntryKind(IntEnum):
    """The first byte of an entry, as IRecordRegistry numbers the kinds."""

    RECORDS = 0
    CORRECTION = 1
    KEY_ENVELOPES = 2
    ERASURE = 3
    DISCLOSURES = 4

    @property
    def log(self) -> LogKind:
        """In which of a stream's logs such entries stand."""
        return LogKind.DISCLOSURES if self is EntryKind.DISCLOSURES else LogKind.RECORDS


@dataclass(frozen=True)
class BatchData:
    """What is to be one entry of a log. `counts` are of records or envelopes, or of decisions granted, emergency and
    denied; `target` is the entry that is corrected or erased from; `leaves` are the 32-byte hashes under the root."""

    kind: EntryKind
    subject: str
    counts: tuple[int, ...]
    root: bytes
    leaves: tuple[bytes, ...] = ()
    target: int | None = None
    categories: int = 0


@dataclass(frozen=True)
class Batch:
    """A batch that the catalogue holds; `entry` and `at` (Unix seconds) once it is anchored."""

    id: int
    data: BatchData
    entry: int | None
    at: int | None


@dataclass(frozen=True)
class LogEntry:
    """An entry of a log; `content` are the bytes that its leaf is the hash of, `at` is in Unix seconds."""

    index: int
    kind: EntryKind
    target: int
    counts: tuple[int, ...]
    root: bytes
    content: bytes
    at: int
    block: int
    transaction: str

    def is_of(self, data: BatchData) -> bool:
        """Whether it is what a batch was to become."""
        told = self.kind, self.root, self.counts, self.target
        return told == (data.kind, data.root, data.counts, data.target or 0)


def counts_in(content: bytes) -> tuple[int, ...]:
    """The decisions granted, by emergency and denied that an entry of a disclosure log states: three uint32 before its
    root, as IRecordRegistry packs them."""
    packed = content[-44:-32]
    return tuple(int.from_bytes(packed[start : start + 4], "big") for start in range(0, len(packed), 4))
