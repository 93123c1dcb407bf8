"""An organisation commits to records, corrects, shares and erases them: one entry each, told by one event."""

import pytest

from carechain.data_categories import ALL_CLASSES, FIRST_LABEL_BIT, LABELS, RESTRICTED, class_bit, label_bit
from tests.helpers import rfc9162
from tests.helpers.record_entries import (
    CORRECTION,
    ERASURE,
    KEY_ENVELOPES,
    OWN,
    RECORDS,
    RECORDS_LOG,
    record_entry,
)
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL

OBSERVATION, CONDITION = class_bit("Observation"), class_bit("Condition")
ROOT = bytes(range(1, 33))
OTHER_ROOT = bytes(range(2, 34))
UINT32 = 2**32 - 1


@pytest.fixture
def log(records, patient):
    """Size and root of the hospital's log of the patient's records."""

    def log(organisation=HOSPITAL, subject=patient):
        size, root = records.logOf(RECORDS_LOG, organisation, subject)
        return size, bytes(root)

    return log


@pytest.fixture
def first(patient, anchored):
    """The bytes of the entry that was anchored first."""
    return record_entry(RECORDS, HOSPITAL, patient, anchored, OBSERVATION, 3, 0, ROOT)


def test_records_are_anchored(records, patient, hospital, log):
    sent = records.anchorRecords(patient, OBSERVATION | CONDITION, 20, ROOT, {"from": hospital})
    entry = record_entry(RECORDS, HOSPITAL, patient, sent.timestamp, OBSERVATION | CONDITION, 20, 0, ROOT)
    assert log() == (1, rfc9162.root([entry]))
    assert dict(sent.events["RecordsAnchored"]) == {
        "organisation": HOSPITAL,
        "subject": patient,
        "index": 0,
        "categories": OBSERVATION | CONDITION,
        "count": 20,
        "root": "0x" + ROOT.hex(),
    }


def test_a_correction_names_what_it_corrects_and_leaves_it(records, patient, hospital, log, first):
    sent = records.anchorCorrection(patient, 0, CONDITION, 2, OTHER_ROOT, {"from": hospital})
    entry = record_entry(CORRECTION, HOSPITAL, patient, sent.timestamp, CONDITION, 2, 0, OTHER_ROOT)
    assert log() == (2, rfc9162.root([first, entry]))
    assert dict(sent.events["RecordsCorrected"]) == {
        "organisation": HOSPITAL,
        "subject": patient,
        "index": 1,
        "corrected": 0,
        "categories": CONDITION,
        "count": 2,
        "root": "0x" + OTHER_ROOT.hex(),
    }


def test_a_correction_can_be_corrected(records, patient, hospital, log, first):
    second = records.anchorCorrection(patient, 0, CONDITION, 2, OTHER_ROOT, {"from": hospital})
    third = records.anchorCorrection(patient, 1, 0, 1, ROOT, {"from": hospital})
    entries = [
        first,
        record_entry(CORRECTION, HOSPITAL, patient, second.timestamp, CONDITION, 2, 0, OTHER_ROOT),
        record_entry(CORRECTION, HOSPITAL, patient, third.timestamp, 0, 1, 1, ROOT),
    ]
    assert log() == (3, rfc9162.root(entries))


def test_key_envelopes_name_neither_grantee_nor_records(records, patient, hospital, log, first):
    sent = records.anchorEnvelopes(patient, 3, OTHER_ROOT, {"from": hospital})
    entry = record_entry(KEY_ENVELOPES, HOSPITAL, patient, sent.timestamp, 0, 3, 0, OTHER_ROOT)
    assert log() == (2, rfc9162.root([first, entry]))
    assert dict(sent.events["KeyEnvelopesAnchored"]) == {
        "organisation": HOSPITAL,
        "subject": patient,
        "index": 1,
        "count": 3,
        "root": "0x" + OTHER_ROOT.hex(),
    }


def test_an_erasure_names_the_entry_and_not_the_records(records, patient, hospital, log, first):
    sent = records.anchorErasure(patient, 0, 3, {"from": hospital})
    entry = record_entry(ERASURE, HOSPITAL, patient, sent.timestamp, 0, 3, 0)
    assert log() == (2, rfc9162.root([first, entry]))
    assert dict(sent.events["RecordsErased"]) == {
        "organisation": HOSPITAL,
        "subject": patient,
        "index": 1,
        "erased": 0,
        "count": 3,
    }


def test_an_entry_is_of_82_bytes(first):
    assert len(first) == 82


