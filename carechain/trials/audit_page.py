"""A trial's audit as a page for regulators, the findings first; `facts_of` gives the same facts as values of JSON.

The page is one HTML document that needs nothing from outside; it is printed as it is read. It tells how many people
each site enrolled: it is for those who watch over the trial. What the public may see is carechain.trials.progress.
"""

from __future__ import annotations

from collections.abc import Iterator

from carechain.drawn_text import clean
from carechain.trials.audit import LATE_DAYS, Audit, Batch, OutcomeLine, Version, day
from carechain.trials.audit_facts import facts_of as facts_of
from carechain.trials.audit_style import (
    NONE,
    TIMELINE_STYLE,
    code,
    counted,
    document,
    facts_list,
    moment,
    on_day,
    said,
    section,
    table,
    toned,
)
from carechain.trials.audit_timeline import RULES, timeline

STATES = {
    "approved": "approved",
    "held": "on clinical hold",
    "paused": "paused by the safety board",
    "ended": "enrolment ended",
    "locked": "dataset locked",
    "unblinded": "allocations revealed",
    "late": "registered late",
    "randomised": "randomised",
}
"""The flags of a trial, for people."""

_ANYBODY = "anybody"
_VERSION_TONES = {
    "registered": ("good", "●"),
    "in force": ("good", "●"),
    "approved": ("watch", "◐"),
    "proposed": ("watch", "○"),
    "dropped": ("watch", "✕"),
}
_SECTIONS = {
    "findings": "Findings",
    "timeline": "The trial over time",
    "outcomes": "Outcomes: registered and reported",
    "versions": "What was registered, and its amendments",
    "deadlines": "Deadlines",
    "sites": "Sites and enrolment",
    "data": "Data, as it was recorded",
    "steps": "Who did what, when",
    "check": "How to check this",
}


def page_of(audit: Audit) -> str:
    """The audit as an HTML document."""
    parts = {
        "findings": _findings(audit),
        "timeline": _timeline(audit),
        "outcomes": _outcomes(audit),
        "versions": _versions(audit),
        "deadlines": _deadlines(audit),
        "sites": _sites(audit),
        "data": _data(audit),
        "steps": _steps(audit),
        "check": _check(audit),
    }
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading in _SECTIONS.items())
    body = [
        "<header>",
        f"<h1>{said(audit.title) if clean(audit.title) else f'Trial {said(audit.trial)}'}</h1>",
        f'<p class="dim">Audit of clinical trial {said(audit.trial)}, as of {moment(audit.as_of)} UTC</p>',
        facts_list(_identity(audit)),
        "</header>",
        f'<nav aria-label="Contents"><ul>{links}</ul></nav>',
        "<main>",
        *(section(name, heading, parts[name]) for name, heading in _SECTIONS.items()),
        "</main>",
    ]
    return document(f"Audit of trial {audit.trial} {audit.title}", body, TIMELINE_STYLE)


def _identity(audit: Audit) -> Iterator[tuple[str, str]]:
    yield "Trial", said(audit.trial)
    yield "Sponsor", said(audit.sponsor)
    yield "State", said(", ".join(STATES.get(word, word) for word in audit.state) or "registered")
    late = "; after its first participant was enrolled" if audit.late else ""
    yield "Registered on", on_day(audit.registered_on) + late
    yield "First enrolment on", on_day(audit.started_on, "none yet")
    yield "Enrolled", f"{audit.enrolled:,} of at most {audit.enrolment_cap:,}"
    yield "Chain", str(audit.chain_id)
    yield "Contract", code(audit.contract)
    yield "Log", counted(audit.log_size, "entry", "entries")
    yield "Root of the log", code(audit.log_root)


def _findings(audit: Audit) -> Iterator[str]:
    if not audit.findings:
        yield f'<p class="clear">{toned("good", "✓", "Nothing to remark.")}</p>'
        return
    yield '<ol class="findings">'
    yield from (f"<li>{said(finding)}</li>" for finding in audit.findings)
    yield "</ol>"


def _timeline(audit: Audit) -> Iterator[str]:
    yield f'<figure><div class="wide">{timeline(audit)}</div>'
    yield f"<figcaption>{RULES}</figcaption></figure>"


def _outcomes(audit: Audit) -> Iterator[str]:
    results = audit.results
    yield (
        f"<p>{results.registered:,} registered: {results.reported:,} reported as registered, {results.changed:,} "
        f"changed, {results.missing:,} without a result. Results of what was never registered: {results.added:,}. Due "
        f"on {on_day(day(results.due_on))}{', overdue' if results.overdue else ''}.</p>"
    )
    if not audit.outcomes:
        return
    rows = (
        (
            NONE if line.number is None else str(line.number),
            _status(line, "locked" in audit.state),
            said(line.kind) if line.kind else NONE,
            said(line.measure) if line.measure else '<span class="dim">the text is not at hand</span>',
            said(line.time_frame) if line.time_frame else NONE,
            "<br/>".join(map(moment, line.posted_at)) or NONE,
        )
        for line in audit.outcomes
    )
    heads = ("No.", "Status", "Kind", "Measure", "Time frame", "Results posted (UTC)")
    yield table("Every registered outcome, and every result of what was not registered", heads, rows)


def _status(line: OutcomeLine, locked: bool) -> str:
    """What became of an outcome. Before the dataset is locked, a result that is not there is not missing."""
    known = {
        "reported": ("good", "✓", "reported as registered"),
        "changed": ("bad", "≠", "reported, but changed"),
        "missing": ("watch", "○", "no result"),
        "added": ("bad", "+", "added: never registered"),
    }
    if line.status == "missing" and not locked:
        return toned("dim", "○", "no result yet")
    return toned(*known.get(line.status, ("watch", "?", line.status)))


