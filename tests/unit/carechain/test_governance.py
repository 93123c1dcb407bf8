"""Who is to govern: stated for a chain, never guessed."""

from __future__ import annotations

import pytest

from carechain.errors import CarechainError
from carechain.governance import (
    ADMIN,
    DAY,
    FUNCTION_ROLES,
    GUARDIAN,
    REGISTRAR,
    ROLE_NAMES,
    SUPERVISOR,
    Governance,
    read_governance,
)

ADDRESSES = {
    "admin": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "registrar": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
    "supervisor": "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
    "guardian": "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "governance.yaml"


def stated(path, **changes):
    entry = {**ADDRESSES, **changes}
    lines = [f"  {name}: {value}" for name, value in entry.items() if value is not None]
    path.write_text("\n".join(["5:", *lines]), "utf-8")
    return path


def quoted(address):
    return f'"{address}"'


def test_holders_and_delays_are_as_stated(path):
    changes = {name: quoted(address) for name, address in ADDRESSES.items()}
    governance = read_governance(stated(path, **changes, registrar_delay=7), 5)
    assert governance == Governance(**ADDRESSES, registrar_delay=7)
    assert governance.holders() == {
        ADMIN: (ADDRESSES["admin"], 5 * DAY),
        REGISTRAR: (ADDRESSES["registrar"], 7),
        SUPERVISOR: (ADDRESSES["supervisor"], 0),
        GUARDIAN: (ADDRESSES["guardian"], 0),
    }


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "value",
    ['"0x70997970c51812dc3a010c7d01b50e0d17dc79c8"', '""', "1", "[]", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
    ids=["no-checksum", "empty", "number", "list", "unquoted"],
)
def test_a_holder_that_is_no_address_is_named(path, name, value):
    changes = {other: quoted(address) for other, address in ADDRESSES.items()} | {name: value}
    with pytest.raises(CarechainError, match=f"governance's {name} is not a checksummed address.*in quotes"):
        read_governance(stated(path, **changes), 5)


@pytest.mark.parametrize("name", ["admin_delay", "registrar_delay"])
@pytest.mark.parametrize("value", [-1, 1 << 32, "soon", 1.5, "true"])
def test_a_delay_that_the_manager_cannot_hold_is_named(path, name, value):
    changes = {other: quoted(address) for other, address in ADDRESSES.items()} | {name: value}
    with pytest.raises(CarechainError, match=f"governance's {name} is not a number of seconds"):
        read_governance(stated(path, **changes), 5)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_missing_holder_is_refused(path, name):
    changes = {other: quoted(address) for other, address in ADDRESSES.items()} | {name: None}
    with pytest.raises(CarechainError, match="unknown or missing fields for chain 5"):
        read_governance(stated(path, **changes), 5)


def test_an_unknown_field_is_refused(path):
    changes = {name: quoted(address) for name, address in ADDRESSES.items()}
    with pytest.raises(CarechainError, match="unknown or missing fields for chain 5"):
        read_governance(stated(path, **changes, owner=1), 5)


def test_another_chains_governance_does_not_count(path):
    with pytest.raises(CarechainError, match="says nothing of chain 6"):
        read_governance(stated(path), 6)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a: [", "is not YAML"),
        ("5: 2012-02-30", "is not YAML"),
        ("5: {}\n5: {}", "has a key twice"),
        ("- 5", "says nothing of chain 5"),
        ("5: [1]", "says nothing"),
        ("", "says nothing"),
    ],
)
def test_a_file_that_states_nothing_is_refused(path, content, problem):
    path.write_text(content, "utf-8")
    with pytest.raises(CarechainError, match=problem):
        read_governance(path, 5)


def test_a_missing_file_is_refused(path):
    with pytest.raises(CarechainError, match="cannot be read"):
        read_governance(path, 5)


def test_every_function_is_for_a_role_that_somebody_holds():
    assert {role for functions in FUNCTION_ROLES.values() for role in functions.values()} <= set(ROLE_NAMES)
