"""What a sponsor keeps of a trial's design: the texts and salts behind what is registered or amended.

One file for each version, version 0 being what was registered. It is for the sponsor alone as long as its protocol is
secret: with the salts, whoever has a copy of a document can tell that it is the one that was committed to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carechain.cdisc.strict_json import canonical
from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree
from carechain.private_file import write_private
from carechain.registries.record import IdentifierKind, Outcome, OutcomeKind, TrialRecord
from carechain.registries.who24 import who_data_set
from carechain.trials.commitment import PUBLIC, Document, commitment_to_value, new_salt
from carechain.trials.state import Amendment, Registration

FORMAT = "carechain trial design 1"
DOCUMENTS = ("protocol", "analysis plan", "consent form")
MOST_OUTCOMES = (1 << 16) - 1
NOT_GIVEN = {
    name: Document("", PUBLIC, commitment_to_value({"document": name, "given": False}, PUBLIC, name))
    for name in DOCUMENTS
}
"""In place of a document that was not given when a trial was registered: everybody can tell that it was not."""
_NO_HASH = bytes(32)
_ORDER = {kind: place for place, kind in enumerate(OutcomeKind)}


@dataclass(frozen=True)
class RegisteredOutcome:
    """An outcome and its salt: what is under one leaf of the outcomes' tree."""

    outcome: Outcome
    salt: bytes

    def content(self) -> bytes:
        """The bytes that its leaf is the hash of: salt ‖ RFC 8785 of the outcome."""
        return self.salt + canonical(outcome_facts(self.outcome), "an outcome")


@dataclass(frozen=True)
class TrialDesign:
    """The texts of one version of a trial's design. Outcomes are primary ones first."""

    outcomes: tuple[RegisteredOutcome, ...]
    documents: dict[str, Document]
    data_set: dict[str, Any] = field(default_factory=dict)
    data_set_salt: bytes = PUBLIC
    identifiers: tuple[tuple[str, str, bytes], ...] = ()
    version: int = 0

    @property
    def primaries(self) -> int:
        return sum(each.outcome.kind is OutcomeKind.PRIMARY for each in self.outcomes)

    def tree(self) -> MerkleTree:
        """The tree of the outcomes (RFC 9162), in their order."""
        return MerkleTree(each.content() for each in self.outcomes)

    def identifiers_root(self) -> bytes:
        """The root over the trial's other numbers; zero if it has none."""
        if not self.identifiers:
            return _NO_HASH
        contents = (
            salt + canonical({"kind": kind, "value": value}, "an identifier") for kind, value, salt in self.identifiers
        )
        return MerkleTree(contents).root()

    def registration(self, cap: int, purpose: int, started_on: int, planned_completion: int) -> Registration:
        """As TrialRegistry takes it."""
        protocol, analysis_plan, consent_form = self._commitments()
        return Registration(
            commitment_to_value(self.data_set, self.data_set_salt, "the data set"),
            self.identifiers_root(),
            protocol,
            analysis_plan,
            consent_form,
            self.tree().root(),
            len(self.outcomes),
            self.primaries,
            cap,
            purpose,
            started_on,
            planned_completion,
        )

    def amendment(
        self, cap: int, planned_completion: int, effective_on: int, data_seen: bool, reconsent: bool, reason: bytes
    ) -> Amendment:
        """As TrialRegistry takes it."""
        protocol, analysis_plan, consent_form = self._commitments()
        return Amendment(
            protocol,
            analysis_plan,
            consent_form,
            self.tree().root(),
            len(self.outcomes),
            self.primaries,
            cap,
            planned_completion,
            effective_on,
            data_seen,
            reconsent,
            reason,
        )

    def _commitments(self) -> list[bytes]:
        return [self.documents[name].commitment for name in DOCUMENTS]

    def is_of(self, record: TrialRecord, files: Mapping[str, Path]) -> bool:
        """Whether this is the design of a registry's record and these documents, whatever the salts."""
        again = design_of(record, self.documents, public=True)
        return (
            [each.outcome for each in self.outcomes] == [each.outcome for each in again.outcomes]
            and self.data_set == again.data_set
            and all(self.documents[name].is_of(path) for name, path in files.items())
            and all(self.documents[name] == NOT_GIVEN[name] for name in DOCUMENTS if name not in files)
        )

    def write(self, path: Path, replace: bool = False) -> None:
        """Writes the file, for its owner alone. Raises FileExistsError if one is there and `replace` is not set."""
        write_private(path, json.dumps(self._facts(), indent=1, ensure_ascii=False) + "\n", replace)

    def _facts(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": self.version,
            "outcomes": [{**outcome_facts(each.outcome), "salt": each.salt.hex()} for each in self.outcomes],
            "documents": {name: self.documents[name].facts() for name in DOCUMENTS},
            "dataSet": self.data_set,
            "dataSetSalt": self.data_set_salt.hex(),
            "identifiers": [
                {"kind": kind, "value": value, "salt": salt.hex()} for kind, value, salt in self.identifiers
            ],
        }

    @classmethod
    def read(cls, path: Path) -> TrialDesign:
        """Raises CarechainError when the file cannot be read, or is none."""
        try:
            facts = json.loads(path.read_text("utf-8"))
            if facts["format"] != FORMAT:
                raise ValueError
            return cls(
                tuple(RegisteredOutcome(outcome_from(each), bytes.fromhex(each["salt"])) for each in facts["outcomes"]),
                {name: Document.from_facts(facts["documents"][name]) for name in DOCUMENTS},
                facts["dataSet"],
                bytes.fromhex(facts["dataSetSalt"]),
                tuple((each["kind"], each["value"], bytes.fromhex(each["salt"])) for each in facts["identifiers"]),
                facts["version"],
            )
        except OSError as error:
            raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CarechainError(str(path), "is no design of a trial", "take another copy of the file") from None


