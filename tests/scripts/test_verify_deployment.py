"""What a deployment is checked for at its end: the wiring, the roles, and everybody who holds one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
import yaml
from eth_utils.abi import function_abi_to_4byte_selector

import scripts.deploy
from carechain.address_book import AddressBook
from carechain.chain import CONTRACTS, Chain
from carechain.errors import CarechainError
from carechain.governance import DAY, GUARDIAN, REGISTRAR, ROLE_NAMES, SUPERVISOR
from carechain.governed import call_governed
from scripts.deploy import LOCAL_FOUNDERS, WIRING, local_governance, verify
from scripts.suite import ROOT
from tests.helpers.suite import pass_time
from tests.scripts.books import chain_with_book

BUILD = ROOT / "build" / "contracts"
IN_PARTS = (
    *("Oversight", "Handling", "DrugSupplyChain", "ColdChain"),
    *("TrialResults", "TrialOversight", "TrialRegistry"),
    *("ClaimProgramme", "ClaimObjections", "ClaimReview", "ClaimSettlement"),
)
"""Their constructors ask each other, so that none of them can be exchanged by deploying another."""


class HandedOver:
    """A suite as it was deployed, and what its admin does to it afterwards, with the admin's delay."""

    def __init__(self, chain):
        self.chain = chain
        self.governance = local_governance(chain)
        self.manager = chain.contract("Governance").functions
        self.deployer = chain.web3.eth.accounts[0]
        self.stranger = chain.web3.eth.accounts[18]

    def as_admin(self, call):
        call_governed(self.chain, call, self.governance.admin, "as the admin")
        pass_time(self.governance.admin_delay + 1)
        assert call_governed(self.chain, call, self.governance.admin, "as the admin").ready_at is None

    def verify(self):
        verify(self.chain, self.deployer, self.governance)


@pytest.fixture
def handed_over(deployed):
    return HandedOver(deployed)


@pytest.fixture
def spare(deployed, tmp_path):
    """The same chain, for contracts that are none of the suite."""
    return Chain(deployed.web3, AddressBook(tmp_path / "spare.json", deployed.book.chain_id), BUILD)


def test_what_was_deployed_is_as_it_should_be(handed_over):
    handed_over.verify()


@pytest.mark.parametrize("role", [*ROLE_NAMES, 17])
def test_another_holder_of_any_role_is_found(handed_over, role):
    stranger, manager = handed_over.stranger, handed_over.manager
    handed_over.as_admin(manager.grantRole(role, stranger, 0))
    name = ROLE_NAMES.get(role, "unnamed 17")
    with pytest.raises(CarechainError, match=f"The {name} role is held by {stranger} too"):
        handed_over.verify()
    handed_over.as_admin(manager.revokeRole(role, stranger))
    handed_over.verify()


def test_a_deployer_that_holds_a_role_is_found(handed_over):
    handed_over.as_admin(handed_over.manager.grantRole(REGISTRAR, handed_over.deployer, 0))
    with pytest.raises(CarechainError, match="The deployer still holds the registrar role"):
        handed_over.verify()


def test_a_grant_that_takes_effect_later_is_found(handed_over):
    stranger, manager = handed_over.stranger, handed_over.manager
    handed_over.as_admin(manager.setGrantDelay(SUPERVISOR, 90 * DAY))
    pass_time(6 * DAY)  # the AccessManager's own delay before a longer one counts
    handed_over.as_admin(manager.grantRole(SUPERVISOR, stranger, 0))
    assert manager.hasRole(SUPERVISOR, stranger).call()[0] is False
    with pytest.raises(CarechainError, match=f"The supervisor role is held by {stranger} too"):
        handed_over.verify()


def test_a_delay_that_is_about_to_be_shorter_is_found(handed_over):
    registrar, manager = handed_over.governance.registrar, handed_over.manager
    handed_over.as_admin(manager.grantRole(REGISTRAR, registrar, 1))
    assert list(manager.hasRole(REGISTRAR, registrar).call()) == [True, DAY]
    with pytest.raises(CarechainError, match=r"The registrar role is not held by .* with a delay of 86400 seconds"):
        handed_over.verify()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m.setRoleGuardian(REGISTRAR, SUPERVISOR), "The registrar role is not guarded by the guardian"),
        (lambda m: m.setRoleGuardian(SUPERVISOR, REGISTRAR), "The supervisor role is not guarded by the admin"),
        (lambda m: m.setRoleAdmin(GUARDIAN, REGISTRAR), "The guardian role is not administered by the admin"),
    ],
    ids=["guardian", "another guardian", "admin"],
)
def test_a_role_that_others_guard_or_administer_is_found(handed_over, change, problem):
    handed_over.as_admin(change(handed_over.manager))
    with pytest.raises(CarechainError, match=problem):
        handed_over.verify()


