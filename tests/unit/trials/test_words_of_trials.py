"""The words of trials in Python, against those of the contracts, and against the layouts that are described."""

import re

import pytest

from carechain.errors import CarechainError
from carechain.trials.words import (
    ACT_BYTES,
    CORRECTION_BYTES,
    DATA_BYTES,
    SIGNATURES,
    Act,
    ActEntry,
    Authority,
    BatchWord,
    DataEntry,
    Flag,
    OutcomeStatus,
    Participation,
    Seriousness,
    stream_of,
    trial_name,
    trial_named,
    trial_of,
)
from scripts.suite import ROOT
from tests.helpers.trials import ACTS, act_entry, data_entry

KEY = "0xcF2d5b3cBb4D7bF04e3F7bFa8e27081B52191f91"
TRIAL = 18 << 32 | 7
SUBJECT, DETAIL, LAST = b"\x11" * 32, b"\x22" * 32, b"\x33" * 32
BATCH = (1_000, 2_000, 3, LAST)


def members(enum):
    """Of an enumeration of ITrialTypes, in their order, as constants are written."""
    source = re.sub(r"//.*", "", ROOT.joinpath("interfaces", "ITrialTypes.sol").read_text("utf-8"))
    found = re.search(rf"enum {enum} {{(.*?)}}", source, re.S)
    names = (name.strip() for name in found[1].split(","))
    return [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in names]


@pytest.mark.parametrize("enum", [Act, Authority, Seriousness, OutcomeStatus, Participation])
def test_an_enumeration_is_the_contracts(enum):
    assert [each.name for each in enum] == members(enum.__name__)
    assert [each.value for each in enum] == list(range(len(enum)))


def test_the_acts_of_the_tests_are_the_contracts():
    assert [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in ACTS] == members("Act")


def test_signatures_are_the_last_acts():
    assert tuple(Act)[-3:] == SIGNATURES


def test_the_flags_are_those_of_the_terms():
    source = ROOT.joinpath("contracts", "types", "TrialTerms.sol").read_text("utf-8")
    constants = re.findall(r"internal constant (\w+) = 1 << (\d+);", source)
    assert [(flag.name, flag) for flag in Flag] == [(name, 1 << int(bit)) for name, bit in constants]


def test_an_event_is_filed_in_so_many_days():
    assert [each.days for each in Seriousness] == [7, 15]


# ---------------------------------------------------------------------- entries


def test_an_act_has_its_bytes_in_their_order():
    entry = ActEntry(Act.RESULT_POSTED, TRIAL, 0x0102030405, 18, KEY, 0x0A0B, SUBJECT, DETAIL)
    content = bytes([23]) + TRIAL.to_bytes(8, "big") + bytes([1, 2, 3, 4, 5]) + bytes([0, 0, 0, 18])
    content += bytes.fromhex(KEY[2:]) + bytes([0, 0, 0, 0, 0, 0, 10, 11]) + SUBJECT + DETAIL
    assert entry.content() == content
    assert len(content) == ACT_BYTES == 110
    assert act_entry("ResultPosted", TRIAL, 0x0102030405, 18, KEY, 0x0A0B, SUBJECT, DETAIL) == content


def test_data_and_a_correction_have_their_bytes_in_their_order():
    data = DataEntry(TRIAL, 19, KEY, 500, *BATCH)
    numbers = TRIAL.to_bytes(8, "big") + bytes([0, 0, 0, 19]) + bytes.fromhex(KEY[2:])
    numbers += b"".join(value.to_bytes(5, "big") for value in (500, 1_000, 2_000)) + bytes([0, 0, 0, 3])
    assert data.content() == b"\x00" + numbers + LAST == data_entry(TRIAL, 19, KEY, 500, BATCH)
    assert len(data.content()) == DATA_BYTES == 84
    assert not data.is_correction
    for corrected in (0, 4, 2**64 - 1):
        correction = DataEntry(TRIAL, 19, KEY, 500, *BATCH, corrected, DETAIL)
        assert correction.content() == b"\x01" + numbers + corrected.to_bytes(8, "big") + DETAIL + LAST
        assert correction.content() == data_entry(TRIAL, 19, KEY, 500, BATCH, (corrected, DETAIL))
        assert len(correction.content()) == CORRECTION_BYTES == 124
        assert correction.is_correction


def test_no_two_kinds_of_entries_are_as_long():
    assert len({ACT_BYTES, DATA_BYTES, CORRECTION_BYTES}) == 3


@pytest.mark.parametrize(
    "changes", [{"trial": 2**64}, {"at": 2**40}, {"by": 2**32}, {"number": 2**64}, {"number": -1}, {"at": -1}]
)
def test_what_does_not_fit_an_entry_is_not_cut(changes):
    fields = {"trial": TRIAL, "at": 1, "by": 18, "number": 0} | changes
    entry = ActEntry(Act.PAUSED, fields["trial"], fields["at"], fields["by"], KEY, fields["number"], SUBJECT, DETAIL)
    with pytest.raises(OverflowError):
        entry.content()


@pytest.mark.parametrize("fields", [(0, 0, 0, 1), (5, 1_000, 2_000, 3), (2**64 - 1, 2**40 - 1, 2**40 - 1, 2**32 - 1)])
def test_the_batch_of_an_event_is_read(fields):
    index, since, until, count = fields
    assert BatchWord.of_event(index << 112 | since << 72 | until << 32 | count) == BatchWord(*fields)


# ---------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "trial"), [("18.7", TRIAL), ("1.0", 1 << 32), (f"{2**32 - 1}.{2**32 - 1}", 2**64 - 1)]
)
def test_a_trial_is_named_by_its_sponsor_and_its_number(name, trial):
    assert trial_named(name) == trial
    assert trial_name(trial) == name
    assert trial_of(*map(int, name.split("."))) == trial


@pytest.mark.parametrize(
    "name",
    [
        *("", "18", "18.", ".7", "0.7", "18.7.1", "18,7", "-18.7", "18.-7", " 18.7", "18.7 ", "18.x", "0x12.7", "²8.7"),
        *("\uff118.7", "00000000018.7", "4294967296.1", "18.4294967296"),
    ],
)
def test_what_names_no_trial_is_refused(name):
    with pytest.raises(CarechainError) as caught:
        trial_named(name)
    assert name in str(caught.value)


def test_a_stream_is_named_by_trial_and_organisation():
    assert stream_of(TRIAL, 19) == TRIAL << 32 | 19
    assert stream_of(2**64 - 1, 2**32 - 1) == 2**96 - 1
