"""The packed words of claims: contract and Python read and write the same, and each setter leaves every other field."""

import random

import pytest
from brownie.exceptions import VirtualMachineError
from eth_utils import to_checksum_address

from carechain.claims.words import (
    AUTHORISATION,
    BENEFIT_RULE,
    CLAIM_CASE,
    CLAIM_TERMS,
    COVERAGE,
    LINE_OUTCOME,
    OPEN,
    PLAN_TERMS,
    PROVIDER_TERMS,
    RESERVE,
    SERVICE_LINE,
)
from carechain.errors import CarechainError
from tests.helpers.suite import compiled

LAYOUTS = {
    "claimTermsOf": CLAIM_TERMS,
    "serviceLineOf": SERVICE_LINE,
    "lineOutcomeOf": LINE_OUTCOME,
    "planTermsOf": PLAN_TERMS,
    "benefitRuleOf": BENEFIT_RULE,
    "coverageOf": COVERAGE,
    "reserveOf": RESERVE,
    "providerTermsOf": PROVIDER_TERMS,
    "authorisationOf": AUTHORISATION,
    "claimCaseOf": CLAIM_CASE,
}
BITS = {"providerTermsOf": 192}
"""Of words that are shorter than 256."""
MARK = 25
"""Bits of a mark in a coverage."""
BENEFITS_AT_MOST = ("coinsurance", "coinsurance_out", "out_rate")


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("ClaimWordsProbe").deploy({"from": deployer})


@pytest.fixture
def chosen(request):
    """Chance, another for each test and the same on every run."""
    return random.Random(request.node.name)


def words(chosen, bits=256, count=20):
    """The least, the most, and any words."""
    return [0, (1 << bits) - 1, *(chosen.getrandbits(bits) for _ in range(count))]


def values(chosen, layout):
    """A value for each field: the least, the most, or any."""
    fields = layout.unpack(0)
    return {name: chosen.choice((0, layout.most(name), chosen.randint(0, layout.most(name)))) for name in fields}


def written(layout, word, **changes):
    """The word with some fields changed, and nothing else."""
    kept = word & ~layout.pack(**{name: layout.most(name) for name in changes})
    return kept | layout.pack(**changes)


def read(probe, function, word):
    """What the contract reads, in the order of the layout."""
    found = list(getattr(probe, function)(word))
    return [*found, probe.bundledInto(word)] if function == "benefitRuleOf" else found


# ---------------------------------------------------------------------- every word


@pytest.mark.parametrize("function", LAYOUTS)
def test_contract_and_python_read_every_field_alike(probe, chosen, function):
    for word in words(chosen, BITS.get(function, 256)):
        assert read(probe, function, word) == list(LAYOUTS[function].unpack(word).values())


@pytest.mark.parametrize("function", LAYOUTS)
def test_the_contract_reads_what_python_packs(probe, chosen, function):
    layout = LAYOUTS[function]
    for _ in range(10):
        fields = values(chosen, layout)
        assert read(probe, function, layout.pack(**fields)) == list(fields.values())


@pytest.mark.parametrize("function", LAYOUTS)
def test_a_value_that_does_not_fit_its_field_is_refused(function):
    layout = LAYOUTS[function]
    for name in layout.unpack(0):
        for value in (-1, layout.most(name) + 1):
            with pytest.raises(CarechainError, match=rf"{layout.name}\.{name} does not fit"):
                layout.pack(**{name: value})


# ---------------------------------------------------------------------- what a claim says


def test_terms_of_a_claim_are_well_formed_without_bits_that_mean_nothing(probe):
    full = CLAIM_TERMS.pack(**{name: CLAIM_TERMS.most(name) for name in CLAIM_TERMS.unpack(0)})
    assert probe.isClaimTerms(0)
    assert probe.isClaimTerms(full)
    for bit in range(252, 256):
        assert not probe.isClaimTerms(full | 1 << bit)


def test_a_line_is_well_formed_with_units_a_number_and_no_more_left_than_charged(probe):
    line = {"charge": 5, "units": 1, "number": 1, "prior_patient": 5}
    assert probe.isServiceLine(SERVICE_LINE.pack(**line))
    for change in ({"units": 0}, {"number": 0}, {"prior_patient": 6}):
        assert not probe.isServiceLine(SERVICE_LINE.pack(**{**line, **change}))
    for bit in (184, 200, 255):
        assert not probe.isServiceLine(SERVICE_LINE.pack(**line) | 1 << bit)


def test_an_outcome_is_made_of_its_fields(probe, chosen):
    for _ in range(20):
        fields = values(chosen, LINE_OUTCOME)
        assert probe.makeLineOutcome(list(fields.values())) == LINE_OUTCOME.pack(**fields)


def test_a_denied_outcome_has_all_of_the_charge_as_not_paid(probe, chosen):
    for charge in (0, 1, (1 << 34) - 1, chosen.getrandbits(34)):
        for reason in range(16):
            assert probe.makeDenied(charge, reason) == LINE_OUTCOME.pack(other=charge, reason=reason)


