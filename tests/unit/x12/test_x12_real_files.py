"""X12 files that others wrote to test their own readers with: what each is read as, or why it is refused."""

from datetime import date

import pytest

from carechain.errors import CarechainError
from carechain.x12.claims import parse_claims
from carechain.x12.eligibility import read_eligibility_answers, read_eligibility_requests
from carechain.x12.remittance import read_remittance
from carechain.x12.status import read_status_answers, read_status_requests
from tests.helpers.real_data import SHARED, beside

FOLDER = SHARED / "x12_linuxforhealth"
TODAY = date(2024, 6, 30)

real = beside(FOLDER, "real files")

OLD = "is of release 004010 (GS08)"
UNDIVIDED = "CLM05 is not divided by the component separator that ISA16 names"

# Order and kind of each claim, its total in cents, its lines, and what payers before it paid.
CLAIMS = {
    "837_005010X222A2/demo.ambulance.example5.837": "primary professional 76650 in 4, related cause",
    "837_005010X222A2/demo.autoaccident.837": "primary professional 18500 in 2, related cause",
    "837_005010X222A2/demo.cob.example3.A.837": "primary professional 7904 in 3",
    "837_005010X222A2/demo.cob.example3.B.837": "secondary professional 7904 in 3, paid before 3915",
    "837_005010X222A2/demo.cob.example3.C.837": "secondary professional 7904 in 3, paid before 3915",
    "837_005010X222A2/demo.cob.example4.837": "secondary professional 12000 in 1, paid before 8000",
    "837_005010X222A2/demo.drug.example10.1.837": "primary professional 10337 in 2",
    "837_005010X222A2/demo.drug.example10.2.837": "primary professional 223293 in 6",
    "837_005010X222A2/demo.drug.example10.3.837": "primary professional 223293 in 6",
    "837_005010X222A2/demo.example1.837": "primary professional 10000 in 4",
    "837_005010X222A2/demo.example7.837": "primary professional 52024 in 2",
    "837_005010X222A2/demo.example8.837": "primary professional 7500 in 1",
    "837_005010X223A3/institutional-claim.837i": "primary institutional 8993 in 2",
    "837_005010X223A3/two-claims-single-provider.837i": (
        "primary institutional 8995 in 2; primary institutional 5000 in 1"
    ),
}
REFUSED_CLAIMS = {
    "837_004010X096A1/automobile-accident.837": OLD,
    "837_004010X096A1/homeowners.837": OLD,
    "837_004010X096A1/institutional-ppo-repriced.837": OLD,
    "837_004010X096A1/institutional.837": OLD,
    "837_004010X096A1/workers-compensation.837": OLD,
    "837_004010X098A1/coordination-of-benefits.837": OLD,
    "837_004010X098A1/dependent-commercial-insurance-01.837": OLD,
    "837_004010X098A1/dependent-commercial-insurance-02.837": OLD,
    "837_004010X098A1/dependent-commercial-insurance-03.837": OLD,
    "837_004010X098A1/patient-is-dependent.837": OLD,
    "837_004010X098A1/patient-is-subscriber.837": OLD,
    "837_005010X222A2/demo.cob.2ndary.example4.837": UNDIVIDED,
    "837_005010X222A2/demo.example11.837": UNDIVIDED,
    "837_005010X222A2/demo.example12.837": UNDIVIDED,
    "837_005010X222A2/demo.example2.837": "BHT06 reports encounters and claims no payment",
    "837_005010X222A2/demo.example6.837": UNDIVIDED,
    "837_005010X222A2/demo.example9.837": UNDIVIDED,
    "837_005010X223A3/out-of-network-repriced-claim.837i": UNDIVIDED,
    "837_005010X223A3/ppo-repriced-claim.837i": UNDIVIDED,
}
# Paid in cents, the claims' status with the number of their lines, and provider adjustments.
REMITTANCES = {
    "835_005010X221A1/cob-contractural-adjustment.835": "3400 for 2/1",
    "835_005010X221A1/managed-care.835": "94500 for 1/1 1/1",
    "835_005010X221A1/medicare-part-a.835": "15000000 for 1/0 1/0 less -127",
    "835_005010X221A1/secondary-payment.835": "122200 for 2/0 2/2",
}
READERS = {
    ".276": read_status_requests,
    ".277": read_status_answers,
    ".270": read_eligibility_requests,
    ".271": read_eligibility_answers,
}
# How many questions or answers.
QUESTIONS = {
    "276_005010X212/claim-level-status-ncpdp.276": 1,
    "276_005010X212/claim-level-status.276": 3,
    "276_005010X212/information-receiver-level-status.276": 1,
    "276_005010X212/provider-level-status.276": 2,
    "277_005010X212/claim-level-status-ncpdp.277": 1,
    "277_005010X212/claim-level-status.277": 3,
    "277_005010X212/information-receiver-level-status.277": 1,
    "277_005010X212/provider-level-status.277": 2,
    "270_005010X279A1/dependent-health-benefit-check.270": 1,
    "270_005010X279A1/subscriber-health-benefit-check.270": 1,
    "271_005010X279A1/dependent-health-benefit-check.271": 1,
    "271_005010X279A1/subscriber-health-benefit-check.271": 1,
}
# Refused as they are, and why. In the first a line has its charge where the code of its procedure belongs.
REFUSED = {
    "835_005010X221A1/tertiary-payment.835": (read_remittance, "SVC01-2 is missing"),
    "271_005010X279A1/subscriber-health-benefit-check-error.271": (
        read_eligibility_answers,
        "SE02 is not the control number of ST02",
    ),
}


