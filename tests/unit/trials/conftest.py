"""Trials that tests start from. A file starts from one of them: they are the same trial, further on."""

from __future__ import annotations

import pytest

from carechain.consent_scope import Scope
from tests.helpers.suite import SITE
from tests.helpers.trials import TRIAL, Study, pseudonym


@pytest.fixture(scope="module")
def study(trials, consents):
    """A trial that is not registered yet."""
    return Study(trials, consents)


@pytest.fixture(scope="module")
def registered(study):
    """A trial that is registered, and nothing more."""
    study.register()
    return study


@pytest.fixture(scope="module")
def started(study):
    """A trial that enrols: approved, with an allocation list, a safety board, and two open sites with their streams."""
    study.start()
    return study


@pytest.fixture
def participation(trials):
    """Whether data of a person, the first unless told otherwise, may be collected."""

    def participation(person=1):
        return trials.participationOf(TRIAL, pseudonym(person))

    return participation


@pytest.fixture
def revoke(consents, patient):
    """The patient revokes the consent to take part at the site."""

    def revoke(version=1):
        return consents.revoke(SITE, Scope.of_trial(TRIAL, version).to_bytes(), {"from": patient})

    return revoke
