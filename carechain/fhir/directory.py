"""Which FHIR references and identifiers stand for which accredited organisations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain import strict_yaml
from carechain.consent_scope import MAX_ORGANISATION
from carechain.errors import CarechainError
from carechain.fhir.findings import identifier_key

_MEND = "write lines such as `Organization/f001: 3` or `system|value: 3` under `organisations:`"


@dataclass(frozen=True)
class Directory:
    """Accredited organisation numbers by FHIR reference and by "system|value" of an identifier."""

    organisations: Mapping[str, int]

    @classmethod
    def load(cls, path: Path) -> Directory:
        """Reads a YAML file with the one key `organisations`.

        Raises CarechainError when the file cannot be read or an entry is not a reference or identifier with
        an organisation number (1 to 2**32 - 1).
        """
        content = strict_yaml.load(path, _MEND)
        entries = content.get("organisations") if isinstance(content, dict) else None
        if not isinstance(entries, dict) or set(content) != {"organisations"}:
            raise CarechainError(str(path), "has no list of organisations, or something beside it", _MEND)
        for name, number in entries.items():
            if not isinstance(name, str) or not isinstance(number, int) or isinstance(number, bool):
                raise CarechainError(f"{path}: organisations", "has an entry that is not a name and a number", _MEND)
            if not 0 < number <= MAX_ORGANISATION:
                place = f"{path}: organisations.{name}"
                raise CarechainError(place, "is not an organisation number", "use 1 to 2**32 - 1")
        return cls(entries)

    def listed(self, literal: object) -> int | None:
        """The organisation of a literal reference as it is written; no version or server is looked through."""
        # A fragment means something else in every document, and "|" belongs to identifiers.
        if not isinstance(literal, str) or literal.startswith("#") or "|" in literal:
            return None
        return self.organisations.get(literal)

    def find(self, reference: Mapping[str, Any], contained: Mapping[str, Any] | None = None) -> int | None:
        """The organisation a FHIR Reference stands for, or None.

        A literal reference must itself be listed; an identifier beside it may confirm it but never stands in
        for it. `contained` is the contained Organization that a "#" reference points to: it has no place of
        its own in the directory, so its identifiers count, and the one beside the reference.

        Raises CarechainError when the reference and identifiers stand for different organisations.
        """
        literal = reference.get("reference")
        keys = [identifier_key(identifier) for identifier in identifiers_of(reference, contained)]
        found = {self.organisations[key] for key in keys if key is not None and key in self.organisations}
        if literal is not None and contained is None:
            number = self.listed(literal)
            if number is None:
                return None
            found.add(number)
        if len(found) > 1:
            raise CarechainError(
                "The reference",
                "and its identifier stand for different organisations",
                "correct the document or the directory",
            )
        return found.pop() if found else None


def identifiers_of(reference: Mapping[str, Any], contained: Mapping[str, Any] | None) -> list[Any]:
    """The identifier beside a reference and those of the contained resource that it points to."""
    own = contained.get("identifier", []) if contained else []
    beside = [reference["identifier"]] if "identifier" in reference else []
    return beside + (own if isinstance(own, list) else [own])
