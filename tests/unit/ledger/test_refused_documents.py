"""Documents that are refused, each with event and element: nothing is sent, no file is left, no journal grows."""

from __future__ import annotations

import pytest

from carechain.chain import Chain
from carechain.errors import CarechainError, NodeUnreachable
from carechain.supply import ingestion
from carechain.supply.words import interval_of
from tests.helpers.suite import (
    AUDITOR,
    MANUFACTURER,
    PHARMACY,
    REPACKAGER,
    WHOLESALER,
)
from tests.unit.ledger.traders import (
    CASES,
    EPCS,
    GTIN,
    LOT,
    LOT_NUMBER,
    NAME,
    OTHER_CASE,
    PALLET,
    STRANGERS_GLN,
    UNKNOWN_PACK,
    commissioning,
    destinations,
    document,
    event,
    pack,
    packing,
    packs,
    sale,
    shipping,
)

# ---------------------------------------------------------------------- who, and what


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("shipping", {"destinationList": sale(PHARMACY)}),
        ("dispensing", {}),
        ("destroying", {}),
        ("sampling", {}),
        ("holding", {}),
    ],
)
def test_only_the_holder_tells_what_becomes_of_packs(trade, step, fields):
    assert trade.refused(WHOLESALER, event(step, [PALLET], **fields)) == [
        (EPCS, "is not in the custody of whoever captures this")
    ]


def test_only_the_holder_packs_and_opens(trade):
    problem = "is not in the custody of whoever captures this"
    assert trade.refused(WHOLESALER, packing(PALLET, [], action="DELETE")) == [("eventList[0].parentID", problem)]
    assert trade.refused(WHOLESALER, packing(OTHER_CASE, packs(0, 4))) == [("eventList[0].childEPCs", problem)]


@pytest.mark.parametrize("step", ["shipping", "receiving", "dispensing", "destroying", "holding"])
def test_an_unknown_pack_of_an_authorised_product_is_refused(trade, step):
    assert trade.refused(MANUFACTURER, event(step, [PALLET, UNKNOWN_PACK], destinationList=sale(WHOLESALER))) == [
        ("eventList[0].epcList[1]", "is of an authorised product, and no lot of your book has it")
    ]


def test_a_pack_of_a_lot_that_is_not_registered_is_refused(trade, tmp_path):
    """The passports of a lot that somebody has made up."""
    forger = type(trade)(trade.chain, tmp_path / "forger")
    forger.authorise("09506000100029", MANUFACTURER)
    forger.applied(MANUFACTURER, commissioning(["F1", "F2"], "FORGED", gtin="09506000100029"))
    (passport,) = (forger.book(MANUFACTURER).passport("09506000100029", "F1"),)
    path = trade.book(PHARMACY).keep([passport], "forged")
    path.write_text(path.read_text().replace("09506000100029", GTIN))
    assert trade.refused(PHARMACY, event("dispensing", [pack("F1")])) == [
        ("eventList[0].epcList[0]", "is in no lot that is registered")
    ]


def test_what_was_never_sent_cannot_be_received(trade):
    assert trade.refused(WHOLESALER, event("receiving", [PALLET])) == [
        (EPCS, "was never shipped to whoever receives it")
    ]


def test_what_was_sent_to_another_cannot_be_received(trade):
    trade.applied(MANUFACTURER, shipping())
    assert trade.refused(PHARMACY, event("receiving", [PALLET])) == [(EPCS, "was never shipped to whoever receives it")]


def test_what_is_on_its_way_is_not_shipped_again(trade):
    trade.applied(MANUFACTURER, shipping())
    assert trade.refused(MANUFACTURER, shipping(to=PHARMACY)) == [(EPCS, "is on its way to somebody")]


def test_a_shipment_that_is_none_is_not_voided(trade):
    assert trade.refused(MANUFACTURER, event("void_shipping", [PALLET])) == [(EPCS, "is not on its way from here")]


# ---------------------------------------------------------------------- to whom


@pytest.mark.parametrize(
    "found",
    [
        destinations(owning_party=STRANGERS_GLN),
        [],
        None,
        [{"type": "owning_party", "destination": "urn:example:the-shop-at-the-corner"}],
    ],
)
def test_a_shipment_names_a_known_party(trade, found):
    assert trade.refused(MANUFACTURER, shipping(destinationList=found)) == [
        ("eventList[0].destinationList", "names no accredited organisation")
    ]


def test_a_shipment_to_oneself_is_refused_by_the_chain(trade):
    ((place, problem),) = trade.refused(MANUFACTURER, shipping(to=MANUFACTURER))
    assert place == "eventList[0]"
    assert "ShipmentToSelf" in problem


