"""The file that is kept of a batch of records: what proves each of them later, and what tells where a change is.

Whoever has the file can tell what is in a batch by guessing, so it is for its owner alone. It consists of

    magic           16 bytes
    leaf hashes     32 bytes each: the description's, and those of the records in their order
    blocks          for each 1,024 leaves: their root, 32 bytes, and 8 bytes a column: a keyed hash of its values in
                    the block's records
    details         JSON: the description, the secret, the number of records, the root, SHA-256 of the dataset's file
                    and of the blocks
    SHA-256 of the details (32 bytes), and their length (4 bytes)

with numbers big-endian: about 33 bytes a record. RFC 9162 splits a tree at powers of two, so the tree over the roots of
blocks is the tree over the leaves, and the leaves of one block are all that a proof must hash again. They are hashed
whenever one of the block is read: a changed hash never leaves the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from carechain.cdisc.metadata import FORMAT, column_names
from carechain.cdisc.strict_json import canonical, parse_object
from carechain.errors import CarechainError
from carechain.merkle_log import HASH_BYTES, MerkleTree, leaf_hash
from carechain.sealed_file import SealedFile, ending

BLOCK = 1024
"""Leaves under one stored hash; a power of two."""
DIGEST_BYTES = 8
"""Of a column in a block."""
SECRET_BYTES = 32
MOST_RECORDS = 2**32 - 2
"""Records of a batch, as an entry of the log counts them, with the description beside them."""

_MAGIC = b"carechain set 1\n"


def record_salt(secret: bytes, leaf: int) -> bytes:
    """The salt of a leaf: SHA-256(secret ‖ its number as 8 bytes). The description is leaf 0, the first record 1."""
    return sha256(secret + leaf.to_bytes(8, "big")).digest()


class BatchWriter:
    """Writes the file of a batch into an empty one, block by block. The description's leaf comes last of all."""

    def __init__(self, file: IO[bytes], secret: bytes) -> None:
        self._file, self._secret = file, secret
        self._blocks = bytearray()
        self._roots: list[bytes] = []
        self._first = b""
        self._file.write(_MAGIC + bytes(HASH_BYTES))

    def add(self, leaves: bytes, root: bytes, digests: bytes) -> None:
        """Adds the leaf hashes of a block, with its root and the digests of its columns. The first lacks a leaf, that
        of the description, and its root is not looked at; all but the last are full."""
        self._file.write(leaves)
        if not self._roots:
            self._first = leaves
        self._roots.append(root)
        self._blocks += root + digests

    def finish(self, description: Mapping[str, Any], leaf: bytes, records: int, source_hash: bytes) -> None:
        """Writes what is known at the end. Raises CarechainError when the description has no canonical form."""
        self._roots[0] = root_of(leaf + self._first)
        self._blocks[:HASH_BYTES] = self._roots[0]
        self._file.write(self._blocks)
        details = {
            "description": description,
            "secret": self._secret.hex(),
            "records": records,
            "root": MerkleTree.of_leaves(self._roots).root().hex(),
            "source": source_hash.hex(),
            "blocks": sha256(self._blocks).hexdigest(),
        }
        self._file.write(ending(canonical(details, "The description of the dataset")))
        self._file.seek(len(_MAGIC))
        self._file.write(leaf)
        self._file.seek(0, os.SEEK_END)


