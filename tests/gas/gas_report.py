"""What operations cost, against their floor, the best peer, the target and the budget.

tests/gas/budget.json holds, for each operation: `budget`, the gas per item of the last accepted measurement; `target`,
which no measurement may exceed; `floor` and `peer`, to compare with, as text. A change that costs more than 1 % above
its budget fails; one that is accepted, or that saves gas, is accepted by writing its figure into the budget.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUDGET = Path(__file__).with_name("budget.json")
TOLERANCE = 1.01


@dataclass(frozen=True)
class Measurement:
    """Gas and calldata of one transaction or call that did `items` things."""

    gas: int
    calldata_bytes: int
    items: int = 1

    @property
    def gas_per_item(self) -> float:
        return round(self.gas / self.items, 2)


@dataclass
class GasReport:
    """The measurements of one run."""

    budget: dict[str, dict[str, Any]]
    measured: dict[str, Measurement] = field(default_factory=dict)

    @classmethod
    def with_budget(cls) -> GasReport:
        return cls(json.loads(BUDGET.read_text("utf-8")))

    def record(self, operation: str, measurement: Measurement) -> None:
        """Keeps a measurement. Fails when it is above the target, or more than 1 % above the budget."""
        self.measured[operation] = measurement
        limits = self.budget[operation]
        cost = measurement.gas_per_item
        assert cost <= limits["target"], f"{operation} costs {cost:,} gas, above its target of {limits['target']:,}"
        assert cost <= limits["budget"] * TOLERANCE, (
            f"{operation} costs {cost:,} gas, more than 1 % above its budget of {limits['budget']:,}"
        )

    @property
    def is_complete(self) -> bool:
        return set(self.measured) == set(self.budget)

    def facts(self) -> dict[str, dict[str, float]]:
        return {
            operation: {
                "gas": measurement.gas,
                "calldata_bytes": measurement.calldata_bytes,
                "items": measurement.items,
                "gas_per_item": measurement.gas_per_item,
            }
            for operation, measurement in sorted(self.measured.items())
        }

    def table(self) -> str:
        rows = [("operation", "floor", "best peer", "target", "budget", "measured")]
        for operation, measurement in self.measured.items():
            limits = self.budget[operation]
            rows.append(
                (
                    operation,
                    limits["floor"],
                    limits["peer"],
                    f"{limits['target']:,}",
                    f"{limits['budget']:,}",
                    f"{measurement.gas_per_item:,}",
                )
            )
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
