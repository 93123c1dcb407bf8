"""The accounting is complete, proven without trust in the custodian, and accepted by a verifier of others."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pymerkle
import pytest
import rfc8785
from pymerkle.proof import InclusionProof

from carechain.accounting import Accounting, account, details_of, holder_of, verify
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, EntryKind, LogKind
from carechain.merkle_log import leaf_hash
from carechain.record_log import tree_of
from tests.helpers.suite import CLINIC, HOSPITAL
from tests.unit.records.conftest import OTHER


def accounted(custody, patient):
    return account(custody.catalogue, custody.vault.log, HOSPITAL, patient.subject, patient.id)


@pytest.fixture
def looked(custody, patient):
    """Three looks, two refusals about the patient and one about somebody else."""
    for purpose in ("TREAT", "HMARKT", "TREAT", "HMARKT", "TREAT"):
        custody.ask(purpose=purpose)
    custody.ask(OTHER)
    custody.gateway.anchor()
    return accounted(custody, patient)


def outcomes(accounting):
    told = sorted(map(details_of, accounting.decisions), key=lambda details: details.at)
    return [details.outcome for details in told]


def test_every_decision_about_the_patient_is_there_and_none_about_others(looked):
    assert sorted(outcomes(looked)) == ["denied", "denied", "granted", "granted", "granted"]


def test_it_holds_without_the_chain_and_against_it(custody, looked):
    verify(looked, HOSPITAL, looked.subject)
    verify(looked, HOSPITAL, looked.subject, custody.vault.log)


def test_it_reads_back_from_its_file(looked):
    again = Accounting.from_values(json.loads(json.dumps(looked.to_values())))
    assert again == looked


def test_another_implementation_accepts_every_proof(looked):
    for decision in looked.decisions:
        size, root = looked.logs[decision.subject]
        peer_accepts(decision.leaf, decision.position, decision.count, decision.proof, decision.entry[-32:])
        peer_accepts(leaf_hash(decision.entry), decision.index, size, decision.entry_proof, root)


def peer_accepts(leaf, index, size, path, root):
    rule = pymerkle.InmemoryTree.init_from_entries([b""] * size).prove_inclusion(index + 1, size).rule
    proof = InclusionProof("sha256", True, size, index + 1, rule, [leaf, *path])
    pymerkle.verify_inclusion(leaf, root, proof, index + 1, size)


def test_what_waits_in_the_journal_is_not_in_it_yet(custody, patient):
    custody.ask(purpose="HMARKT")
    assert accounted(custody, patient).decisions == ()


def test_an_accounting_that_leaves_a_look_out_is_found_out(looked):
    for number, decision in enumerate(looked.decisions):
        shorter = replace(looked, decisions=looked.decisions[:number] + looked.decisions[number + 1 :])
        if decision.subject == looked.subject:
            with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
                verify(shorter, HOSPITAL, looked.subject)


def test_an_accounting_that_leaves_an_entry_out_is_found_out(looked):
    with pytest.raises(CarechainError, match="leaves entries of the patient's log out"):
        verify(replace(looked, decisions=looked.decisions[:2], entries=looked.entries[:1]), HOSPITAL, looked.subject)


def test_a_look_left_out_of_a_batch_is_found_out(custody, patient):
    for _ in range(2):  # anchored together, as after the node was away
        with pytest.MonkeyPatch.context() as away:
            away.setattr(custody.gateway, "anchor", lambda denials: [])
            custody.ask()
    custody.gateway.anchor()
    found = accounted(custody, patient)
    assert [decision.count for decision in found.decisions] == [2, 2]
    verify(found, HOSPITAL, found.subject)
    with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
        verify(replace(found, decisions=found.decisions[:1]), HOSPITAL, found.subject)
    with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
        verify(replace(found, decisions=found.decisions[:1] * 2), HOSPITAL, found.subject)


def test_a_look_cannot_be_hidden_behind_another_one_told_twice(custody, patient):
    """A proof of the last leaf of two also holds for the third place of three, were there one."""
    for _ in range(2):
        with pytest.MonkeyPatch.context() as away:
            away.setattr(custody.gateway, "anchor", lambda denials: [])
            custody.ask()
    custody.gateway.anchor()
    found = accounted(custody, patient)
    last = found.decisions[1]
    forged = replace(found, decisions=(last, replace(last, position=2, count=3)))
    with pytest.raises(CarechainError, match="names another size of its batch than the log"):
        verify(forged, HOSPITAL, found.subject)


def test_a_journal_that_lost_a_batch_is_found_out(custody, patient, looked):
    custody.catalogue._db.execute("UPDATE batches SET root = ? WHERE id = (SELECT batch FROM decisions)", (bytes(32),))
    with pytest.raises(CarechainError, match="lacks decisions that the patient's log on the chain has"):
        accounted(custody, patient)


def test_a_journal_that_lost_a_look_gives_no_accounting_that_verifies(custody, patient, looked):
    custody.catalogue._db.execute("DELETE FROM decisions WHERE id = 1")
    with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
        verify(accounted(custody, patient), HOSPITAL, patient.subject)


def test_it_is_of_one_patient_at_one_custodian(custody, looked):
    nobody = custody.account(17)
    empty = (0, tree_of([]).root())
    forged = Accounting(HOSPITAL, nobody, looked.block, {nobody: empty, OWN_STREAM: empty}, empty, (), (), ())
    for expected in ((HOSPITAL, looked.subject), (CLINIC, nobody)):
        with pytest.raises(CarechainError, match="is of another patient, or of another custodian"):
            verify(forged, *expected)


def test_what_was_asked_is_what_the_requester_signed(custody, looked):
    first = looked.decisions[0]
    for lie in (b'"outcome":"denied"', b'"organisation":9'):
        opening = first.opening.replace(b'"outcome":"granted"', lie).replace(b'"organisation":3', lie)
        altered = replace(first, opening=opening)
        with pytest.raises(CarechainError, match="is not what its leaf stands for"):
            verify(replace(looked, decisions=(altered, *looked.decisions[1:])), HOSPITAL, looked.subject)


def test_a_custodian_that_noted_another_outcome_or_request_is_found_out(custody, patient, monkeypatch):
    dumps = rfc8785.dumps
    lies = {"outcome": "denied"}
    liar = SimpleNamespace(dumps=lambda values: dumps({**values, **lies}))
    monkeypatch.setattr("carechain.gateway.rfc8785", liar)
    custody.ask(nonce="0" * 32)
    with pytest.raises(CarechainError, match="tells other outcomes than the log"):
        verify(accounted(custody, patient), HOSPITAL, patient.subject)
    lies = {"operator": custody.account(18)}
    custody.ask(nonce="1" * 32)
    with pytest.raises(CarechainError, match="is not what its requester signed"):
        verify(accounted(custody, patient), HOSPITAL, patient.subject)


def test_who_holds_keys_is_proven(custody, patient):
    found = accounted(custody, patient)
    assert [holder_of(key) for key in found.keys] == [CLINIC] * 3
    verify(found, HOSPITAL, patient.subject, custody.vault.log)
    first = found.keys[0]
    forged = replace(first, opening=first.opening[:32] + bytes(4) + first.opening[36:])
    with pytest.raises(CarechainError, match="Key 1 is not what its leaf stands for"):
        verify(replace(found, keys=(forged,)), HOSPITAL, patient.subject)


def test_a_batch_that_was_anchored_twice_is_told_once_and_holds(custody, patient):
    custody.ask()
    (batch,) = custody.catalogue.batches_of(patient.subject, EntryKind.DISCLOSURES)
    custody.vault.log.anchor([batch], custody.vault.custodian.sender, "again")
    found = accounted(custody, patient)
    assert len({decision.opening for decision in found.decisions}) == 1
    verify(found, HOSPITAL, patient.subject, custody.vault.log)


def test_it_outlives_an_erasure_and_a_return(custody, patient, looked):
    custody.vault.erase(patient, custody.catalogue.records(patient.id))
    found = account(custody.catalogue, custody.vault.log, HOSPITAL, patient.subject, None)
    assert outcomes(found) == ["granted"] * 3
    verify(found, HOSPITAL, patient.subject, custody.vault.log)
    custody.vault.anchor(LogKind.RECORDS, "erasure")
    again = custody.ingest()
    assert outcomes(accounted(custody, again)) == ["granted"] * 3


def test_the_journal_is_not_erased_while_records_are_left(custody, patient, looked):
    held = custody.catalogue.records(patient.id)
    with pytest.raises(CarechainError, match="is kept while records are left"):
        custody.vault.erase(patient, held[:1], decisions=True)
    assert custody.catalogue.records(patient.id) == held
    custody.vault.erase(patient, held, decisions=True)
    found = account(custody.catalogue, custody.vault.log, HOSPITAL, patient.subject, None)
    assert found.erased == 3
    verify(found, HOSPITAL, patient.subject, custody.vault.log)


@pytest.mark.parametrize("part", ["opening", "entry"])
def test_an_altered_decision_is_found_out(looked, part):
    first = looked.decisions[0]
    value = getattr(first, part)
    altered = replace(first, **{part: value[:40] + bytes([value[40] ^ 1]) + value[41:]})
    with pytest.raises(CarechainError, match="Decision 1"):
        verify(replace(looked, decisions=(altered, *looked.decisions[1:])), HOSPITAL, looked.subject)


def test_an_accounting_of_another_log_is_found_out_on_the_chain(custody, looked):
    empty = (0, tree_of([]).root())
    forged = replace(looked, logs=dict.fromkeys(looked.logs, empty), key_log=empty, entries=(), decisions=(), keys=())
    verify(forged, HOSPITAL, looked.subject)  # an accounting of nothing agrees with itself
    with pytest.raises(CarechainError, match="is of another log than the chain's"):
        verify(forged, HOSPITAL, looked.subject, custody.vault.log)


def test_the_log_of_then_is_a_beginning_of_the_log_of_now(custody, looked):
    """What an auditor who kept a size and a root asks the contract."""
    subject = looked.subject
    size, root = looked.logs[subject]
    custody.ask()
    tree = tree_of(custody.vault.log.entries(LogKind.DISCLOSURES, HOSPITAL, subject))
    proof = tree.consistency_proof(size)
    registry = custody.chain.contract("RecordRegistry").functions
    asked = (LogKind.DISCLOSURES, HOSPITAL, subject, size)
    assert registry.continues(*asked, root, proof).call()
    assert not registry.continues(*asked, bytes(32), proof).call()


def test_erased_details_are_proven_to_have_been(custody, patient, looked):
    custody.catalogue.erase_decisions(patient.subject, patient.id)
    found = accounted(custody, patient)
    assert found.erased == len(found.decisions) == 5
    verify(found, HOSPITAL, patient.subject, custody.vault.log)
    shorter = replace(found, decisions=found.decisions[1:])
    with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
        verify(shorter, HOSPITAL, patient.subject)


@pytest.mark.parametrize("values", [{}, {"custodian": "x"}, {"decisions": 1}])
def test_what_is_no_accounting_is_refused(looked, values):
    with pytest.raises(CarechainError, match="The accounting is malformed"):
        Accounting.from_values({**looked.to_values(), **values} if values else {})


def test_the_clinic_is_named(looked):
    assert {details_of(decision).organisation for decision in looked.decisions} == {CLINIC}
