"""The file of a batch: it proves every record, and no damage goes unnoticed."""

import json
from hashlib import sha256

import pytest

from carechain.cdisc.strict_json import canonical
from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.sealed_file import DamagedFileError
from carechain.trials.batch_file import BLOCK, BatchFile
from tests.unit.cdisc.cdisc_documents import ROWS
from tests.unit.trial_batches.made_batches import committed, invented


@pytest.mark.parametrize("count", [1, 4, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_every_record_is_proven(tmp_path, count):
    rows = invented(count)
    _, batch = committed(tmp_path, rows)
    for number in {1, 2, 3, count // 2, count - 1, count} & set(range(1, count + 1)):
        leaf = leaf_hash(batch.salt(number) + canonical(rows[number - 1], "it"))
        assert verify_inclusion(leaf, number, batch.leaves, batch.proof(number), batch.root)
    leaf = leaf_hash(batch.salt(0) + canonical(batch.description, "it"))
    assert verify_inclusion(leaf, 0, batch.leaves, batch.proof(0), batch.root)


@pytest.mark.parametrize("number", [-1, 5, 2**40])
def test_a_record_that_is_not_of_the_batch_has_no_proof(tmp_path, number):
    _, batch = committed(tmp_path, ROWS)
    with pytest.raises(CarechainError, match="has records 1 to 4"):
        batch.proof(number)


def test_a_record_takes_less_than_36_bytes(tmp_path):
    _, batch = committed(tmp_path, invented(4_000))
    details = 2_000
    assert batch.path.stat().st_size < 4_000 * 33 + details


def test_every_changed_byte_is_noticed(tmp_path):
    _, batch = committed(tmp_path, invented(40))
    content = batch.path.read_bytes()
    changed = tmp_path / "changed.batch"
    for at in range(len(content)):
        changed.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(CarechainError) as found, BatchFile.open(changed) as opened:
            opened.proof(7)
        assert found.value.place == str(changed)


@pytest.mark.parametrize(
    "change",
    [
        *[{"records": value} for value in ("4", None, True, 4.5, [4], {}, -1, 0, 2**40)],
        *[{"secret": value} for value in ("", "00", "00" * 31, "00" * 33, "zz" * 32, None, 5, ["00" * 32])],
        *[{name: "00" * 31} for name in ("root", "source", "blocks")],
        *[{"description": value} for value in ([], None, "ODM 1.3.2", 5, {}, {"format": 5}, {"format": ["ODM 1.3.2"]})],
    ],
    ids=str,
)
def test_details_of_another_type_cannot_be_read(tmp_path, change):
    _, batch = committed(tmp_path, ROWS)
    content = batch.path.read_bytes()
    end = len(content) - 36 - int.from_bytes(content[-4:], "big")
    details = canonical(json.loads(content[end:-36]) | change, "it")
    made = tmp_path / "made.batch"
    made.write_bytes(content[:end] + details + sha256(details).digest() + len(details).to_bytes(4, "big"))
    with pytest.raises(DamagedFileError, match="has details that cannot be read"):
        BatchFile.open(made)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 40, 100, 1_000, -1, -40])
def test_a_file_that_is_cut_off_is_noticed(tmp_path, length):
    _, batch = committed(tmp_path, invented(40))
    cut = tmp_path / "cut.batch"
    cut.write_bytes(batch.path.read_bytes()[:length])
    with pytest.raises(CarechainError):
        BatchFile.open(cut)


def test_a_file_that_is_longer_is_noticed(tmp_path):
    _, batch = committed(tmp_path, ROWS)
    longer = tmp_path / "longer.batch"
    longer.write_bytes(batch.path.read_bytes() + b"\0")
    with pytest.raises(CarechainError):
        BatchFile.open(longer)


def test_another_file_is_none(tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"something else that is long enough to be one" * 9)
    with pytest.raises(CarechainError, match="is no file of a batch of records"):
        BatchFile.open(path)
    with pytest.raises(CarechainError, match="No such file"):
        BatchFile.open(tmp_path / "none")


def test_it_says_what_it_is_of(tmp_path):
    path, batch = committed(tmp_path, ROWS)
    with BatchFile.open(batch.path) as again:
        assert (again.root, again.secret, again.description) == (batch.root, batch.secret, batch.description)
        assert again.columns == ("STUDYID", "VSSEQ", "VSTEST", "VSSTRESN", "VSDEC", "VSDTC", "VSFL")
        assert len(again.source_hash) == 32
    assert path.exists()


def test_a_record_is_found_by_its_content(tmp_path):
    rows = invented(BLOCK + 20)
    _, batch = committed(tmp_path, rows)
    for number in (1, 2, BLOCK - 1, BLOCK, BLOCK + 20):
        assert batch.find(canonical(rows[number - 1], "it")) == number
    assert batch.find(b"[]") is None
    assert batch.find(canonical(batch.description, "it")) is None  # it is no record


def test_such_a_file_is_told_from_others(tmp_path):
    dataset, batch = committed(tmp_path, ROWS)
    assert BatchFile.is_one(batch.path)
    assert not BatchFile.is_one(dataset)
    with pytest.raises(CarechainError, match="cannot be read"):
        BatchFile.is_one(tmp_path / "nothing")
