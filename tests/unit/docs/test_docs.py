"""The documents say what the code does: errors, signed types, links, commands, tables."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from eth_account import Account
from eth_utils import keccak

from carechain import data_categories, purpose_of_use
from carechain.chain import CONTRACTS
from carechain.consent_terms import ConsentTerms
from carechain.governance import read_governance
from carechain.roles import ROLES
from carechain.supply.words import Custody
from carechain.typed_data import TYPES, Domain

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def rows_of(name: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its two head lines."""
    section = text_of(name).split(f"\n{heading}\n", 1)[1]
    lines = section[section.index("|") :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip().strip("`") for cell in line.strip("| ").split("|")] for line in lines[2:]]


def without_comments(solidity: str) -> str:
    return re.sub(r"//[^\n]*", "", solidity)


def errors_of_interfaces() -> set[str]:
    """`Name(argument, …)` of every custom error."""
    found = set()
    for path in (ROOT / "interfaces").glob("*.sol"):
        for name, arguments in re.findall(r"\berror (\w+)\(([^)]*)\);", without_comments(path.read_text("utf-8"))):
            found.add(f"{name}({', '.join(argument.split()[-1] for argument in arguments.split(',') if argument)})")
    return found


def errors_of_artifacts() -> set[str]:
    found = set()
    for name in CONTRACTS:
        for entry in json.loads((ROOT / "build" / "contracts" / f"{name}.json").read_text("utf-8"))["abi"]:
            if entry["type"] == "error":
                found.add(f"{entry['name']}({', '.join(i['name'] for i in entry['inputs'])})")
    return found


def documented_errors() -> set[str]:
    return set(re.findall(r"^\| `(\w+\([\w, ]*\))` \|", text_of("docs/ERRORS.md"), re.MULTILINE))


def test_every_error_of_the_interfaces_is_documented_with_its_values():
    assert len(errors_of_interfaces()) > 40
    assert errors_of_interfaces() - documented_errors() == set()


def test_every_error_of_the_deployed_contracts_is_documented_and_no_other():
    assert documented_errors() == errors_of_artifacts() | errors_of_interfaces()


def test_signed_types_are_documented_as_they_are_signed():
    block = text_of("docs/SIGNATURES.md").split("## The types\n```\n", 1)[1].split("\n```", 1)[0]
    assert block.splitlines() == [
        f"{name}({','.join(f'{solidity} {field}' for field, solidity in fields)})" for name, fields in TYPES.items()
    ]


def test_every_field_that_is_signed_is_explained():
    explained = {name for row in rows_of("docs/SIGNATURES.md", "## The types") for name in row[0].split("`, `")}
    assert explained == {field for fields in TYPES.values() for field, _ in fields}


def test_the_worked_example_is_what_the_code_makes():
    text = text_of("docs/SIGNATURES.md").split("## Worked example\n", 1)[1]
    values = json.loads(text.split("```json\n", 1)[1].split("```", 1)[0])
    chain, registry = re.search(r"Chain (\d+), registry\s+`(0x\w+)`", text).groups()
    domain, key = Domain(int(chain), registry), Account.from_key(b"\x01" * 32)
    signed = {name: bytes.fromhex(v[2:]) if name in ("scope", "document") else v for name, v in values.items()}
    message = domain.message("Consent", signed)
    terms = ConsentTerms(
        purposes=values["purposes"],
        categories=values["categories"],
        not_before=values["notBefore"],
        not_after=values["notAfter"],
        data_from=values["dataFrom"],
        data_to=values["dataTo"],
        stamp=values["signedAt"],
    )
    terms.validate()
    assert values["patient"] == key.address
    assert dict(rows_of("docs/SIGNATURES.md", "## Worked example")) == {
        "terms word": f"0x{terms.pack():064x}",
        "domain separator": "0x" + message.header.hex(),
        "struct hash": "0x" + message.body.hex(),
        "digest": "0x" + keccak(b"\x19\x01" + message.header + message.body).hex(),
        "signature, 64 bytes": "0x" + domain.sign(key, "Consent", signed).hex(),
        "signature, 65 bytes": "0x" + bytes(key.sign_message(message).signature).hex(),
    }


@pytest.mark.parametrize("name", NAMES)
def test_no_link_is_dead(name):
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)|\bsrc=\"([^\"]+)\"", text_of(name)):
        link = target[0] or target[1]
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(link)
    assert dead == []


