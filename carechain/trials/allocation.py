"""The list by which treatments are allocated, as its keeper has it: the arms of all places, and the key of the salts.

The list comes from whoever drew it, as a CSV file with a column "arm" (and, if it has one, a column "place", counted
from 0 or 1, in order). It is for the keeper alone until the dataset is locked: who has it can tell every participant's
treatment. ITrialResults says how it is committed to.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError
from carechain.file_bytes import read_bytes
from carechain.merkle_log import MerkleTree
from carechain.private_file import write_private

FORMAT = "carechain allocation list 1"
BLOCK = 4096
"""Places that are revealed at a time: ITrialResults.ALLOCATION_BLOCK."""
KEY_BYTES = 32
MOST_PLACES = (1 << 24) - 1
MOST_ARMS = 255
_MOST_BYTES = 400_000_000
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class AllocationList:
    """Arms are named once, in the order in which they first appear; `codes` has a byte a place, 1 for the first arm."""

    key: bytes
    arms: tuple[str, ...]
    codes: bytes

    @property
    def places(self) -> int:
        return len(self.codes)

    @property
    def blocks(self) -> int:
        return -(-self.places // BLOCK)

    def arm(self, place: int) -> str:
        """The arm at a place, from 0. Raises CarechainError for a place that it does not have."""
        if not 0 <= place < self.places:
            raise CarechainError(f"Place {place}", f"is not in a list of {self.places}", "check that it is the trial's")
        return self.arms[self.codes[place] - 1]

    def salt(self, place: int) -> bytes:
        return sha256(self.key + place.to_bytes(8, "big")).digest()

    def content(self, place: int) -> bytes:
        """The 37 bytes that the place's leaf is the hash of."""
        return self.salt(place) + place.to_bytes(4, "big") + self.codes[place : place + 1]

    @cached_property
    def tree(self) -> MerkleTree:
        """Of all places (RFC 9162)."""
        return MerkleTree(self.content(place) for place in range(self.places))

    def block(self, number: int) -> tuple[bytes, tuple[bytes, ...]]:
        """The codes of a block of places, and the proof of its root among those of all blocks."""
        roots = [
            MerkleTree.of_leaves(
                self.tree.leaf(place) for place in range(start, min(start + BLOCK, self.places))
            ).root()
            for start in range(0, self.places, BLOCK)
        ]
        return self.codes[number * BLOCK : (number + 1) * BLOCK], MerkleTree.of_leaves(roots).inclusion_proof(number)

    def write(self, path: Path) -> None:
        """Writes the file, for its keeper alone. Raises FileExistsError if one is there."""
        facts = {"format": FORMAT, "key": self.key.hex(), "arms": list(self.arms), "codes": self.codes.hex()}
        write_private(path, json.dumps(facts, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> AllocationList:
        """Raises CarechainError when the file cannot be read, or is none."""
        content = read_bytes(path, _MOST_BYTES, "give an allocation list")
        try:
            facts = json.loads(content)
            if not _are_arms(facts["arms"]):
                raise ValueError
            found = cls(bytes.fromhex(facts["key"]), tuple(facts["arms"]), bytes.fromhex(facts["codes"]))
            right = facts["format"] == FORMAT and len(found.key) == KEY_BYTES and found.places > 0
            if not right or not 0 < min(found.codes) <= max(found.codes) <= len(found.arms):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CarechainError(str(path), "is no allocation list", "take another copy of the file") from None
        return found

    @classmethod
    def from_csv(cls, path: Path, key: bytes | None = None) -> AllocationList:
        """The list of a CSV file, under a new key unless one is given. Raises CarechainError, naming the line, when it
        cannot be read, is not UTF-8 or no CSV, has no column "arm" or one name for two, a line of more or fewer cells
        than there are columns, an arm that is empty or of more than one line, places that are not in order, too many
        places or arms."""
        rows = _rows(path)
        line, header = next(rows, (0, []))
        if "arm" not in header:
            raise CarechainError(str(path), 'has no column "arm"', "give a CSV file whose first line names its columns")
        if len(set(header) - {""}) != len([name for name in header if name]):
            raise CarechainError(f"{path}: line {line}", "has a column twice", "give each a name of its own")
        at = {name: position for position, name in enumerate(header)}
        numbers: dict[str, int] = {}
        codes = bytearray()
        first: int | None = None
        for line, row in rows:
            place = f"{path}: line {line}"
            if len(row) != len(header):
                raise CarechainError(place, f"has {len(row):,} cells for {len(header):,} columns", "complete the line")
            arm = row[at["arm"]].strip()
            if not arm:
                raise CarechainError(place, "names no arm", "name one in every line")
            if not _is_one_line(row[at["arm"]]):
                raise CarechainError(place, "has an arm with a line break or control character", "take it out")
            if "place" in at:
                number = row[at["place"]].strip()
                if not _NUMBER.fullmatch(number):
                    raise CarechainError(place, "has no number in the column place", "number the places")
                first = int(number) if first is None else first
                if int(number) != first + len(codes) or first > 1:
                    raise CarechainError(place, "is out of order", "number the places from 0 or 1, without a gap")
            codes.append(min(numbers.setdefault(arm, len(numbers) + 1), MOST_ARMS))
            if len(numbers) > MOST_ARMS or len(codes) > MOST_PLACES:
                raise CarechainError(place, "is one arm or place too many", f"use {MOST_ARMS} arms at most")
        if not codes:
            raise CarechainError(str(path), "has no places", "give a line for each")
        return cls(key or secrets.token_bytes(KEY_BYTES), tuple(numbers), bytes(codes))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file that are not empty, each with its line. Raises CarechainError, with the line, where the
    file is not UTF-8, or no CSV."""
    content = read_bytes(path, _MOST_BYTES, "split the list")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CarechainError(f"{path}: line {line}", "is not UTF-8", "save the list as UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in rows:
            if row:
                yield rows.line_num, row
    except csv.Error:
        problem = "is no CSV: a quotation mark that is not closed, or a cell that is too long"
        raise CarechainError(f"{path}: line {rows.line_num}", problem, "correct the line") from None


def _is_one_line(text: str) -> bool:
    """Whether a text has neither line breaks nor control characters, nor halves of characters."""
    return not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text)


def _are_arms(arms: Any) -> bool:
    """Whether this is a list of distinct names."""
    return (
        isinstance(arms, list)
        and all(isinstance(arm, str) and arm.strip() != "" and _is_one_line(arm) for arm in arms)
        and len(set(arms)) == len(arms)
    )
