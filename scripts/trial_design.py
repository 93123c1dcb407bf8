"""A trial's design and those who decide about it: registered, amended, approved, held, paused, opened and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from carechain import purpose_of_use, strict_yaml
from carechain.errors import CarechainError
from carechain.registries.lateness import lateness
from carechain.registries.reading import read_record
from carechain.registries.record import Outcome, OutcomeKind, PartialDate, TrialRecord
from carechain.report import Report, reporting
from carechain.trials.commitment import PUBLIC, Document
from carechain.trials.design import (
    DOCUMENTS,
    NOT_GIVEN,
    RegisteredOutcome,
    TrialDesign,
    design_of,
    outcomes_in_order,
)
from carechain.trials.state import Amendment, changes_between, in_force
from carechain.trials.words import Act, Authority, Flag, trial_name, trial_of
from scripts.arguments import day_of, day_text, number_of
from scripts.suite import REPORTS
from scripts.trial_session import Session, call, opened, optional_day, organisation_number

_AMENDMENT_FIELDS = {
    "reason",
    "effective",
    "data seen",
    "reconsent",
    "enrolment cap",
    "planned completion",
    "outcomes",
    *DOCUMENTS,
}


_FILES = {"protocol": "protocol", "analysis plan": "plan", "consent form": "form"}
"""Documents, and the options that name their files."""


def register(*arguments: str) -> None:
    """Says what a registry's record has, and whether it was made late; and for a sponsor, registers the trial."""
    with reporting("trial", "register", REPORTS) as report:
        usage = (
            "register <registry-record.json> [as=<sponsor>] [number=<its own>] [protocol=<file>] [plan=<file>]"
            " [form=<file>] [cap=<participants>] [completion=YYYY-MM-DD] [started=YYYY-MM-DD | started=no]"
            " [purpose=CLINTRCH] [secret=yes] [documents=later]"
        )
        options = ("number", *_FILES.values(), "cap", "completion", "started", "purpose", "secret", "documents")
        (file,), named = call(arguments, usage, 1, *options)
        record = read_record(Path(file))
        tell_record(record, report)
        if {"as", "account"} & set(named):
            register_record(Session.open(named), record, report)
        else:
            report.say("Nothing was registered. Say for which sponsor: as=<organisation>.")


def tell_record(record: TrialRecord, report: Report) -> None:
    """What the registry's record says: its outcomes, its dates, and whether it was made late."""
    judged = lateness(record)
    report.title(f"{record.number}, {record.registry.value}")
    report.keep(
        record=record.number,
        registry=record.registry.value,
        late="unknown" if judged.late is None else judged.late,
        registered=_text(judged.registered),
        started=_text(judged.started),
        why=judged.why,
        outcomes=[
            {"kind": each.kind.value, "measure": each.measure, "timeFrame": each.time_frame} for each in record.outcomes
        ],
    )
    report.say(judged.why)
    for note in record.notes:
        report.note(note)
    rows = [
        (number, each.kind.value, _short(each.measure), _short(each.time_frame, 40))
        for number, each in enumerate(record.outcomes)
    ]
    report.table("Outcomes", ("no", "kind", "measure", "time frame"), rows)


def register_record(session: Session, record: TrialRecord, report: Report) -> int:
    """What `register` does with a record that is read, for other scripts. The trial."""
    facts = _registration_facts(session, record)
    trial, design = _kept_registration(session, record)
    registration = design.registration(*facts)
    if session.ledger.is_registered(trial):
        if session.ledger.acts(trial)[0].design != registration:
            problem = "is registered already, with another design"
            raise CarechainError(f"Trial {trial_name(trial)}", problem, "use another number, or amend")
        report.note(f"it is registered already, as trial {trial_name(trial)}")
    else:
        # First kept, then sent: what was sent can always be told.
        design.write(session.design_path(trial), replace=True)
        number = trial & 0xFFFFFFFF
        report.sent(session.ledger.register(session.organisation, number, registration, session.sender))
    for name, option in _FILES.items():
        if design.documents[name] == NOT_GIVEN[name]:
            report.note(
                f"no {name} was given ({option}=<file>): commit to it by an amendment before anybody is enrolled"
            )
    state = session.ledger.trial(trial)
    late = Flag.LATE in state.flags
    report.keep(trial=trial_name(trial), registered_late_on_chain=late)
    report.say(
        f"Trial {trial_name(trial)} is registered with {state.outcomes} outcomes, {state.primaries} of them primary"
        f"{', and marked as late' if late else ''}."
    )
    return trial


