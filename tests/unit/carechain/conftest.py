"""The deployed suite as the Python package sees it, and a patient with a wallet of its own."""

from __future__ import annotations

import pytest

from carechain.address_book import AddressBook
from carechain.chain import Chain
from carechain.consents import Consents
from carechain.receipts import Receipts
from carechain.relayer import Relayer
from carechain.wallet import Wallet
from scripts.suite import ROOT
from tests.helpers.suite import RELAYER


@pytest.fixture
def suite_chain(suite):
    """A chain that remembers no block: when a test is undone its block numbers come back, at other times."""
    book = AddressBook(suite.chain.book.path, suite.chain.book.chain_id)
    return Chain(suite.chain.web3, book, ROOT / "build" / "contracts")


@pytest.fixture
def patients_side(suite_chain):
    return Consents(suite_chain)


@pytest.fixture(scope="session")
def wallet():
    """A patient's wallet; its address towards every organisation is another, and none of them holds ether."""
    return Wallet(bytes(range(32)))


@pytest.fixture
def receipts(tmp_path):
    return Receipts(tmp_path / "receipts")


@pytest.fixture
def payer(suite_chain):
    """The relay service's key, an account of the node."""
    return suite_chain.web3.eth.accounts[4 + RELAYER]


@pytest.fixture
def relay(suite_chain, payer):
    return Relayer(suite_chain, payer)
