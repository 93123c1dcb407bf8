"""What payers before this one left to the patient, for each line of a claim: the most that this one may still pay.

The rule. A payer that decided on every line left of each what it adjusted with group PR (patient responsibility). A
payer that decided on the claim as a whole left what it adjusted with PR: that is spread over the lines in proportion to
their charges, rounded down, and the minor units that remain go one by one to the lines whose share was cut most, the
first line first; so the lines make the whole, to the unit, and no line more than its charge. Where several payers
decided, each line has the least that any of them left. All else is refused: what a payer paid and adjusted does not
make the charge, it decided on some lines and not on others, or it adjusted PR on lines and on the claim besides.
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
    if whole:
        _refuse(document, "has another payer's part for the patient on lines and on the claim besides")
    left = {}
    for line in document.lines:
        decided = of_lines[line.number]
        _check(document, line.charge, decided)
        left[line.number] = decided.patient_responsibility
        if not 0 <= left[line.number] <= line.charge:
            _refuse(document, "has another payer's part for the patient that is negative or above the charge")
    return left


def spread(amount: int, charges: dict[int, int]) -> dict[int, int]:
    """An amount over charges, by the rule above. The amount is at most their sum."""
    total = sum(charges.values())
    if total == 0:
        return dict.fromkeys(charges, 0)
    shares = {number: divmod(amount * charge, total) for number, charge in charges.items()}
    remaining = amount - sum(share for share, _ in shares.values())
    cut_most = sorted(charges, key=lambda number: (-shares[number][1], number))[:remaining]
    return {number: share + (number in cut_most) for number, (share, _) in shares.items()}


def _check(document: ClaimDocument, charge: int, payment: PriorPayment) -> None:
    if charge != payment.paid + sum(adjustment.amount for adjustment in payment.adjustments):
        _refuse(document, "has another payer's payment and adjustments that do not make the charge")


def _refuse(document: ClaimDocument, problem: str) -> None:
    raise CarechainError(document.place, problem, _MEND)
