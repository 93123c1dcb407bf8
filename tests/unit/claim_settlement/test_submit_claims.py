"""submitClaims and setPayee: who may, in which order, and what stops a whole call."""

from __future__ import annotations

import pytest
from brownie import ZERO_ADDRESS
from claim_acts import ACCOUNT, VISIT_PAID, implant, paid, payments, suspend, visit

from tests.helpers.claims import FUNDS, VISIT, Claim, Line, events
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CLINIC,
    HOSPITAL,
    LABORATORY,
    PAYER,
    PHARMACY,
    SECOND_PAYER,
    SECOND_PROVIDER,
    WHOLESALER,
)
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, event_of, operator_of


def test_the_claims_of_an_account_are_numbered_one_after_the_other(cover, member, parent):
    first = cover.submit(visit(member), visit(parent))
    second = cover.submit(visit(member, "another", days_ago=11))
    assert [event["number"] for sent in (first, second) for event in events(sent, "ClaimTaken")] == [0, 1, 2]
    assert cover.claims.accountOf(PAYER, HOSPITAL)["claims"] == 3


def test_each_account_counts_for_itself(cover, member, parent):
    cover.submit(visit(member), visit(parent))
    cover.submit(visit(member), provider=SECOND_PROVIDER)
    assert cover.claims.accountOf(PAYER, SECOND_PROVIDER)["claims"] == 1


def test_a_call_that_is_sent_again_is_refused_as_a_whole(cover, member):
    cover.submit(visit(member))
    with refused("ClaimNumberInvalid", ACCOUNT, 0, 1):
        cover.submit(visit(member), first=0)
    assert cover.balance(operator_of(HOSPITAL)) == VISIT_PAID


def test_a_call_that_comes_before_its_turn_is_refused_as_a_whole(cover, member):
    with refused("ClaimNumberInvalid", ACCOUNT, 1, 0):
        cover.submit(visit(member), first=1)


def test_a_claim_that_is_refused_takes_no_number(cover, member, stranger):
    cover.submit(visit(stranger), visit(member))
    assert cover.entry(0).member == member
    assert cover.claims.accountOf(PAYER, HOSPITAL)["claims"] == 1


def test_a_call_without_claims_changes_nothing(cover):
    sent = cover.submit()
    assert len(sent.events) == 0
    assert cover.claims.accountOf(PAYER, HOSPITAL)["claims"] == 0


def test_a_claim_of_999_lines_is_settled(cover, member):
    lines = tuple(Line(VISIT, 100 + number % 7, number=number) for number in range(1, 1_000))
    cover.submit(Claim(member, lines))
    assert cover.entry(0).settled
    assert len(cover.entry(0).outcomes) == 999
    assert cover.entry(0).paid == sum(line.charge for line in lines) - 2_500


# ---------------------------------------------------------------------- who may


@pytest.mark.parametrize("provider", [HOSPITAL, CLINIC, LABORATORY, PHARMACY])
def test_providers_laboratories_and_pharmacies_submit(cover, member, provider):
    cover.admit(provider)
    sent = cover.submit(visit(member), provider=provider)
    assert payments(sent) == paid(VISIT_PAID)


def test_an_organisation_of_another_role_does_not(cover, member):
    sender = operator_of(WHOLESALER)
    with refused("OperatorNotInStanding", sender, WHOLESALER, ROLE_MISSING):
        cover.submit(visit(member), provider=WHOLESALER)
    with refused("OperatorNotInStanding", sender, WHOLESALER, ROLE_MISSING):
        cover.claims.setPayee(PAYER, WHOLESALER, sender, by(WHOLESALER))
    with refused("OperatorNotInStanding", sender, WHOLESALER, ROLE_MISSING):
        cover.claims.collect(PAYER, WHOLESALER, by(WHOLESALER))


