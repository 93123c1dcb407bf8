"""The ledger is what the chain has, checked: accounts, claims, what was decided about them, and what proves it."""

from __future__ import annotations

from itertools import count

import pytest

from carechain.chain import Chain
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName, account_of, parties_of
from carechain.claims.state import Act
from carechain.claims.words import Parked, Reason, Refusal, ReviewerKind, Stage
from carechain.consent_scope import Scope
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash, verify_inclusion
from tests.helpers.suite import CLINIC, EXTERNAL_REVIEWER, HOSPITAL, PAYER, REVIEWER, SECOND_REVIEWER, pass_time
from tests.helpers.supply import by
from tests.unit.claim_keeping.claim_documents import PLAN, document, line, replacing, taking_back

FIRST = ClaimName(PAYER, HOSPITAL, 0)
DAY = 86_400


@pytest.fixture
def parked(practice):
    """A claim that waits for a reviewer, between two that are settled."""
    practice.submit(
        document("A-1", line(days_ago=3)), document("A-2", line(procedure="97110")), document("A-3", line(days_ago=5))
    )
    return FIRST._replace(number=1)


@pytest.mark.parametrize("text", ["", "19", "19-1", "19-1-x", "19-1--1", "019-1-0", "0-1-0", "19-1-00", f"{2**32}-1-0"])
def test_what_is_no_name_of_a_claim_is_refused_and_not_repeated(text):
    with pytest.raises(CarechainError) as error:
        ClaimName.parse(text)
    assert not text or text not in error.value.place + error.value.problem


def test_names_are_written_as_they_are_read():
    name = ClaimName.parse(" 19-1-0 ")
    assert (name, str(name)) == (ClaimName(19, 1, 0), "19-1-0")
    assert parties_of(name.account) == (19, 1)
    assert account_of(19, 1) == name.account


def test_claims_are_told_with_what_became_of_them(practice, parked):
    first, second, third = practice.ledger.claims(PAYER, HOSPITAL)
    assert [str(each.name) for each in (first, second, third)] == ["24-1-0", "24-1-1", "24-1-2"]
    assert (first.entry.settled, first.paid, first.share, first.told) == (True, 7_500, 2_500, ())
    assert (second.entry.settled, second.entry.reasons, second.outcomes) == (False, (Parked.REVIEWED_CATEGORY,), ())
    assert first.taken.moment < second.taken.moment < third.taken.moment
    assert first.taken.moment.at == first.entry.taken_at
    assert practice.ledger.numbers(PAYER, HOSPITAL)[third.entry.control_number] == 2


def test_decisions_are_told_in_their_order(practice, parked):
    def evidence():
        return practice.ledger.evidence(parked).words()

    claims, ledger = practice.cover.claims, practice.ledger
    claims.decideClaim(evidence(), REVIEWER, bytes([Reason.NOT_NECESSARY]), [], by(REVIEWER))
    claims.appeal(evidence(), b"\7" * 32, by(HOSPITAL))
    claims.upholdDecision(evidence(), SECOND_REVIEWER, by(SECOND_REVIEWER))
    claims.appeal(evidence(), b"\7" * 32, by(HOSPITAL))
    claims.decideClaim(evidence(), EXTERNAL_REVIEWER, bytes(1), [], by(EXTERNAL_REVIEWER))
    claim = ledger.claim(parked)
    assert [each.act for each in claim.told] == [Act.DECIDED, Act.APPEALED, Act.UPHELD, Act.APPEALED, Act.DECIDED]
    assert [each.reviewer for each in claim.told] == [REVIEWER, 0, SECOND_REVIEWER, 0, EXTERNAL_REVIEWER]
    assert claim.told[1].grounds == b"\7" * 32
    assert claim.told[0].outcomes != claim.decided_words == claim.told[-1].outcomes
    assert claim.paid == claim.told[-1].paid == 12_000
    assert ledger.case(parked).stage is Stage.FINAL


def test_evidence_proves_a_claim_at_the_logs_present_size(practice, parked):
    for number in range(3):
        name = FIRST._replace(number=number)
        evidence = practice.ledger.evidence(name)
        size, root = practice.ledger.head(PAYER, HOSPITAL)
        assert verify_inclusion(leaf_hash(evidence.entry), number, size, evidence.proof, root)
        assert evidence.words()[:3] == (PAYER, HOSPITAL, number)


