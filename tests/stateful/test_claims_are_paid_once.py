"""Whatever is called, by whomever: a claim is paid once, what its plan pays for it, out of its payer's funds.

Random calls by three payers, four providers, their members and those who act for them, reviewers, and strangers, with
consents that are given and revoked, organisations that are suspended and reinstated, tokens that stop moving, and time
that passes, run against the chain and against claim_model.py. That judges by carechain/claims/adjudication.py, and
stores no sums: what was met, used and held it counts anew from all claims in force. After each call the chain has
refused exactly what the model refuses, with the same error, and told the same events; after each step the invariants
hold that stand below, each with its sentence.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

from brownie.test.stateful import state_machine
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from carechain.claims.words import AUTHORISATION, PLAN_TERMS, Parked, ReviewerKind, Stage
from tests.helpers import rfc9162
from tests.helpers.suite import Suite
from tests.stateful.claim_case_model import CARE, DECIDERS
from tests.stateful.claim_chain import Told, payee
from tests.stateful.claim_people_rules import PeopleRules
from tests.stateful.claim_picks import PAYERS
from tests.stateful.claim_programme_model import PAYER
from tests.stateful.claim_state import WAITING
from tests.stateful.trial_state import DAY

FUNCTIONS = (
    *"submit_claims set_payee collect deposit announce_withdrawal withdraw publish_plan enrol_members".split(),
    *"amend_coverage set_network bar_provider authorise name_reviewer decide_claim enforce_deadline".split(),
    *"settle_once_funded appeal confirm_service dispute_service uphold_decision reject_refund void_claim".split(),
    *"request_refund checkpoint".split(),
)
SELDOM = {
    *(
        ("decide_claim", error)
        for error in ("DecisionLowers", "DecisionInvalid", "ReviewerNotEligible", "ReserveTooSmall")
    ),
    *(("settle_once_funded", error) for error in (None, "ReserveTooSmall", "ClaimStageInvalid")),
    *(("submit_claims", error) for error in ("ClaimNumberInvalid", "OperatorNotInStanding")),
    *(("collect", error) for error in (None, "NothingUndelivered", "TransferFailed")),
    *(("withdraw", error) for error in (None, "WithdrawalNotReady", "ReserveTooSmall")),
}
"""Calls for which much has to come together."""
ANYBODY = "deposit", "checkpoint", "enforce_deadline", "settle_once_funded"
NOBODY = "0x" + "00" * 20


class ClaimsArePaidOnce(PeopleRules):
    """What must hold. The rules stand in ClaimRules and PeopleRules."""

    seed = st.integers(0, (1 << 64) - 1)

    # Brownie calls it on the class.
    def __init__(cls, suite: Suite, accounts: list[Any], tally: Counter[tuple[str, str | None]]) -> None:  # noqa: N805
        cls.connect(suite, accounts, tally)
        stock = object.__new__(cls)
        cls.stocked = stock.stock(), stock.told, stock.submitted

    def begin(self, model, told=None, submitted=None):
        self.model, self.told, self.submitted = model, told or {}, submitted or {}
        self.touched, self.seen, self.fresh = set(), None, []

    def setup(self):
        self.begin(*deepcopy(type(self).stocked))

    def teardown(self):
        assert self.model.now == self.node.now()
        self.look_at_all()
        for name in sorted(dir(type(self))):
            if name.startswith("invariant_"):
                getattr(self, name)()
        self._nothing_waits_for_ever()

    # Brownie calls it on the class, too.
    def teardown_final(cls):  # noqa: N805
        cls.node.count_seconds(False)

    def was_authorised(self, caller, name, arguments):
        """I8. By a table of its own, not the model's."""
        first, *rest = arguments
        if name in ANYBODY:
            return
        if name in ("submit_claims", "collect", "set_payee"):
            assert caller.organisation == rest[0]
            assert self.model.is_good(rest[0], CARE)
        elif name == "void_claim":
            assert caller.organisation == first.provider
        elif name in ("appeal", "confirm_service", "dispute_service"):
            member = self.model.account(first.payer, first.provider).claims[first.number].member
            own = caller.organisation == first.provider and name == "appeal"
            guardian = caller == self.callers["guardian"] and member == self.members[0]
            assert own or guardian or caller.address == member
        elif name in ("decide_claim", "uphold_decision", "reject_refund"):
            assert caller.organisation == rest[0] != first.provider
            assert self.model.is_good(rest[0], DECIDERS)
            assert self.model.reviewers[first.payer, rest[0]] != ReviewerKind.NONE
        else:
            payer = first if isinstance(first, int) else first.payer
            assert caller.organisation == payer
            assert self.model.is_good(payer, PAYER)

    # ------------------------------------------------------------------ money

    def invariant_01_the_contract_holds_what_it_owes(self):
        """I1. Of each token the contract holds the funds of all payers with it and what waits for their providers, in
        its smallest units, and nothing else but what somebody sent without a call."""
        for token in self.tokens:
            address = token.address.lower()
            owed = 0
            for payer, reserve in self.model.reserves.items():
                if reserve.token == address:
                    waits = sum(account.undelivered for (of, _), account in self.model.accounts.items() if of == payer)
                    owed += (self.look()["reserve", payer][2] + waits) * 10**reserve.scale
            held = self._balance(address, self.model.contract)
            assert held >= owed
            assert held == owed + self.model.received.get((address, self.model.contract), 0)

    def invariant_02_what_is_encumbered_is_there(self):
        """I2. What is encumbered of a payer's funds is what its claims hold, and never more than the funds."""
        for payer, reserve in self.model.reserves.items():
            token, scale, funds, encumbered, announced, ready, clocks = self.look()["reserve", payer]
            assert encumbered <= funds
            assert encumbered == self.model.encumbered(payer)
            known = reserve.token, reserve.scale, reserve.funds, reserve.announced, reserve.withdrawable_from
            assert (token, scale, funds, announced, ready, clocks) == (*known, reserve.clocks)

    def invariant_03_a_provider_receives_what_its_claims_are_paid(self):
        """I3. What a provider's payees received and what waits for it is what its claims in force are paid, and
        interest, and what it still owes."""
        for (kind, *key), seen in self.look().items():
            if kind != "account":
                continue
            account, reserve = self.model.account(*key), self.model.reserves[key[0]]
            received = sum(self._balance(reserve.token, payee(*key, which)) for which in (0, 1))
            paid = sum(claim.paid for claim in account.claims if claim.in_force)
            assert received == (paid + account.interest + seen[2] - seen[3]) * 10**reserve.scale
            told = self.told.get(key[0] << 32 | key[1], Told())
            assert seen[2] == told.voided - told.withheld
            assert account.interest == told.interest

    def invariant_04_a_claim_is_paid_once(self):
        """I4. All payments that were told of a claim, over time, are together what its last decision pays, and never
        more than its charge."""
        for (kind, *key), _ in self.look().items():
            if kind == "case":
                claim = self.model.account(*key[:2]).claims[key[2]]
                told = self.told[claim.account]
                assert told.paid[claim.number] == claim.paid <= claim.charge
                assert told.entries[claim.number] == claim.entry

    # ------------------------------------------------------------------ claims

    def invariant_05_charge_is_what_becomes_of_it(self):
        """I5. The charge of each line, and of each claim, is paid and adjusted to the last minor unit."""
        for (kind, *key), _ in self.look().items():
            if kind == "case":
                claim = self.model.account(*key[:2]).claims[key[2]]
                for line, outcome in zip(claim.lines, claim.outcomes or (), strict=claim.outcomes is not None):
                    assert outcome.total == line.charge

    def invariant_06_every_case_is_the_models(self):
        """I6. Stage, deadline, reviewers, what is held, and what was decided of each claim are the model's."""
        for (kind, *key), seen in self.look().items():
            if kind == "case":
                claim = self.model.account(*key[:2]).claims[key[2]]
                first, second, third = (*claim.reviewers[:2], *claim.reviewers[2:][-1:], 0, 0, 0)[:3]
                told = b"".join(word.to_bytes(32) for word in claim.decision or ())
                decision = bytes(self.suite.chain.web3.keccak(told)) if claim.decision else bytes(32)
                reasons = claim.reasons
                assert seen[:4] == (claim.stage, reasons, claim.deadline, claim.pay_by)
                assert seen[4:7] == (first, second, third)
                assert seen[7:12] == (claim.held, claim.refund, claim.confirmed, claim.disputed, claim.replaced)
                assert seen[12] == decision

    def invariant_07_what_waits_has_a_deadline(self):
        """I7. A claim that waits has a deadline, after which anybody can move it on, until nothing waits."""
        for (kind, *_), seen in self.look().items():
            if kind == "case":
                stage, deadline, held = Stage(seen[0]), seen[2], seen[7]
                assert (deadline != 0) == (stage in WAITING)
                assert not held or stage in (Stage.IN_REVIEW, Stage.IN_APPEAL, Stage.IN_EXTERNAL_REVIEW)

    def _nothing_waits_for_ever(self):
        """The end of I7: with funds and time, a stranger ends whatever waits, in four steps at most."""
        for payer in PAYERS:
            self._let_move(payer)
            needed = 3 * sum(claim.charge for claim in self.what_waits() if claim.payer == payer)
            if needed:  # with interest, which may be more than what is due
                self.call("stranger", "deposit", payer, needed)
        for _ in range(4):
            waiting = self.what_waits()
            if waiting:
                self.let_pass(max(DAY, *(claim.deadline - self.model.now + 1 for claim in waiting)))
            calls = [("enforce_deadline", (self.evidence(claim),)) for claim in waiting]
            for start in range(0, len(calls), 10):
                self.together("stranger", calls[start : start + 10])
        assert not self.what_waits()
        assert not any(self.model.encumbered(payer) for payer in PAYERS)

    # ------------------------------------------------------------------ limits

    def invariant_09_what_was_counted_is_of_the_claims_in_force(self):
        """I9. Deductible, out-of-pocket, units and amounts of a member, a family and a category, and what is left of
        an authorisation, are those of all claims in force; what is voided counts nothing."""
        for (kind, *key), seen in self.look().items():
            if kind == "coverage":
                payer, member, number = key
                period, met = self.model.periods[payer, member, number], self.model.met(payer, member, number)
                terms = period.plan, period.first_day, period.last_day, period.family, period.secondary
                family = self.model.family_met(payer, period.family) if period.family else None
                of_family = (family.deductible, family.out_of_pocket) if family else (0, 0)
                assert seen == (*terms, met.deductible, met.out_of_pocket, *of_family)
            elif kind == "used":
                used = self.model.used(*key)
                expected = used.units_period, used.amount_period, used.units_lifetime, used.amount_lifetime
                assert seen == expected
            elif kind == "authorisation":
                given = self.model.authorisations[key[0], key[1]]
                assert AUTHORISATION.unpack(seen[0]) == {**given, "units": self.model.left_of(*key)}
                assert 0 <= self.model.left_of(*key) <= given["units"]

    def invariant_10_nothing_exceeds_its_maximum(self):
        """I10. Whatever was counted is at most the largest maximum that a version of the plan sets for it."""
        for (kind, *key), seen in self.look().items():
            if kind == "coverage":
                versions = [PLAN_TERMS.unpack(each.terms) for each in self.model.plans[key[0], seen[0]]]
                limits = "deductible", "out_of_pocket"
                for name, met in zip(limits, seen[5:7], strict=True):
                    assert met <= max(version[name] for version in versions)
            elif kind == "used":
                payer, member, number, category = key
                own = self.model.plans[payer, self.model.periods[payer, member, number].plan]
                every = [each for (of, _), versions in self.model.plans.items() if of == payer for each in versions]
                names = "units_year", "amount_year", "units_lifetime", "amount_lifetime"
                for place, (name, used) in enumerate(zip(names, seen, strict=True)):
                    said = [each.says(category) for each in (own if place < 2 else every)]
                    counting = [each for each in said if each[name] or each[names[place ^ 1]]]
                    if all(each[name] for each in counting):
                        assert used <= 100 * max((each[name] for each in counting), default=0)

    # ------------------------------------------------------------------ logs

    def invariant_11_logs_only_grow(self):
        """I11. An account's log is that of the entries told in events, numbered as they came, and every log that was
        seen before is its beginning."""
        for (kind, *key), seen in self.look().items():
            if kind != "log":
                continue
            told = self.told.setdefault(key[0] << 32 | key[1], Told())
            assert seen == (len(told.entries), rfc9162.root(told.entries))
            if told.sizes and 0 < told.sizes[-1][0] < seen[0]:
                size, root = told.sizes[-1]
                proof = rfc9162.consistency_proof(size, told.entries)
                data = self.claims.logContinues.encode_input(*key, size, root, proof)
                assert int.from_bytes(self.node.answer(self.claims.address, data)) == 1
            told.sizes.append(seen)

    def invariant_12_accounts_are_the_models(self):
        """I12. Payee, debts, network and bar of each account are the model's."""
        for (kind, *key), seen in self.look().items():
            if kind == "account":
                account = self.model.account(*key)
                owed = account.payee or NOBODY, account.owed, account.undelivered
                assert seen == (len(account.claims), *owed, *account.network, account.barred)

    def invariant_13_what_resembles_a_claim_is_not_settled(self):
        """I13. Nothing is taken that has provider, day, category of the first line and control number in common with
        one of the member's last four claims of the period that was not voided; nor settled, without the last."""
        for claim in self.fresh:
            earlier = self.model.order[claim.payer, claim.member, claim.terms["coverage"]]
            place = earlier.index(claim)
            for other in earlier[max(0, place - 4) : place]:
                if other.stage != Stage.VOIDED and _service(other) == _service(claim):
                    assert other.control_number != claim.control_number
                    assert claim.reasons & 1 << Parked.NEAR_DUPLICATE
        self.fresh = []

    def _balance(self, token, holder):
        return self.look().get(("balance", token, holder), (0,))[0]


def _service(claim):
    return claim.provider, claim.day, claim.lines[0].category


def test_claims_are_paid_once(suite, accounts):
    settings = {
        "max_examples": 60,
        "stateful_step_count": 50,
        "phases": [Phase.generate],  # to shorten a sequence that fails takes minutes
        "derandomize": True,  # the same calls on every run: CI must not be a lottery
        "suppress_health_check": list(HealthCheck),
    }
    tally = Counter()
    state_machine(ClaimsArePaidOnce, suite, list(accounts), tally, settings=settings)
    accepted, refused = Counter(), Counter()
    for (name, error), times in tally.items():
        (refused if error else accepted)[name] += times
    print(f"{accepted.total()} of {tally.total()} calls accepted:", sorted(accepted.items()))
    assert set(FUNCTIONS) <= set(accepted)
    assert {*FUNCTIONS} - {"checkpoint"} <= set(refused)
    assert set(tally) >= SELDOM
    assert tally.total() > 2_500
    assert accepted.total() > tally.total() * 0.5
