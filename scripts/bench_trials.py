"""The benchmark's part about datasets of trials: a million vital signs read, committed to, proven and checked.

    python -m scripts.bench_trials 1000000

says the same alone. Committing runs in a process of its own, so that its memory is told apart from the benchmark's.
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rfc8785

from carechain.cdisc.pieces import DatasetFile
from carechain.cdisc.reading import records
from carechain.cdisc.rows import RowReader, canonical
from carechain.merkle_log import MerkleTree
from carechain.trials.batch import commit_dataset, leaves_of
from carechain.trials.batch_check import check_dataset
from carechain.trials.batch_file import BLOCK, BatchFile
from carechain.trials.record_proof import LogPlace, RecordProof, verify_record

ROOT = Path(__file__).resolve().parents[1]
SECRET = bytes(32)
PROOFS = 200
LIBRARY_ROWS = 20_000
"""Rows that the library beside ours writes: it takes long."""
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
TESTS = (
    ("SYSBP", "Systolic Blood Pressure", "mmHg", "VITAL SIGNS"),
    ("DIABP", "Diastolic Blood Pressure", "mmHg", "VITAL SIGNS"),
    ("PULSE", "Pulse Rate", "beats/min", "VITAL SIGNS"),
    ("TEMP", "Temperature", "C", "VITAL SIGNS"),
    ("WEIGHT", "Weight", "kg", "BODY MEASUREMENT"),
)
COLUMNS: tuple[tuple[str, str, int | None], ...] = (
    ("STUDYID", "string", 12),
    ("DOMAIN", "string", 2),
    ("USUBJID", "string", 20),
    ("VSSEQ", "integer", None),
    ("VSTESTCD", "string", 8),
    ("VSTEST", "string", 40),
    ("VSCAT", "string", 40),
    ("VSPOS", "string", 20),
    ("VSORRES", "string", 20),
    ("VSORRESU", "string", 20),
    ("VSSTRESC", "string", 20),
    ("VSSTRESN", "float", None),
    ("VSSTRESU", "string", 20),
    ("VSSTAT", "string", 8),
    ("VSLOC", "string", 20),
    ("VSLOBXFL", "string", 1),
    ("VSREPNUM", "integer", None),
    ("VISITNUM", "float", None),
    ("VISIT", "string", 40),
    ("EPOCH", "string", 20),
    ("VSDTC", "datetime", None),
    ("VSDY", "integer", None),
)


@dataclass(frozen=True)
class Measured:
    """One measurement. `of` says what was measured, `beside` has others' values of the same in the same unit."""

    name: str
    value: float
    unit: str
    of: str
    beside: dict[str, float] = field(default_factory=dict)


