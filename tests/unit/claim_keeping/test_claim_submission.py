"""Claims are sent once, whatever happens in between."""

from __future__ import annotations

import pytest

from carechain.chain import Chain
from carechain.claims import submission as sending
from carechain.claims.book import Book
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.state import Act
from carechain.claims.submitted import Kind
from carechain.claims.words import Parked, Stage
from carechain.consent_scope import Scope
from carechain.errors import CarechainError, NodeUnreachable
from tests.helpers.suite import HOSPITAL, PAYER, pass_time
from tests.helpers.supply import by
from tests.unit.claim_keeping.claim_documents import document, line, replacing, taking_back

SETTLED, PARKED, REFUSED, ALREADY, VOIDED = Kind
FIRST = ClaimName(PAYER, HOSPITAL, 0)


def kinds(submission):
    return [outcome.kind for outcome in submission.outcomes]


def several(count, first=1):
    """Claims of different days, so that none resembles another."""
    return [document(f"A-{at}", line(days_ago=at + 1)) for at in range(first, first + count)]


def size(practice):
    return practice.ledger.head(PAYER, HOSPITAL)[0]


# ---------------------------------------------------------------------- what comes of a claim


def test_a_claim_is_settled_and_paid(practice):
    done = practice.submit(document())
    (outcome,) = done.outcomes
    assert (outcome.kind, outcome.name) == (SETTLED, FIRST)
    assert (outcome.charge, outcome.paid, outcome.share) == (12_000, 7_500, 2_500)
    assert (done.paid, len(done.transactions)) == (7_500, 1)


def test_what_the_plan_has_reviewed_is_parked_with_its_reasons(practice):
    done = practice.submit(document("A-1", line(procedure="97110"), related_cause=True))
    assert kinds(done) == [PARKED]
    assert done.outcomes[0].parked == (Parked.REVIEWED_CATEGORY, Parked.LIABILITY)
    assert done.outcomes[0].paid == 0


def test_a_price_of_the_fee_schedule_is_proven(practice):
    done = practice.submit(document("A-1", line(procedure="J3490", charge=9_000), line(2, "J1100", 1_000)))
    assert (kinds(done), done.paid) == ([SETTLED], 4_000 + 1_000)


def test_a_bad_claim_keeps_no_other_back(practice):
    bad = [
        document("B-1", member="M9"),
        document("B-2", currency="EUR"),
        document("B-3", use="preauthorization"),
    ]
    done = practice.submit(several(1)[0], *bad, *several(1, first=2))
    assert kinds(done) == [REFUSED, REFUSED, REFUSED, SETTLED, SETTLED]
    assert [str(outcome.refusal.place) for outcome in done.outcomes[:3]] == [each.place for each in bad]
    assert len(done.transactions) == 1


def test_what_the_chain_refuses_is_told_with_its_reason_and_can_be_sent_later(practice, consents):
    member = practice.members["M2"]
    consents.revoke(PAYER, Scope.any().to_bytes(), {"from": member})
    done = practice.submit(document(), document("A-2", member="M2"))
    assert kinds(done) == [SETTLED, REFUSED]
    assert "does not consent" in done.outcomes[1].refusal.problem
    assert practice.book.journal.of_control_number("A-2")[0].refusal == "consent_missing"
    practice.cover.consent(member)
    assert kinds(practice.later().submit(document(), document("A-2", member="M2"))) == [ALREADY, SETTLED]


def test_what_could_not_even_be_read_is_counted(practice):
    unread = CarechainError("file.837: CLM", "is broken", "mend it")
    done = practice.submit(document(), refusals=[unread])
    assert (done.read, kinds(done)) == (2, [REFUSED, SETTLED])
    assert done.outcomes[0].refusal is unread


