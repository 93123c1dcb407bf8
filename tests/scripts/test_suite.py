"""What the scripts share: whose keys may be used unasked, and what a keystore's refusal says."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from eth_account import Account

import scripts.suite
from carechain.errors import CarechainError
from scripts.suite import EPHEMERAL_NETWORK, is_local, sender

ANVIL = "anvil/v1.7.1"
HERE = "http://127.0.0.1:8545"


def chain(chain_id=31337, client=ANVIL, url=HERE):
    provider = SimpleNamespace(endpoint_uri=url) if url else SimpleNamespace()
    web3 = SimpleNamespace(provider=provider, eth=SimpleNamespace(accounts=["an account of the node"]))
    return SimpleNamespace(book=SimpleNamespace(chain_id=chain_id), web3=web3, client=lambda: client)


@pytest.fixture
def active(monkeypatch):
    """Names the network that Brownie is connected to."""
    return lambda name: monkeypatch.setattr(scripts.suite, "network", SimpleNamespace(show_active=lambda: name))


@pytest.mark.parametrize("client", [ANVIL, "Ganache/v7.9.2/EthereumJS TestRPC/v7.9.2", "HardhatNetwork/2.22.0/x"])
@pytest.mark.parametrize("chain_id", [1337, 31337])
@pytest.mark.parametrize("url", [HERE, "http://localhost:9545", "ws://[::1]:8546", "http://127.8.9.10"])
def test_a_development_node_on_this_machine_is_local(active, client, chain_id, url):
    active("development")
    assert is_local(chain(chain_id, client, url))


@pytest.mark.parametrize(
    "other",
    [
        {"chain_id": 1},
        {"client": "besu/v24.1.0/linux-x86_64/openjdk-java-17"},
        {"client": "Geth/v1.14.0"},
        {"client": "my-anvil/v1"},
        {"url": "http://192.168.1.20:8545"},
        {"url": "https://anvil.example.org"},
        {"url": "http://127.0.0.1.example.org:8545"},
        {"url": "http://localhost@192.168.1.20:8545"},
        {"url": "http://[::1"},
        {"url": ""},
    ],
)
def test_anything_else_is_no_local_chain(active, other):
    """Consortium chains have the development nodes' numbers too."""
    active("development")
    assert not is_local(chain(**other))
    with pytest.raises(CarechainError, match=r"is not a local chain\. Name a key of your keystore: account=<name>"):
        sender(chain(**other))


def test_the_chain_of_the_commands_own_is_local(active):
    active(EPHEMERAL_NETWORK)
    assert is_local(chain(url=""))
    assert sender(chain(url="")) == "an account of the node"


@pytest.fixture
def keystore(tmp_path):
    path = tmp_path / "registrar.json"
    key = Account.from_key("0x" + "23" * 32)
    path.write_text(json.dumps(key.encrypt("right", iterations=2)), "utf-8")
    return path, key


@pytest.fixture
def typed(monkeypatch):
    """What the person types when Brownie asks for a password."""
    return lambda answer: monkeypatch.setattr("brownie.network.account.getpass", answer)


def test_a_keystore_opens_with_its_password(keystore, typed):
    path, key = keystore
    typed(lambda prompt: "right")
    assert sender(chain(), str(path)).address == key.address


def no_terminal(prompt):
    raise EOFError


@pytest.mark.parametrize("answer", [lambda prompt: "wrong", no_terminal], ids=["wrong", "no terminal"])
def test_a_keystore_that_is_not_unlocked_is_refused(keystore, typed, answer):
    typed(answer)
    with pytest.raises(CarechainError, match=r"registrar\.json does not open\. Type its password"):
        sender(chain(), str(keystore[0]))


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 3}'])
def test_a_file_that_is_no_keystore_is_refused(tmp_path, typed, content):
    path = tmp_path / "keystore.json"
    path.write_text(content, "utf-8")
    typed(lambda prompt: "right")
    with pytest.raises(CarechainError, match="does not open"):
        sender(chain(), str(path))
