"""Gas is stated by the rules of Prague, so it is measured on Anvil alone."""

from __future__ import annotations

import json

import pytest

from scripts.suite import REPORTS
from tests.gas.gas_report import GasReport
from tests.helpers.suite import on_anvil


@pytest.fixture(scope="session", autouse=True)
def _on_anvil():
    if not on_anvil():
        pytest.skip("gas is stated for Anvil with the rules of Prague: run make gas")


@pytest.fixture(scope="session")
def gas_report(_on_anvil, request):
    """Collects what is measured, and prints it in the end. Writes reports/gas.json, unless only a part was run."""
    report = GasReport.with_budget()
    yield report
    if report.is_complete:
        REPORTS.mkdir(exist_ok=True)
        (REPORTS / "gas.json").write_text(json.dumps(report.facts(), indent=2) + "\n", "utf-8")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\n\n" + report.table())
