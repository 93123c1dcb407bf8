"""Where a claim stands, at every stage, for those who ask by its name or by the provider's own number."""

from __future__ import annotations

from copy import copy
from datetime import date, timedelta

import pytest

from carechain.claims.document import Identifier
from carechain.claims.explain import Known, explain
from carechain.claims.explain_words import LANGUAGES
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming
from carechain.claims.remittance import StatusRequest
from carechain.claims.status import DENIALS, answer, status
from carechain.claims.words import Reason
from carechain.x12.status import read_status_requests
from tests.helpers.claims import EXPERIMENT, IMPLANT, LABORATORY_TEST, VISIT, Claim, Cover, Line
from tests.helpers.real_data import SHARED, beside
from tests.helpers.suite import (
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    REVIEWER,
    SECOND_PAYER,
    SECOND_REVIEWER,
    compiled,
    now,
    pass_time,
)
from tests.helpers.supply import by

DAY = 86_400
NAME = ClaimName(PAYER, HOSPITAL, 0)
NOT_NECESSARY = (Reason.NOT_NECESSARY,)
ASKED = SHARED / "x12_linuxforhealth" / "276_005010X212"


@pytest.fixture(scope="module")
def opened(suite, claims, consents, patient):
    opened = Cover(claims, consents).open()
    opened.enrol(patient)
    return opened


@pytest.fixture
def cover(opened):
    fresh = copy(opened)
    fresh.accounts = {}
    return fresh


@pytest.fixture
def ask(suite):
    """Category and code of a claim; what it says besides is in `said`."""

    def ask(number=0):
        ledger = ClaimLedger(suite.chain)
        ask.said = status(ledger, ledger.claim(NAME._replace(number=number)))
        # Whatever is answered, a patient can be told, in every language.
        for language in LANGUAGES:
            assert explain(Known.of(ledger, Naming(), NAME._replace(number=number)), language)
        return ask.said.category, ask.said.status

    return ask


def visit(patient, days_ago=10, charge=12_500):
    return Claim(patient, (Line(VISIT, charge, days_ago=days_ago),), f"visit {days_ago}")


def implant(patient, days_ago=10):
    return Claim(patient, (Line(IMPLANT, 150_000, days_ago=days_ago),), f"implant {days_ago}")


