"""A hospital's vault on folders, two patients, and a clinic that asks: from the product's own parts, on a chain."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import brownie
import pytest

from carechain import data_categories, purpose_of_use
from carechain.access_request import AccessRequest, Answer
from carechain.chain import Chain
from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.consents import Consents, Recorded
from carechain.gateway import CARD, Gateway
from carechain.health_record import HealthRecord
from carechain.log_entries import OWN_STREAM, LogKind
from carechain.patient_link import PatientLink
from carechain.record_log import RecordLog
from carechain.relayer import Relayer
from carechain.requester import open_answer, signed_request
from carechain.vault import encryption
from carechain.vault.catalogue import Catalogue, Patient
from carechain.vault.packs import ShardStore
from carechain.vault.storage import Storage, StorageNode
from carechain.vault.vault import Custodian, Vault
from carechain.wallet import Wallet
from scripts.suite import ROOT
from tests.helpers.suite import CLINIC, FOUNDERS, HOSPITAL, LABORATORY, pass_time

NODES = ("north", "east", "south", "west", "harbour")
NEEDED = 3
ALL = data_categories.ALL_CLASSES | data_categories.ALL_LABELS
PATIENT, OTHER = "Patient/7f3e", "Patient/91aa"


def record(patient, identity, *categories, text="", days=(0, 0xFFFF)):
    """A record with these classes and labels; `text` is its content."""
    mask = sum(
        data_categories.class_bit(name) if name in data_categories.CLASSES else data_categories.label_bit(name)
        for name in categories
    )
    resource = {"id": identity.partition("/")[2], "note": text, "resourceType": identity.partition("/")[0]}
    return HealthRecord(patient, identity, json.dumps(resource).encode(), mask or data_categories.RESTRICTED, *days)


RECORDS = (
    record(PATIENT, "Observation/a", "Observation", text="haemoglobin in order"),
    record(PATIENT, "Observation/b", "Observation", "HIV", text="a sensitive finding"),
    record(PATIENT, "Condition/c", "Condition", text="hay fever"),
    record(PATIENT, "Condition/d", "Condition", "MH", text="another sensitive finding"),
    record(PATIENT, "AllergyIntolerance/e", "AllergyIntolerance", text="penicillin"),
    record(PATIENT, "Binary/f", text="nobody has labelled this"),
)


@dataclass
class Custody:
    """What the tests do with a vault: as the hospital, as its patients, and as those who ask."""

    chain: Chain
    vault: Vault
    gateway: Gateway
    wallets: dict[str, Wallet]
    organisation_keys: dict[int, Any]

    @property
    def catalogue(self) -> Catalogue:
        return self.vault.catalogue

    def record_key(self, reference: str) -> Any:
        return self.wallets[reference].records_at(HOSPITAL)

    def secret(self, reference: str) -> bytes:
        return bytes(self.record_key(reference).key)

    def enrol(self, reference: str = PATIENT) -> Patient:
        patient = self.vault.enrol(reference, encryption.public_key_of(self.secret(reference)))
        self.link(patient, CARD, self.wallets[reference].key("emergency"))
        return patient

    def link(self, patient: Patient, organisation: int, key: Any) -> None:
        link = PatientLink(self.chain.book.chain_id, HOSPITAL, patient.subject, organisation, key.address)
        self.vault.link(patient, link.signed(self.record_key(patient.reference), key))

    def ingest(self, records: Any = RECORDS, shared: Any = None, subject: str = OWN_STREAM) -> Patient:
        patient = self.enrol(records[0].patient)
        with self.vault.working():
            self.vault.store(patient, records, shared or {}, subject)
            self.vault.anchor(LogKind.RECORDS, "anchor records")
        return patient

    def consent(
        self,
        organisation: int = CLINIC,
        categories: int = ALL,
        purpose: str = "TREAT",
        reference: str = PATIENT,
        **terms,
    ) -> list[ConsentTerms]:
        """Recorded on the chain, in a second of its own; the terms that the organisation has now."""
        pass_time(1)
        key = self.wallets[reference].towards(organisation)
        consents = Consents(self.chain)
        given = ConsentTerms(purpose_of_use.mask_of(purpose), categories, **terms)
        call = consents.signed_grant(key, Recorded(key.address, organisation, Scope.any(), given, bytes(32)))
        Relayer(self.chain, self.account(9)).submit_together([call], "consent")
        return [each.terms for each in consents.recorded(key.address, organisation)]

    def share(self, patient: Patient, organisation: int = CLINIC, **terms: Any) -> int:
        """Consents, and hands the keys over."""
        given = self.consent(organisation, reference=patient.reference, **terms)
        self.link(patient, organisation, self.wallets[patient.reference].towards(organisation))
        with self.vault.working():
            count = self.vault.share(patient, organisation, given, self.secret(patient.reference))
            self.vault.anchor(LogKind.RECORDS, "anchor envelopes")
        return count

    def request(
        self,
        reference: str = PATIENT,
        organisation: int = CLINIC,
        purpose: str = "TREAT",
        categories: int = ALL,
        **fields: Any,
    ) -> AccessRequest:
        values = {
            "chain_id": self.chain.book.chain_id,
            "registry": self.vault.log.address,
            "custodian": HOSPITAL,
            "patient": self.wallets[reference].towards(organisation).address,
            "purpose": purpose,
            "categories": categories,
            "issued_at": self.chain.now(),
        }
        return AccessRequest(**{**values, **fields})

    def ask(self, *arguments: Any, operator: int = CLINIC, **fields: Any) -> Answer:
        request = self.request(*arguments, **fields)
        return self.gateway.answer(signed_request(self.chain, request, self.operator(operator)))

    def read(self, *arguments: Any, **fields: Any) -> list[str]:
        """The identities of what the clinic gets, opened and proven."""
        request = self.request(*arguments, **fields)
        answer = self.gateway.answer(signed_request(self.chain, request, self.operator(CLINIC)))
        opened = open_answer(answer, request, bytes(self.organisation_keys[CLINIC].key), self.vault.log)
        return sorted(f"{each.resource['resourceType']}/{each.resource['id']}" for each in opened)

    def operator(self, organisation: int) -> str:
        return self.account(FOUNDERS[organisation - 1][2])

    def account(self, index: int) -> str:
        return str(self.chain.web3.eth.accounts[index])

    def publish(self, organisation: int) -> None:
        key = encryption.public_key_of(bytes(self.organisation_keys[organisation].key))
        self.vault.log.publish_key(key, self.operator(organisation))

    def reopened(self) -> Vault:
        """The vault as another program finds it."""
        self.catalogue.close()
        self.vault = Vault(Catalogue(self.catalogue.folder), self.vault.shards, self.vault.log, self.vault.custodian)
        self.gateway = Gateway(self.chain, self.vault, pace=0)
        return self.vault


@pytest.fixture(scope="session")
def wallets():
    return {name: Wallet(bytes([number]) * 32) for number, name in enumerate((PATIENT, OTHER), 1)}


@pytest.fixture(scope="session")
def organisation_keys():
    return {number: Wallet(bytes([100 + number]) * 32).key("encryption") for number in (HOSPITAL, LABORATORY, CLINIC)}


@pytest.fixture
def folders(tmp_path):
    """Of the storage nodes."""
    return {name: tmp_path / "nodes" / name for name in NODES}


@pytest.fixture
def custody(suite, tmp_path, folders, wallets, organisation_keys):
    brownie.chain.mine()
    nodes = [StorageNode(name, f"file://{folder}", {}, 5.0) for name, folder in folders.items()]
    # A chain of its own: the suite's remembers the times of blocks that isolation takes back.
    chain = Chain(suite.chain.web3, suite.chain.book, ROOT / "build" / "contracts")
    custodian = Custodian(HOSPITAL, organisation_keys[HOSPITAL], chain.web3.eth.accounts[FOUNDERS[HOSPITAL - 1][2]])
    vault = Vault(Catalogue(tmp_path / "vault"), ShardStore(Storage(NEEDED, nodes)), RecordLog(chain), custodian)
    made = Custody(chain, vault, Gateway(chain, vault, pace=0), wallets, organisation_keys)
    made.publish(CLINIC)
    yield made
    made.catalogue.close()


@pytest.fixture
def patient(custody):
    """A patient who shares with the clinic: all classes of records, and no label."""
    found = custody.ingest()
    custody.share(found, categories=data_categories.ALL_CLASSES)
    return found
