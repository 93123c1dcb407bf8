"""Claims that others wrote, X12 837 and FHIR R4: what becomes of each against one payer's programme.

Their services are decades old. The programme covers them so: the first version of its plan is in force from 1990 on and
asks for no timely filing, and each member has a period of coverage for every year in which the files have a service.
"""

from __future__ import annotations

from datetime import date

import pytest

import scripts.claims as script
from carechain.claims.claim_files import read_claim_file
from carechain.claims.names import ClaimName
from carechain.claims.words import Parked
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.purpose_of_use import mask_of
from scripts import payer as payer_script
from scripts.claims_session import Session
from tests.helpers.real_data import SHARED, beside
from tests.scripts.books import chain_with_book

X12, HL7 = SHARED / "x12_linuxforhealth", SHARED / "fhir_r4_examples"
HOSPITAL, PAYER = 1, 19
MEMBERS = (*range(18, 32), *range(42, 50))
"""Accounts of the node that are nobody's operator."""
PLAN = """
number: 1
name: Since 1990
currency: USD
in_force_from: 1990-01-01
settled_up_to: 5000.00
categories:
  - {number: 98, name: visits, codes: {hcpcs: ["99201-99215"]}, copay: 20.00, allowed: 90.00}
  - {number: 5, name: tests, codes: {hcpcs: ["80047-89398", "93005"]}}
  - {number: 59, name: ambulance, codes: {hcpcs: ["A03*", "A04*"]}, coinsurance: 20%}
  - {number: 2, name: surgery, codes: {hcpcs: ["20000-69990"]}, authorisation: true}
  - {number: 88, name: medicines, codes: {hcpcs: ["J*", "S*", "90782"]}, coinsurance: 10%}
  - {number: 12, name: equipment, codes: {hcpcs: ["E*", "K*"]}, reviewed: true}
  - number: 35
    name: dental care
    codes: {"http://example.org/fhir/oralservicecodes": ["1200", "21211", "27211"]}
    covered: false
  - number: 90
    name: eyes and medicines
    codes:
      "http://example.org/fhir/CodeSystem/ex-visionservice": ["EXAM", "GLASSES"]
      "http://hl7.org/fhir/ex-pharmaservice": ["SMOKECESS"]
"""

