"""Carriers hold what they do not own, and bring it nowhere but where its owner sends it."""

import pytest

from carechain.supply.words import Custody, notice_of
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CARRIER,
    HOSPITAL,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    SECOND_CARRIER,
    SECOND_PHARMACY,
    SECOND_WHOLESALER,
    WHOLESALER,
)
from tests.helpers.supply import (
    RETURN,
    SALE,
    SUSPENDED,
    TRANSFER,
    UNITS,
    UNKNOWN,
    by,
    roles_of,
)


@pytest.fixture
def carried(supply, trade, whole):
    """All of the lot, sold to the wholesaler, in the carrier's hands. The interval."""
    supply.consign(whole, CARRIER, WHOLESALER, SALE, by(MANUFACTURER))
    trade.receive(whole)
    return whole


def _carried(**changes):
    """The carrier's custody, but for the changes."""
    word = {"first": 0, "end": UNITS, "holder": CARRIER, "owner": MANUFACTURER, "consignee": WHOLESALER, "titled": True}
    return Custody(**(word | changes))


def test_a_carrier_brings_it_to_its_consignee(supply, trade, lot, whole):
    sent = supply.consign(whole, CARRIER, WHOLESALER, SALE, by(MANUFACTURER))
    under_way = _carried(holder=MANUFACTURER, counterparty=CARRIER)
    assert trade.told(sent, "Shipped") == {"lot": lot, "interval": under_way}
    sent = trade.receive(whole)
    assert trade.told(sent, "Received") == {
        "lot": lot,
        "holder": CARRIER,
        "from": MANUFACTURER,
        "interval": _carried(),
    }
    sent = supply.deliver(whole, WHOLESALER, by(CARRIER))
    assert trade.told(sent, "Shipped") == {"lot": lot, "interval": _carried(counterparty=WHOLESALER)}
    sent = trade.receive(whole)
    assert trade.told(sent, "Received")["interval"] == Custody(0, UNITS, WHOLESALER, WHOLESALER)


def test_carriers_hand_it_on_to_each_other(supply, trade, carried):
    sent = supply.deliver(carried, SECOND_CARRIER, by(CARRIER))
    assert trade.told(sent, "Shipped")["interval"] == _carried(counterparty=SECOND_CARRIER)
    sent = trade.receive(carried)
    assert trade.told(sent, "Received")["interval"] == _carried(holder=SECOND_CARRIER)
    supply.deliver(carried, WHOLESALER, by(SECOND_CARRIER))
    trade.receive(carried)
    assert trade.custody(carried) == Custody(0, UNITS, WHOLESALER, WHOLESALER)


def test_a_transfer_that_is_carried_leaves_the_title(supply, trade, whole):
    supply.consign(whole, CARRIER, HOSPITAL, TRANSFER, by(MANUFACTURER))
    trade.receive(whole)
    supply.deliver(whole, HOSPITAL, by(CARRIER))
    trade.receive(whole)
    assert trade.custody(whole) == Custody(0, UNITS, HOSPITAL, MANUFACTURER)


def test_a_return_that_is_carried_passes_title_and_is_to_be_verified(supply, trade, at_pharmacy):
    supply.consign(at_pharmacy, CARRIER, PROCESSOR, RETURN, by(PHARMACY))
    trade.receive(at_pharmacy)
    assert trade.custody(at_pharmacy) == _carried(owner=PHARMACY, consignee=PROCESSOR, returning=True)
    supply.deliver(at_pharmacy, PROCESSOR, by(CARRIER))
    trade.receive(at_pharmacy)
    assert trade.custody(at_pharmacy) == Custody(0, UNITS, PROCESSOR, PROCESSOR, unverified=True)


def test_a_carrier_brings_it_nowhere_else(supply, carried):
    for to in (SECOND_WHOLESALER, PHARMACY, PROCESSOR):
        with refused("ShipmentOffRoute", carried, WHOLESALER, to):
            supply.deliver(carried, to, by(CARRIER))
        for kind in (SALE, TRANSFER, RETURN):
            with refused("ShipmentPartnerInvalid", to, roles_of(CARRIER), roles_of(to), kind):
                supply.ship(carried, to, kind, by(CARRIER))
        with refused("ShipmentOffRoute", carried, WHOLESALER, to):
            supply.consign(carried, SECOND_CARRIER, to, SALE, by(CARRIER))


