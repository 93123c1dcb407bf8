"""Registered outcomes against reported ones: what was kept, changed, left out and added."""

from difflib import SequenceMatcher
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.registries import comparison
from carechain.registries.comparison import Change, Finding, compare, words
from carechain.registries.record import Outcome, OutcomeKind, ReportedOutcome

PRIMARY, SECONDARY, OTHER = OutcomeKind
PAIN = Outcome(PRIMARY, "Change in pain on a scale of 0 to 10", "12 weeks")


def found(registered, reported):
    return [(each.finding, each.changes) for each in compare(registered, reported)]


def one(registered, reported):
    (finding,) = compare([registered], [reported])
    assert (finding.registered, finding.reported) == (registered, reported)
    return finding.finding, set(finding.changes)


def test_the_same_outcome_is_reported():
    reported = ReportedOutcome(PRIMARY, PAIN.measure, PAIN.time_frame, "Another description")
    assert one(PAIN, reported) == (Finding.REPORTED, set())


@pytest.mark.parametrize(
    "measure",
    [
        "CHANGE IN PAIN ON A SCALE OF 0 TO 10",
        "Change in pain, on a scale of 0-to-10.",
        "Change  in pain on a scale\nof \uff10 to \uff11\uff10",
    ],
)
def test_case_width_blanks_and_punctuation_make_no_difference(measure):
    assert one(PAIN, Outcome(PRIMARY, measure, "12 Weeks.")) == (Finding.REPORTED, set())


@pytest.mark.parametrize("other", ["Score > 5", "Score < 5%", "Score < 5.0", "Score < 50"])
def test_signs_and_decimal_points_do(other):
    assert words(other) != words("Score < 5")


@pytest.mark.parametrize(
    ("one_text", "other_text"),
    [
        ("-5 points", "5 points"),
        ("change of -5 points", "change of 5 points"),
        ("change of \u22125 points", "change of 5 points"),
        ("change (\u20135 points)", "change (5 points)"),
        ("change > -5", "change > 5"),
        ("-1 day", "1 day"),
        ("-.5 h", ".5 h"),
        (".5 h", "5 h"),
        ("\u00b75 h", "5 h"),
        ("50\u2030", "50"),
        ("50\u2030", "50%"),
        ("0-10", "0.10"),
    ],
)
def test_a_sign_or_point_before_a_number_and_a_per_mille_count(one_text, other_text):
    assert words(one_text) != words(other_text)
    assert one(PAIN, Outcome(PRIMARY, PAIN.measure, one_text))[0] is Finding.CHANGED
    registered, reported = (Outcome(PRIMARY, f"pain score over one year {text}") for text in (one_text, other_text))
    assert all(each.finding is not Finding.REPORTED for each in compare([registered], [reported]))


@pytest.mark.parametrize(
    ("one_text", "other_text"),
    [
        ("-5 points", "\u22125 points"),
        (".5 h", "0.5 h"),
        ("0\u00b75 h", "0.5 h"),
        ("0-10", "0 - 10"),
        ("weeks 1\u20132", "weeks 1-2"),
        ("pain - 5 points", "pain, 5 points"),
        ("COVID-19", "COVID 19"),
        ("the end. 5 weeks", "the end 5 weeks"),
    ],
)
def test_ranges_bullets_and_other_signs_for_a_minus_make_no_difference(one_text, other_text):
    assert words(one_text) == words(other_text)


@pytest.mark.parametrize(("one_text", "other_text"), [("!!!", "???"), ("!!!", "!!!"), ("", ""), ("\u2026", "-")])
def test_measures_without_words_never_match(one_text, other_text):
    assert found([Outcome(PRIMARY, one_text)], [Outcome(PRIMARY, other_text)]) == [
        (Finding.MISSING, ()),
        (Finding.ADDED, ()),
    ]


def test_a_demoted_primary_outcome_is_found():
    assert one(PAIN, Outcome(SECONDARY, PAIN.measure, "12 weeks")) == (Finding.CHANGED, {Change.KIND})


def test_another_time_frame_is_found():
    assert one(PAIN, Outcome(PRIMARY, PAIN.measure, "6 weeks")) == (Finding.CHANGED, {Change.TIME_FRAME})


