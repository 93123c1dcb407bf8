"""The directory of accredited organisations."""

from pathlib import Path

import pytest

from carechain.errors import CarechainError
from carechain.fhir.directory import Directory
from tests.unit.fhir.consent_documents import CLINIC, DIRECTORY

EXAMPLE = Path(__file__).parents[3] / "examples/directory.yaml"


def load(tmp_path, text):
    file = tmp_path / "directory.yaml"
    file.write_text(text, encoding="utf-8")
    return Directory.load(file)


def test_the_example_directory_is_sound():
    assert Directory.load(EXAMPLE).organisations["Organization/f001"] == 3


def test_references_and_identifiers_are_found():
    assert DIRECTORY.find({"reference": "Organization/clinic"}) == CLINIC
    assert DIRECTORY.find({"identifier": {"system": "urn:example:licence", "value": "C-3"}}) == CLINIC


@pytest.mark.parametrize(
    "reference",
    [
        {},
        {"reference": "Organization/stranger"},
        {"reference": "Organization/clinic/_history/1"},
        {"reference": "https://example.org/fhir/Organization/clinic"},
        {"reference": "#clinic"},
        {"reference": 3},
        {"identifier": {"value": "C-3"}},
        {"identifier": {"system": "urn:example:licence"}},
        {"identifier": {"system": "urn:example:licence|C", "value": "3"}},
        {"reference": "urn:example:licence|C-3"},
        {"identifier": "urn:example:licence|C-3"},
        {"display": "Organization/clinic"},
    ],
)
def test_anything_but_the_very_reference_is_unknown(reference):
    assert DIRECTORY.find(reference) is None


LICENCE = {"system": "urn:example:licence", "value": "C-3"}


def test_an_identifier_confirms_a_listed_reference_and_never_stands_in_for_another():
    assert DIRECTORY.find({"reference": "Organization/clinic", "identifier": LICENCE}) == CLINIC
    assert DIRECTORY.find({"reference": "Organization/clinic", "identifier": {"value": "unknown"}}) == CLINIC
    for literal in ("Organization/stranger", "urn:uuid:1", "#clinic", "https://example.org/fhir/Organization/clinic"):
        assert DIRECTORY.find({"reference": literal, "identifier": LICENCE}) is None


@pytest.mark.parametrize(
    "identifier", [{"system": None, "value": "7"}, {"value": "7"}, {"system": "urn:a"}, {"system": "a|b", "value": "c"}]
)
def test_an_identifier_without_a_clear_system_and_value_is_unknown(identifier):
    assert Directory({"None|7": 1, "|7": 1, "urn:a|None": 1, "a|b|c": 1}).find({"identifier": identifier}) is None


def test_a_fragment_is_unknown_even_when_it_is_listed():
    assert Directory({"#clinic": 3}).find({"reference": "#clinic"}) is None


def test_a_contained_organisation_is_known_by_identifiers_that_agree():
    reference = {"reference": "#o"}
    assert DIRECTORY.find(reference, {"identifier": [LICENCE]}) == CLINIC
    assert DIRECTORY.find({**reference, "identifier": LICENCE}, {"name": "a name"}) == CLINIC
    assert DIRECTORY.find(reference, {"name": "a name"}) is None
    directory = Directory({"urn:example:licence|C-3": 3, "urn:example:licence|R-4": 4})
    with pytest.raises(CarechainError, match="different organisations"):
        directory.find({**reference, "identifier": LICENCE}, {"identifier": [{**LICENCE, "value": "R-4"}]})


def test_a_reference_and_an_identifier_that_disagree_are_refused():
    with pytest.raises(CarechainError, match="different organisations"):
        DIRECTORY.find(
            {
                "reference": "Organization/registry",
                "identifier": {"system": "urn:example:licence", "value": "C-3"},
            }
        )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "organisations: 3",
        "organisations: {Organization/a: three}",
        "organisations: {Organization/a: true}",
        "organisations: {Organization/a: 0}",
        "organisations: {Organization/a: -1}",
        f"organisations: {{Organization/a: {2**32}}}",
        "organisations: {5: 5}",
        "organisations: {Organization/a: 1}\nmore: 2",
        "organisations: {Organization/a: 1, Organization/a: 2}",
        "organisations: {? [a] : 1}",
        "organisations: [",
        "organisations: !!python/object:os.system {}",
    ],
)
def test_a_file_that_is_no_directory_is_refused(tmp_path, text):
    with pytest.raises(CarechainError, match=r"directory\.yaml"):
        load(tmp_path, text)


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="cannot be read"):
        Directory.load(tmp_path / "absent.yaml")
