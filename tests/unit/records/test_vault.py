"""What goes in comes out, for those who hold a key; corrections keep what they correct; what is erased stays erased."""

from __future__ import annotations

import sqlite3

import pytest

from carechain import data_categories
from carechain.errors import CarechainError
from carechain.log_entries import OWN_STREAM, EntryKind, LogKind
from carechain.merkle_log import leaf_hash
from carechain.vault.catalogue import PATIENT as PATIENT_HOLDS
from carechain.vault.commitment import FIRST, record_entry
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY
from tests.unit.records.conftest import OTHER, PATIENT, RECORDS, record


def contents(custody, patient, holder=PATIENT_HOLDS, secret=None):
    held = custody.catalogue.records(patient.id)
    return custody.vault.contents(held, holder, secret or custody.secret(PATIENT))


def resume(custody):
    """What the next program does first."""
    vault = custody.reopened()
    with vault.working():
        return vault.resume_log(LogKind.RECORDS)


def entries(custody, subject=OWN_STREAM):
    return custody.vault.log.entries(LogKind.RECORDS, HOSPITAL, subject)


# ---------------------------------------------------------------------- storing


def test_the_patient_opens_everything_that_went_in(custody):
    patient = custody.ingest()
    assert contents(custody, patient) == [each.content for each in RECORDS]


def test_a_batch_is_one_entry_whose_root_proves_each_record(custody):
    patient = custody.ingest()
    (entry,) = entries(custody)
    assert (entry.kind, entry.counts) == (EntryKind.RECORDS, (len(RECORDS),))
    for held, original in zip(custody.catalogue.records(patient.id), RECORDS, strict=True):
        assert leaf_hash(record_entry(held.salt, original, FIRST)) == held.leaf
        batch = custody.catalogue.batch(held.batch)
        assert batch.data.leaves[held.position] == held.leaf
        assert batch.data.root == entry.root


def test_each_record_has_a_key_and_a_salt_of_its_own(custody):
    patient = custody.ingest()
    held = custody.catalogue.records(patient.id)
    keys = [custody.vault.data_key(each, PATIENT_HOLDS, custody.secret(PATIENT)) for each in held]
    assert len(set(keys)) == len({each.salt for each in held}) == len(held)


def test_neither_another_patient_nor_another_organisation_opens_it(custody):
    patient = custody.ingest()
    with pytest.raises(CarechainError, match="does not open"):
        contents(custody, patient, secret=custody.secret(OTHER))
    with pytest.raises(CarechainError, match="has no key wrapped for this holder"):
        contents(custody, patient, CLINIC, bytes(custody.organisation_keys[CLINIC].key))


def test_what_is_there_already_is_not_stored_again(custody):
    patient = custody.ingest()
    stored = custody.vault.store(patient, RECORDS, {})
    assert (stored.new, stored.corrected, stored.unchanged) == (0, 0, len(RECORDS))
    assert custody.catalogue.unanchored(LogKind.RECORDS) == []


def test_a_correction_points_at_what_it_replaces_and_keeps_it(custody):
    patient = custody.ingest()
    changed = record(PATIENT, "Condition/c", "Condition", text="asthma, not hay fever")
    custody.ingest((changed,))
    first, second = (each for each in custody.catalogue.records(patient.id) if each.identity == "Condition/c")
    assert (second.replaces, second.version, first.current, second.current) == (first.leaf, 2, False, True)
    earlier, later = entries(custody)
    assert (later.kind, later.target, later.counts) == (EntryKind.CORRECTION, earlier.index, (1,))
    assert b"hay fever" in custody.vault.contents([first], PATIENT_HOLDS, custody.secret(PATIENT))[0]


def test_corrections_of_several_entries_go_into_one_transaction(custody):
    custody.ingest(RECORDS[:2])
    custody.ingest(RECORDS[2:])
    before = custody.chain.latest_block()
    custody.ingest([record(PATIENT, each.identity, "Observation", text="new") for each in RECORDS])
    assert custody.chain.latest_block() == before + 1
    assert [(each.target, each.counts) for each in entries(custody)[2:]] == [(0, (2,)), (1, (4,))]


