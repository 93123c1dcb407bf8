"""Readings: their bytes, their files, and what they say of the conditions of storage."""

from __future__ import annotations

import math

import pytest

from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree
from carechain.supply.temperature import (
    CONTROLLED_ROOM,
    FROZEN,
    PRESETS,
    REFRIGERATED,
    ROOM_15_TO_25,
    Reading,
    Verdict,
    batch_root,
    exposure,
    read_readings,
)
from tests.helpers.real_data import SHARED, beside

SENSORS = SHARED / "temperature_nab"
real = beside(SENSORS, "real sensor series")
MINUTES = 600


def every_ten_minutes(*hundredths):
    return [Reading(n * MINUTES, value) for n, value in enumerate(hundredths)]


@pytest.fixture
def file(tmp_path):
    def made(text):
        path = tmp_path / "sensor.csv"
        path.write_text(text, "utf-8")
        return path

    return made


def test_a_reading_is_nine_bytes():
    assert Reading(0x01_2345_6789, -1).to_bytes().hex() == "0123456789ffffffff"
    assert Reading((1 << 40) - 1, 800).to_bytes().hex() == "ffffffffff00000320"


@pytest.mark.parametrize("reading", [Reading(0, -27_315), Reading((1 << 40) - 1, (1 << 31) - 1), Reading(5, 0)])
def test_a_reading_survives_its_bytes(reading):
    assert Reading.from_bytes(reading.to_bytes()) == reading


@pytest.mark.parametrize(("at", "value"), [(-1, 0), (1 << 40, 0), (0, -27_316), (0, 1 << 31)])
def test_a_reading_that_cannot_be_is_refused(at, value):
    with pytest.raises(CarechainError, match=r"^A reading has a"):
        Reading(at, value)


def test_other_bytes_are_no_reading():
    with pytest.raises(CarechainError, match="is not 9 bytes long"):
        Reading.from_bytes(bytes(8))


def test_a_batch_is_proven_by_the_log_of_rfc_9162():
    readings = every_ten_minutes(500, 510, 520)
    assert batch_root(readings) == MerkleTree([reading.to_bytes() for reading in readings]).root()


@pytest.mark.parametrize(("unit", "text"), [("C", "5.005"), ("F", "41.0"), ("K", "278.15")])
def test_units_become_hundredths_of_a_degree_celsius(file, unit, text):
    assert read_readings(file(f"timestamp,value\n1970-01-01 00:00:10,{text}\n"), unit).readings == (Reading(10, 500),)


def test_a_naive_time_is_utc_and_an_offset_counts(file):
    found = read_readings(file("1970-01-01T00:00:10,1\n1970-01-01T02:00:11+02:00,1\n1970-01-01T00:00:12Z,1\n13,1\n"))
    assert [reading.at for reading in found.readings] == [10, 11, 12, 13]


