"""The rules of test_trials_are_not_rewritten.py for data, signatures and adverse events, and for how a trial comes to
its results."""

from __future__ import annotations

from tests.helpers import rfc9162
from tests.helpers.suite import SITE, SPONSOR
from tests.helpers.trials import ACTS, ARMS, KEY, allocation_tree, commitment
from tests.stateful.trial_picks import AMENDED, REASON, TrialPicks
from tests.stateful.trial_state import NOTHING


class DataAndResults(TrialPicks):
    """Strategies stand where all rules are brought together."""

    # ------------------------------------------------------------------ data, signatures, events

    def rule_anchor(self, pick, other, seldom, blank):
        trial = self._any(pick)
        organisation = self._stream(trial, pick, seldom)
        self._call(other or organisation, "anchor_data", trial, organisation, *self._batch(pick, blank))

    def rule_correct(self, pick, other, seldom, blank):
        trial = self._any(pick)
        organisation = self._stream(trial, pick, seldom)
        if not self._log(trial, organisation) and pick % 8:
            self._call(organisation, "anchor_data", trial, organisation, *self._batch(pick, False))
        size = len(self._log(trial, organisation))
        corrected = pick % (size + 1) if pick % 8 == 0 else pick % max(size, 1)
        rest = corrected, self._reason(blank), *self._batch(pick, False)
        self._call(other or organisation, "anchor_correction", trial, organisation, *rest)

    def rule_report(self, pick, organisation, other, flag, back, blank):
        aware_at = self.model.now - max(back, -1) * 3_600 if pick % 9 else 0
        call = "report_adverse_event", self._any(pick), organisation, int(flag), aware_at, self._reason(blank)
        self._call(other or organisation, *call)

    def rule_file(self, pick, other, blank):
        trial = self._any(pick)
        events = self.model.trials[trial].events if trial in self.model.trials else []
        if not events and pick % 7:
            self._call("sponsor", "report_adverse_event", trial, SPONSOR, pick % 2, self.model.now, REASON)
        number = pick % (len(events) + 2) if pick % 5 == 0 else len(events)
        self._call(other or "sponsor", "file_adverse_event", trial, number, self._reason(blank))

    def rule_sign(self, pick, organisation, other, flag, never, blank):
        trial, whose = self._any(pick), 0 if flag else organisation
        log = self._log(trial, whose)
        index = pick % max(len(log), 1)
        leaf = rfc9162.leaf(log[index]) if log and not never else REASON
        proof = rfc9162.inclusion_proof(index, log) if log else []
        meaning = ACTS.index("Ended" if blank else ("Authored", "Reviewed", "SignedOff")[pick % 3])
        by = other or ("sponsor", "audit office", "medicines agency", "ethics board", SITE)[pick % 5]
        self._call(by, "sign", trial, whose, index, leaf, proof, meaning, self._reason(never and pick % 2 == 0))

    # ------------------------------------------------------------------ completion, lock, results, time

    def rule_commit(self, pick, other, blank):
        trial, root = self._any(pick), NOTHING if blank else allocation_tree().root()
        if pick % 5 == 0 or (trial in self.model.trials and not self.model.trials[trial].arms[0]):
            self._call(other or "sponsor", "commit_allocations", trial, len(ARMS) * (pick % 9 > 0), root)

    def rule_complete(self, pick, other, back, seldom, flag):
        """Mostly of a trial in which less is done: nobody is enrolled any more."""
        if seldom or flag:
            trial = self._any(pick) if seldom else self._trial(2 + pick % 2)
            self._call(other or "sponsor", "record_completion", trial, self._day(back))

    def rule_lock(self, pick, other, never, blank):
        if never or pick % 12 == 0:
            self._call(other or "sponsor", "lock_dataset", self._any(pick), self._reason(blank))

    def rule_finish(self, pick, never, seldom):
        """All that stands before results. Seldom of the trial in which most is done."""
        trial = self._any(pick) if never else self._trial(2 + pick % 2)
        known = self.model.trials.get(trial)
        if known is None or not (never or seldom or pick % 3 != 1):
            return
        if not known.arms[0] and not known.started_on and pick % 4:
            self._call("sponsor", "commit_allocations", trial, len(ARMS), allocation_tree().root())
        for organisation, stream in known.streams.items():
            if not stream.locked:
                self._call("sponsor", "lock_stream", trial, organisation)
        if known.waiting:
            self._call("sponsor", "drop_amendment", trial, known.waiting.hash(), REASON)
        if pick % 3 == 0:
            self._call("sponsor", "record_completion", trial, self.model.today)
        self._call("sponsor", "lock_dataset", trial, commitment("dataset"))
        if pick % 8 and known.arms[0]:
            self._call("sponsor", "reveal_allocations", trial, KEY, 0, ARMS, [])
        for outcome in range(pick % 5):
            tree = self._outcomes(trial)
            proof = list(tree.inclusion_proof(outcome))
            self._call("sponsor", "post_result", trial, outcome, tree.leaf(outcome), proof, REASON)

    def rule_reveal(self, pick, other, never, seldom):
        trial = self._locked(pick)
        arms, key = ARMS[::-1] if seldom and pick % 2 else ARMS, KEY if pick % 7 else REASON
        proof = [REASON] * (pick % 11 == 0)
        if trial is not None:
            self._call(other or "sponsor", "reveal_allocations", trial, key, int(never), arms, proof)

    def rule_post(self, pick, other, flag, blank):
        trial = self._locked(pick)
        if trial is None:
            return
        outcome, tree = pick % (len(AMENDED) + 1), self._outcomes(trial)
        proof, told = [], NOTHING if blank and pick % 2 else REASON
        if outcome < tree.size and flag:
            proof, told = list(tree.inclusion_proof(outcome)), tree.leaf(outcome)
        self._call(other or "sponsor", "post_result", trial, outcome, told, proof, self._reason(blank))
