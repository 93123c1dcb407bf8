"""A payer's programme that is open, with its members, as the tests of claims find it."""

from __future__ import annotations

from copy import copy

import pytest
from claim_acts import FAMILY, NOON

from tests.helpers.claims import Cover
from tests.helpers.suite import SECOND_PROVIDER, now, pass_time


@pytest.fixture(scope="module")
def opened(suite, claims, consents, patient, other_patient, new_key, second_new_key):
    """The programme, on a day that is always the same: which claims look alike by chance depends on it."""
    if now() < NOON:
        pass_time(NOON - now())
    opened = Cover(claims, consents).open()
    opened.admit(SECOND_PROVIDER)
    opened.enrol(patient)
    for member in (other_patient, new_key):
        opened.enrol(member, family=FAMILY)
    opened.enrol(second_new_key, secondary=True)
    return opened


@pytest.fixture
def cover(opened):
    """The same for each test, which forgets what other tests were told."""
    fresh = copy(opened)
    fresh.accounts = {}
    return fresh


@pytest.fixture(scope="module")
def member(patient):
    """Covered alone."""
    return patient


@pytest.fixture(scope="module")
def parent(other_patient):
    """Covered with `child`, as one family."""
    return other_patient


@pytest.fixture(scope="module")
def child(new_key):
    return new_key


@pytest.fixture(scope="module")
def covered_twice(second_new_key):
    """Another payer pays first."""
    return second_new_key
