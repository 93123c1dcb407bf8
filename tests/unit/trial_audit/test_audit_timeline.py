"""The picture of a trial over time: nothing outside of it, nothing upon another, however much there is to tell."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from carechain.drawn_text import width
from carechain.trials.audit import Deadline, Stream
from carechain.trials.audit_timeline import LANES, MOST_STREAMS, WIDTH, timeline
from carechain.trials.calendar_axis import CalendarAxis
from carechain.trials.words import Act
from tests.unit.trial_audit.invented import (
    DAY,
    START,
    audit,
    batch,
    crowded_audit,
    empty_audit,
    hostile_audit,
    rich_audit,
    step,
)

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"lane-name": (12.5, True), "what": (11.5, True), "when": (10.5, False), "soft": (10.5, False)}


def small_audit(seed):
    """From one act to sixty, minutes to years apart."""
    chance = random.Random(seed)
    return crowded_audit(seed, chance.choice([1, 2, 5, 20, 60]), 12, chance.choice([1, 2, 12]))


AUDITS = [
    empty_audit(),
    audit(),
    rich_audit(),
    hostile_audit(),
    *(crowded_audit(seed) for seed in range(3)),
    *(small_audit(seed) for seed in range(25)),
]


def drawn(told):
    return ElementTree.fromstring(timeline(told))


def height_of(root):
    return float(root.get("viewBox").split()[3])


def label_boxes(root):
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("class") == "box"
    ]


def text_boxes(root):
    """Where each text stands that is not in a mark: left, top, width, height."""
    for text in root.iter(f"{SVG}text"):
        kinds = text.get("class").split()
        if "count" in kinds:
            continue
        size, bold = SIZES[kinds[0]]
        wide = width(text.text, size, bold)
        left = float(text.get("x")) - (wide / 2 if "middle" in kinds else 0)
        yield left, float(text.get("y")) - size, wide, size


def marks(root):
    for group in root.iter(f"{SVG}g"):
        x, y = group.get("transform").removeprefix("translate(").removesuffix(")").split(",")
        yield float(x), float(y), group


def overlap(one, other):
    (x1, y1, w1, h1), (x2, y2, w2, h2) = one, other
    return x1 + w1 > x2 and x2 + w2 > x1 and y1 + h1 > y2 and y2 + h2 > y1


@pytest.mark.parametrize("told", AUDITS)
def test_no_labels_overlap_and_no_text_is_outside_of_the_picture(told):
    root = drawn(told)
    boxes = label_boxes(root)
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
    texts = list(text_boxes(root))
    for x, y, wide, high in boxes + texts:
        assert x >= 0
        assert x + wide <= WIDTH
        assert y >= 0
        assert y + high <= height_of(root)
    for one, other in combinations(texts, 2):
        x1, y1, w1, h1 = one
        x2, y2, w2, h2 = other
        assert not overlap((x1, y1 + 2, w1, h1 - 4), (x2, y2 + 2, w2, h2 - 4))


@pytest.mark.parametrize("told", AUDITS)
def test_every_text_of_a_label_stands_in_its_box(told):
    root = drawn(told)
    boxes = label_boxes(root)
    labels = [text for text in root.iter(f"{SVG}text") if text.get("class").split()[0] in ("what", "when")]
    assert len(labels) == 2 * len(boxes)
    for n, text in enumerate(labels):
        x, y, wide, high = boxes[n // 2]
        size, bold = SIZES[text.get("class").split()[0]]
        assert x < float(text.get("x"))
        assert float(text.get("x")) + width(text.text, size, bold) <= x + wide
        assert y < float(text.get("y")) <= y + high


@pytest.mark.parametrize("told", AUDITS)
def test_marks_of_a_line_do_not_touch_and_stand_for_everything(told):
    root = drawn(told)
    lines, total = defaultdict(list), 0
    for x, y, group in marks(root):
        lines[y].append(x)
        assert x - 9 >= 0
        assert x + 9 <= WIDTH
        tips = group.find(f"{SVG}title").text.split("\n")
        more = int(tips.pop().split()[1].replace(",", "")) if tips[-1].startswith("and ") else 0
        count = group.find(f"{SVG}text")
        assert (count is None) == (len(tips) + more == 1)
        if count is not None:
            assert count.text == (str(len(tips) + more) if len(tips) + more < 100 else "99+")
        total += len(tips) + more
    for line in lines.values():
        assert all(after - before >= 18 for before, after in pairwise(sorted(line)))
    batches = [batch for stream in told.streams for batch in stream.batches]
    both = sum(batch.corrected is not None and batch.days_late > 0 for batch in batches)
    assert total == len(told.steps) + len(batches) + both + len(told.deadlines)


def test_every_act_has_a_lane_of_its_own():
    acts = [act for lane in LANES.values() for act in lane.split()]
    assert sorted(acts) == sorted(act.name for act in Act)


def test_it_says_what_it_is_to_who_cannot_see_it():
    root = drawn(rich_audit())
    assert root.get("role") == "img"
    named, told = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert root.get("aria-labelledby").split() == [named.get("id"), told.get("id")]
    assert named.text == "Trial 18.7 over time"
    assert "Oversight: 9 acts" in told.text
    assert "data of St. Anne's Hospital: 26 entries, 1 correction, 2 late" in told.text


def test_a_mark_is_what_the_gravest_of_its_acts_is():
    acts = (step(0, START, "REGISTERED"), step(1, START + 9 * DAY, "APPROVED"), step(2, START + 9 * DAY, "PAUSED"))
    shapes = [group.find(f"{SVG}path") for _, _, group in marks(drawn(audit(steps=acts, deadlines=())))]
    assert [shape.get("class") if shape is not None else None for shape in shapes] == [None, "bad"]


def test_a_result_that_is_not_as_registered_is_to_be_watched():
    told = rich_audit()
    groups = [group for _, _, group in marks(drawn(told)) if "RESULT" in group.find(f"{SVG}title").text.upper()]
    assert groups[0].find(f"{SVG}path").get("class") == "watch"
    fine = replace(told, outcomes=told.outcomes[:1])
    groups = [group for _, _, group in marks(drawn(fine)) if "RESULT" in group.find(f"{SVG}title").text.upper()]
    assert groups[0].find(f"{SVG}path") is None


def test_holds_and_pauses_are_shown_as_long_as_they_lasted():
    acts = ((0, "REGISTERED"), (10, "HOLD_PLACED"), (20, "HOLD_PLACED"), (30, "HOLD_LIFTED"), (50, "HOLD_LIFTED"))
    acts += ((60, "PAUSED"),)
    steps = tuple(step(n, START + days * DAY, act) for n, (days, act) in enumerate(acts))
    root = drawn(audit(steps=steps, as_of=START + 100 * DAY, deadlines=()))
    spans = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") in ("hold", "pause")]
    assert [rect.find(f"{SVG}title").text for rect in spans] == [
        "On clinical hold 2026-01-11 to 2026-02-20",
        "Paused by the safety board 2026-03-02 to now",
    ]
    wide = [float(rect.get("width")) for rect in spans]
    assert wide[0] == pytest.approx(wide[1], abs=0.2)


def test_corrections_and_late_entries_have_lines_of_their_own():
    entries = (batch(0, START + 10 * DAY), batch(1, START + 40 * DAY, 0), batch(2, START + 90 * DAY, None, 60))
    told = audit(steps=(), deadlines=(), streams=(Stream(1, "site", True, "", entries),), as_of=START + 99 * DAY)
    root = drawn(told)
    found = [(y, group.find(f"{SVG}path")) for _, y, group in marks(root)]
    assert len({y for y, _ in found}) == 3
    assert [None if path is None else path.get("class") for _, path in found] == [None, "watch", "bad"]
    assert "site (locked)" in [text.text for text in root.iter(f"{SVG}text")]


def test_of_many_organisations_those_with_most_remarks_have_lanes():
    def stream(number):
        late = 40 if number >= 20 else 0
        return Stream(number, f"site {number}", False, "", (batch(0, START + DAY, None, late),))

    told = audit(streams=tuple(map(stream, range(30))), as_of=START + 9 * DAY)
    names = [text.text for text in drawn(told).iter(f"{SVG}text") if text.get("class") == "lane-name"]
    shown = [name for name in names if name.startswith("site ")]
    assert len(shown) == MOST_STREAMS
    assert {f"site {number}" for number in range(20, 30)} <= set(shown)
    assert "18 more organisations" in " ".join(names)


def test_labels_to_be_watched_are_kept_when_there_is_no_room_for_all():
    steps = tuple(step(n, START + n * 3 * DAY, "PAUSED" if n == 299 else "RESUMED") for n in range(300))
    root = drawn(audit(steps=steps, as_of=START + 900 * DAY, deadlines=()))
    labels = [text.text for text in root.iter(f"{SVG}text") if "what" in text.get("class").split()]
    assert any(label.startswith("paused") for label in labels)
    assert len(labels) < len(list(marks(root)))


def test_a_label_tells_each_kind_of_what_its_mark_stands_for():
    acts = ("AMENDMENT_PROPOSED", "AMENDMENT_APPROVED", "AMENDMENT_IN_FORCE")
    root = drawn(audit(steps=tuple(step(n, START, act) for n, act in enumerate(acts))))
    assert "amendment proposed, approved, in force" in [text.text for text in root.iter(f"{SVG}text")]


def test_a_deadline_far_away_does_not_squeeze_the_rest():
    far = Deadline("results", START + 40_000 * DAY, None, False)
    told = replace(rich_audit(), deadlines=(far,))
    last = [x for x, _, group in marks(drawn(told)) if "result" in group.find(f"{SVG}title").text.lower()]
    assert last[0] > WIDTH / 2
    assert "due 2135-07-09" in [text.text for text in drawn(told).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("seconds", "first"),
    [
        (9, "00:00:00"),
        (5 * 60, "01-01 00:00"),
        (9 * 3_600, "01-01 00:00"),
        (2 * DAY, "01-01 00:00"),
        (9 * DAY, "2026-01-01"),
        (200 * DAY, "2026-01"),
        (900 * DAY, "2026-01"),
        (4_000 * DAY, "2026"),
        (40_000 * DAY, "2030"),
    ],
)
def test_ticks_stand_where_people_look_for_them(seconds, first):
    axis = CalendarAxis(START, START + seconds, 0, 1_000)
    assert axis.ticks[0][1] == first
    assert 2 <= len(axis.ticks) <= 12
    assert all(after[0] - before[0] > 70 for before, after in pairwise(axis.ticks))


def test_the_axis_is_to_scale_and_has_ends():
    axis = CalendarAxis(START, START + 1_000, 100, 200)
    assert [axis.place(START + at) for at in (0, 500, 1_000, 9_999, -9)] == [100, 150, 200, 200, 100]
