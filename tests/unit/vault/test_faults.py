"""Nodes that are gone, hang, are full or lie: records survive as many as they can, and nothing wrong is ever read."""

from __future__ import annotations

import itertools
import random

import pytest

from carechain.errors import CarechainError
from carechain.vault.packs import ShardStore
from tests.unit.vault.faulty_nodes import SECRET_OPTION, FaultyNodes

ITEMS = [random.Random(n).randbytes(50 + 41 * n) for n in range(6)]


@pytest.fixture
def pack(store):
    return written(store).pack


@pytest.fixture
def placements(store, pack):
    return store.placements


def written(store, items=ITEMS):
    plan = store.plan(items)
    store.write(plan)
    store.placements = plan.placements
    return plan


def truncated(nodes, name, pack, other):
    nodes.objects(name)[pack.id] = nodes.objects(name)[pack.id][:-200]


def emptied(nodes, name, pack, other):
    nodes.objects(name)[pack.id] = b""


def altered(nodes, name, pack, other):
    content = bytearray(nodes.objects(name)[pack.id])
    for place in range(0, len(content), 10):
        content[place] ^= 1
    nodes.objects(name)[pack.id] = bytes(content)


def replaced_by_garbage(nodes, name, pack, other):
    nodes.objects(name)[pack.id] = random.Random(1).randbytes(100_000)


def swapped_with_another_node(nodes, name, pack, other):
    nodes.objects(name)[pack.id] = nodes.objects(pack.nodes[-1])[pack.id]


def swapped_with_another_pack(nodes, name, pack, other):
    nodes.objects(name)[pack.id] = nodes.objects(name)[other.id]


def swapped_among_records(nodes, name, pack, other):
    content = nodes.objects(name)[pack.id]
    nodes.objects(name)[pack.id] = content[60:] + content[:60]


def shifted_by_a_byte(nodes, name, pack, other):
    nodes.objects(name)[pack.id] = b"\0" + nodes.objects(name)[pack.id][:-1]


def lost(nodes, name, pack, other):
    nodes.objects(name).clear()


def gone(nodes, name, pack, other):
    nodes.is_gone(name)


def hanging(nodes, name, pack, other):
    nodes.hangs(name)


LIES = [
    truncated,
    emptied,
    altered,
    replaced_by_garbage,
    swapped_with_another_node,
    swapped_with_another_pack,
    swapped_among_records,
    shifted_by_a_byte,
    lost,
]
FAULTS = [*LIES, gone, hanging]


def refusal(work, *arguments):
    """The sentence of a refusal; it tells nothing of places, options and contents."""
    with pytest.raises(CarechainError) as error:
        work(*arguments)
    message = str(error.value)
    assert error.value.__context__ is None
    assert not [told for told in ("/private", SECRET_OPTION, "faulty:", "b'") if told in message]
    return message


@pytest.mark.parametrize("fault", FAULTS)
def test_two_of_five_nodes_may_fail_in_any_way(store, faulty, pack, placements, fault):
    other = written(store, ITEMS[::-1]).pack
    for name in pack.nodes[:2]:
        fault(faulty, name, pack, other)
    reading = store.read_many(pack, placements)
    assert reading.items == tuple(ITEMS)
    assert set(reading.bad) == set(pack.nodes[:2])


@pytest.mark.parametrize("fault", FAULTS)
def test_when_three_of_five_fail_that_is_said_and_nothing_wrong_is_read(store, faulty, pack, placements, fault):
    other = written(store, ITEMS[::-1]).pack
    for name in pack.nodes[1:4]:
        fault(faulty, name, pack, other)
    message = refusal(store.read_many, pack, placements)
    assert "where 3 are needed" in message
    assert all(name in message for name in pack.nodes[1:4])


def test_every_pair_of_nodes_may_be_lost(store, faulty, pack, placements):
    for pair in itertools.combinations(pack.nodes, 2):
        for name in pair:
            faulty.is_gone(name)
        assert store.read_many(pack, placements).items == tuple(ITEMS)
        for name in pair:
            faulty.works(name)


def test_nodes_that_do_not_matter_for_a_read_are_not_waited_for(store, faulty, pack, placements):
    for name in pack.nodes[3:]:
        faulty.hangs(name)
    reading = store.read_many(pack, placements)
    assert (reading.items, reading.bad) == (tuple(ITEMS), ())


