"""What a recorded consent permits: every answer, and where each begins and ends."""

from dataclasses import replace

import pytest

from carechain.consent_terms import ConsentTerms
from carechain.data_categories import RESTRICTED, class_bit, label_bit
from carechain.purpose_of_use import BREAK_GLASS, CODES, GRANTABLE, ROOT, covers, index_of, mask_of
from tests.helpers.consents import ANY, CONDITION, DOCUMENT, TERMS, USE, Grant, recorded_status, terms_at
from tests.helpers.suite import CLINIC, HOSPITAL, now, pass_time

NO_PURPOSES = (60, 61, 62, 63, 64, 87, 255, 256, 32 + 2**253 + 23, 2**255, 2**256 - 1)
"""Numbers that stand for no code; some would be one if a bit were lost on the way."""


@pytest.fixture
def status(consents, patient):
    """Grants terms and asks for a use."""

    def status(use=USE, **terms):
        consents.grant(HOSPITAL, ANY, replace(TERMS, **terms).pack(), DOCUMENT, {"from": patient})
        return recorded_status(consents, patient, use)

    return status


def test_what_was_never_granted_is_not_granted(consents, patient):
    assert recorded_status(consents, patient) == "NotGranted"


def test_nobody_has_granted_anything_in_nobodys_name(consents):
    assert recorded_status(consents, "0x" + "00" * 20) == "NotGranted"


def test_a_consent_is_for_its_grantee_alone(consents, patient, granted):
    assert recorded_status(consents, patient, grantee=CLINIC) == "NotGranted"


def test_a_consent_is_for_its_scope_alone(consents, patient, granted):
    assert recorded_status(consents, patient, scope=bytes(31) + b"\x01") == "NotGranted"


def test_a_consent_is_of_its_patient_alone(consents, other_patient, granted):
    assert recorded_status(consents, other_patient) == "NotGranted"


def test_a_consent_permits_from_its_first_second(consents, patient, status):
    begin = now() + 1_000
    assert status(not_before=begin) == "NotYetValid"
    pass_time(begin - 1 - now())
    assert recorded_status(consents, patient) == "NotYetValid"
    pass_time(1)
    assert recorded_status(consents, patient) == "Permitted"


def test_a_consent_permits_until_the_second_before_its_end(consents, patient, status):
    end = now() + 1_000
    assert status(not_after=end) == "Permitted"
    pass_time(end - 1 - now())
    assert recorded_status(consents, patient) == "Permitted"
    pass_time(1)
    assert recorded_status(consents, patient) == "Expired"


def test_a_revoked_consent_never_expires(consents, patient, granted):
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    pass_time(10 * 365 * 86_400)
    assert recorded_status(consents, patient) == "Revoked"


def test_a_consent_without_end_lasts(consents, patient, granted):
    pass_time(30 * 365 * 86_400)
    assert recorded_status(consents, patient) == "Permitted"


def test_a_purpose_covers_itself_and_what_lies_below_it(status):
    assert status(replace(USE, purpose=index_of("COC")), purposes=mask_of("TREAT")) == "Permitted"
    assert status(replace(USE, purpose=index_of("ERTREAT")), purposes=mask_of("TREAT")) == "Permitted"


def test_a_purpose_covers_neither_its_parent_nor_its_siblings(status):
    assert status(replace(USE, purpose=index_of("TREAT")), purposes=mask_of("COC")) == "PurposeNotCovered"
    assert status(replace(USE, purpose=index_of("CLINTRL")), purposes=mask_of("COC")) == "PurposeNotCovered"


def test_granting_everything_grantable_covers_every_code_but_the_root_and_break_the_glass(consents, patient):
    consents.grant(HOSPITAL, ANY, replace(TERMS, purposes=GRANTABLE).pack(), DOCUMENT, {"from": patient})
    for purpose in range(len(CODES)):
        expected = "PurposeNotCovered" if purpose in (ROOT, BREAK_GLASS) else "Permitted"
        assert recorded_status(consents, patient, replace(USE, purpose=purpose)) == expected


def test_a_number_that_is_no_code_is_never_covered(consents, patient):
    consents.grant(HOSPITAL, ANY, replace(TERMS, purposes=GRANTABLE).pack(), DOCUMENT, {"from": patient})
    for purpose in NO_PURPOSES:
        assert recorded_status(consents, patient, replace(USE, purpose=purpose)) == "PurposeNotCovered"


