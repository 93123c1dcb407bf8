"""The trade as it was deployed, and with the examples' lot made, released and sold to a wholesaler."""

from __future__ import annotations

import shutil

import brownie
import pytest

from carechain.supply.words import interval_of
from tests.helpers.suite import INSPECTOR, MANUFACTURER, PHARMACY, WHOLESALER
from tests.unit.ledger.traders import (
    CASES,
    DISPENSED,
    DOCUMENTS,
    GTIN,
    LOT,
    PALLET,
    SERIALS,
    Chapter,
    Trade,
    event,
    packing,
    sale,
)


@pytest.fixture(scope="module")
def authorised(suite, tmp_path_factory):
    """Files and chain of a trade whose product is authorised, for fixtures of modules."""
    brownie.chain.mine()
    trade = Trade(suite.chain, tmp_path_factory.mktemp("trade"))
    trade.authorise(GTIN, MANUFACTURER)
    return trade


@pytest.fixture(scope="module")
def released(authorised):
    """The examples' lot, which its manufacturer has made, packed on a pallet, and an inspector has released. Every
    partner has passports of all packs."""
    assert authorised.example(MANUFACTURER, "1-made.json").refusals == []
    for partner in range(MANUFACTURER + 1, INSPECTOR + 1):
        authorised.give_passports(partner, *SERIALS)
    assert authorised.example(INSPECTOR, "2-inspected.json").refusals == []
    return authorised


@pytest.fixture(scope="module")
def unpacked(released):
    """The same lot, taken from its pallet: loose packs, all of them one interval. A module has either this or that."""
    times = {PALLET: "2025-03-31T08:00:00Z"} | dict.fromkeys(CASES, "2025-03-31T09:00:00Z")
    released.applied(MANUFACTURER, *(packing(each, [], time, action="DELETE") for each, time in times.items()))
    merge = released.ledger.functions.merge(interval_of(LOT, 0))
    released.ledger.send([merge, merge], released.operator(MANUFACTURER), "merge")
    return released


@pytest.fixture
def trade(released, suite, tmp_path):
    """The lot on its pallet, for one test, which may change it."""
    return branched(released, suite, tmp_path)


@pytest.fixture
def loose(unpacked, suite, tmp_path):
    """The lot as loose packs, for one test, which may change it."""
    return branched(unpacked, suite, tmp_path)


def branched(trade, suite, folder):
    shutil.copytree(trade.folder, folder / "trade")
    brownie.chain.mine()
    return Trade(suite.chain, folder / "trade")


@pytest.fixture
def at_wholesaler(trade):
    """The pallet, bought by the wholesaler."""
    trade.applied(MANUFACTURER, event("shipping", [PALLET], destinationList=sale(WHOLESALER)))
    trade.applied(WHOLESALER, event("receiving", [PALLET], "2025-04-02T08:00:00Z"))
    return trade


@pytest.fixture(scope="module")
def told(authorised):
    """The trade after all documents, in which each partner had only the passports it needs, and the chapters."""
    chapters = {}
    for name, organisation in DOCUMENTS.items():
        outcome = authorised.example(organisation, name)
        chapters[name] = Chapter(outcome, authorised.intervals(), authorised.verdict(DISPENSED))
        if name == "1-made.json":
            authorised.give_passports(INSPECTOR, SERIALS[0])
            authorised.give_passports(PHARMACY, *SERIALS[4:8])
    return authorised, chapters


@pytest.fixture
def after(told, suite, tmp_path):
    """The trade after the story, for one test."""
    return branched(told[0], suite, tmp_path)
