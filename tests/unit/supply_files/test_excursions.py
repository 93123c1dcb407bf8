"""What speaks against a consignment, what it was exposed to, and for what units are on hold."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from carechain.chain import Event
from carechain.errors import CarechainError
from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.supply.excursions import exposed, runs, search
from carechain.supply.holds import BY_HAND, causes_of_hold
from carechain.supply.kept_readings import KeptReadings
from carechain.supply.sensor_log import (
    AnchoredBatch,
    AttestedExposure,
    Consignment,
    EntryProof,
    ExposureFacts,
    ReadingProof,
    Sensor,
    Silence,
    tree_of,
)
from carechain.supply.temperature import CONTROLLED_ROOM, REFRIGERATED, Reading, batch_root, read_readings
from carechain.supply.words import Condition, Custody
from tests.helpers.real_data import SHARED, beside

SENSORS = SHARED / "temperature_nab"
CADENCE = 600
BORN = 10_000
"""When the sensor was registered."""
SINCE, UNTIL = 11_000, 20_000
CONSIGNMENT = Consignment(4, 1, 8 << 32 | 1, 0, 100, 8, SINCE, 0, 200, 800, 0)
ENDED = replace(CONSIGNMENT, until=UNTIL)


class Log:
    """A sensor's log as it grows, and the readings behind it."""

    def __init__(self, folder):
        self.kept = KeptReadings(folder)
        self.entries = []
        self.until = BORN

    def anchor(self, *readings, keep=True):
        since, until = readings[0].at, readings[-1].at
        index = len(self.entries)
        root = batch_root(readings)
        content = bytes([0, index]) + root
        batch = AnchoredBatch(index, until, since, until, len(readings), since - self.until, root, content)
        self.entries.append(batch)
        self.until = until
        if keep:
            self.kept.keep(1, readings)

    def attest(self, consignment, within):
        index = len(self.entries)
        facts = ExposureFacts(index, 500, 400, 600, within, bytes(32))
        self.entries.append(AttestedExposure(index, 0, 9, consignment, facts, bytes([1, index])))

    @property
    def sensor(self):
        return Sensor(1, 14, self.until, CADENCE, 30_000, False)

    def search(self, consignment=CONSIGNMENT, now=0):
        return search(consignment, self.sensor, self.entries, self.kept, now or self.until)

    def found(self, consignment=CONSIGNMENT, now=0):
        done = self.search(consignment, now)
        assert done.unseen == ()
        return done.found.evidence if done.found else None

    def exposed(self, consignment=CONSIGNMENT, conditions=REFRIGERATED):
        return exposed(consignment, self.sensor, self.entries, self.kept, conditions)


def every_cadence(since, *hundredths):
    return [Reading(since + n * CADENCE, value) for n, value in enumerate(hundredths)]


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path)


# ---------------------------------------------------------------------- runs


def test_a_late_reading_begins_another_batch():
    readings = [Reading(at, 500) for at in (0, 600, 1200, 1801, 2400, 4000)]
    assert [[reading.at for reading in run] for run in runs(readings, 600)] == [[0, 600, 1200], [1801, 2400], [4000]]
    assert [*runs([], 600)] == []


# ---------------------------------------------------------------------- search


def test_readings_in_time_and_in_range_speak_against_nothing(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 200, 800))
    assert log.found() is None


@pytest.mark.parametrize("outside", [199, 801])
def test_the_first_reading_outside_is_proven(log, outside):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))
    log.anchor(*every_cadence(BORN + 3 * CADENCE, 500, outside, 900))
    proof = log.found()
    assert isinstance(proof, ReadingProof)
    assert (proof.reading, proof.place, proof.entry) == (Reading(12_400, outside), 1, log.entries[1])
    leaf = leaf_hash(proof.reading.to_bytes())
    assert verify_inclusion(leaf, 1, 3, proof.path, proof.entry.root)
    assert verify_inclusion(leaf_hash(proof.entry.content), 1, 2, proof.entry_path, tree_of(log.entries).root())


def test_readings_before_and_after_the_consignment_speak_against_nothing(log):
    readings = every_cadence(BORN + CADENCE, *[500] * 20)
    readings[0] = Reading(10_600, 2_000)
    readings[16] = Reading(20_200, 2_000)
    log.anchor(*readings)
    assert log.found(ENDED) is None
    assert log.found(replace(CONSIGNMENT, since=10_600)).reading.at == 10_600
    assert log.found(replace(CONSIGNMENT, until=20_201)).reading.at == 20_200
    assert log.found(replace(CONSIGNMENT, until=20_200)) is None


