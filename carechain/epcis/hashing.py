"""The canonical hash of an event: the event hash id of CBV 2.0.

The library epcis-event-hash-generator makes the text that is hashed. It is given the event's values in its own form,
not the file: its readers look for words by likeness, remember prefixes from one document to the next, would fetch
contexts from the network, and write True for true. So an event has one hash, in JSON-LD and in XML.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from carechain.epcis import vocabulary as words
from carechain.epcis.events import Event, EventKind, Extension, Place, Quantity, SensorElement, SensorReport, Typed
from carechain.errors import CarechainError

_PATH = list(sys.path)
from epcis_event_hash_generator import dl_normaliser, hash_generator  # type: ignore[import-untyped]  # noqa: E402

sys.path[:] = _PATH  # the library puts its own folder in front, where it would hide the project's modules

# The library logs every value through the root logger, and logging configures that one on first use.
_SILENT = logging.Logger("carechain.epcis.hashing", logging.CRITICAL + 1)
for _module in (dl_normaliser, hash_generator):
    _module.logging = _SILENT

_Element = tuple[Any, ...]
"""The library's form of an element: name, text, and a list of such elements."""

_COMMENT = "{http://www.w3.org/2000/01/rdf-schema#}comment"
_ALGORITHMS = {"sha-256": "sha256", "sha3-256": "sha3-256", "sha-384": "sha384", "sha-512": "sha512"}


def event_hash(event: Event, algorithm: str = "sha-256") -> str:
    """The hash as an ni URI, "ni:///sha-256;<hex>?ver=CBV2.0". It leaves out the event's id, record time, and error
    declaration. Raises CarechainError for an algorithm that CBV 2.0 does not name, and for an event that cannot be
    hashed."""
    if algorithm not in _ALGORITHMS:
        raise CarechainError(event.place, "has a hash of an unknown kind", f"use one of {', '.join(_ALGORITHMS)}")
    hashes: list[str] = hash_generator.calculate_hashes_from_pre_hashes([prehash(event)], _ALGORITHMS[algorithm])
    return hashes[0]


def prehash(event: Event) -> str:
    """The text that is hashed. Raises CarechainError where the library cannot make one: it drops such an event."""
    listed = ("EventList", "", [(event.kind.value, "", _elements(event))])
    texts: list[str] = hash_generator.derive_prehashes_from_events(listed)
    if not texts:
        raise CarechainError(event.place, "cannot be hashed", "write its numbers plainly")
    return texts[0]


def _elements(event: Event) -> list[_Element]:
    parts: list[_Element] = [
        *_text("eventTime", event.time),
        *_text("eventTimeZoneOffset", event.offset),
        *(part for each in event.certification_info for part in _text("certificationInfo", each)),
        *_text("parentID", event.parent),
        *_text("action", event.action.value if event.action else None),
        *_text("transformationID", event.transformation_id),
        *_text("bizStep", event.biz_step and words.BIZ_STEPS.full(event.biz_step)),
        *_text("disposition", event.disposition and words.DISPOSITIONS.full(event.disposition)),
        *_place("readPoint", event.read_point),
        *_place("bizLocation", event.biz_location),
        *_typed("bizTransaction", event.biz_transactions, words.TRANSACTION_TYPES),
        *_typed("source", event.sources, words.PARTY_TYPES),
        *_typed("destination", event.destinations, words.PARTY_TYPES),
        *_list("sensorElementList", map(_sensor, event.sensors)),
        *_list("ilmd", _extensions(event.ilmd)),
        *_extensions(event.extensions),
    ]
    grouped = event.kind in (EventKind.AGGREGATION, EventKind.ASSOCIATION)
    for name, epcs in (
        ("childEPCs" if grouped else "epcList", event.epcs),
        ("inputEPCList", event.inputs),
        ("outputEPCList", event.outputs),
    ):
        parts += _list(name, (part for each in epcs for part in _text("epc", each)))
    for name, quantities in (
        ("childQuantityList" if grouped else "quantityList", event.quantities),
        ("inputQuantityList", event.input_quantities),
        ("outputQuantityList", event.output_quantities),
    ):
        parts += _list(name, map(_quantity, quantities))
    if event.persistent_disposition:
        full = words.DISPOSITIONS.full
        parts += _list(
            "persistentDisposition",
            [
                *(part for each in event.persistent_disposition.set for part in _text("set", full(each))),
                *(part for each in event.persistent_disposition.unset for part in _text("unset", full(each))),
            ],
        )
    return parts