def test_a_shipment_to_a_suspended_partner_is_refused_by_the_chain(trade, suite, supervisor):
    suite.participants.suspend(WHOLESALER, 0, b"\x01" * 32, {"from": supervisor})
    ((place, problem),) = trade.refused(MANUFACTURER, shipping())
    assert place == "eventList[0]"
    assert "Standing" in problem


def test_a_shipment_to_somebody_who_does_not_trade_is_refused_by_the_chain(trade):
    trade.parties.organisations[STRANGERS_GLN] = AUDITOR
    ((_, problem),) = trade.refused(MANUFACTURER, shipping(destinationList=destinations(owning_party=STRANGERS_GLN)))
    assert "ShipmentPartnerInvalid" in problem or "Standing" in problem


def test_a_lot_that_is_not_released_is_not_shipped(trade):
    made = commissioning(["A1", "A2"], "AL2600")
    trade.applied(MANUFACTURER, made)
    ((place, problem),) = trade.refused(MANUFACTURER, shipping(made["epcList"]))
    assert place == "eventList[0]"
    assert "LotNotReleased" in problem


# ---------------------------------------------------------------------- lots


@pytest.mark.parametrize(
    ("fields", "place", "problem"),
    [
        ({"expiry": "2025-02-28"}, "eventList[0].ilmd.itemExpirationDate", "is before the production"),
        ({"expiry": "2025-03-01"}, "eventList[0].ilmd.itemExpirationDate", "is not after production"),
        ({"expiry": None}, "eventList[0].ilmd.itemExpirationDate", "is missing"),
        ({"lot": None}, "eventList[0].ilmd.lotNumber", "is missing"),
        ({"lot": LOT_NUMBER}, EPCS, "is of a lot that is registered"),
        ({"gtin": "09506000100036"}, EPCS, "is of a product that another organisation holds"),
        ({"serials": ["A1", "A2", "A1"]}, EPCS, "names something twice"),
    ],
)
def test_a_lot_is_not_made_so(trade, fields, place, problem):
    trade.authorise("09506000100036", REPACKAGER)
    made = {"serials": ["A1", "A2"], "lot": "AL2600"} | fields
    assert trade.refused(MANUFACTURER, commissioning(**made)) == [(place, problem)]


def test_a_lot_that_has_expired_is_refused_by_the_chain(trade):
    ((place, problem),) = trade.refused(MANUFACTURER, commissioning(["A1"], "AL2600", expiry="2025-04-01"))
    assert place == "eventList[0]"
    assert "LotDatesInvalid" in problem


def test_the_dates_of_a_lot_are_the_same_wherever_it_is_made(trade):
    made = commissioning(["A1"], "AL2600"), commissioning(["A2"], "AL2600", expiry="2040-03-01")
    assert trade.refused(MANUFACTURER, *made) == [("eventList[0].ilmd", "gives one lot several dates")]


def test_a_pack_is_made_by_one_event(trade):
    made = commissioning(["A1"], "AL2600"), commissioning(["A1", "A2"], "AL2600", time="2025-03-03T08:30:00Z")
    assert trade.refused(MANUFACTURER, *made) == [(EPCS, "has a pack twice")]


def test_a_pack_is_in_one_lot_of_a_document(trade):
    made = commissioning(["A1", "A2"], "AL2600"), commissioning(["A2"], "AL2601", time="2025-03-03T08:30:00Z")
    assert trade.refused(MANUFACTURER, *made) == [
        ("eventList[1].epcList", "has a pack that this document commissions in another lot")
    ]


def test_two_events_may_make_one_lot(trade):
    made = commissioning(["A1"], "AL2600"), commissioning(["A2"], "AL2600", time="2025-03-03T08:30:00Z")
    assert trade.applied(MANUFACTURER, *made) == [["register a lot of 2 units"], []]


# ---------------------------------------------------------------------- containers


@pytest.mark.parametrize("epcs", [packs(0, 1), packs(4, 8), [CASES[1]]])
def test_what_is_in_a_container_that_stays_behind_does_not_leave_it(trade, epcs):
    assert trade.refused(MANUFACTURER, shipping(epcs)) == [(EPCS, "are packed in a container that stays behind")]


def test_a_container_within_another_is_not_opened(trade):
    ((_, problem),) = trade.refused(MANUFACTURER, packing(CASES[0], [], action="DELETE"))
    assert problem == "are packed in a container that stays behind"


def test_a_container_that_is_opened_in_the_same_document_names_nothing(trade):
    opened = packing(PALLET, [], "2025-04-01T07:00:00Z", action="DELETE")
    assert trade.refused(MANUFACTURER, opened, shipping()) == [
        ("eventList[1].epcList[0]", "is a container that was opened")
    ]


def test_an_sscc_with_a_wrong_check_digit_is_refused_before_all_else(trade):
    assert trade.refused(MANUFACTURER, shipping([PALLET[:-1] + "6"]))[0][0] == "eventList[0].epcList[0]"


