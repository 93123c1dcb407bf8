"""Patients' consents: FHIR R4 Consent documents applied, and what is recorded asked, revoked and told.

    brownie run consent apply <consent.json> … [zone=Europe/Amsterdam] [representative=<keystore name>]
    brownie run consent sign <consent.json> <folder>
    brownie run consent check <patient> <grantee> <purpose> <category,…> [<first day> [<last day>]]
                              [custodian=<organisation>] [block=<number>]
    brownie run consent revoke <patient> <grantee>
    brownie run consent revoke_all <patient>
    brownie run consent history <patient> [block=<number>]

`check` asks about data of any custodian, and of any day, unless it is told which.

A patient is a FHIR reference such as Patient/f001; a grantee is an organisation's number or its name in the
directory. Options of every function: wallet=<file> (password asked for, or in CARECHAIN_WALLET_PASSWORD),
directory=<file>, receipts=<folder>, account=<keystore name of who pays>. On a local chain a patient without a wallet
file gets one that is made from the reference, for trying things out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from eth_account.signers.local import LocalAccount

from carechain import data_categories, purpose_of_use
from carechain.chain import Chain, Sender
from carechain.consent_history import Episode, consent_episodes, emergency_episodes
from carechain.consent_plan import Plan, Planner
from carechain.consent_terms import DAY_UNBOUNDED, day_number
from carechain.consents import GOOD, PERMITTED, STANDINGS, STATUSES, Consents, Recorded
from carechain.errors import CarechainError
from carechain.fhir.consent import Translation, translate
from carechain.fhir.directory import Directory
from carechain.fhir.reading import read_consent
from carechain.receipts import Receipts
from carechain.relayer import Relayer, write_bundle
from carechain.report import Report, reporting
from carechain.wallet import Wallet
from scripts.relay import RELAY_ACCOUNT
from scripts.suite import REPORTS, ROOT, call_of, connect, is_local, sender
from scripts.wallet import password

EMERGENCY = "emergency"
"""The relationship whose address is printed on a patient's emergency card."""

_OPTIONS = ("wallet", "directory", "receipts", "account", "zone", "representative", "block", "custodian")


@dataclass(frozen=True)
class Session:
    """What the functions share: the chain, the patient's side and the relayer's."""

    chain: Chain
    consents: Consents
    directory: Directory
    named: dict[str, str]
    wallets: dict[str, Wallet] = field(default_factory=dict)

    @classmethod
    def open(cls, named: dict[str, str]) -> Session:
        chain = connect()
        directory = Directory.load(Path(named.get("directory", ROOT / "examples" / "directory.yaml")))
        return cls(chain, Consents(chain), directory, named)

    @property
    def payer(self) -> Sender:
        """Who pays for what is sent; what only asks needs nobody."""
        return sender(self.chain, self.named.get("account"), RELAY_ACCOUNT)

    def wallet(self, patient: str) -> Wallet:
        """The patient's wallet, opened once. Raises CarechainError on a public chain when no wallet file is named, and
        when the one that is named was used for another patient."""
        if patient not in self.wallets:
            self.wallets[patient] = self._open_wallet(patient)
            self.receipts(patient).bind(patient)
        return self.wallets[patient]

    def _open_wallet(self, patient: str) -> Wallet:
        if "wallet" in self.named:
            return Wallet.open(Path(self.named["wallet"]), password())
        if not is_local(self.chain):
            mend = "say wallet=<file>, made by: brownie run wallet create <file>"
            raise CarechainError("The patient's wallet", "is not named", mend)
        return Wallet(hashlib.sha256(b"carechain wallet for local chains\0" + patient.encode()).digest())

    def planner(self, patient: str) -> Planner:
        representative = None
        if "representative" in self.named:
            loaded = sender(self.chain, self.named["representative"])
            assert isinstance(loaded, LocalAccount)  # a named account is one of the keystore
            representative = loaded
        return Planner(self.consents, self.wallet(patient), self.receipts(patient), self.chain.now(), representative)

    def receipts(self, patient: str) -> Receipts:
        """The patient's folder; its name tells nothing of the patient."""
        registry = self.chain.book["ConsentRegistry"].address
        holder = self.wallet(patient).key("receipts").address
        folder = Path(self.named.get("receipts", ROOT / "private" / "receipts"))
        return Receipts(folder / str(self.chain.book.chain_id) / registry / holder)

    def organisation(self, grantee: str) -> int:
        """Raises CarechainError for one that is neither a number nor in the directory."""
        if grantee.isdecimal():
            number = int(grantee)
            if not 0 < number <= self.consents.organisation_count():
                mend = "see: brownie run participants list"
                raise CarechainError(f"The grantee {grantee}", "is no organisation that was ever accredited", mend)
            return number
        found = self.directory.organisations.get(grantee)
        if found is None:
            raise CarechainError(
                f"The grantee {grantee}", "is not in the directory", "name a number or a listed reference"
            )
        return found

    def block(self) -> int | None:
        block = self.named.get("block")
        if block is None:
            return None
        if not block.isdecimal() or int(block) > self.chain.latest_block():
            raise CarechainError(f"The block {block}", "is not one of this chain", "give the number of a block")
        return int(block)


