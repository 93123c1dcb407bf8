"""The ledger's history of a lot as EPCIS events, and as the story of one pack."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from carechain.epcis.events import Action, EventKind
from carechain.epcis.hashing import event_hash
from carechain.epcis.reading import read_bytes
from carechain.epcis.writing import to_json
from carechain.supply.export import LISTED
from carechain.supply.history import holders_of_recalled, pedigree_of, status_of
from carechain.supply.recall_record import RecallReason
from carechain.supply.words import Reason, Verdict, interval_of, notice_of
from tests.helpers.suite import CARRIER, INSPECTOR, MANUFACTURER, PHARMACY, REGULATOR, WHOLESALER
from tests.unit.ledger.traders import (
    CASES,
    DISPENSED,
    GLNS,
    GTIN,
    LOT,
    LOT_NUMBER,
    NAME,
    PALLET,
    SERIALS,
    commissioning,
    declared_wrong,
    event,
    exported,
    pack,
    packs,
    sale,
)

UNIT = SERIALS.index(DISPENSED)


def read_back(trade, events):
    now = datetime.fromtimestamp(trade.chain.now(), UTC)
    return read_bytes(to_json(events, now), NAME, now)


@pytest.fixture(scope="module")
def events(told):
    """Of the story's lot."""
    return exported(told[0])


def test_what_is_exported_is_read_back_without_findings_and_unchanged(told, events):
    reading = read_back(told[0], events)
    assert (reading.findings, reading.notes) == ((), ())
    assert reading.events == tuple(events)


def test_each_event_is_named_by_its_own_hash(told, events):
    assert len({each.event_id for each in events}) == len(events)
    for each in read_back(told[0], events).events:
        assert each.event_id == each.hash == event_hash(each)


def test_the_story_has_these_events(events):
    assert Counter((each.kind.value, each.biz_step) for each in events) == {
        ("ObjectEvent", "commissioning"): 1,
        ("AggregationEvent", "packing"): 4,
        ("ObjectEvent", "inspecting"): 1,
        ("ObjectEvent", "shipping"): 3,
        ("ObjectEvent", "receiving"): 3,
        ("AggregationEvent", "unpacking"): 2,
        ("ObjectEvent", "dispensing"): 1,
    }


def test_each_event_names_its_packs_and_its_transaction(told, events):
    every = tuple(packs(0, 12))
    assert events[0].epcs == every
    assert [each.epcs for each in events if each.biz_step == "packing"] == [
        tuple(packs(0, 4)),
        tuple(packs(4, 8)),
        tuple(packs(8, 12)),
        every,
    ]
    assert [each.epcs for each in events if each.biz_step == "unpacking"] == [every, tuple(packs(4, 8))]
    assert [each.epcs for each in events if each.biz_step == "dispensing"] == [(pack(DISPENSED),)]
    sent = {chapter.outcome.sent.hash for chapter in told[1].values()}
    assert {extension.text for each in events for extension in each.extensions if "transaction" in extension.name} == (
        sent
    )


def test_containers_are_named_by_their_numbers(events):
    assert [each.parent for each in events if each.kind is EventKind.AGGREGATION] == [*CASES, PALLET, PALLET, CASES[1]]


def test_shipments_name_parties_by_their_glns(events):
    def party(organisation):
        return f"https://id.gs1.org/417/{GLNS[organisation]}"

    first, second, last = (each for each in events if each.biz_step == "shipping")
    assert [(item.kind, item.id) for item in (*first.sources, *first.destinations)] == [
        ("owning_party", party(MANUFACTURER)),
        ("possessing_party", party(MANUFACTURER)),
        ("owning_party", party(WHOLESALER)),
        ("possessing_party", party(CARRIER)),
    ]
    assert [item.id for item in second.sources] == [party(MANUFACTURER), party(CARRIER)]
    assert [item.id for item in last.destinations] == [party(PHARMACY), party(PHARMACY)]


def test_the_lot_is_told_once_with_its_dates(events):
    assert (events[0].lot, events[0].expiry.isoformat(), events[0].produced.isoformat()) == (
        LOT_NUMBER,
        "2040-02-29",
        "2025-03-01",
    )
    assert [each.lot for each in events[1:]] == [None] * (len(events) - 1)


