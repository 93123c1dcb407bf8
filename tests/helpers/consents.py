"""What patients grant and sign in tests: usual terms, and signed messages as the registry takes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.purpose_of_use import index_of, mask_of
from tests.helpers.eip712 import Domain, Message, key_of
from tests.helpers.suite import HOSPITAL

STATUSES = (
    "NotGranted",
    "Permitted",
    "Revoked",
    "NotYetValid",
    "Expired",
    "PurposeNotCovered",
    "CategoryNotCovered",
    "OutsideDataPeriod",
    "UseInvalid",
    "SignatureInvalid",
    "Paused",
    "GranteeNotInStanding",
)
"""IConsentRegistry.ConsentStatus in its order."""

ANY = Scope.any().to_bytes()
DOCUMENT = bytes.fromhex("5a0f3c9b77e1d24486b05533c1aa9e08f7126bd90e4d8337aa61fc250b99") + b"\x00\x01"
"""The first 30 bytes of a salted hash, and version 1."""
TERMS = ConsentTerms(purposes=mask_of("TREAT", "HPAYMT"), categories=(1 << 30) - 1)
"""Treatment and payment, thirty classes of data, nothing sensitive, without end."""
TREAT = index_of("TREAT")
CONDITION = class_bit("Condition")
DATA_DAY = 45_000


@dataclass(frozen=True)
class Use:
    """What somebody wants to do, as the registry is asked for it."""

    purpose: int = TREAT
    categories: int = CONDITION
    data_from: int = DATA_DAY
    data_to: int = DATA_DAY

    def arguments(self) -> tuple[int, int, int, int]:
        return self.purpose, self.categories, self.data_from, self.data_to


USE = Use()


@dataclass(frozen=True)
class Grant:
    """A grant before it is signed. `terms` carry the stamp, which is when it was signed."""

    patient: Any
    terms: ConsentTerms
    grantee: int = HOSPITAL
    scope: bytes = ANY
    document: bytes = DOCUMENT

    def message(self) -> Message:
        return Message("Consent", {**self._fields(), "document": self.document, "signedAt": self.terms.stamp})

    def signed(self, domain: Domain, signer: Any = None) -> tuple[Any, ...]:
        """IConsentRegistry.SignedGrant, signed by the patient or somebody else."""
        return self.with_signature(self.message().signed(domain, key_of(signer or self.patient)))

    def with_signature(self, signature: bytes) -> tuple[Any, ...]:
        return address_of(self.patient), self.grantee, self.scope, self.terms.pack(), self.document, signature

    def _fields(self) -> dict[str, Any]:
        terms = self.terms
        return {
            "patient": address_of(self.patient),
            "grantee": self.grantee,
            "scope": self.scope,
            "purposes": terms.purposes,
            "categories": terms.categories,
            "notBefore": terms.not_before,
            "notAfter": terms.not_after,
            "dataFrom": terms.data_from,
            "dataTo": terms.data_to,
        }


@dataclass(frozen=True)
class Presented(Grant):
    """A presented consent before it is signed. `terms` carry the patient's revokedAllAt as their stamp."""

    number: int = 0

    def message(self) -> Message:
        stamp = {"document": self.document, "revokedAllAt": self.terms.stamp, "number": self.number}
        return Message("PresentedConsent", {**self._fields(), **stamp})

    def with_signature(self, signature: bytes) -> tuple[Any, ...]:
        *start, signed = super().with_signature(signature)
        return (*start, self.number, signed)


@dataclass(frozen=True)
class Revocation:
    """A revocation before it is signed."""

    patient: Any
    signed_at: int
    grantee: int = HOSPITAL
    scope: bytes = ANY

    def message(self) -> Message:
        fields = {"patient": address_of(self.patient), "grantee": self.grantee, "scope": self.scope}
        return Message("Revocation", {**fields, "signedAt": self.signed_at})

    def signed(self, domain: Domain, signer: Any = None) -> tuple[Any, ...]:
        """IConsentRegistry.SignedRevocation."""
        return self.with_signature(self.message().signed(domain, key_of(signer or self.patient)))

    def with_signature(self, signature: bytes) -> tuple[Any, ...]:
        return address_of(self.patient), self.grantee, self.scope, self.signed_at, signature


def address_of(account: Any) -> str:
    return str(getattr(account, "address", account))


def terms_at(stamp: int, **changes: Any) -> ConsentTerms:
    """The usual terms with a stamp."""
    return replace(TERMS, stamp=stamp, **changes)


def signature_for(message: Message, domain: Domain, signer: Any) -> bytes:
    return message.signed(domain, key_of(signer))


def recorded_status(consents: Any, patient: Any, use: Use = USE, grantee: int = HOSPITAL, scope: bytes = ANY) -> str:
    """What checkRecorded answers, by name."""
    return STATUSES[consents.checkRecorded(patient, grantee, scope, *use.arguments())]


def presented_status(consents: Any, presented: tuple[Any, ...], use: Use = USE) -> str:
    """What checkPresented answers, by name."""
    return STATUSES[consents.checkPresented(presented, *use.arguments())]
