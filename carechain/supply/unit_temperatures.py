"""The temperatures of a pack on its way, from the readings that are anchored and at hand."""

from __future__ import annotations

from carechain.supply.kept_readings import KeptReadings
from carechain.supply.pedigree import Temperatures
from carechain.supply.sensor_log import AnchoredBatch, SensorLog


def temperatures_of(log: SensorLog, kept: KeptReadings, lot: int, unit: int) -> Temperatures | None:
    """All readings that were made while the unit was under a sensor's eye, as far as they are here; None if there are
    none. Raises CarechainError for readings that are not those that were anchored."""
    series: dict[int, float] = {}
    devices: list[str] = []
    low, high = 0, 0
    for consignment in log.consignments():
        if consignment.lot != lot or not consignment.has_units_of(unit, unit + 1):
            continue
        for entry in log.entries(consignment.sensor):
            if not isinstance(entry, AnchoredBatch):
                continue
            for reading in kept.batch(consignment.sensor, entry) or ():
                if consignment.lasts_at(reading.at):
                    series[reading.at] = reading.celsius_hundredths / 100
        low, high = consignment.low, consignment.high
        devices.append(f"sensor {consignment.sensor}")
    if not series:
        return None
    return Temperatures(tuple(sorted(series.items())), low / 100, high / 100, ", ".join(dict.fromkeys(devices)))
