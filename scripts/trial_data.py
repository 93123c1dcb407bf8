"""A trial's data: streams opened and locked, datasets anchored, records proven and checked, entries signed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from carechain.cdisc.reading import record as record_of
from carechain.cdisc.reading import records
from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree, leaf_hash, verify_inclusion
from carechain.private_file import write_private
from carechain.report import Report, reporting
from carechain.supply.excursions import utc
from carechain.trials.batch import commit_dataset
from carechain.trials.batch_check import check_dataset
from carechain.trials.batch_file import BatchFile
from carechain.trials.consistency_file import ConsistencyProof, verify_consistency_file
from carechain.trials.record_proof import LogPlace, RecordProof, record_form, verify_record
from carechain.trials.state import Anchored, Told
from carechain.trials.words import SIGNATURES, Act, DataEntry, Flag, Participation, trial_name
from scripts.arguments import EPOCH, index_of, number_of
from scripts.suite import REPORTS, call_of
from scripts.trial_session import Session, json_of, opened, optional_day, organisation_number

_SUBJECTS = ("USUBJID", "SUBJID")
"""Columns of SDTM that name a subject."""
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def open_stream(*arguments: str) -> None:
    """Lets an organisation record data of a trial. For the sponsor."""
    with reporting("trial", "open_stream", REPORTS) as report:
        session, trial, (text,) = opened(arguments, "open_stream <trial> <organisation>", 2)
        organisation = organisation_number(text)
        if organisation in session.ledger.stream_sizes(trial):
            report.note("it records data already, or did")
        else:
            session.send(report, session.ledger.functions.openStream(trial, organisation), "open a stream")
        report.say(f"{session.names.get(organisation, organisation)} records data of trial {trial_name(trial)}.")


def lock_stream(*arguments: str) -> None:
    """Ends an organisation's data. For the organisation and the sponsor."""
    with reporting("trial", "lock_stream", REPORTS) as report:
        session, trial, (text,) = opened(arguments, "lock_stream <trial> <organisation>", 2)
        organisation = organisation_number(text)
        locked = [told.entry.number for told in session.ledger.acts(trial) if told.entry.act is Act.STREAM_LOCKED]
        if organisation in locked:
            report.note("it is locked already")
        else:
            session.send(report, session.ledger.functions.lockStream(trial, organisation), "lock a stream")
        size, root = session.ledger.head(trial, organisation)
        report.keep(organisation=organisation, size=size, root="0x" + root.hex())
        report.say(f"Locked at {size:,} entries, root 0x{root.hex()}.")


def lock(*arguments: str) -> None:
    """Locks the dataset that is to be analysed, and with it protocol, analysis plan and outcomes. For the sponsor."""
    with reporting("trial", "lock", REPORTS) as report:
        session, trial, (file,) = opened(arguments, "lock <trial> <dataset file>", 2)
        dataset = session.document(trial, file, "dataset").commitment
        if Flag.LOCKED in session.ledger.trial(trial).flags:
            locked = [told.entry.detail for told in session.ledger.acts(trial) if told.entry.act is Act.DATASET_LOCKED]
            if locked != [dataset]:
                raise CarechainError(f"Trial {trial_name(trial)}", "is locked with another dataset", "check the file")
            report.note("it is locked already, with this dataset")
        else:
            session.send(report, session.ledger.functions.lockDataset(trial, dataset), "lock the dataset")
        report.say(f"The dataset of trial {trial_name(trial)} is locked.")


def anchor(*arguments: str) -> None:
    """Commits to every record of a dataset (Dataset-JSON, Dataset-NDJSON, ODM XML), and keeps what proves each."""
    with reporting("trial", "anchor", REPORTS) as report:
        usage = (
            "anchor <trial> <dataset> [from=YYYY-MM-DD] [until=YYYY-MM-DD] [corrects=<entry> reason=<file>]"
            " [proof=<file>]"
        )
        options = ("from", "until", "corrects", "reason", "proof")
        session, trial, (file,) = opened(arguments, usage, 2, *options)
        anchor_dataset(session, trial, Path(file), report)


