"""What a pack proves itself with, and what it cannot be made to say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from carechain.errors import CarechainError
from carechain.supply.passport import LotDetails, Passport
from carechain.supply.serial_tree import write_serial_tree
from tests.unit.supply_files.lots import LOT, SECRET, serials


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    with write_serial_tree(tmp_path_factory.mktemp("lot") / "lot", LOT, serials(77), SECRET) as tree:
        yield tree


@pytest.fixture
def passport(tree):
    return tree.passport(41)


def test_its_text_is_all_that_the_pack_prints(passport):
    assert passport.text == "(01)00312345678906(21)S00041(10)A1-7(17)280131"


def test_it_survives_json(passport):
    assert Passport.from_json(passport.to_json()) == passport


@pytest.mark.parametrize(
    "change",
    [
        {"gtin": "00312345678913"},
        {"lot": "A1-8"},
        {"serial": "S00042"},
        {"expiry": date(2029, 1, 31)},
        {"unit": 40},
        {"units": 200},
        {"salt": bytes(32)},
        {"proof": ()},
    ],
    ids=str,
)
def test_nothing_of_it_can_be_changed(tree, passport, change):
    assert passport.verify(tree.root)
    assert not replace(passport, **change).verify(tree.root)


def test_it_is_not_of_another_lot(passport):
    assert not passport.verify(bytes(32))


def test_brackets_in_a_lot_number_give_no_second_reading(tree, passport):
    with pytest.raises(CarechainError, match=r"with \(10\) in it"):
        replace(passport, serial="S(10)A")


def test_text_that_is_no_json_is_refused():
    with pytest.raises(CarechainError, match=r"^pack\.json is not JSON"):
        Passport.from_json("{", "pack.json")


@pytest.mark.parametrize("text", ["[]", "{}", "7"])
def test_json_of_something_else_is_refused(text):
    with pytest.raises(CarechainError, match="does not have the elements expiry, gtin,"):
        Passport.from_json(text)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("gtin", 312345678906, "gtin is not a text"),
        ("gtin", "00312345678907", "The GTIN has a wrong check digit"),
        ("gtin", "312345678906", "The GTIN does not have 14 digits"),
        ("lot", "", "The lot number is not"),
        ("serial", "a b", "The passport is not a serial number"),
        ("expiry", "280131", "expiry is not a date"),
        ("unit", True, "unit is not a number of units"),
        ("units", -1, "units is not a number of units"),
        ("salt", "00", "salt is not 32 bytes"),
        ("lotSalt", None, "lotSalt is not 32 bytes"),
        ("proof", "00", "proof is not a list"),
        ("proof", ["zz"], r"proof\[0\] is not 32 bytes"),
    ],
)
def test_an_element_that_cannot_be_is_refused(passport, name, value, problem):
    with pytest.raises(CarechainError, match=problem):
        Passport.from_json(json.dumps(json.loads(passport.to_json()) | {name: value}))


def test_a_lot_made_before_the_chain_counts_days_is_refused():
    assert replace(LOT, production=date(1970, 1, 1)).production == date(1970, 1, 1)
    with pytest.raises(CarechainError, match=r"^The production date is before 1970-01-01"):
        replace(LOT, production=date(1969, 12, 31))


def test_a_lot_that_does_not_expire_after_it_was_made_is_refused():
    for production in (date(2026, 1, 1), date(2026, 1, 2)):
        with pytest.raises(CarechainError, match="does not expire after it was produced"):
            LotDetails(LOT.gtin, LOT.lot, date(2026, 1, 1), production)


@pytest.mark.parametrize("year", [1999, 2100])
def test_an_expiry_whose_two_digits_mean_another_year_is_refused(year):
    with pytest.raises(CarechainError, match="is not in the years 2000 to 2099"):
        LotDetails(LOT.gtin, LOT.lot, date(year, 1, 1), date(1990, 1, 2))
