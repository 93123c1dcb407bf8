"""A patient, or a representative, revokes one consent. Nothing can stop it."""

from carechain.consent_terms import ConsentTerms
from tests.helpers.consents import ANY, DOCUMENT, TERMS, recorded_status
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, now, pass_time


def test_a_revoked_consent_permits_nothing(consents, patient, granted):
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_only_the_stamp_remains(consents, patient, granted):
    revoked = consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert consents.termsOf(patient, HOSPITAL, ANY) == revoked.timestamp


def test_the_event_carries_patient_grantee_scope_and_stamp(consents, patient, granted):
    revoked = consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert dict(revoked.events["ConsentRevoked"]) == {
        "patient": patient,
        "grantee": HOSPITAL,
        "scope": "0x" + ANY.hex(),
        "stamp": revoked.timestamp,
    }


def test_other_grantees_keep_theirs(consents, patient, granted):
    consents.grant(CLINIC, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"


def test_other_scopes_keep_theirs(consents, patient, granted):
    other = bytes([1]) + bytes(29) + bytes([7, 0])
    consents.grant(HOSPITAL, other, TERMS.pack(), DOCUMENT, {"from": patient})
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient, scope=other) == "Permitted"


def test_other_patients_keep_theirs(consents, patient, other_patient, granted):
    consents.revoke(HOSPITAL, ANY, {"from": other_patient})
    assert recorded_status(consents, patient) == "Permitted"


def test_what_was_never_granted_can_be_revoked(consents, patient):
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_pause_stops_no_revocation(consents, patient, granted, paused):
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_retired_key_still_revokes(consents, patient, new_key, retired):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": new_key})
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_representative_revokes(consents, patient, representative, granted, appointed):
    consents.revokeFor(patient, HOSPITAL, ANY, {"from": representative})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_representative_revokes_while_paused(consents, patient, representative, granted, appointed, paused):
    consents.revokeFor(patient, HOSPITAL, ANY, {"from": representative})
    assert recorded_status(consents, patient) == "Revoked"


def test_the_patient_may_revoke_by_the_same_function_as_its_representative(consents, patient, granted):
    consents.revokeFor(patient, HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_retired_key_revokes_by_the_same_function_too(consents, patient, new_key, retired):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": new_key})
    consents.revokeFor(patient, HOSPITAL, ANY, {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_stranger_cannot_revoke_for_a_patient(consents, patient, stranger, granted):
    with refused("RepresentativeUnknown", patient, stranger):
        consents.revokeFor(patient, HOSPITAL, ANY, {"from": stranger})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_representative_whose_time_is_over_cannot(consents, patient, representative, granted, appointed):
    pass_time(appointed - now())
    with refused("RepresentativeUnknown", patient, representative):
        consents.revokeFor(patient, HOSPITAL, ANY, {"from": representative})


def test_revoked_and_granted_in_one_second_the_later_call_holds(consents, patient, granted):
    revoke = consents.revoke.encode_input(HOSPITAL, ANY)
    grant = consents.grant.encode_input(HOSPITAL, ANY, TERMS.pack(), DOCUMENT)
    consents.multicall([revoke, grant], {"from": patient})
    assert recorded_status(consents, patient) == "Permitted"
    consents.multicall([grant, revoke], {"from": patient})
    assert recorded_status(consents, patient) == "Revoked"
    assert ConsentTerms.unpack(consents.termsOf(patient, HOSPITAL, ANY)).purposes == 0
