"""Is this pack genuine, and may it be used? Every answer, and which of several reasons is told."""

import pytest

from carechain.supply.words import Investigation, Quality, Reason, UnitFact, Verdict, notice_of
from tests.helpers import rfc9162
from tests.helpers.suite import MANUFACTURER, PHARMACY, REGULATOR, WHOLESALER, pass_time
from tests.helpers.supply import CERTIFICATE, DAY, EVIDENCE, RETURN, SERIALS, UNITS, by

PROOFS = [rfc9162.inclusion_proof(unit, SERIALS) for unit in range(UNITS)]


@pytest.fixture
def verify(supply):
    """What is said of a pack, to whoever has it in hand."""

    def verify(interval, unit, leaf=None, proof=None, place=None):
        leaf = rfc9162.leaf(SERIALS[unit]) if leaf is None else leaf
        proof = PROOFS[unit] if proof is None else proof
        verdict, reason, holder, expiry = supply.verifyPack(interval, unit if place is None else place, leaf, proof)
        return Verdict(verdict), Reason(reason), holder, expiry

    return verify


def test_a_pack_in_order_is_supplied(supply, verify, lot, whole):
    expiry = supply.lotOf(lot)[3]
    for unit in (0, 1, 63, 64, UNITS - 1):
        assert verify(whole, unit) == (Verdict.SUPPLY, Reason.IN_ORDER, MANUFACTURER, expiry)


def test_a_pack_under_way_is_in_order_and_not_to_be_dispensed(supply, trade, verify, lot, whole):
    trade.ship(whole, WHOLESALER)
    answer = Verdict.IN_TRANSIT, Reason.IN_ORDER, MANUFACTURER, supply.lotOf(lot)[3]
    assert verify(whole, 7) == answer
    trade.receive(whole)
    assert verify(whole, 7) == (Verdict.SUPPLY, Reason.IN_ORDER, WHOLESALER, answer[3])


def test_what_is_not_shown_to_be_genuine_is_not_verified(verify, whole):
    invalid = Verdict.UNVERIFIED, Reason.PROOF_INVALID, 0, 0
    other = rfc9162.leaf(b"a serial that nobody registered")
    assert verify(whole, 7, leaf=other) == invalid
    assert verify(whole, 7, leaf=rfc9162.leaf(SERIALS[8])) == invalid
    assert verify(whole, 7, proof=PROOFS[8]) == invalid
    assert verify(whole, 7, proof=PROOFS[7][:-1]) == invalid
    assert verify(whole, 7, proof=[*PROOFS[7], bytes(32)]) == invalid
    assert verify(whole, 7, proof=[]) == invalid
    assert verify(whole, 7, leaf=bytes(32)) == invalid
    for place in (6, 8, UNITS, 2**24 - 1):
        assert verify(whole, 7, place=place) == invalid


def test_a_node_of_the_tree_is_no_pack(verify, trade, whole):
    """Of a smaller tree, a node could be taken for a leaf: that the size is the lot's own prevents it."""
    node = rfc9162.node(rfc9162.leaf(SERIALS[0]), rfc9162.leaf(SERIALS[1]))
    assert verify(whole, 0, leaf=node, proof=PROOFS[0][1:]) == (Verdict.UNVERIFIED, Reason.PROOF_INVALID, 0, 0)


def test_an_unknown_lot_is_told(verify, lot):
    for interval in (0, (lot + 1) << 24, ((lot + 1) << 24) + 5, 2**256 - 1):
        assert verify(interval, 7) == (Verdict.UNVERIFIED, Reason.LOT_UNKNOWN, 0, 0)


def test_a_stale_hint_says_nothing(supply, verify, whole, manufacturer):
    unknown = Verdict.UNVERIFIED, Reason.INTERVAL_UNKNOWN, 0, 0
    assert verify(whole + 5, 7) == unknown
    supply.cut(whole, 20, 40, {"from": manufacturer})
    for interval, units, others in (
        (whole, (0, 19), (20, 39, 40)),
        (whole + 20, (20, 39), (0, 19, 40)),
        (whole + 40, (40, 99), (0, 20, 39)),
    ):
        assert {verify(interval, unit)[0] for unit in units} == {Verdict.SUPPLY}
        assert {verify(interval, unit) for unit in others} == {unknown}
    supply.merge(whole + 20, {"from": manufacturer})
    assert verify(whole + 40, 50) == unknown
    assert verify(whole + 20, 50)[0] == Verdict.SUPPLY


