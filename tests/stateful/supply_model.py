"""What the supply chain must hold, as plainly as Python can say it: every unit by itself, with all that is known of it.

Calls raise RefusedError with the name of the error with which the contract must refuse them. Who calls is named by the
organisation for which the key speaks, 0 for a stranger. Days are counted from 1970-01-01 (UTC).
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from carechain.roles import role_mask
from carechain.supply.words import (
    CAME_BACK,
    Condition,
    Custody,
    Investigation,
    Quality,
    Reason,
    RefusalReason,
    ShipmentKind,
    UnitFact,
    Verdict,
    manufacturer_of,
    units_of_word,
)
from tests.stateful.supply_units import (
    Lot,
    RefusedError,
    Unit,
    clear,
    is_sscc,
    loose,
    place,
    refuse,
    returnable,
    send,
    still,
    untouched,
    write,
)

MAKERS = role_mask(["manufacturer", "repackager"])
DISPENSERS = role_mask(["pharmacy", "provider"])
ENDS = MAKERS | role_mask(["returns processor"])
WHOLESALER = role_mask(["wholesaler"])
SUPPLIERS = MAKERS | WHOLESALER
OWNERS = SUPPLIERS | DISPENSERS | ENDS
CARRIER = role_mask(["carrier"])
HOLDERS = OWNERS | CARRIER
INSPECTOR = role_mask(["inspector"])
REGULATOR = role_mask(["regulator"])
UNDO_DAYS = 10
RANGES_MAX = 32
NOWHERE = {"counterparty": 0, "consignee": 0, "returning": False, "titled": False}


@dataclass
class SupplyModel:
    """The state of everything. `today` is the day of the block in which a call is made."""

    today: int
    roles: dict[int, int]
    holder: int
    """The organisation that is authorised to register lots of the only product."""
    suspended: set[int] = field(default_factory=set)
    lots: dict[int, Lot] = field(default_factory=dict)
    members: set[tuple[int, int, int]] = field(default_factory=set)
    packed: dict[tuple[int, int], tuple[int, int, int, int]] = field(default_factory=dict)

    def attempt(self, by: int, *calls: tuple[Any, ...]) -> str | None:
        """All calls, (name, *arguments), or none. The error with which they must be refused, or None."""
        before = {lot: state.copy() for lot, state in self.lots.items()}, set(self.members), dict(self.packed)
        try:
            for name, *arguments in calls:
                getattr(self, name)(by, *arguments)
        except RefusedError as refused:
            self.lots, self.members, self.packed = before
            return str(refused)
        return None

    # ------------------------------------------------------------------ lots

    def register(self, by: int, number: int, production: int, expiry: int, units: int, channel: int) -> None:
        self._standing(by, self.holder, MAKERS)
        refuse(units == 0, "LotUnitsZero")
        refuse(expiry <= production, "LotExpiryBeforeProduction")
        refuse(production > self.today or expiry < self.today, "LotDatesInvalid")
        lot = self.holder << 32 | number
        refuse(lot in self.lots, "LotKnown")
        made = [Unit(self.holder, self.holder, number=unit, is_first=unit == 0) for unit in range(units)]
        self.lots[lot] = Lot(made, expiry, channel=channel)

    def inspect(self, by: int, lot: int, quality: Quality) -> None:
        state = self._lot(lot)
        barred = state.quality is Quality.BARRED
        self._standing(by, by, REGULATOR if barred or quality is Quality.BARRED else INSPECTOR)
        refuse(quality in (Quality.PENDING, state.quality), "LotQualityUnchanged")
        refuse(barred and quality is Quality.RELEASED, "LotQualityUnchanged")
        state.quality = quality

    def set_member(self, by: int, channel: int, member: int, admitted: bool) -> None:
        self._standing(by, by, MAKERS)
        refuse(channel == 0, "LotChannelZero")
        (self.members.add if admitted else self.members.discard)((by, channel, member))

    def set_channel(self, by: int, lot: int, channel: int) -> None:
        state = self._lot(lot)
        self._standing(by, manufacturer_of(lot))
        state.channel = channel

    def announce_recall(self, by: int, lot: int, recalled: int) -> None:
        refuse(by != manufacturer_of(lot), "LotAuthorityMissing")  # in standing or not
        state = self._lot(lot)
        graver = not state.recall_class or recalled < state.recall_class
        refuse(not graver or recalled not in (1, 2, 3), "RecallNoticeInvalid")
        state.recall_class = recalled
        state.count_recall()

    def order_recall(self, by: int, lot: int, recalled: int) -> None:
        self._standing(by, by, REGULATOR)
        state = self._lot(lot)
        refuse(recalled not in (1, 2, 3), "RecallNoticeInvalid")
        state.recall_class = recalled
        state.count_recall()

    def recall_units(self, by: int, lot: int, as_: int, start: int, end: int, recalled: int) -> None:
        self._authority(by, lot, as_)
        state = self._lot(lot)
        refuse(start >= end or end > len(state.units), "RecallRangeInvalid")
        refuse(len(state.ranges) == RANGES_MAX, "RecallRangesFull")
        refuse(recalled not in (1, 2, 3), "RecallNoticeInvalid")
        state.ranges.append((start, end, recalled))
        state.count_recall()

    def end_recall(self, by: int, lot: int) -> None:
        self._standing(by, by, REGULATOR)
        state = self._lot(lot)
        refuse(not state.recall_class and not state.ranges, "RecallNone")
        state.recall_class, state.ranges = 0, []

    def acknowledge(self, by: int, interval: int) -> None:
        lot, units = self._load(interval)
        self._standing(by, units[0].holder)
        recalled = self._recalled(lot, units)
        refuse(not recalled, "RecallNone")
        refuse(units[0].acknowledged in (lot.recalls, CAME_BACK), "RecallAcknowledgedAlready")
        write(units, acknowledged=lot.recalls)
        lot.acknowledged |= recalled

    # ------------------------------------------------------------------ shipping

    def ship(self, by: int, interval: int, to: int, kind: ShipmentKind) -> None:
        lot, units = self._load(interval)
        self._ship(by, interval, lot, units, to, kind)

    def split_and_ship(self, by: int, interval: int, start: int, end: int, to: int, kind: ShipmentKind) -> None:
        lot, units = self._load(interval)
        part = self._cut(units, start, end)
        self._ship(by, interval, lot, part, to, kind)

    def consign(self, by: int, interval: int, carrier: int, consignee: int, kind: ShipmentKind) -> None:
        lot, units = self._load(interval)
        it = units[0]
        self._handover(by, it.holder, consignee)
        self._handover(by, it.holder, carrier)
        still(it)
        refuse(it.holder in (consignee, carrier), "ShipmentToSelf")
        refuse(it.holder != it.owner, "ShipmentOffRoute")
        refuse(not self.roles[carrier] & CARRIER, "ShipmentPartnerInvalid")
        self._partner(it.holder, consignee, kind)
        self._route(interval, lot, units, consignee, kind is ShipmentKind.RETURN)
        returning, titled = kind is ShipmentKind.RETURN, kind is not ShipmentKind.TRANSFER
        send(units, carrier, consignee, returning, titled)

    def deliver(self, by: int, interval: int, to: int) -> None:
        lot, units = self._load(interval)
        it = units[0]
        self._handover(by, it.holder, to)
        still(it)
        refuse(to == it.holder, "ShipmentToSelf")
        refuse(it.holder == it.owner, "ShipmentOffRoute")
        consignee, returning, titled = it.consignee, it.returning, it.titled
        if to == it.owner and consignee != it.owner:
            consignee, returning, titled = it.owner, True, False
        elif to != consignee:
            refuse(not consignee or not self.roles[to] & CARRIER, "ShipmentOffRoute")
        if returning:
            returnable(units)
        else:
            self._forward(interval, lot, units, consignee)
        send(units, to, consignee, returning, titled)

    def set_consignee(self, by: int, interval: int, consignee: int, kind: ShipmentKind) -> None:
        lot, units = self._load(interval)
        it = units[0]
        self._handover(by, it.owner, consignee)
        refuse(it.owner == it.holder, "IntervalNotYours")
        still(it)
        refuse(consignee == it.holder, "ShipmentToSelf")
        refuse(it.fate, "IntervalIsRetired")
        home = consignee == it.owner
        returning = home or kind is ShipmentKind.RETURN
        if not home:
            self._partner(it.owner, consignee, kind)
            self._handover(by, it.owner, it.holder)
            if not self.roles[it.holder] & CARRIER:
                self._partner(it.holder, consignee, kind)
            self._route(interval, lot, units, consignee, returning)
        titled = not home and kind is not ShipmentKind.TRANSFER
        send(units, 0, consignee, returning, titled)

    def pass_title(self, by: int, interval: int) -> None:
        lot, units = self._load(interval)
        it = units[0]
        self._handover(by, it.owner, it.holder)
        still(it)
        refuse(it.owner == it.holder or it.returning, "IntervalNotYours")
        self._partner(it.owner, it.holder, ShipmentKind.SALE)
        self._forward(interval, lot, units, it.holder)
        write(units, owner=it.holder, **NOWHERE)

    def receive(self, by: int, interval: int, counted: int) -> None:
        lot, units = self._load(interval)
        it = copy(units[0])
        refuse(not it.counterparty, "ShipmentNone")
        refuse(counted != units[-1].number + 1, "ShipmentMiscounted")
        self._standing(by, it.counterparty, HOLDERS)
        if it.counterparty != it.consignee:
            write(units, holder=it.counterparty, counterparty=0)
            return
        write(units, holder=it.counterparty, owner=it.counterparty if it.titled else it.owner, **NOWHERE)
        if it.returning:
            write(units, unverified=True)
            processor = self.roles[it.counterparty] & ENDS & ~MAKERS
            recalled = self._recalled(lot, units)
            at_end = processor or it.counterparty == manufacturer_of(interval >> 24)
            if at_end and recalled and it.acknowledged != CAME_BACK:
                write(units, acknowledged=CAME_BACK)
                lot.returned |= recalled

    def order_handover(self, by: int, interval: int, to: int) -> None:
        _, units = self._load(interval)
        self._standing(by, by, REGULATOR)
        good = self.roles.get(to, 0) & (ENDS | WHOLESALER) and to not in self.suspended
        refuse(not good, "OrganisationNotInStanding")
        refuse(units[0].fate, "IntervalIsRetired")
        refuse(to == units[0].holder, "ShipmentToSelf")
        send(units, to, to, True, False)

    def cancel(self, by: int, interval: int) -> None:
        _, units = self._load(interval)
        it = units[0]
        self._standing(by, it.holder)
        refuse(not it.counterparty, "ShipmentNone")
        write(units, **(NOWHERE if it.holder == it.owner else {"counterparty": 0}))

    def refuse_shipment(self, by: int, interval: int, reason: RefusalReason) -> None:
        _, units = self._load(interval)
        it = units[0]
        refuse(not it.counterparty, "ShipmentNone")
        self._standing(by, it.counterparty)
        if reason in (RefusalReason.MISSING, RefusalReason.TAMPERED) and not it.investigation:
            write(units, investigation=Investigation.SUSPECT)
        if it.holder == it.owner:
            write(units, **NOWHERE)
        elif it.counterparty == it.consignee:
            write(units, counterparty=0, consignee=it.owner, returning=True, titled=False)
        else:
            write(units, counterparty=0)

    # ------------------------------------------------------------------ cutting, merging, packing

    def cut(self, by: int, interval: int, start: int, end: int) -> None:
        _, units = self._load(interval)
        self._either_side(by, units[0])
        self._cut(units, start, end)

    def cut_container(self, by: int, interval: int, packer: int, sscc: int) -> None:
        _, units = self._load(interval)
        self._either_side(by, units[0])
        inside = [unit for unit in units if unit.containers[-1:] == ((packer, sscc),)]
        refuse(not inside, "ContainerUnknown")
        self._bound(units, inside)

    def merge(self, by: int, interval: int) -> None:
        lot, units = self._load(interval)
        self._standing(by, units[0].holder)
        still(units[0])
        clear(units[0])
        refuse(units[0].holder != units[0].owner, "IntervalNotYours")
        refuse(units[-1] is lot.units[-1], "IntervalUnknown")
        following = lot.units[units[-1].number + 1]
        refuse(not following.is_like(units[0]), "IntervalsNotMergeable")
        following.is_first = False

    def pack(self, by: int, interval: int, ssccs: list[int], ends: list[int]) -> None:
        _, units = self._load(interval)
        it = units[0]
        self._standing(by, it.holder)
        still(it)
        refuse(it.fate, "IntervalIsRetired")
        untouched(units)
        tier = len(it.containers) + 1
        fits = len(ssccs) == len(ends) and ends and ends[-1] == units[-1].number + 1
        refuse(not fits or tier > 3 or (tier > 1 and len(ends) > 1), "ContainerTilingInvalid")
        for (start, end), sscc in zip(pairwise([it.number, *ends]), ssccs, strict=True):
            refuse(end <= start, "ContainerTilingInvalid")
            refuse(not is_sscc(sscc), "ContainerSsccInvalid")
            refuse(self.is_closed(it.holder, sscc), "ContainerKnown")
            for unit in units[start - it.number : end - it.number]:
                unit.containers += ((it.holder, sscc),)
            self.packed[it.holder, sscc] = interval >> 24, start, end, tier

    def open_container(self, by: int, interval: int, packer: int, sscc: int) -> None:
        _, units = self._load(interval)
        self._standing(by, units[0].holder)
        still(units[0])
        refuse(any(unit.containers[-1:] != ((packer, sscc),) for unit in units), "ContainerUnknown")
        for unit in units:
            unit.containers = unit.containers[:-1]

    # ------------------------------------------------------------------ what becomes of units

    def dispense(self, by: int, interval: int, unit: int) -> None:
        lot, units = self._dispensable(by, interval)
        named = place(units, unit)
        self._marketable(lot, [unit])
        self._channel(interval >> 24, lot, by)
        self._dispense(named)

    def dispense_words(self, by: int, interval: int, words: list[int]) -> None:
        lot, units = self._dispensable(by, interval)
        refuse(not words, "UnitOutOfPlace")
        self._channel(interval >> 24, lot, by)
        if not lot.ranges:
            self._marketable(lot, [unit.number for unit in units])
        for word in words:
            numbers = units_of_word(word)
            refuse(not numbers, "UnitOutOfPlace")
            named = [place(units, number) for number in numbers]
            if lot.ranges:
                for number in numbers:
                    self._marketable(lot, [number])
            for unit in named:
                self._dispense(unit)

    def undo(self, by: int, interval: int, unit: int) -> None:
        lot, units = self._load(interval)
        self._standing(by, units[0].holder, DISPENSERS)
        still(units[0])
        clear(units[0])
        named = place(units, unit)
        self._marketable(lot, [unit])
        fresh = named.fact is UnitFact.DISPENSED and self.today - named.dispensed_on <= UNDO_DAYS
        refuse(not fresh, "UnitNotUndoable")
        named.fact = UnitFact.NONE

    def retire_unit(self, by: int, interval: int, unit: int, fact: UnitFact) -> None:
        lot, units = self._load(interval)
        self._retirable(by, lot, units, fact, [unit])
        loose(units[0])
        named = place(units, unit)
        refuse(named.fact, "UnitIsRetired")
        named.fact = fact

    def retire_interval(self, by: int, interval: int, fact: UnitFact) -> None:
        lot, units = self._load(interval)
        self._retirable(by, lot, units, fact, [unit.number for unit in units])
        untouched(units)
        write(units, fate=fact, **NOWHERE)

    # ------------------------------------------------------------------ suspicion, condition, returns

    def investigate(self, by: int, interval: int, as_: int, next_: Investigation) -> None:
        _, units = self._load(interval)
        it = units[0]
        refuse(it.fate, "IntervalIsRetired")
        if next_ in (Investigation.SUSPECT, Investigation.QUARANTINED):
            self._concerned(by, interval >> 24, it, as_)
            valid = next_ > it.investigation
        else:
            self._authority(by, interval >> 24, as_)
            valid = bool(it.investigation) and it.investigation is not next_
            if it.investigation is Investigation.ILLEGITIMATE:
                valid = valid and bool(self.roles[as_] & REGULATOR)
        refuse(not valid, "InvestigationInvalid")
        write(units, investigation=next_)

    def hold(self, by: int, interval: int, as_: int) -> None:
        _, units = self._load(interval)
        self._concerned(by, interval >> 24, units[0], as_)
        refuse(units[0].fate, "IntervalIsRetired")
        refuse(units[0].condition, "ConditionInvalid")
        write(units, condition=Condition.HELD)

    def decide(self, by: int, interval: int, fit: bool) -> None:
        _, units = self._load(interval)
        it = units[0]
        self._standing(by, by, INSPECTOR)
        refuse(by in (it.holder, it.counterparty, it.owner), "IntervalNotYours")
        next_ = Condition.FIT if fit else Condition.REJECTED
        refuse(it.condition in (Condition.FIT, next_), "ConditionInvalid")
        write(units, condition=next_)

    def verify_return(self, by: int, interval: int, as_: int) -> None:
        _, units = self._load(interval)
        self._authority(by, interval >> 24, as_)
        refuse(not units[0].unverified, "ReturnNone")
        write(units, unverified=False)

    # ------------------------------------------------------------------ answers

    def intervals(self, lot: int) -> list[Custody]:
        """As the contract should tell of them, but for whether they are opened, which it decides by itself."""
        units = self.lots[lot].units
        bounds = [unit.number for unit in units if unit.is_first] + [len(units)]
        return [self._view(units[start], end) for start, end in pairwise(bounds)]

    def fact_of(self, lot: int, unit: int) -> UnitFact:
        it = self.lots[lot].units[unit]
        return it.fact or it.fate

    def first_of(self, lot: int, unit: int) -> int:
        """The first unit of the interval that has a unit."""
        return next(it.number for it in reversed(self.lots[lot].units[: unit + 1]) if it.is_first)

    def is_closed(self, packer: int, sscc: int) -> bool:
        units = (unit for lot in self.lots.values() for unit in lot.units)
        return any((packer, sscc) in unit.containers for unit in units)

    def judge(self, lot: int, unit: int) -> tuple[Verdict, Reason]:
        """Whether a genuine pack may be used: of all that speaks against it, the gravest."""
        state = self.lots[lot]
        it = state.units[unit]
        fact, recalled = self.fact_of(lot, unit), state.class_of(unit)
        against = {
            Reason.ILLEGITIMATE: it.investigation is Investigation.ILLEGITIMATE,
            Reason.STOLEN: fact is UnitFact.STOLEN,
            Reason.RECALLED_CLASS_1: recalled == 1,
            Reason.DISPENSED: fact is UnitFact.DISPENSED,
            Reason.EXPORTED: fact is UnitFact.EXPORTED,
            Reason.SAMPLED: fact is UnitFact.SAMPLED,
            Reason.DESTROYED: fact is UnitFact.DESTROYED,
            Reason.REPACKAGED: fact is UnitFact.REPACKAGED,
            Reason.RECALLED_CLASS_2: recalled == 2,
            Reason.RECALLED_CLASS_3: recalled == 3,
            Reason.NOT_RELEASED: state.quality is Quality.PENDING,
            Reason.REJECTED: state.quality in (Quality.REJECTED, Quality.BARRED),
            Reason.UNFIT: it.condition is Condition.REJECTED,
            Reason.EXPIRED: self.today > state.expiry,
            Reason.SUSPECT: it.investigation is Investigation.SUSPECT,
            Reason.QUARANTINED: it.investigation is Investigation.QUARANTINED,
            Reason.ON_HOLD: it.condition is Condition.HELD,
            Reason.UNVERIFIED: it.unverified,
        }
        reasons = [reason for reason, speaks in against.items() if speaks]
        if reasons:
            return Verdict.BLOCKED, min(reasons)
        return (Verdict.IN_TRANSIT if it.counterparty else Verdict.SUPPLY), Reason.IN_ORDER

    # ------------------------------------------------------------------ internals

    def _standing(self, by: int, organisation: int, any_of: int = 0) -> None:
        roles = self.roles.get(organisation, 0)
        good = by == organisation and roles and organisation not in self.suspended and (not any_of or roles & any_of)
        refuse(not good, "OperatorNotInStanding")

    def _handover(self, by: int, organisation: int, to: int) -> None:
        self._standing(by, organisation)
        refuse(to not in self.roles or to in self.suspended, "OrganisationNotInStanding")

    def _authority(self, by: int, lot: int, as_: int) -> None:
        self._standing(by, as_, 0 if as_ == manufacturer_of(lot) else REGULATOR)

    def _concerned(self, by: int, lot: int, it: Unit, as_: int) -> None:
        concerned = as_ in (it.holder, it.counterparty, it.owner, manufacturer_of(lot))
        self._standing(by, as_, 0 if concerned else REGULATOR)

    def _either_side(self, by: int, it: Unit) -> None:
        self._standing(by, by)
        refuse(by not in (it.holder, it.counterparty), "IntervalNotYours")

    def _partner(self, holder: int, to: int, kind: ShipmentKind) -> None:
        roles = self.roles[holder]
        allowed = 0
        if kind is ShipmentKind.RETURN:
            allowed |= ENDS if roles & OWNERS else 0
            allowed |= WHOLESALER if roles & (DISPENSERS | WHOLESALER) else 0
        else:
            allowed |= DISPENSERS if roles & (SUPPLIERS | DISPENSERS) else 0
            allowed |= role_mask(["wholesaler", "repackager"]) if roles & SUPPLIERS else 0
            allowed |= MAKERS if roles & MAKERS else 0
            allowed |= CARRIER if kind is ShipmentKind.TRANSFER else 0
        refuse(not self.roles[to] & allowed, "ShipmentPartnerInvalid")

    def _ship(self, by: int, interval: int, lot: Lot, units: list[Unit], to: int, kind: ShipmentKind) -> None:
        it = units[0]
        self._handover(by, it.holder, to)
        refuse(to == it.holder, "ShipmentToSelf")
        self._partner(it.holder, to, kind)
        still(it)
        refuse(it.holder != it.owner, "ShipmentOffRoute")
        returning, titled = kind is ShipmentKind.RETURN, kind is not ShipmentKind.TRANSFER
        if not returning:
            clear(it)
            untouched(units)
        self._route(interval, lot, units, to, returning)
        send(units, to, to, returning, titled)

    def _route(self, interval: int, lot: Lot, units: list[Unit], to: int, returning: bool) -> None:
        if not returning:
            self._forward(interval, lot, units, to)
            return
        refuse(units[0].fate, "IntervalIsRetired")
        if not self.roles[to] & ENDS:
            refuse(units[0].investigation >= Investigation.QUARANTINED, "IntervalHeldUp")
            self._channel(interval >> 24, lot, to)
        returnable(units)

    def _forward(self, interval: int, lot: Lot, units: list[Unit], to: int) -> None:
        self._marketable(lot, [unit.number for unit in units])
        self._channel(interval >> 24, lot, to)
        clear(units[0])
        untouched(units)

    def _channel(self, lot: int, state: Lot, organisation: int) -> None:
        admitted = (manufacturer_of(lot), state.channel, organisation) in self.members
        refuse(state.channel and not admitted, "LotChannelClosed")

    def _marketable(self, lot: Lot, units: Iterable[int]) -> None:
        refuse(self.today > lot.expiry, "LotExpired")
        refuse(lot.quality is not Quality.RELEASED, "LotNotReleased")
        refuse(any(lot.class_of(unit) for unit in units), "LotIsRecalled")

    def _recalled(self, lot: Lot, units: list[Unit]) -> set[int]:
        return {unit.number for unit in units if lot.class_of(unit.number)}

    def _dispensable(self, by: int, interval: int) -> tuple[Lot, list[Unit]]:
        lot, units = self._load(interval)
        self._standing(by, units[0].holder, DISPENSERS)
        still(units[0])
        loose(units[0])
        clear(units[0])
        refuse(units[0].consignee, "ShipmentOffRoute")
        return lot, units

    def _dispense(self, unit: Unit) -> None:
        refuse(unit.fact, "UnitIsRetired")
        unit.fact, unit.dispensed_on = UnitFact.DISPENSED, self.today

    def _retirable(self, by: int, lot: Lot, units: list[Unit], fact: UnitFact, numbers: list[int]) -> None:
        it = units[0]
        refuse(fact <= UnitFact.DISPENSED, "UnitFactInvalid")
        lost = fact in (UnitFact.DESTROYED, UnitFact.STOLEN)
        refuse(it.holder != it.owner and not lost, "UnitFactInvalid")
        self._standing(by, it.holder, MAKERS if fact is UnitFact.REPACKAGED else 0)
        if fact is not UnitFact.STOLEN:
            still(it)
        refuse(it.fate, "IntervalIsRetired")
        if fact in (UnitFact.EXPORTED, UnitFact.REPACKAGED):
            clear(it)
            self._marketable(lot, numbers)

    def _cut(self, units: list[Unit], start: int, end: int) -> list[Unit]:
        loose(units[0])
        inside = [unit for unit in units if start <= unit.number < end]
        refuse(start >= end or len(inside) != end - start, "IntervalRangeInvalid")
        self._bound(units, inside)
        return inside

    def _bound(self, units: list[Unit], inside: list[Unit]) -> None:
        inside[0].is_first = True
        for following in units:
            if following.number == inside[-1].number + 1:
                following.is_first = True

    def _lot(self, lot: int) -> Lot:
        refuse(lot not in self.lots, "LotUnknown")
        return self.lots[lot]

    def _load(self, interval: int) -> tuple[Lot, list[Unit]]:
        lot, first = self.lots.get(interval >> 24), interval & (1 << 24) - 1
        if lot is None or first >= len(lot.units) or not lot.units[first].is_first:
            raise RefusedError("IntervalUnknown")
        end = next((unit.number for unit in lot.units[first + 1 :] if unit.is_first), len(lot.units))
        return lot, lot.units[first:end]

    def _view(self, it: Unit, end: int) -> Custody:
        return Custody(
            it.number,
            end,
            it.holder,
            it.owner,
            it.counterparty,
            it.consignee,
            it.investigation,
            it.condition,
            it.returning,
            it.titled,
            it.unverified,
            tier=len(it.containers),
            acknowledged=it.acknowledged,
            fact=it.fate,
        )
