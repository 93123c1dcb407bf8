"""What people decide about claims, and say against it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from carechain.claims.currencies import minor_units
from carechain.claims.names import ClaimName
from carechain.claims.state import Act, Claim
from carechain.claims.words import REVIEWERS_REASONS, SERVICE_LINE, Reason, Stage
from carechain.errors import CarechainError
from carechain.report import Report, reporting
from scripts.claims_session import (
    PATIENT_OPTIONS,
    Session,
    call,
    currency_of,
    money,
    of_claim,
    organisation_number,
    patient_key,
    time_text,
    word_of,
)
from scripts.suite import REPORTS

_LINE = re.compile("(deny|cap):([0-9]{1,4})=(.+)", re.ASCII)
_REASONS = {reason.name.lower().replace("_", "-"): reason for reason in REVIEWERS_REASONS}
_UNTOUCHED = bytes(32)


# ---------------------------------------------------------------------- objections


def appeal(*arguments: str) -> None:
    """Appeals against what was decided, asks for external review after an appeal, or contests a refund. For the
    provider, or with patient=<reference> for the member."""
    with reporting("claims", "appeal", REPORTS) as report:
        usage = "claims appeal <claim> <grounds file> [patient=<reference>]"
        session, claim, (file,) = of_claim(arguments, usage, 2, "patient", *PATIENT_OPTIONS)
        stage = session.ledger.case(claim.name).stage
        actor, folder = _actor(session, claim)
        grounds = session.document(folder, file, f"appeal {claim.name} after {stage.name.lower()}")
        if any(told.act is Act.APPEALED and told.grounds == grounds for told in claim.told):
            report.note("this appeal is on record already")
        else:
            functions = session.ledger.functions
            session.act(report, claim.name, lambda evidence: functions.appeal(evidence, grounds), "appeal", actor)
        _tell_case(session, claim.name, report)


def confirm(*arguments: str) -> None:
    """A member confirms that the service was furnished."""
    with reporting("claims", "confirm", REPORTS) as report:
        usage = "claims confirm <claim> <patient> [wallet=<file>]"
        session, claim, (patient,) = of_claim(arguments, usage, 2, *PATIENT_OPTIONS)
        if session.ledger.case(claim.name).confirmed:
            report.note("this is on record already")
        else:
            key = patient_key(session.chain, patient, claim.name.payer, session.named)
            session.act(report, claim.name, session.ledger.functions.confirmService, "confirm a service", key)
        _tell_case(session, claim.name, report)


def dispute(*arguments: str) -> None:
    """A member says that the service was not furnished as claimed. Payer and reviewers see it; no payment changes."""
    with reporting("claims", "dispute", REPORTS) as report:
        usage = "claims dispute <claim> <patient> [<grounds file>] [wallet=<file>]"
        session, claim, (patient, *files) = of_claim(arguments, usage, 2, *PATIENT_OPTIONS, most=3)
        if session.ledger.case(claim.name).disputed:
            report.note("this is on record already")
        else:
            key = patient_key(session.chain, patient, claim.name.payer, session.named)
            folder = session.folder(f"member-{key.address}")
            grounds = session.document(folder, files[0], f"dispute {claim.name}") if files else _UNTOUCHED
            functions = session.ledger.functions
            session.act(
                report,
                claim.name,
                lambda evidence: functions.disputeService(evidence, grounds),
                "dispute a service",
                key,
            )
        _tell_case(session, claim.name, report)


def _actor(session: Session, claim: Claim) -> tuple[Any, Path]:
    """Who appeals, and where their documents are kept: the provider, or the member who is named."""
    if "patient" not in session.named:
        return session.sender, session.folder(f"organisation-{session.organisation}")
    key = patient_key(session.chain, session.named["patient"], claim.name.payer, session.named)
    return key, session.folder(f"member-{key.address}")


# ---------------------------------------------------------------------- decisions


def review(*arguments: str) -> None:
    """Decides about a claim that waits for a reviewer: approves it, denies lines, or leaves it as it was."""
    with reporting("claims", "review", REPORTS) as report:
        usage = (
            "claims review <claim> approve | uphold | reject | deny:<line>=<reason> … [cap:<line>=<amount> …]"
            " as=<reviewer>"
        )
        session, claim, words = of_claim(arguments, usage, 2, most=None)
        decide(session, claim, words, report)


def decide(session: Session, claim: Claim, words: Sequence[str], report: Report) -> None:
    """What `review` does, for other scripts."""
    functions, reviewer = session.ledger.functions, session.organisation
    if list(words) == ["uphold"]:
        made, what = lambda evidence: functions.upholdDecision(evidence, reviewer), "uphold a decision"
    elif list(words) == ["reject"]:
        made, what = lambda evidence: functions.rejectRefund(evidence, reviewer), "reject a refund"
    else:
        said = decisions_of(claim, words)
        made, what = lambda evidence: functions.decideClaim(evidence, reviewer, *said), "decide a claim"
    session.act(report, claim.name, made, what)
    _tell_case(session, claim.name, report)


def decisions_of(claim: Claim, words: Sequence[str]) -> tuple[bytes, list[int]]:
    """A reason for each line, 0 where it is approved, and what is allowed at most for each; none where nothing is
    capped. Lines are named by their provider's numbers. Raises CarechainError for words that say something else."""
    lines = [SERVICE_LINE.unpack(word) for word in claim.entry.lines]
    places = {line["number"]: at for at, line in enumerate(lines)}
    denied: dict[int, Reason] = {}
    capped: dict[int, int] = {}
    for word in words:
        found = _LINE.fullmatch(word)
        if word == "approve" and len([each for each in words if not each.startswith("cap:")]) == 1:
            continue
        if found is None:
            mend = "write approve, uphold or reject alone, or deny:<line>=<reason> and cap:<line>=<amount>"
            raise CarechainError("The decision", "is not one", mend)
        what, number, said = found.groups()
        place = places.get(int(number))
        if place is None:
            raise CarechainError(f"Line {number}", "is not in the claim", f"name one of: {_listed(places)}")
        if place in (denied if what == "deny" else capped):
            raise CarechainError(f"Line {number}", "is decided twice", "decide once about each line")
        if what == "cap":
            capped[place] = minor_units(said, currency_of(claim), f"The cap of line {number}")
        elif said.replace("_", "-") in _REASONS:
            denied[place] = _REASONS[said.replace("_", "-")]
        else:
            raise CarechainError(f"The reason for line {number}", "is none of a reviewer", f"use: {_listed(_REASONS)}")
    if not words or ("approve" not in words and not denied):
        raise CarechainError("The decision", "neither approves nor denies", "write approve, or deny:<line>=<reason>")
    decisions = bytes(denied.get(place, Reason.NONE) for place in range(len(lines)))
    caps = [capped.get(place, line["charge"]) for place, line in enumerate(lines)] if capped else []
    return decisions, caps


