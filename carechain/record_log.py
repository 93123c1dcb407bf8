"""The RecordRegistry from Python: entries anchored, found again and proven, and the keys that envelopes are made for.

A log is rebuilt from the events alone, and trusted only when its root is the one the contract has.
"""

from __future__ import annotations

from collections.abc import Sequence

from web3.contract.contract import ContractFunction

from carechain.chain import Chain, Event, Sender, Sent
from carechain.errors import CarechainError
from carechain.log_entries import Batch, BatchData, EntryKind, LogEntry, LogKind
from carechain.merkle_log import MerkleTree

_EVENTS = {
    EntryKind.RECORDS: "RecordsAnchored",
    EntryKind.CORRECTION: "RecordsCorrected",
    EntryKind.KEY_ENVELOPES: "KeyEnvelopesAnchored",
    EntryKind.ERASURE: "RecordsErased",
    EntryKind.DISCLOSURES: "DisclosuresLogged",
}
_KINDS = {event: kind for kind, event in _EVENTS.items()}
_TOGETHER = 200
"""Entries in one transaction: far below the 16,777,216 gas that EIP-7825 allows it."""


class RecordLog:
    """The RecordRegistry, asked and written to."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._registry = chain.contract("RecordRegistry")

    @property
    def address(self) -> str:
        return str(self._registry.address)

    # ------------------------------------------------------------------ keys

    def encryption_key(self, organisation: int) -> bytes | None:
        """The compressed secp256k1 key that an organisation has published; None if it has none."""
        call = self._registry.functions.encryptionKeyOf(organisation)
        return bytes(self.chain.ask(call, "reading an organisation's key")) or None

    def publish_key(self, key: bytes, sender: Sender) -> Sent:
        return self.chain.send(self._registry.functions.publishEncryptionKey(key), sender, "publish an encryption key")

    # ------------------------------------------------------------------ entries

    def anchor(
        self, batches: Sequence[Batch], sender: Sender, what: str
    ) -> tuple[list[Sent], dict[int, tuple[int, int]]]:
        """Anchors batches in as few transactions as may be. Gives each batch's (entry, Unix seconds) by its id."""
        sent = []
        places: dict[int, tuple[int, int]] = {}
        for start in range(0, len(batches), _TOGETHER):
            part = batches[start : start + _TOGETHER]
            calls = [self._call(batch.data) for batch in part]
            if len(calls) == 1:
                call = calls[0]
            else:
                call = self._registry.functions.multicall([call._encode_transaction_data() for call in calls])
            transaction = self.chain.send(call, sender, what)
            sent.append(transaction)
            logged = self.chain.events("RecordRegistry", tuple(_KINDS), {}, transaction.block, transaction.block)
            own = [event for event in logged if event.transaction == transaction.hash]
            places.update(
                {batch.id: (event.values["index"], event.timestamp) for batch, event in zip(part, own, strict=True)}
            )
        return sent, places

    def _call(self, batch: BatchData) -> ContractFunction:
        functions = self._registry.functions
        subject, categories, target, root = batch.subject, batch.categories, batch.target, batch.root
        if batch.kind is EntryKind.RECORDS:
            return functions.anchorRecords(subject, categories, *batch.counts, root)
        if batch.kind is EntryKind.CORRECTION:
            return functions.anchorCorrection(subject, target, categories, *batch.counts, root)
        if batch.kind is EntryKind.KEY_ENVELOPES:
            return functions.anchorEnvelopes(subject, *batch.counts, root)
        if batch.kind is EntryKind.ERASURE:
            return functions.anchorErasure(subject, target, *batch.counts)
        return functions.logDisclosures(subject, *batch.counts, root)

    def entries(self, log: LogKind, organisation: int, subject: str, until: int | None = None) -> list[LogEntry]:
        """Every entry of a log, first to last, as of the block `until`.

        Raises CarechainError unless they give the root that the contract has: then none is missing or altered.
        """
        block = self.chain.latest_block() if until is None else until
        names = tuple(name for name, kind in _KINDS.items() if kind.log is log)
        logged = self.chain.events("RecordRegistry", names, {"organisation": organisation, "subject": subject}, block)
        entries = [_entry(event, organisation, subject) for event in logged]
        size, root = self.state(log, organisation, subject, block)
        if len(entries) != size or tree_of(entries).root() != root:
            raise CarechainError(
                f"The log of organisation {organisation}", "is not what its entries make", "ask another node"
            )
        return entries

    def continues(
        self, log: LogKind, organisation: int, subject: str, size: int, root: bytes, proof: Sequence[bytes]
    ) -> bool:
        """Whether the contract finds that a log of this size and root is the beginning of the present one."""
        call = self._registry.functions.continues(log, organisation, subject, size, root, list(proof))
        return bool(self.chain.ask(call, "asking whether a log goes on"))

    def state(self, log: LogKind, organisation: int, subject: str, block: int | None = None) -> tuple[int, bytes]:
        """The size and the root that the contract has."""
        call = self._registry.functions.logOf(log, organisation, subject)
        size, root = self.chain.ask(call, "reading a log", block)
        return int(size), bytes(root)


def tree_of(entries: Sequence[LogEntry]) -> MerkleTree:
    """The log's tree (RFC 9162)."""
    return MerkleTree(entry.content for entry in entries)


def _entry(event: Event, organisation: int, subject: str) -> LogEntry:
    """As IRecordRegistry packs an entry: fixed widths, the high byte first."""
    values = event.values
    kind = _KINDS[event.name]
    target = int(values.get("corrected", values.get("erased", 0)))
    head = (
        bytes([kind])
        + organisation.to_bytes(4, "big")
        + bytes.fromhex(subject[2:])
        + event.timestamp.to_bytes(5, "big")
    )
    root = bytes(values.get("root", bytes(32)))
    counts: tuple[int, ...]
    if kind is EntryKind.DISCLOSURES:
        counts = (values["granted"], values["emergency"], values["denied"])
        content = head + b"".join(count.to_bytes(4, "big") for count in counts) + root
    else:
        counts = (values["count"],)
        categories = values.get("categories", 0).to_bytes(8, "big")
        content = head + categories + counts[0].to_bytes(4, "big") + target.to_bytes(8, "big") + root
    return LogEntry(
        values["index"], kind, target, counts, root, content, event.timestamp, event.block, event.transaction
    )
