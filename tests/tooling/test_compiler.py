"""tools/solc: the same source gives the same bytecode in every home, at every path and to every caller."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACKAGES: list[dict[str, str]] = json.loads((ROOT / "tools" / "solidity_packages.json").read_text())
VERSIONS: dict[str, str] = json.loads((ROOT / "package.json").read_text())["dependencies"]

SOURCE = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "solady/utils/EIP712.sol";

contract Probe is AccessManaged, EIP712 {
    constructor(address authority) AccessManaged(authority) {}

    function separator() external restricted returns (bytes32) {
        return _domainSeparator();
    }

    function _domainNameAndVersion() internal pure override returns (string memory, string memory) {
        return ("Probe", "1");
    }
}
"""


def compiled(project: Path, remappings: list[str], sources: dict[str, str], *options: str) -> dict[str, Any]:
    """The compiler's answer to a project that holds the one contract Probe."""
    request = {
        "language": "Solidity",
        "sources": {name: {"content": content} for name, content in sources.items()},
        "settings": {
            "evmVersion": "shanghai",
            "optimizer": {"enabled": True, "runs": 200},
            "remappings": remappings,
            "outputSelection": {"*": {"*": ["evm.bytecode.object"], "": ["ast"]}},
        },
    }
    command = [str(ROOT / "tools" / "solc"), *options, "--standard-json"]
    answer = subprocess.run(command, input=json.dumps(request), cwd=project, capture_output=True, text=True, check=True)
    return dict(json.loads(answer.stdout))


def home_with_packages(home: Path, *foreign: str) -> list[str]:
    """Makes a home with this project's packages and foreign ones. Returns Brownie's remappings there."""
    packages = home / ".brownie" / "packages"
    remappings = []
    for entry in PACKAGES:
        folder = packages / f"{entry['brownie']}@{VERSIONS[entry['npm']]}" / entry["brownieFolder"]
        source = ROOT / "node_modules" / entry["npm"] / entry["npmFolder"]
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.json", "*.md"))
        remappings.append(f"{entry['import']}={folder.as_posix()}")
    for name in foreign:
        (packages / name).mkdir(parents=True)
        remappings.append(f"{name}={(packages / name).as_posix()}")
    return remappings


def creation_code(answer: dict[str, Any]) -> str:
    assert not [error for error in answer.get("errors", ()) if error["severity"] == "error"]
    return str(answer["contracts"]["contracts/Probe.sol"]["Probe"]["evm"]["bytecode"]["object"])


@pytest.fixture(scope="module")
def in_plain_home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = tmp_path_factory.mktemp("plain")
    return compiled(place, home_with_packages(place / "home"), {"contracts/Probe.sol": SOURCE})


def test_another_home_with_a_foreign_package_and_a_path_with_a_space_gives_the_same_bytecode(
    in_plain_home: dict[str, Any], tmp_path: Path
) -> None:
    project = tmp_path / "a house with spaces"
    project.mkdir()
    remappings = home_with_packages(tmp_path / "another home", "smartcontractkit")
    assert creation_code(
        compiled(project, remappings, {"contracts/Probe.sol": SOURCE}, "--allow-paths", str(project))
    ) == creation_code(in_plain_home)


def test_forge_that_sends_library_sources_along_gets_the_same_bytecode(
    in_plain_home: dict[str, Any], tmp_path: Path
) -> None:
    sources = {"contracts/Probe.sol": SOURCE}
    for name in ("@openzeppelin/contracts/access/manager/AccessManaged.sol", "solady/src/utils/EIP712.sol"):
        sources[f"node_modules/{name}"] = (ROOT / "node_modules" / name).read_text()
    remappings = [
        "@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/",
        "solady/=node_modules/solady/src/",
    ]
    answer = compiled(tmp_path, remappings, sources, "--base-path", str(ROOT))
    assert creation_code(answer) == creation_code(in_plain_home)
    assert sources.keys() <= answer["sources"].keys(), "the caller's own names come back"


def test_library_sources_come_back_under_paths_that_brownie_can_open(in_plain_home: dict[str, Any]) -> None:
    for name, source in in_plain_home["sources"].items():
        assert source["ast"]["absolutePath"] == name
        if name != "contracts/Probe.sol":
            assert Path(name).is_file()
    tree = json.dumps(in_plain_home["sources"])
    assert not re.search(r'"absolutePath": "(@openzeppelin|solady)/', tree)


def test_an_undeclared_package_cannot_be_imported_by_accident(tmp_path: Path) -> None:
    source = SOURCE.replace("solady/utils/EIP712.sol", "smartcontractkit/EIP712.sol")
    remappings = home_with_packages(tmp_path / "home", "smartcontractkit")
    shutil.copyfile(
        ROOT / "node_modules" / "solady" / "src" / "utils" / "EIP712.sol",
        tmp_path / "home" / ".brownie" / "packages" / "smartcontractkit" / "EIP712.sol",
    )
    errors = compiled(tmp_path, remappings, {"contracts/Probe.sol": source})["errors"]
    assert any("smartcontractkit/EIP712.sol cannot be read" in error["message"] for error in errors)


def test_a_file_outside_the_project_and_its_packages_is_not_read(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "Outside.sol").write_text("// SPDX-License-Identifier: MIT\npragma solidity ^0.8.30;\n")
    source = f'// SPDX-License-Identifier: MIT\npragma solidity ^0.8.30;\nimport "{tmp_path}/Outside.sol";\n'
    errors = compiled(project, [], {"contracts/Probe.sol": source})["errors"]
    assert any("is outside the project and its declared packages" in error["message"] for error in errors)


def test_every_tool_is_told_the_same_compiler_settings_and_packages() -> None:
    brownie = yaml.safe_load((ROOT / "brownie-config.yaml").read_text())
    forge = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    pins = json.loads((ROOT / "package.json").read_text())
    solc = brownie["compiler"]["solc"]

    assert solc["version"] == pins["devDependencies"]["solc"]
    said = subprocess.run([ROOT / "tools" / "solc", "--version"], capture_output=True, text=True, check=True).stdout
    assert f"Version: {solc['version']}+commit." in said
    assert brownie["compiler"]["evm_version"] == forge["evm_version"]
    assert solc["viaIR"] is forge["via_ir"] is True
    assert solc["optimizer"] == {"enabled": forge["optimizer"], "runs": forge["optimizer_runs"]}

    releases = {entry["import"]: f"{entry['brownie']}@{VERSIONS[entry['npm']]}" for entry in PACKAGES}
    assert brownie["dependencies"] == list(releases.values())
    assert solc["remappings"] == [
        f"{entry['import']}={releases[entry['import']]}/{entry['brownieFolder']}" for entry in PACKAGES
    ]
    assert forge["remappings"] == [
        f"{entry['import']}/={Path('node_modules', entry['npm'], entry['npmFolder']).as_posix()}/" for entry in PACKAGES
    ]
