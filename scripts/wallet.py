"""A patient's wallet file: `brownie run wallet create <file>`, `restore <file>`, `address <file> <organisation>`.

`split <file> <threshold> <count> <folder>` and `combine <file> <share file> …` cut it into shares and make it again.
The password is asked for, or read from CARECHAIN_WALLET_PASSWORD. No chain is needed.
"""

from __future__ import annotations

import getpass
import os
from pathlib import Path

from carechain import seed_shares
from carechain.errors import CarechainError
from carechain.private_file import write_private
from carechain.report import reporting
from carechain.vault.encryption import public_key_of
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
    """The patient's address towards one organisation, and the public key for the records that it keeps."""
    with reporting("wallet", "address", REPORTS) as report:
        file, organisation = _exactly(arguments, 2, "address <file> <organisation number>")
        if not organisation.isdecimal():
            raise CarechainError(
                f"The organisation {organisation}", "is not a number", "see: brownie run participants list"
            )
        wallet = Wallet.open(Path(file), password())
        found = wallet.towards(int(organisation)).address
        key = "0x" + public_key_of(bytes(wallet.records_at(int(organisation)).key)).hex()
        report.keep(organisation=int(organisation), address=found, recordKey=key)
        report.say(found)
        report.say(f"For records there: patient_key={key}")


def split(*arguments: str) -> None:
    """Writes the shares of a wallet, each to a file of its own: any `threshold` of the `count` make the wallet again.

    The files are to be handed to different people, and fewer than `threshold` of them tell nothing.
    """
    with reporting("wallet", "split", REPORTS) as report:
        file, threshold, count, folder = _exactly(arguments, 4, "split <file> <threshold> <count> <folder>")
        for number in (threshold, count):
            if not number.isdecimal():
                raise CarechainError(f"The number of shares {number}", "is not a number", "write, say, 3 5")
        wallet = Wallet.open(Path(file), password())
        shares = seed_shares.split(wallet.entropy, int(threshold), int(count))
        paths = [Path(folder) / f"share-{n}-of-{len(shares)}.txt" for n in range(1, len(shares) + 1)]
        for path in paths:
            if path.exists():
                raise CarechainError(str(path), "exists already", "name another folder for the new shares")
        for path, share in zip(paths, shares, strict=True):
            write_private(path, f"{share}\n")
            report.add("shares", str(path))
        report.keep(threshold=int(threshold))
        report.say(
            f"Any {threshold} of the {count} files in {folder} make the wallet again. Give each to somebody else."
        )


def combine(*arguments: str) -> None:
    """Makes a wallet file from files of shares, at least as many as are needed."""
    with reporting("wallet", "combine", REPORTS) as report:
        if len(arguments) < 2:
            _exactly(arguments, 2, "combine <file> <share file> …")
        file, *paths = arguments
        entropy = seed_shares.combine([_share(Path(path)) for path in paths])
        Wallet(entropy).save(Path(file), password(confirm=True))
        report.keep(wallet=file)
        report.say(f"The wallet is in {file}.")


def password(confirm: bool = False) -> str:
    """From CARECHAIN_WALLET_PASSWORD, or asked for; twice when a new one is chosen."""
    given = os.environ.get("CARECHAIN_WALLET_PASSWORD")
    if given:
        return given
    typed = getpass.getpass("Password of the wallet: ")
    if confirm and getpass.getpass("The same again: ") != typed:
        raise CarechainError("The two passwords", "differ", "type the same password twice")
    return typed


def _share(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise CarechainError(str(path), "cannot be read", "name a file that holds one share") from None


def _exactly(arguments: tuple[str, ...], count: int, usage: str) -> tuple[str, ...]:
    if len(arguments) != count:
        raise CarechainError("The call", f"has {len(arguments)} arguments", f"write: brownie run wallet {usage}")
    return arguments
