"""Rows of a dataset as text: where one ends and another begins.

In JSON that is where `],[` stands outside of strings, which is where an even number of quotation marks is before it.
Whether the text is JSON at all, its reader decides: no row is taken for another by what is looked at here, because a
wrong split gives no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from carechain.errors import CarechainError

CUT_MEND = "send the whole file again"
ROW_END = re.compile(rb"\][ \t\r\n]*(?:,[ \t\r\n]*(?=\[)|(?=\]))")
"""A bracket that closes a row, with what parts it from the next row, or before the bracket that closes them all."""


@dataclass(frozen=True)
class Piece:
    """Some rows that follow one another: the number of the first, from 1, how many they are, and their text, which
    is JSON between brackets. In NDJSON, where `lines`, each row begins a line of its own."""

    first: int
    count: int
    text: bytes
    lines: bool

    def rows(self) -> list[bytes]:
        """The texts of the rows. Where the piece is no JSON, one of them is none either."""
        if self.lines:
            return self.text.split(b"\n,")
        cuts = [match.span() for match in _cuts(self.text)]
        starts = [0, *(end for _, end in cuts)]
        ends = [*(at + 1 for at, _ in cuts), len(self.text)]
        return [self.text[start:end] for start, end in zip(starts, ends, strict=True)]


class RowError(CarechainError):
    """The text breaks in this row, from 1, so that nothing behind it can be read."""

    def __init__(self, name: str, row: int, problem: str, mend: str = CUT_MEND, kind: str = "row") -> None:
        super().__init__(f"{name}: {kind} {row}", problem, mend)
        self.row = row
        self._given = name, row, problem, mend, kind

    def __reduce__(self) -> tuple[type[RowError], tuple[Any, ...]]:
        """For its way out of another process."""
        return RowError, self._given


def _cuts(text: bytes) -> Iterator[re.Match[bytes]]:
    """Where one row ends and another begins, outside of strings."""
    counted = 0
    odd = False
    for match in ROW_END.finditer(text):
        odd ^= quotes(text, counted, match.start()) & 1 == 1
        counted = match.start()
        if not odd:
            yield match


def first_array(text: bytes) -> bytes:
    """The text up to the first bracket that closes outside of a string, or all of it."""
    counted = 0
    odd = False
    for match in re.finditer(rb"\]", text):
        odd ^= quotes(text, counted, match.start()) & 1 == 1
        counted = match.start()
        if not odd:
            return text[: match.end()]
    return text


def quotes(data: bytes, start: int, end: int) -> int:
    """The quotation marks that begin or end a string."""
    if data.find(b"\\", start, end) < 0:
        return data.count(b'"', start, end)
    return data[start:end].replace(b"\\\\", b"").replace(b'\\"', b"").count(b'"')
