"""What the chain knows of a lot, event by event, and the story of one pack from it."""

from __future__ import annotations

from dataclasses import dataclass

from carechain.chain import Event
from carechain.organisations import names_of
from carechain.supply import words
from carechain.supply.ledger import SupplyLedger
from carechain.supply.pedigree import Hold, Pedigree, Step, Temperatures
from carechain.supply.recall_record import RecallReason
from carechain.supply.words import (
    Condition,
    Custody,
    Investigation,
    Quality,
    Reason,
    RefusalReason,
    UnitFact,
    Verdict,
)

_WITH_INTERVAL = (
    "Shipped",
    "Received",
    "ShipmentRefused",
    "ShipmentCancelled",
    "ConsigneeSet",
    "TitlePassed",
    "IntervalRetired",
    "InvestigationChanged",
    "ConditionChanged",
    "ReturnVerified",
    "RecallAcknowledged",
    "RecalledUnitsReturned",
    "HandoverOrdered",
)
NAMES = (
    "LotRegistered",
    "LotSourceDeclared",
    "LotInspected",
    "LotRecalled",
    "UnitsRecalled",
    "RecallEnded",
    "ContainerPacked",
    "ContainerOpened",
    "UnitsDispensed",
    "DispenseUndone",
    "UnitRetired",
    *_WITH_INTERVAL,
)
"""Every event of a lot that says something of its units."""

REASONS = {
    Reason.IN_ORDER: "in order",
    Reason.LOT_UNKNOWN: "its lot is not registered",
    Reason.INTERVAL_UNKNOWN: "it was looked for in the wrong place",
    Reason.PROOF_INVALID: "it is none of this lot's packs: possibly a counterfeit",
    Reason.ILLEGITIMATE: "found illegitimate",
    Reason.STOLEN: "stolen",
    Reason.RECALLED_CLASS_1: "recalled, class I",
    Reason.DISPENSED: "dispensed already",
    Reason.EXPORTED: "exported",
    Reason.SAMPLED: "taken as a sample",
    Reason.DESTROYED: "destroyed",
    Reason.REPACKAGED: "repackaged",
    Reason.RECALLED_CLASS_2: "recalled, class II",
    Reason.RECALLED_CLASS_3: "recalled, class III",
    Reason.NOT_RELEASED: "its lot is not released yet",
    Reason.REJECTED: "the release of its lot was refused or taken back",
    Reason.UNFIT: "found unfit by an inspector",
    Reason.EXPIRED: "expired",
    Reason.SUSPECT: "under suspicion",
    Reason.QUARANTINED: "in quarantine",
    Reason.ON_HOLD: "on hold until an inspector decides",
    Reason.UNVERIFIED: "came back, and was not verified since",
}
VERDICTS = {
    Verdict.UNVERIFIED: "not shown to be genuine: do not use it",
    Verdict.BLOCKED: "genuine, and not to be used",
    Verdict.IN_TRANSIT: "genuine and in order, on its way",
    Verdict.SUPPLY: "genuine and in order",
}


@dataclass(frozen=True)
class Fact:
    """An event of a lot: about which of its units it is, by whom it was, and how it left the interval, if it tells."""

    event: Event
    first: int
    end: int
    by: int
    custody: Custody | None = None

    def has(self, unit: int) -> bool:
        """Whether the event is about this unit; of a word of units, whether it is one of them."""
        if self.event.name == "UnitsDispensed":
            return unit in words.units_of_word(self.event.values["units"])
        return self.first <= unit < self.end


class History:
    """The events of one lot, in the order in which they happened."""

    def __init__(self, ledger: SupplyLedger, lot: int) -> None:
        self._ledger = ledger
        self.lot = lot
        (self.registered,) = ledger.registered({"lot": lot})
        self._packed: dict[tuple[int, int], tuple[int, int]] = {}  # by packer and SSCC, as of the event at hand
        self.facts = [self._fact(event) for event in ledger.events(NAMES, {"lot": lot})]

    def _fact(self, event: Event) -> Fact:
        values = event.values
        units = self.registered.units
        if event.name in _WITH_INTERVAL:
            custody = Custody.of_event(values["interval"])
            by = next(
                (int(values[key]) for key in ("by", "regulator", "counterparty") if values.get(key)), custody.holder
            )
            return Fact(event, custody.first, custody.end, by, custody)
        if event.name in ("LotRecalled", "UnitsRecalled"):
            _, _, by = words.recall_of(values["notice"])
            return Fact(event, values.get("from", 0), values.get("until", units), by)
        if event.name == "ContainerPacked":
            self._packed[values["packer"], values["sscc"]] = values["first"], values["end"]
            return Fact(event, values["first"], values["end"], values["packer"])
        if event.name == "ContainerOpened":
            return Fact(event, *self._packed[values["packer"], values["sscc"]], values["holder"])
        if event.name == "UnitsDispensed":
            found = words.units_of_word(values["units"])
            return Fact(event, found[0], found[-1] + 1, values["holder"])
        if event.name in ("DispenseUndone", "UnitRetired"):
            return Fact(event, values["unit"], values["unit"] + 1, values["holder"])
        by = values.get("inspector", values.get("regulator", words.manufacturer_of(self.lot)))
        return Fact(event, 0, units, by)

    def of_unit(self, unit: int) -> list[Fact]:
        return [fact for fact in self.facts if fact.has(unit)]


