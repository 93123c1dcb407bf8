"""One Merkle tree measured in a process of its own, so that its peak memory is nobody else's.

    python -m scripts.bench_merkle carechain|pymerkle <leaves> <proofs>

prints JSON: rates a second, and the peak of the resident memory in MB. `scripts.bench` runs it.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def entries(number: int) -> Iterator[bytes]:
    """The same stream for whoever is measured: 32 bytes each, as the commitments of records have."""
    return (index.to_bytes(32, "big") for index in range(number))


def main(whose: str, leaves: int, proofs: int) -> dict[str, float]:
    """Builds, proves and verifies at random places; every proof is verified, and has to hold."""
    began = time.perf_counter()
    tree = {"carechain": Ours, "pymerkle": Pymerkle}[whose](leaves)
    measured = {"build": leaves / (time.perf_counter() - began), "memory": peak_memory()}
    chance = random.Random(leaves)
    indices = [chance.randrange(leaves) for _ in range(proofs)]
    sizes = [chance.randrange(1, leaves) for _ in range(proofs)]
    for name, places in (("inclusion", indices), ("consistency", sizes)):
        made, seconds = timed(getattr(tree, name), places)
        measured[name] = proofs / seconds
        claims = list(zip(places, made, getattr(tree, f"{name}_of")(places), strict=True))
        answers, seconds = timed(getattr(tree, f"verify_{name}"), claims)
        assert all(answers)
        measured[f"verify_{name}"] = proofs / seconds
    return measured


class Ours:
    """carechain.merkle_log."""

    def __init__(self, leaves: int) -> None:
        from carechain import merkle_log

        self.log = merkle_log
        self.tree = merkle_log.MerkleTree(entries(leaves))
        self.size, self.root = leaves, self.tree.root()

    def inclusion(self, index: int) -> Any:
        return self.tree.inclusion_proof(index)

    def inclusion_of(self, indices: list[int]) -> list[bytes]:
        return [self.tree.leaf(index) for index in indices]

    def verify_inclusion(self, claim: Any) -> bool:
        index, proof, leaf = claim
        return self.log.verify_inclusion(leaf, index, self.size, proof, self.root)

    def consistency(self, size: int) -> Any:
        return self.tree.consistency_proof(size)

    def consistency_of(self, sizes: list[int]) -> list[bytes]:
        return [self.tree.root(size) for size in sizes]

    def verify_consistency(self, claim: Any) -> bool:
        size, proof, root = claim
        return self.log.verify_consistency(size, root, self.size, self.root, proof)


class Pymerkle:
    """pymerkle.InmemoryTree, which counts leaves from 1 and raises for a proof that does not hold."""

    def __init__(self, leaves: int) -> None:
        import pymerkle

        self.log = pymerkle
        self.tree = pymerkle.InmemoryTree.init_from_entries(entries(leaves))
        self.size, self.root = leaves, self.tree.get_root()

    def inclusion(self, index: int) -> Any:
        return self.tree.prove_inclusion(index + 1)

    def inclusion_of(self, indices: list[int]) -> list[bytes]:
        return [self.tree.get_leaf(index + 1) for index in indices]

    def verify_inclusion(self, claim: Any) -> bool:
        index, proof, leaf = claim
        self.log.verify_inclusion(leaf, self.root, proof, index + 1, self.size)
        return True

    def consistency(self, size: int) -> Any:
        return self.tree.prove_consistency(size)

    def consistency_of(self, sizes: list[int]) -> list[bytes]:
        return [self.tree.get_root(size) for size in sizes]

    def verify_consistency(self, claim: Any) -> bool:
        size, proof, root = claim
        self.log.verify_consistency(root, self.root, proof, size, self.size)
        return True


def timed(work: Callable[[Any], Any], items: list[Any]) -> tuple[list[Any], float]:
    began = time.perf_counter()
    results = [work(item) for item in items]
    return results, time.perf_counter() - began


def peak_memory() -> float:
    """The most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the process that started this one
        (line,) = (line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
