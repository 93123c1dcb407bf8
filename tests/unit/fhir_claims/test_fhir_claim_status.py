"""Where a claim stands, as a ClaimResponse and back."""

from dataclasses import replace
from datetime import date

import pytest
from fhir.resources.R4B.claimresponse import ClaimResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.claims.document import Identifier
from carechain.claims.remittance import StatusAnswer, StatusRequest
from carechain.errors import CarechainError
from carechain.fhir.claim_status import claim_status, read_claim_status
from carechain.fhir.elements import parse, written
from tests.unit.fhir_claims.remitted_claims import CURRENCIES

REQUEST = StatusRequest(
    place="question.edi",
    trace="T-1",
    payer=Identifier("payer", "999996666"),
    provider=Identifier("npi", "1999996666"),
    member=Identifier("member", "M-77"),
    control_number="PCN-1",
    payer_control_number=None,
)
PAID = StatusAnswer(
    control_number="PCN-1",
    payer_control_number="1-2-3",
    category="F1",
    status="65",
    day=date(2026, 3, 31),
    charge=10_000,
    paid=6_000,
    payment_day=date(2026, 4, 1),
    trace="0x1f",
)
NUMBERS = st.none() | st.from_regex("[A-Z0-9-]{1,20}", fullmatch=True)
ANSWERS = st.builds(
    StatusAnswer,
    control_number=NUMBERS,
    payer_control_number=NUMBERS,
    category=st.sampled_from("A1 A4 F1 F2 F3F P1 P2 P3".split()),
    status=st.from_regex("[1-9][0-9]{0,2}", fullmatch=True),
    day=st.dates(),
    charge=st.integers(0, 10**9),
    paid=st.integers(0, 10**9),
    payment_day=st.none() | st.dates(),
    trace=NUMBERS,
)


@settings(max_examples=100, deadline=None)
@given(answer=ANSWERS, currency=CURRENCIES, known=st.booleans())
def test_an_answer_comes_back_as_it_was(answer, currency, known):
    request = REQUEST if known else replace(REQUEST, member=None)
    content = written(claim_status(request, answer, currency))
    assert read_claim_status(parse(content, "answer.json", "an answer")) == answer
    assert ClaimResponse.model_validate_json(content)


@pytest.mark.parametrize(
    ("category", "outcome"),
    [
        ("A1", "queued"),
        ("A4", "error"),
        ("F1", "complete"),
        ("F2", "complete"),
        ("F3F", "complete"),
        ("P1", "partial"),
        ("P2", "partial"),
        ("P3", "partial"),
        ("Z9", "error"),
    ],
)
def test_the_outcome_is_that_of_the_category(category, outcome):
    found = claim_status(REQUEST, replace(PAID, category=category), "USD", "dental")
    assert found["outcome"] == outcome
    assert ("error" in found) == (outcome == "error")


@pytest.mark.parametrize("name", ["adjudication", "total", "created"])
def test_an_answer_without_a_status_is_refused(name):
    found = claim_status(REQUEST, PAID, "USD")
    del found[name]
    with pytest.raises(CarechainError):
        read_claim_status(found)


def test_another_resource_is_refused():
    with pytest.raises(CarechainError, match=r"ClaimResponse\.resourceType is another"):
        read_claim_status({"resourceType": "Task"})
