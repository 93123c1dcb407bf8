"""A relayer submits what patients signed: whole bundles, in as few transactions as may be, and no other call."""

from __future__ import annotations

import json

import pytest
from eth_account import Account

from carechain import relayer
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import Recorded, SignedCall
from carechain.contract_errors import ContractRefusal
from carechain.data_categories import class_bit
from carechain.errors import CarechainError
from carechain.purpose_of_use import mask_of
from carechain.relayer import read_bundle, write_bundle
from tests.helpers.suite import HOSPITAL, LABORATORY, pass_time

TERMS = ConsentTerms(mask_of("TREAT"), class_bit("Condition"))
ANY = Scope.any()


def patient(number):
    return Account.from_key(f"0x{number + 1:064x}")


@pytest.fixture
def grant(patients_side):
    """A signed grant by a patient, by number."""

    def signed(number, grantee=HOSPITAL, scope=ANY):
        key = patient(number)
        return patients_side.signed_grant(key, Recorded(key.address, grantee, scope, TERMS, bytes(31) + b"\1"))

    return signed


@pytest.fixture
def granted(patients_side):
    """Whether a patient's consent is recorded."""
    return lambda number, scope=ANY: bool(patients_side.recorded(patient(number).address, HOSPITAL))


def forged(call):
    """The same grant with a signature that nobody made."""
    (grant,) = call.arguments
    return SignedCall(call.method, ((*grant[:-1], bytes(32) + b"\1" * 32),))


def test_one_call_is_sent_as_itself(relay, grant, granted, suite_chain):
    sent = relay.submit_together([grant(1)], "one")
    data = suite_chain.web3.eth.get_transaction(sent.hash)["input"]
    registry = suite_chain.contract("ConsentRegistry")
    assert registry.decode_function_input(data)[0].fn_name == "grantBySignature"
    assert granted(1)


def test_many_grants_are_one_batch(relay, grant, granted, suite_chain):
    sent = relay.submit_together([grant(n) for n in range(5)], "many")
    registry = suite_chain.contract("ConsentRegistry")
    data = suite_chain.web3.eth.get_transaction(sent.hash)["input"]
    assert registry.decode_function_input(data)[0].fn_name == "grantBatch"
    assert all(granted(n) for n in range(5))


def test_calls_of_several_kinds_are_one_transaction(relay, grant, granted, patients_side, suite_chain):
    relay.submit_together([grant(1), grant(2)], "before")
    pass_time(2)
    key = patient(1)
    revocation = patients_side.signed_revocation(key, key.address, HOSPITAL, ANY)
    everything = patients_side.signed_revoke_all(patient(2), patient(2).address, suite_chain.now())
    before = suite_chain.web3.eth.block_number
    relay.submit_together([revocation, everything, grant(3)], "mixed")
    assert suite_chain.web3.eth.block_number == before + 1
    assert [granted(n) for n in (1, 2, 3)] == [False, False, True]


def test_together_is_all_or_nothing(relay, grant, granted, suite_chain):
    before = suite_chain.web3.eth.block_number
    with pytest.raises(ContractRefusal) as caught:
        relay.submit_together([grant(1), forged(grant(2)), grant(3)], "together")
    assert caught.value.name == "SignatureInvalid"
    assert caught.value.values["patient"] == patient(2).address.lower()
    assert suite_chain.web3.eth.block_number == before
    assert not any(granted(n) for n in (1, 2, 3))


@pytest.mark.parametrize("count", [0, relayer.BATCH + 1])
def test_no_call_and_too_many_are_refused(relay, grant, count):
    with pytest.raises(CarechainError, match=f"takes {count} calls"):
        relay.submit_together([grant(1)] * count, "together")


def test_one_bad_bundle_takes_no_other_with_it(relay, grant, granted):
    bundles = [[grant(n)] for n in range(6)]
    bundles[2] = [forged(bundles[2][0])]
    outcomes = list(relay.submit_each(bundles, "many"))
    refused = [outcome for outcome in outcomes if outcome.refusal]
    assert [outcome.bundles for outcome in refused] == [(2,)]
    assert refused[0].sent is None
    done = [position for outcome in outcomes if outcome.sent for position in outcome.bundles]
    assert done == [0, 1, 3, 4, 5]
    assert [granted(n) for n in range(6)] == [True, True, False, True, True, True]
    assert len(outcomes) - 1 <= 4


