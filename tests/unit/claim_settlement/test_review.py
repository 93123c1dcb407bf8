"""decideClaim: who decides, what a decision says, what it pays, and what it can waive."""

from __future__ import annotations

import pytest
from claim_acts import (
    ACCOUNT,
    IMPLANT_PAID,
    INTEREST,
    REVIEW_DAYS,
    VISIT_PAID,
    days_later,
    implant,
    in_external_review,
    met,
    paid,
    payments,
    reserve,
    stage_of,
    suspend,
    visit,
)

from carechain.claims.words import Reason, ReviewerKind, Stage
from tests.helpers.claims import (
    FUNDS,
    IMPLANT,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    RULES,
    SURGERY,
    UNLISTED,
    VISIT,
    Claim,
    Line,
    numbered,
    plan_terms,
)
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    AUDITOR,
    CLINIC,
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    REVIEWER,
    SECOND_PAYER,
    SECOND_REVIEWER,
)
from tests.helpers.supply import DAY, ROLE_MISSING, SUSPENDED, UNKNOWN, by, event_of, operator_of


def interest(due, days):
    """In cents, rounded down."""
    return due * INTEREST * days // (365 * 10_000)


# ---------------------------------------------------------------------- a decision


def test_what_a_reviewer_approves_is_paid_by_the_plan(cover, member):
    cover.submit(implant(member))
    sent = cover.decide()
    assert event_of(sent, "ClaimDecided") == {
        "account": ACCOUNT,
        "number": 0,
        "reviewer": REVIEWER,
        "stage": Stage.DECIDED,
        "outcomes": tuple(cover.account().outcomes[0]),
        "paid": IMPLANT_PAID,
        "interest": 0,
    }
    assert cover.outcome() == {"paid": IMPLANT_PAID, "deductible": 50_000, "coinsurance": 20_000}
    assert payments(sent) == paid(IMPLANT_PAID)
    assert cover.balance(operator_of(HOSPITAL)) == IMPLANT_PAID
    assert reserve(cover) == (FUNDS - IMPLANT_PAID, 0)
    assert met(cover, member)[:2] == (50_000, 70_000)


def test_a_decision_is_kept_by_its_hash_until_it_may_no_longer_be_appealed_against(cover, member):
    cover.submit(implant(member))
    sent = cover.decide()
    case = cover.claims.caseOf(PAYER, HOSPITAL, 0)
    assert case["deadline"] == sent.timestamp + 60 * DAY
    assert (case["firstReviewer"], case["secondReviewer"], case["encumbered"]) == (REVIEWER, 0, 0)
    with refused("ClaimUnproven", ACCOUNT, 0):
        cover.claims.enforceDeadline((*cover.evidence()[:6], []), by(HOSPITAL))
    changed = list(cover.account().outcomes[0])
    changed[0] ^= 1
    with refused("ClaimUnproven", ACCOUNT, 0):
        cover.claims.enforceDeadline((*cover.evidence()[:6], changed), by(HOSPITAL))


def test_lines_are_approved_and_denied_each_by_itself(cover, member):
    lines = numbered(Line(IMPLANT, 150_000), Line(LABORATORY_TEST, 60_000), Line(VISIT, 12_500))
    cover.submit(Claim(member, lines))
    sent = cover.decide(reasons=(0, Reason.NOT_NECESSARY, 0))
    assert cover.outcome(0) == {"paid": 10_000, "deductible": 50_000}
    assert cover.outcome(1) == {"other": 150_000, "reason": Reason.NOT_NECESSARY}
    assert cover.outcome(2) == {"paid": 7_500, "contractual": 2_500, "copay": 2_500}
    assert payments(sent) == paid(17_500)


@pytest.mark.parametrize("reason", [Reason.NOT_NECESSARY, Reason.DUPLICATE, Reason.NOT_SUPPORTED, Reason.NOT_FURNISHED])
def test_a_reviewer_denies_for_a_reason_of_its_own(cover, member, reason):
    cover.submit(implant(member))
    sent = cover.decide(reasons=(reason,))
    assert cover.outcome() == {"other": 150_000, "reason": reason}
    assert payments(sent) == []
    assert reserve(cover) == (FUNDS, 0)
    assert stage_of(cover) == Stage.DECIDED


