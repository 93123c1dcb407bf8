"""What the claim workflows share: who acts, their book, what proves a claim, and the words of the command line.

A provider's book is book=<folder> (carechain/claims/book.py). Payers, reviewers and members have a folder there too,
for the documents that they committed to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from brownie import network
from eth_account.signers.local import LocalAccount
from rich.progress import Progress
from web3.contract import Contract
from web3.contract.contract import ContractFunction
from web3.types import Wei

from carechain.chain import Chain, Sender
from carechain.claims.book import Book
from carechain.claims.currencies import CODES, minor_units, written
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.state import Claim, EvidenceWords
from carechain.claims.words import CLAIM_TERMS
from carechain.errors import CarechainError
from carechain.organisations import names_of
from carechain.private_file import new_private_file, write_private
from carechain.report import Report
from carechain.trials.commitment import Document
from scripts import consent as consent_script
from scripts.arguments import number_of
from scripts.organisations import operator_of
from scripts.relay import RELAY_ACCOUNT
from scripts.suite import EPHEMERAL_NETWORK, ROOT, call_of, connect, is_local, scratch

OPTIONS = ("as", "account", "book", "directory")
PATIENT_OPTIONS = ("wallet", "receipts")
TEST_TOKEN = "TestToken"
"""In the address book of a local chain: the token to try things out with."""
_FEW = 20
_ALLOWANCE = 10**17
"""What a member of a local chain gets to act with, in its smallest unit."""


@dataclass
class Session:
    """What the functions share."""

    chain: Chain
    named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, named: dict[str, str]) -> Session:
        return cls(connect(), named)

    @cached_property
    def ledger(self) -> ClaimLedger:
        return ClaimLedger(self.chain)

    @cached_property
    def names(self) -> dict[int, str]:
        return names_of(self.chain)

    @cached_property
    def sender(self) -> Sender:
        return operator_of(self.chain, self.named.get("as"), self.named.get("account"))

    @cached_property
    def organisation(self) -> int:
        """The organisation for which the sender speaks."""
        found = self.ledger.organisation_of(self.sender)
        if self.named.get("as", str(found)) != str(found):
            raise CarechainError(f"The option as={self.named['as']}", f"is not organisation {found}", "leave it out")
        return found

    @property
    def today(self) -> int:
        """By the chain's clock, days since 1970-01-01."""
        return self.chain.now() // 86_400

    @property
    def last_day(self) -> date:
        """The last one that a service can have been on."""
        return datetime.fromtimestamp(self.chain.now(), UTC).date()

    def called(self, organisation: int) -> str:
        return self.names.get(organisation, str(organisation))

    # ------------------------------------------------------------------ what is kept

    @cached_property
    def book(self) -> Book:
        """Of the organisation that acts."""
        directory = Path(self.named["directory"]) if "directory" in self.named else None
        return Book(self.folder(f"organisation-{self.organisation}"), self._chain_id, self.ledger.address, directory)

    def folder(self, of: str) -> Path:
        """book=<folder>, or a folder of this project that has no copy elsewhere."""
        private = scratch() if network.show_active() == EPHEMERAL_NETWORK else ROOT / "private"
        return Path(self.named["book"]) if "book" in self.named else private / "claims" / of

    def document(self, folder: Path, file: str, use: str) -> bytes:
        """Commits to a document for one use, and keeps it with its salt in a folder; run again it is the same."""
        path, kept_in = Path(file), folder / "documents" / f"{self._chain_id}-{self.ledger.address.lower()}"
        for kept in sorted(kept_in.glob("*.json")):
            facts = _kept(kept)
            known = Document.from_facts(facts)
            if facts["use"] == use and known.file == path.name and known.is_of(path):
                return known.commitment
        document = Document.of(path)
        name = document.commitment.hex()[:16]
        with new_private_file(kept_in / f"{name}{path.suffix}") as copy:
            copy.write(path.read_bytes())
        write_private(kept_in / f"{name}.json", json.dumps({"use": use, **document.facts()}) + "\n")
        return document.commitment

    @property
    def _chain_id(self) -> int:
        return self.chain.book.chain_id

    # ------------------------------------------------------------------ claims and amounts

    def token(self, address: str) -> Contract:
        return self.chain.web3.eth.contract(
            address=self.chain.web3.to_checksum_address(address), abi=self.chain.artifact(TEST_TOKEN)["abi"]
        )

    def send(self, report: Report, call: Any, what: str, sender: Sender | None = None) -> None:
        report.sent(self.ledger.send(call, self.sender if sender is None else sender, what))

    def act(
        self,
        report: Report,
        name: ClaimName,
        made: Callable[[EvidenceWords], ContractFunction],
        what: str,
        sender: Sender | None = None,
    ) -> None:
        """Sends the call that is `made` of a claim's evidence."""
        for sent in self.ledger.act(name, made, self.sender if sender is None else sender, what):
            report.sent(sent)


