"""Nobody has to stay in a trial."""

import pytest
from trial_acts import NOT_A_TRIAL, REASON, hexed, not_logged, size_of, suspend

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.governance import DAY
from carechain.purpose_of_use import mask_of
from tests.helpers.recovery import recover
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, REGULATOR, SAFETY_BOARD, SITE, SPONSOR, now, pass_time
from tests.helpers.supply import by
from tests.helpers.trials import ACTIVE, CONSENT_LAPSED, TRIAL, WITHDRAWN, Amended, commitment, pseudonym

PERSON = pseudonym(1)
CARER = 2
TERMS = ConsentTerms(purposes=mask_of("CLINTRCH"), categories=class_bit("ResearchSubject"))


@pytest.fixture
def enrolled(started, patient):
    started.enrol(1, patient)


@pytest.fixture
def withdrawn_by(started, trials, participation):
    """That this key withdraws the participant, and that there is no way back."""

    def withdrawn_by(key):
        before = dict(trials.participantOf(TRIAL, PERSON))
        size = size_of(started)
        event = not_logged(trials.withdraw(TRIAL, PERSON, {"from": key}), "ParticipantWithdrawn")
        assert event == {"trial": TRIAL, "participant": hexed([PERSON])[0], "by": key}
        assert trials.participantOf(TRIAL, PERSON) == tuple((before | {"withdrawn": True}).values())
        assert size_of(started) == size
        assert participation() == WITHDRAWN
        with refused("ParticipantHasWithdrawn", TRIAL, PERSON):
            trials.withdraw(TRIAL, PERSON, {"from": key})

    return withdrawn_by


@pytest.fixture
def not_withdrawn_by(started, trials):
    """That this key does not withdraw the participant."""

    def not_withdrawn_by(key):
        with refused("ConsentNotRevoked", TRIAL, PERSON):
            trials.withdraw(TRIAL, PERSON, {"from": key})
        assert not trials.participantOf(TRIAL, PERSON)["withdrawn"]

    return not_withdrawn_by


@pytest.fixture
def reconsent(started):
    """An amendment by which the next version of the form is to be signed."""
    return lambda form=b"\x02" * 32: started.amend(Amended(reconsent=True, consent_form=form))


def test_a_patient_withdraws(started, trials, patient, enrolled, withdrawn_by):
    withdrawn_by(patient)
    for call, arguments in ((trials.renewConsent, ()), (trials.randomise, (0,))):
        with refused("ParticipantHasWithdrawn", TRIAL, PERSON):
            call(TRIAL, PERSON, *arguments, by(SITE))
    assert trials.siteOf(TRIAL, SITE)["enrolled"] == trials.trialOf(TRIAL)["enrolled"] == 1


def test_a_representative_withdraws_a_patient(consents, patient, representative, enrolled, withdrawn_by):
    consents.appointRepresentative(representative, CARER, now() + DAY, {"from": patient})
    withdrawn_by(representative)


def test_a_representative_of_the_past_does_not(trials, consents, patient, representative, enrolled):
    consents.appointRepresentative(representative, CARER, now() + 100, {"from": patient})
    pass_time(101)
    with refused("ConsentNotRevoked", TRIAL, PERSON):
        trials.withdraw(TRIAL, PERSON, {"from": representative})


def test_a_site_withdraws_its_participant(site, enrolled, withdrawn_by):
    withdrawn_by(site)


def test_a_suspended_site_withdraws_its_participant(suite, site, enrolled, withdrawn_by):
    suspend(suite, SITE)
    withdrawn_by(site)


def test_anybody_withdraws_whose_consent_is_revoked(stranger, enrolled, revoke, withdrawn_by):
    revoke()
    withdrawn_by(stranger)


def test_anybody_withdraws_who_revoked_everything(consents, patient, stranger, enrolled, withdrawn_by):
    pass_time()
    consents.revokeAll({"from": patient})
    withdrawn_by(stranger)


def test_anybody_withdraws_who_revoked_the_form_to_be_signed_too(
    started, consents, patient, stranger, enrolled, reconsent, revoke, withdrawn_by
):
    reconsent()
    started.consent(patient, version=2)
    pass_time()
    revoke(1)
    revoke(2)
    withdrawn_by(stranger)


def test_anybody_withdraws_who_revoked_before_a_new_form(stranger, enrolled, reconsent, revoke, withdrawn_by):
    revoke()
    reconsent()
    withdrawn_by(stranger)


def test_nobody_else_withdraws_who_consented_to_the_new_form_and_revoked_the_last(
    started, trials, patient, stranger, sponsor, enrolled, reconsent, revoke, not_withdrawn_by, participation
):
    reconsent()
    started.consent(patient, version=2)
    revoke(1)
    assert participation() == CONSENT_LAPSED
    not_withdrawn_by(stranger)
    not_withdrawn_by(sponsor)
    trials.renewConsent(TRIAL, PERSON, by(SITE))
    assert participation() == ACTIVE
    not_withdrawn_by(stranger)


