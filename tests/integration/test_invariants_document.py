"""docs/INVARIANTS.md names tests; a test that was renamed or removed must not stay there as a promise."""

import re

import pytest

from scripts.suite import ROOT

DOCUMENT = (ROOT / "docs" / "INVARIANTS.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(?:tests/)?((?:unit|integration|stateful)/[\w/]+\.py)(?:::(\w+))?`", DOCUMENT)))


def test_the_document_names_tests():
    assert len(NAMED) > 20


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_every_test_it_names_exists(path, name):
    source = (ROOT / "tests" / path).read_text("utf-8")
    assert not name or f"\ndef {name}(" in source
