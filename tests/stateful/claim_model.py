"""What the claim settlement must do, as plainly as Python can say it. carechain/claims/adjudication.py judges.

Each call asks first, in the order of the contract, and then changes something, and notes the events that must tell
of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import brownie

from carechain.claims.judgement import Line, Review
from carechain.claims.words import (
    CLAIM_TERMS,
    LINE_WORDS,
    MAX_CHARGE,
    MAX_LINES,
    PARKED,
    PAYMENT,
    PLAN_TERMS,
    SERVICE_LINE,
    SETTLED,
    Parked,
    Reason,
    Refusal,
    Stage,
)
from carechain.roles import role_mask
from tests.helpers import rfc9162
from tests.stateful.claim_case_model import CaseModel, allowed
from tests.stateful.claim_state import Known
from tests.stateful.supply_units import RefusedError, refuse
from tests.stateful.trial_state import DAY, Caller

CARE = role_mask(["provider", "laboratory", "pharmacy"])
MARKS = 4
NEAR_BITS, OWN_BITS = 14, 11
"""Of a mark: what near duplicates have in common, and the provider's own number."""


class ClaimModel(CaseModel):
    """All calls. What is counted stands in ClaimBooks."""

    def attempt(self, by: Caller, name: str, *arguments: Any) -> str | None:
        """The error with which a call must be refused, or None. Every call asks first, and then changes something."""
        self.events = []
        try:
            getattr(self, name)(by, *arguments)
        except RefusedError as refused:
            return str(refused)
        return None

    # ------------------------------------------------------------------ claims come in

    def submit_claims(
        self, by: Caller, payer: int, provider: int, first: int, claims: Sequence[tuple[Any, ...]]
    ) -> None:
        self.require_standing(by, provider, CARE)
        account = self.account(payer, provider)
        refuse(len(account.claims) != first, "ClaimNumberInvalid")
        refuse(not account.payee, "PayeeUnknown")
        refuse(payer not in self.reserves, "PayerUnknown")
        free, due = self.free(payer), 0
        for position, claim in enumerate(claims):
            refusal, taken = self._take(payer, provider, claim, free)
            if taken is None:
                self.events.append(("ClaimRefused", payer << 32 | provider, position, claim[1], refusal))
                continue
            account.claims.append(taken)
            free -= taken.held if taken.reasons else taken.paid
            due += 0 if taken.reasons else taken.paid
            self.events.append(("ClaimTaken", taken.account, taken.member, taken.number, taken.entry))
        if due:
            self.pay(payer, provider, due, 0, True)

    def set_payee(self, by: Caller, payer: int, provider: int, payee: str) -> None:
        self.require_standing(by, provider, CARE)
        refuse(int(payee, 16) == 0 or payee == self.contract, "PayeeInvalid")
        self.account(payer, provider).payee = payee
        self.events.append(("PayeeSet", payer << 32 | provider, payee))

    def collect(self, by: Caller, payer: int, provider: int) -> None:
        self.require_standing(by, provider, CARE)
        account = self.account(payer, provider)
        refuse(not account.undelivered, "NothingUndelivered")
        reserve = self.reserves[payer]
        refuse(reserve.token in self.stopped, "TransferFailed")
        self.deliver(reserve, account.payee, account.undelivered)
        self.events.append(("PaymentCollected", payer << 32 | provider, account.undelivered))
        account.undelivered = 0

    def checkpoint(self, by: Caller, payer: int, provider: int) -> None:
        account = self.account(payer, provider)
        size = len(account.claims)
        if size not in account.checkpoints:
            account.checkpoints.add(size)
            self.events.append(("LogCheckpointed", payer << 32 | provider, size, rfc9162.root(account.log)))

    def pay(self, payer: int, provider: int, due: int, interest: int, in_standing: bool) -> None:
        account, reserve = self.account(payer, provider), self.reserves[payer]
        withheld = min(account.owed, due + interest)
        amount = due + interest - withheld
        account.owed -= withheld
        account.interest += interest
        reserve.funds -= amount
        assert reserve.funds >= 0
        delivered = amount == 0 or (in_standing and reserve.token not in self.stopped)
        if delivered:
            self.deliver(reserve, account.payee, amount)
        else:
            account.undelivered += amount
        word = PAYMENT.pack(amount=amount, withheld=withheld, interest=interest, undelivered=not delivered)
        self.events.append(("ProviderPaid", payer << 32 | provider, word))

    # ------------------------------------------------------------------ one claim

    def _take(self, payer: int, provider: int, claim: tuple[Any, ...], free: int) -> tuple[Refusal, Known | None]:
        refusal = self._refusal(payer, provider, claim)
        if refusal:
            return refusal, None
        terms_word, control_number, _, _, words, _ = claim
        account = self.account(payer, provider)
        lines = [Line.of_word(word) for word in words[::LINE_WORDS]]
        day = min(line.day for line in lines)
        taken = Known(
            payer=payer,
            provider=provider,
            number=len(account.claims),
            entry=b"",
            terms=CLAIM_TERMS.unpack(terms_word),
            control_number=control_number,
            mark=mark_of(provider, lines[0], day, control_number),
            lines=lines,
            in_network=account.has_in_network(day),
            taken_at=self.now,
            reasons=0,
            outcomes=None,
            secondary=self.periods[payer, f"0x{terms_word & (1 << 160) - 1:040x}", terms_word >> 160 & 255].secondary,
        )
        if taken.charge >= MAX_CHARGE:
            return Refusal.MALFORMED, None
        if taken.terms["replaces"]:
            account.claims[taken.terms["replaces"] - 1].replaced = True
        verdict = self.judge(taken)
        taken.reasons = self._parked(taken, verdict.parked, verdict.paid, free)
        if taken.reasons == 0:
            taken.outcomes = list(verdict.outcomes)
            taken.consumed = self.under_authorisation(taken)
        else:
            approvable = 0 if account.barred else allowed(self.judge(taken, Review()).outcomes)
            taken.held = approvable if approvable <= free else 0
            taken.stage = Stage.IN_REVIEW
            taken.deadline = taken.pay_by = self.now + self.reserves[payer].clocks[0] * DAY
        taken.entry = _entry(taken, claim)
        self.order.setdefault((payer, taken.member, taken.terms["coverage"]), []).append(taken)
        return Refusal.NONE, taken

    def _refusal(self, payer: int, provider: int, claim: tuple[Any, ...]) -> Refusal:
        """The first reason for which it cannot be taken."""
        terms_word, control_number, _, _, words, proofs = claim
        if terms_word >> 252 or not _are_lines(words):
            return Refusal.MALFORMED
        terms, lines = CLAIM_TERMS.unpack(terms_word), [Line.of_word(word) for word in words[::LINE_WORDS]]
        day, member = min(line.day for line in lines), f"0x{terms['member']:040x}"
        if max(line.day for line in lines) > self.today:
            return Refusal.DAY_IN_FUTURE
        period = self.periods.get((payer, member, terms["coverage"]))
        if period is None:
            return Refusal.MEMBER_UNKNOWN
        versions = self.plans[payer, period.plan]
        if not 1 <= terms["version"] <= len(versions):
            return Refusal.PLAN_NOT_IN_FORCE
        version = versions[terms["version"] - 1]
        said = PLAN_TERMS.unpack(version.terms)
        if not said["first_day"] <= day < version.until:
            return Refusal.PLAN_NOT_IN_FORCE
        if terms["currency"] != said["currency"]:
            return Refusal.CURRENCY_FOREIGN
        if not self.consents_to(member, payer, day):
            return Refusal.CONSENT_MISSING
        refunded = False
        if terms["replaces"]:
            claims = self.account(payer, provider).claims
            known = claims[terms["replaces"] - 1] if terms["replaces"] <= len(claims) else None
            if known is None or known.stage != Stage.VOIDED or known.replaced:
                return Refusal.REPLACEMENT_INVALID
            refunded = known.refund_reason != Reason.NONE
        if mark_of(provider, lines[0], day, control_number) in period.marks and not refunded:
            return Refusal.DUPLICATE
        return Refusal.NONE if _are_priced(words, proofs, version.fees) else Refusal.FEE_UNPROVEN

    def _parked(self, claim: Known, of_lines: frozenset[Parked], paid: int, free: int) -> int:
        """Bits of Parked; counts the claim for the velocity of member and provider."""
        period = self.periods[claim.payer, claim.member, claim.terms["coverage"]]
        account, version = self.account(claim.payer, claim.provider), self.version_of(claim)
        terms = version.benefits.terms
        alike = [each for each in period.marks if each and each >> OWN_BITS == claim.mark >> OWN_BITS]
        period.marks = [claim.mark, *period.marks][:MARKS]
        week = 0 if self.today < period.first_day else (self.today - period.first_day) // 7 % 256
        period.week = week, period.week[1] + 1 if period.week[0] == week else 1
        account.today = self.today, account.today[1] + 1 if account.today[0] == self.today else 1
        last_day = max(line.day for line in claim.lines)
        crosses = last_day > period.last_day or last_day >= version.until
        found = {
            Parked.NEAR_DUPLICATE: bool(alike),
            Parked.ABOVE_CEILING: paid > terms.ceiling,
            Parked.PROVIDER_VELOCITY: account.today[1] > (terms.provider_velocity or 1 << 16),
            Parked.MEMBER_VELOCITY: period.week[1] > (terms.member_velocity or 1 << 16),
            Parked.PROVIDER_BARRED: account.barred,
            Parked.RESERVE_SHORT: paid > free,
            Parked.OTHER_COVERAGE: claim.terms["prior_told"] and not period.secondary,
            Parked.LIABILITY: claim.terms["liability"],
        }
        if self.denial(claim) == Reason.NONE:
            found |= dict.fromkeys(of_lines, True) | {Parked.CROSSES_PERIODS: crosses}
        return sum(1 << reason for reason, holds in found.items() if holds)


