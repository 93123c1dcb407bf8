"""A relayer: submits what patients signed and pays for it. It can delay and refuse, never change or invent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_checksum_address
from web3.contract import Contract
from web3.exceptions import Web3Exception

from carechain.chain import Chain, Sender, Sent
from carechain.consents import SignedCall
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError, NodeUnreachable
from carechain.private_file import write_private


@dataclass(frozen=True)
class Outcome:
    """What became of some bundles, by their positions: sent in one transaction, or the one of them refused."""

    bundles: tuple[int, ...]
    sent: Sent | None
    refusal: CarechainError | None


BATCH = 200
"""Signed calls a transaction: about 7 million gas, well under the 16,777,216 that EIP-7825 allows."""

_AHEAD = 2
"""Seconds by which a signature may be ahead of the chain and is waited for: what is signed right after another change
is stamped with the next second."""
_PATIENCE = 15
"""Seconds to wait for that second: a block of the slowest chains."""

_T = TypeVar("_T")

_WITHOUT_BY_PATIENT = (1 << 255) - 1
_BATCHED = {"grantBySignature": "grantBatch", "revokeBySignature": "revokeBatch"}
_METHODS = ("grantBySignature", "revokeBySignature", "revokeAllBySignature", "revokePresentedBySignature")


class Relayer:
    """Sends with one account. Order is kept: what comes first is submitted first."""

    def __init__(self, chain: Chain, account: Sender) -> None:
        self._chain = chain
        self._account = account
        self._registry = chain.contract("ConsentRegistry")

    def submit_together(self, calls: Sequence[SignedCall], what: str) -> Sent:
        """All of the calls in one transaction, or none: for what belongs together, as the parts of one document.

        Raises ContractRefusal with the first call that is refused, and CarechainError beyond BATCH calls.
        """
        while True:
            try:
                function = self._function(calls, what)
                return _when_due(partial(self._chain.send, function, self._account, what))
            except ContractRefusal as refusal:
                # Anyone may submit one of the calls before us. A revocation does no harm twice; a grant that stands as
                # it was signed is left out, or whoever submits it alone would block the withdrawals it came with.
                missing = [call for call in calls if not self._stands(call)]
                if refusal.name != "ConsentStampStale" or not missing or len(missing) == len(calls):
                    raise
                calls = missing

    def attempt(self, calls: Sequence[SignedCall], what: str) -> None:
        """Tries what `submit_together` would send, and sends nothing. Raises as it does."""
        _when_due(partial(self._chain.attempt, self._function(calls, what), self._account, what))

    def _function(self, calls: Sequence[SignedCall], what: str) -> Any:
        if not 0 < len(calls) <= BATCH:
            raise CarechainError(what, f"takes {len(calls)} calls", f"submit 1 to {BATCH} together")
        methods = {call.method for call in calls}
        if len(calls) == 1:
            return self._registry.get_function_by_name(calls[0].method)(*calls[0].arguments)
        if len(methods) == 1 and calls[0].method in _BATCHED:
            items = [call.arguments[0] for call in calls]
            return self._registry.get_function_by_name(_BATCHED[calls[0].method])(items)
        return self._registry.functions.multicall([_encoded(self._registry, call) for call in calls])

    def _stands(self, call: SignedCall) -> bool:
        """Whether a grant is recorded exactly as it was signed."""
        if call.method != "grantBySignature":
            return False
        patient, grantee, scope, terms, *_ = call.arguments[0]
        recorded = self._chain.ask(self._registry.functions.termsOf(patient, grantee, scope), "reading a consent")
        return bool(int(recorded) & _WITHOUT_BY_PATIENT == terms)

    def submit_each(self, bundles: Sequence[Sequence[SignedCall]], what: str) -> Iterator[Outcome]:
        """Bundles of many patients in as few transactions as may be. A bundle is submitted whole or not at all, and one
        that is refused takes no other with it: its batch is halved until it stands alone.

        Raises NodeUnreachable when the node does not answer: then nothing is known of the batch it was asked to take.
        """
        batch: dict[int, Sequence[SignedCall]] = {}
        for position, bundle in enumerate(bundles):
            if batch and sum(map(len, batch.values())) + len(bundle) > BATCH:
                yield from self._submit_or_halve(batch, what)
                batch = {}
            batch[position] = bundle
        if batch:
            yield from self._submit_or_halve(batch, what)

    def _submit_or_halve(self, bundles: Mapping[int, Sequence[SignedCall]], what: str) -> Iterator[Outcome]:
        positions = tuple(bundles)
        try:
            calls = [call for bundle in bundles.values() for call in bundle]
            sent = self.submit_together(calls, f"{what}, {len(bundles)} together")
        except NodeUnreachable:
            raise
        except CarechainError as refusal:  # of the contract, or of the node, as for a call that burns all gas
            if len(bundles) == 1:
                yield Outcome(positions, None, refusal)
                return
            half = len(positions) // 2
            for part in (positions[:half], positions[half:]):
                yield from self._submit_or_halve({position: bundles[position] for position in part}, what)
        else:
            yield Outcome(positions, sent, None)


def _when_due(action: Callable[[], _T]) -> _T:
    """Does what may be a moment early: waits for the second that a signature is stamped with."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return action()
        except ContractRefusal as refusal:
            ahead = refusal.name == "ConsentStampFuture" and (
                refusal.values["given"] - refusal.values["nowSeconds"] <= _AHEAD
            )
            if not ahead or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def write_bundle(chain: Chain, calls: Sequence[SignedCall], path: Path) -> None:
    """Writes signed calls to a file for a relayer. It holds no more than the chain will."""
    registry = chain.contract("ConsentRegistry")
    content = {
        "chainId": chain.book.chain_id,
        "registry": registry.address,
        "calls": [_encoded(registry, call) for call in calls],
    }
    try:
        write_private(path, json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise CarechainError(str(path), f"cannot be written ({error.strerror})", "name another folder") from None


def read_bundle(chain: Chain, path: Path) -> list[SignedCall]:
    """Reads what `write_bundle` wrote. Raises CarechainError when it isn't that, is for another chain or registry, or
    holds any call but those that a patient's signature carries."""
    registry = chain.contract("ConsentRegistry")
    try:
        content: Any = json.loads(path.read_text("utf-8"))
        chain_id, address, calls = content["chainId"], content["registry"], list(content["calls"])
    except OSError:
        raise CarechainError(str(path), "cannot be read", "check the path") from None
    except (ValueError, KeyError, TypeError):
        raise CarechainError(str(path), "is not a bundle of signed calls", "make it with: consent sign") from None
    if (chain_id, address) != (chain.book.chain_id, registry.address):
        raise CarechainError(str(path), "is signed for another chain or registry", "have it signed for this one")
    if not 0 < len(calls) <= BATCH:
        raise CarechainError(str(path), f"holds {len(calls)} calls", f"a bundle has 1 to {BATCH}")
    return [_decoded(registry, call, f"{path}: calls[{n}]") for n, call in enumerate(calls)]


def _encoded(registry: Contract, call: SignedCall) -> str:
    return str(registry.encode_abi(call.method, list(call.arguments)))


def _decoded(registry: Contract, data: Any, place: str) -> SignedCall:
    mend = "make the file with: consent sign"
    try:
        call = bytes.fromhex(data.removeprefix("0x"))
        abi = registry.get_function_by_selector(call[:4]).abi
        arguments = decode([collapse_if_tuple(cast(Any, i)) for i in abi["inputs"]], call[4:])
    except (AttributeError, ValueError, TypeError, Web3Exception, DecodingError):
        raise CarechainError(place, "is not a call of the registry", mend) from None
    if abi["name"] not in _METHODS:
        raise CarechainError(place, f"is a call of {abi['name']}", f"relay only {', '.join(_METHODS)}")
    return SignedCall(abi["name"], _checksummed(tuple(arguments)))


def _checksummed(value: Any) -> Any:
    """The same values with their addresses as web3 wants them; the only texts in these calls are addresses."""
    if isinstance(value, tuple):
        return tuple(_checksummed(item) for item in value)
    return to_checksum_address(value) if isinstance(value, str) else value
