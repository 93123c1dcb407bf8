"""An entry of an account's log: a claim as the chain took it, with what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from carechain.claims.words import (
    AFTER_OTHERS,
    CLAIM_TERMS,
    HEAD_BYTES,
    IN_NETWORK,
    LINE_OUTCOME,
    LINE_WORDS,
    PARKED,
    SERVICE_LINE,
    SETTLED,
    Parked,
    parked_of,
)
from carechain.errors import CarechainError

_WORD = 32


@dataclass(frozen=True)
class Entry:
    """What stands in the log, as IClaimTypes says it: bytes to values."""

    payer: int
    provider: int
    taken_at: int
    """Unix seconds."""
    settled: bool
    in_network: bool
    after_others: bool
    reasons: tuple[Parked, ...]
    terms: int
    control_number: bytes
    record: bytes
    diagnoses: bytes
    lines: tuple[int, ...]
    """ServiceLine words."""
    procedures: tuple[bytes, ...]
    outcomes: tuple[int, ...]
    """LineOutcome words; none while it is parked."""

    @property
    def member(self) -> str:
        return to_checksum_address(CLAIM_TERMS.unpack(self.terms)["member"].to_bytes(20))

    @property
    def charge(self) -> int:
        return sum(SERVICE_LINE.unpack(line)["charge"] for line in self.lines)

    @property
    def day(self) -> int:
        """First day of service."""
        return min(SERVICE_LINE.unpack(line)["day"] for line in self.lines)

    @property
    def paid(self) -> int:
        return sum(LINE_OUTCOME.unpack(outcome)["paid"] for outcome in self.outcomes)


def read_entry(entry: bytes) -> Entry:
    """Raises CarechainError for bytes that are no entry."""
    broken = CarechainError("The entry", "is not one of a claim log", "read it from the chain's events")
    if len(entry) < HEAD_BYTES:
        raise broken
    count = int.from_bytes(entry[18:20])
    settled = entry[0] == SETTLED
    lines_end = HEAD_BYTES + count * LINE_WORDS * _WORD
    if entry[0] not in (SETTLED, PARKED) or len(entry) != lines_end + (count * _WORD if settled else 0) or not count:
        raise broken
    words = [entry[at : at + _WORD] for at in range(HEAD_BYTES, lines_end, _WORD)]
    return Entry(
        payer=int.from_bytes(entry[2:6]),
        provider=int.from_bytes(entry[6:10]),
        taken_at=int.from_bytes(entry[10:15]),
        settled=settled,
        in_network=bool(entry[1] & IN_NETWORK),
        after_others=bool(entry[1] & AFTER_OTHERS),
        reasons=parked_of(int.from_bytes(entry[15:18])),
        terms=int.from_bytes(entry[20:52]),
        control_number=entry[52:84],
        record=entry[84:116],
        diagnoses=entry[116:148],
        lines=tuple(int.from_bytes(word) for word in words[::LINE_WORDS]),
        procedures=tuple(words[1::LINE_WORDS]),
        outcomes=tuple(int.from_bytes(entry[at : at + _WORD]) for at in range(lines_end, len(entry), _WORD)),
    )
