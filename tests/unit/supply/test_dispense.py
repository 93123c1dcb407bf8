"""A pharmacy dispenses units, each once, and takes a dispensing back for ten days."""

import random

import pytest

from carechain.supply.words import Condition, Investigation, Quality, UnitFact, interval_of, notice_of, words_of_units
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    HOSPITAL,
    INSPECTOR,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REGULATOR,
    SECOND_PHARMACY,
    WHOLESALER,
    now,
    pass_time,
)
from tests.helpers.supply import (
    CERTIFICATE,
    DAY,
    EVIDENCE,
    RETURN,
    ROLE_MISSING,
    TRANSFER,
    UNITS,
    UNKNOWN,
    by,
    event_of,
    sscc,
)


def _word(*units):
    (word,) = words_of_units(units)
    return word


@pytest.fixture
def stock(supply, trade, at_pharmacy):
    """Units 10 to 89 of the pharmacy's lot; it has the others too, as other intervals. The interval."""
    supply.cut(at_pharmacy, 10, 90, by(PHARMACY))
    return at_pharmacy + 10


def test_a_unit_is_dispensed_once(supply, trade, stock, pharmacy):
    sent = supply.dispenseUnit(stock, 50, {"from": pharmacy})
    assert event_of(sent, "UnitsDispensed") == {"lot": stock >> 24, "holder": PHARMACY, "units": _word(50)}
    assert supply.factOf(stock, 50) == UnitFact.DISPENSED
    assert [supply.factOf(stock, unit) for unit in (49, 51, 2)] == [UnitFact.NONE] * 3
    assert trade.custody(stock).opened
    assert not trade.custody(stock - 10).opened
    with refused("UnitIsRetired", stock >> 24, 50, UnitFact.DISPENSED):
        supply.dispenseUnit(stock, 50, {"from": pharmacy})
    with refused("UnitIsRetired", stock >> 24, 50, UnitFact.DISPENSED):
        supply.dispenseUnits(stock, [_word(50)], {"from": pharmacy})


def test_the_units_at_the_bounds_are_dispensed_and_none_beyond(supply, stock, pharmacy):
    for unit in (10, 47, 48, 89):
        supply.dispenseUnit(stock, unit, {"from": pharmacy})
    for unit in (9, 90, 0, 2**24 - 1):
        with refused("UnitOutOfPlace", stock, unit):
            supply.dispenseUnit(stock, unit, {"from": pharmacy})


def test_units_are_dispensed_together(supply, stock, pharmacy):
    units = [10, 11, 40, 47, 48, 60, 89]
    sent = supply.dispenseUnits(stock, words_of_units(units), {"from": pharmacy})
    told = [dict(event) for event in sent.events["UnitsDispensed"]]
    assert told == [{"lot": stock >> 24, "holder": PHARMACY, "units": word} for word in words_of_units(units)]
    assert [unit for unit in range(UNITS) if supply.factOf(stock, unit)] == units


def test_a_pharmacy_and_a_provider_dispense_what_is_theirs_or_others(supply, trade, lot, whole):
    trade.hand_over(whole, HOSPITAL, kind=TRANSFER)
    sent = supply.dispenseUnit(whole, 0, by(HOSPITAL))
    assert event_of(sent, "UnitsDispensed")["holder"] == HOSPITAL
    assert trade.custody(whole).owner == MANUFACTURER


def test_what_is_only_carried_is_not_dispensed(supply, trade, whole):
    trade.hand_over(whole, HOSPITAL, kind=TRANSFER)
    supply.setConsignee(whole, PHARMACY, TRANSFER, by(MANUFACTURER))
    for call, argument in ((supply.dispenseUnit, 50), (supply.dispenseUnits, [_word(50)])):
        with refused("ShipmentOffRoute", whole, PHARMACY, HOSPITAL):
            call(whole, argument, by(HOSPITAL))


