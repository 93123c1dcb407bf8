"""Questions about a patient's coverage, read from FHIR R4's CoverageEligibilityRequest.

Each insurance that is asked about is a question of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carechain.claims.remittance import EligibilityRequest
from carechain.errors import CarechainError
from carechain.fhir.codes import SERVICE_TYPE, TERMINOLOGY, coded
from carechain.fhir.coverage import insured, patient_of
from carechain.fhir.elements import Element
from carechain.fhir.file_entries import entries
from carechain.fhir.neighbours import Bundle, Entry, Neighbours

_WANTED = "a FHIR R4 CoverageEligibilityRequest, or a Bundle with them,"
WHOLE_PLAN = "30"
SERVICE_TYPES = (SERVICE_TYPE, TERMINOLOGY + "ex-benefitcategory", "https://codesystem.x12.org/005010/1365")
"""Code systems whose codes are service types of X12; HL7's example is an excerpt of them."""


@dataclass(frozen=True)
class EligibilityFile:
    """What a file asks: questions that can be answered, and for each other request one why not."""

    source: str
    requests: tuple[EligibilityRequest, ...]
    refusals: tuple[CarechainError, ...]
    notes: tuple[str, ...] = ()


def parse_eligibility_requests(content: bytes, source: str, today: date) -> EligibilityFile:
    """Reads the questions of the JSON file `source`; one without a day is about `today`.

    Raises CarechainError when the file is not JSON, not FHIR R4, or asks nothing. No value of it is repeated, but the
    id of the request in its place.
    """
    found, others = entries(content, source, "CoverageEligibilityRequest", _WANTED)
    bundle = Bundle([entry for entry, _ in found] + others)
    requests: list[EligibilityRequest] = []
    refusals: list[CarechainError] = []
    for entry, problem in found:
        try:
            if problem is not None:
                raise problem
            requests += _read(entry, Neighbours(entry, bundle), today)
        except CarechainError as refusal:
            refusals.append(refusal)
    notes = [f"{len(others):,} other resources are read only for what requests refer to"] if others else []
    return EligibilityFile(source, tuple(requests), tuple(refusals), tuple(notes))


def _read(entry: Entry, neighbours: Neighbours, today: date) -> list[EligibilityRequest]:
    root = entry.resource
    if root.has("modifierExtension"):
        root.refuse("modifierExtension", "may change the meaning of the request", "send it without")
    if root.text("status") != "active":
        root.refuse("status", "is not active", "send requests whose status is active")
    patient = root.needed("patient")
    person = patient_of(patient, neighbours)
    insurances = root.children("insurance")
    if not insurances:
        root.refuse("insurance", "is missing, and coverages are not searched for", "name the coverage asked about")
    payer = neighbours.who(root.needed("insurer"), "Organization")
    provider = neighbours.who(root.needed("provider"), "Organization", "Practitioner", "PractitionerRole")
    types, day, trace = _service_types(root), _day(root, today), _trace(root)
    return [
        EligibilityRequest(
            place=insurance.place,
            trace=trace,
            payer=payer,
            provider=provider,
            member=insured(insurance, patient, neighbours).member,
            day=day,
            service_types=types,
            birth_date=person.birth_date,
            patient_name=person.name,
        )
        for insurance in insurances
    ]


def _service_types(root: Element) -> tuple[str, ...]:
    found = []
    for item in root.children("item"):
        kind = coded(item, "category", SERVICE_TYPES)
        if kind is None:
            item.refuse("category", "is no service type of X12", "ask by service type; 30 is the plan as a whole")
        found.append(kind)
    return tuple(dict.fromkeys(found)) or (WHOLE_PLAN,)


def _day(root: Element, today: date) -> date:
    day, period = root.day("servicedDate"), root.period("servicedPeriod")
    if day is not None:
        return day
    return period[0] if period else today


def _trace(root: Element) -> str:
    for identifier in root.children("identifier"):
        value = identifier.text("value")
        if value is not None:
            return value
    own = root.text("id")
    if own is None:
        root.refuse("identifier", "is missing, and there is no id", "give the request a number")
    return own
