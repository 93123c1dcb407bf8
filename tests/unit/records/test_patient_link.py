"""A link between a patient's addresses counts when both keys have signed that very link."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carechain.errors import CarechainError
from carechain.gateway import CARD
from carechain.patient_link import PatientLink
from carechain.wallet import Wallet
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY
from tests.unit.records.conftest import OTHER, PATIENT

NOT_SIGNED = "The link between the patient's addresses is not signed by both"
CHAIN = 31337


@pytest.fixture
def keys(wallets):
    """The patient's keys for records at the hospital, and towards the clinic."""
    return wallets[PATIENT].records_at(HOSPITAL), wallets[PATIENT].towards(CLINIC)


@pytest.fixture
def link(keys):
    own, other = keys
    return PatientLink(CHAIN, HOSPITAL, own.address, CLINIC, other.address).signed(own, other)


def test_both_keys_make_a_link(link):
    link.check()


def test_a_card_is_linked_as_one(keys):
    own, card = keys
    link = PatientLink(CHAIN, HOSPITAL, own.address, CARD, card.address)
    link.signed(own, card).check()
    assert "an emergency card" in link.text()


def test_the_text_names_all_that_it_is_about(link):
    text = link.text()
    assert link.subject in text
    assert link.address in text
    assert text.endswith(f"Chain {CHAIN}.")
    assert f"organisation {CLINIC} knows" in text
    assert f"at organisation {HOSPITAL} " in text


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1},
        {"custodian": LABORATORY},
        {"organisation": LABORATORY},
        {"organisation": CARD},
        {"subject": "0x" + "11" * 20},
        {"address": "0x" + "11" * 20},
    ],
)
def test_signatures_of_another_link_are_none_of_this(link, change):
    with pytest.raises(CarechainError, match=NOT_SIGNED):
        replace(link, **change).check()


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_key_of_somebody_else_signs_for_nobody(keys, link, wrong):
    signers = list(keys)
    signers[wrong] = Wallet(b"\x77" * 32).key("emergency")
    unsigned = PatientLink(CHAIN, HOSPITAL, link.subject, CLINIC, link.address)
    with pytest.raises(CarechainError, match=NOT_SIGNED):
        unsigned.signed(*signers).check()


@pytest.mark.parametrize("signature", [b"", b"\x01" * 65, b"\xff" * 65, b"\x00" * 64])
def test_what_is_no_signature_links_nothing(link, signature):
    for signatures in ((signature, link.signatures[1]), (link.signatures[0], signature)):
        with pytest.raises(CarechainError, match=NOT_SIGNED):
            replace(link, signatures=signatures).check()


def test_one_signature_is_not_two(link):
    own, other = link.signatures
    for signatures in ((own,), (own, other, other), (other, own), ()):
        with pytest.raises(CarechainError, match=NOT_SIGNED):
            replace(link, signatures=signatures).check()


# ---------------------------------------------------------------------- what a vault takes


def test_a_vault_takes_links_to_its_own_patient_alone(custody, wallets):
    patient = custody.ingest()
    other = wallets[OTHER]
    key = other.towards(CLINIC)
    stranger = PatientLink(CHAIN, HOSPITAL, other.records_at(HOSPITAL).address, CLINIC, key.address)
    with pytest.raises(CarechainError):
        custody.vault.link(patient, stranger.signed(other.records_at(HOSPITAL), key))
    assert custody.catalogue.linked(key.address, CLINIC) is None


def test_a_vault_takes_no_link_of_another_vault_or_chain(custody, wallets):
    patient = custody.ingest()
    own, key = custody.record_key(PATIENT), wallets[PATIENT].towards(CLINIC)
    for chain, custodian in ((CHAIN, LABORATORY), (CHAIN + 1, HOSPITAL)):
        link = PatientLink(chain, custodian, patient.subject, CLINIC, key.address)
        with pytest.raises(CarechainError):
            custody.vault.link(patient, link.signed(own, key))
    assert custody.catalogue.linked(key.address, CLINIC) is None


def test_nobody_links_the_address_of_somebody_else(custody, wallets):
    """Who claims another's address towards the clinic would get that other's requests."""
    patient = custody.ingest()
    own, victim = custody.record_key(PATIENT), wallets[OTHER].towards(CLINIC)
    claimed = PatientLink(CHAIN, HOSPITAL, patient.subject, CLINIC, victim.address).signed(own, own)
    with pytest.raises(CarechainError, match=NOT_SIGNED):
        custody.vault.link(patient, claimed)
    assert custody.catalogue.linked(victim.address, CLINIC) is None
