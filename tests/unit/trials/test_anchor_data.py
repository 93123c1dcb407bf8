"""Sites and vendors commit to batches of records, and to corrections."""

import pytest
from trial_acts import NOT_A_TRIAL, OWN, REASON, ZERO, hexed, next_at, not_logged, size_of, suspend

from carechain.trials.words import BatchWord, DataEntry, stream_of
from tests.helpers import rfc9162
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, LABORATORY, SECOND_SITE, SITE, SPONSOR, now
from tests.helpers.supply import SUSPENDED, UNKNOWN, by
from tests.helpers.trials import TRIAL, commitment, data_entry

ROOT = commitment("batch")
MOST = 2**32 - 1


@pytest.fixture
def anchor(started, trials):
    def anchor(since=100, until=200, count=10, root=ROOT, organisation=SITE, key=None, trial=TRIAL):
        sender = {"from": key} if key else by(organisation)
        return trials.anchorData(trial, organisation, since, until, count, root, sender)

    return anchor


@pytest.fixture
def correct(started, trials):
    def correct(corrected=0, reason=REASON, batch=(100, 200, 10, ROOT), organisation=SITE, key=None):
        sender = {"from": key} if key else by(organisation)
        return trials.anchorCorrection(TRIAL, organisation, corrected, reason, *batch, sender)

    return correct


def test_a_site_commits_to_data(started, trials, site):
    entries = []
    own = size_of(started)
    for n in range(5):
        batch = started.batch(n, count=1 + n * 1_000_000)
        assert trials.anchorData.call(TRIAL, SITE, *batch, by(SITE)) == n
        sent = trials.anchorData(TRIAL, SITE, *batch, by(SITE))
        since, until, count, root = batch
        event = not_logged(sent, "DataAnchored")
        assert BatchWord.of_event(event["batch"]) == BatchWord(n, since, until, count)
        assert event.pop("batch") < 1 << 176
        assert event == {"trialOrganisation": stream_of(TRIAL, SITE), "author": site, "root": hexed([root])[0]}
        entry = data_entry(TRIAL, SITE, site.address, sent.timestamp, batch)
        twin = DataEntry(TRIAL, SITE, site.address, sent.timestamp, since, until, count, root)
        assert entry == twin.content()
        assert len(entry) == 84
        entries.append(entry)
        assert trials.logOf(TRIAL, SITE) == (n + 1, hexed([rfc9162.root(entries)])[0])
    assert size_of(started) == own
    assert size_of(started, SECOND_SITE) == 0


def test_a_site_corrects_what_it_committed_to(started, trials, site):
    batch = started.batch(0)
    sent = trials.anchorData(TRIAL, SITE, *batch, by(SITE))
    entries = [data_entry(TRIAL, SITE, site.address, sent.timestamp, batch)]
    for n, corrected in ((1, 0), (2, 0), (3, 2)):
        since, until, count, root = batch = started.batch(n)
        reason = commitment(f"reason {n}")
        assert trials.anchorCorrection.call(TRIAL, SITE, corrected, reason, *batch, by(SITE)) == n
        sent = trials.anchorCorrection(TRIAL, SITE, corrected, reason, *batch, by(SITE))
        event = not_logged(sent, "DataCorrected")
        assert BatchWord.of_event(event.pop("batch")) == BatchWord(n, since, until, count)
        assert event == {
            "trialOrganisation": stream_of(TRIAL, SITE),
            "author": site,
            "root": hexed([root])[0],
            "corrected": corrected,
            "reason": hexed([reason])[0],
        }
        entry = data_entry(TRIAL, SITE, site.address, sent.timestamp, batch, (corrected, reason))
        twin = DataEntry(TRIAL, SITE, site.address, sent.timestamp, since, until, count, root, corrected, reason)
        assert entry == twin.content()
        assert len(entry) == 124
        entries.append(entry)
        assert trials.logOf(TRIAL, SITE) == (n + 1, hexed([rfc9162.root(entries)])[0])


