"""Reads EPCIS documents: JSON-LD of EPCIS 2.0, XML of 1.2 and 2.0, told apart by what is in them.

A document is taken whole or not at all: if anything is wrong with it, there are findings and no events. Findings name
file, event and field, and repeat no value.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from carechain.epcis import json_shape, xml_shape
from carechain.epcis.building import build
from carechain.epcis.checks import check
from carechain.epcis.events import Document, Event
from carechain.epcis.fields import Fields, Findings
from carechain.epcis.hashing import event_hash
from carechain.errors import CarechainError

_VERSION = re.compile(r"1(?:\.[0-2])?|2\.[0-9](?:\.[0-9])?", re.ASCII)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Reading:
    """Either the document, or why it is refused: one of the two is empty. `notes` are no reason to refuse it."""

    document: Document | None
    findings: tuple[CarechainError, ...]
    notes: tuple[CarechainError, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        """The events of the document; none where there are findings."""
        return self.document.events if self.document else ()


def read(path: Path, now: datetime) -> Reading:
    """The document in a file. `now` is aware: events cannot be later. Raises OSError when the file cannot be read."""
    return read_bytes(path.read_bytes(), path.name, now)


def read_bytes(content: bytes, name: str, now: datetime) -> Reading:
    """The document of the file `name`, like `read`."""
    findings = Findings()
    try:
        document = _document(content, name, findings)
    except CarechainError as error:
        return Reading(None, (*findings.found, error))
    for event in document.events:
        check(event, now, findings)
    if findings.found:
        return Reading(None, tuple(findings.found))
    return Reading(document, (), tuple(findings.notes))


def hashes(path: Path) -> list[str]:
    """The canonical hashes of a document's events, in their order (CBV 2.0).

    The document's form is checked, but not its times, identifiers and ids. Raises CarechainError for the first finding,
    and OSError when the file cannot be read.
    """
    findings = Findings()
    document = _document(path.read_bytes(), path.name, findings)
    if findings.found:
        raise findings.found[0]
    return [event.hash for event in document.events]


def _document(content: bytes, name: str, findings: Findings) -> Document:
    """The document with those of its events that have a good form. Raises CarechainError where there are none to be."""
    fields, shapes = _parse(content, name, findings)
    version, created = _envelope(fields, name, findings)
    if not shapes:
        raise CarechainError(f"{name}: eventList", "is empty", "send a document with at least one event")
    events = []
    for place, shape in shapes:
        event = build(shape, place, findings)
        if event is not None:
            try:
                events.append(replace(event, hash=event_hash(event)))
            except CarechainError as error:
                findings.found.append(error)
    return Document(name, version, created, tuple(events))


def _parse(content: bytes, name: str, findings: Findings) -> tuple[Mapping[str, Any], list[tuple[str, Any]]]:
    start = content[:200]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    if start.replace(b"\0", b"").lstrip().startswith(b"<"):
        return xml_shape.parse(content, name)
    return json_shape.parse(content, name, findings)


def _envelope(fields: Mapping[str, Any], name: str, findings: Findings) -> tuple[str, datetime | None]:
    """The version and the time of the document's making; a bare event has neither."""
    if not fields:
        return "2.0", None
    kept = {key: fields[key] for key in ("schemaVersion", "creationDate") if key in fields}
    envelope = Fields(kept, f"{name}: document", findings)
    for key in ("schemaVersion", "creationDate"):
        envelope.need(key)
    version = envelope.text("schemaVersion")
    if version and not _VERSION.fullmatch(version):
        envelope.add("schemaVersion", "is not a version that is read", "send EPCIS 2.0, or XML of 1.2")
    return version or "", envelope.time("creationDate")
