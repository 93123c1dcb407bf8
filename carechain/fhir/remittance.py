"""Remitted claims as FHIR R4's ExplanationOfBenefit and ClaimResponse, and their amounts read back.

An explanation of benefit is for the patient and says what was done; a claim response is for the provider and names
the items by number. Money is Decimal in them: `elements.written` makes JSON of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carechain.claims.document import Adjustment, Identifier
from carechain.claims.remittance import Remittance, RemittedClaim, RemittedLine
from carechain.fhir import adjudication
from carechain.fhir.codes import PROVIDER_ADJUSTMENT, TERMINOLOGY, code_concept, coded, concept, kind_concept
from carechain.fhir.elements import Element
from carechain.fhir.money import Currency, money
from carechain.fhir.neighbours import reference_to

DISPOSITIONS = {
    "1": "Processed as primary",
    "2": "Processed as secondary",
    "3": "Processed as tertiary",
    "4": "Denied",
    "22": "Reversal of a previous payment",
}
"""What is said of a claim, by its status code (CLP02)."""

CONTROL_NUMBER, CLAIM_NUMBER, TRACE = "provider control number", "payer control number", "payment trace"
_RECEIVED = ("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType", "clmrecvddate")
_PAYMENT = TERMINOLOGY + "ex-paymenttype"
_INTEREST = "L6"


@dataclass(frozen=True)
class AdjudicatedLine:
    """The amounts of one line: charge = paid + the sum of its adjustments."""

    number: int
    charge: int
    paid: int
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True)
class AdjudicatedClaim:
    """What an answer says of a claim, in minor units of its currency."""

    control_number: str | None = field(repr=False)
    payer_control_number: str | None
    status: str | None
    """Claim status code (CLP02), where the answer is one of ours."""
    currency: str
    charge: int
    paid: int
    lines: tuple[AdjudicatedLine, ...]
    interest: int = 0


def amounts(claim: RemittedClaim, currency: str) -> AdjudicatedClaim:
    """The amounts of a remitted claim: what `read_explanation` and `read_claim_response` find again."""
    lines = tuple(AdjudicatedLine(line.number, line.charge, line.paid, line.adjustments) for line in claim.lines)
    return AdjudicatedClaim(
        claim.control_number,
        claim.payer_control_number,
        claim.status,
        currency,
        claim.charge,
        claim.paid,
        lines,
        claim.interest,
    )


def explanation_of_benefit(claim: RemittedClaim, remittance: Remittance, kind: str | None = None) -> dict[str, Any]:
    """An ExplanationOfBenefit of one claim of a remittance. `kind` is the claim's, where it is known.

    Raises CarechainError when the currency is not known.
    """
    member = reference_to(Identifier("member", claim.member))
    received = {
        "sequence": 1,
        "category": concept(*_RECEIVED),
        "timingDate": claim.received.isoformat(),
    }
    return {
        "resourceType": "ExplanationOfBenefit",
        **_head(claim, remittance, kind),
        "provider": reference_to(remittance.provider),
        "claim": {"identifier": _numbered(CONTROL_NUMBER, claim.control_number)},
        "supportingInfo": [received],
        "insurance": [{"focal": True, "coverage": member}],
        "item": [_item(line, remittance.currency) for line in claim.lines],
        **_end(claim, remittance),
    }


def claim_response(claim: RemittedClaim, remittance: Remittance, kind: str | None = None) -> dict[str, Any]:
    """A ClaimResponse to one claim of a remittance. `kind` is the claim's, where it is known.

    Raises CarechainError when the currency is not known.
    """
    return {
        "resourceType": "ClaimResponse",
        **_head(claim, remittance, kind),
        "requestor": reference_to(remittance.provider),
        "request": {"identifier": _numbered(CONTROL_NUMBER, claim.control_number)},
        "item": [
            {"itemSequence": line.number, "adjudication": _adjudications(line, remittance.currency)}
            for line in claim.lines
        ],
        **_end(claim, remittance),
    }


def read_explanation(resource: Mapping[str, Any]) -> AdjudicatedClaim:
    """The amounts of an ExplanationOfBenefit. Raises CarechainError when it is none, or does not balance."""
    return _read(resource, "ExplanationOfBenefit", "sequence", "claim")


def read_claim_response(resource: Mapping[str, Any]) -> AdjudicatedClaim:
    """The amounts of a ClaimResponse. Raises CarechainError when it is none, or does not balance."""
    return _read(resource, "ClaimResponse", "itemSequence", "request")


def _head(claim: RemittedClaim, remittance: Remittance, kind: str | None) -> dict[str, Any]:
    return {
        "identifier": [_numbered(CLAIM_NUMBER, claim.payer_control_number)],
        "status": "active",
        "type": kind_concept(kind),
        "use": "claim",
        "patient": reference_to(Identifier("member", claim.member)),
        "created": remittance.day.isoformat(),
        "insurer": {**reference_to(remittance.payer), "display": remittance.payer_name},
        "outcome": "complete",
        "disposition": DISPOSITIONS.get(claim.status, claim.status),
    }


def _end(claim: RemittedClaim, remittance: Remittance) -> dict[str, Any]:
    currency = remittance.currency
    found: dict[str, Any] = {
        "total": [
            adjudication.amount("submitted", claim.charge, currency),
            adjudication.amount("benefit", claim.paid, currency),
        ]
    }
    if claim.paid or claim.interest:
        found["payment"] = {
            "type": concept(_PAYMENT, "complete"),
            "date": remittance.day.isoformat(),
            "amount": money(claim.paid + claim.interest, currency),
            "identifier": _numbered(TRACE, remittance.trace),
        }
    if claim.interest:
        # What FHIR calls an adjustment lowers the payment, as in X12's PLB.
        found["payment"]["adjustment"] = money(-claim.interest, currency)
        found["payment"]["adjustmentReason"] = concept(PROVIDER_ADJUSTMENT, _INTEREST)
    return found


def _item(line: RemittedLine, currency: str) -> dict[str, Any]:
    modifiers = [{"coding": [{"code": modifier}]} for modifier in line.procedure.modifiers]
    return {
        "sequence": line.number,
        "productOrService": code_concept(line.procedure),
        **({"modifier": modifiers} if modifiers else {}),
        "servicedDate": line.day.isoformat(),
        "quantity": {"value": line.units},
        "net": money(line.charge, currency),
        "adjudication": _adjudications(line, currency),
    }


def _adjudications(line: RemittedLine, currency: str) -> list[dict[str, Any]]:
    return adjudication.adjudications(line.charge, line.paid, line.adjustments, currency)


def _numbered(kind: str, value: str) -> dict[str, Any]:
    return {"type": {"text": kind}, "value": value}


def _read(resource: Mapping[str, Any], kind: str, number: str, claim: str) -> AdjudicatedClaim:
    root = Element(kind, resource)
    if resource.get("resourceType") != kind:
        root.refuse("resourceType", "is another", f"give the {kind}")
    if root.text("status") != "active" or root.text("outcome") != "complete":
        root.refuse("outcome", "is not that of an active, complete answer", "wait for the payer's decision")
    currency = Currency()
    lines = tuple(_read_line(item, number, currency) for item in root.children("item"))
    if root.has("addItem") or root.has("adjudication"):
        root.refuse("", "adds items, or adjusts the claim as a whole", "give an answer by items of the claim")
    total = adjudication.read(root.children("total"), currency)
    charge, paid = sum(line.charge for line in lines), sum(line.paid for line in lines)
    if not lines or (total.submitted, total.paid) != (charge, paid):
        root.refuse("total", "differs from the sum of the items", "ask the payer to correct it")
    request = root.child(claim)
    asked = request.child("identifier") if request else None
    numbers = [i for i in root.children("identifier") if _kind_of(i) in (CLAIM_NUMBER, None)]
    said = root.text("disposition")
    return AdjudicatedClaim(
        asked.text("value") if asked else None,
        numbers[0].text("value") if numbers else None,
        next((status for status, words in DISPOSITIONS.items() if words == said), None),
        currency.code or "",
        charge,
        paid,
        lines,
        _read_interest(root, paid, currency),
    )


def _read_line(item: Element, number: str, currency: Currency) -> AdjudicatedLine:
    line = item.ordinal(number)
    if line is None:
        item.refuse(number, "is missing", "name the item")
    found = adjudication.read(item.children("adjudication"), currency)
    charge = currency.balance(item, "net") if found.submitted is None else found.submitted
    if charge is None or found.paid is None:
        item.refuse("adjudication", "does not say what was submitted and what was paid", "give both amounts")
    if charge != found.paid + sum(adjustment.amount for adjustment in found.adjustments):
        item.refuse("adjudication", "does not say why all was not paid", "give each adjustment with its reason")
    return AdjudicatedLine(line, charge, found.paid, found.adjustments)


def _read_interest(root: Element, paid: int, currency: Currency) -> int:
    payment = root.child("payment")
    if payment is None:
        return 0
    lowered = currency.balance(payment, "adjustment") or 0
    stated = currency.balance(payment, "amount")
    if lowered and coded(payment, "adjustmentReason", (PROVIDER_ADJUSTMENT,)) != _INTEREST:
        payment.refuse("adjustmentReason", "is another than interest", "see the whole remittance")
    if stated != paid - lowered:
        payment.refuse("amount", "differs from what was paid for the items", "see the whole remittance")
    return -lowered


def _kind_of(identifier: Element) -> str | None:
    kind = identifier.child("type")
    return kind.text("text") if kind else None
