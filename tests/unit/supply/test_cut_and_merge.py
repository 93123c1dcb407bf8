"""Intervals are cut and merged, and always cover the lot without gap or overlap."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest

from carechain.supply.words import Condition, Custody, Investigation, UnitFact, interval_of, notice_of
from tests.helpers.refusals import refused
from tests.helpers.suite import MANUFACTURER, PHARMACY, SECOND_WHOLESALER, WHOLESALER
from tests.helpers.supply import EVIDENCE, SALE, TRANSFER, UNITS, UNKNOWN, by, sscc


@pytest.mark.parametrize(("first", "end"), [(0, 30), (30, 60), (60, UNITS), (0, UNITS)])
def test_a_part_becomes_an_interval_of_its_own(supply, trade, lot, whole, first, end):
    state = supply.lotOf(lot)
    sent = supply.cut(whole, first, end, by(MANUFACTURER))
    part = Custody(first, end, MANUFACTURER, MANUFACTURER)
    assert trade.told(sent, "IntervalCut") == {"lot": lot, "interval": part}
    bounds = [(0, first), (first, end), (end, UNITS)]
    assert trade.intervals(lot) == [replace(part, first=start, end=until) for start, until in bounds if start < until]
    assert supply.lotOf(lot) == state


def test_either_side_cuts_and_nobody_else(supply, trade, whole, pharmacy, stranger):
    trade.ship(whole, WHOLESALER)
    with refused("IntervalNotYours", whole, PHARMACY):
        supply.cut(whole, 0, 10, {"from": pharmacy})
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        supply.cut(whole, 0, 10, {"from": stranger})
    supply.cut(whole, 0, 10, by(MANUFACTURER))
    supply.cut(whole, 0, 5, by(WHOLESALER))
    assert [each.counterparty for each in trade.intervals(whole >> 24)] == [WHOLESALER] * 3


def test_a_part_lies_within_the_interval(supply, trade, lot, whole, manufacturer):
    supply.cut(whole, 20, 40, {"from": manufacturer})
    part = interval_of(lot, 20)
    for first, end in ((19, 30), (30, 30), (31, 30), (30, 41), (0, 10), (0, 2**24 - 1)):
        with refused("IntervalRangeInvalid", part, first, end):
            supply.cut(part, first, end, {"from": manufacturer})
    with refused("IntervalUnknown", lot, 30):
        supply.cut(interval_of(lot, 30), 30, 35, {"from": manufacturer})


def test_parts_are_what_the_whole_was(supply, trade, lot, whole, manufacturer):
    supply.retireUnit(whole, 7, UnitFact.SAMPLED, {"from": manufacturer})
    supply.announceRecall(lot, notice_of(2, 0), {"from": manufacturer})
    supply.acknowledgeRecall(whole, {"from": manufacturer})
    supply.hold(whole, MANUFACTURER, EVIDENCE, {"from": manufacturer})
    supply.investigate(whole, MANUFACTURER, Investigation.SUSPECT, EVIDENCE, {"from": manufacturer})
    before = trade.custody(whole)
    assert (before.opened, before.acknowledged, before.condition) == (True, 1, Condition.HELD)
    supply.cut(whole, 20, 40, {"from": manufacturer})
    assert trade.intervals(lot) == [
        replace(before, first=start, end=until) for start, until in ((0, 20), (20, 40), (40, UNITS))
    ]


# ---------------------------------------------------------------------- merged


def test_neighbours_become_one(supply, trade, lot, whole, manufacturer):
    state = supply.lotOf(lot)
    supply.cut(whole, 20, 40, {"from": manufacturer})
    sent = supply.merge(interval_of(lot, 20), {"from": manufacturer})
    assert trade.told(sent, "IntervalsMerged") == {
        "lot": lot,
        "interval": Custody(20, UNITS, MANUFACTURER, MANUFACTURER),
    }
    with refused("IntervalUnknown", lot, 40):
        supply.merge(interval_of(lot, 40), {"from": manufacturer})
    supply.merge(whole, {"from": manufacturer})
    assert trade.intervals(lot) == [Custody(0, UNITS, MANUFACTURER, MANUFACTURER)]
    assert supply.lotOf(lot) == state


def test_the_last_interval_has_no_neighbour(supply, lot, whole, manufacturer):
    with refused("IntervalUnknown", lot, UNITS):
        supply.merge(whole, {"from": manufacturer})


def test_whoever_does_not_hold_merges_nothing(supply, trade, lot, whole, wholesaler, manufacturer):
    supply.cut(whole, 0, 50, {"from": manufacturer})
    trade.ship(whole, WHOLESALER)
    trade.ship(interval_of(lot, 50), WHOLESALER)
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.merge(whole, {"from": wholesaler})


def test_only_what_is_in_hand_and_clear_is_merged(supply, trade, lot, whole, manufacturer):
    sender = {"from": manufacturer}
    supply.cut(whole, 0, 50, sender)
    for interval in (whole, interval_of(lot, 50)):
        trade.ship(interval, WHOLESALER)
    with refused("IntervalInTransit", whole, WHOLESALER):
        supply.merge(whole, sender)
    for interval in (whole, interval_of(lot, 50)):
        supply.cancelShipment(interval, sender)
        supply.hold(interval, MANUFACTURER, EVIDENCE, sender)
    with refused("IntervalHeldUp", whole, 0, Condition.HELD, False):
        supply.merge(whole, sender)
    for interval in (whole, interval_of(lot, 50)):
        supply.retireInterval(interval, UnitFact.DESTROYED, sender)
    with refused("IntervalIsRetired", whole, UnitFact.DESTROYED):
        supply.merge(whole, sender)


def test_neighbours_that_differ_stay_apart(supply, trade, lot, whole, manufacturer):
    sender = {"from": manufacturer}
    supply.cut(whole, 0, 50, sender)
    other = interval_of(lot, 50)
    supply.announceRecall(lot, notice_of(3, 0), sender)
    supply.endRecall(lot, by(13))

    def unlike(change, *arguments, undo=None):
        change(other, *arguments, sender)
        with refused("IntervalsNotMergeable", whole, other):
            supply.merge(whole, sender)
        if undo:
            undo()

    unlike(supply.ship, WHOLESALER, SALE, undo=lambda: supply.cancelShipment(other, sender))
    unlike(
        supply.investigate,
        MANUFACTURER,
        Investigation.SUSPECT,
        EVIDENCE,
        undo=lambda: supply.investigate(other, MANUFACTURER, Investigation.NONE, EVIDENCE, sender),
    )
    unlike(supply.hold, MANUFACTURER, EVIDENCE, undo=lambda: supply.decideHold(other, True, EVIDENCE, by(12)))
    unlike(supply.pack, [sscc(1)], [UNITS], undo=lambda: supply.openContainer(other, MANUFACTURER, sscc(1), sender))
    supply.merge.call(whole, sender)
    unlike(supply.retireInterval, UnitFact.DESTROYED)


def test_neighbours_of_another_holder_or_owner_stay_apart(supply, trade, lot, whole, manufacturer):
    supply.cut(whole, 0, 50, {"from": manufacturer})
    trade.hand_over(interval_of(lot, 50), WHOLESALER)
    with refused("IntervalsNotMergeable", whole, interval_of(lot, 50)):
        supply.merge(whole, {"from": manufacturer})
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    with refused("IntervalNotYours", whole, WHOLESALER):
        supply.merge(whole, by(WHOLESALER))
    supply.passTitle(whole, {"from": manufacturer})
    supply.merge(whole, by(WHOLESALER))
    assert trade.intervals(lot) == [Custody(0, UNITS, WHOLESALER, WHOLESALER)]


@pytest.mark.parametrize("gone", [1, 51])
def test_a_unit_that_is_gone_is_gone_after_merging(supply, trade, lot, whole, manufacturer, gone):
    supply.cut(whole, 0, 50, {"from": manufacturer})
    supply.retireUnit(interval_of(lot, gone - 1), gone, UnitFact.SAMPLED, {"from": manufacturer})
    supply.merge(whole, {"from": manufacturer})
    assert trade.intervals(lot) == [Custody(0, UNITS, MANUFACTURER, MANUFACTURER, opened=True)]
    with refused("UnitIsRetired", lot, gone, UnitFact.SAMPLED):
        trade.ship(whole, SECOND_WHOLESALER)


def test_whatever_is_cut_and_merged_the_lot_is_covered(supply, trade, lot, whole, manufacturer):
    chance = random.Random(582)
    starts = [0]
    for _ in range(40):
        place = chance.randrange(len(starts))
        bounds = [*starts, UNITS]
        first, end = bounds[place], bounds[place + 1]
        if chance.random() < 0.5 and place + 1 < len(starts):
            supply.merge(interval_of(lot, first), {"from": manufacturer})
            del starts[place + 1]
        else:
            a, b = sorted((chance.randint(first, end), chance.randint(first, end)))
            if a == b:
                continue
            supply.cut(interval_of(lot, first), a, b, {"from": manufacturer})
            starts = sorted({*starts, a, b} - {UNITS})
        bounds = [*starts, UNITS]
        assert [(each.first, each.end) for each in trade.intervals(lot)] == list(pairwise(bounds))
