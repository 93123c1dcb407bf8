"""Deploys the suite, names who governs it, and hands it over: `brownie run deploy [account=<name>]`.

Run again after an interruption it goes on where it stopped. On a local chain the node's accounts govern; on any
other, deployments/governance.yaml must say who does. At the end the deployer holds no role.
"""

from __future__ import annotations

from eth_utils.abi import function_abi_to_4byte_selector
from web3.contract import Contract

from carechain.chain import CONTRACTS, Chain, Sender, Sent
from carechain.errors import CarechainError
from carechain.governance import (
    ADMIN,
    FUNCTION_ROLES,
    GUARDIAN,
    REGISTRAR,
    ROLE_NAMES,
    Governance,
    read_governance,
)
from carechain.organisations import Organisation, accredited_as, read_organisations
from carechain.report import Report, reporting
from scripts.suite import REPORTS, ROOT, connect, is_local, options, sender

LOCAL_FOUNDERS = ROOT / "examples" / "organisations.yaml"

WIRING = {
    ("Participants", "authority"): "Governance",
    ("ConsentRegistry", "authority"): "Governance",
    ("ConsentRegistry", "participants"): "Participants",
    ("EmergencyAccess", "participants"): "Participants",
    ("EmergencyAccess", "consents"): "ConsentRegistry",
    ("RecordRegistry", "participants"): "Participants",
    ("Handling", "oversight"): "Oversight",
    ("DrugSupplyChain", "handling"): "Handling",
    ("DrugSupplyChain", "participants"): "Participants",
    ("DrugSupplyChain", "coldChain"): "ColdChain",
    ("ColdChain", "participants"): "Participants",
    ("ColdChain", "supply"): "DrugSupplyChain",
    ("TrialOversight", "results"): "TrialResults",
    ("TrialRegistry", "oversight"): "TrialOversight",
    ("TrialRegistry", "participants"): "Participants",
    ("TrialRegistry", "consents"): "ConsentRegistry",
    ("ClaimObjections", "programme"): "ClaimProgramme",
    ("ClaimReview", "objections"): "ClaimObjections",
    ("ClaimSettlement", "review"): "ClaimReview",
    ("ClaimSettlement", "participants"): "Participants",
    ("ClaimSettlement", "consents"): "ConsentRegistry",
}
"""Which contract relies on which other, by the view that tells it."""


def main(*arguments: str) -> None:
    """Options: account=<keystore name>; founders=<organisations.yaml>, accredited before the hand-over."""
    with reporting("deploy", "main", REPORTS) as report:
        _, named = options(arguments, ("account", "founders"))
        chain = connect()
        deployer = sender(chain, named.get("account"))
        local = is_local(chain)
        governance = (
            local_governance(chain)
            if local
            else read_governance(ROOT / "deployments" / "governance.yaml", chain.book.chain_id)
        )
        founders = named.get("founders", str(LOCAL_FOUNDERS) if local else "")
        report.title(f"Deploying the suite to chain {chain.book.chain_id}")
        deploy(chain, deployer, governance, read_organisations(founders, chain) if founders else (), report)
        report.keep(contracts={name: chain.book[name].address for name in CONTRACTS})
        report.table("Contracts", ("contract", "address"), [(name, chain.book[name].address) for name in CONTRACTS])
        report.table(
            "Governance",
            ("role", "holder", "delay"),
            [(ROLE_NAMES[role], holder, f"{delay:,} s") for role, (holder, delay) in governance.holders().items()],
        )
        report.say(f"The deployer holds no role. Addresses are in {chain.book.path}.")


def local_governance(chain: Chain) -> Governance:
    """The node's accounts 1 to 4 as admin, registrar, supervisor and guardian, with the delays of a real deployment."""
    return Governance(*chain.web3.eth.accounts[1:5])


