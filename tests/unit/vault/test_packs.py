"""Packs: one write a node, one read of a range at as few nodes as are enough, and what is erased is gone."""

from __future__ import annotations

import hashlib
import itertools
import random

import numpy as np
import pytest

from carechain.errors import CarechainError
from carechain.vault.encryption import seal
from carechain.vault.packs import ShardStore
from tests.unit.vault.faulty_nodes import FaultyNodes

LENGTHS = (1, 2, 3, 4, 28, 29, 30, 1000, 4097)


def items_of(lengths, seed=3):
    return [random.Random(seed + n).randbytes(length) for n, length in enumerate(lengths)]


@pytest.fixture
def items():
    return items_of(LENGTHS)


@pytest.fixture
def written(store, items):
    """A pack that every node has its row of."""
    plan = store.plan(items)
    assert store.write(plan) == ()
    return plan


def test_what_was_written_is_read_alone_together_and_in_any_order(store, written, items):
    for placement, item in zip(written.placements, items, strict=True):
        reading = store.read_many(written.pack, [placement])
        assert (reading.items, reading.bad) == ((item,), ())
    assert store.read_many(written.pack, written.placements).items == tuple(items)
    assert store.read_many(written.pack, written.placements[::-2]).items == tuple(items[::-2])
    assert store.read_many(written.pack, []).items == ()


@pytest.mark.parametrize(("needed", "total"), [(1, 1), (1, 3), (2, 2), (4, 6), (10, 16)])
def test_any_numbers_of_nodes_do(needed, total):
    faulty = FaultyNodes(needed, total)
    store = ShardStore(faulty.storage)
    plan = store.plan(items_of(LENGTHS))
    assert store.write(plan) == ()
    for name in faulty.names[: total - needed]:
        faulty.is_gone(name)
    assert store.read_many(plan.pack, plan.placements).items == tuple(items_of(LENGTHS))


def test_nothing_is_written_before_the_pack_is_known(store, faulty, items):
    plan = store.plan(items)
    assert faulty.all_objects() == []
    store.write(plan)
    assert {key for name in faulty.names for key in faulty.objects(name)} == {plan.pack.id}
    assert len(faulty.all_objects()) == 5


