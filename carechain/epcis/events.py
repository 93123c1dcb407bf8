"""EPCIS events as plain values, the same whether they came as JSON-LD or XML, in EPCIS 1.2 or 2.0.

Names follow the EPCIS 2.0 standard, section 7.4. Words of the Core Business Vocabulary (CBV 2.0) are bare ("shipping",
"in_transit", "po", "Temperature"), words of one's own are full URIs. Identifiers stay the URIs that they were;
carechain.gs1.identifiers tells what they name. Values may name patients' packs: they are not for logs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

CBV_MASTER_DATA = "urn:epcglobal:cbv:mda:"
"""The namespace of the CBV's facts about a lot (CBV 2.0) as JSON-LD writes it."""

_CBV_MASTER_DATA = ("urn:epcglobal:cbv:mda:", "urn:epcglobal:cbv:mda", "urn:epcglobal:cbv:mda#")


class EventKind(Enum):
    """The five types of event, by their names in the standard."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"


class Action(Enum):
    """How an event bears on what it names: begins, observes, or ends it. A transformation has none."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


@dataclass(frozen=True)
class Extension:
    """An element that the standard leaves to others. `name` is "{namespace}local", or bare within another extension.

    It holds text, or further elements, or both. A list is several of one name. True is "true", numbers are text.
    """

    name: str
    text: str = ""
    children: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """An amount of a class, such as a lot. Without a unit of measure (UN/ECE Rec. 20) it counts instances."""

    epc_class: str
    quantity: Decimal | None = None
    uom: str | None = None


@dataclass(frozen=True)
class Place:
    """Where an event happened (readPoint) or things are since (bizLocation)."""

    id: str
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class Typed:
    """A business transaction, a source or a destination: its type (a CBV word or URI, if given) and its URI."""

    kind: str | None
    id: str


@dataclass(frozen=True)
class PersistentDisposition:
    """What is so from now on, or no longer: CBV words or URIs."""

    set: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()


@dataclass(frozen=True)
class SensorMetadata:
    """What all reports of a sensor element share; its times are aware."""

    time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    device_id: str | None = None
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class SensorReport:
    """One measurement, or a summary of many. Its values are in the unit `uom` (UN/ECE Rec. 20: CEL, FAH, KEL, A93…)."""

    type: str | None = None
    exception: str | None = None
    device_id: str | None = None
    device_metadata: str | None = None
    raw_data: str | None = None
    data_processing_method: str | None = None
    biz_rules: str | None = None
    time: datetime | None = None
    microorganism: str | None = None
    chemical_substance: str | None = None
    value: Decimal | None = None
    component: str | None = None
    string_value: str | None = None
    boolean_value: bool | None = None
    hex_binary_value: str | None = None
    uri_value: str | None = None
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    mean_value: Decimal | None = None
    s_dev: Decimal | None = None
    perc_rank: Decimal | None = None
    perc_value: Decimal | None = None
    uom: str | None = None
    coordinate_reference_system: str | None = None
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class SensorElement:
    """The reports of a sensor and what they share."""

    metadata: SensorMetadata
    reports: tuple[SensorReport, ...]
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class ErrorDeclaration:
    """Says of an event that it was wrong, and by which events it is corrected."""

    time: datetime
    reason: str | None = None
    corrective_event_ids: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True)
class Event:
    """One event. `place` is "file: eventList[0]", for messages, and does not count when events are compared.

    `time` and `record_time` are aware; `offset` is the local one ("+01:00"). `epcs` and `quantities` are the objects of
    the event, and the children of an aggregation or association; a transformation has inputs and outputs instead.
    `hash` is the canonical one (CBV 2.0, event hash id). `expiry` and `produced` raise ValueError for a text that is no
    date, which no document that was read has. What cannot be in a kind of event is empty or None.
    """

    place: str = field(compare=False)
    kind: EventKind
    event_id: str | None
    time: datetime
    offset: str
    record_time: datetime | None = None
    action: Action | None = None
    epcs: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    parent: str | None = None
    inputs: tuple[str, ...] = ()
    input_quantities: tuple[Quantity, ...] = ()
    outputs: tuple[str, ...] = ()
    output_quantities: tuple[Quantity, ...] = ()
    transformation_id: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    persistent_disposition: PersistentDisposition | None = None
    read_point: Place | None = None
    biz_location: Place | None = None
    biz_transactions: tuple[Typed, ...] = ()
    sources: tuple[Typed, ...] = ()
    destinations: tuple[Typed, ...] = ()
    sensors: tuple[SensorElement, ...] = ()
    ilmd: tuple[Extension, ...] = ()
    error_declaration: ErrorDeclaration | None = None
    certification_info: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    hash: str = ""

    def master_data(self, name: str) -> str | None:
        """A fact of the event's ilmd by its CBV name, such as "lotNumber"; None if it has none."""
        wanted = {f"{{{namespace}}}{name}" for namespace in _CBV_MASTER_DATA}
        return next((each.text for each in self.ilmd if each.name in wanted and each.text), None)

    @property
    def lot(self) -> str | None:
        """The lot number of what the event commissions (CBV 2.0, lotNumber)."""
        return self.master_data("lotNumber")

    @property
    def expiry(self) -> date | None:
        """The day until which it may be used (CBV 2.0, itemExpirationDate)."""
        return _day(self.master_data("itemExpirationDate"))

    @property
    def produced(self) -> date | None:
        """The day it was made (CBV 2.0, productionDate or manufactureDate)."""
        return _day(self.master_data("productionDate") or self.master_data("manufactureDate"))


@dataclass(frozen=True)
class Document:
    """A document without findings: its events in their order. `name` is the file's, for messages."""

    name: str
    schema_version: str
    created: datetime | None
    events: tuple[Event, ...]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None
