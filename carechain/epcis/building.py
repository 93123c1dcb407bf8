"""Makes an Event of the fields of one, in the shape of JSON-LD, and finds what the standard forbids about its form.

EPCIS 2.0, section 7.4 (the kinds of event) and GS1's JSON schema of it. What the values mean, such as
check digits, is for carechain.epcis.checks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from carechain.epcis import vocabulary as words
from carechain.epcis.events import (
    Action,
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
from carechain.epcis.fields import Fields, Findings

KINDS = {kind.value: kind for kind in EventKind}
_OFFSET = re.compile(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)", re.ASCII)
# Stands in an event whose time is missing or wrong until it is thrown away: a finding says so.
_UNKNOWN = datetime.max.replace(tzinfo=UTC)
_UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+", re.ASCII)


def build(value: Any, place: str, findings: Findings) -> Event | None:
    """The event, without its hash; None where it lacks what no event can do without. Findings tell of every defect."""
    before = len(findings.found)
    fields = Fields(value, place, findings)
    kind = _kind(fields)
    if kind is None:
        return None
    for name in ("eventTime", "eventTimeZoneOffset"):
        fields.need(name)
    time, offset = fields.time("eventTime"), _offset(fields)
    action = _action(fields, kind)
    has_sensors = bool(fields.has("sensorElementList"))
    what = _what(fields, kind)
    event = Event(
        place=place,
        kind=kind,
        event_id=fields.uri("eventID"),
        time=time or _UNKNOWN,
        offset=offset or "",
        record_time=fields.time("recordTime"),
        action=action,
        biz_step=fields.word("bizStep", words.BIZ_STEPS),
        disposition=fields.word("disposition", words.DISPOSITIONS),
        persistent_disposition=_persistent(fields),
        read_point=_place(fields, "readPoint"),
        biz_location=_place(fields, "bizLocation"),
        biz_transactions=_typed(fields, "bizTransaction", words.TRANSACTION_TYPES),
        sources=_typed(fields, "source", words.PARTY_TYPES),
        destinations=_typed(fields, "destination", words.PARTY_TYPES),
        sensors=tuple(_sensor(each) for each in fields.objects("sensorElementList")),
        ilmd=_ilmd(fields, kind, action),
        error_declaration=_error(fields),
        certification_info=_certification(fields),
        extensions=fields.rest(),
        **what,
    )
    _require_objects(fields, event, has_sensors)
    return event if len(findings.found) == before else None


def _kind(fields: Fields) -> EventKind | None:
    fields.need("type")
    text = fields.text("type")
    kind = KINDS.get(text) if text else None
    if text and kind is None:
        fields.add("type", "is not a type of event", f"use one of {', '.join(KINDS)}")
    return kind


def _offset(fields: Fields) -> str | None:
    text = fields.text("eventTimeZoneOffset")
    if text and not _OFFSET.fullmatch(text):
        fields.add("eventTimeZoneOffset", "is not an offset from -14:00 to +14:00", "write it as +01:00")
        return None
    return text


def _action(fields: Fields, kind: EventKind) -> Action | None:
    if kind is EventKind.TRANSFORMATION:
        return None
    fields.need("action")
    text = fields.text("action")
    if text is None:
        return None
    if text not in Action.__members__:
        fields.add("action", "is not ADD, OBSERVE or DELETE", "use one of the three")
        return None
    return Action(text)


def _what(fields: Fields, kind: EventKind) -> dict[str, Any]:
    """What the event is about, by the names of the event's fields."""
    if kind is EventKind.TRANSFORMATION:
        return {
            "inputs": fields.uris("inputEPCList"),
            "input_quantities": _quantities(fields, "inputQuantityList"),
            "outputs": fields.uris("outputEPCList"),
            "output_quantities": _quantities(fields, "outputQuantityList"),
            "transformation_id": fields.uri("transformationID"),
        }
    if kind in (EventKind.AGGREGATION, EventKind.ASSOCIATION):
        epcs, quantities = "childEPCs", "childQuantityList"
    else:
        epcs, quantities = "epcList", "quantityList"
    parent = None if kind is EventKind.OBJECT else fields.uri("parentID")
    return {"epcs": fields.uris(epcs), "quantities": _quantities(fields, quantities), "parent": parent}


