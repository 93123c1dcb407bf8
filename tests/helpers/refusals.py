"""The one way in which a test says that a contract must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from brownie.exceptions import VirtualMachineError
from brownie.network.contract import ProjectContract

from tests.helpers.suite import now

NOW = object()
"""Among the values of an error: the time of the block in which the call was refused."""


@contextmanager
def refused(name: str, *values: Any) -> Iterator[None]:
    """What is done inside must revert with this custom error and exactly these values.

    Brownie words an error alike on Anvil and on Ganache: "Name: value, value".
    """
    with pytest.raises(VirtualMachineError) as caught:
        yield
    expected = f"{name}: " + ", ".join(_text(now() if value is NOW else value) for value in values)
    refusal = caught.value.revert_msg
    assert refusal == expected, f"refused with {refusal!r}, expected {expected!r}"


def refusal_of(call: Any, *arguments: Any) -> str | None:
    """The name of the error with which a contract would refuse a call, "" for one without a name; None when it would
    not refuse. Changes nothing."""
    try:
        call.call(*arguments)
    except VirtualMachineError as error:
        return error_name(error)
    return None


def error_name(error: VirtualMachineError) -> str:
    """The custom error's name; "" for a revert without one, for which Brownie and the nodes have words of their own."""
    name, colon, _ = (error.revert_msg or "").partition(":")
    return name if colon and name.isidentifier() else ""


def _text(value: Any) -> str:
    if isinstance(value, ProjectContract) or hasattr(value, "address"):
        return str(value.address).lower()
    if isinstance(value, bytes):
        return repr(bytes(value))
    if isinstance(value, str):
        return value.lower()
    return str(value)
