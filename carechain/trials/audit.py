"""A whole trial as an auditor wants to see it: plain values, from the chain and, where they are at hand, the texts.

Acts and data are proven by the logs, which were compared with the contract's roots when they were read; how many take
part is what the contract answers. All of it is of one block. Times are Unix seconds, days datetime.date (UTC). Nothing
in it tells of a single participant but an emergency unblinding, by its pseudonym.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from carechain.trials.design import DOCUMENTS, NOT_GIVEN, TrialDesign, outcome_facts
from carechain.trials.ledger import TrialLedger
from carechain.trials.sentences import sentence_of
from carechain.trials.state import (
    AdverseEvent,
    Amendment,
    Anchored,
    Design,
    Results,
    Site,
    Told,
    Trial,
    changes_between,
    in_force,
)
from carechain.trials.words import Act, Flag, OutcomeStatus, trial_name

LATE_DAYS = 30
"""Days after the last of what is recorded from which an entry is late: records are to be contemporaneous (ALCOA)."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Step:
    """An act: who did what when. `act` is the name of words.Act, `by` of the organisation, "" for anybody."""

    index: int
    at: int
    act: str
    by: str
    key: str
    sentence: str
    transaction: str


@dataclass(frozen=True)
class Version:
    """What was registered (version 0), or an amendment. `state` is registered, proposed, approved, in force or dropped;
    `changes` say which commitments and numbers differ from those before. `in_force_at` is None if it never was."""

    version: int
    proposed_at: int
    in_force_at: int | None
    effective_on: date
    state: str
    data_seen: bool
    reconsent: bool
    changes: tuple[str, ...]
    after_first_enrolment: bool
    after_first_data: bool


@dataclass(frozen=True)
class Batch:
    """An entry of a stream. `days_late` counts from the end of the period, 0 if it was in time."""

    index: int
    at: int
    since: int
    until: int
    count: int
    author: str
    corrected: int | None
    days_late: int
    transaction: str


@dataclass(frozen=True)
class Stream:
    """What an organisation recorded, and the head of its log."""

    organisation: int
    name: str
    locked: bool
    root: str
    batches: tuple[Batch, ...]

    @property
    def records(self) -> int:
        return sum(batch.count for batch in self.batches)


@dataclass(frozen=True)
class OutcomeLine:
    """An outcome that is registered, or a result of one that is not (`number` None). Texts are "" where only
    commitments are at hand. `posted_at` are the times of its results."""

    number: int | None
    kind: str
    measure: str
    time_frame: str
    status: str
    posted_at: tuple[int, ...]


@dataclass(frozen=True)
class Deadline:
    """Something that is due. `done_at` is None while it is not done."""

    what: str
    due_at: int
    done_at: int | None
    overdue: bool


@dataclass(frozen=True)
class Audit:
    """The whole. `findings` are sentences on what an auditor must not miss, gravest first."""

    trial: str
    title: str
    sponsor: str
    chain_id: int
    contract: str
    as_of: int
    log_size: int
    log_root: str
    registered_on: date
    started_on: date | None
    late: bool
    state: tuple[str, ...]
    enrolled: int
    enrolment_cap: int
    sites: tuple[tuple[str, bool, int, int], ...]
    steps: tuple[Step, ...]
    versions: tuple[Version, ...]
    streams: tuple[Stream, ...]
    outcomes: tuple[OutcomeLine, ...]
    results: Results
    deadlines: tuple[Deadline, ...]
    findings: tuple[str, ...]


def audit_of(ledger: TrialLedger, trial: int, names: Mapping[int, str], designs: Sequence[TrialDesign] = ()) -> Audit:
    """Everything about a trial, as of now. `names` of organisations by their numbers; `designs` are the texts of its
    versions, if they are at hand. Raises CarechainError if there is no such trial, or a log is not what it should
    be."""
    block = ledger.chain.latest_block()
    ledger = ledger.at(block)
    state = ledger.trial(trial)
    acts = ledger.acts(trial)
    as_of = ledger.chain.time_of(block)
    streams = _streams(ledger, trial, acts, names)
    results = ledger.results(trial)
    versions = _versions(acts, _first_enrolment(state), _first_data(streams))
    outcomes = _outcomes(acts, state, designs)
    deadlines = _deadlines(acts, ledger.adverse_events(trial), results, as_of)
    size, root = ledger.head(trial, 0)
    late = Flag.LATE in state.flags
    return Audit(
        trial_name(trial),
        _title(designs),
        _name(names, trial >> 32),
        ledger.chain.book.chain_id,
        ledger.address,
        as_of,
        size,
        "0x" + root.hex(),
        day(state.registered_on),
        day(state.started_on) if state.started_on else None,
        late,
        tuple(flag.name.lower() for flag in Flag if flag in state.flags and flag.name),
        state.enrolled,
        state.enrolment_cap,
        _sites(ledger.sites(trial), names),
        tuple(_step(told, names) for told in acts),
        versions,
        streams,
        outcomes,
        results,
        deadlines,
        tuple(_findings(late, in_force(acts), versions, streams, outcomes, deadlines, state)),
    )


