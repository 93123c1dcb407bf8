"""Patients' records: taken in, handed on by key, read as far as consent goes, erased, and every look accounted for.

    brownie run records ingest <bundle.json | messages.hl7> … [patient_key=<hex>] [stream=patient]
    brownie run records share <patient> <grantee> [<purpose,…> <category,…> [<until day>]]
    brownie run records read <patient> <purpose> <category,…|all> <folder> requester=<organisation> [emergency=yes]
                             [block=<number>] [gateway=<url>]
    brownie run records withdraw <patient> <grantee>
    brownie run records erase <patient> [<type/id> …] [decisions=yes]
    brownie run records export <patient> <folder>
    brownie run records disclosures <patient> [<file.json>]
    brownie run records verify <patient> <file.json>
    brownie run records audit <organisation> <file.json> [subject=<address>]
    brownie run records repair

A patient is a FHIR reference such as Patient/f001 (`read` takes an address too); a grantee is an organisation's number
or its name in the directory. Options of every function: custodian=<organisation>, keys=<the organisation's wallet>,
account=<keystore name of its operator>, vault=<folder>, storage=<file>, wallet=<the patient's wallet>,
labelling=<file>, directory=<file>, receipts=<folder>. docs/RECORDS.md has the whole way.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import requests
import rfc8785
from eth_utils.address import is_checksum_address

from carechain import accounting, data_categories, purpose_of_use
from carechain.access_request import Answer, SignedRequest
from carechain.accounting import Accounting
from carechain.consent_scope import MAX_PARTS, Scope
from carechain.consent_terms import OPEN_ENDED, ConsentTerms
from carechain.consents import DocumentCommitment, Recorded
from carechain.errors import CarechainError, NodeUnreachable
from carechain.log_entries import OWN_STREAM, LogKind
from carechain.private_file import write_private
from carechain.receipts import Receipt
from carechain.record_files import read_records
from carechain.record_log import tree_of
from carechain.relayer import Relayer
from carechain.report import Report, reporting
from carechain.requester import OpenedRecord, open_answer, signed_request
from carechain.vault.catalogue import PATIENT, StoredRecord
from scripts.consent import EMERGENCY, categories_of
from scripts.custody import OPTIONS, Custody
from scripts.suite import REPORTS, ROOT, call_of, is_local

SHARE_PART = MAX_PARTS - 1
"""The part of the scope in which a consent made by `share` stands, apart from those of consent documents."""

_ALL = data_categories.ALL_CLASSES | data_categories.ALL_LABELS
_GATEWAY_TIMEOUT = 60


def ingest(*arguments: str) -> None:
    """Takes FHIR bundles and HL7 v2 messages in: labelled, encrypted, spread over the nodes, anchored."""
    with reporting("records", "ingest", REPORTS) as report:
        files, named = _arguments(arguments, "ingest <bundle.json | messages.hl7> …", 1, None, "patient_key", "stream")
        custody = Custody.open(named)
        for file in files:
            try:
                ingest_file(custody, Path(file), report)
            except NodeUnreachable:
                raise
            except CarechainError as error:  # the next file is another matter
                report.refused(error.place, error.problem, error.mend)


def ingest_file(custody: Custody, file: Path, report: Report) -> None:
    """What `ingest` does with one file, for other scripts. A file is read whole before anything of it is stored; then
    each of its messages is stored and anchored after the other.

    Raises CarechainError when the file cannot be honoured, too few storage nodes can be reached, or the chain refuses;
    what was stored before is said, and is left as it is when the file is taken in again.
    """
    bundles = read_records(file, custody.labelling)
    vault = custody.vault
    with vault.working():
        _resume(custody, report)
        for bundle in bundles:
            report.title(f"Records of {bundle.source}")
            for note in bundle.notes:
                report.note(note)
            patient = custody.enrol(bundle.patient, custody.named.get("patient_key"))
            subject = patient.subject if custody.named.get("stream") == "patient" else OWN_STREAM
            stored = vault.store(patient, bundle.records, custody.shared(patient), subject, report.progress)
            if stored.outdated:
                report.note(f"{stored.outdated} records are as an earlier version was, and were not taken in again")
            for node in sorted(stored.failed_nodes):
                report.note(f"the node {node} did not take its shards; run: brownie run records repair")
            for sent in vault.anchor(LogKind.RECORDS, f"anchor {stored.new + stored.corrected} records"):
                report.sent(sent)
            report.add(
                "files",
                {
                    "file": str(file),
                    "new": stored.new,
                    "corrected": stored.corrected,
                    "unchanged": stored.unchanged,
                    "outdated": stored.outdated,
                    "restricted": sum(r.categories & data_categories.RESTRICTED != 0 for r in bundle.records),
                    "sealedBytes": stored.bytes,
                },
            )
            report.say(f"{stored.new} new, {stored.corrected} corrected, {stored.unchanged} unchanged.")


def _resume(custody: Custody, report: Report) -> None:
    """Anchors what an earlier run had not."""
    for sent in custody.vault.resume_log(LogKind.RECORDS):
        report.sent(sent)


def _resume_if_possible(custody: Custody, report: Report) -> None:
    """For what must not depend on it: keys are taken and salts destroyed whether or not the chain takes an entry."""
    try:
        _resume(custody, report)
    except CarechainError as error:
        report.note(f"not everything is on the chain yet, run: brownie run records repair ({error.problem})")


def share(*arguments: str) -> None:
    """Hands an organisation the keys of what consents cover; with purposes and categories, consents first."""
    with reporting("records", "share", REPORTS) as report:
        words = "share <patient> <grantee> [<purpose,…> <category,…> [<until day>]]"
        plain, named = _arguments(arguments, words, 2, 5)
        if len(plain) == 3:
            raise CarechainError("The call", "names purposes without categories", f"write: brownie run records {words}")
        custody = Custody.open(named)
        grantee = custody.session.organisation(plain[1])
        if len(plain) > 3:
            consent_to_share(
                custody, plain[0], grantee, plain[2], plain[3], plain[4] if len(plain) > 4 else None, report
            )
        share_keys(custody, plain[0], grantee, report)


def consent_to_share(
    custody: Custody, patient: str, grantee: int, purposes: str, categories: str, until: str | None, report: Report
) -> None:
    """Records the patient's consent for one grantee to use what this custodian holds. A later one replaces it."""
    custody.enrolled(patient)
    session = custody.session
    key = session.wallet(patient).towards(grantee)
    terms = ConsentTerms(
        purpose_of_use.mask_of(*purposes.split(",")),
        _mask(categories),
        not_after=_until(until) if until else OPEN_ENDED,
    )
    terms.validate()
    scope = Scope.of_custodian(custody.number).with_part(SHARE_PART)
    document = {
        "categories": categories,
        "custodian": custody.number,
        "grantee": grantee,
        "patient": patient,
        "purposes": purposes,
        "until": until or "open",
    }
    canonical = rfc8785.dumps(document)
    commitment = DocumentCommitment.of(canonical, 1)
    call = session.consents.signed_grant(key, Recorded(key.address, grantee, scope, terms, commitment.reference))
    name = f"share of organisation {custody.number}"
    receipt = Receipt(name, grantee, commitment.reference, commitment.salt, canonical, (scope,), custody.chain.now())
    session.receipts(patient).add(receipt)
    sent = Relayer(custody.chain, session.payer).submit_together([call], f"consent for organisation {grantee}")
    report.sent(sent)
    report.say(f"Consent for organisation {grantee}: {terms.describe()}.")


