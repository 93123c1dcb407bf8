"""The drawing of a pedigree: whole, well formed, and legible however many steps it has."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from carechain.errors import CarechainError
from carechain.supply.pedigree import Hold, Pedigree, Step, Temperatures
from carechain.supply.pedigree_drawing import WIDTH, draw
from carechain.supply.time_axis import TimeAxis, in_words

SVG = "{http://www.w3.org/2000/svg}"
START = 1_767_600_000
DAY = 86_400
HOLDERS = ("the maker", "a wholesaler with a rather long name for one line", "depot", "pharmacy", 'Ω & <b>"quoted"</b>')


def pedigree(*steps, **more):
    return Pedigree("(01)00312345678906(21)X(10)A1(17)280131", "Carevalin", more.pop("status", "active"), steps, **more)


def some_pedigree(seed):
    """From one to sixty steps, minutes to years apart, some at the same time."""
    chance = random.Random(seed)
    steps, at = [], START
    for _ in range(chance.choice([1, 2, 3, 10, 30, 60])):
        at += chance.choice([0, 60, 3_600, DAY, 30 * DAY, 900 * DAY]) * chance.randrange(3)
        what = chance.choice(["commissioned", "shipped", "received", "held", "recalled", "w" * 60])
        steps.append(Step(at, what, chance.choice(HOLDERS), chance.choice([None, "depot"]), "W" * chance.randrange(90)))
    holds = tuple(
        Hold(START + chance.randrange(-9, 90) * DAY, chance.choice([None, at + DAY]), "W" * chance.randrange(1, 90))
        for _ in range(chance.randrange(4))
    )
    series = tuple((START + n * 600, chance.uniform(-30, 40)) for n in range(chance.randrange(200)))
    return pedigree(*steps, holds=holds, temperatures=Temperatures(series, 2, 8, "logger"))


def texts(root):
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


def boxes(root):
    for box in root.iter(f"{SVG}rect"):
        if box.get("class") == "box":
            yield tuple(float(box.get(name)) for name in ("x", "y", "width", "height"))


@pytest.mark.parametrize("seed", range(30))
def test_every_step_and_holder_is_there_and_no_labels_overlap(seed):
    drawn = some_pedigree(seed)
    root = ElementTree.fromstring(draw(drawn))
    marks = [group for group in root.iter(f"{SVG}g") if group.get("class") == "step"]
    assert [mark.find(f"{SVG}text").text for mark in marks] == [str(n + 1) for n in range(len(drawn.steps))]
    written = "\n".join(texts(root))
    for step in drawn.steps:
        assert " ".join(step.holder.split()) in written
    found = list(boxes(root))
    spans = len(drawn.holds) + sum(step.what == "recalled" for step in drawn.steps)
    assert len(found) == len(drawn.steps) + spans
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in combinations(found, 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    height = float(root.get("height"))
    for x, y, width, tall in found:
        assert x >= 0
        assert x + width <= WIDTH
        assert y >= 0
        assert y + tall <= height


@pytest.mark.parametrize("seed", range(30))
def test_marks_of_one_lane_do_not_hide_each_other(seed):
    places = {}
    root = ElementTree.fromstring(draw(some_pedigree(seed)))
    for mark in (group for group in root.iter(f"{SVG}g") if group.get("class") == "step"):
        x, y = mark.get("transform").removeprefix("translate(").removesuffix(")").split(",")
        places.setdefault(y, []).append(float(x))
    for lane in places.values():
        assert all(after - before >= 9 for before, after in pairwise(lane))


def test_it_says_what_it_is_to_who_cannot_see_it():
    root = ElementTree.fromstring(draw(pedigree(Step(START, "shipped", "maker"), status="in transit")))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "title desc")
    assert root.find(f"{SVG}title").text == (
        "Pedigree of Carevalin, (01)00312345678906(21)X(10)A1(17)280131: in transit"
    )
    assert root.find(f"{SVG}desc").text == "2026-01-05 08:00 UTC shipped, maker"


def test_text_stays_text():
    hostile = '</svg><script>alert("1")</script>&amp;\x00\x1b\ud800'
    step = Step(START, hostile, hostile, hostile, hostile, hostile)
    drawn = Pedigree(
        hostile, hostile, hostile, (step,), Temperatures(((START, 5.0),), 2, 8, hostile), (Hold(START, None, hostile),)
    )
    text = draw(drawn)
    root = ElementTree.fromstring(text.encode("utf-8"))
    assert root.find(f".//{SVG}script") is None
    assert '</svg><script>alert("1")</script>&amp;' in "".join(root.itertext())


def test_it_needs_nothing_from_outside():
    text = draw(some_pedigree(5))
    assert "href" not in text
    assert "url(" not in text.replace("url(#beyond)", "")


def test_the_way_between_holders_is_dashed_and_the_rest_is_not():
    text = draw(
        pedigree(
            Step(START, "commissioned", "maker"),
            Step(START + DAY, "shipped", "maker", "pharmacy"),
            Step(START + 2 * DAY, "received", "pharmacy", "maker"),
            Step(START + 3 * DAY, "dispensed", "pharmacy"),
        )
    )
    root = ElementTree.fromstring(text)
    ways = [path.get("class") for path in root.iter(f"{SVG}path") if path.get("class") in ("custody", "transit")]
    assert ways == ["custody", "transit", "custody"]


def test_lanes_stand_in_the_order_of_first_custody():
    root = ElementTree.fromstring(draw(pedigree(*(Step(START + n, "moved", name) for n, name in enumerate("cabca")))))
    named = [text for text in root.iter(f"{SVG}text") if text.get("class") == "holder"]
    assert ["".join(text.itertext()) for text in named] == ["c", "a", "b"]


@pytest.mark.parametrize(("status", "tone"), [("recalled", "bad"), ("on hold", "watch"), ("dispensed", "good")])
def test_the_badge_has_the_tone_of_the_status(status, tone):
    root = ElementTree.fromstring(draw(pedigree(Step(START, "moved", "maker"), status=status)))
    assert tone in [rect.get("class") for rect in root.iter(f"{SVG}rect")]


def test_a_long_idle_time_is_cut_and_says_how_long_it_was():
    times = [START, START + 60, START + 120, START + 180, START + 180 + 730 * DAY]
    root = ElementTree.fromstring(draw(pedigree(*(Step(at, "moved", "maker") for at in times))))
    assert "24 months" in texts(root)
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "cut"]) == 1


def test_missing_readings_leave_a_gap_in_the_curve():
    series = tuple((START + n * 600, 5.0) for n in (*range(20), *range(100, 120)))
    root = ElementTree.fromstring(
        draw(pedigree(Step(START, "moved", "maker"), temperatures=Temperatures(series, 2, 8, "logger")))
    )
    assert len([line for line in root.iter(f"{SVG}polyline") if line.get("class") == "curve"]) == 2


def test_a_long_series_is_drawn_by_its_extremes():
    series = [(START + n * 10, 5.0) for n in range(50_000)]
    series[25_007] = (series[25_007][0], 21.0)
    text = draw(pedigree(Step(START, "moved", "maker"), temperatures=Temperatures(tuple(series), 2, 8, "logger")))
    peak = [line for line in text.splitlines() if 'class="curve"' in line]
    assert len(text) < 200_000
    heights = [float(point.split(",")[1]) for point in peak[0].split('points="')[1].split('"')[0].split()]
    assert heights.count(min(heights)) == 1


def test_a_pedigree_without_steps_or_out_of_order_is_refused():
    with pytest.raises(CarechainError, match="has no steps"):
        pedigree()
    with pytest.raises(CarechainError, match="steps that do not ascend"):
        pedigree(Step(5, "moved", "a"), Step(4, "moved", "a"))
    with pytest.raises(CarechainError, match="readings that do not ascend"):
        pedigree(Step(5, "moved", "a"), temperatures=Temperatures(((5, 1.0), (4, 1.0)), 2, 8, "logger"))


def test_the_axis_keeps_order_and_scale():
    axis = TimeAxis([0, 100, 200, 200, 400], 0, 1_000)
    assert axis.places[0] == 0
    assert axis.places[-1] == pytest.approx(1_000)
    assert axis.place(150) == pytest.approx((axis.places[1] + axis.places[2]) / 2)
    assert [axis.place(at) for at in (-5, 999)] == [0, pytest.approx(1_000)]
    assert not axis.cuts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (59, "59 s"),
        (60, "1 min"),
        (7_200, "2 hours"),
        (3 * DAY, "3 days"),
        (70 * DAY, "2 months"),
        (800 * DAY, "2 years"),
    ],
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds, words):
    assert in_words(seconds) == words
