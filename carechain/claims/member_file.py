"""Members whom a payer enrols, from a YAML file for the payer alone:

    members:
      - {pseudonym: "0x…", plan: 11, from: 2026-01-01, until: 2026-12-31, family: 7, secondary: true}

A pseudonym is the address with which the member consents; `family` is the number of a policy that several share, and
`secondary` says that another payer pays first. Both may be left out. A member may have several rows, one for each
period, in the order of time; those that the chain has already are not enrolled again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from eth_utils.address import is_checksum_address

from carechain import strict_yaml
from carechain.claims.state import Period
from carechain.errors import CarechainError

PERIOD_DAYS = 366
_EPOCH = date(1970, 1, 1)
_NEEDED = {"pseudonym", "plan", "from", "until"}
_KNOWN = _NEEDED | {"family", "secondary"}
_MEND = "write it as examples/claims/members.yaml is"


@dataclass(frozen=True)
class Enrolment:
    """A period of coverage that is to be. Days are counted from 1970-01-01, both inclusive."""

    place: str
    member: str
    plan: int
    first_day: int
    last_day: int
    family: int
    secondary: bool

    def is_(self, period: Period) -> bool:
        """Whether it is this period, whatever became of its end and of other payers since."""
        return (self.plan, self.first_day, self.family) == (period.plan, period.first_day, period.family)

    def words(self, period: int) -> tuple[Any, ...]:
        """As enrolMembers takes it."""
        return (self.member, period, self.plan, self.first_day, self.last_day, self.family, self.secondary)


def read_members(path: Path) -> list[Enrolment]:
    """Raises CarechainError, with the place of the row, for anything that is not as it has to be."""
    content = strict_yaml.load(path, _MEND)
    rows = content.get("members") if isinstance(content, dict) and set(content) == {"members"} else None
    if not isinstance(rows, list) or not rows:
        raise CarechainError(str(path), "has no list of members, or something beside it", _MEND)
    return [_row(f"{path}: members[{at}]", row) for at, row in enumerate(rows)]


def to_enrol(enrolments: Sequence[Enrolment], periods_of: Callable[[str], list[Period]]) -> list[tuple[Enrolment, int]]:
    """Those that are new, each with the number of its period. `periods_of` tells what the chain has of a member.

    Raises CarechainError for a period that is not later than the one before it.
    """
    new: list[tuple[Enrolment, int]] = []
    last: dict[str, tuple[int, int]] = {}  # of each member: the next period, and the last day of the one before
    known: dict[str, list[Period]] = {}
    for enrolment in enrolments:
        member = enrolment.member
        if member not in known:
            known[member] = periods_of(member)
            last[member] = len(known[member]), known[member][-1].last_day if known[member] else -1
        if any(enrolment.is_(period) for period in known[member]):
            continue
        number, before = last[member]
        if enrolment.first_day <= before:
            mend = "give the periods of a member one after the other"
            raise CarechainError(enrolment.place, "does not begin after the member's period before it", mend)
        new.append((enrolment, number))
        last[member] = number + 1, enrolment.last_day
    return new


def _row(place: str, row: Any) -> Enrolment:
    if not isinstance(row, dict) or not _NEEDED <= set(row) <= _KNOWN:
        raise CarechainError(place, f"has not {', '.join(sorted(_NEEDED))}, or something unknown", _MEND)
    member, secondary = row["pseudonym"], row.get("secondary", False)
    if not isinstance(member, str) or not is_checksum_address(member):
        mend = "copy it whole, with its capitals, and put it in quotes"
        raise CarechainError(f"{place}.pseudonym", "is no address", mend)
    if type(secondary) is not bool:
        raise CarechainError(f"{place}.secondary", "is neither true nor false", _MEND)
    first, last = _day(row, "from", place), _day(row, "until", place)
    if not first <= last < first + PERIOD_DAYS:
        mend = "write several rows, one after the other"
        raise CarechainError(place, f"is no period of 1 to {PERIOD_DAYS} days", mend)
    return Enrolment(
        place,
        member,
        _number(row["plan"], f"{place}.plan", 1, 16),
        first,
        last,
        _number(row.get("family", 0), f"{place}.family", 0, 32),
        secondary,
    )


def _day(row: dict[str, Any], name: str, place: str) -> int:
    found = row[name]
    number = (found - _EPOCH).days if type(found) is date else 0
    if not 0 < number < 1 << 16:
        raise CarechainError(f"{place}.{name}", "is no day from 1970-01-02 on", "write it as 2026-12-31")
    return number


def _number(found: Any, place: str, fewest: int, bits: int) -> int:
    if type(found) is not int or not fewest <= found < 1 << bits:
        raise CarechainError(place, "is not a number that it can be", f"use {fewest} to 2**{bits} - 1")
    return found
