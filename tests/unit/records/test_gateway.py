"""The gateway releases what the chain permits, refuses all else in one way, and logs every look."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from carechain import data_categories, purpose_of_use
from carechain.access_request import LIFETIME, REFUSED, SignedRequest
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import Recorded
from carechain.errors import CarechainError
from carechain.gateway import Gateway
from carechain.log_entries import OWN_STREAM, EntryKind, LogKind
from carechain.relayer import Relayer
from carechain.requester import open_answer, signed_request
from tests.helpers.suite import AUDITOR, CLINIC, HOSPITAL, LABORATORY, pass_time
from tests.unit.records.conftest import ALL, OTHER, PATIENT, record

CLASSES = ["AllergyIntolerance/e", "Condition/c", "Observation/a"]
"""What a consent for all classes and no label covers."""


def disclosures(custody, subject):
    return custody.vault.log.entries(LogKind.DISCLOSURES, HOSPITAL, subject)


def decisions(custody, patient):
    """Those in the patient's own stream."""
    batches = custody.catalogue.batches_of(patient.subject, EntryKind.DISCLOSURES)
    return [decision for batch in batches for decision in custody.catalogue.releases(batch.id)]


def journal(custody, patient):
    return [json.loads(each.details) for each in decisions(custody, patient)]


# ---------------------------------------------------------------------- what is released


def test_a_doctor_reads_exactly_what_was_consented_to(custody, patient):
    assert custody.read() == CLASSES


def test_labels_are_released_only_where_they_were_granted(custody):
    found = custody.ingest()
    custody.share(found, categories=data_categories.ALL_CLASSES | data_categories.label_bit("HIV"))
    assert custody.read() == sorted([*CLASSES, "Observation/b"])


def test_only_what_was_asked_for_is_released(custody, patient):
    assert custody.read(categories=data_categories.class_bit("Observation")) == ["Observation/a"]


def test_a_wider_consent_without_the_key_releases_nothing_more(custody, patient):
    custody.consent(categories=ALL)
    assert custody.read() == CLASSES


def test_a_key_without_consent_releases_nothing(custody, patient):
    custody.consent(categories=data_categories.class_bit("Condition"))
    assert custody.read() == ["Condition/c"]


def test_the_data_period_of_a_consent_counts(custody):
    dated = [record(PATIENT, f"Observation/{day}", "Observation", days=(day, day)) for day in (100, 200, 300)]
    undated = record(PATIENT, "Observation/undated", "Observation")
    found = custody.ingest((*dated, undated))
    custody.share(found, data_from=150, data_to=300)
    assert custody.read() == ["Observation/200", "Observation/300"]


def test_the_purpose_counts(custody, patient):
    assert custody.ask(purpose="TREAT").released
    assert custody.ask(purpose="HRESCH") == REFUSED


def test_the_latest_version_is_released(custody, patient):
    custody.ingest((record(PATIENT, "Condition/c", "Condition", text="asthma"),), {CLINIC: custody.consent()})
    answer = custody.ask(categories=data_categories.class_bit("Condition"))
    key = bytes(custody.organisation_keys[CLINIC].key)
    (opened,) = open_answer(answer, custody.request(), key, custody.vault.log)
    assert opened.resource["note"] == "asthma"


def test_what_is_not_anchored_is_not_released(custody, patient):
    extra = record(PATIENT, "Observation/g", "Observation")
    custody.vault.store(patient, (extra,), {CLINIC: custody.consent()})
    assert custody.read(categories=data_categories.class_bit("Observation")) == ["Observation/a"]


def test_consent_must_stand_at_the_block_and_still(custody, patient):
    before = custody.chain.latest_block()
    custody.consent(categories=data_categories.classes_of("Condition", "Procedure"))
    signed = [signed_request(custody.chain, custody.request(), custody.operator(CLINIC)) for _ in range(3)]
    assert len(custody.gateway.answer(signed[0], before).records) == 1
    assert len(custody.gateway.answer(signed[1]).records) == 1
    assert custody.gateway.answer(signed[2], before - 2) == REFUSED  # before it was given


def test_a_correction_that_is_not_anchored_yet_hides_nothing(custody, patient):
    custody.vault.store(patient, (record(PATIENT, "Condition/c", "Condition", text="asthma"),), {})
    assert custody.read() == CLASSES


@pytest.mark.parametrize("change", ["erased", "withdrawn"])
def test_what_is_taken_away_while_it_is_read_is_refused(custody, patient, monkeypatch, change):
    sealed = custody.vault.sealed

    def meanwhile(records):
        read = sealed(records)
        monkeypatch.setattr(custody.vault, "sealed", sealed)
        if change == "erased":
            custody.vault.erase(patient, custody.catalogue.records(patient.id))
        else:
            custody.vault.unshare(patient, CLINIC, custody.secret(PATIENT))
        return read

    monkeypatch.setattr(custody.vault, "sealed", meanwhile)
    assert custody.ask() == REFUSED


# ---------------------------------------------------------------------- refusals


