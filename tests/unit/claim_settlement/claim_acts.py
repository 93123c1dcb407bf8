"""What the tests of claims have in common: the account, what transactions told of it, and what several need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import brownie

from carechain.claims.words import PAYMENT, Parked
from tests.helpers.claims import CLOCKS, IMPLANT, PLAN, VISIT, Claim, Cover, Line, commitment, events, rule
from tests.helpers.suite import HOSPITAL, PAYER, REVIEWER, SECOND_PROVIDER, SECOND_REVIEWER, Suite, pass_time
from tests.helpers.supply import DAY, by, today

NOON = 2_000_030_400
"""Unix seconds, in the year 2033: the day of everything here."""
FAMILY = 7
ACCOUNT = PAYER << 32 | HOSPITAL
SECOND_ACCOUNT = PAYER << 32 | SECOND_PROVIDER
REVIEW_DAYS, APPEAL_DAYS, APPEAL_REVIEW_DAYS, EXTERNAL_DAYS, INTEREST = CLOCKS
UNPAID = {"amount": 0, "withheld": 0, "interest": 0, "undelivered": 0}
GROUNDS = commitment("grounds")
EVIDENCE = commitment("evidence")
ZERO = bytes(32)
NOTHING = "0x" + "00" * 32
"""As a contract answers."""
NOBODY = "0x" + "00" * 20


def visit(member: Any, control_number: str = "claim 1", charge: int = 12_500, days_ago: int = 10, **says: Any) -> Claim:
    """Charged 125.00, allowed 100.00, copay 25.00: it pays 75.00."""
    return Claim(member, (Line(VISIT, charge, days_ago=days_ago),), control_number, **says)


VISIT_PAID = 7_500


def implant(member: Any, control_number: str = "claim 1", charge: int = 150_000, days_ago: int = 10) -> Claim:
    """Always goes to a reviewer, and after a deductible of 500.00 pays four fifths."""
    return Claim(member, (Line(IMPLANT, charge, days_ago=days_ago),), control_number)


IMPLANT_PAID = 80_000


def payments(sent: Any) -> list[dict[str, int]]:
    """What a transaction told of payments."""
    return [PAYMENT.unpack(event["payment"]) for event in events(sent, "ProviderPaid")]


def paid(amount: int, **besides: int) -> list[dict[str, int]]:
    """One payment."""
    return [{**UNPAID, "amount": amount, **besides}]


def refusals(sent: Any) -> list[tuple[int, int]]:
    """Of each claim that a transaction refused: its position, and why."""
    return [(event["position"], event["refusal"]) for event in events(sent, "ClaimRefused")]


def stage_of(cover: Cover, number: int = 0, provider: int = HOSPITAL) -> int:
    return int(cover.claims.caseOf(cover.payer, provider, number)["stage"])


def reserve(cover: Cover) -> tuple[int, int]:
    """Funds, and how much of them is encumbered; what the contract holds covers them."""
    view = cover.claims.reserveOf(cover.payer)
    return view["funds"], view["encumbered"]


def met(cover: Cover, member: Any, period: int = 0) -> tuple[int, int, int, int]:
    """Deductible and out-of-pocket, of the member and of the family."""
    view = cover.claims.coverageOf(cover.payer, member, period)
    return view["deductible"], view["outOfPocket"], view["familyDeductible"], view["familyOutOfPocket"]


def counted(cover: Cover, *members: Any, categories: tuple[int, ...] = (), authorisations: tuple[int, ...] = ()) -> Any:
    """All that claims add to and use up."""
    used = [cover.claims.usedOf(cover.payer, each, 0, category) for each in members for category in categories]
    left = [cover.claims.authorisationOf(cover.payer, number) for number in authorisations]
    return [met(cover, each) for each in members], used, left


def another_plan(cover: Cover, member: Any, terms: int, rules: dict[int, int] | None = None, plan: int = 2) -> None:
    """Covers somebody who was not by another plan, from 300 days ago."""
    cover.publish(terms, rules if rules is not None else {VISIT: rule(deducted=0, coinsurance=0)}, plan=plan)
    cover.enrol(member, plan=plan)


def days_later(days: int) -> int:
    """Lets days pass, and a second. The time."""
    return pass_time(days * DAY + 1)


def parked(cover: Cover, number: int = 0, provider: int = HOSPITAL) -> tuple[Parked, ...]:
    """Why a claim was parked; it must be, and wait for a reviewer with its charge held if it is there."""
    entry = cover.entry(number, provider)
    assert not entry.settled
    assert entry.outcomes == ()
    case = cover.claims.caseOf(cover.payer, provider, number)
    assert case["stage"] == 1
    assert case["reasons"] == sum(1 << reason for reason in entry.reasons)
    assert case["deadline"] == case["payBy"] == entry.taken_at + REVIEW_DAYS * DAY
    assert (case["firstReviewer"], case["secondReviewer"], case["refund"]) == (0, 0, False)
    assert case["outcomes"] == NOTHING
    return entry.reasons


def decided(cover: Cover, member: Any, number: int = 0) -> None:
    """An implant, parked and then approved by the first reviewer."""
    cover.submit(implant(member, f"implant {number}"))
    cover.decide(number, REVIEWER)


def in_external_review(cover: Cover, member: Any, number: int = 0) -> None:
    """An implant, decided, appealed against, upheld, and brought before the external reviewer."""
    decided(cover, member, number)
    cover.appeal(number)
    cover.uphold(number, SECOND_REVIEWER)
    cover.appeal(number)


def refund_requested(cover: Cover, member: Any, number: int = 0) -> Any:
    """A visit that was paid, and is asked back."""
    cover.submit(visit(member, f"visit {number}"))
    return request_refund(cover, number)


def request_refund(cover: Cover, number: int = 0, reason: int = 14, provider: int = HOSPITAL) -> Any:
    return cover.claims.requestRefund(cover.evidence(number, provider), reason, GROUNDS, by(cover.payer))


def enrolment(member: Any, **changes: Any) -> tuple[Any, ...]:
    """As enrolMembers takes it."""
    values = {
        "member": member,
        "period": 0,
        "plan": PLAN,
        "first_day": today() - 300,
        "last_day": today() + 60,
        "family": 0,
        "secondary": False,
        **changes,
    }
    return tuple(values.values())


@dataclass(frozen=True)
class Raw:
    """A claim with other words in the place of its own, as a careless sender would make it."""

    claim: Claim
    terms: int | None = None
    lines: tuple[int, ...] | None = None
    proofs: tuple[bytes, ...] | None = None

    def words(self) -> tuple[Any, ...]:
        terms, control_number, record, diagnoses, lines, proofs = self.claim.words()
        return (
            terms if self.terms is None else self.terms,
            control_number,
            record,
            diagnoses,
            lines if self.lines is None else list(self.lines),
            proofs if self.proofs is None else list(self.proofs),
        )


def suspend(suite: Suite, organisation: int) -> None:
    suite.participants.suspend(organisation, 0, EVIDENCE, {"from": brownie.accounts[3]})


def reinstate(suite: Suite, organisation: int) -> None:
    suite.as_registrar(suite.participants.reinstate, organisation, EVIDENCE)
