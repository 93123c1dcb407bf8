"""Late is registered after the first enrolment (ICMJE Recommendations, III.L); what is not known stays unknown."""

import pytest

from carechain.registries.lateness import lateness
from carechain.registries.record import Identifier, IdentifierKind, PartialDate, Registry, TrialRecord


def told(registered, started, registry=Registry.CLINICAL_TRIALS_GOV, actual=True, others=()):
    registered, started = (PartialDate(*parts) if parts else None for parts in (registered, started))
    return lateness(TrialRecord(registry, "1", others, registered=registered, started=started, start_is_actual=actual))


def test_registered_after_the_start_is_late():
    result = told((2007, 12, 4), (2007, 11, 5))
    assert (result.late, result.registered, result.started) == (
        True,
        PartialDate(2007, 12, 4),
        PartialDate(2007, 11, 5),
    )
    assert result.why == "It was first submitted on 2007-12-04, and started on 2007-11-05: before its registration."


def test_a_start_that_is_not_said_to_be_actual_is_taken_as_such_and_said_to_be_so():
    result = told((2007, 12, 4), (2007, 11, 5), actual=None)
    assert result.late is True
    assert "(the record does not say whether actually)" in result.why


@pytest.mark.parametrize("started", [(2018, 5, 7), (2018, 5, 8), (2018, 6), (2019,)])
def test_registered_on_the_day_of_the_start_or_before_is_not_late(started):
    assert told((2018, 5, 7), started).late is False


@pytest.mark.parametrize("started", [(2018, 5), (2018,)])
def test_a_start_that_is_not_exact_enough_leaves_it_open(started):
    result = told((2018, 5, 7), started)
    assert result.late is None
    assert "not exact enough" in result.why


def test_a_start_known_to_the_month_can_still_be_late():
    assert told((2018, 5, 7), (2018, 4)).late is True


def test_a_start_in_the_month_that_begins_with_the_registration_is_not_late():
    assert told((2018, 5, 1), (2018, 5)).late is False


def test_an_anticipated_start_that_is_not_before_is_not_late_and_said_to_be_anticipated():
    result = told((2022, 4, 19), (2022, 6, 1), Registry.CTIS, actual=False)
    assert result.late is False
    assert "anticipated for 2022-06-01" in result.why


@pytest.mark.parametrize("started", [(2022, 4, 1), (2022, 4)])
def test_an_anticipated_start_before_the_registration_leaves_it_open(started):
    result = told((2022, 4, 19), started, Registry.CTIS, actual=False)
    assert result.late is None
    assert "anticipated" in result.why


@pytest.mark.parametrize(
    ("registered", "started", "why"),
    [
        (None, (2020,), "The record has no date of registration."),
        ((2020,), None, "The record has no date of start."),
        (None, None, "The record has no dates of registration and start."),
    ],
)
def test_a_missing_date_leaves_it_open_and_is_named(registered, started, why):
    result = told(registered, started)
    assert (result.late, result.why) == (None, why)


def test_a_late_record_of_one_member_state_says_that_there_may_be_an_earlier_one():
    assert "another may have been entered earlier" in told((2020, 2, 1), (2020, 1, 1), Registry.EU_CTR).why
    assert "another" not in told((2020, 1, 1), (2020, 2, 1), Registry.EU_CTR).why


@pytest.mark.parametrize("registry", Registry)
def test_every_registry_says_what_its_registration_is(registry):
    assert told((2020,), (2022,), registry).late is False


EUDRACT = Identifier(IdentifierKind.EUDRACT, "2016-001234-56")
NCT = Identifier(IdentifierKind.NCT, "NCT01234567")


def test_a_late_record_says_where_else_the_trial_is_registered():
    others = (NCT, EUDRACT, Identifier(IdentifierKind.SPONSOR, "HC-7"))
    result = told((2020, 2, 1), (2020, 1, 1), Registry.ISRCTN, others=others)
    assert result.late is True
    assert result.why.endswith(" It is also registered as NCT01234567, 2016-001234-56, which may be earlier.")


def test_a_trial_that_came_to_ctis_from_eudract_is_not_told_to_be_late():
    result = told((2024, 2, 1), (2019, 1, 1), Registry.CTIS, others=(EUDRACT,))
    assert result.late is None
    assert result.why.endswith("but it was registered in EudraCT before it came to CTIS (2016-001234-56).")
    assert told((2024, 2, 1), (2019, 1, 1), Registry.CTIS, others=(NCT,)).late is True
    assert told((2024, 2, 1), (2024, 2, 2), Registry.CTIS, others=(EUDRACT,)).late is False
