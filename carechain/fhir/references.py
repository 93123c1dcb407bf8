"""What the references of a bundle point to, by R4's rules for resolving them in bundles (Bundle, 2.36.4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from carechain.fhir.findings import identifier_key

ID = r"[A-Za-z0-9\-.]{1,64}"
_RESTFUL = re.compile(
    rf"(?:(https?://[^\s#]+?)/)?([A-Z][A-Za-z]{{1,63}})/({ID})(?:/_history/{ID})?(?:#[^\s#]*)?", re.ASCII
)
_MAX_URL = 2_048
_URN = re.compile(rf"urn:(?:uuid|oid):({ID})", re.ASCII)


def restful(text: object) -> tuple[str, str, str] | None:
    """Base ("" when relative), type and id of a literal reference or fullUrl; None for any other form."""
    match = _RESTFUL.fullmatch(text) if isinstance(text, str) and len(text) <= _MAX_URL else None
    return (match[1] or "", match[2], match[3]) if match else None


def urn_id(text: object) -> str | None:
    """The id that stands in urn:uuid: or urn:oid:; None for any other form."""
    match = _URN.fullmatch(text) if isinstance(text, str) else None
    return match[1] if match else None


def server(full_url: object) -> str:
    """The server's address in a fullUrl; empty when it has none."""
    at = restful(full_url)
    return at[0] if at else ""


def resolved(literal: object, full_url: object) -> tuple[str, str, str] | None:
    """A literal reference as `restful`, a relative one taken to be of the server that the entry at `full_url` is of."""
    to = restful(literal)
    return (to[0] or server(full_url), *to[1:]) if to else None


class References:
    """The entries of a bundle, found by what is written in a reference."""

    def __init__(self) -> None:
        self._by_url: dict[str, int] = {}
        self._by_name: dict[tuple[str, str, str], int] = {}

    def add(self, index: int, full_url: object, resource_type: str, identity: str) -> int:
        """Adds an entry; the index of an earlier one with the same fullUrl, else its own."""
        first = index
        if isinstance(full_url, str):
            first = self._by_url.setdefault(full_url, index)
        for base in {server(full_url), ""}:
            self._by_name.setdefault((base, resource_type, identity), index)
        return first

    def find(self, literal: object, full_url: object = None) -> int | None:
        """The entry that a literal reference points to from the entry at `full_url`; None when it is not here.

        An entry that is of no server may mean any other by its type and id.
        """
        if not isinstance(literal, str):
            return None
        if literal in self._by_url:
            return self._by_url[literal]
        to = resolved(literal, full_url)
        return self._by_name.get(to) if to else None


class PatientReferences:
    """Whether a Reference means the one patient of a bundle."""

    def __init__(self, patient_id: str, base: str, full_url: object, resource: Mapping[str, Any] | None) -> None:
        """The patient of the server `base` (empty: of none that is known).

        `resource` is the Patient when the bundle holds it, at `full_url`.
        """
        self._id = patient_id
        self._base = base
        self._full_url = full_url if isinstance(full_url, str) else None
        self._is_here = resource is not None
        found = resource.get("identifier", []) if resource else []
        keys = [identifier_key(each) for each in found] if isinstance(found, list) else []
        self._identifiers = {key for key in keys if key}

    def means(self, reference: Mapping[str, Any], full_url: object) -> bool:
        """Whether the Reference of the entry at `full_url` means this patient.

        False for any other patient, the same id on another server among them, and for what cannot be told.
        """
        literal = reference.get("reference")
        if not isinstance(literal, str):
            return identifier_key(reference.get("identifier")) in self._identifiers
        if literal.startswith("Patient?identifier="):
            return literal.removeprefix("Patient?identifier=").replace("%7C", "|") in self._identifiers
        if literal == self._full_url:
            return True
        to = resolved(literal, full_url)
        if to is None or to[1:] != ("Patient", self._id):
            return False
        return to[0] == self._base or (self._is_here and not to[0])
