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
