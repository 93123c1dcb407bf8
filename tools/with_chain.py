"""Run a Brownie command on a local chain of its own.

    .venv/bin/python tools/with_chain.py [--chain anvil|ganache] [--] <brownie command> [argument …]

`run`, `test` and `console` get a fresh chain on a free port, so two runs, or a node that already listens on
8545, never meet. The chain dies with this process, however that ends: normally, by an exception, by SIGINT,
SIGTERM or SIGHUP, and on Linux by SIGKILL too. The exit code is the command's own, or 128 + n after signal n.

Brownie runs inside this process and learns of the chain through a network entry `carechain-local` that exists
in memory only; the user's network-config.yaml is never written. Its banners are left out, its errors are not.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import ctypes
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any, NoReturn, TextIO

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "carechain-local"
NEEDS_CHAIN = ("run", "test", "console")

ACCOUNTS = 50
CHAIN_ID = 31337
BLOCK_GAS_LIMIT = 30_000_000
MNEMONIC = "test test test test test test test test test test test junk"  # the published test mnemonic
START_TIMEOUT = 60.0  # seconds
LOST_FOR = (0.01, 0.05, 0.2)  # seconds after which a transaction that is not found is asked for again
REQUEST_TIMEOUT = 120  # seconds that Brownie waits for one answer

ANVIL = [
    "--host", "127.0.0.1",
    "--hardfork", "prague",  # the rules by which the gas figures of this project are stated
    "--block-base-fee-per-gas", "0",  # Brownie's test accounts send with a gas price of zero
    "--accounts", str(ACCOUNTS),
    "--mnemonic", MNEMONIC,
    "--chain-id", str(CHAIN_ID),
    "--gas-limit", str(BLOCK_GAS_LIMIT),
]  # fmt: skip
GANACHE = [
    "--server.host", "127.0.0.1",
    "--chain.hardfork", "shanghai",  # the newest that Ganache 7.9.2 knows
    "--chain.chainId", str(CHAIN_ID),
    "--chain.networkId", str(CHAIN_ID),
    "--chain.vmErrorsOnRPCResponse", "true",  # Brownie reads the revert reason from the answer
    "--wallet.totalAccounts", str(ACCOUNTS),
    "--wallet.defaultBalance", "10000",
    "--wallet.mnemonic", MNEMONIC,
    "--miner.blockGasLimit", str(BLOCK_GAS_LIMIT),
]  # fmt: skip

# Ganache's base fee starts at 1 gwei and cannot be switched off; a cheaper transaction would never be mined.
GANACHE_GAS_PRICE = "20 gwei"

# Lines of Brownie's that tell nothing to someone who ran a make target.
CHATTER = (
    "Attached to local RPC client",
    "Terminating local RPC client",
    "Generating ",
    "Project has been compiled.",
    "\nRunning '",
    "  Solc version:",
    "  Optimizer:",
    "  EVM Version:",
    " - ",
    "\rTransaction sent:",
)
CHATTERING_MODULES = (
    "brownie._cli.compile",
    "brownie._cli.run",
    "brownie.network.account",
    "brownie.network.rpc",
    "brownie.project.compiler",
    "brownie.project.compiler.solidity",
    "brownie.project.main",
    "brownie.project.scripts",
)


class ChainError(Exception):
    """The local chain could not be started; the message says why and what to do."""


@dataclass(frozen=True)
class Chain:
    """A running node that belongs to this process."""

    kind: str
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Kills the node and whatever it started. The chain is in memory only, so nothing is lost."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start_chain(kind: str, attempts: int = 3) -> Chain:
    """Starts a node on a free port and waits until it answers.

    Raises ChainError when the program is missing, or exits or stays silent at every attempt.
    """
    command = _command(kind)
    for _ in range(attempts):
        port = _free_port()
        place = ["--port" if kind == "anvil" else "--server.port", str(port)]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                [*command, *place],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop the node in our own time
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
            chain = Chain(kind, port, process)
            atexit.register(chain.stop)
            if _answers(chain):
                return chain
            chain.stop()
            log.seek(0)
            said = log.read().decode(errors="replace").strip()
        # Somebody may have taken the port between our looking and the node's binding it: try another.
    raise ChainError(
        f"{kind} did not start on {attempts} free ports. Its last words: {said[-800:] or '(none)'}\n"
        'Run "make clean setup" to install it afresh.'
    )


def _command(kind: str) -> list[str]:
    name = "anvil" if kind == "anvil" else "ganache"
    program = Path(sys.prefix, "bin", name)
    if not program.exists():
        raise ChainError(f'{program} is missing. Run "make setup".')
    return [str(program), *(ANVIL if kind == "anvil" else GANACHE)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_own_pid = os.getpid()


def _die_with_parent() -> None:
    """Runs in the new process: has the kernel kill it when we are gone, even by SIGKILL."""
    pr_set_pdeathsig = 1
    assert _libc is not None
    _libc.prctl(pr_set_pdeathsig, signal.SIGKILL)
    if os.getppid() != _own_pid:  # we were gone before the kernel knew
        os._exit(1)


def _answers(chain: Chain) -> bool:
    """Waits until the node answers. False when it exits first or stays silent for START_TIMEOUT."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}).encode()
    request = urllib.request.Request(chain.url, body, {"Content-Type": "application/json"})
    # A proxy of the environment must not come between us and our own machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and chain.process.poll() is None:
        try:
            with opener.open(request, timeout=5) as answer:
                return "result" in json.load(answer) and chain.process.poll() is None
        except (OSError, ValueError):
            time.sleep(0.05)
    return False


