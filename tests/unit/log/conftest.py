"""The library by itself."""

import pytest

from tests.helpers.suite import compiled


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("MerkleLogProbe").deploy({"from": deployer})


@pytest.fixture(autouse=True)
def _unchanged(fn_isolation):
    """What a test appends is gone for the next."""