def today():
    return date(1970, 1, 1) + timedelta(days=now() // DAY)


# ---------------------------------------------------------------------- every stage


def test_a_claim_that_is_paid(cover, ask, patient):
    sent = cover.submit(visit(patient))
    assert ask() == ("F1", "65")
    assert (ask.said.charge, ask.said.paid, ask.said.payer_control_number) == (12_500, 7_500, str(NAME))
    assert (ask.said.day, ask.said.payment_day, ask.said.trace) == (today(), today(), sent.txid)


def test_a_claim_that_all_goes_to_the_deductible_is_approved_and_not_paid(cover, ask, patient):
    cover.submit(Claim(patient, (Line(LABORATORY_TEST, 10_000),)))
    assert ask() == ("F4", "98")
    assert (ask.said.paid, ask.said.payment_day, ask.said.trace) == (0, None, None)


def test_a_claim_that_is_denied_says_for_what_reason(cover, ask, patient):
    cover.submit(Claim(patient, (Line(EXPERIMENT, 10_000),)))
    assert ask() == ("F2", DENIALS[Reason.NOT_COVERED])


def test_every_reason_has_a_status():
    assert set(DENIALS) == {reason for reason in Reason if reason}


def test_a_claim_in_review(cover, ask, patient):
    cover.submit(implant(patient))
    assert ask() == ("P2", "46")


def test_a_claim_that_waits_for_funds_is_in_process(suite, claims, consents, ask, spare_key):
    poor = Cover(claims, consents, SECOND_PAYER).open(funds=0)
    poor.enrol(spare_key)
    poor.submit(visit(spare_key))
    ledger = ClaimLedger(suite.chain)
    found = status(ledger, ledger.claim(ClaimName(SECOND_PAYER, HOSPITAL, 0)))
    assert (found.category, found.status) == ("P1", "38")


def test_a_claim_goes_through_all_stages(cover, ask, patient):
    cover.submit(implant(patient))
    cover.decide(reasons=NOT_NECESSARY)
    assert ask() == ("F2", DENIALS[Reason.NOT_NECESSARY])
    cover.appeal()
    assert ask() == ("P2", "46")
    cover.uphold()
    assert ask() == ("F2", DENIALS[Reason.NOT_NECESSARY])
    cover.appeal()
    assert ask() == ("P2", "46")
    pass_time(46 * DAY)
    sent = cover.enforce()
    assert ask() == ("F3", "65")
    assert (ask.said.paid, ask.said.trace, ask.said.day) == (80_000, sent.txid, today())


def test_a_claim_that_was_paid_is_told_with_it_while_it_is_appealed_against(cover, ask, patient):
    sent = cover.submit(Claim(patient, (Line(VISIT, 12_500), Line(EXPERIMENT, 5_000, number=2)), "two"))
    cover.appeal()
    assert ask() == ("P2", "47")
    assert (ask.said.paid, ask.said.trace) == (7_500, sent.txid)


def test_a_refund_that_is_asked_for_and_owed(cover, claims, ask, patient):
    cover.submit(visit(patient))
    pass_time(61 * DAY)
    claims.requestRefund(cover.evidence(), Reason.NOT_FURNISHED, b"\1" * 32, by(PAYER))
    assert ask() == ("P2", "47")
    pass_time(61 * DAY)
    cover.enforce()
    assert ask() == ("F3", "101")
    assert ask.said.paid == 0


def test_a_claim_that_was_taken_back_is_revised_to_nothing(cover, ask, patient):
    cover.submit(visit(patient))
    cover.void()
    assert ask() == ("F3", "101")
    assert ask.said.paid == 0


def test_a_members_word_changes_no_status(cover, claims, ask, patient):
    cover.submit(visit(patient))
    before = ask(), ask.said.day
    pass_time(DAY)
    claims.disputeService(cover.evidence(), bytes(32), {"from": patient})
    assert (ask(), ask.said.day) == before


def test_a_payment_that_was_not_delivered_is_awaited_until_it_is_collected(suite, claims, consents, spare_key):
    token = compiled("OddToken").deploy(by(SECOND_PAYER))
    odd = Cover(claims, consents, SECOND_PAYER).open(token=token)
    odd.enrol(spare_key)
    token.behave(3, by(SECOND_PAYER))
    odd.submit(visit(spare_key))
    ledger = ClaimLedger(suite.chain)
    claim = ledger.claim(ClaimName(SECOND_PAYER, HOSPITAL, 0))
    found = status(ledger, claim)
    assert (found.category, found.status, found.payment_day, found.trace) == ("F0", "3", None, None)
    token.behave(0, by(SECOND_PAYER))
    sent = claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    found = status(ClaimLedger(suite.chain), claim)
    assert (found.category, found.status, found.payment_day, found.trace) == ("F1", "65", today(), sent.txid)


def test_the_stages_are_those_of_two_reviewers_and_an_external_one(cover, ask, patient):
    cover.submit(implant(patient))
    cover.decide(reviewer=REVIEWER, reasons=NOT_NECESSARY)
    cover.appeal()
    cover.decide(reviewer=SECOND_REVIEWER)
    assert ask() == ("F3", "65")
    cover.appeal()
    assert ask() == ("P2", "47")
    cover.uphold(reviewer=EXTERNAL_REVIEWER)
    assert ask() == ("F3", "65")


# ---------------------------------------------------------------------- questions


def question(**says):
    values = {
        "place": "file: HL 1",
        "trace": "T-1",
        "payer": Identifier("payer", str(PAYER)),
        "provider": Identifier("provider", str(HOSPITAL)),
        "member": None,
        "control_number": None,
        "payer_control_number": str(NAME),
    }
    return StatusRequest(**{**values, **says})


def test_a_question_by_the_claims_name_is_answered(suite, cover, patient):
    cover.submit(visit(patient))
    found, claim = answer(ClaimLedger(suite.chain), Naming(), question(control_number="RH-1"))
    assert (found.category, found.control_number, claim.name) == ("F1", "RH-1", NAME)


@pytest.mark.parametrize(
    "says",
    [
        {"payer_control_number": f"{PAYER}-{HOSPITAL}-7"},
        {"payer_control_number": "none of this chain"},
        {"payer_control_number": None, "control_number": "visit 10"},
        {"payer": Identifier("payer", "NOBODY")},
        {"provider": Identifier("provider", str(HOSPITAL + 1))},
    ],
    ids=["no such claim", "no name", "no book", "unknown payer", "another provider"],
)
def test_a_question_about_nothing_that_is_known_is_answered_so(suite, cover, patient, says):
    cover.submit(visit(patient))
    found, claim = answer(ClaimLedger(suite.chain), Naming(), question(**says))
    assert (found.category, found.status, found.charge, claim) == ("A4", "35", 0, None)


@beside(ASKED, "the questions about claims")
def test_real_questions_about_claims_of_others_find_nothing(suite, cover):
    requests = [
        each
        for file in sorted(ASKED.glob("claim-level*.276"))
        for each in read_status_requests(file.read_bytes(), file.name)
    ]
    assert requests
    found = [answer(ClaimLedger(suite.chain), Naming(), each)[0] for each in requests]
    assert {each.category for each in found} == {"A4"}
