"""Plans, claims and numbers as test_claims_are_paid_once.py draws them: few and small, so that they meet each other."""

from __future__ import annotations

from random import Random
from typing import Any

from carechain.claims.words import (
    AUTHORISATION,
    BENEFIT_RULE,
    CLAIM_TERMS,
    LINE_WORDS,
    MAX_CHARGE,
    OPEN,
    PLAN_TERMS,
    SERVICE_LINE,
)
from tests.helpers import rfc9162
from tests.helpers.claims import commitment
from tests.helpers.suite import (
    EXTERNAL_REVIEWER,
    HOSPITAL,
    LABORATORY,
    PAYER,
    REVIEWER,
    SECOND_PAYER,
    SECOND_PROVIDER,
    SECOND_REVIEWER,
)
from tests.stateful.claim_chain import EVERYBODY
from tests.stateful.claim_model import fee_of

INSURER = len(EVERYBODY)
PAYERS = PAYER, SECOND_PAYER, INSURER
PROVIDERS = HOSPITAL, LABORATORY, SECOND_PROVIDER, INSURER
REVIEWERS = REVIEWER, SECOND_REVIEWER, EXTERNAL_REVIEWER
USD = 840
FIRST_DAYS = 150
"""Before today, on which the first versions of plans and the first periods begin."""
VISIT, LABORATORY_TEST, SURGERY, PHYSIOTHERAPY, DRUG, IMPLANT, EXPERIMENT, DENTAL, UNLISTED = range(1, 10)
PROCEDURES = [int.from_bytes(commitment(f"procedure {each}")) for each in range(5)]
PRICES = (1_500, 4_000, 9_900, 20_000, 1)
FEES = [fee_of(procedure, price) for procedure, price in zip(PROCEDURES, PRICES, strict=True)]


def rule(**changes: int) -> int:
    values = {"known": 1, "covered": 1, "covered_out": 1, "deducted": 1, "coinsurance": 2_000, "coinsurance_out": 3_333}
    return BENEFIT_RULE.pack(**{**values, "out_rate": 8_000, **changes})


RULES = (
    {
        VISIT: rule(copay=2_000, copay_out=4_000, coinsurance=0, deducted=0, allowed=10_000),
        LABORATORY_TEST: rule(coinsurance=1_000, bundled_into=SURGERY, units_line=4),
        SURGERY: rule(authorised=1),
        PHYSIOTHERAPY: rule(units_visit=3, units_year=6, units_lifetime=10, amount_year=400),
        DRUG: rule(scheduled=1, coinsurance=500, amount_lifetime=900),
        IMPLANT: rule(reviewed=1),
        EXPERIMENT: rule(covered=0, covered_out=0),
        DENTAL: rule(amount_visit=150, amount_lifetime=600, covered_out=0, authorised=1),
    },
    {
        VISIT: rule(copay=3_000, units_year=5, allowed=12_345),
        LABORATORY_TEST: rule(coinsurance=777, amount_year=250),
        SURGERY: rule(deducted=0, coinsurance=5_000),
        PHYSIOTHERAPY: rule(units_lifetime=8, authorised=1),
        DRUG: rule(scheduled=1, units_year=20, amount_visit=120),
        IMPLANT: rule(amount_lifetime=2_000, bundled_into=SURGERY),
        DENTAL: rule(covered=0, covered_out=1, units_visit=2),
    },
)
"""Of one version of a plan, and of the next."""
TERMS: tuple[dict[str, int], ...] = (
    {
        "deductible": 30_000,
        "family_deductible": 50_000,
        "out_of_pocket": 80_000,
        "family_out_of_pocket": 120_000,
        "ceiling": 150_000,
        "timely_filing": 60,
        "member_velocity": 6,
        "provider_velocity": 9,
    },
    {"deductible": 20_000, "out_of_pocket": 60_000, "ceiling": 90_000, "copay_first": 1},
)


def plan_terms(which: int, first_day: int, **changes: int) -> int:
    return PLAN_TERMS.pack(**{"first_day": first_day, "until": OPEN, "currency": USD, **TERMS[which % 2], **changes})


def plan_rules(which: int) -> list[tuple[int, int]]:
    return sorted(RULES[which % 2].items())


