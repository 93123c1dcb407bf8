"""An operator keeps its sensors, and commits to what they have recorded."""

import pytest

from carechain.merkle_log import MerkleTree
from carechain.supply.words import ReadingsBatch
from tests.helpers import rfc9162
from tests.helpers.refusals import refused
from tests.helpers.suite import CARRIER, INSPECTOR, MANUFACTURER, SENSORS, now, pass_time
from tests.helpers.supply import (
    CERTIFICATE,
    DAY,
    EVIDENCE,
    ROLE_MISSING,
    SUSPENDED,
    UNKNOWN,
    by,
    event_of,
    exposure_entry,
    today,
)

CADENCE = 600
ROOT = bytes(range(1, 33))


def test_a_sensor_is_registered(cold_chain, sensor_operator):
    expiry = today() + 30
    for number in (1, 2):
        assert cold_chain.registerSensor.call(CADENCE, expiry, CERTIFICATE, {"from": sensor_operator}) == number
        sent = cold_chain.registerSensor(CADENCE, expiry, CERTIFICATE, {"from": sensor_operator})
        assert event_of(sent, "SensorRegistered") == {
            "sensor": number,
            "operator": SENSORS,
            "cadence": CADENCE,
            "calibratedUntil": expiry,
            "certificate": CERTIFICATE,
        }
        assert cold_chain.sensorOf(number) == (SENSORS, sent.timestamp, CADENCE, expiry, False)
        assert cold_chain.sensorCount() == number
        assert cold_chain.logOf(number) == (0, "0x" + rfc9162.root([]).hex())
    assert cold_chain.sensorOf(3) == (0, 0, 0, 0, False)


def test_a_sensor_has_a_cadence_and_a_calibration_that_lasts(cold_chain, sensor, sensor_operator):
    for cadence, expiry in ((0, today()), (CADENCE, today() - 1), (0, 0)):
        with refused("SensorTermsInvalid", cadence, expiry):
            cold_chain.registerSensor(cadence, expiry, CERTIFICATE, {"from": sensor_operator})
    with refused("SensorTermsInvalid", CADENCE, today() - 1):
        cold_chain.calibrateSensor(sensor, today() - 1, CERTIFICATE, {"from": sensor_operator})
    cold_chain.registerSensor(2**24 - 1, 2**16 - 1, CERTIFICATE, {"from": sensor_operator})
    assert cold_chain.sensorOf(2)[2:] == (2**24 - 1, 2**16 - 1, False)


def test_sensor_operators_alone_register_sensors(cold_chain, carrier, stranger):
    for operator, organisation, standing in ((carrier, CARRIER, ROLE_MISSING), (stranger, 0, UNKNOWN)):
        with refused("OperatorNotInStanding", operator, organisation, standing):
            cold_chain.registerSensor(CADENCE, today(), CERTIFICATE, {"from": operator})


def test_a_calibration_that_runs_out_is_renewed(cold_chain, sensor, whole, log, sensor_operator, manufacturer):
    log.anchor(500)
    before = cold_chain.sensorOf(sensor)
    pass_time(366 * DAY)
    with refused("SensorNotInUse", sensor, False, before[3]):
        cold_chain.anchorReadings(sensor, log.last + 1, log.last + 1, 1, ROOT, {"from": sensor_operator})
    with refused("SensorNotInUse", sensor, False, before[3]):
        cold_chain.startConsignment(sensor, whole, {"from": manufacturer})
    expiry = today() + 10
    sent = cold_chain.calibrateSensor(sensor, expiry, EVIDENCE, {"from": sensor_operator})
    assert event_of(sent, "SensorCalibrated") == {
        "sensor": sensor,
        "calibratedUntil": expiry,
        "certificate": EVIDENCE,
    }
    assert cold_chain.sensorOf(sensor) == (*before[:3], expiry, False)
    log.anchor(500)


def test_a_sensor_is_retired_for_good(cold_chain, sensor, whole, sensor_operator, manufacturer):
    before = cold_chain.sensorOf(sensor)
    sent = cold_chain.retireSensor(sensor, {"from": sensor_operator})
    assert event_of(sent, "SensorRetired") == {"sensor": sensor}
    cold_chain.calibrateSensor(sensor, before[3] + 1, CERTIFICATE, {"from": sensor_operator})
    assert cold_chain.sensorOf(sensor) == (*before[:3], before[3] + 1, True)
    with refused("SensorNotInUse", sensor, True, before[3] + 1):
        cold_chain.anchorReadings(sensor, now(), now(), 1, ROOT, {"from": sensor_operator})
    with refused("SensorNotInUse", sensor, True, before[3] + 1):
        cold_chain.startConsignment(sensor, whole, {"from": manufacturer})


def test_a_sensors_own_operator_alone_keeps_it(cold_chain, participants, supervisor, sensor, carrier, sensor_operator):
    calls = (
        (cold_chain.calibrateSensor, (today() + 1, CERTIFICATE)),
        (cold_chain.retireSensor, ()),
        (cold_chain.anchorReadings, (now(), now(), 1, ROOT)),
    )
    for call, arguments in calls:
        with refused("SensorUnknown", sensor + 1):
            call(sensor + 1, *arguments, {"from": sensor_operator})
        with refused("OperatorNotInStanding", carrier, SENSORS, UNKNOWN):
            call(sensor, *arguments, {"from": carrier})
    participants.suspend(SENSORS, 0, bytes(32), {"from": supervisor})
    for call, arguments in calls:
        with refused("OperatorNotInStanding", sensor_operator, SENSORS, SUSPENDED):
            call(sensor, *arguments, {"from": sensor_operator})


# ---------------------------------------------------------------------- readings