def test_progress_is_told_claim_by_claim(practice):
    told = []
    practice.submit(*several(3), progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_dry_reserve_parks_what_it_does_not_cover(practice, claims):
    claims.announceWithdrawal(PAYER, practice.ledger.reserve(PAYER).funds - 16_000, by(PAYER))
    pass_time(14 * 86_400)
    claims.withdraw(PAYER, by(PAYER)["from"], by(PAYER))
    done = practice.submit(*several(4))
    assert kinds(done) == [SETTLED, SETTLED, PARKED, PARKED]
    assert {outcome.parked for outcome in done.outcomes[2:]} == {(Parked.RESERVE_SHORT,)}
    assert practice.ledger.reserve(PAYER).funds == 1_000


# ---------------------------------------------------------------------- once


def test_a_claim_that_comes_again_is_not_sent_again(practice):
    practice.submit(*several(3))
    done = practice.later().submit(*several(4))
    assert kinds(done) == [ALREADY, ALREADY, ALREADY, SETTLED]
    assert size(practice) == 4


def test_a_claim_that_stands_twice_is_sent_once(practice):
    done = practice.submit(document(), document(), document("B-1", member="M9"))
    assert kinds(done) == [REFUSED, SETTLED, ALREADY]
    assert done.outcomes[1].name == done.outcomes[2].name == FIRST


def test_a_crash_before_the_journal_is_written_is_made_good(practice, monkeypatch):
    def crash(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(practice.book.journal, "taken", crash)
    with pytest.raises(KeyboardInterrupt):
        practice.submit(*several(2))
    assert [each.number for each in practice.book.journal.sent()] == [None, None]
    later = practice.later()
    done = later.submit(*several(3))
    assert kinds(done) == [ALREADY, ALREADY, SETTLED]
    assert [each.number for each in later.book.journal.sent()] == [0, 1, 2]
    assert all(each.transaction for each in later.book.journal.sent())


def test_a_crash_before_anything_is_sent_loses_nothing(practice, monkeypatch):
    def crash(*arguments):
        raise NodeUnreachable("the node", "is away")

    with monkeypatch.context() as patched:
        patched.setattr(ClaimLedger, "send", crash)
        with pytest.raises(NodeUnreachable):
            practice.submit(*several(2))
    assert size(practice) == 0
    later = practice.later()
    assert kinds(later.submit(*several(2))) == [SETTLED, SETTLED]
    assert [each.number for each in later.book.journal.sent()] == [0, 1]


def test_after_a_crash_in_mid_run_the_rest_is_sent(practice, monkeypatch):
    send, calls = ClaimLedger.send, []

    def second_crashes(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise NodeUnreachable("the node", "is away")
        return send(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(ClaimLedger, "send", second_crashes)
        with pytest.raises(NodeUnreachable):
            practice.submit(*several(5), together=2)
    assert size(practice) == 2
    assert kinds(practice.later().submit(*several(5), together=2)) == [ALREADY, ALREADY, SETTLED, SETTLED, SETTLED]
    assert size(practice) == 5


def test_who_is_slower_goes_on_behind_who_was_faster(practice, monkeypatch):
    """Another run sends two of the claims between reading the account and sending."""
    other, send_at = practice.later(), sending._Account._send_at
    raced = []

    def late(self, batch, first):
        if not raced:
            raced.append(True)
            other.submit(*several(2))
        send_at(self, batch, first)

    monkeypatch.setattr(sending._Account, "_send_at", late)
    done = practice.submit(*several(4))
    assert sorted(kinds(done), key=str) == [ALREADY, ALREADY, SETTLED, SETTLED]
    assert size(practice) == 4


def test_a_race_that_never_ends_is_given_up(practice, monkeypatch):
    monkeypatch.setattr(sending, "RACES", 2)
    monkeypatch.setattr(sending.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(ClaimLedger, "head", lambda *_: (7, bytes(32)))
    monkeypatch.setattr(ClaimLedger, "claims", lambda *_: [])
    with pytest.raises(NodeUnreachable, match="all the time"):
        practice.submit(document())


def test_another_claim_with_a_number_that_was_used_is_refused_and_not_lost(practice):
    practice.submit(document())
    done = practice.later().submit(document("A-1", line(charge=9_000)), document("A-1", line(charge=9_000)))
    assert kinds(done) == [REFUSED, REFUSED]
    assert "has the control number of a claim that says something else" in done.outcomes[0].refusal.problem
    done = practice.later().submit(document("B-1", line(days_ago=20)), document("B-1", line(days_ago=21)))
    assert kinds(done) == [SETTLED, REFUSED]


# ---------------------------------------------------------------------- batches


def test_batches_are_as_large_as_they_may_be(practice):
    done = practice.submit(*several(7), together=3)
    assert (kinds(done), len(done.transactions)) == ([SETTLED] * 7, 3)


def test_a_batch_beyond_the_gas_of_a_transaction_is_halved(practice, monkeypatch):
    gas = practice.submit(*several(8)).transactions[0].gas
    monkeypatch.setattr(sending, "TRANSACTION_GAS_MAX", gas)
    done = practice.submit(*several(20, first=9))
    assert kinds(done) == [SETTLED] * 20
    assert len(done.transactions) > 1
    assert all(sent.gas <= gas for sent in done.transactions)


def test_a_claim_beyond_the_gas_of_a_transaction_is_refused_alone(practice, monkeypatch):
    gas = practice.submit(*several(1)).transactions[0].gas
    monkeypatch.setattr(sending, "TRANSACTION_GAS_MAX", 2 * gas)
    long = document("L-1", *(line(number, "80053", 100, days_ago=30) for number in range(1, 60)))
    done = practice.submit(long, *several(2, first=2))
    assert sorted(kinds(done), key=str) == [REFUSED, SETTLED, SETTLED]


def test_a_claim_that_makes_the_call_fail_is_found_and_refused_alone(practice, monkeypatch):
    """As a claim would that no node can run."""
    estimate = Chain.estimate
    poison = practice.code(document("P-1", line(days_ago=40))).commitment.hex()

    def fails(self, call, sender, what):
        if poison in call._encode_transaction_data():
            raise CarechainError("try claims", "was refused by the node: out of gas")
        return estimate(self, call, sender, what)

    monkeypatch.setattr(Chain, "estimate", fails)
    done = practice.submit(*several(3), document("P-1", line(days_ago=40)), *several(2, first=4))
    assert sorted(kinds(done), key=str) == [REFUSED, *[SETTLED] * 5]
    (refused,) = [outcome for outcome in done.outcomes if outcome.kind is REFUSED]
    assert refused.refusal.place == "file.837: P-1"


def test_without_a_payee_every_claim_is_refused_at_once(practice, claims, monkeypatch):
    tried = []
    estimate = Chain.estimate
    monkeypatch.setattr(Chain, "estimate", lambda *each: tried.append(each) or estimate(*each))
    other = practice.later()
    other.book.directory_path.write_text(
        other.book.directory_path.read_text("utf-8").replace("organisation: 1,", "organisation: 3,"), "utf-8"
    )
    sender = practice.suite.chain.web3.eth.accounts[7]
    done = sending.submit(other.ledger, other.book, sender, several(4), together=2)
    assert kinds(done) == [REFUSED] * 4
    assert {outcome.refusal.name for outcome in done.outcomes if outcome.refusal} == {"PayeeUnknown"}
    assert len(tried) == 1


def test_claims_of_another_organisation_are_not_sent(practice):
    sender = practice.suite.chain.web3.eth.accounts[7]
    done = sending.submit(practice.ledger, practice.book, sender, several(1))
    assert kinds(done) == [REFUSED]
    assert "for which the sender does not speak" in done.outcomes[0].refusal.problem


# ---------------------------------------------------------------------- replaced and taken back


def test_a_replacement_takes_back_and_claims_anew_in_one_transaction(practice):
    practice.submit(document())
    done = practice.submit(replacing(FIRST, "A-1", line(charge=8_000)))
    assert (kinds(done), len(done.transactions)) == ([SETTLED], 1)
    assert practice.ledger.case(FIRST).stage is Stage.VOIDED
    assert practice.ledger.case(FIRST).replaced
    assert done.outcomes[0].name == FIRST._replace(number=1)
    assert practice.ledger.account(PAYER, HOSPITAL).owed == 7_500 - 5_500


def test_a_replacement_that_comes_again_is_not_sent_again(practice):
    practice.submit(document())
    practice.submit(replacing(FIRST, "A-1", line(charge=8_000)))
    done = practice.later().submit(document(), replacing(FIRST, "A-1", line(charge=8_000)))
    assert kinds(done) == [ALREADY, ALREADY]
    assert [outcome.name.number for outcome in done.outcomes] == [0, 1]


def test_a_replacement_that_would_be_refused_leaves_the_original_as_it_is(practice):
    practice.submit(document(), *several(1, first=2))
    future = replacing(FIRST, "A-1", line(days_ago=-3))
    good = replacing(FIRST._replace(number=1), "A-2", line(charge=8_000, days_ago=3))
    done = practice.submit(future, good)
    assert kinds(done) == [REFUSED, SETTLED]
    assert "was left as it is" in done.outcomes[0].refusal.problem
    assert practice.ledger.case(FIRST).stage is Stage.NONE


def test_a_claim_is_replaced_once(practice):
    practice.submit(document())
    done = practice.submit(replacing(FIRST, "A-1", line(charge=8_000)), replacing(FIRST, "A-9", line(charge=9_000)))
    assert kinds(done) == [REFUSED, SETTLED]
    assert kinds(practice.submit(replacing(FIRST, "A-9", line(charge=9_000)))) == [REFUSED]


def test_a_claim_that_was_taken_back_before_can_be_replaced(practice):
    practice.submit(document())
    practice.submit(taking_back(FIRST))
    assert kinds(practice.submit(replacing(FIRST, "A-1", line(charge=8_000)))) == [SETTLED]


def test_claims_are_taken_back(practice):
    practice.submit(*several(3))
    done = practice.submit(taking_back(FIRST), taking_back(FIRST._replace(number=2), "A-3"))
    assert (kinds(done), len(done.transactions)) == ([VOIDED, VOIDED], 1)
    assert [claim.is_voided for claim in practice.ledger.claims(PAYER, HOSPITAL)] == [True, False, True]
    assert practice.ledger.claim(FIRST).told[-1].act is Act.VOIDED
    assert kinds(practice.later().submit(taking_back(FIRST))) == [ALREADY]


@pytest.mark.parametrize("make", [replacing, taking_back])
def test_what_is_not_on_the_chain_is_neither_replaced_nor_taken_back(practice, make):
    assert kinds(practice.submit(make(FIRST._replace(number=9)))) == [REFUSED]


# ---------------------------------------------------------------------- the key


def test_a_new_key_does_not_send_what_may_be_there_already(practice):
    practice.submit(document())
    folder = practice.folder / "another"
    folder.mkdir()
    book = Book(folder, practice.suite.chain.book.chain_id, practice.ledger.address, practice.book.directory_path)
    for _ in range(2):
        with pytest.raises(CarechainError, match="key=new"):
            sending.submit(practice.ledger, book, practice.sender, several(1))
        book = Book(folder, practice.suite.chain.book.chain_id, practice.ledger.address, practice.book.directory_path)
    assert not (folder / "key").exists()
    done = sending.submit(practice.ledger, book, practice.sender, several(1, first=5), new_key=True)
    assert kinds(done) == [SETTLED]
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
