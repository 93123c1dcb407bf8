"""The frame of the demonstration: its people, its steps, and what each of them has to show."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from carechain.chain import Chain, Sender
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError
from carechain.report import Report
from scripts.suite import ROOT, scratch, sender

EXAMPLES = ROOT / "examples"
PATIENT = "Patient/river-0042"
DAY = 86_400

ADMIN, REGISTRAR, SUPERVISOR, GUARDIAN, HOSPITAL, LABORATORY, CLINIC, AUDITOR, RELAYER = 1, 2, 3, 4, 5, 6, 7, 10, 11
"""Accounts of the local node, by who uses them."""


@dataclass
class Step:
    """One step of the demonstration: what it cost, and what it found."""

    title: str
    gas: int = 0
    seconds: float = 0.0
    facts: list[Any] = field(default_factory=list)


class Demo:
    """The people and the chain. A step says what happens and checks that it did."""

    def __init__(self, chain: Chain, console: Console) -> None:
        self.chain = chain
        self.console = console
        self.steps: list[Step] = []
        self._step = Step("")

    def account(self, index: int) -> Sender:
        return sender(self.chain, index=index)

    @contextmanager
    def step(self, title: str) -> Iterator[Report]:
        """Gives a report for the step, and adds its gas and facts to the whole."""
        self._step = Step(title)
        self.steps.append(self._step)
        self.console.print(f"\n[bold cyan]{len(self.steps)}. {title}[/bold cyan]")
        report = Report("demo", f"step-{len(self.steps)}", scratch(), self.console)
        began = time.monotonic()
        yield report
        report.close()
        self._step.gas = report.gas
        self._step.seconds = round(time.monotonic() - began, 2)
        self._step.facts.append(report.facts)

    def expect(self, what: str, holds: bool) -> None:
        """Says what was checked; a demonstration that does not hold is a failure."""
        if not holds:
            raise CarechainError(f"Step {len(self.steps)}", f"should show that {what}, and doesn't", "run: make test")
        self.console.print(f"  [green]✓[/green] {what}", highlight=False)

    def refused(self, what: str, error: str, attempt: Any) -> None:
        """Makes an attempt that has to be refused with this error."""
        try:
            attempt()
        except ContractRefusal as refusal:
            self.expect(f"{what}: refused, {refusal.name}", refusal.name == error)
        else:
            self.expect(f"{what}: refused", False)

    def pass_time(self, seconds: int) -> None:
        """Lets the chain's clock run ahead, so that a day's delay needn't be waited for."""
        for method, arguments in (("evm_increaseTime", [seconds]), ("evm_mine", [])):
            self.chain.web3.provider.make_request(method, arguments)  # type: ignore[arg-type, union-attr]