def test_a_time_frame_on_one_side_alone_is_a_change():
    assert one(PAIN, Outcome(PRIMARY, PAIN.measure)) == (Finding.CHANGED, {Change.TIME_FRAME})


def test_other_words_for_clearly_the_same_measure_are_found():
    reported = Outcome(PRIMARY, "Mean change in pain on a scale of 0 to 100", "12 weeks")
    assert one(PAIN, reported) == (Finding.CHANGED, {Change.MEASURE})


@pytest.mark.parametrize(
    ("registered", "reported"),
    [
        ("Size of the tumor at 12 weeks", "Size of the tumour at 12 weeks"),
        ("Time to haemostasis at the site", "Time to hemostasis at the site"),
        ("Pain at rest at week 12", "Pain at rest at week 6"),
        ("Percentage of patients with any adverse event", "Proportion of participants with any adverse event"),
        ("Overall survival", "Overall survival (OS)"),
        ("Rate of all infections in the first year", "Rate of all infection in the first year"),
    ],
)
def test_forms_of_a_word_numbers_and_additions_are_a_change_of_words(registered, reported):
    assert one(Outcome(PRIMARY, registered), Outcome(PRIMARY, reported)) == (Finding.CHANGED, {Change.MEASURE})


@pytest.mark.parametrize(
    ("registered", "reported"),
    [
        ("Change from baseline in systolic blood pressure", "Change from baseline in diastolic blood pressure"),
        ("Change from baseline in the HAM-D total score", "Change from baseline in the MADRS total score"),
        ("Change from baseline to week 8 in CGI-S", "Change from baseline to week 8 in CGI-I"),
        ("Number of events of severe hypoglycemia", "Number of events of severe hyperglycemia"),
        ("Number of patients after bilateral surgery", "Number of patients after unilateral surgery"),
        ("Proportion of patients with complete response", "Proportion of patients without complete response"),
        ("Patients who did respond by the end of year 1", "Patients who did not respond by the end of year 1"),
    ],
)
def test_another_word_for_the_thing_that_is_measured_is_another_measure(registered, reported):
    assert found([Outcome(PRIMARY, registered)], [Outcome(PRIMARY, reported)]) == [
        (Finding.MISSING, ()),
        (Finding.ADDED, ()),
    ]


def test_very_long_measures_are_only_the_same_or_not():
    long = Outcome(PRIMARY, "pain " * 3_000)
    assert one(long, long) == (Finding.REPORTED, set())
    assert len(compare([long], [Outcome(PRIMARY, long.measure + "and sleep")])) == 2


@pytest.mark.parametrize("text", ["".join(f"w{n % 7} " for n in range(100)), "".join(f"word{n} " for n in range(100))])
def test_many_long_measures_that_are_alike_take_seconds(text):
    outcomes = [Outcome(PRIMARY, f"pain score of {text}{n}") for n in range(200)]
    start = perf_counter()
    findings = compare(outcomes, [Outcome(PRIMARY, f"pain score of {text}{n}") for n in range(100, 300)])
    assert perf_counter() - start < 6
    assert sum(each.finding is Finding.REPORTED for each in findings) == 100


def test_very_long_words_are_only_the_same_or_not():
    long = Outcome(PRIMARY, "pain score " + "a" * 20_000)
    assert one(long, long) == (Finding.REPORTED, set())
    assert len(compare([long], [Outcome(PRIMARY, long.measure + "b")])) == 2


def test_all_that_changed_is_said_at_once():
    reported = Outcome(OTHER, "Mean change in pain on a scale of 0 to 10", "6 weeks")
    assert one(PAIN, reported) == (Finding.CHANGED, set(Change))


def test_a_switched_outcome_is_missing_and_another_is_added():
    reported = Outcome(PRIMARY, "Hours of sleep", "12 weeks")
    findings = compare([PAIN], [reported])
    assert [(each.finding, each.registered, each.reported) for each in findings] == [
        (Finding.MISSING, PAIN, None),
        (Finding.ADDED, None, reported),
    ]


def test_what_is_not_alike_enough_is_no_change_of_words():
    assert found([Outcome(PRIMARY, "Overall survival at 5 years")], [Outcome(PRIMARY, "Overall survival")]) == [
        (Finding.MISSING, ()),
        (Finding.ADDED, ()),
    ]


