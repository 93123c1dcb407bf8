"""From a claim as its provider sent it to the words that the chain takes.

Nothing that the words cannot say is left out in silence: then the claim is refused. The book gives what hides a value,
its directory who is who; the payer's plan file gives categories and prices, and is used only if its rules are those
that the payer published.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from carechain.claims.book import Book
from carechain.claims.document import ClaimDocument, Frequency, ServiceLine
from carechain.claims.fee_schedule import Fee, proofs_of
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.plan import Plan
from carechain.claims.plan_file import load_plan
from carechain.claims.prior import left_by_others
from carechain.claims.state import Period, PlanVersion
from carechain.claims.words import CLAIM_TERMS, MAX_CHARGE, MAX_LINES, SERVICE_LINE, UNITS
from carechain.errors import CarechainError

_EPOCH = date(1970, 1, 1)
_AUTHORISATION = re.compile("[0-9]{1,10}", re.ASCII)
_DAYS = (1 << 16) - 1


@dataclass(frozen=True)
class Coded:
    """A claim that can be sent."""

    document: ClaimDocument = field(repr=False)
    payer: int
    provider: int
    commitment: bytes
    """To its control number."""
    record: bytes
    """Commitment to all that it says."""
    words: tuple[Any, ...] | None = field(repr=False)
    """As submitClaims takes it; None of one that only takes another one back."""
    original: ClaimName | None = None
    """The claim that it replaces or takes back."""

    @property
    def place(self) -> str:
        return self.document.place


class Coder:
    """Codes claims against the programmes of their payers, which it reads once: one of these for each run."""

    def __init__(self, ledger: ClaimLedger, book: Book) -> None:
        self._ledger, self._book = ledger, book
        self._periods: dict[tuple[int, str], list[Period]] = {}
        self._versions: dict[tuple[int, int], list[PlanVersion]] = {}
        self._files: dict[int, list[Plan]] = {}
        self._plans: dict[tuple[int, int, int], Plan] = {}

    def code(self, document: ClaimDocument) -> Coded:
        """Raises CarechainError, with the place of the claim, for what cannot be said in the chain's words."""
        if document.use != "claim":
            _refuse(document, f"is a {document.use}, which asks for no payment", "send it to the payer another way")
        directory = self._book.directory
        payer, provider = directory.payer(document), directory.provider(document)
        original = _original(document, payer, provider)
        commitment = self._book.commitment_of(payer, provider, document)
        record = self._book.record_commitment(commitment, document)
        if document.frequency is Frequency.VOID:
            return Coded(document, payer, provider, commitment, record, None, original)
        _require_size(document)
        member = directory.member(payer, document)
        days = {line.number: _day(document, line.first_day) for line in document.lines}
        day = min(days.values())
        period = self._period(document, payer, member, day)
        version = self._version(document, payer, period.plan, day)
        _require_one_period(document, period, version)
        plan = self._plan(document, payer, version)
        if document.currency != plan.currency:
            _refuse(document, f"is in another currency than its plan, which has {plan.currency}", "claim in that one")
        prior = left_by_others(document)
        rows: list[tuple[int, int, bytes, Fee | None]] = []
        for line in document.lines:
            fee = plan.fee_of(line)
            word = SERVICE_LINE.pack(
                charge=line.charge,
                allowed=fee.amount if fee else 0,
                prior_patient=prior[line.number] if prior else 0,
                units=_units(document, line),
                entry=fee.index if fee else 0,
                day=days[line.number],
                number=line.number,
                category=plan.category_of(line),
            )
            procedure = fee.commitment if fee else self._book.procedure_commitment(commitment, line)
            rows.append((plan.category_of(line), word, procedure, fee))
        rows.sort(key=lambda row: (row[0], SERVICE_LINE.unpack(row[1])["day"]))  # else in the order of the claim
        terms = CLAIM_TERMS.pack(
            member=int(member, 16),
            coverage=period.number,
            version=version.version,
            authorisation=_authorisation(document, plan, [row[0] for row in rows]),
            replaces=original.number + 1 if original else 0,
            currency=plan.benefits.terms.currency,
            prior_told=prior is not None,
            liability=document.related_cause,
        )
        words = (
            terms,
            commitment,
            record,
            self._book.diagnoses_commitment(commitment, document),
            [each for _, word, procedure, _ in rows for each in (word, int.from_bytes(procedure))],
            list(proofs_of(fee for *_, fee in rows if fee)),
        )
        return Coded(document, payer, provider, commitment, record, words, original)

    # ------------------------------------------------------------------ the payer's programme

    def _period(self, document: ClaimDocument, payer: int, member: str, day: int) -> Period:
        """The period that has the day; else the last that began before it, or the first: the plan denies it then."""
        if (payer, member) not in self._periods:
            self._periods[payer, member] = self._ledger.periods(payer, member)
        periods = self._periods[payer, member]
        if not periods:
            _refuse(document, "is for a member whom the payer has not enrolled", "ask the payer")
        begun = [period for period in periods if period.first_day <= day]
        return begun[-1] if begun else periods[0]

    def _version(self, document: ClaimDocument, payer: int, plan: int, day: int) -> PlanVersion:
        if (payer, plan) not in self._versions:
            self._versions[payer, plan] = self._ledger.versions(payer, plan)
        version = next((each for each in self._versions[payer, plan] if each.holds_on(day)), None)
        if version is None:
            _refuse(document, f"has a day of service on which no version of plan {plan} is in force", "ask the payer")
        return version

    def _plan(self, document: ClaimDocument, payer: int, version: PlanVersion) -> Plan:
        """The plan file that says what the payer published as this version."""
        key = payer, version.plan, version.version
        if key not in self._plans:
            if payer not in self._files:
                paths = self._book.directory.plans.get(payer, ())
                self._files[payer] = [load_plan(path) for path in paths]
            fit = [plan for plan in self._files[payer] if is_version(plan, version)]
            if not fit:
                problem = f"needs the file of version {version.version} of plan {version.plan} as it was published"
                _refuse(document, problem, "ask the payer for it, and name it in your directory")
            self._plans[key] = fit[0]
        return self._plans[key]


