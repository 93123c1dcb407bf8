"""enrolMembers and amendCoverage: periods, one after the other, of which no past day is taken back."""

from __future__ import annotations

import pytest
from claim_acts import NOBODY, days_later, enrolment, suspend, visit

from tests.helpers.claims import PLAN
from tests.helpers.refusals import refused
from tests.helpers.suite import PAYER, SECOND_PAYER
from tests.helpers.supply import SUSPENDED, UNKNOWN, by, event_of, operator_of, today


def enrol(cover, *enrolments):
    return cover.claims.enrolMembers(PAYER, list(enrolments), by(PAYER))


def amend(cover, member, last_day, secondary=False, period=0):
    return cover.claims.amendCoverage(PAYER, member, period, last_day, secondary, by(PAYER))


def test_a_member_is_enrolled(cover, spare_key):
    stated = enrolment(spare_key, family=77, secondary=True)
    sent = enrol(cover, stated)
    assert event_of(sent, "MemberEnrolled") == {"payer": PAYER, "member": spare_key, "enrolment": stated}
    days = today() - 300, today() + 60
    assert cover.claims.coverageOf(PAYER, spare_key, 0) == (PLAN, *days, 77, True, 0, 0, 0, 0)


def test_many_are_enrolled_in_one_call_or_none(cover, spare_key, stranger, representative):
    enrol(cover, enrolment(spare_key), enrolment(stranger))
    with refused("EnrolmentInvalid", PAYER, stranger, 0):
        enrol(cover, enrolment(representative), enrolment(stranger))
    assert cover.claims.coverageOf(PAYER, representative, 0)["plan"] == 0


def test_a_member_is_enrolled_in_several_periods_at_once(cover, spare_key):
    first = enrolment(spare_key, last_day=today())
    enrol(cover, first, enrolment(spare_key, period=1, first_day=today() + 1))
    assert cover.claims.coverageOf(PAYER, spare_key, 1)["firstDay"] == today() + 1


def test_whom_nobody_is_cannot_be_enrolled(cover):
    with refused("EnrolmentInvalid", PAYER, NOBODY, 0):
        enrol(cover, enrolment(NOBODY))


@pytest.mark.parametrize("plan", [0, 2, 65_535])
def test_an_unknown_plan_covers_nobody(cover, spare_key, plan):
    with refused("EnrolmentInvalid", PAYER, spare_key, 0):
        enrol(cover, enrolment(spare_key, plan=plan))


def test_a_period_is_the_next_one(cover, member, spare_key):
    for period in (1, 254):
        with refused("EnrolmentInvalid", PAYER, spare_key, period):
            enrol(cover, enrolment(spare_key, period=period))
    with refused("EnrolmentInvalid", PAYER, member, 0):
        enrol(cover, enrolment(member, first_day=today() + 61, last_day=today() + 90))


def test_no_period_is_number_255(cover, spare_key):
    with refused("EnrolmentInvalid", PAYER, spare_key, 255):
        enrol(cover, enrolment(spare_key, period=255))


def test_a_period_begins_after_the_one_before(cover, member):
    for first in (today() - 301, today() + 60):
        with refused("EnrolmentInvalid", PAYER, member, 1):
            enrol(cover, enrolment(member, period=1, first_day=first, last_day=today() + 90))
    enrol(cover, enrolment(member, period=1, first_day=today() + 61, last_day=today() + 90))


def test_a_period_has_1_to_366_days(cover, spare_key, stranger):
    first = today()
    for last in (first - 1, first + 366):
        with refused("EnrolmentInvalid", PAYER, spare_key, 0):
            enrol(cover, enrolment(spare_key, first_day=first, last_day=last))
    enrol(cover, enrolment(spare_key, first_day=first, last_day=first + 365))
    enrol(cover, enrolment(stranger, first_day=first, last_day=first))
    assert cover.claims.coverageOf(PAYER, spare_key, 0)["lastDay"] == first + 365


def test_a_period_does_not_begin_on_day_0(cover, spare_key):
    with refused("EnrolmentInvalid", PAYER, spare_key, 0):
        enrol(cover, enrolment(spare_key, first_day=0, last_day=100))


def test_only_the_payer_enrols_and_amends(suite, cover, member, spare_key, stranger):
    for sender in (stranger, operator_of(SECOND_PAYER), member):
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            cover.claims.enrolMembers(PAYER, [enrolment(spare_key)], {"from": sender})
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            cover.claims.amendCoverage(PAYER, member, 0, today(), False, {"from": sender})
    suspend(suite, PAYER)
    with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
        enrol(cover, enrolment(spare_key))
    with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
        amend(cover, member, today())


# ---------------------------------------------------------------------- amended


def test_coverage_is_ended_earlier(cover, member):
    sent = amend(cover, member, today())
    assert event_of(sent, "CoverageAmended") == {
        "payer": PAYER,
        "member": member,
        "period": 0,
        "lastDay": today(),
        "secondary": False,
    }
    assert cover.claims.coverageOf(PAYER, member, 0)["lastDay"] == today()
    cover.submit(visit(member))
    assert cover.entry(0).paid


def test_coverage_is_not_taken_back_for_days_that_are_past(cover, member):
    with refused("CoverageInvalid", PAYER, member, 0):
        amend(cover, member, today() - 1)


def test_coverage_is_not_made_longer(cover, member):
    with refused("CoverageInvalid", PAYER, member, 0):
        amend(cover, member, today() + 61)


def test_coverage_that_is_yet_to_come_has_a_day_at_least(cover, spare_key):
    enrol(cover, enrolment(spare_key, first_day=today() + 10))
    with refused("CoverageInvalid", PAYER, spare_key, 0):
        amend(cover, spare_key, today() + 9)
    amend(cover, spare_key, today() + 10)


def test_a_period_that_is_not_there_is_not_amended(cover, member, stranger):
    with refused("CoverageInvalid", PAYER, stranger, 0):
        amend(cover, stranger, today())
    with refused("CoverageInvalid", PAYER, stranger, 0):
        amend(cover, stranger, 0)
    with refused("CoverageInvalid", PAYER, member, 1):
        amend(cover, member, today(), period=1)


def test_whether_another_payer_pays_first_is_amended_alone_once_the_period_is_over(cover, member):
    last = today() + 60
    days_later(90)
    amend(cover, member, last, True)
    assert cover.claims.coverageOf(PAYER, member, 0)["secondary"]
    amend(cover, member, last, False)
    assert not cover.claims.coverageOf(PAYER, member, 0)["secondary"]


def test_what_was_met_stays_when_coverage_is_amended(cover, member):
    cover.submit(visit(member))
    before = cover.claims.coverageOf(PAYER, member, 0)
    amend(cover, member, today() + 1, True)
    after = cover.claims.coverageOf(PAYER, member, 0)
    assert (after["outOfPocket"], after["deductible"]) == (before["outOfPocket"], before["deductible"]) == (2_500, 0)


def test_a_next_period_begins_after_the_end_as_amended(cover, member):
    amend(cover, member, today() + 5)
    enrol(cover, enrolment(member, period=1, first_day=today() + 6))
