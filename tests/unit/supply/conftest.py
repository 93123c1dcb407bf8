"""What tests of the supply chain start from: a lot of a hundred units, released, in its manufacturer's hands."""

import pytest

from carechain.supply.words import interval_of
from tests.helpers.suite import PHARMACY, WHOLESALER
from tests.helpers.supply import Trade


@pytest.fixture(scope="module")
def trade(supply):
    """The trade in a product that is authorised."""
    trade = Trade(supply)
    trade.authorise()
    return trade


@pytest.fixture(scope="module")
def lot(trade):
    return trade.register()


@pytest.fixture(scope="module")
def whole(lot):
    """All of the lot, as one interval."""
    return interval_of(lot, 0)


@pytest.fixture(scope="module")
def at_wholesaler(trade):
    """All of another lot, bought by the wholesaler. The interval."""
    return trade.hand_over(interval_of(trade.register(2), 0), WHOLESALER)


@pytest.fixture(scope="module")
def at_pharmacy(trade):
    """All of another lot, bought by the wholesaler and then by the pharmacy. The interval."""
    return trade.hand_over(interval_of(trade.register(3), 0), WHOLESALER, PHARMACY)
