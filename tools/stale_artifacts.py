"""Remove the compiled artifacts that no longer belong to the sources.

Brownie compiles a contract again when its own file changed, but not when only an interface, struct or packed
type that it imports did; and it stops with a traceback when a source that an artifact names was moved. So the
artifacts of every file that changed, or that imports a changed one at any remove, are deleted before Brownie
looks at them.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath

SOURCE_FOLDERS = ("contracts", "interfaces")
# What changes the bytecode of every contract. The compiler's own version stands in the first.
COMPILER_INPUTS = ("brownie-config.yaml", "package.json", "tools/solc", "tools/solidity_packages.json")
IMPORT = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']""", re.MULTILINE)


def remove_stale(root: Path) -> list[str]:
    """Deletes the artifacts in build/ whose sources changed since the last call. Returns those sources."""
    hashes = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in SOURCE_FOLDERS
        for path in sorted((root / folder).rglob("*.sol"))
    }
    compiler = hashlib.sha256(b"\0".join((root / name).read_bytes() for name in COMPILER_INPUTS)).hexdigest()
    record = root / "build" / "sources.json"
    known = json.loads(record.read_text()) if record.exists() else {}

    before = known.get("sources", {})
    if known.get("compiler") == compiler:
        changed = {name for name in hashes.keys() | before.keys() if hashes.get(name) != before.get(name)}
    else:
        changed = set(hashes.keys() | before.keys())
    stale = with_importers(root, changed, list(hashes))
    for path in [
        *(root / "build" / "contracts").glob("*.json"),
        *(root / "build" / "interfaces").glob("*.json"),
    ]:
        artifact = json.loads(path.read_text()) if stale else {}
        if {artifact.get("sourcePath"), (artifact.get("ast") or {}).get("absolutePath")} & stale:
            path.unlink()

    record.parent.mkdir(exist_ok=True)
    record.write_text(json.dumps({"compiler": compiler, "sources": hashes}, indent=2) + "\n")
    return sorted(stale)


def with_importers(root: Path, changed: set[str], sources: list[str]) -> set[str]:
    """The changed files and all that import one of them, directly or through others."""
    imports = {name: imported_by(root, name) for name in sources}
    stale = set(changed)
    while more := {name for name, found in imports.items() if name not in stale and found & stale}:
        stale |= more
    return stale


def imported_by(root: Path, name: str) -> set[str]:
    """The project's own files that a file imports, by their paths from the root."""
    found = set()
    for target in IMPORT.findall((root / name).read_text(encoding="utf-8")):
        if target.startswith("."):
            parts: list[str] = []
            for part in (PurePosixPath(name).parent / target).parts:
                if part == ".." and parts:
                    parts.pop()
                elif part != ".":
                    parts.append(part)
            found.add("/".join(parts))
    return found
