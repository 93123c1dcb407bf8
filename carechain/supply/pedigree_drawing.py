"""Draws a pedigree as an SVG of its own: a lane for each holder, the pack's way across them, and its temperature below.

Every step has a number at its mark, a label in its lane, and a row in the list at the bottom, where its note and its
transaction stand. Boxes are packed by the estimated widths of their texts, so that none overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from xml.sax.saxutils import escape, quoteattr

from carechain.drawn_text import clean, fitted, width
from carechain.supply.pedigree import Pedigree, Step, Temperatures
from carechain.supply.pedigree_style import STYLE
from carechain.supply.time_axis import TimeAxis, in_words

WIDTH = 1200
_LEFT, _RIGHT, _EDGE = 214.0, 1168.0, 24.0
_LABEL_HEIGHT, _ROW = 28.0, 32.0
_LANE_ABOVE, _LANE_BELOW = 22.0, 26.0
_CHART = 132.0
_LIST_ROW = 20.0
_MARK = 8.0

_GOOD = {"commissioned", "released", "cleared", "dispensed", "accepted", "active", "sellable"}
_WATCH = {"held", "hold", "on hold", "refused", "returned", "quarantined"}
_BAD = {"recalled", "stolen", "destroyed", "lost", "damaged", "expired", "counterfeit", "decommissioned"}
_LEAVING = {"shipped", "returned", "refused"}
_COLUMNS = ((24, 30), (54, 150), (204, 116), (320, 190), (510, 190), (700, 336), (1036, 140))


@dataclass(frozen=True)
class _Label:
    """A box with text at a place, in a row of its lane; row 0 is nearest to the lane's line."""

    left: float
    width: float
    row: int


def draw(pedigree: Pedigree) -> str:
    """The pedigree as an SVG document, 1200 wide and as high as it needs, with no reference to anything outside.

    Times are in UTC. It is light or dark as the viewer's is.
    """
    return _Drawing(pedigree).text()


