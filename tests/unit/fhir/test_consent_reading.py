"""What is not one FHIR R4 Consent in UTF-8 JSON is refused with its place, and nothing of it is repeated."""

import json

import pytest

from carechain.errors import CarechainError
from carechain.fhir import reading
from carechain.fhir.reading import parse_consent, read_consent
from tests.unit.fhir.consent_documents import concept, consent, permit, read

SECRET = "P. van den Patient"


def refused(content):
    with pytest.raises(CarechainError) as error:
        parse_consent(content if isinstance(content, bytes) else json.dumps(content).encode(), "consent.json")
    message = str(error.value)
    assert "consent.json" in message
    assert SECRET not in message
    assert error.value.mend
    return message


def test_a_sound_consent_is_read():
    document = read(consent(permit()))
    assert document.resource["resourceType"] == "Consent"
    assert document.source == "consent.json"


def test_the_narrative_is_not_needed_and_not_judged():
    read(consent(permit()))
    read(consent(permit(), text={"status": "generated"}))


def test_the_canonical_bytes_do_not_depend_on_order_or_blanks():
    document = consent(permit())
    turned = json.dumps(dict(reversed(document.items())), indent=3).encode()
    assert parse_consent(turned, "other.json").canonical == read(document).canonical


@pytest.mark.parametrize(
    ("meta", "version"),
    [
        (None, 1),
        ({"versionId": "7"}, 7),
        ({"versionId": "v7"}, 1),
        ({"versionId": "0"}, 1),
        ({"source": "urn:a"}, 1),
    ],
)
def test_the_version_is_metas_version_id_when_that_is_a_whole_number(meta, version):
    assert read(consent(permit(), meta=meta)).version == version


WHOLE = {"system": "urn:example:consents", "value": "7"}


@pytest.mark.parametrize(
    ("elements", "identity"),
    [
        ({"id": "c1", "identifier": [WHOLE]}, "urn:example:consents|7"),
        ({"id": "c1", "identifier": [{"value": "5"}, {"system": "urn:a"}, WHOLE]}, "urn:example:consents|7"),
        ({"id": "c1", "identifier": [{"value": "5"}]}, "Consent/c1"),
        ({"id": "c1"}, "Consent/c1"),
    ],
)
def test_a_consent_is_known_by_its_first_whole_identifier_else_by_its_id(elements, identity):
    assert read(consent(permit(), **elements)).identity == identity


def test_consents_without_a_whole_identifier_or_id_are_known_by_their_content():
    one, same, other = (read(consent(permit(), identifier=[{"value": value}])).identity for value in ("5", "5", "6"))
    assert one == same
    assert one != other
    assert one.startswith("sha256 ")


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content):
    assert "is empty" in refused(content) or "ends in the middle" in refused(content)


def test_a_byte_order_mark_is_tolerated():
    parse_consent(b"\xef\xbb\xbf" + json.dumps(consent(permit())).encode(), "consent.json")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_refused(encoding):
    assert "UTF-8" in refused(json.dumps(consent(permit())).encode(encoding))


def test_bytes_that_are_not_utf_8_are_refused_with_their_place():
    assert "byte 20" in refused(b'{"resourceType": "Co\xffnsent"}')


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_a_truncated_file_is_refused_with_line_and_column(share):
    content = json.dumps(consent(permit()), indent=1).encode()
    message = refused(content[: int(len(content) * share)])
    assert "line" in message
    assert "column" in message
    assert "ends in the middle" in message


def test_broken_json_is_refused_with_line_and_column():
    message = refused(b'{"resourceType": "Consent",\n "status" "active"}')
    assert "line 2, column 11" in message
    assert "is not JSON" in message


def test_two_documents_in_one_file_are_refused():
    content = json.dumps(consent(permit())).encode()
    assert "is not JSON" in refused(content + content)


def test_a_repeated_element_is_refused():
    content = json.dumps(consent(permit())).replace('"status": "active"', '"status": "active", "status": "draft"')
    assert "the element status twice" in refused(content.encode())


def test_a_repeated_name_that_may_be_data_is_not_repeated():
    assert "an element twice" in refused(f'{{"{SECRET}": 1, "{SECRET}": 2}}'.encode())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(number):
    assert number.lstrip("-") in refused(f'{{"resourceType": "Consent", "status": {number}}}'.encode())


@pytest.mark.parametrize("number", ["1" * 5_000, "9007199254740993", "1e999"])
def test_numbers_that_json_cannot_carry_are_refused(number):
    document = json.dumps(consent(permit(), sourceAttachment={"size": 12345}))
    refused(document.replace("12345", number).encode())


