"""The one address book: which contracts of the suite stand where on a chain.

A JSON file for each chain, `deployments/<chain id>.json`, written after every single deployment, so that an
interrupted one is resumed and never repeated.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError


@dataclass(frozen=True)
class Entry:
    """A deployed contract: its address, the block it was deployed in, and the keccak256 of its runtime code."""

    address: str
    block: int
    code_hash: str


class AddressBook:
    """The contracts of one chain. Every change is on disk before `record` returns."""

    def __init__(self, path: Path, chain_id: int) -> None:
        """Raises CarechainError when the file is not a book, or is another chain's."""
        self.path = path
        self.chain_id = chain_id
        self._entries: dict[str, Entry] = {}
        if path.exists():
            self._read()

    @classmethod
    def of_chain(cls, root: Path, chain_id: int) -> AddressBook:
        """The book under `root`/deployments, or the one that the variable CARECHAIN_ADDRESS_BOOK names."""
        named = os.environ.get("CARECHAIN_ADDRESS_BOOK")
        return cls(Path(named) if named else root / "deployments" / f"{chain_id}.json", chain_id)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Entry:
        """Raises CarechainError when the contract isn't recorded."""
        try:
            return self._entries[name]
        except KeyError:
            raise CarechainError(
                str(self.path),
                f"has no {name} on chain {self.chain_id}",
                "deploy the suite first: brownie run deploy",
            ) from None

    def record(self, name: str, entry: Entry) -> None:
        """Adds or replaces a contract, on disk by way of a new file, so that no half-written book remains."""
        self._entries[name] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = {"chainId": self.chain_id, "contracts": {n: asdict(e) for n, e in self._entries.items()}}
        beside = self.path.with_suffix(".json.new")
        beside.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        beside.replace(self.path)

    def _read(self) -> None:
        mend = "restore it, or move it away and deploy anew"
        try:
            content: Any = json.loads(self.path.read_text("utf-8"))
            chain_id = content["chainId"]
            entries = {name: Entry(**entry) for name, entry in content["contracts"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise CarechainError(str(self.path), "is not an address book", mend) from None
        if chain_id != self.chain_id:
            raise CarechainError(str(self.path), f"is of chain {chain_id}, not {self.chain_id}", mend)
        self._entries = entries
