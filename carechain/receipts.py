"""What a patient keeps of the consents given: the document, and the salt of the reference to it on the chain.

The chain has only a salted reference. These files are private health data: they stay with the patient (or with who
keeps them for the patient), and deleting one makes the reference on the chain prove nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError


@dataclass(frozen=True)
class Receipt:
    """One document towards one grantee. `document` names it across its versions, `reference` is what the chain has."""

    document: str
    grantee: int
    reference: bytes
    salt: bytes
    canonical: bytes


class Receipts:
    """The receipts of one patient on one deployment: a folder of files that only its owner can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, receipt: Receipt) -> None:
        """Writes a receipt; an earlier one of the same document stays beside it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {
            "document": receipt.document,
            "grantee": receipt.grantee,
            "reference": receipt.reference.hex(),
            "salt": receipt.salt.hex(),
            "canonical": receipt.canonical.decode(),
        }
        path = self._path(receipt)
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            json.dump(content, file)

    def remove(self, receipt: Receipt) -> None:
        """Forgets a receipt: of a document that was not applied after all, or that is to be erased."""
        self._path(receipt).unlink()

    def all(self) -> list[Receipt]:
        """Every receipt. Raises CarechainError naming a file that isn't one."""
        return [self._read(path) for path in sorted(self._folder.glob("*.json"))]

    def _path(self, receipt: Receipt) -> Path:
        return self._folder / f"{receipt.reference.hex()}.json"

    def _read(self, path: Path) -> Receipt:
        try:
            content: Any = json.loads(path.read_text("utf-8"))
            return Receipt(
                content["document"],
                content["grantee"],
                bytes.fromhex(content["reference"]),
                bytes.fromhex(content["salt"]),
                content["canonical"].encode(),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise CarechainError(str(path), "is not a receipt", "restore it, or move it away") from None
