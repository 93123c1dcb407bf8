"""The scope word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.consent_scope import Scope
from carechain.errors import CarechainError

LARGEST = 2**32 - 1
MADE_HERE = st.builds(Scope.with_part, st.just(Scope.any()), st.integers(0, 255)) | st.builds(
    Scope.with_part, st.builds(Scope.of_custodian, st.integers(1, LARGEST)), st.integers(0, 255)
)
NOT_KNOWN = [
    b"\x02" + bytes(31),
    b"\xff" * 32,
    b"\x00" + bytes(29) + b"\x01\x00",
    b"\x01" + bytes(31),
    b"\x01" + bytes(25) + b"\x01" + bytes(5),
]


@given(MADE_HERE)
def test_writing_and_reading_loses_nothing(scope):
    assert Scope.from_bytes(scope.to_bytes()) == scope
    assert scope.known


@given(st.binary(min_size=32, max_size=32))
def test_every_word_is_read_kept_as_it_is_and_described(word):
    scope = Scope.from_bytes(word)
    assert scope.to_bytes() == word
    assert scope.describe()
    assert scope.with_part(0).to_bytes() == word[:31] + bytes(1)


def test_any_source_is_the_zero_word():
    assert Scope.any().to_bytes() == bytes(32)


def test_a_custodian_stands_between_the_kind_and_the_part():
    word = Scope.of_custodian(3).with_part(2).to_bytes()
    assert word == b"\x01" + bytes(29) + b"\x03\x02"
    assert Scope.of_custodian(3).custodian == 3
    assert Scope.any().custodian is None


@pytest.mark.parametrize("word", NOT_KNOWN)
def test_a_word_of_another_version_is_opaque(word):
    scope = Scope.from_bytes(word)
    assert not scope.known
    assert scope.custodian is None
    assert scope.describe() == f"a scope of kind {word[0]} that this version does not know"


@pytest.mark.parametrize("organisation", [-1, 0, LARGEST + 1, 2**240])
def test_a_custodian_that_is_no_organisation_number_is_refused(organisation):
    with pytest.raises(CarechainError, match="custodian"):
        Scope.of_custodian(organisation)


@pytest.mark.parametrize("fields", [(256, 0, 0), (-1, 0, 0), (2, 2**240, 0), (2, -1, 0), (0, 0, 256), (0, 0, -1)])
def test_fields_that_do_not_fit_the_word_are_refused(fields):
    with pytest.raises(CarechainError, match="scope"):
        Scope(*fields)


@pytest.mark.parametrize("word", [b"", bytes(31), bytes(33)])
def test_bytes_of_another_length_are_refused(word):
    with pytest.raises(CarechainError, match="bytes long"):
        Scope.from_bytes(word)


def test_the_description_names_source_and_part():
    assert Scope.any().describe() == "data of any source"
    assert Scope.of_custodian(3).with_part(1).describe() == "data held by organisation 3, part 1"
