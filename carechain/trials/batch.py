"""A batch of records of a trial, committed to by one hash.

The batch is a tree of RFC 9162. Leaf 0 is what the dataset says of itself, its description; leaves 1 to n are its
records in their order. A leaf is the hash of a salt and of the canonical form (RFC 8785) of what it stands for, and
each leaf has a salt of its own: the root, a proof, and any number of shown records tell nothing of the others.

The rows of large datasets are read and hashed by several processes. They get pieces of text, and give back hashes.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path
from typing import Any

from carechain.cdisc.metadata import Layout
from carechain.cdisc.odm import OdmFile, canonical_record
from carechain.cdisc.pieces import DatasetFile
from carechain.cdisc.reading import open_dataset
from carechain.cdisc.row_text import Piece
from carechain.cdisc.rows import RowReader, canonical
from carechain.cdisc.strict_json import canonical as canonical_object
from carechain.errors import CarechainError
from carechain.merkle_log import HASH_BYTES, leaf_hash
from carechain.private_file import new_private_file
from carechain.trials.batch_file import (
    BLOCK,
    DIGEST_BYTES,
    MOST_RECORDS,
    SECRET_BYTES,
    BatchFile,
    BatchWriter,
    record_salt,
    root_of,
)

_ONE_PROCESS = 8 * BLOCK
"""Rows up to which other processes are not worth their start."""
_AHEAD = 3
"""Pieces a process that are read before the first is done: they bound the memory."""

_LEAF = b"\x00"


@dataclass(frozen=True)
class HashedBlock:
    """The leaf hashes of a block's records, its root, and the digests of its columns. The root of the first block
    lacks the description."""

    leaves: bytes
    root: bytes
    digests: bytes


def commit_dataset(path: Path, batch_path: Path, secret: bytes | None = None, workers: int | None = None) -> BatchFile:
    """Reads a dataset, writes the file of its batch, and opens that.

    `secret` has 32 bytes, and is drawn unless given; it must be another one for each batch. `workers` are the processes
    that hash a large dataset, all cores unless given. The file has mode 0600 and is there whole or not at all. Raises
    CarechainError, with file, row and column, when the dataset is none that is read or a value does not fit it; when it
    has no records; and when the batch's file is there already or cannot be written.
    """
    secret = secrets.token_bytes(SECRET_BYTES) if secret is None else secret
    if len(secret) != SECRET_BYTES:
        raise CarechainError("The secret of the batch", f"is not {SECRET_BYTES} bytes long", "leave it out")
    with open_dataset(path) as dataset:
        try:
            with new_private_file(batch_path) as file:
                writer = BatchWriter(file, secret)
                blocks = _rows(dataset, secret, workers) if isinstance(dataset, DatasetFile) else _odm(dataset, secret)
                records = 0
                for block in blocks:
                    writer.add(block.leaves, block.root, block.digests)
                    records += len(block.leaves) // HASH_BYTES
                if isinstance(dataset, DatasetFile):
                    dataset.check_count(records)
                if not 0 < records <= MOST_RECORDS:
                    raise CarechainError(dataset.name, f"has no records, or more than {MOST_RECORDS:,}", "divide it")
                description = dataset.description
                writer.finish(description, description_leaf(secret, description), records, dataset.source_hash)
        except FileExistsError:
            raise CarechainError(str(batch_path), "is there already", "name another file for another batch") from None
        except OSError as error:
            raise CarechainError(str(batch_path), f"cannot be written ({error.strerror})", "check the folder") from None
    return BatchFile.open(batch_path)


def description_leaf(secret: bytes, description: Any) -> bytes:
    """The hash of leaf 0. Raises CarechainError when the description has no canonical form."""
    return leaf_hash(record_salt(secret, 0) + canonical_object(description, "The description of the dataset"))


def hash_piece(reader: RowReader, secret: bytes, piece: Piece) -> HashedBlock:
    """The rows of a piece, which is a block, checked and hashed. Raises what `RowReader.columns` raises."""
    columns = reader.columns(piece)
    leaves = leaves_of(map(canonical, zip(*columns, strict=True)), piece.first, secret)
    digests = b"".join(column_digest(canonical(column), secret) for column in columns)
    return HashedBlock(leaves, root_of(leaves), digests)


def leaves_of(records: Iterable[bytes], first: int, secret: bytes) -> bytes:
    """The leaf hashes of records in canonical form, one behind the other, of which the first has this number."""
    return b"".join(
        [
            sha256(_LEAF + sha256(secret + number.to_bytes(8, "big")).digest() + record).digest()
            for number, record in enumerate(records, first)
        ]
    )


def column_digest(values: bytes, secret: bytes) -> bytes:
    """A keyed hash of the values of a column in a block, in canonical form. Nobody without the secret can make two
    columns alike."""
    return blake2b(values, digest_size=DIGEST_BYTES, key=secret).digest()


def _rows(dataset: DatasetFile, secret: bytes, workers: int | None) -> Iterator[HashedBlock]:
    with piecewise(hash_piece, (dataset.layout, dataset.name, secret), dataset.layout.records, workers) as hashed:
        yield from hashed(dataset.pieces(BLOCK - 1, BLOCK))


def _odm(dataset: OdmFile, secret: bytes) -> Iterator[HashedBlock]:
    records = map(canonical_record, dataset.records())
    first = 1
    while chunk := list(islice(records, BLOCK - first % BLOCK)):
        leaves = leaves_of(chunk, first, secret)
        yield HashedBlock(leaves, root_of(leaves), b"")
        first += len(chunk)


# ---------------------------------------------------------------------- several processes

_Work = Callable[[RowReader, bytes, Piece], Any]


@contextmanager
def piecewise(
    work: _Work, of: tuple[Layout, str, bytes], rows: int, workers: int | None
) -> Iterator[Callable[[Iterable[Piece]], Iterator[Any]]]:
    """A function that maps pieces to what `work` makes of them, in their order; in other processes for many rows.

    `of` is the layout of the rows, the file's name and the secret. If the pieces fail, those before are worked on
    first: what is raised is always about the first row that something is wrong with.
    """
    layout, name, secret = of
    count = _cores() if workers is None else workers
    if count < 2 or rows <= _ONE_PROCESS:
        reader = RowReader(layout, name)
        yield lambda pieces: (work(reader, secret, piece) for piece in pieces)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    with ProcessPoolExecutor(count, context, _start, (work, layout, name, secret)) as pool:
        yield lambda pieces: _mapped(pool, pieces, count * _AHEAD)


def _mapped(pool: ProcessPoolExecutor, pieces: Iterable[Piece], ahead: int) -> Iterator[Any]:
    running: deque[Future[Any]] = deque()
    failure: CarechainError | None = None
    stream = iter(pieces)
    try:
        while True:
            try:
                running.extend(pool.submit(_run, piece) for piece in islice(stream, ahead - len(running)))
            except CarechainError as error:
                failure = error
            if not running:
                break
            try:
                yield running.popleft().result()
            except BrokenProcessPool:
                problem, mend = "ended before its work was done", "free memory, and try again"
                raise CarechainError("A process that hashes", problem, mend) from None
        if failure:
            raise failure
    finally:
        for each in running:
            each.cancel()


_state: tuple[_Work, RowReader, bytes]


def _start(work: _Work, layout: Layout, name: str, secret: bytes) -> None:
    """Makes a process ready. It is of one dataset alone."""
    global _state
    _state = work, RowReader(layout, name), secret


def _run(piece: Piece) -> Any:
    work, reader, secret = _state
    return work(reader, secret, piece)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
