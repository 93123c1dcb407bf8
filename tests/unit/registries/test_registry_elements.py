"""Elements that may be one or many, empty in several ways, and text or an object with text."""

import pytest

from carechain.errors import CarechainError
from carechain.registries.elements import Element
from carechain.registries.record import PartialDate
from carechain.registries.texts import clean, clean_lines, unique


def element(value):
    return Element(value, "trial.json")


@pytest.mark.parametrize("value", [None, "", " \n", {}, [], [None, "", {}]])
def test_what_is_empty_is_not_there(value):
    found = element({"a": value})
    assert found.all("a") == []
    assert found.at("a").is_empty
    assert (found.text("a"), found.date("a"), found.count("a"), found.texts("a")) == ("", None, None, [])


@pytest.mark.parametrize("value", [{"b": "x"}, [{"b": "x"}], {"b": ["x"]}, [{}, {"b": ["", "x"]}]])
def test_one_is_like_a_list_of_one(value):
    assert element({"a": value}).texts("a.b") == ["x"]
    assert element({"a": value}).text("a", "b") == "x"


def test_the_place_says_which_of_several():
    found = element({"a": [{"b": "x"}, {"b": "y"}]}).all("a.b")
    assert [each.place for each in found] == ["trial.json: a[0].b", "trial.json: a[1].b"]
    assert element({}).at("a.b").place == "trial.json: a.b"


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7"), (1.5, "1.5"), (True, "true"), (False, "false"), ({"#text": 7}, "7")]
)
def test_values_that_are_no_text_become_text(value, text):
    assert element(value).text() == text


@pytest.mark.parametrize("value", [{"a": "b"}, ["a", "b"]])
def test_objects_and_lists_are_not_text(value):
    with pytest.raises(CarechainError, match="is not text"):
        element(value).text()


def test_the_earliest_of_several_dates_is_found():
    found = element({"a": [{"d": "2020-05"}, {"d": "2020-05-01"}], "b": "2021"})
    assert found.earliest("a.d", "b", "c") == PartialDate(2020, 5, 1)
    assert found.earliest("c") is None


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("1,234", 1234), (40, 40), ("999999999", 999_999_999)])
def test_numbers_of_people(text, number):
    assert element(text).count() == number


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "12,34", "1000000000", "\u0661", "ten"])
def test_what_is_no_number_of_people_is_refused(text):
    with pytest.raises(CarechainError, match="is not a number of people"):
        element(text).count()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a&amp;b &lt;5 &apos;x&#39; &#xD;y", "a&b <5 'x' y"),
        ("&amp;lt;5", "<5"),
        ("AT&T x&parameter &unknown; R&D;", "AT&T x&parameter &unknown; R&D;"),
        ("a\u00a0\t\r\n b", "a b"),
        ("e\u0301", "\u00e9"),
        ("&#xD800;", "\ufffd"),
    ],
)
def test_texts_are_verbatim_but_for_entities_blanks_and_nfc(text, cleaned):
    assert clean(text) == cleaned


def test_lines_are_kept_where_they_matter():
    assert clean_lines(" a  b\r\n\r\n c&#xD;d ") == "a b\nc\nd"


def test_repetitions_are_left_out_in_order():
    assert unique(["b", "a", "", "b"]) == ("b", "a")
