"""A holder ships, a counterparty receives; ownership goes along or stays."""

import pytest

from carechain.supply.words import Custody, UnitFact, interval_of
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CARRIER,
    HOSPITAL,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    SECOND_WHOLESALER,
    WHOLESALER,
)
from tests.helpers.supply import (
    EVIDENCE,
    RETURN,
    ROLE_MISSING,
    SALE,
    SUSPENDED,
    TRANSFER,
    UNITS,
    UNKNOWN,
    by,
    event_of,
    roles_of,
    sscc,
)


def test_a_sale_passes_custody_and_title(trade, lot, whole):
    sent = trade.ship(whole, WHOLESALER, SALE)
    under_way = Custody(
        0, UNITS, MANUFACTURER, MANUFACTURER, counterparty=WHOLESALER, consignee=WHOLESALER, titled=True
    )
    assert trade.told(sent, "Shipped") == {"lot": lot, "interval": under_way}
    sent = trade.receive(whole)
    assert trade.told(sent, "Received") == {
        "lot": lot,
        "holder": WHOLESALER,
        "from": MANUFACTURER,
        "interval": Custody(0, UNITS, WHOLESALER, WHOLESALER),
    }
    assert len(sent.events) == 1


def test_a_transfer_passes_custody_alone(trade, lot, whole):
    sent = trade.ship(whole, WHOLESALER, TRANSFER)
    under_way = Custody(0, UNITS, MANUFACTURER, MANUFACTURER, counterparty=WHOLESALER, consignee=WHOLESALER)
    assert trade.told(sent, "Shipped") == {"lot": lot, "interval": under_way}
    sent = trade.receive(whole)
    assert trade.told(sent, "Received")["interval"] == Custody(0, UNITS, WHOLESALER, MANUFACTURER)


def test_a_return_passes_both_and_is_to_be_verified(trade, at_pharmacy):
    sent = trade.ship(at_pharmacy, WHOLESALER, RETURN)
    assert trade.told(sent, "Shipped")["interval"] == Custody(
        0, UNITS, PHARMACY, PHARMACY, counterparty=WHOLESALER, consignee=WHOLESALER, returning=True, titled=True
    )
    sent = trade.receive(at_pharmacy)
    assert trade.told(sent, "Received")["interval"] == Custody(0, UNITS, WHOLESALER, WHOLESALER, unverified=True)
    assert len(sent.events) == 1


def test_a_carrier_keeps_for_others_as_a_warehouse(trade, whole):
    trade.hand_over(whole, CARRIER, kind=TRANSFER)
    assert trade.custody(whole) == Custody(0, UNITS, CARRIER, MANUFACTURER)


def test_a_holder_who_does_not_own_ships_nowhere(supply, trade, whole):
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    for to, kind in ((PHARMACY, SALE), (SECOND_WHOLESALER, TRANSFER), (PROCESSOR, RETURN)):
        with refused("ShipmentOffRoute", whole, 0, to):
            supply.ship(whole, to, kind, by(WHOLESALER))
        with refused("ShipmentOffRoute", whole, 0, to):
            supply.splitAndShip(whole, 0, 10, to, kind, by(WHOLESALER))


# ---------------------------------------------------------------------- parts


@pytest.mark.parametrize(("first", "end"), [(0, 30), (30, 60), (60, UNITS), (0, UNITS), (99, UNITS), (0, 1)])
def test_a_part_is_shipped_and_the_rest_stays(supply, trade, lot, whole, first, end):
    state = supply.lotOf(lot)
    sent = supply.splitAndShip(whole, first, end, WHOLESALER, SALE, by(MANUFACTURER))
    under_way = Custody(
        first, end, MANUFACTURER, MANUFACTURER, counterparty=WHOLESALER, consignee=WHOLESALER, titled=True
    )
    assert trade.told(sent, "Shipped") == {"lot": lot, "interval": under_way}
    rest = [(0, first), (end, UNITS)]
    stays = [Custody(start, until, MANUFACTURER, MANUFACTURER) for start, until in rest if start < until]
    assert trade.intervals(lot) == sorted([under_way, *stays], key=lambda each: each.first)
    assert supply.lotOf(lot) == state


def test_a_part_of_a_part_is_shipped(supply, trade, lot, whole):
    supply.splitAndShip(whole, 40, 80, WHOLESALER, SALE, by(MANUFACTURER))
    trade.receive(interval_of(lot, 40))
    supply.splitAndShip(interval_of(lot, 40), 50, 60, PHARMACY, SALE, by(WHOLESALER))
    assert [(each.first, each.end, each.holder, each.counterparty) for each in trade.intervals(lot)] == [
        (0, 40, MANUFACTURER, 0),
        (40, 50, WHOLESALER, 0),
        (50, 60, WHOLESALER, PHARMACY),
        (60, 80, WHOLESALER, 0),
        (80, 100, MANUFACTURER, 0),
    ]


