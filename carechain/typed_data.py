"""What patients, representatives and guardians sign: EIP-712, the twin of contracts/libraries/ConsentMessages.sol.

docs/SIGNATURES.md says which call takes which message. Every message is a plain value that a wallet can show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms

_CONSENT = (
    ("patient", "address"),
    ("grantee", "uint32"),
    ("scope", "bytes32"),
    ("purposes", "uint64"),
    ("categories", "uint64"),
    ("notBefore", "uint32"),
    ("notAfter", "uint32"),
    ("dataFrom", "uint16"),
    ("dataTo", "uint16"),
    ("document", "bytes32"),
)

TYPES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Consent": (*_CONSENT, ("signedAt", "uint32")),
    "PresentedConsent": (*_CONSENT, ("revokedAllAt", "uint32"), ("number", "uint8")),
    "Revocation": (
        ("patient", "address"),
        ("grantee", "uint32"),
        ("scope", "bytes32"),
        ("signedAt", "uint32"),
    ),
    "RevokeAll": (("patient", "address"), ("signedAt", "uint32")),
    "RevokePresented": (("patient", "address"), ("revokedAllAt", "uint32"), ("number", "uint8")),
    "AppointRepresentative": (
        ("patient", "address"),
        ("representative", "address"),
        ("kind", "uint8"),
        ("until", "uint40"),
        ("version", "uint32"),
    ),
    "DismissRepresentative": (("patient", "address"), ("representative", "address"), ("version", "uint32")),
    "PlanRecovery": (
        ("patient", "address"),
        ("guardians", "address[]"),
        ("threshold", "uint8"),
        ("delay", "uint32"),
        ("version", "uint32"),
    ),
    "ApproveRecovery": (("patient", "address"), ("newKey", "address"), ("version", "uint32")),
    "CancelRecovery": (("patient", "address"), ("version", "uint32")),
}
"""Every type, its fields in their order."""


@dataclass(frozen=True)
class Domain:
    """The ConsentRegistry that a signature is for: no other chain or deployment takes it."""

    chain_id: int
    registry: str

    def message(self, type_name: str, values: Mapping[str, Any]) -> SignableMessage:
        """A message to sign. `values` has every field of the type."""
        domain = {
            "name": "Carechain ConsentRegistry",
            "version": "1",
            "chainId": self.chain_id,
            "verifyingContract": self.registry,
        }
        fields = [{"name": name, "type": solidity} for name, solidity in TYPES[type_name]]
        return encode_typed_data(domain, {type_name: fields}, dict(values))

    def sign(self, key: LocalAccount, type_name: str, values: Mapping[str, Any]) -> bytes:
        """The signature in its 64-byte form (EIP-2098), which costs the relayer the least."""
        return compact(key, self.message(type_name, values))


def consent_values(patient: str, grantee: int, scope: Scope, terms: ConsentTerms, document: bytes) -> dict[str, Any]:
    """The fields of a Consent; `terms` is stamped with when it is signed."""
    return {**_shared_values(patient, grantee, scope, terms, document), "signedAt": terms.stamp}


def presented_consent_values(
    patient: str, grantee: int, scope: Scope, terms: ConsentTerms, document: bytes, number: int
) -> dict[str, Any]:
    """The fields of a PresentedConsent; `terms` is stamped with the patient's revokedAllAt, `number` is 0 to 215."""
    return {
        **_shared_values(patient, grantee, scope, terms, document),
        "revokedAllAt": terms.stamp,
        "number": number,
    }


def compact(key: LocalAccount, message: SignableMessage) -> bytes:
    """r, then s with the parity of v in its highest bit (EIP-2098)."""
    signed = key.sign_message(message)
    parity = signed.v - 27
    return signed.r.to_bytes(32, "big") + (parity << 255 | signed.s).to_bytes(32, "big")


def _shared_values(patient: str, grantee: int, scope: Scope, terms: ConsentTerms, document: bytes) -> dict[str, Any]:
    return {
        "patient": patient,
        "grantee": grantee,
        "scope": scope.to_bytes(),
        "purposes": terms.purposes,
        "categories": terms.categories,
        "notBefore": terms.not_before,
        "notAfter": terms.not_after,
        "dataFrom": terms.data_from,
        "dataTo": terms.data_to,
        "document": document,
    }
