"""Forward moves only what nothing speaks against; back moves everything that still exists."""

import pytest

from carechain.supply.words import Condition, Investigation, Quality, UnitFact, notice_of
from tests.helpers.refusals import refused
from tests.helpers.suite import (
    CARRIER,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REGULATOR,
    SECOND_WHOLESALER,
    WHOLESALER,
    pass_time,
)
from tests.helpers.supply import CERTIFICATE, DAY, EVIDENCE, RETURN, SALE, TRANSFER, UNITS, by, event_of

LOT = 2 | MANUFACTURER << 32
INTERVAL = LOT << 24


def _held(supply, trade):
    supply.hold(INTERVAL, WHOLESALER, EVIDENCE, by(WHOLESALER))


def _rejected(supply, trade):
    _held(supply, trade)
    supply.decideHold(INTERVAL, False, EVIDENCE, by(12))


def _returned(supply, trade):
    trade.hand_over(INTERVAL, PHARMACY)
    trade.hand_over(INTERVAL, WHOLESALER, kind=RETURN)


def _investigated(investigation):
    def investigated(supply, trade):
        supply.investigate(INTERVAL, MANUFACTURER, investigation, EVIDENCE, by(MANUFACTURER))

    return investigated


def _suspect_then_illegitimate(supply, trade):
    _investigated(Investigation.SUSPECT)(supply, trade)
    _investigated(Investigation.ILLEGITIMATE)(supply, trade)


def _recalled(supply, trade):
    supply.announceRecall(LOT, notice_of(3, 0), by(MANUFACTURER))


def _unit_recalled(supply, trade):
    supply.recallUnits(LOT, REGULATOR, 5, 6, notice_of(2, 0), by(REGULATOR))


def _release_taken_back(supply, trade):
    supply.inspectLot(LOT, Quality.REJECTED, CERTIFICATE, by(12))


def _expired(supply, trade):
    pass_time(366 * DAY)


def _restricted(supply, trade):
    supply.setLotChannel(LOT, 7, by(MANUFACTURER))
    supply.setChannelMember(8, SECOND_WHOLESALER, True, by(MANUFACTURER))


def _held_up(investigation=0, condition=0, unverified=False):
    return "IntervalHeldUp", INTERVAL, int(investigation), int(condition), unverified


