"""`brownie run payer …`: a programme from its reserve to its reviewers, as a payer runs it."""

from __future__ import annotations

import json
import shutil

import pytest

import scripts.claims as claims_script
import scripts.consent
import scripts.payer as script
from carechain.claims.names import ClaimName
from carechain.claims.plan_file import load_plan
from carechain.claims.words import ReviewerKind, Stage
from scripts.arguments import day_text
from scripts.claims_session import Session
from scripts.suite import ROOT
from tests.helpers.suite import now, pass_time
from tests.scripts.books import chain_with_book

FILES = ROOT / "examples" / "claims"
HOSPITAL, CLINIC, PAYER, REVIEWER, EXTERNAL = 1, 3, 19, 20, 22
PLAN = 14
PARENT = "0x2DdFC862BB1a78512b9f30Bea996C20E7870d12A"
SECONDARY = "0xed68F3707Ec32aBaBc00Fb864309c1f82d3b8D35"
DAY = 86_400


@pytest.fixture
def payer(run, deployed, tmp_path):
    """Runs one of the functions for the payer, or for somebody else."""

    def run_for(function, *arguments, by=PAYER):
        return run(function, *arguments, f"as={by}", f"book={tmp_path / f'book-{by}'}")

    return run_for


@pytest.fixture
def ledger(deployed, tmp_path):
    return Session(chain_with_book(tmp_path / "book.json"), {}).ledger


@pytest.fixture
def opened(payer):
    assert payer(script.open, "token=new").code == 0


@pytest.fixture
def published(payer, opened):
    assert payer(script.publish, FILES / "plan.yaml").code == 0


@pytest.fixture
def evidence(tmp_path):
    path = tmp_path / "evidence.txt"
    path.write_text("What was found.", "utf-8")
    return path


# ---------------------------------------------------------------------- a reserve


def test_a_reserve_is_opened_once(payer, ledger):
    done = payer(script.open, "token=new", "review=20", "interest=500")
    assert (done.code, [each["what"] for each in done.facts["transactions"]]) == (
        0,
        ["deploy TestToken", "open a reserve"],
    )
    reserve = ledger.reserve(PAYER)
    assert (reserve.scale, reserve.clocks.review_days, reserve.clocks.interest) == (4, 20, 500)
    again = payer(script.open, "token=new")
    assert (again.code, again.facts["transactions"]) == (0, [])


def test_another_token_is_refused_once_the_reserve_is_open(payer, opened, deployed):
    assert payer(script.open, f"token={deployed.web3.eth.accounts[0]}").refused == ["The reserve"]


def test_funds_are_minted_and_deposited(payer, opened, ledger):
    done = payer(script.deposit, "1250.50", "mint=yes")
    assert [each["what"] for each in done.facts["transactions"]] == ["mint", "approve a transfer", "deposit"]
    assert ledger.reserve(PAYER).funds == 125_050
    assert payer(script.deposit, "1", "mint=yes").facts["funds"] == 125_150


def test_nothing_is_deposited_that_is_not_there(payer, opened, state):
    before = state()
    assert payer(script.deposit, "1250.50").refused == ["The sender"]
    assert state() == before


def test_nothing_is_minted_where_the_token_is_real(payer, opened, monkeypatch):
    monkeypatch.setattr(script, "is_local", lambda chain: False)
    assert payer(script.deposit, "5", "mint=yes").refused == ["The option mint=yes"]
    assert payer(script.open, "token=new", by=EXTERNAL).refused == ["The option token=new"]


def test_a_withdrawal_is_announced_and_made(payer, opened, ledger, deployed):
    payer(script.deposit, "100.00", "mint=yes")
    assert payer(script.announce, "40.00").facts["announced"] == 4_000
    to = deployed.web3.eth.accounts[17]
    assert payer(script.withdraw, to).code == 1
    pass_time(14 * DAY)
    assert payer(script.withdraw, to).facts["funds"] == 6_000
    assert payer(script.announce, "0").facts["announced"] == 0


def test_the_programme_is_shown(payer, published):
    payer(script.reviewer, REVIEWER, "internal")
    done = payer(script.show)
    assert done.code == 0
    assert "Northgate Claim Review" in done.output


# ---------------------------------------------------------------------- plans and members


def test_a_plan_is_published_once(payer, opened, ledger):
    done = payer(script.publish, FILES / "plan.yaml")
    assert (done.facts["plan"], done.facts["version"], done.facts["categories"]) == (PLAN, 1, [5, 65, 86, 98])
    assert payer(script.publish, FILES / "plan.yaml").facts["transactions"] == []
    (version,) = ledger.versions(PAYER, PLAN)
    assert version.benefits.rules[98].copay == 2_500


def test_a_changed_plan_is_the_next_version(payer, published, ledger, tmp_path):
    text = (FILES / "plan.yaml").read_text("utf-8")
    later = tmp_path / "plan.yaml"
    later.write_text(text.replace("2024-01-01", "2090-01-01").replace("copay: 25.00", "copay: 30.00"), "utf-8")
    assert payer(script.publish, later).facts["version"] == 2
    first, second = ledger.versions(PAYER, PLAN)
    assert first.until == second.benefits.terms.first_day
    assert not first.is_open
    assert second.is_open


