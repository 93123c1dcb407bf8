"""Real bundles of a generator that many systems are tested with, HL7's own examples, and our example."""

import json
from pathlib import Path

import pytest

from carechain.data_categories import ALL_CLASSES, ALL_LABELS, RESTRICTED, labels_of
from carechain.errors import CarechainError
from carechain.record_files import read_records
from tests.helpers.real_data import SHARED, beside
from tests.unit.fhir.bundle_documents import POLICY, bundle, read

PROJECT = Path(__file__).parents[3]
SYNTHEA = sorted((SHARED / "fhir_synthea_r4").glob("*_*.json"))
HL7 = SHARED / "fhir_r4_examples"
EXAMPLE = PROJECT / "examples/records/river-0042.json"

real = beside(HL7, "real bundles")


@real
@pytest.mark.parametrize("index", range(10))
def test_a_synthea_bundle_is_read_whole(index):
    sent = json.loads(SYNTHEA[index].read_text("utf-8"))["entry"]
    found = read_records(SYNTHEA[index], POLICY)[0]
    assert len(found.records) == len(sent)
    for entry, record in zip(sent, found.records, strict=True):
        assert json.loads(record.content) == entry["resource"]
        assert record.identity == f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        assert (record.categories & ALL_CLASSES).bit_count() == 1 or record.categories == RESTRICTED
    dated = [record for record in found.records if record.day_to != 65_535]
    assert len(dated) > 0.9 * len(found.records)
    assert all(record.day_from <= record.day_to for record in found.records)


@real
def test_most_of_a_synthea_bundle_has_a_label_by_the_example_policy():
    records = [record for file in SYNTHEA for record in read_records(file, POLICY)[0].records]
    restricted = [record for record in records if record.categories & RESTRICTED]
    assert len(restricted) < 0.25 * len(records)


@real
@pytest.mark.parametrize("name", ["hospitalInformation", "practitionerInformation"])
def test_a_bundle_without_patients_is_refused(name):
    file = next((SHARED / "fhir_synthea_r4").glob(f"{name}*.json"))
    with pytest.raises(CarechainError, match="names no patient"):
        read_records(file, POLICY)[0]


@real
def test_two_patients_of_the_generator_in_one_bundle_are_refused():
    entries = [entry for file in SYNTHEA[:2] for entry in json.loads(file.read_text("utf-8"))["entry"]]
    with pytest.raises(CarechainError) as error:
        read({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert "is another patient than entry[" in str(error.value)


@real
def test_hl7s_observations_keep_their_content_and_those_of_nobody_are_refused():
    refused, of_nobody = [], []
    for file in sorted(HL7.glob("Observation-*.json")):
        resource = file.read_bytes()
        if not json.loads(resource).get("subject", {}).get("reference", "").startswith("Patient/"):
            of_nobody.append(file.stem)
        try:
            found = read(b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":' + resource + b"}]}")
        except CarechainError:
            refused.append(file.stem)
        else:
            assert json.loads(found.records[0].content) == json.loads(resource)
    assert refused == of_nobody
    assert len(of_nobody) < 10


@real
def test_the_precision_of_hl7s_decimal_examples_is_kept():
    sent = (HL7 / "Observation-decimal.json").read_text("utf-8")
    resource = sent.replace('"resourceType"', '"subject": {"reference": "Patient/p1"}, "resourceType"', 1)
    content = read(resource.encode()).records[0].content.decode()
    numbers = [line.split(":")[1].strip(" ,\n") for line in sent.splitlines() if '"value":' in line]
    assert len(numbers) > 5
    for number in numbers:
        assert f'"value":{number}' in content


def test_the_example_holds_ordinary_sensitive_and_unlabelled_records():
    found = read_records(EXAMPLE, POLICY)[0]
    by_identity = {record.identity: record.categories & ALL_LABELS for record in found.records}
    assert found.patient == "Patient/river-0042"
    assert by_identity["Observation/cholesterol-1"] == 0
    assert by_identity["Observation/viral-load-1"] == labels_of("HIV")
    assert by_identity["DiagnosticReport/virology-1"] == labels_of("HIV")
    assert by_identity["Condition/depression-1"] == labels_of("MH")
    assert by_identity["Condition/labelled-by-hand-1"] == labels_of("SDV")
    assert by_identity["Observation/house-code-1"] == by_identity["DocumentReference/letter-1"] == RESTRICTED


@real
def test_a_real_patient_alone_is_a_bundle_too():
    patient = json.loads((HL7 / "Patient-example.json").read_text("utf-8"))
    assert read(bundle(patient)).patient == f"Patient/{patient['id']}"
