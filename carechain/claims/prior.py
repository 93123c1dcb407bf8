"""What payers before this one left to the patient, for each line of a claim: the most that this one may still pay.

The rule. A payer that decided on every line left of each what it adjusted there with group PR (patient responsibility).
What it adjusted with PR for the claim as a whole is spread over the lines: in proportion to what it paid for each
before that, or to their charges where it decided on no line by itself; rounded down, and the minor units that remain go
one by one to the lines whose share was cut most, the first line first. So the lines make the whole, to the unit, and
none more than its charge. Where several payers decided, each line has the least that any of them left.

All else is refused: what a payer paid and adjusted does not make the charge, or it decided on some lines and not on
others.
"""

from __future__ import annotations

from carechain.claims.document import ClaimDocument, PriorPayment
from carechain.errors import CarechainError

_MEND = "send what that payer paid and adjusted, for every line or for the claim as a whole"


def left_by_others(document: ClaimDocument) -> dict[int, int] | None:
    """Minor units of each line, by its number; None where no other payer has decided.

    Raises CarechainError where it cannot be told exactly.
    """
    left = [_left_by(document, payment) for payment in document.prior]
    named = {payment.payer for payment in document.prior}
    if any(each.payer not in named for line in document.lines for each in line.prior):
        _refuse(document, "has lines with the payment of a payer that decided nothing on the claim")
    if not left:
        return None
    return {line.number: min(each[line.number] for each in left) for line in document.lines}


def _left_by(document: ClaimDocument, payment: PriorPayment) -> dict[int, int]:
    of_lines = {line.number: each for line in document.lines for each in line.prior if each.payer == payment.payer}
    whole = payment.patient_responsibility
    if not of_lines:
        _check(document, document.total, payment)
        if not 0 <= whole <= document.total:
            _refuse(document, "has another payer's part for the patient that is negative or above the charge")
        return spread(whole, {line.number: line.charge for line in document.lines})
    if len(of_lines) != len(document.lines):
        _refuse(document, "has another payer's payments for some lines and not for others")
    paid = {number: each.paid for number, each in of_lines.items()}
    adjusted = sum(adjustment.amount for adjustment in payment.adjustments)
    if sum(paid.values()) - adjusted != payment.paid or not 0 <= whole <= sum(paid.values()) or min(paid.values()) < 0:
        _refuse(document, "has another payer's payment that is not that of the lines less what was adjusted besides")
    besides = spread(whole, paid)
    left = {}
    for line in document.lines:
        decided = of_lines[line.number]
        _check(document, line.charge, decided)
        left[line.number] = decided.patient_responsibility + besides[line.number]
        if not 0 <= left[line.number] <= line.charge:
            _refuse(document, "has another payer's part for the patient that is negative or above the charge")
    return left


def spread(amount: int, over: dict[int, int]) -> dict[int, int]:
    """An amount over others, by the rule above. It is at most their sum, and no share more than what it is of."""
    total = sum(over.values())
    if total == 0:
        return dict.fromkeys(over, 0)
    shares = {number: divmod(amount * part, total) for number, part in over.items()}
    remaining = amount - sum(share for share, _ in shares.values())
    cut_most = sorted(over, key=lambda number: (-shares[number][1], number))[:remaining]
    return {number: share + (number in cut_most) for number, (share, _) in shares.items()}


def _check(document: ClaimDocument, charge: int, payment: PriorPayment) -> None:
    if charge != payment.paid + sum(adjustment.amount for adjustment in payment.adjustments):
        _refuse(document, "has another payer's payment and adjustments that do not make the charge")


def _refuse(document: ClaimDocument, problem: str) -> None:
    raise CarechainError(document.place, problem, _MEND)
