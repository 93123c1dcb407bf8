"""The requester's side: asks a gateway, opens what it releases, and believes only what the chain bears out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.signers.local import LocalAccount

from carechain.access_request import AccessRequest, Answer, ReleasedRecord, SignedRequest
from carechain.chain import Chain, Sender
from carechain.data_categories import CLASSES, CLASSES_WITHOUT_BIT
from carechain.errors import CarechainError
from carechain.health_record import HealthRecord
from carechain.log_entries import OWN_STREAM, EntryKind, LogEntry, LogKind
from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.record_log import RecordLog
from carechain.signed_text import sign
from carechain.vault import encryption
from carechain.vault.commitment import record_entry

UNKNOWN = "Unknown"
"""In place of a type that FHIR R4 doesn't have."""

_TYPES = CLASSES_WITHOUT_BIT.union(CLASSES)
_OF_RECORDS = (EntryKind.RECORDS, EntryKind.CORRECTION)
_MEND = "don't use it; tell the custodian and the auditor"


@dataclass(frozen=True)
class OpenedRecord:
    """A record that was released, opened and proven; `at` is when it was anchored, Unix seconds."""

    content: bytes = field(repr=False)
    leaf: bytes
    categories: int
    at: int

    @property
    def text(self) -> str:
        """The FHIR resource, as JSON. Raises CarechainError as `resource` does."""
        return self._read()[0]

    @property
    def resource(self) -> dict[str, Any]:
        """The FHIR resource. Raises CarechainError when the content is none, or holds what Python doesn't read, as
        numbers of thousands of digits."""
        return self._read()[1]

    @property
    def kind(self) -> str:
        """The resource's type, one of FHIR R4's, or UNKNOWN: whoever wrote it, a word that can name a file."""
        try:
            named = self.resource.get("resourceType")
        except CarechainError:
            return UNKNOWN
        return named if isinstance(named, str) and named in _TYPES else UNKNOWN

    def _read(self) -> tuple[str, dict[str, Any]]:
        try:
            text = self.content.decode("utf-8")
            resource = json.loads(text)
            if not isinstance(resource, dict):
                raise ValueError
        except (ValueError, RecursionError):
            raise CarechainError(
                "A released record", "holds no FHIR resource that can be read", "ask the custodian to correct it"
            ) from None
        return text, resource


def signed_request(chain: Chain, request: AccessRequest, operator: Sender) -> SignedRequest:
    """Signed by an operator's key: one that is here or, on a local chain, one that the node holds."""
    text = request.text()
    if isinstance(operator, LocalAccount):
        return SignedRequest(request, sign(text, operator))
    return SignedRequest(request, chain.signature_of_node(operator, text))


def open_answer(answer: Answer, request: AccessRequest, private_key: bytes, log: RecordLog) -> list[OpenedRecord]:
    """Decrypts what was released with the requesting organisation's private key, and checks each record against its
    leaf, the leaf against its batch, and the batch against the log on the chain of the custodian that was asked.

    Whatever is in it has been on record since it was anchored, is within the categories that were asked for, and comes
    once and in one version; records in patients' own streams are of one patient. The proof doesn't say that a record is
    about the patient who was asked about, that it is the latest version, or that it is all there is; basis and block of
    the answer are unproven too. For these, the custodian's word stands.

    Raises CarechainError when any of it does not hold: the answer is worth nothing then.
    """
    _check_together(answer.records)
    entries: dict[str, list[LogEntry]] = {}
    opened = []
    for released in answer.records:
        if released.categories & ~request.categories:
            raise CarechainError("A released record", "is of categories that were not asked for", _MEND)
        if released.subject not in entries:
            entries[released.subject] = log.entries(LogKind.RECORDS, request.custodian, released.subject)
        opened.append(_open(released, private_key, entries[released.subject]))
    return opened


def _check_together(records: Sequence[ReleasedRecord]) -> None:
    """Raises CarechainError when the records can't be one patient's, each once and in one version."""
    if len({record.subject for record in records} - {OWN_STREAM}) > 1:
        raise CarechainError("The gateway's answer", "has records of more than one patient", _MEND)
    leaves = {record.leaf for record in records}
    if len(leaves) != len(records) or leaves & {record.replaces for record in records}:
        raise CarechainError("The gateway's answer", "has a record more than once", _MEND)


def _open(released: ReleasedRecord, private_key: bytes, entries: Sequence[LogEntry]) -> OpenedRecord:
    key = encryption.unwrap(private_key, released.wrapped, released.leaf)
    content = encryption.unseal(key, released.sealed, released.leaf)
    record = HealthRecord("", "", content, released.categories, released.day_from, released.day_to)
    leaf = leaf_hash(record_entry(released.salt, record, released.replaces))
    entry = entries[released.entry] if released.entry < len(entries) else None
    if (
        leaf != released.leaf
        or entry is None
        or entry.kind not in _OF_RECORDS
        or entry.counts != (released.count,)
        or not verify_inclusion(leaf, released.position, released.count, released.proof, entry.root)
    ):
        raise CarechainError("A released record", "is not the one that was anchored", _MEND)
    return OpenedRecord(content, leaf, released.categories, entry.at)
