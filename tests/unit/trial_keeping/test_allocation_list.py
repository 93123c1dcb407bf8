"""The allocation list as its keeper has it: read from CSV, kept, proven place by place, revealed in blocks."""

import json
from hashlib import sha256

import pytest

from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree, leaf_hash, verify_inclusion
from carechain.trials.allocation import BLOCK, AllocationList

KEY = bytes(range(32))


@pytest.fixture
def csv(tmp_path):
    def written(text):
        path = tmp_path / "list.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def refused(path):
    with pytest.raises(CarechainError) as found:
        AllocationList.from_csv(path)
    assert found.value.mend
    return str(found.value)


def test_arms_have_numbers_in_the_order_in_which_they_come(csv):
    found = AllocationList.from_csv(csv("arm\nPlacebo\nDrug\nPlacebo\n"), KEY)
    assert (found.arms, found.codes) == (("Placebo", "Drug"), bytes([1, 2, 1]))
    assert [found.arm(place) for place in range(3)] == ["Placebo", "Drug", "Placebo"]


def test_places_may_be_numbered_from_0_or_1_and_other_columns_are_left_alone(csv):
    for first in (0, 1):
        rows = "".join(f"{first + n},{arm},x\n" for n, arm in enumerate("AB"))
        assert AllocationList.from_csv(csv(f"\ufeffplace,arm,stratum\n{rows}"), KEY).places == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("treatment\nA\n", 'has no column "arm"'),
        ("", 'has no column "arm"'),
        ("arm\n", "has no places"),
        ("place,arm\n1,A\n2,\n", "line 3 names no arm"),
        ("place,arm\n1,A\n3,B\n", "line 3 is out of order"),
        ("place,arm\n2,A\n", "line 2 is out of order"),
        ("place,arm\none,A\n", "line 2 has no number"),
        ('arm\nA\n"Drug\nB"\n', "line 4 has an arm with a line break"),
        ("arm\nDrug\u2028B\n", "line 2 has an arm with a line break"),
        ("arm\nDrug\0\n", "line 2 has an arm with a line break or control character"),
        ("arm\nDrug\x1b[2J\n", "line 2 has an arm with a line break or control character"),
        ("arm,place,arm\nA,1,B\n", "line 1 has a column twice"),
        ("arm,x,x\nA,1,2\n", "line 1 has a column twice"),
        ("place,arm\n1,A\n2,B,C\n", "line 3 has 3 cells for 2 columns"),
        ("arm,place\nA,1\nB\n", "line 3 has 1 cells for 2 columns"),
        ("place,arm\n1000000000,A\n", "line 2 has no number"),
        (f"place,arm\n{'1' * 5000},A\n", "line 2 has no number"),
        ("place,arm\n\u0661,A\n", "line 2 has no number"),
        ('arm\nA\n"Drug\n', "line 3 is no CSV"),
        ('arm\nA\n"Drug"B\n', "line 3 is no CSV"),
        (f"arm\n{'A' * 200_000}\n", "line 2 is no CSV"),
        (b"arm\nA\nDr\xfcg\n", "line 3 is not UTF-8"),
        ("arm\nA\n".encode("utf-16"), "line 1 is not UTF-8"),
        ("arm\n" + "".join(f"arm {n}\n" for n in range(256)), "line 257 is one arm or place too many"),
    ],
)
def test_a_list_that_is_none_is_refused_by_its_line(csv, text, said):
    assert said in refused(csv(text))


def test_empty_lines_and_columns_without_a_name_are_left_alone(csv):
    assert AllocationList.from_csv(csv("arm,,\r\nA,,\r\n\r\nB,,\r\n"), KEY).arms == ("A", "B")


def test_each_list_has_a_key_of_its_own(csv):
    path = csv("arm\nA\n")
    assert AllocationList.from_csv(path).key != AllocationList.from_csv(path).key


def test_a_leaf_is_salt_place_and_arm():
    found = AllocationList(KEY, ("A", "B"), bytes([1, 2]))
    salt = sha256(KEY + (1).to_bytes(8, "big")).digest()
    assert found.tree.leaf(1) == leaf_hash(salt + (1).to_bytes(4, "big") + b"\2")


@pytest.mark.parametrize("places", [1, 2, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 7])
def test_blocks_are_in_the_tree_of_all_places(places):
    found = AllocationList(KEY, ("A", "B"), bytes(1 + n % 2 for n in range(places)))
    for number in range(found.blocks):
        codes, proof = found.block(number)
        first = number * BLOCK
        root = MerkleTree(found.content(first + n) for n in range(len(codes))).root()
        assert verify_inclusion(root, number, found.blocks, proof, found.tree.root())
    assert sum(len(found.block(number)[0]) for number in range(found.blocks)) == places


def test_a_list_is_kept_for_its_keeper_alone_and_read_back(tmp_path):
    found = AllocationList(KEY, ("Ärm", "B"), bytes([1, 2, 2]))
    path = tmp_path / "kept" / "allocations.json"
    found.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert AllocationList.read(path) == found
    with pytest.raises(FileExistsError):
        found.write(path)


@pytest.mark.parametrize(
    "change",
    [
        {"codes": "0103"},
        {"codes": ""},
        {"codes": "0001"},
        {"key": "00"},
        {"format": "x"},
        {"arms": 3},
        {"arms": "AB"},
        {"arms": {"A": 1, "B": 2}},
        {"arms": ["A", "A"]},
        {"arms": ["A", ""]},
        {"arms": ["A", 2]},
        {"arms": ["A", ["B"]]},
        {"arms": ["A", "B\n"]},
        {"arms": ["A", "\ud800"]},
    ],
)
def test_a_changed_file_is_refused(tmp_path, change):
    path = tmp_path / "allocations.json"
    AllocationList(KEY, ("A", "B"), bytes([1, 2])).write(path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(CarechainError, match="is no allocation list"):
        AllocationList.read(path)


def test_a_place_that_is_not_there_is_refused():
    with pytest.raises(CarechainError, match="is not in a list of 1"):
        AllocationList(KEY, ("A",), b"\1").arm(1)