# ---------------------------------------------------------------------- all or nothing


def test_every_reason_is_told_and_nothing_is_done(trade):
    found = trade.refused(
        MANUFACTURER,
        shipping(),
        event("receiving", [PALLET], "2025-04-01T09:00:00Z"),
        event("dispensing", [UNKNOWN_PACK], "2025-04-01T10:00:00Z"),
    )
    assert [place for place, _ in found] == ["eventList[1].epcList", "eventList[2].epcList[0]"]


def test_a_new_lot_of_a_refused_document_leaves_no_file(trade):
    found = trade.refused(MANUFACTURER, commissioning(["A1"], "AL2600"), event("receiving", [PALLET]))
    assert [place for place, _ in found] == ["eventList[1].epcList"]
    assert trade.book(MANUFACTURER).tree(GTIN, "AL2600") is None


def test_a_new_lot_that_the_chain_refuses_leaves_no_file(trade):
    made = commissioning(["A1"], "AL2600")
    ((place, _),) = trade.refused(MANUFACTURER, made, shipping(made["epcList"]))
    assert place == "eventList[1]"


def test_more_than_one_transaction_may_use_is_refused(trade, monkeypatch):
    monkeypatch.setattr(ingestion, "GAS_MAX", 100_000)
    ((place, problem),) = trade.refused(MANUFACTURER, commissioning(["A1"], "AL2600"), shipping())
    assert place == NAME
    assert problem.startswith("would take ")
    assert problem.endswith(" gas, more than one transaction may")


def test_an_operator_of_another_is_refused_by_the_chain(trade):
    reading = trade.read(document(shipping()))
    sender = trade.operator(WHOLESALER)
    book, journal = trade.book(MANUFACTURER), trade.journal(MANUFACTURER)
    captured = ingestion.Ingestion(trade.ledger, sender, MANUFACTURER, book, trade.parties, journal).ingest(reading)
    (refusal,) = captured.refusals
    assert refusal.place == f"{NAME}: eventList[0]"
    assert captured.sent is None


def test_an_organisation_that_is_suspended_commits_to_nothing(trade, suite, supervisor):
    suite.participants.suspend(WHOLESALER, 0, b"\x01" * 32, {"from": supervisor})
    ((place, _),) = trade.refused(WHOLESALER, event("storing", ["urn:epc:id:sgtin:9521141.001234.2018"]))
    assert place == NAME


def test_a_document_that_cannot_be_read_is_refused_with_its_findings(trade):
    broken = event("teleporting", [PALLET])
    assert trade.refused(MANUFACTURER, broken) == [("eventList[0].bizStep", "is not a business step of CBV 2.0")]


# ---------------------------------------------------------------------- files of lots


def test_the_file_of_a_lot_is_never_replaced(trade):
    """As after a try on another chain, or while a transaction is under way."""
    made = commissioning(["A1", "A2"], "AL2600")
    with pytest.raises(NodeUnreachable):
        interrupted(trade, made)
    path = next(trade.book(MANUFACTURER).folder.glob("*AL2600*"))
    before = path.read_bytes()
    other = commissioning(["B1", "B2"], "AL2600")
    assert trade.refused(MANUFACTURER, other) == [(EPCS, "is of a lot whose file has other packs or dates")]
    assert trade.applied(MANUFACTURER, made) == [["register a lot of 2 units"]]
    assert path.read_bytes() == before


def interrupted(trade, *events):
    """Ingests a document while the node does not answer to transactions."""

    def fail(*arguments):
        raise NodeUnreachable("apply a document", "did not reach the node", "try again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chain, "send", fail)
        trade.ingest(MANUFACTURER, *events)


def test_nothing_is_planned_while_a_transaction_is_under_way(trade):
    trade.chain.web3.provider.make_request("evm_setAutomine", [False])
    try:
        call = trade.ledger.functions.cut(interval_of(LOT, 0), 0, 4)
        sender = trade.operator(MANUFACTURER)
        trade.chain.web3.eth.send_transaction(
            {"from": sender, "to": call.address, "data": call._encode_transaction_data(), "gas": 100_000}
        )
        with pytest.raises(NodeUnreachable):
            trade.ingest(MANUFACTURER, shipping())
    finally:
        trade.chain.web3.provider.make_request("evm_setAutomine", [True])
        trade.chain.web3.provider.make_request("evm_mine", [])
    assert list(trade.journal(MANUFACTURER).entries())[1:] == []


def test_a_damaged_journal_stops_everything(trade):
    path = trade.journal(MANUFACTURER).folder / "00000000.json"
    path.write_text("{}")
    with pytest.raises(CarechainError, match="is no entry of the journal"):
        trade.ingest(MANUFACTURER, shipping())
