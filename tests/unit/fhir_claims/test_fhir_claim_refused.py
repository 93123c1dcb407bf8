"""What is not clear to the cent is refused, with its place and without its values."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carechain.errors import CarechainError
from carechain.fhir.claim_items import MAX_ITEMS
from tests.unit.fhir_claims.claim_resources import (
    CPT,
    SECRET,
    TERMS,
    TODAY,
    bundle,
    claim,
    concept,
    coverage,
    item,
    parse,
    refused,
    usd,
    whole,
)

RELATION = TERMS + "ex-relatedclaimrelationship"
INSURANCE = {"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/v1"}}
PART = {"sequence": 1, "productOrService": concept(CPT, "A")}


def eur(value):
    return {"value": value, "currency": "EUR"}


ITEMS = {
    "a net that differs from its factors": (item(quantity={"value": 2}, unitPrice=usd(49)), "net"),
    "a net that its details do not make": (item(net=100, detail=[{**PART, "net": usd(99.99)}]), "net"),
    "details that sub-details do not make": (
        item(net=100, detail=[{**PART, "net": usd(100), "subDetail": [{**PART, "net": usd(1)}]}]),
        "detail[0].net",
    ),
    "no amount at all": (item(net=None), "net"),
    "a fraction of a cent": (item(net=1.001), "net.value"),
    "a product that is a fraction of a cent": (item(net=None, quantity={"value": 3}, unitPrice=usd(0.335)), "net"),
    "a negative net": (item(net=-1), "net.value"),
    "a negative price": (item(unitPrice=usd(-1)), "unitPrice.value"),
    "a negative factor": (item(net=None, unitPrice=usd(1), factor=-1), "factor"),
    "an absurd amount": (item(net=10**12), "net.value"),
    "an amount without a currency": (item(net=None) | {"net": {"value": 1}}, "net.currency"),
    "a currency that is none": (item(net=None) | {"net": {"value": 1, "currency": "XXX"}}, "net.currency"),
    "two currencies": (item(unitPrice=eur(100)), "unitPrice.currency"),
    "a quantity of zero": (item(quantity={"value": 0}), "quantity"),
    "a quantity that is negative": (item(quantity={"value": -1}), "quantity"),
    "a quantity of three decimals": (item(quantity={"value": 1.005}), "quantity"),
    "a quantity that is not exact": (item(quantity={"value": 1, "comparator": ">"}), "quantity"),
    "a unit that is not counted in": (item(quantity={"value": 1, "unit": "mL"}), "quantity"),
    "a service without a code system": (item(productOrService={"coding": [{"code": "1"}]}), "productOrService"),
    "a service in words": (item(productOrService={"text": SECRET}), "productOrService"),
    "two codes of one system": (
        item(productOrService={"coding": [{"system": CPT, "code": "1"}, {"system": CPT, "code": "2"}]}),
        "productOrService.coding[1].code",
    ),
    "neither service nor revenue": (
        item(productOrService=concept(TERMS + "data-absent-reason", "unknown")),
        "productOrService",
    ),
    "a day in the future": (item(servicedDate="2026-04-01"), "servicedDate"),
    "a period into the future": (
        item(servicedDate=None, servicedPeriod={"start": "2026-03-01", "end": "2026-04-01"}),
        "servicedPeriod",
    ),
    "a month instead of a day": (item(servicedDate="2026-03"), "servicedDate"),
    "no day": (item(servicedDate=None), "servicedDate"),
    "a period that never ends": (
        item(servicedDate=None, servicedPeriod={"start": "2026-03-01"}),
        "servicedPeriod",
    ),
    "a diagnosis that is not there": (item(diagnosisSequence=[2]), "diagnosisSequence[0]"),
}


@pytest.mark.parametrize("what", ITEMS)
def test_an_item_is_refused_with(what):
    sent, place = ITEMS[what]
    found = refused(claim(item=[sent]))
    assert found.place == f"claims.json: Claim/c1.item[0].{place}"
    assert found.problem
    assert found.mend


def test_a_net_that_differs_from_its_factors_by_a_cent_is_refused():
    found = refused(claim(item=[item(net=99.99, quantity={"value": 2}, unitPrice=usd(50))]))
    assert found.problem == "differs from quantity times unit price times factor"


def related(code, **elements):
    return {"related": [{"relationship": concept(RELATION, code), **elements}]}


CLAIMS = {
    "a draft": ({"status": "draft"}, "status"),
    "cancelled": ({"status": "cancelled"}, "status"),
    "an error": ({"status": "entered-in-error"}, "status"),
    "of no use known": ({"use": "wish"}, "use"),
    "of no type known": ({"type": concept("http://a.example", "x")}, "type"),
    "without a patient": ({"patient": None}, "patient"),
    "without an insurer": ({"insurer": None}, "insurer"),
    "without items": ({"item": None}, "item"),
    "with too many items": ({"item": [item(number + 1) for number in range(MAX_ITEMS + 1)]}, "item"),
    "with a number twice": ({"item": [item(1), item(1)]}, "item[1].sequence"),
    "with another total": ({"total": usd(100.01)}, "total"),
    "with a total in another currency": ({"total": eur(100)}, "total.currency"),
    "without identifier and id": ({"identifier": None, "id": None}, "identifier"),
    "created in the future": ({"created": "2026-04-01"}, "created"),
    "for a diagnosis in words": (
        {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"text": SECRET}}]},
        "diagnosis[0]",
    ),
    "for a condition elsewhere": (
        {"diagnosis": [{"sequence": 1, "diagnosisReference": {"reference": "Condition/1"}}]},
        "diagnosis[0]",
    ),
    "with no focal insurance": ({"insurance": [{**INSURANCE, "focal": False}]}, "insurance"),
    "with two focal insurances": ({"insurance": [INSURANCE, {**INSURANCE, "sequence": 2}]}, "insurance"),
    "with a coverage in words": (
        {"insurance": [{**INSURANCE, "coverage": {"display": SECRET}}]},
        "insurance[0].coverage",
    ),
    "with two authorisations": ({"insurance": [{**INSURANCE, "preAuthRef": ["1", "2"]}]}, "insurance[0].preAuthRef"),
    "to be paid to another": ({"payee": {"type": concept(TERMS + "payeetype", "subscriber")}}, "payee"),
    "to be paid to another party": (
        {"payee": {"type": concept(TERMS + "payeetype", "provider"), "party": {"reference": "Organization/x"}}},
        "payee",
    ),
    "prior to which is no number": (related("prior"), "related[0].reference"),
    "to void what is not named": (
        {"subType": concept("https://www.nubc.org/CodeSystem/TypeOfBill", "0138")},
        "related",
    ),
    "that is an interim bill": ({"subType": concept("https://www.nubc.org/CodeSystem/TypeOfBill", "0112")}, "subType"),
    "under rules of its own": ({"implicitRules": "http://a.example/rules"}, "implicitRules"),
    "a test": ({"meta": {"security": [{"code": "HTEST"}]}}, "meta.security"),
    "a part of itself": ({"meta": {"tag": [{"code": "SUBSETTED"}]}}, "meta.tag"),
    "of STU3": ({"organization": {"reference": "Organization/1"}}, "organization"),
}


@pytest.mark.parametrize("what", CLAIMS)
def test_a_claim_is_refused_that_is(what):
    elements, place = CLAIMS[what]
    found = refused(claim(**elements))
    named = "Claim[0]" if elements.get("id", "") is None else "Claim/c1"
    assert found.place == f"claims.json: {named}.{place}"


def test_a_modifier_extension_anywhere_is_refused():
    modifier = {"modifierExtension": [{"url": "http://a.example/not", "valueBoolean": True}]}
    assert "modifier extension" in refused(claim(item=[item(**modifier)])).problem


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"status": "cancelled"}, "status"),
        ({"beneficiary": {"reference": "Patient/p2"}}, "beneficiary"),
        ({"modifierExtension": [{"url": "http://a.example/not", "valueBoolean": True}]}, "modifierExtension"),
    ],
)
def test_a_coverage_that_is_not_the_patients_is_refused(elements, place):
    found = refused(bundle(claim(), coverage(**elements)))
    assert found.place == f"claims.json: entry[1].resource.{place}"


def test_a_diagnosis_that_was_refuted_is_refused():
    status = concept(TERMS + "condition-ver-status", "refuted")
    condition = {"resourceType": "Condition", "id": "d1", "code": concept(CPT, "1"), "verificationStatus": status}
    sent = claim(diagnosis=[{"sequence": 1, "diagnosisReference": {"reference": "Condition/d1"}}])
    assert refused(bundle(sent, condition)).place == "claims.json: Claim/c1.diagnosis[0]"


def test_a_claim_twice_in_a_file_is_taken_once():
    found = parse(whole(claim(), claim()))
    assert len(found.claims) == len(found.refusals) == 1
    assert found.refusals[0].problem == "is in the file twice"


def test_an_earlier_payers_answer_about_other_items_is_refused():
    answer = {
        "resourceType": "ClaimResponse",
        "id": "r1",
        "status": "active",
        "outcome": "complete",
        "patient": {"reference": "Patient/p1"},
        "insurer": {"reference": "Organization/x"},
        "item": [{"itemSequence": 7, "adjudication": []}],
    }
    first = {"sequence": 2, "focal": False, "coverage": {"reference": "Coverage/0"}}
    first["claimResponse"] = {"reference": "ClaimResponse/r1"}
    found = refused(bundle(claim(insurance=[INSURANCE, first]), answer))
    assert found.place == "claims.json: entry[1].resource.item[0].itemSequence"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"{}",
        b"<Claim/>",
        b'{"resourceType":"Claim","a":1,"a":2}',
        b'{"resourceType":"Claim","a":1e-9999999999999999999}',
        b'{"resourceType":"Claim","a":1e999}',
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "type": "history", "entry": []},
        {"resourceType": "Bundle", "type": "collection", "entry": {}},
        {"resourceType": "Bundle", "type": "collection", "entry": [{}]},
        bundle(coverage()),
    ],
)
def test_a_file_without_claims_is_refused_whole(document):
    with pytest.raises(CarechainError) as error:
        parse(document)
    assert error.value.place.startswith("claims.json")


def test_a_claim_to_be_deleted_is_not_taken():
    sent = bundle(claim(), kind="transaction")
    sent["entry"][0]["request"] = {"method": "DELETE", "url": "Claim/c1"}
    assert refused(sent).problem == "is not sent by POST or PUT"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def paths(node, path=()):
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield from paths(child, (*path, name))


ANSWER = {
    "resourceType": "ClaimResponse",
    "id": "r1",
    "status": "active",
    "outcome": "complete",
    "patient": {"reference": "Patient/p1"},
    "insurer": {"identifier": {"system": "a:b", "value": "1"}},
    "item": [
        {
            "itemSequence": 1,
            "adjudication": [
                {"category": concept(TERMS + "adjudication", "benefit"), "amount": usd(60)},
                {"category": concept(TERMS + "adjudication", "copay"), "amount": usd(40)},
            ],
        }
    ],
    "total": [{"category": concept(TERMS + "adjudication", "benefit"), "amount": usd(60)}],
}
EARLIER = {
    "sequence": 2,
    "focal": False,
    "coverage": {"reference": "Coverage/0"},
    "claimResponse": {"reference": "ClaimResponse/r1"},
}
ANY = whole(
    claim(
        item=[item(quantity={"value": 2}, unitPrice=usd(50), factor=1, detail=[{**PART, "net": usd(100)}])],
        total=usd(100),
        payee={"type": concept(TERMS + "payeetype", "provider")},
        **related("prior", reference={"value": "1"}),
        insurance=[INSURANCE, EARLIER],
        billablePeriod={"start": "2026-03-01", "end": "2026-03-02"},
    )
)
ANY["entry"].append({"fullUrl": "https://a.example/ClaimResponse/r1", "resource": ANSWER})
PATHS = [path for path in paths(ANY) if path]


@pytest.mark.parametrize(
    ("elements", "place"),
    [
        ({"patient": {"reference": "Patient/p2"}}, "patient"),
        ({"outcome": "queued"}, "outcome"),
        ({"status": "cancelled"}, "outcome"),
        ({"addItem": [{}]}, "addItem"),
        ({"total": [{"category": concept(TERMS + "adjudication", "benefit"), "amount": usd(61)}]}, "total"),
        ({"item": [{"itemSequence": 1, "adjudication": []}]}, "item[0].adjudication"),
        ({"item": [ANSWER["item"][0], ANSWER["item"][0]]}, "item[1].itemSequence"),
    ],
)
def test_an_earlier_payers_answer_that_is_not_clear_is_refused(elements, place):
    found = refused(bundle(claim(insurance=[INSURANCE, EARLIER]), {**ANSWER, **elements}))
    assert found.place == f"claims.json: entry[1].resource.{place}"


def test_what_is_made_odd_is_taken_as_it_is():
    found = parse(ANY)
    assert not found.refusals
    assert found.claims[0].lines[0].prior[0].paid == 6_000


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), odd=ODD)
def test_odd_json_raises_nothing_but_carechain_errors(path, odd):
    document = json.loads(json.dumps(ANY))
    node = document
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = odd
    try:
        found = parse(document)
    except CarechainError:
        return
    for taken in found.claims:
        assert taken.total == sum(line.charge for line in taken.lines)
        assert all(line.charge >= 0 and line.units > 0 and line.last_day <= TODAY for line in taken.lines)
