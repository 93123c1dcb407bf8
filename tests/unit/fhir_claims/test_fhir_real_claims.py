"""HL7's own claims and those of a generator that many systems are tested with: each taken, or refused for a reason.

HL7's examples of R4 have services without a code system; the generator's claims name neither payer nor coverage, and
have items without a price.
"""

import json
from datetime import date

import pytest
from fhir.resources.R4B.claim import Claim

from carechain.errors import CarechainError
from carechain.fhir.elements import parse
from carechain.fhir.eligibility import parse_eligibility_requests
from carechain.fhir.eligibility_answer import read_eligibility
from carechain.fhir.remittance import read_claim_response, read_explanation
from tests.helpers.real_data import SHARED, beside
from tests.unit.fhir_claims.claim_resources import parse as parse_document
from tests.unit.fhir_claims.claim_resources import usd

HL7 = SHARED / "fhir_r4_examples"
SYNTHEA = sorted((SHARED / "fhir_synthea_r4").glob("*_*.json"))
real = beside(HL7, "real claims")
real_bundles = beside(SHARED / "fhir_synthea_r4", "real bundles")

NO_SYSTEM = "item[0].productOrService has no code with a code system"
CLAIMS = {
    "Claim-100150": NO_SYSTEM,
    "Claim-100151": ("dental", 134_057, 3),
    "Claim-100152": NO_SYSTEM,
    "Claim-100153": "item[0].detail[4].net differs from quantity times unit price times factor",
    "Claim-100154": NO_SYSTEM,
    "Claim-100155": NO_SYSTEM,
    "Claim-100156": "payee is not the provider, who alone is paid",
    "Claim-660150": ("vision", 8_000, 1),
    "Claim-660151": ("vision", 21_400, 1),
    "Claim-760150": ("pharmacy", 6_000, 1),
    "Claim-760151": ("pharmacy", 9_000, 1),
    "Claim-760152": ("pharmacy", 15_500, 1),
    "Claim-960150": ("institutional", 12_500, 1),
    "Claim-MED-00050": ("institutional", 1_250_000, 1),
}

WANTING = "adjudication does not say what was submitted and what was paid"
ANSWERS = {
    "ClaimResponse-R3500": WANTING,
    "ClaimResponse-R3501": "outcome is not that of an active, complete answer",
    "ClaimResponse-R3502": WANTING,
    "ClaimResponse-R3503": WANTING,
    "ClaimResponse-UR3503": "adds items, or adjusts the claim as a whole",
    "ExplanationOfBenefit-EB3500": "item[0].adjudication does not say why all was not paid",
    "ExplanationOfBenefit-EB3501": "outcome is not that of an active, complete answer",
    "CoverageEligibilityResponse-E2500": True,
    "CoverageEligibilityResponse-E2501": "insurance[0].item[0].benefit[0].type is not read here",
    "CoverageEligibilityResponse-E2502": "insurance[0].item[0].benefit[0].type is not read here",
    "CoverageEligibilityResponse-E2503": "insurance is not exactly one",
}
READERS = {
    "ClaimResponse": read_claim_response,
    "ExplanationOfBenefit": read_explanation,
    "CoverageEligibilityResponse": read_eligibility,
}


@real
def test_every_claim_and_answer_of_hl7_is_in_the_tables():
    kinds = ("Claim", *READERS)
    found = {file.stem for kind in kinds for file in HL7.glob(f"{kind}-*.json")}
    assert found == set(CLAIMS) | set(ANSWERS)


@real
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_hl7_is_taken_or_refused_for_its_reason(name):
    found = parse_document((HL7 / f"{name}.json").read_bytes())
    verdict = CLAIMS[name]
    if isinstance(verdict, str):
        place = f"claims.json: Claim/{name.removeprefix('Claim-')}"
        assert [str(refusal).partition(". ")[0] for refusal in found.refusals] == [f"{place}.{verdict}"]
    else:
        taken = found.claims[0]
        assert (taken.kind, taken.total, len(taken.lines)) == verdict
        assert taken.currency == "USD"


@real
def test_a_claim_of_a_hospital_is_read_with_what_it_contains():
    found = parse_document((HL7 / "Claim-MED-00050.json").read_bytes()).claims[0]
    assert [code.value for code in found.diagnoses] == ["M961", "G894", "M5388", "M47816"]
    assert (found.relationship, found.birth_date) == ("self", date(1954, 6, 11))
    assert found.created == date(2015, 10, 16)
    line = found.lines[0]
    assert (line.procedure.system, line.diagnoses, line.place_of_service) == ("hcpcs", (2, 4), "24")


@real
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_hl7_is_read_or_refused_for_its_reason(name):
    resource = parse((HL7 / f"{name}.json").read_bytes(), "answer.json", "an answer")
    verdict = ANSWERS[name]
    read = READERS[name.partition("-")[0]]
    if verdict is True:
        assert read(resource).active
    else:
        with pytest.raises(CarechainError) as error:
            read(resource)
        assert verdict in str(error.value)


@real
@pytest.mark.parametrize(("name", "types"), [("52345", ("30",)), ("52346", ("69",))])
def test_a_question_of_hl7_about_a_coverage_is_read(name, types):
    content = (HL7 / f"CoverageEligibilityRequest-{name}.json").read_bytes()
    found = parse_eligibility_requests(content, "question.json", date(2026, 3, 31)).requests
    assert [(each.trace, each.service_types) for each in found] == [(name, types)]


@real_bundles
@pytest.mark.parametrize("index", range(10))
def test_a_claim_of_the_generator_is_refused_for_want_of_a_coverage(index):
    content = SYNTHEA[index].read_bytes()
    found = parse_document(content)
    sent = [entry["resource"] for entry in json.loads(content)["entry"]]
    assert not found.claims
    assert found.read == sum(each["resourceType"] == "Claim" for each in sent)
    assert {refusal.problem for refusal in found.refusals} == {"names no coverage"}


def completed(resource):
    """A claim of the generator with what it lacks: payer, coverage, and a price of every item."""
    whole = {**resource, "insurer": {"reference": "Organization/x"}}
    whole["insurance"] = [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/x"}}]
    priced = sum(round(item["net"]["value"] * 100) for item in resource["item"] if "net" in item)
    rest = round(resource["total"]["value"] * 100) - priced
    free = [item for item in resource["item"] if "net" not in item]
    for index, item in enumerate(free):
        item["net"] = usd((rest if index == 0 else 0) / 100)
    return whole


@real_bundles
@pytest.mark.parametrize("index", range(10))
def test_a_claim_of_the_generator_that_is_completed_is_taken(index):
    document = json.loads(SYNTHEA[index].read_bytes())
    totals = []
    for entry in document["entry"]:
        if entry["resource"]["resourceType"] == "Claim":
            entry["resource"] = completed(entry["resource"])
            totals.append(round(entry["resource"]["total"]["value"] * 100))
            assert Claim.model_validate(entry["resource"])
    found = parse_document(document)
    assert not found.refusals, found.refusals
    assert [claim.total for claim in found.claims] == totals
    assert all(claim.birth_date and claim.patient_name for claim in found.claims)
