"""`brownie run claims remit …`: remittances of a provider, from the chain to files that balance."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

import scripts.claims as script
import scripts.consent
from carechain.claims.member_file import read_members
from carechain.claims.plan_file import load_plan
from carechain.report import Report
from carechain.x12.remittance import read_remittance
from scripts.arguments import day_of
from scripts.claims_sending import set_payee
from scripts.claims_session import Session
from scripts.payer import admit_provider, enrol_members, open_reserve, publish_plan, put_aside
from scripts.suite import ROOT
from tests.scripts.books import chain_with_book

FILES = ROOT / "examples" / "claims"
HOSPITAL, PAYER = 1, 19


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
def sent(run, opening, deployed, tmp_path):
    """The options of the hospital, which has sent a file."""
    acting = (f"as={HOSPITAL}", f"book={tmp_path / 'book-of-hospital'}", f"directory={FILES / 'directory.yaml'}")
    assert run(script.submit, FILES / "professional.837", *acting).code == 0
    return acting


def test_a_remittance_is_written_as_x12_and_balances(run, sent, tmp_path):
    done = run(script.remit, HOSPITAL, f"to={tmp_path / 'out'}", *sent)
    assert (done.code, done.facts["remittances"], done.facts["claims"]) == (0, 1, 1)
    (file,) = (tmp_path / "out").glob("*.835")
    (again,) = read_remittance(file.read_bytes(), "written")
    assert again.paid == 25_700
    assert again.claims[0].control_number == "RH-24-0001"
    assert again.provider.value == "1999999976"
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_a_book_a_claim_is_called_as_on_the_chain(run, sent, tmp_path):
    assert run(script.remit, HOSPITAL, f"payer={PAYER}", f"to={tmp_path / 'out'}").code == 0
    (file,) = (tmp_path / "out").glob("*.835")
    (again,) = read_remittance(file.read_bytes(), "written")
    assert again.claims[0].control_number == f"{PAYER}-{HOSPITAL}-1"


def test_a_remittance_is_written_as_fhir(run, sent, tmp_path):
    assert run(script.remit, HOSPITAL, "format=fhir", f"to={tmp_path / 'out'}", *sent).code == 0
    (file,) = (tmp_path / "out").glob("*.json")
    kinds = [entry["resource"]["resourceType"] for entry in json.loads(file.read_bytes())["entry"]]
    assert kinds == ["ExplanationOfBenefit", "ClaimResponse"]


def test_no_file_is_written_over(run, sent, tmp_path):
    assert run(script.remit, HOSPITAL, f"to={tmp_path / 'out'}", *sent).code == 0
    again = run(script.remit, HOSPITAL, f"to={tmp_path / 'out'}", *sent)
    assert again.code == 1
    assert "is there already" in " ".join(again.output.split())


def test_a_format_that_is_unknown_is_refused(run, sent):
    done = run(script.remit, HOSPITAL, "format=pdf", *sent)
    assert done.code == 1
    assert "use 835 or fhir" in done.output.lower()


def test_the_report_has_no_amounts(run, sent):
    done = run(script.remit, HOSPITAL, *sent)
    assert "25700" not in json.dumps(done.facts)
    assert "257.00" in done.output
