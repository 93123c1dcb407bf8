"""Print the deployed size of every contract of the suite; exit code 1 when one reaches the limit.

Reads Brownie's artifacts in build/contracts, so compile first. Mocks are left out: they are never deployed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 20_000  # bytes; the chain's own limit (EIP-170) is 24,576, and the rest is room for corrections


def deployed_sizes(artifacts: Path) -> dict[str, int]:
    """Bytes of runtime code by contract name, largest first.

    Libraries (compiled into the contracts) and abstract contracts (without code of their own) are left out.
    """
    sizes = {}
    for path in artifacts.glob("*.json"):
        artifact = json.loads(path.read_text())
        source = artifact["sourcePath"]
        own = source.startswith("contracts/") and not source.startswith("contracts/mocks/")
        if own and artifact["type"] == "contract" and artifact["deployedBytecode"]:
            sizes[artifact["contractName"]] = len(artifact["deployedBytecode"]) // 2
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def main() -> int:
    sizes = deployed_sizes(ROOT / "build" / "contracts")
    if not sizes:
        print('build/contracts holds no compiled contract; run "make compile".', file=sys.stderr)
        return 1
    width = max(map(len, sizes))
    print(f"{'contract':<{width}}  {'bytes':>7}  {'of limit':>8}")
    for name, size in sizes.items():
        print(f"{name:<{width}}  {size:>7,}  {size / LIMIT:>8.1%}{'  too large' if size >= LIMIT else ''}")
    return 1 if max(sizes.values()) >= LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
