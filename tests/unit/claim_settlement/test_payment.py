"""Payments: what is withheld of them, what waits, and tokens that are no plain ones."""

from __future__ import annotations

import brownie
import pytest
from claim_acts import (
    ACCOUNT,
    EXTERNAL_DAYS,
    IMPLANT_PAID,
    REVIEW_DAYS,
    VISIT_PAID,
    another_plan,
    days_later,
    implant,
    paid,
    payments,
    reinstate,
    reserve,
    suspend,
    visit,
)

from tests.helpers.claims import CENTS, CLOCKS, FUNDS, VISIT, Claim, Cover, Line, events, plan_terms, rule
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PAYER, SECOND_PROVIDER, compiled
from tests.helpers.supply import SUSPENDED, by, event_of, operator_of

PLAIN, TAKES_FEE, RETURNS_FALSE, REVERTS, TELLS = range(5)
"""OddToken.Manner."""
ERRORS = [each for each in brownie.interface.IClaimSettlement.abi if each["type"] == "error"]
SENT = VISIT_PAID * 10**CENTS


def refusal_in(answer):
    """The name of the error that a call of a payee met."""
    errors = {f"{each['name']}({','.join(kind['type'] for kind in each['inputs'])})" for each in ERRORS}
    return {brownie.web3.keccak(text=each)[:4]: each.partition("(")[0] for each in errors}[bytes(answer)[:4]]


def account(cover, provider=HOSPITAL):
    return cover.claims.accountOf(cover.payer, provider)


# ---------------------------------------------------------------------- what was overpaid is withheld


def test_what_was_overpaid_is_withheld_from_the_next_payment(cover, member):
    cover.submit(visit(member))
    cover.void()
    assert account(cover)["owed"] == VISIT_PAID
    sent = cover.submit(Claim(member, (Line(VISIT, 25_000, 200, days_ago=11),), "twice as much"))
    assert payments(sent) == paid(17_500 - VISIT_PAID, withheld=VISIT_PAID)
    assert account(cover)["owed"] == 0
    assert cover.balance(operator_of(HOSPITAL)) == 17_500
    assert reserve(cover) == (FUNDS - 17_500, 0)


def test_what_one_payment_does_not_cover_is_withheld_from_the_next_ones(cover, member):
    cover.submit(Claim(member, (Line(VISIT, 25_000, 200),)))
    cover.void()
    withheld = [payments(cover.submit(visit(member, f"{n}", days_ago=11 + n)))[0] for n in range(3)]
    assert [(each["amount"], each["withheld"]) for each in withheld] == [(0, 7_500), (0, 7_500), (5_000, 2_500)]
    assert account(cover)["owed"] == 0
    assert reserve(cover) == (FUNDS - 3 * VISIT_PAID, 0)


def test_a_payment_that_is_withheld_in_full_moves_nothing(cover, member):
    cover.submit(visit(member))
    cover.void()
    sent = cover.submit(visit(member, "another", days_ago=11))
    assert payments(sent) == paid(0, withheld=VISIT_PAID)
    assert events(sent, "Transfer") == []


def test_what_is_owed_to_one_payer_is_withheld_by_no_other_and_from_no_other(cover, member):
    cover.submit(visit(member))
    cover.void()
    sent = cover.submit(visit(member), provider=SECOND_PROVIDER)
    assert payments(sent) == paid(VISIT_PAID)
    assert account(cover)["owed"] == VISIT_PAID
    assert account(cover, SECOND_PROVIDER)["owed"] == 0


def test_what_was_overpaid_is_withheld_from_what_a_reviewer_approves_too(cover, member):
    cover.submit(visit(member), implant(member, "implant", days_ago=11))
    cover.void()
    sent = cover.decide(1)
    assert payments(sent) == paid(IMPLANT_PAID - VISIT_PAID, withheld=VISIT_PAID)


# ---------------------------------------------------------------------- a provider out of standing


