"""The purposes word and its hierarchy."""

import json
import re
from pathlib import Path

import pytest

from carechain import purpose_of_use as purposes
from carechain.errors import CarechainError
from tests.helpers.real_data import SHARED, beside

ACT_REASONS = SHARED / "fhir_r4_examples/terminology/CodeSystem-v3-ActReason.json"


def index(code):
    return purposes.index_of(code)


def test_there_are_60_codes_and_those_named_in_the_contracts_keep_their_bits():
    assert len(purposes.CODES) == len(set(purposes.CODES)) == 60
    expected = {"PurposeOfUse": 0, "HMARKT": 1, "HOPERAT": 2, "CAREMGT": 3, "TREAT": 53, "CLINTRL": 54}
    expected |= {"COC": 55, "ETREAT": 56, "BTG": 57, "ERTREAT": 58, "POPHLTH": 59}
    assert {code: index(code) for code in expected} == expected


@beside(ACT_REASONS, "HL7's code system")
def test_the_hierarchy_is_the_one_hl7_publishes():

    def find(concepts):
        for concept in concepts:
            if concept["code"] == "PurposeOfUse":
                return concept
            if found := find(concept.get("concept", [])):
                return found
        return None

    codes, parents = [], []

    def walk(concept, parent):
        codes.append(concept["code"])
        parents.append(parent)
        here = len(codes) - 1
        for child in concept.get("concept", []):
            walk(child, here)

    walk(find(json.loads(ACT_REASONS.read_text("utf-8"))["concept"]), None)
    assert tuple(codes) == purposes.CODES
    assert tuple(parents) == purposes.PARENTS


def test_the_contract_walks_the_same_tree():
    source = (Path(__file__).parents[3] / "contracts/types/PurposeOfUse.sol").read_text(encoding="utf-8")
    low, high = (int(word, 16) for word in re.findall(r"PARENTS_OF_\d+ = (0x[0-9a-f]{64});", source))
    parents = (low | high << 256).to_bytes(64, "little")
    # There, break the glass stands apart from the tree, so that its parents do not cover it.
    expected = [0 if index == purposes.BREAK_GLASS else parent or 0 for index, parent in enumerate(purposes.PARENTS)]
    assert list(parents[:60]) == expected
    assert not any(parents[60:])


def test_a_granted_purpose_covers_itself_and_its_descendants_only():
    granted = purposes.mask_of("HRESCH")
    assert purposes.covers(granted, index("HRESCH"))
    assert purposes.covers(granted, index("CLINTRCHPC"))
    assert not purposes.covers(granted, index("TREAT"))
    assert not purposes.covers(purposes.mask_of("CLINTRCH"), index("HRESCH"))


def test_break_glass_is_covered_by_nothing():
    everything = (1 << 64) - 1
    assert not purposes.covers(everything, purposes.BREAK_GLASS)
    assert not purposes.covers(purposes.mask_of("ETREAT"), purposes.BREAK_GLASS)
    assert purposes.covers(purposes.mask_of("ETREAT"), index("ERTREAT"))


def test_the_root_can_be_neither_granted_nor_requested():
    assert not purposes.covers(1 << purposes.ROOT, index("TREAT"))
    assert not purposes.covers((1 << 64) - 1, purposes.ROOT)
    assert purposes.GRANTABLE.bit_count() == 58


@pytest.mark.parametrize("number", [-1, 60, 63, 64, 255])
def test_a_number_that_is_no_purpose_is_never_covered(number):
    assert not purposes.covers((1 << 64) - 1, number)


def test_reduce_gives_the_fewest_purposes_that_cover_the_same():
    for code in purposes.CODES[1:]:
        if code != "BTG":
            covered = purposes.expand(purposes.mask_of(code, "HPAYMT"))
            assert purposes.expand(purposes.reduce(covered)) == covered
    assert purposes.reduce(purposes.expand(purposes.mask_of("TREAT", "COC"))) == purposes.mask_of("TREAT")


def test_a_denied_child_makes_its_ancestors_unusable_but_not_its_siblings():
    touched = purposes.touched_by_denial(purposes.mask_of("CLINTRL"))
    assert touched == purposes.mask_of("TREAT", "CLINTRL")


def test_denying_break_glass_touches_nothing_and_denying_the_root_touches_everything():
    assert purposes.touched_by_denial(purposes.mask_of("BTG")) == 0
    assert purposes.touched_by_denial(1 << purposes.ROOT) == purposes.GRANTABLE


def test_an_unknown_code_is_refused_without_repeating_it():
    with pytest.raises(CarechainError) as refused:
        purposes.index_of("SECRET")
    assert "PurposeOfUse" in str(refused.value)
    assert "SECRET" not in str(refused.value)
