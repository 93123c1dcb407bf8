"""What ClaimSettlement answers and tells, as plain values.

Amounts are in minor units, units of service in hundredths, days counted from 1970-01-01 (UTC), times in Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from carechain.claims.benefits import Benefits
from carechain.claims.entry import Entry
from carechain.claims.judgement import Outcome
from carechain.claims.names import ClaimName
from carechain.claims.words import OPEN, Parked, Reason, Refusal, ReviewerKind, Stage

# ---------------------------------------------------------------------- answers


@dataclass(frozen=True)
class Account:
    """A provider's account with a payer."""

    claims: int
    """Taken so far: the number of the next."""
    payee: str | None
    owed: int
    """Overpaid before, and not yet withheld."""
    undelivered: int
    """Due, but the token did not move."""
    first_day: int
    """In the payer's network, both inclusive; 0 if never."""
    last_day: int
    barred: bool


@dataclass(frozen=True)
class Clocks:
    """Days to review, to appeal, to review an appeal and to review externally; interest in basis points a year."""

    review_days: int
    appeal_days: int
    appeal_review_days: int
    external_days: int
    interest: int


@dataclass(frozen=True)
class Reserve:
    """What a payer has put aside."""

    token: str
    scale: int
    """A minor unit is 10**scale of the token's smallest units."""
    funds: int
    encumbered: int
    announced: int
    """Withdrawal."""
    withdrawable_from: int
    """0 if none is announced."""
    clocks: Clocks

    @property
    def free(self) -> int:
        return self.funds - self.encumbered


@dataclass(frozen=True)
class Period:
    """A member's period of coverage, and what was counted in it."""

    number: int
    plan: int
    first_day: int
    last_day: int
    family: int
    secondary: bool
    deductible: int
    """Met, as those below."""
    out_of_pocket: int
    family_deductible: int
    family_out_of_pocket: int


@dataclass(frozen=True)
class PlanVersion:
    """A version of a plan, as the chain has it."""

    plan: int
    version: int
    benefits: Benefits
    until: int
    """First day of service that it is no longer for; 65535 while there is no later version."""
    schedule_root: bytes
    schedule_size: int

    def holds_on(self, day: int) -> bool:
        """Whether it is for services of this day."""
        return self.benefits.terms.first_day <= day < self.until

    @property
    def is_open(self) -> bool:
        return self.until == OPEN


@dataclass(frozen=True)
class Used:
    """What was used of a category."""

    units_period: int
    amount_period: int
    units_lifetime: int
    amount_lifetime: int


@dataclass(frozen=True)
class Authorised:
    """A prior authorisation, with the units that are left of it."""

    number: int
    member: str
    provider: int
    category: int
    first_day: int
    last_day: int
    units: int


@dataclass(frozen=True)
class Case:
    """Where a claim stands that people decide about; nothing but zeros if it was settled and nobody said otherwise."""

    stage: Stage
    reasons: tuple[Parked, ...]
    deadline: int
    """0 if it waits for nothing."""
    pay_by: int
    """From when interest runs."""
    first_reviewer: int
    second_reviewer: int
    encumbered: int
    refund: bool
    """It is about giving back what was paid."""
    confirmed: bool
    disputed: bool
    replaced: bool
    outcomes: bytes
    """keccak256 of the words of the last decision, zero if there was none."""
    third_reviewer: int = 0


# ---------------------------------------------------------------------- events


@dataclass(frozen=True, order=True)
class Moment:
    """Where on the chain something was told. In the order in which it happened."""

    block: int
    position: int
    """Of the log in the block."""
    at: int
    transaction: str


@dataclass(frozen=True)
class Taken:
    """A claim that came in."""

    moment: Moment
    name: ClaimName
    entry: Entry
    content: bytes = field(repr=False)
    """The entry's bytes, as they stand in the account's log."""


