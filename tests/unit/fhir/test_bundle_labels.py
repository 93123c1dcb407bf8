"""How sensitive a record is comes from security labels and known codes; what nothing speaks for is restricted."""

import pytest

from carechain.data_categories import ALL_LABELS, RESTRICTED, class_bit, labels_of
from tests.unit.fhir.bundle_documents import (
    ACT,
    ICD,
    LEVEL,
    LOINC,
    ME,
    SECRET,
    bundle,
    concept,
    observation,
    one,
    patient,
    read,
    security,
)

ORDINARY, UNKNOWN = "718-7", "99999-9"
CODED = concept(LOINC, ORDINARY)
HIV = labels_of("HIV")
INLINE = "http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label"


def labels(resource):
    return one(resource).categories & ALL_LABELS


def test_a_record_has_one_class_bit():
    assert one(observation()).categories == class_bit("Observation")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), RESTRICTED),
        (("U",), 0),
        (("L",), 0),
        (("M",), 0),
        (("N",), 0),
        (("R",), RESTRICTED),
        (("V",), RESTRICTED),
        (("X",), RESTRICTED),
        (("HIV",), HIV),
        (("N", "HIV"), HIV),
        (("R", "HIV"), HIV),
        (("HIV", "MH"), HIV | labels_of("MH")),
        (("V", "HIV"), RESTRICTED | HIV),
        (("COGN",), RESTRICTED),
        (("R", "COGN"), RESTRICTED),
        (("R", "HIV", "COGN"), RESTRICTED | HIV),
        (("N", "R"), RESTRICTED),
        (("NORDSCLCD",), RESTRICTED),
    ],
)
def test_security_labels_speak_for_a_code_that_is_not_known(codes, expected):
    meta = {"meta": security(*codes)} if codes else {}
    assert labels(observation(code=UNKNOWN, **meta)) == expected


@pytest.mark.parametrize(
    "labels_given",
    [
        [{"system": "http://example.org/labels", "code": "N"}],
        [{"code": "N"}],
        [{"system": LEVEL}],
        [{"system": ACT, "code": "hiv"}],
        [{"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "N"}],
        ["N"],
        [],
        None,
    ],
)
def test_security_labels_that_are_not_understood_restrict(labels_given):
    assert labels(observation(meta={"security": labels_given})) == RESTRICTED


@pytest.mark.parametrize(
    ("code", "expected"),
    [("25836-8", HIV), ("44261-6", labels_of("MH")), ("82810-3", labels_of("SEX")), (UNKNOWN, RESTRICTED)],
)
def test_codes_speak_by_the_policy(code, expected):
    assert labels(observation(code=code)) == expected


def test_the_policy_adds_to_security_labels_and_never_lifts_them():
    assert labels(observation(code="25836-8", meta=security("N"))) == HIV
    assert labels(observation(code=ORDINARY, meta=security("R"))) == RESTRICTED
    assert labels(observation(code="25836-8", meta=security("MH"))) == HIV | labels_of("MH")


@pytest.mark.parametrize(
    "elements",
    [
        {"valueCodeableConcept": concept("http://snomed.info/sct", "1")},
        {"component": [{"code": concept(LOINC, "8480-6")}, {"code": concept(LOINC, UNKNOWN)}]},
        {"bodySite": {"text": "a place in words"}},
        {"method": {"coding": []}},
        {"method": {"coding": [{"display": "a method in words"}]}},
        {"interpretation": [{"coding": [{"code": "N"}]}]},
        {"extension": [{"url": "x", "valueCodeableConcept": concept("http://snomed.info/sct", "1")}]},
        {"extension": [{"url": "x", "valueCoding": {"system": "http://snomed.info/sct", "code": "1"}}]},
        {"contained": [{"resourceType": "Specimen", "id": "s", "type": concept("http://snomed.info/sct", "1")}]},
    ],
)
def test_one_code_that_is_not_known_restricts_wherever_it_stands(elements):
    assert labels(observation(**elements)) == RESTRICTED


@pytest.mark.parametrize(
    "elements",
    [
        {"valueQuantity": {"value": 5, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}},
        {"note": [{"text": "fasting"}]},
        {"referenceRange": [{"text": "below 5"}]},
        {"text": {"status": "generated", "div": "<div>5</div>"}},
        {"meta": {"tag": [{"system": "https://example.org/tags", "code": "x"}]}},
        {"performer": [{"display": "the laboratory"}]},
        {
            "code": {
                "coding": [{"system": "https://example.org/house", "code": "x"}, {"system": LOINC, "code": ORDINARY}]
            }
        },
    ],
)
def test_what_is_no_code_or_has_a_known_one_beside_it_does_not_restrict(elements):
    assert labels({**observation(), **elements}) == 0


def test_all_known_codings_of_one_concept_count():
    both = {"coding": [{"system": LOINC, "code": ORDINARY}, {"system": ICD, "code": "B20"}]}
    assert labels({**observation(), "code": both}) == HIV


def test_a_code_in_a_contained_resource_or_an_extension_labels_the_whole():
    inside = {"resourceType": "Condition", "id": "c", "code": concept(ICD, "B20")}
    assert labels(observation(contained=[inside])) == HIV
    assert labels(observation(extension=[{"url": "x", "valueCodeableConcept": concept(ICD, "B20")}])) == HIV


def test_administrative_codes_alone_say_nothing():
    category = [concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")]
    resource = observation(category=category)
    assert labels(resource) == 0
    del resource["code"]
    assert labels(resource) == RESTRICTED


@pytest.mark.parametrize("meta", [{}, {"meta": security("N")}, {"meta": security("HIV")}])
@pytest.mark.parametrize("at", ["_valueString", "code", "meta"])
def test_labels_inside_elements_restrict_the_whole(at, meta):
    label = {"extension": [{"url": INLINE, "valueCoding": {"system": ACT, "code": "HIV"}}]}
    resource = observation(**meta)
    resource[at] = {**resource.get(at, {}), **label}
    assert labels(resource) & RESTRICTED


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "DocumentReference", "type": concept(LOINC, ORDINARY)},
        {"resourceType": "Composition", "type": concept(LOINC, ORDINARY)},
        {"resourceType": "QuestionnaireResponse", "item": [{"answer": [{"valueCoding": CODED["coding"][0]}]}]},
        {"resourceType": "DiagnosticReport", "code": concept(LOINC, ORDINARY), "presentedForm": [{"data": "eA=="}]},
        {"resourceType": "Observation", "code": CODED, "extension": [{"url": "x", "valueAttachment": {"url": "y"}}]},
    ],
)
def test_texts_and_files_are_restricted_until_labelled(resource):
    resource = {"id": "x", "subject": ME, **resource}
    assert labels(resource) == RESTRICTED
    assert labels({**resource, "meta": security("N")}) == 0


