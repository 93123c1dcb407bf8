"""`brownie run records …` and `gateway …`: a patient's records from the file to the doctor and back to the patient."""

from __future__ import annotations

import json
import shutil
import threading

import pytest

import scripts.consent
import scripts.gateway
import scripts.records
import scripts.wallet
from carechain import data_categories
from carechain.gateway_server import GatewayServer
from scripts.custody import Custody
from scripts.suite import ROOT
from tests.helpers.suite import pass_time

RECORDS = ROOT / "examples" / "records"
BUNDLE = RECORDS / "river-0042.json"
RESULT = RECORDS / "river-0042-result.hl7"
PATIENT = "Patient/river-0042"
RIVERSIDE, CLINIC = 1, 3
SHARED = "Observation,AllergyIntolerance,HIV"


@pytest.fixture
def places(tmp_path):
    """Options that keep everything in the test's folder."""
    nodes = "\n".join(f"  - {{name: n{number}, url: 'file:nodes/n{number}'}}" for number in range(5))
    storage = tmp_path / "storage.yaml"
    storage.write_text(f"needed: 3\ntimeout: 5\nnodes:\n{nodes}\n", "utf-8")
    return f"receipts={tmp_path / 'receipts'}", f"vault={tmp_path / 'vault'}", f"storage={storage}"


@pytest.fixture
def records(run, deployed, places):
    """Runs a function of the records workflow, or of the gateway's."""

    def run_records(function, *arguments, of=scripts.records):
        return run(getattr(of, function), *arguments, *places)

    return run_records


@pytest.fixture
def shared(records):
    """The example's patient, ingested and shared with the clinic."""
    assert records("ingest", BUNDLE).code == 0
    assert records("publish_key", CLINIC, of=scripts.gateway).code == 0
    done = records("share", PATIENT, CLINIC, "TREAT", SHARED, "2040-12-31")
    assert done.code == 0
    return done


def read(records, folder, *more, patient=PATIENT, purpose="TREAT"):
    return records("read", patient, purpose, "all", folder, f"requester={CLINIC}", *more)


def resources(folder):
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


# ---------------------------------------------------------------------- in


def test_a_bundle_and_messages_go_in(records):
    done = records("ingest", BUNDLE, RESULT)
    assert done.code == 0
    bundle, message = done.facts["files"]
    assert bundle["new"] == len(json.loads(BUNDLE.read_text("utf-8"))["entry"])
    assert message["new"] > 1
    assert len(done.facts["transactions"]) >= 2


def test_what_went_in_before_is_not_taken_in_again(records):
    records("ingest", BUNDLE)
    again = records("ingest", BUNDLE)
    assert again.facts["files"][0]["new"] == again.facts["files"][0]["corrected"] == 0
    assert again.facts["transactions"] == []


def test_a_changed_resource_is_a_correction(records, tmp_path):
    records("ingest", BUNDLE)
    # As text: reading and writing it with Python's json would change 71.50, and so another record.
    text = BUNDLE.read_text("utf-8")
    marker = '"resourceType": "AllergyIntolerance",'
    assert marker in text
    file = tmp_path / "changed.json"
    file.write_text(text.replace(marker, marker + '"language": "en",', 1), "utf-8")
    done = records("ingest", file)
    assert done.facts["files"][0]["corrected"] == 1
    assert done.facts["files"][0]["new"] == 0


def test_a_custodian_without_the_patients_wallet_uses_the_public_key(records, run, deployed, tmp_path, monkeypatch):
    monkeypatch.setenv("CARECHAIN_WALLET_PASSWORD", "correct horse")
    wallet = tmp_path / "wallet.json"
    run(scripts.wallet.create, wallet)
    told = run(scripts.wallet.address, wallet, RIVERSIDE)
    assert records("ingest", BUNDLE, f"patient_key={told.facts['recordKey']}").code == 0
    exported = records("export", PATIENT, tmp_path / "mine", f"wallet={wallet}")
    assert exported.facts["records"] == len(json.loads(BUNDLE.read_text("utf-8"))["entry"])
    assert records("export", PATIENT, tmp_path / "other").code == 1


@pytest.mark.parametrize("key", ["0x12", "zz", "02" + "00" * 32])
def test_a_patient_key_that_is_none_is_refused(records, state, key):
    before = state()
    assert records("ingest", BUNDLE, f"patient_key={key}").code == 1
    assert state() == before


# ---------------------------------------------------------------------- out


def test_a_doctor_reads_exactly_what_was_shared(records, shared, tmp_path):
    done = read(records, tmp_path / "out")
    assert done.code == 0
    assert (done.facts["outcome"], done.facts["basis"]) == ("released", "consent")
    got = resources(tmp_path / "out")
    assert {each["resourceType"] for each in got} <= {"Observation", "AllergyIntolerance"}
    whole = {json.dumps(entry["resource"], sort_keys=True) for entry in json.loads(BUNDLE.read_text("utf-8"))["entry"]}
    assert {json.dumps(each, sort_keys=True) for each in got} <= whole
    assert 0 < len(got) < len(whole)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "out").iterdir())


