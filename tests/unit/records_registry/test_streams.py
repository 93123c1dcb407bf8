"""Streams do not touch, entries that belong together go together, and anybody can prove what a log holds."""

import pymerkle
import pytest

from tests.helpers import rfc9162
from tests.helpers.record_entries import DISCLOSURES_LOG, OWN, RECORDS_LOG, entry_of, record_entry
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL

ROOT = bytes(range(1, 33))
EMPTY = "0x" + rfc9162.root([]).hex()


@pytest.fixture
def told(records, patient, hospital):
    """A log of records of every kind, as its events tell it: the entries in their order."""
    calls = [records.anchorRecords.encode_input(patient, 5, 4, ROOT)]
    for index in range(4):
        calls.append(records.anchorEnvelopes.encode_input(patient, index + 1, ROOT))
        calls.append(records.anchorCorrection.encode_input(patient, index, 1 << index, 1, ROOT))
        calls.append(records.anchorErasure.encode_input(patient, index, 1))
    entries = {}
    for sent in (records.multicall(calls[:7], {"from": hospital}), records.multicall(calls[7:], {"from": hospital})):
        for name, events in sent.events.items():
            for event in events:
                entries[event["index"]] = entry_of(name, event, sent.timestamp)
    return [entries[index] for index in range(13)]


def test_no_stream_is_touched_by_another(records, patient, other_patient, hospital, clinic):
    streams = [
        (kind, organisation, subject)
        for kind in (RECORDS_LOG, DISCLOSURES_LOG)
        for organisation in (HOSPITAL, CLINIC)
        for subject in (OWN, patient, other_patient)
    ]
    operators = {HOSPITAL: hospital, CLINIC: clinic}
    seen = dict.fromkeys(streams, (0, EMPTY))
    for stream in streams:
        kind, organisation, subject = stream
        assert records.logOf(*stream) == (0, EMPTY)
        if kind == RECORDS_LOG:
            records.anchorRecords(subject, 0, 1, ROOT, {"from": operators[organisation]})
        else:
            records.logDisclosures(subject, 1, 0, 0, ROOT, {"from": operators[organisation]})
        seen[stream] = records.logOf(*stream)
        assert seen[stream][0] == 1
        assert {other: records.logOf(*other) for other in streams} == seen
    assert len({bytes(root) for _, root in seen.values()}) == len(streams)


def test_subjects_and_organisations_that_differ_in_one_bit_are_apart(records, patient, hospital):
    records.anchorRecords(patient, 0, 1, ROOT, {"from": hospital})
    records.logDisclosures(patient, 1, 0, 0, ROOT, {"from": hospital})
    whom = int(patient.address, 16)
    neighbours = [(HOSPITAL, f"0x{whom ^ 1 << bit:040x}") for bit in range(160)]
    neighbours += [(HOSPITAL ^ 1 << bit, patient) for bit in range(32)]
    asked = [
        records.logOf.encode_input(kind, *stream) for kind in (RECORDS_LOG, DISCLOSURES_LOG) for stream in neighbours
    ]
    assert {str(answer) for answer in records.multicall.call(asked)} == {"0x" + bytes(32).hex() + EMPTY[2:]}


def test_one_leaf_never_stands_in_two_streams(records, patient, hospital, clinic):
    first = records.anchorRecords(patient, 0, 1, ROOT, {"from": hospital})
    entry = record_entry(0, HOSPITAL, patient, first.timestamp, 0, 1, 0, ROOT)
    records.anchorRecords(patient, 0, 1, ROOT, {"from": clinic})
    assert records.includes(RECORDS_LOG, HOSPITAL, patient, entry, 0, [])
    assert not records.includes(RECORDS_LOG, CLINIC, patient, entry, 0, [])
    assert not records.includes(DISCLOSURES_LOG, HOSPITAL, patient, entry, 0, [])
    assert not records.includes(RECORDS_LOG, HOSPITAL, OWN, entry, 0, [])


def test_events_and_block_times_rebuild_the_log(records, patient, told):
    assert records.logOf(RECORDS_LOG, HOSPITAL, patient) == (13, "0x" + rfc9162.root(told).hex())


def test_every_entry_is_proved_to_be_in_the_log(records, patient, told):
    for index, entry in enumerate(told):
        proof = rfc9162.inclusion_proof(index, told)
        assert records.includes(RECORDS_LOG, HOSPITAL, patient, entry, index, proof)
        assert not records.includes(RECORDS_LOG, HOSPITAL, patient, entry + b"\0", index, proof)
        assert not records.includes(RECORDS_LOG, HOSPITAL, patient, entry, index + 1, proof)
        assert not records.includes(RECORDS_LOG, HOSPITAL, patient, entry, index, proof[1:])


def test_every_earlier_log_is_proved_to_be_its_beginning(records, patient, told):
    for size in range(1, 13):
        old, proof = rfc9162.root(told[:size]), rfc9162.consistency_proof(size, told)
        assert records.continues(RECORDS_LOG, HOSPITAL, patient, size, old, proof)
        assert not records.continues(RECORDS_LOG, HOSPITAL, patient, size, rfc9162.root(told[1 : size + 1]), proof)
        assert not records.continues(RECORDS_LOG, HOSPITAL, patient, size, old, proof[1:])
    assert records.continues(RECORDS_LOG, HOSPITAL, patient, 0, EMPTY, [])
    assert records.continues(RECORDS_LOG, HOSPITAL, patient, 13, rfc9162.root(told), [])
    assert not records.continues(RECORDS_LOG, HOSPITAL, patient, 14, rfc9162.root(told), [])


def test_another_implementation_verifies_the_log(records, patient, told):
    size, root = records.logOf(RECORDS_LOG, HOSPITAL, patient)
    peer = pymerkle.InmemoryTree.init_from_entries(told)
    for index, entry in enumerate(told):
        proof = peer.prove_inclusion(index + 1, size)
        pymerkle.verify_inclusion(rfc9162.leaf(entry), bytes(root), proof, index + 1, size)
    for old in range(1, size):
        proof = peer.prove_consistency(old, size)
        pymerkle.verify_consistency(rfc9162.root(told[:old]), bytes(root), proof, old, size)


# ---------------------------------------------------------------------- together


def test_what_belongs_together_is_anchored_together(records, patient, hospital):
    calls = [
        records.anchorRecords.encode_input(patient, 1, 2, ROOT),
        records.anchorEnvelopes.encode_input(patient, 2, ROOT),
        records.anchorCorrection.encode_input(patient, 0, 1, 1, ROOT),
        records.logDisclosures.encode_input(patient, 1, 0, 0, ROOT),
    ]
    sent = records.multicall(calls, {"from": hospital})
    names = ("RecordsAnchored", "KeyEnvelopesAnchored", "RecordsCorrected")
    entries = [entry_of(name, sent.events[name], sent.timestamp) for name in names]
    assert [sent.events[name]["index"] for name in names] == [0, 1, 2]
    assert records.logOf(RECORDS_LOG, HOSPITAL, patient) == (3, "0x" + rfc9162.root(entries).hex())
    assert records.logOf(DISCLOSURES_LOG, HOSPITAL, patient)[0] == 1


def test_or_not_at_all(records, patient, hospital):
    calls = [records.anchorRecords.encode_input(patient, 1, 2, ROOT), records.anchorErasure.encode_input(patient, 1, 1)]
    with refused("RecordEntryUnknown", 1, 1):
        records.multicall(calls, {"from": hospital})
    assert records.logOf(RECORDS_LOG, HOSPITAL, patient) == (0, EMPTY)


def test_the_registry_relies_on_participants(records, participants):
    assert records.participants() == participants
