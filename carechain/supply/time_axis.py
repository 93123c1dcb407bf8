"""A time axis for minutes and years alike: what is short is to scale, and long idle times are cut visibly."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_LONGEST = 8
"""An interval is drawn to scale up to so many times the median one."""
_SPACING = 18.0
"""Pixels between two points, where there is room for it: the marks on them must not touch."""
_SPACED_SHARE = 0.75


@dataclass(frozen=True)
class Cut:
    """An interval that is drawn shorter than it was: where, in pixels, and how long it was, in seconds."""

    left: float
    right: float
    seconds: int


class TimeAxis:
    """Maps Unix seconds to pixels. `places` are the pixels of the points given, in their order."""

    def __init__(self, times: Sequence[int], left: float, right: float) -> None:
        """`times` ascend; each gets a place of its own, equal ones too."""
        lengths = [later - earlier for earlier, later in pairwise(times)]
        longest = _LONGEST * median([length for length in lengths if length] or [1])
        spacing = min(_SPACING, _SPACED_SHARE * (right - left) / max(1, len(lengths)))
        drawn = [min(length, longest) for length in lengths]
        scale = (right - left - spacing * len(lengths)) / (sum(drawn) or 1)
        self.left, self.right = left, right
        self._times = list(times)
        self.places = [left]
        for length in drawn:
            self.places.append(self.places[-1] + spacing + scale * length)
        self.cuts = [
            Cut(self.places[n], self.places[n + 1], length) for n, length in enumerate(lengths) if length > longest
        ]

    def place(self, at: int) -> float:
        """The pixel of a time; before the first and after the last point it is theirs."""
        after = bisect_left(self._times, at)
        if after == len(self._times):
            return self.places[-1]
        if after == 0 or self._times[after] == at:
            return self.places[after]
        start, end = self._times[after - 1], self._times[after]
        share = (at - start) / (end - start)
        return self.places[after - 1] + share * (self.places[after] - self.places[after - 1])


def in_words(seconds: int) -> str:
    """A length of time, roughly, in its largest unit."""
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("min", 60)):
        if seconds >= 2 * length or (seconds >= length and unit == "min"):
            return f"{round(seconds / length)} {unit}{'' if unit == 'min' else 's'}"
    return f"{seconds} s"
