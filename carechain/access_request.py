"""What a requester asks of a custodian's gateway, and what the gateway answers: signed text, and JSON.

The request is signed by an operator key of the requesting organisation (EIP-191, a text that a person can read), so
that nobody asks in another's name. A refusal is one answer, whatever the reason: there is no such patient, no such
record, no consent, no right to ask. A release holds nothing that is not encrypted to the requester's key.
"""

from __future__ import annotations

import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import rfc8785
from eth_utils.address import is_checksum_address

from carechain import purpose_of_use
from carechain.errors import CarechainError
from carechain.signed_text import signer_of

LIFETIME = 300
"""Seconds by the chain's clock for which a request is taken."""

_NONCE_BYTES = 16
_TITLE = "Carechain: request for a patient's records\n"
_MEND = "make it anew with this version"
_HEX = re.compile(r"[0-9a-f]*")
_BASES = ("consent", "emergency")
_HASH_BYTES = 32
_BITS = {
    "chain_id": 53,
    "custodian": 32,
    "issued_at": 53,
    "block": 53,
    "categories": 64,
    "day_from": 16,
    "day_to": 16,
    "entry": 53,
    "position": 32,
    "count": 32,
}
"""How wide the numbers are: those of the chain by the contracts' types, and none wider than JSON's, 53 bits, but the
categories, which go as text."""


class RequestMalformedError(CarechainError):
    """A request that nobody could answer, whoever it is about."""

    def __init__(self) -> None:
        super().__init__("The access request", "is malformed", _MEND)


@dataclass(frozen=True)
class AccessRequest:
    """`patient` is the address under which the requester knows the patient, or that of an emergency card; `purpose` a
    code of HL7 v3 PurposeOfUse; `categories` all classes and labels that are wanted, as bits of data_categories;
    `issued_at` the time of the chain's latest block, Unix seconds."""

    chain_id: int
    registry: str
    custodian: int
    patient: str
    purpose: str
    categories: int
    issued_at: int
    nonce: str = field(default_factory=lambda: secrets.token_hex(_NONCE_BYTES))

    def __post_init__(self) -> None:
        """Raises RequestMalformedError for a value that is not one; what is asked for isn't told."""
        good = (
            all(_is_whole(name, getattr(self, name)) for name in ("chain_id", "custodian", "categories", "issued_at"))
            and all(isinstance(value, str) for value in (self.registry, self.patient, self.purpose, self.nonce))
            and is_checksum_address(self.registry)
            and is_checksum_address(self.patient)
            and self.purpose in purpose_of_use.CODES
            and len(self.nonce) == 2 * _NONCE_BYTES
            and _HEX.fullmatch(self.nonce) is not None
        )
        if not good:
            raise RequestMalformedError

    def text(self) -> str:
        """What is signed. The categories stand in hexadecimal, since JSON numbers end at 2**53."""
        fields = {**asdict(self), "categories": hex(self.categories)}
        return _TITLE + rfc8785.dumps(fields).decode()


@dataclass(frozen=True)
class SignedRequest:
    """A request and its 65-byte signature."""

    request: AccessRequest
    signature: bytes

    def operator(self) -> str:
        """The address whose key signed it. Raises CarechainError for what is no signature."""
        signer = signer_of(self.request.text(), self.signature)
        if signer is None:
            raise CarechainError("The access request", "is not signed", "sign it with an operator key")
        return signer

    def to_json(self) -> str:
        return json.dumps({"request": self.request.text(), "signature": self.signature.hex()})

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedRequest:
        """Raises RequestMalformedError for anything but what `to_json` writes."""
        try:
            content = json.loads(text)
            title, _, body = content["request"].partition("\n")
            fields = json.loads(body)
            fields["categories"] = int(fields["categories"], 16)
            request = AccessRequest(**fields)
            if title + "\n" != _TITLE or request.text() != content["request"]:
                raise ValueError
            return cls(request, bytes.fromhex(content["signature"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise RequestMalformedError from None


@dataclass(frozen=True)
class ReleasedRecord:
    """One encrypted record with what proves it: its place in a batch (RFC 9162), and the batch's entry in the log of
    the custodian's stream `subject`. `categories` are bits of data_categories, days are counted from 1900-01-01."""

    sealed: bytes = field(repr=False)
    wrapped: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    leaf: bytes
    replaces: bytes
    categories: int
    day_from: int
    day_to: int
    subject: str
    entry: int
    position: int
    count: int
    proof: tuple[bytes, ...]

    def __post_init__(self) -> None:
        """Raises CarechainError for a value that none such can have. The widths matter: a leaf is the hash of the
        salt, of what is replaced and of more, one behind the other."""
        numbers = ("categories", "day_from", "day_to", "entry", "position", "count")
        if not (
            all(len(value) == _HASH_BYTES for value in (self.salt, self.leaf, self.replaces, *self.proof))
            and all(_is_whole(name, getattr(self, name)) for name in numbers)
            and is_checksum_address(self.subject)
        ):
            raise _malformed_answer()

    def to_values(self) -> dict[str, Any]:
        return {name: _written(value) for name, value in vars(self).items()} | {"categories": hex(self.categories)}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> ReleasedRecord:
        """Raises CarechainError for a value that none such can have, and what Python does for what `to_values` doesn't
        write."""
        sealed, wrapped, salt, leaf, replaces = (
            b64decode(values[name], validate=True) for name in ("sealed", "wrapped", "salt", "leaf", "replaces")
        )
        return cls(
            sealed,
            wrapped,
            salt,
            leaf,
            replaces,
            int(values["categories"], 16),
            values["day_from"],
            values["day_to"],
            values["subject"],
            values["entry"],
            values["position"],
            values["count"],
            tuple(b64decode(node, validate=True) for node in values["proof"]),
        )


@dataclass(frozen=True)
class Answer:
    """`records` is empty when the request is refused; `basis` says by what a release is permitted: consent or
    emergency; `block` is the one at which that was asked."""

    basis: str = ""
    block: int = 0
    records: tuple[ReleasedRecord, ...] = ()

    @property
    def released(self) -> bool:
        return bool(self.records)

    def to_json(self) -> str:
        if not self.released:
            return '{"outcome": "refused"}'
        records = [record.to_values() for record in self.records]
        return json.dumps({"outcome": "released", "basis": self.basis, "block": self.block, "records": records})

    @classmethod
    def from_json(cls, text: str | bytes) -> Answer:
        """Raises CarechainError for anything but what `to_json` writes."""
        try:
            content = json.loads(text)
            if content == {"outcome": "refused"}:
                return REFUSED
            records = tuple(ReleasedRecord.from_values(values) for values in content["records"])
            basis, block = content["basis"], content["block"]
            known = content["outcome"] == "released" and basis in _BASES and _is_whole("block", block)
            if not known or not records:
                raise ValueError
            return cls(basis, block, records)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise _malformed_answer() from None


REFUSED = Answer()


def _malformed_answer() -> CarechainError:
    return CarechainError("The gateway's answer", "is malformed", "ask again")


def _is_whole(name: str, value: Any) -> bool:
    """Whether it is a whole number that the field has room for; True and 1.0 are none."""
    return type(value) is int and 0 <= value < 1 << _BITS[name]


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value
