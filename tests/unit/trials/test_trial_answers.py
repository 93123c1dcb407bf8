"""What anybody may ask of a trial, what is told together, and what no part of the registry knows."""

import pytest
from brownie.exceptions import VirtualMachineError
from trial_acts import NOBODY, NOT_A_TRIAL, OWN, REASON, ZERO, size_of

from carechain.merkle_log import EMPTY_ROOT
from tests.helpers.refusals import refused
from tests.helpers.suite import REGULATOR, SAFETY_BOARD, SECOND_SITE, SITE, SPONSOR
from tests.helpers.supply import UNKNOWN, by
from tests.helpers.trials import (
    ACTS,
    APPROVED,
    MISSING,
    RANDOMISED,
    TRIAL,
    Design,
    allocation_tree,
    commitment,
    pseudonym,
)
from tests.helpers.trials import (
    UNKNOWN as NO_PARTICIPANT,
)

NOTHING = "0x" + ZERO.hex()
PERSON = pseudonym(1)


def test_of_a_trial_that_there_is_not_every_answer_is_nothing(started, trials):
    for trial in (0, NOT_A_TRIAL, TRIAL + 1, 2**64 - 1):
        numbers = trials.trialOf(trial)
        assert numbers == (NOTHING, *[0] * 19, NOTHING)
        for site in (0, SITE):
            assert trials.siteOf(trial, site) == (0, 0, False, 0, 0, 0)
        assert not trials.isHeldBy(trial, REGULATOR)
        assert trials.participantOf(trial, PERSON) == (NOBODY, 0, 0, 0, 0, False, False)
        assert trials.participationOf(trial, PERSON) == NO_PARTICIPANT
        for organisation in (OWN, SITE):
            assert trials.logOf(trial, organisation) == (0, "0x" + EMPTY_ROOT.hex())
            assert not trials.logIncludes(trial, organisation, b"", 0, [])
            assert trials.logContinues(trial, organisation, 0, EMPTY_ROOT, [])
            assert not trials.logContinues(trial, organisation, 1, EMPTY_ROOT, [])
        assert trials.outcomeStatusOf(trial, 0) == MISSING
        assert trials.resultsOf(trial) == (0, 0, 0, 0, 0, 365, False)
        assert trials.adverseEventCount(trial) == 0
        assert not trials.allocationIncludes(trial, 0, 0, ZERO, [])
        assert trials.progressOf(trial) == (0, 0, 0)


def test_the_public_is_told_of_tens(started, trials, patient, other_patient):
    started.consent(patient, SITE)
    started.consent(other_patient, SECOND_SITE)
    told = []
    for person in range(21):
        told.append(trials.progressOf(TRIAL))
        site, address = ((SITE, patient), (SECOND_SITE, other_patient))[person % 2]
        started.enrol_alone(person, address, site)
    told.append(trials.progressOf(TRIAL))
    open_ = APPROVED | RANDOMISED
    assert told == [(open_, 0, 100)] * 10 + [(open_, 10, 100)] * 10 + [(open_, 20, 100)] * 2


def test_two_trials_of_a_sponsor_are_two(started, trials, patient):
    started.register(Design(enrolment_cap=7), number=8)
    other = SPONSOR << 32 | 8
    started.enrol(1, patient)
    assert trials.participationOf(other, PERSON) == NO_PARTICIPANT
    assert trials.progressOf(other) == (0, 0, 7)
    assert trials.siteOf(other, SITE) == (0, 0, False, 0, 0, 0)
    assert trials.logOf(other, OWN)[0] == 1


# ---------------------------------------------------------------------- several calls in one


def test_a_sponsor_starts_a_trial_in_one_transaction(started, trials, sponsor):
    other = SPONSOR << 32 | 8
    calls = [
        trials.register.encode_input(SPONSOR, 8, Design().arguments()),
        trials.commitAllocations.encode_input(other, 8, allocation_tree().root()),
        trials.appointSafetyBoard.encode_input(other, SAFETY_BOARD),
        trials.openStream.encode_input(other, SPONSOR),
        trials.anchorData.encode_input(other, SPONSOR, 1, 2, 3, commitment("batch")),
        trials.reportAdverseEvent.encode_input(other, SPONSOR, 0, 1, commitment("event")),
    ]
    sent = trials.multicall(calls, {"from": sponsor})
    assert list(sent.events.keys()) == ["TrialRegistered", "TrialAct", "DataAnchored"]
    acts = "AllocationsCommitted SafetyBoardAppointed StreamOpened EventReported".split()
    assert [ACTS[act["act"]] for act in sent.events["TrialAct"]] == acts
    assert [act["index"] for act in sent.events["TrialAct"]] == [1, 2, 3, 4]
    assert {act["key"] for act in sent.events["TrialAct"]} == {sponsor}
    assert (trials.logOf(other, OWN)[0], trials.logOf(other, SPONSOR)[0]) == (5, 1)
    assert trials.trialOf(other)["places"] == 8


def test_all_of_several_calls_are_done_or_none(started, trials):
    before = trials.logOf(TRIAL, OWN)
    calls = [
        trials.placeHold.encode_input(TRIAL, REASON),
        trials.liftHold.encode_input(TRIAL, REGULATOR, REASON),
        trials.liftHold.encode_input(TRIAL, REGULATOR, REASON),
    ]
    with refused("HoldInvalid", TRIAL, REGULATOR, False):
        trials.multicall(calls, by(REGULATOR))
    assert trials.logOf(TRIAL, OWN) == before
    trials.multicall(calls[:2], by(REGULATOR))
    assert size_of(started) == before[0] + 2


def test_whoever_calls_several_acts_for_itself_alone(started, trials, site):
    call = trials.openStream.encode_input(TRIAL, REGULATOR)
    with refused("OperatorNotInStanding", site, SPONSOR, UNKNOWN):
        trials.multicall([call], by(SITE))


def test_what_no_part_knows_is_refused(trials, sponsor):
    for data in ("0x", "0x00000000", "0xdeadbeef" + "00" * 64):
        with pytest.raises(VirtualMachineError) as caught:  # solc refuses without a reason
            sponsor.transfer(trials, 0, data=data)
        assert not caught.value.revert_msg
    calls = (trials.lockDataset.encode_input(TRIAL, REASON), trials.multicall.encode_input([]), "0x")
    for data in calls:
        with pytest.raises(VirtualMachineError):
            sponsor.transfer(trials, 1, data=data)
    assert trials.balance() == 0