OLD = "refused: is of release 004010 (GS08)"
UNDIVIDED = "refused: is not divided by the component separator that ISA16 names"
UNCODED = "refused: has no code with a code system"
ANOTHER = "refused: has the control number of a claim that says something else"
# Of each file what became of its claims, in the order of what came of them: cents paid and of what, or why not. All
# payers of the files are one here, so that variants of one claim, which have one number, are refused after the first.
TABLE = {
    "automobile-accident.837": OLD,
    "coordination-of-benefits.837": OLD,
    "demo.ambulance.example5.837": "parked: liability",
    "demo.autoaccident.837": "parked: liability",
    "demo.cob.2ndary.example4.837": UNDIVIDED,
    "demo.cob.example3.A.837": "settled: 5544 of 7904",
    "demo.cob.example3.B.837": ANOTHER,
    "demo.cob.example3.C.837": ANOTHER,
    "demo.cob.example4.837": "settled: 1500 of 12000",
    "demo.drug.example10.1.837": "settled: 9304 of 10337",
    "demo.drug.example10.2.837": ANOTHER,
    "demo.drug.example10.3.837": ANOTHER,
    "demo.example1.837": "settled: 8000 of 10000",
    "demo.example11.837": UNDIVIDED,
    "demo.example12.837": UNDIVIDED,
    "demo.example2.837": "refused: BHT06 reports encounters and claims no payment",
    "demo.example6.837": UNDIVIDED,
    "demo.example7.837": "parked: reviewed_category",
    "demo.example8.837": "parked: reviewed_category",
    "demo.example9.837": UNDIVIDED,
    "dependent-commercial-insurance-01.837": OLD,
    "dependent-commercial-insurance-02.837": OLD,
    "dependent-commercial-insurance-03.837": OLD,
    "homeowners.837": OLD,
    "institutional-claim.837i": "settled: 8993 of 8993",
    "institutional-ppo-repriced.837": OLD,
    "institutional.837": OLD,
    "out-of-network-repriced-claim.837i": UNDIVIDED,
    "patient-is-dependent.837": OLD,
    "patient-is-subscriber.837": OLD,
    "ppo-repriced-claim.837i": UNDIVIDED,
    "two-claims-single-provider.837i": f"settled: 5000 of 5000; {ANOTHER}",
    "workers-compensation.837": OLD,
    "Claim-100150.json": UNCODED,
    "Claim-100151.json": "settled: 0 of 134057",
    "Claim-100152.json": UNCODED,
    "Claim-100153.json": "refused: differs from quantity times unit price times factor",
    "Claim-100154.json": UNCODED,
    "Claim-100155.json": UNCODED,
    "Claim-100156.json": "refused: is not the provider, who alone is paid",
    "Claim-660150.json": "settled: 8000 of 8000",
    "Claim-660151.json": "parked: near_duplicate",
    "Claim-760150.json": "parked: near_duplicate",
    "Claim-760151.json": ANOTHER,
    "Claim-760152.json": ANOTHER,
    "Claim-960150.json": "parked: category_unknown",
    "Claim-MED-00050.json": "settled: 0 of 1250000",
}
# What becomes of those if they are sent alone. In example 3 of X12's guide 36.89 is left to the patient, and paid.
ALONE = {
    "demo.cob.example3.B.837": "settled: 3689 of 7904",
    "demo.cob.example3.C.837": "settled: 3689 of 7904",
    "demo.drug.example10.2.837": "settled: 200965 of 223293",
    "demo.drug.example10.3.837": "settled: 200965 of 223293",
    "two-claims-single-provider.837i": "settled: 8995 of 8995; settled: 5000 of 5000",
    "Claim-760151.json": "parked: category_unknown",
    "Claim-760152.json": "parked: category_unknown",
}


def files():
    return [*sorted(X12.rglob("*.837*")), *sorted(HL7.glob("Claim-*.json"))]


def members_of(documents):
    """Rows of the directory and of the enrolment for every patient of the documents."""
    people = sorted(
        {(each.member.system, each.member.value, each.relationship, each.birth_date) for each in documents}, key=str
    )
    for account, (system, value, relationship, born) in zip(MEMBERS, people, strict=False):
        own = [each for each in documents if (each.member.value, each.birth_date) == (value, born)]
        days = {line.first_day.year for each in own for line in each.lines}
        who = f"born: {born}" if born else f"relationship: {relationship}"
        yield account, f"{system}|{value}", who, sorted(days), any(each.prior for each in own)


@pytest.fixture(scope="module")
def programme(example_book, tmp_path_factory):
    """The payer's plan, and the members of all files, who consent. The directory of the provider."""
    folder = tmp_path_factory.mktemp("programme")
    chain = chain_with_book(example_book)
    documents = [each for file in files() for each in read_claim_file(file, date(2026, 1, 1)).claims]
    accounts = chain.web3.eth.accounts
    known, enrolled = [], []
    consents = chain.contract("ConsentRegistry").functions
    terms = ConsentTerms(purposes=mask_of("HPAYMT"), categories=class_bit("Claim"))
    for account, name, who, years, secondary in members_of(documents):
        address = accounts[account]
        known.append(f'  - {{payer: {PAYER}, known_as: ["{name}"], {who}, pseudonym: "{address}"}}')
        for year in years:
            period = f"plan: 1, from: {year}-01-01, until: {year}-12-31, secondary: {str(secondary).lower()}"
            enrolled.append(f'  - {{pseudonym: "{address}", {period}}}')
        grant = consents.grant(
            PAYER,
            Scope.any().to_bytes(),
            terms.pack(),
            bytes(32),
        )
        chain.send(grant, address, "consent")
    (folder / "plan.yaml").write_text(PLAN, "utf-8")
    (folder / "members.yaml").write_text("members:\n" + "\n".join(dict.fromkeys(enrolled)) + "\n", "utf-8")

    def listed(parties):
        return ", ".join(sorted({f'"{each.system}|{each.value}"' for each in parties}))

    payers, providers = listed(each.payer for each in documents), listed(each.provider for each in documents)
    (folder / "directory.yaml").write_text(
        f"payers:\n  - {{organisation: {PAYER}, known_as: [{payers}], plans: [plan.yaml]}}\n"
        f"providers:\n  - {{organisation: {HOSPITAL}, known_as: [{providers}]}}\n"
        "members:\n" + "\n".join(known) + "\n",
        "utf-8",
    )
    return folder


