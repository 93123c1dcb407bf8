"""The scope word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.consent_scope import Scope
from carechain.errors import CarechainError

LARGEST = 2**32 - 1
TRIALS = st.integers(2**32, 2**64 - 1)
SOURCES = st.just(Scope.any()) | st.builds(Scope.of_custodian, st.integers(1, LARGEST))
SOURCES |= st.builds(Scope.of_trial, TRIALS, st.integers(1, 2**16 - 1))
MADE_HERE = st.builds(Scope.with_part, SOURCES, st.integers(0, 255))
NOT_KNOWN = [
    b"\x02" + bytes(31),
    b"\xff" * 32,
    b"\x00" + bytes(29) + b"\x01\x00",
    b"\x01" + bytes(31),
    b"\x01" + bytes(25) + b"\x01" + bytes(5),
    b"\x02" + bytes(20) + bytes(4) + b"\xff" * 4 + b"\x00\x01\x00",
    b"\x02" + bytes(20) + b"\x00\x00\x00\x12" + bytes(4) + b"\x00\x00\x00",
    b"\x02" + bytes(19) + b"\x01" + b"\x00\x00\x00\x12" + bytes(4) + b"\x00\x01\x00",
    b"\x03" + bytes(20) + b"\x00\x00\x00\x12" + bytes(4) + b"\x00\x01\x00",
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
    assert scope.trial is None
    assert not scope.reaches(1)
    assert not scope.reaches(None)
    assert scope.describe() == f"a scope of kind {word[0]} that this version does not know"


@pytest.mark.parametrize("organisation", [-1, 0, LARGEST + 1, 2**240])
def test_a_custodian_that_is_no_organisation_number_is_refused(organisation):
    with pytest.raises(CarechainError, match="custodian"):
        Scope.of_custodian(organisation)


def test_a_trial_and_the_version_of_its_form_stand_before_the_part():
    scope = Scope.of_trial(18 << 32 | 7, 258)
    word = b"\x02" + bytes(20) + b"\x00\x00\x00\x12\x00\x00\x00\x07" + b"\x01\x02" + b"\x00"
    assert scope.to_bytes() == word
    assert Scope.from_bytes(word) == scope
    assert scope.known
    assert scope.trial == (18 << 32 | 7, 258)
    assert scope.custodian is None
    assert Scope.any().trial is Scope.of_custodian(3).trial is None


@pytest.mark.parametrize("trial", [2**32, 2**64 - 1])
@pytest.mark.parametrize("version", [1, 2**16 - 1])
def test_the_least_and_the_largest_trials_and_versions_are_known(trial, version):
    assert Scope.of_trial(trial, version).trial == (trial, version)


@pytest.mark.parametrize(
    ("trial", "version"),
    [(-1, 1), (0, 1), (2**32 - 1, 1), (2**64, 1), (2**232, 1), (2**32, 0), (2**32, -1), (2**32, 2**16)],
)
def test_what_is_no_trial_or_no_version_is_refused(trial, version):
    with pytest.raises(CarechainError, match="The scope's"):
        Scope.of_trial(trial, version)


@given(SOURCES, st.integers(1, LARGEST))
def test_taking_part_in_a_trial_reaches_no_data(source, custodian):
    assert source.reaches(custodian) == (source.trial is None and source.custodian in (None, custodian))
    assert source.reaches(None) == (source == Scope.any())


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
    assert Scope.of_trial(18 << 32 | 7, 2).describe() == "participation in trial 18.7, consent form 2"
