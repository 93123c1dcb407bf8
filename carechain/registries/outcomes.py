"""Outcomes that a registry keeps in one block of text (EU CTR, ISRCTN), apart from one another.

A block is split only where it enumerates itself: lines that start with 1. 1) (1) a) i) or a bullet, 1. 2. 3. within a
line, or bullets within a line. What is enumerated within an item is a part of it. Nothing of the text is lost: what
introduces a list goes into the description of each of its items, or is their time frame if it says no more than when;
so does what follows the list. Else the whole block is one outcome.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from carechain.registries.record import Outcome, OutcomeKind
from carechain.registries.texts import clean, unescaped

_BULLETS = "\u2022\u00b7\u25e6\u25aa\u25a0\u2023\u25cf\u25cb\u2219\u2043\uf0b7"
_LINE = re.compile(
    rf"\s*(?:(?P<bullet>[{_BULLETS}]|[-\u2013\u2014*+](?=\s))"
    r"|(?P<open>\(?)(?P<mark>[0-9]{1,2}|[A-Za-z]|[ivxIVX]{2,5})(?P<end>[.:]|\)[.:]?))(?P<space>\s*)(?P<rest>\S.*)"
)
_INLINE = re.compile(r"(?:^|(?<=[\s;,.:]))(?:\(([0-9]{1,2})\)\s*|([0-9]{1,2})[.)](?:\s+|(?=[A-Za-z])))(?=\S)")
_INLINE_LETTERS = re.compile(r"(?:^|(?<=[\s;,.:]))\(?([a-z])\)\s*(?=\S)")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_WHEN = re.compile(
    r"(?:(?:all|both|these|each|the)\b[^.:]{0,60}\s|(?:primary|secondary)?\s*(?:outcomes?|measures?|measurements?)\s+)?"
    r"(?:(?:were|was|are|is|will be|to be)\s+)?(?:measured|assessed|evaluated|recorded|collected|determined)"
    r"\s+(?:at|after|before|from|up to|until|within|during|on|in|over|every|daily|weekly|monthly)\b[^.]{1,200}[.:]?"
    r"|time\s?-?(?:points?|frames?)\b.{1,200}",
    re.IGNORECASE,
)
"""A sentence that says no more than when, such as "All were measured at 21 days."."""

_GAP = 2
"""How far a number may be beyond the last one: authors delete an item and don't renumber."""


@dataclass
class _List:
    """Items, the lines before them and the lines after them."""

    intro: list[str]
    items: list[list[str]] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def split(kind: OutcomeKind, block: str, time_points: str = "") -> tuple[Outcome, ...]:
    """The outcomes of a block of text; none if it is blank.

    `time_points` is the registry's own field for when they are measured: if it enumerates as many as there are
    outcomes, each has its own, else each has all of it.
    """
    found = _split(kind, block)
    if not time_points.strip():
        return found
    times = [each.measure for each in _split(kind, time_points)]
    if len(times) != len(found):
        times = [clean(time_points)] * len(found)
    return tuple(replace(each, time_frame=time) for each, time in zip(found, times, strict=True))


def _split(kind: OutcomeKind, block: str) -> tuple[Outcome, ...]:
    text = unescaped(block)
    if not text.strip():
        return ()
    lists = _by_lines(text.split("\n"))
    if sum(len(each.items) for each in lists) < 2:
        lists = _inline(" ".join(text.split())) or lists
    found = [outcome for each in lists for outcome in _outcomes(kind, each)]
    return tuple(found) or (Outcome(kind, clean(text)),)


def _outcomes(kind: OutcomeKind, listed: _List) -> list[Outcome]:
    times: list[str] = []
    words: list[str] = []
    for text in filter(None, (clean(" ".join(listed.intro)), clean(" ".join(listed.after)))):
        (times if _WHEN.fullmatch(text) else words).append(text)
    measures = [clean(" ".join(item)).rstrip(" ;,") for item in listed.items]
    return [Outcome(kind, measure, " ".join(times), " ".join(words)) for measure in measures if measure]


def _by_lines(lines: Sequence[str]) -> list[_List]:
    """The lists of a text whose lines are marked; none where no marked line starts one."""
    lists: list[_List] = []
    waiting: list[str] = []  # lines that belong to the last item, to what follows, or to the whole list
    style, last, after_blank = "", 0, False
    for line in filter(None, (line.strip() or "\n" for line in lines)):
        if line == "\n":
            after_blank = True
            continue
        marked = _LINE.fullmatch(line)
        place = _place(marked, style, last) if marked else None
        if marked and place:
            introduced = bool(waiting) and waiting[-1].endswith(":")
            if not lists or (place[1] == 1 and not marked["bullet"]) or introduced:
                if lists:
                    lists[-1].after = [each for each in waiting if _WHEN.fullmatch(each) and not each.endswith(":")]
                    waiting = [each for each in waiting if each not in lists[-1].after]
                lists.append(_List(waiting))
            else:
                lists[-1].items[-1].extend(waiting)
            waiting, (style, last) = [], place
            lists[-1].items.append([marked["rest"]])
        elif lists and marked:
            lists[-1].items[-1].extend([*waiting, line])
            waiting = []
        elif not lists or waiting or after_blank or line.endswith(":") or _WHEN.fullmatch(line):
            waiting.append(line)
        else:
            lists[-1].items[-1].append(line)
        after_blank = False
    if lists:
        lists[-1].after = waiting
    return lists


def _place(marked: re.Match[str], style: str, last: int) -> tuple[str, int] | None:
    """The style and number of a mark, if it starts a list or goes on with one of `style` after number `last`."""
    if marked["bullet"]:
        return (marked["bullet"], last + 1) if style in ("", marked["bullet"]) else None
    mark, around = marked["mark"].lower(), marked["open"] + marked["end"]
    if ")" not in around and not marked["space"] and not (mark.isdigit() and marked["rest"][0].isalpha()):
        return None  # 1.5 mg; 1.1 as a part of 1; e.g.
    readings = {f"number {around}": int(mark)} if mark.isdigit() else {}
    if len(mark) == 1 and mark.isalpha():
        readings[f"letter {around}"] = ord(mark) - ord("a") + 1
    if mark in _ROMAN:
        readings[f"roman {around}"] = _ROMAN.index(mark)
    if not style:
        return next(((name, 1) for name, number in readings.items() if number == 1), None)
    number = readings.get(style, 0)
    return (style, number) if number == 1 or last < number <= last + _GAP else None


def _inline(text: str) -> list[_List]:
    """The list within one line: two or more bullets, or marks that run from 1 (or a) to 3 or further.

    Two numbers are enough where the text starts with the first of them.
    """
    bullets = re.split(f"[{_BULLETS}]", text)
    if len(bullets) > 2:
        return [_List([bullets[0]], [[item] for item in bullets[1:]])]
    for pattern in (_INLINE, _INLINE_LETTERS):
        marks: list[re.Match[str]] = []
        for match in pattern.finditer(text):
            mark = match[1] or match[2]
            if (int(mark) if mark.isdigit() else ord(mark) - ord("a") + 1) == len(marks) + 1:
                marks.append(match)
        if len(marks) >= 3 or (len(marks) == 2 and marks[0].start() == 0):
            ends = [match.start() for match in marks[1:]] + [len(text)]
            items = [[text[match.end() : end]] for match, end in zip(marks, ends, strict=True)]
            return [_List([text[: marks[0].start()]], items)]
    return []