def anchor_dataset(session: Session, trial: int, dataset: Path, report: Report) -> int:
    """What `anchor` does, for other scripts. The entry."""
    named = session.named
    if ("corrects" in named) != ("reason" in named):
        raise CarechainError("A correction", "needs an entry and a reason", "give both: corrects=<entry> reason=<file>")
    session.chain.require_settled(session.sender)  # else a batch that is under way would be anchored twice
    path = _kept_batch(session, trial, dataset)
    with BatchFile.open(path) as batch:
        entries = session.ledger.data(trial, session.organisation)
        corrected = index_of(named["corrects"], "entry", len(entries)) if "corrects" in named else None
        found = [each.entry for each in entries if each.entry.root == batch.root]
        if found and found[0].corrected != corrected:
            mend = "give a dataset that was not anchored yet, or leave out corrects=<entry>"
            raise CarechainError(str(dataset), "is anchored already, otherwise than it is to be now", mend)
        if found:
            report.note("this dataset is anchored already")
        else:
            tell_subjects(session, trial, dataset, batch, report)
            anchoring = _anchoring(session, trial, dataset, batch, corrected, report)
            session.send(report, anchoring, f"anchor {batch.records:,} records")
        place, log_root = _place_of(session, trial, batch)
        # With it, whoever has the proof file can show any record without asking the chain.
        RecordProof.of(batch, 1, place).write(_place_path(path))
        report.keep(
            trial=trial_name(trial),
            organisation=session.organisation,
            entry=place.index,
            records=batch.records,
            root="0x" + batch.root.hex(),
            proof=str(path),
            log_size=place.size,
            log_root="0x" + log_root.hex(),
        )
    report.say(f"{batch.records:,} records are committed to, as entry {place.index}. Their proof file is {path}.")
    return place.index


def _place_of(session: Session, trial: int, batch: BatchFile) -> tuple[LogPlace, bytes]:
    """Where the batch stands in the log of who acts, and the log's root, both as they are now. Raises CarechainError if
    it is not anchored."""
    entries = session.ledger.data(trial, session.organisation)
    found = [each for each in entries if each.entry.root == batch.root]
    if not found:
        raise CarechainError(str(batch.path), "is of a dataset that is not anchored", "anchor it: trial anchor")
    tree = MerkleTree(each.entry.content() for each in entries)
    index, chain_id = found[0].index, session.chain.book.chain_id
    path, content = tree.inclusion_proof(index), found[0].entry.content()
    address, organisation = session.ledger.address, session.organisation
    return LogPlace(chain_id, address, trial, organisation, content, index, tree.size, path), tree.root()


def _place_path(proof_file: Path) -> Path:
    """The proof of a batch's first record, which has the batch's place in the log."""
    return proof_file.with_name(proof_file.name + ".json")


def _kept_batch(session: Session, trial: int, dataset: Path) -> Path:
    """The batch file of a dataset: made now, unless this very file was committed to before."""
    if not dataset.is_file():
        raise CarechainError(str(dataset), "is no file", "check the path")
    with dataset.open("rb") as content:
        digest = _digest(content)
    if "proof" in session.named:
        path = Path(session.named["proof"])
        if path.is_file():
            with BatchFile.open(path) as batch:
                if batch.source_hash.hex() == digest:
                    return path
            raise CarechainError(str(path), "is the proof file of another dataset", "name another: proof=<file>")
    else:
        for batch in session.batches(trial):
            if batch.source_hash.hex() == digest:  # under this name or another
                return batch.path
        path = session.batch_path(trial, dataset, digest[:16])
    commit_dataset(dataset, path).close()
    return path


def _digest(content: Any) -> str:
    found = sha256()
    while piece := content.read(1 << 20):
        found.update(piece)
    return found.hexdigest()


def _anchoring(
    session: Session, trial: int, dataset: Path, batch: BatchFile, corrected: int | None, report: Report
) -> Any:
    """The call that commits to a batch."""
    functions = session.ledger.functions
    told = (*_period(session, trial, dataset, batch, report), batch.records, batch.root)
    if corrected is None:
        return functions.anchorData(trial, session.organisation, *told)
    reason = session.document(trial, session.named["reason"], f"correction of {corrected}").commitment
    return functions.anchorCorrection(trial, session.organisation, corrected, reason, *told)


