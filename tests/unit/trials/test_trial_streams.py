"""A sponsor lets organisations record data; each ends its own, or the sponsor does."""

import pytest
from trial_acts import NOT_A_TRIAL, OWN, REASON, accredit_as, size_of, suspend, told

from tests.helpers import rfc9162
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    ETHICS_BOARD,
    HOSPITAL,
    LABORATORY,
    REGULATOR,
    SAFETY_BOARD,
    SECOND_REGULATOR,
    SECOND_SITE,
    SITE,
    SPONSOR,
)
from tests.helpers.supply import SUSPENDED, UNKNOWN, by, roles_of
from tests.helpers.trials import ETHICS, REGULATORY, TRIAL, commitment, data_entry

DECIDERS = ETHICS_BOARD, REGULATOR, SAFETY_BOARD
"""One of each role that decides about trials."""


@pytest.fixture
def open_stream(started, trials):
    def open_stream(organisation=LABORATORY, key=None, trial=TRIAL):
        return trials.openStream(trial, organisation, {"from": key} if key else by(SPONSOR))

    return open_stream


@pytest.fixture
def lock_stream(started, trials):
    def lock_stream(organisation=SITE, by_whom=SPONSOR, trial=TRIAL):
        return trials.lockStream(trial, organisation, by(by_whom))

    return lock_stream


# ---------------------------------------------------------------------- opened


@pytest.mark.parametrize("organisation", [LABORATORY, SPONSOR, HOSPITAL])
def test_a_sponsor_opens_the_stream_of_whoever_decides_nothing(started, trials, open_stream, organisation):
    told(started, open_stream(organisation), "StreamOpened", SPONSOR, organisation)
    assert trials.trialOf(TRIAL)["openStreams"] == 3
    assert trials.logOf(TRIAL, organisation) == (0, "0x" + rfc9162.root([]).hex())
    started.anchor(organisation=organisation)
    assert size_of(started, organisation) == 1


def test_a_stream_is_opened_once(open_stream, lock_stream):
    with refused("StreamKnown", TRIAL, SITE):
        open_stream(SITE)
    lock_stream(SITE)
    with refused("StreamKnown", TRIAL, SITE):
        open_stream(SITE)


def test_an_organisation_that_records_data_is_in_standing(suite, open_stream):
    for organisation in (OWN, 1_000):
        with refused("OrganisationNotInStanding", organisation, UNKNOWN):
            open_stream(organisation)
    for organisation in (LABORATORY, SECOND_REGULATOR):
        suspend(suite, organisation)
        with refused("OrganisationNotInStanding", organisation, SUSPENDED):
            open_stream(organisation)


@pytest.mark.parametrize("organisation", DECIDERS)
def test_whoever_watches_over_the_trial_records_no_data(suite, started, open_stream, organisation):
    with refused("TrialNotIndependent", TRIAL, organisation):
        open_stream(organisation)
    # Nor does it once it may decide nothing any more: it has decided about this trial, though about no other.
    accredit_as(suite, organisation, roles_of(LABORATORY))
    with refused("TrialNotIndependent", TRIAL, organisation):
        open_stream(organisation)
    started.register(number=8)
    open_stream(organisation, trial=SPONSOR << 32 | 8)


@pytest.mark.parametrize("role", DECIDERS)
@pytest.mark.parametrize("organisation", [LABORATORY, SPONSOR])
def test_whoever_may_decide_records_no_data(suite, started, open_stream, organisation, role):
    accredit_as(suite, organisation, roles_of(organisation) | roles_of(role))
    with refused("TrialNotIndependent", TRIAL, organisation):
        open_stream(organisation)
    accredit_as(suite, organisation, roles_of(organisation))
    told(started, open_stream(organisation), "StreamOpened", SPONSOR, organisation)