def apply(*arguments: str) -> None:
    """Turns FHIR Consents into signed terms, relays them and records them: each document whole, or nothing of it."""
    with reporting("consent", "apply", REPORTS) as report:
        files, named = _arguments(arguments, "apply <consent.json> …", 1, None)
        session = Session.open(named)
        for file in report.progress(files, "applying"):
            try:
                apply_document(session, Path(file), report)
            except CarechainError as error:  # the next document is another matter
                report.refused(error.place, error.problem, error.mend)


def apply_document(session: Session, file: Path, report: Report) -> None:
    """What `apply` does with one document, for other scripts. Refusals go into the report.

    Raises CarechainError when the file is no FHIR R4 Consent, or the chain refuses.
    """
    document = read_consent(file)
    translation = translate(document, session.directory, session.chain.now(), session.named.get("zone"))
    report.title(f"Consent document {file.name}")
    for note in translation.notes:
        report.note(note)
    plan = _plan(session, translation, document.identity)
    for refusal in plan.refusals:
        report.refused(f"{file.name}: {refusal.element}", refusal.reason, refusal.mend)
    for note in plan.notes:
        report.note(note)
    if plan.bundles:
        _submit(session, translation.patient, plan, file, report)
    report.add(
        "documents",
        {
            "file": str(file),
            "version": translation.version,
            "granted": [_grant_facts(grant) for grant in plan.grants],
            "withdrawn": list(plan.withdrawn),
            "refused": len(plan.refusals),
        },
    )
    if plan.grants:
        rows = [(grant.grantee, grant.scope.describe(), grant.terms.describe()) for grant in plan.grants]
        report.table("Granted", ("grantee", "what data", "terms"), rows)
    if plan.withdrawn:
        report.table("Withdrawn", ("what",), [(text,) for text in plan.withdrawn])
    if plan.refusals:
        report.say("Nothing of it was applied.")
    elif not plan.bundles:
        report.say("There was nothing to withdraw: no consent of this patient is recorded.")


def sign(*arguments: str) -> None:
    """Signs what a FHIR Consent means, and writes it into a folder for a relayer: brownie run relay submit <file> …"""
    with reporting("consent", "sign", REPORTS) as report:
        (file, out), named = _arguments(arguments, "sign <consent.json> <folder>", 2, 2)
        session = Session.open(named)
        document = read_consent(Path(file))
        translation = translate(document, session.directory, session.chain.now(), session.named.get("zone"))
        plan = _plan(session, translation, document.identity)
        report.title(f"Signing {file}")
        for note in translation.notes:
            report.note(note)
        for refusal in plan.refusals:
            report.refused(f"{file}: {refusal.element}", refusal.reason, refusal.mend)
        if plan.refusals:
            return
        for note in plan.notes:
            report.note(note)
        for receipt in plan.receipts:
            session.receipts(translation.patient).add(receipt)
        # One file for each of the patient's addresses, so that not even the relayer can tell that they belong together.
        signed = []
        for bundle in plan.bundles:
            path = Path(out) / f"{secrets.token_hex(8)}.json"
            write_bundle(session.chain, bundle, path)
            signed.append(str(path))
        report.keep(signed=signed)
        report.say(f"{len(signed)} signed bundles are in {out}; a relayer may submit what they grant for 30 days.")


