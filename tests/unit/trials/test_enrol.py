"""A site enrols participants."""

import pytest
from trial_acts import NOBODY, NOT_A_TRIAL, REASON, ZERO, accredit_as, hexed, not_logged, suspend

from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, SECOND_SITE, SITE, SPONSOR
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, roles_of, today
from tests.helpers.trials import APPROVED, LATE, LOCKED, RANDOMISED, TRIAL, pseudonym

OPEN = APPROVED | RANDOMISED
NOT_GRANTED = 0


def enrolments(trials, site=SITE):
    """On record at the site, in the trial, and the first days of both."""
    here, whole = trials.siteOf(TRIAL, site), trials.trialOf(TRIAL)
    return here["enrolled"], whole["enrolled"], here["startedOn"], whole["startedOn"]


def test_a_site_enrols_a_participant(started, trials, patient):
    assert enrolments(trials) == (0, 0, 0, 0)
    event = not_logged(started.enrol(1, patient), "ParticipantEnrolled")
    assert event == {"trial": TRIAL, "participant": hexed([pseudonym(1)])[0]}
    assert dict(trials.participantOf(TRIAL, pseudonym(1))) == {
        "patient": patient,
        "site": SITE,
        "enrolledOn": today(),
        "consentVersion": 1,
        "place": 0,
        "withdrawn": False,
        "unblinded": False,
    }
    assert enrolments(trials) == (1, 1, today(), today())
    assert trials.siteOf(TRIAL, SITE)["allotment"] == 40
    assert started.flags() == OPEN


def test_sites_enrol_side_by_side(started, trials, patient, other_patient):
    started.enrol(1, patient)
    started.enrol(2, other_patient, SECOND_SITE)
    started.enrol_alone(3, patient)
    assert enrolments(trials)[:2] == (2, 3)
    assert enrolments(trials, SECOND_SITE)[:2] == (1, 3)
    assert trials.participantOf(TRIAL, pseudonym(2))["site"] == SECOND_SITE


def test_a_participant_is_a_pseudonym(started, trials, patient):
    started.consent(patient)
    with refused("ParticipantZero"):
        trials.enrolParticipant(TRIAL, SITE, ZERO, patient, today(), by(SITE))


# ---------------------------------------------------------------------- one person, once


def test_a_site_cannot_enrol_the_same_person_twice(started, patient, other_patient):
    started.enrol(1, patient)
    started.consent(other_patient)
    for address in (patient, other_patient):
        with refused("ParticipantKnown", TRIAL, pseudonym(1), SITE):
            started.enrol_alone(1, address)


def test_a_second_site_cannot_enrol_the_same_person(started, trials, patient, other_patient):
    started.enrol(1, patient)
    started.consent(other_patient, SECOND_SITE)
    with refused("ParticipantKnown", TRIAL, pseudonym(1), SITE):
        started.enrol_alone(1, other_patient, SECOND_SITE)
    assert enrolments(trials, SECOND_SITE)[0] == 0


def test_whoever_withdrew_is_not_enrolled_again(started, trials, patient):
    started.enrol(1, patient)
    trials.withdraw(TRIAL, pseudonym(1), {"from": patient})
    for site in (SITE, SECOND_SITE):
        started.consent(patient, site)
        with refused("ParticipantKnown", TRIAL, pseudonym(1), SITE):
            started.enrol_alone(1, patient, site)


# ---------------------------------------------------------------------- how many


def test_a_site_enrols_as_many_as_it_is_allotted(started, trials, patient):
    trials.changeAllotment(TRIAL, SITE, 2, by(SPONSOR))
    started.enrol(1, patient)
    started.enrol_alone(2, patient)
    with refused("EnrolmentCapReached", TRIAL, SITE, 2):
        started.enrol_alone(3, patient)
    trials.withdraw(TRIAL, pseudonym(1), {"from": patient})
    with refused("EnrolmentCapReached", TRIAL, SITE, 2):
        started.enrol_alone(3, patient)
    assert enrolments(trials)[:2] == (2, 2)


def test_a_site_that_is_allotted_none_enrols_none(started, trials, patient):
    trials.changeAllotment(TRIAL, SITE, 0, by(SPONSOR))
    started.consent(patient)
    with refused("EnrolmentCapReached", TRIAL, SITE, 0):
        started.enrol_alone(1, patient)


# ---------------------------------------------------------------------- when


def test_nobody_is_enrolled_in_the_future_or_before_time_began(started, patient):
    started.consent(patient)
    for on in (0, today() + 1, 2**16 + today(), 2**16, 2**255, 2**256 - 1):
        with refused("EnrolmentDayInvalid", on, today()):
            started.enrol_alone(1, patient, on=on)


