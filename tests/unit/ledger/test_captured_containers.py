"""What events do with a pallet as a whole, and what they do not do on the ledger."""

from __future__ import annotations

import pytest

from carechain.supply.words import Custody, Quality, UnitFact
from tests.helpers.suite import (
    CARRIER,
    INSPECTOR,
    MANUFACTURER,
    WHOLESALER,
)
from tests.unit.epcis import epcis_documents
from tests.unit.ledger.traders import (
    CASES,
    GLNS,
    GTIN,
    LOT,
    LOT_NUMBER,
    NEXT_DAY,
    OTHER_GTIN,
    PALLET,
    commissioning,
    destinations,
    event,
    pack,
    packing,
    packs,
    receiving,
    sale,
    shipping,
)

OTHER_PALLET = "https://id.gs1.org/00/095060000000002002"


def test_a_case_of_what_was_shipped_is_received(trade):
    opened = packing(PALLET, [], "2025-04-01T07:00:00Z", action="DELETE")
    trade.applied(MANUFACTURER, opened, shipping([*CASES], WHOLESALER))
    trade.applied(WHOLESALER, receiving([CASES[1]]))
    assert [(each.first, each.holder) for each in trade.intervals()] == [
        (0, MANUFACTURER),
        (4, WHOLESALER),
        (8, MANUFACTURER),
    ]


def test_two_of_three_cases_are_shipped_received_and_packed_anew(trade):
    opened = packing(PALLET, [], "2025-04-01T07:00:00Z", action="DELETE")
    done = trade.applied(MANUFACTURER, opened, shipping([*CASES[:2]], WHOLESALER))
    assert done[1] == [
        "cut out a container",
        "cut out a container",
        "ship units 0 to 3 to organisation 8",
        "ship units 4 to 7 to organisation 8",
    ]
    trade.applied(WHOLESALER, receiving([*CASES[:2]]))
    trade.applied(WHOLESALER, packing(OTHER_PALLET, [*CASES[:2]], "2025-04-03T08:00:00Z"))
    assert [(each.first, each.end, each.holder, each.tier) for each in trade.intervals()] == [
        (0, 8, WHOLESALER, 2),
        (8, 12, MANUFACTURER, 1),
    ]


def test_a_second_carrier_brings_it_on(trade):
    trade.parties.organisations["9506000100197"] = 17
    trade.applied(MANUFACTURER, shipping([PALLET], WHOLESALER, destinationList=sale(WHOLESALER, carrier=CARRIER)))
    on = destinations(owning_party=GLNS[WHOLESALER], possessing_party="9506000100197")
    done = trade.applied(
        CARRIER, receiving([PALLET]), shipping([PALLET], WHOLESALER, "2025-04-03T08:00:00Z", destinationList=on)
    )
    assert done == [["receive units 0 to 11"], ["deliver units 0 to 11 to organisation 17"]]
    (custody,) = trade.intervals()
    assert (custody.holder, custody.owner, custody.counterparty, custody.consignee) == (
        CARRIER,
        MANUFACTURER,
        17,
        WHOLESALER,
    )


def test_a_transaction_event_ships_as_well(trade):
    sold = {
        "eventTime": "2025-04-01T08:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "action": "ADD",
        "bizStep": "shipping",
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9506000100081:77"}],
        "epcList": [PALLET],
        "destinationList": sale(WHOLESALER),
    }
    done = trade.applied(MANUFACTURER, epcis_documents.event("TransactionEvent", **sold))
    assert done == [[f"ship units 0 to 11 to organisation {WHOLESALER}"]]


def test_what_is_on_its_way_can_be_stolen_and_nothing_else(trade):
    trade.applied(MANUFACTURER, shipping([PALLET], WHOLESALER))
    lost = event("decommissioning", [PALLET], NEXT_DAY, disposition="destroyed", action="DELETE")
    assert trade.refused(MANUFACTURER, lost) == [("eventList[0].epcList", "is on its way to somebody")]
    trade.applied(MANUFACTURER, lost | {"disposition": "stolen"})
    assert trade.intervals() == [Custody(0, 12, MANUFACTURER, MANUFACTURER, tier=2, fact=UnitFact.STOLEN)]