def _period(session: Session, trial: int, dataset: Path, batch: BatchFile, report: Report) -> tuple[int, int]:
    """From when until when what is recorded was observed, Unix seconds: as the options say, else as the dataset's dates
    of collection do (columns of SDTM that end in DTC), else since the last entry."""
    now = session.chain.now()
    since, until = optional_day(session.named, "from"), optional_day(session.named, "until")
    if since is None or until is None:
        found = days_of_collection(dataset, batch.columns)
        if found is None:
            report.note("the dataset has no dates of collection: its period is told as since the last entry")
            entries = session.ledger.data(trial, session.organisation)
            first = max((each.entry.until for each in entries), default=0) // 86_400
            found = first or session.ledger.trial(trial).registered_on, now // 86_400
        since = found[0] if since is None else since
        until = found[1] if until is None else until
    return min(since * 86_400, now), min(until * 86_400 + 86_399, now)


def days_of_collection(dataset: Path, columns: tuple[str, ...] | None) -> tuple[int, int] | None:
    """The first and the last day in the columns of SDTM that end in DTC, from 1970-01-01; None if there is none."""
    places = [place for place, name in enumerate(columns or ()) if name.endswith("DTC")]
    if not places:
        return None
    days = {str(row[place])[:10] for row in records(dataset) for place in places if row[place]}
    whole = sorted(day for day in days if _DAY.fullmatch(day))
    if not whole:
        return None
    first, last = (max((date.fromisoformat(day) - EPOCH).days, 0) for day in (whole[0], whole[-1]))
    return first, last


def tell_subjects(session: Session, trial: int, dataset: Path, batch: BatchFile, report: Report) -> None:
    """Says how many of the dataset's subjects may not be asked for new data, of those whom this site has enrolled."""
    people = session.people(trial)
    if not people:
        return
    subjects = subjects_of(dataset, batch.columns) & set(people)
    if not subjects:
        report.note("no subject of the dataset is one that was enrolled from here: their consent was not looked at")
    counted: dict[Participation, int] = {}
    for subject in subjects:
        participant = bytes.fromhex(people[subject]["participant"][2:])
        standing = session.ledger.participation(trial, participant)
        counted[standing] = counted.get(standing, 0) + 1
    for standing, what in (
        (Participation.WITHDRAWN, "have withdrawn: only what was collected before may be here"),
        (Participation.CONSENT_OUTDATED, "have not signed the present consent form"),
        (Participation.CONSENT_LAPSED, "have no consent in force"),
    ):
        if counted.get(standing):
            report.note(f"{counted[standing]} of the subjects enrolled here {what}")
    report.keep(subjects={standing.name.lower(): count for standing, count in counted.items()})


def subjects_of(dataset: Path, columns: tuple[str, ...] | None) -> set[str]:
    """The subjects that a dataset is about: of every column that has them; of ODM the keys, where a record has one."""
    if columns is None:
        return {str(record["SubjectKey"]) for record in records(dataset) if "SubjectKey" in record}
    places = [columns.index(name) for name in _SUBJECTS if name in columns]
    return {str(row[place]) for row in records(dataset) for place in places} if places else set()


# ------------------------------------------------------------------ proofs


def prove(*arguments: str) -> None:
    """Writes the proof of one record of an anchored dataset, and the record beside it."""
    with reporting("trial", "prove", REPORTS) as report:
        usage = "prove <trial> <dataset> <record number, from 1> <proof.json> [proof=<proof file>]"
        session, trial, (file, text, target) = opened(arguments, usage, 4, "proof")
        number = number_of(text, "record", 32)
        path = _kept_path(session, trial, Path(file))
        with BatchFile.open(path) as batch:
            place, root = _place_of(session, trial, batch)
            proof, record = RecordProof.of(batch, number, place), record_of(Path(file), number)
            verify_record(record, proof, root)  # or it is of another dataset than the proof file
            beside = Path(target).with_suffix(".record.json")
            for each in (Path(target), beside):
                if each.exists() and each.samefile(file):
                    raise CarechainError(str(each), "is the dataset", "name another file for the proof")
            proof.write(Path(target))
            write_private(beside, json.dumps(record, ensure_ascii=False) + "\n", replace=True)
        report.keep(root="0x" + root.hex(), size=place.size, record=str(beside), proof=target)
        report.say(f"The record is in {beside}, its proof in {target}.")
        report.say(f"Check it under the log's root 0x{root.hex()}, at size {place.size:,}.")


