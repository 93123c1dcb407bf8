"""What is said of a dataset that is, or is not, the one that was committed to."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from carechain.cdisc.strict_json import canonical
from carechain.errors import CarechainError
from carechain.sealed_file import DamagedFileError
from carechain.trials.batch import commit_dataset
from carechain.trials.batch_check import ChangedRecord, check_dataset
from carechain.trials.batch_file import BatchFile
from tests.unit.cdisc.cdisc_documents import COLUMNS, ODM, dataset_json, dataset_ndjson
from tests.unit.trial_batches.made_batches import SECRET, committed, dataset, invented

ROWS = invented(2_100)


@pytest.fixture(params=[".json", ".ndjson"])
def batch(tmp_path, request):
    return committed(tmp_path, ROWS, request.param)[1]


def checked(batch, rows=ROWS, **changes):
    folder = batch.path.parent / "again"
    folder.mkdir(exist_ok=True)
    suffix = ".ndjson" if "NDJSON" in batch.format else ".json"
    return check_dataset(dataset(folder, rows, suffix, **changes), batch, workers=1)


def changed(number, position, value, rows=ROWS):
    rows = [list(row) for row in rows]
    rows[number - 1][position] = value
    return rows


def test_the_same_file_is_the_same(batch):
    found = checked(batch)
    assert (found.same_bytes, found.same_values, found.found) == (True, True, 2_100)
    assert list(found.sentences()) == ["The file is, byte for byte, the one whose 2,100 records were committed to."]


def test_other_bytes_of_the_same_values_are_told_apart(tmp_path):
    path, batch = committed(tmp_path, ROWS)
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))
    found = check_dataset(path, batch)
    assert (found.same_bytes, found.same_values) == (False, True)
    assert list(found.sentences()) == [
        "The bytes of the file differ, but all 2,100 records, and the description, are the same."
    ]


@pytest.mark.parametrize("number", [1, 1_023, 1_024, 2_100])
@pytest.mark.parametrize(("position", "name"), [(0, "STUDYID"), (3, "VSSTRESN"), (6, "VSFL")])
def test_a_changed_value_is_named_by_row_and_column(batch, number, position, name):
    found = checked(batch, changed(number, position, {0: "STUDY-2", 3: 77.125, 6: 5}[position]))
    assert found.changed == (ChangedRecord(number, (name,)),)
    assert not found.same_values
    assert list(found.sentences()) == [f"Record {number:,} changed, in: {name}."]


@pytest.mark.parametrize("value", ["x", 1.5, None, True, [1], {"a": 1}])
def test_a_value_that_does_not_fit_any_more_is_a_change(batch, value):
    assert checked(batch, changed(7, 1, value)).changed == (ChangedRecord(7, ("VSSEQ",)),)


def test_a_number_that_has_no_canonical_form_is_broken(batch):
    assert checked(batch, changed(7, 1, 2**60)).changed == (ChangedRecord(7, ("VSSEQ",), broken=True),)


def test_a_zero_that_became_too_small_a_number_is_broken(tmp_path):
    path, batch = committed(tmp_path, changed(3, 3, 0))
    content = path.read_bytes()
    assert content.count(b",0,") == 1
    path.write_bytes(content.replace(b",0,", b",1e-400,"))
    assert check_dataset(path, batch).changed == (ChangedRecord(3, broken=True),)


def test_several_changes_of_one_block_name_the_columns_of_all(batch):
    rows = changed(1_500, 3, 1.125, changed(1_400, 0, "STUDY-2", changed(3, 1, 4)))
    assert checked(batch, rows).changed == (
        ChangedRecord(3, ("VSSEQ",)),
        ChangedRecord(1_400, ("STUDYID", "VSSTRESN"), alone=False),
        ChangedRecord(1_500, ("STUDYID", "VSSTRESN"), alone=False),
    )


def test_many_changes_are_counted(batch):
    found = checked(batch, [["STUDY-2", *row[1:]] for row in ROWS])
    assert (found.changes, len(found.changed)) == (2_100, 1_000)
    assert list(found.sentences())[-1] == "1,100 more records changed."


def test_missing_rows_are_counted(batch):
    for missing in (1, 100, 1_500):
        found = checked(batch, ROWS[:-missing])
        assert (found.missing, found.added, found.changes) == (missing, 0, 0)
        assert found.description == ("records",)


def test_added_rows_are_counted(batch):
    for added in (1, 900, 3_000):
        found = checked(batch, [*ROWS, *invented(added)])
        assert (found.missing, found.added, found.changes) == (0, added, 0)


def test_a_changed_number_of_records_alone_is_a_change_of_the_description(batch):
    found = checked(batch, records=2_101)
    assert (found.description, found.missing, found.changes) == (("records",), 0, 0)


def test_a_value_more_or_fewer_changes_a_row_of_which_no_column_is_named(batch):
    for row in (ROWS[8][:-1], [*ROWS[8], None]):
        rows = [*ROWS[:8], row, *ROWS[9:]]
        assert checked(batch, rows).changed == (ChangedRecord(9),)


def test_a_change_of_the_description_is_named_by_its_path(batch):
    columns = [dict(column) for column in batch.description["columns"]]
    columns[3]["label"] = "Another"
    columns[4]["length"] = 9
    found = checked(batch, columns=columns, name="VT", more={"a": [1]})
    assert sorted(found.description) == ["columns[3].label", "columns[4].length", "more", "name"]
    assert found.changes == 0


def test_metadata_that_is_not_read_any_more_is_said(batch):
    found = checked(batch, itemGroupOID="")
    assert found.unreadable.place.endswith(": itemGroupOID")
    assert (found.unreadable_record, found.same_values, found.same_bytes) == (None, False, False)


def test_a_row_that_breaks_the_document_is_named_and_those_before_are_compared(batch):
    content = (dataset_ndjson if "NDJSON" in batch.format else dataset_json)(changed(5, 0, "STUDY-2"))
    path = batch.path.parent / "broken"
    path.write_bytes(content.replace(b'"STUDY-1",1300,', b'"STUDY-1,1300,'))
    found = check_dataset(path, batch, workers=1)
    assert found.unreadable_record == 1_300
    assert found.changed[0].number == 5
    assert found.missing == 0
    assert list(found.sentences())[-1].endswith("Nothing from there on could be compared.")


def test_a_damaged_batch_file_is_no_finding_about_the_dataset(batch):
    content = bytearray(batch.path.read_bytes())
    content[40_000] ^= 1
    batch.path.write_bytes(content)
    with pytest.raises(DamagedFileError, match="has changed among the hashes of records 1024 to 2047"):
        checked(batch, changed(3, 1, 4))


def test_findings_hold_no_value(batch):
    found = checked(batch, changed(7, 2, "Jane Doe"))
    assert "Jane" not in repr(found)
    assert "Jane" not in " ".join(found.sentences())


def test_names_and_keys_that_might_be_data_are_not_said(tmp_path):
    columns = [dict(column) for column in COLUMNS]
    columns[3]["name"] = "JANE DOE HIV"
    columns[4]["Jane Doe"] = "a"
    more = {"columns": columns, "Jane Doe 1970": 1, "Jane\nDoe": 2, "more": {"Jane Doe": 1}}
    _, batch = committed(tmp_path, ROWS, **more)
    columns = [dict(column) for column in columns]
    columns[4]["Jane Doe"] = "b"
    changes = {"columns": columns, "Jane Doe 1970": 2, "Jane\nDoe": 1, "more": {"Jane Doe": 2}}
    found = checked(batch, changed(7, 3, 77.125), **changes)
    assert found.changed == (ChangedRecord(7, ("column 4",)),)
    assert sorted(found.description) == ["(unnamed key)", "columns[4].(unnamed key)", "more.(unnamed key)"]
    assert "jane" not in repr(found).lower()
    assert "jane" not in " ".join(found.sentences()).lower()


def test_a_description_that_nests_deep_is_compared(tmp_path):
    def nested(value):
        for _ in range(400):
            value = {"a": value}
        return value

    _, batch = committed(tmp_path, ROWS, more=nested(1))
    assert checked(batch, more=nested(1)).same_bytes
    assert checked(batch, more=nested(2)).description


def test_a_batch_that_names_a_file_and_has_others_records_is_not_said_to_be_of_it(batch):
    found = replace(checked(batch), changes=1, changed=(ChangedRecord(1),))
    first, *others = found.sentences()
    assert (
        first == "The batch has the hash of this file, but not its records or its description: it was made otherwise."
    )
    assert others == ["Record 1 changed."]


def test_a_crafted_batch_is_told(tmp_path):
    _, batch = committed(tmp_path, ROWS)
    other = dataset(tmp_path, changed(7, 3, 77.125))
    content = batch.path.read_bytes()
    end = len(content) - 36 - int.from_bytes(content[-4:], "big")
    source = {"source": sha256(other.read_bytes()).hexdigest()}
    details = canonical(json.loads(content[end:-36]) | source, "it")
    made = tmp_path / "made.batch"
    made.write_bytes(content[:end] + details + sha256(details).digest() + len(details).to_bytes(4, "big"))
    with BatchFile.open(made) as opened:
        said = list(check_dataset(other, opened, workers=1).sentences())
    assert len(said) == 2
    assert said[0].startswith("The batch has the hash of this file, but not its records")
    assert said[1] == "Record 7 changed, in: VSSTRESN."


def test_several_processes_find_the_same(tmp_path):
    rows = invented(9_000)
    _, batch = committed(tmp_path, rows)
    path = dataset(tmp_path, changed(8_500, 3, 0.125, rows))
    assert check_dataset(path, batch, workers=2) == check_dataset(path, batch, workers=1)
    assert check_dataset(path, batch, workers=2).changed == (ChangedRecord(8_500, ("VSSTRESN",)),)


def test_odm_is_compared_record_by_record(tmp_path):
    path = tmp_path / "odm.xml"
    path.write_text(ODM)
    batch = commit_dataset(path, tmp_path / "odm.batch", SECRET)
    assert check_dataset(path, batch).same_bytes
    path.write_text(ODM.replace("<StudyEventData", "<StudyEventData "))
    assert check_dataset(path, batch).same_values
    path.write_text(ODM.replace('Value="118"', 'Value="119"'))
    assert check_dataset(path, batch).changed == (ChangedRecord(2),)
    path.write_text(ODM.replace("typing error", "typing errors"))
    assert check_dataset(path, batch).changed == (ChangedRecord(1),)
    path.write_text(ODM.replace("<StudyName>Invented", "<StudyName>Other"))
    assert check_dataset(path, batch).description == ("OtherParts[0].sha256",)
    path.write_text(ODM.replace("</FormData>", "<FormData>", 1))
    found = check_dataset(path, batch)
    assert (found.unreadable_record, found.changes) == (3, 0)


def test_another_kind_of_dataset_is_not_compared(tmp_path, batch):
    path = tmp_path / "odm.xml"
    path.write_text(ODM)
    with pytest.raises(CarechainError, match=r"is ODM 1\.3\.2, and the batch Dataset-"):
        check_dataset(path, batch)
    with pytest.raises(CarechainError, match="No such file"):
        check_dataset(tmp_path / "none.json", batch)


def test_the_same_rows_in_another_format_differ_in_the_description_alone(tmp_path):
    _, batch = committed(tmp_path, ROWS)
    found = check_dataset(dataset(tmp_path, ROWS, ".ndjson"), batch)
    assert (found.description, found.changes) == (("format",), 0)