def _kept(path: Path) -> dict[str, Any]:
    """The facts of a document that was kept. Raises CarechainError if the file is none of ours."""
    try:
        found = json.loads(path.read_text("utf-8"))
        Document.from_facts(found)
        return {**found, "use": found["use"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise CarechainError(str(path), "is damaged", "take another copy of the file") from None


def call(
    arguments: tuple[str, ...], usage: str, fewest: int, *options: str, most: int | None = -1
) -> tuple[list[str], dict[str, str]]:
    """The plain arguments and the options of a call, from the script's name on; as many as `fewest` unless `most` says
    otherwise, None for any."""
    return call_of(arguments, usage, fewest, fewest if most == -1 else most, (*OPTIONS, *options))


def of_claim(
    arguments: tuple[str, ...], usage: str, fewest: int, *options: str, most: int | None = -1
) -> tuple[Session, Claim, list[str]]:
    """The session, the claim, which is the first argument, and the arguments behind it."""
    (text, *rest), named = call(arguments, usage, fewest, *options, most=most)
    name = ClaimName.parse(text)
    session = Session.open(named)
    return session, session.ledger.claim(name), rest


def organisation_number(text: str) -> int:
    return number_of(text, "organisation", 32)


def currency_of(claim: Claim) -> str:
    """ISO 4217, three letters."""
    number = CLAIM_TERMS.unpack(claim.entry.terms)["currency"]
    return CODES.get(number, str(number))


def amount_of(text: str, currency: str, what: str) -> int:
    """Minor units. Raises CarechainError for what is no amount above zero."""
    amount = minor_units(text, currency, f"The {what} {text}")
    if amount == 0:
        raise CarechainError(f"The {what} {text}", "is nothing", "give an amount above zero")
    return amount


def money(amount: int, currency: str) -> str:
    """For people."""
    return f"{written(amount, currency)} {currency}" if currency in CODES.values() else f"{amount:,}"


def word_of(member: Any) -> str:
    """A member of an enumeration, for people."""
    return str(member.name).lower().replace("_", " ")


def time_text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def patient_key(chain: Chain, patient: str, payer: int, named: dict[str, str]) -> LocalAccount:
    """The key under which a member consents to the payer, and acts. Options: PATIENT_OPTIONS.

    Who acts pays for it, so that the address needs some of the chain's own currency; on a local chain it gets it."""
    session = consent_script.Session.open({name: said for name, said in named.items() if name in PATIENT_OPTIONS})
    key = session.wallet(patient).towards(payer)
    if is_local(chain) and chain.web3.eth.get_balance(key.address) < _ALLOWANCE:
        rich = chain.web3.eth.accounts[RELAY_ACCOUNT]
        hash_ = chain.web3.eth.send_transaction({"from": rich, "to": key.address, "value": Wei(_ALLOWANCE)})
        chain.web3.eth.wait_for_transaction_receipt(hash_, poll_latency=0.02)
    return key


@contextmanager
def counted(report: Report, items: Sequence[Any], what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many are done, with a bar for the person where there are enough to wait for."""
    if len(items) < _FEW:
        yield lambda done, of: None
        return
    with Progress(console=report.console, transient=True) as progress:
        task = progress.add_task(what, total=len(items))
        yield lambda done, of: progress.update(task, completed=done, total=of)
