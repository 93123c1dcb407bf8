"""A patient's wallet: one secret, and from it another address for every relationship.

Who looks at the chain cannot tell that two addresses are the same patient's: each is derived by BIP-32 along a path
of hardened steps that is a hash of the relationship, so it is found again from the 24 words and the relationship
alone, and one leaked key tells nothing of the others.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.hdaccount.deterministic import HDPath
from eth_account.hdaccount.mnemonic import Mnemonic
from eth_account.signers.local import LocalAccount
from eth_account.types import Language
from eth_keyfile.keyfile import create_keyfile_json, decode_keyfile_json

from carechain.errors import CarechainError
from carechain.private_file import write_private

_PURPOSE = 7312
"""First step of every path; this project's own, apart from BIP-44's 44, so that no other wallet derives the same."""
_STEPS = 4
_ENTROPY_BYTES = 32
_MEND = "give the 24 English words (BIP-39) in their order"


class Wallet:
    """Keys of one patient. Never printed, never logged."""

    def __init__(self, entropy: bytes) -> None:
        """`entropy` are the 32 bytes that the 24 words stand for."""
        if len(entropy) != _ENTROPY_BYTES:
            raise CarechainError("The wallet's entropy", "is not 32 bytes", _MEND)
        self._entropy = entropy
        self._keys: dict[str, LocalAccount] = {}

    @classmethod
    def create(cls) -> Wallet:
        """A new wallet from the system's randomness."""
        return cls(secrets.token_bytes(_ENTROPY_BYTES))

    @classmethod
    def from_words(cls, words: str) -> Wallet:
        """The wallet of 24 words. Raises CarechainError when they are not 24, not known, or fail their checksum."""
        mnemonic = Mnemonic(Language.ENGLISH)
        listed = words.split()
        if len(listed) != 24 or not mnemonic.is_mnemonic_valid(" ".join(listed)):
            raise CarechainError("The recovery words", "are not a valid phrase", _MEND)
        bits = 0
        for word in listed:
            bits = bits << 11 | mnemonic.wordlist.index(word)
        return cls((bits >> 8).to_bytes(_ENTROPY_BYTES, "big"))  # the last 8 bits are the checksum

    @classmethod
    def open(cls, path: Path, password: str) -> Wallet:
        """Reads a file that `save` wrote. Raises CarechainError when it isn't one, or the password is wrong."""
        try:
            content = json.loads(path.read_text("utf-8"))
            return cls(decode_keyfile_json(content, _secret(password)))
        except OSError:
            raise CarechainError(str(path), "cannot be read", "check the path of the wallet") from None
        except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError):
            raise CarechainError(str(path), "does not open", "check the password, and that it is a wallet") from None

    def save(self, path: Path, password: str) -> None:
        """Writes an Ethereum keystore (version 3, scrypt) that only its owner can read. Never replaces a file."""
        if not password:
            raise CarechainError("The wallet's password", "is empty", "choose one")
        try:
            content = create_keyfile_json(self._entropy, _secret(password), kdf="scrypt")
        except ValueError:  # the keystore takes what is a key of secp256k1: all but zero, and 2**-128 of the others
            raise CarechainError("The recovery words", "are those of no real wallet", "create another") from None
        try:
            write_private(path, json.dumps(content))
        except FileExistsError:
            raise CarechainError(str(path), "exists already", "name another file for the new wallet") from None
        except OSError:
            raise CarechainError(str(path), "cannot be written", "name a place that you may write to") from None

    @property
    def entropy(self) -> bytes:
        """The 32 bytes that the words stand for, to be shown to nobody: what is split into shares."""
        return self._entropy

    @property
    def words(self) -> str:
        """The 24 words to write down and to show nobody."""
        return Mnemonic(Language.ENGLISH).to_mnemonic(self._entropy)

    def key(self, relationship: str) -> LocalAccount:
        """The key towards one party, such as "organisation 3"; the same text always gives the same key."""
        if relationship not in self._keys:
            digest = hashlib.sha256(b"carechain relationship\0" + relationship.encode()).digest()
            steps = (int.from_bytes(digest[4 * n : 4 * n + 4], "big") >> 1 for n in range(_STEPS))
            path = "/".join(("m", f"{_PURPOSE}'", *(f"{step}'" for step in steps)))
            self._keys[relationship] = Account.from_key(HDPath(path).derive(self._seed))
        return self._keys[relationship]

    def towards(self, organisation: int) -> LocalAccount:
        """The key towards an accredited organisation, by its number."""
        return self.key(f"organisation {organisation}")

    def records_at(self, organisation: int) -> LocalAccount:
        """The key for the records that an organisation keeps: its public half is what the custodian encrypts to, its
        address is the patient's stream there. Apart from `towards`, so that nobody can tell the two are one's."""
        return self.key(f"records at organisation {organisation}")

    @cached_property
    def _seed(self) -> bytes:
        return Mnemonic.to_seed(self.words)


def _secret(password: str) -> Any:
    """As eth_keyfile takes a password: it declares text, and fails on anything but bytes."""
    return password.encode()
