"""What a plan pays for a claim, and why not the rest: the second opinion to contracts/libraries/Adjudication.sol.

It is written from the rules, in the order in which docs/SPECIFICATION.md has them, with plain integers; benefits.py and
judgement.py have its values, and meet the packed words. tests/unit/claim_rules holds that contract and reference agree
on every outcome.

Amounts are in minor units, units of service in hundredths, rates in basis points. Every division rounds down: the share
of the patient, what is allowed, and the part of a charge that is for units that are not covered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from carechain.claims.benefits import WHOLE, Benefits, Rule, Terms
from carechain.claims.judgement import Coverage, History, Line, Outcome, Review, Used, Verdict
from carechain.claims.words import UNITS, Parked, Reason
from carechain.errors import CarechainError


def denial_of_all(
    coverage: Coverage, terms: Terms, day: int, taken_on: int, told_of_others: bool, reviewed: bool = False
) -> Reason:
    """Why nothing of a claim is paid, whatever its lines; Reason.NONE if there is no such reason.

    `day` is the first of its lines, `taken_on` that on which the claim came in, and `told_of_others` whether its lines
    say what other payers left. Lateness is waived where a person has `reviewed` it.
    """
    if day < coverage.first_day:
        return Reason.BEFORE_COVERAGE
    if day > coverage.last_day:
        return Reason.AFTER_COVERAGE
    if coverage.secondary and not told_of_others:
        return Reason.OTHER_PAYER_FIRST
    if not reviewed and terms.timely_filing is not None and taken_on - day > terms.timely_filing:
        return Reason.TOO_LATE
    return Reason.NONE


def adjudicate(
    benefits: Benefits,
    lines: Sequence[Line],
    history: History | None = None,
    *,
    in_network: bool = True,
    after_others: bool = False,
    denial: Reason = Reason.NONE,
    review: Review | None = None,
) -> Verdict:
    """What the plan makes of the lines, which stand in order of their categories.

    `after_others`: other payers come first, and the lines tell what they left. `denial`: of all lines, as
    `denial_of_all` tells it. Raises CarechainError for lines out of order.
    """
    categories = [line.category for line in lines]
    if categories != sorted(categories):
        raise CarechainError("The lines of a claim", "are not in order of their categories", "sort them")
    history = history or History()
    claim = _Claim(benefits.terms, history, in_network, after_others, review)
    served = {(line.category, line.day) for line in lines}
    outcomes: list[Outcome] = []
    parked: set[Parked] = set()
    for category, of_category in groupby(lines, key=lambda line: line.category):
        rule = benefits.rules.get(category)
        if rule is None:
            parked.add(Parked.CATEGORY_UNKNOWN)
            rule = Rule(covered=False)
        if rule.reviewed:
            parked.add(Parked.REVIEWED_CATEGORY)
        account = _Category(rule, history.used.get(category, Used()), history.authorised.get(category, 0), in_network)
        for line in of_category:
            if rule.scheduled and line.price is None:
                parked.add(Parked.FEE_UNLISTED)
            place = len(outcomes)
            why = (
                denial
                or (review.denied.get(place, Reason.NONE) if review else Reason.NONE)
                or claim.denial(account, (rule.bundled_into, line.day) in served)
            )
            cap = review.caps.get(place) if review else None
            outcome = _denied(line, why) if why else claim.judge(line, account, cap)
            outcomes.append(outcome)
    return Verdict(tuple(outcomes), frozenset(parked))


def _denied(line: Line, reason: Reason) -> Outcome:
    return Outcome(other=line.charge, reason=reason)


@dataclass
class _Limit:
    """What is left until a limit, and why what is beyond it is not paid."""

    left: int
    reason: Reason

    @classmethod
    def of(cls, *limits: tuple[int | None, int, Reason]) -> list[_Limit]:
        """From limits, what was used of each, and their reasons; where there is no limit, none."""
        return [cls(max(0, most - used), reason) for most, used, reason in limits if most is not None]

    def use(self, amount: int) -> None:
        self.left = max(0, self.left - amount)


class _Category:
    """What is left in a category."""

    def __init__(self, rule: Rule, used: Used, authorised: int, in_network: bool) -> None:
        self.rule = rule
        self.covered = rule.covered if in_network else rule.covered_out
        self.rate = rule.coinsurance if in_network else rule.coinsurance_out
        self.copay = rule.copay if in_network else rule.copay_out
        self.authorised = _Limit.of((authorised if rule.authorised else None, 0, Reason.NOT_AUTHORISED))
        self.units = _Limit.of(
            (rule.visit.units, 0, Reason.BENEFIT_MAXIMUM),
            (rule.period.units, used.units_period, Reason.BENEFIT_MAXIMUM),
            (rule.lifetime.units, used.units_lifetime, Reason.LIFETIME_MAXIMUM),
        )
        self.amounts = _Limit.of(
            (rule.visit.amount, 0, Reason.BENEFIT_MAXIMUM),
            (rule.period.amount, used.amount_period, Reason.BENEFIT_MAXIMUM),
            (rule.lifetime.amount, used.amount_lifetime, Reason.LIFETIME_MAXIMUM),
        )


class _Claim:
    """What is left for the claim as a whole, and how its lines are judged one after the other."""

    def __init__(
        self, terms: Terms, history: History, in_network: bool, after_others: bool, review: Review | None
    ) -> None:
        self._copay_first = terms.copay_first
        self._in_network, self._after_others, self._reviewed = in_network, after_others, review is not None
        deductibles = [max(0, terms.deductible - history.met.deductible)]
        maxima = []
        if terms.out_of_pocket is not None:
            maxima.append(max(0, terms.out_of_pocket - history.met.out_of_pocket))
        family = history.family_met
        if family is not None and terms.family_deductible is not None:
            deductibles.append(max(0, terms.family_deductible - family.deductible))
        if family is not None and terms.family_out_of_pocket is not None:
            maxima.append(max(0, terms.family_out_of_pocket - family.out_of_pocket))
        self._deductible = min(deductibles)
        self._out_of_pocket = min(maxima, default=None)

    def denial(self, account: _Category, bundled: bool) -> Reason:
        """Why a line is denied for what the plan says of its category."""
        if not account.covered:
            return Reason.OUT_OF_NETWORK if account.rule.covered else Reason.NOT_COVERED
        if self._reviewed:
            return Reason.NONE
        if any(limit.left == 0 for limit in account.authorised):
            return Reason.NOT_AUTHORISED
        return Reason.BUNDLED if bundled else Reason.NONE

    def judge(self, line: Line, account: _Category, cap: int | None) -> Outcome:
        """Judges a line that is not denied, and takes what it uses off what is left."""
        units, reason = self._cover(line, account)
        if units == 0:
            return _denied(line, reason)
        uncovered = _part(line.charge, line.units - units, line.units)
        billed = line.charge - uncovered
        allowed = self._allow(line, account.rule, units, billed, cap)
        outcome = self._share(allowed, account)
        outcome = replace(outcome, contractual=billed - allowed, other=uncovered, units=units, reason=reason)
        outcome = _bounded(outcome, account.amounts)
        if self._after_others:
            outcome = _after_others(outcome, line)
        if not outcome.other:
            outcome = replace(outcome, reason=Reason.NONE)
        self._use(outcome, account)
        return outcome

    def _cover(self, line: Line, account: _Category) -> tuple[int, Reason]:
        """Units that are covered. The first limit that cuts them gives the reason for all that is not."""
        waivable = [*_Limit.of((account.rule.units_line, 0, Reason.TOO_MANY_UNITS)), *account.authorised]
        units, reason = line.units, Reason.NONE
        for limit in [*([] if self._reviewed else waivable), *account.units]:
            if units > limit.left:
                units, reason = limit.left, reason or limit.reason
        return units, reason

    def _allow(self, line: Line, rule: Rule, units: int, billed: int, cap: int | None) -> int:
        """What the plan allows for the covered units: a price, less out of the network, never more than asked."""
        price = line.price if rule.scheduled else rule.allowed
        allowed = billed if price is None else price * units // UNITS
        if not self._in_network:
            allowed = allowed * rule.out_rate // WHOLE
        return min(allowed, billed) if cap is None else min(allowed, billed, cap)

    def _share(self, allowed: int, account: _Category) -> Outcome:
        """What of it the patient bears, and what is left to pay."""
        rest = allowed
        deductible = copay = 0
        for step in ("copay", "deductible") if self._copay_first else ("deductible", "copay"):
            if step == "copay":
                copay = min(account.copay, rest)
                rest -= copay
            elif account.rule.deducted:
                deductible = min(self._deductible, rest)
                rest -= deductible
        coinsurance = rest * account.rate // WHOLE
        if self._out_of_pocket is not None:
            # Beyond the maximum the payer bears it: the coinsurance first, then the copay, the deductible last.
            deductible = min(deductible, self._out_of_pocket)
            copay = min(copay, self._out_of_pocket - deductible)
            coinsurance = min(coinsurance, self._out_of_pocket - deductible - copay)
        paid = allowed - deductible - copay - coinsurance
        return Outcome(paid=paid, deductible=deductible, copay=copay, coinsurance=coinsurance)

    def _use(self, outcome: Outcome, account: _Category) -> None:
        self._deductible -= outcome.deductible
        if self._out_of_pocket is not None:
            self._out_of_pocket -= outcome.share
        account.copay -= outcome.copay
        for limit in [*account.authorised, *account.units]:
            limit.use(outcome.units)
        for limit in account.amounts:
            limit.use(outcome.paid)


def _part(charge: int, units: int, of_units: int) -> int:
    """Of a charge, for some of its units."""
    return charge * units // of_units


def _bounded(outcome: Outcome, limits: Sequence[_Limit]) -> Outcome:
    """No more than is paid at most. What is beyond has the reason that the line has already, if it has one."""
    for limit in limits:
        beyond = outcome.paid - limit.left
        if beyond > 0:
            outcome = replace(
                outcome, paid=limit.left, other=outcome.other + beyond, reason=outcome.reason or limit.reason
            )
    return outcome


def _after_others(outcome: Outcome, line: Line) -> Outcome:
    """Of what other payers left, first what is paid, then the patient's share; above it nobody owes anything."""
    open_part = line.prior_patient
    parts = {}
    for name in ("paid", "deductible", "copay", "coinsurance", "other"):
        parts[name] = min(getattr(outcome, name), open_part)
        open_part -= parts[name]
    return replace(outcome, **parts, prior=line.charge - line.prior_patient, contractual=open_part)
