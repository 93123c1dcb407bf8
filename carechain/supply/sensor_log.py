"""ColdChain from Python: sensors, consignments, and what a sensor's log has.

A log is rebuilt from the events alone, and trusted only when its root is the one the contract has. Times are Unix
seconds, days are counted from 1970-01-01 (UTC), temperatures are hundredths of a degree Celsius.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from web3.contract.contract import ContractFunction

from carechain.chain import Chain, Event, Sender, Sent
from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree
from carechain.supply.temperature import Reading, batch_root
from carechain.supply.words import ReadingsBatch

CONTRACT = "ColdChain"
_READINGS, _EXPOSURE = 0, 1
"""The first byte of an entry."""


@dataclass(frozen=True)
class Sensor:
    """A sensor as it stands. `until` is the time of its last reading on record, or when it was registered; `cadence`
    the seconds within which the next has to follow; `calibrated_until` the last day of its calibration."""

    number: int
    operator: int
    until: int
    cadence: int
    calibrated_until: int
    retired: bool


@dataclass(frozen=True)
class Consignment:
    """Units under a sensor's eye. `until` is exclusive, and 0 while it goes on; `judged` are the entries of the
    sensor's log that an inspector has judged for it, and `judged_at` is when."""

    number: int
    sensor: int
    lot: int
    first: int
    end: int
    started_by: int
    since: int
    until: int
    low: int
    high: int
    judged: int
    judged_at: int = 0

    def lasts_at(self, at: int) -> bool:
        return self.since <= at and (self.until == 0 or at < self.until)

    def has_units_of(self, first: int, end: int) -> bool:
        return first < self.end and self.first < end


@dataclass(frozen=True)
class AnchoredBatch:
    """An entry that commits to readings; `content` is its 60 bytes, `at` the time of its block."""

    index: int
    at: int
    since: int
    until: int
    count: int
    gap: int
    root: bytes
    content: bytes


@dataclass(frozen=True)
class ExposureFacts:
    """What is attested of a consignment: temperatures are 16 bits wide, `report` is the hash of the report."""

    entries: int
    mean_kinetic: int
    lowest: int
    highest: int
    within: bool
    report: bytes

    def arguments(self) -> tuple[Any, ...]:
        """As ColdChain takes them."""
        return self.entries, self.mean_kinetic, self.lowest, self.highest, self.within, self.report


@dataclass(frozen=True)
class AttestedExposure:
    """An entry that attests an exposure; `content` is its 69 bytes, `at` the time of its block."""

    index: int
    at: int
    by: int
    consignment: int
    facts: ExposureFacts
    content: bytes


LogEntry = AnchoredBatch | AttestedExposure


@dataclass(frozen=True)
class ReadingProof:
    """That a reading is in a batch, and the batch in the log (RFC 9162 section 2.1.3)."""

    reading: Reading
    place: int
    path: tuple[bytes, ...]
    entry: LogEntry
    entry_path: tuple[bytes, ...]


@dataclass(frozen=True)
class EntryProof:
    """That an entry is in the log (RFC 9162 section 2.1.3)."""

    entry: LogEntry
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Silence:
    """Nothing to prove: the contract knows itself how long nothing has come. `since` is the last time known."""

    since: int


Evidence = ReadingProof | EntryProof | Silence


