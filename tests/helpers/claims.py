"""A payer's programme as tests use it: a reserve, a plan, members, a network, and claims against it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from carechain.claims.entry import Entry, read_entry
from carechain.claims.words import (
    AUTHORISATION,
    BENEFIT_RULE,
    CLAIM_TERMS,
    LINE_OUTCOME,
    OPEN,
    PLAN_TERMS,
    SERVICE_LINE,
    Reason,
    ReviewerKind,
)
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.merkle_log import MerkleTree
from carechain.purpose_of_use import mask_of
from tests.helpers.suite import (
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    REVIEWER,
    SECOND_REVIEWER,
    compiled,
)
from tests.helpers.supply import by, today

USD = 840
PLAN = 1
VISIT, LABORATORY_TEST, SURGERY, PHYSIOTHERAPY, DRUG, IMPLANT, EXPERIMENT = 98, 5, 2, 65, 88, 12, 200
"""Categories of the plan below; UNLISTED is in no plan."""
UNLISTED = 254
CENTS = 4
"""Scale of a token of 6 decimals."""
FUNDS = 10_000_000
"""In the reserve at first, cents."""
CLOCKS = (30, 60, 30, 45, 1_000)
"""Days to review, to appeal, to review an appeal, to review externally; interest in basis points a year."""


def commitment(of: str) -> bytes:
    return sha256(of.encode()).digest()


def rule(**changes: int) -> int:
    """A rule that covers in and out of the network at 20 and 40 % coinsurance, after the deductible."""
    values = {
        "known": 1,
        "covered": 1,
        "covered_out": 1,
        "deducted": 1,
        "coinsurance": 2_000,
        "coinsurance_out": 4_000,
        "out_rate": 10_000,
    }
    return BENEFIT_RULE.pack(**{**values, **changes})


RULES = {
    SURGERY: rule(authorised=1),
    LABORATORY_TEST: rule(coinsurance=0, bundled_into=SURGERY, units_line=4),
    IMPLANT: rule(reviewed=1),
    PHYSIOTHERAPY: rule(units_visit=4, units_year=10, units_lifetime=15, amount_year=5_000),
    DRUG: rule(scheduled=1, deducted=0),
    VISIT: rule(copay=2_500, copay_out=4_000, coinsurance=0, deducted=0, allowed=10_000),
    EXPERIMENT: rule(covered=0, covered_out=0),
}
"""Rules of the plan, by category."""


def plan_terms(**changes: int) -> int:
    """A plan with a deductible of 500.00 and an out-of-pocket maximum of 2,000.00, twice that for families."""
    values = {
        "first_day": today() - 400,
        "until": OPEN,
        "deductible": 50_000,
        "family_deductible": 100_000,
        "out_of_pocket": 200_000,
        "family_out_of_pocket": 400_000,
        "ceiling": 500_000,
        "timely_filing": 365,
        "currency": USD,
        "member_velocity": 20,
        "provider_velocity": 1_000,
    }
    return PLAN_TERMS.pack(**{**values, **changes})


@dataclass(frozen=True)
class Line:
    """A line of a claim; the day is counted back from today."""

    category: int = VISIT
    charge: int = 10_000
    units: int = 100
    days_ago: int = 10
    number: int = 1
    allowed: int = 0
    entry: int = 0
    prior_patient: int = 0
    procedure: bytes = commitment("a procedure")

    def words(self) -> tuple[int, int]:
        word = SERVICE_LINE.pack(
            charge=self.charge,
            allowed=self.allowed,
            prior_patient=self.prior_patient,
            units=self.units,
            entry=self.entry,
            day=today() - self.days_ago,
            number=self.number,
            category=self.category,
        )
        return word, int.from_bytes(self.procedure)


@dataclass(frozen=True)
class Claim:
    """A claim as submitClaims takes it."""

    member: Any
    lines: tuple[Line, ...] = (Line(),)
    control_number: str = "claim 1"
    coverage: int = 0
    version: int = 1
    authorisation: int = 0
    replaces: int = 0
    currency: int = USD
    prior_told: int = 0
    liability: int = 0
    proofs: tuple[bytes, ...] = ()

    def terms(self) -> int:
        return CLAIM_TERMS.pack(
            member=int(str(self.member), 16),
            coverage=self.coverage,
            version=self.version,
            authorisation=self.authorisation,
            replaces=self.replaces,
            currency=self.currency,
            prior_told=self.prior_told,
            liability=self.liability,
        )

    def earlier(self, days: int) -> Claim:
        """The same, of so many days earlier, under another number."""
        lines = tuple(replace(line, days_ago=line.days_ago + days) for line in self.lines)
        return replace(self, lines=lines, control_number=f"{self.control_number}, {days} days earlier")

    def words(self) -> tuple[Any, ...]:
        lines = [word for line in self.lines for word in line.words()]
        return (
            self.terms(),
            commitment(self.control_number),
            commitment("the record"),
            commitment("the diagnoses"),
            lines,
            list(self.proofs),
        )


@dataclass
class Account:
    """A provider's account with the payer, as its events told it."""

    entries: list[bytes] = field(default_factory=list)
    outcomes: dict[int, list[int]] = field(default_factory=dict)


