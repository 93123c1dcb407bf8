"""The commands as a person types them: their exit code, their output, and nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

import psutil
import pytest

from scripts.suite import REPORTS, ROOT

BAD = ROOT / "examples" / "consents" / "bad"
NOISE = ("Traceback", "Warning", "brownie.", "Launching", "Terminating", "Attached")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}


def command(*arguments):
    """Runs a command in the project's root. Its result, and the processes that it started."""
    # Into files: nobody empties a pipe while we look after the processes.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(arguments, cwd=ROOT, env=ENVIRONMENT, stdout=output, stderr=errors)
        started = set()
        while process.poll() is None:
            try:
                started |= set(psutil.Process(process.pid).children(recursive=True))
                process.wait(0.1)
            except (psutil.NoSuchProcess, subprocess.TimeoutExpired):
                time.sleep(0.05)
        output.seek(0)
        errors.seek(0)
        return process.returncode, output.read(), errors.read(), started


def script(*arguments):
    return command(sys.executable, "tools/with_chain.py", "--", "run", *arguments)


def still_running(processes):
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_a_script_that_succeeds_exits_with_0_and_prints_no_noise():
    code, output, errors, started = script("deploy")
    assert (code, errors) == (0, "")
    assert "The deployer holds no role." in output
    assert not [word for word in NOISE if word in output]
    assert started
    assert still_running(started) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("consent", "apply", str(BAD / "r5.json")), "deploy the suite first"),
        (("wallet", "address", "/no/such/wallet"), "write: brownie run wallet address"),
        (("trial", "anchor", "14.1", "/no/such/dataset"), "say for which organisation you act"),
    ],
)
def test_a_script_that_refuses_exits_with_1_and_a_sentence(arguments, sentence):
    code, output, errors, _ = script(*arguments)
    assert (code, errors) == (1, "")
    assert "Refused: " in output
    assert sentence in " ".join(output.split()).lower()
    assert not [word for word in NOISE if word in output]


def test_the_demonstration_runs_from_end_to_end_and_leaves_nothing_running():
    file = REPORTS / "demo.json"
    file.unlink(missing_ok=True)
    code, output, errors, started = command("make", "demo")
    assert (code, errors) == (0, ""), output[-2000:]
    assert not [word for word in NOISE if word in output]
    assert still_running(started) == []
    facts = json.loads(file.read_text("utf-8"))
    assert facts["workflow"] == "demo"
    assert len(facts["steps"]) >= 10
    assert facts["gas"] == sum(step["gas"] for step in facts["steps"]) > 10_000_000
    for step in facts["steps"]:
        assert step["title"] in " ".join(output.split())
        assert not [refusal for fact in step["facts"] for refusal in fact.get("refused", [])]
    assert "reports/demo.json" in output