def _text(name: str, value: str | bool | Decimal | datetime | None) -> list[_Element]:
    if value is None:
        return []
    if isinstance(value, datetime):
        return [(name, _instant(value), [])]
    return [(name, ("true" if value else "false") if isinstance(value, bool) else str(value), [])]


def _list(name: str, elements: Iterable[_Element]) -> list[_Element]:
    found = list(elements)
    return [(name, "", found)] if found else []


def _quantity(quantity: Quantity) -> _Element:
    parts = [
        *_text("epcClass", quantity.epc_class),
        *_text("quantity", quantity.quantity),
        *_text("uom", quantity.uom),
    ]
    return ("quantityElement", "", parts)


def _place(name: str, place: Place | None) -> list[_Element]:
    return _list(name, [*_text("id", place.id), *_extensions(place.extensions)]) if place else []


def _typed(name: str, items: tuple[Typed, ...], types: words.Words) -> list[_Element]:
    """The library wants type and value as a pair, and a value without type as an element."""
    found: list[_Element] = []
    for item in items:
        value: _Element = (name, item.id, [])
        found.append((("type", types.full(item.kind), []), value) if item.kind else value)
    return _list(f"{name}List", found)


def _sensor(sensor: SensorElement) -> _Element:
    data = sensor.metadata
    metadata = [
        *_text("time", data.time),
        *_text("startTime", data.start_time),
        *_text("endTime", data.end_time),
        *_text("deviceID", data.device_id),
        *_text("deviceMetadata", data.device_metadata),
        *_text("rawData", data.raw_data),
        *_text("dataProcessingMethod", data.data_processing_method),
        *_text("bizRules", data.biz_rules),
        *_extensions(data.extensions),
    ]
    reports = [("sensorReport", "", _report(each)) for each in sensor.reports]
    return ("sensorElement", "", [*_list("sensorMetadata", metadata), *reports, *_extensions(sensor.extensions)])


def _report(report: SensorReport) -> list[_Element]:
    return [
        *_text("type", report.type and words.MEASUREMENTS.full(report.type)),
        *_text("exception", report.exception and words.MEASUREMENTS.full(report.exception)),
        *_text("deviceID", report.device_id),
        *_text("deviceMetadata", report.device_metadata),
        *_text("rawData", report.raw_data),
        *_text("dataProcessingMethod", report.data_processing_method),
        *_text("bizRules", report.biz_rules),
        *_text("time", report.time),
        *_text("microorganism", report.microorganism),
        *_text("chemicalSubstance", report.chemical_substance),
        *_text("value", report.value),
        *_text("component", report.component and words.COMPONENTS.full(report.component)),
        *_text("stringValue", report.string_value),
        *_text("booleanValue", report.boolean_value),
        *_text("hexBinaryValue", report.hex_binary_value),
        *_text("uriValue", report.uri_value),
        *_text("minValue", report.min_value),
        *_text("maxValue", report.max_value),
        *_text("meanValue", report.mean_value),
        *_text("sDev", report.s_dev),
        *_text("percRank", report.perc_rank),
        *_text("percValue", report.perc_value),
        *_text("uom", report.uom),
        *_text("coordinateReferenceSystem", report.coordinate_reference_system),
        *_extensions(report.extensions),
    ]


def _extensions(extensions: tuple[Extension, ...]) -> list[_Element]:
    return [(each.name, each.text, _extensions(each.children)) for each in extensions if each.name != _COMMENT]


def _instant(time: datetime) -> str:
    """In UTC, in milliseconds: up from half of one, even into the next second. The library would round a half to the
    even side, which the rule does not, and fails where the next second begins."""
    utc = time.astimezone(UTC) + timedelta(microseconds=500)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
