"""Deploying: whole, resumable at every step, and into the hands of nobody but the governance."""

from __future__ import annotations

import re

import pytest
from eth_utils.abi import function_abi_to_4byte_selector

import scripts.deploy
from carechain.chain import CONTRACTS, Chain
from carechain.errors import CarechainError
from carechain.governance import ADMIN, FUNCTION_ROLES, REGISTRAR, ROLE_NAMES, Governance
from carechain.organisations import read_organisations
from scripts.deploy import LOCAL_FOUNDERS, deploy, local_governance
from scripts.suite import ROOT
from tests.scripts.books import chain_with_book

FOUNDERS = 22
SENT = tuple(name for name in CONTRACTS if name != "ColdChain")
"""What has a transaction of its own: ColdChain comes with DrugSupplyChain."""


@pytest.fixture
def book(tmp_path, example_book, fn_isolation):
    """Where a book of a suite that is not deployed yet is to be."""
    return tmp_path / "book.json"


def everything_about(chain):
    """Who may what, and who is accredited: what two deployments have to have in common."""
    manager = chain.contract("Governance").functions
    participants = chain.contract("Participants").functions
    accounts = chain.web3.eth.accounts
    roles = {
        (name, index): manager.hasRole(role, account).call()
        for role, name in ROLE_NAMES.items()
        for index, account in enumerate(accounts[:12])
    }
    functions = {}
    for name in CONTRACTS[1:]:
        contract = chain.contract(name)
        for entry in contract.abi:
            if entry["type"] == "function":
                selector = function_abi_to_4byte_selector(entry)
                functions[name, entry["name"]] = manager.getTargetFunctionRole(contract.address, selector).call()
    count = participants.organisationCount().call()
    organisations = [participants.organisation(number).call() for number in range(1, count + 1)]
    return {
        "roles": roles,
        "functions": functions,
        "guardian of the registrar": manager.getRoleGuardian(REGISTRAR).call(),
        "organisations": [(view[0], view[1], view[3], view[4], view[5]) for view in organisations],
    }


def creations(chain, since):
    """How many contracts were created after a block."""
    eth = chain.web3.eth
    blocks = range(since + 1, eth.block_number + 1)
    return sum(tx["to"] is None for number in blocks for tx in eth.get_block(number, True)["transactions"])


def restricted_functions(name):
    """The functions of a contract that its source says are for the governance alone."""
    (path,) = (ROOT / "contracts").rglob(f"{name}.sol")
    source = re.sub(r"//.*", "", path.read_text("utf-8"))
    headers = re.findall(r"function (\w+)\([^)]*\)([^{;]*)[{;]", source)
    return {function for function, modifiers in headers if re.search(r"\brestricted\b", modifiers)}


def test_every_restricted_function_has_its_role_and_no_other_has_one(deployed):
    chain = deployed
    table = everything_about(chain)["functions"]
    for name in CONTRACTS[1:]:
        assert restricted_functions(name) == set(FUNCTION_ROLES.get(name, {}))
        of_contract = {function: role for (contract, function), role in table.items() if contract == name}
        given = {function: role for function, role in of_contract.items() if role != ADMIN}
        assert given == FUNCTION_ROLES.get(name, {})


def test_the_deployer_holds_nothing_and_can_do_nothing(deployed):
    chain = deployed
    deployer = chain.web3.eth.accounts[0]
    manager = chain.contract("Governance").functions
    for role in (*ROLE_NAMES, *range(4, 10)):
        assert manager.hasRole(role, deployer).call()[0] is False
    for name, functions in FUNCTION_ROLES.items():
        contract = chain.contract(name)
        for function in functions:
            selector = function_abi_to_4byte_selector(contract.get_function_by_name(function).abi)
            assert list(manager.canCall(deployer, contract.address, selector).call()) == [False, 0]
    with pytest.raises(CarechainError, match="AccessManagerUnauthorizedAccount"):
        chain.send(manager.grantRole(0, deployer, 0), deployer, "grant")


def test_the_governance_holds_its_roles_with_its_delays(deployed):
    chain = deployed
    governance = local_governance(chain)
    manager = chain.contract("Governance").functions
    for role, (holder, delay) in governance.holders().items():
        assert list(manager.hasRole(role, holder).call()) == [True, delay]
    assert len({holder for holder, _ in governance.holders().values()}) == 4


def test_the_report_names_contracts_transactions_and_gas(run, book):
    done = run(scripts.deploy.main)
    chain = chain_with_book(book)
    assert done.facts["contracts"] == {name: chain.book[name].address for name in CONTRACTS}
    whats = [sent["what"] for sent in done.facts["transactions"]]
    assert [what for what in whats if what.startswith("deploy ")] == [f"deploy {name}" for name in SENT]
    assert sum(what.startswith("accredit ") for what in whats) == FOUNDERS
    assert done.facts["gas"] == sum(sent["gas"] for sent in done.facts["transactions"]) > 5_000_000
    assert "The deployer holds no role." in done.output


def test_deploying_again_changes_nothing(run, deployed):
    chain, book = deployed, deployed.book.path
    block, before = chain.web3.eth.block_number, book.read_bytes()
    again = run(scripts.deploy.main)
    assert (again.code, again.facts["transactions"]) == (0, [])
    assert (chain.web3.eth.block_number, book.read_bytes()) == (block, before)


@pytest.fixture(scope="module")
def whole(example_book):
    """A deployment that nothing interrupts: how many transactions it takes, and what it comes to."""
    chain = chain_with_book(example_book)
    first = chain.book["Governance"].block
    return chain.web3.eth.block_number - first + 1, everything_about(chain)


