"""The diagnoses of a claim (837, HI segments), and what institutional claims say beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from carechain.claims.document import Code
from carechain.x12.segments import Segment
from carechain.x12.values import undivided

_PRINCIPAL = {"BK": "icd-9", "ABK": "icd-10"}
_OTHER = {"BF": "icd-9", "ABF": "icd-10"}
_OCCURRENCE = "BH"
# Occurrence codes of accidents, of employment and of crimes.
_ACCIDENTS = ("01", "02", "03", "04", "05", "06")
_LEFT_OUT = {
    "admitting diagnoses": ("BJ", "ABJ"),
    "reasons for the visit": ("PR", "APR"),
    "external causes of injury": ("BN", "ABN"),
    "procedures and their days": ("BP", "BO", "BR", "BQ", "BBR", "BBQ", "CAH"),
    "occurrences, conditions, values and treatments": ("BG", "BH", "BI", "BE", "TC"),
    "diagnosis-related groups": ("DR",),
}
_WHAT = {qualifier: what for what, qualifiers in _LEFT_OUT.items() for qualifier in qualifiers}


@dataclass(frozen=True)
class Diagnoses:
    """The principal diagnosis and the others, in the order that pointers count in."""

    codes: tuple[Code, ...] = field(repr=False)
    accident: bool
    """Whether an occurrence says that there was an accident, at work or elsewhere, or a crime."""
    left_out: frozenset[str]
    """What else was read, in words."""


def diagnoses(claim: Segment, found: Sequence[Segment]) -> Diagnoses:
    """Reads HI segments. Raises CarechainError without a principal diagnosis, with two, or for what is not known."""
    codes: list[Code] = []
    left_out: set[str] = set()
    accident = False
    for hi in found:
        for element in range(1, len(hi.elements) + 1):
            parts = hi.components(element)
            if not parts:
                continue
            qualifier = parts[0]
            if len(parts) == 1:
                undivided(hi, element)
            code = hi.needed(element, 2)
            if qualifier in _PRINCIPAL:
                if codes:
                    hi.refuse(element, "is a principal diagnosis, and is not the first", "send one, before the others")
                codes.append(Code(_PRINCIPAL[qualifier], code))
            elif qualifier in _OTHER:
                if not codes:
                    hi.refuse(element, "is a diagnosis before the principal one", "send the principal one first")
                codes.append(Code(_OTHER[qualifier], code))
            elif qualifier in _WHAT:
                left_out.add(_WHAT[qualifier])
                accident |= qualifier == _OCCURRENCE and code in _ACCIDENTS
            else:
                hi.refuse(element, "has a qualifier that is not known here", "use one of 005010", 1)
    if not codes:
        claim.refuse(0, "has no principal diagnosis (HI)", "send it")
    return Diagnoses(tuple(codes), accident, frozenset(left_out))
