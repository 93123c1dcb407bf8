"""A payer's plan: what it pays, which codes fall into which of its categories, and how it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carechain.claims.benefits import UNCLASSIFIED, Benefits
from carechain.claims.categories import Categories
from carechain.claims.document import ServiceLine
from carechain.claims.fee_schedule import Fee, FeeSchedule

PLANS = (1 << 16) - 1
"""Largest number of a plan."""
CATEGORIES = UNCLASSIFIED - 1
"""Largest number of a category that a plan has a rule for."""
NO_SCHEDULE = bytes(32), 0
"""Root and size where there is no fee schedule."""


@dataclass(frozen=True)
class Publication:
    """A version of a plan, as publishPlan takes it."""

    plan: int
    version: int
    terms: int
    rules: tuple[tuple[int, int], ...]
    schedule_root: bytes
    schedule_size: int

    def arguments(self, payer: int) -> tuple[Any, ...]:
        return (
            payer,
            self.plan,
            self.version,
            self.terms,
            list(self.rules),
            self.schedule_root,
            self.schedule_size,
        )


@dataclass(frozen=True)
class Plan:
    """One version of a plan, as its file states it."""

    number: int
    """The payer's number of it."""
    name: str
    currency: str
    """ISO 4217, three letters."""
    benefits: Benefits
    names: Mapping[int, str]
    """The plan's own names of its categories, for people."""
    categories: Categories
    schedule: FeeSchedule | None = None

    def publication(self, version: int) -> Publication:
        """`version`: 1 for the first, then one more each time."""
        root, size = (self.schedule.root, self.schedule.size) if self.schedule else NO_SCHEDULE
        rules = tuple(self.benefits.rule_words())
        return Publication(self.number, version, self.benefits.terms.word(), rules, root, size)

    def category_of(self, line: ServiceLine) -> int:
        """By the procedure of a line, or else by its revenue code; UNCLASSIFIED if no category has them."""
        return self.categories.of((line.procedure, line.revenue))

    def fee_of(self, line: ServiceLine) -> Fee | None:
        """What the fee schedule has for a line; None where its category is not priced so, or it is not listed."""
        rule = self.benefits.rules.get(self.category_of(line))
        if rule is None or not rule.scheduled or self.schedule is None or line.procedure is None:
            return None
        return self.schedule.fee(line.procedure)
