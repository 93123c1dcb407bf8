"""The accounting is complete, proven without trust in the custodian, and accepted by a verifier of others."""

from __future__ import annotations

import json
from dataclasses import replace

import pymerkle
import pytest
from pymerkle.proof import InclusionProof

from carechain import data_categories
from carechain.accounting import Accounting, account, verify
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, LogKind
from carechain.merkle_log import leaf_hash
from carechain.record_log import tree_of
from tests.helpers.suite import CLINIC, HOSPITAL
from tests.unit.records.conftest import OTHER


@pytest.fixture
def patient(custody):
    found = custody.ingest()
    custody.share(found, categories=data_categories.ALL_CLASSES)
    return found


@pytest.fixture
def looked(custody, patient):
    """Three looks, two refusals about the patient and one about somebody else."""
    for purpose in ("TREAT", "HMARKT", "TREAT", "HMARKT", "TREAT"):
        custody.ask(purpose=purpose)
    custody.ask(OTHER)
    custody.gateway.anchor()
    return account(custody.catalogue, custody.vault.log, HOSPITAL, patient)


def outcomes(accounting):
    return [decision.details["outcome"] for decision in accounting.decisions]


def test_every_decision_about_the_patient_is_there_and_none_about_others(looked):
    assert outcomes(looked) == ["granted", "denied", "granted", "denied", "granted"]


def test_it_holds_without_the_chain_and_against_it(custody, looked):
    verify(looked)
    verify(looked, custody.vault.log)


def test_it_reads_back_from_its_file(looked):
    again = Accounting.from_values(json.loads(json.dumps(looked.to_values())))
    assert again == looked


def test_another_implementation_accepts_every_proof(looked):
    for decision in looked.decisions:
        size, root = looked.logs[decision.subject]
        peer_accepts(
            leaf_hash(decision.opening), decision.position, decision.count, decision.proof, decision.entry[-32:]
        )
        peer_accepts(leaf_hash(decision.entry), decision.index, size, decision.entry_proof, root)


def peer_accepts(leaf, index, size, path, root):
    rule = pymerkle.InmemoryTree.init_from_entries([b""] * size).prove_inclusion(index + 1, size).rule
    proof = InclusionProof("sha256", True, size, index + 1, rule, [leaf, *path])
    pymerkle.verify_inclusion(leaf, root, proof, index + 1, size)


def test_what_waits_in_the_journal_is_not_in_it_yet(custody, patient):
    custody.ask(purpose="HMARKT")
    assert account(custody.catalogue, custody.vault.log, HOSPITAL, patient).decisions == ()


def test_an_accounting_that_leaves_a_look_out_is_found_out(looked):
    for number, decision in enumerate(looked.decisions):
        shorter = replace(looked, decisions=looked.decisions[:number] + looked.decisions[number + 1 :])
        if decision.subject == looked.subject:
            with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
                verify(shorter)


def test_an_accounting_that_leaves_an_entry_out_is_found_out(looked):
    with pytest.raises(CarechainError, match="leaves entries of the patient's log out"):
        verify(replace(looked, decisions=looked.decisions[:2], entries=looked.entries[:1]))


def test_a_look_left_out_of_a_batch_is_found_out(custody, patient):
    for _ in range(2):  # anchored together, as after the node was away
        with pytest.MonkeyPatch.context() as away:
            away.setattr(custody.gateway, "anchor", lambda denials: [])
            custody.ask()
    custody.gateway.anchor()
    found = account(custody.catalogue, custody.vault.log, HOSPITAL, patient)
    assert [decision.count for decision in found.decisions] == [2, 2]
    verify(found)
    with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
        verify(replace(found, decisions=found.decisions[:1]))
    with pytest.raises(CarechainError, match="leaves decisions of the patient's log out"):
        verify(replace(found, decisions=found.decisions[:1] * 2))


def test_a_journal_that_lost_a_look_is_found_out(custody, patient, looked):
    custody.catalogue._db.execute("DELETE FROM decisions WHERE id = 1")
    with pytest.raises(CarechainError, match="lacks 1 decisions that the patient's log on the chain has"):
        account(custody.catalogue, custody.vault.log, HOSPITAL, patient)


@pytest.mark.parametrize("part", ["opening", "entry"])
def test_an_altered_decision_is_found_out(looked, part):
    first = looked.decisions[0]
    value = getattr(first, part)
    altered = replace(first, **{part: value[:40] + bytes([value[40] ^ 1]) + value[41:]})
    with pytest.raises(CarechainError, match="Decision 1"):
        verify(replace(looked, decisions=(altered, *looked.decisions[1:])))


def test_an_accounting_of_another_log_is_found_out_on_the_chain(custody, looked):
    forged = replace(looked, logs={**looked.logs, OWN_STREAM: (1, bytes(32))}, decisions=(), entries=())
    forged = replace(forged, logs={**forged.logs, looked.subject: (0, tree_of([]).root())})
    verify(forged)  # an accounting of nothing agrees with itself
    with pytest.raises(CarechainError, match="is of another log than the chain's"):
        verify(forged, custody.vault.log)


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


def test_erased_details_are_counted(custody, patient, looked):
    custody.catalogue.erase_decisions(patient.id)
    found = account(custody.catalogue, custody.vault.log, HOSPITAL, patient)
    assert (found.decisions, found.erased) == ((), 3)
    verify(found, custody.vault.log)


@pytest.mark.parametrize("values", [{}, {"custodian": "x"}, {"decisions": 1}])
def test_what_is_no_accounting_is_refused(looked, values):
    with pytest.raises(CarechainError, match="The accounting is malformed"):
        Accounting.from_values({**looked.to_values(), **values} if values else {})


def test_the_clinic_is_named(looked):
    assert {decision.details["organisation"] for decision in looked.decisions} == {CLINIC}
