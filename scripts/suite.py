"""What every script needs of this project and of Brownie's network: the chain, the files' places, the reports."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from brownie import accounts, network, web3
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.middleware import ExtraDataToPOAMiddleware

from carechain.address_book import AddressBook
from carechain.chain import Chain, Sender
from carechain.errors import CarechainError

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "reports"
EPHEMERAL_NETWORK = "carechain-local"
"""The network of the Makefile's commands: a chain that lives as long as the command."""
LOCAL_CHAIN_IDS = (1337, 31337)
"""Ganache's and Anvil's."""
LOCAL_NODES = ("anvil", "ganache", "hardhat")
"""How development nodes name themselves: their keys are known to everybody."""


def connect() -> Chain:
    """The chain Brownie is connected to, with its address book; that of an ephemeral chain goes with it."""
    node = Web3(web3.provider)
    # Chains that agree by authority (Clique, QBFT) put more into a block's extra data than web3 takes for valid.
    node.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    chain_id = node.eth.chain_id
    if network.show_active() == EPHEMERAL_NETWORK:
        book = AddressBook(scratch() / "addresses.json", chain_id)
    else:
        book = AddressBook.of_chain(ROOT, chain_id)
    return Chain(node, book, ROOT / "build" / "contracts")


@cache
def scratch() -> Path:
    """A folder that is removed when the program ends."""
    folder = Path(tempfile.mkdtemp(prefix="carechain-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def is_local(chain: Chain) -> bool:
    """Whether this is a chain to try things out on, with keys that everybody knows: a development node on this machine.

    Its number alone would not tell: consortium chains have the same.
    """
    if network.show_active() == EPHEMERAL_NETWORK:
        return True
    return (
        chain.book.chain_id in LOCAL_CHAIN_IDS
        and _is_loopback(str(getattr(chain.web3.provider, "endpoint_uri", "")))
        and chain.client().lower().startswith(LOCAL_NODES)
    )


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False


def sender(chain: Chain, name: str | None = None, index: int = 0) -> Sender:
    """Who sends: a key of the user's Brownie keystore by its name or, on a local chain, the node's account `index`.

    Raises CarechainError when a public chain is used without naming a key, or the key's password is wrong.
    """
    if name is not None:
        try:
            loaded: LocalAccount = Account.from_key(accounts.load(name).private_key)
        except FileNotFoundError:
            raise CarechainError(
                f"The account {name}", "is not in Brownie's keystore", "list them with: brownie accounts list"
            ) from None
        except (ValueError, KeyError, TypeError, NotImplementedError, EOFError):
            raise CarechainError(
                f"The account {name}", "does not open", "type its password, and check that it is a keystore"
            ) from None
        return loaded
    if not is_local(chain):
        raise CarechainError(
            f"Chain {chain.book.chain_id}", "is not a local chain", "name a key of your keystore: account=<name>"
        )
    return chain.web3.eth.accounts[index]


def options(arguments: tuple[str, ...], known: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Splits a script's arguments into plain ones and options written name=value.

    Raises CarechainError for an option that isn't known. A file whose name holds "=" is written ./name=like.json.
    """
    plain: list[str] = []
    named: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name.isidentifier():
            plain.append(argument)
        elif name in known:
            named[name] = value
        else:
            raise CarechainError(f"The option {name}", "is not known", f"use one of: {', '.join(known) or 'none'}")
    return plain, named


def call_of(
    arguments: tuple[str, ...], usage: str, fewest: int, most: int | None, known: tuple[str, ...]
) -> tuple[list[str], dict[str, str]]:
    """The plain arguments and the options of a call that `usage` describes, from the script's name on.

    Raises CarechainError for an unknown option, and for fewer or more plain arguments than there may be.
    """
    plain, named = options(arguments, known)
    if len(plain) < fewest or (most is not None and len(plain) > most):
        raise CarechainError("The call", f"has {len(plain)} arguments", f"write: brownie run {usage}")
    return plain, named
