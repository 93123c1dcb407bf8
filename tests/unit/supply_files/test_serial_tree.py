"""The file of a lot: the tree is that of RFC 9162, every unit is found and proven, and no damage goes unnoticed."""

from __future__ import annotations

import hmac
import os
import stat
import tracemalloc
from hashlib import sha256
from itertools import islice
from time import perf_counter

import pytest

from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree, leaf_hash
from carechain.supply.random_serials import random_serials
from carechain.supply.serial_tree import BLOCK, SerialTree, write_serial_tree
from tests.unit.supply_files.lots import LOT, SECRET, serials


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lot" / "A1-7.lot"


def written(path, count):
    return write_serial_tree(path, LOT, iter(serials(count)), SECRET)


def read_all(path):
    """Every unit, and one that is not of the lot."""
    with SerialTree.open(path) as tree:
        assert list(tree.serials()) == serials(40)
        tree.find("STRANGER")


def expected_tree(count):
    """By hand, from the definition alone."""
    entries = []
    for unit, serial in enumerate(serials(count)):
        salt = hmac.new(SECRET, b"unit" + unit.to_bytes(8, "big"), sha256).digest()
        entries.append(salt + f"(01)00312345678906(21){serial}(10)A1-7(17)280131".encode())
    return MerkleTree(entries)


@pytest.mark.parametrize("count", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 5, 1000])
def test_the_root_and_every_proof_are_those_of_the_units_own_tree(path, count):
    expected = expected_tree(count)
    with written(path, count) as tree:
        assert (tree.root, tree.units) == (expected.root(), count)
        for unit in range(count):
            passport = tree.passport(unit)
            assert passport.proof == expected.inclusion_proof(unit)
            assert passport.verify(tree.root)


def test_units_are_found_by_serial_and_serials_by_unit(path):
    names = list(random_serials(500))
    with write_serial_tree(path, LOT, names) as tree:
        assert [tree.find(serial) for serial in names] == list(range(500))
        assert [tree.unit(unit) for unit in range(500)] == names
        assert list(tree.serials()) == names


def test_the_lot_number_is_committed_to_with_a_salt_of_its_own(path):
    expected = leaf_hash(hmac.new(SECRET, b"lot", sha256).digest() + b"A1-7")
    with written(path, 3) as tree:
        assert tree.lot_commitment == tree.passport(2).lot_commitment() == expected


def test_the_file_opens_again_with_all_it_held(path):
    written(path, 70).close()
    with SerialTree.open(path) as tree:
        assert (tree.details, tree.units, tree.root) == (LOT, 70, expected_tree(70).root())


def test_the_file_is_its_owners_alone_and_nothing_else_is_left(path):
    written(path, 40).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_is_drawn_for_each_lot(tmp_path):
    roots = {write_serial_tree(tmp_path / name, LOT, serials(3)).root for name in ("one", "two")}
    assert len(roots) == 2


def test_a_file_that_is_there_is_never_replaced(path):
    written(path, 3).close()
    before = path.read_bytes()
    with pytest.raises(CarechainError, match="is there already"):
        written(path, 4)
    assert path.read_bytes() == before


def test_a_serial_number_that_comes_twice_is_refused_with_both_units(path):
    with pytest.raises(CarechainError) as error:
        write_serial_tree(path, LOT, [*serials(90), "S00041", "Z"], SECRET)
    assert str(error.value) == "Unit 90 has the serial number of unit 41. Give each unit its own."
    assert list(path.parent.iterdir()) == []


def test_serial_numbers_that_meet_in_the_index_are_told_apart(path, monkeypatch):
    monkeypatch.setattr("carechain.supply.serial_tree._Secrets.key", lambda _, serial: serial[-1] % 2)
    with written(path, 40) as tree:
        assert [tree.find(serial) for serial in serials(40)] == list(range(40))
    with pytest.raises(CarechainError, match=r"Unit 8 has the serial number of unit 3\."):
        write_serial_tree(path.with_name("other"), LOT, [*serials(8), "S00003"], SECRET)


@pytest.mark.parametrize("serial", ["", "x" * 21, "a b", "ä", "a\n", "a\0", "#1", "A(10)B"])
def test_a_serial_number_that_gs1_does_not_know_is_refused_with_its_unit(path, serial):
    with pytest.raises(CarechainError, match=r"^Unit 1 (has|is not) a serial number"):
        write_serial_tree(path, LOT, ["A", serial], SECRET)


