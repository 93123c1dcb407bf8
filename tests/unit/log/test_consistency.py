"""Proofs of consistency: a log that grew can show it, and one that was rewritten cannot."""

import random

import pymerkle
import pytest
from asking import ask
from sparse_tree import SparseTree

from tests.helpers import rfc9162

MANY = 300
ENTRIES = [b"entry %d" % index for index in range(MANY)]
LEAVES = [rfc9162.leaf(entry) for entry in ENTRIES]
ANYTHING = b"\x77" * 32
EMPTY = rfc9162.root([])


def proof_of(old, new):
    return rfc9162.consistency_proof(old, ENTRIES[:new])


@pytest.fixture(scope="module")
def roots():
    """The root at every size from 0 to MANY."""
    return [rfc9162.root(ENTRIES[:size]) for size in range(MANY + 1)]


@pytest.fixture(scope="module")
def verify(probe):
    """Answers of the contract to many (old size, old root, new size, new root, proof)."""
    return lambda claims: ask(probe, [(probe.verifyConsistency, *claim) for claim in claims])


def test_every_small_log_goes_on_from_every_earlier_size(verify, roots):
    assert all(
        verify(
            [(old, roots[old], new, roots[new], proof_of(old, new)) for new in range(2, 40) for old in range(1, new)]
        )
    )


def test_larger_logs_go_on_from_earlier_sizes(verify, roots):
    chosen = random.Random(2)
    pairs = [(chosen.randrange(1, new), new) for new in range(40, MANY + 1)]
    pairs += [(old, new) for new in (256, 257, MANY) for old in (1, 128, 255, new - 1)]
    assert all(verify([(old, roots[old], new, roots[new], proof_of(old, new)) for old, new in pairs]))


def test_a_log_goes_on_from_itself_and_from_nothing_by_an_empty_proof(verify, roots):
    claims = [(old, roots[old], new, roots[new]) for new in (0, 1, 2, 3, 8, 100) for old in (0, new)]
    assert all(verify([(*claim, []) for claim in claims]))
    assert not any(verify([(*claim, [ANYTHING]) for claim in claims]))


def test_nothing_and_the_same_size_have_one_root(verify, roots):
    wrong = [(0, ANYTHING, 5, roots[5]), (0, roots[5], 5, roots[5]), (5, ANYTHING, 5, roots[5])]
    wrong += [
        (0, ANYTHING, 0, ANYTHING),
        (0, EMPTY, 0, ANYTHING),
        (0, ANYTHING, 0, EMPTY),
        (0, bytes(32), 0, bytes(32)),
    ]
    assert not any(verify([(*claim, []) for claim in wrong]))


def test_a_shorter_log_never_goes_on_from_a_longer(verify, roots):
    claims = [
        (old, roots[min(old, MANY)], new, roots[new], proof)
        for old, new in ((1, 0), (2, 1), (8, 4), (21, 20), (2**64 - 1, 20))
        for proof in ([], [roots[new]], proof_of(3, 5))
    ]
    assert not any(verify(claims))


def test_a_spoilt_proof_is_refused(verify, roots):
    claims = []
    for new in (2, 3, 4, 7, 8, 21, 33):
        for old in range(1, new):
            proof = proof_of(old, new)
            for at, value in enumerate(proof):
                claims.append((old, new, [*proof[:at], bytes([value[0] ^ 1]) + value[1:], *proof[at + 1 :]]))
                claims.append((old, new, [*proof[:at], *proof[at + 1 :]]))
                claims.append((old, new, [*proof[:at], value, *proof[at:]]))
                if at:
                    claims.append((old, new, [*proof[: at - 1], value, proof[at - 1], *proof[at + 1 :]]))
            claims += [(old, new, [*proof, ANYTHING]), (old, new, [ANYTHING, *proof]), (old, new, [])]
            claims += [(old, new, [roots[old], *proof]), (old, new, [*proof, *[ANYTHING] * 200])]
    assert not any(verify([(old, roots[old], new, roots[new], proof) for old, new, proof in claims]))


def test_a_proof_never_goes_on_above_the_roots(verify, roots):
    claims = []
    for new in range(2, 34):
        for old in range(1, new):
            # The roots of something larger, of which these trees would be the right half.
            above = [rfc9162.node(ANYTHING, roots[size]) for size in (old, new)]
            claims.append((old, above[0], new, above[1], [*proof_of(old, new), ANYTHING]))
            claims.append((old, roots[old], new, above[1], [*proof_of(old, new), ANYTHING]))
    assert not any(verify(claims))


