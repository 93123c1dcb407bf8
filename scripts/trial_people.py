"""The people in a trial: consent, enrolment, treatment, and leaving."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from eth_account.signers.local import LocalAccount
from eth_utils.address import is_checksum_address

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import Consents, DocumentCommitment, Recorded
from carechain.data_categories import class_bit
from carechain.errors import CarechainError
from carechain.receipts import Receipt
from carechain.relayer import Relayer
from carechain.report import Report, reporting
from carechain.trials.allocation import AllocationList
from carechain.trials.design import NOT_GIVEN
from carechain.trials.ledger import TrialLedger
from carechain.trials.pseudonym import new_secret, person_of, pseudonym, read_secret
from carechain.trials.state import in_force
from carechain.trials.words import Act, Participation, trial_name, trial_named
from scripts import consent as consent_script
from scripts.arguments import day_of, day_text, index_of
from scripts.suite import REPORTS, call_of
from scripts.trial_session import Session, json_of, opened, organisation_number

_LIST = "allocations.json"
_PATIENT_OPTIONS = ("wallet", "directory", "receipts", "account")


def secret(*arguments: str) -> None:
    """Makes the secret under which a trial's sites make pseudonyms. Give it to them, and to nobody else."""
    with reporting("trial", "secret", REPORTS) as report:
        (file,), _ = call_of(arguments, "trial secret <file>", 1, 1, ())
        new_secret(Path(file))
        report.say(f"The secret is in {file}, which only you can read.")


# ------------------------------------------------------------------ a patient consents, and leaves


def consent(*arguments: str) -> None:
    """A patient consents to take part at a site, under the version of the consent form that is to be signed now."""
    with reporting("trial", "consent", REPORTS) as report:
        usage = "consent <trial> <site's organisation> <patient> <signed form file>"
        (name, site_text, patient, form), named = call_of(arguments, f"trial {usage}", 4, 4, _PATIENT_OPTIONS)
        trial, site = trial_named(name), organisation_number(site_text)
        give_consent(consent_script.Session.open(named), trial, site, patient, Path(form), report)


def give_consent(
    session: consent_script.Session, trial: int, site: int, patient: str, form: Path, report: Report
) -> str:
    """What `consent` does, for other scripts. The address under which the patient takes part at the site."""
    state = TrialLedger(session.chain).trial(trial)
    scope = Scope.of_trial(trial, state.consent_version)
    key = _key_of(session, trial, site, patient)
    consents = Consents(session.chain)
    if consents.terms(key.address, site, scope).purposes:
        report.note("this consent is on record already")
    else:
        # What proves later which form was signed stays with the patient; the form itself may be any kind of file.
        signed_form = json.dumps({"form": sha256(form.read_bytes()).hexdigest(), "version": state.consent_version})
        document = DocumentCommitment.of(signed_form.encode(), state.consent_version)
        terms = ConsentTerms(purposes=1 << state.purpose, categories=class_bit("ResearchSubject"))
        signed = consents.signed_grant(key, Recorded(key.address, site, scope, terms, document.reference))
        name = f"trial {trial_name(trial)}, consent form {state.consent_version}"
        receipt = Receipt(name, site, document.reference, document.salt, signed_form.encode(), (scope,))
        session.receipts(patient).add(receipt)
        report.sent(Relayer(session.chain, session.payer).submit_together([signed], "record a consent"))
    report.keep(trial=trial_name(trial), site=site, patient=key.address, consent_version=state.consent_version)
    report.say(f"Consent form {state.consent_version} of trial {trial_name(trial)} is signed, for site {site}.")
    report.say(f"The site enrols this participant under the address {key.address}.")
    return str(key.address)


def leave(*arguments: str) -> None:
    """A patient revokes every consent to take part at a site. Whoever then notes it ends the participation."""
    with reporting("trial", "leave", REPORTS) as report:
        usage = "leave <trial> <site's organisation> <patient>"
        (name, site_text, patient), named = call_of(arguments, f"trial {usage}", 3, 3, _PATIENT_OPTIONS)
        trial, site = trial_named(name), organisation_number(site_text)
        revoke_consents(consent_script.Session.open(named), trial, site, patient, report)


def revoke_consents(session: consent_script.Session, trial: int, site: int, patient: str, report: Report) -> None:
    """What `leave` does, for other scripts."""
    last = TrialLedger(session.chain).trial(trial).consent_version
    key = _key_of(session, trial, site, patient)
    consents = Consents(session.chain)
    calls = [
        consents.signed_revocation(key, key.address, site, scope)
        for scope in (Scope.of_trial(trial, version) for version in range(1, last + 1))
        if consents.terms(key.address, site, scope).purposes
    ]
    if not calls:
        report.note("no consent to take part there is on record")
        return
    report.sent(Relayer(session.chain, session.payer).submit_together(calls, "revoke consents"))
    report.say(f"Revoked: no new data of this participant may be collected in trial {trial_name(trial)}.")


