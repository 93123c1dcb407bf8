"""A payer's fee schedule: what it allows for one unit of a procedure, and the tree of which the root is on chain.

A CSV file has the columns `code` and `amount`, and may have `system` (hcpcs if it is left out) and `modifiers`, blanks
between them. Beside it lies a key of 32 bytes in hexadecimal, which the payer gives to its providers and nobody else:
without it nobody can tell from the chain which procedure a claim is for.

    content of a procedure: system, code and each modifier in UTF-8, a zero byte between them
    salt: HMAC-SHA256(key, content)
    commitment: SHA-256(salt ‖ content)
    leaf of the RFC 9162 tree: commitment ‖ amount in minor units, 5 bytes big-endian; in order of the contents
"""

from __future__ import annotations

import csv
import hmac
import io
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from carechain.claims.currencies import minor_units, written
from carechain.claims.document import Code
from carechain.claims.words import SERVICE_LINE
from carechain.errors import CarechainError
from carechain.file_bytes import read_bytes
from carechain.merkle_log import MerkleTree
from carechain.private_file import write_private

KEY_BYTES = 32
MOST_FEES = SERVICE_LINE.most("entry") + 1
_AMOUNT_BYTES = 5
_MOST_BYTES = 1 << 30
_COLUMNS = {"code", "amount", "system", "modifiers"}
_CODE = re.compile(r"[A-Za-z0-9.\-]+", re.ASCII)
_SYSTEM = "hcpcs"
_MEND = 'begin it with the line "code,amount", or with system and modifiers besides'


@dataclass(frozen=True)
class Fee:
    """What is allowed for one unit of a procedure, and the proof that the schedule says so."""

    index: int
    amount: int
    """Minor units."""
    commitment: bytes
    """Stands for the procedure in a claim."""
    proof: tuple[bytes, ...]


class FeeSchedule:
    """The fees of one file."""

    def __init__(self, fees: Mapping[Code, int], key: bytes) -> None:
        """From amounts in minor units, by procedure. Raises CarechainError unless the key has 32 bytes."""
        if len(key) != KEY_BYTES:
            raise CarechainError("The key of a fee schedule", f"is not {KEY_BYTES} bytes long", "give its key file")
        self._key = key
        ordered = sorted(fees, key=procedure_content)
        self._places = {code: index for index, code in enumerate(ordered)}
        self._amounts = [fees[code] for code in ordered]
        self._tree = MerkleTree(
            commitment_to(code, key) + amount.to_bytes(_AMOUNT_BYTES)
            for code, amount in zip(ordered, self._amounts, strict=True)
        )

    @classmethod
    def load(cls, path: Path, key: bytes, currency: str) -> FeeSchedule:
        """Reads a CSV file of amounts in a currency. Raises CarechainError naming the line that is wrong."""
        content = read_bytes(path, _MOST_BYTES, "give a fee schedule")
        try:
            rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
            return cls(_fees(rows, path.name, currency), key)
        except (UnicodeDecodeError, csv.Error):
            raise CarechainError(path.name, "is not CSV in UTF-8", "save it so") from None

    @property
    def size(self) -> int:
        return self._tree.size

    @property
    def root(self) -> bytes:
        return self._tree.root()

    def fee(self, code: Code) -> Fee | None:
        """What it says of a procedure with exactly these modifiers; None if it is not listed, and a person decides."""
        code = _normal(code.system, code.value, code.modifiers)
        index = self._places.get(code)
        if index is None:
            return None
        return Fee(index, self._amounts[index], commitment_to(code, self._key), self._tree.inclusion_proof(index))


def procedure_content(code: Code) -> bytes:
    """The bytes that stand for a procedure: no two procedures have the same."""
    return "\0".join((code.system, code.value, *code.modifiers)).encode()


def commitment_to(code: Code, key: bytes) -> bytes:
    """The 32 bytes that stand for a procedure on chain, under a key."""
    content = procedure_content(code)
    return sha256(hmac.digest(key, content, "sha256") + content).digest()


def key_path(schedule: Path) -> Path:
    """Where the key of a fee schedule lies: fees.key beside fees.csv."""
    return schedule.with_suffix(".key")


def read_key(path: Path) -> bytes:
    """Raises CarechainError when the file cannot be read, or holds no key."""
    try:
        key = bytes.fromhex(read_bytes(path, 1 << 10, "give a key file").decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CarechainError(str(path), "is no key", f"give {2 * KEY_BYTES} hexadecimal digits")
    return key


def write_new_key(path: Path) -> bytes:
    """Writes a new key, for its owner alone to read. Raises FileExistsError if a file is there."""
    key = secrets.token_bytes(KEY_BYTES)
    write_private(path, key.hex() + "\n")
    return key


def _fees(rows: csv.DictReader[str], name: str, currency: str) -> dict[Code, int]:
    columns = list(rows.fieldnames or ())
    if len(set(columns)) != len(columns) or not {"code", "amount"} <= set(columns) <= _COLUMNS:
        raise CarechainError(f"{name}: line 1", "has other columns than a fee schedule", _MEND)
    fees: dict[Code, int] = {}
    for row in rows:
        place = f"{name}: line {rows.line_num}"
        if None in row or None in row.values():
            raise CarechainError(place, "has not one field for each column", "quote fields that hold commas")
        code = _code(row, place)
        if code in fees:
            raise CarechainError(place, "has a procedure that stands before", "keep one of the two")
        fees[code] = _amount(row["amount"], place, currency)
    if not 0 < len(fees) <= MOST_FEES:
        raise CarechainError(name, "lists no procedures, or too many", f"list 1 to {MOST_FEES:,}")
    return fees


def _code(row: Mapping[str, str], place: str) -> Code:
    code = _normal(row.get("system", "").strip() or _SYSTEM, row["code"], row.get("modifiers", "").split())
    if not all(map(_CODE.fullmatch, (code.value, *code.modifiers))):
        raise CarechainError(
            f"{place}: code", "is not made of letters, digits, dots and hyphens", "write the code alone"
        )
    return code


def _normal(system: str, value: str, modifiers: Iterable[str]) -> Code:
    """Codes are compared in capitals."""
    return Code(system, value.strip().upper(), tuple(modifier.upper() for modifier in modifiers))


def _amount(text: str, place: str, currency: str) -> int:
    amount = minor_units(text.strip(), currency, f"{place}: amount")
    most = SERVICE_LINE.most("allowed")
    if not 0 < amount <= most:
        raise CarechainError(
            f"{place}: amount",
            f"is not between zero and {written(most, currency)}",
            "leave out what is not allowed at all: a rule of the plan says so",
        )
    return amount


def proofs_of(fees: Iterable[Fee]) -> tuple[bytes, ...]:
    """The proofs of a claim's lines, in the order of its lines, as submitClaims takes them."""
    return tuple(node for fee in fees for node in fee.proof)
