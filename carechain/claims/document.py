"""A claim as its provider sent it, whatever the format: plain values that X12 and FHIR are read into.

Amounts are integers in the minor unit of the claim's currency (cents). Nothing here is fit to be logged or put on a
chain as it stands: it names a patient and what ails them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum

from carechain.errors import CarechainError

GROUPS = ("CO", "PR", "OA", "PI", "CR")
"""Claim adjustment group codes (X12 code source 974): contractual, patient, other, payer initiated, correction."""


class Frequency(IntEnum):
    """Claim frequency type codes that are taken (X12 CLM05-3)."""

    ORIGINAL = 1
    REPLACEMENT = 7
    VOID = 8


class Order(Enum):
    """Which of a patient's payers this one is (X12 SBR01)."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    TERTIARY = "tertiary"


@dataclass(frozen=True)
class Identifier:
    """A number within a system: ("npi", "1999996666"), ("payer", "999996666"), ("member", ...), or a FHIR system."""

    system: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Code:
    """A code of a code system, without its text. System names: "hcpcs" (CPT and HCPCS), "revenue", "icd-9", "icd-10",
    "ndc", "cdt"; rarer ones of X12: "hipps", "hiec" (home infusion), "abc", "jurisdiction"; for a FHIR system that is
    none of these, its address."""

    system: str
    value: str = field(repr=False)
    modifiers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Adjustment:
    """Part of a charge that was not paid, and why."""

    group: str
    """One of GROUPS."""
    reason: str
    """Claim adjustment reason code (CARC, X12 code source 139)."""
    amount: int
    """Minor units; negative raises what is paid."""


@dataclass(frozen=True)
class PriorPayment:
    """What another payer made of a claim or a line before."""

    payer: Identifier
    paid: int
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def patient_responsibility(self) -> int:
        """What that payer left to the patient, in minor units."""
        return sum(adjustment.amount for adjustment in self.adjustments if adjustment.group == "PR")


@dataclass(frozen=True)
class ServiceLine:
    """One service, product or room charge."""

    number: int
    """As its provider counts, from 1 (X12 LX01, FHIR item.sequence)."""
    procedure: Code | None
    """None for an institutional line that has a revenue code alone."""
    revenue: Code | None
    charge: int
    units: Decimal
    """Positive, to two places."""
    unit: str
    """UN (units), MJ (minutes), DA (days), or F2 (international units)."""
    first_day: date
    last_day: date
    diagnoses: tuple[int, ...] = field(default=(), repr=False)
    """Which of the claim's diagnoses it is for: places, counted from 1."""
    place_of_service: str | None = None
    prior: tuple[PriorPayment, ...] = ()
    control_number: str | None = field(default=None, repr=False)
    """Line item control number (X12 REF*6R)."""


@dataclass(frozen=True)
class ClaimDocument:
    """One claim for one patient by one billing provider against one payer."""

    place: str
    """Where it stands: file and segment, or file and resource."""
    kind: str
    """professional, institutional, dental, pharmacy or vision."""
    use: str
    """claim, preauthorization or predetermination (FHIR Claim.use)."""
    control_number: str = field(repr=False)
    """The provider's own number of it (X12 CLM01)."""
    frequency: Frequency
    original: str | None = field(repr=False)
    """The payer's number of the claim that this one replaces or voids (X12 REF*F8)."""
    provider: Identifier
    payer: Identifier
    member: Identifier = field(repr=False)
    """The patient as the payer knows them. That of the subscriber, where patients have none of their own."""
    relationship: str
    """self, spouse, child or other: who the patient is to the subscriber."""
    birth_date: date | None = field(repr=False)
    """Of the patient: with it dependants of one subscriber number are told apart."""
    order: Order
    currency: str
    """ISO 4217, three letters."""
    total: int
    diagnoses: tuple[Code, ...] = field(repr=False)
    """The principal one first."""
    lines: tuple[ServiceLine, ...]
    prior: tuple[PriorPayment, ...] = ()
    """What other payers made of the claim as a whole."""
    authorisation: str | None = field(default=None, repr=False)
    """Number of a prior authorisation (X12 REF*G1)."""
    related_cause: bool = False
    """Whether an accident, employment or another party may be liable (X12 CLM11, property and casualty filing)."""
    created: date | None = None
    patient_name: tuple[str, str] | None = field(default=None, repr=False)
    """Family name and given names: for what goes back to the provider alone."""


@dataclass(frozen=True)
class ClaimFile:
    """What a file holds: claims that can be taken, and for each other one why not."""

    source: str
    claims: tuple[ClaimDocument, ...]
    refusals: tuple[CarechainError, ...]
    notes: tuple[str, ...] = ()
    """What was read and has no place in a ClaimDocument, in words for the user, without values."""

    @property
    def read(self) -> int:
        """Claims found in the file: taken and refused."""
        return len(self.claims) + len(self.refusals)
