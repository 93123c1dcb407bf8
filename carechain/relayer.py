"""A relayer: submits what patients signed and pays for it. It can delay and refuse, never change or invent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from carechain.chain import Chain, Sender, Sent
from carechain.consents import SignedCall
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError

BATCH = 200
"""Signed calls a transaction: about 7 million gas, well under the 16,777,216 that EIP-7825 allows."""

_BATCHED = {"grantBySignature": "grantBatch", "revokeBySignature": "revokeBatch"}


class Relayer:
    """Sends with one account. Order is kept: what was signed first is submitted first."""

    def __init__(self, chain: Chain, account: Sender) -> None:
        self._chain = chain
        self._account = account
        self._registry = chain.contract("ConsentRegistry")

    def submit_together(self, calls: Sequence[SignedCall], what: str) -> Sent:
        """All of the calls in one transaction, or none: for what belongs together, as the parts of one document.

        Raises ContractRefusal with the first call that is refused, and CarechainError beyond BATCH calls.
        """
        if not 0 < len(calls) <= BATCH:
            raise CarechainError(what, f"takes {len(calls)} calls", f"submit 1 to {BATCH} together")
        if len(calls) == 1:
            function = self._registry.get_function_by_name(calls[0].method)(*calls[0].arguments)
        elif len({call.method for call in calls}) == 1 and calls[0].method in _BATCHED:
            items = [call.arguments[0] for call in calls]
            function = self._registry.get_function_by_name(_BATCHED[calls[0].method])(items)
        else:
            data = [self._registry.encode_abi(call.method, list(call.arguments)) for call in calls]
            function = self._registry.functions.multicall(data)
        return self._chain.send(function, self._account, what)

    def submit_each(self, calls: Sequence[SignedCall], what: str) -> Iterator[Sent | ContractRefusal]:
        """Calls of many patients in as few transactions as may be; yields what became of each batch.

        A call that is refused never takes others with it: its batch is halved until it stands alone.
        """
        for start in range(0, len(calls), BATCH):
            yield from self._submit_or_halve(calls[start : start + BATCH], what)

    def _submit_or_halve(self, calls: Sequence[SignedCall], what: str) -> Iterator[Sent | ContractRefusal]:
        try:
            yield self.submit_together(calls, f"{what} ({len(calls)})")
        except ContractRefusal as refusal:
            if len(calls) == 1:
                yield refusal
                return
            half = len(calls) // 2
            yield from self._submit_or_halve(calls[:half], what)
            yield from self._submit_or_halve(calls[half:], what)
