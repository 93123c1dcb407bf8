"""Consents that are not recorded but shown when they are used, and how each is withdrawn."""

from dataclasses import replace

import pytest

from carechain.data_categories import class_bit, label_bit
from carechain.purpose_of_use import BREAK_GLASS, CODES, ROOT, mask_of
from tests.helpers.consents import USE, Presented, presented_status, signature_for, terms_at
from tests.helpers.eip712 import Message, compact
from tests.helpers.refusals import refused
from tests.helpers.suite import now, pass_time


@pytest.fixture
def presented(domain, patient):
    """A consent as the grantee keeps it, number 7."""
    return Presented(patient, terms_at(0), number=7).signed(domain)


@pytest.fixture
def submit(consents, domain, relayer):
    """Signs the withdrawal of a presented consent and submits it."""

    def submit(patient, revoked_all_at, number, signer=None):
        fields = {"patient": patient.address, "revokedAllAt": revoked_all_at, "number": number}
        signature = signature_for(Message("RevokePresented", fields), domain, signer or patient)
        return consents.revokePresentedBySignature(patient, revoked_all_at, number, signature, {"from": relayer})

    return submit


def test_a_presented_consent_permits_the_use(consents, presented):
    assert presented_status(consents, presented) == "Permitted"


def test_its_signature_may_be_compact(consents, presented):
    assert presented_status(consents, (*presented[:-1], compact(presented[-1]))) == "Permitted"


def test_it_is_held_to_the_same_terms_as_a_recorded_one(consents, presented):
    def status(**use):
        return presented_status(consents, presented, replace(USE, **use))

    assert status(purpose=10) == "PurposeNotCovered"
    assert status(categories=class_bit("VisionPrescription")) == "CategoryNotCovered"
    assert status(categories=class_bit("Condition") | label_bit("HIV")) == "CategoryNotCovered"
    assert status(data_to=65_536) == "OutsideDataPeriod"
    assert status(categories=0) == "UseInvalid"
    assert status(data_from=2, data_to=1) == "UseInvalid"


def test_it_begins_and_ends_when_its_terms_say(consents, domain, patient):
    begin = now() + 1_000
    presented = Presented(patient, terms_at(0, not_before=begin, not_after=begin + 100)).signed(domain)
    assert presented_status(consents, presented) == "NotYetValid"
    pass_time(begin - now())
    assert presented_status(consents, presented) == "Permitted"
    pass_time(100)
    assert presented_status(consents, presented) == "Expired"


def test_whatever_was_signed_it_never_covers_the_root_break_the_glass_or_what_is_no_code(consents, domain, patient):
    every_bit = Presented(patient, terms_at(0, purposes=2**63 - 1)).signed(domain)
    for purpose in (ROOT, BREAK_GLASS, *range(len(CODES), 66), 32 + 2**253 + 23, 2**255):
        assert presented_status(consents, every_bit, replace(USE, purpose=purpose)) == "PurposeNotCovered"


def test_without_purposes_it_permits_nothing(consents, domain, patient):
    assert presented_status(consents, Presented(patient, terms_at(0, purposes=0)).signed(domain)) == "PurposeNotCovered"


def test_a_changed_consent_is_not_what_was_signed(consents, presented, other_patient):
    changed = {
        0: other_patient.address,
        1: 2,
        2: bytes(31) + b"\x01",
        3: terms_at(0, purposes=mask_of("TREAT", "HPAYMT", "HRESCH")).pack(),
        4: bytes(32),
        5: 8,
    }
    for place, value in changed.items():
        altered = (*presented[:place], value, *presented[place + 1 :])
        assert presented_status(consents, altered) == "SignatureInvalid"


def test_a_stranger_cannot_sign_one(consents, domain, patient, stranger):
    assert presented_status(consents, Presented(patient, terms_at(0)).signed(domain, stranger)) == "SignatureInvalid"


def test_nobody_can_sign_for_nobody(consents):
    nobody = Presented("0x" + "00" * 20, terms_at(0)).with_signature(bytes(65))
    assert presented_status(consents, nobody) == "SignatureInvalid"


def test_a_representative_signs_one_while_it_represents(consents, domain, patient, representative, appointed):
    presented = Presented(patient, terms_at(0)).signed(domain, representative)
    assert presented_status(consents, presented) == "Permitted"
    pass_time(appointed - now())
    assert presented_status(consents, presented) == "SignatureInvalid"


def test_what_a_dismissed_representative_signed_is_void(consents, domain, patient, representative, appointed):
    presented = Presented(patient, terms_at(0)).signed(domain, representative)
    consents.dismissRepresentative(patient, representative, {"from": patient})
    assert presented_status(consents, presented) == "SignatureInvalid"


def test_what_a_retired_key_signed_is_void(consents, presented, retired):
    assert presented_status(consents, presented) == "SignatureInvalid"


def test_what_the_recovered_key_signed_permits(consents, domain, patient, retired):
    assert presented_status(consents, Presented(patient, terms_at(0)).signed(domain, retired)) == "Permitted"


def test_while_paused_no_presented_consent_is_taken(consents, presented, paused):
    assert presented_status(consents, presented) == "Paused"


def test_numbers_end_at_215(consents, domain, patient):
    assert presented_status(consents, Presented(patient, terms_at(0), number=215).signed(domain)) == "Permitted"
    for number in (216, 255):
        assert presented_status(consents, Presented(patient, terms_at(0), number=number).signed(domain)) == "NotGranted"


