"""Where a claim stands, for a provider that asks: by its name on the chain, or by the provider's own number of it.

A category (X12 code source 507) says whether it is pending or finalized, a status (508) what is going on. Only codes
that need no entity beside them are used:

| the claim | category, status | because |
|---|---|---|
| is not on the chain, or another provider's | A4 35 | nobody learns of a claim that is not theirs |
| waits for nothing but funds of the payer | P1 38 | the rules are to be applied again, and nobody reviews it |
| waits for a reviewer | P2 46 | review by the payer; 78, 52, 51, 110 where one reason alone says more |
| waits for a decision on an appeal, or the payer wants its payment back | P2 46, or 47 | 47 if something was paid |
| is approved and paid | F1 65 | by rule, or by the first decision about it |
| is approved and paid after an earlier decision | F3 65 | what was told before has changed |
| is approved, and the money waits to be collected | F0 3 | F1 would say that the provider has it |
| is approved, and nothing is to be paid | F4 98, or 104 | 98 if it went to the deductible, else by the plan |
| is denied whole | F2, by the first reason | appeals may follow, but nobody waits for anything |
| was taken back | F3 101 | what was paid is withheld from later payments |

F3F, which looks as if it were for a revision, says that a claim was forwarded to another payer. The provider's own
number is found by the commitment to it, which the key of the book makes.
"""

from __future__ import annotations

from datetime import date

from carechain.claims.book import Book
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming, day_of
from carechain.claims.remittance import StatusAnswer, StatusRequest
from carechain.claims.state import Act, Case, Claim, Payment, Told
from carechain.claims.words import Parked, Reason, Stage
from carechain.errors import CarechainError

NOT_FOUND = "A4"
IN_PROCESS, IN_REVIEW = "P1", "P2"
APPROVED, PAID, DENIED_ALL, REVISED, NOTHING_DUE = "F0", "F1", "F2", "F3", "F4"
"""Claim status category codes."""

_UNKNOWN_CLAIM = "35"
_AWAITS_PAYMENT, _AWAITS_FUNDS, _UNDER_REVIEW, _REVIEW_AFTER_PAYMENT = "3", "38", "46", "47"
_PAID, _TO_DEDUCTIBLE, _BY_PLAN, _ADJUSTED = "65", "98", "104", "101"
_PARKED = {
    Parked.RESERVE_SHORT: _AWAITS_FUNDS,
    Parked.NEAR_DUPLICATE: "78",
    Parked.OTHER_COVERAGE: "52",
    Parked.LIABILITY: "51",
    Parked.FEE_UNLISTED: "110",
}
"""Of a claim that waits for this alone; whatever else is under review."""
DENIALS = {
    Reason.NOT_COVERED: "585",
    Reason.TOO_LATE: "718",
    Reason.NOT_AUTHORISED: "84",
    Reason.BUNDLED: "12",
    Reason.TOO_MANY_UNITS: "476",
    Reason.BENEFIT_MAXIMUM: "483",
    Reason.LIFETIME_MAXIMUM: "483",
    Reason.BEFORE_COVERAGE: "187",
    Reason.AFTER_COVERAGE: "187",
    Reason.OUT_OF_NETWORK: "585",
    Reason.OTHER_PAYER_FIRST: "286",
    Reason.NOT_NECESSARY: "287",
    Reason.DUPLICATE: "54",
    Reason.NOT_SUPPORTED: "294",
    Reason.NOT_FURNISHED: "585",
}
"""Claim status code of a claim that is denied, by the first of its reasons."""


def find(ledger: ClaimLedger, book: Book, payer: int, provider: int, control_number: str) -> ClaimName | None:
    """The claim of the provider's own number, the last replacement of it; None if the chain has none."""
    numbers = ledger.numbers(payer, provider)
    found: ClaimName | None = None
    while True:
        number = numbers.get(book.control_commitment(payer, provider, control_number, found))
        if number is None:
            return found
        found = ClaimName(payer, provider, number)


def answer(ledger: ClaimLedger, naming: Naming, request: StatusRequest) -> tuple[StatusAnswer, Claim | None]:
    """To a question from a file, with the claim that it is about; none of others' claims."""
    name = _asked(ledger, naming, request)
    if name is None:
        return not_found(day_of(ledger.chain.now()), request.control_number), None
    claim = ledger.claim(name)
    return status(ledger, claim, request.control_number), claim


