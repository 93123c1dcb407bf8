"""An account's log: what stands in it, that it only grows, and that events tell all of it."""

from __future__ import annotations

from claim_acts import ACCOUNT, EVIDENCE, GROUNDS, implant, visit

from carechain.claims.entry import read_entry
from carechain.claims.words import Parked
from carechain.merkle_log import EMPTY_ROOT, MerkleTree
from tests.helpers.claims import Claim, Line, commitment, events, numbered
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, PAYER, SECOND_PROVIDER
from tests.helpers.supply import by

NO_ROOT = "0x" + "00" * 32
CLINIC_ACCOUNT = PAYER << 32 | CLINIC


def log_of(cover, provider=HOSPITAL):
    return cover.claims.logOf(PAYER, provider)


def told(cover, provider=HOSPITAL):
    """Size and root of the log that events told."""
    tree = MerkleTree(cover.account(provider).entries)
    return tree.size, "0x" + tree.root().hex()


def fill(cover, member, parent):
    """Thirteen claims in several calls, some refused, some parked."""
    for n in range(5):
        claims = [visit(member, f"visit {n}", days_ago=10 + n), visit(member, f"refused {n}", version=9)]
        claims.append((implant if n % 2 else visit)(parent, f"other {n}", days_ago=10 + n))
        if n > 1:
            claims.append(Claim(parent, numbered(Line(), Line(200)), f"two {n}").earlier(30 + n))
        cover.submit(*claims)


def test_an_account_without_claims_has_the_root_of_nothing(cover):
    assert log_of(cover) == (0, "0x" + EMPTY_ROOT.hex())


def test_the_log_is_that_of_the_entries_that_events_told(cover, member, parent):
    for n in range(9):
        cover.submit(visit(member if n % 2 else parent, f"{n}", days_ago=10 + n))
        assert log_of(cover) == told(cover)
    fill_more = [visit(member, f"more {n}", days_ago=30 + n) for n in range(8)]
    cover.submit(*fill_more)
    assert log_of(cover) == told(cover)


def test_settled_parked_and_refused_claims_of_one_call_leave_a_log_that_is_told(cover, member, parent):
    fill(cover, member, parent)
    assert log_of(cover) == told(cover)
    assert log_of(cover)[0] == 13


def test_each_account_has_its_own_log(cover, member, parent):
    cover.submit(visit(member))
    cover.submit(visit(parent), visit(member, "another", days_ago=11), provider=SECOND_PROVIDER)
    assert log_of(cover) == told(cover)
    assert log_of(cover, SECOND_PROVIDER) == told(cover, SECOND_PROVIDER)
    assert log_of(cover)[1] != log_of(cover, SECOND_PROVIDER)[1]
    assert log_of(cover, CLINIC) == (0, "0x" + EMPTY_ROOT.hex())


def test_an_entry_says_what_the_claim_said_and_what_became_of_it(cover, member, covered_twice):
    lines = numbered(Line(charge=12_345, units=150), Line(5, 6_000, days_ago=9))
    claim = Claim(member, lines, "said", authorisation=7)
    sent = cover.submit(claim)
    (event,) = events(sent, "ClaimTaken")
    entry = read_entry(bytes(event["entry"]))
    assert (entry.payer, entry.provider, entry.taken_at) == (PAYER, HOSPITAL, sent.timestamp)
    assert (entry.settled, entry.in_network, entry.after_others, entry.reasons) == (True, True, False, ())
    assert (entry.terms, entry.member) == (claim.terms(), member)
    assert entry.control_number == commitment("said")
    assert (entry.record, entry.diagnoses) == (commitment("the record"), commitment("the diagnoses"))
    words = [line.words() for line in lines]
    assert entry.lines == tuple(word for word, _ in words)
    assert entry.procedures == tuple(line.procedure for line in lines)
    assert len(entry.outcomes) == 2


def test_the_entry_of_a_parked_claim_has_its_reasons_and_no_outcomes(cover, member):
    cover.submit(Claim(member, (Line(200, 100, prior_patient=1), Line(254, number=2)), prior_told=1))
    entry = cover.entry(0)
    assert (entry.settled, entry.in_network, entry.after_others) == (False, True, True)
    assert entry.reasons == (Parked.OTHER_COVERAGE, Parked.CATEGORY_UNKNOWN)
    assert entry.outcomes == ()


def test_an_entry_out_of_the_network_says_so(cover, member):
    cover.claims.setPayee(PAYER, CLINIC, by(CLINIC)["from"], by(CLINIC))
    cover.submit(visit(member), provider=CLINIC)
    assert not cover.entry(0, CLINIC).in_network


