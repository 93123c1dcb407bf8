"""A security label speaks for what it stands on: that of a part, or of what is spoken of, makes nothing ordinary."""

import pytest

from carechain.data_categories import ALL_LABELS, RESTRICTED, labels_of
from tests.unit.fhir.bundle_documents import (
    LEVEL,
    LOINC,
    ME,
    bundle,
    concept,
    observation,
    one,
    patient,
    read,
    security,
)

UNKNOWN = "99999-9"
NORMAL = [{"system": LEVEL, "code": "N"}]
HIV = labels_of("HIV")


def labels(resource):
    return one(resource).categories & ALL_LABELS


def test_a_label_of_a_contained_resource_does_not_speak_for_the_whole():
    inner = {"resourceType": "Practitioner", "id": "inside", "meta": security("N")}
    assert labels(observation(code=UNKNOWN, contained=[inner])) == RESTRICTED
    assert labels(observation(contained=[{**inner, "meta": security("HIV")}])) == HIV


def test_a_label_that_a_consent_is_about_is_not_its_own():
    provision = {"provision": {"securityLabel": NORMAL}}
    assert labels({"resourceType": "Consent", "id": "c1", "patient": ME, **provision}) & RESTRICTED


def test_a_label_in_an_extension_does_not_speak_for_the_whole():
    extension = [{"url": "http://example.org/x", "valueMeta": security("N")}, {"url": "y", "meta": security("N")}]
    assert labels(observation(code=UNKNOWN, extension=extension)) == RESTRICTED


@pytest.mark.parametrize("label", [{"securityLabel": [{"coding": NORMAL}]}, {"meta": security("N")}])
def test_a_label_of_the_document_speaks_for_it(label):
    content = [{"attachment": {"contentType": "text/plain", "data": "eA=="}}]
    document = {"resourceType": "DocumentReference", "id": "d1", "status": "current", "subject": ME, "content": content}
    assert labels({**document, **label}) == 0
    assert labels(document) == RESTRICTED


def test_a_composition_with_its_confidentiality_is_labelled():
    composition = {"resourceType": "Composition", "id": "c1", "subject": ME, "type": concept(LOINC, UNKNOWN)}
    assert labels({**composition, "confidentiality": "N"}) == 0
    assert labels({**composition, "confidentiality": "V"}) == RESTRICTED


def test_a_reference_by_identifier_alone_is_one_to_what_is_not_here():
    elsewhere = {"identifier": {"system": "http://example.org/conditions", "value": "1"}}
    procedure = {"resourceType": "Procedure", "id": "p2", "subject": ME, "code": concept(LOINC, "718-7")}
    assert labels(procedure) == 0
    assert labels({**procedure, "reasonReference": [elsewhere]}) == RESTRICTED


@pytest.mark.parametrize("element", ["basis", "supportingInfo", "complicationDetail"])
def test_what_a_record_rests_on_labels_it(element):
    told = observation("o2", "25836-8")
    teller = {"resourceType": "RiskAssessment", "id": "r1", "subject": ME, "code": concept(LOINC, "718-7")}
    found = read(bundle(patient(), told, {**teller, element: [{"reference": "Observation/o2"}]})).records[2]
    assert found.categories & ALL_LABELS == HIV
