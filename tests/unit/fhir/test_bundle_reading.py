"""A bundle becomes records with the content as it was sent, or is refused with every reason."""

import json
from pathlib import Path

import pytest

from carechain.data_categories import RESTRICTED, class_bit
from carechain.errors import CarechainError
from carechain.health_record import RecordsRefusedError
from carechain.record_files import read_records
from tests.unit.fhir.bundle_documents import (
    ICD,
    ME,
    POLICY,
    SECRET,
    bundle,
    concept,
    observation,
    one,
    patient,
    read,
    refused,
)

EXAMPLE = Path(__file__).parents[3] / "examples/records/river-0042.json"


def test_each_resource_becomes_a_record_in_the_order_of_the_bundle():
    found = read(bundle(observation("o2"), patient(), observation("o1")))
    assert [record.identity for record in found.records] == ["Observation/o2", "Patient/p1", "Observation/o1"]
    assert {record.patient for record in found.records} == {"Patient/p1"} == {found.patient}
    assert found.source == "bundle.json"


@pytest.mark.parametrize("kind", ["transaction", "collection", "batch", "searchset", "document"])
def test_bundles_that_hold_records_are_read(kind):
    assert len(read(bundle(patient(), observation(), kind=kind)).records) == 2


@pytest.mark.parametrize("kind", ["history", "message", "transaction-response", "batch-response", "other", None, 5])
def test_other_kinds_of_bundle_are_refused(kind):
    assert "Bundle.type" in refused(bundle(patient(), kind=kind))


def test_a_single_resource_may_come_without_a_bundle():
    found = read(observation())
    assert found.patient == "Patient/p1"
    assert found.records[0].identity == "Observation/o1"


NUMBERS = ["1.10", "0", "-0", "-0.0", "1e5", "1E-07", "100.00", "12345678901234567890.123456789", "9007199254740993"]


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_keeps_its_digits(number):
    text = json.dumps(bundle(patient(), observation(valueQuantity={"value": 123456}))).replace("123456", number)
    assert f'"valueQuantity":{{"value":{number}}}'.encode() in read(text.encode()).records[1].content


def test_the_content_has_sorted_elements_no_blanks_and_readable_characters():
    sent = '{"subject": {"reference":"Patient/p1"}, "resourceType": "Observation",'
    sent += '\n "note": [{"text": "\\u00e9"}], "id": "o1"}'
    assert read(sent.encode()).records[0].content == (
        '{"id":"o1","note":[{"text":"é"}],"resourceType":"Observation","subject":{"reference":"Patient/p1"}}'.encode()
    )


def test_the_content_does_not_depend_on_order_or_blanks():
    document = observation()
    turned = dict(reversed(document.items()))
    assert read(document).records[0].content == read(json.dumps(turned, indent=3).encode()).records[0].content


@pytest.mark.parametrize("kind", ["Organization", "Practitioner", "Medication", "Binary", "Location"])
def test_types_without_a_class_are_kept_for_the_patient_alone(kind):
    found = read(bundle(patient(), {"resourceType": kind, "id": "x"}))
    assert found.records[1].categories == RESTRICTED
    assert any(f"no consent can name, and only for the patient: {kind}" in note for note in found.notes)


@pytest.mark.parametrize("kind", ["Observations", "SubscriptionStatus", "", None, 5, ["Patient"], {"a": 1}])
def test_types_that_r4_does_not_know_are_refused(kind):
    assert "entry[1].resource.resourceType is not a type of FHIR R4" in refused(
        bundle(patient(), {"resourceType": kind, "id": "x"})
    )


@pytest.mark.parametrize("identity", ["", "a b", "x" * 65, 5, None, "ü"])
def test_an_id_that_fhir_does_not_allow_is_refused(identity):
    assert "entry[1].resource.id" in refused(bundle(patient(), observation(identity)))


