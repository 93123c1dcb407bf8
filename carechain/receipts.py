"""What a patient keeps of the consents given: the document, and the salt of the reference to it on the chain.

The chain has only a salted reference. These files are private health data: they stay with the patient (or with who
keeps them for the patient), and deleting one makes the reference on the chain prove nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain.consent_scope import Scope
from carechain.errors import CarechainError
from carechain.private_file import write_private


@dataclass(frozen=True)
class Receipt:
    """One document towards one grantee. `document` names it across its versions, `reference` is what the chain has.

    `scopes` are where its parts are to stand, `signed_at` is when that was signed (Unix seconds, by the chain).
    """

    document: str
    grantee: int
    reference: bytes
    salt: bytes
    canonical: bytes
    scopes: tuple[Scope, ...] = ()
    signed_at: int = 0


class Receipts:
    """The receipts of one patient on one deployment: a folder of files that only its owner can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def bind(self, patient: str) -> None:
        """Ties the folder, and so the wallet it is for, to one patient's FHIR reference at first use.

        Raises CarechainError for any other patient afterwards: a wallet signs for one person only.
        """
        path = self._folder / "patient"
        if not path.exists():
            salt = secrets.token_hex(32)
            self._create(path, f"{salt} {_salted(salt, patient)}")
            return
        salt, _, digest = path.read_text("utf-8").partition(" ")
        if digest != _salted(salt, patient):
            raise CarechainError(
                "The wallet",
                "is another patient's than the one named",
                "name the wallet of this patient: wallet=<file>",
            )

    def add(self, receipt: Receipt) -> None:
        """Writes a receipt; an earlier one of the same document stays beside it."""
        content = {
            "document": receipt.document,
            "grantee": receipt.grantee,
            "reference": receipt.reference.hex(),
            "salt": receipt.salt.hex(),
            "canonical": receipt.canonical.decode(),
            "scopes": [scope.to_bytes().hex() for scope in receipt.scopes],
            "signedAt": receipt.signed_at,
        }
        self._create(self._path(receipt), json.dumps(content))

    def remove(self, receipt: Receipt) -> None:
        """Forgets a receipt: of a document that was not applied after all, or that is to be erased."""
        self._path(receipt).unlink()

    def all(self) -> list[Receipt]:
        """Every receipt. Raises CarechainError naming a file that isn't one."""
        return [self._read(path) for path in sorted(self._folder.glob("*.json"))]

    def _create(self, path: Path, text: str) -> None:
        try:
            write_private(path, text)
        except OSError as error:
            mend = "name a folder that you may write to: receipts=<folder>"
            raise CarechainError(str(path), f"cannot be written ({error.strerror})", mend) from None

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
                tuple(Scope.from_bytes(bytes.fromhex(scope)) for scope in content["scopes"]),
                content["signedAt"],
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise CarechainError(str(path), "is not a receipt", "restore it, or move it away") from None


def _salted(salt: str, patient: str) -> str:
    return hashlib.sha256(f"{salt} {patient}".encode()).hexdigest()
