"""A bundle is of one patient, whichever way its references are written."""

import pytest

from carechain.data_categories import RESTRICTED
from tests.unit.fhir.bundle_documents import ME, bundle, observation, patient, read, refused

URN = "urn:uuid:6f3c2b1a-0000-4000-8000-000000000001"
SERVER = "https://riverside.example/fhir"
IDENTIFIER = {"system": "urn:oid:1.2.3", "value": "77"}


def of(subject, full_url=None, own_url=None, **elements):
    """A bundle of a patient at `full_url` and an observation at `own_url` with this subject."""
    document = bundle(patient(**elements), observation(subject=subject))
    for entry, url in zip(document["entry"], (full_url, own_url), strict=True):
        if url:
            entry["fullUrl"] = url
    return document


@pytest.mark.parametrize(
    ("subject", "full_url", "elements"),
    [
        (ME, None, {}),
        (ME, URN, {}),
        ({"reference": "Patient/p1/_history/3"}, None, {}),
        ({"reference": URN}, URN, {}),
        ({"reference": f"{SERVER}/Patient/p1"}, f"{SERVER}/Patient/p1", {}),
        ({"reference": f"{SERVER}/Patient/p1"}, None, {}),
        (ME, f"{SERVER}/Patient/p1", {}),
        ({"identifier": IDENTIFIER}, None, {"identifier": [IDENTIFIER]}),
        ({"reference": "Patient?identifier=urn:oid:1.2.3|77"}, None, {"identifier": [IDENTIFIER]}),
        ({"reference": "Patient?identifier=urn:oid:1.2.3%7C77"}, None, {"identifier": [IDENTIFIER]}),
    ],
)
def test_references_to_the_patient_are_understood(subject, full_url, elements):
    found = read(of(subject, full_url, **elements))
    assert found.records[1].categories & RESTRICTED == 0
    assert found.patient == "Patient/p1"


@pytest.mark.parametrize(
    ("subject", "full_url"),
    [
        ({"reference": "Patient/p2"}, None),
        ({"reference": "Patient/P1"}, None),
        ({"reference": f"{SERVER}/Patient/p2"}, None),
        ({"reference": "https://other.example/fhir/Patient/p1"}, f"{SERVER}/Patient/p1"),
        ({"reference": "Patient?identifier=urn:oid:1.2.3|78"}, None),
        ({"reference": URN, "type": "Patient"}, None),
        ({"identifier": {"system": "urn:oid:1.2.3", "value": "78"}, "type": "Patient"}, None),
    ],
)
def test_references_to_another_patient_are_refused(subject, full_url):
    assert "entry[1].resource.subject is not known to be the bundle's patient" in refused(of(subject, full_url))


@pytest.mark.parametrize("element", ["subject", "patient", "beneficiary"])
def test_every_element_that_says_whose_it_is_counts(element):
    resource = {"resourceType": "Coverage", "id": "c1", element: {"reference": "Patient/p2"}}
    assert f"entry[1].resource.{element}" in refused(bundle(patient(), resource))


def test_one_number_on_two_servers_is_two_patients():
    one, two = ({"reference": f"https://{name}.example/Patient/p1"} for name in ("one", "two"))
    assert "entry[2]" in refused(bundle(patient(), observation("o1", subject=one), observation("o2", subject=two)))


def test_two_patients_in_one_bundle_are_refused_with_both_places():
    assert "entry[1].resource is another patient than entry[0]" in refused(bundle(patient(), patient(id="p2")))


def test_without_a_patient_the_first_subject_is_the_patient():
    found = read(bundle(observation("o1"), observation("o2")))
    assert found.patient == "Patient/p1"
    assert "entry[1]" in refused(bundle(observation("o1"), observation("o2", subject={"reference": "Patient/p2"})))


def test_a_bundle_that_names_no_patient_is_refused():
    assert "names no patient" in refused(bundle({"resourceType": "Organization", "id": "x"}))


def test_a_contained_patient_is_not_known_to_be_the_bundles():
    resource = observation(subject={"reference": "#p"}, contained=[{"resourceType": "Patient", "id": "p"}])
    assert "entry[1].resource.subject" in refused(bundle(patient(), resource))


def restricted_with_note(document, words):
    found = read(document)
    assert found.records[1].categories & RESTRICTED
    assert any(words in note for note in found.notes)


@pytest.mark.parametrize(
    "subject", [None, {"reference": "Group/g1"}, {"reference": "Device/d1"}, {"display": "somebody"}]
)
def test_a_record_that_does_not_say_whose_it_is_is_restricted(subject):
    restricted_with_note(bundle(patient(), observation(subject=subject)), "do not say whose they are")


@pytest.mark.parametrize(
    "elements",
    [
        {"focus": [{"reference": "Patient/mother"}]},
        {"extension": [{"url": "x", "valueReference": {"reference": "Patient/mother"}}]},
        {"performer": [{"reference": "https://other.example/Patient/p1"}, {"reference": f"{SERVER}/Patient/p1"}]},
        {"contained": [{"resourceType": "Patient", "id": "mother"}], "focus": [{"reference": "#mother"}]},
    ],
)
def test_a_record_that_tells_of_another_patient_too_is_restricted(elements):
    restricted_with_note(bundle(patient(), observation(**elements)), "refer to another patient too")


def test_an_appointment_belongs_to_the_patient_who_takes_part():
    mine = {"resourceType": "Appointment", "id": "a1", "participant": [{"actor": ME}]}
    assert read(bundle(patient(), mine)).records[1].categories & RESTRICTED == 0
    other = {"resourceType": "Appointment", "id": "a1", "participant": [{"actor": {"reference": "Patient/p2"}}]}
    assert "participant[0].actor" in refused(bundle(patient(), other))
