"""The roles of accredited organisations: the twin of contracts/types/Roles.sol."""

from __future__ import annotations

from collections.abc import Iterable

from carechain.errors import CarechainError

ROLES = (
    "provider",
    "laboratory",
    "pharmacy",
    "manufacturer",
    "repackager",
    "wholesaler",
    "carrier",
    "returns processor",
    "inspector",
    "sponsor",
    "research organisation",
    "investigator site",
    "ethics board",
    "safety board",
    "payer",
    "claim reviewer",
    "regulator",
    "auditor",
    "relayer",
    "storage node",
    "sensor operator",
)
"""Role i is bit i."""


def role_mask(names: Iterable[str], place: str = "The roles") -> int:
    """The bitmap of named roles. Raises CarechainError for an unknown one."""
    mask = 0
    for name in names:
        if name not in ROLES:
            raise CarechainError(place, f"names the unknown role {name!r}", f"use some of: {', '.join(ROLES)}")
        mask |= 1 << ROLES.index(name)
    return mask


def role_names(mask: int) -> tuple[str, ...]:
    """The names of the roles in a bitmap; bits without a meaning are left out."""
    return tuple(name for bit, name in enumerate(ROLES) if mask >> bit & 1)