@pytest.mark.parametrize("code", ["TREAT", "HPAYMT", "HOPERAT", "HRESCH", "CLINTRCH", "PATRQT", "PUBHLTH", "ETREAT"])
def test_a_granted_purpose_covers_exactly_what_the_hierarchy_says(consents, patient, code):
    consents.grant(HOSPITAL, ANY, replace(TERMS, purposes=mask_of(code)).pack(), DOCUMENT, {"from": patient})
    for purpose in range(len(CODES)):
        expected = "Permitted" if covers(mask_of(code), purpose) else "PurposeNotCovered"
        assert recorded_status(consents, patient, replace(USE, purpose=purpose)) == expected


def test_a_class_that_was_not_granted_is_not_covered(status):
    assert status(replace(USE, categories=class_bit("VisionPrescription"))) == "CategoryNotCovered"


def test_a_sensitive_label_is_never_implied(status):
    assert status(replace(USE, categories=CONDITION | label_bit("HIV"))) == "CategoryNotCovered"


def test_every_label_of_the_data_must_be_granted(status):
    one = CONDITION | label_bit("HIV")
    both = one | label_bit("PSY")
    assert status(replace(USE, categories=one), categories=one) == "Permitted"
    assert status(replace(USE, categories=both), categories=one) == "CategoryNotCovered"
    assert status(replace(USE, categories=both), categories=both) == "Permitted"


def test_restricted_data_is_covered_only_if_restricted_data_is_named(status):
    restricted = CONDITION | RESTRICTED
    assert status(replace(USE, categories=restricted)) == "CategoryNotCovered"
    assert status(replace(USE, categories=restricted), categories=restricted) == "Permitted"


def test_a_category_beyond_the_sixty_four_is_not_covered(status):
    assert status(replace(USE, categories=CONDITION | 1 << 64)) == "CategoryNotCovered"
    assert status(replace(USE, categories=CONDITION | 1 << 255)) == "CategoryNotCovered"


def test_data_of_the_first_and_the_last_day_is_covered_and_none_outside(status):
    period = {"data_from": 100, "data_to": 200}
    assert status(replace(USE, data_from=100, data_to=200), **period) == "Permitted"
    assert status(replace(USE, data_from=100, data_to=100), **period) == "Permitted"
    assert status(replace(USE, data_from=99, data_to=200), **period) == "OutsideDataPeriod"
    assert status(replace(USE, data_from=100, data_to=201), **period) == "OutsideDataPeriod"
    assert status(replace(USE, data_from=201, data_to=300), **period) == "OutsideDataPeriod"


def test_a_day_beyond_the_last_number_is_outside_even_an_open_data_period(status):
    assert status(replace(USE, data_from=0, data_to=65_535)) == "Permitted"
    assert status(replace(USE, data_from=0, data_to=65_536)) == "OutsideDataPeriod"
    assert status(replace(USE, data_from=0, data_to=2**256 - 1)) == "OutsideDataPeriod"


def test_labels_alone_describe_no_data(status):
    sensitive = TERMS.categories | label_bit("HIV")
    assert status(replace(USE, categories=label_bit("HIV")), categories=sensitive) == "UseInvalid"


def test_no_category_describes_no_data(status):
    assert status(replace(USE, categories=0)) == "UseInvalid"


def test_data_that_ends_before_it_begins_is_no_data(status):
    assert status(replace(USE, data_from=20, data_to=10)) == "UseInvalid"


def test_what_the_key_gave_before_it_was_retired_is_void(consents, patient, granted, retired):
    assert recorded_status(consents, patient) == "Revoked"


def test_what_a_representative_gave_outlives_the_patients_key(
    consents, patient, representative, appointed, recovery_guardian, new_key, request
):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    request.getfixturevalue("retired")
    assert recorded_status(consents, patient) == "Permitted"


def test_terms_of_tells_the_word_whatever_became_of_it(consents, patient, granted):
    word = consents.termsOf(patient, HOSPITAL, ANY)
    consents.revokeAll({"from": patient})
    assert consents.termsOf(patient, HOSPITAL, ANY) == word == replace(TERMS, stamp=granted, by_patient=True).pack()


def test_time_that_a_chain_reports_stops_no_later_stamp(consents, domain, patient, relayer, granted):
    pass_time(50 * 365 * 86_400)
    consents.grantBySignature(
        Grant(patient, terms_at(now(), purposes=mask_of("HPAYMT"))).signed(domain), {"from": relayer}
    )
    assert ConsentTerms.unpack(consents.termsOf(patient, HOSPITAL, ANY)).purposes == mask_of("HPAYMT")
