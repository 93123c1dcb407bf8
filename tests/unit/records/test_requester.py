"""Requests and answers read back as they were written, and a requester believes nothing that isn't proven."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from carechain import data_categories
from carechain.access_request import (
    REFUSED,
    AccessRequest,
    Answer,
    ReleasedRecord,
    RequestMalformedError,
    SignedRequest,
)
from carechain.errors import CarechainError
from carechain.health_record import HealthRecord
from carechain.log_entries import OWN_STREAM, LogKind
from carechain.requester import UNKNOWN, OpenedRecord, open_answer, signed_request
from tests.helpers.suite import CLINIC, HOSPITAL
from tests.unit.records.conftest import OTHER, PATIENT, record

CONDITION = data_categories.class_bit("Condition")
PLACE = "0x" + 20 * "12"
REQUEST = AccessRequest(31337, PLACE, HOSPITAL, PLACE, "TREAT", CONDITION, 1_700_000_000)
RELEASED = ReleasedRecord(b"", b"", *3 * (bytes(32),), CONDITION, 0, 0xFFFF, OWN_STREAM, 0, 0, 1, (bytes(32),))
"""Of the right form, and of nothing that there is."""


@pytest.fixture
def answer(custody, patient):
    """A release of one record, a condition."""
    return custody.ask(categories=CONDITION)


def opened(custody, answer, **asked):
    """What the clinic gets of an answer to a request."""
    key = bytes(custody.organisation_keys[CLINIC].key)
    return open_answer(answer, custody.request(**asked), key, custody.vault.log)


# ---------------------------------------------------------------------- what goes over the wire


def test_request_and_answer_read_back(custody, patient):
    signed = signed_request(custody.chain, custody.request(), custody.operator(CLINIC))
    assert SignedRequest.from_json(signed.to_json()) == signed
    answer = custody.gateway.answer(SignedRequest.from_json(signed.to_json()))
    assert answer.released
    assert Answer.from_json(answer.to_json()) == answer
    assert Answer.from_json(REFUSED.to_json()) == REFUSED


def test_a_request_is_signed_alike_by_the_node_and_by_a_key_at_hand(custody):
    key = custody.wallets[PATIENT].key("emergency")
    signed = signed_request(custody.chain, custody.request(), key)
    assert signed.operator() == key.address
    by_node = signed_request(custody.chain, custody.request(), custody.operator(CLINIC))
    assert by_node.operator() == custody.operator(CLINIC)


def test_an_answer_holds_nothing_readable(custody, patient):
    text = custody.ask().to_json()
    assert [word for word in ("penicillin", "haemoglobin", "7f3e") if word in text] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        "1e999",
        "9" * 5_000,
        '{"request": "x", "signature": ""}',
        '{"request": 1, "signature": "zz"}',
        '{"outcome": "released", "basis": "consent", "block": 1, "records": []}',
        '{"outcome": "released", "basis": "consent", "block": 1, "records": [{}]}',
        b"\xff\xfe",
        "[" * 100_000,
    ],
)
def test_what_is_no_request_and_no_answer_is_refused(text):
    with pytest.raises(RequestMalformedError, match="The access request is malformed"):
        SignedRequest.from_json(text)
    with pytest.raises(CarechainError, match="The gateway's answer is malformed"):
        Answer.from_json(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"patient": "0x12"},
        {"purpose": "CURIOSITY"},
        {"categories": -1},
        {"categories": 1 << 64},
        {"custodian": 1 << 32},
        {"issued_at": 1 << 53},
        {"chain_id": 1 << 53},
        {"nonce": "0"},
        {"nonce": "g" * 32},
        {"chain_id": True},
        {"issued_at": 1.5},
    ],
)
def test_a_malformed_request_is_not_made(wrong):
    with pytest.raises(RequestMalformedError, match="The access request is malformed"):
        replace(REQUEST, **wrong)


@pytest.mark.parametrize("largest", [{"chain_id": (1 << 53) - 1}, {"categories": (1 << 64) - 1}])
def test_the_largest_numbers_read_back(largest):
    signed = SignedRequest(replace(REQUEST, **largest), b"")
    assert SignedRequest.from_json(signed.to_json()) == signed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("entry", -1),
        ("entry", 1.0),
        ("position", -1),
        ("position", "0"),
        ("count", 1 << 32),
        ("day_from", -1),
        ("day_to", 70_000),
        ("day_to", float("inf")),
        ("categories", hex(1 << 70)),
        ("categories", "-0x1"),
        ("categories", 1),
        ("subject", "nobody"),
        ("subject", None),
        ("salt", "AAAA"),
        ("replaces", ""),
        ("leaf", "ä"),
        ("proof", ["AAAA"]),
        ("proof", None),
    ],
)
def test_an_answer_out_of_range_is_malformed(field, value):
    values = json.loads(Answer("consent", 1, (RELEASED,)).to_json())
    assert Answer.from_json(json.dumps(values)).released
    values["records"][0][field] = value
    with pytest.raises(CarechainError, match="The gateway's answer is malformed"):
        Answer.from_json(json.dumps(values))


@pytest.mark.parametrize(("field", "value"), [("basis", "kindness"), ("block", -1), ("block", "1"), ("outcome", "no")])
def test_an_answer_of_another_kind_is_malformed(field, value):
    values = json.loads(Answer("consent", 1, (RELEASED,)).to_json())
    with pytest.raises(CarechainError, match="The gateway's answer is malformed"):
        Answer.from_json(json.dumps({**values, field: value}))


# ---------------------------------------------------------------------- what is proven


def test_an_altered_release_is_found_out(custody, answer):
    (released,) = answer.records
    for part in ("sealed", "wrapped", "salt", "leaf", "replaces"):
        value = getattr(released, part)
        altered = replace(released, **{part: value[:-1] + bytes([value[-1] ^ 1])})
        with pytest.raises(CarechainError, match=r"does not open|is not the one that was anchored"):
            opened(custody, replace(answer, records=(altered,)))


def test_a_release_that_claims_another_place_is_found_out(custody, answer):
    (released,) = answer.records
    places = ({"position": 5}, {"count": 7}, {"entry": 1}, {"entry": 99}, {"categories": 0}, {"day_to": 1})
    for change in places:
        with pytest.raises(CarechainError, match="is not the one that was anchored"):
            opened(custody, replace(answer, records=(replace(released, **change),)))


def test_a_release_under_an_entry_of_another_kind_is_found_out(custody, answer):
    """Such as an envelope's: the chain's count of records would not be of those that are kept."""
    (released,) = answer.records
    call = custody.chain.contract("RecordRegistry").functions.anchorEnvelopes(OWN_STREAM, 1, released.leaf)
    custody.chain.send(call, custody.operator(HOSPITAL), "anchor as an envelope")
    last = custody.vault.log.entries(LogKind.RECORDS, HOSPITAL, OWN_STREAM)[-1]
    assert last.root == released.leaf
    altered = replace(released, entry=last.index, position=0, count=1, proof=())
    with pytest.raises(CarechainError, match="is not the one that was anchored"):
        opened(custody, replace(answer, records=(altered,)))


def test_a_release_of_another_custodian_is_found_out(custody, answer):
    with pytest.raises(CarechainError, match="is not the one that was anchored"):
        opened(custody, answer, custodian=CLINIC)


def test_a_release_of_what_was_not_asked_for_is_found_out(custody, answer):
    with pytest.raises(CarechainError, match="is of categories that were not asked for"):
        opened(custody, answer, categories=data_categories.class_bit("Observation"))


def test_a_release_of_two_patients_is_found_out(custody, patient):
    answer = custody.ask()
    subjects = [custody.record_key(each).address for each in (PATIENT, OTHER)]
    first, second, *_ = answer.records
    mixed = replace(first, subject=subjects[0]), replace(second, subject=subjects[1])
    with pytest.raises(CarechainError, match="has records of more than one patient"):
        opened(custody, replace(answer, records=mixed))


def test_a_record_that_comes_twice_is_found_out(custody, answer):
    with pytest.raises(CarechainError, match="has a record more than once"):
        opened(custody, replace(answer, records=answer.records * 2))


def test_a_record_that_comes_in_two_versions_is_found_out(custody, answer):
    custody.ingest((record(PATIENT, "Condition/c", "Condition", text="asthma"),), {CLINIC: custody.consent()})
    later = custody.ask(categories=CONDITION)
    assert len(opened(custody, later)) == 1
    with pytest.raises(CarechainError, match="has a record more than once"):
        opened(custody, replace(later, records=later.records + answer.records))


# ---------------------------------------------------------------------- what is read


def content(text):
    return OpenedRecord(text if isinstance(text, bytes) else text.encode(), bytes(32), CONDITION, 0)


def test_a_number_that_python_does_not_read_keeps_no_other_record_back(custody):
    digits = b'{"id":"p","resourceType":"Condition","value":' + b"1" * 5_000 + b"}"
    poison = HealthRecord(PATIENT, "Condition/p", digits, CONDITION, 0, 0xFFFF)
    found = custody.ingest((poison, record(PATIENT, "Condition/c", "Condition")))
    custody.share(found)
    got = opened(custody, custody.ask())
    assert sorted(each.kind for each in got) == ["Condition", UNKNOWN]
    (unread,) = [each for each in got if each.kind == UNKNOWN]
    with pytest.raises(CarechainError, match="A released record holds no FHIR resource that can be read"):
        _ = unread.resource


@pytest.mark.parametrize("text", ["", "[]", '"Condition"', "[" * 100_000, b"\xff", '{"a": 1}'.encode("utf-16"), "{"])
def test_content_that_is_no_resource_is_refused_without_a_word_of_it(text):
    for read in (lambda each: each.resource, lambda each: each.text):
        with pytest.raises(CarechainError, match=r"^A released record holds no FHIR resource that can be read\. Ask"):
            read(content(text))
    assert content(text).kind == UNKNOWN


@pytest.mark.parametrize("name", ["x/../../../pwned", "", ".", "condition", None, 7, ["Condition"]])
def test_a_type_that_fhir_does_not_have_is_unknown(name):
    assert content(json.dumps({"resourceType": name})).kind == UNKNOWN


@pytest.mark.parametrize("name", ["Condition", "Binary"])
def test_types_of_fhir_are_known_with_a_bit_or_without(name):
    assert content(json.dumps({"resourceType": name})).kind == name


def test_a_resource_is_read_as_it_was_anchored():
    text = '{"resourceType":"Observation","value":71.50}'
    assert content(text).text == text
    assert content(text).resource == {"resourceType": "Observation", "value": 71.5}
