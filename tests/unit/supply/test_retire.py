"""What else finally becomes of units: exported, sampled, destroyed, repackaged, stolen."""

import pytest

from carechain.supply.words import Condition, Custody, UnitFact, interval_of, notice_of
from tests.helpers.refusals import refused
from tests.helpers.suite import CARRIER, MANUFACTURER, PROCESSOR, REPACKAGER, WHOLESALER
from tests.helpers.supply import EVIDENCE, RETURN, ROLE_MISSING, SALE, TRANSFER, UNITS, UNKNOWN, by, event_of, sscc

FINAL = (UnitFact.EXPORTED, UnitFact.SAMPLED, UnitFact.DESTROYED, UnitFact.REPACKAGED, UnitFact.STOLEN)


def test_a_unit_is_retired_for_good(supply, trade, lot, whole, manufacturer):
    for unit, fact in enumerate(FINAL, start=45):
        sent = supply.retireUnit(whole, unit, fact, {"from": manufacturer})
        assert event_of(sent, "UnitRetired") == {"lot": lot, "holder": MANUFACTURER, "fact": fact, "unit": unit}
        for other in FINAL:
            with refused("UnitIsRetired", lot, unit, fact):
                supply.retireUnit(whole, unit, other, {"from": manufacturer})
    assert [supply.factOf(whole, unit) for unit in range(44, 51)] == [UnitFact.NONE, *FINAL, UnitFact.NONE]
    assert trade.custody(whole) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER, opened=True)


def test_an_interval_is_retired_for_good(supply, trade, lot, whole, manufacturer):
    parts = [whole + 20 * place for place in range(5)]
    for part in parts[:-1]:
        supply.cut(part, part & 0xFF, (part & 0xFF) + 20, {"from": manufacturer})
    supply.pack(parts[2], [sscc(1)], [60], {"from": manufacturer})
    for part, fact in zip(parts, FINAL, strict=True):
        before = trade.custody(part)
        sent = supply.retireInterval(part, fact, {"from": manufacturer})
        assert trade.told(sent, "IntervalRetired") == {
            "lot": lot,
            "holder": MANUFACTURER,
            "fact": fact,
            "interval": Custody(before.first, before.end, MANUFACTURER, MANUFACTURER, tier=before.tier, fact=fact),
        }
        assert supply.factOf(part, before.first) == supply.factOf(part, before.end - 1) == fact
        for call, arguments in ((supply.retireInterval, ()), (supply.retireUnit, (before.first,))):
            with refused("IntervalIsRetired", part, fact):
                call(part, *arguments, UnitFact.STOLEN, {"from": manufacturer})


def test_an_interval_of_which_a_unit_is_gone_is_not_retired_whole(supply, at_pharmacy, pharmacy):
    supply.dispenseUnit(at_pharmacy, 60, {"from": pharmacy})
    with refused("UnitIsRetired", at_pharmacy >> 24, 60, UnitFact.DISPENSED):
        supply.retireInterval(at_pharmacy, UnitFact.DESTROYED, {"from": pharmacy})
    supply.undoDispense(at_pharmacy, 60, {"from": pharmacy})
    supply.retireInterval(at_pharmacy, UnitFact.DESTROYED, {"from": pharmacy})


def test_what_is_no_such_fact_is_refused(supply, whole, manufacturer):
    for fact in (UnitFact.NONE, UnitFact.DISPENSED):
        with refused("UnitFactInvalid", fact):
            supply.retireUnit(whole, 0, fact, {"from": manufacturer})
        with refused("UnitFactInvalid", fact):
            supply.retireInterval(whole, fact, {"from": manufacturer})


def test_the_holder_alone_retires_and_makers_alone_repackage(supply, at_wholesaler, manufacturer, wholesaler):
    for call, arguments in ((supply.retireInterval, ()), (supply.retireUnit, (0,))):
        with refused("OperatorNotInStanding", manufacturer, WHOLESALER, UNKNOWN):
            call(at_wholesaler, *arguments, UnitFact.DESTROYED, {"from": manufacturer})
        with refused("OperatorNotInStanding", wholesaler, WHOLESALER, ROLE_MISSING):
            call(at_wholesaler, *arguments, UnitFact.REPACKAGED, {"from": wholesaler})


def test_a_unit_is_retired_where_it_is(supply, lot, whole, manufacturer):
    supply.cut(whole, 20, 40, {"from": manufacturer})
    part = interval_of(lot, 20)
    for unit in (19, 40, 2**24 - 1):
        with refused("UnitOutOfPlace", part, unit):
            supply.retireUnit(part, unit, UnitFact.DESTROYED, {"from": manufacturer})
    supply.pack(part, [sscc(1)], [40], {"from": manufacturer})
    with refused("IntervalIsPacked", part, 1):
        supply.retireUnit(part, 20, UnitFact.DESTROYED, {"from": manufacturer})


def test_what_is_under_way_is_stolen_and_nothing_else(supply, trade, whole, manufacturer):
    trade.ship(whole, WHOLESALER)
    for fact in set(FINAL) - {UnitFact.STOLEN}:
        with refused("IntervalInTransit", whole, WHOLESALER):
            supply.retireUnit(whole, 0, fact, {"from": manufacturer})
        with refused("IntervalInTransit", whole, WHOLESALER):
            supply.retireInterval(whole, fact, {"from": manufacturer})
    supply.retireUnit.call(whole, 0, UnitFact.STOLEN, {"from": manufacturer})
    supply.retireInterval(whole, UnitFact.STOLEN, {"from": manufacturer})
    assert trade.custody(whole) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER, fact=UnitFact.STOLEN)
    with refused("ShipmentNone", whole):
        supply.receiveShipment(whole, UNITS, by(WHOLESALER))


