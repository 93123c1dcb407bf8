"""Remitted claims as ExplanationOfBenefit and ClaimResponse come back to the cent, and are FHIR R4."""

import copy
from dataclasses import replace
from decimal import Decimal

import pytest
from fhir.resources.R4B.claimresponse import ClaimResponse
from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit
from hypothesis import given, settings
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.fhir.codes import CARC, GROUP
from carechain.fhir.elements import parse, written
from carechain.fhir.remittance import (
    amounts,
    claim_response,
    explanation_of_benefit,
    read_claim_response,
    read_explanation,
)
from tests.unit.fhir_claims.remitted_claims import CURRENCIES, LINE, claims, remittance, remitted

CLAIM = remitted(LINE, replace(LINE, number=2, adjustments=(), paid=10_000), interest=123)
FORMS = pytest.mark.parametrize(
    ("write", "read", "model"),
    [
        (explanation_of_benefit, read_explanation, ExplanationOfBenefit),
        (claim_response, read_claim_response, ClaimResponse),
    ],
)


def category(entry):
    return [(coding["system"].rpartition("/")[2], coding["code"]) for coding in entry["category"]["coding"]]


@FORMS
@settings(max_examples=60, deadline=None)
@given(claim=claims(), currency=CURRENCIES)
def test_a_remitted_claim_comes_back_to_the_cent(write, read, model, claim, currency):
    resource = write(claim, remittance(claim, currency=currency), "professional")
    content = written(resource)
    assert read(parse(content, "answer.json", "an answer")) == amounts(claim, currency)
    assert model.model_validate_json(content)


@FORMS
def test_every_adjustment_has_its_reason_and_group(write, read, model):
    entries = write(CLAIM, remittance(CLAIM))["item"][0]["adjudication"]
    assert [category(entry) for entry in entries] == [
        [("adjudication", "submitted")],
        [("adjudication", "deductible"), ("claim-adjustment-group-codes", "PR")],
        [("adjudication", "copay"), ("claim-adjustment-group-codes", "PR")],
        [("claim-adjustment-group-codes", "PR")],
        [("claim-adjustment-group-codes", "CO")],
        [("adjudication", "benefit")],
    ]
    reasons = [entry["reason"]["coding"][0] for entry in entries[1:-1]]
    assert [reason["code"] for reason in reasons] == ["1", "3", "2", "45"]
    assert {reason["system"] for reason in reasons} == {CARC}
    assert [entry["amount"]["value"] for entry in entries] == [
        Decimal(text) for text in ("100.00", "15.00", "5.00", "4.00", "16.00", "60.00")
    ]


@FORMS
def test_interest_is_in_the_payment_beyond_the_benefit(write, read, model):
    payment = write(CLAIM, remittance(CLAIM))["payment"]
    assert payment["amount"] == {"value": Decimal("161.23"), "currency": "USD"}
    assert payment["adjustment"] == {"value": Decimal("-1.23"), "currency": "USD"}
    assert payment["adjustmentReason"]["coding"][0]["code"] == "L6"
    assert payment["identifier"]["value"] == remittance().trace


@FORMS
def test_a_denied_claim_has_no_payment(write, read, model):
    claim = remitted(replace(LINE, paid=0, adjustments=(replace(LINE.adjustments[0], amount=10_000),)), status="4")
    resource = write(claim, remittance(claim))
    assert "payment" not in resource
    assert (resource["outcome"], resource["disposition"]) == ("complete", "Denied")


def test_an_explanation_tells_the_patient_what_was_done_and_when():
    resource = explanation_of_benefit(CLAIM, remittance(CLAIM), "dental")
    item = resource["item"][0]
    assert item["productOrService"]["coding"] == [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]
    assert item["modifier"] == [{"coding": [{"code": "25"}]}]
    assert (item["servicedDate"], item["quantity"]["value"]) == ("2026-03-02", 2)
    assert resource["type"]["coding"][0]["code"] == "oral"
    assert resource["supportingInfo"][0]["timingDate"] == "2026-03-05"
    assert resource["claim"]["identifier"]["value"] == "PCN-1"


def test_a_claim_of_a_kind_that_is_not_known_says_so():
    assert claim_response(CLAIM, remittance(CLAIM))["type"] == {"text": "not known"}


def test_an_unknown_currency_is_refused():
    with pytest.raises(CarechainError, match="is not a currency"):
        claim_response(CLAIM, remittance(CLAIM, currency="XXX"))


def altered(path, value):
    resource = copy.deepcopy(explanation_of_benefit(CLAIM, remittance(CLAIM)))
    node = resource
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return resource


ONE = {"value": Decimal("0.01"), "currency": "USD"}


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("resourceType",), "Claim", "resourceType"),
        (("outcome",), "queued", "outcome"),
        (("status",), "cancelled", "outcome"),
        (("item", 0, "adjudication", 5, "amount"), ONE, "item[0].adjudication"),
        (("item", 0, "adjudication", 1, "amount"), ONE, "item[0].adjudication"),
        (
            ("item", 0, "adjudication", 1, "amount"),
            {**ONE, "currency": "EUR"},
            "item[0].adjudication[1].amount.currency",
        ),
        (("item", 0, "adjudication", 5, "category"), {"text": "?"}, "item[0].adjudication"),
        (("item", 0, "adjudication", 4, "reason"), {"text": "?"}, "item[0].adjudication[4].reason"),
        (("item", 0, "adjudication", 4, "category", "coding", 0, "code"), "XX", "item[0].adjudication[4].category"),
        (("total", 1, "amount"), ONE, "total"),
        (("payment", "amount"), ONE, "payment.amount"),
        (("payment", "adjustmentReason"), {"text": "?"}, "payment.adjustmentReason"),
        (("addItem",), [{}], ""),
        (("item",), None, "item"),
    ],
)
def test_an_explanation_that_does_not_come_out_is_refused(path, value, place):
    with pytest.raises(CarechainError) as error:
        read_explanation(altered(path, value))
    assert error.value.place == "ExplanationOfBenefit" + ("." + place if place else "")


ODD = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just([{}]) | st.just({"a": [1]})
)


@FORMS
@settings(max_examples=150, deadline=None)
@given(data=st.data(), odd=ODD)
def test_odd_answers_raise_nothing_but_carechain_errors(write, read, model, data, odd):
    resource = write(CLAIM, remittance(CLAIM))
    node, name = resource, data.draw(st.sampled_from(sorted(resource)))
    while isinstance(node[name], dict | list) and data.draw(st.booleans()):
        node = node[name]
        name = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
    node[name] = odd
    try:
        found = read(resource)
    except CarechainError:
        return
    assert found.charge == sum(line.charge for line in found.lines)


def test_the_group_code_has_its_address():
    entry = claim_response(CLAIM, remittance(CLAIM))["item"][0]["adjudication"][4]
    assert entry["category"]["coding"] == [{"system": GROUP, "code": "CO"}]
