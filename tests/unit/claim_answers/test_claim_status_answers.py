"""A provider asks by its own number, which only its book can find; and each reason for which a claim waits is told."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from carechain.chain import Chain
from carechain.claims.book import Book
from carechain.claims.document import Identifier
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming
from carechain.claims.remittance import StatusRequest
from carechain.claims.status import answer, find, status
from carechain.claims.words import Parked, Reason
from carechain.fhir.claim_status import claim_status, read_claim_status
from carechain.fhir.elements import parse, written
from carechain.x12.status import read_status_answers, write_status
from carechain.x12.writing import Envelope
from scripts.suite import ROOT
from tests.helpers.claims import (
    EXPERIMENT,
    IMPLANT,
    LABORATORY_TEST,
    SURGERY,
    UNLISTED,
    VISIT,
    Claim,
    Cover,
    Line,
    numbered,
)
from tests.helpers.suite import CLINIC, HOSPITAL, PAYER, SECOND_PAYER, compiled, pass_time
from tests.helpers.supply import by

DAY = 86_400
OWN = "RH-24-0001"
ENVELOPE = Envelope("PAYER", "HOSPITAL", 1, datetime(2026, 1, 1, tzinfo=UTC), test=True)


@dataclass(frozen=True)
class Own(Claim):
    """A claim under the commitment that a book makes of the provider's own number."""

    own: bytes = b""

    def words(self):
        terms, _, *rest = super().words()
        return (terms, self.own, *rest)


@pytest.fixture(scope="module")
def opened(suite, claims, consents, patient, other_patient):
    opened = Cover(claims, consents).open()
    opened.enrol(patient)
    opened.enrol(other_patient, secondary=True)
    return opened


@pytest.fixture
def cover(opened):
    fresh = copy(opened)
    fresh.accounts = {}
    return fresh


@pytest.fixture
def book(suite, tmp_path):
    """Of the hospital, with its key."""
    folder = tmp_path / "book"
    folder.mkdir(mode=0o700)
    (folder / "directory.yaml").write_text(
        f'payers:\n  - {{organisation: {PAYER}, known_as: ["payer|99110"]}}\n'
        f'providers:\n  - {{organisation: {HOSPITAL}, known_as: ["npi|1999996666"]}}\n',
        "utf-8",
    )
    book = Book(folder, suite.chain.book.chain_id, ClaimLedger(suite.chain).address)
    book.keep_key()
    return book


@pytest.fixture
def ask(suite, book):
    """Whatever is answered is written as 277 and as FHIR, and read back the same, but for what the format lacks."""

    def ask(**says):
        values = {
            "place": "file: TRN",
            "trace": "T-1",
            "payer": Identifier("payer", "99110"),
            "provider": Identifier("npi", "1999996666"),
            "member": Identifier("member", "M-100"),
            "control_number": None,
            "payer_control_number": None,
        }
        request = StatusRequest(**{**values, **says})
        # Another chain each time: one keeps the times of blocks, which tests take back.
        chain = Chain(suite.chain.web3, suite.chain.book, ROOT / "build" / "contracts")
        found, _ = answer(ClaimLedger(chain), Naming(book=book), request)
        ((_, again),) = read_status_answers(write_status([(request, found)], ENVELOPE), "written")
        assert again == replace(found, trace=None)
        resource = parse(written(claim_status(request, found, "USD")), "written", "FHIR")
        assert read_claim_status(resource) == found
        return found

    return ask


def codes(found):
    return found.category, found.status


def by_name(number=0):
    return {"payer_control_number": str(ClaimName(PAYER, HOSPITAL, number))}


# ---------------------------------------------------------------------- by the provider's own number


def test_the_providers_own_number_finds_its_claim(cover, book, ask, patient):
    cover.submit(Claim(patient, (Line(LABORATORY_TEST, 10_000),), "another"))
    cover.submit(Own(patient, own=book.control_commitment(PAYER, HOSPITAL, OWN)))
    found = ask(control_number=OWN)
    assert codes(found) == ("F1", "65")
    assert (found.control_number, found.payer_control_number) == (OWN, f"{PAYER}-{HOSPITAL}-1")


def test_a_number_that_was_never_sent_is_not_found(cover, book, ask, patient):
    cover.submit(Own(patient, own=book.control_commitment(PAYER, HOSPITAL, OWN)))
    assert codes(ask(control_number="RH-24-0002")) == ("A4", "35")


def test_another_book_finds_nothing_by_the_same_number(suite, cover, book, patient, tmp_path):
    cover.submit(Own(patient, own=book.control_commitment(PAYER, HOSPITAL, OWN)))
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    stranger = Book(other, suite.chain.book.chain_id, ClaimLedger(suite.chain).address)
    stranger.keep_key()
    assert find(ClaimLedger(suite.chain), book, PAYER, HOSPITAL, OWN) == ClaimName(PAYER, HOSPITAL, 0)
    assert find(ClaimLedger(suite.chain), stranger, PAYER, HOSPITAL, OWN) is None
    assert find(ClaimLedger(suite.chain), book, PAYER, CLINIC, OWN) is None


