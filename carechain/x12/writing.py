"""Writes X12 interchanges of one transaction set, with counts and control numbers that agree.

Values cannot be escaped in X12. A separator or control character in an identifier or code is refused, for another value
would be sent; in names, which are for people, it becomes a blank, and what is longer than its element is cut off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from carechain.claims.document import Identifier
from carechain.errors import CarechainError
from carechain.fhir.money import DECIMALS
from carechain.x12.segments import RELEASE, Separators

SEPARATORS = Separators()
MAX_NAME = 60
MAX_REFERENCE = 50
MAX_CONTROL_NUMBER = 999_999_999
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SHORTEN = "use one that X12 has room for"


@dataclass(frozen=True)
class Envelope:
    """Who sends an interchange to whom, and its number. Sender and receiver have agreed on their ids (ISA06, ISA08)."""

    sender: str
    receiver: str
    control_number: int
    """From 1 to 999,999,999, another one for each interchange: of ISA, GS and the transaction set."""
    moment: datetime
    test: bool = False
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"


class Writer:
    """Collects the segments of one transaction set."""

    def __init__(self, kind: str, group: str, version: str, envelope: Envelope, states_version: bool = True) -> None:
        """`group` is its functional identifier (GS01). Raises CarechainError for an envelope that cannot be."""
        if not 1 <= envelope.control_number <= MAX_CONTROL_NUMBER:
            raise CarechainError("The control number", "is not from 1 to 999,999,999", "count interchanges from 1")
        self._group, self._version, self._envelope = group, version, envelope
        self._number = f"{envelope.control_number:04}"
        self._segments: list[str] = []
        self._levels = 0
        self.add("ST", kind, self._number, version if states_version else "")

    def add(self, *elements: str) -> None:
        """A segment; elements at its end that are empty are left out."""
        self._segments.append(_joined(elements, SEPARATORS.element) + SEPARATORS.segment)

    def level(self, code: str, above: int | None = None, children: bool = False) -> int:
        """An HL segment below the level numbered `above`; the number of the new level."""
        self._levels += 1
        self.add("HL", str(self._levels), str(above or ""), code, str(int(children)))
        return self._levels

    def done(self) -> bytes:
        """The interchange. Segments are on lines of their own."""
        self.add("SE", str(len(self._segments) + 1), self._number)
        whole = [self._isa(), self._gs(), *self._segments, *self._end()]
        return "".join(f"{segment}\n" for segment in whole).encode()

    def _isa(self) -> str:
        sent = self._envelope
        parties = []
        for qualifier, value in ((sent.sender_qualifier, sent.sender), (sent.receiver_qualifier, sent.receiver)):
            if len(qualifier) != 2:
                raise CarechainError("The qualifier of an interchange's party", "has not two characters", "use ZZ")
            parties += [plain(qualifier, "The qualifier"), f"{plain(value, 'The id of a party', 15):15}"]
        return (
            SEPARATORS.element.join(
                [
                    *("ISA", "00", " " * 10, "00", " " * 10, *parties, f"{sent.moment:%y%m%d}", f"{sent.moment:%H%M}"),
                    *(SEPARATORS.repetition, RELEASE, f"{sent.control_number:09}", "0", "T" if sent.test else "P"),
                    SEPARATORS.component,
                ]
            )
            + SEPARATORS.segment
        )

    def _gs(self) -> str:
        sent = self._envelope
        elements = ("GS", self._group, sent.sender, sent.receiver, f"{sent.moment:%Y%m%d}", f"{sent.moment:%H%M}")
        return _joined((*elements, str(sent.control_number), "X", self._version), SEPARATORS.element) + "~"

    def _end(self) -> list[str]:
        number = self._envelope.control_number
        return [f"GE*1*{number}~", f"IEA*1*{number:09}~"]


def composite(*components: str) -> str:
    """Components in one element; those at its end that are empty are left out."""
    return _joined(components, SEPARATORS.component)


def repeated(values: Sequence[str]) -> str:
    return SEPARATORS.repetition.join(values)


def plain(value: str, what: str, most: int = MAX_REFERENCE) -> str:
    """An identifier or code. Raises CarechainError when it is empty, too long, or would break the syntax."""
    if not value.strip(" "):
        raise CarechainError(what, "is empty", "give it")
    if any(each in value for each in SEPARATORS) or _CONTROL.search(value) or value != value.strip(" "):
        raise CarechainError(what, "holds a separator of X12, a control character or outer blanks", _SHORTEN)
    if len(value) > most:
        raise CarechainError(what, f"is longer than {most} characters", _SHORTEN)
    return value


def identified(value: Identifier, qualifiers: Mapping[str, str], what: str) -> tuple[str, str]:
    """Qualifier and value of an identifier. Raises CarechainError when X12 has no qualifier for its system here."""
    if value.system not in qualifiers:
        raise CarechainError(what, "is named by a number that X12 does not have here", f"use {', '.join(qualifiers)}")
    return qualifiers[value.system], plain(value.value, what, 80)


def person_named(code: str, name: tuple[str, str] | None, member: str | None) -> tuple[str, ...]:
    """The elements of NM1 for a person, with the number of a member if there is one."""
    family, given = name or ("", "")
    number = ("MI", plain(member, "The member", 80)) if member else ()
    return (code, "1", named(family), named(given)[:35].strip(), "", "", "", *number)


def named(value: str) -> str:
    """A name for people: what would break the syntax is a blank, what is too long is cut off."""
    for each in SEPARATORS:
        value = value.replace(each, " ")
    return " ".join(_CONTROL.sub(" ", value).split())[:MAX_NAME].strip()


def money(amount: int, currency: str) -> str:
    """Minor units as X12 writes amounts: with all decimals of the currency."""
    if currency not in DECIMALS:
        raise CarechainError("The currency", "is not a currency of ISO 4217 in use", "use its three letters")
    return f"{Decimal(amount).scaleb(-DECIMALS[currency]):f}"


def quantity(value: Decimal) -> str:
    """A number without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def on(day: date) -> str:
    return f"{day:%Y%m%d}".rjust(8, "0")


def _joined(parts: Sequence[str], separator: str) -> str:
    return separator.join(parts).rstrip(separator)
