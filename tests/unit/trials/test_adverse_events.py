"""Serious adverse events are reported, and everybody sees whether they were filed in time."""

import pytest
from trial_acts import NOT_A_TRIAL, REASON, ZERO, mine_at, next_at, suspend, told

from carechain.trials.words import Seriousness
from tests.helpers.refusals import refused
from tests.helpers.suite import ETHICS_BOARD, HOSPITAL, LABORATORY, REGULATOR, SAFETY_BOARD, SITE, SPONSOR, now
from tests.helpers.supply import DAY, SUSPENDED, UNKNOWN, by
from tests.helpers.trials import TRIAL, commitment

LIFE_THREATENING, SERIOUS = Seriousness
DESCRIPTION = commitment("what happened")
REPORT = commitment("report to the regulators")


@pytest.fixture
def report(started, trials):
    def report(aware_at=None, seriousness=SERIOUS, organisation=SITE, description=DESCRIPTION, key=None, trial=TRIAL):
        sender = {"from": key} if key else by(organisation)
        aware_at = now() if aware_at is None else aware_at
        return trials.reportAdverseEvent(trial, organisation, seriousness, aware_at, description, sender)

    return report


@pytest.fixture
def file(started, trials):
    def file(number=1, report=REPORT, organisation=SPONSOR, trial=TRIAL):
        return trials.fileAdverseEvent(trial, number, report, by(organisation))

    return file


def test_those_who_take_part_report_an_event(started, trials, report, file):
    started.open_stream(LABORATORY)
    for number, organisation in enumerate((SITE, SPONSOR, LABORATORY), 1):
        aware_at = now() - number * 100
        seriousness = Seriousness(number % 2)
        arguments = TRIAL, organisation, seriousness, aware_at, DESCRIPTION
        assert trials.reportAdverseEvent.call(*arguments, by(organisation)) == number
        sent = report(aware_at, seriousness, organisation)
        subject = seriousness << 72 | organisation << 40 | aware_at
        told(started, sent, "EventReported", organisation, number, subject, DESCRIPTION)
        assert trials.adverseEventCount(TRIAL) == number
        event = organisation, aware_at, sent.timestamp, 0, seriousness
        assert trials.adverseEventOf(TRIAL, number) == (event, aware_at + seriousness.days * DAY, False)
        # Whoever reports is not always a site.
        assert dict(trials.adverseEventOf(TRIAL, number)["told"])["reporter"] == organisation
    filed = file(2)
    told(started, filed, "EventFiled", SPONSOR, 2, 0, REPORT)
    assert trials.adverseEventOf(TRIAL, 2)[0][3] == filed.timestamp
    assert [trials.adverseEventOf(TRIAL, number)[0][3] for number in (1, 3)] == [0, 0]


@pytest.mark.parametrize("seriousness", Seriousness)
def test_an_event_that_is_not_filed_is_overdue_after_its_last_second(trials, report, seriousness):
    aware_at = now()
    report(aware_at, seriousness)
    due_at = aware_at + seriousness.days * DAY
    for at, overdue in ((due_at - 1, False), (due_at, False), (due_at + 1, True), (due_at + 99 * DAY, True)):
        mine_at(at)
        assert trials.adverseEventOf(TRIAL, 1)[1:] == (due_at, overdue)


@pytest.mark.parametrize("seriousness", Seriousness)
@pytest.mark.parametrize(("after", "overdue"), [(0, False), (1, True)])
def test_an_event_filed_in_time_never_is_overdue_and_one_filed_late_always(
    trials, report, file, seriousness, after, overdue
):
    aware_at = now()
    report(aware_at, seriousness)
    due_at = aware_at + seriousness.days * DAY
    next_at(due_at + after)
    assert file().timestamp == due_at + after
    for at in (due_at + 10, due_at + 100 * DAY):
        mine_at(at)
        assert trials.adverseEventOf(TRIAL, 1)[1:] == (due_at, overdue)


def test_an_event_may_be_overdue_when_it_is_reported(trials, report):
    report(1)
    assert trials.adverseEventOf(TRIAL, 1)[1:] == (1 + 15 * DAY, True)


def test_whoever_reports_learned_of_it_by_now(report):
    at = now() + 100
    next_at(at)
    with refused("AwarenessInvalid", at + 1):
        report(at + 1)
    for aware_at in (0, 2**40 - 1):
        with refused("AwarenessInvalid", aware_at):
            report(aware_at)
    next_at(at + 50)
    report(at + 50)


def test_nobody_else_reports(suite, report, stranger, second_site, site):
    for organisation in (HOSPITAL, LABORATORY, REGULATOR, ETHICS_BOARD, SAFETY_BOARD):
        with refused("TrialNotYours", TRIAL, organisation):
            report(organisation=organisation)
    for key in (stranger, second_site):
        with refused("OperatorNotInStanding", key, SITE, UNKNOWN):
            report(key=key)
    with refused("TrialUnknown", NOT_A_TRIAL):
        report(trial=NOT_A_TRIAL)
    with refused("CommitmentZero"):
        report(description=ZERO)
    suspend(suite, SITE)
    with refused("OperatorNotInStanding", site, SITE, SUSPENDED):
        report()


def test_a_site_that_is_closed_and_a_stream_that_is_locked_report_nevertheless(started, trials, report):
    started.open_stream(LABORATORY)
    trials.closeSite(TRIAL, SITE, REASON, by(SPONSOR))
    trials.lockStream(TRIAL, LABORATORY, by(SPONSOR))
    started.lock()
    report()
    report(organisation=LABORATORY)
    assert trials.adverseEventCount(TRIAL) == 2


def test_the_sponsor_files_each_event_once(suite, report, file, sponsor):
    for number in (0, 1, 2**32 - 1):
        with refused("AdverseEventInvalid", TRIAL, number):
            file(number)
    report()
    with refused("CommitmentZero"):
        file(report=ZERO)
    for organisation in (SITE, REGULATOR):
        with refused("OperatorNotInStanding", by(organisation)["from"], SPONSOR, UNKNOWN):
            file(organisation=organisation)
    with refused("TrialUnknown", NOT_A_TRIAL):
        file(trial=NOT_A_TRIAL)
    file()
    for number in (1, 2):
        with refused("AdverseEventInvalid", TRIAL, number):
            file(number)


def test_what_was_never_reported_has_no_clock(trials, report):
    report()
    for trial, number in ((TRIAL, 0), (TRIAL, 2), (NOT_A_TRIAL, 1)):
        with refused("AdverseEventInvalid", trial, number):
            trials.adverseEventOf(trial, number)
    assert trials.adverseEventCount(NOT_A_TRIAL) == 0
