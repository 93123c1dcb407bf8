"""Readings of a temperature sensor: read from a file, committed to, and held against the conditions of storage.

A reading's bytes under its leaf are its time as an unsigned integer of 40 bits and its temperature as a signed one of
32 bits, big-endian: 9 bytes. A batch of readings is committed to by the RFC 9162 root over them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from struct import Struct
from typing import Literal

from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree

Unit = Literal["C", "F", "K"]

_LAST_SECOND = (1 << 40) - 1
_ABSOLUTE_ZERO = -27_315
_HOTTEST = (1 << 31) - 1
_PACKED = Struct(">BIi")
_ZERO_CELSIUS = 273.15
_ACTIVATION_OVER_GAS_CONSTANT = 83_144 / 8.3144  # kelvin; USP <1079.2>: 83.144 kJ/mol and 8.3144 J/(mol K)
_DIGITS_OF_DAYS = (8, 12)  # 20260131 and 202601312359; as Unix seconds they would be of 1970 or of the year 8390
_DAY = 86_400
_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading: `at` in Unix seconds (40 bits), the temperature in hundredths of a degree Celsius (32 bits signed,
    not below absolute zero). Raises CarechainError when out of range."""

    at: int
    celsius_hundredths: int

    def __post_init__(self) -> None:
        if not 0 <= self.at <= _LAST_SECOND:
            raise CarechainError("A reading", "has a time that is not in 40 bits of Unix seconds", "correct its time")
        if not _ABSOLUTE_ZERO <= self.celsius_hundredths <= _HOTTEST:
            raise CarechainError("A reading", "has a temperature that cannot be", "correct it, or its unit")

    def to_bytes(self) -> bytes:
        """The 9 bytes under its leaf."""
        return _PACKED.pack(self.at >> 32, self.at & 0xFFFF_FFFF, self.celsius_hundredths)

    @classmethod
    def from_bytes(cls, entry: bytes) -> Reading:
        """The reading of 9 bytes. Raises CarechainError for other bytes."""
        if len(entry) != _PACKED.size:
            raise CarechainError("A reading", f"is not {_PACKED.size} bytes long", "give the entry of the batch")
        high, low, temperature = _PACKED.unpack(entry)
        return cls(high << 32 | low, temperature)


@dataclass(frozen=True)
class Series:
    """The readings of a file, in ascending order of time, and how they were made from its values, in words."""

    readings: tuple[Reading, ...]
    conversion: str


@dataclass(frozen=True)
class StorageConditions:
    """What a medicine may be exposed to, in hundredths of a degree Celsius and seconds.

    Between `low` and `high` it may be for ever. One excursion, to `excursion_low` or `excursion_high` at most, may last
    `excursion_seconds`. The mean kinetic temperature may be `mkt_limit`; None where it says nothing. A longer time
    than `gap_seconds` without a reading is missing data; this one alone is not of the named source, but ours.
    """

    name: str
    source: str
    low: int
    high: int
    excursion_low: int
    excursion_high: int
    excursion_seconds: int
    mkt_limit: int | None
    gap_seconds: int = _HOUR


REFRIGERATED = StorageConditions(
    "controlled cold temperature, 2 to 8 °C",
    "USP General Chapter <659>: excursions between 2 and 15 °C of at most 24 hours, with a mean kinetic temperature"
    " up to 8 °C",
    low=200,
    high=800,
    excursion_low=200,
    excursion_high=1_500,
    excursion_seconds=_DAY,
    mkt_limit=800,
)
# Between 15 and 30 °C the chapter limits no time, only the mean kinetic temperature: that is the lasting range here.
CONTROLLED_ROOM = StorageConditions(
    "controlled room temperature, 20 to 25 °C",
    "USP General Chapter <659>: between 15 and 30 °C with a mean kinetic temperature up to 25 °C, and spikes up to"
    " 40 °C of at most 24 hours",
    low=1_500,
    high=3_000,
    excursion_low=1_500,
    excursion_high=4_000,
    excursion_seconds=_DAY,
    mkt_limit=2_500,
)
ROOM_15_TO_25 = StorageConditions(
    "room temperature, 15 to 25 °C",
    "European Pharmacopoeia, General Notices 1.2: room temperature; no excursions are foreseen",
    low=1_500,
    high=2_500,
    excursion_low=1_500,
    excursion_high=2_500,
    excursion_seconds=0,
    mkt_limit=2_500,
)
FROZEN = StorageConditions(
    "freezer, -25 to -10 °C",
    "USP General Chapter <659>: freezer; no excursions are foreseen",
    low=-2_500,
    high=-1_000,
    excursion_low=-2_500,
    excursion_high=-1_000,
    excursion_seconds=0,
    mkt_limit=None,
)
PRESETS = {
    "refrigerated": REFRIGERATED,
    "controlled-room": CONTROLLED_ROOM,
    "room-15-25": ROOM_15_TO_25,
    "frozen": FROZEN,
}