def _kept_registration(session: Session, record: TrialRecord) -> tuple[int, TrialDesign]:
    """The trial, and its design: as it was kept when this very record and these documents were to be registered before,
    and new otherwise."""
    named = session.named
    given = {name: Path(named[option]) for name, option in _FILES.items() if option in named}
    if len(given) < len(_FILES) and named.get("documents") != "later":
        lacking = ", ".join(f"{option}=<file>" for name, option in _FILES.items() if name not in given)
        mend = f"give {lacking}, or say documents=later: then everybody sees that they were not given"
        raise CarechainError("The registration", "lacks documents", mend)
    wanted = trial_of(session.organisation, number_of(named["number"], "number", 32)) if "number" in named else None
    for trial in session.kept_trials():
        design = TrialDesign.read(session.design_path(trial))
        if wanted in (trial, None) and design.is_of(record, given):
            return trial, design
    documents = {name: Document.of(given[name]) if name in given else NOT_GIVEN[name] for name in DOCUMENTS}
    design = design_of(record, documents, public=named.get("secret", "no") != "yes")
    if wanted is None:
        numbers = (trial_of(session.organisation, number) for number in count(1))
        wanted = next(trial for trial in numbers if not session.ledger.is_registered(trial))
    # Else what is under way could be of the design that is replaced here.
    session.chain.require_settled(session.sender)
    return wanted, design


def _registration_facts(session: Session, record: TrialRecord) -> tuple[int, int, int, int]:
    """Enrolment cap, purpose, first enrolment and planned completion: as the options say, or else the record."""
    named = session.named
    cap = named.get("cap", str(record.planned_enrolment or record.actual_enrolment or ""))
    if not cap:
        raise CarechainError(f"The record {record.number}", "plans no enrolment", "say how many: cap=<participants>")
    completion = optional_day(named, "completion")
    if completion is None:
        planned = record.primary_completed or record.completed
        if planned is None:
            mend = "say when it is planned: completion=YYYY-MM-DD"
            raise CarechainError(f"The record {record.number}", "has no date of completion", mend)
        completion = day_of(planned.latest().isoformat())
    purpose = purpose_of_use.index_of(named.get("purpose", "CLINTRCH"))
    return number_of(cap, "enrolment cap", 24), purpose, _started_on(session, record), completion


def _started_on(session: Session, record: TrialRecord) -> int:
    """The day of the first enrolment, 0 if there was none: as the option says, or else the record. Raises
    CarechainError where the record leaves open whether there was one before today."""
    told = session.named.get("started")
    if told is not None:
        return 0 if told == "no" else day_of(told)
    if record.started is None or record.start_is_actual is False:
        return 0
    today = session.chain.now() // 86_400
    first, last = (day_of(day.isoformat()) for day in (record.started.earliest(), record.started.latest()))
    if first > today:
        return 0
    if last > today and first != last:
        mend = "say it: started=YYYY-MM-DD, or started=no"
        raise CarechainError(f"The record {record.number}", "leaves open whether somebody was enrolled", mend)
    return last


# ------------------------------------------------------------------ amendments


def amend(*arguments: str) -> None:
    """Proposes an amendment. What its file does not name stays as it is."""
    with reporting("trial", "amend", REPORTS) as report:
        session, trial, (file,) = opened(arguments, "amend <trial> <amendment.yaml>", 2)
        propose_amendment(session, trial, Path(file), report)


def propose_amendment(session: Session, trial: int, file: Path, report: Report) -> Amendment:
    """What `amend` does, for other scripts. The amendment."""
    design, amendment = _amendment(session, trial, file)
    found = session.ledger.hash_of(amendment)
    waiting = session.ledger.trial(trial).proposed
    if waiting == found:
        report.note("this amendment is proposed already")
    elif waiting != bytes(32):
        problem, mend = "has an amendment that waits", "put it in force, or drop it, first"
        raise CarechainError(f"Trial {trial_name(trial)}", problem, mend)
    else:
        # First kept, then sent: what was sent can always be told.
        design.write(session.design_path(trial, found), replace=True)
        call_ = session.ledger.functions.proposeAmendment(trial, _tuple(amendment))
        session.send(report, call_, "propose an amendment")
    report.keep(trial=trial_name(trial))
    tell_amendment(session, trial, amendment, report)
    report.say(f"Proposed, to hold from {day_text(amendment.effective_on)} on, once the ethics board approves it.")
    return amendment


