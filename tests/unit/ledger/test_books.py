"""Lot books, journals and lists of parties on disk."""

from __future__ import annotations

import json
from datetime import date

import pytest

from carechain.errors import CarechainError
from carechain.supply.journal import Entry, Journal, digest_of, root_of
from carechain.supply.lot_book import LotBook
from carechain.supply.parties import Parties
from carechain.supply.passport import LotDetails
from carechain.supply.serial_tree import write_serial_tree
from tests.helpers import rfc9162
from tests.unit.ledger.traders import EXAMPLES, GTIN

DETAILS = LotDetails(GTIN, "A1", date(2040, 2, 29), date(2025, 3, 1))
OTHER = LotDetails("09506000100043", "A1", date(2040, 2, 29), date(2025, 3, 1))
HASHES = tuple(f"ni:///sha-256;{n:064x}?ver=CBV2.0" for n in range(3))


# ---------------------------------------------------------------------- lot book


@pytest.fixture
def book(tmp_path):
    """A maker's book, with a lot of each of two products."""
    found = LotBook(tmp_path / "lots")
    for details, serials in ((DETAILS, ["S1", "S2", "S3"]), (OTHER, ["S1"])):
        write_serial_tree(found.path_of(details), details, serials).close()
    yield found
    found.close()


def test_a_pack_has_the_passport_of_its_product_and_lot(book):
    found = book.passport(GTIN, "S2")
    assert (found.gtin, found.lot, found.unit, found.verify(book.tree(GTIN, "A1").root)) == (GTIN, "A1", 1, True)
    assert book.passport(GTIN, "S4") is None
    assert book.passport(GTIN, "S2", "A2") is None
    assert book.passport(OTHER.gtin, "S1").gtin == OTHER.gtin
    assert [tree.details.gtin for tree in book.trees()] == [GTIN, OTHER.gtin]


def test_passports_that_were_given_are_as_good_as_the_lots_file(book, tmp_path):
    wholesalers = LotBook(tmp_path / "wholesaler")
    given = [book.passport(GTIN, "S1"), book.passport(GTIN, "S3")]
    path = wholesalers.keep(given, "from the manufacturer/1")
    assert path.stat().st_mode & 0o777 == 0o600
    for reader in (wholesalers, LotBook(tmp_path / "wholesaler")):
        assert reader.passport(GTIN, "S3") == given[1]
        assert reader.passport(GTIN, "S2") is None
        assert reader.given(GTIN, "A1") == given
        assert reader.given(GTIN, "A2") == []
        assert reader.tree(GTIN, "A1") is None


def test_passports_are_not_written_over(book, tmp_path):
    wholesalers = LotBook(tmp_path / "wholesaler")
    wholesalers.keep([book.passport(GTIN, "S1")], "delivery 1")
    with pytest.raises(FileExistsError):
        wholesalers.keep([book.passport(GTIN, "S2")], "delivery 1")


def test_a_damaged_line_of_passports_is_named(book, tmp_path):
    path = LotBook(tmp_path / "wholesaler").keep([book.passport(GTIN, "S1")], "delivery")
    path.write_text(path.read_text() + "{}\n")
    with pytest.raises(CarechainError, match=r"delivery.passports: line 2"):
        LotBook(tmp_path / "wholesaler").passport(GTIN, "S1")


def test_passports_are_read_whether_in_a_line_or_in_many(book, tmp_path):
    given = [book.passport(GTIN, "S1"), book.passport(GTIN, "S3")]
    (tmp_path / "delivery.passports").write_text("\n".join(each.to_json() for each in given))
    assert LotBook(tmp_path).given(GTIN, "A1") == given


def test_what_follows_a_passport_is_named_by_its_line(book, tmp_path):
    text = book.passport(GTIN, "S1").to_json()
    (tmp_path / "delivery.passports").write_text(f"{text}\n\nmore")
    with pytest.raises(CarechainError, match=rf"delivery.passports: line {len(text.splitlines()) + 2} is not JSON"):
        LotBook(tmp_path).passport(GTIN, "S1")


@pytest.mark.parametrize(("content", "problem"), [(b"\xff{}", "is not UTF-8"), (b"[" * 100_000, "line 1 is not JSON")])
def test_a_file_of_passports_that_is_none_is_named(tmp_path, content, problem):
    (tmp_path / "delivery.passports").write_bytes(content)
    with pytest.raises(CarechainError, match=rf"delivery.passports.* ?{problem}"):
        LotBook(tmp_path).passport(GTIN, "S1")


def test_a_damaged_file_of_a_lot_is_not_taken_for_one_without_the_pack(book):
    path = book.path_of(DETAILS)
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    with pytest.raises(CarechainError, match="has changed"):
        LotBook(book.folder).passport(GTIN, "S1")


def test_a_book_that_is_not_there_is_empty(tmp_path):
    assert list(LotBook(tmp_path / "none").trees()) == []
    assert LotBook(tmp_path / "none").passport(GTIN, "S1") is None


# ---------------------------------------------------------------------- journal


