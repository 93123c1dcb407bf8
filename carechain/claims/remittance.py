"""What a payer tells a provider: payments with every cent not paid, the state of a claim, what a plan covers.

Amounts are integers in the minor unit of the currency. These are made from the chain's events, and written as X12 or
FHIR.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from carechain.claims.document import Adjustment, Code, Identifier
from carechain.errors import CarechainError


@dataclass(frozen=True)
class RemittedLine:
    """One line of a claim: charge = paid + the sum of its adjustments."""

    number: int
    procedure: Code
    """Where only the chain is known, the service category: Code("category", "98")."""
    charge: int
    paid: int
    units: Decimal
    day: date
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True)
class RemittedClaim:
    """One claim of a remittance: charge = paid + the sum of all adjustments, its own and those of its lines."""

    control_number: str = field(repr=False)
    """The provider's number (CLP01): where only the chain is known, the claim's name there."""
    payer_control_number: str
    """The claim's name on the chain: payer-provider-number (CLP07)."""
    status: str
    """Claim status code (CLP02): 1 processed as primary, 2 as secondary, 22 reversal of a payment."""
    charge: int
    paid: int
    lines: tuple[RemittedLine, ...]
    received: date
    member: str = field(repr=False)
    """Member identifier of the patient: on the chain, a pseudonym."""
    frequency: str = "1"
    interest: int = 0
    """Minor units for late payment, beyond `paid`: also among the remittance's provider adjustments."""
    adjustments: tuple[Adjustment, ...] = ()
    """Of the claim as a whole, beyond those of its lines. Other payers have them, and claims without lines."""

    @property
    def patient_responsibility(self) -> int:
        of_lines = [a for line in self.lines for a in line.adjustments]
        return sum(a.amount for a in (*self.adjustments, *of_lines) if a.group == "PR")


@dataclass(frozen=True)
class ProviderAdjustment:
    """What changes the payment besides the claims (PLB). A positive amount lowers the payment."""

    reason: str
    """WO (overpayment recovery), L6 (interest owed), FB (forwarding balance)."""
    reference: str
    amount: int


@dataclass(frozen=True)
class Remittance:
    """One payment to one provider, or none: paid = sum of the claims' paid - sum of the provider adjustments."""

    payer: Identifier
    payer_name: str
    provider: Identifier
    provider_name: str
    day: date
    """Of the payment."""
    trace: str
    """Names the payment: the hash of its transaction."""
    currency: str
    paid: int
    claims: tuple[RemittedClaim, ...]
    adjustments: tuple[ProviderAdjustment, ...] = ()

    def check(self) -> None:
        """Raises CarechainError, naming the line, claim or total, unless everything balances to the cent."""
        for claim in self.claims:
            for line in claim.lines:
                _balanced(
                    f"Claim {claim.payer_control_number}, line {line.number}",
                    line.charge,
                    line.paid + sum(a.amount for a in line.adjustments),
                )
            place = f"Claim {claim.payer_control_number}"
            adjusted = sum(a.amount for a in claim.adjustments)
            if claim.lines:
                _balanced(place, claim.charge, sum(line.charge for line in claim.lines))
                _balanced(place, claim.paid, sum(line.paid for line in claim.lines) - adjusted)
            else:
                _balanced(place, claim.charge, claim.paid + adjusted)
        due = sum(claim.paid for claim in self.claims) - sum(a.amount for a in self.adjustments)
        _balanced(f"The payment {self.trace}", self.paid, due)


@dataclass(frozen=True)
class StatusAnswer:
    """Where one claim stands."""

    control_number: str | None = field(repr=False)
    """The provider's number as it was asked by, if it was."""
    payer_control_number: str | None
    """The claim's name on the chain; None if the claim is not known."""
    category: str
    """Health care claim status category code: A4 not found, P1 pending, P2 pending in review, F0 finalized, F1 paid, F2
    denied, F3 revised, F4 with nothing to pay; of others also A1 received, P3 pending information."""
    status: str
    """Health care claim status code (X12 code source 508)."""
    day: date
    """When this status began."""
    charge: int
    paid: int
    payment_day: date | None = None
    trace: str | None = None
    """Of the payment."""


@dataclass(frozen=True)
class StatusRequest:
    """A question of a provider about a claim."""

    place: str
    trace: str
    """The asker's own number of the question (TRN02), given back with the answer."""
    payer: Identifier
    provider: Identifier
    member: Identifier | None = field(repr=False)
    control_number: str | None = field(repr=False)
    payer_control_number: str | None
    charge: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    patient_name: tuple[str, str] | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    dependant: bool = False
    """Whether the patient is not the subscriber, whose number `member` is (X12 HL03 = 23)."""


@dataclass(frozen=True)
class EligibilityRequest:
    """A question of a provider about a patient's coverage."""

    place: str
    trace: str
    payer: Identifier
    provider: Identifier
    member: Identifier = field(repr=False)
    day: date
    service_types: tuple[str, ...]
    """Service type codes asked for (X12 1365); ("30",) for the plan as a whole."""
    birth_date: date | None = field(default=None, repr=False)
    patient_name: tuple[str, str] | None = field(default=None, repr=False)
    dependant: bool = False
    """Whether the patient is not the subscriber, whose number `member` is (X12 HL03 = 23)."""
    originator: str | None = None
    """Who gave the question its number (X12 TRN03), given back with the answer."""


@dataclass(frozen=True)
class CoveredService:
    """What a plan pays for a kind of service."""

    service_type: str
    in_network: bool
    covered: bool
    authorisation_needed: bool
    copay: int
    coinsurance: Decimal
    """The patient's part, 0 to 1."""


@dataclass(frozen=True)
class EligibilityAnswer:
    """A patient's coverage on a day."""

    active: bool
    reason: str | None
    """Why nothing can be said (X12 AAA03): 72 invalid member number, 75 subscriber not found, 42 unable to respond."""
    first_day: date | None = None
    last_day: date | None = None
    plan: str | None = None
    currency: str = "USD"
    deductible: int | None = None
    deductible_left: int | None = None
    out_of_pocket: int | None = None
    out_of_pocket_left: int | None = None
    family_deductible: int | None = None
    family_deductible_left: int | None = None
    family_out_of_pocket: int | None = None
    family_out_of_pocket_left: int | None = None
    services: tuple[CoveredService, ...] = ()


def _balanced(place: str, expected: int, actual: int) -> None:
    if expected != actual:
        raise CarechainError(
            place, f"does not balance: {expected} is stated and {actual} is the sum", "make it from the chain anew"
        )
