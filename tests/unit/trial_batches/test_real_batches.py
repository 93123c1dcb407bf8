"""Real datasets: each is read and committed to, a record of each is proven, and an altered byte anywhere is found."""

import json
import random
from bisect import bisect_right

import pytest

from carechain.cdisc.reading import open_dataset, record
from carechain.trials.batch import commit_dataset
from carechain.trials.batch_check import check_dataset
from carechain.trials.record_proof import RecordProof, verify_record
from tests.unit.cdisc.cdisc_documents import FOLDER, compact, real
from tests.unit.trial_batches.made_batches import SECRET, invented, logged, packed, plain_root

RECORDS = {
    "ae": 74, "cm": 68, "dd": 3, "di": 34, "dm": 18, "ds": 53, "ec": 1590, "ex": 1583, "fa": 78, "ie": 1, "lb": 3488,
    "mh": 17, "qssl": 135, "rs": 375, "se": 43, "suppdm": 3, "suppec": 7, "sv": 164, "ta": 8, "te": 5, "ti": 62,
    "ts": 51, "tv": 14, "vs": 1414,
}  # fmt: skip
LARGE = 14_000
COLUMNS = ("DATASET", "ROW", "NUMBER", "T1", "T2", "T3", "T4", "T5", "T6")


@real
def test_the_table_names_every_dataset():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(RECORDS)