def test_a_full_url_stands_in_for_an_id():
    resource = observation()
    del resource["id"]
    for url, identity in (
        ("urn:uuid:6f3c2b1a-0000-4000-8000-000000000001", "6f3c2b1a-0000-4000-8000-000000000001"),
        ("urn:oid:1.2.3", "1.2.3"),
        ("https://riverside.example/fhir/Observation/o7", "o7"),
        ("https://riverside.example/fhir/Observation/o7/_history/2", "o7"),
    ):
        document = bundle(patient(), resource)
        document["entry"][0]["fullUrl"] = "https://riverside.example/fhir/Patient/p1"
        document["entry"][1]["fullUrl"] = url
        assert read(document).records[1].identity == f"Observation/{identity}"


@pytest.mark.parametrize("url", [None, "o7", "https://riverside.example/o7", "https://riverside.example/Patient/o7", 7])
def test_an_entry_that_nothing_names_is_refused_by_its_index(url):
    resource = observation()
    del resource["id"]
    document = bundle(patient(), resource)
    document["entry"][1]["fullUrl"] = url
    assert "entry[1] has neither an id nor a fullUrl" in refused(document)


def test_a_full_url_with_another_id_is_refused():
    document = bundle(patient(), observation())
    document["entry"][1]["fullUrl"] = "https://riverside.example/Observation/o2"
    assert "entry[1].fullUrl" in refused(document)


def test_an_entry_that_stands_twice_is_kept_once():
    found = read(bundle(patient(), observation(), observation()))
    assert len(found.records) == 2
    assert "entry[2] repeats entry[1] and is kept once" in found.notes


def test_two_contents_of_one_id_are_refused_and_both_named():
    message = refused(bundle(patient(), observation(), observation(status="amended")))
    assert "entry[2] has the type and id of entry[1] and another content" in message


def test_numbers_of_the_same_value_and_another_precision_are_another_content():
    text = json.dumps(bundle(patient(), *(observation(valueQuantity={"value": n}) for n in (11, 22))))
    assert "entry[1]" in refused(text.replace("11", "1.1").replace("22", "1.10").encode())


def test_two_entries_of_one_full_url_are_refused():
    document = bundle(patient(), observation("o1"), observation("o2"))
    for entry in document["entry"][1:]:
        entry["fullUrl"] = "urn:uuid:6f3c2b1a-0000-4000-8000-000000000001"
    assert "entry[2].fullUrl is that of entry[1] too" in refused(document)


def test_all_faults_are_found_at_once():
    document = bundle(patient(), observation("a b"), {"resourceType": "Nothing", "id": "x"}, observation())
    document["entry"][3]["resource"]["subject"] = {"reference": "Patient/other"}
    with pytest.raises(RecordsRefusedError) as error:
        read(document)
    assert [refusal.place.split(": ")[1] for refusal in error.value.refusals] == [
        "entry[1].resource.id",
        "entry[2].resource.resourceType",
        "entry[3].resource.subject",
    ]
    assert "for 3 reasons" in str(error.value)


def test_of_very_many_faults_the_first_hundred_are_shown_and_the_rest_counted():
    message = refused(bundle(patient(), *({"resourceType": "Nothing"} for _ in range(150))))
    assert "and 50 more" in message


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "GET", None])
def test_requests_that_keep_no_record_are_refused(method):
    document = bundle(patient(), observation(), kind="transaction")
    document["entry"][1]["request"] = {"method": method, "url": "Observation/o1"}
    assert "entry[1].request.method" in refused(document)


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"resource": []}, "entry", None])
def test_entries_without_a_resource_are_refused(entry):
    document = bundle(patient())
    document["entry"].append(entry)
    assert "entry[1]" in refused(document)


def test_the_outcome_of_a_search_is_no_record_and_further_pages_are_noted():
    document = bundle(
        patient(), {"resourceType": "OperationOutcome"}, kind="searchset", link=[{"relation": "next", "url": "x"}]
    )
    document["entry"][1]["search"] = {"mode": "outcome"}
    found = read(document)
    assert len(found.records) == 1
    assert any("no record" in note for note in found.notes)
    assert any("one page of a search" in note for note in found.notes)


def test_a_resource_of_which_parts_were_left_out_is_refused():
    tag = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]}
    assert "SUBSETTED" in refused(bundle(patient(), observation(meta=tag)))


