"""From a translated document to what is signed: whole or not at all, and nothing of other documents touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account

from carechain.consent_plan import Planner
from carechain.consent_scope import MAX_PARTS, Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import PERMITTED, STATUSES, Recorded
from carechain.contract_errors import ContractRefusal
from carechain.data_categories import class_bit
from carechain.errors import CarechainError
from carechain.fhir.consent import Grant, Translation, Withdrawal
from carechain.fhir.findings import Refusal
from carechain.purpose_of_use import index_of, mask_of
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY, now, pass_time

CONDITION, SPECIMEN = class_bit("Condition"), class_bit("Specimen")
TREAT = index_of("TREAT")
USE = (TREAT, CONDITION, (0, 0))
EVERY = ConsentTerms(mask_of("TREAT"), CONDITION | SPECIMEN)
CONDITIONS = ConsentTerms(mask_of("TREAT"), CONDITION)
SPECIMENS = ConsentTerms(mask_of("TREAT"), SPECIMEN)
ANY = Scope.any()
BASE = Translation(
    source="consent.json",
    patient="Patient/1",
    performers=("Patient/1",),
    canonical=b"{}",
    version=1,
    grants=(),
    withdrawals=(),
    refusals=(),
    notes=(),
)


def document(*grants, withdrawals=(), **changes):
    """A translation that grants (grantee, scope, terms) and withdraws (grantee, custodian)."""
    return replace(
        BASE,
        grants=tuple(Grant(grantee, scope, terms, ("Consent.provision",)) for grantee, scope, terms in grants),
        withdrawals=tuple(Withdrawal(*reach, ("Consent.provision",)) for reach in withdrawals),
        **changes,
    )


def calls_of(plan):
    return [call for bundle in plan.bundles for call in bundle]


class Applying:
    """Plans and submits as `consent apply` does, each time with the receipts there are."""

    def __init__(self, chain, consents, wallet, receipts, relay):
        self.chain, self.consents, self.wallet, self.receipts, self.relay = chain, consents, wallet, receipts, relay

    def planner(self, representative=None):
        return Planner(self.consents, self.wallet, self.receipts, self.chain.now(), representative)

    def __call__(self, translation, name="Consent/1", representative=None, at_once=False):
        """`at_once`: in the second of the chain in which the last change was made."""
        if not at_once:
            pass_time(1)
        plan = self.planner(representative).plan(translation, name)
        assert plan.refusals == ()
        for receipt in plan.receipts:
            self.receipts.add(receipt)
        for bundle in plan.bundles:
            self.relay.submit_together(bundle, "apply")
        return plan

    def revoke(self, grantee):
        for bundle in self.planner().revoke(grantee):
            self.relay.submit_together(bundle, "revoke")

    def standing(self, grantee):
        """What is recorded: (scope, classes) of every consent."""
        patient = self.wallet.towards(grantee).address
        return {(found.scope, found.terms.classes) for found in self.consents.recorded(patient, grantee)}

    def status(self, grantee, scope=ANY, use=USE):
        return STATUSES[self.consents.check(self.wallet.towards(grantee).address, grantee, scope, *use)]


@pytest.fixture
def apply(suite_chain, patients_side, wallet, receipts, relay):
    return Applying(suite_chain, patients_side, wallet, receipts, relay)


# What a document grants


def test_what_is_granted_stands_as_it_was_planned(apply):
    plan = apply(document((HOSPITAL, ANY, CONDITIONS), (CLINIC, Scope.of_custodian(HOSPITAL), SPECIMENS)))
    assert apply.standing(HOSPITAL) == {(ANY, CONDITION)}
    assert apply.standing(CLINIC) == {(Scope.of_custodian(HOSPITAL), SPECIMEN)}
    assert apply.status(HOSPITAL) == STATUSES[PERMITTED]
    assert plan.withdrawn == ()


def test_every_grantee_has_another_patient_and_another_reference(apply):
    plan = apply(document((HOSPITAL, ANY, CONDITIONS), (CLINIC, ANY, CONDITIONS), (HOSPITAL, ANY, SPECIMENS)))
    assert len({grant.patient for grant in plan.grants}) == 2
    assert len({grant.document for grant in plan.grants}) == 2
    assert {receipt.reference for receipt in plan.receipts} == {grant.document for grant in plan.grants}


def test_several_boxes_stand_in_several_parts(apply):
    plan = apply(document((HOSPITAL, ANY, CONDITIONS), (HOSPITAL, ANY, SPECIMENS)))
    assert [grant.scope.part for grant in plan.grants] == [0, 1]
    assert apply.standing(HOSPITAL) == {(ANY, CONDITION), (ANY.with_part(1), SPECIMEN)}


def test_the_plan_changes_nothing_before_it_is_sent(apply, receipts, suite_chain):
    before = suite_chain.web3.eth.block_number
    assert apply.planner().plan(document((HOSPITAL, ANY, CONDITIONS)), "Consent/1").bundles
    assert suite_chain.web3.eth.block_number == before
    assert receipts.all() == []


# The same document again, and a later version of it


def test_the_same_document_again_stands_in_the_same_parts(apply):
    for _ in range(3):
        plan = apply(document((HOSPITAL, ANY, CONDITIONS), (HOSPITAL, ANY, SPECIMENS)))
        assert plan.withdrawn == ()
    assert apply.standing(HOSPITAL) == {(ANY, CONDITION), (ANY.with_part(1), SPECIMEN)}


def test_a_new_version_revokes_what_it_no_longer_grants(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS), (HOSPITAL, ANY, SPECIMENS), (CLINIC, ANY, EVERY)))
    plan = apply(document((HOSPITAL, ANY, SPECIMENS), version=2))
    assert apply.standing(HOSPITAL) == {(ANY, SPECIMEN)}
    assert apply.standing(CLINIC) == set()
    assert len(plan.withdrawn) == 2
    assert apply.status(CLINIC) == "revoked"
    assert apply.status(HOSPITAL, ANY.with_part(1)) == "revoked"


def test_a_new_version_is_known_by_the_document_not_by_its_grantee(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS)))
    apply(document((CLINIC, ANY, CONDITIONS), version=2))
    assert apply.standing(HOSPITAL) == set()
    assert apply.standing(CLINIC) == {(ANY, CONDITION)}


def test_other_documents_of_the_same_grantee_are_left_as_they_are(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS)), "Consent/1")
    apply(document((HOSPITAL, ANY, SPECIMENS)), "Consent/2")
    assert apply.standing(HOSPITAL) == {(ANY, CONDITION), (ANY.with_part(1), SPECIMEN)}
    apply(document((HOSPITAL, ANY, EVERY), (HOSPITAL, ANY, CONDITIONS), version=2), "Consent/2")
    assert apply.standing(HOSPITAL) == {
        (ANY, CONDITION),
        (ANY.with_part(1), CONDITION | SPECIMEN),
        (ANY.with_part(2), CONDITION),
    }
    apply(document((HOSPITAL, ANY, SPECIMENS), version=3), "Consent/2")
    assert apply.standing(HOSPITAL) == {(ANY, CONDITION), (ANY.with_part(1), SPECIMEN)}


def test_what_another_document_revoked_leaves_its_part_free(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS)), "Consent/1")
    apply(document((CLINIC, ANY, CONDITIONS), version=2), "Consent/1")
    plan = apply(document((HOSPITAL, ANY, SPECIMENS)), "Consent/2")
    assert [grant.scope.part for grant in plan.grants] == [0]


def test_without_the_receipt_of_what_stands_a_grantee_is_granted_nothing_more(apply, receipts):
    """It could be of an earlier version of the same document, which would have to give way."""
    apply(document((HOSPITAL, ANY, CONDITIONS)))
    for receipt in receipts.all():
        receipts.remove(receipt)
    (refusal,) = apply.planner().plan(document((HOSPITAL, ANY, SPECIMENS), version=2), "Consent/1").refusals
    assert f"organisation {HOSPITAL}, which holds consents of which no receipt is here" in refusal.reason
    apply(document((CLINIC, ANY, SPECIMENS)), "Consent/2")
    assert apply.standing(CLINIC) == {(ANY, SPECIMEN)}


def test_an_earlier_version_never_replaces_a_later_one(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS), version=3))
    (refusal,) = apply.planner().plan(document((HOSPITAL, ANY, EVERY), version=2), "Consent/1").refusals
    assert refusal.element == "Consent.meta.versionId"
    assert refusal.reason == "is 2, and version 3 of this document is in force"


def test_another_content_under_the_same_version_is_noted(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS)))
    assert apply(document((HOSPITAL, ANY, CONDITIONS))).notes == ()
    (note,) = apply(document((HOSPITAL, ANY, SPECIMENS), canonical=b'{"changed":1}')).notes
    assert "another content of the same version 1" in note


def test_what_is_for_several_addresses_of_a_patient_is_in_no_transaction_together(apply, suite_chain):
    """Else whoever looks at the chain would know that the addresses are one patient's."""
    grants = document((HOSPITAL, ANY, CONDITIONS), (CLINIC, ANY, EVERY), (HOSPITAL, ANY, SPECIMENS))
    assert [{call.patient for call in bundle} for bundle in apply(grants).bundles] == [
        {apply.wallet.towards(HOSPITAL).address},
        {apply.wallet.towards(CLINIC).address},
    ]
    apply(document((CLINIC, ANY, EVERY), version=2))
    apply(document(withdrawals=[(None, None)]), "Consent/2")
    names = ("ConsentGranted", "ConsentRevoked", "AllConsentsRevoked")
    patients = {}
    for event in suite_chain.events("ConsentRegistry", names, {}):
        patients.setdefault(event.transaction, set()).add(event.values["patient"])
    assert len(patients) >= 5
    assert all(len(found) == 1 for found in patients.values())