@pytest.mark.parametrize("reason", [*range(1, 12), 16, 255])
def test_no_other_reason_is_a_reviewers(cover, member, reason):
    cover.submit(implant(member))
    with refused("DecisionInvalid", ACCOUNT, 0):
        cover.decide(reasons=(reason,))


def test_there_is_one_decision_and_one_cap_for_each_line_or_no_cap(cover, member):
    cover.submit(Claim(member, (Line(IMPLANT), Line(IMPLANT, number=2))))
    for decisions, caps in (((), ()), ((0,), ()), ((0, 0, 0), ()), ((0, 0), (1,)), ((0, 0), (1, 1, 1))):
        with refused("DecisionInvalid", ACCOUNT, 0):
            cover.decide(reasons=decisions, caps=caps)


def test_a_cap_is_the_most_that_is_allowed_of_a_line(cover, member):
    cover.submit(Claim(member, (Line(IMPLANT, 150_000), Line(IMPLANT, 150_000, number=2))))
    cover.decide(caps=(100_000, 1 << 255))
    assert cover.outcome(0) == {"paid": 40_000, "contractual": 50_000, "deductible": 50_000, "coinsurance": 10_000}
    assert cover.outcome(1) == {"paid": 120_000, "coinsurance": 30_000}


def test_a_cap_of_nothing_allows_nothing(cover, member):
    cover.submit(implant(member))
    cover.decide(caps=(0,))
    assert cover.outcome() == {"contractual": 150_000}


# ---------------------------------------------------------------------- what a reviewer can waive, and what not


def test_a_reviewer_waives_lateness(cover, spare_key):
    cover.publish(plan_terms(timely_filing=5), RULES_WITHOUT_SCHEDULE, plan=2)
    cover.enrol(spare_key, plan=2)
    cover.submit(visit(spare_key))
    assert cover.outcome() == {"other": 12_500, "reason": Reason.TOO_LATE}
    cover.appeal()
    sent = cover.decide()
    assert payments(sent) == paid(VISIT_PAID)


def test_a_reviewer_waives_authorisation_bundling_and_units_of_a_line(cover, member):
    lines = numbered(Line(SURGERY, 100_000), Line(LABORATORY_TEST, 6_000, 600))
    cover.submit(Claim(member, lines))
    assert [cover.outcome(n)["reason"] for n in (0, 1)] == [Reason.NOT_AUTHORISED, Reason.BUNDLED]
    cover.appeal()
    cover.decide()
    assert cover.outcome(0) == {"paid": 40_000, "deductible": 50_000, "coinsurance": 10_000}
    assert cover.outcome(1) == {"paid": 6_000}


def test_a_reviewer_waives_nothing_else(cover, member, spare_key, covered_twice):
    """Neither maxima of benefits, nor what is not covered, nor days outside of the coverage, nor other payers."""
    cover.enrol(spare_key, first_day=1_000, last_day=1_001)
    cover.submit(
        Claim(member, (Line(PHYSIOTHERAPY, 50_000, 500),)),
        visit(spare_key),
        visit(covered_twice),
        Claim(member, (Line(UNLISTED),), "unlisted"),
    )
    reasons = (Reason.BENEFIT_MAXIMUM, Reason.AFTER_COVERAGE, Reason.OTHER_PAYER_FIRST, Reason.NOT_COVERED)
    for number, reason in enumerate(reasons):
        if cover.entry(number).settled:
            cover.appeal(number)
        before = cover.entry(number).paid
        cover.decide(number)
        assert cover.outcome(number=number)["reason"] == reason
        told = cover.outcome(number=number)
        assert told.get("paid", 0) == before


def test_what_is_left_of_the_benefits_counts_when_it_is_decided(cover, member):
    """The deductible was met by another claim in between."""
    cover.submit(implant(member))
    cover.submit(Claim(member, (Line(LABORATORY_TEST, 50_000, days_ago=5),), "in between"))
    cover.decide()
    assert cover.outcome() == {"paid": 120_000, "coinsurance": 30_000}


# ---------------------------------------------------------------------- interest


