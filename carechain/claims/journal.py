"""What a provider has sent to the chain, and what came of it: a file of JSON lines that only grows.

Before a claim is sent a line says so, with the claim; afterwards another says what the chain made of it. Whoever was
interrupted in between finds on the chain what is missing here: its commitment is the same whenever a claim is sent.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from carechain.claims.document import ClaimDocument
from carechain.claims.document_json import from_json, to_json
from carechain.claims.names import ClaimName
from carechain.errors import CarechainError
from carechain.private_file import make_private_folder


@dataclass(frozen=True)
class Sent:
    """A claim that was sent, or was about to be when somebody pulled the plug."""

    commitment: bytes
    """To its control number."""
    payer: int
    provider: int
    document: ClaimDocument = field(repr=False)
    number: int | None = None
    """On the chain; None if it was refused there, or if nothing is known yet."""
    transaction: str | None = None
    """That brought it in, or in which it was refused; None where it was found on the chain."""
    refusal: str | None = None

    @property
    def name(self) -> ClaimName | None:
        return None if self.number is None else ClaimName(self.payer, self.provider, self.number)

    @property
    def control_number(self) -> str:
        return self.document.control_number


class Journal:
    """The claims of one book against one deployment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sent: dict[bytes, Sent] = {}
        self._read = 0

    # ------------------------------------------------------------------ answers

    def sent(self) -> list[Sent]:
        """Every claim, in the order in which each was sent first."""
        self._catch_up()
        return list(self._sent.values())

    def of(self, commitment: bytes) -> Sent | None:
        self._catch_up()
        return self._sent.get(commitment)

    def of_name(self, name: ClaimName) -> Sent | None:
        """None if it is not one of this book's."""
        return next((each for each in self.sent() if each.name == name), None)

    def of_control_number(self, control_number: str, payer: int | None = None) -> list[Sent]:
        """Original and replacements, in the order in which they were sent; of every payer unless one is given."""
        found = [each for each in self.sent() if each.control_number == control_number]
        return [each for each in found if payer in (None, each.payer)]

    # ------------------------------------------------------------------ writing

    def sending(self, claims: Iterable[Sent]) -> None:
        """That these are about to be sent. Noted again are those that were refused and say something else now."""
        new = [each for each in claims if self._is_news(each)]
        self._append(
            {
                "sending": each.commitment.hex(),
                "payer": each.payer,
                "provider": each.provider,
                "document": to_json(each.document),
            }
            for each in new
        )

    def _is_news(self, claim: Sent) -> bool:
        known = self.of(claim.commitment)
        return known is None or (known.number is None and known.document != claim.document)

    def taken(self, numbers: Sequence[tuple[bytes, int]], transaction: str | None) -> None:
        """That these are on the chain, by their commitments, under these numbers."""
        self._append(
            {"taken": commitment.hex(), "number": number, "transaction": transaction} for commitment, number in numbers
        )

    def refused(self, reasons: Sequence[tuple[bytes, str]], transaction: str) -> None:
        """That the chain refused these."""
        self._append(
            {"refused": commitment.hex(), "reason": reason, "transaction": transaction}
            for commitment, reason in reasons
        )

    def _append(self, lines: Iterable[dict[str, Any]]) -> None:
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        if not text:
            return
        with self._opened() as file:
            _cut_torn_line(file)
            file.seek(0, os.SEEK_END)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """The file, for this process alone."""
        make_private_folder(self.path.parent)
        new = not self.path.exists()
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if new:
                folder = os.open(self.path.parent, os.O_RDONLY)  # or the file's name could be lost with the power
                os.fsync(folder)
                os.close(folder)
            yield file

    # ------------------------------------------------------------------ reading

    def _catch_up(self) -> None:
        """Reads what was added since, by this process or another. A line that lacks its end was never written."""
        if not self.path.is_file() or self.path.stat().st_size == self._read:
            return
        with self.path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        for line in whole.splitlines():
            try:
                self._add(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                mend = "put it back from your backup, or begin another book"
                raise CarechainError(str(self.path), "is damaged", mend) from None
        self._read += len(whole)

    def _add(self, line: dict[str, Any]) -> None:
        if "sending" in line:
            commitment = bytes.fromhex(line["sending"])
            known = self._sent.get(commitment)
            if known is None or known.number is None:
                document = from_json(line["document"])
                self._sent[commitment] = Sent(commitment, line["payer"], line["provider"], document)
        elif "taken" in line:
            commitment = bytes.fromhex(line["taken"])
            known = self._sent[commitment]
            self._sent[commitment] = replace(
                known, number=line["number"], transaction=line["transaction"], refusal=None
            )
        else:
            commitment = bytes.fromhex(line["refused"])
            known = self._sent[commitment]
            if known.number is None:
                self._sent[commitment] = replace(known, refusal=line["reason"], transaction=line["transaction"])


def _cut_torn_line(file: IO[bytes]) -> None:
    """Takes off a last line that lacks its end: whoever wrote it was interrupted before it counted."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 1)
    file.seek(start)
    if size == 0 or file.read(1) == b"\n":
        return
    while start > 0:
        start = max(0, start - 65_536)
        file.seek(start)
        end = file.read(65_536).rfind(b"\n")
        if end >= 0:
            file.truncate(start + end + 1)
            return
    file.truncate(0)
