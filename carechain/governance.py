"""Who governs a deployment: the roles of its AccessManager, who holds them, and with what delay they act."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eth_utils.address import is_checksum_address

from carechain import strict_yaml
from carechain.errors import CarechainError

ADMIN = 0
REGISTRAR = 1
SUPERVISOR = 2
GUARDIAN = 3

ROLE_NAMES = {ADMIN: "admin", REGISTRAR: "registrar", SUPERVISOR: "supervisor", GUARDIAN: "guardian"}

FUNCTION_ROLES: dict[str, dict[str, int]] = {
    "Participants": {
        "accredit": REGISTRAR,
        "amend": REGISTRAR,
        "reinstate": REGISTRAR,
        "withdraw": REGISTRAR,
        "resetOperators": REGISTRAR,
        "suspend": SUPERVISOR,
    },
    "ConsentRegistry": {"pauseRelaying": GUARDIAN, "resumeRelaying": GUARDIAN},
}
"""Every function of the suite that only a role of the governance may call; a test holds that there is no other."""

HOUR = 3_600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Governance:
    """The holders of the roles. Suspending and pausing act at once; the delays are in seconds.

    The guardian can cancel what the registrar has scheduled.
    """

    admin: str
    registrar: str
    supervisor: str
    guardian: str
    admin_delay: int = 5 * DAY
    registrar_delay: int = DAY

    def __post_init__(self) -> None:
        """Raises CarechainError for an address that isn't one, or a delay the AccessManager can't hold."""
        for name in ROLE_NAMES.values():
            if not is_checksum_address(getattr(self, name)):
                raise CarechainError(
                    f"The governance's {name}", "is not a checksummed address", "copy it from the wallet, in quotes"
                )
        for name in ("admin_delay", "registrar_delay"):
            delay = getattr(self, name)
            if type(delay) is not int or not 0 <= delay < 1 << 32:
                raise CarechainError(f"The governance's {name}", "is not a number of seconds below 2**32")

    def holders(self) -> dict[int, tuple[str, int]]:
        """Role to its holder and the seconds its calls must be scheduled ahead."""
        return {
            ADMIN: (self.admin, self.admin_delay),
            REGISTRAR: (self.registrar, self.registrar_delay),
            SUPERVISOR: (self.supervisor, 0),
            GUARDIAN: (self.guardian, 0),
        }


def read_governance(path: Path, chain_id: int) -> Governance:
    """The governance that a YAML file states for a chain, under its number as the key.

    Raises CarechainError when the file or the chain's entry is missing or malformed: a deployment never
    guesses who is to govern it.
    """
    mend = f"state admin, registrar, supervisor and guardian for chain {chain_id} there (see docs/DEPLOYING.md)"
    entries = strict_yaml.load(path, mend)
    entry = entries.get(chain_id) if isinstance(entries, dict) else None
    if not isinstance(entry, dict):
        raise CarechainError(str(path), f"says nothing of chain {chain_id}", mend)
    try:
        return Governance(**entry)
    except TypeError:
        raise CarechainError(str(path), f"has unknown or missing fields for chain {chain_id}", mend) from None
