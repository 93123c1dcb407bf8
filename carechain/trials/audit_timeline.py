"""Draws a trial over time as an SVG: what was designed, decided, recorded and reported, in lanes under one another.

Time is to scale, unlike a pedigree's: how long a hold lasted and how late an entry came is to be seen. So much may
happen in a trial that not all of it can be told in the picture; what is left out follows rules that stand below it:

- Marks of a lane that would touch are one mark, with how many it stands for.
- A lane has labels in at most four rows. Those that are to be watched come first, then the others in the order of time;
  what finds no room is left out.
- Twelve organisations have a lane of their own: those with most corrections and late entries. The others share one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from xml.sax.saxutils import escape

from carechain.drawn_text import clean, width
from carechain.trials.audit import Audit, Batch, Deadline
from carechain.trials.calendar_axis import CalendarAxis
from carechain.trials.timeline_marks import (
    LEFT,
    MARK,
    MOST_ROWS,
    RIGHT,
    Point,
    day_of,
    grouped,
    joined,
    minute,
    packed,
    rect,
    stroke,
    two_lines,
)

WIDTH = 1200
EDGE = 24.0
MOST_STREAMS = 12
"""Organisations that have a lane of their own."""
_ROW, _LABEL_HEIGHT, _LABEL_ROOM = 32.0, 28.0, 320.0
_LEVEL = 24.0

LANES = {
    "Design and amendments": "REGISTERED AMENDMENT_PROPOSED AMENDMENT_APPROVED AMENDMENT_DROPPED AMENDMENT_IN_FORCE",
    "Oversight": "APPROVED APPROVAL_WITHDRAWN HOLD_PLACED HOLD_LIFTED SAFETY_BOARD_APPOINTED PAUSED RESUMED",
    "Sites and enrolment": "SITE_OPENED ALLOTMENT_CHANGED SITE_CLOSED ENDED",
    "Safety": "EVENT_REPORTED EVENT_FILED PARTICIPANT_UNBLINDED",
    "Data streams and signatures": "STREAM_OPENED STREAM_LOCKED AUTHORED REVIEWED SIGNED_OFF",
    "Completion and results": "ALLOCATIONS_COMMITTED PRIMARY_COMPLETED DATASET_LOCKED ALLOCATIONS_REVEALED"
    " RESULT_POSTED",
}
"""Lanes, and the acts that stand in each."""
RULES = (
    "Marks that would touch are drawn as one, with their number. A lane has labels in at most "
    f"{MOST_ROWS} rows, grave ones first; others are left out. With more than {MOST_STREAMS} organisations, those with "
    "most corrections and late entries have lanes of their own. Round marks go on, diamonds are to be watched, squares "
    "are grave. All of it stands in the tables below."
)
"""What is left out and what marks mean, for people."""

_TONES = {
    **dict.fromkeys(("APPROVAL_WITHDRAWN", "HOLD_PLACED", "PAUSED", "PARTICIPANT_UNBLINDED"), "bad"),
    **dict.fromkeys(("AMENDMENT_DROPPED", "SITE_CLOSED", "EVENT_REPORTED"), "watch"),
    **dict.fromkeys(("APPROVED", "HOLD_LIFTED", "RESUMED", "EVENT_FILED", "AMENDMENT_APPROVED"), "good"),
}
_SPANS = {"HOLD_PLACED": ("hold", 1), "HOLD_LIFTED": ("hold", -1), "PAUSED": ("pause", 1), "RESUMED": ("pause", -1)}
_SPAN_WORDS = {"hold": "On clinical hold", "pause": "Paused by the safety board"}


def timeline(audit: Audit) -> str:
    """The trial as an SVG, 1200 wide and as high as it needs, to stand in a page that has TIMELINE_STYLE."""
    return _Timeline(audit).text()


class _Timeline:
    """One drawing; its lanes are stacked from the top, and `_y` is where the next begins."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        times = [step.at for step in audit.steps] + [audit.as_of]
        times += [batch.at for stream in audit.streams for batch in stream.batches]
        times += [
            int(datetime.combine(day, time(), UTC).timestamp())
            for day in (audit.registered_on, audit.started_on)
            if day
        ]
        furthest = max(times) + max(max(times) - min(times), 400 * 86_400)
        times += [deadline.due_at for deadline in audit.deadlines if deadline.due_at <= furthest]
        self._axis = CalendarAxis(min(times), max(times), LEFT + MARK, RIGHT - MARK)
        self._back: list[str] = []
        self._front: list[str] = []
        self._y = 34.0

    def text(self) -> str:
        lanes_from = self._y
        for name in LANES:
            if name == "Data streams and signatures":
                self._draw_streams()
            self._draw_points(name, self._acts_of(name))
        self._draw_points("Deadlines", [_deadline(deadline) for deadline in self._audit.deadlines])
        self._draw_spans(lanes_from)
        self._draw_axis(lanes_from)
        height = round(self._y + 6)
        named = f"Trial {self._audit.trial} over time"
        counts = Counter(lane for step in self._audit.steps for lane in LANES if step.act in LANES[lane].split())
        told = "; ".join(
            [
                *(f"{lane}: {count:,} acts" for lane, count in counts.items()),
                *(f"data of {stream.name}: {_counted(stream.batches)}" for stream in self._audit.streams),
                f"{len(self._audit.deadlines):,} deadlines",
            ]
        )
        return "\n".join(
            (
                f'<svg class="timeline" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
                ' aria-labelledby="timeline-title timeline-desc">',
                f'<title id="timeline-title">{escape(clean(named))}</title>',
                f'<desc id="timeline-desc">{escape(clean(told))}. All of it stands in the tables below.</desc>',
                *self._back,
                *self._front,
                "</svg>",
            )
        )

    def _acts_of(self, lane: str) -> list[Point]:
        acts = LANES[lane].split()
        remarked = {at for line in self._audit.outcomes if line.status in ("changed", "added") for at in line.posted_at}
        points = []
        for step in self._audit.steps:
            if step.act in acts:
                is_remarked = step.act == "RESULT_POSTED" and step.at in remarked
                tone = "watch" if is_remarked else _TONES.get(step.act, "plain")
                told = f"{step.index} {minute(step.at)} {step.sentence}"
                points.append(Point(step.at, tone, step.act.replace("_", " ").lower(), day_of(step.at), told))
        return points

    def _draw_points(self, name: str, points: Sequence[Point]) -> None:
        """A lane of marks in a line, and their labels above it."""
        if not points:
            return
        groups = grouped(self._axis, points)
        texts = [group.what(_LABEL_ROOM, 11.5) for group in groups]
        sizes = [
            max(width(text, 11.5, bold=True), width(group.when, 10.5)) + 12
            for text, group in zip(texts, groups, strict=True)
        ]
        places = packed(groups, sizes)
        rows = max((row + 1 for _, row in places.values()), default=0)
        line = self._y + 12 + max(rows * _ROW, 22) + MARK / 2
        self._lane(name, f"{len(points):,}" if len(points) > len(places) else "", line, line + MARK)
        for n, (left, row) in places.items():
            bottom = line - MARK / 2 - 6 - row * _ROW
            self._back.append(stroke("leader", groups[n].x, line, groups[n].x, bottom))
            tone = groups[n].tone if groups[n].tone in ("bad", "watch") else ""
            self._front.append(rect("box", left, bottom - _LABEL_HEIGHT, sizes[n], _LABEL_HEIGHT, 4))
            self._write(left + 6, bottom - 16, f"what {tone}".strip(), texts[n])
            self._write(left + 6, bottom - 5, "when", groups[n].when)
        self._front += [group.mark(line) for group in groups]

    def _draw_streams(self) -> None:
        """A lane for each organisation: entries, corrections and late ones in a line each, over what they cover."""
        graver = sorted(self._audit.streams, key=lambda stream: -sum(_remarks(stream.batches)))
        own = graver if len(graver) <= MOST_STREAMS else graver[:MOST_STREAMS]
        for stream in self._audit.streams:
            if stream in own:
                self._draw_stream(f"{stream.name}{' (locked)' if stream.locked else ''}", stream.batches)
        if others := graver[len(own) :]:
            batches = sorted((batch for stream in others for batch in stream.batches), key=lambda batch: batch.at)
            self._draw_stream(f"{len(others):,} more organisations", batches)

    def _draw_stream(self, name: str, batches: Sequence[Batch]) -> None:
        levels = (
            ("plain", "entry", [batch for batch in batches if batch.corrected is None and not batch.days_late]),
            ("watch", "correction", [batch for batch in batches if batch.corrected is not None]),
            ("bad", "late entry", [batch for batch in batches if batch.days_late]),
        )
        line = self._y + 8 + MARK / 2
        drawn = [level for level in levels if level[2]]
        last = line + _LEVEL * max(0, len(drawn) - 1)
        self._lane(name, _counted(batches), (line + last) / 2, max(last + 22, self._y + 68))
        for number, (tone, kind, found) in enumerate(drawn):
            points = [Point(batch.at, tone, kind, day_of(batch.at), _told(kind, batch)) for batch in found]
            self._front += [group.mark(line + _LEVEL * number) for group in grouped(self._axis, points)]
        for left, right in joined((self._axis.place(batch.since), self._axis.place(batch.until)) for batch in batches):
            self._back.append(rect("period", left, self._y - 10, max(1.5, right - left), 3, 1))

    def _lane(self, name: str, more: str, line: float, bottom: float) -> None:
        """The ground of a lane, from `_y` on, its line and its name, with a smaller line below."""
        room = LEFT - EDGE - 22
        self._back.append(rect("lane", EDGE, self._y, WIDTH - 2 * EDGE, bottom - self._y, 6))
        self._back.append(stroke("grid", LEFT, line, RIGHT, line))
        lines = [("lane-name", each) for each in two_lines(name, room, 12.5)]
        lines += [("soft", each) for each in two_lines(more, room, 9.5)]
        top = (self._y + bottom) / 2 + 4 - 7.5 * (len(lines) - 1)
        for n, (kind, text) in enumerate(lines):
            self._write(EDGE + 12, top + 15 * n, kind, text, name)
        self._y = bottom + 4

    def _draw_spans(self, top: float) -> None:
        """Holds and pauses, across all lanes."""
        running: Counter[str] = Counter()
        since: dict[str, int] = {}
        for step in self._audit.steps:
            if step.act in _SPANS:
                kind, change = _SPANS[step.act]
                running[kind] += change
                if change > 0 and running[kind] == 1:
                    since[kind] = step.at
                if running[kind] <= 0 and kind in since:
                    self._span(kind, since.pop(kind), step.at, top)
        for kind, begun in since.items():
            self._span(kind, begun, None, top)

    def _span(self, kind: str, since: int, until: int | None, top: float) -> None:
        left, right = self._axis.place(since), self._axis.place(until or self._audit.as_of)
        tip = f"{_SPAN_WORDS[kind]} {day_of(since)} to {day_of(until) if until else 'now'}"
        self._back.append(rect(kind, left, top, max(2.0, right - left), self._y - top, tip=tip))

    def _draw_axis(self, top: float) -> None:
        now = self._axis.place(self._audit.as_of)
        self._back.append(stroke("now", now, 20, now, self._y))
        text = f"as of {day_of(self._audit.as_of)}"
        half = width(text, 10.5) / 2
        self._write(min(max(now, LEFT + half), RIGHT - half), 14, "soft middle", text)
        y = self._y + 4
        self._back.append(stroke("leader", LEFT, y, RIGHT, y))
        self._write(EDGE + 12, y + 16, "soft", "UTC")
        for x, text in self._axis.ticks:
            self._back.append(stroke("grid", x, top, x, y + 4))
            half = width(text, 10.5) / 2
            self._write(min(max(x, LEFT + half), RIGHT - half), y + 16, "soft middle", text)
        self._y = y + 22

    def _write(self, x: float, y: float, kind: str, text: str, whole: str = "") -> None:
        """A text, with a tooltip of the whole where it was shortened."""
        tip = f"<title>{escape(clean(whole))}</title>" if "…" in text and whole else ""
        self._front.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}{tip}</text>')


