"""Results as they are posted: a switched outcome cannot pass as the one that it was switched for."""

from carechain.merkle_log import leaf_hash, verify_inclusion
from carechain.registries.comparison import Change
from carechain.registries.record import Outcome, OutcomeKind
from carechain.trials.commitment import PUBLIC
from carechain.trials.design import RegisteredOutcome, TrialDesign
from carechain.trials.reported import postings
from carechain.trials.words import OutcomeStatus

FIRST = Outcome(OutcomeKind.PRIMARY, "Overall survival", "3 years")
SECOND = Outcome(OutcomeKind.SECONDARY, "Quality of life score", "Week 12")
THIRD = Outcome(OutcomeKind.SECONDARY, "Number of adverse events", "Week 12")
DESIGN = TrialDesign(tuple(RegisteredOutcome(each, PUBLIC) for each in (FIRST, SECOND, THIRD)), {})


def test_what_is_reported_as_registered_is_proven():
    found = postings(DESIGN, [THIRD, FIRST, SECOND], b"document")
    assert [each.number for each in found.postings] == [0, 1, 2]
    for each in found.postings:
        assert each.status is OutcomeStatus.REPORTED
        assert verify_inclusion(each.told, each.number, 3, each.proof, DESIGN.tree().root())
    assert found.missing == ()


def test_a_secondary_outcome_that_was_made_primary_is_changed_and_told_as_it_is():
    promoted = Outcome(OutcomeKind.PRIMARY, SECOND.measure, SECOND.time_frame)
    found = postings(DESIGN, [promoted, THIRD], b"document")
    changed, reported = found.postings
    assert (changed.number, changed.status, changed.changes) == (1, OutcomeStatus.CHANGED, (Change.KIND,))
    assert changed.told == leaf_hash(RegisteredOutcome(promoted, PUBLIC).content())
    assert not verify_inclusion(changed.told, 1, 3, DESIGN.tree().inclusion_proof(1), DESIGN.tree().root())
    assert reported.status is OutcomeStatus.REPORTED
    assert found.missing == (0,)


def test_a_moved_time_frame_is_a_change():
    found = postings(DESIGN, [Outcome(OutcomeKind.PRIMARY, FIRST.measure, "1 year")], b"document")
    assert found.postings[0].changes == (Change.TIME_FRAME,)
    assert found.missing == (1, 2)


def test_what_was_never_registered_has_numbers_beyond():
    new = [Outcome(OutcomeKind.SECONDARY, text) for text in ("Sleep efficiency index", "Cost of care in euros")]
    found = postings(DESIGN, [FIRST, SECOND, THIRD, *new], b"document")
    assert [(each.number, each.status) for each in found.postings[3:]] == [
        (3, OutcomeStatus.ADDED),
        (4, OutcomeStatus.ADDED),
    ]


def test_a_result_is_bound_to_its_document():
    one, two = (postings(DESIGN, [FIRST], document).postings[0].result for document in (b"one", b"two"))
    assert one != two