def test_a_bundle_is_submitted_whole_or_not_at_all(relay, grant, granted):
    broken = [grant(0), forged(grant(0, scope=ANY.with_part(1)))]
    outcomes = list(relay.submit_each([broken, [grant(1)]], "many"))
    assert [(outcome.bundles, outcome.refusal is None) for outcome in outcomes] == [((0,), False), ((1,), True)]
    assert [granted(n) for n in (0, 1)] == [False, True]


def test_bundles_share_transactions_up_to_the_size_of_a_batch(relay, grant, monkeypatch, suite_chain):
    monkeypatch.setattr(relayer, "BATCH", 4)
    bundles = [[grant(n), grant(n, LABORATORY)] for n in range(5)]
    before = suite_chain.web3.eth.block_number
    outcomes = list(relay.submit_each(bundles, "many"))
    assert [outcome.bundles for outcome in outcomes] == [(0, 1), (2, 3), (4,)]
    assert suite_chain.web3.eth.block_number == before + 3


def test_nothing_to_submit_submits_nothing(relay):
    assert list(relay.submit_each([], "none")) == []


def test_what_is_signed_for_the_next_second_is_waited_for(relay, grant, granted, patients_side):
    relay.submit_together([grant(1)], "first")
    relay.submit_together([grant(1)], "again")
    assert granted(1)


def test_what_is_signed_for_a_later_day_is_refused(relay, patients_side, suite_chain):
    key = patient(1)
    call = patients_side.signed_revoke_all(key, key.address, suite_chain.now() + 86_400)
    with pytest.raises(ContractRefusal) as caught:
        relay.submit_together([call], "later")
    assert caught.value.name == "ConsentStampFuture"


def test_a_bundle_travels_by_file(suite_chain, relay, grant, granted, patients_side, tmp_path):
    path = tmp_path / "bundle.json"
    key = patient(1)
    revocation = patients_side.signed_revoke_all(key, key.address, suite_chain.now() - 10)
    write_bundle(suite_chain, [revocation, grant(1), grant(1, scope=ANY.with_part(1))], path)
    calls = read_bundle(suite_chain, path)
    assert [call.method for call in calls] == ["revokeAllBySignature", "grantBySignature", "grantBySignature"]
    relay.submit_together(calls, "from a file")
    assert granted(1)


def test_a_file_holds_no_more_than_the_chain_will(suite_chain, grant, tmp_path):
    path = tmp_path / "bundle.json"
    write_bundle(suite_chain, [grant(1)], path)
    assert set(json.loads(path.read_text("utf-8"))) == {"chainId", "registry", "calls"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"chainId": 1}, "is signed for another chain or registry"),
        ({"registry": "0x" + "11" * 20}, "is signed for another chain or registry"),
        ({"calls": 5}, "is not a bundle of signed calls"),
        ({"calls": ["0x"]}, r"calls\[0\] is not a call of the registry"),
        ({"calls": ["0xdeadbeef"]}, r"calls\[0\] is not a call of the registry"),
        ({"calls": ["word"]}, r"calls\[0\] is not a call of the registry"),
        ({"calls": [None]}, r"calls\[0\] is not a call of the registry"),
    ],
)
def test_a_file_that_is_no_bundle_for_here_is_refused(suite_chain, grant, tmp_path, change, problem):
    path = tmp_path / "bundle.json"
    write_bundle(suite_chain, [grant(1)], path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    with pytest.raises(CarechainError, match=problem):
        read_bundle(suite_chain, path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\x00"])
def test_a_file_that_is_nothing_of_the_kind_is_refused(suite_chain, tmp_path, content):
    path = tmp_path / "bundle.json"
    path.write_text(content, "utf-8")
    with pytest.raises(CarechainError, match="is not a bundle of signed calls"):
        read_bundle(suite_chain, path)


def test_a_relayer_relays_no_call_but_what_a_patients_signature_carries(suite_chain, tmp_path):
    """Its own account would speak in any other: a grant of its own, an appointment."""
    registry = suite_chain.contract("ConsentRegistry")
    path = tmp_path / "bundle.json"
    own = registry.encode_abi("grant", [HOSPITAL, ANY.to_bytes(), TERMS.pack(), bytes(32)])
    multi = registry.encode_abi("multicall", [[own]])
    for call in (own, multi, registry.encode_abi("pauseRelaying", [])):
        path.write_text(
            json.dumps({"chainId": suite_chain.book.chain_id, "registry": registry.address, "calls": [call]}), "utf-8"
        )
        with pytest.raises(CarechainError, match=r"is a call of \w+\. Relay only"):
            read_bundle(suite_chain, path)