def a_line(chance: Random, category: int, day: int, number: int, others: bool) -> tuple[int, int]:
    """A line, and its procedure."""
    charge = chance.choice((0, 1, 2_500, 9_999, 10_000, 12_000, 33_333, 60_000, chance.randrange(50_000), 250_000))
    units = chance.choice((100, 100, 100, 200, 300, 700, 150, 33, 1_200))
    entry = chance.randrange(len(PROCEDURES))
    priced = (category == DRUG and chance.random() < 0.9) or chance.random() < 0.02
    word = SERVICE_LINE.pack(
        charge=charge,
        allowed=PRICES[entry] if priced else 0,
        prior_patient=chance.choice((0, charge, charge // 3)) if others else 0,
        units=units,
        entry=entry if priced else 0,
        day=day,
        number=number,
        category=category,
    )
    return word, PROCEDURES[entry]


def a_claim(chance: Random, today: int, member: str, says: dict[str, int], own: str) -> tuple[Any, ...]:
    """As submitClaims takes it: one to four lines of some weeks ago at most, mostly."""
    day = max(1, today - chance.choice((0, 0, 1, 2, 5, 10, 20, 40, 59, 61, 90)))
    categories = sorted(
        chance.choices(range(1, 10), (30, 12, 8, 18, 12, 5, 2, 8, 1), k=chance.choice((1, 1, 1, 2, 2, 3, 4)))
    )
    others = bool(says.get("prior_told"))
    lines: list[int] = []
    for number, category in enumerate(categories, 1):
        lines += a_line(chance, category, day + chance.choice((0, 0, 0, 0, 1)) * (day < today), number, others)
    terms = CLAIM_TERMS.pack(member=int(member, 16), currency=USD, **says)
    return terms, commitment(own), commitment(f"record of {own}"), bytes(32), lines, proofs_of(lines)


def proofs_of(lines: list[int]) -> list[bytes]:
    proofs = []
    for word in lines[::LINE_WORDS]:
        said = SERVICE_LINE.unpack(word)
        if said["allowed"]:
            proofs += rfc9162.inclusion_proof(said["entry"], FEES)
    return proofs


def spoilt(chance: Random, claim: tuple[Any, ...], today: int) -> tuple[Any, ...]:
    """The same, so that it cannot be taken; or so that a person has to look at it."""
    terms, own, record, diagnoses, lines, proofs = claim
    kind = chance.randrange(12)
    word = lines[0]
    changed = {
        0: lambda: (terms | 1 << 252 + chance.randrange(4), lines, proofs),
        1: lambda: (terms, [], []),
        2: lambda: (terms, lines[:-1], proofs),
        3: lambda: (terms, [word, lines[1], word - (1 << 176) if word >> 177 else word | 1 << 200, lines[1]], proofs),
        4: lambda: (terms, [_with(word, units=0), *lines[1:]], proofs),
        5: lambda: (terms, [_with(word, number=0), *lines[1:]], proofs),
        6: lambda: (terms, [_with(word, prior_patient=word % MAX_CHARGE + 1), *lines[1:]], proofs),
        7: lambda: (terms, [_with(word, charge=MAX_CHARGE - 1), lines[1], *lines], proofs + proofs),
        8: lambda: (terms, [_with(word, day=today + 1), *lines[1:]], proofs),
        9: lambda: (terms, lines, [*proofs, bytes(32)] if chance.random() < 0.5 or not proofs else proofs[:-1]),
        10: lambda: (terms, [_with(word, allowed=77), *lines[1:]], proofs),
        11: lambda: (terms ^ 1 << 240, lines, proofs),
    }[kind]
    terms, lines, proofs = changed()
    return terms, own, record, diagnoses, lines, proofs


def _with(word: int, **changes: int) -> int:
    return SERVICE_LINE.pack(**{**SERVICE_LINE.unpack(word), **changes})


def an_authorisation(chance: Random, member: str, today: int) -> int:
    """Some units of a category that needs one, for a provider, some weeks from now and back."""
    return AUTHORISATION.pack(
        member=int(member, 16),
        provider=chance.choice(PROVIDERS),
        category=chance.choice((SURGERY, SURGERY, DENTAL, PHYSIOTHERAPY)),
        first_day=today - 60,
        last_day=today + 60,
        units=chance.choice((100, 250, 1_000)),
    )
