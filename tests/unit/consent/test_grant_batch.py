"""Many signed grants in one transaction."""

from tests.helpers.consents import Grant, recorded_status, terms_at
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY, now


def test_every_grant_of_a_batch_is_recorded(consents, domain, patient, other_patient, relayer):
    terms = terms_at(now())
    batch = [
        Grant(patient, terms).signed(domain),
        Grant(patient, terms, grantee=CLINIC).signed(domain),
        Grant(other_patient, terms, grantee=LABORATORY).signed(domain),
    ]
    granted = consents.grantBatch(batch, {"from": relayer})
    assert [event["grantee"] for event in granted.events["ConsentGranted"]] == [HOSPITAL, CLINIC, LABORATORY]
    assert recorded_status(consents, patient) == "Permitted"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"
    assert recorded_status(consents, other_patient, grantee=LABORATORY) == "Permitted"


def test_one_bad_signature_refuses_the_whole_batch(consents, domain, patient, other_patient, stranger, relayer):
    terms = terms_at(now())
    batch = [Grant(patient, terms).signed(domain), Grant(other_patient, terms).signed(domain, stranger)]
    with refused("SignatureInvalid", other_patient, stranger):
        consents.grantBatch(batch, {"from": relayer})
    assert recorded_status(consents, patient) == "NotGranted"


def test_the_same_grant_twice_in_a_batch_is_refused(consents, domain, patient, relayer):
    terms = terms_at(now())
    signed = Grant(patient, terms).signed(domain)
    with refused("ConsentStampStale", patient, terms.stamp, terms.stamp):
        consents.grantBatch([signed, signed], {"from": relayer})


def test_an_empty_batch_does_nothing(consents, relayer):
    assert len(consents.grantBatch([], {"from": relayer}).events) == 0


def test_while_paused_no_batch_is_taken(consents, domain, patient, relayer, paused):
    with refused("RelayingIsPaused"):
        consents.grantBatch([Grant(patient, terms_at(now())).signed(domain)], {"from": relayer})
