"""What the references of a claim point to: resources contained in it or beside it in its bundle; and who is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carechain.claims.document import Identifier
from carechain.fhir.elements import Element
from carechain.fhir.references import References

NPI = "http://hl7.org/fhir/sid/us-npi"
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
_MEMBER = "MB"


@dataclass(frozen=True)
class Entry:
    """A resource of a file and what the bundle calls it."""

    resource: Element
    full_url: str | None


class Bundle:
    """The resources of a file, found by reference."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self._references = References()
        for index, entry in enumerate(entries):
            kind, identity = entry.resource.node.get("resourceType"), entry.resource.node.get("id")
            self._references.add(index, entry.full_url, str(kind), str(identity))

    def find(self, literal: object, full_url: str | None) -> Entry | None:
        index = self._references.find(literal, full_url)
        return None if index is None else self.entries[index]


class Neighbours:
    """What one resource can refer to."""

    def __init__(self, home: Entry, bundle: Bundle) -> None:
        self._home = home
        self._bundle = bundle
        self._contained: dict[str, Entry] = {}
        for each in home.resource.children("contained"):
            identity = each.text("id")
            if identity is not None:
                self._contained.setdefault("#" + identity, Entry(each, home.full_url))

    def find(self, reference: Element | None, *kinds: str) -> Element | None:
        """The resource of one of these types that a Reference points to; None when it is not here.

        Raises CarechainError when it has a modifier extension, which may turn its meaning.
        """
        literal = reference.node.get("reference") if reference else None
        if not isinstance(literal, str):
            return None
        entry = self._contained.get(literal) or self._bundle.find(literal, self._home.full_url)
        if entry is None or entry.resource.node.get("resourceType") not in kinds:
            return None
        if entry.resource.has("modifierExtension"):
            entry.resource.refuse("modifierExtension", "may change the meaning of the resource", "send it without")
        return entry.resource

    def beside(self, kind: str) -> list[Element]:
        """All resources of this type in the file."""
        return [e.resource for e in self._bundle.entries if e.resource.node.get("resourceType") == kind]

    def who(self, reference: Element, *kinds: str) -> Identifier:
        """Whom a Reference means: by an identifier of the resource that it points to, its own, or as it stands.

        Raises CarechainError when it names nobody.
        """
        resource = self.find(reference, *kinds)
        found = best_identifier(resource) if resource else None
        if found is None and (own := reference.child("identifier")) is not None:
            found = identifier(own)
        if found is not None:
            return found
        literal = reference.text("reference")
        if literal is None or literal.startswith("#"):
            reference.refuse("", "names nobody", "refer to a resource, or give an identifier with its system")
        return Identifier("fhir", literal)


def identifier(found: Element) -> Identifier | None:
    """An Identifier with value and system, or with the type of a member's number; None for any other."""
    value, system, kind = found.text("value"), found.text("system"), found.child("type")
    if value is None:
        return None
    if is_member_number(found):
        return Identifier("member", value)
    if system is None and kind is not None:
        system = kind.text("text")
    if system is None:
        return None
    return Identifier("npi" if system == NPI else system, value)


def is_member_number(found: Element) -> bool:
    kind = found.child("type")
    codings = kind.children("coding") if kind else []
    return any(each.node.get("system") == _TYPES and each.node.get("code") == _MEMBER for each in codings)


def best_identifier(resource: Element) -> Identifier | None:
    """What a resource is known by: the number of a member or an NPI, else its first identifier with a system."""
    found = [one for each in resource.children("identifier") if (one := identifier(each)) is not None]
    for one in found:
        if one.system in ("member", "npi"):
            return one
    return found[0] if found else None


def reference_to(who: Identifier) -> dict[str, Any]:
    """A Reference that means this identifier; `Neighbours.who` reads it back."""
    if who.system == "fhir":
        return {"reference": who.value}
    return {"identifier": identifier_of(who)}


def identifier_of(who: Identifier) -> dict[str, Any]:
    if who.system == "member":
        return {"type": {"coding": [{"system": _TYPES, "code": _MEMBER}]}, "value": who.value}
    if ":" not in who.system and who.system != "npi":
        return {"type": {"text": who.system}, "value": who.value}
    return {"system": NPI if who.system == "npi" else who.system, "value": who.value}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool | None:
    """Whether two References mean the same; None when it cannot be told."""
    first, second = one.get("reference"), other.get("reference")
    if not (isinstance(first, str) and isinstance(second, str)):
        return None
    if first == second:
        return True
    if first.startswith("#") or second.startswith("#"):
        return None
    # An address and a short form may be the same; two of one form are not.
    alike = first.startswith("urn:") == second.startswith("urn:") and ("//" in first) == ("//" in second)
    return False if alike else None