def test_withdrawal_bites_on_the_next_read(records, shared, tmp_path):
    withdrawn = records("withdraw", PATIENT, CLINIC)
    assert withdrawn.code == 0
    assert withdrawn.facts["encryptedAnew"] == shared.facts["envelopes"]
    refused = read(records, tmp_path / "out")
    assert (refused.code, refused.facts["outcome"]) == (1, "refused")
    assert not (tmp_path / "out").exists()


def test_what_consents_on_the_chain_cover_can_be_shared_without_another(records, run, places, tmp_path):
    records("ingest", BUNDLE)
    run(scripts.consent.apply, ROOT / "examples" / "consents" / "treatment.json", places[0])
    records("publish_key", RIVERSIDE, of=scripts.gateway)
    done = records("share", PATIENT, RIVERSIDE)
    assert done.code == 0
    assert done.facts["envelopes"] == 0  # the custodian has its own, which serve emergencies alone


def test_sharing_without_a_consent_is_refused(records):
    records("ingest", BUNDLE)
    records("publish_key", CLINIC, of=scripts.gateway)
    done = records("share", PATIENT, CLINIC)
    assert done.code == 1
    assert done.refused == [f"Organisation {CLINIC}"]


def test_an_emergency_is_read_by_the_card(records, deployed, tmp_path):
    records("ingest", BUNDLE)
    records("publish_key", CLINIC, of=scripts.gateway)
    custody = Custody.open({})
    card = custody.session.wallet(PATIENT).key(scripts.consent.EMERGENCY).address
    needed = data_categories.class_bit("AllergyIntolerance")
    opened = deployed.contract("EmergencyAccess").functions.openEmergency(card, needed, 0, 3_600, b"\x01" * 32)
    deployed.send(opened, custody.operator(CLINIC), "open")
    done = read(records, tmp_path / "out", "emergency=yes", purpose="ETREAT")
    assert done.facts["basis"] == "emergency"
    assert {each["resourceType"] for each in resources(tmp_path / "out")} == {"AllergyIntolerance"}
    pass_time(3_600)
    assert read(records, tmp_path / "later", "emergency=yes", purpose="ETREAT").code == 1


