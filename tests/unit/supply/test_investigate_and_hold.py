"""Suspicion, and condition: who raises them, who decides, and that nothing becomes milder by the wrong hand."""

import pytest

from carechain.roles import role_mask
from carechain.supply.words import Condition, Custody, Investigation, UnitFact
from tests.helpers.refusals import refusal_of, refused
from tests.helpers.suite import (
    CARRIER,
    INSPECTOR,
    LICENCE_EXPIRY,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REGULATOR,
    REPACKAGER,
    SECOND_PHARMACY,
    SECOND_WHOLESALER,
    WHOLESALER,
)
from tests.helpers.supply import EVIDENCE, ROLE_MISSING, TRANSFER, UNITS, UNKNOWN, by

NONE, SUSPECT, QUARANTINED, ILLEGITIMATE = Investigation
CONCERNED = (PHARMACY, WHOLESALER, CARRIER, MANUFACTURER, REGULATOR)


@pytest.fixture
def stock(supply, trade, at_wholesaler):
    """The wholesaler's own, with a carrier that has it at the pharmacy's door. The interval."""
    trade.hand_over(at_wholesaler, CARRIER, kind=TRANSFER)
    supply.setConsignee(at_wholesaler, PHARMACY, TRANSFER, by(WHOLESALER))
    supply.deliver(at_wholesaler, PHARMACY, by(CARRIER))
    return at_wholesaler


def _custody(**changes):
    word = {"holder": CARRIER, "owner": WHOLESALER, "counterparty": PHARMACY, "consignee": PHARMACY}
    return Custody(0, UNITS, **(word | changes))


def test_whoever_is_concerned_reports_a_suspicion(supply, trade, stock):
    for organisation in CONCERNED:
        sent = supply.investigate(stock, organisation, SUSPECT, EVIDENCE, by(organisation))
        assert trade.told(sent, "InvestigationChanged") == {
            "lot": stock >> 24,
            "investigation": SUSPECT,
            "by": organisation,
            "interval": _custody(investigation=SUSPECT),
            "evidence": EVIDENCE,
        }
        sent = supply.investigate(stock, REGULATOR, NONE, EVIDENCE, by(REGULATOR))
        assert trade.told(sent, "InvestigationChanged")["investigation"] == NONE


def test_an_investigation_goes_on_as_it_may(supply, stock):
    """Every step from everywhere to everywhere, by everybody concerned."""
    for current in Investigation:
        if current:
            supply.investigate(stock, MANUFACTURER, current, EVIDENCE, by(MANUFACTURER))
        for following in Investigation:
            for organisation in CONCERNED:
                answer = refusal_of(supply.investigate, stock, organisation, following, EVIDENCE, by(organisation))
                if following in (SUSPECT, QUARANTINED):
                    expected = None if following > current else "InvestigationInvalid"
                elif organisation not in (MANUFACTURER, REGULATOR):
                    expected = "OperatorNotInStanding"
                elif current in (NONE, following) or (current == ILLEGITIMATE and organisation != REGULATOR):
                    expected = "InvestigationInvalid"
                else:
                    expected = None
                assert answer == expected, (current, following, organisation)


def test_what_is_illegitimate_a_regulator_alone_clears(supply, trade, stock, manufacturer, regulator):
    for found in (QUARANTINED, ILLEGITIMATE):
        supply.investigate(stock, MANUFACTURER, found, EVIDENCE, {"from": manufacturer})
    with refused("InvestigationInvalid", stock, ILLEGITIMATE, NONE):
        supply.investigate(stock, MANUFACTURER, NONE, EVIDENCE, {"from": manufacturer})
    supply.investigate(stock, REGULATOR, NONE, EVIDENCE, {"from": regulator})
    assert trade.custody(stock) == _custody()


def test_whoever_is_not_concerned_reports_and_holds_nothing(supply, stock, second_pharmacy, stranger, inspector):
    for organisation, operator, standing in (
        (SECOND_PHARMACY, second_pharmacy, ROLE_MISSING),
        (INSPECTOR, inspector, ROLE_MISSING),
        (PHARMACY, second_pharmacy, UNKNOWN),
        (REGULATOR, stranger, UNKNOWN),
        (0, stranger, UNKNOWN),
    ):
        for investigation in (SUSPECT, QUARANTINED, ILLEGITIMATE, NONE):
            with refused("OperatorNotInStanding", operator, organisation, standing):
                supply.investigate(stock, organisation, investigation, EVIDENCE, {"from": operator})
        with refused("OperatorNotInStanding", operator, organisation, standing):
            supply.hold(stock, organisation, EVIDENCE, {"from": operator})


def test_nobody_speaks_for_no_organisation(supply, whole, stranger):
    """Where there is no counterparty, its number is 0, which is also whom a stranger speaks for."""
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        supply.investigate(whole, 0, SUSPECT, EVIDENCE, {"from": stranger})
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        supply.hold(whole, 0, EVIDENCE, {"from": stranger})


def test_of_what_is_gone_nothing_is_investigated_or_held(supply, whole, manufacturer):
    supply.retireInterval(whole, UnitFact.DESTROYED, {"from": manufacturer})
    with refused("IntervalIsRetired", whole, UnitFact.DESTROYED):
        supply.investigate(whole, MANUFACTURER, SUSPECT, EVIDENCE, {"from": manufacturer})
    with refused("IntervalIsRetired", whole, UnitFact.DESTROYED):
        supply.hold(whole, MANUFACTURER, EVIDENCE, {"from": manufacturer})


# ---------------------------------------------------------------------- condition


