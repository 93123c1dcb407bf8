"""What the register of records must hold, as plainly as Python can say it.

Every entry is kept as bytes, and trees are built anew by the definitions of RFC 9162. Calls return the name of the
error with which they must be refused, or None.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.helpers import rfc9162
from tests.helpers.record_entries import (
    CORRECTION,
    DISCLOSURES_LOG,
    ERASURE,
    RECORDS_LOG,
    disclosures_entry,
    record_entry,
)

Stream = tuple[int, int, str]
"""Which log, whose, about whom."""
FIRST_LABEL = 1 << 48


@dataclass
class LogModel:
    """The state of everything. `now` is the time of the block in which a call is made."""

    now: int
    operators: dict[str, int]
    suspended: set[int] = field(default_factory=set)
    logs: dict[Stream, list[bytes]] = field(default_factory=dict)

    def suspend(self, organisation: int) -> str | None:
        if organisation in self.suspended:
            return "OrganisationStateInvalid"
        self.suspended.add(organisation)
        return None

    def anchor(
        self, actor: str, kind: int, subject: str, categories: int, count: int, target: int, root: bytes
    ) -> str | None:
        organisation = self.operators.get(actor, 0)
        log = self.entries(RECORDS_LOG, organisation, subject)
        if kind == ERASURE:
            refusal = None if organisation else "RecordOperatorUnknown"
        else:
            in_standing = organisation and organisation not in self.suspended
            refusal = None if in_standing else "OperatorNotInStanding"
        if refusal is None and categories >= FIRST_LABEL:
            refusal = "RecordCategoriesSensitive"
        if refusal is None and count == 0:
            refusal = "RecordCountZero"
        if refusal is None and kind != ERASURE and not any(root):
            refusal = "RecordRootZero"
        if refusal is None and kind in (CORRECTION, ERASURE) and target >= len(log):
            refusal = "RecordEntryUnknown"
        if refusal is None:
            entry = record_entry(kind, organisation, subject, self.now, categories, count, target, root)
            self._append((RECORDS_LOG, organisation, subject), entry)
        return refusal

    def disclose(self, actor: str, subject: str, decisions: tuple[int, int, int], root: bytes) -> str | None:
        organisation = self.operators.get(actor, 0)
        if not organisation:
            return "RecordOperatorUnknown"
        if not any(decisions):
            return "RecordDecisionsNone"
        if not any(root):
            return "RecordRootZero"
        entry = disclosures_entry(organisation, subject, self.now, *decisions, root)
        self._append((DISCLOSURES_LOG, organisation, subject), entry)
        return None

    def entries(self, kind: int, organisation: int, subject: str) -> list[bytes]:
        return self.logs.get((kind, organisation, subject), [])

    def state(self, stream: Stream) -> tuple[int, bytes]:
        """Size and root."""
        entries = self.entries(*stream)
        return len(entries), rfc9162.root(entries)

    def _append(self, stream: Stream, entry: bytes) -> None:
        self.logs.setdefault(stream, []).append(entry)
