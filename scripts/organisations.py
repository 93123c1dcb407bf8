"""Who sends for an accredited organisation."""

from __future__ import annotations

from carechain.chain import Chain, Sender
from carechain.errors import CarechainError
from scripts.suite import is_local, sender


def operator_of(chain: Chain, organisation: int | str | None, account_name: str | None = None) -> Sender:
    """The key of the user's keystore that is named or, on a local chain, the first of the node's accounts that speaks
    for the organisation, which is a number from 1.

    Raises CarechainError when neither is named, when no account of the node speaks for the organisation, and when a
    public chain is used without naming a key.
    """
    if account_name is not None or not is_local(chain):
        return sender(chain, account_name)
    if organisation is None:
        raise CarechainError("The sender", "is not named", "say for which organisation you act: as=<its number>")
    participants = chain.contract("Participants").functions
    for account in chain.web3.eth.accounts:
        _, found = chain.ask(participants.standingOfOperator(account, 0), "looking for an operator")
        if found != 0 and str(found) == str(organisation):
            return account
    raise CarechainError(
        f"Organisation {organisation}", "has no key among the node's accounts", "name one: account=<keystore name>"
    )
