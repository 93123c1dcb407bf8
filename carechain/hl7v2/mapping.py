"""One HL7 v2 message as FHIR R4 resources of its patient, by HL7's v2-to-FHIR mapping.

What has no element in FHIR, or would say more than its labels do (a ward, a religion), stays in the message
itself, which becomes a restricted record as it was sent. A restriction that the message states becomes the
security label R.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable

from carechain.data_categories import CONFIDENTIALITY_SYSTEM
from carechain.errors import CarechainError
from carechain.hl7v2 import codes, datatypes
from carechain.hl7v2.datatypes import Resource
from carechain.hl7v2.er7 import Message, Segment

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_RESTRICTED = {"security": [{"system": CONFIDENTIALITY_SYSTEM, "code": "R"}]}
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_NOTE = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note"


class Mapping:
    """The resources of one message, gathered segment by segment, the message itself last.

    `patient_id` is what the patient's identifier became, and `patient_key` tells it from the same number of
    another authority. `unmapped` are the segments of which no record is made, and which are kept in the message alone;
    `unnumbered` counts the
    orders without a number.
    """

    def __init__(self, message: Message) -> None:
        """Raises CarechainError when the message does not say who the patient is, or speaks of two."""
        self._message = message
        self._zone = codes.offset_of(message.header.text(7))
        self._event = message.header.text(9, 2)
        self._counts: Counter[str] = Counter()
        self.resources: list[Resource] = []
        self.unmapped: set[str] = set()
        self.unnumbered = 0
        self._restricted = _restricts_all(message)
        pid = message.first("PID")
        if pid is None:
            raise CarechainError(message.place, "has no PID segment", "send the patient's identification")
        self.patient_key, self.patient_id = self._patient_of(pid)
        for other in message.segments:
            if other.name == "PID" and self._patient_of(other)[0] != self.patient_key:
                raise CarechainError(
                    _place(message, other),
                    "is another patient's",
                    "send each patient's results in a message of their own",
                )
        # A result's PID and PV1 say whose it is and at which visit, often with little else: as records, they
        # would take the place of what the admission said.
        self._admits = message.header.text(9) == "ADT"
        if self._admits:
            self._patient(pid)
        self._visit_key = ""
        self._visit_reference: Resource | None = None
        self._encounter: Resource | None = None
        visit = message.first("PV1")
        if visit is not None:
            self._visit(visit)
        # The number of the order with what tells it from others, and that with what was ordered.
        self._number: tuple[str, ...] = ()
        self._order: tuple[str, ...] = ()
        self._order_restricted = False
        self._report: Resource | None = None
        self._noted: Callable[[str], None] | None = None
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
            elif segment.name not in ("MSH", "PID", "PV1", "PV2"):
                self.unmapped.add(segment.name)
            if segment.name not in ("OBR", "OBX", "NTE"):
                # A note after anything else is not of the result before it.
                self._noted = None

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
                        # An authority may be named by its OID alone, which is a subcomponent.
                        (authority,) = pid.whole(raw, 4)
                        key = f"{authority}|{value}"
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
                    datatypes.filled(
                        {
                            "value": pid.part(raw),
                            "assigner": datatypes.filled({"identifier": {"value": namespace}} if namespace else {}),
                            "type": {"coding": [{"system": _TERMINOLOGY + "v2-0203", "code": kind}]} if kind else None,
                        }
                    )
                )
        patient: Resource = {
            "resourceType": "Patient",
            "id": self.patient_id,
            "identifier": identifiers,
            "name": datatypes.names(pid, 5),
            "gender": codes.GENDER.get(pid.text(8), "unknown" if pid.text(8) else None),
            "birthDate": codes.date(pid.text(7)),
            "address": datatypes.addresses(pid, 11),
            "telecom": datatypes.telecoms(pid, 13, "home") + datatypes.telecoms(pid, 14, "work"),
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
        ended = self._time(pv1, 45)
        coding = codes.ENCOUNTER_CLASS.get(kind)
        pv2 = self._message.first("PV2")
        service = pv1.text(10)
        identity = self._id("Encounter", self._visit_key)
        self._visit_reference = {"reference": f"Encounter/{identity}"}
        if not self._admits:
            return
        self._encounter = self._add(
            {
                "resourceType": "Encounter",
                "id": identity,
                "status": self._visit_status(ended),
                "class": {"system": _TERMINOLOGY + "v3-ActCode", "code": coding}
                if coding
                else {"system": _TERMINOLOGY + "v2-0004", "code": kind or "U"},
                "serviceType": {"coding": [{"system": _TERMINOLOGY + "v2-0069", "code": service}]} if service else None,
                "subject": self._subject(),
                "period": datatypes.filled({"start": self._time(pv1, 44), "end": ended}),
                "identifier": [{"value": number}] if number else None,
                "reasonCode": [datatypes.concept(pv2, 3)] if pv2 and pv2.text(3, 2) + pv2.text(3) else None,
            }
        )

    def _visit_status(self, ended: str | None) -> str:
        """How the visit stands by the event of the message."""
        return codes.ENCOUNTER_STATUS.get(self._event, "finished" if ended else "in-progress")

    # Orders and results

    def _order_control(self, orc: Segment) -> None:
        self._number = self._order = self._number_of(orc)
        # Table 0177: U is usual control, everything else asks for more care.
        self._order_restricted = orc.text(28) not in ("", "U")

    def _number_of(self, segment: Segment) -> tuple[str, ...]:
        """The number of an order as the filler gave it, else the placer; empty without one.

        Two laboratories may give the same number, so what gave it follows: its namespace, else the sender.
        """
        for field in (3, 2):
            number = segment.text(field)
            if number:
                namespace = segment.whole(segment.repetitions(field)[0], 2, 3, 4)
                return (number, *(namespace if any(namespace) else self._sender()))
        return ()

    def _sender(self) -> tuple[str, ...]:
        """The application and the facility that the message is from."""
        header = self._message.header
        raws = ((header.repetitions(field) or [""])[0] for field in (3, 4))
        return tuple("^".join(header.whole(raw, 1, 2, 3)) for raw in raws)

    def _order_detail(self, obr: Segment) -> None:
        # An ORC holds for the OBR segments until the next ORC.
        self._number = self._number_of(obr) or self._number
        self.unnumbered += not self._number
        self._order = self._number or (self._message.header.text(10), *self._sender())
        number = self._order[0]
        name = obr.text(4) or obr.text(4, 2)
        if not name:
            raise CarechainError(
                f"{_place(self._message, obr)}: OBR-4", "does not say what was ordered", "add its code"
            )
        self._order = (*self._order, name)
        effective = self._time(obr, 7)
        section = obr.text(24)
        self._report = self._add(
            {
                "resourceType": "DiagnosticReport",
                "id": self._id("DiagnosticReport", *self._order),
                "identifier": [{"value": number}] if number else None,
                "status": codes.REPORT_STATUS.get(obr.text(25), "unknown"),
                "category": [{"coding": [{"system": _TERMINOLOGY + "v2-0074", "code": section}]}] if section else None,
                "code": datatypes.concept(obr, 4),
                "subject": self._subject(),
                "encounter": self._visit_reference,
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
        # Without an order it is the time that tells one measurement of a visit from the next.
        about = self._order or (self._visit_key, obx.text(14))
        key = (*about, name, obx.text(3, 3), obx.text(4))
        report = self._report or {}
        common = {
            "subject": self._subject(),
            "encounter": self._visit_reference,
        }
        day = self._time(obx, 14) or report.get("effectiveDateTime")
        status = codes.OBSERVATION_STATUS.get(obx.text(11), "unknown")
        restricted = self._order_restricted or bool(obx.text(13))
        if obx.text(11) == "U" and not obx.repetitions(5):
            raise CarechainError(
                f"{_place(self._message, obx)}: OBX-11",
                "makes a result final that was sent before, and the result is not here",
                "send it again with its value",
            )
        if obx.text(2) in ("ED", "RP"):
            self._attachment(obx, key, common, day, status)
            return
        observation = self._add(
            {
                "resourceType": "Observation",
                "id": self._id("Observation", *key),
                "status": status,
                "code": datatypes.concept(obx, 3),
                **common,
                "effectiveDateTime": day,
                "issued": _instant(codes.date_time(obx.text(19), self._zone)) or report.get("issued"),
                "interpretation": [
                    {"coding": [{"system": _TERMINOLOGY + "v3-ObservationInterpretation", "code": obx.part(raw)}]}
                    for raw in obx.repetitions(8)
                    if obx.part(raw)
                ],
                "referenceRange": [{"text": obx.text(7)}] if obx.text(7) else None,
                **datatypes.values(obx, self._zone),
            },
            restricted=restricted,
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
            attachment["data"] = datatypes.as_base64(obx.text(5, 5), obx.text(5, 4))
        self._add(
            {
                "resourceType": "DocumentReference",
                "id": self._id("DocumentReference", *key),
                "status": "entered-in-error" if status == "entered-in-error" else "current",
                "docStatus": "amended" if status == "corrected" else None,
                "type": datatypes.concept(obx, 3),
                "subject": common["subject"],
                "context": datatypes.filled(
                    {
                        "encounter": [common["encounter"]] if common["encounter"] else None,
                        "period": {"start": day, "end": day} if day else None,
                    }
                ),
                "content": [{"attachment": datatypes.filled(attachment)}],
            },
            restricted=True,
        )
        self._noted = None

    def _note(self, nte: Segment) -> None:
        text = "\n".join(nte.part(raw) for raw in nte.repetitions(3))
        if self._noted is None:
            self.unmapped.add(nte.name)
        elif text:
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
                "code": datatypes.concept(al1, 3),
                "patient": self._subject(),
                "onsetDateTime": self._time(al1, 6),
                "reaction": [datatypes.filled(reaction)] if manifestations else None,
            }
        )

    def _diagnosis(self, dg1: Segment) -> None:
        code = datatypes.concept(dg1, 3, dg1.text(2))
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
                "encounter": self._visit_reference,
                "onsetDateTime": self._time(dg1, 5),
                "recordedDate": codes.date_time(dg1.text(19), self._zone),
            },
            restricted=dg1.text(18) not in ("", "N"),
        )
        if self._encounter is not None:
            reference = {"condition": {"reference": f"Condition/{condition['id']}"}}
            self._encounter.setdefault("diagnosis", []).append(reference)

    def _procedure(self, pr1: Segment) -> None:
        code = datatypes.concept(pr1, 3, pr1.text(2))
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
                "encounter": self._visit_reference,
                "performedDateTime": self._time(pr1, 5),
            }
        )

    def _related_person(self, nk1: Segment) -> None:
        self._add(
            {
                "resourceType": "RelatedPerson",
                "id": self._id("RelatedPerson", nk1.text(33) or f"{nk1.text(2)} {nk1.text(2, 2)} {nk1.text(3)}"),
                "patient": self._subject(),
                "name": datatypes.names(nk1, 2),
                "relationship": [datatypes.concept(nk1, 3, "HL70063")] if nk1.text(3) + nk1.text(3, 2) else None,
                "address": datatypes.addresses(nk1, 4),
                "telecom": datatypes.telecoms(nk1, 5, "home") + datatypes.telecoms(nk1, 6, "work"),
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
                "period": datatypes.filled({"start": codes.date(in1.text(12)), "end": codes.date(in1.text(13))}),
                "payor": [{"identifier": {"value": in1.text(3) or payor}, "display": payor}] if payor else None,
            }
        )

    def _keep_message(self) -> None:
        header = self._message.header
        key = header.text(10) or hashlib.sha256(self._message.er7).hexdigest()
        self._add(
            {
                "resourceType": "DocumentReference",
                "id": self._id("Message", *self._sender(), key),
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
        resource = datatypes.filled(resource)
        if restricted or self._restricted:
            resource["meta"] = _RESTRICTED
        self.resources.append(resource)
        return resource

    def _id(self, kind: str, *key: str) -> str:
        """An id that the same order, code and patient always give; the n-th of the same key in a message its own."""
        digest = _digest(kind, self.patient_key, *key)
        self._counts[digest] += 1
        return digest if self._counts[digest] == 1 else _digest(digest, str(self._counts[digest]))

    def _time(self, segment: Segment, field: int) -> str | None:
        """When something happened. Raises CarechainError: what is dated wrongly may fall under a consent wrongly."""
        text = segment.text(field)
        found = codes.date_time(text, self._zone)
        if text and found is None:
            raise CarechainError(
                f"{_place(self._message, segment)}: {segment.name}-{field}",
                "is not a time of HL7 v2 (YYYYMMDDHHMMSS and a zone, or less of it)",
                "correct it, or leave it empty",
            )
        return found

    def _subject(self) -> Resource:
        return {"reference": f"Patient/{self.patient_id}"}


def _restricts_all(message: Message) -> bool:
    """Whether the message asks that all of it be protected, in any of the places that its versions have for it."""
    # MSH-26 to MSH-28 are the security labels of v2.7 and later.
    asks = any(message.header.text(field) for field in (8, 26, 27, 28)) or message.first("ARV") is not None
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


def _instant(value: str | None) -> str | None:
    return value if value and "T" in value else None


def _status(system: str, code: str) -> Resource:
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code}]}
