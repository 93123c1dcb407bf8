"""The pseudonym under which a person takes part in a trial: the same at every site, and nothing to anybody else.

It is HMAC-SHA-256, under a secret that the trial's sites share, of the trial and of what tells the person apart: an
identifier that the sites have agreed on, such as the national one, or else family name, first given name and date of
birth. Names are compared without regard to case, blanks and punctuation, and in Latin, Greek and Cyrillic letters to
accents; in other scripts marks tell names apart, and count. A person whose name is written in another way, or who has
another identifier at another site, has another pseudonym: agree on an identifier wherever there is one.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from carechain.cdisc.strict_json import canonical
from carechain.errors import CarechainError
from carechain.file_bytes import read_bytes
from carechain.private_file import write_private

SECRET_BYTES = 32

_ACCENTED = ("LATIN ", "GREEK ", "CYRILLIC ")
_FORMS = ("VARIATION SELECTOR", "MONGOLIAN FREE VARIATION SELECTOR", "COMBINING GRAPHEME JOINER")
"""Marks that choose how a letter is drawn."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def new_secret(path: Path) -> None:
    """Writes a new secret, for the trial's sites alone. Raises FileExistsError if a file is there."""
    write_private(path, secrets.token_hex(SECRET_BYTES) + "\n")


def read_secret(path: Path) -> bytes:
    """Raises CarechainError when the file cannot be read, or is no secret of 32 bytes in hexadecimal."""
    content = read_bytes(path, 1_000, "give the secret that the trial's sites share")
    try:
        secret = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise CarechainError(str(path), "is not a secret of 32 bytes", "make one: brownie run trial secret <file>")
    return secret


def pseudonym(secret: bytes, trial: int, person: Mapping[str, Any]) -> bytes:
    """The 32 bytes of a person, as `person_of` tells them, in a trial."""
    content = canonical({"trial": str(trial), **person}, "the person")
    return hmac.digest(secret, content, "sha256")


def person_of(patient: Mapping[str, Any], place: str, system: str | None = None) -> dict[str, str]:
    """What tells a person apart, from a FHIR R4 Patient: the identifier of the system that is named, or else names and
    date of birth. Raises CarechainError, naming `place` and the field, if it is not there, there twice, or no date."""
    if not isinstance(patient, Mapping) or patient.get("resourceType") != "Patient":
        raise CarechainError(place, "is not a FHIR Patient", "give the resource of one patient")
    if system is not None:
        found = {
            each["value"].strip()
            for each in _objects(patient.get("identifier"))
            if each.get("system") == system and isinstance(each.get("value"), str)
        } - {""}
        if len(found) != 1:
            raise CarechainError(
                f"{place}: Patient.identifier",
                f"has {len(found) or 'no'} values of the system that the sites have agreed on",
                "complete the record, or use the system that the trial uses",
            )
        return {"system": system, "value": found.pop()}
    names = [each for each in _objects(patient.get("name")) if each.get("use") in (None, "official", "usual")]
    family = _plain(names[0].get("family")) if names else ""
    given = names[0].get("given") if names else None
    first = _plain(given[0]) if isinstance(given, list) and given else ""
    born = patient.get("birthDate")
    for field, value in (("name.family", family), ("name.given", first), ("birthDate", born)):
        if not isinstance(value, str) or not value or (field == "birthDate" and not _is_day(value)):
            raise CarechainError(
                f"{place}: Patient.{field}", "is missing or not exact", "complete it, or name an identifier system"
            )
    return {"family": family, "given": first, "birthDate": str(born)}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _plain(value: Any) -> str:
    """A name without case, blanks and punctuation, and without the accents of letters that are the same without."""
    if not isinstance(value, str):
        return ""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).casefold())
    kept: list[str] = []
    for each in apart:
        if each.isalnum() or (kept and _is_of_the_name(each, kept[-1])):
            kept.append(each)
    return "".join(kept)


def _is_of_the_name(mark: str, before: str) -> bool:
    """Whether this is a mark that makes another name of the letter before it."""
    kind = unicodedata.category(mark)
    if kind == "Mc":
        return True
    accent = unicodedata.name(before, "").startswith(_ACCENTED)
    return kind == "Mn" and not accent and not unicodedata.name(mark, "").startswith(_FORMS)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
