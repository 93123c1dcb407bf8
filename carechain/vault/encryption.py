"""Records are sealed by AES-256-GCM, each under a key of its own; the key is wrapped for each holder by ECIES.

AES-GCM (NIST SP 800-38D) is `cryptography`'s, ECIES (SEC 1, 5.1, on secp256k1 with
HKDF-SHA-256 and AES-256-GCM) is `eciespy`'s.
Nothing here is an invention of this project. What does not open says no more than that, whatever the cause.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import ecies
from coincurve import PrivateKey, PublicKey
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from ecies.config import Config

from carechain.errors import CarechainError

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
PUBLIC_KEY_BYTES = 33

_DIGEST_BYTES = 32
_WRAPPED_BYTES = PUBLIC_KEY_BYTES + NONCE_BYTES + TAG_BYTES + KEY_BYTES + _DIGEST_BYTES
_ECIES = Config(is_ephemeral_key_compressed=True, is_hkdf_key_compressed=True, symmetric_nonce_length=12)


def new_key() -> bytes:
    """A data key: 32 bytes of the system's randomness, for one record alone."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """The plaintext, below 2 GiB, encrypted: nonce (12 bytes, random), ciphertext, tag (16 bytes).

    `context` is authenticated and not part of the result: only who gives the same opens it. Raises CarechainError for
    a key that is not 32 bytes, or too long a plaintext.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    try:
        return nonce + _cipher(key).encrypt(nonce, plaintext, context)
    except OverflowError:
        raise CarechainError("The record", "is 2 GiB or longer", "store it in parts") from None


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """What was sealed. Raises CarechainError for another key or context, and for anything altered or cut off."""
    cipher = _cipher(key)
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise _unopened("The sealed record")
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except InvalidTag:
        raise _unopened("The sealed record") from None


def wrap(public_key: bytes, key: bytes, context: bytes) -> bytes:
    """A data key for whoever holds the private key of a compressed (33-byte) secp256k1 key: 125 bytes.

    ECIES as `eciespy` has it authenticates nothing beside what it encrypts, so a digest of `context` is encrypted with
    the key. Raises CarechainError for a public key or data key that is not one.
    """
    check_public_key(public_key)
    _check_key(key)
    return ecies.encrypt(public_key, key + hashlib.sha256(context).digest(), _ECIES)


def unwrap(private_key: bytes, wrapped: bytes, context: bytes) -> bytes:
    """The data key that was wrapped. Raises CarechainError for another private key or context, and for anything
    altered or cut off."""
    _check_private_key(private_key)
    if len(wrapped) != _WRAPPED_BYTES:
        raise _unopened("The wrapped key")
    try:
        opened = ecies.decrypt(private_key, wrapped, _ECIES)
    except ValueError:
        raise _unopened("The wrapped key") from None
    key, digest = opened[:KEY_BYTES], opened[KEY_BYTES:]
    if not hmac.compare_digest(digest, hashlib.sha256(context).digest()):
        raise _unopened("The wrapped key")
    return key


def public_key_of(private_key: bytes) -> bytes:
    """The compressed secp256k1 public key (33 bytes). Raises CarechainError when the private key is not one."""
    return _check_private_key(private_key).public_key.format(compressed=True)


def check_public_key(public_key: bytes) -> None:
    """Raises CarechainError unless it is a compressed (33-byte) point of secp256k1."""
    try:
        if len(public_key) != PUBLIC_KEY_BYTES:
            raise ValueError
        PublicKey(public_key)
    except ValueError:
        raise CarechainError(
            "The public key", "is no compressed key of secp256k1", "give the 33 bytes of the holder's key"
        ) from None


def _cipher(key: bytes) -> AESGCM:
    _check_key(key)
    return AESGCM(key)


def _check_key(key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise CarechainError("The data key", "is not 32 bytes", "give the key that was made for the record")


def _check_private_key(private_key: bytes) -> PrivateKey:
    try:
        if len(private_key) != KEY_BYTES:
            raise ValueError
        return PrivateKey(private_key)
    except ValueError:
        raise CarechainError(
            "The private key", "is no key of secp256k1", "give the 32 bytes of the holder's key"
        ) from None


def _unopened(what: str) -> CarechainError:
    return CarechainError(what, "does not open", "see that the key is the holder's, and that nothing was altered")