def _kept_path(session: Session, trial: int, dataset: Path) -> Path:
    if "proof" in session.named:
        return Path(session.named["proof"])
    with dataset.open("rb") as content:
        path = session.batch_path(trial, dataset, _digest(content)[:16])
    if not path.is_file():
        raise CarechainError(str(dataset), "was not anchored from here, or has changed since", "name its proof=<file>")
    return path


def verify(*arguments: str) -> None:
    """Checks one record against its proof and a root that is trusted: offline, whoever gave the two. The proof is that
    of the record, or the proof file of its dataset with what stands beside it."""
    with reporting("trial", "verify", REPORTS) as report:
        usage = "verify <record.json> <proof.json | proof file> <trusted root of the log> [record=<number>]"
        (file, proof_file, root), named = call_of(arguments, f"trial {usage}", 3, 3, ("record",))
        record = json_of(Path(file), "a record of a dataset")
        number = number_of(named["record"], "record", 32) if "record" in named else None
        proof = _proof_in(Path(proof_file), record, number)
        found = verify_record(record, proof, _hash(root))
        report.keep(number=found.number, records=found.entry.count, batch="0x" + found.entry.root.hex())
        entry = found.entry
        report.say(f"It is record {found.number:,} of {entry.count:,}, unchanged since it was committed to:")
        report.say(f"by organisation {entry.organisation}, in trial {trial_name(entry.trial)}, at {utc(entry.at)}.")
        report.say(f"The root must be the log's at size {proof.log.size:,}: compare both with the chain.")


def _proof_in(path: Path, record: Any, number: int | None) -> RecordProof:
    """The proof of a record that a file has: of this record alone, or of all of a dataset. Of those it is the one of
    that number, or the first that has this very content."""
    if not BatchFile.is_one(path):
        return RecordProof.read(path)
    with BatchFile.open(path) as batch:
        place = RecordProof.read(_place_path(path)).log
        if number is None:
            number = batch.find(record_form(record, batch.columns))
        if number is None:
            raise CarechainError("The record", "is none of the dataset", "check that it is as it was committed to")
        return RecordProof.of(batch, number, place)


def consistency(*arguments: str) -> None:
    """Writes the proof that an organisation's log goes on from what it was, and rewrote nothing."""
    with reporting("trial", "consistency", REPORTS) as report:
        usage = "consistency <trial> <organisation | own> <old size> <proof.json>"
        session, trial, (text, size_text, target) = opened(arguments, usage, 4)
        organisation, entries = _log(session, trial, text)
        old = index_of(size_text, "size", len(entries) + 1)
        tree = MerkleTree(each.entry.content() for each in entries)
        path = tree.consistency_proof(old)
        head = session.chain.book.chain_id, session.ledger.address, trial, organisation
        ConsistencyProof(*head, old, tree.root(old), tree.size, tree.root(), path).write(Path(target))
        report.keep(old_root="0x" + tree.root(old).hex(), root="0x" + tree.root().hex(), size=tree.size)
        report.say(f"From {old:,} entries, root 0x{tree.root(old).hex()},")
        report.say(f"to {tree.size:,} entries, root 0x{tree.root().hex()}: in {target}.")


def verify_log(*arguments: str) -> None:
    """Checks that a log goes on from an earlier one: offline, against the roots that one has oneself."""
    with reporting("trial", "verify_log", REPORTS) as report:
        usage = "verify_log <proof.json> <old root> <new root>"
        (file, old, new), _ = call_of(arguments, f"trial {usage}", 3, 3, ())
        found = verify_consistency_file(Path(file), _hash(old), _hash(new))
        report.say(f"Nothing of the first {found.old_size:,} of {found.size:,} entries was rewritten:")
        report.say("as long as these are the sizes that the log had with these roots; compare both with the chain.")