def test_every_earlier_log_is_a_beginning_of_the_later_one(cover, member, parent):
    fill(cover, member, parent)
    tree = MerkleTree(cover.account().entries)
    for size in range(1, tree.size + 1):
        proof = list(tree.consistency_proof(size))
        assert cover.claims.logContinues(PAYER, HOSPITAL, size, tree.root(size), proof)


def test_what_is_no_beginning_is_told_apart(cover, member, parent):
    fill(cover, member, parent)
    tree = MerkleTree(cover.account().entries)
    proof = list(tree.consistency_proof(5))
    assert not cover.claims.logContinues(PAYER, HOSPITAL, 5, tree.root(6), proof)
    assert not cover.claims.logContinues(PAYER, HOSPITAL, 6, tree.root(5), proof)
    assert not cover.claims.logContinues(PAYER, HOSPITAL, 5, tree.root(5), proof[:-1])
    assert not cover.claims.logContinues(PAYER, SECOND_PROVIDER, 5, tree.root(5), proof)
    assert not cover.claims.logContinues(PAYER, HOSPITAL, 14, tree.root(), [])


def test_decisions_objections_and_voids_leave_the_log_alone(cover, member):
    cover.submit(implant(member), visit(member, "visit", days_ago=11))
    before = log_of(cover)
    cover.decide(0)
    cover.appeal(0)
    cover.uphold(0)
    cover.claims.disputeService(cover.evidence(1), GROUNDS, {"from": member})
    cover.void(1)
    cover.claims.barProvider(PAYER, HOSPITAL, True, EVIDENCE, by(PAYER))
    assert log_of(cover) == before == told(cover)


def test_every_claim_of_a_log_is_proven_at_any_time(cover, member, parent):
    """Whoever has the entries makes the proof, for the log as it is now."""
    fill(cover, member, parent)
    for number in range(13):
        cover.claims.disputeService(cover.evidence(number), GROUNDS, {"from": cover.entry(number).member})
        assert cover.claims.caseOf(PAYER, HOSPITAL, number)["disputed"]


# ---------------------------------------------------------------------- checkpoints


def checkpoint(cover, sender):
    return cover.claims.checkpoint(PAYER, HOSPITAL, {"from": sender})


def test_a_checkpoint_keeps_the_root_that_the_log_has(cover, member, stranger):
    cover.submit(visit(member))
    size, root = log_of(cover)
    sent = checkpoint(cover, stranger)
    assert events(sent, "LogCheckpointed") == [{"account": ACCOUNT, "size": size, "root": root}]
    cover.submit(visit(member, "another", days_ago=11))
    assert cover.claims.checkpointOf(PAYER, HOSPITAL, 1) == root
    for provider, unknown in ((HOSPITAL, 2), (HOSPITAL, 0), (CLINIC, 1)):
        assert cover.claims.checkpointOf(PAYER, provider, unknown) == NO_ROOT


def test_what_is_kept_already_is_kept_once(cover, member, stranger):
    cover.submit(visit(member))
    checkpoint(cover, stranger)
    again = checkpoint(cover, stranger)
    assert events(again, "LogCheckpointed") == []
    assert cover.claims.checkpointOf(PAYER, HOSPITAL, 1) == log_of(cover)[1]


def test_of_an_account_without_claims_nothing_is_proven_by_a_checkpoint(cover, member, stranger):
    checkpoint(cover, stranger)
    assert cover.claims.checkpointOf(PAYER, HOSPITAL, 0) == "0x" + EMPTY_ROOT.hex()
    cover.submit(visit(member))
    payer, provider, number, entry, _, proof, outcomes = cover.evidence()
    with refused("ClaimUnproven", ACCOUNT, 0):
        cover.claims.voidClaim((payer, provider, number, entry, 0, proof, outcomes), by(HOSPITAL))


def test_every_claim_before_a_checkpoint_is_proven_by_it_for_good(cover, member, parent, stranger):
    fill(cover, member, parent)
    checkpoint(cover, stranger)
    size = log_of(cover)[0]
    cover.submit(visit(parent, "later", days_ago=40))
    for number in range(size):
        evidence = cover.evidence(number, size=size)
        cover.claims.disputeService(evidence, GROUNDS, {"from": cover.entry(number).member})
    payer, provider, _, *proven = cover.evidence(0, size=size)
    with refused("ClaimUnproven", ACCOUNT, 1):
        cover.claims.disputeService((payer, provider, 1, *proven), GROUNDS, {"from": member})
    with refused("ClaimUnproven", CLINIC_ACCOUNT, 0):
        cover.claims.disputeService((payer, CLINIC, 0, *proven), GROUNDS, {"from": member})