def test_who_does_not_know_the_serial_numbers_tells_how_many(told):
    found = exported(told[0], serial=lambda unit: None)
    assert {each.epcs for each in found} == {()}
    (amount,) = found[0].quantities
    assert (amount.epc_class, amount.quantity) == (f"https://id.gs1.org/01/{GTIN}/10/{LOT_NUMBER}", 12)
    assert read_back(told[0], found).findings == ()


def test_many_packs_are_counted_and_not_listed(after):
    after.applied(MANUFACTURER, commissioning([f"X{n:05}" for n in range(LISTED + 1)], "AL2600"))
    (found,) = exported(after, LOT + 1, "AL2600")
    assert (found.epcs, found.quantities[0].quantity) == ((), LISTED + 1)


def test_what_the_ledger_exported_is_committed_to_and_has_no_effect(after):
    """It is about what has happened already, and every event of it is refused or without effect."""
    before = after.intervals()
    found = read_back(after, exported(after))
    outcome = after.ingestion(MANUFACTURER).ingest(found)
    assert outcome.sent is None
    assert outcome.refusals != []
    assert after.intervals() == before


def recall(trade):
    call = trade.ledger.functions.orderRecall(LOT, notice_of(1, RecallReason.STERILITY))
    trade.ledger.send([call], trade.operator(REGULATOR), "recall")


def voided(trade):
    trade.applied(WHOLESALER, event("shipping", [CASES[2]], destinationList=sale(PHARMACY)))
    trade.applied(WHOLESALER, event("void_shipping", [CASES[2]], "2025-04-02T08:00:00Z"))


def returned(trade):
    back = event("shipping", [CASES[2]], destinationList=sale(MANUFACTURER), disposition="returned")
    trade.applied(WHOLESALER, back)
    trade.applied(MANUFACTURER, event("receiving", [CASES[2]], "2025-04-02T08:00:00Z"))
    call = trade.ledger.functions.verifyReturn(interval_of(LOT, 8), MANUFACTURER)
    trade.ledger.send([call], trade.operator(MANUFACTURER), "verify a return")


def declared(trade):
    dispensed = event("dispensing", packs(4, 5), "2025-04-02T08:00:00Z")
    trade.applied(PHARMACY, dispensed)
    trade.applied(PHARMACY, declared_wrong(dispensed))


EVERYTHING = {
    "holding": lambda t: t.applied(PHARMACY, event("holding", packs(4, 5))),
    "destroyed": lambda t: t.applied(WHOLESALER, event("destroying", [CASES[0]])),
    "sampled": lambda t: t.applied(PHARMACY, event("sampling", packs(6, 7))),
    "stolen": lambda t: t.applied(
        PHARMACY, event("decommissioning", packs(7, 8), disposition="stolen", action="DELETE")
    ),
    "recalled": lambda t: recall(t),
    "voided": lambda t: voided(t),
    "returned": lambda t: returned(t),
    "declared wrong": lambda t: declared(t),
}


# What each of them adds: business step, disposition, and the action.
ADDED = {
    "holding": [("holding", "non_sellable_other", "OBSERVE")],
    "destroyed": [("destroying", "destroyed", "DELETE")],
    "sampled": [("sampling", "inactive", "DELETE")],
    "stolen": [("decommissioning", "stolen", "DELETE")],
    "recalled": [("holding", "recalled", "OBSERVE")],
    "voided": [("shipping", "in_transit", "OBSERVE"), ("void_shipping", "in_progress", "OBSERVE")],
    "returned": [
        ("shipping", "returned", "OBSERVE"),
        ("receiving", "in_progress", "OBSERVE"),
        ("inspecting", "conformant", "OBSERVE"),
    ],
    "declared wrong": [("dispensing", "dispensed", "OBSERVE"), ("dispensing", "dispensed", "OBSERVE")],
}


@pytest.mark.parametrize("what", EVERYTHING)
def test_everything_else_is_exported_too_and_read_back(after, events, what):
    EVERYTHING[what](after)
    found = exported(after)
    added = found[len(events) :]
    assert [(each.biz_step, each.disposition, each.action.value) for each in added] == ADDED[what]
    assert [each.error_declaration is not None for each in added] == [False] * (len(added) - 1) + [
        what == "declared wrong"
    ]
    reading = read_back(after, found)
    assert (reading.findings, reading.notes) == ((), ())


