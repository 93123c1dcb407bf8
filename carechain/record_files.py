"""A file of patients' records, of whichever format that is read: FHIR R4 or HL7 v2."""

from __future__ import annotations

from pathlib import Path

from carechain.fhir.bundle import parse_bundle
from carechain.file_bytes import read_bytes
from carechain.health_record import PatientBundle
from carechain.hl7v2.reading import parse_messages
from carechain.labelling import Labelling

MAX_BYTES = 100_000_000
"""Largest file read, in bytes."""

# What HL7 v2 starts with: a message, a file or batch of them, a frame of MLLP.
_HL7_STARTS = (b"MSH", b"FHS", b"BHS", b"\x0b")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_records(path: Path, labelling: Labelling, max_bytes: int = MAX_BYTES) -> list[PatientBundle]:
    """The records of a file: one bundle of a FHIR file, one for each message of an HL7 v2 file.

    What does not start as HL7 v2 does is taken for FHIR, whose reader says what is wrong with it. Raises
    RecordsRefusedError with every reason, or CarechainError when the file cannot be read, is larger than
    `max_bytes` or is of neither format. No value of the file is repeated in a message.
    """
    content = read_bytes(path, max_bytes, "send the records in several files")
    if content.removeprefix(_BYTE_ORDER_MARK).lstrip(b"\r\n\t \x00").startswith(_HL7_STARTS):
        return parse_messages(content, path.name, labelling)
    return [parse_bundle(content, path.name, labelling)]
