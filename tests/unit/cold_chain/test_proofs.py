"""Anybody proves that units were not kept as they should be, and they are on hold."""

import pytest

from carechain.supply.temperature import Reading, batch_root
from carechain.supply.words import Condition, Custody, UnitFact
from tests.helpers import rfc9162
from tests.helpers.refusals import refused
from tests.helpers.suite import INSPECTOR, MANUFACTURER, PHARMACY, SENSORS, WHOLESALER, now, pass_time
from tests.helpers.supply import EVIDENCE, HIGH, LOW, UNITS, by, event_of, readings_entry

CADENCE = 600


@pytest.fixture
def held(trade, lot, whole, consignment):
    """That a transaction told of this, and put all of the lot on hold."""

    def held(sent, name, **fields):
        assert event_of(sent, name) == {"consignment": consignment, "interval": whole, **fields}
        assert trade.told(sent, "ConditionChanged") == {
            "lot": lot,
            "condition": Condition.HELD,
            "by": 0,
            "interval": Custody(0, UNITS, MANUFACTURER, MANUFACTURER, condition=Condition.HELD),
            "evidence": f"0x{consignment:064x}",
        }

    return held


@pytest.fixture
def released(supply, whole, inspector):
    """An inspector finds all of the lot fit."""
    return lambda: supply.decideHold(whole, True, EVIDENCE, {"from": inspector})


@pytest.fixture
def start(cold_chain, sensor, whole):
    """Starts another consignment of all of the lot. Its number."""

    def start():
        cold_chain.startConsignment(sensor, whole, by(MANUFACTURER))
        return cold_chain.consignmentCount()

    return start


# ---------------------------------------------------------------------- excursions


@pytest.mark.parametrize("celsius", [LOW - 1, HIGH + 1, -27_315, 2**31 - 1])
def test_a_stranger_proves_an_excursion(cold_chain, whole, consignment, log, held, stranger, celsius):
    log.anchor(500)
    index = log.anchor(LOW, celsius, HIGH)
    log.anchor(500)
    proof = log.reading(index, 1)
    sent = cold_chain.proveExcursion(consignment, whole, proof, {"from": stranger})
    held(sent, "ExcursionProven", at=proof[0], celsius=celsius)


def test_readings_within_the_storage_that_is_authorised_are_harmless(cold_chain, whole, consignment, log, stranger):
    index = log.anchor(LOW, 500, HIGH)
    for place in range(3):
        proof = log.reading(index, place)
        with refused("ReadingHarmless", proof[0], proof[1]):
            cold_chain.proveExcursion(consignment, whole, proof, {"from": stranger})


def test_a_consignment_begins_with_its_first_second_and_ends_before_its_last(cold_chain, trade, sensor, log, stranger):
    pass_time(60)
    interval = trade.register(5) << 24
    pass_time(60)
    since = cold_chain.startConsignment(sensor, interval, by(MANUFACTURER)).timestamp
    consignment = cold_chain.consignmentCount()
    pass_time(60)
    until = cold_chain.endConsignment(consignment, interval, by(MANUFACTURER)).timestamp
    for at in (since - 1, since, until - 1, until):
        index = log.anchor(900, after=at - log.last)
        if since <= at < until:
            cold_chain.proveExcursion.call(consignment, interval, log.reading(index, 0), {"from": stranger})
        else:
            with refused("ReadingHarmless", at, 900):
                cold_chain.proveExcursion(consignment, interval, log.reading(index, 0), {"from": stranger})


