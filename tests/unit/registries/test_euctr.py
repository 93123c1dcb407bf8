"""EU Clinical Trials Register."""

import pytest

from carechain.registries.record import Identifier, IdentifierKind, Outcome, OutcomeKind, PartialDate, ReportedOutcome
from tests.unit.registries.registry_records import EUCTR, EUCTR_RESULTS, changed, read, refused

X6 = "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database"


def test_a_protocol_is_read():
    record = read(EUCTR)
    assert (record.number, record.registered, record.started) == ("2016-001234-56", PartialDate(2017, 1, 2), None)
    assert (record.sponsor, record.phase, record.design.allocation) == ("A hospital", "1/2", "randomised")
    assert (record.ethics, record.ethics_date) == ("Favourable", PartialDate(2017, 2, 3))
    assert record.other_identifiers == (
        Identifier(IdentifierKind.NCT, "NCT01234567"),
        Identifier(IdentifierKind.SPONSOR, "HC-7"),
    )
    assert record.title == record.scientific_title == "A randomised trial of cool packs"
    assert record.interventions == ("test: Cool gel",)


def test_results_have_the_start_the_end_and_the_enrolment():
    record = read({**EUCTR, **EUCTR_RESULTS})
    assert (record.started, record.start_is_actual) == (PartialDate(2017, 1, 1), True)
    assert (record.completed, record.completion_is_actual) == (PartialDate(2019, 5, 20), True)
    assert record.actual_enrolment == 40
    assert record.reported_outcomes == (ReportedOutcome(OutcomeKind.PRIMARY, "Pain", "Day 1"),)


@pytest.mark.parametrize(
    ("said", "kind", "post_hoc"),
    [
        ("ENDPOINT_TYPE.secondary", OutcomeKind.SECONDARY, False),
        ("ENDPOINT_TYPE.otherPreSpecified", OutcomeKind.OTHER, False),
        ("ENDPOINT_TYPE.postHoc", OutcomeKind.OTHER, True),
    ],
)
def test_reported_end_points_have_a_type(said, kind, post_hoc):
    points = [{"title": "Pain", "type": {"value": said}}, {"title": "Sleep", "type": {"value": said}}]
    record = read({**EUCTR, "endPoints": {"endPoint": points}})
    assert record.reported_outcomes == tuple(
        ReportedOutcome(kind, name, post_hoc=post_hoc) for name in ("Pain", "Sleep")
    )


def test_end_points_are_split_with_their_time_points():
    assert read(EUCTR).outcomes == (
        Outcome(OutcomeKind.PRIMARY, "Pain", "Day 1"),
        Outcome(OutcomeKind.PRIMARY, "Sleep", "Day 2"),
        Outcome(OutcomeKind.PRIMARY, "Fever", "Day 3"),
        Outcome(OutcomeKind.SECONDARY, "Range of motion", "12 weeks"),
    )


def test_countries_of_several_words_stay_whole():
    assert read(EUCTR).countries == ("Austria", "United Kingdom", "Korea, Republic of", "Spain")


def test_a_planned_enrolment_of_a_part_is_noted():
    record = read(EUCTR)
    assert record.planned_enrolment == 80
    assert "The planned enrolment is that of the EEA: the record has none of the whole trial." in record.notes
    assert read({**EUCTR, "f422_in_the_whole_clinical_trial": "172"}).planned_enrolment == 172


@pytest.mark.parametrize("field", ["eudractNumber", "a2_eudract_number"])
def test_the_number_is_in_the_protocol_or_the_results(field):
    record = changed(EUCTR, "a2_eudract_number", None)
    assert read({**record, field: "2016-001234-56"}).number == "2016-001234-56"


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("a2_eudract_number", None, "is missing"),
        ("a2_eudract_number", "2016-1234-56", "is not of the form of 2016-001234-56"),
        (X6, "2017-02-29", "is not a date of the calendar"),
        ("n_date_of_ethics_committee_opinion", "13/45/2019", "is not a date in a form of this registry"),
        ("f421_in_the_eea", "about 80", "is not a number of people"),
    ],
)
def test_a_record_is_refused_by_the_name_of_its_field(field, value, problem):
    assert refused(changed(EUCTR, field, value)) == (f"trial.json: {field}", problem)


def test_a_number_of_another_form_in_a_field_of_its_own_is_noted_and_left_out():
    record = read({**EUCTR, "a52_us_nct_clinicaltrialsgov_registry_number": "NCT123"})
    assert [each.kind for each in record.other_identifiers] == [IdentifierKind.SPONSOR]
    assert record.notes[0] == (
        "The NCT number in a52_us_nct_clinicaltrialsgov_registry_number has not the form of one."
    )
