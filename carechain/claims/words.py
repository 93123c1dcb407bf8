"""The packed words and enumerations of ClaimSettlement. Twins of contracts/types and interfaces/IClaimTypes.sol.

Amounts are in minor units of the currency, units of service in hundredths, days counted from 1970-01-01 (UTC), times in
Unix seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from carechain.errors import CarechainError


class Layout:
    """Fields of a packed word, from its low end."""

    def __init__(self, name: str, **fields: int) -> None:
        """Names with their widths in bits; "zero" and what starts with it has no meaning and is left 0."""
        self.name = name
        self._fields: dict[str, tuple[int, int]] = {}
        shift = 0
        for field, bits in fields.items():
            if not field.startswith("zero"):
                self._fields[field] = (shift, bits)
            shift += bits

    def pack(self, **values: int) -> int:
        """The word; fields that are not given are 0. Raises CarechainError for a value that does not fit its field."""
        word = 0
        for field, value in values.items():
            shift, bits = self._fields[field]
            if not 0 <= value < 1 << bits:
                raise CarechainError(
                    f"{self.name}.{field}", f"does not fit {bits} bits", f"use 0 to {(1 << bits) - 1:,}"
                )
            word |= int(value) << shift
        return word

    def unpack(self, word: int) -> dict[str, int]:
        return {field: (word >> shift) & ((1 << bits) - 1) for field, (shift, bits) in self._fields.items()}

    def most(self, field: str) -> int:
        """The largest value of a field."""
        return (1 << self._fields[field][1]) - 1


SERVICE_LINE = Layout(
    "ServiceLine", charge=34, allowed=34, prior_patient=34, units=24, entry=24, day=16, number=10, category=8
)
LINE_OUTCOME = Layout(
    "LineOutcome",
    paid=34,
    contractual=34,
    deductible=34,
    coinsurance=34,
    prior=34,
    other=34,
    copay=24,
    units=24,
    reason=4,
)
CLAIM_TERMS = Layout(
    "ClaimTerms",
    member=160,
    coverage=8,
    version=8,
    authorisation=32,
    replaces=32,
    currency=10,
    prior_told=1,
    liability=1,
)
PLAN_TERMS = Layout(
    "PlanTerms",
    first_day=16,
    until=16,
    deductible=32,
    family_deductible=32,
    out_of_pocket=32,
    family_out_of_pocket=32,
    ceiling=32,
    timely_filing=12,
    currency=10,
    member_velocity=8,
    provider_velocity=16,
    copay_first=1,
)
BENEFIT_RULE = Layout(
    "BenefitRule",
    known=1,
    covered=1,
    covered_out=1,
    authorised=1,
    scheduled=1,
    deducted=1,
    reviewed=1,
    zero=1,
    coinsurance=14,
    coinsurance_out=14,
    copay=24,
    copay_out=24,
    allowed=32,
    out_rate=14,
    units_line=10,
    units_visit=10,
    units_year=12,
    units_lifetime=12,
    amount_visit=24,
    amount_year=24,
    amount_lifetime=24,
    bundled_into=8,
)
COVERAGE = Layout(
    "Coverage",
    plan=16,
    first_day=16,
    days=9,
    secondary=1,
    family=32,
    deductible=32,
    out_of_pocket=34,
    week=8,
    claims=8,
    marks=100,
)
RESERVE = Layout("Reserve", token=160, funds=45, encumbered=45, scale=6)
PROVIDER_TERMS = Layout("ProviderTerms", first_day=16, last_day=16, barred=1, zero=7, day=16, claims=16)
AUTHORISATION = Layout("Authorisation", member=160, provider=32, category=8, first_day=16, last_day=16, units=24)
CLAIM_CASE = Layout(
    "ClaimCase",
    stage=8,
    reasons=24,
    deadline=40,
    pay_by=40,
    first_reviewer=32,
    second_reviewer=32,
    encumbered=36,
    refund=1,
    confirmed=1,
    disputed=1,
    replaced=1,
    refund_reason=4,
    third_reviewer=32,
    ruled=1,
)
PAYMENT = Layout("Payment", amount=64, withheld=64, interest=64, undelivered=1)
"""Of the event ProviderPaid."""

OPEN = (1 << 16) - 1
"""PlanTerms.until, while there is no later version."""
MAX_CHARGE = 1 << 34
"""A claim is below this, in minor units."""
MAX_LINES = 999
UNITS = 100
"""Hundredths in a unit of service."""
LINE_WORDS = 2
HEAD_BYTES = 148
"""Of an entry, before its lines."""
SETTLED, PARKED = 1, 2
"""States of an entry."""
IN_NETWORK, AFTER_OTHERS, SECONDARY = 1, 2, 4
"""Flags of an entry."""


class Reason(IntEnum):
    """IClaimTypes.Reason: why something of a charge is not paid."""

    NONE = 0
    NOT_COVERED = 1
    TOO_LATE = 2
    NOT_AUTHORISED = 3
    BUNDLED = 4
    TOO_MANY_UNITS = 5
    BENEFIT_MAXIMUM = 6
    LIFETIME_MAXIMUM = 7
    BEFORE_COVERAGE = 8
    AFTER_COVERAGE = 9
    OUT_OF_NETWORK = 10
    OTHER_PAYER_FIRST = 11
    NOT_NECESSARY = 12
    DUPLICATE = 13
    NOT_SUPPORTED = 14
    NOT_FURNISHED = 15


REVIEWERS_REASONS = (Reason.NOT_NECESSARY, Reason.DUPLICATE, Reason.NOT_SUPPORTED, Reason.NOT_FURNISHED)
"""Reasons that only a person gives."""

CARC: Mapping[Reason, tuple[str, str]] = {
    Reason.NOT_COVERED: ("PR", "204"),
    Reason.TOO_LATE: ("CO", "29"),
    Reason.NOT_AUTHORISED: ("CO", "197"),
    Reason.BUNDLED: ("CO", "97"),
    Reason.TOO_MANY_UNITS: ("CO", "151"),
    Reason.BENEFIT_MAXIMUM: ("PR", "119"),
    Reason.LIFETIME_MAXIMUM: ("PR", "35"),
    Reason.BEFORE_COVERAGE: ("PR", "26"),
    Reason.AFTER_COVERAGE: ("PR", "27"),
    Reason.OUT_OF_NETWORK: ("PR", "242"),
    Reason.OTHER_PAYER_FIRST: ("OA", "22"),
    Reason.NOT_NECESSARY: ("CO", "50"),
    Reason.DUPLICATE: ("OA", "18"),
    Reason.NOT_SUPPORTED: ("CO", "150"),
    Reason.NOT_FURNISHED: ("CO", "112"),
}
"""X12 group and claim adjustment reason code of each."""


class Parked(IntEnum):
    """IClaimTypes.Parked: why a claim is not settled by rule; positions of bits."""

    NEAR_DUPLICATE = 0
    ABOVE_CEILING = 1
    REVIEWED_CATEGORY = 2
    PROVIDER_VELOCITY = 3
    MEMBER_VELOCITY = 4
    PROVIDER_BARRED = 5
    RESERVE_SHORT = 6
    OTHER_COVERAGE = 7
    CROSSES_PERIODS = 8
    CATEGORY_UNKNOWN = 9
    FEE_UNLISTED = 10
    LIABILITY = 11


class Refusal(IntEnum):
    """IClaimTypes.Refusal: why a claim is not taken."""

    NONE = 0
    MALFORMED = 1
    MEMBER_UNKNOWN = 2
    PLAN_NOT_IN_FORCE = 3
    CURRENCY_FOREIGN = 4
    DAY_IN_FUTURE = 5
    CONSENT_MISSING = 6
    DUPLICATE = 7
    FEE_UNPROVEN = 8
    REPLACEMENT_INVALID = 9


class Stage(IntEnum):
    """IClaimTypes.Stage: where a claim stands that is not, or not only, settled by rule."""

    NONE = 0
    IN_REVIEW = 1
    DECIDED = 2
    IN_APPEAL = 3
    APPEAL_DECIDED = 4
    IN_EXTERNAL_REVIEW = 5
    FINAL = 6
    REFUND_REQUESTED = 7
    VOIDED = 8


class ReviewerKind(IntEnum):
    """IClaimProgramme.ReviewerKind."""

    NONE = 0
    INTERNAL = 1
    EXTERNAL = 2


def parked_of(reasons: int) -> tuple[Parked, ...]:
    """The bits of a word of reasons."""
    return tuple(bit for bit in Parked if reasons >> bit & 1)