def test_a_reading_is_where_it_is_said_to_be(cold_chain, whole, consignment, log, stranger):
    index = log.anchor(500, 900, 500)
    log.attest(consignment, 1, 600, 500, 900, True, EVIDENCE)
    at, celsius, place, proof, entry, _, entry_proof = log.reading(index, 1)
    attested, other, attested_proof = log.entry(1)
    for changed in (
        (at + 1, celsius, place, proof, entry, index, entry_proof),
        (at, celsius + 1, place, proof, entry, index, entry_proof),
        (at, -celsius, place, proof, entry, index, entry_proof),
        (at, celsius, place + 1, proof, entry, index, entry_proof),
        (at, celsius, 3, proof, entry, index, entry_proof),
        (at, celsius, place, proof[:-1], entry, index, entry_proof),
        (at, celsius, place, [], entry, index, entry_proof),
        (at, celsius, place, proof, attested, other, attested_proof),
    ):
        with refused("ReadingNotProven", *changed[:3]):
            cold_chain.proveExcursion(consignment, whole, changed, {"from": stranger})
    for changed in (
        (at, celsius, place, proof, entry, index + 1, entry_proof),
        (at, celsius, place, proof, entry, 2**64 - 1, entry_proof),
        (at, celsius, place, proof, entry, index, []),
        (at, celsius, place, proof, entry[:-1] + b"!", index, entry_proof),
        (at, celsius, place, proof, b"", index, entry_proof),
    ):
        with refused("EntryInvalid", log.sensor, changed[5]):
            cold_chain.proveExcursion(consignment, whole, changed, {"from": stranger})


def test_a_batch_has_no_readings_out_of_its_own_time(
    cold_chain, sensor, whole, consignment, log, sensor_operator, stranger
):
    pass_time(1000)
    start = log.last + 400
    readings = [Reading(at, 900) for at in (start - 1, start, start + 60, start + 61)]
    terms = start, start + 60, len(readings), batch_root(readings)
    sent = cold_chain.anchorReadings(sensor, *terms, {"from": sensor_operator})
    entry = readings_entry(sensor, sent.timestamp, *terms[:3], 400, terms[3])
    leaves = [each.to_bytes() for each in readings]
    for place, reading in enumerate(readings):
        proof = reading.at, 900, place, rfc9162.inclusion_proof(place, leaves), entry, 0, []
        if start <= reading.at <= start + 60:
            cold_chain.proveExcursion.call(consignment, whole, proof, {"from": stranger})
        else:
            with refused("ReadingHarmless", reading.at, 900):
                cold_chain.proveExcursion(consignment, whole, proof, {"from": stranger})


def test_another_sensors_readings_prove_nothing(cold_chain, whole, consignment, log, sensor_operator, stranger):
    index = log.anchor(900)
    cold_chain.registerSensor(CADENCE, 2**16 - 1, EVIDENCE, {"from": sensor_operator})
    cold_chain.startConsignment(log.sensor + 1, whole, by(MANUFACTURER))
    with refused("EntryInvalid", log.sensor + 1, index):
        cold_chain.proveExcursion(consignment + 1, whole, log.reading(index, 0), {"from": stranger})


# ---------------------------------------------------------------------- which units


def test_every_proof_is_about_units_of_the_consignment(cold_chain, supply, trade, sensor, whole, log, stranger):
    supply.cut(whole, 20, 40, by(MANUFACTURER))
    cold_chain.startConsignment(sensor, whole + 20, by(MANUFACTURER))
    consignment = cold_chain.consignmentCount()
    reading = log.anchor(900, after=CADENCE + 60)
    pass_time(CADENCE + 10)
    proofs = (
        (cold_chain.proveExcursion, (log.reading(reading, 0),)),
        (cold_chain.proveEntry, log.entry(reading)),
        (cold_chain.reportSilence, ()),
    )
    other = trade.register(2)
    for call, arguments in proofs:
        for interval in (whole, whole + 40, other << 24):
            with refused("ConsignmentElsewhere", consignment, interval):
                call(consignment, interval, *arguments, {"from": stranger})
        with refused("IntervalUnknown", whole >> 24, 30):
            call(consignment, whole + 30, *arguments, {"from": stranger})
        with refused("ConsignmentUnknown", consignment + 1):
            call(consignment + 1, whole + 20, *arguments, {"from": stranger})
    # However they were cut since, and whoever has them.
    trade.part(whole >> 24, 30, 35, PHARMACY)
    for first in (20, 30, 35):
        for call, arguments in proofs:
            call.call(consignment, whole + first, *arguments, {"from": stranger})
    cold_chain.proveEntry(consignment, whole + 30, *log.entry(reading), {"from": stranger})
    assert [each.condition for each in trade.intervals(whole >> 24)] == [
        Condition.FIT,
        Condition.FIT,
        Condition.HELD,
        Condition.FIT,
        Condition.FIT,
    ]


