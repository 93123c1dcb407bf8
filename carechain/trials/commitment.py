"""Commitments: what stands on chain for a document or a text that is kept off it.

A commitment is the leaf hash of RFC 9162 of salt ‖ content. What is secret gets a salt of 32 random bytes, which is all
that keeps a guess from being checked; what is public has the salt of 32 zero bytes, so that anybody can recompute it.
The content of a document is the bytes of its file; that of a value is its canonical JSON (RFC 8785).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain.cdisc.strict_json import canonical
from carechain.errors import CarechainError
from carechain.file_bytes import read_bytes
from carechain.merkle_log import leaf_hash

SALT_BYTES = 32
PUBLIC = bytes(SALT_BYTES)
"""The salt of what everybody may know."""
MOST_DOCUMENT = 200_000_000
"""Bytes of a document."""


def new_salt() -> bytes:
    """Of something secret."""
    return secrets.token_bytes(SALT_BYTES)


def commitment_to(content: bytes, salt: bytes) -> bytes:
    """The 32 bytes that stand for a content."""
    return leaf_hash(salt + content)


def commitment_to_value(value: Any, salt: bytes, place: str) -> bytes:
    """The 32 bytes that stand for a value of JSON. Raises CarechainError, naming `place`, for one that RFC 8785
    refuses."""
    return commitment_to(canonical(value, place), salt)


@dataclass(frozen=True)
class Document:
    """A document that is committed to: the name of its file, its salt, and the commitment."""

    file: str
    salt: bytes
    commitment: bytes

    @classmethod
    def of(cls, path: Path, salt: bytes | None = None) -> Document:
        """Commits to a file, under a new salt unless one is given. Raises CarechainError if it cannot be read, is empty
        or larger than MOST_DOCUMENT bytes."""
        content = read_bytes(path, MOST_DOCUMENT, "commit to a smaller file that has its hash")
        if not content:
            raise CarechainError(str(path), "is empty", "give the document itself")
        salt = new_salt() if salt is None else salt
        return cls(path.name, salt, commitment_to(content, salt))

    def is_of(self, path: Path) -> bool:
        """Whether this is what was committed to. Raises CarechainError if the file cannot be read."""
        return commitment_to(read_bytes(path, MOST_DOCUMENT, "check the file"), self.salt) == self.commitment

    def facts(self) -> dict[str, str]:
        """For a JSON file."""
        return {"file": self.file, "salt": self.salt.hex(), "commitment": self.commitment.hex()}

    @classmethod
    def from_facts(cls, facts: dict[str, str]) -> Document:
        """Raises KeyError, TypeError or ValueError for other facts."""
        return cls(facts["file"], bytes.fromhex(facts["salt"]), bytes.fromhex(facts["commitment"]))