def test_share_and_total_of_an_outcome_are_sums_of_its_fields(probe, chosen):
    for word in words(chosen):
        fields = LINE_OUTCOME.unpack(word)
        share = fields["deductible"] + fields["coinsurance"] + fields["copay"]
        total = share + sum(fields[name] for name in ("paid", "contractual", "prior", "other"))
        assert probe.lineOutcomeSums(word) == (share, total)


# ---------------------------------------------------------------------- what a plan says


def test_terms_of_a_plan_are_well_formed_with_a_first_day_no_last_one_and_a_currency(probe):
    terms = {"first_day": 1, "until": OPEN, "currency": 1}
    assert probe.isPlanTerms(PLAN_TERMS.pack(**terms))
    for change in ({"first_day": 0}, {"until": OPEN - 1}, {"currency": 0}):
        assert not probe.isPlanTerms(PLAN_TERMS.pack(**{**terms, **change}))
    for bit in (239, 255):
        assert not probe.isPlanTerms(PLAN_TERMS.pack(**terms) | 1 << bit)


def test_the_end_of_a_plan_leaves_its_other_terms(probe, chosen):
    for word in words(chosen):
        until = chosen.getrandbits(16)
        assert probe.planEndedOn(word, until) == written(PLAN_TERMS, word, until=until)


def test_a_rule_is_well_formed_with_rates_up_to_a_whole(probe):
    rule = {"known": 1, "coinsurance": 10_000, "coinsurance_out": 10_000, "out_rate": 10_000, "bundled_into": 255}
    assert probe.isBenefitRule(BENEFIT_RULE.pack(**rule))
    assert not probe.isBenefitRule(BENEFIT_RULE.pack(**{**rule, "known": 0}))
    for rate in BENEFITS_AT_MOST:
        assert not probe.isBenefitRule(BENEFIT_RULE.pack(**{**rule, rate: 10_001}))
    for bit in (7, 254, 255):
        assert not probe.isBenefitRule(BENEFIT_RULE.pack(**rule) | 1 << bit)


# ---------------------------------------------------------------------- what a payer knows


def test_a_coverage_is_made_of_its_terms_and_nothing_met(probe, chosen):
    for secondary in (False, True):
        for days in (0, 365, chosen.randint(0, 365)):
            plan, first_day, family = (chosen.getrandbits(bits) for bits in (16, 15, 32))
            fields = {"plan": plan, "first_day": first_day, "days": days, "family": family, "secondary": secondary}
            assert probe.makeCoverage(plan, first_day, first_day + days, family, secondary) == COVERAGE.pack(**fields)


def test_amending_a_coverage_leaves_its_other_fields(probe, chosen):
    for word in words(chosen):
        days, secondary = chosen.randint(0, 365), chosen.getrandbits(1)
        expected = written(COVERAGE, word, days=days, secondary=secondary)
        assert probe.coverageWithTerms(word, COVERAGE.unpack(word)["first_day"] + days, secondary) == expected


def test_what_is_met_is_counted_up_and_off_again_and_leaves_the_other_fields_of_a_coverage(probe, chosen):
    for word in words(chosen):
        before = COVERAGE.unpack(word)
        deductible = chosen.randint(0, COVERAGE.most("deductible") - before["deductible"])
        share = chosen.randint(0, COVERAGE.most("out_of_pocket") - before["out_of_pocket"])
        met = {"deductible": before["deductible"] + deductible, "out_of_pocket": before["out_of_pocket"] + share}
        more = probe.coverageWithMore(word, deductible, share)
        assert more == written(COVERAGE, word, **met)
        assert probe.coverageWithLess(more, deductible, share) == word


def test_more_out_of_pocket_than_a_coverage_holds_is_counted_as_the_most(probe):
    most = COVERAGE.most("out_of_pocket")
    full = COVERAGE.pack(out_of_pocket=most)
    assert probe.coverageWithMore(full, 0, most) == full
    assert probe.coverageWithLess(COVERAGE.pack(out_of_pocket=1), 0, 2) == 0


def test_claims_of_a_member_are_counted_by_week_up_to_255_and_the_last_four_are_marked(probe, chosen):
    for word in words(chosen):
        before, mark = COVERAGE.unpack(word), chosen.randint(1, (1 << MARK) - 1)
        marks = before["marks"] << MARK & COVERAGE.most("marks") | mark
        same = probe.coverageWithClaim(word, before["week"], mark)
        assert same == written(COVERAGE, word, claims=min(255, before["claims"] + 1), marks=marks)
        other = (before["week"] + 1) % 256
        assert probe.coverageWithClaim(word, other, mark) == written(COVERAGE, word, week=other, claims=1, marks=marks)


def test_the_mark_of_a_claim_that_was_taken_back_is_gone_and_no_other(probe, chosen):
    for place in range(4):
        marks = [chosen.randint(1, (1 << MARK) - 1) for _ in range(4)]
        held = sum(mark << (MARK * at) for at, mark in enumerate(marks))
        word = COVERAGE.pack(plan=1, week=255, claims=255, marks=held)
        left = held ^ (marks[place] << (MARK * place))
        assert probe.coverageWithoutMark(word, marks[place]) == written(COVERAGE, word, marks=left)
        assert probe.coverageWithoutMark(word, max(marks) + 1) == word


