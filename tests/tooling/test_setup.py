"""tools/setup.py: it only adds to the user's home, and knows when it has nothing to do."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """tools/setup.py as a module, in a home where Brownie was used before."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".brownie"
    for name, content in {
        "network-config.yaml": "live: []\ndevelopment: []\n",
        "accounts/wallet.json": "{}",
        "packages/OpenZeppelin/openzeppelin-contracts@4.9.6/contracts/Old.sol": "contract Old {}\n",
        "packages/smartcontractkit/chainlink@1.0.0/Feed.sol": "contract Feed {}\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    import setup

    return setup


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_was_in_the_home_stays_and_only_versioned_folders_are_added(setup: ModuleType, tmp_path: Path) -> None:
    before = contents(tmp_path)
    for package in setup.solidity_packages():
        package.install()
    after = contents(tmp_path)
    assert before.items() <= after.items()
    added = {name.split("/contracts/")[0].split("/src/")[0] for name in after.keys() - before.keys()}
    assert added == {
        ".brownie/packages/OpenZeppelin/openzeppelin-contracts@5.7.0",
        ".brownie/packages/vectorized/solady@0.1.26",
    }


def test_packages_of_the_same_content_are_kept_as_they_are(setup: ModuleType, tmp_path: Path) -> None:
    for package in setup.solidity_packages():
        package.install()
    (package.installed / "NOTES.md").write_text("mine\n")
    before = contents(tmp_path)
    for package in setup.solidity_packages():
        package.install()
    assert contents(tmp_path) == before


@pytest.mark.parametrize(("change", "said"), [("other", "differs from"), (None, "is missing")])
def test_a_package_of_other_content_is_refused_and_left_alone(
    setup: ModuleType, tmp_path: Path, change: str | None, said: str
) -> None:
    package = setup.solidity_packages()[0]
    package.install()
    source = package.installed / "contracts" / "access" / "Ownable.sol"
    if change is None:
        source.unlink()
    else:
        source.write_text(change)
    before = contents(tmp_path)
    with pytest.raises(setup.SetupError, match=said) as refusal:
        package.install()
    assert "access/Ownable.sol" in str(refusal.value)
    assert "Rename that folder" in str(refusal.value)
    assert contents(tmp_path) == before


def test_a_copy_that_was_interrupted_is_made_again(setup: ModuleType) -> None:
    package = setup.solidity_packages()[0]
    left = package.installed.parent / f".{package.installed.name}.partial" / "contracts" / "Half.sol"
    left.parent.mkdir(parents=True)
    left.write_text("contract Ha")
    package.install()
    assert not left.exists()
    assert not (package.installed / "contracts" / "Half.sol").exists()
    assert (package.installed / "contracts" / "access" / "manager" / "AccessManager.sol").is_file()


@pytest.mark.parametrize(("version", "said"), [("v18.20.1", "found v18.20.1"), (None, "found no node on PATH")])
def test_a_node_that_is_missing_or_too_old_is_named(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str | None, said: str
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, output in {"npm": "11.0.0", "node": version}.items():
        if output is not None:
            (programs / name).write_text(f"#!/bin/sh\necho {output}\n")
            (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(setup.SetupError, match=said) as refusal:
        setup.node_version()
    assert "needs Node 20 or newer" in str(refusal.value)


def test_nothing_to_do_is_found_out_quickly() -> None:
    started = time.monotonic()
    subprocess.run([ROOT / "tools" / "setup"], cwd=ROOT, check=True)
    assert time.monotonic() - started < 3


def test_the_mypyc_modules_of_brownie_and_no_others_are_gone() -> None:
    packages = next(Path(sys.prefix).glob("lib/python3.*/site-packages"))
    assert not list((packages / "brownie").rglob("*.so"))
    assert list((packages / "faster_eth_abi").rglob("*.so"))
