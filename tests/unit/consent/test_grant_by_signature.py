"""Somebody submits what a patient signed. How signatures themselves are verified stands in test_signatures.py."""

from dataclasses import replace

import pytest

from carechain.consent_terms import ConsentTerms
from tests.helpers.consents import (
    ANY,
    DOCUMENT,
    TERMS,
    Grant,
    Revocation,
    recorded_status,
    signature_for,
    terms_at,
)
from tests.helpers.eip712 import Message
from tests.helpers.refusals import NOW, refused
from tests.helpers.suite import HOSPITAL, now, pass_time

LIFETIME = 30 * 86_400


def test_anyone_may_submit_a_signed_grant(consents, domain, patient, stranger):
    consents.grantBySignature(Grant(patient, terms_at(now())).signed(domain), {"from": stranger})
    assert recorded_status(consents, patient) == "Permitted"


def test_the_terms_are_recorded_with_the_stamp_that_was_signed(consents, domain, patient, relayer):
    terms = terms_at(now())
    pass_time()
    granted = consents.grantBySignature(Grant(patient, terms).signed(domain), {"from": relayer})
    assert ConsentTerms.unpack(consents.termsOf(patient, HOSPITAL, ANY)) == replace(terms, by_patient=True)
    assert dict(granted.events["ConsentGranted"]) == {
        "patient": patient,
        "grantee": HOSPITAL,
        "scope": "0x" + ANY.hex(),
        "terms": replace(terms, by_patient=True).pack(),
        "document": "0x" + DOCUMENT.hex(),
    }


def test_what_a_representative_signed_is_not_marked_as_the_patients(
    consents, domain, patient, representative, appointed, relayer
):
    signed = Grant(patient, terms_at(now())).signed(domain, representative)
    consents.grantBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"
    assert not ConsentTerms.unpack(consents.termsOf(patient, HOSPITAL, ANY)).by_patient


def test_a_replayed_grant_is_refused(consents, domain, patient, relayer):
    terms = terms_at(now())
    signed = Grant(patient, terms).signed(domain)
    consents.grantBySignature(signed, {"from": relayer})
    with refused("ConsentStampStale", patient, terms.stamp, terms.stamp):
        consents.grantBySignature(signed, {"from": relayer})


def test_a_grant_cannot_be_replayed_after_its_revocation(consents, domain, patient, relayer):
    terms = terms_at(now())
    signed = Grant(patient, terms).signed(domain)
    consents.grantBySignature(signed, {"from": relayer})
    revoked = consents.revoke(HOSPITAL, ANY, {"from": patient})
    with refused("ConsentStampStale", patient, terms.stamp, revoked.timestamp):
        consents.grantBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_an_older_grant_does_not_overtake_a_newer_one(consents, domain, patient, relayer):
    older = terms_at(now())
    newer = terms_at(pass_time(), purposes=1 << 28)
    consents.grantBySignature(Grant(patient, newer).signed(domain), {"from": relayer})
    with refused("ConsentStampStale", patient, older.stamp, newer.stamp):
        consents.grantBySignature(Grant(patient, older).signed(domain), {"from": relayer})


def test_a_grant_signed_before_a_direct_one_is_refused(consents, domain, patient, relayer):
    signed = Grant(patient, terms_at(now())).signed(domain)
    pass_time()
    direct = consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    with refused("ConsentStampStale", patient, signed[3] & 0xFFFFFFFF, direct.timestamp):
        consents.grantBySignature(signed, {"from": relayer})


def test_a_grant_signed_before_an_unrecorded_consent_was_revoked_is_refused(consents, domain, patient, relayer):
    signed = Grant(patient, terms_at(now())).signed(domain)
    pass_time()
    revoked = consents.revoke(HOSPITAL, ANY, {"from": patient})
    with refused("ConsentStampStale", patient, signed[3] & 0xFFFFFFFF, revoked.timestamp):
        consents.grantBySignature(signed, {"from": relayer})


