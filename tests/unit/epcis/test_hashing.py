"""What an event's hash is made of, beyond the published vectors, and that making it leaves the process alone."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from carechain.epcis.events import Extension, Typed
from carechain.epcis.hashing import event_hash, prehash
from carechain.epcis.reading import hashes
from carechain.errors import CarechainError
from tests.unit.epcis.epcis_documents import CONTEXT, PACK, document, event, one, read

PROJECT = Path(__file__).parents[3]
EVENT = one(document(event(bizStep="shipping")))


def test_id_record_time_and_error_declaration_do_not_count():
    declared = event(
        bizStep="shipping",
        eventID="urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8",
        recordTime="2026-07-23T00:00:00Z",
        errorDeclaration={"declarationTime": "2026-07-24T00:00:00Z"},
    )
    assert one(document(declared)).hash == EVENT.hash


def test_the_order_of_objects_and_the_way_they_are_written_do_not_count():
    packs = [PACK, "https://id.gs1.org/01/09521141012345/21/2018"]
    turned = ["urn:epc:id:sgtin:9521141.001234.2018", "urn:epc:id:sgtin:9521141.001234.2017"]
    assert one(document(event(epcList=packs))).hash == one(document(event(epcList=turned))).hash


@pytest.mark.parametrize("change", [{"offset": "+03:00"}, {"biz_step": "receiving"}, {"epcs": (PACK[:-1],)}])
def test_what_was_told_counts(change):
    assert event_hash(replace(EVENT, **change)) != EVENT.hash


@pytest.mark.parametrize(
    ("microseconds", "end"), [(999_400, ".999Z"), (999_600, "01.000Z"), (141_500, ".142Z"), (142_500, ".143Z")]
)
def test_times_are_rounded_to_milliseconds_even_into_the_next_second(microseconds, end):
    later = replace(EVENT, time=EVENT.time + timedelta(microseconds=microseconds))
    assert f"{end}eventTimeZoneOffset" in prehash(later)


def test_true_is_hashed_as_xml_writes_it():
    found = one(document(event(sensorElementList=[{"sensorReport": [{"type": "Temperature", "booleanValue": True}]}])))
    assert "booleanValue=true" in prehash(found)


def test_a_transaction_without_a_type_is_hashed():
    assert "bizTransaction=urn:x:1" in prehash(replace(EVENT, biz_transactions=(Typed(None, "urn:x:1"),)))


def test_prefixes_are_spelt_out_and_the_context_itself_does_not_count():
    inner = event(**{"@context": [{"lab": "https://lab.example/"}], "lab:run": "7"})
    outer = document(event(**{"x:run": "7"}), **{"@context": [CONTEXT, {"x": "https://lab.example/"}]})
    assert one(document(inner)).hash == one(outer).hash
    assert "@context" not in prehash(one(document(inner)))
    assert "{https://lab.example/}run=7" in prehash(one(outer))


def test_prefixes_of_one_document_are_forgotten_in_the_next():
    assert (
        read(document(event(**{"x:run": "7"}), **{"@context": [CONTEXT, {"x": "https://a.example/"}]})).findings == ()
    )
    own = document(event(**{"x:run": "7"}), **{"@context": [CONTEXT, {"x": "https://b.example/"}]})
    assert "{https://b.example/}run=7" in prehash(one(own))


def test_a_comment_does_not_count():
    assert one(document(event(bizStep="shipping", **{"rdfs:comment": "by night"}))).hash == EVENT.hash


@pytest.mark.parametrize("algorithm", ["sha-256", "sha3-256", "sha-384", "sha-512"])
def test_an_event_may_be_named_by_its_hash_of_each_algorithm(algorithm):
    name = event_hash(EVENT, algorithm)
    assert name.startswith(f"ni:///{algorithm};")
    assert read(document(event(bizStep="shipping", eventID=name))).notes == ()
    wrong = name[:30] + ("0" if name[30] != "0" else "1") + name[31:]
    reading = read(document(event(bizStep="shipping", eventID=wrong)))
    assert [note.problem for note in reading.notes] == ["is the hash of another event"]
    assert reading.events[0].hash == EVENT.hash


def test_another_algorithm_is_refused():
    with pytest.raises(CarechainError, match="has a hash of an unknown kind"):
        event_hash(EVENT, "md5")


def test_what_cannot_be_hashed_is_a_finding_and_not_left_out():
    # The library takes such text for a number beyond all numbers, and drops the event.
    endless = Extension("{https://acme.example/}x", "Infinity")
    with pytest.raises(CarechainError, match="cannot be hashed"):
        event_hash(replace(EVENT, extensions=(endless,)))
    found = read(document(event(), event(**{"acme:x": "Infinity"})))
    assert [each.place for each in found.findings] == ["shipment.json: eventList[1]"]


def test_the_digits_of_a_number_do_not_count(tmp_path):
    for index, number in enumerate(("26", "26.0", "2.6e1")):
        content = document(event(quantityList=[{"epcClass": "urn:epc:idpat:sgtin:9521141.001234.*", "quantity": 0}]))
        (tmp_path / f"{index}.json").write_bytes(content.replace(b'"quantity": 0', f'"quantity": {number}'.encode()))
    assert len({hashes(tmp_path / f"{index}.json")[0] for index in range(3)}) == 1
    assert Decimal("2.6e1") == 26


def test_hashes_of_a_malformed_document_are_refused(tmp_path):
    (tmp_path / "bad.json").write_bytes(document(event(), event(action="NO")))
    with pytest.raises(CarechainError, match=r"bad.json: eventList\[1\].action"):
        hashes(tmp_path / "bad.json")


def test_hashing_neither_logs_nor_prints_nor_changes_the_path():
    program = """
import logging, sys
before = list(sys.path)
from tests.unit.epcis.epcis_documents import document, event, one
one(document(event(bizStep="shipping")))
assert sys.path == before, "the path was changed"
assert not logging.root.handlers, "logging was configured"
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
