"""A manufacturer or a regulator recalls a lot or units of it; holders acknowledge it; what comes back is counted."""

import pytest

from carechain.supply.recall_record import RecallReason
from carechain.supply.words import CAME_BACK, Custody, UnitFact, interval_of, lot_of, notice_of
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CARRIER,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REGULATOR,
    SECOND_WHOLESALER,
    WHOLESALER,
)
from tests.helpers.supply import (
    RETURN,
    ROLE_MISSING,
    SUSPENDED,
    UNITS,
    UNKNOWN,
    by,
    event_of,
)

CLASS_1, CLASS_2, CLASS_3 = (notice_of(number, 1) for number in (1, 2, 3))


@pytest.fixture
def progress(supply):
    """How many units of the lot's last recall are acknowledged, and returned."""

    def progress(interval):
        return tuple(supply.recallProgress(interval >> 24))

    return progress


# ---------------------------------------------------------------------- announced


def test_a_manufacturer_recalls_a_lot(supply, trade, lot, whole, manufacturer):
    sent = supply.announceRecall(lot, notice_of(2, RecallReason.MANUFACTURING), {"from": manufacturer})
    assert event_of(sent, "LotRecalled") == {
        "lot": lot,
        "notice": notice_of(2, RecallReason.MANUFACTURING, MANUFACTURER),
    }
    assert supply.lotOf(lot)[6:9] == (2, 1, ())
    with refused("LotIsRecalled", lot, 2):
        trade.ship(whole, WHOLESALER)


def test_not_even_a_suspension_stops_a_recall(supply, participants, supervisor, lot, manufacturer):
    participants.suspend(MANUFACTURER, 0, bytes(32), {"from": supervisor})
    supply.announceRecall(lot, CLASS_1, {"from": manufacturer})
    assert supply.lotOf(lot)[6] == 1
    with refused("OperatorNotInStanding", manufacturer, MANUFACTURER, SUSPENDED):
        supply.recallUnits(lot, MANUFACTURER, 0, 1, CLASS_1, {"from": manufacturer})


def test_a_manufacturer_makes_its_recall_graver_and_never_milder(supply, lot, manufacturer):
    for announced, no_graver in ((3, (3,)), (2, (2, 3)), (1, (1, 2, 3))):
        supply.announceRecall(lot, notice_of(announced, 0), {"from": manufacturer})
        assert supply.lotOf(lot)[6] == announced
        for number in (0, *no_graver, 4, 255):
            with refused("RecallNoticeInvalid", notice_of(number, 0)):
                supply.announceRecall(lot, notice_of(number, 0), {"from": manufacturer})
    assert supply.lotOf(lot)[7] == 3


def test_a_regulator_recalls_a_lot_in_any_class(supply, lot, regulator):
    for number in (2, 1, 3, 2):
        sent = supply.orderRecall(lot, notice_of(number, RecallReason.STERILITY), {"from": regulator})
        assert event_of(sent, "LotRecalled")["notice"] == notice_of(number, RecallReason.STERILITY, REGULATOR)
        assert supply.lotOf(lot)[6] == number


def test_a_notice_has_a_class_and_a_reason(supply, lot, manufacturer, regulator):
    for notice in (0, notice_of(0, 5), notice_of(4, 0), notice_of(255, 9), notice_of(1, 10), notice_of(3, 255)):
        with refused("RecallNoticeInvalid", notice):
            supply.announceRecall(lot, notice, {"from": manufacturer})
        with refused("RecallNoticeInvalid", notice):
            supply.orderRecall(lot, notice, {"from": regulator})
        with refused("RecallNoticeInvalid", notice):
            supply.recallUnits(lot, REGULATOR, 0, 1, notice, {"from": regulator})


