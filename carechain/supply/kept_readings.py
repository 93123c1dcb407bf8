"""The readings behind the roots on the chain, as whoever anchors or judges them keeps them.

Of a deployment there is a folder for each sensor, and in it a file for each batch, `<first time>.readings`: the bytes
of its readings, 9 each, one after the other. A file is what it should be if its readings have the root on the chain; a
file without a root there is of a batch that was never anchored, and of no interest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path

from carechain.errors import CarechainError
from carechain.private_file import new_private_file
from carechain.supply.sensor_log import AnchoredBatch
from carechain.supply.temperature import Reading, batch_root

_READING_BYTES = 9
_MEND = "put it back from your backup, or run: brownie run cold_chain anchor, with the file it was anchored from"


class KeptReadings:
    """The folder of one deployment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path_of(self, sensor: int, first: int) -> Path:
        """Where the batch of a sensor that begins at this time is, or is to be."""
        return self.folder / str(sensor) / f"{first}.readings"

    def keep(self, sensor: int, readings: Sequence[Reading]) -> None:
        """Writes a batch, whole or not at all, of mode 0600; it is on the disk when this returns. What was there of
        another batch that begins at the same time is replaced: only one of them is ever anchored."""
        path = self.path_of(sensor, readings[0].at)
        with new_private_file(path, replace=True) as file:
            file.write(b"".join(reading.to_bytes() for reading in readings))

    def batch(self, sensor: int, anchored: AnchoredBatch) -> tuple[Reading, ...] | None:
        """The readings of an anchored batch; None where its file is not here. Raises CarechainError for a file that
        has other readings than were anchored."""
        path = self.path_of(sensor, anchored.since)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
        try:
            starts = range(0, len(content), _READING_BYTES)
            readings = tuple(Reading.from_bytes(content[at : at + _READING_BYTES]) for at in starts)
        except CarechainError:
            readings = ()
        if (len(readings), batch_root(readings)) != (anchored.count, anchored.root):
            raise CarechainError(str(path), "has other readings than were anchored", _MEND)
        return readings

    def series(self, sensor: int, batches: Iterable[AnchoredBatch]) -> tuple[Reading, ...]:
        """The readings of anchored batches, in their order. Raises CarechainError for a file that is missing or has
        other readings than were anchored."""
        found: list[Reading] = []
        for anchored in batches:
            readings = self.batch(sensor, anchored)
            if readings is None:
                raise CarechainError(str(self.path_of(sensor, anchored.since)), "is not here", _MEND)
            found += readings
        return tuple(found)

    def restore(self, sensor: int, batches: Iterable[AnchoredBatch], readings: Sequence[Reading]) -> int:
        """Writes the batches that are not here, or have been damaged, as far as these readings have their roots. How
        many it wrote."""
        written = 0
        for anchored in batches:
            start = bisect_left(readings, anchored.since, key=_time)
            part = readings[start : bisect_right(readings, anchored.until, lo=start, key=_time)]
            matches = (len(part), batch_root(part)) == (anchored.count, anchored.root)
            if matches and not self._has(sensor, anchored):
                self.keep(sensor, part)
                written += 1
        return written

    def _has(self, sensor: int, anchored: AnchoredBatch) -> bool:
        try:
            return self.batch(sensor, anchored) is not None
        except CarechainError:
            return False


def _time(reading: Reading) -> int:
    return reading.at
