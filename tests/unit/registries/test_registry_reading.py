"""Files: which registry's record it is, and what is no record at all."""

import json

import pytest

from carechain.errors import CarechainError
from carechain.registries import reading
from carechain.registries.reading import read_bytes_of_record, read_record
from carechain.registries.record import Registry
from tests.unit.registries.registry_records import (
    CTGOV,
    CTGOV_CLASSIC,
    CTIS,
    CTIS_BEFORE,
    EUCTR,
    EUCTR_RESULTS,
    ISRCTN,
    read,
    refused,
)

SHAPES = [
    (CTGOV, Registry.CLINICAL_TRIALS_GOV, "CTGOV2"),
    (CTGOV_CLASSIC, Registry.CLINICAL_TRIALS_GOV, "CTGOV"),
    (EUCTR, Registry.EU_CTR, "EUCTR"),
    ({**EUCTR, **EUCTR_RESULTS}, Registry.EU_CTR, "EUCTR"),
    (CTIS, Registry.CTIS, "CTIS"),
    (CTIS_BEFORE, Registry.CTIS, "CTIS"),
    (ISRCTN, Registry.ISRCTN, "ISRCTN"),
]


def problem(content):
    with pytest.raises(CarechainError) as caught:
        read_bytes_of_record(content, "trial.json")
    return caught.value.place, caught.value.problem


@pytest.mark.parametrize(("record", "registry", "name"), SHAPES)
def test_the_content_tells_the_registry(record, registry, name):
    assert read(record).registry is registry
    assert read({"_id": "x", **record, "ctrname": name, "record_last_import": "2026-03-08 17:34:31"}) == read(record)


@pytest.mark.parametrize(("record", "registry", "name"), SHAPES)
def test_a_record_that_says_it_is_of_another_registry_is_noted(record, registry, name):
    other = "CTIS" if name != "CTIS" else "ISRCTN"
    result = read({**record, "ctrname": other})
    assert result.registry is registry
    assert f"It says that it is of {other}, but is of {name}." in result.notes


def test_a_list_of_one_record_is_taken():
    assert read([CTGOV]) == read({"studies": [CTGOV], "nextPageToken": "x"}) == read(CTGOV)
    assert read({"clinical_study": CTGOV_CLASSIC}) == read(CTGOV_CLASSIC)


def test_a_file_is_read(tmp_path):
    file = tmp_path / "trial.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(CTGOV).encode())
    assert read_record(file) == read(CTGOV)


@pytest.mark.parametrize(
    ("value", "place", "why"),
    [
        ([], "trial.json", "holds no record"),
        ([CTGOV, CTGOV], "trial.json", "holds several records"),
        ({"studies": []}, "trial.json: studies", "holds no record"),
        ({"studies": [CTGOV, CTGOV]}, "trial.json: studies", "holds several records"),
        ("NCT01234567", "trial.json", "is not a record: it is not a JSON object"),
        ([None], "trial.json: [0]", "is not a record: it is not a JSON object"),
        ({}, "trial.json", "is not a record of a registry that is read"),
        ({"resourceType": "ResearchStudy"}, "trial.json", "is not a record of a registry that is read"),
        ({**CTGOV, **ISRCTN}, "trial.json", "is not a record of a registry that is read"),
        ({"protocolSection": {}}, "trial.json", "is not a record of a registry that is read"),
    ],
)
def test_what_is_not_one_record_is_refused(value, place, why):
    assert refused(value) == (place, why)


@pytest.mark.parametrize(
    ("content", "place", "why"),
    [
        (b"", "trial.json", "is empty"),
        (b"  \n", "trial.json", "is empty"),
        (b'{"isrctn": "1"', "trial.json: line 1, column 15", "ends in the middle of the document"),
        (b'{"isrctn": "1", "isrctn": "2"}', "trial.json", "has the element isrctn twice in one object"),
        (b'{"isrctn": NaN}', "trial.json", "holds NaN, which is not a JSON number"),
        (b'{"isrctn": "\xff"}', "trial.json: byte 12", "is not UTF-8"),
        ('{"isrctn": "1"}'.encode("utf-16"), "trial.json", "is not in UTF-8 (it looks like UTF-16 or UTF-32)"),
        (b"<clinical_study/>", "trial.json", "is XML"),
        (b"\xef\xbb\xbf <trial/>", "trial.json", "is XML"),
        (b"[" * 100_000, "trial.json", "nests deeper than 40 levels"),
    ],
)
def test_what_is_not_strict_json_is_refused(content, place, why):
    assert problem(content) == (place, why)


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 10)
    file = tmp_path / "trial.json"
    file.write_bytes(b" " * 11)
    with pytest.raises(CarechainError, match="is larger than 10 bytes"):
        read_record(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="cannot be read"):
        read_record(tmp_path / "trial.json")


def test_no_refusal_repeats_what_the_record_says():
    secret = "31 of never 1999"
    record = {"protocolSection": {**CTGOV["protocolSection"], "statusModule": {"studyFirstSubmitDate": secret}}}
    with pytest.raises(CarechainError) as caught:
        read(record)
    assert secret not in str(caught.value)
