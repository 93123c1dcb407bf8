"""Results as they are posted: each reported outcome under the number of the registered one, and what does not match.

What became of an outcome, the contract says by itself: Reported if what is told is the leaf that is registered, Changed
if it is another, Added if its number is none that is registered. Here it is decided which outcome a result is of, by
comparing words (carechain.registries.comparison), and told as the results tell it: so an outcome that was switched
cannot be posted as the one that it was switched for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from carechain.merkle_log import leaf_hash
from carechain.registries.comparison import Change, Finding, compare
from carechain.registries.record import Outcome
from carechain.trials.commitment import PUBLIC, commitment_to_value
from carechain.trials.design import RegisteredOutcome, TrialDesign, outcome_facts
from carechain.trials.words import OutcomeStatus


@dataclass(frozen=True)
class Posting:
    """What is to be posted: under which number, the leaf that is told, its proof (empty unless it is registered so),
    and the commitment to the result. `status` is what the contract will find."""

    number: int
    status: OutcomeStatus
    outcome: Outcome
    told: bytes
    proof: tuple[bytes, ...]
    result: bytes
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class ReportedResults:
    """Everything to be posted, and the numbers of the registered outcomes that have no result."""

    postings: tuple[Posting, ...]
    missing: tuple[int, ...]


def postings(design: TrialDesign, reported: Sequence[Outcome], document: bytes) -> ReportedResults:
    """What is to be posted of a results document, against a trial's design in force.

    A result is committed to as the leaf of the canonical JSON (RFC 8785) of its outcome and the document's SHA-256,
    under the public salt: results are to be read.
    """
    digest = sha256(document).hexdigest()
    tree = design.tree()
    found: list[Posting] = []
    missing: list[int] = []
    added = len(design.outcomes)
    findings = compare([each.outcome for each in design.outcomes], reported)
    for place, finding in enumerate(findings):
        if finding.reported is None:
            missing.append(place)
            continue
        result = commitment_to_value(
            {"outcome": outcome_facts(finding.reported), "document": digest}, PUBLIC, "the result"
        )
        told = leaf_hash(RegisteredOutcome(finding.reported, PUBLIC).content())
        if finding.finding is Finding.REPORTED:
            proof = tree.inclusion_proof(place)
            status, told = OutcomeStatus.REPORTED, tree.leaf(place)
            found.append(Posting(place, status, finding.reported, told, proof, result))
        elif finding.finding is Finding.CHANGED:
            found.append(Posting(place, OutcomeStatus.CHANGED, finding.reported, told, (), result, finding.changes))
        else:
            found.append(Posting(added, OutcomeStatus.ADDED, finding.reported, told, (), result))
            added += 1
    return ReportedResults(tuple(found), tuple(missing))