def deploy(
    chain: Chain,
    deployer: Sender,
    governance: Governance,
    founders: tuple[Organisation, ...] = (),
    report: Report | None = None,
) -> None:
    """Deploys what the address book doesn't have yet, configures it, accredits the founders, hands over, and verifies
    the whole. Raises CarechainError when the suite was handed over under another governance, or a founder is accredited
    otherwise than stated."""
    deployer_address = deployer if isinstance(deployer, str) else deployer.address
    book = chain.book

    def registers() -> tuple[str, str]:
        return book["Participants"].address, book["ConsentRegistry"].address

    arguments = {
        "Governance": lambda: (deployer_address,),
        "Participants": lambda: (book["Governance"].address,),
        "ConsentRegistry": lambda: (book["Governance"].address, book["Participants"].address),
        "EmergencyAccess": registers,
        "RecordRegistry": lambda: (book["Participants"].address,),
        "Oversight": lambda: (book["Participants"].address,),
        "Handling": lambda: (book["Participants"].address, book["Oversight"].address),
        "DrugSupplyChain": lambda: (book["Participants"].address, book["Handling"].address),
        "TrialResults": registers,
        "TrialOversight": lambda: (*registers(), book["TrialResults"].address),
        "TrialRegistry": lambda: (*registers(), book["TrialOversight"].address),
        "ClaimProgramme": registers,
        "ClaimObjections": lambda: (*registers(), book["ClaimProgramme"].address),
        "ClaimReview": lambda: (*registers(), book["ClaimObjections"].address),
        "ClaimSettlement": lambda: (*registers(), book["ClaimReview"].address),
    }
    for name in CONTRACTS:
        if name in arguments:
            _note(report, chain.deploy(name, deployer, *arguments[name]()))
    supply = chain.contract("DrugSupplyChain").functions
    chain.adopt("ColdChain", chain.ask(supply.coldChain(), "asking for the cold chain"), "DrugSupplyChain")

    manager = chain.contract("Governance").functions
    if chain.ask(manager.hasRole(ADMIN, deployer_address), "asking for the deployer's role")[0]:
        _configure(chain, deployer, report)
        _found(chain, deployer, deployer_address, founders, report)
        _hand_over(chain, deployer, deployer_address, governance, report)
    verify(chain, deployer_address, governance)


def verify(chain: Chain, deployer: str, governance: Governance) -> None:
    """Raises CarechainError unless the contracts rely on each other, every restricted function is for its role, the
    roles are administered by the admin and guarded as they should be, and exactly the governance's holders hold them,
    with its delays. Whoever was ever granted a role is found in Governance's events."""
    manager = chain.contract("Governance").functions
    for (name, view), relied_on in WIRING.items():
        actual = chain.ask(chain.contract(name).get_function_by_name(view)(), "verifying the wiring")
        if actual != chain.book[relied_on].address:
            raise CarechainError(
                f"{name}.{view}", f"is {actual}, not the book's {relied_on}", "move the address book away; deploy anew"
            )
    for name, functions in FUNCTION_ROLES.items():
        contract = chain.contract(name)
        for function, role in functions.items():
            selector = _selector(contract, function)
            if chain.ask(manager.getTargetFunctionRole(contract.address, selector), "verifying a function") != role:
                raise CarechainError(f"{name}.{function}", f"is not for the {ROLE_NAMES[role]}", "deploy anew")
    for role, name in ROLE_NAMES.items():
        guardian = GUARDIAN if role == REGISTRAR else ADMIN
        if chain.ask(manager.getRoleGuardian(role), "verifying a role's guardian") != guardian:
            raise CarechainError(f"The {name} role", f"is not guarded by the {ROLE_NAMES[guardian]}", "deploy anew")
        if chain.ask(manager.getRoleAdmin(role), "verifying a role's admin") != ADMIN:
            raise CarechainError(f"The {name} role", "is not administered by the admin", "deploy anew")
    for role, (holder, delay) in governance.holders().items():
        held, actual_delay = chain.ask(manager.hasRole(role, holder), "verifying a holder")
        changes_at = chain.ask(manager.getAccess(role, holder), "verifying a delay")[3]
        if not held or actual_delay != delay or changes_at:
            raise CarechainError(
                f"The {ROLE_NAMES[role]} role",
                f"is not held by {holder} with a delay of {delay} seconds",
                "the suite was handed over to others, or the hand-over failed: compare deployments/governance.yaml",
            )
    for role, account in sorted(role_members(chain)):
        name = ROLE_NAMES.get(role, f"unnamed {role}")
        if governance.holders().get(role, ("", 0))[0] == account:
            continue
        if account == deployer:
            raise CarechainError("The deployer", f"still holds the {name} role", "run the script again")
        raise CarechainError(f"The {name} role", f"is held by {account} too", "have the admin revoke it")