def test_a_consent_to_a_form_that_is_not_the_present_one_keeps_nobody(
    started, patient, stranger, enrolled, reconsent, revoke, withdrawn_by
):
    reconsent()
    started.consent(patient, version=2)
    started.consent(patient, version=4)
    reconsent(b"\x03" * 32)
    revoke(1)
    withdrawn_by(stranger)


def test_a_consent_to_the_new_form_that_does_not_cover_it_keeps_nobody(
    started, patient, stranger, enrolled, reconsent, revoke, withdrawn_by
):
    reconsent()
    started.consent(patient, version=2, purposes=mask_of("TREAT"))
    revoke(1)
    withdrawn_by(stranger)


def test_nobody_else_withdraws_who_revoked_a_form_that_was_not_signed_last(
    started, trials, patient, stranger, enrolled, reconsent, revoke, not_withdrawn_by, withdrawn_by
):
    reconsent()
    started.consent(patient, version=2)
    pass_time()
    revoke(2)
    not_withdrawn_by(stranger)
    started.consent(patient, version=2)
    trials.renewConsent(TRIAL, PERSON, by(SITE))
    revoke(1)
    not_withdrawn_by(stranger)
    pass_time()
    revoke(2)
    withdrawn_by(stranger)


@pytest.mark.parametrize("version", [1, 2])
def test_nobody_else_withdraws_who_revoked_everything_and_consented_again(
    started, consents, patient, stranger, enrolled, reconsent, not_withdrawn_by, version
):
    if version == 2:
        reconsent()
    pass_time()
    consents.revokeAll({"from": patient})
    pass_time()
    started.consent(patient, version=version)
    not_withdrawn_by(stranger)


def test_no_hold_pause_end_or_lock_keeps_anybody(started, trials, patient, enrolled, withdrawn_by):
    trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    trials.end(TRIAL, REASON, by(SPONSOR))
    started.lock()
    started.reveal()
    withdrawn_by(patient)


def test_nobody_else_withdraws_while_the_consent_is_in_force(trials, enrolled, stranger, sponsor, second_site):
    for key in (stranger, sponsor, second_site, by(HOSPITAL)["from"]):
        with refused("ConsentNotRevoked", TRIAL, PERSON):
            trials.withdraw(TRIAL, PERSON, {"from": key})


def test_an_expired_consent_is_not_a_revoked_one(started, trials, patient, stranger, enrolled, participation):
    started.consent(patient, not_after=now() + 100)
    pass_time(101)
    assert participation() == CONSENT_LAPSED
    with refused("ConsentNotRevoked", TRIAL, PERSON):
        trials.withdraw(TRIAL, PERSON, {"from": stranger})


def test_only_participants_withdraw(trials, patient, enrolled):
    with refused("ParticipantUnknown", TRIAL, pseudonym(2)):
        trials.withdraw(TRIAL, pseudonym(2), {"from": patient})
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.withdraw(NOT_A_TRIAL, PERSON, {"from": patient})


# ---------------------------------------------------------------------- with another key


@pytest.fixture
def recovered(enrolled, consents, patient, recovery_guardian, new_key):
    """The patient's key is lost, and another is in its place."""
    recover(consents, patient, [recovery_guardian], new_key)


def test_a_patient_with_another_key_consents_again(trials, consents, recovered, patient, new_key, participation):
    assert participation() == CONSENT_LAPSED
    scope = Scope.of_trial(TRIAL, 1).to_bytes()
    consents.grantFor(patient, SITE, scope, TERMS.pack(), commitment("signed form"), {"from": new_key})
    assert participation() == ACTIVE
    trials.renewConsent(TRIAL, PERSON, by(SITE))


def test_a_patient_with_another_key_withdraws(recovered, new_key, withdrawn_by):
    withdrawn_by(new_key)


def test_nobody_else_withdraws_whoever_has_another_key(recovered, stranger, not_withdrawn_by):
    not_withdrawn_by(stranger)


def test_whoever_has_another_key_and_revokes_tells_of_it_alone(
    consents, recovered, patient, new_key, stranger, not_withdrawn_by, withdrawn_by
):
    scope = Scope.of_trial(TRIAL, 1).to_bytes()
    consents.grantFor(patient, SITE, scope, TERMS.pack(), commitment("signed form"), {"from": new_key})
    not_withdrawn_by(stranger)
    pass_time()
    consents.revokeFor(patient, SITE, scope, {"from": new_key})
    not_withdrawn_by(stranger)
    withdrawn_by(new_key)


def test_a_site_withdraws_whoever_has_another_key(recovered, site, withdrawn_by):
    withdrawn_by(site)
