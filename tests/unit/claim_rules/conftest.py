"""Both judges: the contract's library, and the reference in Python."""

import pytest

from tests.helpers.judged_twice import TwoJudges
from tests.helpers.suite import compiled


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("AdjudicationProbe").deploy({"from": deployer})


@pytest.fixture(scope="module")
def judge(probe):
    return TwoJudges(probe)
