"""What other payers made of a claim before: of the whole (837, loop 2320) and of its lines (2430).

The payment of a whole claim includes that of its lines; its adjustments are those beyond the lines'. All must come
out: charge = paid + adjustments, for the claim and for each line that a payer decided on.
"""

from __future__ import annotations

from dataclasses import replace

from carechain.claims.document import Adjustment, Identifier, PriorPayment, ServiceLine
from carechain.x12.order import Loop
from carechain.x12.segments import Segment
from carechain.x12.values import PAYERS, adjustments, amount, identifier, procedure

_BALANCE = "send what that payer paid and adjusted, to the cent"


def prior(
    total: int, found: list[Loop], lines: tuple[ServiceLine, ...], currency: str
) -> tuple[tuple[PriorPayment, ...], tuple[ServiceLine, ...]]:
    """Payments of the claim, and the lines with theirs.

    Raises CarechainError when a payer is named twice or not at all, or when its amounts do not come out.
    """
    others: dict[Identifier, tuple[Segment, PriorPayment | None]] = {}
    for loop, names in _grouped(found):
        payer, payment = _whole(loop, names, currency)
        if payer in others:
            loop.head.refuse(0, "is about a payer that was there before", "send each other payer once")
        if payer is not None:
            others[payer] = (loop.head, payment)
    taken = _lines(found, lines, {payer.value: payer for payer in others}, currency)
    for payer, (sbr, payment) in others.items():
        of_lines = [each for line in taken for each in line.prior if each.payer == payer]
        if payment is not None:
            _check(total, sbr, payment, of_lines)
        elif of_lines:
            sbr.refuse(0, "has no payment (AMT*D) below it, and lines have that payer's (SVD)", "send it, zero too")
    return tuple(payment for _, payment in others.values() if payment is not None), taken


def _check(total: int, sbr: Segment, payment: PriorPayment, of_lines: list[PriorPayment]) -> None:
    adjusted = _sum(payment.adjustments)
    if total != payment.paid + adjusted + sum(_sum(each.adjustments) for each in of_lines):
        sbr.refuse(0, "has a payment and adjustments (AMT*D, CAS) that do not sum to the charge", _BALANCE)
    if of_lines and payment.paid != sum(each.paid for each in of_lines) - adjusted:
        sbr.refuse(0, "has a payment (AMT*D) that is not what the lines say (SVD)", _BALANCE)


def _grouped(found: list[Loop]) -> list[tuple[Loop, list[Loop]]]:
    """Each other subscriber loop with the names below it."""
    grouped: list[tuple[Loop, list[Loop]]] = []
    for loop in found:
        if loop.name == "other":
            grouped.append((loop, []))
        elif loop.name == "other_name":
            grouped[-1][1].append(loop)
    return grouped


def _whole(loop: Loop, names: list[Loop], currency: str) -> tuple[Identifier | None, PriorPayment | None]:
    """Another payer, if it is named, and what it made of the claim, if it has decided on it."""
    paid = loop.one("AMT", "D")
    named = [each.head for each in names if each.head.text(1) == "PR"]
    payer = identifier(named[0], PAYERS, "other payer") if named else None
    found = adjustments(loop.all("CAS"), currency)
    if paid is None:
        if found:
            loop.head.refuse(0, "has adjustments below it, and no payment (AMT*D)", "send it, zero too")
        return payer, None
    if payer is None:
        loop.head.refuse(0, "has a payment below it, and no payer (NM1*PR)", "say who paid")
    return payer, PriorPayment(payer, amount(paid, 2, currency), found)


def _lines(
    found: list[Loop], lines: tuple[ServiceLine, ...], payers: dict[str, Identifier], currency: str
) -> tuple[ServiceLine, ...]:
    """The lines with what the loops below them say."""
    at = -1
    payments: list[list[PriorPayment]] = [[] for _ in lines]
    for loop in found:
        if loop.name == "line":
            at += 1
        elif loop.name == "paid":
            svd = loop.head
            payer = payers.get(svd.needed(1))
            if payer is None:
                svd.refuse(1, "is no payer that the claim names (NM1*PR after SBR)", "name it there")
            if any(each.payer == payer for each in payments[at]):
                svd.refuse(1, "was there before in this line", "send what each payer made of a line once")
            procedure(svd, 3)
            payment = PriorPayment(payer, amount(svd, 2, currency), adjustments(loop.all("CAS"), currency))
            if lines[at].charge != payment.paid + _sum(payment.adjustments):
                svd.refuse(0, "and the adjustments after it (CAS) do not sum to the charge of the line", _BALANCE)
            payments[at].append(payment)
    return tuple(replace(line, prior=tuple(each)) for line, each in zip(lines, payments, strict=True))


def _sum(found: tuple[Adjustment, ...]) -> int:
    return sum(each.amount for each in found)
