"""How a custodian knows whom a requester means: the patient says it, with both keys.

A patient has another address towards every organisation. Before a custodian releases records to an organisation that
asks for them under the patient's other address, the patient has signed that both are the same person's. The statement
stays with the custodian; on the chain the two addresses remain strangers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from carechain.errors import CarechainError
from carechain.signed_text import sign, signer_of


@dataclass(frozen=True)
class PatientLink:
    """`subject` is the patient's address for records at the custodian, `address` the one towards an organisation, or
    that of the emergency card where the organisation is 0. Each key has signed the same text (EIP-191)."""

    chain_id: int
    custodian: int
    subject: str
    organisation: int
    address: str
    signatures: tuple[bytes, bytes] = field(default=(b"", b""), repr=False)

    def text(self) -> str:
        who = f"organisation {self.organisation} knows" if self.organisation else "an emergency card names"
        return (
            f"Carechain: the patient whom {who} as {self.address} is the one whose records at organisation "
            f"{self.custodian} stand under {self.subject}. Chain {self.chain_id}."
        )

    def signed(self, record_key: LocalAccount, other_key: LocalAccount) -> PatientLink:
        """By the keys of `subject` and of `address`."""
        text = self.text()
        signatures = sign(text, record_key), sign(text, other_key)
        return PatientLink(self.chain_id, self.custodian, self.subject, self.organisation, self.address, signatures)

    def check(self) -> None:
        """Raises CarechainError unless both keys have signed."""
        text = self.text()
        if tuple(signer_of(text, signature) for signature in self.signatures) != (self.subject, self.address):
            raise CarechainError(
                "The link between the patient's addresses", "is not signed by both", "have the patient sign it"
            )
