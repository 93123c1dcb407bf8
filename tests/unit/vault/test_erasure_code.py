"""Any `needed` rows give the data back: every choice of them for small codes, random ones for larger."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys

import numpy as np
import pytest

from carechain.errors import CarechainError
from carechain.vault.erasure_code import ErasureCode
from scripts.suite import ROOT

SMALL = [(needed, total) for total in range(1, 8) for needed in range(1, total + 1)]
LARGE = [(10, 14), (17, 20), (32, 40), (100, 255), (254, 255), (255, 255), (1, 255)]


def data(needed, width, seed=7):
    return np.random.default_rng(seed).integers(0, 256, (needed, width), np.uint8)


def multiplied(left, right):
    """In GF(2^8) by x^8 + x^4 + x^3 + x^2 + 1, bit by bit."""
    product = 0
    for bit in range(8):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(15, 7, -1):
        if product >> bit & 1:
            product ^= 0b1_0001_1101 << bit - 8
    return product


@pytest.mark.parametrize(("needed", "total"), SMALL)
def test_every_choice_of_enough_rows_gives_the_data_back(needed, total):
    code, rows = ErasureCode(needed, total), data(needed, 5)
    coded = code.encode(rows)
    for chosen in itertools.combinations(range(total), needed):
        assert (code.decode({row: coded[row] for row in chosen}) == rows).all()


@pytest.mark.parametrize(("needed", "total"), LARGE)
def test_random_choices_of_enough_rows_give_the_data_back(needed, total):
    code, rows, chance = ErasureCode(needed, total), data(needed, 3), random.Random(11)
    coded = code.encode(rows)
    for _ in range(3):
        chosen = chance.sample(range(total), needed)
        assert (code.decode({row: coded[row] for row in chosen}) == rows).all()


def test_the_first_rows_are_the_data_itself():
    rows = data(4, 9)
    assert (ErasureCode(4, 7).encode(rows)[:4] == rows).all()


def test_the_other_rows_are_sums_of_data_rows_divided_by_the_sum_of_their_numbers():
    rows = data(3, 20)
    coded = ErasureCode(3, 6).encode(rows)
    inverse = {a: b for a in range(256) for b in range(256) if multiplied(a, b) == 1}
    for row, column in itertools.product(range(3, 6), range(20)):
        expected = 0
        for number in range(3):
            expected ^= multiplied(inverse[row ^ number], int(rows[number, column]))
        assert coded[row, column] == expected


def test_rows_beyond_those_needed_are_not_looked_at():
    code, rows = ErasureCode(2, 5), data(2, 8)
    coded = code.encode(rows)
    coded[4] = 0
    assert (code.decode(dict(enumerate(coded))) == rows).all()


def test_zero_rows_stay_zero_and_are_read_back_as_zero():
    code = ErasureCode(3, 5)
    coded = code.encode(np.zeros((3, 4), np.uint8))
    assert not coded.any()
    assert not code.decode({row: coded[row] for row in (1, 3, 4)}).any()


def test_columns_that_are_blanked_in_every_row_leave_the_others_as_they_were():
    code, rows = ErasureCode(3, 5), data(3, 10)
    coded = code.encode(rows)
    coded[:, 4:7] = 0
    decoded = code.decode({row: coded[row] for row in (0, 3, 4)})
    rows[:, 4:7] = 0
    assert (decoded == rows).all()


def test_no_columns_at_all_are_coded():
    code = ErasureCode(2, 3)
    assert code.decode(dict(enumerate(code.encode(data(2, 0))[1:], 1))).shape == (2, 0)


def test_too_few_rows_are_counted():
    code = ErasureCode(3, 5)
    coded = code.encode(data(3, 4))
    with pytest.raises(CarechainError, match="are 2 of the 3 needed"):
        code.decode({0: coded[0], 4: coded[4]})


@pytest.mark.parametrize(("needed", "total"), [(0, 3), (4, 3), (-1, 3), (3, 256), (256, 256)])
def test_a_code_out_of_range_is_refused(needed, total):
    with pytest.raises(CarechainError, match=f"cannot need {needed} of {total}"):
        ErasureCode(needed, total)


@pytest.mark.parametrize("rows", [np.zeros((2, 4), np.uint8), np.zeros((3, 4), np.int64), np.zeros(3, np.uint8)])
def test_rows_that_are_not_the_codes_are_a_mistake(rows):
    with pytest.raises(ValueError, match="3 rows of bytes"):
        ErasureCode(3, 5).encode(rows)


def test_a_row_that_the_code_does_not_have_is_a_mistake():
    with pytest.raises(ValueError, match="rows 0 to 2"):
        ErasureCode(2, 3).decode({0: np.zeros(1, np.uint8), 3: np.zeros(1, np.uint8)})


@pytest.mark.parametrize("other", [np.zeros(3, np.uint8), np.zeros(4, np.int64)])
def test_rows_of_different_widths_or_not_of_bytes_are_a_mistake(other):
    with pytest.raises(ValueError, match="rows are bytes, and all of one width"):
        ErasureCode(2, 3).decode({0: np.zeros(4, np.uint8), 2: other})


@pytest.mark.parametrize("width", [(1 << 17) - 1, 1 << 17, (1 << 17) + 1, 300_000])
def test_rows_as_long_as_one_likes_are_coded_alike_in_every_column(width):
    code, rows = ErasureCode(2, 4), data(2, width)
    coded = code.encode(rows)
    assert (code.decode({2: coded[2], 3: coded[3]}) == rows).all()
    assert (coded[:, -5:] == code.encode(rows[:, -5:])).all()


def test_reading_what_is_whole_does_not_wait_for_the_field_to_be_compiled():
    program = (
        "import sys, numpy as np; from carechain.vault.packs import ErasureCode; "
        "ErasureCode(2, 3).decode({n: np.zeros(4, np.uint8) for n in range(2)}); sys.exit('galois' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
