"""A lost key: guardians approve a new one, the patient may cancel, and after the delay it is in force."""

import pytest
from brownie.exceptions import VirtualMachineError

from carechain.governance import DAY
from tests.helpers.consents import ANY, DOCUMENT, TERMS, recorded_status, signature_for
from tests.helpers.eip712 import Message
from tests.helpers.recovery import recover
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, now, pass_time

NOBODY = "0x" + "00" * 20
FOREVER = 2**40 - 1
RECOVERED_KEY = 4


@pytest.fixture
def planned(consents, patient, recovery_guardian, second_recovery_guardian, third_recovery_guardian):
    """Two of three guardians, two days."""
    guardians = [recovery_guardian, second_recovery_guardian, third_recovery_guardian]
    return consents.planRecovery(patient, guardians, 2, 2 * DAY, {"from": patient})


@pytest.fixture
def approved(consents, patient, recovery_guardian, second_recovery_guardian, new_key, planned):
    """Enough have approved. When the new key can come into force."""
    consents.approveRecovery(patient, new_key, {"from": recovery_guardian})
    last = consents.approveRecovery(patient, new_key, {"from": second_recovery_guardian})
    return last.timestamp + 2 * DAY


def test_a_patient_names_its_guardians(
    consents, patient, recovery_guardian, second_recovery_guardian, third_recovery_guardian, planned
):
    assert consents.recoveryPlanOf(patient) == (3, 2, 2 * DAY, 1, NOBODY)
    for named in (recovery_guardian, second_recovery_guardian, third_recovery_guardian):
        assert consents.isRecoveryGuardian(patient, named)
    assert dict(planned.events["RecoveryPlanned"]) == {
        "patient": patient,
        "guardians": (recovery_guardian, second_recovery_guardian, third_recovery_guardian),
        "threshold": 2,
        "delay": 2 * DAY,
        "version": 1,
    }


def test_a_stranger_is_no_guardian(consents, patient, stranger, planned):
    assert not consents.isRecoveryGuardian(patient, stranger)
    assert not consents.isRecoveryGuardian(stranger, stranger)


def test_a_stranger_plans_nothing_for_a_patient(consents, patient, stranger):
    with refused("PatientOnly", patient, stranger):
        consents.planRecovery(patient, [stranger], 1, DAY, {"from": stranger})


def test_a_representative_plans_nothing(consents, patient, representative):
    consents.appointRepresentative(representative, 0, now() + DAY, {"from": patient})
    with refused("PatientOnly", patient, representative):
        consents.planRecovery(patient, [representative], 1, DAY, {"from": representative})


@pytest.mark.parametrize("delay", [DAY, 90 * DAY])
def test_the_shortest_and_the_longest_delay_are_taken(consents, patient, recovery_guardian, delay):
    consents.planRecovery(patient, [recovery_guardian], 1, delay, {"from": patient})
    assert consents.recoveryPlanOf(patient)[2] == delay


@pytest.mark.parametrize(
    ("guardians", "threshold", "delay"),
    [
        pytest.param(2, 0, DAY, id="no threshold"),
        pytest.param(2, 3, DAY, id="a threshold nobody reaches"),
        pytest.param(0, 1, DAY, id="nobody named"),
        pytest.param(17, 1, DAY, id="seventeen guardians"),
        pytest.param(1, 1, DAY - 1, id="less than a day"),
        pytest.param(1, 1, 90 * DAY + 1, id="more than ninety days"),
    ],
)
def test_an_impossible_plan_is_refused(consents, patient, guardians, threshold, delay):
    named = [f"0x{1000 + index:040x}" for index in range(guardians)]
    with refused("RecoveryPlanInvalid", guardians, threshold, delay):
        consents.planRecovery(patient, named, threshold, delay, {"from": patient})


def test_sixteen_guardians_are_taken(consents, patient):
    consents.planRecovery(patient, [f"0x{1000 + i:040x}" for i in range(16)], 16, DAY, {"from": patient})
    assert consents.recoveryPlanOf(patient)[0] == 16


def test_a_guardian_counts_once_and_is_somebody_else(consents, patient, recovery_guardian):
    for named in ([recovery_guardian, recovery_guardian], [recovery_guardian, NOBODY], [recovery_guardian, patient]):
        with refused("RecoveryPlanInvalid", 2, 2, DAY):
            consents.planRecovery(patient, named, 2, DAY, {"from": patient})


