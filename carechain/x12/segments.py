"""The segments of X12 interchanges: what separates them is read from each interchange's ISA.

Segments are split by pyx12. It mends or leaves out in silence what is refused here: it stops at an empty segment, and
leaves out what comes after the last terminator or is longer than it reads at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import NamedTuple, NoReturn

from pyx12.errors import X12Error
from pyx12.rawx12file import ISA_LEN, RawX12File

from carechain.errors import CarechainError

RELEASE = "00501"
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_AROUND = " \r\n\t\x1a"
_SEND_AGAIN = "send the whole file again"


class Separators(NamedTuple):
    """What stands between elements, between repetitions of one, between components of one, and after segments."""

    element: str = "*"
    repetition: str = "^"
    component: str = ":"
    segment: str = "~"


@dataclass(frozen=True)
class Segment:
    """One segment. `number` counts from 1 in its file; elements and components count from 1, as in X12."""

    source: str
    number: int
    name: str
    elements: tuple[str, ...] = field(repr=False)
    separators: Separators

    @property
    def place(self) -> str:
        return f"{self.source}: segment {self.number} ({self.name})"

    def text(self, element: int, component: int = 0) -> str:
        """An element, or a component of it, without blanks around; empty when it is not there."""
        raw = self.elements[element - 1] if element <= len(self.elements) else ""
        if component:
            parts = raw.split(self.separators.component)
            raw = parts[component - 1] if component <= len(parts) else ""
        return raw.strip(" ")

    def needed(self, element: int, component: int = 0, mend: str = "send it") -> str:
        """As `text`. Raises CarechainError when it is not there."""
        found = self.text(element, component)
        if not found:
            self.refuse(element, "is missing", mend, component)
        return found

    def components(self, element: int) -> tuple[str, ...]:
        """All components of an element; none when it is empty."""
        raw = self.text(element)
        return tuple(part.strip(" ") for part in raw.split(self.separators.component)) if raw else ()

    def repetitions(self, element: int) -> tuple[str, ...]:
        """All repetitions of an element; none when it is empty."""
        raw = self.text(element)
        return tuple(part.strip(" ") for part in raw.split(self.separators.repetition)) if raw else ()

    def refuse(self, element: int, problem: str, mend: str, component: int = 0) -> NoReturn:
        """Raises CarechainError at an element; 0 is the segment itself."""
        place = f"{self.source}: segment {self.number}, {self.name}{element:02}" if element else self.place
        raise CarechainError(f"{place}-{component}" if component else place, problem, mend)


def split(content: bytes, source: str) -> Iterator[Segment]:
    """The segments of all interchanges of a file, in their order.

    A byte order mark and ends of lines after segments are tolerated. Raises CarechainError when the file is not X12,
    or ends in the middle of a segment.
    """
    text = _text(content, source)
    file = StringIO(text, newline="")
    number, at = 0, 0
    while at < len(text):
        head = text[at : at + ISA_LEN]
        separators = _separators(head, source, number)
        file.seek(at)
        try:
            raw = RawX12File(file)
        except X12Error:
            _no_x12(source, number)
        ended = False
        for line in raw:
            number += 1
            segment = _segment(line, source, number, separators)
            yield segment
            if segment.name == "IEA":
                ended = True
                break
        if not ended:
            _incomplete(raw.buffer + file.read(), source, number, separators)
        at = file.tell() - len(raw.buffer)
        while at < len(text) and text[at] in _AROUND:
            at += 1


def _incomplete(rest: str, source: str, number: int, separators: Separators) -> NoReturn:
    """Why pyx12 stopped before the end of the interchange: it says nothing of it."""
    place = f"{source}: segment {number + 1}"
    if separators.segment in rest:
        raise CarechainError(place, "is empty, or longer than any segment", "end each segment with one terminator")
    if rest.strip(_AROUND):
        raise CarechainError(place, "ends in the middle, or has no terminator", _SEND_AGAIN)
    raise CarechainError(place, "is missing: the file ends before its interchange does (IEA)", _SEND_AGAIN)


def _text(content: bytes, source: str) -> str:
    if not content.strip():
        raise CarechainError(source, "is empty", "give an X12 file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CarechainError(f"{source}: byte {error.start}", "is not UTF-8", "save the file as UTF-8") from None
    return text.lstrip(_AROUND)


def _separators(head: str, source: str, before: int) -> Separators:
    """The interchange header is the one segment of fixed width: what separates all others stands in it."""
    place = f"{source}: segment {before + 1}"
    if not head.startswith("ISA"):
        if before:
            raise CarechainError(place, "is not ISA, and stands after the end of an interchange", "correct the file")
        _no_x12(source, before)
    if len(head) < ISA_LEN:
        raise CarechainError(f"{place} (ISA)", "ends in the middle", _SEND_AGAIN)
    elements = head[3 : ISA_LEN - 1].split(head[3])[1:]
    if tuple(map(len, elements)) != _WIDTHS:
        raise CarechainError(f"{place} (ISA)", "does not have its 16 elements in their widths", "correct the file")
    if elements[11] != RELEASE:
        raise CarechainError(f"{place}, ISA12", "is another release than 005010", "send 005010")
    found = Separators(head[3], head[82], head[104], head[105])
    if len(set(found)) < len(found) or any(each.isalnum() or each in " -.+" for each in found):
        raise CarechainError(
            f"{place} (ISA)",
            "does not name four separators that differ from each other and from what they separate",
            "write, for example, * after ISA, ^ in ISA11, : in ISA16, and ~ after it",
        )
    return found


def _segment(line: str, source: str, number: int, separators: Separators) -> Segment:
    name, *elements = line.split(separators.element)
    if not _NAME.fullmatch(name):
        raise CarechainError(f"{source}: segment {number}", "does not begin with the name of a segment", _SEND_AGAIN)
    segment = Segment(source, number, name, tuple(elements), separators)
    if any(each not in separators for each in _CONTROL.findall(line)):
        raise CarechainError(segment.place, "holds a control character, or a line that ends in the middle", _SEND_AGAIN)
    return segment


def _no_x12(source: str, before: int) -> NoReturn:
    raise CarechainError(
        f"{source}: segment {before + 1}", "is not ISA: this is no X12 interchange", "give an X12 file"
    )
