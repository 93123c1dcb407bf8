"""What the cold chain's commands send, told from what they find on the chain: here a log that only notes its calls."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

import scripts.cold_chain as script
from carechain.chain import Event, Sent
from carechain.supply.kept_readings import KeptReadings
from carechain.supply.sensor_log import Consignment, Sensor
from carechain.supply.words import Condition

OPERATOR, MANUFACTURER, WHOLESALER, STRANGER = 14, 8, 9, 13
SENSOR = Sensor(1, OPERATOR, 9_000, 600, 30_000, False)
CONSIGNMENT = Consignment(3, 1, 7, 0, 100, MANUFACTURER, 1_000, 0, 200, 800, judged=2, judged_at=9_000)


class Log:
    """A sensor's log with two entries."""

    def __init__(self, sensor, consignment):
        self.calls = []
        self.sensor = lambda number: sensor
        self.consignment = lambda number: consignment
        self.entries = lambda number: [None, None]
        self.is_calibrated = lambda *terms: terms == (sensor, 30_000, script.digest_of(__file__))
        for name in ("judge", "end", "calibrate", "retire"):
            setattr(self, name, self._noting(name))

    def _noting(self, name):
        def call(*arguments):
            self.calls.append((name, *arguments[:-1]))
            return Sent(name, "0x" + "00" * 32, 1, 21_000, 4)

        return call


@pytest.fixture
def call(monkeypatch, tmp_path):
    """Runs a command; what was sent, or None where it was refused."""

    def run(
        function, *arguments, by=MANUFACTURER, sensor=SENSOR, consignment=CONSIGNMENT, held=(), intervals=(), now=9_600
    ):
        log = Log(sensor, consignment)
        session = SimpleNamespace(
            log=log,
            organisation=by,
            sender="0x",
            kept=KeptReadings(tmp_path),
            chain=SimpleNamespace(now=lambda: now),
            intervals=lambda _: intervals,
            ledger=SimpleNamespace(events=lambda *_: held),
        )
        monkeypatch.setattr(script, "Session", lambda *_: session)
        monkeypatch.setattr(script, "connect", lambda: None)
        monkeypatch.setattr(script, "REPORTS", tmp_path)
        try:
            function(*map(str, arguments))
        except SystemExit as stop:
            if stop.code:
                return None
        return [each[:2] for each in log.calls]

    return run


def held_for(number, at):
    values = {"condition": Condition.HELD, "by": 0, "evidence": number.to_bytes(32, "big")}
    return Event("ConditionChanged", values, 1, at, "0x")


def interval(first, end, holder):
    return SimpleNamespace(first=first, end=end, holder=holder, condition=Condition.FIT)


# ---------------------------------------------------------------------- judge


def judged(call, **facts):
    return call(script.judge, 3, "fit", __file__, **facts)


def test_what_is_judged_already_is_not_judged_again(call):
    assert judged(call) == []
    assert judged(call, held=[held_for(3, 8_999), held_for(4, 9_500)]) == []


def test_what_was_held_after_the_judgement_is_judged_although_no_entry_has_come(call):
    assert judged(call, held=[held_for(3, 9_500)]) == [("judge", 3)]


def test_silence_after_the_judgement_is_judged_although_no_entry_has_come(call):
    assert judged(call, now=9_601) == [("judge", 3)]


def test_entries_that_have_come_are_judged(call):
    assert judged(call, consignment=replace(CONSIGNMENT, judged=1)) == [("judge", 3)]


# ---------------------------------------------------------------------- end


@pytest.mark.parametrize("organisation", [MANUFACTURER, OPERATOR])
def test_who_started_a_consignment_and_the_sensors_operator_end_it(call, organisation):
    assert call(script.end, 3, by=organisation) == [("end", 3)]


def test_of_the_holders_only_one_of_all_units_ends_a_consignment(call):
    assert call(script.end, 3, by=WHOLESALER, intervals=[interval(0, 120, WHOLESALER)]) == [("end", 3)]
    parts = [interval(0, 50, WHOLESALER), interval(50, 100, WHOLESALER)]
    assert call(script.end, 3, by=WHOLESALER, intervals=parts) is None
    assert call(script.end, 3, by=STRANGER, intervals=[interval(0, 100, WHOLESALER)]) is None


# ---------------------------------------------------------------------- calibrate, retire


def test_a_calibration_is_recorded_once(call):
    assert call(script.calibrate, 1, "2060-01-01", __file__, by=OPERATOR) == [("calibrate", 1)]
    assert call(script.calibrate, 1, "2052-02-20", __file__, by=OPERATOR) == []


def test_a_sensor_is_retired_once(call):
    assert call(script.retire, 1, by=OPERATOR) == [("retire", 1)]
    assert call(script.retire, 1, by=OPERATOR, sensor=replace(SENSOR, retired=True)) == []
