"""The whole contract against the reference: claims one after the other, with all that earlier ones have used.

What is known of members is kept here in plain Python, from what the reference said, and compared with the contract's.
"""

from __future__ import annotations

from collections import defaultdict
from random import Random

import pytest

from carechain.claims.adjudication import adjudicate, denial_of_all
from carechain.claims.benefits import Benefits, Rule, Terms
from carechain.claims.judgement import Coverage, History, Met, Outcome, Review, Used
from carechain.claims.judgement import Line as JudgedLine
from carechain.claims.words import AUTHORISATION, REVIEWERS_REASONS, Parked, Reason
from tests.helpers.claims import VISIT, Claim, Cover, Line, numbered, plan_terms, rule
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PROVIDER
from tests.helpers.supply import by, today

CLAIMS = 80
PLAN = 2
FAMILY = 7
RULES = {
    1: rule(authorised=1, copay=1_500),
    2: rule(units_year=40, amount_year=900, coinsurance=1_000),
    3: rule(coinsurance=0, bundled_into=1, units_line=2),
    4: rule(units_visit=3, units_lifetime=60, amount_lifetime=2_000, allowed=4_000, copay=500, copay_out=900),
    5: rule(covered_out=0, deducted=0),
    6: rule(reviewed=1, amount_visit=150),
    8: rule(covered=0, covered_out=0),
}
"""Category 9 is in no plan."""
TERMS = {"deductible": 60_000, "family_deductible": 90_000, "out_of_pocket": 250_000, "family_out_of_pocket": 400_000}


class Ledger:
    """What was counted, as the reference tells it."""

    def __init__(self, benefits):
        self.benefits = benefits
        self.met, self.used, self.authorised = defaultdict(Met), defaultdict(Used), {}
        self.families = defaultdict(Met)

    def history(self, claim, family, provider):
        whom, units = self.authorised.get(claim.authorisation, (None, 0))
        left = {1: units} if whom == (claim.member, provider) else {}
        used = {category: self.used[claim.member, category] for category in RULES}
        return History(self.met[claim.member], self.families[family] if family else None, used, left)

    def count(self, claim, family, outcomes, by_rule):
        deductible = sum(outcome.deductible for outcome in outcomes)
        share = sum(outcome.share for outcome in outcomes)
        for of, key in ((self.met, claim.member), (self.families, family)):
            of[key] = Met(of[key].deductible + deductible, of[key].out_of_pocket + share)
        for line, outcome in zip(claim.lines, outcomes, strict=True):
            before = self.used[claim.member, line.category]
            units, paid = outcome.units, outcome.paid
            self.used[claim.member, line.category] = Used(
                before.units_period + units,
                before.amount_period + paid,
                before.units_lifetime + units,
                before.amount_lifetime + paid,
            )
            if by_rule and line.category == 1 and outcome.units:
                whom, left = self.authorised[claim.authorisation]
                self.authorised[claim.authorisation] = whom, left - outcome.units


@pytest.fixture
def cover(claims, consents):
    cover = Cover(claims, consents).open(funds=1_000_000_000)
    cover.publish(plan_terms(timely_filing=250, ceiling=90_000, member_velocity=0, **TERMS), RULES, plan=PLAN)
    cover.claims.setPayee(PAYER, SECOND_PROVIDER, by(SECOND_PROVIDER)["from"], by(SECOND_PROVIDER))
    return cover


def test_claims_one_after_the_other_are_judged_as_the_reference_judges_them(
    cover, patient, other_patient, representative
):
    chance = Random(20_260_102)
    members = {patient: (0, False), other_patient: (FAMILY, False), representative: (FAMILY, True)}
    terms = Terms.of_word(plan_terms(timely_filing=250, ceiling=90_000, member_velocity=0, **TERMS))
    ledger = Ledger(Benefits(terms, {category: Rule.of_word(word) for category, word in RULES.items()}))
    for number, (member, (family, secondary)) in enumerate(members.items(), 1):
        cover.enrol(member, plan=PLAN, family=family, secondary=secondary)
        first_day = today() - 300
        units = AUTHORISATION.most("units") if number == 2 else 700
        cover.authorise(member, 1, number, units=units, first_day=first_day, last_day=today())
        ledger.authorised[number] = (member, HOSPITAL), units
    seen = set()
    for index in range(CLAIMS):
        provider = HOSPITAL if chance.random() < 0.7 else SECOND_PROVIDER
        claim, told = some_claim(chance, index, list(members))
        family, secondary = members[claim.member]
        seen |= taken(chance, cover, ledger, claim, provider, family, secondary, told)
        view = cover.claims.coverageOf(PAYER, claim.member, 0)
        met = ledger.met[claim.member]
        assert (view["deductible"], view["outOfPocket"]) == (met.deductible, met.out_of_pocket)
        for category in (2, 4):
            used = ledger.used[claim.member, category]
            found = tuple(cover.claims.usedOf(PAYER, claim.member, 0, category))
            expected = (used.units_period, used.amount_period, used.units_lifetime, used.amount_lifetime)
            assert found == ((*expected[:2], 0, 0) if category == 2 else (0, 0, *expected[2:]))
    assert len(seen) >= 10, f"only {len(seen)} reasons were given"


