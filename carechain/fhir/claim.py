"""Reads FHIR R4 claims, alone or in a Bundle: with the meaning that they have, or not at all.

Nothing is guessed: an amount that does not come out, a code that decides about money and names no code system, or a
modifier extension refuses its claim, and the other claims of the file are still taken. The structure is checked with
the R4B model of fhir.resources, which has the elements of R4; values are read from the JSON as it stands.
docs/CLAIM_FORMATS.md says what becomes of each element.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from fhir.resources.R4B.claim import Claim
from pydantic import ValidationError

from carechain.claims.document import ClaimDocument, ClaimFile, Code, Frequency, Identifier
from carechain.errors import CarechainError
from carechain.fhir import claim_items, json_reading
from carechain.fhir.claim_prior import focal_and_order, prior
from carechain.fhir.codes import code, coded, kind
from carechain.fhir.coverage import insured, patient_of
from carechain.fhir.elements import Element
from carechain.fhir.file_entries import entries
from carechain.fhir.money import MAX_AMOUNT, Currency
from carechain.fhir.neighbours import Bundle, Entry, Neighbours

_WANTED = "a FHIR R4 Claim, or a Bundle with claims,"
_USES = ("claim", "preauthorization", "predetermination")
_STATUSES = {"draft": "is not sent in earnest yet", "cancelled": "was cancelled", "entered-in-error": "is an error"}
# The last digit of the type of bill is X12's frequency of the claim.
_BILL_TYPES = ("https://www.nubc.org/CodeSystem/TypeOfBill", "https://www.cms.gov/codes/billtype")
_RELATIONSHIP = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"
_FREQUENCIES = {"1": Frequency.ORIGINAL, "7": Frequency.REPLACEMENT, "8": Frequency.VOID}
_ITEM_NOT_TAKEN = (
    "bodySite careTeamSequence category encounter informationSequence locationAddress locationReference "
    "procedureSequence programCode subSite udi"
).split()
# Marks in meta of a resource of which parts were left out or masked, and of one that is not meant in earnest.
_MARKS = ("SUBSETTED", "ABSTRED", "MASKED", "REDACTED", "HTEST")
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_PRINCIPAL = ("http://terminology.hl7.org/CodeSystem/ex-diagnosistype",)
_NOT_TAKEN = (
    "careTeam enterer facility fundsReserve originalPrescription prescription priority procedure referral "
    "supportingInfo"
).split()


def parse_claims(content: bytes, source: str, today: date) -> ClaimFile:
    """Reads the claims of the JSON file `source`, of which `today` is the last day that services may have.

    Raises CarechainError when the file is not JSON, not FHIR R4, or holds no claim. What is wrong with one claim is
    among the refusals, with its place; neither repeats a value of the file, but the id of the claim in its place.
    """
    found, others = entries(content, source, "Claim", _WANTED)
    bundle = Bundle([entry for entry, _ in found] + others)
    claims: list[ClaimDocument] = []
    refusals: list[CarechainError] = []
    notes: Counter[str] = Counter()
    seen: set[str] = set()
    for entry, problem in found:
        try:
            if problem is not None:
                raise problem
            if entry.resource.place in seen:
                entry.resource.refuse("", "is in the file twice", "send each claim once")
            seen.add(entry.resource.place)
            document, said = _read(entry, bundle, today)
        except CarechainError as refusal:
            refusals.append(refusal)
        else:
            claims.append(document)
            notes.update(said)
    told = [f"{text} ({count:,} claim{'s' if count > 1 else ''})" for text, count in sorted(notes.items())]
    if others:
        told.append(f"{len(others):,} other resources are read only for what claims refer to")
    return ClaimFile(source, tuple(claims), tuple(refusals), tuple(told))


def _read(entry: Entry, bundle: Bundle, today: date) -> tuple[ClaimDocument, set[str]]:
    claim = entry.resource
    neighbours = Neighbours(entry, bundle)
    _check(claim)
    notes = {f"{name} has no place in a claim here and is left out" for name in _NOT_TAKEN if claim.has(name)}
    for name in _ITEM_NOT_TAKEN:
        if any(item.has(name) for item in claim.children("item")):
            notes.add(f"item.{name} has no place in a claim here and is left out")
    use = _use(claim)
    focal, order, before = focal_and_order(claim)
    patient = claim.needed("patient")
    covered = insured(focal, patient, neighbours)
    person = patient_of(patient, neighbours)
    if covered.relationship == "other":
        notes.add("who the patient is to the subscriber is not said, or another relative")
    provider = neighbours.who(claim.needed("provider"), "Organization", "Practitioner", "PractitionerRole")
    _check_payee(claim, provider, neighbours)
    diagnoses, places = _diagnoses(claim, neighbours)
    if any(not diagnosis.system for diagnosis in diagnoses):
        notes.add("a diagnosis names no code system and is kept without one")
    currency = Currency()
    last_day = today if use == "claim" else None
    period = claim.period("billablePeriod") if claim.has("billablePeriod") else None
    lines = claim_items.lines(claim, claim_items.Frame(period, places, last_day, currency))
    total = sum(line.charge for line in lines)
    if claim.has("total") and currency.amount(claim, "total") != total:
        claim.refuse("total", "differs from the sum of the items", "make them agree")
    if total > MAX_AMOUNT:
        claim.refuse("total", "is larger than any claim", "correct it")
    paid = prior(patient, before, {line.number: line.charge for line in lines}, neighbours, currency)
    notes.update(paid.notes)
    frequency, original = _frequency(claim, notes)
    created = claim.day("created")
    if created is not None and created > today:
        claim.refuse("created", "is in the future", "correct it")
    document = ClaimDocument(
        place=claim.place,
        kind=kind(claim),
        use=use,
        control_number=_control_number(claim),
        frequency=frequency,
        original=original,
        provider=provider,
        payer=_payer(claim, covered.payer, neighbours),
        member=covered.member,
        relationship=covered.relationship,
        birth_date=person.birth_date,
        order=order,
        currency=currency.code or "",
        total=total,
        diagnoses=diagnoses,
        lines=tuple(paid.added(line) for line in lines),
        prior=tuple(paid.whole),
        authorisation=_authorisation(focal),
        related_cause=claim.child("accident") is not None,
        created=created,
        patient_name=person.name,
    )
    return document, notes


def _check(claim: Element) -> None:
    """Structure by the model, and no modifier extension anywhere: each may turn the meaning of what it stands in."""
    waiting: list[tuple[Any, int]] = [(claim.node, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > json_reading.MAX_DEPTH:
            claim.refuse("", f"nests deeper than {json_reading.MAX_DEPTH} levels", "flatten the resource")
        if isinstance(value, dict) and "modifierExtension" in value:
            claim.refuse("", "has a modifier extension, which may change its meaning", "send it without")
        if isinstance(value, dict | list):
            waiting.extend((child, depth + 1) for child in (value.values() if isinstance(value, dict) else value))
    if claim.has("implicitRules"):
        claim.refuse("implicitRules", "may change the meaning of the claim", "send it without")
    meta = claim.child("meta")
    for name in ("tag", "security"):
        for label in meta.children(name) if meta else []:
            if label.node.get("code") in _MARKS:
                claim.refuse(
                    f"meta.{name}", "marks it as masked, incomplete or a test", "send the whole claim in earnest"
                )
    checked = {name: value for name, value in claim.node.items() if name not in ("text", "contained")}
    try:
        Claim.model_validate(checked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = "".join(f"[{s}]" if isinstance(s, int) else f".{json_reading.shown(s)}" for s in first["loc"])
        problem, mend = "does not have the form FHIR R4 gives it", "correct its type or its value"
        if first["type"].endswith("missing"):
            problem, mend = "is missing, and FHIR R4 requires it", "add it"
        elif first["type"] == "extra_forbidden":
            problem, mend = "is not an element of FHIR R4 Claim", "convert the claim to FHIR R4 (4.0.1)"
        claim.refuse(place.removeprefix("."), problem, mend)
    except (KeyError, AttributeError, TypeError, ValueError, ArithmeticError, RecursionError):
        claim.refuse("", "does not have the form FHIR R4 gives it", "correct it")


def _use(claim: Element) -> str:
    status, use = claim.text("status"), claim.text("use")
    if status != "active":
        problem = _STATUSES.get(status or "", "is none of a Claim")
        claim.refuse("status", problem, "send claims whose status is active; void one that was sent")
    if use not in _USES:
        claim.refuse("use", "is none of a Claim", "say claim, preauthorization or predetermination")
    return use


def _payer(claim: Element, of_coverage: Identifier | None, neighbours: Neighbours) -> Identifier:
    insurer = claim.child("insurer")
    if insurer is not None:
        return neighbours.who(insurer, "Organization")
    if of_coverage is None:
        claim.refuse("insurer", "is missing, and the coverage names no payer", "say whom the claim is against")
    return of_coverage


def _check_payee(claim: Element, provider: Identifier, neighbours: Neighbours) -> None:
    payee = claim.child("payee")
    if payee is None:
        return
    party = payee.child("party")
    codings = payee.needed("type").children("coding")
    if not any(coding.node.get("code") == "provider" for coding in codings) or (
        party and neighbours.who(party, "Organization", "Practitioner", "PractitionerRole", "Patient") != provider
    ):
        claim.refuse("payee", "is not the provider, who alone is paid", "claim for payment to the provider")


def _diagnoses(claim: Element, neighbours: Neighbours) -> tuple[tuple[Code, ...], dict[int, int]]:
    """The diagnoses, principal first, then by their numbers; and for each number its place, counted from 1."""
    found: dict[int, tuple[bool, Code]] = {}
    for diagnosis in claim.children("diagnosis"):
        number = diagnosis.ordinal("sequence")
        if number is None or number in found:
            diagnosis.refuse("sequence", "is missing or that of an earlier one", "number the diagnoses one by one")
        concept, reference = diagnosis.child("diagnosisCodeableConcept"), diagnosis.child("diagnosisReference")
        if concept is None:
            condition = neighbours.find(reference, "Condition")
            if condition and coded(condition, "verificationStatus", (_VERIFICATION,)) in (
                "refuted",
                "entered-in-error",
            ):
                diagnosis.refuse("", "is a condition that the patient does not have", "leave it out")
            concept = condition.child("code") if condition else None
        if concept is None:
            diagnosis.refuse("", "is neither a code nor a condition in the file", "give the code of the diagnosis")
        ours = code(concept)
        if ours is None:
            diagnosis.refuse("", "is in words and has no code", "give the code of the diagnosis")
        principal = any(
            coding.node.get("system") in _PRINCIPAL and coding.node.get("code") == "principal"
            for each in diagnosis.children("type")
            for coding in each.children("coding")
        )
        found[number] = (principal, ours)
    ordered = sorted(found, key=lambda number: (not found[number][0], number))
    return tuple(found[number][1] for number in ordered), {number: at + 1 for at, number in enumerate(ordered)}


def _control_number(claim: Element) -> str:
    for identifier in claim.children("identifier"):
        value = identifier.text("value")
        if value is not None:
            return value
    own = claim.text("id")
    if own is None:
        claim.refuse("identifier", "is missing, and there is no id", "give the claim a number of the provider")
    return own


def _frequency(claim: Element, notes: set[str]) -> tuple[Frequency, str | None]:
    """Whether a claim is new, replaces or voids an earlier one, and the payer's number of that one."""
    bill = coded(claim, "subType", _BILL_TYPES)
    said = None if bill is None else _FREQUENCIES.get(bill[-1])
    if bill is not None and said is None:
        claim.refuse(
            "subType", "has a frequency that is not taken", "send a claim that is new, a replacement or a void"
        )
    if bill is None and claim.has("subType"):
        notes.add("subType has no place in a claim here and is left out")
    earlier = []
    for related in claim.children("related"):
        if coded(related, "relationship", (_RELATIONSHIP,)) == "prior":
            earlier.append(related)
        else:
            notes.add("related: a claim for other services is left out")
    if said == Frequency.ORIGINAL or (said is None and not earlier):
        if earlier:
            earlier[0].refuse("relationship", "is prior, and the type of bill says that the claim is new", "keep one")
        return Frequency.ORIGINAL, None
    if len(earlier) != 1:
        claim.refuse("related", "does not name the one claim before", "give it with relationship prior")
    reference, before = earlier[0].child("reference"), earlier[0].child("claim")
    number = reference or (before.child("identifier") if before else None)
    value = number.text("value") if number else None
    if value is None:
        earlier[0].refuse("reference", "has no number that the payer gave the claim before", "add it")
    return said or Frequency.REPLACEMENT, value


def _authorisation(focal: Element) -> str | None:
    numbers = set(focal.texts("preAuthRef"))
    if len(numbers) > 1:
        focal.refuse("preAuthRef", "has several prior authorisations", "claim each one's services by itself")
    return numbers.pop() if numbers else None