class Verdict(StrEnum):
    """Within the range for ever; out of it as far as is allowed; or a matter for the quality unit."""

    WITHIN = "within"
    EXCURSION = "excursion allowed"
    ALARM = "alarm"


@dataclass(frozen=True)
class Exposure:
    """What a series says of its conditions. Temperatures are in hundredths of a degree Celsius, times in seconds.

    `gaps` are the times (from, until) without a reading for too long. `reasons` say in words why the verdict is an
    alarm, and are empty otherwise.
    """

    mean_kinetic: int
    minimum: int
    maximum: int
    seconds_above: int
    seconds_below: int
    longest_excursion: int
    gaps: tuple[tuple[int, int], ...]
    verdict: Verdict
    reasons: tuple[str, ...]


def batch_root(readings: Sequence[Reading]) -> bytes:
    """The RFC 9162 root over the readings of a batch, in their order."""
    return MerkleTree(reading.to_bytes() for reading in readings).root()


def read_readings(path: Path, unit: Unit = "C", scale: float = 1, offset: float = 0) -> Series:
    """The readings of a CSV file of times and temperatures, which may begin with the line "timestamp,value".

    Times are ISO 8601, in UTC where they name no offset, or whole Unix seconds; digits that could as well be a day, or
    a day with hour and minute (8 or 12 of them), are refused. Temperatures are in degrees Celsius or
    Fahrenheit or in kelvin; `scale` times the degrees Celsius, plus `offset`, is rounded to hundredths, and the series
    says so. Raises CarechainError, naming the line, for one that cannot be read and for a time that is not after that
    before it, and when the file has no readings or cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            readings = tuple(_readings(csv.reader(file), path.name, unit, Decimal(str(scale)), Decimal(str(offset))))
    except OSError as error:
        raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
    except (UnicodeDecodeError, csv.Error):
        raise CarechainError(path.name, "is not CSV in UTF-8", "save it so") from None
    if not readings:
        raise CarechainError(path.name, "has no readings", "give lines of a time and a temperature")
    conversion = {"C": "degrees Celsius", "F": "converted from degrees Fahrenheit", "K": "converted from kelvin"}[unit]
    if (scale, offset) != (1, 0):
        conversion += f", then rescaled: {scale:g} times the degrees {'-' if offset < 0 else '+'} {abs(offset):g}"
    return Series(readings, conversion)


def exposure(readings: Sequence[Reading], conditions: StorageConditions) -> Exposure:
    """What the readings say of the conditions.

    The mean kinetic temperature (USP General Chapter <1079.2>) weighs each reading by half the time to its neighbours,
    leaving gaps out, and is over all readings: give those of one journey, for it levels a peak in a long time. Of the
    time between two readings the worse is assumed: it is out of range if one of them is. Raises CarechainError for no
    readings, or times that do not ascend.
    """
    if not readings:
        raise CarechainError("The series", "has no readings", "give at least one")
    if any(before.at >= after.at for before, after in pairwise(readings)):
        raise CarechainError("The series", "does not ascend in time", "sort it, and leave out what comes twice")
    temperatures = [reading.celsius_hundredths for reading in readings]
    low, high = min(temperatures), max(temperatures)
    above = below = 0
    for before, after in pairwise(readings):
        seconds = after.at - before.at
        above += seconds * (max(before.celsius_hundredths, after.celsius_hundredths) > conditions.high)
        below += seconds * (min(before.celsius_hundredths, after.celsius_hundredths) < conditions.low)
    gaps = tuple(
        (before.at, after.at) for before, after in pairwise(readings) if after.at - before.at > conditions.gap_seconds
    )
    mean = _mean_kinetic(readings, conditions.gap_seconds)
    longest = _longest_excursion(readings, conditions)
    reasons = tuple(_reasons(conditions, low, high, longest, mean, gaps))
    allowed = Verdict.WITHIN if conditions.low <= low and high <= conditions.high else Verdict.EXCURSION
    verdict = Verdict.ALARM if reasons else allowed
    return Exposure(mean, low, high, above, below, longest, gaps, verdict, reasons)


def _readings(
    lines: Iterator[list[str]], source: str, unit: Unit, scale: Decimal, offset: Decimal
) -> Iterator[Reading]:
    last = -1
    for number, cells in enumerate(lines, 1):
        if not cells or (number == 1 and [cell.strip().lower() for cell in cells] == ["timestamp", "value"]):
            continue
        place = f"{source}: line {number}"
        if len(cells) != 2:
            raise CarechainError(place, "is not a time and a temperature", "give two cells a line")
        at = _seconds(cells[0].strip(), place)
        if at <= last:
            problem = "has the time of the line before" if at == last else "is earlier than the line before"
            raise CarechainError(place, problem, "sort the file by time, each time once")
        last = at
        yield Reading(at, _hundredths(cells[1].strip(), place, unit, scale, offset))


def _seconds(text: str, place: str) -> int:
    if text.isdecimal() and len(text) in _DIGITS_OF_DAYS:
        raise CarechainError(
            place, "has a time that could be a day or Unix seconds", "write it as 2026-01-31T23:59:59Z"
        )
    try:
        found = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise CarechainError(place, "has no time that can be read", "write it as 2026-01-31T23:59:59Z") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if found.microsecond or found.timestamp() < 0:
        raise CarechainError(place, "has a time in parts of a second, or before 1970", "give whole Unix seconds")
    return int(found.timestamp())


def _hundredths(text: str, place: str, unit: Unit, scale: Decimal, offset: Decimal) -> int:
    try:
        value = Decimal(text)
        celsius = {"C": value, "F": (value - 32) * 5 / 9, "K": value - Decimal("273.15")}[unit]
        found = round((celsius * scale + offset) * 100)
    except (ArithmeticError, ValueError):
        raise CarechainError(place, "has no temperature that can be read", "write it as a decimal number") from None
    if not _ABSOLUTE_ZERO <= found <= _HOTTEST:
        raise CarechainError(place, "has a temperature that cannot be", "check the unit of the file")
    return found


def _mean_kinetic(readings: Sequence[Reading], gap_seconds: int) -> int:
    """In hundredths of a degree Celsius, rounded up: a limit is not met by rounding."""
    weights = [0] * len(readings)
    for place, (before, after) in enumerate(pairwise(readings)):
        seconds = after.at - before.at
        if seconds <= gap_seconds:
            weights[place] += seconds
            weights[place + 1] += seconds
    if not any(weights):
        weights = [1] * len(readings)
    hottest = max(reading.celsius_hundredths for reading in readings) / 100 + _ZERO_CELSIUS
    total = 0.0
    for reading, weight in zip(readings, weights, strict=True):
        # Relative to the hottest reading: exp(-dH/RT) alone is too small for a double in the cold.
        kelvin = max(reading.celsius_hundredths / 100 + _ZERO_CELSIUS, 1e-3)
        total += weight * math.exp(_ACTIVATION_OVER_GAS_CONSTANT * (1 / max(hottest, 1e-3) - 1 / kelvin))
    inverse = 1 / max(hottest, 1e-3) - math.log(total / sum(weights)) / _ACTIVATION_OVER_GAS_CONSTANT
    return math.ceil(round((1 / inverse - _ZERO_CELSIUS) * 100, 6))


def _longest_excursion(readings: Sequence[Reading], conditions: StorageConditions) -> int:
    """From the last good reading before, until the first good one after, in seconds; above and below are one."""
    longest = 0
    began = readings[0].at
    for before, after in pairwise(readings):
        out = [not conditions.low <= reading.celsius_hundredths <= conditions.high for reading in (before, after)]
        if not out[0]:
            began = before.at
        if any(out):
            longest = max(longest, after.at - began)
    return longest


def _reasons(
    conditions: StorageConditions, low: int, high: int, longest: int, mean: int, gaps: Sequence[tuple[int, int]]
) -> Iterator[str]:
    if high > conditions.excursion_high:
        yield f"it was {_degrees(high)}, above the {_degrees(conditions.excursion_high)} of an excursion"
    if low < conditions.excursion_low:
        yield f"it was {_degrees(low)}, below the {_degrees(conditions.excursion_low)} of an excursion"
    if longest > conditions.excursion_seconds:
        yield f"an excursion lasted {longest:,} s, and may last {conditions.excursion_seconds:,} s"
    if conditions.mkt_limit is not None and mean > conditions.mkt_limit:
        yield f"the mean kinetic temperature is {_degrees(mean)}, above {_degrees(conditions.mkt_limit)}"
    if gaps:
        longest_gap = max(end - start for start, end in gaps)
        yield f"readings are missing {len(gaps)} times, for up to {longest_gap:,} s"


def _degrees(hundredths: int) -> str:
    return f"{hundredths / 100:.2f} °C"