@pytest.mark.parametrize(
    ("disposition", "what", "quality"),
    [
        ("conformant", "release the lot", Quality.RELEASED),
        ("non_conformant", "reject the lot", Quality.REJECTED),
    ],
)
@pytest.mark.parametrize("has_file", [False, True])
def test_an_inspector_decides_on_a_lot(trade, disposition, what, quality, has_file):
    """By the lot's file, or by the passport of one of its packs."""
    trade.applied(MANUFACTURER, commissioning(["A1", "A2"], "AL2600"))
    if has_file:
        path = next(trade.book(MANUFACTURER).folder.glob("*AL2600*"))
        (trade.book(INSPECTOR).folder / path.name).write_bytes(path.read_bytes())
    else:
        trade.give_passports(INSPECTOR, "A2")
    quantity = {"epcClass": f"https://id.gs1.org/01/{GTIN}/10/AL2600", "quantity": 2}
    found = event("inspecting", None, quantityList=[quantity], disposition=disposition)
    assert trade.applied(INSPECTOR, found) == [[what]]
    assert trade.ledger.state(LOT + 1).quality is quality


def test_an_inspection_of_packs_decides_on_no_lot(trade):
    assert trade.applied(INSPECTOR, event("inspecting", [PALLET], disposition="non_conformant")) == [[]]
    assert trade.ledger.state(LOT).quality is Quality.RELEASED


def test_an_object_event_opens_nothing(trade):
    outcome = trade.ingest(MANUFACTURER, event("unpacking", [PALLET], action="DELETE"))
    assert outcome.notes == ["shipment.json: eventList[0] opens nothing: a container is opened by an AggregationEvent"]
    assert [each.tier for each in trade.intervals()] == [2]


def test_who_has_no_passports_handles_containers_by_their_numbers(at_wholesaler):
    for path in at_wholesaler.book(WHOLESALER).folder.iterdir():
        path.unlink()
    opened = packing(PALLET, [*CASES], "2025-04-03T08:00:00Z", action="DELETE")
    case = packing(CASES[0], packs(0, 4), "2025-04-03T09:00:00Z", action="DELETE")
    assert at_wholesaler.applied(WHOLESALER, opened, case)[0] == ["open a container"]


@pytest.mark.parametrize(
    "found",
    [
        event("storing", [PALLET]),
        event("shipping", ["urn:epc:id:sgtin:9521141.001234.2018"]),
        event("dispensing", [pack("ANY", OTHER_GTIN)]),
        event("receiving", ["https://id.gs1.org/00/095060000000009902"]),
        event("commissioning", ["urn:example:pack:7"], action="ADD"),
        epcis_documents.event("AssociationEvent", parentID=CASES[0], childEPCs=[PALLET], action="ADD"),
        packing(PALLET, packs(0, 12), action="OBSERVE"),
    ],
    ids=["storing", "unknown product", "not authorised", "unknown container", "no product", "association", "observed"],
)
def test_any_other_event_is_committed_to_and_changes_nothing(trade, found):
    before = trade.intervals()
    assert trade.applied(MANUFACTURER, found) == [[]]
    assert trade.intervals() == before
    assert trade.anchored(MANUFACTURER)[-1] == (1, 0)
    assert trade.ingest(MANUFACTURER, found).sent is None


def test_a_container_that_the_ledger_does_not_know_is_noted(trade):
    """It may be another's business, or a document that comes before its time."""
    unknown = "https://id.gs1.org/00/095060000000009902"
    outcome = trade.ingest(WHOLESALER, event("receiving", [unknown]))
    assert outcome.notes == [
        "shipment.json: eventList[0].epcList[0] is a container that the ledger does not know: "
        "this has no effect on what is in it"
    ]


def test_events_with_and_without_effect_are_committed_to_together(trade):
    done = trade.applied(MANUFACTURER, event("storing", [PALLET]), shipping([PALLET], WHOLESALER, NEXT_DAY))
    assert [bool(each) for each in done] == [False, True]
    assert trade.anchored(MANUFACTURER)[-1] == (2, 0)


def test_a_lot_number_with_any_character_of_gs1_has_a_file(trade):
    number = "A/B%+*?-1"
    trade.applied(MANUFACTURER, commissioning(["A1"], number))
    assert trade.book(MANUFACTURER).tree(GTIN, number).units == 1
    assert trade.book(MANUFACTURER).tree(GTIN, LOT_NUMBER).units == 12
    assert trade.book(MANUFACTURER).passport(GTIN, "A1", LOT_NUMBER) is None
