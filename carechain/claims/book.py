"""A provider's book: what stands behind its claims on the chain, in a folder for the provider alone.

`key` is a secret of 32 bytes, in hexadecimal. Everything that hides a value on the chain comes from it: the same claim
has the same commitment whenever it is sent, and whoever has the key and the claim can open every commitment again.
Without the key nobody can guess a control number, a procedure or a diagnosis from what stands on the chain. Keep a copy
of it in a safe place: with another key claims that were sent before would look new.

`directory.yaml` says who is who (carechain/claims/directory.py). `<chain>-<contract>.journal` is what was sent
(carechain/claims/journal.py).
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any

from carechain.claims.directory import Directory
from carechain.claims.document import ClaimDocument, ServiceLine
from carechain.claims.document_json import to_json
from carechain.claims.entry import Entry
from carechain.claims.journal import Journal
from carechain.claims.names import ClaimName
from carechain.claims.words import CLAIM_TERMS, SERVICE_LINE
from carechain.errors import CarechainError
from carechain.private_file import write_private
from carechain.trials.commitment import commitment_to_value

KEY_FILE = "key"
DIRECTORY_FILE = "directory.yaml"
_KEY_BYTES = 32
_KEY = re.compile("[0-9a-f]{64}")
_PLACE = "The claim"


class Book:
    """One folder. Its key and directory are those of all deployments, its journals of one each."""

    def __init__(self, folder: Path, chain_id: int, contract: str, directory: Path | None = None) -> None:
        """`directory`: another file than the folder's own. Nothing is read or written yet."""
        self.folder = folder
        self.journal = Journal(folder / f"{chain_id}-{contract.lower()}.journal")
        self.directory_path = directory or folder / DIRECTORY_FILE
        self.is_new = False
        """Whether the key was made just now, and is not kept yet."""

    @cached_property
    def directory(self) -> Directory:
        return Directory.load(self.directory_path)

    @cached_property
    def key(self) -> bytes:
        """Made when it is asked for first, and kept by `keep_key`. Raises CarechainError if it is damaged, or if it is
        missing where claims were sent before."""
        path = self.folder / KEY_FILE
        if not path.is_file():
            if any(self.folder.glob("*.journal")):
                raise CarechainError(str(path), "is missing, and claims were sent with it", "put it back from a backup")
            self.is_new = True
            return secrets.token_bytes(_KEY_BYTES)
        text = path.read_text("utf-8").strip()
        if _KEY.fullmatch(text) is None:
            raise CarechainError(str(path), "is no key of a book", "put it back from a backup")
        return bytes.fromhex(text)

    def keep_key(self) -> None:
        """Writes a new key, before anything is sent with it. Raises CarechainError if another one is there now."""
        key = self.key
        if not self.is_new:
            return
        path = self.folder / KEY_FILE
        try:
            write_private(path, key.hex() + "\n")
        except FileExistsError:
            raise CarechainError(str(path), "was made by somebody else just now", "try again") from None
        self.is_new = False

    # ------------------------------------------------------------------ what hides a value

    def control_commitment(
        self, payer: int, provider: int, control_number: str, replaces: ClaimName | None = None
    ) -> bytes:
        """What stands on the chain for the provider's own number of a claim. A replacement, which has the number of
        what it replaces, is another claim."""
        return self._derived("control number", payer, provider, control_number, str(replaces) if replaces else None)

    def commitment_of(self, payer: int, provider: int, document: ClaimDocument) -> bytes:
        """As `control_commitment`, of a document that is an original or a replacement."""
        replaces = ClaimName.parse(document.original) if document.original else None
        return self.control_commitment(payer, provider, document.control_number, replaces)

    def procedure_commitment(self, claim: bytes, line: ServiceLine) -> bytes:
        """What stands on the chain for the procedure of a line, unless the payer's fee schedule gives it.

        `claim` is the commitment to the claim's control number, as below."""
        value = {"procedure": to_json(line.procedure), "revenue": to_json(line.revenue)}
        return commitment_to_value(value, self._derived("procedure", claim.hex(), line.number), _PLACE)

    def diagnoses_commitment(self, claim: bytes, document: ClaimDocument) -> bytes:
        value = to_json(document.diagnoses)
        return commitment_to_value(value, self._derived("diagnoses", claim.hex()), _PLACE)

    def record_commitment(self, claim: bytes, document: ClaimDocument) -> bytes:
        """To all that the claim says. Where it stood, in which file of which day, is no part of it."""
        value = {name: said for name, said in to_json(document).items() if name not in ("place", "created")}
        return commitment_to_value(value, self._derived("record", claim.hex()), _PLACE)

    def opens(self, name: ClaimName, entry: Entry, document: ClaimDocument) -> bool:
        """Whether an entry on the chain is of this document: control number, diagnoses, all that it says, and the
        procedures that the fee schedule does not give."""
        claim = self.commitment_of(name.payer, name.provider, document)
        by_number = {line.number: line for line in document.lines}
        lines = [SERVICE_LINE.unpack(word) for word in entry.lines]
        if claim != entry.control_number or {line["number"] for line in lines} != set(by_number):
            return False
        procedures = [
            line["allowed"] != 0 or self.procedure_commitment(claim, by_number[line["number"]]) == procedure
            for line, procedure in zip(lines, entry.procedures, strict=True)
        ]
        return (
            all(procedures)
            and bool(CLAIM_TERMS.unpack(entry.terms)["replaces"]) == bool(document.original)
            and self.diagnoses_commitment(claim, document) == entry.diagnoses
            and self.record_commitment(claim, document) == entry.record
        )

    def _derived(self, purpose: str, *parts: Any) -> bytes:
        """HMAC-SHA-256 of the purpose and the parts: 32 bytes that tell nothing without the key."""
        message = json.dumps([purpose, *parts], ensure_ascii=False, separators=(",", ":"))
        return hmac.digest(self.key, message.encode("utf-8", "surrogatepass"), "sha256")
