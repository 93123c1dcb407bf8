"""For what units are on hold."""

from __future__ import annotations

from collections.abc import Iterable

from carechain.chain import Event
from carechain.supply.words import Condition, Custody

BY_HAND = 0
"""Instead of a consignment's number: an organisation has put the units on hold itself."""


def causes_of_hold(events: Iterable[Event], custody: Custody) -> set[int]:
    """The consignments for which units of an interval were put on hold last, and BY_HAND. `events` are the lot's
    ConditionChanged, first to last: intervals may have been cut and joined since."""
    causes = set()
    left = [(custody.first, custody.end)]
    for event in reversed([*events]):
        if event.values["condition"] != Condition.HELD:
            continue
        then = Custody.of_event(event.values["interval"])
        if any(start < then.end and then.first < end for start, end in left):
            by_record = event.values["by"] == 0
            causes.add(int.from_bytes(event.values["evidence"], "big") if by_record else BY_HAND)
            pieces = [
                (s, e) for start, end in left for s, e in ((start, min(end, then.first)), (max(start, then.end), end))
            ]
            left = [(start, end) for start, end in pieces if start < end]
    return causes
