"""What the ledger knows of a lot, as EPCIS 2.0 events: each named by its own canonical hash, and with the transaction
that it is from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from carechain.epcis.events import (
    CBV_MASTER_DATA,
    Action,
    ErrorDeclaration,
    Event,
    EventKind,
    Extension,
    Place,
    Quantity,
    Typed,
)
from carechain.epcis.hashing import event_hash
from carechain.gs1.identifiers import Lgtin, Sgtin, Sscc
from carechain.supply.history import Fact, History
from carechain.supply.parties import Parties
from carechain.supply.words import Condition, Investigation, Quality, UnitFact, units_of_word

NAMESPACE = "urn:carechain:ledger:"
EPOCH = date(1970, 1, 1)
LISTED = 1_000
"""Packs of an event that are named one by one; of more, only how many they are."""

_STEPS: dict[str, tuple[str, str]] = {
    "Shipped": ("shipping", "in_transit"),
    "Received": ("receiving", "in_progress"),
    "ShipmentCancelled": ("void_shipping", "in_progress"),
    "ShipmentRefused": ("inspecting", "non_sellable_other"),
    "UnitsDispensed": ("dispensing", "dispensed"),
    "DispenseUndone": ("stocking", "sellable_accessible"),
    "LotRecalled": ("holding", "recalled"),
    "UnitsRecalled": ("holding", "recalled"),
    "RecallEnded": ("inspecting", "conformant"),
    "ReturnVerified": ("inspecting", "conformant"),
}
_FACTS = {
    UnitFact.DESTROYED: ("destroying", "destroyed"),
    UnitFact.SAMPLED: ("sampling", "inactive"),
    UnitFact.STOLEN: ("decommissioning", "stolen"),
    UnitFact.EXPORTED: ("decommissioning", "inactive"),
    UnitFact.REPACKAGED: ("decommissioning", "inactive"),
}


class Exporter:
    """Makes the events of one lot. `serial` tells the serial number of a unit, or None where it is not known here."""

    def __init__(
        self, history: History, lot_number: str, parties: Parties, serial: Callable[[int], str | None]
    ) -> None:
        self._history = history
        self._lot = lot_number
        self._parties = parties
        self._serial = serial

    def events(self) -> list[Event]:
        """In the order in which they happened; what EPCIS has no event for, such as a cut, is left out."""
        made = [self._event(fact) for fact in self._history.facts]
        return [self._named(event) for event in made if event is not None]

    def _event(self, fact: Fact) -> Event | None:
        name, values = fact.event.name, fact.event.values
        registered = self._history.registered
        if name == "LotRegistered":
            ilmd = (
                ("lotNumber", self._lot),
                ("itemExpirationDate", (EPOCH + timedelta(registered.expiry)).isoformat()),
                ("productionDate", (EPOCH + timedelta(registered.production)).isoformat()),
            )
            facts = tuple(Extension(f"{{{CBV_MASTER_DATA}}}{key}", text) for key, text in ilmd)
            return self._object(fact, Action.ADD, "commissioning", "active", ilmd=facts)
        if name in ("ContainerPacked", "ContainerOpened"):
            packed = name == "ContainerPacked"
            base = self._object(
                fact, Action.ADD if packed else Action.DELETE, "packing" if packed else "unpacking", None
            )
            parent = Sscc(f"{values['sscc']:018}").link()
            return replace(base, kind=EventKind.AGGREGATION, parent=parent)
        if name in ("UnitRetired", "IntervalRetired"):
            step, disposition = _FACTS[UnitFact(values["fact"])]
            return self._object(fact, Action.DELETE, step, disposition)
        if name == "LotInspected":
            released = values["quality"] == Quality.RELEASED
            return self._object(fact, Action.OBSERVE, "inspecting", "conformant" if released else "non_conformant")
        if name == "ConditionChanged":
            condition = Condition(values["condition"])
            step = "holding" if condition is Condition.HELD else "inspecting"
            disposition = "conformant" if condition is Condition.FIT else "non_sellable_other"
            return self._object(fact, Action.OBSERVE, step, disposition)
        if name == "InvestigationChanged":
            cleared = values["investigation"] == Investigation.NONE
            step, disposition = ("inspecting", "conformant") if cleared else ("holding", "non_sellable_other")
            return self._object(fact, Action.OBSERVE, step, disposition)
        if name not in _STEPS:
            return None
        step, disposition = _STEPS[name]
        event = self._object(fact, Action.OBSERVE, step, disposition)
        if name == "Shipped" and fact.custody is not None:
            event = self._with_parties(event, fact)
        if name == "DispenseUndone":
            return self._taken_back(fact, event)
        return event

    def _taken_back(self, fact: Fact, event: Event) -> Event:
        """The event of the dispensing once more, declared wrong, if it was of this pack alone. Else it was right of
        others, and the pack is in stock again by an event of its own."""
        earlier = [each for each in self._history.facts if each.event.name == "UnitsDispensed" and each.has(fact.first)]
        wrong = [each for each in earlier if each.event.block <= fact.event.block][-1:]
        if not wrong or wrong[0].end - wrong[0].first != 1:
            return event
        dispensed = self._object(wrong[0], Action.OBSERVE, *_STEPS["UnitsDispensed"])
        return replace(dispensed, error_declaration=ErrorDeclaration(event.time, "urn:epcglobal:cbv:er:did_not_occur"))

    def _object(
        self, fact: Fact, action: Action, step: str, disposition: str | None, ilmd: tuple[Extension, ...] = ()
    ) -> Event:
        time = datetime.fromtimestamp(fact.event.timestamp, UTC)
        epcs, quantities = self._units(fact)
        place = Place(self._parties.uri_of(fact.by, party=False))
        told = (
            ("transaction", fact.event.transaction),
            ("units", f"{fact.first}-{fact.end - 1}"),
        )
        return Event(
            place="",
            kind=EventKind.OBJECT,
            event_id=None,
            time=time,
            offset="+00:00",
            action=action,
            epcs=epcs,
            quantities=quantities,
            biz_step=step,
            disposition=disposition,
            read_point=place,
            biz_location=place if step not in ("shipping",) else None,
            ilmd=ilmd,
            extensions=tuple(Extension(f"{{{NAMESPACE}}}{key}", text) for key, text in told),
        )

    def _units(self, fact: Fact) -> tuple[tuple[str, ...], tuple[Quantity, ...]]:
        gtin = self._history.registered.gtin
        units = range(fact.first, fact.end)
        if fact.event.name == "UnitsDispensed":
            return self._listed(gtin, units_of_word(fact.event.values["units"]))
        return self._listed(gtin, units)

    def _listed(self, gtin: str, units: range | list[int]) -> tuple[tuple[str, ...], tuple[Quantity, ...]]:
        if len(units) <= LISTED:
            serials = [self._serial(unit) for unit in units]
            if all(serial is not None for serial in serials):
                return tuple(Sgtin(gtin, str(serial)).link() for serial in serials), ()
        return (), (Quantity(Lgtin(gtin, self._lot).link(), Decimal(len(units))),)

    def _with_parties(self, event: Event, fact: Fact) -> Event:
        custody = fact.custody
        if custody is None:
            return event
        sources = [Typed("possessing_party", self._parties.uri_of(custody.holder))]
        destinations = [Typed("possessing_party", self._parties.uri_of(custody.counterparty))]
        if custody.titled:
            sources.insert(0, Typed("owning_party", self._parties.uri_of(custody.owner)))
            destinations.insert(0, Typed("owning_party", self._parties.uri_of(custody.consignee)))
        disposition = "returned" if custody.returning else event.disposition
        return replace(event, sources=tuple(sources), destinations=tuple(destinations), disposition=disposition)

    @staticmethod
    def _named(event: Event) -> Event:
        known = event_hash(event)
        return replace(event, event_id=known, hash=known)
