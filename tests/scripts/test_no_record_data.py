"""Nothing of a record is on the chain, in the log, at a storage node, or in what a refusal prints."""

from __future__ import annotations

import base64
import json
import logging
import re

import pytest
import simplejson

import scripts.gateway
import scripts.records
from scripts.suite import ROOT
from tests.scripts.test_no_health_data import VOCABULARY, everything_on_chain, texts

RECORDS = ROOT / "examples" / "records"
FILES = [RECORDS / name for name in ("river-0042.json", "river-0042-admission.hl7", "river-0042-result.hl7")]
SYNTHEA = sorted((ROOT.parent / "shared" / "data" / "fhir_synthea_r4").glob("*.json"))
PATIENT = "Patient/river-0042"
CLINIC = 3
SHORTEST = 6


def telling(file):
    """The texts of a file that tell something: of a bundle its values, of a message its fields and their parts."""
    text = file.read_text("utf-8")
    if file.suffix == ".json":
        found = set(texts(json.loads(text)))
    else:
        found = set(text.replace("|", "\n").replace("^", "\n").replace("\r", "\n").splitlines())
    return {
        each
        for each in found
        if len(each) >= SHORTEST and each not in VOCABULARY and not each.startswith(("http://", "https://"))
    }


def exact(file):
    """The JSON of a file, its numbers with all digits that they are written with."""
    return simplejson.loads(file.read_text("utf-8"), use_decimal=True)


def canonical(resource):
    return simplejson.dumps(resource, use_decimal=True, sort_keys=True)


@pytest.fixture
def records(run, deployed, tmp_path):
    nodes = "\n".join(f"  - {{name: n{number}, url: 'file:nodes/n{number}'}}" for number in range(5))
    storage = tmp_path / "storage.yaml"
    storage.write_text(f"needed: 3\ntimeout: 5\nnodes:\n{nodes}\n", "utf-8")
    places = f"receipts={tmp_path / 'receipts'}", f"vault={tmp_path / 'vault'}", f"storage={storage}"

    def run_records(function, *arguments, of=scripts.records):
        return run(getattr(of, function), *arguments, *places)

    return run_records


def found_in(secrets, content):
    """Also as they would stand in hexadecimal and in base64, at any of its three offsets."""
    forms = {}
    for secret in secrets:
        raw = secret.encode()
        encoded = [base64.b64encode(b"\0" * offset + raw)[2 + 2 * offset : -4] for offset in range(3)]
        forms[secret] = [raw, raw.hex().encode(), *(each for each in encoded if len(each) >= SHORTEST)]
    return [secret for secret, shapes in forms.items() if any(shape in content for shape in shapes)]


def test_the_whole_way_of_a_record_leaves_no_text_of_it_outside(records, deployed, tmp_path, caplog):
    before = deployed.web3.eth.block_number
    caplog.set_level(logging.DEBUG)
    assert records("ingest", *FILES).code == 0
    nodes = b"".join(path.read_bytes() for path in (tmp_path / "nodes").rglob("*") if path.is_file())
    records("publish_key", CLINIC, of=scripts.gateway)
    records("share", PATIENT, CLINIC, "TREAT", "Observation,Condition,HIV,MH", "2040-12-31")
    assert records("read", PATIENT, "TREAT", "all", tmp_path / "out", f"requester={CLINIC}").code == 0
    assert records("read", PATIENT, "HMARKT", "all", tmp_path / "no", f"requester={CLINIC}").code == 1
    records("withdraw", PATIENT, CLINIC)
    records("disclosures", PATIENT, tmp_path / "accounting.json")
    records("repair")
    records("erase", PATIENT)
    chain = everything_on_chain(deployed, before)
    assert len(chain) > 2_000
    assert len(nodes) > 20_000
    assert len(caplog.text) > 1_000
    for file in FILES:
        secrets = telling(file) | {"river-0042"}
        assert len(secrets) > 15
        assert found_in(secrets, chain) == []
        assert found_in(secrets, nodes) == []
        # The paths of the files that a user names are the user's to name.
        assert found_in(secrets - {"river-0042"}, caplog.text.encode()) == []


def test_what_a_run_prints_and_reports_tells_nothing_of_the_content(records):
    done = records("ingest", *FILES)
    said = (done.output + json.dumps(done.facts)).replace("river-0042", "").encode()
    for file in FILES:
        assert found_in(telling(file) - {"river-0042"}, said) == []


