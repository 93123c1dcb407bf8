"""Which data sources a consent is about: the bytes32 scope word.

Byte 0 is the kind (0 any source, 1 data held by one custodian, 2 participation in a trial), bytes 1 to 30 the payload
(big-endian: for a custodian its organisation number; for a trial its number, and in the last two bytes the version of
its consent form), byte 31 the part. One document may need several packed words for the
same grantee and source; `part` numbers them from 0 to 255.

The registry records whatever word a patient signs, so a scope that is read may be of a kind that this version
does not know. Such a scope is kept as it is; only scopes of known meaning are made here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from carechain.errors import CarechainError

ANY_SOURCE = 0
CUSTODIAN = 1
TRIAL = 2
MAX_PARTS = 256
MAX_ORGANISATION = (1 << 32) - 1
"""Largest organisation number: the contracts hold it in a uint32. The first is 1."""
MAX_TRIAL = (1 << 64) - 1
"""Largest trial number: sponsor << 32 | the sponsor's own number."""
MAX_CONSENT_VERSION = (1 << 16) - 1
_PAYLOAD_BYTES = 30
_VERSION_BITS = 16


@dataclass(frozen=True)
class Scope:
    """Kind of source (0 to 255), its payload (below 2**240; 0 for any source) and the part number (0 to 255)."""

    kind: int = ANY_SOURCE
    payload: int = 0
    part: int = 0

    def __post_init__(self) -> None:
        """Raises CarechainError when a field does not fit its bytes."""
        for name, limit in (("kind", 256), ("payload", 1 << 8 * _PAYLOAD_BYTES), ("part", MAX_PARTS)):
            if not 0 <= getattr(self, name) < limit:
                raise CarechainError(f"The scope's {name}", "does not fit its bytes", "correct the value")

    @classmethod
    def any(cls) -> Scope:
        """Data of any source."""
        return cls()

    @classmethod
    def of_custodian(cls, organisation: int) -> Scope:
        """Data held by the organisation of this number. Raises CarechainError unless it is 1 to 2**32 - 1."""
        if not 0 < organisation <= MAX_ORGANISATION:
            raise CarechainError("The scope's custodian", "is not an organisation number", "use 1 to 2**32 - 1")
        return cls(CUSTODIAN, organisation)

    @classmethod
    def of_trial(cls, trial: int, consent_version: int) -> Scope:
        """Participation in a trial, under a version of its consent form. Raises CarechainError unless the trial has a
        sponsor (2**32 to 2**64 - 1) and the version is 1 to 65535."""
        if not MAX_ORGANISATION < trial <= MAX_TRIAL or not 0 < consent_version <= MAX_CONSENT_VERSION:
            raise CarechainError("The scope's trial", "is none, or its consent form has no such version", "correct it")
        return cls(TRIAL, trial << _VERSION_BITS | consent_version)

    @classmethod
    def from_bytes(cls, word: bytes) -> Scope:
        """Reads a bytes32, of an unknown kind too. Raises CarechainError when it is not 32 bytes."""
        if len(word) != 32:
            raise CarechainError("The scope", f"is {len(word)} bytes long", "give exactly 32 bytes")
        return cls(word[0], int.from_bytes(word[1:31], "big"), word[31])

    @property
    def known(self) -> bool:
        """Whether this version knows what the kind and payload mean."""
        if self.kind == ANY_SOURCE:
            return self.payload == 0
        if self.kind == TRIAL:
            trial, version = divmod(self.payload, 1 << _VERSION_BITS)
            return MAX_ORGANISATION < trial <= MAX_TRIAL and 0 < version <= MAX_CONSENT_VERSION
        return self.kind == CUSTODIAN and 0 < self.payload <= MAX_ORGANISATION

    def to_bytes(self) -> bytes:
        """The bytes32 of the registry."""
        return bytes([self.kind]) + self.payload.to_bytes(_PAYLOAD_BYTES, "big") + bytes([self.part])

    def with_part(self, part: int) -> Scope:
        """The same source, another part (0 to 255)."""
        return replace(self, part=part)

    @property
    def custodian(self) -> int | None:
        """The custodian's organisation number; None for any source and for a scope that is not known."""
        return self.payload if self.known and self.kind == CUSTODIAN else None

    @property
    def trial(self) -> tuple[int, int] | None:
        """The trial's number and the version of its consent form; None for any other scope."""
        return divmod(self.payload, 1 << _VERSION_BITS) if self.known and self.kind == TRIAL else None

    def reaches(self, custodian: int | None) -> bool:
        """Whether it is about data that the custodian holds; without one, only if it is about data of any source."""
        return self.known and self.kind != TRIAL and self.custodian in (None, custodian)

    def describe(self) -> str:
        """The source in words."""
        if not self.known:
            return f"a scope of kind {self.kind} that this version does not know"
        if self.trial is not None:
            number, version = self.trial
            held = f"participation in trial {number >> 32}.{number & MAX_ORGANISATION}, consent form {version}"
        else:
            held = "data of any source" if self.kind == ANY_SOURCE else f"data held by organisation {self.payload}"
        return held if self.part == 0 else f"{held}, part {self.part}"
