"""Set the project up: Python and Node packages, compiler, chains, Solidity libraries. Standard library only.

    tools/setup [slither]        set up what is missing or out of date
    tools/setup.py --is-done     exit code 0 if there is nothing to do; made to be quick

Everything lands in the project (.venv/, node_modules/), except for the two Solidity libraries, which Brownie
looks for in ~/.brownie/packages. There, versioned folders are added and nothing that exists is ever changed.
Every part carries a stamp, written last, so a set-up that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SLITHER_VENV = ROOT / ".venv-slither"
NODE_MODULES = ROOT / "node_modules"
LOG = ROOT / "reports" / "setup.log"
STAMP = ".carechain-setup"

BUILD_LOCK = ROOT / "requirements-build.lock"  # pip, setuptools, wheel: for the few packages without wheels
NODE_MINIMUM = 20

PYTHON_INPUTS = (BUILD_LOCK, ROOT / "requirements.lock", ROOT / "tools" / "setup.py")
SLITHER_INPUTS = (BUILD_LOCK, ROOT / "requirements-slither.lock")
NODE_INPUTS = (ROOT / "package.json", ROOT / "package-lock.json")
LINK_INPUTS = (
    *PYTHON_INPUTS,
    *NODE_INPUTS,
    ROOT / "tools" / "venv_bootstrap.py",
    ROOT / "tools" / "solidity_packages.json",
)


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do."""


def stamp_of(inputs: tuple[Path, ...]) -> str:
    """A hash of all that decides whether a part must be made again: inputs, interpreter, machine, place."""
    digest = hashlib.sha256()
    for fact in (platform.system(), platform.machine(), platform.python_version(), str(ROOT)):
        digest.update(fact.encode() + b"\0")
    for path in inputs:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_stamped(folder: Path, inputs: tuple[Path, ...], name: str = STAMP) -> bool:
    try:
        return (folder / name).read_text() == stamp_of(inputs)
    except FileNotFoundError:
        return False


def write_stamp(folder: Path, inputs: tuple[Path, ...], name: str = STAMP) -> None:
    (folder / name).write_text(stamp_of(inputs))


def is_done(with_slither: bool) -> bool:
    return (
        is_stamped(VENV, PYTHON_INPUTS)
        and is_stamped(NODE_MODULES, NODE_INPUTS)
        and is_stamped(VENV, LINK_INPUTS, STAMP + "-links")
        and all(package.installed.is_dir() for package in solidity_packages())
        and (not with_slither or is_stamped(SLITHER_VENV, SLITHER_INPUTS))
    )


def call(*command: str | Path) -> None:
    """Runs a command with its output in the log. Raises SetupError when it fails."""
    # Neither another Python's settings nor a pip that was told to install elsewhere may miss the project.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {
        "PIP_USER": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "npm_config_update_notifier": "false",
    }
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        finished = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
    if finished.returncode != 0:
        errors = [line for line in LOG.read_text(errors="replace").splitlines() if "error" in line.lower()]
        raise SetupError(
            f"{Path(command[0]).name} failed with exit code {finished.returncode}"
            f"{': ' + errors[-1].strip() if errors else ''}\n"
            f"The whole story is in {LOG.relative_to(ROOT)}. Mend the cause (often the network) and repeat."
        )


def node_version() -> str:
    """The version of Node, without its v. Raises SetupError when Node or npm is missing or too old."""
    wanted = f"Carechain needs Node {NODE_MINIMUM} or newer with npm (https://nodejs.org)"
    if not shutil.which("npm") or not shutil.which("node"):
        raise SetupError(f"{wanted}, and found no {'node' if shutil.which('npm') else 'npm'} on PATH.")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < NODE_MINIMUM:
        raise SetupError(f"{wanted}, and found {version}.")
    return version.lstrip("v")


