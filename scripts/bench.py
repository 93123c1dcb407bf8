"""How fast it is: `brownie run bench`, or a part of it by `brownie run bench main <section> …`.

The sections are merkle, encryption, shards, records, gas, supply, trials and claims. Whatever others can do as well is
measured beside ours, on the same data in the same run. Speeds are the median of several repetitions on this machine,
but for supply, trials and claims, which are one run; only gas is the same everywhere. All of it goes into
reports/bench.json, a part into reports/bench-main.json.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eth_utils.address import to_checksum_address

from carechain.chain import Chain, Sender
from carechain.errors import CarechainError
from carechain.fhir.bundle import parse_bundle
from carechain.labelling import Labelling
from carechain.log_entries import OWN_STREAM, LogKind
from carechain.merkle_log import MerkleTree
from carechain.organisations import read_organisations
from carechain.record_log import RecordLog
from carechain.report import reporting
from carechain.vault import encryption
from carechain.vault.catalogue import Catalogue
from carechain.vault.erasure_code import ErasureCode
from carechain.vault.packs import ShardStore
from carechain.vault.storage import Storage, StorageNode
from carechain.vault.vault import Custodian, Vault
from carechain.wallet import Wallet
from scripts import deploy
from scripts.bench_anchors import anchored
from scripts.bench_bundle import bundle_of
from scripts.bench_claims import settled
from scripts.bench_supply import million
from scripts.bench_trials import datasets
from scripts.suite import REPORTS, ROOT, connect, sender

REPETITIONS = 3
NEEDED, NODES = 3, 5
"""Shards that are enough, and all, as in examples/storage.yaml."""
BUSY = 0.5
"""Load, in cores, from which on a machine is not quiet."""
BARE = "AESGCM, one key"


@dataclass(frozen=True)
class Sizes:
    """How much is measured. Batches are numbers of records."""

    leaves: int = 1_000_000
    proofs: int = 2_000
    sealed_bytes: int = 32_000_000
    wrapped_keys: int = 500
    shard_bytes: int = 10_000_000
    batches: tuple[int, ...] = (1, 100, 10_000)
    anchors: int = 16
    bundle_bytes: int = 10_000_000
    units: int = 1_000_000
    trial_records: int = 1_000_000
    claims: int = 10_000


@dataclass(frozen=True)
class Row:
    """One measurement. `of` says what was measured, `beside` has others' values of the same in the same unit."""

    name: str
    value: float
    unit: str
    of: str
    beside: dict[str, float] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        beside = {name: rounded(value) for name, value in self.beside.items()}
        return {"value": rounded(self.value), "unit": self.unit, "of": self.of, "beside": beside}

    def cells(self) -> tuple[str, str, str, str]:
        others = [f"{name} {shown(value)}: {self.value / value:.2g} times" for name, value in self.beside.items()]
        return self.name, f"{shown(self.value)} {self.unit}", "; ".join(others), self.of


def main(*sections: str) -> None:
    """Measures all sections, or those that are named."""
    with reporting("bench", "main", REPORTS) as report:
        unknown = [name for name in sections if name not in SECTIONS]
        if unknown:
            raise CarechainError(f"The section {unknown[0]}", "is not known", f"name some of: {', '.join(SECTIONS)}")
        if not sections:
            report.path = REPORTS / "bench.json"
        rows: list[Row] = []
        report.keep(machine=machine())
        if os.getloadavg()[0] > BUSY:
            report.note("other programs are running on this machine: speeds are lower than they could be")
        for name in sections or tuple(SECTIONS):
            report.say(f"measuring {name} …")
            rows += SECTIONS[name](SIZES)
            report.keep(rows={row.name: row.facts() for row in rows})
        report.table("Measured", ("what", "value", "beside", "of"), [row.cells() for row in rows])
        report.say("On {cpu}, {cores} cores, Python {python}.".format(**machine()))


def machine() -> dict[str, Any]:
    """On what it was measured."""
    model = platform.processor() or platform.machine()
    processors = Path("/proc/cpuinfo")
    if processors.exists():
        named = [line.partition(":")[2].strip() for line in processors.read_text().splitlines() if "model name" in line]
        model = named[0] if named else model
    return {"cpu": model, "python": platform.python_version(), "cores": os.cpu_count()}


def rate(amount: float, work: Callable[[], object]) -> float:
    """The amount a second that the work does."""
    (value,) = rates(amount, work)
    return value


