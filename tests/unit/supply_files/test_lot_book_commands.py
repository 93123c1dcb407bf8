"""What the commands of the supply chain do with a lot book, beside a ledger that knows of one lot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

import scripts.supply as script
from carechain.supply.lot_book import LotBook
from carechain.supply.serial_tree import write_serial_tree
from tests.unit.supply_files.lots import LOT, SECRET, serials


@pytest.fixture
def tree(tmp_path):
    with write_serial_tree(tmp_path / "lot", LOT, serials(5), SECRET) as tree:
        yield tree


@pytest.fixture
def book(tmp_path):
    found = LotBook(tmp_path / "lots")
    yield found
    found.close()


@pytest.fixture
def keep(tree, book, tmp_path, monkeypatch):
    """Runs `keep` on files of these texts; the exit code."""
    of_passport = lambda passport: LOT if passport.verify(tree.root) else None  # noqa: E731
    party = SimpleNamespace(book=book, ledger=SimpleNamespace(lot_of_passport=of_passport))
    monkeypatch.setattr(script, "Party", SimpleNamespace(open=lambda named: party))
    monkeypatch.setattr(script, "REPORTS", tmp_path / "reports")

    def run(*texts):
        files = [tmp_path / f"{n}.json" for n in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, "utf-8")
        try:
            script.keep(*map(str, files))
        except SystemExit as stop:
            return int(stop.code or 0)
        return 0

    return run


def test_passports_that_are_given_are_kept_once(keep, tree, book):
    first, second, third = (tree.passport(n) for n in range(3))
    assert keep(first.to_json(), f"{second.to_json()}\n{first.to_json()}") == 0
    assert book.given(LOT.gtin, LOT.lot) == [first, second]
    (file,) = book.folder.iterdir()
    assert keep(second.to_json(), first.to_json()) == 0
    assert [*book.folder.iterdir()] == [file]
    assert keep(second.to_json(), third.to_json()) == 0
    assert book.passport(LOT.gtin, third.serial) == third


def test_a_passport_that_proves_nothing_is_kept_nor_is_any_beside_it(keep, tree, book):
    forged = replace(tree.passport(1), unit=2)
    assert keep(tree.passport(0).to_json(), forged.to_json()) == 1
    assert book.given(LOT.gtin, LOT.lot) == []


def test_another_passport_of_a_pack_does_not_take_the_place_of_the_first(keep, tree, book):
    first = tree.passport(0)
    assert keep(first.to_json()) == 0
    assert keep(replace(first, expiry=date(2029, 1, 31)).to_json()) == 1
    assert book.passport(LOT.gtin, first.serial) == first


def test_a_lot_whose_file_is_made_keeps_its_production_date_on_the_next_day(book):
    today = 1_900_000_000  # in 2030
    party = SimpleNamespace(book=book, chain=SimpleNamespace(now=lambda: today))
    assert script._production(party, LOT.gtin, LOT.lot, {}) == date(2030, 3, 17)
    write_serial_tree(book.path_of(LOT), LOT, serials(5), SECRET).close()
    assert script._production(party, LOT.gtin, LOT.lot, {}) == LOT.production
    assert script._production(party, LOT.gtin, LOT.lot, {"production": "2026-01-06"}) == date(2026, 1, 6)