def test_a_function_that_others_may_call_is_found(handed_over):
    contract = handed_over.chain.contract("Participants")
    selector = function_abi_to_4byte_selector(contract.get_function_by_name("suspend").abi)
    handed_over.as_admin(handed_over.manager.setTargetFunctionRole(contract.address, [selector], REGISTRAR))
    with pytest.raises(CarechainError, match=r"Participants\.suspend is not for the supervisor"):
        handed_over.verify()


@pytest.mark.parametrize(("name", "view"), [each for each in WIRING if each[0] not in IN_PARTS])
def test_a_contract_that_relies_on_one_of_another_suite_is_found(handed_over, run, tmp_path, name, view):
    """All else is right: one reference alone leads to the other suite."""
    run(scripts.deploy.main, on=tmp_path / "another.json")
    book, other = handed_over.chain.book, chain_with_book(tmp_path / "another.json").book
    mixed = Chain(handed_over.chain.web3, AddressBook(tmp_path / "mixed.json", book.chain_id), BUILD)
    for contract in CONTRACTS:
        if contract != name:
            mixed.book.record(contract, book[contract])
    relied_on = {v: book[target].address for (n, v), target in WIRING.items() if n == name}
    relied_on[view] = other[WIRING[name, view]].address
    mixed.deploy(name, handed_over.deployer, *relied_on.values())
    problem = rf"{name}\.{view} is {relied_on[view]}, not the book's {WIRING[name, view]}"
    with pytest.raises(CarechainError, match=problem):
        verify(mixed, handed_over.deployer, handed_over.governance)


@pytest.mark.parametrize(
    ("name", "view", "exchanged", "relied_on"),
    [
        ("Handling", "oversight", "Handling", ("Participants", "DrugSupplyChain")),
        ("DrugSupplyChain", "handling", "DrugSupplyChain", ("Participants", "Oversight")),
        ("DrugSupplyChain", "participants", "Oversight", ("Governance",)),
        ("ColdChain", "participants", "ColdChain", ("Governance", "DrugSupplyChain")),
        ("ColdChain", "supply", "ColdChain", ("Participants", "Handling")),
        ("TrialOversight", "results", "TrialOversight", ("Participants", "ConsentRegistry", "TrialRegistry")),
        ("TrialRegistry", "oversight", "TrialRegistry", ("Participants", "ConsentRegistry", "TrialResults")),
        ("TrialRegistry", "participants", "TrialResults", ("Governance", "ConsentRegistry")),
        ("TrialRegistry", "consents", "TrialResults", ("Participants", "EmergencyAccess")),
        ("ClaimObjections", "programme", "ClaimObjections", ("Participants", "ConsentRegistry", "ClaimSettlement")),
        ("ClaimReview", "objections", "ClaimReview", ("Participants", "ConsentRegistry", "ClaimProgramme")),
        ("ClaimSettlement", "review", "ClaimSettlement", ("Participants", "ConsentRegistry", "ClaimObjections")),
        ("ClaimSettlement", "participants", "ClaimProgramme", ("Governance", "ConsentRegistry")),
        ("ClaimSettlement", "consents", "ClaimProgramme", ("Participants", "EmergencyAccess")),
    ],
)
def test_a_part_that_relies_on_another_contract_is_found(handed_over, spare, name, view, exchanged, relied_on):
    """Their constructors do not let it come to this, so the code of one is exchanged where it stands."""
    chain, book = handed_over.chain, handed_over.chain.book
    spare.deploy(exchanged, handed_over.deployer, *(book[each].address for each in relied_on))
    code = chain.web3.eth.get_code(spare.book[exchanged].address)
    entry = book[exchanged]
    chain.web3.provider.make_request("anvil_setCode", [entry.address, code.to_0x_hex()])
    book.record(exchanged, replace(entry, code_hash=spare.book[exchanged].code_hash))
    wrong = "|".join(book[each].address for each in relied_on)
    with pytest.raises(CarechainError, match=rf"{name}\.{view} is ({wrong}), not the book's {WIRING[name, view]}"):
        handed_over.verify()


