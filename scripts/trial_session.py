"""What the trial workflows share: who acts, what is kept of a trial, and the words of the command line.

Kept are, for each trial and only for who acts here: the designs (texts and salts of what was registered and amended),
the allocation list, the batches of records, who takes part under which pseudonym, and every document that was committed
to.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from brownie import network

from carechain.chain import Chain, Sender
from carechain.errors import CarechainError
from carechain.fhir.json_reading import parse
from carechain.file_bytes import read_bytes
from carechain.organisations import names_of
from carechain.private_file import make_private_folder, new_private_file, write_private
from carechain.report import Report
from carechain.trials.batch_file import BatchFile
from carechain.trials.commitment import Document
from carechain.trials.design import TrialDesign
from carechain.trials.ledger import TrialLedger
from carechain.trials.words import Act, trial_name, trial_named
from scripts.arguments import day_of, number_of
from scripts.organisations import operator_of
from scripts.suite import EPHEMERAL_NETWORK, ROOT, call_of, connect, scratch

OPTIONS = ("as", "account", "kept")
_BATCH_END = ".batch"
_PEOPLE = "participants.json"
_MOST_JSON = 20_000_000


@dataclass
class Session:
    """What the functions share. A trial is named by its sponsor's organisation and its own number there."""

    chain: Chain
    named: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, named: dict[str, str]) -> Session:
        return cls(connect(), named)

    @cached_property
    def ledger(self) -> TrialLedger:
        return TrialLedger(self.chain)

    @cached_property
    def names(self) -> dict[int, str]:
        return names_of(self.chain)

    @cached_property
    def sender(self) -> Sender:
        return operator_of(self.chain, self.named.get("as"), self.named.get("account"))

    @cached_property
    def organisation(self) -> int:
        """The organisation for which the sender speaks."""
        found = self.ledger.organisation_of(self.sender)
        if self.named.get("as", str(found)) != str(found):
            raise CarechainError(f"The option as={self.named['as']}", f"is not organisation {found}", "leave it out")
        return found

    # ------------------------------------------------------------------ what is kept

    def folder(self, trial: int) -> Path:
        """Of all that is kept of a trial by the organisation that acts."""
        return self._base / trial_name(trial) / f"organisation-{self.organisation}"

    @cached_property
    def _base(self) -> Path:
        private = scratch() if network.show_active() == EPHEMERAL_NETWORK else ROOT / "private"
        kept = Path(self.named.get("kept", private / "trials"))
        return kept / str(self.chain.book.chain_id) / self.ledger.address

    def kept_trials(self) -> list[int]:
        """The trials of the organisation that acts of which it keeps a design."""
        found = self._base.glob(f"*/organisation-{self.organisation}/design-registered.json")
        return sorted(trial_named(path.parent.parent.name) for path in found)

    def document(self, trial: int, file: str, use: str) -> Document:
        """Commits to a document for one use, and keeps it with its salt. Run again for the same use it is the same; for
        another use the salt is another, or equal commitments would tell that two acts have one document."""
        path, folder = Path(file), self.folder(trial) / "documents"
        for kept in sorted(folder.glob("*.json")):
            facts = _kept(kept)
            known = Document.from_facts(facts)
            if facts["use"] == use and known.file == path.name and known.is_of(path):
                return known
        document = Document.of(path)
        name = document.commitment.hex()[:16]
        with new_private_file(folder / f"{name}{path.suffix}") as copy:
            copy.write(path.read_bytes())
        write_private(folder / f"{name}.json", json.dumps({"use": use, **document.facts()}) + "\n")
        return document

    def design_path(self, trial: int, amendment: bytes | None = None) -> Path:
        """Of what was registered, or of an amendment, by the hash that the chain has of it. It is never replaced."""
        name = "registered" if amendment is None else f"amendment-{amendment.hex()[:16]}"
        return self.folder(trial) / f"design-{name}.json"

    def designs(self, trial: int) -> list[TrialDesign]:
        """The texts of every version that came into force and is kept here, in their order."""
        acts = [told.entry for told in self.ledger.acts(trial)]
        amendments = [entry.detail for entry in acts if entry.act is Act.AMENDMENT_IN_FORCE]
        paths = [self.design_path(trial), *(self.design_path(trial, each) for each in amendments)]
        return [TrialDesign.read(path) for path in paths if path.is_file()]

    def design_in_force(self, trial: int) -> TrialDesign:
        """Raises CarechainError if the texts of what is in force are not kept here."""
        state = self.ledger.trial(trial)
        for design in self.designs(trial)[-1:]:
            if design.version == state.version and design.tree().root() == state.outcomes_root:
                return design
        raise CarechainError(
            f"The design of trial {trial_name(trial)}", "is not kept here", "name the folder that has it: kept=<folder>"
        )

    def batches(self, trial: int) -> Iterator[BatchFile]:
        """Every batch that is kept here, opened; each is closed when the next is asked for."""
        for path in sorted(self.folder(trial).glob(f"*{_BATCH_END}")):
            with BatchFile.open(path) as batch:
                yield batch

    def batch_path(self, trial: int, dataset: Path, mark: str) -> Path:
        return self.folder(trial) / f"{dataset.stem}-{mark}{_BATCH_END}"

    def people(self, trial: int) -> dict[str, Any]:
        """Who takes part here: subject identifiers of the site, each with pseudonym and address."""
        path = self.folder(trial) / _PEOPLE
        return _kept(path) if path.is_file() else {}

    def keep_person(self, trial: int, subject: str, pseudonym: bytes, patient: str) -> None:
        """Keeps whom a subject identifier stands for. Raises CarechainError if it stands for somebody else."""
        path = self.folder(trial) / _PEOPLE
        make_private_folder(path.parent)
        with (path.parent / ".participants.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another process may enrol somebody at the same time
            people = self.people(trial)
            told = {"participant": "0x" + pseudonym.hex(), "patient": patient}
            if people.get(subject, told)["participant"] != told["participant"]:
                mend = "give this participant an identifier of their own"
                raise CarechainError("The subject that was named", "stands for somebody else here", mend)
            people[subject] = told
            write_private(path, json.dumps(people, indent=1) + "\n", replace=True)

    def participant(self, trial: int, name: str) -> bytes:
        """The pseudonym of a subject of this site, or one that is written out."""
        text = self.people(trial).get(name, {}).get("participant", name)
        try:
            found = bytes.fromhex(text.removeprefix("0x"))
        except ValueError:
            found = b""
        if len(found) != 32:
            mend = "name one that was enrolled here, or a pseudonym"
            raise CarechainError("The subject that was named", "is not known here", mend)
        return found

    def send(self, report: Report, call: Any, what: str) -> None:
        report.sent(self.ledger.send(call, self.sender, what))


def _kept(path: Path) -> dict[str, Any]:
    """The object of a JSON file that was kept here. Raises CarechainError if it is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise CarechainError(str(path), "is damaged", "take another copy of the file")
    return found


def call(
    arguments: tuple[str, ...], usage: str, fewest: int, *options: str, most: int | None = -1
) -> tuple[list[str], dict[str, str]]:
    """The plain arguments and the options of a call; as many as `fewest` unless `most` says otherwise, None for any."""
    return call_of(arguments, f"trial {usage}", fewest, fewest if most == -1 else most, (*OPTIONS, *options))


def opened(
    arguments: tuple[str, ...], usage: str, fewest: int, *options: str, most: int | None = -1
) -> tuple[Session, int, list[str]]:
    """The session, the trial, which is the first argument, and the arguments behind it."""
    (name, *rest), named = call(arguments, usage, fewest, *options, most=most)
    trial = trial_named(name)
    return Session.open(named), trial, rest


def organisation_number(text: str) -> int:
    return number_of(text, "organisation", 32)


def json_of(path: Path, wanted: str) -> Any:
    """The value of a JSON file, read strictly; `wanted` says what it should be. Raises CarechainError if it cannot."""
    return parse(read_bytes(path, _MOST_JSON, f"give {wanted}"), path.name, wanted)


def optional_day(named: dict[str, str], name: str) -> int | None:
    """The day of an option, counted from 1970-01-01; None if it is not given."""
    return day_of(named[name]) if name in named else None