def test_evidence_for_a_checkpoint_holds_for_good(practice, parked):
    practice.cover.claims.checkpoint(PAYER, HOSPITAL, by(CLINIC))
    kept = practice.ledger.evidence(parked)
    practice.submit(document("A-4", line(days_ago=8)))
    later = practice.ledger.evidence(parked)
    assert (later.size, later.proof) == (kept.size, kept.proof) == (3, kept.proof)
    assert practice.ledger.evidence(FIRST._replace(number=3)).size == 4
    practice.cover.claims.decideClaim(kept.words(), REVIEWER, bytes(1), [], by(REVIEWER))


def test_what_comes_in_before_a_proof_arrives_does_not_stop_it(practice, parked):
    ledger, reviewer, more = practice.ledger, str(by(REVIEWER)["from"]), count(4)

    def made(evidence):
        practice.submit(document(f"A-{next(more)}", line(days_ago=8)))  # each time, between proof and call
        return ledger.functions.decideClaim(evidence, REVIEWER, bytes(1), [])

    kept, decided = ledger.act(parked, made, reviewer, "decide")
    assert kept.what == "keep a checkpoint"
    assert ledger.case(parked).stage is Stage.DECIDED
    assert decided.block > kept.block


def test_a_call_is_not_made_anew_where_a_decision_came_first(practice, parked):
    ledger, claims = practice.ledger, practice.cover.claims

    def made(evidence):
        claims.decideClaim(evidence, REVIEWER, bytes([Reason.NOT_NECESSARY]), [], by(REVIEWER))
        return ledger.functions.decideClaim(evidence, SECOND_REVIEWER, bytes(1), [])

    with pytest.raises(ContractRefusal, match="ClaimUnproven"):
        ledger.act(parked, made, str(by(SECOND_REVIEWER)["from"]), "decide")
    assert claims.logOf(PAYER, HOSPITAL)[0] == 3
    assert claims.checkpointOf(PAYER, HOSPITAL, 3) == "0x" + "00" * 32


def test_a_call_is_not_made_anew_where_a_decision_came_beside_the_checkpoint(practice, parked, monkeypatch):
    ledger, send, made = practice.ledger, practice.ledger.send, []

    def sent(call, sender, what):
        done = send(call, sender, what)
        practice.cover.claims.decideClaim(ledger.evidence(parked).words(), REVIEWER, bytes(1), [], by(REVIEWER))
        return done

    def make(evidence):
        made.append(evidence)
        practice.submit(document("A-4", line(days_ago=8)))
        return ledger.functions.appeal(evidence, bytes(32))

    monkeypatch.setattr(ledger, "send", sent)
    with pytest.raises(ContractRefusal, match="ClaimUnproven"):
        ledger.act(parked, make, str(by(HOSPITAL)["from"]), "appeal")
    assert len(made) == 1
    assert ledger.case(parked).stage is Stage.DECIDED


def test_a_ledger_reads_on_from_where_it_was(practice, parked, monkeypatch):
    ledger = practice.ledger
    ledger.claims(PAYER, HOSPITAL)
    read, since = Chain.events, []

    def noted(self, contract, names, filters, until=None, begin=None):
        since.append(begin)
        return read(self, contract, names, filters, until, begin)

    monkeypatch.setattr(Chain, "events", noted)
    practice.submit(document("A-4", line(days_ago=8)))
    assert len(ledger.claims(PAYER, HOSPITAL)) == 4
    assert since
    assert None not in since


def test_an_answer_as_of_a_block_stays_as_it_was(practice, parked):
    then = practice.ledger.at(practice.suite.chain.latest_block())
    practice.submit(document("A-4", line(days_ago=8)))
    assert (len(then.claims(PAYER, HOSPITAL)), then.account(PAYER, HOSPITAL).claims) == (3, 3)


def test_a_log_that_lacks_a_claim_is_refused(practice, parked, monkeypatch):
    read = Chain.events
    monkeypatch.setattr(Chain, "events", lambda *each: [e for e in read(*each) if e.values.get("number") != 1])
    with pytest.raises(CarechainError, match="is not what its entries make"):
        ClaimLedger(practice.suite.chain).claims(PAYER, HOSPITAL)


def test_a_decision_that_was_altered_on_the_way_proves_nothing(practice, parked, monkeypatch):
    words = practice.ledger.evidence(parked).words()
    practice.cover.claims.decideClaim(words, REVIEWER, bytes(1), [], by(REVIEWER))
    read = Chain.events
    monkeypatch.setattr(Chain, "events", lambda *each: [e for e in read(*each) if e.name != "ClaimDecided"])
    with pytest.raises(CarechainError, match="decided otherwise"):
        ClaimLedger(practice.suite.chain).evidence(parked)