def test_a_supply_chain_with_another_cold_chain_is_found(handed_over, spare):
    book = handed_over.chain.book
    spare.deploy("DrugSupplyChain", handed_over.deployer, book["Participants"].address, book["Handling"].address)
    book.record("DrugSupplyChain", spare.book["DrugSupplyChain"])
    with pytest.raises(CarechainError, match=r"DrugSupplyChain\.coldChain is .*, not the book's ColdChain"):
        handed_over.verify()


def test_every_reference_between_the_contracts_is_verified():
    views = {"authority", "participants", "consents", "oversight", "handling", "coldChain", "supply", "results"}
    views |= {"programme", "objections", "review"}
    # In whose storage they are.
    answered_by = {
        "Oversight": "DrugSupplyChain",
        "TrialResults": "TrialRegistry",
        "ClaimProgramme": "ClaimSettlement",
    }
    found = {
        (answered_by.get(name, name), entry["name"])
        for name in CONTRACTS
        for entry in json.loads((BUILD / f"{name}.json").read_text("utf-8"))["abi"]
        if entry["type"] == "function" and not entry["inputs"] and entry["name"] in views
    }
    assert found == set(WIRING)


@pytest.fixture
def interrupted(run, book, monkeypatch):
    """Deploys, and stops after the transaction of a name."""
    transact = Chain._transact

    def interrupt(last):
        def stop(self, fields, sender, what):
            answer = transact(self, fields, sender, what)
            if what == last:
                raise CarechainError(what, "was interrupted")
            return answer

        with monkeypatch.context() as patched:
            patched.setattr(Chain, "_transact", stop)
            assert run(scripts.deploy.main).code == 1

    return interrupt


@pytest.fixture
def book(tmp_path, example_book, fn_isolation):
    """Where a book of a suite that is not deployed yet is to be."""
    return tmp_path / "book.json"


@pytest.fixture
def founders(tmp_path):
    """A file of founders like the example's, with entries changed. Its path."""

    def write(change):
        path = tmp_path / "founders.yaml"
        entries = yaml.safe_load(LOCAL_FOUNDERS.read_text("utf-8"))["organisations"]
        path.write_text(yaml.safe_dump({"organisations": change(entries)}), "utf-8")
        return path

    return write


def test_a_deployment_is_resumed_by_who_is_accredited_not_by_how_many(run, book, interrupted, founders):
    """While it stood still the founders' file was put in another order, with one more in front."""
    interrupted("accredit Harbour Laboratory")
    newcomer = {"name": "Hill Hospice", "licence": "HOSP-0099", "operator": 20}
    file = founders(lambda entries: [{**entries[0], **newcomer}, *reversed(entries)])
    assert run(scripts.deploy.main, f"founders={file}").code == 0
    events = chain_with_book(book).events("Participants", ("OrganisationAccredited",), {})
    names = [entry["name"] for entry in yaml.safe_load(LOCAL_FOUNDERS.read_text("utf-8"))["organisations"]]
    assert names[:2] == ["Riverside Hospital", "Harbour Laboratory"]
    expected = [*names[:2], "Hill Hospice", *reversed(names[2:])]
    assert [event.values["name"] for event in events] == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"roles": ["pharmacy"]}, "with other roles (provider, storage node)."),
        ({"licence": "HOSP-9999"}, "with other licence (HOSP-0001)."),
        ({"licence_expiry": date(2049, 12, 31)}, "with other licence expiry (2050-12-31 00:00:00 UTC)."),
    ],
    ids=["roles", "licence", "expiry"],
)
def test_a_founder_that_was_accredited_otherwise_stops_the_hand_over(run, book, interrupted, founders, change, said):
    interrupted("accredit Riverside Hospital")
    before = chain_with_book(book).web3.eth.block_number
    done = run(scripts.deploy.main, f"founders={founders(lambda entries: [{**entries[0], **change}, *entries[1:]])}")
    assert done.code == 1
    output = " ".join(done.output.split())
    assert f"Riverside Hospital has an operator that speaks for organisation 1 already, {said}" in output
    assert chain_with_book(book).web3.eth.block_number == before
