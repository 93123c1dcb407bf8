"""tools/stale_artifacts.py: what is compiled always belongs to the sources."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {
    "contracts/types/Terms.sol": "type Terms is uint256;\n",
    "interfaces/IRegistry.sol": 'import {Terms} from "../contracts/types/Terms.sol";\n',
    "contracts/Registry.sol": 'import {\n    IRegistry\n} from "../interfaces/IRegistry.sol";\n',
    "contracts/Participants.sol": "contract Participants {}\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("brownie-config.yaml", "package.json", "tools/solc", "tools/solidity_packages.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for name, content in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.fixture
def compiled(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Compiles as Brownie does, and answers afterwards which artifacts the removal left."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import stale_artifacts

    removal: ModuleType = stale_artifacts
    removal.remove_stale(project)
    for name, path in {
        "contracts/Registry": "contracts/Registry.sol",
        "contracts/Participants": None,
    }.items():
        artifact = project / "build" / f"{name}.json"
        artifact.parent.mkdir(parents=True, exist_ok=True)
        artifact.write_text(json.dumps({"sourcePath": path or f"{name}.sol"}))
    interface = project / "build" / "interfaces" / "IRegistry.json"
    interface.parent.mkdir()
    interface.write_text(json.dumps({"ast": {"absolutePath": "interfaces/IRegistry.sol"}}))

    def left() -> set[str]:
        removal.remove_stale(project)
        return {path.stem for path in (project / "build").rglob("*.json")} - {"sources"}

    return left


def test_unchanged_sources_keep_their_artifacts(compiled: Callable[[], set[str]]) -> None:
    assert compiled() == {"Registry", "Participants", "IRegistry"}


def test_a_changed_contract_loses_its_artifact_alone(project: Path, compiled: Callable[[], set[str]]) -> None:
    (project / "contracts/Participants.sol").write_text("contract Participants { }\n")
    assert compiled() == {"Registry", "IRegistry"}


def test_a_changed_type_takes_every_importer_along(project: Path, compiled: Callable[[], set[str]]) -> None:
    (project / "contracts/types/Terms.sol").write_text("type Terms is uint128;\n")
    assert compiled() == {"Participants"}


def test_a_removed_source_takes_its_importers_along(project: Path, compiled: Callable[[], set[str]]) -> None:
    (project / "contracts/types/Terms.sol").unlink()
    assert compiled() == {"Participants"}


@pytest.mark.parametrize("name", ["brownie-config.yaml", "tools/solc"])
def test_a_changed_compiler_or_setting_removes_all(project: Path, compiled: Callable[[], set[str]], name: str) -> None:
    (project / name).write_text("changed")
    assert compiled() == set()
