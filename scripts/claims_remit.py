"""What a provider is told of its payments: made from the chain's events, written as X12 835 or FHIR, and read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from carechain.claims.document import Identifier
from carechain.claims.remit import remittances
from carechain.claims.remittance import Remittance, RemittedClaim
from carechain.errors import CarechainError
from carechain.fhir import remittance as fhir
from carechain.fhir.elements import written
from carechain.private_file import new_private_file
from carechain.report import Report, reporting
from carechain.x12.remittance import read_remittance, write_remittance
from carechain.x12.writing import Envelope
from scripts.claims_answers import naming_of
from scripts.claims_session import Session, call, money, organisation_number
from scripts.suite import REPORTS

FORMATS = ("835", "fhir")


def remit(*arguments: str) -> None:
    """Makes the remittances of a provider from the chain, and with to=<folder> writes them as X12 835 or FHIR."""
    with reporting("claims", "remit", REPORTS) as report:
        usage = "claims remit <provider> [payer=<organisation>] [format=835|fhir] [to=<folder>]"
        (text,), named = call(arguments, usage, 1, "payer", "format", "to")
        session, provider = Session.open(named), organisation_number(text)
        payer = organisation_number(named["payer"]) if "payer" in named else None
        kind = named.get("format", "835")
        if kind not in FORMATS:
            raise CarechainError(f"The format {kind}", "is not one", f"use {' or '.join(FORMATS)}")
        found = of_provider(session, provider, payer)
        tell(session, found, report)
        if "to" in named and found:
            files = write(found, Path(named["to"]), kind)
            report.keep(files=[path.name for path in files])
            report.say(f"{len(files):,} files are in {named['to']}; each was read back and says the same, to the cent.")


def of_provider(session: Session, provider: int, payer: int | None = None) -> list[Remittance]:
    """The remittances of a provider, of every payer unless one is given. The book of whoever asks, or a directory, adds
    names, and nothing else."""
    naming = naming_of(session)
    accounts = session.ledger.accounts(payer, provider)
    return [each for account in accounts for each in remittances(session.ledger, *account, naming)]


def tell(session: Session, found: Sequence[Remittance], report: Report) -> None:
    """Sums of payments; single claims are in the files alone."""
    rows = [
        (
            each.day.isoformat(),
            each.trace[:12] + "…",
            f"{len(each.claims):,}",
            money(sum(claim.paid for claim in each.claims), each.currency),
            money(-sum(adjustment.amount for adjustment in each.adjustments), each.currency),
            money(each.paid, each.currency),
        )
        for each in found
    ]
    if rows:
        report.table("Remittances", ("day", "payment", "claims", "claims pay", "adjusted", "paid"), rows)
    report.keep(remittances=len(found), claims=sum(len(each.claims) for each in found))
    report.say(f"{len(found):,} remittances. All of them balance.")


# ------------------------------------------------------------------ files


def write(found: Sequence[Remittance], folder: Path, kind: str) -> list[Path]:
    """Writes each remittance, readable for the owner alone, and reads it back. Raises CarechainError if a file is there
    already, or does not say the same."""
    ending = "835" if kind == "835" else "json"
    paths = [folder / f"{number:06}-{each.trace[2:14]}.{ending}" for number, each in enumerate(found, 1)]
    for path in paths:
        if path.exists():
            raise CarechainError(str(path), "is there already", "name another folder: to=<folder>")
    counted: Counter[Identifier] = Counter()  # interchanges, by the one payer that sends them
    contents = []
    for each in found:
        counted[each.payer] += 1
        contents.append(_as_x12(each, counted[each.payer]) if kind == "835" else _as_fhir(each))
    for path, content in zip(paths, contents, strict=True):
        with new_private_file(path) as file:
            file.write(content)
    return paths


def _as_x12(remittance: Remittance, number: int) -> bytes:
    envelope = Envelope(
        sender=_fifteen(remittance.payer),
        receiver=_fifteen(remittance.provider),
        control_number=number,
        moment=datetime.combine(remittance.day, datetime.min.time(), UTC),
    )
    content = write_remittance(remittance, envelope)
    (again,) = read_remittance(content, "what was written")
    again.check()
    same = (
        again.paid == remittance.paid
        and [_amounts(claim) for claim in again.claims] == [_amounts(claim) for claim in remittance.claims]
        and [(each.reason, each.amount) for each in again.adjustments]
        == [(each.reason, each.amount) for each in remittance.adjustments if each.amount]
    )
    _require(same)
    return content


def _as_fhir(remittance: Remittance) -> bytes:
    """A Bundle, two resources for each claim: ExplanationOfBenefit for the patient, ClaimResponse for the provider."""
    resources = []
    for claim in remittance.claims:
        expected = fhir.amounts(claim, remittance.currency)
        explanation = fhir.explanation_of_benefit(claim, remittance)
        response = fhir.claim_response(claim, remittance)
        _require(fhir.read_explanation(explanation) == expected and fhir.read_claim_response(response) == expected)
        resources += [explanation, response]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    return written(bundle)


def _amounts(claim: RemittedClaim) -> tuple[object, ...]:
    lines = [
        (line.number, line.charge, line.paid, sorted((a.group, a.reason, a.amount) for a in line.adjustments))
        for line in claim.lines
    ]
    names = claim.control_number, claim.payer_control_number
    return *names, claim.status, claim.charge, claim.paid, claim.interest, lines


def _require(same: bool) -> None:
    if not same:
        raise CarechainError("What was written", "does not say the same when it is read back", "please report it")


def _fifteen(party: Identifier) -> str:
    """As ISA06 and ISA08 take it."""
    return party.value[:15]
