"""What a plan covers for a member on a day, and what is left, from the contract's views."""

from __future__ import annotations

from copy import copy
from datetime import date, timedelta
from decimal import Decimal

import pytest

from carechain.claims.document import Identifier
from carechain.claims.eligibility import answer
from carechain.claims.ledger import ClaimLedger
from carechain.claims.naming import Naming
from carechain.claims.remittance import CoveredService, EligibilityRequest
from carechain.x12.eligibility import read_eligibility_requests
from tests.helpers.claims import EXPERIMENT, LABORATORY_TEST, RULES, VISIT, Claim, Cover, Line, plan_terms
from tests.helpers.real_data import SHARED, beside
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PAYER, now

FAMILY = 7
ASKED = SHARED / "x12_linuxforhealth" / "270_005010X279A1"


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


def day(days_ago=0):
    return date(1970, 1, 1) + timedelta(days=now() // 86_400 - days_ago)


@pytest.fixture
def ask(suite):
    def ask(member, *types, days_ago=0, payer=PAYER, provider=HOSPITAL):
        request = EligibilityRequest(
            place="file: HL 1",
            trace="T-1",
            payer=Identifier("payer", str(payer)),
            provider=Identifier("provider", str(provider)),
            member=Identifier("member", str(member)),
            day=day(days_ago),
            service_types=types or ("30",),
        )
        return answer(ClaimLedger(suite.chain), Naming(), request)

    return ask


def test_a_members_coverage_and_what_is_left(cover, ask, patient):
    cover.submit(Claim(patient, (Line(LABORATORY_TEST, 20_000),)))
    found = ask(patient)
    assert (found.active, found.reason, found.first_day, found.last_day) == (True, None, day(300), day(-60))
    assert (found.plan, found.currency) == ("Plan 1", "USD")
    assert (found.deductible, found.deductible_left) == (50_000, 30_000)
    assert (found.out_of_pocket, found.out_of_pocket_left) == (200_000, 180_000)
    assert (found.family_deductible, found.family_out_of_pocket) == (None, None)


def test_a_family_has_limits_of_its_own(cover, ask, other_patient):
    cover.submit(Claim(other_patient, (Line(LABORATORY_TEST, 20_000),)))
    found = ask(other_patient)
    assert (found.family_deductible, found.family_deductible_left) == (100_000, 80_000)
    assert (found.family_out_of_pocket, found.family_out_of_pocket_left) == (400_000, 380_000)


def test_to_whom_is_not_known_every_service_type_is_told_in_the_network_and_out_of_it(cover, ask, patient):
    found = ask(patient, provider="NOBODY").services
    assert {each.service_type for each in found} == {str(at) for at in RULES if at not in (EXPERIMENT, 88)}
    assert [each for each in found if each.service_type == str(VISIT)] == [
        CoveredService("98", True, True, False, 2_500, Decimal(0)),
        CoveredService("98", False, True, False, 4_000, Decimal("0.4")),
    ]


def test_only_what_is_asked_for_is_told(cover, ask, patient):
    found = ask(patient, "2", "UC").services
    assert [(each.service_type, each.authorisation_needed) for each in found] == [("2", True)]


@pytest.mark.parametrize(("days_ago", "active"), [(301, False), (300, True), (-60, True), (-61, False)])
def test_coverage_is_active_from_its_first_day_to_its_last(cover, ask, patient, days_ago, active):
    found = ask(patient, days_ago=days_ago)
    assert (found.active, found.reason) == (active, None)
    assert (found.first_day, found.last_day) == (day(300), day(-60))
    assert bool(found.services) == active


def test_who_is_not_enrolled_is_not_found(cover, ask, stranger):
    assert (ask(stranger).active, ask(stranger).reason) == (False, "75")


def test_a_number_that_is_no_pseudonym_is_none_without_a_directory(cover, ask):
    assert ask("M-12").reason == "72"


def test_a_payer_without_a_programme_is_not_answered_for(cover, ask, patient):
    assert ask(patient, payer=SECOND_PAYER).reason == "42"
    assert ask(patient, payer="NOBODY").reason == "42"


def test_a_later_version_tells_its_own_limits(cover, ask, patient):
    terms = plan_terms(first_day=now() // 86_400 + 1, deductible=10_000, out_of_pocket=0)
    cover.publish(terms, version=2)
    assert ask(patient).deductible == 50_000
    found = ask(patient, days_ago=-1)
    assert (found.deductible, found.out_of_pocket, found.out_of_pocket_left) == (10_000, None, None)


@beside(ASKED, "the questions about coverage")
def test_real_questions_about_others_are_not_answered(suite, cover):
    requests = [
        each for file in sorted(ASKED.glob("*.270")) for each in read_eligibility_requests(file.read_bytes(), file.name)
    ]
    assert requests
    assert {answer(ClaimLedger(suite.chain), Naming(), each).reason for each in requests} == {"42"}
