"""`brownie run claims status | eligibility | explain …`: answers about claims, as those who ask get them."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

import scripts.claims as script
import scripts.consent
from carechain.claims.explain_words import CHINESE, ENGLISH
from carechain.claims.member_file import read_members
from carechain.claims.names import ClaimName
from carechain.claims.plan_file import load_plan
from carechain.fhir.claim_status import read_claim_status
from carechain.fhir.elements import parse
from carechain.fhir.eligibility_answer import read_eligibility
from carechain.report import Report
from carechain.x12.eligibility import read_eligibility_answers
from carechain.x12.status import read_status_answers
from scripts.arguments import day_of
from scripts.claims_sending import set_payee
from scripts.claims_session import Session
from scripts.payer import admit_provider, enrol_members, open_reserve, publish_plan, put_aside
from scripts.suite import ROOT
from tests.helpers.real_data import SHARED, beside
from tests.scripts.books import chain_with_book

FILES = ROOT / "examples" / "claims"
REAL = SHARED / "x12_linuxforhealth"
HOSPITAL, PAYER = 1, 19
PARKED, SETTLED = ClaimName(PAYER, HOSPITAL, 0), ClaimName(PAYER, HOSPITAL, 1)
DIRECTORY = f"directory={FILES / 'directory.yaml'}"
SECRETS = ("RH-24", "MHI-", "99213", "J069", "1978", "ROBIN", "EXAMPLE", "0x2DdF", "257", "430")


@pytest.fixture(scope="module")
def opening(example_book, tmp_path_factory):
    """The examples' programme."""
    chain = chain_with_book(example_book)
    folder = tmp_path_factory.mktemp("opening")
    quiet = Report("payer", "opening", folder, Console(quiet=True))
    payer = Session(chain, {"as": str(PAYER), "token": "new", "mint": "yes"})
    open_reserve(payer, quiet)
    put_aside(payer, 10_000_000, quiet)
    publish_plan(payer, load_plan(FILES / "plan.yaml"), quiet)
    enrol_members(payer, read_members(FILES / "members.yaml"), quiet)
    admit_provider(payer, HOSPITAL, (day_of("2024-01-01"), day_of("2060-12-31")), quiet)
    session = Session(chain, {"as": str(HOSPITAL)})
    set_payee(session, PAYER, session.sender, quiet)
    patients = scripts.consent.Session(
        chain,
        scripts.consent.Consents(chain),
        scripts.consent.Directory.load(ROOT / "examples" / "directory.yaml"),
        {"receipts": str(folder / "receipts")},
    )
    for number in (1, 2, 3):
        scripts.consent.apply_document(patients, FILES / f"consent-{number}.json", quiet)
    assert not quiet.has_refusals


@pytest.fixture
def own(run, opening, deployed, tmp_path):
    """The options of the hospital, which has sent a file."""
    acting = (f"as={HOSPITAL}", f"book={tmp_path / 'book-of-hospital'}", DIRECTORY)
    assert run(script.submit, FILES / "professional.837", *acting).code == 0
    return acting


def kept(done):
    """What is in the report's file, without hashes and paths."""
    return json.dumps({name: fact for name, fact in done.facts.items() if name not in ("transactions", "file")})


# ---------------------------------------------------------------------- where a claim stands


def test_anybody_is_told_where_a_claim_stands(run, own):
    done = run(script.status, SETTLED)
    assert (done.code, done.facts["categories"]) == (0, ["F1"])
    assert "paid (F1, 65)" in done.output
    assert "257.00 USD" in done.output
    assert run(script.status, PARKED).facts["categories"] == ["P2"]


def test_the_provider_asks_by_its_own_number(run, own):
    done = run(script.status, "RH-24-0001", *own)
    assert (done.code, done.facts["categories"]) == (0, ["F1"])
    assert str(SETTLED) in done.output


def test_without_a_book_an_own_number_is_none_and_is_not_repeated(run, own):
    done = run(script.status, "RH-24-0001")
    assert done.code == 1
    assert "RH-24-0001" not in done.output + kept(done)


def test_a_number_that_was_never_sent_is_not_found(run, own):
    assert run(script.status, "RH-24-7777", *own).code == 1
    assert run(script.status, f"{PAYER}-{HOSPITAL}-9").code == 1


