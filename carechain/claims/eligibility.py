"""What a member's plan covers on a day, and what is left of deductible and maximum: answered from the contract's views.

A plan's categories are numbered by X12's service types as far as these fit (carechain/claims/plan_file.py): those are
answered; categories with other numbers are no service types, and are left out. Of a service type of which the plan
says nothing, nothing is said: a person would decide. A service is answered in the network or out of it, as the provider
who asks is on that day, and both ways if it is not known who asks. One whose benefit is used up is not covered.

Nothing can be said of a payer without a programme or a plan that is not in force (42), of a number that cannot be a
member's (72), and of a person who is not known or was never enrolled (75). Coverage that has ended, or has not begun,
is an answer: it is not active.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from eth_utils.address import is_address, is_checksum_address

from carechain.claims.benefits import WHOLE, Most, Rule
from carechain.claims.currencies import CODES
from carechain.claims.ledger import ClaimLedger
from carechain.claims.naming import Naming
from carechain.claims.remittance import CoveredService, EligibilityAnswer, EligibilityRequest
from carechain.claims.state import Period, PlanVersion, Used

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
        may_be = naming.directory is not None and not is_address(request.member.value)
        return EligibilityAnswer(active=False, reason=NOT_ENROLLED if may_be else INVALID_MEMBER)
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
    provider = naming.organisation(request.provider)
    networks = (True, False) if provider is None else (_in_network(ledger, payer, provider, day),)
    services = [
        _service(str(category), rule, in_network, not _used_up(ledger, payer, member, period, category, rule))
        for category, rule in _asked(version, set(request.service_types))
        for in_network in networks
    ]
    return _covered(period, version, _plan_name(naming, payer, period, version), services)


def pseudonym_of(naming: Naming, payer: int, request: EligibilityRequest) -> str | None:
    """By the directory, or the pseudonym itself; None if it cannot be told who is meant."""
    if is_checksum_address(request.member.value):
        return request.member.value
    if naming.directory is None:
        return None
    return naming.directory.pseudonym(payer, request.member, request.birth_date, request.dependant)


def _covered(period: Period, version: PlanVersion, plan: str, services: Iterable[CoveredService]) -> EligibilityAnswer:
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
        services=tuple(services),
    )


def left(limit: int | None, met: int) -> int | None:
    """What is left of an amount; None where there is no limit. Later versions of a plan can have a lower one."""
    return None if limit is None else max(0, limit - met)


def _in_network(ledger: ClaimLedger, payer: int, provider: int, day: int) -> bool:
    account = ledger.account(payer, provider)
    return account.first_day != 0 and account.first_day <= day <= account.last_day


def _asked(version: PlanVersion, asked: set[str]) -> Iterable[tuple[int, Rule]]:
    for category, rule in sorted(version.benefits.rules.items()):
        if category <= SERVICE_TYPES and asked & {str(category), WHOLE_PLAN}:
            yield category, rule


def _used_up(ledger: ClaimLedger, payer: int, member: str, period: Period, category: int, rule: Rule) -> bool:
    """Whether nothing is left of what the plan pays for at most, in the period or in a lifetime."""
    if rule.period == rule.lifetime == Most():
        return False
    used: Used = ledger.used(payer, member, period.number, category)
    return any(
        limit is not None and limit <= so_far
        for limit, so_far in (
            (rule.period.units, used.units_period),
            (rule.period.amount, used.amount_period),
            (rule.lifetime.units, used.units_lifetime),
            (rule.lifetime.amount, used.amount_lifetime),
        )
    )


def _service(service_type: str, rule: Rule, in_network: bool, is_left: bool) -> CoveredService:
    return CoveredService(
        service_type=service_type,
        in_network=in_network,
        covered=is_left and (rule.covered if in_network else rule.covered_out),
        authorisation_needed=rule.authorised,
        copay=rule.copay if in_network else rule.copay_out,
        coinsurance=Decimal(rule.coinsurance if in_network else rule.coinsurance_out) / WHOLE,
    )


def _days(period: Period) -> tuple[date, date]:
    return _EPOCH + timedelta(days=period.first_day), _EPOCH + timedelta(days=period.last_day)


def _plan_name(naming: Naming, payer: int, period: Period, version: PlanVersion | None) -> str:
    plan = naming.plan(payer, version) if version else None
    return plan.name if plan else f"Plan {period.plan}"
