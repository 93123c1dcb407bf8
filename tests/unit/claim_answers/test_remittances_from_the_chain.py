"""Remittances are made from events alone, balance to the cent, and pay together what the provider received."""

from __future__ import annotations

from dataclasses import replace

import brownie
import pytest

from carechain.claims.document import Adjustment, Code
from carechain.claims.ledger import ClaimLedger
from carechain.claims.naming import Naming
from carechain.claims.remit import remittances
from carechain.claims.words import Reason
from carechain.errors import CarechainError
from carechain.x12.remittance import read_remittance
from scripts.claims_remit import _as_fhir, _as_x12
from tests.helpers.claims import (
    EXPERIMENT,
    IMPLANT,
    LABORATORY_TEST,
    SURGERY,
    VISIT,
    Claim,
    Cover,
    Line,
    commitment,
    numbered,
    plan_terms,
)
from tests.helpers.suite import EXTERNAL_REVIEWER, HOSPITAL, PAYER, REVIEWER, SECOND_REVIEWER, pass_time
from tests.helpers.supply import by, today

DAY = 86_400


@pytest.fixture
def cover(claims, consents, patient, other_patient):
    cover = Cover(claims, consents).open()
    cover.enrol(patient)
    cover.enrol(other_patient, secondary=True)
    return cover


@pytest.fixture
def told(cover, suite):
    """All remittances of the hospital; together they are what it received, and each can be written and read back."""

    def told():
        before = cover.received_before
        found = remittances(ClaimLedger(suite.chain), PAYER, HOSPITAL)
        for number, each in enumerate(found, 1):
            (again,) = read_remittance(_as_x12(each, number), "written")
            assert again.paid == each.paid
            _as_fhir(each)
        assert sum(each.paid for each in found) == cover.balance(by(HOSPITAL)["from"]) - before
        return found

    cover.received_before = cover.balance(by(HOSPITAL)["from"])
    return told


def adjustments(remittance):
    return [(each.reason, each.amount) for each in remittance.adjustments]


def claims_of(remittance):
    return [(claim.payer_control_number, claim.status, claim.paid) for claim in remittance.claims]


def test_a_settled_claim_has_every_cent_with_its_reason(cover, told, patient):
    cover.submit(Claim(patient, numbered(Line(VISIT, 12_500), Line(LABORATORY_TEST, 60_000))))
    (only,) = told()
    assert claims_of(only) == [(f"{PAYER}-{HOSPITAL}-0", "1", 17_500)]
    visit, test = only.claims[0].lines
    assert visit.adjustments == (Adjustment("CO", "45", 2_500), Adjustment("PR", "3", 2_500))
    assert test.adjustments == (Adjustment("PR", "1", 50_000),)
    assert (only.paid, adjustments(only)) == (17_500, [])


def test_claims_of_one_call_are_one_remittance(cover, told, patient):
    cover.submit(Claim(patient), Claim(patient).earlier(20))
    (only,) = told()
    assert len(only.claims) == 2


def test_a_parked_claim_is_not_remitted_until_it_is_decided(cover, told, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 100_000),)))
    assert told() == []
    cover.decide()
    (only,) = told()
    assert claims_of(only) == [(f"{PAYER}-{HOSPITAL}-0", "1", 40_000)]


def test_a_denied_claim_is_remitted_with_nothing_paid(cover, told, patient):
    cover.submit(Claim(patient, (Line(EXPERIMENT, 100_000),)))
    (only,) = told()
    assert (claims_of(only)[0][1], only.paid) == ("1", 0)
    assert only.claims[0].lines[0].adjustments == (Adjustment("PR", "204", 100_000),)


