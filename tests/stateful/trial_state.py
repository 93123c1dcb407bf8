"""The state of trials for trial_model.py, by what was said about them, and what every call asks of it.

Nothing is mirrored from a trial to its sites, and nothing is counted: who may be enrolled, and how many are, is looked
up where it was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from carechain.consent_scope import Scope
from carechain.consent_terms import Use
from carechain.data_categories import class_bit
from carechain.roles import role_mask
from tests.helpers.trials import (
    ACTIVE,
    ADDED,
    APPROVED,
    CONSENT_LAPSED,
    CONSENT_OUTDATED,
    ENDED,
    ETHICS,
    HELD,
    LATE,
    LOCKED,
    MISSING,
    PAUSED,
    RANDOMISED,
    REGULATORY,
    UNBLINDED,
    UNKNOWN,
    WITHDRAWN,
    Amended,
    Design,
    act_entry,
)
from tests.stateful.consent_model import ConsentModel
from tests.stateful.supply_units import refuse

DAY = 86_400
DAYS_FROM_1900 = 25_567
SITE, SPONSOR, BOARD, AUDITOR, REGULATOR = (
    role_mask([role]) for role in ("investigator site", "sponsor", "safety board", "auditor", "regulator")
)
AUTHORITIES = {ETHICS: role_mask(["ethics board"]), REGULATORY: REGULATOR}
DECIDERS = AUTHORITIES[ETHICS] | REGULATOR | BOARD
LAST_DATA_DAY = 2**16 - 1
"""Days of data since 1900 end here: a later one counts as this one."""
SUBJECT = class_bit("ResearchSubject")
NOTHING = bytes(32)


@dataclass(frozen=True)
class Caller:
    """A key, and the organisation for which it speaks; 0 for none."""

    organisation: int
    address: str


@dataclass
class Person:
    patient: str
    site: int
    on: int
    version: int
    place: int | None = None
    withdrawn: bool = False
    unblinded: bool = False


@dataclass
class Place:
    """A site that was ever open."""

    allotment: int
    is_open: bool = True


@dataclass
class Stream:
    entries: list[bytes] = field(default_factory=list)
    locked: bool = False


@dataclass
class Trial:
    """A trial, by what was said about it."""

    design: Design
    registered_on: int
    entries: list[bytes] = field(default_factory=list)
    approvals: dict[tuple[int, int], int] = field(default_factory=dict)
    sites: dict[int, Place] = field(default_factory=dict)
    persons: dict[bytes, Person] = field(default_factory=dict)
    streams: dict[int, Stream] = field(default_factory=dict)
    holds: set[int] = field(default_factory=set)
    board: int = 0
    said: int = 0
    """Paused, ended, locked, unblinded: flags that somebody's word sets."""
    waiting: Amended | None = None
    waiting_is_approved: bool = False
    in_force: list[Amended] = field(default_factory=list)
    arms: tuple[int, bytes] = (0, NOTHING)
    results: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    completed_on: int = 0

    @property
    def flags(self) -> int:
        approved = all((0, authority) in self.approvals for authority in AUTHORITIES)
        late = any(0 < on < self.registered_on for on in self._starts)
        told = (approved, APPROVED), (self.holds, HELD), (late, LATE), (self.arms[0], RANDOMISED)
        return self.said | sum(flag for so, flag in told if so)

    @property
    def enrols(self) -> bool:
        return self.flags & (APPROVED | HELD | PAUSED | ENDED | LOCKED | UNBLINDED) == APPROVED

    @property
    def started_on(self) -> int:
        return min((on for on in self._starts if on), default=0)

    @property
    def _starts(self) -> list[int]:
        return [self.design.started_on, *(person.on for person in self.persons.values())]

    @property
    def terms(self) -> Design | Amended:
        """What of the design can be amended, as it is in force."""
        return self.in_force[-1] if self.in_force else self.design

    @property
    def version(self) -> int:
        """Of the consent form that is to be signed."""
        return 1 + sum(amended.reconsent for amended in self.in_force)

    @property
    def allotted(self) -> int:
        return sum(place.allotment for place in self.sites.values())

    def enrolled(self, site: int) -> int:
        return sum(person.site == site for person in self.persons.values())

    def takes_part(self, organisation: int, sponsor: int) -> bool:
        return organisation == sponsor or organisation in self.sites or organisation in self.streams

    def watches(self, organisation: int) -> bool:
        """Whether it has approved the trial, or is its safety board; 0 while one of them is still missing."""
        return organisation in (self.board, *(self.approvals.get((0, authority), 0) for authority in AUTHORITIES))

    def log(self, organisation: int) -> list[bytes]:
        if organisation == 0:
            return self.entries
        return self.streams[organisation].entries if organisation in self.streams else []

    def status(self, outcome: int) -> int:
        found = {status for number, status in self.results if number == outcome} - {ADDED}
        return max(found, default=MISSING)


