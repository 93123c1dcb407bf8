"""What the records and gateway workflows share: a custodian's vault and gateway, and a requester's key.

On a local chain the custodian is organisation 1 unless another is named, an organisation's wallet is made from its
number, and its operator is the node's account that speaks for it. On any other chain nothing is guessed: name
custodian=<organisation>, keys=<the organisation's wallet file> and account=<keystore name of its operator>.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from brownie import network
from eth_account.signers.local import LocalAccount

from carechain.access_request import AccessRequest
from carechain.chain import Chain, Sender, Sent
from carechain.consent_terms import ConsentTerms
from carechain.errors import CarechainError
from carechain.gateway import CARD, Gateway
from carechain.labelling import Labelling
from carechain.patient_link import PatientLink
from carechain.record_log import RecordLog
from carechain.vault import encryption
from carechain.vault.catalogue import Catalogue, Patient
from carechain.vault.packs import ShardStore
from carechain.vault.storage import Storage
from carechain.vault.vault import Custodian, Vault
from carechain.wallet import Wallet
from scripts.consent import EMERGENCY, Session
from scripts.suite import EPHEMERAL_NETWORK, ROOT, is_local, scratch, sender
from scripts.wallet import password

OPTIONS = ("custodian", "keys", "account", "vault", "storage", "labelling", "directory", "wallet", "receipts")

_LOCAL_CUSTODIAN = "1"
_ENCRYPTION = "encryption"
"""The relationship of an organisation's wallet from which its encryption key comes."""


@dataclass
class Custody:
    """A custodian's side of the workflows; `session` is the patient's and the directory's."""

    session: Session
    named: dict[str, str] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    """What the gateway at hand has anchored, until somebody has told it."""

    @classmethod
    def open(cls, named: dict[str, str]) -> Custody:
        return cls(Session.open(named), named)

    @property
    def chain(self) -> Chain:
        return self.session.chain

    @cached_property
    def log(self) -> RecordLog:
        return RecordLog(self.chain)

    @cached_property
    def labelling(self) -> Labelling:
        return Labelling.load(Path(self.named.get("labelling", ROOT / "examples" / "labelling.yaml")))

    @cached_property
    def number(self) -> int:
        """The custodian's organisation number."""
        if "custodian" not in self.named and not is_local(self.chain):
            raise CarechainError("The custodian", "is not named", "say whose vault it is: custodian=<organisation>")
        return self.session.organisation(self.named.get("custodian", _LOCAL_CUSTODIAN))

    @cached_property
    def vault(self) -> Vault:
        folder = Path(self.named.get("vault", self._private() / "vault"))
        catalogue = Catalogue(folder / str(self.chain.book.chain_id) / self.log.address / str(self.number))
        custodian = Custodian(self.number, self.organisation_key(self.number), self.operator(self.number))
        return Vault(catalogue, ShardStore(self._storage()), self.log, custodian)

    @cached_property
    def gateway(self) -> Gateway:
        return Gateway(self.chain, self.vault, told=self.sent.append)

    def _storage(self) -> Storage:
        if "storage" in self.named or network.show_active() != EPHEMERAL_NETWORK:
            return Storage.load(Path(self.named.get("storage", ROOT / "examples" / "storage.yaml")))
        # What is stored for a chain that goes with the command goes with it.
        path = scratch() / "examples" / "storage.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text((ROOT / "examples" / "storage.yaml").read_text("utf-8"), "utf-8")
        return Storage.load(path)

    @staticmethod
    def _private() -> Path:
        return scratch() if network.show_active() == EPHEMERAL_NETWORK else ROOT / "private"

    def organisation_key(self, organisation: int) -> LocalAccount:
        """The key to which envelopes for an organisation are made."""
        if "keys" in self.named:
            return Wallet.open(Path(self.named["keys"]), password()).key(_ENCRYPTION)
        if not is_local(self.chain):
            mend = "say keys=<file>, made by: brownie run wallet create <file>"
            raise CarechainError("The organisation's wallet", "is not named", mend)
        seed = b"carechain organisation for local chains\0" + str(organisation).encode()
        return Wallet(hashlib.sha256(seed).digest()).key(_ENCRYPTION)

    def operator(self, organisation: int) -> Sender:
        """Who sends and signs for an organisation. On a local chain, the first of the node's accounts that may."""
        if "account" in self.named or not is_local(self.chain):
            return sender(self.chain, self.named.get("account"))
        participants = self.chain.contract("Participants").functions
        for account in self.chain.web3.eth.accounts:
            _, found = self.chain.ask(participants.standingOfOperator(account, 0), "looking for an operator")
            if found == organisation:
                return account
        raise CarechainError(
            f"Organisation {organisation}", "has no key among the node's accounts", "name one: account=<keystore name>"
        )

    # ------------------------------------------------------------------ the patient's keys

    def record_key(self, reference: str) -> LocalAccount:
        """The patient's key for records at this custodian."""
        return self.session.wallet(reference).records_at(self.number)

    def enrolled(self, reference: str) -> Patient:
        """The patient of this vault whose wallet is at hand. Raises CarechainError when they don't belong together."""
        found = self.vault.patient(reference)
        if found.subject != self.record_key(reference).address:
            raise CarechainError(
                "The wallet",
                "is another patient's than the one named",
                "name the wallet of this patient: wallet=<file>",
            )
        return found

    def enrol(self, reference: str, public_key: str | None) -> Patient:
        """Enters a patient, by the wallet or by the public key that the patient has given; with the wallet, the
        emergency card too."""
        if public_key is not None:
            try:
                return self.vault.enrol(reference, bytes.fromhex(public_key.removeprefix("0x")))
            except ValueError:
                raise CarechainError(
                    "The patient's key", "is not 33 bytes in hexadecimal", "see: brownie run wallet address"
                ) from None
        key = self.record_key(reference)
        patient = self.vault.enrol(reference, encryption.public_key_of(bytes(key.key)))
        self.vault.link(patient, self.link(patient, CARD, self.session.wallet(reference).key(EMERGENCY)))
        return patient

    def link(self, patient: Patient, organisation: int, key: LocalAccount) -> PatientLink:
        """The patient's statement about the address of a key."""
        link = PatientLink(self.chain.book.chain_id, self.number, patient.subject, organisation, key.address)
        return link.signed(self.record_key(patient.reference), key)

    def terms(self, address: str, organisation: int) -> list[ConsentTerms]:
        """The consents under which an organisation may have records of this custodian."""
        return [each.terms for each in self.session.consents.reaching(address, organisation, self.number)]

    def shared(self, patient: Patient) -> dict[int, list[ConsentTerms]]:
        """The consents of every organisation that is to get the keys of records to come."""
        found: dict[int, list[ConsentTerms]] = {}
        for organisation in self.vault.catalogue.sharers(patient.id):
            address = self.vault.catalogue.address(patient.id, organisation)
            if address is not None and (terms := self.terms(address, organisation)):
                found[organisation] = terms
        return found

    def request(self, patient: str, purpose: str, categories: int) -> AccessRequest:
        """Of this custodian, about the patient of an address."""
        return AccessRequest(
            self.chain.book.chain_id, self.log.address, self.number, patient, purpose, categories, self.chain.now()
        )
