"""What scanners and people give for a pack."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.gs1.scan import Scan, read_scan

TODAY = date(2026, 11, 25)
GTIN = "09521141012345"
PACK = Scan(GTIN, "SN123", "LOT9", date(2027, 12, 31))
CANONICAL = f"(01){GTIN}(21)SN123(10)LOT9(17)271231"
GS = "\x1d"


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL,
        f" (17)271231 (10)LOT9\n(21)SN123 (01){GTIN} ",
        f"]d201{GTIN}21SN123{GS}10LOT9{GS}17271231",
        f"]d201{GTIN}1727123110LOT9{GS}21SN123",
        f"{GS}01{GTIN}1727123121SN123{GS}10LOT9{GS}",
        f"01{GTIN}1727123121SN123<GS>10LOT9",
        f"01{GTIN}1727123121SN123{{GS}}10LOT9",
        f"]C101{GTIN}1727123121SN123\u241d10LOT9",
        f"01{GTIN}1727123121SN123{GS}10LOT9{GS}71212345",  # with a national number besides
        f"https://id.gs1.org/01/{GTIN}/10/LOT9/21/SN123?17=271231",
        f"]Q1https://brand.example/shop/01/{GTIN}/21/SN123?10=LOT9&17=271231&lang=en",
    ],
)
def test_a_pack_is_read_in_any_form_and_order(text):
    assert read_scan(text, TODAY) == PACK
    assert read_scan(text, TODAY).text() == CANONICAL


@pytest.mark.parametrize("text", [f"(01){GTIN}(21)SN123", f"01{GTIN}21SN123", "urn:epc:id:sgtin:9521141.001234.SN123"])
def test_lot_and_expiry_may_be_missing(text):
    assert read_scan(text, TODAY) == Scan(GTIN, "SN123")
    assert read_scan(text, TODAY).text() == f"(01){GTIN}(21)SN123"


@given(
    st.text("!\"%&'*+,-./0123456789:;=?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20),
    st.dates(date(1978, 1, 1), date(2076, 12, 31)),
)
def test_the_canonical_text_is_read_back(serial, expiry):
    pack = Scan(GTIN, serial, "LOT9", expiry)
    assert read_scan(pack.text(), TODAY) == pack


@pytest.mark.parametrize("serial", ["A(B)1", "(1)", "x(99999)y"])
def test_brackets_that_are_no_identifier_belong_to_the_serial(serial):
    assert read_scan(f"(01){GTIN}(21){serial}(10)L", TODAY).serial == serial


@pytest.mark.parametrize(
    ("text", "expiry"),
    [
        ("280200", date(2028, 2, 29)),
        ("270200", date(2027, 2, 28)),
        ("271200", date(2027, 12, 31)),
        ("760101", date(2076, 1, 1)),
        ("770101", date(1977, 1, 1)),
        ("000101", date(2000, 1, 1)),
    ],
)
def test_day_zero_is_the_last_of_the_month_and_the_year_is_the_nearest(text, expiry):
    assert read_scan(f"(01){GTIN}(21)1(17){text}", TODAY).expiry == expiry


def test_the_century_follows_today():
    assert read_scan(f"(01){GTIN}(21)1(17)010101", date(2096, 1, 1)).expiry == date(2101, 1, 1)


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("", "The scan", "is empty"),
        ("]d2", "The scan", "is empty"),
        ("]E09521141012345", "The scan", "no serial number"),
        ("9521141012345", "The scan", "has no GTIN (01)"),
        (f"01{GTIN}99", "The scan", "cannot be read after 1 elements"),
        ("Paracetamol", "The scan", "cannot be read after 0 elements"),
        ("urn:epc:id:sscc:4012345.0111111111", "The scan", "something else than a pack"),
        ("https://example.com/medicine", "The scan", "has no GTIN"),
        (f"(01){GTIN}(10)LOT9", "The scan", "has no serial number (21)"),
        ("(21)SN123(17)271231", "The scan", "has no GTIN (01)"),
        ("(1)9(2)1", "The scan", "starts with brackets"),
        (f"(1)9(01){GTIN}(21)1", "The scan", "starts with brackets"),
        ("(01)09521141012346(21)1", "The scan (01)", "wrong check digit"),
        ("010952114101234621SN123", "The scan (01)", "wrong check digit"),
        ("(01)9521141012345(21)1", "The scan (01)", "no GTIN of 14 digits"),
        (f"(01){GTIN}(21)", "The scan (21)", "is not a serial number"),
        (f"(01){GTIN}(21){'7' * 21}", "The scan (21)", "is not a serial number"),
        (f"(01){GTIN}(21)SN 123", "The scan (21)", "is not a serial number"),
        (f"(01){GTIN}(21)1(10)L~1", "The scan (10)", "is not a lot number"),
        (f"01{GTIN}21{'7' * 20}10LOT9", "The scan (21)", "is too long"),
        (f"01{GTIN}21SN~123", "The scan (21)", "is too long"),
        (f"(01){GTIN}(21)1(17)271301", "The scan (17)", "is not a date"),
        (f"(01){GTIN}(21)1(17)270230", "The scan (17)", "is not a date"),
        (f"(01){GTIN}(21)1(17)270001", "The scan (17)", "is not a date"),
        (f"(01){GTIN}(21)1(17)270000", "The scan (17)", "is not a date"),
        (f"https://id.gs1.org/01/{GTIN}/21/1?17=2712", "The scan (17)", "is not a date"),
        (f"(01){GTIN}(21)SN123(21)SN124", "The scan (21)", "twice, differently"),
        (f"https://id.gs1.org/01/{GTIN}/21/SN123?21=SN124", "The scan (21)", "twice, differently"),
        (f"(01){GTIN}(21)1(11)27", "The scan (11)", "is not as GS1 defines it"),
    ],
)
def test_what_is_no_scan_of_a_pack_is_refused(text, place, problem):
    with pytest.raises(CarechainError) as error:
        read_scan(text, TODAY)
    assert error.value.place == place
    assert problem in error.value.problem
    assert error.value.mend
    assert "SN1" not in str(error.value)


def test_an_element_given_twice_alike_is_taken_once():
    assert read_scan(f"(01){GTIN}(21)SN123(01){GTIN}", TODAY) == Scan(GTIN, "SN123")
