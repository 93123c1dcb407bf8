"""What went wrong once: sequences of calls that paid twice, or too much, or left something behind. None may again."""

from __future__ import annotations

import pytest
from claim_acts import (
    ACCOUNT,
    APPEAL_DAYS,
    EXTERNAL_DAYS,
    IMPLANT_PAID,
    REVIEW_DAYS,
    Raw,
    days_later,
    decided,
    implant,
    request_refund,
    reserve,
    stage_of,
    visit,
)

from carechain.claims.words import MAX_CHARGE, SERVICE_LINE, Parked, Reason, ReviewerKind, Stage
from tests.helpers.claims import (
    EXPERIMENT,
    FUNDS,
    IMPLANT,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    SURGERY,
    UNLISTED,
    VISIT,
    Claim,
    Line,
    numbered,
    plan_terms,
    rule,
)
from tests.helpers.refusals import refused
from tests.helpers.suite import EXTERNAL_REVIEWER, HOSPITAL, PAYER, REVIEWER, SECOND_REVIEWER
from tests.helpers.supply import by, operator_of, today


def units_left(cover, number=1):
    """Hundredths of an authorisation."""
    return cover.claims.authorisationOf(PAYER, number) >> 232


def surgery(member, control_number, days_ago=10, charge=100_000):
    return Claim(member, (Line(SURGERY, charge, days_ago=days_ago),), control_number, authorisation=1)


def test_a_claim_settled_once_funded_gives_its_authorisation_back_when_voided(cover, member, parent, stranger):
    cover.authorise(member, SURGERY)
    cover.submit(implant(parent, "takes all", charge=FUNDS))
    cover.submit(surgery(member, "waits"))
    assert cover.entry(1).reasons == (Parked.RESERVE_SHORT,)
    cover.fund(FUNDS)
    cover.seen(cover.claims.settleOnceFunded(cover.evidence(1), {"from": stranger}))
    assert (cover.outcome(number=1)["paid"], units_left(cover)) == (40_000, 0)
    cover.void(1)
    assert units_left(cover) == 100


def test_a_claim_that_stays_paid_keeps_what_it_used_of_its_authorisation(cover, member):
    """An appeal that changes nothing gives no second service for the authorisation of one."""
    cover.authorise(member, SURGERY)
    cover.submit(surgery(member, "one"))
    assert (cover.entry(0).paid, units_left(cover)) == (40_000, 0)
    cover.appeal()
    cover.decide()
    assert units_left(cover) == 0
    cover.submit(surgery(member, "two", days_ago=11))
    assert cover.outcome(number=1) == {"other": 100_000, "reason": Reason.NOT_AUTHORISED}


def test_what_a_cap_took_away_is_held_while_it_is_appealed_against(cover, member):
    cover.submit(implant(member))
    cover.decide(caps=(50_000,))
    assert cover.outcome() == {"contractual": 100_000, "deductible": 50_000}
    cover.appeal()
    assert reserve(cover)[1] >= IMPLANT_PAID


def test_what_is_found_owed_is_not_paid_again_by_rule(cover, member):
    """A payer has proven that a service was not furnished; the same claim, sent anew, is for people."""
    cover.submit(visit(member))
    days_later(APPEAL_DAYS)
    request_refund(cover, reason=Reason.NOT_FURNISHED)
    cover.appeal()
    cover.uphold(0, EXTERNAL_REVIEWER)
    cover.submit(Claim(member, (Line(VISIT, 12_500, days_ago=10 + APPEAL_DAYS),), replaces=1))
    assert not cover.entry(1).settled
    assert cover.claims.accountOf(PAYER, HOSPITAL)["owed"] == 7_500


def test_nobody_who_ever_decided_about_a_claim_decides_again(cover, member):
    """Three decided: review, appeal, external review. The fourth is none of them."""
    decided(cover, member)
    cover.appeal()
    cover.uphold(0, SECOND_REVIEWER)
    cover.appeal()
    cover.uphold(0, EXTERNAL_REVIEWER)
    request_refund(cover)
    cover.appeal()
    cover.claims.nameReviewer(PAYER, SECOND_REVIEWER, ReviewerKind.EXTERNAL, by(PAYER))
    with refused("ReviewerNotEligible", PAYER, SECOND_REVIEWER, Stage.IN_EXTERNAL_REVIEW):
        cover.uphold(0, SECOND_REVIEWER)


