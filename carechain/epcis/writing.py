"""Writes events as an EPCIS 2.0 document in JSON-LD. Read again, it gives equal events, and so equal hashes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import simplejson

from carechain.epcis.events import (
    ErrorDeclaration,
    Event,
    EventKind,
    Extension,
    PersistentDisposition,
    Place,
    Quantity,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Typed,
)
from carechain.epcis.fields import TEXT
from carechain.epcis.json_shape import CONTEXT
from carechain.epcis.vocabulary import PREFIXES
from carechain.errors import CarechainError


def to_json(events: Sequence[Event], created: datetime) -> bytes:
    """An EPCISDocument of the events, in UTF-8. `created` is aware.

    Raises CarechainError where there are no events: such a document is not valid.
    """
    if not events:
        raise CarechainError("A document without events", "cannot be written", "give at least one event")
    names = _Names()
    listed = [_Writer(names).event(each) for each in events]
    declared: list[Any] = [CONTEXT, *({prefix: namespace} for namespace, prefix in names.declared.items())]
    document = {
        "@context": declared,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.isoformat(),
        "epcisBody": {"eventList": listed},
    }
    return simplejson.dumps(document, indent=2, use_decimal=True, ensure_ascii=False).encode() + b"\n"


class _Names:
    """Gives each namespace a prefix: that of GS1's context, else one of its own."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}
        self._known = {namespace: prefix for prefix, namespace in PREFIXES.items()}

    def short(self, name: str) -> str:
        namespace, closed, local = name.removeprefix("{").partition("}")
        if not closed or not name.startswith("{"):
            return name
        prefix = self._known.get(namespace)
        if prefix is None:
            prefix = self.declared.setdefault(namespace, f"ns{len(self.declared) + 1}")
        return f"{prefix}:{local}"


class _Writer:
    def __init__(self, names: _Names) -> None:
        self._names = names

    def event(self, event: Event) -> dict[str, Any]:
        child = event.kind in (EventKind.AGGREGATION, EventKind.ASSOCIATION)
        return _present(
            {
                "type": event.kind.value,
                "eventID": event.event_id,
                "eventTime": event.time,
                "eventTimeZoneOffset": event.offset,
                "recordTime": event.record_time,
                "errorDeclaration": self._error(event.error_declaration),
                "certificationInfo": list(event.certification_info),
                "action": event.action.value if event.action else None,
                "parentID": event.parent,
                "childEPCs" if child else "epcList": list(event.epcs),
                "childQuantityList" if child else "quantityList": _quantities(event.quantities),
                "inputEPCList": list(event.inputs),
                "inputQuantityList": _quantities(event.input_quantities),
                "outputEPCList": list(event.outputs),
                "outputQuantityList": _quantities(event.output_quantities),
                "transformationID": event.transformation_id,
                "bizStep": event.biz_step,
                "disposition": event.disposition,
                "persistentDisposition": _persistent(event.persistent_disposition),
                "readPoint": self._place(event.read_point),
                "bizLocation": self._place(event.biz_location),
                "bizTransactionList": _typed("bizTransaction", event.biz_transactions),
                "sourceList": _typed("source", event.sources),
                "destinationList": _typed("destination", event.destinations),
                "sensorElementList": [self._sensor(each) for each in event.sensors],
                "ilmd": self._extensions(event.ilmd),
            },
            self._extensions(event.extensions),
        )

    def _place(self, place: Place | None) -> dict[str, Any] | None:
        return _present({"id": place.id}, self._extensions(place.extensions)) if place else None

    def _error(self, error: ErrorDeclaration | None) -> dict[str, Any] | None:
        if error is None:
            return None
        known = {
            "declarationTime": error.time,
            "reason": error.reason,
            "correctiveEventIDs": list(error.corrective_event_ids),
        }
        return _present(known, self._extensions(error.extensions))

    def _sensor(self, sensor: SensorElement) -> dict[str, Any]:
        known = {
            "sensorMetadata": self._metadata(sensor.metadata),
            "sensorReport": [self._report(each) for each in sensor.reports],
        }
        return _present(known, self._extensions(sensor.extensions))

    def _metadata(self, data: SensorMetadata) -> dict[str, Any]:
        known = {
            "time": data.time,
            "startTime": data.start_time,
            "endTime": data.end_time,
            "deviceID": data.device_id,
            "deviceMetadata": data.device_metadata,
            "rawData": data.raw_data,
            "dataProcessingMethod": data.data_processing_method,
            "bizRules": data.biz_rules,
        }
        return _present(known, self._extensions(data.extensions))

    def _report(self, report: SensorReport) -> dict[str, Any]:
        known = {
            "type": report.type,
            "exception": report.exception,
            "deviceID": report.device_id,
            "deviceMetadata": report.device_metadata,
            "rawData": report.raw_data,
            "dataProcessingMethod": report.data_processing_method,
            "bizRules": report.biz_rules,
            "time": report.time,
            "microorganism": report.microorganism,
            "chemicalSubstance": report.chemical_substance,
            "value": report.value,
            "component": report.component,
            "stringValue": report.string_value,
            "booleanValue": report.boolean_value,
            "hexBinaryValue": report.hex_binary_value,
            "uriValue": report.uri_value,
            "minValue": report.min_value,
            "maxValue": report.max_value,
            "meanValue": report.mean_value,
            "sDev": report.s_dev,
            "percRank": report.perc_rank,
            "percValue": report.perc_value,
            "uom": report.uom,
            "coordinateReferenceSystem": report.coordinate_reference_system,
        }
        return _present(known, self._extensions(report.extensions))

    def _extensions(self, extensions: Iterable[Extension]) -> dict[str, Any]:
        grouped: dict[str, list[Any]] = {}
        for each in extensions:
            grouped.setdefault(self._names.short(each.name), []).append(self._extension(each))
        return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}

    def _extension(self, extension: Extension) -> Any:
        inner = self._extensions(extension.children)
        if not inner:
            return extension.text
        return {TEXT: extension.text, **inner} if extension.text else inner


def _quantities(quantities: Iterable[Quantity]) -> list[dict[str, Any]]:
    return [_present({"epcClass": q.epc_class, "quantity": q.quantity, "uom": q.uom}) for q in quantities]


def _typed(name: str, items: Iterable[Typed]) -> list[dict[str, Any]]:
    return [_present({"type": each.kind, name: each.id}) for each in items]


def _persistent(disposition: PersistentDisposition | None) -> dict[str, Any] | None:
    if disposition is None:
        return None
    return _present({"set": list(disposition.set), "unset": list(disposition.unset)})


def _present(known: dict[str, Any], others: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is there: EPCIS has no null, and no empty lists or objects where it can leave them out."""
    found = {name: _plain(value) for name, value in known.items() if value is not None and value not in ([], {})}
    return {**found, **(others or {})}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
