"""The append-only Merkle log of RFC 9162, section 2.1, with SHA-256: the twin of contracts/libraries/MerkleLog.sol.

Entries are bytes of any length, hashes are 32 bytes, a proof is a tuple of hashes. A tree is known by its size and its
root: whoever has both can check that an entry is in it, and that it goes on from an earlier one, without the entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice
from struct import Struct

from carechain.errors import CarechainError

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
"""The root of a tree of no entries."""

_LEAF = b"\x00"
_NODE = b"\x01"
_PAIR = Struct(f"{2 * HASH_BYTES}s")
_CHUNK = 1 << 15
"""Leaves that are added at a time: what comes from a stream is never held whole."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry: SHA-256(0x00 ‖ entry)."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(_NODE + left + right).digest()


class MerkleTree:
    """A tree that only grows. It knows its root and all proofs at every size that it ever had.

    Kept are the roots of all perfect subtrees, which never change again: level 0 is the leaf hashes, level n those of
    2**n leaves each. That is 64 bytes an entry; entries are not kept.
    """

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self._levels = [bytearray()]
        self.extend(entries)

    @classmethod
    def of_leaves(cls, leaves: Iterable[bytes]) -> MerkleTree:
        """The tree of entries of which the leaf hashes are at hand. Raises CarechainError unless each has 32 bytes."""
        tree = cls()
        tree.extend_leaves(leaves)
        return tree

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self._levels[0]) // HASH_BYTES

    def extend(self, entries: Iterable[bytes]) -> None:
        """Adds entries in their order. They may be a stream: if it fails, those before are in the tree."""
        stream = iter(entries)
        while leaves := [sha256(_LEAF + entry).digest() for entry in islice(stream, _CHUNK)]:
            self._add(b"".join(leaves))

    def extend_leaves(self, leaves: Iterable[bytes]) -> None:
        """Adds entries by their leaf hashes, like `extend`. Raises CarechainError unless each has 32 bytes."""
        stream = iter(leaves)
        while chunk := list(islice(stream, _CHUNK)):
            if set(map(len, chunk)) != {HASH_BYTES}:
                raise CarechainError("A leaf hash", "is not 32 bytes long", "give the SHA-256 hash of the entry")
            self._add(b"".join(chunk))

    def leaf(self, index: int) -> bytes:
        """The leaf hash of the entry. Raises CarechainError for an index that is not below the size."""
        if not 0 <= index < self.size:
            raise CarechainError(f"Entry {index}", f"is not in a tree of {self.size}", "give an index below the size")
        return self._perfect(0, index)

    def root(self, size: int | None = None) -> bytes:
        """The root of the tree (2.1.1), or of its first `size` entries. Raises CarechainError for a larger size."""
        size = self._size_or_all(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """That the entry is in the tree, or in that of the first `size` entries (2.1.3.1), from the leaf upwards.

        Raises CarechainError for an index that is not below the size, and for a size above that of the tree.
        """
        size = self._size_or_all(size)
        if not 0 <= index < size:
            raise CarechainError(f"Entry {index}", f"is not in a tree of {size}", "give an index below the size")
        path = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency_proof(self, old_size: int, size: int | None = None) -> tuple[bytes, ...]:
        """That the tree, or that of the first `size` entries, goes on from that of the first `old_size` (2.1.4.1).

        It is empty where there is nothing to prove: from the empty tree, and from the same size. Raises CarechainError
        for an old size above the size, and for a size above that of the tree.
        """
        size = self._size_or_all(size)
        if not 0 <= old_size <= size:
            raise CarechainError(f"A tree of {old_size}", f"is not before one of {size}", "give the smaller size first")
        if old_size in (0, size):
            return ()
        path = []
        start, end = 0, size
        while old_size != end:
            middle = start + _split(end - start)
            if old_size <= middle:
                path.append(self._subtree(middle, end))
                end = middle
            else:
                path.append(self._subtree(start, middle))
                start = middle
        if start:  # else what is left is the old tree itself, whose root the verifier has
            path.append(self._subtree(start, end))
        return tuple(reversed(path))

    def _size_or_all(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise CarechainError(
                f"Size {size}", f"is beyond a tree of {self.size}", "give a size from 0 to the tree's own"
            )
        return size

    def _add(self, hashes: bytes) -> None:
        """Adds leaf hashes, one after the other, and the perfect subtrees that become complete by them."""
        level = 0
        while hashes:
            nodes = self._levels[level]
            nodes += hashes
            level += 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            pairs = nodes[2 * len(self._levels[level]) : len(nodes) // _PAIR.size * _PAIR.size]
            hashes = b"".join([sha256(_NODE + pair).digest() for (pair,) in _PAIR.iter_unpack(pairs)])

    def _perfect(self, level: int, position: int) -> bytes:
        """The root of the perfect subtree of 2**level leaves that stands at `position` of its level."""
        return bytes(self._levels[level][position * HASH_BYTES : (position + 1) * HASH_BYTES])

    def _subtree(self, start: int, end: int) -> bytes:
        """The root of the leaves from `start` until before `end`, where `start` is a multiple of the largest power of
        two within them, as it is wherever the RFC splits: perfect subtrees, from left to right ever smaller."""
        parts = []
        while start < end:
            level = (end - start).bit_length() - 1
            parts.append(self._perfect(level, start >> level))
            start += 1 << level
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the entry with this leaf hash is at `index` of the tree (2.1.3.2). False for anything malformed."""
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    node, last = index, size - 1
    found = leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree goes on from the old one and rewrote nothing of it (2.1.4.2). False for anything malformed.

    The RFC asks only about 0 < old size < size. Besides, by an empty proof, a tree goes on from itself and from that of
    no entries, whose root is EMPTY_ROOT.
    """
    if not 0 <= old_size <= size or not _are_hashes(old_root, root, *proof):
        return False
    if size == 0 and root != EMPTY_ROOT:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if not proof:
        return False
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # a perfect tree: it is itself the first node
        path.insert(0, old_root)
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_found = found = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_found = node_hash(sibling, old_found)
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old_found == old_root and found == root


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2: where the RFC splits a tree."""
    return 1 << (size - 1).bit_length() - 1


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
