"""`brownie run trial …`: a trial from its registration to its results, as those who take part run it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from hashlib import sha256

import pytest
from rich.console import Console

import scripts.trial as script
from carechain.registries.reading import read_record
from carechain.report import Report
from carechain.trials.allocation import AllocationList
from carechain.trials.words import Authority, Flag, trial_of
from scripts.arguments import day_text
from scripts.suite import ROOT
from scripts.trial_design import register_record
from scripts.trial_session import Session
from tests.helpers.suite import pass_time
from tests.scripts.books import chain_with_book
from tests.unit.cdisc.cdisc_documents import ODM

FILES = ROOT / "examples" / "trials"
AGENCY, SPONSOR, NORTH, SOUTH, ETHICS, SAFETY = 6, 14, 15, 16, 17, 18
NAME, TRIAL = "14.1", trial_of(SPONSOR, 1)
DOCUMENTS = [
    f"{option}={FILES / name}"
    for option, name in (("protocol", "protocol-1.md"), ("plan", "analysis-plan.md"), ("form", "consent-form-1.md"))
]
SYSTEM = "identifier=https://health-id.example"
DAY = 86_400


@pytest.fixture(scope="module")
def opening(example_book, tmp_path_factory):
    """A trial that is registered, approved, with an allocation list, and two sites that enrol and record. What is kept
    of it."""
    kept = tmp_path_factory.mktemp("kept")
    chain = chain_with_book(example_book)
    quiet = Report("trial", "opening", tmp_path_factory.mktemp("reports"), Console(quiet=True))
    parties = {number: Session(chain, {"as": str(number), "kept": str(kept)}) for number in range(6, 19)}
    options = dict(each.split("=", 1) for each in DOCUMENTS)
    sponsor = replace(parties[SPONSOR], named={**parties[SPONSOR].named, **options})
    register_record(sponsor, read_record(FILES / "record.json"), quiet)
    allocations = AllocationList.from_csv(FILES / "allocations.csv")
    allocations.write(parties[SPONSOR].folder(TRIAL) / "allocations.json")
    functions = parties[SPONSOR].ledger.functions

    def send(by, call):
        parties[by].ledger.send(call, parties[by].sender, "open a trial")

    send(SPONSOR, functions.commitAllocations(TRIAL, allocations.places, allocations.tree.root()))
    send(SPONSOR, functions.appointSafetyBoard(TRIAL, SAFETY))
    for site in (0, NORTH, SOUTH):
        send(ETHICS, functions.approve(TRIAL, site, Authority.ETHICS_BOARD, b"\1" * 32))
        send(AGENCY, functions.approve(TRIAL, site, Authority.REGULATOR, b"\1" * 32))
    for site in (NORTH, SOUTH):
        send(SPONSOR, functions.openSite(TRIAL, site, 12))
        send(SPONSOR, functions.openStream(TRIAL, site))
    return kept


@pytest.fixture
def trial(run, opening, deployed, tmp_path):
    """Runs one of the functions, for an organisation or for nobody in particular."""
    kept = tmp_path / "kept"
    shutil.copytree(opening, kept)

    def run_for(function, *arguments, by=None):
        acting = () if by is None else (f"as={by}", f"kept={kept}")
        return run(function, *arguments, *acting)

    return run_for


@pytest.fixture
def ledger(deployed, tmp_path):
    return Session(chain_with_book(tmp_path / "book.json"), {}).ledger


@pytest.fixture
def secret(trial, tmp_path):
    path = tmp_path / "secret"
    assert trial(script.secret, path).code == 0
    return path


@pytest.fixture
def enrol(trial, secret):
    """A patient consents at a site, and is enrolled there."""

    def enrolled(file, subject, site=NORTH, form="consent-form-1.md"):
        address = trial(script.consent, NAME, site, f"Patient/{file}", FILES / form).facts["patient"]
        return trial(script.enrol, NAME, FILES / f"{file}.json", subject, address, f"secret={secret}", SYSTEM, by=site)

    return enrolled


# ------------------------------------------------------------------ registration


def test_a_record_alone_is_judged_and_nothing_is_registered(trial, state):
    before = state()
    done = trial(script.register, FILES / "record.json")
    assert done.code == 0
    assert done.facts["late"] is False
    assert (done.facts["registered"], done.facts["started"]) == ("2026-01-12", "2026-03-01")
    assert [each["kind"] for each in done.facts["outcomes"]] == ["primary", "secondary", "secondary"]
    assert state() == before


def test_a_trial_is_registered_once_and_again_is_the_same(trial, ledger, state):
    done = trial(script.register, FILES / "record.json", "number=5", *DOCUMENTS, by=SPONSOR)
    assert done.facts["trial"] == "14.5"
    found = ledger.trial(trial_of(SPONSOR, 5))
    assert (found.outcomes, found.primaries, found.enrolment_cap) == (3, 1, 24)
    before = state()
    again = trial(script.register, FILES / "record.json", "number=5", *DOCUMENTS, by=SPONSOR)
    assert again.code == 0
    assert "registered already" in again.output
    unnamed = trial(script.register, FILES / "record.json", *DOCUMENTS, by=SPONSOR)
    assert unnamed.facts["trial"] == NAME
    assert state() == before


def test_a_record_alone_is_registered_without_documents_and_says_so(trial, ledger):
    refused = trial(script.register, FILES / "record.json", by=SPONSOR)
    assert (refused.code, "lacks documents" in refused.output) == (1, True)
    done = trial(script.register, FILES / "record.json", "documents=later", by=SPONSOR)
    assert (done.code, done.facts["trial"]) == (0, "14.2")
    assert len(done.facts["notes"]) == 3
    assert "no protocol was given" in done.facts["notes"][0]
    again = trial(script.register, FILES / "record.json", "documents=later", by=SPONSOR)
    assert again.facts["trial"] == "14.2"


def test_another_design_under_the_same_number_is_refused(trial, state):
    before = state()
    other = [f"protocol={FILES / 'protocol-2.md'}", *DOCUMENTS[1:]]
    done = trial(script.register, FILES / "record.json", "number=1", *other, by=SPONSOR)
    assert done.code == 1
    assert "with another design" in done.output
    assert state() == before


def test_a_trial_that_had_started_is_marked_as_late(trial, ledger):
    done = trial(script.register, FILES / "record.json", "number=2", *DOCUMENTS, "started=2020-01-01", by=SPONSOR)
    assert done.facts["registered_late_on_chain"] is True
    assert Flag.LATE in ledger.trial(trial_of(SPONSOR, 2)).flags


def test_a_record_without_completion_asks_for_it(trial, tmp_path, state):
    record = json.loads((FILES / "record.json").read_text("utf-8"))
    status = record["protocolSection"]["statusModule"]
    del status["primaryCompletionDateStruct"], status["completionDateStruct"], status["startDateStruct"]
    file = tmp_path / "undated.json"
    file.write_text(json.dumps(record), "utf-8")
    before = state()
    judged = trial(script.register, file)
    assert judged.facts["late"] == "unknown"
    done = trial(script.register, file, "number=3", *DOCUMENTS, by=SPONSOR)
    assert done.code == 1
    assert "completion=YYYY-MM-DD" in done.output
    assert state() == before
    done = trial(script.register, file, "number=3", *DOCUMENTS, "completion=2028-01-31", by=SPONSOR)
    assert done.code == 0


# ------------------------------------------------------------------ people


def test_boards_approve_and_a_sponsor_opens(trial, ledger):
    assert trial(script.register, FILES / "record.json", "number=6", *DOCUMENTS, by=SPONSOR).code == 0
    assert trial(script.allocate, "14.6", FILES / "allocations.csv", by=SPONSOR).facts["places"] == 24
    assert trial(script.appoint, "14.6", SAFETY, by=SPONSOR).code == 0
    assert "SiteNotOpen" in trial(script.open_site, "14.6", NORTH, 12, by=SPONSOR).output
    for where in ((), (f"site={NORTH}",)):
        for authority, by in (("ethics", ETHICS), ("regulator", AGENCY)):
            assert trial(script.approve, "14.6", authority, FILES / "decision.md", *where, by=by).code == 0
    assert trial(script.open_site, "14.6", NORTH, 12, by=SPONSOR).code == 0
    assert trial(script.open_site, "14.6", NORTH, 20, by=SPONSOR).code == 0
    assert trial(script.open_stream, "14.6", NORTH, by=SPONSOR).code == 0
    assert ledger.site(trial_of(SPONSOR, 6), NORTH).allotment == 20
    assert trial(script.close_site, "14.6", NORTH, FILES / "reason.md", by=NORTH).code == 0
    done = trial(script.withdraw_approval, "14.6", "ethics", FILES / "reason.md", by=ETHICS)
    assert done.code == 0
    assert Flag.APPROVED not in ledger.trial(trial_of(SPONSOR, 6)).flags


def test_two_enrolments_of_one_person_at_two_sites_are_refused(trial, enrol, ledger):
    assert enrol("patient-1", "N-001").code == 0
    done = enrol("patient-1", "S-009", SOUTH)
    assert done.code == 1
    assert "ParticipantKnown" in done.output
    assert ledger.trial(TRIAL).enrolled == 1


def test_nobody_is_enrolled_without_consent(trial, secret, ledger):
    address = "0x" + "1" * 40
    done = trial(script.enrol, NAME, FILES / "patient-1.json", "N-001", address, f"secret={secret}", SYSTEM, by=NORTH)
    assert done.code == 1
    assert "ConsentMissing" in done.output
    assert ledger.trial(TRIAL).enrolled == 0


def test_a_subject_stands_for_one_person(trial, enrol, tmp_path):
    enrol("patient-1", "N-001")
    assert "stands for somebody else" in enrol("patient-2", "N-001").output
    kept = json.loads(next((tmp_path / "kept").rglob("participants.json")).read_text("utf-8"))
    assert list(kept) == ["N-001"]


def test_who_is_refused_is_not_kept(trial, secret, tmp_path):
    for address in ("0x" + "1" * 40, "not-an-address"):
        patient = FILES / "patient-1.json"
        done = trial(script.enrol, NAME, patient, "N-001", address, f"secret={secret}", SYSTEM, by=NORTH)
        assert done.code == 1
    assert not list((tmp_path / "kept").rglob("participants.json"))


def test_what_a_patient_signed_is_kept(trial, tmp_path):
    receipts = tmp_path / "receipts"
    form = FILES / "consent-form-1.md"
    trial(script.consent, NAME, NORTH, "Patient/patient-1", form, f"receipts={receipts}")
    (kept,) = (json.loads(path.read_text("utf-8")) for path in receipts.rglob("*.json"))
    digest = sha256(bytes.fromhex(kept["salt"]) + kept["canonical"].encode()).digest()
    assert kept["reference"] == digest[:30].hex() + "0001"
    assert json.loads(kept["canonical"])["form"] == sha256(form.read_bytes()).hexdigest()


def test_an_enrolment_is_noted_once(trial, enrol, secret, state):
    done = enrol("patient-1", "N-001")
    before = state()
    address = trial(script.consent, NAME, NORTH, "Patient/patient-1", FILES / "consent-form-1.md").facts["patient"]
    again = trial(script.enrol, NAME, FILES / "patient-1.json", "N-001", address, f"secret={secret}", SYSTEM, by=NORTH)
    assert again.facts["participant"] == done.facts["participant"]
    assert state() == before


def test_who_leaves_takes_part_no_longer(trial, enrol, ledger):
    participant = bytes.fromhex(enrol("patient-1", "N-001").facts["participant"][2:])
    assert trial(script.leave, NAME, NORTH, "Patient/patient-1").code == 0
    assert ledger.participation(TRIAL, participant).name == "CONSENT_LAPSED"
    assert trial(script.withdraw, NAME, "N-001", by=NORTH).code == 0
    assert ledger.participation(TRIAL, participant).name == "WITHDRAWN"


def test_a_hold_stops_enrolment_until_it_is_lifted(trial, enrol):
    assert trial(script.hold, NAME, FILES / "reason.md", by=AGENCY).code == 0
    assert "TrialStateInvalid" in enrol("patient-1", "N-001").output
    assert trial(script.lift, NAME, FILES / "reason.md", by=AGENCY).code == 0
    assert enrol("patient-1", "N-001").code == 0


def test_a_safety_board_pauses_and_resumes(trial, enrol):
    assert trial(script.pause, NAME, FILES / "reason.md", by=SAFETY).code == 0
    assert "TrialStateInvalid" in enrol("patient-1", "N-001").output
    assert trial(script.resume, NAME, FILES / "reason.md", by=SAFETY).code == 0
    assert enrol("patient-1", "N-001").code == 0
    assert trial(script.end, NAME, FILES / "reason.md", by=SAFETY).code == 0
    assert "TrialStateInvalid" in enrol("patient-2", "N-002").output


def test_an_amendment_asks_for_a_new_consent(trial, enrol, ledger):
    participant = bytes.fromhex(enrol("patient-1", "N-001").facts["participant"][2:])
    proposed = trial(script.amend, NAME, FILES / "amendment.yaml", by=SPONSOR)
    assert proposed.facts["changes"] == ["protocol", "consent form"]
    assert trial(script.approve_amendment, NAME, "0x" + "1" * 64, FILES / "decision.md", by=ETHICS).code == 1
    assert trial(script.approve_amendment, NAME, by=ETHICS).facts["amendment"] == proposed.facts["amendment"]
    named = proposed.facts["amendment"]
    assert trial(script.approve_amendment, NAME, named, FILES / "decision.md", by=ETHICS).code == 0
    assert ledger.trial(TRIAL).version == 1
    assert ledger.participation(TRIAL, participant).name == "CONSENT_OUTDATED"
    refused = trial(script.renew, NAME, "N-001", by=NORTH)
    assert "ConsentMissing" in refused.output
    trial(script.consent, NAME, NORTH, "Patient/patient-1", FILES / "consent-form-2.md")
    assert trial(script.renew, NAME, "N-001", by=NORTH).code == 0
    assert ledger.participation(TRIAL, participant).name == "ACTIVE"


def test_an_amendment_for_later_waits_for_its_day(trial, tmp_path, ledger, deployed):
    later = deployed.now() // DAY + 2
    day = day_text(later)
    file = tmp_path / "amendment.yaml"
    file.write_text(f"reason: later\neffective: {day}\nenrolment cap: 30\n", "utf-8")
    named = trial(script.amend, NAME, file, by=SPONSOR).facts["amendment"]
    assert trial(script.approve_amendment, NAME, named, FILES / "decision.md", by=ETHICS).code == 0
    assert "AmendmentNotDue" in trial(script.put_in_force, NAME, by=SPONSOR).output
    pass_time(3 * DAY)
    assert trial(script.put_in_force, NAME, by=SPONSOR).code == 0
    assert ledger.trial(TRIAL).enrolment_cap == 30


def test_an_amendment_is_not_lost_under_another(trial, ledger, tmp_path):
    named = trial(script.amend, NAME, FILES / "amendment.yaml", by=SPONSOR).facts["amendment"]
    other = tmp_path / "other.yaml"
    other.write_text("reason: another\nenrolment cap: 30\n", "utf-8")
    assert "has an amendment that waits" in trial(script.amend, NAME, other, by=SPONSOR).output
    assert trial(script.approve_amendment, NAME, named, FILES / "decision.md", by=ETHICS).code == 0
    assert trial(script.amend, NAME, other, by=SPONSOR).code == 0
    assert trial(script.drop_amendment, NAME, FILES / "reason.md", by=ETHICS).code == 0
    assert ledger.trial(TRIAL).proposed == bytes(32)


def test_an_amendment_that_is_dated_back_is_refused(trial, tmp_path):
    file = tmp_path / "amendment.yaml"
    file.write_text("reason: earlier\neffective: 2020-01-01\n", "utf-8")
    assert "AmendmentBackdated" in trial(script.amend, NAME, file, by=SPONSOR).output


def test_a_treatment_is_told_after_it_is_logged(trial, enrol, ledger, tmp_path):
    enrol("patient-1", "N-001")
    assert trial(script.randomise, NAME, "N-001", by=NORTH).code == 0
    found = next((tmp_path / "kept").rglob(f"organisation-{SPONSOR}/allocations.json"))
    done = trial(script.unblind, NAME, "N-001", FILES / "reason.md", f"list={found}", by=NORTH)
    assert done.code == 0
    assert "The treatment is: Honey spray." in done.output
    assert "Honey" not in json.dumps(done.facts)
    assert ledger.trial(TRIAL).unblinded == 1


# ------------------------------------------------------------------ data


def test_a_dataset_is_anchored_once(trial, state, ledger):
    done = trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    assert (done.code, done.facts["records"], done.facts["entry"]) == (0, 8, 0)
    before = state()
    again = trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    assert "anchored already" in again.output
    assert state() == before


def test_a_record_is_proven_offline(trial, tmp_path, ledger):
    trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    proof = tmp_path / "proof.json"
    shown = trial(script.prove, NAME, FILES / "vitals-north.json", 6, proof, by=NORTH)
    assert shown.code == 0, shown.output
    root = shown.facts["root"]
    assert root == "0x" + ledger.head(TRIAL, NORTH)[1].hex()
    checked = trial(script.verify, shown.facts["record"], proof, root)
    assert checked.code == 0, checked.output
    assert checked.facts["number"] == 6
    record = json.loads((tmp_path / "proof.record.json").read_text("utf-8"))
    record[5] = "0"
    (tmp_path / "forged.json").write_text(json.dumps(record), "utf-8")
    assert trial(script.verify, tmp_path / "forged.json", proof, root).code == 1
    assert trial(script.verify, shown.facts["record"], proof, "0x" + "1" * 64).code == 1


def test_the_proof_file_of_a_dataset_proves_each_of_its_records(trial, tmp_path):
    done = trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    rows = json.loads((FILES / "vitals-north.json").read_text("utf-8"))["rows"]
    record = tmp_path / "record.json"
    for number, row in enumerate(rows, 1):
        record.write_text(json.dumps(row), "utf-8")
        for option in ((), (f"record={number}",)):
            found = trial(script.verify, record, done.facts["proof"], done.facts["log_root"], *option)
            assert found.code == 0, found.output
            assert found.facts["number"] == number
    record.write_text(json.dumps([*rows[0][:5], "1", *rows[0][6:]]), "utf-8")
    assert "is none of the dataset" in trial(script.verify, record, done.facts["proof"], done.facts["log_root"]).output
    assert trial(script.verify, record, done.facts["proof"], done.facts["log_root"], "record=1").code == 1


def test_a_correction_stands_beside_what_it_corrects(trial, ledger, tmp_path):
    trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    old = ledger.head(TRIAL, NORTH)
    done = trial(
        script.anchor,
        NAME,
        FILES / "vitals-north-corrected.json",
        "corrects=0",
        f"reason={FILES / 'reason.md'}",
        by=NORTH,
    )
    assert done.code == 0, done.output
    assert [each.entry.corrected for each in ledger.data(TRIAL, NORTH)] == [None, 0]
    proof = tmp_path / "consistency.json"
    told = trial(script.consistency, NAME, NORTH, old[0], proof, by=NORTH)
    assert told.facts["old_root"] == "0x" + old[1].hex()
    assert trial(script.verify_log, proof, told.facts["old_root"], told.facts["root"]).code == 0
    assert trial(script.verify_log, proof, told.facts["root"], told.facts["old_root"]).code == 1


def test_a_dataset_under_another_name_is_anchored_once(trial, tmp_path, state):
    trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    before = state()
    copy = tmp_path / "copy.json"
    shutil.copy(FILES / "vitals-north.json", copy)
    assert "anchored already" in trial(script.anchor, NAME, copy, by=NORTH).output
    other = trial(script.anchor, NAME, copy, "corrects=0", f"reason={FILES / 'reason.md'}", by=NORTH)
    assert "is anchored already, otherwise" in " ".join(other.output.split())
    assert state() == before


def test_the_period_is_that_of_the_dates_of_collection(trial, ledger):
    trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    entry = ledger.data(TRIAL, NORTH)[0].entry
    assert (day_text(entry.since // DAY), day_text(entry.until // DAY)) == ("2026-04-02", "2026-04-30")


def test_that_a_dataset_was_anchored_is_proven_with_a_root(trial):
    done = trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    proof, root = done.facts["proof"], done.facts["log_root"]
    assert "was anchored is not proven" in trial(script.check, FILES / "vitals-north.json", proof).facts["notes"][0]
    assert trial(script.check, FILES / "vitals-north.json", proof, f"root={root}").code == 0
    assert trial(script.check, FILES / "vitals-north.json", proof, "root=0x" + "1" * 64).code == 1


def test_a_changed_record_is_located(trial, tmp_path):
    done = trial(script.anchor, NAME, FILES / "vitals-south.ndjson", by=SOUTH)
    text = (FILES / "vitals-south.ndjson").read_text("utf-8")
    assert trial(script.check, FILES / "vitals-south.ndjson", done.facts["proof"]).code == 0
    altered = tmp_path / "altered.ndjson"
    altered.write_text(text.replace('"WEEK 4"', '"WEEK 5"', 1), "utf-8")
    found = trial(script.check, altered, done.facts["proof"])
    assert found.code == 1
    assert "Record 3 changed, in: VISIT." in found.output


def test_a_dataset_that_does_not_fit_its_columns_is_refused_whole(trial, tmp_path, state):
    text = (FILES / "vitals-north.json").read_text("utf-8")
    broken = tmp_path / "broken.json"
    broken.write_text(text.replace('"S-001"', "7").replace('"N-002", 2', '"N-002", "two"', 1), "utf-8")
    before = state()
    done = trial(script.anchor, NAME, broken, by=NORTH)
    assert done.code == 1
    assert "row 6, VSSEQ" in done.output
    assert "two" not in done.output
    assert state() == before


@pytest.mark.parametrize("sent", [False, True])
def test_an_anchor_that_was_cut_off_is_taken_up_where_it_was(trial, ledger, monkeypatch, sent):
    """Salts are drawn once: what was committed to before the cut, sent or not, is what the next run finds."""
    dataset = FILES / "vitals-north.json"

    class CutOff(BaseException):
        """As a signal is: nothing catches it."""

    planned = []

    def cut(session, report, call, what):
        planned.append(call.args[-1])
        if sent:
            session.ledger.send(call, session.sender, what)
        raise CutOff

    with monkeypatch.context() as patched:
        patched.setattr(Session, "send", cut)
        with pytest.raises(CutOff):
            trial(script.anchor, NAME, dataset, by=NORTH)
    assert len(ledger.data(TRIAL, NORTH)) == sent
    done = trial(script.anchor, NAME, dataset, by=NORTH)
    assert (done.code, len(done.facts["transactions"])) == (0, not sent)
    assert [each.entry.root for each in ledger.data(TRIAL, NORTH)] == planned


def test_odm_is_anchored_and_a_record_of_it_proven(trial, tmp_path):
    odm = tmp_path / "odm.xml"
    odm.write_text(ODM, "utf-8")
    done = trial(script.anchor, NAME, odm, by=NORTH)
    assert done.code == 0, done.output
    shown = trial(script.prove, NAME, odm, 2, tmp_path / "proof.json", by=NORTH)
    checked = trial(script.verify, shown.facts["record"], tmp_path / "proof.json", shown.facts["root"])
    assert checked.facts["number"] == 2
    by_file = trial(script.verify, shown.facts["record"], done.facts["proof"], done.facts["log_root"])
    assert by_file.facts["number"] == 2


def test_a_foreign_or_locked_stream_takes_nothing(trial):
    assert "StreamNotOpen" in trial(script.anchor, NAME, FILES / "vitals-north.json", by=ETHICS).output
    assert trial(script.lock_stream, NAME, NORTH, by=NORTH).code == 0
    assert "StreamNotOpen" in trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH).output


def test_withdrawn_subjects_of_a_dataset_are_told(trial, enrol):
    enrol("patient-1", "N-001")
    trial(script.withdraw, NAME, "N-001", by=NORTH)
    done = trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    assert "1 of the subjects enrolled here have withdrawn" in " ".join(done.output.split())
    assert done.facts["subjects"] == {"withdrawn": 1}


def test_the_subjects_of_odm_are_those_of_the_records_that_have_one(trial, enrol, tmp_path):
    """Reference data is about nobody."""
    enrol("patient-1", "001")
    trial(script.withdraw, NAME, "001", by=NORTH)
    odm, reference = tmp_path / "odm.xml", tmp_path / "reference.xml"
    odm.write_text(ODM, "utf-8")
    head = ODM.split("  <ClinicalData", 1)[0]
    group = '<ItemGroupData ItemGroupOID="G"><ItemData ItemOID="I" Value="1"/></ItemGroupData>'
    reference.write_text(f'{head}<ReferenceData StudyOID="S" MetaDataVersionOID="M">{group}</ReferenceData></ODM>')
    assert trial(script.anchor, NAME, odm, by=NORTH).facts["subjects"] == {"withdrawn": 1}
    done = trial(script.anchor, NAME, reference, by=NORTH)
    assert "no subject of the dataset" in " ".join(done.output.split())


def test_an_entry_is_signed_with_a_meaning(trial, ledger, tmp_path):
    trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    name = tmp_path / "name.txt"
    name.write_text("Dr Ada Byron, principal investigator", "utf-8")
    assert trial(script.sign, NAME, NORTH, 0, "approver", name, by=NORTH).code == 0
    last = ledger.acts(TRIAL)[-1].entry
    assert (last.act.name, last.number) == ("SIGNED_OFF", NORTH << 32)
    assert "Ada" not in json.dumps(last.content().hex())
    again = trial(script.sign, NAME, NORTH, 0, "approver", name, by=NORTH)
    assert again.facts["transactions"] == []
    assert trial(script.sign, NAME, "own", 0, "reviewer", name, by=NORTH).code == 0
    assert trial(script.sign, NAME, NORTH, 9, "author", name, by=NORTH).code == 1


# ------------------------------------------------------------------ the end


def test_adverse_events_have_their_clock(trial, deployed):
    today = day_text(deployed.now() // DAY - 1)
    done = trial(script.event, NAME, "life-threatening", today, FILES / "reason.md", by=NORTH)
    assert done.facts["event"] == 1
    again = trial(script.event, NAME, "life-threatening", today, FILES / "reason.md", by=NORTH)
    assert again.facts["transactions"] == []
    other = trial(script.event, NAME, "serious", today, FILES / "reason.md", by=NORTH)
    assert (other.facts["event"], len(other.facts["transactions"])) == (2, 1)
    pass_time(8 * DAY)
    filed = trial(script.file_event, NAME, 1, FILES / "reason.md", by=SPONSOR)
    assert "too late" in filed.output


def test_a_switched_outcome_is_caught_and_the_audit_says_so(trial, ledger, tmp_path, deployed):
    trial(script.anchor, NAME, FILES / "vitals-north.json", by=NORTH)
    today = day_text(deployed.now() // DAY)
    assert trial(script.complete, NAME, today, by=SPONSOR).code == 0
    assert "TrialStateInvalid" in trial(script.report, NAME, FILES / "results.json", by=SPONSOR).output
    for site in (NORTH, SOUTH):
        trial(script.lock_stream, NAME, site, by=SPONSOR)
    assert trial(script.lock, NAME, FILES / "dataset.md", by=SPONSOR).code == 0
    assert trial(script.reveal, NAME, by=SPONSOR).code == 0
    done = trial(script.report, NAME, FILES / "results.json", by=SPONSOR)
    assert done.code == 0, done.output
    counts = {name: done.facts[name] for name in ("registered", "reported", "changed", "missing", "added")}
    assert counts == {"registered": 3, "reported": 1, "changed": 1, "missing": 1, "added": 1}
    again = trial(script.report, NAME, FILES / "results.json", by=SPONSOR)
    assert again.facts["transactions"] == []
    page = tmp_path / "audit.html"
    audit = trial(script.audit, NAME, page, by=SPONSOR)
    assert audit.code == 0, audit.output
    assert any("outcome 1 is not of what was registered" in each for each in audit.facts["findings"])
    assert "<html" in page.read_text("utf-8")
    assert json.loads(page.with_suffix(".json").read_text("utf-8"))["trial"] == NAME


def test_the_public_view_shows_no_small_number(trial, enrol, tmp_path):
    for number, (file, site) in enumerate((("patient-1", NORTH), ("patient-2", NORTH), ("patient-3", SOUTH))):
        assert enrol(file, f"X-{number}", site).code == 0
    page = tmp_path / "progress.html"
    done = trial(script.progress, NAME, page)
    assert done.code == 0, done.output
    assert "fewer than 11" in json.dumps(done.facts["progress"]) + page.read_text("utf-8")


def test_whoever_misspells_a_call_is_told_how_to_write_it(trial):
    assert "Write: brownie run trial anchor" in " ".join(trial(script.anchor, NAME).output.split())
    assert "is not a number of a trial" in trial(script.put_in_force, "nonsense", by=SPONSOR).output
