"""Cases, pallets and truckloads: packed, moved, cut apart and opened, and never torn."""

import pytest

from carechain.gs1.keys import with_check_digit
from carechain.supply.words import Custody, UnitFact, interval_of
from tests.helpers.refusals import refused
from tests.helpers.suite import MANUFACTURER, PHARMACY, WHOLESALER
from tests.helpers.supply import SALE, UNITS, UNKNOWN, by, event_of, sscc

CASES = [sscc(number) for number in range(1, 6)]
ENDS = [20, 40, 60, 80, UNITS]
PALLET, LOAD, OTHER = sscc(100), sscc(200), sscc(300)


@pytest.fixture
def packed(supply, whole, manufacturer):
    """All of the lot, in five cases of twenty units. The interval."""
    supply.pack(whole, CASES, ENDS, {"from": manufacturer})
    return whole


@pytest.fixture
def stacked(supply, packed, manufacturer):
    """The five cases on a pallet, which is the load of a truck. The interval."""
    supply.pack(packed, [PALLET], [UNITS], {"from": manufacturer})
    supply.pack(packed, [LOAD], [UNITS], {"from": manufacturer})
    return packed


def test_units_are_packed_into_cases(supply, trade, lot, whole, manufacturer):
    sent = supply.pack(whole, CASES, ENDS, {"from": manufacturer})
    starts = [0, *ENDS]
    assert [dict(event) for event in sent.events["ContainerPacked"]] == [
        {"lot": lot, "packer": MANUFACTURER, "sscc": case, "first": starts[place], "end": ENDS[place], "tier": 1}
        for place, case in enumerate(CASES)
    ]
    assert supply.containerOf(MANUFACTURER, CASES[1]) == (lot, 20, 40, 1, True)
    assert supply.containerOf(WHOLESALER, CASES[1]) == (0, 0, 0, 0, False)
    assert trade.intervals(lot) == [Custody(0, UNITS, MANUFACTURER, MANUFACTURER, tier=1)]


def test_containers_are_packed_into_others_three_deep(supply, trade, lot, stacked, manufacturer):
    assert supply.containerOf(MANUFACTURER, PALLET) == (lot, 0, UNITS, 2, True)
    assert supply.containerOf(MANUFACTURER, LOAD) == (lot, 0, UNITS, 3, True)
    assert trade.custody(stacked).tier == 3
    with refused("ContainerTilingInvalid", stacked):
        supply.pack(stacked, [OTHER], [UNITS], {"from": manufacturer})


def test_containers_fill_the_interval_exactly(supply, lot, whole, manufacturer):
    supply.cut(whole, 20, UNITS, {"from": manufacturer})
    part = interval_of(lot, 20)
    for ssccs, ends in (
        ([], []),
        (CASES[:1], []),
        ([], [UNITS]),
        (CASES[:2], [UNITS]),
        (CASES[:1], [UNITS - 1]),
        (CASES[:1], [UNITS + 1]),
        (CASES[:2], [20, UNITS]),
        (CASES[:2], [UNITS, UNITS]),
        (CASES[:3], [60, 50, UNITS]),
        (CASES[:3], [50, 2**24 - 1, UNITS]),
    ):
        with refused("ContainerTilingInvalid", part):
            supply.pack(part, ssccs, ends, {"from": manufacturer})


def test_containers_go_into_one_at_a_time(supply, packed, manufacturer):
    with refused("ContainerTilingInvalid", packed):
        supply.pack(packed, [PALLET, OTHER], [40, UNITS], {"from": manufacturer})


def test_what_is_no_sscc_is_refused(supply, whole, manufacturer):
    too_long = int(with_check_digit("1" + "0" * 17))
    for number in (0, CASES[0] + 1, too_long, 2**64 - 1):
        with refused("ContainerSsccInvalid", number):
            supply.pack(whole, [number], [UNITS], {"from": manufacturer})


def test_an_sscc_stands_for_one_container_until_it_is_opened(supply, trade, lot, packed, manufacturer):
    other = interval_of(trade.register(9), 0)
    with refused("ContainerKnown", MANUFACTURER, CASES[2]):
        supply.pack(other, [CASES[2]], [UNITS], {"from": manufacturer})
    with refused("ContainerKnown", MANUFACTURER, OTHER):
        supply.pack(other, [OTHER, OTHER], [50, UNITS], {"from": manufacturer})
    supply.cutContainer(packed, MANUFACTURER, CASES[2], {"from": manufacturer})
    supply.openContainer(interval_of(lot, 40), MANUFACTURER, CASES[2], {"from": manufacturer})
    supply.pack(other, [CASES[2]], [UNITS], {"from": manufacturer})
    assert supply.containerOf(MANUFACTURER, CASES[2]) == (other >> 24, 0, UNITS, 1, True)


