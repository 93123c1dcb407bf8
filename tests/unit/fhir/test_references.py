"""What a reference is, whatever is written in it."""

import pytest

from carechain.fhir.references import restful

SERVER = "https://riverside.example/fhir"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient/p1", ("", "Patient", "p1")),
        ("Patient/p1/_history/2", ("", "Patient", "p1")),
        ("Patient/p1#part", ("", "Patient", "p1")),
        (f"{SERVER}/Patient/p1", (SERVER, "Patient", "p1")),
        (f"{SERVER}/Patient/p1/_history/2#part", (SERVER, "Patient", "p1")),
    ],
)
def test_a_literal_reference_has_a_server_a_type_and_an_id(text, expected):
    assert restful(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Patient",
        "patient/p1",
        "Patient/p 1",
        "Patient/p1\n",
        f"{SERVER}#x/Patient/p1",
        f"https://{'x' * 2_048}/Patient/p1",
        "https://x" + "/Ab/1#" * 300,
        5,
        None,
    ],
)
def test_what_has_another_form_is_no_literal_reference(text):
    assert restful(text) is None