def rates(amount: float, *works: Callable[[], object]) -> list[float]:
    """The amount a second that each of the works does: the median of some repetitions, after one that isn't counted.

    They take turns, so that whatever else the machine does meanwhile slows all of them.
    """
    for work in works:
        work()
    found: list[list[float]] = [[] for _ in works]
    for _ in range(REPETITIONS):
        for work, values in zip(works, found, strict=True):
            began = time.perf_counter()
            work()
            values.append(amount / (time.perf_counter() - began))
    return [statistics.median(values) for values in found]


# ---------------------------------------------------------------------- the Merkle log


def merkle(sizes: Sizes) -> Iterator[Row]:
    """The log's tree beside pymerkle's, each time in a fresh process, in turns."""
    found: dict[str, list[dict[str, float]]] = {"carechain": [], "pymerkle": []}
    for _ in range(REPETITIONS):
        for whose, measured in found.items():
            measured.append(merkle_process(whose, sizes))
    of = f"a tree of {sizes.leaves:,} entries"
    for name, unit, what in (
        ("build", "leaves/s", f"building {of}, with its root"),
        ("memory", "MB", f"the peak of the whole process that builds {of}"),
        ("inclusion", "proofs/s", f"proving entries of {of}"),
        ("verify_inclusion", "proofs/s", "verifying these proofs"),
        ("consistency", "proofs/s", f"proving that {of} goes on from smaller ones"),
        ("verify_consistency", "proofs/s", "verifying these proofs"),
    ):
        ours, peer = (statistics.median(each[name] for each in measured) for measured in found.values())
        yield Row(f"merkle.{name}", ours, unit, what, {"pymerkle": peer})


def merkle_process(whose: str, sizes: Sizes) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.bench_merkle", whose, str(sizes.leaves), str(sizes.proofs)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


# ---------------------------------------------------------------------- encryption