@real
@pytest.mark.parametrize("name", RECORDS)
def test_a_real_dataset_is_committed_to_and_its_records_proven(tmp_path, name):
    path = FOLDER / f"{name}.json"
    document = json.loads(path.read_bytes())
    batch = commit_dataset(path, tmp_path / "batch", SECRET, workers=1)
    assert batch.records == RECORDS[name]
    rows = document.pop("rows")
    assert batch.root == plain_root(document | {"format": "Dataset-JSON 1.1"}, rows)
    log, root = logged(packed(batch))
    for number in {1, RECORDS[name] // 2 + 1, RECORDS[name]}:
        proof = RecordProof.of(batch, number, log)
        assert verify_record(record(path, number), proof, root).number == number
        verify_record(rows[number - 1], RecordProof.parse(compact(proof.facts()), "proof.json"), root)
    assert check_dataset(path, batch, workers=1).same_bytes


@real
@pytest.mark.parametrize("name", RECORDS)
def test_a_real_dataset_as_ndjson_has_the_same_rows(tmp_path, name):
    document = json.loads((FOLDER / f"{name}.json").read_bytes())
    rows = document.pop("rows")
    path = tmp_path / f"{name}.ndjson"
    path.write_bytes(b"\n".join(map(compact, [document, *rows])))
    batch = commit_dataset(path, tmp_path / "batch", SECRET, workers=1)
    assert batch.root == plain_root(document | {"format": "Dataset-NDJSON 1.1"}, rows)


# ---------------------------------------------------------------------- altered bytes


@pytest.fixture(scope="module", params=["json", "ndjson"])
def large(request, tmp_path_factory):
    """All real rows, or invented ones, as one dataset of 14,000 or more: its bytes, its batch, where its rows begin."""
    folder = tmp_path_factory.mktemp("large")
    rows = real_rows() if FOLDER.exists() else [["ALL", *row[1:4:2], *map(str, row), ""][:9] for row in invented(LARGE)]
    kinds = ["string", "integer", "float", *["string"] * 6]
    columns = [
        {"itemOID": f"IT.{name}", "name": name, "label": name, "dataType": kind}
        for name, kind in zip(COLUMNS, kinds, strict=True)
    ]
    metadata = {
        "datasetJSONCreationDateTime": "2024-06-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.ALL",
        "records": len(rows),
        "name": "ALL",
        "label": "All",
        "columns": columns,
    }
    texts = list(map(compact, rows))
    lines = request.param == "ndjson"
    start = compact(metadata) + b"\n" if lines else compact(metadata)[:-1] + b',"rows":['
    between, end = (b"\n", b"\n") if lines else (b",", b"]}")
    begins = [len(start)]
    for text in texts:
        begins.append(begins[-1] + len(text) + 1)
    content = start + between.join(texts) + end
    path = folder / f"all.{request.param}"
    path.write_bytes(content)
    batch = commit_dataset(path, folder / "all.batch", SECRET)
    assert len(rows) >= LARGE
    return content, batch, begins, folder / f"altered.{request.param}"


def real_rows():
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        for row in json.loads(path.read_bytes())["rows"]:
            texts = [value for value in row if isinstance(value, str)][:-7:-1]
            number = next((value for value in row if isinstance(value, float)), None)
            found.append([path.stem, len(found), number, *texts, *[""] * (6 - len(texts))])
    return (found * (LARGE // len(found) + 1))[: LARGE + 500]


def rows_at(begins, at):
    """The row that a byte is in, from 1; either of the two that it is between."""
    row = bisect_right(begins, at)
    return {row, row + 1} if at == begins[row] - 1 else {row}


def altered(large, at, byte):
    content, batch, _, path = large
    assert content[at] != byte
    path.write_bytes(content[:at] + bytes([byte]) + content[at + 1 :])
    found = check_dataset(path, batch, workers=1)
    assert not found.same_bytes
    return found


def test_an_altered_byte_anywhere_is_found_in_its_row(large):
    content, _, begins, _ = large
    chance = random.Random(14_000)
    for _ in range(60):
        at = chance.randrange(begins[0], begins[-1] - 1)
        likely = [byte for byte in b'"[]{},:\\ \n019.-eEnull' if byte != content[at]]
        byte = chance.choice(likely) if chance.random() < 0.5 else (content[at] + chance.randrange(1, 256)) % 256
        found = altered(large, at, byte)
        rows = [each.number for each in found.changed] + [found.unreadable_record] * bool(found.unreadable)
        assert found.same_values or (len(rows) == 1 and rows[0] in rows_at(begins, at)), (at, byte)


def test_an_altered_letter_or_digit_is_found_in_its_field(large):
    content, _, begins, _ = large
    chance = random.Random(15_000)
    tried = 0
    while tried < 30:
        at = chance.randrange(begins[0], begins[-1] - 1)
        if not (chr(content[at]).isalnum() and content[at] < 128):
            continue
        (row,) = rows_at(begins, at)
        values = json.loads(content[begins[row - 1] : begins[row] - 1])
        byte = chance.choice(b"2468")
        if byte == content[at]:
            continue
        found = altered(large, at, byte)
        (change,) = found.changed
        assert change.number == row
        position = field_at(content[begins[row - 1] : begins[row] - 1], at - begins[row - 1], values)
        assert change.fields == (COLUMNS[position],), (at, byte)
        tried += 1


def field_at(text, at, values):
    """The position of the value that a byte of a row is within."""
    end = 0
    for position, value in enumerate(values):
        end += 1 + len(compact(value))
        if at < end:
            return position
    raise AssertionError(text)


def test_an_altered_byte_of_the_metadata_is_found(large):
    content, batch, begins, _ = large
    chance = random.Random(16_000)
    for _ in range(15):
        at = chance.randrange(begins[0] - 9)
        found = altered(large, at, (content[at] + chance.randrange(1, 256)) % 256)
        assert found.description or found.unreadable or found.same_values
        assert not found.changes or batch.format == "Dataset-JSON 1.1"


def test_many_altered_values_are_all_found(large):
    content, batch, begins, path = large
    altered_content = bytearray(content)
    rows = range(300, len(begins) - 2, 1_024)
    for row in rows:
        at = content.index(b'"', begins[row - 1]) + 1
        altered_content[at] = ord("Z")
    path.write_bytes(altered_content)
    found = check_dataset(path, batch, workers=1)
    assert [(each.number, each.fields) for each in found.changed] == [(row, ("DATASET",)) for row in rows]


def test_a_dataset_is_opened_by_its_content(large):
    _, batch, _, path = large
    path.write_bytes(large[0])
    with open_dataset(path) as dataset:
        assert dataset.format == batch.format
