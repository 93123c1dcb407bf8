"""Temperatures of medicines: sensors, what they have recorded, and what follows from it.

    brownie run cold_chain register <cadence, seconds> <calibrated until YYYY-MM-DD> <certificate file>
    brownie run cold_chain calibrate <sensor> <calibrated until YYYY-MM-DD> <certificate file>
    brownie run cold_chain retire <sensor>
    brownie run cold_chain start <sensor> <lot>:<first unit>
    brownie run cold_chain end <consignment>
    brownie run cold_chain anchor <sensor> <readings.csv> [unit=F] [scale=1] [offset=0]
    brownie run cold_chain attest <consignment> <conditions>
    brownie run cold_chain prove <consignment>
    brownie run cold_chain judge <consignment> fit|unfit <report file> [entries=<number>]
    brownie run cold_chain list

A lot is named by its manufacturer's organisation number and its own number there, such as 8.1, and an interval of its
units by the lot and its first unit, such as 8.1:0. Conditions: refrigerated, controlled-room, room-15-25, frozen.

Who acts is as=<organisation> on a local chain, and elsewhere the organisation of account=<keystore name>; `prove` is
for anybody. The readings themselves stay in a folder for their operator and inspectors alone, readings=<folder>; the
chain has their roots. Of certificates and reports only the hash goes on the chain. Whatever was interrupted goes on
where it stopped when it is run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

from web3 import Web3

from carechain.chain import Event
from carechain.errors import CarechainError
from carechain.organisations import names_of
from carechain.private_file import write_private
from carechain.report import Report, reporting
from carechain.supply import words
from carechain.supply.excursions import degrees, exposed, runs, search, utc
from carechain.supply.holds import causes_of_hold
from carechain.supply.sensor_log import AnchoredBatch, AttestedExposure, Consignment, ExposureFacts
from carechain.supply.temperature import PRESETS, Unit, read_readings
from carechain.supply.words import Condition, Custody, UnitFact
from scripts.arguments import EPOCH, day_of, decimal_of, number_of
from scripts.cold_chain_session import OPTIONS, Session, digest_of, interval_of, lot_name, units_name
from scripts.suite import REPORTS, call_of, connect

_TOGETHER = 200
"""Decisions in one transaction: far below the 16,777,216 gas that EIP-7825 allows it."""


# ------------------------------------------------------------------ an operator keeps its sensors


def register(*arguments: str) -> None:
    """Registers a sensor. One of the same terms and certificate is the same sensor, and is registered once."""
    with reporting("cold_chain", "register", REPORTS) as report:
        usage = "register <cadence, seconds> <calibrated until YYYY-MM-DD> <certificate file>"
        (cadence, until, certificate), named = _arguments(arguments, usage, 3)
        terms = number_of(cadence, "cadence", 24), day_of(until), digest_of(certificate)
        session = Session(connect(), named)
        sensor = session.log.registered_as(session.organisation, *terms)
        if sensor is None:
            sent, sensor = session.log.register(*terms, session.sender)
            report.sent(sent)
            report.say(f"It is sensor {sensor}. Its readings have to follow each other within {terms[0]:,} s.")
        else:
            report.note(f"it is registered already, as sensor {sensor}")
        report.keep(sensor=sensor, certificate="0x" + terms[2].hex())


def calibrate(*arguments: str) -> None:
    """Records a new calibration of a sensor. For its operator."""
    with reporting("cold_chain", "calibrate", REPORTS) as report:
        usage = "calibrate <sensor> <calibrated until YYYY-MM-DD> <certificate file>"
        (number, until, certificate), named = _arguments(arguments, usage, 3)
        day, digest = day_of(until), digest_of(certificate)
        session = Session(connect(), named)
        sensor = session.log.sensor(number_of(number, "sensor", 32))
        if session.log.is_calibrated(sensor, day, digest):
            report.note("this calibration is on record already")
        else:
            report.sent(session.log.calibrate(sensor.number, day, digest, session.sender))
            report.say(f"Sensor {sensor.number} is calibrated until {until}.")
        report.keep(sensor=sensor.number, certificate="0x" + digest.hex())


def retire(*arguments: str) -> None:
    """Takes a sensor out of use, for ever: it gets no readings and no consignments any more. For its operator."""
    with reporting("cold_chain", "retire", REPORTS) as report:
        (number,), named = _arguments(arguments, "retire <sensor>", 1)
        session = Session(connect(), named)
        sensor = session.log.sensor(number_of(number, "sensor", 32))
        if sensor.retired:
            report.note("it is retired already")
        else:
            report.sent(session.log.retire(sensor.number, session.sender))
            report.say(f"Sensor {sensor.number} is retired.")
        report.keep(sensor=sensor.number)


def anchor(*arguments: str) -> None:
    """Commits to the readings of a file that come after the last on record, and keeps them. Where a reading came late,
    another batch begins: by that the silence can be proven."""
    with reporting("cold_chain", "anchor", REPORTS) as report:
        usage = "anchor <sensor> <readings.csv> [unit=C|F|K] [scale=<factor>] [offset=<°C>]"
        (number, file), named = _arguments(arguments, usage, 2, "unit", "scale", "offset")
        unit = named.get("unit", "C")
        if unit not in ("C", "F", "K"):
            raise CarechainError(f"The unit {unit}", "is not known", "use C, F or K")
        factors = decimal_of(named.get("scale", "1"), "scale"), decimal_of(named.get("offset", "0"), "offset")
        series = read_readings(Path(file), cast("Unit", unit), *factors)
        session = Session(connect(), named)
        log, kept = session.log, session.kept
        sensor = log.sensor(number_of(number, "sensor", 32))
        # Else a batch that is under way would be anchored with other readings than were kept for it.
        session.chain.require_settled(session.sender)
        anchored = [entry for entry in log.entries(sensor.number) if isinstance(entry, AnchoredBatch)]
        if restored := kept.restore(sensor.number, anchored, series.readings):
            report.note(f"{restored} batches that are anchored were not here, and are again")
        new = [reading for reading in series.readings if reading.at > sensor.until]
        batches = [*runs(new, sensor.cadence)]
        if batches:  # what makes one fail makes the last one fail, too: then none is sent
            log.attempt(sensor.number, batches[-1], session.sender)
        for batch in report.progress(batches, "anchoring"):
            kept.keep(sensor.number, batch)
            report.sent(log.anchor(sensor.number, batch, session.sender))
        report.keep(sensor=sensor.number, readings=len(new), batches=len(batches), conversion=series.conversion)
        if new:
            report.say(f"{len(new):,} readings of sensor {sensor.number} are on record, in {len(batches)} batches.")
            report.say(f"The last is of {utc(new[-1].at)}. Values were {series.conversion}.")
        else:
            report.say(f"Nothing of the file comes after {utc(sensor.until)}, the last that is on record.")


def attest(*arguments: str) -> None:
    """Works out what a consignment was exposed to, so far or until it ended, and attests it. For the sensor's operator
    or an inspector, who must have all of its readings."""
    with reporting("cold_chain", "attest", REPORTS) as report:
        usage = f"attest <consignment> {'|'.join(PRESETS)}"
        (number, preset), named = _arguments(arguments, usage, 2)
        if preset not in PRESETS:
            raise CarechainError(f"The conditions {preset}", "are not known", f"use one of: {', '.join(PRESETS)}")
        session = Session(connect(), named)
        consignment = session.log.consignment(number_of(number, "consignment", 64))
        sensor = session.log.sensor(consignment.sensor)
        entries = session.log.entries(sensor.number)
        found = exposed(consignment, sensor, entries, session.kept, PRESETS[preset])
        digest = bytes(Web3.keccak(text=found.report))
        facts = ExposureFacts(found.entries, found.mean_kinetic, found.lowest, found.highest, found.within, digest)
        path = session.kept.folder / str(sensor.number) / f"consignment-{consignment.number}-{digest.hex()[:16]}.json"
        said = [each for each in entries if isinstance(each, AttestedExposure) and each.facts == facts]
        if any(each.by == session.organisation for each in said):
            report.note("this is attested already")
        else:
            write_private(path, found.report, replace=True)
            report.sent(session.log.attest(consignment.number, facts, session.sender))
        report.keep(consignment=consignment.number, within=found.within, reasons=found.reasons, report=str(path))
        report.say(
            f"Mean kinetic temperature {degrees(found.mean_kinetic)}, from {degrees(found.lowest)} to"
            f" {degrees(found.highest)}: {'within what is allowed' if found.within else 'not within what is allowed'}."
        )
        for reason in found.reasons:
            report.say(f"  {reason}")


# ------------------------------------------------------------------ a holder puts units under a sensor's eye


def start(*arguments: str) -> None:
    """Puts an interval under a sensor's eye. For its holder."""
    with reporting("cold_chain", "start", REPORTS) as report:
        (number, name), named = _arguments(arguments, "start <sensor> <lot>:<first unit>, such as 1 8.1:0", 2)
        sensor = number_of(number, "sensor", 32)
        lot, first = interval_of(name)
        session = Session(connect(), named)
        custody = session.ledger.interval_with(lot, first)
        consignment = session.log.under_way(sensor, lot, custody.first, custody.end, session.organisation)
        if consignment is None:
            sent, consignment = session.log.start(sensor, words.interval_of(lot, first), session.sender)
            report.sent(sent)
        else:
            report.note("these units are under the eye of this sensor already")
        report.keep(consignment=consignment, sensor=sensor)
        report.say(f"It is consignment {consignment}: {units_name(lot, custody)}, under the eye of sensor {sensor}.")


