"""The consent word and what it covers."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain import consent_terms, data_categories, purpose_of_use
from carechain.consent_terms import DAY_UNBOUNDED, OPEN_ENDED, ConsentTerms, Use
from carechain.errors import CarechainError

TERMS = ConsentTerms(
    purposes=purpose_of_use.mask_of("TREAT"),
    categories=data_categories.classes_of("Observation", "Condition") | data_categories.labels_of("HIV"),
    not_before=1_000,
    not_after=2_000,
    data_from=100,
    data_to=200,
)
USE = Use(purpose_of_use.index_of("COC"), data_categories.class_bit("Observation"), 1_500, 150)

WORDS = st.builds(
    ConsentTerms,
    purposes=st.integers(0, 2**63 - 1),
    categories=st.integers(0, 2**64 - 1),
    not_before=st.integers(0, 2**32 - 1),
    not_after=st.integers(0, 2**32 - 1),
    data_from=st.integers(0, 2**16 - 1),
    data_to=st.integers(0, 2**16 - 1),
    stamp=st.integers(0, 2**32 - 1),
    by_patient=st.booleans(),
)


@given(WORDS)
def test_packing_and_unpacking_loses_nothing(terms):
    assert ConsentTerms.unpack(terms.pack()) == terms


@given(st.integers(0, 2**256 - 1))
def test_every_256_bit_word_unpacks_to_terms_that_pack_to_it(word):
    assert ConsentTerms.unpack(word).pack() == word


def test_each_field_stands_where_the_contract_reads_it():
    layout = {
        "stamp": 0, "data_to": 32, "data_from": 48,
        "not_after": 64, "not_before": 96, "categories": 128, "purposes": 192, "by_patient": 255,
    }  # fmt: skip
    empty = ConsentTerms(0, 0, 0, 0, 0, 0)
    for name, low in layout.items():
        assert replace(empty, **{name: 1}).pack() == 1 << low


def test_the_contract_reads_the_fields_where_they_are_packed():
    source = (Path(__file__).parents[3] / "contracts/types/ConsentTerms.sol").read_text(encoding="utf-8")
    lows = dict(re.findall(r"constant (\w+) = (\d+);", source))
    empty = ConsentTerms(0, 0, 0, 0, 0, 0)
    for name in ("data_to", "data_from", "not_after", "not_before", "categories", "purposes"):
        assert replace(empty, **{name: 1}).pack() == 1 << int(lows[name.upper()])
    assert f"BY_PATIENT = 1 << {replace(empty, by_patient=True).pack().bit_length() - 1};" in source


def test_the_layout_reads_the_same_here_and_in_the_contract():
    source = (Path(__file__).parents[3] / "contracts/types/ConsentTerms.sol").read_text(encoding="utf-8")
    here = " ".join((consent_terms.__doc__ or "").split()).replace(" bits", "")
    (layout,) = re.findall(r"/// +(stamp 32 .* byPatient 1)\n", source)
    assert layout in here
    assert sum(map(int, re.findall(r"\d+", layout))) == 256


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("purposes", 1 << 63),
        ("categories", -1),
        ("not_after", 1 << 32),
        ("data_to", 1 << 16),
        ("stamp", 1 << 32),
    ],
)
def test_a_field_that_does_not_fit_is_refused(field, value):
    with pytest.raises(CarechainError, match=field):
        replace(TERMS, **{field: value}).pack()


@pytest.mark.parametrize("word", [-1, 1 << 256])
def test_a_word_beyond_256_bits_is_refused(word):
    with pytest.raises(CarechainError, match="256"):
        ConsentTerms.unpack(word)


def test_sound_terms_are_valid():
    TERMS.validate()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"purposes": 0}, "are empty"),
        ({"purposes": 1 << purpose_of_use.ROOT}, "no consent can grant"),
        ({"purposes": 1 << purpose_of_use.BREAK_GLASS}, "no consent can grant"),
        ({"purposes": 1 << 60}, "no consent can grant"),
        ({"purposes": 1 << 62}, "no consent can grant"),
        ({"categories": data_categories.labels_of("HIV")}, "no class of data"),
        ({"not_before": 2_000}, "period is empty"),
        ({"data_from": 201}, "data period is empty"),
    ],
)
def test_terms_that_cover_nothing_or_too_much_are_refused(change, problem):
    with pytest.raises(CarechainError, match=problem):
        replace(TERMS, **change).validate()


def test_a_use_within_every_dimension_is_covered():
    assert TERMS.covers(USE)


@pytest.mark.parametrize(
    "change",
    [
        {"purpose": purpose_of_use.index_of("HRESCH")},
        {"purpose": purpose_of_use.BREAK_GLASS},
        {"categories": data_categories.class_bit("Claim")},
        {"categories": data_categories.class_bit("Observation") | data_categories.labels_of("PSY")},
        {"categories": data_categories.class_bit("Observation") | data_categories.RESTRICTED},
        {"categories": 0},
        {"categories": data_categories.labels_of("HIV")},
        {"categories": data_categories.classes_of("Observation", "Condition")},
        {"at": 999},
        {"at": 2_000},
        {"data_day": 99},
        {"data_day": 201},
    ],
)
def test_a_use_outside_one_dimension_is_not_covered(change):
    assert not TERMS.covers(replace(USE, **change))


@pytest.mark.parametrize("change", [{"at": 1_000}, {"at": 1_999}, {"data_day": 100}, {"data_day": 200}])
def test_both_ends_stand_where_they_are_said_to(change):
    assert TERMS.covers(replace(USE, **change))


def test_a_general_grant_never_implies_sensitive_data():
    general = replace(TERMS, categories=data_categories.ALL_CLASSES)
    for code in data_categories.LABELS:
        assert not general.covers(replace(USE, categories=USE.categories | data_categories.label_bit(code)))


@pytest.mark.parametrize(("child", "parent"), [("ETHUD", "SUD"), ("PSY", "SPI"), ("MH", "SPI")])
def test_a_grant_for_a_label_covers_neither_its_parent_nor_its_children(child, parent):
    classes = data_categories.ALL_CLASSES
    for granted, carried in ((child, parent), (parent, child)):
        terms = replace(TERMS, categories=classes | data_categories.labels_of(granted))
        assert not terms.covers(replace(USE, categories=USE.categories | data_categories.labels_of(carried)))


def test_the_description_says_every_dimension_in_words():
    assert TERMS.describe() == (
        "for treatment; Condition, Observation, also if sensitive for HIV/AIDS; "
        "from 1970-01-01 00:16:40 UTC until just before 1970-01-01 00:33:20 UTC; "
        "data from 1900-04-11 up to 1900-07-20"
    )


def test_the_description_of_wide_terms_is_short():
    wide = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
    assert wide.describe() == (
        "for treatment; all classes of data, nothing sensitive; from now on without end; data of any date"
    )
    but_claims = replace(wide, categories=wide.categories & ~data_categories.class_bit("Claim"))
    assert "all classes of data but Claim" in but_claims.describe()


def test_every_word_can_be_described():
    assert ConsentTerms.unpack((1 << 256) - 1).describe()
    assert ConsentTerms.unpack(0).describe()


def test_days_are_counted_from_1900_and_held_within_the_word():
    assert consent_terms.day_number(date(1900, 1, 1)) == 0
    assert consent_terms.day_number(date(1899, 12, 31)) == 0
    assert consent_terms.day_number(date(1970, 1, 1)) == 25_567
    assert consent_terms.day_number(date(2079, 6, 6)) == DAY_UNBOUNDED
    assert consent_terms.day_number(date(2200, 1, 1)) == DAY_UNBOUNDED
    assert OPEN_ENDED == 2**32 - 1
