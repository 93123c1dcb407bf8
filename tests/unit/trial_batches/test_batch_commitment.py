"""A batch: the root is that of its definition, whatever the format, the number of processes and the size."""

import json
import stat

import pytest
from pymerkle import InmemoryTree

from carechain.cdisc.reading import open_dataset, records
from carechain.cdisc.strict_json import canonical
from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash
from carechain.trials.batch import commit_dataset
from carechain.trials.batch_file import BatchFile, record_salt
from tests.helpers.rfc9162 import leaf
from tests.unit.cdisc.cdisc_documents import METADATA, ODM, ROWS, dataset_json_1_0
from tests.unit.trial_batches.made_batches import SECRET, committed, dataset, invented, plain_root


def description(count, kind):
    return METADATA | {"records": count, "format": kind}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 1022, 1023, 1024, 1025, 2047, 2048, 2500])
@pytest.mark.parametrize(("suffix", "kind"), [(".json", "Dataset-JSON 1.1"), (".ndjson", "Dataset-NDJSON 1.1")])
def test_the_root_is_that_of_its_definition(tmp_path, count, suffix, kind):
    rows = invented(count)
    _, batch = committed(tmp_path, rows, suffix)
    assert batch.root == plain_root(description(count, kind), rows)
    assert (batch.records, batch.leaves, batch.format) == (count, count + 1, kind)


def test_another_implementation_of_the_tree_finds_the_same_root(tmp_path):
    rows = invented(2_500)
    _, batch = committed(tmp_path, rows)
    tree = InmemoryTree(algorithm="sha256")
    for number, each in enumerate([description(2_500, "Dataset-JSON 1.1"), *rows]):
        tree.append_entry(record_salt(SECRET, number) + canonical(each, "it"))
    assert batch.root == tree.get_root()


def test_version_1_0_is_committed_to(tmp_path):
    path = tmp_path / "vs.json"
    path.write_bytes(dataset_json_1_0())
    batch = commit_dataset(path, tmp_path / "a.batch", SECRET)
    with open_dataset(path) as opened:
        list(opened.pieces(9, 9))
        assert batch.root == plain_root(opened.description, [[n, *row] for n, row in enumerate(ROWS, 1)])


def test_odm_is_committed_to(tmp_path):
    path = tmp_path / "odm.xml"
    path.write_text(ODM)
    batch = commit_dataset(path, tmp_path / "a.batch", SECRET)
    assert (batch.records, batch.columns) == (3, None)
    assert batch.root == plain_root(batch.description, records(path))
    assert batch.description["FileOID"] == "F.1"


def test_a_batch_is_the_same_however_its_json_is_written(tmp_path):
    path, batch = committed(tmp_path, invented(5))
    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads(path.read_bytes()), indent=2).replace("0.25", "25e-2"))
    again = commit_dataset(other, tmp_path / "other.batch", SECRET)
    assert again.root == batch.root
    assert again.source_hash != batch.source_hash


def test_the_secret_is_another_one_for_each_batch(tmp_path):
    path = dataset(tmp_path, ROWS)
    one, other = (commit_dataset(path, tmp_path / name) for name in ("a", "b"))
    assert len(one.secret) == 32
    assert one.secret != other.secret
    assert one.root != other.root


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_is_refused(tmp_path, length):
    with pytest.raises(CarechainError, match="is not 32 bytes long"):
        commit_dataset(dataset(tmp_path, ROWS), tmp_path / "a", bytes(length))


def test_equal_rows_have_different_leaves(tmp_path):
    _, batch = committed(tmp_path, [ROWS[0]] * 4)
    leaves = batch.block(0)
    assert len({leaves[at : at + 32] for at in range(0, len(leaves), 32)}) == 5


def test_the_file_is_for_its_owner_alone_and_is_never_written_over(tmp_path):
    path, batch = committed(tmp_path, ROWS)
    assert stat.S_IMODE(batch.path.stat().st_mode) == 0o600
    before = batch.path.read_bytes()
    with pytest.raises(CarechainError, match="is there already"):
        commit_dataset(path, batch.path, SECRET)
    assert batch.path.read_bytes() == before


@pytest.mark.parametrize("suffix", [".json", ".ndjson"])
def test_several_processes_find_what_one_finds(tmp_path, suffix):
    path, batch = committed(tmp_path, invented(9_500), suffix)
    others = commit_dataset(path, tmp_path / "b.batch", SECRET, workers=2)
    assert others.path.read_bytes() == batch.path.read_bytes()


def test_several_processes_name_the_first_row_that_does_not_fit(tmp_path):
    rows = invented(9_500)
    for row in (9_300, 5_000, 5_001):
        rows[row - 1][1] = "x"
    for cut in (False, True):
        path = dataset(tmp_path, rows)
        if cut:
            path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(CarechainError) as refused:
            commit_dataset(path, tmp_path / "b.batch", SECRET, workers=2)
        assert (refused.value.place, refused.value.problem) == ("vs.json: row 5000, VSSEQ", "is not an integer")
    assert not (tmp_path / "b.batch").exists()


def test_several_processes_name_a_row_that_is_no_json(tmp_path):
    path = dataset(tmp_path, invented(9_500))
    path.write_bytes(path.read_bytes().replace(b'["STUDY-1",7000,', b'["STUDY-1",7000x,'))
    with pytest.raises(CarechainError) as refused:
        commit_dataset(path, tmp_path / "b.batch", SECRET, workers=2)
    assert (refused.value.place, refused.value.problem) == ("vs.json: row 7000", "is not JSON")


def test_more_or_fewer_rows_than_announced_are_refused(tmp_path):
    for announced in (3, 5):
        with pytest.raises(CarechainError) as refused:
            commit_dataset(dataset(tmp_path, ROWS, records=announced), tmp_path / "a", SECRET)
        assert (refused.value.place, refused.value.problem) == (
            "vs.json: records",
            f"is {announced}, but 4 rows are there",
        )


def test_a_dataset_without_records_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="has no records"):
        commit_dataset(dataset(tmp_path, []), tmp_path / "a", SECRET)
    assert not (tmp_path / "a").exists()


def test_what_is_refused_quotes_no_value(tmp_path):
    rows = invented(3)
    rows[1][1] = "Jane Doe"
    with pytest.raises(CarechainError) as refused:
        commit_dataset(dataset(tmp_path, rows), tmp_path / "a", SECRET)
    assert "Jane" not in str(refused.value)
    assert "Jane" not in repr(refused.value)


def test_leaf_0_is_the_description(tmp_path):
    _, batch = committed(tmp_path, ROWS)
    form = canonical(batch.description, "it")
    assert batch.block(0)[:32] == leaf_hash(batch.salt(0) + form) == leaf(record_salt(SECRET, 0) + form)
    assert isinstance(batch, BatchFile)
