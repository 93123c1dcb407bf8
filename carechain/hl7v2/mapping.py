"""One HL7 v2 message as FHIR R4 resources of its patient, by HL7's v2-to-FHIR mapping.

What has no element in FHIR, or would say more than its labels do (a ward, a religion), stays in the message
itself, which becomes a restricted record as it was sent. A restriction that the message states becomes the
security label R.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import simplejson

from carechain.data_categories import CONFIDENTIALITY_SYSTEM
from carechain.errors import CarechainError
from carechain.hl7v2 import codes
from carechain.hl7v2.er7 import Message, Segment

Resource = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_RESTRICTED = {"security": [{"system": CONFIDENTIALITY_SYSTEM, "code": "R"}]}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_NOTE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note"


class Mapping:
    """The resources of one message, gathered segment by segment; the Patient comes first, the message last."""

    def __init__(self, message: Message) -> None:
        """Raises CarechainError when the message does not say who the patient is, or speaks of two."""
        self._message = message
        self._zone = codes.offset_of(message.header.text(7))
        self._event = message.header.text(9, 2)
        self._counts: Counter[str] = Counter()
        self.resources: list[Resource] = []
        self.unmapped: set[str] = set()
        self._restricted = _restricts_all(message)
        pid = message.first("PID")
        if pid is None:
            raise CarechainError(message.place, "has no PID segment", "send the patient's identification")
        self._patient_key, self.patient_id = self._patient_of(pid)
        for other in message.segments:
            if other.name == "PID" and self._patient_of(other)[0] != self._patient_key:
                raise CarechainError(
                    _place(message, other),
                    "is another patient's",
                    "send each patient's results in a message of their own",
                )
        self._patient(pid)
        self._visit_key = ""
        self._encounter: Resource | None = None
        visit = message.first("PV1")
        if visit is not None:
            self._visit(visit)
        self._order: list[str] = []
        self._order_restricted = False
        self._report: Resource | None = None
        self._noted: Callable[[str], None] = lambda _: None
        self._map_segments()
        self._keep_message()

    def _map_segments(self) -> None:
        readers: dict[str, Callable[[Segment], None]] = {
            "ORC": self._order_control,
            "OBR": self._order_detail,
            "OBX": self._observation,
            "NTE": self._note,
            "AL1": self._allergy,
            "DG1": self._diagnosis,
            "PR1": self._procedure,
            "NK1": self._related_person,
            "IN1": self._coverage,
        }
        for segment in self._message.segments:
            reader = readers.get(segment.name)
            if reader is not None:
                reader(segment)
            elif segment.name not in ("MSH", "EVN", "PID", "PV1", "PD1", "PV2", "ARV", "SFT"):
                self.unmapped.add(segment.name)

    # What the message is about

    def _patient_of(self, pid: Segment) -> tuple[str, str]:
        """What tells the patient from all others, and the id: the identifier itself where FHIR can write it."""
        # Before v2.3.1 the identifier stood in PID-2.
        for field in (3, 2):
            found = [raw for raw in pid.repetitions(field) if pid.part(raw)]
            for kind in ("MR", "PI", ""):
                for raw in found:
                    if not kind or pid.part(raw, 5) == kind:
                        value = pid.part(raw)
                        key = f"{pid.part(raw, 4)}|{value}"
                        return key, value if _ID.fullmatch(value) else _digest("Patient", key)
        raise CarechainError(
            f"{_place(self._message, pid)}: PID-3", "has no identifier", "send the patient's identifier"
        )

    def _patient(self, pid: Segment) -> None:
        identifiers = []
        for raw in pid.repetitions(3):
            if pid.part(raw):
                namespace = pid.part(raw, 4, 2) or pid.part(raw, 4)
                kind = pid.part(raw, 5)
                identifiers.append(
                    _filled(
                        {
                            "value": pid.part(raw),
                            "assigner": _filled({"identifier": {"value": namespace}} if namespace else {}),
                            "type": {"coding": [{"system": _TERMINOLOGY + "v2-0203", "code": kind}]} if kind else None,
                        }
                    )
                )
        patient: Resource = {
            "resourceType": "Patient",
            "id": self.patient_id,
            "identifier": identifiers,
            "name": _names(pid, 5),
            "gender": codes.GENDER.get(pid.text(8), "unknown" if pid.text(8) else None),
            "birthDate": codes.date(pid.text(7)),
            "address": _addresses(pid, 11),
            "telecom": _telecoms(pid, 13, "home") + _telecoms(pid, 14, "work"),
            "deceasedDateTime": codes.date_time(pid.text(29), self._zone),
        }
        if not patient["deceasedDateTime"] and pid.text(30) in ("Y", "N"):
            patient["deceasedBoolean"] = pid.text(30) == "Y"
        self._add(patient)

    def _visit(self, pv1: Segment) -> None:
        kind = pv1.text(2)
        number = pv1.text(19) or pv1.text(50)
        pid = self._message.first("PID")
        self._visit_key = number or pv1.text(44) or (pid.text(18) if pid else "")
        if kind in ("N", "U") or not (number or pv1.text(44)):
            return
        ended = codes.date_time(pv1.text(45), self._zone)
        coding = codes.ENCOUNTER_CLASS.get(kind)
        pv2 = self._message.first("PV2")
        service = pv1.text(10)
        self._encounter = self._add(
            {
                "resourceType": "Encounter",
                "id": self._id("Encounter", self._visit_key),
                "status": self._visit_status(ended),
                "class": {"system": _TERMINOLOGY + "v3-ActCode", "code": coding}
                if coding
                else {"system": _TERMINOLOGY + "v2-0004", "code": kind or "U"},
                "serviceType": {"coding": [{"system": _TERMINOLOGY + "v2-0069", "code": service}]} if service else None,
                "subject": self._subject(),
                "period": _filled({"start": codes.date_time(pv1.text(44), self._zone), "end": ended}),
                "identifier": [{"value": number}] if number else None,
                "reasonCode": [_concept(pv2, 3)] if pv2 and pv2.text(3, 2) + pv2.text(3) else None,
            }
        )

    def _visit_status(self, ended: str | None) -> str:
        """What an admission message says of the visit; a result says nothing of how it stands."""
        if self._message.header.text(9) != "ADT":
            return "finished" if ended else "unknown"
        return codes.ENCOUNTER_STATUS.get(self._event, "finished" if ended else "in-progress")

    # Orders and results

    def _order_control(self, orc: Segment) -> None:
        self._order = [orc.text(3) or orc.text(2)]
        # Table 0177: U is usual control, everything else asks for more care.
        self._order_restricted = orc.text(28) not in ("", "U")

    def _order_detail(self, obr: Segment) -> None:
        # An ORC holds for the OBR segments until the next ORC.
        number = obr.text(3) or obr.text(2) or next(iter(self._order), "") or self._message.header.text(10)
        name = obr.text(4) or obr.text(4, 2)
        if not name:
            raise CarechainError(
                f"{_place(self._message, obr)}: OBR-4", "does not say what was ordered", "add its code"
            )
        self._order = [number, name]
        effective = codes.date_time(obr.text(7), self._zone)
        section = obr.text(24)
        self._report = self._add(
            {
                "resourceType": "DiagnosticReport",
                "id": self._id("DiagnosticReport", *self._order),
                "identifier": [{"value": number}] if number else None,
                "status": codes.REPORT_STATUS.get(obr.text(25), "unknown"),
                "category": [{"coding": [{"system": _TERMINOLOGY + "v2-0074", "code": section}]}] if section else None,
                "code": _concept(obr, 4),
                "subject": self._subject(),
                "encounter": self._visit_reference(),
                "effectiveDateTime": effective,
                "issued": _instant(codes.date_time(obr.text(22), self._zone)),
            },
            restricted=self._order_restricted,
        )
        report = self._report
        self._noted = lambda text: report.setdefault("extension", []).append(
            {"url": _NOTE, "valueAnnotation": {"text": text}}
        )

    def _observation(self, obx: Segment) -> None:
        name = obx.text(3) or obx.text(3, 2)
        if not name:
            raise CarechainError(
                f"{_place(self._message, obx)}: OBX-3", "does not say what was observed", "add its code"
            )
        key = (*(self._order or [self._visit_key]), name, obx.text(3, 3), obx.text(4))
        report = self._report or {}
        common = {
            "subject": self._subject(),
            "encounter": self._visit_reference(),
        }
        day = codes.date_time(obx.text(14), self._zone) or report.get("effectiveDateTime")
        status = codes.OBSERVATION_STATUS.get(obx.text(11), "unknown")
        if obx.text(2) in ("ED", "RP"):
            self._attachment(obx, key, common, day, status)
            return
        observation = self._add(
            {
                "resourceType": "Observation",
                "id": self._id("Observation", *key),
                "status": status,
                "code": _concept(obx, 3),
                **common,
                "effectiveDateTime": day,
                "issued": _instant(codes.date_time(obx.text(19), self._zone)) or report.get("issued"),
                "interpretation": [
                    {"coding": [{"system": _TERMINOLOGY + "v3-ObservationInterpretation", "code": obx.part(raw)}]}
                    for raw in obx.repetitions(8)
                    if obx.part(raw)
                ],
                "referenceRange": [{"text": obx.text(7)}] if obx.text(7) else None,
                **_values(obx, self._zone),
            },
            restricted=self._order_restricted,
        )
        self._noted = lambda text: observation.setdefault("note", []).append({"text": text})
        if self._report is not None:
            self._report.setdefault("result", []).append({"reference": f"Observation/{observation['id']}"})

    def _attachment(self, obx: Segment, key: tuple[str, ...], common: Resource, day: str | None, status: str) -> None:
        """A document in OBX-5: data (ED) or a pointer to it (RP)."""
        media = "/".join(part.lower() for part in (obx.text(5, 2), obx.text(5, 3)) if part)
        attachment: Resource = {"contentType": media or "application/octet-stream"}
        if obx.text(2) == "RP":
            attachment["url"] = obx.text(5)
        else:
            attachment["data"] = _as_base64(obx.text(5, 5), obx.text(5, 4))
        self._add(
            {
                "resourceType": "DocumentReference",
                "id": self._id("DocumentReference", *key),
                "status": "entered-in-error" if status == "entered-in-error" else "current",
                "docStatus": "amended" if status == "corrected" else None,
                "type": _concept(obx, 3),
                "subject": common["subject"],
                "context": _filled(
                    {
                        "encounter": [common["encounter"]] if common["encounter"] else None,
                        "period": {"start": day, "end": day} if day else None,
                    }
                ),
                "content": [{"attachment": _filled(attachment)}],
            },
            restricted=True,
        )
        self._noted = lambda _: None

    def _note(self, nte: Segment) -> None:
        text = "\n".join(nte.part(raw) for raw in nte.repetitions(3))
        if text:
            self._noted(text)

    # The patient's conditions, procedures, people and cover

    def _allergy(self, al1: Segment) -> None:
        name = al1.text(3) or al1.text(3, 2)
        if not name:
            raise CarechainError(f"{_place(self._message, al1)}: AL1-3", "does not say to what", "add its code or text")
        category = codes.ALLERGY_CATEGORY.get(al1.text(2))
        manifestations = [{"text": al1.part(raw)} for raw in al1.repetitions(5) if al1.part(raw)]
        reaction = {"manifestation": manifestations, "severity": codes.ALLERGY_SEVERITY.get(al1.text(4))}
        self._add(
            {
                "resourceType": "AllergyIntolerance",
                "id": self._id("AllergyIntolerance", name),
                "clinicalStatus": _status("allergyintolerance-clinical", "active"),
                "category": [category] if category else None,
                "code": _concept(al1, 3),
                "patient": self._subject(),
                "onsetDateTime": codes.date(al1.text(6)),
                "reaction": [_filled(reaction)] if manifestations else None,
            }
        )

    def _diagnosis(self, dg1: Segment) -> None:
        code = _concept(dg1, 3, dg1.text(2))
        if dg1.text(4):
            code.setdefault("text", dg1.text(4))
        if not code:
            raise CarechainError(f"{_place(self._message, dg1)}: DG1-3", "names no diagnosis", "add its code or text")
        condition = self._add(
            {
                "resourceType": "Condition",
                "id": self._id("Condition", dg1.text(20) or f"{self._visit_key} {dg1.text(3) or dg1.text(4)}"),
                "verificationStatus": _status("condition-ver-status", "entered-in-error")
                if dg1.text(21) == "D"
                else None,
                "category": [_status("condition-category", "encounter-diagnosis")],
                "code": code,
                "subject": self._subject(),
                "encounter": self._visit_reference(),
                "onsetDateTime": codes.date_time(dg1.text(5), self._zone),
                "recordedDate": codes.date_time(dg1.text(19), self._zone),
            },
            restricted=dg1.text(18) not in ("", "N"),
        )
        if self._encounter is not None:
            reference = {"condition": {"reference": f"Condition/{condition['id']}"}}
            self._encounter.setdefault("diagnosis", []).append(reference)

    def _procedure(self, pr1: Segment) -> None:
        code = _concept(pr1, 3, pr1.text(2))
        if pr1.text(4):
            code.setdefault("text", pr1.text(4))
        if not code:
            raise CarechainError(f"{_place(self._message, pr1)}: PR1-3", "names no procedure", "add its code or text")
        self._add(
            {
                "resourceType": "Procedure",
                "id": self._id(
                    "Procedure", pr1.text(19) or f"{self._visit_key} {pr1.text(3) or pr1.text(4)} {pr1.text(5)}"
                ),
                "status": "entered-in-error" if pr1.text(20) == "D" else "completed",
                "code": code,
                "subject": self._subject(),
                "encounter": self._visit_reference(),
                "performedDateTime": codes.date_time(pr1.text(5), self._zone),
            }
        )

    def _related_person(self, nk1: Segment) -> None:
        self._add(
            {
                "resourceType": "RelatedPerson",
                "id": self._id("RelatedPerson", nk1.text(33) or f"{nk1.text(2)} {nk1.text(2, 2)} {nk1.text(3)}"),
                "patient": self._subject(),
                "name": _names(nk1, 2),
                "relationship": [_concept(nk1, 3, "HL70063")] if nk1.text(3) + nk1.text(3, 2) else None,
                "address": _addresses(nk1, 4),
                "telecom": _telecoms(nk1, 5, "home") + _telecoms(nk1, 6, "work"),
            },
            restricted=nk1.text(23) not in ("", "N"),
        )

    def _coverage(self, in1: Segment) -> None:
        payor = in1.text(4) or in1.text(3)
        self._add(
            {
                "resourceType": "Coverage",
                "id": self._id("Coverage", in1.text(2), in1.text(3), in1.text(36) or in1.text(49)),
                "status": "active",
                "beneficiary": self._subject(),
                "subscriberId": in1.text(36) or in1.text(49),
                "period": _filled({"start": codes.date(in1.text(12)), "end": codes.date(in1.text(13))}),
                "payor": [{"identifier": {"value": in1.text(3) or payor}, "display": payor}] if payor else None,
            }
        )

    def _keep_message(self) -> None:
        header = self._message.header
        key = header.text(10) or hashlib.sha256(self._message.er7).hexdigest()
        self._add(
            {
                "resourceType": "DocumentReference",
                "id": self._id("Message", header.text(3), header.text(4), key),
                "status": "current",
                "subject": self._subject(),
                "date": _instant(codes.date_time(header.text(7), self._zone)),
                "content": [
                    {
                        "attachment": {
                            "contentType": "x-application/hl7-v2+er7",
                            "data": base64.b64encode(self._message.er7).decode(),
                        }
                    }
                ],
            },
            restricted=True,
        )

    # What they share

    def _add(self, resource: Resource, restricted: bool = False) -> Resource:
        resource = _filled(resource)
        if restricted or self._restricted:
            resource["meta"] = _RESTRICTED
        self.resources.append(resource)
        return resource

    def _id(self, kind: str, *key: str) -> str:
        """An id that the same order, code and patient always give; the n-th of the same key in a message its own."""
        digest = _digest(kind, self._patient_key, *key)
        self._counts[digest] += 1
        return digest if self._counts[digest] == 1 else _digest(digest, str(self._counts[digest]))

    def _subject(self) -> Resource:
        return {"reference": f"Patient/{self.patient_id}"}

    def _visit_reference(self) -> Resource | None:
        return {"reference": f"Encounter/{self._encounter['id']}"} if self._encounter else None


def _restricts_all(message: Message) -> bool:
    """Whether the message asks that all of it be protected, in any of the places that its versions have for it."""
    asks = bool(message.header.text(8)) or message.first("ARV") is not None
    for segment in message.segments:
        if segment.name == "PD1":
            asks |= segment.text(12) not in ("", "N")
        elif segment.name == "PV2":
            asks |= segment.text(22) not in ("", "N")
        elif segment.name == "PV1":
            # Somebody whose visit is told apart from those of others (VIP indicator).
            asks |= segment.text(16) not in ("", "N")
    return asks


def _place(message: Message, segment: Segment) -> str:
    return f"{message.place}, segment {segment.number}"


def _digest(*parts: str) -> str:
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _filled(resource: Resource) -> Resource:
    """Without what is empty."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}


