"""What elements hold: amounts, quantities, days, names and identifiers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NoReturn

from carechain.claims.document import GROUPS, Adjustment, Code, Identifier
from carechain.fhir.money import DECIMALS
from carechain.x12.segments import Segment

MAX_UNITS_OF_CURRENCY = 10**9
"""Largest amount taken, either way: beyond it somebody mistyped."""

PAYERS = {"PI": "payer", "XV": "payer"}
PROVIDERS = {"XX": "npi"}
MEMBERS = {"MI": "member"}
ASKERS = {"XX": "npi", "FI": "tax", "SV": "provider"}
"""Systems of identifiers by X12's qualifiers (NM108): of payers, billing providers, members, and providers who ask."""

PROCEDURES = {
    "HC": "hcpcs",
    "HP": "hipps",
    "ER": "jurisdiction",
    "IV": "hiec",
    "WK": "abc",
    "N4": "ndc",
    "AD": "cdt",
    "NU": "revenue",
    "ZZ": "category",
}
"""Code systems by X12's qualifiers of procedures (SV101-1, SVC01-1)."""

_DECIMAL = re.compile(r"(-?)([0-9]{0,15})(?:\.([0-9]{0,9}))?", re.ASCII)
_DAY = re.compile(r"[0-9]{8}", re.ASCII)
_REASON = re.compile(r"[A-Z0-9]{1,5}", re.ASCII)
_MODIFIERS = slice(2, 6)
_TRIPLETS = range(2, 20, 3)


def number(segment: Segment, element: int) -> Decimal:
    """A number. Raises CarechainError when it is missing or none."""
    text = segment.needed(element)
    found = _DECIMAL.fullmatch(text)
    if not found or not (found[2] or found[3]):
        segment.refuse(element, "is not a number", "write digits, with a decimal point where needed")
    return Decimal(f"{found[1]}{found[2] or '0'}.{found[3] or '0'}") if found[3] else Decimal(found[1] + found[2])


def signed_amount(segment: Segment, element: int, currency: str) -> int:
    """An amount in minor units. Raises CarechainError when it is none, or has more decimals than its currency."""
    value = number(segment, element)
    decimals = DECIMALS[currency]
    digits = segment.text(element).partition(".")[2]
    if len(digits) > decimals:
        segment.refuse(element, f"has more than {decimals} decimals", "round it to the minor unit")
    if abs(value) > MAX_UNITS_OF_CURRENCY:
        segment.refuse(element, "is larger than any claim", "correct it")
    return int(value.scaleb(decimals))


def amount(segment: Segment, element: int, currency: str) -> int:
    """As `signed_amount`, from zero on."""
    value = signed_amount(segment, element, currency)
    if value < 0:
        segment.refuse(element, "is negative", "state amounts from zero on")
    return value


def units(segment: Segment, element: int) -> Decimal:
    """A positive quantity to two places. Raises CarechainError when it is none."""
    value = number(segment, element)
    if value <= 0:
        segment.refuse(element, "is not positive", "state how many")
    if len(segment.text(element).partition(".")[2]) > 2:
        segment.refuse(element, "has more than 2 decimals", "round it to two places")
    if value >= MAX_UNITS_OF_CURRENCY:
        segment.refuse(element, "has too many digits", "correct it")
    return value


def currency_of(segment: Segment | None, default: str = "USD") -> str:
    """The currency that a CUR segment names. Raises CarechainError when ISO 4217 does not have it."""
    if segment is None:
        return default
    code = segment.needed(2)
    if code not in DECIMALS:
        segment.refuse(2, "is not a currency of ISO 4217 in use", "write its three letters")
    return code


