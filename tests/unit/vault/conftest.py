"""What the tests of the vault share."""

from __future__ import annotations

import pytest

from carechain.vault.packs import ShardStore
from tests.unit.vault.faulty_nodes import FaultyNodes


@pytest.fixture
def faulty():
    """Five nodes in memory, three of them needed."""
    nodes = FaultyNodes(3, 5)
    yield nodes
    nodes.release()


@pytest.fixture
def store(faulty):
    return ShardStore(faulty.storage)
