"""A patient's consents on the chain: what is recorded, and what to sign to change it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from eth_account.signers.local import LocalAccount

from carechain.chain import Chain
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.typed_data import Domain, consent_values

STATUSES = (
    "not granted",
    "permitted",
    "revoked",
    "not yet valid",
    "expired",
    "purpose not covered",
    "category not covered",
    "outside the data period",
    "not a use of data",
    "signature invalid",
    "paused",
    "grantee not in standing",
)
"""IConsentRegistry.ConsentStatus in words, by its number."""
PERMITTED = STATUSES.index("permitted")

STANDINGS = ("unknown", "good", "suspended", "withdrawn", "licence expired", "role missing")
"""IParticipants.Standing in words, by its number."""
GOOD = STANDINGS.index("good")

SIGNATURE_LIFETIME = 30 * 86_400
"""Seconds for which a signed grant may be submitted, as ConsentRegistry.SIGNATURE_LIFETIME has it."""

_DOCUMENT_HASH_BYTES = 30


@dataclass(frozen=True)
class Recorded:
    """A consent as the registry holds it, or is to hold it; `document` is the reference to its text."""

    patient: str
    grantee: int
    scope: Scope
    terms: ConsentTerms
    document: bytes


@dataclass(frozen=True)
class SignedCall:
    """A signed grant or revocation, ready for anyone to submit."""

    method: str
    arguments: tuple[Any, ...]

    @property
    def patient(self) -> str:
        """The address it is for: the first thing that every signed call names."""
        first = self.arguments[0]
        return str(first[0] if isinstance(first, tuple) else first)


@dataclass(frozen=True)
class DocumentCommitment:
    """What of a consent document is on the chain: 30 bytes of its salted hash, and its version.

    Whoever keeps `salt` and the document can prove that this was the text; when either is destroyed, the reference
    proves nothing about anyone.
    """

    salt: bytes
    reference: bytes

    @classmethod
    def of(cls, canonical: bytes, version: int) -> DocumentCommitment:
        """Commits to a canonical document; `version` is held within 16 bits, 65535 standing for any later one."""
        salt = secrets.token_bytes(32)
        digest = hashlib.sha256(salt + canonical).digest()[:_DOCUMENT_HASH_BYTES]
        return cls(salt, digest + min(version, 0xFFFF).to_bytes(2, "big"))


class Consents:
    """The ConsentRegistry from a patient's side."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._registry = chain.contract("ConsentRegistry")
        self._participants = chain.contract("Participants")
        self.domain = Domain(chain.web3.eth.chain_id, self._registry.address)

    def reaching(self, patient: str, grantee: int, custodian: int, block: int | None = None) -> list[Recorded]:
        """Of the consents between the two that stand, those that are about data of a custodian."""
        return self._recorded(patient, grantee, block, lambda scope: scope.reaches(custodian))

    def recorded(self, patient: str, grantee: int, block: int | None = None) -> list[Recorded]:
        """Every consent between the two that stands: neither revoked nor voided, though its period may be over."""
        return self._recorded(patient, grantee, block, lambda scope: True)

    def _recorded(
        self, patient: str, grantee: int, block: int | None, wanted: Callable[[Scope], bool]
    ) -> list[Recorded]:
        granted = self._chain.events(
            "ConsentRegistry", ("ConsentGranted",), {"patient": patient, "grantee": grantee}, block
        )
        documents = {Scope.from_bytes(event.values["scope"]): event.values["document"] for event in granted}
        found = (
            Recorded(patient, grantee, scope, self.terms(patient, grantee, scope, block), document)
            for scope, document in documents.items()
            if wanted(scope)
        )
        return [consent for consent in found if self._stands(consent, block)]

    def _stands(self, consent: Recorded, block: int | None) -> bool:
        terms, patient = consent.terms, consent.patient
        if not terms.purposes or terms.stamp <= self.revoked_all_at(patient, block):
            return False
        return not terms.by_patient or self.may_act_for(patient, patient, block)

    def grants_of(self, patients: list[str]) -> set[tuple[str, int]]:
        """Which of the addresses ever granted anything, and to whom."""
        granted = self._chain.events("ConsentRegistry", ("ConsentGranted",), {"patient": patients})
        return {(event.values["patient"], event.values["grantee"]) for event in granted}

    def terms(self, patient: str, grantee: int, scope: Scope, block: int | None = None) -> ConsentTerms:
        """The recorded word; all zero if there never was one, only a stamp if it is revoked."""
        call = self._registry.functions.termsOf(patient, grantee, scope.to_bytes())
        return ConsentTerms.unpack(self._chain.ask(call, "reading a consent", block))

    def check(
        self,
        patient: str,
        grantee: int,
        scope: Scope,
        purpose: int,
        categories: int,
        days: tuple[int, int],
        block: int | None = None,
    ) -> int:
        """The ConsentStatus of one recorded consent for a use, at a block."""
        call = self._registry.functions.checkRecorded(patient, grantee, scope.to_bytes(), purpose, categories, *days)
        return int(self._chain.ask(call, "checking a consent", block))

    def standing(self, organisation: int, block: int | None = None) -> int:
        """The Standing of an organisation at a block; unknown for a number that no registry holds."""
        if not 0 < organisation < 1 << 32:
            return 0
        call = self._participants.functions.standingOf(organisation, 0)
        return int(self._chain.ask(call, "asking for an organisation's standing", block))

    def organisation_count(self) -> int:
        return int(self._chain.ask(self._participants.functions.organisationCount(), "counting organisations"))

    def may_act_for(self, patient: str, actor: str, block: int | None = None) -> bool:
        """Whether the address may give consent for the patient at a block."""
        call = self._registry.functions.mayActFor(patient, actor)
        return bool(self._chain.ask(call, "asking who acts for the patient", block))

    def revoked_all_at(self, patient: str, block: int | None = None) -> int:
        """When the patient last revoked everything, Unix seconds; 0 if never."""
        call = self._registry.functions.revokedAllAt(patient)
        return int(self._chain.ask(call, "reading a revocation", block))

    def stamp(self, patient: str, grantee: int, scope: Scope, after: int = 0) -> int:
        """When to sign the next change, Unix seconds: now by the chain, and later than `after` and what is recorded."""
        recorded = self.terms(patient, grantee, scope).stamp
        return max(self._chain.now(), recorded + 1, self.revoked_all_at(patient) + 1, after + 1)

    def signed_grant(
        self,
        signer: LocalAccount,
        consent: Recorded,
        after: int = 0,
    ) -> SignedCall:
        """A grant by the patient or by a representative, of terms that are not stamped yet."""
        stamp = self.stamp(consent.patient, consent.grantee, consent.scope, after)
        terms = replace(consent.terms, stamp=stamp)
        values = consent_values(consent.patient, consent.grantee, consent.scope, terms, consent.document)
        signature = self.domain.sign(signer, "Consent", values)
        scope = consent.scope.to_bytes()
        grant = (consent.patient, consent.grantee, scope, terms.pack(), consent.document, signature)
        return SignedCall("grantBySignature", (grant,))

    def signed_revocation(self, signer: LocalAccount, patient: str, grantee: int, scope: Scope) -> SignedCall:
        """A revocation of one consent, by the patient or by a representative."""
        # A revocation also stops what was given in its own second, so it need not wait for the next.
        signed_at = max(self._chain.now(), self.terms(patient, grantee, scope).stamp)
        values = {"patient": patient, "grantee": grantee, "scope": scope.to_bytes(), "signedAt": signed_at}
        signature = self.domain.sign(signer, "Revocation", values)
        return SignedCall("revokeBySignature", ((patient, grantee, scope.to_bytes(), signed_at, signature),))

    def signed_revoke_all(self, signer: LocalAccount, patient: str, signed_at: int) -> SignedCall:
        """Revokes all that was given until `signed_at` (Unix seconds, not after the chain's present)."""
        signature = self.domain.sign(signer, "RevokeAll", {"patient": patient, "signedAt": signed_at})
        return SignedCall("revokeAllBySignature", (patient, signed_at, signature))
