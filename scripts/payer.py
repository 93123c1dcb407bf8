"""A payer's programme: its reserve, plans, members, network, authorisations and reviewers.

    brownie run payer open token=<address | new> [scale=4] [review=30] [appeal=60] [appeal_review=30] [external=45]
                           [interest=1000]
    brownie run payer deposit <amount> [currency=USD] [mint=yes]
    brownie run payer announce <amount> [currency=USD]
    brownie run payer withdraw <address>
    brownie run payer show

    brownie run payer fee_key <fee schedule.csv>
    brownie run payer publish <plan.yaml>
    brownie run payer enrol <members.yaml>
    brownie run payer end <pseudonym> <last day YYYY-MM-DD> [secondary=yes|no]

    brownie run payer admit <provider> <first day> <last day>
    brownie run payer bar <provider> <evidence file> [lift=yes]
    brownie run payer authorise <number> <pseudonym> <provider> <category> <units> <first day> <last day>
    brownie run payer reviewer <organisation> internal|external|none
    brownie run payer refund <claim> <reason> <grounds file>

Who acts is as=<organisation> on a local chain, and elsewhere the organisation of account=<keystore name>. Amounts are
written as 1250.00. A minor unit (cent) is 10^scale of the token's smallest units: 4 for cents in a token of 6 decimals.
Clocks are days, interest basis points a year. On a local chain token=new deploys a token to try things out with, of
which mint=yes makes as much as is needed; elsewhere both are refused. Of evidence and grounds only a salted hash goes
on the chain; what proves them is kept in book=<folder>.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eth_utils.address import is_checksum_address

from carechain.claims.coding import is_version
from carechain.claims.fee_schedule import key_path, write_new_key
from carechain.claims.member_file import Enrolment, read_members, to_enrol
from carechain.claims.plan import Plan
from carechain.claims.plan_file import load_plan
from carechain.claims.state import Act, Period
from carechain.claims.words import AUTHORISATION, UNITS, Reason, ReviewerKind
from carechain.errors import CarechainError
from carechain.report import Report, reporting
from scripts.arguments import day_of, day_text, number_of
from scripts.claims_session import (
    TEST_TOKEN,
    Session,
    amount_of,
    call,
    of_claim,
    organisation_number,
    time_text,
    word_of,
)
from scripts.suite import REPORTS, is_local

TOGETHER = 150
"""Members in one transaction: far below what it may use."""
CLOCKS = {"review": 30, "appeal": 60, "appeal_review": 30, "external": 45, "interest": 1_000}
_TEST_DECIMALS = 6
_MINOR_DECIMALS = 2
_REASONS = {reason.name.lower().replace("_", "-"): reason for reason in Reason if reason}


# ------------------------------------------------------------------ a reserve


def open(*arguments: str) -> None:  # noqa: A001 - the name of the workflow
    """Opens the reserve, once."""
    with reporting("payer", "open", REPORTS) as report:
        _, named = call(arguments, "payer open token=<address | new> [scale=]", 0, "token", "scale", *CLOCKS)
        open_reserve(Session.open(named), report)


def open_reserve(session: Session, report: Report) -> None:
    """What `open` does, for other scripts."""
    named, payer = session.named, session.organisation
    if session.ledger.has_reserve(payer):
        reserve = session.ledger.reserve(payer)
        if named.get("token", reserve.token) not in (reserve.token, "new"):
            raise CarechainError("The reserve", "is open, with another token", "a payer has one reserve, for good")
        report.note("the reserve is open already")
    else:
        token = _token(session, report)
        decimals = session.chain.ask(session.token(token).functions.decimals(), "asking a token for its decimals")
        scale = _small(named, "scale", decimals - _MINOR_DECIMALS, 63)
        clocks = tuple(_small(named, name, days, 10_000) for name, days in CLOCKS.items())
        call_ = session.ledger.functions.openReserve(payer, token, scale, clocks)
        session.send(report, call_, "open a reserve")
    reserve = session.ledger.reserve(payer)
    report.keep(payer=payer, token=reserve.token, scale=reserve.scale)
    report.say(f"The reserve of {session.called(payer)} is open, in the token {reserve.token}.")


def _token(session: Session, report: Report) -> str:
    said = session.named.get("token", "")
    if said == "new":
        if not is_local(session.chain):
            raise CarechainError("The option token=new", "is for local chains alone", "name a token's address")
        report.sent(session.chain.deploy(TEST_TOKEN, session.sender, _TEST_DECIMALS))
        return str(session.chain.web3.to_checksum_address(session.chain.book[TEST_TOKEN].address))
    if not is_checksum_address(said):
        raise CarechainError("The token", "is no address, with its capitals", "say token=<address>, and copy it whole")
    return said


def deposit(*arguments: str) -> None:
    """Adds funds to the payer's reserve, out of the sender's."""
    with reporting("payer", "deposit", REPORTS) as report:
        (text,), named = call(arguments, "payer deposit <amount> [currency=USD] [mint=yes]", 1, "currency", "mint")
        session = Session.open(named)
        put_aside(session, amount_of(text, named.get("currency", "USD"), "amount"), report)


def put_aside(session: Session, amount: int, report: Report) -> None:
    """What `deposit` does, for other scripts."""
    payer, reserve = session.organisation, session.ledger.reserve(session.organisation)
    token = session.token(reserve.token).functions
    address = session.sender if isinstance(session.sender, str) else session.sender.address
    value = amount * 10**reserve.scale
    held = session.chain.ask(token.balanceOf(address), "asking for a balance")
    if session.named.get("mint") == "yes" and held < value:
        is_test = TEST_TOKEN in session.chain.book and session.chain.book[TEST_TOKEN].address == reserve.token
        if not is_local(session.chain) or not is_test:
            raise CarechainError("The option mint=yes", "is for the test token of a local chain alone", "leave it out")
        report.sent(session.chain.send(token.mint(address, value - held), session.sender, "mint"))
    elif held < value:
        raise CarechainError("The sender", "has less of the token than that", "give it more, or deposit less")
    contract = session.ledger.address
    if session.chain.ask(token.allowance(address, contract), "asking for an allowance") < value:
        report.sent(session.chain.send(token.approve(contract, value), session.sender, "approve a transfer"))
    session.send(report, session.ledger.functions.deposit(payer, amount), "deposit")
    _tell_reserve(session, report)


def announce(*arguments: str) -> None:
    """Announces a withdrawal, in the place of one that was announced before; 0 takes it back."""
    with reporting("payer", "announce", REPORTS) as report:
        (text,), named = call(arguments, "payer announce <amount> [currency=USD]", 1, "currency")
        session = Session.open(named)
        amount = 0 if text == "0" else amount_of(text, named.get("currency", "USD"), "amount")
        call_ = session.ledger.functions.announceWithdrawal(session.organisation, amount)
        session.send(report, call_, "announce a withdrawal")
        _tell_reserve(session, report)


def withdraw(*arguments: str) -> None:
    """Takes out what was announced, once its time has come."""
    with reporting("payer", "withdraw", REPORTS) as report:
        (address,), named = call(arguments, "payer withdraw <address>", 1)
        if not is_checksum_address(address):
            raise CarechainError("The address", "is none, with its capitals", "copy it whole")
        session = Session.open(named)
        session.send(report, session.ledger.functions.withdraw(session.organisation, address), "withdraw")
        _tell_reserve(session, report)


def show(*arguments: str) -> None:
    """What the payer has put aside, who reviews, and which providers it has accounts with."""
    with reporting("payer", "show", REPORTS) as report:
        _, named = call(arguments, "payer show", 0)
        session = Session.open(named)
        payer = session.organisation
        _tell_reserve(session, report)
        reviewers = [
            (session.called(each.organisation), word_of(each.kind)) for each in session.ledger.reviewers(payer)
        ]
        if reviewers:
            report.table("Reviewers", ("organisation", "kind"), reviewers)
        rows = []
        for _, provider in session.ledger.accounts(payer):
            account = session.ledger.account(payer, provider)
            network = f"{day_text(account.first_day)} to {day_text(account.last_day)}" if account.first_day else "never"
            rows.append((session.called(provider), account.claims, network, "yes" if account.barred else "no"))
        if rows:
            report.table("Providers", ("organisation", "claims", "in the network", "barred"), rows)


def _tell_reserve(session: Session, report: Report) -> None:
    payer = session.organisation
    reserve = session.ledger.reserve(payer)
    report.keep(payer=payer, funds=reserve.funds, encumbered=reserve.encumbered, announced=reserve.announced)
    report.say(
        f"The reserve of {session.called(payer)}: {reserve.funds:,} minor units, {reserve.encumbered:,} of them held "
        "for claims that wait."
    )
    if reserve.announced:
        report.say(f"A withdrawal of {reserve.announced:,} can be made from {time_text(reserve.withdrawable_from)} on.")


# ------------------------------------------------------------------ plans and members


def fee_key(*arguments: str) -> None:
    """Makes the key of a fee schedule, beside it: the payer's and its providers' secret. One that is there stays."""
    with reporting("payer", "fee_key", REPORTS) as report:
        (file,), _ = call(arguments, "payer fee_key <fee schedule.csv>", 1)
        if not Path(file).is_file():
            raise CarechainError(file, "is no file", "name the fee schedule that the key is for")
        path = key_path(Path(file))
        if path.exists():
            report.note("there is a key already")
        else:
            write_new_key(path)
        report.say(f"The key is {path}: give it to your providers, and to nobody else.")


def publish(*arguments: str) -> None:
    """Publishes the next version of a plan from its file."""
    with reporting("payer", "publish", REPORTS) as report:
        (file,), named = call(arguments, "payer publish <plan.yaml>", 1)
        publish_plan(Session.open(named), load_plan(Path(file)), report)


def publish_plan(session: Session, plan: Plan, report: Report) -> int:
    """What `publish` does, for other scripts. The version's number."""
    payer = session.organisation
    versions = session.ledger.versions(payer, plan.number)
    if versions and is_version(plan, versions[-1]):
        version = versions[-1].version
        report.note("this version is published already")
    else:
        version = len(versions) + 1
        publication = plan.publication(version)
        call_ = session.ledger.functions.publishPlan(*publication.arguments(payer))
        session.send(report, call_, "publish a plan")
    report.keep(payer=payer, plan=plan.number, version=version, categories=sorted(plan.benefits.rules))
    since = day_text(plan.benefits.terms.first_day)
    report.say(f"Version {version} of plan {plan.number}, {plan.name}, is for services from {since} on.")
    return version


