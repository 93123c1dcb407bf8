"""Batches made for tests: of invented rows, with a secret that is always the same, and a log around their entries."""

from hashlib import sha256

from carechain.cdisc.strict_json import canonical
from carechain.merkle_log import MerkleTree
from carechain.trials.batch import commit_dataset
from carechain.trials.record_proof import LogPlace
from tests.helpers.rfc9162 import root
from tests.unit.cdisc.cdisc_documents import COLUMNS, dataset_json, dataset_ndjson

SECRET = bytes(range(32))
AUTHOR = "0x" + "a1" * 20
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
NAMES = [column["name"] for column in COLUMNS]


def invented(count):
    """So many rows of invented vital signs."""
    return [
        [
            "STUDY-1",
            number,
            ("Pulse", "Weight", 'said "x", ],[ \\ and Größe')[number % 3],
            number % 97 / 4 if number % 5 else None,
            f"{number % 97}.50",
            f"2024-{number % 12 + 1:02}",
            (True, False, None)[number % 3],
        ]
        for number in range(1, count + 1)
    ]


def dataset(folder, rows, suffix=".json", **changes):
    path = folder / f"vs{suffix}"
    path.write_bytes((dataset_ndjson if suffix == ".ndjson" else dataset_json)(rows, **changes))
    return path


def committed(folder, rows, suffix=".json", **changes):
    """The path of a dataset, and its batch."""
    path = dataset(folder, rows, suffix, **changes)
    return path, commit_dataset(path, folder / "vs.batch", SECRET, workers=1)


def plain_root(description, records, secret=SECRET):
    """The root of a batch, from its definition."""
    forms = [canonical(each, "it") for each in (description, *records)]
    return root([sha256(secret + number.to_bytes(8, "big")).digest() + form for number, form in enumerate(forms)])


def packed(batch, trial=7, kind=0, records=None, root=None):
    """An entry of the log, as the layout says."""
    fields = [(kind, 1), (trial, 8), (3, 4), (int(AUTHOR, 16), 20), (1_700_000_000, 5), (1_690_000_000, 5)]
    fields += [(1_699_999_999, 5), (batch.records if records is None else records, 4)]
    content = b"".join(value.to_bytes(size, "big") for value, size in fields)
    if kind:
        content += (2).to_bytes(8, "big") + b"\5" * 32
    return content + (batch.root if root is None else root)


def logged(entry, index=5, size=9, **changes):
    """The entry in a log of others, as a place, and the root of that log."""
    entries = [b"another %d" % number for number in range(size)]
    entries[index] = entry
    tree = MerkleTree(entries)
    facts = {"chain_id": 31337, "contract": CONTRACT, "trial": 7, "stream": 3}
    facts |= {"entry": entry, "index": index, "size": size, "path": tree.inclusion_proof(index)} | changes
    return LogPlace(**facts), tree.root()
