"""A regulator authorises products, and their holders register lots of them."""

import pytest

from carechain.supply.words import Custody, Quality, interval_of, lot_of
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    INSPECTOR,
    MANUFACTURER,
    REGULATOR,
    REPACKAGER,
    WHOLESALER,
    pass_time,
)
from tests.helpers.supply import (
    CERTIFICATE,
    DAY,
    GTIN,
    HIGH,
    LOT_NUMBER,
    LOW,
    ROLE_MISSING,
    SERIAL_ROOT,
    SUSPENDED,
    UNKNOWN,
    by,
    event_of,
    today,
)

GTIN_8, GTIN_14 = 96_385_074, 99_999_999_999_997


@pytest.fixture
def register(supply, trade, manufacturer):
    """Registers a lot that is in order, but for what is said."""

    def register(number=5, sender=manufacturer, **changes):
        terms = {
            "gtin": GTIN,
            "number": number,
            "lotNumber": LOT_NUMBER,
            "production": today() - 3,
            "expiry": today() + 700,
            "units": 100,
            "channel": 0,
            "serialRoot": SERIAL_ROOT,
        }
        return supply.registerLot(*(terms | changes).values(), {"from": sender})

    return register


# ---------------------------------------------------------------------- products


def test_a_product_is_authorised(supply, regulator):
    sent = supply.authoriseProduct(GTIN, MANUFACTURER, -2000, -1500, {"from": regulator})
    assert event_of(sent, "ProductAuthorised") == {
        "gtin": GTIN,
        "holder": MANUFACTURER,
        "low": -2000,
        "high": -1500,
        "regulator": REGULATOR,
    }
    assert supply.productOf(GTIN) == (MANUFACTURER, -2000, -1500)


def test_a_gtin_of_any_length_is_one(supply, regulator):
    for gtin in (GTIN_8, GTIN_14):
        supply.authoriseProduct(gtin, REPACKAGER, LOW, HIGH, {"from": regulator})
        assert supply.productOf(gtin) == (REPACKAGER, LOW, HIGH)


@pytest.mark.parametrize("gtin", [0, GTIN + 1, GTIN + 20, 10**14 + GTIN - 1, 2**64 - 1])
def test_what_is_no_gtin_is_not_authorised(supply, regulator, gtin):
    with refused("ProductGtinInvalid", gtin):
        supply.authoriseProduct(gtin, MANUFACTURER, LOW, HIGH, {"from": regulator})


def test_the_coldest_storage_is_below_the_warmest(supply, regulator):
    for low in (HIGH, HIGH + 1):
        with refused("ProductStorageInvalid", low, HIGH):
            supply.authoriseProduct(GTIN, MANUFACTURER, low, HIGH, {"from": regulator})


def test_a_regulator_alone_authorises_and_withdraws(supply, trade, manufacturer, inspector, stranger):
    for operator, organisation, standing in (
        (manufacturer, MANUFACTURER, ROLE_MISSING),
        (inspector, INSPECTOR, ROLE_MISSING),
        (stranger, 0, UNKNOWN),
    ):
        with refused("OperatorNotInStanding", operator, organisation, standing):
            supply.authoriseProduct(GTIN, MANUFACTURER, LOW, HIGH, {"from": operator})
        with refused("OperatorNotInStanding", operator, organisation, standing):
            supply.withdrawProduct(GTIN, {"from": operator})


def test_whoever_makes_nothing_holds_no_product(supply, participants, regulator, supervisor):
    participants.suspend(REPACKAGER, 0, bytes(32), {"from": supervisor})
    for holder, standing in ((WHOLESALER, ROLE_MISSING), (0, UNKNOWN), (99, UNKNOWN), (REPACKAGER, SUSPENDED)):
        with refused("OrganisationNotInStanding", holder, standing):
            supply.authoriseProduct(GTIN, holder, LOW, HIGH, {"from": regulator})


def test_another_storage_is_for_lots_to_come(supply, trade, lot, register, regulator):
    supply.authoriseProduct(GTIN, MANUFACTURER, 1500, 2500, {"from": regulator})
    register()
    assert supply.lotOf(lot)[:2] == (LOW, HIGH)
    assert supply.lotOf(lot_of(MANUFACTURER, 5))[:2] == (1500, 2500)


