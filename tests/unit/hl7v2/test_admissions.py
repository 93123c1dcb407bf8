"""Admissions (ADT) become the patient, the visit, and what they say of conditions, people and cover."""

from pathlib import Path

import pytest

from carechain.consent_terms import DAY_UNBOUNDED
from carechain.data_categories import ALL_LABELS, RESTRICTED, class_bit, labels_of
from carechain.record_files import read_records
from tests.unit.hl7v2.hl7_messages import (
    OBR,
    OBX,
    PID,
    POLICY,
    admission,
    categories,
    message,
    read,
    refused,
    resources,
)

EXAMPLES = Path(__file__).parents[3] / "examples/records"
PV1 = "PV1|1|I|WARD-3" + "|" * 16 + "V-1" + "|" * 25 + "20230714080000+0200"
ENDED = PV1 + "|20230716"


def only(text, kind):
    (found,) = resources(text, kind)
    return found


def test_the_patient_is_read_from_pid():
    text = admission().replace(
        PID, "PID|1||p1^^^RIVER^MR~77^^^STATE^NI||Family^Given^Second^Jr^Dr||19800102|M|||Street 1^^Town^X^12^NL||0123"
    )
    patient = only(text, "Patient")
    assert patient["id"] == "p1"
    assert patient["name"] == [{"family": "Family", "given": ["Given", "Second"], "suffix": ["Jr"], "prefix": ["Dr"]}]
    assert (patient["gender"], patient["birthDate"]) == ("male", "1980-01-02")
    assert patient["address"][0]["city"] == "Town"
    assert patient["telecom"] == [{"system": "phone", "value": "0123", "use": "home"}]
    assert [each["value"] for each in patient["identifier"]] == ["p1", "77"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [("p1", "p1"), ("9^^^S^NI~p1^^^R^MR", "p1"), ("9^^^S^NI~p1^^^R^PI", "p1"), ("9^^^S^NI~p1", "9")],
)
def test_the_medical_record_number_names_the_patient(field, expected):
    assert read(admission().replace("p1^^^RIVER^MR", field))[0].patient == f"Patient/{expected}"


def test_an_identifier_that_fhir_cannot_write_is_hashed_and_stays_the_same():
    one, two = (read(admission().replace("p1^", f"p 1/{n}^"))[0].patient for n in (1, 2))
    assert one != two
    assert one == read(admission().replace("p1^", "p 1/1^"))[0].patient
    assert "p 1" not in one


def test_a_patient_known_by_pid_2_alone_is_read():
    assert read(admission(version="2.3").replace("PID|1||p1^^^RIVER^MR", "PID|1|p1"))[0].patient == "Patient/p1"


@pytest.mark.parametrize(
    ("event", "visit", "status"),
    [("A01", PV1, "in-progress"), ("A03", ENDED, "finished"), ("A05", PV1, "planned"), ("A08", PV1, "in-progress"),
     ("A08", ENDED, "finished"), ("A11", PV1, "cancelled"), ("A13", PV1, "in-progress")],
)  # fmt: skip
def test_the_event_says_how_the_visit_stands(event, visit, status):
    assert only(admission(visit, event=event), "Encounter")["status"] == status


def test_a_result_refers_to_its_visit_and_takes_the_place_of_neither_visit_nor_patient():
    visit = only(admission(PV1), "Encounter")["id"]
    text = message(PID, PV1, OBR, OBX)
    assert not resources(text, "Encounter") + resources(text, "Patient")
    assert only(text, "Observation")["encounter"] == {"reference": f"Encounter/{visit}"}
    assert read(text)[0].patient == "Patient/p1"


def test_a_visit_has_its_days_and_stays_one_record_through_its_messages():
    open_visit, closed = read(admission(PV1))[0].records[1], read(admission(ENDED, event="A03"))[0].records[1]
    assert open_visit.identity == closed.identity
    assert open_visit.day_to == DAY_UNBOUNDED
    assert closed.day_to == closed.day_from + 2


@pytest.mark.parametrize(("kind", "code"), [("I", "IMP"), ("O", "AMB"), ("E", "EMER"), ("P", "PRENC")])
def test_the_class_of_the_visit_is_that_of_fhir(kind, code):
    text = admission(PV1.replace("|I|", f"|{kind}|"))
    assert only(text, "Encounter")["class"]["code"] == code
    assert categories(text, "Encounter") == [class_bit("Encounter")]


@pytest.mark.parametrize("visit", ["PV1|1|N", "PV1|1|I", "PV1|1|N" + "|" * 17 + "V-1"])
def test_without_a_visit_there_is_no_encounter(visit):
    assert not resources(admission(visit), "Encounter")


def test_the_ward_is_left_in_the_message_and_the_service_restricts():
    assert b"WARD-3" not in b"".join(record.content for record in read(admission(PV1))[0].records)
    served = PV1.replace("WARD-3|||||||", "WARD-3|||||||PSY", 1)
    assert categories(admission(served), "Encounter") == [class_bit("Encounter") | RESTRICTED]


DG1 = "DG1|1||{}||20230714"