@pytest.mark.parametrize("late", [0, 1, 10, 365])
def test_interest_is_paid_for_whole_days_beyond_the_time_to_review(cover, member, late):
    cover.submit(implant(member))
    days_later(REVIEW_DAYS + late)
    sent = cover.decide()
    due = interest(IMPLANT_PAID, late)
    assert payments(sent) == paid(IMPLANT_PAID + due, interest=due)
    assert event_of(sent, "ClaimDecided")["interest"] == due
    assert reserve(cover) == (FUNDS - IMPLANT_PAID - due, 0)


def test_a_day_that_is_not_over_bears_no_interest(cover, member):
    cover.submit(implant(member))
    days_later(REVIEW_DAYS)
    assert payments(cover.decide()) == paid(IMPLANT_PAID)


def test_interest_is_paid_as_far_as_the_reserve_covers_it(cover, member):
    """Four years late: 30.00 of interest, and 25.00 left of what was held."""
    cover.submit(visit(member, charge=10_000, liability=1), implant(member, "the rest", FUNDS - 10_000))
    assert reserve(cover) == (FUNDS, FUNDS)
    days_later(REVIEW_DAYS + 4 * 365)
    sent = cover.decide()
    assert interest(VISIT_PAID, 4 * 365) == 3_000
    assert payments(sent) == paid(10_000, interest=2_500)
    assert reserve(cover) == (FUNDS - 10_000, FUNDS - 10_000)


# ---------------------------------------------------------------------- who decides


def refuses_reviewer(cover, reviewer, stage, number=0):
    with refused("ReviewerNotEligible", PAYER, reviewer, stage):
        cover.decide(number, reviewer)


def test_whom_the_payer_has_not_named_decides_nothing(cover, member):
    cover.submit(implant(member))
    refuses_reviewer(cover, SECOND_PAYER, Stage.IN_REVIEW)
    cover.claims.nameReviewer(PAYER, REVIEWER, ReviewerKind.NONE, by(PAYER))
    refuses_reviewer(cover, REVIEWER, Stage.IN_REVIEW)
    refuses_reviewer(cover, PAYER, Stage.IN_REVIEW)


def test_the_payer_decides_if_it_has_named_itself(cover, member):
    cover.submit(implant(member))
    cover.claims.nameReviewer(PAYER, PAYER, ReviewerKind.INTERNAL, by(PAYER))
    assert payments(cover.decide(reviewer=PAYER)) == paid(IMPLANT_PAID)


def test_an_external_reviewer_decides_in_external_review_alone(cover, member):
    cover.submit(implant(member))
    refuses_reviewer(cover, EXTERNAL_REVIEWER, Stage.IN_REVIEW)
    cover.decide()
    cover.appeal()
    refuses_reviewer(cover, EXTERNAL_REVIEWER, Stage.IN_APPEAL)


def test_an_internal_reviewer_decides_nothing_in_external_review(cover, member):
    cover.claims.nameReviewer(PAYER, PAYER, ReviewerKind.INTERNAL, by(PAYER))
    in_external_review(cover, member)
    for reviewer in (PAYER, REVIEWER, SECOND_REVIEWER):
        refuses_reviewer(cover, reviewer, Stage.IN_EXTERNAL_REVIEW)
    cover.decide(reviewer=EXTERNAL_REVIEWER)
    assert stage_of(cover) == Stage.FINAL


def test_nobody_decides_twice_about_a_claim(cover, member):
    cover.submit(implant(member))
    cover.decide()
    cover.appeal()
    refuses_reviewer(cover, REVIEWER, Stage.IN_APPEAL)
    cover.uphold(0, SECOND_REVIEWER)
    cover.appeal()
    for reviewer in (REVIEWER, SECOND_REVIEWER):
        cover.claims.nameReviewer(PAYER, reviewer, ReviewerKind.EXTERNAL, by(PAYER))
        refuses_reviewer(cover, reviewer, Stage.IN_EXTERNAL_REVIEW)