def test_a_product_that_changes_hands_is_its_new_holders(supply, trade, register, manufacturer, repackager):
    trade.authorise(REPACKAGER)
    with refused("OperatorNotInStanding", manufacturer, REPACKAGER, UNKNOWN):
        register()
    register(sender=repackager)
    assert trade.custody(interval_of(lot_of(REPACKAGER, 5), 0)).holder == REPACKAGER


def test_of_a_withdrawn_product_no_lot_is_registered(supply, trade, lot, register, regulator):
    sent = supply.withdrawProduct(GTIN, {"from": regulator})
    assert event_of(sent, "ProductWithdrawn") == {"gtin": GTIN, "regulator": REGULATOR}
    with refused("ProductUnknown", GTIN):
        register()
    assert trade.custody(interval_of(lot, 0)).holder == MANUFACTURER
    with refused("ProductUnknown", GTIN):
        supply.withdrawProduct(GTIN, {"from": regulator})


def test_a_withdrawn_product_is_all_zero(supply, trade, regulator):
    supply.withdrawProduct(GTIN, {"from": regulator})
    assert supply.productOf(GTIN) == (0, 0, 0)
    assert supply.productOf(GTIN_8) == (0, 0, 0)


# ---------------------------------------------------------------------- lots


def test_a_lot_is_registered(supply, trade, register):
    production, expiry = today() - 3, today() + 700
    lot = MANUFACTURER << 32 | 77
    terms = GTIN, 77, LOT_NUMBER, production, expiry, 250, 9, SERIAL_ROOT
    assert supply.registerLot.call(*terms, by(MANUFACTURER)) == lot
    sent = register(number=77, units=250, channel=9)
    assert event_of(sent, "LotRegistered") == {
        "lot": lot,
        "gtin": GTIN,
        "lotNumber": LOT_NUMBER,
        "production": production,
        "expiry": expiry,
        "units": 250,
        "channel": 9,
        "serialRoot": SERIAL_ROOT,
    }
    assert supply.lotOf(lot) == (LOW, HIGH, 250, expiry, Quality.PENDING, 9, 0, 0, (), SERIAL_ROOT)
    assert trade.intervals(lot) == [Custody(0, 250, MANUFACTURER, MANUFACTURER)]


def test_the_smallest_and_the_largest_lot(supply, trade, register):
    for number, units in ((0, 1), (2**32 - 1, 2**24 - 1)):
        lot = lot_of(MANUFACTURER, number)
        register(number, units=units, production=today(), expiry=today() + 1, channel=255, serialRoot=b"\xff" * 32)
        assert supply.lotOf(lot)[2:6] == (units, today() + 1, Quality.PENDING, 255)
        assert trade.intervals(lot) == [Custody(0, units, MANUFACTURER, MANUFACTURER)]


def test_a_lot_may_expire_today_and_not_before(register):
    register(expiry=today(), production=today() - 1)
    yesterday = today() - 1
    with refused("LotDatesInvalid", yesterday - 1, yesterday, yesterday + 1):
        register(6, expiry=yesterday, production=yesterday - 1)


def test_a_lot_is_not_produced_tomorrow(register):
    tomorrow = today() + 1
    with refused("LotDatesInvalid", tomorrow, tomorrow + 1, tomorrow - 1):
        register(production=tomorrow, expiry=tomorrow + 1)


def test_a_lot_expires_after_it_was_produced(register):
    day = today()
    for expiry in (day, day - 1):
        with refused("LotExpiryBeforeProduction", day, expiry):
            register(production=day, expiry=expiry)


def test_a_lot_has_units(register):
    with refused("LotUnitsZero"):
        register(units=0)


def test_a_lot_is_committed_to(register):
    for field in ("lotNumber", "serialRoot"):
        with refused("LotCommitmentZero"):
            register(**{field: bytes(32)})


def test_a_number_is_given_once(trade, supply, lot, register, manufacturer):
    supply.splitAndShip(interval_of(lot, 0), 0, 10, WHOLESALER, 0, {"from": manufacturer})
    trade.receive(interval_of(lot, 0))
    with refused("LotKnown", lot):
        register(1)


def test_of_an_unknown_product_there_are_no_lots(register):
    with refused("ProductUnknown", GTIN_8):
        register(gtin=GTIN_8)


