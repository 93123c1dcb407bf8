"""A patient's accounting of disclosures (HIPAA, 45 CFR 164.528; GDPR, article 15): every decision about the records at
one custodian, and who holds keys of them, with what proves it.

Releases stand in the patient's own log, which is public in size: so many decisions, and not one fewer, must be opened.
Refusals stand in the custodian's own log among those about others; each that is opened is proven, and that none was
left out there only an auditor can check, to whom the custodian opens all.

A file of the accounting is enough to check it, with any verifier of RFC 9162 proofs and the roots that the chain has.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carechain.access_request import AccessRequest, SignedRequest
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, Batch, EntryKind, LogEntry, LogKind, counts_in
from carechain.merkle_log import MerkleTree, leaf_hash, verify_inclusion
from carechain.record_log import RecordLog, tree_of
from carechain.vault.catalogue import Catalogue, Outcome
from carechain.vault.commitment import SALT_BYTES, decision_entry, envelope_entry

_MEND = "don't rely on it; tell the custodian and the auditor"
_DECISIONS_BYTES = 74
_RECORDS_BYTES = 82
"""Lengths of the entries of the two logs, as IRecordRegistry packs them."""


@dataclass(frozen=True)
class OpenedLeaf:
    """One leaf with its proofs: it is in a batch, and the batch's entry is in a log of the stream `subject`.

    `opening` is what the leaf is the hash of, the salt and then the content; None where these were destroyed. `entry`
    is what the log's leaf is the hash of; it ends in the batch's root.
    """

    subject: str
    opening: bytes | None = field(repr=False)
    leaf: bytes
    position: int
    count: int
    proof: tuple[bytes, ...]
    entry: bytes
    index: int
    entry_proof: tuple[bytes, ...]


@dataclass(frozen=True)
class DecisionDetails:
    """What was decided: `at` by the chain's clock in Unix seconds, as of a block, by consent or emergency (`basis`),
    for which organisation and by whose operator key; `records` are the leaves of what was released."""

    at: int
    basis: str
    block: int
    operator: str
    organisation: int
    outcome: str
    records: tuple[str, ...]
    request: AccessRequest


@dataclass(frozen=True)
class Accounting:
    """`logs` are, by stream, size and root of the disclosure log against which the decisions are proven, and `key_log`
    those of the custodian's own log of records, against which the keys are; `entries` are all of the patient's own
    disclosure log. `keys` are the envelopes that organisations hold at this time."""

    custodian: int
    subject: str
    block: int
    logs: Mapping[str, tuple[int, bytes]]
    key_log: tuple[int, bytes]
    entries: tuple[bytes, ...]
    decisions: tuple[OpenedLeaf, ...]
    keys: tuple[OpenedLeaf, ...]

    @property
    def erased(self) -> int:
        """How many decisions are proven and can't be opened any more: their details were destroyed."""
        return sum(decision.opening is None for decision in self.decisions)

    def to_values(self) -> dict[str, Any]:
        """For a JSON file; bytes are in hexadecimal."""
        return {
            "custodian": self.custodian,
            "subject": self.subject,
            "block": self.block,
            "logs": {subject: _state_values(state) for subject, state in self.logs.items()},
            "keyLog": _state_values(self.key_log),
            "entries": [entry.hex() for entry in self.entries],
            "decisions": [_leaf_values(decision) for decision in self.decisions],
            "keys": [_leaf_values(key) for key in self.keys],
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Accounting:
        """Raises CarechainError for anything but what `to_values` gives."""
        try:
            return cls(
                _whole(values["custodian"], 1 << 32),
                str(values["subject"]),
                _whole(values["block"]),
                {str(subject): _state(state) for subject, state in values["logs"].items()},
                _state(values["keyLog"]),
                tuple(bytes.fromhex(entry) for entry in values["entries"]),
                tuple(_leaf(decision) for decision in values["decisions"]),
                tuple(_leaf(key) for key in values["keys"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise CarechainError("The accounting", "is malformed", "ask the custodian for it anew") from None


def details_of(decision: OpenedLeaf) -> DecisionDetails | None:
    """What a decision was; None where its details were destroyed.

    Raises CarechainError when the details are not those of one, or the request in them was not signed by the operator
    that they name.
    """
    if decision.opening is None:
        return None
    try:
        values = json.loads(decision.opening[SALT_BYTES:])
        signed = SignedRequest.from_json(values["request"])
        if signed.operator() != values["operator"] or values["outcome"] not in _OUTCOMES:
            raise ValueError
        return DecisionDetails(
            int(values["at"]),
            str(values["basis"]),
            int(values["block"]),
            str(values["operator"]),
            int(values["organisation"]),
            str(values["outcome"]),
            tuple(str(leaf) for leaf in values["records"]),
            signed.request,
        )
    except (CarechainError, KeyError, TypeError, ValueError, OverflowError):
        raise CarechainError("A decision", "is not what its requester signed", _MEND) from None


def holder_of(key: OpenedLeaf) -> int:
    """The organisation that an opened envelope is for."""
    assert key.opening is not None  # keys are given opened
    return int.from_bytes(key.opening[SALT_BYTES : SALT_BYTES + 4], "big")


_OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


def account(catalogue: Catalogue, log: RecordLog, custodian: int, subject: str, patient: int | None) -> Accounting:
    """Everything about a patient's stream and refusals that is anchored, proven as of the latest block.

    `patient` is the number in the catalogue, None when all records were erased. Raises CarechainError when the chain's
    log has a batch of decisions that the journal has not.
    """
    block = log.chain.latest_block()
    own = log.entries(LogKind.DISCLOSURES, custodian, subject, block)
    common = log.entries(LogKind.DISCLOSURES, custodian, OWN_STREAM, block)
    records = log.entries(LogKind.RECORDS, custodian, OWN_STREAM, block)
    decisions: list[OpenedLeaf] = []
    batches = {batch.data.root: batch for batch in catalogue.batches_of(subject, EntryKind.DISCLOSURES)}
    tree = tree_of(own)
    for entry in own:  # a batch that was anchored twice, as may happen when a node fails, is opened twice
        batch = batches.get(entry.root)
        if batch is None:
            raise CarechainError(
                "The custodian's journal",
                "lacks decisions that the patient's log on the chain has",
                "restore the catalogue, and tell the auditor",
            )
        for decision in catalogue.releases(batch.id):
            opening = _opening(decision.salt, decision.details)
            decisions.append(_opened(batch, decision.position, opening, entry, tree, subject))
    refused = catalogue.refusals(patient) if patient is not None else []
    decisions += _in_log(catalogue, common, [(d.batch, d.position, _opening(d.salt, d.details)) for d in refused])
    held = catalogue.committed_envelopes(patient) if patient is not None else []
    keys = _in_log(catalogue, records, [(e.batch, e.position, envelope_entry(e.salt, e.envelope)) for e in held])
    common_tree, record_tree = tree_of(common), tree_of(records)
    return Accounting(
        custodian,
        subject,
        block,
        {subject: (tree.size, tree.root()), OWN_STREAM: (common_tree.size, common_tree.root())},
        (record_tree.size, record_tree.root()),
        tuple(entry.content for entry in own),
        tuple(decisions),
        tuple(keys),
    )


def _opening(salt: bytes | None, details: bytes | None) -> bytes | None:
    return None if salt is None or details is None else decision_entry(salt, details)


def _in_log(
    catalogue: Catalogue,
    entries: Sequence[LogEntry],
    wanted: Sequence[tuple[int | None, int | None, bytes | None]],
) -> list[OpenedLeaf]:
    """Leaves of (batch, position, opening), as far as the batches are in the log of the custodian's own stream."""
    tree = tree_of(entries)
    opened = []
    for batch_id, position, opening in wanted:
        if batch_id is None:
            continue
        batch = catalogue.batch(batch_id)
        if batch.entry is not None and batch.entry < len(entries):
            opened.append(_opened(batch, position, opening, entries[batch.entry], tree, OWN_STREAM))
    return opened


def _opened(
    batch: Batch, position: int | None, opening: bytes | None, entry: LogEntry, tree: MerkleTree, subject: str
) -> OpenedLeaf:
    assert position is not None  # it has a batch
    leaves = MerkleTree.of_leaves(batch.data.leaves)
    return OpenedLeaf(
        subject,
        opening,
        batch.data.leaves[position],
        position,
        leaves.size,
        leaves.inclusion_proof(position),
        entry.content,
        entry.index,
        tree.inclusion_proof(entry.index),
    )


def verify(accounting: Accounting, custodian: int, subject: str, log: RecordLog | None = None) -> None:
    """Checks that it is the accounting of this patient at this custodian, every proof, every signature, and that no
    decision of the patient's own log is missing. With a `log`, the roots are also compared with those that the chain
    had at the accounting's block; without, the sizes and roots are still to be.

    What it can't show: whether the chain has gone on since its block, whether the custodian let somebody read without
    asking the gateway, and what decisions said whose details were destroyed (`erased` of them).

    Raises CarechainError for the first thing that doesn't hold.
    """
    if (accounting.custodian, accounting.subject) != (custodian, subject):
        raise CarechainError("The accounting", "is of another patient, or of another custodian", "ask for this one's")
    _verify_entries(accounting)
    for number, decision in enumerate(accounting.decisions, 1):
        _verify_leaf(f"Decision {number}", decision, accounting.logs.get(decision.subject, (0, b"")), _decided)
        details = details_of(decision)
        if details is not None and details.request.custodian != custodian:
            raise CarechainError(f"Decision {number}", "is about another custodian", _MEND)
    for number, key in enumerate(accounting.keys, 1):
        if key.opening is None or len(key.opening) != 2 * SALT_BYTES + 4 + 32:
            raise CarechainError(f"Key {number}", "is not opened", _MEND)
        _verify_leaf(f"Key {number}", key, accounting.key_log, _enveloped)
    _verify_complete(accounting)
    if log is not None:
        states = {(LogKind.DISCLOSURES, stream): state for stream, state in accounting.logs.items()}
        states[LogKind.RECORDS, OWN_STREAM] = accounting.key_log
        for (kind, stream), state in states.items():
            if log.state(kind, custodian, stream, accounting.block) != state:
                raise CarechainError("The accounting", "is of another log than the chain's", _MEND)


def _verify_entries(accounting: Accounting) -> None:
    if set(accounting.logs) != {accounting.subject, OWN_STREAM}:
        raise CarechainError("The accounting", "lacks a log, or has another patient's", _MEND)
    tree = MerkleTree(accounting.entries)
    if (tree.size, tree.root()) != accounting.logs[accounting.subject]:
        raise CarechainError("The accounting", "leaves entries of the patient's log out", _MEND)


def _verify_leaf(place: str, opened: OpenedLeaf, log: tuple[int, bytes], count: Callable[[bytes], int]) -> None:
    """`count` says how many leaves an entry's batch has: the position in a tree holds only together with its size."""
    if opened.opening is not None and leaf_hash(opened.opening) != opened.leaf:
        raise CarechainError(place, "is not what its leaf stands for", _MEND)
    if opened.count != count(opened.entry):
        raise CarechainError(place, "names another size of its batch than the log", _MEND)
    if not verify_inclusion(opened.leaf, opened.position, opened.count, opened.proof, opened.entry[-32:]):
        raise CarechainError(place, "is not in the batch that it names", _MEND)
    size, root = log
    if not verify_inclusion(leaf_hash(opened.entry), opened.index, size, opened.entry_proof, root):
        raise CarechainError(place, "names a batch that is not in the log", _MEND)


def _verify_complete(accounting: Accounting) -> None:
    """Every position of every entry of the patient's own log is there once, with the outcomes that the entry states."""
    own = [decision for decision in accounting.decisions if decision.subject == accounting.subject]
    places = {(decision.index, decision.position) for decision in own}
    # Each was proven to be at its position of its entry, so as many places as decisions are all of them.
    if len(places) != len(own) or len(own) != sum(map(_decided, accounting.entries)):
        raise CarechainError("The accounting", "leaves decisions of the patient's log out", _MEND)
    for index, entry in enumerate(accounting.entries):
        if not _decided(entry):
            raise CarechainError("The accounting", "has an entry that is none of a disclosure log", _MEND)
        found = [details_of(decision) for decision in own if decision.index == index]
        outcomes = Counter(details.outcome for details in found if details is not None)
        stated = dict(zip(_OUTCOMES, counts_in(entry), strict=True))
        if any(outcomes[outcome] > stated[outcome] for outcome in _OUTCOMES):
            raise CarechainError("The accounting", "tells other outcomes than the log", _MEND)


def _decided(entry: bytes) -> int:
    """How many decisions an entry states; 0 for what is no entry of a disclosure log."""
    is_one = len(entry) == _DECISIONS_BYTES and entry[0] == EntryKind.DISCLOSURES
    return sum(counts_in(entry)) if is_one else 0


def _enveloped(entry: bytes) -> int:
    """How many envelopes an entry states, before target and root; 0 for an entry of another kind."""
    is_one = len(entry) == _RECORDS_BYTES and entry[0] == EntryKind.KEY_ENVELOPES
    return int.from_bytes(entry[-44:-40], "big") if is_one else 0


def _state_values(state: tuple[int, bytes]) -> dict[str, Any]:
    size, root = state
    return {"size": size, "root": root.hex()}


def _state(values: Mapping[str, Any]) -> tuple[int, bytes]:
    return _whole(values["size"]), bytes.fromhex(values["root"])


def _leaf_values(leaf: OpenedLeaf) -> dict[str, Any]:
    return {
        "subject": leaf.subject,
        "opening": None if leaf.opening is None else leaf.opening.hex(),
        "leaf": leaf.leaf.hex(),
        "position": leaf.position,
        "count": leaf.count,
        "proof": [node.hex() for node in leaf.proof],
        "entry": leaf.entry.hex(),
        "index": leaf.index,
        "entryProof": [node.hex() for node in leaf.entry_proof],
    }


def _leaf(values: Mapping[str, Any]) -> OpenedLeaf:
    return OpenedLeaf(
        str(values["subject"]),
        None if values["opening"] is None else bytes.fromhex(values["opening"]),
        bytes.fromhex(values["leaf"]),
        _whole(values["position"]),
        _whole(values["count"]),
        tuple(bytes.fromhex(node) for node in values["proof"]),
        bytes.fromhex(values["entry"]),
        _whole(values["index"]),
        tuple(bytes.fromhex(node) for node in values["entryProof"]),
    )


def _whole(value: Any, limit: int = 1 << 63) -> int:
    if type(value) is not int or not 0 <= value < limit:
        raise ValueError
    return value
