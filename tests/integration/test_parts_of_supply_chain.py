"""DrugSupplyChain is one address in three parts: together they serve its interface, in one storage."""

from __future__ import annotations

import json
import subprocess
from collections import Counter

import brownie
import pytest
from eth_utils.abi import function_abi_to_4byte_selector

from carechain.chain import WHOLE
from carechain.supply.words import interval_of
from scripts.suite import ROOT
from tests.helpers.refusals import refused
from tests.helpers.suite import MANUFACTURER, REGULATOR
from tests.helpers.supply import EVIDENCE, GTIN, HIGH, LOW, Trade, by

SOURCES = {
    "DrugSupplyChain": "contracts/DrugSupplyChain.sol",
    "Handling": "contracts/supply/Handling.sol",
    "Oversight": "contracts/supply/Oversight.sol",
}
"""In the order in which a call is handed on."""


def signatures(artifact):
    """The functions of a compiled contract or interface, by selector."""
    abi = json.loads((ROOT / "build" / artifact).read_text("utf-8"))["abi"]
    return {function_abi_to_4byte_selector(entry): entry["name"] for entry in abi if entry["type"] == "function"}


def test_the_parts_together_serve_the_interface_and_nothing_else():
    served = {selector: name for part in SOURCES for selector, name in signatures(f"contracts/{part}.json").items()}
    assert served == signatures(f"interfaces/{WHOLE['DrugSupplyChain']}.json")


def test_no_part_hides_a_function_of_another():
    served = Counter(name for part in SOURCES for name in signatures(f"contracts/{part}.json").values())
    # Each inherits it, and the first answers for all.
    assert {name: times for name, times in served.items() if times != 1} == {"multicall": len(SOURCES)}


def test_the_parts_understand_their_storage_alike():
    sources = {path: {"content": (ROOT / path).read_text("utf-8")} for path in SOURCES.values()}
    request = {
        "language": "Solidity",
        "sources": sources,
        "settings": {"outputSelection": {"*": {"*": ["storageLayout"]}}},
    }
    command = [str(ROOT / "tools" / "solc"), "--standard-json"]
    done = subprocess.run(command, input=json.dumps(request), cwd=ROOT, capture_output=True, text=True, check=True)
    compiled = json.loads(done.stdout)["contracts"]
    layouts = [
        # The same declarations at the same places: the contract that inherits them is all that differs.
        json.dumps(compiled[path][name]["storageLayout"]).replace(f"{path}:{name}", "")
        for name, path in SOURCES.items()
    ]
    assert json.loads(layouts[0])["storage"]
    assert layouts[1:] == layouts[:1] * 2


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