def share_keys(custody: Custody, patient: str, grantee: int, report: Report) -> None:
    """Wraps the data keys for a grantee that consents stand for. Raises CarechainError when none does."""
    vault = custody.vault
    known = custody.enrolled(patient)
    key = custody.session.wallet(patient).towards(grantee)
    with vault.working():
        _resume(custody, report)
        terms = custody.terms(key.address, grantee)
        if not terms:
            raise CarechainError(
                f"Organisation {grantee}",
                "has no consent of this patient for records of this custodian",
                "apply a consent first, or name purposes and categories",
            )
        vault.link(known, custody.link(known, grantee, key))
        count = vault.share(known, grantee, terms, bytes(custody.record_key(patient).key))
        for sent in vault.anchor(LogKind.RECORDS, f"anchor {count} key envelopes"):
            report.sent(sent)
    report.keep(grantee=grantee, envelopes=count)
    report.say(f"Organisation {grantee} has the keys of {count} more records, and gets those of records to come.")


def read(*arguments: str) -> None:
    """Asks the custodian's gateway for records, as an organisation; what it releases is opened, proven and written."""
    with reporting("records", "read", REPORTS) as report:
        words = "read <patient> <purpose> <category,…|all> <folder> requester=<organisation>"
        extra = ("requester", "block", "emergency", "gateway")
        (patient, purpose, categories, folder), named = _arguments(arguments, words, 4, 4, *extra)
        if "requester" not in named:
            raise CarechainError("The call", "names no requester", f"write: brownie run records {words}")
        if Path(folder).exists() and any(Path(folder).iterdir()):  # what is released and logged must find its place
            raise CarechainError(folder, "has files in it", "name a new folder, or an empty one")
        custody = Custody.open(named)
        requester = custody.session.organisation(named["requester"])
        opened = read_as(custody, requester, patient, purpose, categories, report)
        for number, record in enumerate(opened, 1):
            try:
                write_private(Path(folder) / f"{number:05}-{record.kind}.json", record.text)
            except CarechainError as error:  # the others are good
                report.refused(f"Record {number}", error.problem, error.mend)
        report.keep(folder=folder)
        if opened:
            report.say(f"They are in {folder}.")