@pytest.mark.parametrize("corrected", [1, 2, 2**32, 2**64 - 1])
def test_what_was_never_committed_to_is_not_corrected(started, anchor, correct, corrected):
    with refused("EntryUnknown", TRIAL, SITE, 0):
        correct(0)
    anchor()
    anchor(organisation=SECOND_SITE)
    anchor(organisation=SECOND_SITE)
    with refused("EntryUnknown", TRIAL, SITE, corrected):
        correct(corrected)
    correct(0)


def test_a_correction_has_a_reason(anchor, correct):
    anchor()
    with refused("CommitmentZero"):
        correct(reason=ZERO)


@pytest.mark.parametrize(
    ("since", "until", "count", "root"),
    [(101, 100, 1, ROOT), (1, 0, 1, ROOT), (100, 200, 0, ROOT), (100, 200, 1, ZERO), (2**40 - 1, 0, 1, ROOT)],
)
def test_a_batch_that_cannot_be_is_refused(anchor, correct, since, until, count, root):
    with refused("DataInvalid", since, until, count, root):
        anchor(since, until, count, root)
    anchor()
    with refused("DataInvalid", since, until, count, root):
        correct(batch=(since, until, count, root))


def test_data_ends_by_now(anchor):
    at = now() + 1_000
    next_at(at)
    with refused("DataInvalid", 0, at + 1, 1, ROOT):
        anchor(0, at + 1, 1)
    next_at(at + 10)
    anchor(at + 10, at + 10, 1)


def test_the_least_and_the_most_of_a_batch(anchor):
    sent = anchor(0, 0, 1)
    assert BatchWord.of_event(sent.events["DataAnchored"]["batch"]) == BatchWord(0, 0, 0, 1)
    until = now()
    sent = anchor(until, until, MOST, b"\xff" * 32)
    assert BatchWord.of_event(sent.events["DataAnchored"]["batch"]) == BatchWord(1, until, until, MOST)


def test_only_those_whose_stream_is_open_commit_to_data(anchor, correct):
    for organisation in (LABORATORY, SPONSOR, HOSPITAL):
        with refused("StreamNotOpen", TRIAL, organisation):
            anchor(organisation=organisation)
        with refused("StreamNotOpen", TRIAL, organisation):
            correct(organisation=organisation)
    with refused("StreamNotOpen", TRIAL, OWN):
        anchor(organisation=OWN, key=by(SPONSOR)["from"])
    with refused("StreamNotOpen", TRIAL + 1, SITE):
        anchor(trial=TRIAL + 1)


@pytest.mark.parametrize("trial", [0, NOT_A_TRIAL, TRIAL + 1, 2**64 - 1])
def test_data_is_of_a_trial_that_there_is(trials, anchor, trial):
    with refused("StreamNotOpen", trial, SITE):
        anchor(trial=trial)
    with refused("StreamNotOpen", trial, SITE):
        trials.anchorCorrection(trial, SITE, 0, REASON, 100, 200, 10, ROOT, by(SITE))


def test_an_organisation_commits_by_its_own_keys(suite, anchor, correct, stranger, second_site, sponsor, site):
    anchor()
    for call in (anchor, correct):
        for key in (stranger, second_site, sponsor):
            with refused("OperatorNotInStanding", key, SITE, UNKNOWN):
                call(key=key)
    suspend(suite, SITE)
    for call in (anchor, correct):
        with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
            call()


def test_the_key_that_commits_is_the_author(started, trials, participants, anchor, site, spare_key):
    participants.proposeOperator(spare_key, "0x" + "00" * 20, {"from": site})
    participants.acceptOperator(SITE, {"from": spare_key})
    sent = anchor(key=spare_key)
    entry = data_entry(TRIAL, SITE, spare_key.address, sent.timestamp, (100, 200, 10, ROOT))
    assert trials.logIncludes(TRIAL, SITE, entry, 0, [])
