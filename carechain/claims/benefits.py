"""What a version of a plan says, as plain values: its terms, and for each category of service a rule.

Amounts are integers in minor units of the plan's currency, units of service in hundredths, rates in basis points; None
stands where there is no limit. Here alone these values meet the packed words of the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carechain.claims.words import BENEFIT_RULE, OPEN, PLAN_TERMS, UNITS
from carechain.errors import CarechainError

WHOLE = 10_000
"""Basis points in a whole."""
AMOUNT_STEP = 100
"""Amounts that are paid at most are multiples of this, in minor units."""
UNCLASSIFIED = 255
"""The category of services that no category of a plan takes. No plan has a rule for it, so a person looks at them."""


@dataclass(frozen=True)
class Terms:
    """What holds for all services of a plan. Days are counted from 1970-01-01."""

    first_day: int
    currency: int
    """ISO 4217, the number."""
    ceiling: int
    """A claim of which more would be paid goes to a reviewer."""
    deductible: int = 0
    family_deductible: int | None = None
    """None where that of each member holds alone, as with the maximum below."""
    out_of_pocket: int | None = None
    family_out_of_pocket: int | None = None
    copay_first: bool = False
    timely_filing: int | None = None
    """Days after the service within which it must be claimed."""
    member_velocity: int | None = None
    """Claims of a member in a week; beyond it they go to a reviewer."""
    provider_velocity: int | None = None
    """Claims of a provider in a day, likewise."""

    def word(self) -> int:
        """As publishPlan takes it. Raises CarechainError for a value beyond its field."""
        return PLAN_TERMS.pack(
            first_day=self.first_day,
            until=OPEN,
            deductible=self.deductible,
            family_deductible=_zero_for_none(self.family_deductible),
            out_of_pocket=_zero_for_none(self.out_of_pocket),
            family_out_of_pocket=_zero_for_none(self.family_out_of_pocket),
            ceiling=self.ceiling,
            timely_filing=_zero_for_none(self.timely_filing),
            currency=self.currency,
            member_velocity=_zero_for_none(self.member_velocity),
            provider_velocity=_zero_for_none(self.provider_velocity),
            copay_first=self.copay_first,
        )

    @classmethod
    def of_word(cls, word: int) -> Terms:
        said = PLAN_TERMS.unpack(word)
        return cls(
            first_day=said["first_day"],
            currency=said["currency"],
            ceiling=said["ceiling"],
            deductible=said["deductible"],
            family_deductible=said["family_deductible"] or None,
            out_of_pocket=said["out_of_pocket"] or None,
            family_out_of_pocket=said["family_out_of_pocket"] or None,
            copay_first=bool(said["copay_first"]),
            timely_filing=said["timely_filing"] or None,
            member_velocity=said["member_velocity"] or None,
            provider_velocity=said["provider_velocity"] or None,
        )


@dataclass(frozen=True)
class Most:
    """At most so many units (hundredths), and so much paid for them (minor units)."""

    units: int | None = None
    amount: int | None = None


@dataclass(frozen=True)
class Rule:
    """What a plan pays for one category of service."""

    covered: bool = True
    """In the network."""
    covered_out: bool = False
    authorised: bool = False
    """Needs a prior authorisation."""
    scheduled: bool = False
    """What is allowed stands in the plan's fee schedule."""
    deducted: bool = True
    """The deductible applies."""
    reviewed: bool = False
    """Always goes to a reviewer."""
    coinsurance: int = 0
    """The patient's part of what is left after deductible and copay."""
    coinsurance_out: int = 0
    copay: int = 0
    """Of each claim with such a service."""
    copay_out: int = 0
    allowed: int | None = None
    """For one unit; None for as much as is charged."""
    out_rate: int = WHOLE
    """Of what is allowed, out of the network."""
    units_line: int | None = None
    """Hundredths of units in one line."""
    visit: Most = field(default=Most())
    """In one claim."""
    period: Most = field(default=Most())
    """In one period of coverage."""
    lifetime: Most = field(default=Most())
    bundled_into: int | None = None
    """With a service of that category on the same day, this one is not paid by itself."""

    def word(self) -> int:
        """As publishPlan takes it. Raises CarechainError for a value beyond its field, or between its steps."""
        return BENEFIT_RULE.pack(
            known=1,
            covered=self.covered,
            covered_out=self.covered_out,
            authorised=self.authorised,
            scheduled=self.scheduled,
            deducted=self.deducted,
            reviewed=self.reviewed,
            coinsurance=self.coinsurance,
            coinsurance_out=self.coinsurance_out,
            copay=self.copay,
            copay_out=self.copay_out,
            allowed=_zero_for_none(self.allowed),
            out_rate=self.out_rate,
            units_line=_steps(self.units_line, UNITS),
            units_visit=_steps(self.visit.units, UNITS),
            units_year=_steps(self.period.units, UNITS),
            units_lifetime=_steps(self.lifetime.units, UNITS),
            amount_visit=_steps(self.visit.amount, AMOUNT_STEP),
            amount_year=_steps(self.period.amount, AMOUNT_STEP),
            amount_lifetime=_steps(self.lifetime.amount, AMOUNT_STEP),
            bundled_into=_zero_for_none(self.bundled_into),
        )

    @classmethod
    def of_word(cls, word: int) -> Rule | None:
        """None for the word of a category of which the plan says nothing."""
        said = BENEFIT_RULE.unpack(word)
        if not said["known"]:
            return None
        return cls(
            covered=bool(said["covered"]),
            covered_out=bool(said["covered_out"]),
            authorised=bool(said["authorised"]),
            scheduled=bool(said["scheduled"]),
            deducted=bool(said["deducted"]),
            reviewed=bool(said["reviewed"]),
            coinsurance=said["coinsurance"],
            coinsurance_out=said["coinsurance_out"],
            copay=said["copay"],
            copay_out=said["copay_out"],
            allowed=said["allowed"] or None,
            out_rate=said["out_rate"],
            units_line=_limit(said["units_line"], UNITS),
            visit=Most(_limit(said["units_visit"], UNITS), _limit(said["amount_visit"], AMOUNT_STEP)),
            period=Most(_limit(said["units_year"], UNITS), _limit(said["amount_year"], AMOUNT_STEP)),
            lifetime=Most(_limit(said["units_lifetime"], UNITS), _limit(said["amount_lifetime"], AMOUNT_STEP)),
            bundled_into=said["bundled_into"] or None,
        )


@dataclass(frozen=True)
class Benefits:
    """A version of a plan: all that its claims are judged by."""

    terms: Terms
    rules: Mapping[int, Rule]
    """By category; of others the plan says nothing."""

    def rule_words(self) -> list[tuple[int, int]]:
        """Category and BenefitRule word of each rule, as publishPlan takes them."""
        return [(category, self.rules[category].word()) for category in sorted(self.rules)]


def _zero_for_none(value: int | None) -> int:
    """In words 0 says that there is no limit, so that a limit of 0 cannot be said."""
    if value == 0:
        raise CarechainError("A limit of a plan", "is 0, which stands for no limit", "leave it out, or cover nothing")
    return value or 0


def _steps(value: int | None, step: int) -> int:
    steps, rest = divmod(_zero_for_none(value), step)
    if rest:
        raise CarechainError("A limit of a plan", f"is no multiple of {step}", "round it")
    return steps


def _limit(steps: int, step: int) -> int | None:
    return steps * step or None