def test_a_grant_signed_before_everything_was_revoked_is_recorded_but_permits_nothing(
    consents, domain, patient, relayer
):
    signed = Grant(patient, terms_at(now())).signed(domain)
    pass_time()
    consents.revokeAll({"from": patient})
    consents.grantBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_grant_signed_in_the_second_of_a_revocation_of_everything_permits_nothing(consents, domain, patient, relayer):
    revoked = consents.revokeAll({"from": patient})
    consents.grantBySignature(Grant(patient, terms_at(revoked.timestamp)).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_grant_signed_after_everything_was_revoked_permits(consents, domain, patient, relayer):
    consents.revokeAll({"from": patient})
    consents.grantBySignature(Grant(patient, terms_at(pass_time())).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_stamp_of_the_future_is_refused(consents, domain, patient, relayer):
    future = now() + 1_000
    with refused("ConsentStampFuture", patient, future, NOW):
        consents.grantBySignature(Grant(patient, terms_at(future)).signed(domain), {"from": relayer})


def test_a_grant_may_be_submitted_for_as_long_as_signatures_live(consents, domain, patient, relayer):
    signed_at = now()
    signed = Grant(patient, terms_at(signed_at)).signed(domain)
    pass_time(LIFETIME - 30)
    consents.grantBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_grant_submitted_too_late_is_refused(consents, domain, patient, relayer):
    signed_at = now()
    signed = Grant(patient, terms_at(signed_at)).signed(domain)
    pass_time(LIFETIME + 1)
    with refused("SignatureExpired", signed_at, NOW):
        consents.grantBySignature(signed, {"from": relayer})


def test_unstamped_terms_are_long_expired(consents, domain, patient, relayer):
    with refused("SignatureExpired", 0, NOW):
        consents.grantBySignature(Grant(patient, TERMS).signed(domain), {"from": relayer})


def test_nobody_is_no_grantee(consents, domain, patient, relayer):
    with refused("ConsentGranteeZero"):
        consents.grantBySignature(Grant(patient, terms_at(now()), grantee=0).signed(domain), {"from": relayer})


@pytest.mark.parametrize("changes", [{"purposes": 0}, {"purposes": 1 << 57}, {"categories": 1 << 50}])
def test_malformed_terms_are_refused_however_well_signed(consents, domain, patient, relayer, changes):
    terms = terms_at(now(), **changes)
    with refused("ConsentTermsInvalid", terms.pack()):
        consents.grantBySignature(Grant(patient, terms).signed(domain), {"from": relayer})


def test_terms_that_claim_to_be_the_patients_are_refused(consents, domain, patient, representative, appointed, relayer):
    terms = terms_at(now(), by_patient=True)
    with refused("ConsentTermsInvalid", terms.pack()):
        consents.grantBySignature(Grant(patient, terms).signed(domain, representative), {"from": relayer})


def test_a_consent_that_has_ended_already_is_refused(consents, domain, patient, relayer):
    signed_at = now()
    with refused("ConsentPeriodEnded", signed_at, NOW):
        terms = terms_at(signed_at, not_after=signed_at)
        consents.grantBySignature(Grant(patient, terms).signed(domain), {"from": relayer})


def test_while_paused_no_signed_grant_is_taken(consents, domain, patient, relayer, paused):
    with refused("RelayingIsPaused"):
        consents.grantBySignature(Grant(patient, terms_at(now())).signed(domain), {"from": relayer})


def test_after_the_pause_it_is(consents, domain, patient, relayer, guardian, paused):
    consents.resumeRelaying({"from": guardian})
    consents.grantBySignature(Grant(patient, terms_at(now())).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_withheld_grant_that_runs_ahead_cannot_stop_the_revocation(consents, domain, patient, relayer):
    withheld = Grant(patient, terms_at(now())).signed(domain)
    revocation = Revocation(patient, pass_time()).signed(domain)
    consents.grantBySignature(withheld, {"from": relayer})
    consents.revokeBySignature(revocation, {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_a_withheld_grant_that_runs_ahead_cannot_stop_the_revocation_of_everything(consents, domain, patient, relayer):
    withheld = Grant(patient, terms_at(now())).signed(domain)
    signed_at = pass_time()
    message = Message("RevokeAll", {"patient": patient.address, "signedAt": signed_at})
    consents.grantBySignature(withheld, {"from": relayer})
    consents.revokeAllBySignature(patient, signed_at, signature_for(message, domain, patient), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_what_a_retired_key_signed_permits_nothing(consents, domain, patient, relayer, retired):
    consents.grantBySignature(Grant(patient, terms_at(now())).signed(domain), {"from": relayer})
    assert recorded_status(consents, patient) == "Revoked"


def test_what_the_recovered_key_signed_permits(consents, domain, patient, relayer, retired):
    consents.grantBySignature(Grant(patient, terms_at(now())).signed(domain, retired), {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"