def test_a_bundle_in_a_bundle_is_refused():
    assert "a bundle in a bundle" in refused(bundle(patient(), bundle(patient())))


@pytest.mark.parametrize("entries", [[], None, {}, "x"])
def test_a_bundle_without_records_is_refused(entries):
    assert "holds no records" in refused({"resourceType": "Bundle", "type": "collection", "entry": entries})


def nested(levels):
    value = {"url": "x"}
    for _ in range(levels):
        value = {"extension": [value]}
    return value


@pytest.mark.parametrize("levels", [25, 400, 3_000])
def test_deep_nesting_is_refused(levels):
    text = json.dumps(bundle(patient(), observation(note=[])))
    inner = '{"extension":[' * levels + '{"url":"x"}' + "]}" * levels
    assert "nests deeper" in refused(text.replace('"note": []', f'"note": [{inner}]').encode())


def test_nesting_as_real_resources_have_it_is_read():
    one(observation(extension=[nested(10)]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"<Bundle/>", "is XML"),
        (json.dumps(bundle(patient())).encode("utf-16"), "UTF-16"),
        (b'{"resourceType": "Bun\xffdle"}', "byte 21"),
        (json.dumps(bundle(patient())).encode()[:60], "ends in the middle"),
        (b'{"resourceType": "Bundle", "type": "batch", "type": "batch"}', "the element type twice"),
        (b'{"resourceType": "Bundle", "total": NaN}', "NaN"),
        (b'{"resourceType": "Bundle", "total": Infinity}', "Infinity"),
        (b'{"resourceType": "Bundle", "total": ' + b"9" * 101 + b"}", "a number that is too long"),
        (b'{"resourceType": "Bundle", "total": -1e999}', "a number that is too long, too large"),
        (b'{"resourceType": "Bundle", "total": 1e-999999999}', "a number that is too long, too large or too fine"),
        (b'{"resourceType": "Bundle", "total": 0E+0001000}', "a number that is too long, too large or too fine"),
        (b"[]", "not a JSON object"),
        (b"5", "not a JSON object"),
    ],
)
def test_what_is_no_sound_json_is_refused(content, words):
    assert words in refused(content)


def test_half_a_character_is_refused_with_its_entry():
    assert "entry[1].resource holds half a character" in refused(
        bundle(patient(), observation(note=[{"text": "\ud800"}]))
    )


def test_a_file_is_read_by_its_path_and_its_size_is_limited(tmp_path):
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle(patient())), "utf-8")
    assert read_records(file, POLICY)[0].source == "bundle.json"
    with pytest.raises(CarechainError, match="larger than 50 bytes"):
        read_records(file, POLICY, max_bytes=50)
    with pytest.raises(CarechainError, match="cannot be read"):
        read_records(tmp_path / "nothing.json", POLICY)


def test_a_printed_record_shows_nothing_private():
    found = read(
        bundle(patient(), {"resourceType": "Condition", "id": "c1", "code": concept(ICD, "B20"), "subject": ME})
    )
    for shown in (repr(found), str(found)):
        assert SECRET not in shown
        assert "p1" not in shown
        assert "c1" not in shown
    assert found.records[1].categories & class_bit("Condition")


ODD = (None, 5, -1.5, True, "", "x", [], {}, [None], [[]], {"reference": 5}, {"coding": [None]}, {"start": 5})


def places(value):
    """Every object or array with each of its keys."""
    found = [(value, key) for key in (value if isinstance(value, dict) else range(len(value)))]
    return found + [each for child, key in found if isinstance(child[key], dict | list) for each in places(child[key])]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_element_of_any_other_form_is_read_or_refused_with_words(odd):
    example = json.loads(EXAMPLE.read_text("utf-8"))
    example["entry"] = example["entry"][:1] + example["entry"][6:20:3]
    example["link"] = [{"relation": "self"}]
    read_whole, refusals = 0, []
    for parent, key in places(example):
        kept, parent[key] = parent[key], odd
        try:
            read_whole += bool(read(example).records)
        except CarechainError as refusal:
            refusals.append(str(refusal))
        parent[key] = kept
    assert read_whole > 20
    assert all("bundle.json" in refusal for refusal in refusals)