@pytest.mark.parametrize(("level", "expected"), [("V", RESTRICTED), ("R", RESTRICTED), ("N", 0)])
def test_a_bundles_own_label_restricts_what_has_none(level, expected):
    document = bundle(patient(), observation("o1"), observation("o2", meta=security("N")), meta=security(level))
    records = read(document).records
    assert records[1].categories & ALL_LABELS == expected
    assert records[2].categories & ALL_LABELS == 0


def test_a_bundles_own_label_never_says_that_data_is_ordinary():
    document = bundle(patient(), observation(code=UNKNOWN), meta=security("N"))
    assert read(document).records[1].categories & RESTRICTED


def test_a_security_label_of_a_document_counts_as_one_of_its_meta():
    document = {"resourceType": "DocumentReference", "id": "d", "subject": ME, "securityLabel": [concept(LEVEL, "N")]}
    assert labels(document) == 0
    assert labels({**document, "securityLabel": [concept(ACT, "PSY")]}) == labels_of("PSY")
    composition = {"resourceType": "Composition", "id": "c", "subject": ME, "confidentiality": "R"}
    assert labels(composition) == RESTRICTED


def report(*results, **elements):
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "code": concept(LOINC, ORDINARY),
        "subject": ME,
        "result": [{"reference": f"Observation/{result}"} for result in results],
        **elements,
    }


def test_a_record_has_the_labels_of_what_it_tells_of():
    sensitive, ordinary = observation("o1", "25836-8"), observation("o2")
    records = read(bundle(patient(), report("o1", "o2"), sensitive, ordinary)).records
    assert records[1].categories == class_bit("DiagnosticReport") | HIV
    assert records[3].categories == class_bit("Observation")


def test_labels_spread_along_chains_and_circles():
    panel = observation("panel", hasMember=[{"reference": "Observation/o1"}])
    member = observation("o1", "25836-8", derivedFrom=[{"reference": "Observation/panel"}])
    records = read(bundle(patient(), report("panel"), panel, member)).records
    assert all(record.categories & ALL_LABELS == HIV for record in records[1:])


def test_a_record_that_tells_of_something_unlabelled_or_absent_is_restricted():
    assert read(bundle(patient(), report("o1"), observation("o1", UNKNOWN))).records[1].categories & RESTRICTED
    assert read(bundle(patient(), report("elsewhere"))).records[1].categories & RESTRICTED
    stated = read(bundle(patient(), report("elsewhere", meta=security("N")))).records[1]
    assert stated.categories == class_bit("DiagnosticReport")


def test_a_medicine_named_by_reference_counts_as_a_code():
    medicine = {"reference": "#m"}
    request = {"resourceType": "MedicationRequest", "id": "m1", "subject": ME, "medicationReference": medicine}
    antiviral = {"resourceType": "Medication", "id": "m", "code": concept("http://www.whocc.no/atc", "J05AR10")}
    assert labels({**request, "contained": [antiviral]}) == HIV
    medicine["reference"] = "Medication/m"
    assert read(bundle(patient(), request, antiviral)).records[1].categories & ALL_LABELS == HIV
    antiviral["code"] = {"text": "a medicine in words"}
    assert read(bundle(patient(), request, antiviral)).records[1].categories & ALL_LABELS == RESTRICTED


def test_notes_count_what_is_restricted_and_name_systems_but_no_codes():
    house = {"coding": [{"system": "https://riverside.example/house", "code": "H-17", "display": SECRET}]}
    broken = {"coding": [{"system": f"not a uri {SECRET}", "code": "H-18"}]}
    resources = (
        observation("o1", code=UNKNOWN),
        {**observation("o2"), "code": house},
        {**observation("o3"), "code": broken},
    )
    notes = " ".join(read(bundle(patient(), *resources)).notes)
    assert "3 of 4 records are restricted for want of a label" in notes
    assert LOINC in notes
    assert "https://riverside.example/house" in notes
    for value in (UNKNOWN, "H-17", "H-18", SECRET):
        assert value not in notes
