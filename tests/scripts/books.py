"""The suite as an address book has it."""

from __future__ import annotations

from pathlib import Path

import brownie
import yaml
from web3 import Web3

from carechain.address_book import AddressBook
from carechain.chain import Chain
from scripts.suite import ROOT

NEXT = len(yaml.safe_load((ROOT / "examples" / "organisations.yaml").read_text("utf-8"))["organisations"]) + 1
"""The number of whoever is accredited after the organisations of the examples."""


def chain_with_book(path: Path) -> Chain:
    node = Web3(brownie.web3.provider)
    return Chain(node, AddressBook(path, node.eth.chain_id), ROOT / "build" / "contracts")
