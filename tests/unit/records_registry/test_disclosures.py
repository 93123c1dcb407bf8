"""Access decisions are logged: each batch one entry, in a log of their own."""

from tests.helpers import rfc9162
from tests.helpers.record_entries import DISCLOSURES_LOG, OWN, RECORDS_LOG, disclosures_entry
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL

ROOT = bytes(range(1, 33))
UINT32 = 2**32 - 1


def test_decisions_are_logged(records, patient, hospital):
    sent = records.logDisclosures(patient, 7, 1, 2, ROOT, {"from": hospital})
    entry = disclosures_entry(HOSPITAL, patient, sent.timestamp, 7, 1, 2, ROOT)
    assert len(entry) == 74
    assert records.logOf(DISCLOSURES_LOG, HOSPITAL, patient) == (1, "0x" + rfc9162.root([entry]).hex())
    assert dict(sent.events["DisclosuresLogged"]) == {
        "organisation": HOSPITAL,
        "subject": patient,
        "index": 0,
        "granted": 7,
        "emergency": 1,
        "denied": 2,
        "root": "0x" + ROOT.hex(),
    }


def test_one_decision_of_any_kind_is_enough(records, patient, hospital):
    entries = []
    for decisions in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (UINT32, UINT32, UINT32)):
        sent = records.logDisclosures(patient, *decisions, ROOT, {"from": hospital})
        assert sent.return_value == len(entries) == sent.events["DisclosuresLogged"]["index"]
        entries.append(disclosures_entry(HOSPITAL, patient, sent.timestamp, *decisions, ROOT))
    assert records.logOf(DISCLOSURES_LOG, HOSPITAL, patient) == (4, "0x" + rfc9162.root(entries).hex())


def test_a_batch_without_a_decision_is_refused(records, patient, hospital):
    with refused("RecordDecisionsNone"):
        records.logDisclosures(patient, 0, 0, 0, ROOT, {"from": hospital})


def test_a_root_of_nothing_is_refused(records, patient, hospital):
    with refused("RecordRootZero"):
        records.logDisclosures(patient, 1, 0, 0, bytes(32), {"from": hospital})


def test_disclosures_leave_the_log_of_records_alone(records, patient, hospital, anchored):
    before = records.logOf(RECORDS_LOG, HOSPITAL, patient)
    records.logDisclosures(patient, 1, 0, 0, ROOT, {"from": hospital})
    assert records.logOf(RECORDS_LOG, HOSPITAL, patient) == before


def test_of_many_patients_together_in_the_organisations_own_stream(records, hospital):
    sent = records.logDisclosures(OWN, 400, 3, 20, ROOT, {"from": hospital})
    assert sent.events["DisclosuresLogged"]["subject"] == OWN
    assert records.logOf(DISCLOSURES_LOG, HOSPITAL, OWN)[0] == 1
