"""The forms of trials' numbers, and finding them in what people type."""

import pytest

from carechain.registries.elements import Element, Notes
from carechain.registries.identifiers import Identifiers, normalised
from carechain.registries.record import Identifier, IdentifierKind

NCT, EU_CT, EUDRACT, ISRCTN, UTN, SPONSOR, OTHER = IdentifierKind


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (NCT, "NCT01234567", "NCT01234567"),
        (NCT, " nct 01234567", "NCT01234567"),
        (ISRCTN, "12345678", "ISRCTN12345678"),
        (ISRCTN, "ISRCTN 12345678", "ISRCTN12345678"),
        (UTN, "U1111\u20131234\u20135678", "U1111-1234-5678"),
        (EUDRACT, "2016-004489-24", "2016-004489-24"),
        (EU_CT, "2022-500244-37-00", "2022-500244-37-00"),
    ],
)
def test_a_number_has_one_form(kind, text, value):
    assert normalised(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (NCT, "NCT1234567"),
        (NCT, "NCT012345678"),
        (ISRCTN, "1234567"),
        (UTN, "U2222-1234-5678"),
        (EUDRACT, "2022-500244-37-00"),
        (EUDRACT, "1916-004489-24"),
        (EU_CT, "2016-004489-24"),
        (EU_CT, "2022-400244-37-00"),
        (NCT, "NCT\u0660\u06601234567"),
        (SPONSOR, "anything"),
    ],
)
def test_what_has_another_form_is_no_number_of_that_kind(kind, text):
    assert normalised(kind, text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("EudraCT 2010-019449-17", [(EUDRACT, "2010-019449-17")]),
        ("2022-500244-37-00", [(EU_CT, "2022-500244-37-00")]),
        ("NCT01234567, NCT07654321", [(NCT, "NCT01234567"), (NCT, "NCT07654321")]),
        ("utn: u1111-1234-5678", [(UTN, "U1111-1234-5678")]),
        ("ANCT01234567", [(OTHER, "ANCT01234567")]),
        ("12345678", [(OTHER, "12345678")]),
        ("N/A", []),
        ("Nil known.", []),
        ("", []),
    ],
)
def test_a_number_among_words_is_known_by_its_form(text, found):
    identifiers = Identifiers("NCT00000001", Notes())
    identifiers.add_any(Element(text, "trial.json"), "")
    assert [(each.kind, each.value) for each in identifiers.all()] == found


def test_the_record_s_own_number_is_none_of_the_others():
    identifiers = Identifiers("NCT00000001", Notes())
    identifiers.add_any(Element("NCT00000001", "trial.json"))
    identifiers.add(SPONSOR, Element("HC-7", "trial.json"))
    identifiers.add_any(Element("HC-7", "trial.json"), "A foundation")
    assert identifiers.all() == (Identifier(SPONSOR, "HC-7"),)
