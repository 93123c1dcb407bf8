"""Claims from files, whatever their format: X12 837 and FHIR R4 are told apart by how they begin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from carechain.claims.document import ClaimFile
from carechain.errors import CarechainError
from carechain.fhir import claim as fhir_claim
from carechain.file_bytes import read_bytes
from carechain.x12 import claims as x12_claims

MOST_BYTES = 200_000_000
ENDINGS = (".837", ".837i", ".837p", ".edi", ".json", ".txt", ".x12")
"""Of files that are looked for in a folder."""
_BLANK = b"\xef\xbb\xbf \t\r\n"


def read_claim_file(path: Path, today: date) -> ClaimFile:
    """The claims of a file, of which `today` (UTC) is the last day that services may have. A file that cannot be read
    as a whole is one refusal."""
    try:
        content = read_bytes(path, MOST_BYTES, "send claims in several files")
        parse = x12_claims.parse_claims if content.lstrip(_BLANK).startswith(b"ISA") else fhir_claim.parse_claims
        return parse(content, path.name, today)
    except CarechainError as error:
        return ClaimFile(path.name, (), (error,))


def files_of(names: Iterable[str]) -> list[Path]:
    """The files that are named, and those in the folders that are, sorted by name there.

    Raises CarechainError for a folder that has none.
    """
    return [path for name in names for path in _files_of(Path(name))]


def _files_of(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(_with_known_ending(path))
    if not found:
        raise CarechainError(str(path), "has no files of claims", f"name files; in folders they end in {ENDINGS[0]}")
    return found


def _with_known_ending(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() in ENDINGS)
