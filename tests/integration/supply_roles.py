"""The table of roles for medicines and their sensors, and a trade in which each of its calls has something to act upon.

An organisation is named as its key is: `wholesaler` holds `stock`, and so on, see `goods`.
"""

from __future__ import annotations

from typing import Any

from carechain.supply.temperature import Reading, batch_root
from carechain.supply.words import (
    Investigation,
    Quality,
    RefusalReason,
    ShipmentKind,
    UnitFact,
    interval_of,
    notice_of,
    words_of_units,
)
from tests.helpers.suite import (
    CARRIER,
    INSPECTOR,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REGULATOR,
    SECOND_PHARMACY,
    SENSORS,
    WHOLESALER,
    Suite,
    now,
    pass_time,
)
from tests.helpers.supply import (
    CERTIFICATE,
    EVIDENCE,
    GTIN,
    HIGH,
    LOT_NUMBER,
    LOW,
    SERIAL_ROOT,
    Trade,
    by,
    readings_entry,
    sscc,
    today,
)
from tests.integration.role_rows import OPERATORS, REGULATORS, Arguments, Row, anyone, only, only_operators

SALE, TRANSFER, RETURN = ShipmentKind
CLASS_1 = notice_of(1, 0)
CADENCE = 60
BOX, SHIPPED_BOX = sscc(1), sscc(2)


def goods(suite: Suite) -> dict[str, Any]:
    """Lots and intervals by what is the matter with them."""
    supply, trade = suite.supply, Trade(suite.supply)
    trade.authorise()
    lot = trade.register(1)
    stock, on_its_way, carried, boxed, shipped_box, suspect, held, watched = (
        trade.part(lot, first, end, WHOLESALER)
        for first, end in ((10, 20), (20, 30), (40, 50), (60, 70), (70, 80), (80, 85), (85, 90), (95, 100))
    )
    supply.cut(stock, 15, 20, by(WHOLESALER))
    trade.ship(on_its_way, PHARMACY)
    shelf = trade.part(lot, 30, 40, PHARMACY)
    supply.dispenseUnit(shelf, 30, by(PHARMACY))
    supply.consign(carried, CARRIER, PHARMACY, SALE, by(WHOLESALER))
    trade.receive(carried)
    lent = interval_of(lot, 50)
    trade.hand_over(lent, WHOLESALER, kind=TRANSFER)
    supply.pack(boxed, [BOX], [70], by(WHOLESALER))
    supply.pack(shipped_box, [SHIPPED_BOX], [80], by(WHOLESALER))
    trade.ship(shipped_box, PHARMACY)
    supply.investigate(suspect, WHOLESALER, Investigation.SUSPECT, EVIDENCE, by(WHOLESALER))
    supply.hold(held, WHOLESALER, EVIDENCE, by(WHOLESALER))
    returned = trade.part(lot, 90, 95, PHARMACY)
    trade.hand_over(returned, MANUFACTURER, kind=RETURN)

    pending, barred, recalled = trade.register(2, released=False), trade.register(3), trade.register(4)
    supply.inspectLot(barred, Quality.BARRED, CERTIFICATE, by(REGULATOR))
    recalled_stock = trade.part(recalled, 0, 10, WHOLESALER)
    supply.announceRecall(recalled, notice_of(2, 0), by(MANUFACTURER))
    source = interval_of(trade.register(5), 0)
    supply.retireInterval(source, UnitFact.REPACKAGED, by(MANUFACTURER))
    return {
        "lot": lot,
        "pending": pending,
        "barred": barred,
        "recalled": recalled,
        "own": interval_of(lot, 0),
        "stock": stock,
        "on_its_way": on_its_way,
        "shelf": shelf,
        "carried": carried,
        "lent": lent,
        "boxed": boxed,
        "shipped_box": shipped_box,
        "suspect": suspect,
        "held": held,
        "returned": returned,
        "recalled_stock": recalled_stock,
        "source": source,
        **_readings(suite, trade, watched),
    }


