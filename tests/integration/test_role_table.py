"""Who may call what: every external function of every contract, and everybody who might try.

A function that the table does not describe fails the tests, so nothing is added without saying who may use it.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from carechain.chain import CONTRACTS
from carechain.governance import DAY, FUNCTION_ROLES, REGISTRAR
from carechain.roles import role_mask
from scripts.suite import ROOT
from tests.helpers.consents import (
    ANY,
    CONDITION,
    DOCUMENT,
    TERMS,
    USE,
    Grant,
    Presented,
    Revocation,
    signature_for,
    terms_at,
)
from tests.helpers.eip712 import Domain, Message
from tests.helpers.recovery import recover
from tests.helpers.refusals import refusal_of
from tests.helpers.suite import CLINIC, FOUNDERS, HOSPITAL, LICENCE_EXPIRY, WHOLESALER, Suite, now, pass_time
from tests.integration.claim_roles import CLAIM_SETTLEMENT, CLAIM_SETTLEMENT_VIEWS, programme
from tests.integration.role_rows import GOVERNORS, OPERATORS, REGULATORS, ROLES, Arguments, Row, anyone, only
from tests.integration.supply_roles import (
    COLD_CHAIN,
    COLD_CHAIN_VIEWS,
    DRUG_SUPPLY_CHAIN,
    DRUG_SUPPLY_CHAIN_VIEWS,
    goods,
)
from tests.integration.trial_roles import TRIAL_REGISTRY, TRIAL_REGISTRY_VIEWS, studies

NOBODY = "0x" + "00" * 20
EVIDENCE = bytes(32)
ROOT_OF_BATCH = b"\1" * 32
ENCRYPTION_KEY = b"\2" + b"\1" * 32  # on the curve


def scheduled_by(role: str, arguments: Arguments) -> list[Row]:
    """For one role of the governance, which must have scheduled the call with its delay; at once for nobody."""
    return [Row(arguments, "AccessManagedUnauthorized", {role: "AccessManagerNotScheduled"})]


def administered(arguments: Arguments) -> list[Row]:
    """For the admin of the AccessManager, with its delay."""
    return [Row(arguments, "AccessManagerUnauthorizedAccount", {"admin": "AccessManagerNotScheduled"})]


PARTS = (
    "Oversight",
    "Handling",
    "TrialResults",
    "TrialOversight",
    "ClaimProgramme",
    "ClaimObjections",
    "ClaimReview",
)
"""Their code runs in the storage of DrugSupplyChain, TrialRegistry and ClaimSettlement, whose tables have their
functions. What is called on them directly concerns nobody."""
WHOLES = tuple(name for name in CONTRACTS if name not in PARTS)

UNKNOWN_REPRESENTATIVE = "RepresentativeUnknown"

TABLE: dict[str, dict[str, list[Row]]] = {
    "Governance": {
        "cancel": only(
            "registrar", "guardian", "admin", refusal="AccessManagerUnauthorizedCancel", arguments=lambda w: w.cancel
        ),
        # Only a contract of the suite may; an account has no code to ask, which reverts without a reason.
        "consumeScheduledOp": [Row(lambda w: (w.account["stranger"], b"\1\2\3\4"), "")],
        "execute": only("registrar", refusal="AccessManagerUnauthorizedCall", arguments=lambda w: w.operation),
        "grantRole": administered(lambda w: (REGISTRAR, w.account["stranger"], 0)),
        "labelRole": administered(lambda w: (REGISTRAR, "registrar")),
        "multicall": anyone(lambda w: ([],)),
        "renounceRole": only(
            "registrar",
            refusal="AccessManagerBadConfirmation",
            arguments=lambda w: (REGISTRAR, w.account["registrar"]),
        ),
        "revokeRole": administered(lambda w: (REGISTRAR, w.account["registrar"])),
        "schedule": only(
            "registrar",
            refusal="AccessManagerUnauthorizedCall",
            arguments=lambda w: (
                w.participants,
                w.participants.reinstate.encode_input(CLINIC, EVIDENCE),
                now() + 2 * DAY,
            ),
        ),
        "setGrantDelay": administered(lambda w: (REGISTRAR, 0)),
        "setRoleAdmin": administered(lambda w: (REGISTRAR, 7)),
        "setRoleGuardian": administered(lambda w: (REGISTRAR, 7)),
        "setTargetAdminDelay": administered(lambda w: (w.participants, 0)),
        "setTargetClosed": administered(lambda w: (w.participants, True)),
        "setTargetFunctionRole": administered(lambda w: (w.participants, [b"\1\2\3\4"], REGISTRAR)),
        "updateAuthority": administered(lambda w: (w.participants, w.account["stranger"])),
    },
    "Participants": {
        "setAuthority": only(refusal="AccessManagedUnauthorized", arguments=lambda w: (w.account["stranger"],)),
        "accredit": scheduled_by(
            "registrar",
            lambda w: ("x", role_mask(["provider"]), LICENCE_EXPIRY, EVIDENCE, w.account["stranger"]),
        ),
        "amend": scheduled_by("registrar", lambda w: (HOSPITAL, role_mask(["provider"]), LICENCE_EXPIRY, EVIDENCE)),
        "reinstate": scheduled_by("registrar", lambda w: (CLINIC, EVIDENCE)),
        # Scheduled by the registrar beforehand, so that nothing but the role is left to refuse it.
        "withdraw": only("registrar", refusal="AccessManagedUnauthorized", arguments=lambda w: (HOSPITAL, EVIDENCE)),
        "resetOperators": scheduled_by("registrar", lambda w: (HOSPITAL, w.account["stranger"])),
        "suspend": only("supervisor", refusal="AccessManagedUnauthorized", arguments=lambda w: (HOSPITAL, 0, EVIDENCE)),
        "proposeOperator": only(
            *OPERATORS,
            refusal="OperatorUnknown",
            arguments=lambda w: (w.account["stranger"], NOBODY),
        ),
        "cancelProposal": only(
            "hospital",
            refusal="OperatorUnknown",
            arguments=lambda w: (w.account["proposed_operator"],),
            **dict.fromkeys(OPERATORS[1:], "OperatorNotProposed"),
        ),
        "acceptOperator": only("proposed_operator", refusal="OperatorNotProposed", arguments=lambda w: (HOSPITAL,)),
        "removeOperator": only(
            "hospital",
            refusal="OperatorUnknown",
            arguments=lambda w: (w.account["second_hospital_key"],),
        ),
    },
    "ConsentRegistry": {
        "setAuthority": only(refusal="AccessManagedUnauthorized", arguments=lambda w: (w.account["stranger"],)),
        "grant": anyone(lambda w: (HOSPITAL, ANY, TERMS.pack(), DOCUMENT), retired_key="PatientKeyRetired"),
        "grantFor": [
            *only(
                "representative",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["patient"], HOSPITAL, ANY, TERMS.pack(), DOCUMENT),
            ),
            *only(
                "recovered_key",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["retired_key"], HOSPITAL, ANY, TERMS.pack(), DOCUMENT),
            ),
        ],
        "grantBySignature": anyone(lambda w: (w.signed_grant,)),
        "grantBatch": anyone(lambda w: ([w.signed_grant],)),
        "revoke": anyone(lambda w: (HOSPITAL, ANY)),
        "revokeFor": [
            *only(
                "patient",
                "representative",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["patient"], HOSPITAL, ANY),
            ),
            *only(
                "retired_key",
                "recovered_key",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["retired_key"], HOSPITAL, ANY),
            ),
        ],
        "revokeBySignature": anyone(lambda w: (w.signed_revocation,)),
        "revokeBatch": anyone(lambda w: ([w.signed_revocation],)),
        "revokeAll": anyone(lambda w: ()),
        "revokeAllFor": [
            *only(
                "patient",
                "representative",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["patient"],),
            ),
            *only(
                "retired_key",
                "recovered_key",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["retired_key"],),
            ),
        ],
        "revokeAllBySignature": anyone(lambda w: w.signed("RevokeAll", signedAt=w.at)),
        "revokePresented": anyone(lambda w: (7,)),
        "revokePresentedFor": [
            *only(
                "patient",
                "representative",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["patient"], 7),
            ),
            *only(
                "retired_key",
                "recovered_key",
                refusal=UNKNOWN_REPRESENTATIVE,
                arguments=lambda w: (w.account["retired_key"], 7),
            ),
        ],
        "revokePresentedBySignature": anyone(lambda w: w.signed("RevokePresented", revokedAllAt=0, number=7)),
        "appointRepresentative": anyone(
            lambda w: (w.account["nobody_yet"], 2, now() + DAY), retired_key="PatientKeyRetired"
        ),
        "appointRepresentativeBySignature": anyone(
            lambda w: w.signed(
                "AppointRepresentative", representative=w.account["nobody_yet"], kind=2, until=w.at + DAY * 9, version=1
            )
        ),
        "dismissRepresentative": [
            *only(
                "patient",
                "representative",
                refusal="PatientOnly",
                arguments=lambda w: (w.account["patient"], w.account["representative"]),
            ),
            *only(
                "recovered_key",
                refusal="PatientOnly",
                arguments=lambda w: (w.account["retired_key"], w.account["nobody_yet"]),
                retired_key="PatientKeyRetired",
            ),
        ],
        "dismissRepresentativeBySignature": anyone(
            lambda w: w.signed("DismissRepresentative", representative=w.account["representative"], version=2)
        ),
        "planRecovery": [
            *only(
                "patient",
                refusal="PatientOnly",
                arguments=lambda w: (w.account["patient"], [w.account["stranger"]], 1, DAY),
            ),
            *only(
                "recovered_key",
                refusal="PatientOnly",
                arguments=lambda w: (w.account["retired_key"], [w.account["stranger"]], 1, DAY),
                retired_key="PatientKeyRetired",
            ),
        ],
        "planRecoveryBySignature": anyone(
            lambda w: w.signed(
                "PlanRecovery", guardians=[w.account["stranger"].address], threshold=1, delay=DAY, version=2
            )
        ),
        "approveRecovery": only(
            "recovery_guardian",
            refusal="RecoveryGuardianUnknown",
            arguments=lambda w: (w.account["patient"], w.account["nobody_yet"]),
        ),
        "approveRecoveryBySignature": anyone(lambda w: w.signed_approval),
        "cancelRecovery": [
            *only("patient", refusal="PatientOnly", arguments=lambda w: (w.account["patient"],)),
            *only(
                "recovered_key",
                refusal="PatientOnly",
                arguments=lambda w: (w.account["retired_key"],),
                retired_key="PatientKeyRetired",
            ),
        ],
        "cancelRecoveryBySignature": anyone(lambda w: w.signed("CancelRecovery", version=2)),
        "finishRecovery": anyone(lambda w: (w.account["patient"], w.account["candidate"])),
        "pauseRelaying": only("guardian", refusal="AccessManagedUnauthorized", arguments=lambda w: ()),
        "resumeRelaying": only("guardian", refusal="AccessManagedUnauthorized", arguments=lambda w: ()),
        "multicall": anyone(lambda w: ([],)),
    },
    "EmergencyAccess": {
        "openEmergency": only(
            "hospital",
            "clinic",
            "second_provider",
            refusal="OperatorNotInStanding",
            arguments=lambda w: (w.account["stranger"], CONDITION, 0, 3_600, EVIDENCE),
        ),
        "endEmergency": [
            *only(
                "hospital",
                "patient",
                "representative",
                refusal="EmergencyEndNotAllowed",
                arguments=lambda w: (1,),
            ),
            *only(
                "hospital",
                "retired_key",
                "recovered_key",
                refusal="EmergencyEndNotAllowed",
                arguments=lambda w: (2,),
            ),
        ],
        "reviewEmergency": only(
            "auditor",
            "ethics_board",
            *REGULATORS,
            refusal="OperatorNotInStanding",
            arguments=lambda w: (1, 2, EVIDENCE),
        ),
    },
    "RecordRegistry": {
        "anchorRecords": only(
            *OPERATORS,
            refusal="OperatorNotInStanding",
            arguments=lambda w: (w.account["patient"], CONDITION, 1, ROOT_OF_BATCH),
        ),
        # Each reaches the streams of its own organisation alone: the others' are empty.
        "anchorCorrection": only(
            "hospital",
            refusal="OperatorNotInStanding",
            arguments=lambda w: (w.account["patient"], 0, CONDITION, 1, ROOT_OF_BATCH),
            **dict.fromkeys(OPERATORS[1:], "RecordEntryUnknown"),
        ),
        "anchorEnvelopes": only(
            *OPERATORS,
            refusal="OperatorNotInStanding",
            arguments=lambda w: (w.account["patient"], 1, ROOT_OF_BATCH),
        ),
        "anchorErasure": only(
            "hospital",
            refusal="RecordOperatorUnknown",
            arguments=lambda w: (w.account["patient"], 0, 1),
            **dict.fromkeys(OPERATORS[1:], "RecordEntryUnknown"),
        ),
        "logDisclosures": only(
            *OPERATORS,
            refusal="RecordOperatorUnknown",
            arguments=lambda w: (w.account["patient"], 1, 0, 0, ROOT_OF_BATCH),
        ),
        "publishEncryptionKey": only(
            *OPERATORS, refusal="OperatorNotInStanding", arguments=lambda w: (ENCRYPTION_KEY,)
        ),
        "multicall": anyone(lambda w: ([],)),
    },
    "DrugSupplyChain": DRUG_SUPPLY_CHAIN,
    "ColdChain": COLD_CHAIN,
    "TrialRegistry": TRIAL_REGISTRY,
    "ClaimSettlement": CLAIM_SETTLEMENT,
}

VIEWS: dict[str, dict[str, Arguments]] = {
    "Governance": {
        "ADMIN_ROLE": lambda w: (),
        "PUBLIC_ROLE": lambda w: (),
        "canCall": lambda w: (w.account["registrar"], w.participants, b"\1\2\3\4"),
        "expiration": lambda w: (),
        "getAccess": lambda w: (REGISTRAR, w.account["registrar"]),
        "getNonce": lambda w: (bytes(32),),
        "getRoleAdmin": lambda w: (REGISTRAR,),
        "getRoleGrantDelay": lambda w: (REGISTRAR,),
        "getRoleGuardian": lambda w: (REGISTRAR,),
        "getSchedule": lambda w: (bytes(32),),
        "getTargetAdminDelay": lambda w: (w.participants,),
        "getTargetFunctionRole": lambda w: (w.participants, b"\1\2\3\4"),
        "hasRole": lambda w: (REGISTRAR, w.account["registrar"]),
        "hashOperation": lambda w: (w.account["registrar"], w.participants, b""),
        "isTargetClosed": lambda w: (w.participants,),
        "minSetback": lambda w: (),
    },
    "Participants": {
        "authority": lambda w: (),
        "hasOperator": lambda w: (HOSPITAL, w.account["hospital"]),
        "isConsumingScheduledOp": lambda w: (),
        "organisation": lambda w: (HOSPITAL,),
        "organisationCount": lambda w: (),
        "requireHandover": lambda w: (HOSPITAL, w.account["hospital"], WHOLESALER),
        "requireOperator": lambda w: (w.account["hospital"], 0),
        "requireOperatorFor": lambda w: (HOSPITAL, w.account["hospital"], 0),
        "standingOf": lambda w: (HOSPITAL, 0),
        "standingOfOperator": lambda w: (w.account["hospital"], 0),
    },
    "ConsentRegistry": {
        "SIGNATURE_LIFETIME": lambda w: (),
        "authority": lambda w: (),
        "checkPresented": lambda w: (w.presented, *USE.arguments()),
        "checkRecorded": lambda w: (w.account["patient"], HOSPITAL, ANY, *USE.arguments()),
        "decide": lambda w: (w.account["hospital"], w.account["patient"], ANY, *USE.arguments()),
        "eip712Domain": lambda w: (),
        "isConsumingScheduledOp": lambda w: (),
        "isPresentedRevoked": lambda w: (w.account["patient"], 7),
        "isRecoveryGuardian": lambda w: (w.account["patient"], w.account["recovery_guardian"]),
        "mayActFor": lambda w: (w.account["patient"], w.account["representative"]),
        "participants": lambda w: (),
        "recoveryOf": lambda w: (w.account["patient"], w.account["candidate"]),
        "recoveryPlanOf": lambda w: (w.account["patient"],),
        "relayingPaused": lambda w: (),
        "representativeOf": lambda w: (w.account["patient"], w.account["representative"]),
        "revokedAllAt": lambda w: (w.account["patient"],),
        "termsOf": lambda w: (w.account["patient"], HOSPITAL, ANY),
    },
    "EmergencyAccess": {
        "consents": lambda w: (),
        "decide": lambda w: (w.account["hospital"], w.account["patient"], CONDITION),
        "emergencyCount": lambda w: (),
        "emergencyOf": lambda w: (1,),
        "isEmergencyOpen": lambda w: (w.account["patient"], HOSPITAL, CONDITION),
        "participants": lambda w: (),
        "unreviewedEmergencies": lambda w: (HOSPITAL,),
    },
    "RecordRegistry": {
        "continues": lambda w: (0, HOSPITAL, w.account["patient"], 1, ROOT_OF_BATCH, []),
        "encryptionKeyOf": lambda w: (HOSPITAL,),
        "includes": lambda w: (0, HOSPITAL, w.account["patient"], b"entry", 0, []),
        "logOf": lambda w: (0, HOSPITAL, w.account["patient"]),
        "participants": lambda w: (),
    },
    "DrugSupplyChain": DRUG_SUPPLY_CHAIN_VIEWS,
    "ColdChain": COLD_CHAIN_VIEWS,
    "TrialRegistry": TRIAL_REGISTRY_VIEWS,
    "ClaimSettlement": CLAIM_SETTLEMENT_VIEWS,
}


@pytest.fixture(scope="module")
def world(suite: Suite, accounts) -> SimpleNamespace:
    """A suite in which every call of the table has something to act upon."""
    places = {role: index for index, role in enumerate(GOVERNORS)}
    places |= {role: index for role, (_, _, index) in zip(OPERATORS, FOUNDERS, strict=True)}
    places |= {"patient": 10, "retired_key": 11, "representative": 12, "recovery_guardian": 13, "candidate": 14}
    places |= {"nobody_yet": 15, "recovered_key": 16, "second_hospital_key": 17, "stranger": 18}
    places |= {"proposed_operator": 19}
    account = {name: accounts[index] for name, index in places.items()}
    consents, participants, emergencies = suite.consents, suite.participants, suite.emergencies
    patient, hospital, registrar = account["patient"], {"from": account["hospital"]}, {"from": account["registrar"]}

    insured = SimpleNamespace(**programme(suite, account))
    recover(consents, account["retired_key"], [account["recovery_guardian"]], account["recovered_key"])
    consents.planRecovery(patient, [account["recovery_guardian"]], 1, DAY, {"from": patient})
    consents.approveRecovery(patient, account["candidate"], {"from": account["recovery_guardian"]})
    participants.proposeOperator(account["second_hospital_key"], NOBODY, hospital)
    participants.acceptOperator(HOSPITAL, {"from": account["second_hospital_key"]})
    participants.proposeOperator(account["proposed_operator"], NOBODY, hospital)
    operation = participants, participants.withdraw.encode_input(HOSPITAL, EVIDENCE)
    suite.manager.schedule(*operation, now() + 2 * DAY, registrar)
    pass_time(2 * DAY)
    studied = SimpleNamespace(**studies(suite, account))
    traded = SimpleNamespace(**goods(suite))
    consents.appointRepresentative(account["representative"], 0, now() + DAY, {"from": patient})
    for whom in (patient, account["retired_key"]):
        emergencies.openEmergency(whom, CONDITION, 0, 86_400, EVIDENCE, hospital)
    suite.records.anchorRecords(patient, CONDITION, 1, ROOT_OF_BATCH, hospital)
    suite.records.publishEncryptionKey(ENCRYPTION_KEY, hospital)
    pass_time()

    domain, at = Domain.of(consents), now()

    def signed(name: str, **fields: Any) -> tuple[Any, ...]:
        values = {"patient": patient, **fields}
        message = Message(name, {key: getattr(value, "address", value) for key, value in values.items()})
        return (*message.fields.values(), signature_for(message, domain, patient))

    approval = {"patient": patient.address, "newKey": account["nobody_yet"].address, "version": 1}
    approved = signature_for(Message("ApproveRecovery", approval), domain, account["recovery_guardian"])
    return SimpleNamespace(
        account=account,
        at=at,
        cancel=(account["registrar"], *operation),
        goods=traded,
        insured=insured,
        operation=operation,
        participants=participants,
        presented=Presented(patient, terms_at(0)).signed(domain),
        signed=signed,
        signed_approval=(patient, account["nobody_yet"], account["recovery_guardian"], approved),
        signed_grant=Grant(patient, terms_at(at)).signed(domain),
        signed_revocation=Revocation(patient, at).signed(domain),
        studies=studied,
        contracts={
            "Governance": suite.manager,
            "Participants": participants,
            "ConsentRegistry": consents,
            "EmergencyAccess": emergencies,
            "RecordRegistry": suite.records,
            "DrugSupplyChain": suite.supply,
            "ColdChain": suite.cold_chain,
            "TrialRegistry": suite.trials,
            "ClaimSettlement": suite.claims,
        },
    )


def functions(abi: list[dict[str, Any]], *, changing: bool) -> set[str]:
    return {
        entry["name"]
        for entry in abi
        if entry["type"] == "function" and (entry["stateMutability"] in ("nonpayable", "payable")) is changing
    }


@pytest.mark.parametrize("contract", WHOLES)
def test_every_function_that_changes_something_is_in_the_table(world, contract):
    assert functions(world.contracts[contract].abi, changing=True) == set(TABLE[contract])


@pytest.mark.parametrize("contract", WHOLES)
def test_every_function_that_answers_is_in_the_list(world, contract):
    assert functions(world.contracts[contract].abi, changing=False) == set(VIEWS[contract])


@pytest.mark.parametrize(
    ("contract", "function"), [(contract, function) for contract in TABLE for function in TABLE[contract]]
)
def test_it_is_for_those_whom_the_table_names_and_refused_to_everybody_else(world, contract, function):
    call = getattr(world.contracts[contract], function)
    for row in TABLE[contract][function]:
        arguments = row.arguments(world)
        outcomes = {role: refusal_of(call, *arguments, {"from": world.account[role]}) for role in ROLES}
        assert outcomes == {role: row.outcome(role) for role in ROLES}


@pytest.mark.parametrize("contract", WHOLES)
def test_everybody_gets_the_same_answers(world, contract):
    for function, arguments in VIEWS[contract].items():
        call = getattr(world.contracts[contract], function)
        answers = [call(*arguments(world), {"from": world.account[role]}) for role in ROLES]
        assert all(answer == answers[0] for answer in answers), function


def test_the_governance_names_a_role_for_exactly_the_restricted_functions():
    restricted = {}
    for contract in CONTRACTS:
        (path,) = (ROOT / "contracts").rglob(f"{contract}.sol")
        source = path.read_text("utf-8")
        found = re.findall(r"function\s+(\w+)\s*\([^)]*\)[^{};]*\brestricted\b", source)
        if found:
            restricted[contract] = set(found)
    assert restricted == {contract: set(named) for contract, named in FUNCTION_ROLES.items()}


def test_the_deployer_holds_no_role(world):
    for role in range(4):
        assert world.contracts["Governance"].hasRole(role, world.account["deployer"]) == (False, 0)


def test_each_role_is_held_by_its_holder_with_its_delay(world):
    expected = {"admin": 5 * DAY, "registrar": DAY, "supervisor": 0, "guardian": 0}
    for role, (name, delay) in enumerate(expected.items()):
        assert world.contracts["Governance"].hasRole(role, world.account[name]) == (True, delay)
