"""Rows of a dataset, read against their columns and written by RFC 8785, thousands at a time.

msgspec reads and writes them. What it writes is the RFC's own form but for numbers that have no fraction or are tiny,
which are mended; the tests compare it with a library that knows nothing but the RFC. What msgspec refuses is read again
row by row, which either finds the value that does not fit, or that all do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec
import rfc8785

from carechain.cdisc.metadata import Layout
from carechain.cdisc.row_text import Piece, RowError, first_array
from carechain.cdisc.values import (
    BOOLEAN,
    INTEGER,
    MOST_INTEGER,
    NUMBERS,
    STRING,
    TEXTS,
    loses_all,
    text_problem,
    value_problem,
)
from carechain.errors import CarechainError

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_TINY = 1e-5
"""Below it the RFC and msgspec write exponents differently, down to 1e-6."""
_MAYBE_TOO_SMALL = re.compile(rb"\d[eE]-\d{3}|0{200}")
"""What stands in the text of a number, not zero, that a double cannot tell from zero: it is below 1e-323."""
_MEND = "correct it in the system that the dataset comes from"


class RowReader:
    """Reads the rows of one dataset. `name` is the file's, for messages."""

    def __init__(self, layout: Layout, name: str) -> None:
        self.layout, self.name = layout, name
        columns = layout.columns
        kinds = tuple(_kind(column.data_type, column.length) for column in columns)
        self._decode = msgspec.json.Decoder(list[tuple[kinds]]).decode  # type: ignore[valid-type]
        self._numbers = [n for n, column in enumerate(columns) if column.data_type in NUMBERS]
        self._formed = [
            (n, column.data_type)
            for n, column in enumerate(columns)
            if column.data_type in TEXTS and column.data_type != STRING
        ]

    def columns(self, piece: Piece) -> list[Sequence[Any]]:
        """The values of a piece, column by column, each as `canonical` needs them.

        Raises RowError when a row is no JSON, and CarechainError, with the row and the column, when it has not as many
        values as there are columns, or a value does not fit its own: not its type, longer than it, not of its form.
        """
        try:
            rows: Sequence[Sequence[Any]] = self._decode(b"[" + piece.text + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            rows = ()
        numbers: Iterable[int] = self._numbers
        if len(rows) != piece.count:
            numbers = range(len(self.layout.columns))  # an integer may be written with a fraction of zero
            rows = [self._row(text, number) for number, text in enumerate(piece.rows(), piece.first)]
        elif _MAYBE_TOO_SMALL.search(piece.text):
            for number, text in enumerate(piece.rows(), piece.first):
                loose_row(text, self.name, number)
        found: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for position, data_type in self._formed:
            if any(text is not None and text_problem(data_type, text) for text in set(found[position])):
                for number, row in enumerate(rows, piece.first):
                    self._check(row, number)
        for position in numbers:
            if float in set(map(type, found[position])):
                found[position] = mended(found[position])
        return found

    def _row(self, text: bytes, number: int) -> list[Any]:
        row = loose_row(text, self.name, number)
        self._check(row, number)
        return row

    def _check(self, row: Sequence[Any], number: int) -> None:
        columns = self.layout.columns
        if len(row) != len(columns):
            raise CarechainError(
                f"{self.name}: row {number}", f"has {len(row):,} values for {len(columns):,} columns", _MEND
            )
        for position, (column, value) in enumerate(zip(columns, row, strict=True)):
            if problem := value_problem(column.data_type, column.length, value):
                raise CarechainError(f"{self.name}: row {number}, {self.layout.field(position)}", problem, _MEND)


def loose_row(text: bytes, name: str, number: int) -> list[Any]:
    """One row, whatever its values are. Raises RowError when it is no JSON array. Where it is one at its beginning, two
    rows are not parted, and it is the second that is named."""
    try:
        row = _decode(text)
    except msgspec.ValidationError:  # a number beyond a double: msgspec's only one without a type
        raise RowError(name, number, "holds a number that is too large", _MEND) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = first_array(text)
        if head != text and _is_json(head):
            number += 1
        raise RowError(name, number, "is not JSON") from None
    if not isinstance(row, list):
        raise RowError(name, number, "is no array")
    if _MAYBE_TOO_SMALL.search(text):
        try:
            json.loads(text, parse_float=_no_lost_number)
        except _LostNumberError:
            raise RowError(name, number, "holds a number that is too small", _MEND) from None
        except (ValueError, RecursionError):
            raise RowError(name, number, "is not JSON") from None
    return row


class _LostNumberError(Exception):
    """A number that is not zero would be read as zero."""


def _no_lost_number(text: str) -> None:
    if loses_all(text):
        raise _LostNumberError


def _is_json(text: bytes) -> bool:
    try:
        _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def canonical(values: Sequence[Any]) -> bytes:
    """A row, or a column, by RFC 8785. Its numbers are those that `mended` gives."""
    return _encode(values)


def mended(values: Sequence[Any]) -> list[Any]:
    """The values, with numbers that msgspec would write otherwise than RFC 8785, section 3.2.2.3, made such that it
    does not."""
    return [_mended(value) if type(value) is float else value for value in values]


def _mended(value: float) -> Any:
    if value.is_integer():
        return int(value) if abs(value) <= MOST_INTEGER else msgspec.Raw(rfc8785.dumps(value))
    return msgspec.Raw(rfc8785.dumps(value)) if -_TINY < value < _TINY else value


def _kind(data_type: str, length: int | None) -> Any:
    """The type that msgspec reads a column with."""
    integer = Annotated[int, msgspec.Meta(ge=-MOST_INTEGER, le=MOST_INTEGER)]
    if data_type == INTEGER:
        return integer | None
    if data_type == BOOLEAN:
        return bool | None
    if data_type in NUMBERS:
        return integer | float | None
    return (str if length is None else Annotated[str, msgspec.Meta(max_length=length)]) | None