def test_a_reserve_is_made_of_token_and_scale(probe, chosen):
    token, scale = chosen.getrandbits(160), chosen.getrandbits(6)
    made = probe.makeReserve(to_checksum_address(token.to_bytes(20)), scale)
    assert made == RESERVE.pack(token=token, scale=scale)


def test_funds_leave_token_and_scale_of_a_reserve(probe, chosen):
    for word in words(chosen):
        funds = chosen.getrandbits(45)
        for encumbered in (0, funds, chosen.randint(0, funds)):
            expected = written(RESERVE, word, funds=funds, encumbered=encumbered)
            assert probe.reserveWithFunds(word, funds, encumbered) == expected


def test_no_more_is_encumbered_than_there_is_and_no_reserve_holds_too_much(probe):
    for funds in ((1, 2), (1 << 45, 0)):
        with pytest.raises(VirtualMachineError):
            probe.reserveWithFunds(0, *funds)


def test_a_network_leaves_the_other_fields_of_a_provider(probe, chosen):
    for word in words(chosen, 192):
        first_day, last_day = chosen.getrandbits(16), chosen.getrandbits(16)
        expected = written(PROVIDER_TERMS, word, first_day=first_day, last_day=last_day)
        assert probe.providerWithNetwork(word, first_day, last_day) == expected


def test_barring_leaves_the_other_fields_of_a_provider(probe, chosen):
    for word in words(chosen, 192):
        for barred in (False, True):
            assert probe.providerWithBarred(word, barred) == written(PROVIDER_TERMS, word, barred=barred)


def test_claims_of_a_provider_are_counted_by_day_up_to_65535(probe, chosen):
    for _ in range(20):
        before = values(chosen, PROVIDER_TERMS)
        word = PROVIDER_TERMS.pack(**before)
        same = probe.providerWithClaim(word, before["day"])
        assert same == written(PROVIDER_TERMS, word, claims=min(65_535, before["claims"] + 1))
        other = (before["day"] + 1) % 65_536
        assert probe.providerWithClaim(word, other) == written(PROVIDER_TERMS, word, day=other, claims=1)


def test_an_authorisation_is_made_of_its_fields(probe, chosen):
    for _ in range(10):
        fields = values(chosen, AUTHORISATION)
        member, *others = fields.values()
        made = probe.makeAuthorisation(to_checksum_address(member.to_bytes(20)), others)
        assert made == AUTHORISATION.pack(**fields)


def test_units_leave_the_other_fields_of_an_authorisation(probe, chosen):
    for word in words(chosen):
        units = chosen.getrandbits(24)
        assert probe.authorisationWithUnits(word, units) == written(AUTHORISATION, word, units=units)


# ---------------------------------------------------------------------- where a claim stands


def test_a_case_is_made_of_its_stage_reasons_deadlines_and_what_it_holds(probe, chosen):
    fields = {
        name: chosen.randint(0, CLAIM_CASE.most(name))
        for name in ("stage", "reasons", "deadline", "pay_by", "encumbered")
    }
    assert probe.makeClaimCase(list(fields.values())) == CLAIM_CASE.pack(**fields)


def test_each_setter_of_a_case_leaves_every_other_field(probe, chosen):
    for word in words(chosen, count=8):
        stage, deadline, pay_by, encumbered = (chosen.getrandbits(bits) for bits in (8, 40, 40, 36))
        for found, changes in (
            (probe.caseWithStage(word, stage, deadline), {"stage": stage, "deadline": deadline}),
            (probe.caseWithPayBy(word, pay_by), {"pay_by": pay_by}),
            (probe.caseWithEncumbered(word, encumbered), {"encumbered": encumbered}),
            (probe.caseWithRefund(word, True), {"refund": 1}),
            (probe.caseWithRefund(word, False), {"refund": 0}),
            (probe.caseWithConfirmed(word), {"confirmed": 1, "disputed": 0}),
            (probe.caseWithDisputed(word), {"confirmed": 0, "disputed": 1}),
            (probe.caseWithReplaced(word), {"replaced": 1}),
        ):
            assert found == written(CLAIM_CASE, word, **changes)


def test_a_case_has_a_first_reviewer_then_a_second_and_then_a_third(probe, chosen):
    for word in words(chosen, count=8):
        reviewer = chosen.getrandbits(32)
        alone = written(CLAIM_CASE, word, first_reviewer=0)
        assert probe.caseWithReviewer(alone, reviewer) == written(CLAIM_CASE, alone, first_reviewer=reviewer)
        after = written(CLAIM_CASE, word, first_reviewer=7, second_reviewer=0)
        assert probe.caseWithReviewer(after, reviewer) == written(CLAIM_CASE, after, second_reviewer=reviewer)
        third = written(CLAIM_CASE, word, first_reviewer=7, second_reviewer=8)
        assert probe.caseWithReviewer(third, reviewer) == written(CLAIM_CASE, third, third_reviewer=reviewer)
