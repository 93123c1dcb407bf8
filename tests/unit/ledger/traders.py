"""Trading partners who capture EPCIS documents about an invented medicine, each with a lot book and a journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carechain.chain import Chain
from carechain.epcis.reading import Reading, read_bytes
from carechain.gs1.keys import with_check_digit
from carechain.supply.export import Exporter
from carechain.supply.history import History
from carechain.supply.ingestion import Ingested, Ingestion
from carechain.supply.journal import Journal
from carechain.supply.ledger import Answer, SupplyLedger
from carechain.supply.lot_book import LotBook
from carechain.supply.parties import Parties
from carechain.supply.words import Custody, lot_of
from scripts.suite import ROOT
from tests.helpers.suite import (
    CARRIER,
    FOUNDERS,
    INSPECTOR,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REGULATOR,
    REPACKAGER,
    WHOLESALER,
)
from tests.unit.epcis import epcis_documents

EXAMPLES = ROOT / "examples" / "supply"
DOCUMENTS = {
    "1-made.json": MANUFACTURER,
    "2-inspected.json": INSPECTOR,
    "3-consigned.json": MANUFACTURER,
    "4-carried.json": CARRIER,
    "5-wholesale.json": WHOLESALER,
    "6-dispensed.json": PHARMACY,
}
"""And who captures each."""
GTIN = "09506000100012"
LOT_NUMBER = "AL2503"
SERIALS = tuple("K7M2QX T4R9WD B8N3ZC H6V5JP Q2F8LK M9D4TS W3X7GB Z5C6RN J8P2VH L4K9MF S7T3DQ G6B5XW".split())
"""Of the examples' lot, in its packing order: four packs in each of three cases, all of them on one pallet."""
DISPENSED = "M9D4TS"
"""The pack that a patient gets in the end."""
PALLET = "https://id.gs1.org/00/095060000000001005"
CASES = tuple(f"https://id.gs1.org/00/0950600000000000{tail}" for tail in ("15", "22", "39"))
LOT = lot_of(MANUFACTURER, 1)
"""On the ledger."""
GLNS = {
    MANUFACTURER: "9506000100081",
    WHOLESALER: "9506000100098",
    PHARMACY: "9506000100104",
    CARRIER: "9506000100111",
    INSPECTOR: "9506000100128",
    PROCESSOR: "9506000100135",
    REPACKAGER: with_check_digit("950600010014"),
}
STRANGERS_GLN = with_check_digit("950600010099")
NAME = "shipment.json"
OTHER_GTIN = "09506000100043"
OTHER_CASE = "https://id.gs1.org/00/095060000000000046"
EPCS = "eventList[0].epcList"
"""Where the packs of a document's only event are."""
DAY, NEXT_DAY = "2025-04-01T08:00:00Z", "2025-04-02T08:00:00Z"
"""Of shipping, and of receiving."""


def packs(start: int, end: int) -> list[str]:
    """The URIs of these units of the examples' lot."""
    return [pack(serial) for serial in SERIALS[start:end]]


def pack(serial: str, gtin: str = GTIN) -> str:
    return f"https://id.gs1.org/01/{gtin}/21/{serial}"


UNKNOWN_PACK = pack("NEVERMADE")


def event(step: str, epcs: list[str], time: str = DAY, **fields: Any) -> dict[str, Any]:
    """An ObjectEvent that observes these packs in a business step."""
    named = {"eventTime": time, "eventTimeZoneOffset": "+00:00", "epcList": epcs, "bizStep": step}
    return epcis_documents.event(**(named | fields))


def shipping(epcs: Sequence[str] = (PALLET,), to: int = WHOLESALER, time: str = DAY, **fields: Any) -> dict[str, Any]:
    """Sold to an organisation, unless other destinations are told."""
    return event("shipping", [*epcs], time, **({"destinationList": sale(to)} | fields))


def receiving(epcs: Sequence[str], time: str = NEXT_DAY, **fields: Any) -> dict[str, Any]:
    return event("receiving", [*epcs], time, **fields)


def commissioning(
    serials: list[str], lot: str, expiry: str = "2040-02-29", produced: str | None = "2025-03-01", **fields: Any
) -> dict[str, Any]:
    """Packs that begin: of the examples' product, unless told otherwise."""
    gtin = fields.pop("gtin", GTIN)
    ilmd = {"cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": expiry, "cbvmda:productionDate": produced}
    known = {name: value for name, value in ilmd.items() if value is not None}
    named = {"time": "2025-03-03T08:00:00Z", "action": "ADD", "ilmd": known} | fields
    return event("commissioning", [pack(serial, gtin) for serial in serials], **named)


def packing(parent: str, children: list[str], time: str = DAY, **fields: Any) -> dict[str, Any]:
    """Children that go into a container; action="DELETE" takes them out."""
    named = {"eventTime": time, "eventTimeZoneOffset": "+00:00", "parentID": parent, "childEPCs": children}
    return epcis_documents.event("AggregationEvent", **(named | {"action": "ADD", "bizStep": "packing"} | fields))


def sale(to: int, carrier: int | None = None) -> list[dict[str, str]]:
    """The destinations of a shipment that sells."""
    return destinations(owning_party=GLNS[to], possessing_party=GLNS[carrier or to])


def destinations(**glns: str) -> list[dict[str, str]]:
    return [{"type": kind, "destination": f"https://id.gs1.org/417/{gln}"} for kind, gln in glns.items()]


