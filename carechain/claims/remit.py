"""What a provider is told of each payment, made from the chain's events alone: X12 835 and FHIR are written from it.

There is one remittance for each transaction in which something was decided or paid in an account. It has the claims
that were settled or decided in it, every line with all of its adjustments, and balances to the cent:

- A decision after an earlier one is the earlier one reversed (status 22) and the claim anew; together they are what was
  paid more.
- A claim that is taken back is reversed. What was paid for it is recovered later: so the reversal has a recovery (WO)
  of less than nothing, and each later payment that is less by it one of what it is less, both with the claim's name.
  The contract withholds for all of them together; the oldest is recovered first.
- Interest is beside the claims (L6), and named with its claim.
- What could not be delivered is taken off (CS), and is paid when it is collected, in a remittance without claims.

So the payments of all remittances of an account together are what its payee received.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from carechain.claims.document import Adjustment, Code, Identifier
from carechain.claims.entry import Entry
from carechain.claims.judgement import Outcome
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.naming import Naming, currency_of, day_of
from carechain.claims.remittance import ProviderAdjustment, Remittance, RemittedClaim, RemittedLine
from carechain.claims.state import Act, Claim, Moment, Payment
from carechain.claims.words import CARC, CLAIM_TERMS, SERVICE_LINE, UNITS
from carechain.errors import CarechainError

PAYEES = ("npi", "tax", "plan")
"""Systems of numbers that X12 has for a payee."""
_EPOCH = date(1970, 1, 1)
_PRIMARY, _SECONDARY, _REVERSAL = "1", "2", "22"
"""Denied (4) is for patients whom the payer does not know. What else was denied is processed, and its reasons tell."""
_ORIGINAL, _REPLACEMENT = "1", "7"
_WAITING, _RECOVERED, _INTEREST = "CS", "WO", "L6"


@dataclass(frozen=True)
class _Called:
    """How a claim is called, by whoever knows more of it than the chain."""

    control_number: str
    member: str
    procedures: Mapping[int, Code]
    """By the number of the line."""

    @classmethod
    def by(cls, naming: Naming, claim: Claim) -> _Called:
        return cls(naming.control_number(claim), naming.member(claim), naming.procedures(claim))


@dataclass
class _Together:
    """What one transaction did in an account."""

    moment: Moment
    claims: list[RemittedClaim] = field(default_factory=list)
    adjustments: list[ProviderAdjustment] = field(default_factory=list)
    paid: int = 0


def remittances(ledger: ClaimLedger, payer: int, provider: int, naming: Naming | None = None) -> list[Remittance]:
    """Every remittance of an account, in the order of the chain.

    `naming` adds what the chain does not know: a directory the numbers of payer, provider and members, a book the
    provider's own numbers of claims and what was done. Raises CarechainError if something does not balance, which no
    true chain gives, and for an account with claims in several currencies, of which one payment would be no sum.
    """
    called = naming or Naming()
    claims = ledger.claims(payer, provider)
    currencies = {currency_of(claim) for claim in claims} or {""}
    if len(currencies) > 1:
        problem = "has claims in several currencies, and payments that are for all of them"
        raise CarechainError(f"Account {payer}-{provider}", problem, "ask the payer what each payment is for")
    found: dict[str, _Together] = {}
    for claim in claims:
        for moment, remitted, adjustments in _history(claim, _Called.by(called, claim)):
            together = found.setdefault(moment.transaction, _Together(moment))
            together.claims += remitted
            together.adjustments += adjustments
    debts = _Debts(found.values())
    for payment in ledger.payments(payer, provider):
        together = found.setdefault(payment.moment.transaction, _Together(payment.moment))
        _pay(together, payment, debts)
    done = [
        Remittance(
            payer=called.payer(payer),
            payer_name=called.name(payer),
            provider=_payee(called, provider),
            provider_name=called.name(provider),
            day=day_of(each.moment.at),
            trace=each.moment.transaction,
            currency=next(iter(currencies)),
            paid=each.paid,
            claims=tuple(each.claims),
            adjustments=tuple(each.adjustments),
        )
        for each in sorted(found.values(), key=lambda each: each.moment)
    ]
    for remittance in done:
        remittance.check()
    return done


def _payee(naming: Naming, provider: int) -> Identifier:
    """X12 has no other number for a payee of whom the chain's alone is known than one that payers give."""
    known = naming.provider(provider)
    return known if known.system in PAYEES else Identifier("plan", str(provider))


