"""The proof of one record: it holds offline under the log's root, and says which link is broken when it does not."""

import json
from dataclasses import replace
from time import perf_counter

import pytest

from carechain.cdisc.reading import records
from carechain.errors import CarechainError
from carechain.trials.batch import commit_dataset
from carechain.trials.record_proof import RecordProof, record_form, verify_record
from carechain.trials.words import DataEntry
from tests.unit.cdisc.cdisc_documents import ODM, ROWS
from tests.unit.trial_batches.made_batches import AUTHOR, CONTRACT, NAMES, SECRET, committed, invented, logged, packed


@pytest.fixture
def batch(tmp_path):
    return committed(tmp_path, ROWS)[1]


@pytest.fixture
def proof(batch):
    return RecordProof.of(batch, 3, logged(packed(batch))[0])


@pytest.fixture
def root(batch):
    return logged(packed(batch))[1]


def refused(record, proof, root):
    with pytest.raises(CarechainError) as found:
        verify_record(record, proof, root)
    assert found.value.mend
    return f"{found.value.place} {found.value.problem}"


def test_a_record_is_verified_as_a_list_or_by_the_names_of_its_columns(proof, root):
    by_name = dict(reversed(list(zip(NAMES, ROWS[2], strict=True))))
    for given in (ROWS[2], tuple(ROWS[2]), by_name):
        found = verify_record(given, proof, root)
        assert found.fields == dict(zip(NAMES, ROWS[2], strict=True))
    assert (found.number, found.description["name"]) == (3, "VS")
    assert found.entry == DataEntry(
        7, 3, found.entry.author, 1_700_000_000, 1_690_000_000, 1_699_999_999, 4, proof.log.entry[-32:]
    )
    assert found.entry.author.lower() == AUTHOR


def test_the_entry_may_be_a_correction(batch):
    log, root = logged(packed(batch, kind=1))
    found = verify_record(ROWS[0], RecordProof.of(batch, 1, log), root)
    assert (found.entry.is_correction, found.entry.corrected, found.entry.reason) == (True, 2, b"\5" * 32)


def test_a_record_of_odm_is_verified(tmp_path):
    path = tmp_path / "odm.xml"
    path.write_text(ODM)
    batch = commit_dataset(path, tmp_path / "odm.batch", SECRET)
    log, root = logged(packed(batch))
    for number, record in enumerate(records(path), 1):
        proof = RecordProof.parse(json.dumps(RecordProof.of(batch, number, log).facts()).encode(), "proof.json")
        assert verify_record(record, proof, root).fields == record
    assert refused(ROWS[0], proof, root) == "The record is no object, as those of ODM are"


@pytest.mark.parametrize("value", [5, None, "Jane", [], True])
def test_a_value_that_is_no_object_is_no_record_of_odm(value):
    with pytest.raises(CarechainError, match="The record is no object, as those of ODM are"):
        record_form(value, None)


def test_every_record_of_some_blocks_is_proven(tmp_path):
    rows = invented(1_500)
    _, batch = committed(tmp_path, rows)
    log, root = logged(packed(batch))
    for number in (1, 1_022, 1_023, 1_024, 1_025, 1_500):
        verify_record(rows[number - 1], RecordProof.of(batch, number, log), root)


def test_the_broken_link_is_named(batch, proof, root):
    one_off = bytes([proof.salt[0] ^ 1]) + proof.salt[1:]
    log = proof.log
    not_trusted = "The entry of the log is not under the trusted root"
    not_described = "The description is not the one that the entry of the log commits to"
    not_committed = "The record is not the one that the entry of the log commits to"
    assert refused(ROWS[2], proof, b"\1" * 32) == not_trusted
    assert refused(ROWS[2], proof, b"") == not_trusted
    assert refused(ROWS[2], replace(proof, log=replace(log, index=4)), root) == not_trusted
    assert refused(ROWS[2], replace(proof, log=replace(log, size=5)), root) == not_trusted
    assert refused(ROWS[2], replace(proof, log=replace(log, path=log.path[:-1])), root) == not_trusted
    assert refused(ROWS[2], replace(proof, log=replace(log, entry=log.entry[:-1])), root) == not_trusted
    other = replace(proof, log=replace(log, trial=8))
    assert refused(ROWS[2], other, root) == "The entry of the log is of another trial or stream than the proof says"
    foreign = replace(proof, log=replace(log, stream=4))
    assert "of another trial or stream" in refused(ROWS[2], foreign, root)
    counted = "The entry of the log counts other records than the proof says"
    assert refused(ROWS[2], replace(proof, leaves=6), root) == counted
    for number in (0, 5):
        assert refused(ROWS[2], replace(proof, number=number), root) == "The number of the record is none of the batch"
    renamed = json.loads(json.dumps(proof.description))
    renamed["columns"][3]["name"] = "VSORRES"
    assert refused(ROWS[2], replace(proof, description=renamed), root) == not_described
    assert refused(ROWS[2], replace(proof, description_salt=one_off), root) == not_described
    assert refused(ROWS[2], replace(proof, description_path=()), root) == not_described
    assert refused(ROWS[1], proof, root) == not_committed
    assert refused(ROWS[2], replace(proof, salt=one_off), root) == not_committed
    assert refused(ROWS[2], replace(proof, number=4), root) == not_committed
    assert refused(ROWS[2], replace(proof, path=proof.path[::-1]), root) == not_committed


@pytest.mark.parametrize("position", range(len(NAMES)))
def test_a_change_of_any_value_is_noticed(proof, root, position):
    changed = list(ROWS[2])
    changed[position] = "x" if changed[position] is None else None
    assert "commits to" in refused(changed, proof, root)


