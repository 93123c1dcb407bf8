"""A claim judged by the reference and by the contract, which must agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from carechain.claims.adjudication import adjudicate
from carechain.claims.benefits import Benefits, Rule, Terms
from carechain.claims.judgement import History, Line, Outcome, Review, Used
from carechain.claims.words import SERVICE_LINE, Reason
from tests.helpers.flat_calls import flat_call
from tests.helpers.random_claims import AFTER_OTHERS, IN_NETWORK, NO_CAP, OF_FAMILY, REVIEWED

USD = 840
DAY = 20_000
FREE = Rule(deducted=False)
"""Pays all that is charged."""


def line(
    charge: int = 10_000,
    category: int = 1,
    units: int = 100,
    day: int = DAY,
    price: int | None = None,
    left: int = 0,
) -> Line:
    """A line, of 100.00 for one unit of category 1 unless told otherwise."""
    return Line(category, day, units, charge, price, left)


class TwoJudges:
    """Judges by both, and tells what they agree on."""

    def __init__(self, probe: Any) -> None:
        self._probe = probe

    def __call__(
        self,
        lines: Line | Sequence[Line],
        rules: Rule | Mapping[int, Rule],
        history: History | None = None,
        *,
        in_network: bool = True,
        after_others: bool = False,
        denial: Reason = Reason.NONE,
        review: Review | None = None,
        **terms: Any,
    ) -> list[Outcome]:
        """Of a rule alone it is that of category 1. `terms` are those of Terms."""
        lines = [lines] if isinstance(lines, Line) else list(lines)
        rules = {1: rules} if isinstance(rules, Rule) else rules
        benefits = Benefits(Terms(first_day=1, currency=USD, ceiling=0, **terms), rules)
        history = history or History()
        how = {"in_network": in_network, "after_others": after_others, "denial": denial, "review": review}
        verdict = adjudicate(benefits, lines, history, **how)
        found = flat_call(self._probe, "judge", probe_words(benefits, lines, history, **how))
        assert [Outcome.of_word(word) for word in found] == list(verdict.outcomes), "contract and reference differ"
        return list(verdict.outcomes)

    def one(self, *arguments: Any, **named: Any) -> Outcome:
        """Of a claim of one line."""
        (outcome,) = self(*arguments, **named)
        return outcome


def probe_words(
    benefits: Benefits,
    lines: Sequence[Line],
    history: History,
    *,
    in_network: bool,
    after_others: bool,
    denial: Reason,
    review: Review | None,
) -> list[int]:
    """The claim as AdjudicationProbe takes it."""
    family = history.family_met
    flags = IN_NETWORK * in_network | AFTER_OTHERS * after_others
    flags |= REVIEWED * (review is not None) | OF_FAMILY * (family is not None)
    met = (history.met.deductible, history.met.out_of_pocket)
    met += (family.deductible, family.out_of_pocket) if family else (0, 0)
    words = [len(lines), flags, denial, benefits.terms.word(), *met]
    for place, line in enumerate(lines):
        rule = benefits.rules.get(line.category)
        used = history.used.get(line.category, Used())
        words += (line_word(line, place + 1), rule.word() if rule else 0)
        words += (used.units_period, used.amount_period, used.units_lifetime, used.amount_lifetime)
        words.append(history.authorised.get(line.category, 0))
        words.append(review.denied.get(place, Reason.NONE) if review else Reason.NONE)
        words.append(review.caps.get(place, NO_CAP) if review else NO_CAP)
    return words


def line_word(line: Line, number: int = 1) -> int:
    return SERVICE_LINE.pack(
        charge=line.charge,
        allowed=line.price or 0,
        prior_patient=line.prior_patient,
        units=line.units,
        day=line.day,
        number=number,
        category=line.category,
    )