class _Debts:
    """What was paid for claims that were taken back, the oldest first."""

    def __init__(self, found: Iterable[_Together]) -> None:
        self._left = [
            (adjustment.reference, -adjustment.amount)
            for each in sorted(found, key=lambda each: each.moment)
            for adjustment in each.adjustments
        ]

    def recover(self, payment: Payment) -> Iterable[ProviderAdjustment]:
        """What a payment is less by."""
        owed = payment.owed
        while owed and self._left:
            reference, left = self._left.pop(0)
            part = min(owed, left)
            owed -= part
            yield ProviderAdjustment(_RECOVERED, reference, part)
            if left > part:
                self._left.insert(0, (reference, left - part))


def _pay(together: _Together, payment: Payment, debts: _Debts) -> None:
    reference = payment.moment.transaction[2:32]
    if payment.collected:
        together.adjustments.append(ProviderAdjustment(_WAITING, reference, -payment.amount))
        together.paid += payment.amount
        return
    together.adjustments += debts.recover(payment)
    if payment.interest:
        together.adjustments.append(ProviderAdjustment(_INTEREST, reference, -payment.interest))
    if payment.delivered:
        together.paid += payment.amount
    elif payment.amount:
        together.adjustments.append(ProviderAdjustment(_WAITING, reference, payment.amount))


# ---------------------------------------------------------------------- a claim, step by step


def _history(claim: Claim, called: _Called) -> Iterable[tuple[Moment, list[RemittedClaim], list[ProviderAdjustment]]]:
    """What each step of a claim is to its provider, and when it was."""
    entry, name = claim.entry, claim.name
    outcomes = [Outcome.of_word(word) for word in entry.outcomes]
    if outcomes:
        yield claim.taken.moment, [_remitted(name, entry, outcomes, called)], []
    for told in claim.told:
        if told.act is Act.DECIDED:
            reversed_ = [_reversed(_remitted(name, entry, outcomes, called))] if outcomes else []
            outcomes = [Outcome.of_word(word) for word in told.outcomes]
            yield told.moment, [*reversed_, _remitted(name, entry, outcomes, called, told.interest)], []
        elif told.act is Act.VOIDED and outcomes:
            carried = [ProviderAdjustment(_RECOVERED, str(name), -told.owed)] if told.owed else []
            yield told.moment, [_reversed(_remitted(name, entry, outcomes, called))], carried
            outcomes = []


def _remitted(
    name: ClaimName, entry: Entry, outcomes: Sequence[Outcome], called: _Called, interest: int = 0
) -> RemittedClaim:
    lines = sorted(
        (_line(entry, word, outcome, called) for word, outcome in zip(entry.lines, outcomes, strict=True)),
        key=lambda line: line.number,
    )
    paid = sum(line.paid for line in lines)
    return RemittedClaim(
        control_number=called.control_number,
        payer_control_number=str(name),
        status=_SECONDARY if entry.after_others else _PRIMARY,
        charge=entry.charge,
        paid=paid,
        lines=tuple(lines),
        received=day_of(entry.taken_at),
        member=called.member,
        frequency=_REPLACEMENT if CLAIM_TERMS.unpack(entry.terms)["replaces"] else _ORIGINAL,
        interest=interest,
    )


def _line(entry: Entry, word: int, outcome: Outcome, called: _Called) -> RemittedLine:
    said = SERVICE_LINE.unpack(word)
    return RemittedLine(
        number=said["number"],
        procedure=called.procedures[said["number"]],
        charge=said["charge"],
        paid=outcome.paid,
        units=Decimal(said["units"]) / UNITS,
        day=_EPOCH + timedelta(days=said["day"]),
        adjustments=adjustments_of(outcome, entry.in_network),
    )


def adjustments_of(outcome: Outcome, in_network: bool) -> tuple[Adjustment, ...]:
    """Every cent of a line that was not paid, by X12 group and claim adjustment reason code."""
    group, code = CARC.get(outcome.reason, ("", ""))
    found = (
        Adjustment("CO" if in_network else "PR", "45", outcome.contractual),
        Adjustment("PR", "1", outcome.deductible),
        Adjustment("PR", "2", outcome.coinsurance),
        Adjustment("PR", "3", outcome.copay),
        Adjustment("OA", "23", outcome.prior),
        Adjustment(group, code, outcome.other),
    )
    return tuple(each for each in found if each.amount)


def _reversed(claim: RemittedClaim) -> RemittedClaim:
    """The same, taken back: every amount negative."""
    lines = tuple(
        RemittedLine(
            line.number,
            line.procedure,
            -line.charge,
            -line.paid,
            line.units,
            line.day,
            tuple(Adjustment(each.group, each.reason, -each.amount) for each in line.adjustments),
        )
        for line in claim.lines
    )
    return RemittedClaim(
        control_number=claim.control_number,
        payer_control_number=claim.payer_control_number,
        status=_REVERSAL,
        charge=-claim.charge,
        paid=-claim.paid,
        lines=lines,
        received=claim.received,
        member=claim.member,
        frequency=claim.frequency,
    )
