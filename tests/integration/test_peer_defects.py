"""Defects that were found in other systems of this kind, and reproduced on a chain. None of them may ever be ours."""

import pytest

from carechain.roles import role_mask
from carechain.supply.words import Custody, UnitFact, interval_of, words_of_units
from tests.helpers.consents import (
    ANY,
    DOCUMENT,
    STATUSES,
    TERMS,
    USE,
    Grant,
    Presented,
    presented_status,
    recorded_status,
    terms_at,
)
from tests.helpers.refusals import refusal_of, refused
from tests.helpers.suite import (
    CARRIER,
    CLINIC,
    HOSPITAL,
    LABORATORY,
    LICENCE_EXPIRY,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    SECOND_CARRIER,
    SECOND_PHARMACY,
    WHOLESALER,
    now,
    pass_time,
)
from tests.helpers.supply import (
    GTIN,
    HIGH,
    LOT_NUMBER,
    LOW,
    ROLE_MISSING,
    SALE,
    SERIAL_ROOT,
    UNKNOWN,
    Trade,
    by,
    today,
)

LICENCE = bytes(32)
MAKER = role_mask(["manufacturer"])


@pytest.fixture
def trade(supply):
    """The trade in a product that is authorised."""
    trade = Trade(supply)
    trade.authorise()
    return trade


def test_no_view_stays_true_after_a_revocation(consents, domain, patient, hospital):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    presented = Presented(patient, terms_at(0)).signed(domain)

    def answers():
        decided = STATUSES[consents.decide(hospital, patient, ANY, *USE.arguments())[0]]
        return recorded_status(consents, patient), decided, presented_status(consents, presented)

    assert answers() == ("Permitted",) * 3
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    assert answers() == ("Revoked", "Revoked", "Permitted")
    consents.revokePresented(0, {"from": patient})
    assert answers() == ("Revoked",) * 3


def test_no_view_stays_true_after_everything_is_revoked(consents, domain, patient, hospital):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    presented = Presented(patient, terms_at(0)).signed(domain)
    consents.revokeAll({"from": patient})
    assert recorded_status(consents, patient) == "Revoked"
    assert STATUSES[consents.decide(hospital, patient, ANY, *USE.arguments())[0]] == "Revoked"
    assert presented_status(consents, presented) == "Revoked"


def test_no_view_stays_true_after_a_consent_has_expired(consents, patient, hospital):
    end = now() + 100
    consents.grant(HOSPITAL, ANY, terms_at(0, not_after=end).pack(), DOCUMENT, {"from": patient})
    pass_time(100)
    assert STATUSES[consents.decide(hospital, patient, ANY, *USE.arguments())[0]] == "Expired"


def test_who_buys_ten_and_then_five_has_fifteen(supply, trade):
    lot = trade.register()
    wholesale = trade.part(lot, 0, 50, WHOLESALER)
    for first, end in ((30, 40), (5, 10)):
        supply.splitAndShip(wholesale, first, end, PHARMACY, SALE, by(WHOLESALER))
        trade.receive(interval_of(lot, first))
    bought = [custody for custody in trade.intervals(lot) if custody.holder == PHARMACY]
    assert bought == [Custody(5, 10, PHARMACY, PHARMACY), Custody(30, 40, PHARMACY, PHARMACY)]


def test_what_is_dispensed_later_leaves_what_was_dispensed_before(supply, trade, pharmacy):
    lot = trade.register()
    shelf = trade.part(lot, 10, 60, PHARMACY)
    ten, five = range(10, 20), range(43, 48)  # in the same word of facts
    for units in (ten, five):
        supply.dispenseUnits(shelf, words_of_units(units), {"from": pharmacy})
    dispensed = [unit for unit in range(10, 60) if supply.factOf(shelf, unit) == UnitFact.DISPENSED]
    assert dispensed == [*ten, *five]


def test_nobody_but_its_owner_redirects_a_shipment(
    supply, trade, stranger, hospital, carrier, pharmacy, second_pharmacy
):
    carried = trade.part(trade.register(), 10, 20, WHOLESALER)
    supply.consign(carried, CARRIER, PHARMACY, SALE, by(WHOLESALER))
    trade.receive(carried)
    # How it could be sent elsewhere, and why its carrier, who has it in hand, may not.
    ways = (
        (supply.setConsignee, (carried, SECOND_PHARMACY, SALE), "OperatorNotInStanding"),
        (supply.passTitle, (carried,), "OperatorNotInStanding"),
        (supply.orderHandover, (carried, PROCESSOR), "OperatorNotInStanding"),
        (supply.deliver, (carried, SECOND_PHARMACY), "ShipmentOffRoute"),
        (supply.consign, (carried, SECOND_CARRIER, SECOND_PHARMACY, SALE), "ShipmentOffRoute"),
        (supply.ship, (carried, SECOND_PHARMACY, SALE), "ShipmentPartnerInvalid"),
    )
    for call, arguments, refusal in ways:
        assert refusal_of(call, *arguments, {"from": carrier}) == refusal
        for thief in (stranger, hospital, pharmacy, second_pharmacy):
            assert refusal_of(call, *arguments, {"from": thief}) == "OperatorNotInStanding"
    # Its owner does.
    supply.setConsignee(carried, SECOND_PHARMACY, SALE, by(WHOLESALER))
    assert trade.custody(carried).consignee == SECOND_PHARMACY


