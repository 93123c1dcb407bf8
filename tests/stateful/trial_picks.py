"""On what, and about whom, the calls of test_trials_are_not_rewritten.py are: mostly what is there, and now and then
what is not."""

from __future__ import annotations

from dataclasses import replace

from carechain.consent_terms import OPEN_ENDED
from carechain.data_categories import class_bit
from carechain.purpose_of_use import mask_of
from tests.helpers.suite import LABORATORY, SAFETY_BOARD, SECOND_SITE, SITE, SPONSOR
from tests.helpers.trials import (
    ETHICS,
    LOCKED,
    OUTCOMES,
    PAUSED,
    REGULATORY,
    Amended,
    commitment,
    outcome_tree,
    pseudonym,
)
from tests.stateful.trial_chain import ORGANISATIONS, TrialChain
from tests.stateful.trial_state import NOTHING

NUMBERS = (1, 2, 3)
"""Of trials: one under way, one registered, one that is not there yet."""
SITES = (SITE, SECOND_SITE, LABORATORY)
STREAMS = (SITE, SECOND_SITE, LABORATORY, SPONSOR)
WATCHERS = ("medicines agency", "second medicines agency", "ethics board", "safety board", "university hospital")
PERSONS = [pseudonym(person) for person in range(9)]
AMENDED = (*OUTCOMES, b"outcome 5")
CAP = 9
REASON = commitment("reason")
GIVEN = {"purposes": mask_of("CLINTRCH"), "categories": class_bit("ResearchSubject"), "not_after": OPEN_ENDED}
WORSE = (
    {"purposes": mask_of("TREAT")},
    {"categories": class_bit("Condition")},
    {"purposes": mask_of("HRESCH")},  # which is as good
)


class TrialPicks(TrialChain):
    """Chooses by a number, of any size."""

    def _trial(self, number):
        return SPONSOR << 32 | number

    def _any(self, pick):
        """Mostly the one that is under way; seldom one that is not there."""
        trial = self._trial((1, 1, 1, 1, 1, 2, 2, 3, 3, 3)[pick % 10])
        return trial if trial in self.model.trials or pick % 50 == 7 else self._trial(1)

    def _locked(self, pick):
        """One whose dataset is locked; seldom one whose is not, or none."""
        locked = [trial for trial, known in self.model.trials.items() if known.flags & LOCKED]
        if pick % 10 == 0:
            return self._any(pick // 10)
        return locked[pick % len(locked)] if locked else None

    def _look_at_all(self):
        for trial in map(self._trial, NUMBERS):
            self._look_at(trial)
        self.touched.clear()

    def _approve(self, trial, site, authority):
        by = "ethics board" if authority == ETHICS else "medicines agency"
        if ORGANISATIONS[by] in self.model.suspended:
            by = "university hospital"
        return self._call(by, "approve", trial, site, authority, REASON)

    def _clear_the_way(self, trial, place, allotment=3):
        """All that stands before an enrolment, but for consent and what is final."""
        known = self.model.trials[trial]
        for regulator in sorted(known.holds):
            self._call(regulator, "lift_hold", trial, regulator, REASON)
        if known.flags & PAUSED:
            self._call(known.board, "resume", trial, REASON)
        for site, authority in ((0, ETHICS), (0, REGULATORY), (place, ETHICS), (place, REGULATORY)):
            if (site, authority) not in known.approvals:
                self._approve(trial, site, authority)
        if place not in known.sites or not known.sites[place].is_open:
            self._call("sponsor", "open_site", trial, place, known.enrolled(place) + allotment)

    def _board(self, trial):
        """Its safety board, or the one that it may have."""
        return (self.model.trials[trial].board if trial in self.model.trials else 0) or SAFETY_BOARD

    def _ethics_board(self, trial):
        """The one that approved it, or may."""
        return self._approvals(trial).get((0, ETHICS), "ethics board")

    def _approvals(self, trial):
        return self.model.trials[trial].approvals if trial in self.model.trials else {}

    def _another(self, regulator):
        return "second medicines agency" if regulator == "medicines agency" else "medicines agency"

    def _holds(self, trial, regulator):
        return trial in self.model.trials and ORGANISATIONS[regulator] in self.model.trials[trial].holds

    def _sites(self, trial):
        return self.model.trials[trial].sites if trial in self.model.trials else {}

    def _streams(self, trial):
        return self.model.trials[trial].streams if trial in self.model.trials else {}

    def _site_with_room(self, trial, pick):
        """One that is open and has room, if there is one."""
        known, sites = self.model.trials.get(trial), self._sites(trial)
        free = [each for each in SITES[:2] if each in sites and known.enrolled(each) < sites[each].allotment]
        return free[pick % len(free)] if free else SITES[pick % 2]

    def _persons(self, trial):
        return self.model.trials[trial].persons if trial in self.model.trials else {}

    def _reason(self, blank):
        return NOTHING if blank else REASON

    def _day(self, back):
        return self.model.today - back

    def _version(self, trial):
        return self.model.trials[trial].version if trial in self.model.trials else 1

    def _has_waiting(self, trial):
        return trial in self.model.trials and self.model.trials[trial].waiting is not None

    def _waiting(self, trial, another):
        waiting = self.model.trials[trial].waiting if trial in self.model.trials else None
        return replace(waiting or Amended(), enrolment_cap=7) if another or waiting is None else waiting

    def _log(self, trial, organisation):
        return self.model.trials[trial].log(organisation) if trial in self.model.trials else []

    def _stream(self, trial, pick, any_one):
        """An organisation whose stream is open, if there is one."""
        streams = [each for each, stream in self._streams(trial).items() if not stream.locked]
        return streams[pick % len(streams)] if streams and not any_one else STREAMS[pick % len(STREAMS)]

    def _outcomes(self, trial):
        known = self.model.trials.get(trial)
        return outcome_tree(self.model.outcomes[known.terms.outcomes_root] if known else OUTCOMES)

    def _participant(self, trial, pick, with_place=False, without_place=False):
        """One that is on record if there is one, or another."""
        found = [
            person
            for person, one in self._persons(trial).items()
            if not (with_place and one.place is None) and not (without_place and one.place is not None)
        ]
        one = found[pick // 10 % len(found)] if found and pick % 15 else PERSONS[pick % len(PERSONS)]
        return one, self._persons(trial).get(one)

    def _enrol(self, trial, person, site, back, other):
        who = person % len(PERSONS)
        named = NOTHING if person % 31 == 30 else PERSONS[who]
        self._call(other or site, "enrol_participant", trial, site, named, self.patients[who], max(self._day(back), 0))

    def _grant(self, trial, version, person, site, by_lost_key=False, **changes):
        patient = self.patients[person]
        lost = patient in self.model.consents.retired
        self.grant(trial, version, patient, site, {**GIVEN, **changes}, lost and not by_lost_key)

    def _batch(self, pick, spoilt):
        now = self.model.now
        since, until, count, root = now - 600, now - 60, 1 + pick, commitment(f"batch {pick}")
        if spoilt:
            since, count = (until + 1, count) if pick % 2 else (since, 0)
        return since, until, count, root
