"""Check digits against keys that others published, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.gs1 import keys

HERE = "here"


@pytest.mark.parametrize(
    ("given_digits", "normalised"),
    [
        ("96385074", "00000096385074"),  # GTIN-8
        ("036000291452", "00036000291452"),  # GTIN-12, a UPC-A
        ("4006381333931", "04006381333931"),  # GTIN-13
        ("10614141073402", "10614141073402"),  # GTIN-14
    ],
)
def test_every_length_of_gtin_becomes_one_of_14_digits(given_digits, normalised):
    assert keys.gtin14(given_digits, HERE) == normalised


@pytest.mark.parametrize(
    "text", ["", "1234567", "123456789012345", "4006381333931 ", "\uff14006381333931", "4006381-33393"]
)
def test_what_is_no_gtin_is_refused(text):
    with pytest.raises(CarechainError, match="is not a GTIN of 8, 12, 13 or 14 digits"):
        keys.gtin14(text, HERE)


@given(st.integers(0, 10**13 - 1), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, position, change):
    sound = keys.with_check_digit(f"{number:013}")
    wrong = sound[:position] + str((int(sound[position]) + change) % 10) + sound[position + 1 :]
    assert keys.gtin14(sound, HERE) == sound
    with pytest.raises(CarechainError, match="has a wrong check digit in its GTIN"):
        keys.gtin14(wrong, HERE)


def test_sscc_and_gln_are_checked():
    assert keys.sscc("340123450000000000", HERE) == "340123450000000000"
    assert keys.gln("4012345000009", HERE) == "4012345000009"
    with pytest.raises(CarechainError, match="wrong check digit in its SSCC"):
        keys.sscc("340123450000000001", HERE)
    with pytest.raises(CarechainError, match="has no GLN of 13 digits"):
        keys.gln("401234500000", HERE)


@pytest.mark.parametrize("ndc", ["0002-8215-01", "0002821501", "00028-215-01", "00028-2150-1"])
def test_an_ndc_of_ten_digits_has_a_gtin(ndc):
    assert keys.ndc_gtin(ndc, HERE) == "00300028215012"


@pytest.mark.parametrize("ndc", ["00002-8215-01", "00002821501", "0002-8215", "000-28215-01", "0002-8215-0A", ""])
def test_an_ndc_of_another_form_is_refused(ndc):
    with pytest.raises(CarechainError, match="is not an NDC of ten digits"):
        keys.ndc_gtin(ndc, HERE)


@pytest.mark.parametrize("text", ["", "A" * 21, "AB C", "AB#C", "Ä1", "A\n"])
def test_a_serial_beyond_the_characters_of_gs1_is_refused_and_not_repeated(text):
    with pytest.raises(CarechainError, match="is not a serial number") as error:
        keys.text20(text, HERE, "serial number")
    assert not text or text not in str(error.value)


def test_all_82_characters_may_stand_in_a_serial():
    characters = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    assert len(characters) == 82
    assert all(keys.text20(each, HERE, "serial number") == each for each in characters)