def test_a_failed_send_leaves_no_claim(apply, receipts):
    """The receipt of what was never sent is there; the chain doesn't have its reference, so it counts for nothing."""
    apply(document((HOSPITAL, ANY, CONDITIONS)), "Consent/2")
    for receipt in apply.planner().plan(document((HOSPITAL, ANY, EVERY)), "Consent/1").receipts:
        receipts.add(receipt)
    plan = apply(document((CLINIC, ANY, EVERY), version=2), "Consent/1")
    assert plan.withdrawn == ()
    assert apply.standing(HOSPITAL) == {(ANY, CONDITION)}


def test_one_refused_part_takes_its_whole_bundle_with_it(apply):
    over = replace(CONDITIONS, not_after=now() - 1)
    with pytest.raises(ContractRefusal) as caught:
        apply(document((HOSPITAL, ANY, EVERY), (HOSPITAL, ANY, over)))
    assert caught.value.name == "ConsentPeriodEnded"
    assert apply.standing(HOSPITAL) == set()


def test_without_a_free_part_it_is_refused(apply, monkeypatch):
    full = [
        Recorded(apply.wallet.towards(HOSPITAL).address, HOSPITAL, ANY.with_part(part), CONDITIONS, bytes(32))
        for part in range(MAX_PARTS)
    ]
    monkeypatch.setattr(apply.consents, "recorded", lambda *arguments: full)
    monkeypatch.setattr(Planner, "_receipt_refusals", lambda *arguments: [])
    with pytest.raises(CarechainError, match="have no part left"):
        apply.planner().plan(document((HOSPITAL, ANY, CONDITIONS)), "Consent/1")