def _plan(session: Session, translation: Translation, identity: str) -> Plan:
    if translation.refusals:
        return Plan(refusals=translation.refusals)
    return session.planner(translation.patient).plan(translation, identity)


def _submit(session: Session, patient: str, plan: Plan, file: Path, report: Report) -> None:
    """A transaction for each of the patient's addresses; all of them are tried before the first is sent."""
    relayer = Relayer(session.chain, session.payer)
    for bundle in plan.bundles:
        relayer.attempt(bundle, f"apply {file.name}")
    # Receipts are kept before anything is on the chain: a reference without its salt could never be opened.
    receipts = session.receipts(patient)
    for receipt in plan.receipts:
        receipts.add(receipt)
    for bundle in plan.bundles:
        report.sent(relayer.submit_together(bundle, f"apply {file.name}"))


def check(*arguments: str) -> None:
    """Asks the registry whether a use is permitted, now or at a block; says why not."""
    with reporting("consent", "check", REPORTS) as report:
        words = "check <patient> <grantee> <purpose> <category,…> [<first day> [<last day>]]"
        plain, named = _arguments(arguments, words, 4, 6)
        session = Session.open(named)
        patient, grantee, purpose, categories = plain[0], session.organisation(plain[1]), plain[2], plain[3]
        days = [day_number(_day(text)) for text in plain[4:]]
        span = (days[0], days[-1]) if days else (0, DAY_UNBOUNDED)
        place = f"{purpose} of {categories} by organisation {grantee}"
        status, rows = check_use(
            session, patient, grantee, purpose_of_use.index_of(purpose), categories_of(categories), span
        )
        report.title(f"May organisation {grantee} use {categories} for {purpose}?")
        report.keep(
            asked={"grantee": grantee, "purpose": purpose, "categories": categories, "days": plain[4:]},
            answer=status,
            consents=[{"scope": scope, "status": answer} for scope, answer in rows],
        )
        if rows:
            report.table("Recorded consents", ("what data", "answer"), rows)
        report.say(f"Answer: {status}.")
        if status != STATUSES[PERMITTED]:
            report.refused(place, f"is not permitted: {status}", "ask the patient for a consent that covers it")


def check_use(
    session: Session, patient: str, grantee: int, purpose: int, categories: int, days: tuple[int, int]
) -> tuple[str, list[tuple[str, str]]]:
    """The answer, and the answer of each recorded consent. A grantee out of standing is permitted nothing."""
    block = session.block()
    address = session.wallet(patient).towards(grantee).address
    custodian = session.organisation(session.named["custodian"]) if "custodian" in session.named else None
    standing = session.consents.standing(grantee, block)
    answers = [
        (consent.scope, session.consents.check(address, grantee, consent.scope, purpose, categories, days, block))
        for consent in session.consents.recorded(address, grantee, block)
        if consent.scope.reaches(custodian)
    ]
    rows = [(scope.describe(), STATUSES[answer]) for scope, answer in answers]
    if standing != GOOD:
        return f"organisation {grantee} is not in standing ({STANDINGS[standing]})", rows
    if any(answer == PERMITTED for _, answer in answers):
        return STATUSES[PERMITTED], rows
    return "; ".join(dict.fromkeys(STATUSES[answer] for _, answer in answers)) or STATUSES[0], rows


def revoke(*arguments: str) -> None:
    """Revokes everything that one grantee was given, recorded or presented, in one write."""
    with reporting("consent", "revoke", REPORTS) as report:
        (patient, grantee), named = _arguments(arguments, "revoke <patient> <grantee>", 2, 2)
        session = Session.open(named)
        number = session.organisation(grantee)
        planner = session.planner(patient)
        report.title(f"Revoking what organisation {number} was given")
        if number not in planner.known_grantees():
            report.note("nothing that was given to it is on record; whatever is signed or presented is void now")
        relayer = Relayer(session.chain, session.payer)
        for bundle in planner.revoke(number):
            report.sent(relayer.submit_together(bundle, f"revoke organisation {number}"))
        report.keep(revoked=[number])
        report.say(f"Organisation {number} may use nothing of this patient's data any more.")


