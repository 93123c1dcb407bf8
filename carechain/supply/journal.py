"""Which EPCIS events an organisation has committed to, and in which entry of its log: what makes a document that comes
again change nothing, and what an event is proven with later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree
from carechain.private_file import write_private

_FIELDS = {"index", "corrects", "hashes", "document", "touched", "declared"}
_HASH = re.compile(r"ni:///sha-256;[0-9a-f]{64}\?ver=CBV2\.0", re.ASCII)

Touched = tuple[int, int, int, str]
"""Units that an event had an effect on: lot, first unit, the unit after the last, and the event's time (ISO 8601)."""


@dataclass(frozen=True)
class Entry:
    """One entry of the log: the canonical hashes of its events, in their order. `corrects` is the entry that it
    corrects, or None; `declared` are those of the hashes that it declares wrong."""

    index: int
    corrects: int | None
    hashes: tuple[str, ...]
    document: str
    touched: tuple[Touched, ...] = ()
    declared: tuple[str, ...] = ()

    @property
    def root(self) -> bytes:
        return root_of(self.hashes)


class Journal:
    """The entries of one organisation in one deployment, a file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self) -> Iterator[Entry]:
        """All of them. Raises CarechainError for a file that is none of the journal's."""
        for path in sorted(self.folder.glob("*.json")):
            try:
                found = json.loads(path.read_text("utf-8"))
            except (ValueError, RecursionError):
                found = None
            if not _is_entry(found):
                raise CarechainError(str(path), "is no entry of the journal", "put it back from your backup")
            touched = tuple((lot, first, end, time) for lot, first, end, time in found["touched"])
            hashes, declared = tuple(found["hashes"]), tuple(found["declared"])
            yield Entry(found["index"], found["corrects"], hashes, found["document"], touched, declared)

    def entry_of(self) -> dict[str, int]:
        """The entry in which each event stands, by its hash; the first, where it was declared wrong later."""
        found: dict[str, int] = {}
        for entry in sorted(self.entries(), key=lambda each: each.index):
            for each in entry.hashes:
                found.setdefault(each, entry.index)
        return found

    def declared(self) -> set[str]:
        """The hashes of events that were declared wrong."""
        return {each for entry in self.entries() for each in entry.declared}

    def keep(self, entry: Entry) -> None:
        """Writes an entry, whole or not at all."""
        facts = {
            "index": entry.index,
            "corrects": entry.corrects,
            "hashes": list(entry.hashes),
            "document": entry.document,
            "touched": [list(each) for each in entry.touched],
            "declared": list(entry.declared),
        }
        write_private(self.folder / f"{entry.index:08}.json", json.dumps(facts, indent=1) + "\n", replace=True)


def root_of(hashes: Sequence[str]) -> bytes:
    """The root that an entry commits to: RFC 9162 over the 32 bytes of each canonical hash (ni:///sha-256;…)."""
    return MerkleTree(digest_of(each) for each in hashes).root()


def digest_of(event_hash: str) -> bytes:
    """The 32 bytes of a canonical event hash of CBV 2.0."""
    return bytes.fromhex(event_hash.partition(";")[2].partition("?")[0])


def _is_entry(found: Any) -> bool:
    """Whether a JSON value has all that `Journal.keep` writes, each of its type."""
    return (
        isinstance(found, dict)
        and set(found) == _FIELDS
        and _is_number(found["index"])
        and (found["corrects"] is None or _is_number(found["corrects"]))
        and isinstance(found["document"], str)
        and all(isinstance(found[name], list) for name in ("hashes", "touched", "declared"))
        and all(isinstance(each, str) and _HASH.fullmatch(each) for each in (*found["hashes"], *found["declared"]))
        and all(map(_is_touched, found["touched"]))
    )


def _is_touched(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 4:
        return False
    *numbers, time = value
    return all(map(_is_number, numbers)) and isinstance(time, str) and _is_time(time)


def _is_number(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