def test_what_is_stored_goes_nowhere_until_its_owner_says_where(supply, trade, whole):
    trade.hand_over(whole, CARRIER, kind=TRANSFER)
    for to in (WHOLESALER, SECOND_CARRIER):
        with refused("ShipmentOffRoute", whole, 0, to):
            supply.deliver(whole, to, by(CARRIER))
    supply.setConsignee(whole, WHOLESALER, SALE, by(MANUFACTURER))
    supply.deliver(whole, WHOLESALER, by(CARRIER))
    trade.receive(whole)
    assert trade.custody(whole) == Custody(0, UNITS, WHOLESALER, WHOLESALER)


def test_nothing_forbids_to_bring_it_back(supply, trade, carried):
    supply.announceRecall(carried >> 24, notice_of(1, 0), by(MANUFACTURER))
    for to in (WHOLESALER, SECOND_CARRIER):
        with refused("LotIsRecalled", carried >> 24, 1):
            supply.deliver(carried, to, by(CARRIER))
    sent = supply.deliver(carried, MANUFACTURER, by(CARRIER))
    back = _carried(counterparty=MANUFACTURER, consignee=MANUFACTURER, returning=True, titled=False)
    assert trade.told(sent, "Shipped")["interval"] == back
    trade.receive(carried)
    assert trade.custody(carried).holder == MANUFACTURER


def test_what_comes_back_as_undeliverable_is_to_be_verified(supply, trade, carried):
    supply.deliver(carried, MANUFACTURER, by(CARRIER))
    trade.receive(carried)
    assert trade.custody(carried) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER, unverified=True)


def test_whoever_does_not_own_what_it_has_brings_it_back_likewise(supply, trade, whole):
    trade.hand_over(whole, PHARMACY, kind=TRANSFER)
    supply.deliver(whole, MANUFACTURER, by(PHARMACY))
    trade.receive(whole)
    assert trade.custody(whole) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER, unverified=True)


# ---------------------------------------------------------------------- an owner redirects


def test_an_owner_redirects_what_is_under_way(supply, trade, lot, carried):
    sent = supply.setConsignee(carried, SECOND_WHOLESALER, TRANSFER, by(MANUFACTURER))
    redirected = _carried(consignee=SECOND_WHOLESALER, titled=False)
    assert trade.told(sent, "ConsigneeSet") == {"lot": lot, "consignee": SECOND_WHOLESALER, "interval": redirected}
    with refused("ShipmentOffRoute", carried, SECOND_WHOLESALER, WHOLESALER):
        supply.deliver(carried, WHOLESALER, by(CARRIER))
    supply.deliver(carried, SECOND_WHOLESALER, by(CARRIER))
    trade.receive(carried)
    assert trade.custody(carried) == Custody(0, UNITS, SECOND_WHOLESALER, MANUFACTURER)


def test_an_owner_calls_it_home(supply, trade, carried):
    for kind in (SALE, TRANSFER, RETURN):
        sent = supply.setConsignee(carried, MANUFACTURER, kind, by(MANUFACTURER))
        home = _carried(consignee=MANUFACTURER, returning=True, titled=False)
        assert trade.told(sent, "ConsigneeSet")["interval"] == home
    with refused("ShipmentOffRoute", carried, MANUFACTURER, WHOLESALER):
        supply.deliver(carried, WHOLESALER, by(CARRIER))
    supply.deliver(carried, MANUFACTURER, by(CARRIER))
    trade.receive(carried)
    assert trade.custody(carried) == Custody(0, UNITS, MANUFACTURER, MANUFACTURER, unverified=True)


def test_an_owner_sends_it_back_up_the_chain(supply, trade, carried):
    sent = supply.setConsignee(carried, PROCESSOR, RETURN, by(MANUFACTURER))
    assert trade.told(sent, "ConsigneeSet")["interval"] == _carried(consignee=PROCESSOR, returning=True)


def test_what_stands_at_a_door_is_not_redirected(supply, carried):
    supply.deliver(carried, WHOLESALER, by(CARRIER))
    with refused("IntervalInTransit", carried, WHOLESALER):
        supply.setConsignee(carried, SECOND_WHOLESALER, SALE, by(MANUFACTURER))