def is_version(plan: Plan, version: PlanVersion) -> bool:
    """Whether a plan's file has the terms, rules and fee schedule of a version on the chain."""
    said = plan.publication(version.version)
    return (
        plan.number == version.plan
        and plan.benefits.terms == version.benefits.terms
        and dict(said.rules) == {category: rule.word() for category, rule in version.benefits.rules.items()}
        and (said.schedule_root, said.schedule_size) == (version.schedule_root, version.schedule_size)
    )


# ---------------------------------------------------------------------- what a claim says, as numbers


def _original(document: ClaimDocument, payer: int, provider: int) -> ClaimName | None:
    """The claim that this one replaces or takes back."""
    if document.frequency is Frequency.ORIGINAL:
        return None
    try:
        name = ClaimName.parse(document.original or "")
    except CarechainError:
        problem = "replaces or takes back a claim by a number that is none of this chain's"
        _refuse(document, problem, "send the payer's number of it: payer-provider-number, such as 19-1-0")
    if (name.payer, name.provider) != (payer, provider):
        _refuse(document, "replaces or takes back a claim of another account", "name one of this payer and provider")
    if name.number + 1 > CLAIM_TERMS.most("replaces"):
        _refuse(document, "replaces or takes back a claim of a number beyond all", "check the payer's number of it")
    return name


def _require_size(document: ClaimDocument) -> None:
    if not 0 < len(document.lines) <= MAX_LINES:
        _refuse(document, "has no lines, or too many", f"claim for 1 to {MAX_LINES} lines")
    if sum(line.charge for line in document.lines) != document.total:
        _refuse(document, "has lines that do not make its total", "make them agree")
    if document.total >= MAX_CHARGE:
        _refuse(document, "charges more than one claim can", f"charge less than {MAX_CHARGE:,} minor units")
    numbers = [line.number for line in document.lines]
    if len(set(numbers)) != len(numbers) or not 0 < min(numbers) <= max(numbers) <= SERVICE_LINE.most("number"):
        _refuse(document, "numbers its lines twice or too high", f"number them from 1 to {SERVICE_LINE.most('number')}")


def _day(document: ClaimDocument, day: date) -> int:
    number = (day - _EPOCH).days
    if not 0 < number <= _DAYS:
        _refuse(document, "has a day of service that the chain cannot say", "claim for days from 1970-01-02 on")
    return number


def _require_one_period(document: ClaimDocument, period: Period, version: PlanVersion) -> None:
    """The chain knows the first day of a line alone, so a line that goes on into what holds no longer is refused."""
    for line in document.lines:
        first, last = _day(document, line.first_day), _day(document, line.last_day)
        for end in (period.last_day, version.until - 1):
            if first <= end < last:
                problem = f"has line {line.number} go on beyond the period of coverage or the version of the plan"
                _refuse(document, problem, "claim for the days of each in lines of their own")


def _units(document: ClaimDocument, line: ServiceLine) -> int:
    """Hundredths."""
    units = line.units * UNITS
    if units != units.to_integral_value() or not 0 < units <= SERVICE_LINE.most("units"):
        problem = f"has units in line {line.number} that the chain cannot say"
        most = SERVICE_LINE.most("units") // UNITS
        _refuse(document, problem, f"claim for 0.01 to {most:,} units, to two places")
    return int(units)


def _authorisation(document: ClaimDocument, plan: Plan, categories: Sequence[int]) -> int:
    """The payer's number; 0 where there is none, and where there is another one that no service of the claim needs."""
    text = document.authorisation
    if text is None:
        return 0
    number = int(text) if _AUTHORISATION.fullmatch(text) else 0
    if 0 < number <= CLAIM_TERMS.most("authorisation"):
        return number
    rules = [plan.benefits.rules.get(category) for category in categories]
    if any(rule is not None and rule.authorised for rule in rules):
        problem = "has a prior authorisation whose number is none of the payer's"
        _refuse(document, problem, f"send its number, 1 to {CLAIM_TERMS.most('authorisation'):,}")
    return 0


def _refuse(document: ClaimDocument, problem: str, mend: str) -> NoReturn:
    raise CarechainError(document.place, problem, mend)
