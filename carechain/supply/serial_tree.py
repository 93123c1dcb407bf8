"""The file that a manufacturer keeps of a lot: its serial numbers, their RFC 9162 tree, and the secret of its salts.

Whoever has the file can make the passport of every unit, so it is for its owner alone. It consists of

    magic           16 bytes
    serial numbers  20 bytes a unit, filled up with zeros
    block roots     32 bytes for each 32 units
    index keys      8 bytes a unit, ascending: a keyed hash of the serial number
    index units     4 bytes a unit, in the order of the keys: the number of the unit
    details         JSON: the lot, the secret, the root, SHA-256 of the index
    SHA-256 of the details (32 bytes), and their length (4 bytes)

with numbers big-endian: 33 bytes a unit. RFC 9162 splits a tree at powers of two, so the tree over the roots of whole
blocks is the tree over the units themselves, and the leaves of one block are all that a proof must hash again. They are
hashed whenever one of the block is read: a changed serial number never leaves the file.
"""

from __future__ import annotations

import json
import os
import secrets
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from carechain.errors import CarechainError
from carechain.gs1.scan import Scan
from carechain.merkle_log import HASH_BYTES, MerkleTree, leaf_hash
from carechain.private_file import new_private_file
from carechain.sealed_file import SealedFile, ending
from carechain.supply.passport import (
    LotDetails,
    Passport,
    check_serial,
    lot_commitment,
    lot_salt,
    unit_salt,
)

SECRET_BYTES = 32
BLOCK = 32
"""Units under one stored hash; a power of two."""

_MAGIC = b"carechain lot 1\n"
_SERIAL_BYTES = 20
_KEY_BYTES = 8
_UNIT_BYTES = 4
_MOST_UNITS = (1 << 24) - 1  # that the chain can count


@dataclass(frozen=True)
class _Secrets:
    """What the leaves of a lot are made of besides the serial numbers."""

    details: LotDetails
    secret: bytes

    @cached_property
    def _around(self) -> tuple[bytes, bytes]:
        """The text of a unit before and behind its serial number."""
        text = Scan(self.details.gtin, "\0", self.details.lot, self.details.expiry).text()
        before, _, behind = text.encode("ascii").partition(b"\0")
        return before, behind

    def block(self, first: int, serials: Iterable[bytes]) -> MerkleTree:
        """The tree of the units from `first`, with these serial numbers."""
        before, behind = self._around
        return MerkleTree.of_leaves(
            leaf_hash(unit_salt(self.secret, unit) + before + serial + behind)
            for unit, serial in enumerate(serials, first)
        )

    def key(self, serial: bytes) -> int:
        """What the index is sorted by. It is keyed: nobody can choose serial numbers that meet in one place of it."""
        return int.from_bytes(blake2b(serial, digest_size=_KEY_BYTES, key=self.secret).digest(), "big")