def test_a_new_plan_voids_the_guardians_before(consents, patient, recovery_guardian, stranger, planned, new_key):
    consents.planRecovery(patient, [stranger], 1, DAY, {"from": patient})
    assert not consents.isRecoveryGuardian(patient, recovery_guardian)
    with refused("RecoveryGuardianUnknown", patient, recovery_guardian):
        consents.approveRecovery(patient, new_key, {"from": recovery_guardian})


def test_a_new_plan_voids_what_was_approved(consents, patient, new_key, approved, recovery_guardian, stranger):
    consents.planRecovery(patient, [recovery_guardian], 1, DAY, {"from": patient})
    pass_time(approved - now())
    with refused("RecoveryNotReady", patient, new_key, 0):
        consents.finishRecovery(patient, new_key, {"from": stranger})


def test_naming_nobody_ends_recovery(consents, patient, recovery_guardian, new_key, planned):
    consents.planRecovery(patient, [], 0, 0, {"from": patient})
    assert not consents.isRecoveryGuardian(patient, recovery_guardian)
    with refused("RecoveryGuardianUnknown", patient, recovery_guardian):
        consents.approveRecovery(patient, new_key, {"from": recovery_guardian})


def test_the_approval_that_reaches_the_threshold_starts_the_delay(
    consents, patient, recovery_guardian, second_recovery_guardian, new_key, planned
):
    first = consents.approveRecovery(patient, new_key, {"from": recovery_guardian})
    assert consents.recoveryOf(patient, new_key) == (1, 0)
    assert dict(first.events["RecoveryApproved"]) == {
        "patient": patient,
        "newKey": new_key,
        "guardian": recovery_guardian,
        "approvals": 1,
        "readyAt": 0,
    }
    second = consents.approveRecovery(patient, new_key, {"from": second_recovery_guardian})
    assert consents.recoveryOf(patient, new_key) == (2, second.timestamp + 2 * DAY)


def test_a_further_approval_neither_hastens_nor_delays(consents, patient, third_recovery_guardian, new_key, approved):
    pass_time(DAY)
    consents.approveRecovery(patient, new_key, {"from": third_recovery_guardian})
    assert consents.recoveryOf(patient, new_key) == (3, approved)


def test_nobody_approves_twice(consents, patient, recovery_guardian, new_key, planned):
    consents.approveRecovery(patient, new_key, {"from": recovery_guardian})
    with refused("RecoveryApprovedAlready", patient, recovery_guardian):
        consents.approveRecovery(patient, new_key, {"from": recovery_guardian})


def test_nobody_approves_nobody_or_the_lost_key_itself(consents, patient, recovery_guardian, planned):
    for key in (NOBODY, patient):
        with refused("RecoveryKeyInvalid", key):
            consents.approveRecovery(patient, key, {"from": recovery_guardian})


def test_nobody_approves_the_key_in_force(consents, patient, recovery_guardian, new_key):
    recover(consents, patient, [recovery_guardian], new_key)
    with refused("RecoveryKeyInvalid", new_key):
        consents.approveRecovery(patient, new_key, {"from": recovery_guardian})


def test_without_a_plan_nobody_approves(consents, patient, stranger, new_key):
    with refused("RecoveryGuardianUnknown", patient, stranger):
        consents.approveRecovery(patient, new_key, {"from": stranger})


def approve_by_signature(consents, domain, patient, new_key, guardian, version, sender):
    fields = {"patient": patient.address, "newKey": new_key.address, "version": version}
    signature = signature_for(Message("ApproveRecovery", fields), domain, guardian)
    return consents.approveRecoveryBySignature(patient, new_key, guardian, signature, {"from": sender})


def test_a_guardians_signature_approves(consents, domain, patient, recovery_guardian, new_key, relayer, planned):
    approve_by_signature(consents, domain, patient, new_key, recovery_guardian, 1, relayer)
    assert consents.recoveryOf(patient, new_key) == (1, 0)


def test_a_strangers_signature_does_not(consents, domain, patient, stranger, new_key, relayer, planned):
    with refused("RecoveryGuardianUnknown", patient, stranger):
        approve_by_signature(consents, domain, patient, new_key, stranger, 1, relayer)


