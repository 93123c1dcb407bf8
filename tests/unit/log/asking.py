"""Many questions to the library behind its probe, in few calls to the node."""

from __future__ import annotations

from typing import Any

from eth_abi import decode

TOGETHER = 400
"""Questions in one call: its gas stays well within a block's."""


def ask(probe: Any, calls: list[tuple[Any, ...]]) -> list[Any]:
    """Does calls, (function, *arguments), one after another, and leaves no trace. Their answers, decoded.

    What one appends the next finds, within TOGETHER calls.
    """
    answers = []
    for start in range(0, len(calls), TOGETHER):
        part = calls[start : start + TOGETHER]
        encoded = probe.multicall.call([function.encode_input(*arguments) for function, *arguments in part])
        for (function, *_), answer in zip(part, encoded, strict=True):
            values = decode([output["type"] for output in function.abi["outputs"]], bytes(answer))
            answers.append(values if len(values) != 1 else values[0])
    return answers
