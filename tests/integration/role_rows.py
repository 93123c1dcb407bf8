"""How the table of roles is written: everybody who might call, and rows that say to whom a call is refused, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

GOVERNORS = ("deployer", "admin", "registrar", "supervisor", "guardian")
TRADERS = (
    "manufacturer",
    "repackager",
    "wholesaler",
    "pharmacy",
    "carrier",
    "processor",
    "inspector",
    "regulator",
    "sensor_operator",
    "second_wholesaler",
    "second_pharmacy",
    "second_carrier",
)
TRIALISTS = ("sponsor", "site", "second_site", "ethics_board", "safety_board", "second_regulator")
INSURERS = ("payer", "second_payer", "reviewer", "second_reviewer", "external_reviewer", "second_provider")
REGULATORS = ("regulator", "second_regulator")
OPERATORS = ("hospital", "laboratory", "clinic", "auditor", "relayer", *TRADERS, *TRIALISTS, *INSURERS)
"""Keys of the founders, in their order."""
ROLES = (
    *GOVERNORS,
    *OPERATORS,
    "patient",
    "representative",
    "retired_key",
    "recovered_key",
    "recovery_guardian",
    "proposed_operator",
    "stranger",
)

Arguments = Callable[[SimpleNamespace], tuple[Any, ...]]


@dataclass(frozen=True)
class Row:
    """A call, and with which error it is refused to whom. None: it is not."""

    arguments: Arguments
    others: str | None
    besides: Mapping[str, str | None] = field(default_factory=dict)

    def outcome(self, role: str) -> str | None:
        return self.besides.get(role, self.others)


def anyone(arguments: Arguments, **besides: str | None) -> list[Row]:
    return [Row(arguments, None, besides)]


def only(*roles: str, arguments: Arguments, refusal: str, **besides: str | None) -> list[Row]:
    return [Row(arguments, refusal, {**besides, **dict.fromkeys(roles)})]


def only_operators(*roles: str, arguments: Arguments, **besides: str | None) -> list[Row]:
    """For some, and refused to all others because their key, or their organisation's role, is none for it."""
    return only(*roles, arguments=arguments, refusal="OperatorNotInStanding", **besides)
