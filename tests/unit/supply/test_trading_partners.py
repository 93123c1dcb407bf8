"""Who may ship to whom, and how: every pair of organisations, against a table in the field's words."""

import pytest

from carechain.supply.words import Custody, Investigation, interval_of
from tests.helpers.refusals import refusal_of, refused
from tests.helpers.suite import (
    AUDITOR,
    CARRIER,
    FOUNDERS,
    HOSPITAL,
    INSPECTOR,
    LABORATORY,
    LICENCE_EXPIRY,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REPACKAGER,
    SECOND_CARRIER,
    SECOND_PHARMACY,
    SECOND_WHOLESALER,
    WHOLESALER,
)
from tests.helpers.supply import EVIDENCE, RETURN, SALE, TRANSFER, by, operator_of, roles_of

ALL = range(1, len(FOUNDERS) + 1)
MAKERS = {"manufacturer", "repackager"}
DISPENSERS = {"pharmacy", "provider"}
DOWN = {
    "manufacturer": MAKERS | {"wholesaler"} | DISPENSERS,
    "repackager": MAKERS | {"wholesaler"} | DISPENSERS,
    "wholesaler": {"repackager", "wholesaler"} | DISPENSERS,
    "pharmacy": DISPENSERS,
    "provider": DISPENSERS,
    "returns processor": set(),
    "carrier": set(),
}
"""To whom medicines are sold."""
ENDS = MAKERS | {"returns processor"}
"""To whom they are returned, by all who may own them; and to wholesalers, by those who may have bought there."""


def allowed(organisation, kind):
    """The roles to which an organisation may ship."""
    (role, *_) = FOUNDERS[organisation - 1][1]
    if role == "carrier":
        return set()
    if kind == RETURN:
        return ENDS | ({"wholesaler"} if role in DISPENSERS | {"wholesaler"} else set())
    return DOWN[role] | ({"carrier"} if kind == TRANSFER else set())


@pytest.fixture(scope="module")
def stocks(supply, trade, lot):
    """One interval in the hands of an organisation of each role that may hold any; all but the carrier own theirs."""
    stocks = {
        holder: trade.part(lot, 10 * place, 10 * place + 10, holder)
        for place, holder in enumerate((WHOLESALER, PHARMACY, HOSPITAL, REPACKAGER), start=1)
    }
    stocks[PROCESSOR] = trade.hand_over(trade.part(lot, 50, 60, PHARMACY), PROCESSOR, kind=RETURN)
    supply.verifyReturn(stocks[PROCESSOR], MANUFACTURER, by(MANUFACTURER))
    supply.splitAndShip(interval_of(lot, 60), 60, 70, CARRIER, TRANSFER, by(MANUFACTURER))
    stocks[CARRIER] = interval_of(lot, 60)
    trade.receive(stocks[CARRIER])
    return stocks | {MANUFACTURER: interval_of(lot, 0)}


@pytest.mark.parametrize("kind", [SALE, TRANSFER, RETURN])
def test_who_ships_to_whom(supply, stocks, kind):
    for holder, interval in stocks.items():
        others = set(ALL) - {holder} - ({SECOND_CARRIER} if holder == CARRIER else set())
        answers = {to: refusal_of(supply.ship, interval, to, kind, by(holder)) for to in others}
        partners = {to for to, refusal in answers.items() if refusal is None}
        roles = allowed(holder, kind)
        assert partners == {to for to in answers if roles & set(FOUNDERS[to - 1][1])}, FOUNDERS[holder - 1][0]
        assert set(answers.values()) == {None, "ShipmentPartnerInvalid"} - (set() if roles else {None})


def test_a_refusal_tells_the_roles_of_both(supply, stocks):
    for holder, to, kind in (
        (WHOLESALER, MANUFACTURER, SALE),
        (PHARMACY, WHOLESALER, TRANSFER),
        (HOSPITAL, SECOND_PHARMACY, RETURN),
        (MANUFACTURER, INSPECTOR, SALE),
        (WHOLESALER, CARRIER, SALE),
        (CARRIER, WHOLESALER, TRANSFER),
    ):
        with refused("ShipmentPartnerInvalid", to, roles_of(holder), roles_of(to), kind):
            supply.ship(stocks[holder], to, kind, by(holder))


def test_whom_a_carrier_brings_it_to_is_decided_likewise(supply, stocks):
    for holder in (MANUFACTURER, WHOLESALER, PHARMACY, PROCESSOR):
        for kind in (SALE, RETURN):
            for to in {MANUFACTURER, SECOND_WHOLESALER, SECOND_PHARMACY, PROCESSOR, AUDITOR} - {holder}:
                shipped = refusal_of(supply.ship, stocks[holder], to, kind, by(holder))
                assert refusal_of(supply.consign, stocks[holder], CARRIER, to, kind, by(holder)) == shipped


def test_whom_an_owner_names_later_is_decided_likewise(supply, stocks):
    for kind in (SALE, TRANSFER, RETURN):
        for to in set(ALL) - {CARRIER, MANUFACTURER}:
            shipped = refusal_of(supply.ship, stocks[MANUFACTURER], to, kind, by(MANUFACTURER))
            assert refusal_of(supply.setConsignee, stocks[CARRIER], to, kind, by(MANUFACTURER)) == shipped


def test_any_of_several_roles_suffices(suite, supply, participants, trade, stocks):
    roles = roles_of(LABORATORY) | roles_of(PHARMACY) | roles_of(WHOLESALER)
    suite.as_registrar(participants.amend, LABORATORY, roles, LICENCE_EXPIRY, bytes(32))
    trade.hand_over(stocks[PHARMACY], LABORATORY)
    trade.hand_over(stocks[PHARMACY], SECOND_WHOLESALER)
    assert trade.custody(stocks[PHARMACY]) == Custody(20, 30, SECOND_WHOLESALER, SECOND_WHOLESALER)


def test_nothing_goes_down_the_chain_as_a_return(supply, trade, stocks):
    """What may not move forward must not do so under another name."""
    for found in (Investigation.SUSPECT, Investigation.ILLEGITIMATE):
        supply.investigate(stocks[MANUFACTURER], MANUFACTURER, found, EVIDENCE, by(MANUFACTURER))
    for to in (WHOLESALER, SECOND_WHOLESALER):
        with refused("ShipmentPartnerInvalid", to, roles_of(MANUFACTURER), roles_of(to), RETURN):
            supply.ship(stocks[MANUFACTURER], to, RETURN, {"from": operator_of(MANUFACTURER)})
