"""Documents that others wrote to test their own EPCIS systems with, captured against the ledger."""

from __future__ import annotations

import shutil

import brownie
import pytest

from carechain.gs1.identifiers import identifier
from carechain.supply.words import Custody, lot_of
from tests.helpers.suite import INSPECTOR, MANUFACTURER, PHARMACY, WHOLESALER
from tests.unit.epcis.real_documents import READ, REFUSED, WRONG_HASH, file, real
from tests.unit.ledger.traders import Trade, document, event

pytestmark = real

VALID = {**READ, **WRONG_HASH}

TOLD = "that this document tells, and takes its effect"
UNKNOWN = "that is not on record here"

# The declarations among the documents: what they say was wrong is not on record, or is told by the very document.
DECLARED = {
    "json/Documents/ObjectEvent_all_possible_fields.json": [UNKNOWN],
    "json/Documents/TransformationEvent_with_error_declaration.json": [UNKNOWN],
    "json/Documents/TransformationEvent_with_sensorData.json": [UNKNOWN],
    "json/Documents/TransformationEvent_with_userExtensions.json": [UNKNOWN],
    "json/Events/TransformationEvent.json": [UNKNOWN],
    "xml12/Documents/All_eventTypes_in_single_document.xml": [UNKNOWN],
    "xml12/Documents/AssociationEvent_all_possible_fields.xml": [UNKNOWN],
    "xml12/Documents/ObjectEvent_with_baseExtension_errorDeclaration.xml": [
        "that this document tells, and takes its effect"
    ],
    "xml12/Documents/TransformationEvent.xml": [UNKNOWN],
    "json/Documents/AggregationEvent_all_possible_fields.json": [UNKNOWN],
    "json/Documents/ObjectEvent_with_error_declaration.json": [UNKNOWN],
    "xml12/Documents/AggregationEvent_all_possible_fields.xml": [UNKNOWN],
    "xml12/Documents/TransformationEvent_all_possible_fields.xml": [UNKNOWN],
}


@pytest.fixture
def strangers(suite, tmp_path):
    """Trades in which none of the documents' products is authorised: one for each document, on a chain of its own."""

    def each(names):
        node = suite.chain.web3.provider
        for number, name in enumerate(names):
            snapshot = node.make_request("evm_snapshot", [])["result"]
            yield name, Trade(suite.chain, tmp_path / str(number))
            node.make_request("evm_revert", [snapshot])

    brownie.chain.mine()
    return each


def ingest(trade, name, organisation=MANUFACTURER):
    return trade.ingestion(organisation).ingest(trade.read(file(name)))


def test_a_valid_document_is_committed_to_once_and_changes_nothing(strangers):
    for name, trade in strangers(VALID):
        outcome = ingest(trade, name)
        assert outcome.refusals == [], name
        assert [done for each in outcome.effects.values() for done in each] == [], name
        wrong = [note for note in outcome.notes if "declares an event wrong" in note]
        assert [note.partition(" event wrong ")[2] for note in wrong] == DECLARED.get(name, []), name
        hashes = {each.hash for each in trade.read(file(name)).events}
        assert trade.anchored(MANUFACTURER) == [(len(hashes), 0)], name
        before = trade.everything()
        again = ingest(trade, name)
        assert (again.sent, again.known, again.refusals) == (None, again.events, []), name
        assert trade.everything() == before, name


def test_an_invalid_document_is_refused_with_every_reason(strangers):
    for name, trade in strangers(REFUSED):
        before = trade.everything()
        outcome = ingest(trade, name)
        found = {each.place.removeprefix(f"{file(name).name}: "): each.problem for each in outcome.refusals}
        assert found == REFUSED[name], name
        assert trade.everything() == before, name
        assert trade.anchored(MANUFACTURER) == [], name


# ---------------------------------------------------------------------- GS1 US: a lot, its cases, a pallet, a sale

PHARMA = "xml12/Documents/GS1_US_Pharma_Example_2_2_1_1.xml"
GTIN = identifier("urn:epc:id:sgtin:030001.0012345.11", "").gtin
SSCC = identifier("urn:epc:id:sscc:030001.41234567890", "").sscc
GLN = identifier("urn:epc:id:sgln:039999.999999.0", "").gln
LOT = lot_of(MANUFACTURER, 1)


@pytest.fixture(scope="module")
def authorised_pharma(suite, tmp_path_factory):
    trade = Trade(suite.chain, tmp_path_factory.mktemp("pharma"))
    trade.authorise(GTIN, MANUFACTURER)
    return trade


