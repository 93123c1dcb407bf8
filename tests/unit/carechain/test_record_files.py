"""A file of records is told by how it starts, and what is of no format is refused in the words of FHIR's reader."""

import json

import pytest

from carechain.errors import CarechainError
from carechain.record_files import read_records
from tests.unit.fhir.bundle_documents import POLICY, bundle, observation, patient
from tests.unit.hl7v2.hl7_messages import result

FHIR = json.dumps(bundle(patient(), observation())).encode()
MARK = b"\xef\xbb\xbf"
BATCH = rb"BHS|^~\&|A" + b"\r"


def read(tmp_path, content):
    file = tmp_path / "records"
    file.write_bytes(content)
    return read_records(file, POLICY)


@pytest.mark.parametrize("before", [b"", MARK, MARK + b"\n", b" " * 70, b"\r\n\t"])
def test_a_bundle_is_read_whatever_stands_before_it(tmp_path, before):
    (found,) = read(tmp_path, before + FHIR)
    assert [record.identity for record in found.records] == ["Patient/p1", "Observation/o1"]


@pytest.mark.parametrize(
    "content",
    [
        result().encode(),
        b"\n\n" + result().encode(),
        MARK + result().encode(),
        b"\x0b" + result().encode() + b"\x1c\r",
        BATCH + result().encode() + b"BTS|1\r",
        rb"FHS|^~\&|A" + b"\r" + BATCH + result().encode() + b"BTS|1\rFTS|1\r",
    ],
)
def test_messages_are_read_bare_in_frames_and_in_batches(tmp_path, content):
    (found,) = read(tmp_path, content)
    assert found.patient == "Patient/p1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<Bundle/>", "is XML"),
        (FHIR.decode().encode("utf-16"), "UTF-16"),
        (b"[]", "is not a JSON object"),
        (b"", "is empty"),
        (b"PID|1", "is not JSON"),
    ],
)
def test_what_is_of_neither_format_is_refused_with_what_it_is(tmp_path, content, words):
    with pytest.raises(CarechainError) as error:
        read(tmp_path, content)
    assert words in str(error.value)


@pytest.mark.parametrize("content", [FHIR, result().encode()])
def test_the_size_of_a_file_is_limited_in_both_formats(tmp_path, content):
    (tmp_path / "records").write_bytes(content)
    with pytest.raises(CarechainError, match="larger than 50 bytes"):
        read_records(tmp_path / "records", POLICY, max_bytes=50)
