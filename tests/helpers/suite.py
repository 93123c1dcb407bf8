"""The deployed suite as tests use it: Brownie's contracts, the chain's time, and what the registrar decides."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import brownie
from web3 import Web3

from carechain.address_book import AddressBook
from carechain.chain import WHOLE, Chain
from carechain.governance import DAY
from carechain.organisations import Organisation
from carechain.roles import role_mask
from scripts.deploy import deploy, local_governance
from scripts.suite import ROOT

# The organisations that are accredited before the hand-over, by the numbers that Participants gives them.
HOSPITAL, LABORATORY, CLINIC, AUDITOR, RELAYER = range(1, 6)
MANUFACTURER, REPACKAGER, WHOLESALER, PHARMACY, CARRIER, PROCESSOR, INSPECTOR, REGULATOR, SENSORS = range(6, 15)
SECOND_WHOLESALER, SECOND_PHARMACY, SECOND_CARRIER = range(15, 18)
SPONSOR, SITE, SECOND_SITE, ETHICS_BOARD, SAFETY_BOARD, SECOND_REGULATOR = range(18, 24)
PAYER, SECOND_PAYER, REVIEWER, SECOND_REVIEWER, EXTERNAL_REVIEWER, SECOND_PROVIDER = range(24, 30)
FOUNDERS = (
    ("hospital", ("provider", "storage node"), 5),
    ("laboratory", ("laboratory",), 6),
    ("clinic", ("provider",), 7),
    ("audit office", ("auditor",), 8),
    ("relay service", ("relayer",), 9),
    ("manufacturer", ("manufacturer",), 20),
    ("repackager", ("repackager",), 21),
    ("wholesaler", ("wholesaler",), 22),
    ("pharmacy", ("pharmacy",), 23),
    ("carrier", ("carrier",), 24),
    ("returns processor", ("returns processor",), 25),
    ("inspector", ("inspector",), 26),
    ("medicines agency", ("regulator",), 27),
    ("sensor operator", ("sensor operator",), 28),
    ("second wholesaler", ("wholesaler",), 29),
    ("second pharmacy", ("pharmacy",), 30),
    ("second carrier", ("carrier",), 31),
    ("sponsor", ("sponsor",), 32),
    ("investigator site", ("investigator site",), 33),
    ("second investigator site", ("investigator site",), 34),
    ("ethics board", ("ethics board",), 35),
    ("safety board", ("safety board",), 36),
    ("second medicines agency", ("regulator",), 37),
    ("payer", ("payer",), 38),
    ("second payer", ("payer",), 39),
    ("claim reviewer", ("claim reviewer",), 40),
    ("second claim reviewer", ("claim reviewer",), 41),
    ("external reviewer", ("claim reviewer",), 42),
    ("second hospital", ("provider",), 43),
)
"""Name, roles, and which of the node's accounts is the operator's key."""
_ATTRIBUTES = (
    "Governance",
    "Participants",
    "ConsentRegistry",
    "EmergencyAccess",
    "RecordRegistry",
    "DrugSupplyChain",
    "ColdChain",
    "TrialRegistry",
    "ClaimSettlement",
)
"""What Suite has, in its order."""
LICENCE_EXPIRY = 4_000_000_000
"""Unix seconds, in the year 2096."""


@dataclass(frozen=True)
class Suite:
    """The contracts, deployed by the product's own script and handed over to the local governance."""

    chain: Chain
    manager: Any
    participants: Any
    consents: Any
    emergencies: Any
    records: Any
    supply: Any
    cold_chain: Any
    trials: Any
    claims: Any

    @classmethod
    def deployed(cls, folder: Path) -> Suite:
        """Deploys to the chain Brownie is connected to; the address book is written to `folder`."""
        node = Web3(brownie.web3.provider)
        chain = Chain(node, AddressBook(folder / "book.json", node.eth.chain_id), ROOT / "build" / "contracts")
        founders = tuple(
            Organisation(
                name, role_mask(roles), LICENCE_EXPIRY, name.encode().ljust(32, b"\0"), node.eth.accounts[operator]
            )
            for name, roles, operator in FOUNDERS
        )
        deploy(chain, node.eth.accounts[0], local_governance(chain), founders)
        return cls(chain, *(deployed(chain, name) for name in _ATTRIBUTES))

    def schedule(self, call: Any, *arguments: Any) -> None:
        """Schedules a call of the registrar's with Governance, and lets its delay pass."""
        registrar = brownie.accounts[2]
        data = call.encode_input(*arguments)
        self.manager.schedule(call._address, data, now() + 2 * DAY, {"from": registrar})
        pass_time(2 * DAY)

    def as_registrar(self, call: Any, *arguments: Any) -> Any:
        """Schedules a call, waits, and makes it. The transaction."""
        self.schedule(call, *arguments)
        return call(*arguments, {"from": brownie.accounts[2]})


def deployed(chain: Chain, name: str) -> Any:
    """A deployed contract, with all that can be called on it."""
    address = chain.book[name].address
    if name in WHOLE:
        return getattr(brownie.interface, WHOLE[name])(address)
    return compiled(name).at(address)


def compiled(name: str) -> Any:
    """A contract of the project, to deploy or to attach to."""
    (project,) = brownie.project.get_loaded_projects()
    return project[name]


def now() -> int:
    """The time of the latest block, Unix seconds."""
    return int(brownie.web3.eth.get_block("latest")["timestamp"])


def pass_time(seconds: int = 10) -> int:
    """Lets time pass and mines a block. The new time, Unix seconds."""
    later = now() + seconds
    if on_anvil():
        brownie.chain.mine(timestamp=later)
    else:  # Ganache would go back to its own clock after a block that is mined at a given time
        brownie.web3.provider.make_request("evm_setTime", [later * 1000])
        brownie.chain.mine()
    return now()


def on_anvil() -> bool:
    return brownie.web3.client_version.lower().startswith("anvil")