def test_every_function_answers_with_the_index(records, patient, hospital, anchored):
    calls = [
        records.anchorRecords.call(patient, 0, 1, ROOT, {"from": hospital}),
        records.anchorCorrection.call(patient, 0, 0, 1, ROOT, {"from": hospital}),
        records.anchorEnvelopes.call(patient, 1, ROOT, {"from": hospital}),
        records.anchorErasure.call(patient, 0, 1, {"from": hospital}),
    ]
    assert calls == [1, 1, 1, 1]


def test_the_largest_numbers_keep_their_places(records, hospital, log):
    first = records.anchorRecords(OWN, ALL_CLASSES, UINT32, b"\xff" * 32, {"from": hospital})
    second = records.anchorErasure(OWN, 0, UINT32, {"from": hospital})
    entries = [
        record_entry(RECORDS, HOSPITAL, OWN, first.timestamp, ALL_CLASSES, UINT32, 0, b"\xff" * 32),
        record_entry(ERASURE, HOSPITAL, OWN, second.timestamp, 0, UINT32, 0),
    ]
    assert log(subject=OWN) == (2, rfc9162.root(entries))


def test_classes_may_be_withheld(records, patient, hospital):
    sent = records.anchorRecords(patient, 0, 1, ROOT, {"from": hospital})
    assert sent.events["RecordsAnchored"]["categories"] == 0


# ---------------------------------------------------------------------- refusals


def test_a_sensitive_label_is_not_told_in_public(records, patient, hospital, anchored):
    labels = [1 << bit for bit in range(FIRST_LABEL_BIT, 64)]
    assert {RESTRICTED, label_bit("HIV")} <= set(labels)
    assert len(LABELS) <= len(labels) == 16
    for label in labels:
        with refused("RecordCategoriesSensitive", OBSERVATION | label):
            records.anchorRecords(patient, OBSERVATION | label, 1, ROOT, {"from": hospital})
    with refused("RecordCategoriesSensitive", RESTRICTED):
        records.anchorCorrection(patient, 0, RESTRICTED, 1, ROOT, {"from": hospital})


def test_an_entry_of_nothing_is_refused(records, patient, hospital, anchored):
    for call, arguments in (
        (records.anchorRecords, (0, 0, ROOT)),
        (records.anchorCorrection, (0, 0, 0, ROOT)),
        (records.anchorEnvelopes, (0, ROOT)),
        (records.anchorErasure, (0, 0)),
    ):
        with refused("RecordCountZero"):
            call(patient, *arguments, {"from": hospital})


def test_a_root_of_nothing_is_refused(records, patient, hospital, anchored):
    for call, arguments in (
        (records.anchorRecords, (0, 1)),
        (records.anchorCorrection, (0, 0, 1)),
        (records.anchorEnvelopes, (1,)),
    ):
        with refused("RecordRootZero"):
            call(patient, *arguments, bytes(32), {"from": hospital})


@pytest.mark.parametrize("index", [1, 2, 2**64 - 1])
def test_what_is_not_there_is_neither_corrected_nor_erased(records, patient, hospital, anchored, index):
    with refused("RecordEntryUnknown", index, 1):
        records.anchorCorrection(patient, index, 0, 1, ROOT, {"from": hospital})
    with refused("RecordEntryUnknown", index, 1):
        records.anchorErasure(patient, index, 1, {"from": hospital})


def test_an_entry_of_another_stream_is_not_there(records, patient, other_patient, hospital, clinic, anchored):
    for subject, operator in ((other_patient, hospital), (OWN, hospital), (patient, clinic)):
        with refused("RecordEntryUnknown", 0, 0):
            records.anchorCorrection(subject, 0, 0, 1, ROOT, {"from": operator})
        with refused("RecordEntryUnknown", 0, 0):
            records.anchorErasure(subject, 0, 1, {"from": operator})


def test_a_disclosure_is_no_entry_to_correct_or_erase(records, patient, clinic):
    records.logDisclosures(patient, 1, 0, 0, ROOT, {"from": clinic})
    with refused("RecordEntryUnknown", 0, 0):
        records.anchorErasure(patient, 0, 1, {"from": clinic})


def test_what_is_refused_leaves_no_trace(records, patient, hospital, log, anchored):
    before = log()
    with refused("RecordRootZero"):
        records.anchorRecords(patient, 0, 1, bytes(32), {"from": hospital})
    assert log() == before
    assert log(CLINIC)[0] == 0
