"""Rows as RFC 8785 writes them: byte for byte what a library writes that knows nothing else."""

import json
import struct

import pytest
import rfc8785
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from carechain.cdisc.metadata import Column, Layout
from carechain.cdisc.row_text import Piece
from carechain.cdisc.rows import RowReader, canonical
from carechain.errors import CarechainError

SAFE = 2**53 - 1
TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
BITS = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack(">d", bits.to_bytes(8, "big"))[0])
SCALED = st.builds(lambda number, power: number * 10.0**power, st.integers(-(10**17), 10**17), st.integers(-40, 30))
FLOATS = st.one_of(BITS, SCALED, st.floats(allow_nan=False, allow_infinity=False), st.integers(-1000, 1000).map(float))
VALUES = {
    "string": TEXTS,
    "integer": st.integers(-SAFE, SAFE),
    "float": FLOATS | st.integers(-SAFE, SAFE),
    "boolean": st.booleans(),
}


@st.composite
def tables(draw):
    types = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=6))
    row = st.tuples(*(st.none() | VALUES[each] for each in types))
    return types, draw(st.lists(row, min_size=1, max_size=5))


def reader(types):
    return RowReader(Layout(tuple(Column(f"C{n}", each) for n, each in enumerate(types)), 0), "a.json")


def written(types, texts, lines=False):
    piece = Piece(1, len(texts), (b"\n," if lines else b",").join(texts), lines)
    return [canonical(row) for row in zip(*reader(types).columns(piece), strict=True)]


@settings(max_examples=200, deadline=None)
@given(tables(), st.booleans(), st.booleans())
def test_a_row_is_written_as_the_library_for_the_rfc_does(table, ascii_alone, lines):
    types, rows = table
    for row in rows:
        for value in row:
            assume(not isinstance(value, float) or value - value == 0)  # neither infinite nor no number
    texts = [json.dumps(row, ensure_ascii=ascii_alone).encode() for row in rows]
    assert written(types, texts, lines) == [rfc8785.dumps(row) for row in rows]


def test_a_float_of_any_magnitude_is_written_as_the_rfc_says():
    digits = ("1", "-1", "1.5", "9.007199254740993", "2.2250738585072014", "-3.3333333333333335", "9.999999999999999")
    texts = [f"{each}e{power}" for power in range(-323, 308) for each in digits]
    assert written(["float"], [f"[{text}]".encode() for text in texts]) == [rfc8785.dumps([float(t)]) for t in texts]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (b'["\\u0041\\/\\n\\u00e9"]', '["A/\\né"]'.encode()),
        (b'["\\ud83d\\udccf"]', '["\U0001f4cf"]'.encode()),
        (b'["\\u007f\\u0000\\u001f"]', b'["\x7f\\u0000\\u001f"]'),
        (b' [ "a" ] ', b'["a"]'),
    ],
)
def test_texts_that_are_escaped_in_another_way_are_the_same(text, same):
    assert written(["string"], [text]) == [same]


@pytest.mark.parametrize(
    ("text", "same"),
    [(b"[1.0]", b"[1]"), (b"[-0.0]", b"[0]"), (b"[-0]", b"[0]"), (b"[1E2]", b"[100]"), (b"[1e21]", b"[1e+21]"),
     (b"[9007199254740992.0]", b"[9007199254740992]"), (b"[0.000001]", b"[0.000001]"), (b"[1e-7]", b"[1e-7]")],
)  # fmt: skip
def test_numbers_that_are_written_in_another_way_are_the_same(text, same):
    assert written(["float"], [text]) == [same]


def test_an_integer_with_a_fraction_of_zero_is_an_integer():
    assert written(["integer"], [b"[5.0]", b"[6]"]) == [b"[5]", b"[6]"]


@pytest.mark.parametrize("text", [b"0e-400", b"0.0", b"-0.0", b"0." + b"0" * 400, b"0.000E-999"])
def test_zero_is_zero_however_it_is_written(text):
    assert written(["float"], [b"[" + text + b"]"]) == [b"[0]"]


def test_the_smallest_numbers_and_texts_that_look_like_numbers_are_read():
    assert written(["float", "string"], [b'[5e-324,"1e-400"]', b"[1e-200,null]"]) == [
        b'[5e-324,"1e-400"]',
        b"[1e-200,null]",
    ]


REFUSED = [
    ("integer", b"[9007199254740992]", "row 2, C0", "is an integer beyond 2^53 - 1"),
    ("float", b"[-9007199254740993]", "row 2, C0", "is an integer beyond 2^53 - 1"),
    ("integer", b"[1.5]", "row 2, C0", "is not an integer"),
    ("float", b'["1.5"]', "row 2, C0", "is not a number"),
    ("float", b"[1e400]", "row 2", "holds a number that is too large"),
    *[
        (kind, b"[" + number + b"]", "row 2", "holds a number that is too small")
        for kind in ("float", "integer", "string")
        for number in (b"1e-400", b"-1E-0400", b"0." + b"0" * 400 + b"1", b"0." + b"0" * 250 + b"1e-99", b"2e-324")
    ],
    ("float", b"[NaN]", "row 2", "is not JSON"),
    ("string", b"[null,null]", "row 2", "has 2 values for 1 columns"),
    ("string", b"[]", "row 2", "has 0 values for 1 columns"),
    ("string", b"[[null]]", "row 2, C0", "is not a string"),
    ("string", b'{"a":null}', "row 2", "is no array"),
    ("string", b'["\xff"]', "row 2", "is not JSON"),
    ("string", b'["\\ud800"]', "row 2", "is not JSON"),
    ("string", b'["\\udc00\\ud800"]', "row 2", "is not JSON"),
    ("string", b'["\x01"]', "row 2", "is not JSON"),
    ("string", b'["a]', "row 2", "is not JSON"),
    ("date", b'["2024-13"]', "row 2, C0", "is not an ISO 8601 date, nor a part of one"),
    ("decimal", b'["1e5"]', "row 2, C0", "is not a decimal number"),
    ("boolean", b"[0]", "row 2, C0", "is neither true nor false"),
]


@pytest.mark.parametrize(("data_type", "text", "place", "problem"), REFUSED)
def test_a_row_that_does_not_fit_is_refused_with_its_number_and_column(data_type, text, place, problem):
    with pytest.raises(CarechainError) as refused:
        written([data_type], [b"[null]", text, b"[null]"], lines=True)
    assert refused.value.place == f"a.json: {place}"
    assert refused.value.problem.startswith(problem)
    assert refused.value.mend


@pytest.mark.parametrize("between", [b"", b";", b"x", b" ", b"9"])
def test_of_two_rows_that_are_not_parted_the_second_is_named(between):
    with pytest.raises(CarechainError) as refused:
        written(["string"], [b'["a"]', b'["]"]' + between + b'["b"]'])
    assert (refused.value.place, refused.value.problem) == ("a.json: row 3", "is not JSON")


def test_of_several_rows_that_do_not_fit_the_first_is_named():
    with pytest.raises(CarechainError) as refused:
        written(["integer", "date"], [b'[1,"2024"]', b'[1,"x"]', b'["x","2024"]'])
    assert refused.value.place == "a.json: row 2, C1"