def _require_objects(fields: Fields, event: Event, has_sensors: bool) -> None:
    """EPCIS 2.0, section 7.4: what may be left out, and where."""
    children = bool(event.epcs or event.quantities)
    if event.kind is EventKind.OBJECT and not children:
        if not has_sensors:
            fields.add("epcList", "and quantityList are both missing or empty", "name what the event is about")
        elif event.read_point is None:
            fields.add("readPoint", "is missing", "name the place that the sensors tell of, or the objects")
    elif event.kind in (EventKind.AGGREGATION, EventKind.ASSOCIATION):
        if event.parent is None and (event.action is not Action.OBSERVE or event.kind is EventKind.ASSOCIATION):
            fields.add("parentID", "is missing", "name what the children belong to")
        if not children and event.action is not Action.DELETE:
            fields.add("childEPCs", "and childQuantityList are both missing or empty", "name the children")
    elif event.kind is EventKind.TRANSACTION:
        if not children and event.parent is None and not (event.action is Action.DELETE or has_sensors):
            fields.add("epcList", "and quantityList are both missing or empty", "name what the event is about")
        if not event.biz_transactions:
            fields.add("bizTransactionList", "is missing or empty", "name the transaction")
    elif event.kind is EventKind.TRANSFORMATION:
        inputs, outputs = event.inputs or event.input_quantities, event.outputs or event.output_quantities
        if event.transformation_id is None:
            if not inputs:
                fields.add("inputEPCList", "and inputQuantityList are both missing or empty", "name what was used up")
            if not outputs:
                fields.add("outputEPCList", "and outputQuantityList are both missing or empty", "name what was made")
        elif not inputs and not outputs:
            fields.add("inputEPCList", "and all other lists are missing or empty", "name what was used up or made")


def _quantities(fields: Fields, name: str) -> tuple[Quantity, ...]:
    found = []
    for each in fields.objects(name):
        each.need("epcClass")
        has_quantity = each.has("quantity")
        quantity = Quantity(each.uri("epcClass") or "", each.number("quantity"), each.text("uom"))
        if quantity.quantity is not None and quantity.quantity < 0:
            each.add("quantity", "is below zero", "give how much there is")
        if quantity.uom and not _UOM.fullmatch(quantity.uom):
            each.add("uom", "is not a unit of UN/ECE Recommendation 20", "use its code, such as KGM")
        if quantity.uom and not has_quantity:
            each.add("uom", "stands without a quantity", "give both or neither")
        each.rest(extensible=False)
        found.append(quantity)
    return tuple(found)


def _place(fields: Fields, name: str) -> Place | None:
    found = fields.object(name)
    if found is None:
        return None
    found.need("id")
    return Place(found.uri("id") or "", found.rest())


def _typed(fields: Fields, name: str, types: words.Words) -> tuple[Typed, ...]:
    found = []
    for each in fields.objects(f"{name}List"):
        each.need(name)
        if name != "bizTransaction":
            each.need("type")
        found.append(Typed(each.word("type", types), each.uri(name) or ""))
        each.rest(extensible=False)
    return tuple(found)


def _persistent(fields: Fields) -> PersistentDisposition | None:
    found = fields.object("persistentDisposition")
    if found is None:
        return None
    result = PersistentDisposition(found.words("set", words.DISPOSITIONS), found.words("unset", words.DISPOSITIONS))
    found.rest(extensible=False)
    if not result.set and not result.unset:
        fields.add("persistentDisposition", "neither sets nor unsets anything", "leave it out")
    return result