def test_an_entry_is_read_as_it_was_kept(tmp_path):
    journal = Journal(tmp_path / "epcis")
    entries = [
        Entry(0, None, HASHES[:2], "a.json", ((7, 0, 4, "2025-04-01T08:00:00+00:00"),)),
        Entry(1, 0, HASHES[1:2], "b.json", (), HASHES[1:2]),
        Entry(2, None, HASHES[2:], "c.xml", (), HASHES[2:]),
    ]
    for entry in reversed(entries):
        journal.keep(entry)
    assert list(journal.entries()) == entries
    assert journal.entry_of() == {HASHES[0]: 0, HASHES[1]: 0, HASHES[2]: 2}
    assert journal.declared() == {HASHES[1], HASHES[2]}
    assert {path.stat().st_mode & 0o777 for path in journal.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"index": 0}), "[" * 100_000])
def test_a_file_that_is_no_entry_is_named(tmp_path, content):
    (tmp_path / "00000000.json").write_text(content)
    with pytest.raises(CarechainError, match=r"00000000.json is no entry of the journal"):
        list(Journal(tmp_path).entries())


@pytest.mark.parametrize(
    "change",
    [
        {"index": "0"},
        {"index": True},
        {"corrects": -1},
        {"hashes": None},
        {"hashes": [7]},
        {"hashes": ["00"]},
        {"declared": "00"},
        {"document": 7},
        {"touched": 7},
        {"touched": [7]},
        {"touched": [[7, 0, 4]]},
        {"touched": [[7, 0, "4", "2025-04-01T08:00:00+00:00"]]},
        {"touched": [[7, 0, 4, "in April"]]},
    ],
    ids=str,
)
def test_an_entry_of_wrong_types_is_named(tmp_path, change):
    journal = Journal(tmp_path)
    journal.keep(Entry(0, None, HASHES, "a.json", ((7, 0, 4, "2025-04-01T08:00:00+00:00"),)))
    path = tmp_path / "00000000.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(CarechainError, match=r"00000000.json is no entry of the journal"):
        journal.declared()


def test_the_root_is_that_of_the_hashes_in_their_order():
    entry = Entry(0, None, HASHES, "a.json")
    assert digest_of(HASHES[2]) == (2).to_bytes(32, "big")
    assert entry.root == root_of(HASHES) == rfc9162.root([n.to_bytes(32, "big") for n in range(3)])
    assert root_of(HASHES[::-1]) != entry.root


# ---------------------------------------------------------------------- parties


def parties(tmp_path, text):
    path = tmp_path / "parties.yaml"
    path.write_text(text)
    return Parties.load(path)


def test_the_example_names_the_examples_organisations():
    assert list(Parties.load(EXAMPLES / "parties.yaml").organisations.values()) == [8, 9, 10, 11, 12, 13]


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/417/9506000100081",
        "https://id.gs1.org/414/9506000100081",
        "https://id.gs1.org/414/9506000100081/254/DOOR-4",
        "urn:epc:id:sgln:9506000.10008.0",
        "urn:epc:id:pgln:9506000.10008",
        "urn:carechain:organisation:8",
    ],
)
def test_a_party_is_known_by_any_of_its_names(tmp_path, uri):
    found = parties(tmp_path, 'organisations: {"9506000100081": 8}')
    assert found.of_uri(uri, "place") == 8


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/417/9506000100098",
        "https://id.gs1.org/01/09506000100012/21/K7M2QX",
        "urn:carechain:organisation:eight",
        "urn:carechain:organisation:",
        "urn:carechain:organisation:0",
        "urn:carechain:organisation:4294967296",
        "urn:carechain:organisation:" + "9" * 5_000,
        "urn:carechain:organisation:\u0668",
        "http://example.org/9506000100081",
    ],
)
def test_any_other_uri_names_no_party(tmp_path, uri):
    assert parties(tmp_path, 'organisations: {"9506000100081": 8}').of_uri(uri, "place") is None


def test_the_first_gln_of_an_organisation_names_it(tmp_path):
    found = parties(tmp_path, 'organisations: {"9506000100098": 9, "9506000100081": 8, "9506000100104": 8}')
    assert found.uri_of(8) == "https://id.gs1.org/417/9506000100081"
    assert found.uri_of(8, party=False) == "https://id.gs1.org/414/9506000100081"
    assert found.uri_of(7) == "urn:carechain:organisation:7"
    assert found.of_uri(found.uri_of(7), "place") == 7


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "parties.yaml"),
        ("[]", "parties.yaml"),
        ("organisations: []", "parties.yaml"),
        ('organisations: {"9506000100081": 8}\nmore: 1', "parties.yaml"),
        ("organisations: {9506000100081: 8}", "parties.yaml: organisations.9506000100081"),
        ('organisations: {"9506000100082": 8}', "parties.yaml: organisations.9506000100082"),
        ('organisations: {"9506000100081": 0}', "parties.yaml: organisations.9506000100081"),
        ('organisations: {"9506000100081": true}', "parties.yaml: organisations.9506000100081"),
        ('organisations: {"9506000100081": 4294967296}', "parties.yaml: organisations.9506000100081"),
    ],
)
def test_a_list_of_parties_that_is_none_is_refused(tmp_path, text, place):
    with pytest.raises(CarechainError) as refused:
        parties(tmp_path, text)
    assert refused.value.place.endswith(place)