def test_a_part_lies_within_the_interval(supply, trade, lot, whole):
    supply.splitAndShip(whole, 40, 80, WHOLESALER, SALE, by(MANUFACTURER))
    part = interval_of(lot, 40)
    trade.receive(part)
    for first, end in ((39, 50), (50, 50), (51, 50), (50, 81), (80, 90), (0, 40), (50, 2**24 + 60), (2**256 - 1, 60)):
        with refused("IntervalRangeInvalid", part, first, end):
            supply.splitAndShip(part, first, end, PHARMACY, SALE, by(WHOLESALER))


def test_a_part_is_cut_of_loose_units_alone(supply, whole):
    supply.pack(whole, [sscc(1)], [UNITS], by(MANUFACTURER))
    with refused("IntervalIsPacked", whole, 1):
        supply.splitAndShip(whole, 0, 10, WHOLESALER, SALE, by(MANUFACTURER))


def test_what_has_become_of_other_units_does_not_keep_a_part(supply, trade, lot, whole, manufacturer):
    supply.retireUnit(whole, 50, UnitFact.SAMPLED, {"from": manufacturer})
    with refused("UnitIsRetired", lot, 50, UnitFact.SAMPLED):
        supply.splitAndShip(whole, 40, 60, WHOLESALER, SALE, {"from": manufacturer})
    supply.splitAndShip(whole, 51, 60, WHOLESALER, SALE, {"from": manufacturer})
    assert not trade.custody(interval_of(lot, 51)).opened
    assert trade.custody(whole).opened
    assert trade.custody(interval_of(lot, 60)).opened


def test_the_first_unit_that_is_gone_is_told(supply, trade, lot, whole, manufacturer):
    supply.cut(whole, 3, 98, {"from": manufacturer})
    part = interval_of(lot, 3)
    for unit in (97, 96, 95, 48, 47, 3):
        supply.retireUnit(part, unit, UnitFact.DESTROYED, {"from": manufacturer})
        with refused("UnitIsRetired", lot, unit, UnitFact.DESTROYED):
            trade.ship(part, WHOLESALER)


def test_units_of_the_neighbours_do_not_keep_an_interval(supply, trade, lot, whole, manufacturer):
    for unit in (2, 98):
        supply.retireUnit(whole, unit, UnitFact.DESTROYED, {"from": manufacturer})
    supply.cut(whole, 3, 98, {"from": manufacturer})
    trade.ship(interval_of(lot, 3), WHOLESALER)


# ---------------------------------------------------------------------- refusals


def test_what_is_under_way_is_not_shipped_again(supply, trade, whole):
    trade.ship(whole, WHOLESALER)
    for to in (WHOLESALER, PHARMACY):
        with refused("IntervalInTransit", whole, WHOLESALER):
            supply.ship(whole, to, SALE, by(MANUFACTURER))
    with refused("IntervalInTransit", whole, WHOLESALER):
        supply.splitAndShip(whole, 0, 10, PHARMACY, SALE, by(MANUFACTURER))


def test_nobody_ships_to_itself(supply, at_wholesaler):
    for kind in (SALE, TRANSFER, RETURN):
        with refused("ShipmentToSelf", WHOLESALER):
            supply.ship(at_wholesaler, WHOLESALER, kind, by(WHOLESALER))


def test_the_holder_alone_ships(supply, whole, wholesaler, stranger):
    for operator in (wholesaler, stranger):
        with refused("OperatorNotInStanding", operator, MANUFACTURER, UNKNOWN):
            supply.ship(whole, WHOLESALER, SALE, {"from": operator})
        with refused("OperatorNotInStanding", operator, MANUFACTURER, UNKNOWN):
            supply.splitAndShip(whole, 0, 10, WHOLESALER, SALE, {"from": operator})


def test_the_counterparty_alone_receives(supply, trade, whole, manufacturer, pharmacy, stranger):
    trade.ship(whole, WHOLESALER)
    for operator in (manufacturer, pharmacy, stranger):
        with refused("OperatorNotInStanding", operator, WHOLESALER, UNKNOWN):
            supply.receiveShipment(whole, UNITS, {"from": operator})


def test_what_was_not_shipped_is_not_received(supply, trade, whole, wholesaler):
    with refused("ShipmentNone", whole):
        supply.receiveShipment(whole, UNITS, {"from": wholesaler})
    trade.hand_over(whole, WHOLESALER)
    with refused("ShipmentNone", whole):
        supply.receiveShipment(whole, UNITS, {"from": wholesaler})


def test_nothing_is_received_that_was_not_counted(supply, trade, whole, wholesaler, manufacturer):
    trade.ship(whole, WHOLESALER)
    for counted in (0, UNITS - 1, UNITS + 1, 2**24 - 1):
        with refused("ShipmentMiscounted", whole, UNITS, counted):
            supply.receiveShipment(whole, counted, {"from": wholesaler})
    supply.cut(whole, 90, UNITS, {"from": manufacturer})
    with refused("ShipmentMiscounted", whole, 90, UNITS):
        supply.receiveShipment(whole, UNITS, {"from": wholesaler})


