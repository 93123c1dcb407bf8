"""The benchmark's part about what a record of a trial costs on chain, by the size of its batch."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from typing import Any

from carechain.chain import Chain
from carechain.purpose_of_use import index_of
from carechain.trials.ledger import TrialLedger
from carechain.trials.state import Registration
from carechain.trials.words import trial_of
from scripts.organisations import operator_of

SPONSOR = 14
"""The organisation of examples/organisations.yaml that sponsors, and records the data itself."""


def anchored(chain: Chain, counts: tuple[int, ...], anchors: int) -> Iterator[tuple[int, float]]:
    """For batches of each of these numbers of records, the gas of anchoring one: the mean of so many, in a log that has
    grown already."""
    ledger, operator = TrialLedger(chain), operator_of(chain, SPONSOR)
    chance = random.Random(0)
    trial = trial_of(SPONSOR, 99)
    hashes = [chance.randbytes(32) for _ in range(6)]
    registration = Registration(*hashes, 3, 1, 100, index_of("CLINTRCH"), 0, 30_000)
    ledger.register(SPONSOR, 99, registration, operator)
    functions = ledger.functions
    ledger.send(functions.openStream(trial, SPONSOR), operator, "open a stream")

    def call(count: int) -> Any:
        now = chain.now()
        return functions.anchorData(trial, SPONSOR, now - 600, now, count, chance.randbytes(32))

    # The first entries of a log fill slots that were empty, once.
    first = [call(1)._encode_transaction_data() for _ in range(128)]
    ledger.send(functions.multicall(first), operator, "the first entries")
    for count in counts:
        spent = [ledger.send(call(count), operator, "anchor").gas for _ in range(anchors)]
        yield count, statistics.mean(spent)
