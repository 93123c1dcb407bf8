"""The marks of a trial's timeline: what they stand for, which are drawn as one, and where their labels find room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from carechain.drawn_text import clean, fitted, width
from carechain.trials.calendar_axis import CalendarAxis

LEFT, RIGHT = 214.0, 1176.0
"""Pixels between which time runs."""
MARK = 18.0
"""Pixels across a mark."""
MOST_ROWS, MOST_TOLD = 4, 12
"""Rows of labels in a lane; points that a mark's tooltip tells."""
GRAVEST = ("bad", "watch", "good", "plain")
_FINE = GRAVEST.index("good")
_GAP = 4.0
_SHAPES = {"watch": "M0,-9 L9,0 L0,9 L-9,0 z", "bad": "M-8,-8 h16 v16 h-16 z"}


@dataclass(frozen=True)
class Point:
    """Something at a time: its tone, what it is in a word or two, and when, in words. `told` is the whole of it."""

    at: int
    tone: str
    what: str
    when: str
    told: str


@dataclass(frozen=True)
class Group:
    """Points that one mark stands for, at a place, in the order of time."""

    x: float
    points: tuple[Point, ...]

    @property
    def tone(self) -> str:
        return min((point.tone for point in self.points), key=GRAVEST.index)

    def what(self, room: float, size: float) -> str:
        """What there is of each kind, in bold, the gravest first; if there is no room for all, how many more there
        are. A first word that is that of the kind before is not said again."""
        kinds: Counter[str] = Counter()
        for point in sorted(self.points, key=lambda point: min(GRAVEST.index(point.tone), _FINE)):
            kinds[point.what] += 1
        words, before, said = "", "", 0
        for kind, count in kinds.items():
            first, _, rest = kind.partition(" ")
            short = rest if rest and first == before else kind
            longer = f"{words}{', ' if words else ''}{short}{f' ({count:,})' if count > 1 else ''}"
            more = len(self.points) - said - count
            if words and width(longer + (f", {more:,} more" if more else ""), size, bold=True) > room:
                break
            words, before, said = longer, first, said + count
        more = len(self.points) - said
        return fitted(f"{words}, {more:,} more" if more else words, room, size, bold=True)

    @property
    def when(self) -> str:
        first, last = self.points[0].when, self.points[-1].when
        return first if first == last else f"{first} to {last}"

    def mark(self, y: float) -> str:
        """Shape and colour say the same: round goes on, a diamond is to be watched, a square is grave."""
        count = len(self.points)
        told = [clean(point.told) for point in self.points[:MOST_TOLD]]
        tip = "\n".join([*told, *([f"and {count - len(told):,} more"] if count > len(told) else [])])
        drawn = _SHAPES.get(self.tone)
        shape = f'<path class="{self.tone}" d="{drawn}"/>' if drawn else f'<circle class="{self.tone}" r="8"/>'
        number = f'<text class="count" y="3">{count if count < 100 else "99+"}</text>' if count > 1 else ""
        place = f'transform="translate({self.x:.1f},{y:.1f})"'
        return f'<g class="mark" {place}><title>{escape(tip)}</title>{shape}{number}</g>'


def grouped(axis: CalendarAxis, points: Iterable[Point]) -> list[Group]:
    """In the order of time; marks that would touch the first of a group belong to it."""
    groups: list[tuple[float, list[Point]]] = []
    for point in sorted(points, key=lambda point: point.at):
        x = axis.place(point.at)
        if groups and x - groups[-1][0] < MARK + _GAP:
            groups[-1][1].append(point)
        else:
            groups.append((x, [point]))
    return [Group(x, tuple(found)) for x, found in groups]


def packed(groups: Sequence[Group], sizes: Sequence[float]) -> dict[int, tuple[float, int]]:
    """Left edge and row of each label that finds room, right of its mark, around it or left of it; row 0 is nearest to
    the marks. Groups that are to be watched come first."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(MOST_ROWS)]
    found: dict[int, tuple[float, int]] = {}
    for n in sorted(range(len(groups)), key=lambda n: (GRAVEST.index(groups[n].tone) >= _FINE, n)):
        mark, wide = groups[n].x, sizes[n]
        wanted = mark - MARK / 2, mark - wide / 2, mark - wide + MARK / 2
        lefts = [max(LEFT, min(left, RIGHT - wide)) for left in wanted]
        for row, left in ((row, left) for row in range(MOST_ROWS) for left in lefts):
            if all(end + _GAP <= left or left + wide + _GAP <= start for start, end in taken[row]):
                taken[row].append((left, left + wide))
                found[n] = left, row
                break
    return found


def joined(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans of pixels; those that meet are one."""
    found: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if found and left <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(right, found[-1][1])
        else:
            found.append((left, right))
    return found


def two_lines(name: str, room: float, size: float) -> list[str]:
    """A bold name on one line, or on two."""
    words = clean(name).split()
    first = words[:1]
    while len(first) < len(words) and width(" ".join(words[: len(first) + 1]), size, bold=True) <= room:
        first = words[: len(first) + 1]
    lines = " ".join(first), " ".join(words[len(first) :])
    return [fitted(line, room, size, bold=True) for line in lines if line]


def rect(kind: str, left: float, top: float, wide: float, high: float, radius: int = 0, tip: str = "") -> str:
    """A rectangle of a class, with a tooltip if it has one."""
    size = f'width="{max(0.0, wide):.1f}" height="{max(0.0, high):.1f}" rx="{radius}"'
    start = f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" {size}'
    return f"{start}><title>{escape(clean(tip))}</title></rect>" if tip else f"{start}/>"


def stroke(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """A line of a class."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def minute(at: int) -> str:
    """A time in UTC, for people."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def day_of(at: int) -> str:
    """The day of a time, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