def test_a_barred_providers_claim_is_not_settled_by_rule_once_it_is_funded(cover, member, parent, stranger):
    cover.submit(implant(parent, "takes all", charge=FUNDS))
    cover.submit(visit(member))
    cover.claims.barProvider(PAYER, HOSPITAL, True, bytes(32), by(PAYER))
    cover.fund(FUNDS)
    with refused("NotOnlyShort", ACCOUNT, 1, 1 << Parked.PROVIDER_BARRED):
        cover.claims.settleOnceFunded(cover.evidence(1), {"from": stranger})


def test_a_payer_does_not_deny_a_claim_that_waits_by_an_amendment(cover, member, stranger):
    """That another payer comes first, said after the claim came in."""
    cover.submit(implant(member))
    cover.claims.amendCoverage(PAYER, member, 0, today() + 60, True, by(PAYER))
    for days in (REVIEW_DAYS, EXTERNAL_DAYS):
        days_later(days)
        cover.enforce(sender=stranger)
    assert cover.outcome()["paid"] == IMPLANT_PAID


def test_an_authorisation_is_for_services_on_its_days(cover, member):
    """Not for those later in a claim that began on one."""
    cover.authorise(member, SURGERY, last_day=today() - 10)
    lines = numbered(Line(VISIT, 12_500, days_ago=10), Line(SURGERY, 100_000, days_ago=2))
    cover.submit(Claim(member, lines, authorisation=1))
    assert not cover.entry(0).settled or cover.outcome(0)["reason"] == Reason.NOT_AUTHORISED


def test_funds_are_not_withdrawn_to_where_nobody_can_reach_them(cover):
    cover.claims.announceWithdrawal(PAYER, 1_000, by(PAYER))
    days_later(14)
    with refused("PayeeInvalid", PAYER << 32, cover.claims):
        cover.claims.withdraw(PAYER, cover.claims, by(PAYER))
    assert reserve(cover)[0] == FUNDS


# ---------------------------------------------------------------------- mended since


def test_no_amount_out_of_pocket_makes_a_batch_revert(cover, spare_key, member):
    """A plan without a maximum, and shares beyond what is counted."""
    cover.publish(plan_terms(out_of_pocket=0), {VISIT: rule(deducted=0, coinsurance=10_000)}, plan=2)
    cover.enrol(spare_key, plan=2)
    dear = [Raw(visit(spare_key, f"{n}"), lines=(SERVICE_LINE.pack(**_dear(n)), 1)) for n in range(4)]
    cover.submit(*dear, visit(member))
    assert all(cover.entry(n).settled for n in range(5))
    for number in range(4):
        cover.void(number)
    assert cover.claims.coverageOf(PAYER, spare_key, 0)["outOfPocket"] == 0


def _dear(n):
    return {"charge": MAX_CHARGE - 1, "units": 100, "day": today() - 10 - n, "number": 1, "category": VISIT}


def test_a_decision_finds_the_network_as_it_was_on_the_day(cover, member):
    cover.submit(implant(member))
    assert cover.entry(0).in_network
    cover.decide()
    assert cover.outcome()["coinsurance"] == 20_000


def test_a_refund_does_not_end_the_right_to_appeal(cover, member):
    cover.submit(Claim(member, numbered(Line(VISIT, 12_500), Line(SURGERY, 100_000))))
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        request_refund(cover)
    cover.appeal(sender=member)


def test_a_replacement_is_no_way_to_be_paid_twice_for_another_claim(cover, member):
    cover.submit(visit(member, "paid"), visit(member, "any", days_ago=11))
    cover.void(1)
    cover.submit(visit(member, "paid", replaces=2))
    assert cover.claims.accountOf(PAYER, HOSPITAL)["claims"] == 2
    assert cover.balance(operator_of(HOSPITAL)) == 15_000


