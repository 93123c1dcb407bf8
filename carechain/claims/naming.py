"""What organisations, claims, members and services are called, where the contract has numbers and pseudonyms alone.

The register of organisations gives names; a directory the numbers by which files know them; a provider's book its own
number of a claim and what was done. Whatever nobody tells is called as the chain calls it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from carechain.claims.book import KEY_FILE, Book
from carechain.claims.coding import is_version
from carechain.claims.currencies import CODES
from carechain.claims.directory import Directory
from carechain.claims.document import ClaimDocument, Code, Identifier
from carechain.claims.plan import Plan
from carechain.claims.plan_file import load_plan
from carechain.claims.state import Claim, PlanVersion
from carechain.claims.words import CLAIM_TERMS, SERVICE_LINE
from carechain.errors import CarechainError

PAYERS = ("payer",)
PROVIDERS = ("npi", "tax", "provider")
"""Systems of numbers by which files know payers and providers, the best one first."""
ORGANISATION, CATEGORY = "organisation", "category"
"""Systems of what the chain alone knows."""
_AS_ON_CHAIN = ("payer", "provider")
"""Systems of numbers that are taken to be those of the chain where there is no directory; an NPI never is."""
_NUMBER = re.compile("[1-9][0-9]{0,9}")
_LAST = (1 << 32) - 1


def day_of(seconds: int) -> date:
    """The day of a time in Unix seconds, UTC."""
    return datetime.fromtimestamp(seconds, UTC).date()


def currency_of(claim: Claim) -> str:
    """ISO 4217, three letters."""
    number = CLAIM_TERMS.unpack(claim.entry.terms)["currency"]
    return CODES.get(number, str(number))


class Naming:
    """For one reader. Nothing is written, and a book's key is never made."""

    def __init__(
        self,
        organisations: Mapping[int, str] | None = None,
        book: Book | None = None,
        directory: Directory | None = None,
    ) -> None:
        """`organisations`: names by number. `directory`: that of the book unless another is given."""
        self._organisations = organisations or {}
        self._book = book if book is not None and (book.folder / KEY_FILE).is_file() else None
        if directory is None and book is not None and book.directory_path.is_file():
            directory = book.directory
        self.directory = directory
        self._files: dict[Path, Plan | None] = {}

    @property
    def book(self) -> Book | None:
        """With which claims were sent; None where there is none."""
        return self._book

    # ------------------------------------------------------------------ organisations

    def name(self, organisation: int) -> str:
        return self._organisations.get(organisation, str(organisation))

    def payer(self, organisation: int) -> Identifier:
        return self._known_as(organisation, PAYERS) or Identifier("payer", str(organisation))

    def provider(self, organisation: int) -> Identifier:
        return self._known_as(organisation, PROVIDERS) or Identifier(ORGANISATION, str(organisation))

    def _known_as(self, organisation: int, systems: tuple[str, ...]) -> Identifier | None:
        known = self.directory.names_of(organisation) if self.directory else ()
        fit = [name for name in known if name.system in systems]
        return min(fit, key=lambda name: systems.index(name.system), default=None)

    def organisation(self, who: Identifier) -> int | None:
        """The organisation that a number in a file stands for; None if that is not known."""
        if who.system == ORGANISATION or (self.directory is None and who.system in _AS_ON_CHAIN):
            return int(who.value) if _NUMBER.fullmatch(who.value) and int(who.value) <= _LAST else None
        return self.directory.organisation_of(who) if self.directory else None

    # ------------------------------------------------------------------ a claim

    def document(self, claim: Claim) -> ClaimDocument | None:
        """What the book's claim says; None if it is not of this book, or if the chain has another one."""
        if self._book is None:
            return None
        sent = self._book.journal.of(claim.entry.control_number)
        if sent is None or not self._book.opens(claim.name, claim.entry, sent.document):
            return None
        return sent.document

    def control_number(self, claim: Claim) -> str:
        """The provider's own number of a claim, or else the claim's name."""
        document = self.document(claim)
        return str(claim.name) if document is None else document.control_number

    def procedures(self, claim: Claim) -> dict[int, Code]:
        """What was done, by the number of the line: the procedure, or else the service category of the plan."""
        document = self.document(claim)
        known = {line.number: line.procedure or line.revenue for line in document.lines} if document else {}
        found = {}
        for word in claim.entry.lines:
            line = SERVICE_LINE.unpack(word)
            found[line["number"]] = known.get(line["number"]) or Code(CATEGORY, str(line["category"]))
        return found

    def member(self, claim: Claim) -> str:
        """The number by which the payer knows the patient, or else the pseudonym."""
        pseudonym = claim.entry.member
        known = self.directory.member_of(claim.name.payer, pseudonym) if self.directory else None
        return pseudonym if known is None else known.value

    # ------------------------------------------------------------------ a plan

    def plan(self, payer: int, version: PlanVersion) -> Plan | None:
        """The file of a version as it was published; None if the directory has none."""
        paths = self.directory.plans.get(payer, ()) if self.directory else ()
        found = (self._file(path) for path in paths)
        return next((plan for plan in found if plan is not None and is_version(plan, version)), None)

    def _file(self, path: Path) -> Plan | None:
        """A file that cannot be read gives no names, and nothing else depends on it here."""
        if path not in self._files:
            try:
                self._files[path] = load_plan(path)
            except (CarechainError, OSError):
                self._files[path] = None
        return self._files[path]
