"""Datasets as streams: however they are cut, the rows are those that a reader of the whole finds, or one is named."""

import json
import random
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.cdisc import pieces
from carechain.cdisc.pieces import DatasetFile
from carechain.cdisc.reading import open_dataset, record, records
from carechain.cdisc.row_text import RowError
from carechain.errors import CarechainError
from tests.unit.cdisc.cdisc_documents import METADATA, ROWS, compact, dataset_json, dataset_json_1_0, dataset_ndjson


def texts(path, content, first_size=1, size=2):
    path.write_bytes(content)
    with DatasetFile.open(path) as dataset:
        found = list(dataset.pieces(first_size, size))
        assert dataset.source_hash == sha256(content).digest()
    assert [piece.first for piece in found] == [1 + sum(each.count for each in found[:n]) for n in range(len(found))]
    return [text for piece in found for text in piece.rows()]


def rows(path, content, first_size=1, size=2):
    return [json.loads(text) for text in texts(path, content, first_size, size)]


@pytest.fixture(params=["json", "ndjson"])
def path(tmp_path, request):
    return tmp_path / f"vs.{request.param}"


def content_of(path, given=ROWS):
    return dataset_ndjson(given) if path.suffix == ".ndjson" else dataset_json(given)


def broken(path, content):
    path.write_bytes(content)
    with DatasetFile.open(path) as dataset:
        found = []
        with pytest.raises(RowError) as error:
            found.extend(dataset.pieces(1, 2))
    assert sum(piece.count for piece in found) == error.value.row - 1
    return error.value.row, error.value.problem


def test_the_rows_are_those_of_the_document(path):
    assert rows(path, content_of(path)) == ROWS


def test_version_1_0_is_read_as_well(tmp_path):
    assert rows(tmp_path / "vs.json", dataset_json_1_0()) == [[n, *row] for n, row in enumerate(ROWS, 1)]


def test_blanks_between_everything_change_nothing(tmp_path):
    document = json.loads(dataset_json())
    assert rows(tmp_path / "vs.json", json.dumps(document, indent=3).encode() + b"\r\n") == ROWS


def test_lines_may_end_as_on_windows_and_the_last_need_not_end(tmp_path):
    content = dataset_ndjson().replace(b"\n", b"\r\n")
    assert rows(tmp_path / "vs.ndjson", content) == rows(tmp_path / "vs.ndjson", content[:-2]) == ROWS


def test_blanks_around_a_line_change_nothing(tmp_path):
    assert rows(tmp_path / "vs.ndjson", dataset_ndjson().replace(b"\n[", b"\n \t[").replace(b"]\n", b"] \n")) == ROWS


def test_a_byte_order_mark_changes_nothing(path):
    assert rows(path, b"\xef\xbb\xbf" + content_of(path)) == ROWS


@pytest.mark.parametrize("read", [1, 2, 3, 7, 64])
def test_it_does_not_matter_where_a_read_ends(path, read, monkeypatch):
    monkeypatch.setattr(pieces, "_READ", read)
    assert rows(path, content_of(path)) == ROWS


VALUES = st.none() | st.integers(-9, 9) | st.text('a"\\],[{} \n\u00e9', max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=9), st.booleans(), st.integers(0, 2**32 - 1)
)
def test_quotes_brackets_and_backslashes_in_texts_part_no_rows(tmp_path_factory, given, ascii_alone, seed):
    chance = random.Random(seed)
    folder = tmp_path_factory.getbasetemp()
    first_size, size = chance.randint(1, 4), chance.randint(1, 4)
    metadata = json.dumps(METADATA | {"records": len(given)})
    text = [json.dumps(row, ensure_ascii=ascii_alone) for row in given]
    spaced = f"{chance.choice(('', ' ', chr(10)))},{chance.choice(('', ' '))}".join(text)
    whole = f'{metadata[:-1]}, "rows": [{spaced}]}}'.encode()
    assert rows(folder / "random.json", whole, first_size, size) == given
    lines = "\n".join([metadata, *text]).encode()
    assert rows(folder / "random.ndjson", lines, first_size, size) == given