@pytest.mark.parametrize("category", [IMPLANT, LABORATORY_TEST])
def test_a_claim_of_many_lines_is_decided_within_a_block(cover, member, category):
    """What was taken can be decided about."""
    lines = tuple(Line(category, 100, number=number) for number in range(1, 400))
    sent = cover.submit(Claim(member, lines, liability=1))
    assert stage_of(cover) == Stage.IN_REVIEW
    later = cover.decide()
    assert max(sent.gas_used, later.gas_used) < 30_000_000


def test_a_provider_that_adds_claims_does_not_keep_others_from_proving_one(cover, member, parent, stranger):
    """Each proof is out of date when it arrives; one for a checkpoint never is."""
    cover.submit(implant(member))
    for number in range(1, 4):
        late = cover.evidence()
        cover.submit(visit(parent, f"in between {number}", days_ago=10 + number))
        with refused("ClaimUnproven", ACCOUNT, 0):
            cover.claims.decideClaim(late, REVIEWER, bytes([Reason.NOT_NECESSARY]), [], by(REVIEWER))
    cover.claims.checkpoint(PAYER, HOSPITAL, {"from": stranger})
    kept = cover.evidence(size=4)
    cover.submit(visit(parent, "in vain", days_ago=20))
    cover.claims.decideClaim(kept, REVIEWER, bytes([Reason.NOT_NECESSARY]), [], by(REVIEWER))
    assert stage_of(cover) == Stage.DECIDED


@pytest.mark.parametrize("line", [Line(SURGERY, 20_000), Line(PHYSIOTHERAPY, 0, units=400)], ids=["met", "used"])
def test_a_covered_claim_of_which_nothing_was_paid_is_asked_back(cover, member, line):
    """It counted towards the deductible, or towards the units of a year, as if the service had been furnished."""
    cover.authorise(member, SURGERY)
    cover.submit(Claim(member, (line,), authorisation=1))
    assert (cover.entry(0).settled, cover.entry(0).paid) == (True, 0)
    days_later(APPEAL_DAYS)
    request_refund(cover, reason=Reason.NOT_FURNISHED)
    days_later(APPEAL_DAYS)
    cover.enforce()
    assert stage_of(cover) == Stage.VOIDED
    assert cover.claims.coverageOf(PAYER, member, 0)["deductible"] == 0
    assert cover.claims.usedOf(PAYER, member, 0, PHYSIOTHERAPY)[0] == 0


def test_a_claim_of_which_nothing_is_covered_is_not_asked_back(cover, member):
    cover.submit(Claim(member, (Line(EXPERIMENT, 20_000),)))
    days_later(APPEAL_DAYS)
    with refused("RefundInvalid", ACCOUNT, 0):
        request_refund(cover, reason=Reason.NOT_FURNISHED)


def test_no_more_is_held_than_the_plan_would_allow(cover, member):
    """Not the charge, of which a provider says what it likes."""
    dear = numbered(Line(EXPERIMENT, 4_000_000), Line(VISIT, 3_000_000), Line(UNLISTED, 2_000_000), Line(IMPLANT, 700))
    cover.submit(Claim(member, dear))
    assert stage_of(cover) == Stage.IN_REVIEW
    assert reserve(cover)[1] == 10_000 + 700
    cover.decide(reasons=(Reason.NOT_NECESSARY,) * 4)
    assert reserve(cover)[1] == 0
    cover.appeal()
    assert reserve(cover)[1] == 10_000 + 700


def test_nothing_is_held_for_a_provider_that_is_barred(cover, member):
    cover.submit(visit(member, "before"))
    cover.claims.barProvider(PAYER, HOSPITAL, True, bytes(32), by(PAYER))
    cover.submit(implant(member), surgery(member, "not authorised"))
    assert [cover.entry(number).settled for number in range(3)] == [True, False, False]
    cover.appeal(0)
    cover.decide(1, reasons=(Reason.NOT_NECESSARY,))
    cover.appeal(1)
    assert reserve(cover)[1] == 0


def test_what_is_held_covers_what_is_approved_when_the_deductible_is_met_in_between(cover, member):
    """The patient's share is held too: by then it may be the payer's."""
    cover.authorise(member, SURGERY)
    cover.submit(implant(member))
    cover.submit(surgery(member, "meets the deductible", days_ago=9))
    funds, held = reserve(cover)
    assert held == 150_000
    cover.claims.announceWithdrawal(PAYER, funds - held, by(PAYER))
    days_later(14)
    cover.claims.withdraw(PAYER, operator_of(PAYER), by(PAYER))
    cover.decide()
    assert cover.outcome()["paid"] == 120_000 <= held