def test_out_of_the_network_what_is_not_allowed_is_the_patients(cover, told, claims, patient):
    claims.setNetwork(PAYER, HOSPITAL, today() - 401, today(), by(PAYER))
    cover.submit(Claim(patient, (Line(VISIT, 12_500, days_ago=290),)))
    pass_time(3 * DAY)
    cover.submit(Claim(patient, (Line(VISIT, 12_500, days_ago=1),)))
    inside, outside = (each.claims[0].lines[0].adjustments for each in told())
    assert inside == (Adjustment("CO", "45", 2_500), Adjustment("PR", "3", 2_500))
    assert outside == (Adjustment("PR", "45", 2_500), Adjustment("PR", "2", 2_400), Adjustment("PR", "3", 4_000))


def test_other_payers_part_is_told_apart(cover, told, other_patient):
    cover.submit(Claim(other_patient, (Line(VISIT, 10_000, prior_patient=4_000),), prior_told=1))
    (only,) = told()
    assert claims_of(only)[0][1] == "2"
    assert Adjustment("OA", "23", 6_000) in only.claims[0].lines[0].adjustments


def test_a_claim_won_on_appeal_is_reversed_and_told_anew(cover, told, patient):
    cover.submit(Claim(patient, (Line(SURGERY, 100_000),)))
    cover.appeal()
    cover.decide(reviewer=REVIEWER)
    denied, won = told()
    assert denied.claims[0].lines[0].adjustments == (Adjustment("CO", "197", 100_000),)
    assert claims_of(won) == [(f"{PAYER}-{HOSPITAL}-0", "22", 0), (f"{PAYER}-{HOSPITAL}-0", "1", 40_000)]
    assert (won.claims[0].charge, won.claims[1].charge) == (-100_000, 100_000)


def test_interest_is_beside_the_claims_and_named_with_its_own(cover, told, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 100_000),)))
    pass_time(40 * DAY)
    cover.decide()
    (only,) = told()
    interest = 40_000 * 1_000 * 10 // (365 * 10_000)
    assert adjustments(only) == [("L6", -interest)]
    assert (only.paid, only.claims[0].interest) == (40_000 + interest, interest)


def test_what_is_taken_back_is_carried_forward_and_withheld_from_the_next_payments(cover, told, patient):
    cover.submit(Claim(patient, (Line(VISIT, 10_000),)))
    cover.void()
    cover.submit(Claim(patient, (Line(VISIT, 8_000, days_ago=30),), "claim 2"))
    first, taken_back, after = told()
    assert (first.paid, taken_back.paid, after.paid) == (7_500, 0, 0)
    assert claims_of(taken_back) == [(f"{PAYER}-{HOSPITAL}-0", "22", -7_500)]
    assert adjustments(taken_back) == [("WO", -7_500)]
    assert adjustments(after) == [("WO", 5_500)]
    assert {each.reference for each in (*taken_back.adjustments, *after.adjustments)} == {f"{PAYER}-{HOSPITAL}-0"}


def test_a_replacement_in_one_transaction_pays_the_difference(cover, told, claims, patient):
    cover.submit(Claim(patient, (Line(VISIT, 8_000),)))
    anew = Claim(patient, (Line(VISIT, 10_000),), "claim 1, corrected", replaces=1)
    void = claims.voidClaim.encode_input(cover.evidence())
    submit = claims.submitClaims.encode_input(PAYER, HOSPITAL, 1, [anew.words()])
    cover.seen(claims.multicall([void, submit], by(HOSPITAL)))
    _, both = told()
    assert [claim.status for claim in both.claims] == ["22", "1"]
    assert both.claims[1].frequency == "7"
    assert (both.paid, sorted(adjustments(both))) == (2_000, [("WO", -5_500), ("WO", 5_500)])


def test_what_was_not_delivered_is_carried_forward_until_it_is_collected(cover, told, suite, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 100_000),)))
    participants, supervisor = suite.participants, brownie.accounts[3]
    participants.suspend(HOSPITAL, 0, commitment("evidence"), {"from": supervisor})
    cover.decide()
    (waits,) = told()
    assert (waits.paid, adjustments(waits)) == (0, [("CS", 40_000)])
    suite.as_registrar(participants.reinstate, HOSPITAL, commitment("evidence"))
    cover.claims.collect(PAYER, HOSPITAL, by(HOSPITAL))
    _, collected = told()
    assert (collected.paid, collected.claims, adjustments(collected)) == (40_000, (), [("CS", -40_000)])


