"""FHIR claims and what they refer to, all invented."""

import copy
import json
from datetime import date

from carechain.fhir.claim import parse_claims

TODAY = date(2026, 3, 31)
CPT = "http://www.ama-assn.org/go/cpt"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = "http://hl7.org/fhir/sid/us-npi"
PAYERS = "http://payers.example/number"
TERMS = "http://terminology.hl7.org/CodeSystem/"
SECRET = "Invented van den Patient"


def concept(system, code):
    return {"coding": [{"system": system, "code": code}]}


def usd(value):
    return {"value": value, "currency": "USD"}


def item(sequence=1, net=100, code="99213", **elements):
    """One item; an element given as None is left out."""
    whole = {
        "sequence": sequence,
        "productOrService": concept(CPT, code),
        "servicedDate": "2026-03-02",
        "net": None if net is None else usd(net),
        **elements,
    }
    return {name: value for name, value in whole.items() if value is not None}


def claim(**elements):
    """A claim of one item; an element given as None is left out."""
    whole = {
        "resourceType": "Claim",
        "id": "c1",
        "identifier": [{"system": "http://provider.example/claims", "value": "PCN-1"}],
        "status": "active",
        "type": concept(TERMS + "claim-type", "professional"),
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "created": "2026-03-03",
        "insurer": {"reference": "Organization/payer"},
        "provider": {"reference": "Organization/clinic"},
        "priority": concept(TERMS + "processpriority", "normal"),
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept(ICD, "M96.1")}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/v1"}}],
        "item": [item()],
        **elements,
    }
    return {name: value for name, value in copy.deepcopy(whole).items() if value is not None}


def patient(**elements):
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"use": "official", "family": SECRET, "given": ["First", "Second"]}],
        "birthDate": "1980-02-29",
        **elements,
    }


def coverage(**elements):
    return {
        "resourceType": "Coverage",
        "id": "v1",
        "status": "active",
        "subscriberId": "M-77",
        "beneficiary": {"reference": "Patient/p1"},
        "relationship": concept(TERMS + "subscriber-relationship", "child"),
        "payor": [{"reference": "Organization/payer"}],
        **elements,
    }


def clinic():
    number = {"system": NPI, "value": "1999996666"}
    return {"resourceType": "Organization", "id": "clinic", "identifier": [{"system": "x:y", "value": "9"}, number]}


def payer():
    return {"resourceType": "Organization", "id": "payer", "identifier": [{"system": PAYERS, "value": "PAY-1"}]}


def bundle(*resources, kind="collection"):
    entries = [
        {"fullUrl": f"https://a.example/{each.get('resourceType')}/{each.get('id')}", "resource": each}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def whole(*claims):
    """A bundle of claims with all that they refer to."""
    return bundle(*claims, patient(), coverage(), clinic(), payer())


def parse(document, today=TODAY):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_claims(content, "claims.json", today)


def one(document, today=TODAY):
    """The claim of a file that holds one which can be taken."""
    found = parse(document, today)
    assert not found.refusals, found.refusals
    assert len(found.claims) == 1
    return found.claims[0]


def refused(document, today=TODAY):
    """The refusal of a file that holds one claim which cannot be taken; it repeats nothing of it."""
    found = parse(document, today)
    assert not found.claims
    assert len(found.refusals) == found.read == 1
    assert SECRET not in str(found.refusals[0])
    return found.refusals[0]