def test_no_rows_are_no_pieces(path):
    assert rows(path, content_of(path, [])) == []


def test_metadata_alone_has_no_rows(tmp_path):
    path = tmp_path / "vs.json"
    assert texts(path, compact(METADATA)) == []
    with DatasetFile.open(path) as dataset:
        assert dataset.format == "Dataset-JSON 1.1"
        with pytest.raises(CarechainError, match="records is 4, but 0 rows are there"):
            dataset.check_count(0)


def test_the_formats_are_told_apart_by_their_content(tmp_path):
    for content, expected in (
        (dataset_json(), "Dataset-JSON 1.1"),
        (dataset_json_1_0(), "Dataset-JSON 1.0"),
        (dataset_ndjson(), "Dataset-NDJSON 1.1"),
    ):
        path = tmp_path / "data.txt"
        path.write_bytes(content)
        with open_dataset(path) as dataset:
            assert dataset.format == expected


def test_a_row_without_an_end_is_named(tmp_path):
    content = dataset_json()
    path = tmp_path / "vs.json"
    assert broken(path, content.replace(b'["STUDY-1",4', b'["STUDY-1,4')) == (4, "has no end, or nothing behind it")
    assert broken(path, content[: content.index(b"Temp")]) == (2, "has no end, or nothing behind it")
    assert broken(path, content.replace(b'"rows":[[', b'"rows":["')) == (1, "is no array")
    assert broken(path, content.replace(b"]]}", b"],}")) == (4, "has no end, or nothing behind it")


def test_what_is_neither_a_row_nor_the_end_is_named(tmp_path):
    content = dataset_json().replace(b'true],["STUDY-1",4', b'true]]["STUDY-1",4')
    assert broken(tmp_path / "vs.json", content)[0] == 4


@pytest.mark.parametrize("wrong", [b"", b'{"a":1}', b'"STUDY-1"', b'["a"', b"x"])
def test_a_line_that_is_no_array_is_named(tmp_path, wrong):
    lines = dataset_ndjson().split(b"\n")
    lines[3] = wrong
    assert broken(tmp_path / "vs.ndjson", b"\n".join(lines)) == (3, "is no JSON array on a line of its own")


def test_a_row_longer_than_the_limit_is_named(path, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_ROW", 200)
    monkeypatch.setattr(pieces, "_READ", 100)
    given = [*ROWS[:2], [*ROWS[2][:2], "x" * 500, *ROWS[2][3:]], ROWS[3]]
    row, problem = broken(path, content_of(path, given))
    assert (row, problem) == (3, "has no end within 200 bytes")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b" \n", "is empty"),
        (b"STUDYID,DOMAIN\n", "is neither Dataset-JSON, nor NDJSON, nor ODM XML"),
        (dataset_json()[:60], "is not JSON, or is cut off (line 1, column 54)"),
        (dataset_json() + b" {", "is not JSON, or is cut off"),
        (compact(METADATA | {"records": 0}) + b'["a"]', "has more than the metadata on its first line"),
        (json.dumps(METADATA, indent=1).encode() + b'\n["a"]', "does not have its metadata on one line"),
        (compact({"a": 1}), "is missing"),
    ],
)
def test_what_is_no_dataset_is_refused(tmp_path, content, problem):
    path = tmp_path / "vs.json"
    path.write_bytes(content)
    with pytest.raises(CarechainError) as refused, open_dataset(path) as dataset:
        list(dataset.pieces(8, 8))
    assert refused.value.problem == problem


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CarechainError, match="No such file"):
        open_dataset(tmp_path / "none.json")


def test_metadata_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_METADATA", 500)
    monkeypatch.setattr(pieces, "_READ", 100)
    path = tmp_path / "vs.json"
    path.write_bytes(dataset_json())
    with pytest.raises(CarechainError, match="is larger than 500 bytes"):
        DatasetFile.open(path)


def test_one_record_is_found_by_its_number(path):
    path.write_bytes(content_of(path))
    assert list(records(path)) == ROWS
    assert record(path, 4) == ROWS[3]
    for number in (0, 5, -1):
        with pytest.raises(CarechainError, match="has no record"):
            record(path, number)
