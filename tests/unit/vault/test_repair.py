"""Check and repair: what is lost or wrong is found and written anew from what is good, and nothing is guessed."""

from __future__ import annotations

import random

import pytest

from carechain.vault.packs import Condition, ShardStore
from carechain.vault.storage import Storage, StorageNode
from tests.unit.vault.faulty_nodes import SECRET_OPTION, FaultyNodes

ITEMS = [random.Random(n).randbytes(40 + 13 * n) for n in range(8)]


@pytest.fixture
def plan(store):
    plan = store.plan(ITEMS)
    store.write(plan)
    return plan


@pytest.fixture
def rows(faulty, plan):
    """What every node should hold, by its name."""
    return {name: faulty.objects(name)[plan.pack.id] for name in plan.pack.nodes}


@pytest.fixture
def held(faulty, plan):
    return lambda: {name: faulty.objects(name).get(plan.pack.id) for name in plan.pack.nodes}


def with_bit_turned(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_a_whole_pack_is_healthy_and_a_repair_writes_nothing(store, faulty, plan):
    operations = []
    for name in faulty.names:
        faulty.counts(name, operations)
    assert store.check(plan.pack, plan.placements) == Condition({}, (), (), 0)
    repair = store.repair(plan.pack, plan.placements)
    assert (repair.before.healthy, repair.repaired, repair.failed) == (True, {}, ())
    assert set(operations) == {"get"}


@pytest.mark.parametrize(
    ("fault", "records"),
    [
        (lambda row, other: None, 8),
        (lambda row, other: b"", 8),
        (lambda row, other: row[:-1], 1),
        (lambda row, other: row[1:], 8),
        (lambda row, other: with_bit_turned(row, 0), 1),
        (lambda row, other: with_bit_turned(with_bit_turned(row, 0), len(row) - 1), 2),
        (lambda row, other: other, 8),
        (lambda row, other: bytes(len(row)), 8),
    ],
    ids=["lost", "empty", "cut", "shifted", "one bit", "two bits", "another node's", "zero"],
)
def test_two_damaged_rows_are_found_and_written_anew(store, faulty, plan, rows, held, fault, records):
    for name in plan.pack.nodes[1:3]:
        wrong = fault(rows[name], rows[plan.pack.nodes[4]])
        faulty.objects(name).pop(plan.pack.id)
        if wrong is not None:
            faulty.objects(name)[plan.pack.id] = wrong
    damaged = dict.fromkeys(plan.pack.nodes[1:3], records)
    condition = store.check(plan.pack, plan.placements)
    assert condition == Condition(damaged, (), (), 0)
    assert not condition.healthy
    repair = store.repair(plan.pack, plan.placements)
    assert (repair.before, repair.repaired, repair.failed) == (condition, damaged, ())
    assert held() == rows


def test_rows_swapped_between_two_nodes_are_put_right(store, faulty, plan, rows, held):
    one, two = plan.pack.nodes[0], plan.pack.nodes[4]
    faulty.objects(one)[plan.pack.id], faulty.objects(two)[plan.pack.id] = rows[two], rows[one]
    assert store.repair(plan.pack, plan.placements).repaired == {one: 8, two: 8}
    assert held() == rows


def test_shards_swapped_between_two_records_are_put_right(store, faulty, plan, rows, held):
    name, width = plan.pack.nodes[2], plan.placements[0].width
    first, second = rows[name][:width], rows[name][width : 2 * width]
    faulty.objects(name)[plan.pack.id] = second + first + rows[name][2 * width :]
    assert store.repair(plan.pack, plan.placements).repaired == {name: 2}
    assert held() == rows


def test_bytes_beyond_the_row_are_cut_off(store, faulty, plan, rows, held):
    name = plan.pack.nodes[0]
    faulty.objects(name)[plan.pack.id] += b"more"
    assert store.check(plan.pack, plan.placements) == Condition({}, (name,), (), 0)
    assert store.repair(plan.pack, plan.placements).repaired == {name: 0}
    assert held() == rows


def test_damage_spread_over_all_nodes_is_repaired_record_by_record(store, faulty, plan, rows, held):
    for n, name in enumerate(plan.pack.nodes):
        row = with_bit_turned(rows[name], plan.placements[n].offset)
        faulty.objects(name)[plan.pack.id] = with_bit_turned(row, plan.placements[n + 1].offset)
    assert store.repair(plan.pack, plan.placements).repaired == dict.fromkeys(plan.pack.nodes, 2)
    assert held() == rows


def test_what_is_lost_is_counted_left_as_it_is_and_the_rest_repaired(store, faulty, plan, rows, held):
    """One record has three bad shards, another two."""
    for name in plan.pack.nodes[:3]:
        faulty.objects(name)[plan.pack.id] = with_bit_turned(rows[name], plan.placements[3].offset)
    for name in plan.pack.nodes[2:4]:
        row = faulty.objects(name)[plan.pack.id]
        faulty.objects(name)[plan.pack.id] = with_bit_turned(row, plan.placements[6].offset)
    repair = store.repair(plan.pack, plan.placements)
    assert repair.before.lost == 1
    assert repair.repaired == dict.fromkeys(plan.pack.nodes[2:4], 1)
    for name in plan.pack.nodes[:3]:
        assert held()[name] == with_bit_turned(rows[name], plan.placements[3].offset)
    assert store.check(plan.pack, plan.placements) == Condition(dict.fromkeys(plan.pack.nodes[:3], 1), (), (), 1)


def test_three_lost_nodes_are_counted_and_nothing_is_written(store, faulty, plan, held):
    for name in plan.pack.nodes[:3]:
        faulty.objects(name).clear()
    before = held()
    repair = store.repair(plan.pack, plan.placements)
    assert (repair.before.lost, repair.repaired, repair.failed) == (8, {}, ())
    assert held() == before


def test_hashes_that_no_shard_can_have_make_nothing_be_written(store, faulty, plan, held):
    """As from a catalogue that was damaged: what would be computed is not what is stated, so it is not written."""
    placement = plan.placements[0]
    stated = type(placement)(
        placement.pack_id, 0, placement.width, placement.length, (*placement.hashes[:4], bytes(32))
    )
    before = held()
    repair = store.repair(plan.pack, [stated, *plan.placements[1:]])
    assert (repair.before.damaged, repair.repaired) == ({plan.pack.nodes[4]: 1}, {})
    assert held() == before


def test_nodes_that_cannot_be_reached_are_named_and_repaired_later(store, faulty, plan, rows, held):
    lost, full, gone = plan.pack.nodes[0], plan.pack.nodes[1], plan.pack.nodes[2]
    faulty.objects(lost).clear()
    faulty.objects(full)[plan.pack.id] = b""
    faulty.is_full(full)
    faulty.is_gone(gone)
    assert store.check(plan.pack, plan.placements) == Condition({lost: 8, full: 8}, (), (gone,), 8)
    faulty.works(gone)
    repair = store.repair(plan.pack, plan.placements)
    assert (repair.repaired, repair.failed) == ({lost: 8}, (full,))
    faulty.works(full)
    faulty.hangs(gone)
    repair = store.repair(plan.pack, plan.placements)
    assert (repair.repaired, repair.failed) == ({full: 8}, (gone,))
    faulty.release()
    assert held() == rows
    assert store.check(plan.pack, plan.placements).healthy


def test_what_was_erased_while_a_node_was_gone_is_removed_by_a_repair(store, faulty, plan, held):
    gone, kept = plan.placements[2:5], (*plan.placements[:2], *plan.placements[5:])
    name = plan.pack.nodes[1]
    faulty.is_gone(name)
    store.blank(plan.pack, gone)
    faulty.works(name)
    assert store.check(plan.pack, kept) == Condition({}, (name,), (), 0)
    assert store.repair(plan.pack, kept).repaired == {name: 0}
    assert not any(held()[name][gone[0].offset : kept[2].offset])
    assert store.check(plan.pack, kept).healthy


def test_a_repaired_row_is_blank_where_records_were_erased(store, faulty, plan, held):
    gone, kept = plan.placements[2:5], (*plan.placements[:2], *plan.placements[5:])
    store.blank(plan.pack, gone)
    expected = held()
    for name in plan.pack.nodes[:2]:
        faulty.objects(name).clear()
    assert store.repair(plan.pack, kept).repaired == dict.fromkeys(plan.pack.nodes[:2], 5)
    assert held() == expected


def test_random_damage_never_gives_wrong_bytes_and_repair_brings_back_what_can_be(faulty, store):
    """Each record is brought back exactly when at least three of its five shards are good."""
    chance = random.Random(17)
    for _ in range(30):
        items = [chance.randbytes(chance.randrange(28, 60)) for _ in range(5)]
        plan = store.plan(items)
        store.write(plan)
        good = [[True] * 5 for _ in items]
        for row, name in enumerate(plan.pack.nodes):
            for n, placement in enumerate(plan.placements):
                if chance.random() < 0.4:
                    content = faulty.objects(name)[plan.pack.id]
                    place = placement.offset + chance.randrange(placement.width)
                    faulty.objects(name)[plan.pack.id] = with_bit_turned(content, place)
                    good[n][row] = False
        repair = store.repair(plan.pack, plan.placements)
        assert repair.before.lost == sum(sum(shards) < 3 for shards in good)
        for item, placement, shards in zip(items, plan.placements, good, strict=True):
            if sum(shards) >= 3:
                reading = store.read_many(plan.pack, [placement])
                assert (reading.items, reading.bad) == ((item,), ())
        assert store.check(plan.pack, plan.placements).lost == repair.before.lost


def test_folders_that_were_lost_are_made_again(tmp_path):
    names = ["north", "east", "south", "west"]
    storage = Storage(2, [StorageNode(name, f"file://{tmp_path}/{name}", {}, 5) for name in names])
    store = ShardStore(storage)
    plan = store.plan(ITEMS)
    store.write(plan)
    before = {name: (tmp_path / name / plan.pack.id).read_bytes() for name in names}
    for name in names[:2]:
        (tmp_path / name / plan.pack.id).unlink()
        (tmp_path / name).rmdir()
    assert store.read_many(plan.pack, plan.placements).items == tuple(ITEMS)
    assert store.repair(plan.pack, plan.placements).repaired == dict.fromkeys(names[:2], 8) | {}
    assert {name: (tmp_path / name / plan.pack.id).read_bytes() for name in names} == before


def test_what_a_check_and_a_repair_say_holds_no_bytes_and_no_options(store, faulty, plan, rows):
    faulty.objects(plan.pack.nodes[0]).clear()
    faulty.is_gone(plan.pack.nodes[1])
    told = repr(store.check(plan.pack, plan.placements)) + repr(store.repair(plan.pack, plan.placements))
    assert "b'" not in told
    assert SECRET_OPTION not in told
    assert plan.pack.nodes[0] in told


def test_a_repair_of_a_single_needed_node_copies_it():
    faulty = FaultyNodes(1, 3)
    store = ShardStore(faulty.storage)
    plan = store.plan(ITEMS)
    store.write(plan)
    for name in plan.pack.nodes[:2]:
        faulty.objects(name).clear()
    assert store.repair(plan.pack, plan.placements).repaired == dict.fromkeys(plan.pack.nodes[:2], 8)
    assert store.check(plan.pack, plan.placements).healthy