def _instant(value: str | None) -> str | None:
    return value if value and "T" in value else None


def _status(system: str, code: str) -> Resource:
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code}]}


def _concept(segment: Segment, field: int, default: str = "", repetition: int = 0) -> Resource:
    """A CE or CWE as a CodeableConcept, with its alternates; `default` names the system when it does not."""
    codings = []
    for code, text, system in ((1, 2, 3), (4, 5, 6), (10, 11, 12)):
        value = segment.text(field, code, repetition=repetition)
        named = segment.text(field, system, repetition=repetition) or (default if code == 1 else "")
        if value:
            uri = codes.system(named)
            display = segment.text(field, text, repetition=repetition)
            codings.append(_filled({"system": uri, "code": value, "display": display}))
    words = segment.text(field, 9, repetition=repetition) or segment.text(field, 2, repetition=repetition)
    return _filled({"coding": codings, "text": words})


def _names(segment: Segment, field: int) -> list[Resource]:
    names = []
    for raw in segment.repetitions(field):
        given = [part for part in (segment.part(raw, 2), segment.part(raw, 3)) if part]
        suffix, prefix = segment.part(raw, 4), segment.part(raw, 5)
        name = {
            "family": segment.part(raw, 1),
            "given": given,
            "suffix": [suffix] if suffix else None,
            "prefix": [prefix] if prefix else None,
        }
        names.append(_filled(name))
    return [name for name in names if name]