def test_a_rescaling_is_done_after_the_unit_and_stated(file):
    found = read_readings(file("0,212\n"), "F", scale=0.05, offset=-1)
    assert found.readings == (Reading(0, 400),)
    assert found.conversion == "converted from degrees Fahrenheit, then rescaled: 0.05 times the degrees - 1"
    assert read_readings(file("0,4\n")).conversion == "degrees Celsius"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2,x", "has no temperature"),
        ("2,nan", "has no temperature"),
        ("2,inf", "has no temperature"),
        ("2,1e99", "has a temperature that cannot be"),
        ("2,1E999999", "has no temperature"),
        ("2,-300", "has a temperature that cannot be"),
        ("noon,1", "has no time"),
        ("99999999999999999999,1", "has no time"),
        ("20260131,1", "could be a day or Unix seconds"),
        ("202601312359,1", "could be a day or Unix seconds"),
        ("1970-01-01 00:00:10.5,1", "in parts of a second"),
        ("1960-01-01 00:00:10,1", "before 1970"),
        ("2", "is not a time and a temperature"),
        ("2,3,4", "is not a time and a temperature"),
        ("1,5", "has the time of the line before"),
        ("0,5", "is earlier than the line before"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number(file, line, problem):
    with pytest.raises(CarechainError, match=problem) as error:
        read_readings(file(f"timestamp,value\n1,5\n{line}\n"))
    assert error.value.place == "sensor.csv: line 3"


def test_files_without_readings_are_refused(file, tmp_path):
    with pytest.raises(CarechainError, match="has no readings"):
        read_readings(file("timestamp,value\n"))
    with pytest.raises(CarechainError, match="cannot be read"):
        read_readings(tmp_path / "missing.csv")
    (tmp_path / "latin.csv").write_bytes(b"1,5\xb0\n")
    with pytest.raises(CarechainError, match="is not CSV in UTF-8"):
        read_readings(tmp_path / "latin.csv")


def test_a_constant_temperature_is_its_own_mean_kinetic_temperature():
    for value in (-2_000, 0, 500, 2_500):
        assert exposure(every_ten_minutes(*[value] * 5), REFRIGERATED).mean_kinetic == value


def test_the_mean_kinetic_temperature_is_that_of_the_formula():
    # Half of the time at 20 and half at 30 degrees, by USP <1079.2> with dH/R = 10,000 K.
    kelvin = 10_000 / -math.log((math.exp(-10_000 / 293.15) + math.exp(-10_000 / 303.15)) / 2)
    found = exposure(every_ten_minutes(2_000, 3_000), CONTROLLED_ROOM).mean_kinetic / 100
    assert found == pytest.approx(kelvin - 273.15, abs=0.02)
    assert 25 < found < 30


def test_a_short_peak_weighs_by_its_time():
    rare = [Reading(0, 500), Reading(3_000, 500), Reading(3_010, 1_400), Reading(3_020, 500), Reading(6_000, 500)]
    often = every_ten_minutes(500, 500, 1_400, 500, 500)
    assert exposure(rare, REFRIGERATED).mean_kinetic < 510 < exposure(often, REFRIGERATED).mean_kinetic


def test_what_stays_in_range_is_within():
    found = exposure(every_ten_minutes(200, 500, 800), REFRIGERATED)
    assert (found.verdict, found.reasons) == (Verdict.WITHIN, ())
    assert (found.minimum, found.maximum, found.longest_excursion) == (200, 800, 0)


def test_between_two_readings_the_worse_is_assumed():
    found = exposure(every_ten_minutes(500, 900, 900, 500, 100, 500), REFRIGERATED)
    assert (found.seconds_above, found.seconds_below, found.longest_excursion) == (1_800, 1_200, 1_800)


def test_from_too_warm_to_too_cold_is_one_excursion():
    found = exposure(every_ten_minutes(500, 900, 100, 500), REFRIGERATED)
    assert (found.seconds_above, found.seconds_below, found.longest_excursion) == (1_200, 1_200, 1_800)


def test_two_excursions_are_not_one():
    found = exposure(every_ten_minutes(500, 900, 500, 500, 900, 500), REFRIGERATED)
    assert (found.seconds_above, found.longest_excursion) == (2_400, 1_200)


def test_a_brief_excursion_is_allowed_as_far_as_the_mean_kinetic_temperature_goes():
    found = exposure(every_ten_minutes(*[400] * 20, 1_200, *[400] * 20), REFRIGERATED)
    assert (found.verdict, found.reasons) == (Verdict.EXCURSION, ())


@pytest.mark.parametrize(
    ("values", "conditions", "reason"),
    [
        ([400] * 50 + [1_501] + [400] * 50, REFRIGERATED, "it was 15.01 °C, above the 15.00 °C of an excursion"),
        ([400] * 50 + [199] + [400] * 50, REFRIGERATED, "it was 1.99 °C, below the 2.00 °C of an excursion"),
        ([300] * 900 + [801] * 145 + [300] * 900, REFRIGERATED, "an excursion lasted 87,600 s, and may last 86,400 s"),
        ([801] * 3, REFRIGERATED, "the mean kinetic temperature is 8.01 °C, above 8.00 °C"),
        ([2_600] * 3, CONTROLLED_ROOM, "the mean kinetic temperature is 26.00 °C, above 25.00 °C"),
        ([2_000, 2_501], ROOM_15_TO_25, "it was 25.01 °C, above the 25.00 °C of an excursion"),
        ([-1_500, -999], FROZEN, "it was -9.99 °C, above the -10.00 °C of an excursion"),
    ],
)
def test_what_goes_beyond_is_an_alarm_with_its_reason(values, conditions, reason):
    found = exposure(every_ten_minutes(*values), conditions)
    assert found.verdict == Verdict.ALARM
    assert reason in found.reasons


def test_missing_data_is_an_alarm():
    found = exposure([Reading(0, 500), Reading(3_600, 500), Reading(7_201, 500)], REFRIGERATED)
    assert (found.gaps, found.verdict) == (((3_600, 7_201),), Verdict.ALARM)
    assert found.reasons == ("readings are missing 1 times, for up to 3,601 s",)


def test_readings_that_are_none_or_do_not_ascend_are_refused():
    with pytest.raises(CarechainError, match="has no readings"):
        exposure([], REFRIGERATED)
    with pytest.raises(CarechainError, match="does not ascend"):
        exposure([Reading(5, 0), Reading(5, 0)], REFRIGERATED)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_allows_at_least_its_own_range_and_names_its_source(name):
    found = PRESETS[name]
    assert found.excursion_low <= found.low < found.high <= found.excursion_high
    assert "USP General Chapter <659>" in found.source or "European Pharmacopoeia" in found.source


@real
def test_a_real_sensor_is_read_and_its_silences_are_alarms():
    found = read_readings(SENSORS / "ambient_temperature_system_failure.csv", "F")
    assert len(found.readings) == 7_267
    said = exposure(found.readings, ROOM_15_TO_25)
    assert said.verdict == Verdict.ALARM
    assert len(said.gaps) == 10


@real
def test_a_real_file_that_repeats_an_hour_is_refused_where_it_does():
    with pytest.raises(CarechainError, match="line 10151 is earlier than the line before"):
        read_readings(SENSORS / "machine_temperature_system_failure.csv", "F")