def test_a_refund_that_is_owed_is_a_reversal(cover, told, claims, patient):
    cover.submit(Claim(patient, (Line(VISIT, 10_000),)))
    pass_time(61 * DAY)
    claims.requestRefund(cover.evidence(), Reason.NOT_FURNISHED, commitment("grounds"), by(PAYER))
    pass_time(61 * DAY)
    cover.enforce()
    _, taken_back = told()
    assert claims_of(taken_back) == [(f"{PAYER}-{HOSPITAL}-0", "22", -7_500)]


def test_an_external_review_that_approves_is_told_as_any_decision(cover, told, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 100_000),)))
    cover.decide(reasons=(Reason.NOT_NECESSARY,))
    cover.appeal()
    cover.uphold(reviewer=SECOND_REVIEWER)
    cover.appeal()
    cover.decide(reviewer=EXTERNAL_REVIEWER)
    denied, won = told()
    assert denied.claims[0].lines[0].adjustments == (Adjustment("CO", "50", 100_000),)
    assert won.paid == 40_000


class Own(Naming):
    """As a book names claims."""

    def control_number(self, claim):
        return {commitment("A-77"): "A-77"}[claim.entry.control_number]

    def procedures(self, claim):
        return {1: Code("hcpcs", "99213", ("25",))}


def test_a_providers_own_numbers_and_procedures_come_from_its_book_alone(cover, suite, patient):
    cover.submit(Claim(patient, control_number="A-77"))
    (named,) = remittances(ClaimLedger(suite.chain), PAYER, HOSPITAL, Own())
    (plain,) = remittances(ClaimLedger(suite.chain), PAYER, HOSPITAL)
    assert (named.claims[0].control_number, plain.claims[0].control_number) == ("A-77", f"{PAYER}-{HOSPITAL}-0")
    (line,), (bare,) = named.claims[0].lines, plain.claims[0].lines
    assert (line.procedure, bare.procedure) == (Code("hcpcs", "99213", ("25",)), Code("category", str(VISIT)))
    assert replace(line, procedure=bare.procedure) == bare


def test_an_account_with_several_currencies_has_no_remittances(cover, suite, patient, stranger):
    cover.publish(plan_terms(currency=978), plan=2)
    cover.enrol(stranger, plan=2)
    cover.submit(Claim(patient), Claim(stranger, currency=978))
    with pytest.raises(CarechainError, match="several currencies"):
        remittances(ClaimLedger(suite.chain), PAYER, HOSPITAL)


def test_a_line_of_which_nothing_is_allowed_makes_no_denied_claim_processed(cover, told, patient):
    """Its reviewer denies one line, and allows nothing of the other."""
    cover.submit(Claim(patient, (Line(IMPLANT, 10_000), Line(IMPLANT, 20_000, number=2)), "two"))
    cover.decide(reasons=(Reason.NOT_NECESSARY, 0), caps=(10_000, 0))
    (only,) = told()
    assert claims_of(only) == [(f"{PAYER}-{HOSPITAL}-0", "1", 0)]


def test_the_oldest_debt_is_recovered_first(cover, told, patient):
    cover.submit(Claim(patient), Claim(patient).earlier(10))
    cover.void(1)
    cover.void(0)
    cover.submit(Claim(patient, (Line(VISIT, 12_500, units=200, days_ago=50),), "claim 3"))
    *_, after = told()
    recovered = [(each.reference, each.amount) for each in after.adjustments]
    assert recovered == [(f"{PAYER}-{HOSPITAL}-1", 7_500), (f"{PAYER}-{HOSPITAL}-0", 2_500)]
