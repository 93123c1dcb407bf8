"""From what a consent document means to what has to be signed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from eth_account.signers.local import LocalAccount

from carechain.consent_scope import MAX_PARTS, Scope
from carechain.consents import GOOD, SIGNATURE_LIFETIME, STANDINGS, Consents, DocumentCommitment, Recorded, SignedCall
from carechain.errors import CarechainError
from carechain.fhir.consent import Translation
from carechain.fhir.findings import Refusal
from carechain.receipts import Receipt, Receipts
from carechain.wallet import Wallet


@dataclass(frozen=True)
class Plan:
    """What applying a document does. With any refusal there are no bundles.

    A bundle holds the calls for one of the patient's addresses. Each goes into a transaction of its own: together they
    would tell everyone that the addresses are one patient's.
    """

    grants: tuple[Recorded, ...] = ()
    withdrawn: tuple[str, ...] = ()
    bundles: tuple[tuple[SignedCall, ...], ...] = ()
    refusals: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    notes: tuple[str, ...] = ()


class Planner:
    """Plans for one patient. `signer` gives the key that signs for a pseudonym: its own, or a representative's."""

    def __init__(
        self,
        consents: Consents,
        wallet: Wallet,
        receipts: Receipts,
        now: int,
        representative: LocalAccount | None = None,
    ) -> None:
        self._consents = consents
        self._wallet = wallet
        self._receipts = receipts.all()
        self._now = now
        self._representative = representative

    def plan(self, translation: Translation, document: str) -> Plan:
        """`document` names the FHIR Consent across its versions: a later version replaces what an earlier one granted,
        whatever part of it is no longer there included; another document's consents are left as they are."""
        refusals = [*translation.refusals, *self._standing_refusals(translation), *self._signer_refusals(translation)]
        if refusals:
            return Plan(refusals=tuple(refusals))
        own = self._own(document)
        refusals = [*self._version_refusals(translation, own), *self._receipt_refusals(translation)]
        if refusals:
            return Plan(refusals=tuple(refusals))
        # Another salt towards every grantee: one reference in two places would tell that both are one patient's.
        receipts = {
            grantee: self._receipt(translation, document, grantee)
            for grantee in sorted({grant.grantee for grant in translation.grants})
        }
        grants = self._placed(translation, document, own, receipts)
        everything, single = self._withdrawn(translation, own)
        for grant in grants:
            single.pop((grant.grantee, grant.scope), None)  # granting it anew replaces what stands there
        calls = [self._revoke_all(grantee, at) for grantee, at in everything.items()]
        calls += [
            self._consents.signed_revocation(self._signer(grantee), self._patient(grantee), grantee, scope)
            for grantee, scope in single
        ]
        calls += [
            self._consents.signed_grant(self._signer(grant.grantee), grant, everything.get(grant.grantee, 0))
            for grant in grants
        ]
        withdrawn = [f"organisation {grantee}: everything" for grantee in everything] + list(single.values())
        return Plan(
            tuple(grants),
            tuple(withdrawn),
            _bundled(calls),
            (),
            tuple(
                replace(receipt, scopes=tuple(g.scope for g in grants if g.grantee == grantee), signed_at=self._now)
                for grantee, receipt in receipts.items()
            ),
            self._version_notes(translation, own),
        )

    def revoke(self, grantee: int) -> tuple[tuple[SignedCall, ...], ...]:
        """Everything that the grantee was given, recorded or presented: one write, since the pseudonym is its alone.
        What a representative gave it under another pseudonym is revoked besides."""
        calls = [self._revoke_all(grantee, self._revocation_time(grantee))]
        for number in self._pseudonyms_that_granted_to(grantee):
            for consent in self._consents.recorded(self._patient(number), grantee):
                calls.append(
                    self._consents.signed_revocation(self._signer(number), consent.patient, grantee, consent.scope)
                )
        return _bundled(calls)

    def known_grantees(self) -> list[int]:
        """The organisations that ever were granted something by this patient, or for which something was signed that
        may still be submitted."""
        granted = {number for number, _ in self._grants()}
        return sorted(granted | {receipt.grantee for receipt in self._receipts})

    def _pseudonyms_that_granted_to(self, grantee: int) -> list[int]:
        return sorted(number for number, granted_to in self._grants() if granted_to == grantee != number)

    def _grants(self) -> set[tuple[int, int]]:
        """Which pseudonym, by the organisation it is meant for, ever granted to which organisation."""
        count = self._consents.organisation_count()
        by_patient = {self._patient(number): number for number in range(1, count + 1)}
        return {(by_patient[patient], grantee) for patient, grantee in self._consents.grants_of(list(by_patient))}

    def _version_refusals(self, translation: Translation, own: list[Recorded]) -> list[Refusal]:
        newest = max((_version(consent) for consent in own), default=0)
        if newest <= translation.version:
            return []
        reason = f"is {translation.version}, and version {newest} of this document is in force"
        return [Refusal("Consent.meta.versionId", reason, "apply the newest version, or revoke what it granted first")]

    def _version_notes(self, translation: Translation, own: list[Recorded]) -> tuple[str, ...]:
        same = {consent.document for consent in own if _version(consent) == translation.version}
        if any(r.reference in same and r.canonical != translation.canonical for r in self._receipts):
            return (f"this replaces another content of the same version {translation.version}",)
        return ()

    def _receipt_refusals(self, translation: Translation) -> list[Refusal]:
        """Without its receipt a consent can't be told from one of an earlier version, which has to give way."""
        references = {receipt.reference for receipt in self._receipts}
        return [
            Refusal(
                "Consent",
                f"is for organisation {grantee}, which holds consents of which no receipt is here",
                "restore the receipts, or revoke what the organisation was given first",
            )
            for grantee in sorted({grant.grantee for grant in translation.grants})
            if any(c.document not in references for c in self._consents.recorded(self._patient(grantee), grantee))
        ]

    def _withdrawn(
        self, translation: Translation, own: list[Recorded]
    ) -> tuple[dict[int, int], dict[tuple[int, Scope], str]]:
        """The grantees from whom everything is withdrawn, with the time of it, and the single consents that are revoked
        besides, in words. Each once: the registry refuses a second revocation of the same second."""
        everything: dict[int, int] = {}
        single: dict[tuple[int, Scope], str] = {}
        for withdrawal in translation.withdrawals:
            for grantee in self.known_grantees() if withdrawal.grantee is None else [withdrawal.grantee]:
                if withdrawal.custodian is None:
                    everything[grantee] = self._revocation_time(grantee)
                    continue
                for consent in self._consents.recorded(self._patient(grantee), grantee):
                    if withdrawal.reaches(grantee, consent.scope):
                        single[grantee, consent.scope] = f"organisation {grantee}: {consent.scope.describe()}"
        for consent in own:
            place = f"organisation {consent.grantee}: {consent.scope.describe()}"
            single.setdefault((consent.grantee, consent.scope), f"{place}, which the new version no longer grants")
        return everything, {place: text for place, text in single.items() if place[0] not in everything}

    def _revoke_all(self, grantee: int, at: int) -> SignedCall:
        return self._consents.signed_revoke_all(self._signer(grantee), self._patient(grantee), at)

    def _revocation_time(self, grantee: int) -> int:
        """Now by the chain, Unix seconds, and later than the last time that everything was revoked."""
        return max(self._now, self._consents.revoked_all_at(self._patient(grantee)) + 1)

    def _placed(
        self, translation: Translation, document: str, own: list[Recorded], receipts: dict[int, Receipt]
    ) -> list[Recorded]:
        """The grants, each under a part in which no other document's consent stands; those of an earlier version of
        this document are taken first."""
        ours = {(consent.grantee, consent.scope) for consent in own}
        taken: dict[tuple[int, Scope], set[int]] = {}
        placed = []
        for grant in translation.grants:
            patient, subject = self._patient(grant.grantee), grant.scope.with_part(0)
            parts = taken.setdefault((grant.grantee, subject), set())
            if not parts:
                for consent in self._consents.recorded(patient, grant.grantee):
                    if consent.scope.with_part(0) == subject and (grant.grantee, consent.scope) not in ours:
                        parts.add(consent.scope.part)
                parts |= self._signed_parts(document, grant.grantee, subject)
            part = next((n for n in range(MAX_PARTS) if n not in parts), None)
            if part is None:
                raise CarechainError(
                    "The patient's consents", f"for organisation {grant.grantee} have no part left", "revoke some first"
                )
            parts.add(part)
            reference = receipts[grant.grantee].reference
            placed.append(Recorded(patient, grant.grantee, subject.with_part(part), grant.terms, reference))
        return placed

    def _signed_parts(self, document: str, grantee: int, subject: Scope) -> set[int]:
        """The parts that other documents are signed for, that a relayer may still submit and nothing has overtaken."""
        patient = self._patient(grantee)
        since = max(self._now - SIGNATURE_LIFETIME, self._consents.revoked_all_at(patient))
        return {
            scope.part
            for receipt in self._receipts
            if receipt.document != document and receipt.grantee == grantee and receipt.signed_at > since
            for scope in receipt.scopes
            if scope.with_part(0) == subject and self._consents.terms(patient, grantee, scope).stamp < receipt.signed_at
        }

    def _own(self, document: str) -> list[Recorded]:
        """What earlier versions of this document granted and still stands. The chain decides, by the reference that it
        has; a receipt of something that was never sent counts for nothing."""
        references = {receipt.reference: receipt.grantee for receipt in self._receipts if receipt.document == document}
        return [
            consent
            for grantee in sorted(set(references.values()))
            for consent in self._consents.recorded(self._patient(grantee), grantee)
            if consent.document in references
        ]

    def _receipt(self, translation: Translation, document: str, grantee: int) -> Receipt:
        commitment = DocumentCommitment.of(translation.canonical, translation.version)
        return Receipt(document, grantee, commitment.reference, commitment.salt, translation.canonical)

    def _standing_refusals(self, translation: Translation) -> list[Refusal]:
        refusals = []
        for grantee in sorted({grant.grantee for grant in translation.grants}):
            standing = self._consents.standing(grantee)
            if standing != GOOD:
                elements = next(grant.elements for grant in translation.grants if grant.grantee == grantee)
                refusals.append(
                    Refusal(
                        elements[0] if elements else "Consent.provision",
                        f"grants to organisation {grantee}, which is not an accredited organisation in standing "
                        f"({STANDINGS[standing]})",
                        "name an organisation in standing, or correct the directory",
                    )
                )
        return refusals

    def _signer_refusals(self, translation: Translation) -> list[Refusal]:
        place = "Consent.performer"
        if self._representative is None:
            if translation.performers and translation.patient not in translation.performers:
                return [
                    Refusal(
                        place,
                        "is not the patient, whose key would sign",
                        "sign as the representative: representative=<account of the keystore>",
                    )
                ]
            return []
        grantees = {grant.grantee for grant in translation.grants} | {w.grantee for w in translation.withdrawals} - {
            None
        }
        for grantee in sorted(g for g in grantees if g is not None):
            if not self._consents.may_act_for(self._patient(grantee), self._representative.address):
                reason = f"is not recorded as a representative towards organisation {grantee}, or no longer"
                return [Refusal(place, reason, "let the patient appoint the representative first")]
        return []

    def _patient(self, grantee: int) -> str:
        return self._wallet.towards(grantee).address

    def _signer(self, grantee: int) -> LocalAccount:
        return self._representative or self._wallet.towards(grantee)


def _version(consent: Recorded) -> int:
    return int.from_bytes(consent.document[-2:], "big")


def _bundled(calls: list[SignedCall]) -> tuple[tuple[SignedCall, ...], ...]:
    """The calls by the patient's address they are for, in their order."""
    bundles: dict[str, list[SignedCall]] = {}
    for call in calls:
        bundles.setdefault(call.patient, []).append(call)
    return tuple(tuple(bundle) for bundle in bundles.values())
