"""What is asked of every contract that is one address in several parts: {name: source}, in the order in which a call is
handed on."""

from __future__ import annotations

import json
import subprocess
from collections import Counter

from eth_utils.abi import function_abi_to_4byte_selector

from carechain.chain import WHOLE
from scripts.suite import ROOT


def check_parts_serve(whole, sources):
    """Together they have the functions of the whole's interface, and no other."""
    served = {selector: name for part in sources for selector, name in _signatures(f"contracts/{part}.json").items()}
    assert served == _signatures(f"interfaces/{WHOLE[whole]}.json")


def check_parts_hide_nothing(sources):
    """No function of one has the selector of another's; `multicall` each inherits, and the first answers for all."""
    parts = [_signatures(f"contracts/{part}.json") for part in sources]
    several = Counter(selector for part in parts for selector in part)
    assert {parts[0].get(each): times for each, times in several.items() if times != 1} == {"multicall": len(sources)}


def check_parts_share_storage(sources):
    """The same declarations are at the same places; the contract that inherits them is all that differs."""
    request = {
        "language": "Solidity",
        "sources": {path: {"content": (ROOT / path).read_text("utf-8")} for path in sources.values()},
        "settings": {"outputSelection": {"*": {"*": ["storageLayout"]}}},
    }
    command = [str(ROOT / "tools" / "solc"), "--standard-json"]
    done = subprocess.run(command, input=json.dumps(request), cwd=ROOT, capture_output=True, text=True, check=True)
    compiled = json.loads(done.stdout)["contracts"]
    layouts = [
        json.dumps(compiled[path][name]["storageLayout"]).replace(f"{path}:{name}", "")
        for name, path in sources.items()
    ]
    assert json.loads(layouts[0])["storage"]
    assert layouts[1:] == layouts[:1] * (len(sources) - 1)


def _signatures(artifact):
    """The functions of a compiled contract or interface, by selector."""
    abi = json.loads((ROOT / "build" / artifact).read_text("utf-8"))["abi"]
    return {function_abi_to_4byte_selector(entry): entry["name"] for entry in abi if entry["type"] == "function"}
