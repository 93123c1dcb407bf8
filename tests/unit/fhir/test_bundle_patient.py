"""A bundle is of one patient, whichever way its references are written."""

import pytest

from carechain.data_categories import RESTRICTED
from tests.unit.fhir.bundle_documents import ICD, ME, bundle, concept, observation, patient, read, refused

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
        ({"reference": "https://other.example/fhir/Patient/p1"}, URN),
        ({"reference": f"{SERVER}/Patient/p1"}, None),
        ({"reference": "Patient?identifier=urn:oid:1.2.3|78"}, None),
        ({"reference": URN, "type": "Patient"}, None),
        ({"identifier": {"system": "urn:oid:1.2.3", "value": "78"}, "type": "Patient"}, None),
    ],
)
def test_references_to_another_patient_are_refused(subject, full_url):
    assert "entry[1].resource.subject is not known to be the bundle's patient" in refused(of(subject, full_url))


OTHER = "https://other.example/fhir"


@pytest.mark.parametrize("full_url", [f"{SERVER}/Patient/p1", URN, None])
def test_a_relative_reference_is_of_the_server_that_its_entry_is_of(full_url):
    assert "entry[1].resource.subject" in refused(of(ME, full_url, f"{OTHER}/Observation/o1"))


@pytest.mark.parametrize("own_url", [f"{SERVER}/Observation/o1", URN, None])
def test_a_relative_reference_of_the_same_server_or_of_none_is_to_the_patient(own_url):
    assert len(read(of(ME, f"{SERVER}/Patient/p1", own_url)).records) == 2


def test_what_another_server_calls_by_the_same_id_is_another_record():
    absolute = {"reference": f"{SERVER}/Patient/p1"}
    urls = (f"{SERVER}/Observation/o1", f"{OTHER}/Observation/o1", "https://third.example/Observation/o1", None)
    found = [read(of(absolute, f"{SERVER}/Patient/p1", url)).records[1] for url in urls]
    identities = [record.identity for record in found]
    assert identities[0] == identities[3] == "Observation/o1"
    assert len(set(identities)) == 3
    again = read(of(absolute, f"{SERVER}/Patient/p1", urls[1])).records[1]
    assert again.identity == identities[1]
    assert all(b'"id":"o1"' in record.content for record in found)


def test_what_a_record_tells_of_is_not_looked_up_on_another_server():
    condition = {"resourceType": "Condition", "id": "c", "subject": ME, "code": concept(ICD, "I10")}
    mine = observation(subject={"reference": f"{SERVER}/Patient/p1"}, focus=[{"reference": "Condition/c"}])
    document = bundle(patient(), condition, mine)
    for entry, base in zip(document["entry"], (SERVER, SERVER, OTHER), strict=True):
        entry["fullUrl"] = f"{base}/{entry['resource']['resourceType']}/{entry['resource']['id']}"
    assert read(document).records[2].categories & RESTRICTED
    document["entry"][2]["fullUrl"] = f"{SERVER}/Observation/o1"
    assert not read(document).records[2].categories & RESTRICTED


@pytest.mark.parametrize("with_patient", [True, False])
def test_the_order_of_entries_does_not_decide_whose_they_are(with_patient):
    away = {"reference": f"{OTHER}/Patient/p1"}
    near = observation("o1", subject={"reference": f"{SERVER}/Patient/p1"})
    far = observation("o2", subject={"reference": f"{SERVER}/Patient/p1"}, performer=[away])
    start = [patient()] if with_patient else []
    documents = [bundle(*start, *resources) for resources in ((near, far), (far, near))]
    for document in documents:
        if with_patient:
            document["entry"][0]["fullUrl"] = f"{SERVER}/Patient/p1"
    one, other = ({record.identity: record.categories for record in read(each).records} for each in documents)
    assert one == other


def test_without_a_patient_subjects_on_two_servers_are_refused_in_either_order():
    relative, absolute = observation("o1"), observation("o2", subject={"reference": f"{SERVER}/Patient/p1"})
    for resources in ((relative, absolute), (absolute, relative)):
        assert "entry[1].resource.subject" in refused(bundle(*resources))


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
    mine["reasonCode"] = [concept(ICD, "I10")]
    assert read(bundle(patient(), mine)).records[1].categories & RESTRICTED == 0
    other = {"resourceType": "Appointment", "id": "a1", "participant": [{"actor": {"reference": "Patient/p2"}}]}
    assert "participant[0].actor" in refused(bundle(patient(), other))
