"""The hierarchy of a transaction set: its HL segments, each with what stands below it until the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carechain.x12.segments import Segment

_NUMBER = "number the levels from 1, and name the level above in HL02"


@dataclass(frozen=True)
class Level:
    """One level: its segments from HL on, and the level above it."""

    code: str
    """HL03: 20 source or billing provider, 21 receiver, 19 provider, 22 subscriber, 23 dependant."""
    segments: tuple[Segment, ...]
    above: Level | None

    @property
    def head(self) -> Segment:
        return self.segments[0]

    def find(self, code: str) -> Level | None:
        """This level or the nearest above it that has this code."""
        level: Level | None = self
        while level is not None and level.code != code:
            level = level.above
        return level


def levels(body: Sequence[Segment], parents: Mapping[str, str]) -> tuple[tuple[Segment, ...], tuple[Level, ...]]:
    """What stands before the first HL, and the levels.

    `parents` tells for each code the code above it, "" for none. Raises CarechainError for a level of another code,
    out of count, or below one that it may not stand below.
    """
    starts = [at for at, segment in enumerate(body) if segment.name == "HL"]
    found: dict[str, Level] = {}
    for at, end in pairwise([*starts, len(body)]):
        head = body[at]
        code = head.text(3)
        if code not in parents:
            head.refuse(3, "is not a level of this transaction set", "correct the hierarchy")
        if head.text(1) != str(len(found) + 1):
            head.refuse(1, "is not the number of this level", _NUMBER)
        above = head.text(2)
        parent = found.get(above)
        if (parent.code if parent else "") != parents[code] or bool(above) != bool(parent):
            head.refuse(2, "is not a level that this one may stand below", _NUMBER)
        found[head.text(1)] = Level(code, tuple(body[at:end]), parent)
    return tuple(body[: starts[0]] if starts else body), tuple(found.values())