def _amendment(session: Session, trial: int, file: Path) -> tuple[TrialDesign, Amendment]:
    facts = strict_yaml.load(file, "see examples/trials/amendment.yaml")
    if not isinstance(facts, dict) or not set(facts) <= _AMENDMENT_FIELDS or "reason" not in facts:
        unknown = sorted(map(str, set(facts) - _AMENDMENT_FIELDS)) if isinstance(facts, dict) else []
        problem = f"has the unknown field {unknown[0]}" if unknown else "has no reason"
        raise CarechainError(str(file), problem, f"use some of: {', '.join(sorted(_AMENDMENT_FIELDS))}")
    state = session.ledger.trial(trial)
    before = session.design_in_force(trial)
    documents = dict(before.documents)
    for name in DOCUMENTS:
        if name in facts:
            path = str(file.parent / str(facts[name]))
            documents[name] = session.document(trial, path, f"{name} {state.version + 1}")
    outcomes = before.outcomes
    if "outcomes" in facts:
        told = outcomes_in_order(_outcomes(facts["outcomes"], str(file)), str(file))
        outcomes = tuple(RegisteredOutcome(outcome, PUBLIC) for outcome in told)
    design = replace(before, outcomes=outcomes, documents=documents, version=state.version + 1)
    today = session.chain.now() // 86_400
    reason = session.document(trial, str(file), f"amendment {state.version + 1}")
    return design, design.amendment(
        number_of(str(facts.get("enrolment cap", state.enrolment_cap)), "enrolment cap", 24),
        day_of(str(facts["planned completion"])) if "planned completion" in facts else state.planned_completion,
        day_of(str(facts["effective"])) if "effective" in facts else today,
        _yes(facts.get("data seen", False), file, "data seen"),
        _yes(facts.get("reconsent", False), file, "reconsent"),
        reason.commitment,
    )


def _outcomes(told: Any, place: str) -> list[Outcome]:
    if not isinstance(told, list) or not told:
        raise CarechainError(f"{place}: outcomes", "is not a list of outcomes", "see examples/trials/amendment.yaml")
    found = []
    for number, each in enumerate(told):
        fields = {"kind", "measure", "time frame", "description"}
        if not isinstance(each, dict) or not {"kind", "measure"} <= set(each) <= fields:
            raise CarechainError(f"{place}: outcomes[{number}]", "has other fields", f"use {', '.join(sorted(fields))}")
        if each["kind"] not in [kind.value for kind in OutcomeKind]:
            raise CarechainError(f"{place}: outcomes[{number}].kind", "is unknown", "use primary, secondary or other")
        texts = [each.get(name, "") for name in ("measure", "time frame", "description")]
        if not all(isinstance(text, str) for text in texts) or not texts[0].strip():
            problem = "has no measure, or fields that are no texts"
            raise CarechainError(f"{place}: outcomes[{number}]", problem, "see examples/trials/amendment.yaml")
        found.append(Outcome(OutcomeKind(each["kind"]), *texts))
    return found


def _yes(value: Any, file: Path, name: str) -> bool:
    if not isinstance(value, bool):
        raise CarechainError(f"{file}: {name}", "is neither yes nor no", "write true or false")
    return value


def approve_amendment(*arguments: str) -> None:
    """An ethics board approves the amendment that waits, and that it names by its hash. Without a decision it only
    tells what waits."""
    with reporting("trial", "approve_amendment", REPORTS) as report:
        usage = "approve_amendment <trial> [<amendment's hash> <decision file>]"
        session, trial, rest = opened(arguments, usage, 1, most=3)
        amendment = _waiting(session, trial)
        found = session.ledger.hash_of(amendment)
        tell_amendment(session, trial, amendment, report)
        if not rest:
            return
        if len(rest) != 2:
            raise CarechainError("The call", "lacks the decision", f"write: brownie run trial {usage}")
        if rest[0].lower().removeprefix("0x") != found.hex():
            # Or a sponsor could put another in its place at the last moment.
            raise CarechainError("The amendment that waits", "is not the one that is named", "look at it again")
        decision = session.document(trial, rest[1], f"approval of amendment {found.hex()}")
        functions = session.ledger.functions
        call_ = functions.approveAmendment(trial, _tuple(amendment), decision.commitment)
        session.send(report, call_, "approve an amendment")
        state = session.ledger.trial(trial)
        report.say(
            f"Approved; it can be put in force from {day_text(amendment.effective_on)} on."
            if state.proposed != bytes(32)
            else f"Approved, and in force as version {state.version}."
        )


