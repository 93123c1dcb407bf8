"""Texts that a person can read and a key signs (EIP-191, version 0x45), and whose key it was."""

from __future__ import annotations

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount


def sign(text: str, key: LocalAccount) -> bytes:
    """The 65-byte signature."""
    return bytes(key.sign_message(encode_defunct(text=text)).signature)


def signer_of(text: str, signature: bytes) -> str | None:
    """The address whose key signed the text; None for what is no signature."""
    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature))
    except Exception:  # eth_keys and eth_account have no common class for what is no signature
        return None
