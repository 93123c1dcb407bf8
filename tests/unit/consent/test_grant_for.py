"""A representative grants for a patient."""

from carechain.consent_terms import ConsentTerms
from tests.helpers.consents import ANY, DOCUMENT, TERMS, recorded_status
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, now, pass_time


def test_a_representative_grants(consents, patient, representative, appointed):
    granted = consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    assert recorded_status(consents, patient) == "Permitted"
    assert granted.events["ConsentGranted"]["patient"] == patient


def test_it_is_not_marked_as_the_patients_own(consents, patient, representative, appointed):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    assert not ConsentTerms.unpack(consents.termsOf(patient, HOSPITAL, ANY)).by_patient


def test_a_stranger_cannot(consents, patient, stranger, appointed):
    with refused("RepresentativeUnknown", patient, stranger):
        consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": stranger})


def test_the_grantee_cannot(consents, patient, hospital, appointed):
    with refused("RepresentativeUnknown", patient, hospital):
        consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": hospital})


def test_a_representative_of_another_patient_cannot(consents, other_patient, representative, appointed):
    with refused("RepresentativeUnknown", other_patient, representative):
        consents.grantFor(other_patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})


def test_a_representative_cannot_from_the_second_it_ends(consents, patient, representative, appointed):
    pass_time(appointed - now())
    with refused("RepresentativeUnknown", patient, representative):
        consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})


def test_what_a_representative_granted_outlives_the_representation(consents, patient, representative, appointed):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    pass_time(appointed - now())
    assert recorded_status(consents, patient) == "Permitted"


def test_terms_are_held_to_the_same_rules(consents, patient, representative, appointed):
    with refused("ConsentGranteeZero"):
        consents.grantFor(patient, 0, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    with refused("ConsentTermsInvalid", 0):
        consents.grantFor(patient, HOSPITAL, ANY, 0, DOCUMENT, {"from": representative})
