"""What a workflow did, once for a person and once as facts: a printed report, and reports/<script>-<function>.json."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from requests.exceptions import RequestException
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from rich.text import Text

from carechain.chain import Sent, log
from carechain.errors import CarechainError, sentence
from carechain.private_file import write_private

WIDTH = 110
"""Columns of a report that goes to a file or a pipe."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls of the terminal, turns of the direction of writing, and bytes of file names that are no UTF-8."""


class Report:
    """Collects the facts of one run of a workflow. Printed as they come, written to disk by `close`.

    Whatever is printed is printed as it is, never read as Rich's markup: names come from files and from the chain.
    """

    def __init__(self, script: str, function: str, folder: Path, console: Console | None = None) -> None:
        self.path = folder / f"{script}-{function}.json"
        self.console = console or Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDTH)
        self.facts: dict[str, Any] = {"workflow": f"{script} {function}"}
        self._transactions: list[Sent] = []
        self._refusals: list[dict[str, str]] = []

    def title(self, text: str) -> None:
        self._print(f"\n{text}", "bold")

    def say(self, text: str) -> None:
        """A line for the person alone."""
        self._print(text)

    def note(self, text: str) -> None:
        """A line that is a fact, too."""
        self.add("notes", text)
        self._print(f"  note: {text}")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table for the person; its facts are kept by the caller under a name of their own."""
        table = Table(
            title=_seen(title), title_justify="left", title_style="", box=None, pad_edge=False, padding=(0, 2, 0, 0)
        )
        for column in columns:
            table.add_column(_seen(column), overflow="fold")
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else _seen(str(cell)) for cell in row))
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
            yield from track(items, description=escape(_seen(what).plain), console=self.console, transient=True)

    def close(self) -> None:
        """Writes the facts, for the user alone to read, and prints what is left to tell. A half-written report never
        replaces a whole one; facts that cannot be written are one more refusal."""
        try:
            self._write()
        except OSError as error:
            self.refused(
                str(self.path),
                f"cannot be written ({_cause(error)})",
                "see that you may write there and that the disk has room",
            )
        finally:
            self._print_outcome()

    def _write(self) -> None:
        self.facts["transactions"] = [
            {"what": s.what, "transaction": s.hash, "block": s.block, "gas": s.gas} for s in self._transactions
        ]
        self.facts["gas"] = self.gas
        self.facts["refused"] = self._refusals
        text = json.dumps(self.facts, indent=2, ensure_ascii=False) + "\n"
        # A name that is no UTF-8 becomes an escape, which JSON reads as the same name.
        write_private(self.path, text.encode("utf-8", "backslashreplace").decode(), replace=True)

    def _print_outcome(self) -> None:
        if self._transactions:
            self.table(
                "Transactions",
                ("what", "gas", "block", "transaction"),
                [(s.what, f"{s.gas:,}", s.block, s.hash[:10] + "…") for s in self._transactions],
            )
        for refusal in self._refusals:
            self._print("Refused: " + sentence(*refusal.values()))

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(_seen(text, style))


@contextmanager
def reporting(script: str, function: str, folder: Path) -> Iterator[Report]:
    """A report that is written whatever happens. Ends the program with exit code 1 when anything was refused.

    A CarechainError, a file that cannot be used and a node that is down become refusals, so that a person reads a
    sentence and not a traceback. Anything else is raised again when the report is written, and named there.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # where the terminal lacks a character, it is written out
        sys.stdout.reconfigure(errors="backslashreplace")
    report = Report(script, function, folder)
    try:
        with _log_as_asked():
            yield report
    except CarechainError as error:
        report.refused(error.place, error.problem, error.mend)
    except RequestException:  # an OSError too, but not of a file
        report.refused("The node", "did not answer", "start the chain, or check its address")
    except OSError as error:
        place = str(error.filename or "A file")
        report.refused(place, f"cannot be read or written ({_cause(error)})", "check that it is there and yours to use")
    except BaseException as exception:
        report.keep(stoppedBy=type(exception).__name__)
        raise
    finally:
        report.close()
    if report.has_refusals:
        raise SystemExit(1)


@contextmanager
def _log_as_asked() -> Iterator[None]:
    """Where the variable CARECHAIN_LOG is "debug", the log goes to stderr."""
    if os.environ.get("CARECHAIN_LOG") != "debug":
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)


def _seen(text: str, style: str = "") -> Text:
    return Text(_UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text), style)


def _cause(error: OSError) -> str:
    return error.strerror or type(error).__name__
