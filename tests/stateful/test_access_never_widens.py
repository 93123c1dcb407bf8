"""Whatever is called, by whomever, with whatever signature: no unauthorised call widens access to a patient's data.

Random calls by patients, representatives, guardians, operators and strangers run against the chain and against
consent_model.py. After each of them:

- the chain refused exactly what the model refuses, with the same error;
- every tracked answer of the registry and of EmergencyAccess is the model's;
- unless somebody entitled to it acted or signed, nothing is permitted that was not permitted before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from brownie.test.stateful import state_machine
from hypothesis import HealthCheck
from hypothesis import strategies as st

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consent_terms import Use as ModelUse
from carechain.data_categories import class_bit, label_bit
from carechain.governance import DAY
from carechain.purpose_of_use import index_of, mask_of
from tests.helpers.consents import ANY, DOCUMENT, STATUSES, Grant, Presented, Revocation, Use, signature_for
from tests.helpers.eip712 import Domain, Message
from tests.helpers.suite import CLINIC, HOSPITAL, Suite, now, pass_time
from tests.stateful.consent_model import ConsentModel, Shown
from tests.stateful.node import Node

CONDITION, OBSERVATION, HIV = class_bit("Condition"), class_bit("Observation"), label_bit("HIV")
GRANTEES = (HOSPITAL, CLINIC)
SCOPES = (ANY, Scope.of_custodian(CLINIC).to_bytes())
USES = (
    Use(index_of("TREAT"), CONDITION),
    Use(index_of("COC"), CONDITION | HIV),
    Use(index_of("HRESCH"), OBSERVATION),
)
TERMS = (
    ConsentTerms(mask_of("TREAT"), CONDITION | OBSERVATION),
    ConsentTerms(mask_of("HPAYMT", "HRESCH"), (1 << 48) - 1),
    ConsentTerms(mask_of("TREAT", "HRESCH"), CONDITION | OBSERVATION | HIV),
    ConsentTerms(mask_of("COC"), CONDITION | HIV, data_from=1_000, data_to=50_000),
)
PERMITTED = STATUSES.index("Permitted")
CARER = 2


class AccessNeverWidens:
    """The rules. Strategies are named after the arguments that take them."""

    patient = st.sampled_from(["patient", "other_patient"])
    actor = st.sampled_from(
        ["patient"] * 3
        + ["other_patient", "representative", "representative", "recovery_guardian", "new_key", "second_new_key"]
        + ["hospital", "clinic", "auditor", "guardian", "stranger"]
    )
    grantee = st.sampled_from(GRANTEES)
    scope = st.sampled_from(SCOPES)
    terms = st.sampled_from(TERMS)
    expires = st.sampled_from([None, None, DAY, 20 * DAY])
    age = st.sampled_from([0, 0, 0, 0, 1, 2, 30, DAY, 31 * DAY, -1_000])
    number = st.sampled_from([0, 7, 215])
    key = st.sampled_from(["new_key", "second_new_key"])
    late = st.sampled_from([0, 0, 0, 1, -1])
    emergency = st.integers(0, 3)
    seconds = st.sampled_from([10, 3_600, 3_600, DAY, 25 * DAY])

    def __init__(cls, suite: Suite, accounts: dict[str, Any]) -> None:  # noqa: N805 - Brownie calls it on the class
        cls.suite = suite
        cls.accounts = accounts
        cls.domain = Domain.of(suite.consents)
        abis = suite.participants.abi, suite.consents.abi, suite.emergencies.abi
        cls.node = Node(suite.chain.web3, *abis)

    def setup(self) -> None:
        self.model = ConsentModel(now())
        self.shown: list[tuple[Shown, tuple[Any, ...]]] = []
        self.permitted: set[tuple[Any, ...]] = set()
        self.entitled = True

    # ------------------------------------------------------------------ granting and withdrawing

    def rule_grant(self, actor, patient, grantee, scope, terms, expires):
        terms = self._ending(terms, expires)
        consents, whom = self.suite.consents, self._address(patient)
        if actor == patient:
            self._call(actor, consents.grant, grantee, scope, terms.pack(), DOCUMENT)
        else:
            self._call(actor, consents.grantFor, whom, grantee, scope, terms.pack(), DOCUMENT)
        self.entitled = self.model.may_widen(actor, patient)
        self._expect(self.model.grant(actor, patient, grantee, scope, terms))

    def rule_grant_as_patient(self, patient, grantee, scope, terms, expires):
        self.rule_grant(patient, patient, grantee, scope, terms, expires)

    def rule_grant_signed_by_patient(self, patient, grantee, scope, terms, expires):
        self.rule_grant_signed(patient, patient, grantee, scope, terms, expires, 0)

    def rule_grant_signed(self, actor, patient, grantee, scope, terms, expires, age):
        terms = replace(self._ending(terms, expires), stamp=now() - age)
        grant = Grant(self.accounts[patient], terms, grantee, scope)
        signed = grant.signed(self.domain, self.accounts[actor])
        self._call("stranger", self.suite.consents.grantBySignature, signed)
        self.entitled = self.model.may_widen(actor, patient)
        self._expect(self.model.grant_signed(actor, patient, grantee, scope, terms, terms.stamp))

    def rule_revoke(self, actor, patient, grantee, scope):
        self._call(actor, self.suite.consents.revokeFor, self._address(patient), grantee, scope)
        entitled = self.model.may_narrow(actor, patient)
        self._expect(self.model.revoke(actor, patient, grantee, scope))
        assert entitled is (self.refusal is None)

    def rule_revoke_signed(self, actor, patient, grantee, scope, age):
        stamp = now() - age
        signed = Revocation(self.accounts[patient], stamp, grantee, scope).signed(self.domain, self.accounts[actor])
        self._call("stranger", self.suite.consents.revokeBySignature, signed)
        self._expect(self.model.revoke_signed(actor, patient, grantee, scope, stamp))

    def rule_revoke_all(self, actor, patient):
        self._call(actor, self.suite.consents.revokeAllFor, self._address(patient))
        entitled = self.model.may_narrow(actor, patient)
        self._expect(self.model.revoke_all(actor, patient))
        assert entitled is (self.refusal is None)

    def rule_revoke_all_signed(self, actor, patient, age):
        stamp = now() - age
        signature = self._signature(actor, "RevokeAll", patient=self._address(patient), signedAt=stamp)
        call = self.suite.consents.revokeAllBySignature
        self._call("stranger", call, self._address(patient), stamp, signature)
        self._expect(self.model.revoke_all_signed(actor, patient, stamp))

    def rule_present(self, actor, patient, grantee, scope, terms, number, late):
        stamp = max(self.model.revoked_all_at(patient) + late, 0)
        terms = replace(terms, stamp=stamp)
        presented = Presented(self.accounts[patient], terms, grantee, scope, number=number)
        shown = Shown(patient, grantee, scope, terms, stamp, number, actor)
        self.shown = [*self.shown[-5:], (shown, presented.signed(self.domain, self.accounts[actor]))]
        # Older ones move up, so the sets before and after are of different consents: the model judges this step.
        self.entitled = True

    def rule_present_as_patient(self, patient, grantee, scope, terms, number):
        self.rule_present(patient, patient, grantee, scope, terms, number, 0)

    def rule_revoke_presented(self, actor, patient, number):
        self._call(actor, self.suite.consents.revokePresentedFor, self._address(patient), number)
        entitled = self.model.may_narrow(actor, patient)
        self._expect(self.model.revoke_presented(actor, patient, number))
        assert entitled is (self.refusal is None)

    def rule_revoke_what_was_shown(self):
        """The latest, which a number taken at random seldom hits."""
        if self.shown:
            shown, _ = self.shown[-1]
            self.rule_revoke_presented(shown.patient, shown.patient, shown.number)

    def rule_show_and_revoke(self, patient, grantee, scope, terms, number):
        self.rule_present_as_patient(patient, grantee, scope, terms, number)
        self.invariant_the_chain_answers_as_the_model()
        self.rule_revoke_what_was_shown()

    # ------------------------------------------------------------------ representatives and recovery

    def rule_appoint(self, actor, patient, late, expires):
        until = now() + (expires or 100 * DAY)
        version = max(self.model.versions.get((patient, "representative"), 0) + 1 + late, 0)
        fields = {"representative": self._address("representative"), "kind": CARER, "until": until, "version": version}
        signature = self._signature(actor, "AppointRepresentative", patient=self._address(patient), **fields)
        call = self.suite.consents.appointRepresentativeBySignature
        self._call("stranger", call, self._address(patient), *fields.values(), signature)
        self.entitled = self.model.not_in_control(actor, patient) is None
        self._expect(self.model.appoint_signed(actor, patient, "representative", until, version))

    def rule_appoint_as_patient(self, patient, expires):
        self.rule_appoint(patient, patient, 0, expires)

    def rule_represent(self, patient, grantee, scope, terms, expires):
        self.rule_grant("representative", patient, grantee, scope, terms, expires)

    def rule_dismiss(self, actor, patient, key):
        whom = key if key == "new_key" else "representative"
        self._call(actor, self.suite.consents.dismissRepresentative, self._address(patient), self._address(whom))
        self._expect(self.model.dismiss(actor, patient, whom))

    def rule_plan(self, actor, patient):
        guardians = ["recovery_guardian"]
        named = [self._address(name) for name in guardians]
        self._call(actor, self.suite.consents.planRecovery, self._address(patient), named, 1, DAY)
        self._expect(self.model.plan(actor, patient, guardians, 1, DAY))

    def rule_approve(self, actor, patient, key):
        self._call(actor, self.suite.consents.approveRecovery, self._address(patient), self._address(key))
        self._expect(self.model.approve(actor, patient, key))

    def rule_approve_as_named(self, patient, key):
        self.rule_approve("recovery_guardian", patient, key)

    def rule_cancel(self, actor, patient):
        self._call(actor, self.suite.consents.cancelRecovery, self._address(patient))
        self._expect(self.model.cancel(actor, patient))

    def rule_finish(self, actor, patient, key):
        self._call(actor, self.suite.consents.finishRecovery, self._address(patient), self._address(key))
        refusal = self.model.finish(patient, key)
        self.entitled = refusal is None  # the guardians were, and the patient let the delay pass
        self._expect(refusal)

    def rule_recover(self, patient, grantee, scope, key):
        """The whole way, which random steps seldom find, with a consent of the old key under way."""
        self.rule_present_as_patient(patient, grantee, scope, TERMS[0], 7)
        self.rule_plan(patient, patient)
        self.rule_approve("recovery_guardian", patient, key)
        self.rule_time(DAY)
        self.rule_finish("stranger", patient, key)

    # ------------------------------------------------------------------ the pause, emergencies, time

    def rule_pause(self, actor):
        self._call(actor, self.suite.consents.pauseRelaying)
        self._expect(None if actor == "guardian" else "AccessManagedUnauthorized")
        self.model.paused = self.model.paused or actor == "guardian"

    def rule_resume(self, actor):
        self._call(actor, self.suite.consents.resumeRelaying)
        self.entitled = actor == "guardian"
        self._expect(None if actor == "guardian" else "AccessManagedUnauthorized")
        self.model.paused = self.model.paused and actor != "guardian"

    def rule_resume_as_guardian(self):
        self.rule_resume("guardian")

    def rule_open_emergency(self, actor, patient):
        provider = {"hospital": HOSPITAL, "clinic": CLINIC}.get(actor)
        arguments = self._address(patient), CONDITION | HIV, 0, 7_200, bytes(32)
        self._call(actor, self.suite.emergencies.openEmergency, *arguments)
        self.entitled = provider is not None
        self._expect(self.model.open_emergency(provider, patient, 7_200))

    def rule_open_emergency_as_hospital(self, patient):
        self.rule_open_emergency("hospital", patient)

    def rule_end_emergency(self, actor, emergency):
        organisation = {"hospital": HOSPITAL, "clinic": CLINIC}.get(actor)
        self._call(actor, self.suite.emergencies.endEmergency, emergency)
        self._expect(self.model.end_emergency(emergency, actor, organisation))

    def rule_review_emergency(self, actor, emergency):
        self._call(actor, self.suite.emergencies.reviewEmergency, emergency, 2, bytes(32))
        self._expect(self.model.review_emergency(emergency, actor == "auditor"))

    def rule_time(self, seconds):
        self.model.now = pass_time(seconds)

    # ------------------------------------------------------------------ what must hold after every step

    def invariant_the_chain_answers_as_the_model(self):
        self.model.now = now()
        answered = self._permitted_on_chain()
        assert answered == self._permitted_in_model()
        if not self.entitled:
            assert answered <= self.permitted, "an unauthorised call widened access"
        self.permitted = answered
        self.entitled = False

    # ------------------------------------------------------------------ internals

    def _call(self, actor, call, *arguments):
        """Sends it, and keeps with which error it was refused, if it was."""
        self.refusal = self.node.send(self._address(actor), call._address, call.encode_input(*arguments))
        self.model.now = now()  # refused transactions are mined, too
        self.entitled = False

    def _expect(self, refusal):
        assert self.refusal == refusal
        if refusal is not None:
            self.entitled = False

    def _ending(self, terms, expires):
        return terms if expires is None else replace(terms, not_after=now() + expires)

    def _address(self, name):
        return self.accounts[name].address

    def _signature(self, signer, type_name, **fields):
        return signature_for(Message(type_name, fields), self.domain, self.accounts[signer])

    def _tracked(self):
        return [
            (patient, grantee, scope, use)
            for patient in ("patient", "other_patient")
            for grantee in GRANTEES
            for scope in SCOPES
            for use in USES
        ]

    def _permitted_on_chain(self):
        consents, emergencies = self.suite.consents, self.suite.emergencies
        is_open = emergencies.isEmergencyOpen.encode_input
        recorded = self._tracked()
        presented = [(index, use) for index in range(len(self.shown)) for use in USES]
        asked = [
            consents.checkRecorded.encode_input(self._address(patient), grantee, scope, *use.arguments())
            for patient, grantee, scope, use in recorded
        ] + [consents.checkPresented.encode_input(self.shown[index][1], *use.arguments()) for index, use in presented]
        answers = [int.from_bytes(answer, "big") for answer in self.node.answers(consents, asked)]
        permitted = {what for what, answer in zip(recorded + presented, answers, strict=True) if answer == PERMITTED}
        return permitted | {
            (patient, provider)
            for patient in ("patient", "other_patient")
            for provider in GRANTEES
            if any(self.node.answer(emergencies.address, is_open(self._address(patient), provider, CONDITION | HIV)))
        }

    def _permitted_in_model(self):
        model = self.model
        uses = {use: ModelUse(use.purpose, use.categories, model.now, use.data_from) for use in USES}
        recorded = {
            (patient, grantee, scope, use)
            for patient, grantee, scope, use in self._tracked()
            if model.is_recorded_permitted(patient, grantee, scope, uses[use])
        }
        presented = {
            (index, use)
            for index, (shown, _) in enumerate(self.shown)
            for use in USES
            if model.is_presented_permitted(shown, uses[use])
        }
        emergencies = {
            (patient, provider)
            for patient in ("patient", "other_patient")
            for provider in GRANTEES
            if model.is_emergency_open(patient, provider)
        }
        return recorded | presented | emergencies


@pytest.fixture
def actors(request):
    """The accounts that the rules name."""
    names = {name for value in (AccessNeverWidens.actor, AccessNeverWidens.key) for name in value.elements}
    return {name: request.getfixturevalue(name) for name in sorted(names)}


def test_no_unauthorised_call_ever_widens_access(suite, actors):
    settings = {
        "max_examples": 30,
        "stateful_step_count": 20,
        "derandomize": True,  # the same calls on every run: CI must not be a lottery
        "suppress_health_check": list(HealthCheck),
    }
    state_machine(AccessNeverWidens, suite, actors, settings=settings)
