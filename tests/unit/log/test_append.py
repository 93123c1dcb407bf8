"""Appending: at every size the root is the one of RFC 9162, however the leaves came in."""

import random
from hashlib import sha256

import pytest
from asking import ask
from brownie.exceptions import VirtualMachineError
from sparse_tree import SparseTree

from tests.helpers import rfc9162

MANY = 300
ENTRIES = [b"entry %d" % index for index in range(MANY)]
LEAVES = [rfc9162.leaf(entry) for entry in ENTRIES]
FULL = 2**64 - 1


@pytest.fixture(scope="module")
def roots():
    """The root at every size from 0 to MANY."""
    return [rfc9162.root(ENTRIES[:size]) for size in range(MANY + 1)]


def test_nothing_has_the_root_of_nothing(probe):
    assert probe.log() == (0, "0x" + sha256(b"").hexdigest())


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 74, 82, 1_000, 70_000])
def test_a_leaf_is_the_hash_of_its_entry_which_stays_as_it_was(probe, length):
    entry = random.Random(length).randbytes(length)
    leaf, left = probe.hashLeaf(entry)
    assert bytes(leaf) == sha256(b"\x00" + entry).digest()
    assert bytes.fromhex(str(left)[2:]) == entry


def test_one_by_one_the_root_is_right_at_every_size(probe, roots):
    answers = []
    # In three parts, each on top of what is on chain: all at once is more than one call holds.
    for start in range(0, MANY, 100):
        leaves = LEAVES[start : start + 100]
        answers += ask(probe, [call for leaf in leaves for call in ((probe.append, leaf), (probe.log,))])
        probe.appendMany(leaves)
    assert answers[::2] == list(range(MANY))
    assert answers[1::2] == list(enumerate(roots))[1:]


@pytest.mark.parametrize("seed", range(6))
def test_in_chunks_of_any_length_the_root_is_right(probe, roots, seed):
    chosen = random.Random(seed)
    size, calls, firsts, sizes = 0, [], [], []
    while size < 250:
        chunk = chosen.choice([0, 1, 2, 3, chosen.randrange(20), chosen.randrange(130)])
        chunk = min(chunk, MANY - size)
        calls += [(probe.appendMany, LEAVES[size : size + chunk]), (probe.log,)]
        firsts.append(size)
        size += chunk
        sizes.append(size)
    answers = ask(probe, calls)
    assert answers[::2] == firsts
    assert answers[1::2] == [(size, roots[size]) for size in sizes]


def test_every_chunk_fits_behind_every_small_size(probe, roots):
    for size in range(18):
        calls = []
        for chunk in range(18):
            calls += [(probe.seed, 0, [b"\xee" * 32] * 64), (probe.appendMany, LEAVES[:size])]
            calls += [(probe.appendMany, LEAVES[size : size + chunk]), (probe.log,)]
        assert ask(probe, calls)[3::4] == [(size + chunk, roots[size + chunk]) for chunk in range(18)]


def test_single_leaves_and_chunks_mix(probe, roots):
    calls, size = [], 0
    for chunk in (1, 7, 8, 16, 31, 33, 64, 100):
        calls += [(probe.append, LEAVES[size]), (probe.appendMany, LEAVES[size + 1 : size + chunk]), (probe.log,)]
        size += chunk
    sizes = [1, 8, 16, 32, 63, 96, 160, 260]
    assert ask(probe, calls)[2::3] == [(size, roots[size]) for size in sizes]


def test_an_append_says_where_it_stands(probe):
    for index in range(3):
        assert dict(probe.append(LEAVES[index]).events["Appended"]) == {
            "index": index,
            "leaf": "0x" + LEAVES[index].hex(),
        }


def test_a_large_log_grows_as_the_definition_says(probe):
    chosen = random.Random(9162)
    sizes = [2**40, 2**40 - 1, 2**33 + 1, *(chosen.getrandbits(chosen.randrange(10, 41)) for _ in range(25))]
    for size in sizes:
        new = range(size, size + 7)
        tree = SparseTree([*new, chosen.randrange(size), chosen.randrange(size)])
        leaves = [rfc9162.leaf(tree.entry(position)) for position in new]
        calls = [(probe.seed, size, tree.peaks(size)), (probe.log,)]
        calls += [call for leaf in leaves[:3] for call in ((probe.append, leaf), (probe.log,))]
        calls += [(probe.appendMany, leaves[3:]), (probe.log,)]
        expected = [(grown, tree.root(0, grown)) for grown in (*range(size, size + 4), size + 7)]
        assert ask(probe, calls)[1::2] == expected


def test_what_is_left_over_from_merged_peaks_is_never_read(probe, roots):
    for size in (1, 2, 5, 64, 100, 255):
        peaks = [b"\xee" * 32] * 64
        start = 0
        for height in reversed(range(9)):
            if size >> height & 1:
                peaks[height] = rfc9162.root(ENTRIES[start : start + (1 << height)])
                start += 1 << height
        calls = [(probe.seed, size, peaks), (probe.log,), (probe.append, LEAVES[size]), (probe.log,)]
        answers = ask(probe, calls)
        assert [answers[1], answers[3]] == [(size, roots[size]), (size + 1, roots[size + 1])]


def test_a_full_log_takes_no_more(probe):
    probe.seed(FULL - 1, SparseTree([]).peaks(FULL - 1))
    probe.append(LEAVES[0])
    assert probe.log()[0] == FULL
    for call, leaves in ((probe.append, LEAVES[0]), (probe.appendMany, LEAVES[:1])):
        with pytest.raises(VirtualMachineError, match="overflow"):
            call(leaves)
