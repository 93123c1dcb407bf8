"""Service lines of a claim (837, loop 2400): what was done when, for which diagnoses, at what charge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from carechain.claims.document import Code, ServiceLine
from carechain.x12.order import Loop
from carechain.x12.segments import Segment
from carechain.x12.values import amount, days, procedure, undivided, units

UNITS = ("UN", "MJ", "DA", "F2")
MAX_LINES = {"professional": 50, "institutional": 999}
_SERVICE = {"professional": "SV1", "institutional": "SV2"}
_REVENUE = re.compile(r"[0-9]{3,4}", re.ASCII)
_POINTER = re.compile(r"[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True)
class Frame:
    """What lines take from their claim."""

    kind: str
    """professional or institutional."""
    currency: str
    diagnoses: int
    place_of_service: str | None
    statement: tuple[date, date] | None
    """The days of the statement (DTP*434), for institutional lines that have none."""
    today: date


def lines(claim: Segment, found: list[Loop], frame: Frame) -> tuple[ServiceLine, ...]:
    """The lines of a claim, without what other payers made of them.

    Raises CarechainError when there are none or too many, or one of them cannot be taken.
    """
    heads = [loop for loop in found if loop.name == "line"]
    if not heads:
        claim.refuse(0, "has no service lines", "send what is charged for, line by line (LX)")
    most = MAX_LINES[frame.kind]
    if len(heads) > most:
        heads[most].head.refuse(0, f"is beyond the {most} lines that such a claim has", "split the claim")
    return tuple(_line(loop, number, frame) for number, loop in enumerate(heads, start=1))


def _line(loop: Loop, number: int, frame: Frame) -> ServiceLine:
    if loop.head.text(1) != str(number):
        loop.head.refuse(1, "is not the number of this line", "number the lines of each claim from 1")
    name = _SERVICE[frame.kind]
    service = loop.one(name)
    if service is None:
        loop.head.refuse(0, f"has no {name} below it", f"send {name} in {frame.kind} claims")
    revenue = None
    # SV2 has a revenue code before what SV1 begins with.
    at = 1
    if frame.kind == "institutional":
        if not _REVENUE.fullmatch(service.needed(1)):
            service.refuse(1, "is not a revenue code", "write its three or four digits")
        revenue, at = Code("revenue", service.text(1)), 2
    done = procedure(service, at)
    if done is None and revenue is None:
        service.refuse(at, "is missing", "say what was done")
    unit = service.needed(at + 2)
    if unit not in UNITS:
        service.refuse(at + 2, "is no unit that is counted in here", f"use {', '.join(UNITS)}")
    first, last = _days(loop, frame)
    control_number = loop.one("REF", "6R")
    place = service.text(5) if frame.kind == "professional" else ""
    return ServiceLine(
        number=number,
        procedure=done,
        revenue=revenue,
        charge=amount(service, at + 1, frame.currency),
        units=units(service, at + 3),
        unit=unit,
        first_day=first,
        last_day=last,
        diagnoses=_pointers(service, frame) if frame.kind == "professional" else (),
        place_of_service=place or frame.place_of_service,
        control_number=control_number.needed(2) if control_number else None,
    )


def _days(loop: Loop, frame: Frame) -> tuple[date, date]:
    service = loop.one("DTP", "472")
    if service is not None:
        return days(service, frame.today)
    if frame.statement is None:
        loop.head.refuse(0, "has no day of service (DTP*472)", "say when it was done")
    return frame.statement


def _pointers(service: Segment, frame: Frame) -> tuple[int, ...]:
    found = []
    for pointer in service.components(7):
        if not _POINTER.fullmatch(pointer):
            if len(service.components(7)) == 1 and any(not each.isalnum() and each != "." for each in pointer):
                undivided(service, 7)
            service.refuse(7, "is not the number of a diagnosis", "point to diagnoses by their places in HI")
        if not 1 <= int(pointer) <= frame.diagnoses:
            service.refuse(7, "points to a diagnosis that the claim does not have", "point to one in HI")
        found.append(int(pointer))
    return tuple(found)
