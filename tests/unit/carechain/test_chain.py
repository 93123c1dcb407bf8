"""The one way to talk to the chain: what fails is a sentence, and costs nothing where it can be known before."""

from __future__ import annotations

import json
import logging

import pytest
from eth_account import Account
from requests.exceptions import ConnectionError as NodeDown
from web3 import HTTPProvider, Web3
from web3.exceptions import (
    BlockNotFound,
    ExtraDataLengthError,
    MismatchedABI,
    RequestTimedOut,
    TimeExhausted,
    TooManyRequests,
    Web3RPCError,
)

from carechain.address_book import AddressBook, Entry
from carechain.chain import TRANSACTION_GAS_MAX, Chain
from carechain.consent_scope import Scope
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError, NodeUnreachable
from scripts.suite import ROOT
from tests.helpers.consents import ANY, DOCUMENT, TERMS
from tests.helpers.suite import HOSPITAL

BUILD = ROOT / "build" / "contracts"
NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def registry(suite_chain):
    return suite_chain.contract("ConsentRegistry").functions


@pytest.fixture
def sender(suite_chain):
    return suite_chain.web3.eth.accounts[10]


def grant(registry):
    return registry.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT)


def test_a_call_that_is_sent_tells_what_it_cost(suite_chain, registry, sender):
    before = suite_chain.web3.eth.block_number
    sent = suite_chain.send(grant(registry), sender, "grant")
    receipt = suite_chain.web3.eth.get_transaction_receipt(sent.hash)
    assert (sent.what, sent.block, sent.gas) == ("grant", before + 1, receipt["gasUsed"])
    assert sent.calldata_bytes == 4 + 4 * 32


def test_a_key_of_ones_own_signs_and_sends(suite_chain, registry, sender):
    key = Account.from_key("0x" + "21" * 32)
    suite_chain.web3.eth.send_transaction({"from": sender, "to": key.address, "value": 10**18})
    suite_chain.send(grant(registry), key, "grant")
    suite_chain.send(registry.revoke(HOSPITAL, ANY), key, "revoke")
    events = suite_chain.events("ConsentRegistry", ("ConsentGranted", "ConsentRevoked"), {"patient": key.address})
    assert [event.name for event in events] == ["ConsentGranted", "ConsentRevoked"]


def test_a_refusal_carries_its_values_and_sends_nothing(suite_chain, registry, sender):
    before = suite_chain.web3.eth.block_number
    with pytest.raises(ContractRefusal) as caught:
        suite_chain.send(registry.grant(0, ANY, TERMS.pack(), DOCUMENT), sender, "grant")
    assert (caught.value.name, caught.value.values) == ("ConsentGranteeZero", {})
    with pytest.raises(ContractRefusal) as caught:
        suite_chain.send(registry.revokePresented(216), sender, "revoke")
    assert (caught.value.name, caught.value.values) == ("PresentedNumberInvalid", {"number": 216})
    assert suite_chain.web3.eth.block_number == before


def test_a_view_that_refuses_says_so_too(suite_chain):
    with pytest.raises(ContractRefusal) as caught:
        suite_chain.ask(suite_chain.contract("Participants").functions.organisation(99), "reading")
    assert (caught.value.name, caught.value.values) == ("OrganisationUnknown", {"organisation": 99})


def test_a_sender_without_ether_is_told_by_the_node(suite_chain, registry):
    with pytest.raises(CarechainError, match="grant was refused by the node: ") as caught:
        suite_chain.send(grant(registry), Account.from_key("0x" + "22" * 32), "grant")
    assert not isinstance(caught.value, ContractRefusal)


def test_what_the_chain_refuses_only_when_it_is_mined_is_told_with_its_reason(
    suite_chain, registry, sender, monkeypatch
):
    """As when another transaction got in between: it was possible when it was tried."""
    eth = suite_chain.web3.eth
    monkeypatch.setattr(eth, "estimate_gas", lambda *arguments: 200_000)
    tried = eth.call
    monkeypatch.setattr(
        eth, "call", lambda transaction, block: b"" if block == "pending" else tried(transaction, block)
    )

    def mined_anyway(transaction):
        answer = suite_chain.web3.provider.make_request("eth_sendTransaction", [as_request(transaction)])
        if "result" in answer:  # Anvil answers with the hash, and may mine it a moment later
            return bytes.fromhex(answer["result"].removeprefix("0x"))
        return bytes(eth.get_block("latest")["transactions"][0])  # Ganache mines it and answers with the refusal

    monkeypatch.setattr(eth, "send_transaction", mined_anyway)
    with pytest.raises(ContractRefusal) as caught:
        suite_chain.send(registry.grant(0, ANY, TERMS.pack(), DOCUMENT), sender, "grant")
    assert caught.value.name == "ConsentGranteeZero"