def _deadline(deadline: Deadline) -> Point:
    done = f"done {day_of(deadline.done_at)}" if deadline.done_at is not None else "not done"
    tone = "bad" if deadline.overdue else "good" if deadline.done_at is not None else "plain"
    due = f"due {day_of(deadline.due_at)}"
    return Point(deadline.due_at, tone, deadline.what, due, f"{deadline.what}: {due}, {done}")


def _remarks(batches: Sequence[Batch]) -> tuple[int, int]:
    """How many of them are corrections, and how many are late."""
    return sum(batch.corrected is not None for batch in batches), sum(batch.days_late > 0 for batch in batches)


def _counted(batches: Sequence[Batch]) -> str:
    corrections, late = _remarks(batches)
    parts = [f"{len(batches):,} entries" if len(batches) != 1 else "1 entry"]
    parts += [f"{corrections:,} correction{'s' if corrections > 1 else ''}"] if corrections else []
    parts += [f"{late:,} late"] if late else []
    return ", ".join(parts)


def _told(kind: str, batch: Batch) -> str:
    late = f", {batch.days_late:,} days late" if batch.days_late else ""
    of = f" of entry {batch.corrected}" if batch.corrected is not None else ""
    return f"{batch.index} {minute(batch.at)} {kind}{of}: {batch.count:,} records{late}"
