"""Defects that were found in other systems of this kind, and reproduced on a chain. None of them may ever be ours."""

from tests.helpers.consents import (
    ANY,
    DOCUMENT,
    STATUSES,
    TERMS,
    USE,
    Grant,
    Presented,
    presented_status,
    recorded_status,
    terms_at,
)
from tests.helpers.refusals import refusal_of, refused
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY, LICENCE_EXPIRY, now, pass_time

LICENCE = bytes(32)
MANUFACTURER = 1 << 3


def test_no_view_stays_true_after_a_revocation(consents, domain, patient, hospital):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    presented = Presented(patient, terms_at(0)).signed(domain)

    def answers():
        decided = STATUSES[consents.decide(hospital, patient, ANY, *USE.arguments())[0]]
        return recorded_status(consents, patient), decided, presented_status(consents, presented)

    assert answers() == ("Permitted",) * 3
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert answers() == ("Revoked", "Revoked", "Permitted")
    consents.revokePresented(0, {"from": patient})
    assert answers() == ("Revoked",) * 3


def test_no_view_stays_true_after_everything_is_revoked(consents, domain, patient, hospital):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    presented = Presented(patient, terms_at(0)).signed(domain)
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient) == "Revoked"
    assert STATUSES[consents.decide(hospital, patient, ANY, *USE.arguments())[0]] == "Revoked"
    assert presented_status(consents, presented) == "Revoked"


def test_no_view_stays_true_after_a_consent_has_expired(consents, patient, hospital):
    end = now() + 100
    consents.grant(HOSPITAL, ANY, terms_at(0, not_after=end).pack(), DOCUMENT, {"from": patient})
    pass_time(100)
    assert STATUSES[consents.decide(hospital, patient, ANY, *USE.arguments())[0]] == "Expired"


def test_nobody_grants_itself_the_manufacturer_role(participants, hospital, registrar, admin, deployer, stranger):
    for whoever in (hospital, admin, deployer, stranger):
        with refused("AccessManagedUnauthorized", whoever):
            participants.amend(HOSPITAL, MANUFACTURER, LICENCE_EXPIRY, LICENCE, {"from": whoever})
        with refused("AccessManagedUnauthorized", whoever):
            participants.accredit("x", MANUFACTURER, LICENCE_EXPIRY, LICENCE, whoever, {"from": whoever})
    # Not even the registrar does it in a moment in which nobody looks.
    arguments = HOSPITAL, MANUFACTURER, LICENCE_EXPIRY, LICENCE, {"from": registrar}
    assert refusal_of(participants.amend, *arguments) == "AccessManagerNotScheduled"


def test_nobody_grants_itself_a_role_of_the_governance(manager, hospital, registrar, deployer, stranger):
    for whoever in (hospital, registrar, deployer, stranger):
        for role in range(4):
            with refused("AccessManagerUnauthorizedAccount", whoever, 0):
                manager.grantRole(role, whoever, 0, {"from": whoever})


def test_a_signature_does_not_depend_on_the_time_of_the_block_that_takes_it(consents, domain, patient, relayer):
    signed = Grant(patient, terms_at(now())).signed(domain)
    for seconds in (1, 59, 7_000, 20 * 86_400):
        pass_time(seconds)
        assert refusal_of(consents.grantBySignature, signed, {"from": relayer}) is None
    consents.grantBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"


def test_every_check_heeds_the_grantee(consents, domain, patient, hospital, clinic, laboratory):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    for other in (0, LABORATORY, CLINIC, 2**32 - 1):
        assert recorded_status(consents, patient, grantee=other) == "NotGranted"
    for key, grantee in ((clinic, CLINIC), (laboratory, LABORATORY)):
        status, speaks_for = consents.decide(key, patient, ANY, *USE.arguments())
        assert (STATUSES[status], speaks_for) == ("NotGranted", grantee)
    presented = Presented(patient, terms_at(0)).signed(domain)
    as_another = (presented[0], CLINIC, *presented[2:])
    assert presented_status(consents, as_another) == "SignatureInvalid"
