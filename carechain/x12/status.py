"""Questions about where claims stand, read from X12 276, and answers to them, written as 277 (005010X212).

277 has no currency: amounts are in US dollars. It has 16 characters for the number of a payment, which the hash of a
transaction exceeds: then the day of the payment is given alone, and the number stands in the remittance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from carechain.claims.document import Identifier
from carechain.claims.remittance import StatusAnswer, StatusRequest
from carechain.errors import CarechainError
from carechain.x12.envelope import TransactionSet, only, read_sets
from carechain.x12.hierarchy import Level, levels
from carechain.x12.questions import (
    DEPENDANT,
    SUBSCRIBER,
    asked_by,
    begin,
    first,
    member_of,
    patient_of,
    payer_of,
    provider_of,
)
from carechain.x12.segments import Segment
from carechain.x12.values import amount, day, days, undivided
from carechain.x12.writing import Envelope, Writer, composite, money, on, person_named, plain

VERSION = "005010X212"
_PARENTS = {"20": "", "21": "20", "19": "21", SUBSCRIBER: "19", DEPENDANT: SUBSCRIBER}
_CURRENCY = "USD"
_MAX_CHECK_NUMBER = 16
_FINAL = "F"


def read_status_requests(content: bytes, source: str) -> tuple[StatusRequest, ...]:
    """The questions of the X12 276 file `source`, one for each TRN.

    Raises CarechainError when the file is none, is truncated, or a question in it lacks what it must say.
    """
    found = [
        _request(level, asked)
        for each in only(read_sets(content, source), "276", (VERSION,))
        for level, asked in _traced(each)
        if level.code in (SUBSCRIBER, DEPENDANT)
    ]
    if not found:
        raise CarechainError(source, "asks about no claim", "send a trace (TRN) for each claim that is asked about")
    return tuple(found)


def write_status(
    answered: Sequence[tuple[StatusRequest, StatusAnswer]], envelope: Envelope, payer_name: str = ""
) -> bytes:
    """Answers as a 277, each with its question's trace. Payer and provider stand once for questions that follow.

    Raises CarechainError when there is no answer, or when an identifier or code does not fit into X12.
    """
    if not answered:
        raise CarechainError("The 277", "has nothing to answer", "give an answer")
    out = Writer("277", "HN", VERSION, envelope)
    moment = envelope.moment
    out.add("BHT", "0010", "08", str(envelope.control_number), on(moment.date()), f"{moment:%H%M}", "DG")
    payer: Identifier | None = None
    provider: Identifier | None = None
    receiver = asker = 0
    for request, answer in answered:
        if request.payer != payer:
            payer, provider = request.payer, None
            receiver = out.level("21", begin(out, payer, payer_name), True)
            out.add("NM1", "41", "2", "", "", "", "", "", "46", plain(envelope.receiver, "The receiver", 80))
        if request.provider != provider:
            provider = request.provider
            asker = out.level("19", receiver, True)
            asked_by(out, provider)
        _answer(out, asker, request, answer)
    return out.done()


def read_status_answers(content: bytes, source: str) -> tuple[tuple[str, StatusAnswer], ...]:
    """The answers of the X12 277 file `source`, each with the trace of its question, of claims and of whole questions.

    Raises CarechainError when the file is none, is truncated, or an answer in it lacks what it must say.
    """
    sets = only(read_sets(content, source), "277", (VERSION,))
    return tuple(_read_answer(asked) for each in sets for _, asked in _traced(each))


def _traced(each: TransactionSet) -> Iterator[tuple[Level, tuple[Segment, ...]]]:
    """The levels of a transaction set with what stands from each TRN to the next."""
    _, found = levels(each.body, _PARENTS)
    for level in found:
        starts = [at for at, segment in enumerate(level.segments) if segment.name == "TRN"]
        for at, end in zip(starts, [*starts[1:], len(level.segments)] if starts else [], strict=True):
            yield level, level.segments[at:end]


def _request(level: Level, asked: tuple[Segment, ...]) -> StatusRequest:
    trace = asked[0]
    asked = _of_claim(asked)
    name, born = patient_of(level, "QC")
    charge = first(asked, "AMT", "T3")
    service = first(asked, "DTP", "472")
    begun, ended = days(service) if service else (None, None)
    return StatusRequest(
        place=trace.place,
        trace=trace.needed(2),
        payer=payer_of(level),
        provider=provider_of(level, "19"),
        member=member_of(level),
        control_number=_reference(asked, "EJ"),
        payer_control_number=_reference(asked, "1K"),
        charge=amount(charge, 2, _CURRENCY) if charge else None,
        first_day=begun,
        last_day=ended,
        patient_name=name,
        birth_date=born,
        dependant=level.code == DEPENDANT,
    )


def _of_claim(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Without what is about lines of the claim. Where that alone has the days of service, they are the first line's."""
    lines = [at for at, segment in enumerate(segments) if segment.name == "SVC"]
    own = segments[: lines[0]] if lines else segments
    return own if first(own, "DTP", "472") else segments


def _answer(out: Writer, above: int, request: StatusRequest, answer: StatusAnswer) -> None:
    member = request.member.value if request.member else None
    subscriber = out.level(SUBSCRIBER, above, request.dependant)
    out.add("NM1", *person_named("IL", None if request.dependant else request.patient_name, member))
    if request.dependant:
        out.level(DEPENDANT, subscriber)
        out.add("NM1", *person_named("QC", request.patient_name, None))
    out.add("TRN", "2", plain(request.trace, "The trace of a question"))
    trace = answer.trace if answer.trace and len(answer.trace) <= _MAX_CHECK_NUMBER else None
    out.add(
        "STC",
        composite(plain(answer.category, "A status category", 3), plain(answer.status, "A claim status", 4)),
        on(answer.day),
        "",
        money(answer.charge, _CURRENCY),
        money(answer.paid, _CURRENCY),
        on(answer.day) if answer.category.startswith(_FINAL) else "",
        "",
        on(answer.payment_day) if answer.payment_day else "",
        plain(trace, "The number of a payment") if trace else "",
    )
    if answer.payer_control_number:
        out.add("REF", "1K", plain(answer.payer_control_number, "The payer's number of a claim"))
    number = answer.control_number or request.control_number
    if number:
        out.add("REF", "EJ", plain(number, "A claim's control number"))
    if request.first_day:
        out.add("DTP", "472", *_period(request.first_day, request.last_day or request.first_day))


def _period(begun: date, ended: date) -> tuple[str, str]:
    return ("D8", on(begun)) if begun == ended else ("RD8", f"{on(begun)}-{on(ended)}")


def _read_answer(asked: tuple[Segment, ...]) -> tuple[str, StatusAnswer]:
    trace, stc = asked[0], first(asked, "STC")
    if stc is None:
        trace.refuse(0, "has no status below it (STC)", "send it")
    stc.needed(1)
    if len(stc.components(1)) == 1:
        undivided(stc, 1)
    answer = StatusAnswer(
        control_number=_reference(asked, "EJ"),
        payer_control_number=_reference(asked, "1K"),
        category=stc.needed(1, 1),
        status=stc.needed(1, 2),
        day=day(stc, 2),
        charge=amount(stc, 4, _CURRENCY) if stc.text(4) else 0,
        paid=amount(stc, 5, _CURRENCY) if stc.text(5) else 0,
        payment_day=day(stc, 8) if stc.text(8) else None,
        trace=stc.text(9) or None,
    )
    return trace.needed(2), answer


def _reference(segments: tuple[Segment, ...], qualifier: str) -> str | None:
    found = first(segments, "REF", qualifier)
    return found.needed(2) if found else None
