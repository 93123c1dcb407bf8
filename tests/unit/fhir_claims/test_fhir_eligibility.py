"""Questions about a coverage are read, and answers come back as they were."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from fhir.resources.R4B.coverageeligibilityresponse import CoverageEligibilityResponse
from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.claims.document import Identifier
from carechain.claims.remittance import CoveredService, EligibilityAnswer, EligibilityRequest
from carechain.errors import CarechainError
from carechain.fhir.codes import SERVICE_TYPE
from carechain.fhir.elements import parse, written
from carechain.fhir.eligibility import parse_eligibility_requests
from carechain.fhir.eligibility_answer import coverage_eligibility_response, read_eligibility
from tests.unit.fhir_claims.claim_resources import (
    PAYERS,
    SECRET,
    TODAY,
    bundle,
    clinic,
    concept,
    coverage,
    patient,
    payer,
)


def question(**elements):
    """A request; an element given as None is left out."""
    whole = {
        "resourceType": "CoverageEligibilityRequest",
        "id": "e1",
        "identifier": [{"value": "T-1"}],
        "status": "active",
        "purpose": ["benefits"],
        "patient": {"reference": "Patient/p1"},
        "created": "2026-03-30",
        "provider": {"reference": "Organization/clinic"},
        "insurer": {"reference": "Organization/payer"},
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/v1"}}],
        **elements,
    }
    return {name: value for name, value in whole.items() if value is not None}


def asked(document):
    return parse_eligibility_requests(json.dumps(document).encode(), "question.json", TODAY)


REQUEST = EligibilityRequest(
    place="question.json: CoverageEligibilityRequest/e1.insurance[0]",
    trace="T-1",
    payer=Identifier(PAYERS, "PAY-1"),
    provider=Identifier("npi", "1999996666"),
    member=Identifier("member", "M-77"),
    day=TODAY,
    service_types=("30",),
    birth_date=date(1980, 2, 29),
    patient_name=(SECRET, "First Second"),
)


def test_a_question_is_read_with_what_it_refers_to():
    found = asked(bundle(question(), patient(), coverage(), clinic(), payer()))
    assert found.requests == (REQUEST,)
    assert not found.refusals


def test_a_question_names_its_day_and_service_types():
    items = [{"category": concept(SERVICE_TYPE, "98")}, {"category": concept(SERVICE_TYPE, "35")}]
    found = asked(question(servicedDate="2026-05-01", item=items)).requests[0]
    assert (found.day, found.service_types) == (date(2026, 5, 1), ("98", "35"))


def test_each_insurance_is_a_question_of_its_own():
    sent = [{"coverage": {"reference": f"Coverage/{name}"}} for name in ("a", "b")]
    found = asked(question(insurance=sent)).requests
    assert [each.member.value for each in found] == ["Coverage/a", "Coverage/b"]


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"status": "draft"}, "status"),
        ({"insurance": None}, "insurance"),
        ({"insurer": None}, "insurer"),
        ({"provider": None}, "provider"),
        ({"patient": None}, "patient"),
        ({"item": [{"category": {"text": SECRET}}]}, "item[0].category"),
        ({"servicedDate": "2026"}, "servicedDate"),
        ({"modifierExtension": [{"url": "http://a.example"}]}, "modifierExtension"),
        ({"insurance": [{"coverage": {"display": SECRET}}]}, "insurance[0].coverage"),
    ],
)
def test_a_question_is_refused_with_its_place(elements, place):
    found = asked(question(**elements))
    assert not found.requests
    assert found.refusals[0].place == f"question.json: CoverageEligibilityRequest/e1.{place}"
    assert SECRET not in str(found.refusals[0])


AMOUNTS = st.integers(0, 10**9)
SERVICES = st.builds(
    CoveredService,
    service_type=st.sampled_from(["1", "30", "35", "98", "UC"]),
    in_network=st.booleans(),
    covered=st.booleans(),
    authorisation_needed=st.booleans(),
    copay=AMOUNTS,
    coinsurance=st.integers(0, 10_000).map(lambda parts: Decimal(parts).scaleb(-4)),
)


@st.composite
def answers(draw):
    limits = {}
    for name in ("deductible", "out_of_pocket", "family_deductible", "family_out_of_pocket"):
        whole = draw(st.none() | AMOUNTS)
        limits[name] = whole
        limits[name + "_left"] = None if whole is None else draw(st.none() | st.integers(0, whole))
    services = tuple(draw(st.lists(SERVICES, max_size=3)))
    told = any(limits[name] is not None for name in limits) or services
    return EligibilityAnswer(
        active=draw(st.booleans()),
        reason=draw(st.sampled_from([None, "72", "75", "42"])),
        first_day=draw(st.none() | st.dates()),
        last_day=draw(st.none() | st.dates()),
        plan=draw(st.none() | st.just("Plan of the tests")),
        currency=draw(st.sampled_from(["USD", "EUR", "JPY", "KWD"])) if told else "USD",
        services=services,
        **limits,
    )


@settings(max_examples=150, deadline=None)
@given(answer=answers())
def test_an_answer_comes_back_as_it_was(answer):
    content = written(coverage_eligibility_response(REQUEST, answer, TODAY))
    assert read_eligibility(parse(content, "answer.json", "an answer")) == answer
    assert CoverageEligibilityResponse.model_validate_json(content)


def test_what_was_used_of_a_deductible_is_told():
    answer = EligibilityAnswer(active=True, reason=None, deductible=50_000, deductible_left=12_345)
    found = coverage_eligibility_response(REQUEST, answer, TODAY)
    benefit = found["insurance"][0]["item"][0]["benefit"][0]
    assert benefit["allowedMoney"]["value"] == Decimal("500.00")
    assert benefit["usedMoney"]["value"] == Decimal("376.55")
    assert (found["outcome"], found["insurance"][0]["inforce"]) == ("complete", True)


def test_what_cannot_be_answered_is_an_error_with_its_reason():
    found = coverage_eligibility_response(REQUEST, EligibilityAnswer(active=False, reason="75"), TODAY)
    assert found["outcome"] == "error"
    assert found["error"][0]["code"]["coding"][0]["code"] == "75"


def test_what_is_left_of_nothing_is_refused():
    answer = EligibilityAnswer(active=True, reason=None, deductible_left=1)
    with pytest.raises(CarechainError, match="does not state"):
        coverage_eligibility_response(REQUEST, answer, TODAY)


@pytest.mark.parametrize("words", ["101", "1e3", "-1", "half"])
def test_a_share_that_is_no_percentage_is_refused(words):
    service = CoveredService("98", True, True, False, 0, Decimal("0.125"))
    answer = replace(EligibilityAnswer(active=True, reason=None), services=(service,))
    found = coverage_eligibility_response(REQUEST, answer, TODAY)
    found["insurance"][0]["item"][0]["benefit"][1]["allowedString"] = words
    with pytest.raises(CarechainError, match="is no percentage"):
        read_eligibility(found)
