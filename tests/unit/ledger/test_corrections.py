"""Error declarations: what the ledger can still take back, it does; all else is committed to beside what was wrong."""

from __future__ import annotations

import pytest

from carechain.chain import Chain
from carechain.errors import NodeUnreachable
from carechain.supply.journal import Journal
from carechain.supply.words import Reason
from tests.helpers.suite import MANUFACTURER, PHARMACY, WHOLESALER
from tests.unit.ledger.traders import (
    NAME,
    SERIALS,
    commissioning,
    declared_wrong,
    document,
    event,
    exported,
    packs,
    sale,
)

LATER = "2025-04-02T08:00:00Z"
SHIPPED = event("shipping", packs(0, 4), destinationList=sale(WHOLESALER))
SOLD = event("shipping", packs(4, 8), destinationList=sale(PHARMACY))
DISPENSED = event("dispensing", packs(4, 6), LATER)
NOT_TAKEN_BACK = "is declared wrong, and what it did is not taken back by that alone"


@pytest.fixture
def dispensed(loose):
    loose.applied(MANUFACTURER, SOLD)
    loose.applied(PHARMACY, event("receiving", packs(4, 8), LATER), DISPENSED)
    return loose


def test_a_shipment_that_was_not_received_is_cancelled(loose):
    loose.applied(MANUFACTURER, SHIPPED)
    index = len(loose.anchored(MANUFACTURER)) - 1
    assert loose.applied(MANUFACTURER, declared_wrong(SHIPPED)) == [["cancel the shipment of units 0 to 3"]]
    assert [each.counterparty for each in loose.intervals()] == [0, 0]
    assert loose.anchored(MANUFACTURER)[-1] == (1, index + 1)


def test_a_shipment_that_was_received_is_not_taken_back(loose):
    loose.applied(MANUFACTURER, SHIPPED)
    loose.applied(WHOLESALER, event("receiving", packs(0, 4), LATER))
    before = loose.intervals()
    outcome = loose.ingest(MANUFACTURER, declared_wrong(SHIPPED))
    assert list(outcome.effects.values()) == [[]]
    assert outcome.notes == [f"{NAME}: eventList[0] {NOT_TAKEN_BACK}"]
    assert loose.intervals() == before
    assert loose.anchored(MANUFACTURER)[-1] == (1, len(loose.anchored(MANUFACTURER)) - 1)


def test_a_dispensing_is_taken_back(dispensed):
    done = dispensed.applied(PHARMACY, declared_wrong(DISPENSED))
    assert done == [["take a dispensing back", "take a dispensing back"]]
    assert [dispensed.verdict(serial).reason for serial in SERIALS[4:6]] == [Reason.IN_ORDER, Reason.IN_ORDER]
    assert dispensed.anchored(PHARMACY) == [(2, 0), (1, 1)]


def test_the_export_of_one_pack_taken_back_declares_its_dispensing_wrong(loose):
    one = event("dispensing", packs(4, 5), LATER)
    loose.applied(MANUFACTURER, SOLD)
    loose.applied(PHARMACY, event("receiving", packs(4, 8), LATER), one)
    loose.applied(PHARMACY, declared_wrong(one))
    first, again = (each for each in exported(loose) if each.biz_step == "dispensing")
    assert first.event_id == again.event_id
    assert [each.error_declaration is None for each in (first, again)] == [True, False]


def test_what_was_taken_back_can_be_dispensed_after_all(dispensed):
    dispensed.applied(PHARMACY, declared_wrong(DISPENSED))
    dispensed.applied(PHARMACY, event("dispensing", packs(4, 5), "2025-04-03T08:00:00Z"))
    assert dispensed.verdict(SERIALS[4]).reason is Reason.DISPENSED


@pytest.mark.parametrize(
    "found", [event("destroying", packs(0, 2)), event("holding", packs(0, 2))], ids=["destroying", "holding"]
)
def test_any_other_event_is_committed_to_as_wrong_and_stays(loose, found):
    loose.applied(MANUFACTURER, found)
    before = loose.intervals()
    outcome = loose.ingest(MANUFACTURER, declared_wrong(found))
    assert outcome.notes == [f"{NAME}: eventList[0] {NOT_TAKEN_BACK}"]
    assert loose.intervals() == before
    assert loose.anchored(MANUFACTURER)[-1] == (1, len(loose.anchored(MANUFACTURER)) - 1)


def test_a_declaration_that_comes_again_changes_nothing(dispensed):
    dispensed.applied(PHARMACY, declared_wrong(DISPENSED))
    before = dispensed.everything()
    for again in (DISPENSED, declared_wrong(DISPENSED), declared_wrong(DISPENSED, "2025-07-01T08:00:00Z")):
        outcome = dispensed.ingest(PHARMACY, again)
        assert (outcome.sent, outcome.known, outcome.refusals) == (None, 1, [])
    assert dispensed.everything() == before


