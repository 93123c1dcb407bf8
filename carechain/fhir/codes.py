"""Codes of claims between FHIR's addresses of code systems and the house's names for them."""

from __future__ import annotations

import re
from typing import Any

from carechain.claims.document import Code
from carechain.fhir.elements import Element

CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
PROVIDER_ADJUSTMENT = "https://x12.org/codes/provider-adjustment-reason-codes"
STATUS_CATEGORY = "https://x12.org/codes/claim-status-category-codes"
STATUS = "https://x12.org/codes/claim-status-codes"
SERVICE_TYPE = "https://x12.org/codes/service-type-codes"
REJECTION = "https://codesystem.x12.org/005010/901"
BENEFIT_INFORMATION = "https://codesystem.x12.org/005010/1390"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
ADJUDICATION = TERMINOLOGY + "adjudication"
CLAIM_TYPE = TERMINOLOGY + "claim-type"
ABSENT = TERMINOLOGY + "data-absent-reason"

KINDS = {"institutional": "institutional", "oral": "dental", "pharmacy": "pharmacy", "professional": "professional"}
KINDS["vision"] = "vision"
"""Kinds of claims by their code in HL7's claim-type."""

_CPT = "http://www.ama-assn.org/go/cpt"
_HCPCS = TERMINOLOGY + "HCPCS-all-codes"
_SYSTEMS = {
    _CPT: "hcpcs",
    _HCPCS: "hcpcs",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "hcpcs",
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs": "hcpcs",
    "http://www.ada.org/cdt": "cdt",
    "http://hl7.org/fhir/sid/ndc": "ndc",
    "https://www.nubc.org/CodeSystem/RevenueCodes": "revenue",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd-10",
    "http://hl7.org/fhir/sid/icd-10": "icd-10",
    "http://hl7.org/fhir/sid/icd-9-cm": "icd-9",
    SERVICE_TYPE: "category",
}
_ADDRESSES = {
    "cdt": "http://www.ada.org/cdt",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "revenue": "https://www.nubc.org/CodeSystem/RevenueCodes",
    "icd-10": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-9": "http://hl7.org/fhir/sid/icd-9-cm",
    "category": SERVICE_TYPE,
}
_PREFERRED = ("hcpcs", "cdt", "ndc", "icd-10", "icd-9", "revenue", "category")


def code(concept: Element, modifiers: tuple[str, ...] = ()) -> Code | None:
    """The code of a CodeableConcept: of a system with a name of ours before any other; None without a code.

    The system is empty where none is stated. The dot of an ICD code is left out, as in X12.
    Raises CarechainError when the concept has two different codes of one system.
    """
    found: dict[str, str] = {}
    for coding in concept.children("coding"):
        value, address = coding.text("code"), coding.text("system") or ""
        if value is None:
            continue
        system = _SYSTEMS.get(address, address)
        if system in ("icd-9", "icd-10"):
            value = value.replace(".", "")
        if found.setdefault(system, value) != value:
            coding.refuse("code", "is another than the one of the same system before it", "keep one of the two")
    for system in (*_PREFERRED, *(other for other in found if other), ""):
        if system in found:
            return Code(system, found[system], modifiers)
    return None


def coded(parent: Element, name: str, systems: tuple[str, ...]) -> str | None:
    """The code that the CodeableConcept `name` has in any of the systems; None without one."""
    concept = parent.child(name)
    for coding in concept.children("coding") if concept else []:
        if coding.node.get("system") in systems:
            return coding.text("code")
    return None


def kind(resource: Element) -> str:
    """The kind of claim that a resource's `type` says. Raises CarechainError when it says none."""
    found = coded(resource, "type", (CLAIM_TYPE,))
    if found not in KINDS:
        resource.refuse(
            "type", "has no code of HL7's claim-type", "say institutional, oral, pharmacy or another of them"
        )
    return KINDS[found]


def kind_concept(known: str | None) -> dict[str, Any]:
    """The `type` of a claim of this kind; in words where it is not known."""
    for written, ours in KINDS.items():
        if ours == known:
            return concept(CLAIM_TYPE, written)
    return {"text": "not known"}


def concept(system: str, value: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": value}]}


def code_concept(ours: Code) -> dict[str, Any]:
    """A code as a CodeableConcept, without its modifiers."""
    if ours.system == "hcpcs":
        address = _HCPCS if re.match("[A-Za-z]", ours.value) else _CPT
    else:
        address = _ADDRESSES.get(ours.system, ours.system)
    if not address:
        return {"coding": [{"code": ours.value}]}
    return concept(address, ours.value)