def test_a_withdrawn_one_permits_nothing(consents, patient, presented):
    consents.revokePresented(7, {"from": patient})
    assert presented_status(consents, presented) == "Revoked"


def test_other_numbers_stay(consents, domain, patient, presented):
    consents.revokePresented(7, {"from": patient})
    for number in (0, 6, 8, 215):
        assert presented_status(consents, Presented(patient, terms_at(0), number=number).signed(domain)) == "Permitted"


@pytest.mark.parametrize("number", [0, 215])
def test_the_first_and_the_last_number_can_be_withdrawn(consents, domain, patient, number):
    presented = Presented(patient, terms_at(0), number=number).signed(domain)
    consents.revokePresented(number, {"from": patient})
    assert presented_status(consents, presented) == "Revoked"
    assert consents.revokedAllAt(patient) == 0


def test_other_patients_numbers_stay(consents, other_patient, presented):
    consents.revokePresented(7, {"from": other_patient})
    assert presented_status(consents, presented) == "Permitted"


def test_the_event_and_the_view_tell_of_it(consents, patient):
    assert not consents.isPresentedRevoked(patient, 7)
    revoked = consents.revokePresented(7, {"from": patient})
    assert consents.isPresentedRevoked(patient, 7)
    assert dict(revoked.events["PresentedConsentRevoked"]) == {"patient": patient, "revokedAllAt": 0, "number": 7}


@pytest.mark.parametrize("number", [216, 255])
def test_a_number_that_is_none_is_refused(consents, patient, number):
    with refused("PresentedNumberInvalid", number):
        consents.revokePresented(number, {"from": patient})
    with refused("PresentedNumberInvalid", number):
        consents.revokePresentedFor(patient, number, {"from": patient})
    with refused("PresentedNumberInvalid", number):
        consents.isPresentedRevoked(patient, number)


def test_a_signed_withdrawal_of_a_number_that_is_none_is_refused(patient, submit):
    with refused("PresentedNumberInvalid", 216):
        submit(patient, 0, 216)


def test_given_under_an_earlier_or_another_revocation_of_everything_it_is_void(consents, domain, patient, presented):
    revoked = consents.revokeAll({"from": patient}).timestamp
    assert presented_status(consents, presented) == "Revoked"
    for stamp in (revoked - 1, revoked + 1):
        assert presented_status(consents, Presented(patient, terms_at(stamp)).signed(domain)) == "Revoked"
    assert presented_status(consents, Presented(patient, terms_at(revoked)).signed(domain)) == "Permitted"


def test_after_a_revocation_of_everything_the_numbers_start_anew(consents, domain, patient):
    consents.revokePresented(7, {"from": patient})
    revoked = consents.revokeAll({"from": patient}).timestamp
    assert not consents.isPresentedRevoked(patient, 7)
    assert presented_status(consents, Presented(patient, terms_at(revoked), number=7).signed(domain)) == "Permitted"


def test_withdrawing_the_last_number_leaves_revoked_all_at_and_a_retired_key_as_they_are(consents, patient, retired):
    revoked = consents.revokeAll({"from": patient}).timestamp
    consents.revokePresented(215, {"from": patient})
    assert consents.revokedAllAt(patient) == revoked
    assert not consents.mayActFor(patient, patient)


def test_a_representative_withdraws(consents, patient, representative, presented, appointed):
    consents.revokePresentedFor(patient, 7, {"from": representative})
    assert presented_status(consents, presented) == "Revoked"


def test_the_patient_may_use_the_same_function(consents, patient, presented):
    consents.revokePresentedFor(patient, 7, {"from": patient})
    assert presented_status(consents, presented) == "Revoked"


def test_a_stranger_cannot_withdraw(consents, patient, stranger, presented):
    with refused("RepresentativeUnknown", patient, stranger):
        consents.revokePresentedFor(patient, 7, {"from": stranger})
    assert presented_status(consents, presented) == "Permitted"


def test_a_retired_key_withdraws(consents, domain, patient, retired):
    presented = Presented(patient, terms_at(0), number=3).signed(domain, retired)
    consents.revokePresented(3, {"from": patient})
    assert presented_status(consents, presented) == "Revoked"


def test_anyone_submits_a_signed_withdrawal_even_while_paused(consents, patient, presented, submit, guardian, paused):
    submit(patient, 0, 7)
    consents.resumeRelaying({"from": guardian})
    assert presented_status(consents, presented) == "Revoked"


def test_a_representative_signs_a_withdrawal(consents, patient, representative, presented, submit, appointed):
    submit(patient, 0, 7, representative)
    assert presented_status(consents, presented) == "Revoked"


def test_a_stranger_cannot_sign_a_withdrawal(consents, patient, stranger, submit):
    with refused("SignatureInvalid", patient, stranger):
        submit(patient, 0, 7, stranger)


def test_a_replayed_withdrawal_changes_nothing(consents, patient, presented, submit):
    submit(patient, 0, 7)
    submit(patient, 0, 7)
    assert presented_status(consents, presented) == "Revoked"


def test_a_withdrawal_cannot_be_replayed_against_the_numbers_of_another_time(consents, patient, submit):
    submit(patient, 0, 7)
    revoked = consents.revokeAll({"from": patient}).timestamp
    with refused("PresentedConsentsVoid", patient, 0, revoked):
        submit(patient, 0, 7)
    assert not consents.isPresentedRevoked(patient, 7)
