"""What a provider is told of a patient's coverage: as it is in the network on that day, and as benefits are used up."""

from __future__ import annotations

from copy import copy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from carechain.claims.directory import Directory
from carechain.claims.document import Identifier
from carechain.claims.eligibility import answer
from carechain.claims.ledger import ClaimLedger
from carechain.claims.naming import Naming
from carechain.claims.remittance import EligibilityRequest
from carechain.fhir.elements import parse, written
from carechain.fhir.eligibility_answer import coverage_eligibility_response, read_eligibility
from carechain.x12.eligibility import read_eligibility_answers, write_eligibility
from carechain.x12.writing import Envelope
from tests.helpers.claims import (
    EXPERIMENT,
    LABORATORY_TEST,
    PHYSIOTHERAPY,
    SURGERY,
    VISIT,
    Claim,
    Cover,
    Line,
    plan_terms,
    rule,
)
from tests.helpers.suite import CLINIC, HOSPITAL, PAYER
from tests.helpers.supply import by, today

FAMILY = 7
NPI, MEMBER = "1999996666", "M-100"
ENVELOPE = Envelope("PAYER", "HOSPITAL", 1, datetime(2026, 1, 1, tzinfo=UTC), test=True)


@pytest.fixture(scope="module")
def opened(suite, claims, consents, patient, other_patient):
    opened = Cover(claims, consents).open()
    opened.enrol(patient)
    opened.enrol(other_patient, family=FAMILY)
    return opened


@pytest.fixture
def cover(opened):
    fresh = copy(opened)
    fresh.accounts = {}
    return fresh


@pytest.fixture
def ask(suite):
    """Whatever is answered is written as 271 and as FHIR, and read back the same, but for what the format lacks."""

    def ask(member, *types, days_ago=0, provider=HOSPITAL, naming=None, **says):
        values = {
            "place": "file: HL 1",
            "trace": "T-1",
            "payer": Identifier("payer", str(PAYER)),
            "provider": provider if isinstance(provider, Identifier) else Identifier("provider", str(provider)),
            "member": Identifier("member", str(member)),
            "day": date(1970, 1, 1) + timedelta(days=today() - days_ago),
            "service_types": types or ("30",),
            **says,
        }
        request = EligibilityRequest(**values)
        found = answer(ClaimLedger(suite.chain), naming or Naming(), request)
        ((_, again),) = read_eligibility_answers(write_eligibility([(request, found)], ENVELOPE), "written")
        assert again == found
        resource = parse(written(coverage_eligibility_response(request, found, request.day)), "written", "FHIR")
        assert read_eligibility(resource) == found
        return found

    return ask


@pytest.fixture
def directory(tmp_path, patient, other_patient):
    """Of a hospital that knows two members by one number, and a payer and itself by theirs."""
    path = tmp_path / "directory.yaml"
    path.write_text(
        f'payers:\n  - {{organisation: {PAYER}, known_as: ["payer|99110"]}}\n'
        f'providers:\n  - {{organisation: {HOSPITAL}, known_as: ["npi|{NPI}"]}}\n'
        f'members:\n  - {{payer: {PAYER}, known_as: ["member|{MEMBER}"], born: 1980-02-29, pseudonym: "{patient}"}}\n'
        f'  - {{payer: {PAYER}, known_as: ["member|{MEMBER}"], born: 2012-09-30, pseudonym: "{other_patient}"}}\n',
        "utf-8",
    )
    known = {"payer": Identifier("payer", "99110"), "provider": Identifier("npi", NPI)}
    return {"naming": Naming(directory=Directory.load(path)), **known}


def services(found):
    return {each.service_type: each for each in found.services}


# ---------------------------------------------------------------------- the network


def test_a_provider_in_the_network_is_told_what_holds_in_it(cover, ask, patient):
    (visit,) = ask(patient, str(VISIT)).services
    assert (visit.in_network, visit.covered, visit.copay, visit.coinsurance) == (True, True, 2_500, Decimal(0))


def test_a_provider_that_was_never_admitted_is_told_what_holds_outside(cover, ask, patient):
    (visit,) = ask(patient, str(VISIT), provider=CLINIC).services
    assert (visit.in_network, visit.covered, visit.copay) == (False, True, 4_000)
    assert visit.coinsurance == Decimal("0.4")


@pytest.mark.parametrize(("days_ago", "inside"), [(21, False), (20, True), (10, True), (9, False)])
def test_the_network_is_that_of_the_day_that_is_asked_about(cover, claims, ask, patient, days_ago, inside):
    claims.setNetwork(PAYER, CLINIC, today() - 20, today() - 10, by(PAYER))
    (visit,) = ask(patient, str(VISIT), days_ago=days_ago, provider=CLINIC).services
    assert visit.in_network is inside


def test_what_is_covered_in_the_network_alone_is_not_covered_outside(cover, ask, stranger):
    cover.publish(plan_terms(), {VISIT: rule(covered_out=0)}, plan=2)
    cover.enrol(stranger, plan=2, consented=False)
    assert services(ask(stranger))[str(VISIT)].covered
    assert not services(ask(stranger, provider=CLINIC))[str(VISIT)].covered


