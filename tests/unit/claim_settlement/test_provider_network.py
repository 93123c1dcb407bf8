"""setNetwork, barProvider and nameReviewer: with whom a payer works."""

from __future__ import annotations

import pytest
from claim_acts import ACCOUNT, EVIDENCE, days_later, suspend, visit

from carechain.claims.words import ReviewerKind
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, PAYER, REVIEWER, SECOND_PAYER
from tests.helpers.supply import SUSPENDED, UNKNOWN, by, event_of, operator_of, today

CLINICS = PAYER << 32 | CLINIC


def admit(cover, first, last, provider=CLINIC):
    """Days counted from today; None for never."""
    days = (0, 0) if first is None else (today() + first, today() + last)
    return cover.claims.setNetwork(PAYER, provider, *days, by(PAYER))


def network(cover, provider=CLINIC):
    view = cover.claims.accountOf(PAYER, provider)
    return (view["firstDay"] - today(), view["lastDay"] - today()) if view["firstDay"] else None


def test_a_provider_is_admitted(cover):
    sent = admit(cover, -10, 90)
    assert event_of(sent, "NetworkSet") == {"account": CLINICS, "firstDay": today() - 10, "lastDay": today() + 90}
    assert network(cover) == (-10, 90)


def test_days_that_are_past_are_added(cover):
    admit(cover, -10, 90)
    admit(cover, -20, 90)
    assert network(cover) == (-20, 90)


@pytest.mark.parametrize("days", [(-9, 90), (-10, -2), None, (1, 90)], ids=str)
def test_days_that_are_past_are_not_taken_away(cover, days):
    admit(cover, -10, 90)
    first, last = days or (None, None)
    stated = (0, 0) if days is None else (today() + first, today() + last)
    with refused("NetworkInvalid", CLINICS, *stated):
        admit(cover, first, last)


def test_a_provider_leaves_from_today_on(cover):
    admit(cover, -10, 90)
    admit(cover, -10, -1)
    assert network(cover) == (-10, -1)


def test_once_it_has_left_days_are_added_and_none_taken_away(cover):
    admit(cover, -20, -10)
    with refused("NetworkInvalid", CLINICS, today() - 20, today() - 11):
        admit(cover, -20, -11)
    with refused("NetworkInvalid", CLINICS, 0, 0):
        admit(cover, None, None)
    admit(cover, -20, -9)
    admit(cover, -20, 50)


def test_what_has_not_begun_is_changed_freely(cover):
    admit(cover, 10, 20)
    admit(cover, 15, 16)
    admit(cover, None, None)
    assert network(cover) is None
    admit(cover, 0, 20)
    admit(cover, 5, 6)
    days_later(6)
    with refused("NetworkInvalid", CLINICS, 0, 0):
        admit(cover, None, None)


@pytest.mark.parametrize("days", [(20, 19), (0, 5), (5, 0)])
def test_days_out_of_order_are_refused(cover, days):
    with refused("NetworkInvalid", CLINICS, *days):
        cover.claims.setNetwork(PAYER, CLINIC, *days, by(PAYER))


def test_a_provider_is_barred_and_let_in_again(cover):
    days = network(cover, HOSPITAL)
    for barred in (True, False):
        sent = cover.claims.barProvider(PAYER, HOSPITAL, barred, EVIDENCE, by(PAYER))
        assert event_of(sent, "ProviderBarred") == {
            "account": ACCOUNT,
            "barred": barred,
            "evidence": "0x" + EVIDENCE.hex(),
        }
        assert cover.claims.accountOf(PAYER, HOSPITAL)["barred"] is barred
        assert network(cover, HOSPITAL) == days


def test_what_a_payer_sets_does_not_disturb_the_accounts_log(cover, member):

    cover.submit(visit(member))
    before = cover.claims.logOf(PAYER, HOSPITAL)
    admit(cover, -400, 500, HOSPITAL)
    cover.claims.barProvider(PAYER, HOSPITAL, True, EVIDENCE, by(PAYER))
    assert cover.claims.logOf(PAYER, HOSPITAL) == before
    cover.submit(visit(member, "another", days_ago=11))
    assert network(cover, HOSPITAL) == (-400, 500)
    assert cover.claims.accountOf(PAYER, HOSPITAL)["barred"]


@pytest.mark.parametrize("kind", ReviewerKind)
def test_a_reviewer_is_named_and_no_longer(cover, kind):
    sent = cover.claims.nameReviewer(PAYER, REVIEWER, kind, by(PAYER))
    assert event_of(sent, "ReviewerNamed") == {"payer": PAYER, "reviewer": REVIEWER, "kind": kind}
    assert cover.claims.reviewerKindOf(PAYER, REVIEWER) == kind
    assert cover.claims.reviewerKindOf(SECOND_PAYER, REVIEWER) == ReviewerKind.NONE


def test_a_payer_reviews_itself_and_not_as_an_external_one(cover):
    cover.claims.nameReviewer(PAYER, PAYER, ReviewerKind.INTERNAL, by(PAYER))
    with refused("ReviewerInvalid", PAYER, PAYER):
        cover.claims.nameReviewer(PAYER, PAYER, ReviewerKind.EXTERNAL, by(PAYER))
    for kind in ReviewerKind:
        with refused("ReviewerInvalid", PAYER, 0):
            cover.claims.nameReviewer(PAYER, 0, kind, by(PAYER))
    cover.claims.nameReviewer(PAYER, PAYER, ReviewerKind.NONE, by(PAYER))


def test_only_the_payer_does_any_of_it(suite, cover, stranger):
    calls = {
        cover.claims.setNetwork: (CLINIC, today(), today()),
        cover.claims.barProvider: (HOSPITAL, True, EVIDENCE),
        cover.claims.nameReviewer: (REVIEWER, 0),
    }
    for call, arguments in calls.items():
        for sender in (stranger, operator_of(SECOND_PAYER), operator_of(HOSPITAL)):
            with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
                call(PAYER, *arguments, {"from": sender})
    suspend(suite, PAYER)
    for call, arguments in calls.items():
        with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
            call(PAYER, *arguments, by(PAYER))
