"""Whom an insurance covers: the member's number, who the patient is to the subscriber, and the payer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from carechain.claims.document import Identifier
from carechain.fhir.elements import Element
from carechain.fhir.neighbours import Neighbours, best_identifier, identifier, is_member_number, same

_RELATIONSHIPS = {"self": "self", "spouse": "spouse", "common": "spouse", "child": "child"}


@dataclass(frozen=True)
class Patient:
    """What a claim needs of its patient, where the Patient is in the file."""

    birth_date: date | None = field(default=None, repr=False)
    name: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Insured:
    """A patient's place in a plan."""

    member: Identifier
    relationship: str
    """self, spouse, child or other; other too where it is not said."""
    payer: Identifier | None


def insured(insurance: Element, patient: Element, neighbours: Neighbours) -> Insured:
    """What `insurance.coverage` says of the patient that the Reference `patient` means.

    A Coverage in the file tells; otherwise the Reference itself stands for the member. Raises CarechainError when it
    names no coverage, or one that is not active or covers another patient.
    """
    reference = insurance.needed("coverage")
    coverage = neighbours.find(reference, "Coverage")
    if coverage is None:
        own = reference.child("identifier")
        member = identifier(own) if own else None
        literal = reference.text("reference")
        if member is None and (literal is None or literal.startswith("#")):
            reference.refuse("", "names no coverage", "refer to a Coverage, or give its identifier with a system")
        return Insured(member or Identifier("fhir", literal or ""), "other", None)
    if coverage.text("status") != "active":
        coverage.refuse("status", "is not active", "claim against a coverage that is in force")
    beneficiary = coverage.needed("beneficiary")
    if not _one(beneficiary, patient, neighbours):
        coverage.refuse("beneficiary", "is another than the patient", "refer to the patient's own coverage")
    payors = coverage.children("payor")
    payer = neighbours.who(payors[0], "Organization", "Patient", "RelatedPerson") if len(payors) == 1 else None
    return Insured(_member(coverage, reference), _relationship(coverage, beneficiary), payer)


def patient_of(reference: Element, neighbours: Neighbours) -> Patient:
    """Birth date and name from the Patient that the Reference points to, where it is in the file."""
    resource = neighbours.find(reference, "Patient")
    if resource is None:
        return Patient()
    born = resource.text("birthDate")
    full = born is not None and len(born) == len("YYYY-MM-DD")
    return Patient(resource.day("birthDate") if full else None, _name(resource))


def _one(beneficiary: Element, patient: Element, neighbours: Neighbours) -> bool:
    first, second = neighbours.find(beneficiary, "Patient"), neighbours.find(patient, "Patient")
    if first and second:
        return first.place == second.place
    return same(beneficiary.node, patient.node) is not False


def _member(coverage: Element, reference: Element) -> Identifier:
    for each in coverage.children("identifier"):
        if is_member_number(each) and (number := identifier(each)) is not None:
            return number
    subscriber = coverage.text("subscriberId")
    if subscriber is not None:
        return Identifier("member", subscriber)
    found = best_identifier(coverage)
    if found is not None:
        return found
    literal = reference.text("reference") or ""
    if literal.startswith("#"):
        coverage.refuse("", "has no number of a member", "give subscriberId, or an identifier with its system")
    return Identifier("fhir", literal)


def _relationship(coverage: Element, beneficiary: Element) -> str:
    said = coverage.child("relationship")
    for coding in said.children("coding") if said else []:
        return _RELATIONSHIPS.get(coding.text("code") or "", "other")
    subscriber = coverage.child("subscriber")
    return "self" if subscriber and same(subscriber.node, beneficiary.node) else "other"


def _name(patient: Element) -> tuple[str, str] | None:
    names = patient.children("name")
    for name in sorted(names, key=lambda each: each.node.get("use") != "official"):
        family = name.text("family")
        if family is not None:
            return family, " ".join(name.texts("given"))
    return None