def test_a_relabelled_record_is_a_new_version(custody):
    patient = custody.ingest()
    custody.ingest((record(PATIENT, "Condition/c", "Condition", "MH", text="hay fever"),))
    assert custody.catalogue.current(patient.id)["Condition/c"].version == 2


def test_a_patients_own_stream_holds_what_is_put_there(custody):
    patient = custody.enrol()
    custody.ingest(RECORDS[:3], subject=patient.subject)
    custody.ingest((record(PATIENT, "Observation/a", "Observation", text="later"),))
    assert [each.kind for each in entries(custody, patient.subject)] == [EntryKind.RECORDS, EntryKind.CORRECTION]
    assert entries(custody) == []


def test_more_than_fits_a_pack_goes_into_several(custody, monkeypatch):
    monkeypatch.setattr("carechain.vault.vault.MAX_RECORDS", 4)
    patient = custody.ingest()
    assert len(custody.catalogue.packs("stored")) == 2
    assert contents(custody, patient) == [each.content for each in RECORDS]


def test_two_patients_share_a_log_and_nothing_else(custody):
    custody.ingest()
    other = custody.ingest((record(OTHER, "Observation/a", "Observation", text="another's"),))
    assert [each.identity for each in custody.catalogue.records(other.id)] == ["Observation/a"]
    assert len(entries(custody)) == 2


def test_a_wallet_is_for_one_patient(custody):
    custody.enrol()
    key = custody.vault.catalogue.patient(PATIENT).record_key
    with pytest.raises(CarechainError, match="is not the one this patient was enrolled with"):
        custody.vault.enrol(OTHER, key)


def test_the_file_is_for_its_owner_alone_and_holds_no_content(custody):
    custody.ingest()
    path = custody.catalogue.folder / "catalogue.db"
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    assert [text for text in (b"haemoglobin", b"penicillin", b"sensitive") if text in content] == []


def test_no_node_holds_anything_readable(custody, folders):
    custody.ingest()
    stored = b"".join(path.read_bytes() for folder in folders.values() for path in folder.rglob("*") if path.is_file())
    assert len(stored) > sum(len(each.content) for each in RECORDS)
    assert [each for each in (b"haemoglobin", b"Observation", b"7f3e") if each in stored] == []


# ---------------------------------------------------------------------- handing on


def test_sharing_hands_over_the_keys_of_what_consents_cover(custody):
    patient = custody.ingest()
    assert custody.share(patient, categories=data_categories.classes_of("Observation", "Condition")) == 2
    clinic = bytes(custody.organisation_keys[CLINIC].key)
    held = [r for r in custody.catalogue.records(patient.id) if custody.catalogue.envelope(r.id, CLINIC)]
    assert [each.identity for each in held] == ["Observation/a", "Condition/c"]
    assert custody.vault.contents(held, CLINIC, clinic) == [RECORDS[0].content, RECORDS[2].content]
    assert (entries(custody)[-1].kind, entries(custody)[-1].counts) == (EntryKind.KEY_ENVELOPES, (2,))


def test_sharing_again_hands_over_only_what_is_new(custody):
    patient = custody.ingest()
    assert custody.share(patient) == len(RECORDS) - 1  # what has no class can't be shared
    assert custody.share(patient) == 0


def test_records_to_come_are_shared_as_far_as_consents_cover_them(custody):
    patient = custody.ingest(RECORDS[:1])
    custody.share(patient, categories=data_categories.class_bit("Observation"))
    (terms,) = (custody.consent(categories=data_categories.class_bit("Observation")),)
    custody.ingest(
        (
            record(PATIENT, "Observation/g", "Observation"),
            record(PATIENT, "Observation/h", "Observation", "HIV"),
        ),
        shared={CLINIC: terms},
    )
    current = custody.catalogue.current(patient.id)
    assert custody.catalogue.envelope(current["Observation/g"].id, CLINIC)
    assert custody.catalogue.envelope(current["Observation/h"].id, CLINIC) is None


