"""A FHIR R4 bundle of one invented patient, of any length, in the manner of those that Synthea generates."""

from __future__ import annotations

import json
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

_LOINC = ("8302-2", "29463-7", "39156-5", "8480-6", "8462-4", "2339-0", "2093-3", "6298-4", "2947-0", "38483-4")
_SNOMED = ("195662009", "444814009", "10509002", "38341003", "15777000", "162864005", "65363002", "40055000")
_KINDS = (*("Observation",) * 12, *("Claim", "ExplanationOfBenefit", "Encounter", "Immunization") * 2, "Condition")
_ITEMS = {"Claim": 6, "ExplanationOfBenefit": 30}
"""Most of Synthea's bytes are in the items of what was billed."""
_PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def bundle_of(length: int, seed: int) -> bytes:
    """At least `length` bytes of a transaction bundle, indented; the same seed gives the same."""
    chance = random.Random(seed)
    patient = _id(chance)
    text = json.dumps({"resourceType": "Bundle", "type": "transaction"}, indent=4).removesuffix("\n}")
    parts = [text, ',\n    "entry": [\n', _entry({"resourceType": "Patient", "id": patient, "gender": "unknown"})]
    total = sum(map(len, parts))
    while total < length:
        parts += [",\n", _entry(_resource(chance, chance.choice(_KINDS), patient))]
        total += sum(map(len, parts[-2:]))
    return "".join([*parts, "\n    ]\n}\n"]).encode()


def _entry(resource: dict[str, Any]) -> str:
    return json.dumps(
        {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        },
        indent=4,
    )


def _resource(chance: random.Random, kind: str, patient: str) -> dict[str, Any]:
    whose = "patient" if kind in ("Immunization", "Claim", "ExplanationOfBenefit") else "subject"
    at = (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(600_000_000))).isoformat()
    resource: dict[str, Any] = {
        "resourceType": kind,
        "id": _id(chance),
        "meta": {"profile": [f"{_PROFILE}{kind.lower()}"]},
        "status": "final",
        whose: {"reference": f"urn:uuid:{patient}"},
        "encounter": {"reference": f"Encounter/{_id(chance)}"},
    }
    if kind == "Observation":
        resource["category"] = [_coded(chance, _CATEGORY, ("vital-signs", "laboratory"))]
        resource["code"] = _coded(chance, "http://loinc.org", _LOINC)
        resource["effectiveDateTime"] = resource["issued"] = at
        quantity = {"value": round(chance.uniform(1, 200), 4), "unit": "mg/dL", "code": "mg/dL"}
        resource["valueQuantity"] = {**quantity, "system": "http://unitsofmeasure.org"}
    else:
        resource["code"] = _coded(chance, "http://snomed.info/sct", _SNOMED)
        resource[{"Immunization": "occurrenceDateTime", "Condition": "recordedDate"}.get(kind, "created")] = at
        resource["item"] = [
            {"sequence": number, "productOrService": _coded(chance, "http://snomed.info/sct", _SNOMED)}
            for number in range(1, 1 + _ITEMS.get(kind, 0))
        ]
    return resource


def _coded(chance: random.Random, system: str, codes: tuple[str, ...]) -> dict[str, Any]:
    code = chance.choice(codes)
    words = f"what {code} stands for, in words"
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def _id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