class _Drawing:
    """One drawing; its parts are stacked from the top, and `_y` is where the next begins."""

    def __init__(self, pedigree: Pedigree) -> None:
        self._pedigree = pedigree
        self._steps = pedigree.steps
        self._holders = list(dict.fromkeys(step.holder for step in self._steps))
        marks = [(step.at, 0, n) for n, step in enumerate(self._steps)]
        bounds = [at for hold in pedigree.holds for at in (hold.since, hold.until) if at is not None]
        if pedigree.temperatures and pedigree.temperatures.series:
            bounds += [pedigree.temperatures.series[0][0], pedigree.temperatures.series[-1][0]]
        seen = {step.at for step in self._steps}
        points = sorted(marks + [(at, 1, -1) for at in set(bounds) - seen])
        self._axis = TimeAxis([at for at, _, _ in points], _LEFT + 14, _RIGHT - 14)
        self._x = [place for place, (_, kind, _) in zip(self._axis.places, points, strict=True) if kind == 0]
        self._back: list[str] = []
        self._front: list[str] = []
        self._y = 0.0

    def text(self) -> str:
        self._draw_head()
        spans_from = self._y
        self._draw_span_labels()
        self._lanes_from = self._y
        self._draw_lanes()
        if self._pedigree.temperatures and self._pedigree.temperatures.series:
            self._draw_temperatures(self._pedigree.temperatures)
        self._draw_spans(spans_from)
        self._draw_axis()
        self._draw_list()
        height = round(self._y + _EDGE)
        named = clean(f"Pedigree of {self._pedigree.product}, {self._pedigree.unit}: {self._pedigree.status}")
        told = clean("; ".join(f"{_time(s.at)} UTC {s.what}, {s.holder}" for s in self._steps))
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">',
                f'<title id="title">{escape(named)}</title>',
                f'<desc id="desc">{escape(told)}</desc>',
                f"<style>{STYLE}</style>",
                f'<rect class="page" width="{WIDTH}" height="{height}"/>',
                *self._back,
                *self._front,
                "</svg>\n",
            ]
        )

    def _draw_head(self) -> None:
        status = fitted(self._pedigree.status, 220, 13, bold=True)
        wide = max(96.0, width(status, 13, bold=True) + 32)
        left = WIDTH - _EDGE - wide
        self._write(
            _EDGE, 44, "title", fitted(self._pedigree.product, left - 60, 22, bold=True), self._pedigree.product
        )
        self._write(_EDGE, 68, "unit", fitted(self._pedigree.unit, WIDTH - 2 * _EDGE, 13), self._pedigree.unit)
        tone = _tone(self._pedigree.status)
        self._front.append(_rect(tone, left, 22, wide, 30, 15))
        self._write(left + wide / 2, 41.5, "badge", status, self._pedigree.status)
        self._y = 84.0

    def _spans(self) -> Iterator[tuple[str, float, float, str]]:
        """Class, left, right and reason of what was not to be supplied."""
        for hold in self._pedigree.holds:
            until = self._axis.right + 14 if hold.until is None else self._axis.place(hold.until)
            yield "hold", self._axis.place(hold.since), until, f"On hold: {hold.reason}"
        for step, x in zip(self._steps, self._x, strict=True):
            if step.what.lower() == "recalled":
                yield "recall", x, self._axis.right + 14, f"Recalled: {step.note}" if step.note else "Recalled"

    def _draw_span_labels(self) -> None:
        spans = list(self._spans())
        texts = [fitted(reason, 420, 11.5, bold=True) for _, _, _, reason in spans]
        labels = _packed([left for _, left, _, _ in spans], [width(text, 11.5, bold=True) + 16 for text in texts])
        for label, text, (kind, _, _, reason) in zip(labels, texts, spans, strict=True):
            top = self._y + label.row * 24
            self._box(label.left, top, label.width, 20)
            self._write(label.left + 8, top + 14, "what" + (" bad" if kind == "recall" else " watch"), text, reason)
        self._y += 24 * _rows(labels) + 6

    def _draw_spans(self, top: float) -> None:
        for kind, left, right, reason in self._spans():
            self._back.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{max(2.0, right - left):.1f}" '
                f'height="{self._y - top:.1f}"><title>{escape(clean(reason))}</title></rect>'
            )

    def _draw_lanes(self) -> None:
        lines = {}
        for holder in self._holders:
            own = [n for n, step in enumerate(self._steps) if step.holder == holder]
            texts = [
                (f"{n + 1} {fitted(self._steps[n].what, 130, 11.5, bold=True)}", _time(self._steps[n].at)) for n in own
            ]
            widths = [max(width(what, 11.5, bold=True), width(when, 10.5)) + 12 for what, when in texts]
            labels = _packed([self._x[n] for n in own], widths)
            top, line = self._y, self._y + _LANE_ABOVE + _rows(labels) * _ROW
            lines[holder] = line
            self._y = line + _LANE_BELOW
            self._back.append(_rect("lane", _EDGE, top, WIDTH - 2 * _EDGE, self._y - top - 4, 6))
            self._back.append(_line("grid", _LEFT, line, _RIGHT, line))
            self._write_holder(holder, line)
            for n, label, (what, when) in zip(own, labels, texts, strict=True):
                bottom = line - 14 - label.row * _ROW
                self._back.append(_line("leader", self._x[n], line, self._x[n], bottom))
                self._box(label.left, bottom - _LABEL_HEIGHT, label.width, _LABEL_HEIGHT)
                self._write(label.left + 6, bottom - 16, "what", what, self._steps[n].what)
                self._write(label.left + 6, bottom - 5, "when", when)
        way = []
        for n, (before, after) in enumerate(pairwise(self._steps)):
            kind = "transit" if before.what.lower() in _LEAVING and before.partner else "custody"
            way.append(_curve(kind, self._x[n], lines[before.holder], self._x[n + 1], lines[after.holder]))
        self._back += way
        for n, step in enumerate(self._steps):
            self._front.append(_mark(step, n + 1, self._x[n], lines[step.holder]))

    def _write_holder(self, holder: str, line: float) -> None:
        """The name on one line, or on two."""
        room = _LEFT - _EDGE - 24
        words = clean(holder).split()
        first = words[:1]
        while len(first) < len(words) and width(" ".join(words[: len(first) + 1]), 13.5, bold=True) <= room:
            first = words[: len(first) + 1]
        second = " ".join(words[len(first) :])
        self._write(
            _EDGE + 14,
            line - 4 if second else line + 5,
            "holder",
            fitted(" ".join(first), room, 13.5, bold=True),
            holder,
        )
        if second:
            self._write(_EDGE + 14, line + 13, "holder", fitted(second, room, 13.5, bold=True), holder)

    def _draw_temperatures(self, found: Temperatures) -> None:
        top, bottom = self._y + 26, self._y + 26 + _CHART
        values = [celsius for _, celsius in found.series]
        room = max(1.0, 0.15 * (max(*values, found.high) - min(*values, found.low)))
        least, most = min(*values, found.low) - room, max(*values, found.high) + room

        def height(celsius: float) -> float:
            return bottom - (celsius - least) / (most - least) * _CHART

        low, high = height(found.low), height(found.high)
        beyond = _rect("", _LEFT, top, _RIGHT - _LEFT, high - top) + _rect("", _LEFT, low, _RIGHT - _LEFT, bottom - low)
        self._back += [
            _rect("lane", _EDGE, top - 22, WIDTH - 2 * _EDGE, _CHART + 28, 6),
            _rect("band", _LEFT, high, _RIGHT - _LEFT, low - high),
            _line("limit", _LEFT, high, _RIGHT, high),
            _line("limit", _LEFT, low, _RIGHT, low),
            f'<clipPath id="beyond">{beyond}</clipPath>',
        ]
        self._write(_EDGE + 14, top + 20, "holder", "Temperature")
        self._write(_EDGE + 14, top + 38, "soft", fitted(found.device, 130, 10.5), found.device)
        self._write(_EDGE + 14, top + 54, "soft", f"{min(values):.1f} to {max(values):.1f} °C")
        apart = 13 if abs(low - high) < 13 else 0
        self._write(_LEFT - 6, high + 4 - apart / 2, "soft end", f"{found.high:g} °C")
        self._write(_LEFT - 6, low + 4 + apart / 2, "soft end", f"{found.low:g} °C")
        for run in _runs(found.series):
            points = " ".join(
                f"{x:.1f},{y:.1f}" for x, y in _thinned([(self._axis.place(t), height(c)) for t, c in run])
            )
            self._front.append(f'<polyline class="curve" points="{points}"/>')
            self._front.append(f'<polyline class="curve beyond" clip-path="url(#beyond)" points="{points}"/>')
        self._y = bottom + 10

    def _draw_axis(self) -> None:
        y = self._y + 8
        self._back.append(_line("leader", _LEFT, y, _RIGHT, y))
        self._write(_EDGE + 14, y + 18, "soft", "UTC")
        taken = _LEFT - 100
        for step, x in zip(self._steps, self._x, strict=True):
            left = min(max(x, _LEFT + 42), _RIGHT - 42)
            if left - taken >= 100:
                taken = left
                self._back.append(_line("grid", x, self._lanes_from, x, y + 4))
                self._write(left, y + 18, "soft middle", _time(step.at))
        above = -100.0
        for cut in self._axis.cuts:
            x = (cut.left + cut.right) / 2
            self._front.append(f'<path class="page" d="M{x - 5:.1f},{y - 5:.1f} h8 v10 h-8 z"/>')
            self._front.append(
                f'<path class="cut" d="M{x - 6:.1f},{y + 5:.1f} l4,-10 M{x:.1f},{y + 5:.1f} l4,-10">'
                f"<title>{in_words(cut.seconds)}, drawn shorter</title></path>"
            )
            if x - above >= 70:
                above = x
                self._write(x, y + 32, "soft middle", in_words(cut.seconds))
        self._y = y + 40

    def _draw_list(self) -> None:
        self._y += 22
        names = ("", "time (UTC)", "step", "holder", "partner", "note", "transaction")
        for (left, _), name in zip(_COLUMNS, names, strict=True):
            self._write(left, self._y, "head", name)
        for n, step in enumerate(self._steps):
            self._y += _LIST_ROW
            self._back.append(_line("grid", _EDGE, self._y - 14, WIDTH - _EDGE, self._y - 14))
            transaction = step.transaction or ""
            short = f"{transaction[:8]}…{transaction[-6:]}" if len(transaction) > 18 else transaction
            cells = (str(n + 1), _time(step.at, ":%S"), step.what, step.holder, step.partner or "", step.note, short)
            for (left, room), cell, whole in zip(_COLUMNS, cells, (*cells[:-1], transaction), strict=True):
                if cell:
                    self._write(left, self._y, "cell", fitted(cell, room - 12, 11.5), whole)

    def _box(self, left: float, top: float, width: float, height: float) -> None:
        self._front.append(_rect("box", left, top, width, height, 4))

    def _write(self, x: float, y: float, kind: str, text: str, whole: str = "") -> None:
        """A text, with a tooltip of the whole where it was shortened."""
        whole = clean(whole)
        tip = f"<title>{escape(whole)}</title>" if whole and whole not in text else ""
        self._front.append(f'<text class={quoteattr(kind)} x="{x:.1f}" y="{y:.1f}">{escape(text)}{tip}</text>')