def test_nobody_else_recalls(supply, lot, repackager, stranger, manufacturer, regulator):
    for operator in (repackager, stranger, regulator):
        with refused("LotAuthorityMissing", lot, operator):
            supply.announceRecall(lot, CLASS_1, {"from": operator})
    for call in (supply.orderRecall, supply.endRecall):
        with refused("OperatorNotInStanding", manufacturer, MANUFACTURER, ROLE_MISSING):
            call(*((lot, CLASS_1) if call == supply.orderRecall else (lot,)), {"from": manufacturer})
    for organisation, operator, standing in (
        (7, repackager, ROLE_MISSING),
        (MANUFACTURER, repackager, UNKNOWN),
        (REGULATOR, stranger, UNKNOWN),
    ):
        with refused("OperatorNotInStanding", operator, organisation, standing):
            supply.recallUnits(lot, organisation, 0, 1, CLASS_1, {"from": operator})


def test_no_lot_is_recalled_that_there_is_not(supply, lot, manufacturer, regulator):
    for call, arguments, operator in (
        (supply.announceRecall, (CLASS_1,), manufacturer),
        (supply.orderRecall, (CLASS_1,), regulator),
        (supply.recallUnits, (MANUFACTURER, 0, 1, CLASS_1), manufacturer),
        (supply.endRecall, (), regulator),
    ):
        with refused("LotUnknown", lot + 50):
            call(lot + 50, *arguments, {"from": operator})


# ---------------------------------------------------------------------- of some units


def test_some_units_are_recalled(supply, lot, manufacturer, regulator):
    for organisation, operator, bounds in ((MANUFACTURER, manufacturer, (10, 20)), (REGULATOR, regulator, (99, UNITS))):
        sent = supply.recallUnits(lot, organisation, *bounds, notice_of(2, 4), {"from": operator})
        assert event_of(sent, "UnitsRecalled") == {
            "lot": lot,
            "notice": notice_of(2, 4, organisation),
            "from": bounds[0],
            "until": bounds[1],
        }
    assert supply.lotOf(lot)[6:9] == (0, 2, ((10, 20, 2), (99, UNITS, 2)))


def test_units_that_are_recalled_are_some_of_the_lots(supply, lot, manufacturer):
    for first, end in ((0, 0), (20, 20), (20, 19), (0, UNITS + 1), (UNITS, UNITS + 1), (2**24 - 1, 0)):
        with refused("RecallRangeInvalid", lot, first, end):
            supply.recallUnits(lot, MANUFACTURER, first, end, CLASS_1, {"from": manufacturer})


def test_many_ranges_are_recalled_and_then_the_whole_lot(supply, lot, manufacturer):
    calls = [supply.recallUnits.encode_input(lot, MANUFACTURER, 2 * n, 2 * n + 1, CLASS_3) for n in range(32)]
    supply.multicall(calls, {"from": manufacturer})
    assert len(supply.lotOf(lot)[8]) == 32
    with refused("RecallRangesFull", lot, 32):
        supply.recallUnits(lot, MANUFACTURER, 90, 91, CLASS_3, {"from": manufacturer})
    supply.announceRecall(lot, CLASS_3, {"from": manufacturer})


def test_the_gravest_of_several_recalls_is_told(supply, lot, whole, manufacturer):
    for first, end, notice in ((10, 30, CLASS_3), (20, 40, CLASS_2), (30, 50, CLASS_3)):
        supply.recallUnits(lot, MANUFACTURER, first, end, notice, {"from": manufacturer})
    for first, end, number in ((10, 20, 3), (29, 30, 2), (0, UNITS, 2), (40, 50, 3), (0, 11, 3)):
        with refused("LotIsRecalled", lot, number):
            supply.splitAndShip(whole, first, end, WHOLESALER, 0, {"from": manufacturer})
    supply.announceRecall(lot, CLASS_3, {"from": manufacturer})
    for first, end, number in ((0, 10, 3), (39, 45, 2)):
        with refused("LotIsRecalled", lot, number):
            supply.splitAndShip(whole, first, end, WHOLESALER, 0, {"from": manufacturer})


# ---------------------------------------------------------------------- ended


