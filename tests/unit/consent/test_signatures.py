"""Everything that is signed by EIP-712: its digest is what the specification says, and nothing else passes.

The digests here come from tests/helpers/eip712.py, which shares no code with the product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from eth_hash.auto import keccak
from eth_keys import keys

from carechain import typed_data
from carechain.governance import DAY
from tests.helpers.consents import Grant, Presented, Revocation, presented_status, recorded_status, terms_at
from tests.helpers.eip712 import TYPES, Domain, Message, compact, key_of, members_of, with_high_s
from tests.helpers.refusals import refused
from tests.helpers.suite import compiled, now, pass_time

NOBODY = "0x" + "00" * 20


@dataclass(frozen=True)
class Signing:
    """A message, who has to sign it, and how it is submitted with a signature."""

    message: Message
    signer: Any
    submit: Callable[[bytes], Any]


@pytest.fixture
def signing(consents, patient, representative, recovery_guardian, second_recovery_guardian, new_key, relayer):
    """Makes the message of a type, ready to be signed and submitted."""
    sender = {"from": relayer}
    at = now()
    until = at + 365 * DAY

    def consent():
        grant = Grant(patient, terms_at(at, not_before=at - 10, data_from=3, data_to=50_000))
        submit = lambda signature: consents.grantBySignature(grant.with_signature(signature), sender)  # noqa: E731
        return Signing(grant.message(), patient, submit)

    def presented_consent():
        presented = Presented(patient, terms_at(0, not_before=at - 10, data_from=3, data_to=50_000), number=9)

        def submit(signature):
            status = presented_status(consents, presented.with_signature(signature))
            assert status == "Permitted", status

        return Signing(presented.message(), patient, submit)

    def revocation():
        revoked = Revocation(patient, at)
        submit = lambda signature: consents.revokeBySignature(revoked.with_signature(signature), sender)  # noqa: E731
        return Signing(revoked.message(), patient, submit)

    def fields_signed_by(signer, function, name, **fields):
        message = Message(name, {key: getattr(value, "address", value) for key, value in fields.items()})
        arguments = list(message.fields.values())
        return Signing(message, signer, lambda signature: function(*arguments, signature, sender))

    def revoke_all():
        return fields_signed_by(patient, consents.revokeAllBySignature, "RevokeAll", patient=patient, signedAt=at)

    def revoke_presented():
        function = consents.revokePresentedBySignature
        return fields_signed_by(patient, function, "RevokePresented", patient=patient, revokedAllAt=0, number=200)

    def appoint_representative():
        function = consents.appointRepresentativeBySignature
        fields = {"patient": patient, "representative": representative, "kind": 3, "until": until, "version": 1}
        return fields_signed_by(patient, function, "AppointRepresentative", **fields)

    def dismiss_representative():
        consents.appointRepresentative(representative, 3, until, {"from": patient})
        function = consents.dismissRepresentativeBySignature
        fields = {"patient": patient, "representative": representative, "version": 2}
        return fields_signed_by(patient, function, "DismissRepresentative", **fields)

    def plan_recovery():
        named = [recovery_guardian.address, second_recovery_guardian.address]
        fields = {"patient": patient, "guardians": named, "threshold": 2, "delay": 7 * DAY, "version": 1}
        return fields_signed_by(patient, consents.planRecoveryBySignature, "PlanRecovery", **fields)

    def approve_recovery():
        consents.planRecovery(patient, [recovery_guardian], 1, DAY, {"from": patient})
        fields = {"patient": patient.address, "newKey": new_key.address, "version": 1}

        def submit(signature):
            return consents.approveRecoveryBySignature(patient, new_key, recovery_guardian, signature, sender)

        return Signing(Message("ApproveRecovery", fields), recovery_guardian, submit)

    def cancel_recovery():
        consents.planRecovery(patient, [recovery_guardian], 1, DAY, {"from": patient})
        fields = {"patient": patient.address, "version": 2}

        def submit(signature):
            return consents.cancelRecoveryBySignature(patient, 2, signature, sender)

        return Signing(Message("CancelRecovery", fields), patient, submit)

    makers = (
        consent,
        presented_consent,
        revocation,
        revoke_all,
        revoke_presented,
        appoint_representative,
        dismiss_representative,
        plan_recovery,
        approve_recovery,
        cancel_recovery,
    )
    made = dict(zip(TYPES, makers, strict=True))
    return lambda name: made[name]()


def assert_refused(signing: Signing, domain: Domain, signature: bytes) -> None:
    """The contract takes the signature for that of whoever would have to have made it over the true message."""
    if signing.message.type == "PresentedConsent":
        with pytest.raises(AssertionError, match="SignatureInvalid"):
            signing.submit(signature)
        return
    with refused("SignatureInvalid", signing.signer, recovered(signing.message.digest(domain), signature)):
        signing.submit(signature)


def recovered(digest: bytes, signature: bytes) -> str:
    """Whose signature it is, nobody's if it is malformed."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return NOBODY
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    try:
        signed = keys.Signature(vrs=(signature[64] - 27, r, s))
        return signed.recover_public_key_from_msg_hash(digest).to_checksum_address()
    except Exception:  # eth_keys has several words for what is no signature
        return NOBODY


def product_digest(domain: Domain, message: Message) -> bytes:
    """The digest as carechain.typed_data has it signed."""
    signable = typed_data.Domain(domain.chain_id, domain.contract).message(message.type, message.fields)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def altered(kind: str, value: Any) -> Any:
    if kind.endswith("[]"):
        return value[::-1]
    if kind == "address":
        return "0x" + f"{int(value, 16) ^ 1:040x}"
    if kind == "bytes32":
        return bytes([value[0] ^ 1]) + value[1:]
    return value ^ 1


