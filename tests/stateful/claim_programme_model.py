"""What a payer may do in its programme, as plainly as Python can say it: a part of claim_model.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carechain.claims.words import AUTHORISATION, BENEFIT_RULE, OPEN, PLAN_TERMS, ReviewerKind
from carechain.roles import role_mask
from tests.helpers import rfc9162
from tests.stateful.claim_state import ClaimBooks, Period, Reserve, Version
from tests.stateful.supply_units import refuse
from tests.stateful.trial_state import DAY, Caller

PAYER = role_mask(["payer"])
WITHDRAWAL_DELAY = 14 * DAY
MAX_FUNDS = 1 << 45
NO_SCHEDULE = bytes(32), 0


class ProgrammeModel(ClaimBooks):
    """Calls raise RefusedError with the name of the error with which the contract must refuse them."""

    # ------------------------------------------------------------------ funds

    def open_reserve(self, by: Caller, payer: int, token: str, scale: int, clocks: tuple[int, ...]) -> None:
        self.require_standing(by, payer, PAYER)
        refuse(payer in self.reserves, "ReserveKnown")
        refuse(
            scale > 63 or not all(1 <= each <= 90 for each in clocks[:4]) or clocks[4] > 10_000, "ReserveTermsInvalid"
        )
        self.reserves[payer] = Reserve(token, scale, clocks)
        self.events.append(("ReserveOpened", payer, token, scale, tuple(clocks)))

    def deposit(self, by: Caller, payer: int, amount: int) -> None:
        refuse(payer not in self.reserves, "PayerUnknown")
        reserve = self.reserves[payer]
        refuse(amount == 0 or reserve.funds + amount >= MAX_FUNDS, "AmountInvalid")
        refuse(reserve.token in self.stopped, "TokenStopped")
        reserve.funds += amount
        self.events.append(("FundsDeposited", payer, by.address, amount))

    def announce_withdrawal(self, by: Caller, payer: int, amount: int) -> None:
        self.require_standing(by, payer, PAYER)
        refuse(amount >= MAX_FUNDS, "AmountInvalid")
        reserve = self.reserves[payer]
        reserve.announced, reserve.withdrawable_from = amount, self.now + WITHDRAWAL_DELAY if amount else 0
        self.events.append(("WithdrawalAnnounced", payer, amount, reserve.withdrawable_from))

    def withdraw(self, by: Caller, payer: int, to: str) -> None:
        self.require_standing(by, payer, PAYER)
        reserve = self.reserves[payer]
        amount = reserve.announced
        refuse(int(to, 16) == 0 or to == self.contract, "PayeeInvalid")
        from_ = reserve.withdrawable_from
        refuse(amount == 0 or not from_ <= self.now <= from_ + WITHDRAWAL_DELAY, "WithdrawalNotReady")
        refuse(amount > self.free(payer), "ReserveTooSmall")
        refuse(reserve.token in self.stopped, "TokenStopped")
        reserve.funds -= amount
        reserve.announced = reserve.withdrawable_from = 0
        self.deliver(reserve, to, amount)
        self.events.append(("FundsWithdrawn", payer, to, amount))

    def deliver(self, reserve: Reserve, to: str, amount: int) -> None:
        """The token moves: to somebody, or to the contract itself, where it is nobody's then."""
        value = amount * 10**reserve.scale
        self.received[reserve.token, to] = self.received.get((reserve.token, to), 0) + value

    # ------------------------------------------------------------------ plans and members

    def publish_plan(
        self,
        by: Caller,
        payer: int,
        plan: int,
        version: int,
        terms: int,
        rules: Sequence[tuple[int, int]],
        fees: list[bytes],
    ) -> None:
        self.require_standing(by, payer, PAYER)
        versions = self.plans.get((payer, plan), [])
        said = PLAN_TERMS.unpack(terms)
        whole = said["first_day"] and said["until"] == OPEN and said["currency"] and terms < 1 << 239
        refuse(plan == 0 or version != len(versions) + 1 or not whole, "PlanInvalid")
        if versions:
            later = said["first_day"] > PLAN_TERMS.unpack(versions[-1].terms)["first_day"]
            refuse(said["first_day"] < self.today or not later, "PlanInvalid")
        categories = [category for category, _ in rules]
        refuse(categories != sorted(set(categories)), "RuleInvalid")
        refuse(any(BENEFIT_RULE.unpack(rule)["scheduled"] and not fees for _, rule in rules), "RuleInvalid")
        refuse(any(not BENEFIT_RULE.unpack(rule)["known"] for _, rule in rules), "RuleInvalid")
        circles = [category for category, rule in rules if category and category == _bundled(rule)]
        refuse(circles, "RuleInvalid")
        if versions:
            versions[-1].until = said["first_day"]
        self.plans.setdefault((payer, plan), []).append(Version(terms, dict(rules), list(fees)))
        self.events.append(("PlanPublished", payer, plan, version, terms, tuple(rules), *schedule_of(fees)))

    def enrol_members(self, by: Caller, payer: int, enrolments: list[tuple[Any, ...]]) -> None:
        self.require_standing(by, payer, PAYER)
        added: dict[tuple[int, str, int], Period] = {}
        for member, number, plan, first_day, last_day, family, secondary in enrolments:
            key, before = (payer, member, number), (payer, member, number - 1)
            known = {**self.periods, **added}
            refuse((payer, plan) not in self.plans or number > 254 or key in known, "EnrolmentInvalid")
            later = number == 0 or (before in known and known[before].last_day < first_day)
            refuse(not later or not 0 < first_day <= last_day < first_day + 366, "EnrolmentInvalid")
            added[key] = Period(plan, first_day, last_day, family, secondary)
        self.periods.update(added)
        for each in enrolments:
            self.events.append(("MemberEnrolled", payer, each[0], tuple(each)))

    def amend_coverage(self, by: Caller, payer: int, member: str, number: int, last_day: int, secondary: bool) -> None:
        self.require_standing(by, payer, PAYER)
        period = self.periods.get((payer, member, number))
        refuse(period is None, "CoverageInvalid")
        assert period is not None
        ends = max(self.today, period.first_day) <= last_day <= period.last_day
        refuse(last_day != period.last_day and not ends, "CoverageInvalid")
        period.last_day, period.secondary = last_day, secondary
        self.events.append(("CoverageAmended", payer, member, number, last_day, secondary))

    # ------------------------------------------------------------------ network, authorisations, reviewers

    def set_network(self, by: Caller, payer: int, provider: int, first_day: int, last_day: int) -> None:
        self.require_standing(by, payer, PAYER)
        account = self.account(payer, provider)
        fit = (first_day, last_day) == (0, 0) or 0 < first_day <= last_day
        past = set(range(account.network[0], min(account.network[1] + 1, self.today))) - {0}
        if account.network[0] and account.network[0] < self.today:
            fit = fit and past <= set(range(first_day, last_day + 1))
        refuse(not fit, "NetworkInvalid")
        account.network = first_day, last_day
        self.events.append(("NetworkSet", payer << 32 | provider, first_day, last_day))

    def bar_provider(self, by: Caller, payer: int, provider: int, barred: bool, evidence: bytes) -> None:
        self.require_standing(by, payer, PAYER)
        self.account(payer, provider).barred = barred
        self.events.append(("ProviderBarred", payer << 32 | provider, barred, evidence))

    def authorise(self, by: Caller, payer: int, number: int, authorisation: int) -> None:
        self.require_standing(by, payer, PAYER)
        given = AUTHORISATION.unpack(authorisation)
        whole = all(given[name] for name in ("member", "provider", "units"))
        dated = 0 < given["first_day"] <= given["last_day"]
        refuse(number == 0 or (payer, number) in self.authorisations or not whole or not dated, "AuthorisationInvalid")
        self.authorisations[payer, number] = given
        self.events.append(("ServiceAuthorised", payer, number, authorisation))

    def name_reviewer(self, by: Caller, payer: int, reviewer: int, kind: ReviewerKind) -> None:
        self.require_standing(by, payer, PAYER)
        refuse(reviewer == 0 or (reviewer == payer and kind == ReviewerKind.EXTERNAL), "ReviewerInvalid")
        self.reviewers[payer, reviewer] = kind
        self.events.append(("ReviewerNamed", payer, reviewer, kind))


def _bundled(rule: int) -> int:
    return BENEFIT_RULE.unpack(rule)["bundled_into"]


def schedule_of(fees: list[bytes]) -> tuple[bytes, int]:
    """Root and size of a fee schedule, as a plan is published with them."""
    return (rfc9162.root(fees), len(fees)) if fees else NO_SCHEDULE