def read_as(
    custody: Custody, requester: int, patient: str, purpose: str, categories: str, report: Report
) -> list[OpenedRecord]:
    """What `read` does before it writes; a refusal goes into the report, and gives nothing."""
    purpose_of_use.index_of(purpose)  # says which word is wrong, as the request itself wouldn't
    request = custody.request(_address(custody, requester, patient), purpose, _mask(categories))
    answer = _asked(custody, signed_request(custody.chain, request, custody.operator(requester)))
    for sent in custody.sent:
        report.sent(sent)
    if not answer.released:
        report.keep(outcome="refused")
        report.refused("The request", "is refused", "ask the patient for a consent, and to share the keys")
        return []
    opened = open_answer(answer, request, bytes(custody.organisation_key(requester).key), custody.log)
    kinds = Counter(record.kind for record in opened)
    report.keep(outcome="released", basis=answer.basis, block=answer.block, records=dict(kinds))
    report.title(f"Released by {answer.basis}, as of block {answer.block}: {len(opened)} records")
    report.say("Each is proven by the custodian's log on the chain.")
    report.table("", ("type", "records"), sorted(kinds.items()))
    return opened


def _asked(custody: Custody, signed: SignedRequest) -> Answer:
    """The gateway is this program's, or one that answers elsewhere."""
    url = custody.named.get("gateway")
    if url is None:
        if not is_local(custody.chain):
            raise CarechainError("The gateway", "is not named", "say where it answers: gateway=<url>")
        custody.sent.clear()
        return custody.gateway.answer(signed, custody.session.block())
    try:
        response = requests.post(url, data=signed.to_json(), timeout=_GATEWAY_TIMEOUT)
    except requests.RequestException:
        raise CarechainError("The gateway", "did not answer", "check its address: gateway=<url>") from None
    if response.status_code != 200:
        raise CarechainError("The gateway", f"answered with status {response.status_code}", "ask again later")
    return Answer.from_json(response.content)


def _address(custody: Custody, requester: int, patient: str) -> str:
    """Under which the requester knows the patient."""
    if is_checksum_address(patient):
        return patient
    wallet = custody.session.wallet(patient)
    return (wallet.key(EMERGENCY) if custody.named.get("emergency") == "yes" else wallet.towards(requester)).address


