"""The tree of RFC 9162 over more entries than anybody holds: all are empty but a few. For sizes up to 2^63.

The definitions of section 2.1 again, over ranges of positions [start, end) instead of lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tests.helpers.rfc9162 import leaf, node, split

HEIGHTS = 64


@cache
def of_empty_entries(count: int) -> bytes:
    """The root of so many empty entries."""
    if count == 1:
        return leaf(b"")
    k = split(count)
    return node(of_empty_entries(k), of_empty_entries(count - k))


class SparseTree:
    """Position i holds "entry i" for the positions that are given, and nothing elsewhere."""

    def __init__(self, positions: Iterable[int]) -> None:
        self.positions = tuple(sorted(positions))

    def entry(self, position: int) -> bytes:
        return b"entry %d" % position if position in self.positions else b""

    def root(self, start: int, end: int) -> bytes:
        if not any(start <= position < end for position in self.positions):
            return of_empty_entries(end - start)
        if end - start == 1:
            return leaf(self.entry(start))
        k = start + split(end - start)
        return node(self.root(start, k), self.root(k, end))

    def peaks(self, size: int) -> list[bytes]:
        """By height, the roots of the perfect trees of which so many entries are made; the others are rubbish."""
        peaks = [b"\xee" * 32] * HEIGHTS
        start = 0
        for height in reversed(range(HEIGHTS)):
            if size >> height & 1:
                peaks[height] = self.root(start, start + (1 << height))
                start += 1 << height
        return peaks

    def inclusion_proof(self, position: int, size: int) -> list[bytes]:
        """PATH (2.1.3.1)."""
        start, end, path = 0, size, []
        while end - start > 1:
            k = start + split(end - start)
            if position < k:
                path.append(self.root(k, end))
                end = k
            else:
                path.append(self.root(start, k))
                start = k
        return path[::-1]

    def consistency_proof(self, old_size: int, size: int) -> list[bytes]:
        """PROOF (2.1.4.1), for 0 < old_size < size."""
        start, end, path = 0, size, []
        while old_size != end:
            k = start + split(end - start)
            if old_size <= k:
                path.append(self.root(k, end))
                end = k
            else:
                path.append(self.root(start, k))
                start = k
        return (path if start == 0 else [*path, self.root(start, end)])[::-1]