def _key_of(session: consent_script.Session, trial: int, site: int, patient: str) -> LocalAccount:
    """A key for this trial at this site alone: nobody can tell that it is a patient of the site's."""
    return session.wallet(patient).key(f"trial {trial_name(trial)} at organisation {site}")


# ------------------------------------------------------------------ a site enrols


def enrol(*arguments: str) -> None:
    """A site enrols a participant, by the FHIR Patient that it has, under the pseudonym that every site would give."""
    with reporting("trial", "enrol", REPORTS) as report:
        usage = (
            "enrol <trial> <patient.json> <subject> <patient's address> secret=<file> [identifier=<system>]"
            " [on=YYYY-MM-DD]"
        )
        session, trial, (file, subject, address) = opened(arguments, usage, 4, "secret", "identifier", "on")
        named = session.named
        if "secret" not in named:
            raise CarechainError(
                "The trial's secret", "is not named", "name the file that the sites share: secret=<file>"
            )
        person = person_of(json_of(Path(file), "a FHIR R4 Patient"), Path(file).name, named.get("identifier"))
        participant = pseudonym(read_secret(Path(named["secret"])), trial, person)
        on = day_of(named["on"]) if "on" in named else session.chain.now() // 86_400
        known = session.ledger.participant(trial, participant)
        if known is not None and known.site == session.organisation:
            report.note("this person is enrolled here already")
            address, on = known.patient, known.enrolled_on
            session.keep_person(trial, subject, participant, address)
        else:
            _require_consent_form(session, trial)
            if not is_checksum_address(address):
                raise CarechainError("The patient's address", "is none, with its capitals", "copy it whole")
            call = session.ledger.functions.enrolParticipant(trial, session.organisation, participant, address, on)
            session.chain.attempt(call, session.sender, "enrol a participant")
            session.keep_person(trial, subject, participant, address)  # or who it is would be lost with the power
            session.send(report, call, "enrol a participant")
        report.keep(trial=trial_name(trial), participant="0x" + participant.hex(), on=day_text(on))
        report.say(f"Enrolled in trial {trial_name(trial)}, under the pseudonym 0x{participant.hex()}.")


def _require_consent_form(session: Session, trial: int) -> None:
    """Refuses to enrol under a consent form that was never given."""
    if in_force(session.ledger.acts(trial)).consent_form == NOT_GIVEN["consent form"].commitment:
        mend = "let the sponsor amend it: trial amend"
        raise CarechainError(f"Trial {trial_name(trial)}", "has no consent form", mend)


def renew(*arguments: str) -> None:
    """A site notes that a participant has signed the present version of the consent form."""
    with reporting("trial", "renew", REPORTS) as report:
        session, trial, (name,) = opened(arguments, "renew <trial> <subject>", 2)
        participant = session.participant(trial, name)
        known = session.ledger.participant(trial, participant)
        version = session.ledger.trial(trial).consent_version
        if known is not None and known.consent_version == version:
            report.note("the present version is on record already")
        else:
            session.send(report, session.ledger.functions.renewConsent(trial, participant), "renew a consent")
        report.say(f"Version {version} of the consent form is signed.")


def withdraw(*arguments: str) -> None:
    """Notes that a participant has left. For the site, and for anybody once the consent is revoked."""
    with reporting("trial", "withdraw", REPORTS) as report:
        session, trial, (name,) = opened(arguments, "withdraw <trial> <subject>", 2)
        participant = session.participant(trial, name)
        if session.ledger.participation(trial, participant) is Participation.WITHDRAWN:
            report.note("this is on record already")
        else:
            session.send(report, session.ledger.functions.withdraw(trial, participant), "withdraw a participant")
        report.say("Withdrawn: no new data is collected. What was collected before stays, as the law asks.")


# ------------------------------------------------------------------ treatments


def allocate(*arguments: str) -> None:
    """Commits to the allocation list of a CSV file, and keeps it. For the sponsor, before the first enrolment."""
    with reporting("trial", "allocate", REPORTS) as report:
        session, trial, (file,) = opened(arguments, "allocate <trial> <allocations.csv>", 2)
        path = session.folder(trial) / _LIST
        if path.is_file():
            allocations = AllocationList.read(path)
            if AllocationList.from_csv(Path(file), allocations.key) != allocations:
                raise CarechainError(str(path), "is of another list", "commit to one list, once")
        elif session.ledger.trial(trial).places:
            problem, mend = "is committed to, and not kept here", "name the folder that has it: kept=<folder>"
            raise CarechainError(f"The allocation list of trial {trial_name(trial)}", problem, mend)
        else:
            allocations = AllocationList.from_csv(Path(file))
            allocations.write(path)
        if session.ledger.trial(trial).places:
            _require_committed(session, trial, allocations, path)
            report.note("this allocation list is committed to already")
        else:
            call = session.ledger.functions.commitAllocations(trial, allocations.places, allocations.tree.root())
            session.send(report, call, "commit to an allocation list")
        report.keep(trial=trial_name(trial), places=allocations.places, kept=str(path))
        report.say(f"{allocations.places:,} places are committed to; the list itself is in {path}.")