def test_an_approval_signed_for_an_earlier_plan_counts_for_nothing(
    consents, domain, patient, recovery_guardian, new_key, relayer, planned
):
    consents.planRecovery(patient, [recovery_guardian], 1, DAY, {"from": patient})
    fields = {"patient": patient.address, "newKey": new_key.address, "version": 1}
    signature = signature_for(Message("ApproveRecovery", fields), domain, recovery_guardian)
    call = consents.approveRecoveryBySignature
    with pytest.raises(VirtualMachineError, match="SignatureInvalid: " + recovery_guardian.address.lower()):
        call(patient, new_key, recovery_guardian, signature, {"from": relayer})


def test_a_pause_stops_signed_plans_and_approvals_not_those_that_act_themselves(
    consents, domain, patient, recovery_guardian, new_key, guardian, relayer, planned
):
    consents.pauseRelaying({"from": guardian})
    with refused("RelayingIsPaused"):
        approve_by_signature(consents, domain, patient, new_key, recovery_guardian, 1, relayer)
    with refused("RelayingIsPaused"):
        plan_by_signature(consents, domain, patient, [recovery_guardian], 2, patient, relayer)
    consents.approveRecovery(patient, new_key, {"from": recovery_guardian})
    assert consents.recoveryOf(patient, new_key) == (1, 0)


def plan_by_signature(consents, domain, patient, guardians, version, signer, sender):
    named = [guardian.address for guardian in guardians]
    fields = {"patient": patient.address, "guardians": named, "threshold": 1, "delay": DAY, "version": version}
    signature = signature_for(Message("PlanRecovery", fields), domain, signer)
    return consents.planRecoveryBySignature(patient, named, 1, DAY, version, signature, {"from": sender})


def test_a_signed_plan_is_taken_once(consents, domain, patient, recovery_guardian, relayer):
    plan_by_signature(consents, domain, patient, [recovery_guardian], 1, patient, relayer)
    assert consents.isRecoveryGuardian(patient, recovery_guardian)
    with refused("RepresentationVersionStale", patient, 1, 1):
        plan_by_signature(consents, domain, patient, [recovery_guardian], 1, patient, relayer)


def test_a_representatives_signed_plan_is_refused(consents, domain, patient, representative, relayer):
    consents.appointRepresentative(representative, 0, now() + DAY, {"from": patient})
    with refused("PatientOnly", patient, representative):
        plan_by_signature(consents, domain, patient, [representative], 1, representative, relayer)


def test_before_the_delay_is_over_nothing_happens(consents, patient, new_key, stranger, approved):
    pass_time(approved - 10 - now())
    with refused("RecoveryNotReady", patient, new_key, approved):
        consents.finishRecovery(patient, new_key, {"from": stranger})


def test_without_enough_approvals_nothing_happens(consents, patient, new_key, recovery_guardian, stranger, planned):
    consents.approveRecovery(patient, new_key, {"from": recovery_guardian})
    pass_time(90 * DAY)
    with refused("RecoveryNotReady", patient, new_key, 0):
        consents.finishRecovery(patient, new_key, {"from": stranger})


def test_after_the_delay_anyone_puts_the_new_key_in_force(consents, patient, new_key, stranger, approved):
    pass_time(approved - now())
    finished = consents.finishRecovery(patient, new_key, {"from": stranger})
    assert consents.mayActFor(patient, new_key)
    assert not consents.mayActFor(patient, patient)
    assert consents.recoveryPlanOf(patient) == (3, 2, 2 * DAY, 2, new_key)
    assert consents.representativeOf(patient, new_key) == (FOREVER, RECOVERED_KEY, 1)
    assert dict(finished.events["KeyRecovered"]) == {"patient": patient, "newKey": new_key, "version": 2}


