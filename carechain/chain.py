"""The one way to talk to the chain: contracts by name, and transactions that are tried before they are sent."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_typing import ChecksumAddress, HexStr
from eth_utils.address import to_checksum_address
from web3 import Web3
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.exceptions import (
    BadFunctionCallOutput,
    BadResponseFormat,
    CannotHandleRequest,
    ContractLogicError,
    ExtraDataLengthError,
    ProviderConnectionError,
    RequestTimedOut,
    TimeExhausted,
    TooManyRequests,
    Web3RPCError,
)
from web3.types import BlockIdentifier

from carechain.address_book import AddressBook, Entry
from carechain.contract_errors import ErrorDecoder
from carechain.errors import CarechainError, NodeUnreachable

CONTRACTS = (
    "Governance",
    "Participants",
    "ConsentRegistry",
    "EmergencyAccess",
    "RecordRegistry",
    "Oversight",
    "Handling",
    "DrugSupplyChain",
    "ColdChain",
    "TrialResults",
    "TrialOversight",
    "TrialRegistry",
    "ClaimProgramme",
    "ClaimObjections",
    "ClaimReview",
    "ClaimSettlement",
)
"""The suite, in the order in which it is deployed."""

WHOLE = {
    "DrugSupplyChain": "IDrugSupplyChain",
    "TrialRegistry": "ITrialRegistry",
    "ClaimSettlement": "IClaimSettlement",
}
"""Contracts that run a part of their calls by the code of others, and the interface of the whole."""

BLOCK_SPAN = 5_000
"""Blocks asked for at a time when events are read: public nodes refuse wider ranges."""

RECEIPT_TIMEOUT = 300
"""Seconds to wait for a transaction before saying that it is still under way."""

TRANSACTION_GAS_MAX = 16_777_216
"""Gas that one transaction may ask for (EIP-7825)."""

# Of web3's exceptions, those that report what a node said; the others are mistakes in our own calls.
_UNREACHABLE = (OSError, json.JSONDecodeError, CannotHandleRequest, ProviderConnectionError, RequestTimedOut)
_NODE_SAID = (
    BadFunctionCallOutput,
    BadResponseFormat,
    ContractLogicError,
    ExtraDataLengthError,
    TooManyRequests,
    Web3RPCError,
)

_LOOK_FIRST = "look whether it is mined before you try again"

log = logging.getLogger("carechain")
"""The one logger. It never gets health data, nor names that people chose: contracts, functions and hashes alone."""

Sender = LocalAccount | ChecksumAddress
"""Who sends: a key we hold, or an account that the node itself holds."""


@dataclass(frozen=True)
class Sent:
    """A transaction that succeeded."""

    what: str
    hash: str
    block: int
    gas: int
    calldata_bytes: int


@dataclass(frozen=True)
class Event:
    """An event of the suite, as it was logged."""

    name: str
    values: Mapping[str, Any]
    block: int
    timestamp: int
    transaction: str
    position: int = 0
    """Of its log in the block."""


class Chain:
    """A chain on which the suite is, or is being, deployed."""

    def __init__(self, web3: Web3, book: AddressBook, build: Path) -> None:
        """`build` is Brownie's folder of compiled contracts, build/contracts.

        Raises CarechainError when the contracts aren't compiled. Every method raises NodeUnreachable when the node
        doesn't answer.
        """
        self.web3 = web3
        self.book = book
        self._build = build
        self._timestamps: dict[int, int] = {}
        self._abis = {name: self._abi(name) for name in CONTRACTS}
        self._decoder = ErrorDecoder(self._abis.values())

    def artifact(self, name: str) -> dict[str, Any]:
        """The compiled contract. Raises CarechainError when there is none."""
        path = self._build / f"{name}.json"
        if path.is_file():
            artifact: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return artifact
        raise CarechainError(str(self._build), f"holds no compiled {name}", "run: make compile")

    def _abi(self, name: str) -> Any:
        if name not in WHOLE:
            return self.artifact(name)["abi"]
        path = self._build.parent / "interfaces" / f"{WHOLE[name]}.json"
        if path.is_file():
            return json.loads(path.read_text("utf-8"))["abi"]
        raise CarechainError(str(path.parent), f"holds no compiled {WHOLE[name]}", "run: make compile")

    def contract(self, name: str) -> Contract:
        """The deployed contract. Raises CarechainError when it isn't in the address book, or not on this chain (a local
        chain forgets everything when it stops)."""
        entry = self.book[name]
        address = to_checksum_address(entry.address)
        if self.code_hash(address) != entry.code_hash:
            raise CarechainError(
                str(self.book.path),
                f"says {name} is at {address}, where this chain has no such contract",
                "if the chain was started anew, move the address book away and deploy again",
            )
        return self.web3.eth.contract(address=address, abi=self._abis[name])

    def code_hash(self, address: ChecksumAddress) -> str:
        """keccak256 of the runtime code, 0x-hex."""
        code = self._guarded("reading a contract's code", lambda: self.web3.eth.get_code(address))
        return "0x" + bytes(Web3.keccak(code)).hex()

    def client(self) -> str:
        """The name and version of the node's program."""
        return str(self._guarded("asking the node for its name", lambda: self.web3.client_version))

    def now(self) -> int:
        """The time of the latest block, Unix seconds: what stamps are made from, since chains and clocks disagree."""
        return self.time_of("latest")

    def time_of(self, block: BlockIdentifier) -> int:
        """The time of a block, Unix seconds."""
        timestamp: int = self._guarded("reading a block", lambda: self.web3.eth.get_block(block)["timestamp"])
        return timestamp

    def latest_block(self) -> int:
        """The number of the latest block."""
        number: int = self._guarded("reading the latest block", lambda: self.web3.eth.block_number)
        return number

    def deploy(self, name: str, sender: Sender, *arguments: Any) -> Sent | None:
        """Deploys a contract and records it; None when the book has it already and it is there."""
        if name in self.book:
            self.contract(name)
            return None
        artifact = self.artifact(name)
        factory = self.web3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
        data = factory.constructor(*arguments).data_in_transaction
        sent, receipt = self._transact({"data": data}, sender, f"deploy {name}")
        address = receipt["contractAddress"]
        self.book.record(name, Entry(address, sent.block, self.code_hash(address)))
        return sent

    def adopt(self, name: str, address: str, deployed_with: str) -> None:
        """Records a contract that another one has deployed, in the same transaction; nothing if the book has it."""
        if name not in self.book:
            code_hash = self.code_hash(to_checksum_address(address))
            self.book.record(name, Entry(address, self.book[deployed_with].block, code_hash))

    def send(self, call: ContractFunction, sender: Sender, what: str) -> Sent:
        """Sends a call. `what` names it for people, without health data.

        It is tried on the pending block first, so what would be refused costs nothing. Raises ContractRefusal when
        the contract refuses, CarechainError when the node does, and NodeUnreachable when the node doesn't answer or the
        transaction isn't mined in RECEIPT_TIMEOUT: then it may still be mined later.
        """
        transaction = {"to": call.address, "data": call._encode_transaction_data()}
        return self._transact(transaction, sender, what)[0]

    def attempt(self, call: ContractFunction, sender: Sender, what: str) -> bytes:
        """Tries a call on the pending block and sends nothing. What it would return, ABI-encoded. Raises as `send`
        does."""
        address = sender.address if isinstance(sender, LocalAccount) else sender
        transaction: Any = {"from": address, "to": call.address, "data": call._encode_transaction_data()}
        return bytes(self._guarded(what, lambda: self.web3.eth.call(transaction, "pending")))

    def estimate(self, call: ContractFunction, sender: Sender, what: str) -> int:
        """The gas that a call would take on the pending block. Sends nothing, and raises as `send` does."""
        address = sender.address if isinstance(sender, LocalAccount) else sender
        transaction: Any = {"from": address, "to": call.address, "data": call._encode_transaction_data()}
        return int(self._guarded(what, lambda: self.web3.eth.estimate_gas(transaction, "pending")))

    def ask(self, call: ContractFunction, what: str, block: int | None = None) -> Any:
        """The answer of a view, at the latest block or a given one. Raises as `send` does."""
        return self._guarded(what, lambda: call.call(block_identifier="latest" if block is None else block))

    def require_settled(self, sender: Sender) -> None:
        """Raises NodeUnreachable while the node knows of transactions of the sender's that are in no block yet."""
        address = sender.address if isinstance(sender, LocalAccount) else sender
        what = "the sender's earlier transactions"
        mined = self._guarded(what, lambda: self.web3.eth.get_transaction_count(address, "latest"))
        known = self._guarded(what, lambda: self.web3.eth.get_transaction_count(address, "pending"))
        if known > mined:
            raise NodeUnreachable(
                f"{known - mined} of {what}", "are not in a block yet", "try again when they are mined"
            )

    def signature_of_node(self, account: ChecksumAddress, text: str) -> bytes:
        """A text signed (EIP-191) by an account that the node holds, as development nodes do: 65 bytes."""
        signature = self._guarded("signing", lambda: self.web3.eth.sign(account, text=text))
        return bytes(signature)

    def events(
        self,
        contract: str,
        names: tuple[str, ...],
        filters: Mapping[str, Any],
        until: int | None = None,
        since: int | None = None,
    ) -> list[Event]:
        """Events of a contract since its deployment, or since the block `since`, in the order they happened.

        `filters` are values (or lists of them) of indexed arguments; one narrows those of the events that have it.
        `until` is the last block; the latest if None. Raises CarechainError for a filter that none of them has.
        """
        source = self.contract(contract)
        kinds = [source.events[name]() for name in names]
        indexed = {argument for kind in kinds for argument in _indexed(kind.abi)}
        if not indexed.issuperset(filters):
            raise CarechainError(
                f"The filter {', '.join(sorted(set(filters) - indexed))}",
                f"is no indexed argument of {', '.join(names)}",
                f"filter by some of: {', '.join(sorted(indexed))}",
            )
        first = self.book[contract].block if since is None else since
        last = self.latest_block() if until is None else until
        logs = []
        for kind in kinds:
            wanted = {key: value for key, value in filters.items() if key in _indexed(kind.abi)}
            for start in range(first, last + 1, BLOCK_SPAN):
                read = partial(
                    kind.get_logs,
                    from_block=start,
                    to_block=min(start + BLOCK_SPAN - 1, last),
                    argument_filters=wanted,
                )
                logs += self._guarded(f"reading {kind.event_name}", read)
        logs.sort(key=lambda log: (log["blockNumber"], log["logIndex"]))
        return [
            Event(
                log["event"],
                dict(log["args"]),
                log["blockNumber"],
                self._timestamp(log["blockNumber"]),
                "0x" + bytes(log["transactionHash"]).hex(),
                log["logIndex"],
            )
            for log in logs
        ]

    def _timestamp(self, block: int) -> int:
        if block not in self._timestamps:
            self._timestamps[block] = self.time_of(block)
        return self._timestamps[block]

    def _transact(self, fields: dict[str, Any], sender: Sender, what: str) -> tuple[Sent, Any]:
        address = sender.address if isinstance(sender, LocalAccount) else sender
        size = (len(fields["data"]) - 2) // 2
        transaction: Any = {"from": address, "value": 0, **fields}
        self._guarded(what, lambda: self.web3.eth.call(transaction, "pending"))
        transaction["gas"] = _gas_for(self._guarded(what, lambda: self.web3.eth.estimate_gas(transaction, "pending")))

        def submit() -> Any:
            if not isinstance(sender, LocalAccount):
                return self.web3.eth.send_transaction(transaction)
            filled = {
                **transaction,
                "nonce": self.web3.eth.get_transaction_count(address, "pending"),
                "chainId": self.web3.eth.chain_id,
                "gasPrice": self.web3.eth.gas_price,
            }
            return self.web3.eth.send_raw_transaction(sender.sign_transaction(filled).raw_transaction)

        hash_ = HexStr("0x" + bytes(self._guarded(what, submit)).hex())
        log.debug("sent %s: %s of %s bytes to %s", hash_, fields["data"][:10], size, fields.get("to", "a new contract"))
        try:
            receipt: Any = self._guarded(
                what,
                lambda: self.web3.eth.wait_for_transaction_receipt(hash_, timeout=RECEIPT_TIMEOUT, poll_latency=0.02),
            )
        except TimeExhausted:
            raise NodeUnreachable(
                what, f"is not in a block after {RECEIPT_TIMEOUT} seconds (transaction {hash_})", _LOOK_FIRST
            ) from None
        except NodeUnreachable:
            raise NodeUnreachable(what, f"was sent, and then did not reach the node ({hash_})", _LOOK_FIRST) from None
        log.debug("mined %s: block %s, %s gas", hash_, receipt["blockNumber"], receipt["gasUsed"])
        if receipt["status"] != 1:
            # It passed when tried, so the chain has moved on in between: the same call on that block says why.
            self._guarded(what, lambda: self.web3.eth.call(transaction, receipt["blockNumber"]))
            raise CarechainError(what, "failed on chain", "try again")
        return Sent(what, hash_, receipt["blockNumber"], receipt["gasUsed"], size), receipt

    def _guarded(self, what: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except TimeExhausted:  # it was sent: its caller says what became of it
            raise
        except _UNREACHABLE:
            raise NodeUnreachable(what, "did not reach the node", "start the chain, or check its address") from None
        except (*_NODE_SAID, ValueError) as exception:
            told = isinstance(exception, _NODE_SAID) or isinstance(next(iter(exception.args), None), Mapping)
            if not told:  # a ValueError that carries no answer of a node is a mistake of ours
                raise
            refusal = self._decoder.refusal(what, exception)
            if refusal is not None:
                raise refusal from None
            raise CarechainError(what, f"was refused by the node: {_first_line(exception)}") from None


def _gas_for(estimate: int) -> int:
    """A tenth more than was estimated, since the chain moves on; within what a transaction may ask for if that is
    enough. Where it is not, the node says whether it knows of that limit."""
    wanted = estimate * 11 // 10
    return wanted if estimate > TRANSACTION_GAS_MAX else min(wanted, TRANSACTION_GAS_MAX)


def _indexed(abi: Any) -> set[str]:
    return {i["name"] for i in abi["inputs"] if i["indexed"]}


def _first_line(exception: Exception) -> str:
    lines = str(exception).strip().splitlines()
    return lines[0][:300] if lines else type(exception).__name__