class Cover:
    """The payer's programme, with everything that a claim needs once `open` was called."""

    def __init__(self, claims: Any, consents: Any, payer: int = PAYER) -> None:
        self.claims, self.consents, self.payer = claims, consents, payer
        self.token: Any = None
        self.accounts: dict[int, Account] = {}

    # ------------------------------------------------------------------ the payer

    def open(self, funds: int = FUNDS, token: Any = None, terms: int | None = None) -> Cover:
        """Token, reserve, plan, reviewers, and the hospital in the network."""
        self.token = token or compiled("TestToken").deploy(6, by(self.payer))
        self.claims.openReserve(self.payer, self.token, CENTS, CLOCKS, by(self.payer))
        if funds:
            self.fund(funds)
        self.publish(terms)
        for reviewer, kind in (
            (REVIEWER, ReviewerKind.INTERNAL),
            (SECOND_REVIEWER, ReviewerKind.INTERNAL),
            (EXTERNAL_REVIEWER, ReviewerKind.EXTERNAL),
        ):
            self.claims.nameReviewer(self.payer, reviewer, kind, by(self.payer))
        self.admit(HOSPITAL)
        return self

    def fund(self, cents: int) -> Any:
        amount = cents * 10**CENTS
        self.token.mint(by(self.payer)["from"], amount, by(self.payer))
        self.token.approve(self.claims, amount, by(self.payer))
        return self.claims.deposit(self.payer, cents, by(self.payer))

    def publish(
        self,
        terms: int | None = None,
        rules: dict[int, int] = RULES,
        version: int = 1,
        schedule: tuple[bytes, int] = (bytes(32), 0),
        plan: int = PLAN,
    ) -> Any:
        if schedule[1] == 0 and rules is RULES:
            rules = {category: rule for category, rule in RULES.items() if category != DRUG}
        return self.claims.publishPlan(
            self.payer,
            plan,
            version,
            plan_terms() if terms is None else terms,
            sorted(rules.items()),
            *schedule,
            by(self.payer),
        )

    def enrol(self, member: Any, **changes: Any) -> Any:
        """Covers the member from 300 days ago for a year, with consent."""
        values = {
            "period": 0,
            "plan": PLAN,
            "first_day": today() - 300,
            "last_day": today() + 60,
            "family": 0,
            "secondary": False,
            **changes,
        }
        consented = values.pop("consented", True)
        if consented:
            self.consent(member)
        return self.claims.enrolMembers(self.payer, [(member, *values.values())], by(self.payer))

    def consent(self, member: Any) -> Any:
        """Of the member, to use of claims for payment by the payer."""
        terms = ConsentTerms(purposes=mask_of("HPAYMT"), categories=class_bit("Claim"))
        return self.consents.grant(
            self.payer, Scope.any().to_bytes(), terms.pack(), commitment("form"), {"from": member}
        )

    def admit(self, provider: int, days: int = 400, payee: Any = None) -> None:
        """To the network, from so many days ago; paid to its own key unless told otherwise."""
        self.claims.setNetwork(self.payer, provider, today() - days, today() + 400, by(self.payer))
        self.claims.setPayee(self.payer, provider, payee or by(provider)["from"], by(provider))

    def authorise(self, member: Any, category: int, number: int = 1, units: int = 100, **changes: int) -> Any:
        values = {
            "member": int(str(member), 16),
            "provider": HOSPITAL,
            "category": category,
            "first_day": today() - 100,
            "last_day": today() + 100,
            "units": units,
            **changes,
        }
        return self.claims.authorise(self.payer, number, AUTHORISATION.pack(**values), by(self.payer))

    # ------------------------------------------------------------------ the provider

    def submit(self, *claims: Claim, provider: int = HOSPITAL, first: int | None = None) -> Any:
        number = self.claims.accountOf(self.payer, provider)["claims"] if first is None else first
        sent = self.claims.submitClaims(self.payer, provider, number, [claim.words() for claim in claims], by(provider))
        return self.seen(sent, provider)

    def evidence(self, number: int = 0, provider: int = HOSPITAL, size: int | None = None) -> tuple[Any, ...]:
        """What proves a claim, and the last decision about it: for the log as it is, or was at this size."""
        account = self.account(provider)
        tree = MerkleTree(account.entries[:size])
        return (
            self.payer,
            provider,
            number,
            account.entries[number],
            tree.size,
            list(tree.inclusion_proof(number)),
            account.outcomes.get(number, []),
        )

    def void(self, number: int = 0, provider: int = HOSPITAL) -> Any:
        return self.claims.voidClaim(self.evidence(number, provider), by(provider))

    def appeal(self, number: int = 0, provider: int = HOSPITAL, sender: Any = None) -> Any:
        sent = by(provider) if sender is None else {"from": sender}
        return self.claims.appeal(self.evidence(number, provider), commitment("grounds"), sent)

    # ------------------------------------------------------------------ reviewers

    def decide(
        self,
        number: int = 0,
        reviewer: int = REVIEWER,
        reasons: tuple[int, ...] | None = None,
        caps: tuple[int, ...] = (),
        provider: int = HOSPITAL,
    ) -> Any:
        """Approves every line, or denies those with a reason."""
        lines = len(self.entry(number, provider).lines)
        decisions = bytes(lines) if reasons is None else bytes(reasons)
        sent = self.claims.decideClaim(self.evidence(number, provider), reviewer, decisions, list(caps), by(reviewer))
        return self.seen(sent, provider)

    def uphold(self, number: int = 0, reviewer: int = SECOND_REVIEWER, provider: int = HOSPITAL) -> Any:
        return self.claims.upholdDecision(self.evidence(number, provider), reviewer, by(reviewer))

    def enforce(self, number: int = 0, provider: int = HOSPITAL, sender: Any = None) -> Any:
        sent = by(provider) if sender is None else {"from": sender}
        return self.seen(self.claims.enforceDeadline(self.evidence(number, provider), sent), provider)

    # ------------------------------------------------------------------ what the chain tells

    def account(self, provider: int = HOSPITAL) -> Account:
        return self.accounts.setdefault(provider, Account())

    def seen(self, sent: Any, provider: int = HOSPITAL) -> Any:
        """Keeps what a transaction told of claims."""
        account = self.account(provider)
        for event in events(sent, "ClaimTaken"):
            account.entries[event["number"] :] = [bytes(event["entry"])]
        for event in events(sent, "ClaimDecided"):
            account.outcomes[event["number"]] = list(event["outcomes"])
        return sent

    def entry(self, number: int = 0, provider: int = HOSPITAL) -> Entry:
        return read_entry(self.account(provider).entries[number])

    def outcome(self, line: int = 0, number: int = 0, provider: int = HOSPITAL) -> dict[str, Any]:
        """What became of a line, without what is zero."""
        decided = self.account(provider).outcomes.get(number) or self.entry(number, provider).outcomes
        fields = LINE_OUTCOME.unpack(decided[line])
        if fields["reason"]:
            fields["reason"] = Reason(fields["reason"])
        return {name: value for name, value in fields.items() if value and name != "units"}

    def balance(self, holder: Any) -> int:
        """Of the token, in cents; a part of one would be an error."""
        amount, rest = divmod(self.token.balanceOf(holder), 10**CENTS)
        assert rest == 0
        return int(amount)


def events(sent: Any, name: str) -> list[dict[str, Any]]:
    """The fields of each event of this name that a transaction has, in their order."""
    return [dict(event) for event in sent.events[name]] if name in sent.events else []


def numbered(*lines: Line) -> tuple[Line, ...]:
    """Lines in order of category and day, numbered as they stand."""
    counted = [replace(line, number=number) for number, line in enumerate(lines, 1)]
    return tuple(sorted(counted, key=lambda line: (line.category, -line.days_ago)))
