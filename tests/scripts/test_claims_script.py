"""`brownie run claims …`: claims from files to payments, and what people decide, as those who take part run it."""

from __future__ import annotations

import json
import shutil

import pytest
from rich.console import Console

import scripts.claims as script
import scripts.claims_session
import scripts.consent
from carechain.claims.member_file import read_members
from carechain.claims.names import ClaimName
from carechain.claims.plan_file import load_plan
from carechain.claims.words import ReviewerKind, Stage
from carechain.report import Report
from scripts.arguments import day_of
from scripts.claims_sending import set_payee
from scripts.claims_session import Session
from scripts.payer import admit_provider, enrol_members, name_reviewer, open_reserve, publish_plan, put_aside
from scripts.suite import ROOT
from tests.helpers.suite import pass_time
from tests.scripts.books import chain_with_book

FILES = ROOT / "examples" / "claims"
CLAIMS = ("professional.837", "institutional.837", "secondary.837", "claim.json")
HOSPITAL, CLINIC, PAYER, REVIEWER, SECOND_REVIEWER, EXTERNAL = 1, 3, 19, 20, 21, 22
PARENT, CHILD = "Patient/meadow-0001", "Patient/meadow-0002"
PARKED, SETTLED = ClaimName(PAYER, HOSPITAL, 0), ClaimName(PAYER, HOSPITAL, 1)
"""Of the claims of professional.837."""
DAY = 86_400


@pytest.fixture(scope="module")
def opening(example_book, tmp_path_factory):
    """The payer's programme, with the examples' plan and members, who consent; two providers in its network."""
    chain = chain_with_book(example_book)
    folder = tmp_path_factory.mktemp("opening")
    quiet = Report("payer", "opening", folder, Console(quiet=True))
    payer = Session(chain, {"as": str(PAYER), "token": "new", "mint": "yes"})
    open_reserve(payer, quiet)
    put_aside(payer, 10_000_000, quiet)
    publish_plan(payer, load_plan(FILES / "plan.yaml"), quiet)
    enrol_members(payer, read_members(FILES / "members.yaml"), quiet)
    for reviewer in (REVIEWER, SECOND_REVIEWER):
        name_reviewer(payer, reviewer, ReviewerKind.INTERNAL, quiet)
    name_reviewer(payer, EXTERNAL, ReviewerKind.EXTERNAL, quiet)
    for provider in (HOSPITAL, CLINIC):
        admit_provider(payer, provider, (day_of("2024-01-01"), day_of("2060-12-31")), quiet)
        session = Session(chain, {"as": str(provider)})
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
def claims(run, opening, deployed, tmp_path):
    """Runs one of the functions, for an organisation or for nobody in particular."""

    def run_for(function, *arguments, by=None):
        acting = ()
        if by is not None:
            acting = (f"as={by}", f"book={tmp_path / f'book-{by}'}", f"directory={FILES / 'directory.yaml'}")
        return run(function, *arguments, *acting)

    return run_for


@pytest.fixture
def ledger(deployed, tmp_path):
    return Session(chain_with_book(tmp_path / "book.json"), {}).ledger


@pytest.fixture
def patient(tmp_path):
    """The options of a member."""
    return f"receipts={tmp_path / 'receipts'}", f"book={tmp_path / 'member'}"


@pytest.fixture
def sent(claims):
    assert claims(script.submit, FILES / "professional.837", by=HOSPITAL).code == 0


@pytest.fixture
def grounds(tmp_path):
    path = tmp_path / "grounds.txt"
    path.write_text("Three units were needed.", "utf-8")
    return path


def outcomes(done):
    return [(each["outcome"], each["claim"]) for each in done.facts["claims"]]


# ---------------------------------------------------------------------- a provider claims


def test_a_file_is_sent_and_each_claim_told(claims, ledger):
    done = claims(script.submit, FILES / "professional.837", by=HOSPITAL)
    assert done.code == 0
    assert outcomes(done) == [("parked", str(PARKED)), ("settled", str(SETTLED))]
    assert done.facts["counts"] == {"settled": 1, "parked": 1, "refused": 0, "already there": 0, "taken back": 0}
    assert done.facts["claims"][0]["parked"] == ["reviewed_category"]
    # A visit of 120.00 less 25.00, and a test of 280.00 less 100.00 deductible and a tenth.
    assert ledger.claim(SETTLED).paid == 9_500 + 16_200
    assert "parked: reviewed category" in done.output
    assert "257.00 USD" in done.output


