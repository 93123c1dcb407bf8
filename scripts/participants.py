"""Accredited organisations: who they are, and the registrar's and the supervisor's work on them.

    brownie run participants list
    brownie run participants accredit <organisations.yaml> [account=<registrar>]
    brownie run participants suspend <number> <reason> <evidence file> [account=<supervisor>]

The registrar acts with a delay: `accredit` schedules, and run again with the same file after the delay it accredits.
Reasons: licence_revoked, under_investigation, security_incident, regulatory_order, own_request. Of the evidence file
only the hash goes on the chain.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from web3 import Web3

from carechain.chain import Chain, Sender
from carechain.consents import STANDINGS
from carechain.errors import CarechainError, NodeUnreachable
from carechain.governed import call_governed
from carechain.organisations import Organisation, accredited_as, names_of, read_organisations
from carechain.report import Report, reporting
from carechain.roles import role_names
from scripts.suite import REPORTS, connect, options, sender

REASONS = ("licence_revoked", "under_investigation", "security_incident", "regulatory_order", "own_request")
_REGISTRAR_ACCOUNT = 2
_SUPERVISOR_ACCOUNT = 3


def list(*arguments: str) -> None:  # noqa: A001 - it is the word people type after `brownie run participants`
    """Every organisation that was ever accredited, and how it stands now."""
    with reporting("participants", "list", REPORTS) as report:
        _plain(arguments, 0, "list")
        tell_participants(connect(), report)


def tell_participants(chain: Chain, report: Report) -> None:
    """What `list` does, for other scripts."""
    participants = chain.contract("Participants").functions
    rows = []
    for number, name in sorted(names_of(chain).items()):
        view = chain.ask(participants.organisation(number), "reading an organisation")
        standing = STANDINGS[chain.ask(participants.standingOf(number, 0), "asking for a standing")]
        rows.append((number, name, ", ".join(role_names(view[0])), _day(view[1]), standing))
    report.keep(
        organisations=[
            dict(zip(("number", "name", "roles", "licenceExpiry", "standing"), r, strict=True)) for r in rows
        ]
    )
    report.table("Accredited organisations", ("no", "name", "roles", "licence until", "standing"), rows)


def accredit(*arguments: str) -> None:
    """Accredits the organisations of a file that are not accredited yet, one step further each time it is run."""
    with reporting("participants", "accredit", REPORTS) as report:
        (file,), named = _plain(arguments, 1, "accredit <organisations.yaml>")
        chain = connect()
        report.title(f"Accrediting the organisations of {file}")
        accredit_file(chain, file, sender(chain, named.get("account"), _REGISTRAR_ACCOUNT), report)


def accredit_file(chain: Chain, file: str, registrar: Sender, report: Report) -> None:
    """What `accredit` does, for other scripts. Each organisation is a matter of its own: one that is refused, or still
    in its delay, holds up no other."""
    for organisation in report.progress(read_organisations(file, chain), "accrediting"):
        try:
            _accredit(chain, organisation, registrar, report)
        except NodeUnreachable:
            raise
        except CarechainError as error:
            report.refused(error.place, error.problem, error.mend)


def _accredit(chain: Chain, organisation: Organisation, registrar: Sender, report: Report) -> None:
    number, standing = accredited_as(chain, organisation)
    if number:
        report.note(
            f"{organisation.name}: its operator already speaks for organisation {number} ({STANDINGS[standing]})"
        )
        return
    call = chain.contract("Participants").functions.accredit(*organisation.arguments())
    outcome = call_governed(chain, call, registrar, f"accredit {organisation.name}")
    report.sent(outcome.sent)
    if outcome.ready_at is None:
        report.say(f"{organisation.name} is accredited.")
    else:
        report.note(f"{organisation.name}: {_scheduled(outcome.ready_at)}")


def suspend(*arguments: str) -> None:
    """Suspends an organisation: at once, unless the governance has given the supervisor a delay."""
    with reporting("participants", "suspend", REPORTS) as report:
        (number, reason, evidence), named = _plain(arguments, 3, "suspend <number> <reason> <evidence file>")
        if not number.isdecimal() or int(number) >= 1 << 32:
            mend = "see: brownie run participants list"
            raise CarechainError(f"The organisation {number}", "is not an organisation's number", mend)
        if reason not in REASONS:
            raise CarechainError(f"The reason {reason}", "is not known", f"use one of: {', '.join(REASONS)}")
        try:
            digest = Web3.keccak(Path(evidence).read_bytes())
        except OSError:
            raise CarechainError(evidence, "cannot be read", "name the file of the decision") from None
        chain = connect()
        supervisor = sender(chain, named.get("account"), _SUPERVISOR_ACCOUNT)
        call = chain.contract("Participants").functions.suspend(int(number), REASONS.index(reason), digest)
        report.title(f"Suspending organisation {number}")
        outcome = call_governed(chain, call, supervisor, f"suspend organisation {number}")
        report.sent(outcome.sent)
        report.keep(reason=reason, evidence="0x" + bytes(digest).hex())
        if outcome.ready_at is None:
            report.keep(suspended=int(number))
            report.say(f"Organisation {number} is suspended.")
        else:
            report.note(f"organisation {number} is not suspended yet: {_scheduled(outcome.ready_at)}")


def _plain(arguments: tuple[str, ...], count: int, usage: str) -> tuple[tuple[str, ...], dict[str, str]]:
    plain, named = options(arguments, ("account",))
    if len(plain) != count:
        raise CarechainError("The call", f"has {len(plain)} arguments", f"write: brownie run participants {usage}")
    return tuple(plain), named


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _scheduled(ready_at: int) -> str:
    when = datetime.fromtimestamp(ready_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"scheduled, can be made from {when}; run this again then"
