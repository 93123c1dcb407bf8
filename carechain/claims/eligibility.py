"""What a member's plan covers on a day, and what is left of deductible and maximum: answered from the contract's views.

A plan's categories are numbered by X12's service types as far as these fit (carechain/claims/plan_file.py): those are
answered; categories with other numbers are no service types, and are left out. Of a service type of which the plan
says nothing, nothing is said: a person would decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from eth_utils.address import is_checksum_address

from carechain.claims.benefits import WHOLE, Rule
from carechain.claims.currencies import CODES
from carechain.claims.ledger import ClaimLedger
from carechain.claims.naming import Naming
from carechain.claims.remittance import CoveredService, EligibilityAnswer, EligibilityRequest
from carechain.claims.state import Period, PlanVersion

INVALID_MEMBER, NOT_ENROLLED, UNABLE = "72", "75", "42"
"""Why nothing can be said (X12 AAA03)."""
WHOLE_PLAN = "30"
SERVICE_TYPES = 99
"""Largest number of a service type that X12 has."""
_EPOCH = date(1970, 1, 1)


def answer(ledger: ClaimLedger, naming: Naming, request: EligibilityRequest) -> EligibilityAnswer:
    """To a question about a person's coverage. The answer never says more of a person who is not found."""
    payer = naming.organisation(request.payer)
    if payer is None or not ledger.has_reserve(payer):
        return EligibilityAnswer(active=False, reason=UNABLE)
    member = pseudonym_of(naming, payer, request)
    if member is None:
        return EligibilityAnswer(active=False, reason=NOT_ENROLLED if naming.directory else INVALID_MEMBER)
    periods = ledger.periods(payer, member)
    if not periods:
        return EligibilityAnswer(active=False, reason=NOT_ENROLLED)
    day = (request.day - _EPOCH).days
    found = next((period for period in periods if period.first_day <= day <= period.last_day), None)
    period = found or next((each for each in reversed(periods) if each.first_day <= day), periods[0])
    version = next((each for each in ledger.versions(payer, period.plan) if each.holds_on(day)), None)
    if found is None:
        return EligibilityAnswer(False, None, *_days(period), plan=_plan_name(naming, payer, period, version))
    if version is None:
        return EligibilityAnswer(active=False, reason=UNABLE)
    return _covered(period, version, _plan_name(naming, payer, period, version), request.service_types)


def pseudonym_of(naming: Naming, payer: int, request: EligibilityRequest) -> str | None:
    """By the directory, or the pseudonym itself; None if it cannot be told who is meant."""
    if is_checksum_address(request.member.value):
        return request.member.value
    if naming.directory is None:
        return None
    return naming.directory.pseudonym(payer, request.member, request.birth_date, request.dependant)


def _covered(period: Period, version: PlanVersion, plan: str, asked: Iterable[str]) -> EligibilityAnswer:
    terms = version.benefits.terms
    family_deductible = terms.family_deductible if period.family else None
    family_maximum = terms.family_out_of_pocket if period.family else None
    first_day, last_day = _days(period)
    return EligibilityAnswer(
        active=True,
        reason=None,
        first_day=first_day,
        last_day=last_day,
        plan=plan,
        currency=CODES.get(terms.currency, str(terms.currency)),
        deductible=terms.deductible,
        deductible_left=left(terms.deductible, period.deductible),
        out_of_pocket=terms.out_of_pocket,
        out_of_pocket_left=left(terms.out_of_pocket, period.out_of_pocket),
        family_deductible=family_deductible,
        family_deductible_left=left(family_deductible, period.family_deductible),
        family_out_of_pocket=family_maximum,
        family_out_of_pocket_left=left(family_maximum, period.family_out_of_pocket),
        services=tuple(_services(version, set(asked))),
    )


def left(limit: int | None, met: int) -> int | None:
    """What is left of an amount; None where there is no limit. Later versions of a plan can have a lower one."""
    return None if limit is None else max(0, limit - met)


def _services(version: PlanVersion, asked: set[str]) -> Iterable[CoveredService]:
    for category, rule in sorted(version.benefits.rules.items()):
        if category <= SERVICE_TYPES and asked & {str(category), WHOLE_PLAN}:
            yield _service(str(category), rule, True)
            yield _service(str(category), rule, False)


def _service(service_type: str, rule: Rule, in_network: bool) -> CoveredService:
    return CoveredService(
        service_type=service_type,
        in_network=in_network,
        covered=rule.covered if in_network else rule.covered_out,
        authorisation_needed=rule.authorised,
        copay=rule.copay if in_network else rule.copay_out,
        coinsurance=Decimal(rule.coinsurance if in_network else rule.coinsurance_out) / WHOLE,
    )


def _days(period: Period) -> tuple[date, date]:
    return _EPOCH + timedelta(days=period.first_day), _EPOCH + timedelta(days=period.last_day)


def _plan_name(naming: Naming, payer: int, period: Period, version: PlanVersion | None) -> str:
    plan = naming.plan(payer, version) if version else None
    return plan.name if plan else f"Plan {period.plan}"
