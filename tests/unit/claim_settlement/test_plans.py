"""publishPlan: versions that never change, each from a day on that is not past."""

from __future__ import annotations

import pytest
from claim_acts import days_later, suspend

from tests.helpers.claims import DRUG, PLAN, RULES, SURGERY, VISIT, commitment, plan_terms, rule
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, PAYER, SECOND_PAYER
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, event_of, operator_of, today

ROOT = commitment("schedule")
NO_ROOT = bytes(32)
MOST_ENTRIES = 1 << 24


def publish(cover, version, terms=None, rules=(), root=NO_ROOT, size=0, plan=PLAN, payer=PAYER):
    stated = plan_terms(first_day=today() + version) if terms is None else terms
    return cover.claims.publishPlan(payer, plan, version, stated, list(rules), root, size, by(payer))


def test_a_plan_is_published_with_its_rules_and_schedule(cover):
    terms = plan_terms()
    rules = [(VISIT, RULES[VISIT]), (200, rule(scheduled=1))]
    sent = publish(cover, 1, terms, rules, ROOT, 1_000, plan=9)
    assert event_of(sent, "PlanPublished") == {
        "payer": PAYER,
        "plan": 9,
        "version": 1,
        "terms": terms,
        "rules": tuple(rules),
        "scheduleRoot": "0x" + ROOT.hex(),
        "scheduleSize": 1_000,
    }
    assert cover.claims.planOf(PAYER, 9, 1) == (terms, "0x" + ROOT.hex(), 1_000)
    assert cover.claims.planVersions(PAYER, 9) == 1
    assert [cover.claims.ruleOf(PAYER, 9, 1, category) for category in (VISIT, 200, 5)] == [*dict(rules).values(), 0]


def test_the_first_version_holds_for_days_that_are_past(cover):
    publish(cover, 1, plan_terms(first_day=1), plan=9)
    assert cover.claims.planOf(PAYER, 9, 1)[0] & 0xFFFF == 1


def test_a_later_version_ends_the_one_before(cover):
    first = cover.claims.planOf(PAYER, PLAN, 1)[0]
    rules = RULES[VISIT], cover.claims.ruleOf(PAYER, PLAN, 1, SURGERY)
    publish(cover, 2, plan_terms(first_day=today() + 5), [(VISIT, rule())])
    assert cover.claims.planOf(PAYER, PLAN, 1)[0] == first & ~(0xFFFF << 16) | (today() + 5) << 16
    assert cover.claims.planOf(PAYER, PLAN, 2)[0] >> 16 & 0xFFFF == 65_535
    assert cover.claims.planVersions(PAYER, PLAN) == 2
    # What the first says of services stands.
    assert tuple(cover.claims.ruleOf(PAYER, PLAN, 1, each) for each in (VISIT, SURGERY)) == rules
    assert cover.claims.ruleOf(PAYER, PLAN, 2, SURGERY) == 0


def test_a_later_version_may_begin_today(cover):
    publish(cover, 2, plan_terms(first_day=today()))


def test_a_later_version_does_not_begin_in_the_past(cover):
    with refused("PlanInvalid", PAYER, PLAN, 2):
        publish(cover, 2, plan_terms(first_day=today() - 1))


def test_a_later_version_begins_after_the_one_before(cover):
    publish(cover, 2, plan_terms(first_day=today() + 5))
    for first in (4, 5):
        with refused("PlanInvalid", PAYER, PLAN, 3):
            publish(cover, 3, plan_terms(first_day=today() + first))
    publish(cover, 3, plan_terms(first_day=today() + 6))


@pytest.mark.parametrize("version", [0, 1, 3, 255])
def test_versions_come_one_after_the_other(cover, version):
    with refused("PlanInvalid", PAYER, PLAN, version):
        publish(cover, version)


def test_no_plan_is_number_0(cover):
    with refused("PlanInvalid", PAYER, 0, 1):
        publish(cover, 1, plan_terms(), plan=0)


