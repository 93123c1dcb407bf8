"""TrialRegistry as test_trials_are_not_rewritten.py drives it: calls that are held against the model, and all that the
chain tells, compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import Any

from eth_abi import decode

from carechain.consent_terms import ConsentTerms
from carechain.roles import role_mask
from tests.helpers import rfc9162
from tests.helpers.suite import FOUNDERS, LICENCE_EXPIRY, SPONSOR, now, pass_time
from tests.helpers.trials import (
    ADDED,
    APPROVED,
    CHANGED,
    ENDED,
    HELD,
    LATE,
    LOCKED,
    MISSING,
    PAUSED,
    RANDOMISED,
    REPORTED,
    UNBLINDED,
    commitment,
    pseudonym,
)
from tests.stateful.consent_model import ConsentModel
from tests.stateful.node import Node
from tests.stateful.trial_model import TrialModel
from tests.stateful.trial_state import DAY, DAYS_FROM_1900, NOTHING, SUBJECT, Caller, scope_of

HOSPITAL = "university hospital", ("ethics board", "regulator", "safety board", "investigator site"), 44
"""It could be all of them: one that is accredited later, as the founders are told."""
EVERYBODY = (*FOUNDERS, HOSPITAL)
ORGANISATIONS = {name: number for number, (name, _, _) in enumerate(EVERYBODY, 1)}
UNIVERSITY = ORGANISATIONS["university hospital"]
ROLES = {number: role_mask(roles) for number, (_, roles, _) in enumerate(EVERYBODY, 1)}
FINAL = ENDED | LOCKED | UNBLINDED | LATE | RANDOMISED
TRIAL = "bytes32 uint16 uint16 uint24 uint24 uint24 uint16 uint8 uint16 uint16 uint16 uint16 uint16 uint16 uint32 uint8"
TRIAL += " uint24 uint24 uint24 uint16 bytes32"
SITE = ["uint32", "uint32", "bool", "uint24", "uint24", "uint16"]
PARTICIPANT = ["address", "uint32", "uint16", "uint16", "uint24", "bool", "bool"]
EVENT = ["uint32", "uint40", "uint40", "uint40", "uint8", "uint40", "bool"]
NOBODY = "0x" + "00" * 20
SHOWN_SITES = (0, ORGANISATIONS["investigator site"], ORGANISATIONS["second investigator site"], UNIVERSITY)
SHOWN_STREAMS = (*SHOWN_SITES, ORGANISATIONS["laboratory"], ORGANISATIONS["sponsor"])
SHOWN_REGULATORS = ORGANISATIONS["medicines agency"], ORGANISATIONS["second medicines agency"], UNIVERSITY
SHOWN_PERSONS = [pseudonym(person) for person in range(9)]
SHOWN_OUTCOMES = range(7)


@dataclass
class Seen:
    """A trial, as the chain told of it."""

    flags: int
    cap: int
    logs: dict[int, tuple[int, bytes]]
    locked: set[int]
    sites: dict[int, tuple[Any, ...]]
    people: list[tuple[Any, ...]]
    results: tuple[int, ...]
    statuses: list[int]


class TrialChain:
    """The chain's side."""

    FUNCTIONS = (
        *"register enrol_participant renew_consent randomise withdraw unblind anchor_data anchor_correction".split(),
        *"open_stream lock_stream approve withdraw_approval place_hold lift_hold appoint_safety_board pause".split(),
        *"resume end open_site change_allotment close_site propose_amendment approve_amendment".split(),
        *"put_amendment_in_force drop_amendment commit_allocations reveal_allocations report_adverse_event".split(),
        *"file_adverse_event sign record_completion lock_dataset post_result".split(),
    )
    """As the model names them; the contract does so in camel case."""

    @classmethod
    def connect(cls, suite, accounts, tally):
        cls.suite, cls.trials, cls.consents, cls.tally = suite, suite.trials, suite.consents, tally
        cls.node = Node(suite.chain.web3, suite.participants.abi, suite.trials.abi, suite.consents.abi)
        cls.supervisor = accounts[3].address
        cls.guardian, cls.new_key = accounts[17].address, accounts[19].address
        """Of every patient who loses a key, and the key that comes in its place."""
        cls.callers = {number: Caller(number, accounts[key].address) for number, (_, _, key) in enumerate(EVERYBODY, 1)}
        cls.callers["stranger"] = Caller(0, accounts[18].address)
        cls.patients = [accounts[10 + person % 7].address for person in range(9)]
        """Of each person; some have one address for both."""
        cls.callers |= {patient: Caller(0, patient) for patient in cls.patients}
        cls.callers["new key"] = Caller(0, cls.new_key)
        cls.callers |= {name: cls.callers[number] for name, number in ORGANISATIONS.items()}
        cls.touched = set()
        cls.fixed = {}
        name, roles, key = HOSPITAL
        accredit = name, role_mask(roles), LICENCE_EXPIRY, NOTHING, accounts[key]
        suite.as_registrar(suite.participants.accredit, *accredit)

    @staticmethod
    def empty_model(outcomes):
        return TrialModel(now(), ROLES, {rfc9162.root(each): each for each in outcomes}, ConsentModel(now()))

    # ------------------------------------------------------------------ what is called

    def _call(self, by, name, *arguments):
        """Whether it was accepted, which the model has to say too."""
        told = [each.arguments() if hasattr(each, "arguments") else each for each in arguments]
        function = getattr(self.trials, _camel(name))
        caller = self.callers[by]
        refusal = self._send(caller.address, self.trials, function.encode_input(*told))
        assert (name, refusal) == (name, self.model.attempt(caller, name, *arguments))
        if name == "enrol_participant" and refusal is None:
            self._was_allowed(*arguments)
        trial = arguments[0] << 32 | arguments[1] if name == "register" else arguments[0]
        self.touched.add(trial)
        self.tally[name, refusal] += 1
        return refusal is None

    def _was_allowed(self, trial, site, _person, patient, _on):
        """An enrolment: from what the chain told before it, and from the register of consents, alone."""
        purpose, day = self.model.trials[trial].design.purpose, now() // DAY + DAYS_FROM_1900
        scope = self.trials.consentScopeOf(trial, self.model.trials[trial].version)
        assert self.consents.checkRecorded(patient, site, scope, purpose, SUBJECT, day, day) == 1
        flags, sites = self._glance(trial, site)
        assert flags & (APPROVED | HELD | PAUSED | ENDED | LOCKED | UNBLINDED) == APPROVED
        assert sites[2]
        assert sites[3] <= sites[4]

    def _glance(self, trial, site):
        asked = [self.trials.progressOf.encode_input(trial), self.trials.siteOf.encode_input(trial, site)]
        progress, told = self.node.answers(self.trials, asked)
        return decode(["uint16", "uint24", "uint24"], progress)[0], decode(SITE, told)

    def grant(self, trial, version, patient, site, terms, by_new_key):
        terms, scope = ConsentTerms(**terms), scope_of(trial, version)
        told = site, scope, terms.pack(), commitment("form")
        by, data = patient, self.consents.grant.encode_input(*told)
        if by_new_key:
            by, data = self.new_key, self.consents.grantFor.encode_input(patient, *told)
        refusal = self._send(by, self.consents, data)
        assert refusal == self.model.consents.grant(by, patient, site, scope, terms)
        self.touched.add(trial)

    def _recover(self, patient):
        """The patient's key is lost: what it granted is void, and a new one acts for the patient."""
        consents, known = self.consents, self.model.consents
        plan = [self.guardian], 1, DAY
        self._agreed(patient, consents.planRecovery.encode_input(patient, *plan), known.plan, patient, *plan)
        approval = patient, self.new_key
        self._agreed(self.guardian, consents.approveRecovery.encode_input(*approval), known.approve, *approval)
        self.let_pass(1)
        refusal = self._send(self.guardian, consents, consents.finishRecovery.encode_input(*approval))
        assert refusal is known.finish(*approval) is None

    def _agreed(self, by, data, in_model, *arguments):
        assert self._send(by, self.consents, data) is in_model(by, *arguments) is None

    def _revoke(self, trial, one):
        scope = scope_of(trial, one.version)
        refusal = self._send(one.patient, self.consents, self.consents.revoke.encode_input(one.site, scope))
        assert refusal == self.model.consents.revoke(one.patient, one.patient, one.site, scope)
        self.touched.add(trial)

    def _revoke_all(self, patient):
        refusal = self._send(patient, self.consents, self.consents.revokeAll.encode_input())
        assert refusal == self.model.consents.revoke_all(patient, patient)
        self.touched |= set(self.model.trials)

    def suspend(self, organisation):
        if organisation not in self.model.suspended:
            self.suite.participants.suspend(organisation, 0, bytes(32), {"from": self.supervisor})
            self.model.suspended.add(organisation)

    def reinstate(self, organisation):
        """It takes the registrar some days."""
        if organisation in self.model.suspended:
            self.suite.as_registrar(self.suite.participants.reinstate, organisation, bytes(32))
            self.model.suspended.remove(organisation)
            self._keep_time()
            self.touched |= set(self.model.trials)

    def let_pass(self, days):
        pass_time(days * DAY)
        self._keep_time()
        self.touched |= set(self.model.trials)

    def _keep_time(self):
        self.model.now = self.model.consents.now = now()

    def _send(self, sender, contract, data):
        """The error with which it was refused, or None."""
        refusal = self.node.send(sender, contract.address, data)
        self._keep_time()
        return refusal

    # ------------------------------------------------------------------ what is seen

    def _look_at(self, trial):
        """Asks for everything about a trial, and compares it with the model, and with what was seen before."""
        known, before = self.model.trials.get(trial), self.seen.get(trial)
        asked = [*self._questions(trial)]
        if before:
            for organisation, (size, root) in before.logs.items():
                log = known.log(organisation)
                proof = rfc9162.consistency_proof(size, log) if 0 < size < len(log) else []
                asked.append(self.trials.logContinues.encode_input(trial, organisation, size, root, proof))
        answers = iter(self.node.answers(self.trials, asked))
        view = decode(TRIAL.split(), next(answers))
        progress = decode(["uint16", "uint24", "uint24"], next(answers))
        results = decode(["uint16"] * 5 + ["uint32", "bool"], next(answers))
        events = int.from_bytes(next(answers))
        sites = {site: decode(SITE, next(answers)) for site in SHOWN_SITES}
        people = [decode(PARTICIPANT, next(answers)) for _ in SHOWN_PERSONS]
        participation = [int.from_bytes(next(answers)) for _ in SHOWN_PERSONS]
        logs = {each: decode(["uint64", "bytes32"], next(answers)) for each in SHOWN_STREAMS}
        holds = {each for each in SHOWN_REGULATORS if int.from_bytes(next(answers))}
        statuses = [int.from_bytes(next(answers)) for _ in SHOWN_OUTCOMES]
        assert all(int.from_bytes(answer) for answer in answers), "a log was rewritten"

        assert participation == [self.model.participation(trial, person) for person in SHOWN_PERSONS]
        if known is None:
            assert (view, logs[0]) == ((bytes(32), *[0] * 19, bytes(32)), (0, rfc9162.root([])))
            return
        self._is_the_models(known, view, sites, people, events)
        assert logs == {each: (len(known.log(each)), rfc9162.root(known.log(each))) for each in SHOWN_STREAMS}
        assert (holds, statuses) == (known.holds, [known.status(outcome) for outcome in SHOWN_OUTCOMES])
        self._adds_up(known, view, progress, results, sites, people)
        self._each_site_enrols_as_the_trial_does(trial)
        locked = {each for each, stream in known.streams.items() if stream.locked}
        self.seen[trial] = Seen(view[13], view[5], logs, locked, sites, people, results, statuses)
        if before:
            self._what_is_final_stays(before, self.seen[trial])

    def _each_site_enrols_as_the_trial_does(self, trial):
        """Asks each for an enrolment that nothing but the missing consent of a stranger refuses at the end."""
        for site in SHOWN_SITES[1:]:
            call = trial, site, commitment("nobody"), self.callers["stranger"].address, self.model.today
            caller = self.callers[site]
            data = self.trials.enrolParticipant.encode_input(*call)
            refusal = self.node.refusal(caller.address, self.trials.address, data)
            assert refusal == self.model.attempt(caller, "enrol_participant", *call)

    def _questions(self, trial):
        """What is always asked of a trial."""
        if trial not in self.fixed:
            ask = self.trials
            self.fixed[trial] = [
                *(
                    each.encode_input(trial)
                    for each in (ask.trialOf, ask.progressOf, ask.resultsOf, ask.adverseEventCount)
                ),
                *(ask.siteOf.encode_input(trial, site) for site in SHOWN_SITES),
                *(ask.participantOf.encode_input(trial, person) for person in SHOWN_PERSONS),
                *(ask.participationOf.encode_input(trial, person) for person in SHOWN_PERSONS),
                *(ask.logOf.encode_input(trial, organisation) for organisation in SHOWN_STREAMS),
                *(ask.isHeldBy.encode_input(trial, regulator) for regulator in SHOWN_REGULATORS),
                *(ask.outcomeStatusOf.encode_input(trial, outcome) for outcome in SHOWN_OUTCOMES),
            ]
        return self.fixed[trial]

    def _is_the_models(self, known, view, sites, people, events):
        terms, persons = known.terms, known.persons.values()
        assert view == (
            *(terms.outcomes_root, terms.outcomes, terms.primaries, len(persons), known.allotted, terms.enrolment_cap),
            *(known.version, known.design.purpose, known.registered_on, known.started_on, terms.planned_completion),
            *(known.completed_on, len(known.in_force), known.flags, known.board, len(known.holds), known.arms[0]),
            sum(person.unblinded for person in persons),
            sum(not stream.locked for stream in known.streams.values()),
            len(known.sites),
            known.waiting.hash() if known.waiting else bytes(32),
        )
        assert events == len(known.events)
        for site, told in sites.items():
            place = known.sites.get(site)
            starts = [person.on for person in persons if person.site == site]
            assert told == (
                *(known.approvals.get((site, authority), 0) for authority in (0, 1)),
                *((place.is_open, known.enrolled(site), place.allotment) if place else (False, 0, 0)),
                min(starts, default=0),
            )
        for person, told in zip(SHOWN_PERSONS, people, strict=True):
            one = known.persons.get(person)
            expected = (NOBODY, *[0] * 4, False, False)
            if one is not None:
                place = 0 if one.place is None else one.place + 1
                expected = one.patient.lower(), one.site, one.on, one.version, place, one.withdrawn, one.unblinded
            assert told == expected

    def _adds_up(self, known, view, progress, results, sites, people):
        """Of what the chain tells, without the model."""
        enrolled, allotted, cap, flags = view[3], view[4], view[5], view[13]
        per_site = [told for site, told in sites.items() if site]
        assert sum(told[3] for told in per_site) == enrolled == sum(told[0] != NOBODY for told in people)
        assert sum(told[4] for told in per_site) == allotted <= cap
        for site, told in sites.items():
            assert told[3] == sum(person[1] == site for person in people if person[0] != NOBODY) <= told[4]
        watching = {*sites[0][:2], view[14]} - {0}
        assert not watching & {SPONSOR, *(site for site, told in sites.items() if told[2])}
        assert not view[14] or view[14] not in sites[0][:2]
        assert all(not told[0] or told[0] != told[1] for told in sites.values())
        places = [person[4] for person in people if person[4]]
        assert len(places) == len(set(places))
        assert progress == (flags, enrolled // 10 * 10, cap)
        assert not flags & UNBLINDED or flags & LOCKED
        found = [known.status(outcome) for outcome in range(view[1])]
        reported = {outcome for outcome, status in known.results if status == REPORTED}
        assert results[:5] == (
            *(view[1], len(reported), found.count(CHANGED), found.count(MISSING)),
            sum(status == ADDED for _, status in known.results),
        )
        assert results[6] == (results[3] > 0 and self.model.today > results[5])

    def _what_is_final_stays(self, was, is_):
        assert was.flags & FINAL & ~is_.flags == 0
        assert was.locked <= is_.locked
        assert all(is_.logs[organisation] == was.logs[organisation] for organisation in was.locked)
        for old, new in zip(was.people, is_.people, strict=True):
            if old[0] != NOBODY:
                assert new[:3] == old[:3]
                assert new[3] >= old[3]
                assert old[4] in (0, new[4])
                assert new[5:] >= old[5:]
        assert all(starmap(_stays, zip(was.statuses, is_.statuses, strict=True)))
        if was.flags & LOCKED:
            assert [person[4] for person in is_.people] == [person[4] for person in was.people]
            assert is_.cap == was.cap


def _stays(was, is_):
    """What became of an outcome: it may be changed, and never be as registered again, or missing."""
    return is_ >= was


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