def tell_amendment(session: Session, trial: int, amendment: Amendment, report: Report) -> None:
    """What an amendment would change, as far as the chain tells it."""
    changes = changes_between(in_force(session.ledger.acts(trial)), amendment)
    found = "0x" + session.ledger.hash_of(amendment).hex()
    report.keep(
        amendment=found,
        changes=changes,
        outcomes=amendment.outcomes,
        primaries=amendment.primaries,
        data_seen=amendment.data_seen,
        reconsent=amendment.reconsent,
        effective=day_text(amendment.effective_on),
    )
    report.say(f"The amendment {found}")
    report.say(f"changes: {', '.join(changes) or 'nothing'};")
    report.say(f"{amendment.outcomes} outcomes, {amendment.primaries} of them primary;")
    seen = "data of the trial had been seen" if amendment.data_seen else "no data of the trial had been seen"
    signs = ", participants have to sign again" if amendment.reconsent else ""
    report.say(f"from {day_text(amendment.effective_on)} on; {seen}{signs}.")


def put_in_force(*arguments: str) -> None:
    """Puts an approved amendment in force, once its day has come. Anybody may."""
    with reporting("trial", "put_in_force", REPORTS) as report:
        session, trial, _ = opened(arguments, "put_in_force <trial>", 1)
        amendment = _waiting(session, trial)
        functions = session.ledger.functions
        session.send(report, functions.putAmendmentInForce(trial, _tuple(amendment)), "put an amendment in force")
        report.say(f"In force as version {session.ledger.trial(trial).version}.")


def drop_amendment(*arguments: str) -> None:
    """The sponsor, or the ethics board that approved the trial, drops the amendment that waits."""
    with reporting("trial", "drop_amendment", REPORTS) as report:
        session, trial, (file,) = opened(arguments, "drop_amendment <trial> <reason file>", 2)
        waiting = session.ledger.trial(trial).proposed
        reason = session.document(trial, file, f"drop {waiting.hex()}").commitment
        session.send(report, session.ledger.functions.dropAmendment(trial, waiting, reason), "drop an amendment")
        report.say("Dropped; it stays on record.")


def _waiting(session: Session, trial: int) -> Amendment:
    """The amendment that waits. Raises CarechainError if none does."""
    waiting = session.ledger.trial(trial).proposed
    for told in reversed(session.ledger.acts(trial)):
        if told.entry.act is Act.AMENDMENT_PROPOSED and told.entry.detail == waiting:
            assert isinstance(told.design, Amendment)
            return told.design
    raise CarechainError(f"Trial {trial_name(trial)}", "has no amendment that waits", "propose one: trial amend")


# ------------------------------------------------------------------ those who decide


def approve(*arguments: str) -> None:
    """An ethics board or a regulator approves a trial, or one of its sites."""
    with reporting("trial", "approve", REPORTS) as report:
        usage = "approve <trial> ethics|regulator <decision file> [site=<organisation>]"
        session, trial, (authority, file) = opened(arguments, usage, 3, "site")
        site, kind = _site_and_authority(session, authority)
        if _approval_of(session, trial, site, kind) == session.organisation:
            report.note("this is approved already")
        else:
            decision = session.document(trial, file, f"approval {site} {kind.name}")
            session.send(report, session.ledger.functions.approve(trial, site, kind, decision.commitment), "approve")
        report.say(f"Approved: {_what(session, trial, site)}.")


def withdraw_approval(*arguments: str) -> None:
    """Takes an approval back, with effect at once."""
    with reporting("trial", "withdraw_approval", REPORTS) as report:
        usage = "withdraw_approval <trial> ethics|regulator <reason file> [site=<organisation>]"
        session, trial, (authority, file) = opened(arguments, usage, 3, "site")
        site, kind = _site_and_authority(session, authority)
        if _approval_of(session, trial, site, kind) == 0:
            report.note("nobody has approved this")
        else:
            reason = session.document(trial, file, f"withdraw approval {site} {kind.name}").commitment
            call_ = session.ledger.functions.withdrawApproval(trial, site, kind, reason)
            session.send(report, call_, "withdraw an approval")
        report.say(f"No longer approved: {_what(session, trial, site)}.")


def _site_and_authority(session: Session, authority: str) -> tuple[int, Authority]:
    kinds = {"ethics": Authority.ETHICS_BOARD, "regulator": Authority.REGULATOR}
    if authority not in kinds:
        raise CarechainError(f"The authority {authority}", "is not known", "use ethics or regulator")
    site = organisation_number(session.named["site"]) if "site" in session.named else 0
    return site, kinds[authority]


def _approval_of(session: Session, trial: int, site: int, kind: Authority) -> int:
    """The organisation that has approved, 0 if none has."""
    known = session.ledger.site(trial, site)
    return known.ethics_board if kind is Authority.ETHICS_BOARD else known.regulator


def _what(session: Session, trial: int, site: int) -> str:
    return f"{session.names.get(site, site)} as a site" if site else f"trial {trial_name(trial)}"


