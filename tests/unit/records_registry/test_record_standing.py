"""Who may write: to add records an organisation must be in standing; nothing stops it from accounting for them."""

import pytest

from tests.helpers.refusals import refused
from tests.helpers.suite import AUDITOR, HOSPITAL, LABORATORY, LICENCE_EXPIRY, RELAYER, now, pass_time

ROOT = bytes(range(1, 33))
KEY = b"\x02" + b"\x01" * 32
UNKNOWN, GOOD, SUSPENDED, WITHDRAWN, LICENCE_EXPIRED, ROLE_MISSING = range(6)
NOBODY = "0x" + "00" * 20


@pytest.fixture
def additions(records, patient):
    """Every call by which an organisation adds something."""
    return [
        (records.anchorRecords, (patient, 0, 1, ROOT)),
        (records.anchorCorrection, (patient, 0, 0, 1, ROOT)),
        (records.anchorEnvelopes, (patient, 1, ROOT)),
        (records.publishEncryptionKey, (KEY,)),
    ]


@pytest.fixture
def accounts_for(records, patient):
    """A key accounts for a disclosure and an erasure."""

    def accounts_for(operator):
        return [
            records.logDisclosures(patient, 1, 0, 0, ROOT, {"from": operator}).events["DisclosuresLogged"],
            records.anchorErasure(patient, 0, 1, {"from": operator}).events["RecordsErased"],
        ]

    return accounts_for


def test_any_role_suffices(records, patient, laboratory, auditor, relayer):
    for organisation, operator in ((LABORATORY, laboratory), (AUDITOR, auditor), (RELAYER, relayer)):
        sent = records.anchorRecords(patient, 0, 1, ROOT, {"from": operator})
        assert sent.events["RecordsAnchored"]["organisation"] == organisation


def test_a_suspended_organisation_adds_nothing_and_still_accounts(
    participants, supervisor, hospital, anchored, additions, accounts_for
):
    participants.suspend(HOSPITAL, 1, bytes(32), {"from": supervisor})
    for call, arguments in additions:
        with refused("OperatorNotInStanding", hospital, HOSPITAL, SUSPENDED):
            call(*arguments, {"from": hospital})
    assert [event["organisation"] for event in accounts_for(hospital)] == [HOSPITAL, HOSPITAL]


def test_without_a_licence_it_adds_nothing_and_still_accounts(hospital, anchored, additions, accounts_for):
    pass_time(LICENCE_EXPIRY - now())
    for call, arguments in additions:
        with refused("OperatorNotInStanding", hospital, HOSPITAL, LICENCE_EXPIRED):
            call(*arguments, {"from": hospital})
    assert [event["organisation"] for event in accounts_for(hospital)] == [HOSPITAL, HOSPITAL]


def test_withdrawn_it_adds_nothing_and_still_accounts(suite, participants, hospital, anchored, additions, accounts_for):
    suite.as_registrar(participants.withdraw, HOSPITAL, bytes(32))
    for call, arguments in additions:
        with refused("OperatorNotInStanding", hospital, HOSPITAL, WITHDRAWN):
            call(*arguments, {"from": hospital})
    assert [event["organisation"] for event in accounts_for(hospital)] == [HOSPITAL, HOSPITAL]


def test_who_speaks_for_nobody_writes_nothing(records, patient, stranger, deployer, guardian, additions, anchored):
    for other in (stranger, patient, deployer, guardian):
        for call, arguments in additions:
            with refused("OperatorNotInStanding", other, 0, UNKNOWN):
                call(*arguments, {"from": other})
        with refused("RecordOperatorUnknown", other):
            records.logDisclosures(patient, 1, 0, 0, ROOT, {"from": other})
        with refused("RecordOperatorUnknown", other):
            records.anchorErasure(patient, 0, 1, {"from": other})


def test_every_key_of_an_organisation_writes_to_its_streams(records, participants, patient, hospital, spare_key):
    participants.proposeOperator(spare_key, NOBODY, {"from": hospital})
    participants.acceptOperator(HOSPITAL, {"from": spare_key})
    for index, operator in enumerate((hospital, spare_key, hospital)):
        event = records.anchorRecords(patient, 0, 1, ROOT, {"from": operator}).events["RecordsAnchored"]
        assert (event["organisation"], event["index"]) == (HOSPITAL, index)


def test_a_key_that_was_reset_accounts_no_more(suite, participants, records, patient, hospital, spare_key, anchored):
    suite.as_registrar(participants.resetOperators, HOSPITAL, spare_key)
    with refused("RecordOperatorUnknown", hospital):
        records.anchorErasure(patient, 0, 1, {"from": hospital})
    assert records.anchorErasure(patient, 0, 1, {"from": spare_key}).events["RecordsErased"]["index"] == 1


def test_no_pause_of_the_registry_of_consents_stops_it(consents, records, patient, guardian, hospital, accounts_for):
    consents.pauseRelaying({"from": guardian})
    records.anchorRecords(patient, 0, 1, ROOT, {"from": hospital})
    assert len(accounts_for(hospital)) == 2
