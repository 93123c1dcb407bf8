"""Section 2.1 of RFC 9162, as its text has it: slow, recursive, and independent of everything that is tested with it.

Entries are bytes. Sizes and indices count entries; hashes have 32 bytes; proofs are lists of hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf(entry: bytes) -> bytes:
    """The hash of a list of one entry (2.1.1)."""
    return sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def root(entries: Sequence[bytes]) -> bytes:
    """MTH(D_n) (2.1.1)."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return leaf(entries[0])
    k = split(len(entries))
    return node(root(entries[:k]), root(entries[k:]))


def inclusion_proof(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D_n), for 0 <= m < n (2.1.3.1)."""
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if index < k:
        return [*inclusion_proof(index, entries[:k]), root(entries[k:])]
    return [*inclusion_proof(index - k, entries[k:]), root(entries[:k])]


def consistency_proof(old_size: int, entries: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D_n), for 0 < m < n (2.1.4.1)."""
    return _subproof(old_size, entries, True)


def _subproof(m: int, entries: Sequence[bytes], complete: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b) (2.1.4.1)."""
    n = len(entries)
    if m == n:
        return [] if complete else [root(entries)]
    k = split(n)
    if m <= k:
        return [*_subproof(m, entries[:k], complete), root(entries[k:])]
    return [*_subproof(m - k, entries[k:], False), root(entries[:k])]


def includes(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether an inclusion proof holds, step by step (2.1.3.2)."""
    if index >= size:
        return False
    fn, sn = index, size - 1
    r = leaf_hash
    for p in proof:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            r = node(p, r)
            if fn % 2 == 0:
                while not (fn % 2 == 1 or fn == 0):
                    fn, sn = fn // 2, sn // 2
        else:
            r = node(r, p)
        fn, sn = fn // 2, sn // 2
    return sn == 0 and r == root_hash


def continues(first: int, first_hash: bytes, second: int, second_hash: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a consistency proof holds, step by step, for 0 < first < second (2.1.4.2)."""
    path = list(proof)
    if not path:
        return False
    if first.bit_count() == 1:
        path.insert(0, first_hash)
    fn, sn = first - 1, second - 1
    while fn % 2 == 1:
        fn, sn = fn // 2, sn // 2
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            if fn % 2 == 0:
                while not (fn % 2 == 1 or fn == 0):
                    fn, sn = fn // 2, sn // 2
        else:
            sr = node(sr, c)
        fn, sn = fn // 2, sn // 2
    return fr == first_hash and sr == second_hash and sn == 0


def split(n: int) -> int:
    """k, the largest power of two smaller than n, for n > 1 (2.1.1)."""
    return 1 << (n - 1).bit_length() - 1
