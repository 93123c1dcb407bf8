"""An EPCIS document is applied to the ledger: all of it in one transaction, or nothing of it; and only once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from web3.contract.contract import ContractFunction

from carechain.chain import Sender, Sent
from carechain.contract_errors import ContractRefusal
from carechain.epcis.events import Event
from carechain.epcis.reading import Reading
from carechain.errors import CarechainError
from carechain.supply.capture import Plan, Planner
from carechain.supply.journal import Entry, Journal, root_of
from carechain.supply.ledger import SupplyLedger
from carechain.supply.lot_book import LotBook
from carechain.supply.parties import Parties

GAS_MAX = 16_777_216
"""What one transaction may use (EIP-7825)."""


@dataclass
class Ingested:
    """What became of a document. Of its `events`, `known` were there already; `effects` says by their places what the
    others did, if anything. `refusals` are all reasons for which nothing was done."""

    events: int = 0
    known: int = 0
    effects: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refusals: list[CarechainError] = field(default_factory=list)
    sent: Sent | None = None


@dataclass(frozen=True)
class _Batch:
    """Events that go into one entry of the log. `corrects` is the entry that they correct, or None; `declared` are the
    hashes of those that are declared wrong."""

    events: tuple[Event, ...]
    corrects: int | None
    declared: tuple[str, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        return tuple(event.hash for event in self.events)

    @property
    def effective(self) -> list[Event]:
        """The events that may have an effect: not one that was wrong before it was on record."""
        return [event for event in self.events if self.corrects is not None or event.hash not in self.declared]


class Ingestion:
    """What an organisation needs to apply documents."""

    def __init__(
        self, ledger: SupplyLedger, sender: Sender, organisation: int, book: LotBook, parties: Parties, journal: Journal
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._organisation = organisation
        self._book = book
        self._parties = parties
        self._journal = journal

    def ingest(self, reading: Reading) -> Ingested:
        """Applies a document that was read. Raises as the ledger does; why a document is refused is in the outcome."""
        if reading.document is None:
            return Ingested(refusals=list(reading.findings))
        name = reading.document.name
        outcome = Ingested(len(reading.events), notes=[str(note) for note in reading.notes])
        batches = list(self._batches(reading.events, outcome))
        fresh = [event for batch in batches for event in batch.events]
        outcome.known = outcome.events - len(fresh)
        if fresh:
            # Whatever is under way may be this very document.
            self._ledger.chain.require_settled(self._sender)
        if not fresh or self._was_applied(batches, name):
            outcome.known = outcome.events
            return outcome
        touched = [each for entry in self._journal.entries() for each in entry.touched]
        planner = Planner(self._ledger, self._sender, self._organisation, self._book, self._parties, touched)
        try:
            plan = planner.plan([event for batch in batches for event in batch.effective])
            outcome.notes += plan.notes
            outcome.refusals += plan.refusals
            if plan.refusals:
                planner.discard()
                return outcome
            call = self._prepared(plan, batches, name)
        except _Refused as error:
            planner.discard()
            outcome.refusals.append(error)
            return outcome
        except BaseException:  # nothing was sent, so nothing of it stays
            planner.discard()
            raise
        # From here on it may be mined, whatever happens to us: its files stay, unless the chain has refused it.
        try:
            outcome.sent = self._ledger.chain.send(call, self._sender, "apply a document")
        except ContractRefusal as refusal:
            planner.discard()
            outcome.refusals.append(self._refused(refusal, self._calls(plan, batches, name)))
            return outcome
        outcome.effects = {event.place: plan.effects.get(event.place, []) for event in fresh}
        self._keep(outcome.sent, batches, plan, name)
        return outcome

    # ------------------------------------------------------------------ what is new

    def _batches(self, events: Sequence[Event], outcome: Ingested) -> Iterator[_Batch]:
        """Events that are not in the log yet; those that declare others wrong by the entries that they correct."""
        entry_of, declared = self._journal.entry_of(), self._journal.declared()
        fresh: dict[str, Event] = {}
        wrong: dict[str, Event] = {}
        corrections: dict[int, dict[str, Event]] = {}
        for event in events:
            if event.hash not in entry_of:
                kept = fresh if event.error_declaration is None else wrong
                kept.setdefault(event.hash, event)
            elif event.error_declaration is not None and event.hash not in declared:
                corrections.setdefault(entry_of[event.hash], {}).setdefault(event.hash, event)
        for each, event in wrong.items():
            known = "that this document tells, and takes its effect" if each in fresh else "that is not on record here"
            outcome.notes.append(f"{event.place} declares an event wrong {known}")
            fresh.setdefault(each, event)
        if fresh:
            yield _Batch(tuple(fresh.values()), None, tuple(wrong))
        for index, corrected in corrections.items():
            yield _Batch(tuple(corrected.values()), index, tuple(corrected))

    def _was_applied(self, batches: Sequence[_Batch], name: str) -> bool:
        """Whether the log has these very batches, although the journal does not: then it was interrupted between the
        chain and the journal, which is made good."""
        logged = self._ledger.events(("EventsAnchored",), {"organisation": self._organisation})
        places = {
            (bytes(event.values["root"]), event.values["count"], event.values["corrects"]): event.values["index"]
            for event in logged
        }
        keys = [(root_of(batch.hashes), len(batch.hashes), _target(batch)) for batch in batches]
        if not all(key in places for key in keys):
            return False
        for batch, key in zip(batches, keys, strict=True):
            self._journal.keep(Entry(places[key], batch.corrects, batch.hashes, name, (), batch.declared))
        return True

    # ------------------------------------------------------------------ carrying it out

    def _calls(self, plan: Plan, batches: Sequence[_Batch], name: str) -> list[tuple[ContractFunction, str]]:
        """Every call of a plan, and the event that it is for."""
        planned = [(step.call, step.place) for step in plan.steps]
        return planned + [(self._anchor(batch), name) for batch in batches]

    def _prepared(self, plan: Plan, batches: Sequence[_Batch], name: str) -> ContractFunction:
        """The one call that carries a plan out, tried. Raises _Refused if the chain does not take it."""
        calls = self._calls(plan, batches, name)
        together = self._ledger.together([call for call, _ in calls])
        try:
            gas = self._ledger.chain.estimate(together, self._sender, "apply a document")
        except ContractRefusal as refusal:
            raise self._refused(refusal, calls) from None
        if gas > GAS_MAX:
            problem = f"would take {gas:,} gas, more than one transaction may"
            raise _Refused(name, problem, "split it into several documents")
        return together

    def _refused(self, refusal: ContractRefusal, calls: Sequence[tuple[ContractFunction, str]]) -> _Refused:
        """A refusal, with the event that it is of."""
        place = calls[self._first_refused([call for call, _ in calls])][1]
        return _Refused(place, refusal.problem, refusal.mend)

    def _first_refused(self, calls: Sequence[ContractFunction]) -> int:
        """Which of the calls is refused, when those before it are made."""
        passes, fails = 0, len(calls)
        while fails - passes > 1:
            middle = (passes + fails) // 2
            try:
                self._ledger.attempt(calls[:middle], self._sender, "looking for what is refused")
                passes = middle
            except ContractRefusal:
                fails = middle
        return fails - 1

    def _anchor(self, batch: _Batch) -> ContractFunction:
        return self._ledger.functions.anchorEvents(len(batch.hashes), _target(batch), root_of(batch.hashes))

    def _keep(self, sent: Sent, batches: Sequence[_Batch], plan: Plan, name: str) -> None:
        logged = self._ledger.chain.events(
            "DrugSupplyChain", ("EventsAnchored",), {"organisation": self._organisation}, sent.block, sent.block
        )
        own = [event for event in logged if event.transaction == sent.hash]
        for n, (batch, event) in enumerate(zip(batches, own, strict=True)):
            touched = () if n else tuple(plan.touched)
            index = event.values["index"]
            self._journal.keep(Entry(index, batch.corrects, batch.hashes, name, touched, batch.declared))


class _Refused(CarechainError):  # noqa: N818 - it is what happened, not what went wrong here
    """A document that the ledger does not take: nothing was sent."""


def _target(batch: _Batch) -> int:
    """As the contract names the entry that is corrected."""
    return 0 if batch.corrects is None else batch.corrects + 1