class SensorLog:
    """The contract, asked and written to. Every method raises as Chain's do."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._contract = chain.contract(CONTRACT)
        self._functions = self._contract.functions

    @property
    def address(self) -> str:
        return str(self._contract.address)

    # ------------------------------------------------------------------ answers

    def sensor(self, number: int) -> Sensor:
        """Raises CarechainError if there is none of this number."""
        operator, until, cadence, calibrated, retired = self._ask(self._functions.sensorOf(number), "reading a sensor")
        if operator == 0:
            raise CarechainError(f"Sensor {number}", "is not registered", "see: brownie run cold_chain list")
        return Sensor(number, operator, until, cadence, calibrated, retired)

    def sensors(self) -> list[Sensor]:
        count = self._ask(self._functions.sensorCount(), "counting sensors")
        return [self.sensor(number) for number in range(1, count + 1)]

    def registered_as(self, operator: int, cadence: int, calibrated_until: int, certificate: bytes) -> int | None:
        """The sensor in use that an operator has registered in these very words; None if there is none."""
        terms = {"cadence": cadence, "calibratedUntil": calibrated_until, "certificate": certificate}
        for event in self.chain.events(CONTRACT, ("SensorRegistered",), {"operator": operator}):
            number = int(event.values["sensor"])
            if terms.items() <= event.values.items() and not self.sensor(number).retired:
                return number
        return None

    def is_calibrated(self, sensor: Sensor, until: int, certificate: bytes) -> bool:
        """Whether the sensor's calibration on record is this very one."""
        names = ("SensorRegistered", "SensorCalibrated")
        *_, last = self.chain.events(CONTRACT, names, {"sensor": sensor.number})
        return (sensor.calibrated_until, bytes(last.values["certificate"])) == (until, certificate)

    def consignment(self, number: int) -> Consignment:
        """Raises CarechainError if there is none of this number."""
        if not 0 < number <= self._consignment_count():
            raise CarechainError(f"Consignment {number}", "was not started", "see: brownie run cold_chain list")
        fields = self._ask(self._functions.consignmentOf(number), "reading a consignment")
        return Consignment(number, *fields)

    def consignments(self) -> list[Consignment]:
        return [self.consignment(number) for number in range(1, self._consignment_count() + 1)]

    def under_way(self, sensor: int, lot: int, first: int, end: int, by: int) -> int | None:
        """The consignment of these very units that an organisation has started and nobody has ended; None if there is
        none."""
        terms = {"first": first, "end": end, "by": by}
        for event in self.chain.events(CONTRACT, ("ConsignmentStarted",), {"sensor": sensor, "lot": lot}):
            number = int(event.values["consignment"])
            if terms.items() <= event.values.items() and self.consignment(number).until == 0:
                return number
        return None

    def _consignment_count(self) -> int:
        return int(self._ask(self._functions.consignmentCount(), "counting consignments"))

    def entries(self, sensor: int) -> list[LogEntry]:
        """Every entry of a sensor's log, first to last, as of the latest block.

        Raises CarechainError unless they give the root that the contract has: then none is missing or altered.
        """
        block = self.chain.latest_block()
        logged = self.chain.events(CONTRACT, ("ReadingsAnchored",), {"sensor": sensor}, block)
        started = self.chain.events(CONTRACT, ("ConsignmentStarted",), {"sensor": sensor}, block)
        if started:
            of_sensor = [event.values["consignment"] for event in started]
            logged += self.chain.events(CONTRACT, ("ExposureAttested",), {"consignment": of_sensor}, block)
        entries = sorted((_entry(event, sensor) for event in logged), key=lambda entry: entry.index)
        size, root = self._ask(self._functions.logOf(sensor), "reading a sensor's log", block)
        if len(entries) != size or tree_of(entries).root() != bytes(root):
            raise CarechainError(f"The log of sensor {sensor}", "is not what its entries make", "ask another node")
        return entries

    # ------------------------------------------------------------------ writing

    def register(self, cadence: int, calibrated_until: int, certificate: bytes, sender: Sender) -> tuple[Sent, int]:
        """The transaction, and the sensor's number."""
        call = self._functions.registerSensor(cadence, calibrated_until, certificate)
        sent = self.chain.send(call, sender, "register a sensor")
        return sent, self._told(sent, "SensorRegistered", "sensor")

    def calibrate(self, sensor: int, until: int, certificate: bytes, sender: Sender) -> Sent:
        """Records a calibration that is valid until a day."""
        call = self._functions.calibrateSensor(sensor, until, certificate)
        return self.chain.send(call, sender, "record a calibration")

    def retire(self, sensor: int, sender: Sender) -> Sent:
        """Takes a sensor out of use, for ever."""
        return self.chain.send(self._functions.retireSensor(sensor), sender, "retire a sensor")

    def start(self, sensor: int, interval: int, sender: Sender) -> tuple[Sent, int]:
        """The transaction, and the consignment's number."""
        sent = self.chain.send(self._functions.startConsignment(sensor, interval), sender, "start a consignment")
        return sent, self._told(sent, "ConsignmentStarted", "consignment")

    def end(self, consignment: int, interval: int, sender: Sender) -> Sent:
        return self.chain.send(self._functions.endConsignment(consignment, interval), sender, "end a consignment")

    def attempt(self, sensor: int, readings: Sequence[Reading], sender: Sender) -> None:
        """Whether `anchor` would be refused, without sending anything: raises as it does."""
        self.chain.attempt(self._anchoring(sensor, readings), sender, f"anchor {len(readings):,} readings")

    def anchor(self, sensor: int, readings: Sequence[Reading], sender: Sender) -> Sent:
        """Commits to one batch, of at least one reading."""
        return self.chain.send(self._anchoring(sensor, readings), sender, f"anchor {len(readings):,} readings")

    def attest(self, consignment: int, facts: ExposureFacts, sender: Sender) -> Sent:
        call = self._functions.attestExposure(consignment, facts.arguments())
        return self.chain.send(call, sender, "attest an exposure")

    def prove(self, consignment: int, interval: int, evidence: Evidence, sender: Sender) -> Sent:
        """Puts an interval on hold."""
        if isinstance(evidence, Silence):
            call = self._functions.reportSilence(consignment, interval)
            return self.chain.send(call, sender, "report silence")
        if isinstance(evidence, EntryProof):
            entry = evidence.entry
            call = self._functions.proveEntry(consignment, interval, entry.content, entry.index, [*evidence.path])
            return self.chain.send(call, sender, "prove an entry")
        reading, entry = evidence.reading, evidence.entry
        inner = (reading.at, reading.celsius_hundredths, evidence.place, [*evidence.path])
        proof = (*inner, entry.content, entry.index, [*evidence.entry_path])
        return self.chain.send(self._functions.proveExcursion(consignment, interval, proof), sender, "prove a reading")

    def judge(self, consignment: int, entries: int, report: bytes, sender: Sender) -> Sent:
        call = self._functions.judgeReadings(consignment, entries, report)
        return self.chain.send(call, sender, f"judge {entries:,} entries")

    def _anchoring(self, sensor: int, readings: Sequence[Reading]) -> ContractFunction:
        first, last = readings[0].at, readings[-1].at
        return self._functions.anchorReadings(sensor, first, last, len(readings), batch_root(readings))

    def _told(self, sent: Sent, event: str, argument: str) -> int:
        events = self.chain.events(CONTRACT, (event,), {}, sent.block, sent.block)
        return next(int(each.values[argument]) for each in events if each.transaction == sent.hash)

    def _ask(self, call: ContractFunction, what: str, block: int | None = None) -> Any:
        return self.chain.ask(call, what, block)