def _readings(suite: Suite, trade: Trade, watched: int) -> dict[str, Any]:
    """An interval that was sold while a sensor watched it: late, too warm, and silent since."""
    cold_chain = suite.cold_chain
    cold_chain.registerSensor(CADENCE, today() + 365, CERTIFICATE, by(SENSORS))
    cold_chain.startConsignment(1, watched, by(WHOLESALER))
    trade.hand_over(watched, PHARMACY)
    last = cold_chain.sensorOf(1)[1]
    at = pass_time(5 * CADENCE)
    reading = Reading(at, HIGH + 100)
    root = batch_root([reading])
    sent = cold_chain.anchorReadings(1, at, at, 1, root, by(SENSORS))
    pass_time(5 * CADENCE)
    entry = readings_entry(1, sent.timestamp, at, at, 1, at - last, root), 0, []
    return {
        "watched": watched,
        "read_at": at,
        "entry": entry,
        "reading": (reading.at, reading.celsius_hundredths, 0, [], *entry),
    }


def for_their_own(*pairs: tuple[int, str], arguments: Any) -> list[Row]:
    """Of organisations that may, each by its own key; of 0, that has none, nobody."""
    rows = []
    for organisation, role in pairs:
        named = (role,) if role else ()
        rows += only_operators(*named, arguments=lambda w, organisation=organisation: arguments(w, organisation))
    return rows


CONCERNED = (
    (CARRIER, "carrier"),
    (WHOLESALER, "wholesaler"),
    (MANUFACTURER, "manufacturer"),
    (REGULATOR, "regulator"),
)
"""With what a carrier brings: its holder, its owner, who made it, and who watches over all."""