def test_a_deployment_interrupted_before_every_single_step_is_resumed(run, book, whole, monkeypatch):
    """Each run is stopped when it is about to send its second transaction."""
    steps, expected = whole
    start = chain_with_book(book).web3.eth.block_number
    transact = Chain._transact
    sent: list[str] = []

    def one_step(self, fields, sender, what):
        if sent and sent[-1] != "new run":
            raise CarechainError(what, "was interrupted")
        sent.append(what)
        return transact(self, fields, sender, what)

    monkeypatch.setattr(Chain, "_transact", one_step)
    runs = []
    while not runs or runs[-1].code:
        sent.append("new run")
        runs.append(run(scripts.deploy.main))
        assert len(runs) <= steps, "a run made no progress"
    made = [what for what in sent if what != "new run"]
    assert len(runs) == len(made) == len(set(made)) == steps
    chain = chain_with_book(book)
    assert everything_about(chain) == expected
    assert creations(chain, start) == len(SENT)


def test_a_deployment_interrupted_after_every_single_step_is_resumed(run, book, whole, monkeypatch):
    """The transaction is mined, and the script never hears of it. A contract that is not in the book yet stands then
    unused, and another takes its place."""
    steps, expected = whole
    transact = Chain._transact
    lost: set[str] = set()

    def lose_the_answer(self, fields, sender, what):
        answer = transact(self, fields, sender, what)
        if what not in lost:
            lost.add(what)
            raise CarechainError(what, "was interrupted")
        return answer

    monkeypatch.setattr(Chain, "_transact", lose_the_answer)
    codes = [1]
    while codes[-1]:
        codes.append(run(scripts.deploy.main).code)
        assert len(codes) <= steps + 2
    assert len(lost) == steps
    assert everything_about(chain_with_book(book)) == expected


def test_an_unknown_network_without_a_governance_is_refused(run, book, tmp_path, monkeypatch):
    monkeypatch.setattr(scripts.deploy, "is_local", lambda chain: False)
    monkeypatch.setattr(scripts.deploy, "ROOT", tmp_path)
    block = chain_with_book(book).web3.eth.block_number
    done = run(scripts.deploy.main)
    assert done.code == 1
    assert "deployments/governance.yaml cannot be read" in one_line(done.output)
    assert "Check the path, or state admin, registrar, supervisor" in one_line(done.output)
    assert chain_with_book(book).web3.eth.block_number == block
    assert not book.exists()


def test_a_public_network_without_an_account_is_refused(run, book, monkeypatch):
    monkeypatch.setattr("scripts.suite.is_local", lambda chain: False)
    done = run(scripts.deploy.main)
    assert done.code == 1
    assert "is not a local chain. Name a key of your keystore: account=<name>." in one_line(done.output)
    assert not book.exists()


def test_an_account_that_is_not_in_the_keystore_is_refused(run, book):
    done = run(scripts.deploy.main, "account=no-such-account-of-anybody")
    assert done.code == 1
    assert "no-such-account-of-anybody is not in Brownie's keystore" in one_line(done.output)


def test_an_unknown_option_is_refused(run, book):
    done = run(scripts.deploy.main, "founder=x.yaml")
    assert (done.code, book.exists()) == (1, False)
    assert "The option founder is not known. Use one of: account, founders." in one_line(done.output)


def test_a_suite_that_was_handed_over_to_others_is_refused(deployed):
    chain = deployed
    accounts = chain.web3.eth.accounts
    block = chain.web3.eth.block_number
    with pytest.raises(CarechainError, match=r"The admin role is not held by .* handed over to others"):
        deploy(chain, accounts[0], Governance(accounts[6], *accounts[2:5]))
    with pytest.raises(CarechainError, match=r"The registrar role is not held by .* with a delay of 5 seconds"):
        deploy(chain, accounts[0], Governance(*accounts[1:5], registrar_delay=5))
    assert chain.web3.eth.block_number == block


def test_the_book_of_a_chain_that_is_gone_stops_a_deployment(run, deployed):
    chain = deployed
    entry = chain.book["Participants"]
    chain.book.record("Participants", type(entry)("0x" + "55" * 20, entry.block, entry.code_hash))
    done = run(scripts.deploy.main)
    assert done.code == 1
    assert "where this chain has no such contract" in one_line(done.output)


def test_malformed_founders_leave_no_trace(run, book, tmp_path):
    file = tmp_path / "founders.yaml"
    file.write_text("organisations: [{name: Hospital}]\n", "utf-8")
    block = chain_with_book(book).web3.eth.block_number
    done = run(scripts.deploy.main, f"founders={file}")
    assert done.code == 1
    assert "founders.yaml: organisations[0] must have exactly the fields" in one_line(done.output)
    assert chain_with_book(book).web3.eth.block_number == block


def test_a_deployer_may_keep_a_role_that_the_governance_gives_it(book):
    chain = chain_with_book(book)
    accounts = chain.web3.eth.accounts
    governance = Governance(accounts[0], *accounts[2:5])
    founders = read_organisations(str(LOCAL_FOUNDERS), chain)[:1]
    deploy(chain, accounts[0], governance, founders)
    manager = chain.contract("Governance").functions
    assert list(manager.hasRole(ADMIN, accounts[0]).call()) == [True, governance.admin_delay]
    assert manager.hasRole(REGISTRAR, accounts[0]).call()[0] is False
    block = chain.web3.eth.block_number
    deploy(chain, accounts[0], governance, founders)
    assert chain.web3.eth.block_number == block


def one_line(text):
    return " ".join(text.split())
