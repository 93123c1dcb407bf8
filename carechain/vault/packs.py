"""The shards of many records in one object a node.

A pack is a matrix of bytes. Its first `needed` rows are data: each record's sealed bytes, filled up with zeros to a
multiple of `needed` and cut into as many equal parts, stand below each other in a range of columns of their own. The
erasure code adds the other rows. Row i is one object, at node i, under the pack's id: a batch of records is one write
a node, and one record is one read of a range at each of `needed` nodes.

Nodes are not trusted. The SHA-256 of every row's part of every record is in its Placement, and bytes that don't have
it count as lost. Columns of no record are zero in every row, which is a word of the code as well: so a record that is
blanked out everywhere leaves the others as they were.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from carechain.errors import CarechainError
from carechain.vault.erasure_code import ErasureCode, Rows
from carechain.vault.storage import NodeFailed, ObjectMissing, Storage, StorageNode

_ID_BYTES = 16


@dataclass(frozen=True)
class Pack:
    """`id` is the key (hex) of its object at each of `nodes`, which are named in the order of the rows. Any `needed`
    rows are enough; each is `width` bytes long."""

    id: str
    needed: int
    nodes: tuple[str, ...]
    width: int


@dataclass(frozen=True)
class Placement:
    """Where a record is in a pack: `offset` and `width` in columns, `length` of its sealed bytes, and the SHA-256 of
    its part of every row."""

    pack_id: str
    offset: int
    width: int
    length: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class Plan:
    """A pack that is not written yet. `rows` is (nodes, width); `placements` are in the order of the items."""

    pack: Pack
    placements: tuple[Placement, ...]
    rows: Rows = field(repr=False)


@dataclass(frozen=True)
class Reading:
    """What was read, in the order it was asked for, and the nodes that were asked and had no good shard of it all."""

    items: tuple[bytes, ...] = field(repr=False)
    bad: tuple[str, ...]


@dataclass(frozen=True)
class Condition:
    """What the nodes hold of a pack, against its placements.

    `damaged`: by node, of how many records the shard is lost or wrong. `stale`: nodes with something in columns that
    should be blank, or beyond the row. `unreachable`: nodes that didn't answer, about which nothing is known.
    `lost`: how many records have fewer good shards than needed among the nodes that answered.
    """

    damaged: Mapping[str, int]
    stale: tuple[str, ...]
    unreachable: tuple[str, ...]
    lost: int

    @property
    def healthy(self) -> bool:
        return not (self.damaged or self.stale or self.unreachable)


@dataclass(frozen=True)
class Repair:
    """`before`: what was found. `repaired`: by node, of how many records the shard was written anew; zero where only
    what was stale was removed. `failed`: the nodes that couldn't be reached, or didn't take their row."""

    before: Condition
    repaired: Mapping[str, int]
    failed: tuple[str, ...]


class ShardStore:
    """Packs on the nodes of a storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def plan(self, items: Sequence[bytes]) -> Plan:
        """A pack of these items. Nothing is written: its id is to be recorded first, so that it can be removed
        whatever happens. The rows go round among the nodes from pack to pack, as the first ones are read most."""
        needed = self._storage.needed
        names = tuple(self._storage.nodes)
        pack_id = secrets.token_hex(_ID_BYTES)
        turn = int(pack_id, 16) % len(names)
        widths = [max(1, -(-len(item) // needed)) for item in items]
        data = np.zeros((needed, sum(widths)), np.uint8)
        offset = 0
        for item, width in zip(items, widths, strict=True):
            padded = np.frombuffer(item.ljust(needed * width, b"\0"), np.uint8)
            data[:, offset : offset + width] = padded.reshape(needed, width)
            offset += width
        rows = ErasureCode(needed, len(names)).encode(data)
        placements = []
        offset = 0
        for item, width in zip(items, widths, strict=True):
            hashes = tuple(_hash(row[offset : offset + width]) for row in rows)
            placements.append(Placement(pack_id, offset, width, len(item), hashes))
            offset += width
        return Plan(Pack(pack_id, needed, names[turn:] + names[:turn], offset), tuple(placements), rows)

    def write(self, plan: Plan) -> tuple[str, ...]:
        """Writes a row to every node at the same time; says which nodes didn't take theirs.

        Raises CarechainError when fewer took theirs than `needed` and half of the rest: what was written is removed
        again, and the error names the nodes that it could not be removed from.
        """
        pack = plan.pack
        contents = {name: row.tobytes() for name, row in zip(pack.nodes, plan.rows, strict=True)}
        failed = _failed(self._storage.ask(pack.nodes, lambda node: node.put(pack.id, contents[node.name])))
        good = len(pack.nodes) - len(failed)
        enough = pack.needed + -(-(len(pack.nodes) - pack.needed) // 2)
        if good < enough:
            left = self.delete(pack)
            remains = f"; what was begun is still at {', '.join(left)}" if left else "; nothing was kept"
            raise CarechainError(
                "The storage",
                f"took {good} of {len(pack.nodes)} shards, {enough} are required{remains}",
                f"see to the nodes {', '.join(failed)}",
            )
        return failed

    def read_many(self, pack: Pack, placements: Sequence[Placement]) -> Reading:
        """Records of one pack, each node being asked once, for the columns from the first record to the last.

        The first `needed` nodes are asked; others only in place of those that failed or were wrong. Raises
        CarechainError when a record has fewer good shards than needed: wrong bytes are never given.
        """
        shards: list[dict[int, Rows]] = [{} for _ in placements]
        bad: list[str] = []
        unasked = list(range(len(pack.nodes)))
        lacking = pack.needed if placements else 0
        while lacking and unasked:
            asked, unasked = unasked[:lacking], unasked[lacking:]
            wanted = [n for n, found in enumerate(shards) if len(found) < pack.needed]
            start = min(placements[n].offset for n in wanted)
            end = max(placements[n].offset + placements[n].width for n in wanted)
            rows = self._rows(pack, asked, start, end - start)
            for row in asked:
                for n in wanted:
                    part = _part(rows.get(row), placements[n], start)
                    if _hash(part) == placements[n].hashes[row]:
                        shards[n][row] = part
                if not all(row in shards[n] for n in wanted):
                    bad.append(pack.nodes[row])
            lacking = pack.needed - min(map(len, shards))
        if lacking:
            few = sum(len(found) < pack.needed for found in shards)
            raise CarechainError(
                "The storage",
                f"has too few good shards of {few} of {len(shards)} records: {pack.needed - lacking} where "
                f"{pack.needed} are needed",
                f"see to the nodes {', '.join(bad)}",
            )
        data = _decoded(pack, placements, dict(enumerate(shards)))
        return Reading(tuple(data[n].tobytes()[: p.length] for n, p in enumerate(placements)), tuple(bad))

    def blank(self, pack: Pack, placements: Sequence[Placement]) -> tuple[str, ...]:
        """Overwrites these records by zeros in every row; says which nodes could not be reached.

        Each node's object is read and written anew, so call it for many records at once.
        """

        def work(node: StorageNode) -> None:
            try:
                content = bytearray(node.get(pack.id, 0, pack.width))
            except ObjectMissing:
                node.delete(pack.id)  # fails where the whole place is gone, and so might come back
                return
            for placement in placements:
                start, end = placement.offset, min(placement.offset + placement.width, len(content))
                content[start:end] = bytes(max(0, end - start))
            node.put(pack.id, bytes(content))

        return _failed(self._storage.ask(pack.nodes, work))

    def delete(self, pack: Pack) -> tuple[str, ...]:
        """Removes a pack; says from which nodes it could not be removed."""
        return _failed(self._storage.ask(pack.nodes, lambda node: node.delete(pack.id)))

    def check(self, pack: Pack, placements: Sequence[Placement]) -> Condition:
        """Reads everything, and says what is lost, short, altered or swapped. `placements` are all the records that
        the pack holds; what is in no column of theirs is meant to be blank."""
        return self._examine(pack, placements).condition

    def repair(self, pack: Pack, placements: Sequence[Placement]) -> Repair:
        """Writes anew what `check` finds, on empty nodes too.

        `placements` must be all the records that the pack holds: every other column becomes blank. Shards are computed
        from good ones alone and have their hash, or are not written: a record that is lost stays as it is.
        """
        found = self._examine(pack, placements)
        broken = {n: good for n, good in enumerate(found.shards) if pack.needed <= len(good) < len(found.rows)}
        mended = _encoded(pack, placements, _decoded(pack, placements, broken))
        rows: dict[str, bytes] = {}
        repaired: dict[str, int] = {}
        for number, held in found.rows.items():
            row, count = np.zeros(pack.width, np.uint8), 0
            for n, placement in enumerate(placements):
                columns = slice(placement.offset, placement.offset + placement.width)
                row[columns] = held[columns]
                if (
                    number not in found.shards[n]
                    and n in mended
                    and _hash(mended[n][number]) == placement.hashes[number]
                ):
                    row[columns] = mended[n][number]
                    count += 1
            name = pack.nodes[number]
            if count or name in found.condition.stale:
                rows[name] = row.tobytes()
                repaired[name] = count
        refused = _failed(self._storage.ask(rows, lambda node: node.put(pack.id, rows[node.name])))
        written = {name: count for name, count in repaired.items() if name not in refused}
        return Repair(found.condition, written, found.condition.unreachable + refused)

    def _examine(self, pack: Pack, placements: Sequence[Placement]) -> _Findings:
        answers = self._storage.ask(pack.nodes, lambda node: _whole(node, pack))
        blank = np.ones(pack.width, np.bool_)
        for placement in placements:
            blank[placement.offset : placement.offset + placement.width] = False
        rows: dict[int, Rows] = {}
        shards: list[dict[int, Rows]] = [{} for _ in placements]
        damaged: dict[str, int] = {}
        stale: list[str] = []
        for number, name in enumerate(pack.nodes):
            content = answers[name]
            if isinstance(content, NodeFailed):
                continue
            row = np.frombuffer(content[: pack.width], np.uint8)
            rows[number] = np.pad(row, (0, pack.width - len(row)))
            for good, placement in zip(shards, placements, strict=True):
                part = _part(row, placement, 0)
                if _hash(part) == placement.hashes[number]:
                    good[number] = part
            wrong = sum(number not in good for good in shards)
            if wrong:
                damaged[name] = wrong
            if row[blank[: len(row)]].any() or len(content) > pack.width:
                stale.append(name)
        lost = sum(len(good) < pack.needed for good in shards)
        return _Findings(Condition(damaged, tuple(stale), _failed(answers), lost), rows, shards)

    def _rows(self, pack: Pack, numbers: Sequence[int], start: int, length: int) -> dict[int, Rows]:
        """These columns of the rows, as far as their nodes answer; a row may be shorter than asked for."""
        answers = self._storage.ask([pack.nodes[n] for n in numbers], lambda node: node.get(pack.id, start, length))
        contents = ((number, answers[pack.nodes[number]]) for number in numbers)
        return {n: np.frombuffer(found, np.uint8) for n, found in contents if not isinstance(found, NodeFailed)}


@dataclass(frozen=True)
class _Findings:
    """What `check` read: the rows of the nodes that answered, filled up to their width, and each record's good shards
    by row."""

    condition: Condition
    rows: dict[int, Rows]
    shards: list[dict[int, Rows]]


def _whole(node: StorageNode, pack: Pack) -> bytes:
    """A row, and one byte more where there is more; empty where the node has none."""
    try:
        return node.get(pack.id, 0, pack.width + 1)
    except ObjectMissing:
        return b""


def _decoded(pack: Pack, placements: Sequence[Placement], shards: Mapping[int, dict[int, Rows]]) -> dict[int, Rows]:
    """Each record's (needed, width) data from enough of its shards, by its place in the list.

    Records that have their shards in the same rows are decoded together, side by side.
    """
    code = ErasureCode(pack.needed, len(pack.nodes))
    alike: dict[tuple[int, ...], list[int]] = {}
    for n, found in shards.items():
        alike.setdefault(tuple(sorted(found)[: pack.needed]), []).append(n)
    data: dict[int, Rows] = {}
    for rows, members in alike.items():
        joined = code.decode({row: np.concatenate([shards[n][row] for n in members]) for row in rows})
        data.update(_apart(joined, placements, members))
    return data


def _encoded(pack: Pack, placements: Sequence[Placement], data: Mapping[int, Rows]) -> dict[int, Rows]:
    """Each record's part of every row, (nodes, width), from its data."""
    if not data:
        return {}
    joined = ErasureCode(pack.needed, len(pack.nodes)).encode(np.concatenate(list(data.values()), axis=1))
    return dict(_apart(joined, placements, list(data)))


def _apart(joined: Rows, placements: Sequence[Placement], members: Sequence[int]) -> Iterator[tuple[int, Rows]]:
    """What belongs to each of these records, of columns that stand side by side."""
    start = 0
    for n in members:
        yield n, joined[:, start : start + placements[n].width]
        start += placements[n].width


def _part(row: Rows | None, placement: Placement, start: int) -> Rows:
    """The record's part of a row that was read from column `start` on; nothing where the row was not read."""
    if row is None:
        return np.empty(0, np.uint8)
    return row[placement.offset - start : placement.offset - start + placement.width]


def _hash(part: Rows) -> bytes:
    return hashlib.sha256(part.data).digest()


def _failed(answers: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(name for name, answer in answers.items() if isinstance(answer, NodeFailed))
