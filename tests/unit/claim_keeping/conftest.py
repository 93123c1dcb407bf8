"""A payer's programme from a plan's file, and a hospital with a book that claims against it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from carechain.claims.book import Book
from carechain.claims.coding import Coder
from carechain.claims.ledger import ClaimLedger
from carechain.claims.plan import Plan
from carechain.claims.plan_file import load_plan
from carechain.claims.submission import submit
from carechain.claims.submitted import Submission
from tests.helpers.claims import Cover
from tests.helpers.suite import PAYER, Suite
from tests.helpers.supply import by
from tests.unit.claim_keeping.claim_documents import PLAN, write_directory, write_plan

MEMBERS = ("M1", "M2", "M3")


@dataclass
class Practice:
    """What a hospital that claims has."""

    suite: Suite
    cover: Cover
    folder: Path
    plan: Plan
    members: dict[str, Any]
    book: Book
    ledger: ClaimLedger

    @property
    def sender(self) -> Any:
        return self.suite.chain.web3.eth.accounts[5]

    def submit(self, *documents: Any, **options: Any) -> Submission:
        return submit(self.ledger, self.book, self.sender, documents, **options)

    def code(self, document: Any) -> Any:
        return Coder(self.ledger, self.book).code(document)

    def later(self) -> Practice:
        """The same folder and chain, as another run finds them."""
        ledger = ClaimLedger(self.suite.chain)
        book = Book(self.book.folder, self.suite.chain.book.chain_id, ledger.address)
        return Practice(self.suite, self.cover, self.folder, self.plan, self.members, book, ledger)


@pytest.fixture
def practice(suite, claims, consents, accounts, tmp_path):
    """A hospital in the network of a payer that has published a plan and enrolled three members, who consent."""
    cover = Cover(claims, consents).open()
    path = write_plan(tmp_path)
    plan = load_plan(path)
    claims.publishPlan(*plan.publication(1).arguments(PAYER), by(PAYER))
    members = {name: accounts[11 + at] for at, name in enumerate(MEMBERS)}
    for member in members.values():
        cover.enrol(member, plan=PLAN)
    folder = tmp_path / "book"
    folder.mkdir(mode=0o700)
    write_directory(folder / "directory.yaml", path, {name: str(each) for name, each in members.items()})
    ledger = ClaimLedger(suite.chain)
    book = Book(folder, suite.chain.book.chain_id, ledger.address)
    return Practice(suite, cover, tmp_path, plan, members, book, ledger)
