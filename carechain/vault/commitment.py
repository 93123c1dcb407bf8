"""What is committed to: the bytes under each leaf of a batch. The leaf is their RFC 9162 hash, so any verifier of
Certificate Transparency proofs can check one that is opened.

Every one begins with 32 random bytes, its salt. Without the salt a leaf proves nothing, however few the records are
that it could stand for.
"""

from __future__ import annotations

import hashlib
import secrets

from carechain.health_record import HealthRecord
from carechain.vault.catalogue import Envelope

SALT_BYTES = 32
FIRST = bytes(32)
"""In place of the leaf of the version before, where there is none."""


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def record_entry(salt: bytes, record: HealthRecord, replaces: bytes) -> bytes:
    """salt 32 bytes | leaf of the version it replaces 32 | categories 8 | first day 2 | last day 2 | content."""
    return (
        salt
        + replaces
        + record.categories.to_bytes(8, "big")
        + record.day_from.to_bytes(2, "big")
        + record.day_to.to_bytes(2, "big")
        + record.content
    )


def envelope_entry(salt: bytes, envelope: Envelope) -> bytes:
    """salt 32 bytes | organisation 4 | leaf of the record 32 | SHA-256 of the wrapped key 32."""
    digest = hashlib.sha256(envelope.wrapped).digest()
    return salt + envelope.holder.to_bytes(4, "big") + envelope.leaf + digest


def decision_entry(salt: bytes, details: bytes) -> bytes:
    """salt 32 bytes | details of the access decision, as canonical JSON (RFC 8785)."""
    return salt + details
