"""The library by itself, and many questions to it in one call."""

from __future__ import annotations

import brownie
import pytest
from eth_abi import decode

from tests.helpers.suite import compiled

TOGETHER = 200


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("MerkleLogProbe").deploy({"from": deployer})


@pytest.fixture(autouse=True)
def _unchanged(fn_isolation):
    """What a test appends is gone for the next."""


@pytest.fixture
def play(probe):
    """Makes calls one after the other, without leaving anything changed. Their answers as bytes."""

    def play(calls):
        data = probe.multicall.encode_input(calls)
        answer = brownie.web3.eth.call({"to": probe.address, "data": data, "gas": 100_000_000})
        return list(decode(["bytes[]"], answer)[0])

    return play


@pytest.fixture
def verdicts(probe, play):
    """The answers of a function that says true or false, one for each list of arguments."""

    def verdicts(name, cases):
        encoded = [getattr(probe, name).encode_input(*case) for case in cases]
        parts = [encoded[start : start + TOGETHER] for start in range(0, len(encoded), TOGETHER)]
        return [any(answer) for part in parts for answer in play(part)]

    return verdicts
