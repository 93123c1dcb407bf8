"""A patient's wallet file: `brownie run wallet create <file>`, `restore <file>`, `address <file> <organisation>`.

The password is asked for, or read from CARECHAIN_WALLET_PASSWORD. No chain is needed.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from carechain.errors import CarechainError
from carechain.report import reporting
from carechain.wallet import Wallet
from scripts.suite import REPORTS


def create(*arguments: str) -> None:
    """Makes a wallet, and shows its 24 words once: whoever has them has the wallet, and nothing else brings it back."""
    with reporting("wallet", "create", REPORTS) as report:
        (file,) = _exactly(arguments, 1, "create <file>")
        wallet = Wallet.create()
        wallet.save(Path(file), password(confirm=True))
        report.keep(wallet=file)
        report.say(f"The wallet is in {file}. Write these words down, in their order, and show them to nobody:")
        report.say(wallet.words)


def restore(*arguments: str) -> None:
    """Makes a wallet file from the 24 words, which are asked for."""
    with reporting("wallet", "restore", REPORTS) as report:
        (file,) = _exactly(arguments, 1, "restore <file>")
        Wallet.from_words(getpass.getpass("The 24 words: ")).save(Path(file), password(confirm=True))
        report.keep(wallet=file)
        report.say(f"The wallet is in {file}.")


def address(*arguments: str) -> None:
    """The patient's address towards one organisation."""
    with reporting("wallet", "address", REPORTS) as report:
        file, organisation = _exactly(arguments, 2, "address <file> <organisation number>")
        if not organisation.isdecimal():
            raise CarechainError(
                f"The organisation {organisation}", "is not a number", "see: brownie run participants list"
            )
        found = Wallet.open(Path(file), password()).towards(int(organisation)).address
        report.keep(organisation=int(organisation), address=found)
        report.say(found)


def password(confirm: bool = False) -> str:
    """From CARECHAIN_WALLET_PASSWORD, or asked for; twice when a new one is chosen."""
    given = os.environ.get("CARECHAIN_WALLET_PASSWORD")
    if given:
        return given
    typed = getpass.getpass("Password of the wallet: ")
    if confirm and getpass.getpass("The same again: ") != typed:
        raise CarechainError("The two passwords", "differ", "type the same password twice")
    return typed


def _exactly(arguments: tuple[str, ...], count: int, usage: str) -> tuple[str, ...]:
    if len(arguments) != count:
        raise CarechainError("The call", f"has {len(arguments)} arguments", f"write: brownie run wallet {usage}")
    return arguments
