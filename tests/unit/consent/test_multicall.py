"""What belongs together goes into one transaction: all of it or nothing."""

import pytest
from brownie.exceptions import VirtualMachineError

from tests.helpers.consents import ANY, DOCUMENT, TERMS, USE, Grant, Revocation, recorded_status, terms_at
from tests.helpers.refusals import refused
from tests.helpers.suite import CLINIC, HOSPITAL, now, pass_time


def test_all_of_it_happens(consents, patient, granted):
    consents.multicall(
        [
            consents.revoke.encode_input(HOSPITAL, ANY),
            consents.grant.encode_input(CLINIC, ANY, TERMS.pack(), DOCUMENT),
        ],
        {"from": patient},
    )
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"


def test_or_nothing(consents, patient, granted):
    calls = [
        consents.revoke.encode_input(HOSPITAL, ANY),
        consents.grant.encode_input(0, ANY, TERMS.pack(), DOCUMENT),
    ]
    with refused("ConsentGranteeZero"):
        consents.multicall(calls, {"from": patient})
    assert recorded_status(consents, patient) == "Permitted"


def test_a_relayer_submits_withdrawals_and_grants_together(consents, domain, patient, relayer, granted):
    signed_at = pass_time()
    consents.multicall(
        [
            consents.revokeBatch.encode_input([Revocation(patient, signed_at).signed(domain)]),
            consents.grantBatch.encode_input([Grant(patient, terms_at(signed_at), grantee=CLINIC).signed(domain)]),
        ],
        {"from": relayer},
    )
    assert recorded_status(consents, patient) == "Revoked"
    assert recorded_status(consents, patient, grantee=CLINIC) == "Permitted"


def test_whoever_calls_acts_for_itself_alone(consents, patient, stranger):
    calls = [consents.grant.encode_input(HOSPITAL, ANY, TERMS.pack(), DOCUMENT)]
    consents.multicall(calls, {"from": stranger})
    assert recorded_status(consents, patient) == "NotGranted"
    assert recorded_status(consents, stranger) == "Permitted"


def test_answers_come_back_in_order(consents, patient, granted):
    ask = consents.checkRecorded.encode_input
    answers = consents.multicall.call(
        [ask(patient, grantee, ANY, *USE.arguments()) for grantee in (HOSPITAL, CLINIC, HOSPITAL)]
    )
    assert [int(str(answer), 16) for answer in answers] == [1, 0, 1]


def test_it_takes_no_ether(consents, patient):
    before = consents.balance()
    with pytest.raises(VirtualMachineError) as caught:  # Solady refuses without a reason
        consents.multicall([consents.revokeAll.encode_input()], {"from": patient, "value": 1})
    assert not caught.value.revert_msg
    assert consents.balance() == before
    assert consents.revokedAllAt(patient) == 0


def test_time_within_one_transaction_stands_still(consents, domain, patient, relayer):
    signed_at = now()
    signed = Grant(patient, terms_at(signed_at)).signed(domain)
    calls = [consents.grantBySignature.encode_input(signed)] * 2
    with refused("ConsentStampStale", patient, signed_at, signed_at):
        consents.multicall(calls, {"from": relayer})
