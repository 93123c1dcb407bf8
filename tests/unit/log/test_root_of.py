"""The root of leaves that are all at hand, without a log: the one of RFC 9162 at every size."""

from hashlib import sha256

import pytest
from asking import ask

from carechain.merkle_log import MerkleTree
from tests.helpers import rfc9162

MANY = 70
ENTRIES = [b"entry %d" % index for index in range(4_097)]
LEAVES = [rfc9162.leaf(entry) for entry in ENTRIES]


def test_the_root_of_nothing_is_that_of_nothing(probe):
    assert bytes(probe.rootOf([])) == sha256(b"").digest()


def test_the_root_of_one_leaf_is_the_leaf(probe):
    assert bytes(probe.rootOf(LEAVES[:1])) == LEAVES[0]


def test_at_every_size_the_root_is_right(probe):
    answers = ask(probe, [(probe.rootOf, LEAVES[:size]) for size in range(MANY + 1)])
    assert answers == [rfc9162.root(ENTRIES[:size]) for size in range(MANY + 1)]


@pytest.mark.parametrize("size", [127, 128, 129, 1_000, 1_023, 1_025, 4_096, 4_097])
def test_at_large_sizes_the_root_is_right(probe, size):
    assert bytes(probe.rootOf(LEAVES[:size])) == MerkleTree(ENTRIES[:size]).root()


def test_it_is_the_root_of_a_log_of_the_same_leaves(probe):
    for size in (1, 2, 3, 7, 8, 33):
        answers = ask(probe, [(probe.appendMany, LEAVES[:size]), (probe.log,), (probe.rootOf, LEAVES[:size])])
        assert answers[1] == (size, answers[2])


def test_every_leaf_counts_and_so_does_its_place(probe):
    for size in (2, 3, 5, 8, 13):
        others = [[*LEAVES[:place], LEAVES[-1], *LEAVES[place + 1 : size]] for place in range(size)]
        others += [LEAVES[1:size] + LEAVES[:1], LEAVES[: size - 1], LEAVES[: size + 1]]
        roots = ask(probe, [(probe.rootOf, leaves) for leaves in (LEAVES[:size], *others)])
        assert len(set(roots)) == len(roots)