def test_a_claim_that_is_asked_back_is_not_forgotten_by_taking_it_back_first(cover, member):
    """Sent anew, it is for people."""
    cover.submit(visit(member))
    days_later(APPEAL_DAYS)
    request_refund(cover, reason=Reason.NOT_FURNISHED)
    cover.void()
    cover.submit(Claim(member, (Line(VISIT, 12_500, days_ago=10 + APPEAL_DAYS),), "the same, as if new"))
    assert cover.entry(1).reasons == (Parked.NEAR_DUPLICATE,)


def test_a_member_contests_a_refund_that_takes_off_what_they_have_met(cover, member):
    """Of a claim that the deductible paid, the provider has nothing to lose."""
    cover.authorise(member, SURGERY)
    cover.submit(surgery(member, "all deductible", charge=50_000))
    assert (cover.entry(0).paid, cover.claims.coverageOf(PAYER, member, 0)["deductible"]) == (0, 50_000)
    days_later(APPEAL_DAYS)
    request_refund(cover, reason=Reason.NOT_FURNISHED)
    cover.appeal(sender=member)
    assert reserve(cover)[1] == 0
    days_later(EXTERNAL_DAYS)
    cover.enforce()
    assert stage_of(cover) == Stage.FINAL
    assert cover.claims.coverageOf(PAYER, member, 0)["deductible"] == 50_000


def test_the_replacement_of_what_was_refunded_is_for_people_whatever_it_says(cover, member):
    """On another day, too, of which there is no mark."""
    cover.submit(visit(member))
    days_later(APPEAL_DAYS)
    request_refund(cover, reason=Reason.NOT_FURNISHED)
    days_later(APPEAL_DAYS)
    cover.enforce()
    cover.submit(visit(member, days_ago=11 + 2 * APPEAL_DAYS, replaces=1))
    assert cover.entry(1).reasons == (Parked.NEAR_DUPLICATE,)


def test_an_appeal_holds_what_it_may_win_when_the_patients_maximum_was_met_since(cover, spare_key):
    """Two versions of a plan in one period, the later with a higher maximum: the earlier leaves all to the payer."""
    rules = {VISIT: rule(deducted=0, coinsurance=10_000)}
    cover.publish(plan_terms(out_of_pocket=100_000), rules, plan=2)
    cover.enrol(spare_key, plan=2)
    cover.publish(plan_terms(first_day=today() + 1, out_of_pocket=300_000), rules, plan=2, version=2)
    days_later(4)
    cover.submit(Claim(spare_key, (Line(VISIT, 60_000, days_ago=10),), "by the first"))
    cover.submit(Claim(spare_key, (Line(VISIT, 200_000, days_ago=1),), "by the second", version=2))
    assert [cover.entry(number).paid for number in range(2)] == [0, 0]
    cover.appeal()
    assert reserve(cover)[1] == 60_000
    cover.decide()
    assert cover.outcome()["paid"] == 60_000


def test_a_claim_of_many_limited_categories_is_decided_within_a_block_too(cover, spare_key):
    """Denied by rule, since its authorisation is none, and approved by silence: what was taken can be ended."""
    limits = {"authorised": 1, "units_year": 4_000, "units_lifetime": 4_000, "amount_year": 9_000}
    cover.publish(plan_terms(ceiling=1 << 30), {n: rule(**limits) for n in range(1, 251)}, plan=2)
    cover.enrol(spare_key, plan=2)
    lines = tuple(Line(1 + number // 4, 100, number=1 + number) for number in range(999))
    sent = [cover.submit(Claim(spare_key, lines, authorisation=1))]
    assert (cover.entry(0).settled, cover.entry(0).paid) == (True, 0)
    sent.append(cover.appeal())
    for days in (REVIEW_DAYS, EXTERNAL_DAYS):
        days_later(days)
        sent.append(cover.enforce())
    assert stage_of(cover) == Stage.FINAL
    assert max(each.gas_used for each in sent) < 28_000_000
