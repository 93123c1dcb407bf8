"""Plans as payers write them: YAML files. examples/plans/ppo.yaml explains every field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carechain import strict_yaml
from carechain.claims.benefits import WHOLE, Benefits, Most, Rule, Terms
from carechain.claims.categories import Categories, Span, plain
from carechain.claims.currencies import NUMBERS
from carechain.claims.fee_schedule import FeeSchedule, key_path, read_key
from carechain.claims.plan import CATEGORIES, PLANS, Plan
from carechain.claims.plan_section import MEND, Section
from carechain.claims.words import BENEFIT_RULE, PLAN_TERMS
from carechain.errors import CarechainError

_SYSTEMS = ("hcpcs", "revenue", "cdt", "ndc", "hipps", "hiec", "abc", "jurisdiction")
_PLAN = (
    "number",
    "name",
    "currency",
    "in_force_from",
    "deductible",
    "out_of_pocket",
    "copay_first",
    "timely_filing_days",
    "settled_up_to",
    "weekly_claims_of_member",
    "daily_claims_of_provider",
    "fee_schedule",
    "categories",
)
_SHARED = ("individual", "family")
_ALWAYS = ("number", "name", "codes", "covered")
_BENEFITS = (
    "copay",
    "coinsurance",
    "deductible",
    "allowed",
    "fee_schedule",
    "at_most",
    "authorisation",
    "reviewed",
    "bundled_into",
    "out_of_network",
)
_OUT = ("copay", "coinsurance", "allowed")
_SPANS = ("line", "visit", "period", "lifetime")


def load_plan(path: Path, schedule_key: bytes | None = None) -> Plan:
    """The plan of a file, with the fee schedule that it names. The schedule's key lies beside it unless it is given.

    Raises CarechainError naming the field that is wrong.
    """
    return _PlanFile(path, schedule_key).plan()


class _PlanFile:
    def __init__(self, path: Path, schedule_key: bytes | None) -> None:
        self._path, self._key = path, schedule_key
        self._file = Section(str(path), strict_yaml.load(path, MEND), _PLAN, ": ")
        self._currency = self._file.text("currency")
        if self._currency not in NUMBERS:
            raise self._file.refuse("currency", "is not a currency of ISO 4217 in use", "write its three letters")
        self._schedule = self._load_schedule()

    def plan(self) -> Plan:
        terms = self._terms()
        entries = self._file.value("categories")
        if not isinstance(entries, list) or not entries:
            raise self._file.refuse("categories", "is not a list of categories")
        rules: dict[int, Rule] = {}
        names: dict[int, str] = {}
        categories = Categories()
        places: dict[int, Section] = {}
        for index, entry in enumerate(entries):
            section = Section(self._file.at(f"categories[{index}]"), entry, _ALWAYS + _BENEFITS)
            number = section.number("number", CATEGORIES)
            if number in rules:
                raise section.refuse(
                    "number", "is that of a category before", "give every category a number of its own"
                )
            names[number] = section.text("name")
            rules[number] = self._rule(section)
            places[number] = section
            _add_codes(section, categories, number)
        _require_order(rules, places)
        return Plan(
            number=self._file.number("number", PLANS),
            name=self._file.text("name"),
            currency=self._currency,
            benefits=Benefits(terms, dict(sorted(rules.items()))),
            names=dict(sorted(names.items())),
            categories=categories,
            schedule=self._schedule,
        )

    # ------------------------------------------------------------------ the plan

    def _load_schedule(self) -> FeeSchedule | None:
        if "fee_schedule" not in self._file:
            return None
        file = self._path.parent / self._file.text("fee_schedule")
        key = read_key(key_path(file)) if self._key is None else self._key
        return FeeSchedule.load(file, key, self._currency)

    def _terms(self) -> Terms:
        file = self._file
        deductible, family_deductible = self._shared("deductible", "family_deductible")
        out_of_pocket, family_out_of_pocket = self._shared("out_of_pocket", "family_out_of_pocket")
        if out_of_pocket is not None and deductible is not None and out_of_pocket < deductible:
            raise file.refuse(
                "out_of_pocket.individual", "is below the deductible", "raise it, or lower the deductible"
            )
        if family_out_of_pocket is not None and (family_deductible or 0) > family_out_of_pocket:
            raise file.refuse("out_of_pocket.family", "is below the deductible", "raise it, or lower the deductible")
        return Terms(
            first_day=file.day("in_force_from"),
            currency=NUMBERS[self._currency],
            ceiling=file.amount("settled_up_to", self._currency, PLAN_TERMS.most("ceiling")),
            deductible=deductible or 0,
            family_deductible=family_deductible,
            out_of_pocket=out_of_pocket,
            family_out_of_pocket=family_out_of_pocket,
            copay_first=file.flag("copay_first", False),
            timely_filing=file.optional_number("timely_filing_days", PLAN_TERMS.most("timely_filing")),
            member_velocity=file.optional_number("weekly_claims_of_member", PLAN_TERMS.most("member_velocity") - 1),
            provider_velocity=file.optional_number(
                "daily_claims_of_provider", PLAN_TERMS.most("provider_velocity") - 1
            ),
        )

    def _shared(self, name: str, family_field: str) -> tuple[int | None, int | None]:
        """What holds for each member, and for a family together."""
        section = self._file.section(name, _SHARED)
        if section is None:
            return None, None
        individual = section.optional_amount("individual", self._currency, PLAN_TERMS.most(name))
        family = section.optional_amount("family", self._currency, PLAN_TERMS.most(family_field))
        if family is not None and family < (individual or 0):
            raise section.refuse("family", "is below that of one member", "raise it")
        if individual is None and name == "deductible":
            # The contract takes the smaller of the two, and that of a member would be nothing.
            raise section.refuse("individual", "is missing", "a family's deductible needs that of each member")
        return individual, family

    # ------------------------------------------------------------------ a category

    def _rule(self, section: Section) -> Rule:
        if not section.flag("covered", True):
            if any(field in section for field in _BENEFITS):
                raise section.refuse("covered", "is false, and there are benefits", "leave out the one or the others")
            return Rule(covered=False, deducted=False)
        out = section.section("out_of_network", _OUT) if "out_of_network" in section else None
        currency = self._currency
        return Rule(
            covered_out=out is not None,
            authorised=section.flag("authorisation", False),
            scheduled=self._is_scheduled(section),
            deducted=section.flag("deductible", True),
            reviewed=section.flag("reviewed", False),
            coinsurance=section.rate("coinsurance", 0),
            coinsurance_out=out.rate("coinsurance", 0) if out else 0,
            copay=section.optional_amount("copay", currency, BENEFIT_RULE.most("copay")) or 0,
            copay_out=(out.optional_amount("copay", currency, BENEFIT_RULE.most("copay_out")) or 0) if out else 0,
            allowed=section.optional_amount("allowed", currency, BENEFIT_RULE.most("allowed")),
            out_rate=out.rate("allowed", WHOLE) if out else WHOLE,
            bundled_into=section.optional_number("bundled_into", CATEGORIES),
            **self._limits(section),
        )

    def _is_scheduled(self, section: Section) -> bool:
        scheduled = section.flag("fee_schedule", False)
        if scheduled and self._schedule is None:
            raise section.refuse("fee_schedule", "is true, and the plan names no fee schedule", "name its file")
        if scheduled and "allowed" in section:
            raise section.refuse("allowed", "stands beside the fee schedule", "leave out one of the two")
        return scheduled

    def _limits(self, section: Section) -> dict[str, Any]:
        limits = section.section("at_most", _SPANS)
        if limits is None:
            return {}
        line = limits.section("line", ("units",))
        found: dict[str, Any] = {"units_line": line.units("units", BENEFIT_RULE.most("units_line")) if line else None}
        for name, field in (("visit", "visit"), ("period", "year"), ("lifetime", "lifetime")):
            most = limits.section(name, ("units", "amount"))
            if most is not None:
                found[name] = Most(
                    most.units("units", BENEFIT_RULE.most(f"units_{field}")),
                    most.coarse_amount("amount", self._currency, BENEFIT_RULE.most(f"amount_{field}")),
                )
        return found


def _add_codes(section: Section, categories: Categories, number: int) -> None:
    codes = section.value("codes")
    if not isinstance(codes, dict) or not codes:
        raise section.refuse("codes", "does not name code systems", MEND)
    for system, spans in codes.items():
        place = section.at(f"codes.{system}")
        if not isinstance(system, str) or (system not in _SYSTEMS and ":" not in system):
            raise section.refuse(
                "codes", "has a code system that is not known", f"name {', '.join(_SYSTEMS)}, or the address of another"
            )
        if not isinstance(spans, list) or not spans or not all(isinstance(span, str) for span in spans):
            raise CarechainError(place, "is not a list of texts", "write codes in quotes, so that 0450 stays 0450")
        for index, span in enumerate(spans):
            at = f"{place}[{index}]"
            # Each end of a span as codes are compared with it: a revenue code may lack its first zero.
            ends = "-".join(plain(system, end) for end in span.split("-"))
            categories.add(system, Span.parse(ends, at), number, at)


def _require_order(rules: Mapping[int, Rule], places: Mapping[int, Section]) -> None:
    """What is bundled leads to a category of the plan that is paid by itself."""
    for number, rule in rules.items():
        seen = {number}
        into = rule.bundled_into
        if into is not None and into not in rules:
            raise places[number].refuse("bundled_into", "is no category of the plan", "add it, or name another")
        while into is not None:
            if into in seen:
                raise places[number].refuse("bundled_into", "leads back to itself", "let one of them be paid by itself")
            seen.add(into)
            into = rules[into].bundled_into if into in rules else None
