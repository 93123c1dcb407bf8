"""Blocks of text are split into outcomes where they enumerate, and nowhere else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.registries.outcomes import split
from carechain.registries.record import Outcome, OutcomeKind

PRIMARY = OutcomeKind.PRIMARY


def measures(text):
    return [outcome.measure for outcome in split(PRIMARY, text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1. Pain\n2. Sleep", ["Pain", "Sleep"]),
        ("1) Pain\n2) Sleep", ["Pain", "Sleep"]),
        ("(1) Pain\n(2) Sleep", ["Pain", "Sleep"]),
        ("(1)Pain\n(2)Sleep", ["Pain", "Sleep"]),
        ("1.Pain\n2.Sleep", ["Pain", "Sleep"]),
        ("a) Pain\nb) Sleep", ["Pain", "Sleep"]),
        ("A. Pain\nB. Sleep", ["Pain", "Sleep"]),
        ("i) Pain\nii) Sleep\niii) Fever", ["Pain", "Sleep", "Fever"]),
        ("- Pain\n- Sleep", ["Pain", "Sleep"]),
        ("• Pain\n• Sleep", ["Pain", "Sleep"]),
        ("1. Pain;\r\n2. Sleep,\r\n3. Fever", ["Pain", "Sleep", "Fever"]),
        ("1. Pain\n\n2. Sleep", ["Pain", "Sleep"]),
        ("1. Pain&#xD;2. Sleep", ["Pain", "Sleep"]),
        ("1. Pain", ["Pain"]),
        ("1. Pain\n2. Sleep\n4. Fever", ["Pain", "Sleep", "Fever"]),
        ("1. Pain 2. Sleep 3. Fever", ["Pain", "Sleep", "Fever"]),
        ("1) Pain 2) Sleep", ["Pain", "Sleep"]),
        ("a) Pain b) Sleep c) Fever", ["Pain", "Sleep", "Fever"]),
        ("The end points are (1) pain, (2) sleep, (3) fever", ["pain", "sleep", "fever"]),
        ("• Pain • Sleep", ["Pain", "Sleep"]),
        ("Safety:\n1. Pain\n2. Sleep\nEfficacy:\n1. Motion", ["Pain", "Sleep", "Motion"]),
    ],
)
def test_an_enumeration_is_split(text, found):
    assert measures(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "Pain, sleep and fever",
        "Pain; sleep; fever",
        "Pain at weeks 1. 5 and 9",
        "1.5 mg per day is tolerated 2.5 mg is not",
        "a.m. and p.m. blood pressure",
        "Grade 1. or grade 2. toxicity",
        "Pain - sleep - fever",
        "Pain\nSleep",
        "2. Sleep\n3. Fever",
    ],
)
def test_what_is_not_clearly_an_enumeration_is_one_outcome(text):
    assert measures(text) == [" ".join(text.split())]


def test_what_is_enumerated_within_an_item_is_a_part_of_it():
    assert measures("1. Pain:\n1.1. at rest\n1.2. in motion\n2. Sleep:\n a) by day\n\n b) by night") == [
        "Pain: 1.1. at rest 1.2. in motion",
        "Sleep: a) by day b) by night",
    ]


def test_a_line_without_a_mark_goes_on_with_its_item():
    assert measures("1. Pain at\nrest\n2. Sleep") == ["Pain at rest", "Sleep"]


@pytest.mark.parametrize(
    "when",
    [
        "Measured at 21 days.",
        "All were measured at baseline and 6 weeks",
        "These outcomes will be assessed after 3 months.",
        "Timepoints: 1, 2 and 3 weeks",
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_sentence_about_when_after_a_list_is_the_time_frame_of_each(when, between):
    found = split(PRIMARY, f"1. Pain\n2. Sleep{between}{when}")
    assert found == (Outcome(PRIMARY, "Pain", when), Outcome(PRIMARY, "Sleep", when))


def test_a_sentence_about_when_before_a_list_is_the_time_frame_of_each():
    found = split(PRIMARY, "Measured at 6 weeks:\n1. Pain\n2. Sleep")
    assert [(each.measure, each.time_frame) for each in found] == [
        ("Pain", "Measured at 6 weeks:"),
        ("Sleep", "Measured at 6 weeks:"),
    ]


def test_other_words_around_a_list_are_kept_in_the_description_of_each():
    found = split(PRIMARY, "In this order:\n1. Pain\n2. Sleep\n\nAdded in 2010.")
    assert [each.description for each in found] == ["In this order: Added in 2010."] * 2


def test_a_list_that_starts_anew_has_its_own_introduction():
    found = split(PRIMARY, "Safety:\n1. Pain\n2. Sleep\nMeasured at 2 weeks\nEfficacy:\n1. Motion")
    assert [(each.measure, each.time_frame, each.description) for each in found] == [
        ("Pain", "Measured at 2 weeks", "Safety:"),
        ("Sleep", "Measured at 2 weeks", "Safety:"),
        ("Motion", "", "Efficacy:"),
    ]


def test_a_blank_block_has_no_outcomes():
    assert split(PRIMARY, " \n\t") == ()


def test_time_points_that_are_as_many_go_to_each():
    found = split(PRIMARY, "1. Pain\n2. Sleep", "1. Day 1\n2. Day 2")
    assert [each.time_frame for each in found] == ["Day 1", "Day 2"]


def test_time_points_that_are_not_as_many_go_to_all():
    found = split(PRIMARY, "1. Pain\n2. Sleep", "Day 1  and\nday 2")
    assert [each.time_frame for each in found] == ["Day 1 and day 2"] * 2


def test_text_is_in_one_line_with_its_entities_resolved_and_in_nfc():
    assert measures("Patient&apos;s  &amp;lt;5 cafe\u0301\n score") == ["Patient's <5 caf\u00e9 score"]


@given(st.text(st.sampled_from("ab1234.)(- •\n:;"), max_size=60))
def test_no_letter_of_a_block_is_lost(text):
    found = split(PRIMARY, text)
    kept = [" ".join((each.measure, each.time_frame, each.description)) for each in found]
    everything = "".join(kept)
    marks = re.compile(r"(?:^|(?<=[\s;,.:•(]))[ab][.):]")
    assert marks.sub("", text).count("a") <= everything.count("a")
    assert bool(found) or not text.strip(" \n") or not re.search(r"[ab]", marks.sub("", text))