def test_what_may_not_be_used_is_neither_exported_nor_repackaged(supply, lot, whole, manufacturer, inspector):
    sender = {"from": manufacturer}

    def going_is(*refusal):
        for fact in FINAL:
            for call, arguments in ((supply.retireUnit, (whole, 0, fact)), (supply.retireInterval, (whole, fact))):
                if fact in (UnitFact.EXPORTED, UnitFact.REPACKAGED):
                    with refused(*refusal):
                        call(*arguments, sender)
                else:
                    call.call(*arguments, sender)

    supply.hold(whole, MANUFACTURER, EVIDENCE, sender)
    going_is("IntervalHeldUp", whole, 0, Condition.HELD, False)
    supply.decideHold(whole, True, EVIDENCE, {"from": inspector})
    supply.recallUnits(lot, MANUFACTURER, 0, 1, notice_of(1, 0), sender)
    going_is("LotIsRecalled", lot, 1)
    supply.retireUnit(whole, 1, UnitFact.EXPORTED, sender)


# ---------------------------------------------------------------------- repackaged


@pytest.fixture
def repackaged(supply, trade, at_wholesaler, repackager, regulator):
    """A lot of the repackager, and the interval that went into it."""
    trade.hand_over(at_wholesaler, REPACKAGER)
    supply.retireInterval(at_wholesaler, UnitFact.REPACKAGED, {"from": repackager})
    trade.authorise(REPACKAGER, gtin=96_385_074)
    return trade.register(1, holder=REPACKAGER, gtin=96_385_074), at_wholesaler


def test_a_lot_says_what_went_into_it(supply, trade, repackaged, repackager):
    lot, source = repackaged
    sent = supply.declareSource(lot, source, {"from": repackager})
    assert event_of(sent, "LotSourceDeclared") == {"lot": lot, "sourceLot": source >> 24, "source": source}
    for into in (lot, trade.register(2, holder=REPACKAGER, gtin=96_385_074)):
        with refused("LotSourceInvalid", into, source):
            supply.declareSource(into, source, {"from": repackager})


def test_a_lot_lasts_no_longer_than_what_went_into_it(supply, trade, repackaged, repackager):
    _, source = repackaged
    longer, shorter = (trade.register(days, holder=REPACKAGER, gtin=96_385_074, days=days) for days in (366, 300))
    with refused("LotSourceInvalid", longer, source):
        supply.declareSource(longer, source, {"from": repackager})
    supply.declareSource(shorter, source, {"from": repackager})


def test_a_source_is_what_its_maker_repackaged(supply, trade, repackaged, whole, repackager):
    lot, source = repackaged
    with refused("LotSourceInvalid", lot, whole):
        supply.declareSource(lot, whole, {"from": repackager})
    with refused("IntervalUnknown", source >> 24, 1):
        supply.declareSource(lot, source + 1, {"from": repackager})
    supply.retireInterval(whole, UnitFact.REPACKAGED, by(MANUFACTURER))
    with refused("LotSourceInvalid", lot, whole):
        supply.declareSource(lot, whole, {"from": repackager})
    destroyed = trade.hand_over(interval_of(trade.register(9), 0), REPACKAGER)
    supply.retireInterval(destroyed, UnitFact.DESTROYED, {"from": repackager})
    with refused("LotSourceInvalid", lot, destroyed):
        supply.declareSource(lot, destroyed, {"from": repackager})


def test_a_lots_own_maker_says_so(supply, repackaged, repackager, manufacturer):
    lot, source = repackaged
    with refused("OperatorNotInStanding", manufacturer, REPACKAGER, UNKNOWN):
        supply.declareSource(lot, source, {"from": manufacturer})
    with refused("LotUnknown", lot + 1):
        supply.declareSource(lot + 1, source, {"from": repackager})


def test_of_what_belongs_to_others_a_holder_records_that_it_is_lost(supply, trade, whole):
    trade.hand_over(whole, CARRIER, kind=TRANSFER)
    for fact in (UnitFact.EXPORTED, UnitFact.SAMPLED, UnitFact.REPACKAGED):
        for call, arguments in ((supply.retireUnit, (whole, 0, fact)), (supply.retireInterval, (whole, fact))):
            with refused("UnitFactInvalid", fact):
                call(*arguments, by(CARRIER))
    supply.retireInterval.call(whole, UnitFact.DESTROYED, by(CARRIER))
    sent = supply.retireInterval(whole, UnitFact.STOLEN, by(CARRIER))
    assert trade.told(sent, "IntervalRetired")["holder"] == CARRIER
    for to, kind in ((WHOLESALER, SALE), (PROCESSOR, RETURN), (MANUFACTURER, RETURN)):
        with refused("IntervalIsRetired", whole, UnitFact.STOLEN):
            supply.setConsignee(whole, to, kind, by(MANUFACTURER))
    with refused("IntervalIsRetired", whole, UnitFact.STOLEN):
        supply.deliver(whole, MANUFACTURER, by(CARRIER))