def test_a_proof_never_ends_below_the_roots(verify, roots):
    claims = [
        (old, roots[old], 2 * new, roots[new], proof_of(old, new)) for new in (2, 4, 8, 16) for old in range(1, new)
    ]
    assert not any(verify(claims))


def test_both_roots_count(verify, roots):
    pairs = [(old, new) for new in range(2, 20) for old in range(1, new)]
    claims = [(old, ANYTHING, new, roots[new], proof_of(old, new)) for old, new in pairs]
    claims += [(old, roots[old], new, ANYTHING, proof_of(old, new)) for old, new in pairs]
    claims += [(old, roots[old + 1], new, roots[new], proof_of(old, new)) for old, new in pairs]
    assert not any(verify(claims))


def test_a_log_that_rewrote_an_entry_does_not_go_on(verify, roots):
    claims = []
    for rewritten in range(13):
        entries = [*ENTRIES[:rewritten], b"another", *ENTRIES[rewritten + 1 :]]
        for new in range(14, 34):
            proof = rfc9162.consistency_proof(13, entries[:new])
            claims.append((13, roots[13], new, rfc9162.root(entries[:new]), proof))
    assert not any(verify(claims))


def test_it_answers_as_the_rfc_does_whatever_is_asked(verify, roots):
    chosen = random.Random(4)
    nodes = [*LEAVES[:8], *roots[1:9]]
    claims = []
    for _ in range(2_000):
        new = chosen.randrange(2, 9)
        old = chosen.randrange(1, new)
        if chosen.random() < 0.6:
            proof = proof_of(old, new)
            if chosen.random() < 0.5:
                proof[chosen.randrange(len(proof))] = chosen.choice(nodes)
        else:
            proof = [chosen.choice(nodes) for _ in range(chosen.randrange(5))]
        claims.append((old, roots[chosen.choice([old, old, old, new])], new, roots[new], proof))
    expected = [rfc9162.continues(*claim) for claim in claims]
    assert 100 < sum(expected) < 1_900
    assert verify(claims) == expected


def test_logs_too_large_to_hold_go_on_from_earlier_sizes(verify):
    chosen = random.Random(41)
    for new in (2**40, 2**40 - 1, 2**63, 2**63 - 1, *(chosen.getrandbits(40) for _ in range(12))):
        olds = [1, new - 1, 1 << new.bit_length() - 2, *(chosen.randrange(1, new) for _ in range(3))]
        tree = SparseTree([0, new - 1, *olds[3:]])
        honest = [(old, tree.root(0, old), new, tree.root(0, new), tree.consistency_proof(old, new)) for old in olds]
        assert all(verify(honest))
        assert not any(verify([(*claim[:4], [*claim[4], ANYTHING]) for claim in honest]))
        assert not any(verify([(*claim[:4], claim[4][:-1]) for claim in honest]))


def test_the_log_itself_says_what_it_goes_on_from(probe, roots):
    size = 27
    calls = [(probe.appendMany, LEAVES[:size])]
    calls += [(probe.continues, old, roots[old], proof_of(old, size)) for old in range(1, size)]
    calls += [(probe.continues, 0, EMPTY, []), (probe.continues, size, roots[size], [])]
    calls += [(probe.continues, size + 1, roots[size + 1], [])]
    calls += [(probe.continues, old, roots[old + 1], proof_of(old, size)) for old in range(1, size)]
    answers = ask(probe, calls)
    assert answers[1 : size + 2] == [True] * (size + 1)
    assert not any(answers[size + 2 :])


def test_another_implementation_takes_the_contracts_roots(probe):
    peer = pymerkle.InmemoryTree.init_from_entries(ENTRIES[:100])
    answers = ask(probe, [call for leaf in LEAVES[:100] for call in ((probe.append, leaf), (probe.log,))])
    logged = dict(answers[1::2])
    for new in range(2, 101):
        for old in {1, new // 2, new - 1, new * 5 % new or 1}:
            proof = peer.prove_consistency(old, new)
            pymerkle.verify_consistency(logged[old], logged[new], proof, old, new)
