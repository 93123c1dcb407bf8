"""Who is who, for a provider that claims: which numbers in its files stand for which organisations and members.

A YAML file for the provider alone, since it names patients:

    payers:
      - {organisation: 19, known_as: ["payer|999996666"], plans: [../plans/silver.yaml]}
    providers:
      - {organisation: 1, known_as: ["npi|1999996666", "fhir|Organization/1"]}
    members:
      - {payer: 19, known_as: ["member|A1"], born: 1980-02-29, pseudonym: "0x…"}

A name is written system|value, with the systems of carechain/claims/document.py, or a FHIR system's address; that of
a FHIR reference is `fhir`. Nothing stands for everybody. Where dependants share a subscriber's number, each has a row
with a birth date; a row without one is for the patient who is the subscriber, or whoever `relationship` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from eth_utils.address import is_checksum_address

from carechain import strict_yaml
from carechain.claims.document import ClaimDocument, Identifier
from carechain.errors import CarechainError

_MEND = "write it as examples/claims/directory.yaml is"
_PARTS = {"payers", "providers", "members"}
_RELATIONSHIPS = ("self", "spouse", "child", "other")
_BITS = 32


@dataclass(frozen=True)
class _Member:
    born: date | None = field(repr=False)
    relationship: str
    pseudonym: str

    def is_of(self, document: ClaimDocument) -> bool:
        if self.born is None:
            return document.relationship == self.relationship
        return document.birth_date == self.born


@dataclass(frozen=True)
class Directory:
    """The numbers that are known, each for one organisation or member."""

    path: Path
    plans: Mapping[int, tuple[Path, ...]]
    """Plan files of each payer."""
    _payers: Mapping[Identifier, int] = field(repr=False)
    _providers: Mapping[Identifier, int] = field(repr=False)
    _members: Mapping[tuple[int, Identifier], tuple[_Member, ...]] = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Directory:
        """Raises CarechainError, with the place of the row, for anything that is not as it has to be, and for a number
        that would stand for two."""
        content = strict_yaml.load(path, _MEND)
        if not isinstance(content, dict) or not set(content) <= _PARTS:
            raise CarechainError(str(path), f"has something beside {', '.join(sorted(_PARTS))}", _MEND)
        payers: dict[Identifier, int] = {}
        plans: dict[int, tuple[Path, ...]] = {}
        for row in _rows(path, content, "payers", {"organisation", "known_as"}, {"plans"}):
            number = row.number("organisation")
            files = tuple(path.parent / each for each in row.texts("plans"))
            plans[number] = plans.get(number, ()) + files
            row.add_to(payers, number)
        providers: dict[Identifier, int] = {}
        for row in _rows(path, content, "providers", {"organisation", "known_as"}, set()):
            row.add_to(providers, row.number("organisation"))
        members: dict[tuple[int, Identifier], tuple[_Member, ...]] = {}
        wanted, more = {"payer", "known_as", "pseudonym"}, {"born", "relationship"}
        for row in _rows(path, content, "members", wanted, more):
            payer, member = row.number("payer"), row.member()
            for name in row.names():
                known = members.get((payer, name), ())
                if any((each.born, each.relationship) == (member.born, member.relationship) for each in known):
                    row.refuse("is of a number that another row has for the same person", "give a birth date to each")
                members[payer, name] = (*known, member)
        return cls(path, plans, payers, providers, members)

    def payer(self, document: ClaimDocument) -> int:
        """The organisation that a claim is against. Raises CarechainError if it is not known."""
        return self._organisation(document, "payer", document.payer, self._payers)

    def provider(self, document: ClaimDocument) -> int:
        """The organisation that claims. Raises CarechainError if it is not known."""
        return self._organisation(document, "provider", document.provider, self._providers)

    def organisation_of(self, who: Identifier) -> int | None:
        """A payer or a provider; None if it is not known."""
        return self._payers.get(who, self._providers.get(who))

    def names_of(self, organisation: int) -> tuple[Identifier, ...]:
        """What an organisation is known as, the first name first."""
        both = (*self._payers.items(), *self._providers.items())
        return tuple(name for name, number in both if number == organisation)

    def member(self, payer: int, document: ClaimDocument) -> str:
        """The pseudonym of the patient with the payer. Raises CarechainError if they are not known, or if the number
        alone does not tell which member they are."""
        rows = self._members.get((payer, document.member), ())
        if not rows:
            mend = "add a row to members of your directory"
            raise CarechainError(document.place, "is for a member who is not in the directory", mend)
        found = {each.pseudonym for each in rows if each.is_of(document)}
        if len(found) != 1:
            mend = "add rows with the birth dates of those who have the number, and send the patient's"
            raise CarechainError(document.place, "has a member's number that does not tell who the patient is", mend)
        return found.pop()

    def pseudonym(self, payer: int, member: Identifier, born: date | None, dependant: bool) -> str | None:
        """That of a person of whom somebody asks; None if it cannot be told."""
        rows = self._members.get((payer, member), ())
        dated = [each for each in rows if each.born is not None and each.born == born]
        undated = [each for each in rows if each.born is None and (each.relationship != "self") == dependant]
        found = {each.pseudonym for each in dated or undated}
        return found.pop() if len(found) == 1 else None

    def member_of(self, payer: int, pseudonym: str) -> Identifier | None:
        """The number under which the payer knows a member; None if the directory does not say."""
        for (whose, name), rows in self._members.items():
            if whose == payer and any(each.pseudonym == pseudonym for each in rows):
                return name
        return None

    def _organisation(
        self, document: ClaimDocument, what: str, who: Identifier, known: Mapping[Identifier, int]
    ) -> int:
        number = known.get(who)
        if number is None:
            mend = f"add its number, with its system, to {what}s of your directory"
            raise CarechainError(document.place, f"has a {what} that is not in the directory", mend)
        return number


@dataclass(frozen=True)
class _Row:
    """A row of the file."""

    place: str
    content: Mapping[str, Any]

    def refuse(self, problem: str, mend: str) -> None:
        raise CarechainError(self.place, problem, mend)

    def number(self, name: str) -> int:
        found = self.content[name]
        if type(found) is not int or not 0 < found < 1 << _BITS:
            raise CarechainError(f"{self.place}.{name}", "is no organisation", f"use a number from 1 to 2**{_BITS} - 1")
        return found

    def texts(self, name: str) -> list[str]:
        found = self.content.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, str) and each for each in found):
            raise CarechainError(f"{self.place}.{name}", "is no list of texts", _MEND)
        return found

    def names(self) -> list[Identifier]:
        found = []
        for text in self.texts("known_as"):
            system, divided, value = text.partition("|")
            if not system or not divided or not value:
                raise CarechainError(f"{self.place}.known_as", "is not system|value", 'write "npi|1999996666"')
            found.append(Identifier(system, value))
        if not found:
            raise CarechainError(f"{self.place}.known_as", "is empty", 'write "npi|1999996666"')
        return found

    def add_to(self, known: dict[Identifier, int], number: int) -> None:
        for name in self.names():
            if known.setdefault(name, number) != number:
                self.refuse("is known as what another organisation is known as", "give each number to one of them")

    def member(self) -> _Member:
        said, born = self.content, self.content.get("born")
        if born is not None and type(born) is not date:
            raise CarechainError(f"{self.place}.born", "is no date", "write it as 1980-02-29")
        relationship = said.get("relationship", "self")
        if relationship not in _RELATIONSHIPS or ("relationship" in said and born is not None):
            mend = f"use one of {', '.join(_RELATIONSHIPS)}, and only where there is no birth date"
            raise CarechainError(f"{self.place}.relationship", "is not known, or is there beside a birth date", mend)
        address = said["pseudonym"]
        if not isinstance(address, str) or not is_checksum_address(address):
            mend = "copy it whole, with its capitals, and put it in quotes"
            raise CarechainError(f"{self.place}.pseudonym", "is no address", mend)
        return _Member(born, relationship, address)


def _rows(path: Path, content: Mapping[str, Any], part: str, needed: set[str], more: set[str]) -> list[_Row]:
    rows = content.get(part, [])
    if not isinstance(rows, list):
        raise CarechainError(f"{path}: {part}", "is no list", _MEND)
    for at, row in enumerate(rows):
        if not isinstance(row, dict) or not needed <= set(row) <= needed | more:
            raise CarechainError(f"{path}: {part}[{at}]", f"has not {', '.join(sorted(needed))} and no more", _MEND)
    return [_Row(f"{path}: {part}[{at}]", row) for at, row in enumerate(rows)]
