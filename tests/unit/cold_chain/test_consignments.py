"""A holder puts units under a sensor's eye, and ends it; an inspector judges what was recorded."""

from tests.helpers.refusals import refused
from tests.helpers.suite import INSPECTOR, LICENCE_EXPIRY, MANUFACTURER, PHARMACY, SENSORS, WHOLESALER, pass_time
from tests.helpers.supply import EVIDENCE, HIGH, LOW, ROLE_MISSING, SUSPENDED, UNITS, UNKNOWN, by, event_of, roles_of


def test_a_holder_starts_a_consignment(cold_chain, supply, sensor, lot, whole, manufacturer):
    supply.cut(whole, 20, 40, {"from": manufacturer})
    for number, first, end in ((1, 20, 40), (2, 40, UNITS)):
        interval = whole + first
        assert cold_chain.startConsignment.call(sensor, interval, {"from": manufacturer}) == number
        sent = cold_chain.startConsignment(sensor, interval, {"from": manufacturer})
        assert event_of(sent, "ConsignmentStarted") == {
            "consignment": number,
            "sensor": sensor,
            "lot": lot,
            "first": first,
            "end": end,
            "by": MANUFACTURER,
        }
        view = sensor, lot, first, end, MANUFACTURER, sent.timestamp, 0, LOW, HIGH, 0, 0
        assert cold_chain.consignmentOf(number) == view
        assert cold_chain.consignmentCount() == number
    with refused("ConsignmentUnknown", 3):
        cold_chain.consignmentOf(3)


def test_a_consignment_is_of_what_its_holder_has(
    cold_chain, participants, supervisor, sensor, lot, whole, manufacturer
):
    with refused("IntervalUnknown", lot, 5):
        cold_chain.startConsignment(sensor, whole + 5, {"from": manufacturer})
    with refused("SensorUnknown", sensor + 1):
        cold_chain.startConsignment(sensor + 1, whole, {"from": manufacturer})
    for organisation in (WHOLESALER, SENSORS):
        with refused("OperatorNotInStanding", by(organisation)["from"], MANUFACTURER, UNKNOWN):
            cold_chain.startConsignment(sensor, whole, by(organisation))
    participants.suspend(MANUFACTURER, 0, bytes(32), {"from": supervisor})
    with refused("OperatorNotInStanding", manufacturer, MANUFACTURER, SUSPENDED):
        cold_chain.startConsignment(sensor, whole, {"from": manufacturer})


# ---------------------------------------------------------------------- ended


def test_whoever_started_a_consignment_ends_it(cold_chain, trade, consignment, whole):
    trade.hand_over(whole, WHOLESALER)
    before = cold_chain.consignmentOf(consignment)
    sent = cold_chain.endConsignment(consignment, 0, by(MANUFACTURER))
    assert event_of(sent, "ConsignmentEnded") == {"consignment": consignment, "by": MANUFACTURER}
    assert cold_chain.consignmentOf(consignment) == (*before[:6], sent.timestamp, *before[7:])
    with refused("ConsignmentOver", consignment, sent.timestamp):
        cold_chain.endConsignment(consignment, whole, by(MANUFACTURER))


def test_whoever_holds_all_of_a_consignment_or_operates_its_sensor_ends_it(
    cold_chain, trade, sensor, consignment, whole
):
    cold_chain.startConsignment(sensor, whole, by(MANUFACTURER))
    trade.hand_over(whole, WHOLESALER)
    for number, organisation in ((consignment, WHOLESALER), (consignment + 1, SENSORS)):
        sent = cold_chain.endConsignment(number, whole, by(organisation))
        assert event_of(sent, "ConsignmentEnded") == {"consignment": number, "by": organisation}