def refusals(custody):
    """Requests of every kind that has to be refused, by why."""
    stranger = custody.account(18)
    now = custody.chain.now()
    sign = {"operator": CLINIC}
    return {
        "unknown patient": custody.ask(OTHER, **sign),
        "purpose": custody.ask(purpose="HMARKT", **sign),
        "category": custody.ask(categories=data_categories.class_bit("Procedure"), **sign),
        "label": custody.ask(categories=1 << 63 | 1, **sign),
        "another's address": custody.ask(PATIENT, LABORATORY, **sign),
        "another organisation": custody.ask(operator=LABORATORY),
        "no organisation": custody.gateway.answer(signed_request(custody.chain, custody.request(), stranger)),
        "too old": custody.ask(issued_at=now - LIFETIME - 1),
        "of tomorrow": custody.ask(issued_at=now + 86_400),
        "another custodian": custody.ask(custodian=CLINIC),
        "another chain": custody.ask(chain_id=1),
        "another registry": custody.ask(registry=stranger),
        "no signature": custody.gateway.answer(SignedRequest(custody.request(), b"")),
        "nonsense for a signature": custody.gateway.answer(SignedRequest(custody.request(), b"\x01" * 65)),
    }


def test_every_refusal_is_the_same_answer(custody, patient):
    answers = refusals(custody)
    assert {why: answer.to_json() for why, answer in answers.items()} == dict.fromkeys(answers, REFUSED.to_json())


def test_what_is_asked_of_the_chain_does_not_depend_on_what_is_in_the_vault(custody, patient, monkeypatch):
    """Alike for the address of a known patient and of one who is unknown here, and for the cards of both."""
    asked = []
    ask, events = custody.chain.ask, custody.chain.events
    monkeypatch.setattr(custody.chain, "ask", lambda *given: asked.append(given[1]) or ask(*given))
    monkeypatch.setattr(custody.chain, "events", lambda *given: asked.append(given[1]) or events(*given))

    def questions(**fields):
        asked.clear()
        assert not custody.ask(**fields).released
        return list(asked)

    card = {"patient": custody.wallets[PATIENT].key("emergency").address, "purpose": "ETREAT"}
    nobody = {"patient": custody.wallets[OTHER].key("emergency").address, "purpose": "ETREAT"}
    assert questions(**card) == questions(**nobody)
    custody.consent(categories=data_categories.class_bit("Procedure"))
    custody.consent(categories=data_categories.class_bit("Procedure"), reference=OTHER)
    assert questions(reference=PATIENT) == questions(reference=OTHER)
    assert len(questions(reference=PATIENT, purpose="HMARKT")) == len(questions(reference=OTHER, purpose="HMARKT"))


def test_the_number_of_questions_is_bound_by_the_consents_for_this_custodian(custody, patient, monkeypatch):
    key = custody.wallets[OTHER].towards(CLINIC)
    consents = custody.gateway._consents
    for custodian in (LABORATORY, CLINIC, AUDITOR):
        terms = ConsentTerms(purpose_of_use.mask_of("TREAT"), 1)
        recorded = Recorded(key.address, CLINIC, Scope.of_custodian(custodian), terms, bytes(32))
        Relayer(custody.chain, custody.account(9)).submit_together([consents.signed_grant(key, recorded)], "consent")
    asked = []
    ask = custody.chain.ask
    monkeypatch.setattr(custody.chain, "ask", lambda *given: asked.append(given[1]) or ask(*given))
    custody.ask(OTHER)
    assert asked == ["asking for a standing", "asking for emergency access"]


def test_refusals_go_out_at_a_multiple_of_the_pace(custody, monkeypatch):
    slept = []
    clock = SimpleNamespace(monotonic=iter((10.0, 10.6)).__next__, sleep=slept.append)
    monkeypatch.setattr("carechain.gateway.time", clock)
    paced = Gateway(custody.chain, custody.vault, pace=0.25)
    signed = signed_request(custody.chain, custody.request(OTHER), custody.operator(CLINIC))
    assert paced.answer(signed) == REFUSED
    assert slept == [pytest.approx(0.15)]


def test_a_request_is_answered_once(custody, patient):
    signed = signed_request(custody.chain, custody.request(), custody.operator(CLINIC))
    assert custody.gateway.answer(signed).released
    assert custody.gateway.answer(signed) == REFUSED


def test_withdrawal_bites_on_the_next_read(custody, patient):
    assert custody.ask().released
    key = custody.wallets[PATIENT].towards(CLINIC)
    registry = custody.chain.contract("ConsentRegistry").functions
    consents = custody.gateway._consents
    signed = consents.signed_revoke_all(key, key.address, custody.chain.now())
    custody.chain.send(getattr(registry, signed.method)(*signed.arguments), custody.account(9), "revoke")
    assert custody.ask() == REFUSED