def test_no_interval_is_where_none_starts(supply, lot, manufacturer, wholesaler):
    for of, first in ((lot, 1), (lot, 2**24 - 1), (lot + 1000, 0), (0, 0)):
        for call, arguments in (
            (supply.ship, (WHOLESALER, SALE)),
            (supply.splitAndShip, (0, 1, WHOLESALER, SALE)),
            (supply.receiveShipment, (1,)),
        ):
            with refused("IntervalUnknown", of, first):
                call(interval_of(of, first), *arguments, {"from": manufacturer})


def test_a_suspended_organisation_neither_ships_nor_is_shipped_to(supply, trade, participants, supervisor, whole):
    trade.ship(whole, WHOLESALER)
    participants.suspend(WHOLESALER, 0, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", by(WHOLESALER)["from"], WHOLESALER, SUSPENDED):
        trade.receive(whole)
    supply.cancelShipment(whole, by(MANUFACTURER))
    for to, standing in ((WHOLESALER, SUSPENDED), (0, UNKNOWN), (99, UNKNOWN)):
        with refused("OrganisationNotInStanding", to, standing):
            supply.ship(whole, to, SALE, by(MANUFACTURER))
    participants.suspend(MANUFACTURER, 0, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", by(MANUFACTURER)["from"], MANUFACTURER, SUSPENDED):
        supply.ship(whole, PHARMACY, SALE, by(MANUFACTURER))


def test_whoever_lost_the_roles_that_hold_receives_nothing(suite, supply, trade, participants, whole, wholesaler):
    trade.ship(whole, WHOLESALER)
    suite.as_registrar(participants.amend, WHOLESALER, 1 << 1, 4_000_000_000, bytes(32))
    with refused("OperatorNotInStanding", wholesaler, WHOLESALER, ROLE_MISSING):
        supply.receiveShipment(whole, UNITS, {"from": wholesaler})


# ---------------------------------------------------------------------- title


def test_an_owner_passes_title_on_to_the_holder(supply, trade, lot, whole):
    trade.hand_over(whole, HOSPITAL, kind=TRANSFER)
    sent = supply.passTitle(whole, by(MANUFACTURER))
    assert trade.told(sent, "TitlePassed") == {
        "lot": lot,
        "owner": HOSPITAL,
        "from": MANUFACTURER,
        "interval": Custody(0, UNITS, HOSPITAL, HOSPITAL),
    }
    trade.ship(whole, PHARMACY)


def test_title_clears_the_way_that_was_set(supply, trade, whole):
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    supply.setConsignee(whole, PHARMACY, SALE, by(MANUFACTURER))
    supply.passTitle(whole, by(MANUFACTURER))
    assert trade.custody(whole) == Custody(0, UNITS, WHOLESALER, WHOLESALER)


def test_a_carrier_never_owns(supply, trade, whole, manufacturer):
    trade.hand_over(whole, CARRIER, kind=TRANSFER)
    with refused("ShipmentPartnerInvalid", CARRIER, roles_of(MANUFACTURER), roles_of(CARRIER), SALE):
        supply.passTitle(whole, {"from": manufacturer})


def test_title_is_passed_by_the_owner_to_another_who_holds(supply, trade, whole, manufacturer, wholesaler):
    with refused("IntervalNotYours", whole, MANUFACTURER):
        supply.passTitle(whole, {"from": manufacturer})
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.passTitle(whole, {"from": wholesaler})
    supply.deliver(whole, MANUFACTURER, {"from": wholesaler})
    with refused("IntervalInTransit", whole, MANUFACTURER):
        supply.passTitle(whole, {"from": manufacturer})


def test_title_passes_as_a_sale_would(supply, trade, lot, whole, manufacturer):
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    supply.hold(whole, MANUFACTURER, EVIDENCE, {"from": manufacturer})
    with refused("IntervalHeldUp", whole, 0, 1, False):
        supply.passTitle(whole, {"from": manufacturer})
    supply.announceRecall(lot, 1, {"from": manufacturer})
    with refused("LotIsRecalled", lot, 1):
        supply.passTitle(whole, {"from": manufacturer})
    supply.setConsignee(whole, MANUFACTURER, RETURN, {"from": manufacturer})
    with refused("IntervalNotYours", whole, WHOLESALER):
        supply.passTitle(whole, {"from": manufacturer})


def test_a_suspended_holder_gets_no_title(supply, trade, participants, supervisor, whole, manufacturer):
    trade.hand_over(whole, WHOLESALER, kind=TRANSFER)
    participants.suspend(WHOLESALER, 0, bytes(32), {"from": supervisor})
    with refused("OrganisationNotInStanding", WHOLESALER, SUSPENDED):
        supply.passTitle(whole, {"from": manufacturer})


def test_everything_is_told_by_one_event(trade, whole):
    assert set(event_of(trade.ship(whole, WHOLESALER), "Shipped")) == {"lot", "interval"}