def broken(text):
    """The example bundle, spoilt in every way that a sender spoils one."""
    bundle = json.loads(text)
    first, second = bundle["entry"][1], bundle["entry"][2]
    stranger = json.loads(json.dumps(first).replace("river-0042", "lake-0043"))
    unknown = {"resource": {**first["resource"], "resourceType": "Haemogram"}}
    nameless = {"resource": {name: value for name, value in first["resource"].items() if name != "id"}}
    twice = {"resource": {**second["resource"], "language": "en"}}
    yield "truncated", text.encode()[: len(text) // 2]
    yield "not UTF-8", text.encode().replace(b"river", b"\xff\xfe\xfd", 1)
    yield "UTF-16", text.encode("utf-16")
    yield "another patient's", json.dumps({**bundle, "entry": [*bundle["entry"], stranger]}).encode()
    yield "unknown type", json.dumps({**bundle, "entry": [*bundle["entry"], unknown]}).encode()
    yield "missing id", json.dumps({**bundle, "entry": [*bundle["entry"], nameless]}).encode()
    yield "duplicate id", json.dumps({**bundle, "entry": [*bundle["entry"], twice]}).encode()
    yield "no entries", json.dumps({**bundle, "entry": "none"}).encode()
    yield "empty", b""


TEXT = FILES[0].read_text("utf-8")
BROKEN = list(broken(TEXT))


@pytest.mark.parametrize(("content"), [content for _, content in BROKEN], ids=[name for name, _ in BROKEN])
def test_a_bundle_that_is_refused_changes_nothing_and_is_not_repeated(records, state, tmp_path, caplog, content):
    caplog.set_level(logging.DEBUG)
    file = tmp_path / "bundle.json"
    file.write_bytes(content)
    before = state()
    done = records("ingest", file)
    assert done.code == 1
    assert state() == before
    assert not [path for path in (tmp_path / "nodes").rglob("*") if path.is_file()]
    said = (done.output + json.dumps(done.facts) + caplog.text).encode()
    assert found_in(telling(FILES[0]) | {"lake-0043", "Haemogram"}, said.replace(b"river-0042", b"")) == []


@pytest.mark.parametrize("cut", [10, 60, 300])
def test_a_message_that_is_refused_is_not_repeated(records, state, tmp_path, caplog, cut):
    caplog.set_level(logging.DEBUG)
    message = FILES[1].read_bytes()
    file = tmp_path / "message.hl7"
    file.write_bytes(message[: message.index(b"PID")] + b"PID|" if cut == 60 else message[:cut] + b"\xff\xff")
    before = state()
    done = records("ingest", file)
    assert done.code == 1
    assert state() == before
    said = (done.output + json.dumps(done.facts) + caplog.text).encode()
    assert found_in(telling(FILES[1]), said) == []


def test_numbers_come_out_with_the_digits_that_they_went_in_with(records, tmp_path):
    numbers = ["1.00", "66.899999999999991", "1E-22", "0.10e+3", "-100000000000000000000000"]
    components = ",".join(f'{{"code": {{"text": "part"}}, "valueQuantity": {{"value": {each}}}}}' for each in numbers)
    file = tmp_path / "bundle.json"
    file.write_text(
        f"""{{"resourceType": "Bundle", "type": "collection", "entry": [
            {{"resource": {{"resourceType": "Patient", "id": "p"}}}},
            {{"resource": {{"resourceType": "Observation", "id": "o", "status": "final", "code": {{"text": "whole"}},
                "subject": {{"reference": "Patient/p"}}, "component": [{components}]}}}}]}}""",
        "utf-8",
    )
    assert records("ingest", file).code == 0
    assert records("export", "Patient/p", tmp_path / "mine").code == 0
    (observation,) = (path for path in (tmp_path / "mine").iterdir() if "Observation" in path.name)
    assert re.findall(r'"value": ?([^},\s]+)', observation.read_text("utf-8")) == numbers


@pytest.mark.skipif(not SYNTHEA, reason="the shared documents are not here")
def test_a_real_bundle_goes_in_and_comes_out_as_it_was(records, deployed, tmp_path):
    before = deployed.web3.eth.block_number
    file = SYNTHEA[0]
    done = records("ingest", file)
    assert done.code == 0
    into = [entry["resource"] for entry in exact(file)["entry"]]
    assert records("export", f"Patient/{into[0]['id']}", tmp_path / "mine").code == 0
    out = [exact(path) for path in (tmp_path / "mine").iterdir()]
    assert len(out) == len(into) > 50
    # As text: 1.0 is not 1.00, which say with how many digits it was measured, but Decimals of both are equal.
    assert {each["id"]: canonical(each) for each in out} == {each["id"]: canonical(each) for each in into}
    secrets = telling(file)
    assert len(secrets) > 100
    assert found_in(secrets, everything_on_chain(deployed, before)) == []
