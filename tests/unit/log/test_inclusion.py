"""Proofs of inclusion: every honest one holds, at its place alone, and nothing else passes for one."""

import random

import pymerkle
import pytest
from asking import ask
from sparse_tree import SparseTree

from tests.helpers import rfc9162

MANY = 300
ENTRIES = [b"entry %d" % index for index in range(MANY)]
LEAVES = [rfc9162.leaf(entry) for entry in ENTRIES]
SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 21, 31, 32, 33)
ANYTHING = b"\x77" * 32


def proof_of(index, size):
    return rfc9162.inclusion_proof(index, ENTRIES[:size])


def root_of(size):
    return rfc9162.root(ENTRIES[:size])


def spoilt(proof):
    """The proof with a bit turned, a hash less, a hash twice, two neighbours changed, or more behind it."""
    for at, value in enumerate(proof):
        yield [*proof[:at], bytes([value[0] ^ 1]) + value[1:], *proof[at + 1 :]]
        yield [*proof[:at], *proof[at + 1 :]]
        yield [*proof[:at], value, *proof[at:]]
        if at:
            yield [*proof[: at - 1], value, proof[at - 1], *proof[at + 1 :]]
    yield [*proof, ANYTHING]
    yield [ANYTHING, *proof]
    yield [*proof, *[ANYTHING] * 300]


@pytest.fixture(scope="module")
def verify(probe):
    """Answers of the contract to many (leaf, index, size, proof, root)."""
    return lambda claims: ask(probe, [(probe.verifyInclusion, *claim) for claim in claims])


def test_every_entry_of_small_logs_is_proved(verify):
    claims = [
        (LEAVES[index], index, size, proof_of(index, size), root_of(size))
        for size in range(1, 34)
        for index in range(size)
    ]
    assert all(verify(claims))