def test_the_gravest_of_several_reasons_is_told(supply, trade, verify, at_pharmacy, inspector, regulator):
    """From step to step, something graver comes to what was there."""
    interval, lot = at_pharmacy, at_pharmacy >> 24
    expiry = supply.lotOf(lot)[3]
    trade.hand_over(interval, WHOLESALER, kind=RETURN)

    def says(reason, *units):
        for unit in units or (7,):
            assert verify(interval, unit) == (Verdict.BLOCKED, reason, WHOLESALER, expiry)

    def gone_as_before():
        for unit, reason in ((12, Reason.SAMPLED), (13, Reason.DESTROYED), (14, Reason.STOLEN)):
            says(reason, unit)

    says(Reason.UNVERIFIED)
    for unit, fact in ((12, UnitFact.SAMPLED), (13, UnitFact.DESTROYED), (14, UnitFact.STOLEN)):
        supply.retireUnit(interval, unit, fact, by(WHOLESALER))
    gone_as_before()
    supply.hold(interval, WHOLESALER, EVIDENCE, by(WHOLESALER))
    says(Reason.ON_HOLD)
    for investigation, reason in (
        (Investigation.SUSPECT, Reason.SUSPECT),
        (Investigation.QUARANTINED, Reason.QUARANTINED),
    ):
        supply.investigate(interval, WHOLESALER, investigation, EVIDENCE, by(WHOLESALER))
        says(reason)
    pass_time(366 * DAY)
    says(Reason.EXPIRED)
    supply.decideHold(interval, False, EVIDENCE, {"from": inspector})
    says(Reason.UNFIT)
    supply.inspectLot(lot, Quality.REJECTED, CERTIFICATE, {"from": inspector})
    says(Reason.REJECTED)
    supply.inspectLot(lot, Quality.BARRED, CERTIFICATE, {"from": regulator})
    says(Reason.REJECTED)
    gone_as_before()
    supply.recallUnits(lot, REGULATOR, 0, 20, notice_of(3, 0), {"from": regulator})
    says(Reason.RECALLED_CLASS_3, 0, 7, 19)
    says(Reason.REJECTED, 20, 99)
    supply.orderRecall(lot, notice_of(2, 0), {"from": regulator})
    says(Reason.RECALLED_CLASS_2, 0, 7, 99)
    gone_as_before()
    supply.recallUnits(lot, REGULATOR, 0, 20, notice_of(1, 0), {"from": regulator})
    says(Reason.RECALLED_CLASS_1, 0, 7, 12, 13, 19)
    says(Reason.STOLEN, 14)
    says(Reason.RECALLED_CLASS_2, 20, 99)
    supply.investigate(interval, REGULATOR, Investigation.ILLEGITIMATE, EVIDENCE, {"from": regulator})
    says(Reason.ILLEGITIMATE, 0, 7, 12, 13, 14, 99)


def test_what_a_patient_has_or_was_exported_is_told_before_lesser_recalls(supply, verify, at_pharmacy, regulator):
    interval, lot = at_pharmacy, at_pharmacy >> 24
    supply.dispenseUnit(interval, 10, by(PHARMACY))
    supply.retireUnit(interval, 11, UnitFact.EXPORTED, by(PHARMACY))

    def says(*reasons):
        answers = [verify(interval, unit)[:2] for unit in (9, 10, 11)]
        assert answers == [(Verdict.BLOCKED if reason else Verdict.SUPPLY, reason) for reason in reasons]

    says(Reason.IN_ORDER, Reason.DISPENSED, Reason.EXPORTED)
    supply.orderRecall(lot, notice_of(2, 0), {"from": regulator})
    says(Reason.RECALLED_CLASS_2, Reason.DISPENSED, Reason.EXPORTED)
    supply.orderRecall(lot, notice_of(1, 0), {"from": regulator})
    says(Reason.RECALLED_CLASS_1, Reason.RECALLED_CLASS_1, Reason.RECALLED_CLASS_1)


def test_a_lot_is_released_first(supply, trade, verify):
    lot = trade.register(9, released=False)
    answer = Verdict.BLOCKED, Reason.NOT_RELEASED, MANUFACTURER, supply.lotOf(lot)[3]
    assert verify(lot << 24, 7) == answer


def test_what_became_of_a_whole_interval_is_told_of_each_unit(supply, verify, lot, whole, manufacturer):
    expiry = supply.lotOf(lot)[3]
    facts = (
        (UnitFact.EXPORTED, Reason.EXPORTED),
        (UnitFact.SAMPLED, Reason.SAMPLED),
        (UnitFact.DESTROYED, Reason.DESTROYED),
        (UnitFact.REPACKAGED, Reason.REPACKAGED),
        (UnitFact.STOLEN, Reason.STOLEN),
    )
    for place, (fact, reason) in enumerate(facts):
        first, end = 20 * place, 20 * place + 20
        if end < UNITS:
            supply.cut(whole + first, first, end, {"from": manufacturer})
        supply.retireInterval(whole + first, fact, {"from": manufacturer})
        for unit in (first, end - 1):
            assert verify(whole + first, unit) == (Verdict.BLOCKED, reason, MANUFACTURER, expiry)


def test_a_pack_that_is_blocked_under_way_is_blocked(supply, trade, verify, whole):
    trade.ship(whole, WHOLESALER)
    supply.hold(whole, WHOLESALER, EVIDENCE, by(WHOLESALER))
    assert verify(whole, 7)[:2] == (Verdict.BLOCKED, Reason.ON_HOLD)
