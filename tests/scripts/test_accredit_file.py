"""Accrediting a file of organisations: each of them is a matter of its own."""

from __future__ import annotations

import re

import pytest
import yaml

import scripts.participants
from carechain.errors import NodeUnreachable
from carechain.governance import DAY, SUPERVISOR
from carechain.governed import call_governed
from tests.helpers.suite import pass_time
from tests.scripts.books import NEXT

ENTRIES = {
    "pharmacy": {"roles": ["pharmacy"], "licence": "PHA-0008", "operator": 20},
    "hospice": {"roles": ["provider"], "licence": "HOSP-0009", "operator": 21},
    "carrier": {"roles": ["carrier"], "licence": "CAR-0010", "operator": 22},
}


@pytest.fixture
def accredit(run, tmp_path, deployed):
    """Runs `participants accredit` on a file of these organisations, or of entries changed."""

    def of(*names, **changes):
        path = tmp_path / "organisations.yaml"
        expiry = {"licence_expiry": yaml.safe_load("2050-12-31")}
        entries = [{"name": name, **ENTRIES[name], **expiry, **changes.get(name, {})} for name in names]
        path.write_text(yaml.safe_dump({"organisations": entries}), "utf-8")
        return run(scripts.participants.accredit, path)

    return of


def notes(done):
    """Without the times that they name."""
    return [re.sub(r" \d{4}-\d\d-.*", "", note) for note in done.facts.get("notes", [])]


def test_one_that_is_still_in_its_delay_holds_up_no_other(accredit):
    assert accredit("pharmacy").code == 0
    pass_time(DAY // 2)
    both = accredit("pharmacy", "hospice")
    assert both.code == 0
    assert notes(both) == [
        "pharmacy: scheduled, can be made from",
        "hospice: scheduled, can be made from",
    ]
    assert [sent["what"] for sent in both.facts["transactions"]] == ["schedule: accredit hospice"]
    pass_time(DAY // 2 + 60)
    first_is_due = accredit("pharmacy", "hospice")
    assert [sent["what"] for sent in first_is_due.facts["transactions"]] == ["accredit pharmacy"]
    assert notes(first_is_due) == ["hospice: scheduled, can be made from"]
    pass_time(DAY // 2)
    done = accredit("pharmacy", "hospice")
    assert done.code == 0
    assert notes(done) == [f"pharmacy: its operator already speaks for organisation {NEXT} (good)"]
    assert [sent["what"] for sent in done.facts["transactions"]] == ["accredit hospice"]


def test_one_that_the_contract_refuses_holds_up_no_other(accredit):
    expired = {"licence_expiry": yaml.safe_load("2020-12-31")}
    accredit("pharmacy", "hospice", "carrier", hospice=expired)
    pass_time(DAY)
    done = accredit("pharmacy", "hospice", "carrier", hospice=expired)
    assert done.code == 1
    assert [sent["what"] for sent in done.facts["transactions"]] == ["accredit pharmacy", "accredit carrier"]
    assert done.refused == ["accredit hospice"]
    assert "LicenceExpiryPast" in done.facts["refused"][0]["reason"]


@pytest.mark.parametrize(
    ("change", "other"),
    [
        ({"roles": ["pharmacy", "provider"]}, "roles (pharmacy)"),
        ({"licence": "PHA-9999"}, "licence (PHA-0008)"),
        ({"licence_expiry": yaml.safe_load("2051-01-01")}, "licence expiry (2050-12-31 00:00:00 UTC)"),
        ({"roles": ["carrier"], "licence": "CAR-1"}, "roles (pharmacy), licence (PHA-0008)"),
    ],
    ids=["roles", "licence", "expiry", "two"],
)
def test_one_that_is_accredited_otherwise_is_refused_and_holds_up_no_other(accredit, change, other):
    accredit("pharmacy")
    pass_time(DAY)
    accredit("pharmacy")
    done = accredit("pharmacy", "hospice", pharmacy=change)
    assert done.code == 1
    (refusal,) = done.facts["refused"]
    assert refusal["element"] == "The organisation pharmacy"
    said = f"has an operator that speaks for organisation {NEXT} already, with other {other}"
    assert refusal["reason"] == said
    assert [sent["what"] for sent in done.facts["transactions"]] == ["schedule: accredit hospice"]


def test_a_node_that_is_down_stops_the_rest(accredit, monkeypatch):
    asked = []

    def down(chain, organisation):
        asked.append(organisation.name)
        raise NodeUnreachable("asking", "did not reach the node")

    monkeypatch.setattr(scripts.participants, "accredited_as", down)
    done = accredit("pharmacy", "hospice")
    assert (done.code, asked, done.refused) == (1, ["pharmacy"], ["asking"])


def test_a_supervisor_with_a_delay_is_not_told_that_the_suspension_counts(run, deployed, tmp_path):
    accounts = deployed.web3.eth.accounts
    slower = deployed.contract("Governance").functions.grantRole(SUPERVISOR, accounts[3], 2 * DAY)
    call_governed(deployed, slower, accounts[1], "a delay for the supervisor")
    pass_time(5 * DAY + 1)
    call_governed(deployed, slower, accounts[1], "a delay for the supervisor")
    evidence = tmp_path / "decision.pdf"
    evidence.write_bytes(b"decision")
    done = run(scripts.participants.suspend, 2, "licence_revoked", evidence)
    assert done.code == 0
    assert "suspended" not in done.facts
    assert notes(done) == ["organisation 2 is not suspended yet: scheduled, can be made from"]
    pass_time(2 * DAY)
    assert run(scripts.participants.suspend, 2, "licence_revoked", evidence).facts["suspended"] == 2
