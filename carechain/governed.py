"""Calls that only a role of the governance may make: at once where the role has no delay, else scheduled first."""

from __future__ import annotations

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from web3.contract.contract import ContractFunction

from carechain.chain import Chain, Sender, Sent
from carechain.errors import CarechainError


@dataclass(frozen=True)
class Outcome:
    """What became of a governed call. `ready_at` is when a scheduled one can be made, Unix seconds; None: it was.

    `sent` is None where nothing was to be done: it was scheduled before, and its delay isn't over.
    """

    sent: Sent | None
    ready_at: int | None


def call_governed(chain: Chain, call: ContractFunction, sender: Sender, what: str) -> Outcome:
    """Makes the call, or takes it one step further: with a delay it is scheduled the first time, and made when this is
    called again after the delay. Until then the guardian can cancel it, and calling this again changes nothing.

    Raises CarechainError when the sender holds no role for it.
    """
    manager = chain.contract("Governance").functions
    caller = sender.address if isinstance(sender, LocalAccount) else sender
    data = call._encode_transaction_data()
    may = manager.canCall(caller, call.address, bytes.fromhex(data[2:10]))
    immediate, delay = chain.ask(may, "asking for the sender's role")
    if immediate:
        return Outcome(chain.send(call, sender, what), None)
    if delay == 0:
        raise CarechainError(what, f"is not for {caller}", "use the account that holds the role")
    operation = chain.ask(manager.hashOperation(caller, call.address, data), "naming the operation")
    scheduled = chain.ask(manager.getSchedule(operation), "reading the schedule")
    if scheduled == 0:
        sent = chain.send(manager.schedule(call.address, data, 0), sender, f"schedule: {what}")
        return Outcome(sent, int(chain.ask(manager.getSchedule(operation), "reading the schedule")))
    if chain.now() < scheduled:
        return Outcome(None, int(scheduled))
    return Outcome(chain.send(call, sender, what), None)