def test_an_organisation_without_a_published_key_gets_none(custody):
    patient = custody.ingest()
    with pytest.raises(CarechainError, match=f"Organisation {LABORATORY} has published no key"):
        custody.share(patient, LABORATORY)


def test_withdrawal_takes_the_keys_and_encrypts_anew(custody):
    patient = custody.ingest()
    custody.share(patient)
    before = {each.id: each for each in custody.catalogue.records(patient.id)}
    clinic = bytes(custody.organisation_keys[CLINIC].key)
    kept = custody.vault.data_key(before[1], CLINIC, clinic)
    renewed = custody.vault.unshare(patient, CLINIC, custody.secret(PATIENT))
    assert (renewed.count, renewed.failed_nodes) == (len(RECORDS) - 1, set())
    after = custody.catalogue.records(patient.id)
    assert all(custody.catalogue.envelope(each.id, CLINIC) is None for each in after)
    assert custody.vault.data_key(after[0], PATIENT_HOLDS, custody.secret(PATIENT)) != kept
    assert [each.leaf for each in after] == [each.leaf for each in before.values()]
    assert contents(custody, patient) == [each.content for each in RECORDS]
    assert custody.catalogue.sharers(patient.id) == []


def test_the_ciphertext_of_before_a_withdrawal_is_gone(custody, folders):
    patient = custody.ingest()
    custody.share(patient)
    sealed = custody.vault.sealed(custody.catalogue.records(patient.id)[:1])[0]
    custody.vault.unshare(patient, CLINIC, custody.secret(PATIENT))
    shard = sealed[: len(sealed) // 3]
    stored = [path.read_bytes() for folder in folders.values() for path in folder.rglob("*") if path.is_file()]
    assert not any(shard in content for content in stored)


def test_a_withdrawal_that_was_interrupted_goes_on(custody, monkeypatch):
    patient = custody.ingest()
    custody.share(patient)
    monkeypatch.setattr("carechain.vault.vault.MAX_RECORDS", 2)
    write = custody.vault._write
    calls = iter((write,))

    def once(*arguments):
        return next(calls, stop)(*arguments)

    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(custody.vault, "_write", once)
    with pytest.raises(KeyboardInterrupt):
        custody.vault.unshare(patient, CLINIC, custody.secret(PATIENT))
    vault = custody.reopened()
    assert all(custody.catalogue.envelope(each.id, CLINIC) is None for each in custody.catalogue.records(patient.id))
    with vault.working():
        assert vault.unshare(patient, CLINIC, custody.secret(PATIENT)).count == len(RECORDS) - 1 - 2
    assert contents(custody, patient) == [each.content for each in RECORDS]


# ---------------------------------------------------------------------- erasing


def test_what_is_erased_opens_for_nobody_and_the_entry_tells_nothing(custody):
    patient = custody.ingest()
    chosen = custody.catalogue.current(patient.id)["Observation/b"]
    custody.vault.erase(patient, [chosen])
    custody.vault.anchor(LogKind.RECORDS, "erasure")
    assert "Observation/b" not in custody.catalogue.current(patient.id)
    assert custody.catalogue.holders(chosen.id) == []
    assert (entries(custody)[-1].kind, entries(custody)[-1].target) == (EntryKind.ERASURE, 0)
    with pytest.raises(CarechainError):
        custody.vault.contents([chosen], PATIENT_HOLDS, custody.secret(PATIENT))
    kept = [each.content for each in RECORDS if each.identity != "Observation/b"]
    assert contents(custody, patient) == kept


def test_nothing_of_an_erased_record_is_left_in_the_catalogue(custody):
    patient = custody.ingest()
    secrets = [
        value
        for each in custody.catalogue.records(patient.id)
        for value in (each.salt, custody.catalogue.envelope(each.id, PATIENT_HOLDS))
    ]
    custody.vault.erase(patient, custody.catalogue.records(patient.id))
    content = b"".join(path.read_bytes() for path in custody.catalogue.folder.iterdir())
    assert (custody.catalogue.folder / "catalogue.db-journal").exists()
    assert [
        value for value in (*secrets, PATIENT.encode(), patient.record_key, b"Observation/b") if value in content
    ] == []


def test_erasing_everything_forgets_the_patient_and_empties_the_nodes(custody, folders):
    patient = custody.ingest()
    assert custody.vault.erase(patient, custody.catalogue.records(patient.id)) == set()
    assert custody.catalogue.patient(PATIENT) is None
    assert custody.catalogue.packs("stored") == []
    assert [path for folder in folders.values() for path in folder.rglob("*") if path.is_file()] == []


def test_an_erased_patient_can_come_again(custody):
    patient = custody.ingest()
    custody.vault.erase(patient, custody.catalogue.records(patient.id))
    custody.vault.anchor(LogKind.RECORDS, "erasure")
    again = custody.ingest(RECORDS[:2])
    assert contents(custody, again) == [each.content for each in RECORDS[:2]]


def test_ciphertext_on_a_node_that_is_away_is_removed_when_it_is_back(custody, folders):
    patient = custody.ingest()
    away = folders["east"].with_name("away")
    folders["east"].rename(away)
    folders["east"].write_text("not a folder")
    failed = custody.vault.erase(patient, custody.catalogue.records(patient.id))
    assert failed == {"east"}
    folders["east"].unlink()
    away.rename(folders["east"])
    resume(custody)
    assert [path for path in folders["east"].rglob("*") if path.is_file()] == []
    assert custody.catalogue.packs("stored") == []


# ---------------------------------------------------------------------- faults


def test_an_older_file_does_not_take_the_place_of_a_later_one(custody):
    patient = custody.ingest()
    later = record(PATIENT, "AllergyIntolerance/e", "AllergyIntolerance", text="penicillin, with anaphylaxis")
    custody.ingest((later,))
    stored = custody.vault.store(patient, RECORDS, {})
    assert (stored.new, stored.corrected, stored.unchanged, stored.outdated) == (0, 0, len(RECORDS) - 1, 1)
    current = custody.catalogue.current(patient.id)["AllergyIntolerance/e"]
    assert custody.vault.contents([current], PATIENT_HOLDS, custody.secret(PATIENT)) == [later.content]


def test_a_lost_record_does_not_keep_the_others_from_being_withdrawn(custody, folders):
    patient = custody.ingest(RECORDS[:2])
    custody.ingest(RECORDS[2:])
    custody.share(patient)
    lost = custody.catalogue.packs("stored")[0].id
    held = {record.id: record.placement.pack_id == lost for record in custody.catalogue.records(patient.id)}
    for folder in list(folders.values())[:3]:
        (folder / lost).unlink()
    renewed = custody.vault.unshare(patient, CLINIC, custody.secret(PATIENT))
    assert renewed.unreadable > 0
    assert renewed.count + renewed.unreadable == len(RECORDS) - 1
    assert all(custody.catalogue.envelope(record, CLINIC) is None for record in held)


def test_the_custodians_own_envelopes_stay_when_it_is_withdrawn_from(custody):
    patient = custody.ingest()
    custody.vault.unshare(patient, HOSPITAL, custody.secret(PATIENT))
    key = bytes(custody.organisation_keys[HOSPITAL].key)
    held = custody.catalogue.records(patient.id)
    assert custody.vault.contents(held, HOSPITAL, key) == [each.content for each in RECORDS]


def test_nothing_is_anchored_again_while_it_may_be_under_way(custody, monkeypatch):
    patient = custody.enrol()
    custody.vault.store(patient, RECORDS, {})
    monkeypatch.setattr(custody.chain.web3.eth, "get_transaction_count", lambda address, block: int(block == "pending"))
    with pytest.raises(CarechainError, match="are not in a block yet"):
        resume(custody)
    assert entries(custody) == []


def test_a_catalogue_that_cannot_be_used_is_said_in_words(custody):
    """As when its disk is full, SQLite refuses the statement."""
    custody.catalogue._db.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(custody.catalogue.folder / "catalogue.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(CarechainError, match="The catalogue cannot be read or written"):
        custody.ingest()
    other.close()


def test_a_crash_between_storing_and_anchoring_is_resumed(custody):
    patient = custody.enrol()
    custody.vault.store(patient, RECORDS, {})
    assert entries(custody) == []
    resume(custody)
    assert [each.counts for each in entries(custody)] == [(len(RECORDS),)]
    assert custody.catalogue.unanchored(LogKind.RECORDS) == []


def test_a_crash_between_anchoring_and_noting_it_anchors_nothing_twice(custody):
    patient = custody.enrol()
    custody.vault.store(patient, RECORDS[:3], {})
    custody.vault.log.anchor(custody.catalogue.unanchored(LogKind.RECORDS), custody.vault.custodian.sender, "anchor")
    assert resume(custody) == []
    assert len(entries(custody)) == 1
    assert custody.catalogue.batch(1).entry == 0


def test_equal_erasures_are_told_apart_when_work_is_resumed(custody):
    patient = custody.ingest()
    for identity in ("Observation/a", "Observation/b"):
        custody.vault.erase(patient, [custody.catalogue.current(patient.id)[identity]])
        if identity == "Observation/a":
            custody.vault.anchor(LogKind.RECORDS, "erasure")
    resume(custody)
    assert [each.kind for each in entries(custody)] == [EntryKind.RECORDS, EntryKind.ERASURE, EntryKind.ERASURE]


def test_a_pack_that_was_half_written_leaves_no_orphan(custody, folders, monkeypatch):
    patient = custody.enrol()

    def crash(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(custody.catalogue, "add_records", crash)
    with pytest.raises(KeyboardInterrupt):
        custody.vault.store(patient, RECORDS, {})
    assert [path for folder in folders.values() for path in folder.rglob("*") if path.is_file()] != []
    resume(custody)
    assert [path for folder in folders.values() for path in folder.rglob("*") if path.is_file()] == []
    assert custody.catalogue.packs("writing") == []
    assert custody.catalogue.records(patient.id) == []


def test_too_few_nodes_store_nothing(custody, folders):
    patient = custody.enrol()
    for name in ("north", "east"):
        folders[name].parent.mkdir(exist_ok=True)
        folders[name].write_text("not a folder")
    with pytest.raises(CarechainError, match="took 3 of 5 shards, 4 are required"):
        custody.vault.store(patient, RECORDS, {})
    for name in ("north", "east"):
        folders[name].unlink()
        folders[name].mkdir()
    resume(custody)
    assert custody.catalogue.records(patient.id) == custody.catalogue.packs("writing") == []


def test_a_second_writer_is_told_to_wait(custody):
    with (
        custody.catalogue.writing(),
        pytest.raises(CarechainError, match="being written to by another program"),
        custody.catalogue.writing(),
    ):
        pass


def test_a_vault_of_a_chain_that_is_gone_is_not_used(custody):
    custody.ingest()
    custody.catalogue.anchored(1, 7, custody.chain.now())
    with pytest.raises(CarechainError, match="is the vault of a chain that is gone"):
        resume(custody)


def test_a_file_that_is_no_catalogue_is_refused(custody, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "catalogue.db").write_bytes(b"something else" * 100)
    with pytest.raises(CarechainError, match="is no catalogue of records"):
        type(custody.catalogue)(folder)


def test_a_catalogue_of_a_later_version_is_refused(custody):
    database = sqlite3.connect(custody.catalogue.folder / "catalogue.db")
    database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(CarechainError, match="is a catalogue of version 2"):
        type(custody.catalogue)(custody.catalogue.folder)
