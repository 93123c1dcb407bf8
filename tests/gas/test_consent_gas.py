"""What consents cost. Keys, terms and times are fixed, so the figures are the same on every run."""

from __future__ import annotations

from dataclasses import replace

import brownie
import pytest
from eth_hash.auto import keccak
from eth_keys import keys

from tests.gas.gas_report import Measurement
from tests.helpers.consents import ANY, DOCUMENT, STATUSES, TERMS, USE, Grant, Presented, terms_at
from tests.helpers.eip712 import compact, key_of
from tests.helpers.suite import HOSPITAL, compiled

GENESIS = 3_141_592_653
"""Unix seconds from which everything here happens: the zero bytes of a stamp are paid for, so it must not vary."""


@pytest.fixture(autouse=True)
def _fixed_time(suite, _isolate):
    brownie.chain.mine(timestamp=GENESIS)


def _measured(transaction, items=1):
    return Measurement(transaction.gas_used, len(bytes.fromhex(transaction.input[2:])), items)


def _at(timestamp):
    """The next block's time, exactly."""
    brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])


def _patients(number):
    """Keys that belong to nobody, and their addresses."""
    patient_keys = [keys.PrivateKey(keccak(b"patient %d" % index)) for index in range(number)]
    return [(key.to_bytes(), key.public_key.to_checksum_address()) for key in patient_keys]


def _document(index):
    return keccak(b"document %d" % index)[:30] + b"\x00\x01"


def test_the_first_grant(gas_report, consents, patient):
    _at(GENESIS + 10)
    granted = consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    gas_report.record("consent.grant", _measured(granted))


def test_the_first_relayed_grant(gas_report, consents, domain, patient, relayer):
    signed = Grant(patient, terms_at(GENESIS)).signed(domain)
    _at(GENESIS + 10)
    gas_report.record("consent.grant_relayed", _measured(consents.grantBySignature(signed, {"from": relayer})))


def test_a_batch_of_a_hundred_relayed_grants(gas_report, consents, domain, relayer):
    batch = []
    for index, (key, address) in enumerate(_patients(100)):
        grant = Grant(address, terms_at(GENESIS), document=_document(index))
        batch.append(grant.with_signature(compact(grant.message().signed(domain, key))))
    _at(GENESIS + 10)
    # Sent past Brownie, which takes a transaction for lost that is in a block a moment before its receipt is there, as
    # happens with one of this size.
    data = consents.grantBatch.encode_input(batch)
    sent = {"from": relayer.address, "to": consents.address, "data": data, "gas": 16_000_000, "gasPrice": 0}
    receipt = brownie.web3.eth.wait_for_transaction_receipt(brownie.web3.eth.send_transaction(sent))
    assert (receipt["status"], len(receipt["logs"])) == (1, 100)
    calldata = len(bytes.fromhex(data[2:]))
    gas_report.record("consent.grant_relayed_batch100", Measurement(receipt["gasUsed"], calldata, 100))


def test_a_renewal(gas_report, consents, patient):
    _at(GENESIS + 10)
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    _at(GENESIS + 20)
    renewed = consents.grant(HOSPITAL, ANY, replace(TERMS, not_before=GENESIS).pack(), DOCUMENT, {"from": patient})
    gas_report.record("consent.renew", _measured(renewed))


def test_a_revocation(gas_report, consents, patient):
    _at(GENESIS + 10)
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    _at(GENESIS + 20)
    gas_report.record("consent.revoke", _measured(consents.revoke(HOSPITAL, ANY, {"from": patient})))


def test_a_revocation_of_everything(gas_report, consents, patient):
    _at(GENESIS + 10)
    consents.revokeAll({"from": patient})
    _at(GENESIS + 20)
    gas_report.record("consent.revoke_all", _measured(consents.revokeAll({"from": patient})))


def test_a_check(gas_report, consents, patient, stranger):
    _at(GENESIS + 10)
    consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    data = consents.checkRecorded.encode_input(patient, HOSPITAL, ANY, *USE.arguments())
    call = {"from": stranger.address, "to": consents.address, "data": data, "gas": hex(1_000_000), "gasPrice": "0x0"}
    trace = brownie.web3.provider.make_request(
        "debug_traceCall", [call, "latest", {"disableStorage": True, "disableMemory": True}]
    )["result"]
    assert int(trace["returnValue"].removeprefix("0x"), 16) == STATUSES.index("Permitted")
    steps = trace["structLogs"]
    # Execution alone: what the first step finds less what the last one leaves.
    gas = steps[0]["gas"] - steps[-1]["gas"] + steps[-1]["gasCost"]
    gas_report.record("consent.check", Measurement(gas, len(bytes.fromhex(data[2:]))))


def test_a_presented_consent_verified_by_another_contract(gas_report, consents, domain, patient, deployer):
    probe = compiled("ConsentProbe").deploy(consents, {"from": deployer})
    grant = Presented(patient, terms_at(0), number=1)
    presented = grant.with_signature(compact(grant.message().signed(domain, key_of(patient))))
    gas, status = probe.checkPresented(presented, *USE.arguments())
    assert STATUSES[status] == "Permitted"
    calldata = consents.checkPresented.encode_input(presented, *USE.arguments())
    gas_report.record("consent.verify_presented", Measurement(gas, len(bytes.fromhex(calldata[2:]))))
