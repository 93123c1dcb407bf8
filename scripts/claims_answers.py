"""Answers about claims: where one stands, what a plan covers, and what a patient is told. Nothing is sent for them.

Anybody can ask: all of it is on the chain. A book or a directory adds what only the asker knows, such as the provider's
own numbers. What names a person is printed, or written to a file for its owner alone, and stands in no report.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from carechain.claims import eligibility as coverage
from carechain.claims import status as standing
from carechain.claims.book import Book
from carechain.claims.directory import Directory
from carechain.claims.document import Identifier
from carechain.claims.explain import Known, Part, explain_refused
from carechain.claims.explain import explain as told_of
from carechain.claims.names import ClaimName
from carechain.claims.naming import ORGANISATION, Naming, currency_of
from carechain.claims.remittance import EligibilityAnswer, EligibilityRequest, StatusAnswer, StatusRequest
from carechain.claims.state import Claim
from carechain.errors import CarechainError
from carechain.fhir.claim_status import claim_status, read_claim_status
from carechain.fhir.elements import parse, written
from carechain.fhir.eligibility import parse_eligibility_requests
from carechain.fhir.eligibility_answer import coverage_eligibility_response, read_eligibility
from carechain.private_file import new_private_file
from carechain.report import Report, reporting
from carechain.x12.eligibility import read_eligibility_answers, read_eligibility_requests, write_eligibility
from carechain.x12.status import read_status_answers, read_status_requests, write_status
from carechain.x12.writing import Envelope
from scripts.claims_session import Session, call, money
from scripts.suite import REPORTS, is_local

_DOLLARS = "USD"
"""Which X12 means where it says no currency."""
_WIDEST_TRACE = 16
"""Characters that 277 has for the number of a payment."""
_CATEGORIES = {
    "A4": "not found",
    "P1": "in process",
    "P2": "in review",
    "F0": "approved, not delivered",
    "F1": "paid",
    "F2": "denied",
    "F3": "revised",
    "F4": "approved, nothing to pay",
}
"""For people, by claim status category code."""

Answered = tuple[StatusRequest, StatusAnswer, Claim | None]


# ---------------------------------------------------------------------- where a claim stands


def status(*arguments: str) -> None:
    """Tells where a claim stands, by its name or the provider's own number, or answers a file of questions (276)."""
    with reporting("claims", "status", REPORTS) as report:
        usage = "claims status <claim | file.276 | control number> [format=277|fhir] [to=<file>]"
        (about,), named = call(arguments, usage, 1, "format", "to")
        kind = _kind(named, ("277", "fhir"))
        session = Session.open(named)
        found = _statuses(session, naming_of(session), about)
        known = sum(claim is not None for *_, claim in found)
        report.keep(asked=len(found), found=known, categories=[answer.category for _, answer, _ in found])
        report.table("Claims", ("claim", "status", "since", "charge", "paid"), [_status_row(each) for each in found])
        if "to" in named:
            write = _status_x12 if kind == "277" else _status_fhir
            _write(Path(named["to"]), write(session, found), report)
        if not found:
            raise CarechainError("The claim", "is not on the chain", "check its number; the provider's own needs book=")


def _statuses(session: Session, naming: Naming, about: str) -> list[Answered]:
    path = Path(about)
    if path.is_file():
        requests = read_status_requests(path.read_bytes(), str(path))
        return [(each, *standing.answer(session.ledger, naming, each)) for each in requests]
    names = _named(session, naming, about)
    return [_status(session, naming, name) for name in names]


def _named(session: Session, naming: Naming, about: str) -> list[ClaimName]:
    """A claim by its name, or every one of this number of the provider's."""
    try:
        return [ClaimName.parse(about)]
    except CarechainError:
        if naming.book is None:
            mend = "write payer-provider-number, or name the book of whose number it is: book=<folder>"
            raise CarechainError("The claim", "is no name on the chain, and there is no book", mend) from None
    book, ledger = naming.book, session.ledger
    accounts = sorted({(sent.payer, sent.provider) for sent in book.journal.of_control_number(about)})
    found = [standing.find(ledger, book, payer, provider, about) for payer, provider in accounts]
    return [name for name in found if name is not None]


def _status(session: Session, naming: Naming, name: ClaimName) -> Answered:
    claim = session.ledger.claim(name)
    own = naming.control_number(claim)
    own_number = None if own == str(name) else own
    request = StatusRequest(
        place=f"claim {name}",
        trace=str(name),
        payer=naming.payer(name.payer),
        provider=_asker(naming, name.provider),
        member=Identifier("member", naming.member(claim)),
        control_number=own_number,
        payer_control_number=str(name),
    )
    return request, standing.status(session.ledger, claim, own_number), claim


def _asker(naming: Naming, provider: int) -> Identifier:
    known = naming.provider(provider)
    return Identifier("provider", known.value) if known.system == ORGANISATION else known


