"""Dataset-JSON and NDJSON as a stream: the metadata around the rows, and the rows in pieces, still as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from carechain.cdisc.metadata import FORMAT, JSON_1_0, NDJSON_1_1, dataset_of, is_rows, layout_of
from carechain.cdisc.row_text import CUT_MEND, ROW_END, Piece, RowError, quotes
from carechain.cdisc.strict_json import parse_object
from carechain.errors import CarechainError
from carechain.file_bytes import OpenedFile

MOST_METADATA = 16_000_000
"""Bytes of metadata that are read."""
MOST_ROW = 4_000_000
"""Bytes that one row may have."""

_READ = 1 << 20
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_TAIL = re.compile(rb'\][ \t\r\n]*(?:\}|,[ \t\r\n]*")')
_CLOSE = ord("]")


class DatasetFile(OpenedFile):
    """An opened dataset. Its pieces are read once; then the description and the hash of the file are known.

    It is of Dataset-JSON 1.1 or 1.0, or Dataset-NDJSON 1.1, and its metadata is read up to the rows: `open` raises
    CarechainError when it cannot be read, is none of them, when its metadata is not what the standard says (with the
    attribute), or stands behind the rows where it is needed before.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        super().__init__(path, file)
        self.name = path.name
        self._hash = sha256()
        self._data = b""
        self._metadata: dict[str, Any] | None = None
        self._read_head(path)

    @property
    def description(self) -> dict[str, Any]:
        """The metadata without rows, and its format. Known when the pieces were read."""
        assert self._metadata is not None
        return {**self._metadata, FORMAT: self.format}

    @property
    def source_hash(self) -> bytes:
        """The SHA-256 of the file. Known when the pieces were read."""
        return self._hash.digest()

    def pieces(self, first_size: int, size: int) -> Iterator[Piece]:
        """The rows, in pieces of `size`, but for the first and the last. What fails, does so behind the pieces before.

        Raises RowError where no further row can be found, and CarechainError when the metadata behind the rows is not
        what it should be. That their number is the one announced is for `check_count`.
        """
        return self._lines(first_size, size) if self.format == NDJSON_1_1 else self._arrays(first_size, size)

    def check_count(self, found: int) -> None:
        """Raises CarechainError unless so many records are announced."""
        if found != self.layout.records:
            raise CarechainError(
                f"{self.name}: records", f"is {self.layout.records:,}, but {found:,} rows are there", CUT_MEND
            )

    def finish_hash(self) -> bytes:
        """Reads what is left of a file in which a row cannot be read, for its SHA-256."""
        while self._more():
            self._data = b""
        return self.source_hash

    # ------------------------------------------------------------------ the metadata

    def _read_head(self, path: Path) -> None:
        self._more()
        if self._data.startswith(_BOM):
            self._data = self._data[len(_BOM) :]
        if not self._data.lstrip(_BLANK).startswith(b"{"):
            raise CarechainError(self.name, "is no Dataset-JSON, which begins with an object", "check the path")
        while True:
            keys, at = _scan(self._data)
            if at is not None or len(self._data) > MOST_METADATA or not self._more():
                break
        if at is None:
            parse_object(self._data, self.name, MOST_METADATA)  # says where it breaks
            raise CarechainError(self.name, "is cut off in its metadata", CUT_MEND)
        self._head, self._data = self._data[:at], self._data[at:]
        if keys is None:
            self._after_object(path)
            return
        closing = b"".join(b"]" if key is None else b"}" for key in reversed(keys))
        before = parse_object(self._head + b"[]" + closing, self.name, MOST_METADATA, whole=False)
        dataset = before if len(keys) == 1 else dataset_of(before, self.name)
        if ("columns" if len(keys) == 1 else "items") not in dataset or "records" not in dataset:
            raise CarechainError(
                self.name,
                "has its rows before its columns or the number of its records",
                "write the attributes in the standard's order",
            )
        self.format, self.layout = layout_of(before, self.name)
        self._data = self._data[1:]

    def _after_object(self, path: Path) -> None:
        """A whole object without rows: NDJSON, or metadata alone."""
        metadata = parse_object(self._head, self.name, MOST_METADATA)
        self.format, self.layout = layout_of(metadata, self.name)
        self._metadata = metadata
        while not self._data.strip(_BLANK) and self._more():
            if len(self._data) > MOST_METADATA:
                raise CarechainError(self.name, "goes on with nothing but blanks", CUT_MEND)
        if self.format != JSON_1_0 and (self._data.strip(_BLANK) or path.suffix.lower() == ".ndjson"):
            if b"\n" in self._head.strip(_BLANK):
                raise CarechainError(self.name, "does not have its metadata on one line", "write NDJSON, or JSON")
            self.format = NDJSON_1_1
            line_end = self._data.find(b"\n") + 1
            if self._data[: line_end or None].strip(_BLANK):
                raise CarechainError(self.name, "has more than the metadata on its first line", "correct the file")
            self._data = self._data[line_end:] if line_end else b""
        elif self._data.strip(_BLANK):
            raise CarechainError(self.name, "goes on behind its end", CUT_MEND)

    def _finish(self, tail: bytes, row: int) -> None:
        """Reads the metadata behind the rows, of which `row` would be the next."""
        self._data = tail
        while len(self._data) <= MOST_METADATA and self._more():
            pass
        place = f"{self.name}: behind the rows"
        tail, self._data = self._data, b""
        if not _TAIL.match(tail):
            raise RowError(self.name, row, "is not there, nor the document's end, behind the row before")
        metadata = parse_object(self._head + b"[" + tail, place, 2 * MOST_METADATA, whole=False)
        if layout_of(metadata, self.name) != (self.format, self.layout):
            raise CarechainError(place, "has columns or a number of records that differ from those before", CUT_MEND)
        if self.format == JSON_1_0:
            del dataset_of(metadata, self.name)["itemData"]  # type: ignore[attr-defined]
        else:
            del metadata["rows"]
        self._metadata = metadata

    # ------------------------------------------------------------------ the rows

    def _arrays(self, first_size: int, size: int) -> Iterator[Piece]:
        """The rows of JSON, which stand in the data from its beginning."""
        if self._metadata is not None:
            return
        self._skip_blank()
        row, wanted = 1, first_size
        if self._data.startswith(b"]"):
            self._finish(self._data, row)
            return
        if not self._data.startswith(b"["):
            raise RowError(self.name, row, "is no array")
        ends: list[tuple[int, int]] = []
        start = position = counted = 0
        odd = False
        while True:
            for match in ROW_END.finditer(self._data, position):
                position = match.end()
                odd ^= quotes(self._data, counted, match.start()) & 1 == 1
                counted = match.start()
                if odd:
                    continue
                ends.append(match.span())
                last = self._data[position] == _CLOSE
                if last or len(ends) == wanted:
                    yield Piece(row, len(ends), self._data[start : match.start() + 1], False)
                    row, wanted, start = row + len(ends), size, position
                    ends.clear()
                if last:
                    self._finish(self._data[position:], row)
                    return
            self._data = self._data[start:]
            position, counted = position - start, counted - start
            ends = [(at - start, end - start) for at, end in ends]
            start = 0
            too_long = len(self._data) - (ends[-1][1] if ends else 0) > MOST_ROW
            if too_long or not self._more():
                break
        if ends:
            yield Piece(row, len(ends), self._data[: ends[-1][0] + 1], False)
        problem = f"has no end within {MOST_ROW:,} bytes" if too_long else "has no end, or nothing behind it"
        raise RowError(self.name, row + len(ends), problem)

    def _lines(self, first_size: int, size: int) -> Iterator[Piece]:
        """The rows of NDJSON, which stand in the data from its beginning, one a line."""
        row, wanted = 1, first_size
        start = position = lines = 0
        while True:
            while (end := self._data.find(b"\n", position)) >= 0:
                position, lines = end + 1, lines + 1
                if lines == wanted:
                    yield from self._line_piece(row, self._data[start:end])
                    row, wanted, start, lines = row + lines, size, position, 0
            self._data = self._data[start:]
            position, start = position - start, 0
            if len(self._data) - position > MOST_ROW:
                if lines:
                    yield from self._line_piece(row, self._data[: position - 1])
                raise RowError(self.name, row + lines, f"has no end within {MOST_ROW:,} bytes")
            if not self._more():
                break
        if self._data:
            yield from self._line_piece(row, self._data.removesuffix(b"\n"))
        self._data = b""

    def _line_piece(self, row: int, text: bytes) -> Iterator[Piece]:
        """The lines as a piece. Each must begin and end as an array does, so that a row is never on two."""
        text = text.replace(b"\r\n", b"\n").removesuffix(b"\r")
        count = text.count(b"\n") + 1
        ends, begins = text.count(b"]\n") + text.endswith(b"]"), text.count(b"\n[") + text.startswith(b"[")
        if ends != count or begins != count:
            lines = [line.strip(_BLANK) for line in text.split(b"\n")]
            for number, line in enumerate(lines):
                if not (line.startswith(b"[") and line.endswith(b"]")):
                    if number:
                        yield Piece(row, number, b"\n,".join(lines[:number]), True)
                    raise RowError(self.name, row + number, "is no JSON array on a line of its own")
            text = b"\n".join(lines)
        yield Piece(row, count, text.replace(b"\n", b"\n,"), True)

    def _skip_blank(self) -> None:
        self._data = self._data.lstrip(_BLANK)
        while not self._data and self._more():
            self._data = self._data.lstrip(_BLANK)

    def _more(self) -> bool:
        """Reads on; False at the end of the file."""
        try:
            block = self._file.read(_READ)
        except OSError as error:
            raise CarechainError(self.name, f"cannot be read ({error.strerror})", "check the disk") from None
        self._hash.update(block)
        self._data += block
        return bool(block)


def _scan(data: bytes) -> tuple[tuple[str | None, ...] | None, int | None]:
    """Where the rows of the object begin, with the keys that lead there; or no keys, and where the object ends; or
    nowhere, when neither is in the data. None among the keys is an array."""
    stack: list[str | None] = []
    key_next = False
    for match in _TOKEN.finditer(data):
        token = match.group()
        match token:
            case b"{":
                stack.append("")
                key_next = True
            case b"[":
                if is_rows(tuple(stack)):
                    return tuple(stack), match.start()
                stack.append(None)
                key_next = False
            case b"}" | b"]":
                stack.pop()
                if not stack:
                    return None, match.end()
                key_next = False
            case b",":
                key_next = stack[-1] is not None
            case b":":
                key_next = False
            case _ if key_next:
                stack[-1] = _text(token)
    return None, None


def _text(token: bytes) -> str:
    try:
        return str(json.loads(token))
    except ValueError:  # which the parser of the whole will say
        return ""
