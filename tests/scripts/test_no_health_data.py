"""Nothing of what a document says is on the chain, in the log, or in what a refusal prints."""

from __future__ import annotations

import json
import shutil

import pytest

import scripts.consent
from scripts.suite import ROOT

EXAMPLES = ROOT / "examples" / "consents"
HL7 = ROOT.parent / "shared" / "data" / "fhir_r4_examples"
SHORTEST = 5
VOCABULARY = "\n".join(path.read_text("utf-8") for path in (ROOT / "carechain").rglob("*.py"))
"""What the translator says by itself: systems and codes that it names in every refusal of the kind."""


def texts(value):
    """Every text among the values of a document, and every word of its narratives."""
    if isinstance(value, dict):
        for child in value.values():
            yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)
    elif isinstance(value, str):
        yield value


def telling(document):
    """The texts that tell something of the patient."""
    found = {text for text in texts(document) if len(text) >= SHORTEST}
    return {text for text in found if text not in VOCABULARY and not text.startswith("http://")}


def everything_on_chain(chain, since):
    """Calldata and logs of all blocks after one."""
    eth = chain.web3.eth
    content = b""
    for number in range(since + 1, eth.block_number + 1):
        for transaction in eth.get_block(number, True)["transactions"]:
            content += bytes(transaction["input"])
            for log in eth.get_transaction_receipt(transaction["hash"])["logs"]:
                content += bytes(log["data"]) + b"".join(map(bytes, log["topics"]))
    return content


def test_no_text_of_a_document_is_on_the_chain_or_in_the_log(run, deployed, tmp_path, caplog):
    before = deployed.web3.eth.block_number
    receipts = f"receipts={tmp_path / 'receipts'}"
    names = ("treatment.json", "research.json", "exceptions.json", "opt-out.json", "withdrawal.json")
    files = [EXAMPLES / name for name in names]
    assert run(scripts.consent.apply, *files, receipts).code == 0
    run(scripts.consent.history, "Patient/river-0042", receipts)
    run(scripts.consent.revoke_all, "Patient/river-0042", receipts)
    content = everything_on_chain(deployed, before)
    assert len(content) > 4_000
    for file in files:
        document = json.loads(file.read_text("utf-8"))
        secrets = telling(document) | {"river-0042"}
        assert len(secrets) > 3
        assert [text for text in secrets if text.encode() in content] == []
        assert [text for text in secrets if text in caplog.text] == []


APPLIED = ("Consent-consent-example-Out.json", "Consent-consent-example-notOrg.json")
REFUSED = [
    *sorted((EXAMPLES / "bad").iterdir()),
    EXAMPLES / "practitioner.json",
    *(path for path in sorted(HL7.glob("Consent-*.json")) if path.name not in APPLIED),
]


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_a_refusal_repeats_nothing_of_the_document(run, deployed, tmp_path, caplog, path):
    file = tmp_path / "document.json"
    shutil.copy(path, file)
    done = run(scripts.consent.apply, file, f"receipts={tmp_path / 'receipts'}")
    assert done.code == 1
    text = path.read_text("utf-8")
    try:
        secrets = telling(json.loads(text))
    except ValueError:
        secrets = {word for word in text.split('"') if len(word) >= SHORTEST and word not in VOCABULARY}
    said = json.dumps(done.facts["refused"], ensure_ascii=False) + caplog.text
    said += "".join(line for line in done.output.splitlines() if "Refused" in line)
    assert [secret for secret in secrets if secret in said] == []