def test_records_damaged_at_different_nodes_are_all_read(store, faulty, pack, placements):
    """More than two nodes have something wrong, but no record has it at more than two."""
    for n, name in enumerate(pack.nodes):
        content = bytearray(faulty.objects(name)[pack.id])
        for placement in (placements[n], placements[(n + 1) % 5]):
            content[placement.offset] ^= 1
        faulty.objects(name)[pack.id] = bytes(content)
    reading = store.read_many(pack, placements)
    assert reading.items == tuple(ITEMS)
    assert set(reading.bad) == set(pack.nodes)


def test_one_record_that_is_lost_does_not_take_the_others_with_it(store, faulty, pack, placements):
    for name in pack.nodes[:3]:
        content = bytearray(faulty.objects(name)[pack.id])
        content[placements[2].offset] ^= 1
        faulty.objects(name)[pack.id] = bytes(content)
    assert "of 1 of 6 records: 2 where 3 are needed" in refusal(store.read_many, pack, placements)
    assert "of 1 of 1 records: 2 where 3 are needed" in refusal(store.read_many, pack, placements[2:3])
    others = [n for n in range(6) if n != 2]
    assert store.read_many(pack, [placements[n] for n in others]).items == tuple(ITEMS[n] for n in others)


def test_a_node_that_is_no_longer_named_counts_as_failed(store, faulty, pack, placements):
    smaller = FaultyNodes(3, 5)
    plan = written(ShardStore(smaller.storage))
    smaller.storage.nodes.pop(plan.pack.nodes[0])
    reading = ShardStore(smaller.storage).read_many(plan.pack, plan.placements)
    assert (reading.items, reading.bad) == (tuple(ITEMS), (plan.pack.nodes[0],))


@pytest.mark.parametrize("operations", [("put",), ("put", "get", "delete")])
def test_one_node_may_fail_at_the_write_and_is_named(store, faulty, operations):
    faulty.is_gone("node-2", operations)
    plan = store.plan(ITEMS)
    assert store.write(plan) == ("node-2",)
    faulty.works("node-2")
    assert store.check(plan.pack, plan.placements).damaged == {"node-2": 6}


@pytest.mark.parametrize("kind", ["is_full", "is_gone", "hangs"])
def test_when_two_fail_at_the_write_nothing_is_kept(store, faulty, kind):
    for name in ("node-0", "node-3"):
        getattr(faulty, kind)(name)
    message = refusal(store.write, store.plan(ITEMS))
    assert "took 3 of 5 shards, 4 are required" in message
    assert "node-0, node-3" in message.replace("node-3, node-0", "node-0, node-3")
    assert [len(faulty.objects(name)) for name in ("node-1", "node-2", "node-4")] == [0, 0, 0]


def test_it_is_said_where_something_of_a_failed_write_may_be_left(store, faulty):
    faulty.is_full("node-0")
    faulty.hangs("node-1", ("put",))
    faulty.is_gone("node-2", ("delete",))
    plan = store.plan(ITEMS)
    message = refusal(store.write, plan)
    left = message.partition("what was begun is still at ")[2].partition(".")[0]
    assert set(left.split(", ")) == {"node-1", "node-2"}
    faulty.release()
    assert set(faulty.objects("node-1")) | set(faulty.objects("node-2")) == {plan.pack.id}
    assert store.delete(plan.pack) == ()
    assert faulty.all_objects() == []


@pytest.mark.parametrize(("needed", "total", "required"), [(1, 1, 1), (2, 3, 3), (3, 5, 4), (3, 6, 5), (10, 16, 13)])
def test_a_write_must_reach_those_needed_and_half_of_the_rest(needed, total, required):
    nodes = FaultyNodes(needed, total)
    store = ShardStore(nodes.storage)
    for name in nodes.names[: total - required]:
        nodes.is_full(name)
    assert set(store.write(store.plan(ITEMS))) == set(nodes.names[: total - required])
    nodes.is_full(nodes.names[total - required])
    assert f"took {required - 1} of {total} shards, {required} are required" in refusal(store.write, store.plan(ITEMS))
