"""EPCIS events become calls of the ledger: all of a document's, in the order in which they happened, or none.

An event has an effect on the ledger if it is about packs of products that are authorised there, and says something that
the ledger keeps: see docs/SUPPLY_FORMATS.md for the table. Any other is committed to, and changes nothing. The plan is
made on a copy of the intervals concerned, so that an event meets what those before it have left; the chain has the last
word when the plan is carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date

from web3.contract.contract import ContractFunction

from carechain.chain import Sender
from carechain.contract_errors import ContractRefusal
from carechain.epcis.events import Action, Event, EventKind
from carechain.errors import CarechainError
from carechain.gs1.identifiers import Lgtin, Sgtin, Sscc, identifier
from carechain.supply import words
from carechain.supply.journal import Touched, digest_of
from carechain.supply.ledger import RegisteredLot, SupplyLedger
from carechain.supply.lot_book import LotBook
from carechain.supply.parties import Parties
from carechain.supply.passport import LotDetails
from carechain.supply.serial_tree import SerialTree, write_serial_tree
from carechain.supply.words import Custody, Quality, ShipmentKind, UnitFact

EPOCH = date(1970, 1, 1)
_RETURNS = ("returned",)
_FACTS = {
    "destroying": UnitFact.DESTROYED,
    "sampling": UnitFact.SAMPLED,
}
_FACT_DISPOSITIONS = {
    "destroyed": UnitFact.DESTROYED,
    "disposed": UnitFact.DESTROYED,
    "stolen": UnitFact.STOLEN,
}


@dataclass(frozen=True)
class Step:
    """A call, and the event that asks for it."""

    call: ContractFunction
    place: str
    what: str


@dataclass
class Plan:
    """What a document comes to. Unless `refusals` is empty, nothing of it is to be done."""

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: list[CarechainError] = field(default_factory=list)
    effects: dict[str, list[str]] = field(default_factory=dict)
    """What is done for each event, by its place."""
    new_lots: list[SerialTree] = field(default_factory=list)
    """Serial trees that were written for lots which the plan registers."""
    touched: list[Touched] = field(default_factory=list)
    """The units on which events have an effect, and when."""


class Planner:
    """Plans for one organisation, which captures events about what it does itself."""

    def __init__(
        self,
        ledger: SupplyLedger,
        sender: Sender,
        organisation: int,
        book: LotBook,
        parties: Parties,
        before: Iterable[Touched] = (),
    ) -> None:
        """`sender` speaks for the organisation; `before` is what earlier events of it had an effect on."""
        self._sender = sender
        self._before = tuple(before)
        self._ledger = ledger
        self._organisation = organisation
        self._book = book
        self._parties = parties
        self._intervals: dict[int, list[Custody]] = {}
        self._packed: dict[str, tuple[int, int, int, int, int]] = {}  # by SSCC: packer, lot, first, end, tier
        self._opened: set[str] = set()  # containers that this plan opens, by SSCC
        self._lots: dict[tuple[str, str], int] = {}  # registered by this plan, by GTIN and lot number
        self._units: dict[tuple[str, str], tuple[int, int]] = {}  # of these lots: lot and unit, by GTIN and serial
        self._registered: dict[Sgtin, tuple[int, int]] = {}  # lot and unit of packs that were looked up
        self._committed: dict[bytes, RegisteredLot] = {}  # their lots, by the commitments to their numbers
        self._children: dict[str, tuple[str, ...]] = {}  # what the document says is in which container
        self._next_number = 0
        self._authorised: dict[str, int] = {}
        self._plan = Plan()

    def plan(self, events: Sequence[Event]) -> Plan:
        """The plan for the events of a document that are new. Serial trees of lots that it registers are written to the
        book; `discard` removes them."""
        ordered = sorted(events, key=lambda event: event.time)
        for event in ordered:
            if event.kind is EventKind.AGGREGATION and event.action is Action.ADD and event.parent:
                self._children.setdefault(event.parent, ())
                self._children[event.parent] += event.epcs
        try:
            self._commission([event for event in ordered if _is_commissioning(event)])
        except CarechainError as error:
            self._plan.refusals.append(error)
        for event in ordered if not self._plan.refusals else ():
            try:
                self._apply(event)
            except CarechainError as error:
                self._plan.refusals.append(error)
        self._plan.effects = {event.place: [] for event in events}
        for step in self._plan.steps:
            self._plan.effects[step.place].append(step.what)
        return self._plan

    def discard(self) -> None:
        """Removes the serial trees that were written for a plan which is not carried out."""
        for tree in self._plan.new_lots:
            path = self._book.path_of(tree.details)
            self._book.close()
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------------ lots

    def _commission(self, events: Sequence[Event]) -> None:
        """Registers the lots that a document commissions, each of them once, with all units that it names."""
        wanted: dict[tuple[str, str], list[tuple[Event, Sgtin]]] = {}
        for event in events:
            outputs = event.outputs if event.kind is EventKind.TRANSFORMATION else event.epcs
            for uri in outputs:
                found = identifier(uri, event.place)
                if not isinstance(found, Sgtin) or not self._is_authorised(found.gtin):
                    continue
                if event.lot is None:
                    raise CarechainError(
                        f"{event.place}.ilmd.lotNumber", "is missing", "a pack of an authorised product has a lot"
                    )
                wanted.setdefault((found.gtin, event.lot), []).append((event, found))
        for (gtin, lot), units in wanted.items():
            self._register(gtin, lot, units)

    def _register(self, gtin: str, lot: str, units: list[tuple[Event, Sgtin]]) -> None:
        first = units[0][0]
        place = first.place
        if self._authorised[gtin] != self._organisation:
            raise CarechainError(
                f"{place}.epcList", "is of a product that another organisation holds", "let that one commission it"
            )
        if first.expiry is None:
            raise CarechainError(f"{place}.ilmd.itemExpirationDate", "is missing", "give the expiry date of the lot")
        if any((event.expiry, event.produced) != (first.expiry, first.produced) for event, _ in units):
            raise CarechainError(
                f"{place}.ilmd", "gives one lot several dates", "give the same dates wherever it is commissioned"
            )
        produced = first.produced or first.time.astimezone(UTC).date()
        if first.expiry <= produced:
            raise CarechainError(f"{place}.ilmd.itemExpirationDate", "is not after production", "correct the dates")
        for event, found in units:
            if (gtin, found.serial) in self._units:
                problem = "has a pack that this document commissions in another lot"
                raise CarechainError(f"{event.place}.epcList", problem, "give each pack a serial number of its own")
        serials = self._in_packing_order([found for _, found in units], place)
        details = LotDetails(gtin, lot, first.expiry, produced)
        tree = self._tree_of(details, serials, place)
        number = self._next_number or self._ledger.next_number(self._organisation)
        self._next_number = number + 1
        known = words.lot_of(self._organisation, number)
        self._lots[gtin, lot] = known
        for unit, serial in enumerate(serials):
            self._units[gtin, serial] = (known, unit)
        self._intervals[known] = [Custody(0, len(serials), self._organisation, self._organisation)]
        self._plan.touched.append((known, 0, len(serials), first.time.astimezone(UTC).isoformat()))
        call = self._ledger.functions.registerLot(
            int(gtin),
            number,
            tree.lot_commitment,
            (produced - EPOCH).days,
            (first.expiry - EPOCH).days,
            len(serials),
            0,
            tree.root,
        )
        self._step(call, first, f"register a lot of {len(serials)} units")

    def _tree_of(self, details: LotDetails, serials: list[str], place: str) -> SerialTree:
        """The serial tree of a lot that is to be registered: a new one, or one that was written for it before."""
        tree = self._book.tree(details.gtin, details.lot)
        if tree is None:
            tree = write_serial_tree(self._book.path_of(details), details, serials)
            self._plan.new_lots.append(tree)
        elif self._ledger.lot_of_root(details.gtin, tree.root) is not None:
            raise CarechainError(
                f"{place}.epcList", "is of a lot that is registered", "all packs of a lot come in one document"
            )
        elif (tree.details, list(tree.serials())) != (details, serials):
            # Never replaced: the lot may be registered on another chain, or by a transaction under way.
            raise CarechainError(
                f"{place}.epcList", "is of a lot whose file has other packs or dates", "move the lot's file away"
            )
        return tree

    def _in_packing_order(self, units: list[Sgtin], place: str) -> list[str]:
        """The serial numbers so that what goes into one container stands together."""
        wanted = {found.serial: found for found in units}
        if len(wanted) != len(units):
            raise CarechainError(f"{place}.epcList", "has a pack twice", "commission each pack once")
        gtin = units[0].gtin
        ordered: dict[str, None] = {}

        def unpack(uri: str, seen: frozenset[str]) -> None:
            found = identifier(uri, place)
            if isinstance(found, Sgtin) and found.gtin == gtin and found.serial in wanted:
                ordered.setdefault(found.serial)
            elif uri not in seen:
                for child in self._children.get(uri, ()):
                    unpack(child, seen | {uri})

        inside = {child for children in self._children.values() for child in children}
        for parent in self._children:
            if parent not in inside:
                unpack(parent, frozenset())
        for found in units:
            ordered.setdefault(found.serial)
        return list(ordered)

    # ------------------------------------------------------------------ events

    def _apply(self, event: Event) -> None:
        """Plans what an event asks for: nothing, if it has no effect on the ledger."""
        before = len(self._plan.steps)
        if event.error_declaration is not None:
            self._take_back(event)
        elif event.kind is EventKind.TRANSFORMATION:
            self._transform(event)
        elif event.kind is EventKind.AGGREGATION:
            self._aggregate(event)
        elif event.kind in (EventKind.OBJECT, EventKind.TRANSACTION) and not _is_commissioning(event):
            self._observe(event)
        opens = event.kind is EventKind.AGGREGATION and event.action is Action.DELETE  # notes what was inside, itself
        corrects = event.error_declaration is not None  # late by nature
        if len(self._plan.steps) > before and not opens and not corrects:
            uris, name = (event.inputs, "inputEPCList") if event.kind is EventKind.TRANSFORMATION else (None, "")
            self._touch(event, self._runs(event, uris, name))

    def _touch(self, event: Event, runs: Iterable[tuple[int, int, int]]) -> None:
        """Notes which units an event has an effect on. Raises CarechainError if a later one had before."""
        time = event.time.astimezone(UTC).isoformat()
        for lot, start, end in runs:
            for known, first, last, then in (*self._before, *self._plan.touched):
                if known == lot and first < end and start < last and time < then:
                    raise CarechainError(
                        f"{event.place}.eventTime",
                        "is before what is on record of these packs",
                        "capture events in the order in which they happened",
                    )
            self._plan.touched.append((lot, start, end, time))

    def _observe(self, event: Event) -> None:
        handlers: dict[str | None, Callable[[Event], None]] = {
            "shipping": self._ship,
            "consigning": self._ship,
            "receiving": self._receive,
            "accepting": self._receive,
            "void_shipping": self._void,
            "dispensing": self._dispense,
            "retail_selling": self._dispense,
            "inspecting": self._inspect,
            "holding": self._hold,
        }
        fact = _FACTS.get(event.biz_step or "") or _FACT_DISPOSITIONS.get(event.disposition or "")
        if event.biz_step in handlers:
            handlers[event.biz_step](event)
        elif fact is not None:
            self._retire(event, fact)
        elif event.biz_step == "unpacking" and event.action is Action.DELETE:
            self._note(event.place, "opens nothing: a container is opened by an AggregationEvent")

    def _ship(self, event: Event) -> None:
        runs = self._runs(event)
        if not runs:
            return
        to, consignee = self._destinations(event)
        kind = self._kind_of(event)
        functions = self._ledger.functions
        for lot, start, end in runs:
            for custody in self._own(event, lot, start, end, "epcList"):
                _, first, last = self._piece(custody, start, end)
                loose = custody.tier == 0 and custody.owner == self._organisation and to == consignee
                if loose and (first, last) != (custody.first, custody.end):
                    interval = words.interval_of(lot, custody.first)
                    call = functions.splitAndShip(interval, first, last, to, kind)
                    self._sent(event, lot, replace(custody, first=first, end=last), call, to, consignee, kind)
                    continue
                for part in self._cut_out(event, lot, custody, first, last):
                    interval = words.interval_of(lot, part.first)
                    if part.owner != self._organisation:
                        self._sent(event, lot, part, functions.deliver(interval, to), to, part.consignee, None)
                    elif to != consignee:
                        call = functions.consign(interval, to, consignee, kind)
                        self._sent(event, lot, part, call, to, consignee, kind)
                    else:
                        self._sent(event, lot, part, functions.ship(interval, to, kind), to, consignee, kind)

    def _sent(
        self,
        event: Event,
        lot: int,
        part: Custody,
        call: ContractFunction,
        to: int,
        consignee: int,
        kind: ShipmentKind | None,
    ) -> None:
        """A part is on its way; without a kind on the terms that it has already."""
        titled = part.titled if kind is None else kind is not ShipmentKind.TRANSFER
        returning = part.returning if kind is None else kind is ShipmentKind.RETURN
        moved = replace(part, counterparty=to, consignee=consignee, titled=titled, returning=returning)
        self._replace(lot, moved)
        what = {"splitAndShip": "split and ship"}.get(call.fn_name, call.fn_name)
        self._step(call, event, f"{what} units {part.first} to {part.end - 1} to organisation {to}")

    def _receive(self, event: Event) -> None:
        for lot, start, end in self._runs(event):
            inside = self._overlapping(lot, start, end)
            for custody in inside:
                if custody.counterparty != self._organisation:
                    problem = "was never shipped to whoever receives it"
                    raise CarechainError(f"{event.place}.epcList", problem, "capture the shipping first")
                _, first, last = self._piece(custody, start, end)
                arrived = custody.consignee == self._organisation
                for part in self._cut_out(event, lot, custody, first, last):
                    self._replace(
                        lot,
                        replace(
                            part,
                            holder=self._organisation,
                            owner=self._organisation if arrived and custody.titled else custody.owner,
                            counterparty=0,
                            consignee=0 if arrived else custody.consignee,
                            titled=custody.titled and not arrived,
                            returning=custody.returning and not arrived,
                            unverified=custody.unverified or (arrived and custody.returning),
                        ),
                    )
                    call = self._ledger.functions.receiveShipment(words.interval_of(lot, part.first), part.end)
                    self._step(call, event, f"receive units {part.first} to {part.end - 1}")

    def _void(self, event: Event) -> None:
        for lot, start, end in self._runs(event):
            for custody in self._overlapping(lot, start, end):
                if custody.holder != self._organisation or not custody.counterparty:
                    raise CarechainError(f"{event.place}.epcList", "is not on its way from here", "check the packs")
                self._cancel(event, lot, custody, start, end)

    def _cancel(self, event: Event, lot: int, custody: Custody, start: int, end: int) -> None:
        """Takes back the shipment of those of the units that are in an interval."""
        _, first, last = self._piece(custody, start, end)
        own = custody.owner == self._organisation
        for part in self._cut_out(event, lot, custody, first, last):
            call = self._ledger.functions.cancelShipment(words.interval_of(lot, part.first))
            left = replace(part, counterparty=0)
            self._replace(lot, replace(left, consignee=0, titled=False, returning=False) if own else left)
            self._step(call, event, f"cancel the shipment of units {part.first} to {part.end - 1}")

    def _dispense(self, event: Event) -> None:
        for lot, start, end in self._runs(event):
            for custody in self._own(event, lot, start, end, "epcList"):
                _, first, last = self._piece(custody, start, end)
                interval = words.interval_of(lot, custody.first)
                if last - first == 1:
                    call = self._ledger.functions.dispenseUnit(interval, first)
                else:
                    call = self._ledger.functions.dispenseUnits(interval, words.words_of_units(range(first, last)))
                self._step(call, event, f"dispense {last - first} units")

    def _retire(self, event: Event, fact: UnitFact) -> None:
        for lot, start, end in self._runs(event):
            for custody in self._own(event, lot, start, end, "epcList", still=fact is not UnitFact.STOLEN):
                whole, first, last = self._piece(custody, start, end)
                functions = self._ledger.functions
                if last - first == 1 and not whole and custody.tier == 0:
                    call = functions.retireUnit(words.interval_of(lot, custody.first), first, fact)
                    self._step(call, event, f"record units {first} to {first} as {fact.name.lower()}")
                    continue
                for part in self._cut_out(event, lot, custody, first, last):
                    call = functions.retireInterval(words.interval_of(lot, part.first), fact)
                    self._replace(lot, replace(part, fact=fact))
                    self._step(call, event, f"record units {part.first} to {part.end - 1} as {fact.name.lower()}")

    def _inspect(self, event: Event) -> None:
        """An inspector's word about a whole lot: an LGTIN that is found conformant or not."""
        quality = {"conformant": Quality.RELEASED, "non_conformant": Quality.REJECTED}.get(event.disposition or "")
        for quantity in event.quantities:
            found = identifier(quantity.epc_class, f"{event.place}.quantityList")
            if quality is None or not isinstance(found, Lgtin) or not self._is_authorised(found.gtin):
                continue
            lot = self._lot_named(found, event)
            self._step(
                self._ledger.functions.inspectLot(lot, quality, digest_of(event.hash)),
                event,
                "release the lot" if quality is Quality.RELEASED else "reject the lot",
            )

    def _hold(self, event: Event) -> None:
        for lot, start, end in self._runs(event):
            for custody in self._own(event, lot, start, end, "epcList", still=False):
                _, first, last = self._piece(custody, start, end)
                for part in self._cut_out(event, lot, custody, first, last):
                    interval = words.interval_of(lot, part.first)
                    call = self._ledger.functions.hold(interval, self._organisation, digest_of(event.hash))
                    self._replace(lot, replace(part, condition=words.Condition.HELD))
                    self._step(call, event, f"put units {part.first} to {part.end - 1} on hold")

    def _aggregate(self, event: Event) -> None:
        parent = identifier(event.parent, f"{event.place}.parentID") if event.parent else None
        if event.action is Action.DELETE:
            self._open(event, parent)
            return
        if event.action is not Action.ADD:
            return
        runs = self._runs(event)
        if not runs:
            return
        if not isinstance(parent, Sscc):
            self._note(event.place, "packs into a container without an SSCC, which the ledger does not keep")
            return
        if len(runs) != 1:
            raise CarechainError(
                f"{event.place}.childEPCs", "are no neighbours in packing order", "pack neighbours, or repack first"
            )
        ((lot, start, end),) = runs
        pieces = self._own(event, lot, start, end, "childEPCs")
        tier = pieces[0].tier
        if any(piece.tier != tier for piece in pieces):
            raise CarechainError(f"{event.place}.childEPCs", "mix packs and containers", "pack them one by one")
        functions = self._ledger.functions
        parts: list[Custody] = []
        for piece in pieces:
            _, first, last = self._piece(piece, start, end)
            parts += self._cut_out(event, lot, piece, first, last)
        for _ in parts[1:]:
            self._step(functions.merge(words.interval_of(lot, start)), event, "merge neighbours")
        merged = replace(pieces[0], first=start, end=end, tier=tier + 1)
        self._replace(lot, merged)
        self._packed[parent.sscc] = (self._organisation, lot, start, end, tier + 1)
        self._opened.discard(parent.sscc)
        call = functions.pack(words.interval_of(lot, start), [int(parent.sscc)], [end])
        self._step(call, event, f"pack units {start} to {end - 1} into a container")

    def _open(self, event: Event, parent: object) -> None:
        if not isinstance(parent, Sscc):
            return
        packed = self._container(parent.sscc)
        if packed is None:
            return
        packer, lot, first, end, tier = packed
        (custody,) = self._own(event, lot, first, end, "parentID")
        self._cut(event, lot, custody, first, end)
        self._replace(lot, replace(custody, first=first, end=end, tier=tier - 1))
        self._packed.pop(parent.sscc, None)
        self._opened.add(parent.sscc)
        call = self._ledger.functions.openContainer(words.interval_of(lot, first), packer, int(parent.sscc))
        self._step(call, event, "open a container")
        self._touch(event, [(lot, first, end)])

    def _transform(self, event: Event) -> None:
        """Repackaging: the inputs are used up, and the lot of the outputs, which is registered, names them."""
        if event.lot is None:
            return
        outputs = {
            self._lots[found.gtin, event.lot]
            for found in (identifier(uri, event.place) for uri in event.outputs)
            if isinstance(found, Sgtin) and (found.gtin, event.lot) in self._lots
        }
        if len(outputs) > 1:
            raise CarechainError(
                f"{event.place}.outputEPCList", "are of several lots", "give each lot an event of its own"
            )
        functions = self._ledger.functions
        for lot, start, end in self._runs(event, event.inputs, "inputEPCList"):
            for custody in self._own(event, lot, start, end, "inputEPCList"):
                _, first, last = self._piece(custody, start, end)
                for part in self._cut_out(event, lot, custody, first, last):
                    interval = words.interval_of(lot, part.first)
                    self._replace(lot, replace(part, fact=UnitFact.REPACKAGED))
                    call = functions.retireInterval(interval, UnitFact.REPACKAGED)
                    self._step(call, event, f"record units {part.first} to {part.end - 1} as repackaged")
                    for output in outputs:
                        self._step(functions.declareSource(output, interval), event, "name the source of the new lot")

    def _take_back(self, event: Event) -> None:
        """An event that was declared wrong. Where the ledger can still take back what it did, it does; else the
        declaration is committed to, and stands beside the event."""
        before = len(self._plan.steps)
        if event.biz_step in ("shipping", "consigning"):
            for lot, start, end in self._runs(event):
                for custody in self._overlapping(lot, start, end):
                    if custody.holder == self._organisation and custody.counterparty:
                        self._cancel(event, lot, custody, start, end)
        elif event.biz_step in ("dispensing", "retail_selling"):
            for lot, start, end in self._runs(event):
                for custody in self._overlapping(lot, start, end):
                    _, first, last = self._piece(custody, start, end)
                    interval = words.interval_of(lot, custody.first)
                    for unit in range(first, last):
                        call = self._ledger.functions.undoDispense(interval, unit)
                        # After ten days, or of what may not be used, the chain takes nothing back: it stays said.
                        if custody.holder == self._organisation and self._is_taken(call):
                            self._step(call, event, "take a dispensing back")
        if len(self._plan.steps) == before and self._runs(event):
            self._note(event.place, "is declared wrong, and what it did is not taken back by that alone")

    def _is_taken(self, call: ContractFunction) -> bool:
        """Whether the ledger takes a call after those that are planned."""
        before = [step.call for step in self._plan.steps]
        try:
            self._ledger.attempt([*before, call], self._sender, "looking whether it can be taken back")
        except ContractRefusal:
            return False
        return True

    # ------------------------------------------------------------------ what events name

    def _is_authorised(self, gtin: str) -> bool:
        if gtin not in self._authorised:
            self._authorised[gtin] = self._ledger.holder_of_product(gtin)
        return self._authorised[gtin] != 0

    def _lot_named(self, found: Lgtin, event: Event) -> int:
        known = self._lots.get((found.gtin, found.lot))
        if known is not None:
            return known
        tree = self._book.tree(found.gtin, found.lot)
        registered = self._ledger.lot_of_root(found.gtin, tree.root) if tree else None
        for passport in () if registered else self._book.given(found.gtin, found.lot):
            registered = registered or self._ledger.lot_of_passport(passport)
        if registered is None:
            raise CarechainError(
                f"{event.place}.quantityList",
                "is of a lot that is not in your book",
                "get a passport of one of its packs",
            )
        return registered.lot

    def _runs(self, event: Event, uris: Iterable[str] | None = None, name: str = "") -> list[tuple[int, int, int]]:
        """The units that an event names, as runs of neighbours: lot, first unit and the unit after the last.

        What is no pack of an authorised product is left out: it has no effect on the ledger.
        """
        name = name or ("childEPCs" if event.kind is EventKind.AGGREGATION else "epcList")
        units: set[tuple[int, int]] = set()
        for n, uri in enumerate(event.epcs if uris is None else uris):
            units |= self._units_of(uri, f"{event.place}.{name}[{n}]", frozenset())
        runs: list[tuple[int, int, int]] = []
        for lot, unit in sorted(units):
            if runs and runs[-1][0] == lot and runs[-1][2] == unit:
                runs[-1] = (lot, runs[-1][1], unit + 1)
            else:
                runs.append((lot, unit, unit + 1))
        return runs

    def _units_of(self, uri: str, place: str, seen: frozenset[str]) -> set[tuple[int, int]]:
        found = identifier(uri, place)
        if isinstance(found, Sscc):
            packed = self._container(found.sscc)
            if packed is not None:
                return {(packed[1], unit) for unit in range(packed[2], packed[3])}
            if found.sscc in self._opened or (uri not in self._children and self._ledger.packers_of(found.sscc)):
                raise CarechainError(place, "is a container that was opened", "name what was in it")
            if uri not in self._children:
                self._note(place, "is a container that the ledger does not know: this has no effect on what is in it")
        if isinstance(found, Sgtin):
            new = self._units.get((found.gtin, found.serial))
            if new is not None:
                return {new}
            if self._is_authorised(found.gtin) and uri not in self._children:
                return {self._registered_unit(found, place)}
        if uri in seen:
            return set()
        return {unit for child in self._children.get(uri, ()) for unit in self._units_of(child, place, seen | {uri})}

    def _registered_unit(self, found: Sgtin, place: str) -> tuple[int, int]:
        known = self._registered.get(found)
        if known is not None:
            return known
        passport = self._book.passport(found.gtin, found.serial)
        if passport is None:
            raise CarechainError(
                place, "is of an authorised product, and no lot of your book has it", "get the pack's passport"
            )
        commitment = passport.lot_commitment()
        lot = self._committed.get(commitment)  # that of its neighbours, mostly
        if lot is None or not passport.verify(lot.serial_root):
            lot = self._ledger.lot_of_passport(passport)
        if lot is None:
            raise CarechainError(place, "is in no lot that is registered", "do not use the pack, and report it")
        self._committed[commitment] = lot
        self._registered[found] = lot.lot, passport.unit
        return self._registered[found]

    def _container(self, sscc: str) -> tuple[int, int, int, int, int] | None:
        """Packer, lot, first unit, end and tier of a closed container."""
        if sscc in self._packed or sscc in self._opened:
            return self._packed.get(sscc)
        for packer in self._ledger.packers_of(sscc):
            found = self._ledger.container(packer, sscc)
            if found is not None:
                return (packer, *found)
        return None

    def _destinations(self, event: Event) -> tuple[int, int]:
        """Who has to receive it next, and for whom it is in the end."""
        named: dict[str, int] = {}
        for n, item in enumerate(event.destinations):
            place = f"{event.place}.destinationList[{n}]"
            organisation = self._parties.of_uri(item.id, place)
            if organisation is not None and item.kind:
                named.setdefault(item.kind, organisation)
        owner = named.get("owning_party", named.get("location", named.get("possessing_party")))
        holder = named.get("possessing_party", owner)
        if owner is None or holder is None:
            raise CarechainError(
                f"{event.place}.destinationList",
                "names no accredited organisation",
                "give the destination's owning_party by a GLN that is among your parties",
            )
        return holder, owner

    @staticmethod
    def _kind_of(event: Event) -> ShipmentKind:
        if event.disposition in _RETURNS or any(item.kind == "rma" for item in event.biz_transactions):
            return ShipmentKind.RETURN
        kinds = {item.kind for item in event.destinations}
        return ShipmentKind.SALE if "owning_party" in kinds else ShipmentKind.TRANSFER

    # ------------------------------------------------------------------ the copy of the intervals

    def _known(self, lot: int) -> list[Custody]:
        if lot not in self._intervals:
            self._intervals[lot] = self._ledger.intervals(lot)
        return self._intervals[lot]

    def _overlapping(self, lot: int, start: int, end: int) -> list[Custody]:
        return [each for each in self._known(lot) if each.first < end and start < each.end]

    def _own(self, event: Event, lot: int, start: int, end: int, name: str, still: bool = True) -> list[Custody]:
        """The intervals of these units, all of which the organisation must hold."""
        found = self._overlapping(lot, start, end)
        for custody in found:
            if custody.holder != self._organisation:
                problem = "is not in the custody of whoever captures this"
                raise CarechainError(f"{event.place}.{name}", problem, "capture it for the holder, or receive it first")
            if still and custody.counterparty:
                raise CarechainError(
                    f"{event.place}.{name}", "is on its way to somebody", "wait until it is received or refused"
                )
        return found

    @staticmethod
    def _piece(custody: Custody, start: int, end: int) -> tuple[bool, int, int]:
        """Whether an interval is meant as a whole, and which of its units are."""
        first, last = max(custody.first, start), min(custody.end, end)
        return (first, last) == (custody.first, custody.end), first, last

    def _cut_out(self, event: Event, lot: int, custody: Custody, first: int, last: int) -> list[Custody]:
        """Makes a part of an interval intervals of their own: one, or as many as the containers that it is made of."""
        whole = custody.tier == 0 or (first, last) == (custody.first, custody.end)
        if whole or next(iter(self._containers_between(lot, custody.tier, first, last)), None):
            pieces = [(first, last)]
        else:
            pieces = self._containers_within(event, lot, custody.tier, first, last)
        parts = []
        for start, end in pieces:
            (around,) = self._overlapping(lot, start, end)
            self._cut(event, lot, around, start, end)
            part = replace(around, first=start, end=end)
            self._replace(lot, part)
            parts.append(part)
        return parts

    def _containers_within(self, event: Event, lot: int, tier: int, first: int, last: int) -> list[tuple[int, int]]:
        """The closed containers of a tier, one behind the other, that fill these units exactly. Raises CarechainError
        where one would be torn."""
        ends: dict[int, int] = {}
        for logged in self._ledger.events(("ContainerPacked",), {"lot": lot}):
            if logged.values["tier"] == tier:
                ends[logged.values["first"]] = logged.values["end"]
        ends.update(
            {packed[2]: packed[3] for packed in self._packed.values() if packed[1] == lot and packed[4] == tier}
        )
        found = []
        while first < last and first in ends and ends[first] <= last:
            found.append((first, ends[first]))
            first = ends[first]
        if first != last:
            raise CarechainError(
                f"{event.place}.epcList", "are packed in a container that stays behind", "open the container first"
            )
        return found

    def _cut(self, event: Event, lot: int, custody: Custody, first: int, last: int) -> None:
        """Makes a part of an interval one of its own, if it is not all of it."""
        if (first, last) == (custody.first, custody.end):
            return
        interval = words.interval_of(lot, custody.first)
        if custody.tier == 0:
            self._step(self._ledger.functions.cut(interval, first, last), event, f"cut out units {first} to {last - 1}")
            return
        for sscc, packer in self._containers_between(lot, custody.tier, first, last):
            self._step(self._ledger.functions.cutContainer(interval, packer, int(sscc)), event, "cut out a container")
            return
        raise CarechainError(
            f"{event.place}.epcList", "are packed in a container that stays behind", "open the container first"
        )

    def _containers_between(self, lot: int, tier: int, first: int, last: int) -> Iterable[tuple[str, int]]:
        for sscc, packed in self._packed.items():
            if packed[1:] == (lot, first, last, tier):
                yield sscc, packed[0]
        for event in reversed(self._ledger.events(("ContainerPacked",), {"lot": lot})):
            values = event.values
            if (values["first"], values["end"], values["tier"]) == (first, last, tier):
                yield f"{values['sscc']:018}", values["packer"]

    def _replace(self, lot: int, part: Custody) -> None:
        """Puts a part in the place of what the copy has there."""
        kept: list[Custody] = []
        for each in self._known(lot):
            if each.first < part.first:
                kept.append(replace(each, end=min(each.end, part.first)))
            if part.end < each.end:
                kept.append(replace(each, first=max(each.first, part.end)))
        self._intervals[lot] = sorted([*kept, part], key=lambda each: each.first)

    def _step(self, call: ContractFunction, event: Event, what: str) -> None:
        self._plan.steps.append(Step(call, event.place, what))

    def _note(self, place: str, text: str) -> None:
        note = f"{place} {text}"
        if note not in self._plan.notes:
            self._plan.notes.append(note)


def _is_commissioning(event: Event) -> bool:
    if event.error_declaration is not None:
        return False
    if event.kind is EventKind.TRANSFORMATION:
        return True
    return event.kind is EventKind.OBJECT and event.action is Action.ADD and event.biz_step == "commissioning"
