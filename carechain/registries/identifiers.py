"""The numbers by which trials are known: their forms, and how they are found in what people type.

NCT numbers are of ClinicalTrials.gov, EU CT numbers of CTIS (Regulation (EU) 536/2014, Article 81), EudraCT numbers of
the EU Clinical Trials Register, ISRCTNs of the ISRCTN registry, and UTNs of the WHO.
"""

from __future__ import annotations

import re

from carechain.errors import CarechainError
from carechain.registries.elements import Element, Notes
from carechain.registries.record import Identifier, IdentifierKind

_FORMS = {
    IdentifierKind.NCT: re.compile(r"NCT[0-9]{8}", re.ASCII),
    IdentifierKind.ISRCTN: re.compile(r"ISRCTN[0-9]{8}", re.ASCII),
    IdentifierKind.UTN: re.compile(r"U1111-[0-9]{4}-[0-9]{4}", re.ASCII),
    IdentifierKind.EU_CT: re.compile(r"20[0-9]{2}-5[0-9]{5}-[0-9]{2}-[0-9]{2}", re.ASCII),
    IdentifierKind.EUDRACT: re.compile(r"20[0-9]{2}-[0-9]{6}-[0-9]{2}", re.ASCII),
}
_EXAMPLES = {
    IdentifierKind.NCT: "NCT01234567",
    IdentifierKind.ISRCTN: "ISRCTN12345678",
    IdentifierKind.UTN: "U1111-1234-5678",
    IdentifierKind.EU_CT: "2022-501234-56-00",
    IdentifierKind.EUDRACT: "2016-001234-56",
}
_BOUNDED = {
    kind: re.compile(rf"(?<![A-Za-z0-9-]){form.pattern}(?![A-Za-z0-9]|-[0-9])", re.ASCII)
    for kind, form in _FORMS.items()
}
_NONE_GIVEN = frozenset(
    "n/a|na|none|not applicable|not available|not yet available|not known|unknown|nil|nil known|-|tbc|tbd".split("|")
)
"""What people type where there is no number, without a full stop."""

_HYPHENS = re.compile("[\u2010-\u2015\u2212]")


def normalised(kind: IdentifierKind, text: str) -> str | None:
    """The number in the form of its kind, else None. Case, blanks and kinds of hyphens are mended."""
    value = _HYPHENS.sub("-", "".join(text.split())).upper()
    if kind is IdentifierKind.ISRCTN and re.fullmatch(r"[0-9]{8}", value, re.ASCII):
        value = f"ISRCTN{value}"
    form = _FORMS.get(kind)
    return value if form and form.fullmatch(value) else None


def main_number(element: Element, kind: IdentifierKind) -> str:
    """The number of the record. Raises CarechainError when it is missing or has another form."""
    text = element.text()
    if not text:
        raise CarechainError(element.place, "is missing", f"give a record with its number, such as {_EXAMPLES[kind]}")
    value = normalised(kind, text)
    if value is None:
        raise CarechainError(element.place, f"is not of the form of {_EXAMPLES[kind]}", "correct the number")
    return value


class Identifiers:
    """The other identifiers of a record, each once, without its own number."""

    def __init__(self, number: str, notes: Notes) -> None:
        self._number = number
        self._notes = notes
        self._found: dict[tuple[IdentifierKind, str], Identifier] = {}

    def add(self, kind: IdentifierKind, element: Element) -> None:
        """The identifier of a field that is meant for this kind; noted and left out if it has another form."""
        text = element.text()
        if not text or text.casefold().removesuffix(".") in _NONE_GIVEN:
            return
        if kind is IdentifierKind.SPONSOR:
            self._keep(Identifier(kind, text))
        elif value := normalised(kind, text):
            self._keep(Identifier(kind, value))
        else:
            self._notes.add(f"The {kind.value} number in {element.place.split(': ')[-1]} has not the form of one.")

    def add_any(self, element: Element, issuer: str = "") -> None:
        """An identifier of any kind: of the one whose form is in it, else OTHER."""
        text = element.text()
        if not text or text.casefold().removesuffix(".") in _NONE_GIVEN:
            return
        upper = text.upper()
        for kind, form in _BOUNDED.items():
            if found := form.findall(upper):
                for value in found:
                    self._keep(Identifier(kind, value))
                return
        self._keep(Identifier(IdentifierKind.OTHER, text, issuer))

    def all(self) -> tuple[Identifier, ...]:
        """Registry numbers first, in the order of IdentifierKind, then the sponsor's and others in their own order."""
        order = list(IdentifierKind)
        return tuple(sorted(self._found.values(), key=lambda each: order.index(each.kind)))

    def _keep(self, identifier: Identifier) -> None:
        if identifier.value == self._number:
            return
        if identifier.kind is IdentifierKind.OTHER and (IdentifierKind.SPONSOR, identifier.value) in self._found:
            return
        self._found.setdefault((identifier.kind, identifier.value), identifier)