def test_what_is_written_to_the_report_has_no_amounts_of_claims(claims):
    done = claims(script.submit, FILES / "professional.837", by=HOSPITAL)
    told = json.dumps({**done.facts, "transactions": []})
    for secret in ("257", "RH-24", "MHI-", "99213", "J069", "1978", "Robin", "EXAMPLE"):
        assert secret not in told, secret
    for secret in ("RH-24", "MHI-", "99213", "J069", "1978", "EXAMPLE"):
        assert secret not in done.output, secret


@pytest.mark.parametrize("file", CLAIMS)
def test_every_example_is_taken(claims, file):
    by = CLINIC if file.endswith(".json") else HOSPITAL
    done = claims(script.submit, FILES / file, by=by)
    assert (done.code, done.facts["counts"]["refused"]) == (0, 0)


def test_after_another_payer_no_more_is_paid_than_that_one_left(claims, ledger):
    claims(script.submit, FILES / "secondary.837", by=HOSPITAL)
    (claim,) = ledger.claims(PAYER, HOSPITAL)
    (outcome,) = claim.outcomes
    assert (outcome.prior, outcome.paid, outcome.share) == (11_000, 4_000, 0)


def test_a_folder_is_settled_and_again_nothing_is_sent_twice(claims, ledger, tmp_path, state):
    folder = tmp_path / "claims"
    folder.mkdir()
    for file in CLAIMS[:3]:
        shutil.copy(FILES / file, folder)
    done = claims(script.settle, folder, by=HOSPITAL)
    assert (done.code, done.facts["read"], len(done.facts["transactions"])) == (0, 4, 1)
    before = state()
    again = claims(script.settle, folder, "together=2", by=HOSPITAL)
    assert (again.code, again.facts["counts"]["already there"]) == (0, 4)
    assert (state(), len(ledger.claims(PAYER, HOSPITAL))) == (before, 4)


def test_a_bad_file_keeps_no_good_one_back(claims, tmp_path):
    bad = tmp_path / "bad.837"
    bad.write_text("ISA*00*", "utf-8")
    done = claims(script.settle, bad, FILES / "secondary.837", tmp_path / "none.837", by=HOSPITAL)
    assert (done.code, done.facts["read"]) == (1, 3)
    assert (done.facts["counts"]["settled"], done.facts["counts"]["refused"]) == (1, 2)
    assert all(each["reason"] and each["mend"] for each in done.facts["refused"])


def test_a_claim_is_not_sent_by_another_provider(claims, state):
    before = state()
    done = claims(script.submit, FILES / "claim.json", by=HOSPITAL)
    assert (done.code, done.facts["refused"][0]["reason"]) == (
        1,
        "is of organisation 3, for which the sender does not speak",
    )
    assert state() == before


def test_a_claim_is_taken_back_once(claims, ledger, sent):
    done = claims(script.void, SETTLED, by=HOSPITAL)
    assert (done.code, done.facts["overpaid"]) == (0, True)
    assert ledger.case(SETTLED).stage is Stage.VOIDED
    assert ledger.account(PAYER, HOSPITAL).owed == 25_700
    assert claims(script.void, SETTLED, by=HOSPITAL).facts["transactions"] == []


def test_the_payee_is_set_once(claims, deployed, ledger):
    address = deployed.web3.eth.accounts[18]
    assert claims(script.payee, PAYER, address, by=HOSPITAL).code == 0
    assert ledger.account(PAYER, HOSPITAL).payee == address
    assert claims(script.payee, PAYER, address, by=HOSPITAL).facts["transactions"] == []


def test_nothing_waits_to_be_collected(claims, sent):
    done = claims(script.collect, PAYER, by=HOSPITAL)
    assert (done.code, done.facts["transactions"]) == (0, [])


# ---------------------------------------------------------------------- people decide


def test_a_parked_claim_is_approved(claims, ledger, sent):
    done = claims(script.review, PARKED, "approve", by=REVIEWER)
    assert (done.code, done.facts["stage"]) == (0, "decided")
    assert ledger.claim(PARKED).paid > 0
    assert [each["what"] for each in done.facts["transactions"]] == ["decide a claim"]


def test_a_line_is_capped(claims, ledger, sent):
    assert claims(script.review, PARKED, "approve", "cap:1=130.00", by=REVIEWER).code == 0
    # 130.00 less the deductible of 100.00, less a fifth.
    assert ledger.claim(PARKED).paid == 2_400


def test_a_claim_goes_through_all_stages(claims, ledger, sent, grounds):
    def stage(function, *arguments, by):
        return claims(function, PARKED, *arguments, by=by).facts["stage"]

    assert stage(script.review, "deny:1=not-necessary", by=REVIEWER) == "decided"
    assert ledger.claim(PARKED).paid == 0
    assert stage(script.appeal, grounds, by=HOSPITAL) == "in_appeal"
    assert stage(script.review, "uphold", by=SECOND_REVIEWER) == "appeal_decided"
    assert stage(script.appeal, grounds, by=HOSPITAL) == "in_external_review"
    assert stage(script.review, "approve", by=EXTERNAL) == "final"
    assert ledger.claim(PARKED).paid > 0