def test_a_lot_is_dispensed_within_its_channel(supply, at_pharmacy):
    supply.setLotChannel(at_pharmacy >> 24, 7, by(MANUFACTURER))
    for call, argument in ((supply.dispenseUnit, 50), (supply.dispenseUnits, [_word(50)])):
        with refused("LotChannelClosed", at_pharmacy >> 24, 7, PHARMACY):
            call(at_pharmacy, argument, by(PHARMACY))
    supply.setChannelMember(7, PHARMACY, True, by(MANUFACTURER))
    supply.dispenseUnit(at_pharmacy, 50, by(PHARMACY))


def test_random_sets_are_dispensed_once_each(supply, stock, pharmacy):
    chance = random.Random(48)
    gone = set()
    for _ in range(12):
        units = sorted(chance.sample(range(10, 90), chance.randint(1, 6)))
        taken = [unit for unit in units if unit in gone]
        if taken:
            with refused("UnitIsRetired", stock >> 24, taken[0], UnitFact.DISPENSED):
                supply.dispenseUnits(stock, words_of_units(units), {"from": pharmacy})
        else:
            supply.dispenseUnits(stock, words_of_units(units), {"from": pharmacy})
            gone |= set(units)
    assert {unit for unit in range(UNITS) if supply.factOf(stock, unit)} == gone


def test_nothing_is_dispensed_twice_in_one_transaction(supply, stock, pharmacy):
    for words in ([_word(50), _word(50)], [_word(50, 51), _word(60), _word(49, 50)]):
        with refused("UnitIsRetired", stock >> 24, 50, UnitFact.DISPENSED):
            supply.dispenseUnits(stock, words, {"from": pharmacy})
    one = supply.dispenseUnit.encode_input(stock, 50)
    for other in (one, supply.dispenseUnits.encode_input(stock, [_word(50)])):
        with refused("UnitIsRetired", stock >> 24, 50, UnitFact.DISPENSED):
            supply.multicall([one, other], {"from": pharmacy})
    assert supply.factOf(stock, 50) == UnitFact.NONE