def _packed(marks: Sequence[float], widths: Sequence[float]) -> list[_Label]:
    """Each box in the lowest row that has room for it right of its mark, around it or left of it."""
    rows: list[list[tuple[float, float]]] = []
    labels = []
    for mark, wide in zip(marks, widths, strict=True):
        wanted = (mark - _MARK, mark - wide / 2, mark - wide + _MARK)
        lefts = [max(_LEFT, min(left, WIDTH - _EDGE - wide)) for left in wanted]
        places = ((left, row) for row, taken in enumerate(rows) for left in lefts if _is_free(taken, left, wide))
        left, row = next(places, (lefts[0], len(rows)))
        if row == len(rows):
            rows.append([])
        rows[row].append((left, left + wide))
        labels.append(_Label(left, wide, row))
    return labels


def _is_free(taken: Sequence[tuple[float, float]], left: float, wide: float) -> bool:
    return all(end + 4 <= left or left + wide + 4 <= start for start, end in taken)


def _rows(labels: Sequence[_Label]) -> int:
    return max((label.row + 1 for label in labels), default=0)


def _runs(series: Sequence[tuple[int, float]]) -> list[list[tuple[int, float]]]:
    """The series without the times in which readings are missing: a curve there would be invented."""
    usual = median([after[0] - before[0] for before, after in pairwise(series)] or [1])
    runs = [[series[0]]]
    for before, after in pairwise(series):
        if after[0] - before[0] > 6 * usual:
            runs.append([])
        runs[-1].append(after)
    return runs