@pytest.mark.parametrize("name", TYPES)
def test_the_signature_of_the_independent_digest_is_accepted(signing, domain, name):
    made = signing(name)
    made.submit(made.message.signed(domain, key_of(made.signer)))


@pytest.mark.parametrize("name", TYPES)
def test_a_compact_signature_is_accepted(signing, domain, name):
    made = signing(name)
    made.submit(compact(made.message.signed(domain, key_of(made.signer))))


@pytest.mark.parametrize("name", TYPES)
def test_the_products_digest_is_the_independent_one(signing, domain, name):
    message = signing(name).message
    assert product_digest(domain, message) == message.digest(domain)


@pytest.mark.parametrize("name", TYPES)
def test_a_signature_of_one_changed_field_is_refused_whichever_it_is(signing, domain, name):
    made = signing(name)
    for kind, field in members_of(name):
        other = made.message.with_field(field, altered(kind, made.message.fields[field]))
        assert_refused(made, domain, other.signed(domain, key_of(made.signer)))


@pytest.mark.parametrize("name", TYPES)
def test_a_signature_for_another_chain_or_contract_is_refused(signing, domain, relayer, name):
    made = signing(name)
    for other in (
        Domain(domain.name, domain.version, domain.chain_id + 1, domain.contract),
        Domain(domain.name, domain.version, domain.chain_id, relayer.address),
        Domain(domain.name, "2", domain.chain_id, domain.contract),
        Domain("Carechain", domain.version, domain.chain_id, domain.contract),
    ):
        assert_refused(made, domain, made.message.signed(other, key_of(made.signer)))


@pytest.mark.parametrize("name", TYPES)
def test_a_strangers_signature_is_refused(signing, domain, stranger, name):
    made = signing(name)
    assert_refused(made, domain, made.message.signed(domain, key_of(stranger)))


@pytest.mark.parametrize("name", TYPES)
def test_what_is_no_signature_is_refused(signing, domain, name):
    made = signing(name)
    for length in (0, 1, 63, 64, 65, 66, 96):
        assert_refused(made, domain, bytes(length))


@pytest.mark.parametrize("name", ["Consent", "RevokeAll", "ApproveRecovery"])
def test_an_impossible_recovery_value_is_refused(signing, domain, name):
    made = signing(name)
    signature = made.message.signed(domain, key_of(made.signer))
    for v in (0, 1, 26, 29, 255):
        assert_refused(made, domain, signature[:64] + bytes([v]))


def test_the_other_form_of_a_signature_opens_no_way_to_replay_it(consents, domain, patient, relayer):
    grant = Grant(patient, terms_at(now()))
    signature = grant.message().signed(domain, key_of(patient))
    consents.grantBySignature(grant.with_signature(signature), {"from": relayer})
    for form in (with_high_s(signature), compact(signature)):
        with refused("ConsentStampStale", patient, grant.terms.stamp, grant.terms.stamp):
            consents.grantBySignature(grant.with_signature(form), {"from": relayer})


@pytest.fixture
def wallet(suite, spare_key):
    """A patient that is a contract; spare_key signs for it."""
    return compiled("ContractWallet").deploy(spare_key, {"from": spare_key})


def test_a_contract_consents_by_erc_1271(consents, domain, wallet, spare_key, relayer):
    consents.grantBySignature(Grant(wallet, terms_at(now())).signed(domain, spare_key), {"from": relayer})
    assert recorded_status(consents, wallet) == "Permitted"


def test_a_contract_presents_a_consent_by_erc_1271(consents, domain, wallet, spare_key):
    presented = Presented(wallet, terms_at(0)).signed(domain, spare_key)
    assert presented_status(consents, presented) == "Permitted"


def test_a_contract_revokes_by_erc_1271(consents, domain, wallet, spare_key, relayer):
    consents.grantBySignature(Grant(wallet, terms_at(now())).signed(domain, spare_key), {"from": relayer})
    consents.revokeBySignature(Revocation(wallet, pass_time()).signed(domain, spare_key), {"from": relayer})
    assert recorded_status(consents, wallet) == "Revoked"


def test_a_contract_that_disowns_a_signature_is_heard(consents, domain, wallet, spare_key, stranger, relayer):
    with refused("SignatureInvalid", wallet, stranger):
        consents.grantBySignature(Grant(wallet, terms_at(now())).signed(domain, stranger), {"from": relayer})
    wallet.setBroken(True, {"from": spare_key})
    with refused("SignatureInvalid", wallet, spare_key):
        consents.grantBySignature(Grant(wallet, terms_at(now())).signed(domain, spare_key), {"from": relayer})


def test_a_contract_without_erc_1271_signs_nothing(consents, domain, participants, spare_key, relayer):
    with refused("SignatureInvalid", participants, spare_key):
        consents.grantBySignature(Grant(participants, terms_at(now())).signed(domain, spare_key), {"from": relayer})


def test_a_contract_acts_in_its_own_name(consents, wallet, spare_key):
    call = consents.revokeAll.encode_input()
    revoked = wallet.execute(consents, call, {"from": spare_key})
    assert consents.revokedAllAt(wallet) == revoked.timestamp


def test_nobody_signs_for_nobody(consents, domain, relayer):
    with refused("SignatureInvalid", NOBODY, NOBODY):
        consents.grantBySignature(Grant(NOBODY, terms_at(now())).with_signature(bytes(65)), {"from": relayer})


def test_the_domain_is_this_contract_on_this_chain(domain, consents, suite):
    assert domain == Domain("Carechain ConsentRegistry", "1", suite.chain.web3.eth.chain_id, consents.address)
