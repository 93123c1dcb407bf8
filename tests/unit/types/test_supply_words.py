"""The packed words of the supply chain against plain twins, for random words."""

import random
from dataclasses import fields, replace
from itertools import pairwise

import pytest

from carechain.supply.words import FACTS, Custody, UnitFact
from tests.helpers.suite import compiled
from tests.helpers.unit_facts import Unit, UnitFacts

CUSTODY = ("end", "holder", "owner", "counterparty", "consignee", "investigation", "condition", "returning", "titled")
CUSTODY += ("unverified", "opened", "tier", "acknowledged", "fact")
CHANGED = ("end", "holder", "owner", "counterparty", "investigation", "condition", "unverified", "opened", "tier")
CHANGED += ("acknowledged", "fact")
WIDTHS = {"end": 24, "first": 24, "holder": 32, "owner": 32, "counterparty": 32, "consignee": 32, "investigation": 2}
WIDTHS |= {"condition": 2, "returning": 1, "titled": 1, "unverified": 1, "opened": 1, "tier": 2, "acknowledged": 3}
WIDTHS |= {"fact": 3}
CUSTODY_BITS = 168
LOT = (("low", 16), ("high", 16), ("units", 24), ("expiry", 16), ("quality", 2), ("recallClass", 2), ("partial", 1))
LOT += (("recall", 3), ("channel", 8))
CONTAINER = (64, 24, 24, 8, 1)
SENSOR = (32, 40, 24, 16, 1)
CODES = [unit.code for unit in map(Unit, UnitFact) if unit.fact is not UnitFact.DISPENSED]
CODES += [Unit(UnitFact.DISPENSED, age).code for age in range(12)]


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("SupplyWordsProbe").deploy({"from": deployer})


@pytest.fixture
def chosen(request):
    """Chance, another for each test and the same on every run."""
    return random.Random(request.node.name)


def some_custody(chosen, **given):
    """Any custody, all fields independent of each other; the enums of conditions and facts do not fill their bits."""
    drawn = {field.name: chosen.getrandbits(WIDTHS[field.name]) for field in fields(Custody)}
    return Custody(**{**drawn, "condition": chosen.randrange(3), "fact": chosen.randrange(7), **given})


def stored(custody, lot):
    """The word in storage: custody, and above it the state of the lot."""
    return replace(custody, first=0).to_event() | lot << CUSTODY_BITS


def values_of(custody):
    return tuple(int(getattr(custody, name)) for name in CUSTODY)


def packed(values, widths):
    word, shift = 0, 0
    for value, width in zip(values, widths, strict=True):
        word |= (value & (1 << width) - 1) << shift
        shift += width
    return word


def signed(value):
    return value - (1 << 16) if value >> 15 else value


# ------------------------------------------------------------------ Custody


def test_the_twin_and_its_word_are_the_same(chosen):
    for _ in range(100):
        custody = some_custody(chosen)
        assert values_of(Custody.of_event(custody.to_event())) == values_of(custody)
        assert Custody.of_event(custody.to_event()).first == custody.first


def test_every_field_of_custody_is_read_where_the_twin_packs_it(probe, chosen):
    for _ in range(40):
        custody = some_custody(chosen)
        assert probe.custodyOf(stored(custody, chosen.getrandbits(88))) == values_of(custody)


def test_a_lot_begins_with_its_manufacturer_as_holder_and_owner(probe, chosen):
    for _ in range(10):
        end, holder = chosen.getrandbits(24), chosen.getrandbits(32)
        assert probe.makeCustody(end, holder) == Custody(0, end, holder, holder).to_event()


def test_changing_a_field_of_custody_touches_its_own_bits_alone(probe, chosen):
    for _ in range(25):
        custody, lot, value = some_custody(chosen), chosen.getrandbits(88), chosen.getrandbits(32) & ~7 | 5
        words = probe.custodyWith(stored(custody, lot), value)
        masked = {name: value & (1 << WIDTHS[name]) - 1 for name in CHANGED}
        assert words == tuple(stored(replace(custody, **{name: masked[name]}), lot) for name in CHANGED)


def test_a_route_is_written_and_ends(probe, chosen):
    for _ in range(25):
        custody, lot = some_custody(chosen), chosen.getrandbits(88)
        word = stored(custody, lot)
        route = chosen.getrandbits(32), chosen.getrandbits(32), chosen.random() < 0.5, chosen.random() < 0.5
        named = dict(zip(("counterparty", "consignee", "returning", "titled"), route, strict=True))
        known = custody.acknowledged if route[2] else 0  # what goes forward leaves earlier recalls behind
        assert probe.withRoute(word, *route) == stored(replace(custody, **named, acknowledged=known), lot)
        still = replace(custody, counterparty=0, consignee=0, returning=False, titled=False)
        assert probe.withoutRoute(word) == stored(still, lot)
        owner = custody.counterparty if custody.titled else custody.owner
        assert probe.received(word) == stored(replace(still, holder=custody.counterparty, owner=owner), lot)


