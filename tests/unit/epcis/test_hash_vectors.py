"""The hashes that GS1's reference tool publishes for its own documents."""

import pytest

from carechain.epcis.hashing import prehash
from carechain.epcis.reading import hashes, read
from tests.helpers.real_data import SHARED, beside
from tests.unit.epcis.epcis_documents import NOW

FOLDER = SHARED / "epcis_hash_vectors"
DOCUMENTS = sorted(
    each for each in FOLDER.glob("*.*") if each.suffix in (".xml", ".jsonld") and each.with_suffix(".hashes").exists()
)

real = beside(FOLDER, "the published hashes")


@real
@pytest.mark.parametrize("index", range(9))
def test_the_hashes_are_those_published(index):
    published = DOCUMENTS[index].with_suffix(".hashes").read_text("utf-8").split()
    assert hashes(DOCUMENTS[index]) == published


@real
@pytest.mark.parametrize("index", range(9))
def test_the_hashed_texts_are_those_published(index):
    published = DOCUMENTS[index].with_suffix(".prehashes").read_text("utf-8").splitlines()
    assert [prehash(event) for event in read(DOCUMENTS[index], NOW).events] == [each for each in published if each]


@real
def test_no_document_with_published_hashes_is_left_out():
    assert len(DOCUMENTS) == 9
