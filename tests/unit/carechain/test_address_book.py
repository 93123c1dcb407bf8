"""The address book: on disk after every change, never half written, and of one chain alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carechain.address_book import AddressBook, Entry
from carechain.errors import CarechainError

ENTRY = Entry("0x5FbDB2315678afecb367f032d93F642f64180aa3", 7, "0x" + "ab" * 32)
OTHER = Entry("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", 8, "0x" + "cd" * 32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deployments" / "5.json"


def test_what_is_recorded_is_on_disk_at_once(path):
    AddressBook(path, 5).record("Governance", ENTRY)
    book = AddressBook(path, 5)
    assert "Governance" in book
    assert book["Governance"] == ENTRY


def test_every_entry_is_kept_and_a_later_one_replaces(path):
    book = AddressBook(path, 5)
    book.record("Governance", ENTRY)
    book.record("Participants", ENTRY)
    book.record("Governance", OTHER)
    assert [AddressBook(path, 5)[name] for name in ("Governance", "Participants")] == [OTHER, ENTRY]


def test_a_crash_while_writing_leaves_the_earlier_book(path, monkeypatch):
    book = AddressBook(path, 5)
    book.record("Governance", ENTRY)

    def torn(self, data, *encoding):
        self.open("w").write(data[: len(data) // 2])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", torn)
    with pytest.raises(OSError, match="no space left"):
        book.record("Participants", OTHER)
    survivor = AddressBook(path, 5)
    assert survivor["Governance"] == ENTRY
    assert "Participants" not in survivor


def test_nothing_lies_beside_a_book_that_was_written(path):
    AddressBook(path, 5).record("Governance", ENTRY)
    assert [file.name for file in path.parent.iterdir()] == ["5.json"]


def test_a_book_of_another_chain_is_refused(path):
    AddressBook(path, 5).record("Governance", ENTRY)
    with pytest.raises(CarechainError, match="is of chain 5, not 6"):
        AddressBook(path, 6)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"chainId": 5}',
        '{"chainId": 5, "contracts": []}',
        '{"chainId": 5, "contracts": {"Governance": {"address": "0x00"}}}',
        '{"chainId": 5, "contracts": {"Governance": 1}}',
        '{"chainId": 5, "contracts": {"Gov',
    ],
)
def test_a_file_that_is_no_book_is_refused_and_left_alone(path, content):
    path.parent.mkdir()
    path.write_text(content, "utf-8")
    with pytest.raises(CarechainError, match=r"5\.json is not an address book"):
        AddressBook(path, 5)
    assert path.read_text("utf-8") == content


def test_a_contract_that_is_not_there_is_said_so(path):
    with pytest.raises(CarechainError, match="has no Governance on chain 5"):
        AddressBook(path, 5)["Governance"]


def test_the_book_of_a_chain_has_its_number(tmp_path, monkeypatch):
    monkeypatch.delenv("CARECHAIN_ADDRESS_BOOK", raising=False)
    assert AddressBook.of_chain(tmp_path, 77).path == tmp_path / "deployments" / "77.json"


def test_the_environment_may_name_another_book(tmp_path, monkeypatch):
    monkeypatch.setenv("CARECHAIN_ADDRESS_BOOK", str(tmp_path / "mine.json"))
    AddressBook.of_chain(tmp_path, 77).record("Governance", ENTRY)
    assert json.loads((tmp_path / "mine.json").read_text("utf-8"))["chainId"] == 77