def test_placements_stand_side_by_side_and_have_the_hash_of_every_row(written, faulty):
    offset = 0
    for placement, length in zip(written.placements, LENGTHS, strict=True):
        assert (placement.pack_id, placement.length) == (written.pack.id, length)
        assert (placement.offset, placement.width) == (offset, -(-length // 3))
        offset += placement.width
        for name, digest in zip(written.pack.nodes, placement.hashes, strict=True):
            row = faulty.objects(name)[written.pack.id]
            assert hashlib.sha256(row[placement.offset : offset]).digest() == digest
    assert {len(content) for content in faulty.all_objects()} == {written.pack.width} == {offset}


def test_a_plan_and_a_reading_do_not_show_the_bytes(store, written):
    assert "rows" not in repr(written)
    assert "items" not in repr(store.read_many(written.pack, written.placements[:1]))


def test_packs_have_names_of_their_own_and_take_turns_in_who_is_read_first(store, items):
    packs = [store.plan(items).pack for _ in range(60)]
    assert len({pack.id for pack in packs}) == 60
    assert {pack.nodes[0] for pack in packs} == set(packs[0].nodes)
    assert {tuple(sorted(pack.nodes)) for pack in packs} == {tuple(sorted(packs[0].nodes))}


def test_a_batch_is_one_write_a_node_and_one_read_at_as_many_as_needed(store, faulty, items):
    counted = {name: [] for name in faulty.names}
    for name in faulty.names:
        faulty.counts(name, counted[name])
    plan = store.plan(items)
    store.write(plan)
    assert list(counted.values()) == [["put"]] * 5
    store.read_many(plan.pack, plan.placements)
    asked = [name for name in plan.pack.nodes if counted[name] == ["put", "get"]]
    assert asked == list(plan.pack.nodes[:3])


def test_no_node_holds_a_record_even_where_it_is_short():
    faulty = FaultyNodes(3, 5)
    text = b"Glucose 15.4 mmol/L, high, and the patient is not to be told before Monday"
    store = ShardStore(faulty.storage)
    store.write(store.plan([seal(bytes(range(32)), text, b"")]))
    for content, start in itertools.product(faulty.all_objects(), range(len(text) - 4)):
        assert text[start : start + 4] not in content


def test_blanked_records_are_zero_on_every_node_and_the_others_unharmed(store, faulty, written, items):
    gone, kept = written.placements[5::2], [*written.placements[:5], *written.placements[6::2]]
    assert store.blank(written.pack, gone) == ()
    for content in faulty.all_objects():
        assert len(content) == written.pack.width
        for placement in gone:
            assert not any(content[placement.offset : placement.offset + placement.width])
    assert store.check(written.pack, kept).healthy
    assert store.read_many(written.pack, kept).items == (*items[:5], *items[6::2])
    for placement in gone:
        with pytest.raises(CarechainError, match="too few good shards of 1 of 1 records: 0 where 3 are needed"):
            store.read_many(written.pack, [placement])


def test_others_are_still_decoded_when_some_were_blanked_and_nodes_are_lost(store, faulty, written, items):
    store.blank(written.pack, written.placements[:4])
    for name in written.pack.nodes[:2]:
        faulty.objects(name).clear()
    assert store.read_many(written.pack, written.placements[4:]).items == tuple(items[4:])


def test_blanking_again_changes_nothing(store, faulty, written):
    store.blank(written.pack, written.placements[:2])
    before = faulty.all_objects()
    assert store.blank(written.pack, written.placements[:2]) == ()
    assert faulty.all_objects() == before


def test_blanking_names_the_nodes_that_could_not_be_reached_and_reaches_them_later(store, faulty, written):
    faulty.is_gone("node-1")
    faulty.hangs("node-2", ("put",))
    assert set(store.blank(written.pack, written.placements)) == {"node-1", "node-2"}
    faulty.release()
    assert any(faulty.objects("node-1")[written.pack.id])
    assert store.blank(written.pack, written.placements) == ()
    assert not any(map(any, faulty.all_objects()))


def test_blanking_what_a_node_has_lost_or_has_half_of_is_done(store, faulty, written):
    faulty.objects("node-0").clear()
    faulty.objects("node-1")[written.pack.id] = faulty.objects("node-1")[written.pack.id][:5]
    faulty.objects("node-2")[written.pack.id] += b"more"
    assert store.blank(written.pack, written.placements) == ()
    assert faulty.objects("node-0") == {}
    assert faulty.objects("node-1")[written.pack.id] == bytes(5)
    assert faulty.objects("node-2")[written.pack.id] == bytes(written.pack.width)


def test_a_deleted_pack_is_on_no_node_and_may_be_deleted_again(store, faulty, written, items):
    other = store.plan(items)
    store.write(other)
    assert store.delete(written.pack) == ()
    assert store.delete(written.pack) == ()
    assert {key for name in faulty.names for key in faulty.objects(name)} == {other.pack.id}


def test_deleting_names_the_nodes_that_could_not_be_reached(store, faulty, written):
    faulty.is_gone("node-3")
    assert store.delete(written.pack) == ("node-3",)
    faulty.works("node-3")
    assert list(faulty.objects("node-3")) == [written.pack.id]
    assert store.delete(written.pack) == ()
    assert faulty.all_objects() == []


def test_a_pack_of_ten_thousand_records_is_read_whole_and_singly(store):
    chance = random.Random(5)
    items = [chance.randbytes(chance.randrange(28, 200)) for _ in range(10_000)]
    plan = store.plan(items)
    store.write(plan)
    assert store.read_many(plan.pack, plan.placements).items == tuple(items)
    assert store.read_many(plan.pack, [plan.placements[7_777]]).items == (items[7_777],)


def test_empty_columns_are_a_word_of_the_code(store):
    assert not store.plan([bytes(90)]).rows.any()
    assert store.plan([b"\1" * 90]).rows.all(axis=1).any()
    assert isinstance(store.plan([b"x"]).rows, np.ndarray)