def test_entries_of_larger_logs_are_proved(verify):
    chosen = random.Random(1)
    places = [(chosen.randrange(size), size) for size in range(34, MANY + 1)]
    places += [(index, size) for size in (255, 256, 257, MANY) for index in (0, size // 2, size - 2, size - 1)]
    claims = [(LEAVES[index], index, size, proof_of(index, size), root_of(size)) for index, size in places]
    assert all(verify(claims))


def test_a_spoilt_proof_is_refused(verify):
    for size in SIZES:
        claims = [
            (LEAVES[index], index, size, wrong, root_of(size))
            for index in range(size)
            for wrong in spoilt(proof_of(index, size))
        ]
        assert not any(verify(claims))


def test_a_leaf_is_proved_at_its_own_index_alone(verify):
    for size in SIZES:
        claims = [
            (LEAVES[index], other, size, proof_of(index, size), root_of(size))
            for index in range(size)
            for other in (*range(size + 2), 2**64 - 1)
            if other != index
        ]
        assert not any(verify(claims))


def test_no_index_from_the_size_on_is_proved(verify):
    claims = [
        (LEAVES[0], index, size, proof, root)
        for size in (0, 1, 2, 8)
        for index in (size, size + 1, 2**64 - 1)
        for proof, root in (([], LEAVES[0]), ([LEAVES[1]], root_of(2)), ([], root_of(0)))
    ]
    assert not any(verify(claims))


def test_another_leaf_or_root_is_refused(verify):
    for size in SIZES:
        proofs = [proof_of(index, size) for index in range(size)]
        claims = [(LEAVES[index + 1], index, size, proof, root_of(size)) for index, proof in enumerate(proofs)]
        claims += [(LEAVES[index], index, size, proof, root_of(size + 1)) for index, proof in enumerate(proofs)]
        assert not any(verify(claims))


def test_a_proof_never_goes_on_above_the_root(verify):
    claims = []
    for size in SIZES:
        for index in range(size):
            # The root of something larger, of which this tree would be the right half.
            above = rfc9162.node(ANYTHING, root_of(size))
            claims.append((LEAVES[index], index, size, [*proof_of(index, size), ANYTHING], above))
    claims.append((LEAVES[1], 0, 1, [LEAVES[0]], root_of(2)))
    assert not any(verify(claims))


def test_a_proof_never_ends_below_the_root(verify):
    claims = [
        (LEAVES[index], index, 2 * size, proof_of(index, size), root_of(size))
        for size in (1, 2, 4, 8, 16)
        for index in range(size)
    ]
    assert not any(verify(claims))


def test_an_inner_node_passes_for_no_leaf(verify):
    # What hashes to an inner node begins with 0x01, so no entry has it as its leaf; as a leaf hash in a smaller log of
    # the same root it is a position of that smaller log, which the size tells apart.
    inner = rfc9162.node(LEAVES[0], LEAVES[1])
    upper = proof_of(0, 4)[1:]
    assert verify([(inner, 0, 4, upper, root_of(4)), (inner, 0, 3, upper, root_of(4))]) == [False, False]
    assert rfc9162.leaf(LEAVES[0] + LEAVES[1]) != inner


def test_it_answers_as_the_rfc_does_whatever_is_asked(verify):
    chosen = random.Random(3)
    nodes = [*LEAVES[:6], *(root_of(size) for size in range(1, 7))]
    claims = []
    for _ in range(2_000):
        size, index = chosen.randrange(7), chosen.randrange(7)
        if size > index and chosen.random() < 0.5:
            proof = proof_of(index, size)
            if proof and chosen.random() < 0.5:
                proof[chosen.randrange(len(proof))] = chosen.choice(nodes)
        else:
            proof = [chosen.choice(nodes) for _ in range(chosen.randrange(5))]
        leaf = LEAVES[index] if chosen.random() < 0.7 else chosen.choice(nodes)
        claims.append((leaf, index, size, proof, root_of(max(size, 1))))
    expected = [rfc9162.includes(*claim) for claim in claims]
    assert 100 < sum(expected) < 1_900
    assert verify(claims) == expected


def test_entries_of_logs_too_large_to_hold_are_proved(verify):
    chosen = random.Random(40)
    for size in (2**40, 2**40 - 1, 2**63, 2**63 - 1, *(chosen.getrandbits(40) for _ in range(12))):
        positions = [0, size - 1, *(chosen.randrange(size) for _ in range(3))]
        tree = SparseTree(positions)
        root = tree.root(0, size)
        honest, wrong = [], []
        for index in positions:
            leaf, proof = rfc9162.leaf(tree.entry(index)), tree.inclusion_proof(index, size)
            honest.append((leaf, index, size, proof, root))
            wrong += [(leaf, index ^ 1, size, proof, root), (leaf, index, size, proof[:-1], root)]
            wrong += [(leaf, index, size, [*proof, ANYTHING], root), (leaf, index, size, [], root)]
        assert all(verify(honest))
        assert not any(verify(wrong))


def test_the_log_itself_says_whether_a_leaf_is_in_it_now(probe):
    size = 21
    calls = [(probe.appendMany, LEAVES[:size])]
    calls += [(probe.includes, LEAVES[index], index, proof_of(index, size)) for index in range(size)]
    calls += [(probe.append, LEAVES[size])]
    calls += [(probe.includes, LEAVES[index], index, proof_of(index, size)) for index in range(size)]
    calls += [(probe.includes, LEAVES[index], index, proof_of(index, size + 1)) for index in range(size + 1)]
    answers = ask(probe, calls)
    assert answers[1 : size + 1] == [True] * size
    assert answers[size + 2 : 2 * size + 2] == [False] * size
    assert answers[2 * size + 2 :] == [True] * (size + 1)


def test_another_implementations_proofs_hold_and_it_takes_the_contracts_roots(probe, verify):
    peer = pymerkle.InmemoryTree.init_from_entries(ENTRIES[:100])
    answers = ask(probe, [call for leaf in LEAVES[:100] for call in ((probe.append, leaf), (probe.log,))])
    claims = []
    for size, root in answers[1::2]:
        index = size * 7 % size if size % 3 else size - 1
        proof = peer.prove_inclusion(index + 1, size)
        pymerkle.verify_inclusion(LEAVES[index], root, proof, index + 1, size)
        assert proof.path[0] == LEAVES[index]
        claims.append((LEAVES[index], index, size, proof.path[1:], root))
    assert all(verify(claims))
