"""ISRCTN registry, in several conversions of its XML."""

import pytest

from carechain.registries.record import Identifier, IdentifierKind, Outcome, OutcomeKind, PartialDate
from tests.unit.registries.registry_records import ISRCTN, changed, read, refused

ABOUT = "trialDescription"
DAY = "2024-05-26T15:09:37.968497Z"


def test_a_record_is_read():
    record = read(ISRCTN)
    assert (record.number, record.registered) == ("ISRCTN12345678", PartialDate(2024, 5, 26))
    assert (record.started, record.start_is_actual) == (PartialDate(2024, 5, 1), None)
    assert (record.completed, record.completion_is_actual) == (PartialDate(2026, 12, 31), None)
    assert (record.phase, record.countries, record.conditions) == ("2/3", ("England", "Wales"), ("Knee pain",))
    assert record.eligibility == "Inclusion criteria:\nAdults\nExclusion criteria:\nAllergy"
    assert (record.ethics, record.ethics_date) == ("Approved; 2024-04-01; 24/LO/0001", PartialDate(2024, 4, 1))
    assert record.other_identifiers == (
        Identifier(IdentifierKind.NCT, "NCT01234567"),
        Identifier(IdentifierKind.SPONSOR, "HC-7"),
        Identifier(IdentifierKind.OTHER, "331234", "iras"),
    )


@pytest.mark.parametrize(
    "isrctn",
    [
        {"@attributes": {"dateAssigned": DAY}, "#text": "12345678"},
        {"@attributes": {"dateAssigned": DAY}, "0": "x", "value": 12345678},
        {"$": {"dateAssigned": DAY}, "_": "ISRCTN12345678"},
        {"@dateAssigned": DAY, "#text": "12345678"},
        {"dateAssigned": DAY, "value": "12345678"},
        {"_dateAssigned": DAY, "$t": "12345678"},
        [{"dateAssigned": DAY, "text": "12345678"}],
    ],
)
def test_the_date_of_assignment_is_found_in_every_spelling(isrctn):
    record = read({**ISRCTN, "isrctn": isrctn})
    assert (record.number, record.registered) == ("ISRCTN12345678", PartialDate(2024, 5, 26))


@pytest.mark.parametrize("isrctn", ["12345678", 12345678, "ISRCTN12345678", "isrctn 12345678"])
def test_a_number_without_its_attribute_has_no_date_of_registration(isrctn):
    record = read({**ISRCTN, "isrctn": isrctn})
    assert (record.number, record.registered) == ("ISRCTN12345678", None)
    assert "The record has no date of registration." in record.notes


def test_the_date_is_also_an_attribute_of_the_trial():
    attributes = {"publicIdentifierCanonical": "ISRCTN12345678", "publicIdentifierDateAssigned": DAY}
    assert read({**ISRCTN, "isrctn": "12345678", "@attributes": attributes}).registered == PartialDate(2024, 5, 26)


def test_measures_have_their_method_and_time_points():
    assert read(ISRCTN).outcomes == (
        Outcome(OutcomeKind.PRIMARY, "Pain", "6 and 12 weeks", "Scale of 0 to 10"),
        Outcome(OutcomeKind.SECONDARY, "Sleep", "12 weeks"),
        Outcome(OutcomeKind.SECONDARY, "Motion"),
    )


def test_measures_may_be_the_list_itself():
    record = changed(ISRCTN, f"{ABOUT}.primaryOutcomes", [{"variable": "Pain"}, {"variable": "Sleep"}])
    assert [each.measure for each in read(record).outcomes[:2]] == ["Pain", "Sleep"]


@pytest.mark.parametrize(
    "block", ["1. Pain\n2. Sleep\n\nMeasured at 21 days.", {"#text": "1. Pain\n2. Sleep\n\nMeasured at 21 days."}]
)
def test_a_block_of_text_is_split(block):
    record = changed(changed(ISRCTN, f"{ABOUT}.primaryOutcomes", ""), f"{ABOUT}.primaryOutcome", block)
    assert read(record).outcomes[:2] == (
        Outcome(OutcomeKind.PRIMARY, "Pain", "Measured at 21 days."),
        Outcome(OutcomeKind.PRIMARY, "Sleep", "Measured at 21 days."),
    )


def test_a_list_of_texts_is_taken_as_it_is():
    record = changed(changed(ISRCTN, f"{ABOUT}.primaryOutcomes", ""), f"{ABOUT}.primaryOutcome", ["Pain", "Sleep"])
    assert [each.measure for each in read(record).outcomes[:2]] == ["Pain", "Sleep"]


def test_measures_are_taken_before_a_block_of_text():
    record = read(changed(ISRCTN, f"{ABOUT}.primaryOutcome", "Something older"))
    assert record.outcomes[0].measure == "Pain"
    assert "primaryOutcomes and primaryOutcome are both given: the former is taken." in record.notes


def test_what_is_not_provided_is_no_outcome():
    record = changed(changed(ISRCTN, f"{ABOUT}.primaryOutcomes", ""), f"{ABOUT}.primaryOutcome", "Not provided")
    assert read(record).outcomes_of(OutcomeKind.PRIMARY) == ()


def test_sponsors_stand_beside_the_trial():
    sponsors = [{"organisation": "A hospital"}, {"organisation": "A university"}]
    full = {"fullTrial": {"trial": ISRCTN, "sponsor": sponsors, "funder": {"name": "A foundation"}}}
    for record in (read(full), read({"allTrials": full}), read([full["fullTrial"]])):
        assert (record.number, record.sponsor, record.other_sponsors, record.support) == (
            "ISRCTN12345678",
            "A hospital",
            ("A university",),
            ("A foundation",),
        )


def test_an_enrolment_in_words_is_noted():
    record = read(ISRCTN)
    assert (record.planned_enrolment, record.actual_enrolment) == (None, None)
    assert "participants.targetEnrolment is text, not a number." in record.notes
    assert read(changed(ISRCTN, "participants.targetEnrolment", "3,060")).planned_enrolment == 3060


def test_the_start_of_the_study_is_not_that_of_recruitment():
    record = changed(ISRCTN, "participants.recruitmentStart", "")
    record = read(changed(record, "trialDesign.overallStartDate", "2023-01-01T00:00:00.000Z"))
    assert record.started is None
    assert "The start of the study is in the record, but not that of recruitment." in record.notes


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("isrctn", None, "is missing"),
        ("isrctn", {}, "is missing"),
        ("isrctn", "1234567", "is not of the form of ISRCTN12345678"),
        ("participants.recruitmentStart", "2019-02-30T00:00:00.000Z", "is not a date of the calendar"),
        ("trialDesign.overallEndDate", "13/45/2019", "is not a date in a form of this registry"),
    ],
)
def test_a_record_is_refused_by_the_name_of_its_field(path, value, problem):
    assert refused(changed(ISRCTN, path, value)) == (f"trial.json: {path}", problem)


def test_a_date_of_assignment_that_is_none_is_refused():
    place, problem = refused({**ISRCTN, "isrctn": {"@attributes": {"dateAssigned": "never"}, "#text": "12345678"}})
    assert place == "trial.json: isrctn.@attributes.dateAssigned"
    assert problem == "is not a date in a form of this registry"
