"""Participants are given places in the allocation list, and in an emergency a treatment is told."""

import pytest
from trial_acts import NOT_A_TRIAL, REASON, ZERO, hexed, mine_at, next_at, not_logged, size_of, suspend, told

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.purpose_of_use import mask_of
from tests.helpers.consents import STATUSES
from tests.helpers.recovery import recover
from tests.helpers.refusals import refused
from tests.helpers.suite import REGULATOR, SAFETY_BOARD, SITE, SPONSOR, now, pass_time
from tests.helpers.supply import SUSPENDED, UNKNOWN, by
from tests.helpers.trials import (
    APPROVED,
    ARMS,
    CONSENT_OUTDATED,
    HELD,
    RANDOMISED,
    TRIAL,
    Amended,
    commitment,
    pseudonym,
)

PERSON, OTHER = pseudonym(1), pseudonym(2)
PLACES = len(ARMS)


@pytest.fixture
def enrolled(started, patient):
    """Persons 1 and 2, at the same site."""
    started.enrol(1, patient)
    started.enrol_alone(2, patient)


@pytest.fixture
def randomise(started, trials, enrolled):
    def randomise(participant=PERSON, place=0, organisation=SITE):
        return trials.randomise(TRIAL, participant, place, by(organisation))

    return randomise


@pytest.fixture
def unblind(started, trials, enrolled):
    def unblind(participant=PERSON, organisation=SITE, reason=REASON):
        return trials.unblind(TRIAL, participant, reason, by(organisation))

    return unblind


# ---------------------------------------------------------------------- randomised


@pytest.mark.parametrize("organisation", [SITE, SPONSOR])
@pytest.mark.parametrize("place", [0, 3, PLACES - 1])
def test_a_site_and_a_sponsor_give_a_participant_a_place(started, trials, randomise, organisation, place):
    size = size_of(started)
    before = dict(trials.participantOf(TRIAL, PERSON))
    event = not_logged(randomise(PERSON, place, organisation), "ParticipantRandomised")
    assert event == {"trial": TRIAL, "participant": hexed([PERSON])[0], "place": place}
    assert trials.participantOf(TRIAL, PERSON) == tuple((before | {"place": place + 1}).values())
    assert size_of(started) == size


def test_nobody_gets_two_places_and_no_place_is_given_twice(randomise):
    randomise(PERSON, 4)
    for place in (4, 5):
        with refused("PlaceInvalid", TRIAL, PERSON, place):
            randomise(PERSON, place)
    with refused("PlaceInvalid", TRIAL, OTHER, 4):
        randomise(OTHER, 4)
    randomise(OTHER, 5)


@pytest.mark.parametrize("place", [PLACES, 256, 2**24 - 1])
def test_a_place_is_one_of_the_list(randomise, place):
    with refused("PlaceInvalid", TRIAL, PERSON, place):
        randomise(PERSON, place)


def test_without_a_list_there_are_no_places(registered_without_list, trials, patient):
    study = registered_without_list
    with refused("PlaceInvalid", study.trial, PERSON, 0):
        trials.randomise(study.trial, PERSON, 0, by(SITE))


@pytest.fixture
def registered_without_list(started, trials, consents, patient):
    """Another trial of the sponsor's, that enrols without a list; with person 1."""
    study = type(started)(trials, consents, SPONSOR << 32 | 8)
    study.register(number=8)
    study.approve()
    study.open_site()
    study.enrol(1, patient)
    return study


def test_places_beyond_the_first_word_are_told_apart(started, registered_without_list, trials, patient):
    """A list of a thousand, in a trial of its own: it is committed to before the first enrolment."""
    study = type(started)(trials, started.consents, SPONSOR << 32 | 9)
    study.register(number=9)
    study.approve()
    study.commit_allocations(bytes(1_000))
    study.open_site()
    study.consent(patient)
    places = (255, 256, 511, 512, 0, 999)
    for person, place in enumerate(places):
        study.enrol_alone(person, patient)
        trials.randomise(study.trial, pseudonym(person), place, by(SITE))
    study.enrol_alone(100, patient)
    for place in places:
        with refused("PlaceInvalid", study.trial, pseudonym(100), place):
            trials.randomise(study.trial, pseudonym(100), place, by(SITE))
    trials.randomise(study.trial, pseudonym(100), 257, by(SITE))


def test_nobody_else_gives_places(suite, trials, randomise, second_site, stranger):
    for key in (second_site, stranger):
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            trials.randomise(TRIAL, PERSON, 0, {"from": key})
    for organisation in (SITE, SPONSOR):
        suspend(suite, organisation)
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, SUSPENDED):
            randomise(organisation=organisation)


def test_places_are_given_to_participants(trials, randomise):
    with refused("ParticipantUnknown", TRIAL, pseudonym(3)):
        randomise(pseudonym(3))
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.randomise(NOT_A_TRIAL, PERSON, 0, by(SITE))


def test_whoever_has_withdrawn_gets_no_place(trials, randomise, patient):
    trials.withdraw(TRIAL, PERSON, {"from": patient})
    with refused("ParticipantHasWithdrawn", TRIAL, PERSON):
        randomise()


# ---------------------------------------------------------------------- randomised with consent


@pytest.fixture
def consent_missing(randomise, patient):
    """That the patient gets no place, not even one that there is not, for want of consent; and why."""

    def consent_missing(name, version=1):
        for place in (0, PLACES):
            for organisation in (SITE, SPONSOR):
                with refused("ConsentMissing", TRIAL, patient, version, STATUSES.index(name)):
                    randomise(place=place, organisation=organisation)

    return consent_missing


def test_whoever_revoked_gets_no_place_until_consent_is_given_again(
    started, randomise, patient, revoke, consent_missing
):
    revoke()
    consent_missing("Revoked")
    pass_time()
    started.consent(patient)
    randomise()


