"""Another reader and writer of datasets, odmlib, and ours find the same in the same documents."""

import json

import pytest
from odmlib.dataset_json_1_1 import Column, DatasetJSON

from carechain.cdisc.metadata import column_names
from carechain.cdisc.pieces import DatasetFile
from carechain.cdisc.reading import records
from tests.unit.cdisc.cdisc_documents import COLUMNS, FOLDER, METADATA, ROWS, dataset_json, dataset_ndjson, real


def ours(path):
    with DatasetFile.open(path) as dataset:
        list(dataset.pieces(9, 9))
        names = column_names(dataset.description)
    return names, list(records(path))


def theirs(path):
    read = DatasetJSON.read_ndjson if path.suffix == ".ndjson" else DatasetJSON.read_json
    found = read(str(path))
    return tuple(found.column_names), found.rows


@pytest.mark.parametrize(
    ("name", "content"), [("vs.json", dataset_json()), ("vs.ndjson", dataset_ndjson())], ids=["json", "ndjson"]
)
def test_what_we_read_it_reads_alike(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert ours(path) == theirs(path)


@real
def test_it_reads_a_real_dataset_alike():
    assert ours(FOLDER / "cm.json") == theirs(FOLDER / "cm.json")


@pytest.mark.parametrize("suffix", [".json", ".ndjson"])
def test_what_it_writes_is_read(tmp_path, suffix):
    facts = {key: value for key, value in METADATA.items() if key != "columns"}
    made = DatasetJSON(**facts)
    for column in COLUMNS:
        made.add_column(Column(**column))
    for row in ROWS:
        made.add_row(row)
    path = tmp_path / f"made{suffix}"
    (made.write_ndjson if suffix == ".ndjson" else made.write_json)(str(path))
    names, rows = ours(path)
    assert (names, rows) == (tuple(column["name"] for column in COLUMNS), json.loads(json.dumps(ROWS)))
