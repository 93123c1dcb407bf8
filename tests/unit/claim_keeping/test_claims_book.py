"""A book hides values so that it alone can open them, knows who is who, and forgets nothing that was sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from carechain.claims.book import Book
from carechain.claims.directory import Directory
from carechain.claims.document import Identifier, Order
from carechain.claims.document_json import from_json, to_json
from carechain.claims.journal import Journal, Sent
from carechain.claims.names import ClaimName
from carechain.errors import CarechainError
from tests.unit.claim_keeping.claim_documents import document, line, paid_before, replacing

ADDRESS, OTHER = "0x2DdFC862BB1a78512b9f30Bea996C20E7870d12A", "0x721e3B5525fA0F5158CE0104EF27Bfe828B08734"
CONTRACT = "0x" + "C1" * 20
FULL = {"authorisation": "7001", "patient_name": ("Example", "Robin"), "created": date(2024, 3, 1)}


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("tests.unit.claim_keeping.claim_documents.now", lambda: 1_700_000_000)


@pytest.fixture
def book(tmp_path):
    book = Book(tmp_path / "book", 31_337, CONTRACT)
    book.keep_key()
    return book


def sent(control_number="A-1", number=None, **changes):
    said = document(control_number, **changes)
    return Sent(control_number.encode().ljust(32, b"\0"), 24, 1, said, number)


# ---------------------------------------------------------------------- commitments


def test_a_claim_has_the_same_commitment_whenever_it_is_sent(book, tmp_path):
    again = Book(tmp_path / "book", 31_337, CONTRACT)
    assert again.key == book.key
    assert again.control_commitment(24, 1, "A-1") == book.control_commitment(24, 1, "A-1")


def test_commitments_differ_by_payer_provider_number_and_what_is_replaced(book):
    name = ClaimName(24, 1, 0)
    found = {
        book.control_commitment(24, 1, "A-1"),
        book.control_commitment(25, 1, "A-1"),
        book.control_commitment(24, 2, "A-1"),
        book.control_commitment(24, 1, "A-2"),
        book.control_commitment(24, 1, "A-1", name),
        book.control_commitment(24, 1, "A-1", name._replace(number=1)),
    }
    assert len(found) == 6
    assert all(len(each) == 32 for each in found)


def test_equal_procedures_and_diagnoses_do_not_look_equal(book):
    first, second = document("A-1", line(1), line(2)), document("A-2", line(1))
    one, other = (book.commitment_of(24, 1, each) for each in (first, second))
    found = {
        book.procedure_commitment(one, first.lines[0]),
        book.procedure_commitment(one, first.lines[1]),
        book.procedure_commitment(other, second.lines[0]),
    }
    assert len(found) == 3
    assert book.diagnoses_commitment(one, first) != book.diagnoses_commitment(other, second)


def test_the_record_is_the_same_in_another_file_of_another_day(book):
    said = document("A-1")
    claim = book.commitment_of(24, 1, said)
    same = replace(said, place="other.837: segment 9 (CLM)", created=date(2024, 5, 5))
    assert book.record_commitment(claim, same) == book.record_commitment(claim, said)
    assert book.record_commitment(claim, replace(said, related_cause=True)) != book.record_commitment(claim, said)


def test_the_key_is_for_its_owner_alone_and_never_made_anew(tmp_path):
    book = Book(tmp_path / "book", 31_337, CONTRACT)
    assert len(book.key) == 32
    assert not (tmp_path / "book").exists()
    book.keep_key()
    path = tmp_path / "book" / "key"
    assert path.stat().st_mode & 0o777 == 0o600
    book.journal.sending([sent()])
    path.unlink()
    with pytest.raises(CarechainError, match="is missing, and claims were sent with it"):
        _ = Book(tmp_path / "book", 31_337, CONTRACT).key


def test_a_damaged_key_is_refused(tmp_path):
    (tmp_path / "key").write_text("12", "utf-8")
    with pytest.raises(CarechainError, match="is no key"):
        _ = Book(tmp_path, 31_337, CONTRACT).key


def test_two_who_begin_a_book_at_once_have_one_key(tmp_path):
    first, second = (Book(tmp_path / "book", 31_337, CONTRACT) for _ in range(2))
    assert first.key != second.key
    first.keep_key()
    with pytest.raises(CarechainError, match="by somebody else"):
        second.keep_key()


# ---------------------------------------------------------------------- the journal


@pytest.mark.parametrize(
    "said",
    [
        {},
        FULL,
        {"prior": (paid_before(8_000, ("PR", 4_000)),)},
        {"birth_date": None, "diagnoses": (), "order": Order.TERTIARY},
    ],
)
def test_a_document_is_kept_as_it_was(said):
    known = document("A-1", line(1, "99213", 4_000, prior=(paid_before(4_000),)), line(2, charge=8_000), **said)
    assert from_json(to_json(known)) == known


def test_what_is_sent_and_taken_is_remembered(tmp_path):
    path = tmp_path / "folder" / "a.journal"
    first, second = sent("A-1", **FULL), sent("A-2")
    journal = Journal(path)
    journal.sending([first, second])
    journal.sending([first])
    journal.taken([(first.commitment, 5)], "0xabc")
    journal.refused([(second.commitment, "consent_missing")], "0xdef")
    for known in (journal, Journal(path)):
        found = known.of(first.commitment)
        assert (found.number, found.transaction, found.document) == (5, "0xabc", first.document)
        assert known.of_name(ClaimName(24, 1, 5)) == found
        assert known.of_control_number("A-2", 24)[0].refusal == "consent_missing"
        assert known.of_control_number("A-2", 25) == []
        assert len(known.sent()) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text("utf-8").splitlines()) == 4


def test_two_processes_read_what_the_other_wrote(tmp_path):
    one, other = Journal(tmp_path / "a.journal"), Journal(tmp_path / "a.journal")
    one.sending([sent("A-1")])
    other.sending([sent("A-2")])
    one.sending([sent("A-3")])
    assert len(one.sent()) == len(other.sent()) == 3


def test_a_claim_that_was_refused_and_corrected_is_remembered_as_corrected(tmp_path):
    journal = Journal(tmp_path / "a.journal")
    wrong, right = sent("A-1", currency="EUR"), sent("A-1")
    journal.sending([wrong])
    journal.refused([(wrong.commitment, "currency_foreign")], "0x1")
    journal.sending([right])
    journal.taken([(right.commitment, 0)], "0x2")
    found = Journal(journal.path).of(right.commitment)
    assert (found.document, found.number, found.refusal) == (right.document, 0, None)


@pytest.mark.parametrize("torn", [b'{"sending": "00', b"\xff", b'{"taken"'])
def test_a_line_that_was_torn_is_cut_off(tmp_path, torn):
    journal = Journal(tmp_path / "a.journal")
    journal.sending([sent("A-1")])
    with journal.path.open("ab") as file:
        file.write(torn)
    later = Journal(journal.path)
    assert len(later.sent()) == 1
    later.sending([sent("A-2")])
    assert len(Journal(journal.path).sent()) == 2
    assert torn not in journal.path.read_bytes()


def test_a_journal_of_nothing_but_a_torn_line_is_begun_anew(tmp_path):
    path = tmp_path / "a.journal"
    path.write_bytes(b'{"sending"')
    Journal(path).sending([sent("A-1")])
    assert len(Journal(path).sent()) == 1


def test_a_damaged_journal_is_refused(tmp_path):
    path = tmp_path / "a.journal"
    path.write_text('{"taken": "00", "number": 1, "transaction": null}\n', "utf-8")
    with pytest.raises(CarechainError, match="is damaged"):
        Journal(path).sent()


# ---------------------------------------------------------------------- the directory


def directory(tmp_path, text):
    path = tmp_path / "directory.yaml"
    path.write_text(text, "utf-8")
    return Directory.load(path)


def members(tmp_path, *rows):
    listed = "".join(f"  - {{payer: 24, {row}, pseudonym: {address}}}\n" for row, address in rows)
    return directory(tmp_path, f"members:\n{listed}")


def test_dependants_of_one_number_are_told_apart_by_birth_date(tmp_path):
    known = members(
        tmp_path,
        ('known_as: ["member|M1"], born: 1980-02-29', f'"{ADDRESS}"'),
        ('known_as: ["member|M1"], born: 2012-09-30', f'"{OTHER}"'),
    )
    assert known.member(24, document()) == ADDRESS
    assert known.member(24, document(relationship="child", birth_date=date(2012, 9, 30))) == OTHER
    for stranger in (document(birth_date=None), document(birth_date=date(1999, 1, 1))):
        with pytest.raises(CarechainError, match="does not tell who the patient is"):
            known.member(24, stranger)


def test_a_number_without_birth_date_is_the_subscribers_alone(tmp_path):
    known = members(tmp_path, ('known_as: ["member|M1"]', f'"{ADDRESS}"'))
    assert known.member(24, document()) == ADDRESS
    with pytest.raises(CarechainError):
        known.member(24, document(relationship="child"))
    with pytest.raises(CarechainError, match="not in the directory"):
        known.member(25, document())
    with pytest.raises(CarechainError, match="not in the directory"):
        known.member(24, document(member="M2"))
    assert known.pseudonym(24, Identifier("member", "M1"), None, False) == ADDRESS
    assert known.pseudonym(24, Identifier("member", "M1"), None, True) is None
    assert known.member_of(24, ADDRESS) == Identifier("member", "M1")


def test_errors_name_no_patient(tmp_path):
    known = members(tmp_path, ('known_as: ["member|M1"]', f'"{ADDRESS}"'))
    with pytest.raises(CarechainError) as error:
        known.member(24, document(member="SECRET-7"))
    assert "SECRET-7" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("surprise: []", ""),
        ("payers: 3", "payers"),
        ("payers:\n  - {organisation: 24}", "payers[0]"),
        ('payers:\n  - {organisation: 0, known_as: ["payer|1"]}', "payers[0].organisation"),
        ('payers:\n  - {organisation: 24, known_as: ["payer"]}', "payers[0].known_as"),
        ("payers:\n  - {organisation: 24, known_as: []}", "payers[0].known_as"),
        ("payers:\n  - {organisation: 24, known_as: payer}", "payers[0].known_as"),
        ('providers:\n  - {organisation: 1, known_as: ["*|*"], more: 1}', "providers[0]"),
        (
            'providers:\n  - {organisation: 1, known_as: ["npi|1"]}\n  - {organisation: 2, known_as: ["npi|1"]}',
            "providers[1]",
        ),
        ('members:\n  - {payer: 24, known_as: ["member|1"], pseudonym: 0x12}', "members[0].pseudonym"),
        (
            f'members:\n  - {{payer: 24, known_as: ["member|1"], born: soon, pseudonym: "{ADDRESS}"}}',
            "members[0].born",
        ),
        (
            f'members:\n  - {{payer: 24, known_as: ["member|1"], relationship: friend, pseudonym: "{ADDRESS}"}}',
            "members[0].relationship",
        ),
        (
            f'members:\n  - {{payer: 24, known_as: ["member|1"], pseudonym: "{ADDRESS}"}}\n'
            f'  - {{payer: 24, known_as: ["member|1"], pseudonym: "{OTHER}"}}',
            "members[1]",
        ),
    ],
)
def test_a_directory_that_is_not_as_it_has_to_be_is_refused(tmp_path, text, place):
    with pytest.raises(CarechainError) as error:
        directory(tmp_path, text)
    assert error.value.place == f"{tmp_path / 'directory.yaml'}{': ' if place else ''}{place}"


def test_a_replacement_is_another_claim_with_the_same_number(book):
    original, replacement = document("A-1"), replacing(ClaimName(24, 1, 0), "A-1")
    assert book.commitment_of(24, 1, original) != book.commitment_of(24, 1, replacement)