class Act(Enum):
    """What was told of a claim after it came in, by the event's name."""

    DECIDED = "ClaimDecided"
    UPHELD = "ClaimUpheld"
    APPEALED = "ClaimAppealed"
    DEADLINE_ENFORCED = "DeadlineEnforced"
    REFUND_REQUESTED = "RefundRequested"
    REFUND_REJECTED = "RefundRejected"
    VOIDED = "ClaimVoided"
    CONFIRMED = "ServiceConfirmed"
    DISPUTED = "ServiceDisputed"


@dataclass(frozen=True)
class Told:
    """Something that was told of a claim after it came in. What its act does not say is empty."""

    moment: Moment
    name: ClaimName
    act: Act
    stage: Stage = Stage.NONE
    """Of a decision, appeal or upheld decision: as the event tells it."""
    reviewer: int = 0
    """0 too where a deadline decided, or a claim was settled once it was funded."""
    outcomes: tuple[int, ...] = ()
    """LineOutcome words of a decision."""
    paid: int = 0
    """By a decision, more than before."""
    interest: int = 0
    reason: Reason = Reason.NONE
    """Of a refund, or for which a claim was voided."""
    owed: int = 0
    """What was paid for a claim that was voided."""
    by: str = ""
    """Key of who appealed or enforced a deadline."""
    grounds: bytes = b""
    """Commitment, 32 bytes."""


@dataclass(frozen=True)
class Refused:
    """A claim that was not taken."""

    moment: Moment
    payer: int
    provider: int
    position: int
    """In its call, from 0."""
    control_number: bytes
    refusal: Refusal


@dataclass(frozen=True)
class Payment:
    """Money that went to a provider, or was due and could not be delivered."""

    moment: Moment
    payer: int
    provider: int
    amount: int
    """Transferred, or due if it was not delivered: what claims pay + interest - owed."""
    owed: int = 0
    """Withheld for overpayments before."""
    interest: int = 0
    delivered: bool = True
    collected: bool = False
    """It was due before, and has been sent now (PaymentCollected)."""


@dataclass(frozen=True)
class Enrolled:
    """A member's period of coverage, as it was told when it began."""

    moment: Moment
    member: str
    period: int
    plan: int
    first_day: int
    last_day: int
    family: int
    secondary: bool


@dataclass(frozen=True)
class Reviewer:
    """Who may decide about a payer's claims."""

    organisation: int
    kind: ReviewerKind


# ---------------------------------------------------------------------- a claim as a whole


@dataclass(frozen=True)
class Claim:
    """A claim: how it came in, and all that was told of it since."""

    taken: Taken
    told: tuple[Told, ...] = ()

    @property
    def name(self) -> ClaimName:
        return self.taken.name

    @property
    def entry(self) -> Entry:
        return self.taken.entry

    @property
    def decision(self) -> Told | None:
        """The last one that has outcomes."""
        return next((told for told in reversed(self.told) if told.act is Act.DECIDED), None)

    @property
    def decided_words(self) -> tuple[int, ...]:
        """LineOutcome words of the last decision; none if there was none, as Evidence has them."""
        return self.decision.outcomes if self.decision else ()

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each line: by the last decision or by rule; none while nothing is decided."""
        return tuple(Outcome.of_word(word) for word in self.decided_words or self.entry.outcomes)

    @property
    def paid(self) -> int:
        return sum(outcome.paid for outcome in self.outcomes)

    @property
    def share(self) -> int:
        """The patient's part: deductible, copay and coinsurance."""
        return sum(outcome.share for outcome in self.outcomes)

    @property
    def is_voided(self) -> bool:
        return any(told.act is Act.VOIDED for told in self.told)


EvidenceWords = tuple[int, int, int, bytes, int, list[bytes], list[int]]


@dataclass(frozen=True)
class Evidence:
    """What proves a claim and its last decision to the contract."""

    name: ClaimName
    entry: bytes = field(repr=False)
    size: int
    """Of the account's log for which the proof is: what it is now, or was at a checkpoint."""
    proof: tuple[bytes, ...]
    """That it is in the log of this size."""
    outcomes: tuple[int, ...]

    def words(self) -> EvidenceWords:
        """As the contract's functions take it."""
        return (*self.name, self.entry, self.size, list(self.proof), list(self.outcomes))