def make_environment(folder: Path, lock: Path, inputs: tuple[Path, ...]) -> None:
    """Makes a virtual environment afresh: one that was left half-made cannot be trusted."""
    shutil.rmtree(folder, ignore_errors=True)
    call(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--require-hashes", "--no-deps", "--requirement")
    call(*pip, BUILD_LOCK)
    # Without isolation packages are built by the locked setuptools, not by the newest.
    call(*pip, lock, "--no-build-isolation")
    if folder == VENV:
        keep_brownie_in_python(site_packages(folder))
    write_stamp(folder, inputs)


def site_packages(folder: Path) -> Path:
    return next(folder.glob("lib/python3.*/site-packages"))


def keep_brownie_in_python(packages: Path) -> None:
    """Deletes the compiled modules of Brownie, and only of Brownie, so that the sources beside them are used.

    Compiled by mypyc, they raise TypeError where the sources accept legal input: `development: cmd_settings:`
    in brownie-config.yaml, stateful tests, deployments to live networks (in a thread: the exit code stays 0).
    """
    record = next(packages.glob("eth_brownie-*.dist-info")) / "RECORD"
    with record.open(newline="") as lines:
        for name, *_ in csv.reader(lines):
            if name.endswith(".so"):
                (packages / name).unlink()


def install_node_packages() -> None:
    # No package of ours needs its install script, so none may run one.
    call("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    write_stamp(NODE_MODULES, NODE_INPUTS)


def native_program(name: str) -> Path:
    """The native program of a Foundry package: the npm wrapper around it loses exit codes.

    Raises SetupError when npm installed none for this machine.
    """
    system = platform.system().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine().lower())
    program = NODE_MODULES / "@foundry-rs" / f"{name}-{system}-{machine}" / "bin" / name
    if not program.exists():
        raise SetupError(
            f"npm installed no {name} for {system}-{machine}. package.json names it for Linux and macOS, "
            f"amd64 and arm64 (optionalDependencies); there, {LOG.relative_to(ROOT)} says what npm did."
        )
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    if "integrity" not in locked[f"node_modules/@foundry-rs/{name}-{system}-{machine}"]:
        print(f"\n    {name} for this machine is pinned by version only; make lock adds its hash", end=" ")
    return program


def link_tools() -> None:
    """Puts the chains and the compiler where Brownie's environment looks for them."""
    packages = site_packages(VENV)
    shutil.copyfile(ROOT / "tools" / "venv_bootstrap.py", packages / "carechain_bootstrap.py")
    (packages / "carechain_bootstrap.pth").write_text("import carechain_bootstrap\n")
    command = VENV / "bin" / "brownie"
    start = command.read_text()
    command.write_text(
        start.replace("from brownie._cli.__main__ import main", "from carechain_bootstrap import brownie as main")
    )

    version = json.loads((NODE_MODULES / "solc" / "package.json").read_text())["version"]
    (VENV / "solcx").mkdir(exist_ok=True)
    link(VENV / "bin" / "anvil", native_program("anvil"))
    link(VENV / "bin" / "forge", native_program("forge"))
    link(VENV / "bin" / "ganache", NODE_MODULES / ".bin" / "ganache")
    link(VENV / "bin" / "solc", ROOT / "tools" / "solc")
    link(VENV / "solcx" / f"solc-v{version}", ROOT / "tools" / "solc")
    for package in solidity_packages():
        package.install()
    write_stamp(VENV, LINK_INPUTS, STAMP + "-links")


def link(place: Path, target: Path) -> None:
    place.unlink(missing_ok=True)
    place.symlink_to(os.path.relpath(target, place.parent))


class SolidityPackage:
    """An npm package of Solidity sources that Brownie is to find among its own packages."""

    def __init__(self, entry: dict[str, str], version: str) -> None:
        self.version = version
        self.source = NODE_MODULES / entry["npm"] / entry["npmFolder"]
        self.installed = Path.home() / ".brownie" / "packages" / f"{entry['brownie']}@{version}"
        self.folder = entry["brownieFolder"]

    def install(self) -> None:
        """Copies the sources unless they are there. Raises SetupError when others are in their place."""
        if self.installed.is_dir():
            self._compare()
            return
        parent = self.installed.parent
        parent.mkdir(parents=True, exist_ok=True)
        partial = parent / f".{self.installed.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)  # of a set-up that was interrupted
        for source in self._sources():
            copy = partial / self.folder / source.relative_to(self.source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        partial.rename(self.installed)

    def _compare(self) -> None:
        for source in self._sources():
            theirs = self.installed / self.folder / source.relative_to(self.source)
            if not theirs.is_file() or theirs.read_bytes() != source.read_bytes():
                file = theirs.relative_to(self.installed)
                fault = "differs from that of" if theirs.is_file() else "is missing, unlike in"
                raise SetupError(
                    f"{self.installed} was there already, and its\n{file} {fault} "
                    f"the npm release {self.version} to which this project is pinned.\n"
                    "It is yours, so set-up leaves it alone. Rename that folder and run this again."
                )

    def _sources(self) -> list[Path]:
        return sorted(self.source.rglob("*.sol"))


def solidity_packages() -> list[SolidityPackage]:
    entries = json.loads((ROOT / "tools" / "solidity_packages.json").read_text())
    versions = json.loads((ROOT / "package.json").read_text())["dependencies"]
    return [SolidityPackage(entry, versions[entry["npm"]]) for entry in entries]


def step(title: str, work: Callable[[], None]) -> None:
    print(f"  {title} ".ljust(58, "."), end=" ", flush=True)
    started = time.monotonic()
    try:
        work()
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - started:.0f} s", flush=True)


def set_up(with_slither: bool) -> None:
    node = node_version()
    print("Setting up (needed once, and after a change of the pinned packages)", flush=True)
    if not is_stamped(VENV, PYTHON_INPUTS):
        step(
            f"Python {platform.python_version()} packages in .venv",
            lambda: make_environment(VENV, ROOT / "requirements.lock", PYTHON_INPUTS),
        )
    if not is_stamped(NODE_MODULES, NODE_INPUTS):
        step(f"Node {node} packages in node_modules", install_node_packages)
    step("Compiler, chains and Solidity libraries", link_tools)
    if with_slither and not is_stamped(SLITHER_VENV, SLITHER_INPUTS):
        step(
            "Slither in .venv-slither",
            lambda: make_environment(SLITHER_VENV, ROOT / "requirements-slither.lock", SLITHER_INPUTS),
        )
    print("Ready.\n", flush=True)


def main(arguments: list[str]) -> int:
    with_slither = "slither" in arguments
    if "--is-done" in arguments:
        return 0 if is_done(with_slither) else 1
    try:
        with Path(__file__).open() as own:
            fcntl.flock(own, fcntl.LOCK_EX)  # two commands at once: the second waits and finds it done
            if not is_done(with_slither):
                LOG.parent.mkdir(exist_ok=True)
                LOG.write_text("")
                set_up(with_slither)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
