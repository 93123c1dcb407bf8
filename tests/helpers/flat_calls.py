"""Calls with one flat array of words, and one for an answer: encoded by hand, as they are many and large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import brownie

_WORD = 32


def flat_call(contract: Any, function: str, words: Sequence[int]) -> list[int]:
    """Calls `function(uint256[])` without a transaction. The uint256[] that it returns."""
    selector = brownie.web3.keccak(text=f"{function}(uint256[])")[:4]
    head = _WORD.to_bytes(_WORD) + len(words).to_bytes(_WORD)
    data = selector + head + b"".join([word.to_bytes(_WORD) for word in words])
    call = {"to": contract.address, "data": "0x" + data.hex(), "gas": hex(30_000_000)}
    answer = brownie.web3.provider.make_request("eth_call", [call, "latest"])
    if "error" in answer:
        raise AssertionError(f"{function} failed: {answer['error']}")
    found = bytes.fromhex(answer["result"][2:])
    count = int.from_bytes(found[_WORD : 2 * _WORD])
    return [int.from_bytes(found[at : at + _WORD]) for at in range(2 * _WORD, (2 + count) * _WORD, _WORD)]