def test_whoever_is_concerned_holds_and_an_inspector_decides(supply, trade, stock, inspector):
    for organisation in CONCERNED:
        sent = supply.hold(stock, organisation, EVIDENCE, by(organisation))
        told = {
            "lot": stock >> 24,
            "condition": Condition.HELD,
            "by": organisation,
            "interval": _custody(condition=Condition.HELD),
            "evidence": EVIDENCE,
        }
        assert trade.told(sent, "ConditionChanged") == told
        sent = supply.decideHold(stock, True, EVIDENCE, {"from": inspector})
        fit = {"condition": Condition.FIT, "by": INSPECTOR, "interval": _custody()}
        assert trade.told(sent, "ConditionChanged") == told | fit


def test_what_is_rejected_may_be_found_fit_later(supply, trade, stock, inspector):
    supply.hold(stock, WHOLESALER, EVIDENCE, by(WHOLESALER))
    sent = supply.decideHold(stock, False, EVIDENCE, {"from": inspector})
    assert trade.told(sent, "ConditionChanged")["interval"] == _custody(condition=Condition.REJECTED)
    with refused("ConditionInvalid", stock, Condition.REJECTED, Condition.REJECTED):
        supply.decideHold(stock, False, EVIDENCE, {"from": inspector})
    with refused("ConditionInvalid", stock, Condition.REJECTED, Condition.HELD):
        supply.hold(stock, WHOLESALER, EVIDENCE, by(WHOLESALER))
    supply.decideHold(stock, True, EVIDENCE, {"from": inspector})
    assert trade.custody(stock) == _custody()


def test_what_is_held_is_held_once_and_what_is_fit_not_decided(supply, stock, inspector):
    for fit, following in ((True, Condition.FIT), (False, Condition.REJECTED)):
        with refused("ConditionInvalid", stock, Condition.FIT, following):
            supply.decideHold(stock, fit, EVIDENCE, {"from": inspector})
    supply.hold(stock, WHOLESALER, EVIDENCE, by(WHOLESALER))
    with refused("ConditionInvalid", stock, Condition.HELD, Condition.HELD):
        supply.hold(stock, WHOLESALER, EVIDENCE, by(WHOLESALER))


def test_inspectors_alone_decide(supply, stock):
    supply.hold(stock, WHOLESALER, EVIDENCE, by(WHOLESALER))
    for organisation in CONCERNED:
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            supply.decideHold(stock, True, EVIDENCE, by(organisation))


def test_nobody_judges_what_is_its_own_or_comes_to_it(suite, supply, participants, trade, at_wholesaler, inspector):
    roles = role_mask(["inspector", "wholesaler"])
    suite.as_registrar(participants.amend, INSPECTOR, roles, LICENCE_EXPIRY, bytes(32))
    trade.ship(at_wholesaler, INSPECTOR)
    supply.hold(at_wholesaler, INSPECTOR, EVIDENCE, {"from": inspector})
    with refused("IntervalNotYours", at_wholesaler, INSPECTOR):
        supply.decideHold(at_wholesaler, True, EVIDENCE, {"from": inspector})
    trade.receive(at_wholesaler)
    with refused("IntervalNotYours", at_wholesaler, INSPECTOR):
        supply.decideHold(at_wholesaler, True, EVIDENCE, {"from": inspector})


def test_the_cold_chain_alone_holds_by_record(supply, stock, regulator, wholesaler, stranger):
    for operator in (regulator, wholesaler, stranger):
        with refused("ColdChainOnly", operator):
            supply.holdByRecord(stock, 1, {"from": operator})


# ---------------------------------------------------------------------- a regulator orders


def test_a_regulator_orders_what_anybody_holds_to_be_handed_over(
    supply, trade, participants, supervisor, stock, regulator
):
    for organisation in (CARRIER, WHOLESALER):
        participants.suspend(organisation, 0, bytes(32), {"from": supervisor})
    sent = supply.orderHandover(stock, PROCESSOR, {"from": regulator})
    ordered = _custody(counterparty=PROCESSOR, consignee=PROCESSOR, returning=True)
    assert trade.told(sent, "HandoverOrdered") == {"lot": stock >> 24, "regulator": REGULATOR, "interval": ordered}
    trade.receive(stock)
    assert trade.custody(stock) == Custody(0, UNITS, PROCESSOR, WHOLESALER, unverified=True)


def test_what_is_ordered_to_be_handed_over_is_received_where_it_can_be(supply, stock, regulator, wholesaler):
    for to in (PHARMACY, CARRIER, INSPECTOR):
        with refused("OrganisationNotInStanding", to, ROLE_MISSING):
            supply.orderHandover(stock, to, {"from": regulator})
    with refused("OrganisationNotInStanding", 99, UNKNOWN):
        supply.orderHandover(stock, 99, {"from": regulator})
    with refused("OperatorNotInStanding", wholesaler, WHOLESALER, ROLE_MISSING):
        supply.orderHandover(stock, MANUFACTURER, {"from": wholesaler})
    for to in (MANUFACTURER, REPACKAGER, SECOND_WHOLESALER, PROCESSOR):
        supply.orderHandover.call(stock, to, {"from": regulator})


def test_what_is_there_or_gone_is_not_ordered_anywhere(supply, whole, manufacturer, regulator):
    with refused("ShipmentToSelf", MANUFACTURER):
        supply.orderHandover(whole, MANUFACTURER, {"from": regulator})
    supply.retireInterval(whole, UnitFact.STOLEN, {"from": manufacturer})
    with refused("IntervalIsRetired", whole, UnitFact.STOLEN):
        supply.orderHandover(whole, PROCESSOR, {"from": regulator})
