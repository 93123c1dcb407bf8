"""Reads the record of a clinical trial from a registry's JSON; which registry's it is, its content tells.

A file holds one record, or a list of exactly one. A record without dates is read, with a note; one without its number,
or with a date that is none, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError
from carechain.fhir import json_reading
from carechain.file_bytes import read_bytes
from carechain.registries import ctgov, ctgov_classic, ctis, euctr, isrctn
from carechain.registries.elements import Element, Notes
from carechain.registries.record import TrialRecord

MAX_BYTES = 64 * 1024 * 1024
"""Largest file, in bytes."""

_WANTED = "one record of a trial registry"
_WRAPPERS = ("studies", "clinical_study", "allTrials", "fullTrial")
"""Elements around records in what the registries send: of these, one record is taken out."""

_SHAPES: dict[str, tuple[Callable[[Element, Notes], TrialRecord], tuple[str, ...]]] = {
    "CTGOV2": (ctgov.read, ("protocolSection",)),
    "CTGOV": (ctgov_classic.read, ("id_info", "required_header", "study_first_submitted")),
    "EUCTR": (euctr.read, ("a2_eudract_number", "eudractNumber", euctr.REGISTERED, "e51_primary_end_points")),
    "CTIS": (ctis.read, ("ctNumber", "authorizedApplication", "authorizedPartI", "applications.partI")),
    "ISRCTN": (isrctn.read, ("isrctn", "trial.isrctn", "trialDescription", "trial.trialDescription")),
}
"""The shapes by the names that collections of records give them in `ctrname`, and what each alone has."""


def read_record(path: Path) -> TrialRecord:
    """The record in a file.

    Raises CarechainError when the file cannot be read, is larger than 64 MiB, is not one record of a registry that is
    known, or holds one without its number or with a date or number that is none. The place names file and element.
    """
    return read_bytes_of_record(read_bytes(path, MAX_BYTES, "give a file with one record"), path.name)


def read_bytes_of_record(content: bytes, name: str) -> TrialRecord:
    """The record of the file `name`, like `read_record`."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise CarechainError(name, "is XML", "give the record in JSON")
    record = _one(json_reading.parse(content, name, _WANTED), name)
    notes = Notes()
    read = _shape(record, notes)
    found = read(record, notes)
    for what, day in (("registration", found.registered), ("start", found.started)):
        if day is None:
            notes.add(f"The record has no date of {what}.")
    if not any(outcome.kind.value == "primary" for outcome in found.outcomes):
        notes.add("The record has no primary outcome.")
    return replace(found, notes=tuple(notes.found))


def _one(value: Any, name: str) -> Element:
    """The one record in what was read."""
    element = Element(value, name)
    while True:
        if isinstance(element.value, list):
            if len(element.value) != 1:
                many = "several records" if element.value else "no record"
                raise CarechainError(element.place, f"holds {many}", "give a file with exactly one")
            (element,) = Element(element.value, name)._flat()
        elif not isinstance(element.value, dict):
            raise CarechainError(element.place, "is not a record: it is not a JSON object", f"give {_WANTED}")
        elif wrapper := next((each for each in _WRAPPERS if each in element.value), None):
            element = Element(element.value[wrapper], name, wrapper)
        else:
            return element


def _shape(record: Element, notes: Notes) -> Callable[[Element, Notes], TrialRecord]:
    """How to read it."""
    found = [name for name, (_, marks) in _SHAPES.items() if any(not record.at(mark).is_empty for mark in marks)]
    said = record.text("ctrname").upper()
    if len(found) > 1:
        found = [name for name in found if name == said]
    if len(found) != 1:
        raise CarechainError(
            record.place,
            "is not a record of a registry that is read",
            "give one of ClinicalTrials.gov, EU CTR, CTIS or ISRCTN, as the registry exports it",
        )
    if said and said != found[0]:
        notes.add(f"It says that it is of {said if said in _SHAPES else 'another registry'}, but is of {found[0]}.")
    return _SHAPES[found[0]][0]