def pedigree_of(
    ledger: SupplyLedger,
    lot: int,
    unit: int,
    text: str,
    product: str,
    status: str,
    temperatures: Temperatures | None = None,
) -> Pedigree:
    """The story of a unit. `text` is what the pack prints, `status` where it stands now."""
    names = names_of(ledger.chain)
    history = History(ledger, lot)
    steps: list[Step] = []
    holder = history.registered.manufacturer
    for fact in history.of_unit(unit):
        what, partner, note = _told(fact)
        if what is None:
            continue
        before = holder
        if fact.event.name == "Received" and fact.custody is not None:
            holder = fact.custody.holder
            partner = before
        if fact.event.name in _BY_OTHERS and fact.by != holder:
            partner = fact.by  # what others decide about it happens where it is
        steps.append(
            Step(
                fact.event.timestamp,
                what,
                names.get(holder, str(holder)),
                names.get(partner, str(partner)) if partner else None,
                note,
                fact.event.transaction,
            )
        )
    return Pedigree(text, product, status, tuple(steps), temperatures, tuple(_holds(history, unit)))


_BY_OTHERS = (
    "LotInspected",
    "LotRecalled",
    "UnitsRecalled",
    "RecallEnded",
    "ReturnVerified",
    "InvestigationChanged",
    "ConditionChanged",
    "HandoverOrdered",
)


def _told(fact: Fact) -> tuple[str | None, int | None, str]:
    """What happened, in a word; to or from whom; and what else there is to say."""
    name, values, custody = fact.event.name, fact.event.values, fact.custody
    if name == "Shipped" and custody is not None:
        on = f", for organisation {custody.consignee}" if custody.consignee != custody.counterparty else ""
        return ("returned" if custody.returning else "shipped"), custody.counterparty, f"{_size(fact)}{on}"
    if name == "ShipmentRefused":
        return "refused", fact.by, RefusalReason(values["reason"]).name.lower().replace("_", " ")
    if name == "ConditionChanged":
        condition = Condition(values["condition"])
        proven = "" if values["by"] else ", proven by a sensor's record"
        return (
            {"HELD": "held", "FIT": "released from hold", "REJECTED": "rejected"}[condition.name],
            None,
            _size(fact) + proven,
        )
    if name == "InvestigationChanged":
        found = Investigation(values["investigation"])
        return ("cleared" if found is Investigation.NONE else found.name.lower()), None, _size(fact)
    if name in ("LotRecalled", "UnitsRecalled"):
        recall_class, reason, _ = words.recall_of(values["notice"])
        return "recalled", None, f"class {'I' * recall_class}, {RecallReason(reason).name.lower()}"
    if name == "ContainerPacked":
        return "packed", None, f"SSCC {values['sscc']:018}"
    if name == "ContainerOpened":
        return "unpacked", None, f"SSCC {values['sscc']:018}"
    if name == "LotInspected":
        return ("released" if values["quality"] == Quality.RELEASED else "rejected"), None, "the lot"
    if name in ("UnitRetired", "IntervalRetired"):
        return UnitFact(values["fact"]).name.lower(), None, ""
    plain = {
        "LotRegistered": "commissioned",
        "Received": "received",
        "ShipmentCancelled": "shipment cancelled",
        "TitlePassed": "title passed",
        "ReturnVerified": "return verified",
        "UnitsDispensed": "dispensed",
        "DispenseUndone": "dispensing taken back",
        "RecallEnded": "recall ended",
        "RecallAcknowledged": "recall acknowledged",
        "RecalledUnitsReturned": "recall completed",
        "HandoverOrdered": "handover ordered",
    }
    return plain.get(name), None, _size(fact) if custody is not None else ""


def _size(fact: Fact) -> str:
    return f"{fact.end - fact.first:,} units"


def _holds(history: History, unit: int) -> list[Hold]:
    """The times in which the unit was not to be supplied; recalls are steps of their own."""
    spans: list[Hold] = []
    open_since: dict[str, tuple[int, str]] = {}

    def turn(kind: str, on: bool, at: int, reason: str) -> None:
        if kind in open_since and (not on or open_since[kind][1] != reason):
            since, old = open_since.pop(kind)
            spans.append(Hold(since, at, old))
        if on and kind not in open_since:
            open_since[kind] = (at, reason)

    for fact in history.of_unit(unit):
        name, values, at = fact.event.name, fact.event.values, fact.event.timestamp
        if name == "ConditionChanged":
            condition = Condition(values["condition"])
            reason = "until an inspector decides" if condition is Condition.HELD else "unfit"
            turn("condition", condition is not Condition.FIT, at, reason)
        elif name == "InvestigationChanged":
            found = Investigation(values["investigation"])
            turn("investigation", found is not Investigation.NONE, at, found.name.lower())
    spans += [Hold(since, None, reason) for since, reason in open_since.values()]
    return sorted(spans, key=lambda span: span.since)


def holders_of_recalled(ledger: SupplyLedger, lot: int) -> list[tuple[Custody, int]]:
    """The intervals of a lot that have recalled units, and how many each has."""
    state = ledger.state(lot)
    found = []
    for custody in ledger.intervals(lot):
        units = custody.end - custody.first if state.recall_class else _touched(custody, state.recall_ranges)
        if units:
            found.append((custody, units))
    return found


def _touched(custody: Custody, ranges: tuple[tuple[int, int, int], ...]) -> int:
    units: set[int] = set()
    for first, end, _ in ranges:
        units.update(range(max(first, custody.first), min(end, custody.end)))
    return len(units)


def status_of(reason: Reason, verdict: Verdict, holder: str) -> str:
    """A few words on where a pack stands."""
    if reason is not Reason.IN_ORDER:
        return REASONS[reason]
    return f"{'on its way from' if verdict is Verdict.IN_TRANSIT else 'with'} {holder}"
