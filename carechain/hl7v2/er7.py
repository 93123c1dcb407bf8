"""HL7 v2 messages in ER7, the encoding with delimiters: framing, characters, segments and fields.

Read by what the standard says of every message (v2.5.1, chapter 2), and not by the structure of its type:
hospitals leave out trailing fields, add segments of their own and send segments in another order, and none of
it changes what a field is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from carechain.errors import CarechainError

_START, _END = b"\x0b", b"\x1c"
_FRAME = re.compile(rb"\x0b[^\x0b\x1c]*\x1c")
_ENVELOPE = ("FHS", "BHS", "BTS", "FTS")
_NAME = re.compile(rb"[A-Z][A-Z0-9]{2}")
# MSH-18, table 0211, and what is often sent in its place. Without MSH-18 a message is ASCII.
_CHARACTER_SETS = {
    "": "ascii",
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "ISO-8859-1": "latin-1",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
}


@dataclass(frozen=True)
class Segment:
    """One segment; `number` counts from 1 in its message. Fields, repetitions, components count as in HL7."""

    name: str
    number: int
    fields: tuple[str, ...]
    delimiters: str
    encoding: str

    def repetitions(self, field: int) -> list[str]:
        """The repetitions of a field as they stand; none when it is empty or the null of HL7 (two quotes)."""
        raw = self.fields[field] if field < len(self.fields) else ""
        return [] if raw in ("", '""') else raw.split(self.delimiters[2])

    def text(self, field: int, component: int = 1, subcomponent: int = 1, repetition: int = 0) -> str:
        """One subcomponent without escapes; empty when it is not there."""
        found = self.repetitions(field)
        return self.part(found[repetition], component, subcomponent) if repetition < len(found) else ""

    def part(self, raw: str, component: int = 1, subcomponent: int = 1) -> str:
        """One subcomponent of a repetition, without escapes; empty when it is not there."""
        for delimiter, position in ((self.delimiters[1], component), (self.delimiters[4], subcomponent)):
            parts = raw.split(delimiter)
            raw = parts[position - 1] if position <= len(parts) else ""
        return "" if raw == '""' else self.unescaped(raw).strip()

    def whole(self, raw: str, *components: int) -> tuple[str, ...]:
        """These components of a repetition with all of their subcomponents, as one text each."""
        found = []
        for component in components:
            parts = raw.split(self.delimiters[1])
            inside = parts[component - 1] if component <= len(parts) else ""
            pieces = [self.part(piece) for piece in inside.split(self.delimiters[4])]
            found.append("&".join(pieces).rstrip("&"))
        return tuple(found)

    def unescaped(self, raw: str) -> str:
        """Text with its escapes resolved (v2.5.1, 2.7); escapes of local meaning stay as they are."""
        escape = self.delimiters[3]
        if escape not in raw:
            return raw
        pieces = raw.split(escape)
        shown = pieces[0]
        index = 1
        while index < len(pieces):
            meaning = self._meaning(pieces[index]) if index + 1 < len(pieces) else None
            if meaning is None:
                shown += escape + pieces[index]
                index += 1
            else:
                shown += meaning + pieces[index + 1]
                index += 2
        return shown

    def _meaning(self, name: str) -> str | None:
        marks = {
            "F": self.delimiters[0],
            "S": self.delimiters[1],
            "R": self.delimiters[2],
            "E": self.delimiters[3],
            "T": self.delimiters[4],
            "P": self.delimiters[5:],
            "H": "",
            "N": "",
        }
        if name in marks:
            return marks[name]
        if re.fullmatch(r"\.(br|sp\d*|ce|fi|nf|in[+-]?\d*|ti[+-]?\d*|sk[+-]?\d*)", name):
            return "\n" if name[1:3] in ("br", "sp", "ce") else " " if name[1:3] == "sk" else ""
        if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", name):
            try:
                return bytes.fromhex(name[1:]).decode(self.encoding)
            except UnicodeDecodeError:
                return None
        return None


@dataclass(frozen=True)
class Message:
    """One message: its place for errors, its bytes as sent, and its segments, the first of which is MSH."""

    place: str
    er7: bytes
    segments: tuple[Segment, ...]

    @property
    def header(self) -> Segment:
        return self.segments[0]

    def first(self, name: str) -> Segment | None:
        """The first segment of this name."""
        return next((segment for segment in self.segments if segment.name == name), None)


def split(content: bytes, source: str) -> Iterator[Message | CarechainError]:
    """The messages of a file: bare, in MLLP frames, or in a batch; ends of segments are CR, LF or both.

    What is wrong with one message comes in its place as an error. Raises CarechainError when the file as a
    whole cannot be read: it is empty, or a frame or batch is not complete.
    """
    if not content.strip(b"\r\n\t \x0b\x1c\x00"):
        raise CarechainError(source, "is empty", "give HL7 v2 messages")
    lines = list(_lines(_unframed(content, source)))
    _check_batch(lines, source)
    number = 0
    begin: list[tuple[int, bytes]] = []
    for line in [*lines, (len(content), b"MSH")]:
        if line[1][:3] == b"MSH" and begin:
            number += 1
            try:
                yield _message(begin, f"{source}: message {number}", content)
            except CarechainError as error:
                yield error
            begin = []
        if line[1][:3].decode("latin-1") not in _ENVELOPE:
            begin.append(line)


def _unframed(content: bytes, source: str) -> bytes:
    """The file with its byte order mark blanked, so that offsets stay. Raises CarechainError for frames left open."""
    if content.startswith(b"\xef\xbb\xbf"):
        content = content.replace(b"\xef\xbb\xbf", b"\n\n\n", 1)
    if _START not in content:
        return content
    outside = _FRAME.sub(b"", content)
    if _START in outside:
        number = next(n for n, frame in enumerate(content.split(_START)[1:], start=1) if _END not in frame)
        raise CarechainError(
            f"{source}: message {number}", "ends in the middle: its MLLP frame is not closed", "send it again"
        )
    if outside.strip(b"\r\n\t \x00"):
        raise CarechainError(source, "has text outside of its MLLP frames", "send every message in a frame of its own")
    return content


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Segments with their offset in the file. With CR as the end of segments, a line feed inside is text."""
    # The CR after the end of an MLLP frame is the frame's, whatever ends the segments.
    piece = rb"[^\r\x0b\x1c]+" if re.search(rb"(?<!\x1c)\r", content) else rb"[^\r\n\x0b\x1c]+"
    for found in re.finditer(piece, content):
        line = found[0].strip(b"\n\x00")
        if line.strip():
            yield found.start() + found[0].index(line), line