def test_what_is_not_there_is_refused(practice, parked):
    with pytest.raises(CarechainError, match="is not on the chain"):
        practice.ledger.claim(FIRST._replace(number=3))
    with pytest.raises(CarechainError, match="has opened no reserve"):
        practice.ledger.reserve(HOSPITAL)
    with pytest.raises(CarechainError, match="is not published"):
        practice.ledger.version(PAYER, PLAN, 9)


def test_payments_and_what_was_withheld_are_told(practice, parked):
    practice.submit(taking_back(FIRST))
    practice.submit(document("A-4", line(days_ago=8)), document("A-5", line(days_ago=9)))
    first, second = practice.ledger.payments(PAYER, HOSPITAL)
    assert (first.amount, first.owed, first.delivered) == (15_000, 0, True)
    assert (second.amount, second.owed, second.interest) == (7_500, 7_500, 0)
    assert second.moment.transaction.startswith("0x")
    assert practice.ledger.payments(PAYER, HOSPITAL, since=second.moment.block) == [second]


def test_refusals_are_told_by_their_commitment(practice, consents):
    consents.revoke(PAYER, Scope.any().to_bytes(), {"from": practice.members["M2"]})
    said = document("A-2", member="M2")
    practice.submit(said)
    (refused,) = practice.ledger.refusals(PAYER, HOSPITAL)
    assert (refused.refusal, refused.position) == (Refusal.CONSENT_MISSING, 0)
    assert refused.control_number == practice.book.commitment_of(PAYER, HOSPITAL, said)


def test_what_waits_is_listed_by_its_deadline(practice, parked):
    claims = practice.cover.claims
    pass_time(DAY)
    claims.appeal(practice.ledger.evidence(FIRST).words(), bytes(32), by(HOSPITAL))
    (first, case), (second, _) = practice.ledger.waiting(PAYER)
    assert [first, second] == sorted([FIRST, parked], key=lambda name: practice.ledger.case(name).deadline)
    assert case.deadline
    assert practice.ledger.waiting(provider=HOSPITAL + 1) == []
    assert practice.ledger.accounts() == [(PAYER, HOSPITAL)]


def test_a_programme_is_read(practice, parked):
    ledger = practice.ledger
    reserve = ledger.reserve(PAYER)
    assert reserve.free == reserve.funds - reserve.encumbered
    assert reserve.encumbered == 12_000
    (version,) = ledger.versions(PAYER, PLAN)
    assert version.benefits == practice.plan.benefits
    assert (version.schedule_root, version.schedule_size) == (practice.plan.schedule.root, 3)
    assert ledger.rule(PAYER, PLAN, 1, 98) == practice.plan.benefits.rules[98]
    assert ledger.rule(PAYER, PLAN, 1, 200) is None
    assert [(each.organisation, each.kind) for each in ledger.reviewers(PAYER)] == [
        (REVIEWER, ReviewerKind.INTERNAL),
        (SECOND_REVIEWER, ReviewerKind.INTERNAL),
        (EXTERNAL_REVIEWER, ReviewerKind.EXTERNAL),
    ]
    member = str(practice.members["M1"])
    (period,) = ledger.periods(PAYER, member)
    assert (period.plan, period.out_of_pocket) == (PLAN, 5_000)
    assert [each.member for each in ledger.enrolled(PAYER)] == [str(each) for each in practice.members.values()]
    assert ledger.enrolled(PAYER, member)[0].first_day == period.first_day


def test_an_authorisation_is_read(practice):
    practice.cover.authorise(practice.members["M1"], 2, number=7, units=300)
    found = practice.ledger.authorisation(PAYER, 7)
    assert (found.member, found.provider, found.category, found.units) == (
        str(practice.members["M1"]),
        HOSPITAL,
        2,
        300,
    )
    assert practice.ledger.authorisation(PAYER, 8) is None


def test_what_calls_would_take_is_known_before(practice):
    coded = practice.code(document())
    bad = practice.code(document("A-2", line(days_ago=-5)))
    call = practice.ledger.functions.submitClaims(PAYER, HOSPITAL, 0, [coded.words, bad.words])
    assert practice.ledger.would_take(PAYER, HOSPITAL, [call], practice.sender) == 1
    assert practice.ledger.head(PAYER, HOSPITAL)[0] == 0


def test_a_claim_that_was_replaced_says_so(practice):
    practice.submit(document())
    practice.submit(replacing(FIRST, "A-1", line(charge=8_000)))
    assert practice.ledger.claim(FIRST).is_voided
    assert practice.ledger.case(FIRST).replaced
