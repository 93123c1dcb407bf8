"""What a patient keeps of the consents given."""

from __future__ import annotations

import hashlib
import stat

import pytest

from carechain.consents import DocumentCommitment
from carechain.errors import CarechainError
from carechain.receipts import Receipt, Receipts

RECEIPT = Receipt("Consent/1", 3, bytes(range(32)), b"\x07" * 32, '{"text":"für mich"}'.encode())


def test_a_receipt_reads_back(receipts):
    receipts.add(RECEIPT)
    assert receipts.all() == [RECEIPT]


def test_a_later_receipt_of_the_same_document_stays_beside_the_earlier(receipts):
    later = Receipt("Consent/1", 3, bytes(32), b"\x08" * 32, b"{}")
    receipts.add(RECEIPT)
    receipts.add(later)
    assert sorted(receipts.all(), key=lambda receipt: receipt.salt) == [RECEIPT, later]


def test_a_receipt_never_replaces_another(receipts):
    receipts.add(RECEIPT)
    with pytest.raises(CarechainError, match="cannot be written"):
        receipts.add(Receipt("Consent/2", 4, RECEIPT.reference, bytes(32), b"{}"))
    assert receipts.all() == [RECEIPT]


def test_a_receipt_that_is_removed_is_gone(receipts):
    receipts.add(RECEIPT)
    receipts.remove(RECEIPT)
    assert receipts.all() == []


def test_nobody_but_the_owner_can_read_receipts(receipts, tmp_path):
    receipts.add(RECEIPT)
    folder = tmp_path / "receipts"
    (file,) = folder.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_folder_there_are_none(tmp_path):
    assert Receipts(tmp_path / "none").all() == []
    assert list(tmp_path.iterdir()) == []


def test_a_wallet_signs_for_one_patient_alone(receipts, tmp_path):
    for _ in range(2):
        receipts.bind("Patient/1")
    with pytest.raises(CarechainError, match="is another patient's than the one named"):
        receipts.bind("Patient/2")
    assert "Patient/1" not in (tmp_path / "receipts" / "patient").read_text("utf-8")
    assert receipts.all() == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"document": 1}', '{"document": "x", "grantee": 1, "refe'])
def test_a_file_that_is_no_receipt_is_named(receipts, tmp_path, content):
    receipts.add(RECEIPT)
    (tmp_path / "receipts" / "other.json").write_text(content, "utf-8")
    with pytest.raises(CarechainError, match=r"other\.json is not a receipt"):
        receipts.all()


def test_a_commitment_opens_with_its_salt_alone():
    commitment = DocumentCommitment.of(b"the document", 3)
    assert commitment.reference[:30] == hashlib.sha256(commitment.salt + b"the document").digest()[:30]
    assert commitment.reference[30:] == b"\0\3"
    assert len(commitment.salt) == 32


def test_the_same_document_never_has_the_same_reference_twice():
    references = {DocumentCommitment.of(b"the document", 1).reference for _ in range(20)}
    assert len(references) == 20


def test_a_version_beyond_16_bits_is_held_at_the_highest():
    assert DocumentCommitment.of(b"", 0xFFFF + 5).reference[30:] == b"\xff\xff"