def _status_row(each: Answered) -> tuple[str, ...]:
    _, answer, claim = each
    words = f"{_CATEGORIES.get(answer.category, '')} ({answer.category}, {answer.status})"
    if claim is None:
        return "?", words, answer.day.isoformat(), "", ""
    currency = currency_of(claim)
    amounts = money(answer.charge, currency), money(answer.paid, currency)
    return str(claim.name), words, answer.day.isoformat(), *amounts


def _status_x12(session: Session, found: Sequence[Answered]) -> bytes:
    if any(claim is not None and currency_of(claim) != _DOLLARS for *_, claim in found):
        raise CarechainError("A claim", "is not in US dollars, and 277 says no currency", "say format=fhir")
    answered = [(request, answer) for request, answer, _ in found]
    first = answered[0][0]
    payers = {claim.name.payer for *_, claim in found if claim is not None}
    is_one = len({request.payer for request, _ in answered}) == 1
    payer_name = _only(session, payers) if is_one else ""
    content = write_status(answered, _envelope(session, first.payer, first.provider), payer_name)
    again = read_status_answers(content, "what was written")
    _require([_facts(each) for _, each in again] == [_facts(each) for _, each in answered])
    return content


def _status_fhir(session: Session, found: Sequence[Answered]) -> bytes:
    resources = []
    for request, answer, claim in found:
        resource = _plain(claim_status(request, answer, currency_of(claim) if claim else _DOLLARS))
        _require(read_claim_status(resource) == answer)
        resources.append(resource)
    return _together(resources)


def _facts(answer: StatusAnswer) -> tuple[object, ...]:
    trace = answer.trace if answer.trace and len(answer.trace) <= _WIDEST_TRACE else None
    codes = answer.payer_control_number, answer.category, answer.status
    return *codes, answer.day, answer.charge, answer.paid, answer.payment_day, trace


# ---------------------------------------------------------------------- what a plan covers


def eligibility(*arguments: str) -> None:
    """Answers a file of questions about coverage: X12 270 by a 271, FHIR's request by its response."""
    with reporting("claims", "eligibility", REPORTS) as report:
        usage = "claims eligibility <file.270 | request.json> [format=271|fhir] [to=<file>]"
        (file,), named = call(arguments, usage, 1, "format", "to")
        path = Path(file)
        content = path.read_bytes()
        is_json = content.lstrip().startswith(b"{")
        kind = _kind(named, ("fhir", "271") if is_json else ("271", "fhir"))
        session = Session.open(named)
        requests = _questions(session, content, str(path), report) if is_json else None
        asked = requests if requests is not None else read_eligibility_requests(content, str(path))
        naming = naming_of(session)
        found = [(each, coverage.answer(session.ledger, naming, each)) for each in asked]
        report.keep(asked=len(found), active=sum(answer.active for _, answer in found))
        for _, answer in found:
            _tell_coverage(answer, report)
        if "to" in named and found:
            write = partial(_coverage_fhir, session) if kind == "fhir" else partial(_coverage_x12, session, naming)
            _write(Path(named["to"]), write(found), report)


def _questions(session: Session, content: bytes, source: str, report: Report) -> tuple[EligibilityRequest, ...]:
    found = parse_eligibility_requests(content, source, session.last_day)
    for note in found.notes:
        report.note(note)
    for refusal in found.refusals:
        report.refused(refusal.place, refusal.problem, refusal.mend)
    return found.requests


def _tell_coverage(answer: EligibilityAnswer, report: Report) -> None:
    if answer.reason is not None:
        report.say(f"Nothing can be said of this person (reason {answer.reason}).")
        return
    days = f"{answer.first_day} to {answer.last_day}"
    report.say(f"{answer.plan}: {'covered' if answer.active else 'not covered on that day'}, {days}.")
    for what, whole, left in (
        ("deductible", answer.deductible, answer.deductible_left),
        ("out of pocket at most", answer.out_of_pocket, answer.out_of_pocket_left),
        ("deductible of the family", answer.family_deductible, answer.family_deductible_left),
        ("out of pocket at most, the family", answer.family_out_of_pocket, answer.family_out_of_pocket_left),
    ):
        if whole is not None:
            report.say(f"  {what}: {money(whole, answer.currency)}, {money(left or 0, answer.currency)} of it left")
    rows = [
        (
            each.service_type,
            "in" if each.in_network else "out",
            "yes" if each.covered else "no",
            "yes" if each.authorisation_needed else "no",
            money(each.copay, answer.currency),
            f"{each.coinsurance:.2%}",
        )
        for each in answer.services
    ]
    if rows:
        columns = ("service type", "network", "covered", "authorisation", "copay", "coinsurance")
        report.table("Services", columns, rows)


