"""Results (ORU) become a report and its observations; a correction is a new version of the same record."""

from pathlib import Path

import pytest

from carechain.data_categories import ALL_LABELS, RESTRICTED, class_bit, labels_of
from carechain.record_files import read_records
from tests.unit.hl7v2.hl7_messages import OBR, OBX, PID, POLICY, categories, message, read, refused, resources, result

ICD = "http://hl7.org/fhir/sid/icd-10"
EXAMPLES = Path(__file__).parents[3] / "examples/records"


def observation(obx):
    return resources(result(obx), "Observation")[0]


def valued(kind, value, unit=""):
    return observation(f"OBX|1|{kind}|718-7^x^LN||{value}|{unit}|||||F")


def identities(text, kind="Observation"):
    return [record.identity for record in read(text)[0].records if record.identity.startswith(f"{kind}/")]


def test_an_order_with_its_results_is_a_report_that_refers_to_them():
    report = resources(result(), "DiagnosticReport")[0]
    found = resources(result(), "Observation")[0]
    assert report["result"] == [{"reference": f"Observation/{found['id']}"}]
    assert report["effectiveDateTime"] == found["effectiveDateTime"] == "2023-07-14T07:30:00+02:00"
    assert report["issued"] == "2023-07-14T10:00:00+02:00"
    assert found["subject"] == report["subject"] == {"reference": "Patient/p1"}
    assert found["code"]["coding"] == [{"system": "http://loinc.org", "code": "718-7", "display": "Haemoglobin"}]
    assert found["referenceRange"] == [{"text": "7.5-10"}]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("8.30", "8.30"),
        ("-0.5", "-0.5"),
        ("+5", "5"),
        (".50", "0.50"),
        ("007", "7"),
        ("5.", "5"),
        ("0", "0"),
        ("-0", "-0"),
    ],
)
def test_a_number_keeps_its_digits(value, number):
    content = read(result(f"OBX|1|NM|718-7^x^LN||{value}|g||||F"))[0].records[1].content
    assert f'"value":{number}}}'.encode() in content


@pytest.mark.parametrize("value", ["<5", "5 mg", "1e5", "high", "-", ".", "1,5", "9" * 101])
def test_what_is_no_number_is_kept_as_text(value):
    assert valued("NM", value)["valueString"] == value


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ST", "text", {"valueString": "text"}),
        ("TX", "one~two", {"valueString": "one\ntwo"}),
        ("FT", r"one\.br\two", {"valueString": "one\ntwo"}),
        ("", "text", {"valueString": "text"}),
        ("XX", "a^b", {"valueString": "a^b"}),
        ("SN", "<^20", {"valueQuantity": {"value": 20, "comparator": "<"}}),
        ("SN", "=^20", {"valueQuantity": {"value": 20}}),
        ("SN", "^10^-^20", {"valueRange": {"low": {"value": 10}, "high": {"value": 20}}}),
        ("SN", "^1^:^128", {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}),
        ("SN", "^2^+", {"valueString": "^2^+"}),
        ("CE", "B20^^I10", {"valueCodeableConcept": {"coding": [{"system": ICD, "code": "B20"}]}}),
        ("CWE", "L1^x^L", {"valueCodeableConcept": {"coding": [{"code": "L1", "display": "x"}], "text": "x"}}),
        ("DT", "20230714", {"valueDateTime": "2023-07-14"}),
        ("TS", "202307", {"valueDateTime": "2023-07"}),
        ("DTM", "20230714101112.5-0500", {"valueDateTime": "2023-07-14T10:11:12.5-05:00"}),
        ("TM", "1011", {"valueTime": "10:11:00"}),
        ("TM", "late", {"valueString": "late"}),
        ("TS", "soon", {"valueString": "soon"}),
    ],
)  # fmt: skip
def test_values_are_read_by_their_type(kind, value, expected):
    found = valued(kind, value)
    assert {name: found[name] for name in found if name.startswith("value")} == expected


def test_repeated_codes_are_components():
    found = valued("CE", "A^a^L~B^b^L")
    assert [each["valueCodeableConcept"]["text"] for each in found["component"]] == ["a", "b"]


def test_an_empty_value_is_left_out():
    assert not any(name.startswith("value") for name in valued("NM", ""))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("F", "final"),
        ("C", "corrected"),
        ("P", "preliminary"),
        ("X", "cancelled"),
        ("D", "entered-in-error"),
        ("W", "entered-in-error"),
        ("", "unknown"),
        ("?", "unknown"),
    ],
)
def test_the_status_is_that_of_obx_11(status, expected):
    assert observation(f"OBX|1|NM|718-7^x^LN||5|g|||||{status}")["status"] == expected


