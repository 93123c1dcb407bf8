"""A trial, its sites, participants, events, results and log entries, as plain values.

Times are Unix seconds, days are counted from 1970-01-01 (UTC), commitments are 32 bytes. Where fields are those of a
struct of ITrialTypes, they stand in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carechain.trials.words import Act, ActEntry, DataEntry, Flag, Seriousness


@dataclass(frozen=True)
class Registration:
    """What a sponsor registers: fields and order are those of ITrialTypes.Registration."""

    data_set: bytes
    identifiers: bytes
    protocol: bytes
    analysis_plan: bytes
    consent_form: bytes
    outcomes_root: bytes
    outcomes: int
    primaries: int
    enrolment_cap: int
    purpose: int
    started_on: int
    planned_completion: int


@dataclass(frozen=True)
class Amendment:
    """What is to hold from a day on: fields and order are those of ITrialTypes.Amendment."""

    protocol: bytes
    analysis_plan: bytes
    consent_form: bytes
    outcomes_root: bytes
    outcomes: int
    primaries: int
    enrolment_cap: int
    planned_completion: int
    effective_on: int
    data_seen: bool
    reconsent: bool
    reason: bytes


Design = Registration | Amendment


@dataclass(frozen=True)
class Trial:
    """A trial as it stands: fields and order are those of ITrialTypes.TrialView."""

    outcomes_root: bytes
    outcomes: int
    primaries: int
    enrolled: int
    allotted: int
    enrolment_cap: int
    consent_version: int
    purpose: int
    registered_on: int
    started_on: int
    planned_completion: int
    completed_on: int
    version: int
    flags: Flag
    safety_board: int
    holds: int
    places: int
    unblinded: int
    open_streams: int
    sites: int
    proposed: bytes


@dataclass(frozen=True)
class Site:
    """A site, or as site 0 what was decided about the trial: fields and order are those of ITrialTypes.SiteView."""

    ethics_board: int
    regulator: int
    open: bool
    enrolled: int
    allotment: int
    started_on: int


@dataclass(frozen=True)
class Participant:
    """A participant: fields and order are those of ITrialTypes.ParticipantView. `place` is 1 + the place in the
    allocation list, 0 if not randomised."""

    patient: str
    site: int
    enrolled_on: int
    consent_version: int
    place: int
    withdrawn: bool
    unblinded: bool


@dataclass(frozen=True)
class AdverseEvent:
    """A serious adverse event and its clock; `filed_at` is 0 if it is not filed."""

    number: int
    reporter: int
    aware_at: int
    reported_at: int
    filed_at: int
    seriousness: Seriousness
    due_at: int
    overdue: bool


@dataclass(frozen=True)
class Results:
    """How far the results are: fields and order are those of ITrialTypes.ResultsView."""

    registered: int
    reported: int
    changed: int
    missing: int
    added: int
    due_on: int
    overdue: bool


@dataclass(frozen=True)
class Told:
    """An entry of a trial's own log, with what was registered or proposed, and the transaction that made it."""

    index: int
    entry: ActEntry
    transaction: str
    design: Design | None = None


@dataclass(frozen=True)
class Anchored:
    """An entry of an organisation's log, and the transaction that made it."""

    index: int
    entry: DataEntry
    transaction: str


@dataclass(frozen=True)
class Movement:
    """What happened to a participant, by an event: enrolled, randomised, renewed or withdrawn."""

    what: str
    participant: bytes
    at: int
    transaction: str
    number: int = 0


def in_force(acts: Sequence[Told]) -> Design:
    """What a trial is held by now: what was registered, or the amendment that came into force last. `acts` are all of
    the trial's log."""
    hashes = [told.entry.detail for told in acts if told.entry.act is Act.AMENDMENT_IN_FORCE]
    found = [told.design for told in acts if told.design is not None and told.entry.detail in hashes[-1:]]
    design = found[-1] if found else acts[0].design
    assert design is not None  # the first entry is the registration
    return design


def changes_between(before: Design, after: Design) -> tuple[str, ...]:
    """In what a design differs from that before it, in words."""
    told = {
        "protocol": "protocol",
        "analysis_plan": "analysis plan",
        "consent_form": "consent form",
        "outcomes_root": "outcomes",
        "enrolment_cap": "enrolment cap",
        "planned_completion": "planned completion",
    }
    return tuple(name for field, name in told.items() if getattr(before, field) != getattr(after, field))
