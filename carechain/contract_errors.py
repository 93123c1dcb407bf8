"""What a contract's refusal means: from the bytes of a revert to its error, whatever node reported it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple, function_signature_to_4byte_selector

from carechain.errors import CarechainError

_STANDARD = {
    "08c379a0": {"name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    "4e487b71": {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
}
_HEX = re.compile(r"0x[0-9a-fA-F]{8,}")


class ContractRefusal(CarechainError):  # noqa: N818 - it is what happened, not what went wrong here
    """A contract refused a call. `name` is its custom error, `values` what the error carries, by name."""

    def __init__(self, place: str, name: str, values: Mapping[str, Any]) -> None:
        said = ", ".join(f"{key} {value}" for key, value in values.items())
        super().__init__(place, f"was refused by the contract: {name}({said})", f"look up {name} in docs/ERRORS.md")
        self.name = name
        self.values = dict(values)


class ErrorDecoder:
    """Knows the custom errors of a set of ABIs by their selectors."""

    def __init__(self, abis: Iterable[Iterable[Mapping[str, Any]]]) -> None:
        self._errors: dict[str, Mapping[str, Any]] = dict(_STANDARD)
        for abi in abis:
            for entry in abi:
                if entry["type"] == "error":
                    types = ",".join(collapse_if_tuple(i) for i in entry["inputs"])
                    selector = function_signature_to_4byte_selector(f"{entry['name']}({types})")
                    self._errors[selector.hex()] = entry

    def refusal(self, place: str, exception: Exception) -> ContractRefusal | None:
        """The refusal an exception of web3 or Brownie stands for; None when it isn't a contract's."""
        for data in _candidates(exception):
            found = self._decode(place, data)
            if found is not None:
                return found
        return None

    def _decode(self, place: str, data: bytes) -> ContractRefusal | None:
        error = self._errors.get(data[:4].hex())
        if error is None:
            return None
        types = [collapse_if_tuple(i) for i in error["inputs"]]
        try:
            values = decode(types, data[4:])
        except DecodingError:
            return None
        names = [i["name"] or f"value{n}" for n, i in enumerate(error["inputs"])]
        return ContractRefusal(place, error["name"], dict(zip(names, map(_plain, values), strict=True)))


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _candidates(exception: Exception) -> Iterable[bytes]:
    """Every run of revert data in an exception. Anvil, Ganache and Hardhat put it in different places and shapes: in
    `data` as text or as a mapping of several levels, or only in the message."""
    pending: list[Any] = [
        getattr(exception, "data", None),
        getattr(exception, "rpc_response", None),
        *exception.args,
    ]
    while pending:
        value = pending.pop(0)
        if isinstance(value, Mapping):
            pending.extend(value.values())
        elif isinstance(value, (list, tuple)):
            pending.extend(value)
        elif isinstance(value, bytes) and len(value) >= 4:
            yield value
        elif isinstance(value, str):
            for found in _HEX.findall(value):
                if len(found) % 2 == 0:
                    yield bytes.fromhex(found[2:])