def test_a_part_leaves_the_lots_state_behind_and_an_event_has_the_first_unit_instead(probe, chosen):
    for _ in range(25):
        custody, lot = some_custody(chosen), chosen.getrandbits(88)
        assert probe.bare(stored(custody, lot)) == stored(custody, 0)
        interval = chosen.getrandbits(64) << 24 | custody.first
        assert probe.toEvent(stored(custody, lot), interval) == custody.to_event()


def test_what_keeps_an_interval_is_what_the_twin_says(probe, chosen):
    fields_ = ("investigation", "condition", "unverified", "fact", "counterparty", "opened")
    nothing = dict.fromkeys(fields_, 0)
    for name in (None, *fields_):
        for value in range(1, 1 << (min(WIDTHS[name], 3) if name else 1)):
            if name == "fact" and value == 7:
                continue
            given = nothing | ({name: value} if name else {})
            custody = some_custody(chosen, owner=9, **given)
            word = stored(custody, chosen.getrandbits(88))
            assert probe.isClear(word) is custody.is_clear is (name in (None, "counterparty", "opened"))
            assert probe.isFree(word, 9) is (name is None)
            assert not probe.isFree(word, 8)


def test_a_large_counterparty_counts_as_being_on_the_way(probe, chosen):
    for bit in range(32):
        custody = Custody(0, 5, 9, 9, counterparty=1 << bit)
        assert not probe.isFree(stored(custody, chosen.getrandbits(88)), 9)
        assert not probe.isFree(stored(Custody(0, 5, 9, 9 ^ 1 << bit), 0), 9)


def test_intervals_are_alike_if_all_is_but_where_they_lie_and_whether_they_are_opened(probe, chosen):
    for _ in range(5):
        custody = some_custody(chosen)
        word = stored(custody, chosen.getrandbits(88))
        assert probe.isLike(word, stored(custody, chosen.getrandbits(88)))
        for name in CUSTODY:
            changed = replace(custody, **{name: int(getattr(custody, name)) ^ 1})
            if name == "fact" and custody.fact == UnitFact.STOLEN:
                changed = replace(custody, fact=UnitFact.NONE)
            other = stored(changed, chosen.getrandbits(88))
            assert probe.isLike(word, other) is probe.isLike(other, word) is (name in ("end", "opened"))


# ------------------------------------------------------------------ LotState


def test_every_field_of_a_lots_state_is_read_where_it_is_described(probe, chosen):
    for _ in range(40):
        values = [chosen.getrandbits(width) for _, width in LOT]
        word = packed(values, [width for _, width in LOT]) << CUSTODY_BITS | chosen.getrandbits(CUSTODY_BITS)
        assert probe.lotOf(word) == (tuple(map(signed, values[:2])), tuple(values[2:]))


def test_a_lot_is_made_as_it_is_read(probe, chosen):
    for _ in range(20):
        low, high = chosen.randrange(-(2**15), 2**15), chosen.randrange(-(2**15), 2**15)
        units, expiry, channel = chosen.getrandbits(24), chosen.getrandbits(16), chosen.getrandbits(8)
        word = probe.makeLot(low, high, units, expiry, channel)
        assert word & (1 << CUSTODY_BITS) - 1 == 0
        assert probe.lotOf(word) == ((low, high), (units, expiry, 0, 0, 0, 0, channel))


def test_changing_a_lots_state_touches_its_own_bits_alone(probe, chosen):
    for _ in range(25):
        word = chosen.getrandbits(256)
        bounds, values = probe.lotOf(word)
        custody = word & (1 << CUSTODY_BITS) - 1
        quality, channel = chosen.randrange(4), chosen.getrandbits(8)
        recalled = chosen.randrange(4), chosen.randrange(2), chosen.randrange(8)
        for changed, expected in (
            (probe.withQuality(word, quality), (*values[:2], quality, *values[3:])),
            (probe.withChannel(word, channel), (*values[:6], channel)),
            (probe.withRecall(word, *recalled), (*values[:3], *recalled, values[6])),
        ):
            assert probe.lotOf(changed) == (bounds, expected)
            assert changed & (1 << CUSTODY_BITS) - 1 == custody


def test_a_lot_is_open_or_marketable_on_the_days_on_which_it_is(probe, chosen):
    for today in (0, 1, 20_000, 65_534, 65_535):  # a day has 16 bits
        for expiry in {0, 1, 65_535, *(min(max(today + by, 0), 65_535) for by in (-1, 0, 1))}:
            for quality in range(4):
                for other in (None, "recallClass", "partial", "recall", "channel"):
                    drawn = {name: chosen.getrandbits(width) for name, width in LOT[:3]}
                    drawn |= {"expiry": expiry, "quality": quality} | dict.fromkeys([n for n, _ in LOT[5:]], 0)
                    if other:
                        drawn[other] = 1
                    word = packed(drawn.values(), [width for _, width in LOT]) << CUSTODY_BITS
                    marketable = quality == 1 and today <= expiry and other not in ("recallClass", "partial")
                    expected = marketable and other is None, marketable
                    assert probe.lotOn(word | chosen.getrandbits(CUSTODY_BITS), today) == expected


# ------------------------------------------------------------------ UnitFacts


