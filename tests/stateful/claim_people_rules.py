"""What people decide about claims, who objects, and what happens to everybody, at random."""

from __future__ import annotations

from random import Random

from carechain.claims.judgement import Review
from carechain.claims.words import AUTHORISATION, CLAIM_TERMS, REVIEWERS_REASONS, Reason, ReviewerKind, Stage
from tests.stateful.claim_picks import PAYERS, PROVIDERS, REVIEWERS, SURGERY, a_line, an_authorisation
from tests.stateful.claim_rules import GROUNDS, HPAYMT, TREAT, ClaimRules
from tests.stateful.claim_state import WAITING
from tests.stateful.trial_state import DAY, DAYS_FROM_1900


class PeopleRules(ClaimRules):
    """Each takes a number from which everything else of it is drawn."""

    # ------------------------------------------------------------------ reviewers

    def _reviewer(self, chance, claim):
        """One that may decide, mostly."""
        kind = ReviewerKind.EXTERNAL if claim.stage == Stage.IN_EXTERNAL_REVIEW else ReviewerKind.INTERNAL
        named = [whom for (of, whom), what in self.model.reviewers.items() if (of, what) == (claim.payer, kind)]
        fit = [each for each in named if each not in claim.reviewers and each != claim.provider]
        return chance.choice(fit or REVIEWERS) if chance.random() < 0.85 else chance.choice((*REVIEWERS, *PAYERS))

    def rule_decide(self, seed):
        chance = Random(seed)
        claim = self._some(chance, Stage.IN_REVIEW, Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW)
        if claim is None:
            return
        reviewer = self._reviewer(chance, claim)
        evidence = self._evidence(chance, claim)
        if claim.stage != Stage.IN_REVIEW and chance.random() < 0.4:
            self.call(self._by(chance, reviewer), "uphold_decision", evidence, reviewer)
            return
        if claim.refund and chance.random() < 0.9:
            self.call(self._by(chance, reviewer), "reject_refund", evidence, reviewer)
            return
        decisions = bytes(chance.choice((0, 0, 0, *REVIEWERS_REASONS)) for _ in claim.lines)
        caps = [chance.choice((1 << 255, 10_000, 500)) for _ in claim.lines] if chance.random() < 0.2 else []
        if chance.random() < 0.1:
            decisions += b"\1"
        self.call(self._by(chance, reviewer), "decide_claim", evidence, reviewer, decisions, caps)

    def rule_follow(self, seed):
        """A claim from stage to stage, as those concerned would have it."""
        chance = Random(seed)
        claim = self._some(chance, *(stage for stage in Stage if stage != Stage.VOIDED))
        for _ in range(chance.randrange(2, 7)):
            if claim is None or not self._go_on(chance, claim):
                return

    rule_follow_another = rule_follow_one_more = rule_follow

    def _go_on(self, chance, claim):
        """What could come next; nothing if that is not accepted."""
        evidence, whole = self.evidence(claim), bytes(len(claim.lines))
        if claim.stage in (Stage.IN_REVIEW, Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW):
            reviewer = self._reviewer(chance, claim)
            if chance.random() < 0.2:
                self.let_pass(max(1, claim.deadline + 1 - self.model.now))
                return self.call("stranger", "enforce_deadline", evidence)
            if claim.refund:
                return self.call(reviewer, chance.choice(("reject_refund", "uphold_decision")), evidence, reviewer)
            if claim.stage != Stage.IN_REVIEW and chance.random() < 0.3:
                return self.call(reviewer, "uphold_decision", evidence, reviewer)
            denied = bytes(chance.choice((0, 0, 0, 12, 15)) for _ in claim.lines)
            return self.call(reviewer, "decide_claim", evidence, reviewer, chance.choice((denied, whole)), [])
        ended = claim.stage == Stage.FINAL or (claim.stage == Stage.NONE and chance.random() < 0.5)
        if ended and claim.paid:
            until = claim.taken_at + self.model.reserves[claim.payer].clocks[1] * DAY + 1
            if claim.stage == Stage.NONE and self.model.now < until:
                self.let_pass(until - self.model.now)
            return self.call(claim.payer, "request_refund", evidence, Reason.NOT_FURNISHED, GROUNDS)
        if claim.stage == Stage.FINAL:
            return False
        return self.call(chance.choice((claim.provider, claim.provider, claim.member)), "appeal", evidence, GROUNDS)

    # ------------------------------------------------------------------ who objects

    def rule_appeal(self, seed):
        chance = Random(seed)
        late = self.model.now - 15 * DAY
        stages = Stage.DECIDED, Stage.APPEAL_DECIDED, Stage.REFUND_REQUESTED, Stage.NONE
        claim = self._some(chance, *stages, where=lambda claim: claim.stage or claim.taken_at > late)
        if claim:
            own = claim.provider, claim.provider, claim.member, "guardian"
            self.call(self._by(chance, chance.choice(own)), "appeal", self._evidence(chance, claim), GROUNDS)

    def rule_object_in_time(self, seed):
        """Of what waits for that, rather than of what was settled."""
        chance = Random(seed)
        claim = self._some(chance, Stage.DECIDED, Stage.APPEAL_DECIDED, Stage.REFUND_REQUESTED)
        if claim:
            self.call(self._by(chance, claim.provider), "appeal", self._evidence(chance, claim), GROUNDS)

    def rule_confirm_or_dispute(self, seed):
        chance = Random(seed)
        claim = self._some(chance, *Stage)
        if claim and chance.random() < 0.5:
            by, evidence = self._by(chance, chance.choice((claim.member, "guardian"))), self._evidence(chance, claim)
            if chance.random() < 0.5:
                self.call(by, "confirm_service", evidence)
            else:
                self.call(by, "dispute_service", evidence, GROUNDS)

    def rule_request_refund(self, seed):
        chance = Random(seed)
        stages = Stage.NONE, Stage.FINAL
        claim = self._some(chance, *stages, where=lambda claim: claim.paid or chance.random() < 0.1)
        if claim:
            until = claim.taken_at + self.model.reserves[claim.payer].clocks[1] * DAY
            if claim.stage == Stage.NONE and self.model.now <= until and chance.random() < 0.4:
                self.let_pass(until - self.model.now + 1)
            reason = Reason(chance.randrange(1, 16)) if chance.random() < 0.95 else Reason.NONE
            evidence = self._evidence(chance, claim)
            self.call(self._by(chance, claim.payer), "request_refund", evidence, reason, GROUNDS)

    # ------------------------------------------------------------------ anybody, and time

    def rule_settle_once_funded(self, seed):
        chance = Random(seed)
        short = [claim for claim in self.model.all_claims() if claim.reasons == 1 << 6 and claim.stage == 1]
        claim = chance.choice(short) if short else self._some(chance, *Stage)
        if short or (claim and chance.random() < 0.1):
            if chance.random() < 0.7:
                self.call("stranger", "deposit", claim.payer, max(1, claim.charge))
            self.call("stranger", "settle_once_funded", self._evidence(chance, claim))
            if chance.random() < 0.5:
                self.call(claim.provider, "void_claim", self._evidence(chance, claim))

    def rule_run_short(self, seed):
        """A payer without funds, and claims that come in, authorised ones among them: they wait for funds alone."""
        chance = Random(seed)
        payer, provider = self._account(chance)
        if self.model.free(payer) and self.model.is_good(payer):
            self._let_move(payer)
            self.call(payer, "announce_withdrawal", payer, self.model.free(payer))
            self.let_pass(14 * DAY)
            self.call(payer, "withdraw", payer, f"0x{0xBB << 152 | payer:040x}")
        claims = []
        for _ in range(3):
            terms, *rest = self._one(chance, payer, provider)
            said = CLAIM_TERMS.unpack(terms)
            number = 1 + max((key[1] for key in self.model.authorisations if key[0] == payer), default=0)
            given = {"provider": provider, "category": SURGERY, "units": 500}
            word = an_authorisation(chance, f"0x{said['member']:040x}", self.model.today)
            if self.call(
                payer, "authorise", payer, number, AUTHORISATION.pack(**{**AUTHORISATION.unpack(word), **given})
            ):
                line = a_line(chance, SURGERY, self.model.today, 1, False)
                terms = CLAIM_TERMS.pack(**{**said, "authorisation": number})
                *rest, _, _ = rest
                rest += [list(line), []]
            claims.append((terms, *rest))
        self._submit(chance, payer, provider, claims)
        if chance.random() < 0.5:
            self.rule_settle_once_funded(seed + 1)

    def rule_ask_back(self, seed):
        """A refund, contested or not, and what an external reviewer finds."""
        chance = Random(seed)
        fit = [claim for claim in self.model.all_claims() if claim.paid and not claim.refund_reason]
        if fit:
            self._ask_back(chance, chance.choice(fit))

    def rule_take_through_all(self, seed):
        """A claim that three reviewers decide about, and that is asked back then."""
        chance = Random(seed)
        fit = [
            claim
            for claim in self.model.all_claims()
            if claim.stage == Stage.IN_REVIEW and self.model.judge(claim, Review()).paid
        ]
        if not fit:
            return
        claim = chance.choice(fit)
        for _ in range(5):
            evidence, reviewer = self.evidence(claim), self._reviewer(chance, claim)
            if claim.stage in (Stage.DECIDED, Stage.APPEAL_DECIDED):
                accepted = self.call(claim.provider, "appeal", evidence, GROUNDS)
            elif claim.stage == Stage.IN_REVIEW:
                accepted = self.call(reviewer, "decide_claim", evidence, reviewer, bytes(len(claim.lines)), [])
            else:
                if claim.paid and chance.random() < 0.5:  # what is decided lowers nothing
                    self.call(reviewer, "decide_claim", evidence, reviewer, bytes([12] * len(claim.lines)), [])
                accepted = self.call(reviewer, "uphold_decision", evidence, reviewer)
            if not accepted:
                return
        self._ask_back(chance, claim)

    rule_take_another_through_all = rule_take_through_all

    def _ask_back(self, chance, claim):
        until = claim.taken_at + self.model.reserves[claim.payer].clocks[1] * DAY + 1
        self.let_pass(max(1, until - self.model.now))
        evidence = self.evidence(claim)
        self.call(self._by(chance, claim.payer), "request_refund", evidence, Reason(chance.randrange(1, 16)), GROUNDS)
        if chance.random() < 0.8:
            self.call(self._by(chance, claim.provider), "appeal", evidence, GROUNDS)
        reviewer = self._reviewer(chance, claim)
        if len(claim.reviewers) > 1 and chance.random() < 0.8:
            # One that has decided about it before, and is external by now.
            before = [each for each in claim.reviewers if each != claim.payer]
            reviewer = before[1 % len(before)] if before else reviewer
            self.call(claim.payer, "name_reviewer", claim.payer, reviewer, ReviewerKind.EXTERNAL)
        self.call(self._by(chance, reviewer), chance.choice(("reject_refund", "uphold_decision")), evidence, reviewer)

    def rule_enforce(self, seed):
        """Mostly once the deadline has passed."""
        chance = Random(seed)
        claim = self._some(chance, *WAITING)
        if claim is None:
            return
        if self.model.now <= claim.deadline and chance.random() < 0.5:
            self.let_pass(claim.deadline - self.model.now + chance.choice((0, 1, DAY)))
        self.call("stranger", "enforce_deadline", self._evidence(chance, claim))

    def rule_let_pass(self, seed):
        self.let_pass(Random(seed).choice((1, 1, 2, 7)) * DAY)

    def rule_consent(self, seed):
        chance = Random(seed)
        member, payer = chance.choice(self.members), chance.choice(PAYERS)
        if chance.random() < 0.3:
            self.revoke(member, payer)
        if chance.random() < 0.8:
            terms = {"purposes": TREAT} if chance.random() < 0.1 else {"purposes": HPAYMT}
            if chance.random() < 0.1:
                terms["data_from"] = self.model.today + DAYS_FROM_1900 - 5
            self.grant(member, payer, terms)

    def rule_suspend(self, seed):
        chance = Random(seed)
        if chance.random() < 0.5:
            self.suspend(chance.choice((*PROVIDERS, *PAYERS, *REVIEWERS)))

    def rule_reinstate(self, seed):
        for organisation in sorted(self.model.suspended):
            self.reinstate(organisation)

    def rule_stop(self, seed):
        """Then claims are submitted, and what they are paid is collected later."""
        chance = Random(seed)
        if chance.random() < 0.5:
            payer, provider = self._account(chance)
            token = self.token_of(payer)
            self.stop(token, True)
            self._submit(chance, payer, provider, [self._one(chance, payer, provider) for _ in range(2)])
            if chance.random() < 0.5:
                self.call(provider, "collect", payer, provider)
            if chance.random() < 0.7:
                self.stop(token, False)

    def rule_let_move(self, seed):
        self._let_move(Random(seed).choice(PAYERS))

    def _let_move(self, payer):
        token = self.token_of(payer)
        if token.address.lower() in self.model.stopped:
            self.stop(token, False)

    def rule_give(self, seed):
        chance = Random(seed)
        if chance.random() < 0.1:
            self.give(chance.choice(self.tokens), chance.choice((1, 10**6, 10**20)))

    def what_waits(self):
        return [claim for claim in self.model.all_claims() if claim.stage in WAITING]
