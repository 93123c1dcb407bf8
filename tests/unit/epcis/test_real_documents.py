"""Documents that others wrote to test their own EPCIS systems with: what each is read as, or why it is refused."""

import re
from collections import Counter

import pytest

from carechain.epcis.events import EventKind
from carechain.epcis.reading import read, read_bytes
from carechain.epcis.writing import to_json
from tests.unit.epcis.epcis_documents import NOW
from tests.unit.epcis.real_documents import FOLDER, READ, REFUSED, WRONG_HASH, file, real

HASH_ID = re.compile(rb'"eventID": "ni:[^"]*",|<eventID>ni:[^<]*</eventID>')


def kinds(reading):
    counted = Counter(event.kind for event in reading.events)
    return ", ".join(f"{counted[kind]} {kind.value}" for kind in EventKind if counted[kind])


@real
def test_the_tables_name_every_document():
    found = {str(each.relative_to(FOLDER)).replace("/Capture", "") for each in FOLDER.rglob("*.*") if each.is_file()}
    assert {each for each in found if each.endswith((".json", ".xml"))} == {*READ, *WRONG_HASH, *REFUSED}


@real
@pytest.mark.parametrize("name", READ)
def test_a_valid_document_is_read(name):
    reading = read(file(name), NOW)
    assert (reading.findings, reading.notes) == ((), ())
    assert kinds(reading) == READ[name]


@real
@pytest.mark.parametrize("name", WRONG_HASH)
def test_an_event_id_that_is_the_hash_of_another_event_is_noted(name):
    reading = read(file(name), NOW)
    assert reading.findings == ()
    assert {note.problem for note in reading.notes} == {"is the hash of another event"}
    assert all(note.place.endswith(".eventID") for note in reading.notes)
    assert kinds(reading) == WRONG_HASH[name]


@real
@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_document_is_refused_with_every_reason(name):
    refused = read(file(name), NOW)
    assert refused.document is None
    found = {finding.place.removeprefix(f"{file(name).name}: "): finding.problem for finding in refused.findings}
    assert found == REFUSED[name]


@real
@pytest.mark.parametrize("name", [*READ, *WRONG_HASH])
def test_what_was_read_is_written_and_read_again_unchanged(name):
    events = read(file(name), NOW).events
    again = read_bytes(to_json(events, NOW), "again.json", NOW)
    assert again.findings == ()
    assert again.events == events


@real
def test_the_us_pharmacy_example_tells_lot_expiry_and_aggregation():
    events = read(file("xml12/Documents/GS1_US_Pharma_Example_2_2_1_1.xml"), NOW).events
    commissioned, packed = events[0], events[2]
    assert (commissioned.biz_step, commissioned.disposition) == ("commissioning", "active")
    assert (commissioned.lot, commissioned.expiry.isoformat(), len(commissioned.epcs)) == ("A123", "2025-03-27", 12)
    assert (packed.biz_step, packed.parent) == ("packing", "urn:epc:id:sgtin:030001.1012345.110")
    assert packed.epcs == commissioned.epcs[:4]
