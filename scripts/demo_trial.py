"""The demonstration's part about a clinical trial: from its registration to results with one outcome switched.

The files in examples/trials are what sponsor, sites and boards would have.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from carechain.merkle_log import MerkleTree
from carechain.registries.reading import read_record
from carechain.report import Report
from carechain.trials.allocation import AllocationList
from carechain.trials.batch_check import check_dataset
from carechain.trials.batch_file import BatchFile
from carechain.trials.pseudonym import person_of, pseudonym
from carechain.trials.record_proof import LogPlace, RecordProof, verify_record
from carechain.trials.state import Amendment
from carechain.trials.words import Authority, Flag, OutcomeStatus, Participation, Seriousness, trial_of
from scripts import consent as consent_script
from scripts.demo_steps import DAY, EXAMPLES, Demo
from scripts.suite import REPORTS, scratch
from scripts.trial_data import anchor_dataset
from scripts.trial_design import propose_amendment, register_record, tell_record
from scripts.trial_people import give_consent, revoke_consents
from scripts.trial_results import post_results, write_audit
from scripts.trial_session import Session

FILES = EXAMPLES / "trials"
AGENCY, SPONSOR, NORTH, SOUTH, ETHICS, SAFETY = 6, 14, 15, 16, 17, 18
"""Organisations of examples/organisations.yaml."""
TRIAL = trial_of(SPONSOR, 1)
SECRET = b"\x5e" * 32
SUBJECTS = {"N-001": (NORTH, 1), "N-002": (NORTH, 2), "S-001": (SOUTH, 3)}
"""Subject identifiers of the sites, and whose patient files they are."""
DOCUMENTS = {
    "protocol": str(FILES / "protocol-1.md"),
    "plan": str(FILES / "analysis-plan.md"),
    "form": str(FILES / "consent-form-1.md"),
}


def run(demo: Demo, patients: consent_script.Session) -> None:
    kept = str(scratch() / "trials")
    parties = {
        number: Session(demo.chain, {"as": str(number), "kept": kept})
        for number in (AGENCY, SPONSOR, NORTH, SOUTH, ETHICS, SAFETY)
    }
    register(demo, parties)
    approve(demo, parties)
    enrol(demo, parties, patients)
    amend(demo, parties, patients)
    record_data(demo, parties)
    care(demo, parties, patients)
    lock(demo, parties)
    report_results(demo, parties)


def register(demo: Demo, parties: dict[int, Session]) -> None:
    with demo.step("A trial is registered from its record in a registry, each outcome by itself") as report:
        record = read_record(FILES / "record.json")
        tell_record(record, report)
        register_record(with_options(parties[SPONSOR], **DOCUMENTS), record, report)
        state = parties[SPONSOR].ledger.trial(TRIAL)
        demo.expect("it was registered before anybody took part", Flag.LATE not in state.flags)
        late = with_options(parties[SPONSOR], **DOCUMENTS, number="2", started="2020-01-01")
        register_record(late, record, report)
        flags = late.ledger.trial(trial_of(SPONSOR, 2)).flags
        demo.expect("one that began before it was registered is marked as late, for ever", Flag.LATE in flags)


def approve(demo: Demo, parties: dict[int, Session]) -> None:
    with demo.step("Treatments are drawn and committed to; boards approve the trial and two sites") as report:
        sponsor = parties[SPONSOR]
        functions = sponsor.ledger.functions
        allocations = AllocationList.from_csv(FILES / "allocations.csv")
        allocations.write(sponsor.folder(TRIAL) / "allocations.json")
        root = allocations.tree.root()
        sponsor.send(report, functions.commitAllocations(TRIAL, allocations.places, root), "commit to the allocations")
        sponsor.send(report, functions.appointSafetyBoard(TRIAL, SAFETY), "appoint a safety board")
        demo.refused(
            "a site that opens itself before it is approved",
            "SiteNotOpen",
            lambda: sponsor.ledger.send(functions.openSite(TRIAL, NORTH, 12), sponsor.sender, "open a site"),
        )
        for site in (0, NORTH, SOUTH):
            for board, authority in ((ETHICS, Authority.ETHICS_BOARD), (AGENCY, Authority.REGULATOR)):
                decision = parties[board].document(TRIAL, str(FILES / "decision.md"), "decision").commitment
                parties[board].send(report, functions.approve(TRIAL, site, authority, decision), "approve")
        for site in (NORTH, SOUTH):
            sponsor.send(report, functions.openSite(TRIAL, site, 12), "open a site")
            sponsor.send(report, functions.openStream(TRIAL, site), "open a stream")
        demo.expect("two sites may enrol", all(site.open for site in sponsor.ledger.sites(TRIAL).values()))


def enrol(demo: Demo, parties: dict[int, Session], patients: consent_script.Session) -> None:
    with demo.step("Three people consent and are enrolled; one of them tries it at both sites") as report:
        functions = parties[NORTH].ledger.functions
        today = demo.chain.now() // DAY
        stranger = demo.chain.web3.eth.accounts[19]
        demo.refused(
            "enrolling somebody who has not consented",
            "ConsentMissing",
            lambda: parties[NORTH].ledger.send(
                functions.enrolParticipant(TRIAL, NORTH, b"\1" * 32, stranger, today), parties[NORTH].sender, "enrol"
            ),
        )
        for subject, (site, file) in SUBJECTS.items():
            address = give_consent(patients, TRIAL, site, patient_name(file), FILES / "consent-form-1.md", report)
            participant = pseudonym(SECRET, TRIAL, person(file))
            call = functions.enrolParticipant(TRIAL, site, participant, address, today)
            parties[site].send(report, call, "enrol")
            parties[site].keep_person(TRIAL, subject, participant, address)
        again = give_consent(patients, TRIAL, SOUTH, patient_name(1), FILES / "consent-form-1.md", report)
        demo.refused(
            "the same person at the second site",
            "ParticipantKnown",
            lambda: parties[SOUTH].ledger.send(
                functions.enrolParticipant(TRIAL, SOUTH, pseudonym(SECRET, TRIAL, person(1)), again, today),
                parties[SOUTH].sender,
                "enrol",
            ),
        )
        for place, (subject, (site, _)) in enumerate(SUBJECTS.items()):
            participant = parties[site].participant(TRIAL, subject)
            parties[site].send(report, functions.randomise(TRIAL, participant, place), "randomise")
        reason = parties[AGENCY].document(TRIAL, str(FILES / "reason.md"), "hold").commitment
        parties[AGENCY].send(report, functions.placeHold(TRIAL, reason), "place a clinical hold")
        demo.refused(
            "enrolling during a clinical hold",
            "TrialStateInvalid",
            lambda: parties[NORTH].ledger.send(
                functions.enrolParticipant(TRIAL, NORTH, b"\2" * 32, again, today), parties[NORTH].sender, "enrol"
            ),
        )
        parties[AGENCY].send(report, functions.liftHold(TRIAL, AGENCY, reason), "lift the hold")
        state = parties[SPONSOR].ledger.trial(TRIAL)
        demo.expect("three people take part", (state.enrolled, state.enrolment_cap) == (3, 24))


def amend(demo: Demo, parties: dict[int, Session], patients: consent_script.Session) -> None:
    with demo.step("The protocol is amended, and participants sign the new consent form") as report:
        sponsor, functions = parties[SPONSOR], parties[SPONSOR].ledger.functions
        amendment = propose_amendment(sponsor, TRIAL, FILES / "amendment.yaml", report)
        fields = tuple(vars(amendment).values())
        yesterday: Amendment = replace(amendment, effective_on=amendment.effective_on - 1)
        decision = parties[ETHICS].document(TRIAL, str(FILES / "decision.md"), "decision").commitment
        call = functions.approveAmendment(TRIAL, fields, decision)
        parties[ETHICS].send(report, call, "approve the amendment")
        demo.refused(
            "an amendment that is dated back",
            "AmendmentBackdated",
            lambda: sponsor.ledger.send(
                functions.proposeAmendment(TRIAL, tuple(vars(yesterday).values())), sponsor.sender, "amend"
            ),
        )
        participant = parties[NORTH].participant(TRIAL, "N-001")
        standing = sponsor.ledger.participation(TRIAL, participant)
        demo.expect("nobody has signed the new form yet", standing is Participation.CONSENT_OUTDATED)
        for subject in ("N-001", "N-002"):
            site, file = SUBJECTS[subject]
            give_consent(patients, TRIAL, site, patient_name(file), FILES / "consent-form-2.md", report)
            call = functions.renewConsent(TRIAL, parties[site].participant(TRIAL, subject))
            parties[site].send(report, call, "renew a consent")
        demo.expect("who has signed goes on", sponsor.ledger.participation(TRIAL, participant) is Participation.ACTIVE)


def record_data(demo: Demo, parties: dict[int, Session]) -> None:
    with demo.step("Two sites record data; a correction stands beside what it corrects; a change is found") as report:
        north, south = parties[NORTH], parties[SOUTH]
        anchor_dataset(north, TRIAL, FILES / "vitals-north.json", report)
        anchor_dataset(south, TRIAL, FILES / "vitals-south.ndjson", report)
        correcting = with_options(north, corrects="0", reason=str(FILES / "reason.md"))
        anchor_dataset(correcting, TRIAL, FILES / "vitals-north-corrected.json", report)
        entries = north.ledger.data(TRIAL, NORTH)
        demo.expect(
            "the correction points to what it corrects, and both stay",
            [each.entry.corrected for each in entries] == [None, 0],
        )
        functions = north.ledger.functions
        demo.refused(
            "a site that writes into the other's stream",
            "OperatorNotInStanding",
            lambda: south.ledger.send(
                functions.anchorData(TRIAL, NORTH, 1, 2, 1, b"\1" * 32), south.sender, "anchor data"
            ),
        )
        tree = MerkleTree(each.entry.content() for each in entries)
        first = next(batch for batch in north.batches(TRIAL) if batch.root == entries[0].entry.root)
        with BatchFile.open(first.path) as batch:
            content, path = entries[0].entry.content(), tree.inclusion_proof(0)
            place = LogPlace(demo.chain.book.chain_id, north.ledger.address, TRIAL, NORTH, content, 0, tree.size, path)
            proof = RecordProof.of(batch, 6, place)
            dataset = json.loads((FILES / "vitals-north.json").read_text("utf-8"))
            verified = verify_record(dataset["rows"][5], proof, tree.root())
            demo.expect("one record of eight is proven offline, under the log's root", verified.number == 6)
            altered = scratch() / "altered.json"
            text = (FILES / "vitals-north.json").read_text("utf-8")
            row = json.dumps(dataset["rows"][5])
            changed = (
                row.replace('"WEEK 4"', '"WEEK 5"') if '"WEEK 4"' in row else row.replace('"BASELINE"', '"BASELINF"')
            )
            altered.write_text(text.replace(row, changed), "utf-8")
            found = check_dataset(altered, batch)
            demo.expect(
                f"one altered byte is found: {' '.join(found.sentences())}",
                [(each.number, each.fields) for each in found.changed] == [(6, ("VISIT",))],
            )


def care(demo: Demo, parties: dict[int, Session], patients: consent_script.Session) -> None:
    with demo.step(
        "An emergency: one treatment is told, and logged; an adverse event has its clock; one leaves"
    ) as report:
        north, sponsor = parties[NORTH], parties[SPONSOR]
        functions = north.ledger.functions
        participant = north.participant(TRIAL, "N-002")
        reason = north.document(TRIAL, str(FILES / "reason.md"), "unblinding").commitment
        description = north.document(TRIAL, str(FILES / "reason.md"), "event").commitment
        aware = demo.chain.now()
        call = functions.reportAdverseEvent(TRIAL, NORTH, Seriousness.LIFE_THREATENING, aware, description)
        north.send(report, call, "report an adverse event")
        demo.refused(
            "a stranger asking for a treatment",
            "TrialNotYours",
            lambda: sponsor.ledger.send(functions.unblind(TRIAL, participant, reason), sponsor.sender, "unblind"),
        )
        north.send(report, functions.unblind(TRIAL, participant, reason), "log an emergency unblinding")
        allocations = AllocationList.read(sponsor.folder(TRIAL) / "allocations.json")
        known = north.ledger.participant(TRIAL, participant)
        assert known is not None
        demo.expect(f"the treatment is told: {allocations.arm(known.place - 1)}", known.unblinded)
        demo.pass_time(8 * DAY)
        demo.expect(
            "after seven days everybody sees that it was not filed", sponsor.ledger.adverse_event(TRIAL, 1).overdue
        )
        sponsor.send(report, functions.fileAdverseEvent(TRIAL, 1, description), "file the event")
        revoke_consents(patients, TRIAL, SOUTH, patient_name(3), report)
        leaver = parties[SOUTH].participant(TRIAL, "S-001")
        call = functions.withdraw(TRIAL, leaver)
        report.sent(sponsor.ledger.send(call, demo.account(19), "note a withdrawal"))
        demo.expect(
            "who revoked takes part no longer, noted by a stranger",
            sponsor.ledger.participation(TRIAL, leaver) is Participation.WITHDRAWN,
        )


def lock(demo: Demo, parties: dict[int, Session]) -> None:
    with demo.step("The dataset is locked, then the allocation list revealed and found to be what it was") as report:
        sponsor, functions = parties[SPONSOR], parties[SPONSOR].ledger.functions
        allocations = AllocationList.read(sponsor.folder(TRIAL) / "allocations.json")
        codes, proof = allocations.block(0)
        call = functions.revealAllocations(TRIAL, allocations.key, 0, codes, [*proof])
        demo.refused(
            "revealing treatments before the lock",
            "TrialStateInvalid",
            lambda: sponsor.ledger.send(call, sponsor.sender, "reveal"),
        )
        for site in (NORTH, SOUTH):
            parties[site].send(report, functions.lockStream(TRIAL, site), "lock a stream")
        dataset = sponsor.document(TRIAL, str(FILES / "dataset.md"), "dataset").commitment
        sponsor.send(report, functions.recordCompletion(TRIAL, demo.chain.now() // DAY), "record completion")
        sponsor.send(report, functions.lockDataset(TRIAL, dataset), "lock the dataset")
        demo.refused(
            "data after the lock",
            "StreamNotOpen",
            lambda: parties[NORTH].ledger.send(
                functions.anchorData(TRIAL, NORTH, 1, 2, 1, b"\1" * 32), parties[NORTH].sender, "anchor data"
            ),
        )
        swapped = bytes([3 - codes[0], *codes[1:]])
        demo.refused(
            "another treatment than was drawn",
            "RevealMismatch",
            lambda: sponsor.ledger.send(
                functions.revealAllocations(TRIAL, allocations.key, 0, swapped, [*proof]), sponsor.sender, "reveal"
            ),
        )
        sponsor.send(report, call, "reveal the allocations")
        demo.expect("the list is what was committed to", Flag.UNBLINDED in sponsor.ledger.trial(TRIAL).flags)


def report_results(demo: Demo, parties: dict[int, Session]) -> None:
    with demo.step("Results are posted, and a switched outcome shows; an auditor reads the whole") as report:
        sponsor = parties[SPONSOR]
        post_results(sponsor, TRIAL, FILES / "results.json", report)
        statuses = [sponsor.ledger.outcome_status(TRIAL, number) for number in range(3)]
        demo.expect(
            "the primary outcome is missing, a secondary one was made primary, one is as registered",
            statuses == [OutcomeStatus.MISSING, OutcomeStatus.CHANGED, OutcomeStatus.REPORTED],
        )
        results = sponsor.ledger.results(TRIAL)
        demo.expect("a result of what was never registered stands out", results.added == 1)
        page = REPORTS / "trial-audit.html"
        quiet = Report("trial", "audit", scratch(), Console(quiet=True))
        write_audit(demo.chain, TRIAL, page, quiet, sponsor.named)
        demo.expect(
            f"the audit says so: {page.relative_to(REPORTS.parent)}",
            any("outcome 1" in each for each in quiet.facts["findings"]),
        )


def with_options(session: Session, **options: str) -> Session:
    """The same party, called with more options."""
    return replace(session, named={**session.named, **options})


def patient_name(file: int) -> str:
    return f"Patient/trial-{file}"


def person(file: int) -> dict[str, str]:
    path: Path = FILES / f"patient-{file}.json"
    return person_of(json.loads(path.read_text("utf-8")), path.name, "https://health-id.example")