def as_request(transaction):
    return {name: hex(value) if isinstance(value, int) else value for name, value in transaction.items()}


def test_a_transaction_that_is_never_mined_is_named_by_its_hash(suite_chain, registry, sender, monkeypatch):
    def waits(*arguments, **options):
        raise TimeExhausted("waited")

    monkeypatch.setattr(suite_chain.web3.eth, "wait_for_transaction_receipt", waits)
    with pytest.raises(NodeUnreachable, match=r"is not in a block after 300 seconds \(transaction 0x[0-9a-f]{64}\)"):
        suite_chain.send(grant(registry), sender, "grant")


def test_a_node_that_goes_down_with_a_transaction_under_way_is_told_with_its_hash(
    suite_chain, registry, sender, monkeypatch
):
    def goes_down(*arguments, **options):
        raise NodeDown("connection refused")

    monkeypatch.setattr(suite_chain.web3.eth, "wait_for_transaction_receipt", goes_down)
    with pytest.raises(NodeUnreachable, match=r"grant was sent, .*\(0x[0-9a-f]{64}\)\. Look whether it is mined"):
        suite_chain.send(grant(registry), sender, "grant")


@pytest.mark.parametrize(
    "action",
    [
        lambda chain: chain.contract("ConsentRegistry"),
        lambda chain: chain.now(),
        lambda chain: chain.events("ConsentRegistry", ("ConsentGranted",), {}),
        lambda chain: chain.deploy("Governance", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    ],
    ids=["contract", "now", "events", "deploy"],
)
def test_a_node_that_is_down_is_a_sentence(suite_chain, action):
    down = Chain(Web3(HTTPProvider(NOBODY_LISTENS)), suite_chain.book, BUILD)
    with pytest.raises(NodeUnreachable, match="did not reach the node"):
        action(down)


def test_a_node_that_goes_down_between_two_calls_is_a_sentence(suite_chain, registry, sender, monkeypatch):
    call = grant(registry)
    monkeypatch.setattr(suite_chain, "web3", Web3(HTTPProvider(NOBODY_LISTENS)))
    with pytest.raises(NodeUnreachable, match="grant did not reach the node"):
        suite_chain.send(call, sender, "grant")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Web3RPCError("nonce too low"), CarechainError),
        (ValueError({"code": -32000, "message": "nonce too low"}), CarechainError),
        (BlockNotFound("Block with id 9 not found"), CarechainError),
        (TooManyRequests("slow down"), CarechainError),
        (ExtraDataLengthError("The field extraData is 97 bytes"), CarechainError),
        (RequestTimedOut("no answer in time"), NodeUnreachable),
        (json.JSONDecodeError("Expecting value", "<html>", 0), NodeUnreachable),
        (ConnectionResetError("reset by peer"), NodeUnreachable),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_a_node_says_and_whether_it_says_anything_are_told_apart(suite_chain, monkeypatch, answer, kind):
    def fails(block):
        raise answer

    monkeypatch.setattr(suite_chain.web3.eth, "get_block", fails)
    with pytest.raises(CarechainError, match="reading a block") as caught:
        suite_chain.now()
    assert type(caught.value) is kind


@pytest.mark.parametrize("mistake", [ValueError("not a number"), MismatchedABI("no such argument"), TypeError("bytes")])
def test_a_mistake_of_ours_is_not_put_on_the_node(suite_chain, monkeypatch, mistake):
    def fails(block):
        raise mistake

    monkeypatch.setattr(suite_chain.web3.eth, "get_block", fails)
    with pytest.raises(type(mistake), match=str(mistake)):
        suite_chain.now()


def test_an_argument_that_cannot_be_encoded_is_not_put_on_the_node(suite_chain):
    contract = suite_chain.contract("Participants")
    call = contract.functions.organisation(1)
    call.arguments = ("one",)
    call.args = ("one",)
    with pytest.raises(MismatchedABI):
        suite_chain.ask(call, "reading")


def test_the_log_tells_every_transaction_without_the_names_that_people_chose(suite_chain, registry, sender, caplog):
    with caplog.at_level(logging.DEBUG, "carechain"):
        sent = suite_chain.send(grant(registry), sender, "apply jones-hiv.json")
    lines = [record.getMessage() for record in caplog.records if record.name == "carechain"]
    selector = suite_chain.contract("ConsentRegistry").encode_abi("grant", [HOSPITAL, ANY, TERMS.pack(), DOCUMENT])[:10]
    assert lines == [
        f"sent {sent.hash}: {selector} of 132 bytes to {suite_chain.book['ConsentRegistry'].address}",
        f"mined {sent.hash}: block {sent.block}, {sent.gas} gas",
    ]


