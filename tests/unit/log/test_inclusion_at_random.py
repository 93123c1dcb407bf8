"""Proofs of inclusion, honest and spoilt in every way: the contract answers as the steps of RFC 9162 2.1.3.2 do.

The contract checks in assembly, without looking at the length of a proof at each step, so this is asked hard.
"""

import random
from functools import cache

import pymerkle
import pytest
from asking import ask
from sparse_tree import SparseTree

from tests.helpers import rfc9162

SMALL = 70
ENTRIES = [b"entry %d" % index for index in range(SMALL)]
LEAVES = [rfc9162.leaf(entry) for entry in ENTRIES]
ANYTHING = b"\x77" * 32


@cache
def root_of(size):
    return rfc9162.root(ENTRIES[:size])


@cache
def proof_of(index, size):
    return tuple(rfc9162.inclusion_proof(index, ENTRIES[:size]))


@pytest.fixture(scope="module")
def verify(probe):
    """Answers of the contract to many (leaf, index, size, proof, root)."""
    return lambda claims: ask(probe, [(probe.verifyInclusion, *claim) for claim in claims])


def spoilt(chosen, claim):
    """The claim with something changed. It may still hold, as a proof of an equal leaf does."""
    leaf, index, size, proof, root = claim
    proof = list(proof)
    at = chosen.randrange(len(proof)) if proof else 0
    match chosen.randrange(12):
        case 0 if proof:  # a bit
            turned = int.from_bytes(proof[at]) ^ 1 << chosen.randrange(256)
            proof[at] = turned.to_bytes(32)
        case 1 if len(proof) > 1:  # swapped
            other = chosen.randrange(len(proof))
            proof[at], proof[other] = proof[other], proof[at]
        case 2:  # short, at the end or the beginning
            proof = chosen.choice([proof[:-1], proof[1:], proof[:at], []])
        case 3:  # long
            more = chosen.choice([ANYTHING, root, leaf, bytes(32)])
            proof = chosen.choice([[*proof, more], [more, *proof], [*proof, *[more] * chosen.randrange(1, 70)]])
        case 4 if proof:  # one twice, or one instead of another
            proof = chosen.choice([[*proof[:at], proof[at], *proof[at:]], [*proof[:at], *proof[-1:], *proof[at + 1 :]]])
        case 5:  # backwards
            proof = proof[::-1]
        case 6:  # the neighbour, or a place that differs in one bit
            index ^= 1 << chosen.randrange(max(size.bit_length(), 1))
        case 7:  # the place behind the last, and far behind
            index = chosen.choice([size, size + 1, size - 1, 2**64 - 1])
        case 8:  # a tree of another size
            size = chosen.choice([size + 1, max(size - 1, 0), size * 2 % 2**64, size // 2, 1 << size.bit_length() % 64])
        case 9:  # an inner node for the leaf, one level up
            if proof:
                leaf = rfc9162.node(*((proof[0], leaf) if index % 2 else (leaf, proof[0])))
                index, size, proof = index // 2, (size + 1) // 2, proof[1:]
        case 10:  # another leaf or root
            leaf, root = chosen.choice([(root, leaf), (ANYTHING, root), (leaf, ANYTHING), (leaf, leaf), (root, root)])
        case _:  # sibling and leaf in each other's place
            if proof:
                leaf, proof[0] = proof[0], leaf
    return leaf, index, size, proof, root


def test_every_entry_of_every_small_log_is_proved_and_spoilt_proofs_are_judged_as_the_rfc_does(verify):
    chosen = random.Random(91)
    honest = [
        (LEAVES[index], index, size, proof_of(index, size), root_of(size))
        for size in range(1, SMALL + 1)
        for index in range(size)
    ]
    assert all(verify(honest))
    claims = [spoilt(chosen, claim) for claim in honest for _ in range(8)]
    claims += [spoilt(chosen, spoilt(chosen, claim)) for claim in honest]
    expected = [rfc9162.includes(*claim) for claim in claims]
    assert verify(claims) == expected
    assert 100 < sum(expected) < len(claims) / 2  # those that still hold, as of the other child of a pair


def test_every_proof_of_another_implementation_holds_at_every_small_size(verify):
    peer = pymerkle.InmemoryTree.init_from_entries(ENTRIES)
    claims = []
    for size in range(1, SMALL + 1):
        for index in range(size):
            path = peer.prove_inclusion(index + 1, size).path
            claims.append((path[0], index, size, path[1:], peer.get_root(size)))
    assert all(verify(claims))


def test_logs_too_large_to_hold_are_judged_as_the_rfc_does(verify):
    chosen = random.Random(63)
    for _ in range(40):
        bits = chosen.randrange(7, 64)
        size = chosen.choice([chosen.getrandbits(bits) + 2, (1 << bits) - chosen.randrange(2), (1 << bits - 1) + 1])
        places = [0, size - 1, *(chosen.randrange(size) for _ in range(3))]
        tree = SparseTree(places)
        root = tree.root(0, size)
        honest = [
            (rfc9162.leaf(tree.entry(index)), index, size, tree.inclusion_proof(index, size), root) for index in places
        ]
        assert all(verify(honest))
        claims = [spoilt(chosen, claim) for claim in honest for _ in range(12)]
        assert verify(claims) == [rfc9162.includes(*claim) for claim in claims]


def test_what_stands_behind_a_proof_that_is_too_short_does_not_complete_it(probe):
    """The calldata of an honest proof, whose length says that it is shorter."""
    for size in (2, 3, 5, 8, 21, 33, 64, 70):
        for index in range(size):
            proof = proof_of(index, size)
            data = probe.verifyInclusion.encode_input(LEAVES[index], index, size, proof, root_of(size))
            length = f"{len(proof):064x}"
            at = 10 + 5 * 64
            assert data[at : at + 64] == length
            shorter = [data[:at] + f"{less:064x}" + data[at + 64 :] for less in range(len(proof))]
            answers = probe.multicall.call([data, *shorter])
            assert [any(answer) for answer in map(bytes, answers)] == [True] + [False] * len(shorter)
