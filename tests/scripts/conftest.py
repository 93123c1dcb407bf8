"""The scripts as their users call them, in this process: the exit code, what was printed, and the facts on file."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import scripts.claims
import scripts.claims_answers
import scripts.claims_cases
import scripts.claims_remit
import scripts.claims_sending
import scripts.claims_session
import scripts.cold_chain
import scripts.consent
import scripts.custody
import scripts.deploy
import scripts.gateway
import scripts.participants
import scripts.payer
import scripts.records
import scripts.relay
import scripts.supply
import scripts.trial
import scripts.trial_data
import scripts.trial_design
import scripts.trial_people
import scripts.trial_results
import scripts.trial_session
import scripts.wallet
from carechain.organisations import read_organisations
from tests.helpers.suite import pass_time
from tests.scripts.books import chain_with_book

MODULES = (
    scripts.claims,
    scripts.cold_chain,
    scripts.consent,
    scripts.deploy,
    scripts.gateway,
    scripts.participants,
    scripts.payer,
    scripts.records,
    scripts.relay,
    scripts.supply,
    scripts.trial,
    scripts.wallet,
)
PARTS = {
    scripts.claims: (scripts.claims_answers, scripts.claims_cases, scripts.claims_remit, scripts.claims_sending),
    scripts.trial: (scripts.trial_data, scripts.trial_design, scripts.trial_people, scripts.trial_results),
}
"""What the scripts are made of that only say what there is to run."""


@dataclass(frozen=True)
class Run:
    """What a user sees of one run of a script."""

    code: int
    output: str
    facts: dict[str, Any]

    @property
    def refused(self) -> list[str]:
        """The elements that were refused."""
        return [refusal["element"] for refusal in self.facts["refused"]]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, caplog) -> Callable[..., Run]:
    """Runs a script's function with arguments, on the chain whose address book `on` names."""
    reports = tmp_path / "reports"
    caplog.set_level(logging.INFO, "carechain")

    def run_function(function: Callable[..., None], *arguments: object, on: Path | None = None) -> Run:
        module = next(module for module in MODULES if module.__name__ == function.__module__)
        for part in PARTS.get(module, (module,)):
            monkeypatch.setattr(part, "REPORTS", reports)
        # Some workflows connect by way of a session that several share.
        for connecting in (
            module,
            scripts.consent,
            scripts.claims_session,
            scripts.trial_session,
            scripts.trial_results,
        ):
            if hasattr(connecting, "connect"):
                monkeypatch.setattr(connecting, "connect", lambda: chain_with_book(on or tmp_path / "book.json"))
        capsys.readouterr()
        code = 0
        try:
            function(*map(str, arguments))
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = capsys.readouterr()
        assert printed.err == ""
        file = reports / f"{module.__name__.rpartition('.')[2]}-{function.__name__}.json"
        return Run(code, printed.out, json.loads(file.read_text("utf-8")))

    return run_function


@pytest.fixture(scope="session")
def wallets():
    """Wallets by patient: deriving their keys takes longer than all else."""
    return {}


@pytest.fixture(autouse=True)
def _wallets_are_remembered(monkeypatch, wallets):
    open_wallet = scripts.consent.Session._open_wallet

    def remembered(self, patient):
        if "wallet" in self.named:
            return open_wallet(self, patient)
        return wallets.get(patient) or wallets.setdefault(patient, open_wallet(self, patient))

    monkeypatch.setattr(scripts.consent.Session, "_open_wallet", remembered)


@pytest.fixture(scope="module")
def example_book(module_isolation, tmp_path_factory):
    """The address book of a suite that was deployed with the organisations of examples/."""
    path = tmp_path_factory.mktemp("deployed") / "book.json"
    chain = chain_with_book(path)
    founders = read_organisations(str(scripts.deploy.LOCAL_FOUNDERS), chain)
    scripts.deploy.deploy(chain, chain.web3.eth.accounts[0], scripts.deploy.local_governance(chain), founders)
    return path


@pytest.fixture
def deployed(example_book, fn_isolation, tmp_path):
    """A copy of that book, on a chain that every test finds as it was deployed. The chain."""
    shutil.copy(example_book, tmp_path / "book.json")
    pass_time(1)
    return chain_with_book(tmp_path / "book.json")


@pytest.fixture
def state(deployed):
    """A number that changes when anything on the chain does."""
    return lambda: deployed.web3.eth.block_number
