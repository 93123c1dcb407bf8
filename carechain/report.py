"""What a workflow did, once for a person and once as facts: a printed report, and reports/<script>-<function>.json."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from carechain.chain import Sent
from carechain.errors import CarechainError, sentence

WIDTH = 110
"""Columns of a report that goes to a file or a pipe."""

log = logging.getLogger("carechain")
"""The one logger. It never gets health data: no element values, no narrative, no keys."""


class Report:
    """Collects the facts of one run of a workflow. Printed as they come, written to disk by `close`."""

    def __init__(self, script: str, function: str, folder: Path, console: Console | None = None) -> None:
        self.path = folder / f"{script}-{function}.json"
        self.console = console or Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDTH)
        self.facts: dict[str, Any] = {"workflow": f"{script} {function}"}
        self._transactions: list[Sent] = []
        self._refusals: list[dict[str, str]] = []

    def title(self, text: str) -> None:
        self.console.print(f"\n{text}", style="bold", markup=False)

    def say(self, text: str) -> None:
        """A line for the person alone."""
        self.console.print(text, markup=False)

    def note(self, text: str) -> None:
        """A line that is a fact, too."""
        self.add("notes", text)
        self.console.print(f"  note: {text}", markup=False)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table for the person; its facts are kept by the caller under a name of their own.

        Cells are printed as they are, never read as Rich's markup: names come from files and from the chain.
        """
        table = Table(
            title=Text(title), title_justify="left", title_style="", box=None, pad_edge=False, padding=(0, 2, 0, 0)
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
        self.console.print(table)

    def keep(self, **facts: Any) -> None:
        self.facts.update(facts)

    def add(self, name: str, fact: Any) -> None:
        """One more of the facts that stand in a list under `name`."""
        self.facts.setdefault(name, []).append(fact)

    def sent(self, transaction: Sent | None) -> None:
        """A transaction that succeeded; None, as where nothing had to be sent, is no fact."""
        if transaction is not None:
            self._transactions.append(transaction)

    def refused(self, element: str, reason: str, mend: str = "") -> None:
        self._refusals.append({"element": element, "reason": reason, "mend": mend})

    @property
    def transactions(self) -> tuple[Sent, ...]:
        return tuple(self._transactions)

    @property
    def refusals(self) -> tuple[dict[str, str], ...]:
        return tuple(self._refusals)

    @property
    def has_refusals(self) -> bool:
        return bool(self._refusals)

    @property
    def gas(self) -> int:
        return sum(sent.gas for sent in self._transactions)

    def progress(self, items: Sequence[Any], what: str) -> Iterator[Any]:
        """The items, with a bar for the person when there are enough of them to wait for."""
        if len(items) < 20:
            yield from items
        else:
            yield from track(items, description=what, console=self.console, transient=True)

    def close(self) -> None:
        """Prints what is left to tell and writes the facts; a half-written report never replaces a whole one."""
        if self._transactions:
            self.table(
                "Transactions",
                ("what", "gas", "block", "transaction"),
                [(s.what, f"{s.gas:,}", s.block, s.hash[:10] + "…") for s in self._transactions],
            )
        for refusal in self._refusals:
            self.console.print("Refused: " + sentence(*refusal.values()), markup=False)
        self.facts["transactions"] = [
            {"what": s.what, "transaction": s.hash, "block": s.block, "gas": s.gas} for s in self._transactions
        ]
        self.facts["gas"] = self.gas
        self.facts["refused"] = self._refusals
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_suffix(".json.new")
        beside.write_text(json.dumps(self.facts, indent=2, ensure_ascii=False) + "\n", "utf-8")
        beside.replace(self.path)


@contextmanager
def reporting(script: str, function: str, folder: Path) -> Iterator[Report]:
    """A report that is written whatever happens. Ends the program with exit code 1 when anything was refused; a
    CarechainError becomes a refusal, so that a person reads a sentence and not a traceback."""
    report = Report(script, function, folder)
    try:
        yield report
    except CarechainError as error:
        report.refused(error.place, error.problem, error.mend)
    report.close()
    if report.has_refusals:
        raise SystemExit(1)
