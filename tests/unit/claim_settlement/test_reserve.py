"""A payer's reserve: opened once, funded by anybody, taken out of after a delay, as far as no claim waits for it."""

from __future__ import annotations

import pytest
from claim_acts import IMPLANT_PAID, VISIT_PAID, days_later, implant, reserve, suspend, visit

from tests.helpers.claims import CENTS, CLOCKS, FUNDS
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, PAYER, REVIEWER, SECOND_PAYER, compiled, now
from tests.helpers.supply import DAY, ROLE_MISSING, SUSPENDED, UNKNOWN, by, event_of, operator_of

DELAY = 14
"""Days before it that a withdrawal is announced."""
MOST = (1 << 45) - 1
"""What a reserve holds, cents."""


@pytest.fixture
def token(opened):
    return compiled("TestToken").deploy(6, by(SECOND_PAYER))


def opens(claims, token, scale=CENTS, clocks=CLOCKS):
    return claims.openReserve(SECOND_PAYER, token, scale, clocks, by(SECOND_PAYER))


# ---------------------------------------------------------------------- opened


def test_a_reserve_is_opened_with_its_token_and_clocks(claims, token):
    sent = opens(claims, token)
    assert event_of(sent, "ReserveOpened") == {
        "payer": SECOND_PAYER,
        "token": token,
        "scale": CENTS,
        "clocks": CLOCKS,
    }
    assert claims.reserveOf(SECOND_PAYER) == (token, CENTS, 0, 0, 0, 0, CLOCKS)


def test_a_reserve_is_opened_once(claims, token):
    opens(claims, token)
    with refused("ReserveKnown", SECOND_PAYER):
        opens(claims, token)


def test_only_a_payer_opens_a_reserve(suite, claims, token, stranger):
    with refused("OperatorNotInStanding", stranger, SECOND_PAYER, UNKNOWN):
        claims.openReserve(SECOND_PAYER, token, CENTS, CLOCKS, {"from": stranger})
    with refused("OperatorNotInStanding", operator_of(CLINIC), CLINIC, ROLE_MISSING):
        claims.openReserve(CLINIC, token, CENTS, CLOCKS, by(CLINIC))
    suspend(suite, SECOND_PAYER)
    with refused("OperatorNotInStanding", operator_of(SECOND_PAYER), SECOND_PAYER, SUSPENDED):
        opens(claims, token)


@pytest.mark.parametrize("clock", range(4))
@pytest.mark.parametrize("days", [0, 91])
def test_a_clock_has_1_to_90_days(claims, token, clock, days):
    clocks = [*CLOCKS[:clock], days, *CLOCKS[clock + 1 :]]
    with refused("ReserveTermsInvalid", SECOND_PAYER):
        opens(claims, token, clocks=clocks)


@pytest.mark.parametrize("days", [1, 90])
def test_the_shortest_and_the_longest_clocks_are_good(claims, token, days):
    opens(claims, token, clocks=(days, days, days, days, 10_000))


def test_interest_is_at_most_all_of_it_in_a_year(claims, token):
    with refused("ReserveTermsInvalid", SECOND_PAYER):
        opens(claims, token, clocks=(*CLOCKS[:4], 10_001))


def test_what_has_no_code_is_no_token(claims, token, stranger):
    with refused("ReserveTermsInvalid", SECOND_PAYER):
        opens(claims, stranger)


def test_a_scale_has_six_bits(claims, token):
    with refused("ReserveTermsInvalid", SECOND_PAYER):
        opens(claims, token, scale=64)
    opens(claims, token, scale=63)


# ---------------------------------------------------------------------- funded


def test_anybody_adds_to_a_reserve(cover, stranger):
    cover.token.mint(stranger, 5 * 10**CENTS, {"from": stranger})
    cover.token.approve(cover.claims, 5 * 10**CENTS, {"from": stranger})
    sent = cover.claims.deposit(PAYER, 5, {"from": stranger})
    assert event_of(sent, "FundsDeposited") == {"payer": PAYER, "from": stranger, "amount": 5}
    assert reserve(cover) == (FUNDS + 5, 0)
    assert cover.balance(cover.claims) == FUNDS + 5


def test_a_deposit_needs_a_reserve(cover):
    with refused("PayerUnknown", SECOND_PAYER):
        cover.claims.deposit(SECOND_PAYER, 1, by(PAYER))


def test_nothing_or_more_than_a_reserve_holds_is_not_deposited(cover):
    for amount in (0, MOST - FUNDS + 1, 1 << 48, 1 << 255):
        with refused("AmountInvalid", amount):
            cover.claims.deposit(PAYER, amount, by(PAYER))


def test_a_reserve_is_filled_to_the_brim(cover):
    cover.fund(MOST - FUNDS)
    assert reserve(cover) == (MOST, 0)
    with refused("AmountInvalid", 1):
        cover.fund(1)


def test_a_deposit_that_is_not_approved_is_refused(cover):
    cover.token.mint(operator_of(PAYER), 10**CENTS, by(PAYER))
    with refused("InsufficientAllowance"):
        cover.claims.deposit(PAYER, 1, by(PAYER))
    assert reserve(cover) == (FUNDS, 0)


