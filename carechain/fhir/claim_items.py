"""The items of a FHIR claim as service lines, with amounts that are shown to come out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from carechain.claims.document import Code, ServiceLine
from carechain.fhir.codes import ABSENT, code, coded
from carechain.fhir.elements import Element
from carechain.fhir.money import MAX_AMOUNT, Currency

MAX_ITEMS = 999
MAX_PARTS = 1_000
"""Details of one item, and of one detail."""

_UNITS = {"min": "MJ", "MJ": "MJ", "d": "DA", "DA": "DA", "[iU]": "F2", "[IU]": "F2", "F2": "F2"}
_COUNTED = frozenset("1 UN EA TAB CAP".split())


@dataclass(frozen=True)
class Frame:
    """What the items of one claim are read by: the claim's own period, its diagnoses by number, the last day that
    services may have, and its currency."""

    period: tuple[date, date] | None
    diagnoses: dict[int, int]
    last_day: date | None
    currency: Currency


def lines(claim: Element, frame: Frame) -> tuple[ServiceLine, ...]:
    """The service lines of a claim. Raises CarechainError at the first item that cannot be taken."""
    items = claim.children("item")
    if not items:
        claim.refuse("item", "is missing: there is nothing to pay for", "add what was done")
    if len(items) > MAX_ITEMS:
        claim.refuse("item", f"has more than {MAX_ITEMS} items", "split the claim")
    found: list[ServiceLine] = []
    seen: set[int] = set()
    for item in items:
        line = _line(item, frame)
        if line.number in seen:
            item.refuse("sequence", "is the number of an earlier item", "number the items one by one")
        seen.add(line.number)
        found.append(line)
    return tuple(found)


def _line(item: Element, frame: Frame) -> ServiceLine:
    number = item.ordinal("sequence")
    if number is None:
        item.refuse("sequence", "is missing", "number the items from 1")
    if number > MAX_ITEMS:
        item.refuse("sequence", f"is beyond {MAX_ITEMS}", "number the items from 1")
    procedure, revenue = _service(item)
    units, unit = _quantity(item)
    charge = _net(item, Fraction(units), frame.currency)
    if charge is None:
        item.refuse("net", "is missing, and no unit price tells it", "state what is charged")
    if charge > MAX_AMOUNT:
        item.refuse("net", "is larger than any claim", "correct it")
    first, last = _days(item, frame)
    return ServiceLine(
        number=number,
        procedure=procedure,
        revenue=revenue,
        charge=charge,
        units=units,
        unit=unit,
        first_day=first,
        last_day=last,
        diagnoses=_diagnoses(item, frame),
        place_of_service=_place(item),
    )


def _service(item: Element) -> tuple[Code | None, Code | None]:
    if (room := item.child("revenue")) is None:
        revenue = None
    elif (revenue := code(room)) is None or not revenue.system:
        item.refuse("revenue", "has no code with a code system", "give the code and its system")
    service = item.needed("productOrService")
    if coded(item, "productOrService", (ABSENT,)) is not None:
        if revenue is None:
            item.refuse("productOrService", "says that there is none, and there is no revenue code", "give one")
        return None, revenue
    modifiers = []
    for modifier in item.children("modifier"):
        found = code(modifier)
        if found is None:
            modifier.refuse("", "has no code", "give the code")
        modifiers.append(found.value)
    procedure = code(service, tuple(modifiers))
    if procedure is None or not procedure.system:
        item.refuse("productOrService", "has no code with a code system", "give the code and its system")
    return procedure, revenue


def _quantity(part: Element) -> tuple[Decimal, str]:
    quantity = part.child("quantity")
    if quantity is None:
        return Decimal(1), "UN"
    value = quantity.number("value")
    if value is None or quantity.has("comparator"):
        part.refuse("quantity", "is not an exact number", "state how many")
    if value <= 0:
        part.refuse("quantity", "is not positive", "state how many, or leave the item out")
    hundredths = value * 100
    if hundredths.denominator != 1 or hundredths >= 10**11:
        part.refuse("quantity", "has more than two decimals, or too many digits", "round it to two places")
    return Decimal(hundredths.numerator).scaleb(-2), _unit(part, quantity)


def _unit(part: Element, quantity: Element) -> str:
    said = quantity.text("code") or quantity.text("unit")
    if said is None or said in _COUNTED or re.fullmatch(r"\{[^{}]*\}", said):
        return "UN"
    if said not in _UNITS:
        part.refuse("quantity", "is not in units, minutes, days or international units", "count in one of these")
    return _UNITS[said]


def _net(item: Element, units: Fraction, currency: Currency) -> int | None:
    """What an item, or part of one, costs in minor units: as stated, as multiplied, and as its parts add up."""
    stated = currency.amount(item, "net")
    price, factor = currency.price(item, "unitPrice"), item.number("factor")
    if factor is not None and factor < 0:
        item.refuse("factor", "is negative", "claim amounts from zero on")
    made = None
    if price is not None:
        made = price * units * (1 if factor is None else factor)
    net = stated
    if made is not None and stated is None:
        if made.denominator != 1:
            item.refuse("net", "is missing, and quantity, price and factor make a fraction", "state what is charged")
        net = made.numerator
    elif made is not None and stated is not None and abs(made - stated) > Fraction(1, 2):
        item.refuse("net", "differs from quantity times unit price times factor", "make them agree")
    parts = _parts(item, currency)
    if parts is not None and net is not None and parts != net:
        item.refuse("net", "differs from the sum of its details", "make them agree")
    return parts if net is None else net


def _parts(item: Element, currency: Currency) -> int | None:
    """The sum of the parts' amounts; None where no part has one."""
    for name in ("detail", "subDetail"):
        if not item.has(name):
            continue
        parts = item.children(name)
        if len(parts) > MAX_PARTS:
            item.refuse(name, f"has more than {MAX_PARTS} parts", "sum them up")
        found = [_part(part, currency) for part in parts]
        known = [amount for amount in found if amount is not None]
        return sum(known) if known else None
    return None


def _part(part: Element, currency: Currency) -> int | None:
    # What part of an item is counted in has no bearing: milligrams of a compound, say.
    quantity = part.child("quantity")
    value = quantity.number("value") if quantity else None
    if quantity and (value is None or value <= 0):
        part.refuse("quantity", "is not positive", "state how many, or leave it out")
    return _net(part, Fraction(1) if value is None else value, currency)


def _days(item: Element, frame: Frame) -> tuple[date, date]:
    day, period = item.day("servicedDate"), item.period("servicedPeriod")
    name = "servicedDate" if day else "servicedPeriod"
    if day is not None and period is not None:
        item.refuse("servicedPeriod", "stands beside servicedDate", "keep one of the two")
    found = (day, day) if day is not None else period or frame.period
    if found is None:
        item.refuse("servicedDate", "is missing, and the claim has no billablePeriod", "say when it was done")
    if frame.last_day is not None and found[1] > frame.last_day:
        item.refuse(name, "is in the future", "claim what has been done")
    return found


def _diagnoses(item: Element, frame: Frame) -> tuple[int, ...]:
    found = []
    for index, number in enumerate(item.ordinals("diagnosisSequence")):
        if number not in frame.diagnoses:
            item.refuse(f"diagnosisSequence[{index}]", "is not the number of a diagnosis", "name one of the claim")
        found.append(frame.diagnoses[number])
    return tuple(found)


def _place(item: Element) -> str | None:
    concept = item.child("locationCodeableConcept")
    for coding in concept.children("coding") if concept else []:
        found = coding.text("code")
        if found is not None and re.fullmatch("[0-9]{2}", found):
            return found
    return None