DRUG_SUPPLY_CHAIN: dict[str, list[Row]] = {
    "registerLot": only_operators(
        "manufacturer",
        arguments=lambda w: (GTIN, 99, LOT_NUMBER, today() - 1, today() + 365, 100, 0, SERIAL_ROOT),
    ),
    "announceRecall": only("manufacturer", refusal="LotAuthorityMissing", arguments=lambda w: (w.goods.lot, CLASS_1)),
    "ship": [
        *only_operators("wholesaler", arguments=lambda w: (w.goods.stock, PHARMACY, SALE)),
        # Who only carries it does not sell it.
        *only_operators(carrier="ShipmentPartnerInvalid", arguments=lambda w: (w.goods.carried, SECOND_PHARMACY, SALE)),
    ],
    "splitAndShip": only_operators("wholesaler", arguments=lambda w: (w.goods.stock, 10, 12, PHARMACY, SALE)),
    "receiveShipment": only_operators("pharmacy", arguments=lambda w: (w.goods.on_its_way, 30)),
    "dispenseUnit": [
        *only_operators("pharmacy", arguments=lambda w: (w.goods.shelf, 31)),
        # Not even by who holds it, if it is no pharmacy.
        *only_operators(arguments=lambda w: (w.goods.stock, 10)),
    ],
    "dispenseUnits": [
        *only_operators("pharmacy", arguments=lambda w: (w.goods.shelf, words_of_units([31, 32]))),
        *only_operators(arguments=lambda w: (w.goods.stock, words_of_units([10]))),
    ],
    "consign": only_operators("wholesaler", arguments=lambda w: (w.goods.stock, CARRIER, PHARMACY, SALE)),
    "deliver": only_operators("carrier", arguments=lambda w: (w.goods.carried, PHARMACY)),
    "setConsignee": only_operators("wholesaler", arguments=lambda w: (w.goods.carried, SECOND_PHARMACY, SALE)),
    "passTitle": only_operators("manufacturer", arguments=lambda w: (w.goods.lent,)),
    "cancelShipment": only_operators("wholesaler", arguments=lambda w: (w.goods.on_its_way,)),
    "refuseShipment": only_operators("pharmacy", arguments=lambda w: (w.goods.on_its_way, RefusalReason.MISSING)),
    "cut": only_operators(
        "wholesaler",
        "pharmacy",
        arguments=lambda w: (w.goods.on_its_way, 20, 25),
        **dict.fromkeys(OPERATORS, "IntervalNotYours"),
    ),
    "cutContainer": only_operators(
        "wholesaler",
        "pharmacy",
        arguments=lambda w: (w.goods.shipped_box, WHOLESALER, SHIPPED_BOX),
        **dict.fromkeys(OPERATORS, "IntervalNotYours"),
    ),
    "merge": only_operators("wholesaler", arguments=lambda w: (w.goods.stock,)),
    "pack": only_operators("wholesaler", arguments=lambda w: (w.goods.stock, [sscc(3)], [15])),
    "openContainer": only_operators("wholesaler", arguments=lambda w: (w.goods.boxed, WHOLESALER, BOX)),
    "undoDispense": only_operators("pharmacy", arguments=lambda w: (w.goods.shelf, 30)),
    "retireUnit": [
        *only_operators("pharmacy", arguments=lambda w: (w.goods.shelf, 31, UnitFact.DESTROYED)),
        *only_operators("manufacturer", arguments=lambda w: (w.goods.own, 1, UnitFact.REPACKAGED)),
        *only_operators(arguments=lambda w: (w.goods.stock, 10, UnitFact.REPACKAGED)),
    ],
    "retireInterval": [
        *only_operators("wholesaler", arguments=lambda w: (w.goods.stock, UnitFact.STOLEN)),
        *only_operators("manufacturer", arguments=lambda w: (w.goods.own, UnitFact.REPACKAGED)),
        *only_operators(arguments=lambda w: (w.goods.stock, UnitFact.REPACKAGED)),
    ],
    "authoriseProduct": only_operators(*REGULATORS, arguments=lambda w: (GTIN, MANUFACTURER, LOW, HIGH)),
    "withdrawProduct": only_operators(*REGULATORS, arguments=lambda w: (GTIN,)),
    "declareSource": only_operators("manufacturer", arguments=lambda w: (w.goods.lot, w.goods.source)),
    # Of channels of its own: nobody reaches those of another.
    "setChannelMember": only_operators("manufacturer", "repackager", arguments=lambda w: (1, WHOLESALER, True)),
    "setLotChannel": only_operators("manufacturer", arguments=lambda w: (w.goods.lot, 1)),
    "inspectLot": [
        *only_operators("inspector", arguments=lambda w: (w.goods.pending, Quality.RELEASED, CERTIFICATE)),
        *only_operators("inspector", arguments=lambda w: (w.goods.lot, Quality.REJECTED, CERTIFICATE)),
        *only_operators(*REGULATORS, arguments=lambda w: (w.goods.lot, Quality.BARRED, CERTIFICATE)),
        *only_operators(*REGULATORS, arguments=lambda w: (w.goods.barred, Quality.REJECTED, CERTIFICATE)),
    ],
    "orderRecall": only_operators(*REGULATORS, arguments=lambda w: (w.goods.lot, CLASS_1)),
    "recallUnits": for_their_own(
        (MANUFACTURER, "manufacturer"),
        (REGULATOR, "regulator"),
        (WHOLESALER, ""),
        arguments=lambda w, organisation: (w.goods.lot, organisation, 10, 20, CLASS_1),
    ),
    "endRecall": only_operators(*REGULATORS, arguments=lambda w: (w.goods.recalled,)),
    "acknowledgeRecall": only_operators("wholesaler", arguments=lambda w: (w.goods.recalled_stock,)),
    "investigate": [
        *for_their_own(
            *CONCERNED,
            (INSPECTOR, ""),
            arguments=lambda w, by: (w.goods.carried, by, Investigation.QUARANTINED, EVIDENCE),
        ),
        *for_their_own(
            (PHARMACY, "pharmacy"),
            arguments=lambda w, by: (w.goods.on_its_way, by, Investigation.QUARANTINED, EVIDENCE),
        ),
        *for_their_own(
            (MANUFACTURER, "manufacturer"),
            (REGULATOR, "regulator"),
            (WHOLESALER, ""),  # who has it, and does not clear itself
            arguments=lambda w, by: (w.goods.suspect, by, Investigation.NONE, EVIDENCE),
        ),
    ],
    "hold": [
        *for_their_own(*CONCERNED, (INSPECTOR, ""), arguments=lambda w, by: (w.goods.carried, by, EVIDENCE)),
        *for_their_own((PHARMACY, "pharmacy"), arguments=lambda w, by: (w.goods.on_its_way, by, EVIDENCE)),
    ],
    # For ColdChain, which has no key.
    "holdByRecord": only(refusal="ColdChainOnly", arguments=lambda w: (w.goods.stock, 1)),
    "decideHold": only_operators("inspector", arguments=lambda w: (w.goods.held, True, EVIDENCE)),
    "verifyReturn": for_their_own(
        (MANUFACTURER, "manufacturer"),
        (REGULATOR, "regulator"),
        (PHARMACY, ""),
        arguments=lambda w, by: (w.goods.returned, by),
    ),
    "orderHandover": only_operators(*REGULATORS, arguments=lambda w: (w.goods.stock, PROCESSOR)),
    "anchorEvents": only_operators(*OPERATORS, arguments=lambda w: (1, 0, SERIAL_ROOT)),
    "multicall": anyone(lambda w: ([],)),
}