@pytest.fixture
def pharma(authorised_pharma, suite, tmp_path):
    """The product of the example is authorised, and its wholesaler known."""
    shutil.copytree(authorised_pharma.folder, tmp_path / "trade")
    brownie.chain.mine()
    trade = Trade(suite.chain, tmp_path / "trade")
    trade.parties.organisations[GLN] = WHOLESALER
    return trade


def parts(trade):
    """The example until its pallet is packed, and its sale; the lot expires in 2040 instead of 2025."""
    content = file(PHARMA).read_bytes().replace(b"2025-03-27", b"2040-03-27")
    start = content.index(b"<!-- E8:")
    end = content.index(b"</EventList>")
    first = content.index(b"<!-- E1:")
    made, sold = content[:start] + content[end:], content[:first] + content[start:]
    return trade.read(made, "made.xml"), trade.read(sold, "sold.xml")


def test_the_example_as_it_stands_has_expired(pharma):
    outcome = ingest(pharma, PHARMA)
    (refusal,) = outcome.refusals
    assert refusal.place.endswith(": eventList[0]")
    assert "LotDatesInvalid" in refusal.problem
    assert pharma.book(MANUFACTURER).tree(GTIN, "A123") is None


def test_a_lot_is_not_sold_in_the_document_that_makes_it(pharma):
    """No inspector can have released it: the sale is refused by its very event."""
    content = file(PHARMA).read_bytes().replace(b"2025-03-27", b"2040-03-27")
    outcome = pharma.ingestion(MANUFACTURER).ingest(pharma.read(content, "whole.xml"))
    (refusal,) = outcome.refusals
    assert refusal.place == "whole.xml: eventList[7]"
    assert "LotNotReleased" in refusal.problem
    assert pharma.book(MANUFACTURER).tree(GTIN, "A123") is None


def test_the_example_is_made_packed_and_sold_with_exactly_its_effects(pharma):
    made, sold = parts(pharma)
    first = pharma.ingestion(MANUFACTURER).ingest(made)
    assert first.refusals == []
    assert list(first.effects.values()) == [
        ["register a lot of 12 units"],
        [],  # three cases begin, of a GTIN that is not authorised
        [],
        [],
        [],  # packs go into cases without an SSCC
        [],  # an SSCC begins
        ["pack units 0 to 11 into a container"],
    ]
    assert len(first.notes) == 3
    (lot,) = pharma.ledger.registered()
    assert (lot.lot, lot.gtin, lot.units, lot.expiry) == (LOT, GTIN, 12, 25_653)
    tree = pharma.book(MANUFACTURER).tree(GTIN, "A123")
    assert list(tree.serials()) == [str(serial) for serial in range(11, 23)]
    assert tree.details.production.isoformat() == "2023-03-27"

    pharma.give_passports(INSPECTOR, "11", gtin=GTIN)
    quantity = {"epcClass": f"https://id.gs1.org/01/{GTIN}/10/A123", "quantity": 12}
    inspected = event("inspecting", None, "2023-04-01T07:00:00Z", quantityList=[quantity], disposition="conformant")
    pharma.applied(INSPECTOR, inspected)

    second = pharma.ingestion(MANUFACTURER).ingest(sold)
    assert second.refusals == []
    assert list(second.effects.values()) == [[f"ship units 0 to 11 to organisation {WHOLESALER}"]]
    assert pharma.ledger.container(MANUFACTURER, SSCC) == (LOT, 0, 12, 1)
    assert pharma.intervals(LOT) == [
        Custody(0, 12, MANUFACTURER, MANUFACTURER, WHOLESALER, WHOLESALER, titled=True, tier=1)
    ]
    pharma.applied(WHOLESALER, event("receiving", [f"https://id.gs1.org/00/{SSCC}"]))
    assert pharma.intervals(LOT) == [Custody(0, 12, WHOLESALER, WHOLESALER, tier=1)]


def test_the_example_and_its_parts_are_the_same_events(pharma):
    made, sold = parts(pharma)
    whole = pharma.read(file(PHARMA))
    assert [each.hash for each in sold.events] == [whole.events[7].hash]
    pharma.ingestion(MANUFACTURER).ingest(made)
    assert pharma.ingestion(MANUFACTURER).ingest(made).sent is None


def test_a_pack_of_the_example_is_unknown_to_who_has_no_passport(pharma):
    reading = pharma.read(document(event("dispensing", ["urn:epc:id:sgtin:030001.0012345.11"])))
    (refusal,) = pharma.ingestion(PHARMACY).ingest(reading).refusals
    assert refusal.problem == "is of an authorised product, and no lot of your book has it"
