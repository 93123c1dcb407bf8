"""However the bytes of a file are altered, reading it ends in values or in a CarechainError, and in nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.x12.eligibility import read_eligibility_answers, read_eligibility_requests
from carechain.x12.remittance import read_remittance
from carechain.x12.status import read_status_answers, read_status_requests
from tests.unit.x12.x12_documents import (
    COVERAGE_ASKED,
    REMITTED,
    STATUS_ANSWERED,
    STATUS_ASKED,
    file_of,
    institutional,
    professional,
    read,
    secondary,
    told,
)

COVERAGE = file_of(COVERAGE_ASKED + "\nEB*B**98****25*0.2***N*Y", kind="271", version="005010X279A1")
FILES = (
    (professional(), read),
    (secondary(), read),
    (institutional(), read),
    (file_of(REMITTED, kind="835", version="005010X221A1"), lambda content: read_remittance(content, "file.x12")),
    (
        file_of(STATUS_ASKED, kind="276", version="005010X212"),
        lambda content: read_status_requests(content, "file.x12"),
    ),
    (
        file_of(STATUS_ANSWERED, kind="277", version="005010X212"),
        lambda content: read_status_answers(content, "file.x12"),
    ),
    (
        file_of(COVERAGE_ASKED, kind="270", version="005010X279A1"),
        lambda content: read_eligibility_requests(content, "file.x12"),
    ),
    (COVERAGE, lambda content: read_eligibility_answers(content, "file.x12")),
)
# What means something in X12, so that alterations get past the first check.
PIECES = st.sampled_from(
    [
        b"",
        b"*",
        b":",
        b"^",
        b"~",
        b"~\n",
        b"**",
        b"0",
        b"-1",
        b"9" * 5000,
        b"HL*",
        b"~CLM*",
        b"~SE*1*0001~",
        b"\xc2\xb2",
        b"\x00",
    ]
)
PLACES = st.floats(0, 1, exclude_max=True)


def survives(content, reader):
    """Reads what may be no X12 any more: errors, of the whole or of a claim, repeat no value."""
    try:
        found = reader(content)
    except CarechainError as error:
        told(error)
    else:
        for refusal in getattr(found, "refusals", ()):
            told(refusal)


@settings(max_examples=1500, deadline=None)
@given(
    st.sampled_from(FILES), st.lists(st.tuples(PLACES, st.integers(0, 12), PIECES | st.binary(max_size=3)), max_size=4)
)
def test_altered_bytes_are_read_or_refused(file, alterations):
    content, reader = file
    for place, length, piece in alterations:
        at = int(place * len(content))
        content = content[:at] + piece + content[at + length :]
    survives(content, reader)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_altered_elements_of_a_balanced_file_are_read_or_refused(file, data):
    content, reader = file
    lines = content.decode().splitlines()
    at = data.draw(st.integers(3, len(lines) - 4))
    elements = lines[at].removesuffix("~").split("*")
    place = data.draw(st.integers(0, len(elements) - 1))
    elements[place] = data.draw(
        st.sampled_from(["", ":", "^", "-", ".", "0", "1", "20240230", "x:y", "²", "RD8", "9" * 40, "HC"])
    )
    lines[at] = "*".join(elements) + "~"
    survives("\n".join(lines).encode(), reader)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content):
    for prefix in (b"", b"ISA", professional()[:106], professional()):
        survives(prefix + content, read)