def check(*arguments: str) -> None:
    """Compares a dataset with what was committed to, and says which records and fields differ. With a root that is
    trusted, it also proves that this was anchored."""
    with reporting("trial", "check", REPORTS) as report:
        usage = "check <dataset> <proof file> [root=<trusted root of the log>]"
        (file, proof), named = call_of(arguments, f"trial {usage}", 2, 2, ("root",))
        with BatchFile.open(Path(proof)) as batch:
            if "root" in named:
                place = RecordProof.read(_place_path(Path(proof))).log
                entry = _anchored_as(batch, place, _hash(named["root"]))
                report.say(f"It was anchored by organisation {entry.organisation} at {utc(entry.at)}.")
            else:
                report.note(f"that the batch 0x{batch.root.hex()} was anchored is not proven: give root=")
            found = check_dataset(Path(file), batch)
        for sentence in found.sentences():
            report.say(sentence)
        mend = "find out who changed it, and why"
        for each in found.changed:
            where = f"record {each.number}{': ' + ', '.join(each.fields) if each.fields else ''}"
            report.refused(f"{file}: {where}", "is not what was committed to", mend)
        if not found.same_values and not found.changed:
            report.refused(file, "is not what was committed to", mend)


def _anchored_as(batch: BatchFile, place: LogPlace, root: bytes) -> DataEntry:
    """The entry by which a batch was anchored, under a root that is trusted. Raises CarechainError if it was not."""
    entry = DataEntry.unpack(place.entry)
    proven = verify_inclusion(leaf_hash(place.entry), place.index, place.size, place.path, root)
    if not proven or (entry.root, entry.count) != (batch.root, batch.records):
        raise CarechainError(str(batch.path), "was not anchored under this root", "check the root, and its log's size")
    return entry


# ------------------------------------------------------------------ signatures


def sign(*arguments: str) -> None:
    """Signs an entry of one of the trial's logs, with the meaning of the signature (21 CFR 11.50)."""
    with reporting("trial", "sign", REPORTS) as report:
        usage = "sign <trial> <organisation | own> <entry> author|reviewer|approver <file with the printed name>"
        session, trial, (text, entry, meaning, name) = opened(arguments, usage, 5)
        meanings = dict(zip(("author", "reviewer", "approver"), SIGNATURES, strict=True))
        if meaning not in meanings:
            raise CarechainError(f"The meaning {meaning}", "is not known", f"use one of: {', '.join(meanings)}")
        organisation, told = _log(session, trial, text)
        tree = MerkleTree(each.entry.content() for each in told)
        index = index_of(entry, "entry", tree.size)
        act, number = meanings[meaning], organisation << 32 | index
        key = session.sender if isinstance(session.sender, str) else session.sender.address
        acts = [each.entry for each in session.ledger.acts(trial)]
        if any((each.act, each.number, each.key) == (act, number, key) for each in acts):
            report.note("this key has signed so already")
        else:
            signatory = session.document(trial, name, f"{meaning} of {organisation} {index}").commitment
            proof, leaf = [*tree.inclusion_proof(index)], tree.leaf(index)
            call = session.ledger.functions.sign(trial, organisation, index, leaf, proof, act, signatory)
            session.send(report, call, f"sign as {meaning}")
        report.say(f"Signed as {meaning}: entry {index}.")


def _log(session: Session, trial: int, text: str) -> tuple[int, Sequence[Told | Anchored]]:
    """The organisation whose log is named, 0 for the trial's own, and the log's entries."""
    if text == "own":
        return 0, session.ledger.acts(trial)
    organisation = organisation_number(text)
    return organisation, session.ledger.data(trial, organisation)


def _hash(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise CarechainError(f"The root {text[:80]}", "is not 32 bytes in hexadecimal", "take it from the chain")
    return found