def test_no_provider_decides_about_its_own_claims(suite, cover, member):
    cover.admit(CLINIC)
    roles = suite.participants.organisation(CLINIC)["roles"] | suite.participants.organisation(REVIEWER)["roles"]
    suite.as_registrar(suite.participants.amend, CLINIC, roles, 4_000_000_000, bytes(31) + b"\1")
    cover.claims.nameReviewer(PAYER, CLINIC, ReviewerKind.INTERNAL, by(PAYER))
    cover.submit(implant(member), provider=CLINIC)
    with refused("ReviewerNotEligible", PAYER, CLINIC, Stage.IN_REVIEW):
        cover.decide(0, CLINIC, provider=CLINIC)
    # About those of others it may.
    cover.submit(implant(member))
    cover.decide(0, CLINIC)


def test_whoever_decides_is_in_standing_then(suite, cover, member, stranger):
    cover.submit(implant(member))
    evidence = cover.evidence()
    with refused("OperatorNotInStanding", stranger, REVIEWER, UNKNOWN):
        cover.claims.decideClaim(evidence, REVIEWER, b"\0", [], {"from": stranger})
    suspend(suite, REVIEWER)
    with refused("OperatorNotInStanding", operator_of(REVIEWER), REVIEWER, SUSPENDED):
        cover.decide()
    cover.claims.nameReviewer(PAYER, AUDITOR, ReviewerKind.INTERNAL, by(PAYER))
    with refused("OperatorNotInStanding", operator_of(AUDITOR), AUDITOR, ROLE_MISSING):
        cover.decide(reviewer=AUDITOR)
    assert payments(cover.decide(reviewer=SECOND_REVIEWER)) == paid(IMPLANT_PAID)


# ---------------------------------------------------------------------- which claims


def test_a_claim_that_waits_for_nobody_is_not_decided_about(cover, member):
    cover.submit(visit(member))
    with refused("ClaimStageInvalid", ACCOUNT, 0, Stage.NONE, 0):
        cover.decide()
    cover.submit(implant(member))
    cover.decide(1)
    deadline = cover.claims.caseOf(PAYER, HOSPITAL, 1)["deadline"]
    with refused("ClaimStageInvalid", ACCOUNT, 1, Stage.DECIDED, deadline):
        cover.decide(1, SECOND_REVIEWER)
    cover.void(1)
    with refused("ClaimStageInvalid", ACCOUNT, 1, Stage.VOIDED, 0):
        cover.decide(1, SECOND_REVIEWER)


def test_a_claim_is_decided_about_after_its_deadline_too_while_nobody_has_enforced_it(cover, member):
    cover.submit(implant(member))
    days_later(REVIEW_DAYS + 1)
    cover.decide()
    assert stage_of(cover) == Stage.DECIDED


def test_a_claim_is_known_by_its_proof_alone(cover, member, parent):
    cover.submit(implant(member), implant(parent))
    good = cover.evidence()
    payer, provider, number, entry, size, proof, outcomes = good
    wrong = [
        (payer, provider, 1, entry, size, proof, outcomes),
        (payer, CLINIC, number, entry, size, proof, outcomes),
        (payer, provider, number, entry[:-1] + bytes([entry[-1] ^ 1]), size, proof, outcomes),
        (payer, provider, number, entry, size, [], outcomes),
        (payer, provider, number, entry, size, proof, [1]),
        (payer, provider, number, b"", size, proof, outcomes),
        (payer, provider, number, entry, 1, [], outcomes),  # of a size at which nothing was kept
        (payer, provider, number, entry, 0, [], outcomes),
        (payer, provider, number, entry, size + 1, proof, outcomes),
    ]
    for each in wrong:
        with refused("ClaimUnproven", each[0] << 32 | each[1], each[2]):
            cover.claims.decideClaim(each, REVIEWER, b"\0", [], by(REVIEWER))
    cover.claims.decideClaim(good, REVIEWER, b"\0", [], by(REVIEWER))


def test_what_is_approved_beyond_the_free_reserve_waits_for_funds(cover, member):
    """A charge that was not held, as the reserve was short, is paid once there is enough."""
    due = 2 * FUNDS - 200_000
    cover.submit(implant(member, charge=2 * FUNDS))
    with refused("ReserveTooSmall", PAYER, due, FUNDS):
        cover.decide()
    cover.fund(due - FUNDS)
    assert payments(cover.decide()) == paid(due)
    assert reserve(cover) == (0, 0)


RULES_WITHOUT_SCHEDULE = {VISIT: RULES[VISIT]}