@dataclass
class TrialRules:
    """The state of everything, and what every call asks. `now` is the time of the block in which a call is made."""

    now: int
    roles: dict[int, int]
    outcomes: dict[bytes, Sequence[bytes]]
    """Lists of outcomes by their root."""
    consents: ConsentModel
    suspended: set[int] = field(default_factory=set)
    trials: dict[int, Trial] = field(default_factory=dict)

    @property
    def today(self) -> int:
        return self.now // DAY

    # ------------------------------------------------------------------ what calls ask

    def is_good(self, organisation: int, any_of_roles: int = 0) -> bool:
        """Whether it is in standing, with one of the roles if any are asked for."""
        roles = self.roles.get(organisation, 0)
        return roles > 0 and organisation not in self.suspended and (not any_of_roles or bool(roles & any_of_roles))

    def consents_to(self, trial: int, version: int, patient: str, site: int) -> bool:
        """Whether a consent to take part, under this version of the form, is in force."""
        day = min(self.today + DAYS_FROM_1900, LAST_DATA_DAY)
        use = Use(self.trials[trial].design.purpose, SUBJECT, self.now, day)
        return self.consents.is_recorded_permitted(patient, site, scope_of(trial, version), use)

    def participation(self, trial: int, person: bytes) -> int:
        """May data be collected? As ITrialTypes.Participation."""
        known = self.trials.get(trial)
        one = known.persons.get(person) if known else None
        if known is None or one is None:
            return UNKNOWN
        if one.withdrawn:
            return WITHDRAWN
        if not self.consents_to(trial, one.version, one.patient, one.site):
            return CONSENT_LAPSED
        return ACTIVE if one.version == known.version else CONSENT_OUTDATED

    def _standing(self, by: Caller, organisation: int, any_of_roles: int = 0) -> None:
        refuse(by.organisation != organisation or not self.is_good(organisation, any_of_roles), "OperatorNotInStanding")

    def _operator(self, by: Caller, any_of_roles: int = 0) -> None:
        self._standing(by, by.organisation, any_of_roles)

    def _load(self, trial: int) -> Trial:
        refuse(trial not in self.trials, "TrialUnknown")
        return self.trials[trial]

    def _as_sponsor(self, by: Caller, trial: int) -> Trial:
        known = self._load(trial)
        self._standing(by, trial >> 32, SPONSOR)
        return known

    def _sponsor_or(self, by: Caller, trial: int, other: int) -> int:
        """Whichever of the two it is that calls."""
        own = other if other and by.organisation == other else trial >> 32
        self._standing(by, own)
        return own

    def _person(self, trial: int, person: bytes) -> tuple[Trial, Person]:
        known = self._load(trial)
        refuse(person not in known.persons, "ParticipantUnknown")
        return known, known.persons[person]

    def _record(
        self, by: Caller, trial: int, act: str, own: int, number: int = 0, subject: bytes = b"", detail: bytes = b""
    ) -> None:
        entry = act_entry(act, trial, self.now, own, by.address, number, subject, detail)
        self.trials[trial].entries.append(entry)

    @staticmethod
    def _is_design(design: Design | Amended) -> bool:
        committed = design.protocol, design.analysis_plan, design.consent_form, design.outcomes_root
        counted = 0 < design.primaries <= design.outcomes and design.enrolment_cap > 0
        return all(map(any, committed)) and counted and design.planned_completion > 0


def scope_of(trial: int, version: int) -> bytes:
    """Of the consent to take part."""
    return Scope.of_trial(trial, version).to_bytes()