def test_the_address_book_of_a_chain_that_is_gone_is_noticed(suite_chain, tmp_path):
    book = AddressBook(tmp_path / "book.json", suite_chain.book.chain_id)
    book.record("ConsentRegistry", Entry("0x" + "77" * 20, 1, "0x" + "00" * 32))
    stale = Chain(suite_chain.web3, book, BUILD)
    with pytest.raises(CarechainError, match=r"where this chain has no such contract\. If the chain was started anew"):
        stale.contract("ConsentRegistry")


def test_another_contract_at_the_address_is_noticed(suite_chain, tmp_path):
    book = AddressBook(tmp_path / "book.json", suite_chain.book.chain_id)
    right, other = suite_chain.book["ConsentRegistry"], suite_chain.book["Participants"]
    book.record("ConsentRegistry", Entry(other.address, other.block, right.code_hash))
    with pytest.raises(CarechainError, match="has no such contract"):
        Chain(suite_chain.web3, book, BUILD).contract("ConsentRegistry")


def test_without_compiled_contracts_it_says_how_to_compile(suite_chain, tmp_path):
    with pytest.raises(CarechainError, match=r"holds no compiled Governance\. Run: make compile"):
        Chain(suite_chain.web3, suite_chain.book, tmp_path)


def test_events_are_told_in_their_order_with_their_times(suite_chain, registry, sender, monkeypatch):
    monkeypatch.setattr("carechain.chain.BLOCK_SPAN", 2)
    for _ in range(2):
        suite_chain.send(grant(registry), sender, "grant")
        suite_chain.send(registry.revoke(HOSPITAL, ANY), sender, "revoke")
    until = suite_chain.web3.eth.block_number
    suite_chain.send(grant(registry), sender, "grant")
    names = ("ConsentRevoked", "ConsentGranted")
    events = suite_chain.events("ConsentRegistry", names, {"patient": sender, "grantee": HOSPITAL}, until)
    assert [event.name for event in events] == ["ConsentGranted", "ConsentRevoked"] * 2
    assert [event.block for event in events] == list(range(until - 3, until + 1))
    for event in events:
        assert event.timestamp == suite_chain.web3.eth.get_block(event.block)["timestamp"]
        assert event.values["patient"] == sender
        assert event.values["scope"] == Scope.any().to_bytes()


def test_events_of_others_are_not_told(suite_chain, registry, sender):
    suite_chain.send(grant(registry), sender, "grant")
    other = suite_chain.web3.eth.accounts[11]
    assert suite_chain.events("ConsentRegistry", ("ConsentGranted",), {"patient": [other]}) == []


def test_a_filter_that_no_event_has_is_refused_and_never_left_out(suite_chain, sender):
    with pytest.raises(CarechainError, match=r"The filter pateint is no indexed argument of ConsentGranted"):
        suite_chain.events("ConsentRegistry", ("ConsentGranted",), {"pateint": sender})
    with pytest.raises(CarechainError, match=r"The filter document is no indexed argument"):
        suite_chain.events("ConsentRegistry", ("ConsentGranted",), {"document": DOCUMENT})


def test_a_filter_narrows_those_of_the_events_that_have_it(suite_chain, registry, sender):
    suite_chain.send(grant(registry), sender, "grant")
    suite_chain.send(registry.revokeAll(), sender, "revoke")
    names = ("ConsentGranted", "AllConsentsRevoked")
    events = suite_chain.events("ConsentRegistry", names, {"patient": sender, "grantee": HOSPITAL + 1})
    assert [event.name for event in events] == ["AllConsentsRevoked"]


@pytest.mark.parametrize(
    ("estimate", "gas"),
    [
        (100_000, 110_000),
        (16_000_000, TRANSACTION_GAS_MAX),
        (TRANSACTION_GAS_MAX, TRANSACTION_GAS_MAX),
        (TRANSACTION_GAS_MAX + 10, (TRANSACTION_GAS_MAX + 10) * 11 // 10),
    ],
)
def test_the_gas_to_spare_does_not_lift_a_transaction_over_what_it_may_use(
    suite_chain, registry, sender, monkeypatch, estimate, gas
):
    asked = []

    def goes_down(transaction):
        asked.append(transaction["gas"])
        raise NodeDown

    monkeypatch.setattr(suite_chain.web3.eth, "estimate_gas", lambda *arguments: estimate)
    monkeypatch.setattr(suite_chain.web3.eth, "send_transaction", goes_down)
    with pytest.raises(NodeUnreachable):
        suite_chain.send(grant(registry), sender, "grant")
    assert asked == [gas]


def test_what_stands_already_is_not_deployed_again(suite_chain, sender):
    before = suite_chain.web3.eth.block_number
    assert suite_chain.deploy("Governance", sender, sender) is None
    assert suite_chain.web3.eth.block_number == before
