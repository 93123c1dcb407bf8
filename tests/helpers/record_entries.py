"""The bytes of an entry of RecordRegistry's logs, as IRecordRegistry describes them; also from the event that tells."""

from __future__ import annotations

from typing import Any

RECORDS_LOG, DISCLOSURES_LOG = range(2)
RECORDS, CORRECTION, KEY_ENVELOPES, ERASURE, DISCLOSURES = range(5)
OWN = "0x" + "00" * 20
"""The subject of an organisation's own stream."""


def record_entry(
    kind: int,
    organisation: int,
    subject: Any,
    at: int,
    categories: int = 0,
    count: int = 0,
    target: int = 0,
    root: bytes = bytes(32),
) -> bytes:
    """82 bytes of the log of records; what a kind lacks is zero."""
    numbers = _big_endian((categories, 8), (count, 4), (target, 8))
    return _head(kind, organisation, subject, at) + numbers + root


def disclosures_entry(
    organisation: int, subject: Any, at: int, granted: int, emergency: int, denied: int, root: bytes
) -> bytes:
    """74 bytes of the log of disclosures."""
    numbers = _big_endian((granted, 4), (emergency, 4), (denied, 4))
    return _head(DISCLOSURES, organisation, subject, at) + numbers + root


def entry_of(name: str, event: Any, at: int) -> bytes:
    """The entry that an event tells of, logged in a block of the time `at`."""
    stream = event["organisation"], event["subject"], at
    root = bytes.fromhex(str(event["root"])[2:]) if name != "RecordsErased" else bytes(32)
    match name:
        case "RecordsAnchored":
            return record_entry(RECORDS, *stream, event["categories"], event["count"], 0, root)
        case "RecordsCorrected":
            target = event["corrected"]
            return record_entry(CORRECTION, *stream, event["categories"], event["count"], target, root)
        case "KeyEnvelopesAnchored":
            return record_entry(KEY_ENVELOPES, *stream, 0, event["count"], 0, root)
        case "RecordsErased":
            return record_entry(ERASURE, *stream, 0, event["count"], event["erased"])
        case "DisclosuresLogged":
            return disclosures_entry(*stream, event["granted"], event["emergency"], event["denied"], root)
    raise ValueError(name)


def _head(kind: int, organisation: int, subject: Any, at: int) -> bytes:
    address = bytes.fromhex(str(getattr(subject, "address", subject))[2:])
    return _big_endian((kind, 1), (organisation, 4)) + address + _big_endian((at, 5))


def _big_endian(*numbers: tuple[int, int]) -> bytes:
    return b"".join(number.to_bytes(width, "big") for number, width in numbers)