def test_a_regulator_ends_all_recalls_of_a_lot(supply, trade, lot, whole, manufacturer, regulator):
    with refused("RecallNone", lot):
        supply.endRecall(lot, {"from": regulator})
    supply.announceRecall(lot, CLASS_2, {"from": manufacturer})
    supply.recallUnits(lot, MANUFACTURER, 0, 5, CLASS_1, {"from": manufacturer})
    sent = supply.endRecall(lot, {"from": regulator})
    assert event_of(sent, "RecallEnded") == {"lot": lot, "regulator": REGULATOR}
    assert supply.lotOf(lot)[6:9] == (0, 2, ())
    with refused("RecallNone", lot):
        supply.acknowledgeRecall(whole, {"from": manufacturer})
    with refused("RecallNone", lot):
        supply.endRecall(lot, {"from": regulator})
    trade.ship(whole, WHOLESALER)


def test_after_its_end_a_recall_begins_anew(supply, lot, manufacturer, regulator):
    supply.recallUnits(lot, MANUFACTURER, 0, 5, CLASS_1, {"from": manufacturer})
    supply.endRecall(lot, {"from": regulator})
    supply.announceRecall(lot, CLASS_3, {"from": manufacturer})
    assert supply.lotOf(lot)[6:9] == (3, 2, ())


# ---------------------------------------------------------------------- acknowledged


def test_a_holder_says_once_that_it_knows(supply, trade, at_wholesaler, wholesaler, manufacturer, progress):
    lot = at_wholesaler >> 24
    supply.cut(at_wholesaler, 40, UNITS, {"from": wholesaler})
    supply.announceRecall(lot, CLASS_2, {"from": manufacturer})
    assert progress(at_wholesaler) == (0, 0)
    for interval, units, acknowledged in ((at_wholesaler, 40, 40), (interval_of(lot, 40), 60, 100)):
        sent = supply.acknowledgeRecall(interval, {"from": wholesaler})
        first = interval & 0xFFFFFF
        assert trade.told(sent, "RecallAcknowledged") == {
            "lot": lot,
            "holder": WHOLESALER,
            "units": units,
            "interval": Custody(first, first + units, WHOLESALER, WHOLESALER, acknowledged=1),
        }
        assert progress(at_wholesaler) == (acknowledged, 0)
        with refused("RecallAcknowledgedAlready", interval, 1):
            supply.acknowledgeRecall(interval, {"from": wholesaler})


def test_the_holder_alone_says_so_of_what_is_recalled(supply, at_wholesaler, wholesaler, manufacturer):
    with refused("RecallNone", at_wholesaler >> 24):
        supply.acknowledgeRecall(at_wholesaler, {"from": wholesaler})
    supply.recallUnits(at_wholesaler >> 24, MANUFACTURER, 0, 5, CLASS_2, {"from": manufacturer})
    with refused("OperatorNotInStanding", manufacturer, WHOLESALER, UNKNOWN):
        supply.acknowledgeRecall(at_wholesaler, {"from": manufacturer})
    supply.cut(at_wholesaler, 5, UNITS, {"from": wholesaler})
    with refused("RecallNone", at_wholesaler >> 24):
        supply.acknowledgeRecall(at_wholesaler + 5, {"from": wholesaler})


def test_units_in_several_ranges_are_counted_once(supply, at_wholesaler, wholesaler, manufacturer, progress):
    lot = at_wholesaler >> 24
    ranges = [(10, 30), (20, 40), (10, 12), (25, 26), (39, 40), (40, 45), (60, 70), (95, UNITS), (0, 1)]
    for bounds in ranges:
        supply.recallUnits(lot, MANUFACTURER, *bounds, CLASS_3, {"from": manufacturer})
    supply.cut(at_wholesaler, 11, 65, {"from": wholesaler})
    recalled = {unit for bounds in ranges for unit in range(*bounds)}
    known = 0
    for first, end in ((0, 11), (11, 65), (65, UNITS)):
        sent = supply.acknowledgeRecall(interval_of(lot, first), {"from": wholesaler})
        units = len(recalled & set(range(first, end)))
        assert event_of(sent, "RecallAcknowledged")["units"] == units
        known += units
        assert progress(at_wholesaler) == (known, 0)