def role_members(chain: Chain) -> set[tuple[int, str]]:
    """Everybody who holds a role of Governance, or will when a grant takes effect: (role, account)."""
    members: set[tuple[int, str]] = set()
    for event in chain.events("Governance", ("RoleGranted", "RoleRevoked"), {}):
        member = (event.values["roleId"], event.values["account"])
        if event.name == "RoleGranted":
            members.add(member)
        else:
            members.discard(member)
    return members


def _configure(chain: Chain, deployer: Sender, report: Report | None) -> None:
    manager = chain.contract("Governance").functions
    for name, functions in FUNCTION_ROLES.items():
        contract = chain.contract(name)
        for role in sorted(set(functions.values())):
            selectors = [_selector(contract, f) for f, r in functions.items() if r == role]
            asked = [
                chain.ask(manager.getTargetFunctionRole(contract.address, s), "reading a function's role")
                for s in selectors
            ]
            if any(actual != role for actual in asked):
                call = manager.setTargetFunctionRole(contract.address, selectors, role)
                _note(report, chain.send(call, deployer, f"{name}: functions of the {ROLE_NAMES[role]}"))
    if chain.ask(manager.getRoleGuardian(REGISTRAR), "reading a role's guardian") != GUARDIAN:
        _note(report, chain.send(manager.setRoleGuardian(REGISTRAR, GUARDIAN), deployer, "guardian of the registrar"))


def _found(
    chain: Chain, deployer: Sender, address: str, founders: tuple[Organisation, ...], report: Report | None
) -> None:
    manager = chain.contract("Governance").functions
    participants = chain.contract("Participants").functions
    missing = [founder for founder in founders if not accredited_as(chain, founder)[0]]
    if not missing:
        return
    if not chain.ask(manager.hasRole(REGISTRAR, address), "asking for the deployer's role")[0]:
        _note(report, chain.send(manager.grantRole(REGISTRAR, address, 0), deployer, "deployer accredits the founders"))
    for organisation in missing:
        call = participants.accredit(*organisation.arguments())
        _note(report, chain.send(call, deployer, f"accredit {organisation.name}"))


def _hand_over(chain: Chain, deployer: Sender, address: str, governance: Governance, report: Report | None) -> None:
    manager = chain.contract("Governance").functions
    for role, (holder, delay) in reversed(governance.holders().items()):
        if chain.ask(manager.hasRole(role, holder), "reading a holder") != [True, delay]:
            _note(report, chain.send(manager.grantRole(role, holder, delay), deployer, f"the {ROLE_NAMES[role]}"))
    for role in (REGISTRAR, ADMIN):  # admin last: it is what allows the rest
        if governance.holders()[role][0] == address:
            continue
        if chain.ask(manager.hasRole(role, address), "reading the deployer's role")[0]:
            call = manager.renounceRole(role, address)
            _note(report, chain.send(call, deployer, f"the deployer renounces the {ROLE_NAMES[role]} role"))


def _selector(contract: Contract, function: str) -> bytes:
    return function_abi_to_4byte_selector(contract.get_function_by_name(function).abi)


def _note(report: Report | None, sent: Sent | None) -> None:
    if report is not None:
        report.sent(sent)
