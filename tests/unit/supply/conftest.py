"""Lots that the tests of the supply chain start from, further on than at their manufacturer."""

import pytest

from carechain.supply.words import interval_of
from tests.helpers.suite import PHARMACY, WHOLESALER


@pytest.fixture(scope="module")
def at_wholesaler(trade):
    """All of another lot, bought by the wholesaler. The interval."""
    return trade.hand_over(interval_of(trade.register(2), 0), WHOLESALER)


@pytest.fixture(scope="module")
def at_pharmacy(trade):
    """All of another lot, bought by the wholesaler and then by the pharmacy. The interval."""
    return trade.hand_over(interval_of(trade.register(3), 0), WHOLESALER, PHARMACY)
