"""Nobody takes part without a consent that is in force, to the form that is to be signed."""

from dataclasses import replace

import pytest
from trial_acts import NOT_A_TRIAL, ZERO, hexed, mine_at, next_at, not_logged, size_of, suspend

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import ALL_CLASSES, class_bit
from carechain.governance import DAY
from carechain.purpose_of_use import mask_of
from tests.helpers.consents import STATUSES
from tests.helpers.refusals import refused
from tests.helpers.suite import SECOND_SITE, SITE, SPONSOR, now, pass_time
from tests.helpers.supply import SUSPENDED, UNKNOWN, by, today
from tests.helpers.trials import (
    ACTIVE,
    CONSENT_LAPSED,
    CONSENT_OUTDATED,
    TRIAL,
    Amended,
    commitment,
    pseudonym,
)
from tests.helpers.trials import (
    UNKNOWN as NO_PARTICIPANT,
)

PERSON = pseudonym(1)
CARER = 2
FROM_1900_TO_1970 = 25_567
LAST_DAY = 65_535
"""Of data, since 1900: 6 June 2079. It stands for every later day."""
JUNE_2079 = (LAST_DAY - FROM_1900_TO_1970) * DAY
"""Unix seconds, of that day."""
TERMS = ConsentTerms(purposes=mask_of("CLINTRCH"), categories=class_bit("ResearchSubject"))


def status(name):
    return STATUSES.index(name)


@pytest.fixture
def lacking(started, patient):
    """That a participant is not enrolled, and why not."""

    def lacking(name, version=1, site=SITE):
        with refused("ConsentMissing", TRIAL, patient, version, status(name)):
            started.enrol_alone(1, patient, site)

    return lacking


@pytest.fixture
def enrolled(started, patient):
    started.enrol(1, patient)


@pytest.fixture
def reconsent(started):
    """An amendment by which the second version of the form is to be signed."""
    return lambda: started.amend(Amended(effective_on=today(), reconsent=True, protocol=commitment(f"{now()}")))


# ---------------------------------------------------------------------- no enrolment without consent


def test_without_a_consent_nobody_is_enrolled(started, patient, lacking):
    lacking("NotGranted")
    started.consent(patient)
    started.enrol_alone(1, patient)


def test_a_consent_is_for_a_site_a_trial_and_a_version(started, consents, patient, lacking):
    started.consent(patient, SECOND_SITE)
    replace(started, trial=TRIAL + 1).consent(patient)
    started.consent(patient, version=2)
    scopes = [Scope.any(), Scope.of_custodian(SITE), Scope.of_trial(TRIAL, 1).with_part(1)]
    for scope in (*scopes, Scope(3, TRIAL << 16 | 1)):
        consents.grant(SITE, scope.to_bytes(), TERMS.pack(), ZERO, {"from": patient})
    lacking("NotGranted")


def test_a_consent_of_somebody_else_is_none(started, other_patient, lacking):
    started.consent(other_patient)
    lacking("NotGranted")


@pytest.mark.parametrize("codes", [["TREAT", "CLINTRL"], ["CLINTRCHPC", "BIORCH", "PUBHLTH"]])
def test_a_consent_for_another_purpose_is_none(started, patient, lacking, codes):
    started.consent(patient, purposes=mask_of(*codes))
    lacking("PurposeNotCovered")


def test_a_consent_to_research_is_one_to_trials(started, patient):
    started.consent(patient, purposes=mask_of("HRESCH"))
    started.enrol_alone(1, patient)


def test_a_consent_is_to_take_part(started, patient, lacking):
    started.consent(patient, categories=ALL_CLASSES & ~class_bit("ResearchSubject"))
    lacking("CategoryNotCovered")


def test_a_consent_is_in_force_from_its_first_second_to_before_its_last(started, patient, lacking):
    begin = now() + 100
    started.consent(patient, not_before=begin, not_after=begin + 10)
    for at, name in ((begin - 1, "NotYetValid"), (begin + 10, "Expired")):
        next_at(at)
        lacking(name)
    begin = now() + 100
    started.consent(patient, not_before=begin, not_after=begin + 2)
    next_at(begin)
    started.enrol_alone(1, patient)
    next_at(begin + 1)
    started.enrol_alone(2, patient)


def test_a_consent_is_to_data_of_today(started, patient, lacking):
    day = today() + FROM_1900_TO_1970
    for terms in ({"data_from": day + 1}, {"data_to": day - 1}):
        started.consent(patient, **terms)
        lacking("OutsideDataPeriod")
    started.consent(patient, data_from=day, data_to=day)
    started.enrol_alone(1, patient)


def test_a_revoked_consent_is_none(started, consents, patient, revoke, lacking):
    started.consent(patient)
    revoke()
    lacking("Revoked")
    pass_time()
    started.consent(patient)
    consents.revokeAll({"from": patient})
    lacking("Revoked")