def test_what_is_due_to_a_suspended_provider_waits(suite, cover, member):
    cover.submit(implant(member))
    suspend(suite, HOSPITAL)
    sent = cover.decide()
    assert payments(sent) == paid(IMPLANT_PAID, undelivered=1)
    assert account(cover)["undelivered"] == IMPLANT_PAID
    assert events(sent, "Transfer") == []
    assert reserve(cover) == (FUNDS - IMPLANT_PAID, 0)
    assert cover.balance(cover.claims) == FUNDS
    with refused("OperatorNotInStanding", operator_of(HOSPITAL), HOSPITAL, SUSPENDED):
        cover.claims.collect(PAYER, HOSPITAL, by(HOSPITAL))


def test_once_it_is_reinstated_it_collects(suite, cover, member):
    cover.submit(implant(member))
    suspend(suite, HOSPITAL)
    cover.decide()
    reinstate(suite, HOSPITAL)
    sent = cover.claims.collect(PAYER, HOSPITAL, by(HOSPITAL))
    assert event_of(sent, "PaymentCollected") == {"account": ACCOUNT, "amount": IMPLANT_PAID}
    assert cover.balance(operator_of(HOSPITAL)) == IMPLANT_PAID
    assert account(cover)["undelivered"] == 0
    assert reserve(cover) == (FUNDS - IMPLANT_PAID, 0)
    with refused("NothingUndelivered", ACCOUNT):
        cover.claims.collect(PAYER, HOSPITAL, by(HOSPITAL))


# ---------------------------------------------------------------------- other tokens


@pytest.fixture
def odd(claims, consents, opened, spare_key):
    """Another payer's programme, in a token that can be told how to behave."""
    odd = Cover(claims, consents, SECOND_PAYER).open(token=compiled("OddToken").deploy(by(SECOND_PAYER)))
    odd.enrol(spare_key)
    return odd


ODD_ACCOUNT = SECOND_PAYER << 32 | HOSPITAL


def test_what_a_token_that_returns_false_does_not_move_waits(odd, spare_key):
    odd.token.behave(RETURNS_FALSE, by(SECOND_PAYER))
    sent = odd.submit(visit(spare_key))
    assert payments(sent) == paid(VISIT_PAID, undelivered=1)
    assert odd.entry(0).settled
    with refused("TransferFailed", ODD_ACCOUNT, odd.token, operator_of(HOSPITAL)):
        odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    assert account(odd)["undelivered"] == VISIT_PAID
    odd.token.behave(PLAIN, by(SECOND_PAYER))
    odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    assert odd.balance(operator_of(HOSPITAL)) == VISIT_PAID
    assert reserve(odd) == (FUNDS - VISIT_PAID, 0)


def test_what_a_token_that_reverts_does_not_move_waits(odd, spare_key):
    odd.token.behave(REVERTS, by(SECOND_PAYER))
    sent = odd.submit(visit(spare_key))
    assert payments(sent) == paid(VISIT_PAID, undelivered=1)
    with refused("TransferFailed", ODD_ACCOUNT, odd.token, operator_of(HOSPITAL)):
        odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))


def test_what_is_undelivered_adds_up(odd, spare_key):
    odd.token.behave(REVERTS, by(SECOND_PAYER))
    for n in range(3):
        odd.submit(visit(spare_key, f"{n}", days_ago=10 + n))
    assert account(odd)["undelivered"] == 3 * VISIT_PAID
    assert reserve(odd) == (FUNDS - 3 * VISIT_PAID, 0)
    assert odd.balance(odd.claims) == FUNDS


def test_of_a_payee_that_the_token_blocks_another_payee_collects(odd, spare_key, stranger):
    odd.token.setBlocked(operator_of(HOSPITAL), True, by(SECOND_PAYER))
    assert payments(odd.submit(visit(spare_key))) == paid(VISIT_PAID, undelivered=1)
    odd.claims.setPayee(SECOND_PAYER, HOSPITAL, stranger, by(HOSPITAL))
    odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    assert odd.balance(stranger) == VISIT_PAID


def test_a_blocked_payee_keeps_no_claim_from_being_decided(odd, spare_key, stranger):
    """Not even by silence."""
    odd.token.setBlocked(operator_of(HOSPITAL), True, by(SECOND_PAYER))
    odd.submit(implant(spare_key))
    days_later(REVIEW_DAYS)
    odd.enforce(sender=stranger)
    days_later(EXTERNAL_DAYS)
    sent = odd.enforce(sender=stranger)
    (payment,) = payments(sent)
    assert payment["undelivered"] == 1
    assert account(odd)["undelivered"] == IMPLANT_PAID + payment["interest"]


