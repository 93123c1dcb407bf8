"""What the contract answers about what it does not know: nothing, and no error."""

from __future__ import annotations

import brownie
from claim_acts import NOBODY, NOTHING, days_later, decided, visit

from carechain.merkle_log import EMPTY_ROOT
from tests.helpers.claims import PHYSIOTHERAPY, PLAN, VISIT, plan_terms
from tests.helpers.suite import CLINIC, HOSPITAL, PAYER, SECOND_PAYER
from tests.helpers.supply import DAY, operator_of, today

UNKNOWN = 4_000_000_000
"""Of no organisation."""


def test_unknown_accounts_are_empty(claims, opened):
    for payer, provider in ((UNKNOWN, HOSPITAL), (PAYER, UNKNOWN), (0, 0)):
        assert claims.accountOf(payer, provider) == (0, NOBODY, 0, 0, 0, 0, False)
        assert claims.logOf(payer, provider) == (0, "0x" + EMPTY_ROOT.hex())
        assert claims.caseOf(payer, provider, 0) == (0, 0, 0, 0, 0, 0, 0, 0, False, False, False, False, NOTHING)


def test_unknown_payers_have_nothing(claims, opened, member):
    for payer in (UNKNOWN, SECOND_PAYER, 0):
        assert claims.reserveOf(payer) == (NOBODY, 0, 0, 0, 0, 0, (0, 0, 0, 0, 0))
        assert claims.planVersions(payer, PLAN) == 0
        assert claims.planOf(payer, PLAN, 1) == (0, NOTHING, 0)
        assert claims.ruleOf(payer, PLAN, 1, VISIT) == 0
        assert claims.coverageOf(payer, member, 0) == (0, 0, 0, 0, False, 0, 0, 0, 0)
        assert claims.usedOf(payer, member, 0, PHYSIOTHERAPY) == (0, 0, 0, 0)
        assert claims.authorisationOf(payer, 1) == 0
        assert claims.reviewerKindOf(payer, HOSPITAL) == 0


def test_unknown_members_periods_versions_and_categories_have_nothing(claims, opened, member, stranger):
    for person, period in ((stranger, 0), (member, 1), (member, 255)):
        assert claims.coverageOf(PAYER, person, period)[:5] == (0, 0, 0, 0, False)
    for plan, version in ((PLAN, 0), (PLAN, 2), (PLAN, 255), (0, 1)):
        assert claims.planOf(PAYER, plan, version) == (0, NOTHING, 0)
    assert claims.ruleOf(PAYER, PLAN, 1, 255) == 0


def test_an_account_tells_all_that_is_known_of_it(cover, member):
    cover.submit(visit(member))
    cover.void()
    network = today() - 400, today() + 400
    assert cover.claims.accountOf(PAYER, HOSPITAL) == (1, operator_of(HOSPITAL), 7_500, 0, *network, False)
    assert cover.claims.accountOf(PAYER, CLINIC) == (0, NOBODY, 0, 0, 0, 0, False)


def test_a_claim_that_was_settled_by_rule_has_no_case(cover, member):
    cover.submit(visit(member))
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0) == (0, 0, 0, 0, 0, 0, 0, 0, False, False, False, False, NOTHING)


def test_the_outcomes_of_a_decision_are_answered_by_their_hash(cover, member):
    decided(cover, member)
    words = b"".join(word.to_bytes(32) for word in cover.account().outcomes[0])
    expected = "0x" + bytes(brownie.web3.keccak(words)).hex()
    assert cover.claims.caseOf(PAYER, HOSPITAL, 0)["outcomes"] == expected


def test_terms_of_the_whole_are_answered(claims, opened, participants, consents):
    assert claims.WITHDRAWAL_DELAY() == 14 * DAY
    assert claims.REFUND_LIMIT() == 730 * DAY
    assert (claims.participants(), claims.consents()) == (participants, consents)


def test_answers_stay_while_time_passes(cover, member):
    cover.submit(visit(member))
    before = cover.claims.coverageOf(PAYER, member, 0), cover.claims.planOf(PAYER, PLAN, 1)
    days_later(1_000)
    assert (cover.claims.coverageOf(PAYER, member, 0), cover.claims.planOf(PAYER, PLAN, 1)) == before
    assert before[1][0] & 0xFFFF == plan_terms(first_day=today() - 1_400) & 0xFFFF
