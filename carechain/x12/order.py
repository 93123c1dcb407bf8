"""In which order segments may stand in the loops of a claim (837), and what loops a run of segments makes.

A loop begins with the first segment of its list; the others follow in the list's order, each as often as it likes. The
elements say little without their loop: NM1 after SBR is about another payer's subscriber, NM1 after CLM is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carechain.errors import CarechainError
from carechain.x12.segments import Segment

Grammar = Mapping[str, tuple[str, str]]
"""For each loop the segments in it, in their order, and the loops that may follow it."""

HEADER: Grammar = {
    "header": ("BHT", "name"),
    "name": ("NM1 N3 N4 PER", "name"),
}
PROVIDER: Grammar = {
    "provider": ("HL PRV CUR", "name"),
    "name": ("NM1 N3 N4 REF PER", "name"),
}
SUBSCRIBER: Grammar = {
    "subscriber": ("HL SBR PAT", "name"),
    "name": ("NM1 N3 N4 DMG REF PER", "name"),
}
PATIENT: Grammar = {
    "patient": ("HL PAT", "name"),
    "name": ("NM1 N3 N4 DMG REF PER", "name"),
}
CLAIM: Grammar = {
    "claim": ("CLM DTP CL1 PWK CN1 AMT REF K3 NTE CR1 CR2 CRC HI HCP", "name other line"),
    "name": ("NM1 PRV N3 N4 REF PER", "name other line"),
    "other": ("SBR CAS AMT OI MIA MOA", "other_name other line"),
    "other_name": ("NM1 N3 N4 PER DTP REF", "other_name other line"),
    "line": (
        "LX SV1 SV2 SV5 PWK CR1 CR3 CRC DTP QTY MEA CN1 REF AMT K3 NTE PS1 HCP",
        "drug line_name paid form line",
    ),
    "drug": ("LIN CTP REF", "drug line_name paid form line"),
    "line_name": ("NM1 PRV N3 N4 REF PER", "line_name paid form line"),
    "paid": ("SVD CAS DTP AMT", "paid form line"),
    "form": ("LQ FRM", "form line"),
}


@dataclass(frozen=True)
class Loop:
    """One loop: its name in the grammar, and its segments."""

    name: str
    segments: tuple[Segment, ...]

    @property
    def head(self) -> Segment:
        return self.segments[0]

    def all(self, name: str, qualifier: str = "") -> list[Segment]:
        """The segments of a name, and of a qualifier in their first element."""
        return [each for each in self.segments if each.name == name and qualifier in ("", each.text(1))]

    def one(self, name: str, qualifier: str = "") -> Segment | None:
        """The one segment; None when there is none. Raises CarechainError when there are several."""
        found = self.all(name, qualifier)
        if len(found) > 1:
            found[1].refuse(0, "stands here twice", "keep one of them")
        return found[0] if found else None


def loops(segments: Sequence[Segment], grammar: Grammar) -> list[Loop]:
    """The loops of these segments; the first loop is the first of the grammar.

    Raises CarechainError at the first segment that may not stand where it does.
    """
    first = next(iter(grammar))
    found: list[tuple[str, list[Segment]]] = []
    rank = 0
    for segment in segments:
        names, following = grammar[found[-1][0]] if found else ("", first)
        order = names.split()
        if segment.name in order[1:] and order.index(segment.name) >= rank:
            rank = order.index(segment.name)
            found[-1][1].append(segment)
            continue
        opened = next((each for each in following.split() if grammar[each][0].split()[0] == segment.name), None)
        if opened is None:
            raise CarechainError(
                segment.place, "may not stand where it does", "send the segments of each loop in their order"
            )
        found.append((opened, [segment]))
        rank = 0
    return [Loop(name, tuple(inside)) for name, inside in found]
