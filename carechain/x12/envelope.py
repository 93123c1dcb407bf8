"""Interchanges, functional groups and transaction sets: what opens is closed, and counts and control numbers agree.

An interchange that does not is refused with its whole file, for nobody knows what is missing. What is wrong with one
transaction set alone is that set's: the others are still read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from carechain.errors import CarechainError
from carechain.x12.segments import Segment, split

_ENVELOPE = ("ISA", "GS", "ST", "SE", "GE", "IEA")
_COUNT = re.compile(r"[0-9]{1,10}", re.ASCII)
_AGAIN = "send the whole file again"
_REPEATED = "was there before in the file"
_NUMBER_ANEW = "give each its own control number, and send each claim once"


@dataclass(frozen=True)
class TransactionSet:
    """One transaction set with the version of its group. `problem` is why it cannot be taken, if it cannot."""

    kind: str
    """ST01: 837, 835, 276, 277, 270 or 271."""
    version: str
    """GS08, such as 005010X222A1."""
    test: bool
    """Whether its interchange says that it is a test (ISA15)."""
    segments: tuple[Segment, ...]
    """From ST to SE."""
    problem: CarechainError | None

    @property
    def place(self) -> str:
        return self.segments[0].place

    @property
    def body(self) -> tuple[Segment, ...]:
        """What stands between ST and SE."""
        return self.segments[1:-1]


def read_sets(content: bytes, source: str) -> tuple[TransactionSet, ...]:
    """The transaction sets of a file in their order.

    Raises CarechainError when the file is not X12, or when one of its interchanges is truncated or not balanced.
    """
    found: list[TransactionSet] = []
    segments = split(content, source)
    interchanges: set[tuple[str, ...]] = set()
    for isa in segments:
        if isa.text(15) not in ("P", "T"):
            isa.refuse(15, "is neither P nor T", "say whether this is production or a test")
        if not _COUNT.fullmatch(isa.text(13)):
            isa.refuse(13, "is not a control number", "give nine digits")
        name = tuple(isa.text(element) for element in (5, 6, 7, 8, 13))
        repeated = isa if name in interchanges else None
        interchanges.add(name)
        found.extend(_groups(isa, segments, repeated))
    if not found:
        raise CarechainError(source, "holds no transaction set", "give a file with at least one (ST to SE)")
    return tuple(found)


def only(sets: tuple[TransactionSet, ...], kind: str, versions: tuple[str, ...]) -> tuple[TransactionSet, ...]:
    """The sets, when all of them can be taken. Raises CarechainError for another kind or version, or a problem."""
    for each in sets:
        check_kind(each, kind, versions)
        if each.problem:
            raise each.problem
    return sets


def check_kind(each: TransactionSet, kind: str, versions: tuple[str, ...]) -> None:
    """Raises CarechainError unless the set is of this kind, in one of these versions."""
    if each.version.startswith("004010"):
        raise CarechainError(each.place, "is of release 004010 (GS08)", "send 005010")
    if each.kind != kind:
        raise CarechainError(f"{each.place}: ST01", f"is not {kind}", f"give transaction sets {kind} alone")
    if each.version not in versions:
        raise CarechainError(f"{each.place}: GS08", "is not a version that is read here", f"send {versions[0]}")


def _groups(isa: Segment, segments: Iterator[Segment], repeated: Segment | None) -> Iterator[TransactionSet]:
    """The sets of one interchange, to its IEA."""
    numbers: set[tuple[str, str]] = set()
    for count, segment in enumerate(segments):
        if segment.name == "IEA":
            _check_end(segment, count, isa.text(13), "the groups", "ISA13")
            return
        if segment.name != "GS":
            segment.refuse(0, "stands where a functional group begins (GS) or the interchange ends (IEA)", _AGAIN)
        name = (segment.text(1), segment.needed(6, mend=_AGAIN))
        again = repeated or (segment if name in numbers else None)
        numbers.add(name)
        yield from _sets(segment, isa.text(15) == "T", segments, again)
    raise CarechainError(isa.place, "is not closed: its IEA is missing", _AGAIN)


def _sets(gs: Segment, test: bool, segments: Iterator[Segment], repeated: Segment | None) -> Iterator[TransactionSet]:
    """The sets of one group, to its GE."""
    count = 0
    numbers: set[str] = set()
    opened: list[Segment] = []
    for segment in segments:
        if opened:
            if segment.name in _ENVELOPE and segment.name != "SE":
                segment.refuse(0, "stands in a transaction set that is not closed: its SE is missing", _AGAIN)
            opened.append(segment)
            if segment.name == "SE":
                yield _set(gs, test, tuple(opened), repeated, numbers)
                opened = []
        elif segment.name == "GE":
            _check_end(segment, count, gs.text(6), "the transaction sets", "GS06")
            return
        elif segment.name == "ST":
            count += 1
            opened = [segment]
        else:
            segment.refuse(0, "stands where a transaction set begins (ST) or the group ends (GE)", _AGAIN)
    raise CarechainError(gs.place, "is not closed: its GE is missing", _AGAIN)


def _set(
    gs: Segment, test: bool, segments: tuple[Segment, ...], repeated: Segment | None, numbers: set[str]
) -> TransactionSet:
    st, se = segments[0], segments[-1]
    number = st.text(2)
    problem = None
    try:
        if repeated:
            repeated.refuse(13 if repeated.name == "ISA" else 6, _REPEATED, _NUMBER_ANEW)
        st.needed(2, mend="number the transaction sets")
        if number in numbers:
            st.refuse(2, _REPEATED, _NUMBER_ANEW)
        _check_end(se, len(segments), number, "the segments", "ST02")
        if st.text(3) not in ("", gs.text(8)):
            st.refuse(3, "is another version than GS08", "state one version")
    except CarechainError as error:
        problem = error
    numbers.add(number)
    return TransactionSet(st.text(1), gs.text(8), test, segments, problem)


def _check_end(segment: Segment, count: int, number: str, counted: str, beginning: str) -> None:
    stated = segment.text(1)
    if not _COUNT.fullmatch(stated) or int(stated) != count:
        segment.refuse(1, f"is not the number of {counted}", _AGAIN)
    if segment.text(2) != number:
        segment.refuse(2, f"is not the control number of {beginning}", _AGAIN)
