"""Handling of loose packs that is refused, by the plan or by the chain: nothing is done of it."""

from __future__ import annotations

import pytest

from carechain.chain import Chain
from carechain.errors import NodeUnreachable
from tests.helpers.suite import (
    AUDITOR,
    MANUFACTURER,
    WHOLESALER,
)
from tests.unit.ledger.traders import (
    OTHER_CASE,
    PALLET,
    STRANGERS_GLN,
    destinations,
    event,
    packing,
    packs,
    sale,
    shipping,
)


def interrupted(trade, *events):
    """Ingests a document while the node does not answer to transactions."""

    def fail(*arguments):
        raise NodeUnreachable("apply a document", "did not reach the node", "try again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Chain, "send", fail)
        trade.ingest(MANUFACTURER, *events)


def test_a_pharmacy_alone_dispenses(loose):
    ((_, problem),) = loose.refused(MANUFACTURER, event("dispensing", packs(0, 1)))
    assert "Standing" in problem or "Role" in problem


def test_what_goes_into_a_container_stands_side_by_side(loose):
    assert loose.refused(MANUFACTURER, packing(OTHER_CASE, [*packs(0, 2), *packs(3, 4)])) == [
        ("eventList[0].childEPCs", "are no neighbours in packing order")
    ]


def test_packs_and_containers_do_not_mix(loose):
    cased = packing(OTHER_CASE, packs(0, 4))
    mixed = packing(PALLET, [OTHER_CASE, *packs(4, 5)], "2025-04-01T09:00:00Z")
    assert loose.refused(MANUFACTURER, cased, mixed) == [("eventList[1].childEPCs", "mix packs and containers")]


def test_a_container_that_was_opened_names_nothing(loose):
    assert loose.refused(MANUFACTURER, shipping()) == [("eventList[0].epcList[0]", "is a container that was opened")]


def test_a_container_of_this_number_is_packed_once(loose):
    loose.applied(MANUFACTURER, packing(OTHER_CASE, packs(0, 4)))
    ((place, problem),) = loose.refused(MANUFACTURER, packing(OTHER_CASE, packs(4, 8), "2025-04-01T09:00:00Z"))
    assert place == "eventList[0]"
    assert "ContainerKnown" in problem


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_the_very_event_that_the_chain_refuses_is_named(loose, place):
    """Four packs are sold one by one; one of them to an auditor."""
    loose.parties.organisations[STRANGERS_GLN] = AUDITOR
    events = [
        shipping(
            packs(2 * n, 2 * n + 1),
            eventTime=f"2025-04-01T1{n}:00:00Z",
            destinationList=destinations(owning_party=STRANGERS_GLN) if n == place else sale(WHOLESALER),
        )
        for n in range(4)
    ]
    ((found, _),) = loose.refused(MANUFACTURER, *events)
    assert found == f"eventList[{place}]"
