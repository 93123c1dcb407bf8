"""The Merkle log in Python: RFC 9162 section 2.1 at every size, in little memory, and nothing else passes for it."""

from __future__ import annotations

import random
import sys
import tracemalloc
from functools import cache
from itertools import pairwise

import pymerkle
import pytest
from pymerkle.proof import InclusionProof

from carechain.errors import CarechainError
from carechain.merkle_log import (
    EMPTY_ROOT,
    MerkleTree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.helpers import rfc9162

SIZES = 67
"""Every size below it is tried: all shapes of a tree up to 64, and what follows a perfect one."""
ENTRIES = [b"entry %d" % index for index in range(SIZES)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
PUBLISHED = {
    b"": "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    b"\x00": "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    b"\x10": "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    b"\x20\x21": "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    b"\x30\x31": "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    b"\x40\x41\x42\x43": "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    bytes(range(0x50, 0x58)): "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    bytes(range(0x60, 0x70)): "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
"""The entries that implementations of Certificate Transparency test with, and the root after each."""


@pytest.fixture(scope="module")
def tree():
    return MerkleTree(ENTRIES)


@pytest.fixture(scope="module")
def peer():
    return pymerkle.InmemoryTree.init_from_entries(ENTRIES)


def spoilt(proof):
    """The proof with one bit turned in every hash, one hash less, one more, and two neighbours changed."""
    for position, value in enumerate(proof):
        yield (*proof[:position], bytes([value[0] ^ 1]) + value[1:], *proof[position + 1 :])
        yield (*proof[:position], value[:31] + bytes([value[31] ^ 0x80]), *proof[position + 1 :])
        yield (*proof[:position], *proof[position + 1 :])
        yield (*proof[:position], value, *proof[position:])
    for position, (one, other) in enumerate(pairwise(proof)):
        yield (*proof[:position], other, one, *proof[position + 2 :])
    yield (*proof, EMPTY_ROOT)
    yield (EMPTY_ROOT, *proof)


def malformed(proof):
    """Proofs with a value that is no hash, and one that no tree is high enough for."""
    yield (*proof, b"")
    yield (*proof, bytes(31))
    yield tuple(value + b"\x00" for value in proof) or (b"\x00",)
    yield tuple(value[:-1] for value in proof) or (bytes(33),)
    yield proof + (EMPTY_ROOT,) * 300


# ---------------------------------------------------------------------- roots


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert MerkleTree().root() == EMPTY_ROOT == rfc9162.root([])


def test_published_roots_are_reproduced():
    grown = MerkleTree()
    for entry, root in PUBLISHED.items():
        grown.extend([entry])
        assert grown.root().hex() == root


def test_the_root_at_every_size_is_the_definitions(tree):
    assert [tree.root(size) for size in range(SIZES + 1)] == [rfc9162.root(ENTRIES[:size]) for size in range(SIZES + 1)]


def test_another_implementation_has_the_same_roots(tree, peer):
    assert [tree.root(size) for size in range(SIZES + 1)] == [peer.get_root(size) for size in range(SIZES + 1)]


def test_entries_one_by_one_make_the_same_tree_as_all_at_once(tree):
    grown = MerkleTree()
    for index, entry in enumerate(ENTRIES):
        grown.extend([entry])
        assert grown.root() == tree.root(index + 1)


def test_entries_in_uneven_portions_make_the_same_tree_as_all_at_once(tree):
    chance = random.Random(9162)
    for _ in range(20):
        grown = MerkleTree()
        while grown.size < SIZES:
            grown.extend(ENTRIES[grown.size : grown.size + chance.randrange(12)])
        assert [grown.root(size) for size in range(SIZES)] == [tree.root(size) for size in range(SIZES)]


def test_a_tree_of_leaf_hashes_is_that_of_the_entries(tree):
    by_hash = MerkleTree.of_leaves(LEAVES[:50])
    by_hash.extend_leaves(iter(LEAVES[50:]))
    assert by_hash.root() == tree.root()
    assert [by_hash.leaf(index) for index in range(SIZES)] == LEAVES


def test_a_stream_larger_than_one_portion_makes_the_definitions_tree():
    number = 70_001
    large = MerkleTree(b"%d" % index for index in range(number))
    assert large.size == number
    for size in (32_767, 32_768, 32_769, 65_537, number):
        assert large.root(size) == rfc9162.root([b"%d" % index for index in range(size)])


def test_a_stream_that_fails_leaves_a_sound_tree():
    def failing():
        yield from (b"%d" % index for index in range(40_000))
        raise OSError

    broken = MerkleTree()
    with pytest.raises(OSError):  # noqa: PT011 - the stream's own
        broken.extend(failing())
    assert broken.root() == MerkleTree(b"%d" % index for index in range(broken.size)).root()


# ---------------------------------------------------------------------- memory


def test_a_tree_keeps_64_bytes_an_entry():
    number = 50_000
    kept = MerkleTree(b"%d" % index for index in range(number))._levels
    assert sum(map(len, kept)) <= 64 * number
    assert sum(map(sys.getsizeof, kept)) < 80 * number


def test_a_stream_is_not_held():
    number = 40_000
    tracemalloc.start()
    try:
        MerkleTree(index.to_bytes(1024, "big") for index in range(number))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000 < 1024 * number


# ---------------------------------------------------------------------- inclusion


def test_every_entry_is_proved_at_every_size_as_the_rfc_proves_it(tree):
    for size in range(1, SIZES + 1):
        root = tree.root(size)
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            assert proof == tuple(rfc9162.inclusion_proof(index, ENTRIES[:size]))
            assert verify_inclusion(LEAVES[index], index, size, proof, root)


def test_another_implementation_accepts_our_inclusion_proofs(tree, peer):
    for size in range(1, SIZES + 1):
        for index in range(size):
            rule = peer.prove_inclusion(index + 1, size).rule
            path = [LEAVES[index], *tree.inclusion_proof(index, size)]
            proof = InclusionProof("sha256", True, size, index + 1, rule, path)
            pymerkle.verify_inclusion(LEAVES[index], tree.root(size), proof, index + 1, size)


def test_a_proof_for_an_earlier_size_outlives_what_is_added():
    grown = MerkleTree(ENTRIES[:21])
    then = [grown.inclusion_proof(index) for index in range(21)]
    grown.extend(ENTRIES[21:])
    assert [grown.inclusion_proof(index, 21) for index in range(21)] == then


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21, 64, SIZES])
def test_a_spoilt_inclusion_proof_is_refused(tree, size):
    root = tree.root(size)
    for index in range(size):
        proof = tree.inclusion_proof(index, size)
        for wrong in (*spoilt(proof), *malformed(proof)):
            assert not verify_inclusion(LEAVES[index], index, size, wrong, root)


def test_an_inclusion_proof_is_of_one_leaf_at_one_index_under_one_root(tree):
    for size in (2, 3, 7, 8, 21):
        root = tree.root(size)
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            for other in range(size):
                if other != index:
                    assert not verify_inclusion(LEAVES[index], other, size, proof, root)
                    assert not verify_inclusion(LEAVES[other], index, size, proof, root)
            assert not verify_inclusion(LEAVES[index], index, size, proof, tree.root(size + 1))


@pytest.mark.parametrize(("index", "size"), [(1, 1), (5, 4), (0, 0), (-1, 4), (0, -1), (2**64, 4)])
def test_an_index_outside_the_tree_proves_nothing(tree, index, size):
    assert not verify_inclusion(LEAVES[0], index, size, (), LEAVES[0])
    assert not verify_inclusion(LEAVES[3], index, size, tree.inclusion_proof(3, 4), tree.root(4))


def test_leaf_and_root_must_be_hashes():
    assert verify_inclusion(LEAVES[0], 0, 1, (), LEAVES[0])
    for wrong in (b"", LEAVES[0][:31], LEAVES[0] + b"\x00"):
        assert not verify_inclusion(wrong, 0, 1, (), wrong)


def test_a_node_does_not_pass_for_an_entry(tree):
    both = LEAVES[0] + LEAVES[1]
    assert node_hash(LEAVES[0], LEAVES[1]) == tree.root(2) != leaf_hash(both)
    assert not verify_inclusion(leaf_hash(both), 0, 1, (), tree.root(2))


# ---------------------------------------------------------------------- consistency


def test_every_size_goes_on_from_every_earlier_one_as_the_rfc_proves_it(tree):
    for size in range(1, SIZES + 1):
        root = tree.root(size)
        for old_size in range(1, size):
            proof = tree.consistency_proof(old_size, size)
            assert proof == tuple(rfc9162.consistency_proof(old_size, ENTRIES[:size]))
            assert verify_consistency(old_size, tree.root(old_size), size, root, proof)


def test_another_implementations_consistency_proofs_fit_our_roots(tree, peer):
    for size in range(1, SIZES + 1):
        for old_size in range(1, size + 1):
            proof = peer.prove_consistency(old_size, size)
            pymerkle.verify_consistency(tree.root(old_size), tree.root(size), proof, old_size, size)


def test_a_tree_goes_on_from_itself_and_from_nothing_by_an_empty_proof(tree):
    for size in range(SIZES + 1):
        root = tree.root(size)
        for old_size in (0, size):
            assert tree.consistency_proof(old_size, size) == ()
            assert verify_consistency(old_size, tree.root(old_size), size, root, ())
            assert not verify_consistency(old_size, tree.root(old_size), size, root, (root,))


def test_nothing_and_the_same_size_have_one_root(tree):
    assert not verify_consistency(0, LEAVES[0], 5, tree.root(5), ())
    assert not verify_consistency(0, LEAVES[0], 0, LEAVES[0], ())
    assert not verify_consistency(5, tree.root(4), 5, tree.root(5), ())


@pytest.mark.parametrize("size", [2, 3, 7, 8, 21, 64, SIZES])
def test_a_spoilt_consistency_proof_is_refused(tree, size):
    root = tree.root(size)
    for old_size in range(1, size):
        proof = tree.consistency_proof(old_size, size)
        for wrong in (*spoilt(proof), *malformed(proof), ()):
            assert not verify_consistency(old_size, tree.root(old_size), size, root, wrong)


def test_a_tree_that_rewrote_an_entry_does_not_go_on(tree):
    for rewritten in range(13):
        entries = list(ENTRIES)
        entries[rewritten] = b"another"
        other = MerkleTree(entries)
        for size in range(14, SIZES):
            proof = other.consistency_proof(13, size)
            assert not verify_consistency(13, tree.root(13), size, other.root(size), proof)


@pytest.mark.parametrize(("old_size", "size"), [(5, 4), (-1, 4), (1, 0), (0, -1), (2**64, 4)])
def test_sizes_that_do_not_follow_prove_nothing(tree, old_size, size):
    assert not verify_consistency(old_size, tree.root(4), size, tree.root(4), ())
    assert not verify_consistency(old_size, EMPTY_ROOT, size, tree.root(4), ())
    assert not verify_consistency(old_size, tree.root(4), size, tree.root(4), tree.consistency_proof(3, 4))


def test_both_roots_must_be_hashes(tree):
    proof = tree.consistency_proof(3, 5)
    assert not verify_consistency(3, tree.root(3)[:31], 5, tree.root(5), proof)
    assert not verify_consistency(3, tree.root(3), 5, tree.root(5) + b"\x00", proof)
    assert not verify_consistency(1, b"", 1, b"", ())


# ---------------------------------------------------------------------- large trees


@cache
def root_of_equals(size):
    """The root of so many equal entries, by the definition: a tree too large to be built."""
    if size == 1:
        return LEAVES[0]
    left = 1 << (size - 1).bit_length() - 1
    return node_hash(root_of_equals(left), root_of_equals(size - left))


def path_of_equals(index, size):
    if size == 1:
        return ()
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return (*path_of_equals(index, left), root_of_equals(size - left))
    return (*path_of_equals(index - left, size - left), root_of_equals(left))


def continuation_of_equals(old_size, size, whole=True):
    if old_size == size:
        return () if whole else (root_of_equals(size),)
    left = 1 << (size - 1).bit_length() - 1
    if old_size <= left:
        return (*continuation_of_equals(old_size, left, whole), root_of_equals(size - left))
    return (*continuation_of_equals(old_size - left, size - left, False), root_of_equals(left))


def test_trees_of_up_to_2_to_the_64_entries_are_verified():
    chance = random.Random(2**40)
    for _ in range(200):
        size = chance.randrange(2, 1 << chance.randrange(2, 65))
        index = chance.randrange(size)
        old_size = chance.randrange(1, size)
        root = root_of_equals(size)
        inclusion = path_of_equals(index, size)
        consistency = continuation_of_equals(old_size, size)
        assert verify_inclusion(LEAVES[0], index, size, inclusion, root)
        assert not verify_inclusion(LEAVES[1], index, size, inclusion, root)
        assert verify_consistency(old_size, root_of_equals(old_size), size, root, consistency)
        assert not verify_consistency(old_size, LEAVES[1], size, root, consistency)


# ---------------------------------------------------------------------- what cannot be asked


@pytest.mark.parametrize(
    ("ask", "place"),
    [
        (lambda tree: tree.root(SIZES + 1), "Size 68"),
        (lambda tree: tree.root(-1), "Size -1"),
        (lambda tree: tree.leaf(SIZES), "Entry 67"),
        (lambda tree: tree.leaf(-1), "Entry -1"),
        (lambda tree: tree.inclusion_proof(SIZES), "Entry 67"),
        (lambda tree: tree.inclusion_proof(-1), "Entry -1"),
        (lambda tree: tree.inclusion_proof(5, 5), "Entry 5"),
        (lambda tree: tree.inclusion_proof(0, 0), "Entry 0"),
        (lambda tree: tree.inclusion_proof(0, SIZES + 1), "Size 68"),
        (lambda tree: tree.consistency_proof(5, 4), "A tree of 5"),
        (lambda tree: tree.consistency_proof(-1), "A tree of -1"),
        (lambda tree: tree.consistency_proof(0, SIZES + 1), "Size 68"),
    ],
)
def test_what_the_tree_does_not_have_is_an_error(tree, ask, place):
    with pytest.raises(CarechainError) as refusal:
        ask(tree)
    assert refusal.value.place == place


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_a_leaf_that_is_no_hash_is_an_error_and_nothing_is_added(wrong):
    grown = MerkleTree.of_leaves(LEAVES[:3])
    with pytest.raises(CarechainError, match="is not 32 bytes long"):
        grown.extend_leaves([LEAVES[3], wrong, LEAVES[4]])
    assert (grown.size, grown.root()) == (3, MerkleTree(ENTRIES[:3]).root())