def test_what_comes_after_a_withdrawal_is_not_for_whom_it_was_withdrawn_from(custody, patient):
    """Not even with a new consent, until the patient hands the keys over again."""
    custody.vault.unshare(patient, CLINIC, custody.secret(PATIENT))
    assert custody.catalogue.sharers(patient.id) == []
    later = record(PATIENT, "Condition/c", "Condition", text="asthma")
    custody.ingest((later, record(PATIENT, "Observation/g", "Observation")))
    custody.consent()
    assert custody.ask() == REFUSED
    custody.share(patient, categories=data_categories.class_bit("Condition"))
    assert custody.read() == ["Condition/c"]


def test_a_suspended_organisation_is_refused(custody, patient, suite, supervisor):
    suite.participants.suspend(CLINIC, 0, b"\x01" * 32, {"from": supervisor})
    assert custody.ask() == REFUSED


# ---------------------------------------------------------------------- emergencies


def open_emergency(custody, categories, provider=CLINIC):
    card = custody.wallets[PATIENT].key("emergency").address
    emergencies = custody.chain.contract("EmergencyAccess").functions
    call = emergencies.openEmergency(card, categories, 0, 3_600, b"\x01" * 32)
    custody.chain.send(call, custody.operator(provider), "open emergency access")
    return card


def test_an_emergency_releases_what_was_opened_without_the_patients_keys(custody):
    custody.ingest()
    card = open_emergency(custody, data_categories.class_bit("AllergyIntolerance"))
    assert custody.read(patient=card, purpose="ETREAT") == ["AllergyIntolerance/e"]


def test_an_emergency_is_over_in_time(custody):
    custody.ingest()
    card = open_emergency(custody, data_categories.class_bit("AllergyIntolerance"))
    pass_time(3_600)
    assert custody.ask(patient=card, purpose="ETREAT") == REFUSED


def test_an_emergency_of_one_provider_is_none_of_anothers(custody):
    custody.ingest()
    card = open_emergency(custody, data_categories.class_bit("AllergyIntolerance"), HOSPITAL)
    assert custody.ask(patient=card, purpose="ETREAT") == REFUSED


# ---------------------------------------------------------------------- the journal


def test_a_look_is_in_the_patients_log_before_it_is_answered(custody, patient):
    custody.ask()
    (entry,) = disclosures(custody, patient.subject)
    assert entry.counts == (1, 0, 0)
    (details,) = journal(custody, patient)
    assert (details["outcome"], details["organisation"]) == ("granted", CLINIC)
    assert len(details["records"]) == len(CLASSES)
    signed = SignedRequest.from_json(details["request"])
    assert (signed.request.purpose, signed.operator()) == ("TREAT", details["operator"])


def test_without_a_log_there_is_no_look(custody, patient, monkeypatch):
    def refuse(*arguments):
        raise CarechainError("The node", "did not answer")

    monkeypatch.setattr(custody.vault.log, "anchor", refuse)
    with pytest.raises(CarechainError, match="The node did not answer"):
        custody.ask()


def test_a_look_that_could_not_be_anchored_is_anchored_with_the_next(custody, patient, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(custody.vault.log, "anchor", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            custody.ask()
    custody.reopened()
    assert custody.ask().released
    assert [entry.counts for entry in disclosures(custody, patient.subject)] == [(1, 0, 0), (1, 0, 0)]


def test_refusals_wait_and_go_into_the_custodians_own_log(custody, patient):
    custody.ask(purpose="HMARKT")
    custody.ask(OTHER)
    assert disclosures(custody, OWN_STREAM) == disclosures(custody, patient.subject) == []
    custody.gateway.anchor()
    (entry,) = disclosures(custody, OWN_STREAM)
    assert entry.counts == (0, 0, 2)
    assert disclosures(custody, patient.subject) == []


def test_an_emergency_is_logged_as_one(custody):
    found = custody.ingest()
    card = open_emergency(custody, data_categories.class_bit("AllergyIntolerance"))
    custody.ask(patient=card, purpose="ETREAT")
    (entry,) = disclosures(custody, found.subject)
    assert entry.counts == (0, 1, 0)


def test_equal_decisions_have_different_leaves(custody, patient):
    """Each has a salt, so that nobody can tell from the chain that the same was decided again."""
    custody.ask()
    custody.ask()
    first, second = decisions(custody, patient)
    assert first.salt != second.salt
    assert first.leaf != second.leaf


def test_a_refusal_is_noted_for_whom_it_was_about_and_by_whom(custody, patient):
    custody.ask(purpose="HMARKT")
    stranger = signed_request(custody.chain, custody.request(), custody.account(18))
    custody.gateway.answer(stranger)
    custody.gateway.anchor()
    batch = custody.catalogue.batches_of(OWN_STREAM, EntryKind.DISCLOSURES)[0]
    noted = [json.loads(decision.details) for decision in custody.catalogue.releases(batch.id)]
    assert [(each["organisation"], each["operator"]) for each in noted] == [
        (CLINIC, custody.operator(CLINIC)),
        (0, custody.account(18)),
    ]
    assert len(custody.catalogue.refusals(patient.id)) == 1