def enrol(*arguments: str) -> None:
    """Enrols members from a file. Run again it enrols those that were added to it."""
    with reporting("payer", "enrol", REPORTS) as report:
        (file,), named = call(arguments, "payer enrol <members.yaml>", 1)
        enrol_members(Session.open(named), read_members(Path(file)), report)


def enrol_members(session: Session, enrolments: Sequence[Enrolment], report: Report) -> None:
    """What `enrol` does, for other scripts."""
    payer, functions = session.organisation, session.ledger.functions
    new = to_enrol(enrolments, lambda member: session.ledger.periods(payer, member))
    for start in report.progress(range(0, len(new), TOGETHER), "enrolling"):
        words = [enrolment.words(period) for enrolment, period in new[start : start + TOGETHER]]
        session.send(report, functions.enrolMembers(payer, words), f"enrol {len(words)} periods of coverage")
    if not new:
        report.note("all of them are enrolled already")
    report.keep(payer=payer, read=len(enrolments), enrolled=len(new))
    report.say(f"{len(enrolments):,} periods of coverage read, {len(new):,} of them new.")


def end(*arguments: str) -> None:
    """Ends a member's coverage on a day that is not past, or says whether another payer pays first."""
    with reporting("payer", "end", REPORTS) as report:
        usage = "payer end <pseudonym> <last day YYYY-MM-DD> [secondary=yes|no]"
        (member, text), named = call(arguments, usage, 2, "secondary")
        session, day = Session.open(named), day_of(text)
        period = _period_with(session, member, day)
        secondary = _yes(named["secondary"]) if "secondary" in named else period.secondary
        if (period.last_day, period.secondary) == (day, secondary):
            report.note("this is on record already")
        else:
            call_ = session.ledger.functions.amendCoverage(session.organisation, member, period.number, day, secondary)
            session.send(report, call_, "amend a coverage")
        report.keep(period=period.number, lastDay=text, secondary=secondary)
        report.say(f"Period {period.number} of this member's coverage ends on {text}.")


