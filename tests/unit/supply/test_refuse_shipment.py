"""What was shipped does not arrive: the holder takes it back, or the counterparty refuses it."""

import pytest

from carechain.supply.words import Custody, Investigation, RefusalReason, interval_of
from tests.helpers.refusals import refused
from tests.helpers.suite import CARRIER, MANUFACTURER, SECOND_CARRIER, WHOLESALER
from tests.helpers.supply import EVIDENCE, SALE, UNITS, UNKNOWN, by

SUSPICIOUS = {RefusalReason.MISSING, RefusalReason.TAMPERED}


def _carried(**changes):
    """The custody of the carrier, who is to bring it to the wholesaler, but for the changes."""
    word = {"first": 0, "end": UNITS, "holder": CARRIER, "owner": MANUFACTURER, "consignee": WHOLESALER, "titled": True}
    return Custody(**(word | changes))


@pytest.fixture
def at_the_door(supply, trade, whole):
    """All of the lot, which a carrier has brought to the wholesaler's door. The interval."""
    supply.consign(whole, CARRIER, WHOLESALER, SALE, by(MANUFACTURER))
    trade.receive(whole)
    supply.deliver(whole, WHOLESALER, by(CARRIER))
    return whole


def test_what_is_refused_stays_and_may_be_suspect(supply, trade, lot, whole, wholesaler):
    for reason in RefusalReason:
        trade.ship(whole, WHOLESALER)
        sent = supply.refuseShipment(whole, reason, {"from": wholesaler})
        suspicion = Investigation.SUSPECT if reason in SUSPICIOUS else Investigation.NONE
        assert trade.told(sent, "ShipmentRefused") == {
            "lot": lot,
            "counterparty": WHOLESALER,
            "reason": reason,
            "interval": Custody(0, UNITS, MANUFACTURER, MANUFACTURER, investigation=suspicion),
        }
        if suspicion:
            supply.investigate(whole, MANUFACTURER, Investigation.NONE, EVIDENCE, by(MANUFACTURER))


def test_a_refusal_makes_no_suspicion_milder(supply, trade, whole, wholesaler):
    trade.ship(whole, WHOLESALER)
    supply.investigate(whole, WHOLESALER, Investigation.QUARANTINED, EVIDENCE, {"from": wholesaler})
    supply.refuseShipment(whole, RefusalReason.MISSING, {"from": wholesaler})
    assert trade.custody(whole).investigation == Investigation.QUARANTINED


def test_what_is_in_order_is_received_and_the_rest_refused(supply, trade, lot, whole, wholesaler):
    trade.ship(whole, WHOLESALER)
    missing = interval_of(lot, 70)
    calls = [
        supply.cut.encode_input(whole, 70, 75),
        supply.refuseShipment.encode_input(missing, RefusalReason.MISSING),
        supply.receiveShipment.encode_input(whole, 70),
        supply.receiveShipment.encode_input(interval_of(lot, 75), UNITS),
    ]
    supply.multicall(calls, {"from": wholesaler})
    assert trade.intervals(lot) == [
        Custody(0, 70, WHOLESALER, WHOLESALER),
        Custody(70, 75, MANUFACTURER, MANUFACTURER, investigation=Investigation.SUSPECT),
        Custody(75, UNITS, WHOLESALER, WHOLESALER),
    ]


def test_what_a_consignee_refuses_goes_home(supply, trade, at_the_door):
    supply.refuseShipment(at_the_door, RefusalReason.DAMAGED, by(WHOLESALER))
    assert trade.custody(at_the_door) == _carried(consignee=MANUFACTURER, returning=True, titled=False)
    with refused("ShipmentOffRoute", at_the_door, MANUFACTURER, WHOLESALER):
        supply.deliver(at_the_door, WHOLESALER, by(CARRIER))
    supply.deliver(at_the_door, SECOND_CARRIER, by(CARRIER))
    trade.receive(at_the_door)
    supply.deliver(at_the_door, MANUFACTURER, by(SECOND_CARRIER))
    trade.receive(at_the_door)
    assert trade.custody(at_the_door) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER, unverified=True)


def test_what_another_carrier_refuses_keeps_its_way(supply, trade, at_the_door):
    supply.cancelShipment(at_the_door, by(CARRIER))
    supply.deliver(at_the_door, SECOND_CARRIER, by(CARRIER))
    supply.refuseShipment(at_the_door, RefusalReason.OTHER, by(SECOND_CARRIER))
    assert trade.custody(at_the_door) == _carried()


def test_what_its_owner_consigned_and_a_carrier_refuses_goes_nowhere(supply, trade, whole):
    supply.consign(whole, CARRIER, WHOLESALER, SALE, by(MANUFACTURER))
    supply.refuseShipment(whole, RefusalReason.OTHER, by(CARRIER))
    assert trade.custody(whole) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER)


def test_the_counterparty_alone_refuses_what_was_shipped(supply, trade, whole, manufacturer, pharmacy):
    with refused("ShipmentNone", whole):
        supply.refuseShipment(whole, RefusalReason.OTHER, {"from": manufacturer})
    trade.ship(whole, WHOLESALER)
    for operator in (manufacturer, pharmacy):
        with refused("OperatorNotInStanding", operator, WHOLESALER, UNKNOWN):
            supply.refuseShipment(whole, RefusalReason.OTHER, {"from": operator})


# ---------------------------------------------------------------------- cancelled


def test_a_holder_takes_a_shipment_back(supply, trade, lot, whole, wholesaler):
    trade.ship(whole, WHOLESALER)
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.cancelShipment(whole, {"from": wholesaler})
    sent = supply.cancelShipment(whole, by(MANUFACTURER))
    assert trade.told(sent, "ShipmentCancelled") == {
        "lot": lot,
        "holder": MANUFACTURER,
        "interval": Custody(0, UNITS, MANUFACTURER, MANUFACTURER),
    }
    with refused("ShipmentNone", whole):
        supply.cancelShipment(whole, by(MANUFACTURER))
    with refused("ShipmentNone", whole):
        supply.receiveShipment(whole, UNITS, {"from": wholesaler})


def test_a_carrier_that_takes_it_back_still_has_to_bring_it(supply, trade, at_the_door):
    sent = supply.cancelShipment(at_the_door, by(CARRIER))
    assert trade.told(sent, "ShipmentCancelled")["interval"] == _carried()


def test_what_is_taken_back_from_a_carrier_has_no_consignee(supply, trade, whole):
    supply.consign(whole, CARRIER, WHOLESALER, SALE, by(MANUFACTURER))
    supply.cancelShipment(whole, by(MANUFACTURER))
    assert trade.custody(whole) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER)