def test_what_is_withheld_is_not_undelivered(odd, spare_key):
    odd.submit(visit(spare_key))
    odd.void()
    odd.token.behave(REVERTS, by(SECOND_PAYER))
    sent = odd.submit(visit(spare_key, "another", days_ago=11))
    assert payments(sent) == paid(0, withheld=VISIT_PAID)
    assert account(odd)["undelivered"] == 0


def test_no_payment_is_made_in_a_token_that_takes_a_fee(odd, spare_key):
    odd.token.behave(TAKES_FEE, by(SECOND_PAYER))
    with refused("TokenNotExact", odd.token, SENT, SENT * 99 // 100):
        odd.submit(visit(spare_key))
    odd.token.behave(REVERTS, by(SECOND_PAYER))
    odd.submit(visit(spare_key))
    odd.token.behave(TAKES_FEE, by(SECOND_PAYER))
    with refused("TokenNotExact", odd.token, SENT, SENT * 99 // 100):
        odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    assert account(odd)["undelivered"] == VISIT_PAID


def test_nothing_is_deposited_in_a_token_that_takes_a_fee(odd):
    odd.token.behave(TAKES_FEE, by(SECOND_PAYER))
    with refused("TokenNotExact", odd.token, SENT, SENT * 99 // 100):
        odd.fund(VISIT_PAID)
    assert reserve(odd) == (FUNDS, 0)


def test_nothing_is_deposited_in_a_token_that_does_not_move(odd):
    odd.token.approve(odd.claims, SENT, by(SECOND_PAYER))
    odd.token.behave(RETURNS_FALSE, by(SECOND_PAYER))
    with refused("SafeERC20FailedOperation", odd.token):
        odd.claims.deposit(SECOND_PAYER, VISIT_PAID, by(SECOND_PAYER))
    assert reserve(odd) == (FUNDS, 0)


def test_a_token_that_returns_nothing_pays(claims, consents, opened, spare_key):
    """As that of USDT."""
    silent = Cover(claims, consents, SECOND_PAYER).open(token=compiled("SilentToken").deploy(by(SECOND_PAYER)))
    silent.enrol(spare_key)
    assert payments(silent.submit(visit(spare_key))) == paid(VISIT_PAID)
    assert silent.balance(operator_of(HOSPITAL)) == VISIT_PAID
    assert silent.balance(claims) == FUNDS - VISIT_PAID
    claims.announceWithdrawal(SECOND_PAYER, 1_000, by(SECOND_PAYER))
    days_later(14)
    claims.withdraw(SECOND_PAYER, operator_of(SECOND_PAYER), by(SECOND_PAYER))
    assert silent.balance(operator_of(SECOND_PAYER)) == 1_000


@pytest.mark.parametrize(("decimals", "scale"), [(2, 0), (6, 4), (18, 16)])
def test_a_cent_is_a_cent_in_any_token(claims, opened, spare_key, consents, decimals, scale):
    token = compiled("TestToken").deploy(decimals, by(SECOND_PAYER))
    claims.openReserve(SECOND_PAYER, token, scale, CLOCKS, by(SECOND_PAYER))
    token.mint(operator_of(SECOND_PAYER), FUNDS * 10**scale, by(SECOND_PAYER))
    token.approve(claims, FUNDS * 10**scale, by(SECOND_PAYER))
    claims.deposit(SECOND_PAYER, FUNDS, by(SECOND_PAYER))
    other = Cover(claims, consents, SECOND_PAYER)
    other.token = token
    another_plan(other, spare_key, plan_terms(), {VISIT: rule(deducted=0, coinsurance=3_333)}, plan=1)
    claims.setPayee(SECOND_PAYER, HOSPITAL, operator_of(HOSPITAL), by(HOSPITAL))
    claims.setNetwork(SECOND_PAYER, HOSPITAL, 1, 65_535, by(SECOND_PAYER))
    assert payments(other.submit(visit(spare_key, charge=101))) == paid(101 - 33)
    assert token.balanceOf(operator_of(HOSPITAL)) == 68 * 10**scale
    assert token.balanceOf(claims) == (FUNDS - 68) * 10**scale


# ---------------------------------------------------------------------- whoever is paid calls back


@pytest.fixture
def talkative(suite, odd):
    """A payee that is told when it is paid, and speaks for the hospital."""
    payee = compiled("TalkativePayee").deploy(by(HOSPITAL))
    suite.participants.proposeOperator(payee, brownie.ZERO_ADDRESS, by(HOSPITAL))
    payee.execute(suite.participants, suite.participants.acceptOperator.encode_input(HOSPITAL), by(HOSPITAL))
    odd.claims.setPayee(SECOND_PAYER, HOSPITAL, payee, by(HOSPITAL))
    odd.token.behave(TELLS, by(SECOND_PAYER))
    return payee


def test_a_payee_that_collects_again_while_it_is_paid_finds_nothing(odd, spare_key, talkative):
    odd.token.behave(REVERTS, by(SECOND_PAYER))
    odd.submit(visit(spare_key))
    odd.token.behave(TELLS, by(SECOND_PAYER))
    collect = odd.claims.collect.encode_input(SECOND_PAYER, HOSPITAL)
    talkative.instruct(odd.claims, collect, False, by(HOSPITAL))
    # A payee that reverts is one to which the token does not move.
    with refused("TransferFailed", ODD_ACCOUNT, odd.token, talkative):
        odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    talkative.instruct(odd.claims, collect, True, by(HOSPITAL))
    odd.claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    assert odd.balance(talkative) == VISIT_PAID
    assert reserve(odd) == (FUNDS - VISIT_PAID, 0)


def test_a_payee_that_submits_the_same_call_again_while_it_is_paid_gets_nothing(odd, spare_key, talkative):
    again = odd.claims.submitClaims.encode_input(SECOND_PAYER, HOSPITAL, 0, [visit(spare_key).words()])
    talkative.instruct(odd.claims, again, False, by(HOSPITAL))
    sent = odd.submit(visit(spare_key))
    assert payments(sent) == paid(VISIT_PAID, undelivered=1)
    assert account(odd)["undelivered"] == VISIT_PAID
    assert account(odd)["claims"] == 1


def test_a_payee_that_is_paid_for_another_claim_meanwhile_undoes_all(odd, spare_key, talkative):
    """It has received more than was sent."""
    other = odd.claims.submitClaims.encode_input(
        SECOND_PAYER, HOSPITAL, 1, [visit(spare_key, "another", days_ago=11).words()]
    )
    talkative.instruct(odd.claims, other, False, by(HOSPITAL))
    with refused("TokenNotExact", odd.token, SENT, 2 * SENT):
        odd.submit(visit(spare_key))
    assert account(odd)["claims"] == 0
    assert reserve(odd) == (FUNDS, 0)


def test_a_payee_that_enforces_its_own_claim_again_while_it_is_paid_gets_nothing(odd, spare_key, talkative, stranger):
    odd.submit(implant(spare_key))
    days_later(REVIEW_DAYS)
    odd.enforce(sender=stranger)
    days_later(EXTERNAL_DAYS)
    again = odd.claims.enforceDeadline.encode_input(odd.evidence())
    talkative.instruct(odd.claims, again, True, by(HOSPITAL))
    sent = odd.enforce(sender=stranger)
    (payment,) = payments(sent)
    assert payment["undelivered"] == 0
    assert odd.balance(talkative) == payment["amount"]
    # Silence has decided about it, which its evidence does not tell.
    assert refusal_in(talkative.answers(0)) == "ClaimUnproven"
    assert reserve(odd) == (FUNDS - payment["amount"], 0)


def test_a_payee_that_voids_the_claim_while_it_is_paid_owes_it(odd, spare_key, talkative):
    odd.submit(implant(spare_key))
    evidence = odd.evidence()
    talkative.instruct(odd.claims, odd.claims.voidClaim.encode_input(evidence), True, by(HOSPITAL))
    odd.decide()
    # It had the entry at hand, and not what was just decided about it.
    assert refusal_in(talkative.answers(0)) == "ClaimUnproven"
    assert account(odd)["owed"] == 0
    assert odd.balance(talkative) == IMPLANT_PAID
    odd.void()
    assert account(odd)["owed"] == IMPLANT_PAID
