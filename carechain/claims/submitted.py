"""What came of claims that were sent: one outcome for each claim that was read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from carechain.chain import Sent
from carechain.claims.currencies import CODES
from carechain.claims.names import ClaimName
from carechain.claims.state import Claim
from carechain.claims.words import CLAIM_TERMS, Parked, Refusal
from carechain.errors import CarechainError


class Kind(Enum):
    """What came of a claim."""

    SETTLED = "settled"
    PARKED = "parked"
    REFUSED = "refused"
    ALREADY = "already there"
    VOIDED = "taken back"


@dataclass(frozen=True)
class Outcome:
    """What came of one claim. Amounts are in minor units."""

    place: str
    kind: Kind
    name: ClaimName | None = None
    """On the chain; of a claim that took another one back, that one's."""
    charge: int = 0
    paid: int = 0
    share: int = 0
    """The patient's part."""
    parked: tuple[Parked, ...] = ()
    currency: str = ""
    """ISO 4217, three letters, of a claim on the chain."""
    refusal: CarechainError | None = None

    @classmethod
    def of_claim(cls, place: str, claim: Claim, kind: Kind | None = None) -> Outcome:
        """Of a claim on the chain, as it stands; settled or parked unless `kind` says otherwise."""
        entry = claim.entry
        told = Kind.SETTLED if entry.settled else Kind.PARKED
        number = CLAIM_TERMS.unpack(entry.terms)["currency"]
        return cls(
            place,
            kind or told,
            claim.name,
            entry.charge,
            claim.paid,
            claim.share,
            entry.reasons,
            CODES.get(number, str(number)),
        )

    @classmethod
    def refused(cls, place: str, charge: int, error: CarechainError) -> Outcome:
        return cls(place, Kind.REFUSED, charge=charge, refusal=error)


@dataclass
class Submission:
    """What came of all claims of a run, and the transactions that it took."""

    read: int
    outcomes: list[Outcome] = field(default_factory=list)
    transactions: list[Sent] = field(default_factory=list)

    @property
    def counts(self) -> Counter[Kind]:
        return Counter(outcome.kind for outcome in self.outcomes)

    @property
    def paid(self) -> int:
        """By the claims that were settled in this run."""
        return sum(outcome.paid for outcome in self.outcomes if outcome.kind is Kind.SETTLED)

    def check(self) -> None:
        """Raises CarechainError unless every claim that was read has one outcome."""
        if len(self.outcomes) != self.read:
            problem = f"{len(self.outcomes):,} have an outcome"
            raise CarechainError(f"Of {self.read:,} claims", problem, "send them again: none goes twice")


_MENDS = {
    Refusal.MALFORMED: ("has a word that means nothing", "send it again with the present version of this program"),
    Refusal.MEMBER_UNKNOWN: ("is for a member without such a period of coverage", "ask the payer"),
    Refusal.PLAN_NOT_IN_FORCE: ("has a day on which that version of the plan is not in force", "send it again"),
    Refusal.CURRENCY_FOREIGN: ("is in another currency than the plan", "claim in that of the plan"),
    Refusal.DAY_IN_FUTURE: ("is for a day that has not come", "send it then"),
    Refusal.CONSENT_MISSING: (
        "is for a member who does not consent to the use of claims for payment by this payer",
        "ask the patient",
    ),
    Refusal.DUPLICATE: ("resembles a claim that came in not long before", "correct that one by a replacement"),
    Refusal.FEE_UNPROVEN: ("names a price that the fee schedule does not have", "ask the payer for the schedule"),
    Refusal.REPLACEMENT_INVALID: (
        "replaces a claim that is not taken back, or was replaced already",
        "name the last one that was taken",
    ),
}


def refusal_of(place: str, refusal: Refusal) -> CarechainError:
    """What the chain's refusal of a claim means."""
    return CarechainError(place, *_MENDS[refusal])
