"""The scope word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.consent_scope import ANY_SOURCE, CUSTODIAN, Scope
from carechain.errors import CarechainError

SCOPES = st.builds(Scope, st.just(ANY_SOURCE), st.just(0), st.integers(0, 255)) | st.builds(
    Scope, st.just(CUSTODIAN), st.integers(1, 2**240 - 1), st.integers(0, 255)
)


@given(SCOPES)
def test_writing_and_reading_loses_nothing(scope):
    assert Scope.from_bytes(scope.to_bytes()) == scope


def test_any_source_is_the_zero_word():
    assert Scope.any().to_bytes() == bytes(32)


def test_a_custodian_stands_between_the_kind_and_the_part():
    word = Scope.of_custodian(3).with_part(2).to_bytes()
    assert word == b"\x01" + bytes(29) + b"\x03\x02"
    assert Scope.of_custodian(3).custodian == 3
    assert Scope.any().custodian is None


@pytest.mark.parametrize("fields", [(2, 0, 0), (0, 1, 0), (1, 0, 0), (1, 2**240, 0), (0, 0, 256), (0, 0, -1)])
def test_a_word_that_is_no_scope_is_refused(fields):
    with pytest.raises(CarechainError, match="scope"):
        Scope(*fields)


@pytest.mark.parametrize("word", [b"", bytes(31), bytes(33), b"\x02" + bytes(31), b"\x00" + bytes(29) + b"\x01\x00"])
def test_bytes_that_are_no_scope_are_refused(word):
    with pytest.raises(CarechainError):
        Scope.from_bytes(word)


def test_the_description_names_source_and_part():
    assert Scope.any().describe() == "data of any source"
    assert Scope.of_custodian(3).with_part(1).describe() == "data held by organisation 3, part 1"
