"""Currencies by their numbers, and amounts to their minor unit."""

import pytest

from carechain.claims.currencies import CODES, NUMBERS, minor_units, written
from carechain.claims.words import PLAN_TERMS
from carechain.errors import CarechainError
from carechain.fhir.money import DECIMALS


def test_every_currency_that_formats_know_has_a_number_of_its_own():
    assert NUMBERS.keys() == DECIMALS.keys()
    assert len(CODES) == len(NUMBERS)
    assert all(0 < number <= PLAN_TERMS.most("currency") for number in CODES)


@pytest.mark.parametrize(
    ("code", "number"), [("USD", 840), ("EUR", 978), ("CNY", 156), ("JPY", 392), ("GBP", 826), ("CHF", 756), ("ALL", 8)]
)
def test_numbers_are_those_of_iso_4217(code, number):
    assert NUMBERS[code] == number


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [(0, "USD", 0), (25, "USD", 2_500), (25.5, "USD", 2_550), ("0.07", "USD", 7), (1.115, "KWD", 1_115), (9, "JPY", 9)],
)
def test_amounts_are_read_to_the_minor_unit(value, currency, expected):
    assert minor_units(value, currency, "here") == expected


@pytest.mark.parametrize(("value", "currency"), [(0.005, "USD"), ("1.1", "JPY"), (1.0005, "KWD")])
def test_amounts_finer_than_the_minor_unit_are_refused(value, currency):
    with pytest.raises(CarechainError, match="here is finer than the minor unit"):
        minor_units(value, currency, "here")


@pytest.mark.parametrize("value", [True, None, "", "-1", -0.5, "1e3", 1e20, float("nan"), "1,50", "٣", [1]])
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(CarechainError, match="here is not an amount of USD"):
        minor_units(value, "USD", "here")


def test_amounts_are_written_with_all_decimals_of_their_currency():
    assert [written(1_250, code) for code in ("USD", "JPY", "KWD")] == ["12.50", "1250", "1.250"]