@pytest.mark.parametrize(("authority", "organisation"), [(ETHICS, ETHICS_BOARD), (REGULATORY, REGULATOR)])
def test_whoever_took_its_approval_back_records_no_data(trials, open_stream, authority, organisation):
    """Or its sponsor could keep it from approving again."""
    trials.withdrawApproval(TRIAL, 0, authority, REASON, by(organisation))
    with refused("TrialNotIndependent", TRIAL, organisation):
        open_stream(organisation)
    trials.approve(TRIAL, 0, authority, commitment("decision"), by(organisation))


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("role", DECIDERS)
def test_a_site_that_may_decide_records_its_data(suite, started, trials, open_stream, role, closed):
    accredit_as(suite, HOSPITAL, roles_of(SITE) | roles_of(role))
    started.approve(HOSPITAL)
    # Approved alone, it is no site yet.
    with refused("TrialNotIndependent", TRIAL, HOSPITAL):
        open_stream(HOSPITAL)
    trials.openSite(TRIAL, HOSPITAL, 20, by(SPONSOR))
    if closed:
        trials.closeSite(TRIAL, HOSPITAL, REASON, by(HOSPITAL))
    told(started, open_stream(HOSPITAL), "StreamOpened", SPONSOR, HOSPITAL)
    started.anchor(organisation=HOSPITAL)
    # Of another trial it is no site.
    started.register(number=8)
    with refused("TrialNotIndependent", SPONSOR << 32 | 8, HOSPITAL):
        open_stream(HOSPITAL, trial=SPONSOR << 32 | 8)


@pytest.mark.parametrize(("authority", "organisation"), [(ETHICS, ETHICS_BOARD), (REGULATORY, REGULATOR)])
def test_whoever_records_data_approves_nothing(suite, started, trials, open_stream, authority, organisation):
    open_stream(LABORATORY)
    accredit_as(suite, LABORATORY, roles_of(LABORATORY) | roles_of(organisation))
    started.anchor(organisation=LABORATORY)
    trials.withdrawApproval(TRIAL, 0, authority, REASON, by(organisation))
    for site in (0, SITE, HOSPITAL):
        with refused("TrialNotIndependent", TRIAL, LABORATORY):
            trials.approve(TRIAL, site, authority, commitment("decision"), by(LABORATORY))


def test_the_sponsor_alone_opens_streams(suite, open_stream, laboratory, site, sponsor):
    for key in (laboratory, site):
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            open_stream(key=key)
    with refused("TrialUnknown", NOT_A_TRIAL):
        open_stream(trial=NOT_A_TRIAL)
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
        open_stream()


def test_no_stream_is_opened_once_the_dataset_is_locked(started, open_stream):
    started.lock()
    with refused("TrialStateInvalid", TRIAL, started.flags()):
        open_stream()


def test_streams_of_two_trials_are_two(started, trials, open_stream):
    started.register(number=8)
    open_stream(SITE, trial=SPONSOR << 32 | 8)
    started.anchor()
    assert trials.logOf(SPONSOR << 32 | 8, SITE)[0] == 0
    assert size_of(started, SITE) == 1


# ---------------------------------------------------------------------- locked


@pytest.mark.parametrize("by_whom", [SITE, SPONSOR])
def test_an_organisation_and_the_sponsor_lock_a_stream(started, trials, lock_stream, site, by_whom):
    entries = []
    for n in range(3):
        batch = started.batch(n)
        sent = trials.anchorData(TRIAL, SITE, *batch, by(SITE))
        entries.append(data_entry(TRIAL, SITE, site.address, sent.timestamp, batch))
    sent = lock_stream(SITE, by_whom)
    told(started, sent, "StreamLocked", by_whom, SITE, rfc9162.root(entries), 3)
    assert trials.trialOf(TRIAL)["openStreams"] == 1
    assert trials.logOf(TRIAL, SITE) == (3, "0x" + rfc9162.root(entries).hex())
    with refused("StreamNotOpen", TRIAL, SITE):
        started.anchor()
    with refused("StreamNotOpen", TRIAL, SITE):
        trials.anchorCorrection(TRIAL, SITE, 0, b"\x01" * 32, *started.batch(), by(SITE))
    with refused("StreamNotOpen", TRIAL, SITE):
        lock_stream(SITE, by_whom)
    started.anchor(organisation=SECOND_SITE)


def test_an_empty_stream_is_locked(started, lock_stream):
    told(started, lock_stream(SITE), "StreamLocked", SPONSOR, SITE, rfc9162.root([]), 0)


def test_nobody_else_locks_a_stream(suite, trials, lock_stream, site):
    for by_whom in (SECOND_SITE, REGULATOR):
        with refused("OperatorNotInStanding", by(by_whom)["from"], SPONSOR, UNKNOWN):
            lock_stream(SITE, by_whom)
    for organisation in (OWN, LABORATORY):
        with refused("StreamNotOpen", TRIAL, organisation):
            lock_stream(organisation)
    with refused("TrialUnknown", NOT_A_TRIAL):
        lock_stream(trial=NOT_A_TRIAL)
    suspend(suite, SITE)
    with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
        lock_stream(SITE, SITE)
    lock_stream(SITE, SPONSOR)