def design_of(record: TrialRecord, documents: dict[str, Document], public: bool) -> TrialDesign:
    """The design of a registry's record and its documents. `public`: the record is, so that anybody can recompute what
    is committed of it; else it is salted.

    Raises CarechainError for a record without a primary outcome, or with more than 65,535 outcomes.
    """
    place = f"The record {record.number}"
    outcomes = outcomes_in_order(record.outcomes, place)

    def salt() -> bytes:
        return PUBLIC if public else new_salt()

    numbers = [(_registry_kind(record), record.number), *((e.kind.value, e.value) for e in record.other_identifiers)]
    return TrialDesign(
        tuple(RegisteredOutcome(outcome, salt()) for outcome in outcomes),
        documents,
        who_data_set(record),
        salt(),
        tuple((kind, value, salt()) for kind, value in numbers),
    )


def outcomes_in_order(outcomes: Sequence[Outcome], place: str) -> tuple[Outcome, ...]:
    """Primary ones first, then secondary, then other, each kind in its order. Raises CarechainError, naming `place`,
    unless one is primary and there are at most 65,535."""
    found = tuple(sorted(outcomes, key=lambda outcome: _ORDER[outcome.kind]))
    if not found or found[0].kind is not OutcomeKind.PRIMARY:
        raise CarechainError(place, "has no primary outcome", "name at least one, with when it is measured")
    if len(found) > MOST_OUTCOMES:
        raise CarechainError(place, f"has {len(found):,} outcomes", f"register at most {MOST_OUTCOMES:,}")
    return found


def outcome_facts(outcome: Outcome) -> dict[str, str]:
    """An outcome as a value of JSON: what is committed to."""
    return {
        "kind": outcome.kind.value,
        "measure": outcome.measure,
        "timeFrame": outcome.time_frame,
        "description": outcome.description,
    }


def outcome_from(facts: dict[str, str]) -> Outcome:
    """The outcome of such a value. Raises KeyError or ValueError for another."""
    return Outcome(OutcomeKind(facts["kind"]), facts["measure"], facts["timeFrame"], facts["description"])


def _registry_kind(record: TrialRecord) -> str:
    """Who issued the record's own number."""
    starts = {"NCT": IdentifierKind.NCT, "ISRCTN": IdentifierKind.ISRCTN}
    for start, kind in starts.items():
        if record.number.startswith(start):
            return kind.value
    return record.registry.value
