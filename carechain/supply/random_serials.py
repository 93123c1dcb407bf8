"""Serial numbers that nobody can foresee."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from hashlib import blake2b

from carechain.errors import CarechainError

# Without what is mistaken for another when read aloud or typed: 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V keep one at most.
_ALPHABET = "23456789ACDEFGHJKMNPRTVWXY"
_GUESSES = 10_000
_ROUNDS = 8
_KEY_BYTES = 32


def random_serials(count: int, length: int = 12) -> Iterator[str]:
    """`count` serial numbers of `length` (2 to 20) letters and digits that are not mistaken for each other, none twice.

    They are a secret permutation of 0, 1, 2, …: a Feistel network over two halves, so that none has to be remembered.
    A guess is among them with a probability of less than 1 in 10,000, as article 4(c) of Delegated Regulation (EU)
    2016/161 demands. Raises CarechainError when `length` is too short for that, or out of its range.
    """
    if not 2 <= length <= 20:
        raise CarechainError("The serial numbers", "are to have other than 2 to 20 characters", "take 12")
    if count * _GUESSES >= len(_ALPHABET) ** length:
        raise CarechainError("The serial numbers", "would be too easy to guess", f"take more than {length} characters")
    return _permuted(count, length, secrets.token_bytes(_KEY_BYTES))


def _permuted(count: int, length: int, key: bytes) -> Iterator[str]:
    lengths = (length // 2, length - length // 2)
    sizes = (len(_ALPHABET) ** lengths[0], len(_ALPHABET) ** lengths[1])
    for number in range(count):
        halves = list(divmod(number, sizes[1]))
        for step in range(_ROUNDS):
            side = step % 2
            mixed = blake2b(halves[1 - side].to_bytes(8, "big"), digest_size=16, key=key, salt=bytes([step]))
            halves[side] = (halves[side] + int.from_bytes(mixed.digest(), "big")) % sizes[side]
        yield _spelt(halves[0], lengths[0]) + _spelt(halves[1], lengths[1])


def _spelt(number: int, letters: int) -> str:
    text = []
    for _ in range(letters):
        number, digit = divmod(number, len(_ALPHABET))
        text.append(_ALPHABET[digit])
    return "".join(text)