@pytest.mark.parametrize(
    "terms",
    [
        {"first_day": 0},
        {"until": 65_534},
        {"until": 0},
        {"currency": 0},
    ],
    ids=str,
)
def test_malformed_terms_are_refused(cover, terms):
    with refused("PlanInvalid", PAYER, 9, 1):
        publish(cover, 1, plan_terms(**terms), plan=9)


def test_bits_that_mean_nothing_are_refused(cover):
    for bit in (239, 255):
        with refused("PlanInvalid", PAYER, 9, 1):
            publish(cover, 1, plan_terms() | 1 << bit, plan=9)


def test_a_schedule_has_a_root_and_a_size_or_neither(cover):
    for root, size in ((ROOT, 0), (NO_ROOT, 1), (ROOT, MOST_ENTRIES + 1)):
        with refused("PlanInvalid", PAYER, 9, 1):
            publish(cover, 1, plan_terms(), root=root, size=size, plan=9)
    publish(cover, 1, plan_terms(), root=ROOT, size=MOST_ENTRIES, plan=9)


# ---------------------------------------------------------------------- rules


def test_rules_stand_in_order_and_once(cover):
    for categories in ((5, 4), (5, 5), (4, 6, 5)):
        with refused("RuleInvalid", categories[-1]):
            publish(cover, 2, rules=[(category, rule()) for category in categories])


@pytest.mark.parametrize(
    "word",
    [
        rule(known=0),
        0,
        rule() | 1 << 7,
        rule() | 1 << 254,
        rule() | 1 << 255,
        rule(coinsurance=10_001),
        rule(coinsurance_out=10_001),
        rule(out_rate=10_001),
    ],
    ids=["unknown", "empty", "bit 7", "bit 254", "bit 255", "coinsurance", "coinsurance out", "rate out"],
)
def test_a_malformed_rule_is_refused(cover, word):
    with refused("RuleInvalid", VISIT):
        publish(cover, 2, rules=[(5, rule()), (VISIT, word)])
    assert cover.claims.planVersions(PAYER, PLAN) == 1


def test_prices_by_schedule_need_a_schedule(cover):
    with refused("RuleInvalid", DRUG):
        publish(cover, 2, rules=[(DRUG, rule(scheduled=1))])
    publish(cover, 2, rules=[(DRUG, rule(scheduled=1))], root=ROOT, size=1)


def test_there_may_be_a_rule_for_every_category(cover):
    publish(cover, 2, rules=[(category, rule()) for category in range(256)])
    assert all(cover.claims.ruleOf(PAYER, PLAN, 2, category) == rule() for category in (0, 1, 254, 255))


# ---------------------------------------------------------------------- who may


def test_only_the_payer_publishes(suite, cover, stranger):
    arguments = (9, 1, plan_terms(), [], NO_ROOT, 0)
    for sender in (stranger, operator_of(SECOND_PAYER)):
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            cover.claims.publishPlan(PAYER, *arguments, {"from": sender})
    with refused("OperatorNotInStanding", operator_of(CLINIC), CLINIC, ROLE_MISSING):
        cover.claims.publishPlan(CLINIC, *arguments, by(CLINIC))
    with refused("PayerUnknown", SECOND_PAYER):
        cover.claims.publishPlan(SECOND_PAYER, *arguments, by(SECOND_PAYER))
    suspend(suite, PAYER)
    with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
        cover.claims.publishPlan(PAYER, *arguments, by(PAYER))


def test_a_version_that_waits_for_its_day_can_be_followed_by_a_later_one_only(cover):
    publish(cover, 2, plan_terms(first_day=today() + 5))
    days_later(10)
    publish(cover, 3, plan_terms(first_day=today()))
    assert cover.claims.planOf(PAYER, PLAN, 2)[0] >> 16 & 0xFFFF == today()
