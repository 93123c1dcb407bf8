"""What an order, a report, a panel or a document is about, its parts are about too; one part is not the other's."""

import pytest

from carechain.data_categories import ALL_LABELS, RESTRICTED, labels_of
from tests.unit.fhir.bundle_documents import ICD, LOINC, ME, bundle, concept, observation, patient, read, security
from tests.unit.hl7v2.hl7_messages import OBR, PID, categories, message

SENSITIVE, ORDINARY, UNKNOWN = "25836-8", "718-7", "99999-9"
HIV = labels_of("HIV")


def to(*identities):
    return [{"reference": each} for each in identities]


def report(code=ORDINARY, *results, **elements):
    made = {"resourceType": "DiagnosticReport", "id": "r", "code": concept(LOINC, code), "subject": ME}
    return {**made, "result": to(*results), **elements}


def order(code=ORDINARY, **elements):
    return {"resourceType": "ServiceRequest", "id": "s", "code": concept(LOINC, code), "subject": ME, **elements}


def labels(*resources, **elements):
    """The labels of each resource, in a bundle with its patient."""
    return [record.categories & ALL_LABELS for record in read(bundle(patient(), *resources, **elements)).records[1:]]


@pytest.mark.parametrize(
    ("whole", "part"),
    [
        (report(SENSITIVE, "Observation/o1"), observation("o1")),
        (observation("panel", SENSITIVE, hasMember=to("Observation/o1")), observation("o1")),
        (order(SENSITIVE), observation("o1", basedOn=to("ServiceRequest/s"))),
        (order(SENSITIVE), report(ORDINARY, basedOn=to("ServiceRequest/s"))),
        (observation("o2", SENSITIVE), observation("o1", partOf=to("Observation/o2"))),
    ],
)
def test_a_part_has_the_labels_of_its_whole(whole, part):
    assert labels(whole, part) == labels(part, whole) == [HIV, HIV]
    assert labels(whole, {**part, "meta": security("N")}) == [HIV, HIV]


def test_the_whole_may_be_sensitive_for_its_reason_or_its_label():
    infected = {"resourceType": "Condition", "id": "c", "subject": ME, "code": concept(ICD, "B20")}
    result = observation("o1", basedOn=to("ServiceRequest/s"))
    assert labels(order(reasonReference=to("Condition/c")), infected, result) == [HIV] * 3
    assert labels(order(meta=security("V")), result) == [RESTRICTED] * 2
    assert labels(report(ORDINARY, "Observation/o1", meta=security("MH")), observation("o1")) == [labels_of("MH")] * 2


def test_labels_go_down_the_whole_way_from_order_to_report_to_panel_to_result():
    down = (
        order(SENSITIVE),
        report(ORDINARY, "Observation/panel", basedOn=to("ServiceRequest/s")),
        observation("panel", hasMember=to("Observation/o1")),
        observation("o1"),
    )
    assert labels(*down) == labels(*down[::-1]) == [HIV] * 4


def test_an_order_for_what_a_panel_found_is_about_all_that_it_found():
    found = (observation("panel", hasMember=to("Observation/o1")), observation("o1", SENSITIVE))
    asked = order(reasonReference=to("Observation/panel"))
    assert labels(*found, asked, observation("o2", basedOn=to("ServiceRequest/s"))) == [HIV] * 4


def test_one_result_of_a_report_does_not_label_another():
    mixed = report(ORDINARY, "Observation/o1", "Observation/o2", "Observation/o3")
    parts = (observation("o1", SENSITIVE), observation("o2"), observation("o3", UNKNOWN))
    assert labels(mixed, *parts) == [HIV | RESTRICTED, HIV, 0, RESTRICTED]


@pytest.mark.parametrize("code", [concept(LOINC, UNKNOWN), {"text": "words"}])
def test_what_is_part_of_something_unknown_is_restricted_unless_its_own_label_speaks(code):
    parts = observation("o1"), observation("o2", meta=security("N"))
    assert labels({**report(ORDINARY, "Observation/o1", "Observation/o2"), "code": code}, *parts) == [
        RESTRICTED
    ] * 2 + [0]
    asked = {**order(), "code": code}
    assert labels(asked, observation("o1", basedOn=to("ServiceRequest/s"))) == [RESTRICTED] * 2


def test_an_order_that_is_not_here_restricts():
    assert labels(observation("o1", basedOn=to("ServiceRequest/elsewhere"))) == [RESTRICTED]
    assert labels(observation("o1", basedOn=to("ServiceRequest/elsewhere"), meta=security("N"))) == [0]


def test_an_order_does_not_stand_in_for_the_code_of_a_result():
    result = observation("o1", basedOn=to("ServiceRequest/s"))
    del result["code"]
    assert labels(order(), result) == [0, RESTRICTED]


def test_the_file_of_a_report_or_a_result_elsewhere_restricts_the_report_alone():
    scanned = report(ORDINARY, "Observation/o1", presentedForm=[{"data": "eA=="}])
    assert labels(scanned, observation("o1")) == [RESTRICTED, 0]
    assert labels(report(ORDINARY, "Observation/o1", "Observation/away"), observation("o1")) == [RESTRICTED, 0]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ({"confidentiality": "V"}, RESTRICTED),
        ({"confidentiality": "R"}, RESTRICTED),
        ({"meta": security("V")}, RESTRICTED),
        ({"meta": security("HIV")}, HIV),
        ({"confidentiality": "N"}, 0),
        ({}, 0),
    ],
)
def test_what_a_document_is_labelled_with_holds_for_its_entries(label, expected):
    composition = {"resourceType": "Composition", "id": "c", "subject": ME, "type": concept(LOINC, ORDINARY), **label}
    entries = (composition, observation("o1"), observation("o2", meta=security("N")), observation("o3", UNKNOWN))
    assert labels(*entries, kind="document")[1:] == [expected, 0, expected | RESTRICTED]
    assert labels(*entries)[1:] == [0, 0, RESTRICTED]


def test_a_result_in_a_message_has_the_labels_of_its_order():
    text = message(
        PID,
        OBR.replace("58410-2", SENSITIVE),
        "OBX|1|ST|777-3^Platelets^LN||in words||||||F",
        "NTE|1||in words",
    )
    assert [each & ALL_LABELS for each in categories(text, "Observation")] == [HIV]
    house = message(PID, OBR.replace("58410-2^Blood count^LN", "H1^house^L"), "OBX|1|NM|718-7^x^LN||5||||||F")
    assert [each & ALL_LABELS for each in categories(house, "Observation")] == [RESTRICTED]
