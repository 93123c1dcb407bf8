"""What each kind of event does on the ledger, beyond the story of the examples."""

from __future__ import annotations

import pytest

from carechain.supply.words import Condition, Custody, Reason, Verdict, interval_of
from tests.helpers.suite import (
    INSPECTOR,
    MANUFACTURER,
    PHARMACY,
    PROCESSOR,
    REPACKAGER,
    WHOLESALER,
)
from tests.unit.epcis import epcis_documents
from tests.unit.ledger.traders import (
    GLNS,
    LOT,
    NEXT_DAY,
    OTHER_GTIN,
    PALLET,
    SERIALS,
    delivered,
    destinations,
    event,
    pack,
    packing,
    packs,
    receiving,
    sale,
    shipping,
)

# ---------------------------------------------------------------------- shipping and receiving


def test_some_packs_of_many_are_cut_out_and_shipped(loose):
    done = loose.applied(MANUFACTURER, shipping(packs(2, 5), WHOLESALER))
    assert done == [[f"split and ship units 2 to 4 to organisation {WHOLESALER}"]]
    assert loose.intervals() == [
        Custody(0, 2, MANUFACTURER, MANUFACTURER),
        Custody(2, 5, MANUFACTURER, MANUFACTURER, WHOLESALER, WHOLESALER, titled=True),
        Custody(5, 12, MANUFACTURER, MANUFACTURER),
    ]


def test_packs_that_are_no_neighbours_are_shipped_in_several_pieces(loose):
    loose.applied(MANUFACTURER, shipping([*packs(9, 11), *packs(0, 2), *packs(5, 6)], WHOLESALER))
    moving = [(each.first, each.end) for each in loose.intervals() if each.counterparty]
    assert moving == [(0, 2), (5, 6), (9, 11)]


def test_all_that_is_left_is_shipped_whole(loose):
    assert loose.applied(MANUFACTURER, shipping(packs(0, 12), WHOLESALER)) == [
        [f"ship units 0 to 11 to organisation {WHOLESALER}"]
    ]


def test_a_part_of_what_was_shipped_is_received(loose):
    loose.applied(MANUFACTURER, shipping(packs(0, 6), WHOLESALER))
    loose.applied(WHOLESALER, receiving(packs(2, 4)))
    held = [(each.first, each.end, each.holder, each.counterparty) for each in loose.intervals()]
    assert held == [
        (0, 2, MANUFACTURER, WHOLESALER),
        (2, 4, WHOLESALER, 0),
        (4, 6, MANUFACTURER, WHOLESALER),
        (6, 12, MANUFACTURER, 0),
    ]


def test_a_shipment_without_an_owner_as_destination_passes_no_title(loose):
    to_store = destinations(location=GLNS[WHOLESALER])
    loose.applied(MANUFACTURER, shipping(packs(0, 12), WHOLESALER, destinationList=to_store))
    loose.applied(WHOLESALER, receiving(packs(0, 12)))
    assert loose.intervals() == [Custody(0, 12, WHOLESALER, MANUFACTURER)]


def test_a_shipment_that_is_voided_is_back(loose):
    loose.applied(MANUFACTURER, shipping(packs(0, 12), WHOLESALER))
    done = loose.applied(MANUFACTURER, event("void_shipping", packs(0, 4), NEXT_DAY))
    assert done == [["cut out units 0 to 3", "cancel the shipment of units 0 to 3"]]
    assert [(each.first, each.counterparty) for each in loose.intervals()] == [(0, 0), (4, WHOLESALER)]


@pytest.mark.parametrize(
    ("step", "kind"), [("consigning", "shipping"), ("accepting", "receiving"), ("retail_selling", "dispensing")]
)
def test_steps_of_one_meaning_do_the_same(loose, step, kind):
    first = "consigning" if kind == "shipping" else "shipping"
    loose.applied(MANUFACTURER, event(first, packs(0, 12), destinationList=sale(PHARMACY)))
    loose.applied(PHARMACY, event("accepting" if kind == "receiving" else "receiving", packs(0, 12), NEXT_DAY))
    if kind == "dispensing":
        loose.applied(PHARMACY, event("retail_selling", packs(3, 4), NEXT_DAY))
        assert loose.verdict(SERIALS[3]).reason is Reason.DISPENSED
    assert {each.holder for each in loose.intervals()} == {PHARMACY}


# ---------------------------------------------------------------------- returns