def test_a_record_of_another_shape_is_refused(proof, root):
    by_name = dict(zip(NAMES, ROWS[2], strict=True))
    short = "The record does not have as many values as there are columns"
    assert refused(ROWS[2][:-1], proof, root) == short
    for value in ("STUDY-1", 5, 1.5, None, True, b"STUDY-1", {1, 2}):
        assert refused(value, proof, root) == short
    assert refused(by_name | {"EXTRA": 1}, proof, root) == "The record does not have the columns of the description"
    assert refused([*ROWS[2][:1], 2**53, *ROWS[2][2:]], proof, root).startswith("The record holds a number or text")


def test_an_entry_of_another_length_or_kind_is_none(batch):
    good = packed(batch)
    for entry in (b"", good[:-1], good + b"\0", b"\2" + good[1:], b"\1" + good[1:], packed(batch, kind=2)):
        log, root = logged(entry)
        with pytest.raises(CarechainError, match="is no entry of data or of a correction"):
            RecordProof.of(batch, 1, log)
        with pytest.raises(CarechainError, match="is no entry of data or of a correction"):
            verify_record(ROWS[0], replace(RecordProof.of(batch, 1, logged(good)[0]), log=log), root)


def test_no_proof_is_made_for_the_entry_of_another_batch(batch):
    for entry in (packed(batch, records=5), packed(batch, root=b"\1" * 32)):
        with pytest.raises(CarechainError, match="is not the batch of this entry"):
            RecordProof.of(batch, 1, logged(entry)[0])
    for number in (0, 5):
        with pytest.raises(CarechainError, match="has records 1 to 4"):
            RecordProof.of(batch, number, logged(packed(batch))[0])


def test_the_file_is_read_as_it_was_written(tmp_path, proof):
    path = tmp_path / "proof.json"
    proof.write(path)
    assert RecordProof.read(path) == proof
    assert path.stat().st_mode & 0o777 == 0o600
    assert proof.log.contract == CONTRACT


def altered(facts, keys, value):
    facts = json.loads(json.dumps(facts))
    inner = facts
    for key in keys[:-1]:
        inner = inner[key]
    if value is None:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    return json.dumps(facts).encode()


WRONG = [
    ("format", "other", "proof.json", "is no carechain record proof"),
    ("format", None, "proof.json: format", "is missing"),
    ("version", 2, "proof.json: version", "is not 1"),
    ("version", True, "proof.json: version", "is not 1"),
    ("chain_id", 1, "proof.json: chain_id", "is no text of a number of at most 256 bits"),
    ("chain_id", "01", "proof.json: chain_id", "is no text of a number of at most 256 bits"),
    ("trial", str(2**64), "proof.json: trial", "is no text of a number of at most 64 bits"),
    ("stream", "9" * 5_000, "proof.json: stream", "is no text of a number of at most 256 bits"),
    ("contract", "0x12", "proof.json: contract", "is no address with its checksum (EIP-55)"),
    ("contract", CONTRACT.replace("5F", "5f"), "proof.json: contract", "is no address with its checksum (EIP-55)"),
    ("entry", [], "proof.json: entry", "is no object"),
    ("entry.content", "0x0", "proof.json: entry: content", "is no hexadecimal text of at most 124 bytes"),
    ("entry.content", "00" * 84, "proof.json: entry: content", "is no hexadecimal text of at most 124 bytes"),
    ("entry.content", "0x" + "00" * 125, "proof.json: entry: content", "is no hexadecimal text of at most 124 bytes"),
    ("entry.path", ["0x" + "00" * 32] * 65, "proof.json: entry: path", "is no list of at most 64 hashes"),
    ("record.number", -1, "proof.json: record: number", "is no number from 0 to 4,294,967,295"),
    ("record.number", True, "proof.json: record: number", "is no number from 0 to 4,294,967,295"),
    ("record.salt", "0x" + "00" * 31, "proof.json: record: salt", "is no hash of 32 bytes"),
    ("record.path", ["0x"], "proof.json: record: path", "is no hash of 32 bytes"),
    ("record.path", "0x", "proof.json: record: path", "is no list of at most 64 hashes"),
    ("description.content", "x", "proof.json: description: content", "is no object"),
    ("description.more", 1, "proof.json: description", "has more fields than it should"),
    ("more", 1, "proof.json", "has more fields than it should"),
]


@pytest.mark.parametrize(("field", "value", "place", "problem"), WRONG)
def test_a_file_that_is_not_as_it_should_be_is_refused(proof, field, value, place, problem):
    with pytest.raises(CarechainError) as found:
        RecordProof.parse(altered(proof.facts(), field.split("."), value), "proof.json")
    assert (found.value.place, found.value.problem) == (place, problem)


def test_a_file_that_is_no_json_or_too_large_is_refused(tmp_path):
    for content, problem in (
        (b"{", "is not JSON"),
        (b"[]", "is no JSON object"),
        (b'{"a":1,"a":1}', "has a name twice"),
    ):
        with pytest.raises(CarechainError, match=problem):
            RecordProof.parse(content, "proof.json")
    path = tmp_path / "large.json"
    path.write_bytes(b" " * 20_000_001)
    with pytest.raises(CarechainError, match="is larger than 20,000,000 bytes"):
        RecordProof.read(path)
    with pytest.raises(CarechainError, match="No such file"):
        RecordProof.read(tmp_path / "none.json")


def test_what_was_verified_does_not_show_its_values(proof, root):
    assert "fine" not in repr(verify_record(ROWS[2], proof, root))


def test_a_record_is_verified_within_5_ms(proof, root):
    taken = []
    for _ in range(20):
        began = perf_counter()
        verify_record(ROWS[2], proof, root)
        taken.append(perf_counter() - began)
    assert sorted(taken)[10] < 0.005
