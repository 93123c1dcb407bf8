"""Whatever is called, by whomever: the logs of records only grow, and only by what their own organisation writes.

Random entries by organisations in standing and suspended, and by strangers, run against the chain and against
log_model.py. After each of them:

- the chain refused exactly what the model refuses, with the same error;
- size and root of every log of every stream are the model's;
- every size and root that a log ever had is proved to be its beginning, and no other root of that size is;
- every entry is proved to be where it was appended, and at no other index.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from brownie.test.stateful import state_machine
from eth_abi import decode
from hypothesis import HealthCheck
from hypothesis import strategies as st

from tests.helpers import rfc9162
from tests.helpers.record_entries import CORRECTION, DISCLOSURES_LOG, ERASURE, KEY_ENVELOPES, OWN, RECORDS, RECORDS_LOG
from tests.helpers.suite import CLINIC, HOSPITAL, LABORATORY, Suite, now
from tests.stateful.log_model import FIRST_LABEL, LogModel
from tests.stateful.node import Node

OPERATORS = {"hospital": HOSPITAL, "laboratory": LABORATORY, "clinic": CLINIC}
KINDS = (RECORDS, CORRECTION, KEY_ENVELOPES, ERASURE)
ROOTS = [bytes([value]) * 32 for value in (1, 2, 255)]


class LogIsAppendOnly:
    """The rules. Strategies are named after the arguments that take them."""

    operator = st.sampled_from(["hospital", "hospital", "laboratory", "clinic"])
    actor = st.sampled_from([*OPERATORS, "patient", "supervisor", "stranger"])
    subject = st.sampled_from(["patient", "patient", "other_patient", "own"])
    kind = st.sampled_from(KINDS)
    categories = st.sampled_from([0, 1, FIRST_LABEL - 1])
    any_categories = st.sampled_from([0, 1, FIRST_LABEL, 1 << 63, 2**64 - 1])
    count = st.sampled_from([1, 7, 2**32 - 1])
    any_count = st.sampled_from([0, 1, 2])
    back = st.integers(0, 3)
    root = st.sampled_from(ROOTS)
    any_root = st.sampled_from([bytes(32), *ROOTS])
    decisions = st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (2**32 - 1,) * 3])
    any_decisions = st.sampled_from([(0, 0, 0), (1, 2, 3)])
    organisation = st.sampled_from(sorted(OPERATORS.values()))
    many = st.integers(2, 9)

    def __init__(cls, suite: Suite, accounts: dict[str, Any]) -> None:  # noqa: N805 - Brownie calls it on the class
        cls.suite = suite
        cls.records = suite.records
        cls.addresses = {name: account.address for name, account in accounts.items()} | {"own": OWN}
        cls.node = Node(suite.chain.web3, suite.participants.abi, suite.records.abi)
        subjects = [cls.addresses[name] for name in ("patient", "other_patient", "own")]
        cls.streams = list(product((RECORDS_LOG, DISCLOSURES_LOG), sorted(OPERATORS.values()), subjects))

    def setup(self) -> None:
        self.model = LogModel(now(), OPERATORS)
        self.seen = {stream: [(0, rfc9162.root([]))] for stream in self.streams}

    # ------------------------------------------------------------------ what is called

    def rule_anchor(self, operator, kind, subject, categories, count, root, back):
        """What an organisation does, which is taken unless it is suspended."""
        self._anchor(operator, kind, subject, categories, count, root, back)

    def rule_anchor_anything(self, actor, kind, subject, any_categories, any_count, any_root, back):
        self._anchor(actor, kind, subject, any_categories, any_count, any_root, back - 1)

    def rule_disclose(self, operator, subject, decisions, root):
        self._disclose(operator, subject, decisions, root)

    def rule_disclose_anything(self, actor, subject, any_decisions, any_root):
        self._disclose(actor, subject, any_decisions, any_root)

    def rule_together(self, operator, subject, many, root):
        """Entries of one transaction: all of them, or none if the organisation is suspended."""
        whom = self.addresses[subject]
        entry = self.records.anchorRecords.encode_input(whom, 0, 1, root)
        self._call(operator, self.records.multicall, [entry] * many)
        refusals = [self.model.anchor(operator, RECORDS, whom, 0, 1, 0, root) for _ in range(many)]
        self._expect(refusals[0])

    def rule_together_with_one_that_is_refused(self, operator, subject, many, root):
        whom = self.addresses[subject]
        entry = self.records.logDisclosures.encode_input(whom, 1, 0, 0, root)
        spoilt = self.records.logDisclosures.encode_input(whom, 1, 0, 0, bytes(32))
        self._call(operator, self.records.multicall, [*[entry] * many, spoilt])
        self._expect("RecordRootZero")

    def rule_suspend(self, organisation, back):
        """Seldom: there is no way back from it here."""
        if back == 0:
            self._call("supervisor", self.suite.participants.suspend, organisation, 0, bytes(32))
            self._expect(self.model.suspend(organisation))

    # ------------------------------------------------------------------ what must hold after every step

    def invariant_size_and_root_are_the_models(self):
        asked = [self.records.logOf.encode_input(*stream) for stream in self.streams]
        answers = [decode(["uint64", "bytes32"], answer) for answer in self.node.answers(self.records, asked)]
        assert answers == [self.model.state(stream) for stream in self.streams]
        for stream, state in zip(self.streams, answers, strict=True):
            if state != self.seen[stream][-1]:
                self.seen[stream].append(state)

    def invariant_every_earlier_log_is_a_beginning(self):
        asked, expected = [], []
        for stream in self.streams:
            entries = self.model.entries(*stream)
            for size, root in self.seen[stream]:
                proof = rfc9162.consistency_proof(size, entries) if 0 < size < len(entries) else []
                another = root[:31] + bytes([root[31] ^ 1])
                asked += [self.records.continues.encode_input(*stream, size, old, proof) for old in (root, another)]
                expected += [True, False]
        assert [any(answer) for answer in self.node.answers(self.records, asked)] == expected

    def invariant_every_entry_stays_where_it_was_appended(self):
        asked, expected = [], []
        for stream in self.streams:
            entries = self.model.entries(*stream)
            for index, entry in enumerate(entries):
                proof = rfc9162.inclusion_proof(index, entries)
                places = (index, index ^ 1)
                asked += [self.records.includes.encode_input(*stream, entry, place, proof) for place in places]
                # The neighbour may hold the same bytes: entries that were anchored twice in one block.
                expected += [True, self._holds(entries, entry, index ^ 1, proof)]
        assert [any(answer) for answer in self.node.answers(self.records, asked)] == expected

    # ------------------------------------------------------------------ internals

    def _anchor(self, actor, kind, subject, categories, count, root, back):
        whom = self.addresses[subject]
        size = len(self.model.entries(RECORDS_LOG, OPERATORS.get(actor, 0), whom))
        target = max(size - 1 - back, 0) if kind in (CORRECTION, ERASURE) else 0
        categories = categories if kind in (RECORDS, CORRECTION) else 0
        root = root if kind != ERASURE else bytes(32)
        call, arguments = {
            RECORDS: (self.records.anchorRecords, (categories, count, root)),
            CORRECTION: (self.records.anchorCorrection, (target, categories, count, root)),
            KEY_ENVELOPES: (self.records.anchorEnvelopes, (count, root)),
            ERASURE: (self.records.anchorErasure, (target, count)),
        }[kind]
        self._call(actor, call, whom, *arguments)
        self._expect(self.model.anchor(actor, kind, whom, categories, count, target, root))

    def _disclose(self, actor, subject, decisions, root):
        whom = self.addresses[subject]
        self._call(actor, self.records.logDisclosures, whom, *decisions, root)
        self._expect(self.model.disclose(actor, whom, decisions, root))

    def _holds(self, entries, entry, index, proof):
        leaf, root = rfc9162.leaf(entry), rfc9162.root(entries)
        return rfc9162.includes(leaf, index, len(entries), proof, root)

    def _call(self, actor, call, *arguments):
        """Sends it, and keeps with which error it was refused, if it was."""
        self.refusal = self.node.send(self.addresses[actor], call._address, call.encode_input(*arguments))
        self.model.now = now()

    def _expect(self, refusal):
        assert self.refusal == refusal


@pytest.fixture
def actors(request):
    """The accounts that the rules name."""
    names = {*LogIsAppendOnly.actor.elements, *LogIsAppendOnly.subject.elements} - {"own"}
    return {name: request.getfixturevalue(name) for name in sorted(names)}


def test_the_logs_only_grow_and_by_their_own_organisation(suite, actors):
    settings = {
        "max_examples": 12,
        "stateful_step_count": 20,
        "derandomize": True,  # the same calls on every run: CI must not be a lottery
        "suppress_health_check": list(HealthCheck),
    }
    state_machine(LogIsAppendOnly, suite, actors, settings=settings)
