"""What speaks against the units of a consignment, and what they were exposed to.

A silence is what ColdChain takes for one: a time in which the next reading was due, the sensor's cadence after the one
before, and did not come, if some of that time is the consignment's. Times are Unix seconds, temperatures hundredths of
a degree Celsius.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise

from carechain.errors import CarechainError
from carechain.supply.kept_readings import KeptReadings
from carechain.supply.sensor_log import (
    AnchoredBatch,
    AttestedExposure,
    Consignment,
    Evidence,
    LogEntry,
    Sensor,
    Silence,
    prove_entry,
    prove_reading,
)
from carechain.supply.temperature import Reading, StorageConditions, Verdict, exposure

_LOWEST, _HIGHEST = -(1 << 15), (1 << 15) - 1


@dataclass(frozen=True)
class Found:
    """Evidence against a consignment, and in words why: completes "The units are on hold because …"."""

    evidence: Evidence
    why: str


@dataclass(frozen=True)
class Search:
    """What was looked for: the first evidence, or None; and the entries that could not be looked at, each with the
    error that says why."""

    found: Found | None
    unseen: tuple[tuple[int, CarechainError], ...]


@dataclass(frozen=True)
class Exposed:
    """What a consignment was exposed to. `entries` of the log were considered, from the first on; `reasons` say in
    words why it is not within what is allowed, and `report` is all of it as JSON."""

    entries: int
    mean_kinetic: int
    lowest: int
    highest: int
    within: bool
    reasons: tuple[str, ...]
    report: str


def runs(readings: Sequence[Reading], cadence: int) -> Iterator[Sequence[Reading]]:
    """Readings, cut wherever the next one came later than it was due. The contract knows of a silence only before a
    batch, so each run has to be one of its own."""
    start = 0
    for place, (before, after) in enumerate(pairwise(readings), 1):
        if after.at - before.at > cadence:
            yield readings[start:place]
            start = place
    if readings:
        yield readings[start:]


def search(
    consignment: Consignment, sensor: Sensor, entries: Sequence[LogEntry], kept: KeptReadings, now: int
) -> Search:
    """The first evidence against a consignment in the order of the log, of what no inspector has judged, and behind it
    that the sensor is silent now.

    Batches of which the readings are not at hand are left out, and named.
    """
    unseen = []
    for entry in entries[consignment.judged :]:
        found = None
        if isinstance(entry, AttestedExposure):
            if entry.consignment == consignment.number and not entry.facts.within:
                why = f"the exposure attested in entry {entry.index} is not within what is allowed"
                found = Found(prove_entry(entries, entry), why)
        elif _is_silence(consignment, sensor.cadence, entry.since - entry.gap, entry.since):
            found = Found(prove_entry(entries, entry), _silence(entry.since - entry.gap, entry.since, sensor.cadence))
        elif _concerns(consignment, entry):
            try:
                found = _outside(consignment, entries, entry, kept)
            except CarechainError as error:
                unseen.append((entry.index, error))
        if found is not None:
            return Search(found, tuple(unseen))
    last = max(sensor.until, consignment.since, consignment.judged_at)
    if (consignment.until or now) > last + sensor.cadence:
        why = f"nothing has come of the sensor since {utc(last)}, and {sensor.cadence:,} s is its cadence"
        return Search(Found(Silence(last), why), tuple(unseen))
    return Search(None, tuple(unseen))


def exposed(
    consignment: Consignment,
    sensor: Sensor,
    entries: Sequence[LogEntry],
    kept: KeptReadings,
    conditions: StorageConditions,
) -> Exposed:
    """What the readings of a consignment say of the conditions, where missing is what the sensor's cadence says.

    While it goes on, that is until the last reading. Raises CarechainError for conditions that have nothing in common
    with the storage that the lot is authorised for, when there is no reading, and when one is not at hand.
    """
    if conditions.high < consignment.low or consignment.high < conditions.low:
        storage = f"{degrees(consignment.low)} to {degrees(consignment.high)}"
        raise CarechainError(
            f"The conditions {conditions.name}", f"are others than the lot's storage of {storage}", "name those of it"
        )
    batches = [entry for entry in entries if isinstance(entry, AnchoredBatch)]
    own = [batch for batch in batches if _concerns(consignment, batch)]
    series = kept.series(consignment.sensor, own)
    start = bisect_left(series, consignment.since, key=_time)
    end = len(series) if consignment.until == 0 else bisect_left(series, consignment.until, key=_time)
    readings = series[start:end]
    if not readings:
        raise CarechainError(f"Consignment {consignment.number}", "has no readings yet", "anchor them first")
    result = exposure(readings, replace(conditions, gap_seconds=sensor.cadence))
    behind = [batch for batch in batches if batch.since > series[-1].at]
    before = series[start - 1].at if start else own[0].since - own[0].gap
    after = series[end].at if end < len(series) else behind[0].since if behind else consignment.until
    around = ((before, readings[0].at), (readings[-1].at, after))
    silences = [each for each in around if _is_silence(consignment, sensor.cadence, *each)]
    reasons = (*result.reasons, *(_silence(*each, sensor.cadence) for each in silences))
    considered = behind[0] if behind and end == len(series) and consignment.until else own[-1]
    facts = {
        "consignment": consignment.number,
        "sensor": consignment.sensor,
        "entries": considered.index + 1,
        "conditions": conditions.name,
        "source": conditions.source,
        "readings": len(readings),
        "from": utc(readings[0].at),
        "until": utc(readings[-1].at),
        "meanKinetic": degrees(result.mean_kinetic),
        "lowest": degrees(result.minimum),
        "highest": degrees(result.maximum),
        "secondsAbove": result.seconds_above,
        "secondsBelow": result.seconds_below,
        "longestExcursionSeconds": result.longest_excursion,
        "verdict": Verdict.ALARM if reasons else result.verdict,
        "reasons": reasons,
    }
    report = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    mean, lowest, highest = map(_in_16_bits, (result.mean_kinetic, result.minimum, result.maximum))
    return Exposed(considered.index + 1, mean, lowest, highest, not reasons, reasons, report)


def utc(seconds: int) -> str:
    """A time for people."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def degrees(hundredths: int) -> str:
    """A temperature for people."""
    return f"{hundredths / 100:.2f} °C"