def test_a_declaration_of_what_is_not_on_record_has_no_effect(loose):
    """It may not take back another event about the same packs."""
    loose.applied(MANUFACTURER, SHIPPED)
    other = declared_wrong(SHIPPED | {"eventTime": "2025-04-01T07:00:00Z"})
    outcome = loose.ingest(MANUFACTURER, other)
    assert outcome.notes == [f"{NAME}: eventList[0] declares an event wrong that is not on record here"]
    assert list(outcome.effects.values()) == [[]]
    assert loose.intervals()[0].counterparty == WHOLESALER
    assert loose.anchored(MANUFACTURER)[-1] == (1, 0)
    before = loose.everything()
    assert loose.ingest(MANUFACTURER, other).sent is None
    assert loose.ingest(MANUFACTURER, SHIPPED | {"eventTime": "2025-04-01T07:00:00Z"}).sent is None
    assert loose.everything() == before


@pytest.mark.parametrize("order", [1, -1])
def test_an_event_that_its_own_document_declares_wrong_has_no_effect(loose, order):
    events = [SHIPPED, declared_wrong(SHIPPED), event("shipping", packs(1, 3), LATER, destinationList=sale(PHARMACY))]
    outcome = loose.ingest(MANUFACTURER, *events[::order])
    assert outcome.refusals == []
    assert outcome.notes == [
        f"{NAME}: eventList[1] declares an event wrong that this document tells, and takes its effect"
    ]
    assert [(each.first, each.counterparty) for each in loose.intervals()] == [(0, 0), (1, PHARMACY), (3, 0)]
    assert loose.anchored(MANUFACTURER)[-1] == (2, 0)
    before = loose.everything()
    assert loose.ingest(MANUFACTURER, *events).sent is None
    assert loose.everything() == before


def test_a_lot_that_its_own_document_declares_wrong_is_not_registered(loose):
    made = commissioning(["A1", "A2"], "AL2600")
    assert loose.applied(MANUFACTURER, made, declared_wrong(made)) == [[]]
    assert len(loose.ledger.registered()) == 1


def test_declarations_of_several_entries_are_several_corrections(loose):
    loose.applied(MANUFACTURER, SHIPPED)
    loose.applied(MANUFACTURER, SOLD)
    size = len(loose.anchored(MANUFACTURER))
    new = event("storing", packs(8, 9), LATER)
    loose.applied(MANUFACTURER, declared_wrong(SOLD), new, declared_wrong(SHIPPED))
    assert loose.anchored(MANUFACTURER)[size:] == [(1, 0), (1, size), (1, size - 1)]
    assert {each.counterparty for each in loose.intervals()} == {0}


# ---------------------------------------------------------------------- between the chain and the journal


def test_a_crash_before_the_journal_is_made_good_and_nothing_is_sent(loose, monkeypatch):
    found = [SHIPPED, event("storing", packs(8, 9), LATER)]
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", failing)
        with pytest.raises(KeyboardInterrupt):
            loose.ingest(MANUFACTURER, *found)
    height, anchored = loose.chain.latest_block(), loose.anchored(MANUFACTURER)
    outcome = loose.ingest(MANUFACTURER, *found)
    assert (outcome.sent, outcome.known, outcome.refusals) == (None, 2, [])
    assert (loose.chain.latest_block(), loose.anchored(MANUFACTURER)) == (height, anchored)
    entry = list(loose.journal(MANUFACTURER).entries())[-1]
    hashes = tuple(each.hash for each in loose.read(document(*found)).events)
    assert (entry.index, entry.hashes) == (len(anchored) - 1, hashes)
    assert loose.ingest(MANUFACTURER, declared_wrong(SHIPPED)).refusals == []


def test_a_crash_in_a_correction_is_made_good(dispensed, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", failing)
        with pytest.raises(KeyboardInterrupt):
            dispensed.ingest(PHARMACY, declared_wrong(DISPENSED))
    anchored = dispensed.anchored(PHARMACY)
    for _ in range(2):
        assert dispensed.ingest(PHARMACY, declared_wrong(DISPENSED)).sent is None
    assert dispensed.anchored(PHARMACY) == anchored == [(2, 0), (1, 1)]


def test_a_crash_after_a_lots_file_is_made_good_with_that_file(loose, monkeypatch):
    made = commissioning(["A1", "A2"], "AL2600")
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", failing)
        with pytest.raises(KeyboardInterrupt):
            loose.ingest(MANUFACTURER, made)
    assert loose.ingest(MANUFACTURER, made).sent is None
    assert loose.verdict("A2").reason is Reason.NOT_RELEASED
    assert len(loose.ledger.registered()) == 2


def test_a_transaction_that_may_still_be_mined_is_no_refusal(loose, monkeypatch):
    def lost(*arguments):
        raise NodeUnreachable("apply a document", "was sent, and then did not reach the node", "look")

    with monkeypatch.context() as patch:
        patch.setattr(Chain, "send", lost)
        with pytest.raises(NodeUnreachable):
            loose.ingest(MANUFACTURER, commissioning(["A1", "A2"], "AL2600"))
    assert len(list(loose.book(MANUFACTURER).folder.glob("*AL2600*"))) == 1


def failing(*arguments):
    raise KeyboardInterrupt