def declared_wrong(wrong: dict[str, Any], time: str = "2025-06-01T08:00:00Z") -> dict[str, Any]:
    """The same event again, which says that it did not happen."""
    reason = "urn:epcglobal:cbv:er:did_not_occur"
    return wrong | {"errorDeclaration": {"declarationTime": time, "reason": reason}}


def document(*events: dict[str, Any]) -> bytes:
    context = [epcis_documents.CONTEXT, {"cbvmda": "urn:epcglobal:cbv:mda:"}]
    return epcis_documents.document(*events, **{"@context": context})


@dataclass(frozen=True)
class Chapter:
    """What a document was said to do, and how things stood after it."""

    outcome: Ingested
    intervals: list[Custody]
    answer: Answer


class Trade:
    """All partners, on one chain; their files are in one folder."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        # A copy, without the times of blocks that isolation has taken back; to read the contracts anew takes long.
        self.chain = copy(chain)
        self.chain._timestamps = {}
        self.ledger = SupplyLedger(self.chain)
        self.folder = folder
        self.parties = Parties({gln: organisation for organisation, gln in GLNS.items()})

    def operator(self, organisation: int) -> Any:
        return self.chain.web3.eth.accounts[FOUNDERS[organisation - 1][2]]

    def book(self, organisation: int) -> LotBook:
        return LotBook(self.folder / "lots" / str(organisation))

    def journal(self, organisation: int) -> Journal:
        return Journal(self.folder / "epcis" / str(organisation))

    def authorise(self, gtin: str, holder: int) -> None:
        call = self.ledger.functions.authoriseProduct(int(gtin), holder, 200, 800)
        self.ledger.send([call], self.operator(REGULATOR), "authorise a product")

    # ------------------------------------------------------------------ documents

    def read(self, content: bytes | Path, name: str = NAME) -> Reading:
        if isinstance(content, Path):
            content, name = content.read_bytes(), content.name
        return read_bytes(content, name, datetime.fromtimestamp(self.chain.now(), UTC))

    def ingestion(self, organisation: int) -> Ingestion:
        sender, book, journal = self.operator(organisation), self.book(organisation), self.journal(organisation)
        return Ingestion(self.ledger, sender, organisation, book, self.parties, journal)

    def ingest(self, organisation: int, *events: dict[str, Any]) -> Ingested:
        return self.ingestion(organisation).ingest(self.read(document(*events)))

    def applied(self, organisation: int, *events: dict[str, Any]) -> list[list[str]]:
        """What was done for each event, of a document that must be applied."""
        outcome = self.ingest(organisation, *events)
        assert outcome.refusals == []
        assert outcome.sent is not None
        return list(outcome.effects.values())

    def refused(self, organisation: int, *events: dict[str, Any]) -> list[tuple[str, str]]:
        """Element and problem of each refusal of a document, of which nothing may be done, nor left behind."""
        before = self.everything()
        outcome = self.ingest(organisation, *events)
        assert self.everything() == before
        assert (outcome.sent, outcome.effects) == (None, {})
        assert all(refusal.mend for refusal in outcome.refusals)
        return [(each.place.removeprefix(f"{NAME}: "), each.problem) for each in outcome.refusals]

    def example(self, organisation: int, name: str) -> Ingested:
        """One of the project's example documents, captured by an organisation."""
        return self.ingestion(organisation).ingest(self.read(EXAMPLES / name))

    def everything(self) -> Any:
        """What changes when anything does: the chain's height, and all files of all partners."""
        files = {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        return self.chain.latest_block(), files

    # ------------------------------------------------------------------ packs

    def give_passports(self, to: int, *serials: str, of: int = MANUFACTURER, gtin: str = GTIN) -> None:
        """A maker's passports of packs, into another's lot book."""
        found = [self.book(of).passport(gtin, serial) for serial in serials]
        self.book(to).keep([each for each in found if each], f"{gtin} {serials[0]}")

    def verdict(self, serial: str, gtin: str = GTIN, of: int = MANUFACTURER) -> Answer:
        """What the chain says of a pack."""
        passport = self.book(of).passport(gtin, serial)
        assert passport is not None
        lot = self.ledger.lot_of_passport(passport)
        assert lot is not None
        return self.ledger.verify(passport, lot.lot)

    def intervals(self, lot: int = LOT) -> list[Custody]:
        return self.ledger.intervals(lot)

    def history(self, lot: int = LOT) -> list[str]:
        """What happened to a lot, by the names of the events."""
        return [fact.event.name for fact in History(self.ledger, lot).facts]

    def anchored(self, organisation: int) -> list[tuple[int, int]]:
        """Of each entry of an organisation's log: how many events it has, and the entry that it corrects + 1, or 0."""
        logged = self.ledger.events(("EventsAnchored",), {"organisation": organisation})
        return [(each.values["count"], each.values["corrects"]) for each in logged]


def changed(path: Path, old: str, new: str) -> bytes:
    """A document with a text replaced, which it must have."""
    text = path.read_text("utf-8")
    assert old in text
    return text.replace(old, new).encode()


def shuffled(path: Path) -> bytes:
    """A document with its events in the opposite order."""
    whole = json.loads(path.read_text("utf-8"))
    whole["epcisBody"]["eventList"].reverse()
    return json.dumps(whole).encode()


def delivered(trade, epcs, to):
    """Sold by the manufacturer, and received."""
    trade.applied(MANUFACTURER, shipping(epcs, to))
    trade.applied(to, receiving(epcs))


def exported(trade, lot=LOT, number=LOT_NUMBER, serial=None):
    tree = trade.book(MANUFACTURER).tree(GTIN, number)
    return Exporter(History(trade.ledger, lot), number, trade.parties, serial or tree.unit).events()
