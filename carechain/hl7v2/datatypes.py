"""Data types of HL7 v2 as those of FHIR R4, as JSON, by HL7's v2-to-FHIR mapping of data types."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

import simplejson

from carechain.hl7v2 import codes
from carechain.hl7v2.er7 import Segment

Resource = dict[str, Any]


def filled(resource: Resource) -> Resource:
    """Without what is empty."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}


def concept(segment: Segment, field: int, default: str = "", repetition: int = 0) -> Resource:
    """A CE or CWE as a CodeableConcept, with its alternates; `default` names the system when it does not."""
    codings = []
    for code, text, system in ((1, 2, 3), (4, 5, 6), (10, 11, 12)):
        value = segment.text(field, code, repetition=repetition)
        named = segment.text(field, system, repetition=repetition) or (default if code == 1 else "")
        if value:
            uri = codes.system(named)
            display = segment.text(field, text, repetition=repetition)
            codings.append(filled({"system": uri, "code": value, "display": display}))
    words = segment.text(field, 9, repetition=repetition) or segment.text(field, 2, repetition=repetition)
    return filled({"coding": codings, "text": words})


def names(segment: Segment, field: int) -> list[Resource]:
    """The names (XPN) of a field as HumanNames."""
    found = []
    for raw in segment.repetitions(field):
        given = [part for part in (segment.part(raw, 2), segment.part(raw, 3)) if part]
        suffix, prefix = segment.part(raw, 4), segment.part(raw, 5)
        name = {
            "family": segment.part(raw, 1),
            "given": given,
            "suffix": [suffix] if suffix else None,
            "prefix": [prefix] if prefix else None,
        }
        found.append(filled(name))
    return [name for name in found if name]


def addresses(segment: Segment, field: int) -> list[Resource]:
    """The addresses (XAD) of a field as Addresses."""
    found = []
    for raw in segment.repetitions(field):
        lines = [part for part in (segment.part(raw, 1), segment.part(raw, 2)) if part]
        address = {
            "line": lines,
            "city": segment.part(raw, 3),
            "state": segment.part(raw, 4),
            "postalCode": segment.part(raw, 5),
            "country": segment.part(raw, 6),
        }
        found.append(filled(address))
    return [address for address in found if address]


def telecoms(segment: Segment, field: int, use: str) -> list[Resource]:
    """The numbers and mail addresses (XTN) of a field as ContactPoints of one use."""
    found = []
    for raw in segment.repetitions(field):
        mail = segment.part(raw, 4)
        phone = segment.part(raw, 1) or " ".join(part for n in (5, 6, 7) if (part := segment.part(raw, n)))
        if mail:
            found.append({"system": "email", "value": mail, "use": use})
        if phone:
            found.append({"system": "phone", "value": phone, "use": use})
    return found


def values(obx: Segment, zone: str) -> Resource:
    """OBX-5 by its type in OBX-2. Repetitions of texts are lines; those of other types are components."""
    raws = obx.repetitions(5)
    kind = obx.text(2)
    if not raws:
        return {}
    if kind in ("ST", "TX", "FT", "") or len(raws) == 1:
        if len(raws) > 1:
            return {"valueString": "\n".join(obx.unescaped(raw) for raw in raws)}
        return _value(obx, kind, 0, zone)
    code = concept(obx, 3)
    return {"component": [{"code": code, **_value(obx, kind, index, zone)} for index in range(len(raws))]}


def _value(obx: Segment, kind: str, index: int, zone: str) -> Resource:
    raw = obx.repetitions(5)[index]
    text = obx.unescaped(raw)
    if kind == "NM" and (value := codes.number(obx.part(raw))) is not None:
        return {"valueQuantity": _quantity(obx, value)}
    if kind == "SN" and (structured := _structured_number(obx, raw)):
        return structured
    if kind in ("CE", "CWE", "CNE", "CF") and (coded := concept(obx, 5, repetition=index)):
        return {"valueCodeableConcept": coded}
    if kind in ("DT", "TS", "DTM") and (day := codes.date_time(obx.part(raw), zone)):
        return {"valueDateTime": day}
    if kind == "TM" and re.fullmatch(r"([01]\d|2[0-3])[0-5]\d([0-5]\d)?", obx.part(raw)):
        time = obx.part(raw)
        return {"valueTime": f"{time[:2]}:{time[2:4]}:{time[4:] or '00'}"}
    return {"valueString": text}


def _quantity(obx: Segment, value: str, comparator: str = "") -> Resource:
    unit, system = obx.text(6), codes.system(obx.text(6, 3))
    return filled(
        {
            "value": simplejson.RawJSON(value),
            "comparator": comparator,
            "unit": obx.text(6, 2) or unit,
            "system": system,
            "code": unit if system else None,
        }
    )


def _structured_number(obx: Segment, raw: str) -> Resource:
    """SN: comparator, number, separator, number."""
    comparator, separator = obx.part(raw, 1), obx.part(raw, 3)
    first, second = codes.number(obx.part(raw, 2)), codes.number(obx.part(raw, 4))
    if first is not None and second is None and not separator and comparator in ("", "=", "<", "<=", ">", ">="):
        return {
            "valueQuantity": _quantity(obx, first, comparator.replace("=", "") if comparator == "=" else comparator)
        }
    if first is not None and second is not None and comparator in ("", "="):
        if separator == "-":
            return {"valueRange": {"low": _quantity(obx, first), "high": _quantity(obx, second)}}
        if separator in (":", "/"):
            return {
                "valueRatio": {
                    "numerator": {"value": simplejson.RawJSON(first)},
                    "denominator": {"value": simplejson.RawJSON(second)},
                }
            }
    return {}


def as_base64(data: str, encoding: str) -> str:
    """The data of an ED as base64: as sent when it is that already, else its text."""
    packed = re.sub(r"\s", "", data)
    if encoding.upper() == "BASE64":
        try:
            base64.b64decode(packed, validate=True)
            return packed
        except binascii.Error:
            pass
    if encoding.upper() == "HEX" and re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", packed):
        return base64.b64encode(bytes.fromhex(packed)).decode()
    return base64.b64encode(data.encode()).decode()
