"""Somebody submits a revocation that a patient signed, one or many."""

from tests.helpers.consents import ANY, Grant, Revocation, recorded_status, terms_at
from tests.helpers.refusals import NOW, refused
from tests.helpers.suite import CLINIC, HOSPITAL, now, pass_time


def test_anyone_may_submit_a_signed_revocation(consents, domain, patient, stranger, granted):
    signed_at = pass_time()
    pass_time()
    revoked = consents.revokeBySignature(Revocation(patient, signed_at).signed(domain), {"from": stranger})
    assert recorded_status(consents, patient) == "Revoked"
    assert revoked.events["ConsentRevoked"]["stamp"] == signed_at
    assert consents.termsOf(patient, HOSPITAL, ANY) == signed_at


def test_a_signed_revocation_never_lapses(consents, domain, patient, relayer, granted):
    signed = Revocation(patient, pass_time()).signed(domain)
    pass_time(3 * 365 * 86_400)
    consents.revokeBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_pause_stops_no_signed_revocation(consents, domain, patient, relayer, granted, paused):
    consents.revokeBySignature(Revocation(patient, pass_time()).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_retired_key_still_signs_revocations(consents, domain, patient, relayer, retired):
    consents.grantBySignature(Grant(patient, terms_at(now())).signed(domain, retired), {"from": relayer})
    consents.revokeBySignature(Revocation(patient, pass_time()).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_representative_signs_revocations(consents, domain, patient, representative, relayer, granted, appointed):
    consents.revokeBySignature(Revocation(patient, pass_time()).signed(domain, representative), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_revocation_signed_before_the_consent_was_given_is_refused(consents, domain, patient, relayer):
    signed_at = now()
    terms = terms_at(pass_time())
    consents.grantBySignature(Grant(patient, terms).signed(domain), {"from": relayer})
    with refused("ConsentStampStale", patient, signed_at, terms.stamp):
        consents.revokeBySignature(Revocation(patient, signed_at).signed(domain), {"from": relayer})


def test_a_revocation_signed_in_the_second_in_which_the_consent_was_given_revokes_it(
    consents, domain, patient, relayer
):
    signed_at = now()
    grant = Grant(patient, terms_at(signed_at)).signed(domain)
    consents.grantBySignature(grant, {"from": relayer})
    consents.revokeBySignature(Revocation(patient, signed_at).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"
    with refused("ConsentStampStale", patient, signed_at, signed_at):
        consents.grantBySignature(grant, {"from": relayer})


def test_a_replayed_revocation_does_nothing(consents, domain, patient, relayer, granted):
    signed_at = pass_time()
    signed = Revocation(patient, signed_at).signed(domain)
    consents.revokeBySignature(signed, {"from": relayer})
    assert len(consents.revokeBySignature(signed, {"from": relayer}).events) == 0
    assert consents.termsOf(patient, HOSPITAL, ANY) == signed_at


def test_one_signed_before_the_last_revocation_does_nothing(consents, domain, patient, relayer, granted):
    signed = Revocation(patient, pass_time()).signed(domain)
    pass_time()
    revoked = consents.revoke(HOSPITAL, ANY, {"from": patient}).timestamp
    assert len(consents.revokeBySignature(signed, {"from": relayer}).events) == 0
    assert consents.termsOf(patient, HOSPITAL, ANY) == revoked


def test_nobody_bars_a_bundle_by_submitting_a_part_of_it(consents, domain, patient, stranger, relayer, granted):
    signed_at = pass_time()
    bundle = [Revocation(patient, signed_at, grantee).signed(domain) for grantee in (HOSPITAL, CLINIC)]
    consents.revokeBySignature(bundle[0], {"from": stranger})
    consents.revokeBatch(bundle, {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Revoked"


def test_a_replayed_revocation_does_not_touch_a_later_grant(consents, domain, patient, relayer, granted):
    signed = Revocation(patient, pass_time()).signed(domain)
    consents.revokeBySignature(signed, {"from": relayer})
    terms = terms_at(pass_time())
    consents.grantBySignature(Grant(patient, terms).signed(domain), {"from": relayer})
    with refused("ConsentStampStale", patient, signed[3], terms.stamp):
        consents.revokeBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_stamp_of_the_future_is_refused(consents, domain, patient, relayer, granted):
    future = now() + 1_000
    with refused("ConsentStampFuture", patient, future, NOW):
        consents.revokeBySignature(Revocation(patient, future).signed(domain), {"from": relayer})


def test_a_stranger_cannot_sign_it(consents, domain, patient, stranger, granted):
    with refused("SignatureInvalid", patient, stranger):
        consents.revokeBySignature(Revocation(patient, pass_time()).signed(domain, stranger), {"from": stranger})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_batch_revokes_each(consents, domain, patient, other_patient, relayer, granted):
    consents.grantBySignature(Grant(other_patient, terms_at(now()), grantee=CLINIC).signed(domain), {"from": relayer})
    signed_at = pass_time()
    batch = [
        Revocation(patient, signed_at).signed(domain),
        Revocation(other_patient, signed_at, grantee=CLINIC).signed(domain),
    ]
    revoked = consents.revokeBatch(batch, {"from": relayer})
    assert len(revoked.events["ConsentRevoked"]) == 2
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, other_patient, grantee=CLINIC) == "Revoked"


def test_a_batch_is_taken_while_paused(consents, domain, patient, relayer, granted, paused):
    consents.revokeBatch([Revocation(patient, pass_time()).signed(domain)], {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_one_bad_signature_refuses_the_whole_batch(consents, domain, patient, other_patient, relayer, granted):
    signed_at = pass_time()
    batch = [
        Revocation(patient, signed_at).signed(domain),
        Revocation(other_patient, signed_at).signed(domain, patient),
    ]
    with refused("SignatureInvalid", other_patient, patient):
        consents.revokeBatch(batch, {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"
