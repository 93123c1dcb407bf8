"""The documents of examples/supply, from the factory to the patient: exactly what each of them does."""

from __future__ import annotations

import pytest

from carechain.supply.ledger import Answer
from carechain.supply.words import Custody, Quality, Reason, UnitFact, Verdict
from tests.helpers.suite import CARRIER, MANUFACTURER, PHARMACY, WHOLESALER
from tests.unit.ledger.traders import (
    CASES,
    DISPENSED,
    DOCUMENTS,
    EXAMPLES,
    GTIN,
    LOT,
    LOT_NUMBER,
    NAME,
    SERIALS,
    shuffled,
)

LAST_DAY = 25_626
"""2040-02-29."""

EFFECTS = {
    "1-made.json": [
        ["register a lot of 12 units"],
        ["cut out units 0 to 3", "pack units 0 to 3 into a container"],
        ["cut out units 4 to 7", "pack units 4 to 7 into a container"],
        ["pack units 8 to 11 into a container"],
        ["merge neighbours", "merge neighbours", "pack units 0 to 11 into a container"],
    ],
    "2-inspected.json": [["release the lot"]],
    "3-consigned.json": [[f"consign units 0 to 11 to organisation {CARRIER}"]],
    "4-carried.json": [["receive units 0 to 11"], [f"deliver units 0 to 11 to organisation {WHOLESALER}"]],
    "5-wholesale.json": [
        ["receive units 0 to 11"],
        ["open a container"],
        ["cut out a container", f"ship units 4 to 7 to organisation {PHARMACY}"],
    ],
    "6-dispensed.json": [["receive units 4 to 7"], ["open a container"], ["dispense 1 units"]],
}


def on_the_way(first, end, holder, to, tier, consignee=None, owner=None):
    return Custody(first, end, holder, owner or holder, to, consignee or to, titled=True, tier=tier)


INTERVALS = {
    "1-made.json": [Custody(0, 12, MANUFACTURER, MANUFACTURER, tier=2)],
    "2-inspected.json": [Custody(0, 12, MANUFACTURER, MANUFACTURER, tier=2)],
    "3-consigned.json": [on_the_way(0, 12, MANUFACTURER, CARRIER, 2, WHOLESALER)],
    "4-carried.json": [on_the_way(0, 12, CARRIER, WHOLESALER, 2, owner=MANUFACTURER)],
    "5-wholesale.json": [
        Custody(0, 4, WHOLESALER, WHOLESALER, tier=1),
        on_the_way(4, 8, WHOLESALER, PHARMACY, 1),
        Custody(8, 12, WHOLESALER, WHOLESALER, tier=1),
    ],
    "6-dispensed.json": [
        Custody(0, 4, WHOLESALER, WHOLESALER, tier=1),
        Custody(4, 8, PHARMACY, PHARMACY, opened=True),
        Custody(8, 12, WHOLESALER, WHOLESALER, tier=1),
    ],
}

# Of the pack that is dispensed in the end.
VERDICTS = {
    "1-made.json": (Verdict.BLOCKED, Reason.NOT_RELEASED, MANUFACTURER),
    "2-inspected.json": (Verdict.SUPPLY, Reason.IN_ORDER, MANUFACTURER),
    "3-consigned.json": (Verdict.IN_TRANSIT, Reason.IN_ORDER, MANUFACTURER),
    "4-carried.json": (Verdict.IN_TRANSIT, Reason.IN_ORDER, CARRIER),
    "5-wholesale.json": (Verdict.IN_TRANSIT, Reason.IN_ORDER, WHOLESALER),
    "6-dispensed.json": (Verdict.BLOCKED, Reason.DISPENSED, PHARMACY),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_does_what_its_events_say_and_no_more(told, name):
    chapter = told[1][name]
    assert chapter.outcome.refusals == chapter.outcome.notes == []
    assert list(chapter.outcome.effects.values()) == EFFECTS[name]
    assert chapter.outcome.known == 0
    assert chapter.intervals == INTERVALS[name]
    verdict, reason, holder = VERDICTS[name]
    assert chapter.answer == Answer(verdict, reason, holder, LAST_DAY)


def test_each_document_is_one_transaction_and_one_entry(told):
    trade, chapters = told
    assert len({chapter.outcome.sent.hash for chapter in chapters.values()}) == len(DOCUMENTS)
    assert trade.anchored(MANUFACTURER) == [(5, 0), (1, 0)]
    assert trade.anchored(WHOLESALER) == trade.anchored(PHARMACY) == [(3, 0)]
    assert [entry.index for entry in trade.journal(MANUFACTURER).entries()] == [0, 1]


def test_the_lot_is_released_and_one_unit_dispensed(told):
    trade, _ = told
    assert trade.ledger.state(LOT).quality is Quality.RELEASED
    custody = trade.ledger.interval_with(LOT, SERIALS.index(DISPENSED))
    facts = [trade.ledger.fact(LOT, custody, unit) for unit in custody.units]
    assert facts == [UnitFact.NONE, UnitFact.DISPENSED, UnitFact.NONE, UnitFact.NONE]


def test_containers_are_known_until_they_are_opened(told):
    trade, _ = told
    numbers = [link.rpartition("/")[2] for link in CASES]
    found = [trade.ledger.container(MANUFACTURER, number) for number in numbers]
    assert found == [(LOT, 0, 4, 1), None, (LOT, 8, 12, 1)]
    assert trade.ledger.container(MANUFACTURER, "095060000000001005") is None


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_that_comes_again_changes_nothing(after, name):
    before = after.everything()
    again = after.example(DOCUMENTS[name], name)
    assert (again.sent, again.refusals, again.effects) == (None, [], {})
    assert again.known == again.events > 0
    assert after.everything() == before


def test_the_same_events_in_another_order_are_the_same_events(after):
    before = after.everything()
    again = after.ingestion(WHOLESALER).ingest(after.read(shuffled(EXAMPLES / "5-wholesale.json"), NAME))
    assert (again.sent, again.known, again.refusals) == (None, 3, [])
    assert after.everything() == before


def test_what_comes_again_with_something_new_is_only_that(after):
    """The pharmacy's document, to which another pack that was dispensed has been added."""
    text = (EXAMPLES / "6-dispensed.json").read_text("utf-8")
    start = text.rindex('      {\n        "type": "ObjectEvent"')
    end = text.rindex("\n    ]\n  }\n}")
    added = text[start:end].replace("M9D4TS", "W3X7GB").replace("T10:15", "T11:30")
    content = (text[:end] + ",\n" + added + text[end:]).encode()
    outcome = after.ingestion(PHARMACY).ingest(after.read(content, NAME))
    assert (outcome.events, outcome.known) == (4, 3)
    assert outcome.effects == {f"{NAME}: eventList[3]": ["dispense 1 units"]}
    assert after.verdict("W3X7GB").reason is Reason.DISPENSED


def test_the_lot_book_of_the_manufacturer_has_every_pack(told):
    trade, _ = told
    tree = trade.book(MANUFACTURER).tree(GTIN, LOT_NUMBER)
    assert list(tree.serials()) == list(SERIALS)
    assert trade.ledger.lot_of_root(GTIN, tree.root).lot == LOT