def test_a_gateway_answers_over_http(records, shared, places, tmp_path):
    custody = Custody.open(dict(option.split("=", 1) for option in places))
    with GatewayServer(custody.gateway, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            done = read(records, tmp_path / "out", f"gateway={server.url}")
            refused = read(records, tmp_path / "no", f"gateway={server.url}", purpose="HMARKT")
        finally:
            server.shutdown()
    assert done.facts["outcome"] == "released"
    assert refused.facts["outcome"] == "refused"
    assert len(resources(tmp_path / "out")) == sum(done.facts["records"].values())


def test_a_gateway_that_is_not_there_is_said(records, shared, tmp_path):
    done = read(records, tmp_path / "out", "gateway=http://127.0.0.1:9")
    assert done.refused == ["The gateway"]


# ---------------------------------------------------------------------- erased, repaired, accounted for


def test_an_erased_record_is_gone_and_the_others_are_not(records, shared, tmp_path):
    identity = "/".join(
        json.loads(BUNDLE.read_text("utf-8"))["entry"][-1]["resource"][name] for name in ("resourceType", "id")
    )
    assert records("erase", PATIENT, identity).facts["erased"] == 1
    exported = records("export", PATIENT, tmp_path / "mine")
    assert exported.facts["records"] == len(json.loads(BUNDLE.read_text("utf-8"))["entry"]) - 1
    assert records("erase", PATIENT, identity).code == 1


def test_everything_can_be_erased(records, shared, tmp_path):
    assert records("erase", PATIENT).code == 0
    assert records("export", PATIENT, tmp_path / "mine").refused == ["The patient"]
    assert [path for path in (tmp_path / "nodes").rglob("*") if path.is_file()] == []


def test_lost_nodes_are_repaired_and_one_more_is_reported(records, shared, tmp_path):
    for name in ("n0", "n3"):
        shutil.rmtree(tmp_path / "nodes" / name)
    assert records("export", PATIENT, tmp_path / "mine").code == 0
    repaired = records("repair")
    assert repaired.code == 0
    assert set(repaired.facts["written"]) == {"n0", "n3"}
    for name in ("n1", "n2", "n4"):
        shutil.rmtree(tmp_path / "nodes" / name)
    lost = records("repair")
    assert lost.code == 1
    assert lost.facts["lost"] > 0
    assert records("export", PATIENT, tmp_path / "more").code == 1


def test_the_accounting_is_written_and_verifies(records, shared, tmp_path):
    read(records, tmp_path / "out")
    read(records, tmp_path / "no", purpose="HMARKT")
    file = tmp_path / "accounting.json"
    done = records("disclosures", PATIENT, file)
    assert done.facts["outcomes"] == {"granted": 1, "denied": 1}
    assert done.facts["keys"] > 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert records("verify", PATIENT, file).code == 0
    assert records("verify", "Patient/somebody-else", file).code == 1
    values = json.loads(file.read_text("utf-8"))
    values["decisions"] = values["decisions"][1:]
    file.write_text(json.dumps(values), "utf-8")
    assert records("verify", PATIENT, file).code == 1


def test_the_accounting_outlives_the_records(records, shared, tmp_path):
    read(records, tmp_path / "out")
    assert records("erase", PATIENT).code == 0
    assert records("disclosures", PATIENT, tmp_path / "accounting.json").facts["outcomes"] == {"granted": 1}


def test_an_auditor_finds_that_logs_go_on_and_that_they_do_not(records, shared, tmp_path):
    file = tmp_path / "audit.json"
    assert records("audit", RIVERSIDE, file).code == 0
    read(records, tmp_path / "no", purpose="HMARKT")
    records("anchor", of=scripts.gateway)
    assert records("audit", RIVERSIDE, file).code == 0
    states = json.loads(file.read_text("utf-8"))
    name = next(name for name in states if name.endswith("disclosures"))
    states[name]["root"] = "00" * 32
    file.write_text(json.dumps(states), "utf-8")
    assert records("audit", RIVERSIDE, file).refused == ["The log of disclosures"]


def test_keys_are_taken_and_records_erased_by_a_custodian_that_is_suspended(records, shared, deployed, tmp_path):
    participants = deployed.contract("Participants").functions
    call = participants.suspend(RIVERSIDE, 0, b"\x01" * 32)
    deployed.send(call, deployed.web3.eth.accounts[3], "suspend")
    assert records("ingest", RESULT).code == 1
    assert records("withdraw", PATIENT, CLINIC).code == 0
    erased = records("erase", PATIENT)
    assert erased.code == 0
    assert [path for path in (tmp_path / "nodes").rglob("*") if path.is_file()] == []
    assert any(sent["what"].startswith("note the erasure") for sent in erased.facts["transactions"])


def test_what_is_restricted_is_not_shared_as_all(records, tmp_path):
    records("ingest", BUNDLE)
    records("publish_key", CLINIC, of=scripts.gateway)
    records("share", PATIENT, CLINIC, "TREAT", "all")
    read(records, tmp_path / "out")
    assert "Organization" not in {each["resourceType"] for each in resources(tmp_path / "out")}
    whole = json.loads(BUNDLE.read_text("utf-8"))["entry"]
    assert 0 < len(resources(tmp_path / "out")) < len(whole)


def test_refusals_are_anchored_when_asked(records, shared, tmp_path):
    read(records, tmp_path / "no", purpose="HMARKT")
    assert len(records("anchor", of=scripts.gateway).facts["transactions"]) == 1
    assert records("anchor", of=scripts.gateway).facts["transactions"] == []


# ---------------------------------------------------------------------- bad calls


@pytest.mark.parametrize(
    ("function", "arguments", "place"),
    [
        ("ingest", (), "The call"),
        ("ingest", ("/no/such/file",), "/no/such/file"),
        ("share", (PATIENT,), "The call"),
        ("share", (PATIENT, CLINIC, "TREAT"), "The call"),
        ("share", (PATIENT, "Organization/unknown"), "The grantee Organization/unknown"),
        ("read", (PATIENT, "TREAT", "all", "out"), "The call"),
        ("read", (PATIENT, "CURIOSITY", "all", "out", "requester=3"), "The purpose of use"),
        ("withdraw", (PATIENT, CLINIC), "The patient"),
        ("erase", (PATIENT,), "The patient"),
        ("export", (PATIENT, "out"), "The patient"),
        ("verify", (PATIENT, "/no/such/file"), "/no/such/file"),
        ("verify", ("/no/such/file",), "The call"),
        ("audit", (RIVERSIDE,), "The call"),
        ("audit", (RIVERSIDE, "audit.json", "subject=nobody"), "The subject nobody"),
        ("repair", ("everything",), "The call"),
    ],
)
def test_a_call_that_cannot_be_taken_is_refused(records, state, function, arguments, place):
    before = state()
    done = records(function, *arguments)
    assert done.code == 1
    assert done.refused == [place]
    assert state() == before


def test_a_vault_is_not_guessed_on_a_public_chain(records, monkeypatch):
    monkeypatch.setattr("scripts.custody.is_local", lambda chain: False)
    assert records("repair").refused == ["The custodian"]
    assert records("repair", "custodian=1").refused == ["The organisation's wallet"]
