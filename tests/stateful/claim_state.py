"""What claim_model.py keeps: payers, plans, members, accounts and claims; and books that nobody adds up beforehand.

What was met, used and held is never stored. It is counted anew, each time it is asked for, from all claims in force.
Amounts are in minor units, units of service in hundredths, days since 1970-01-01, times in Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from carechain.claims.adjudication import adjudicate, denial_of_all
from carechain.claims.benefits import Benefits, Rule, Terms
from carechain.claims.judgement import Coverage, History, Line, Met, Outcome, Review, Used, Verdict
from carechain.claims.words import BENEFIT_RULE, OPEN, Reason, ReviewerKind, Stage
from carechain.consent_scope import Scope
from carechain.consent_terms import Use
from carechain.data_categories import class_bit
from carechain.purpose_of_use import index_of
from tests.stateful.consent_model import ConsentModel
from tests.stateful.supply_units import refuse
from tests.stateful.trial_state import DAY, DAYS_FROM_1900, Caller

ANY_SCOPE = Scope.any().to_bytes()
HPAYMT, CLAIM = index_of("HPAYMT"), class_bit("Claim")
WAITING = (
    Stage.IN_REVIEW,
    Stage.DECIDED,
    Stage.IN_APPEAL,
    Stage.APPEAL_DECIDED,
    Stage.IN_EXTERNAL_REVIEW,
    Stage.REFUND_REQUESTED,
)
"""Stages after which something follows, whoever is silent."""


@dataclass
class Reserve:
    token: str
    scale: int
    clocks: tuple[int, int, int, int, int]
    funds: int = 0
    announced: int = 0
    withdrawable_from: int = 0


@dataclass
class Version:
    """A version of a plan."""

    terms: int
    rules: dict[int, int]
    fees: list[bytes]
    """Leaves of the fee schedule."""
    until: int = OPEN

    @property
    def benefits(self) -> Benefits:
        rules = {category: Rule.of_word(rule) for category, rule in self.rules.items()}
        return Benefits(Terms.of_word(self.terms), {category: rule for category, rule in rules.items() if rule})

    def says(self, category: int) -> dict[str, int]:
        return BENEFIT_RULE.unpack(self.rules.get(category, 0))

    def counts_by_period(self, category: int) -> bool:
        return bool(self.says(category)["units_year"] or self.says(category)["amount_year"])

    def counts_for_life(self, category: int) -> bool:
        return bool(self.says(category)["units_lifetime"] or self.says(category)["amount_lifetime"])


@dataclass
class Period:
    """A member's period of coverage."""

    plan: int
    first_day: int
    last_day: int
    family: int
    secondary: bool
    marks: list[int] = field(default_factory=list)
    """Of the last four claims, the newest first; 0 for one that was voided."""
    week: tuple[int, int] = (0, 0)
    """In which a claim came last, and how many did."""


@dataclass
class Known:
    """A claim that was taken."""

    payer: int
    provider: int
    number: int
    entry: bytes
    terms: dict[str, int]
    control_number: bytes
    mark: int
    lines: list[Line]
    in_network: bool
    taken_at: int
    reasons: int
    outcomes: list[Outcome] | None
    """Those in force; None while nothing is decided."""
    secondary: bool = False
    """Another payer paid first when it came in."""
    consumed: int = 0
    """Units of its authorisation that were settled by rule, and not given back."""
    by_rule: bool = True
    decision: list[int] | None = None
    """Words of the last decision; None if there was none."""
    stage: Stage = Stage.NONE
    deadline: int = 0
    pay_by: int = 0
    reviewers: list[int] = field(default_factory=list)
    held: int = 0
    refund: bool = False
    refund_reason: Reason = Reason.NONE
    """Of the one request that there may be."""
    confirmed: bool = False
    disputed: bool = False
    replaced: bool = False

    @property
    def account(self) -> int:
        return self.payer << 32 | self.provider

    @property
    def member(self) -> str:
        return f"0x{self.terms['member']:040x}"

    @property
    def day(self) -> int:
        return min(line.day for line in self.lines)

    @property
    def charge(self) -> int:
        return sum(line.charge for line in self.lines)

    @property
    def paid(self) -> int:
        return sum(outcome.paid for outcome in self.outcomes or ())

    @property
    def in_force(self) -> bool:
        return self.outcomes is not None and self.stage != Stage.VOIDED


