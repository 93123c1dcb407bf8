"""What the package signs, against EIP-712 from its text and against the Solidity."""

from __future__ import annotations

import re

import pytest
from eth_account import Account
from eth_hash.auto import keccak
from eth_keys import keys

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.typed_data import TYPES, Domain, compact, consent_values, presented_consent_values
from scripts.suite import ROOT
from tests.helpers import eip712

REGISTRY = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
OURS = Domain(31337, REGISTRY)
THEIRS = eip712.Domain("Carechain ConsentRegistry", "1", 31337, REGISTRY)
PATIENT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
KEY = Account.from_key("0x" + "11" * 32)

SAMPLES = {
    "address": PATIENT,
    "address[]": [PATIENT, REGISTRY, KEY.address],
    "bytes32": bytes(range(1, 33)),
    "uint8": 215,
    "uint16": 0xFFFF,
    "uint32": 0xFFFFFFFE,
    "uint40": 0xFFFFFFFFFF,
    "uint64": 1 << 63 | 5,
}


def values_of(type_name):
    return {name: SAMPLES[solidity] for name, solidity in TYPES[type_name]}


def digest(message):
    return keccak(b"\x19" + message.version + message.header + message.body)


@pytest.mark.parametrize("type_name", TYPES)
def test_a_digest_is_what_eip_712_says(type_name):
    values = values_of(type_name)
    assert digest(OURS.message(type_name, values)) == eip712.Message(type_name, values).digest(THEIRS)


def test_a_list_may_be_empty():
    values = {**values_of("PlanRecovery"), "guardians": []}
    assert digest(OURS.message("PlanRecovery", values)) == eip712.Message("PlanRecovery", values).digest(THEIRS)


def test_the_types_are_those_of_the_solidity():
    source = (ROOT / "contracts" / "libraries" / "ConsentMessages.sol").read_text("utf-8")
    ours = {f"{name}({','.join(f'{kind} {field}' for field, kind in fields)})" for name, fields in TYPES.items()}
    assert set(re.findall(r'"(\w+\([^"]+\))"', source)) == ours


@pytest.mark.parametrize("other", [Domain(1, REGISTRY), Domain(31337, PATIENT)], ids=["chain", "registry"])
def test_another_chain_or_registry_has_another_digest(other):
    values = values_of("RevokeAll")
    assert digest(other.message("RevokeAll", values)) != digest(OURS.message("RevokeAll", values))


@pytest.mark.parametrize("number", range(8))
def test_a_compact_signature_is_the_signers(number):
    """Over several messages, so that both parities occur."""
    values = {"patient": PATIENT, "signedAt": number}
    signature = OURS.sign(KEY, "RevokeAll", values)
    assert len(signature) == 64
    full = eip712.Message("RevokeAll", values).signed(THEIRS, bytes(KEY.key))
    assert signature == eip712.compact(full)
    assert compact(KEY, OURS.message("RevokeAll", values)) == signature
    parity = signature[32] >> 7
    s = int.from_bytes(signature[32:], "big") & (1 << 255) - 1
    recoverable = keys.Signature(vrs=(parity, int.from_bytes(signature[:32], "big"), s))
    message = eip712.Message("RevokeAll", values).digest(THEIRS)
    assert recoverable.recover_public_key_from_msg_hash(message).to_checksum_address() == KEY.address


def test_terms_are_spelt_out_field_by_field():
    terms = ConsentTerms(1, 2, 3, 4, 5, 6, 7)
    scope, document = Scope.of_custodian(9), bytes(32)
    shared = {
        "patient": PATIENT,
        "grantee": 8,
        "scope": scope.to_bytes(),
        "purposes": 1,
        "categories": 2,
        "notBefore": 3,
        "notAfter": 4,
        "dataFrom": 5,
        "dataTo": 6,
        "document": document,
    }
    assert consent_values(PATIENT, 8, scope, terms, document) == {**shared, "signedAt": 7}
    presented = {**shared, "revokedAllAt": 7, "number": 3}
    assert presented_consent_values(PATIENT, 8, scope, terms, document, 3) == presented
    assert list(presented) == [name for name, _ in TYPES["PresentedConsent"]]


def test_a_missing_field_is_not_signed():
    with pytest.raises((KeyError, ValueError)):
        OURS.message("RevokeAll", {"patient": PATIENT})
