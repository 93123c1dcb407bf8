"""What a pack of medicine proves itself with: what is printed on it, and its place in the lot's tree of serial numbers.

The leaf of unit i is SHA-256(0x00 ‖ salt ‖ text). The salt is HMAC-SHA256(secret of the lot, "unit" ‖ i as 8 bytes
big-endian); without it nobody can try serial numbers against a leaf. The text is all that a pack prints, as a GS1
element string in brackets (GS1 General Specifications, 3): `(01)GTIN(21)serial(10)lot(17)expiry`, so that a changed
expiry date is found out like a changed serial number. The number of the lot is committed to in the same way, with the
salt HMAC-SHA256(secret, "lot").
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from carechain.errors import CarechainError
from carechain.gs1 import keys
from carechain.gs1.scan import Scan
from carechain.merkle_log import HASH_BYTES, leaf_hash, verify_inclusion

_FIRST_DAY = date(1970, 1, 1)
_LOT_ELEMENT = "(10)"
_NAMES = {"gtin", "lot", "serial", "expiry", "unit", "units", "salt", "lotSalt", "proof"}
_MEND = "ask for the passport again"


@dataclass(frozen=True)
class LotDetails:
    """What is the same for every unit of a lot: a GTIN of 14 digits, a lot number of 1 to 20 characters of GS1's set
    82, an expiry date in the years 2000 to 2099 (two digits of them are printed) and a production date before it, from
    1970-01-01 on (the chain counts days from there).

    Raises CarechainError when it is not so.
    """

    gtin: str
    lot: str
    expiry: date
    production: date

    def __post_init__(self) -> None:
        _check_printed(self.gtin, self.lot, self.expiry)
        if self.production < _FIRST_DAY:
            raise CarechainError("The production date", f"is before {_FIRST_DAY}", "correct the date")
        if self.production >= self.expiry:
            raise CarechainError("The lot", "does not expire after it was produced", "correct one of its dates")


@dataclass(frozen=True)
class Passport:
    """One unit of a lot of `units`, the two salts, and the proof by which its leaf is in the tree (RFC 9162, 2.1.3.1).

    Who has it can show that the unit exists, and nothing of the others; it is as private as the pack. Raises
    CarechainError when what is printed on a pack could not be so.
    """

    gtin: str
    lot: str
    serial: str
    expiry: date
    unit: int
    units: int
    salt: bytes
    lot_salt: bytes
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        _check_printed(self.gtin, self.lot, self.expiry)
        check_serial(self.serial, "The passport")

    @property
    def text(self) -> str:
        """What the pack prints, as its canonical element string."""
        return Scan(self.gtin, self.serial, self.lot, self.expiry).text()

    def leaf(self) -> bytes:
        """The leaf hash of the unit."""
        return leaf_hash(self.salt + self.text.encode("ascii"))

    def lot_commitment(self) -> bytes:
        """The commitment to the lot's number, to be compared with that on the chain."""
        return lot_commitment(self.lot_salt, self.lot)

    def verify(self, root: bytes) -> bool:
        """Whether the unit is in the tree of `units` serial numbers with this root."""
        return verify_inclusion(self.leaf(), self.unit, self.units, self.proof, root)

    def to_json(self) -> str:
        """One object: texts, the date as YYYY-MM-DD, two numbers, and bytes in hexadecimal digits."""
        return json.dumps(
            {
                "gtin": self.gtin,
                "lot": self.lot,
                "serial": self.serial,
                "expiry": self.expiry.isoformat(),
                "unit": self.unit,
                "units": self.units,
                "salt": self.salt.hex(),
                "lotSalt": self.lot_salt.hex(),
                "proof": [sibling.hex() for sibling in self.proof],
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str, source: str = "The passport") -> Passport:
        """What `to_json` wrote. Raises CarechainError, naming `source` and element, for anything else."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise CarechainError(source, "is not JSON", _MEND) from None
        return cls.from_value(found, source)

    @classmethod
    def from_value(cls, found: Any, source: str) -> Passport:
        """The same of the JSON value."""
        if not isinstance(found, dict) or set(found) != _NAMES:
            raise CarechainError(source, f"does not have the elements {', '.join(sorted(_NAMES))}", _MEND)
        for name in ("gtin", "lot", "serial", "expiry"):
            if not isinstance(found[name], str):
                raise CarechainError(f"{source}: {name}", "is not a text", _MEND)
        for name in ("unit", "units"):
            if type(found[name]) is not int or not 0 <= found[name] < 1 << 64:
                raise CarechainError(f"{source}: {name}", "is not a number of units", _MEND)
        if not isinstance(found["proof"], list):
            raise CarechainError(f"{source}: proof", "is not a list of hashes", _MEND)
        try:
            expiry = date.fromisoformat(found["expiry"])
        except ValueError:
            raise CarechainError(f"{source}: expiry", "is not a date", _MEND) from None
        return cls(
            gtin=found["gtin"],
            lot=found["lot"],
            serial=found["serial"],
            expiry=expiry,
            unit=found["unit"],
            units=found["units"],
            salt=_hash_of(found["salt"], f"{source}: salt"),
            lot_salt=_hash_of(found["lotSalt"], f"{source}: lotSalt"),
            proof=tuple(_hash_of(item, f"{source}: proof[{n}]") for n, item in enumerate(found["proof"])),
        )


def unit_salt(secret: bytes, unit: int) -> bytes:
    """The salt of a unit (32 bytes)."""
    return hmac.digest(secret, b"unit" + unit.to_bytes(8, "big"), "sha256")


def lot_salt(secret: bytes) -> bytes:
    """The salt of the lot's number (32 bytes)."""
    return hmac.digest(secret, b"lot", "sha256")


def lot_commitment(salt: bytes, lot: str) -> bytes:
    """The commitment to the number of a lot (32 bytes)."""
    return leaf_hash(salt + lot.encode("ascii"))


def check_serial(serial: str, place: str) -> None:
    """Raises CarechainError unless it is a serial number of GS1 that leaves no doubt where it ends in a unit's text."""
    keys.text20(serial, place, "serial number")
    if _LOT_ELEMENT in serial:
        raise CarechainError(place, f"has a serial number with {_LOT_ELEMENT} in it", "give the unit another one")


def _check_printed(gtin: str, lot: str, expiry: date) -> None:
    """Raises CarechainError for what GS1 does not allow on a pack."""
    if keys.gtin14(gtin, "The GTIN") != gtin:
        raise CarechainError("The GTIN", "does not have 14 digits", "put zeros in front of it")
    keys.text20(lot, "The lot number", "lot number")
    if not 2000 <= expiry.year <= 2099:
        raise CarechainError("The expiry date", "is not in the years 2000 to 2099", "correct the date")


def _hash_of(text: Any, place: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except (TypeError, ValueError):
        value = b""
    if len(value) != HASH_BYTES:
        raise CarechainError(place, f"is not {HASH_BYTES} bytes in hexadecimal digits", _MEND)
    return value