# Withdrawals


def test_a_withdrawal_from_one_grantee_leaves_the_others(apply):
    apply(document((HOSPITAL, ANY, EVERY), (CLINIC, ANY, EVERY)), "Consent/1")
    plan = apply(document(withdrawals=[(CLINIC, None)]), "Consent/2")
    assert plan.withdrawn == (f"organisation {CLINIC}: everything",)
    assert apply.status(CLINIC) == "revoked"
    assert apply.status(HOSPITAL) == STATUSES[PERMITTED]


def test_a_withdrawal_from_everybody_reaches_all_who_were_granted_something(apply):
    apply(document((HOSPITAL, ANY, EVERY), (CLINIC, Scope.of_custodian(LABORATORY), EVERY)), "Consent/1")
    plan = apply(document(withdrawals=[(None, None)]), "Consent/2")
    assert len(plan.withdrawn) == 2
    assert apply.status(HOSPITAL) == "revoked"
    assert apply.status(CLINIC, Scope.of_custodian(LABORATORY)) == "revoked"


def test_a_withdrawal_about_a_custodian_reaches_its_data_and_data_of_any_source(apply):
    own, other = Scope.of_custodian(LABORATORY), Scope.of_custodian(CLINIC)
    apply(document((HOSPITAL, ANY, EVERY), (HOSPITAL, own, EVERY), (HOSPITAL, other, EVERY)), "Consent/1")
    apply(document(withdrawals=[(None, LABORATORY)]), "Consent/2")
    assert apply.standing(HOSPITAL) == {(other, EVERY.classes)}


