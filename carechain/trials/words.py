"""The words of TrialRegistry: enumerations, and the entries of a trial's logs. Twins of interfaces/ITrialTypes.sol.

A trial is `sponsor << 32 | number`, written sponsor.number, such as 18.7. Days are counted from 1970-01-01 (UTC), times
are Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from eth_utils.address import to_checksum_address

from carechain.consent_scope import MAX_ORGANISATION
from carechain.errors import CarechainError

ACT_BYTES, DATA_BYTES, CORRECTION_BYTES = 110, 84, 124
OWN_LOG = 0
"""In place of an organisation: the trial's own log."""


class Act(IntEnum):
    """ITrialTypes.Act: what a trial's own log tells."""

    REGISTERED = 0
    AMENDMENT_PROPOSED = 1
    AMENDMENT_APPROVED = 2
    AMENDMENT_DROPPED = 3
    AMENDMENT_IN_FORCE = 4
    APPROVED = 5
    APPROVAL_WITHDRAWN = 6
    SITE_OPENED = 7
    ALLOTMENT_CHANGED = 8
    SITE_CLOSED = 9
    HOLD_PLACED = 10
    HOLD_LIFTED = 11
    SAFETY_BOARD_APPOINTED = 12
    PAUSED = 13
    RESUMED = 14
    ENDED = 15
    ALLOCATIONS_COMMITTED = 16
    PARTICIPANT_UNBLINDED = 17
    STREAM_OPENED = 18
    STREAM_LOCKED = 19
    PRIMARY_COMPLETED = 20
    DATASET_LOCKED = 21
    ALLOCATIONS_REVEALED = 22
    RESULT_POSTED = 23
    EVENT_REPORTED = 24
    EVENT_FILED = 25
    AUTHORED = 26
    REVIEWED = 27
    SIGNED_OFF = 28


SIGNATURES = (Act.AUTHORED, Act.REVIEWED, Act.SIGNED_OFF)
"""What a signature can mean (21 CFR 11.50(a)(3))."""


class Authority(IntEnum):
    """ITrialTypes.Authority: who has to approve."""

    ETHICS_BOARD = 0
    REGULATOR = 1


class Seriousness(IntEnum):
    """ITrialTypes.Seriousness: under what expedited reporting an event falls."""

    LIFE_THREATENING = 0
    SERIOUS = 1

    @property
    def days(self) -> int:
        """Within which it has to be filed."""
        return 7 if self is Seriousness.LIFE_THREATENING else 15


class OutcomeStatus(IntEnum):
    """ITrialTypes.OutcomeStatus: what became of an outcome."""

    MISSING = 0
    REPORTED = 1
    CHANGED = 2
    ADDED = 3


class Participation(IntEnum):
    """ITrialTypes.Participation: whether data of a participant may be collected."""

    UNKNOWN = 0
    ACTIVE = 1
    WITHDRAWN = 2
    CONSENT_OUTDATED = 3
    CONSENT_LAPSED = 4


class Flag(IntFlag):
    """The flags of TrialTerms."""

    APPROVED = 1 << 0
    HELD = 1 << 1
    PAUSED = 1 << 2
    ENDED = 1 << 3
    LOCKED = 1 << 4
    UNBLINDED = 1 << 5
    LATE = 1 << 6
    RANDOMISED = 1 << 7

    @property
    def enrolling(self) -> bool:
        """Whether the trial as a whole enrols: approved, and nothing against it."""
        barred = Flag.HELD | Flag.PAUSED | Flag.ENDED | Flag.LOCKED | Flag.UNBLINDED
        return Flag.APPROVED in self and not self & barred