def test_enrolment_on_the_day_of_the_registration_is_not_late(started, trials, patient):
    registered_on = trials.trialOf(TRIAL)["registeredOn"]
    started.enrol(1, patient, on=registered_on)
    assert started.flags() == OPEN
    assert enrolments(trials) == (1, 1, registered_on, registered_on)


@pytest.mark.parametrize("days_before", [1, 365])
def test_enrolment_before_the_registration_is_late_for_ever(started, trials, patient, days_before):
    registered_on = trials.trialOf(TRIAL)["registeredOn"]
    started.enrol(1, patient, on=registered_on)
    started.enrol(2, patient, SECOND_SITE, on=registered_on - days_before)
    started.enrol_alone(3, patient, SECOND_SITE, on=registered_on)
    assert started.flags() == OPEN | LATE
    assert trials.siteOf(TRIAL, SECOND_SITE)["startedOn"] == registered_on - days_before
    assert enrolments(trials) == (1, 3, registered_on, registered_on - days_before)
    trials.closeSite(TRIAL, SECOND_SITE, REASON, by(SPONSOR))
    assert started.flags() == OPEN | LATE
    assert trials.progressOf(TRIAL)[0] == OPEN | LATE


def test_the_first_day_that_can_be_is_the_second_of_1970(started, trials, patient):
    started.enrol(1, patient, on=1)
    assert trials.participantOf(TRIAL, pseudonym(1))["enrolledOn"] == 1
    assert enrolments(trials) == (1, 1, 1, 1)


def test_the_first_enrolment_is_the_earliest_that_was_told(started, trials, patient):
    started.consent(patient)
    earliest = []
    for person, on in enumerate((50, 60, 40, 40, 45, 39, 1, 2)):
        started.enrol_alone(person, patient, on=on)
        earliest.append(trials.siteOf(TRIAL, SITE)["startedOn"])
    assert earliest == [50, 50, 40, 40, 40, 39, 1, 1]


# ---------------------------------------------------------------------- who, and where


def test_a_site_enrols_for_itself_alone(suite, started, trials, patient, stranger, second_site, sponsor, site):
    started.consent(patient)
    for key in (stranger, second_site, sponsor, patient):
        with refused("OperatorNotInStanding", key, SITE, UNKNOWN):
            trials.enrolParticipant(TRIAL, SITE, pseudonym(1), patient, today(), {"from": key})
    with refused("OperatorNotInStanding", by(HOSPITAL)["from"], HOSPITAL, ROLE_MISSING):
        started.enrol_alone(1, patient, HOSPITAL)
    suspend(suite, SITE)
    with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
        started.enrol_alone(1, patient)


def test_a_site_that_is_no_investigator_site_any_more_enrols_none(suite, started, patient, site):
    accredit_as(suite, SITE, roles_of(HOSPITAL))
    started.consent(patient)
    with refused("OperatorNotInStanding", site, SITE, ROLE_MISSING):
        started.enrol_alone(1, patient)


def test_participants_are_enrolled_in_a_trial_that_there_is_at_a_site_that_is_open(suite, started, trials, patient):
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.enrolParticipant(NOT_A_TRIAL, SITE, pseudonym(1), patient, today(), by(SITE))
    accredit_as(suite, HOSPITAL, roles_of(SITE))
    for approved in (False, True):
        if approved:
            started.approve(HOSPITAL)
        with refused("SiteNotOpen", TRIAL, HOSPITAL):
            started.enrol_alone(1, patient, HOSPITAL)
    started.register(number=8)
    with refused("SiteNotOpen", SPONSOR << 32 | 8, SITE):
        trials.enrolParticipant(SPONSOR << 32 | 8, SITE, pseudonym(1), patient, today(), by(SITE))


def test_a_locked_trial_enrols_none(started, trials, patient):
    started.consent(patient)
    started.lock()
    with refused("TrialStateInvalid", TRIAL, OPEN | LOCKED):
        started.enrol_alone(1, patient)
    # Nor does a site that is opened after the lock.
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    trials.openSite(TRIAL, SITE, 40, by(SPONSOR))
    with refused("TrialStateInvalid", TRIAL, OPEN | LOCKED):
        started.enrol_alone(1, patient)


def test_nobody_cannot_consent(started):
    with refused("ConsentMissing", TRIAL, NOBODY, 1, NOT_GRANTED):
        started.enrol_alone(1, NOBODY)


def test_whom_nobody_enrolled_is_not_on_record(trials, started):
    assert trials.participantOf(TRIAL, pseudonym(1)) == (NOBODY, 0, 0, 0, 0, False, False)