def datasets(count: int) -> Iterator[Measured]:
    """All that is measured of a dataset of so many records, as NDJSON and as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        lines, document = Path(folder, "vs.ndjson"), Path(folder, "vs.json")
        write_datasets(lines, document, count)
        of = f"{count:,} records of {len(COLUMNS)} columns, {lines.stat().st_size / count:.0f} bytes each"
        for path, name in ((lines, "ndjson"), (document, "json")):
            batch_path = Path(folder, f"{name}.batch")
            done = in_a_process(path, batch_path, os.cpu_count() or 1)
            yield Measured(f"commit_{name}", count / done["seconds"], "records/s", f"{of}: read, checked, hashed")
            yield Measured(f"cpu_{name}", done["cpu"] / count * 1e6, "µs", f"{of}: time of all processors for each")
            yield Measured(f"memory_{name}", done["megabytes"], "MB", f"{of}: peaks of all processes together")
        with BatchFile.open(Path(folder, "json.batch")) as batch:
            size = batch.path.stat().st_size / count
            yield Measured("batch_file", size, "bytes", f"a record in the file of a batch of {count:,}")
            yield from _proofs(batch, document)
            began = time.perf_counter()
            found = check_dataset(document, batch)
            assert found.same_values, [*found.sentences()]
            yield Measured("check", count / (time.perf_counter() - began), "records/s", f"{of}: compared")
        done = in_a_process(lines, Path(folder, "one.batch"), 1)
        yield Measured("one_process", count / done["seconds"], "records/s", f"{of}: committed to by one process")
        yield from _parts(lines, min(count, 100 * BLOCK))


def _proofs(batch: BatchFile, path: Path) -> Iterator[Measured]:
    """One record after the other, proven and verified in a log of a thousand entries."""
    entry = (0).to_bytes(48, "big") + batch.records.to_bytes(4, "big") + batch.root
    tree = MerkleTree([*(b"%d" % number for number in range(999)), entry])
    log = LogPlace(31337, CONTRACT, 0, 0, entry, 999, 1_000, tree.inclusion_proof(999))
    proving, verifying = [], []
    first = [record for record, _ in zip(records(path), range(PROOFS), strict=False)]
    for number, record in enumerate(first, 1):
        began = time.perf_counter()
        proof = RecordProof.of(batch, number, log)
        proving.append(time.perf_counter() - began)
        began = time.perf_counter()
        verify_record(record, proof, tree.root())
        verifying.append(time.perf_counter() - began)
    of = f"one record of {batch.records:,}; the slowest"
    yield Measured("prove", statistics.median(proving) * 1e3, "ms", f"{of} {max(proving) * 1e3:.2f} ms")
    yield Measured("verify", statistics.median(verifying) * 1e3, "ms", f"{of} {max(verifying) * 1e3:.2f} ms")


def _parts(path: Path, count: int) -> Iterator[Measured]:
    """What bounds it: each part alone, in one process."""

    def timed(work: Callable[[], Any]) -> tuple[float, Any]:
        began = time.perf_counter()
        found = work()
        return count / (time.perf_counter() - began), found

    def split() -> Any:
        with DatasetFile.open(path) as dataset:
            found = []
            for piece in dataset.pieces(BLOCK, BLOCK):
                found.append(piece)
                if piece.first + piece.count > count:
                    break
            return RowReader(dataset.layout, dataset.name), found

    of = f"{count:,} records, by one process"
    speed, (reader, pieces) = timed(split)
    yield Measured("split", speed, "records/s", f"reading the file and its hash, and parting {of}")
    speed, columns = timed(lambda: [reader.columns(piece) for piece in pieces])
    yield Measured("parse", speed, "records/s", f"parsing and checking {of}")
    rows = [list(zip(*each, strict=True)) for each in columns]
    speed, forms = timed(lambda: [[canonical(row) for row in block] for block in rows])
    few = [row for row in records(path) if row[3] <= 5][:LIBRARY_ROWS]
    began = time.perf_counter()
    for row in few:
        rfc8785.dumps(row)
    library = len(few) / (time.perf_counter() - began)
    yield Measured("encode", speed, "records/s", f"writing {of}, by RFC 8785", {"rfc8785": library})
    speed, _ = timed(lambda: [leaves_of(block, 1, SECRET) for block in forms])
    yield Measured("hash", speed, "records/s", f"the salts and leaf hashes of {of}")


def write_datasets(lines: Path, document: Path, count: int) -> None:
    """The same invented vital signs as NDJSON and as JSON."""
    metadata = {
        "datasetJSONCreationDateTime": "2024-06-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "studyOID": "S.BENCH",
        "itemGroupOID": "IG.VS",
        "records": count,
        "name": "VS",
        "label": "Vital Signs",
        "columns": [
            {"itemOID": f"IT.VS.{name}", "name": name, "label": name, "dataType": kind}
            | ({} if length is None else {"length": length})
            for name, kind, length in COLUMNS
        ],
    }
    head = json.dumps(metadata, separators=(",", ":"))
    chance = random.Random(1)
    with lines.open("w") as ndjson, document.open("w") as whole:
        ndjson.write(f"{head}\n")
        whole.write(f'{head[:-1]},"rows":[')
        for number in range(count):
            text = json.dumps(vital_sign(number, chance), separators=(",", ":"))
            ndjson.write(f"{text}\n")
            whole.write(f",{text}" if number else text)
        whole.write("]}")


def vital_sign(number: int, chance: random.Random) -> list[Any]:
    """One invented result. Two of five have a fraction, as in real data."""
    code, test, unit, category = TESTS[number % 5]
    subject, visit = divmod(number // 5, 12)
    value: float = chance.randrange(600, 1500) / 10 if code in ("TEMP", "WEIGHT") else chance.randrange(50, 160)
    day = f"2024-{visit + 1:02}-{subject % 28 + 1:02}T{8 + number % 9:02}:{number % 60:02}"
    text = f"{value:g}"
    return [
        *(
            "BENCH-01",
            "VS",
            f"BENCH-01-{subject:07}",
            number % 60 + 1,
            code,
            test,
            category,
            "SITTING",
            text,
            unit,
            text,
        ),
        *(value, unit, "", "ARM", "Y" if visit == 0 else "", None, visit + 1, f"VISIT {visit + 1}", "TREATMENT", day),
        visit * 28 + 1,
    ]


def in_a_process(path: Path, batch_path: Path, workers: int) -> dict[str, float]:
    """The seconds, those of all processors, and the megabytes of all processes together, that committing takes."""
    command = [sys.executable, "-m", "scripts.bench_trials", str(path), str(batch_path), str(workers)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def commit(path: Path, batch_path: Path, workers: int) -> None:
    """The process that commits. The peaks of its own processes are at most as often that of the largest."""
    began = time.perf_counter()
    commit_dataset(path, batch_path, SECRET, workers).close()
    seconds = time.perf_counter() - began
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    megabytes = (own.ru_maxrss + workers * others.ru_maxrss) / (1e6 if sys.platform == "darwin" else 1e3)
    processors = sum(each.ru_utime + each.ru_stime for each in (own, others))
    print(json.dumps({"seconds": seconds, "cpu": processors, "megabytes": megabytes}))


if __name__ == "__main__":
    if len(sys.argv) == 4:
        commit(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    else:
        for each in datasets(int(sys.argv[1])):
            peers = "".join(f", {name} {value:,.4g}" for name, value in each.beside.items())
            print(f"{each.name:14} {each.value:12,.4g} {each.unit:10} {each.of}{peers}", flush=True)