def day_of(text: str) -> date | None:
    """A day written as CCYYMMDD; None when it is none."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def day(segment: Segment, element: int, latest: date | None = None) -> date:
    """A day. Raises CarechainError when it is missing, does not exist, or is after `latest`."""
    return _checked(segment, element, segment.needed(element), latest)


def days(segment: Segment, latest: date | None = None) -> tuple[date, date]:
    """First and last day of a DTP segment, in the form D8 or RD8. Raises CarechainError as `day`."""
    text = segment.needed(3)
    if segment.text(2) not in ("D8", "RD8"):
        segment.refuse(2, "is not D8 or RD8", "state a day, or a first and a last one")
    if segment.text(2) == "D8":
        found = _checked(segment, 3, text, latest)
        return found, found
    first, _, last = text.partition("-")
    begun, ended = _checked(segment, 3, first, latest), _checked(segment, 3, last, latest)
    if ended < begun:
        segment.refuse(3, "ends before it begins", "correct the days")
    return begun, ended


def identifier(segment: Segment, qualifiers: Mapping[str, str], what: str, element: int = 8) -> Identifier:
    """The identifier of a name (NM108 and NM109, N103 and N104). Raises CarechainError when it has none of these."""
    qualifier = segment.text(element)
    if qualifier not in qualifiers or not segment.text(element + 1):
        segment.refuse(element + 1, f"has no identifier of the {what}", f"send it with {' or '.join(qualifiers)}")
    return Identifier(qualifiers[qualifier], segment.text(element + 1))


def person(segment: Segment) -> tuple[str, str] | None:
    """Family name and given names of NM1; None without any."""
    family, given = segment.text(3), " ".join(filter(None, (segment.text(4), segment.text(5))))
    return (family, given) if family or given else None


def birth_date(segment: Segment | None, today: date | None) -> date | None:
    """The day in DMG; None without one. Raises CarechainError when it does not exist or is after today."""
    if segment is None or not segment.text(2):
        return None
    if segment.text(1) != "D8":
        segment.refuse(1, "is not D8", "state the day of birth")
    return day(segment, 2, today)


def procedure(segment: Segment, element: int) -> Code | None:
    """A procedure with its modifiers; None without one. Raises CarechainError when it names no code or no system."""
    parts = segment.components(element)
    if not parts:
        return None
    if parts[0] not in PROCEDURES:
        if len(parts) == 1:
            undivided(segment, element)
        segment.refuse(element, "names no code system that is read here", f"use {', '.join(PROCEDURES)}", 1)
    segment.needed(element, 2)
    return Code(PROCEDURES[parts[0]], parts[1], tuple(filter(None, parts[_MODIFIERS])))


def undivided(segment: Segment, element: int) -> NoReturn:
    """Raises CarechainError for an element of several components that is in one piece."""
    segment.refuse(
        element,
        "is not divided by the component separator that ISA16 names",
        "write into ISA16 the separator that the file uses",
    )


def adjustments(segments: list[Segment], currency: str) -> tuple[Adjustment, ...]:
    """The adjustments of CAS segments, in their order. Raises CarechainError for what is none."""
    found: list[Adjustment] = []
    for segment in segments:
        group = segment.needed(1)
        if group not in GROUPS:
            segment.refuse(1, "is not a claim adjustment group", f"use {', '.join(GROUPS)}")
        for element in _TRIPLETS:
            if not any(segment.text(element + each) for each in range(3)):
                continue
            if not _REASON.fullmatch(segment.needed(element)):
                segment.refuse(element, "is not a claim adjustment reason", "use a code of the published list")
            found.append(Adjustment(group, segment.text(element), signed_amount(segment, element + 1, currency)))
        if len(segment.elements) > _TRIPLETS.stop - 1:
            segment.refuse(0, "has more than six adjustments", "go on in another CAS")
        segment.needed(2)
    return tuple(found)


def _checked(segment: Segment, element: int, text: str, latest: date | None) -> date:
    found = day_of(text)
    if found is None:
        segment.refuse(element, "is not a day that exists", "write it as CCYYMMDD")
    if latest is not None and found > latest:
        segment.refuse(element, "is in the future", "claim what has been done")
    return found
