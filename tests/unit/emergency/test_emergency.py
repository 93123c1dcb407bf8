"""Breaking the glass: opened for a limited time, ended, decided, and judged by somebody else."""

import pytest

from carechain.data_categories import class_bit, label_bit
from carechain.governance import DAY
from carechain.roles import role_mask
from tests.helpers.recovery import recover
from tests.helpers.refusals import refused
from tests.helpers.suite import AUDITOR, CLINIC, HOSPITAL, LABORATORY, LICENCE_EXPIRY, now, pass_time

UNCONSCIOUS, *_, DISASTER = range(6)
UNREVIEWED, JUSTIFIED, UNJUSTIFIED = range(3)
CONDITION = class_bit("Condition")
SENSITIVE = CONDITION | label_bit("HIV")
JUSTIFICATION = bytes(range(32))
REPORT = bytes(range(1, 33))
NOBODY = "0x" + "00" * 20
SUSPENDED, LICENCE_EXPIRED, ROLE_MISSING, UNKNOWN = 2, 4, 5, 0


@pytest.fixture
def open_emergency(emergencies, patient, hospital):
    def opens(by=hospital, categories=CONDITION, reason=UNCONSCIOUS, duration=3_600, whom=patient):
        return emergencies.openEmergency(whom, categories, reason, duration, JUSTIFICATION, {"from": by})

    return opens


@pytest.fixture
def opened(open_emergency):
    """The hospital has opened access to the patient's conditions for an hour. When."""
    return open_emergency().timestamp


def test_a_provider_opens_access(emergencies, open_emergency, patient, hospital):
    opened = open_emergency(reason=DISASTER)
    until = opened.timestamp + 3_600
    assert emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)
    assert emergencies.emergencyCount() == 1
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 1
    assert emergencies.emergencyOf(1) == (
        patient, HOSPITAL, opened.timestamp, DISASTER, UNREVIEWED, until, CONDITION, 0, 0, 0, "0x" + JUSTIFICATION.hex()
    )  # fmt: skip
    assert dict(opened.events["EmergencyOpened"]) == {
        "emergency": 1,
        "patient": patient,
        "provider": HOSPITAL,
        "reason": DISASTER,
        "categories": CONDITION,
        "until": until,
        "justification": "0x" + JUSTIFICATION.hex(),
        "operator": hospital,
    }


def test_the_providers_key_may_use_the_data_while_it_is_open(emergencies, patient, hospital, opened):
    assert emergencies.decide(hospital, patient, CONDITION) == (True, HOSPITAL)
    pass_time(opened + 3_599 - now())
    assert emergencies.decide(hospital, patient, CONDITION) == (True, HOSPITAL)
    pass_time(1)
    assert emergencies.decide(hospital, patient, CONDITION) == (False, HOSPITAL)
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)


def test_it_opens_the_named_categories_alone(emergencies, patient, opened):
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, SENSITIVE)
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, class_bit("Observation"))
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, 0)


def test_labels_alone_describe_no_data(emergencies, patient, open_emergency):
    open_emergency(categories=SENSITIVE)
    assert emergencies.isEmergencyOpen(patient, HOSPITAL, SENSITIVE)
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, label_bit("HIV"))


def test_it_opens_for_that_provider_and_patient_alone(emergencies, patient, other_patient, clinic, opened):
    assert not emergencies.isEmergencyOpen(patient, CLINIC, CONDITION)
    assert not emergencies.isEmergencyOpen(other_patient, HOSPITAL, CONDITION)
    assert emergencies.decide(clinic, patient, CONDITION) == (False, CLINIC)


def test_two_providers_may_be_open_at_once(emergencies, patient, clinic, open_emergency, opened):
    open_emergency(by=clinic)
    assert emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)
    assert emergencies.isEmergencyOpen(patient, CLINIC, CONDITION)


