"""What the public sees of a trial under way: enough to follow it, and never how few people there are."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import product
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.trials.progress import SAID, Range, progress_of, progress_page, shown_counts
from carechain.trials.words import Flag
from tests.unit.trial_audit.invented import HOSTILE, START, results, sites, trial

HTML = "{http://www.w3.org/1999/xhtml}"
NAMES = {21: "St. Anne's Hospital", 22: "University Clinic"}
COUNTS = st.lists(st.one_of(st.integers(0, 12), st.integers(0, 140)), min_size=1, max_size=40)


def told(*counts, cap=300, **more):
    return progress_of(trial(cap), sites(*counts), results(), NAMES, **more)["participants"]


def words(*counts, **more):
    found = told(*counts, **more)
    return found["total"]["words"], [site["participants"]["words"] for site in found["sites"]]


class Attacker:
    """Knows the rule and the planned number, and tries everything that may be so: all counts of so many sites."""

    def __init__(self, sites, planned, smallest, most, rule=shown_counts):
        self.planned, self.smallest, self.rule = planned, smallest, rule
        self.may_be = [each for each in product(range(most + 1), repeat=sites) if sum(each) <= planned]
        self.by_view = defaultdict(list)
        for each in self.may_be:
            self.by_view[self.view(each)].append(each)

    def view(self, counts):
        return self.rule(counts, self.planned, self.smallest)

    def is_told(self, values):
        """Whether these are one value alone, of a count that is too small to be told."""
        return len(values) == 1 and 1 <= min(values) < self.smallest

    def pinned_by_one(self):
        for view, found in self.by_view.items():
            for values in (*map(set, zip(*found, strict=True)), {sum(each) for each in found}):
                if self.is_told(values):
                    yield view, values

    def pinned_by_two(self):
        """Numbers before, after, and of who came between, of each site and of all: nobody ever goes off record."""
        known = defaultdict(lambda: defaultdict(set))
        views = {each: self.view(each) for each in self.may_be}
        for before, after in product(self.may_be, repeat=2):
            if all(earlier <= later for earlier, later in zip(before, after, strict=True)):
                values = known[views[before], views[after]]
                came = [later - earlier for earlier, later in zip(before, after, strict=True)]
                for place, value in enumerate((*before, *after, *came, sum(came))):
                    values[place].add(value)
        for pair, values in known.items():
            for place, found in values.items():
                if self.is_told(found):
                    yield pair, place, found


@pytest.mark.parametrize("planned", range(1, 26))
@pytest.mark.parametrize("smallest", [5, 6])
def test_whoever_tries_everything_finds_no_small_number(planned, smallest):
    attacker = Attacker(2, planned, smallest, min(planned, 18))
    assert not list(attacker.pinned_by_one())
    assert not list(attacker.pinned_by_two())


@pytest.mark.parametrize("planned", [3, 7, 9, 11, 13])
def test_nor_with_three_sites(planned):
    attacker = Attacker(3, planned, 5, min(planned, 9))
    assert not list(attacker.pinned_by_one())
    assert not list(attacker.pinned_by_two())


@pytest.mark.parametrize("planned", [1, 10, 11, 12, 19, 20, 21, 31, 40])
def test_nor_with_the_smallest_count_that_is_usual(planned):
    for count in (1, 2):
        attacker = Attacker(count, planned, 11, planned)
        assert not list(attacker.pinned_by_one())
    attacker = Attacker(1, planned, 11, planned)
    assert not list(attacker.pinned_by_two())


@pytest.mark.parametrize("planned", [12, 21, 31])
def test_nor_by_two_views_of_two_sites(planned):
    assert not list(Attacker(2, planned, 11, planned).pinned_by_two())


def test_whoever_tries_everything_would_find_what_a_weaker_rule_tells():
    def exact_total(counts, planned, smallest):
        return sum(counts), tuple("few" if 0 < count < smallest else count for count in counts)

    def total_in_fours(counts, planned, smallest):
        return sum(counts) // 4, shown_counts(counts, 99, smallest)[1]

    for rule in (exact_total, total_in_fours):
        attacker = Attacker(2, 15, 5, 15, rule)
        assert list(attacker.pinned_by_one())
        assert list(attacker.pinned_by_two())


def sums(shown, besides):
    """Least and most of all sites but one."""
    others = [each for n, each in enumerate(shown) if n != besides]
    return sum(each.at_least for each in others), sum(each.at_most for each in others)


@given(COUNTS, st.integers(0, 900))
def test_every_small_number_may_be_any_of_one_to_ten(counts, room):
    """Of any number of sites, by reasoning: each value leaves the others one that fits total and planned number."""
    planned = sum(counts) + room
    total, shown = shown_counts(counts, planned)
    if shown is None:
        assert total.at_most is None
        assert total.at_least == max(0, planned - 8)
        return
    for place, count in enumerate(counts):
        assert shown[place].at_least <= count <= shown[place].at_most
        if 1 <= count <= 10:
            assert shown[place] == Range(1, 10)
            least, most = sums(shown, place)
            for value in range(1, 11):
                assert least + value <= min(total.at_most, planned)
                assert most + value >= total.at_least
    assert total.at_least <= sum(counts) <= total.at_most


@given(COUNTS, st.data(), st.integers(0, 900))
def test_who_came_between_two_views_may_be_ten_numbers_at_least(counts, data, room):
    came = data.draw(st.lists(st.integers(0, 30), min_size=len(counts), max_size=len(counts)))
    later = [count + more for count, more in zip(counts, came, strict=True)]
    planned = sum(later) + room
    (_, before), (_, after) = shown_counts(counts, planned), shown_counts(later, planned)
    if before is None or after is None:
        assert after is None
        return
    for place, (was, now) in enumerate(zip(before, after, strict=True)):
        assert now.at_least >= was.at_least
        spare = planned - sums(after, place)[0]
        more = {
            new - old
            for old in range(was.at_least, was.at_most + 1)
            for new in range(max(old, now.at_least), min(now.at_most, spare) + 1)
        }
        assert len(more) >= 10 or more == {0}


@given(COUNTS, st.integers(0, 900), st.integers(0, 30))
def test_the_same_is_shown_of_all_numbers_within_the_ranges(counts, room, change):
    planned = sum(counts) + room
    total, shown = shown_counts(counts, planned)
    if shown is not None:
        other = [min(each.at_most, each.at_least + change) for each in shown]
        if sum(other) <= planned:
            assert shown_counts(other, planned) == (total, shown)


@given(COUNTS, st.integers(0, 900), st.booleans())
@settings(max_examples=50)
def test_no_exact_number_of_people_but_zero_is_anywhere_in_the_view(counts, room, by_site):
    planned = sum(counts) + room
    found = told(*counts, cap=planned, by_site=by_site)
    for cell in (found["total"], *(site["participants"] for site in found["sites"])):
        assert cell["atLeast"] != cell["atMost"] or cell["atLeast"] in (0, None) or cell["atLeast"] == planned
        assert cell["atLeast"] is None or not 1 < cell["atLeast"] < 11 or cell["atLeast"] <= len(counts)


def test_numbers_are_told_in_tens():
    assert words(0, 3, 10, 11, 20, 126) == (
        "145 to 190",
        ["none", "fewer than 11", "fewer than 11", "11 to 20", "11 to 20", "121 to 130"],
    )


@pytest.mark.parametrize(
    ("counts", "total"),
    [((), "none"), ((0, 0), "none"), ((0, 4), "fewer than 11"), ((10, 10), "fewer than 21"), ((11,), "11 to 20")],
)
def test_a_small_total_is_not_told_either(counts, total):
    assert words(*counts)[0] == total


def test_near_the_planned_number_the_sites_are_not_told():
    assert words(1, 231, cap=232) == ("at least 224", ["not shown", "not shown"])
    assert words(1, 11, cap=300) == ("12 to 30", ["fewer than 11", "11 to 20"])
    assert words(40, 40, cap=70) == ("at least 62", ["not shown", "not shown"])
    assert told(2, 1, cap=5)["total"] == {"atLeast": None, "atMost": None, "words": "not shown"}


def test_without_sites_the_total_is_told_in_a_ten():
    counts = [8] * 30
    assert words(*counts)[0] == "30 to 300"
    assert words(*counts, by_site=False) == ("231 to 240", ["not shown"] * 30)


def test_another_smallest_number_can_be_asked_for():
    assert words(5, 6, 12, smallest=6) == ("18 to 30", ["fewer than 6", "6 to 10", "11 to 15"])
    with pytest.raises(CarechainError, match="hides too little"):
        words(5, smallest=4)


@pytest.mark.parametrize(
    ("flags", "missing", "state"),
    [
        (Flag(0), 1, "registered"),
        (Flag.APPROVED, 1, "enrolling"),
        (Flag.APPROVED | Flag.HELD, 1, "on hold"),
        (Flag.APPROVED | Flag.PAUSED, 1, "paused"),
        (Flag.APPROVED | Flag.HELD | Flag.PAUSED, 1, "on hold"),
        (Flag.APPROVED | Flag.ENDED, 1, "ended"),
        (Flag.APPROVED | Flag.ENDED | Flag.LOCKED, 1, "locked"),
        (Flag.APPROVED | Flag.LOCKED | Flag.HELD, 0, "results posted"),
    ],
)
def test_the_state_is_a_word(flags, missing, state):
    facts = progress_of(trial(flags=flags), sites(), results(2, missing=missing), NAMES)
    assert facts["state"] == state
    assert f"{SAID[state][:20]}" in progress_page(facts)


def test_a_late_registration_and_overdue_results_are_told():
    facts = progress_of(trial(flags=Flag.LATE), sites(12), results(overdue=True, added=2), NAMES)
    assert facts["registeredLate"]
    assert facts["deadlines"]["resultsOverdue"]
    page = progress_page(facts)
    assert "Registered late" in page
    assert "They are overdue." in page


def test_it_goes_through_json_and_the_page_is_the_same():
    facts = progress_of(
        trial(), sites(3, 44), results(5, reported=2, missing=3), NAMES, number="18.7", title="Carevalin", as_of=START
    )
    again = json.loads(json.dumps(facts))
    assert again == facts
    assert progress_page(again) == progress_page(facts)
    assert [site["site"] for site in facts["participants"]["sites"]] == list(NAMES.values())
    assert facts["outcomes"]["reported"] == 2


def test_the_page_is_well_formed_and_needs_nothing_from_outside():
    names = {21: HOSTILE}
    facts = progress_of(trial(), sites(3, 44), results(), names, number=HOSTILE, title=HOSTILE, as_of=START)
    page = progress_page(facts)
    root = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>").encode("utf-8"))
    assert root.get("lang") == "en"
    assert root.find(f".//{HTML}script") is None
    assert root.find(f".//{HTML}table/{HTML}caption") is not None
    assert all(head.get("scope") for head in root.iter(f"{HTML}th"))
    assert "href" not in page
    assert "src=" not in page
    assert "\u202e" not in page


def test_the_page_does_not_tell_what_the_view_does_not():
    facts = progress_of(trial(), sites(7, 43), results(), NAMES)
    root = ElementTree.fromstring(progress_page(facts).removeprefix("<!DOCTYPE html>"))
    cells = [[("".join(cell.itertext())) for cell in row] for row in root.iterfind(f".//{HTML}tbody/{HTML}tr")]
    assert cells == [["St. Anne's Hospital", "yes", "fewer than 11"], ["University Clinic", "no", "41 to 50"]]