def test_an_appeal_is_made_once(claims, sent, grounds, tmp_path):
    claims(script.review, PARKED, "deny:1=not-supported", by=REVIEWER)
    assert claims(script.appeal, PARKED, grounds, by=HOSPITAL).code == 0
    kept = [path for path in (tmp_path / f"book-{HOSPITAL}" / "documents").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_a_member_appeals(claims, sent, grounds, patient):
    done = claims(script.appeal, SETTLED, grounds, f"patient={PARENT}", *patient)
    assert (done.code, done.facts["stage"]) == (0, "in_appeal")


def test_deadlines_are_listed_and_enforced_by_anybody(claims, ledger, sent):
    done = claims(script.due, PAYER)
    assert (done.code, done.facts["passed"], len(done.facts["waiting"])) == (0, 0, 1)
    assert claims(script.enforce, PARKED, by=CLINIC).code == 1
    pass_time(31 * DAY)
    assert claims(script.due, PAYER).facts["passed"] == 1
    done = claims(script.enforce, PARKED, by=CLINIC)
    assert (done.code, done.facts["stage"]) == (0, "in_external_review")


def test_a_member_confirms_and_disputes(claims, sent, patient, grounds):
    done = claims(script.confirm, SETTLED, PARENT, *patient)
    assert (done.code, done.facts["confirmed"], done.facts["disputed"]) == (0, True, False)
    assert claims(script.confirm, SETTLED, PARENT, *patient).facts["transactions"] == []
    done = claims(script.dispute, SETTLED, PARENT, grounds, *patient)
    assert (done.facts["confirmed"], done.facts["disputed"]) == (False, True)
    assert claims(script.dispute, SETTLED, PARENT, *patient).facts["transactions"] == []


def test_another_member_confirms_nothing(claims, ledger, sent, patient):
    done = claims(script.confirm, SETTLED, CHILD, *patient)
    assert (done.code, done.facts["transactions"]) == (1, [])
    assert "ClaimNotYours" in done.facts["refused"][0]["reason"]
    assert not ledger.case(SETTLED).confirmed


# ---------------------------------------------------------------------- bad calls


@pytest.mark.parametrize(
    ("function", "arguments", "by", "place"),
    [
        ("submit", (), HOSPITAL, "The call"),
        ("submit", (FILES / "claim.json", FILES / "claim.json"), HOSPITAL, "The call"),
        ("submit", (FILES / "claim.json",), None, "The sender"),
        ("submit", (FILES / "claim.json", "colour=blue"), HOSPITAL, "The option colour"),
        ("settle", (FILES / "claim.json", "together=0"), HOSPITAL, "The option together=0"),
        ("settle", (ROOT / "deployments" / "nothing",), HOSPITAL, str(ROOT / "deployments" / "nothing")),
        ("void", ("19-1",), HOSPITAL, "The claim's name"),
        ("void", ("19-1-99",), HOSPITAL, "Claim 19-1-99"),
        ("payee", (PAYER, "0x12"), HOSPITAL, "The address"),
        ("review", (PARKED,), REVIEWER, "The call"),
        ("review", (PARKED, "perhaps"), REVIEWER, "The decision"),
        ("review", (PARKED, "approve", "deny:1=not-necessary"), REVIEWER, "The decision"),
        ("review", (PARKED, "cap:1=10.00"), REVIEWER, "The decision"),
        ("review", (PARKED, "deny:7=not-necessary"), REVIEWER, "Line 7"),
        ("review", (PARKED, "deny:1=duplicate", "deny:1=duplicate"), REVIEWER, "Line 1"),
        ("review", (PARKED, "deny:1=boredom"), REVIEWER, "The reason for line 1"),
        ("review", (PARKED, "approve", "cap:1=a lot"), REVIEWER, "The cap of line 1"),
    ],
)
def test_a_call_that_cannot_be_taken_is_refused(claims, sent, state, function, arguments, by, place):
    before = state()
    done = claims(getattr(script, function), *arguments, by=by)
    assert (done.code, done.refused) == (1, [place])
    assert state() == before


def test_on_a_public_chain_a_key_has_to_be_named(claims, monkeypatch):
    monkeypatch.setattr("scripts.organisations.is_local", lambda chain: False)
    monkeypatch.setattr("scripts.suite.is_local", lambda chain: False)
    assert claims(script.submit, FILES / "claim.json", by=CLINIC).refused == ["Chain 31337"]