@dataclass
class Account:
    """A provider's account with a payer."""

    claims: list[Known] = field(default_factory=list)
    payee: str = ""
    owed: int = 0
    undelivered: int = 0
    interest: int = 0
    """All that was ever paid."""
    network: tuple[int, int] = (0, 0)
    barred: bool = False
    today: tuple[int, int] = (0, 0)
    """The day on which a claim came last, and how many did."""
    checkpoints: set[int] = field(default_factory=set)
    """Sizes of the log."""

    @property
    def log(self) -> list[bytes]:
        return [claim.entry for claim in self.claims]

    def has_in_network(self, day: int) -> bool:
        return self.network != (0, 0) and self.network[0] <= day <= self.network[1]


@dataclass
class ClaimBooks:
    """The state of everything. `now` is the time of the block in which a call is made."""

    now: int
    contract: str
    """The address of the settlement."""
    roles: dict[int, int]
    consents: ConsentModel
    suspended: set[int] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    """Tokens that do not move."""
    received: dict[tuple[str, str], int] = field(default_factory=dict)
    """Smallest units, by token and holder: what was paid, taken out, or sent to the contract to no end."""
    reserves: dict[int, Reserve] = field(default_factory=dict)
    plans: dict[tuple[int, int], list[Version]] = field(default_factory=dict)
    periods: dict[tuple[int, str, int], Period] = field(default_factory=dict)
    accounts: dict[tuple[int, int], Account] = field(default_factory=dict)
    authorisations: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)
    """As they were given."""
    reviewers: dict[tuple[int, int], ReviewerKind] = field(default_factory=dict)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    """Of the last call."""
    order: dict[tuple[int, str, int], list[Known]] = field(default_factory=dict)
    """Claims of each period of a member, as they came."""

    @property
    def today(self) -> int:
        return self.now // DAY

    # ------------------------------------------------------------------ who may

    def is_good(self, organisation: int, any_of_roles: int = 0) -> bool:
        roles = self.roles.get(organisation, 0)
        return organisation not in self.suspended and bool(roles & any_of_roles if any_of_roles else roles)

    def require_standing(self, by: Caller, organisation: int, any_of_roles: int) -> None:
        refuse(by.organisation != organisation or not self.is_good(organisation, any_of_roles), "OperatorNotInStanding")

    def acts_for(self, by: Caller, member: str) -> bool:
        return by.address == member or self.consents.represents(by.address, member)

    def consents_to(self, member: str, payer: int, day: int) -> bool:
        use = Use(HPAYMT, CLAIM, self.now, min(day + DAYS_FROM_1900, (1 << 16) - 1))
        return self.consents.is_recorded_permitted(member, payer, ANY_SCOPE, use)

    # ------------------------------------------------------------------ what is there

    def account(self, payer: int, provider: int) -> Account:
        return self.accounts.setdefault((payer, provider), Account())

    def claims(self, payer: int) -> Iterator[Known]:
        for (of, _), account in self.accounts.items():
            if of == payer:
                yield from account.claims

    def all_claims(self) -> Iterator[Known]:
        for account in self.accounts.values():
            yield from account.claims

    def counted(self, payer: int, plan: int) -> list[int]:
        """Categories that a version of the plan counts."""
        versions = self.plans[payer, plan]
        return sorted(
            category
            for category in {category for version in versions for category in version.rules}
            if any(each.counts_by_period(category) or each.counts_for_life(category) for each in versions)
        )

    def version_of(self, claim: Known) -> Version:
        period = self.periods[claim.payer, claim.member, claim.terms["coverage"]]
        return self.plans[claim.payer, period.plan][claim.terms["version"] - 1]

    def encumbered(self, payer: int) -> int:
        return sum(claim.held for claim in self.claims(payer))

    def free(self, payer: int) -> int:
        return self.reserves[payer].funds - self.encumbered(payer)

    # ------------------------------------------------------------------ what was counted, of the claims in force

    def met(self, payer: int, member: str, period: int, but: Known | None = None) -> Met:
        return _met(
            claim for claim in self._in_force(payer, but) if (claim.member, claim.terms["coverage"]) == (member, period)
        )

    def family_met(self, payer: int, family: int, but: Known | None = None) -> Met:
        return _met(
            claim
            for claim in self._in_force(payer, but)
            if self.periods[payer, claim.member, claim.terms["coverage"]].family == family
        )

    def used(self, payer: int, member: str, period: int, category: int, but: Known | None = None) -> Used:
        counted = [0] * 4
        for claim in self._in_force(payer, but):
            if claim.member != member:
                continue
            version, same = self.version_of(claim), claim.terms["coverage"] == period
            for line, outcome in zip(claim.lines, claim.outcomes or (), strict=True):
                if line.category != category:
                    continue
                if same and version.counts_by_period(category):
                    counted[0] += outcome.units
                    counted[1] += outcome.paid
                if version.counts_for_life(category):
                    counted[2] += outcome.units
                    counted[3] += outcome.paid
        return Used(*counted)

    def left_of(self, payer: int, number: int) -> int:
        """Units that an authorisation has left: those given, less what was settled by rule under it."""
        used = sum(claim.consumed for claim in self.claims(payer) if claim.terms["authorisation"] == number)
        return self.authorisations[payer, number]["units"] - used

    def under_authorisation(self, claim: Known) -> int:
        """Units of what is in force of a claim that its authorisation is for."""
        given = self.authorisations.get((claim.payer, claim.terms["authorisation"]))
        if not given or not self._is_for(given, claim):
            return 0
        if not self.version_of(claim).says(given["category"])["authorised"]:
            return 0
        pairs = zip(claim.lines, claim.outcomes or (), strict=True)
        return sum(outcome.units for line, outcome in pairs if line.category == given["category"])

    def _is_for(self, given: dict[str, int], claim: Known) -> bool:
        same = (given["member"], given["provider"]) == (claim.terms["member"], claim.provider)
        return same and given["first_day"] <= claim.day <= given["last_day"]

    def _in_force(self, payer: int, but: Known | None) -> Iterator[Known]:
        return (claim for claim in self.claims(payer) if claim.in_force and claim is not but)

    # ------------------------------------------------------------------ how a claim is judged

    def denial(self, claim: Known, reviewed: bool = False) -> Reason:
        """As the reference has it, with what is said of the member's coverage now."""
        period = self.periods[claim.payer, claim.member, claim.terms["coverage"]]
        coverage = Coverage(period.first_day, period.last_day, claim.secondary)
        terms, told = self.version_of(claim).benefits.terms, bool(claim.terms["prior_told"])
        return denial_of_all(coverage, terms, claim.day, claim.taken_at // DAY, told, reviewed)

    def judge(self, claim: Known, review: Review | None = None) -> Verdict:
        """What the plan makes of it, with what all other claims have left."""
        payer, member, number = claim.payer, claim.member, claim.terms["coverage"]
        period = self.periods[payer, member, number]
        categories = {line.category for line in claim.lines}
        authorised = {}
        given = self.authorisations.get((payer, claim.terms["authorisation"]))
        if given and self._is_for(given, claim):
            days = [line.day for line in claim.lines if line.category == given["category"]]
            if all(day <= given["last_day"] for day in days):
                authorised[given["category"]] = self.left_of(payer, claim.terms["authorisation"])
        history = History(
            met=self.met(payer, member, number, claim),
            family_met=self.family_met(payer, period.family, claim) if period.family else None,
            used={category: self.used(payer, member, number, category, claim) for category in categories},
            authorised=authorised,
        )
        return adjudicate(
            self.version_of(claim).benefits,
            claim.lines,
            history,
            in_network=claim.in_network,
            after_others=bool(claim.terms["prior_told"]),
            denial=self.denial(claim, review is not None),
            review=review,
        )


def _met(claims: Iterator[Known]) -> Met:
    outcomes = [outcome for claim in claims for outcome in claim.outcomes or ()]
    return Met(sum(each.deductible for each in outcomes), sum(each.share for each in outcomes))