def sealed_records(sizes: Sizes) -> Iterator[Row]:
    """Records of two lengths sealed and opened; and keys wrapped for a holder, which every record needs as well."""
    yield from sealing("1_kB", 1_000, max(1, sizes.sealed_bytes // 1_000))
    yield from sealing("1_MB", 1_000_000, max(1, sizes.sealed_bytes // 1_000_000))
    private, context, number = bytes(31) + b"\x01", bytes(32), sizes.wrapped_keys
    public, key = encryption.public_key_of(private), encryption.new_key()
    wrapped = encryption.wrap(public, key, context)
    yield Row(
        "encryption.wrap",
        rate(number, lambda: [encryption.wrap(public, key, context) for _ in range(number)]),
        "keys/s",
        "wrapping a data key for one holder",
    )
    yield Row(
        "encryption.unwrap",
        rate(number, lambda: [encryption.unwrap(private, wrapped, context) for _ in range(number)]),
        "keys/s",
        "opening a wrapped data key",
    )


def sealing(words: str, length: int, count: int) -> Iterator[Row]:
    """Each record under a key of its own, beside the bare cipher that is set up once and knows its nonce."""
    context, content, megabytes = bytes(32), random.Random(length).randbytes(length), count * length / 1e6
    key, nonce = encryption.new_key(), bytes(encryption.NONCE_BYTES)
    bare = AESGCM(key)
    bare_sealed, sealed = bare.encrypt(nonce, content, context), encryption.seal(key, content, context)
    of = f"{count:,} records of {length:,} bytes"
    ours, peer = rates(
        megabytes,
        lambda: [encryption.seal(encryption.new_key(), content, context) for _ in range(count)],
        lambda: [bare.encrypt(nonce, content, context) for _ in range(count)],
    )
    yield Row(f"encryption.seal_{words}", ours, "MB/s", f"sealing {of}, each under a new key", {BARE: peer})
    ours, peer = rates(
        megabytes,
        lambda: [encryption.unseal(key, sealed, context) for _ in range(count)],
        lambda: [bare.decrypt(nonce, bare_sealed, context) for _ in range(count)],
    )
    yield Row(f"encryption.unseal_{words}", ours, "MB/s", f"opening {of}", {BARE: peer})


# ---------------------------------------------------------------------- shards


def shards(sizes: Sizes) -> Iterator[Row]:
    """The erasure code alone, beside the product of matrices of the library that its field is from; and packs in
    folders of this machine, with their hashes and everything."""
    import galois  # here, as the code does: it takes seconds

    chance = np.random.default_rng(NODES)
    width = sizes.shard_bytes // NEEDED
    megabytes = NEEDED * width / 1e6
    code, field_of = ErasureCode(NEEDED, NODES), galois.GF(2**8, irreducible_poly="x^8 + x^4 + x^3 + x^2 + 1")
    generator = field_of(code.encode(np.eye(NEEDED, dtype=np.uint8)))
    data = chance.integers(0, 256, (NEEDED, width), np.uint8)
    coded = code.encode(data)
    kept = {row: coded[row] for row in range(NODES - NEEDED, NODES)}  # as many data rows are lost as may be
    inverse = np.linalg.inv(generator[list(kept)])
    known = field_of(np.stack(list(kept.values())))
    assert np.array_equal(code.decode(kept), data)
    of = f"of {megabytes:.3g} MB, any {NEEDED} of {NODES} rows enough"
    ours, peer = rates(megabytes, lambda: code.encode(data), lambda: generator[NEEDED:] @ data.view(field_of))
    yield Row("shards.encode", ours, "MB/s", f"the erasure code {of}", {"galois": peer})
    ours, peer = rates(megabytes, lambda: code.decode(kept), lambda: inverse[: NODES - NEEDED] @ known)
    lost = f"the data {of}, {NODES - NEEDED} data rows being lost"
    yield Row("shards.decode", ours, "MB/s", lost, {"galois": peer})
    with tempfile.TemporaryDirectory() as folder:
        yield from packs(sizes, Path(folder))


def packs(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """A pack of records of 1 kB, in a folder for each node."""
    nodes = [StorageNode(f"n{number}", (folder / str(number)).as_uri(), {}, 30) for number in range(NODES)]
    storage = Storage(NEEDED, nodes)
    store = ShardStore(storage)
    items = [random.Random(number).randbytes(1_000) for number in range(sizes.shard_bytes // 1_000)]
    megabytes = len(items) / 1e3
    plan = store.plan(items)
    pack, placements = plan.pack, plan.placements
    of = f"{len(items):,} records of 1 kB in one pack"

    def write() -> None:
        assert store.write(store.plan(items)) == ()

    def read() -> None:
        assert list(store.read_many(pack, placements).items) == items

    def lose_and(work: Callable[[], None]) -> Callable[[], None]:
        def lost() -> None:
            for name in pack.nodes[: NODES - NEEDED]:
                storage.nodes[name].delete(pack.id)
            work()

        return lost

    def repair() -> None:
        assert len(store.repair(pack, placements).repaired) == NODES - NEEDED

    yield Row("shards.write", rate(megabytes, write), "MB/s", f"{of}: encoding, hashing, writing to {NODES} folders")
    store.write(plan)
    yield Row("shards.read", rate(megabytes, read), "MB/s", f"{of}: reading and comparing hashes")
    lost = f"{of}, {NODES - NEEDED} nodes having lost theirs"
    yield Row("shards.repair", rate(megabytes, lose_and(repair)), "MB/s", f"{lost}: finding and writing them anew")
    yield Row("shards.read_degraded", rate(megabytes, lose_and(read)), "MB/s", f"{lost}: reading without them")


# ---------------------------------------------------------------------- on the chain


def records(sizes: Sizes) -> Iterator[Row]:
    """A bundle taken in, time and again, into a vault of its own."""
    chain = connect()
    operator = deployed(chain)
    labelling = Labelling.load(ROOT / "examples" / "labelling.yaml")
    content = bundle_of(sizes.bundle_bytes, NODES)
    took = []
    for _ in range(REPETITIONS):
        with tempfile.TemporaryDirectory() as folder:
            vault = vault_in(Path(folder), chain, operator)
            took.append(ingest(vault, content, labelling))
            vault.catalogue.close()
    number = took[0].records
    of = f"{number:,} records from a FHIR bundle of {len(content) / 1e6:.3g} MB"
    whole = statistics.median(sum(each.seconds) for each in took)
    yield Row(
        "records.ingest",
        number / whole,
        "records/s",
        f"{of}: read and labelled, sealed, wrapped for two, spread over {NODES} folders, anchored",
    )
    for position, (name, what) in enumerate(
        (
            ("read", "reading and labelling"),
            ("store", "own work of sealing, wrapping, spreading and entering"),
            ("anchor", "the chain's time: sending, mining and finding the entry again"),
        )
    ):
        yield Row(f"records.{name}", statistics.median(each.seconds[position] for each in took), "s", f"{of}: {what}")


@dataclass(frozen=True)
class Ingested:
    """How many records, and the seconds that reading, storing and anchoring them took."""

    records: int
    seconds: tuple[float, float, float]


def ingest(vault: Vault, content: bytes, labelling: Labelling) -> Ingested:
    """The work of `brownie run records ingest` on the bytes of a file."""
    began = time.perf_counter()
    bundle = parse_bundle(content, "bundle.json", labelling)
    read = time.perf_counter()
    with vault.catalogue.writing():
        key = Wallet(bytes(32)).key("records").key
        patient = vault.enrol(bundle.patient, encryption.public_key_of(bytes(key)))
        stored = vault.store(patient, bundle.records, {})
        entered = time.perf_counter()
        vault.anchor(LogKind.RECORDS, "anchor records")
    anchored = time.perf_counter()
    assert stored.new == len(bundle.records)
    return Ingested(stored.new, (read - began, entered - read, anchored - entered))


def vault_in(folder: Path, chain: Chain, operator: Sender) -> Vault:
    """An empty vault of the first organisation, with a folder for each of its nodes."""
    nodes = [StorageNode(f"n{number}", (folder / str(number)).as_uri(), {}, 30) for number in range(NODES)]
    custodian = Custodian(1, Wallet(bytes(32)).key("encryption"), operator)
    return Vault(Catalogue(folder / "vault"), ShardStore(Storage(NEEDED, nodes)), RecordLog(chain), custodian)


def gas(sizes: Sizes) -> Iterator[Row]:
    """What a record costs on chain by the size of its batch: the transaction is the same, so it is divided."""
    chain = connect()
    operator = deployed(chain)
    registry = chain.contract("RecordRegistry").functions
    chance = random.Random(0)

    def call(count: int) -> Any:
        # Every batch is another: writing what is there already would cost less.
        root = MerkleTree(chance.randbytes(32) for _ in range(count)).root()
        return registry.anchorRecords(OWN_STREAM, 0, count, root)

    # The first entries of a log fill slots that were empty, once.
    first = registry.multicall([call(1)._encode_transaction_data() for _ in range(128)])
    chain.send(first, operator, "the first entries")
    for count in sizes.batches:
        spent = statistics.mean(chain.send(call(count), operator, "anchor").gas for _ in range(sizes.anchors))
        what = f"a record in a batch of {count:,}: mean of {sizes.anchors} anchorings of {spent:,.0f} gas"
        yield Row(f"gas.record_of_{count}", spent / count, "gas", what)


def supply(sizes: Sizes) -> Iterator[Row]:
    """A lot of medicine from its serial numbers to its recall: seconds of each step, and gas where it is on chain."""
    for step in million(connect(), sizes.units):
        name = f"supply.{step.name}"
        where = f" in {step.transactions:,} transactions" if step.transactions else ""
        yield Row(name, step.seconds, "s", step.said + where)
        if step.gas:
            yield Row(f"{name}_gas", step.gas, "gas", step.said + where)


def trials(sizes: Sizes) -> Iterator[Row]:
    """A dataset of a trial: read, committed to, proven and checked; and what a record costs on chain."""
    for each in datasets(sizes.trial_records):
        yield Row(f"trials.{each.name}", each.value, each.unit, each.of, each.beside)
    chain = connect()
    deployed(chain)
    for count, spent in anchored(chain, (1, 1_000, 1_000_000), sizes.anchors):
        what = f"a record in a batch of {count:,}: mean of {sizes.anchors} anchorings of {spent:,.0f} gas"
        yield Row(f"trials.gas_of_record_of_{count}", spent / count, "gas", what)


def claims(sizes: Sizes) -> Iterator[Row]:
    """Claims from X12 837 files: read, coded, sent and settled; gas and memory; the reference adjudicator beside it."""
    chain = connect()
    deployed(chain)
    for each in settled(chain, sizes.claims):
        yield Row(f"claims.{each.name}", each.value, each.unit, each.of)


def deployed(chain: Chain) -> Sender:
    """The suite with the organisations of examples/, on a local chain; gives the operator of the first."""
    owner = sender(chain)
    founders = read_organisations(str(deploy.LOCAL_FOUNDERS), chain)
    deploy.deploy(chain, owner, deploy.local_governance(chain), founders)
    return to_checksum_address(founders[0].operator)


def rounded(value: float) -> float:
    """To four digits: no speed is steadier."""
    return float(f"{value:.4g}")


def shown(value: float) -> str:
    return f"{rounded(value):,.10g}"


SECTIONS: dict[str, Callable[[Sizes], Iterator[Row]]] = {
    "merkle": merkle,
    "encryption": sealed_records,
    "shards": shards,
    "records": records,
    "gas": gas,
    "supply": supply,
    "trials": trials,
    "claims": claims,
}
SIZES = Sizes()