def test_whose_consent_has_expired_gets_no_place(started, randomise, patient, consent_missing):
    end = now() + 100
    started.consent(patient, not_after=end)
    next_at(end - 1)
    randomise(OTHER, 1)
    mine_at(end)
    consent_missing("Expired")


def test_whose_consent_does_not_cover_the_trial_gets_no_place(started, patient, consent_missing):
    started.consent(patient, purposes=mask_of("TREAT"))
    consent_missing("PurposeNotCovered")


def test_a_place_is_given_under_the_form_that_is_to_be_signed_now(
    started, trials, randomise, patient, revoke, consent_missing
):
    started.amend(Amended(reconsent=True))
    consent_missing("NotGranted", 2)
    started.consent(patient, version=2)
    # The register of consents says it: the site need not have noted it yet.
    randomise()
    assert trials.participantOf(TRIAL, PERSON)["consentVersion"] == 1
    assert trials.participationOf(TRIAL, PERSON) == CONSENT_OUTDATED
    revoke(1)
    randomise(OTHER, 1)


def test_a_new_form_that_need_not_be_signed_keeps_nobody_from_a_place(started, randomise):
    started.amend()
    randomise()


def test_whoever_has_another_key_gets_a_place_once_consent_is_given_by_it(
    consents, randomise, patient, recovery_guardian, new_key, consent_missing
):
    recover(consents, patient, [recovery_guardian], new_key)
    consent_missing("Revoked")
    terms = ConsentTerms(purposes=mask_of("CLINTRCH"), categories=class_bit("ResearchSubject"))
    scope = Scope.of_trial(TRIAL, 1).to_bytes()
    consents.grantFor(patient, SITE, scope, terms.pack(), commitment("signed form"), {"from": new_key})
    randomise()


def test_why_there_is_no_place_is_told_in_this_order(trials, randomise, patient, revoke):
    randomise(OTHER, 0)
    with refused("PlaceInvalid", TRIAL, PERSON, 0):
        randomise(PERSON, 0)
    revoke()
    with refused("ConsentMissing", TRIAL, patient, 1, STATUSES.index("Revoked")):
        randomise(PERSON, 0)
    trials.withdraw(TRIAL, PERSON, {"from": patient})
    with refused("ParticipantHasWithdrawn", TRIAL, PERSON):
        randomise(PERSON, 0)
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    with refused("TrialStateInvalid", TRIAL, APPROVED | HELD | RANDOMISED):
        randomise(PERSON, 0)


def test_a_treatment_is_told_without_consent(started, randomise, unblind, revoke):
    randomise()
    revoke()
    told(started, unblind(), "ParticipantUnblinded", SITE, 0, PERSON, REASON)


# ---------------------------------------------------------------------- unblinded


@pytest.mark.parametrize("organisation", [SITE, SAFETY_BOARD])
def test_a_site_and_the_safety_board_tell_a_treatment(started, trials, randomise, unblind, organisation):
    randomise(PERSON, 6)
    before = dict(trials.participantOf(TRIAL, PERSON))
    sent = unblind(organisation=organisation)
    told(started, sent, "ParticipantUnblinded", organisation, 6, PERSON, REASON)
    assert list(sent.events.keys()) == ["TrialAct"]
    assert trials.participantOf(TRIAL, PERSON) == tuple((before | {"unblinded": True}).values())
    assert trials.trialOf(TRIAL)["unblinded"] == 1
    with refused("UnblindingInvalid", TRIAL, PERSON, 7):
        unblind()
    randomise(OTHER, 0)
    told(started, unblind(OTHER), "ParticipantUnblinded", SITE, 0, OTHER, REASON)
    assert trials.trialOf(TRIAL)["unblinded"] == 2


@pytest.mark.parametrize("organisation", [SITE, SAFETY_BOARD])
def test_whoever_is_suspended_tells_a_treatment_nevertheless(suite, started, randomise, unblind, organisation):
    randomise()
    suspend(suite, organisation)
    told(started, unblind(organisation=organisation), "ParticipantUnblinded", organisation, 0, PERSON, REASON)


def test_nothing_keeps_a_treatment_from_being_told(started, trials, randomise, unblind, patient):
    randomise()
    trials.placeHold(TRIAL, REASON, by(REGULATOR))
    trials.pause(TRIAL, REASON, by(SAFETY_BOARD))
    trials.end(TRIAL, REASON, by(SPONSOR))
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    trials.withdraw(TRIAL, PERSON, {"from": patient})
    started.lock()
    unblind()
    view = trials.participantOf(TRIAL, PERSON)
    assert (view["withdrawn"], view["unblinded"], view["place"]) == (True, True, 1)


def test_what_was_not_allocated_is_not_told(unblind):
    with refused("UnblindingInvalid", TRIAL, PERSON, 0):
        unblind()


def test_nobody_else_tells_a_treatment(trials, randomise, unblind, sponsor, second_site, stranger, regulator):
    randomise()
    for key in (sponsor, second_site, stranger, regulator):
        with refused("TrialNotYours", TRIAL, 0):
            trials.unblind(TRIAL, PERSON, REASON, {"from": key})
    with refused("CommitmentZero"):
        unblind(reason=ZERO)
    with refused("ParticipantUnknown", TRIAL, pseudonym(3)):
        unblind(pseudonym(3))
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.unblind(NOT_A_TRIAL, PERSON, REASON, by(SITE))


def test_without_a_safety_board_the_site_alone_tells(trials, registered_without_list, safety_board):
    study = registered_without_list
    with refused("TrialNotYours", study.trial, 0):
        trials.unblind(study.trial, PERSON, REASON, {"from": safety_board})
