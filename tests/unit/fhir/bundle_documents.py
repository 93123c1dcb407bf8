"""Bundles for tests, all invented, and a labelling policy that knows a few codes."""

import json
from pathlib import Path

import pytest

from carechain.errors import CarechainError
from carechain.fhir.bundle import parse_bundle
from carechain.labelling import Labelling

POLICY = Labelling.load(Path(__file__).parents[3] / "examples/labelling.yaml")
LOINC = "http://loinc.org"
ICD = "http://hl7.org/fhir/sid/icd-10"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
LEVEL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
SECRET = "Invented van den Patient"
ME = {"reference": "Patient/p1"}


def concept(system, code):
    return {"coding": [{"system": system, "code": code}]}


def security(*codes):
    """Meta with these labels: levels of confidentiality, else sensitivities."""
    return {"security": [{"system": LEVEL if len(code) == 1 else ACT, "code": code} for code in codes]}


def patient(**elements):
    return {"resourceType": "Patient", "id": "p1", "name": [{"text": SECRET}], **elements}


def observation(identity="o1", code="718-7", **elements):
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": concept(LOINC, code),
        "subject": ME,
        **elements,
    }


def bundle(*resources, kind="collection", **elements):
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": each} for each in resources], **elements}


def read(document, policy=POLICY):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_bundle(content, "bundle.json", policy)


def one(resource, policy=POLICY):
    """The record of a resource that comes with its patient."""
    return read(bundle(patient(), resource), policy).records[1]


def refused(document):
    """The whole message of a refusal, which repeats nothing of the document."""
    with pytest.raises(CarechainError) as error:
        read(document)
    message = str(error.value)
    assert "bundle.json" in message
    assert SECRET not in message
    assert error.value.mend
    return message
