"""SLIP-39 shares: enough of them bring the secret back, and what doesn't says which share is wrong and not what is in
it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from shamir_mnemonic import Share, generate_mnemonics

from carechain.errors import CarechainError
from carechain.seed_shares import combine, split

SECRET = bytes(range(32))
WRITTEN_DOWN = (
    "force helpful academic acid auction railroad network firefly gray kidney meaning endless mule civil husband empty "
    "ajar response gesture forbid legs mobile dish prayer sniff emerald stay closet involve grief focus alive grumpy",
    "force helpful academic always august join theater wits lecture involve pupal center drink capture observe clogs "
    "valuable huge cinema impulse favorite shrimp fused dismiss relate grill blind visual mustang repair downtown else "
    "husband",
)


@pytest.fixture(scope="module")
def shares():
    return split(SECRET, 3, 5)


def refusal(shares):
    """The sentence that the shares are refused with; it repeats no two words of theirs."""
    with pytest.raises(CarechainError) as error:
        combine(shares)
    message = str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None
    pairs = (" ".join(pair) for share in shares for pair in itertools.pairwise(share.lower().split()))
    assert not [pair for pair in pairs if pair in message.lower()]
    return message


def with_word(share, place, word):
    words = share.split()
    words[place] = word
    return " ".join(words)


def altered(share):
    """Another value under the same number, its checksum right."""
    read = Share.from_mnemonic(share)
    return replace(read, value=bytes([read.value[0] ^ 1]) + read.value[1:]).mnemonic()


def test_shares_that_were_written_down_before_bring_the_secret_back():
    assert combine(WRITTEN_DOWN) == SECRET


def test_any_three_of_five_shares_in_any_order_bring_the_secret_back(shares):
    assert all(combine(chosen) == SECRET for chosen in itertools.permutations(shares, 3))


def test_more_shares_than_needed_do_no_harm(shares):
    assert combine(shares) == SECRET


def test_a_share_may_be_typed_in_capitals_and_with_other_blanks(shares):
    assert combine([shares[0].upper(), shares[1].replace(" ", "\n"), f"  {shares[2]}\n"]) == SECRET


def test_a_share_is_33_words_and_no_two_sets_are_alike(shares):
    assert {len(share.split()) for share in shares} == {33}
    assert not set(shares) & set(split(SECRET, 3, 5))


def test_a_secret_of_16_bytes_can_be_shared_and_all_shares_may_be_needed():
    shares = split(bytes(16), 16, 16)
    assert combine(shares) == bytes(16)
    assert "15 of the 16 needed" in refusal(shares[1:])


def test_one_share_of_one_is_the_secret_written_otherwise():
    assert combine(split(SECRET, 1, 1)) == SECRET


@pytest.mark.parametrize(("threshold", "count"), [(0, 3), (1, 3), (4, 3), (3, 17), (17, 17), (-1, 1)])
def test_numbers_that_the_standard_does_not_have_are_refused(threshold, count):
    with pytest.raises(CarechainError, match=f"cannot be {count}, {threshold} of them needed"):
        split(SECRET, threshold, count)


@pytest.mark.parametrize("length", [0, 14, 31])
def test_a_secret_that_the_standard_does_not_have_is_refused(length):
    with pytest.raises(CarechainError, match="16 at least"):
        split(bytes(length), 2, 3)


def test_too_few_shares_are_counted(shares):
    assert "are 2 of the 3 needed" in refusal(shares[:2])
    assert "are none" in refusal([])


def test_the_same_share_twice_counts_once(shares):
    assert "Share 3 is share 1 again" in refusal([shares[0], shares[1], shares[0]])


@pytest.mark.parametrize("place", [3, 4])
def test_a_share_beyond_those_needed_that_was_altered_is_named(shares, place):
    given = [*shares[:place], altered(shares[place]), *shares[place + 1 :]]
    assert f"Share {place + 1} does not fit the ones before it" in refusal(given)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_altered_share_among_those_needed_is_found(shares, place):
    given = [*shares[:place], altered(shares[place]), *shares[place + 1 :]]
    assert "The shares do not fit together" in refusal(given)


def test_copies_of_a_secret_of_which_one_is_enough_must_be_alike():
    one = Share.from_mnemonic(split(SECRET, 1, 1)[0])
    copy = replace(one, index=1).mnemonic()
    assert combine([one.mnemonic(), copy]) == SECRET
    assert "Share 2 does not fit" in refusal([one.mnemonic(), altered(copy)])


def test_shares_of_another_set_are_named(shares):
    assert "Share 2 is of another set than share 1" in refusal([shares[0], split(SECRET, 3, 5)[1], shares[2]])


def test_a_misspelt_word_is_named_by_its_place(shares):
    assert "Share 2 has a word that SLIP-39 doesn't know, number 9" in refusal(
        [shares[0], with_word(shares[1], 8, "acadenic"), shares[2]]
    )


def test_a_wrong_word_fails_the_checksum(shares):
    word = "acid" if shares[2].split()[20] != "acid" else "acne"
    assert "Share 3 fails its checksum" in refusal([*shares[:2], with_word(shares[2], 20, word)])


@pytest.mark.parametrize("cut", [slice(0, -1), slice(1, None), slice(0, 5), slice(0, 0)])
def test_a_share_with_words_missing_is_refused(shares, cut):
    assert "Share 1 fails its checksum" in refusal([" ".join(shares[0].split()[cut]), *shares[1:3]])


def test_shares_of_several_groups_are_left_to_the_wallet_that_made_them():
    groups = generate_mnemonics(2, [(2, 3), (2, 3)], SECRET)
    assert "are of several groups" in refusal(groups[0][:2])
