"""The note beside a log's size: it is replaced by who says so, and changes nothing of the log."""

import random

import pytest
from asking import ask
from brownie.exceptions import VirtualMachineError
from sparse_tree import SparseTree

from tests.helpers import rfc9162

ENTRIES = [b"entry %d" % index for index in range(40)]
LEAVES = [rfc9162.leaf(entry) for entry in ENTRIES]
ROOTS = [rfc9162.root(ENTRIES[:size]) for size in range(len(ENTRIES) + 1)]
LARGEST = 2**192 - 1
FULL = 2**64 - 1


def test_a_log_begins_without_a_note(probe):
    assert probe.note() == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_last_note_stays_until_the_next_and_the_log_is_the_same(probe, seed):
    chosen = random.Random(seed)
    calls, expected, size, note = [], [], 0, 0
    while size < 30:
        match chosen.randrange(3):
            case 0:
                note = chosen.choice([0, 1, LARGEST, chosen.getrandbits(192)])
                calls.append((probe.appendNoting, LEAVES[size], note))
                grown = 1
            case 1:
                calls.append((probe.append, LEAVES[size]))
                grown = 1
            case _:
                grown = chosen.randrange(6)
                calls.append((probe.appendMany, LEAVES[size : size + grown]))
        calls += [(probe.log,), (probe.note,)]
        expected += [size, (size + grown, ROOTS[size + grown]), note]
        size += grown
    assert ask(probe, calls) == expected


def test_the_largest_size_and_the_largest_note_leave_each_other_alone(probe):
    size = FULL - 1
    tree = SparseTree([size])
    calls = [(probe.seed, size, tree.peaks(size)), (probe.appendNoting, rfc9162.leaf(tree.entry(size)), LARGEST)]
    calls += [(probe.log,), (probe.note,)]
    assert ask(probe, calls)[1:] == [size, (FULL, tree.root(0, FULL)), LARGEST]


def test_a_full_log_takes_no_note(probe):
    probe.seed(FULL - 1, SparseTree([]).peaks(FULL - 1))
    probe.appendNoting(LEAVES[0], 7)
    with pytest.raises(VirtualMachineError, match="overflow"):
        probe.appendNoting(LEAVES[0], 8)
    assert probe.note() == 7
