"""What tests of the cold chain start from: a lot in its manufacturer's hands, under the eye of a sensor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from carechain.supply.temperature import Reading, batch_root
from tests.helpers import rfc9162
from tests.helpers.suite import MANUFACTURER, SENSORS, now, pass_time
from tests.helpers.supply import CERTIFICATE, by, event_of, exposure_entry, readings_entry, today

CADENCE = 600


@dataclass
class SensorLog:
    """A sensor's log, as its operator keeps it: all that was anchored, for the proofs."""

    cold_chain: Any
    sensor: int
    entries: list[bytes] = field(default_factory=list)
    batches: dict[int, list[Reading]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """When the last reading on record was made, Unix seconds."""
        return int(self.cold_chain.sensorOf(self.sensor)[1])

    def anchor(self, *celsius: int, after: int = 60) -> int:
        """Readings a minute apart, the first one so many seconds after the last on record. The entry's index."""
        last = self.last
        readings = [Reading(last + after + 60 * place, each) for place, each in enumerate(celsius)]
        since, until = readings[0].at, readings[-1].at
        pass_time(max(1, until - now()))
        root = batch_root(readings)
        sent = self.cold_chain.anchorReadings(self.sensor, since, until, len(readings), root, by(SENSORS))
        self.batches[len(self.entries)] = readings
        self.entries.append(
            readings_entry(self.sensor, sent.timestamp, since, until, len(readings), since - last, root)
        )
        return len(self.entries) - 1

    def attest(self, consignment: int, *exposure: Any, organisation: int = SENSORS) -> int:
        """The entry's index."""
        sent = self.cold_chain.attestExposure(consignment, exposure, by(organisation))
        self.entries.append(exposure_entry(self.sensor, sent.timestamp, organisation, consignment, exposure))
        return len(self.entries) - 1

    def entry(self, index: int) -> tuple[bytes, int, list[bytes]]:
        """An entry with its proof, as `proveEntry` takes them."""
        return self.entries[index], index, rfc9162.inclusion_proof(index, self.entries)

    def reading(self, index: int, place: int) -> tuple[Any, ...]:
        """A reading of a batch with its proofs, as `proveExcursion` takes it."""
        readings = self.batches[index]
        proof = rfc9162.inclusion_proof(place, [each.to_bytes() for each in readings])
        return readings[place].at, readings[place].celsius_hundredths, place, proof, *self.entry(index)


@pytest.fixture(scope="module")
def sensor(cold_chain):
    sent = cold_chain.registerSensor(CADENCE, today() + 365, CERTIFICATE, by(SENSORS))
    return event_of(sent, "SensorRegistered")["sensor"]


@pytest.fixture(scope="module")
def consignment(cold_chain, sensor, whole):
    """All of the lot under the sensor's eye, by its manufacturer."""
    sent = cold_chain.startConsignment(sensor, whole, by(MANUFACTURER))
    return event_of(sent, "ConsignmentStarted")["consignment"]


@pytest.fixture
def log(cold_chain, sensor):
    return SensorLog(cold_chain, sensor)