def anchors(file: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(name: str, pattern: str) -> set[str]:
    """What matches in the code of a document: blocks between fences and text between backticks."""
    text = text_of(name)
    code = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    code += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return {found for piece in code for found in re.findall(pattern, piece, re.MULTILINE)}


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_that_is_named_exists(name):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert commands(name, r"(?:^|\$ )make ([a-z-]+)") - targets == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_script_and_function_that_is_named_exists(name):
    missing = []
    for script, function in commands(name, r"\bbrownie run (\w+)(?: ([a-z_]+)\b(?!=))?"):
        file = ROOT / "scripts" / f"{script}.py"
        if not file.exists() or (function or "main") not in functions_of(file):
            missing.append((script, function))
    assert missing == []


def functions_of(file: Path) -> set[str]:
    """What a script defines itself: Brownie runs nothing else."""
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_the_readme_quotes_the_gas_that_is_held():
    budget = json.loads((ROOT / "tests" / "gas" / "budget.json").read_text("utf-8"))
    quoted = {row[0]: int(row[2].replace(",", "")) for row in rows_of("README.md", "## Gas")}
    assert quoted.keys() == budget.keys()
    # As near as the measurements themselves are held.
    assert [n for n, gas in quoted.items() if abs(gas - budget[n]["budget"]) > budget[n]["budget"] * 0.01] == []


def test_every_place_in_the_readmes_tree_exists():
    tree = text_of("README.md").split("## The tree\n", 1)[1].split("```", 2)[1]
    folder, places = "", []
    for line in filter(str.strip, tree.splitlines()):
        name = line.split()[0]
        folder = folder if line.startswith("  ") else name
        places.append(folder + name if line.startswith("  ") else name)
    assert len(places) > 10
    assert [place for place in places if place not in GENERATED and not (ROOT / place).exists()] == []


GENERATED = ("reports/", "build/", "deployments/", "private/")


def enum_of(interface: str, name: str) -> list[str]:
    solidity = without_comments((ROOT / "interfaces" / interface).read_text("utf-8"))
    return [member.strip() for member in re.search(rf"enum {name} {{([^}}]*)}}", solidity).group(1).split(",")]


@pytest.mark.parametrize(
    ("heading", "interface", "enum"),
    [
        ("### Standing", "IParticipants.sol", "Standing"),
        ("### ConsentStatus", "IConsentRegistry.sol", "ConsentStatus"),
        ("### Verdict", "IDrugSupplyTypes.sol", "Verdict"),
        ("### Reason", "IDrugSupplyTypes.sol", "Reason"),
        ("### Participation", "ITrialTypes.sol", "Participation"),
        ("### OutcomeStatus", "ITrialTypes.sol", "OutcomeStatus"),
        ("### Claim reason", "IClaimTypes.sol", "Reason"),
        ("### Parked", "IClaimTypes.sol", "Parked"),
        ("### Refusal", "IClaimTypes.sol", "Refusal"),
        ("### Stage", "IClaimTypes.sol", "Stage"),
    ],
)
def test_the_answers_are_numbered_as_the_contracts_number_them(heading, interface, enum):
    rows = rows_of("docs/SPECIFICATION.md", heading)
    assert [(int(row[0]), row[1]) for row in rows] == list(enumerate(enum_of(interface, enum)))


def test_the_role_bits_are_those_of_the_code():
    assert [(int(row[0]), row[1]) for row in rows_of("docs/SPECIFICATION.md", "### Roles")] == list(enumerate(ROLES))


def test_the_word_of_an_interval_is_documented_as_it_is_packed():
    bits = {
        row[1]: list(map(int, re.findall(r"\d+", row[0]))) for row in rows_of("docs/SPECIFICATION.md", "### Interval")
    }
    assert bits.keys() == {each.name for each in dataclasses.fields(Custody)}
    for name, (low, *high) in bits.items():
        most = (1 << (high or [low])[0] - low + 1) - 1
        assert Custody(**dict.fromkeys(bits, 0) | {name: most}).to_event() == most << low


def test_sentences_of_the_specification_are_numbered_without_gaps():
    chapter = sentence = 0
    for line in text_of("docs/SPECIFICATION.md").splitlines():
        if heading := re.match(r"## (\d+)\. ", line):
            chapter, sentence = int(heading.group(1)), 0
        elif numbered := re.match(r"- \*\*(\d+)\.(\d+)\*\* ", line):
            sentence += 1
            assert (int(numbered.group(1)), int(numbered.group(2))) == (chapter, sentence)
    assert chapter >= 8


def test_the_governance_example_is_one_that_the_deployment_reads(tmp_path):
    example = text_of("docs/DEPLOYING.md").split("```yaml\n", 1)[1].split("```", 1)[0]
    file = tmp_path / "governance.yaml"
    file.write_text(example, "utf-8")
    (chain_id,) = yaml.safe_load(example)
    assert read_governance(file, chain_id).registrar_delay > 0


def test_purposes_and_categories_are_documented_by_their_bits():
    listed = re.findall(
        r"(\d+)\s+([A-Za-z]+)(?=\s|$)", text_of("docs/FHIR_CONSENT.md").split("## Purposes of use", 1)[1]
    )
    found = {(int(bit), code) for bit, code in listed}
    named = [*enumerate(purpose_of_use.CODES), *enumerate(data_categories.CLASSES)]
    named += enumerate(data_categories.LABELS, data_categories.FIRST_LABEL_BIT)
    assert set(named) - found == set()
