"""Contract and reference judge claims alike, whatever the plan, the claim and what was used before."""

from __future__ import annotations

from carechain.claims.words import LINE_OUTCOME
from tests.helpers.flat_calls import flat_call
from tests.helpers.random_claims import Chance, random_claim

CLAIMS = 100_000
AT_ONCE = 400
SEED = 20_260_101


def test_contract_and_reference_judge_a_hundred_thousand_claims_alike(probe):
    chance = Chance(SEED)
    seen = set()
    for start in range(0, CLAIMS, AT_ONCE):
        claims = [random_claim(chance) for _ in range(AT_ONCE)]
        found = iter(flat_call(probe, "judge", [word for claim in claims for word in claim.words]))
        for place, claim in enumerate(claims, start):
            verdict = claim.judged()
            judged = [next(found) for _ in claim.lines]
            expected = [outcome.word() for outcome in verdict.outcomes]
            assert judged == expected, f"claim {place}: {_difference(claim, judged, verdict)}"
            _require_sound(claim, verdict, place)
            seen.update(outcome.reason for outcome in verdict.outcomes)
    assert len(seen) == 16, "some reason was never given"


def _require_sound(claim, verdict, place):
    """What holds for every claim."""
    terms, met, family = claim.benefits.terms, claim.history.met, claim.history.family_met
    for line, outcome in zip(claim.lines, verdict.outcomes, strict=True):
        parts = (outcome.paid, outcome.contractual, outcome.deductible, outcome.copay, outcome.coinsurance)
        assert min(*parts, outcome.prior, outcome.other) >= 0, f"claim {place}: an amount is negative"
        assert outcome.total == line.charge, f"claim {place}: the charge is not the sum of its parts"
        assert outcome.units <= line.units, f"claim {place}: more units are covered than were furnished"
    if terms.out_of_pocket is not None:
        assert verdict.share <= max(0, terms.out_of_pocket - met.out_of_pocket), f"claim {place}: out of pocket"
    if family is not None and terms.family_out_of_pocket is not None:
        assert verdict.share <= max(0, terms.family_out_of_pocket - family.out_of_pocket), f"claim {place}: family"
    deductible = sum(outcome.deductible for outcome in verdict.outcomes)
    assert deductible <= max(0, terms.deductible - met.deductible), f"claim {place}: deductible"
    for category, rule in claim.benefits.rules.items():
        _require_within_limits(claim, verdict, category, rule, place)


def _require_within_limits(claim, verdict, category, rule, place):
    of_category = [
        outcome for line, outcome in zip(claim.lines, verdict.outcomes, strict=True) if line.category == category
    ]
    units = sum(outcome.units for outcome in of_category)
    paid = sum(outcome.paid for outcome in of_category)
    used = claim.history.used[category]
    assert sum(outcome.copay for outcome in of_category) <= (rule.copay if claim.in_network else rule.copay_out)
    for most, used_units, used_amount in (
        (rule.visit, 0, 0),
        (rule.period, used.units_period, used.amount_period),
        (rule.lifetime, used.units_lifetime, used.amount_lifetime),
    ):
        assert most.units is None or units <= max(0, most.units - used_units), f"claim {place}: units"
        assert most.amount is None or paid <= max(0, most.amount - used_amount), f"claim {place}: amounts"
    if claim.review is None:
        assert not rule.authorised or units <= claim.history.authorised[category], f"claim {place}: authorised"
        if rule.units_line is not None:
            assert all(outcome.units <= rule.units_line for outcome in of_category), f"claim {place}: units of a line"


def _difference(claim, judged, verdict):
    """The first line about which they differ."""
    for line, word, outcome in zip(claim.lines, judged, verdict.outcomes, strict=True):
        if word != outcome.word():
            return f"\n{line}\ncontract {LINE_OUTCOME.unpack(word)}\nreference {LINE_OUTCOME.unpack(outcome.word())}"
    return "none"