def test_a_representative_consents_for_a_patient(started, consents, patient, representative):
    consents.appointRepresentative(representative, CARER, now() + DAY, {"from": patient})
    scope = Scope.of_trial(TRIAL, 1).to_bytes()
    consents.grantFor(patient, SITE, scope, TERMS.pack(), ZERO, {"from": representative})
    started.enrol_alone(1, patient)


def test_the_scope_of_a_consent_is_the_twins(trials):
    for trial, version in ((TRIAL, 1), (1 << 32, 65_535), (2**64 - 1, 1), (SPONSOR << 32, 258)):
        assert trials.consentScopeOf(trial, version) == hexed([Scope.of_trial(trial, version).to_bytes()])[0]


def test_participants_are_enrolled_until_june_2079(started, patient, participation):
    mine_at(JUNE_2079 - 1)
    started.consent(patient)
    next_at(JUNE_2079 - 1 + DAY)
    started.enrol_alone(1, patient)
    assert participation() == ACTIVE


@pytest.mark.parametrize("days", [1, 6_000])
def test_participants_are_enrolled_after_june_2079(started, trials, patient, lacking, participation, days):
    mine_at(JUNE_2079 + days * DAY)
    started.consent(patient, data_to=LAST_DAY - 1)
    lacking("OutsideDataPeriod")
    started.consent(patient, data_from=LAST_DAY)
    started.enrol_alone(1, patient)
    assert participation() == ACTIVE
    trials.renewConsent(TRIAL, PERSON, by(SITE))
    trials.randomise(TRIAL, PERSON, 0, by(SITE))


def test_a_consent_to_data_until_june_2079_lapses_with_that_day(started, patient, participation):
    mine_at(JUNE_2079 - 10)
    started.consent(patient, data_to=LAST_DAY - 1)
    started.enrol_alone(1, patient)
    assert participation() == ACTIVE
    for at in (JUNE_2079, JUNE_2079 + DAY):
        mine_at(at)
        assert participation() == CONSENT_LAPSED


# ---------------------------------------------------------------------- may data be collected?


def test_data_is_collected_of_those_who_take_part(participation, enrolled):
    assert participation() == ACTIVE
    assert participation(2) == NO_PARTICIPANT


def test_after_a_new_form_data_waits_until_it_is_signed(started, trials, patient, enrolled, reconsent, participation):
    reconsent()
    assert participation() == CONSENT_OUTDATED
    with refused("ConsentMissing", TRIAL, patient, 2, status("NotGranted")):
        trials.renewConsent(TRIAL, PERSON, by(SITE))
    started.consent(patient, version=2)
    assert participation() == CONSENT_OUTDATED
    size = size_of(started)
    event = not_logged(trials.renewConsent(TRIAL, PERSON, by(SITE)), "ConsentRenewed")
    assert event == {"trial": TRIAL, "participant": hexed([PERSON])[0], "consentVersion": 2}
    assert size_of(started) == size
    assert participation() == ACTIVE
    assert trials.participantOf(TRIAL, PERSON)["consentVersion"] == 2
    reconsent()
    assert participation() == CONSENT_OUTDATED


def test_a_new_form_that_need_not_be_signed_outdates_nothing(started, enrolled, participation):
    started.amend()
    assert participation() == ACTIVE


def test_a_consent_that_ends_or_is_revoked_has_lapsed(
    started, trials, consents, patient, enrolled, revoke, participation
):
    end = now() + 100
    started.consent(patient, not_after=end)
    mine_at(end - 1)
    assert participation() == ACTIVE
    mine_at(end)
    assert participation() == CONSENT_LAPSED
    started.consent(patient)
    assert participation() == ACTIVE
    pass_time()
    revoke()
    assert participation() == CONSENT_LAPSED
    with refused("ConsentMissing", TRIAL, patient, 1, status("Revoked")):
        trials.renewConsent(TRIAL, PERSON, by(SITE))


def test_the_consent_that_was_signed_last_is_the_one_that_counts(
    started, trials, patient, enrolled, reconsent, revoke, participation
):
    reconsent()
    started.consent(patient, version=2)
    trials.renewConsent(TRIAL, PERSON, by(SITE))
    revoke(version=1)
    assert participation() == ACTIVE
    revoke(version=2)
    assert participation() == CONSENT_LAPSED


def test_an_outdated_consent_that_is_revoked_has_lapsed(enrolled, reconsent, revoke, participation):
    reconsent()
    revoke()
    assert participation() == CONSENT_LAPSED


def test_the_site_of_a_participant_alone_renews(suite, trials, enrolled, second_site, sponsor, stranger, site):
    for key in (second_site, sponsor, stranger):
        with refused("OperatorNotInStanding", key, SITE, UNKNOWN):
            trials.renewConsent(TRIAL, PERSON, {"from": key})
    with refused("ParticipantUnknown", TRIAL, pseudonym(2)):
        trials.renewConsent(TRIAL, pseudonym(2), by(SITE))
    with refused("TrialUnknown", NOT_A_TRIAL):
        trials.renewConsent(NOT_A_TRIAL, PERSON, by(SITE))
    suspend(suite, SITE)
    with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
        trials.renewConsent(TRIAL, PERSON, by(SITE))