def test_readings_are_committed_to(cold_chain, sensor, sensor_operator):
    registered = cold_chain.sensorOf(sensor)[1]
    pass_time(5000)
    since, until = registered + 100, registered + 4000
    assert cold_chain.anchorReadings.call(sensor, since, until, 77, ROOT, {"from": sensor_operator}) == 0
    sent = cold_chain.anchorReadings(sensor, since, until, 77, ROOT, {"from": sensor_operator})
    told = event_of(sent, "ReadingsAnchored")
    assert (told["sensor"], told["root"]) == (sensor, "0x" + ROOT.hex())
    assert ReadingsBatch.of_event(told["batch"]) == ReadingsBatch(0, since, until, 77, 100)
    assert cold_chain.sensorOf(sensor)[1] == until
    sent = cold_chain.anchorReadings(sensor, until + 1, until + 1, 2**32 - 1, ROOT, {"from": sensor_operator})
    batch = ReadingsBatch.of_event(event_of(sent, "ReadingsAnchored")["batch"])
    assert batch == ReadingsBatch(1, until + 1, until + 1, 2**32 - 1, 1)


def test_readings_follow_those_on_record_and_are_not_of_the_future(cold_chain, sensor, log, sensor_operator):
    log.anchor(500, 510)
    last = log.last
    pass_time(1000)
    for since, until, count, root in (
        (last, last + 10, 1, ROOT),
        (last - 10, last + 10, 1, ROOT),
        (0, 0, 1, ROOT),
        (last + 20, last + 19, 1, ROOT),
        (last + 10, now() + 1000, 1, ROOT),
        (2**40 - 1, 2**40 - 1, 1, ROOT),
        (last + 10, last + 20, 0, ROOT),
        (last + 10, last + 20, 2, bytes(32)),
        (last + 10, last + 11, 1, ROOT),
        (last + 10, last + 10 + CADENCE + 1, 2, ROOT),
    ):
        with refused("ReadingsInvalid", since, until, last, count, root):
            cold_chain.anchorReadings(sensor, since, until, count, root, {"from": sensor_operator})
    cold_chain.anchorReadings(sensor, last + 10, last + 10 + CADENCE, 2, ROOT, {"from": sensor_operator})


def test_the_log_of_a_sensor_is_that_of_rfc_9162(cold_chain, sensor, consignment, log):
    for celsius in ((500,), (510, 520), (530, 540, 550)):
        log.anchor(*celsius)
    log.attest(consignment, 3, 520, 500, 550, True, EVIDENCE)
    log.anchor(560, after=5000)
    assert [len(entry) for entry in log.entries] == [60, 60, 60, 69, 60]
    tree = MerkleTree(log.entries)
    assert tree.root() == rfc9162.root(log.entries)
    assert cold_chain.logOf(sensor) == (5, "0x" + tree.root().hex())
    for index, entry in enumerate(log.entries):
        proof = tree.inclusion_proof(index)
        assert cold_chain.logIncludes(sensor, entry, index, proof)
        assert not cold_chain.logIncludes(sensor, entry[:-1], index, proof)
        assert not cold_chain.logIncludes(sensor, entry, index ^ 1, proof)
        assert not cold_chain.logIncludes(sensor + 1, entry, index, proof)
    for size in range(6):
        proof = tree.consistency_proof(size)
        assert cold_chain.logContinues(sensor, size, tree.root(size), proof)
        assert not cold_chain.logContinues(sensor, size, ROOT, proof)


# ---------------------------------------------------------------------- exposure


@pytest.mark.parametrize("organisation", [SENSORS, INSPECTOR])
def test_an_exposure_is_attested(cold_chain, sensor, consignment, log, organisation):
    log.anchor(-500, 900)
    exposure = 1, -450, -(2**15), 2**15 - 1, False, EVIDENCE
    assert cold_chain.attestExposure.call(consignment, exposure, by(organisation)) == 1
    sent = cold_chain.attestExposure(consignment, exposure, by(organisation))
    assert event_of(sent, "ExposureAttested") == {
        "consignment": consignment,
        "by": organisation,
        "index": 1,
        "exposure": exposure,
    }
    entries = [*log.entries, exposure_entry(sensor, sent.timestamp, organisation, consignment, exposure)]
    assert cold_chain.logOf(sensor) == (2, "0x" + rfc9162.root(entries).hex())


def test_an_exposure_is_worked_out_of_what_there_is(cold_chain, consignment, log, sensor_operator):
    for entries, size in ((0, 0), (1, 0)):
        with refused("EntriesInvalid", entries, size):
            cold_chain.attestExposure(consignment, (entries, 1, 1, 1, True, EVIDENCE), {"from": sensor_operator})
    log.anchor(500)
    for entries in (0, 2, 2**64 - 1):
        with refused("EntriesInvalid", entries, 1):
            cold_chain.attestExposure(consignment, (entries, 1, 1, 1, True, EVIDENCE), {"from": sensor_operator})
    with refused("ConsignmentUnknown", consignment + 1):
        cold_chain.attestExposure(consignment + 1, (1, 1, 1, 1, True, EVIDENCE), {"from": sensor_operator})


def test_the_sensors_operator_or_an_inspector_attests(
    suite, cold_chain, participants, consignment, log, manufacturer, spare_key, stranger
):
    log.anchor(500)
    suite.as_registrar(participants.accredit, "another", 1 << 20, 4_000_000_000, bytes(32), spare_key)
    other = participants.organisationCount()
    for operator, organisation, standing in (
        (manufacturer, MANUFACTURER, ROLE_MISSING),
        (spare_key, other, ROLE_MISSING),
        (stranger, 0, UNKNOWN),
    ):
        with refused("OperatorNotInStanding", operator, organisation, standing):
            cold_chain.attestExposure(consignment, (1, 1, 1, 1, True, EVIDENCE), {"from": operator})