def test_a_diagnosis_is_a_condition_that_labels_its_visit():
    text = admission(PV1, DG1.format("I10^x^I10"), DG1.format("F32.1^x^I10"))
    ordinary, mental = categories(text, "Condition")
    assert (ordinary, mental) == (class_bit("Condition"), class_bit("Condition") | labels_of("MH"))
    assert categories(text, "Encounter") == [class_bit("Encounter") | labels_of("MH")]
    assert len(only(text, "Encounter")["diagnosis"]) == 2


@pytest.mark.parametrize("system", ["I10", "ICD10", "ICD-10", "I10C", "ICD-10-CM"])
@pytest.mark.parametrize("code", ["F32.1", "F321"])
def test_icd_10_is_known_by_its_many_names_and_without_its_dot(system, code):
    assert categories(admission(DG1.format(f"{code}^x^{system}")), "Condition")[0] & ALL_LABELS == labels_of("MH")


def test_a_diagnosis_may_have_its_system_in_dg1_2_or_be_words_alone():
    assert categories(admission("DG1|1|I10|B20"), "Condition") == [class_bit("Condition") | labels_of("HIV")]
    assert categories(admission("DG1|1|||in words"), "Condition") == [class_bit("Condition") | RESTRICTED]
    assert "segment 4: DG1-3 names no diagnosis" in refused(admission("DG1|1"))


def test_a_confidential_diagnosis_is_restricted():
    assert categories(admission(f"DG1|1||I10^x^I10{'|' * 15}Y"), "Condition") == [class_bit("Condition") | RESTRICTED]


def test_a_deleted_diagnosis_is_entered_in_error():
    condition = only(admission(f"DG1|1||I10^x^I10{'|' * 18}D"), "Condition")
    assert condition["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_an_allergy_is_read():
    allergy = only(admission("AL1|1|DA|91936005^x^SCT|SV|hives~wheeze|1999"), "AllergyIntolerance")
    assert allergy["category"] == ["medication"]
    assert allergy["onsetDateTime"] == "1999"
    assert allergy["reaction"] == [{"manifestation": [{"text": "hives"}, {"text": "wheeze"}], "severity": "severe"}]
    assert categories(admission("AL1|1|DA|91936005^x^SCT"), "AllergyIntolerance") == [class_bit("AllergyIntolerance")]


def test_a_procedure_a_relative_and_a_cover_are_read():
    text = admission(
        "PR1|1||117015009^x^SCT||20230714", "NK1|1|Name^Given|SIB^x^HL70063", f"IN1|1|PLAN|PAYER|Name{'|' * 8}2023|2024"
    )
    assert only(text, "Procedure")["performedDateTime"] == "2023-07-14"
    assert only(text, "RelatedPerson")["relationship"][0]["coding"][0]["code"] == "SIB"
    assert only(text, "Coverage")["period"] == {"start": "2023", "end": "2024"}
    for kind in ("Procedure", "RelatedPerson", "Coverage"):
        assert categories(text, kind) == [class_bit(kind)]


def test_records_of_an_admission_stay_the_same_when_it_is_sent_again():
    segments = (PV1, DG1.format("I10^x^I10"), "AL1|1|DA|91936005^x^SCT", "NK1|1|Name^Given|SIB")
    first, again = (read(admission(*segments, event=event, control=event))[0] for event in ("A01", "A08"))
    kept = [record.identity for record in first.records[:-1]]
    assert kept == [record.identity for record in again.records[:-1]]


PROTECTED = {
    "PD1-12": f"PD1{'|' * 12}Y",
    "PV2-22": f"PV2{'|' * 22}Y",
    "ARV": "ARV|1|A|DEM",
    "PV1-16": f"PV1|1|N{'|' * 14}VIP",
}


@pytest.mark.parametrize("place", PROTECTED)
def test_a_message_that_asks_for_protection_is_restricted_whole(place):
    found = read(admission(PROTECTED[place], DG1.format("I10^x^I10")))[0]
    assert all(record.categories & RESTRICTED for record in found.records)


def test_a_message_with_a_security_field_is_restricted_whole():
    text = message(PID, kind="x").replace("||x|", "|SECRET|ADT^A01|")
    assert all(record.categories & RESTRICTED for record in read(text)[0].records)


def test_a_protection_that_is_declined_restricts_nothing():
    found = read(admission(f"PD1{'|' * 12}N", f"PV2{'|' * 22}N"))[0]
    assert found.records[0].categories == class_bit("Patient")


def test_a_test_message_is_noted():
    assert any("training" in note for note in read(admission().replace("|P|2.5.1", "|T|2.5.1"))[0].notes)


def test_the_example_admission_is_of_the_example_patient():
    (found,) = read_records(EXAMPLES / "river-0042-admission.hl7", POLICY)
    assert found.patient == "Patient/river-0042"
    labels = {record.identity.split("/")[0]: record.categories & ALL_LABELS for record in found.records}
    assert labels["Encounter"] == labels_of("MH")
    assert labels["AllergyIntolerance"] == RESTRICTED
