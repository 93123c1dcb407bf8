"""What payers before this one made of a claim: from their ClaimResponse or ExplanationOfBenefit in the same file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from carechain.claims.document import Identifier, Order, PriorPayment, ServiceLine
from carechain.fhir import adjudication
from carechain.fhir.elements import Element
from carechain.fhir.money import Currency
from carechain.fhir.neighbours import Neighbours, same

_ORDERS = (Order.PRIMARY, Order.SECONDARY, Order.TERTIARY)


@dataclass
class Prior:
    """Payments for the claim as a whole and by line number, and what was noted."""

    whole: list[PriorPayment] = field(default_factory=list)
    by_line: dict[int, list[PriorPayment]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def added(self, line: ServiceLine) -> ServiceLine:
        found = self.by_line.get(line.number)
        return replace(line, prior=tuple(found)) if found else line


def focal_and_order(claim: Element) -> tuple[Element, Order, list[Element]]:
    """The insurance that the claim is against, which payer that makes of it, and the insurances before it.

    Before it are those with a smaller sequence and those whose payer has answered already.
    """
    insurances = claim.children("insurance")
    focal = [each for each in insurances if each.flag("focal")]
    if len(focal) != 1:
        claim.refuse("insurance", "does not have exactly one that is focal", "mark the one that the claim is against")
    numbers = [each.ordinal("sequence") for each in insurances]
    own = focal[0].ordinal("sequence")
    if own is None or None in numbers or len(set(numbers)) != len(numbers):
        claim.refuse("insurance", "has a sequence that is missing or there twice", "number the insurances one by one")
    before = [
        each
        for each, number in zip(insurances, numbers, strict=True)
        if each is not focal[0] and ((number is not None and number < own) or each.has("claimResponse"))
    ]
    if len(before) >= len(_ORDERS):
        claim.refuse("insurance", "has more than two before the focal one", "claim against the first three alone")
    return focal[0], _ORDERS[len(before)], before


def prior(
    patient: Element, before: list[Element], charges: dict[int, int], neighbours: Neighbours, currency: Currency
) -> Prior:
    """What the payers of the insurances `before` paid, as far as their answers are in the file.

    `charges` are those of the claim's lines by number. Raises CarechainError when an answer is about another patient
    or other items, or does not say what was paid.
    """
    found = Prior()
    for insurance in before:
        reference = insurance.child("claimResponse")
        answer = _answer(reference, neighbours) if reference else None
        if answer is None:
            found.notes.append("insurance before the focal one: what its payer paid is not in the file")
            continue
        if same(answer.needed("patient").node, patient.node) is False:
            answer.refuse("patient", "is another than the claim's", "send the answer to this claim")
        _read(answer, charges, neighbours, currency, found)
    return found


def _answer(reference: Element, neighbours: Neighbours) -> Element | None:
    here = neighbours.find(reference, "ClaimResponse", "ExplanationOfBenefit")
    if here is not None:
        return here
    literal = reference.node.get("reference")
    for explanation in neighbours.beside("ExplanationOfBenefit"):
        response = explanation.child("claimResponse")
        if literal is not None and response and response.node.get("reference") == literal:
            return explanation
    return None


def _read(answer: Element, charges: dict[int, int], neighbours: Neighbours, currency: Currency, found: Prior) -> None:
    if answer.text("status") != "active" or answer.text("outcome") not in ("complete", "partial"):
        answer.refuse("outcome", "is not that of an active, complete answer", "wait until that payer has decided")
    if answer.has("addItem"):
        answer.refuse("addItem", "has items that the claim does not", "send that payer's answer by items of the claim")
    payer = neighbours.who(answer.needed("insurer"), "Organization")
    number = "itemSequence" if answer.node.get("resourceType") == "ClaimResponse" else "sequence"
    paid = 0
    items = answer.children("item")
    seen: set[int] = set()
    for item in items:
        line = item.ordinal(number)
        if line is None or line not in charges or line in seen:
            item.refuse(number, "is not that of one item of the claim", "send the answer to this claim")
        seen.add(line)
        read = adjudication.read(item.children("adjudication"), currency)
        if read.paid is None:
            item.refuse("adjudication", "does not say what was paid", "give the amount of the benefit, zero too")
        if read.submitted not in (None, charges[line]):
            item.refuse("adjudication", "is about another charge than the item's", "send the answer to this claim")
        if charges[line] != read.paid + sum(adjustment.amount for adjustment in read.adjustments):
            found.notes.append("insurance before the focal one: its payer does not say why all was not paid")
        paid += read.paid
        found.by_line.setdefault(line, []).append(PriorPayment(payer, read.paid, read.adjustments))
    found.whole.append(_whole(answer, payer, paid, bool(items), currency))


def _whole(answer: Element, payer: Identifier, paid: int, itemised: bool, currency: Currency) -> PriorPayment:
    read = adjudication.read(answer.children("adjudication"), currency)
    total = adjudication.read(answer.children("total"), currency).paid
    stated = total if read.paid is None else read.paid
    if itemised and stated is not None and stated != paid:
        answer.refuse("total", "differs from the sum of the items", "ask that payer to correct it")
    if not itemised and stated is None:
        answer.refuse("total", "does not say what was paid", "send the whole answer of that payer")
    return PriorPayment(payer, paid if itemised or stated is None else stated, read.adjustments)