OBSTACLES = {
    "suspect": (_investigated(Investigation.SUSPECT), _held_up(Investigation.SUSPECT)),
    "quarantined": (_investigated(Investigation.QUARANTINED), _held_up(Investigation.QUARANTINED)),
    "illegitimate": (_suspect_then_illegitimate, _held_up(Investigation.ILLEGITIMATE)),
    "on hold": (_held, _held_up(condition=Condition.HELD)),
    "rejected by an inspector": (_rejected, _held_up(condition=Condition.REJECTED)),
    "returned and not verified": (_returned, _held_up(unverified=True)),
    "recalled": (_recalled, ("LotIsRecalled", LOT, 3)),
    "a unit recalled": (_unit_recalled, ("LotIsRecalled", LOT, 2)),
    "its release taken back": (_release_taken_back, ("LotNotReleased", LOT, Quality.REJECTED)),
    "expired": (_expired, None),
    "restricted to a channel": (_restricted, ("LotChannelClosed", LOT, 7, SECOND_WHOLESALER)),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_nothing_moves_forward_against_an_obstacle(supply, trade, at_wholesaler, wholesaler, obstacle):
    happens, refusal = OBSTACLES[obstacle]
    refusal = refusal or ("LotExpired", LOT, supply.lotOf(LOT)[3])
    happens(supply, trade)
    sender = {"from": wholesaler}
    for kind in (SALE, TRANSFER):
        with refused(*refusal):
            supply.ship(at_wholesaler, SECOND_WHOLESALER, kind, sender)
        with refused(*refusal):
            supply.splitAndShip(at_wholesaler, 0, 50, SECOND_WHOLESALER, kind, sender)
        with refused(*refusal):
            supply.consign(at_wholesaler, CARRIER, SECOND_WHOLESALER, kind, sender)
    # Back it goes all the same.
    supply.ship.call(at_wholesaler, MANUFACTURER, RETURN, sender)
    supply.splitAndShip.call(at_wholesaler, 0, 50, PROCESSOR, RETURN, sender)
    supply.consign(at_wholesaler, CARRIER, PROCESSOR, RETURN, sender)
    trade.receive(at_wholesaler)
    supply.deliver(at_wholesaler, PROCESSOR, by(CARRIER))
    trade.receive(at_wholesaler)
    assert trade.custody(at_wholesaler).holder == PROCESSOR


def test_what_no_longer_exists_moves_nowhere(supply, trade, at_wholesaler, wholesaler):
    sender = {"from": wholesaler}
    supply.retireInterval(at_wholesaler, UnitFact.DESTROYED, sender)
    refusal = "IntervalIsRetired", at_wholesaler, UnitFact.DESTROYED
    for to, kind in ((SECOND_WHOLESALER, SALE), (SECOND_WHOLESALER, TRANSFER), (PROCESSOR, RETURN)):
        with refused(*refusal):
            supply.ship(at_wholesaler, to, kind, sender)
        with refused(*refusal):
            supply.splitAndShip(at_wholesaler, 0, 50, to, kind, sender)
        with refused(*refusal):
            supply.consign(at_wholesaler, CARRIER, to, kind, sender)


def test_a_unit_that_no_longer_exists_moves_nowhere_either(supply, at_wholesaler, wholesaler):
    sender = {"from": wholesaler}
    supply.retireUnit(at_wholesaler, 5, UnitFact.SAMPLED, sender)
    for to, kind in ((SECOND_WHOLESALER, SALE), (SECOND_WHOLESALER, TRANSFER), (PROCESSOR, RETURN)):
        with refused("UnitIsRetired", LOT, 5, UnitFact.SAMPLED):
            supply.ship(at_wholesaler, to, kind, sender)
        with refused("UnitIsRetired", LOT, 5, UnitFact.SAMPLED):
            supply.splitAndShip(at_wholesaler, 0, 6, to, kind, sender)
        with refused("UnitIsRetired", LOT, 5, UnitFact.SAMPLED):
            supply.consign(at_wholesaler, CARRIER, to, kind, sender)
        supply.splitAndShip.call(at_wholesaler, 6, UNITS, to, kind, sender)


def test_what_may_be_counterfeit_goes_back_to_the_ends_alone(supply, at_pharmacy):
    sender = by(PHARMACY)
    supply.investigate(at_pharmacy, PHARMACY, Investigation.SUSPECT, EVIDENCE, sender)
    supply.ship.call(at_pharmacy, WHOLESALER, RETURN, sender)
    for found in (Investigation.QUARANTINED, Investigation.ILLEGITIMATE):
        supply.investigate(at_pharmacy, MANUFACTURER, found, EVIDENCE, by(MANUFACTURER))
        with refused("IntervalHeldUp", at_pharmacy, found, 0, False):
            supply.ship(at_pharmacy, WHOLESALER, RETURN, sender)
        with refused("IntervalHeldUp", at_pharmacy, found, 0, False):
            supply.consign(at_pharmacy, CARRIER, WHOLESALER, RETURN, sender)
        for to in (MANUFACTURER, PROCESSOR):
            supply.ship.call(at_pharmacy, to, RETURN, sender)


def test_a_channel_is_for_wholesalers_on_the_way_back_too(supply, at_pharmacy):
    supply.setLotChannel(at_pharmacy >> 24, 7, by(MANUFACTURER))
    with refused("LotChannelClosed", at_pharmacy >> 24, 7, WHOLESALER):
        supply.ship(at_pharmacy, WHOLESALER, RETURN, by(PHARMACY))
    for to in (MANUFACTURER, PROCESSOR):
        supply.ship.call(at_pharmacy, to, RETURN, by(PHARMACY))


def test_units_that_are_not_recalled_move_on(supply, at_wholesaler, wholesaler):
    supply.recallUnits(LOT, MANUFACTURER, 40, 60, notice_of(1, 0), by(MANUFACTURER))
    for first, end in ((0, 41), (59, UNITS), (45, 50), (0, UNITS)):
        with refused("LotIsRecalled", LOT, 1):
            supply.splitAndShip(at_wholesaler, first, end, PHARMACY, SALE, {"from": wholesaler})
    supply.splitAndShip.call(at_wholesaler, 0, 40, PHARMACY, SALE, {"from": wholesaler})
    supply.splitAndShip.call(at_wholesaler, 60, UNITS, PHARMACY, SALE, {"from": wholesaler})


def test_what_is_under_way_is_received_whatever_became_known(supply, trade, at_wholesaler):
    trade.ship(at_wholesaler, PHARMACY)
    _recalled(supply, trade)
    _held(supply, trade)
    trade.receive(at_wholesaler)
    assert trade.custody(at_wholesaler).holder == PHARMACY
    assert trade.custody(at_wholesaler).condition == Condition.HELD


# ---------------------------------------------------------------------- channels


def test_a_channel_admits_and_removes(supply, trade, at_wholesaler, wholesaler):
    sent = supply.setLotChannel(LOT, 7, by(MANUFACTURER))
    assert event_of(sent, "LotChannelSet") == {"lot": LOT, "channel": 7}
    assert supply.lotOf(LOT)[5] == 7
    for admitted in (True, False):
        sent = supply.setChannelMember(7, PHARMACY, admitted, by(MANUFACTURER))
        assert event_of(sent, "ChannelMemberSet") == {
            "manufacturer": MANUFACTURER,
            "channel": 7,
            "member": PHARMACY,
            "admitted": admitted,
        }
        assert supply.isChannelMember(MANUFACTURER, 7, PHARMACY) is admitted
        if admitted:
            supply.ship.call(at_wholesaler, PHARMACY, SALE, {"from": wholesaler})
    with refused("LotChannelClosed", LOT, 7, PHARMACY):
        supply.ship(at_wholesaler, PHARMACY, SALE, {"from": wholesaler})
    supply.setLotChannel(LOT, 0, by(MANUFACTURER))
    supply.ship.call(at_wholesaler, PHARMACY, SALE, {"from": wholesaler})


def test_a_channel_is_its_manufacturers_own(supply, at_wholesaler, wholesaler, repackager):
    supply.setLotChannel(LOT, 7, by(MANUFACTURER))
    supply.setChannelMember(7, PHARMACY, True, {"from": repackager})
    assert not supply.isChannelMember(MANUFACTURER, 7, PHARMACY)
    with refused("LotChannelClosed", LOT, 7, PHARMACY):
        supply.ship(at_wholesaler, PHARMACY, SALE, {"from": wholesaler})


def test_a_channel_concerns_consignees_and_not_carriers(supply, trade, at_wholesaler):
    supply.setLotChannel(LOT, 7, by(MANUFACTURER))
    supply.setChannelMember(7, PHARMACY, True, by(MANUFACTURER))
    supply.consign(at_wholesaler, CARRIER, PHARMACY, SALE, by(WHOLESALER))
    trade.receive(at_wholesaler)
    with refused("LotChannelClosed", LOT, 7, SECOND_WHOLESALER):
        supply.setConsignee(at_wholesaler, SECOND_WHOLESALER, SALE, by(WHOLESALER))
    supply.setChannelMember(7, PHARMACY, False, by(MANUFACTURER))
    with refused("LotChannelClosed", LOT, 7, PHARMACY):
        supply.deliver(at_wholesaler, PHARMACY, by(CARRIER))


def test_channels_are_kept_by_makers(supply, lot, wholesaler, repackager):
    for channel in (1, 255):
        with refused("OperatorNotInStanding", wholesaler, WHOLESALER, 5):
            supply.setChannelMember(channel, PHARMACY, True, {"from": wholesaler})
    with refused("LotChannelZero"):
        supply.setChannelMember(0, PHARMACY, True, by(MANUFACTURER))
    with refused("OperatorNotInStanding", repackager, MANUFACTURER, 0):
        supply.setLotChannel(lot, 1, {"from": repackager})
    with refused("LotUnknown", lot + 1000):
        supply.setLotChannel(lot + 1000, 1, by(MANUFACTURER))
