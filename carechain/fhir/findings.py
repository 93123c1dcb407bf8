"""What a translation finds: refusals and notes, and FHIR data types read with nothing skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from carechain.errors import sentence


def names(words: str) -> frozenset[str]:
    """The set of the element names or codes in `words`, which blanks separate."""
    return frozenset(words.split())


_CODING_ELEMENTS = names("id system version code display userSelected")
_CONCEPT_ELEMENTS = names("id coding text")

MAX_REFUSALS = 100
"""Refusals shown of one document; one more says how many others there are."""


@dataclass(frozen=True)
class Refusal:
    """Why an element cannot be honoured, and how to mend it."""

    element: str
    reason: str
    mend: str

    def __str__(self) -> str:
        return sentence(self.element, self.reason, self.mend)


class Findings:
    """The refusals and notes of one document, and readers of data types that refuse any other form."""

    def __init__(self) -> None:
        # Dictionaries as ordered sets: a document may hold tens of thousands of faults.
        self._refusals: dict[Refusal, None] = {}
        self._notes: dict[str, None] = {}

    @property
    def refused(self) -> bool:
        """Whether anything was refused."""
        return bool(self._refusals)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Each refusal once, in order: the first 100, and one more that counts the rest."""
        shown = tuple(islice(self._refusals, MAX_REFUSALS))
        more = len(self._refusals) - len(shown)
        if not more:
            return shown
        return (*shown, Refusal("Consent", f"is refused for these reasons and {more:,} more", "mend these first"))

    @property
    def notes(self) -> tuple[str, ...]:
        """Each note once, in order."""
        return tuple(self._notes)

    def refuse(self, element: str, reason: str, mend: str) -> None:
        self._refusals[Refusal(element, reason, mend)] = None

    def note(self, text: str) -> None:
        self._notes[text] = None

    def malformed(self, place: str) -> None:
        self.refuse(place, "does not have the form FHIR R4 gives it", "correct its type")

    def only(self, node: Mapping[str, Any], known: frozenset[str], place: str) -> None:
        for name in node:
            if name not in known and name not in ("extension", "modifierExtension") and name[0] != "_":
                self.refuse(f"{place}.{name}", "is not understood by this translator", "remove it")

    def objects(self, node: Mapping[str, Any], name: str, path: str) -> list[tuple[str, dict[str, Any]]]:
        """The objects of a repeating element with their paths; anything else in their place is refused."""
        items = node.get(name, [])
        if not isinstance(items, list):
            self.malformed(f"{path}.{name}")
            return []
        found = []
        for index, item in enumerate(items):
            if isinstance(item, dict):
                found.append((f"{path}.{name}[{index}]", item))
            else:
                self.malformed(f"{path}.{name}[{index}]")
        return found

    def coding(self, coding: Mapping[str, Any], place: str, system: str) -> str | None:
        """The code of a Coding of `system`; anything else is refused."""
        self.only(coding, _CODING_ELEMENTS, place)
        code = coding.get("code")
        if coding.get("system") != system or not isinstance(code, str):
            self.refuse(place, f"has no code of {system}", "use a code of that system")
            return None
        return code

    def concept(self, concept: Any, place: str, system: str, required: bool = True) -> str | None:
        """The one code a CodeableConcept has in `system`; codings of other systems are translations."""
        if not isinstance(concept, dict):
            self.malformed(place)
            return None
        self.only(concept, _CONCEPT_ELEMENTS, place)
        codes = set()
        for path, coding in self.objects(concept, "coding", place):
            if coding.get("system") == system:
                codes.add(self.coding(coding, path, system))
            else:
                self.note(f"{path} is a code of another system and has no bearing on the terms")
        if len(codes) > 1:
            self.refuse(place, "has two different codes of one system", "keep one")
            return None
        if not codes and required:
            self.refuse(place, f"has no code of {system}", "use a code of that system")
        return codes.pop() if codes else None


def name_of(reference: Any) -> str | None:
    """A Reference as text: its literal reference, or its identifier as "system|value"."""
    if not isinstance(reference, dict):
        return None
    literal = reference.get("reference")
    if isinstance(literal, str):
        return literal
    identifier = reference.get("identifier")
    if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
        return f"{identifier.get('system') or ''}|{identifier['value']}"
    return None


def identifier_key(identifier: object) -> str | None:
    """An Identifier as "system|value"; None unless both are there and can be told apart again."""
    if not isinstance(identifier, dict):
        return None
    system, value = identifier.get("system"), identifier.get("value")
    if not (isinstance(system, str) and isinstance(value, str) and system and value) or "|" in system:
        return None
    return f"{system}|{value}"