def _period_with(session: Session, member: str, day: int) -> Period:
    if not is_checksum_address(member):
        raise CarechainError("The member", "is no address, with its capitals", "copy it whole")
    for period in session.ledger.periods(session.organisation, member):
        if period.first_day <= day <= period.last_day:
            return period
    raise CarechainError("The member", "has no period of coverage with that day", "check member and day")


# ------------------------------------------------------------------ a network, authorisations and reviewers


def admit(*arguments: str) -> None:
    """Sets the days of service on which a provider is in the network."""
    with reporting("payer", "admit", REPORTS) as report:
        (text, first, last), named = call(arguments, "payer admit <provider> <first day> <last day>", 3)
        session = Session.open(named)
        admit_provider(session, organisation_number(text), (day_of(first), day_of(last)), report)


def admit_provider(session: Session, provider: int, days: tuple[int, int], report: Report) -> None:
    """What `admit` does, for other scripts. Days are counted from 1970-01-01."""
    payer = session.organisation
    account = session.ledger.account(payer, provider)
    if (account.first_day, account.last_day) == days:
        report.note("this is on record already")
    else:
        session.send(report, session.ledger.functions.setNetwork(payer, provider, *days), "set the network")
    first, last = map(day_text, days)
    report.keep(payer=payer, provider=provider, firstDay=first, lastDay=last)
    report.say(f"{session.called(provider)} is in the network of {session.called(payer)} from {first} to {last}.")