def day(number: int) -> date:
    """The day of a number of days since 1970-01-01."""
    return _EPOCH + timedelta(days=number)


def _sites(sites: Mapping[int, Site], names: Mapping[int, str]) -> tuple[tuple[str, bool, int, int], ...]:
    return tuple((_name(names, number), site.open, site.enrolled, site.allotment) for number, site in sites.items())


def _step(told: Told, names: Mapping[int, str]) -> Step:
    entry = told.entry
    by = _name(names, entry.by) if entry.by else ""
    sentence = sentence_of(entry, lambda number: _name(names, number))
    return Step(told.index, entry.at, entry.act.name, by, entry.key, sentence, told.transaction)


def _streams(ledger: TrialLedger, trial: int, acts: Sequence[Told], names: Mapping[int, str]) -> tuple[Stream, ...]:
    locked = {told.entry.number for told in acts if told.entry.act is Act.STREAM_LOCKED}
    found = []
    for organisation in (told.entry.number for told in acts if told.entry.act is Act.STREAM_OPENED):
        _, root = ledger.head(trial, organisation)
        batches = tuple(_batch(anchored) for anchored in ledger.data(trial, organisation))
        name = _name(names, organisation)
        found.append(Stream(organisation, name, organisation in locked, "0x" + root.hex(), batches))
    return tuple(found)


def _batch(anchored: Anchored) -> Batch:
    entry = anchored.entry
    days = (entry.at - entry.until) // 86_400
    return Batch(
        anchored.index,
        entry.at,
        entry.since,
        entry.until,
        entry.count,
        entry.author,
        entry.corrected,
        days if days > LATE_DAYS else 0,
        anchored.transaction,
    )


def _versions(acts: Sequence[Told], enrolled_on: date | None, first_data: int | None) -> tuple[Version, ...]:
    """What was registered and every amendment that was proposed, in their order."""
    found: list[Version] = []
    before: Any = None
    for place, told in enumerate(acts):
        if told.design is None:
            continue
        design = told.design
        is_amendment = isinstance(design, Amendment)
        fate = _fate(acts[place + 1 :], told.entry.detail) if is_amendment else ("registered", told.entry.at, 0)
        effective = day(design.effective_on) if isinstance(design, Amendment) else _date_of(told.entry.at)
        found.append(
            Version(
                fate[2],
                told.entry.at,
                fate[1],
                max(effective, _date_of(fate[1])) if fate[1] else effective,
                fate[0],
                design.data_seen if isinstance(design, Amendment) else False,
                design.reconsent if isinstance(design, Amendment) else False,
                changes_between(before, design) if before is not None else (),
                enrolled_on is not None and _date_of(told.entry.at) >= enrolled_on,
                first_data is not None and told.entry.at > first_data,
            )
        )
        if fate[1] is not None:
            before = design
    return tuple(found)


def _fate(later: Sequence[Told], amendment: bytes) -> tuple[str, int | None, int]:
    """What became of an amendment: its state, when it came into force, and as which version."""
    state = "proposed"
    for told in later:
        entry = told.entry
        if entry.act is Act.AMENDMENT_PROPOSED:
            break
        if entry.act is Act.AMENDMENT_APPROVED:
            state = "approved"
        if entry.act is Act.AMENDMENT_DROPPED and entry.subject == amendment:
            return "dropped", None, 0
        if entry.act is Act.AMENDMENT_IN_FORCE and entry.detail == amendment:
            return "in force", entry.at, entry.number
    return state, None, 0


