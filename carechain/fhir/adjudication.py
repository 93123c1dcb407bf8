"""What was paid of a charge, and why not all of it, as the adjudications of an item in FHIR: to the cent, both ways.

Each adjustment is an adjudication of its own, whose reason is its CARC. Its category has the group code of X12; a
deductible or copayment that the patient owes has HL7's code before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from carechain.claims.document import GROUPS, Adjustment
from carechain.fhir.codes import ADJUDICATION, CARC, GROUP, coded, concept
from carechain.fhir.elements import Element
from carechain.fhir.money import Currency, money

_OWED = {("PR", "1"): "deductible", ("PR", "3"): "copay"}
_REASONS = {"deductible": "1", "copay": "3", "coinsurance": "2"}
# CARIN's guide for payers has codes beside HL7's for what patients owe.
_CATEGORIES = (ADJUDICATION, "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication")


@dataclass(frozen=True)
class Adjudication:
    """The amounts of some adjudications, in minor units. None where the amount is not among them."""

    submitted: int | None
    paid: int | None
    adjustments: tuple[Adjustment, ...]


def adjudications(charge: int, paid: int, adjustments: Iterable[Adjustment], currency: str) -> list[dict[str, Any]]:
    """The adjudications of one line: what was submitted, each adjustment, and the benefit."""
    return [
        amount("submitted", charge, currency),
        *(_adjustment(each, currency) for each in adjustments),
        amount("benefit", paid, currency),
    ]


def amount(category: str, value: int, currency: str) -> dict[str, Any]:
    """An amount with one of HL7's categories: of an adjudication, or of the total of a claim."""
    return {"category": concept(ADJUDICATION, category), "amount": money(value, currency)}


def read(elements: list[Element], currency: Currency) -> Adjudication:
    """The amounts of these adjudications.

    What has neither a reason of X12 nor a category known here, such as what was eligible, is passed over: whether
    the rest adds up is for the caller to see. Raises CarechainError for a malformed amount or a category given twice.
    """
    stated: dict[str, int] = {}
    adjustments = []
    for element in elements:
        category = _category(element)
        if category not in ("submitted", "benefit"):
            adjustment = _read_adjustment(element, category, currency)
            adjustments += [adjustment] if adjustment else []
            continue
        value = currency.balance(element, "amount")
        if value is None:
            element.refuse("amount", "is missing", "state the amount")
        if category in stated:
            element.refuse("category", "is that of an earlier amount", "state each amount once")
        stated[category] = value
    return Adjudication(stated.get("submitted"), stated.get("benefit"), tuple(adjustments))


def _adjustment(adjustment: Adjustment, currency: str) -> dict[str, Any]:
    owed = _OWED.get((adjustment.group, adjustment.reason))
    codings = [{"system": ADJUDICATION, "code": owed}] if owed else []
    codings.append({"system": GROUP, "code": adjustment.group})
    return {
        "category": {"coding": codings},
        "reason": concept(CARC, adjustment.reason),
        "amount": money(adjustment.amount, currency),
    }


def _category(element: Element) -> str | None:
    """The code of the category. Examples of HL7 leave its system out; the codes are HL7's own, and meant as such."""
    for coding in element.needed("category").children("coding"):
        if not coding.has("system") or coding.node["system"] in _CATEGORIES:
            return coding.text("code")
    return None


def _read_adjustment(element: Element, category: str | None, currency: Currency) -> Adjustment | None:
    group = coded(element, "category", (GROUP,))
    reason = coded(element, "reason", (CARC,))
    if group is None and category in _REASONS:
        group, reason = "PR", reason or _REASONS[category]
    if group is None and reason is None:
        return None
    if group not in GROUPS:
        element.refuse("category", "has no group code beside the reason", "give the group code of X12")
    if reason is None:
        element.refuse("reason", "has no adjustment reason code", "give the code of X12")
    value = currency.balance(element, "amount")
    if value is None:
        element.refuse("amount", "is missing", "state the amount")
    return Adjustment(group, reason, value)
