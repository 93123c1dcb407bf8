"""What the files of proofs have in common: JSON with hashes in hexadecimal, read strictly and within limits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eth_utils.address import is_checksum_address

from carechain.errors import CarechainError
from carechain.merkle_log import HASH_BYTES
from carechain.private_file import write_private

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.ASCII)
_DIGITS = re.compile(r"0|[1-9]\d{0,77}", re.ASCII)
_MEND = "ask for the file again"


class Fields:
    """The members of a JSON object, each read by name and checked. What fails is named, and never quoted."""

    def __init__(self, content: Mapping[str, Any], place: str) -> None:
        self._content, self._place = content, place
        self._read: set[str] = set()

    def check_format(self, name: str, version: int) -> None:
        """Raises CarechainError unless the object says that it is of this format and version."""
        if self._value("format") != name:
            raise CarechainError(self._place, f"is no {name}", "check the path")
        found = self._value("version")
        if isinstance(found, bool) or found != version:
            raise CarechainError(f"{self._place}: version", f"is not {version}", "take the program that wrote it")

    def inner(self, name: str) -> Fields:
        return Fields(self.object(name), f"{self._place}: {name}")

    def object(self, name: str) -> Mapping[str, Any]:
        value = self._value(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "is no object")
        return value

    def number(self, name: str, bits: int) -> int:
        """A number that is written as the text of its digits, of at most so many bits."""
        value = self._value(name)
        if not isinstance(value, str) or not _DIGITS.fullmatch(value) or int(value).bit_length() > bits:
            raise self._wrong(name, f"is no text of a number of at most {bits} bits")
        return int(value)

    def small(self, name: str, most: int) -> int:
        """A number from 0 to `most`, which readers of JSON do not round."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise self._wrong(name, f"is no number from 0 to {most:,}")
        return value

    def address(self, name: str) -> str:
        value = self._value(name)
        if not isinstance(value, str) or not is_checksum_address(value):
            raise self._wrong(name, "is no address with its checksum (EIP-55)")
        return value

    def content(self, name: str, most: int) -> bytes:
        """At most so many bytes."""
        return self._bytes(name, self._value(name), most)

    def hash(self, name: str) -> bytes:
        """Exactly 32 bytes."""
        return self._hash(name, self._value(name))

    def hashes(self, name: str, most: int) -> tuple[bytes, ...]:
        value = self._value(name)
        if not isinstance(value, list) or len(value) > most:
            raise self._wrong(name, f"is no list of at most {most} hashes")
        return tuple(self._hash(name, each) for each in value)

    def check_all_read(self) -> None:
        """Raises CarechainError when there is a member that nobody asked for."""
        if self._content.keys() - self._read:
            raise CarechainError(self._place, "has more fields than it should", _MEND)

    def _value(self, name: str) -> Any:
        if name not in self._content:
            raise self._wrong(name, "is missing")
        self._read.add(name)
        return self._content[name]

    def _hash(self, name: str, value: Any) -> bytes:
        found = self._bytes(name, value, HASH_BYTES)
        if len(found) != HASH_BYTES:
            raise self._wrong(name, f"is no hash of {HASH_BYTES} bytes")
        return found

    def _bytes(self, name: str, value: Any, most: int) -> bytes:
        if not isinstance(value, str) or len(value) > 2 + 2 * most or not _HEX.fullmatch(value):
            raise self._wrong(name, f"is no hexadecimal text of at most {most} bytes")
        return bytes.fromhex(value.removeprefix("0x"))

    def _wrong(self, name: str, problem: str) -> CarechainError:
        return CarechainError(f"{self._place}: {name}", problem, _MEND)


def hex_of(content: bytes) -> str:
    return f"0x{content.hex()}"


def text_of(path: Path, most: int) -> bytes:
    """The bytes of a file, and at most one more than `most`. Raises CarechainError when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Writes a private file, in place of one that is there. Raises CarechainError when it cannot be written."""
    try:
        write_private(path, json.dumps(facts, indent=1, ensure_ascii=False) + "\n", replace=True)
    except OSError as error:
        raise CarechainError(str(path), f"cannot be written ({error.strerror})", "check the folder") from None
