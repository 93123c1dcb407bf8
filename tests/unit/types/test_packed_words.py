"""The packed words of the contracts against their Python twins, for random words."""

import random

import pytest
from eth_utils import to_checksum_address

from carechain import data_categories, purpose_of_use, roles
from carechain.consent_terms import ConsentTerms
from tests.helpers.suite import compiled

RANDOM = random.Random(20180812)
WORDS = [0, 1, 2**32, 2**255, 2**256 - 1, *(RANDOM.getrandbits(256) for _ in range(40))]
NO_PURPOSES = (60, 61, 62, 63, 64, 87, 255, 256, 32 + 2**253 + 23, 2**255, 2**255 + 56, 2**256 - 1)


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("TypesProbe").deploy({"from": deployer})


def test_every_field_of_consent_terms_is_read_where_the_twin_packs_it(probe):
    for word in WORDS:
        twin = ConsentTerms.unpack(word)
        assert probe.termsOf(word) == (
            twin.purposes & purpose_of_use.GRANTABLE,
            twin.purposes | twin.by_patient << 63,
            twin.categories,
            twin.not_before,
            twin.not_after,
            twin.data_from,
            twin.data_to,
            twin.stamp,
            twin.by_patient,
            word >> 32 == 0,
        )


def test_stamping_and_marking_touch_their_own_bits_alone(probe):
    for word in WORDS:
        unstamped = word >> 32 << 32
        stamp = RANDOM.getrandbits(32)
        assert probe.stamped(unstamped, stamp) == unstamped | stamp
        assert probe.givenByPatient(word) == word | 1 << 255


def test_a_revoked_word_is_nothing_but_its_stamp(probe):
    for stamp in (1, 2**31, 2**32 - 1):
        assert probe.revokedTerms(stamp) == stamp
        assert probe.termsOf(stamp)[-1]


def test_the_grantable_purposes_are_the_twins(probe):
    assert probe.grantablePurposes() == purpose_of_use.GRANTABLE


def test_the_parent_of_every_code_is_the_twins(probe):
    for purpose in range(len(purpose_of_use.CODES)):
        twin = purpose_of_use.PARENTS[purpose]
        if purpose == purpose_of_use.BREAK_GLASS:
            twin = purpose_of_use.ROOT  # it stands apart: no consent reaches it
        assert probe.parentOf(purpose) == (twin or purpose_of_use.ROOT)


def test_what_is_no_code_has_no_parent(probe):
    for purpose in NO_PURPOSES:
        assert probe.parentOf(purpose) == purpose_of_use.ROOT


def test_every_single_purpose_covers_what_the_twin_says(probe):
    for granted in purpose_of_use.indices(purpose_of_use.GRANTABLE):
        assert probe.coveredPurposes(1 << granted) == purpose_of_use.expand(1 << granted)


def test_random_sets_of_purposes_cover_what_the_twin_says(probe):
    for _ in range(40):
        granted = RANDOM.getrandbits(60) & RANDOM.getrandbits(60) & purpose_of_use.GRANTABLE
        assert probe.coveredPurposes(granted) == purpose_of_use.expand(granted)


def test_what_is_no_code_is_never_covered(probe):
    for purpose in NO_PURPOSES:
        assert not probe.coversPurpose(purpose_of_use.GRANTABLE, purpose)


def test_classes_and_labels_are_the_twins(probe):
    assert probe.categoryHalves() == (data_categories.ALL_CLASSES, data_categories.ALL_LABELS)


def test_categories_are_covered_if_every_bit_is_granted(probe):
    for _ in range(40):
        granted, asked = RANDOM.getrandbits(64), RANDOM.getrandbits(64)
        assert probe.coversCategories(granted, asked) == (asked & ~granted == 0)
        assert probe.coversCategories(granted, asked & granted)
        assert not probe.coversCategories(granted, granted | 1 << 64)


def test_categories_describe_data_if_they_name_a_class(probe):
    assert not probe.isDescriptive(0)
    assert not probe.isDescriptive(data_categories.ALL_LABELS)
    assert not probe.isDescriptive(1 << 64)
    for bit in range(48):
        assert probe.isDescriptive(1 << bit)


def test_a_patients_state_is_read_where_it_is_described(probe):
    for word in WORDS:
        assert probe.stateOf(word) == (word & 0xFFFFFFFF, bool(word >> 32 & 1))
        for number in (0, 1, 100, 215):
            assert probe.presentedRevoked(word, number) == bool(word >> 40 + number & 1)


def test_changing_a_patients_state_touches_its_own_bits_alone(probe):
    for word in WORDS:
        number = RANDOM.randrange(216)
        assert probe.withPresentedRevoked(word, number) == word | 1 << 40 + number
        assert probe.withKeyRetired(word) == word | 1 << 32
        stamp = RANDOM.getrandbits(32)
        assert probe.withRevokedAllAt(word, stamp) == word & 1 << 32 | stamp


def test_an_organisation_is_read_as_it_was_packed(probe):
    for _ in range(20):
        numbers = [RANDOM.getrandbits(width) for width in (32, 40, 8, 16)]
        fields = [*numbers, to_checksum_address(RANDOM.randbytes(20))]
        word = probe.packOrganisation(*fields)
        assert probe.organisationOf(word) == (*fields, word != 0)
        terms = RANDOM.getrandbits(32), RANDOM.getrandbits(40)
        assert probe.organisationOf(probe.withTerms(word, *terms))[:5] == (*terms, *fields[2:])


def test_no_organisation_is_nothing_but_zeros(probe):
    assert probe.organisationOf(0) == (0, 0, 0, 0, "0x" + "00" * 20, False)


def test_the_roles_are_the_twins(probe):
    assert probe.allRoles() == (1 << len(roles.ROLES)) - 1