def test_packers_number_for_themselves(supply, packed, at_wholesaler, wholesaler):
    supply.pack(at_wholesaler, [CASES[0]], [UNITS], {"from": wholesaler})
    assert supply.containerOf(WHOLESALER, CASES[0])[0] == at_wholesaler >> 24
    assert supply.containerOf(MANUFACTURER, CASES[0])[0] == packed >> 24


def test_the_holder_alone_packs_what_it_has_in_hand(supply, trade, whole, manufacturer, wholesaler):
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.pack(whole, [PALLET], [UNITS], {"from": wholesaler})
    trade.ship(whole, WHOLESALER)
    with refused("IntervalInTransit", whole, WHOLESALER):
        supply.pack(whole, [PALLET], [UNITS], {"from": manufacturer})


def test_what_is_gone_is_not_packed(supply, lot, whole, manufacturer):
    supply.retireUnit(whole, 77, UnitFact.SAMPLED, {"from": manufacturer})
    with refused("UnitIsRetired", lot, 77, UnitFact.SAMPLED):
        supply.pack(whole, CASES, ENDS, {"from": manufacturer})
    supply.cut(whole, 0, 50, {"from": manufacturer})
    supply.pack.call(whole, [PALLET], [50], {"from": manufacturer})
    supply.retireInterval(whole, UnitFact.STOLEN, {"from": manufacturer})
    with refused("IntervalIsRetired", whole, UnitFact.STOLEN):
        supply.pack(whole, [PALLET], [50], {"from": manufacturer})


# ---------------------------------------------------------------------- cut apart


def test_a_case_is_cut_out_of_its_row_and_shipped(supply, trade, lot, packed, manufacturer):
    sent = supply.cutContainer(packed, MANUFACTURER, CASES[2], {"from": manufacturer})
    case = Custody(40, 60, MANUFACTURER, MANUFACTURER, tier=1)
    assert trade.told(sent, "IntervalCut") == {"lot": lot, "interval": case}
    assert [(each.first, each.end, each.tier) for each in trade.intervals(lot)] == [
        (0, 40, 1),
        (40, 60, 1),
        (60, 100, 1),
    ]
    trade.hand_over(interval_of(lot, 40), WHOLESALER, PHARMACY)
    sent = supply.openContainer(interval_of(lot, 40), MANUFACTURER, CASES[2], by(PHARMACY))
    assert event_of(sent, "ContainerOpened") == {
        "lot": lot,
        "packer": MANUFACTURER,
        "sscc": CASES[2],
        "holder": PHARMACY,
    }
    assert trade.custody(interval_of(lot, 40)) == Custody(40, 60, PHARMACY, PHARMACY)
    assert supply.containerOf(MANUFACTURER, CASES[2]) == (lot, 40, 60, 1, False)


def test_either_side_cuts_a_container_out(supply, trade, packed, pharmacy, stranger):
    trade.ship(packed, WHOLESALER)
    supply.cutContainer(packed, MANUFACTURER, CASES[4], by(WHOLESALER))
    supply.cutContainer(packed, MANUFACTURER, CASES[0], by(MANUFACTURER))
    with refused("IntervalNotYours", packed, PHARMACY):
        supply.cutContainer(packed, MANUFACTURER, CASES[0], {"from": pharmacy})
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        supply.cutContainer(packed, MANUFACTURER, CASES[0], {"from": stranger})


def test_a_container_is_cut_where_it_is_and_closed(supply, trade, lot, packed, at_wholesaler, manufacturer, wholesaler):
    with refused("ContainerUnknown", MANUFACTURER, OTHER):
        supply.cutContainer(packed, MANUFACTURER, OTHER, {"from": manufacturer})
    supply.pack(at_wholesaler, [OTHER], [UNITS], {"from": wholesaler})
    with refused("ContainerUnknown", WHOLESALER, OTHER):
        supply.cutContainer(packed, WHOLESALER, OTHER, {"from": manufacturer})
    supply.cutContainer(packed, MANUFACTURER, CASES[2], {"from": manufacturer})
    for interval, case in ((packed, CASES[2]), (packed, CASES[3]), (interval_of(lot, 40), CASES[0])):
        with refused("ContainerUnknown", MANUFACTURER, case):
            supply.cutContainer(interval, MANUFACTURER, case, {"from": manufacturer})
    supply.openContainer(interval_of(lot, 40), MANUFACTURER, CASES[2], {"from": manufacturer})
    with refused("ContainerUnknown", MANUFACTURER, CASES[2]):
        supply.cutContainer(interval_of(lot, 40), MANUFACTURER, CASES[2], {"from": manufacturer})