def test_nobody_submits_for_another(cover, member, stranger):
    for sender in (stranger, operator_of(CLINIC), operator_of(PAYER)):
        with refused("OperatorNotInStanding", sender, HOSPITAL, UNKNOWN):
            cover.claims.submitClaims(PAYER, HOSPITAL, 0, [visit(member).words()], {"from": sender})
        with refused("OperatorNotInStanding", sender, HOSPITAL, UNKNOWN):
            cover.claims.setPayee(PAYER, HOSPITAL, sender, {"from": sender})
        with refused("OperatorNotInStanding", sender, HOSPITAL, UNKNOWN):
            cover.claims.collect(PAYER, HOSPITAL, {"from": sender})


def test_a_suspended_provider_submits_nothing(suite, cover, member):
    suspend(suite, HOSPITAL)
    with refused("OperatorNotInStanding", operator_of(HOSPITAL), HOSPITAL, SUSPENDED):
        cover.submit(visit(member))
    with refused("OperatorNotInStanding", operator_of(HOSPITAL), HOSPITAL, SUSPENDED):
        cover.claims.setPayee(PAYER, HOSPITAL, operator_of(CLINIC), by(HOSPITAL))


def test_a_suspended_payers_reserve_pays_on(suite, cover, member):
    """Its members are covered, and its funds put aside for that."""
    suspend(suite, PAYER)
    assert payments(cover.submit(visit(member))) == paid(VISIT_PAID)


# ---------------------------------------------------------------------- what is not there


def test_a_payer_without_a_reserve_takes_no_claims(cover, member):
    cover.claims.setPayee(SECOND_PAYER, HOSPITAL, operator_of(HOSPITAL), by(HOSPITAL))
    with refused("PayerUnknown", SECOND_PAYER):
        cover.claims.submitClaims(SECOND_PAYER, HOSPITAL, 0, [visit(member).words()], by(HOSPITAL))


def test_a_provider_that_has_named_no_payee_submits_nothing(cover, member):
    with refused("PayeeUnknown", PAYER << 32 | CLINIC):
        cover.submit(visit(member), provider=CLINIC)


def test_a_payee_is_named_for_each_payer(cover, stranger, spare_key):
    sent = cover.claims.setPayee(PAYER, HOSPITAL, stranger, by(HOSPITAL))
    assert event_of(sent, "PayeeSet") == {"account": ACCOUNT, "payee": stranger}
    cover.claims.setPayee(SECOND_PAYER, HOSPITAL, spare_key, by(HOSPITAL))
    assert cover.claims.accountOf(PAYER, HOSPITAL)["payee"] == stranger
    assert cover.claims.accountOf(SECOND_PAYER, HOSPITAL)["payee"] == spare_key


def test_neither_nobody_nor_the_contract_itself_is_a_payee(cover):
    for payee in (ZERO_ADDRESS, cover.claims.address):
        with refused("PayeeInvalid", ACCOUNT, payee):
            cover.claims.setPayee(PAYER, HOSPITAL, payee, by(HOSPITAL))


# ---------------------------------------------------------------------- several calls in one


def test_several_calls_go_into_one_transaction(cover, member, parent, spare_key):
    calls = [
        cover.claims.setPayee.encode_input(PAYER, HOSPITAL, spare_key),
        cover.claims.submitClaims.encode_input(PAYER, HOSPITAL, 0, [visit(member).words()]),
        cover.claims.submitClaims.encode_input(PAYER, HOSPITAL, 1, [implant(parent).words()]),
    ]
    sent = cover.seen(cover.claims.multicall(calls, by(HOSPITAL)))
    assert payments(sent) == paid(VISIT_PAID)
    assert [cover.entry(n).settled for n in (0, 1)] == [True, False]
    assert cover.balance(spare_key) == VISIT_PAID


def test_of_several_calls_all_are_made_or_none(cover, member):
    calls = [
        cover.claims.submitClaims.encode_input(PAYER, HOSPITAL, 0, [visit(member).words()]),
        cover.claims.submitClaims.encode_input(PAYER, HOSPITAL, 0, [visit(member).words()]),
    ]
    with refused("ClaimNumberInvalid", ACCOUNT, 0, 1):
        cover.claims.multicall(calls, by(HOSPITAL))
    assert cover.claims.accountOf(PAYER, HOSPITAL)["claims"] == 0
    assert cover.claims.reserveOf(PAYER)["funds"] == FUNDS