def _ilmd(fields: Fields, kind: EventKind, action: Action | None) -> tuple[Extension, ...]:
    """Facts of instances and lots stand where these come into being: ADD of an object, or a transformation."""
    found = fields.object("ilmd")
    if found is None:
        return ()
    if kind not in (EventKind.OBJECT, EventKind.TRANSFORMATION) or action not in (None, Action.ADD):
        fields.add("ilmd", "does not belong to such an event", "put it where the objects are commissioned")
    return found.rest()


def _error(fields: Fields) -> ErrorDeclaration | None:
    found = fields.object("errorDeclaration")
    if found is None:
        return None
    found.need("declarationTime")
    time = found.time("declarationTime")
    reason = found.word("reason", words.ERROR_REASONS)
    corrective = found.uris("correctiveEventIDs")
    extensions = found.rest()
    return ErrorDeclaration(time, reason, corrective, extensions) if time else None


def _certification(fields: Fields) -> tuple[str, ...]:
    """One URI or a list of them."""
    value = fields.take("certificationInfo")
    if value is None:
        return ()
    listed = value if isinstance(value, list) else [value]
    for index, each in enumerate(listed):
        if not isinstance(each, str) or not words.is_uri(each):
            place = f"certificationInfo[{index}]" if isinstance(value, list) else "certificationInfo"
            fields.add(place, "is not a URI", "give the URI of the certificate")
    return tuple(each for each in listed if isinstance(each, str))


def _sensor(fields: Fields) -> SensorElement:
    metadata = fields.object("sensorMetadata")
    reports = fields.objects("sensorReport")
    element = SensorElement(
        _metadata(metadata) if metadata else SensorMetadata(),
        tuple(_report(each) for each in reports),
        fields.rest(),
    )
    if not reports:
        fields.add("sensorReport", "is missing or empty", "give at least one measurement")
    data = element.metadata
    if data.start_time and data.end_time and data.start_time > data.end_time:
        fields.add("sensorMetadata.endTime", "is before startTime", "exchange or correct them")
    return element


def _metadata(fields: Fields) -> SensorMetadata:
    return SensorMetadata(
        time=fields.time("time"),
        start_time=fields.time("startTime"),
        end_time=fields.time("endTime"),
        device_id=fields.uri("deviceID"),
        device_metadata=fields.uri("deviceMetadata"),
        raw_data=fields.uri("rawData"),
        data_processing_method=fields.uri("dataProcessingMethod"),
        biz_rules=fields.uri("bizRules"),
        extensions=fields.rest(),
    )


def _report(fields: Fields) -> SensorReport:
    report = SensorReport(
        type=fields.word("type", words.MEASUREMENTS),
        exception=fields.word("exception", words.MEASUREMENTS),
        device_id=fields.uri("deviceID"),
        device_metadata=fields.uri("deviceMetadata"),
        raw_data=fields.uri("rawData"),
        data_processing_method=fields.uri("dataProcessingMethod"),
        biz_rules=fields.uri("bizRules"),
        time=fields.time("time"),
        microorganism=fields.uri("microorganism"),
        chemical_substance=fields.uri("chemicalSubstance"),
        value=fields.number("value"),
        component=fields.word("component", words.COMPONENTS),
        string_value=fields.text("stringValue"),
        boolean_value=fields.boolean("booleanValue"),
        hex_binary_value=fields.text("hexBinaryValue"),
        uri_value=fields.uri("uriValue"),
        min_value=fields.number("minValue"),
        max_value=fields.number("maxValue"),
        mean_value=fields.number("meanValue"),
        s_dev=fields.number("sDev"),
        perc_rank=fields.number("percRank"),
        perc_value=fields.number("percValue"),
        uom=fields.text("uom"),
        coordinate_reference_system=fields.uri("coordinateReferenceSystem"),
        extensions=fields.rest(),
    )
    if report.hex_binary_value and not _HEX.fullmatch(report.hex_binary_value):
        fields.add("hexBinaryValue", "is not hexadecimal", "give pairs of hexadecimal digits")
    if report.min_value is not None and report.max_value is not None and report.min_value > report.max_value:
        fields.add("maxValue", "is below minValue", "exchange or correct them")
    return report
