"""What comes of a trial: adverse events, completion, results, and what everybody may see."""

from __future__ import annotations

import json
from pathlib import Path

from carechain.chain import Chain
from carechain.errors import CarechainError
from carechain.private_file import write_private
from carechain.registries.reading import read_record
from carechain.report import Report, reporting
from carechain.trials.audit import audit_of
from carechain.trials.audit_page import facts_of, page_of
from carechain.trials.progress import progress_of, progress_page
from carechain.trials.reported import postings
from carechain.trials.words import Act, OutcomeStatus, Seriousness, trial_name, trial_named
from scripts.arguments import day_of, day_text, number_of
from scripts.suite import REPORTS, call_of, connect
from scripts.trial_session import Session, opened

_SERIOUSNESS = {"life-threatening": Seriousness.LIFE_THREATENING, "serious": Seriousness.SERIOUS}


def event(*arguments: str) -> None:
    """Reports a serious adverse event, whose clock runs from when one learned of it."""
    with reporting("trial", "event", REPORTS) as report:
        usage = "event <trial> life-threatening|serious <aware since YYYY-MM-DD> <description file>"
        session, trial, (kind, day, file) = opened(arguments, usage, 4)
        if kind not in _SERIOUSNESS:
            raise CarechainError(f"The kind {kind}", "is not known", f"use one of: {', '.join(_SERIOUSNESS)}")
        aware_at, term = max(day_of(day) * 86_400, 1), _SERIOUSNESS[kind]
        description = session.document(trial, file, f"{kind} event, aware since {day}").commitment
        subject = (term << 72 | session.organisation << 40 | aware_at).to_bytes(32, "big")
        number = _reported(session, trial, subject, description)
        if number is not None:
            report.note("this event is reported already")
        else:
            functions = session.ledger.functions
            call = functions.reportAdverseEvent(trial, session.organisation, term, aware_at, description)
            session.send(report, call, "report an adverse event")
            number = _reported(session, trial, subject, description)
            assert number is not None
        found = session.ledger.adverse_event(trial, number)
        report.keep(event=number, due=day_text(found.due_at // 86_400))
        report.say(f"It is event {number}, to be filed by {day_text(found.due_at // 86_400)}.")


def _reported(session: Session, trial: int, subject: bytes, description: bytes) -> int | None:
    """The number of the event that was reported in these very words; None if there is none."""
    for told in session.ledger.acts(trial):
        entry = told.entry
        if entry.act is Act.EVENT_REPORTED and (entry.subject, entry.detail) == (subject, description):
            return entry.number
    return None


def file_event(*arguments: str) -> None:
    """Tells that an event was filed with the regulators. For the sponsor."""
    with reporting("trial", "file_event", REPORTS) as report:
        session, trial, (text, file) = opened(arguments, "file_event <trial> <event> <report file>", 3)
        number = number_of(text, "event", 32)
        if session.ledger.adverse_event(trial, number).filed_at:
            report.note("it is filed already")
        else:
            filed = session.document(trial, file, f"report of event {number}").commitment
            session.send(report, session.ledger.functions.fileAdverseEvent(trial, number, filed), "file an event")
        late = session.ledger.adverse_event(trial, number).overdue
        report.say(f"Event {number} is filed{', too late' if late else ' in time'}.")


def complete(*arguments: str) -> None:
    """Tells the day of primary completion, from which results are due in 12 months. For the sponsor."""
    with reporting("trial", "complete", REPORTS) as report:
        session, trial, (text,) = opened(arguments, "complete <trial> <YYYY-MM-DD>", 2)
        day = day_of(text)
        if session.ledger.trial(trial).completed_on == day:
            report.note("this is on record already")
        else:
            session.send(report, session.ledger.functions.recordCompletion(trial, day), "record completion")
        report.say(f"Results are due by {day_text(session.ledger.results(trial).due_on)}.")


def report(*arguments: str) -> None:
    """Posts the results of a registry's record, outcome by outcome, and says what is missing, changed or added."""
    with reporting("trial", "report", REPORTS) as told:
        session, trial, (file,) = opened(arguments, "report <trial> <registry-record.json>", 2)
        post_results(session, trial, Path(file), told)


def post_results(session: Session, trial: int, file: Path, report: Report) -> None:
    """What `report` does, for other scripts."""
    record = read_record(file)
    if not record.reported_outcomes:
        raise CarechainError(str(file), "has no results", "give a record that has")
    design = session.design_in_force(trial)
    found = postings(design, record.reported_outcomes, file.read_bytes())
    acts = [each.entry for each in session.ledger.acts(trial) if each.entry.act is Act.RESULT_POSTED]
    done = {(entry.number, entry.subject, entry.detail) for entry in acts}
    left = [each for each in found.postings if (each.number << 8 | each.status, each.told, each.result) not in done]
    for posting in report.progress(left, "posting"):
        functions = session.ledger.functions
        call = functions.postResult(trial, posting.number, posting.told, [*posting.proof], posting.result)
        session.send(report, call, f"post the result of outcome {posting.number}")
    if not left:
        report.note("these results are posted already")
    for posting in found.postings:
        if posting.status is OutcomeStatus.CHANGED:
            how = ", ".join(change.value for change in posting.changes)
            report.say(f"Changed: outcome {posting.number} is not reported as registered ({how}).")
        elif posting.status is OutcomeStatus.ADDED:
            report.say("Added: a result of an outcome that was never registered.")
    for number in found.missing:
        report.say(f"Missing: outcome {number} ({design.outcomes[number].outcome.kind.value}) has no result.")
    state = session.ledger.results(trial)
    report.keep(
        trial=trial_name(trial),
        registered=state.registered,
        reported=state.reported,
        changed=state.changed,
        missing=state.missing,
        added=state.added,
        due=day_text(state.due_on),
        overdue=state.overdue,
    )
    report.say(
        f"Of {state.registered} registered outcomes {state.reported} are reported as registered, {state.changed} are"
        f" changed, {state.missing} missing; {state.added} are added. Due by {day_text(state.due_on)}"
        f"{': overdue' if state.overdue else ''}."
    )


def progress(*arguments: str) -> None:
    """The public view of a trial under way, in which no count tells of fewer than 11 people."""
    with reporting("trial", "progress", REPORTS) as report:
        (name, *target), _ = call_of(arguments, "trial progress <trial> [<page.html>]", 1, 2, ())
        session, trial = Session(connect()), trial_named(name)
        ledger = session.ledger
        seen = ledger.trial(trial), ledger.sites(trial), ledger.results(trial), session.names
        facts = progress_of(*seen, number=name, as_of=session.chain.now())
        report.keep(trial=name, progress=facts)
        if target:
            write_private(Path(target[0]), progress_page(facts), replace=True)
            report.say(f"The page is {target[0]}.")
        else:
            report.say(json.dumps(facts, indent=1, ensure_ascii=False))


def audit(*arguments: str) -> None:
    """A report on the whole trial, as a page and as JSON: who did what when, and what an auditor must not miss."""
    with reporting("trial", "audit", REPORTS) as report:
        usage = "audit <trial> <page.html> [texts=<organisation whose kept texts are used>]"
        (name, target), named = call_of(arguments, f"trial {usage}", 2, 2, ("texts", "kept", "as", "account"))
        write_audit(connect(), trial_named(name), Path(target), report, named)


def write_audit(chain: Chain, trial: int, target: Path, report: Report, named: dict[str, str]) -> None:
    """What `audit` does, for other scripts."""
    session = Session(chain, named)
    designs = session.designs(trial) if {"as", "account"} & set(named) else []
    found = audit_of(session.ledger, trial, session.names, designs)
    facts = facts_of(found)
    write_private(target, page_of(found), replace=True)
    write_private(target.with_suffix(".json"), json.dumps(facts, indent=1, ensure_ascii=False) + "\n", replace=True)
    for finding in found.findings:
        report.say(finding)
    if not found.findings:
        report.say("There is nothing that an auditor must see first.")
    report.keep(trial=trial_name(trial), page=str(target), findings=found.findings)
    report.say(f"The page is {target}; the same as JSON is beside it.")