def test_the_retired_key_only_withdraws(consents, patient, recovery_guardian, new_key):
    recover(consents, patient, [recovery_guardian], new_key)
    with refused("PatientKeyRetired", patient):
        consents.grant(HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": patient})
    with refused("PatientKeyRetired", patient):
        consents.planRecovery(patient, [recovery_guardian], 1, DAY, {"from": patient})
    with refused("PatientKeyRetired", patient):
        consents.cancelRecovery(patient, {"from": patient})
    with refused("PatientKeyRetired", patient):
        consents.dismissRepresentative(patient, new_key, {"from": patient})
    consents.revoke(HOSPITAL, ANY, {"from": patient})
    consents.revokePresented(1, {"from": patient})
    consents.revokeAll({"from": patient})


def test_the_new_key_grants_plans_and_revokes(consents, patient, recovery_guardian, new_key, stranger):
    recover(consents, patient, [recovery_guardian], new_key)
    consents.grantFor(patient, HOSPITAL, ANY, TERMS.pack(), DOCUMENT, {"from": new_key})
    assert recorded_status(consents, patient) == "Permitted"
    consents.planRecovery(patient, [stranger], 1, DAY, {"from": new_key})
    assert consents.isRecoveryGuardian(patient, stranger)
    consents.revokeAllFor(patient, {"from": new_key})
    assert recorded_status(consents, patient) == "Revoked"


def test_the_patient_cancels_what_is_under_way(consents, patient, new_key, stranger, approved):
    cancelled = consents.cancelRecovery(patient, {"from": patient})
    assert dict(cancelled.events["RecoveryCancelled"]) == {"patient": patient, "version": 2}
    pass_time(approved - now())
    with refused("RecoveryNotReady", patient, new_key, 0):
        consents.finishRecovery(patient, new_key, {"from": stranger})


def test_after_a_cancellation_the_guardians_may_begin_anew(consents, patient, new_key, recovery_guardian, approved):
    consents.cancelRecovery(patient, {"from": patient})
    consents.approveRecovery(patient, new_key, {"from": recovery_guardian})
    assert consents.recoveryOf(patient, new_key) == (1, 0)


def test_a_signed_cancellation_is_taken_once_even_while_paused(consents, domain, patient, guardian, relayer, approved):
    consents.pauseRelaying({"from": guardian})
    message = Message("CancelRecovery", {"patient": patient.address, "version": 2})
    signature = signature_for(message, domain, patient)
    consents.cancelRecoveryBySignature(patient, 2, signature, {"from": relayer})
    assert consents.recoveryPlanOf(patient)[3] == 2
    with refused("RepresentationVersionStale", patient, 2, 2):
        consents.cancelRecoveryBySignature(patient, 2, signature, {"from": relayer})


def test_nobody_else_cancels(consents, patient, stranger, recovery_guardian, approved):
    for other in (stranger, recovery_guardian):
        with refused("PatientOnly", patient, other):
            consents.cancelRecovery(patient, {"from": other})


def test_of_two_candidate_keys_the_first_to_finish_voids_the_other(
    consents,
    patient,
    recovery_guardian,
    second_recovery_guardian,
    third_recovery_guardian,
    new_key,
    second_new_key,
    stranger,
    approved,
):
    for named in (second_recovery_guardian, third_recovery_guardian):
        consents.approveRecovery(patient, second_new_key, {"from": named})
    ready = consents.recoveryOf(patient, second_new_key)[1]
    pass_time(ready - now())
    consents.finishRecovery(patient, new_key, {"from": stranger})
    with refused("RecoveryNotReady", patient, second_new_key, 0):
        consents.finishRecovery(patient, second_new_key, {"from": stranger})
    assert not consents.mayActFor(patient, second_new_key)


def test_a_finished_recovery_cannot_be_finished_again(consents, patient, new_key, recovery_guardian):
    recover(consents, patient, [recovery_guardian], new_key)
    with refused("RecoveryNotReady", patient, new_key, 0):
        consents.finishRecovery(patient, new_key, {"from": recovery_guardian})


def test_a_second_recovery_replaces_the_first_key(consents, patient, new_key, second_new_key, recovery_guardian):
    recover(consents, patient, [recovery_guardian], new_key)
    consents.approveRecovery(patient, second_new_key, {"from": recovery_guardian})
    pass_time(DAY)
    finished = consents.finishRecovery(patient, second_new_key, {"from": recovery_guardian})
    assert dict(finished.events["RepresentativeDismissed"]) == {"patient": patient, "representative": new_key}
    assert not consents.mayActFor(patient, new_key)
    assert consents.mayActFor(patient, second_new_key)
    with refused("PatientOnly", patient, new_key):
        consents.cancelRecovery(patient, {"from": new_key})


def test_a_recovered_key_is_ended_by_another_recovery_alone(consents, patient, new_key, recovery_guardian):
    recover(consents, patient, [recovery_guardian], new_key)
    with refused("RepresentativeInvalid", new_key, FOREVER, RECOVERED_KEY):
        consents.dismissRepresentative(patient, new_key, {"from": new_key})
    assert consents.mayActFor(patient, new_key)


def test_a_representative_may_become_the_recovered_key(consents, patient, representative, recovery_guardian):
    consents.appointRepresentative(representative, 0, now() + 100 * DAY, {"from": patient})
    recover(consents, patient, [recovery_guardian], representative)
    assert consents.representativeOf(patient, representative) == (FOREVER, RECOVERED_KEY, 2)
