"""The demonstration's part about medicines: one lot from its production to a patient's scan and a recall of class I.

The documents in examples/supply tell what the parties capture; the sensor's readings are made for the chain's clock.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from carechain.epcis.reading import read_bytes
from carechain.errors import CarechainError
from carechain.report import Report
from carechain.supply import words
from carechain.supply.pedigree_drawing import draw
from carechain.supply.recall_record import RecallReason
from carechain.supply.sensor_log import AnchoredBatch, ExposureFacts, SensorLog, prove_reading
from carechain.supply.temperature import PRESETS, Reading, Verdict, batch_root, exposure
from carechain.supply.words import Condition, Reason
from scripts.cold_chain_session import Session
from scripts.demo_steps import DAY, EXAMPLES, Demo
from scripts.suite import REPORTS, scratch
from scripts.supply_party import Party

GTIN, LOT = "09506000100012", "AL2503"
AGENCY, MAKER, WHOLESALER, PHARMACY, CARRIER, INSPECTOR, RETURNS = 6, 8, 9, 10, 11, 12, 13
"""Organisations of examples/organisations.yaml."""
DISPENSED = f"(01){GTIN}(21)M9D4TS(10){LOT}(17)400229"
NEIGHBOUR = f"(01){GTIN}(21)Q2F8LK(10){LOT}(17)400229"
RELABELLED = f"(01){GTIN}(21)Q2F8LK(10){LOT}(17)410228"
FORGED = f"(01){GTIN}(21)M9D4T5(10){LOT}(17)400229"
CADENCE = 900
CASE = words.interval_of(words.lot_of(MAKER, 1), 4)
PALLET = words.interval_of(words.lot_of(MAKER, 1), 0)
STRANGER = 19


def run(demo: Demo) -> None:
    parties = {number: Party(demo.chain, {"as": str(number)}) for number in (AGENCY, *range(MAKER, RETURNS + 1))}
    make(demo, parties)
    sensor, readings = carry(demo, parties)
    judge(demo, parties, sensor, readings)
    dispense(demo, parties)
    scan(demo, parties)
    recall(demo, parties)
    trace(demo, parties)


def make(demo: Demo, parties: dict[int, Party]) -> None:
    with demo.step("A medicine is authorised, twelve packs of it are made, packed on a pallet, and released") as report:
        maker, agency = parties[MAKER], parties[AGENCY]
        functions = maker.ledger.functions
        call = functions.authoriseProduct(int(GTIN), MAKER, 200, 800)
        report.sent(agency.ledger.send([call], agency.sender, "authorise a product"))
        capture(parties[MAKER], "1-made.json", report)
        demo.refused(
            "shipping it before it is released",
            "LotNotReleased",
            lambda: maker.ledger.send([functions.ship(PALLET, WHOLESALER, 0)], maker.sender, "ship"),
        )
        capture(parties[INSPECTOR], "2-inspected.json", report)
        (pallet,) = maker.ledger.intervals(words.lot_of(MAKER, 1))
        demo.expect("12 packs, in cases on a pallet, are one slot of storage", (pallet.end, pallet.tier) == (12, 2))


def carry(demo: Demo, parties: dict[int, Party]) -> tuple[int, list[Reading]]:
    with demo.step("A carrier takes it under a sensor's eye, and it gets too warm: a stranger proves it") as report:
        maker, carrier = parties[MAKER], parties[CARRIER]
        log = SensorLog(demo.chain)
        calibrated = (demo.chain.now() // DAY) + 365
        sent, sensor = log.register(CADENCE, calibrated, b"\1" * 32, carrier.sender)
        report.sent(sent)
        sent, consignment = log.start(sensor, PALLET, maker.sender)
        report.sent(sent)
        capture(maker, "3-consigned.json", report)
        since = demo.chain.now()
        demo.pass_time(6 * 3_600)
        readings = journey(since)
        Session(demo.chain, {}).kept.keep(sensor, readings)
        report.sent(log.anchor(sensor, readings, carrier.sender))
        demo.expect(f"{len(readings)} readings are one entry of the sensor's log", len(log.entries(sensor)) == 1)

        (batch,) = (entry for entry in log.entries(sensor) if isinstance(entry, AnchoredBatch))
        warm = next(n for n, reading in enumerate(readings) if reading.celsius_hundredths > 800)
        proof = prove_reading(log.entries(sensor), batch, readings, warm)
        stranger = demo.account(STRANGER)
        forged = replace(proof, reading=Reading(readings[warm].at, 2_500))
        demo.refused(
            "proving a reading that was never made",
            "ReadingNotProven",
            lambda: log.prove(consignment, PALLET, forged, stranger),
        )
        report.sent(log.prove(consignment, PALLET, proof, stranger))
        held = maker.ledger.intervals(words.lot_of(MAKER, 1))[0].condition is Condition.HELD
        demo.expect(f"{readings[warm].celsius_hundredths / 100:.2f} °C, proven: the pallet is on hold", held)
        refusals = Report("demo", "refusal", scratch(), Console(quiet=True))
        capture(carrier, "4-carried.json", refusals, expected=False)
        demo.expect("the carrier cannot hand it on; nothing of its document was applied", refusals.has_refusals)
        for refusal in refusals.refusals:
            report.say(f"    {refusal['element']} {refusal['reason']}")
        report.keep(consignment=consignment)
        return sensor, readings


def judge(demo: Demo, parties: dict[int, Party], sensor: int, readings: list[Reading]) -> None:
    with demo.step("The exposure is worked out and attested, and an inspector decides") as report:
        carrier, inspector = parties[CARRIER], parties[INSPECTOR]
        log = SensorLog(demo.chain)
        found = exposure(readings, PRESETS["refrigerated"])
        within = found.verdict is not Verdict.ALARM
        facts = ExposureFacts(1, found.mean_kinetic, found.minimum, found.maximum, within, batch_root(readings))
        report.sent(log.attest(1, facts, carrier.sender))
        report.say(
            f"    mean kinetic temperature {found.mean_kinetic / 100:.2f} °C, {found.seconds_above // 60} minutes above"
            f" 8 °C, at most {found.maximum / 100:.2f} °C"
        )
        maker_key, call = parties[MAKER].sender, inspector.ledger.functions.decideHold(PALLET, True, b"\2" * 32)
        demo.refused(
            "the manufacturer deciding for itself",
            "OperatorNotInStanding",
            lambda: inspector.ledger.send([call], maker_key, "decide"),
        )
        report.sent(log.judge(1, len(log.entries(sensor)), b"\2" * 32, inspector.sender))
        report.sent(inspector.ledger.send([call], inspector.sender, "the pallet is fit"))
        capture(carrier, "4-carried.json", report)


def dispense(demo: Demo, parties: dict[int, Party]) -> None:
    with demo.step("The wholesaler opens the pallet, a case goes to the pharmacy, a pack to a patient") as report:
        capture(parties[WHOLESALER], "5-wholesale.json", report)
        capture(parties[PHARMACY], "6-dispensed.json", report)
        again = Report("demo", "again", scratch(), Console(quiet=True))
        outcome = parties[PHARMACY].ingest(EXAMPLES / "supply" / "6-dispensed.json", again)
        demo.expect("the same document once more changes nothing", outcome.sent is None and outcome.known == 3)
        pharmacy = parties[PHARMACY]
        demo.refused(
            "dispensing the same pack again",
            "UnitIsRetired",
            lambda: pharmacy.ledger.send(
                [pharmacy.ledger.functions.dispenseUnit(CASE, 5)], pharmacy.sender, "dispense"
            ),
        )


def scan(demo: Demo, parties: dict[int, Party]) -> None:
    with demo.step("A patient scans packs: each gets a status, and a reason"):
        party = parties[PHARMACY]
        for what, pack, reason in (
            ("the pack that was dispensed", DISPENSED, Reason.DISPENSED),
            ("its neighbour on the shelf", NEIGHBOUR, Reason.IN_ORDER),
        ):
            quiet = Report("demo", "scan", scratch(), Console(quiet=True))
            found = party.verify(pack, quiet)
            demo.expect(f"{what}: {quiet.facts['verdict']}, {quiet.facts['reason']}", found is reason)
        demo.expect("a serial number that was never made: refused", not known(party, FORGED))
        demo.expect("a pack with a later expiry printed over its own: refused", not known(party, RELABELLED))


def recall(demo: Demo, parties: dict[int, Party]) -> None:
    with demo.step("A recall of class I: one write, and every check knows it") as report:
        maker, pharmacy, wholesaler = parties[MAKER], parties[PHARMACY], parties[WHOLESALER]
        lot = maker.lot(GTIN, LOT)
        maker.recall(lot, words.notice_of(1, RecallReason.CONTAMINATION), None, None, report)
        quiet = Report("demo", "scan", scratch(), Console(quiet=True))
        demo.expect(
            "the neighbour on the shelf: recalled", pharmacy.verify(NEIGHBOUR, quiet) is Reason.RECALLED_CLASS_1
        )
        functions = pharmacy.ledger.functions
        demo.refused(
            "dispensing it",
            "LotIsRecalled",
            lambda: pharmacy.ledger.send([functions.dispenseUnit(CASE, 4)], pharmacy.sender, "dispense"),
        )
        for party in (pharmacy, wholesaler):
            party.acknowledge(lot, Report("demo", "acknowledge", scratch(), Console(quiet=True)))
        cases = [each for each in wholesaler.ledger.intervals(lot.lot) if each.holder == WHOLESALER]
        for case in cases:
            interval = words.interval_of(lot.lot, case.first)
            call = functions.ship(interval, RETURNS, words.ShipmentKind.RETURN)
            report.sent(wholesaler.ledger.send([call], wholesaler.sender, f"return {case.end - case.first} packs"))
            processor = parties[RETURNS]
            taken = functions.receiveShipment(interval, case.end)
            report.sent(processor.ledger.send([taken], processor.sender, "take them back"))
        maker.tell_recall(lot, report)
        demo.expect(
            "12 packs acknowledged, 8 returned, 4 with the pharmacy", maker.ledger.recall_progress(lot.lot) == (12, 8)
        )


def trace(demo: Demo, parties: dict[int, Party]) -> None:
    with demo.step("The pedigree of the patient's pack, and the ledger as an EPCIS document") as report:
        party = parties[PHARMACY]
        pedigree = party.pedigree(DISPENSED)
        REPORTS.mkdir(exist_ok=True)
        picture = REPORTS / "pedigree.svg"
        picture.write_text(draw(pedigree), "utf-8")
        way = list(dict.fromkeys(step.holder for step in pedigree.steps))
        warm = pedigree.temperatures is not None and len(pedigree.temperatures.series) > 60
        drawn = (
            f"{len(pedigree.steps)} steps by {len(way)} holders, and the temperatures: drawn in reports/pedigree.svg"
        )
        demo.expect(drawn, len(way) == 4 and warm)
        content, count = parties[MAKER].exported(GTIN, LOT)
        again = read_bytes(content, "export.json", datetime.fromtimestamp(demo.chain.now(), UTC))
        same = all(event.event_id == event.hash for event in again.events)
        demo.expect(f"{count} events written, read again, and each has its hash", same and len(again.events) == count)
        report.keep(steps=len(pedigree.steps), events=count)


def capture(party: Party, name: str, report: Report, expected: bool = True) -> None:
    """What an organisation captures goes on the chain. Raises CarechainError if it is refused and should not be."""
    quiet = Report("demo", "capture", scratch(), Console(quiet=True))
    outcome = party.ingest(EXAMPLES / "supply" / name, quiet)
    for refusal in outcome.refusals:
        if expected:
            raise refusal
        report.refused(refusal.place, refusal.problem, refusal.mend)
    for done in outcome.effects.values():
        report.say(f"    {name}: {'; '.join(done) or 'committed to'}") if outcome.sent else None
    report.sent(outcome.sent and replace(outcome.sent, what=f"{name}, {outcome.events} events"))


def known(party: Party, pack: str) -> bool:
    """Whether a pack has a passport that fits what it prints."""
    with suppress(CarechainError):
        return bool(party.passport(pack))
    return False


def journey(since: int) -> list[Reading]:
    """Six hours, a reading every five minutes; for three quarters of an hour a door stands open."""
    return [
        Reading(since + 300 * n, 1_040 + 10 * (n % 3) if 30 <= n < 39 else 480 + 15 * (n % 5)) for n in range(1, 70)
    ]