def test_who_is_no_provider_opens_nothing(open_emergency, laboratory, stranger, patient):
    with refused("OperatorNotInStanding", laboratory, LABORATORY, ROLE_MISSING):
        open_emergency(by=laboratory)
    for other in (stranger, patient):
        with refused("OperatorNotInStanding", other, 0, UNKNOWN):
            open_emergency(by=other)


def test_a_suspended_provider_opens_nothing(participants, supervisor, hospital, open_emergency):
    participants.suspend(HOSPITAL, 1, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", hospital, HOSPITAL, SUSPENDED):
        open_emergency()


def test_a_provider_without_a_licence_opens_nothing(hospital, open_emergency):
    pass_time(LICENCE_EXPIRY - now())
    with refused("OperatorNotInStanding", hospital, HOSPITAL, LICENCE_EXPIRED):
        open_emergency()


def test_a_suspended_provider_loses_what_it_has_open(emergencies, participants, supervisor, patient, hospital, opened):
    participants.suspend(HOSPITAL, 1, bytes(32), {"from": supervisor})
    assert emergencies.decide(hospital, patient, CONDITION) == (False, 0)


def test_who_is_no_provider_any_more_loses_what_it_has_open(suite, emergencies, participants, patient, hospital):
    suite.schedule(participants.amend, HOSPITAL, role_mask(["laboratory"]), LICENCE_EXPIRY, bytes(32))
    emergencies.openEmergency(patient, CONDITION, UNCONSCIOUS, 3_600, JUSTIFICATION, {"from": hospital})
    participants.amend(
        HOSPITAL, role_mask(["laboratory"]), LICENCE_EXPIRY, bytes(32), {"from": suite.chain.web3.eth.accounts[2]}
    )
    assert emergencies.decide(hospital, patient, CONDITION) == (False, 0)


def test_while_relaying_is_paused_nothing_is_opened(consents, guardian, open_emergency):
    consents.pauseRelaying({"from": guardian})
    with refused("EmergencyOpeningPaused"):
        open_emergency()


def test_a_pause_leaves_open_what_is_open(consents, emergencies, guardian, patient, hospital, opened):
    consents.pauseRelaying({"from": guardian})
    assert emergencies.decide(hospital, patient, CONDITION) == (True, HOSPITAL)
    emergencies.endEmergency(1, {"from": patient})
    assert emergencies.decide(hospital, patient, CONDITION) == (False, HOSPITAL)


def test_nobody_is_no_patient(open_emergency):
    with refused("EmergencyPatientZero"):
        open_emergency(whom=NOBODY)


@pytest.mark.parametrize("categories", [0, label_bit("HIV")])
def test_it_must_name_a_class(open_emergency, categories):
    with refused("EmergencyCategoriesInvalid", categories):
        open_emergency(categories=categories)


@pytest.mark.parametrize("duration", [0, DAY + 1, 2**32 - 1])
def test_it_is_for_some_time_and_for_a_day_at_most(open_emergency, duration):
    with refused("EmergencyDurationInvalid", duration):
        open_emergency(duration=duration)


@pytest.mark.parametrize("duration", [1, DAY])
def test_a_second_and_a_day_are_taken(emergencies, open_emergency, duration):
    opened = open_emergency(duration=duration)
    assert emergencies.emergencyOf(1)[5] == opened.timestamp + duration


def test_a_second_one_waits_until_the_first_is_over(emergencies, open_emergency, patient, opened):
    with refused("EmergencyOpenAlready", 1, opened + 3_600):
        open_emergency(categories=SENSITIVE)
    pass_time(3_600)
    open_emergency(categories=SENSITIVE)
    assert emergencies.emergencyCount() == 2
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 2
    assert emergencies.isEmergencyOpen(patient, HOSPITAL, SENSITIVE)


def test_the_patient_ends_it(emergencies, patient, opened):
    ended = emergencies.endEmergency(1, {"from": patient})
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)
    assert dict(ended.events["EmergencyEnded"]) == {"emergency": 1, "patient": patient, "by": patient}
    assert emergencies.emergencyOf(1)[5] == ended.timestamp