def is_denied(claim: Claim) -> bool:
    """Whether nothing is paid, nor left to the patient as their share of what is approved."""
    return not claim.paid and not claim.share and any(outcome.other for outcome in claim.outcomes)


def not_found(today: date, control_number: str | None = None) -> StatusAnswer:
    return StatusAnswer(control_number, None, NOT_FOUND, _UNKNOWN_CLAIM, today, charge=0, paid=0)


def status(ledger: ClaimLedger, claim: Claim, control_number: str | None = None) -> StatusAnswer:
    """Where a claim on the chain stands. Payment and its trace are those that the provider has received last."""
    case = ledger.case(claim.name)
    payments = ledger.payments(claim.name.payer, claim.name.provider)
    payment, waits = _payment(claim, payments)
    category, code = _codes(claim, case, waits)
    return StatusAnswer(
        control_number=control_number,
        payer_control_number=str(claim.name),
        category=category,
        status=code,
        day=day_of(_since(claim)),
        charge=claim.entry.charge,
        paid=0 if claim.is_voided else claim.paid,
        payment_day=day_of(payment.moment.at) if payment else None,
        trace=payment.moment.transaction if payment else None,
    )


def _asked(ledger: ClaimLedger, naming: Naming, request: StatusRequest) -> ClaimName | None:
    payer, provider = naming.organisation(request.payer), naming.organisation(request.provider)
    if payer is None or provider is None:
        return None
    if request.payer_control_number is not None:
        try:
            name = ClaimName.parse(request.payer_control_number)
        except CarechainError:
            return None
        asked = (name.payer, name.provider) == (payer, provider)
        return name if asked and name.number < ledger.head(payer, provider)[0] else None
    if request.control_number is None or naming.book is None:
        return None
    return find(ledger, naming.book, payer, provider, request.control_number)


def _codes(claim: Claim, case: Case, waits: bool) -> tuple[str, str]:
    """Category and status."""
    if claim.is_voided:
        return REVISED, _ADJUSTED
    if case.stage is Stage.IN_REVIEW:
        code = _PARKED.get(case.reasons[0], _UNDER_REVIEW) if len(case.reasons) == 1 else _UNDER_REVIEW
        return (IN_PROCESS if case.reasons == (Parked.RESERVE_SHORT,) else IN_REVIEW), code
    if case.stage in (Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW, Stage.REFUND_REQUESTED):
        return IN_REVIEW, _REVIEW_AFTER_PAYMENT if claim.paid else _UNDER_REVIEW
    return _decided_codes(claim, waits)


def _decided_codes(claim: Claim, waits: bool) -> tuple[str, str]:
    if is_denied(claim):
        return DENIED_ALL, DENIALS[next(outcome.reason for outcome in claim.outcomes if outcome.reason)]
    if claim.paid == 0:
        return NOTHING_DUE, _TO_DEDUCTIBLE if any(outcome.deductible for outcome in claim.outcomes) else _BY_PLAN
    if waits:
        return APPROVED, _AWAITS_PAYMENT
    decisions = sum(told.act is Act.DECIDED for told in claim.told) + claim.entry.settled
    return (REVISED if decisions > 1 else PAID), _PAID


def _payment(claim: Claim, payments: list[Payment]) -> tuple[Payment | None, bool]:
    """The last payment for a claim that was received, and whether a later one still waits to be collected."""
    paying = [told.moment.transaction for told in claim.told if told.act is Act.DECIDED and told.paid]
    if claim.entry.settled and claim.entry.paid:
        paying.insert(0, claim.taken.moment.transaction)
    received: Payment | None = None
    waits = False
    for payment in payments:
        mine = payment.moment.transaction in paying and not payment.collected
        if payment.collected and waits:
            received, waits = payment, False
        elif mine and payment.delivered:
            received = payment
        elif mine:
            waits = True
    return received, waits


def _since(claim: Claim) -> int:
    """When what was told last of where it stands was told, Unix seconds. A member's word changes nothing about that."""
    told: list[Told] = [each for each in claim.told if each.act not in (Act.CONFIRMED, Act.DISPUTED)]
    return told[-1].moment.at if told else claim.taken.moment.at