def some_facts(chosen, day):
    return UnitFacts(tuple(Unit.of_code(chosen.choice([0, *CODES])) for _ in range(FACTS)), day)


def assert_stands(probe, word, facts):
    """The word tells of each unit what the twin does, on its own day and on those after it."""
    for later in (0, 1, 9, 10, 11, 400):
        aged = facts.aged_to(facts.day + later)
        told, undoable = probe.factsOf(word, facts.day + later)
        assert told == tuple(unit.fact for unit in aged.units)
        assert undoable == sum(unit.is_undoable << place for place, unit in enumerate(aged.units))


def test_the_twin_of_facts_reads_every_code_back():
    assert sorted(CODES) == list(range(18))
    assert [Unit.of_code(code).code for code in range(18)] == list(range(18))


def test_the_facts_of_all_units_are_the_twins(probe, chosen):
    for _ in range(8):
        facts = some_facts(chosen, chosen.randrange(65_000))
        assert UnitFacts.of_word(facts.to_word()) == facts
        assert_stands(probe, facts.to_word(), facts)


def test_facts_grow_older_however_their_days_are_cut_up(probe, chosen):
    for _ in range(12):
        facts = some_facts(chosen, chosen.randrange(60_000))
        word = facts.to_word()
        for days in chosen.choices([0, 1, 2, 3, 9, 10, 11, 12, 500], k=6):
            facts = facts.aged_to(facts.day + days)
            word = probe.agedTo(word, facts.day)
            assert word == facts.to_word()


def test_a_word_that_was_never_written_is_of_units_in_circulation(probe):
    assert probe.agedTo(0, 20_000) == UnitFacts((Unit(),) * FACTS, 20_000).to_word()
    assert probe.areCirculating(0, 0, FACTS)


def test_a_fact_is_written_and_taken_back_without_touching_the_others(probe, chosen):
    for place in range(FACTS):
        facts = some_facts(chosen, 20_000).with_unit(place, Unit())
        for fact in list(UnitFact)[1:]:
            written = facts.with_unit(place, Unit(fact))
            assert probe.withFact(facts.to_word(), place, fact) == written.to_word()
            assert probe.withoutFact(written.to_word(), place) == facts.to_word()


def test_units_are_dispensed_together_as_one_by_one(probe, chosen):
    for _ in range(30):
        facts = some_facts(chosen, chosen.randrange(65_536))
        free = [place for place, unit in enumerate(facts.units) if unit.fact is UnitFact.NONE]
        places = chosen.sample(free, chosen.randrange(1, len(free) + 1)) if free else []
        expected = facts
        for place in places:
            expected = expected.with_unit(place, Unit(UnitFact.DISPENSED))
        bitmap = sum(1 << place for place in places)
        assert probe.dispensed(facts.to_word(), bitmap) == (True, expected.to_word())
        for place in set(range(FACTS)) - set(free):
            assert not probe.dispensed(facts.to_word(), bitmap | 1 << place)[0]


def test_any_run_of_units_is_in_circulation_if_each_of_them_is(probe, chosen):
    for _ in range(6):
        taken = sorted(chosen.sample(range(FACTS), 3))
        facts = UnitFacts((Unit(),) * FACTS, 65_535)
        for place in taken:
            facts = facts.with_unit(place, Unit(chosen.choice(list(UnitFact)[1:])))
        bounds = sorted({0, FACTS, *taken, *(place + 1 for place in taken)})
        for from_, until in (*pairwise(bounds), *((chosen.randrange(48), chosen.randrange(1, 49)) for _ in range(20))):
            expected = not any(from_ <= place < until for place in taken)
            assert from_ >= until or probe.areCirculating(facts.to_word(), from_, until) is expected


# ------------------------------------------------------------------ Container and Sensor


def test_a_container_is_read_as_it_was_made_and_opened(probe, chosen):
    assert probe.containerOf(0)[0] == (0, 0, 0, 0, 0)
    for _ in range(20):
        values = [chosen.getrandbits(64) | 1, *(chosen.getrandbits(width) for width in CONTAINER[1:4])]
        word = probe.makeContainer(*values)
        assert word == packed([*values, 0], CONTAINER)
        told, opened = probe.containerOf(word)
        assert told == (*values, 1)
        assert opened == packed([*values, 1], CONTAINER)
        assert probe.containerOf(opened) == ((*values, 0), opened)


def test_a_sensor_is_read_as_it_was_made(probe, chosen):
    for _ in range(20):
        values = [chosen.getrandbits(width) for width in SENSOR[:4]]
        word = probe.makeSensor(*values)
        assert word == packed([*values, 0], SENSOR)
        assert probe.sensorOf(word) == (*values, 0)


def test_changing_a_sensor_touches_its_own_bits_alone(probe, chosen):
    for _ in range(20):
        values = [chosen.getrandbits(width) for width in SENSOR]
        until, calibrated = chosen.getrandbits(40), chosen.getrandbits(16)
        assert probe.sensorWith(packed(values, SENSOR), until, calibrated) == (
            packed([values[0], until, *values[2:]], SENSOR),
            packed([*values[:3], calibrated, values[4]], SENSOR),
            packed([*values[:4], 1], SENSOR),
        )
