"""Whatever is called, by whomever: what was registered, decided and recorded of a trial stays, and only grows.

Random calls by sponsors, sites, ethics boards, regulators, safety boards, laboratories, auditors, patients and
strangers, with consents that are given, revoked and run out, keys that are lost, and organisations that are suspended
and reinstated, run against the chain and against trial_model.py, which keeps every entry and counts nothing. After each
of them:

- the chain refused exactly what the model refuses, with the same error;
- the log of the trial and of each stream is the model's, and every log that was seen before is its beginning;
- the trial, its sites, participants, outcomes and events are the model's;
- participants, allotments and the cap add up, and nobody was enrolled whom nothing allowed to be enrolled;
- the ethics board, the regulator and the safety board of the trial are three, and neither its sponsor nor an open site;
- what is final stays: lateness, an end, a lock, a locked stream, a withdrawal, a place, a result.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from typing import Any

from brownie.test.stateful import state_machine
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from tests.helpers.suite import LABORATORY, SAFETY_BOARD, SECOND_SITE, SITE, SPONSOR, Suite
from tests.helpers.trials import (
    ARMS,
    ENDED,
    ETHICS,
    LOCKED,
    OUTCOMES,
    PAUSED,
    REGULATORY,
    Amended,
    Design,
    allocation_tree,
)
from tests.stateful.trial_chain import ORGANISATIONS, UNIVERSITY, TrialChain
from tests.stateful.trial_data_rules import DataAndResults
from tests.stateful.trial_picks import AMENDED, CAP, NUMBERS, PERSONS, REASON, SITES, STREAMS, WATCHERS, WORSE
from tests.stateful.trial_state import NOTHING

WRONG = ({"primaries": 6}, {"purpose": 3}, {"data_set": NOTHING}, {"started_on": 9, "planned_completion": 8})
"""What no trial is registered with."""
OF_TRIALS = (
    *("sponsor", "investigator site", "second investigator site", "ethics board", "safety board"),
    *("second medicines agency", "university hospital"),
)
SELDOM = {
    *(
        (name, "TrialNotIndependent")
        for name in "approve approve_amendment appoint_safety_board open_site open_stream".split()
    ),
    *(("withdraw", "ConsentNotRevoked"), ("randomise", "ConsentMissing"), ("randomise", "PlaceInvalid")),
    *(("place_hold", "HoldInvalid"), ("lift_hold", "HoldInvalid")),
    *(("record_completion", error) for error in ("CompletionInvalid", "TrialStateInvalid")),
}
"""Refusals for which much has to come together."""


def one_in(many):
    return st.sampled_from([False] * (many - 1) + [True])


class TrialsAreNotRewritten(DataAndResults):
    """The rules, with those of DataAndResults. Strategies are named after the arguments that take them."""

    pick = st.integers(0, 999)
    other = st.sampled_from([""] * 40 + [*OF_TRIALS, "laboratory", "audit office", "stranger", "new key"])
    regulator = st.sampled_from(["medicines agency"] * 3 + ["second medicines agency", "university hospital"])
    board = st.sampled_from(["ethics board"] * 4 + ["university hospital"])
    watcher = st.sampled_from(WATCHERS)
    authority = st.sampled_from([ETHICS, REGULATORY])
    site = st.sampled_from([0, 0, SITE, SITE, SECOND_SITE, SECOND_SITE, UNIVERSITY, LABORATORY])
    place = st.sampled_from([SITE, SITE, SECOND_SITE])
    organisation = st.sampled_from([*STREAMS, UNIVERSITY])
    amount = st.sampled_from([0, 1, 2, 3, 4, 5, CAP, CAP + 1])
    back = st.sampled_from([0, 0, 0, 1, 2, 40, -1])
    days = st.sampled_from([1, 1, 2, 30])
    seldom = one_in(6)
    never = one_in(25)
    blank = one_in(30)
    flag = st.booleans()

    # Brownie calls it on the class.
    def __init__(cls, suite: Suite, accounts: list[Any], tally: Counter[tuple[str, str | None]]) -> None:  # noqa: N805
        cls.connect(suite, accounts, tally)
        cls.stocked = object.__new__(cls)._stock()

    def setup(self) -> None:
        self.model, self.seen = deepcopy(type(self).stocked), {}
        self._look_at_all()

    def _stock(self):
        """A trial under way, with two participants, and one that is only registered: where the rules begin."""
        self.model, self.seen = self.empty_model([OUTCOMES, AMENDED]), {}
        for number in NUMBERS[:2]:
            self._call("sponsor", "register", SPONSOR, number, replace(Design(), enrolment_cap=CAP))
            for site in SITES[:2]:
                self._approve(self._trial(number), site, ETHICS)
                self._approve(self._trial(number), site, REGULATORY)
        trial = self._trial(1)
        self._approve(trial, 0, ETHICS)
        self._approve(trial, 0, REGULATORY)
        self._call("sponsor", "commit_allocations", trial, len(ARMS), allocation_tree().root())
        self._call("sponsor", "appoint_safety_board", trial, SAFETY_BOARD)
        for site, allotment in ((SITE, 4), (SECOND_SITE, 3)):
            self._call("sponsor", "open_site", trial, site, allotment)
            self._call("sponsor", "open_stream", trial, site)
        for person, site in ((0, SITE), (1, SECOND_SITE)):
            self._grant(trial, 1, person, site)
            self._call(site, "enrol_participant", trial, site, PERSONS[person], self.patients[person], self.model.today)
        assert all(error is None for _, error in self.tally)
        return self.model

    # ------------------------------------------------------------------ registering, approving, watching

    def rule_register(self, pick, other, back, seldom):
        number = 3 if self._trial(3) not in self.model.trials else NUMBERS[pick % 3]
        design = Design(enrolment_cap=CAP, started_on=max(self._day(back) * (pick % 3 == 0), 0))
        if seldom:
            design = replace(design, **WRONG[pick % len(WRONG)])
        if number == 3 or pick % 4 == 0:
            self._call(other or "sponsor", "register", SPONSOR, number, design)

    def rule_start(self, pick, place, amount):
        """All that stands before an enrolment."""
        trial = self._any(pick)
        known = self.model.trials.get(trial)
        if known is None or trial == self._trial(1):
            return
        if not known.arms[0] and pick % 2:
            self._call("sponsor", "commit_allocations", trial, len(ARMS), allocation_tree().root())
        self._clear_the_way(trial, place, amount)

    def rule_approve(self, pick, site, authority, other, regulator, board, blank):
        trial = self._any(pick)
        if pick % 4 == 0 or (site, authority) not in self._approvals(trial):
            by = board if authority == ETHICS else regulator
            self._call(other or by, "approve", trial, site, authority, self._reason(blank))

    def rule_withdraw_approval(self, pick, site, authority, other, seldom, blank):
        trial = self._any(pick)
        if pick % 3 or (pick % 9 and (site, authority) not in self._approvals(trial)):
            return
        by = self._approvals(trial).get((site, authority), "medicines agency")
        if self._call(other or by, "withdraw_approval", trial, site, authority, self._reason(blank)) and not seldom:
            self._approve(trial, site, authority)
            if site and pick % 2:
                self._call("sponsor", "open_site", trial, site, 3)

    def rule_hold(self, pick, other, regulator, blank, seldom):
        trial = self._any(pick)
        if not self._holds(trial, regulator) or pick % 5 == 0:
            placed = self._call(other or regulator, "place_hold", trial, self._reason(blank))
            if placed and not other and not seldom:
                if pick % 4 == 0:
                    self._call(self._another(regulator), "lift_hold", trial, ORGANISATIONS[regulator], REASON)
                self._call(regulator, "lift_hold", trial, ORGANISATIONS[regulator], REASON)

    def rule_lift_hold(self, pick, other, regulator, seldom, blank):
        """By the one whose it is, or by another where that one is suspended."""
        trial = self._any(pick)
        if self._holds(trial, regulator) or pick % 7 == 0:
            suspended = ORGANISATIONS[regulator] in self.model.suspended
            by = self._another(regulator) if suspended or seldom else regulator
            self._call(other or by, "lift_hold", trial, ORGANISATIONS[regulator], self._reason(blank))

    def rule_lose_standing(self, pick, site, authority, regulator, flag, blank):
        """What one has decided that is suspended now, another decides in its place."""
        trial = self._any(pick)
        if pick % 3 == 0:
            return
        if flag and not self._holds(trial, regulator):
            self._call(regulator, "place_hold", trial, REASON)
        whose = ORGANISATIONS[regulator] if flag else self._approvals(trial).get((site, authority), 0)
        if whose:
            self.suspend(whose)
        if flag:
            self._call(self._another(regulator), "lift_hold", trial, whose, self._reason(blank))
        elif whose:
            self._approve(trial, site, authority)
        if whose and pick % 5:
            self.reinstate(whose)

    def rule_appoint(self, pick, other, regulator, organisation, seldom):
        trial = self._any(pick)
        first = trial in self.model.trials and not self.model.trials[trial].board
        by = "sponsor" if first or seldom else regulator
        if first or pick % 3 == 0:
            free = UNIVERSITY if self._board(trial) == SAFETY_BOARD and not first else SAFETY_BOARD
            self._call(other or by, "appoint_safety_board", trial, organisation if seldom else free)

    def rule_pause(self, pick, other, blank, seldom):
        trial = self._any(pick)
        paused = trial in self.model.trials and self.model.trials[trial].flags & PAUSED
        if not paused or pick % 7 == 0:
            paused = self._call(other or self._board(trial), "pause", trial, self._reason(blank))
        if (paused and not seldom) or pick % 11 == 0:
            self._call(self._board(trial), "resume", trial, self._reason(blank))

    def rule_enrol_against_an_obstacle(self, pick, place, regulator, flag):
        """A site that would be the last to hear of it."""
        trial = self._any(pick)
        change, undo = ("place_hold", "lift_hold") if flag else ("pause", "resume")
        by, whose = (regulator, [ORGANISATIONS[regulator]]) if flag else (self._board(trial), [])
        if self._call(by, change, trial, REASON):
            self._enrol(trial, pick // 4, place, 0, "")
            self._call(by, undo, trial, *whose, REASON)

    def rule_take_two_parts(self, pick, site, authority, flag):
        """By one that could be anything, and is to decide about nothing in which it takes part."""
        trial, site = self._any(pick), site if pick % 3 == 0 else 0
        calls = (
            ("university hospital", "approve", trial, site, authority, REASON),
            ("university hospital", "place_hold", trial, REASON),
            ("second medicines agency", "appoint_safety_board", trial, UNIVERSITY),
            ("sponsor", "open_stream", trial, UNIVERSITY),
            ("sponsor", "open_site", trial, UNIVERSITY, 1),
        )
        if flag and (site, authority) in self._approvals(trial):
            self._call(self._approvals(trial)[site, authority], "withdraw_approval", trial, site, authority, REASON)
            if pick % 2 and self._call(*calls[0]):
                self._call("university hospital", "approve", trial, site, 1 - authority, REASON)
        for each in (ETHICS, REGULATORY):
            if (UNIVERSITY, each) not in self._approvals(trial) and pick % 2:
                self._approve(trial, UNIVERSITY, each)
        for each in (pick // 10 % 5, pick // 50 % 5):
            self._call(*calls[each])

    def rule_approve_an_amendment_of_its_own(self, pick, flag):
        """As any that takes no part may, while no ethics board has approved the trial."""
        trial = self._any(pick)
        board = self._approvals(trial).get((0, ETHICS))
        if trial not in self.model.trials or pick % 3:
            return
        if board:
            self._call(board, "withdraw_approval", trial, 0, ETHICS, REASON)
        if not self._has_waiting(trial):
            amended = Amended(enrolment_cap=CAP, effective_on=self.model.today)
            self._call("sponsor", "propose_amendment", trial, amended)
        if flag:
            self._call("second medicines agency", "appoint_safety_board", trial, UNIVERSITY)
        self._call("university hospital", "approve_amendment", trial, self._waiting(trial, False), REASON)
        if board:
            self._approve(trial, 0, ETHICS)

    def rule_end(self, pick, other, never, blank):
        if never or pick % 30 == 0:
            self._call(other or "sponsor", "end", self._any(pick), self._reason(blank))

    # ------------------------------------------------------------------ sites, streams, amendments

    def rule_open_site(self, pick, site, amount, other, never):
        trial = self._any(pick)
        closed = [each for each in SITES[:2] if each in self._sites(trial) and not self._sites(trial)[each].is_open]
        site = (
            (LABORATORY, UNIVERSITY)[pick % 2] if never else closed[pick % len(closed)] if closed and pick % 4 else site
        )
        if never:
            self._approve(trial, site, ETHICS)
            self._approve(trial, site, REGULATORY)
        if never or closed or pick % 4 == 0:
            self._call(other or "sponsor", "open_site", trial, site, amount)

    def rule_change_allotment(self, pick, place, amount, other):
        self._call(other or "sponsor", "change_allotment", self._any(pick), place, amount)

    def rule_close_site(self, pick, place, other, flag, blank):
        if pick % 3 == 0:
            by = other or ("sponsor" if flag else place)
            self._call(by, "close_site", self._any(pick), place, self._reason(blank))

    def rule_open_stream(self, pick, other, seldom):
        trial = self._any(pick)
        new = [each for each in STREAMS if each not in self._streams(trial)]
        organisation = (
            (0, UNIVERSITY)[pick // 2 % 2]
            if seldom and pick % 2
            else (new if new and pick % 5 else STREAMS)[pick % len(new or STREAMS)]
        )
        if new or seldom:
            self._call(other or "sponsor", "open_stream", trial, organisation)

    def rule_lock_stream(self, pick, organisation, other, flag, seldom):
        if seldom:
            by = "sponsor" if flag else organisation
            self._call(other or by, "lock_stream", self._any(pick), organisation)

    def rule_propose(self, pick, amount, other, back, flag, seldom, blank):
        trial = self._any(pick)
        amended = Amended(enrolment_cap=amount + 6, effective_on=self._day(min(back, 1)), reconsent=flag)
        amended = replace(amended, reason=self._reason(blank), outcomes=len(AMENDED) * (not blank or pick % 2))
        if self._has_waiting(trial) and pick % 4:
            return
        proposed = self._call(other or "sponsor", "propose_amendment", trial, amended)
        if proposed and not seldom:
            self._call(self._ethics_board(trial), "approve_amendment", trial, amended, REASON)

    def rule_approve_amendment(self, pick, other, blank, never):
        trial = self._any(pick)
        if self._has_waiting(trial) or pick % 6 == 0:
            waiting, decision = self._waiting(trial, never), self._reason(blank)
            self._call(other or self._ethics_board(trial), "approve_amendment", trial, waiting, decision)

    def rule_take_back_an_amendment(self, pick, flag):
        """With the approval of the trial; whoever approves the trial anew approves the amendment anew."""
        trial = self._any(pick)
        if (0, ETHICS) not in self._approvals(trial):
            return
        board, amended = self._ethics_board(trial), self._waiting(trial, False)
        if not self._has_waiting(trial):
            amended = replace(amended, enrolment_cap=CAP, effective_on=self.model.today + 1, reconsent=flag)
            self._call("sponsor", "propose_amendment", trial, amended)
        if not self.model.trials[trial].waiting_is_approved:
            self._call(board, "approve_amendment", trial, amended, REASON)
        if self._call(board, "withdraw_approval", trial, 0, ETHICS, REASON):
            self.let_pass(1)
            self._call("stranger", "put_amendment_in_force", trial, amended)
            if self._approve(trial, 0, ETHICS) and flag:
                self._call(self._ethics_board(trial), "approve_amendment", trial, amended, REASON)

    def rule_put_in_force(self, pick, other, flag, never):
        """Most often after its day has come."""
        trial = self._any(pick)
        if not self._has_waiting(trial) and pick % 5:
            amended = Amended(enrolment_cap=CAP, effective_on=self.model.today + 1, reconsent=flag)
            if self._call("sponsor", "propose_amendment", trial, amended) and pick % 4:
                self._call(self._ethics_board(trial), "approve_amendment", trial, amended, REASON)
        if pick % 3:
            self.let_pass(1)
        if self._has_waiting(trial) or pick % 9 == 0:
            self._call(other or "stranger", "put_amendment_in_force", trial, self._waiting(trial, never))

    def rule_drop(self, pick, other, flag, never, blank):
        trial = self._any(pick)
        if pick % 3 != 1 and (self._has_waiting(trial) or pick % 9 == 0):
            by, hashed = "sponsor" if flag else self._ethics_board(trial), self._waiting(trial, never).hash()
            self._call(other or by, "drop_amendment", trial, hashed, self._reason(blank))

    # ------------------------------------------------------------------ participants

    def rule_grant(self, pick, place, seldom, never):
        """For some days, mostly, and sometimes for less than is needed."""
        trial, worse = self._any(pick), WORSE[pick % len(WORSE)] if seldom else {}
        lasting = {"not_after": self.model.now + 2 * 86_400} if pick % 4 == 0 else {}
        version = self._version(trial) + (pick % 3 - 1 if never else 0)
        self._grant(trial, max(version, 1), pick // 4 % len(PERSONS), place, pick % 5 == 0, **worse, **lasting)

    def rule_revoke(self, pick):
        trial = self._any(pick)
        person, one = self._participant(trial, pick)
        if one is not None and pick % 2:
            self._revoke(trial, one)
            if pick % 3:
                self._call("stranger", "withdraw", trial, person)

    def rule_revoke_the_form_of_before(self, pick, flag):
        """Where there is a newer one, to which the patient sometimes consents."""
        trial = self._any(pick)
        person, one = self._participant(trial, pick)
        if one is None or pick % 4 == 1:
            return
        if one.version == self._version(trial) and not self._has_waiting(trial):
            amended = Amended(enrolment_cap=CAP, effective_on=self.model.today, reconsent=True)
            if self._call("sponsor", "propose_amendment", trial, amended):
                self._call(self._ethics_board(trial), "approve_amendment", trial, amended, REASON)
        if flag:
            self._grant(trial, self._version(trial), PERSONS.index(person), one.site)
        if one.version != self._version(trial):
            self._revoke(trial, one)
        self._call("stranger", "withdraw", trial, person)

    def rule_recover(self, pick, flag, seldom):
        """A patient loses a key. Nobody but those who always can withdraws anybody for it."""
        trial = self._any(pick)
        person, one = self._participant(trial, pick)
        if one is None or pick % 3 == 1 or one.patient in self.model.consents.retired:
            return
        if flag:
            self._revoke(trial, one)
        self._recover(one.patient)
        if not one.withdrawn:
            self._call("stranger", "withdraw", trial, person)
        if not seldom:
            self._grant(trial, self._version(trial), PERSONS.index(person), one.site)

    def rule_revoke_all(self, pick, never):
        if never:
            self._revoke_all(self.patients[pick % len(PERSONS)])

    def rule_enrol(self, pick, place, back, other):
        self._enrol(self._any(pick), pick // 4, place, back, other)

    def rule_enrol_with_consent(self, pick, place, other, back):
        trial, person = self._any(pick), pick // 4
        free = [each for each in range(len(PERSONS)) if PERSONS[each] not in self._persons(trial)]
        person = free[person % len(free)] if free and pick % 9 else person % len(PERSONS)
        place = self._site_with_room(trial, pick) if pick % 6 else place
        if pick % 3 and trial in self.model.trials and not self.model.trials[trial].flags & (ENDED | LOCKED):
            self._clear_the_way(trial, place)
        self._grant(trial, self._version(trial), person, place)
        self._enrol(trial, person, place, min(back, 2) if pick % 5 else back, other)

    def rule_renew(self, pick, other):
        trial = self._any(pick)
        person, one = self._participant(trial, pick)
        if one is not None and pick % 3:
            self._grant(trial, self._version(trial), PERSONS.index(person), one.site)
        if one is not None or pick % 4 == 0:
            self._call(other or (one.site if one else "sponsor"), "renew_consent", trial, person)

    def rule_enrol_and_randomise(self, pick, place, flag, seldom):
        self.rule_enrol_with_consent(pick, place, "", 0)
        self.rule_randomise(pick, "", flag, seldom)

    def rule_randomise(self, pick, other, flag, seldom):
        trial = self._any(pick)
        person, one = self._participant(trial, pick, without_place=not seldom)
        by = "sponsor" if flag or one is None else one.site
        taken = {each.place for each in self._persons(trial).values()}
        free = [place for place in range(len(ARMS)) if place not in taken]
        if one is not None and pick % 4 == 0:
            self._grant(trial, self._version(trial), PERSONS.index(person), one.site)
        if one is not None or seldom:
            place = free[pick % len(free)] if free and not seldom else pick // 10 % (len(ARMS) + 1)
            self._call(other or by, "randomise", trial, person, place)

    def rule_withdraw(self, pick, other, flag):
        trial = self._any(pick)
        person, one = self._participant(trial, pick)
        if pick % 3 == 0:
            by = other or (("stranger" if pick % 9 == 0 else one.patient if flag else one.site) if one else "stranger")
            self._call(by, "withdraw", trial, person)

    def rule_unblind(self, pick, other, flag, blank, seldom):
        trial = self._any(pick)
        person, one = self._participant(trial, pick, with_place=not seldom)
        by = other or (self._board(trial) if flag or one is None else one.site)
        if one is not None or seldom:
            self._call(by, "unblind", trial, person, self._reason(blank))

    # ------------------------------------------------------------------ time and standing

    def rule_let_pass(self, days):
        self.let_pass(days)

    def rule_suspend(self, place, watcher, seldom, flag):
        if seldom:
            self.suspend(place if flag else ORGANISATIONS[watcher])

    def rule_reinstate(self, pick):
        suspended = sorted(self.model.suspended)
        if suspended:
            self.reinstate(suspended[pick % len(suspended)])

    # ------------------------------------------------------------------ what must hold after every step

    def invariant_the_chain_is_the_model(self):
        for trial in self.touched:
            self._look_at(trial)
        self.touched.clear()

    def teardown(self):
        self._look_at_all()


def _calls(tally, accepted):
    """How often each function was called, and accepted or refused."""
    calls = Counter()
    for (name, error), times in tally.items():
        calls[name] += times * ((error is None) is accepted)
    return +calls


def test_trials_are_not_rewritten(suite, accounts):
    settings = {
        "max_examples": 80,
        "stateful_step_count": 60,
        "phases": [Phase.generate],  # to shorten a sequence that fails takes minutes
        "derandomize": True,  # the same calls on every run: CI must not be a lottery
        "suppress_health_check": list(HealthCheck),
    }
    tally = Counter()
    state_machine(TrialsAreNotRewritten, suite, list(accounts), tally, settings=settings)
    accepted, refused = (_calls(tally, so) for so in (True, False))
    print(f"{accepted.total()} of {tally.total()} calls accepted:", sorted(accepted.items()))
    assert set(accepted) == set(refused) == set(TrialChain.FUNCTIONS)
    assert set(tally) >= SELDOM
    assert tally.total() > 2_500
    assert accepted.total() > tally.total() * 0.5