def test_a_gap_is_proven_by_the_batch_behind_it(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))
    log.anchor(Reading(11_801, 500), Reading(12_000, 900))
    proof = log.found()
    assert isinstance(proof, EntryProof)
    assert proof.entry == log.entries[1]
    assert verify_inclusion(leaf_hash(proof.entry.content), 1, 2, proof.path, tree_of(log.entries).root())


@pytest.mark.parametrize(
    ("since", "until", "against"),
    [
        (11_000, 0, True),
        (12_399, 0, True),  # from its beginning on it is more than a cadence without a reading
        (12_400, 0, False),
        (10_000, 11_801, True),  # it ends a second after the reading was due
        (10_000, 11_800, False),
    ],
)
def test_a_gap_counts_if_the_consignment_was_too_long_without_a_reading(log, since, until, against):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))  # the next is due at 11,800
    log.anchor(Reading(13_000, 500))
    assert (log.found(replace(CONSIGNMENT, since=since, until=until)) is not None) is against


@pytest.mark.parametrize(("consignment", "within", "against"), [(4, False, True), (4, True, False), (5, False, False)])
def test_an_exposure_counts_if_it_is_this_consignments_and_too_much(log, consignment, within, against):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))
    log.attest(consignment, within)
    assert (log.found() is not None) is against


def test_silence_counts_from_the_last_reading_or_the_beginning(log):
    assert log.found(now=SINCE + CADENCE) is None
    assert log.found(now=SINCE + CADENCE + 1) == Silence(SINCE)
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))
    assert log.found(now=11_800) is None
    assert log.found(now=11_801) == Silence(11_200)
    assert log.found(ENDED, now=30_000) == Silence(11_200)  # which came before its end
    assert log.found(replace(ENDED, judged_at=ENDED.until), now=30_000) is None


def test_what_was_judged_counts_no_longer(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 900))
    log.anchor(*every_cadence(BORN + 3 * CADENCE, 500, 901))
    assert log.found().reading.celsius_hundredths == 900
    assert log.found(replace(CONSIGNMENT, judged=1)).reading.celsius_hundredths == 901
    assert log.found(replace(CONSIGNMENT, judged=2)) is None


def test_readings_that_are_not_here_are_named_and_the_others_looked_at(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 900), keep=False)
    done = log.search()
    assert (done.found, [index for index, _ in done.unseen]) == (None, [0])
    log.anchor(*every_cadence(BORN + 3 * CADENCE, 500, 901))
    done = log.search()
    assert done.found.evidence.reading.celsius_hundredths == 901
    assert [index for index, _ in done.unseen] == [0]


# ---------------------------------------------------------------------- exposed


def test_an_exposure_is_of_the_consignments_readings_alone(log):
    log.anchor(*every_cadence(BORN + CADENCE, 2_000, *[500] * 15, 2_000))
    found = log.exposed(ENDED)
    assert (found.lowest, found.highest, found.within, found.reasons) == (500, 500, True, ())
    report = json.loads(found.report)
    assert (report["readings"], report["verdict"], report["entries"]) == (15, "within", 1)


def test_an_excursion_beyond_what_is_allowed_is_not_within(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500, 1_501, 500))
    found = log.exposed()
    assert not found.within
    assert found.reasons[0] == "it was 15.01 °C, above the 15.00 °C of an excursion"


def test_an_excursion_that_is_allowed_is_within(log):
    log.anchor(*every_cadence(BORN + CADENCE, *[500] * 10, 900, *[500] * 10))
    assert log.exposed().within


def test_a_late_first_reading_is_not_within(log):
    log.anchor(Reading(BORN + CADENCE, 500))
    log.anchor(*every_cadence(12_000, 500, 500))
    assert "no reading from 1970-01-01 02:56:40 UTC to 1970-01-01 03:20:00 UTC" in log.exposed().reasons[0]


def test_silence_until_the_end_is_not_within(log):
    log.anchor(*every_cadence(BORN + CADENCE, *[500] * 14))  # to 18,400
    assert log.exposed(replace(CONSIGNMENT, until=19_000)).within
    assert not log.exposed(replace(CONSIGNMENT, until=19_001)).within