def test_a_withdrawal_about_two_custodians_revokes_what_reaches_both_once(apply):
    apply(document((HOSPITAL, ANY, EVERY), (HOSPITAL, Scope.of_custodian(CLINIC), EVERY)), "Consent/1")
    plan = apply(document(withdrawals=[(None, LABORATORY), (None, CLINIC)]), "Consent/2")
    assert len(calls_of(plan)) == len(set(plan.withdrawn)) == 2
    assert apply.standing(HOSPITAL) == set()


def test_a_withdrawal_when_nothing_was_granted_has_nothing_to_send(apply):
    assert apply(document(withdrawals=[(None, None), (None, CLINIC)])).bundles == ()


def test_a_named_grantee_is_withdrawn_from_even_without_a_record(apply):
    """It may hold a presented consent."""
    assert len(calls_of(apply(document(withdrawals=[(HOSPITAL, None)])))) == 1


@pytest.mark.parametrize("reach", [(None, None), (HOSPITAL, None), (None, LABORATORY)])
def test_a_version_that_withdraws_what_its_earlier_version_granted_does_so_once(apply, reach):
    apply(document((HOSPITAL, ANY, EVERY)), "Consent/1")
    plan = apply(document(withdrawals=[reach], version=2), "Consent/1")
    assert len(calls_of(plan)) == len(plan.withdrawn) == 1
    assert apply.status(HOSPITAL) == "revoked"


@pytest.mark.parametrize("reach", [(None, None), (HOSPITAL, None), (None, LABORATORY)])
def test_a_document_that_withdraws_and_grants_leaves_what_it_grants(apply, reach):
    """Again and again, within one second of the chain as well."""
    apply(document((HOSPITAL, ANY, EVERY)), "Consent/0")
    for at_once in (False, True, False):
        apply(document((HOSPITAL, ANY, CONDITIONS), withdrawals=[reach]), "Consent/1", at_once=at_once)
    standing = {scope for scope, _ in apply.standing(HOSPITAL) if apply.status(HOSPITAL, scope) == STATUSES[PERMITTED]}
    (scope,) = standing
    assert apply.status(HOSPITAL, scope, (TREAT, SPECIMEN, (0, 0))) == "category not covered"


def test_revoking_one_grantee_is_one_write(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS), (HOSPITAL, ANY, SPECIMENS), (CLINIC, ANY, EVERY)))
    ((call,),) = apply.planner().revoke(HOSPITAL)
    assert call.method == "revokeAllBySignature"
    apply.revoke(HOSPITAL)
    assert apply.status(HOSPITAL) == apply.status(HOSPITAL, ANY.with_part(1), (TREAT, SPECIMEN, (0, 0))) == "revoked"
    assert apply.status(CLINIC) == STATUSES[PERMITTED]
    assert apply.planner().known_grantees() == [HOSPITAL, CLINIC]


def test_after_revoking_everything_the_document_can_be_given_again(apply):
    apply(document((HOSPITAL, ANY, CONDITIONS)))
    apply.revoke(HOSPITAL)
    apply(document((HOSPITAL, ANY, CONDITIONS)))
    assert apply.status(HOSPITAL) == STATUSES[PERMITTED]


# Refusals


def test_a_refused_translation_plans_nothing(apply):
    refusal = Refusal("Consent.status", "is not active", "")
    plan = apply.planner().plan(document((HOSPITAL, ANY, EVERY), refusals=(refusal,)), "Consent/1")
    assert (plan.refusals, plan.bundles, plan.receipts) == ((refusal,), (), ())