def _listed(values: Any) -> str:
    return ", ".join(map(str, values))


def enforce(*arguments: str) -> None:
    """Ends a step whose deadline has passed. Anybody may."""
    with reporting("claims", "enforce", REPORTS) as report:
        session, claim, _ = of_claim(arguments, "claims enforce <claim>", 1)
        session.act(report, claim.name, session.ledger.functions.enforceDeadline, "enforce a deadline")
        _tell_case(session, claim.name, report)


def once_funded(*arguments: str) -> None:
    """Settles by rule a claim that was parked because the reserve was short, and for nothing else. Anybody may."""
    with reporting("claims", "once_funded", REPORTS) as report:
        session, claim, _ = of_claim(arguments, "claims once_funded <claim>", 1)
        session.act(report, claim.name, session.ledger.functions.settleOnceFunded, "settle a claim once funded")
        _tell_case(session, claim.name, report)


def due(*arguments: str) -> None:
    """Lists the claims that wait for somebody, and those whose deadline has passed."""
    with reporting("claims", "due", REPORTS) as report:
        plain, named = call(arguments, "claims due [<payer>]", 0, most=1)
        session = Session.open(named)
        payer = organisation_number(plain[0]) if plain else None
        provider = session.organisation if payer is None and ("as" in named or "account" in named) else None
        now, waiting = session.chain.now(), session.ledger.waiting(payer, provider)
        rows = []
        for name, case in waiting:
            passed = case.deadline < now
            fact = {"claim": str(name), "stage": case.stage.name.lower(), "deadline": case.deadline, "passed": passed}
            report.add("waiting", fact)
            rows.append((name, word_of(case.stage), time_text(case.deadline), "yes" if passed else "no"))
        passed = sum(case.deadline < now for _, case in waiting)
        report.keep(passed=passed)
        if rows:
            report.table("Claims that wait", ("claim", "stage", "deadline", "passed"), rows)
        report.say(f"{len(rows):,} claims wait; the deadlines of {passed:,} have passed: brownie run claims enforce …")


def _tell_case(session: Session, name: ClaimName, report: Report) -> None:
    """Where a claim stands now, and what was decided. Amounts are for the person at the keyboard alone."""
    case, claim = session.ledger.case(name), session.ledger.claim(name)
    deadline = case.deadline or None
    report.keep(claim=str(name), stage=case.stage.name.lower(), deadline=deadline)
    report.keep(confirmed=case.confirmed, disputed=case.disputed)
    stage = "settled by rule" if case.stage is Stage.NONE else word_of(case.stage)
    report.say(f"Claim {name}: {stage}{f', until {time_text(deadline)}' if deadline else ''}.")
    if claim.outcomes:
        currency = currency_of(claim)
        report.say(f"Paid: {money(claim.paid, currency)}; patient's part: {money(claim.share, currency)}.")