def test_a_provider_that_is_not_known_is_told_both(cover, ask, patient):
    for provider in (Identifier("npi", NPI), Identifier("provider", "9" * 12), Identifier("provider", "0")):
        assert [each.in_network for each in ask(patient, str(VISIT), provider=provider).services] == [True, False]


# ---------------------------------------------------------------------- what is covered, and what is left


def test_a_service_that_is_never_covered_and_one_that_needs_an_authorisation_say_so(cover, ask, stranger):
    cover.publish(plan_terms(), {SURGERY: rule(authorised=1), VISIT: rule(covered=0, covered_out=0)}, plan=2)
    cover.enrol(stranger, plan=2, consented=False)
    found = services(ask(stranger))
    assert (found[str(SURGERY)].covered, found[str(SURGERY)].authorisation_needed) == (True, True)
    assert (found[str(VISIT)].covered, found[str(VISIT)].authorisation_needed) == (False, False)


def test_categories_that_are_no_service_types_are_left_out(cover, ask, patient):
    assert str(EXPERIMENT) not in services(ask(patient))
    assert ask(patient, str(EXPERIMENT)).services == ()


def test_a_service_of_which_the_plan_says_nothing_is_not_answered_for(cover, ask, patient):
    found = ask(patient, "48")
    assert (found.active, found.services) == (True, ())


def test_a_benefit_that_is_used_up_is_not_covered_any_more(cover, ask, patient):
    assert services(ask(patient))[str(PHYSIOTHERAPY)].covered
    # Ten units in a period, four in a visit.
    for number, units in enumerate((400, 400, 200), 1):
        claim = Claim(patient, (Line(PHYSIOTHERAPY, 1_000, units, days_ago=10 + number),), f"physiotherapy {number}")
        assert services(ask(patient))[str(PHYSIOTHERAPY)].covered
        cover.submit(claim)
    found = services(ask(patient))
    assert not found[str(PHYSIOTHERAPY)].covered
    assert found[str(VISIT)].covered


def test_a_benefit_that_one_member_used_up_is_left_to_another(cover, ask, patient, other_patient):
    for number, units in enumerate((400, 400, 200), 1):
        cover.submit(Claim(patient, (Line(PHYSIOTHERAPY, 1_000, units, days_ago=10 + number),), f"session {number}"))
    assert not services(ask(patient))[str(PHYSIOTHERAPY)].covered
    assert services(ask(other_patient))[str(PHYSIOTHERAPY)].covered


def test_nothing_is_left_of_a_deductible_that_is_met(cover, ask, other_patient):
    cover.submit(Claim(other_patient, (Line(LABORATORY_TEST, 60_000),)))
    found = ask(other_patient)
    assert (found.deductible, found.deductible_left) == (50_000, 0)
    assert (found.family_deductible, found.family_deductible_left) == (100_000, 50_000)
    assert (found.out_of_pocket_left, found.family_out_of_pocket_left) == (150_000, 350_000)


def test_what_is_left_comes_back_when_a_claim_is_taken_back(cover, ask, patient):
    cover.submit(Claim(patient, (Line(LABORATORY_TEST, 20_000),)))
    assert ask(patient).deductible_left == 30_000
    cover.void()
    assert ask(patient).deductible_left == 50_000


# ---------------------------------------------------------------------- who is asked about


def test_members_of_one_number_are_told_apart_by_their_birth_dates(cover, ask, directory):
    parent = ask(MEMBER, birth_date=date(1980, 2, 29), **directory)
    child = ask(MEMBER, birth_date=date(2012, 9, 30), dependant=True, **directory)
    assert (parent.active, parent.family_deductible) == (True, None)
    assert (child.active, child.family_deductible) == (True, 100_000)
    assert [each.in_network for each in ask(MEMBER, "98", birth_date=date(1980, 2, 29), **directory).services] == [True]


@pytest.mark.parametrize(
    ("member", "born", "reason"),
    [
        (MEMBER, date(1999, 1, 1), "75"),
        (MEMBER, None, "75"),
        ("M-999", date(1980, 2, 29), "75"),
        ("0x" + "ab" * 20, None, "72"),
    ],
    ids=["another birth date", "no birth date", "another number", "an address without its capitals"],
)
def test_a_person_who_cannot_be_told_is_not_found(cover, ask, directory, member, born, reason):
    found = ask(member, birth_date=born, **directory)
    assert (found.active, found.reason, found.plan, found.services) == (False, reason, None, ())


def test_a_payer_that_the_directory_does_not_know_is_not_answered_for(cover, ask, directory):
    assert ask(MEMBER, **{**directory, "payer": Identifier("payer", str(PAYER))}).reason == "42"


def test_a_payers_number_that_no_organisation_can_have_is_not_answered_for(cover, ask, patient):
    for number in ("9" * 30, "0", "\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT FOUR}"):
        assert ask(patient, payer=Identifier("payer", number)).reason == "42"


def test_coverage_that_has_ended_is_answered_as_inactive_with_its_days(cover, claims, ask, stranger):
    cover.enrol(stranger, first_day=today() - 300, last_day=today() - 100, consented=False)
    found = ask(stranger)
    assert (found.active, found.reason, found.services) == (False, None, ())
    assert found.last_day == date(1970, 1, 1) + timedelta(days=today() - 100)
    assert ask(stranger, days_ago=100).active
