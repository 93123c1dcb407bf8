"""`brownie run claims explain …`: what patients are told of the examples' claims, in every language."""

from __future__ import annotations

import json
import re

import pytest
from rich.console import Console

import scripts.claims as script
import scripts.consent
from carechain.claims.explain_words import LANGUAGES
from carechain.claims.member_file import read_members
from carechain.claims.plan_file import load_plan
from carechain.report import Report
from scripts.arguments import day_of
from scripts.claims_sending import set_payee
from scripts.claims_session import Session
from scripts.payer import admit_provider, enrol_members, open_reserve, publish_plan, put_aside
from scripts.suite import ROOT
from tests.scripts.books import chain_with_book

FILES = ROOT / "examples" / "claims"
HOSPITAL, CLINIC, PAYER = 1, 3, 19
SENT = {"professional.837": HOSPITAL, "institutional.837": HOSPITAL, "secondary.837": HOSPITAL, "claim.json": CLINIC}
"""Examples, and who sends them."""
PAID = f"{PAYER}-{HOSPITAL}-1"
AMOUNT = re.compile(r"[0-9]+\.[0-9]{2}|USD")
SECRETS = ("RH-24", "MHI-", "99213", "J069", "1978", "ROBIN", "EXAMPLE")


@pytest.fixture(scope="module")
def opening(example_book, tmp_path_factory):
    """The examples' programme, with two providers in its network."""
    chain = chain_with_book(example_book)
    folder = tmp_path_factory.mktemp("opening")
    quiet = Report("payer", "opening", folder, Console(quiet=True))
    payer = Session(chain, {"as": str(PAYER), "token": "new", "mint": "yes"})
    open_reserve(payer, quiet)
    put_aside(payer, 10_000_000, quiet)
    publish_plan(payer, load_plan(FILES / "plan.yaml"), quiet)
    enrol_members(payer, read_members(FILES / "members.yaml"), quiet)
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
def send(run, opening, deployed, tmp_path):
    """Sends an example. The names of its claims."""

    def send(file):
        provider = SENT[file]
        book = f"book={tmp_path / f'book-{provider}'}"
        done = run(script.submit, FILES / file, f"as={provider}", book, f"directory={FILES / 'directory.yaml'}")
        assert (done.code, done.facts["counts"]["refused"]) == (0, 0)
        return [each["claim"] for each in done.facts["claims"]]

    return send


def flat(output):
    return " ".join(output.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", SENT)
def test_every_example_is_told_in_every_language(run, send, file, language):
    for name in send(file):
        done = run(script.explain, name, f"language={language}")
        assert (done.code, done.facts["claims"], done.facts["language"]) == (0, [name], language)
        for key in ("short", "lines", "stands", "appeal"):
            assert LANGUAGES[language][key] in done.output
        assert name in done.output
        for secret in SECRETS:
            assert secret not in done.output, secret


def test_english_is_spoken_unless_another_language_is_asked_for(run, send):
    send("professional.837")
    done = run(script.explain, PAID)
    assert done.facts["language"] == "en"
    assert LANGUAGES["en"]["short.paid"].format(paid="257.00 USD") in flat(done.output)


def test_amounts_are_told_and_not_written_to_the_report(run, send):
    send("professional.837")
    done = run(script.explain, PAID)
    assert AMOUNT.search(done.output)
    assert not AMOUNT.search(json.dumps({**done.facts, "transactions": []}))


def test_nothing_is_sent_to_explain(run, send, state):
    send("professional.837")
    before = state()
    assert run(script.explain, PAID).facts["transactions"] == []
    assert state() == before


def test_a_language_that_nobody_speaks_is_refused(run, send):
    send("professional.837")
    done = run(script.explain, PAID, "language=xx")
    assert (done.code, done.refused) == (1, ["The language xx"])
    assert done.facts["refused"][0]["mend"] == "use en, zh"


@pytest.mark.parametrize(
    ("arguments", "place"),
    [((), "The call"), ((f"{PAYER}-{HOSPITAL}-9",), f"Claim {PAYER}-{HOSPITAL}-9"), (("RH-1",), "The claim")],
)
def test_a_claim_that_is_not_there_is_not_explained(run, send, arguments, place):
    send("professional.837")
    done = run(script.explain, *arguments)
    assert (done.code, done.refused) == (1, [place])
