"""The guardian's pause: what it stops is in the tests of what is stopped; here, who may and what is told."""

from tests.helpers.consents import ANY, DOCUMENT, TERMS, recorded_status
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL


def test_the_guardian_pauses_and_resumes(consents, guardian):
    assert not consents.relayingPaused()
    paused = consents.pauseRelaying({"from": guardian})
    assert consents.relayingPaused()
    assert dict(paused.events["RelayingPaused"]) == {"by": guardian}
    resumed = consents.resumeRelaying({"from": guardian})
    assert not consents.relayingPaused()
    assert dict(resumed.events["RelayingResumed"]) == {"by": guardian}


def test_nobody_else_does_not_even_the_admin(consents, admin, registrar, supervisor, patient, stranger, deployer):
    for other in (admin, registrar, supervisor, patient, stranger, deployer):
        with refused("AccessManagedUnauthorized", other):
            consents.pauseRelaying({"from": other})
        with refused("AccessManagedUnauthorized", other):
            consents.resumeRelaying({"from": other})


def test_nobody_pauses_by_way_of_a_multicall(consents, stranger):
    with refused("AccessManagedUnauthorized", stranger):
        consents.multicall([consents.pauseRelaying.encode_input()], {"from": stranger})


def test_a_patient_grants_while_paused(consents, patient, paused):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_representative_grants_while_paused(consents, patient, representative, appointed, paused):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": representative})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_recovered_key_grants_while_paused(consents, patient, new_key, retired, paused):
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": new_key})
    assert recorded_status(consents, patient) == "Permitted"