def test_a_lot_of_no_units_is_refused(path):
    with pytest.raises(CarechainError, match="has no units"):
        write_serial_tree(path, LOT, [], SECRET)


def test_a_secret_of_another_length_is_refused(path):
    with pytest.raises(CarechainError, match="is not 32 bytes"):
        write_serial_tree(path, LOT, ["A"], b"short")


def test_a_stranger_serial_number_and_a_unit_beyond_are_refused(path):
    with written(path, 40) as tree:
        with pytest.raises(CarechainError, match="has no unit with this serial number"):
            tree.find("S00040")
        for unit in (-1, 40):
            with pytest.raises(CarechainError, match="has units 0 to 39"):
                tree.passport(unit)


def test_every_cut_is_noticed(path):
    written(path, 40).close()
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(CarechainError, match=r"is no file of a lot|is cut off"):
            SerialTree.open(path)


def test_every_changed_byte_is_noticed_by_who_asks_for_all_units_and_a_stranger(path):
    written(path, 40).close()
    whole = path.read_bytes()
    for offset in range(len(whole)):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
        with pytest.raises(CarechainError, match=r"is no file of|is cut off|changed|length"):
            read_all(path)


def test_the_whole_file_says_that_the_stranger_is_none(path):
    written(path, 40).close()
    with pytest.raises(CarechainError, match="has no unit with this serial number"):
        read_all(path)


def test_a_missing_file_is_refused(path):
    with pytest.raises(CarechainError, match="cannot be read"):
        SerialTree.open(path)


def test_a_stream_that_fails_leaves_no_file(path):
    def broken():
        yield "A"
        raise RuntimeError("the line stands still")

    with pytest.raises(RuntimeError):
        write_serial_tree(path, LOT, broken(), SECRET)
    assert list(path.parent.iterdir()) == []


def test_a_lot_is_never_held_in_memory_and_its_file_has_33_bytes_a_unit(path):
    count = 30_000
    tracemalloc.start()
    try:
        with write_serial_tree(path, LOT, (f"{number:020}" for number in range(count)), SECRET) as tree:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            assert sum(1 for _ in tree.serials()) == count
            reading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert os.path.getsize(path) <= 33 * count + 1_000  # noqa: PTH202 - the size alone
    assert peak < 60 * count + 1_000_000  # a string of 20 characters alone would be 69 bytes, and 8 in a list
    assert reading < 1_000_000


def test_a_passport_takes_less_than_ten_milliseconds(path):
    count = 30_000
    with write_serial_tree(path, LOT, (f"{number:020}" for number in range(count)), SECRET) as tree:
        took = []
        for number in range(0, count, 1_000):
            start = perf_counter()
            tree.passport(tree.find(f"{number:020}"))
            took.append(perf_counter() - start)
    assert sorted(took)[len(took) // 2] < 0.010


def test_random_serial_numbers_are_unique_and_never_the_same_again():
    found = list(random_serials(20_000, 8))
    assert len(set(found)) == 20_000
    assert {len(serial) for serial in found} == {8}
    assert not set("".join(found)) & set("01OIQLBSZU")
    assert not set(found) & set(random_serials(20_000, 8))


def test_random_serial_numbers_use_every_letter_in_every_place():
    columns = list(zip(*random_serials(5_000, 7), strict=True))
    assert all(len(set(column)) == 26 for column in columns)
    assert all(max(column.count(letter) for letter in set(column)) < 300 for column in columns)


@pytest.mark.parametrize("length", [2, 3, 5])
def test_short_serial_numbers_are_a_permutation(length):
    space = 26**length
    few = list(islice(random_serials(max(0, (space - 1) // 10_000), length), 1_000))
    assert len(few) == len(set(few)) == min(1_000, (space - 1) // 10_000)


def test_serial_numbers_that_could_be_guessed_are_refused():
    with pytest.raises(CarechainError, match="too easy to guess"):
        random_serials(26**4 // 10_000 + 1, 4)
    for length in (1, 21):
        with pytest.raises(CarechainError, match="2 to 20 characters"):
            random_serials(1, length)