def end(*arguments: str) -> None:
    """Ends a consignment. For whoever started it, the sensor's operator, and who holds all of its units."""
    with reporting("cold_chain", "end", REPORTS) as report:
        (number,), named = _arguments(arguments, "end <consignment>", 1)
        session = Session(connect(), named)
        consignment = session.log.consignment(number_of(number, "consignment", 64))
        if consignment.until:
            report.note(f"it has ended already, at {utc(consignment.until)}")
            return
        first = consignment.first
        if session.organisation not in (consignment.started_by, session.log.sensor(consignment.sensor).operator):
            whole = [
                each
                for each in session.intervals(consignment)
                if each.holder == session.organisation
                and each.first <= consignment.first
                and consignment.end <= each.end
            ]
            if not whole:
                raise CarechainError(
                    f"Consignment {number}",
                    "is not yours to end",
                    "let who started it, the sensor's operator, or who holds all of its units do so",
                )
            first = whole[0].first
        interval = words.interval_of(consignment.lot, first)
        report.sent(session.log.end(consignment.number, interval, session.sender))
        report.say(f"Consignment {number} has ended.")


# ------------------------------------------------------------------ anybody proves


def prove(*arguments: str) -> None:
    """Puts all units of a consignment on hold if a reading, a gap, an exposure or silence speaks against them."""
    with reporting("cold_chain", "prove", REPORTS) as report:
        (number,), named = _arguments(arguments, "prove <consignment>", 1)
        session = Session(connect(), named)
        consignment = session.log.consignment(number_of(number, "consignment", 64))
        sensor = session.log.sensor(consignment.sensor)
        entries = session.log.entries(sensor.number)
        done = search(consignment, sensor, entries, session.kept, session.chain.now())
        if done.found is None:
            for index, error in done.unseen:
                report.refused(f"Entry {index}", f"could not be looked at: {error.place} {error.problem}", error.mend)
            report.say(f"Nothing {'else ' if done.unseen else ''}of sensor {sensor.number} speaks against the units.")
            return
        for index, _ in done.unseen:
            report.note(f"the readings of entry {index} are not here, and were not looked at")
        report.keep(consignment=consignment.number, why=done.found.why)
        for custody in session.intervals(consignment):
            units = units_name(consignment.lot, custody)
            if custody.condition is not Condition.FIT or custody.fact is not UnitFact.NONE:
                what = custody.fact.name if custody.fact else f"{custody.condition.name} already"
                report.note(f"{units}: {what.lower()}")
                continue
            interval = words.interval_of(consignment.lot, custody.first)
            sent = session.log.prove(consignment.number, interval, done.found.evidence, session.anybody())
            report.sent(sent)
            report.add("held", {"first": custody.first, "end": custody.end, "holder": custody.holder})
            report.say(f"On hold: {units}, of organisation {custody.holder}.")
        report.say(f"Why: {done.found.why}.")