def test_all_of_a_batch_are_in_place(supply, stock, pharmacy):
    for words, unit in (
        ([], 10),
        ([0], 0),
        ([_word(20), 1 << 48], 48),
        ([_word(9, 10)], 9),
        ([_word(20), _word(89, 90)], 90),
        ([1 << 200], (1 << 152) * 48),
        ([2**256 - 1], (2**208 - 1) * 48),
        ([(2**24 // 48 + 1) << 48 | 1], (2**24 // 48 + 1) * 48),
    ):
        with refused("UnitOutOfPlace", stock, unit):
            supply.dispenseUnits(stock, words, {"from": pharmacy})
    assert not any(supply.factOf(stock, unit) for unit in range(UNITS))


def test_who_dispenses(supply, trade, at_wholesaler, stock, second_pharmacy, stranger):
    for interval, organisation in ((at_wholesaler, WHOLESALER), (interval_of(trade.register(9), 0), MANUFACTURER)):
        operator = by(organisation)["from"]
        for call, argument in ((supply.dispenseUnit, 50), (supply.dispenseUnits, [_word(50)])):
            with refused("OperatorNotInStanding", operator, organisation, ROLE_MISSING):
                call(interval, argument, {"from": operator})
    for operator in (second_pharmacy, stranger):
        with refused("OperatorNotInStanding", operator, PHARMACY, UNKNOWN):
            supply.dispenseUnit(stock, 50, {"from": operator})


def test_what_may_not_be_used_is_not_dispensed(supply, trade, at_pharmacy, inspector, regulator):
    lot, expiry = at_pharmacy >> 24, supply.lotOf(at_pharmacy >> 24)[3]

    def dispensing_is(*refusal):
        for call, argument in ((supply.dispenseUnit, 50), (supply.dispenseUnits, [_word(50)])):
            with refused(*refusal):
                call(at_pharmacy, argument, by(PHARMACY))

    trade.ship(at_pharmacy, WHOLESALER, RETURN)
    dispensing_is("IntervalInTransit", at_pharmacy, WHOLESALER)
    supply.cancelShipment(at_pharmacy, by(PHARMACY))
    supply.pack(at_pharmacy, [sscc(7)], [UNITS], by(PHARMACY))
    dispensing_is("IntervalIsPacked", at_pharmacy, 1)
    supply.openContainer(at_pharmacy, PHARMACY, sscc(7), by(PHARMACY))
    supply.hold(at_pharmacy, PHARMACY, EVIDENCE, by(PHARMACY))
    dispensing_is("IntervalHeldUp", at_pharmacy, 0, Condition.HELD, False)
    supply.decideHold(at_pharmacy, True, EVIDENCE, {"from": inspector})
    supply.investigate(at_pharmacy, PHARMACY, Investigation.SUSPECT, EVIDENCE, by(PHARMACY))
    dispensing_is("IntervalHeldUp", at_pharmacy, Investigation.SUSPECT, 0, False)
    supply.investigate(at_pharmacy, MANUFACTURER, Investigation.NONE, EVIDENCE, by(MANUFACTURER))
    supply.inspectLot(lot, Quality.REJECTED, CERTIFICATE, {"from": inspector})
    dispensing_is("LotNotReleased", lot, Quality.REJECTED)
    trade.release(lot)
    supply.announceRecall(lot, notice_of(2, 0), by(MANUFACTURER))
    dispensing_is("LotIsRecalled", lot, 2)
    supply.endRecall(lot, {"from": regulator})
    supply.dispenseUnit.call(at_pharmacy, 50, by(PHARMACY))
    pass_time((expiry + 1) * DAY - now())
    dispensing_is("LotExpired", lot, expiry)
    supply.retireInterval(at_pharmacy, UnitFact.DESTROYED, by(PHARMACY))
    dispensing_is("IntervalIsRetired", at_pharmacy, UnitFact.DESTROYED)


def test_units_that_are_not_recalled_are_dispensed(supply, stock, pharmacy):
    supply.recallUnits(stock >> 24, REGULATOR, 40, 50, notice_of(3, 0), by(REGULATOR))
    for unit in (40, 49):
        with refused("LotIsRecalled", stock >> 24, 3):
            supply.dispenseUnit(stock, unit, {"from": pharmacy})
        with refused("LotIsRecalled", stock >> 24, 3):
            supply.dispenseUnits(stock, words_of_units([20, unit, 70]), {"from": pharmacy})
    supply.dispenseUnit(stock, 39, {"from": pharmacy})
    supply.dispenseUnits(stock, words_of_units([20, 50, 70]), {"from": pharmacy})


# ---------------------------------------------------------------------- taken back


@pytest.fixture
def morning():
    """A day has begun just now."""
    pass_time(DAY - now() % DAY + 60)


def test_a_dispensing_is_taken_back_and_the_unit_is_as_before(supply, trade, stock, pharmacy):
    supply.dispenseUnit(stock, 50, {"from": pharmacy})
    sent = supply.undoDispense(stock, 50, {"from": pharmacy})
    assert event_of(sent, "DispenseUndone") == {"lot": stock >> 24, "holder": PHARMACY, "unit": 50}
    assert supply.factOf(stock, 50) == UnitFact.NONE
    trade.hand_over(stock, SECOND_PHARMACY)
    assert not trade.custody(stock).opened
    supply.dispenseUnit(stock, 50, by(SECOND_PHARMACY))


def test_a_dispensing_is_taken_back_for_ten_days(supply, morning, stock, pharmacy):
    supply.dispenseUnits(stock, words_of_units([50, 51, 89]), {"from": pharmacy})
    for day, unit in ((0, 51), (10, 50)):
        pass_time(day * DAY)
        supply.undoDispense(stock, unit, {"from": pharmacy})
    pass_time(DAY)
    for _ in range(3):
        with refused("UnitNotUndoable", stock >> 24, 89):
            supply.undoDispense(stock, 89, {"from": pharmacy})
        pass_time(40 * DAY)
    assert supply.factOf(stock, 89) == UnitFact.DISPENSED


def test_each_unit_has_ten_days_of_its_own(supply, morning, stock, pharmacy):
    """However often what is known of its neighbours was written meanwhile."""
    for unit in range(50, 65):
        supply.dispenseUnit(stock, unit, {"from": pharmacy})
        pass_time(DAY)
    # It is the fifteenth day: the unit of day n was dispensed 15 - n days ago.
    supply.retireUnit(stock, 80, UnitFact.DESTROYED, {"from": pharmacy})
    for day, unit in enumerate(range(50, 65)):
        if 15 - day > 10:
            with refused("UnitNotUndoable", stock >> 24, unit):
                supply.undoDispense(stock, unit, {"from": pharmacy})
        else:
            supply.undoDispense(stock, unit, {"from": pharmacy})
    facts = [supply.factOf(stock, unit) for unit in range(50, 81)]
    assert facts == [UnitFact.DISPENSED] * 5 + [UnitFact.NONE] * 25 + [UnitFact.DESTROYED]


def test_another_takes_nothing_back_and_gets_nothing_of_it(supply, stock, pharmacy, second_pharmacy, trade):
    supply.dispenseUnit(stock, 50, {"from": pharmacy})
    with refused("OperatorNotInStanding", second_pharmacy, PHARMACY, UNKNOWN):
        supply.undoDispense(stock, 50, {"from": second_pharmacy})
    with refused("UnitIsRetired", stock >> 24, 50, UnitFact.DISPENSED):
        trade.ship(stock, WHOLESALER, RETURN)


def test_what_was_not_dispensed_is_not_taken_back(supply, stock, pharmacy):
    supply.retireUnit(stock, 51, UnitFact.SAMPLED, {"from": pharmacy})
    for unit in (50, 51):
        with refused("UnitNotUndoable", stock >> 24, unit):
            supply.undoDispense(stock, unit, {"from": pharmacy})
    for unit in (9, 90):
        with refused("UnitOutOfPlace", stock, unit):
            supply.undoDispense(stock, unit, {"from": pharmacy})


def test_what_may_not_be_used_is_not_taken_back(supply, trade, at_pharmacy, pharmacy, regulator):
    lot, sender = at_pharmacy >> 24, {"from": pharmacy}

    def taking_back_is(*refusal):
        with refused(*refusal):
            supply.undoDispense(at_pharmacy, 50, sender)

    supply.dispenseUnit(at_pharmacy, 50, sender)
    supply.recallUnits(lot, REGULATOR, 50, 51, notice_of(1, 0), {"from": regulator})
    taking_back_is("LotIsRecalled", lot, 1)
    supply.endRecall(lot, {"from": regulator})
    supply.inspectLot(lot, Quality.BARRED, CERTIFICATE, {"from": regulator})
    taking_back_is("LotNotReleased", lot, Quality.BARRED)
    supply.inspectLot(lot, Quality.REJECTED, CERTIFICATE, {"from": regulator})
    trade.release(lot)
    supply.hold(at_pharmacy, PHARMACY, EVIDENCE, sender)
    taking_back_is("IntervalHeldUp", at_pharmacy, 0, Condition.HELD, False)
    supply.decideHold(at_pharmacy, True, EVIDENCE, by(INSPECTOR))
    supply.orderHandover(at_pharmacy, PROCESSOR, {"from": regulator})
    taking_back_is("IntervalInTransit", at_pharmacy, PROCESSOR)
    supply.cancelShipment(at_pharmacy, sender)
    supply.undoDispense(at_pharmacy, 50, sender)
