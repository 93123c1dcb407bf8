"""A time axis to scale, with ticks where people look for them: years, months, days, hours, minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

_MOST_TICKS = 11
_DAY = 86_400
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600)
_SECONDS = (1, 10, 60, 600, 3_600, 6 * 3_600, _DAY, 7 * _DAY)


class CalendarAxis:
    """Maps Unix seconds to pixels. `ticks` are pixels and what is written there, from left to right."""

    def __init__(self, first: int, last: int, left: float, right: float) -> None:
        """From the first time to the last; at least a minute."""
        self._first, self._last = first, max(last, first + 60)
        self._left, self._right = left, right
        self.ticks = [(self.place(at), text) for at, text in self._ticks()]

    def place(self, at: int) -> float:
        """The pixel of a time; before the first and after the last it is theirs."""
        share = (at - self._first) / (self._last - self._first)
        return self._left + min(1.0, max(0.0, share)) * (self._right - self._left)

    def _ticks(self) -> list[tuple[int, str]]:
        for step in _SECONDS:
            if (self._last - self._first) / step <= _MOST_TICKS:
                begin = -(-self._first // step) * step
                form = "%Y-%m-%d" if step >= _DAY else "%m-%d %H:%M" if step >= 60 else "%H:%M:%S"
                times = range(begin, self._last + 1, step)
                return [(at, datetime.fromtimestamp(at, UTC).strftime(form)) for at in times]
        for months in _MONTHS:
            found = list(self._months(months))
            if len(found) <= _MOST_TICKS:
                return found
        return []

    def _months(self, step: int) -> Iterator[tuple[int, str]]:
        """Every so many months, counted from a January."""
        begin = datetime.fromtimestamp(self._first, UTC)
        month = (begin.year * 12 + begin.month - 1) // step * step
        while month // 12 < 9999:
            when = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
            at = int(when.timestamp())
            if at > self._last:
                return
            if at >= self._first:
                yield at, f"{when:%Y}" if step % 12 == 0 else f"{when:%Y-%m}"
            month += step
