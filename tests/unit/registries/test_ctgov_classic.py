"""ClinicalTrials.gov in its classic form."""

import pytest

from carechain.registries.record import Identifier, IdentifierKind, Outcome, OutcomeKind, PartialDate, ReportedOutcome
from tests.unit.registries.registry_records import CTGOV_CLASSIC, changed, read, refused


def test_a_record_is_read():
    record = read(CTGOV_CLASSIC)
    assert record.number == "NCT01234567"
    assert (record.registered, record.started, record.completed) == (
        PartialDate(2018, 4, 30),
        PartialDate(2018, 5),
        PartialDate(2022, 6, 1),
    )
    assert record.results_posted == PartialDate(2023, 9, 18)
    assert (record.phase, record.study_type, record.countries) == ("2/3", "interventional", ("Netherlands", "Belgium"))
    assert record.other_identifiers == (
        Identifier(IdentifierKind.UTN, "U1111-1234-5678"),
        Identifier(IdentifierKind.SPONSOR, "HC-7"),
        Identifier(IdentifierKind.OTHER, "X 1"),
    )


def test_entities_are_resolved_and_lines_kept_where_they_matter():
    record = read(CTGOV_CLASSIC)
    assert record.title == "Cool packs & surgery"
    assert record.eligibility == "Inclusion:\n- Adults"


def test_one_outcome_is_an_object_and_several_are_a_list():
    record = read(CTGOV_CLASSIC)
    assert record.outcomes == (
        Outcome(OutcomeKind.PRIMARY, "Pain", "12 weeks"),
        Outcome(OutcomeKind.SECONDARY, "Motion"),
        Outcome(OutcomeKind.SECONDARY, "Sleep"),
    )
    assert record.reported_outcomes == (ReportedOutcome(OutcomeKind.PRIMARY, "Pain", "6 weeks"),)


def test_most_conversions_have_lost_whether_a_date_is_actual():
    assert read(CTGOV_CLASSIC).start_is_actual is None


@pytest.mark.parametrize(
    "start",
    [
        {"@attributes": {"type": "Anticipated"}, "#text": "May 16, 2018"},
        {"$": {"type": "Estimated"}, "_": "May 16, 2018"},
        {"@type": "Anticipated", "#text": "May 16, 2018"},
        {"type": "Anticipated", "value": "May 16, 2018"},
    ],
)
def test_an_attribute_that_says_so_is_heard(start):
    record = read(changed(CTGOV_CLASSIC, "start_date", start))
    assert (record.started, record.start_is_actual) == (PartialDate(2018, 5, 16), False)


def test_what_was_called_first_received_is_first_submitted():
    before = changed(changed(CTGOV_CLASSIC, "study_first_submitted", None), "firstreceived_date", "April 2, 2018")
    assert read(before).registered == PartialDate(2018, 4, 2)


def test_enrolment_of_a_trial_that_is_over_is_actual():
    assert (read(CTGOV_CLASSIC).planned_enrolment, read(CTGOV_CLASSIC).actual_enrolment) == (None, 345)
    recruiting = read(changed(CTGOV_CLASSIC, "overall_status", "Recruiting"))
    assert (recruiting.planned_enrolment, recruiting.actual_enrolment) == (345, None)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("id_info.nct_id", "ISRCTN12345678", "is not of the form of NCT01234567"),
        ("start_date", "February 30, 2019", "is not a date of the calendar"),
        ("study_first_submitted", "05/16/2018", "is not a date in a form of this registry"),
        ("enrollment", "many", "is not a number of people"),
        ("brief_title", {"language": "en"}, "is not text"),
    ],
)
def test_a_record_is_refused_by_the_name_of_its_field(path, value, problem):
    assert refused(changed(CTGOV_CLASSIC, path, value)) == (f"trial.json: {path}", problem)


def test_a_record_without_its_number_is_refused():
    record = changed(CTGOV_CLASSIC, "id_info", None)
    assert refused(record) == ("trial.json: id_info.nct_id", "is missing")
