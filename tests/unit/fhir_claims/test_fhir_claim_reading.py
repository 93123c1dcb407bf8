"""What a claim says is taken as it is meant."""

from datetime import date
from decimal import Decimal

import pytest

from carechain.claims.document import Adjustment, Code, Frequency, Identifier, Order, PriorPayment
from carechain.fhir.codes import CARC, GROUP
from tests.unit.fhir_claims.claim_resources import (
    CPT,
    ICD,
    PAYERS,
    SECRET,
    TERMS,
    bundle,
    claim,
    concept,
    coverage,
    item,
    one,
    parse,
    patient,
    usd,
    whole,
)

RELATION = TERMS + "ex-relatedclaimrelationship"


def test_a_claim_with_all_it_refers_to_is_read_whole():
    found = one(whole(claim()))
    assert found.place == "claims.json: Claim/c1"
    assert (found.kind, found.use, found.control_number) == ("professional", "claim", "PCN-1")
    assert (found.frequency, found.original) == (Frequency.ORIGINAL, None)
    assert found.provider == Identifier("npi", "1999996666")
    assert found.payer == Identifier(PAYERS, "PAY-1")
    assert found.member == Identifier("member", "M-77")
    assert (found.relationship, found.birth_date) == ("child", date(1980, 2, 29))
    assert found.patient_name == (SECRET, "First Second")
    assert (found.order, found.currency, found.total) == (Order.PRIMARY, "USD", 10_000)
    assert found.diagnoses == (Code("icd-10", "M961"),)
    assert (found.authorisation, found.related_cause, found.created) == (None, False, date(2026, 3, 3))
    line = found.lines[0]
    assert (line.number, line.procedure, line.revenue, line.charge) == (1, Code("hcpcs", "99213"), None, 10_000)
    assert (line.units, line.unit) == (Decimal(1), "UN")
    assert (line.first_day, line.last_day) == (date(2026, 3, 2), date(2026, 3, 2))


def test_a_claim_alone_keeps_its_references_for_what_they_are():
    found = one(claim())
    assert found.member == Identifier("fhir", "Coverage/v1")
    assert found.provider == Identifier("fhir", "Organization/clinic")
    assert found.payer == Identifier("fhir", "Organization/payer")
    assert (found.relationship, found.birth_date, found.patient_name) == ("other", None, None)


def test_what_is_contained_is_what_a_claim_refers_to():
    inside = [{**coverage(), "id": "inner", "beneficiary": {"reference": "#someone"}}, {**patient(), "id": "someone"}]
    insurance = [{"sequence": 1, "focal": True, "coverage": {"reference": "#inner"}}]
    found = one(claim(contained=inside, insurance=insurance, patient={"reference": "#someone"}))
    assert (found.member, found.birth_date) == (Identifier("member", "M-77"), date(1980, 2, 29))


def test_a_members_own_number_comes_before_the_subscribers():
    number = {"type": concept(TERMS + "v2-0203", "MB"), "value": "M-77-02"}
    found = one(bundle(claim(), coverage(identifier=[{"system": "a:b", "value": "1"}, number])))
    assert found.member == Identifier("member", "M-77-02")


def test_the_payer_of_the_coverage_stands_in_for_an_insurer_that_is_not_named():
    assert one(whole(claim(insurer=None))).payer == Identifier(PAYERS, "PAY-1")


def test_a_coverage_whose_patient_is_written_otherwise_is_taken():
    inner = {**coverage(), "id": "inner", "beneficiary": {"reference": "#someone"}}
    insurance = [{"sequence": 1, "focal": True, "coverage": {"reference": "#inner"}}]
    assert one(claim(contained=[inner], insurance=insurance)).member == Identifier("member", "M-77")


def test_a_patient_who_is_the_subscriber_is_self():
    sent = {name: value for name, value in coverage().items() if name != "relationship"}
    assert one(bundle(claim(), {**sent, "subscriber": {"reference": "Patient/p1"}})).relationship == "self"


@pytest.mark.parametrize(
    ("code", "kind"), [("oral", "dental"), ("institutional", "institutional"), ("pharmacy", "pharmacy")]
)
def test_the_kind_is_that_of_the_type(code, kind):
    assert one(claim(type=concept(TERMS + "claim-type", code))).kind == kind


@pytest.mark.parametrize("use", ["preauthorization", "predetermination"])
def test_what_is_asked_beforehand_may_be_in_the_future(use):
    found = one(claim(use=use, item=[item(servicedDate="2027-01-01")]))
    assert (found.use, found.lines[0].first_day) == (use, date(2027, 1, 1))


def test_a_net_that_is_not_stated_is_multiplied_exactly():
    line = item(net=None, quantity={"value": 3}, unitPrice=usd(33.35), factor=0.8)
    assert one(claim(item=[line])).total == 8_004


