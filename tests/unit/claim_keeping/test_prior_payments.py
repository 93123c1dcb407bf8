"""What other payers left of each line is told to the unit, or not at all."""

from __future__ import annotations

import pytest

from carechain.claims.document import Identifier
from carechain.claims.prior import left_by_others, spread
from carechain.errors import CarechainError
from tests.unit.claim_keeping.claim_documents import document, line, paid_before

THIRD_PAYER = Identifier("payer", "77330")


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("tests.unit.claim_keeping.claim_documents.now", lambda: 1_700_000_000)


def lines(*charges, prior=()):
    """Lines with these charges, and what others paid for each."""
    befores = prior or [()] * len(charges)
    return [
        line(at, charge=charge, prior=each) for at, (charge, each) in enumerate(zip(charges, befores, strict=True), 1)
    ]


def test_where_nobody_paid_before_nothing_is_told():
    assert left_by_others(document("A", *lines(100, 200))) is None


def test_what_was_decided_by_line_stands_for_each_line():
    by_line = ((paid_before(60, ("CO", 10), ("PR", 30)),), (paid_before(200),))
    said = document("A", *lines(100, 200, prior=by_line), prior=(paid_before(260),))
    assert left_by_others(said) == {1: 30, 2: 0}


def test_what_was_decided_on_the_whole_claim_is_spread_by_charges():
    said = document("A", *lines(100, 100, 100), prior=(paid_before(150, ("CO", 50), ("PR", 100)),))
    assert left_by_others(said) == {1: 34, 2: 33, 3: 33}


def test_what_was_adjusted_besides_the_lines_is_spread_by_what_they_were_paid():
    """As in example 3 of X12's guide: deductible and coinsurance of the whole claim, after what each line allows."""
    by_line = ((paid_before(4_000, ("CO", 300)),), (paid_before(1_500),), (paid_before(2_104),))
    said = document("A", *lines(4_300, 1_500, 2_104, prior=by_line), prior=(paid_before(3_915, ("PR", 3_689)),))
    left = left_by_others(said)
    assert sum(left.values()) == 3_689
    assert left == {1: 1_940, 2: 728, 3: 1_021}


def test_of_several_payers_the_least_that_any_left_counts():
    before = (paid_before(60, ("PR", 40)), paid_before(25, ("OA", 60), ("PR", 15), payer=THIRD_PAYER))
    assert left_by_others(document("A", *lines(100), prior=before)) == {1: 15}


@pytest.mark.parametrize(
    ("charges", "by_line", "whole"),
    [
        ((100,), ((),), paid_before(60, ("PR", 30))),
        ((100, 100), ((paid_before(100),), ()), paid_before(100, ("PR", 100))),
        ((100,), ((paid_before(100),),), None),
        ((100,), ((paid_before(60, ("PR", 30)),),), paid_before(60)),
        ((100,), ((paid_before(60, ("PR", 40)),),), paid_before(50)),
        ((100,), ((),), paid_before(-50, ("PR", 150))),
        ((100,), ((),), paid_before(110, ("PR", -10))),
    ],
    ids=["unbalanced", "some lines", "no payment", "unbalanced line", "another sum", "above", "negative"],
)
def test_what_does_not_come_out_is_refused(charges, by_line, whole):
    said = document("A", *lines(*charges, prior=by_line), prior=() if whole is None else (whole,))
    with pytest.raises(CarechainError) as error:
        left_by_others(said)
    assert error.value.place == said.place
    assert error.value.mend


@pytest.mark.parametrize("amount", [0, 1, 7, 99, 100, 599, 600])
def test_shares_make_the_whole_and_none_is_above_its_part(amount):
    over = {1: 100, 2: 0, 3: 499, 4: 1}
    shares = spread(amount, over)
    assert sum(shares.values()) == amount
    assert all(0 <= shares[number] <= over[number] for number in over)


def test_nothing_is_spread_over_nothing():
    assert spread(0, {1: 0, 2: 0}) == {1: 0, 2: 0}