def test_of_a_claim_that_was_replaced_the_replacement_answers(cover, book, ask, patient):
    cover.submit(Own(patient, own=book.control_commitment(PAYER, HOSPITAL, OWN)))
    cover.void()
    assert codes(ask(control_number=OWN)) == ("F3", "101")
    again = book.control_commitment(PAYER, HOSPITAL, OWN, ClaimName(PAYER, HOSPITAL, 0))
    cover.submit(Own(patient, (Line(VISIT, 9_000),), replaces=1, own=again))
    found = ask(control_number=OWN)
    assert (codes(found), found.charge) == (("F1", "65"), 9_000)
    assert found.payer_control_number == f"{PAYER}-{HOSPITAL}-1"
    # By the name on the chain it is the one that was taken back.
    assert codes(ask(**by_name(0))) == ("F3", "101")


def test_the_payers_name_of_a_claim_goes_before_the_providers_number(cover, book, ask, patient):
    cover.submit(Own(patient, own=book.control_commitment(PAYER, HOSPITAL, OWN)))
    cover.submit(Claim(patient, (Line(IMPLANT, 150_000),), "an implant"))
    found = ask(control_number=OWN, **by_name(1))
    assert (codes(found), found.control_number) == (("P2", "46"), OWN)


# ---------------------------------------------------------------------- why a claim waits


def parked(cover, *reasons):
    assert cover.entry(len(cover.account().entries) - 1).reasons == reasons


def test_a_claim_like_another_one_is_told_as_a_duplicate_that_waits(cover, ask, patient):
    cover.submit(Claim(patient))
    cover.submit(Claim(patient, control_number="claim 2"))
    parked(cover, Parked.NEAR_DUPLICATE)
    assert codes(ask(**by_name(1))) == ("P2", "78")


def test_a_claim_that_tells_of_an_insurer_whom_nobody_knows_of_is_told_so(cover, ask, patient):
    cover.submit(Claim(patient, prior_told=1))
    parked(cover, Parked.OTHER_COVERAGE)
    assert codes(ask(**by_name())) == ("P2", "52")


def test_a_claim_for_which_somebody_else_may_be_liable_is_told_so(cover, ask, patient):
    cover.submit(Claim(patient, liability=1))
    parked(cover, Parked.LIABILITY)
    assert codes(ask(**by_name())) == ("P2", "51")


def test_a_claim_that_waits_for_several_reasons_is_under_review(cover, ask, patient):
    cover.submit(Claim(patient, (Line(UNLISTED, 10_000),), liability=1))
    parked(cover, Parked.CATEGORY_UNKNOWN, Parked.LIABILITY)
    assert codes(ask(**by_name())) == ("P2", "46")


# ---------------------------------------------------------------------- what was decided


def test_a_claim_of_which_a_part_is_denied_is_paid(cover, ask, patient):
    cover.submit(Claim(patient, numbered(Line(VISIT, 12_500), Line(EXPERIMENT, 5_000))))
    found = ask(**by_name())
    assert (codes(found), found.charge, found.paid) == (("F1", "65"), 17_500, 7_500)


def test_a_first_decision_of_a_person_revises_nothing(cover, ask, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 150_000),)))
    sent = cover.decide()
    found = ask(**by_name())
    assert (codes(found), found.paid, found.trace) == (("F1", "65"), 80_000, sent.txid)


def test_a_decision_that_denies_what_was_paid_for_before_is_a_denial(cover, ask, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 150_000),)))
    cover.decide(reasons=(Reason.NOT_SUPPORTED,))
    found = ask(**by_name())
    assert (codes(found), found.paid, found.payment_day) == (("F2", "294"), 0, None)


def test_a_claim_that_another_payer_has_paid_for_whole_is_adjudicated_and_not_denied(cover, ask, other_patient):
    cover.submit(Claim(other_patient, (Line(VISIT, 10_000, prior_patient=0),), prior_told=1))
    assert codes(ask(**by_name())) == ("F4", "104")


def test_a_payment_that_is_kept_for_what_was_overpaid_still_has_a_day(cover, ask, patient):
    cover.submit(Claim(patient))
    cover.void()
    sent = cover.submit(Claim(patient, (Line(VISIT, 10_000, days_ago=30),), "claim 2"))
    found = ask(**by_name(1))
    assert (codes(found), found.paid, found.trace) == (("F1", "65"), 7_500, sent.txid)


def test_a_status_begins_when_it_was_decided(cover, ask, patient):
    cover.submit(Claim(patient, (Line(IMPLANT, 150_000),)))
    waits = ask(**by_name()).day
    pass_time(3 * DAY)
    cover.decide()
    assert (ask(**by_name()).day - waits).days == 3


def test_a_part_that_waits_to_be_collected_is_awaited_after_a_later_part_came(suite, claims, consents, spare_key):
    token = compiled("OddToken").deploy(by(SECOND_PAYER))
    odd = Cover(claims, consents, SECOND_PAYER).open(token=token)
    odd.enrol(spare_key)
    token.behave(3, by(SECOND_PAYER))
    odd.submit(Claim(spare_key, numbered(Line(VISIT, 12_500), Line(SURGERY, 100_000))))
    token.behave(0, by(SECOND_PAYER))
    odd.appeal()
    won = odd.decide()

    def asked():
        ledger = ClaimLedger(suite.chain)
        return status(ledger, ledger.claim(ClaimName(SECOND_PAYER, HOSPITAL, 0)))

    assert (codes(asked()), asked().paid, asked().trace) == (("F0", "3"), 47_500, won.txid)
    sent = claims.collect(SECOND_PAYER, HOSPITAL, by(HOSPITAL))
    assert (codes(asked()), asked().trace) == (("F3", "65"), sent.txid)
