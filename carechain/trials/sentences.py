"""What an entry of a trial's own log says, in a sentence for people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from carechain.trials.words import Act, ActEntry, Authority, OutcomeStatus, Seriousness

Name = Callable[[int], str]
"""The name of an organisation by its number."""

_EPOCH = date(1970, 1, 1)
_SIMPLE = {
    Act.AMENDMENT_PROPOSED: "An amendment was proposed.",
    Act.AMENDMENT_DROPPED: "The proposed amendment was dropped.",
    Act.HOLD_PLACED: "The trial was put on clinical hold.",
    Act.HOLD_LIFTED: "A clinical hold was lifted.",
    Act.PAUSED: "The safety board paused the trial.",
    Act.RESUMED: "The safety board let the trial go on.",
    Act.ENDED: "Enrolment was ended for good.",
    Act.DATASET_LOCKED: "The dataset was locked, and with it protocol, analysis plan and outcomes.",
}


def sentence_of(entry: ActEntry, name: Name) -> str:
    """One sentence. `name` gives an organisation's name by its number."""
    act, number = entry.act, entry.number
    if act in _SIMPLE:
        return _SIMPLE[act]
    if act is Act.REGISTERED:
        return f"The trial was registered with {number >> 16} outcomes, {number & 0xFFFF} of them primary."
    if act is Act.AMENDMENT_APPROVED:
        return f"The ethics board approved the amendment, to hold from {_day(number)} on."
    if act is Act.AMENDMENT_IN_FORCE:
        return f"Amendment {number} came into force."
    if act in (Act.APPROVED, Act.APPROVAL_WITHDRAWN):
        site, authority = number >> 8, Authority(number & 255)
        what = name(site) + " as a site" if site else "the trial"
        who = "ethics board" if authority is Authority.ETHICS_BOARD else "regulator"
        taken = act is Act.APPROVAL_WITHDRAWN
        return f"The {who} withdrew its approval of {what}." if taken else f"The {who} approved {what}."
    if act in (Act.SITE_OPENED, Act.ALLOTMENT_CHANGED):
        allotment = int.from_bytes(entry.subject, "big")
        opened = act is Act.SITE_OPENED
        return f"{name(number)} {'was opened as a site,' if opened else 'is now'} for {allotment:,} participants."
    if act is Act.SITE_CLOSED:
        return f"{name(number)} was closed as a site."
    if act is Act.SAFETY_BOARD_APPOINTED:
        return f"{name(number)} was appointed as safety board."
    if act is Act.STREAM_OPENED:
        return f"{name(number)} records data."
    if act is Act.STREAM_LOCKED:
        return f"The data of {name(number)} was locked at {int.from_bytes(entry.detail, 'big'):,} entries."
    if act is Act.ALLOCATIONS_COMMITTED:
        return f"An allocation list of {number:,} places was committed to."
    if act is Act.ALLOCATIONS_REVEALED:
        return f"Block {number} of the allocation list was revealed, and is what was committed to."
    if act is Act.PARTICIPANT_UNBLINDED:
        return f"The treatment of participant {entry.subject.hex()[:12]}… was told in an emergency."
    if act is Act.PRIMARY_COMPLETED:
        return f"Primary completion was on {_day(number)}."
    if act is Act.RESULT_POSTED:
        return _result(number >> 8, OutcomeStatus(number & 255))
    if act is Act.EVENT_REPORTED:
        return _adverse_event(number, int.from_bytes(entry.subject, "big"))
    if act is Act.EVENT_FILED:
        return f"Serious adverse event {number} was filed with the regulators."
    return _signature(entry, name)


def _result(outcome: int, status: OutcomeStatus) -> str:
    if status is OutcomeStatus.ADDED:
        return "A result was posted of an outcome that is not registered."
    as_it_is = "as registered" if status is OutcomeStatus.REPORTED else "but not as it is registered"
    return f"The result of outcome {outcome} was posted, {as_it_is}."


def _adverse_event(number: int, subject: int) -> str:
    seriousness = Seriousness(subject >> 72)
    aware = datetime.fromtimestamp(subject & (1 << 40) - 1, UTC)
    return f"Serious adverse event {number} of {aware:%Y-%m-%d} was reported, to be filed in {seriousness.days} days."


def _signature(entry: ActEntry, name: Name) -> str:
    meanings = {Act.AUTHORED: "author of", Act.REVIEWED: "reviewer of", Act.SIGNED_OFF: "approver of"}
    organisation, index = entry.number >> 32, entry.number & 0xFFFFFFFF
    log = f"the data of {name(organisation)}" if organisation else "the trial's log"
    return f"Signed as {meanings[entry.act]} entry {index} of {log}."


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()