@dataclass(frozen=True)
class ActEntry:
    """An entry of a trial's own log. What `number`, `subject` and `detail` are of each act, ITrialTypes.Act says."""

    act: Act
    trial: int
    at: int
    by: int
    key: str
    number: int
    subject: bytes
    detail: bytes

    def content(self) -> bytes:
        """The 110 bytes that its leaf is the hash of."""
        numbers = _packed((self.act, 1), (self.trial, 8), (self.at, 5), (self.by, 4))
        return numbers + bytes.fromhex(self.key[2:]) + _packed((self.number, 8)) + self.subject + self.detail


@dataclass(frozen=True)
class DataEntry:
    """An entry of an organisation's log: a batch of `count` records of the period from `since` until `until`. A
    correction names the entry that it is in place of, and a commitment to the reason."""

    trial: int
    organisation: int
    author: str
    at: int
    since: int
    until: int
    count: int
    root: bytes
    corrected: int | None = None
    reason: bytes = b""

    @classmethod
    def unpack(cls, content: bytes) -> DataEntry:
        """The entry of these bytes. Raises CarechainError unless they are 84, or 124 of a correction."""
        corrects = content[:1] == b"\1"
        known = content[:1] in (b"\0", b"\1")
        if not known or len(content) != (CORRECTION_BYTES if corrects else DATA_BYTES):
            raise CarechainError("The entry of the log", "is no entry of data or of a correction", "ask for it again")
        numbers, at = [], 1
        for width in (8, 4, 20, 5, 5, 5, 4, 8):
            numbers.append(int.from_bytes(content[at : at + width], "big"))
            at += width
        trial, organisation, author, made_at, since, until, count, corrected = numbers
        return cls(
            trial,
            organisation,
            to_checksum_address(author.to_bytes(20, "big")),
            made_at,
            since,
            until,
            count,
            content[-32:],
            corrected if corrects else None,
            content[60:92] if corrects else b"",
        )

    @property
    def is_correction(self) -> bool:
        return self.corrected is not None

    def content(self) -> bytes:
        """The 84 bytes that its leaf is the hash of, 124 of a correction."""
        head = _packed((self.is_correction, 1), (self.trial, 8), (self.organisation, 4))
        period = _packed((self.at, 5), (self.since, 5), (self.until, 5), (self.count, 4))
        corrects = b"" if self.corrected is None else _packed((self.corrected, 8)) + self.reason
        return head + bytes.fromhex(self.author[2:]) + period + corrects + self.root


def trial_of(sponsor: int, number: int) -> int:
    """The trial that a sponsor keeps under a number."""
    return sponsor << 32 | number


def trial_name(trial: int) -> str:
    """As it is written: sponsor.number."""
    return f"{trial >> 32}.{trial & MAX_ORGANISATION}"


def trial_named(name: str) -> int:
    """The trial of a name such as 18.7. Raises CarechainError unless both numbers have 32 bits, the first not 0."""
    sponsor, dot, number = name.partition(".")
    parts = sponsor, number
    if dot and all(part.isascii() and part.isdigit() and len(part) < 11 for part in parts):
        values = int(sponsor), int(number)
        if 0 < values[0] <= MAX_ORGANISATION and values[1] <= MAX_ORGANISATION:
            return trial_of(*values)
    raise CarechainError(f"The trial {name}", "is not a number of a trial", "write sponsor.number, such as 18.7")


def stream_of(trial: int, organisation: int) -> int:
    """How events name an organisation's log."""
    return trial << 32 | organisation


@dataclass(frozen=True)
class BatchWord:
    """The `batch` of DataAnchored and DataCorrected."""

    index: int
    since: int
    until: int
    count: int

    @classmethod
    def of_event(cls, word: int) -> BatchWord:
        return cls(word >> 112 & (1 << 64) - 1, word >> 72 & _TIME, word >> 32 & _TIME, word & (1 << 32) - 1)


_TIME = (1 << 40) - 1


def _packed(*numbers: tuple[int, int]) -> bytes:
    """Numbers of so many bytes each, the high byte first."""
    return b"".join(int(number).to_bytes(width, "big") for number, width in numbers)
