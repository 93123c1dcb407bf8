"""How a claim is called: payer-provider-number, such as 19-1-0, wherever people read or write it."""

from __future__ import annotations

import re
from typing import NamedTuple

from carechain.errors import CarechainError

_NAME = re.compile("([1-9][0-9]{0,9})-([1-9][0-9]{0,9})-(0|[1-9][0-9]{0,9})")
_BITS = 32


class ClaimName(NamedTuple):
    """A claim on the chain: the organisations of payer and provider, and its number in their account, from 0."""

    payer: int
    provider: int
    number: int

    def __str__(self) -> str:
        return f"{self.payer}-{self.provider}-{self.number}"

    @property
    def account(self) -> int:
        return account_of(self.payer, self.provider)

    @classmethod
    def parse(cls, text: str) -> ClaimName:
        """Raises CarechainError for a text that names no claim, without repeating it: it may be a patient's number."""
        found = _NAME.fullmatch(text.strip())
        parts = [int(part) for part in found.groups()] if found else []
        if not parts or max(parts) >= 1 << _BITS:
            raise CarechainError("The claim's name", "is none", "write payer-provider-number, such as 19-1-0")
        return cls(*parts)


def account_of(payer: int, provider: int) -> int:
    """The account of a provider with a payer, as the contract numbers it."""
    return payer << _BITS | provider


def parties_of(account: int) -> tuple[int, int]:
    """Payer and provider of an account."""
    return account >> _BITS, account & (1 << _BITS) - 1
