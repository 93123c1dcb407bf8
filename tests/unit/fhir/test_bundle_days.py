"""The clinical days of a record: when care happened, as exactly as its dates say."""

from datetime import date

import pytest

from carechain.consent_terms import day_number
from carechain.data_categories import CLASSES
from carechain.fhir.clinical_days import UNDATED, clinical_days
from tests.unit.fhir.bundle_documents import ME, bundle, observation, one, patient, read


def day(text):
    return day_number(date.fromisoformat(text))


def days(resource_type, **elements):
    return clinical_days({"resourceType": resource_type, **elements})


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2016-02-29", "2016-02-29", "2016-02-29"),
        ("2016-02-29T23:30:00-05:00", "2016-02-29", "2016-02-29"),
        ("2016-03-01T00:30:00+14:00", "2016-03-01", "2016-03-01"),
        ("2016-03-01T00:30:00.123Z", "2016-03-01", "2016-03-01"),
        ("1850", "1900-01-01", "1900-01-01"),
    ],
)
def test_a_date_covers_what_it_names_in_its_own_time_zone(value, first, last):
    assert days("Observation", effectiveDateTime=value) == (day(first), day(last))


def test_days_are_held_within_16_bits():
    assert days("Observation", effectiveDateTime="2150-01-01") == (65_535, 65_535)


def test_a_period_covers_its_days_and_without_an_end_all_later_ones():
    assert days("Encounter", period={"start": "2020-05", "end": "2020-06-02"}) == (day("2020-05-01"), day("2020-06-02"))
    assert days("Encounter", period={"start": "2020-05-04"}) == (day("2020-05-04"), 65_535)
    assert days("Encounter", period={"end": "2020-05-04"}) == (0, day("2020-05-04"))


def span(first, last):
    return {"start": first, "end": last}


ONE, TWO, LATER = "2019-01-01", "2019-02-02", "2020-03-03"
CASES = [
    ("Condition", {"onsetDateTime": ONE, "abatementDateTime": TWO, "recordedDate": LATER}, ONE, TWO),
    ("Observation", {"effectiveDateTime": ONE, "issued": "2020-03-03T00:00:00Z"}, ONE, ONE),
    ("Observation", {"issued": "2020-03-03T00:00:00Z"}, LATER, LATER),
    ("Observation", {"effectiveTiming": {"event": [TWO, ONE]}}, ONE, TWO),
    ("ServiceRequest", {"occurrenceTiming": {"repeat": {"boundsPeriod": span(ONE, TWO)}}}, ONE, TWO),
    ("Claim", {"item": [{"servicedDate": ONE}, {"servicedPeriod": span(TWO, TWO)}], "created": LATER}, ONE, TWO),
    ("Specimen", {"collection": {"collectedDateTime": ONE}, "receivedTime": TWO}, ONE, ONE),
    ("DocumentReference", {"date": "2020-03-03T00:00:00Z", "context": {"period": span(ONE, TWO)}}, ONE, TWO),
    ("MedicationRequest", {"authoredOn": ONE}, ONE, ONE),
    ("Goal", {"startDate": ONE, "target": [{"dueDate": TWO}], "statusDate": LATER}, ONE, TWO),
]


@pytest.mark.parametrize(("kind", "elements", "first", "last"), CASES)
def test_when_care_happened_goes_before_when_it_was_written_down(kind, elements, first, last):
    assert days(kind, **elements) == (day(first), day(last))


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        ("Condition", {"onsetString": "1998", "recordedDate": LATER}),
        ("Condition", {"onsetAge": {"value": 20}, "recordedDate": LATER}),
        ("Condition", {"onsetDateTime": ONE, "abatementRange": {"low": {"value": 20}}}),
        ("Condition", {"_onsetDateTime": {"extension": [{"url": "x", "valueCode": "unknown"}]}, "recordedDate": LATER}),
        ("AllergyIntolerance", {"onsetRange": {"low": {"value": 20}}, "recordedDate": LATER}),
        ("Observation", {"effectiveTiming": {"repeat": {"frequency": 1}}, "issued": LATER}),
        ("Observation", {"effectivePeriod": {}, "issued": LATER}),
        ("Observation", {"effectiveDateTime": None, "issued": LATER}),
        ("ServiceRequest", {"occurrenceTiming": {"code": {"text": "daily"}}, "authoredOn": LATER}),
        ("Immunization", {"occurrenceString": "long ago", "recorded": LATER}),
        ("Goal", {"startCodeableConcept": {"text": "admission"}, "statusDate": LATER}),
    ],
)
def test_care_without_a_day_is_not_dated_by_when_it_was_written_down(kind, elements):
    assert days(kind, **elements) == UNDATED


def test_what_is_said_about_a_date_does_not_undo_it():
    said = {"_effectiveDateTime": {"id": "x"}, "effectivenessNote": "y"}
    assert days("Observation", effectiveDateTime=ONE, **said) == (day(ONE), day(ONE))


@pytest.mark.parametrize("kind", CLASSES)
def test_a_resource_without_a_date_is_data_of_any_day(kind):
    assert days(kind, birthDate="1980-01-01") == UNDATED


def test_a_birth_date_does_not_date_the_patients_demographics():
    assert (read(bundle(patient(birthDate="1980-01-01"))).records[0].day_to) == 65_535


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2019-02-30", "2019-01-01T10:00", "2019-01-01T10:00:00", "20190101", 2019, ["2019"], ""],
)
def test_a_date_that_cannot_be_read_dates_nothing_and_is_noted(value):
    found = read(bundle(patient(), observation(effectiveDateTime=value)))
    assert (found.records[1].day_from, found.records[1].day_to) == UNDATED
    assert any("not one of FHIR R4" in note for note in found.notes)


def test_a_period_that_ends_before_it_starts_dates_nothing():
    record = one({"resourceType": "Encounter", "id": "e", "subject": ME, "period": {"start": "2020", "end": "2019"}})
    assert (record.day_from, record.day_to) == UNDATED
