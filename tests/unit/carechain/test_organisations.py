"""Organisations to be accredited: every malformed field is named."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from carechain.errors import CarechainError
from carechain.organisations import read_organisations
from carechain.roles import role_mask

ACCOUNTS = [
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
]
NODE = SimpleNamespace(web3=SimpleNamespace(eth=SimpleNamespace(accounts=ACCOUNTS)))
"""Of a chain, only the node's accounts are asked for."""
GOOD = {
    "name": "Riverside Hospital",
    "roles": "[provider, storage node]",
    "licence": "HOSP-0001",
    "licence_expiry": "2050-12-31",
    "operator": "1",
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "organisations.yaml"


def read(path, *entries):
    lines = [f"- {{{', '.join(f'{name}: {value}' for name, value in entry.items())}}}" for entry in entries]
    path.write_text("organisations:\n" + "\n".join(lines), "utf-8")
    return read_organisations(str(path), NODE)


def test_organisations_are_read_in_their_order(path):
    (first, second) = read(path, GOOD, {**GOOD, "name": "Laboratory", "operator": f'"{ACCOUNTS[0]}"'})
    assert first.arguments() == (
        "Riverside Hospital",
        role_mask(["provider", "storage node"]),
        2_556_057_600,
        b"HOSP-0001".ljust(32, b"\0"),
        ACCOUNTS[1],
    )
    assert (second.name, second.operator) == ("Laboratory", ACCOUNTS[0])


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", '""', r"organisations\[1\]\.name is empty"),
        ("name", '"  "', r"organisations\[1\]\.name is empty"),
        ("name", "7", r"organisations\[1\]\.name is empty"),
        ("licence", '""', r"organisations\[1\]\.licence is not a text of 1 to 32 bytes"),
        ("licence", "12345", r"organisations\[1\]\.licence is not a text"),
        ("licence", "x" * 33, r"organisations\[1\]\.licence is not a text"),
        ("licence", "é" * 17, r"organisations\[1\]\.licence is not a text"),
        ("licence_expiry", "soon", r"organisations\[1\]\.licence_expiry is not a date"),
        ("licence_expiry", "2050", r"organisations\[1\]\.licence_expiry is not a date"),
        ("operator", "2", r"organisations\[1\]\.operator is no checksummed address"),
        ("operator", "-1", r"organisations\[1\]\.operator is no checksummed address"),
        ("operator", "true", r"organisations\[1\]\.operator is no checksummed address"),
        ("operator", ACCOUNTS[0].lower(), r"organisations\[1\]\.operator is no checksummed address"),
        ("operator", ACCOUNTS[0], r"organisations\[1\]\.operator is no checksummed address.*in quotes"),
        ("roles", "provider", r"organisations\[1\]\.roles is not a list"),
        ("roles", "[]", r"organisations\[1\]\.roles is not a list"),
        ("roles", "[provider, wizard]", r"organisations\[1\]\.roles names the unknown role 'wizard'"),
        ("roles", "[1]", r"organisations\[1\]\.roles names the unknown role 1"),
        ("owner", "1", r"organisations\[1\] must have exactly the fields"),
    ],
)
def test_a_malformed_field_is_named(path, field, value, problem):
    with pytest.raises(CarechainError, match=problem):
        read(path, GOOD, {**GOOD, field: value})


@pytest.mark.parametrize("field", GOOD)
def test_a_missing_field_is_refused(path, field):
    with pytest.raises(CarechainError, match=r"organisations\[0\] must have exactly the fields"):
        read(path, {name: value for name, value in GOOD.items() if name != field})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"organisations: [", "is not YAML"),
        (b"\xff\xfe", "is not YAML"),
        (b"organisations: 2012-02-30", "is not YAML"),
        (b"organisations: []\norganisations: []", "has a key twice"),
        (b"", "has no list"),
        (b"organisations: 5", "has no list"),
        (b"organisations: [5]", r"organisations\[0\] must have exactly"),
    ],
)
def test_a_file_that_is_no_list_of_organisations_is_refused(path, content, problem):
    path.write_bytes(content)
    with pytest.raises(CarechainError, match=problem):
        read_organisations(str(path), NODE)


def test_two_organisations_with_one_operator_are_refused(path):
    with pytest.raises(CarechainError, match=r"organisations\[2\]\.operator is the operator of organisations\[0\] too"):
        read(path, GOOD, {**GOOD, "operator": "0"}, {**GOOD, "name": "Clinic", "operator": f'"{ACCOUNTS[1]}"'})


def test_a_missing_file_is_refused(path):
    with pytest.raises(CarechainError, match="cannot be read"):
        read_organisations(str(path), NODE)
