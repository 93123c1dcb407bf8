"""What questions about claims (276) and coverage (270), and the answers to them, have in common: who asks whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from carechain.claims.document import Identifier
from carechain.x12.hierarchy import Level
from carechain.x12.segments import Segment
from carechain.x12.values import ASKERS, MEMBERS, PAYERS, birth_date, identifier, person
from carechain.x12.writing import Writer, identified, named

SUBSCRIBER, DEPENDANT = "22", "23"
PAYER_QUALIFIERS = {"payer": "PI"}
ASKER_QUALIFIERS = {system: qualifier for qualifier, system in ASKERS.items()}


def payer_of(level: Level) -> Identifier:
    """The payer that is asked. Raises CarechainError when it has no identifier."""
    return identifier(_named(level, "20", "PR"), PAYERS, "payer")


def provider_of(level: Level, code: str) -> Identifier:
    """The provider who asks, on the level `code`. Raises CarechainError when it has no identifier."""
    return identifier(_named(level, code, "1P"), ASKERS, "provider")


def member_of(level: Level) -> Identifier | None:
    """The subscriber's number; None where there is none."""
    found = _named(level, SUBSCRIBER, "IL")
    return Identifier(MEMBERS[found.text(8)], found.text(9)) if found.text(8) in MEMBERS and found.text(9) else None


def patient_of(level: Level, code: str) -> tuple[tuple[str, str] | None, date | None]:
    """Name and day of birth of the patient, whose name on a dependant's level has `code` (NM101)."""
    found = _named(level, level.code, code if level.code == DEPENDANT else "IL")
    return person(found), birth_date(first(level.segments, "DMG"), None)


def first(segments: Sequence[Segment], name: str, qualifier: str = "") -> Segment | None:
    """The first segment of a name, and of a qualifier in its first element."""
    return next((each for each in segments if each.name == name and qualifier in ("", each.text(1))), None)


def begin(out: Writer, payer: Identifier, payer_name: str) -> int:
    """The payer's level; its number."""
    level = out.level("20", None, True)
    numbered = identified(payer, PAYER_QUALIFIERS, "The payer")
    out.add("NM1", "PR", "2", named(payer_name), "", "", "", "", *numbered)
    return level


def asked_by(out: Writer, provider: Identifier) -> None:
    """The provider who asked. Its name is not in a question as it is kept."""
    out.add("NM1", "1P", "2", "", "", "", "", "", *identified(provider, ASKER_QUALIFIERS, "The provider"))


def _named(level: Level, code: str, name: str) -> Segment:
    above = level.find(code)
    if above is None:
        level.head.refuse(0, f"has no level {code} above it", "send the whole hierarchy")
    found = first(above.segments, "NM1", name)
    if found is None:
        above.head.refuse(0, f"has no NM1*{name} below it", "send it")
    return found
