"""What claims cost. Calls, times and keys are fixed, so the figures never vary."""

from __future__ import annotations

import brownie
import pytest

from tests.gas.gas_report import Measurement
from tests.helpers.claims import LABORATORY_TEST, PLAN, VISIT, Claim, Cover, Line, numbered, plan_terms
from tests.helpers.suite import HOSPITAL
from tests.helpers.supply import by, today

GENESIS = 3_141_592_653
"""Unix seconds from which everything here happens: dates stand in what is written."""
VISITS = (Line(VISIT, 12_500),)
TWO_LINES = numbered(Line(LABORATORY_TEST, 6_000), Line(VISIT, 12_500))
BEFORE, MEASURED = 64, 32
"""Claims of the account before, and those of which the mean is taken: what an append writes depends on its place."""
BATCH = 100
CHUNK = 50


@pytest.fixture
def cover(suite, _isolate, claims, consents):
    brownie.chain.mine(timestamp=GENESIS)
    # Everything of this takes place in one week.
    return Cover(claims, consents).open(terms=plan_terms(member_velocity=200))


def _measured(transaction, items=1):
    return Measurement(transaction.gas_used, len(bytes.fromhex(transaction.input[2:])), items)


def _mean(measured):
    return Measurement(sum(each.gas for each in measured), sum(each.calldata_bytes for each in measured), len(measured))


def _settled_one_by_one(cover, claim):
    for n in range(BEFORE):
        cover.submit(claim.earlier(n))
    measured = [_measured(cover.submit(claim.earlier(n))) for n in range(BEFORE, BEFORE + MEASURED)]
    assert all(cover.entry(n).settled for n in range(BEFORE + MEASURED))
    return _mean(measured)


def test_a_claim_is_settled(gas_report, cover, patient):
    """A visit: submitted, judged and paid. Account and member have had claims before."""
    cover.enrol(patient)
    gas_report.record("claims.settle", _settled_one_by_one(cover, Claim(patient, VISITS)))


def test_a_claim_of_two_lines_is_settled(gas_report, cover, patient):
    """A visit and a test: two categories, the deductible met."""
    cover.enrol(patient)
    cover.submit(Claim(patient, (Line(LABORATORY_TEST, 60_000, days_ago=200),), "what meets the deductible"))
    gas_report.record("claims.settle_two_lines", _settled_one_by_one(cover, Claim(patient, TWO_LINES)))


def test_a_checkpoint_is_kept(gas_report, cover, patient):
    """Of logs that have as many peaks as they come to: the mean is taken of sizes from 64 on."""
    cover.enrol(patient)
    for n in range(BEFORE):
        cover.submit(Claim(patient, VISITS).earlier(n))
    measured = []
    for n in range(BEFORE, BEFORE + MEASURED):
        measured.append(_measured(cover.claims.checkpoint(cover.payer, HOSPITAL, by(HOSPITAL))))
        cover.submit(Claim(patient, VISITS).earlier(n))
    gas_report.record("claims.checkpoint", _mean(measured))


def test_a_hundred_claims_are_settled_in_one_call(gas_report, cover):
    """Of a hundred members, who have had claims before."""
    members = [brownie.accounts.add(f"0x{n + 1:064x}") for n in range(BATCH)]
    for member in members:
        cover.consent(member)
    first, last = today() - 300, today() + 60
    enrolments = [(member, 0, PLAN, first, last, 0, False) for member in members]
    for at in range(0, BATCH, CHUNK):
        cover.claims.enrolMembers(cover.payer, enrolments[at : at + CHUNK], by(cover.payer))
    for n in range(2):
        cover.submit(*(Claim(member, VISITS).earlier(n) for member in members))
    sent = cover.submit(*(Claim(member, VISITS).earlier(3) for member in members))
    assert sent.events.count("ProviderPaid") == 1
    assert cover.claims.accountOf(cover.payer, HOSPITAL)["claims"] == 3 * BATCH
    assert all(cover.entry(n).settled for n in range(3 * BATCH))
    gas_report.record("claims.settle_batch100", _measured(sent, BATCH))
