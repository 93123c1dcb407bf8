"""A secret cut into shares by SLIP-39, Shamir's scheme as hardware wallets have it: some of them bring it back, fewer
tell nothing of it.

Shares are words, and each has a checksum. All that is random in them, and the identifier that says which belong
together, is the work of `shamir-mnemonic`, the standard's reference implementation. There is no passphrase.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORD_INDEX_MAP

from carechain.errors import CarechainError

MAX_SHARES = 16
"""SLIP-39 numbers shares with four bits."""

_MIN_BYTES = 16
_MEND = "give each share as it was written down"


def split(entropy: bytes, threshold: int, count: int) -> list[str]:
    """`count` shares of a secret, any `threshold` of which bring it back: 33 words each for 32 bytes.

    The secret is an even number of bytes, 16 at least. Raises CarechainError for numbers that SLIP-39 does not have:
    2 ≤ threshold ≤ count ≤ 16, or 1 of 1.
    """
    if len(entropy) < _MIN_BYTES or len(entropy) % 2:
        raise CarechainError("The secret", "is not an even number of bytes, 16 at least", "share a wallet's 32 bytes")
    if not (2 <= threshold <= count <= MAX_SHARES or threshold == count == 1):
        raise CarechainError(
            "The shares",
            f"cannot be {count}, {threshold} of them needed",
            f"make 2 to {MAX_SHARES}, and need at least 2",
        )
    return list(generate_mnemonics(1, [(threshold, count)], entropy)[0])


def combine(shares: Iterable[str]) -> bytes:
    """The secret of at least as many shares as were said to be needed, in any order.

    Each one beyond those needed is compared with them. Raises CarechainError that names a share by its place, from 1:
    for an unknown word, a wrong checksum, shares of different sets, the same share twice, one that was altered though
    its checksum is right; and one that names none where those needed do not fit together, or are too few.
    """
    read = [_read(f"Share {n}", text) for n, text in enumerate(shares, 1)]
    if not read:
        raise CarechainError("The shares", "are none", _MEND)
    first = read[0]
    for n, share in enumerate(read, 1):
        if share.group_parameters() != first.group_parameters() or len(share.value) != len(first.value):
            raise CarechainError(f"Share {n}", "is of another set than share 1", "give shares that were made together")
        earlier = [other.index for other in read[: n - 1]]
        if share.index in earlier:
            raise CarechainError(f"Share {n}", f"is share {earlier.index(share.index) + 1} again", "give another one")
    if first.group_threshold != 1:
        raise CarechainError("The shares", "are of several groups", "combine them with the wallet that made them")
    if len(read) < first.member_threshold:
        raise CarechainError(
            "The shares", f"are {len(read)} of the {first.member_threshold} needed", "give more shares"
        )
    needed = read[: first.member_threshold]
    secret = _combined(needed)
    for n, share in enumerate(read[len(needed) :], len(needed) + 1):
        # A polynomial through all but one of those needed, this share and the secret is theirs, and no other's.
        try:
            fits = _combined([*needed[1:], share]) == secret
        except CarechainError:
            fits = False
        if not fits:
            raise CarechainError(f"Share {n}", "does not fit the ones before it", "leave it out, and make new shares")
    return secret


def _combined(shares: Sequence[Share]) -> bytes:
    try:
        return bytes(combine_mnemonics(share.mnemonic() for share in shares))
    except MnemonicError:
        raise CarechainError(
            "The shares", "do not fit together", "see that each is of this set and was not altered"
        ) from None


def _read(place: str, text: str) -> Share:
    words = text.split()
    for n, word in enumerate(words, 1):
        if word.lower() not in WORD_INDEX_MAP:
            raise CarechainError(place, f"has a word that SLIP-39 doesn't know, number {n}", "correct its spelling")
    try:
        return Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        raise CarechainError(
            place, "fails its checksum, or has words too many or too few", "compare it with what was written down"
        ) from None
