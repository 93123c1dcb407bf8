"""The log of events, what is known of lots and intervals, and that three parts are one contract."""

import pymerkle
import pytest
from brownie.exceptions import VirtualMachineError

from carechain.merkle_log import MerkleTree
from carechain.supply.words import Custody, UnitFact, interval_of, lot_of
from tests.helpers import rfc9162
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, MANUFACTURER, PHARMACY, WHOLESALER, compiled
from tests.helpers.supply import (
    CERTIFICATE,
    GTIN,
    LOT_NUMBER,
    SERIAL_ROOT,
    SUSPENDED,
    UNITS,
    UNKNOWN,
    by,
    event_of,
    sscc,
    today,
)

ROOT = bytes(range(1, 33))


# ---------------------------------------------------------------------- events of EPCIS


def _entry(organisation, at, corrects, count, root=ROOT):
    numbers = ((organisation, 4), (at, 5), (corrects, 8), (count, 4))
    return b"".join(number.to_bytes(width, "big") for number, width in numbers) + root


@pytest.fixture
def anchored(supply, wholesaler):
    """Five batches of the wholesaler's events, each after the first correcting the one before. Their entries."""
    entries = []
    for index in range(5):
        sent = supply.anchorEvents(index + 1, index, ROOT, {"from": wholesaler})
        entries.append(_entry(WHOLESALER, sent.timestamp, index, index + 1))
        assert event_of(sent, "EventsAnchored") == {
            "organisation": WHOLESALER,
            "index": index,
            "corrects": index,
            "count": index + 1,
            "root": "0x" + ROOT.hex(),
        }
    return entries


def test_the_log_of_events_is_that_of_rfc_9162(supply, anchored):
    assert {len(entry) for entry in anchored} == {53}
    tree = MerkleTree(anchored)
    assert tree.root() == rfc9162.root(anchored)
    assert supply.eventLogOf(WHOLESALER) == (5, "0x" + tree.root().hex())
    for index, entry in enumerate(anchored):
        proof = tree.inclusion_proof(index)
        assert supply.eventLogIncludes(WHOLESALER, entry, index, proof)
        assert not supply.eventLogIncludes(WHOLESALER, entry + b"\0", index, proof)
        assert not supply.eventLogIncludes(WHOLESALER, entry, index ^ 1, proof)
        assert not supply.eventLogIncludes(PHARMACY, entry, index, proof)
    for size in range(6):
        proof = tree.consistency_proof(size)
        assert supply.eventLogContinues(WHOLESALER, size, tree.root(size), proof)
        assert not supply.eventLogContinues(WHOLESALER, size, ROOT, proof)
    peer = pymerkle.InmemoryTree.init_from_entries(anchored)
    assert peer.get_root() == tree.root()


def test_logs_of_events_are_apart(supply, anchored, pharmacy):
    empty = 0, "0x" + rfc9162.root([]).hex()
    assert supply.eventLogOf(PHARMACY) == empty
    sent = supply.anchorEvents(2**32 - 1, 0, b"\xff" * 32, {"from": pharmacy})
    entry = _entry(PHARMACY, sent.timestamp, 0, 2**32 - 1, b"\xff" * 32)
    assert supply.eventLogOf(PHARMACY) == (1, "0x" + rfc9162.root([entry]).hex())
    assert supply.eventLogOf(WHOLESALER)[0] == 5
    assert supply.anchorEvents.call(1, 1, ROOT, {"from": pharmacy}) == 1


def test_an_empty_batch_or_one_that_corrects_nothing_is_refused(supply, anchored, wholesaler):
    for count, corrects, root in ((0, 0, ROOT), (1, 0, bytes(32)), (1, 6, ROOT), (1, 2**64 - 1, ROOT)):
        with refused("EventBatchInvalid", count, root, corrects, 5):
            supply.anchorEvents(count, corrects, root, {"from": wholesaler})
    supply.anchorEvents(1, 5, ROOT, {"from": wholesaler})


def test_whoever_is_in_standing_commits_to_events(supply, participants, supervisor, hospital, stranger):
    supply.anchorEvents(1, 0, ROOT, {"from": hospital})
    participants.suspend(HOSPITAL, 0, bytes(32), {"from": supervisor})
    for operator, organisation, standing in ((hospital, HOSPITAL, SUSPENDED), (stranger, 0, UNKNOWN)):
        with refused("OperatorNotInStanding", operator, organisation, standing):
            supply.anchorEvents(1, 0, ROOT, {"from": operator})


# ---------------------------------------------------------------------- lots and intervals


def test_intervals_are_told_page_by_page(supply, lot, whole, manufacturer):
    for first in (20, 40, 60):
        supply.cut(interval_of(lot, first - 20), first - 20, first, {"from": manufacturer})
    alls = [
        Custody(first, end, MANUFACTURER, MANUFACTURER) for first, end in ((0, 20), (20, 40), (40, 60), (60, UNITS))
    ]

    def told(first, most):
        return [Custody.of_view(view) for view in supply.intervalsOf(lot, first, most)]

    assert told(0, 2**256 - 1) == told(0, 4) == alls
    assert told(0, 3) == alls[:3]
    assert told(60, 3) == alls[3:]
    assert told(0, 0) == told(UNITS, 5) == told(2**24 - 1, 5) == []
    assert [Custody.of_view(supply.intervalOf(interval_of(lot, each.first))) for each in alls] == alls
    with refused("IntervalUnknown", lot, 30):
        supply.intervalsOf(lot, 30, 5)


