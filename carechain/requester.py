"""The requester's side: asks a gateway, opens what it releases, and believes only what the chain bears out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from carechain.access_request import AccessRequest, Answer, ReleasedRecord, SignedRequest
from carechain.chain import Chain, Sender
from carechain.errors import CarechainError
from carechain.health_record import HealthRecord
from carechain.log_entries import LogEntry, LogKind
from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.record_log import RecordLog
from carechain.vault import encryption
from carechain.vault.commitment import record_entry


@dataclass(frozen=True)
class OpenedRecord:
    """A record that was released, opened and proven; `at` is when it was anchored, Unix seconds."""

    resource: dict[str, Any] = field(repr=False)
    content: bytes = field(repr=False)
    leaf: bytes
    categories: int
    at: int


def signed_request(chain: Chain, request: AccessRequest, operator: Sender) -> SignedRequest:
    """Signed by an operator's key: one that is here or, on a local chain, one that the node holds."""
    text = request.text()
    if isinstance(operator, LocalAccount):
        return SignedRequest(request, bytes(operator.sign_message(encode_defunct(text=text)).signature))
    return SignedRequest(request, chain.signature_of_node(operator, text))


def open_answer(answer: Answer, custodian: int, private_key: bytes, log: RecordLog) -> list[OpenedRecord]:
    """Decrypts what was released with the requesting organisation's private key, and checks each record against its
    leaf, the leaf against its batch, and the batch against the custodian's log on the chain.

    Raises CarechainError when any of it does not hold: the answer is worth nothing then.
    """
    entries: dict[str, list[LogEntry]] = {}
    opened = []
    for released in answer.records:
        if released.subject not in entries:
            entries[released.subject] = log.entries(LogKind.RECORDS, custodian, released.subject)
        opened.append(_open(released, private_key, entries[released.subject]))
    return opened


def _open(released: ReleasedRecord, private_key: bytes, entries: Sequence[LogEntry]) -> OpenedRecord:
    key = encryption.unwrap(private_key, released.wrapped, released.leaf)
    content = encryption.unseal(key, released.sealed, released.leaf)
    record = HealthRecord("", "", content, released.categories, released.day_from, released.day_to)
    leaf = leaf_hash(record_entry(released.salt, record, released.replaces))
    entry = entries[released.entry] if released.entry < len(entries) else None
    if (
        leaf != released.leaf
        or entry is None
        or entry.counts != (released.count,)
        or not verify_inclusion(leaf, released.position, released.count, released.proof, entry.root)
    ):
        raise CarechainError(
            "A released record", "is not the one that was anchored", "don't use it; tell the custodian and the auditor"
        )
    return OpenedRecord(json.loads(content), content, leaf, released.categories, entry.at)