def test_a_file_of_questions_is_answered_by_a_277(run, own, tmp_path):
    done = run(script.status, FILES / "status.276", f"to={tmp_path / 'status.277'}", *own)
    assert (done.code, done.facts["asked"], done.facts["found"]) == (0, 3, 2)
    answers = read_status_answers((tmp_path / "status.277").read_bytes(), "written")
    assert [(trace, each.category, each.payer_control_number) for trace, each in answers] == [
        ("RH-ASKS-1", "F1", str(SETTLED)),
        ("RH-ASKS-2", "P2", str(PARKED)),
        ("RH-ASKS-3", "A4", None),
    ]
    assert (answers[0][1].charge, answers[0][1].paid) == (43_000, 25_700)
    assert (tmp_path / "status.277").stat().st_mode & 0o777 == 0o600


def test_a_claim_is_answered_about_in_fhir(run, own, tmp_path):
    done = run(script.status, SETTLED, "format=fhir", f"to={tmp_path / 'status.json'}", *own)
    assert done.code == 0
    found = read_claim_status(parse((tmp_path / "status.json").read_bytes(), "status.json", "FHIR"))
    assert (found.control_number, found.category, found.paid) == ("RH-24-0001", "F1", 25_700)
    assert found.trace is not None


def test_an_answer_overwrites_no_file(run, own, tmp_path):
    (tmp_path / "status.277").write_text("mine", "utf-8")
    done = run(script.status, SETTLED, f"to={tmp_path / 'status.277'}")
    assert (done.code, done.facts["refused"][0]["reason"]) == (1, "is there already")
    assert (tmp_path / "status.277").read_text("utf-8") == "mine"


def test_a_format_that_is_none_is_refused(run, own):
    assert run(script.status, SETTLED, "format=278").code == 1


@beside(REAL, "the questions about claims")
def test_questions_about_claims_of_others_are_answered_as_not_found(run, own, tmp_path):
    asked = REAL / "276_005010X212" / "claim-level-status.276"
    done = run(script.status, asked, f"to={tmp_path / 'status.277'}", *own)
    assert (done.code, done.facts["asked"], done.facts["found"]) == (0, 3, 0)
    answers = read_status_answers((tmp_path / "status.277").read_bytes(), "written")
    assert {each.category for _, each in answers} == {"A4"}


# ---------------------------------------------------------------------- what a plan covers


def test_a_270_is_answered_by_a_271(run, own, tmp_path):
    done = run(script.eligibility, FILES / "eligibility.270", f"to={tmp_path / 'answer.271'}", DIRECTORY)
    assert (done.code, done.facts["asked"], done.facts["active"]) == (0, 2, 1)
    (first, known), (second, nobody) = read_eligibility_answers((tmp_path / "answer.271").read_bytes(), "written")
    assert (first, second) == ("RH-ASKS-4", "RH-ASKS-5")
    terms = load_plan(FILES / "plan.yaml").benefits.terms
    assert (known.active, known.deductible, known.deductible_left) == (True, terms.deductible, 0)
    assert {each.service_type for each in known.services} >= {"98", "5"}
    assert (nobody.active, nobody.reason) == (False, "75")


def test_a_request_in_fhir_is_answered_in_fhir(run, own, tmp_path):
    done = run(script.eligibility, FILES / "eligibility.json", f"to={tmp_path / 'answer.json'}", DIRECTORY)
    assert (done.code, done.facts["active"]) == (0, 1)
    found = read_eligibility(parse((tmp_path / "answer.json").read_bytes(), "answer.json", "FHIR"))
    assert {each.service_type for each in found.services} == {"98"}
    assert found.plan == load_plan(FILES / "plan.yaml").name


def test_the_provider_that_asks_is_told_what_holds_in_the_network(run, own, tmp_path):
    run(script.eligibility, FILES / "eligibility.270", f"to={tmp_path / 'answer.271'}", DIRECTORY)
    known = read_eligibility_answers((tmp_path / "answer.271").read_bytes(), "written")[0][1]
    assert {each.in_network for each in known.services} == {True}
    assert [each.copay for each in known.services if each.service_type == "98"] == [2_500]