def test_another_recall_is_acknowledged_anew(supply, at_wholesaler, wholesaler, manufacturer, progress):
    lot = at_wholesaler >> 24
    supply.recallUnits(lot, MANUFACTURER, 0, 30, CLASS_3, {"from": manufacturer})
    supply.acknowledgeRecall(at_wholesaler, {"from": wholesaler})
    assert progress(at_wholesaler) == (30, 0)
    supply.recallUnits(lot, MANUFACTURER, 50, 60, CLASS_3, {"from": manufacturer})
    assert progress(at_wholesaler) == (0, 0)
    supply.acknowledgeRecall(at_wholesaler, {"from": wholesaler})
    assert progress(at_wholesaler) == (40, 0)


def test_six_recalls_are_told_apart_and_the_sixth_from_those_after_it_is_not(
    supply, at_wholesaler, wholesaler, regulator, progress
):
    lot = at_wholesaler >> 24
    for number in (1, 2, 3, 4, 5, 6):
        supply.orderRecall(lot, CLASS_2, {"from": regulator})
        assert supply.lotOf(lot)[7] == number
        assert progress(at_wholesaler) == (0, 0)
        supply.acknowledgeRecall(at_wholesaler, {"from": wholesaler})
        assert progress(at_wholesaler) == (UNITS, 0)
    for _ in range(3):
        supply.orderRecall(lot, CLASS_2, {"from": regulator})
        assert supply.lotOf(lot)[7] == 6
        assert progress(at_wholesaler) == (UNITS, 0)
        with refused("RecallAcknowledgedAlready", at_wholesaler, 6):
            supply.acknowledgeRecall(at_wholesaler, {"from": wholesaler})


# ---------------------------------------------------------------------- returned


def test_what_comes_back_is_counted_once(supply, trade, at_pharmacy, manufacturer, progress):
    lot = at_pharmacy >> 24
    supply.recallUnits(lot, MANUFACTURER, 90, UNITS, CLASS_2, {"from": manufacturer})
    trade.hand_over(at_pharmacy, WHOLESALER, kind=RETURN)
    assert progress(at_pharmacy) == (0, 0)
    trade.ship(at_pharmacy, PROCESSOR, RETURN)
    sent = trade.receive(at_pharmacy)
    recovered = Custody(0, UNITS, PROCESSOR, PROCESSOR, acknowledged=CAME_BACK, unverified=True)
    assert trade.told(sent, "Received")["interval"] == recovered
    assert trade.told(sent, "RecalledUnitsReturned") == {
        "lot": lot,
        "holder": PROCESSOR,
        "units": 10,
        "interval": recovered,
    }
    assert progress(at_pharmacy) == (0, 10)
    trade.ship(at_pharmacy, MANUFACTURER, RETURN)
    assert set(trade.receive(at_pharmacy).events.keys()) == {"Received"}
    assert progress(at_pharmacy) == (0, 10)


def test_the_manufacturer_is_an_end_of_the_way_too(supply, trade, at_wholesaler, manufacturer, progress):
    supply.announceRecall(at_wholesaler >> 24, CLASS_1, {"from": manufacturer})
    supply.consign(at_wholesaler, CARRIER, MANUFACTURER, RETURN, by(WHOLESALER))
    trade.receive(at_wholesaler)
    assert progress(at_wholesaler) == (0, 0)
    supply.deliver(at_wholesaler, MANUFACTURER, by(CARRIER))
    sent = trade.receive(at_wholesaler)
    assert trade.told(sent, "RecalledUnitsReturned")["units"] == UNITS
    assert progress(at_wholesaler) == (0, UNITS)


def test_what_is_not_recalled_is_not_counted(supply, trade, at_wholesaler, wholesaler, manufacturer, progress):
    supply.recallUnits(at_wholesaler >> 24, MANUFACTURER, 90, UNITS, CLASS_2, {"from": manufacturer})
    supply.cut(at_wholesaler, 0, 90, {"from": wholesaler})
    trade.hand_over(at_wholesaler, PROCESSOR, kind=RETURN)
    assert progress(at_wholesaler) == (0, 0)
    assert trade.custody(at_wholesaler).acknowledged == 0