def revoke_all(*arguments: str) -> None:
    """Revokes everything that anybody was given."""
    with reporting("consent", "revoke_all", REPORTS) as report:
        (patient,), named = _arguments(arguments, "revoke_all <patient>", 1, 1)
        session = Session.open(named)
        planner = session.planner(patient)
        grantees = planner.known_grantees()
        report.title("Revoking everything")
        relayer = Relayer(session.chain, session.payer)
        # One transaction a pseudonym: together they would tell everyone that the addresses are one patient's.
        for grantee in report.progress(grantees, "revoking"):
            for bundle in planner.revoke(grantee):
                report.sent(relayer.submit_together(bundle, f"revoke organisation {grantee}"))
        report.keep(revoked=grantees)
        if grantees:
            report.say(f"Revoked for organisations {', '.join(map(str, grantees))}.")
        else:
            report.say("Nothing was ever granted.")


def history(*arguments: str) -> None:
    """Who could see what, when, and by which consent; and every emergency access."""
    with reporting("consent", "history", REPORTS) as report:
        (patient,), named = _arguments(arguments, "history <patient>", 1, 1)
        tell_history(Session.open(named), patient, report)


def tell_history(session: Session, patient: str, report: Report) -> None:
    """What `history` does, for other scripts."""
    block = session.block()
    now = session.chain.now() if block is None else session.chain.time_of(block)
    wallet = session.wallet(patient)
    keys: list[Callable[[], LocalAccount]] = [lambda: wallet.key(EMERGENCY)]
    keys += [lambda n=n: wallet.towards(n) for n in range(1, session.consents.organisation_count() + 1)]
    addresses = [key().address for key in report.progress(keys, "deriving the patient's addresses")]
    episodes = consent_episodes(session.chain, addresses, now, block)
    emergencies = emergency_episodes(session.chain, addresses, block)
    report.title("Who could see what, and when")
    report.keep(
        consents=[_episode_facts(episode) for episode in episodes],
        emergencies=[{**vars(episode)} for episode in emergencies],
    )
    rows = [
        (
            e.grantee,
            _time(e.start),
            _time(e.end) if e.end else "now",
            e.terms.describe(),
            f"0x{e.document.hex()[:8]}… v{int.from_bytes(e.document[-2:], 'big')}",
            e.ended_by or "-",
        )
        for e in episodes
    ]
    report.say(
        "Consents on record; what is presented leaves no trace, and a suspended organisation may use none of it."
    )
    report.table("Consents", ("grantee", "from", "to", "terms", "document", "ended by"), rows)
    if emergencies:
        report.table(
            "Emergency access",
            ("provider", "from", "to", "reason", "review", "by"),
            [(e.provider, _time(e.start), _time(e.end), e.reason, e.state, e.reviewer or "-") for e in emergencies],
        )


def _arguments(
    arguments: tuple[str, ...], usage: str, fewest: int, most: int | None
) -> tuple[list[str], dict[str, str]]:
    return call_of(arguments, f"consent {usage}", fewest, most, _OPTIONS)


def categories_of(text: str) -> int:
    """The mask of a class and labels such as "Observation,PSY". Raises CarechainError for an unknown one."""
    mask = 0
    for name in text.split(","):
        known_class = name in data_categories.CLASSES
        mask |= data_categories.class_bit(name) if known_class else data_categories.label_bit(name)
    return mask


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CarechainError(f"The day {text}", "is not a date", "write it as 2026-01-31") from None


def _grant_facts(grant: Recorded) -> dict[str, object]:
    return {
        "grantee": grant.grantee,
        "patient": grant.patient,
        "scope": "0x" + grant.scope.to_bytes().hex(),
        "terms": grant.terms.describe(),
        "document": "0x" + grant.document.hex(),
    }


def _episode_facts(episode: Episode) -> dict[str, object]:
    return {
        "grantee": episode.grantee,
        "patient": episode.patient,
        "scope": "0x" + episode.scope.to_bytes().hex(),
        "terms": episode.terms.describe(),
        "document": "0x" + episode.document.hex(),
        "from": episode.start,
        "to": episode.end,
        "endedBy": episode.ended_by,
        "transaction": episode.transaction,
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