def test_members_are_enrolled_once_and_more_of_them_later(payer, published, ledger, tmp_path):
    done = payer(script.enrol, FILES / "members.yaml")
    assert (done.facts["read"], done.facts["enrolled"], len(done.facts["transactions"])) == (5, 5, 1)
    assert payer(script.enrol, FILES / "members.yaml").facts["transactions"] == []
    more = tmp_path / "members.yaml"
    text = (FILES / "members.yaml").read_text("utf-8")
    row = f'  - {{pseudonym: "{PARENT}", plan: 14, from: 2026-01-01, until: 2026-12-31}}\n'
    more.write_text(text + row, "utf-8")
    assert payer(script.enrol, more).facts["enrolled"] == 1
    assert [period.number for period in ledger.periods(PAYER, PARENT)] == [0, 1, 2]
    assert ledger.period(PAYER, SECONDARY, 0).secondary


def test_periods_that_overlap_are_refused(payer, published, tmp_path, state):
    payer(script.enrol, FILES / "members.yaml")
    before = state()
    more = tmp_path / "members.yaml"
    more.write_text(
        f'members:\n  - {{pseudonym: "{PARENT}", plan: 14, from: 2025-12-31, until: 2026-12-31}}\n', "utf-8"
    )
    assert payer(script.enrol, more).refused == [f"{more}: members[0]"]
    assert state() == before


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("{plan: 14, from: 2026-01-01, until: 2026-12-31}", "members[0]"),
        ("{pseudonym: 0x12, plan: 14, from: 2026-01-01, until: 2026-12-31}", "members[0].pseudonym"),
        (f'{{pseudonym: "{PARENT}", plan: 0, from: 2026-01-01, until: 2026-12-31}}', "members[0].plan"),
        (f'{{pseudonym: "{PARENT}", plan: 14, from: soon, until: 2026-12-31}}', "members[0].from"),
        (f'{{pseudonym: "{PARENT}", plan: 14, from: 2026-01-01, until: 2027-01-02}}', "members[0]"),
        (f'{{pseudonym: "{PARENT}", plan: 14, from: 2026-01-02, until: 2026-01-01}}', "members[0]"),
        (f'{{pseudonym: "{PARENT}", plan: 1, from: 2026-01-01, until: 2026-01-02, family: no}}', "members[0].family"),
        (
            f'{{pseudonym: "{PARENT}", plan: 1, from: 2026-01-01, until: 2026-01-02, secondary: 1}}',
            "members[0].secondary",
        ),
        (f'{{pseudonym: "{PARENT}", plan: 1, from: 2026-01-01, until: 2026-01-02, name: X}}', "members[0]"),
    ],
)
def test_a_row_that_is_not_as_it_has_to_be_is_refused(payer, published, tmp_path, row, place):
    file = tmp_path / "members.yaml"
    file.write_text(f"members:\n  - {row}\n", "utf-8")
    assert payer(script.enrol, file).refused == [f"{file}: {place}"]


def test_coverage_ends_earlier(payer, published, ledger, tmp_path):
    file = tmp_path / "members.yaml"
    today = now() // DAY
    last, sooner = day_text(today + 90), day_text(today + 30)
    row = f'{{pseudonym: "{PARENT}", plan: 14, from: {day_text(today - 10)}, until: {last}}}'
    file.write_text(f"members:\n  - {row}\n", "utf-8")
    payer(script.enrol, file)
    assert payer(script.end, PARENT, sooner, "secondary=yes").code == 0
    period = ledger.period(PAYER, PARENT, 0)
    assert (period.last_day, period.secondary) == (today + 30, True)
    assert payer(script.end, PARENT, sooner).facts["transactions"] == []
    assert payer(script.end, PARENT, last).refused == ["The member"]


# ---------------------------------------------------------------------- network, authorisations, reviewers, refunds


def test_a_provider_is_admitted_once(payer, opened, ledger):
    assert payer(script.admit, HOSPITAL, "2024-01-01", "2060-12-31").code == 0
    assert ledger.account(PAYER, HOSPITAL).first_day == 19_723
    assert payer(script.admit, HOSPITAL, "2024-01-01", "2060-12-31").facts["transactions"] == []


def test_a_provider_is_barred_and_admitted_again(payer, opened, ledger, evidence, tmp_path):
    assert payer(script.bar, HOSPITAL, evidence).facts["barred"] is True
    assert ledger.account(PAYER, HOSPITAL).barred
    assert payer(script.bar, HOSPITAL, evidence).facts["transactions"] == []
    assert payer(script.bar, HOSPITAL, evidence, "lift=yes").facts["barred"] is False
    assert not ledger.account(PAYER, HOSPITAL).barred


