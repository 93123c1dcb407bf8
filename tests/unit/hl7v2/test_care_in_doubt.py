"""Where a message leaves a doubt, nothing is taken to be ordinary, another's, or of another day."""

import pytest

from carechain.data_categories import RESTRICTED
from tests.unit.hl7v2.hl7_messages import (
    OBR,
    OBX,
    PID,
    admission,
    categories,
    message,
    read,
    refused,
    resources,
    result,
)

PV1 = "PV1|1|I|WARD-3" + "|" * 16 + "V-1" + "|" * 25 + "{}"


def test_the_same_number_of_two_authorities_is_not_taken_for_one_patient():
    other = result(control="MSG-2").replace("RIVER^MR", "LAKE^MR")
    assert "message 2 has the patient number of another message" in refused(result() + other)
    assert len(read(result() + result(control="MSG-2"))) == 2


BY_OID, OTHER_OID = "p1^^^&1.2.3&ISO^MR", "p1^^^&4.5.6&ISO^MR"


def identities(text, *kinds):
    """The identities of the records of these types in the first message."""
    return {record.identity for record in read(text)[0].records if record.identity.startswith(kinds)}


RESULTS = ("Observation", "DiagnosticReport")


def test_an_authority_that_has_an_oid_alone_is_told_from_others():
    mine = result().replace("p1^^^RIVER^MR", BY_OID)
    other = mine.replace(BY_OID, OTHER_OID)
    assert "message 2 has the patient number of another message" in refused(mine + other)
    two = message(PID.replace("p1^^^RIVER^MR", BY_OID), PID.replace("p1^^^RIVER^MR", OTHER_OID), OBR, OBX)
    assert "segment 3 is another patient's" in refused(two)
    assert not identities(mine, *RESULTS) & identities(other, *RESULTS)
    assert read(mine + mine)[0].patient == "Patient/p1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("|LAB-1|", "|LAB-1^LAKE|"),
        ("|LAB-1|", "|LAB-1^^1.2.3^ISO|"),
        ("|LAB|HARBOUR|", "|LAB|LAKE|"),
        ("|LAB|HARBOUR|", "|LAB2|HARBOUR|"),
        ("|LAB|HARBOUR|", "|LAB||"),
        ("|LAB|HARBOUR|", "||LAB|"),
        ("|LAB|HARBOUR|", "|LAB|HARBOUR^1.2.3^ISO|"),
        ("|ORD-1|LAB-1|", "|||"),
    ],
)
def test_the_number_of_one_laboratory_is_not_that_of_another(old, new):
    other = result().replace(old, new)
    assert other != result()
    assert not identities(result(), *RESULTS) & identities(other, *RESULTS)


def test_a_number_with_its_namespace_stays_the_same_whoever_sends_it():
    named = result().replace("|LAB-1|", "|LAB-1^LAKE|")
    assert identities(named, *RESULTS) == identities(named.replace("|LAB|HARBOUR|", "|HUB|RIVER|"), *RESULTS)


def test_one_message_number_of_two_senders_is_two_messages():
    by_oid = [result().replace("|LAB|HARBOUR|", f"|^{oid}^ISO|HARBOUR|") for oid in ("1.2.3", "4.5.6")]
    one, other = (identities(text, "DocumentReference") for text in by_oid)
    assert one.isdisjoint(other)


def test_what_is_measured_again_at_one_visit_is_another_record():
    first, later, resent = (
        identities(admission(PV1.format(""), f"{OBX}|||{time}", control=control), "Observation")
        for time, control in (("20230714", "A"), ("20230716", "B"), ("20230714", "C"))
    )
    assert first.isdisjoint(later)
    assert first == resent


@pytest.mark.parametrize("between", ["ORC|RE|ORD-2|LAB-2", "AL1|1|DA|x^y^L", "DG1|1||B20^x^I10", "ZZZ|1", "PV2|1", PID])
def test_a_note_after_another_segment_is_not_of_the_result_before_it(between):
    found = read(result(OBX, between, "NTE|1||in words"))[0]
    assert not any(b"in words" in record.content for record in found.records)
    assert any("NTE" in note and "kept in the message alone" in note for note in found.notes)


def test_a_note_before_any_result_or_after_a_document_is_kept_in_the_message():
    document = "OBX|1|RP|718-7^x^LN||https://riverside.example/1^^application^pdf||||||F"
    for text in (message(PID, "NTE|1||in words", OBR, OBX), result(OBX, document, "NTE|1||in words")):
        assert any("NTE" in note for note in read(text)[0].notes)


def test_every_segment_of_which_no_record_is_made_is_noted():
    found = read(message("SFT|x", "EVN||20230714", PID, f"PD1{'|' * 12}N", kind="ADT^A01"))[0]
    assert any("the segments EVN, PD1, SFT have no place" in note for note in found.notes)


@pytest.mark.parametrize("time", ["2023-07-14", "14/07/2023", "UNKNOWN", "20230714T0730"])
@pytest.mark.parametrize(
    ("place", "written"),
    [
        ("OBR-7", lambda time: result().replace("20230714073000+0200", time)),
        ("OBX-14", lambda time: result(f"{OBX}|||{time}")),
        ("PV1-44", lambda time: admission(PV1.format(time))),
        ("DG1-5", lambda time: admission(f"DG1|1||I10^x^I10||{time}")),
        ("PR1-5", lambda time: admission(f"PR1|1||117015009^x^SCT||{time}")),
        ("AL1-6", lambda time: admission(f"AL1|1|DA|91936005^x^SCT|||{time}")),
    ],
)
def test_a_time_of_care_that_cannot_be_read_is_refused(place, written, time):
    assert f"{place} is not a time of HL7 v2" in refused(written(time))


@pytest.mark.parametrize("time", ["", '""'])
def test_a_time_that_is_left_out_is_no_fault(time):
    assert "effectiveDateTime" in resources(result(f"{OBX}|||{time}"), "Observation")[0]


def test_a_new_status_without_the_result_does_not_empty_the_result():
    assert "OBX-11 makes a result final" in refused(result("OBX|1|NM|718-7^x^LN||||||||U"))
    assert resources(result("OBX|1|NM|718-7^x^LN||5||||||U"), "Observation")[0]["status"] == "final"


def test_orders_without_a_number_are_noted():
    assert any(
        "1 of the orders have no number" in note
        for note in read(message(PID, OBR.replace("ORD-1|LAB-1", "|"), OBX))[0].notes
    )
    assert not read(result())[0].notes


def test_an_access_check_restricts_its_result():
    first, second = categories(result(OBX, f"{OBX}||CHECK"), "Observation")
    assert (first & RESTRICTED, second & RESTRICTED) == (0, RESTRICTED)


@pytest.mark.parametrize("field", [26, 27, 28])
def test_security_labels_of_later_versions_restrict_the_message(field):
    text = result(version="2.8", rest="|" * (field - 18) + "R")
    assert all(record.categories & RESTRICTED for record in read(text)[0].records)


def test_frames_may_hold_segments_that_end_with_lf_and_nothing_stands_outside_of_them():
    framed = b"".join(b"\x0b" + text.replace("\r", "\n").encode() + b"\x1c\r" for text in (result(), admission()))
    assert len(read(framed)) == 2
    assert "has text outside of its MLLP frames" in refused(framed + OBX.encode() + b"\r")


def test_a_byte_order_mark_may_stand_before_segments_that_end_with_lf():
    assert len(read(b"\xef\xbb\xbf" + result().replace("\r", "\n").encode())) == 1