def withdraw(*arguments: str) -> None:
    """Revokes an organisation's consents, takes its keys away, and encrypts anew what it had keys to."""
    with reporting("records", "withdraw", REPORTS) as report:
        (patient, name), named = _arguments(arguments, "withdraw <patient> <grantee>", 2, 2)
        custody = Custody.open(named)
        withdraw_from(custody, patient, custody.session.organisation(name), report)


def withdraw_from(custody: Custody, patient: str, grantee: int, report: Report) -> None:
    """What `withdraw` does, for other scripts. The revocation comes first: whatever fails later, it stands."""
    known = custody.enrolled(patient)
    relayer = Relayer(custody.chain, custody.session.payer)
    for bundle in custody.session.planner(patient).revoke(grantee):
        report.sent(relayer.submit_together(bundle, f"revoke organisation {grantee}"))
    with custody.vault.working():
        renewed = custody.vault.unshare(known, grantee, bytes(custody.record_key(patient).key))
        _resume_if_possible(custody, report)
    _tell_failed(report, renewed.failed_nodes)
    report.keep(grantee=grantee, encryptedAnew=renewed.count)
    report.say(
        f"Organisation {grantee} may use nothing any more; {renewed.count} records were encrypted under new keys."
    )
    if renewed.unreadable:
        report.refused(
            f"{renewed.unreadable} records",
            "have too few shards left to be encrypted anew",
            "bring nodes back, run it again",
        )


def erase(*arguments: str) -> None:
    """Destroys salts, keys and ciphertext of some records, or of all that the custodian holds of the patient."""
    with reporting("records", "erase", REPORTS) as report:
        words = "erase <patient> [<type/id> …]"
        plain, named = _arguments(arguments, words, 1, None, "decisions")
        erase_records(Custody.open(named), plain[0], plain[1:], report)


def erase_records(custody: Custody, patient: str, identities: list[str], report: Report) -> None:
    """What `erase` does, for other scripts; without identities, everything. All versions of a record go."""
    vault = custody.vault
    known = custody.enrolled(patient)
    with vault.working():
        held = vault.catalogue.records(known.id)
        chosen = [record for record in held if not identities or record.identity in identities]
        missing = set(identities) - {record.identity for record in chosen}
        if missing:
            raise CarechainError(
                f"{len(missing)} of the records",
                "are not in this vault",
                "name them as type/id, such as Observation/f001",
            )
        _resume_if_possible(custody, report)
        failed = vault.erase(known, chosen, custody.named.get("decisions") == "yes")
        for sent in vault.anchor_erasures(f"note the erasure of {len(chosen)} records"):
            report.sent(sent)
    _tell_failed(report, failed)
    if len(chosen) < len(held):
        report.note("messages and documents are records of their own, and may tell the same: erase those too")
    report.keep(erased=len(chosen))
    report.say(
        f"{len(chosen)} records are erased: salts and keys are destroyed, and what stands on the chain proves nothing."
    )


def _tell_failed(report: Report, failed: set[str]) -> None:
    for node in sorted(failed):
        report.note(f"the node {node} still has ciphertext that nobody can open; run: brownie run records repair")


def export(*arguments: str) -> None:
    """Everything that the custodian holds of a patient, opened with the patient's own key."""
    with reporting("records", "export", REPORTS) as report:
        (patient, folder), named = _arguments(arguments, "export <patient> <folder>", 2, 2)
        custody = Custody.open(named)
        known = custody.enrolled(patient)
        held = custody.vault.catalogue.records(known.id)
        for record, content in zip(held, _opened(custody, patient, held), strict=True):
            name = f"{record.identity.replace('/', '-')}-v{record.version}.json"
            write_private(Path(folder) / name, content.decode(), replace=True)
        report.keep(records=len(held), folder=folder)
        report.say(f"{len(held)} records, with every earlier version, are in {folder}.")


