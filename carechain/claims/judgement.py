"""A claim as the rules of a plan look at it, and what comes of it: plain values.

Amounts are in minor units, units of service in hundredths. Here alone these values meet the packed words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from carechain.claims.words import LINE_OUTCOME, SERVICE_LINE, Parked, Reason


@dataclass(frozen=True)
class Line:
    """A service that is claimed."""

    category: int
    day: int
    """Days since 1970-01-01."""
    units: int
    """Hundredths, 1 or more."""
    charge: int
    price: int | None = None
    """For one unit, as the plan's fee schedule has it; None if it is not listed."""
    prior_patient: int = 0
    """What is left of the charge after other payers, where the claim tells of them."""

    @classmethod
    def of_word(cls, word: int) -> Line:
        said = SERVICE_LINE.unpack(word)
        return cls(
            said["category"], said["day"], said["units"], said["charge"], said["allowed"] or None, said["prior_patient"]
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a line: every minor unit of its charge."""

    paid: int = 0
    contractual: int = 0
    """Above what the plan allows."""
    deductible: int = 0
    copay: int = 0
    coinsurance: int = 0
    prior: int = 0
    """Other payers'."""
    other: int = 0
    """Not paid, for the reason."""
    units: int = 0
    """Hundredths that the plan covers."""
    reason: Reason = Reason.NONE

    @property
    def share(self) -> int:
        """What counts towards the patient's out-of-pocket maximum."""
        return self.deductible + self.copay + self.coinsurance

    @property
    def total(self) -> int:
        """All of it, which is the charge."""
        return self.paid + self.contractual + self.share + self.prior + self.other

    def word(self) -> int:
        return LINE_OUTCOME.pack(
            paid=self.paid,
            contractual=self.contractual,
            deductible=self.deductible,
            coinsurance=self.coinsurance,
            prior=self.prior,
            other=self.other,
            copay=self.copay,
            units=self.units,
            reason=self.reason,
        )

    @classmethod
    def of_word(cls, word: int) -> Outcome:
        said = LINE_OUTCOME.unpack(word)
        reason = Reason(said.pop("reason"))
        return cls(**said, reason=reason)


@dataclass(frozen=True)
class Met:
    """What was met of deductible and out-of-pocket maximum in a period of coverage."""

    deductible: int = 0
    out_of_pocket: int = 0


@dataclass(frozen=True)
class Used:
    """What was used of a category before."""

    units_period: int = 0
    amount_period: int = 0
    units_lifetime: int = 0
    amount_lifetime: int = 0


@dataclass(frozen=True)
class History:
    """What was counted before the claim."""

    met: Met = field(default=Met())
    family_met: Met | None = None
    """Of all members together; None for a member alone."""
    used: Mapping[int, Used] = field(default_factory=dict)
    """By category, as far as the plan limits it."""
    authorised: Mapping[int, int] = field(default_factory=dict)
    """Units, in hundredths, that an authorisation which is for this claim has left, by category."""


@dataclass(frozen=True)
class Coverage:
    """A member's period of coverage: first and last day of service, both inclusive."""

    first_day: int
    last_day: int
    secondary: bool = False
    """Another payer pays first."""


@dataclass(frozen=True)
class Review:
    """What a person decided: that approves whatever it does not deny.

    Timely filing, authorisation, bundling and the units of a line hold no longer; all else of the plan does."""

    denied: Mapping[int, Reason] = field(default_factory=dict)
    """Lines that are denied, by their places from 0."""
    caps: Mapping[int, int] = field(default_factory=dict)
    """Most that is allowed for a line, likewise."""


@dataclass(frozen=True)
class Verdict:
    """What a plan makes of a claim."""

    outcomes: tuple[Outcome, ...]
    parked: frozenset[Parked]
    """Why its lines are for a person to look at."""

    @property
    def paid(self) -> int:
        return sum(outcome.paid for outcome in self.outcomes)

    @property
    def share(self) -> int:
        return sum(outcome.share for outcome in self.outcomes)
