"""Insurance claims that settle themselves, and what people decide about the others.

    brownie run claims submit <file.837 | claim.json> [key=new]
    brownie run claims settle <folder | file> … [together=100]
    brownie run claims void <claim>
    brownie run claims payee <payer> <address>
    brownie run claims collect <payer>

    brownie run claims appeal <claim> <grounds file> [patient=<reference>]
    brownie run claims confirm <claim> <patient>
    brownie run claims dispute <claim> <patient> [<grounds file>]
    brownie run claims review <claim> approve [cap:<line>=<amount> …] as=<reviewer>
    brownie run claims review <claim> deny:<line>=<reason> … [cap:<line>=<amount> …] as=<reviewer>
    brownie run claims review <claim> uphold | reject as=<reviewer>
    brownie run claims due [<payer>]
    brownie run claims enforce <claim>
    brownie run claims once_funded <claim>

    brownie run claims remit <provider> [payer=<organisation>] [format=835|fhir] [to=<folder>]
    brownie run claims status <claim | file.276 | control number> [format=277|fhir] [to=<file>]
    brownie run claims eligibility <file.270 | request.json> [format=271|fhir] [to=<file>]
    brownie run claims explain <claim | control number> [language=en|zh]

A claim is named payer-provider-number, such as 19-1-0. Who acts is as=<organisation> on a local chain, and elsewhere
the organisation of account=<keystore name>; a member is a FHIR reference on a local chain, and elsewhere wallet=<file>.
A provider's book, book=<folder>, has its secret key, directory.yaml (or directory=<file>) with who is who, and a
journal of what was sent: only commitments go on the chain. Whatever was interrupted goes on where it stopped when it is
run again, and no claim is sent twice. Reasons of a reviewer: not-necessary, duplicate, not-supported, not-furnished.
"""

from __future__ import annotations

from scripts import claims_answers, claims_cases, claims_remit, claims_sending

# Brownie reads the source of what it runs here, so each function stands here, and its work where it belongs.

# ------------------------------------------------------------------ a provider claims


def submit(*arguments: str) -> None:
    """Sends the claims of a file, X12 837 or FHIR R4, and tells what the plan made of each."""
    claims_sending.submit(*arguments)


def settle(*arguments: str) -> None:
    """Sends the claims of many files and folders, in batches. Run again it goes on where it stopped."""
    claims_sending.settle(*arguments)


def void(*arguments: str) -> None:
    """Takes a claim back. What was paid for it is withheld from later payments. For its provider."""
    claims_sending.void(*arguments)


def payee(*arguments: str) -> None:
    """Says to which address a payer is to pay. For a provider, before its first claim."""
    claims_sending.payee(*arguments)


def collect(*arguments: str) -> None:
    """Sends what a payer owed and could not deliver. For a provider."""
    claims_sending.collect(*arguments)


# ------------------------------------------------------------------ provider and member object


def appeal(*arguments: str) -> None:
    """Appeals against what was decided, asks for external review after an appeal, or contests a refund."""
    claims_cases.appeal(*arguments)


def confirm(*arguments: str) -> None:
    """A member confirms that the service was furnished."""
    claims_cases.confirm(*arguments)


def dispute(*arguments: str) -> None:
    """A member says that the service was not furnished as claimed. Payer and reviewers see it; no payment changes."""
    claims_cases.dispute(*arguments)


# ------------------------------------------------------------------ reviewers and deadlines decide


def review(*arguments: str) -> None:
    """Decides about a claim that waits for a reviewer: approves it, denies lines, or leaves it as it was."""
    claims_cases.review(*arguments)


def due(*arguments: str) -> None:
    """Lists the claims that wait for somebody, and those whose deadline has passed."""
    claims_cases.due(*arguments)


def enforce(*arguments: str) -> None:
    """Ends a step whose deadline has passed. Anybody may."""
    claims_cases.enforce(*arguments)


def once_funded(*arguments: str) -> None:
    """Settles by rule a claim that was parked because the reserve was short, and for nothing else. Anybody may."""
    claims_cases.once_funded(*arguments)


# ------------------------------------------------------------------ answers


def remit(*arguments: str) -> None:
    """Makes the remittances of a provider from the chain, and with to=<folder> writes them as X12 835 or FHIR."""
    claims_remit.remit(*arguments)


def status(*arguments: str) -> None:
    """Tells where a claim stands, by its name or the provider's own number, or answers a file of questions (276)."""
    claims_answers.status(*arguments)


def eligibility(*arguments: str) -> None:
    """Answers a file of questions about coverage: X12 270 by a 271, FHIR's request by its response."""
    claims_answers.eligibility(*arguments)


def explain(*arguments: str) -> None:
    """Tells a patient in plain words what became of a claim, why, and what they can do."""
    claims_answers.explain(*arguments)
