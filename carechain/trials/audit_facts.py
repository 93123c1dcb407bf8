"""A trial's audit as JSON: the same facts as its page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from carechain.trials.audit import Audit, Stream, Version, day

FORMAT = "carechain trial audit 1"


def facts_of(audit: Audit) -> dict[str, Any]:
    """An audit as values of JSON, in an order that stays. Times and days are those of ISO 8601, UTC; what is not known,
    or not so yet, is null."""
    results = audit.results
    return {
        "format": FORMAT,
        "trial": audit.trial,
        "title": audit.title,
        "sponsor": audit.sponsor,
        "chainId": audit.chain_id,
        "contract": audit.contract,
        "asOf": _iso(audit.as_of),
        "log": {"size": audit.log_size, "root": audit.log_root},
        "registeredOn": audit.registered_on.isoformat(),
        "startedOn": audit.started_on.isoformat() if audit.started_on else None,
        "registeredLate": audit.late,
        "state": list(audit.state),
        "findings": list(audit.findings),
        "enrolled": audit.enrolled,
        "enrolmentCap": audit.enrolment_cap,
        "sites": [
            {"name": name, "open": is_open, "enrolled": has, "allotment": may}
            for name, is_open, has, may in audit.sites
        ],
        "outcomes": [
            {
                "number": line.number,
                "kind": line.kind or None,
                "measure": line.measure or None,
                "timeFrame": line.time_frame or None,
                "status": line.status,
                "postedAt": [_iso(at) for at in line.posted_at],
            }
            for line in audit.outcomes
        ],
        "results": {
            "registered": results.registered,
            "reported": results.reported,
            "changed": results.changed,
            "missing": results.missing,
            "added": results.added,
            "dueOn": day(results.due_on).isoformat(),
            "overdue": results.overdue,
        },
        "versions": [_version_facts(version) for version in audit.versions],
        "deadlines": [
            {"what": each.what, "dueAt": _iso(each.due_at), "doneAt": _iso(each.done_at), "overdue": each.overdue}
            for each in audit.deadlines
        ],
        "streams": [_stream_facts(stream) for stream in audit.streams],
        "steps": [
            {
                "index": step.index,
                "at": _iso(step.at),
                "act": step.act,
                "by": step.by or None,
                "key": step.key,
                "sentence": step.sentence,
                "transaction": step.transaction,
            }
            for step in audit.steps
        ],
    }


def _version_facts(version: Version) -> dict[str, Any]:
    return {
        "version": version.version,
        "state": version.state,
        "proposedAt": _iso(version.proposed_at),
        "effectiveOn": version.effective_on.isoformat(),
        "inForceAt": _iso(version.in_force_at),
        "dataSeen": version.data_seen,
        "reconsent": version.reconsent,
        "changes": list(version.changes),
        "afterFirstEnrolment": version.after_first_enrolment,
        "afterFirstData": version.after_first_data,
    }


def _stream_facts(stream: Stream) -> dict[str, Any]:
    return {
        "organisation": stream.organisation,
        "name": stream.name,
        "locked": stream.locked,
        "root": stream.root,
        "records": stream.records,
        "entries": [
            {
                "index": batch.index,
                "at": _iso(batch.at),
                "from": _iso(batch.since),
                "until": _iso(batch.until),
                "records": batch.count,
                "author": batch.author,
                "corrects": batch.corrected,
                "daysLate": batch.days_late,
                "transaction": batch.transaction,
            }
            for batch in stream.batches
        ],
    }


def _iso(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
