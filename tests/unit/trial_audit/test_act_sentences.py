"""Every act of a trial's log is said in a sentence."""

import pytest

from carechain.trials.sentences import sentence_of
from carechain.trials.words import Act, ActEntry

NAMES = {15: "Harbour Clinic", 18: "Lantern Board"}
KEY = "0x" + "1" * 40


def said(act, number=0, subject=bytes(32), detail=bytes(32)):
    return sentence_of(ActEntry(act, 14 << 32 | 1, 1_800_000_000, 14, KEY, number, subject, detail), NAMES.__getitem__)


SAID = {
    Act.REGISTERED: ((3 << 16 | 1,), "registered with 3 outcomes, 1 of them primary"),
    Act.AMENDMENT_PROPOSED: ((3 << 16 | 1,), "An amendment was proposed"),
    Act.AMENDMENT_APPROVED: ((20_000,), "to hold from 2024-10-04 on"),
    Act.AMENDMENT_DROPPED: ((), "was dropped"),
    Act.AMENDMENT_IN_FORCE: ((2,), "Amendment 2 came into force"),
    Act.APPROVED: ((15 << 8 | 1,), "The regulator approved Harbour Clinic as a site"),
    Act.APPROVAL_WITHDRAWN: ((0,), "The ethics board withdrew its approval of the trial"),
    Act.SITE_OPENED: ((15, (1_200).to_bytes(32, "big")), "Harbour Clinic was opened as a site, for 1,200 participants"),
    Act.ALLOTMENT_CHANGED: ((15, (9).to_bytes(32, "big")), "Harbour Clinic is now for 9 participants"),
    Act.SITE_CLOSED: ((15,), "Harbour Clinic was closed"),
    Act.HOLD_PLACED: ((6,), "clinical hold"),
    Act.HOLD_LIFTED: ((6,), "was lifted"),
    Act.SAFETY_BOARD_APPOINTED: ((18,), "Lantern Board was appointed as safety board"),
    Act.PAUSED: ((), "paused"),
    Act.RESUMED: ((), "go on"),
    Act.ENDED: ((), "Enrolment was ended"),
    Act.ALLOCATIONS_COMMITTED: ((24,), "list of 24 places"),
    Act.PARTICIPANT_UNBLINDED: ((1, b"\xab" * 32), "participant abababababab… was told"),
    Act.STREAM_OPENED: ((15,), "Harbour Clinic records data"),
    Act.STREAM_LOCKED: ((15, bytes(32), (7).to_bytes(32, "big")), "Harbour Clinic was locked at 7 entries"),
    Act.PRIMARY_COMPLETED: ((20_000,), "was on 2024-10-04"),
    Act.DATASET_LOCKED: ((), "was locked"),
    Act.ALLOCATIONS_REVEALED: ((0,), "Block 0 of the allocation list was revealed"),
    Act.RESULT_POSTED: ((2 << 8 | 2,), "outcome 2 was posted, but not as it is registered"),
    Act.EVENT_REPORTED: ((1, (15 << 40 | 1_800_000_000).to_bytes(32, "big")), "event 1 of 2027-01-15 was reported"),
    Act.EVENT_FILED: ((1,), "event 1 was filed"),
    Act.AUTHORED: ((15 << 32 | 3,), "Signed as author of entry 3 of the data of Harbour Clinic"),
    Act.REVIEWED: ((3,), "Signed as reviewer of entry 3 of the trial's log"),
    Act.SIGNED_OFF: ((3,), "Signed as approver of"),
}


def test_no_act_is_left_out():
    assert set(SAID) == set(Act)


@pytest.mark.parametrize("act", Act)
def test_an_act_is_said(act):
    arguments, expected = SAID[act]
    sentence = said(act, *arguments)
    assert expected in sentence
    assert sentence.endswith(".")


def test_a_result_of_each_status_is_said_otherwise():
    assert "as registered" in said(Act.RESULT_POSTED, 1 << 8 | 1)
    assert "of an outcome that is not registered" in said(Act.RESULT_POSTED, 9 << 8 | 3)