COLD_CHAIN: dict[str, list[Row]] = {
    "registerSensor": only_operators("sensor_operator", arguments=lambda w: (600, today() + 365, CERTIFICATE)),
    "calibrateSensor": only_operators("sensor_operator", arguments=lambda w: (1, today() + 365, CERTIFICATE)),
    "retireSensor": only_operators("sensor_operator", arguments=lambda w: (1,)),
    "anchorReadings": only_operators(
        "sensor_operator", arguments=lambda w: (1, w.goods.read_at + 1, now(), 999, SERIAL_ROOT)
    ),
    "attestExposure": only_operators(
        "sensor_operator", "inspector", arguments=lambda w: (1, (1, 500, 500, 900, False, EVIDENCE))
    ),
    "startConsignment": only_operators("wholesaler", arguments=lambda w: (1, w.goods.stock)),
    # Who started it, whose sensor it is, and who has it now.
    "endConsignment": only_operators(
        "wholesaler",
        "sensor_operator",
        "pharmacy",
        arguments=lambda w: (1, w.goods.watched),
        **dict.fromkeys(OPERATORS, "ConsignmentNotYours"),
    ),
    "proveExcursion": anyone(lambda w: (1, w.goods.watched, w.goods.reading)),
    "proveEntry": anyone(lambda w: (1, w.goods.watched, *w.goods.entry)),
    "reportSilence": anyone(lambda w: (1, w.goods.watched)),
    "judgeReadings": only_operators("inspector", arguments=lambda w: (1, 1, EVIDENCE)),
}

DRUG_SUPPLY_CHAIN_VIEWS: dict[str, Arguments] = {
    "coldChain": lambda w: (),
    "containerOf": lambda w: (WHOLESALER, BOX),
    "eventLogContinues": lambda w: (WHOLESALER, 0, bytes(32), []),
    "eventLogIncludes": lambda w: (WHOLESALER, b"entry", 0, []),
    "eventLogOf": lambda w: (WHOLESALER,),
    "factOf": lambda w: (w.goods.shelf, 30),
    "handling": lambda w: (),
    "intervalOf": lambda w: (w.goods.stock,),
    "intervalsOf": lambda w: (w.goods.lot, 0, 100),
    "isChannelMember": lambda w: (MANUFACTURER, 1, WHOLESALER),
    "lotOf": lambda w: (w.goods.lot,),
    "oversight": lambda w: (),
    "participants": lambda w: (),
    "productOf": lambda w: (GTIN,),
    "recallProgress": lambda w: (w.goods.recalled,),
    "verifyPack": lambda w: (w.goods.shelf, 31, bytes(32), []),
}

COLD_CHAIN_VIEWS: dict[str, Arguments] = {
    "consignmentCount": lambda w: (),
    "consignmentOf": lambda w: (1,),
    "logContinues": lambda w: (1, 0, bytes(32), []),
    "logIncludes": lambda w: (1, *w.goods.entry),
    "logOf": lambda w: (1,),
    "participants": lambda w: (),
    "sensorCount": lambda w: (),
    "sensorOf": lambda w: (1,),
    "supply": lambda w: (),
}