def tree_of(entries: Sequence[LogEntry]) -> MerkleTree:
    """The log's tree (RFC 9162)."""
    return MerkleTree(entry.content for entry in entries)


def prove_entry(entries: Sequence[LogEntry], entry: LogEntry) -> EntryProof:
    """That the entry is in the log of these entries."""
    return EntryProof(entry, tree_of(entries).inclusion_proof(entry.index))


def prove_reading(
    entries: Sequence[LogEntry], batch: AnchoredBatch, readings: Sequence[Reading], place: int
) -> ReadingProof:
    """That the reading at a place of the batch, whose readings these are, is in the log of these entries."""
    path = MerkleTree(reading.to_bytes() for reading in readings).inclusion_proof(place)
    return ReadingProof(readings[place], place, path, batch, tree_of(entries).inclusion_proof(batch.index))


def _entry(event: Event, sensor: int) -> LogEntry:
    """As IColdChain packs an entry: fixed widths, the high byte first."""
    values, at = event.values, event.timestamp
    if event.name == "ReadingsAnchored":
        batch = ReadingsBatch.of_event(values["batch"])
        root = bytes(values["root"])
        head = _packed((_READINGS, 1), (sensor, 4), (at, 5), (batch.since, 5), (batch.until, 5))
        content = head + _packed((batch.count, 4), (batch.gap, 4)) + root
        return AnchoredBatch(batch.index, at, batch.since, batch.until, batch.count, batch.gap, root, content)
    told = values["exposure"]
    facts = ExposureFacts(
        told["entries"], told["meanKinetic"], told["lowest"], told["highest"], told["within"], bytes(told["report"])
    )
    by, consignment = values["by"], values["consignment"]
    head = _packed((_EXPOSURE, 1), (sensor, 4), (at, 5), (by, 4), (consignment, 8), (facts.entries, 8))
    temperatures = _packed((facts.mean_kinetic, 2), (facts.lowest, 2), (facts.highest, 2))
    content = head + temperatures + _packed((facts.within, 1)) + facts.report
    return AttestedExposure(values["index"], at, by, consignment, facts, content)


def _packed(*numbers: tuple[int, int]) -> bytes:
    """Numbers of so many bytes each; below zero as two's complement."""
    return b"".join(int(number).to_bytes(width, "big", signed=number < 0) for number, width in numbers)