def test_the_batch_behind_the_end_is_considered(log):
    log.anchor(*every_cadence(BORN + CADENCE, *[500] * 14))
    log.anchor(Reading(19_500, 500))
    assert log.exposed(replace(CONSIGNMENT, until=18_900)).entries == 2
    assert log.exposed(replace(CONSIGNMENT, until=19_000)).within
    assert not log.exposed(replace(CONSIGNMENT, until=19_001)).within


def test_a_gap_within_is_by_the_sensors_cadence(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))
    log.anchor(*every_cadence(11_801, 500, 500))
    assert log.exposed(replace(CONSIGNMENT, since=10_600)).reasons == ("readings are missing 1 times, for up to 601 s",)


def test_readings_of_an_exposure_have_to_be_here(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500), keep=False)
    with pytest.raises(CarechainError, match="is not here"):
        log.exposed()


def test_a_consignment_without_readings_has_no_exposure(log):
    log.anchor(Reading(BORN + CADENCE, 500))
    with pytest.raises(CarechainError, match="Consignment 4 has no readings yet"):
        log.exposed()


def test_conditions_of_another_storage_are_refused(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 500))
    with pytest.raises(CarechainError, match=r"are others than the lot's storage of 2\.00 °C to 8\.00 °C"):
        log.exposed(conditions=CONTROLLED_ROOM)


def test_a_temperature_beyond_16_bits_is_told_as_the_most_that_they_hold(log):
    log.anchor(*every_cadence(BORN + CADENCE, 500, 40_000))
    assert log.exposed().highest == 32_767


# ---------------------------------------------------------------------- holds


def changed(first, end, condition=Condition.HELD, by=0, cause=0):
    word = Custody(first, end, 8, 8, condition=condition).to_event()
    values = {"condition": condition, "by": by, "interval": word, "evidence": cause.to_bytes(32, "big")}
    return Event("ConditionChanged", values, 1, 1, "0x")


HELD = Custody(10, 20, 8, 8, condition=Condition.HELD)


@pytest.mark.parametrize(
    ("events", "causes"),
    [
        ([changed(10, 20, cause=4)], {4}),
        ([changed(0, 100, cause=4)], {4}),
        ([changed(10, 20, by=8, cause=4)], {BY_HAND}),
        ([changed(20, 30, cause=5), changed(0, 10, cause=6), changed(10, 20, cause=4)], {4}),
        ([changed(10, 20, cause=5), changed(10, 20, Condition.FIT, 12), changed(10, 20, cause=4)], {4}),
        ([changed(10, 20, cause=5), changed(14, 20, Condition.FIT, 12), changed(14, 20, cause=4)], {4, 5}),
        ([changed(0, 100, cause=5), changed(12, 14, cause=4), changed(18, 30, by=8)], {4, 5, BY_HAND}),
    ],
    ids=["itself", "part", "by hand", "neighbours", "anew", "joined", "in pieces"],
)
def test_units_are_on_hold_for_what_held_them_last(events, causes):
    assert causes_of_hold(events, HELD) == causes


# ---------------------------------------------------------------------- real readings


@beside(SENSORS, "real sensor series")
def test_gaps_and_readings_of_a_real_sensor_are_found(log):
    readings = read_readings(SENSORS / "ambient_temperature_system_failure.csv", "F").readings
    hour = 3_600
    log.until = readings[0].at - hour
    for run in runs(readings, hour):
        log.anchor(*run)
    assert len(log.entries) == 11
    whole = Consignment(4, 1, 8 << 32 | 1, 0, 100, 8, readings[0].at, 0, -3_000, 8_000, 0)
    sensor = replace(log.sensor, cadence=hour)
    judged, proven = 0, []
    while found := search(replace(whole, judged=judged), sensor, log.entries, log.kept, readings[-1].at).found:
        proven.append(found.evidence.entry.index)
        judged = proven[-1] + 1
    assert proven == [*range(1, 11)]  # before each batch but the first there is a gap
    high = max(reading.celsius_hundredths for reading in readings)
    warmest = replace(whole, high=high - 1)
    found = search(warmest, replace(sensor, cadence=10_000_000), log.entries, log.kept, readings[-1].at).found
    assert found.evidence.reading == next(each for each in readings if each.celsius_hundredths == high)
