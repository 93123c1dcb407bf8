"""Random claims against random plans, as the adjudication probe takes them and as the reference does."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from carechain.claims.adjudication import adjudicate, denial_of_all
from carechain.claims.benefits import Benefits, Rule, Terms
from carechain.claims.judgement import Coverage, History, Line, Met, Review, Used, Verdict
from carechain.claims.words import BENEFIT_RULE, MAX_CHARGE, OPEN, PLAN_TERMS, SERVICE_LINE, Reason

IN_NETWORK, REVIEWED, AFTER_OTHERS, OF_FAMILY = 1, 2, 4, 8
"""Flags of the probe."""
NO_CAP = (1 << 256) - 1
_REVIEWERS = (Reason.NOT_NECESSARY, Reason.DUPLICATE, Reason.NOT_SUPPORTED, Reason.NOT_FURNISHED)
_COUNTED = (1 << 128) - 1
_MET = (1 << 36) - 1


class Chance(Random):
    """Amounts that meet each other: small ones, those of a day in a clinic, and the extremes of their fields."""

    def amount(self, most: int, scale: int) -> int:
        kind = self.random()
        if kind < 0.12:
            return 0
        if kind < 0.16:
            return most
        if kind < 0.22:
            return min(most, int(self.random() * 4))
        if kind < 0.25:
            return int(self.random() * (most + 1))
        return min(most, int(self.random() * scale))

    def limit(self, most: int, scale: int, seldom: float = 0.6) -> int:
        """As `amount`, and most often none at all."""
        return 0 if self.random() < seldom else self.amount(most, scale)

    def bit(self, often: float) -> int:
        return int(self.random() < often)

    def rate(self) -> int:
        kind = self.random()
        if kind < 0.3:
            return (0, 1, 9_999, 10_000)[int(self.random() * 4)]
        return int(self.random() * 10_001)


@dataclass(frozen=True)
class RandomClaim:
    """A claim with all it is judged by."""

    benefits: Benefits
    lines: tuple[Line, ...]
    history: History
    in_network: bool
    after_others: bool
    denial: Reason
    review: Review | None
    words: list[int]
    """As the probe takes it."""

    def judged(self) -> Verdict:
        return adjudicate(
            self.benefits,
            self.lines,
            self.history,
            in_network=self.in_network,
            after_others=self.after_others,
            denial=self.denial,
            review=self.review,
        )


def random_claim(chance: Chance) -> RandomClaim:
    """Amounts of one claim are of one scale, from dust to millions, so that limits are met."""
    scale = (10, 300, 20_000, 2_000_000, MAX_CHARGE)[int(chance.random() ** 1.3 * 5)]
    terms = _terms(chance, scale)
    flags = chance.bit(0.7) * IN_NETWORK | chance.bit(0.2) * REVIEWED | chance.bit(0.2) * AFTER_OTHERS
    flags |= chance.bit(0.3) * OF_FAMILY
    met = [chance.limit(_MET, scale) for _ in range(4)]
    if not flags & OF_FAMILY:
        met[2:] = 0, 0
    after_others = bool(flags & AFTER_OTHERS)
    day = 20_000
    denial = _denial(chance, terms, day, after_others)
    categories = sorted({1 + int(chance.random() * 4) for _ in range(1 + int(chance.random() * 3))})
    words = [0, flags, denial, terms, *met]
    rules: dict[int, Rule] = {}
    used: dict[int, Used] = {}
    authorised: dict[int, int] = {}
    lines: list[Line] = []
    denied: dict[int, Reason] = {}
    caps: dict[int, int] = {}
    for category in categories:
        rule_word = _rule(chance, scale)
        rule = Rule.of_word(rule_word)
        if rule is not None:
            rules[category] = rule
        history = [chance.limit(_COUNTED, each) for each in (500, scale, 500, scale)]
        used[category] = Used(*history)
        authorised[category] = chance.limit(0xFFFFFF, 600, 0.3)
        for _ in range(1 + int(chance.random() * 3)):
            line_word = _line(chance, scale, category, day + int(chance.random() * 2), len(lines) + 1)
            why, cap = Reason.NONE, NO_CAP
            if flags & REVIEWED:
                if chance.bit(0.15):
                    denied[len(lines)] = why = _REVIEWERS[int(chance.random() * 4)]
                if chance.bit(0.3):
                    caps[len(lines)] = cap = chance.amount(MAX_CHARGE - 1, scale)
            lines.append(Line.of_word(line_word))
            words += (line_word, rule_word, *history, authorised[category], why, cap)
    words[0] = len(lines)
    return RandomClaim(
        benefits=Benefits(Terms.of_word(terms), rules),
        lines=tuple(lines),
        history=History(Met(*met[:2]), Met(*met[2:]) if flags & OF_FAMILY else None, used, authorised),
        in_network=bool(flags & IN_NETWORK),
        after_others=after_others,
        denial=denial,
        review=Review(denied, caps) if flags & REVIEWED else None,
        words=words,
    )


def _terms(chance: Chance, scale: int) -> int:
    most = PLAN_TERMS.most("deductible")
    return PLAN_TERMS.pack(
        first_day=1,
        until=OPEN,
        deductible=chance.limit(most, scale, 0.3),
        family_deductible=chance.limit(most, 2 * scale, 0.4),
        out_of_pocket=chance.limit(most, scale, 0.3),
        family_out_of_pocket=chance.limit(most, 2 * scale, 0.4),
        timely_filing=chance.limit(PLAN_TERMS.most("timely_filing"), 400),
        currency=840,
        copay_first=chance.bit(0.5),
    )


def _denial(chance: Chance, terms: int, day: int, told_of_others: bool) -> Reason:
    """Seldom one, but as the rules tell it."""
    if not chance.bit(0.15):
        return Reason.NONE
    coverage = Coverage(day + int(chance.random() * 3) - 1, day + int(chance.random() * 3) - 1, bool(chance.bit(0.3)))
    return denial_of_all(coverage, Terms.of_word(terms), day, day + int(chance.random() * 500), told_of_others)


def _rule(chance: Chance, scale: int) -> int:
    if chance.bit(0.02):
        return 0
    counts = {f"units_{name}": chance.limit(10, 6) for name in ("line", "visit", "year", "lifetime")}
    if chance.bit(0.03):
        counts = {name: BENEFIT_RULE.most(name) for name in counts}
    amounts = {
        f"amount_{name}": chance.limit(BENEFIT_RULE.most("amount_year"), 1 + scale // 100, 0.7)
        for name in ("visit", "year", "lifetime")
    }
    copay = BENEFIT_RULE.most("copay")
    return BENEFIT_RULE.pack(
        known=1,
        covered=chance.bit(0.95),
        covered_out=chance.bit(0.85),
        authorised=chance.bit(0.2),
        scheduled=chance.bit(0.3),
        deducted=chance.bit(0.7),
        reviewed=chance.bit(0.1),
        coinsurance=chance.rate(),
        coinsurance_out=chance.rate(),
        copay=chance.limit(copay, scale // 4 + 1, 0.4),
        copay_out=chance.limit(copay, scale // 4 + 1, 0.4),
        allowed=chance.limit(BENEFIT_RULE.most("allowed"), scale, 0.5),
        out_rate=chance.rate(),
        bundled_into=chance.limit(4, 5, 0.75),
        **counts,
        **amounts,
    )


def _line(chance: Chance, scale: int, category: int, day: int, number: int) -> int:
    charge = chance.amount(MAX_CHARGE - 1, scale)
    units = 100 * (1 + int(chance.random() * 6)) if chance.bit(0.5) else max(1, chance.amount(0xFFFFFF, 900))
    return SERVICE_LINE.pack(
        charge=charge,
        allowed=chance.limit(MAX_CHARGE - 1, scale, 0.3),
        prior_patient=chance.amount(charge, charge + 1),
        units=units,
        entry=number,
        day=day,
        number=number,
        category=category,
    )