def test_an_exact_partner_is_taken_before_a_similar_one():
    similar, exact = Outcome(PRIMARY, f"Mean {PAIN.measure}", "12 weeks"), Outcome(SECONDARY, PAIN.measure, "1 week")
    findings = compare([PAIN], [similar, exact])
    assert [each.reported for each in findings] == [exact, similar]
    assert findings[1].finding is Finding.ADDED


def test_the_same_words_are_taken_before_words_that_mean_the_same():
    registered = Outcome(PRIMARY, "Percentage of patients alive", "1 year")
    meant = Outcome(PRIMARY, "Proportion of subjects alive", "1 year")
    same = Outcome(SECONDARY, "Percentage of patients alive", "2 years")
    assert [each.reported for each in compare([registered], [meant, same])] == [same, meant]


def test_of_the_same_measures_those_at_the_same_time_are_partners():
    early, late = Outcome(PRIMARY, "Pain", "1 week"), Outcome(SECONDARY, "Pain", "4 weeks")
    reported = [Outcome(PRIMARY, "Pain", "4 weeks"), Outcome(SECONDARY, "Pain", "1 week")]
    findings = compare([early, late], reported)
    assert [each.reported for each in findings] == reported[::-1]
    assert [each.changes for each in findings] == [(Change.KIND,), (Change.KIND,)]


def test_one_reported_outcome_answers_for_one_registered():
    assert found([PAIN, PAIN], [PAIN]) == [(Finding.REPORTED, ()), (Finding.MISSING, ())]
    assert found([PAIN], [PAIN, PAIN]) == [(Finding.REPORTED, ()), (Finding.ADDED, ())]


def test_nothing_compares_with_nothing():
    assert compare([], []) == []


WORDS = st.lists(st.sampled_from("pain sleep at week one two".split()), min_size=1, max_size=40)


def check_against_difflib(ours, theirs):
    expected = SequenceMatcher(None, ours, theirs, autojunk=False)
    measures = [comparison._Measure(Outcome(PRIMARY, " ".join(each))) for each in (ours, theirs)]
    blocks = comparison._common_blocks(*measures)
    if blocks is None:
        assert expected.ratio() < comparison.THRESHOLD
    else:
        assert places(blocks) == places(expected.get_matching_blocks())


def places(blocks):
    """The places of all common words, in pairs."""
    return [(first + n, second + n) for first, second, length in blocks for n in range(length)]


@given(WORDS, WORDS)
def test_common_runs_of_words_are_those_that_difflib_finds(ours, theirs):
    check_against_difflib(ours, theirs)


@given(WORDS, st.integers(0, 40), st.sampled_from([[], ["pain"], ["week", "week"]]))
def test_common_runs_of_nearly_the_same_words_are_those_that_difflib_finds(ours, place, put_in):
    check_against_difflib(ours, [*ours[:place], *put_in, *ours[place + 1 :]] or ["pain"])


OUTCOMES = st.lists(
    st.builds(
        Outcome,
        st.sampled_from(OutcomeKind),
        st.lists(st.sampled_from("pain sleep at week one two".split()), min_size=1, max_size=6).map(" ".join),
        st.sampled_from(["", "1 week", "2 weeks"]),
    ),
    max_size=6,
)


@given(OUTCOMES, OUTCOMES)
def test_every_outcome_is_in_exactly_one_finding(registered, reported):
    findings = compare(registered, reported)
    assert [each.registered for each in findings if each.registered] == registered
    key = repr
    assert sorted((each.reported for each in findings if each.reported), key=key) == sorted(reported, key=key)
    for each in findings:
        assert (each.finding is Finding.MISSING) == (each.reported is None)
        assert (each.finding is Finding.ADDED) == (each.registered is None)
        assert (each.finding is Finding.CHANGED) == bool(each.changes)


@given(OUTCOMES)
def test_what_was_registered_is_all_reported_in_any_order(outcomes):
    assert {each.finding for each in compare(outcomes, outcomes[::-1])} <= {Finding.REPORTED}


@given(OUTCOMES, OUTCOMES)
def test_the_same_is_found_again(registered, reported):
    assert compare(registered, reported) == compare(list(registered), list(reported))