def test_nobody_else_ends_a_consignment(cold_chain, trade, consignment, whole, stranger):
    trade.part(whole >> 24, 90, UNITS, PHARMACY)
    for interval in (whole, whole + 90):
        with refused("ConsignmentNotYours", consignment, WHOLESALER):
            cold_chain.endConsignment(consignment, interval, by(WHOLESALER))
    for interval in (whole, whole + 90):
        with refused("ConsignmentNotYours", consignment, PHARMACY):
            cold_chain.endConsignment(consignment, interval, by(PHARMACY))
    with refused("OperatorNotInStanding", stranger, 0, UNKNOWN):
        cold_chain.endConsignment(consignment, whole, {"from": stranger})
    other = trade.hand_over(trade.register(2) << 24, WHOLESALER)
    with refused("ConsignmentElsewhere", consignment, other):
        cold_chain.endConsignment(consignment, other, by(WHOLESALER))
    with refused("ConsignmentUnknown", consignment + 1):
        cold_chain.endConsignment(consignment + 1, whole, by(MANUFACTURER))


# ---------------------------------------------------------------------- judged


def test_an_inspector_judges_what_was_recorded(cold_chain, consignment, log, inspector):
    for _ in range(3):
        log.anchor(500)
    for entries in (2, 2, 3):
        sent = cold_chain.judgeReadings(consignment, entries, EVIDENCE, {"from": inspector})
        assert event_of(sent, "ReadingsJudged") == {
            "consignment": consignment,
            "inspector": INSPECTOR,
            "entries": entries,
            "report": EVIDENCE,
        }
        assert cold_chain.consignmentOf(consignment)[9:] == (entries, sent.timestamp)
    for entries in (0, 2, 4, 2**64 - 1):
        with refused("EntriesInvalid", entries, 3):
            cold_chain.judgeReadings(consignment, entries, EVIDENCE, {"from": inspector})


def test_nobody_judges_its_own_sensor_or_consignment(suite, cold_chain, participants, consignment, log):
    roles = roles_of(INSPECTOR) | roles_of(SENSORS) | roles_of(MANUFACTURER)
    for organisation in (SENSORS, MANUFACTURER):
        suite.as_registrar(participants.amend, organisation, roles, LICENCE_EXPIRY, bytes(32))
        with refused("ConsignmentNotYours", consignment, organisation):
            cold_chain.judgeReadings(consignment, 0, EVIDENCE, by(organisation))


def test_inspectors_alone_judge(cold_chain, consignment, inspector):
    for organisation in (MANUFACTURER, SENSORS):
        with refused("OperatorNotInStanding", by(organisation)["from"], organisation, ROLE_MISSING):
            cold_chain.judgeReadings(consignment, 0, EVIDENCE, by(organisation))
    with refused("ConsignmentUnknown", consignment + 1):
        cold_chain.judgeReadings(consignment + 1, 0, EVIDENCE, {"from": inspector})


def test_what_was_judged_puts_nothing_on_hold_again(cold_chain, supply, trade, whole, consignment, log, stranger):
    cold_chain.startConsignment(log.sensor, whole, by(MANUFACTURER))
    log.anchor(900)
    log.anchor(500, after=3600)
    log.anchor(900)
    cold_chain.judgeReadings(consignment, 2, EVIDENCE, by(INSPECTOR))
    with refused("EntryInvalid", log.sensor, 0):
        cold_chain.proveExcursion(consignment, whole, log.reading(0, 0), {"from": stranger})
    with refused("EntryInvalid", log.sensor, 1):
        cold_chain.proveEntry(consignment, whole, *log.entry(1), {"from": stranger})
    # What came later does, and so does all of it for another consignment.
    cold_chain.proveExcursion.call(consignment, whole, log.reading(2, 0), {"from": stranger})
    cold_chain.proveExcursion.call(consignment + 1, whole, log.reading(0, 0), {"from": stranger})
    cold_chain.proveEntry(consignment + 1, whole, *log.entry(1), {"from": stranger})


def test_a_consignment_keeps_the_storage_it_began_with(cold_chain, supply, regulator, consignment, sensor, whole):
    supply.authoriseProduct(300_000_000_018, MANUFACTURER, 1500, 2500, {"from": regulator})
    pass_time()
    cold_chain.startConsignment(sensor, whole, by(MANUFACTURER))
    assert [cold_chain.consignmentOf(number)[7:9] for number in (consignment, consignment + 1)] == [(LOW, HIGH)] * 2
