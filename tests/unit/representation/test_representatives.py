"""Who may act for a patient until a date: appointed, dismissed, ended."""

import pytest

from carechain.governance import DAY
from tests.helpers.consents import signature_for
from tests.helpers.eip712 import Message
from tests.helpers.recovery import recover
from tests.helpers.refusals import refused
from tests.helpers.suite import now, pass_time

PARENT, LEGAL_GUARDIAN, CARER, POWER_OF_ATTORNEY, RECOVERED_KEY = range(5)
NOBODY = "0x" + "00" * 20


@pytest.fixture
def until():
    return now() + 100 * DAY


@pytest.fixture
def appointed(consents, patient, representative, until):
    consents.appointRepresentative(representative, CARER, until, {"from": patient})


@pytest.fixture
def appoint_by_signature(consents, domain, patient, representative, until, relayer):
    def submit(version, signer=patient, end=until):
        fields = {"patient": patient.address, "representative": representative.address, "kind": CARER}
        message = Message("AppointRepresentative", {**fields, "until": end, "version": version})
        signature = signature_for(message, domain, signer)
        return consents.appointRepresentativeBySignature(
            patient, representative, CARER, end, version, signature, {"from": relayer}
        )

    return submit


@pytest.fixture
def dismiss_by_signature(consents, domain, patient, representative, relayer):
    def submit(version, signer=patient):
        fields = {"patient": patient.address, "representative": representative.address, "version": version}
        signature = signature_for(Message("DismissRepresentative", fields), domain, signer)
        return consents.dismissRepresentativeBySignature(patient, representative, version, signature, {"from": relayer})

    return submit


@pytest.mark.parametrize("kind", [PARENT, LEGAL_GUARDIAN, CARER, POWER_OF_ATTORNEY])
def test_a_patient_appoints_a_representative_of_any_kind(consents, patient, representative, until, kind):
    appointed = consents.appointRepresentative(representative, kind, until, {"from": patient})
    assert consents.representativeOf(patient, representative) == (until, kind, 1)
    assert consents.mayActFor(patient, representative)
    assert dict(appointed.events["RepresentativeAppointed"]) == {
        "patient": patient,
        "representative": representative,
        "kind": kind,
        "until": until,
    }


def test_the_patient_acts_for_itself_and_a_stranger_does_not(consents, patient, stranger):
    assert consents.mayActFor(patient, patient)
    assert not consents.mayActFor(patient, stranger)


def test_a_representative_acts_until_the_second_before_its_end(consents, patient, representative, appointed, until):
    pass_time(until - 1 - now())
    assert consents.mayActFor(patient, representative)
    pass_time(1)
    assert not consents.mayActFor(patient, representative)


def test_an_appointment_can_be_prolonged_by_the_patient(consents, patient, representative, appointed, until):
    consents.appointRepresentative(representative, PARENT, until + 10, {"from": patient})
    assert consents.representativeOf(patient, representative) == (until + 10, PARENT, 2)


@pytest.mark.parametrize("kind", [RECOVERED_KEY])
def test_a_recovered_key_is_never_appointed(consents, patient, representative, until, kind):
    with refused("RepresentativeInvalid", representative, until, kind):
        consents.appointRepresentative(representative, kind, until, {"from": patient})


def test_nobody_cannot_be_appointed(consents, patient, until):
    with refused("RepresentativeInvalid", NOBODY, until, CARER):
        consents.appointRepresentative(NOBODY, CARER, until, {"from": patient})


def test_a_patient_does_not_appoint_itself(consents, patient, until):
    with refused("RepresentativeInvalid", patient, until, CARER):
        consents.appointRepresentative(patient, CARER, until, {"from": patient})


def test_an_end_in_the_past_is_refused(consents, patient, representative):
    past = now()
    with refused("RepresentativeInvalid", representative, past, CARER):
        consents.appointRepresentative(representative, CARER, past, {"from": patient})


def test_a_patients_appointment_is_its_own_alone(consents, patient, other_patient, representative, appointed):
    assert not consents.mayActFor(other_patient, representative)


def test_a_representative_appoints_nobody_for_the_patient_not_even_itself(
    appoint_by_signature, patient, representative, appointed
):
    with refused("PatientOnly", patient, representative):
        appoint_by_signature(2, representative, now() + 1_000 * DAY)


def test_what_a_representative_appoints_it_appoints_for_itself(consents, patient, representative, stranger, appointed):
    consents.appointRepresentative(stranger, CARER, now() + DAY, {"from": representative})
    assert not consents.mayActFor(patient, stranger)
    assert consents.mayActFor(representative, stranger)


def test_a_signed_appointment_is_taken_from_anyone(consents, patient, representative, until, appoint_by_signature):
    appoint_by_signature(1)
    assert consents.representativeOf(patient, representative) == (until, CARER, 1)


def test_a_replayed_appointment_is_refused(patient, appoint_by_signature):
    appoint_by_signature(1)
    with refused("RepresentationVersionStale", patient, 1, 1):
        appoint_by_signature(1)


def test_an_appointment_cannot_be_replayed_after_the_dismissal(consents, patient, representative, appoint_by_signature):
    appoint_by_signature(1)
    consents.dismissRepresentative(patient, representative, {"from": patient})
    with refused("RepresentationVersionStale", patient, 1, 2):
        appoint_by_signature(1)