def test_what_a_patient_has_does_not_come_back(supply, trade, at_pharmacy, pharmacy, manufacturer, progress):
    lot = at_pharmacy >> 24
    supply.dispenseUnit(at_pharmacy, 5, {"from": pharmacy})
    supply.announceRecall(lot, CLASS_1, {"from": manufacturer})
    with refused("UnitIsRetired", lot, 5, UnitFact.DISPENSED):
        trade.ship(at_pharmacy, PROCESSOR, RETURN)
    supply.cut(at_pharmacy, 5, 6, {"from": pharmacy})
    for first in (0, 6):
        trade.hand_over(interval_of(lot, first), PROCESSOR, kind=RETURN)
    assert progress(at_pharmacy) == (0, UNITS - 1)


def test_what_came_back_is_sold_again_when_its_recall_has_ended(supply, trade, at_wholesaler, manufacturer, regulator):
    supply.announceRecall(at_wholesaler >> 24, CLASS_3, {"from": manufacturer})
    trade.hand_over(at_wholesaler, MANUFACTURER, kind=RETURN)
    with refused("RecallAcknowledgedAlready", at_wholesaler, CAME_BACK):
        supply.acknowledgeRecall(at_wholesaler, {"from": manufacturer})
    supply.endRecall(at_wholesaler >> 24, {"from": regulator})
    with refused("IntervalHeldUp", at_wholesaler, 0, 0, True):
        trade.ship(at_wholesaler, SECOND_WHOLESALER)
    supply.verifyReturn(at_wholesaler, MANUFACTURER, {"from": manufacturer})
    trade.ship(at_wholesaler, SECOND_WHOLESALER)


@pytest.mark.parametrize("acknowledges", [True, False])
def test_what_was_sold_again_is_counted_for_another_recall(
    supply, trade, at_wholesaler, manufacturer, regulator, progress, acknowledges
):
    lot = at_wholesaler >> 24
    supply.announceRecall(lot, CLASS_3, {"from": manufacturer})
    trade.hand_over(at_wholesaler, MANUFACTURER, kind=RETURN)
    supply.endRecall(lot, {"from": regulator})
    supply.verifyReturn(at_wholesaler, MANUFACTURER, {"from": manufacturer})
    trade.hand_over(at_wholesaler, SECOND_WHOLESALER)
    supply.announceRecall(lot, CLASS_1, {"from": manufacturer})
    if acknowledges:
        supply.acknowledgeRecall(at_wholesaler, by(SECOND_WHOLESALER))
        assert progress(at_wholesaler) == (UNITS, 0)
    else:
        trade.hand_over(at_wholesaler, PROCESSOR, kind=RETURN)
        assert progress(at_wholesaler) == (0, UNITS)


# ---------------------------------------------------------------------- verified


def test_what_came_back_is_verified_by_its_manufacturer_or_a_regulator(supply, trade, at_pharmacy):
    for organisation in (MANUFACTURER, REGULATOR):
        trade.hand_over(at_pharmacy, WHOLESALER, kind=RETURN)
        sent = supply.verifyReturn(at_pharmacy, organisation, by(organisation))
        assert trade.told(sent, "ReturnVerified") == {
            "lot": at_pharmacy >> 24,
            "by": organisation,
            "interval": Custody(0, UNITS, WHOLESALER, WHOLESALER),
        }
        with refused("ReturnNone", at_pharmacy):
            supply.verifyReturn(at_pharmacy, organisation, by(organisation))
        trade.hand_over(at_pharmacy, PHARMACY)


def test_nobody_verifies_its_own_returns(supply, trade, at_pharmacy, wholesaler):
    trade.hand_over(at_pharmacy, WHOLESALER, kind=RETURN)
    with refused("OperatorNotInStanding", wholesaler, WHOLESALER, ROLE_MISSING):
        supply.verifyReturn(at_pharmacy, WHOLESALER, {"from": wholesaler})
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.verifyReturn(at_pharmacy, MANUFACTURER, {"from": wholesaler})


def test_recalls_of_one_lot_leave_others(supply, trade, lot, whole, at_wholesaler, manufacturer):
    assert lot_of(MANUFACTURER, 2) == at_wholesaler >> 24
    supply.announceRecall(lot, CLASS_1, {"from": manufacturer})
    trade.ship(at_wholesaler, SECOND_WHOLESALER)