def _coverage_x12(
    session: Session, naming: Naming, found: Sequence[tuple[EligibilityRequest, EligibilityAnswer]]
) -> bytes:
    first = found[0][0]
    payer_name = _only(session, {naming.organisation(request.payer) for request, _ in found})
    content = write_eligibility(found, _envelope(session, first.payer, first.provider), payer_name)
    again = [answer for _, answer in read_eligibility_answers(content, "what was written")]
    _require([_covered(each) for each in again] == [_covered(each) for _, each in found])
    return content


def _coverage_fhir(session: Session, found: Sequence[tuple[EligibilityRequest, EligibilityAnswer]]) -> bytes:
    resources = []
    for request, answer in found:
        resource = _plain(coverage_eligibility_response(request, answer, session.last_day))
        _require(_covered(read_eligibility(resource)) == _covered(answer))
        resources.append(resource)
    return _together(resources)


def _covered(answer: EligibilityAnswer) -> tuple[object, ...]:
    limits = answer.deductible, answer.deductible_left, answer.out_of_pocket, answer.out_of_pocket_left
    family = answer.family_deductible, answer.family_deductible_left
    family_maximum = answer.family_out_of_pocket, answer.family_out_of_pocket_left
    return answer.active, answer.reason, answer.first_day, *limits, *family, *family_maximum, answer.services


# ---------------------------------------------------------------------- what a patient is told


def explain(*arguments: str) -> None:
    """Tells a patient in plain words what became of a claim, why, and what they can do. Also of one that was refused,
    by the provider's own number of it."""
    with reporting("claims", "explain", REPORTS) as report:
        usage = "claims explain <claim | control number> [language=en|zh]"
        (about,), named = call(arguments, usage, 1, "language")
        session, language = Session.open(named), named.get("language", "en")
        naming = naming_of(session)
        names = _named(session, naming, about)
        for name in names:
            _tell(told_of(Known.of(session.ledger, naming, name), language), report)
        if not names:
            _tell(_refused(session, naming, about, language), report)
        report.keep(claims=[str(name) for name in names], language=language)


def _refused(session: Session, naming: Naming, control_number: str, language: str) -> tuple[Part, ...]:
    """What is told of a claim that is not on the chain, because it was refused last."""
    book = naming.book
    sent = book.journal.of_control_number(control_number) if book else []
    for each in reversed(sent):
        refusals = session.ledger.refusals(each.payer, each.provider)
        for refused in reversed(refusals):
            if refused.control_number == each.commitment:
                return explain_refused(refused, naming, language)
    raise CarechainError("The claim", "is not on the chain", "check its number")


def _tell(parts: Sequence[Part], report: Report) -> None:
    for part in parts:
        report.title(part.heading)
        for sentence in part.sentences:
            report.say(sentence)


# ---------------------------------------------------------------------- names, and files


def naming_of(session: Session) -> Naming:
    """With the book of whoever asks, or a directory, if either is given."""
    named = session.named
    directory = Path(named["directory"]) if "directory" in named else None
    book: Book | None = None
    if {"as", "account"} & named.keys():
        book = session.book
    elif "book" in named:
        book = Book(Path(named["book"]), session.chain.book.chain_id, session.ledger.address, directory)
    return Naming(session.names, book, Directory.load(directory) if directory else None)


def _kind(named: dict[str, str], kinds: tuple[str, ...]) -> str:
    kind = named.get("format", kinds[0])
    if kind not in kinds:
        raise CarechainError(f"The format {kind}", "is not one", f"use {' or '.join(kinds)}")
    return kind


def _envelope(session: Session, payer: Identifier, provider: Identifier) -> Envelope:
    """The number of an interchange is the time at which it is made, in the seconds of thirty years."""
    now = session.chain.now()
    moment = datetime.fromtimestamp(now, UTC)
    return Envelope(payer.value[:15], provider.value[:15], now % 999_999_999 + 1, moment, test=is_local(session.chain))


def _only(session: Session, payers: set[int | None] | set[int]) -> str:
    """The name of the one payer of all answers: for several, what is written has one place for all their names."""
    (payer,) = payers if len(payers) == 1 else (None,)
    return "" if payer is None else session.called(payer)


def _plain(resource: dict[str, Any]) -> dict[str, Any]:
    """As whoever gets it reads it."""
    found: dict[str, Any] = parse(written(resource), "what was written", "FHIR")
    return found


def _together(resources: Sequence[dict[str, Any]]) -> bytes:
    if len(resources) == 1:
        return written(resources[0])
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    return written(bundle)


def _require(same: bool) -> None:
    if not same:
        raise CarechainError("What was written", "does not say the same when it is read back", "please report it")


def _write(path: Path, content: bytes, report: Report) -> None:
    """For the owner alone. Raises CarechainError where a file is there."""
    try:
        with new_private_file(path) as file:
            file.write(content)
    except FileExistsError:
        raise CarechainError(str(path), "is there already", "name another file: to=<file>") from None
    _require(path.read_bytes() == content)
    report.keep(file=str(path))
    report.say(f"The answer is {path}; it was read back and says the same.")