def test_a_270_is_answered_in_fhir_and_a_request_in_fhir_by_a_271_for_whoever_says_so(run, own, tmp_path):
    bundle, answer = tmp_path / "answers.json", tmp_path / "answer.271"
    assert run(script.eligibility, FILES / "eligibility.270", "format=fhir", f"to={bundle}", DIRECTORY).code == 0
    entries = json.loads(bundle.read_bytes())["entry"]
    assert [entry["resource"]["resourceType"] for entry in entries] == ["CoverageEligibilityResponse"] * 2
    assert run(script.eligibility, FILES / "eligibility.json", "format=271", f"to={answer}", DIRECTORY).code == 0
    ((trace, found),) = read_eligibility_answers(answer.read_bytes(), "written")
    assert (trace, found.active) == ("RH-ASKS-6", True)
    assert {path.stat().st_mode & 0o777 for path in (bundle, answer)} == {0o600}


def test_an_answer_about_coverage_overwrites_no_file(run, own, tmp_path):
    (tmp_path / "answer.271").write_text("mine", "utf-8")
    done = run(script.eligibility, FILES / "eligibility.270", f"to={tmp_path / 'answer.271'}", DIRECTORY)
    assert (done.code, done.facts["refused"][0]["reason"]) == (1, "is there already")
    assert (tmp_path / "answer.271").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (FILES / "eligibility.270", "format=270"),
        (FILES / "eligibility.270", "colour=blue"),
        (FILES / "no-such.270",),
        (FILES / "status.276",),
        (FILES / "claim.json",),
    ],
    ids=["nothing", "no format", "no option", "no file", "questions about claims", "a claim"],
)
def test_what_asks_nothing_about_coverage_is_refused(run, opening, deployed, tmp_path, arguments):
    to = tmp_path / "answer.271"
    done = run(script.eligibility, *arguments, f"to={to}", DIRECTORY)
    assert (done.code, len(done.facts["refused"])) == (1, 1)
    assert not to.exists()


@beside(REAL, "the questions about coverage")
def test_questions_about_the_coverage_of_others_are_answered_with_nothing(run, own):
    for file in sorted((REAL / "270_005010X279A1").glob("*.270")):
        done = run(script.eligibility, file, DIRECTORY)
        assert (done.code, done.facts["active"]) == (0, 0)


# ---------------------------------------------------------------------- what a patient is told


def test_a_patient_is_told_what_became_of_a_claim(run, own):
    done = run(script.explain, SETTLED, DIRECTORY)
    assert done.code == 0
    assert ENGLISH["short.paid"].format(paid="257.00 USD") in done.output
    assert ENGLISH["line.copay"].format(amount="25.00 USD") in " ".join(done.output.split())
    # A visit's copay, and of a test deductible and coinsurance.
    assert ENGLISH["short.owe"].format(owe="143.00 USD") in done.output


def test_a_patient_is_told_in_chinese(run, own):
    done = run(script.explain, SETTLED, "language=zh")
    assert done.code == 0
    assert CHINESE["short.paid"].format(paid="257.00 USD") in done.output


def test_a_patient_is_told_why_a_claim_waits(run, own):
    done = run(script.explain, "RH-24-0002", *own)
    assert done.code == 0
    assert ENGLISH["parked.REVIEWED_CATEGORY"] in done.output
    assert ENGLISH["short.open"] in done.output


def test_a_language_that_is_not_spoken_is_refused(run, own):
    assert run(script.explain, SETTLED, "language=xx").code == 1


# ---------------------------------------------------------------------- what stays private


@pytest.mark.parametrize("function", [script.status, script.explain])
def test_a_report_has_no_amounts_and_names_nobody(run, own, function):
    done = run(function, "RH-24-0001", *own)
    assert done.code == 0
    for secret in SECRETS:
        assert secret not in kept(done), secret


def test_a_report_of_questions_names_nobody(run, own):
    for function, file in ((script.status, "status.276"), (script.eligibility, "eligibility.270")):
        done = run(function, FILES / file, *own)
        for secret in SECRETS:
            assert secret not in kept(done), secret
