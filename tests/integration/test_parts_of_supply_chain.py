"""DrugSupplyChain is one address in three parts: together they serve its interface, in one storage."""

from __future__ import annotations

import brownie
import pytest

from carechain.supply.words import interval_of
from tests.helpers.refusals import refused
from tests.helpers.suite import MANUFACTURER, REGULATOR
from tests.helpers.supply import EVIDENCE, GTIN, HIGH, LOW, Trade, by
from tests.integration.parts import check_parts_hide_nothing, check_parts_serve, check_parts_share_storage

SOURCES = {
    "DrugSupplyChain": "contracts/DrugSupplyChain.sol",
    "Handling": "contracts/supply/Handling.sol",
    "Oversight": "contracts/supply/Oversight.sol",
}
"""In the order in which a call is handed on."""


def test_the_parts_together_serve_the_interface_and_nothing_else():
    check_parts_serve("DrugSupplyChain", SOURCES)


def test_no_part_hides_a_function_of_another():
    check_parts_hide_nothing(SOURCES)


def test_the_parts_understand_their_storage_alike():
    check_parts_share_storage(SOURCES)


@pytest.mark.parametrize("part", ["Handling", "Oversight"])
def test_what_is_called_on_a_part_directly_concerns_nobody(suite, supply, part):
    called = brownie.interface.IDrugSupplyChain(suite.chain.book[part].address)
    called.authoriseProduct(GTIN, MANUFACTURER, LOW, HIGH, by(REGULATOR))
    assert supply.productOf(GTIN) == (0, 0, 0)


@pytest.mark.parametrize("part", ["Handling", "Oversight"])
def test_a_part_by_itself_knows_nothing_of_what_the_whole_has(suite, supply, part):
    trade = Trade(supply)
    trade.authorise()
    lot = trade.register()
    called = brownie.interface.IDrugSupplyChain(suite.chain.book[part].address)
    with refused("IntervalUnknown", lot, 0):
        called.hold(interval_of(lot, 0), MANUFACTURER, EVIDENCE, by(MANUFACTURER))
