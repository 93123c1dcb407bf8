"""Which values fit which data type, and what is said of those that do not."""

import pytest

from carechain.cdisc.values import DATA_TYPES, value_problem

FITTING = {
    "string": ["", "a", "Größe", " "],
    "integer": [0, -7, 2**53 - 1, -(2**53) + 1, 5.0],
    "decimal": ["", "1", "-1.50", "+.5", "1.", "1,234,567.8"],
    "float": [1, 1.5, -0.0, 1e300],
    "double": [2, 2.25],
    "boolean": [True, False],
    "datetime": [
        "2024",
        "2024-05",
        "2024-05-01",
        "2024-05-01T08",
        "2024-05-01T08:30",
        "2024-05-01T08:30:59.123Z",
        "2024-05-01T08:30+02:00",
        "--05-01",
        "2024---01",
        "-----T07:15",
        "2024-05-01T-:15",
        "2024-05-01T08/2024-05-01T09",
    ],
    "date": ["", "2024", "2024-02-29", "2024-02", "2024---15", "--12-15", "2024-01/2024-03"],
    "time": ["08", "08:30", "08:30:00", "08:30:00.5", "23:59:60Z", "-:15"],
    "URI": ["https://example.org/a?b=c#d", "urn:oid:1.2.3", "relative/path"],
}
REFUSED = {
    "string": [1, 1.5, True, ["a"], {}],
    "integer": ["1", 1.5, True, 2**53, -(2**53)],
    "decimal": [1, "1e5", "1,23", "-", ".", "1 000", "0x1", "\u0661"],
    "float": ["1.5", True, 2**53],
    "double": ["", False],
    "boolean": [0, 1, "true", "Y"],
    "datetime": ["2024-05-01 08:30", "2024-5-1", "2024-13", "2024-05-01T24", "2024-05-01T08:30:", "2024-02-30T08",
                 "T08", "-", "a/b/c", "2024-01/2024-02/2024-03"],
    "date": ["2023-02-29", "2024-05-01T08:30", "20240501", "01MAY2024", "0000", "-", "2024-00", "2024-04-31"],
    "time": ["24:00", "08:60", "8:30", "T08:30"],
    "URI": ["with space", "line\nbreak", "<a>"],
}  # fmt: skip


def rows(table):
    return [(data_type, value) for data_type, values in table.items() for value in values]


def test_the_tables_have_every_data_type():
    assert set(FITTING) == set(REFUSED) == set(DATA_TYPES)


@pytest.mark.parametrize(("data_type", "value"), rows(FITTING))
def test_a_value_of_its_type_fits(data_type, value):
    assert value_problem(data_type, None, value) is None


@pytest.mark.parametrize(("data_type", "value"), rows(REFUSED))
def test_a_value_of_another_type_is_refused_without_being_quoted(data_type, value):
    problem = value_problem(data_type, None, value)
    assert problem.startswith("is ")
    assert not isinstance(value, str) or len(value) < 5 or value not in problem


@pytest.mark.parametrize("data_type", DATA_TYPES)
def test_null_is_a_missing_value_of_every_type(data_type):
    assert value_problem(data_type, 1, None) is None


def test_a_text_is_as_long_as_its_characters():
    assert value_problem("string", 2, "\U0001f4cfß") is None
    assert value_problem("string", 2, "abc") == "is longer than the 2 characters of its column"