# ---------------------------------------------------------------------- withdrawn


def announce(cover, amount=1_000):
    return cover.claims.announceWithdrawal(PAYER, amount, by(PAYER))


def withdraw(cover, to=None):
    return cover.claims.withdraw(PAYER, to or operator_of(REVIEWER), by(PAYER))


def test_what_was_announced_is_withdrawn_after_the_delay(cover):
    sent = announce(cover)
    since = now() + DELAY * DAY
    assert event_of(sent, "WithdrawalAnnounced") == {"payer": PAYER, "amount": 1_000, "from": since}
    view = cover.claims.reserveOf(PAYER)
    assert (view["announced"], view["withdrawableFrom"]) == (1_000, since)
    days_later(DELAY)
    sent = withdraw(cover)
    assert event_of(sent, "FundsWithdrawn") == {"payer": PAYER, "to": operator_of(REVIEWER), "amount": 1_000}
    assert cover.balance(operator_of(REVIEWER)) == 1_000
    assert reserve(cover) == (FUNDS - 1_000, 0)
    view = cover.claims.reserveOf(PAYER)
    assert (view["announced"], view["withdrawableFrom"]) == (0, 0)


def test_it_is_withdrawn_once(cover):
    announce(cover)
    days_later(DELAY)
    withdraw(cover)
    with refused("WithdrawalNotReady", PAYER, 0):
        withdraw(cover)


def test_nothing_is_withdrawn_that_was_not_announced_or_before_its_time(cover):
    with refused("WithdrawalNotReady", PAYER, 0):
        withdraw(cover)
    announce(cover)
    since = cover.claims.reserveOf(PAYER)["withdrawableFrom"]
    days_later(DELAY - 1)
    with refused("WithdrawalNotReady", PAYER, since):
        withdraw(cover)


def test_an_announcement_takes_the_place_of_the_one_before_and_waits_anew(cover):
    announce(cover)
    days_later(DELAY)
    announce(cover, 2_000)
    with refused("WithdrawalNotReady", PAYER, now() + DELAY * DAY):
        withdraw(cover)
    days_later(DELAY)
    withdraw(cover)
    assert reserve(cover) == (FUNDS - 2_000, 0)


def test_an_announcement_is_taken_back(cover):
    announce(cover)
    sent = announce(cover, 0)
    assert event_of(sent, "WithdrawalAnnounced") == {"payer": PAYER, "amount": 0, "from": 0}
    days_later(DELAY)
    with refused("WithdrawalNotReady", PAYER, 0):
        withdraw(cover)


def test_what_waits_for_a_decision_is_not_withdrawn(cover, member):
    cover.submit(implant(member))
    announce(cover, FUNDS)
    days_later(DELAY)
    with refused("ReserveTooSmall", PAYER, FUNDS, FUNDS - 150_000):
        withdraw(cover)
    cover.decide()
    with refused("ReserveTooSmall", PAYER, FUNDS, FUNDS - IMPLANT_PAID):
        withdraw(cover)
    announce(cover, FUNDS - IMPLANT_PAID)
    days_later(DELAY)
    withdraw(cover)
    assert reserve(cover) == (0, 0)


def test_what_was_announced_pays_claims_until_it_is_withdrawn(cover, member):
    announce(cover, FUNDS)
    days_later(DELAY)
    cover.submit(visit(member))
    assert cover.entry(0).settled
    with refused("ReserveTooSmall", PAYER, FUNDS, FUNDS - VISIT_PAID):
        withdraw(cover)


def test_more_than_a_reserve_holds_is_not_announced(cover):
    with refused("AmountInvalid", MOST + 1):
        announce(cover, MOST + 1)
    announce(cover, MOST)
    with refused("PayerUnknown", SECOND_PAYER):
        cover.claims.announceWithdrawal(SECOND_PAYER, 1, by(SECOND_PAYER))


def test_only_the_payer_withdraws(suite, cover, stranger):
    announce(cover)
    days_later(DELAY)
    for sender in (stranger, operator_of(SECOND_PAYER)):
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            cover.claims.announceWithdrawal(PAYER, 1, {"from": sender})
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            cover.claims.withdraw(PAYER, sender, {"from": sender})
    suspend(suite, PAYER)
    with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
        withdraw(cover)


def test_two_payers_of_one_token_pay_each_from_its_own(cover, claims, member):
    claims.openReserve(SECOND_PAYER, cover.token, CENTS, CLOCKS, by(SECOND_PAYER))
    cover.token.mint(operator_of(SECOND_PAYER), 10**CENTS, by(SECOND_PAYER))
    cover.token.approve(claims, 10**CENTS, by(SECOND_PAYER))
    claims.deposit(SECOND_PAYER, 1, by(SECOND_PAYER))
    cover.submit(visit(member))
    assert claims.reserveOf(SECOND_PAYER)["funds"] == 1
    claims.announceWithdrawal(SECOND_PAYER, 2, by(SECOND_PAYER))
    days_later(DELAY)
    with refused("ReserveTooSmall", SECOND_PAYER, 2, 1):
        claims.withdraw(SECOND_PAYER, operator_of(SECOND_PAYER), by(SECOND_PAYER))
