"""An audit made of the acts of a trial: what became of amendments, what is late, and what an auditor must not miss."""

from datetime import date
from types import SimpleNamespace

import pytest

from carechain.trials.audit import audit_of
from carechain.trials.design import NOT_GIVEN
from carechain.trials.state import (
    AdverseEvent,
    Amendment,
    Anchored,
    Registration,
    Results,
    Site,
    Told,
    Trial,
)
from carechain.trials.words import Act, ActEntry, DataEntry, Flag, OutcomeStatus, Seriousness

TRIAL = 14 << 32 | 1
KEY = "0x" + "1" * 40
DAY = 86_400
START = 20_000 * DAY
GIVEN = [bytes([n]) * 32 for n in range(6)]
REGISTERED = Registration(*GIVEN, 2, 1, 100, 39, 0, 20_500)
RESULTS = Results(2, 0, 0, 2, 0, 20_865, False)
STATE = Trial(GIVEN[5], 2, 1, 0, 0, 100, 1, 39, 20_000, 0, 20_500, 0, 0, Flag.APPROVED, 0, 0, 0, 0, 0, 0, bytes(32))


def amendment(root):
    fields = (GIVEN[2], GIVEN[3], GIVEN[4], root, 2, 1, 100, 20_500, 20_010, False, False, GIVEN[1])
    return Amendment(*fields)


class Ledger:
    """What audit_of asks of a ledger, of acts that are told one after the other."""

    address = "0x" + "2" * 40

    def __init__(self, design=REGISTERED, state=STATE, results=RESULTS, events=(), streams=None, days=100):
        book = SimpleNamespace(chain_id=31337)
        self.chain = SimpleNamespace(latest_block=lambda: 9, time_of=lambda _: START + days * DAY, book=book)
        self._told, self._state, self._results = [], state, results
        self._events, self._streams = list(events), streams or {}
        self.tell(Act.REGISTERED, design=design, detail=b"\1" * 32)

    def tell(self, act, number=0, subject=bytes(32), detail=bytes(32), days=0, design=None, by=14):
        entry = ActEntry(act, TRIAL, START + days * DAY, by, KEY, number, subject, detail)
        self._told.append(Told(len(self._told), entry, "0x" + "3" * 64, design))
        return self

    def at(self, block):
        return self

    def acts(self, trial):
        return self._told

    def trial(self, trial):
        return self._state

    def results(self, trial):
        return self._results

    def adverse_events(self, trial):
        return self._events

    def sites(self, trial):
        return {15: Site(17, 6, True, 3, 12, 20_001)}

    def head(self, trial, organisation):
        return len(self._told), b"\4" * 32

    def data(self, trial, organisation):
        return self._streams.get(organisation, [])


def audit(ledger):
    return audit_of(ledger, TRIAL, {14: "Sponsor", 15: "Clinic"})


def test_a_trial_that_was_only_registered_has_nothing_to_remark():
    found = audit(Ledger())
    assert (found.findings, found.late) == ((), False)
    assert [step.act for step in found.steps] == ["REGISTERED"]
    assert found.versions[0].state == "registered"


def test_documents_that_were_not_given_are_told():
    form = NOT_GIVEN["consent form"].commitment
    found = audit(Ledger(design=Registration(*GIVEN[:4], form, GIVEN[5], 2, 1, 100, 39, 0, 20_500)))
    assert found.findings == ("No consent form was given.",)


@pytest.mark.parametrize(
    ("acts", "state"),
    [
        ((), "proposed"),
        (((Act.AMENDMENT_APPROVED, {"number": 20_010}),), "approved"),
        (((Act.AMENDMENT_DROPPED, {"subject": b"\2" * 32}),), "dropped"),
        (((Act.AMENDMENT_APPROVED, {}), (Act.AMENDMENT_DROPPED, {"subject": b"\2" * 32})), "dropped"),
        (((Act.AMENDMENT_APPROVED, {}), (Act.AMENDMENT_IN_FORCE, {"number": 1, "detail": b"\2" * 32})), "in force"),
    ],
)
def test_the_fate_of_an_amendment_is_told(acts, state):
    ledger = Ledger().tell(Act.AMENDMENT_PROPOSED, design=amendment(b"\7" * 32), detail=b"\2" * 32, days=5)
    for act, values in acts:
        ledger.tell(act, days=12, **values)
    version = audit(ledger).versions[1]
    assert (version.state, version.changes) == (state, ("outcomes",))
    assert (version.in_force_at is not None) == (state == "in force")


def test_outcomes_that_were_amended_are_told_with_their_circumstances():
    ledger = Ledger().tell(Act.AMENDMENT_PROPOSED, design=amendment(b"\7" * 32), detail=b"\2" * 32, days=5)
    ledger.tell(Act.AMENDMENT_IN_FORCE, 1, detail=b"\2" * 32, days=12)
    assert audit(ledger).findings == ("Amendment 1 changed the outcomes before the first enrolment.",)


def test_results_are_late_by_the_first_of_each_outcome():
    posted = Results(2, 2, 0, 0, 0, 20_865, False)
    ledger = Ledger(results=posted, days=900)
    for number, days in ((0, 860), (1, 865), (1, 899)):
        ledger.tell(Act.RESULT_POSTED, number << 8 | OutcomeStatus.REPORTED, days=days)
    (deadline,) = audit(ledger).deadlines
    assert (deadline.overdue, deadline.done_at) == (False, START + 865 * DAY)
    late = Ledger(results=posted, days=900)
    for number, days in ((0, 860), (1, 866)):
        late.tell(Act.RESULT_POSTED, number << 8 | OutcomeStatus.REPORTED, days=days)
    assert audit(late).deadlines[0].overdue


def test_missing_changed_and_added_outcomes_are_told():
    ledger = Ledger(
        results=Results(2, 0, 1, 1, 1, 20_865, True), state=STATE.__class__(*_with_flag(Flag.LOCKED)), days=900
    )
    ledger.tell(Act.RESULT_POSTED, 1 << 8 | OutcomeStatus.CHANGED, days=880)
    ledger.tell(Act.RESULT_POSTED, 2 << 8 | OutcomeStatus.ADDED, days=880)
    found = audit(ledger)
    assert [line.status for line in found.outcomes] == ["missing", "changed", "added"]
    assert found.findings == (
        "Outcome 0 (primary) has no result.",
        "The result posted for outcome 1 is not of what was registered (not primary).",
        "1 result was posted of what was never registered.",
        "Overdue: results of every outcome, 12 months after primary completion.",
    )


def test_events_and_entries_that_were_late_are_told():
    event = AdverseEvent(1, 15, START, START, START + 9 * DAY, Seriousness.LIFE_THREATENING, START + 7 * DAY, True)
    entries = [
        DataEntry(TRIAL, 15, KEY, START + 40 * DAY, START, START + days * DAY, 5, b"\5" * 32, corrected)
        for days, corrected in ((9, None), (10, 0))
    ]
    anchored = [Anchored(n, entry, "0x" + "3" * 64) for n, entry in enumerate(entries)]
    ledger = Ledger(events=[event], streams={15: anchored}).tell(Act.STREAM_OPENED, 15)
    found = audit(ledger)
    assert [batch.days_late for batch in found.streams[0].batches] == [31, 0]
    assert found.findings == (
        "Overdue: serious adverse event 1, within 7 days.",
        "Clinic: 1 of 2 entries came more than 30 days late.",
        "Clinic: 1 of 2 entries are corrections.",
    )
    assert found.registered_on == date(2024, 10, 4)


def _with_flag(flag):
    fields = list(vars(STATE).values())
    fields[13] = flag
    return fields
