"""Whether a dataset is still the one that was committed to, and what of it is not.

The dataset is read again, whatever is wrong with it, and compared leaf by leaf with the file of the batch. Which
columns changed, the digests of a block of 1,024 leaves tell. No finding holds a value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import rfc8785

from carechain.cdisc.metadata import FORMAT, Layout, layout_of
from carechain.cdisc.odm import OdmFile, canonical_record
from carechain.cdisc.pieces import DatasetFile
from carechain.cdisc.reading import open_dataset
from carechain.cdisc.row_text import Piece, RowError, first_array
from carechain.cdisc.rows import RowReader, loose_row
from carechain.errors import CarechainError
from carechain.merkle_log import HASH_BYTES
from carechain.sealed_file import DamagedFileError
from carechain.trials.batch import column_digest, description_leaf, hash_piece, leaves_of, piecewise
from carechain.trials.batch_file import BLOCK, DIGEST_BYTES, BatchFile

MAX_CHANGED = 1_000
"""Changed records that are named one by one; those behind are counted alone."""

_ALL = "(all of it)"

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,99}", re.ASCII)
_PLAIN_FORMAT = re.compile(r"[A-Za-z\-]{1,20} [0-9.]{1,5}", re.ASCII)
_BROKEN = bytes(HASH_BYTES)
_ROUGH = re.compile(rb'[^,"]*"(?:[^"\\]|\\.)*"[^,"]*|[^,"]+', re.DOTALL)
_ROUGH_STRING = re.compile(rb'[ \t\r\n]*"(?:[^"\\]|\\.)*"[ \t\r\n]*', re.DOTALL)


@dataclass(frozen=True)
class ChangedRecord:
    """A record that is not the one committed to: its number, from 1, and the columns that changed, by their names, or
    by their numbers where a name might be data.

    Where `alone`, it is the only one of its block, and the fields are its own. Else they are those of all that changed
    in the block. There are none where they cannot be told: in a record of ODM, in a block of which a record has another
    number of values, and in one that lost or gained records. A `broken` record can no longer be read, or not be
    written by RFC 8785.
    """

    number: int
    fields: tuple[str, ...] = ()
    alone: bool = True
    broken: bool = False


@dataclass(frozen=True)
class Findings:
    """What differs between a dataset and its batch.

    `records` were committed to, and `found` could be read. Of the `changes` records that changed, the first are in
    `changed`. `description` has the paths of what changed in it ("columns[3].label"), without keys that might be data.
    Where `unreadable` is set, nothing from that place on was compared; `unreadable_record` is its record, from 1, or
    None for the description.
    """

    records: int
    found: int
    same_bytes: bool
    changes: int = 0
    changed: tuple[ChangedRecord, ...] = ()
    description: tuple[str, ...] = ()
    unreadable: CarechainError | None = None
    unreadable_record: int | None = None

    @property
    def missing(self) -> int:
        """Records that are not there any more, at the end; 0 where the dataset could not be read to its end."""
        return 0 if self.unreadable else max(0, self.records - self.found)

    @property
    def added(self) -> int:
        """Records at the end that were not committed to."""
        return max(0, self.found - self.records)

    @property
    def same_values(self) -> bool:
        """Whether every record, and the description, is what was committed to."""
        return not (self.changes or self.description or self.unreadable or self.records != self.found)

    def sentences(self) -> Iterator[str]:
        """What was found, in words."""
        if self.same_bytes and not self.same_values:
            yield "The batch has the hash of this file, but not its records or its description: it was made otherwise."
        elif self.same_bytes:
            yield f"The file is, byte for byte, the one whose {self.records:,} records were committed to."
        elif self.same_values:
            yield f"The bytes of the file differ, but all {self.records:,} records, and the description, are the same."
        for each in self.changed:
            where = ", ".join(each.fields)
            among = "in" if each.alone else "in some of"
            what = "cannot be read any more" if each.broken else "changed"
            yield f"Record {each.number:,} {what}{f', {among}: {where}' if where else ''}."
        if self.changes > len(self.changed):
            yield f"{_records(self.changes - len(self.changed), 'more ')} changed."
        if self.missing:
            verb = "is" if self.missing == 1 else "are"
            yield f"The last {self.missing:,} of {_records(self.records)} {verb} missing."
        if self.added:
            verb = "was" if self.added == 1 else "were"
            yield f"{_records(self.added)} {verb} added behind the {self.records:,} that were committed to."
        for path in self.description:
            yield f"The description changed, in: {path}."
        if self.unreadable:
            yield f"{self.unreadable} Nothing from there on could be compared."


def _records(count: int, which: str = "") -> str:
    return f"{count:,} {which}record{'' if count == 1 else 's'}"


@dataclass(frozen=True)
class _Rehashed:
    """A block that was read again. The leaf of a broken row is zero; there are no digests where one has another number
    of values. `error` says where it could not be read on."""

    leaves: bytes
    digests: bytes
    error: RowError | None = None


def check_dataset(path: Path, batch: BatchFile, workers: int | None = None) -> Findings:
    """Compares a dataset with what was committed to. It is read as its batch was; `workers` as for `commit_dataset`.

    Raises CarechainError when the dataset cannot be opened or is of another format, and for a damaged batch file.
    Everything else that is wrong with the dataset is a finding.
    """
    compared = _Comparison(batch)
    error: CarechainError | None = None
    try:
        dataset = open_dataset(path)
    except CarechainError as failure:
        if not (path.is_file() and os.access(path, os.R_OK)):
            raise
        return Findings(batch.records, 0, False, unreadable=failure)
    with dataset:
        if dataset.format.startswith("ODM") != (batch.columns is None):
            theirs = batch.format if _PLAIN_FORMAT.fullmatch(batch.format) else "of another format"
            raise CarechainError(dataset.name, f"is {dataset.format}, and the batch {theirs}", "check the paths")
        try:
            if isinstance(dataset, OdmFile):
                _compare_odm(dataset, compared)
            else:
                _compare_rows(dataset, compared, workers)
            description = _changed_paths(batch.description, dataset.description)
            source_hash = dataset.source_hash
        except DamagedFileError:
            raise
        except CarechainError as failure:
            error, description = failure, []
            source_hash = dataset.finish_hash()
    if not error and not description:
        description = [] if _same_leaf(batch, dataset.description) else [_ALL]
    return Findings(
        batch.records,
        compared.found,
        source_hash == batch.source_hash,
        compared.changes,
        tuple(compared.changed),
        tuple(description),
        error,
        _record_of(error, compared),
    )


def _record_of(error: CarechainError | None, compared: _Comparison) -> int | None:
    if isinstance(error, RowError):
        return error.row
    return compared.found + 1 if error and compared.batch.columns is None else None


def rehash_piece(reader: RowReader, secret: bytes, piece: Piece) -> _Rehashed:
    """The leaves of a piece, whatever its rows are."""
    try:
        hashed = hash_piece(reader, secret, piece)
        return _Rehashed(hashed.leaves, hashed.digests)
    except CarechainError:
        pass
    rows: list[list[Any]] = []
    leaves = bytearray()
    for number, text in enumerate(piece.rows(), piece.first):
        try:
            rows.append(loose_row(text, reader.name, number))
            leaves += _leaf(rows[-1], number, secret)
        except RowError as error:
            rough = _rough_row(text)
            if len(rough) != len(reader.layout.columns):
                # Two rows may have become one: those behind would be taken for others.
                if error.row > number:
                    leaves += _leaf(loose_row(first_array(text), reader.name, number), number, secret)
                return _Rehashed(bytes(leaves), b"", error)
            rows.append(rough)
            leaves += _BROKEN
    return _Rehashed(bytes(leaves), _loose_digests(rows, secret))


def _leaf(row: list[Any], number: int, secret: bytes) -> bytes:
    content = _loose_form(row)
    return _BROKEN if content is None else leaves_of([content], number, secret)


def _rough_row(text: bytes) -> list[Any]:
    """The values of a row that is no JSON, where commas outside of strings part them. What is no value is a text that
    none is. There are none when it is not certain what is a string."""
    values: list[Any] = []
    for match in _ROUGH.finditer(text.strip(b"[]")):
        if b'"' in match.group() and not _ROUGH_STRING.fullmatch(match.group()):
            return []
        try:
            values.append(msgspec.json.decode(match.group()))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            values.append("\0")
    return values


def _loose_form(value: Any) -> bytes | None:
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError):
        return None


def _loose_digests(rows: list[list[Any]], secret: bytes) -> bytes:
    if len(set(map(len, rows))) != 1:
        return b""
    columns = (_loose_form(list(column)) for column in zip(*rows, strict=True))
    return b"".join(column_digest(content or b"", secret) for content in columns)


class _Comparison:
    """Leaves of a dataset, compared block by block with those of the batch."""

    def __init__(self, batch: BatchFile) -> None:
        self.batch = batch
        self._columns = None if batch.columns is None else _layout(batch)
        self.found = 0
        self.changes = 0
        self.changed: list[ChangedRecord] = []
        self._number = 0

    def add(self, leaves: bytes, digests: bytes = b"") -> None:
        """The next block, of which the first lacks the description. It may be cut short."""
        number, first = self._number, max(1, self._number * BLOCK)
        self._number += 1
        self.found += len(leaves) // HASH_BYTES
        if first >= self.batch.leaves:
            return
        before = self.batch.block(number)[HASH_BYTES * (number == 0) :]
        if before == leaves:
            return
        common = min(len(before), len(leaves))
        numbers = [
            first + at // HASH_BYTES
            for at in range(0, common, HASH_BYTES)
            if before[at : at + HASH_BYTES] != leaves[at : at + HASH_BYTES]
        ]
        self.changes += len(numbers)
        fields = self._fields(number, digests) if len(before) == len(leaves) else ()
        for each in numbers[: MAX_CHANGED - len(self.changed)]:
            at = (each - first) * HASH_BYTES
            broken = leaves[at : at + HASH_BYTES] == _BROKEN
            self.changed.append(ChangedRecord(each, fields, len(numbers) == 1, broken))

    def _fields(self, number: int, digests: bytes) -> tuple[str, ...]:
        before = self.batch.digests(number)
        if len(digests) != len(before) or self._columns is None:
            return ()
        return tuple(
            self._columns.field(position)
            for position, at in enumerate(range(0, len(before), DIGEST_BYTES))
            if before[at : at + DIGEST_BYTES] != digests[at : at + DIGEST_BYTES]
        )


def _compare_rows(dataset: DatasetFile, compared: _Comparison, workers: int | None) -> None:
    batch = compared.batch
    work = (_layout(batch), dataset.name, batch.secret)
    with piecewise(rehash_piece, work, max(batch.records, dataset.layout.records), workers) as rehashed:
        for block in rehashed(dataset.pieces(BLOCK - 1, BLOCK)):
            compared.add(block.leaves, block.digests)
            if block.error:
                raise block.error


def _compare_odm(dataset: OdmFile, compared: _Comparison) -> None:
    stream = dataset.records(checked=False)
    while True:
        first = compared.found + 1
        chunk: list[bytes] = []
        try:
            for record in islice(stream, BLOCK - first % BLOCK):
                chunk.append(canonical_record(record))  # those before a failure are to be compared
        finally:
            compared.add(leaves_of(chunk, first, compared.batch.secret))
        if not chunk:
            return


def _layout(batch: BatchFile) -> Layout:
    """What the rows were read against, whatever the dataset says of itself now."""
    return layout_of({key: value for key, value in batch.description.items() if key != FORMAT}, str(batch.path))[1]


def _same_leaf(batch: BatchFile, description: Mapping[str, Any]) -> bool:
    return description_leaf(batch.secret, description) == batch.block(0)[:HASH_BYTES]


def _changed_paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The paths of what differs between two descriptions, each once."""
    try:
        return list(dict.fromkeys(_differences(before, after)))
    except RecursionError:
        return [_ALL]


def _differences(before: Any, after: Any, path: str = "") -> list[str]:
    """The paths of what differs between two JSON values."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        joint = f"{path}." if path else ""
        return [
            found
            for key in keys
            for found in (
                _differences(before[key], after[key], f"{joint}{_shown(key)}")
                if key in before and key in after
                else [f"{joint}{_shown(key)}"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return [
            found
            for at, (one, other) in enumerate(zip(before, after, strict=True))
            for found in _differences(one, other, f"{path}[{at}]")
        ]
    return [] if type(before) is type(after) and before == after else [path]


def _shown(key: str) -> str:
    """A key that looks like one; anything else might be data."""
    return key if _PLAIN_KEY.fullmatch(key) else "(unnamed key)"
