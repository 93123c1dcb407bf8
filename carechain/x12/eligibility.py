"""Questions about what a plan covers, read from X12 270, and answers to them, written as 271 (005010X279A1).

271 has no currency: amounts are in US dollars, and an answer in another currency is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from carechain.claims.document import Identifier
from carechain.claims.remittance import CoveredService, EligibilityAnswer, EligibilityRequest
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
from carechain.x12.values import amount, day, days, number
from carechain.x12.writing import Envelope, Writer, money, named, on, person_named, plain, quantity

VERSION = "005010X279A1"
_VERSIONS = (VERSION, "005010X279")
_PARENTS = {"20": "", "21": "20", SUBSCRIBER: "21", DEPENDANT: SUBSCRIBER}
_CURRENCY = "USD"
_PLAN = "30"
_ACTIVE, _INACTIVE, _NOT_COVERED = ("1", "2", "3", "4", "5"), ("6", "7", "8"), "I"
_DEDUCTIBLE, _OUT_OF_POCKET, _COINSURANCE, _COPAY = "C", "G", "A", "B"
# Of the period of coverage, which need not be a year of the calendar; and what is left of it.
_PERIOD, _LEFT = "22", "29"
# Whether the request was valid (AAA01), and what to do (AAA04), by the reason: correct it, or try again.
_FOLLOW_UP = {"42": ("Y", "R")}
_CORRECT = ("N", "C")
_LIMITS = {
    "deductible": (_DEDUCTIBLE, "IND", _PERIOD),
    "deductible_left": (_DEDUCTIBLE, "IND", _LEFT),
    "family_deductible": (_DEDUCTIBLE, "FAM", _PERIOD),
    "family_deductible_left": (_DEDUCTIBLE, "FAM", _LEFT),
    "out_of_pocket": (_OUT_OF_POCKET, "IND", _PERIOD),
    "out_of_pocket_left": (_OUT_OF_POCKET, "IND", _LEFT),
    "family_out_of_pocket": (_OUT_OF_POCKET, "FAM", _PERIOD),
    "family_out_of_pocket_left": (_OUT_OF_POCKET, "FAM", _LEFT),
}
"""EB01, EB02 and EB06 of each amount of an answer."""
_YEARS = ("22", "23", "25")
_NO, _YES = "N", "Y"


def read_eligibility_requests(content: bytes, source: str) -> tuple[EligibilityRequest, ...]:
    """The questions of the X12 270 file `source`, one for each patient.

    Raises CarechainError when the file is none, is truncated, or a question in it lacks what it must say.
    """
    found = [
        _request(level, begun)
        for each in only(read_sets(content, source), "270", _VERSIONS)
        for level, begun in _patients(each)
    ]
    if not found:
        raise CarechainError(source, "asks about nobody", "send a level for each patient (HL03 22 or 23)")
    return tuple(found)


def write_eligibility(
    answered: Sequence[tuple[EligibilityRequest, EligibilityAnswer]], envelope: Envelope, payer_name: str = ""
) -> bytes:
    """Answers as a 271, each with its question's trace. Payer and provider stand once for questions that follow.

    Raises CarechainError when there is no answer, when one is not in US dollars, and when an identifier or code does
    not fit into X12.
    """
    if not answered:
        raise CarechainError("The 271", "has nothing to answer", "give an answer")
    out = Writer("271", "HB", VERSION, envelope)
    moment = envelope.moment
    out.add("BHT", "0022", "11", str(envelope.control_number), on(moment.date()), f"{moment:%H%M}")
    payer: Identifier | None = None
    provider: Identifier | None = None
    source = receiver = 0
    for request, answer in answered:
        if answer.currency != _CURRENCY:
            raise CarechainError("An answer", "is not in US dollars, and 271 says no currency", "answer in FHIR")
        if request.payer != payer:
            payer, provider = request.payer, None
            source = begin(out, payer, payer_name)
        if request.provider != provider:
            provider = request.provider
            receiver = out.level("21", source, True)
            asked_by(out, provider)
        _answer(out, receiver, request, answer)
    return out.done()


def read_eligibility_answers(content: bytes, source: str) -> tuple[tuple[str, EligibilityAnswer], ...]:
    """The answers of the X12 271 file `source`, each with the trace of its question, or "" without one.

    Where the payer or the provider is refused, that is the answer. A benefit that does not say whether it is in the
    network is taken as one that is. Raises CarechainError when the file is none, is truncated, or holds no answer.
    """
    found = []
    for each in only(read_sets(content, source), "271", _VERSIONS):
        for level in levels(each.body, _PARENTS)[1]:
            if first(level.segments, "EB") or first(level.segments, "AAA"):
                trace = first(level.segments, "TRN")
                found.append((trace.text(2) if trace else "", _read_answer(level.segments)))
    if not found:
        raise CarechainError(source, "answers nothing", "send what is covered (EB), or why nothing is said (AAA)")
    return tuple(found)


def _patients(each: TransactionSet) -> Iterator[tuple[Level, Segment | None]]:
    """The levels that ask about a patient, with the BHT of their set: a subscriber above dependants asks only by EQ."""
    before, found = levels(each.body, _PARENTS)
    above = {id(level.above) for level in found}
    for level in found:
        if level.code in (SUBSCRIBER, DEPENDANT) and (id(level) not in above or first(level.segments, "EQ")):
            yield level, first(before, "BHT")


def _request(level: Level, begun: Segment | None) -> EligibilityRequest:
    trace, when = first(level.segments, "TRN"), first(level.segments, "DTP", "291")
    member = member_of(level)
    if member is None:
        level.head.refuse(0, "has no number of the member (NM1*IL, NM109 with MI)", "send it")
    if when is not None:
        on_day = days(when)[0]
    elif begun is not None:
        on_day = day(begun, 4)
    else:
        level.head.refuse(0, "has no day to ask about (DTP*291, BHT04)", "send it")
    name, born = patient_of(level, "03")
    return EligibilityRequest(
        place=level.head.place,
        trace=trace.needed(2) if trace else "",
        payer=payer_of(level),
        provider=provider_of(level, "21"),
        member=member,
        day=on_day,
        service_types=_service_types(level.segments),
        birth_date=born,
        patient_name=name,
        dependant=level.code == DEPENDANT,
        originator=(trace.text(3) or None) if trace else None,
    )


def _service_types(segments: Sequence[Segment]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for eq in segments:
        if eq.name == "EQ":
            eq.needed(1, mend="ask by service types; single procedures are not answered")
            found.update(dict.fromkeys(filter(None, eq.repetitions(1))))
    return tuple(found) or (_PLAN,)


def _answer(out: Writer, above: int, request: EligibilityRequest, answer: EligibilityAnswer) -> None:
    subscriber = out.level(SUBSCRIBER, above, request.dependant)
    name = ("IL", None if request.dependant else request.patient_name, request.member.value)
    if request.dependant:
        out.add("NM1", *person_named(*name))
        out.level(DEPENDANT, subscriber)
    if request.trace:
        originator = plain(request.originator, "The originator of a trace") if request.originator else ""
        out.add("TRN", "2", plain(request.trace, "The trace of a question"), originator)
    out.add("NM1", *(person_named("03", request.patient_name, None) if request.dependant else person_named(*name)))
    if answer.reason:
        valid, follow_up = _FOLLOW_UP.get(answer.reason, _CORRECT)
        out.add("AAA", valid, "", plain(answer.reason, "The reason of a refusal", 2), follow_up)
    if request.birth_date:
        out.add("DMG", "D8", on(request.birth_date))
    for qualifier, when in (("346", answer.first_day), ("347", answer.last_day)):
        if when:
            out.add("DTP", qualifier, "D8", on(when))
    if not answer.reason:
        _benefits(out, answer)


def _benefits(out: Writer, answer: EligibilityAnswer) -> None:
    out.add("EB", "1" if answer.active else "6", "", _PLAN, "", named(answer.plan or "")[:50].strip())
    for name, (code, level, period) in _LIMITS.items():
        limit: int | None = getattr(answer, name)
        if limit is not None:
            out.add("EB", code, level, _PLAN, "", "", period, money(limit, _CURRENCY))
    for service in answer.services:
        kind = plain(service.service_type, "A service type", 2)
        asked = _YES if service.authorisation_needed else _NO
        network = _YES if service.in_network else _NO
        code = "1" if service.covered else _NOT_COVERED
        out.add("EB", code, "", kind, *[""] * 7, asked, network)
        if service.coinsurance:
            out.add("EB", _COINSURANCE, "", kind, *[""] * 4, quantity(service.coinsurance), "", "", asked, network)
        if service.copay:
            out.add("EB", _COPAY, "", kind, *[""] * 3, money(service.copay, _CURRENCY), *[""] * 3, asked, network)


def _read_answer(segments: Sequence[Segment]) -> EligibilityAnswer:
    refusal = first(segments, "AAA")
    benefits = [each for each in segments if each.name == "EB"]
    begun, ended = _covered_days(segments)
    limits: dict[str, Any] = {}
    for name, (code, level, period) in _LIMITS.items():
        periods = (_LEFT,) if period == _LEFT else _YEARS
        for eb in benefits:
            if (eb.text(1), eb.text(2)) == (code, level) and eb.text(6) in periods and eb.text(7):
                limits.setdefault(name, amount(eb, 7, _CURRENCY))
    return EligibilityAnswer(
        active=any(each.text(1) in _ACTIVE for each in benefits),
        reason=refusal.needed(3) if refusal else None,
        first_day=begun,
        last_day=ended,
        plan=next((each.text(5) for each in benefits if each.text(5)), None),
        services=_services(benefits),
        **limits,
    )


def _services(benefits: Sequence[Segment]) -> tuple[CoveredService, ...]:
    """What is said of each service type, in and out of the network; the plan as a whole is none of them."""
    found: dict[tuple[str, bool], list[Segment]] = {}
    for eb in benefits:
        for kind in eb.repetitions(3):
            whole = kind == _PLAN and not eb.text(12)
            if eb.text(1) in (*_ACTIVE, _NOT_COVERED, _COINSURANCE, _COPAY) and not whole:
                found.setdefault((kind, eb.text(12) != _NO), []).append(eb)
    return tuple(_service(kind, in_network, said) for (kind, in_network), said in found.items())


def _service(kind: str, in_network: bool, said: Sequence[Segment]) -> CoveredService:
    copay, part = _one(said, _COPAY), _one(said, _COINSURANCE)
    return CoveredService(
        service_type=kind,
        in_network=in_network,
        covered=not _one(said, _NOT_COVERED),
        authorisation_needed=any(each.text(11) == _YES for each in said),
        copay=amount(copay, 7, _CURRENCY) if copay and copay.text(7) else 0,
        coinsurance=number(part, 8) if part and part.text(8) else Decimal(0),
    )


def _one(said: Sequence[Segment], code: str) -> Segment | None:
    return next((each for each in said if each.text(1) == code), None)


def _covered_days(segments: Sequence[Segment]) -> tuple[date | None, date | None]:
    begun, ended = first(segments, "DTP", "346"), first(segments, "DTP", "347")
    whole = first(segments, "DTP", "291")
    period = days(whole) if whole else (None, None)
    return days(begun)[0] if begun else period[0], days(ended)[1] if ended else period[1]