def test_what_is_on_hold_or_gone_is_not_held(cold_chain, supply, whole, consignment, log, released, stranger):
    index = log.anchor(900)
    proof = log.reading(index, 0)
    cold_chain.proveExcursion(consignment, whole, proof, {"from": stranger})
    with refused("ConditionInvalid", whole, Condition.HELD, Condition.HELD):
        cold_chain.proveExcursion(consignment, whole, proof, {"from": stranger})
    released()
    supply.retireInterval(whole, UnitFact.DESTROYED, by(MANUFACTURER))
    with refused("IntervalIsRetired", whole, UnitFact.DESTROYED):
        cold_chain.proveExcursion(consignment, whole, proof, {"from": stranger})


def test_units_under_way_are_held_too(cold_chain, trade, whole, consignment, log, stranger):
    trade.ship(whole, WHOLESALER)
    index = log.anchor(900)
    cold_chain.proveExcursion(consignment, whole, log.reading(index, 0), {"from": stranger})
    trade.receive(whole)
    assert trade.custody(whole).condition == Condition.HELD


# ---------------------------------------------------------------------- gaps


def test_a_gap_speaks_against_the_units(cold_chain, whole, consignment, log, held, stranger):
    log.anchor(500)
    index = log.anchor(500, after=CADENCE + 1)
    sent = cold_chain.proveEntry(consignment, whole, *log.entry(index), {"from": stranger})
    held(sent, "EntryProven", index=index)


def test_readings_in_time_speak_for_them(cold_chain, whole, consignment, log, stranger):
    log.anchor(500)
    index = log.anchor(500, after=CADENCE)
    with refused("EntryHarmless", consignment, index):
        cold_chain.proveEntry(consignment, whole, *log.entry(index), {"from": stranger})


