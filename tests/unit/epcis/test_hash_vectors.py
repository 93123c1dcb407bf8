"""The hashes that GS1's reference tool publishes for its own documents."""

from pathlib import Path

import pytest

from carechain.epcis.hashing import prehash
from carechain.epcis.reading import hashes, read
from tests.unit.epcis.epcis_documents import NOW

FOLDER = Path(__file__).parents[3] / "../shared/data/epcis_hash_vectors"
DOCUMENTS = sorted(
    each for each in FOLDER.glob("*.*") if each.suffix in (".xml", ".jsonld") and each.with_suffix(".hashes").exists()
)

beside = pytest.mark.skipif(
    not DOCUMENTS, reason="../shared/data is not beside the project, so the published hashes cannot be compared"
)


@beside
@pytest.mark.parametrize("index", range(9))
def test_the_hashes_are_those_published(index):
    published = DOCUMENTS[index].with_suffix(".hashes").read_text("utf-8").split()
    assert hashes(DOCUMENTS[index]) == published


@beside
@pytest.mark.parametrize("index", range(9))
def test_the_hashed_texts_are_those_published(index):
    published = DOCUMENTS[index].with_suffix(".prehashes").read_text("utf-8").splitlines()
    assert [prehash(event) for event in read(DOCUMENTS[index], NOW).events] == [each for each in published if each]


@beside
def test_no_document_with_published_hashes_is_left_out():
    assert len(DOCUMENTS) == 9