def _thinned(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Of the points in one pixel's width the first, the highest, the lowest and the last: the same picture."""
    columns: dict[int, list[tuple[float, float]]] = {}
    for point in points:
        columns.setdefault(round(point[0]), []).append(point)
    for column in columns.values():
        kept = {column.index(min(column, key=_second)), column.index(max(column, key=_second)), 0, len(column) - 1}
        yield from (column[n] for n in sorted(kept))


def _second(point: tuple[float, float]) -> float:
    return point[1]


def _mark(step: Step, number: int, x: float, y: float) -> str:
    """Shape and colour say the same: round goes on, a diamond is to be watched, a square is the end."""
    tone = _tone(step.what)
    shapes = {"watch": "M0,-10 L10,0 L0,10 L-10,0 z", "bad": "M-8,-8 h16 v16 h-16 z"}
    shape = f'<path class="{tone}" d="{shapes[tone]}"/>' if tone in shapes else f'<circle class="{tone}" r="{_MARK}"/>'
    tip = escape(clean(f"{number} {step.what}, {_time(step.at, ':%S')} UTC, {step.holder}. {step.note}"))
    return (
        f'<g class="step" transform="translate({x:.1f},{y:.1f})"><title>{tip}</title>{shape}'
        f'<text class="number" y="3.2">{number}</text></g>'
    )


def _tone(words: str) -> str:
    found = clean(words).lower()
    for tone, known in (("bad", _BAD), ("watch", _WATCH), ("good", _GOOD)):
        if any(word in found for word in known):
            return tone
    return "plain"


def _rect(kind: str, left: float, top: float, width: float, height: float, radius: int = 0) -> str:
    size = f'width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}" rx="{radius}"'
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" {size}/>'


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _curve(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    bend = (x1 + x2) / 2
    return f'<path class="{kind}" d="M{x1:.1f},{y1:.1f} C{bend:.1f},{y1:.1f} {bend:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"/>'


def _time(at: int, more: str = "") -> str:
    return datetime.fromtimestamp(at, UTC).strftime(f"%Y-%m-%d %H:%M{more}")
