"""Reads HL7 v2 files: results (ORU) and admissions (ADT) become labelled records of their patients."""

from __future__ import annotations

import re

from carechain.errors import CarechainError
from carechain.fhir import bundle
from carechain.health_record import PatientBundle, RecordsRefusedError
from carechain.hl7v2.er7 import Message, split
from carechain.hl7v2.mapping import Mapping
from carechain.labelling import Labelling

_EVENTS = {"ORU": {"R01"}, "ADT": {f"A{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 11, 13, 28, 31)}}
_MERGES = {"A18", "A30", "A34", "A35", "A36", "A39", "A40", "A41", "A42"}
_VERSION = re.compile(r"2\.[3-8](?:\.\d)?", re.ASCII)


def parse_messages(content: bytes, source: str, labelling: Labelling) -> list[PatientBundle]:
    """One bundle for each message of the file `source`, in its order, so that a correction comes after its result.

    Raises RecordsRefusedError with every reason by message and segment, or CarechainError when the file as a
    whole cannot be read. Nothing of the file is taken then, and no value of it is repeated in a message.
    """
    bundles: list[PatientBundle] = []
    refusals: list[CarechainError] = []
    authorities: dict[str, str] = {}
    for message in split(content, source):
        try:
            if isinstance(message, CarechainError):
                raise message
            bundles.append(_bundle(message, source, labelling, authorities))
        except RecordsRefusedError as error:
            refusals.extend(error.refusals)
        except CarechainError as error:
            refusals.append(error)
    if refusals:
        raise RecordsRefusedError(source, refusals)
    if not bundles:
        raise CarechainError(source, "holds no messages", "give HL7 v2 messages, each starting with MSH")
    return bundles


def _bundle(message: Message, source: str, labelling: Labelling, authorities: dict[str, str]) -> PatientBundle:
    """One message; `authorities` are the patients of the messages before, by id, to be added to."""
    _check(message)
    mapped = Mapping(message)
    if authorities.setdefault(mapped.patient_id, mapped.patient_key) != mapped.patient_key:
        raise CarechainError(
            message.place,
            "has the patient number of another message, but another authority gave it (PID-3)",
            "send the messages of each authority in a file of their own, to the custodian that knows its numbers",
        )
    found = bundle.records_of(message.place, mapped.resources, labelling)
    notes = list(found.notes)
    if mapped.unmapped:
        kept = ", ".join(sorted(mapped.unmapped))
        notes.append(f"the segments {kept} have no place in the records and are kept in the message alone")
    if mapped.unnumbered:
        notes.append(f"{mapped.unnumbered:,} of the orders have no number: their corrections will be other records")
    if message.header.text(11) in ("D", "T"):
        notes.append("the message says that it is for training or debugging (MSH-11)")
    return PatientBundle(source, found.patient, found.records, tuple(notes))


def _check(message: Message) -> None:
    """Refuses what cannot be honoured. Raises CarechainError."""
    header, place = message.header, f"{message.place}, segment 1"
    if not _VERSION.fullmatch(header.text(12)):
        raise CarechainError(f"{place}: MSH-12", "is not a version from 2.3 to 2.8", "send v2.3 to v2.8")
    kind, event = header.text(9), header.text(9, 2)
    if not event and kind == "ORU":
        event = "R01"
    if kind == "ADT" and event in _MERGES:
        raise CarechainError(
            f"{place}: MSH-9",
            "merges or moves patients, which cannot be undone in records that are anchored",
            "settle who is who, and send the records under the patient's one identifier",
        )
    if event not in _EVENTS.get(kind, set()):
        raise CarechainError(
            f"{place}: MSH-9",
            "is not a type of message that is read",
            "send ORU^R01, or ADT with A01 to A08, A11, A13, A28 or A31",
        )
    if message.first("DSC") is not None:
        raise CarechainError(message.place, "is one part of a message (DSC)", "send the whole message")
    if kind == "ORU" and message.first("OBR") is None:
        raise CarechainError(message.place, "has no OBR segment", "send the order with its results")
