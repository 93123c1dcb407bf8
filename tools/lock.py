"""Write the lock files afresh from requirements*.in and package.json, with hashes and without registry names.

    tools/lock.py [--upgrade]

One Python lock serves 3.11 and 3.12 and every platform. The Node lock names Anvil and forge for four.
A registry that does not serve one of them gives no hash for it, which is said here, and again by set-up on
the machine concerned; running this where the registry is complete adds what is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
PACKAGE_LOCK = ROOT / "package-lock.json"


def lock_python(upgrade: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", UV], check=True)
        for name in ("requirements", "requirements-build", "requirements-slither"):
            print(f"{name}.lock")
            files = (f"{name}.in", "--output-file", f"{name}.lock")
            shape = ("--universal", "--python-version", "3.11", "--generate-hashes")
            header = ("--custom-compile-command", "make lock")
            uv = (Path(folder, "bin", "uv"), "pip", "compile", "--quiet")
            subprocess.run([*uv, *files, *shape, *header, *upgrade], cwd=ROOT, check=True)


def lock_node() -> None:
    print(PACKAGE_LOCK.name)
    if PACKAGE_LOCK.exists():
        lock = json.loads(PACKAGE_LOCK.read_text())
        packages = lock["packages"]
        for place in [place for place, entry in packages.items() if place and "integrity" not in entry]:
            del packages[place]  # so that npm asks for it again
        write(lock)
    npm = ("npm", "install", "--package-lock-only", "--ignore-scripts", "--silent")
    subprocess.run([*npm, "--omit-lockfile-registry-resolved"], cwd=ROOT, check=True)
    lock = json.loads(PACKAGE_LOCK.read_text())
    for name, version in json.loads((ROOT / "package.json").read_text())["optionalDependencies"].items():
        if f"node_modules/{name}" not in lock["packages"]:
            print(f"  without a hash, because this registry does not serve it: {name}")
            lock["packages"][f"node_modules/{name}"] = unseen_package(name, version)
    lock["packages"] = dict(sorted(lock["packages"].items()))
    write(lock)


def unseen_package(name: str, version: str) -> dict[str, Any]:
    """The entry of a platform's package, from its name alone. `npm ci` refuses a lock that lacks one."""
    _, system, machine = name.rsplit("-", 2)
    return {
        "version": version,
        "cpu": [{"amd64": "x64", "arm64": "arm64"}[machine]],
        "optional": True,
        "os": [system],
    }


def write(lock: dict[str, Any]) -> None:
    PACKAGE_LOCK.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    lock_python(sys.argv[1:])
    lock_node()