def test_of_the_largest_lot_as_much_is_told_as_there_is(supply, trade):
    lot = trade.register(9, units=2**24 - 1)
    for most in (1, 1000, 2**256 - 1):
        (view,) = supply.intervalsOf(lot, 0, most)
        assert Custody.of_view(view) == Custody(0, 2**24 - 1, MANUFACTURER, MANUFACTURER)


def test_what_there_is_not_is_told(supply, lot, whole):
    for call, arguments in ((supply.lotOf, ()), (supply.intervalsOf, (0, 5))):
        with refused("LotUnknown", lot + 50):
            call(lot + 50, *arguments)
    with refused("IntervalUnknown", lot, 1):
        supply.intervalOf(whole + 1)
    assert supply.productOf(96_385_074) == (0, 0, 0)
    assert supply.containerOf(MANUFACTURER, sscc(1)) == (0, 0, 0, 0, False)
    assert supply.factOf(whole + 1, 5) == UnitFact.NONE
    assert supply.recallProgress(lot + 50) == (0, 0)
    assert not supply.isChannelMember(MANUFACTURER, 1, PHARMACY)


# ---------------------------------------------------------------------- one contract


def test_what_belongs_together_is_done_together_by_all_parts(supply, trade, lot, manufacturer):
    number, expiry = 70, today() + 365
    new = lot_of(MANUFACTURER, number)
    calls = [
        supply.registerLot.encode_input(GTIN, number, LOT_NUMBER, today() - 1, expiry, 40, 0, SERIAL_ROOT),
        supply.pack.encode_input(new << 24, [sscc(1), sscc(2)], [20, 40]),
        supply.setLotChannel.encode_input(new, 3),
        supply.setChannelMember.encode_input(3, WHOLESALER, True),
        supply.anchorEvents.encode_input(3, 0, ROOT),
    ]
    sent = supply.multicall(calls, {"from": manufacturer})
    assert list(sent.events.keys()) == [
        "LotRegistered",
        "ContainerPacked",
        "LotChannelSet",
        "ChannelMemberSet",
        "EventsAnchored",
    ]
    assert trade.intervals(new) == [Custody(0, 40, MANUFACTURER, MANUFACTURER, tier=1)]
    assert supply.lotOf(new)[5] == 3


def test_or_not_at_all(supply, trade, whole, manufacturer):
    calls = [supply.cut.encode_input(whole, 0, 10), supply.ship.encode_input(whole, MANUFACTURER, 0)]
    with refused("ShipmentToSelf", MANUFACTURER):
        supply.multicall(calls, {"from": manufacturer})
    assert trade.intervals(whole >> 24) == [Custody(0, UNITS, MANUFACTURER, MANUFACTURER)]


def test_whoever_calls_several_acts_for_itself_alone(supply, whole, wholesaler):
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.multicall([supply.ship.encode_input(whole, PHARMACY, 0)], {"from": wholesaler})


def test_a_part_by_itself_knows_nothing(supply, lot, whole, manufacturer, inspector):
    handling = compiled("Handling").at(supply.handling())
    oversight = compiled("Oversight").at(supply.oversight())
    assert handling.oversight() == oversight.address
    with refused("IntervalUnknown", lot, 0):
        handling.cut(whole, 0, 10, {"from": manufacturer})
    with refused("LotUnknown", lot):
        oversight.inspectLot(lot, 2, CERTIFICATE, {"from": inspector})
    with refused("ColdChainOnly", manufacturer):
        oversight.holdByRecord(whole, 1, {"from": manufacturer})


def test_what_no_part_knows_is_refused(supply, manufacturer):
    for data in ("0x", "0x00000000", "0xdeadbeef" + "00" * 64):
        with pytest.raises(VirtualMachineError) as caught:  # solc refuses without a reason
            manufacturer.transfer(supply, 0, data=data)
        assert not caught.value.revert_msg
    for data in (supply.cut.encode_input(0, 0, 0), "0x"):
        with pytest.raises(VirtualMachineError):
            manufacturer.transfer(supply, 1, data=data)
    assert supply.balance() == 0


def test_parts_that_are_none_or_ask_another_register_are_refused(supply, participants, records, deployer, stranger):
    with refused("PartInvalid", stranger):
        compiled("Handling").deploy(participants, stranger, {"from": deployer})
    other = compiled("Oversight").deploy(records, {"from": deployer})
    with refused("PartInvalid", other):
        compiled("Handling").deploy(participants, other, {"from": deployer})
    with refused("PartInvalid", stranger):
        compiled("DrugSupplyChain").deploy(participants, stranger, {"from": deployer})


def test_who_relies_on_whom(supply, cold_chain, participants):
    assert supply.participants() == participants
    assert supply.coldChain() == cold_chain
    assert cold_chain.supply() == supply
    assert cold_chain.participants() == participants


def test_by_whom_a_transaction_was_sent_is_all_that_counts(supply, trade, whole):
    trade.ship(whole, WHOLESALER)
    supply.multicall([supply.receiveShipment.encode_input(whole, UNITS)], by(WHOLESALER))
    assert trade.custody(whole) == Custody(0, UNITS, WHOLESALER, WHOLESALER)