def _outcomes(acts: Sequence[Told], state: Trial, designs: Sequence[TrialDesign]) -> tuple[OutcomeLine, ...]:
    posted: dict[int, list[tuple[OutcomeStatus, int]]] = {}
    for told in acts:
        if told.entry.act is Act.RESULT_POSTED:
            number, status = divmod(told.entry.number, 256)
            posted.setdefault(number, []).append((OutcomeStatus(status), told.entry.at))
    in_force = next((each for each in designs if each.tree().root() == state.outcomes_root), None)
    lines = []
    for number in range(state.outcomes):
        results = posted.get(number, [])
        statuses = {status for status, _ in results}
        status = (
            OutcomeStatus.CHANGED
            if OutcomeStatus.CHANGED in statuses
            else OutcomeStatus.REPORTED
            if statuses
            else OutcomeStatus.MISSING
        )
        kind = "primary" if number < state.primaries else "not primary"
        facts = outcome_facts(in_force.outcomes[number].outcome) if in_force else {"kind": kind}
        lines.append(
            OutcomeLine(
                number,
                facts["kind"],
                facts.get("measure", ""),
                facts.get("timeFrame", ""),
                status.name.lower(),
                tuple(at for _, at in results),
            )
        )
    for number in sorted(set(posted) - set(range(state.outcomes))):
        times = tuple(at for _, at in posted[number])
        lines.append(OutcomeLine(None, "", "", "", OutcomeStatus.ADDED.name.lower(), times))
    return tuple(lines)


def _deadlines(
    acts: Sequence[Told], events: Sequence[AdverseEvent], results: Results, as_of: int
) -> tuple[Deadline, ...]:
    found = [
        Deadline(
            f"serious adverse event {event.number}, within {event.seriousness.days} days",
            event.due_at,
            event.filed_at or None,
            event.overdue,
        )
        for event in events
    ]
    # Of each outcome the first result: a later one makes nothing late.
    posted: dict[int, int] = {}
    for told in acts:
        if told.entry.act is Act.RESULT_POSTED:
            posted.setdefault(told.entry.number >> 8, told.entry.at)
    answered = [at for number, at in posted.items() if number < results.registered]
    done = max(answered) if answered and not results.missing else None
    due_at = (results.due_on + 1) * 86_400 - 1
    late = (as_of if done is None else done) > due_at
    return (*found, Deadline("results of every outcome, 12 months after primary completion", due_at, done, late))


def _findings(
    late: bool,
    design: Design,
    versions: Sequence[Version],
    streams: Sequence[Stream],
    outcomes: Sequence[OutcomeLine],
    deadlines: Sequence[Deadline],
    state: Trial,
) -> list[str]:
    found = []
    if late:
        found.append("The trial was registered after its first participant was enrolled.")
    for name, commitment in zip(DOCUMENTS, (design.protocol, design.analysis_plan, design.consent_form), strict=True):
        if commitment == NOT_GIVEN[name].commitment:
            found.append(f"No {name} was given.")
    for version in versions:
        if "outcomes" in version.changes and version.state == "in force":
            when = "after data of the trial had been seen" if version.data_seen else ""
            when = when or ("after data was recorded" if version.after_first_data else "")
            when = when or (
                "after the first enrolment" if version.after_first_enrolment else "before the first enrolment"
            )
            found.append(f"Amendment {version.version} changed the outcomes {when}.")
    for line in outcomes:
        if line.status == "changed":
            found.append(f"The result posted for outcome {line.number} is not of what was registered ({line.kind}).")
        if line.status == "missing" and state.flags & Flag.LOCKED:
            found.append(f"Outcome {line.number} ({line.kind}) has no result.")
    added = sum(line.status == "added" for line in outcomes)
    if added:
        found.append(f"{added} result{'s were' if added > 1 else ' was'} posted of what was never registered.")
    found += [f"Overdue: {deadline.what}." for deadline in deadlines if deadline.overdue]
    for stream in streams:
        tardy = sum(batch.days_late > 0 for batch in stream.batches)
        corrections = sum(batch.corrected is not None for batch in stream.batches)
        if tardy:
            found.append(
                f"{stream.name}: {tardy} of {len(stream.batches)} entries came more than {LATE_DAYS} days late."
            )
        if corrections:
            found.append(f"{stream.name}: {corrections} of {len(stream.batches)} entries are corrections.")
    if state.unblinded:
        whose = "one participant" if state.unblinded == 1 else f"{state.unblinded:,} participants"
        found.append(f"The treatment of {whose} was told in an emergency.")
    return found


def _first_enrolment(state: Trial) -> date | None:
    return day(state.started_on) if state.started_on else None


def _first_data(streams: Sequence[Stream]) -> int | None:
    return min((batch.at for stream in streams for batch in stream.batches), default=None)


def _title(designs: Sequence[TrialDesign]) -> str:
    titles = [design.data_set.get("publicTitle") or design.data_set.get("scientificTitle") for design in designs]
    return next((str(title) for title in titles if title), "")


def _name(names: Mapping[int, str], organisation: int) -> str:
    return names.get(organisation, f"organisation {organisation}")


def _date_of(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()
