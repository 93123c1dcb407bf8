"""Sealed records and wrapped keys: only the right key and context open them, and what fails doesn't say why."""

from __future__ import annotations

import logging
import random

import pytest
from coincurve import PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carechain.errors import CarechainError
from carechain.vault.encryption import (
    check_public_key,
    new_key,
    public_key_of,
    seal,
    unseal,
    unwrap,
    wrap,
)

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
HOLDER = bytes(range(1, 33))
OTHER_HOLDER = bytes(range(2, 34))
CONTEXT = b"a leaf of a log"
PLAINTEXT = b"Glucose 15.4 mmol/L, high"


def refusal(function, *arguments):
    """What is said when something doesn't open. It holds no bytes of what was given, and no cause stands behind it."""
    with pytest.raises(CarechainError) as error:
        function(*arguments)
    assert error.value.__suppress_context__ or error.value.__context__ is None
    told = repr(error.value) + str(error.value)
    for argument in arguments:
        assert not [form for form in (repr(argument), argument.hex()) if len(form) > 8 and form in told]
    return str(error.value)


def altered(content):
    """Each byte in turn with one bit turned over."""
    for place in range(len(content)):
        yield content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :]


def shortened(content):
    """Every beginning, the content with one byte more, and without its first."""
    yield from (content[:length] for length in range(len(content)))
    yield from (content + b"\0", b"\0" + content, content[1:])


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 1000, 100_000])
def test_what_is_sealed_is_opened_by_the_same_key_and_context(length):
    plaintext = random.Random(length).randbytes(length)
    sealed = seal(KEY, plaintext, CONTEXT)
    assert len(sealed) == 12 + length + 16
    assert unseal(KEY, sealed, CONTEXT) == plaintext


def test_the_layout_is_nonce_then_what_aes_gcm_gives():
    sealed = seal(KEY, PLAINTEXT, CONTEXT)
    assert AESGCM(KEY).encrypt(sealed[:12], PLAINTEXT, CONTEXT) == sealed[12:]


def test_no_two_seals_and_no_two_keys_are_alike():
    assert len({seal(KEY, PLAINTEXT, CONTEXT)[:12] for _ in range(100)}) == 100
    assert len({new_key() for _ in range(100)}) == 100
    assert {len(new_key()) for _ in range(10)} == {32}


def test_a_sealed_record_that_was_altered_anywhere_does_not_open():
    for wrong in altered(seal(KEY, PLAINTEXT, CONTEXT)):
        refusal(unseal, KEY, wrong, CONTEXT)


def test_a_sealed_record_that_was_cut_or_lengthened_does_not_open():
    for wrong in shortened(seal(KEY, PLAINTEXT, CONTEXT)):
        refusal(unseal, KEY, wrong, CONTEXT)


def test_a_wrong_key_a_wrong_context_and_altered_bytes_are_refused_alike():
    sealed = seal(KEY, PLAINTEXT, CONTEXT)
    reasons = {
        refusal(unseal, OTHER_KEY, sealed, CONTEXT),
        refusal(unseal, KEY, sealed, CONTEXT + b"\0"),
        refusal(unseal, KEY, sealed[:-1] + b"\0", CONTEXT),
        refusal(unseal, KEY, b"", CONTEXT),
    }
    assert len(reasons) == 1
    assert "The sealed record does not open" in reasons.pop()


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_that_is_not_32_bytes_is_refused(length):
    for function, arguments in (
        (seal, (bytes(length), PLAINTEXT, CONTEXT)),
        (unseal, (bytes(length), bytes(60), CONTEXT)),
        (wrap, (public_key_of(HOLDER), bytes(length), CONTEXT)),
    ):
        assert "The data key is not 32 bytes" in refusal(function, *arguments)


def test_a_wrapped_key_is_opened_by_its_holder_in_the_same_context():
    wrapped = wrap(public_key_of(HOLDER), KEY, CONTEXT)
    assert len(wrapped) == 125
    assert unwrap(HOLDER, wrapped, CONTEXT) == KEY
    assert wrap(public_key_of(HOLDER), KEY, CONTEXT) != wrapped


def test_a_wrapped_key_that_was_altered_anywhere_does_not_open():
    for wrong in altered(wrap(public_key_of(HOLDER), KEY, CONTEXT)):
        refusal(unwrap, HOLDER, wrong, CONTEXT)


def test_a_wrapped_key_that_was_cut_or_lengthened_does_not_open():
    for wrong in shortened(wrap(public_key_of(HOLDER), KEY, CONTEXT)):
        refusal(unwrap, HOLDER, wrong, CONTEXT)


def test_another_holder_another_context_and_altered_bytes_are_refused_alike():
    wrapped = wrap(public_key_of(HOLDER), KEY, CONTEXT)
    reasons = {
        refusal(unwrap, OTHER_HOLDER, wrapped, CONTEXT),
        refusal(unwrap, HOLDER, wrapped, b"another leaf"),
        refusal(unwrap, HOLDER, wrapped[:-1] + bytes([wrapped[-1] ^ 1]), CONTEXT),
        refusal(unwrap, HOLDER, b"\5" + wrapped[1:], CONTEXT),  # no point of the curve begins so
        refusal(unwrap, HOLDER, b"", CONTEXT),
    }
    assert len(reasons) == 1
    assert "The wrapped key does not open" in reasons.pop()


def test_a_public_key_is_its_private_keys_compressed_point():
    assert public_key_of(HOLDER) == PrivateKey(HOLDER).public_key.format(compressed=True)
    check_public_key(public_key_of(HOLDER))


@pytest.mark.parametrize(
    "key",
    [
        b"",
        PrivateKey(HOLDER).public_key.format(compressed=False),
        PrivateKey(HOLDER).public_key.format(compressed=False)[1:],
        public_key_of(HOLDER)[:-1],
        b"\4" + public_key_of(HOLDER)[1:],
        b"\2" + b"\xff" * 32,  # beyond the field
        b"\2" + bytes(31) + b"\5",  # 5 cubed and 7 is no square
        bytes(33),
    ],
)
def test_what_is_no_compressed_public_key_is_refused(key):
    assert "no compressed key of secp256k1" in refusal(check_public_key, key)
    assert "no compressed key of secp256k1" in refusal(wrap, key, KEY, CONTEXT)


@pytest.mark.parametrize("key", [b"", bytes(32), b"\xff" * 32, HOLDER[:-1], HOLDER + b"\0"])
def test_what_is_no_private_key_is_refused(key):
    assert "The private key is no key" in refusal(public_key_of, key)
    assert "The private key is no key" in refusal(unwrap, key, bytes(125), CONTEXT)


def test_no_key_and_no_plaintext_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        unseal(KEY, seal(KEY, PLAINTEXT, CONTEXT), CONTEXT)
        unwrap(HOLDER, wrap(public_key_of(HOLDER), KEY, CONTEXT), CONTEXT)
        logging.getLogger("carechain").warning("the log is being read")
    assert [record.getMessage() for record in caplog.records] == ["the log is being read"]
