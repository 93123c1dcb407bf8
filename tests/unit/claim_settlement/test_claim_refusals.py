"""Claims that are not taken at all: each refusal, told with place and reason, and the others of the call settled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from claim_acts import ACCOUNT, VISIT_PAID, Raw, days_later, enrolment, paid, payments, refusals, reserve, visit

from carechain.claims.words import CLAIM_TERMS, MAX_CHARGE, SERVICE_LINE, Refusal
from carechain.merkle_log import MerkleTree
from tests.helpers.claims import (
    DRUG,
    FUNDS,
    LABORATORY_TEST,
    USD,
    VISIT,
    Claim,
    Line,
    commitment,
    events,
    plan_terms,
    rule,
)
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PAYER, SECOND_PROVIDER
from tests.helpers.supply import by, today

EURO = 978


def refuses(cover, parent, claim, refusal):
    """Refuses this claim, and settles one before and one after it in the same call."""
    numbers = cover.claims.accountOf(PAYER, HOSPITAL)["claims"]
    funds, encumbered = reserve(cover)
    good = [visit(parent, f"good {numbers}", days_ago=first + 3 * numbers) for first in (50, 150)]
    sent = cover.submit(good[0], claim, good[1])
    (event,) = events(sent, "ClaimRefused")
    control_number = "0x" + claim.words()[1].hex()
    expected = {"account": ACCOUNT, "position": 1, "claim": control_number, "refusal": refusal}
    assert event == expected
    assert [each["number"] for each in events(sent, "ClaimTaken")] == [numbers, numbers + 1]
    assert all(cover.entry(n).settled for n in (numbers, numbers + 1))
    assert payments(sent) == paid(2 * VISIT_PAID)
    assert reserve(cover) == (funds - 2 * VISIT_PAID, encumbered)


def line_word(**changes):
    values = {"charge": 12_500, "units": 100, "day": today() - 10, "number": 1, "category": VISIT}
    return SERVICE_LINE.pack(**{**values, **changes})


def test_a_refused_claim_leaves_nothing_behind(cover, member, stranger):
    before = cover.claims.logOf(PAYER, HOSPITAL), cover.claims.coverageOf(PAYER, member, 0)
    sent = cover.submit(visit(stranger), visit(member, version=2), visit(member, currency=EURO))
    assert refusals(sent) == [
        (0, Refusal.MEMBER_UNKNOWN),
        (1, Refusal.PLAN_NOT_IN_FORCE),
        (2, Refusal.CURRENCY_FOREIGN),
    ]
    assert (cover.claims.logOf(PAYER, HOSPITAL), cover.claims.coverageOf(PAYER, member, 0)) == before
    assert reserve(cover) == (FUNDS, 0)
    # It may come again, mended.
    cover.submit(visit(member))
    assert cover.entry(0).settled


# ---------------------------------------------------------------------- malformed


def test_terms_with_bits_that_mean_nothing_are_malformed(cover, member, parent):
    claim = visit(member)
    for bit in (252, 255):
        refuses(cover, parent, Raw(claim, terms=claim.terms() | 1 << bit), Refusal.MALFORMED)


def _lines(name):
    """Lines of which something is wrong."""
    good, procedure = line_word(), 1
    return {
        "none": (),
        "half a line": (good,),
        "a line and a half": (good, procedure, good),
        "a thousand": (good, procedure) * 1_000,
        "a bit that means nothing": (good | 1 << 184, procedure),
        "the highest bit": (good | 1 << 255, procedure),
        "no units": (line_word(units=0), procedure),
        "no number": (line_word(number=0), procedure),
        "others left more than is charged": (line_word(prior_patient=12_501), procedure),
        "not in order": (good, procedure, line_word(category=VISIT - 1), procedure),
        "too dear": (line_word(charge=MAX_CHARGE - 1), procedure, line_word(charge=1), procedure),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "none",
        "half a line",
        "a line and a half",
        "a thousand",
        "a bit that means nothing",
        "the highest bit",
        "no units",
        "no number",
        "others left more than is charged",
        "not in order",
        "too dear",
    ],
)
def test_malformed_lines_are_refused(cover, member, parent, name):
    refuses(cover, parent, Raw(visit(member), lines=_lines(name)), Refusal.MALFORMED)


def test_the_dearest_claim_is_not_malformed(cover, member):
    cover.submit(Raw(visit(member), lines=(line_word(charge=MAX_CHARGE - 1), 1)))
    assert cover.entry(0).settled


# ---------------------------------------------------------------------- members, plans, currencies, days


def test_a_member_or_a_period_that_is_not_known_is_refused(cover, member, parent, stranger):
    refuses(cover, parent, visit(stranger), Refusal.MEMBER_UNKNOWN)
    refuses(cover, parent, visit(member, coverage=1), Refusal.MEMBER_UNKNOWN)
    refuses(cover, parent, visit(member, coverage=255), Refusal.MEMBER_UNKNOWN)


def test_another_payers_member_is_not_known(cover, parent, spare_key):
    cover.claims.openReserve(SECOND_PAYER, cover.token, 4, (30, 60, 30, 45, 0), by(SECOND_PAYER))
    cover.claims.publishPlan(SECOND_PAYER, 1, 1, plan_terms(), [], bytes(32), 0, by(SECOND_PAYER))
    cover.claims.enrolMembers(SECOND_PAYER, [enrolment(spare_key)], by(SECOND_PAYER))
    cover.consent(spare_key)
    refuses(cover, parent, visit(spare_key), Refusal.MEMBER_UNKNOWN)


def test_a_version_that_is_not_there_or_not_of_the_day_is_refused(cover, member, parent):
    for version in (0, 2, 255):
        refuses(cover, parent, visit(member, version=version), Refusal.PLAN_NOT_IN_FORCE)
    cover.publish(plan_terms(first_day=today() + 1), version=2)
    days_later(2)
    refuses(cover, parent, visit(member, days_ago=1), Refusal.PLAN_NOT_IN_FORCE)
    refuses(cover, parent, visit(member, days_ago=2, version=2), Refusal.PLAN_NOT_IN_FORCE)


def test_a_day_before_the_first_version_is_refused(cover, member, parent):
    refuses(cover, parent, visit(member, days_ago=401), Refusal.PLAN_NOT_IN_FORCE)


def test_another_currency_is_refused(cover, member, parent):
    refuses(cover, parent, visit(member, currency=EURO), Refusal.CURRENCY_FOREIGN)
    refuses(cover, parent, visit(member, currency=0), Refusal.CURRENCY_FOREIGN)
    assert CLAIM_TERMS.unpack(visit(member).terms())["currency"] == USD


def test_a_day_that_is_yet_to_come_is_refused(cover, member, parent):
    refuses(cover, parent, visit(member, days_ago=-1), Refusal.DAY_IN_FUTURE)
    lines = (Line(VISIT, days_ago=0), Line(VISIT, days_ago=-1, number=2))
    refuses(cover, parent, Claim(member, lines), Refusal.DAY_IN_FUTURE)
    cover.submit(visit(member, "of today", days_ago=0))
    assert cover.entry(4).settled


# ---------------------------------------------------------------------- consent


def test_without_the_members_consent_a_claim_is_refused(cover, parent, spare_key):
    cover.enrol(spare_key, consented=False)
    refuses(cover, parent, visit(spare_key), Refusal.CONSENT_MISSING)
    cover.consent(spare_key)
    cover.submit(visit(spare_key))
    assert cover.entry(2).settled


def test_after_the_member_has_revoked_a_claim_is_refused(cover, consents, member, parent):
    consents.revoke(PAYER, bytes(32), {"from": member})
    refuses(cover, parent, visit(member), Refusal.CONSENT_MISSING)


def test_after_the_member_has_revoked_all_a_claim_is_refused(cover, consents, member, parent):
    consents.revokeAll({"from": member})
    refuses(cover, parent, visit(member), Refusal.CONSENT_MISSING)


# ---------------------------------------------------------------------- duplicates, and what is replaced


def test_a_claim_that_came_before_is_refused(cover, member, parent):
    cover.submit(visit(member))
    refuses(cover, parent, visit(member), Refusal.DUPLICATE)
    sent = cover.submit(visit(parent, "twice in a call", days_ago=5), visit(parent, "twice in a call", days_ago=5))
    assert refusals(sent) == [(1, Refusal.DUPLICATE)]


def test_what_is_not_voided_is_not_replaced(cover, member, parent):
    cover.submit(visit(member))
    refuses(cover, parent, visit(member, "one that is there", days_ago=30, replaces=1), Refusal.REPLACEMENT_INVALID)
    refuses(cover, parent, visit(member, "one that is not", days_ago=31, replaces=99), Refusal.REPLACEMENT_INVALID)


def test_what_another_provider_voided_is_not_replaced(cover, member, parent):
    cover.submit(visit(member), provider=SECOND_PROVIDER)
    cover.void(0, SECOND_PROVIDER)
    refuses(cover, parent, visit(member, replaces=1), Refusal.REPLACEMENT_INVALID)


# ---------------------------------------------------------------------- the fee schedule


@pytest.fixture
def scheduled(cover, spare_key):
    """A plan that prices drugs by a schedule of five: the last has a shorter proof than the others."""
    prices = {commitment(f"drug {n}"): 1_000 + n for n in range(5)}
    tree = MerkleTree(procedure + price.to_bytes(5) for procedure, price in prices.items())
    rules = {DRUG: rule(scheduled=1, deducted=0), LABORATORY_TEST: rule(deducted=0)}
    cover.publish(plan_terms(), rules, schedule=(tree.root(), tree.size), plan=2)
    cover.enrol(spare_key, plan=2)

    def scheduled(*entries, **changes):
        lines = tuple(
            replace(
                Line(DRUG, 5_000, number=number + 1, allowed=1_000 + entry, entry=entry),
                procedure=commitment(f"drug {entry}"),
            )
            for number, entry in enumerate(entries)
        )
        proofs = tuple(each for entry in entries for each in tree.inclusion_proof(entry))
        return replace(Claim(spare_key, lines, f"drugs {entries}", proofs=proofs), **changes)

    return scheduled


@pytest.mark.parametrize("entries", [(0,), (4,), (0, 4), (4, 0, 3, 2, 1)])
def test_a_price_that_is_proven_is_allowed(cover, scheduled, entries):
    cover.submit(scheduled(*entries))
    assert [cover.outcome(n) for n in range(len(entries))] == [
        {
            "paid": 1_000 + entry - (1_000 + entry) // 5,
            "contractual": 4_000 - entry,
            "coinsurance": (1_000 + entry) // 5,
        }
        for entry in entries
    ]


def test_a_price_that_is_not_proven_is_refused(cover, parent, scheduled):
    claim = scheduled(2, 4)
    line, last = claim.lines
    wrong = {
        "another price": replace(claim, lines=(replace(line, allowed=line.allowed + 1), last)),
        "another procedure": replace(claim, lines=(replace(line, procedure=commitment("another")), last)),
        "another place": replace(claim, lines=(replace(line, entry=3), last)),
        "a place beyond the schedule": replace(claim, lines=(replace(line, entry=5), last)),
        "no proof": replace(claim, proofs=()),
        "a proof too little": replace(claim, proofs=claim.proofs[:-1]),
        "a proof too much": replace(claim, proofs=(*claim.proofs, bytes(32))),
        "the proofs of one line": replace(claim, proofs=claim.proofs[:3]),
        "proofs in another order": replace(claim, proofs=(*claim.proofs[3:], *claim.proofs[:3])),
    }
    for name, each in wrong.items():
        refuses(cover, parent, replace(each, control_number=name), Refusal.FEE_UNPROVEN)


def test_proofs_for_nothing_are_refused(cover, member, parent):
    refuses(cover, parent, visit(member, proofs=(bytes(32),)), Refusal.FEE_UNPROVEN)


def test_a_price_without_a_schedule_is_refused(cover, member, parent):
    refuses(cover, parent, Claim(member, (Line(VISIT, allowed=1),)), Refusal.FEE_UNPROVEN)


def test_a_price_that_is_proven_and_that_no_rule_asks_for_changes_nothing(cover, scheduled):
    claim = scheduled(0)
    cover.submit(replace(claim, lines=(replace(claim.lines[0], category=LABORATORY_TEST),)))
    assert cover.outcome() == {"paid": 4_000, "coinsurance": 1_000}


# ---------------------------------------------------------------------- which comes first


def test_the_first_of_several_refusals_is_told(cover, parent, stranger, spare_key):
    cover.enrol(spare_key, consented=False)
    nothing_right = visit(stranger, days_ago=-1, version=9, currency=EURO, replaces=7, proofs=(bytes(32),))
    refuses(cover, parent, Raw(nothing_right, terms=nothing_right.terms() | 1 << 255), Refusal.MALFORMED)
    refuses(cover, parent, nothing_right, Refusal.DAY_IN_FUTURE)
    claims = {
        Refusal.MEMBER_UNKNOWN: {},
        Refusal.PLAN_NOT_IN_FORCE: {"member": spare_key},
        Refusal.CURRENCY_FOREIGN: {"version": 1},
        Refusal.CONSENT_MISSING: {"currency": USD},
    }
    claim = replace(nothing_right, lines=(Line(VISIT),))
    for refusal, mended in claims.items():
        claim = replace(claim, **mended)
        refuses(cover, parent, claim, refusal)
    cover.consent(spare_key)
    refuses(cover, parent, claim, Refusal.REPLACEMENT_INVALID)
    refuses(cover, parent, replace(claim, replaces=0), Refusal.FEE_UNPROVEN)