def test_amounts_are_never_floats():
    content = b'{"sequence":1,"quantity":{"value":3.10},"net":{"value":9007199254740.93,"currency":"USD"},'
    big = (
        content
        + b'"servicedDate":"2026-03-02","productOrService":{"coding":[{"system":"http://a.example","code":"x"}]}}'
    )
    text = repr(claim(item=["HERE"])).replace("True", "true").replace("'", '"').encode()
    assert parse(text.replace(b'"HERE"', big)).refusals[0].problem == "is larger than any claim"
    fine = one(text.replace(b'"HERE"', big.replace(b"9007199254740.93", b"90071992547.93")))
    assert (fine.total, fine.lines[0].units) == (9_007_199_254_793, Decimal("3.10"))


def test_a_stated_net_may_round_what_is_multiplied():
    line = item(net=10.01, quantity={"value": 3}, unitPrice=usd(3.335))
    assert one(claim(item=[line])).total == 1_001


@pytest.mark.parametrize(("currency", "value", "total"), [("JPY", 100, 100), ("KWD", 1.234, 1_234), ("EUR", 1.5, 150)])
def test_minor_units_are_those_of_the_currency(currency, value, total):
    found = one(claim(item=[item(net=None) | {"net": {"value": value, "currency": currency}}]))
    assert (found.currency, found.total) == (currency, total)


def test_details_add_up_to_an_item_without_a_net():
    parts = [
        {"sequence": 1, "productOrService": concept(CPT, "A"), "net": usd(60)},
        {"sequence": 2, "productOrService": concept(CPT, "B"), "subDetail": [item(1, 30), item(2, 10)]},
        {"sequence": 3, "productOrService": concept(CPT, "C"), "quantity": {"value": 24}},
    ]
    for part in parts[1]["subDetail"]:
        del part["servicedDate"]
    assert one(claim(item=[item(net=None, detail=parts)])).total == 10_000


def test_an_item_has_modifiers_revenue_place_and_period():
    line = item(
        modifier=[concept(CPT, "25"), concept(CPT, "59")],
        revenue=concept("https://www.nubc.org/CodeSystem/RevenueCodes", "0551"),
        locationCodeableConcept=concept(TERMS + "ex-serviceplace", "11"),
        servicedDate=None,
        servicedPeriod={"start": "2026-02-27T23:30:00-05:00", "end": "2026-03-01"},
        quantity={"value": 45, "code": "min", "system": "http://unitsofmeasure.org"},
    )
    found = one(claim(item=[line])).lines[0]
    assert found.procedure == Code("hcpcs", "99213", ("25", "59"))
    assert found.revenue == Code("revenue", "0551")
    assert (found.place_of_service, found.unit) == ("11", "MJ")
    assert (found.first_day, found.last_day) == (date(2026, 2, 27), date(2026, 3, 1))


def test_an_institutional_line_may_have_a_revenue_code_alone():
    line = item(
        productOrService=concept(TERMS + "data-absent-reason", "not-applicable"),
        revenue=concept("https://www.nubc.org/CodeSystem/RevenueCodes", "0120"),
    )
    assert one(claim(item=[line])).lines[0].procedure is None


def test_an_item_without_a_day_was_in_the_period_of_the_claim():
    period = {"start": "2026-03-01", "end": "2026-03-05"}
    line = one(claim(billablePeriod=period, item=[item(servicedDate=None)])).lines[0]
    assert (line.first_day, line.last_day) == (date(2026, 3, 1), date(2026, 3, 5))


def test_the_principal_diagnosis_comes_first_and_items_point_to_it():
    diagnoses = [
        {"sequence": 4, "diagnosisCodeableConcept": concept(ICD, "G89.4")},
        {
            "sequence": 9,
            "diagnosisCodeableConcept": concept(ICD, "M53.88"),
            "type": [concept(TERMS + "ex-diagnosistype", "principal")],
        },
    ]
    found = one(claim(diagnosis=diagnoses, item=[item(diagnosisSequence=[4, 9])]))
    assert [each.value for each in found.diagnoses] == ["M5388", "G894"]
    assert found.lines[0].diagnoses == (2, 1)


def test_a_diagnosis_may_be_a_condition_of_the_file():
    condition = {"resourceType": "Condition", "id": "d1", "code": concept(ICD, "J06.9")}
    sent = claim(diagnosis=[{"sequence": 1, "diagnosisReference": {"reference": "Condition/d1"}}])
    assert one(bundle(sent, condition)).diagnoses == (Code("icd-10", "J069"),)


def test_an_accident_is_a_related_cause_and_an_authorisation_is_kept():
    insurance = claim()["insurance"]
    insurance[0]["preAuthRef"] = ["AUTH-5"]
    found = one(claim(accident={"date": "2026-03-01"}, insurance=insurance))
    assert (found.related_cause, found.authorisation) == (True, "AUTH-5")