def test_gaps_before_and_after_are_harmless(cold_chain, trade, sensor, log, stranger):
    before = log.anchor(500, after=2 * CADENCE)
    pass_time(60)
    interval = trade.register(5) << 24
    cold_chain.startConsignment(sensor, interval, by(MANUFACTURER))
    consignment = cold_chain.consignmentCount()
    during = log.anchor(500, after=now() - log.last + 2 * CADENCE)
    pass_time(CADENCE // 2)
    cold_chain.endConsignment(consignment, interval, by(MANUFACTURER))
    after = log.anchor(500, after=3 * CADENCE)
    for index in (before, after):
        with refused("EntryHarmless", consignment, index):
            cold_chain.proveEntry(consignment, interval, *log.entry(index), {"from": stranger})
    cold_chain.proveEntry(consignment, interval, *log.entry(during), {"from": stranger})


def test_a_gap_counts_as_far_as_it_lies_within_a_consignment(cold_chain, start, whole, log, stranger):
    log.anchor(500)
    pass_time(CADENCE + 100)
    going, ended = start(), start()
    pass_time(10)
    cold_chain.endConsignment(ended, whole, by(MANUFACTURER))
    harmless = log.anchor(500, after=2 * CADENCE)
    index = log.anchor(500, after=3 * CADENCE)
    for consignment, entry in ((going, harmless), (ended, harmless), (ended, index)):
        with refused("EntryHarmless", consignment, entry):
            cold_chain.proveEntry(consignment, whole, *log.entry(entry), {"from": stranger})
    cold_chain.proveEntry(going, whole, *log.entry(index), {"from": stranger})


def test_a_gap_in_which_a_consignment_begins_counts_from_there(cold_chain, start, whole, log, stranger):
    log.anchor(500)
    pass_time(CADENCE + 100)
    consignment = start()
    index = log.anchor(500, after=4 * CADENCE)
    cold_chain.proveEntry(consignment, whole, *log.entry(index), {"from": stranger})


# ---------------------------------------------------------------------- exposure


def test_an_exposure_beyond_what_is_allowed_speaks_against_the_units(
    cold_chain, whole, consignment, log, held, released, stranger
):
    log.anchor(500, 700)
    cold_chain.startConsignment(log.sensor, whole, by(MANUFACTURER))
    for organisation in (SENSORS, INSPECTOR):
        index = log.attest(consignment, 1, 600, 500, 700, False, EVIDENCE, organisation=organisation)
        with refused("EntryHarmless", consignment + 1, index):
            cold_chain.proveEntry(consignment + 1, whole, *log.entry(index), {"from": stranger})
        sent = cold_chain.proveEntry(consignment, whole, *log.entry(index), {"from": stranger})
        held(sent, "EntryProven", index=index)
        released()


def test_an_exposure_within_what_is_allowed_is_harmless(cold_chain, whole, consignment, log, stranger):
    log.anchor(500, 900)
    index = log.attest(consignment, 1, 600, 500, 900, True, EVIDENCE)
    with refused("EntryHarmless", consignment, index):
        cold_chain.proveEntry(consignment, whole, *log.entry(index), {"from": stranger})


def test_what_is_not_in_the_log_proves_nothing(cold_chain, whole, consignment, log, stranger):
    log.anchor(500, after=2 * CADENCE)
    index = log.anchor(500, after=2 * CADENCE)
    entry, _, proof = log.entry(index)
    for changed in (
        (entry[:-1] + b"!", index, proof),
        (entry, index - 1, proof),
        (entry, index + 1, proof),
        (entry, index, []),
        (b"", index, proof),
        (b"\1" + entry[1:], index, proof),
    ):
        with refused("EntryInvalid", log.sensor, changed[1]):
            cold_chain.proveEntry(consignment, whole, *changed, {"from": stranger})


# ---------------------------------------------------------------------- silence


def test_silence_speaks_against_the_units(cold_chain, sensor, whole, consignment, log, held, released, stranger):
    since = cold_chain.consignmentOf(consignment)[5]
    for last in (since, None):
        if last is None:
            log.anchor(500, after=now() - log.last + 100)
            last = log.last
        pass_time(max(1, last + CADENCE - 100 - now()))
        with refused("SensorNotSilent", sensor, last + CADENCE):
            cold_chain.reportSilence(consignment, whole, {"from": stranger})
        pass_time(110)
        sent = cold_chain.reportSilence(consignment, whole, {"from": stranger})
        held(sent, "SilenceReported", until=last)
        released()


def test_silence_from_before_a_consignment_does_not_count(cold_chain, sensor, whole, stranger):
    pass_time(CADENCE + 50)
    since = cold_chain.startConsignment(sensor, whole, by(MANUFACTURER)).timestamp
    with refused("SensorNotSilent", sensor, since + CADENCE):
        cold_chain.reportSilence(cold_chain.consignmentCount(), whole, {"from": stranger})


def test_readings_that_come_late_end_the_silence(cold_chain, sensor, whole, consignment, log, stranger):
    pass_time(3 * CADENCE)
    log.anchor(500, after=now() - log.last - 30)
    with refused("SensorNotSilent", sensor, log.last + CADENCE):
        cold_chain.reportSilence(consignment, whole, {"from": stranger})


def test_a_retired_sensor_falls_silent(cold_chain, sensor, whole, consignment, sensor_operator, stranger):
    cold_chain.retireSensor(sensor, {"from": sensor_operator})
    pass_time(CADENCE + 10)
    cold_chain.reportSilence(consignment, whole, {"from": stranger})


def test_silence_counts_until_the_end_of_a_consignment(cold_chain, start, sensor, whole, stranger):
    pass_time(CADENCE)
    short, long = start(), start()
    sinces = [cold_chain.consignmentOf(each)[5] for each in (short, long)]
    cold_chain.endConsignment(short, whole, by(MANUFACTURER))
    pass_time(CADENCE + 10)
    cold_chain.endConsignment(long, whole, by(MANUFACTURER))
    pass_time(CADENCE)
    with refused("SensorNotSilent", sensor, sinces[0] + CADENCE):
        cold_chain.reportSilence(short, whole, {"from": stranger})
    sent = cold_chain.reportSilence(long, whole, {"from": stranger})
    assert event_of(sent, "SilenceReported")["until"] == sinces[1]


def test_silence_that_was_judged_does_not_count(cold_chain, sensor, whole, consignment, released, stranger):
    pass_time(CADENCE + 10)
    cold_chain.reportSilence(consignment, whole, {"from": stranger})
    released()
    judged = cold_chain.judgeReadings(consignment, 0, EVIDENCE, by(INSPECTOR)).timestamp
    with refused("SensorNotSilent", sensor, judged + CADENCE):
        cold_chain.reportSilence(consignment, whole, {"from": stranger})
    pass_time(CADENCE + 10)
    cold_chain.reportSilence(consignment, whole, {"from": stranger})
