"""Who could see what, when, and by which consent, from the events alone; the registry itself is the judge of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carechain.consent_history import consent_episodes, emergency_episodes
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import PERMITTED, Recorded
from carechain.data_categories import class_bit
from carechain.purpose_of_use import index_of, mask_of
from tests.helpers.recovery import recover
from tests.helpers.suite import AUDITOR, CLINIC, HOSPITAL, now, pass_time

CONDITION = class_bit("Condition")
TERMS = ConsentTerms(mask_of("TREAT"), CONDITION)
ANY = Scope.any()
DOCUMENT, OTHER = bytes(31) + b"\1", bytes(31) + b"\2"
USE = (index_of("TREAT"), CONDITION, 0, 0)


@pytest.fixture
def give(consents, patient):
    """The patient grants by its own transaction. When."""

    def grant(terms=TERMS, grantee=HOSPITAL, scope=ANY, document=DOCUMENT):
        pass_time(10)
        return consents.grant(grantee, scope.to_bytes(), terms.pack(), document, {"from": patient}).timestamp

    return grant


@pytest.fixture
def told(suite_chain, patient, consents):
    """The episodes, after the registry has confirmed each at its beginning and at its end."""

    def episodes(until=None):
        at = suite_chain.time_of("latest" if until is None else until)
        found = consent_episodes(suite_chain, [patient.address], at, until)
        blocks = range(suite_chain.book["ConsentRegistry"].block, (until or suite_chain.latest_block()) + 1)
        # A history counts in seconds: of the blocks of one second, the last is right.
        last_of_second = {suite_chain.time_of(block): block for block in blocks}
        for time, block in last_of_second.items():
            judged(time, block, found)
        return found

    def judged(time, block, found):
        """What the history says of a time, and what the registry answered then, are the same."""
        places = {(episode.grantee, episode.scope) for episode in found}
        for grantee, scope in places:
            said = any(
                episode.start <= time and (episode.end is None or time < episode.end)
                for episode in found
                if (episode.grantee, episode.scope) == (grantee, scope)
            )
            answer = consents.checkRecorded(patient, grantee, scope.to_bytes(), *USE, block_identifier=block)
            assert said == (answer == PERMITTED), f"block {block}, organisation {grantee}, {scope.describe()}"

    return episodes


def test_what_lasts_has_no_end(give, told, patient):
    start = give()
    (episode,) = told()
    assert (episode.patient, episode.grantee, episode.scope) == (patient.address, HOSPITAL, ANY)
    assert (episode.start, episode.end, episode.ended_by, episode.document) == (start, None, "", DOCUMENT)
    assert replace(episode.terms, stamp=0, by_patient=False) == TERMS


def test_a_revoked_consent_ends_when_it_was_revoked(give, told, consents, patient):
    start = give()
    pass_time(50)
    end = consents.revoke(HOSPITAL, ANY.to_bytes(), {"from": patient}).timestamp
    (episode,) = told()
    assert (episode.start, episode.end, episode.ended_by) == (start, end, "revoked")


def test_a_replaced_consent_is_an_episode_of_its_own(give, told):
    first, second = give(), give(document=OTHER)
    earlier, later = told()
    assert (earlier.start, earlier.end, earlier.ended_by) == (first, second, "replaced by a later consent")
    assert (later.start, later.end, later.document) == (second, None, OTHER)


def test_revoking_everything_ends_every_consent(give, told, consents, patient):
    give()
    give(grantee=CLINIC, scope=Scope.of_custodian(HOSPITAL))
    pass_time(10)
    end = consents.revokeAll({"from": patient}).timestamp
    assert {(e.grantee, e.end, e.ended_by) for e in told()} == {
        (HOSPITAL, end, "everything was revoked"),
        (CLINIC, end, "everything was revoked"),
    }


def test_a_revocation_of_everything_signed_earlier_leaves_what_was_given_since(
    give, told, patients_side, relay, suite_chain, wallet
):
    """By signature, so for an address of the wallet."""
    key = wallet.towards(HOSPITAL)

    def signed(part):
        consent = Recorded(key.address, HOSPITAL, ANY.with_part(part), TERMS, DOCUMENT)
        relay.submit_together([patients_side.signed_grant(key, consent)], "grant")
        pass_time(10)

    signed(0)
    revocation = patients_side.signed_revoke_all(key, key.address, suite_chain.now())
    pass_time(10)
    signed(1)
    relay.submit_together([revocation], "revoke")
    gone, stays = consent_episodes(suite_chain, [key.address], suite_chain.now())
    assert (gone.scope.part, gone.ended_by) == (0, "everything was revoked")
    assert (stays.scope.part, stays.end) == (1, None)


def test_a_consent_whose_period_is_over_ended_then(give, told, consents, patient):
    end = now() + 100
    start = give(replace(TERMS, not_after=end))
    pass_time(200)
    (episode,) = told()
    assert (episode.start, episode.end, episode.ended_by) == (start, end, "its period ended")
    consents.revoke(HOSPITAL, ANY.to_bytes(), {"from": patient})
    (episode,) = told()
    assert (episode.end, episode.ended_by) == (end, "its period ended")


def test_a_consent_for_later_begins_later(give, told):
    begin = now() + 1_000
    give(replace(TERMS, not_before=begin))
    (episode,) = told()
    assert (episode.start, episode.end) == (begin, None)


def test_a_consent_revoked_before_it_began_permitted_nothing(give, told, consents, patient):
    give(replace(TERMS, not_before=now() + 1_000))
    end = consents.revoke(HOSPITAL, ANY.to_bytes(), {"from": patient}).timestamp
    (episode,) = told()
    assert (episode.start, episode.end) == (end, end)


def test_a_replaced_key_ends_what_it_gave(give, told, consents, patient, recovery_guardian, new_key):
    start = give()
    recover(consents, patient, [recovery_guardian], new_key)
    (episode,) = told()
    assert (episode.start, episode.ended_by) == (start, "the patient's key was replaced")
    assert episode.end > start


def test_a_grant_that_was_dead_on_arrival_permitted_nothing(suite_chain, patients_side, relay, wallet, payer):
    """Signed before everything was revoked, submitted after it."""
    key = wallet.towards(HOSPITAL)
    consent = Recorded(key.address, HOSPITAL, ANY, TERMS, DOCUMENT)
    late = patients_side.signed_grant(key, consent)
    pass_time(10)
    relay.submit_together([patients_side.signed_revoke_all(key, key.address, suite_chain.now())], "revoke")
    relay.submit_together([late], "late")
    (episode,) = consent_episodes(suite_chain, [key.address], suite_chain.now())
    assert episode.start == episode.end
    assert episode.ended_by == "signed before everything was revoked"
    assert patients_side.check(key.address, HOSPITAL, ANY, index_of("TREAT"), CONDITION, (0, 0)) != PERMITTED


def test_the_history_at_a_block_knows_nothing_later(give, told, consents, patient, suite_chain):
    start = give()
    block = suite_chain.latest_block()
    pass_time(10)
    consents.revoke(HOSPITAL, ANY.to_bytes(), {"from": patient})
    (episode,) = told(block)
    assert (episode.start, episode.end) == (start, None)
    assert told(block - 1) == []


def test_other_patients_are_not_told_of(give, suite_chain, other_patient):
    give()
    assert consent_episodes(suite_chain, [other_patient.address], now()) == []
    assert consent_episodes(suite_chain, [], now()) == []


# Emergencies


@pytest.fixture
def opened(emergencies, hospital, patient):
    """When the hospital broke the glass, for an hour."""
    return emergencies.openEmergency(patient, CONDITION, 1, 3_600, bytes(32), {"from": hospital}).timestamp


def test_an_emergency_is_told_with_its_reason_and_awaits_its_review(opened, suite_chain, patient):
    (episode,) = emergency_episodes(suite_chain, [patient.address])
    assert (episode.emergency, episode.provider, episode.reason) == (1, HOSPITAL, "life-threatening")
    assert (episode.start, episode.end, episode.categories) == (opened, opened + 3_600, CONDITION)
    assert (episode.state, episode.reviewer) == ("unreviewed", None)


def test_an_emergency_that_was_ended_and_reviewed_is_told_so(opened, suite_chain, emergencies, patient, auditor):
    pass_time(60)
    end = emergencies.endEmergency(1, {"from": patient}).timestamp
    emergencies.reviewEmergency(1, 1, bytes(32), {"from": auditor})
    (episode,) = emergency_episodes(suite_chain, [patient.address])
    assert (episode.end, episode.state, episode.reviewer) == (end, "justified", AUDITOR)


def test_an_emergency_that_was_not_justified_ends_with_its_review(opened, suite_chain, emergencies, patient, auditor):
    pass_time(60)
    end = emergencies.reviewEmergency(1, 2, bytes(32), {"from": auditor}).timestamp
    (episode,) = emergency_episodes(suite_chain, [patient.address])
    assert (episode.end, episode.state) == (end, "unjustified")
    assert not emergencies.isEmergencyOpen(patient, HOSPITAL, CONDITION)


def test_an_emergency_at_an_earlier_block_is_told_as_it_was(opened, suite_chain, emergencies, patient, auditor):
    block = suite_chain.latest_block()
    emergencies.reviewEmergency(1, 2, bytes(32), {"from": auditor})
    (episode,) = emergency_episodes(suite_chain, [patient.address], block)
    assert (episode.state, episode.end) == ("unreviewed", opened + 3_600)
