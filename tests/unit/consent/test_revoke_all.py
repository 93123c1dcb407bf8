"""Everything revoked in one write: by the patient, a representative, or a signature."""

import pytest

from tests.helpers.consents import (
    ANY,
    DOCUMENT,
    TERMS,
    Grant,
    Presented,
    presented_status,
    recorded_status,
    signature_for,
    terms_at,
)
from tests.helpers.eip712 import Message
from tests.helpers.refusals import NOW, refused
from tests.helpers.suite import CLINIC, now, pass_time


def revoke_all_message(patient, signed_at):
    return Message("RevokeAll", {"patient": patient.address, "signedAt": signed_at})


@pytest.fixture
def submit(consents, domain, relayer):
    """Signs a "revoke all" and submits it."""

    def submit(patient, signed_at, signer=None):
        signature = signature_for(revoke_all_message(patient, signed_at), domain, signer or patient)
        return consents.revokeAllBySignature(patient, signed_at, signature, {"from": relayer})

    return submit


def test_every_recorded_consent_is_void(consents, patient, granted):
    consents.grant(CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Revoked"


def test_every_presented_consent_is_void(consents, domain, patient):
    presented = Presented(patient, terms_at(0)).signed(domain)
    assert presented_status(consents, presented) == "Permitted"
    consents.revokeAll({"from": patient})
    assert presented_status(consents, presented) == "Revoked"


def test_what_a_representative_gave_is_void_too(consents, patient, representative, appointed):
    consents.grantFor(patient, CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient, grantee=CLINIC) == "Revoked"


def test_the_event_and_the_view_tell_when(consents, patient):
    assert consents.revokedAllAt(patient) == 0
    revoked = consents.revokeAll({"from": patient})
    assert dict(revoked.events["AllConsentsRevoked"]) == {"patient": patient, "revokedAllAt": revoked.timestamp}
    assert consents.revokedAllAt(patient) == revoked.timestamp


def test_other_patients_keep_theirs(consents, patient, other_patient, granted):
    consents.revokeAll({"from": other_patient})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_consent_given_later_permits(consents, patient, granted):
    consents.revokeAll({"from": patient})
    pass_time()
    consents.grant(CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"
    assert recorded_status(consents, patient) == "Revoked"


def test_what_was_never_granted_stays_not_granted(consents, patient):
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient) == "NotGranted"


def test_a_consent_given_in_the_same_second_is_void(consents, patient):
    grant = consents.grant.encode_input(CLINIC, ANY, TERMS.pack(), DOCUMENT)
    consents.multicall([grant, consents.revokeAll.encode_input()], {"from": patient})
    assert recorded_status(consents, patient, grantee=CLINIC) == "Revoked"


def test_a_pause_does_not_stop_it(consents, patient, granted, paused):
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_retired_key_still_can(consents, patient, new_key, retired):
    consents.grantFor(patient, CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": new_key})
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient, grantee=CLINIC) == "Revoked"


def test_it_does_not_bring_a_retired_key_back(consents, patient, retired):
    consents.revokeAll({"from": patient})
    pass_time()
    with refused("PatientKeyRetired", patient):
        consents.grant(CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": patient})


def test_a_representative_can(consents, patient, representative, granted, appointed, paused):
    consents.revokeAllFor(patient, {"from": representative})
    assert recorded_status(consents, patient) == "Revoked"


def test_the_patient_may_use_the_same_function_as_its_representative(consents, patient, granted):
    consents.revokeAllFor(patient, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_stranger_cannot(consents, patient, stranger, granted):
    with refused("RepresentativeUnknown", patient, stranger):
        consents.revokeAllFor(patient, {"from": stranger})
    assert recorded_status(consents, patient) == "Permitted"


def test_signed_it_voids_what_was_given_until_it_was_signed(consents, patient, submit, granted):
    signed_at = pass_time()
    pass_time()
    submit(patient, signed_at)
    assert consents.revokedAllAt(patient) == signed_at
    assert recorded_status(consents, patient) == "Revoked"


def test_signed_it_leaves_what_was_given_later(consents, domain, patient, relayer, submit, granted):
    signed_at = pass_time()
    consents.grantBySignature(Grant(patient, terms_at(pass_time()), grantee=CLINIC).signed(domain), {"from": relayer})
    submit(patient, signed_at)
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"


def test_signed_it_voids_a_consent_of_the_very_second(consents, patient, submit, granted):
    pass_time()
    submit(patient, granted)
    assert recorded_status(consents, patient) == "Revoked"


def test_signed_it_is_taken_while_paused(consents, patient, submit, granted, paused):
    submit(patient, now())
    assert recorded_status(consents, patient) == "Revoked"


def test_a_representative_signs_it(consents, patient, representative, submit, granted, appointed):
    submit(patient, now(), representative)
    assert recorded_status(consents, patient) == "Revoked"


def test_a_retired_key_signs_it(consents, patient, submit, retired):
    consents.grantFor(patient, CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": retired})
    pass_time()
    submit(patient, now())
    assert recorded_status(consents, patient, grantee=CLINIC) == "Revoked"


def test_a_replayed_one_does_nothing(consents, patient, submit):
    signed_at = pass_time()
    submit(patient, signed_at)
    pass_time()
    consents.grant(CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert len(submit(patient, signed_at).events) == 0
    assert consents.revokedAllAt(patient) == signed_at
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"


def test_one_signed_before_the_last_does_nothing(consents, patient, submit):
    signed_at = now()
    pass_time()
    last = consents.revokeAll({"from": patient}).timestamp
    assert len(submit(patient, signed_at).events) == 0
    assert consents.revokedAllAt(patient) == last


def test_nobody_bars_a_bundle_by_submitting_a_part_of_it(consents, domain, patient, stranger, relayer, submit, granted):
    signed_at = pass_time()
    signature = signature_for(revoke_all_message(patient, signed_at), domain, patient)
    bundle = [
        consents.revokeAllBySignature.encode_input(patient, signed_at, signature),
        consents.grantBySignature.encode_input(Grant(patient, terms_at(pass_time()), grantee=CLINIC).signed(domain)),
    ]
    consents.revokeAllBySignature(patient, signed_at, signature, {"from": stranger})
    consents.multicall(bundle, {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"


def test_revoked_twice_in_one_second_the_presented_consents_of_that_second_fall_too(consents, domain, patient):
    twice = [consents.revokeAll.encode_input()] * 2
    revoked = consents.multicall(twice, {"from": patient}).timestamp
    assert consents.revokedAllAt(patient) == revoked
    for number in (0, 100, 215):
        presented = Presented(patient, terms_at(revoked), number=number).signed(domain)
        assert presented_status(consents, presented) == "Revoked"


def test_revoked_twice_in_one_second_a_retired_key_stays_retired(consents, patient, retired):
    consents.multicall([consents.revokeAll.encode_input()] * 2, {"from": patient})
    assert not consents.mayActFor(patient, patient)


def test_one_from_the_future_is_refused(consents, patient, submit):
    future = now() + 1_000
    with refused("ConsentStampFuture", patient, future, NOW):
        submit(patient, future)


def test_a_stranger_cannot_sign_it(consents, patient, stranger, submit, granted):
    with refused("SignatureInvalid", patient, stranger):
        submit(patient, now(), stranger)