class SerialTree(SealedFile):
    """An opened file. It is read piece by piece: a lot of any size takes a few bytes of memory a hundred units.

    `open` raises CarechainError when it cannot be read, is none, is cut off, or was changed.
    """

    MAGIC = _MAGIC
    KIND = "file of a lot's serial numbers"
    MOST_DETAILS = 10_000

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        super().__init__(path, file)
        try:
            found = json.loads(self._details)
            self.details = LotDetails(
                found["gtin"],
                found["lot"],
                date.fromisoformat(found["expiry"]),
                date.fromisoformat(found["production"]),
            )
            self.units: int = found["units"]
            self.root = bytes.fromhex(found["root"])
            self._secrets = _Secrets(self.details, bytes.fromhex(found["secret"]))
            self._index_hash = bytes.fromhex(found["index"])
        except (KeyError, TypeError, ValueError):
            raise self._damaged("has details that cannot be read") from None
        roots = len(_MAGIC) + self.units * _SERIAL_BYTES
        blocks = -(-self.units // BLOCK)
        self._keys = roots + blocks * HASH_BYTES
        self._numbers = self._keys + self.units * _KEY_BYTES
        if self._numbers + self.units * _UNIT_BYTES != self._end:
            raise self._damaged("does not have the length that its units need")
        hashes = self._read(roots, blocks * HASH_BYTES)
        self._tree = MerkleTree.of_leaves(hashes[n : n + HASH_BYTES] for n in range(0, len(hashes), HASH_BYTES))
        if self._tree.root() != self.root:
            raise self._damaged("has a changed tree")

    @property
    def lot_commitment(self) -> bytes:
        """The commitment to the lot's number (32 bytes)."""
        return lot_commitment(lot_salt(self._secrets.secret), self.details.lot)

    def unit(self, unit: int) -> str:
        """The serial number of a unit. Raises CarechainError for a unit that is not of the lot, or a damaged file."""
        return self._block_of(unit)[1][unit % BLOCK].decode("ascii")

    def serials(self) -> Iterator[str]:
        """All serial numbers in the order of the units, as a stream. Raises CarechainError for a damaged file."""
        for first in range(0, self.units, BLOCK):
            for serial in self._block_of(first)[1]:
                yield serial.decode("ascii")

    def find(self, serial: str) -> int:
        """The unit with this serial number. Raises CarechainError when there is none, or for a damaged file."""
        check_serial(serial, str(self.path))
        key = self._secrets.key(serial.encode("ascii"))
        place = self._first_place(key)
        while place < self.units and self._key_at(place) == key:
            unit = int.from_bytes(self._read(self._numbers + place * _UNIT_BYTES, _UNIT_BYTES), "big")
            if unit >= self.units:
                raise self._damaged("has a changed index")
            if self.unit(unit) == serial:
                return unit
            place += 1
        self._check_index()  # before a pack is called a forgery
        raise CarechainError(str(self.path), "has no unit with this serial number", "check the pack, and its lot")

    def passport(self, unit: int) -> Passport:
        """The passport of a unit. Raises CarechainError for a unit that is not of the lot, or a damaged file."""
        block, serials = self._block_of(unit)
        within = block.inclusion_proof(unit % BLOCK)
        return Passport(
            gtin=self.details.gtin,
            lot=self.details.lot,
            serial=serials[unit % BLOCK].decode("ascii"),
            expiry=self.details.expiry,
            unit=unit,
            units=self.units,
            salt=unit_salt(self._secrets.secret, unit),
            lot_salt=lot_salt(self._secrets.secret),
            proof=within + self._tree.inclusion_proof(unit // BLOCK),
        )

    def _block_of(self, unit: int) -> tuple[MerkleTree, list[bytes]]:
        """The tree and the serial numbers of the block that a unit stands in, checked against the root."""
        if not 0 <= unit < self.units:
            raise CarechainError(str(self.path), f"has units 0 to {self.units - 1}, not {unit}", "give one of them")
        first = unit - unit % BLOCK
        count = min(BLOCK, self.units - first)
        content = self._read(len(_MAGIC) + first * _SERIAL_BYTES, count * _SERIAL_BYTES)
        serials = [content[n : n + _SERIAL_BYTES].rstrip(b"\0") for n in range(0, len(content), _SERIAL_BYTES)]
        block = self._secrets.block(first, serials)
        if block.root() != self._tree.leaf(first // BLOCK):
            raise self._damaged(f"has changed among the serial numbers of units {first} to {first + count - 1}")
        return block, serials

    def _key_at(self, place: int) -> int:
        return int.from_bytes(self._read(self._keys + place * _KEY_BYTES, _KEY_BYTES), "big")

    def _first_place(self, key: int) -> int:
        """The first place of the index whose key is not below `key`."""
        low, high = 0, self.units
        while low < high:
            middle = (low + high) // 2
            if self._key_at(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _check_index(self) -> None:
        digest = sha256()
        for start in range(self._keys, self._end, 1 << 20):
            digest.update(self._read(start, min(1 << 20, self._end - start)))
        if digest.digest() != self._index_hash:
            raise self._damaged("has a changed index")


def write_serial_tree(path: Path, lot: LotDetails, serials: Iterable[str], secret: bytes | None = None) -> SerialTree:
    """Writes the file of a lot whose units have these serial numbers, in their order, and opens it.

    They may be a stream, and are read once. `secret` has 32 bytes, and is drawn unless given; it must be another one
    for each lot. The file has mode 0600 and is there whole or not at all. Raises CarechainError when it is there
    already or cannot be written, when a serial number is not one of GS1 or comes twice, and when there is none.
    """
    secret = secrets.token_bytes(SECRET_BYTES) if secret is None else secret
    if len(secret) != SECRET_BYTES:
        raise CarechainError("The secret of the lot", f"is not {SECRET_BYTES} bytes long", "leave it out: one is drawn")
    known = _Secrets(lot, secret)
    try:
        with new_private_file(path) as file:
            file.write(_MAGIC)
            keys, tree = _write_serials(file, known, serials)
            index = _write_index(file, np.frombuffer(keys, np.uint64))
            details = {
                "gtin": lot.gtin,
                "lot": lot.lot,
                "expiry": lot.expiry.isoformat(),
                "production": lot.production.isoformat(),
                "units": len(keys),
                "root": tree.root().hex(),
                "index": index.hex(),
                "secret": secret.hex(),
            }
            file.write(ending(json.dumps(details).encode("ascii")))
    except FileExistsError:
        raise CarechainError(str(path), "is there already", "name another file: a lot has one tree for ever") from None
    except OSError as error:
        raise CarechainError(str(path), f"cannot be written ({error.strerror})", "check the folder") from None
    return SerialTree.open(path)


def _write_serials(file: IO[bytes], known: _Secrets, serials: Iterable[str]) -> tuple[array[int], MerkleTree]:
    """Writes the serial numbers and the roots of their blocks; gives their keys, and the tree over the roots."""
    keys = array("Q")
    roots = bytearray()
    stream = iter(serials)
    while texts := list(islice(stream, BLOCK)):
        first = len(keys)
        if first + len(texts) > _MOST_UNITS:
            raise CarechainError("The lot", f"has more than {_MOST_UNITS:,} units", "divide it")
        for unit, text in enumerate(texts, first):
            check_serial(text, f"Unit {unit}")
        block = [text.encode("ascii") for text in texts]
        file.write(b"".join(serial.ljust(_SERIAL_BYTES, b"\0") for serial in block))
        keys.extend(map(known.key, block))
        roots += known.block(first, block).root()
    if not keys:
        raise CarechainError("The lot", "has no units", "give its serial numbers")
    file.write(roots)
    return keys, MerkleTree.of_leaves(bytes(roots[n : n + HASH_BYTES]) for n in range(0, len(roots), HASH_BYTES))


def _write_index(file: IO[bytes], keys: npt.NDArray[np.uint64]) -> bytes:
    """Writes the index, and gives its SHA-256. Raises CarechainError when two units have the same serial number."""
    order = np.argsort(keys, kind="stable").astype(np.uint32)
    ascending = keys[order]
    file.flush()
    for place in np.flatnonzero(ascending[1:] == ascending[:-1]):
        _check_distinct(file, ascending, order, int(place))
    sorted_keys, numbers = ascending.astype(">u8").tobytes(), order.astype(">u4").tobytes()
    file.write(sorted_keys)
    file.write(numbers)
    return sha256(sorted_keys + numbers).digest()


def _check_distinct(file: IO[bytes], keys: npt.NDArray[np.uint64], order: npt.NDArray[np.uint32], place: int) -> None:
    """Compares the unit at a place of the index with those behind it that have its key."""

    def serial(of: int) -> bytes:
        return os.pread(file.fileno(), _SERIAL_BYTES, len(_MAGIC) + int(order[of]) * _SERIAL_BYTES)

    other = place + 1
    while other < len(keys) and keys[other] == keys[place]:
        if serial(other) == serial(place):
            raise CarechainError(
                f"Unit {order[other]}", f"has the serial number of unit {order[place]}", "give each unit its own"
            )
        other += 1