@pytest.fixture
def settled(run, programme, deployed, tmp_path):
    """Sends files, or all of them, in one run."""

    def run_for(by, function, *arguments):
        return run(function, *arguments, f"as={by}", f"book={tmp_path / f'book-{by}'}")

    for arguments in (
        (payer_script.open, "token=new"),
        (payer_script.deposit, "1000000", "mint=yes"),
        (payer_script.publish, programme / "plan.yaml"),
        (payer_script.enrol, programme / "members.yaml"),
        (payer_script.admit, HOSPITAL, "1990-01-01", "2060-12-31"),
    ):
        assert run_for(PAYER, *arguments).code == 0
    assert run_for(HOSPITAL, script.payee, PAYER, deployed.web3.eth.accounts[5]).code == 0

    def settle(*chosen):
        return run_for(HOSPITAL, script.settle, *(chosen or files()), f"directory={programme / 'directory.yaml'}")

    return settle


def told(done, ledger):
    """What became of the claims of each file, in words."""
    found: dict[str, list[str]] = {}
    refusals = {refusal["element"]: refusal["reason"] for refusal in done.facts["refused"]}
    for fact in done.facts["claims"]:
        file = fact["place"].partition(":")[0]
        if fact["outcome"] == "refused":
            said = "refused: " + _own(refusals[fact["place"]])
        elif fact["outcome"] == "parked":
            said = f"parked: {', '.join(fact['parked'])}"
        else:
            claim = ledger.claim(ClaimName.parse(fact["claim"]))
            said = f"{fact['outcome']}: {claim.paid} of {claim.entry.charge}"
        found.setdefault(file, []).append(said)
    return {file: "; ".join(said) for file, said in found.items()}


def _own(reason):
    """Of a claim that is refused with its transaction set, the reason of that."""
    _, _, of_set = reason.partition("is in a transaction set that is refused: ")
    return of_set.partition(": segment ")[2].partition(" ")[2].removeprefix("(ST) ") if of_set else reason


@beside(X12, "X12 claims")
@beside(HL7, "FHIR claims")
def test_every_real_claim_is_settled_parked_or_refused_as_the_table_says(settled, deployed, tmp_path):
    done = settled()
    ledger = Session(chain_with_book(tmp_path / "book.json"), {}).ledger
    found = told(done, ledger)
    assert set(found) == {file.name for file in files()}
    assert done.facts["read"] == sum(len(said.split("; ")) for said in found.values())
    assert sum(done.facts["counts"].values()) == done.facts["read"]
    assert {reason for fact in done.facts["claims"] for reason in fact.get("parked", ())} <= {
        reason.name.lower() for reason in Parked
    }
    assert found == TABLE


@beside(X12, "X12 claims")
@beside(HL7, "FHIR claims")
def test_sent_again_no_real_claim_is_there_twice(settled, deployed, tmp_path):
    first = settled()
    again = settled()
    counts = first.facts["counts"]
    assert again.facts["transactions"] == []
    assert again.facts["counts"]["already there"] == counts["settled"] + counts["parked"]
    assert again.facts["counts"]["refused"] == counts["refused"]


@beside(X12, "X12 claims")
@beside(HL7, "FHIR claims")
@pytest.mark.parametrize("name", ALONE)
def test_a_variant_of_a_claim_is_taken_where_it_is_the_only_one(settled, deployed, tmp_path, name):
    assert name in TABLE
    done = settled(next(file for file in files() if file.name == name))
    ledger = Session(chain_with_book(tmp_path / "book.json"), {}).ledger
    assert told(done, ledger) == {name: ALONE[name]}