def test_services_are_authorised(payer, opened, ledger):
    done = payer(script.authorise, 7001, PARENT, HOSPITAL, 65, 12, "2024-01-01", "2024-12-31")
    assert done.code == 0
    found = ledger.authorisation(PAYER, 7001)
    assert (found.member, found.provider, found.category, found.units) == (PARENT, HOSPITAL, 65, 1_200)
    assert payer(script.authorise, 7001, PARENT, HOSPITAL, 65, 12, "2024-01-01", "2024-12-31").code == 1


def test_reviewers_are_named_and_dismissed(payer, opened, ledger):
    assert payer(script.reviewer, EXTERNAL, "external").code == 0
    assert payer(script.reviewer, REVIEWER, "internal").code == 0
    assert [(each.organisation, each.kind) for each in ledger.reviewers(PAYER)] == [
        (REVIEWER, ReviewerKind.INTERNAL),
        (EXTERNAL, ReviewerKind.EXTERNAL),
    ]
    assert payer(script.reviewer, REVIEWER, "none").code == 0
    assert payer(script.reviewer, REVIEWER, "none").facts["transactions"] == []
    assert [each.organisation for each in ledger.reviewers(PAYER)] == [EXTERNAL]


def test_a_refund_is_asked_for(payer, published, run, ledger, deployed, evidence, tmp_path):
    payer(script.deposit, "5000.00", "mint=yes")
    payer(script.enrol, FILES / "members.yaml")
    payer(script.admit, CLINIC, "2024-01-01", "2060-12-31")
    clinic = deployed.web3.eth.accounts[7]
    assert payer(claims_script.payee, PAYER, clinic, by=CLINIC).code == 0
    run(scripts.consent.apply, FILES / "consent-1.json", f"receipts={tmp_path / 'receipts'}")
    shutil.copytree(FILES, tmp_path / f"book-{CLINIC}", dirs_exist_ok=True)
    done = payer(claims_script.submit, FILES / "claim.json", by=CLINIC)
    assert done.facts["counts"]["settled"] == 1
    name = ClaimName(PAYER, CLINIC, 0)
    assert payer(script.refund, name, "not-furnished", evidence).code == 1  # it can be appealed against still
    pass_time(61 * DAY)
    done = payer(script.refund, name, "not-furnished", evidence)
    assert (done.code, done.facts["reason"]) == (0, "not_furnished")
    assert ledger.case(name).stage is Stage.REFUND_REQUESTED
    assert payer(script.refund, name, "not-furnished", evidence).facts["transactions"] == []
    assert not any(text in json.dumps(done.facts) for text in ("GH-24", "MHI-", "99214"))


# ---------------------------------------------------------------------- bad calls


@pytest.mark.parametrize(
    ("function", "arguments", "place"),
    [
        ("open", (), "The token"),
        ("open", ("token=0x12",), "The token"),
        ("open", ("token=new", "scale=64"), "The option scale=64"),
        ("open", ("token=new", "colour=blue"), "The option colour"),
        ("deposit", ("100",), f"Organisation {PAYER}"),
        ("deposit", (), "The call"),
        ("withdraw", ("0x12",), "The address"),
        ("publish", ("/no/such/file",), "/no/such/file"),
        ("enrol", ("/no/such/file",), "/no/such/file"),
        ("end", (PARENT, "soon"), "The day soon"),
        ("end", ("0x12", "2026-01-01"), "The member"),
        ("admit", ("0", "2024-01-01", "2024-12-31"), "The organisation 0"),
        ("authorise", (1, "0x12", 1, 65, 1, "2024-01-01", "2024-12-31"), "The member"),
        ("reviewer", (REVIEWER, "friendly"), "The kind friendly"),
        ("refund", ("19-1-0", "boredom", "file"), "Claim 19-1-0"),
    ],
)
def test_a_call_that_cannot_be_taken_is_refused(payer, function, arguments, place):
    done = payer(getattr(script, function), *arguments)
    assert (done.code, done.refused) == (1, [place])


def test_only_a_payer_has_a_programme(payer, state):
    done = payer(script.open, "token=new", by=HOSPITAL)
    assert done.code == 1
    assert "OperatorNotInStanding" in done.facts["refused"][0]["reason"]


def test_the_key_of_a_fee_schedule_is_made_once_and_is_its_owners(payer, tmp_path):
    fees = tmp_path / "national-fees.csv"
    shutil.copy(ROOT / "examples" / "plans" / fees.name, fees)
    shutil.copy(ROOT / "examples" / "plans" / "national.yaml", tmp_path)
    assert payer(script.fee_key, fees).code == 0
    key = tmp_path / "national-fees.key"
    made = key.read_text()
    assert key.stat().st_mode & 0o077 == 0
    assert load_plan(tmp_path / "national.yaml").schedule is not None
    again = payer(script.fee_key, fees)
    assert (again.code, key.read_text()) == (0, made)
    assert "there is a key already" in again.output
    assert made.strip() not in again.output


def test_a_fee_schedule_that_is_not_there_gets_no_key(payer, tmp_path):
    done = payer(script.fee_key, tmp_path / "fees.csv")
    assert (done.code, done.refused) == (1, [str(tmp_path / "fees.csv")])
    assert not (tmp_path / "fees.key").exists()