def bar(*arguments: str) -> None:
    """Sends all claims of a provider to reviewers, or with lift=yes no longer."""
    with reporting("payer", "bar", REPORTS) as report:
        (text, file), named = call(arguments, "payer bar <provider> <evidence file> [lift=yes]", 2, "lift")
        session, provider = Session.open(named), organisation_number(text)
        payer, barred = session.organisation, named.get("lift") != "yes"
        if session.ledger.account(payer, provider).barred == barred:
            report.note("this is on record already")
        else:
            folder = session.folder(f"organisation-{payer}")
            evidence = session.document(folder, file, f"{'bar' if barred else 'admit'} {provider}")
            call_ = session.ledger.functions.barProvider(payer, provider, barred, evidence)
            session.send(report, call_, "bar a provider" if barred else "bar a provider no longer")
        report.keep(payer=payer, provider=provider, barred=barred)
        report.say(f"Claims of {session.called(provider)} {'all go' if barred else 'no longer all go'} to reviewers.")


def authorise(*arguments: str) -> None:
    """Authorises services of one category beforehand, under a number of the payer's."""
    with reporting("payer", "authorise", REPORTS) as report:
        usage = "payer authorise <number> <pseudonym> <provider> <category> <units> <first day> <last day>"
        (number, member, provider, category, units, first, last), named = call(arguments, usage, 7)
        if not is_checksum_address(member):
            raise CarechainError("The member", "is no address, with its capitals", "copy it whole")
        session, key = Session.open(named), number_of(number, "number", 32)
        word = AUTHORISATION.pack(
            member=int(member, 16),
            provider=organisation_number(provider),
            category=number_of(category, "category", 8),
            units=number_of(units, "number of units", 17) * UNITS,
            first_day=day_of(first),
            last_day=day_of(last),
        )
        call_ = session.ledger.functions.authorise(session.organisation, key, word)
        session.send(report, call_, "authorise a service")
        report.keep(payer=session.organisation, authorisation=key)
        report.say(f"Authorised, under number {key}: the provider names it in the claim.")


def reviewer(*arguments: str) -> None:
    """Names who may decide about claims, or no longer."""
    with reporting("payer", "reviewer", REPORTS) as report:
        (text, kind), named = call(arguments, "payer reviewer <organisation> internal|external|none", 2)
        kinds = {each.name.lower(): each for each in ReviewerKind}
        if kind not in kinds:
            raise CarechainError(f"The kind {kind}", "is not one", f"use {', '.join(kinds)}")
        session = Session.open(named)
        name_reviewer(session, organisation_number(text), kinds[kind], report)


def name_reviewer(session: Session, organisation: int, kind: ReviewerKind, report: Report) -> None:
    """What `reviewer` does, for other scripts."""
    payer = session.organisation
    if session.ledger.reviewer_kind(payer, organisation) is kind:
        report.note("this is on record already")
    else:
        session.send(report, session.ledger.functions.nameReviewer(payer, organisation, kind), "name a reviewer")
    report.keep(payer=payer, reviewer=organisation, kind=kind.name.lower())
    report.say(f"{session.called(organisation)} as a reviewer of {session.called(payer)}: {word_of(kind)}.")


def refund(*arguments: str) -> None:
    """Asks for a claim back, once it can be appealed against no longer. Unless provider or member contest that in time,
    what was paid is withheld from later payments."""
    with reporting("payer", "refund", REPORTS) as report:
        session, claim, (word, file) = of_claim(arguments, "payer refund <claim> <reason> <grounds file>", 3)
        reason = _REASONS.get(word.replace("_", "-"))
        if reason is None:
            raise CarechainError(f"The reason {word}", "is not one", f"use one of: {', '.join(_REASONS)}")
        folder = session.folder(f"organisation-{session.organisation}")
        grounds = session.document(folder, file, f"refund {claim.name}")
        if any(told.act is Act.REFUND_REQUESTED and told.grounds == grounds for told in claim.told):
            report.note("this is on record already")
        else:
            functions = session.ledger.functions
            session.act(
                report,
                claim.name,
                lambda evidence: functions.requestRefund(evidence, reason, grounds),
                "ask for a refund",
            )
        deadline = session.ledger.case(claim.name).deadline
        report.keep(claim=str(claim.name), reason=reason.name.lower(), deadline=deadline)
        report.say(f"Provider and member may contest it{f' until {time_text(deadline)}' if deadline else ''}.")


# ------------------------------------------------------------------ words


def _small(named: dict[str, str], name: str, default: int, most: int) -> int:
    text = named.get(name, str(default))
    if not text.isdecimal() or len(text) > 5 or int(text) > most:
        raise CarechainError(f"The option {name}={text}", "is not a number that it can be", f"use 0 to {most:,}")
    return int(text)


def _yes(text: str) -> bool:
    if text not in ("yes", "no"):
        raise CarechainError(f"The option secondary={text}", "is neither yes nor no", "write yes or no")
    return text == "yes"