def _addresses(segment: Segment, field: int) -> list[Resource]:
    addresses = []
    for raw in segment.repetitions(field):
        lines = [part for part in (segment.part(raw, 1), segment.part(raw, 2)) if part]
        address = {
            "line": lines,
            "city": segment.part(raw, 3),
            "state": segment.part(raw, 4),
            "postalCode": segment.part(raw, 5),
            "country": segment.part(raw, 6),
        }
        addresses.append(_filled(address))
    return [address for address in addresses if address]


def _telecoms(segment: Segment, field: int, use: str) -> list[Resource]:
    found = []
    for raw in segment.repetitions(field):
        mail = segment.part(raw, 4)
        phone = segment.part(raw, 1) or " ".join(part for n in (5, 6, 7) if (part := segment.part(raw, n)))
        if mail:
            found.append({"system": "email", "value": mail, "use": use})
        if phone:
            found.append({"system": "phone", "value": phone, "use": use})
    return found


def _values(obx: Segment, zone: str) -> Resource:
    """OBX-5 by its type in OBX-2. Repetitions of texts are lines; those of other types are components."""
    raws = obx.repetitions(5)
    kind = obx.text(2)
    if not raws:
        return {}
    if kind in ("ST", "TX", "FT", "") or len(raws) == 1:
        if len(raws) > 1:
            return {"valueString": "\n".join(obx.unescaped(raw) for raw in raws)}
        return _value(obx, kind, 0, zone)
    code = _concept(obx, 3)
    return {"component": [{"code": code, **_value(obx, kind, index, zone)} for index in range(len(raws))]}


def _value(obx: Segment, kind: str, index: int, zone: str) -> Resource:
    raw = obx.repetitions(5)[index]
    text = obx.unescaped(raw)
    if kind == "NM" and (value := codes.number(obx.part(raw))) is not None:
        return {"valueQuantity": _quantity(obx, value)}
    if kind == "SN" and (structured := _structured_number(obx, raw)):
        return structured
    if kind in ("CE", "CWE", "CNE", "CF") and (concept := _concept(obx, 5, repetition=index)):
        return {"valueCodeableConcept": concept}
    if kind in ("DT", "TS", "DTM") and (day := codes.date_time(obx.part(raw), zone)):
        return {"valueDateTime": day}
    if kind == "TM" and re.fullmatch(r"([01]\d|2[0-3])[0-5]\d([0-5]\d)?", obx.part(raw)):
        time = obx.part(raw)
        return {"valueTime": f"{time[:2]}:{time[2:4]}:{time[4:] or '00'}"}
    return {"valueString": text}


def _quantity(obx: Segment, value: str, comparator: str = "") -> Resource:
    unit, system = obx.text(6), codes.system(obx.text(6, 3))
    return _filled(
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


def _as_base64(data: str, encoding: str) -> str:
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
