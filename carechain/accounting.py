"""A patient's accounting of disclosures (HIPAA, 45 CFR 164.528; GDPR, article 15): every decision about the records at
one custodian, with what proves it.

Releases stand in the patient's own log, which is public in size: so many decisions, and not one fewer, must be opened.
Refusals stand in the custodian's own log among those about others; each that is opened is proven, and that none was
left out there only an auditor can check, to whom the custodian opens all.

A file of the accounting is enough to check it, with any verifier of RFC 9162 proofs and two roots from the chain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, LogKind
from carechain.merkle_log import MerkleTree, leaf_hash, verify_inclusion
from carechain.record_log import RecordLog, tree_of
from carechain.vault.catalogue import Catalogue, Outcome, Patient
from carechain.vault.commitment import SALT_BYTES, decision_entry


@dataclass(frozen=True)
class OpenedDecision:
    """One decision with its proofs: its leaf is in a batch, and the batch's entry in the log of the stream `subject`.

    `opening` is what the leaf is the hash of, the salt and then the details; `entry` what the log's leaf is the hash
    of. It ends in the batch's root.
    """

    subject: str
    opening: bytes = field(repr=False)
    position: int
    count: int
    proof: tuple[bytes, ...]
    entry: bytes
    index: int
    entry_proof: tuple[bytes, ...]

    @property
    def details(self) -> dict[str, Any]:
        details: dict[str, Any] = json.loads(self.opening[SALT_BYTES:])
        return details


@dataclass(frozen=True)
class Accounting:
    """`logs` are, by stream, the size and the root of the disclosure log against which the decisions are proven;
    `entries` all entries of the patient's own; `erased` counts decisions in it whose details were destroyed."""

    custodian: int
    subject: str
    block: int
    logs: Mapping[str, tuple[int, bytes]]
    entries: tuple[bytes, ...]
    decisions: tuple[OpenedDecision, ...]
    erased: int = 0

    def to_values(self) -> dict[str, Any]:
        """For a JSON file; bytes are in hexadecimal."""
        return {
            "custodian": self.custodian,
            "subject": self.subject,
            "block": self.block,
            "logs": {subject: {"size": size, "root": root.hex()} for subject, (size, root) in self.logs.items()},
            "entries": [entry.hex() for entry in self.entries],
            "erased": self.erased,
            "decisions": [_values(decision) for decision in self.decisions],
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Accounting:
        """Raises CarechainError for anything but what `to_values` gives."""
        try:
            return cls(
                int(values["custodian"]),
                str(values["subject"]),
                int(values["block"]),
                {subject: (int(log["size"]), bytes.fromhex(log["root"])) for subject, log in values["logs"].items()},
                tuple(bytes.fromhex(entry) for entry in values["entries"]),
                tuple(_decision(decision) for decision in values["decisions"]),
                int(values["erased"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise CarechainError("The accounting", "is malformed", "ask the custodian for it anew") from None


def account(catalogue: Catalogue, log: RecordLog, custodian: int, patient: Patient) -> Accounting:
    """Everything that the custodian's journal has about a patient and that is anchored, proven as of the latest block.

    Raises CarechainError when the chain's log has more decisions of the patient's than the journal.
    """
    block = log.chain.latest_block()
    entries = {
        subject: log.entries(LogKind.DISCLOSURES, custodian, subject, block)
        for subject in (patient.subject, OWN_STREAM)
    }
    trees = {subject: tree_of(found) for subject, found in entries.items()}
    opened = []
    erased = 0
    for decision in catalogue.decisions(patient.id):
        if decision.batch is None or decision.position is None:
            continue
        if decision.salt is None or decision.details is None:
            erased += decision.subject == patient.subject
            continue
        batch = catalogue.batch(decision.batch)
        if batch.entry is None:
            continue
        leaves = MerkleTree.of_leaves(batch.data.leaves)
        opened.append(
            OpenedDecision(
                decision.subject,
                decision_entry(decision.salt, decision.details),
                decision.position,
                leaves.size,
                leaves.inclusion_proof(decision.position),
                entries[decision.subject][batch.entry].content,
                batch.entry,
                trees[decision.subject].inclusion_proof(batch.entry),
            )
        )
    logs = {subject: (tree.size, tree.root()) for subject, tree in trees.items()}
    own = tuple(entry.content for entry in entries[patient.subject])
    accounting = Accounting(custodian, patient.subject, block, logs, own, tuple(opened), erased)
    missing = _decided(accounting) - erased - len(_own(accounting))
    if missing:
        raise CarechainError(
            "The custodian's journal",
            f"lacks {missing} decisions that the patient's log on the chain has",
            "restore the catalogue, and tell the auditor",
        )
    return accounting


def verify(accounting: Accounting, log: RecordLog | None = None) -> None:
    """Checks every proof, and that no decision of the patient's own log is missing. With a `log`, the roots are also
    compared with those that the chain had at the accounting's block.

    Raises CarechainError for the first thing that doesn't hold.
    """
    mend = "don't rely on it; tell the custodian and the auditor"
    for number, decision in enumerate(accounting.decisions):
        place = f"Decision {number + 1}"
        size, root = accounting.logs.get(decision.subject, (0, b""))
        leaf = leaf_hash(decision.opening)
        if not verify_inclusion(leaf, decision.position, decision.count, decision.proof, decision.entry[-32:]):
            raise CarechainError(place, "is not in the batch that it names", mend)
        if not verify_inclusion(leaf_hash(decision.entry), decision.index, size, decision.entry_proof, root):
            raise CarechainError(place, "names a batch that is not in the log", mend)
    tree = MerkleTree(accounting.entries)
    if (tree.size, tree.root()) != accounting.logs.get(accounting.subject):
        raise CarechainError("The accounting", "leaves entries of the patient's log out", mend)
    places = {(decision.index, decision.position) for decision in _own(accounting)}
    if _decided(accounting) != len(places) + accounting.erased:
        raise CarechainError("The accounting", "leaves decisions of the patient's log out", mend)
    if log is not None:
        for subject, state in accounting.logs.items():
            if log.state(LogKind.DISCLOSURES, accounting.custodian, subject, accounting.block) != state:
                raise CarechainError("The accounting", "is of another log than the chain's", mend)


def _decided(accounting: Accounting) -> int:
    """How many decisions the patient's own log has: the sum of the counts in its entries, as IRecordRegistry packs
    them before the root."""
    counts = (entry[-32 - 4 * len(Outcome) : -32] for entry in accounting.entries)
    return sum(int.from_bytes(each[n : n + 4], "big") for each in counts for n in range(0, len(each), 4))


def _own(accounting: Accounting) -> list[OpenedDecision]:
    return [decision for decision in accounting.decisions if decision.subject == accounting.subject]


def _values(decision: OpenedDecision) -> dict[str, Any]:
    return {
        "subject": decision.subject,
        "opening": decision.opening.hex(),
        "position": decision.position,
        "count": decision.count,
        "proof": [node.hex() for node in decision.proof],
        "entry": decision.entry.hex(),
        "index": decision.index,
        "entryProof": [node.hex() for node in decision.entry_proof],
        "details": decision.details,
    }


def _decision(values: Mapping[str, Any]) -> OpenedDecision:
    return OpenedDecision(
        str(values["subject"]),
        bytes.fromhex(values["opening"]),
        int(values["position"]),
        int(values["count"]),
        tuple(bytes.fromhex(node) for node in values["proof"]),
        bytes.fromhex(values["entry"]),
        int(values["index"]),
        tuple(bytes.fromhex(node) for node in values["entryProof"]),
    )