def introduce(chain: Chain) -> None:
    """Tells Brownie of the chain, in memory."""
    from brownie._config import CONFIG
    from brownie.network.rpc import anvil, ganache
    from web3.exceptions import TransactionNotFound

    # Named by import_module because the package puts an object of the same name in front of the module.
    rpc = importlib.import_module("brownie.network.rpc")

    CONFIG.networks[NETWORK] = {
        "name": f"Carechain's own {chain.kind}",
        "id": NETWORK,
        "cmd": chain.kind,
        "host": chain.url,
        "timeout": REQUEST_TIMEOUT,
        "cmd_settings": {"port": chain.port},
    }
    if chain.kind == "ganache":
        CONFIG.settings["networks"]["development"]["gas_price"] = GANACHE_GAS_PRICE
    # Brownie knows Anvil and Ganache 7 when it launches them, not when it attaches to them, and its Anvil
    # module cannot mine at a given time: it sends the time where a list of parameters is expected.
    rpc.ATTACH_BACKENDS["ganache"] = ganache
    rpc.ATTACH_BACKENDS["anvil"] = SimpleNamespace(
        on_connection=ganache.on_connection,
        sleep=ganache.sleep,
        mine=ganache.mine,
        snapshot=ganache.snapshot,
        revert=ganache.revert,
        unlock_account=anvil.unlock_account,
    )
    # While Anvil puts a transaction from its pool into a block it has it in neither, and Brownie takes it for lost.
    from brownie import web3

    def patient(ask: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def ask_again(transaction: Any) -> Any:
            for patience in LOST_FOR:
                with contextlib.suppress(TransactionNotFound):
                    return ask(transaction)
                time.sleep(patience)
            return ask(transaction)

        return ask_again

    for name in ("get_transaction", "get_transaction_receipt"):
        setattr(web3.eth, name, patient(getattr(web3.eth, name)))
    # We started the node, so its process need not be searched for among all that run on this machine.
    rpc.Rpc._find_rpc_process_pid = lambda self, address: chain.process.pid


def quieten() -> None:
    """Leaves out Brownie's banners and the warnings it raises about its own code."""
    from brownie.network.contract import ContractConstructor

    def say(*values: Any, **options: Any) -> None:
        text = " ".join(str(value) for value in values)
        if text and not text.startswith(CHATTER) and not text.endswith(" is the active project."):
            print(plain(text, options.get("file") or sys.stdout), **options)

    for name in CHATTERING_MODULES:
        vars(importlib.import_module(name))["print"] = say
    # A deployment would be announced in spite of --silent: the default here is False where None is meant.
    ContractConstructor.__call__.__kwdefaults__["silent"] = None
    warnings.filterwarnings("ignore", r"rpc\.\w+ should not be called directly", FutureWarning)


def plain(text: str, stream: TextIO) -> str:
    """The text without colours, unless a person is looking at it."""
    return text if stream.isatty() else re.sub("\x1b\\[[0-9;]*m", "", text)


def import_script(path: Path) -> ModuleType:
    """Imports a script as `scripts.<name>`.

    Brownie takes the whole path for the module's name, and fails where a folder's name holds a dot.
    """
    return importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def check_script(names: list[str]) -> None:
    """Raises SystemExit with the list of scripts when the one named first does not exist."""
    scripts = sorted(path.stem for path in (ROOT / "scripts").glob("[!_]*.py"))
    if not names or Path(names[0]).stem not in scripts:
        wanted = names[0] if names else ""
        raise SystemExit(f"scripts/ has no script {wanted!r}. It has: {', '.join(scripts)}.")


def run_brownie(arguments: list[str]) -> int:
    """Runs one Brownie command in this process and returns its exit code."""
    from brownie._config import CONFIG
    from brownie.project import scripts
    from brownie.utils import color

    command = arguments[0]
    sys.argv = ["brownie", *arguments]
    CONFIG.argv["cli"] = command
    scripts._import_from_path = import_script
    try:
        if command == "run":
            check_script(arguments[1:2])
        importlib.import_module(f"brownie._cli.{command}").main()
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    except Exception as error:
        print(plain(color.format_tb(error), sys.stderr), file=sys.stderr)
        return 1
    return 0


class Signals:
    """Turns SIGINT, SIGTERM and SIGHUP into KeyboardInterrupt, which pytest and Brownie let through."""

    def __init__(self) -> None:
        self.received: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> NoReturn:
        self.received = number
        raise KeyboardInterrupt

    def close(self) -> None:
        """From now on nothing disturbs the stopping of the chain."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        # Threads that wait for a receipt would report the end of the chain as an error of theirs.
        threading.excepthook = lambda arguments: None


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tools/with_chain.py", description="Run a Brownie command on a local chain of its own."
    )
    parser.add_argument("--chain", choices=("anvil", "ganache"), default="anvil")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="a Brownie command and its arguments")
    parsed = parser.parse_args(arguments)
    if parsed.command[:1] == ["--"]:
        del parsed.command[0]
    if not parsed.command:
        parser.error("say which Brownie command to run, for instance: run demo")
    return parsed


def main(arguments: list[str]) -> int:
    parsed = parse_arguments(arguments)
    command: list[str] = parsed.command
    signals = Signals()
    # Not above: processes that Python starts beside this one read the file again, and do not see its folder.
    from stale_artifacts import remove_stale

    chain: Chain | None = None
    os.chdir(ROOT)
    sys.path[0] = str(ROOT)  # instead of tools/: scripts and tests import from the project's root
    code = 1
    try:
        if command[0] in NEEDS_CHAIN:
            chain = start_chain(parsed.chain)
            introduce(chain)
            command = [*command, "--network", NETWORK]
            if command[0] == "run":
                command.append("--silent")  # the scripts report their transactions themselves
        remove_stale(ROOT)
        quieten()
        code = run_brownie(command)
    except ChainError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
    finally:
        signals.close()
        if chain:
            disconnect()
            chain.stop()
    return code if signals.received is None else 128 + signals.received


def disconnect() -> None:
    """Ends Brownie's own threads before their node is gone."""
    from brownie import network

    if network.is_connected():
        network.disconnect(kill_rpc=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