def mark_of(provider: int, first: Line, day: int, control_number: bytes) -> int:
    """What is remembered of a claim. By chance two that differ have the same."""
    near = (provider << 24 | day << 8 | first.category).to_bytes(32)
    bits = int.from_bytes(brownie.web3.keccak(near)) >> 256 - NEAR_BITS
    return (bits << OWN_BITS | int.from_bytes(brownie.web3.keccak(control_number)) >> 256 - OWN_BITS) or 1


def _are_lines(words: Sequence[int]) -> bool:
    """Whether there are lines, each of them whole, in order of category and day."""
    if not words or len(words) % LINE_WORDS or len(words) // LINE_WORDS > MAX_LINES:
        return False
    said = [SERVICE_LINE.unpack(word) for word in words[::LINE_WORDS]]
    whole = all(each["units"] and each["number"] and each["prior_patient"] <= each["charge"] for each in said)
    order = [(each["category"], each["day"]) for each in said]
    return whole and order == sorted(order) and not any(word >> 184 for word in words[::LINE_WORDS])


def _are_priced(words: Sequence[int], proofs: Sequence[bytes], fees: list[bytes]) -> bool:
    """Whether each price is that of the fee schedule, and proven; and nothing else is."""
    expected: list[bytes] = []
    for word, procedure in zip(words[::LINE_WORDS], words[1::LINE_WORDS], strict=True):
        said = SERVICE_LINE.unpack(word)
        if not said["allowed"]:
            continue
        if said["entry"] >= len(fees) or fees[said["entry"]] != fee_of(procedure, said["allowed"]):
            return False
        expected += rfc9162.inclusion_proof(said["entry"], fees)
    return list(proofs) == expected


def fee_of(procedure: int, amount: int) -> bytes:
    """A leaf of a fee schedule."""
    return procedure.to_bytes(32) + amount.to_bytes(5)


def _entry(claim: Known, words: tuple[Any, ...]) -> bytes:
    """As IClaimTypes says it, byte by byte."""
    terms_word, control_number, record, diagnoses, lines, _ = words
    flags = claim.in_network | bool(claim.terms["prior_told"]) << 1 | claim.secondary << 2
    return b"".join(
        (
            bytes([PARKED if claim.reasons else SETTLED, flags]),
            claim.payer.to_bytes(4) + claim.provider.to_bytes(4),
            claim.taken_at.to_bytes(5) + claim.reasons.to_bytes(3) + len(claim.lines).to_bytes(2),
            terms_word.to_bytes(32) + control_number + record + diagnoses,
            *(word.to_bytes(32) for word in lines),
            *(outcome.word().to_bytes(32) for outcome in claim.outcomes or ()),
        )
    )