@pytest.mark.parametrize(
    "marked",
    [
        {"disposition": "returned"},
        {"bizTransactionList": [{"type": "rma", "bizTransaction": "urn:epcglobal:cbv:bt:9506000100081:RMA-4"}]},
    ],
)
def test_what_comes_back_is_verified_before_it_is_sold_again(loose, marked):
    delivered(loose, packs(0, 12), WHOLESALER)
    back = shipping(packs(3, 6), PROCESSOR, "2025-04-03T08:00:00Z", **marked)
    loose.applied(WHOLESALER, back)
    (moving,) = [each for each in loose.intervals() if each.counterparty]
    assert (moving.first, moving.end, moving.returning) == (3, 6, True)
    loose.applied(PROCESSOR, receiving(packs(3, 6), "2025-04-04T08:00:00Z"))
    assert loose.verdict(SERIALS[3]).reason is Reason.UNVERIFIED
    again = shipping(packs(3, 6), WHOLESALER, "2025-04-05T08:00:00Z")
    ((place, problem),) = loose.refused(PROCESSOR, again)
    assert place == "eventList[0]"
    assert "IntervalHeldUp" in problem or "ShipmentPartner" in problem


def test_a_return_that_its_manufacturer_verifies_is_sold_again(loose):
    delivered(loose, packs(0, 12), WHOLESALER)
    loose.applied(WHOLESALER, shipping(packs(0, 4), MANUFACTURER, "2025-04-03T08:00:00Z", disposition="returned"))
    loose.applied(MANUFACTURER, receiving(packs(0, 4), "2025-04-04T08:00:00Z"))
    again = shipping(packs(0, 4), WHOLESALER, "2025-04-05T08:00:00Z")
    ((_, problem),) = loose.refused(MANUFACTURER, again)
    assert "IntervalHeldUp" in problem
    call = loose.ledger.functions.verifyReturn(interval_of(LOT, 0), MANUFACTURER)
    loose.ledger.send([call], loose.operator(MANUFACTURER), "verify a return")
    assert loose.verdict(SERIALS[0]).verdict is Verdict.SUPPLY
    loose.applied(MANUFACTURER, again)


# ---------------------------------------------------------------------- what becomes of packs


def test_packs_are_dispensed_one_by_one_or_many_at_once(loose):
    delivered(loose, packs(0, 12), PHARMACY)
    one, many = (event("dispensing", packs(*units), NEXT_DAY) for units in ((7, 8), (0, 3)))
    assert loose.applied(PHARMACY, one, many) == [["dispense 1 units"], ["dispense 3 units"]]
    used = [unit for unit in range(12) if loose.verdict(SERIALS[unit]).reason is Reason.DISPENSED]
    assert used == [0, 1, 2, 7]


def test_a_pack_is_dispensed_once(loose):
    delivered(loose, packs(0, 12), PHARMACY)
    loose.applied(PHARMACY, event("dispensing", packs(7, 8), NEXT_DAY))
    ((place, problem),) = loose.refused(PHARMACY, event("dispensing", packs(6, 8), "2025-04-03T08:00:00Z"))
    assert place == "eventList[0]"
    assert "UnitIsRetired" in problem


@pytest.mark.parametrize(
    ("step", "disposition", "reason", "units"),
    [
        ("sampling", None, Reason.SAMPLED, (3, 4)),
        ("destroying", "destroyed", Reason.DESTROYED, (3, 6)),
        ("decommissioning", "destroyed", Reason.DESTROYED, (0, 12)),
        ("decommissioning", "disposed", Reason.DESTROYED, (3, 4)),
        ("decommissioning", "stolen", Reason.STOLEN, (3, 6)),
    ],
)
def test_what_becomes_of_packs_is_recorded(loose, step, disposition, reason, units):
    loose.applied(MANUFACTURER, event(step, packs(*units), disposition=disposition, action="DELETE"))
    gone = [unit for unit in range(12) if loose.verdict(SERIALS[unit]).reason is reason]
    assert gone == list(range(*units))


def test_packs_are_put_on_hold(loose):
    assert loose.applied(MANUFACTURER, event("holding", packs(4, 6))) == [
        ["cut out units 4 to 5", "put units 4 to 5 on hold"]
    ]
    assert [each.condition for each in loose.intervals()] == [Condition.FIT, Condition.HELD, Condition.FIT]
    assert loose.verdict(SERIALS[4]).reason is Reason.ON_HOLD


# ---------------------------------------------------------------------- containers


