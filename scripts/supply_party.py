"""What the supply workflows share: a trading partner's side, with its lot book, its parties and its journal.

On a local chain the organisation is named by as=<number>, and the node's account that speaks for it sends. On any other
chain it is the one for which account=<keystore name> speaks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from brownie import network

from carechain.chain import Chain, Sender
from carechain.epcis.reading import read
from carechain.epcis.writing import to_json
from carechain.errors import CarechainError
from carechain.gs1 import keys
from carechain.gs1.scan import Scan, read_scan
from carechain.organisations import names_of
from carechain.report import Report
from carechain.supply import words
from carechain.supply.export import Exporter
from carechain.supply.history import (
    REASONS,
    VERDICTS,
    History,
    holders_of_recalled,
    pedigree_of,
    status_of,
)
from carechain.supply.ingestion import Ingested, Ingestion
from carechain.supply.journal import Journal
from carechain.supply.ledger import CONTRACT, RegisteredLot, SupplyLedger
from carechain.supply.lot_book import LotBook
from carechain.supply.parties import Parties
from carechain.supply.passport import Passport
from carechain.supply.pedigree import Pedigree
from carechain.supply.recall_record import RecallRecord
from carechain.supply.unit_temperatures import temperatures_of
from carechain.supply.words import Reason, Verdict
from scripts.cold_chain_session import Session
from scripts.organisations import operator_of
from scripts.suite import EPHEMERAL_NETWORK, ROOT, connect, is_local, scratch

OPTIONS = ("as", "account", "lots", "parties", "journal", "readings")

_TOGETHER = 200
"""Acknowledgements in one transaction: far below what it may use."""
_LOT_NAME = re.compile(r"([0-9]{1,10})\.([0-9]{1,10})", re.ASCII)


@dataclass
class Party:
    """A trading partner at work."""

    chain: Chain
    named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, named: dict[str, str]) -> Party:
        return cls(connect(), named)

    # ------------------------------------------------------------------ who, and with what

    @cached_property
    def ledger(self) -> SupplyLedger:
        return SupplyLedger(self.chain)

    @cached_property
    def sender(self) -> Sender:
        organisation = self.organisation_named(self.named["as"]) if "as" in self.named else None
        if organisation is None and "account" not in self.named and is_local(self.chain):
            raise CarechainError("The organisation", "is not named", "say whose work this is: as=<organisation>")
        return operator_of(self.chain, organisation or 0, self.named.get("account"))

    @cached_property
    def organisation(self) -> int:
        """The organisation for which the sender speaks."""
        found = self.ledger.organisation_of(self.sender)
        if "as" in self.named and found != self.organisation_named(self.named["as"]):
            raise CarechainError(f"The option as={self.named['as']}", f"is not organisation {found}", "leave it out")
        return found

    @cached_property
    def book(self) -> LotBook:
        return LotBook(Path(self.named.get("lots", self._private() / "lots")))

    @cached_property
    def parties(self) -> Parties:
        return Parties.load(Path(self.named.get("parties", ROOT / "examples" / "supply" / "parties.yaml")))

    @cached_property
    def journal(self) -> Journal:
        folder = Path(self.named.get("journal", self._private() / "epcis"))
        address = self.chain.book[CONTRACT].address
        return Journal(folder / str(self.chain.book.chain_id) / address / str(self.organisation))

    @staticmethod
    def _private() -> Path:
        return scratch() if network.show_active() == EPHEMERAL_NETWORK else ROOT / "private"

    def organisation_named(self, text: str) -> int:
        """An organisation by its number, or by its GLN. Raises CarechainError for anything else."""
        if text.isdecimal() and len(text) == 13 and text in self.parties.organisations:
            return self.parties.organisations[text]
        if not text.isdecimal() or not 0 < int(text) < 1 << 32:
            raise CarechainError(f"The organisation {text}", "is not one", "see: brownie run participants list")
        return int(text)

    @staticmethod
    def lot_name(lot: int) -> str:
        """As people name a lot of the ledger: <manufacturer>.<number>."""
        return f"{words.manufacturer_of(lot)}.{lot & 0xFFFFFFFF}"

    # ------------------------------------------------------------------ what is named

    def lot(self, gtin: str, lot: str) -> RegisteredLot:
        """A registered lot, by its number in the lot book, or as the ledger names it. Raises CarechainError if there is
        none."""
        known = keys.gtin14(gtin, "The GTIN")
        tree = self.book.tree(known, lot)
        if tree is not None:
            found = self.ledger.lot_of_root(known, tree.root)
            if found is not None:
                return found
        for passport in self.book.given(known, lot):
            found = self.ledger.lot_of_passport(passport)
            if found is not None:
                return found
        named = _LOT_NAME.fullmatch(lot)
        if named:
            wanted = words.lot_of(int(named[1]), int(named[2]))
            for each in self.ledger.registered({"gtin": int(known)}):
                if each.lot == wanted:
                    return each
        raise CarechainError(
            f"Lot {lot} of {known}", "is not registered, or not in the lot book", "name the lot book: lots=<folder>"
        )

    def scan(self, pack: str) -> Scan:
        return read_scan(pack, datetime.fromtimestamp(self.chain.now(), UTC).date())

    def passport(self, pack: str) -> Passport:
        """The passport of a pack that is scanned, or in a file. Raises CarechainError when there is none, or when the
        pack prints something else than its passport says."""
        path = Path(pack)
        if pack.endswith(".json") and path.is_file():
            return Passport.from_json(path.read_text("utf-8"), pack)
        scan = self.scan(pack)
        found = self.book.passport(scan.gtin, scan.serial, scan.lot)
        if found is None:
            raise CarechainError(
                "The pack", "has no passport here", "ask its manufacturer, and do not use the pack if it has none"
            )
        if (scan.lot or found.lot, scan.expiry or found.expiry) != (found.lot, found.expiry):
            raise CarechainError(
                "The pack", "prints another lot or expiry than it was made with", "do not use it, and report it"
            )
        return found

    # ------------------------------------------------------------------ work

    def ingest(self, file: Path, report: Report) -> Ingested:
        """Applies an EPCIS document, and tells what became of it."""
        now = datetime.fromtimestamp(self.chain.now(), UTC)
        reading = read(file, now)
        ingestion = Ingestion(self.ledger, self.sender, self.organisation, self.book, self.parties, self.journal)
        outcome = ingestion.ingest(reading)
        report.title(f"{file.name}: {outcome.events} events" if outcome.events else file.name)
        for note in outcome.notes:
            report.note(note)
        for refusal in outcome.refusals:
            report.refused(refusal.place, refusal.problem, refusal.mend)
        rows = [
            (place.partition(": ")[2] or place, "; ".join(done) or "committed to")
            for place, done in outcome.effects.items()
        ]
        if rows:
            report.table("", ("event", "what was done"), rows)
        if outcome.refusals:
            report.say("Nothing of it was applied.")
        elif outcome.sent is None:
            report.say("All of it was on record already; nothing was changed.")
        report.sent(outcome.sent)
        report.add(
            "documents",
            {
                "file": str(file),
                "events": outcome.events,
                "known": outcome.known,
                "effects": outcome.effects,
                "applied": outcome.sent is not None,
            },
        )
        return outcome

    def exported(self, gtin: str, lot: str) -> tuple[bytes, int]:
        """The ledger's history of a lot as an EPCIS document, and how many events it has. Raises CarechainError where
        the lot book does not have the number that stands on the packs."""
        known = self.lot(gtin, lot)
        tree = self.book.tree(known.gtin, lot)
        if tree is None and not self.book.given(known.gtin, lot):
            raise CarechainError(f"Lot {lot}", "is not in the lot book", "get a passport of one of its packs")
        serial = tree.unit if tree is not None else (lambda _unit: None)
        events = Exporter(History(self.ledger, known.lot), lot, self.parties, serial).events()
        created = datetime.fromtimestamp(self.chain.now(), UTC)
        return to_json(events, created), len(events)

    def verify(self, pack: str, report: Report) -> Reason:
        """Says whether a pack is genuine and may be used, and why not."""
        passport = self.passport(pack)
        lot = self.ledger.lot_of_passport(passport)
        if lot is None:
            report.keep(verdict="unverified", reason="proof invalid")
            report.refused("The pack", "is in no lot that is registered", "do not use it, and report it")
            return Reason.PROOF_INVALID
        answer = self.ledger.verify(passport, lot.lot)
        holder = names_of(self.chain).get(answer.holder, str(answer.holder))
        expiry = date.fromordinal(date(1970, 1, 1).toordinal() + answer.expiry).isoformat()
        report.keep(
            verdict=answer.verdict.name.lower(),
            reason=answer.reason.name.lower(),
            holder=holder,
            lot=self.lot_name(lot.lot),
            unit=passport.unit,
            expiry=expiry,
        )
        report.title(f"{VERDICTS[answer.verdict]}.".capitalize())
        report.table(
            "",
            ("", ""),
            [
                ("why", REASONS[answer.reason]),
                ("product", passport.gtin),
                ("lot", f"{passport.lot} ({self.lot_name(lot.lot)} on the ledger)"),
                ("may be used until", expiry),
                ("held by", holder),
            ],
        )
        if answer.verdict is not Verdict.SUPPLY:
            report.refused("The pack", f"is not to be supplied: {REASONS[answer.reason]}", _ADVICE)
        return answer.reason

    def pedigree(self, pack: str) -> Pedigree:
        """The story of a pack."""
        passport = self.passport(pack)
        lot = self.ledger.lot_of_passport(passport)
        if lot is None:
            raise CarechainError("The pack", "is in no lot that is registered", "do not use it, and report it")
        answer = self.ledger.verify(passport, lot.lot)
        holder = names_of(self.chain).get(answer.holder, str(answer.holder))
        status = status_of(answer.reason, answer.verdict, holder)
        sensors = Session(self.chain, self.named)
        measured = temperatures_of(sensors.log, sensors.kept, lot.lot, passport.unit)
        return pedigree_of(
            self.ledger, lot.lot, passport.unit, passport.text, f"GTIN {passport.gtin}", status, measured
        )

    # ------------------------------------------------------------------ recall

    def recall(self, lot: RegisteredLot, notice: int, first: str | None, last: str | None, report: Report) -> None:
        """Recalls a lot, or the packs from one to another, as its manufacturer or as a regulator."""
        functions = self.ledger.functions
        if first is None and last is None:
            manufacturer = self.organisation == lot.manufacturer
            call = functions.announceRecall(lot.lot, notice) if manufacturer else functions.orderRecall(lot.lot, notice)
            what = "recall a lot"
        else:
            start = 0 if first is None else self.passport(first).unit
            end = lot.units if last is None else self.passport(last).unit + 1
            call = functions.recallUnits(lot.lot, self.organisation, start, end, notice)
            what = f"recall units {start} to {end - 1}"
        report.sent(self.ledger.send([call], self.sender, what))
        self.tell_recall(lot, report)

    def recall_from(self, record: RecallRecord, report: Report) -> None:
        """Recalls every lot that the record names and that is registered here. Each is a matter of its own; one that is
        recalled already, as gravely or more, is left as it is: this can be run again."""
        report.title(f"Recall of class {'I' * record.recall_class}: {record.reason.name.lower()}")
        report.keep(numbers=record.numbers, recallClass=record.recall_class, reason=record.reason.name.lower())
        if record.status.lower() not in ("", "ongoing"):
            raise CarechainError(
                record.place,
                f"is of a recall that is {record.status.lower()}",
                "recall by hand, if it is to be recalled",
            )
        notice = words.notice_of(record.recall_class, record.reason)
        found = [tree for gtin in record.gtins for tree in self.book.trees(gtin) if record.names_lot(tree.details.lot)]
        for start, end in record.ranges:
            report.note(f"the record names numbers {start} to {end}: recall those that are lots of yours by hand")
        if not found:
            raise CarechainError(
                record.place, "names no lot of your lot book", "recall by hand: brownie run supply recall …"
            )
        for tree in found:
            lot = self.ledger.lot_of_root(tree.details.gtin, tree.root)
            if lot is None:
                report.refused(f"Lot {tree.details.lot}", "is in the lot book and not registered", "register it first")
                continue
            report.say(f"Lot {tree.details.lot} of {tree.details.gtin}:")
            if 0 < self.ledger.state(lot.lot).recall_class <= record.recall_class:
                report.note("it is recalled already")
                self.tell_recall(lot, report)
                continue
            try:
                self.recall(lot, notice, None, None, report)
            except CarechainError as error:
                report.refused(f"Lot {tree.details.lot}: {error.place}", error.problem, error.mend)

    def tell_recall(self, lot: RegisteredLot, report: Report) -> None:
        """Who holds recalled units of a lot now, and how many of them have been acknowledged and returned."""
        state = self.ledger.state(lot.lot)
        if not state.is_recalled:
            report.say(f"Nothing of lot {self.lot_name(lot.lot)} is recalled.")
            return
        names = names_of(self.chain)
        acknowledged, returned = self.ledger.recall_progress(lot.lot)
        held: dict[int, list[int]] = {}
        rows = []
        for custody, units in holders_of_recalled(self.ledger, lot.lot):
            knows = custody.acknowledged in (state.recall, words.CAME_BACK)
            held.setdefault(custody.holder, []).append(units)
            on = f"to {names.get(custody.counterparty, custody.counterparty)}" if custody.counterparty else ""
            gone = custody.fact.name.lower() if custody.fact else on
            rows.append((names.get(custody.holder, custody.holder), f"{units:,}", gone, "yes" if knows else "no"))
        report.keep(
            recalled={self.lot_name(lot.lot): {str(holder): sum(units) for holder, units in held.items()}},
            acknowledged=acknowledged,
            returned=returned,
        )
        report.table("Who holds recalled packs", ("holder", "packs", "on the way, or gone", "acknowledged"), rows)
        report.say(f"Acknowledged: {acknowledged:,} packs. Returned: {returned:,} packs.")

    def acknowledge(self, lot: RegisteredLot, report: Report) -> None:
        """Acknowledges the recall for every interval that the organisation holds and has not acknowledged."""
        state = self.ledger.state(lot.lot)
        calls = [
            self.ledger.functions.acknowledgeRecall(words.interval_of(lot.lot, custody.first))
            for custody, _ in holders_of_recalled(self.ledger, lot.lot)
            if custody.holder == self.organisation
            and not custody.fact
            and custody.acknowledged not in (state.recall, words.CAME_BACK)
        ]
        for start in range(0, len(calls), _TOGETHER):
            part = calls[start : start + _TOGETHER]
            report.sent(self.ledger.send(part, self.sender, "acknowledge a recall"))
        if not calls:
            report.say("There is nothing to acknowledge.")
        self.tell_recall(lot, report)


_ADVICE = "keep the pack apart, and ask its manufacturer"