def test_a_pack_that_was_disposed_of_leaves_by_delete(after):
    after.applied(WHOLESALER, event("destroying", [CASES[0]]))
    assert exported(after)[-1].action is Action.DELETE


# ---------------------------------------------------------------------- the story of one pack


@pytest.fixture(scope="module")
def pedigree(told):
    trade, _ = told
    passport = trade.book(MANUFACTURER).passport(GTIN, DISPENSED)
    return pedigree_of(trade.ledger, LOT, UNIT, passport.text, f"GTIN {GTIN}", "dispensed already")


def test_the_steps_of_a_pack_are_told_in_order_with_names(pedigree):
    assert [(step.what, step.holder, step.partner) for step in pedigree.steps] == [
        ("commissioned", "manufacturer", None),
        ("packed", "manufacturer", None),
        ("packed", "manufacturer", None),
        ("released", "manufacturer", "inspector"),
        ("shipped", "manufacturer", "carrier"),
        ("received", "carrier", "manufacturer"),
        ("shipped", "carrier", "wholesaler"),
        ("received", "wholesaler", "carrier"),
        ("unpacked", "wholesaler", None),
        ("shipped", "wholesaler", "pharmacy"),
        ("received", "pharmacy", "wholesaler"),
        ("unpacked", "pharmacy", None),
        ("dispensed", "pharmacy", None),
    ]
    assert [step.at for step in pedigree.steps] == sorted(step.at for step in pedigree.steps)
    assert pedigree.holds == ()


def test_another_packs_way_is_not_told(told):
    trade, _ = told
    found = pedigree_of(trade.ledger, LOT, 0, "", "", "")
    assert [step.what for step in found.steps][-2:] == ["received", "unpacked"]
    assert {step.holder for step in found.steps} == {"manufacturer", "carrier", "wholesaler"}


def test_times_not_to_be_supplied_are_told(after):
    after.applied(PHARMACY, event("holding", packs(4, 5)))
    call = after.ledger.functions.decideHold(interval_of(LOT, 4), True, b"\x01" * 32)
    after.ledger.send([call], after.operator(INSPECTOR), "decide")
    recall(after)
    found = pedigree_of(after.ledger, LOT, 4, "", "", "")
    (hold,) = found.holds
    assert (hold.reason, hold.until) == ("until an inspector decides", found.steps[-2].at)
    assert [(step.what, step.holder, step.partner) for step in found.steps][-3:] == [
        ("held", "pharmacy", None),
        ("released from hold", "pharmacy", "inspector"),
        ("recalled", "pharmacy", "medicines agency"),
    ]


def test_holders_of_recalled_packs_are_found(after):
    recall(after)
    found = holders_of_recalled(after.ledger, LOT)
    assert [(custody.holder, units) for custody, units in found] == [(WHOLESALER, 4), (PHARMACY, 4), (WHOLESALER, 4)]


def test_holders_of_some_recalled_packs_are_found(after):
    ranges = ((2, 5), (4, 6))
    for start, end in ranges:
        call = after.ledger.functions.recallUnits(LOT, MANUFACTURER, start, end, notice_of(2, RecallReason.POTENCY))
        after.ledger.send([call], after.operator(MANUFACTURER), "recall")
    found = holders_of_recalled(after.ledger, LOT)
    assert [(custody.holder, units) for custody, units in found] == [(WHOLESALER, 2), (PHARMACY, 2)]


@pytest.mark.parametrize(
    ("reason", "verdict", "told"),
    [
        (Reason.IN_ORDER, Verdict.SUPPLY, "with the pharmacy"),
        (Reason.IN_ORDER, Verdict.IN_TRANSIT, "on its way from the pharmacy"),
        (Reason.DISPENSED, Verdict.BLOCKED, "dispensed already"),
    ],
)
def test_where_a_pack_stands_is_said_in_a_few_words(reason, verdict, told):
    assert status_of(reason, verdict, "the pharmacy") == told


def test_exported_times_are_those_of_the_chain(told, events):
    trade, _ = told
    latest = datetime.fromtimestamp(trade.chain.now(), UTC)
    assert all(latest - timedelta(hours=1) < each.time <= latest for each in events)