def test_an_appointment_ahead_of_its_turn_is_refused(patient, appoint_by_signature):
    with refused("RepresentationVersionStale", patient, 2, 0):
        appoint_by_signature(2)


def test_a_stranger_cannot_sign_an_appointment(patient, stranger, appoint_by_signature):
    with refused("SignatureInvalid", patient, stranger):
        appoint_by_signature(1, stranger)


def test_a_pause_stops_signed_appointments_not_the_patients_own(
    consents, patient, representative, guardian, until, appoint_by_signature
):
    consents.pauseRelaying({"from": guardian})
    with refused("RelayingIsPaused"):
        appoint_by_signature(1)
    consents.appointRepresentative(representative, CARER, until, {"from": patient})
    assert consents.mayActFor(patient, representative)


def test_the_patient_dismisses(consents, patient, representative, appointed):
    dismissed = consents.dismissRepresentative(patient, representative, {"from": patient})
    assert not consents.mayActFor(patient, representative)
    assert consents.representativeOf(patient, representative) == (0, CARER, 2)
    assert dict(dismissed.events["RepresentativeDismissed"]) == {"patient": patient, "representative": representative}


def test_a_representative_resigns(consents, patient, representative, appointed):
    consents.dismissRepresentative(patient, representative, {"from": representative})
    assert not consents.mayActFor(patient, representative)


def test_a_stranger_dismisses_nobody(consents, patient, representative, stranger, appointed):
    with refused("PatientOnly", patient, stranger):
        consents.dismissRepresentative(patient, representative, {"from": stranger})


def test_a_representative_dismisses_no_other(consents, patient, representative, stranger, until, appointed):
    consents.appointRepresentative(stranger, CARER, until, {"from": patient})
    with refused("PatientOnly", patient, representative):
        consents.dismissRepresentative(patient, stranger, {"from": representative})


def test_dismissing_somebody_not_appointed_yet_voids_an_appointment_that_is_withheld(
    consents, patient, representative, appoint_by_signature
):
    consents.dismissRepresentative(patient, representative, {"from": patient})
    with refused("RepresentationVersionStale", patient, 1, 1):
        appoint_by_signature(1)
    assert not consents.mayActFor(patient, representative)


def test_who_was_never_appointed_cannot_resign(consents, patient, stranger):
    with refused("RepresentativeUnknown", patient, stranger):
        consents.dismissRepresentative(patient, stranger, {"from": stranger})


def test_whose_time_is_over_cannot_resign(consents, patient, representative, appointed, until):
    pass_time(until - now())
    with refused("RepresentativeUnknown", patient, representative):
        consents.dismissRepresentative(patient, representative, {"from": representative})


def test_a_signed_dismissal_is_taken_even_while_paused(
    consents, patient, representative, guardian, appointed, dismiss_by_signature
):
    consents.pauseRelaying({"from": guardian})
    dismiss_by_signature(2)
    assert not consents.mayActFor(patient, representative)


def test_a_replayed_dismissal_is_refused(consents, patient, representative, until, appointed, dismiss_by_signature):
    dismiss_by_signature(2)
    consents.appointRepresentative(representative, CARER, until, {"from": patient})
    with refused("RepresentationVersionStale", patient, 2, 3):
        dismiss_by_signature(2)


def test_a_stranger_cannot_sign_a_dismissal(patient, stranger, appointed, dismiss_by_signature):
    with refused("SignatureInvalid", patient, stranger):
        dismiss_by_signature(2, stranger)


def test_a_retired_key_appoints_nobody(
    consents, patient, representative, recovery_guardian, new_key, until, appoint_by_signature
):
    recover(consents, patient, [recovery_guardian], new_key)
    with refused("PatientKeyRetired", patient):
        consents.appointRepresentative(representative, CARER, until + 10 * DAY, {"from": patient})
    with refused("PatientKeyRetired", patient):
        appoint_by_signature(1)


def test_the_recovered_key_appoints_and_dismisses_for_the_patient_by_signature_or_itself(
    consents, patient, representative, recovery_guardian, new_key, appoint_by_signature
):
    recover(consents, patient, [recovery_guardian], new_key)
    appoint_by_signature(1, new_key)
    assert consents.mayActFor(patient, representative)
    consents.dismissRepresentative(patient, representative, {"from": new_key})
    assert not consents.mayActFor(patient, representative)


def test_whom_a_lost_key_had_appointed_stays_until_the_recovered_key_dismisses_it(
    consents, patient, representative, recovery_guardian, new_key, appointed
):
    recover(consents, patient, [recovery_guardian], new_key)
    assert consents.mayActFor(patient, representative)
    consents.dismissRepresentative(patient, representative, {"from": new_key})
    assert not consents.mayActFor(patient, representative)


def test_a_recovered_key_cannot_be_given_an_end_by_appointment(
    consents, patient, recovery_guardian, new_key, domain, relayer
):
    recover(consents, patient, [recovery_guardian], new_key)
    end = now() + DAY
    fields = {"patient": patient.address, "representative": new_key.address, "kind": CARER, "until": end, "version": 2}
    signature = signature_for(Message("AppointRepresentative", fields), domain, new_key)
    with refused("RepresentativeInvalid", new_key, end, CARER):
        consents.appointRepresentativeBySignature(patient, new_key, CARER, end, 2, signature, {"from": relayer})
