"""`brownie run consent …`: documents applied whole or not at all, and what is asked, revoked and told afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import scripts.consent
import scripts.participants
import scripts.relay
from carechain.fhir.consent import translate
from carechain.fhir.directory import Directory
from carechain.fhir.reading import read_consent
from scripts.suite import ROOT
from tests.helpers.suite import pass_time

EXAMPLES = ROOT / "examples" / "consents"
HL7 = ROOT.parent / "shared" / "data" / "fhir_r4_examples"
PATIENT = "Patient/river-0042"
RIVERSIDE, HARBOUR, CLINIC, NORTHERN, VALLEY = 1, 2, 3, 4, 5
FIRST_BLOCK = 0


@pytest.fixture
def consent(run, deployed, tmp_path):
    """Runs a function of the script for patients whose receipts are kept apart."""

    def run_consent(function, *arguments):
        return run(getattr(scripts.consent, function), *arguments, f"receipts={tmp_path / 'receipts'}")

    return run_consent


@pytest.fixture
def written(tmp_path):
    """Writes an example document with changes, under a name that tells nothing."""

    def write(name, change=lambda document: None):
        document = json.loads((EXAMPLES / name).read_text("utf-8"))
        change(document)
        path = tmp_path / "document.json"
        path.write_text(json.dumps(document), "utf-8")
        return path

    return write


def one_line(text):
    return " ".join(text.split())


def answer(consent, *arguments):
    return consent("check", PATIENT, *arguments).facts["answer"]


STOPPED = ("revoked", "not granted")
"""The answers about what was granted and then withdrawn."""


def translation_of(path, chain):
    return translate(read_consent(path), Directory.load(ROOT / "examples" / "directory.yaml"), chain.now())


# Applying


@pytest.mark.parametrize("name", ["treatment.json", "research.json", "exceptions.json"])
def test_what_is_recorded_is_what_the_document_means(consent, deployed, name):
    expected = translation_of(EXAMPLES / name, deployed)
    done = consent("apply", EXAMPLES / name)
    assert (done.code, done.refused) == (0, [])
    (document,) = done.facts["documents"]
    registry = deployed.contract("ConsentRegistry").functions
    recorded = []
    for fact in document["granted"]:
        word = registry.termsOf(fact["patient"], fact["grantee"], fact["scope"]).call()
        recorded.append((fact["grantee"], bytes.fromhex(fact["scope"][2:]), word >> 32 & (1 << 223) - 1))
    assert recorded == [(g.grantee, g.scope.to_bytes(), g.terms.pack() >> 32) for g in expected.grants]
    assert document["version"] == expected.version
    assert done.facts["gas"] == sum(sent["gas"] for sent in done.facts["transactions"]) > 40_000
    assert done.facts.get("notes", []) == list(expected.notes)


def test_a_document_may_lie_anywhere_under_any_name(consent, tmp_path):
    path = tmp_path / "a folder" / "consent [old].json"
    path.parent.mkdir()
    shutil.copy(EXAMPLES / "treatment.json", path)
    done = consent("apply", path)
    assert done.code == 0
    assert "Consent document consent [old].json" in done.output
    assert done.facts["documents"][0]["file"] == str(path)


@pytest.mark.parametrize("path", sorted((EXAMPLES / "bad").iterdir()), ids=lambda path: path.stem)
def test_every_bad_example_is_refused_in_one_sentence_with_nothing_on_the_chain(consent, state, path, tmp_path):
    before = state()
    done = consent("apply", path)
    assert done.code == 1
    assert state() == before
    assert not (tmp_path / "receipts").exists()
    (refusal,) = done.facts["refused"]
    assert refusal["element"].startswith(path.name)
    assert refusal["mend"]
    assert one_line(done.output).count("Refused: ") == 1
    assert f"Refused: {refusal['element']} {refusal['reason']}." in one_line(done.output)
    assert "Traceback" not in done.output
    if path.stem not in ("truncated", "r5"):
        assert ": Consent.provision" in refusal["element"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"{", "ends in the middle"),
        (b"[]", "is not a JSON object"),
        (b'{"resourceType": "Patient"}', "resourceType is not Consent"),
        (b"\xff\xfe{\x00}\x00", "is not in UTF-8"),
        (b"[" * 100_000, "nests deeper"),
        (b" " * 5_000_001, "is larger than 5,000,000 bytes"),
        (b"<Consent/>", "is XML"),
    ],
    ids=["empty", "cut-off", "array", "patient", "utf-16", "deep", "large", "xml"],
)
def test_what_is_no_consent_is_refused_with_nothing_on_the_chain(consent, state, tmp_path, content, problem):
    path = tmp_path / "document.json"
    path.write_bytes(content)
    before = state()
    done = consent("apply", path)
    assert (done.code, state()) == (1, before)
    assert problem in one_line(done.output)
    assert done.refused[0].startswith(("document.json", str(path)))


def test_a_missing_file_is_refused(consent, tmp_path):
    done = consent("apply", tmp_path / "none.json")
    assert done.code == 1
    assert "none.json cannot be read" in one_line(done.output).replace(" none.json", "none.json")


def test_several_documents_are_applied_each_for_itself(consent):
    done = consent("apply", EXAMPLES / "treatment.json", EXAMPLES / "bad" / "r5.json", EXAMPLES / "research.json")
    assert done.code == 1
    assert len(done.facts["transactions"]) == 2
    assert [Path(document["file"]).name for document in done.facts["documents"]] == ["treatment.json", "research.json"]
    assert len(done.refused) == 1


def test_the_same_document_again_changes_no_answer_and_adds_no_part(consent):
    first = consent("apply", EXAMPLES / "exceptions.json").facts["documents"][0]["granted"]
    again = consent("apply", EXAMPLES / "exceptions.json")
    assert again.code == 0
    (document,) = again.facts["documents"]
    same = ("grantee", "patient", "scope", "terms")
    assert [[fact[key] for key in same] for fact in document["granted"]] == [
        [fact[key] for key in same] for fact in first
    ]
    assert document["withdrawn"] == []


def test_a_changed_version_replaces_the_earlier_one(consent, written):
    consent("apply", written("treatment.json"))
    assert answer(consent, RIVERSIDE, "COC", "Observation,HIV") == "permitted"

    def without_hiv(document):
        document["meta"]["versionId"] = "2"
        document["provision"]["securityLabel"] = document["provision"]["securityLabel"][:1]
        del document["provision"]["provision"][0]

    done = consent("apply", written("treatment.json", without_hiv))
    assert done.facts["documents"][0]["version"] == 2
    assert answer(consent, RIVERSIDE, "COC", "Observation,HIV") == "category not covered"
    assert answer(consent, RIVERSIDE, "COC", "Observation") == "permitted"


def test_a_version_for_another_recipient_takes_it_from_the_first(consent, written):
    consent("apply", written("treatment.json"))

    def for_valley(document):
        document["provision"]["actor"][0]["reference"] = {"reference": "Organization/valley-general-practice"}

    done = consent("apply", written("treatment.json", for_valley))
    assert len(done.facts["documents"][0]["withdrawn"]) == 1
    assert answer(consent, RIVERSIDE, "COC", "Observation") in STOPPED
    assert answer(consent, VALLEY, "COC", "Observation") == "permitted"


def test_opting_out_after_grants_withdraws_what_reaches_the_laboratory(consent):
    consent("apply", EXAMPLES / "treatment.json", EXAMPLES / "research.json")
    done = consent("apply", EXAMPLES / "opt-out.json")
    assert done.code == 0
    assert len(done.facts["documents"][0]["withdrawn"]) == 2
    assert answer(consent, RIVERSIDE, "COC", "Observation") in STOPPED
    assert answer(consent, NORTHERN, "DSRCH", "Observation", "2016-01-01") in STOPPED


def test_opting_out_when_nothing_was_granted_sends_nothing(consent, state):
    before = state()
    done = consent("apply", EXAMPLES / "opt-out.json")
    assert (done.code, state()) == (0, before)
    assert "There was nothing to withdraw" in done.output


def test_a_withdrawal_stops_one_practice_alone(consent):
    consent("apply", EXAMPLES / "exceptions.json", EXAMPLES / "treatment.json")
    assert answer(consent, VALLEY, "ETREAT", "Observation") == "permitted"
    assert consent("apply", EXAMPLES / "withdrawal.json").code == 0
    assert answer(consent, VALLEY, "ETREAT", "Observation") in STOPPED
    assert answer(consent, RIVERSIDE, "COC", "Observation") == "permitted"


def test_a_practitioner_is_no_recipient(consent, state):
    before = state()
    done = consent("apply", EXAMPLES / "practitioner.json")
    assert (done.code, state()) == (1, before)
    assert done.refused == ["practitioner.json: Consent.provision.actor[0].reference"]
    assert "Nothing of it was applied." in done.output


def test_an_organisation_that_nobody_accredited_is_refused(consent, state, tmp_path):
    directory = tmp_path / "directory.yaml"
    directory.write_text("organisations: {Organization/riverside-hospital: 99}\n", "utf-8")
    before = state()
    done = consent("apply", EXAMPLES / "treatment.json", f"directory={directory}")
    assert (done.code, state()) == (1, before)
    assert "organisation 99, which is not an accredited organisation in standing (unknown)" in one_line(done.output)


def test_a_suspended_organisation_is_refused_and_permitted_nothing(consent, run, state, tmp_path):
    consent("apply", EXAMPLES / "treatment.json")
    evidence = tmp_path / "decision.pdf"
    evidence.write_bytes(b"decision")
    assert run(scripts.participants.suspend, RIVERSIDE, "security_incident", evidence).code == 0
    before = state()
    done = consent("apply", EXAMPLES / "treatment.json")
    assert (done.code, state()) == (1, before)
    assert "(suspended)" in one_line(done.output)
    assert (
        answer(consent, RIVERSIDE, "COC", "Observation") == f"organisation {RIVERSIDE} is not in standing (suspended)"
    )


def test_what_the_chain_refuses_leaves_no_receipt_and_no_consent(consent, deployed, tmp_path):
    guardian = deployed.web3.eth.accounts[4]
    registry = deployed.contract("ConsentRegistry").functions
    deployed.send(registry.pauseRelaying(), guardian, "pause")
    done = consent("apply", EXAMPLES / "treatment.json")
    assert done.code == 1
    assert "was refused by the contract: RelayingIsPaused" in one_line(done.output)
    assert list((tmp_path / "receipts").rglob("*.json")) == []
    assert done.facts["transactions"] == []


def test_without_a_suite_it_says_how_to_deploy_one(run, fn_isolation, tmp_path):
    done = run(scripts.consent.apply, EXAMPLES / "treatment.json", on=tmp_path / "none.json")
    assert done.code == 1
    assert "Deploy the suite first: brownie run deploy." in one_line(done.output)


# FHIR's own examples

APPLIED_OF_HL7 = {"Out", "notOrg"}


@pytest.mark.skipif(not HL7.is_dir(), reason="FHIR's own examples are not beside the project")
@pytest.mark.parametrize("path", sorted(HL7.glob("Consent-*.json")), ids=lambda path: path.stem.rpartition("-")[2])
def test_fhirs_own_examples_are_applied_or_refused_with_their_elements(consent, written, state, path):
    """Each after the same patient granted the clinic everything, so that a withdrawal has something to withdraw."""

    def to_the_clinic(document):
        document["patient"] = {"reference": "Patient/f001"}
        document["performer"] = [{"reference": "Patient/f001"}]
        document["provision"]["actor"][0]["reference"] = {"reference": "Organization/f001"}

    assert consent("apply", written("treatment.json", to_the_clinic)).code == 0
    before = state()
    done = consent("apply", path)
    if path.stem.rpartition("-")[2] in APPLIED_OF_HL7:
        assert (done.code, done.refused) == (0, [])
        check = consent("check", "Patient/f001", CLINIC, "COC", "Observation")
        assert check.facts["answer"] in STOPPED
    else:
        assert (done.code, state()) == (1, before)
        assert done.refused
        assert all(element.startswith(f"{path.name}: Consent.") for element in done.refused)


# Signing here, relaying there


def test_a_signed_file_is_submitted_by_a_relayer(consent, run, state, tmp_path):
    before = state()
    done = consent("sign", EXAMPLES / "treatment.json", tmp_path / "signed")
    (signed,) = done.facts["signed"]
    assert (done.code, state()) == (0, before)
    assert run(scripts.relay.submit, signed).facts["submitted"] == [signed]
    assert answer(consent, RIVERSIDE, "COC", "Observation") == "permitted"
    again = run(scripts.relay.submit, signed)
    assert again.code == 1
    assert "ConsentStampStale" in again.output


def test_files_for_a_relayer_tell_nothing_of_one_another(consent, tmp_path):
    """A document for two organisations is signed into two files, of two addresses."""
    done = consent("sign", EXAMPLES / "exceptions.json", tmp_path / "signed")
    first, second = (json.loads(Path(file).read_text("utf-8"))["calls"] for file in done.facts["signed"])
    addresses = [{call[10:][64 * 2 :][:64] for call in calls} for calls in (first, second)]
    assert addresses[0].isdisjoint(addresses[1])
    assert not any("river" in Path(file).name for file in done.facts["signed"])


def test_a_bad_bundle_takes_no_other_with_it(consent, run, deployed, tmp_path):
    good = Path(consent("sign", EXAMPLES / "treatment.json", tmp_path / "signed").facts["signed"][0])
    content = json.loads(good.read_text("utf-8"))
    bundles = {
        "cut-off": good.read_text("utf-8")[:100],
        "no-calls": json.dumps({**content, "calls": []}),
        "too-many": json.dumps({**content, "calls": content["calls"] * 201}),
        "chain": json.dumps({**content, "chainId": 1}),
        "registry": json.dumps({**content, "registry": "0x" + "00" * 20}),
        "not-hex": json.dumps({**content, "calls": ["zz"]}),
        "number": json.dumps({**content, "calls": [5]}),
        "other-call": json.dumps({**content, "calls": [pause_call(deployed)]}),
        "forged": json.dumps({**content, "calls": [content["calls"][0][:-64] + "00" * 32]}),
        "unknown": json.dumps({**content, "calls": ["0xdeadbeef" + "00" * 64]}),
    }
    files = []
    for name, text in bundles.items():
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(text, "utf-8")
    done = run(scripts.relay.submit, *files, good, tmp_path / "missing.json")
    assert done.facts["submitted"] == [str(good)]
    assert len(done.refused) == len(files) + 1
    for name in (*bundles, "missing"):
        assert sum(f"{name}.json" in element for element in done.refused) == 1
    assert answer(consent, RIVERSIDE, "COC", "Observation") == "permitted"


def pause_call(chain):
    return chain.contract("ConsentRegistry").encode_abi("pauseRelaying", [])


def test_signing_a_refused_document_writes_no_file(consent, tmp_path):
    assert consent("sign", EXAMPLES / "practitioner.json", tmp_path / "signed").code == 1
    assert not (tmp_path / "signed").exists()


def test_signing_a_withdrawal_of_nothing_writes_no_file(consent, tmp_path):
    done = consent("sign", EXAMPLES / "opt-out.json", tmp_path / "signed")
    assert (done.code, done.facts["signed"]) == (0, [])
    assert not (tmp_path / "signed").exists()


# Asking, revoking, telling


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((RIVERSIDE, "COC", "Observation"), "permitted"),
        (("Organization/riverside-hospital", "COC", "Observation,HIV"), "permitted"),
        ((RIVERSIDE, "COC", "Observation,PSY"), "category not covered"),
        ((RIVERSIDE, "HMARKT", "Observation"), "purpose not covered"),
        ((RIVERSIDE, "CLINTRL", "Observation"), "purpose not covered"),
        ((RIVERSIDE, "BTG", "Observation"), "purpose not covered"),
        ((HARBOUR, "TREAT", "Observation"), "not granted"),
    ],
)
def test_a_check_answers_and_says_why_not(consent, arguments, expected):
    consent("apply", EXAMPLES / "treatment.json")
    done = consent("check", PATIENT, *arguments)
    assert done.facts["answer"] == expected
    assert f"Answer: {expected}." in one_line(done.output)
    assert done.code == (0 if expected == "permitted" else 1)


def test_a_check_holds_to_the_period_of_the_data(consent):
    consent("apply", EXAMPLES / "research.json")
    assert answer(consent, NORTHERN, "DSRCH", "Observation", "2015-01-01", "2023-12-31") == "permitted"
    for days in (("2014-12-31",), ("2015-01-01", "2024-01-01"), ()):
        assert answer(consent, NORTHERN, "DSRCH", "Observation", *days) == "outside the data period"


def test_a_check_at_a_block_answers_as_it_was_then(consent, run, deployed, tmp_path):
    consent("apply", EXAMPLES / "treatment.json")
    block = deployed.web3.eth.block_number
    consent("revoke", PATIENT, RIVERSIDE)
    evidence = tmp_path / "decision.pdf"
    evidence.write_bytes(b"decision")
    run(scripts.participants.suspend, RIVERSIDE, "own_request", evidence)
    assert answer(consent, RIVERSIDE, "COC", "Observation", f"block={block}") == "permitted"
    assert answer(consent, RIVERSIDE, "COC", "Observation", f"block={block - 1}") == "not granted"


@pytest.mark.parametrize(
    ("function", "arguments", "problem"),
    [
        ("check", (PATIENT, "nobody", "TREAT", "Observation"), "The grantee nobody is not in the directory"),
        (
            "check",
            (PATIENT, 1 << 32, "TREAT", "Observation"),
            "The grantee 4294967296 is no organisation that was ever accredited",
        ),
        ("check", (PATIENT, 0, "TREAT", "Observation"), "The grantee 0 is no organisation that was ever accredited"),
        ("revoke", (PATIENT, 1 << 40), "is no organisation that was ever accredited"),
        ("check", (PATIENT, 1, "NONSENSE", "Observation"), "The purpose of use is not a PurposeOfUse code"),
        ("check", (PATIENT, 1, "TREAT", "Nonsense"), "is not one of the 15 sensitivity codes"),
        ("check", (PATIENT, 1, "TREAT", "Observation", "yesterday"), "The day yesterday is not a date"),
        ("check", (PATIENT, 1, "TREAT", "Observation", "block=999999"), "The block 999999 is not one of this chain"),
        ("check", (PATIENT, 1, "TREAT"), "has 3 arguments. Write: brownie run consent check"),
        ("apply", (), "has 0 arguments. Write: brownie run consent apply"),
        ("apply", ("x.json", "zoon=Europe/Amsterdam"), "The option zoon is not known"),
        ("apply", (EXAMPLES / "treatment.json", "zone=Mars/Olympus"), "The time zone is not a known IANA zone"),
        ("apply", (EXAMPLES / "treatment.json", "wallet=/no/such/wallet"), "/no/such/wallet cannot be read"),
        ("history", (PATIENT, "block=soon"), "The block soon is not one of this chain"),
    ],
)
def test_a_wrong_argument_is_a_sentence(consent, monkeypatch, function, arguments, problem):
    monkeypatch.setenv("CARECHAIN_WALLET_PASSWORD", "x")
    done = consent(function, *arguments)
    assert done.code == 1
    assert problem in one_line(done.output)
    assert "Traceback" not in done.output


def test_revoking_one_grantee_leaves_the_others(consent):
    consent("apply", EXAMPLES / "treatment.json", EXAMPLES / "research.json")
    done = consent("revoke", PATIENT, "Organization/riverside-hospital")
    assert (done.code, done.facts["revoked"], len(done.facts["transactions"])) == (0, [RIVERSIDE], 1)
    assert answer(consent, RIVERSIDE, "COC", "Observation") in STOPPED
    assert answer(consent, NORTHERN, "DSRCH", "Observation", "2016-01-01") == "permitted"


def test_revoking_all_is_one_transaction_a_pseudonym(consent, deployed):
    consent("apply", EXAMPLES / "treatment.json", EXAMPLES / "research.json")
    done = consent("revoke_all", PATIENT)
    assert done.facts["revoked"] == [RIVERSIDE, NORTHERN]
    events = deployed.events("ConsentRegistry", ("AllConsentsRevoked",), {})
    assert len({event.transaction for event in events}) == len({event.values["patient"] for event in events}) == 2
    assert answer(consent, RIVERSIDE, "COC", "Observation") in STOPPED


def test_revoking_all_of_nothing_says_so(consent, state):
    before = state()
    done = consent("revoke_all", PATIENT)
    assert (done.code, state()) == (0, before)
    assert "Nothing was ever granted." in done.output


def test_the_history_tells_who_could_see_what_and_when(consent, deployed):
    consent("apply", EXAMPLES / "treatment.json")
    granted = deployed.now()
    block = deployed.web3.eth.block_number
    pass_time(100)
    consent("revoke", PATIENT, RIVERSIDE)
    (episode,) = consent("history", PATIENT).facts["consents"]
    assert (episode["grantee"], episode["from"]) == (RIVERSIDE, granted)
    assert episode["to"] == deployed.now() >= granted + 100
    assert episode["endedBy"] == "everything was revoked"
    (then,) = consent("history", PATIENT, f"block={block}").facts["consents"]
    assert (then["to"], then["endedBy"]) == (None, "")
    assert consent("history", "Patient/another").facts["consents"] == []
