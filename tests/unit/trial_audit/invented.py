"""Invented audits of trials: empty, with everything that can happen, and with very much of it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from hashlib import sha256

from carechain.trials.audit import Audit, Batch, Deadline, OutcomeLine, Step, Stream, Version
from carechain.trials.state import Results, Site, Trial
from carechain.trials.words import Act, Flag

DAY = 86_400
START = 1_767_225_600
"""2026-01-01."""
HOSTILE = '</svg></title><script>alert("1")</script>&amp; \'"\u202eevil\u202c \u05d0\u05d1\u05d2 \x00\ud800'
CONTRACT = "0x" + "c0" * 20


def day_of(at: int) -> date:
    return datetime.fromtimestamp(at, UTC).date()


def hash_of(number: int, name: str = "transaction") -> str:
    return "0x" + sha256(f"{name} {number}".encode()).hexdigest()


def step(index: int, at: int, act: str, sentence: str = "", by: str = "the sponsor") -> Step:
    sentence = sentence or f"{act.replace('_', ' ').capitalize()}."
    return Step(index, at, act, by, "0x" + "ab" * 20, sentence, hash_of(index))


def batch(index: int, at: int, corrected: int | None = None, late: int = 0) -> Batch:
    until = at - max(late, 1) * DAY
    return Batch(
        index, at, until - 7 * DAY, until, 10 + index, "0x" + "cd" * 20, corrected, late, hash_of(index, "data")
    )


def results(registered: int = 1, due_on: int = 21_000, **more) -> Results:
    figures = {"reported": 0, "changed": 0, "missing": registered, "added": 0, "overdue": False, **more}
    return Results(registered=registered, due_on=due_on, **figures)


def audit(**more) -> Audit:
    """Of a trial of which nothing is known but that it is registered, unless more is said."""
    facts = {
        "trial": "18.7",
        "title": "",
        "sponsor": "the sponsor",
        "chain_id": 1337,
        "contract": CONTRACT,
        "as_of": START,
        "log_size": 1,
        "log_root": hash_of(0, "root"),
        "registered_on": day_of(START),
        "started_on": None,
        "late": False,
        "state": (),
        "enrolled": 0,
        "enrolment_cap": 200,
        "sites": (),
        "steps": (step(0, START, "REGISTERED"),),
        "versions": (Version(0, START, START, day_of(START), "registered", False, False, (), False, False),),
        "streams": (),
        "outcomes": (OutcomeLine(0, "primary", "", "", "missing", ()),),
        "results": results(),
        "deadlines": (Deadline("results of every outcome", START + 800 * DAY, None, False),),
        "findings": (),
    }
    return Audit(**{**facts, **more})


def empty_audit() -> Audit:
    """Not even an entry."""
    return audit(steps=(), versions=(), outcomes=(), deadlines=(), log_size=0)


def rich_audit() -> Audit:
    """Every act, several amendments, two sites, corrections, late entries, every status of outcomes and deadlines."""
    order = [
        (0, "REGISTERED"), (1, "SAFETY_BOARD_APPOINTED"), (9, "APPROVED"), (12, "APPROVED"),
        (14, "ALLOCATIONS_COMMITTED"), (15, "SITE_OPENED"), (16, "APPROVED"), (16, "STREAM_OPENED"),
        (30, "SITE_OPENED"), (31, "STREAM_OPENED"),
        (60, "AMENDMENT_PROPOSED"), (64, "AMENDMENT_DROPPED"), (80, "AMENDMENT_PROPOSED"), (86, "AMENDMENT_APPROVED"),
        (95, "AMENDMENT_IN_FORCE"), (110, "ALLOTMENT_CHANGED"), (140, "EVENT_REPORTED"), (141, "HOLD_PLACED"),
        (150, "PARTICIPANT_UNBLINDED"), (152, "EVENT_FILED"), (171, "HOLD_LIFTED"), (200, "EVENT_REPORTED"),
        (201, "PAUSED"), (215, "RESUMED"), (240, "APPROVAL_WITHDRAWN"), (241, "SITE_CLOSED"),
        (290, "AMENDMENT_PROPOSED"), (294, "AMENDMENT_APPROVED"), (301, "AMENDMENT_IN_FORCE"), (330, "AUTHORED"),
        (340, "REVIEWED"), (350, "SIGNED_OFF"), (380, "ENDED"), (400, "PRIMARY_COMPLETED"), (440, "STREAM_LOCKED"),
        (441, "STREAM_LOCKED"), (450, "DATASET_LOCKED"), (452, "ALLOCATIONS_REVEALED"), (700, "RESULT_POSTED"),
        (702, "RESULT_POSTED"), (702, "RESULT_POSTED"),
    ]  # fmt: skip
    steps = tuple(
        step(n, START + days * DAY, act, by="" if act == "AMENDMENT_IN_FORCE" else "St. Anne's Hospital")
        for n, (days, act) in enumerate(order)
    )
    assert {each.act for each in steps} == {act.name for act in Act}

    def version(number, told, in_force, state, changes, **more):
        seen, again = more.get("data_seen", False), more.get("reconsent", False)
        held = None if in_force is None else START + in_force * DAY
        effective = day_of(START + (told + 20 if in_force is None else in_force) * DAY)
        return Version(number, START + told * DAY, held, effective, state, seen, again, changes, told > 20, told > 40)

    first = tuple(
        batch(n, START + (40 + 14 * n) * DAY, 3 if n == 9 else None, 45 if n in (6, 17) else 0) for n in range(26)
    )
    second = tuple(batch(n, START + (60 + 30 * n) * DAY, n - 1 if n in (4, 5) else None, 0) for n in range(7))
    return audit(
        title="Carevalin against placebo in heart failure: a randomised trial",
        sponsor="Institute of Invented Medicine",
        as_of=START + 800 * DAY,
        log_size=len(steps),
        started_on=day_of(START - 3 * DAY),
        late=True,
        state=("approved", "ended", "locked", "unblinded", "late", "randomised"),
        enrolled=187,
        sites=(("St. Anne's Hospital", True, 140, 150), ("University Clinic of Somewhere Rather Far", False, 47, 47)),
        steps=steps,
        versions=(
            version(0, 0, 0, "registered", ()),
            version(0, 60, None, "dropped", ("protocol",)),
            version(1, 80, 95, "in force", ("outcomes", "analysis plan"), data_seen=True),
            version(2, 290, 301, "in force", ("consent form", "enrolment cap"), reconsent=True),
        ),
        streams=(
            Stream(21, "St. Anne's Hospital", True, hash_of(21, "root"), first),
            Stream(22, "University Clinic of Somewhere Rather Far", False, hash_of(22, "root"), second),
        ),
        outcomes=(
            OutcomeLine(0, "primary", "Death from any cause", "24 months", "reported", (START + 700 * DAY,)),
            OutcomeLine(1, "primary", "Hospitalisation", "12 months", "changed", (START + 702 * DAY,)),
            OutcomeLine(2, "secondary", "Quality of life", "12 months", "missing", ()),
            OutcomeLine(None, "", "", "", "added", (START + 702 * DAY,)),
        ),
        results=results(3, 20_820, reported=1, changed=1, missing=1, added=1, overdue=True),
        deadlines=(
            Deadline("serious adverse event 1, within 7 days", START + 147 * DAY, START + 152 * DAY, True),
            Deadline("serious adverse event 2, within 15 days", START + 215 * DAY, None, True),
            Deadline("serious adverse event 3, within 15 days", START + 317 * DAY, START + 310 * DAY, False),
            Deadline("results of every outcome, 12 months after primary completion", START + 765 * DAY, None, True),
        ),
        findings=(
            "The trial was registered after its first participant was enrolled.",
            "Amendment 1 changed outcomes.",
        ),
    )


def crowded_audit(seed: int = 1, acts: int = 2_000, batches: int = 200, streams: int = 20) -> Audit:
    """So many acts and batches, at times by chance: at once, within minutes, years apart."""
    chance = random.Random(seed)
    steps, at = [], START
    for index in range(acts):
        at += chance.choice([0, 12, 3_600, DAY, 9 * DAY]) * chance.randrange(3)
        steps.append(step(index, at, chance.choice(list(Act)).name if index else "REGISTERED", by="W" * 70))
    found = []
    for number in range(streams):
        times = sorted(chance.randrange(START, at + DAY) for _ in range(batches // streams))
        entries = tuple(
            batch(n, when, n - 1 if n and chance.random() < 0.2 else None, chance.choice([0, 0, 31, 400]))
            for n, when in enumerate(times)
        )
        name = f"{'W' * chance.randrange(1, 60)} {chance.choice(['', 'clinic ' * 9])}"
        found.append(Stream(number + 1, name, chance.random() < 0.5, hash_of(number, "root"), entries))
    deadlines = tuple(
        Deadline("D" * chance.randrange(1, 90), START + chance.randrange(4_000) * DAY, None, chance.random() < 0.3)
        for _ in range(chance.randrange(60))
    )
    return audit(steps=tuple(steps), as_of=at + DAY, streams=tuple(found), deadlines=deadlines, log_size=acts)


def hostile_audit() -> Audit:
    """Whatever people write is markup, quotes, and characters that turn the direction of what follows."""
    text = HOSTILE
    return audit(
        trial=text,
        title=text,
        sponsor=text,
        contract=text,
        log_root=text,
        state=(text,),
        as_of=START + 9 * DAY,
        sites=((text, True, 1, 2),),
        steps=(step(0, START, "REGISTERED", text, text), Step(1, START + DAY, "PAUSED", text, text, text, text)),
        versions=(Version(1, START, None, day_of(START), text, True, True, (text,), True, True),),
        streams=(Stream(1, text, True, text, (Batch(0, START, START, START, 1, text, 0, 99, text),)),),
        outcomes=(OutcomeLine(0, text, text, text, text, (START,)),),
        deadlines=(Deadline(text, START, None, True),),
        findings=(text,),
    )


def trial(cap: int = 300, flags: Flag = Flag.APPROVED, **more) -> Trial:
    """As it stands. What is not said is of no account for how it is going."""
    facts = {
        **dict.fromkeys(Trial.__dataclass_fields__, 0),
        "outcomes_root": bytes(32),
        "proposed": bytes(32),
        "flags": flags,
        "enrolment_cap": cap,
        "registered_on": 20_454,
        "planned_completion": 20_900,
    }
    return Trial(**{**facts, **more})


def sites(*counts: int) -> dict[int, Site]:
    return {21 + n: Site(1, 2, n % 2 == 0, count, 2 * count, 20_460) for n, count in enumerate(counts)}
