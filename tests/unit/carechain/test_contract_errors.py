"""A contract's refusal is understood whatever node reported it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from eth_abi import encode
from eth_utils import function_signature_to_4byte_selector
from requests.exceptions import ConnectionError as NodeDown
from web3.exceptions import ContractCustomError, ContractLogicError, Web3RPCError

from carechain.contract_errors import ContractRefusal, ErrorDecoder

PATIENT = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
ABI = [
    {
        "type": "error",
        "name": "ConsentStampStale",
        "inputs": [
            {"name": "patient", "type": "address"},
            {"name": "given", "type": "uint256"},
            {"name": "recorded", "type": "uint256"},
        ],
    },
    {"type": "error", "name": "RelayingIsPaused", "inputs": []},
    {"type": "error", "name": "Unnamed", "inputs": [{"name": "", "type": "bytes32"}, {"name": "", "type": "bool"}]},
    {
        "type": "error",
        "name": "Nested",
        "inputs": [{"name": "pair", "type": "tuple", "components": [{"type": "uint8"}, {"type": "bytes"}]}],
    },
    {"type": "function", "name": "pause", "inputs": []},
]
STALE = (
    "0x"
    + (
        function_signature_to_4byte_selector("ConsentStampStale(address,uint256,uint256)")
        + encode(["address", "uint256", "uint256"], [PATIENT, 5, 6])
    ).hex()
)
PAUSED = "0x" + function_signature_to_4byte_selector("RelayingIsPaused()").hex()

DECODER = ErrorDecoder([ABI])


def brownie_error(data):
    """Brownie keeps the node's answer apart from the words."""
    error = Exception("execution reverted")
    error.data = data  # type: ignore[attr-defined]
    return error


SHAPES = {
    "anvil, to eth_call": lambda data: ContractCustomError(data, data=data),
    "anvil, to a transaction": lambda data: Web3RPCError(
        "execution reverted", rpc_response={"error": {"code": 3, "message": "execution reverted", "data": data}}
    ),
    "ganache": lambda data: ContractLogicError(
        "VM Exception while processing transaction: revert",
        data={"hash": "0x" + "12" * 32, "programCounter": 17, "result": data, "reason": None, "message": "revert"},
    ),
    "ganache, in the answer": lambda data: Web3RPCError(
        "revert", rpc_response={"error": {"data": {"0x" + "12" * 32: {"error": "revert", "return": data}}}}
    ),
    "hardhat": lambda data: Web3RPCError(
        f"reverted with an unrecognized custom error (return data: {data})",
        rpc_response={"error": {"code": -32603, "data": {"message": "reverted", "data": data}}},
    ),
    "hardhat, in words alone": lambda data: ValueError(f"reverted with a custom error (return data: {data})"),
    "web3, as a mapping of old": lambda data: ValueError({"code": 3, "message": "execution reverted", "data": data}),
    "brownie": brownie_error,
    "bytes": lambda data: brownie_error(bytes.fromhex(data[2:])),
    "in a list": lambda data: brownie_error([{"result": data}]),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_error_and_its_values_are_read_from_every_nodes_shape(shape):
    refusal = DECODER.refusal("grant", shape(STALE))
    assert isinstance(refusal, ContractRefusal)
    assert (refusal.name, refusal.values) == ("ConsentStampStale", {"patient": PATIENT, "given": 5, "recorded": 6})
    assert refusal.place == "grant"
    assert str(refusal) == (
        f"grant was refused by the contract: ConsentStampStale(patient {PATIENT}, given 5, recorded 6). "
        "Look up ConsentStampStale in docs/ERRORS.md."
    )


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_an_error_without_values_is_read_too(shape):
    refusal = DECODER.refusal("grant", shape(PAUSED))
    assert refusal is not None
    assert (refusal.name, refusal.values) == ("RelayingIsPaused", {})


@pytest.mark.parametrize(
    ("signature", "types", "values", "name", "read"),
    [
        ("Error(string)", ["string"], ["no reason"], "Error", {"reason": "no reason"}),
        ("Panic(uint256)", ["uint256"], [0x11], "Panic", {"code": 0x11}),
        (
            "Unnamed(bytes32,bool)",
            ["bytes32", "bool"],
            [b"\x01" * 32, True],
            "Unnamed",
            {"value0": "0x" + "01" * 32, "value1": True},
        ),
    ],
)
def test_what_solidity_itself_raises_is_read(signature, types, values, name, read):
    data = function_signature_to_4byte_selector(signature) + encode(types, values)
    refusal = DECODER.refusal("grant", brownie_error("0x" + data.hex()))
    assert refusal is not None
    assert (refusal.name, refusal.values) == (name, read)


def test_an_error_with_a_struct_is_read():
    data = function_signature_to_4byte_selector("Nested((uint8,bytes))") + encode(["(uint8,bytes)"], [(7, b"x")])
    refusal = DECODER.refusal("grant", brownie_error("0x" + data.hex()))
    assert refusal is not None
    assert refusal.values["pair"][0] == 7


@pytest.mark.parametrize(
    "exception",
    [
        NodeDown("connection refused"),
        ValueError("insufficient funds for gas * price + value: balance 0"),
        ValueError({"code": -32000, "message": "nonce too low"}),
        Web3RPCError("unknown account", rpc_response={"error": {"message": "0xdeadbeef00 is unknown"}}),
        brownie_error("0x"),
        brownie_error(STALE[:-64]),  # the selector of an error, with a value missing
        brownie_error(SimpleNamespace()),
    ],
    ids=["down", "funds", "nonce", "other-hex", "empty", "cut-off", "strange"],
)
def test_what_is_no_refusal_of_a_contract_is_not_taken_for_one(exception):
    assert DECODER.refusal("grant", exception) is None


def test_a_transaction_hash_before_the_data_does_not_mislead():
    refusal = DECODER.refusal("grant", ValueError(f"transaction 0x{'34' * 32} reverted: {STALE}"))
    assert refusal is not None
    assert refusal.name == "ConsentStampStale"