def test_ended_it_stays_flagged(emergencies, patient, opened):
    emergencies.endEmergency(1, {"from": patient})
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 1


def test_what_the_patient_ended_is_not_opened_again_for_a_day(emergencies, open_emergency, patient, clinic, opened):
    ended = emergencies.endEmergency(1, {"from": patient}).timestamp
    assert emergencies.emergencyOf(1)[9] == ended + DAY
    with refused("EmergencyBarred", 1, ended + DAY):
        open_emergency()
    open_emergency(by=clinic)
    pass_time(ended + DAY - now())
    open_emergency()


def test_what_the_provider_ended_it_may_open_again(emergencies, open_emergency, hospital, opened):
    emergencies.endEmergency(1, {"from": hospital})
    open_emergency()


def test_what_was_unjustified_is_not_opened_again_for_a_day(emergencies, open_emergency, auditor, opened):
    judged = emergencies.reviewEmergency(1, UNJUSTIFIED, REPORT, {"from": auditor}).timestamp
    with refused("EmergencyBarred", 1, judged + DAY):
        open_emergency()
    pass_time(judged + DAY - now())
    open_emergency()


def test_judging_an_earlier_one_bars_too(emergencies, open_emergency, auditor, opened):
    pass_time(3_600)
    open_emergency(duration=60)
    pass_time(60)
    judged = emergencies.reviewEmergency(1, UNJUSTIFIED, REPORT, {"from": auditor}).timestamp
    with refused("EmergencyBarred", 2, judged + DAY):
        open_emergency()


def test_a_representative_ends_it(consents, emergencies, patient, representative, opened):
    consents.appointRepresentative(representative, 0, now() + DAY, {"from": patient})
    emergencies.endEmergency(1, {"from": representative})
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)


def test_a_retired_key_and_the_recovered_one_end_it(
    consents, emergencies, patient, recovery_guardian, new_key, open_emergency
):
    recover(consents, patient, [recovery_guardian], new_key)
    open_emergency()
    emergencies.endEmergency(1, {"from": patient})
    pass_time(DAY)
    open_emergency()
    emergencies.endEmergency(2, {"from": new_key})
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)


def test_the_provider_ends_it_even_when_suspended(emergencies, participants, supervisor, patient, hospital, opened):
    participants.suspend(HOSPITAL, 1, bytes(32), {"from": supervisor})
    emergencies.endEmergency(1, {"from": hospital})
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)


def test_nobody_else_ends_it(emergencies, stranger, clinic, auditor, other_patient, opened):
    for other in (stranger, clinic, auditor, other_patient):
        with refused("EmergencyEndNotAllowed", 1, other):
            emergencies.endEmergency(1, {"from": other})


def test_what_is_over_cannot_be_ended(emergencies, patient, opened):
    ended = emergencies.endEmergency(1, {"from": patient}).timestamp
    with refused("EmergencyOver", 1, ended):
        emergencies.endEmergency(1, {"from": patient})


@pytest.mark.parametrize("number", [0, 2, 2**256 - 1])
def test_an_emergency_that_never_was_is_unknown(emergencies, patient, auditor, opened, number):
    with refused("EmergencyUnknown", number):
        emergencies.endEmergency(number, {"from": patient})
    with refused("EmergencyUnknown", number):
        emergencies.reviewEmergency(number, JUSTIFIED, REPORT, {"from": auditor})
    with refused("EmergencyUnknown", number):
        emergencies.emergencyOf(number)


def test_a_reviewer_closes_the_case(emergencies, patient, auditor, opened):
    reviewed = emergencies.reviewEmergency(1, JUSTIFIED, REPORT, {"from": auditor})
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 0
    state = emergencies.emergencyOf(1)
    assert (state[4], state[7], state[8]) == (JUSTIFIED, AUDITOR, reviewed.timestamp)
    assert dict(reviewed.events["EmergencyReviewed"]) == {
        "emergency": 1,
        "patient": patient,
        "reviewer": AUDITOR,
        "outcome": JUSTIFIED,
        "report": "0x" + REPORT.hex(),
        "operator": auditor,
    }


