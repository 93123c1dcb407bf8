"""A patient's wallet, against BIP-32 and BIP-39 written anew from their texts."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import stat

import pytest
from eth_keys import keys

from carechain.errors import CarechainError
from carechain.wallet import Wallet
from tests.helpers.eip712 import ORDER

WORDS = " ".join(["abandon"] * 23 + ["art"])
"""BIP-39's own test vector for 32 bytes of zero."""
PASSWORD = "correct horse"
SAVED = Wallet(bytes(range(1, 33)))


def derived_key(words, relationship):
    """BIP-39's seed without a passphrase, then five hardened steps of BIP-32."""
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    digest = hashlib.sha256(b"carechain relationship\0" + relationship.encode()).digest()
    for step in (7312, *(int.from_bytes(digest[i : i + 4], "big") // 2 for i in (0, 4, 8, 12))):
        key, code = node[:32], node[32:]
        tweak = hmac.digest(code, b"\0" + key + (step | 1 << 31).to_bytes(4, "big"), "sha512")
        child = (int.from_bytes(tweak[:32], "big") + int.from_bytes(key, "big")) % ORDER
        node = child.to_bytes(32, "big") + tweak[32:]
    return node[:32]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A wallet in a file."""
    path = tmp_path_factory.mktemp("wallet") / "wallet.json"
    SAVED.save(path, PASSWORD)
    return path


def test_words_that_stand_for_no_key_are_not_saved(tmp_path):
    with pytest.raises(CarechainError, match="The recovery words are those of no real wallet"):
        Wallet.from_words(WORDS).save(tmp_path / "wallet.json", PASSWORD)


@pytest.mark.parametrize("relationship", ["organisation 1", "organisation 4294967295", "emergency", "für später"])
def test_keys_are_derived_as_bip_32_says(relationship):
    key = derived_key(WORDS, relationship)
    account = Wallet.from_words(WORDS).key(relationship)
    assert bytes(account.key) == key
    assert account.address == keys.PrivateKey(key).public_key.to_checksum_address()


def test_addresses_stay_what_they_were_in_every_release():
    assert Wallet.from_words(WORDS).towards(1).address == "0x1c5d8013Fe965174Dd16bD1513688c09Aaea2D62"


def test_every_relationship_has_another_address():
    wallet = Wallet.from_words(WORDS)
    addresses = {wallet.towards(n).address for n in range(1, 30)} | {wallet.key("emergency").address}
    assert len(addresses) == 30


def test_another_wallet_has_other_addresses():
    assert Wallet.create().towards(1).address != Wallet.create().towards(1).address


def test_the_words_bring_the_wallet_back():
    wallet = Wallet.create()
    assert len(wallet.words.split()) == 24
    again = Wallet.from_words("  " + wallet.words.replace(" ", "\n") + " ")
    assert again.towards(7).address == wallet.towards(7).address


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ".join(["abandon"] * 24),
        " ".join(["abandon"] * 11 + ["about"]),
        WORDS.replace("art", "arte"),
        WORDS + " art",
    ],
    ids=["none", "checksum", "twelve", "no-such-word", "twenty-five"],
)
def test_words_that_are_no_phrase_are_refused_without_repeating_them(words):
    with pytest.raises(CarechainError, match="not a valid phrase") as caught:
        Wallet.from_words(words)
    assert "abandon" not in str(caught.value)


def test_entropy_of_another_length_is_refused():
    with pytest.raises(CarechainError, match="not 32 bytes"):
        Wallet(bytes(16))


def test_a_saved_wallet_opens_with_its_password(saved):
    assert Wallet.open(saved, PASSWORD).words == SAVED.words


def test_a_wrong_password_is_refused(saved):
    with pytest.raises(CarechainError, match="does not open") as caught:
        Wallet.open(saved, "wrong horse")
    assert "horse" not in str(caught.value)


def test_only_its_owner_can_read_a_wallet_file(saved):
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_a_wallet_file_holds_no_secret_in_the_clear(saved):
    content = saved.read_text("utf-8")
    keystore = json.loads(content)
    assert (keystore["version"], keystore["crypto"]["kdf"]) == (3, "scrypt")
    assert "abandon" not in content
    assert bytes(32).hex() not in content


def test_a_wallet_never_replaces_a_file(tmp_path):
    path = tmp_path / "wallet.json"
    path.write_text("something else", "utf-8")
    with pytest.raises(CarechainError, match="exists already"):
        Wallet.create().save(path, PASSWORD)
    assert path.read_text("utf-8") == "something else"


def test_a_wallet_without_a_password_is_not_saved(tmp_path):
    with pytest.raises(CarechainError, match="password is empty"):
        Wallet.create().save(tmp_path / "wallet.json", "")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "no folder").write_text("", "utf-8")
    with pytest.raises(CarechainError, match="cannot be written"):
        Wallet.create().save(tmp_path / "no folder" / "wallet.json", PASSWORD)


def test_the_folders_of_a_wallet_are_made_for_its_owner_alone(tmp_path):
    path = tmp_path / "private" / "wallet.json"
    Wallet.create().save(path, PASSWORD)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"version": 3}', '{"version": 9, "crypto": {}}', "\x00", '{"version": 3, "crypto": 1}']
)
def test_a_file_that_is_no_wallet_is_refused(tmp_path, content):
    path = tmp_path / "wallet.json"
    path.write_text(content, "utf-8")
    with pytest.raises(CarechainError, match=r"wallet\.json does not open"):
        Wallet.open(path, PASSWORD)


def test_a_missing_wallet_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="cannot be read"):
        Wallet.open(tmp_path / "wallet.json", PASSWORD)


def test_a_wallet_shows_no_secret_when_it_is_printed_or_logged(caplog):
    wallet = Wallet.from_words(WORDS)
    with caplog.at_level(logging.DEBUG):
        key = bytes(wallet.towards(1).key)
        logging.getLogger("carechain").warning("%s %r", wallet, wallet)
    assert caplog.records
    shown = caplog.text + repr(wallet) + str(wallet)
    assert not any(secret in shown for secret in ("abandon", bytes(32).hex(), key.hex(), repr(bytes(32))))
