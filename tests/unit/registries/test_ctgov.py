"""ClinicalTrials.gov, API v2."""

import pytest

from carechain.registries.record import Identifier, IdentifierKind, Outcome, OutcomeKind, PartialDate, Registry
from carechain.registries.record import ReportedOutcome as Reported
from tests.unit.registries.registry_records import CTGOV, changed, read, refused

IDS, STATUS, DESIGN = (f"protocolSection.{name}Module" for name in ("identification", "status", "design"))


def test_a_record_is_read():
    record = read(CTGOV)
    assert (record.registry, record.number) == (Registry.CLINICAL_TRIALS_GOV, "NCT01234567")
    assert (record.registered, record.started, record.start_is_actual) == (
        PartialDate(2018, 5, 16),
        PartialDate(2018, 5),
        False,
    )
    assert (record.primary_completed, record.primary_completion_is_actual) == (PartialDate(2019, 6, 30), False)
    assert (record.planned_enrolment, record.actual_enrolment) == (40, None)
    assert record.countries == ("Netherlands", "Belgium")
    assert record.notes == ()


def test_other_identifiers_are_known_by_their_form_and_stand_once():
    assert read(CTGOV).other_identifiers == (
        Identifier(IdentifierKind.NCT, "NCT00000001"),
        Identifier(IdentifierKind.EUDRACT, "2010-123456-12"),
        Identifier(IdentifierKind.SPONSOR, "HC-7"),
        Identifier(IdentifierKind.OTHER, "Grant 7", "A foundation"),
    )


def test_outcomes_are_primary_secondary_and_other():
    assert read(CTGOV).outcomes == (
        Outcome(OutcomeKind.PRIMARY, "Pain on a scale of 0 to 10", "12 weeks"),
        Outcome(OutcomeKind.SECONDARY, "Range of motion", "12 weeks", "By goniometer"),
        Outcome(OutcomeKind.OTHER, "Patient's satisfaction"),
    )


def test_reported_outcomes_say_which_were_chosen_after_the_trial():
    assert read(CTGOV).reported_outcomes == (
        Reported(OutcomeKind.PRIMARY, "Pain on a scale of 0 to 10", "12 weeks"),
        Reported(OutcomeKind.OTHER, "Satisfaction"),
        Reported(OutcomeKind.OTHER, "Sleep", post_hoc=True),
    )


def test_a_status_that_became_unknown_with_time_is_the_last_that_was_given():
    assert read(CTGOV).status == "not yet recruiting"


def test_the_day_of_posting_is_not_that_of_registration():
    posted = changed(CTGOV, f"{STATUS}.studyFirstPostDateStruct", {"date": "2018-06-01"})
    assert read(changed(posted, f"{STATUS}.studyFirstSubmitDate", None)).registered is None


@pytest.mark.parametrize("said", ["ACTUAL", "ESTIMATED", None])
def test_whether_a_start_is_actual_is_as_the_record_says(said):
    expected = {"ACTUAL": True, "ESTIMATED": False, None: None}[said]
    assert read(changed(CTGOV, f"{STATUS}.startDateStruct.type", said)).start_is_actual is expected


@pytest.mark.parametrize(
    ("said", "status", "planned", "actual"),
    [
        ("ACTUAL", "RECRUITING", None, 40),
        ("ESTIMATED", "COMPLETED", 40, None),
        (None, "COMPLETED", None, 40),
        (None, "RECRUITING", 40, None),
    ],
)
def test_enrolment_is_planned_or_actual(said, status, planned, actual):
    record = changed(changed(CTGOV, f"{STATUS}.lastKnownStatus", None), f"{STATUS}.overallStatus", status)
    record = read(changed(record, f"{DESIGN}.enrollmentInfo.type", said))
    assert (record.planned_enrolment, record.actual_enrolment) == (planned, actual)
    assert any("enrolment" in note for note in record.notes) is (said is None and planned is not None)


@pytest.mark.parametrize(
    ("phases", "phase"), [(["PHASE2", "PHASE3"], "2/3"), (["NA"], ""), ([], ""), (["PHASE4"], "4")]
)
def test_phases_are_joined(phases, phase):
    assert read(changed(CTGOV, f"{DESIGN}.phases", phases)).phase == phase


def test_nothing_but_the_number_has_to_be_there():
    record = read({"protocolSection": {"identificationModule": {"nctId": " nct01234567 "}}})
    assert record.number == "NCT01234567"
    assert (record.registered, record.started, record.outcomes, record.reported_outcomes) == (None, None, (), ())
    assert record.notes == (
        "The record has no date of registration.",
        "The record has no date of start.",
        "The record has no primary outcome.",
    )


@pytest.mark.parametrize(
    ("path", "value", "place", "problem"),
    [
        (f"{IDS}.nctId", None, f"{IDS}.nctId", "is missing"),
        (f"{IDS}.nctId", "", f"{IDS}.nctId", "is missing"),
        (f"{IDS}.nctId", "NCT1234567", f"{IDS}.nctId", "is not of the form of NCT01234567"),
        (f"{IDS}.nctId", {"a": 1}, f"{IDS}.nctId", "is not text"),
        (
            f"{STATUS}.studyFirstSubmitDate",
            "2019-02-30",
            f"{STATUS}.studyFirstSubmitDate",
            "is not a date of the calendar",
        ),
        (
            f"{STATUS}.startDateStruct.date",
            "13/45/2019",
            f"{STATUS}.startDateStruct.date",
            "is not a date in a form of this registry",
        ),
        (f"{DESIGN}.enrollmentInfo.count", -4, f"{DESIGN}.enrollmentInfo.count", "is not a number of people"),
        (f"{IDS}.briefTitle", "\ud800", f"{IDS}.briefTitle", "holds half of a surrogate pair"),
    ],
)
def test_a_record_is_refused_by_the_name_of_its_field(path, value, place, problem):
    assert refused(changed(CTGOV, path, value)) == (f"trial.json: {place}", problem)
