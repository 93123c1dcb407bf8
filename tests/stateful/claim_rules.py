"""What everybody does about claims, at random: the rules of test_claims_are_paid_once.py, without what must hold."""

from __future__ import annotations

from random import Random

from carechain.claims.words import (
    AUTHORISATION,
    PLAN_TERMS,
    ReviewerKind,
    Stage,
)
from carechain.purpose_of_use import mask_of
from tests.stateful.claim_chain import ClaimChain, payee
from tests.stateful.claim_picks import (
    FEES,
    FIRST_DAYS,
    INSURER,
    PAYERS,
    PROVIDERS,
    REVIEWERS,
    a_claim,
    an_authorisation,
    plan_rules,
    plan_terms,
    spoilt,
)
from tests.stateful.claim_state import Known
from tests.stateful.trial_state import DAY

GROUNDS = bytes(31) + b"\x07"
CLOCKS = (10, 15, 8, 12, 2_000), (5, 20, 5, 5, 10_000), (30, 30, 30, 30, 0)
"""Of each payer."""
FUNDS = 600_000
HPAYMT, TREAT = mask_of("HPAYMT"), mask_of("TREAT")


class ClaimRules(ClaimChain):
    """Each takes a number from which everything else of it is drawn."""

    # ------------------------------------------------------------------ where all begins

    def stock(self):
        """Three payers with funds, plans, members and networks."""
        self.begin(self.empty_model())
        for place, payer in enumerate(PAYERS):
            token = self.tokens[place // 2]
            self.call(payer, "open_reserve", payer, token.address.lower(), (4, 4, 16)[place], CLOCKS[place])
            for whose in (payer, "stranger"):
                sender = self.callers[whose].address
                assert self._send(sender, token, token.mint.encode_input(sender, 10**30)) is None
                assert self._send(sender, token, token.approve.encode_input(self.claims, 2**256 - 1)) is None
            self.call(payer, "deposit", payer, FUNDS)
            for plan in (1, 2):
                terms = plan_terms(plan - 1, self.model.today - FIRST_DAYS)
                self.call(payer, "publish_plan", payer, plan, 1, terms, plan_rules(plan - 1), FEES)
            for reviewer, kind in zip((payer, *REVIEWERS), (1, 1, 1, 2), strict=True):
                self.call(payer, "name_reviewer", payer, reviewer, ReviewerKind(kind))
            for provider in PROVIDERS:
                self.call(provider, "set_payee", payer, provider, payee(payer, provider, 0))
                if provider != PROVIDERS[1]:
                    self.call(payer, "set_network", payer, provider, self.model.today - 100, self.model.today + 100)
            self._enrol_some(payer, place)
        for member in self.members:
            for payer in PAYERS:
                self.grant(member, payer, {"purposes": HPAYMT})
        self.appoint(self.members[0], self.callers["guardian"].address, self.model.now + 1_000 * DAY)
        assert all(error is None for _, error in self.tally)
        chance = Random(0)
        for payer in PAYERS:
            for provider in PROVIDERS:
                claims = [self._one(chance, payer, provider) for _ in range(2)]
                self.call(provider, "submit_claims", payer, provider, 0, claims)
        return self.model

    def _enrol_some(self, payer, place):
        """Two in a family, two alone, one after another payer; one of them with a period that is over."""
        first = self.model.today - FIRST_DAYS
        people = self.members[place : place + 5]
        enrolments = [
            (member, 0, 1 + (place + number) % 2, first, first + (110 if number == 1 else 365), *rest)
            for number, (member, rest) in enumerate(
                zip(people, ((7, False), (7, False), (0, False), (0, False), (0, True)), strict=False)
            )
        ]
        enrolments.append((people[1], 1, 1, first + 111, first + 400, 8, False))
        self.call(payer, "enrol_members", payer, enrolments)

    # ------------------------------------------------------------------ drawing

    def _by(self, chance, usual):
        """Now and then somebody else."""
        return chance.choice(list(self.callers)) if chance.random() < 0.05 else usual

    def _some(self, chance, *stages, where=None):
        """A claim at one of these stages, if there is one; else any."""
        claims = [claim for claim in self.model.all_claims() if where is None or where(claim)]
        at = [claim for claim in claims if claim.stage in stages]
        return chance.choice(at or claims) if at or (claims and chance.random() < 0.2) else None

    def _evidence(self, chance, claim: Known):
        """What proves it; seldom what does not."""
        account = self.model.account(claim.payer, claim.provider)
        size = chance.choice([None, *(size for size in sorted(account.checkpoints) if size > claim.number)])
        evidence = self.evidence(claim, size)
        if chance.random() > 0.03:
            return evidence
        other = chance.choice([*self.model.all_claims()])
        return chance.choice(
            (
                evidence.but(outcomes=tuple(outcome.word() for outcome in claim.outcomes or ())),
                evidence.but(outcomes=()),
                evidence.but(entry=other.entry),
                evidence.but(number=other.number),
                evidence.but(provider=other.provider),
                evidence.but(size=chance.randrange(len(account.claims) + 2)),
                evidence.but(proof=(*evidence.proof, bytes(32))),
                evidence.but(entry=claim.entry[:-1] + bytes([claim.entry[-1] ^ 1])),
            )
        )

    def _one(self, chance, payer, provider):
        """A claim of a member that the payer has enrolled, mostly as it should be."""
        periods = sorted(key[1:] for key in self.model.periods if key[0] == payer)
        member, number = chance.choice(periods)
        period = self.model.periods[payer, member, number]
        versions = self.model.plans[payer, period.plan]
        says = {"coverage": number, "version": chance.choice((len(versions), len(versions), 1))}
        says["prior_told"] = int(period.secondary != (chance.random() < 0.05))
        says["liability"] = int(chance.random() < 0.03)
        given = [key[1] for key, each in self.model.authorisations.items() if each["member"] == int(member, 16)]
        says["authorisation"] = chance.choice(given) if given and chance.random() < 0.7 else 0
        if chance.random() < 0.02:
            says["coverage"] = 2
        self.model.numbers = getattr(self.model, "numbers", 0) + 1
        claim = a_claim(chance, self.model.today, member, says, f"claim {self.model.numbers}")
        return spoilt(chance, claim, self.model.today) if chance.random() < 0.06 else claim

    def _account(self, chance):
        return chance.choice(PAYERS), chance.choice(PROVIDERS)

    # ------------------------------------------------------------------ providers

    def rule_submit(self, seed):
        chance = Random(seed)
        payer, provider = self._account(chance)
        claims = [self._one(chance, payer, provider) for _ in range(chance.choice((0, 1, 1, 2, 3, 5)))]
        if len(claims) > 1 and chance.random() < 0.2:
            claims[-1] = chance.choice(claims[:-1])
        self._submit(chance, payer, provider, claims)

    rule_submit_again = rule_submit_more = rule_submit_still_more = rule_submit

    def _submit(self, chance, payer, provider, claims):
        first = len(self.model.account(payer, provider).claims)
        if chance.random() < 0.03:
            first += chance.choice((-1, 1)) if first else 1
        return self.call(self._by(chance, provider), "submit_claims", payer, provider, first, claims)

    def rule_submit_what_was_submitted(self, seed):
        """The same once more, or nearly: another number of the provider's, or other lines."""
        chance = Random(seed)
        claim = self._some(chance, *Stage)
        if claim is None:
            return
        terms, own, record, diagnoses, lines, proofs = self._words(claim)
        kind = chance.randrange(4)
        if kind == 1:
            own = bytes([own[0] ^ 0xFF]) + own[1:]
        elif kind == 2:
            lines, proofs = lines[:2], []
        provider = chance.choice(PROVIDERS) if kind == 3 else claim.provider
        self._submit(chance, claim.payer, provider, [(terms, own, record, diagnoses, lines, proofs)])

    def _words(self, claim):
        return self.submitted[claim.account, claim.number]

    def rule_replace(self, seed):
        """Void and replacement, mostly; now and then a replacement of what is not voided, or was replaced before."""
        chance = Random(seed)
        claim = self._some(chance, *(stage for stage in Stage if stage != Stage.VOIDED))
        if claim is None:
            return
        if chance.random() < 0.85:
            self.call(self._by(chance, claim.provider), "void_claim", self._evidence(chance, claim))
        terms, _, record, diagnoses, lines, proofs = self._words(claim)
        number = claim.number if chance.random() < 0.9 else chance.randrange(claim.number + 3)
        if chance.random() < 0.3:
            terms = self._one(chance, claim.payer, claim.provider)[0]
        terms = terms & ~(((1 << 32) - 1) << 208) | number + 1 << 208
        if chance.random() < 0.5:
            lines, proofs = lines[-2:], proofs if len(lines) == 2 else []
        self._submit(
            chance, claim.payer, claim.provider, [(terms, chance.randbytes(32), record, diagnoses, lines, proofs)]
        )

    def rule_void(self, seed):
        chance = Random(seed)
        claim = self._some(chance, *Stage)
        if claim and chance.random() < 0.4:
            self.call(self._by(chance, claim.provider), "void_claim", self._evidence(chance, claim))

    def rule_collect(self, seed):
        chance = Random(seed)
        waiting = [key for key, account in self.model.accounts.items() if account.undelivered]
        payer, provider = chance.choice(waiting) if waiting else self._account(chance)
        if waiting or chance.random() < 0.2:
            if chance.random() < 0.7:
                self._let_move(payer)
            self.call(self._by(chance, provider), "collect", payer, provider)

    def rule_checkpoint(self, seed):
        chance = Random(seed)
        if chance.random() < 0.5:
            self.call("stranger", "checkpoint", *self._account(chance))

    def rule_set_payee(self, seed):
        chance = Random(seed)
        payer, provider = self._account(chance)
        nobody = f"0x{0:040x}", self.model.contract
        to = chance.choice(nobody) if chance.random() < 0.1 else payee(payer, provider, chance.randrange(2))
        self.call(self._by(chance, provider), "set_payee", payer, provider, to)

    # ------------------------------------------------------------------ payers

    def rule_fund(self, seed):
        chance = Random(seed)
        payer = chance.choice(PAYERS)
        amount = chance.choice((0, 1, 50_000, 150_000, 300_000, 300_000, 1 << 45))
        self.call(chance.choice((payer, payer, "stranger")), "deposit", payer, amount)

    def rule_withdraw(self, seed):
        chance = Random(seed)
        payer = chance.choice(PAYERS)
        reserve = self.model.reserves[payer]
        if not reserve.announced or chance.random() < 0.2:
            amount = chance.choice((0, 1, self.model.free(payer), reserve.funds // 2, reserve.funds, 1 << 45))
            self.call(self._by(chance, payer), "announce_withdrawal", payer, amount)
        elif self.model.now < reserve.withdrawable_from and chance.random() < 0.4:
            self.let_pass(reserve.withdrawable_from - self.model.now)
        to = self.model.contract if chance.random() < 0.05 else f"0x{0xBB << 152 | payer:040x}"
        self.call(self._by(chance, payer), "withdraw", payer, to)

    def rule_publish(self, seed):
        chance = Random(seed)
        if chance.random() < 0.5:
            return
        payer, plan = chance.choice(PAYERS), chance.choice((1, 2))
        versions = self.model.plans[payer, plan]
        version = len(versions) + 1 if chance.random() < 0.9 else chance.randrange(5)
        first_day = self.model.today + chance.choice((0, 0, 0, 1, 7, -1))
        if versions and chance.random() < 0.7:
            first_day = max(first_day, PLAN_TERMS.unpack(versions[-1].terms)["first_day"] + 1)
        rules = plan_rules(version + plan)
        fees = FEES
        if chance.random() < 0.1:
            rules, fees = chance.choice(((rules[::-1], FEES), (rules, []), ([(1, 2)], FEES)))
        terms = plan_terms(version + plan, first_day, ceiling=chance.choice((150_000, 40_000)))
        self.call(self._by(chance, payer), "publish_plan", payer, plan, version, terms, rules, fees)

    def rule_enrol(self, seed):
        chance = Random(seed)
        payer, member = chance.choice(PAYERS), chance.choice(self.members)
        periods = [key[2] for key in self.model.periods if key[:2] == (payer, member)]
        number = max(periods, default=-1) + 1
        first_day = self.model.today - 20
        if periods:
            first_day = self.model.periods[payer, member, number - 1].last_day + chance.choice((1, 1, 1, 5, 0))
        last_day = first_day + chance.choice((30, 365, 365, 366, -1))
        family = chance.choice((0, 7, 8, 20 + number))
        plan = chance.choice((1, 1, 2, 2, 3))
        enrolment = member, number, plan, first_day, last_day, family, chance.random() < 0.2
        self.call(self._by(chance, payer), "enrol_members", payer, [enrolment])

    def rule_amend(self, seed):
        chance = Random(seed)
        payer, member, number = chance.choice(sorted(self.model.periods))
        period = self.model.periods[payer, member, number]
        last_day = chance.choice((period.last_day, period.last_day, period.last_day + 1, self.model.today, 1))
        secondary = period.secondary != (chance.random() < 0.4)
        self.call(self._by(chance, payer), "amend_coverage", payer, member, number, last_day, secondary)

    def rule_network(self, seed):
        chance = Random(seed)
        payer, provider = self._account(chance)
        begun = self.model.account(payer, provider).network[0] or self.model.today
        first = chance.choice((begun, begun, begun - 5, begun + 5, self.model.today, 0))
        last = chance.choice((self.model.today - 1, self.model.today + 50, self.model.today - 9, first, 0))
        self.call(self._by(chance, payer), "set_network", payer, provider, first, last)

    def rule_bar(self, seed):
        chance = Random(seed)
        payer, provider = self._account(chance)
        barred = not self.model.account(payer, provider).barred and chance.random() < 0.5
        self.call(self._by(chance, payer), "bar_provider", payer, provider, barred, GROUNDS)

    def rule_authorise(self, seed):
        chance = Random(seed)
        payer = chance.choice(PAYERS)
        member = chance.choice([key[1] for key in sorted(self.model.periods) if key[0] == payer])
        number = len([key for key in self.model.authorisations if key[0] == payer]) + 1
        given = an_authorisation(chance, member, self.model.today)
        if chance.random() < 0.1:
            number = chance.randrange(number)
        if chance.random() < 0.1:
            given = AUTHORISATION.pack(
                **{**AUTHORISATION.unpack(given), chance.choice(("units", "provider", "last_day")): 0}
            )
        self.call(self._by(chance, payer), "authorise", payer, number, given)

    def rule_name(self, seed):
        chance = Random(seed)
        payer = chance.choice(PAYERS)
        reviewer = chance.choice((*REVIEWERS, payer, INSURER, 0))
        if chance.random() < 0.8:
            self.call(self._by(chance, payer), "name_reviewer", payer, reviewer, ReviewerKind(chance.randrange(3)))