# ------------------------------------------------------------------ an inspector judges


def judge(*arguments: str) -> None:
    """Says that the readings of a consignment so far were judged, and decides about all units that are on hold for
    them. For an inspector. entries=<number>: that many of the sensor's log were judged, and not all.

    It takes a transaction with each of two contracts. That of the readings is the first: from then on they put nothing
    on hold again, and if it stays alone, the units are still on hold.
    """
    with reporting("cold_chain", "judge", REPORTS) as report:
        usage = "judge <consignment> fit|unfit <report file> [entries=<number>]"
        (number, verdict, file), named = _arguments(arguments, usage, 3, "entries")
        if verdict not in ("fit", "unfit"):
            raise CarechainError(f"The verdict {verdict}", "is not known", "use fit or unfit")
        digest = digest_of(file)
        session = Session(connect(), named)
        consignment = session.log.consignment(number_of(number, "consignment", 64))
        sensor = session.log.sensor(consignment.sensor)
        size = len(session.log.entries(sensor.number))
        entries = number_of(named["entries"], "number of entries", 64) if "entries" in named else size
        if not consignment.judged <= entries <= size:
            raise CarechainError(
                f"The number of entries {entries}",
                "is more than there are, or fewer than are judged already",
                f"use {consignment.judged} to {size}",
            )
        events = session.ledger.events(("ConditionChanged",), {"lot": consignment.lot})
        held = []
        for custody in session.intervals(consignment):
            if custody.condition is Condition.HELD:
                if causes_of_hold(events, custody) == {consignment.number}:
                    held.append(custody)
                else:
                    report.note(f"{units_name(consignment.lot, custody)}: on hold for something else, and stay so")
        is_silent = search(consignment, sensor, (), session.kept, session.chain.now()).found is not None
        if entries > consignment.judged or is_silent or _was_held_since(events, consignment):
            report.sent(session.log.judge(consignment.number, entries, digest, session.sender))
        _decide(session, consignment.lot, held, verdict == "fit", digest, report)
        report.keep(consignment=consignment.number, judged=entries, decided=len(held), report="0x" + digest.hex())
        report.say(f"{entries} entries of sensor {consignment.sensor} are judged; {len(held)} intervals are {verdict}.")


