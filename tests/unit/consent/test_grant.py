"""A patient grants, directly."""

from dataclasses import replace

import pytest

from carechain.consent_terms import ConsentTerms
from carechain.purpose_of_use import BREAK_GLASS, ROOT, mask_of
from tests.helpers.consents import ANY, DOCUMENT, TERMS, recorded_status
from tests.helpers.refusals import NOW, refused
from tests.helpers.suite import HOSPITAL, now, pass_time


def test_a_granted_consent_permits_the_use(consents, patient):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient) == "Permitted"


def test_the_recorded_terms_are_those_granted_stamped_with_the_block_and_marked_as_the_patients(consents, patient):
    granted = consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    recorded = ConsentTerms.unpack(consents.termsOf(patient, HOSPITAL, ANY))
    assert recorded == replace(TERMS, stamp=granted.timestamp, by_patient=True)


def test_the_event_carries_patient_grantee_scope_recorded_terms_and_document(consents, patient):
    granted = consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert dict(granted.events["ConsentGranted"]) == {
        "patient": patient,
        "grantee": HOSPITAL,
        "scope": "0x" + ANY.hex(),
        "terms": consents.termsOf(patient, HOSPITAL, ANY),
        "document": "0x" + DOCUMENT.hex(),
    }


def test_a_renewal_replaces_the_terms(consents, patient):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    narrower = replace(TERMS, purposes=mask_of("HPAYMT"))
    consents.grant(HOSPITAL, ANY, narrower.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient) == "PurposeNotCovered"


def test_a_revoked_consent_can_be_granted_again(consents, patient):
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient) == "Permitted"


def test_nobody_is_no_grantee(consents, patient):
    with refused("ConsentGranteeZero"):
        consents.grant(0, ANY, TERMS.pack(), DOCUMENT, {"from": patient})


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"stamp": 1}, id="stamped by the caller"),
        pytest.param({"by_patient": True}, id="marked as the patient's by the caller"),
        pytest.param({"purposes": 0}, id="no purpose"),
        pytest.param({"purposes": mask_of("TREAT") | 1 << ROOT}, id="the abstract root"),
        pytest.param({"purposes": mask_of("TREAT") | 1 << BREAK_GLASS}, id="break the glass"),
        pytest.param({"purposes": mask_of("TREAT") | 1 << 60}, id="unassigned purpose 60"),
        pytest.param({"purposes": mask_of("TREAT") | 1 << 62}, id="unassigned purpose 62"),
        pytest.param({"categories": 0}, id="no category"),
        pytest.param({"categories": 1 << 48}, id="a label without a class"),
        pytest.param({"not_before": 4_000_000_000, "not_after": 4_000_000_000}, id="an empty period"),
        pytest.param({"not_before": 4_000_000_001, "not_after": 4_000_000_000}, id="a period that ends first"),
        pytest.param({"data_from": 2, "data_to": 1}, id="a data period that ends first"),
    ],
)
def test_malformed_terms_are_refused(consents, patient, changes):
    word = replace(TERMS, **changes).pack()
    with refused("ConsentTermsInvalid", word):
        consents.grant(HOSPITAL, ANY, word, DOCUMENT, {"from": patient})


def test_a_consent_that_has_ended_already_is_refused(consents, patient):
    ended = now()
    with refused("ConsentPeriodEnded", ended, NOW):
        consents.grant(HOSPITAL, ANY, replace(TERMS, not_after=ended).pack(), DOCUMENT, {"from": patient})


def test_a_consent_may_begin_later(consents, patient):
    terms = replace(TERMS, not_before=now() + 1_000)
    consents.grant(HOSPITAL, ANY, terms.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient) == "NotYetValid"
    pass_time(1_000)
    assert recorded_status(consents, patient) == "Permitted"


def test_in_the_second_of_a_revocation_of_everything_nothing_can_be_granted(consents, patient):
    both = [
        consents.revokeAll.encode_input(),
        consents.grant.encode_input(HOSPITAL, ANY, TERMS.pack(), DOCUMENT),
    ]
    with refused("ConsentStampStale", patient, NOW, NOW):
        consents.multicall(both, {"from": patient})


def test_a_grantee_need_not_be_in_standing_when_it_is_named(consents, patient):
    consents.grant(4_294_967_295, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient, grantee=4_294_967_295) == "Permitted"
