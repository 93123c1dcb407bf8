"""Claims become words that say the same, or are refused: nothing is left out in silence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from carechain.claims.document import Code, Identifier, Order
from carechain.claims.names import ClaimName
from carechain.claims.words import CLAIM_TERMS, MAX_CHARGE, SERVICE_LINE
from carechain.errors import CarechainError
from tests.helpers.suite import HOSPITAL, PAYER, now
from tests.helpers.supply import by
from tests.unit.claim_keeping.claim_documents import (
    DRUG,
    LABORATORY_TEST,
    PLAN,
    VISIT,
    code,
    document,
    line,
    on,
    paid_before,
    replacing,
    taking_back,
    write_plan,
)


def terms(coded):
    return CLAIM_TERMS.unpack(coded.words[0])


def lines(coded):
    return [SERVICE_LINE.unpack(word) for word in coded.words[4][::2]]


def test_lines_stand_by_category_and_keep_their_numbers(practice):
    coded = practice.code(
        document(
            "A-1",
            line(1, "99213", 12_000),
            line(2, "80053", 3_000, units=Decimal("1.5")),
            line(3, "J3490", 9_000),
            line(4, "80061", 100),
        )
    )
    assert [(each["category"], each["number"]) for each in lines(coded)] == [
        (LABORATORY_TEST, 2),
        (LABORATORY_TEST, 4),
        (DRUG, 3),
        (VISIT, 1),
    ]
    assert lines(coded)[0] == {
        "charge": 3_000,
        "allowed": 0,
        "prior_patient": 0,
        "units": 150,
        "entry": 0,
        "day": now() // 86_400 - 10,
        "number": 2,
        "category": LABORATORY_TEST,
    }


def test_terms_say_member_period_version_and_currency(practice):
    coded = practice.code(document(authorisation="7001", related_cause=True))
    assert terms(coded) == {
        "member": int(str(practice.members["M1"]), 16),
        "coverage": 0,
        "version": 1,
        "authorisation": 7_001,
        "replaces": 0,
        "currency": 840,
        "prior_told": 0,
        "liability": 1,
    }


def test_a_price_of_the_schedule_comes_with_its_proof_and_commitment(practice):
    coded = practice.code(document("A-1", line(1, "J3490", 9_000), line(2, "J0001", 500)))
    listed, unlisted = lines(coded)
    fee = practice.plan.schedule.fee(code("J3490"))
    assert (listed["allowed"], listed["entry"]) == (4_000, fee.index)
    assert coded.words[4][1].to_bytes(32) == fee.commitment
    assert (unlisted["allowed"], coded.words[5]) == (0, list(fee.proof))


def test_what_no_category_has_is_for_a_person(practice):
    coded = practice.code(document("A-1", line(procedure="D0120")))
    assert lines(coded)[0]["category"] == 255


def test_a_revenue_code_stands_where_there_is_no_procedure(practice):
    coded = practice.code(document("A-1", line(procedure="x", revenue=Code("revenue", "0301"))))
    assert lines(coded)[0]["category"] == LABORATORY_TEST


def test_what_other_payers_left_is_told(practice):
    before = (paid_before(4_000, ("CO", 3_000), ("PR", 5_000)),)
    coded = practice.code(document("A-1", prior=before, order=Order.SECONDARY))
    assert (terms(coded)["prior_told"], lines(coded)[0]["prior_patient"]) == (1, 5_000)


def test_the_period_is_that_of_the_day_or_the_nearest_before(practice, claims):
    today = now() // 86_400
    member = str(practice.members["M1"])
    claims.enrolMembers(PAYER, [(member, 1, PLAN, today + 80, today + 200, 0, False)], by(PAYER))
    for days_ago, period in ((10, 0), (350, 0), (-70, 0), (-100, 1)):
        assert terms(practice.code(document("A-1", line(days_ago=days_ago))))["coverage"] == period


def test_the_version_is_that_of_the_day_and_its_file_is_needed(practice, claims):
    today = now() // 86_400
    plan = practice.plan
    word = plan.benefits.terms
    later = type(word)(**{**word.__dict__, "first_day": today + 5})
    root, size = plan.schedule.root, plan.schedule.size
    claims.publishPlan(PAYER, PLAN, 2, later.word(), plan.benefits.rule_words(), root, size, by(PAYER))
    again = practice.later()
    assert terms(again.code(document()))["version"] == 1
    with pytest.raises(CarechainError, match="needs the file of version 2"):
        again.code(document("A-1", line(days_ago=-10)))


def test_a_file_that_is_not_what_was_published_is_not_used(practice):
    path = write_plan(practice.folder)
    path.write_text(path.read_text("utf-8").replace("copay: 25.00", "copay: 20.00"), "utf-8")
    with pytest.raises(CarechainError, match="needs the file of version 1 of plan 7 as it was published"):
        practice.later().code(document())


def test_a_replacement_names_what_it_replaces(practice):
    coded = practice.code(replacing(ClaimName(PAYER, HOSPITAL, 4)))
    assert (terms(coded)["replaces"], coded.original.number) == (5, 4)
    assert practice.code(taking_back(ClaimName(PAYER, HOSPITAL, 4))).words is None


def test_the_book_opens_what_it_coded(practice):
    said = document("A-1", line(1, "J3490", 9_000), line(2, "80053", 500))
    practice.submit(said)
    (claim,) = practice.ledger.claims(PAYER, HOSPITAL)
    assert practice.book.opens(claim.name, claim.entry, said)
    for other in (
        document("A-2", *said.lines),
        document("A-1", *said.lines, related_cause=True),
        document("A-1", *said.lines, diagnoses=()),
        document("A-1", said.lines[0], line(2, "80061", 500)),
        document("A-1", said.lines[0]),
    ):
        assert not practice.book.opens(claim.name, claim.entry, other)


def test_an_authorisation_that_no_service_needs_may_have_any_number(practice):
    assert terms(practice.code(document(authorisation="XYZ-9")))["authorisation"] == 0
    with pytest.raises(CarechainError, match="none of the payer's"):
        practice.code(document("A-1", line(procedure="47562"), authorisation="XYZ-9"))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: document(use="preauthorization"), "is a preauthorization"),
        (lambda: document(payer=Identifier("payer", "1")), "has a payer that is not in the directory"),
        (lambda: document(provider=Identifier("npi", "1")), "has a provider that is not in the directory"),
        (lambda: document(member="M9"), "is for a member who is not in the directory"),
        (lambda: document(currency="EUR"), "is in another currency"),
        (lambda: document("A-1", line(days_ago=500)), "on which no version of plan 7 is in force"),
        (lambda: document("A-1", line(units=Decimal("0.005"))), "has units in line 1"),
        (lambda: document("A-1", line(units=Decimal(200_000))), "has units in line 1"),
        (lambda: document("A-1", line(charge=MAX_CHARGE)), "charges more than one claim can"),
        (lambda: document("A-1", line(charge=100), total=99), "has lines that do not make its total"),
        (lambda: document("A-1", line(1), line(1)), "numbers its lines"),
        (lambda: document("A-1", line(1_024)), "numbers its lines"),
        (
            lambda: document("A-1", line(days_ago=-50, last_day=on(-50) + timedelta(days=20))),
            "has line 1 go on beyond the period",
        ),
        (lambda: replacing("SECRET-5"), "by a number that is none of this chain's"),
        (lambda: replacing("24-2-0"), "a claim of another account"),
        (lambda: replacing(f"24-1-{2**32 - 1}"), "of a number beyond all"),
        (lambda: document(prior=(paid_before(1),)), "do not make the charge"),
    ],
)
def test_what_the_words_cannot_say_is_refused_with_its_place(practice, make, problem):
    said = make()
    with pytest.raises(CarechainError) as error:
        practice.code(said)
    assert error.value.place == said.place
    assert problem in error.value.problem
    assert error.value.mend
    assert "SECRET" not in str(error.value)


def test_a_member_who_is_not_enrolled_is_refused(practice, accounts):
    path = practice.book.directory_path
    text = path.read_text("utf-8").replace(str(practice.members["M2"]), str(accounts[19]))
    path.write_text(text, "utf-8")
    with pytest.raises(CarechainError, match="whom the payer has not enrolled"):
        practice.later().code(document(member="M2"))
