"""What transactions tell of a trial, checked field by field, and what tests of trials do to organisations and time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import brownie

from carechain.merkle_log import MerkleTree
from tests.helpers.suite import HOSPITAL, LICENCE_EXPIRY, now, on_anvil
from tests.helpers.supply import DAY, event_of, roles_of
from tests.helpers.trials import ACTS, Design, Study, allocation_salt, allocation_tree

OWN = 0
"""In place of an organisation: the trial's own log."""
REASON = b"\x5e" * 32
ZERO = bytes(32)
NOBODY = "0x" + "00" * 20
NOT_A_TRIAL = 1 << 32 | 1
"""Of an organisation that is no sponsor."""
BLOCK = 4_096
"""Places of an allocation list that are revealed at once."""
EXPELLED, EXPIRED = 3, 4
"""Of IParticipants.Standing: withdrawn, and with a licence that has expired."""


class AllocationList:
    """An allocation list of so many places, in blocks."""

    def __init__(self, places):
        self.arms = bytes(1 + place * place % 7 % 3 for place in range(places))
        self.tree = allocation_tree(self.arms)
        entries = self._entries()
        self.roots = [MerkleTree(entries[first : first + BLOCK]).root() for first in range(0, places, BLOCK)]
        self._blocks = MerkleTree.of_leaves(self.roots)
        assert self._blocks.root() == self.tree.root()

    def _entries(self):
        return [allocation_salt(at) + at.to_bytes(4, "big") + bytes([arm]) for at, arm in enumerate(self.arms)]

    def block(self, number):
        """What reveals a block: its number, its arms, and its proof."""
        return number, self.arms[number * BLOCK : (number + 1) * BLOCK], self._blocks.inclusion_proof(number)


def hexed(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values as Brownie returns them: bytes as text."""
    return tuple("0x" + value.hex() if isinstance(value, bytes) else value for value in values)


def registration_hash(design: Design) -> bytes:
    """keccak256 of what is registered, ABI-encoded."""
    types = "bytes32 bytes32 bytes32 bytes32 bytes32 bytes32 uint16 uint16 uint24 uint8 uint16 uint16".split()
    return bytes(brownie.web3.keccak(brownie.web3.codec.encode(types, design.arguments())))


def size_of(study: Study, organisation: int = OWN) -> int:
    """Entries of a log."""
    return int(study.trials.logOf(study.trial, organisation)[0])


def told(
    study: Study,
    sent: Any,
    act: str,
    organisation: int,
    number: int = 0,
    subject: int | bytes = 0,
    detail: int | bytes = 0,
    back: int = 1,
) -> None:
    """That the transaction told of this act, once, as the last entry of the trial's log, or so many from its end."""
    (fields,) = (dict(each) for each in sent.events["TrialAct"] if each["act"] == ACTS.index(act))
    words = (each if isinstance(each, bytes) else each.to_bytes(32, "big") for each in (subject, detail))
    assert fields == {
        "trial": study.trial,
        "act": ACTS.index(act),
        "by": organisation,
        "index": size_of(study) - back,
        "key": sent.sender,
        "number": number,
        **dict(zip(("subject", "detail"), hexed(words), strict=True)),
    }


def not_logged(sent: Any, name: str) -> dict[str, Any]:
    """The fields of the one event of this name, and that the transaction told of nothing else."""
    assert list(sent.events.keys()) == [name]
    return event_of(sent, name)


def accredit_as(suite: Any, organisation: int, roles: int) -> None:
    """Gives an organisation these roles in place of those that it has. Two days pass."""
    suite.as_registrar(suite.participants.amend, organisation, roles, LICENCE_EXPIRY, bytes(32))


def suspend(suite: Any, organisation: int) -> None:
    suite.participants.suspend(organisation, 0, bytes(32), {"from": brownie.accounts[3]})


def _expel(suite: Any, organisation: int) -> None:
    suite.as_registrar(suite.participants.withdraw, organisation, bytes(32))


def _let_licence_expire(suite: Any, organisation: int) -> None:
    """It ends ten days from now, which pass."""
    end = now() + 10 * DAY
    suite.as_registrar(suite.participants.amend, organisation, roles_of(organisation), end, bytes(32))
    mine_at(end)


def _take_role(suite: Any, organisation: int) -> None:
    accredit_as(suite, organisation, roles_of(HOSPITAL))


OUT_OF_STANDING = {
    "suspended": suspend,
    "withdrawn": _expel,
    "licence expired": _let_licence_expire,
    "another role": _take_role,
}
"""Every way in which an organisation loses the standing to decide."""


def mine_at(time: int) -> None:
    """Mines a block at this time, Unix seconds."""
    if on_anvil():
        brownie.chain.mine(timestamp=time)
    else:
        brownie.web3.provider.make_request("evm_setTime", [time * 1000])
        brownie.chain.mine()
    assert now() == time


def next_at(time: int) -> None:
    """Lets the next transaction be at this time, Unix seconds."""
    if on_anvil():
        brownie.web3.provider.make_request("evm_setNextBlockTimestamp", [time])
    else:
        brownie.web3.provider.make_request("evm_setTime", [time * 1000])


def store(contract: Any, slot: int, value: int) -> None:
    """Writes a slot of a contract's storage, as no transaction could."""
    method = "anvil_setStorageAt" if on_anvil() else "evm_setAccountStorageAt"
    words = (f"0x{slot:064x}", f"0x{value:064x}")
    answer = brownie.web3.provider.make_request(method, [contract.address, *words])
    assert "error" not in answer, answer


def send_slowly(call: Any, *arguments: Any) -> Any:
    """Sends what takes long to be mined, and waits: Brownie would take it for dropped. The last argument: by whom."""
    *values, sender = arguments
    sent = {"to": call._address, "data": call.encode_input(*values), "gas": 30_000_000}
    key = sender["from"].address
    txid = brownie.web3.eth.send_transaction({**sent, "from": key, "gasPrice": brownie.web3.eth.gas_price})
    brownie.web3.eth.wait_for_transaction_receipt(txid)
    sent = brownie.chain.get_transaction(txid)
    sent.wait(1)  # it reads the receipt beside us
    return sent