def _check_batch(lines: list[tuple[int, bytes]], source: str) -> None:
    names = [line[:3].decode("latin-1") for _, line in lines]
    for opened, closed in (("FHS", "FTS"), ("BHS", "BTS")):
        if names.count(opened) != names.count(closed):
            raise CarechainError(source, f"has not as many {closed} as {opened} segments", "send the whole batch again")
    inside = 0
    for name, (_, line) in zip(names, lines, strict=True):
        if name == "BHS":
            inside = 0
        inside += name == "MSH"
        count = re.match(rb"BTS[^A-Za-z0-9](\d+)", line) if name == "BTS" else None
        if count and int(count[1]) != inside:
            raise CarechainError(
                f"{source}: BTS-1", "is not the number of messages in the batch", "send the whole batch again"
            )


def _message(lines: list[tuple[int, bytes]], place: str, content: bytes) -> Message:
    head = lines[0][1]
    if not head.startswith(b"MSH"):
        raise CarechainError(f"{place}, segment 1", "is not MSH", "start every message with MSH")
    delimiters = _delimiters(head, place)
    encoding = _encoding(head, delimiters, place)
    segments = []
    for number, (offset, line) in enumerate(lines, start=1):
        here = f"{place}, segment {number}"
        name = line[:3]
        if not _NAME.fullmatch(name) or line[3:4] not in (delimiters[:1].encode(), b""):
            raise CarechainError(
                here, "is not a segment", "end segments with CR, and write ends of lines in text as an escape"
            )
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError as error:
            _undecodable(here, offset + error.start)
        if encoding == "latin-1" and (control := re.search("[\x80-\x9f]", text)):
            _undecodable(here, offset + control.start())
        fields = text.split(delimiters[0])
        # MSH-1 is the delimiter itself.
        fields = [fields[0], delimiters[0], *fields[1:]] if name == b"MSH" else fields
        segments.append(Segment(name.decode(), number, tuple(fields), delimiters, encoding))
    last, line = lines[-1]
    return Message(place, content[lines[0][0] : last + len(line)], tuple(segments))


def _delimiters(head: bytes, place: str) -> str:
    """Field, component, repetition, escape and subcomponent delimiters; from v2.7 on the truncation mark too."""
    try:
        first = head[3:4].decode("ascii")
        others = head[4:].split(head[3:4], 1)[0].decode("ascii") if first else ""
    except UnicodeDecodeError:
        first = others = ""
    found = first + others
    if len(others) not in (4, 5) or len(set(found)) != len(found) or re.search(r"[A-Za-z0-9\s\"]", found):
        raise CarechainError(
            f"{place}, segment 1", "has no delimiters in MSH-1 and MSH-2", r"write MSH|^~\& at its beginning"
        )
    return found


def _encoding(head: bytes, delimiters: str, place: str) -> str:
    fields = head.decode("latin-1").split(delimiters[0])
    sets = fields[17].split(delimiters[2]) if len(fields) > 17 else [""]
    named = {each.strip().upper() for each in sets if each.strip()} or {""}
    encoding = _CHARACTER_SETS.get(named.pop()) if len(named) == 1 else None
    if encoding is None:
        raise CarechainError(
            f"{place}, segment 1: MSH-18",
            "names a character set that is not read here",
            "send UNICODE UTF-8, 8859/1 or ASCII",
        )
    return encoding


def _undecodable(place: str, offset: int) -> NoReturn:
    raise CarechainError(
        f"{place}, byte {offset} of the file",
        "is not of the character set that MSH-18 names",
        "name the character set of the message in MSH-18; without it, it is ASCII",
    ) from None
