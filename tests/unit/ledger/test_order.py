"""Events are applied in the order in which they happened; what comes too early or too late is refused."""

from __future__ import annotations

import pytest

from tests.helpers.suite import CARRIER, INSPECTOR, MANUFACTURER, PHARMACY, WHOLESALER
from tests.unit.ledger.traders import (
    CASES,
    EXAMPLES,
    GTIN,
    NAME,
    PALLET,
    commissioning,
    event,
    packing,
    sale,
    shuffled,
)

CAPTURED_BY = {
    "3-consigned.json": MANUFACTURER,
    "4-carried.json": CARRIER,
    "5-wholesale.json": WHOLESALER,
    "6-dispensed.json": PHARMACY,
}
TOO_EARLY = "is before what is on record of these packs"


def test_events_are_applied_in_the_order_of_their_times(trade):
    content = (EXAMPLES / "3-consigned.json", MANUFACTURER), (EXAMPLES / "4-carried.json", CARRIER)
    for path, organisation in content:
        outcome = trade.ingestion(organisation).ingest(trade.read(shuffled(path), NAME))
        assert outcome.refusals == []
    (custody,) = trade.intervals()
    assert (custody.holder, custody.owner, custody.counterparty) == (CARRIER, MANUFACTURER, WHOLESALER)


# The wholesaler's document cannot come before the carrier's, and so on: nothing was shipped to them yet.
@pytest.mark.parametrize(
    ("applied", "early", "place"),
    [
        ((), "4-carried.json", "4-carried.json: eventList[0].epcList"),
        ((), "5-wholesale.json", "5-wholesale.json: eventList[0].epcList"),
        (("3-consigned.json",), "5-wholesale.json", "5-wholesale.json: eventList[0].epcList"),
        (("3-consigned.json", "4-carried.json"), "6-dispensed.json", "6-dispensed.json: eventList[0].epcList"),
    ],
)
def test_documents_in_another_order_are_refused(trade, applied, early, place):
    for name in applied:
        assert trade.example(CAPTURED_BY[name], name).refusals == []
    before = trade.everything()
    outcome = trade.example(CAPTURED_BY[early], early)
    first = outcome.refusals[0]
    assert (first.place, first.problem) == (place, "was never shipped to whoever receives it")
    assert trade.everything() == before


def test_a_refused_document_can_be_sent_again_when_its_time_has_come(trade):
    assert trade.example(CARRIER, "4-carried.json").refusals != []
    trade.example(MANUFACTURER, "3-consigned.json")
    assert trade.example(CARRIER, "4-carried.json").refusals == []
    (custody,) = trade.intervals()
    assert (custody.holder, custody.owner, custody.counterparty) == (CARRIER, MANUFACTURER, WHOLESALER)


def test_a_lot_is_inspected_after_it_was_made(trade):
    quantity = {"epcClass": f"https://id.gs1.org/01/{GTIN}/10/NONE", "quantity": 12}
    inspected = event("inspecting", None, quantityList=[quantity], disposition="conformant")
    assert trade.refused(INSPECTOR, inspected) == [
        ("eventList[0].quantityList", "is of a lot that is not in your book")
    ]


# ---------------------------------------------------------------------- times


def test_an_event_in_the_future_is_refused(trade):
    assert trade.refused(MANUFACTURER, event("shipping", [PALLET], "2099-01-01T00:00:00Z")) == [
        ("eventList[0].eventTime", "is in the future")
    ]


def test_packs_are_not_shipped_before_they_were_made(trade):
    early = event("shipping", [PALLET], "2025-03-03T07:59:59Z", destinationList=sale(WHOLESALER))
    assert trade.refused(MANUFACTURER, early) == [("eventList[0].eventTime", TOO_EARLY)]


def test_packs_are_not_packed_before_they_were_made_in_the_same_document(trade):
    made = commissioning(["A1", "A2"], "AL2600", time="2025-05-01T08:00:00Z")
    packed = packing(CASES[0].replace("15", "46"), made["epcList"], "2025-05-01T07:00:00Z")
    assert trade.refused(MANUFACTURER, made, packed) == [("eventList[1].eventTime", TOO_EARLY)]


def test_an_event_before_another_that_is_on_record_is_refused(at_wholesaler):
    opened = packing(PALLET, [], "2025-04-02T09:00:00Z", action="DELETE")
    shipped = event("shipping", [CASES[0]], "2025-04-02T08:30:00Z", destinationList=sale(PHARMACY))
    at_wholesaler.applied(WHOLESALER, opened)
    assert at_wholesaler.refused(WHOLESALER, shipped) == [("eventList[0].eventTime", TOO_EARLY)]
    at_wholesaler.applied(WHOLESALER, shipped | {"eventTime": "2025-04-02T09:00:00Z"})


def test_times_are_compared_as_instants(at_wholesaler):
    """Half past eight in Paris is before eight in London."""
    early = event(
        "shipping", [PALLET], "2025-04-02T08:30:00+02:00", eventTimeZoneOffset="+02:00", destinationList=sale(PHARMACY)
    )
    assert at_wholesaler.refused(WHOLESALER, early) == [("eventList[0].eventTime", TOO_EARLY)]