def test_the_holder_alone_registers_lots(participants, supervisor, register, repackager, stranger, manufacturer):
    for operator in (repackager, stranger):
        with refused("OperatorNotInStanding", operator, MANUFACTURER, UNKNOWN):
            register(sender=operator)
    participants.suspend(MANUFACTURER, 0, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", manufacturer, MANUFACTURER, SUSPENDED):
        register()


# ---------------------------------------------------------------------- inspection


def test_an_inspector_releases_a_lot(supply, trade, inspector):
    lot = trade.register(8, released=False)
    with refused("LotNotReleased", lot, Quality.PENDING):
        trade.ship(interval_of(lot, 0), WHOLESALER)
    sent = supply.inspectLot(lot, Quality.RELEASED, CERTIFICATE, {"from": inspector})
    assert event_of(sent, "LotInspected") == {
        "lot": lot,
        "inspector": INSPECTOR,
        "quality": Quality.RELEASED,
        "certificate": CERTIFICATE,
    }
    assert supply.lotOf(lot)[4] == Quality.RELEASED
    trade.ship(interval_of(lot, 0), WHOLESALER)


def test_a_release_is_refused_or_taken_back_by_an_inspector(supply, trade, lot, inspector):
    pending = trade.register(8, released=False)
    for of in (lot, pending):
        sent = supply.inspectLot(of, Quality.REJECTED, CERTIFICATE, {"from": inspector})
        assert event_of(sent, "LotInspected")["quality"] == Quality.REJECTED
        with refused("LotNotReleased", of, Quality.REJECTED):
            trade.ship(interval_of(of, 0), WHOLESALER)
        trade.release(of)
        trade.ship(interval_of(of, 0), WHOLESALER)


def test_a_lot_that_a_regulator_bars_a_regulator_alone_lifts(supply, trade, lot, inspector, regulator):
    sent = supply.inspectLot(lot, Quality.BARRED, CERTIFICATE, {"from": regulator})
    assert event_of(sent, "LotInspected") == {
        "lot": lot,
        "inspector": REGULATOR,
        "quality": Quality.BARRED,
        "certificate": CERTIFICATE,
    }
    with refused("LotNotReleased", lot, Quality.BARRED):
        trade.ship(interval_of(lot, 0), WHOLESALER)
    for quality in (Quality.RELEASED, Quality.REJECTED):
        with refused("OperatorNotInStanding", inspector, INSPECTOR, ROLE_MISSING):
            supply.inspectLot(lot, quality, CERTIFICATE, {"from": inspector})
    for quality in (Quality.PENDING, Quality.RELEASED, Quality.BARRED):
        with refused("LotQualityUnchanged", lot, quality):
            supply.inspectLot(lot, quality, CERTIFICATE, {"from": regulator})
    supply.inspectLot(lot, Quality.REJECTED, CERTIFICATE, {"from": regulator})
    trade.release(lot)
    trade.ship(interval_of(lot, 0), WHOLESALER)


def test_nobody_else_inspects(supply, lot, regulator, manufacturer, inspector):
    for operator, organisation, qualities in (
        (regulator, REGULATOR, (Quality.RELEASED, Quality.REJECTED)),
        (inspector, INSPECTOR, (Quality.BARRED,)),
        (manufacturer, MANUFACTURER, (Quality.RELEASED, Quality.REJECTED, Quality.BARRED)),
    ):
        for quality in qualities:
            with refused("OperatorNotInStanding", operator, organisation, ROLE_MISSING):
                supply.inspectLot(lot, quality, CERTIFICATE, {"from": operator})


def test_an_inspection_says_something_new(supply, lot, inspector):
    for quality in (Quality.PENDING, Quality.RELEASED):
        with refused("LotQualityUnchanged", lot, quality):
            supply.inspectLot(lot, quality, CERTIFICATE, {"from": inspector})
    with refused("LotUnknown", lot + 1):
        supply.inspectLot(lot + 1, Quality.RELEASED, CERTIFICATE, {"from": inspector})


def test_a_lot_may_be_used_until_the_end_of_its_last_day(supply, trade, lot, whole):
    expiry = supply.lotOf(lot)[3]
    pass_time((expiry - today()) * DAY)
    supply.ship.call(whole, WHOLESALER, 0, by(MANUFACTURER))
    pass_time(DAY)
    with refused("LotExpired", lot, expiry):
        trade.ship(whole, WHOLESALER)
