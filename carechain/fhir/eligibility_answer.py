"""What a plan covers, as FHIR R4's CoverageEligibilityResponse, and read back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from carechain.claims.remittance import CoveredService, EligibilityAnswer, EligibilityRequest
from carechain.errors import CarechainError
from carechain.fhir.codes import BENEFIT_INFORMATION, REJECTION, SERVICE_TYPE, TERMINOLOGY, coded, concept
from carechain.fhir.elements import Element
from carechain.fhir.eligibility import WHOLE_PLAN
from carechain.fhir.money import Currency, money
from carechain.fhir.neighbours import reference_to

_BENEFIT = TERMINOLOGY + "benefit-type"
_UNIT, _TERM, _NETWORK = TERMINOLOGY + "benefit-unit", TERMINOLOGY + "benefit-term", TERMINOLOGY + "benefit-network"
# X12's benefit information codes: HL7 has none for the most that a patient pays out of pocket.
_OUT_OF_POCKET = (BENEFIT_INFORMATION, "G")
_DEDUCTIBLE = (_BENEFIT, "deductible")
_COPAY, _COINSURANCE = (_BENEFIT, "copay"), (_BENEFIT, "copay-percent")
_UNITS = {"individual": "", "family": "family_"}
_TRACE = "trace number"
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6})?", re.ASCII)


def coverage_eligibility_response(
    request: EligibilityRequest, answer: EligibilityAnswer, created: date
) -> dict[str, Any]:
    """The answer to one question, made on the day `created`.

    Raises CarechainError when the currency is not known, or the answer says what is left of an amount that it does
    not state.
    """
    found: dict[str, Any] = {
        "resourceType": "CoverageEligibilityResponse",
        "status": "active",
        "purpose": ["validation", "benefits"],
        "patient": reference_to(request.member),
        "servicedDate": request.day.isoformat(),
        "created": created.isoformat(),
        "requestor": reference_to(request.provider),
        "request": {"identifier": {"type": {"text": _TRACE}, "value": request.trace}},
        "outcome": "complete" if answer.reason is None else "error",
        "insurer": reference_to(request.payer),
        "insurance": [_insurance(request, answer)],
    }
    if answer.reason is not None:
        found["error"] = [{"code": concept(REJECTION, answer.reason)}]
    return found


def read_eligibility(resource: Mapping[str, Any]) -> EligibilityAnswer:
    """The answer that a CoverageEligibilityResponse of ours gives. Raises CarechainError when it is none.

    Where it has no amounts its currency is taken to be the default one.
    """
    root = Element("CoverageEligibilityResponse", resource)
    if resource.get("resourceType") != root.place:
        root.refuse("resourceType", "is another", "give the CoverageEligibilityResponse")
    insurances = root.children("insurance")
    if len(insurances) != 1:
        root.refuse("insurance", "is not exactly one", "give an answer to one question")
    errors = root.children("error")
    period = insurances[0].child("benefitPeriod")
    currency = Currency()
    amounts: dict[str, int] = {}
    services, plan = [], None
    for item in insurances[0].children("item"):
        unit = coded(item, "unit", (_UNIT,))
        if unit is None:
            services.append(_read_service(item, currency))
            continue
        if unit not in _UNITS:
            item.refuse("unit", "is neither individual nor family", "use HL7's code")
        plan = item.text("name") or plan
        amounts.update(_read_amounts(item, _UNITS[unit], currency))
    return EligibilityAnswer(
        active=insurances[0].flag("inforce") is True,
        reason=coded(errors[0], "code", (REJECTION,)) if errors else None,
        first_day=period.day("start") if period else None,
        last_day=period.day("end") if period else None,
        plan=plan,
        currency=currency.code or "USD",
        services=tuple(services),
        **amounts,
    )


def _insurance(request: EligibilityRequest, answer: EligibilityAnswer) -> dict[str, Any]:
    found: dict[str, Any] = {"coverage": reference_to(request.member), "inforce": answer.active}
    days = (("start", answer.first_day), ("end", answer.last_day))
    period = {name: day.isoformat() for name, day in days if day is not None}
    if period:
        found["benefitPeriod"] = period
    own = [
        *_limit(_DEDUCTIBLE, answer.deductible, answer.deductible_left, answer.currency),
        *_limit(_OUT_OF_POCKET, answer.out_of_pocket, answer.out_of_pocket_left, answer.currency),
    ]
    family = [
        *_limit(_DEDUCTIBLE, answer.family_deductible, answer.family_deductible_left, answer.currency),
        *_limit(_OUT_OF_POCKET, answer.family_out_of_pocket, answer.family_out_of_pocket_left, answer.currency),
    ]
    items = []
    if own or answer.plan is not None:
        items.append(_plan_item("individual", own, answer.plan))
    if family:
        items.append(_plan_item("family", family, None))
    items += [_service_item(service, answer.currency) for service in answer.services]
    if items:
        found["item"] = items
    return found


def _plan_item(unit: str, benefits: list[dict[str, Any]], plan: str | None) -> dict[str, Any]:
    return {
        "category": concept(SERVICE_TYPE, WHOLE_PLAN),
        **({"name": plan} if plan is not None else {}),
        "unit": concept(_UNIT, unit),
        "term": concept(_TERM, "annual"),
        **({"benefit": benefits} if benefits else {}),
    }


def _limit(kind: tuple[str, str], whole: int | None, left: int | None, currency: str) -> list[dict[str, Any]]:
    if whole is None:
        if left is not None:
            raise CarechainError("The coverage", "says what is left of an amount that it does not state", "state it")
        return []
    used = {} if left is None else {"usedMoney": money(whole - left, currency)}
    return [{"type": concept(*kind), "allowedMoney": money(whole, currency), **used}]


def _service_item(service: CoveredService, currency: str) -> dict[str, Any]:
    percent = service.coinsurance * 100
    if percent == percent.to_integral_value():
        share: dict[str, Any] = {"allowedUnsignedInt": int(percent)}
    else:
        share = {"allowedString": f"{percent.normalize():f}"}
    return {
        "category": concept(SERVICE_TYPE, service.service_type),
        "excluded": not service.covered,
        "network": concept(_NETWORK, "in" if service.in_network else "out"),
        "benefit": [
            {"type": concept(*_COPAY), "allowedMoney": money(service.copay, currency)},
            {"type": concept(*_COINSURANCE), **share},
        ],
        "authorizationRequired": service.authorisation_needed,
    }


def _read_amounts(item: Element, prefix: str, currency: Currency) -> dict[str, int]:
    found: dict[str, int] = {}
    for benefit in item.children("benefit"):
        if coded(benefit, "type", (_DEDUCTIBLE[0],)) == _DEDUCTIBLE[1]:
            name = prefix + "deductible"
        elif coded(benefit, "type", (_OUT_OF_POCKET[0],)) == _OUT_OF_POCKET[1]:
            name = prefix + "out_of_pocket"
        else:
            benefit.refuse("type", "is not read here", "state deductible and most out of pocket alone")
        whole, used = currency.amount(benefit, "allowedMoney"), currency.amount(benefit, "usedMoney")
        if whole is None:
            benefit.refuse("allowedMoney", "is missing", "state the amount")
        found[name] = whole
        if used is not None:
            found[f"{name}_left"] = whole - used
    return found


def _read_service(item: Element, currency: Currency) -> CoveredService:
    kind = coded(item, "category", (SERVICE_TYPE,))
    network = coded(item, "network", (_NETWORK,))
    if kind is None or network is None:
        item.refuse("category", "or the network is missing", "say for what, and in or out of network")
    copay, coinsurance = 0, Decimal(0)
    for benefit in item.children("benefit"):
        said = coded(benefit, "type", (_BENEFIT,))
        if said == _COPAY[1]:
            copay = currency.amount(benefit, "allowedMoney") or 0
        elif said == _COINSURANCE[1]:
            coinsurance = _percent(benefit) / 100
        else:
            benefit.refuse("type", "is not read here", "state copayment and coinsurance alone")
    return CoveredService(
        service_type=kind,
        in_network=network == "in",
        covered=item.flag("excluded") is not True,
        authorisation_needed=item.flag("authorizationRequired") is True,
        copay=copay,
        coinsurance=coinsurance,
    )


def _percent(benefit: Element) -> Decimal:
    words = benefit.text("allowedString")
    number = benefit.number("allowedUnsignedInt")
    value = Fraction(words) if words is not None and _PERCENT.fullmatch(words) else number
    if value is None or not 0 <= value <= 100 or (value * 10**6).denominator != 1:
        benefit.refuse("", "is no percentage", "give a number from 0 to 100")
    return Decimal((value * 10**6).numerator).scaleb(-6)