class BatchFile(SealedFile):
    """An opened file. It is read piece by piece: a batch of any size takes less than a byte of memory a record.

    `open` raises CarechainError when it cannot be read, is none, is cut off, or was changed.
    """

    MAGIC = _MAGIC
    KIND = "file of a batch of records"
    MOST_DETAILS = 40_000_000

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        super().__init__(path, file)
        found = parse_object(self._details, str(path), self.MOST_DETAILS)
        try:
            self.description: Mapping[str, Any] = found["description"]
            self.format: str = self.description[FORMAT]
            self.columns = column_names(self.description)
            self.records: int = found["records"]
            self.secret, self.root, self.source_hash, blocks_hash = (
                _of_32_bytes(found[name]) for name in ("secret", "root", "source", "blocks")
            )
            if isinstance(self.records, bool) or not isinstance(self.records, int):
                raise TypeError
            if not 0 < self.records <= MOST_RECORDS:
                raise ValueError
        except (KeyError, TypeError, ValueError, CarechainError):
            raise self._damaged("has details that cannot be read") from None
        self._step = HASH_BYTES + DIGEST_BYTES * len(self.columns or ())
        blocks = -(-self.leaves // BLOCK)
        start = len(_MAGIC) + self.leaves * HASH_BYTES
        if start + blocks * self._step != self._end:
            raise self._damaged("does not have the length that its records need")
        self._blocks = self._read(start, blocks * self._step)
        self._tree = MerkleTree.of_leaves(
            self._blocks[at : at + HASH_BYTES] for at in range(0, len(self._blocks), self._step)
        )
        if sha256(self._blocks).digest() != blocks_hash or self._tree.root() != self.root:
            raise self._damaged("has changed blocks")

    @staticmethod
    def is_one(path: Path) -> bool:
        """Whether the file begins as such a file does. Raises CarechainError when it cannot be read."""
        try:
            with path.open("rb") as file:
                return file.read(len(_MAGIC)) == _MAGIC
        except OSError as error:
            raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None

    def find(self, form: bytes) -> int | None:
        """The number of the first record, from 1, that has this canonical form; None if there is none. It tries every
        salt: a second or two for a million records."""
        for number in range(-(-self.leaves // BLOCK)):
            hashes = self.block(number)
            for place in range(0, len(hashes), HASH_BYTES):
                leaf = number * BLOCK + place // HASH_BYTES
                if leaf and leaf_hash(self.salt(leaf) + form) == hashes[place : place + HASH_BYTES]:
                    return leaf
        return None

    @property
    def leaves(self) -> int:
        """The records and the description."""
        return self.records + 1

    def block(self, number: int) -> bytes:
        """The leaf hashes of a block, checked against the root. Raises CarechainError for a damaged file."""
        first = number * BLOCK
        count = min(BLOCK, self.leaves - first)
        content = self._read(len(_MAGIC) + first * HASH_BYTES, count * HASH_BYTES)
        if root_of(content) != self._tree.leaf(number):
            raise self._damaged(f"has changed among the hashes of records {first} to {first + count - 1}")
        return content

    def digests(self, number: int) -> bytes:
        """The digests of the columns in a block, in their order; none in a batch that has no columns."""
        return self._blocks[number * self._step + HASH_BYTES : (number + 1) * self._step]

    def salt(self, leaf: int) -> bytes:
        """The salt of the description, 0, or of a record, from 1."""
        return record_salt(self.secret, leaf)

    def proof(self, leaf: int) -> tuple[bytes, ...]:
        """That the description, 0, or a record, from 1, is in the batch (RFC 9162, 2.1.3.1).

        Raises CarechainError for a record that is not of the batch, or a damaged file.
        """
        if not 0 <= leaf <= self.records:
            raise CarechainError(str(self.path), f"has records 1 to {self.records:,}, not {leaf:,}", "give one of them")
        content = self.block(leaf // BLOCK)
        return _tree(content).inclusion_proof(leaf % BLOCK) + self._tree.inclusion_proof(leaf // BLOCK)


def _of_32_bytes(text: str) -> bytes:
    """The bytes of a hexadecimal text. Raises ValueError when they are not 32, and TypeError for what is no text."""
    content = bytes.fromhex(text)
    if len(content) != HASH_BYTES:
        raise ValueError
    return content


def root_of(leaves: bytes) -> bytes:
    """The root of the tree of some leaf hashes, one behind the other."""
    return _tree(leaves).root()


def _tree(leaves: bytes) -> MerkleTree:
    return MerkleTree.of_leaves(leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES))