def test_nobody_but_whom_it_is_shipped_to_takes_a_shipment(supply, trade, stranger, hospital, carrier, second_pharmacy):
    under_way = trade.part(trade.register(), 10, 20, WHOLESALER)
    trade.ship(under_way, PHARMACY)
    for thief in (stranger, hospital, carrier, second_pharmacy):
        with refused("OperatorNotInStanding", thief, PHARMACY, UNKNOWN):
            supply.receiveShipment(under_way, 20, {"from": thief})


def test_nobody_grants_itself_the_manufacturer_role(participants, hospital, registrar, admin, deployer, stranger):
    for whoever in (hospital, admin, deployer, stranger):
        with refused("AccessManagedUnauthorized", whoever):
            participants.amend(HOSPITAL, MAKER, LICENCE_EXPIRY, LICENCE, {"from": whoever})
        with refused("AccessManagedUnauthorized", whoever):
            participants.accredit("x", MAKER, LICENCE_EXPIRY, LICENCE, whoever, {"from": whoever})
    # Not even the registrar does it in a moment in which nobody looks.
    arguments = HOSPITAL, MAKER, LICENCE_EXPIRY, LICENCE, {"from": registrar}
    assert refusal_of(participants.amend, *arguments) == "AccessManagerNotScheduled"


def test_nobody_makes_itself_the_manufacturer_of_a_product(supply, regulator, manufacturer, wholesaler, stranger):
    for whoever, organisation, standing in (
        (stranger, 0, UNKNOWN),
        (wholesaler, WHOLESALER, ROLE_MISSING),
        (manufacturer, MANUFACTURER, ROLE_MISSING),
    ):
        with refused("OperatorNotInStanding", whoever, organisation, standing):
            supply.authoriseProduct(GTIN, MANUFACTURER, LOW, HIGH, {"from": whoever})
    # Not even a regulator makes one of an organisation that was not accredited as such.
    with refused("OrganisationNotInStanding", WHOLESALER, ROLE_MISSING):
        supply.authoriseProduct(GTIN, WHOLESALER, LOW, HIGH, {"from": regulator})
    Trade(supply).authorise()
    lot = GTIN, 1, LOT_NUMBER, today() - 1, today() + 1, 100, 0, SERIAL_ROOT
    for whoever in (stranger, wholesaler, regulator):
        with refused("OperatorNotInStanding", whoever, MANUFACTURER, UNKNOWN):
            supply.registerLot(*lot, {"from": whoever})


def test_nobody_grants_itself_a_role_of_the_governance(manager, hospital, registrar, deployer, stranger):
    for whoever in (hospital, registrar, deployer, stranger):
        for role in range(4):
            with refused("AccessManagerUnauthorizedAccount", whoever, 0):
                manager.grantRole(role, whoever, 0, {"from": whoever})


def test_a_signature_does_not_depend_on_the_time_of_the_block_that_takes_it(consents, domain, patient, relayer):
    signed = Grant(patient, terms_at(now())).signed(domain)
    for seconds in (1, 59, 7_000, 20 * 86_400):
        pass_time(seconds)
        assert refusal_of(consents.grantBySignature, signed, {"from": relayer}) is None
    consents.grantBySignature(signed, {"from": relayer})
    assert recorded_status(consents, patient) == "Permitted"


def test_every_check_heeds_the_grantee(consents, domain, patient, hospital, clinic, laboratory):
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    for other in (0, LABORATORY, CLINIC, 2**32 - 1):
        assert recorded_status(consents, patient, grantee=other) == "NotGranted"
    for key, grantee in ((clinic, CLINIC), (laboratory, LABORATORY)):
        status, speaks_for = consents.decide(key, patient, ANY, *USE.arguments())
        assert (STATUSES[status], speaks_for) == ("NotGranted", grantee)
    presented = Presented(patient, terms_at(0)).signed(domain)
    as_another = (presented[0], CLINIC, *presented[2:])
    assert presented_status(consents, as_another) == "SignatureInvalid"