def test_a_justified_access_stays_open(emergencies, patient, auditor, opened):
    emergencies.reviewEmergency(1, JUSTIFIED, REPORT, {"from": auditor})
    assert emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)


def test_an_unjustified_access_ends_at_once(emergencies, patient, auditor, opened):
    reviewed = emergencies.reviewEmergency(1, UNJUSTIFIED, REPORT, {"from": auditor})
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)
    assert dict(reviewed.events["EmergencyEnded"]) == {"emergency": 1, "patient": patient, "by": auditor}


def test_one_that_is_over_is_reviewed_without_ending_it_again(emergencies, auditor, opened):
    pass_time(3_600)
    reviewed = emergencies.reviewEmergency(1, UNJUSTIFIED, REPORT, {"from": auditor})
    assert "EmergencyEnded" not in reviewed.events
    assert emergencies.emergencyOf(1)[5] == opened + 3_600


def test_a_case_is_closed_once(emergencies, auditor, opened):
    emergencies.reviewEmergency(1, JUSTIFIED, REPORT, {"from": auditor})
    with refused("EmergencyReviewedAlready", 1, JUSTIFIED):
        emergencies.reviewEmergency(1, UNJUSTIFIED, REPORT, {"from": auditor})
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 0


def test_a_review_has_an_outcome(emergencies, auditor, opened):
    with refused("EmergencyOutcomeInvalid", UNREVIEWED):
        emergencies.reviewEmergency(1, UNREVIEWED, REPORT, {"from": auditor})


def test_who_is_no_reviewer_reviews_nothing(emergencies, hospital, clinic, stranger, patient, opened):
    for organisation, other in ((HOSPITAL, hospital), (CLINIC, clinic)):
        with refused("OperatorNotInStanding", other, organisation, ROLE_MISSING):
            emergencies.reviewEmergency(1, JUSTIFIED, REPORT, {"from": other})
    for other in (stranger, patient):
        with refused("OperatorNotInStanding", other, 0, UNKNOWN):
            emergencies.reviewEmergency(1, JUSTIFIED, REPORT, {"from": other})


def test_an_organisation_never_reviews_itself(suite, emergencies, participants, hospital, patient):
    roles = role_mask(["provider", "auditor"])
    suite.as_registrar(participants.amend, HOSPITAL, roles, LICENCE_EXPIRY, bytes(32))
    emergencies.openEmergency(patient, CONDITION, UNCONSCIOUS, 3_600, JUSTIFICATION, {"from": hospital})
    with refused("EmergencyReviewOwn", 1, HOSPITAL):
        emergencies.reviewEmergency(1, JUSTIFIED, REPORT, {"from": hospital})


@pytest.mark.parametrize("role", ["auditor", "ethics board", "regulator"])
def test_each_reviewing_role_reviews(suite, emergencies, participants, clinic, opened, role):
    suite.as_registrar(participants.amend, CLINIC, role_mask([role]), LICENCE_EXPIRY, bytes(32))
    emergencies.reviewEmergency(1, UNJUSTIFIED, REPORT, {"from": clinic})
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 0


def test_the_count_is_of_what_nobody_has_judged(emergencies, hospital, auditor, clinic, open_emergency):
    for number in range(1, 4):
        open_emergency()
        emergencies.endEmergency(number, {"from": hospital})
    open_emergency(by=clinic)
    emergencies.reviewEmergency(2, JUSTIFIED, REPORT, {"from": auditor})
    assert emergencies.unreviewedEmergencies(HOSPITAL) == 2
    assert emergencies.unreviewedEmergencies(CLINIC) == 1


def test_one_whose_time_is_over_cannot_be_ended_either(emergencies, patient, opened):
    pass_time(3_600)
    with refused("EmergencyOver", 1, opened + 3_600):
        emergencies.endEmergency(1, {"from": patient})
