"""Reads one FHIR R4 Consent from a JSON file, and refuses what is not one.

Structure is checked with fhir.resources. That package has no model of R4 itself; its R4B model of Consent
has the same elements, types and cardinalities, so it is the one used. It converts some wrong JSON types in
silence, which is why the translator looks at the JSON as it stands and not at the model.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from fhir.resources.R4B.consent import Consent
from pydantic import ValidationError

from carechain.errors import CarechainError
from carechain.fhir import json_reading
from carechain.fhir.findings import identifier_key, names
from carechain.fhir.json_reading import MAX_DEPTH
from carechain.file_bytes import read_bytes

MAX_BYTES = 5_000_000
"""Largest file read, in bytes."""

_R5_ELEMENTS = names("decision controller grantee grantor manager subject regulatoryBasis policyBasis policyText date")
_STU3_ELEMENTS = names("except consentingParty actor action purpose period securityLabel data dataPeriod recipient")


@dataclass(frozen=True)
class ConsentDocument:
    """A structurally valid FHIR R4 Consent.

    `source` names the file for messages. `canonical` is the resource in the JSON Canonicalization Scheme
    (RFC 8785): the bytes that a salted commitment to the document is made of. `version` is meta.versionId
    when that is a whole number, and 1 otherwise.
    """

    source: str
    resource: Mapping[str, Any]
    canonical: bytes
    version: int

    @property
    def identity(self) -> str:
        """What names this consent across its versions: its first identifier with system and value, else its id, else
        its content."""
        identifiers = self.resource.get("identifier")
        for identifier in identifiers if isinstance(identifiers, list) else []:
            key = identifier_key(identifier)
            if key is not None:
                return key
        if "id" in self.resource:
            return f"Consent/{self.resource['id']}"
        return "sha256 " + hashlib.sha256(self.canonical).hexdigest()


def read_consent(path: Path, max_bytes: int = MAX_BYTES) -> ConsentDocument:
    """Reads a Consent from a UTF-8 JSON file (a byte order mark is tolerated).

    Raises CarechainError, naming the file and the place in it, when the file cannot be read, is larger than
    `max_bytes`, is not JSON, or is not a FHIR R4 Consent. No value of the document is repeated in the
    message.
    """
    return parse_consent(read_bytes(path, max_bytes, "give one Consent in a file of its own"), path.name)


def parse_consent(content: bytes, source: str) -> ConsentDocument:
    """Reads a Consent from the bytes of the file `source`. Raises as `read_consent` does."""
    resource = json_reading.parse(content, source, "a FHIR R4 Consent")
    _check_kind(resource, source)
    _check_values(resource, source)
    _check_structure(resource, source)
    try:
        canonical = rfc8785.dumps(resource)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        raise CarechainError(
            source,
            "holds a number or a character that JSON cannot carry safely",
            "keep whole numbers below 2^53 and text in valid Unicode",
        ) from None
    meta = resource.get("meta")
    version = meta.get("versionId", "") if isinstance(meta, dict) else ""
    return ConsentDocument(source, resource, canonical, int(version) if re.fullmatch("[1-9][0-9]{0,8}", version) else 1)


def _check_kind(resource: Any, source: str) -> None:
    if not isinstance(resource, dict):
        raise CarechainError(source, "is not a JSON object", "give one FHIR R4 Consent resource")
    kind = resource.get("resourceType")
    if kind == "Bundle":
        raise CarechainError(f"{source}: resourceType", "is Bundle", "give each Consent of it in a file of its own")
    if kind != "Consent":
        raise CarechainError(f"{source}: resourceType", "is not Consent", "give one FHIR R4 Consent resource")
    for elements, version in ((_R5_ELEMENTS, "R5"), (_STU3_ELEMENTS, "STU3")):
        strange = sorted(elements & set(resource))
        if strange:
            raise CarechainError(
                f"{source}: Consent.{strange[0]}",
                f"belongs to FHIR {version}, not R4",
                "convert the document to FHIR R4 (4.0.1)",
            )
    if isinstance(resource.get("provision"), list):
        raise CarechainError(
            f"{source}: Consent.provision",
            "is a list, as in FHIR R5; R4 has one root provision",
            "convert the document to FHIR R4 (4.0.1)",
        )


def _check_values(resource: dict[str, Any], source: str) -> None:
    """Refuses what FHIR JSON forbids anywhere: null, empty objects, arrays and texts; and deep nesting."""
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(resource, ())]
    while waiting:
        value, path = waiting.pop()
        if len(path) > MAX_DEPTH:
            raise CarechainError(source, f"nests deeper than {MAX_DEPTH} levels", "flatten the document")
        if value is None and not _fills_a_gap(path):
            raise CarechainError(f"{source}: {element(path)}", "is null", "leave the element out")
        if value in ({}, [], ""):
            raise CarechainError(f"{source}: {element(path)}", "is empty", "give it a value or leave it out")
        if isinstance(value, dict):
            waiting.extend((child, (*path, name)) for name, child in value.items())
        elif isinstance(value, list):
            waiting.extend((child, (*path, index)) for index, child in enumerate(value))


def _fills_a_gap(path: tuple[str | int, ...]) -> bool:
    """Whether null is a blank in an array of primitives or of their extensions, as FHIR JSON allows."""
    return len(path) > 1 and isinstance(path[-1], int)


def _check_structure(resource: dict[str, Any], source: str) -> None:
    # The narrative is for people: nothing is taken from it, so it need not be there and is not checked.
    checked = {name: value for name, value in resource.items() if name != "text"}
    try:
        Consent.model_validate(checked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = f"{source}: {element(first['loc'])}"
        raise CarechainError(place, *_in_words(first["type"])) from None
    except (KeyError, AttributeError, TypeError, ValueError, RecursionError):
        # fhir.resources looks the type of a contained resource up without guarding the look-up.
        raise CarechainError(f"{source}: Consent", "has a part of unknown type", "use FHIR R4 resources only") from None


def _in_words(kind: str) -> tuple[str, str]:
    if kind.endswith("missing"):
        return "is missing, and FHIR R4 requires it", "add it"
    if kind == "extra_forbidden":
        return "is not an element of FHIR R4 Consent", "remove it, or convert the document to FHIR R4 (4.0.1)"
    return "does not have the form FHIR R4 gives it", "correct its type or its value"


def element(path: tuple[str | int, ...]) -> str:
    """The FHIR path of an element, such as Consent.provision.purpose[0], without names that might be data."""
    shown = "Consent"
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        else:
            shown += "." + json_reading.shown(step)
    return shown