def _opened(custody: Custody, patient: str, records: list[StoredRecord]) -> list[bytes]:
    return custody.vault.contents(records, PATIENT, bytes(custody.record_key(patient).key))


def disclosures(*arguments: str) -> None:
    """The complete accounting of who looked and who was refused, with proofs, told and written into a file."""
    with reporting("records", "disclosures", REPORTS) as report:
        plain, named = _arguments(arguments, "disclosures <patient> [<file.json>]", 1, 2)
        custody = Custody.open(named)
        found = account_for(custody, plain[0], report)
        path = Path(plain[1]) if len(plain) > 1 else ROOT / "private" / "disclosures" / f"{found.subject}.json"
        write_private(path, json.dumps(found.to_values(), indent=1), replace=True)
        report.keep(accounting=str(path))
        report.say(
            f"The accounting with its proofs is in {path}; check it with: brownie run records verify {plain[0]} {path}"
        )


def account_for(custody: Custody, patient: str, report: Report) -> Accounting:
    """What `disclosures` does before it writes: what waits in the journal is anchored, told, and checked. It serves the
    patient also when all records were erased."""
    subject = custody.record_key(patient).address
    known = custody.vault.catalogue.patient(patient)
    for sent in custody.gateway.anchor():
        report.sent(sent)
    number = None if known is None or known.subject != subject else known.id
    found = accounting.account(custody.vault.catalogue, custody.log, custody.number, subject, number)
    accounting.verify(found, custody.number, subject, custody.log)
    tell_accounting(custody, found, report)
    return found


def tell_accounting(custody: Custody, found: Accounting, report: Report) -> None:
    """For a person; the report on file has the numbers alone, since who asked for whom is the patient's to know."""
    unique = {decision.opening or decision.leaf: decision for decision in found.decisions}.values()
    rows = []
    for decision in unique:
        details = accounting.details_of(decision)
        if details is not None:
            who = details.organisation or "nobody accredited"
            entry = f"{decision.index}.{decision.position}"
            cells = (who, details.request.purpose, details.outcome, len(details.records), entry)
            rows.append((details.at, *cells))
    rows.sort(key=lambda row: row[0])
    holders = Counter(accounting.holder_of(key) for key in found.keys)
    report.keep(
        custodian=found.custodian,
        block=found.block,
        outcomes=dict(Counter(str(row[3]) for row in rows)),
        detailsDestroyed=found.erased,
        keys=sum(holders.values()),
    )
    report.title(
        f"Of the records at organisation {found.custodian}, until {_time(custody.chain.time_of(found.block))} UTC"
    )
    columns = ("when", "organisation", "for", "outcome", "records", "entry")
    report.table("Who asked, and what became of it", columns, [(_time(at), *cells) for at, *cells in rows])
    report.say(f"{len(rows)} decisions, each proven in the custodian's log as of block {found.block}.")
    if holders:
        report.table("Who holds keys now", ("organisation", "records"), sorted(holders.items()))
    if found.erased:
        report.note(f"of {found.erased} decisions the details were destroyed: that they were made is all that is left")


def verify(*arguments: str) -> None:
    """Checks that an accounting is this patient's, its proofs and signatures, and its roots against the chain."""
    with reporting("records", "verify", REPORTS) as report:
        (patient, file), named = _arguments(arguments, "verify <patient> <file.json>", 2, 2)
        custody = Custody.open(named)
        found = Accounting.from_values(_json(file))
        accounting.verify(found, custody.number, custody.record_key(patient).address, custody.log)
        tell_accounting(custody, found, report)


def audit(*arguments: str) -> None:
    """Rebuilds a custodian's logs from the chain and keeps their sizes and roots in a file; where the file has earlier
    ones, proves that nothing of then was changed or removed since."""
    with reporting("records", "audit", REPORTS) as report:
        (organisation, file), named = _arguments(arguments, "audit <organisation> <file.json>", 2, 2, "subject")
        custody = Custody.open(named)
        subject = named.get("subject", OWN_STREAM)
        if not is_checksum_address(subject) and subject != OWN_STREAM:
            raise CarechainError(f"The subject {subject}", "is no address", "copy it with its capitals")
        audit_logs(custody, custody.session.organisation(organisation), subject, Path(file), report)