def _outside(
    consignment: Consignment, entries: Sequence[LogEntry], batch: AnchoredBatch, kept: KeptReadings
) -> Found | None:
    """The first reading of a batch outside of the storage that is authorised. Raises CarechainError where its readings
    are not at hand."""
    readings = kept.series(consignment.sensor, [batch])
    for place, reading in enumerate(readings):
        celsius = reading.celsius_hundredths
        if consignment.lasts_at(reading.at) and not consignment.low <= celsius <= consignment.high:
            storage = f"{degrees(consignment.low)} to {degrees(consignment.high)}"
            why = f"it was {degrees(celsius)} at {utc(reading.at)}, and the storage is {storage}"
            return Found(prove_reading(entries, batch, readings, place), why)
    return None


def _concerns(consignment: Consignment, batch: AnchoredBatch) -> bool:
    return batch.until >= consignment.since and (consignment.until == 0 or batch.since < consignment.until)


def _is_silence(consignment: Consignment, cadence: int, before: int, after: int) -> bool:
    """Whether the consignment was without a reading for longer than the cadence, between these two, and nobody has
    judged that."""
    due = max(before, consignment.since, consignment.judged_at) + cadence
    return due < after and (consignment.until == 0 or due < consignment.until)


def _silence(before: int, after: int, cadence: int) -> str:
    return f"there is no reading from {utc(before)} to {utc(after)}, and {cadence:,} s is the sensor's cadence"


def _in_16_bits(hundredths: int) -> int:
    """As the chain has a temperature; what is beyond -327.68 or 327.67 °C is as bad as these."""
    return min(max(hundredths, _LOWEST), _HIGHEST)


def _time(reading: Reading) -> int:
    return reading.at
