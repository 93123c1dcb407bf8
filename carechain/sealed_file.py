"""Files that are read piece by piece and say at their end what they hold:

    magic           16 bytes
    content         of any length
    details         what the content is
    SHA-256 of the details (32 bytes), and their length (4 bytes, big-endian)

The end is written when everything is known, so a file can be written in one pass, and one that is cut off has none.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import IO, ClassVar

from carechain.errors import CarechainError
from carechain.file_bytes import OpenedFile
from carechain.merkle_log import HASH_BYTES

_LENGTH_BYTES = 4
_TAIL_BYTES = HASH_BYTES + _LENGTH_BYTES


def ending(details: bytes) -> bytes:
    """What stands behind the content: the details, their hash and their length."""
    return details + sha256(details).digest() + len(details).to_bytes(_LENGTH_BYTES, "big")


class DamagedFileError(CarechainError):
    """The file is cut off, or was changed."""


class SealedFile(OpenedFile):
    """Such a file, opened; subclasses say of what kind.

    `open` raises CarechainError when it cannot be read, or is of no such kind, and DamagedFileError.
    """

    MAGIC: ClassVar[bytes]
    KIND: ClassVar[str]
    """As in "is no …"."""
    MOST_DETAILS: ClassVar[int]
    """Bytes of details at most."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        super().__init__(path, file)
        size = os.fstat(file.fileno()).st_size
        if self._read(0, min(size, len(self.MAGIC))) != self.MAGIC:
            raise CarechainError(str(path), f"is no {self.KIND}", "check the path")
        if size < len(self.MAGIC) + _TAIL_BYTES:
            raise self._damaged("is cut off")
        tail = self._read(size - _TAIL_BYTES, _TAIL_BYTES)
        length = int.from_bytes(tail[HASH_BYTES:], "big")
        self._end = size - _TAIL_BYTES - length  # of the content
        if length > self.MOST_DETAILS or self._end < len(self.MAGIC):
            raise self._damaged("is cut off, or was changed at its end")
        self._details = self._read(self._end, length)
        if sha256(self._details).digest() != tail[:HASH_BYTES]:
            raise self._damaged("is cut off, or was changed at its end")

    def _read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset of the file."""
        content = os.pread(self._file.fileno(), length, offset)
        if len(content) != length:
            raise self._damaged("was cut off while it was read")
        return content

    def _damaged(self, problem: str) -> DamagedFileError:
        return DamagedFileError(str(self.path), problem, "take another copy of the file")
