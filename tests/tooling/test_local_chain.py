"""tools/with_chain.py: every command has a chain of its own, and no node outlives its command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
WITH_CHAIN = [sys.executable, "tools/with_chain.py"]
ASLEEP = "tests/tooling/asleep.py"  # not named test_…, so that only these tests run it
CHAIN_UNTIL_INPUT = [
    sys.executable,
    "-c",
    "import with_chain; print(with_chain.start_chain('anvil').port, flush=True); input()",
]

Command = subprocess.Popen[str]
Start = Callable[[list[str]], Command]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts commands; whatever a failing test leaves of them is ended here."""
    started: list[Command] = []

    def start_command(arguments: list[str]) -> Command:
        pipe = subprocess.PIPE
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "tools")}
        ignored = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup, a command would inherit that and live on
        try:
            process = subprocess.Popen(
                arguments, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True
            )
        finally:
            signal.signal(signal.SIGHUP, ignored)
        started.append(process)
        return process

    yield start_command
    for process in started:
        for child in [*nodes_of(process), process]:
            child.kill()
        process.communicate()


def nodes_of(process: Command) -> list[psutil.Process]:
    try:
        return list(psutil.Process(process.pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def is_gone(node: psutil.Process) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if not node.is_running() or node.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def said(process: Command) -> str:
    """The next line of a command's output."""
    assert process.stdout is not None
    return process.stdout.readline()


def ask(port: int, method: str, *parameters: object) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}", body, {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)["result"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signalled_command_leaves_no_node_and_says_which_signal(start: Start, number: signal.Signals) -> None:
    process = start([*WITH_CHAIN, "--", "test", ASLEEP, "-s"])
    while "asleep" not in said(process):
        assert process.poll() is None, "the command ended before it was signalled"
    (node,) = nodes_of(process)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert is_gone(node)
    assert "Traceback" not in output + errors


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child whose parent was killed")
def test_a_killed_command_takes_its_node_along(start: Start) -> None:
    process = start(CHAIN_UNTIL_INPUT)
    said(process)
    (node,) = nodes_of(process)
    process.kill()
    process.wait()
    assert is_gone(node)


def test_a_port_that_is_taken_is_no_hindrance(start: Start) -> None:
    with closing(socket.socket()) as other:
        with suppress(OSError):  # taken already: all the better
            other.bind(("127.0.0.1", 8545))
            other.listen()
        port = int(said(start(CHAIN_UNTIL_INPUT)))
        assert port != 8545
        assert ask(port, "eth_blockNumber") == "0x0"


def test_two_commands_at_once_have_two_chains(start: Start) -> None:
    first, second = (int(said(process)) for process in (start(CHAIN_UNTIL_INPUT), start(CHAIN_UNTIL_INPUT)))
    ask(first, "evm_mine")
    assert ask(first, "eth_blockNumber") == "0x1"
    assert ask(second, "eth_blockNumber") == "0x0"


def test_the_chain_tells_the_time_of_day(start: Start) -> None:
    port = int(said(start(CHAIN_UNTIL_INPUT)))
    ask(port, "evm_mine")
    block = ask(port, "eth_getBlockByNumber", "latest", False)
    assert abs(int(block["timestamp"], 16) - time.time()) < 10


def test_an_unknown_script_is_answered_with_the_list_of_those_there_are(start: Start) -> None:
    process = start([*WITH_CHAIN, "--", "run", "no_such_workflow"])
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "scripts/ has no script 'no_such_workflow'. It has: " in errors
    assert "Traceback" not in errors