def audit_logs(custody: Custody, organisation: int, subject: str, file: Path, report: Report) -> None:
    """What `audit` does, for other scripts."""
    stream = f"{organisation}/{subject}"
    known = _json(str(file)) if file.exists() else {}
    rows = []
    states = dict(known)
    for kind in LogKind:
        entries = custody.log.entries(kind, organisation, subject)
        tree = tree_of(entries)
        name = f"{stream}/{kind.name.lower()}"
        verdict = "first seen"
        if name in known:
            size, root = int(known[name]["size"]), bytes.fromhex(known[name]["root"])
            proof = tree.consistency_proof(size) if size <= tree.size else ()
            if not custody.log.continues(kind, organisation, subject, size, root, proof):
                report.refused(
                    f"The log of {kind.name.lower()}", "is not what it was, and more", "tell the authorities"
                )
                continue
            verdict = f"goes on from {size} entries"
        counts = [sum(entry.counts) for entry in entries]
        states[name] = {"size": tree.size, "root": tree.root().hex()}
        rows.append((kind.name.lower(), tree.size, sum(counts), verdict))
    report.table(f"Logs of organisation {organisation}", ("log", "entries", "records or decisions", ""), rows)
    report.keep(logs=states)
    if not report.has_refusals:
        write_private(file, json.dumps(states, indent=1), replace=True)
        report.say(f"Sizes and roots are in {file}, for the next time.")


def _json(file: str) -> Any:
    try:
        return json.loads(Path(file).read_text("utf-8"))
    except (ValueError, RecursionError):
        raise CarechainError(file, "is not JSON", "make it anew") from None


def repair(*arguments: str) -> None:
    """Ends what was interrupted, looks at every shard, and writes anew what nodes have lost or altered."""
    with reporting("records", "repair", REPORTS) as report:
        _, named = _arguments(arguments, "repair", 0, 0)
        repair_storage(Custody.open(named), report)


def repair_storage(custody: Custody, report: Report) -> None:
    """What `repair` does, for other scripts. A record that too few shards are left of is refused, by number alone."""
    vault = custody.vault
    written: Counter[str] = Counter()
    lost = 0
    with vault.working():
        packs = vault.catalogue.packs("stored")
        failed: set[str] = set()
        for pack in report.progress(packs, "looking at the shards"):
            placements = [record.placement for record in vault.catalogue.records_in(pack.id)]
            done = vault.shards.repair(pack, placements)
            written.update(done.repaired)
            failed |= set(done.failed)
            lost += done.before.lost
        _resume_if_possible(custody, report)
    report.keep(packs=len(packs), written=dict(written), unreachable=sorted(failed), lost=lost)
    if written:
        report.table("", ("node", "shards written anew"), sorted(written.items()))
    for node in sorted(failed):
        report.refused(f"The node {node}", "cannot be repaired now", "make it reachable, or put another in its place")
    if lost:
        report.refused(f"{lost} records", "have too few shards left on the nodes that answered", "bring nodes back")
    report.say(f"{len(packs)} packs looked at, {sum(written.values())} shards written anew.")


def _arguments(
    arguments: tuple[str, ...], usage: str, fewest: int, most: int | None, *extra: str
) -> tuple[list[str], dict[str, str]]:
    return call_of(arguments, f"records {usage}", fewest, most, (*OPTIONS, *extra))


def _mask(categories: str) -> int:
    """`all` leaves out what is restricted: that is for the patient, unless it is named."""
    return _ALL & ~data_categories.RESTRICTED if categories == "all" else categories_of(categories)


def _until(day: str) -> int:
    """The end of a day, UTC."""
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise CarechainError(f"The day {day}", "is not a date", "write it as 2030-12-31") from None
    return int(datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp()) + 86_400


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
