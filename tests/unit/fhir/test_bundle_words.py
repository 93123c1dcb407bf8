"""What stands in words where FHIR has a code is not known, in whatever form it comes."""

import pytest

from carechain.data_categories import ALL_LABELS, RESTRICTED
from tests.unit.fhir.bundle_documents import ACT, ICD, ME, concept, observation, one, patient, read, security

TRANSLATED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/translation"}]}
SAID = [{"url": "https://riverside.example/reason", "valueString": "words"}]
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "e1",
    "subject": ME,
    "class": {"system": ACT, "code": "AMB"},
    "text": {"status": "generated", "div": "<div/>"},
}
APPOINTMENT = {"resourceType": "Appointment", "id": "a1", "participant": [{"actor": ME}], "description": "words"}


def labels(resource):
    return one(resource).categories & ALL_LABELS


def test_a_visit_with_its_codes_alone_is_ordinary():
    coded = {"reasonCode": [concept(ICD, "I10"), {**concept(ICD, "I10"), "text": "words", "_text": TRANSLATED}]}
    assert labels({**ENCOUNTER, **coded}) == 0


@pytest.mark.parametrize(
    "reason",
    [
        [{"text": "words"}],
        [{"text": "words", "_text": TRANSLATED}],
        [{"_text": TRANSLATED}],
        [{"text": "words", "userSelected": True}],
        [{"extension": SAID}],
        [{"display": "words"}],
        [{"code": "words"}],
        [{}],
        ["words"],
        [["words"]],
        "words",
        {"text": "words"},
        [concept(ICD, "I10"), "words"],
    ],
)
def test_a_reason_in_words_restricts_in_every_form(reason):
    assert labels({**ENCOUNTER, "reasonCode": reason}) == RESTRICTED
    assert labels({**ENCOUNTER, "_reasonCode": reason}) == RESTRICTED


@pytest.mark.parametrize(
    "elements",
    [
        {"code": "words"},
        {"category": ["words"]},
        {"interpretation": [{"text": "words", "_text": {"id": "x"}}]},
        {"valueCodeableConcept": "words"},
        {"component": [{"code": {"extension": SAID}}]},
        {"extension": [{"url": "x", "valueCodeableConcept": "words"}]},
        {"valueCoding": {"code": "words"}},
        {"text": "words"},
    ],
)
def test_words_for_codes_restrict_any_resource(elements):
    assert labels({**observation(), **elements}) == RESTRICTED


def test_what_r4_has_as_a_plain_code_is_not_taken_for_words():
    allergy = {"resourceType": "AllergyIntolerance", "id": "a1", "patient": ME, "code": concept(ICD, "Z88.0")}
    assert labels({**allergy, "type": "allergy", "category": ["medication"]}) == 0


@pytest.mark.parametrize("status", ["additional", None, "unheard-of"])
def test_a_narrative_that_says_more_than_the_data_restricts(status):
    told = {**observation(), "text": {"status": status, "div": "<div>words</div>"}}
    assert labels(told) == RESTRICTED
    assert labels({**told, "meta": security("N")}) == 0
    del told["text"]["status"]
    assert labels(told) == RESTRICTED
    assert labels({**observation(), "contained": [{"resourceType": "Device", "id": "d", "text": told["text"]}]})


@pytest.mark.parametrize("status", ["generated", "extensions", "empty"])
def test_a_narrative_of_the_data_follows_the_codes(status):
    assert labels({**observation(), "text": {"status": status, "div": "<div>5</div>"}}) == 0


@pytest.mark.parametrize(
    "elements",
    [
        {"serviceProvider": {"reference": "Organization/9", "display": "words"}},
        {"location": [{"location": {"display": "words"}}]},
        {"hospitalization": {"origin": {"reference": "Location/9", "display": "words"}}},
        {"extension": SAID},
        {"extension": [{"url": "https://riverside.example/x", "extension": SAID}]},
    ],
)
def test_a_clinic_or_a_reason_in_words_restricts_what_is_labelled_by_its_type(elements):
    assert labels({**ENCOUNTER, **elements}) == RESTRICTED
    assert labels({**ENCOUNTER, **elements, "meta": security("N")}) == 0


def test_a_reference_of_which_only_something_is_said_is_one_to_what_is_not_here():
    assert labels({**ENCOUNTER, "reasonReference": [{"_reference": {"extension": SAID}}]}) == RESTRICTED


def test_demographics_keep_the_extensions_of_hl7_and_the_names_of_people():
    race = {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"}
    race["extension"] = [{"url": "text", "valueString": "words"}]
    assert read(patient(extension=[race], address=[{"text": "words"}])).records[0].categories & RESTRICTED == 0
    clinic = {"reference": "Organization/9", "display": "words"}
    assert read(patient(managingOrganization=clinic)).records[0].categories & RESTRICTED


def test_an_appointment_is_known_by_its_codes_alone():
    assert labels(APPOINTMENT) == RESTRICTED
    assert labels({**APPOINTMENT, "reasonCode": [concept(ICD, "I10")]}) == 0
