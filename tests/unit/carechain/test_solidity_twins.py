"""Names and numbers that stand in Python and in Solidity are the same."""

from __future__ import annotations

import re

import pytest

from carechain.consent_history import EMERGENCY_REASONS, EMERGENCY_STATES
from carechain.consents import GOOD, PERMITTED, STANDINGS, STATUSES
from carechain.errors import CarechainError
from carechain.roles import ROLES, role_mask, role_names
from scripts.participants import REASONS
from scripts.suite import ROOT

OTHER_WORDS = {
    "UseInvalid": "not a use of data",
    "OutsideDataPeriod": "outside the data period",
    "LifeThreatening": "life-threatening",
}
"""Where the words for people are not those of the identifier."""


def source(*path):
    return re.sub(r"//.*", "", ROOT.joinpath(*path).read_text("utf-8"))


def members(interface, enum):
    found = re.search(rf"enum {enum} {{(.*?)}}", source("interfaces", f"{interface}.sol"), re.S)
    return [name.strip() for name in found[1].split(",")]


def in_words(name):
    return OTHER_WORDS.get(name) or " ".join(re.findall("[A-Z][a-z]*", name)).lower()


@pytest.mark.parametrize(
    ("interface", "enum", "words"),
    [
        ("IConsentRegistry", "ConsentStatus", STATUSES),
        ("IParticipants", "Standing", STANDINGS),
        ("IEmergencyAccess", "EmergencyReason", EMERGENCY_REASONS),
        ("IEmergencyAccess", "EmergencyState", EMERGENCY_STATES),
    ],
)
def test_an_enum_has_the_same_members_in_the_same_order(interface, enum, words):
    assert [in_words(name) for name in members(interface, enum)] == list(words)


def test_the_reasons_of_a_suspension_are_the_contracts():
    assert [in_words(name).replace(" ", "_") for name in members("IParticipants", "SuspensionReason")] == list(REASONS)


def test_the_good_answers_have_their_numbers():
    assert (STATUSES[PERMITTED], STANDINGS[GOOD]) == ("permitted", "good")


def test_role_i_is_bit_i_of_the_contract():
    library = source("contracts", "types", "Roles.sol")
    constants = re.findall(r"constant (\w+) = 1 << (\d+);", library)
    assert [name.lower().replace("_", " ") for name, _ in constants] == list(ROLES)
    assert [int(bit) for _, bit in constants] == list(range(len(ROLES)))
    assert f"ALL = (1 << {len(ROLES)}) - 1;" in library


def test_a_mask_of_roles_reads_back():
    for role in ROLES:
        assert role_names(role_mask([role])) == (role,)
    assert role_mask(ROLES) == (1 << len(ROLES)) - 1
    assert role_names(role_mask(["auditor", "provider"]) | 1 << 31) == ("provider", "auditor")


def test_an_unknown_role_is_refused_with_its_place():
    with pytest.raises(CarechainError, match=r"file\.yaml names the unknown role 'wizard'"):
        role_mask(["provider", "wizard"], "file.yaml")