def _versions(audit: Audit) -> Iterator[str]:
    rows = (
        (
            "0" if version.state == "registered" else str(version.version) if version.version else NONE,
            toned(*_VERSION_TONES.get(version.state, ("watch", "?")), version.state),
            moment(version.proposed_at),
            on_day(version.effective_on),
            NONE if version.in_force_at is None else moment(version.in_force_at),
            said(", ".join(version.changes)) if version.changes else NONE,
            "; ".join(_circumstances(version)) or NONE,
        )
        for version in audit.versions
    )
    heads = ("Version", "State", "Told (UTC)", "To hold from", "In force (UTC)", "Changes", "Circumstances")
    yield table("The registration and every amendment that was proposed, in their order", heads, rows)


def _circumstances(version: Version) -> Iterator[str]:
    if version.data_seen:
        yield "drawn up by those who had seen data"
    if version.state != "registered" and version.after_first_enrolment:
        yield "after the first enrolment"
    if version.after_first_data:
        yield "after data was recorded"
    if version.reconsent:
        yield "participants have to sign again"


def _deadlines(audit: Audit) -> Iterator[str]:
    def status(done: bool, overdue: bool) -> str:
        if done:
            return toned("bad", "!", "done, but late") if overdue else toned("good", "✓", "done in time")
        return toned("bad", "!", "overdue") if overdue else toned("dim", "○", "open")

    rows = (
        (
            said(deadline.what),
            status(deadline.done_at is not None, deadline.overdue),
            moment(deadline.due_at),
            NONE if deadline.done_at is None else moment(deadline.done_at),
        )
        for deadline in audit.deadlines
    )
    yield table("Everything that is due by a day", ("What", "Status", "Due by (UTC)", "Done (UTC)"), rows)


def _sites(audit: Audit) -> Iterator[str]:
    rows = (
        (said(name), toned("good", "●", "open") if is_open else toned("dim", "✕", "closed"), f"{has:,}", f"{may:,}")
        for name, is_open, has, may in audit.sites
    )
    caption = f"{audit.enrolled:,} enrolled, of at most {audit.enrolment_cap:,}; those who withdrew are counted"
    yield table(caption, ("Site", "State", "Enrolled", "At most"), rows, (2, 3))


def _data(audit: Audit) -> Iterator[str]:
    if not audit.streams:
        yield "<p>No organisation records data.</p>"
    for stream in audit.streams:
        yield f"<h3>{said(stream.name)}</h3>"
        locked = ", locked" if stream.locked else ""
        yield f"<p>Organisation {stream.organisation}{locked}. Root of its log: {code(stream.root)}</p>"
        heads = ("Entry", "Recorded (UTC)", "From (UTC)", "Until (UTC)", "Records", "Remarks", "Key", "Transaction")
        caption = f"{counted(len(stream.batches), 'entry', 'entries')}, {counted(stream.records, 'record', 'records')}"
        yield table(caption, heads, map(_batch, stream.batches), (0, 4))


def _batch(batch: Batch) -> tuple[str, ...]:
    remarks = []
    if batch.corrected is not None:
        remarks.append(toned("watch", "◆", f"corrects entry {batch.corrected}"))
    if batch.days_late:
        remarks.append(toned("bad", "■", f"{batch.days_late:,} days after its period"))
    return (
        str(batch.index),
        moment(batch.at),
        moment(batch.since),
        moment(batch.until),
        f"{batch.count:,}",
        "<br/>".join(remarks) or NONE,
        code(batch.author),
        code(batch.transaction),
    )


def _steps(audit: Audit) -> Iterator[str]:
    rows = (
        (
            str(step.index),
            moment(step.at),
            said(step.sentence),
            f"{said(step.by) if step.by else _ANYBODY}<br/>{code(step.key)}",
            code(step.transaction),
        )
        for step in audit.steps
    )
    heads = ("Entry", "Time (UTC)", "What", "For whom, with which key", "Transaction")
    yield table("Every entry of the trial's own log, first to last", heads, rows, (0,))


def _check(audit: Audit) -> Iterator[str]:
    yield "<p>Nobody has to be trusted for what stands here but the chain. To check it:</p><ol>"
    yield (
        f"<li>Ask a node of chain {audit.chain_id} that you trust: <code>logOf(trial, 0)</code> of the contract "
        f"{code(audit.contract)} gives size and root of the trial's log, <code>logOf(trial, organisation)</code> those "
        f"of an organisation's data. A trial is given as sponsor · 2³² + number, the two parts of {said(audit.trial)}. "
        f"As of {moment(audit.as_of)} UTC the log had {counted(audit.log_size, 'entry', 'entries')} and the root "
        f"{code(audit.log_root)}.</li>"
    )
    yield (
        "<li>Rebuild the entries. The receipt of each transaction above has the event, its block the time. An act is "
        "110 bytes, data 84, a correction 124, as the interface <code>ITrialTypes</code> lays them out.</li>"
    )
    yield (
        "<li>Compute the root: the Merkle tree hash of RFC 9162, section 2.1.1, with SHA-256. A leaf is SHA-256(0x00 ‖ "
        "entry), a node SHA-256(0x01 ‖ left ‖ right). If it is the root on chain, no entry is missing, altered or out "
        "of its place.</li>"
    )
    yield (
        "<li>To check one entry, or that a log goes on from an earlier one, an inclusion or consistency proof is "
        "enough (RFC 9162, sections 2.1.3 and 2.1.4). Off-the-shelf verifiers of RFC 9162 take it as it is.</li></ol>"
    )
    yield (
        f"<p>An entry of data counts as late when it came more than {LATE_DAYS} days after the end of its period. What "
        "the records say is not on chain: each entry commits to them, and whoever has them can prove each one.</p>"
    )