def test_half_a_character_is_refused():
    refused(json.dumps(consent(permit(), patient={"reference": "Patient/p1", "display": "\ud800"})).encode())


@pytest.mark.parametrize("content", [b"[]", b"null", b'"Consent"', b"5", b"true"])
def test_what_is_not_an_object_is_refused(content):
    assert "is not a JSON object" in refused(content)


@pytest.mark.parametrize("kind", [None, "Contract", "consent", 5, ["Consent"]])
def test_another_resource_type_is_refused(kind):
    assert "resourceType is not Consent" in refused({**consent(permit()), "resourceType": kind})


def test_a_bundle_is_refused_with_what_to_do():
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": consent(permit())}]}
    assert "each Consent" in refused(bundle)


def test_xml_is_named_as_such():
    assert "is XML" in refused(b'<?xml version="1.0"?><Consent xmlns="http://hl7.org/fhir"/>')


@pytest.mark.parametrize(
    ("element", "value", "version"),
    [
        ("decision", "permit", "R5"),
        ("controller", [{"reference": "Organization/clinic"}], "R5"),
        ("grantee", [{"reference": "Organization/clinic"}], "R5"),
        ("subject", {"reference": "Patient/p1"}, "R5"),
        ("date", "2025-01-01", "R5"),
        ("except", [{"type": "deny"}], "STU3"),
        ("consentingParty", [{"reference": "Patient/p1"}], "STU3"),
        ("actor", [{"reference": {"reference": "Organization/clinic"}}], "STU3"),
        ("purpose", [{"code": "TREAT"}], "STU3"),
    ],
)
def test_the_shapes_of_other_fhir_versions_are_named(element, value, version):
    message = refused({**consent(permit()), element: value})
    assert f"Consent.{element} belongs to FHIR {version}" in message


def test_a_list_of_root_provisions_is_named_as_r5():
    assert "R5" in refused({**consent(), "provision": [permit()]})


@pytest.mark.parametrize("depth", [60, 900, 200_000])
def test_deep_nesting_is_refused(depth):
    content = '{"resourceType": "Consent", "provision": ' + '{"provision": [' * depth + "]}" * depth + "}"
    assert "nests deeper than 40 levels" in refused(content.encode())


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path):
    file = tmp_path / "consent.json"
    file.write_bytes(b"[" * 2_001)
    with pytest.raises(CarechainError, match="larger than 2,000 bytes"):
        read_consent(file, max_bytes=2_000)
    assert reading.MAX_BYTES == 5_000_000


def test_a_file_at_the_limit_is_read(tmp_path):
    file = tmp_path / "consent.json"
    content = json.dumps(consent(permit())).encode()
    file.write_bytes(content)
    assert read_consent(file, max_bytes=len(content)).source == "consent.json"


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(CarechainError, match="cannot be read"):
        read_consent(tmp_path / name)


@pytest.mark.parametrize("value", [None, [], {}, "", [None]])
def test_empty_values_are_refused_with_their_path(value):
    document = consent(permit())
    document["provision"]["purpose"] = value
    assert "Consent.provision.purpose" in refused(document)


@pytest.mark.parametrize("element", ["status", "scope", "category"])
def test_a_missing_element_is_named(element):
    document = consent(permit())
    del document[element]
    assert f"Consent.{element} is missing" in refused(document)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"status": 5}, "Consent.status"),
        ({"category": concept("urn:a", "b")}, "Consent.category"),
        ({"provision": permit(purpose={"code": SECRET})}, "Consent.provision.purpose"),
        ({"provision": permit(purpose=[{"code": 3}])}, "Consent.provision.purpose[0].code"),
        ({"provision": permit(period={"start": SECRET})}, "Consent.provision.period.start"),
        ({"provision": permit(period={"start": "2025-13-45"})}, "Consent.provision.period.start"),
        ({"provision": permit(period={"start": "2025-01-01T10:00:00"})}, "Consent.provision.period.start"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_with_its_path(change, path):
    message = refused({**consent(permit()), **change})
    assert path in message
    assert "does not have the form" in message


def test_an_unknown_element_is_refused_without_repeating_a_name_that_may_be_data():
    assert "Consent.provision.grade" in refused(consent(permit(grade="A")))
    assert "(unnamed)" in refused(consent(permit(**{SECRET: "A"})))


def test_a_contained_resource_of_unknown_type_is_refused():
    assert "unknown type" in refused(consent(permit(), contained=[{"resourceType": "Sorcery", "id": "a"}]))
