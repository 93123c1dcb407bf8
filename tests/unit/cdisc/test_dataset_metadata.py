"""What the metadata of a dataset must say, and that it is refused, with the attribute, when it does not."""

import pytest

from carechain.cdisc.metadata import FORMAT, column_names
from carechain.cdisc.pieces import DatasetFile
from carechain.errors import CarechainError
from tests.unit.cdisc.cdisc_documents import COLUMNS, METADATA, ROWS, compact, dataset_json, dataset_json_1_0


def opened(path, content):
    path.write_bytes(content)
    return DatasetFile.open(path)


def refused(path, content):
    with pytest.raises(CarechainError) as found:
        opened(path, content)
    return found.value.place, found.value.problem


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vs.json"


def column(**changes):
    changed = {key: value for key, value in (COLUMNS[1] | changes).items() if value is not None}
    return [COLUMNS[0], changed, *COLUMNS[2:]]


WRONG = [
    ({"datasetJSONVersion": "2.0"}, "datasetJSONVersion", "is not version 1.1 of Dataset-JSON"),
    ({"datasetJSONVersion": None}, "datasetJSONVersion", "is missing"),
    ({"datasetJSONCreationDateTime": "yesterday"}, "datasetJSONCreationDateTime", "is not a date and time"),
    ({"itemGroupOID": ""}, "itemGroupOID", "is not a text"),
    ({"name": None}, "name", "is missing"),
    ({"label": 3}, "label", "is not a text"),
    ({"records": -1}, "records", "is not a number of records"),
    ({"records": "4"}, "records", "is not a number of records"),
    ({"records": True}, "records", "is not a number of records"),
    ({"columns": []}, "columns", "is missing or is no list of columns"),
    ({"columns": ["STUDYID"]}, "columns[0]", "is no object"),
    ({"columns": column(itemOID=None)}, "columns[1].itemOID", "is missing"),
    ({"columns": column(name="")}, "columns[1].name", "is not a text"),
    ({"columns": column(name="STUDYID")}, "columns[1].name", "is the name of an earlier column"),
    ({"columns": column(label=None)}, "columns[1].label", "is missing"),
    ({"columns": column(dataType="number")}, "columns[1].dataType", "is not a data type of Dataset-JSON"),
    ({"columns": column(dataType=["string"])}, "columns[1].dataType", "is not a data type of Dataset-JSON"),
    ({"columns": column(length=0)}, "columns[1].length", "is not a number from 1"),
    ({"columns": column(keySequence=1)}, "columns[1].keySequence", "is that of an earlier column"),
    ({"columns": column(targetDataType="text")}, "columns[1].targetDataType", "is neither integer nor decimal"),
    ({"format": "mine"}, "format", "is a name that a description needs itself"),
]


@pytest.mark.parametrize(("changes", "attribute", "problem"), WRONG)
def test_metadata_that_is_not_what_the_standard_says_is_refused(path, changes, attribute, problem):
    assert refused(path, dataset_json(**changes)) == (f"vs.json: {attribute}", problem)


def test_a_name_twice_in_one_object_is_refused(path):
    content = dataset_json().replace(b'"name":"VS",', b'"name":"VS","name":"VS",')
    assert refused(path, content) == ("vs.json", "has a name twice in one object")


def test_rows_twice_are_refused(path):
    with opened(path, dataset_json()[:-1] + b',"rows":[]}') as dataset, pytest.raises(CarechainError) as found:
        list(dataset.pieces(8, 8))
    assert found.value.problem == "has a name twice in one object"


@pytest.mark.parametrize(
    ("number", "problem"),
    [("9007199254740992", "holds an integer beyond 2^53 - 1"), ("1e999", "holds a number that is too large"),
     ("1e-400", "holds a number that is too small"), ("-0.1E-999", "holds a number that is too small"),
     ("NaN", "holds NaN or Infinity"), ("-Infinity", "holds NaN or Infinity")],
)  # fmt: skip
def test_a_number_that_readers_would_change_is_refused(path, number, problem):
    content = dataset_json().replace(b'"originator":"Invented"', f'"extension":{number}'.encode())
    assert refused(path, content)[1].startswith(problem)


def test_half_a_surrogate_pair_is_refused(path):
    content = dataset_json().replace(b'"Invented"', b'"\\ud800"')
    assert refused(path, content) == ("vs.json", "holds half of a surrogate pair, which is no character")


def test_the_description_is_the_metadata_without_rows_and_the_format(path):
    with opened(path, dataset_json()) as dataset:
        list(dataset.pieces(8, 8))
        assert dataset.description == METADATA | {FORMAT: "Dataset-JSON 1.1"}


def test_metadata_behind_the_rows_is_of_the_description_too(path):
    with opened(path, dataset_json()[:-1] + b',"studyName":"late"}') as dataset:
        list(dataset.pieces(8, 8))
        assert dataset.description == METADATA | {FORMAT: "Dataset-JSON 1.1", "studyName": "late"}


def test_rows_before_their_columns_are_refused(path):
    first = compact({"rows": ROWS})[:-1]
    place, problem = refused(path, first + b"," + dataset_json()[1:])
    assert (place, problem) == ("vs.json", "has its rows before its columns or the number of its records")


def test_rows_before_their_number_are_refused(path):
    content = dataset_json_1_0().replace(b'"records":4,', b"", 1).replace(b"]]}", b']],"records":4}')
    assert refused(path, content)[1] == "has its rows before its columns or the number of its records"


def test_another_version_with_the_shape_of_1_0_is_refused(path):
    content = dataset_json_1_0().replace(b'"1.0.0"', b'"1.1.0"')
    assert refused(path, content) == ("vs.json: datasetJSONVersion", "is not version 1.0 of Dataset-JSON")


def test_version_1_0_has_the_names_of_its_columns_in_its_item_group(path):
    with opened(path, dataset_json_1_0()) as dataset:
        assert [piece.count for piece in dataset.pieces(2, 2)] == [2, 2]
        assert dataset.description[FORMAT] == "Dataset-JSON 1.0"
        assert column_names(dataset.description) == ("ITEMGROUPDATASEQ", *(each["name"] for each in COLUMNS))
        group = dataset.description["clinicalData"]["itemGroupData"]["IG.VS"]
        assert "itemData" not in group
        assert group["records"] == 4


def test_two_datasets_in_one_file_of_version_1_0_are_refused(path):
    content = dataset_json_1_0().replace(b'"itemGroupData":{', b'"itemGroupData":{"IG.AE":{},')
    assert refused(path, content) == ("vs.json", "does not hold exactly one dataset")


def test_names_of_columns_that_might_be_data_are_not_shown(path):
    with opened(path, dataset_json(columns=column(name="Müller, 12.3.1970"))) as dataset:
        assert dataset.layout.field(1) == "column 2"
        assert dataset.layout.field(2) == "VSTEST"