def some_claim(chance, index, members):
    """A claim of a few lines, and whether it tells of other payers."""
    member = chance.choice(members)
    told = chance.random() < (0.7 if member is members[2] else 0.1)
    days_ago = chance.choice((chance.randint(1, 290), chance.randint(1, 290), 310))
    lines = []
    for _ in range(chance.randint(1, 5)):
        charge = chance.choice((0, 1, chance.randint(2, 999), chance.randint(1_000, 60_000)))
        # Whole charges for each unit: see test_the_contract_rounds_the_part_for_units_not_covered_down.
        units = chance.randint(1, 5)
        lines.append(
            Line(
                category=chance.choice((1, 1, 2, 2, 3, 4, 4, 5, 6, 8, 9) if chance.random() < 0.5 else (1, 2, 3, 4, 5)),
                charge=charge * units,
                units=100 * units,
                days_ago=days_ago - chance.randint(0, 1),
                prior_patient=chance.randint(0, charge * units) if told else 0,
            )
        )
    authorisation = chance.choice((0, members.index(member) + 1, members.index(member) + 1, 1))
    claim = Claim(member, numbered(*lines), f"claim {index}", authorisation=authorisation, prior_told=told)
    return claim, told


def taken(chance, cover, ledger, claim, provider, family, secondary, told):
    """Submits a claim, has it decided if it is parked, and compares what became of it. The reasons that were given."""
    number = cover.claims.accountOf(PAYER, provider)["claims"]
    cover.submit(claim, provider=provider)
    entry = cover.entry(number, provider)
    coverage = Coverage(today() - 300, today() + 60, secondary)
    history = ledger.history(claim, family, provider)
    lines = [JudgedLine.of_word(word) for word in entry.lines]

    def judged(review):
        denial = denial_of_all(coverage, ledger.benefits.terms, entry.day, today(), told, review is not None)
        how = {"in_network": provider == HOSPITAL, "after_others": told, "denial": denial, "review": review}
        return adjudicate(ledger.benefits, lines, history, **how), denial

    verdict, denial = judged(None)
    of_lines = {Parked.CATEGORY_UNKNOWN, Parked.REVIEWED_CATEGORY, Parked.FEE_UNLISTED} & set(entry.reasons)
    assert of_lines == (set() if denial else verdict.parked)
    assert (Parked.ABOVE_CEILING in entry.reasons) == (verdict.paid > ledger.benefits.terms.ceiling)
    words = entry.outcomes
    if not entry.settled:
        reasons = tuple(chance.choice((0, 0, 0, 0, *REVIEWERS_REASONS)) for _ in lines)
        caps = tuple(chance.randint(0, 200_000) for _ in lines) if chance.random() < 0.5 else ()
        cover.decide(number, reasons=reasons, caps=caps, provider=provider)
        denied = {place: Reason(reason) for place, reason in enumerate(reasons) if reason}
        verdict, _ = judged(Review(denied, dict(enumerate(caps))))
        words = tuple(cover.account(provider).outcomes[number])
    assert [Outcome.of_word(word) for word in words] == list(verdict.outcomes), f"claim {number} of {provider}"
    ledger.count(claim, family, verdict.outcomes, entry.settled)
    return {outcome.reason for outcome in verdict.outcomes}


def test_a_share_that_a_period_cannot_count_does_not_stop_the_claims_of_others(cover, patient, other_patient):
    """Nothing bounds it where a plan has no out-of-pocket maximum."""
    terms = plan_terms(deductible=0, family_deductible=0, out_of_pocket=0, family_out_of_pocket=0)
    cover.publish(terms, {VISIT: rule(coinsurance=10_000)}, plan=3)
    for member in (patient, other_patient):
        cover.enrol(member, plan=3)
    dear = Claim(patient, (Line(charge=(1 << 34) - 1),))
    for days in range(5):
        cover.submit(dear.earlier(10 * days), Claim(other_patient, (Line(),), f"claim {days}"))
