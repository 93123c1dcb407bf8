"""The file that proves that a trial's log only grew."""

import json
from dataclasses import replace

import pytest

from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree
from carechain.trials.consistency_file import ConsistencyProof, verify_consistency_file
from tests.unit.trial_batches.made_batches import CONTRACT

TREE = MerkleTree(b"entry %d" % number for number in range(20))


def proof(old_size, size):
    path = TREE.consistency_proof(old_size, size)
    return ConsistencyProof(31337, CONTRACT, 7, 0, old_size, TREE.root(old_size), size, TREE.root(size), path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "consistency.json"


@pytest.mark.parametrize(("old_size", "size"), [(0, 20), (1, 20), (7, 8), (8, 19), (20, 20)])
def test_a_log_that_only_grew_is_proven(path, old_size, size):
    written = proof(old_size, size)
    written.write(path)
    assert verify_consistency_file(path, TREE.root(old_size), TREE.root(size)) == written
    assert verify_consistency_file(path) == written


def test_a_log_that_was_rewritten_is_not(path):
    for wrong in (
        replace(proof(7, 19), old_size=6),
        replace(proof(7, 19), size=40),
        replace(proof(7, 19), path=proof(7, 19).path[1:]),
        replace(proof(7, 19), old_root=TREE.root(8)),
        replace(proof(7, 19), old_size=19, size=7),
    ):
        wrong.write(path)
        with pytest.raises(CarechainError, match="does not prove that the log only grew"):
            verify_consistency_file(path)


def test_another_root_than_the_trusted_one_is_named(path):
    proof(7, 19).write(path)
    with pytest.raises(CarechainError, match="old_root is not the trusted root"):
        verify_consistency_file(path, TREE.root(8), TREE.root(19))
    with pytest.raises(CarechainError, match=": root is not the trusted root"):
        verify_consistency_file(path, TREE.root(7), TREE.root(20))


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("format", "carechain record proof", "is no carechain consistency proof"),
        ("old_size", 7, "is no text of a number of at most 64 bits"),
        ("path", ["0x00"], "is no hash of 32 bytes"),
        ("more", 1, "has more fields than it should"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(path, field, value, problem):
    path.write_text(json.dumps(proof(7, 19).facts() | {field: value}))
    with pytest.raises(CarechainError) as refused:
        verify_consistency_file(path)
    assert refused.value.problem == problem
