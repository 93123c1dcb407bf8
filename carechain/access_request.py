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
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import is_checksum_address

from carechain import purpose_of_use
from carechain.errors import CarechainError

LIFETIME = 300
"""Seconds by the chain's clock for which a request is taken."""

_NONCE_BYTES = 16
_TITLE = "Carechain: request for a patient's records\n"
_MEND = "make it anew with this version"
_HEX = re.compile(r"[0-9a-f]*")


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
        """Raises CarechainError for a value that is not one; what is asked for isn't told."""
        whole = (self.chain_id, self.custodian, self.categories, self.issued_at)
        good = (
            all(type(value) is int and 0 <= value < 1 << 64 for value in whole)
            and all(isinstance(value, str) for value in (self.registry, self.patient, self.purpose, self.nonce))
            and is_checksum_address(self.registry)
            and is_checksum_address(self.patient)
            and self.purpose in purpose_of_use.CODES
            and len(self.nonce) == 2 * _NONCE_BYTES
            and _HEX.fullmatch(self.nonce) is not None
        )
        if not good:
            raise CarechainError("The access request", "is malformed", _MEND)

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
        try:
            message = encode_defunct(text=self.request.text())
            return str(Account.recover_message(message, signature=self.signature))
        except Exception:  # eth_keys and eth_account have no common class for what is no signature
            raise CarechainError("The access request", "is not signed", "sign it with an operator key") from None

    def to_json(self) -> str:
        return json.dumps({"request": self.request.text(), "signature": self.signature.hex()})

    @classmethod
    def from_json(cls, text: str | bytes) -> SignedRequest:
        """Raises CarechainError for anything but what `to_json` writes."""
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
            raise CarechainError("The access request", "is malformed", _MEND) from None


@dataclass(frozen=True)
class ReleasedRecord:
    """One encrypted record with what proves it: its place in a batch (RFC 9162), and the batch's entry in the log of
    the custodian's stream `subject`."""

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

    def to_values(self) -> dict[str, Any]:
        return {name: _written(value) for name, value in vars(self).items()} | {"categories": hex(self.categories)}

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> ReleasedRecord:
        sealed, wrapped, salt, leaf, replaces = (
            b64decode(values[name], validate=True) for name in ("sealed", "wrapped", "salt", "leaf", "replaces")
        )
        day_from, day_to, entry, position, count = (
            int(values[name]) for name in ("day_from", "day_to", "entry", "position", "count")
        )
        proof = tuple(b64decode(node, validate=True) for node in values["proof"])
        categories = int(values["categories"], 16)
        return cls(
            sealed,
            wrapped,
            salt,
            leaf,
            replaces,
            categories,
            day_from,
            day_to,
            str(values["subject"]),
            entry,
            position,
            count,
            proof,
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
            if content["outcome"] != "released" or not records:
                raise ValueError
            return cls(str(content["basis"]), int(content["block"]), records)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise CarechainError("The gateway's answer", "is malformed", "ask again") from None


REFUSED = Answer()


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value