def read(name):
    return parse_claims((FOLDER / name).read_bytes(), name, TODAY)


def shown(claim):
    paid = sum(each.paid for each in claim.prior)
    related = ", related cause" if claim.related_cause else ""
    before = f", paid before {paid}" if claim.prior else ""
    return f"{claim.order.value} {claim.kind} {claim.total} in {len(claim.lines)}{before}{related}"


@real
def test_the_tables_name_every_file_of_a_kind_that_is_read():
    found = {str(each.relative_to(FOLDER)) for each in FOLDER.rglob("*.*") if each.suffix[1:4] in ("837", "835")}
    found |= {str(each.relative_to(FOLDER)) for each in FOLDER.rglob("*.*") if each.suffix in READERS}
    assert found == {*CLAIMS, *REFUSED_CLAIMS, *REMITTANCES, *QUESTIONS, *REFUSED}


@real
@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_others_is_read(name):
    found = read(name)
    assert found.refusals == ()
    assert "; ".join(map(shown, found.claims)) == CLAIMS[name]


@real
@pytest.mark.parametrize("name", REFUSED_CLAIMS)
def test_a_claim_of_others_is_refused_for_its_reason(name):
    found = read(name)
    assert found.claims == ()
    assert len(found.refusals) == 1
    assert REFUSED_CLAIMS[name] in str(found.refusals[0])


@real
@pytest.mark.parametrize("name", [name for name, why in REFUSED_CLAIMS.items() if why is UNDIVIDED])
def test_it_is_the_separator_alone_that_a_claim_is_refused_for(name):
    content = (FOLDER / name).read_bytes().replace(b"*T*:~", b"*T*>~")
    assert len(parse_claims(content, name, TODAY).claims) == (0 if name.endswith("example9.837") else 1)


@real
@pytest.mark.parametrize("name", REMITTANCES)
def test_a_remittance_of_others_is_read_and_balances(name):
    (found,) = read_remittance((FOLDER / name).read_bytes(), name)
    claims = " ".join(f"{claim.status}/{len(claim.lines)}" for claim in found.claims)
    less = "".join(f" less {each.amount}" for each in found.adjustments)
    assert f"{found.paid} for {claims}{less}" == REMITTANCES[name]


@real
@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_and_answers_of_others_are_read(name):
    path = FOLDER / name
    assert len(READERS[path.suffix](path.read_bytes(), name)) == QUESTIONS[name]


@real
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_in_files_of_others_is_refused(name):
    reader, why = REFUSED[name]
    with pytest.raises(CarechainError) as raised:
        reader((FOLDER / name).read_bytes(), name)
    assert why in str(raised.value)
