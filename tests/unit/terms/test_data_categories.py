"""The categories word: 48 classes, 15 sensitive labels and one bit for what is restricted."""

import pytest

from carechain import data_categories as categories
from carechain.errors import CarechainError

# HL7 v3 ActCode, ActInformationSensitivityPolicy: child and parent, for every code that has a bit.
PARENT_LABEL = {
    "BH": "SPI", "MH": "SPI", "PSY": "SPI", "PSYTHPN": "SPI", "SUD": "SPI",
    "ETHUD": "SUD", "OPIOIDUD": "SUD",
}  # fmt: skip


def test_the_48_classes_are_distinct_and_alphabetical():
    assert len(categories.CLASSES) == len(set(categories.CLASSES)) == 48
    assert list(categories.CLASSES) == sorted(categories.CLASSES)


def test_with_the_types_without_a_bit_they_are_the_146_concrete_types_of_r4():
    assert not categories.CLASSES_WITHOUT_BIT & set(categories.CLASSES)
    assert len(categories.CLASSES_WITHOUT_BIT) + 48 == 146


def test_the_15_labels_stand_in_bits_48_to_62_and_restricted_in_bit_63():
    assert len(categories.LABELS) == len(set(categories.LABELS)) == 15
    assert categories.label_bit("BH") == 1 << 48
    assert categories.label_bit("SUD") == 1 << 62
    assert categories.RESTRICTED == 1 << 63
    assert categories.ALL_CLASSES | categories.ALL_LABELS == (1 << 64) - 1


@pytest.mark.parametrize("need", ["SUD", "HIV", "PSY", "GDIS", "SEX"])
def test_the_sensitive_subjects_that_law_singles_out_have_a_label(need):
    assert need in categories.LABELS


@pytest.mark.parametrize("code", categories.LABELS)
def test_one_label_bit_is_exactly_one_code(code):
    assert categories.label_bit(code).bit_count() == 1
    assert categories.label_bit(code) & categories.ALL_CLASSES == 0


@pytest.mark.parametrize(("child", "parent"), PARENT_LABEL.items())
def test_denying_a_parent_label_denies_its_children(child, parent):
    assert categories.subsumed(parent) & categories.label_bit(child)
    assert categories.denied_with(parent) & categories.label_bit(child)


@pytest.mark.parametrize(("child", "parent"), PARENT_LABEL.items())
def test_a_child_label_does_not_subsume_its_parent(child, parent):
    assert not categories.subsumed(child) & categories.label_bit(parent)


@pytest.mark.parametrize("code", [*categories.LABELS, *sorted(categories.LABELS_WITHOUT_BIT)])
def test_a_denial_removes_at_least_what_its_label_subsumes(code):
    assert categories.subsumed(code) & ~categories.denied_with(code) == 0


def test_a_label_without_a_bit_cannot_be_granted():
    with pytest.raises(CarechainError):
        categories.label_bit("TBOO")
    assert categories.subsumed("TBOO") == 0


def test_a_class_without_a_bit_cannot_be_granted():
    with pytest.raises(CarechainError):
        categories.class_bit("Binary")
