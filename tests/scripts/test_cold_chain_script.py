"""`brownie run cold_chain …`: sensors, their readings, and what follows from them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from web3 import Web3

import scripts.cold_chain as script
from carechain.chain import Chain
from carechain.supply.sensor_log import SensorLog
from carechain.supply.temperature import Reading, read_readings
from carechain.supply.words import Condition, interval_of
from scripts.suite import ROOT
from tests.helpers.suite import INSPECTOR, MANUFACTURER, PHARMACY, SENSORS, WHOLESALER, now, pass_time
from tests.helpers.supply import operator_of
from tests.scripts.books import chain_with_book

CADENCE = 600
JOURNEY = read_readings(ROOT / "examples" / "supply" / "readings.csv").readings


@pytest.fixture(autouse=True)
def _is_known(run, monkeypatch):
    monkeypatch.setitem(run.__globals__, "MODULES", (*run.__globals__["MODULES"], script))


@pytest.fixture
def cold(run, suite, tmp_path):
    """Runs one of the functions for an organisation."""

    def run_for(function, *arguments, by=None):
        acting = () if by is None else (f"as={by}",)
        return run(function, *arguments, *acting, f"readings={tmp_path / 'readings'}", on=suite.chain.book.path)

    return run_for


@pytest.fixture
def certificate(tmp_path):
    path = tmp_path / "certificate.pdf"
    path.write_bytes(b"calibrated")
    return path


@pytest.fixture
def judgement(tmp_path):
    path = tmp_path / "judgement.pdf"
    path.write_bytes(b"stability data")
    return path


@pytest.fixture
def sensor(cold, certificate):
    return cold(script.register, CADENCE, "2090-12-31", certificate, by=SENSORS).facts["sensor"]


@pytest.fixture
def consignment(cold, sensor, lot):
    return cold(script.start, sensor, name_of(lot), by=MANUFACTURER).facts["consignment"]


@pytest.fixture
def log(suite):
    return SensorLog(chain_with_book(suite.chain.book.path))


@pytest.fixture
def file(tmp_path):
    """A file of readings."""

    def written(readings):
        path = tmp_path / "readings.csv"
        lines = (
            f"{datetime.fromtimestamp(reading.at, UTC).isoformat()},{reading.celsius_hundredths / 100}"
            for reading in readings
        )
        path.write_text("\n".join(["timestamp,value", *lines]) + "\n", "utf-8")
        return path

    return written


@pytest.fixture
def anchored(cold, file):
    """Readings, made from now on, and anchored as soon as the last is made."""

    def anchor(sensor, *hundredths, every=CADENCE):
        start = now() + 1
        readings = [Reading(start + n * every, value) for n, value in enumerate(hundredths)]
        pass_time((len(hundredths) - 1) * every + 1)
        return cold(script.anchor, sensor, file(readings), by=SENSORS)

    return anchor


def name_of(lot, first=0):
    return f"{lot >> 32}.{lot & 0xFFFFFFFF}:{first}"


def one_line(text):
    return " ".join(text.split())


def conditions(trade, lot):
    return [custody.condition for custody in trade.intervals(lot)]


def readings_files(tmp_path):
    return sorted(path.name for path in (tmp_path / "readings").rglob("*.readings"))


# ---------------------------------------------------------------------- the whole way


def test_the_example_is_held_judged_and_fit_again(cold, sensor, consignment, file, trade, lot, judgement, log):
    start = now() + 60
    shifted = [Reading(start + reading.at - JOURNEY[0].at, reading.celsius_hundredths) for reading in JOURNEY]
    pass_time(shifted[-1].at - now() + 60)
    assert cold(script.anchor, sensor, file(shifted), by=SENSORS).facts["batches"] == 1
    assert cold(script.end, consignment, by=MANUFACTURER).code == 0

    proven = cold(script.prove, consignment)
    assert (proven.code, proven.facts["held"]) == (0, [{"first": 0, "end": 100, "holder": MANUFACTURER}])
    assert "Why: it was 8.70 °C at " in one_line(proven.output)
    assert conditions(trade, lot) == [Condition.HELD]

    attested = cold(script.attest, consignment, "refrigerated", by=SENSORS)
    assert (attested.code, attested.facts["within"]) == (0, True)

    judged = cold(script.judge, consignment, "fit", judgement, by=INSPECTOR)
    assert (judged.code, len(judged.facts["transactions"]), judged.facts["decided"]) == (0, 2, 1)
    assert conditions(trade, lot) == [Condition.FIT]
    assert log.consignment(consignment).judged == len(log.entries(sensor)) == 2

    again = cold(script.prove, consignment)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert f"Nothing of sensor {sensor} speaks against the units." in again.output
    assert conditions(trade, lot) == [Condition.FIT]


# ---------------------------------------------------------------------- register, start, end, list


def test_a_sensor_is_registered_once_for_one_certificate(cold, certificate, log):
    arguments = (script.register, CADENCE, "2090-12-31", certificate)
    first, again = cold(*arguments, by=SENSORS), cold(*arguments, by=SENSORS)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert again.facts["sensor"] == first.facts["sensor"]
    assert first.facts["certificate"] == "0x" + bytes(Web3.keccak(b"calibrated")).hex()
    certificate.write_bytes(b"calibrated, of another")
    assert cold(*arguments, by=SENSORS).facts["sensor"] == first.facts["sensor"] + 1
    assert [each.cadence for each in log.sensors()] == [CADENCE, CADENCE]


def test_only_a_sensor_operator_registers_sensors(cold, certificate):
    done = cold(script.register, CADENCE, "2090-12-31", certificate, by=PHARMACY)
    assert done.code == 1
    assert "OperatorNotInStanding" in done.facts["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("cadence", "until", "refused"),
    [
        ("0", "2090-12-31", "The cadence 0"),
        (str(1 << 24), "2090-12-31", "The cadence 16777216"),
        ("ten", "2090-12-31", "The cadence ten"),
        ("600", "2090-02-30", "The day 2090-02-30"),
        ("600", "2190-01-01", "The day 2190-01-01"),
    ],
)
def test_terms_of_a_sensor_that_cannot_be_are_refused(cold, certificate, cadence, until, refused):
    assert cold(script.register, cadence, until, certificate, by=SENSORS).refused == [refused]


def test_who_acts_has_to_be_named(cold, certificate):
    assert cold(script.register, CADENCE, "2090-12-31", certificate).refused == ["The sender"]
    assert cold(script.register, CADENCE, "2090-12-31", certificate, by=99).refused == ["Organisation 99"]


def test_a_consignment_is_started_once_until_it_ends(cold, sensor, lot, log):
    first = cold(script.start, sensor, name_of(lot), by=MANUFACTURER)
    again = cold(script.start, sensor, name_of(lot), by=MANUFACTURER)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert again.facts["consignment"] == first.facts["consignment"] == 1
    assert cold(script.end, 1, by=MANUFACTURER).code == 0
    assert cold(script.start, sensor, name_of(lot), by=MANUFACTURER).facts["consignment"] == 2
    found = log.consignment(1)
    assert (found.lot, found.first, found.end, found.low, found.high) == (lot, 0, 100, 200, 800)
    assert (found.started_by, found.until != 0) == (MANUFACTURER, True)


def test_who_holds_all_of_it_ends_what_another_has_started(cold, sensor, lot, trade, log):
    consignment = cold(script.start, sensor, name_of(lot), by=MANUFACTURER).facts["consignment"]
    trade.hand_over(interval_of(lot, 0), WHOLESALER)
    assert cold(script.end, consignment, by=PHARMACY).refused == [f"Consignment {consignment}"]
    assert cold(script.end, consignment, by=WHOLESALER).code == 0
    again = cold(script.end, consignment, by=WHOLESALER)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert log.consignment(consignment).until != 0


@pytest.mark.parametrize("name", ["6.1", "6:0", "6.1:", "0.1:0", "6.1:16777215", "6.1:-1", "lot"])
def test_an_interval_that_is_none_is_refused(cold, name):
    assert cold(script.start, 1, name, by=MANUFACTURER).refused == [f"The interval {name}"]


def test_the_list_tells_sensors_and_consignments(cold, sensor, consignment, lot):
    listed = cold(script.list)
    assert listed.code == 0
    ((told,), (of_lot,)) = listed.facts["sensors"], listed.facts["consignments"]
    assert (told["number"], told["operator"], told["cadence"], told["retired"]) == (sensor, SENSORS, CADENCE, False)
    assert (of_lot["number"], of_lot["lot"], of_lot["until"], of_lot["judged"]) == (consignment, lot, 0, 0)
    assert "sensor operator" in listed.output
    assert "2090-12-31" in listed.output


# ---------------------------------------------------------------------- anchor


def test_what_is_on_record_is_not_anchored_again(cold, sensor, file, log, tmp_path):
    start = now()
    readings = [Reading(start + n * CADENCE, 500 + n) for n in range(-1, 6)]  # the first two: before, and as, it began
    pass_time(6 * CADENCE)
    first = cold(script.anchor, sensor, file(readings[:5]), by=SENSORS)
    assert (first.code, first.facts["readings"]) == (0, 3)
    again = cold(script.anchor, sensor, file(readings[:5]), by=SENSORS)
    assert (again.code, again.facts["readings"], again.facts["transactions"]) == (0, 0, [])
    assert cold(script.anchor, sensor, file(readings), by=SENSORS).facts["readings"] == 2
    assert [(entry.index, entry.count) for entry in log.entries(sensor)] == [(0, 3), (1, 2)]
    assert readings_files(tmp_path) == [f"{readings[2].at}.readings", f"{readings[5].at}.readings"]


def test_a_gap_in_a_file_is_one_in_the_log(cold, sensor, file, log):
    start = now() + 1
    at = [start, start + 600, start + 1201, start + 1801]
    pass_time(2_000)
    done = cold(script.anchor, sensor, file([Reading(each, 500) for each in at]), by=SENSORS)
    assert (done.code, done.facts["batches"]) == (0, 2)
    assert [(entry.count, entry.gap) for entry in log.entries(sensor)][1:] == [(2, 601)]


def test_units_and_scales_are_options(cold, sensor, tmp_path):
    path = tmp_path / "fahrenheit.csv"
    path.write_text(f"{now() + 1},41\n", "utf-8")
    pass_time(10)
    done = cold(script.anchor, sensor, path, "unit=F", "scale=0.5", "offset=1", by=SENSORS)
    assert (done.code, done.facts["readings"]) == (0, 1)
    (kept,) = (tmp_path / "readings").rglob("*.readings")
    assert Reading.from_bytes(kept.read_bytes()).celsius_hundredths == 350


@pytest.mark.parametrize(
    ("option", "refused"),
    [("unit=R", "The unit R"), ("scale=x", "The option scale=x"), ("offset=nan", "The option offset=nan")],
)
def test_a_conversion_that_is_none_is_refused(cold, file, option, refused):
    assert cold(script.anchor, 1, file(JOURNEY), option, by=SENSORS).refused == [refused]


def test_of_a_file_with_readings_of_the_future_nothing_is_anchored(cold, sensor, file, log, tmp_path):
    readings = [Reading(now() + 1, 500), Reading(now() + 100_000, 500)]
    pass_time(10)
    done = cold(script.anchor, sensor, file(readings), by=SENSORS)
    assert done.code == 1
    assert "ReadingsInvalid" in done.facts["refused"][0]["reason"]
    assert (log.entries(sensor), readings_files(tmp_path)) == ([], [])


def test_what_a_crash_left_of_anchoring_is_finished_by_a_rerun(cold, sensor, file, log, tmp_path, monkeypatch):
    readings = file([Reading(now() + 1 + n * 1_000, 500) for n in range(3)])
    pass_time(3_000)
    send, calls = Chain.send, []

    def stop_at_the_second(chain, *arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return send(chain, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            cold(script.anchor, sensor, readings, by=SENSORS)
    assert len(log.entries(sensor)) == 1
    assert len(readings_files(tmp_path)) == 2  # they are kept before they are anchored
    assert cold(script.anchor, sensor, readings, by=SENSORS).facts["batches"] == 2
    assert [entry.count for entry in log.entries(sensor)] == [1, 1, 1]


def test_lost_readings_are_restored_by_their_file(cold, sensor, consignment, anchored, file, tmp_path):
    anchored(sensor, 500, 510)
    (kept,) = (tmp_path / "readings").rglob("*.readings")
    kept.unlink()
    assert cold(script.attest, consignment, "refrigerated", by=SENSORS).refused == [str(kept)]
    done = cold(script.anchor, sensor, tmp_path / "readings.csv", by=SENSORS)
    assert (done.code, done.facts["transactions"]) == (0, [])
    assert cold(script.attest, consignment, "refrigerated", by=SENSORS).code == 0


# ---------------------------------------------------------------------- attest


def test_an_exposure_is_attested_once(cold, sensor, consignment, anchored, log, tmp_path):
    anchored(sensor, -300, -310)
    first = cold(script.attest, consignment, "refrigerated", by=SENSORS)
    assert (first.code, first.facts["within"], len(first.facts["transactions"])) == (0, False, 1)
    again = cold(script.attest, consignment, "refrigerated", by=SENSORS)
    assert (again.code, again.facts["transactions"]) == (0, [])
    _, entry = log.entries(sensor)  # which are compared with the root on the chain
    assert (entry.by, entry.consignment, entry.facts.lowest, entry.facts.highest) == (SENSORS, consignment, -310, -300)
    (path,) = (tmp_path / "readings").rglob("*.json")
    assert entry.facts.report == bytes(Web3.keccak(path.read_bytes()))
    assert json.loads(path.read_text("utf-8"))["reasons"] == first.facts["reasons"]
    assert cold(script.attest, consignment, "refrigerated", by=INSPECTOR).facts["transactions"] != []


def test_damaged_readings_are_not_attested(cold, sensor, consignment, anchored, tmp_path):
    anchored(sensor, 500, 510)
    (kept,) = (tmp_path / "readings").rglob("*.readings")
    kept.write_bytes(kept.read_bytes()[:-1] + b"\0")
    done = cold(script.attest, consignment, "refrigerated", by=SENSORS)
    assert (done.refused, done.facts["transactions"]) == ([str(kept)], [])


def test_unknown_conditions_are_refused(cold):
    assert cold(script.attest, 1, "lukewarm", by=SENSORS).refused == ["The conditions lukewarm"]


# ---------------------------------------------------------------------- prove


def test_every_interval_with_units_of_the_consignment_is_held(cold, sensor, lot, trade, anchored):
    trade.part(lot, 20, 100, WHOLESALER)
    consignment = cold(script.start, sensor, name_of(lot, 20), by=WHOLESALER).facts["consignment"]
    trade.supply.cut(interval_of(lot, 20), 50, 100, {"from": operator_of(WHOLESALER)})
    anchored(sensor, 500, 900)
    done = cold(script.prove, consignment)
    assert (done.code, [held["first"] for held in done.facts["held"]]) == (0, [20, 50])
    assert conditions(trade, lot) == [Condition.FIT, Condition.HELD, Condition.HELD]


def test_what_a_crash_left_of_proving_is_finished_by_a_rerun(
    cold, sensor, consignment, lot, trade, anchored, monkeypatch
):
    trade.part(lot, 20, 60, WHOLESALER)
    anchored(sensor, 500, 900)
    send, calls = Chain.send, []

    def stop_at_the_second(chain, *arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return send(chain, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Chain, "send", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            cold(script.prove, consignment)
    assert conditions(trade, lot) == [Condition.HELD, Condition.FIT, Condition.FIT]
    again = cold(script.prove, consignment)
    assert (again.code, [held["first"] for held in again.facts["held"]]) == (0, [20, 60])
    assert conditions(trade, lot) == [Condition.HELD] * 3
    assert cold(script.prove, consignment).facts["transactions"] == []


def test_a_gap_is_proven(cold, sensor, consignment, trade, lot, anchored):
    anchored(sensor, 500, 510, every=CADENCE + 1)
    done = cold(script.prove, consignment)
    assert done.code == 0
    assert "there is no reading from" in one_line(done.output)
    assert conditions(trade, lot) == [Condition.HELD]


def test_an_exposure_beyond_what_is_allowed_is_proven_without_the_readings(
    cold, sensor, lot, trade, anchored, log, tmp_path, suite
):
    consignment = cold(script.start, sensor, name_of(lot), by=MANUFACTURER).facts["consignment"]
    start = now() + 1
    anchored(sensor, *[500] * 3)
    facts = (1, 900, 500, 900, False, "0x" + "11" * 32)
    suite.cold_chain.attestExposure(consignment, facts, {"from": operator_of(SENSORS)})
    for path in (tmp_path / "readings").rglob("*.readings"):
        path.unlink()
    done = cold(script.prove, consignment)
    assert done.code == 0
    assert "the exposure attested in entry 1 is not within" in one_line(done.output)
    assert "the readings of entry 0 are not here" in one_line(done.output)
    assert conditions(trade, lot) == [Condition.HELD]
    assert log.entries(sensor)[0].since == start


def test_silence_is_proven(cold, sensor, consignment, trade, lot, anchored):
    anchored(sensor, 500)
    assert cold(script.prove, consignment).facts["transactions"] == []
    pass_time(CADENCE + 1)
    done = cold(script.prove, consignment)
    assert done.code == 0
    assert "nothing has come of the sensor since" in one_line(done.output)
    assert conditions(trade, lot) == [Condition.HELD]


def test_who_lacks_the_readings_is_not_told_that_all_is_well(cold, sensor, consignment, anchored, tmp_path):
    anchored(sensor, 500, 900)
    for path in (tmp_path / "readings").rglob("*.readings"):
        path.unlink()
    done = cold(script.prove, consignment)
    assert (done.code, done.refused, done.facts["transactions"]) == (1, ["Entry 0"], [])


@pytest.mark.parametrize("number", ["0", "7", "x"])
def test_a_consignment_that_is_none_is_refused(cold, number):
    done = cold(script.prove, number)
    assert (done.code, len(done.refused)) == (1, 1)


# ---------------------------------------------------------------------- judge


def test_unfit_units_are_rejected(cold, sensor, consignment, trade, lot, anchored, judgement):
    anchored(sensor, 500, 900)
    cold(script.prove, consignment)
    assert cold(script.judge, consignment, "unfit", judgement, by=INSPECTOR).code == 0
    assert conditions(trade, lot) == [Condition.REJECTED]


def test_what_a_crash_left_of_judging_is_finished_by_a_rerun(
    cold, sensor, consignment, trade, lot, anchored, judgement, monkeypatch
):
    trade.part(lot, 20, 60, WHOLESALER)
    anchored(sensor, 500, 900)
    cold(script.prove, consignment)
    pass_time(10)  # else it would be judged in the second in which it was put on hold

    def stop(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(script, "_decide", stop)
        with pytest.raises(KeyboardInterrupt):
            cold(script.judge, consignment, "fit", judgement, by=INSPECTOR)
    assert conditions(trade, lot) == [Condition.HELD] * 3
    again = cold(script.judge, consignment, "fit", judgement, by=INSPECTOR)
    assert (again.code, again.facts["decided"], len(again.facts["transactions"])) == (0, 3, 1)
    assert conditions(trade, lot) == [Condition.FIT] * 3


def test_units_that_are_on_hold_for_something_else_stay_so(cold, sensor, lot, trade, anchored, judgement, certificate):
    first = cold(script.start, sensor, name_of(lot), by=MANUFACTURER).facts["consignment"]
    anchored(sensor, 500, 900)
    cold(script.prove, first)
    certificate.write_bytes(b"of another sensor")
    other = cold(script.register, CADENCE, "2090-12-31", certificate, by=SENSORS).facts["sensor"]
    second = cold(script.start, other, name_of(lot), by=MANUFACTURER).facts["consignment"]
    done = cold(script.judge, second, "fit", judgement, by=INSPECTOR)
    assert (done.code, done.facts["decided"]) == (0, 0)
    assert "on hold for something else" in one_line(done.output)
    assert conditions(trade, lot) == [Condition.HELD]


def test_readings_that_came_after_the_judgement_count(cold, sensor, consignment, trade, lot, anchored, judgement):
    anchored(sensor, 500, 900)
    anchored(sensor, 500, 901)
    cold(script.prove, consignment)
    assert cold(script.judge, consignment, "fit", judgement, "entries=1", by=INSPECTOR).facts["judged"] == 1
    assert conditions(trade, lot) == [Condition.FIT]
    done = cold(script.prove, consignment)
    assert "it was 9.01 °C" in one_line(done.output)
    assert conditions(trade, lot) == [Condition.HELD]


@pytest.mark.parametrize("entries", ["2", "0", "x"])
def test_a_judgement_of_entries_that_are_none_is_refused(cold, sensor, consignment, anchored, judgement, entries):
    anchored(sensor, 500)
    done = cold(script.judge, consignment, "fit", judgement, f"entries={entries}", by=INSPECTOR)
    assert done.refused == [f"The number of entries {entries}"]


def test_only_an_inspector_judges(cold, sensor, consignment, trade, lot, anchored, judgement):
    anchored(sensor, 500, 900)
    cold(script.prove, consignment)
    done = cold(script.judge, consignment, "fit", judgement, by=SENSORS)
    assert "OperatorNotInStanding" in done.facts["refused"][0]["reason"]
    assert conditions(trade, lot) == [Condition.HELD]


def test_a_verdict_is_fit_or_unfit(cold, judgement):
    assert cold(script.judge, 1, "fine", judgement, by=INSPECTOR).refused == ["The verdict fine"]