def test_a_correction_is_a_new_version_of_the_same_records():
    first = result()
    corrected = result(OBX.replace("8.30", "8.50").replace("|||F", "|||C"), control="MSG-2")
    for kind in ("Observation", "DiagnosticReport"):
        assert identities(first, kind) == identities(corrected, kind)
    assert resources(first, "Observation") != resources(corrected, "Observation")
    assert identities(first, "DocumentReference") != identities(corrected, "DocumentReference")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("LAB-1", "LAB-2"),
        ("p1^^^RIVER", "p2^^^RIVER"),
        ("p1^^^RIVER", "p1^^^LAKE"),
        ("718-7", "789-8"),
        ("LN||8", "LN|2|8"),
    ],
)
def test_another_order_patient_code_or_part_is_another_record(old, new):
    assert identities(result()) != identities(result().replace(old, new))


def test_the_same_code_twice_in_one_order_is_two_records_that_stay_the_same():
    twice = identities(result(OBX, OBX.replace("8.30", "9.90")))
    assert len(set(twice)) == 2
    assert twice == identities(result(OBX, OBX.replace("8.30", "7.70")))


def test_notes_go_with_what_they_stand_after():
    text = result("NTE|1||of the order", OBX, "NTE|1||of the result", "NTE|2||more")
    assert resources(text, "Observation")[0]["note"] == [{"text": "of the result"}, {"text": "more"}]
    assert resources(text, "DiagnosticReport")[0]["extension"][0]["valueAnnotation"] == {"text": "of the order"}


def test_segments_of_the_house_are_kept_in_the_message_and_noted():
    found = read(result(OBX, "ZZZ|1|x", "SPM|1"))[0]
    assert any("the segments SPM, ZZZ have no place" in note for note in found.notes)


def test_results_before_the_patient_or_their_order_are_read():
    assert len(resources(message(OBR, OBX, PID), "Observation")) == 1
    assert len(resources(message(PID, OBX, OBR), "Observation")) == 1


def test_results_of_two_patients_in_one_message_are_refused():
    assert "segment 5 is another patient's" in refused(result(OBX, PID.replace("p1", "p2"), OBR, OBX))
    assert len(read(result(OBX, PID, OBR.replace("LAB-1", "LAB-2"), OBX))) == 1


def test_codes_label_by_the_same_policy():
    hiv = result("OBX|1|SN|25836-8^x^LN||<^20||||||F")
    assert categories(hiv, "Observation") == [class_bit("Observation") | labels_of("HIV")]
    assert categories(hiv, "DiagnosticReport") == [class_bit("DiagnosticReport") | labels_of("HIV")]
    assert categories(result(), "Observation") == [class_bit("Observation")]
    house = result("OBX|1|NM|H1^house^L||5||||||F")
    assert categories(house, "Observation") == [class_bit("Observation") | RESTRICTED]
    both = result("OBX|1|NM|H1^house^L^718-7^x^LN||5||||||F")
    assert categories(both, "Observation") == [class_bit("Observation")]


def test_the_message_itself_is_restricted():
    assert categories(result(), "DocumentReference") == [class_bit("DocumentReference") | RESTRICTED]


@pytest.mark.parametrize("value", ["^application^pdf^Base64^eA==", "^TEXT^^A^x", "^application^pdf^Hex^78"])
def test_data_in_a_result_is_a_restricted_document(value):
    text = result(f"OBX|1|ED|718-7^x^LN||{value}||||||F")
    attachment = resources(text, "DocumentReference")[0]["content"][0]["attachment"]
    assert attachment["data"] == "eA=="
    assert all(each & RESTRICTED for each in categories(text, "DocumentReference"))
    assert not resources(text, "Observation")


def test_a_pointer_in_a_result_is_a_restricted_document():
    text = result("OBX|1|RP|718-7^x^LN||https://riverside.example/1^^application^pdf||||||F")
    assert resources(text, "DocumentReference")[0]["content"][0]["attachment"]["url"] == "https://riverside.example/1"


@pytest.mark.parametrize("code", ["R", "V", "HIV", "PSY", "x"])
def test_a_confidential_order_restricts_its_results(code):
    text = message(
        PID, f"ORC|RE|ORD-1|LAB-1{'|' * 25}{code}", OBR, OBX, "ORC|RE|ORD-2|LAB-2", OBR.replace("-1|", "-2|"), OBX
    )
    first, second = categories(text, "Observation")
    assert (first & RESTRICTED, second & RESTRICTED) == (RESTRICTED, 0)


def test_times_without_any_zone_are_days():
    text = result(OBX).replace("+0200", "")
    assert resources(text, "DiagnosticReport")[0]["effectiveDateTime"] == "2023-07-14"
    zoned = result(OBX).replace("073000+0200", "073000")
    assert resources(zoned, "DiagnosticReport")[0]["effectiveDateTime"] == "2023-07-14T07:30:00+02:00"


def test_the_example_result_is_of_the_example_patient():
    (found,) = read_records(EXAMPLES / "river-0042-result.hl7", POLICY)
    assert found.patient == "Patient/river-0042"
    assert {record.categories & ALL_LABELS for record in found.records} == {0, labels_of("HIV"), RESTRICTED}
