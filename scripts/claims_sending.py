"""A provider's claims: sent, settled, taken back, and paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from eth_utils.address import is_checksum_address

from carechain.claims.claim_files import files_of, read_claim_file
from carechain.claims.document import ClaimDocument
from carechain.claims.state import Act
from carechain.claims.submission import submit as submit_claims
from carechain.claims.submitted import Kind, Outcome, Submission
from carechain.errors import CarechainError
from carechain.report import Report, reporting
from scripts.claims_session import Session, call, counted, money, of_claim, organisation_number, word_of
from scripts.suite import REPORTS

_SHOWN = 60
"""Claims in the table for people; beyond it only those that were not settled."""
_MORE = ("key", "together")


def submit(*arguments: str) -> None:
    """Sends the claims of a file, X12 837 or FHIR R4, and tells what the plan made of each."""
    with reporting("claims", "submit", REPORTS) as report:
        files, named = call(arguments, "claims submit <file.837 | claim.json>", 1, *_MORE)
        send_files(Session.open(named), files_of(files), report)


def settle(*arguments: str) -> None:
    """Sends the claims of many files and folders, in batches. Run again it goes on where it stopped."""
    with reporting("claims", "settle", REPORTS) as report:
        files, named = call(arguments, "claims settle <folder | file> …", 1, *_MORE, most=None)
        send_files(Session.open(named), files_of(files), report)


def send_files(session: Session, files: Sequence[Path], report: Report) -> Submission:
    """What `submit` and `settle` do, for other scripts."""
    documents: list[ClaimDocument] = []
    refusals: list[CarechainError] = []
    notes: Counter[str] = Counter()
    last_day = session.last_day
    for path in report.progress(files, "reading claims"):
        found = read_claim_file(path, last_day)
        documents += found.claims
        refusals += found.refusals
        notes.update(f"{found.source}: {note}" for note in found.notes)
    for note in notes:
        report.note(note)
    options = {"together": _together(session.named["together"])} if "together" in session.named else {}
    with counted(report, documents, "sending claims") as progress:
        done = submit_claims(
            session.ledger,
            session.book,
            session.sender,
            documents,
            refusals,
            new_key=session.named.get("key") == "new",
            progress=progress,
            **options,
        )
    tell(session, done, report)
    return done


def tell(session: Session, done: Submission, report: Report) -> None:
    """What came of claims. Amounts of single claims are for the person at the keyboard alone."""
    for sent in done.transactions:
        report.sent(sent)
    counts = {kind.value: done.counts[kind] for kind in Kind}
    report.keep(read=done.read, counts=counts)
    report.keep(claims=[_facts(outcome) for outcome in done.outcomes])
    told = [outcome for outcome in done.outcomes if outcome.kind is not Kind.REFUSED]
    if len(told) > _SHOWN:
        told = [outcome for outcome in told if outcome.kind is Kind.PARKED][:_SHOWN]
    if told:
        report.table(
            "Claims", ("claim", "what came of it", "charge", "paid", "patient's part"), [_row(each) for each in told]
        )
    for outcome in done.outcomes:
        if outcome.refusal is not None:
            report.refused(outcome.refusal.place, outcome.refusal.problem, outcome.refusal.mend)
    said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    report.say(f"{done.read:,} claims read: {said or 'none'}.")
    if done.transactions:
        report.say(f"By {session.called(session.organisation)}, in {len(done.transactions):,} transactions.")


def _facts(outcome: Outcome) -> dict[str, object]:
    name = None if outcome.name is None else str(outcome.name)
    facts: dict[str, object] = {"place": outcome.place, "outcome": outcome.kind.value, "claim": name}
    if outcome.parked:
        facts["parked"] = [reason.name.lower() for reason in outcome.parked]
    return facts


def _row(outcome: Outcome) -> tuple[str, ...]:
    why = f": {', '.join(map(word_of, outcome.parked))}" if outcome.parked else ""
    currency = outcome.currency
    return (
        str(outcome.name),
        outcome.kind.value + why,
        money(outcome.charge, currency),
        money(outcome.paid, currency),
        money(outcome.share, currency),
    )


def _together(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000:
        raise CarechainError(f"The option together={text}", "is no number of claims", "give 1 to 1,000")
    return int(text)


# ------------------------------------------------------------------ taken back, and paid


def void(*arguments: str) -> None:
    """Takes a claim back. What was paid for it is withheld from later payments. For its provider."""
    with reporting("claims", "void", REPORTS) as report:
        session, claim, _ = of_claim(arguments, "claims void <claim>", 1)
        if claim.is_voided:
            report.note("it was taken back already")
        else:
            session.act(report, claim.name, session.ledger.functions.voidClaim, "take back a claim")
        owed = sum(told.owed for told in session.ledger.claim(claim.name).told if told.act is Act.VOIDED)
        report.keep(claim=str(claim.name), overpaid=owed != 0)
        report.say(f"Claim {claim.name} is taken back{'; what was paid for it is owed' if owed else ''}.")


def payee(*arguments: str) -> None:
    """Says to which address a payer is to pay. For a provider, before its first claim."""
    with reporting("claims", "payee", REPORTS) as report:
        (text, address), named = call(arguments, "claims payee <payer> <address>", 2)
        session, payer = Session.open(named), organisation_number(text)
        set_payee(session, payer, address, report)


def set_payee(session: Session, payer: int, address: str, report: Report) -> None:
    """What `payee` does, for other scripts."""
    if not is_checksum_address(address):
        raise CarechainError("The address", "is none, with its capitals", "copy it whole")
    if session.ledger.account(payer, session.organisation).payee == address:
        report.note("this is on record already")
    else:
        call_ = session.ledger.functions.setPayee(payer, session.organisation, address)
        session.send(report, call_, "set a payee")
    report.keep(payer=payer, provider=session.organisation, payee=address)
    report.say(f"{session.called(payer)} pays claims of {session.called(session.organisation)} to {address}.")


def collect(*arguments: str) -> None:
    """Sends what a payer owed and could not deliver. For a provider."""
    with reporting("claims", "collect", REPORTS) as report:
        (text,), named = call(arguments, "claims collect <payer>", 1)
        session, payer = Session.open(named), organisation_number(text)
        amount = session.ledger.account(payer, session.organisation).undelivered
        if amount == 0:
            report.note("nothing waits to be collected")
        else:
            session.send(report, session.ledger.functions.collect(payer, session.organisation), "collect a payment")
        report.keep(payer=payer, collected=amount)
        report.say(f"Collected from {session.called(payer)}: {amount:,} minor units.")
