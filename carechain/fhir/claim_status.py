"""Where a claim stands, as FHIR R4's ClaimResponse.

R4 has no resource for the status of a claim. A ClaimResponse is what FHIR answers a Claim with, before it is decided
as after, and its outcome tells queued, partial, complete and error apart; a Task would say how a request to do
something goes. The codes of X12 are in an adjudication of the whole claim: the category of the status as its
category, the status as its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carechain.claims.remittance import StatusAnswer, StatusRequest
from carechain.fhir import adjudication
from carechain.fhir.codes import STATUS, STATUS_CATEGORY, TERMINOLOGY, coded, concept, kind_concept
from carechain.fhir.elements import Element
from carechain.fhir.money import Currency, money
from carechain.fhir.neighbours import reference_to
from carechain.fhir.remittance import CLAIM_NUMBER, CONTROL_NUMBER, TRACE

_OUTCOMES = {"A1": "queued", "A4": "error", "P": "partial", "F": "complete"}
_NOBODY = {"display": "not told"}


def claim_status(
    request: StatusRequest, answer: StatusAnswer, currency: str, kind: str | None = None
) -> dict[str, Any]:
    """The answer to a provider's question as a ClaimResponse; `kind` is the claim's, where it is known.

    `created` is the day on which the status began. Raises CarechainError when the currency is not known.
    """
    codes = {"category": concept(STATUS_CATEGORY, answer.category), "reason": concept(STATUS, answer.status)}
    found: dict[str, Any] = {
        "resourceType": "ClaimResponse",
        "status": "active",
        "type": kind_concept(kind),
        "use": "claim",
        "patient": reference_to(request.member) if request.member else _NOBODY,
        "created": answer.day.isoformat(),
        "insurer": reference_to(request.payer),
        "requestor": reference_to(request.provider),
        "outcome": _outcome(answer.category),
        "adjudication": [codes],
        "total": [
            adjudication.amount("submitted", answer.charge, currency),
            adjudication.amount("benefit", answer.paid, currency),
        ],
    }
    if answer.payer_control_number is not None:
        found["identifier"] = [{"type": {"text": CLAIM_NUMBER}, "value": answer.payer_control_number}]
    if answer.control_number is not None:
        found["request"] = {"identifier": {"type": {"text": CONTROL_NUMBER}, "value": answer.control_number}}
    if found["outcome"] == "error":
        found["error"] = [{"code": concept(STATUS, answer.status)}]
    if answer.payment_day is not None or answer.trace is not None:
        found["payment"] = {
            "type": concept(TERMINOLOGY + "ex-paymenttype", "complete"),
            "amount": money(answer.paid, currency),
            **({"date": answer.payment_day.isoformat()} if answer.payment_day else {}),
            **({"identifier": {"type": {"text": TRACE}, "value": answer.trace}} if answer.trace else {}),
        }
    return found


def read_claim_status(resource: Mapping[str, Any]) -> StatusAnswer:
    """The answer that a ClaimResponse of `claim_status` gives. Raises CarechainError when it is none."""
    root = Element("ClaimResponse", resource)
    if resource.get("resourceType") != "ClaimResponse":
        root.refuse("resourceType", "is another", "give the ClaimResponse")
    codes = root.children("adjudication")
    category = coded(codes[0], "category", (STATUS_CATEGORY,)) if codes else None
    status = coded(codes[0], "reason", (STATUS,)) if codes else None
    if category is None or status is None:
        root.refuse("adjudication", "has no status of a claim", "give category and status of X12")
    day = root.day("created")
    total = adjudication.read(root.children("total"), Currency())
    if day is None or total.submitted is None or total.paid is None:
        root.refuse("total", "or the day of the status is missing", "give both")
    request, payment = root.child("request"), root.child("payment")
    return StatusAnswer(
        control_number=_value(request),
        payer_control_number=next((each.text("value") for each in root.children("identifier")), None),
        category=category,
        status=status,
        day=day,
        charge=total.submitted,
        paid=total.paid,
        payment_day=payment.day("date") if payment else None,
        trace=_value(payment),
    )


def _outcome(category: str) -> str:
    return _OUTCOMES.get(category) or _OUTCOMES.get(category[:1], "error")


def _value(parent: Element | None) -> str | None:
    identifier = parent.child("identifier") if parent else None
    return identifier.text("value") if identifier else None