def _require_committed(session: Session, trial: int, allocations: AllocationList, path: Path) -> None:
    """Refuses a list that is not the one that the chain has a commitment to."""
    acts = [told.entry for told in session.ledger.acts(trial)]
    committed = [entry.subject for entry in acts if entry.act is Act.ALLOCATIONS_COMMITTED]
    if committed != [allocations.tree.root()]:
        raise CarechainError(str(path), "is not the list that was committed to", "ask whoever keeps the list")


def randomise(*arguments: str) -> None:
    """Gives a participant the next place of the allocation list. For the site or the sponsor."""
    with reporting("trial", "randomise", REPORTS) as report:
        session, trial, (name,) = opened(arguments, "randomise <trial> <subject> [place=<number>]", 2, "place")
        participant = session.participant(trial, name)
        known = session.ledger.participant(trial, participant)
        if known is not None and known.place:
            report.note("this participant has a place already")
            place = known.place - 1
        else:
            moves = session.ledger.movements(trial)
            taken = {each.number for each in moves if each.what == "ParticipantRandomised"}
            free = next(place for place in range(len(taken) + 1) if place not in taken)
            places = session.ledger.trial(trial).places
            place = index_of(session.named["place"], "place", places) if "place" in session.named else free
            call = session.ledger.functions.randomise(trial, participant, place)
            session.send(report, call, "randomise a participant")
        report.keep(place=place)
        report.say(f"This participant has place {place} of the allocation list.")


def unblind(*arguments: str) -> None:
    """In an emergency: logs the reason, then tells a participant's treatment, if the allocation list is at hand."""
    with reporting("trial", "unblind", REPORTS) as report:
        usage = "unblind <trial> <subject | pseudonym> <reason file> [list=<allocations.json>]"
        session, trial, (name, file) = opened(arguments, usage, 3, "list")
        participant = session.participant(trial, name)
        known = session.ledger.participant(trial, participant)
        if known is None or known.place == 0:
            raise CarechainError("The participant", "has no treatment to be told", "check trial and subject")
        path = Path(session.named["list"]) if "list" in session.named else session.folder(trial) / _LIST
        allocations = None
        if "list" in session.named or path.is_file():
            # Before anything is logged, for ever: a list that cannot be read tells nothing.
            allocations = AllocationList.read(path)
            _require_committed(session, trial, allocations, path)
        if known.unblinded:
            report.note("this was logged already")
        else:
            reason = session.document(trial, file, f"unblind {participant.hex()}").commitment
            session.send(report, session.ledger.functions.unblind(trial, participant, reason), "unblind a participant")
        report.say(f"The unblinding of place {known.place - 1} is on record.")
        if allocations is None:
            report.note("the allocation list is not here: ask its keeper for the treatment of this place")
        else:
            # Said to whoever is at the keyboard, and kept in no report.
            report.say(f"The treatment is: {allocations.arm(known.place - 1)}.")


def reveal(*arguments: str) -> None:
    """Reveals the allocation list, block by block, once the dataset is locked. For the sponsor."""
    with reporting("trial", "reveal", REPORTS) as report:
        session, trial, _ = opened(arguments, "reveal <trial> [list=<allocations.json>]", 1, "list")
        path = Path(session.named["list"]) if "list" in session.named else session.folder(trial) / _LIST
        allocations = AllocationList.read(path)
        _require_committed(session, trial, allocations, path)
        told = session.ledger.acts(trial)
        done = {each.entry.number for each in told if each.entry.act is Act.ALLOCATIONS_REVEALED}
        for number in report.progress([n for n in range(allocations.blocks) if n not in done], "revealing"):
            codes, proof = allocations.block(number)
            call = session.ledger.functions.revealAllocations(trial, allocations.key, number, codes, [*proof])
            session.send(report, call, f"reveal block {number}")
        if len(done) == allocations.blocks:
            report.note("the list is revealed already")
        report.keep(places=allocations.places, arms=allocations.arms)
        report.say(
            f"{allocations.places:,} places are revealed, and are what was committed to before the first enrolment."
        )
