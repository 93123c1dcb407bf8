"""The proof that a trial's log only grew: a JSON file that anyone checks offline, against two roots that one trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain.cdisc.strict_json import parse_object
from carechain.errors import CarechainError
from carechain.merkle_log import verify_consistency
from carechain.trials.proof_json import Fields, hex_of, text_of, write_json

FORMAT, VERSION = "carechain consistency proof", 1
MOST_BYTES = 100_000
"""Bytes of the file that are read."""

_MOST_HASHES = 65
_MEND = "compare with the chain before you trust either"


@dataclass(frozen=True)
class ConsistencyProof:
    """That the stream of a trial's log with `size` entries and `root` goes on from that with `old_size` and
    `old_root`, and rewrote nothing (RFC 9162, 2.1.4)."""

    chain_id: int
    contract: str
    trial: int
    stream: int
    old_size: int
    old_root: bytes
    size: int
    root: bytes
    path: tuple[bytes, ...]

    def write(self, path: Path) -> None:
        """Writes the file, mode 0600. Raises CarechainError when it cannot."""
        write_json(path, self.facts())

    def facts(self) -> dict[str, Any]:
        """What the file holds."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "chain_id": str(self.chain_id),
            "contract": self.contract,
            "trial": str(self.trial),
            "stream": str(self.stream),
            "old_size": str(self.old_size),
            "old_root": hex_of(self.old_root),
            "size": str(self.size),
            "root": hex_of(self.root),
            "path": [hex_of(each) for each in self.path],
        }

    @classmethod
    def parse(cls, content: bytes, name: str) -> ConsistencyProof:
        """Reads the bytes of the file `name`. Raises CarechainError, with the field, when it is not such a file."""
        fields = Fields(parse_object(content, name, MOST_BYTES), name)
        fields.check_format(FORMAT, VERSION)
        found = cls(
            chain_id=fields.number("chain_id", 256),
            contract=fields.address("contract"),
            trial=fields.number("trial", 64),
            stream=fields.number("stream", 256),
            old_size=fields.number("old_size", 64),
            old_root=fields.hash("old_root"),
            size=fields.number("size", 64),
            root=fields.hash("root"),
            path=fields.hashes("path", _MOST_HASHES),
        )
        fields.check_all_read()
        return found

    @classmethod
    def read(cls, path: Path) -> ConsistencyProof:
        """Reads a file. Raises CarechainError when it cannot be read, or as `parse` does."""
        return cls.parse(text_of(path, MOST_BYTES), path.name)


def verify_consistency_file(path: Path, old_root: bytes | None = None, root: bytes | None = None) -> ConsistencyProof:
    """Checks a file, and gives what it proves. The roots, 32 bytes each, are those one trusts; one that is not given
    must be compared by the caller.

    Raises CarechainError when it cannot be read, has another root than the trusted one, or the log was rewritten.
    """
    proof = ConsistencyProof.read(path)
    for name, trusted, found in (("old_root", old_root, proof.old_root), ("root", root, proof.root)):
        if trusted is not None and trusted != found:
            raise CarechainError(f"{path.name}: {name}", "is not the trusted root", _MEND)
    if not verify_consistency(proof.old_size, proof.old_root, proof.size, proof.root, proof.path):
        raise CarechainError(path.name, "does not prove that the log only grew", _MEND)
    return proof
