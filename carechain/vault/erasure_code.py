"""A systematic erasure code: `total` rows of bytes, any `needed` of which give back the first `needed`, the data.

The code is a Cauchy Reed-Solomon code over GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1: row r beyond the data
is the sum over the data rows d of row d times 1 / (r + d), with r and d taken as elements of the field. Every square
part of a Cauchy matrix can be inverted, so no choice of rows is a bad one (Blömer and others, ICSI TR-95-048, 1995).
The field's tables and inverses are `galois`'s, products of rows are looked up in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from carechain.errors import CarechainError

if TYPE_CHECKING:
    import galois

Rows = npt.NDArray[np.uint8]

MAX_ROWS = 255

_BLOCK = 1 << 17
_POLYNOMIAL = "x^8 + x^4 + x^3 + x^2 + 1"


class ErasureCode:
    """The code for 1 ≤ `needed` ≤ `total` ≤ 255. The same numbers always give the same code."""

    def __init__(self, needed: int, total: int) -> None:
        """Raises CarechainError when the numbers are out of range."""
        if not 1 <= needed <= total <= MAX_ROWS:
            raise CarechainError(
                "The erasure code", f"cannot need {needed} of {total}", f"need 1 to {MAX_ROWS} of as many or more"
            )
        self.needed = needed
        self.total = total

    def encode(self, rows: Rows) -> Rows:
        """All rows, (total, width), from the data rows, (needed, width); the first are the data rows themselves."""
        if rows.ndim != 2 or len(rows) != self.needed or rows.dtype != np.uint8:
            raise ValueError(f"the code takes {self.needed} rows of bytes")
        coded = np.empty((self.total, rows.shape[1]), np.uint8)
        coded[: self.needed] = rows
        if self.total > self.needed:
            _multiply(_generator(self.needed, self.total)[self.needed :], list(rows), list(coded[self.needed :]))
        return coded

    def decode(self, rows: Mapping[int, Rows]) -> Rows:
        """The data rows, (needed, width), from any `needed` rows of the same width by their number.

        Rows beyond `needed` are not looked at. Raises CarechainError when there are fewer.
        """
        if len(rows) < self.needed:
            raise CarechainError(
                "The shards", f"are {len(rows)} of the {self.needed} needed", "make more of the storage nodes reachable"
            )
        chosen = sorted(rows)[: self.needed]
        if chosen[0] < 0 or chosen[-1] >= self.total:
            raise ValueError(f"the code has rows 0 to {self.total - 1}")
        known = [rows[number] for number in chosen]
        if any(row.dtype != np.uint8 or row.shape != known[0].shape for row in known):
            raise ValueError("rows are bytes, and all of one width")
        missing = [number for number in range(self.needed) if number not in rows]
        data = np.empty((self.needed, len(known[0])), np.uint8)
        for number in chosen:
            if number < self.needed:
                data[number] = rows[number]
        if missing:
            matrix = _inverse(self.needed, self.total, tuple(chosen))[missing]
            _multiply(matrix, known, [data[number] for number in missing])
        return data


@cache
def _field() -> type[galois.FieldArray]:
    """Made when it is first needed: compiling it takes seconds, and reading what is whole never needs it."""
    import galois

    return galois.GF(2**8, irreducible_poly=_POLYNOMIAL)


@cache
def _products() -> tuple[bytes, ...]:
    """For every element its products with all elements, as `bytes.translate` takes them. That is faster than the
    field's own product of matrices, which would be compiled as well."""
    elements = _field()(np.arange(256, dtype=np.uint8))
    return tuple(line.tobytes() for line in np.multiply.outer(elements, elements))


@cache
def _generator(needed: int, total: int) -> Rows:
    """The (total, needed) matrix that turns data rows into all rows."""
    field = _field()
    beyond = field(np.arange(needed, total, dtype=np.uint8))
    data = field(np.arange(needed, dtype=np.uint8))
    cauchy = np.reciprocal(np.add.outer(beyond, data))
    return np.concatenate([np.eye(needed, dtype=np.uint8), cauchy.view(np.ndarray)])


@lru_cache(maxsize=1000)
def _inverse(needed: int, total: int, chosen: tuple[int, ...]) -> Rows:
    """The (needed, needed) matrix that turns the chosen rows into the data rows."""
    return np.linalg.inv(_field()(_generator(needed, total)[list(chosen)])).view(np.ndarray)


def _multiply(matrix: Rows, rows: Sequence[Rows], product: Sequence[Rows]) -> None:
    """Writes matrix times rows into the rows of `product`, which are none of `rows`; some columns at a time, so that
    they stay in the processor's cache."""
    tables = [[_products()[factor] for factor in factors] for factors in matrix]
    for start in range(0, len(rows[0]), _BLOCK):
        columns = slice(start, start + _BLOCK)
        parts = [row[columns].tobytes() for row in rows]
        for line, translations in zip(product, tables, strict=True):
            line[columns] = 0
            for part, table in zip(parts, translations, strict=True):
                line[columns] ^= np.frombuffer(part.translate(table), np.uint8)
