"""`brownie run participants …` and `brownie run wallet …`."""

from __future__ import annotations

import stat

import pytest

import scripts.consent
import scripts.participants
import scripts.wallet
from carechain.governance import DAY
from carechain.wallet import Wallet
from scripts.suite import ROOT
from tests.helpers.suite import pass_time
from tests.scripts.books import NEXT

TREATMENT = ROOT / "examples" / "consents" / "treatment.json"


def one_line(text):
    return " ".join(text.split())


@pytest.fixture
def pharmacy(tmp_path, deployed):
    path = tmp_path / "pharmacy.yaml"
    path.write_text(
        "organisations: [{name: 'Market [Square] Pharmacy', roles: [pharmacy], licence: PHA-0008, "
        "licence_expiry: 2050-12-31, operator: 20}]\n",
        "utf-8",
    )
    return path


@pytest.fixture
def evidence(tmp_path):
    path = tmp_path / "decision.pdf"
    path.write_bytes(b"decision")
    return path


def organisations(run):
    return {entry["number"]: entry for entry in run(scripts.participants.list).facts["organisations"]}


def test_the_list_tells_roles_licences_and_standing(run, deployed):
    listed = organisations(run)
    assert list(listed) == list(range(1, NEXT))
    assert listed[1] == {
        "number": 1,
        "name": "Riverside Hospital",
        "roles": "provider, storage node",
        "licenceExpiry": "2050-12-31",
        "standing": "good",
    }


def test_an_organisation_is_accredited_a_day_after_it_was_scheduled(run, pharmacy):
    first = run(scripts.participants.accredit, pharmacy)
    assert (first.code, len(first.facts["transactions"])) == (0, 1)
    assert "Pharmacy: scheduled" in one_line(first.output)
    early = run(scripts.participants.accredit, pharmacy)
    assert (early.code, early.facts["transactions"]) == (0, [])
    assert "Pharmacy: scheduled, can be made from" in one_line(early.output)
    assert NEXT not in organisations(run)
    pass_time(DAY)
    assert run(scripts.participants.accredit, pharmacy).code == 0
    assert organisations(run)[NEXT]["name"] == "Market [Square] Pharmacy"
    again = run(scripts.participants.accredit, pharmacy)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert f"already speaks for organisation {NEXT} (good)" in one_line(again.output)


def test_what_the_guardian_cancelled_is_not_accredited(run, pharmacy, deployed):
    run(scripts.participants.accredit, pharmacy)
    manager = deployed.contract("Governance").functions
    participants = deployed.contract("Participants")
    accounts = deployed.web3.eth.accounts
    (scheduled,) = deployed.events("Governance", ("OperationScheduled",), {})
    cancel = manager.cancel(accounts[2], participants.address, scheduled.values["data"])
    deployed.send(cancel, accounts[4], "cancel")
    pass_time(DAY)
    assert run(scripts.participants.accredit, pharmacy).code == 0
    assert NEXT not in organisations(run)


def test_a_suspended_organisation_is_listed_so(run, deployed, evidence):
    done = run(scripts.participants.suspend, 2, "licence_revoked", evidence)
    assert (done.code, done.facts["suspended"], done.facts["reason"]) == (0, 2, "licence_revoked")
    assert done.facts["evidence"] == "0x" + deployed.web3.keccak(b"decision").hex().removeprefix("0x")
    assert organisations(run)[2]["standing"] == "suspended"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("two", "licence_revoked"), "The organisation two is not an organisation's number"),
        ((2, "boredom"), "The reason boredom is not known. Use one of: licence_revoked, under_investigation"),
        ((99, "licence_revoked"), "was refused by the contract: OrganisationUnknown(organisation 99)"),
        ((1 << 32, "licence_revoked"), "The organisation 4294967296 is not an organisation's number"),
    ],
)
def test_a_suspension_that_cannot_be_is_a_sentence(run, state, evidence, arguments, problem):
    before = state()
    done = run(scripts.participants.suspend, *arguments, evidence)
    assert (done.code, state()) == (1, before)
    assert problem in one_line(done.output)


def test_without_its_evidence_nobody_is_suspended(run, state, tmp_path):
    done = run(scripts.participants.suspend, 2, "licence_revoked", tmp_path / "none.pdf")
    assert done.code == 1
    assert "cannot be read" in done.output


@pytest.mark.parametrize("function", [scripts.participants.accredit, scripts.participants.suspend])
def test_too_few_arguments_are_answered_with_the_usage(run, deployed, function):
    done = run(function)
    assert done.code == 1
    assert f"Write: brownie run participants {function.__name__} <" in one_line(done.output)


# Wallets


@pytest.fixture
def password(monkeypatch):
    monkeypatch.setenv("CARECHAIN_WALLET_PASSWORD", "correct horse")


@pytest.mark.usefixtures("password")
def test_a_wallet_is_made_shown_once_restored_and_used(run, deployed, tmp_path, monkeypatch):
    file, copy = tmp_path / "wallet.json", tmp_path / "copy.json"
    made = run(scripts.wallet.create, file)
    assert made.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    words = " ".join(made.output.split()[-24:])
    assert str(words) not in str(made.facts)

    monkeypatch.setattr(scripts.wallet.getpass, "getpass", lambda prompt: words)
    restored = run(scripts.wallet.restore, copy)
    assert restored.code == 0
    assert words.split()[0] + " " + words.split()[1] not in restored.output
    (address, again) = (run(scripts.wallet.address, path, 1).facts["address"] for path in (file, copy))
    assert address == again == Wallet.from_words(words).towards(1).address

    applied = run(scripts.consent.apply, TREATMENT, f"wallet={file}", f"receipts={tmp_path / 'receipts'}")
    assert applied.code == 0
    assert applied.facts["documents"][0]["granted"][0]["patient"] == address


@pytest.mark.usefixtures("password")
def test_a_wallet_is_never_replaced(run, tmp_path):
    file = tmp_path / "wallet.json"
    file.write_text("mine", "utf-8")
    done = run(scripts.wallet.create, file)
    assert done.code == 1
    assert "exists already" in one_line(done.output)
    assert file.read_text("utf-8") == "mine"
    assert len(done.output.split()) < 24


def test_two_different_passwords_make_no_wallet(run, tmp_path, monkeypatch):
    monkeypatch.delenv("CARECHAIN_WALLET_PASSWORD", raising=False)
    typed = iter(["one", "two"])
    monkeypatch.setattr(scripts.wallet.getpass, "getpass", lambda prompt: next(typed))
    done = run(scripts.wallet.create, tmp_path / "wallet.json")
    assert done.code == 1
    assert "The two passwords differ" in one_line(done.output)
    assert not (tmp_path / "wallet.json").exists()


@pytest.mark.usefixtures("password")
@pytest.mark.parametrize(
    ("function", "arguments", "problem"),
    [
        (scripts.wallet.create, (), "has 0 arguments. Write: brownie run wallet create <file>"),
        (scripts.wallet.address, ("x.json", "one"), "The organisation one is not a number"),
        (scripts.wallet.address, ("/no/such/wallet", 1), "/no/such/wallet cannot be read"),
    ],
)
def test_a_wrong_call_of_the_wallet_is_a_sentence(run, function, arguments, problem):
    done = run(function, *arguments)
    assert done.code == 1
    assert problem in one_line(done.output)