def test_a_prior_claim_is_replaced_and_an_associated_one_is_not():
    related = {"relationship": concept(RELATION, "prior"), "reference": {"value": "1-2-3"}}
    found = one(claim(related=[related]))
    assert (found.frequency, found.original) == (Frequency.REPLACEMENT, "1-2-3")
    related["relationship"] = concept(RELATION, "associated")
    assert one(claim(related=[related])).frequency == Frequency.ORIGINAL


@pytest.mark.parametrize(("bill", "frequency"), [("0137", Frequency.REPLACEMENT), ("138", Frequency.VOID)])
def test_the_type_of_bill_says_what_becomes_of_the_claim_before(bill, frequency):
    related = [{"relationship": concept(RELATION, "prior"), "reference": {"value": "1-2-3"}}]
    found = one(claim(subType=concept("https://www.nubc.org/CodeSystem/TypeOfBill", bill), related=related))
    assert (found.frequency, found.original) == (frequency, "1-2-3")


def second(answer=None):
    """Insurance of a claim against the second payer, with the first one's answer."""
    first = {"sequence": 1, "focal": False, "coverage": {"reference": "Coverage/v0"}}
    if answer:
        first["claimResponse"] = {"reference": answer}
    return [first, {"sequence": 2, "focal": True, "coverage": {"reference": "Coverage/v1"}}]


def prior_answer(kind="ClaimResponse", number="itemSequence"):
    adjudications = [
        {"category": concept(TERMS + "adjudication", "benefit"), "amount": usd(60)},
        {"category": concept(TERMS + "adjudication", "deductible"), "amount": usd(15)},
        {"category": concept(GROUP, "CO"), "reason": concept(CARC, "45"), "amount": usd(25)},
        {"category": concept(TERMS + "adjudication", "eligible"), "amount": usd(75)},
    ]
    return {
        "resourceType": kind,
        "id": "r1",
        "status": "active",
        "outcome": "complete",
        "patient": {"reference": "https://a.example/Patient/p1"},
        "insurer": {"identifier": {"system": PAYERS, "value": "PAY-0"}},
        "claimResponse": {"reference": "http://b.example/ClaimResponse/r1"},
        "item": [{number: 1, "adjudication": adjudications}],
    }


@pytest.mark.parametrize(
    ("kind", "number", "reference"),
    [
        ("ClaimResponse", "itemSequence", "ClaimResponse/r1"),
        ("ExplanationOfBenefit", "sequence", "http://b.example/ClaimResponse/r1"),
    ],
)
def test_what_an_earlier_payer_made_of_it_comes_from_its_answer(kind, number, reference):
    found = one(bundle(claim(insurance=second(reference)), prior_answer(kind, number)))
    assert found.order == Order.SECONDARY
    first = Identifier(PAYERS, "PAY-0")
    adjustments = (Adjustment("PR", "1", 1_500), Adjustment("CO", "45", 2_500))
    assert found.lines[0].prior == (PriorPayment(first, 6_000, adjustments),)
    assert found.prior == (PriorPayment(first, 6_000),)


def test_an_earlier_payer_without_an_answer_is_noted():
    found = parse(claim(insurance=second("ClaimResponse/elsewhere")))
    assert found.claims[0].order == Order.SECONDARY
    assert found.claims[0].prior == ()
    assert any("what its payer paid is not in the file" in note for note in found.notes)


def test_an_earlier_payer_that_does_not_say_why_is_noted():
    answer = prior_answer()
    del answer["item"][0]["adjudication"][2]
    found = parse(bundle(claim(insurance=second("ClaimResponse/r1")), answer))
    assert found.claims[0].lines[0].prior[0].patient_responsibility == 1_500
    assert any("does not say why all was not paid" in note for note in found.notes)


def test_what_has_no_place_is_noted_and_the_others_are_counted():
    tooth = item(bodySite=concept("http://a.example/teeth", "21"))
    sent = claim(careTeam=[{"sequence": 1, "provider": {"reference": "Practitioner/1"}}], item=[tooth])
    notes = parse(whole(sent, claim(id="c2"))).notes
    assert "careTeam has no place in a claim here and is left out (1 claim)" in notes
    assert "item.bodySite has no place in a claim here and is left out (1 claim)" in notes
    assert "4 other resources are read only for what claims refer to" in notes


def test_one_claim_that_is_refused_leaves_the_others():
    found = parse(whole(claim(), claim(id="c2", status="draft"), claim(id="c3")))
    assert [each.place for each in found.claims] == ["claims.json: Claim/c1", "claims.json: Claim/c3"]
    assert [each.place for each in found.refusals] == ["claims.json: Claim/c2.status"]