def hold(*arguments: str) -> None:
    """A regulator stops enrolment and randomisation at once."""
    _decide(arguments, "hold", "placeHold", "Enrolment and randomisation have stopped.", _holds)


def lift(*arguments: str) -> None:
    """A regulator lifts its hold, or that of one that is in standing no longer."""
    with reporting("trial", "lift", REPORTS) as report:
        session, trial, (file,) = opened(arguments, "lift <trial> <reason file> [of=<regulator>]", 2, "of")
        regulator = organisation_number(session.named["of"]) if "of" in session.named else session.organisation
        if not session.ledger.is_held_by(trial, regulator):
            report.note("this regulator does not hold the trial")
            return
        reason = session.document(trial, file, f"lift {regulator}").commitment
        session.send(report, session.ledger.functions.liftHold(trial, regulator, reason), "lift a hold")
        report.say("The hold is lifted.")


def pause(*arguments: str) -> None:
    """The safety board stops enrolment and randomisation."""
    _decide(arguments, "pause", "pause", "Enrolment and randomisation have stopped.", _is(Flag.PAUSED))


def resume(*arguments: str) -> None:
    """The safety board lets the trial go on."""
    _decide(arguments, "resume", "resume", "The pause is over.", _is(Flag.PAUSED, no=True))


def end(*arguments: str) -> None:
    """The sponsor, the safety board or a regulator ends enrolment for good."""
    _decide(arguments, "end", "end", "Enrolment has ended. Data, lock and results go on.", _is(Flag.ENDED))


def _is(flag: Flag, no: bool = False) -> Callable[[Session, int], bool]:
    """Whether a trial has a flag, or has it not."""
    return lambda session, trial: (flag in session.ledger.trial(trial).flags) is not no


def _holds(session: Session, trial: int) -> bool:
    return session.ledger.is_held_by(trial, session.organisation)


def _decide(
    arguments: tuple[str, ...], name: str, function: str, outcome: str, is_done: Callable[[Session, int], bool]
) -> None:
    with reporting("trial", name, REPORTS) as report:
        session, trial, (file,) = opened(arguments, f"{name} <trial> <reason file>", 2)
        if is_done(session, trial):
            report.note("this is on record already")
        else:
            reason = session.document(trial, file, name).commitment
            session.send(report, session.ledger.functions[function](trial, reason), name)
        report.say(outcome)


def appoint(*arguments: str) -> None:
    """Appoints the safety board: the sponsor the first, a regulator any later one."""
    with reporting("trial", "appoint", REPORTS) as report:
        session, trial, (text,) = opened(arguments, "appoint <trial> <safety board's organisation>", 2)
        board = organisation_number(text)
        if session.ledger.trial(trial).safety_board == board:
            report.note("it is the safety board already")
        else:
            session.send(report, session.ledger.functions.appointSafetyBoard(trial, board), "appoint a safety board")
        report.say(f"{session.names.get(board, board)} is the safety board.")


def open_site(*arguments: str) -> None:
    """Opens a site that both have approved, or changes how many participants an open one may have."""
    with reporting("trial", "open_site", REPORTS) as report:
        session, trial, (site_text, text) = opened(arguments, "open_site <trial> <organisation> <participants>", 3)
        site, allotment = organisation_number(site_text), number_of(text, "number of participants", 24)
        known = session.ledger.site(trial, site)
        functions = session.ledger.functions
        if not known.open:
            session.send(report, functions.openSite(trial, site, allotment), "open a site")
        elif known.allotment != allotment:
            session.send(report, functions.changeAllotment(trial, site, allotment), "change an allotment")
        else:
            report.note("it is open already, for as many participants")
        report.say(f"{session.names.get(site, site)} may enrol {allotment:,} participants.")


def close_site(*arguments: str) -> None:
    """Closes a site to enrolment. For the sponsor and the site."""
    with reporting("trial", "close_site", REPORTS) as report:
        session, trial, (site_text, file) = opened(arguments, "close_site <trial> <organisation> <reason file>", 3)
        site = organisation_number(site_text)
        if not session.ledger.site(trial, site).open:
            report.note("it is not open")
            return
        reason = session.document(trial, file, f"close {site}").commitment
        session.send(report, session.ledger.functions.closeSite(trial, site, reason), "close a site")
        report.say(f"{session.names.get(site, site)} enrols nobody any more.")


def _tuple(amendment: Amendment) -> tuple[Any, ...]:
    return tuple(vars(amendment).values())


def _text(day: PartialDate | None) -> str | None:
    return str(day) if day else None


def _short(text: str, most: int = 70) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
