"""EIP-712 from its text: nothing but keccak-256 and abi.encode, so that no library of the product has a say.

Types are as the specification writes them, "Name(type field,type field)". None of ours holds another struct.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from eth_abi import encode
from eth_account.hdaccount import key_from_seed, seed_from_mnemonic
from eth_hash.auto import keccak
from eth_keys import keys

MNEMONIC = "test test test test test test test test test test test junk"
"""The published one from which local nodes derive their accounts; tools/with_chain.py starts them with it."""
ACCOUNTS = 20

TYPES = {
    "Consent": "Consent(address patient,uint32 grantee,bytes32 scope,uint64 purposes,uint64 categories,"
    "uint32 notBefore,uint32 notAfter,uint16 dataFrom,uint16 dataTo,bytes32 document,uint32 signedAt)",
    "PresentedConsent": "PresentedConsent(address patient,uint32 grantee,bytes32 scope,uint64 purposes,"
    "uint64 categories,uint32 notBefore,uint32 notAfter,uint16 dataFrom,uint16 dataTo,bytes32 document,"
    "uint32 revokedAllAt,uint8 number)",
    "Revocation": "Revocation(address patient,uint32 grantee,bytes32 scope,uint32 signedAt)",
    "RevokeAll": "RevokeAll(address patient,uint32 signedAt)",
    "RevokePresented": "RevokePresented(address patient,uint32 revokedAllAt,uint8 number)",
    "AppointRepresentative": "AppointRepresentative(address patient,address representative,uint8 kind,"
    "uint40 until,uint32 version)",
    "DismissRepresentative": "DismissRepresentative(address patient,address representative,uint32 version)",
    "PlanRecovery": "PlanRecovery(address patient,address[] guardians,uint8 threshold,uint32 delay,uint32 version)",
    "ApproveRecovery": "ApproveRecovery(address patient,address newKey,uint32 version)",
    "CancelRecovery": "CancelRecovery(address patient,uint32 version)",
}
"""Everything that anybody signs for the ConsentRegistry."""

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The order of secp256k1."""


@dataclass(frozen=True)
class Domain:
    """For which contract on which chain something is signed."""

    name: str
    version: str
    chain_id: int
    contract: str

    @classmethod
    def of(cls, contract: Any) -> Domain:
        """As the contract itself states it (EIP-5267)."""
        fields, name, version, chain_id, verifying, salt, extensions = contract.eip712Domain()
        assert int(fields.hex() if isinstance(fields, bytes) else str(fields), 16) == 0x0F
        assert int(str(salt), 16) == 0
        assert not extensions
        return cls(name, version, chain_id, verifying)

    def separator(self) -> bytes:
        domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        return keccak(
            encode(
                ["bytes32", "bytes32", "bytes32", "uint256", "address"],
                [
                    keccak(domain_type.encode()),
                    keccak(self.name.encode()),
                    keccak(self.version.encode()),
                    self.chain_id,
                    self.contract,
                ],
            )
        )


@dataclass(frozen=True)
class Message:
    """What is signed: its type's name and its fields by name."""

    type: str
    fields: dict[str, Any]

    def with_field(self, name: str, value: Any) -> Message:
        assert name in self.fields
        return replace(self, fields={**self.fields, name: value})

    def digest(self, domain: Domain) -> bytes:
        return keccak(b"\x19\x01" + domain.separator() + self.struct_hash())

    def struct_hash(self) -> bytes:
        members = members_of(self.type)
        assert list(self.fields) == [name for _, name in members]
        types = ["bytes32"]
        words: list[Any] = [keccak(TYPES[self.type].encode())]
        for kind, name in members:
            value = self.fields[name]
            if kind.endswith("[]"):
                element = kind.removesuffix("[]")
                types.append("bytes32")
                words.append(keccak(b"".join(encode([element], [item]) for item in value)))
            else:
                types.append(kind)
                words.append(value)
        return keccak(encode(types, words))

    def signed(self, domain: Domain, key: bytes) -> bytes:
        """65 bytes: r, s, v."""
        signature = keys.PrivateKey(key).sign_msg_hash(self.digest(domain))
        return _word(signature.r) + _word(signature.s) + bytes([27 + signature.v])


def members_of(type_name: str) -> list[tuple[str, str]]:
    """The (type, name) of each field, in order."""
    inside = re.fullmatch(r"\w+\((.*)\)", TYPES[type_name])
    assert inside
    return [(kind, name) for kind, name in (member.split(" ") for member in inside[1].split(","))]


def compact(signature: bytes) -> bytes:
    """The 64 bytes of EIP-2098: r, then s with v in its highest bit."""
    s = int.from_bytes(signature[32:64], "big") | (signature[64] - 27) << 255
    return signature[:32] + _word(s)


def with_high_s(signature: bytes) -> bytes:
    """The other signature that ECDSA allows for the same message: malleable, so to be refused."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + _word(s) + bytes([27 + 28 - signature[64]])


def key_of(account: Any) -> bytes:
    """The private key of one of the node's accounts, which are derived from the published test mnemonic."""
    return _KEYS[str(getattr(account, "address", account))]


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _node_keys() -> dict[str, bytes]:
    seed = seed_from_mnemonic(MNEMONIC, "")
    derived = (key_from_seed(seed, f"m/44'/60'/0'/0/{index}") for index in range(ACCOUNTS))
    return {keys.PrivateKey(key).public_key.to_checksum_address(): key for key in derived}


_KEYS = _node_keys()