def test_a_grantee_that_nobody_accredited_is_refused(apply):
    (refusal,) = apply.planner().plan(document((HOSPITAL, ANY, EVERY), (99, ANY, EVERY)), "Consent/1").refusals
    assert refusal.element == "Consent.provision"
    assert "organisation 99, which is not an accredited organisation in standing (unknown)" in refusal.reason


def test_a_number_beyond_the_registers_is_refused(apply):
    (refusal,) = apply.planner().plan(document((1 << 32, ANY, EVERY)), "Consent/1").refusals
    assert "(unknown)" in refusal.reason


def test_a_suspended_grantee_is_refused_but_can_be_withdrawn_from(apply, participants, supervisor):
    apply(document((HOSPITAL, ANY, EVERY)), "Consent/1")
    participants.suspend(HOSPITAL, 0, bytes(32), {"from": supervisor})
    plan = apply.planner().plan(document((HOSPITAL, ANY, EVERY), version=2), "Consent/1")
    assert "(suspended)" in plan.refusals[0].reason
    assert plan.bundles == ()
    apply(document(withdrawals=[(HOSPITAL, None)]), "Consent/2")
    assert apply.status(HOSPITAL) == "revoked"


# Representatives

PARENT = Account.from_key("0x" + "31" * 32)
BY_PARENT = ("RelatedPerson/1",)


@pytest.fixture
def appointed(apply, wallet, suite_chain, payer):
    """The patient appoints the parent towards the hospital, for a day."""
    patient, until = wallet.towards(HOSPITAL), now() + 86_400
    values = {
        "patient": patient.address,
        "representative": PARENT.address,
        "kind": 0,
        "until": until,
        "version": 1,
    }
    signature = apply.consents.domain.sign(patient, "AppointRepresentative", values)
    registry = suite_chain.contract("ConsentRegistry").functions
    call = registry.appointRepresentativeBySignature(patient.address, PARENT.address, 0, until, 1, signature)
    suite_chain.send(call, payer, "appoint")


def test_a_consent_that_somebody_else_gave_is_not_signed_with_the_patients_key(apply):
    (refusal,) = apply.planner().plan(document((HOSPITAL, ANY, EVERY), performers=BY_PARENT), "Consent/1").refusals
    assert (refusal.element, refusal.reason) == ("Consent.performer", "is not the patient, whose key would sign")


@pytest.mark.parametrize("performers", [(), ("Patient/1",), ("RelatedPerson/1", "Patient/1")])
def test_a_consent_that_the_patient_gave_too_is_signed(apply, performers):
    apply(document((HOSPITAL, ANY, EVERY), performers=performers))
    assert apply.status(HOSPITAL) == STATUSES[PERMITTED]


@pytest.mark.usefixtures("appointed")
def test_a_recorded_representative_signs(apply):
    plan = apply(document((HOSPITAL, ANY, EVERY), performers=BY_PARENT), representative=PARENT)
    assert apply.status(HOSPITAL) == STATUSES[PERMITTED]
    assert not apply.consents.terms(plan.grants[0].patient, HOSPITAL, ANY).by_patient


@pytest.mark.usefixtures("appointed")
def test_a_representative_towards_one_grantee_does_not_act_towards_another(apply):
    translation = document((HOSPITAL, ANY, EVERY), (CLINIC, ANY, EVERY), performers=BY_PARENT)
    (refusal,) = apply.planner(PARENT).plan(translation, "Consent/1").refusals
    assert f"not recorded as a representative towards organisation {CLINIC}" in refusal.reason


@pytest.mark.usefixtures("appointed")
def test_a_representative_whose_time_is_over_does_not_act(apply):
    pass_time(86_400)
    for translation in (document((HOSPITAL, ANY, EVERY)), document(withdrawals=[(HOSPITAL, None)])):
        (refusal,) = apply.planner(PARENT).plan(translation, "Consent/1").refusals
        assert "not recorded as a representative" in refusal.reason


def test_a_stranger_does_not_act(apply):
    (refusal,) = apply.planner(PARENT).plan(document((HOSPITAL, ANY, EVERY)), "Consent/1").refusals
    assert refusal.element == "Consent.performer"
