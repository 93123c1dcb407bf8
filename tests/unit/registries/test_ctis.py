"""CTIS, in the form of its public API since June 2024 and in the one before."""

import pytest

from carechain.registries.lateness import lateness
from carechain.registries.record import Identifier, IdentifierKind, Outcome, OutcomeKind, PartialDate
from tests.unit.registries.registry_records import CTIS, CTIS_BEFORE, changed, read, refused

DURATION = "authorizedApplication.authorizedPartI.trialDetails.trialInformation.trialDuration"
INFO = "authorizedApplication.applicationInfo"


def test_a_record_is_read():
    record = read(CTIS)
    assert (record.number, record.status, record.sponsor) == ("2024-512345-67-00", "authorised", "A hospital")
    assert (record.title, record.phase) == ("Cool packs after surgery", "2/3")
    assert record.countries == ("Italy", "Spain", "Switzerland")
    assert record.planned_enrolment == 60
    assert record.ethics_date == PartialDate(2024, 6, 24)
    assert record.eligibility == "Inclusion criteria:\nAdults\nExclusion criteria:\nAllergy"
    assert record.other_identifiers == (
        Identifier(IdentifierKind.NCT, "NCT01234567"),
        Identifier(IdentifierKind.EUDRACT, "2016-001234-56"),
        Identifier(IdentifierKind.UTN, "U1111-1234-5678"),
        Identifier(IdentifierKind.SPONSOR, "COOL"),
        Identifier(IdentifierKind.OTHER, "DRKS00012345", "DRKS"),
    )


@pytest.mark.parametrize("record", [CTIS, CTIS_BEFORE])
def test_end_points_are_outcomes_also_where_there_is_only_a_translation(record):
    assert read(record).outcomes == (
        Outcome(OutcomeKind.PRIMARY, "Pain at 12 weeks"),
        Outcome(OutcomeKind.SECONDARY, "Sommeil"),
    )


@pytest.mark.parametrize("record", [CTIS, CTIS_BEFORE])
def test_it_was_registered_when_the_initial_application_was_submitted(record):
    assert read(record).registered == PartialDate(2024, 3, 15)


def test_without_an_initial_application_the_earliest_is_taken_and_noted():
    days = [{"submissionDate": "2024-09-01"}, {"submissionDate": "02/08/2024"}]
    record = read(changed(CTIS, INFO, days))
    assert record.registered == PartialDate(2024, 8, 2)
    assert "No application is said to be the initial one: the earliest is taken." in record.notes


def test_a_field_of_the_initial_submission_is_taken_where_applications_have_none():
    record = changed(changed(CTIS, INFO, None), "initialSubmissionDate", "15/03/2024")
    assert read(record).registered == PartialDate(2024, 3, 15)


def test_an_estimated_start_is_anticipated():
    record = read(CTIS)
    assert (record.started, record.start_is_actual) == (PartialDate(2024, 10, 1), False)
    assert (record.completed, record.completion_is_actual) == (PartialDate(2026, 12, 31), False)
    assert lateness(record).late is False


@pytest.mark.parametrize("field", ["startDateEU", "eeaStartDate"])
def test_the_start_of_the_trial_is_taken_before_an_estimate_and_noted(field):
    record = read(changed(CTIS, field, "18/11/2024"))
    assert (record.started, record.start_is_actual) == (PartialDate(2024, 11, 18), True)
    assert any("which may be before recruitment" in note for note in record.notes)


def test_the_first_recruitment_of_any_member_state_is_the_start():
    periods = [
        {"mscInfo": {"mscName": "Italy", "trialRecruitmentPeriod": [{"recruitmentStartDate": "2025-01-20"}]}},
        {
            "mscInfo": {
                "mscName": "Spain",
                "trialPeriod": [{"trialStartDate": "2024-01-01"}],
                "trialRecruitmentPeriod": [
                    {"recruitmentStartDate": "2025-02-01"},
                    {"recruitmentStartDate": "2024-12-24"},
                ],
            }
        },
    ]
    record = read(
        changed(changed(CTIS, "authorizedApplication.authorizedPartsII", periods), "startDateEU", "2024-11-18")
    )
    assert (record.started, record.start_is_actual) == (PartialDate(2024, 12, 24), True)


def test_recruitment_of_the_form_before_is_found_too():
    states = [{"mscName": "Italy", "activeTrialRecruitmentPeriod": {"recruitmentStartDate": "2024-03-01"}}]
    record = read(changed(CTIS_BEFORE, "memberStatesConcerned", states))
    assert lateness(record).late is True


def test_an_end_that_was_notified_is_actual():
    record = read(changed(CTIS, "events.trialGlobalEndDate", "2026-03-04"))
    assert (record.completed, record.completion_is_actual) == (PartialDate(2026, 3, 4), True)


def test_the_first_summary_of_results_is_when_they_were_posted():
    summaries = [{"submissionDate": "2027-05-01"}, {"submissionDate": "2027-04-01"}]
    assert read(changed(CTIS, "results.summaryResults", summaries)).results_posted == PartialDate(2027, 4, 1)


def test_the_primary_sponsor_is_the_sponsor():
    sponsors = [
        {"organisation": {"name": "A university"}, "primary": False},
        {"organisation": {"name": "A hospital"}, "primary": True},
    ]
    record = read(changed(CTIS, "authorizedApplication.authorizedPartI.sponsors", sponsors))
    assert (record.sponsor, record.other_sponsors) == ("A hospital", ("A university",))


def test_a_phase_that_is_not_known_is_noted():
    path = "authorizedApplication.authorizedPartI.trialDetails.trialInformation.trialCategory.trialPhase"
    record = read(changed(CTIS, path, "99"))
    assert (record.phase, "The phase is a code that is not known." in record.notes) == ("", True)


@pytest.mark.parametrize(
    ("path", "value", "place", "problem"),
    [
        ("ctNumber", "2016-001234-56", "ctNumber", "is not of the form of 2022-501234-56-00"),
        (f"{DURATION}.estimatedEndDate", "31/02/2026", f"{DURATION}.estimatedEndDate", "is not a date of the calendar"),
        (
            "authorizedApplication.applicationInfo",
            [{"type": "INITIAL", "submissionDate": "13/45/2019"}],
            "authorizedApplication.applicationInfo[0].submissionDate",
            "is not a date of the calendar",
        ),
        ("startDateEU", "soon", "startDateEU", "is not a date in a form of this registry"),
    ],
)
def test_a_record_is_refused_by_the_name_of_its_field(path, value, place, problem):
    assert refused(changed(CTIS, path, value)) == (f"trial.json: {place}", problem)


def test_a_record_without_its_number_is_refused():
    assert refused(changed(CTIS, "ctNumber", None)) == ("trial.json: ctNumber", "is missing")
