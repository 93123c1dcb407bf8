"""Which data sources a consent is about: the bytes32 scope word.

Byte 0 is the kind (0 any source, 1 data held by one custodian), bytes 1 to 30 the payload (for a custodian
its organisation number, big-endian), byte 31 the part. One document may need several packed words for the
same grantee and source; `part` numbers them from 0 to 255.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from carechain.errors import CarechainError

ANY_SOURCE = 0
CUSTODIAN = 1
MAX_PARTS = 256
_PAYLOAD_BYTES = 30


@dataclass(frozen=True)
class Scope:
    """Kind of source, its payload (0 for any source) and the part number."""

    kind: int = ANY_SOURCE
    payload: int = 0
    part: int = 0

    def __post_init__(self) -> None:
        """Raises CarechainError when a field is out of range or any source carries a payload."""
        if self.kind not in (ANY_SOURCE, CUSTODIAN):
            raise CarechainError("The scope's kind", f"is {self.kind}", "use 0 (any source) or 1 (one custodian)")
        if not 0 <= self.part < MAX_PARTS:
            raise CarechainError("The scope's part", f"is {self.part}", "use 0 to 255")
        if self.kind == ANY_SOURCE and self.payload != 0:
            raise CarechainError("The scope's payload", "is set although the scope is any source", "use payload 0")
        if self.kind == CUSTODIAN and not 0 < self.payload < 1 << 8 * _PAYLOAD_BYTES:
            raise CarechainError("The scope's payload", "is not an organisation number", "use 1 to 2**240 - 1")

    @classmethod
    def any(cls) -> Scope:
        """Data of any source."""
        return cls()

    @classmethod
    def of_custodian(cls, organisation: int) -> Scope:
        """Data held by the organisation of this number (1 to 2**240 - 1)."""
        return cls(CUSTODIAN, organisation)

    @classmethod
    def from_bytes(cls, word: bytes) -> Scope:
        """Reads a bytes32. Raises CarechainError when it is not 32 bytes or not a scope."""
        if len(word) != 32:
            raise CarechainError("The scope", f"is {len(word)} bytes long", "give exactly 32 bytes")
        return cls(word[0], int.from_bytes(word[1:31], "big"), word[31])

    def to_bytes(self) -> bytes:
        """The bytes32 of the registry."""
        return bytes([self.kind]) + self.payload.to_bytes(_PAYLOAD_BYTES, "big") + bytes([self.part])

    def with_part(self, part: int) -> Scope:
        """The same source, another part (0 to 255)."""
        return replace(self, part=part)

    @property
    def custodian(self) -> int | None:
        """The custodian's organisation number, or None for any source."""
        return self.payload if self.kind == CUSTODIAN else None

    def describe(self) -> str:
        """The source in words."""
        held = "data of any source" if self.kind == ANY_SOURCE else f"data held by organisation {self.payload}"
        return held if self.part == 0 else f"{held}, part {self.part}"