def test_packs_of_several_pieces_are_merged_into_one_container(loose):
    loose.applied(MANUFACTURER, event("holding", packs(4, 6)))
    call = loose.ledger.functions.decideHold(interval_of(LOT, 4), True, b"\x01" * 32)
    loose.ledger.send([call], loose.operator(INSPECTOR), "release from hold")
    assert len(loose.intervals()) == 3
    done = loose.applied(MANUFACTURER, packing(PALLET, packs(2, 8), NEXT_DAY))
    assert done == [
        [
            "cut out units 2 to 3",
            "cut out units 6 to 7",
            "merge neighbours",
            "merge neighbours",
            "pack units 2 to 7 into a container",
        ]
    ]
    assert [(each.first, each.end, each.tier) for each in loose.intervals()] == [(0, 2, 0), (2, 8, 1), (8, 12, 0)]


def test_a_container_without_an_sscc_is_noted_and_not_kept(loose):
    inner = pack("INNER-1", OTHER_GTIN)
    outcome = loose.ingest(MANUFACTURER, packing(inner, packs(0, 4)))
    assert outcome.notes == [
        "shipment.json: eventList[0] packs into a container without an SSCC, which the ledger does not keep"
    ]
    assert list(outcome.effects.values()) == [[]]
    assert [each.tier for each in loose.intervals()] == [0]


def test_a_container_that_is_packed_again_is_shipped_by_its_number(loose):
    again = packing(PALLET, packs(2, 8), NEXT_DAY)
    done = loose.applied(MANUFACTURER, again, shipping([PALLET], WHOLESALER, "2025-04-03T08:00:00Z"))
    assert done[1] == [f"ship units 2 to 7 to organisation {WHOLESALER}"]


# ---------------------------------------------------------------------- repackaging


@pytest.fixture
def repackaged(loose):
    """Six packs, bought by a repackager, become three of a product of its own. The trade, and what was done."""
    loose.authorise(OTHER_GTIN, REPACKAGER)
    delivered(loose, packs(0, 6), REPACKAGER)
    made = epcis_documents.event(
        "TransformationEvent",
        eventTime="2025-04-05T08:00:00Z",
        eventTimeZoneOffset="+00:00",
        inputEPCList=packs(1, 5),
        outputEPCList=[pack(serial, OTHER_GTIN) for serial in ("R1", "R2", "R3")],
        bizStep="repackaging",
        ilmd={"cbvmda:lotNumber": "RP-1", "cbvmda:itemExpirationDate": "2040-02-29"},
    )
    return loose, loose.applied(REPACKAGER, made)


def test_repackaging_uses_packs_up_and_names_them_as_the_source(repackaged):
    trade, done = repackaged
    assert done == [
        [
            "register a lot of 3 units",
            "cut out units 1 to 4",
            "record units 1 to 4 as repackaged",
            "name the source of the new lot",
        ]
    ]
    assert [trade.verdict(SERIALS[unit]).reason for unit in (0, 1, 4, 5)] == [
        Reason.IN_ORDER,
        Reason.REPACKAGED,
        Reason.REPACKAGED,
        Reason.IN_ORDER,
    ]
    (new,) = trade.ledger.registered({"gtin": int(OTHER_GTIN)})
    assert (new.manufacturer, new.units) == (REPACKAGER, 3)
    (source,) = trade.ledger.events(("LotSourceDeclared",), {"lot": new.lot})
    assert source.values["source"] == interval_of(LOT, 1)
    assert trade.verdict("R2", OTHER_GTIN, of=REPACKAGER).reason is Reason.NOT_RELEASED


def test_what_was_repackaged_is_not_repackaged_again(repackaged):
    trade, _ = repackaged
    again = epcis_documents.event(
        "TransformationEvent",
        eventTime="2025-04-06T08:00:00Z",
        inputEPCList=packs(2, 3),
        outputEPCList=[pack("R9", OTHER_GTIN)],
        bizStep="repackaging",
        ilmd={"cbvmda:lotNumber": "RP-2", "cbvmda:itemExpirationDate": "2040-02-29"},
    )
    ((place, problem),) = trade.refused(REPACKAGER, again)
    assert place == "eventList[0]"
    assert "IntervalIsRetired" in problem


# ---------------------------------------------------------------------- what concerns the ledger not


# ---------------------------------------------------------------------- late


def test_an_event_about_other_packs_may_come_late(loose):
    ship = [
        event("shipping", packs(n, n + 1), f"2025-04-{day:02}T08:00:00Z", destinationList=sale(WHOLESALER))
        for n, day in ((0, 20), (5, 10))
    ]
    loose.applied(MANUFACTURER, ship[0])
    loose.applied(MANUFACTURER, ship[1])
    assert [each.first for each in loose.intervals() if each.counterparty] == [0, 5]
