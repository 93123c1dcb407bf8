"""What people may do about claims, as plainly as Python can say it: a part of claim_model.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carechain.claims.judgement import Outcome, Review
from carechain.claims.words import REVIEWERS_REASONS, Parked, Reason, ReviewerKind, Stage
from carechain.roles import role_mask
from tests.helpers import rfc9162
from tests.stateful.claim_programme_model import PAYER, ProgrammeModel
from tests.stateful.claim_state import Known
from tests.stateful.supply_units import refuse
from tests.stateful.trial_state import DAY, Caller

DECIDERS = role_mask(["payer", "claim reviewer"])
CARE = role_mask(["provider", "laboratory", "pharmacy"])
REFUND_LIMIT = 730 * DAY
YEAR, WHOLE = 365, 10_000
REVIEW, APPEAL, APPEAL_REVIEW, EXTERNAL, INTEREST = range(5)
"""Of the clocks of a payer: days, but for the interest."""


@dataclass(frozen=True)
class Evidence:
    """As it is brought."""

    payer: int
    provider: int
    number: int
    entry: bytes
    size: int
    proof: tuple[bytes, ...]
    outcomes: tuple[int, ...]

    def arguments(self) -> tuple[object, ...]:
        return self.payer, self.provider, self.number, self.entry, self.size, list(self.proof), list(self.outcomes)

    def but(self, **changes: object) -> Evidence:
        return replace(self, **changes)


def allowed(outcomes: Sequence[Outcome]) -> int:
    """The payer's part of them and the patient's."""
    return sum(outcome.paid + outcome.share for outcome in outcomes)


class CaseModel(ProgrammeModel):
    """Calls raise RefusedError with the name of the error with which the contract must refuse them."""

    # ------------------------------------------------------------------ deciding

    def decide_claim(
        self, by: Caller, evidence: Evidence, reviewer: int, decisions: bytes, caps: Sequence[int]
    ) -> None:
        claim = self._open(evidence)
        self._eligible(by, claim, reviewer)
        count = len(claim.lines)
        reasons = {0, *REVIEWERS_REASONS}
        fit = len(decisions) == count and len(caps) in (0, count) and set(decisions) <= reasons
        refuse(claim.refund or not fit, "DecisionInvalid")
        denied = {place: Reason(why) for place, why in enumerate(decisions) if why}
        self._decide(claim, reviewer, Review(denied, dict(enumerate(caps))))

    def enforce_deadline(self, by: Caller, evidence: Evidence) -> None:
        claim = self._open(evidence)
        stage = claim.stage
        refuse(not claim.deadline or self.now <= claim.deadline, "ClaimStageInvalid")
        self.events.append(("DeadlineEnforced", claim.account, claim.number, stage, by.address))
        if stage in (Stage.IN_REVIEW, Stage.IN_APPEAL):
            claim.stage, claim.deadline = Stage.IN_EXTERNAL_REVIEW, self._after(claim, EXTERNAL)
        elif stage == Stage.REFUND_REQUESTED:
            self._void(claim, claim.refund_reason)
        elif stage != Stage.IN_EXTERNAL_REVIEW:
            claim.stage, claim.deadline = Stage.FINAL, 0
        elif claim.refund:
            self._end_refund(claim, 0)
        else:
            self._decide(claim, 0, Review())

    def settle_once_funded(self, by: Caller, evidence: Evidence) -> None:
        claim = self._open(evidence)
        refuse(claim.stage != Stage.IN_REVIEW, "ClaimStageInvalid")
        refuse(claim.reasons != 1 << Parked.RESERVE_SHORT, "NotOnlyShort")
        self._decide(claim, 0, None)

    def uphold_decision(self, by: Caller, evidence: Evidence, reviewer: int) -> None:
        claim = self._open(evidence)
        self._eligible(by, claim, reviewer)
        refuse(claim.stage == Stage.IN_REVIEW or claim.outcomes is None, "ClaimStageInvalid")
        claim.reviewers.append(reviewer)
        if claim.refund:
            self.events.append(("ClaimUpheld", claim.account, claim.number, reviewer, claim.stage))
            self._void(claim, claim.refund_reason)
        else:
            self._uphold(claim, reviewer)

    def reject_refund(self, by: Caller, evidence: Evidence, reviewer: int) -> None:
        claim = self._open(evidence)
        self._eligible(by, claim, reviewer)
        refuse(not claim.refund, "ClaimStageInvalid")
        self._end_refund(claim, reviewer)

    # ------------------------------------------------------------------ objecting

    def appeal(self, by: Caller, evidence: Evidence, grounds: bytes) -> None:
        claim = self._open(evidence)
        stage, deadline, pay_by = claim.stage, claim.deadline, claim.pay_by
        own = by.organisation == claim.provider
        refuse(not own and not self.acts_for(by, claim.member), "ClaimNotYours")
        clocks = self.reserves[claim.payer].clocks
        if stage == Stage.NONE:
            deadline = claim.taken_at + clocks[APPEAL] * DAY
            pay_by = claim.taken_at + clocks[REVIEW] * DAY
        refuse(
            stage not in (Stage.NONE, Stage.DECIDED, Stage.APPEAL_DECIDED, Stage.REFUND_REQUESTED), "ClaimStageInvalid"
        )
        refuse(self.now > deadline, "ClaimStageInvalid")
        first = stage in (Stage.NONE, Stage.DECIDED)
        claim.stage = Stage.IN_APPEAL if first else Stage.IN_EXTERNAL_REVIEW
        claim.deadline = self._after(claim, APPEAL_REVIEW if first else EXTERNAL)
        claim.pay_by = pay_by
        won = max(0, allowed(self.judge(claim, Review()).outcomes) - claim.paid)
        if self.account(claim.payer, claim.provider).barred:
            won = 0
        if not claim.refund and won <= self.free(claim.payer):
            claim.held = won
        self.events.append(("ClaimAppealed", claim.account, claim.number, by.address, claim.stage, grounds))

    def confirm_service(self, by: Caller, evidence: Evidence) -> None:
        claim = self._open(evidence)
        refuse(not self.acts_for(by, claim.member), "ClaimNotYours")
        claim.confirmed, claim.disputed = True, False
        self.events.append(("ServiceConfirmed", claim.account, claim.number))

    def dispute_service(self, by: Caller, evidence: Evidence, grounds: bytes) -> None:
        claim = self._open(evidence)
        refuse(not self.acts_for(by, claim.member), "ClaimNotYours")
        claim.confirmed, claim.disputed = False, True
        self.events.append(("ServiceDisputed", claim.account, claim.number, grounds))

    # ------------------------------------------------------------------ taking back

    def void_claim(self, by: Caller, evidence: Evidence) -> None:
        claim = self._open(evidence)
        refuse(by.organisation != claim.provider, "ClaimNotYours")
        refuse(claim.stage == Stage.VOIDED, "ClaimStageInvalid")
        self._void(claim, Reason.NONE)

    def request_refund(self, by: Caller, evidence: Evidence, reason: Reason, grounds: bytes) -> None:
        claim = self._open(evidence)
        self.require_standing(by, claim.payer, PAYER)
        appealable = claim.taken_at + self.reserves[claim.payer].clocks[APPEAL] * DAY
        settled = claim.stage == Stage.NONE and self.now > appealable
        refuse(not settled and claim.stage != Stage.FINAL, "ClaimStageInvalid")
        late = self.now > claim.taken_at + REFUND_LIMIT
        covered = any(outcome.units for outcome in claim.outcomes or ())
        refuse(not reason or not covered or claim.refund_reason or late, "RefundInvalid")
        claim.stage, claim.deadline, claim.refund = Stage.REFUND_REQUESTED, self._after(claim, APPEAL), True
        claim.refund_reason = reason
        self.events.append(("RefundRequested", claim.account, claim.number, reason, grounds))

    # ------------------------------------------------------------------ internals

    def _open(self, evidence: Evidence) -> Known:
        account = self.account(evidence.payer, evidence.provider)
        known = evidence.number < len(account.claims)
        refuse(not known, "ClaimUnproven")
        claim = account.claims[evidence.number]
        refuse(evidence.size not in {len(account.claims), *account.checkpoints}, "ClaimUnproven")
        refuse(evidence.size <= claim.number, "ClaimUnproven")
        proof = self.proof_of(claim, evidence.size)
        told = tuple(claim.decision or ())
        same = (evidence.entry, evidence.proof, evidence.outcomes) == (claim.entry, proof, told)
        refuse(not same, "ClaimUnproven")
        return claim

    def proof_of(self, claim: Known, size: int) -> tuple[bytes, ...]:
        return tuple(rfc9162.inclusion_proof(claim.number, self.account(claim.payer, claim.provider).log[:size]))

    def _eligible(self, by: Caller, claim: Known, reviewer: int) -> None:
        self.require_standing(by, reviewer, DECIDERS)
        external = claim.stage == Stage.IN_EXTERNAL_REVIEW
        refuse(not external and claim.stage not in (Stage.IN_REVIEW, Stage.IN_APPEAL), "ClaimStageInvalid")
        kind = self.reviewers.get((claim.payer, reviewer), ReviewerKind.NONE)
        named = kind == (ReviewerKind.EXTERNAL if external else ReviewerKind.INTERNAL)
        refuse(not named or reviewer in {claim.provider, *claim.reviewers}, "ReviewerNotEligible")

    def _decide(self, claim: Known, reviewer: int, review: Review | None) -> None:
        """Judged anew, in the place of what was decided before; the difference is paid."""
        verdict = self.judge(claim, review)
        due = verdict.paid - claim.paid
        more = verdict.paid > self.version_of(claim).benefits.terms.ceiling
        more = more or self.account(claim.payer, claim.provider).barred
        refuse(review is None and more, "NotOnlyShort")
        if due < 0:
            refuse(reviewer, "DecisionLowers")
            self._uphold(claim, 0)
            return
        free = self.free(claim.payer) + claim.held
        refuse(due > free, "ReserveTooSmall")
        late = max(0, self.now - claim.pay_by) // DAY if claim.pay_by else 0
        interest = due * self.reserves[claim.payer].clocks[INTEREST] * late // (YEAR * WHOLE)
        interest = min(interest, free - due)
        claim.outcomes, claim.by_rule = list(verdict.outcomes), review is None
        if review is None:
            claim.consumed = self.under_authorisation(claim)
        claim.decision = [outcome.word() for outcome in verdict.outcomes]
        claim.held = 0
        if reviewer:
            claim.reviewers.append(reviewer)
        self._move_on(claim)
        decided = reviewer, claim.stage, tuple(claim.decision), due, interest
        self.events.append(("ClaimDecided", claim.account, claim.number, *decided))
        if due:
            self.pay(claim.payer, claim.provider, due, interest, self.is_good(claim.provider, CARE))

    def _uphold(self, claim: Known, reviewer: int) -> None:
        self.events.append(("ClaimUpheld", claim.account, claim.number, reviewer, claim.stage))
        claim.held = 0
        self._move_on(claim)

    def _move_on(self, claim: Known) -> None:
        after = {Stage.IN_REVIEW: Stage.DECIDED, Stage.IN_APPEAL: Stage.APPEAL_DECIDED}
        claim.stage = after.get(claim.stage, Stage.FINAL)
        claim.deadline = 0 if claim.stage == Stage.FINAL else self._after(claim, APPEAL)

    def _end_refund(self, claim: Known, reviewer: int) -> None:
        claim.stage, claim.deadline, claim.refund = Stage.FINAL, 0, False
        if reviewer:
            claim.reviewers.append(reviewer)
        self.events.append(("RefundRejected", claim.account, claim.number, reviewer))

    def _void(self, claim: Known, reason: Reason) -> None:
        """As if it had never been, but that what was paid is owed."""
        if claim.reasons == 0 or claim.by_rule:
            claim.consumed = 0
        self.account(claim.payer, claim.provider).owed += claim.paid
        marks = self.periods[claim.payer, claim.member, claim.terms["coverage"]].marks
        if reason == Reason.NONE and not claim.refund and claim.mark in marks:
            marks[marks.index(claim.mark)] = 0
        claim.stage, claim.deadline, claim.refund, claim.held = Stage.VOIDED, 0, False, 0
        self.events.append(("ClaimVoided", claim.account, claim.number, reason, claim.paid))

    def _after(self, claim: Known, clock: int) -> int:
        return self.now + self.reserves[claim.payer].clocks[clock] * DAY