def test_the_owner_alone_redirects_and_to_others(supply, participants, supervisor, trade, whole, manufacturer, carrier):
    with refused("IntervalNotYours", whole, MANUFACTURER):
        supply.setConsignee(whole, WHOLESALER, SALE, {"from": manufacturer})
    trade.hand_over(whole, CARRIER, kind=TRANSFER)
    with refused("OperatorNotInStanding", carrier, MANUFACTURER, UNKNOWN):
        supply.setConsignee(whole, WHOLESALER, SALE, {"from": carrier})
    with refused("ShipmentToSelf", CARRIER):
        supply.setConsignee(whole, CARRIER, TRANSFER, {"from": manufacturer})
    participants.suspend(WHOLESALER, 0, bytes(32), {"from": supervisor})
    with refused("OrganisationNotInStanding", WHOLESALER, SUSPENDED):
        supply.setConsignee(whole, WHOLESALER, SALE, {"from": manufacturer})


def test_an_owner_sends_it_only_where_a_holder_might_ship_itself(supply, trade, whole):
    trade.hand_over(whole, PHARMACY, kind=TRANSFER)
    with refused("ShipmentPartnerInvalid", WHOLESALER, roles_of(PHARMACY), roles_of(WHOLESALER), SALE):
        supply.setConsignee(whole, WHOLESALER, SALE, by(MANUFACTURER))
    supply.setConsignee(whole, SECOND_PHARMACY, SALE, by(MANUFACTURER))


# ---------------------------------------------------------------------- refusals


def test_a_carrier_is_one(supply, whole):
    for other in (SECOND_WHOLESALER, PHARMACY):
        with refused("ShipmentPartnerInvalid", other, roles_of(MANUFACTURER), roles_of(other), SALE):
            supply.consign(whole, other, WHOLESALER, SALE, by(MANUFACTURER))


def test_the_owner_in_hand_alone_consigns(supply, trade, whole, wholesaler, manufacturer):
    for carrier, consignee in ((CARRIER, MANUFACTURER), (MANUFACTURER, WHOLESALER)):
        with refused("ShipmentToSelf", MANUFACTURER):
            supply.consign(whole, carrier, consignee, SALE, {"from": manufacturer})
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.consign(whole, CARRIER, PHARMACY, SALE, {"from": wholesaler})
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    with refused("ShipmentOffRoute", whole, 0, PHARMACY):
        supply.consign(whole, CARRIER, PHARMACY, SALE, {"from": wholesaler})
    supply.deliver(whole, MANUFACTURER, {"from": wholesaler})
    with refused("IntervalInTransit", whole, MANUFACTURER):
        supply.consign(whole, CARRIER, PHARMACY, SALE, {"from": wholesaler})


def test_all_who_are_to_take_part_are_in_standing(supply, participants, supervisor, whole, carried):
    participants.suspend(SECOND_CARRIER, 0, bytes(32), {"from": supervisor})
    participants.suspend(WHOLESALER, 0, bytes(32), {"from": supervisor})
    for to in (SECOND_CARRIER, WHOLESALER):
        with refused("OrganisationNotInStanding", to, SUSPENDED):
            supply.deliver(carried, to, by(CARRIER))
    supply.deliver(carried, MANUFACTURER, by(CARRIER))
    supply.receiveShipment(carried, UNITS, by(MANUFACTURER))
    for carrier, consignee, missing in (
        (SECOND_CARRIER, PHARMACY, SECOND_CARRIER),
        (CARRIER, WHOLESALER, WHOLESALER),
    ):
        with refused("OrganisationNotInStanding", missing, SUSPENDED):
            supply.consign(whole, carrier, consignee, SALE, by(MANUFACTURER))


def test_a_holder_that_does_not_own_delivers(supply, trade, whole, carried, wholesaler):
    with refused("OperatorNotInStanding", wholesaler, CARRIER, UNKNOWN):
        supply.deliver(carried, WHOLESALER, {"from": wholesaler})
    with refused("ShipmentToSelf", CARRIER):
        supply.deliver(carried, CARRIER, by(CARRIER))
    supply.deliver(carried, WHOLESALER, by(CARRIER))
    with refused("IntervalInTransit", carried, WHOLESALER):
        supply.deliver(carried, SECOND_CARRIER, by(CARRIER))
    trade.receive(carried)
    with refused("ShipmentOffRoute", carried, 0, SECOND_PHARMACY):
        supply.deliver(carried, SECOND_PHARMACY, {"from": wholesaler})