def _was_held_since(events: Sequence[Event], consignment: Consignment) -> bool:
    """Whether units were put on hold for a consignment since it was judged last; `events` are its lot's
    ConditionChanged. A judgement covers silence until its own time: what silence has held needs another one."""
    return any(
        event.timestamp >= consignment.judged_at
        for event in events
        if event.values["condition"] == Condition.HELD
        and event.values["by"] == 0
        and int.from_bytes(event.values["evidence"], "big") == consignment.number
    )


def _decide(session: Session, lot: int, held: Sequence[Custody], fit: bool, digest: bytes, report: Report) -> None:
    calls = [
        session.ledger.functions.decideHold(words.interval_of(lot, custody.first), fit, digest) for custody in held
    ]
    for start_at in range(0, len(calls), _TOGETHER):
        part = calls[start_at : start_at + _TOGETHER]
        what = f"decide that {len(part)} intervals are {'fit' if fit else 'unfit'}"
        report.sent(session.ledger.send(part, session.sender, what))


# ------------------------------------------------------------------ answers


def list(*arguments: str) -> None:  # noqa: A001 - it is the word people type after `brownie run cold_chain`
    """Every sensor, and every consignment, as they stand."""
    with reporting("cold_chain", "list", REPORTS) as report:
        _, named = _arguments(arguments, "list", 0)
        session = Session(connect(), named)
        names = names_of(session.chain)
        sensors, consignments = session.log.sensors(), session.log.consignments()
        report.keep(sensors=[vars(each) for each in sensors], consignments=[vars(each) for each in consignments])
        report.table(
            "Sensors",
            ("no", "operator", "on record until", "cadence", "calibrated until", ""),
            [
                (
                    each.number,
                    names[each.operator],
                    utc(each.until),
                    f"{each.cadence:,} s",
                    EPOCH + timedelta(each.calibrated_until),
                    "retired" if each.retired else "",
                )
                for each in sensors
            ],
        )
        report.table(
            "Consignments",
            ("no", "sensor", "units", "storage", "since", "until", "judged"),
            [
                (
                    each.number,
                    each.sensor,
                    f"{lot_name(each.lot)}:{each.first} to {each.end - 1}",
                    f"{degrees(each.low)} to {degrees(each.high)}",
                    utc(each.since),
                    utc(each.until) if each.until else "now",
                    f"{each.judged} entries",
                )
                for each in consignments
            ],
        )


def _arguments(arguments: tuple[str, ...], usage: str, count: int, *extra: str) -> tuple[Sequence[str], dict[str, str]]:
    return call_of(arguments, f"cold_chain {usage}", count, count, (*OPTIONS, *extra))