# ---------------------------------------------------------------------- never torn


def test_what_is_packed_is_not_torn(supply, stacked, manufacturer):
    sender = {"from": manufacturer}
    with refused("IntervalIsPacked", stacked, 3):
        supply.cut(stacked, 0, 20, sender)
    with refused("IntervalIsPacked", stacked, 3):
        supply.splitAndShip(stacked, 0, 20, WHOLESALER, SALE, sender)
    with refused("IntervalIsPacked", stacked, 3):
        supply.retireUnit(stacked, 0, UnitFact.SAMPLED, sender)
    for inner in (*CASES, PALLET):
        with refused("ContainerUnknown", MANUFACTURER, inner):
            supply.cutContainer(stacked, MANUFACTURER, inner, sender)
        with refused("ContainerUnknown", MANUFACTURER, inner):
            supply.openContainer(stacked, MANUFACTURER, inner, sender)


def test_it_is_opened_from_the_outside_inwards(supply, trade, lot, stacked, manufacturer):
    for tier, container in ((3, LOAD), (2, PALLET)):
        assert trade.custody(stacked).tier == tier
        supply.openContainer(stacked, MANUFACTURER, container, {"from": manufacturer})
    supply.cutContainer(stacked, MANUFACTURER, CASES[1], {"from": manufacturer})
    supply.openContainer(interval_of(lot, 20), MANUFACTURER, CASES[1], {"from": manufacturer})
    supply.cut(interval_of(lot, 20), 25, 26, {"from": manufacturer})
    assert [(each.first, each.end, each.tier) for each in trade.intervals(lot)] == [
        (0, 20, 1),
        (20, 25, 0),
        (25, 26, 0),
        (26, 40, 0),
        (40, UNITS, 1),
    ]


def test_two_pallets_that_stand_together_are_two(supply, trade, lot, packed, manufacturer):
    sender = {"from": manufacturer}
    supply.cutContainer(packed, MANUFACTURER, CASES[0], sender)
    supply.pack(packed, [PALLET], [20], sender)
    supply.pack(interval_of(lot, 20), [OTHER], [UNITS], sender)
    supply.merge(packed, sender)
    for pallet in (PALLET, OTHER):
        with refused("ContainerUnknown", MANUFACTURER, pallet):
            supply.openContainer(packed, MANUFACTURER, pallet, sender)
    supply.pack(packed, [LOAD], [UNITS], sender)
    with refused("ContainerUnknown", MANUFACTURER, OTHER):
        supply.cutContainer(packed, MANUFACTURER, OTHER, sender)
    supply.openContainer(packed, MANUFACTURER, LOAD, sender)
    supply.cutContainer(packed, MANUFACTURER, OTHER, sender)
    supply.openContainer(interval_of(lot, 20), MANUFACTURER, OTHER, sender)
    assert [(each.first, each.end, each.tier) for each in trade.intervals(lot)] == [(0, 20, 2), (20, UNITS, 1)]


def test_a_container_is_opened_once_by_its_holder_in_hand(supply, trade, lot, packed, manufacturer, wholesaler):
    supply.cutContainer(packed, MANUFACTURER, CASES[0], {"from": manufacturer})
    with refused("OperatorNotInStanding", wholesaler, MANUFACTURER, UNKNOWN):
        supply.openContainer(packed, MANUFACTURER, CASES[0], {"from": wholesaler})
    trade.ship(packed, WHOLESALER)
    with refused("IntervalInTransit", packed, WHOLESALER):
        supply.openContainer(packed, MANUFACTURER, CASES[0], {"from": manufacturer})
    trade.receive(packed)
    supply.openContainer(packed, MANUFACTURER, CASES[0], {"from": wholesaler})
    with refused("ContainerUnknown", MANUFACTURER, CASES[0]):
        supply.openContainer(packed, MANUFACTURER, CASES[0], {"from": wholesaler})
    supply.pack(packed, [OTHER], [20], {"from": wholesaler})
    with refused("ContainerUnknown", MANUFACTURER, CASES[0]):
        supply.openContainer(packed, MANUFACTURER, CASES[0], {"from": wholesaler})
